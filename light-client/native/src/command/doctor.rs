//! `hotshot-verify doctor`: what a provider is good for.

use std::io::Write;
use std::time::{Duration, Instant};

use clap::Args;
use hotshot_light_client::consensus::epoch::Epochs;
use hotshot_light_client::consensus::leaf::CertifiedLeaf;
use hotshot_light_client::consensus::version::Version;
use hotshot_light_client::encoding::json::{self, Json};
use hotshot_light_client::{Rejected, Rejection};
use serde_json::{Value, json};

use crate::exit::{Failure, Verdict};
use crate::provider::address::Address;
use crate::provider::http::{ANSWER_TIMEOUT, Answer, Http};
use crate::provider::stream::{self, Streams};
use crate::stop::Stop;
use crate::terminal::{BAD, FAINT, GOOD, WARN};

/// The most bytes of any answer that is looked at.
const ANSWER_LIMIT: usize = 64 << 20;

/// Arguments of `doctor`.
#[derive(Debug, Args)]
#[command(after_help = "\
Query nodes differ: the light-client module is opt-in, old data may be pruned, ranges are capped, \
proxies in front of a node may drop streams or CORS headers. Every line is one request, and what it \
is good for; whether it streams is found out by a WebSocket handshake, which is not tried through a \
proxy. Nothing is verified here: a provider in perfect health may still lie.

Exit status: 0 if finality can be followed with this provider, 1 if not, 2 for wrong usage.

Example:
  hotshot-verify doctor --provider http://localhost:24000")]
pub struct Arguments {
    /// Base address of a query service
    #[arg(long, value_name = "URL")]
    pub provider: Address,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// One request and what came of it.
struct Finding {
    module: &'static str,
    path: String,
    purpose: &'static str,
    answer: Answer,
    time: Duration,
}

impl Finding {
    fn is_ok(&self) -> bool {
        matches!(self.answer, Answer::Body(_))
    }

    fn body(&self) -> Option<&[u8]> {
        match &self.answer {
            Answer::Body(body) => Some(body),
            _ => None,
        }
    }
}

/// What could be learnt about the chain on the way.
#[derive(Default)]
struct Chain {
    blocks: Option<u64>,
    version: Option<Version>,
    small_limit: Option<u64>,
    large_limit: Option<u64>,
    epochs: Option<Epochs>,
    software: Option<String>,
}

struct Examination<'a> {
    http: Http,
    stop: Stop,
    provider: &'a Address,
    findings: Vec<Finding>,
    chain: Chain,
    cors: Option<bool>,
    streams: Streams,
}

/// Examines a provider.
///
/// # Errors
/// If standard output is gone.
pub fn run(arguments: &Arguments) -> Result<Verdict, Failure> {
    let stop = Stop::on_signals().map_err(Failure::Usage)?;
    let mut examination = Examination {
        http: Http::new(stop.clone()),
        stop,
        provider: &arguments.provider,
        findings: Vec::new(),
        chain: Chain::default(),
        cors: None,
        streams: Streams::Untried("the length of the chain is unknown".into()),
    };
    examination.examine();
    let permissions = examination.permissions();
    let mut output = anstream::AutoStream::auto(std::io::stdout());
    if arguments.json {
        writeln!(output, "{}", examination.to_json(&permissions))?;
    } else {
        examination.write_text(&mut output, &permissions)?;
    }
    output.flush()?;
    let follows = permissions.iter().any(|permission| permission.name == FOLLOW && permission.granted);
    Ok(if follows { Verdict::Accepted } else { Verdict::Rejected })
}

const FOLLOW: &str = "follow finality";

/// Something a light client can do with this provider, or cannot.
struct Permission {
    name: &'static str,
    granted: bool,
    explanation: String,
}

impl Examination<'_> {
    fn examine(&mut self) {
        if let Some(body) = self.ask("node", "/v1/node/block-height".into(), "how far the chain is") {
            self.chain.blocks = json::parse(&body).and_then(|json| json.u64()).ok();
        }
        if let Some(body) = self.ask("healthcheck", "/version".into(), "the node's software") {
            let version = json::parse(&body).and_then(|json| Ok(json.get("version")?.text()?.to_owned()));
            self.chain.software = version.ok().map(|text| text.chars().filter(|c| !c.is_control()).take(40).collect());
        }
        if let Some(body) = self.ask("availability", "/v1/availability/limits".into(), "how much may be asked at once")
        {
            self.learn_limits(&body);
        }
        if let Some(body) = self.ask("config", "/v1/config/hotshot".into(), "init-network: trust on first use") {
            self.learn_epochs(&body);
        }
        let Some(last) = self.chain.blocks.and_then(|blocks| blocks.checked_sub(1)) else { return };
        let first = last.saturating_sub(3);
        let leaves = format!("/v1/availability/leaf/{first}/{}", last.saturating_add(1));
        if let Some(body) = self.ask("availability", leaves, "finality, without the light-client module") {
            self.chain.version = newest_version(&body).ok();
        }
        let settled = last.saturating_sub(8);
        let settled_leaf = format!("/v1/light-client/leaf/{settled}");
        self.ask("light-client", settled_leaf, "finality of one block in one answer");
        if self.chain.version.is_some_and(Version::is_new_protocol) {
            self.ask("catchup", format!("/v1/catchup/{settled}/cert2"), "finality from protocol 0.6 on");
        }
        if settled > 0 {
            let header = format!("/v1/light-client/header/{settled}/{}", settled.saturating_sub(1));
            self.ask("light-client", header, "old headers under a final one");
        }
        if let Some(epochs) = self.chain.epochs {
            let epoch = epochs.of(settled);
            self.ask("light-client", format!("/v1/light-client/stake-table/{epoch}"), "stake tables of later epochs");
            let certified = epoch.saturating_sub(1);
            self.ask(
                "availability",
                format!("/v1/availability/state-cert-v2/{certified}"),
                "state certificates for L1",
            );
        }
        self.ask("availability", format!("/v1/availability/payload/{settled}"), "transactions of a block");
        self.ask("availability", format!("/v1/availability/vid/common/{settled}"), "payload commitments");
        self.examine_browser_access(settled);
    }

    /// Sends a request and keeps what came of it; the body if there is one.
    fn ask(&mut self, module: &'static str, path: String, purpose: &'static str) -> Option<Vec<u8>> {
        let began = Instant::now();
        let answer = self.http.get(self.provider, &path, ANSWER_LIMIT);
        self.findings.push(Finding { module, path, purpose, answer, time: began.elapsed() });
        self.findings.last().and_then(Finding::body).map(<[u8]>::to_vec)
    }

    fn learn_limits(&mut self, body: &[u8]) {
        let Ok(limits) = json::parse(body) else { return };
        let limit = |key| limits.find(key).ok().flatten().and_then(|limit| limit.u64().ok());
        self.chain.small_limit = limit("small_object_range_limit");
        self.chain.large_limit = limit("large_object_range_limit");
    }

    fn learn_epochs(&mut self, body: &[u8]) {
        let epochs = json::parse(body).and_then(|answer| {
            let config = answer.find("config")?.unwrap_or(&answer);
            config.find("epoch_height")?.and_then(Json::non_null).map_or(Ok(0), Json::u64)
        });
        self.chain.epochs = epochs.ok().and_then(Epochs::new);
    }

    /// What pages and streams need: CORS headers, and a server that speaks WebSocket.
    fn examine_browser_access(&mut self, height: u64) {
        let page = [("Origin", "https://light-client.example")];
        let address = self.provider.join("/v1/node/block-height");
        let allowed = self.http.exchange(address, &page, |response| {
            let allowed = response.headers().get("access-control-allow-origin")?.to_str().ok()?.to_owned();
            Some(allowed)
        });
        self.cors = allowed
            .ok()
            .map(|allowed| allowed.is_some_and(|allowed| allowed == "*" || allowed == "https://light-client.example"));
        let address = self.provider.join(&format!("/v1/availability/stream/leaves/{height}"));
        self.streams = stream::handshake(address, &self.stop, ANSWER_TIMEOUT);
    }

    fn has(&self, start: &str) -> bool {
        self.findings.iter().any(|finding| finding.is_ok() && finding.path.starts_with(start))
    }

    fn permissions(&self) -> Vec<Permission> {
        let newer = self.chain.version.is_some_and(Version::is_new_protocol);
        let leaves = self.chain.version.is_some();
        let certificates = !newer || self.has("/v1/catchup/");
        let permission = |name, granted, reason: &str| Permission {
            name,
            granted,
            explanation: if granted { String::new() } else { reason.into() },
        };
        vec![
            permission(
                FOLLOW,
                leaves && certificates,
                if leaves { "Certificate2 is not served" } else { "leaves are not served, or of an unknown form" },
            ),
            permission("prove single blocks final", self.has("/v1/light-client/leaf/"), "no light-client module"),
            permission(
                "follow stake tables",
                self.has("/v1/light-client/stake-table/"),
                "no events of the stake table",
            ),
            permission("prove old headers", self.has("/v1/light-client/header/"), "no header proofs"),
            permission(
                "check transactions",
                self.has("/v1/availability/payload/") && self.has("/v1/availability/vid/common/"),
                "no payloads with their VID data",
            ),
            permission("make a network file", self.has("/v1/config/hotshot"), "no configuration"),
            permission("be used from web pages", self.cors == Some(true), "no CORS header for other origins"),
            permission("stream new blocks", self.streams == Streams::Offered, self.streams_explained()),
        ]
    }

    fn streams_explained(&self) -> &str {
        match &self.streams {
            Streams::Offered => "",
            Streams::Refused(reason) | Streams::Untried(reason) => reason,
        }
    }

    fn to_json(&self, permissions: &[Permission]) -> Value {
        let chain = &self.chain;
        let findings: Vec<Value> = self
            .findings
            .iter()
            .map(|finding| {
                json!({
                    "module": finding.module,
                    "path": finding.path,
                    "ok": finding.is_ok(),
                    "answer": finding.answer.summary(),
                    "milliseconds": u64::try_from(finding.time.as_millis()).unwrap_or(u64::MAX),
                })
            })
            .collect();
        let permitted: serde_json::Map<String, Value> =
            permissions.iter().map(|permission| (permission.name.into(), permission.granted.into())).collect();
        json!({
            "provider": self.provider.to_string(),
            "blocks": chain.blocks,
            "version": chain.version.map(|version| version.to_string()),
            "software": chain.software,
            "epoch_height": chain.epochs.map(Epochs::height),
            "small_object_range_limit": chain.small_limit,
            "large_object_range_limit": chain.large_limit,
            "cors": self.cors,
            "stream": match &self.streams {
                Streams::Offered => Some(true),
                Streams::Refused(_) => Some(false),
                Streams::Untried(_) => None,
            },
            "requests": findings,
            "permits": permitted,
        })
    }

    fn write_text(&self, output: &mut impl Write, permissions: &[Permission]) -> std::io::Result<()> {
        let chain = &self.chain;
        let shown = |value: Option<String>| value.unwrap_or_else(|| "unknown".into());
        let number = |value: Option<u64>| shown(value.map(|value| value.to_string()));
        writeln!(output, "provider   {}", self.provider)?;
        writeln!(output, "software   {}", shown(chain.software.clone()))?;
        writeln!(output, "blocks     {}", number(chain.blocks))?;
        let support = match chain.version {
            Some(version) if version > Version::SUPPORTED => " (beyond this program)",
            _ => "",
        };
        writeln!(output, "protocol   {}{support}", shown(chain.version.map(|version| version.to_string())))?;
        writeln!(output, "epochs of  {}", number(chain.epochs.map(Epochs::height)))?;
        let (small, large) = (number(chain.small_limit), number(chain.large_limit));
        writeln!(output, "at once    {small} leaves or headers, {large} blocks")?;
        writeln!(output, "\nrequests")?;
        for finding in &self.findings {
            let (style, word) = match &finding.answer {
                Answer::Body(_) => (GOOD, "ok"),
                Answer::Missing(_) => (WARN, "missing"),
                _ => (BAD, "failed"),
            };
            let Finding { path, purpose, answer, time, .. } = finding;
            let milliseconds = time.as_millis();
            let answer = answer.summary();
            writeln!(
                output,
                "  {style}{word:<8}{style:#} {path:<48} {purpose}  {FAINT}{answer}, {milliseconds} ms{FAINT:#}"
            )?;
        }
        writeln!(output, "\nwith this provider a light client can")?;
        for Permission { name, granted, explanation } in permissions {
            let (style, word) = if *granted { (GOOD, "yes") } else { (WARN, "no") };
            let line = format!("  {style}{word:<4}{style:#} {name:<28} {explanation}");
            writeln!(output, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// The version of the newest leaf. A version beyond ours counts as well: it is good to know.
fn newest_version(body: &[u8]) -> Result<Version, Rejected> {
    let answer = json::parse(body)?;
    let last = answer.items()?.last().ok_or(Rejection::LeafRange.bare())?;
    match CertifiedLeaf::from_json(last) {
        Ok(certified) => Ok(certified.leaf.header.version),
        Err(rejected) if rejected.rejection == Rejection::UpgradeRequired => {
            Version::from_json(last.get("leaf")?.get("block_header")?.get("version")?.get("Version")?)
        }
        Err(rejected) => Err(rejected),
    }
}
