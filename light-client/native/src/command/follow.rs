//! `hotshot-verify follow`: a live chain, one line for every block that is proven final.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Args;
use hotshot_light_client::client::checkpoint::Checkpoint;
use hotshot_light_client::client::freshness::{Freshness, Root};
use hotshot_light_client::client::sync::{Client, EpochAdvance, FinalizedBlock, Start, Trust};
use hotshot_light_client::client::upgrade::CertifiedUpgrade;
use hotshot_light_client::encoding::tagged_base64::{self, tag};
use hotshot_light_client::{Rejected, Rejection};
use serde_json::{Value, json};

use crate::anchor::addresses;
use crate::command::equivocation;
use crate::exit::{Failure, Verdict};
use crate::follow::{Driver, End, Event, Flow};
use crate::l1::L1Source;
use crate::network::NetworkFile;
use crate::provider::address::Address;
use crate::provider::evidence::Evidence;
use crate::provider::http::{ANSWER_TIMEOUT, Http};
use crate::provider::pool::{Patience, Pool};
use crate::provider::rotation::Rotation;
use crate::provider::tip::Agreement;
use crate::provider::transport::HttpTransport;
use crate::stop::Stop;
use crate::store::Store;
use crate::table_store::{FileTables, TableStore, usable};
use crate::terminal::{self, FAINT, GOOD, Progress};

/// Arguments of `follow`.
#[derive(Debug, Args)]
#[command(after_help = "\
Nothing that a provider says is believed. A provider that lies is named with the reason, and asked \
again only if nobody else can be; one that does not answer, has too many requests or lacks something \
is only poor. All are asked how far the chain is, and the highest height that one of them can prove \
counts. With several providers the chain goes on while one of them is honest. With a single one that \
withholds news, nothing can be proven but that there is no news.

Standard output has one line a block: height, view, version, epoch, hash, latency (from the block's \
timestamp to its verification here) and verification time (of the proof, which may cover several \
blocks). With --json: {\"height\",\"view\",\"version\",\"epoch\",\"hash\",\"leaf\",\"timestamp_ms\",\
\"latency_ms\",\"verification_ms\",\"proof_blocks\",\"quorum\",\"provider\",\"servers\",\"root\"}, where quorum is \
{\"signers\",\"validators\",\"weight\",\"threshold\",\"total\"}, or null for blocks that are final as \
ancestors, and servers is {\"asked\",\"agreeing\",\"highest\"}: how many providers were asked last, how \
many of them have the block, and the most blocks that any of them claims; root is what everything rests \
on: pinned, checkpoint or l1_contract. An answer that was rejected \
is a line {\"lie\":{\"provider\",\"path\",\"code\",\"got\",\"expected\",\"answer\",…}} with the first 64 KiB of \
the answer in base64. Everything else goes to standard error.

If validators are caught signing two things of which they may sign one, the program ends with a line \
{\"equivocation\":{…}} that holds both: keep it, and see `hotshot-verify equivocation`.

Exit status: 0 after --until or Ctrl-C without --until, 1 if two final blocks contradict each other, 2 \
for wrong usage and unusable files, 3 if the chain needs a newer program, 130 if interrupted before \
--until.

Examples:
  hotshot-verify follow --provider http://localhost:24000 --network network.json
  hotshot-verify follow --provider URL --provider URL --network network.json --store ~/.hotshot
  hotshot-verify follow --network network.json --from 1000 --until 2000 --json")]
pub struct Arguments {
    /// Base address of a query service; may be given several times. By default those of the network file
    #[arg(long = "provider", value_name = "URL")]
    pub providers: Vec<Address>,
    /// Network file, or `mainnet` or `decaf`
    #[arg(long, value_name = "FILE")]
    pub network: PathBuf,
    /// First height to report. By default the newest blocks, or where the checkpoint leaves off
    #[arg(long, value_name = "HEIGHT")]
    pub from: Option<u64>,
    /// Last height to report; then the program ends
    #[arg(long, value_name = "HEIGHT")]
    pub until: Option<u64>,
    /// Folder to keep checkpoints and stake tables in, the same as of `sync`: the next run goes on from there
    #[arg(long, value_name = "DIR")]
    pub store: Option<PathBuf>,
    /// Seconds to wait after an answer without news
    #[arg(long, value_name = "SECONDS", default_value_t = 1.0, value_parser = parse_seconds)]
    pub poll: f64,
    /// Seconds that one answer may take
    #[arg(long, value_name = "SECONDS", default_value_t = ANSWER_TIMEOUT.as_secs_f64(), value_parser = parse_seconds)]
    pub timeout: f64,
    /// JSON-RPC address of an L1 node that you trust: begins with the stake table that the light client
    /// contract commits to, with nothing pinned but the contracts' addresses
    #[arg(long, value_name = "URL", conflicts_with_all = ["from", "store"])]
    pub l1_rpc: Option<String>,
    /// A fresh checkpoint from a source that you trust: shows the chain although trust began too long ago
    #[arg(long, value_name = "CHECKPOINT", value_parser = parse_checkpoint)]
    pub confirm: Vec<Checkpoint>,
    /// JSON-RPC address of an L1 node that you trust: shows the chain although trust began too long ago, if
    /// its stake table is the one that the light client contract commits to
    #[arg(long, value_name = "URL", conflicts_with = "l1_rpc")]
    pub confirm_l1: Option<String>,
    /// Show blocks as final although what trust began with is older than the network allows
    #[arg(long)]
    pub accept_expired_anchor: bool,
    /// File to append what liars said to, one JSON object a lie
    #[arg(long, value_name = "FILE")]
    pub evidence: Option<PathBuf>,
    /// Print one JSON object a block, and one a lie
    #[arg(long)]
    pub json: bool,
}

fn parse_seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|error| format!("{error}"))?;
    if (0.01..=3600.0).contains(&seconds) { Ok(seconds) } else { Err("0.01 to 3600 seconds".into()) }
}

fn parse_checkpoint(text: &str) -> Result<Checkpoint, String> {
    Checkpoint::from_text(text).map_err(|rejected| rejected.to_string())
}

/// Follows a chain.
///
/// # Errors
/// Wrong usage, unusable network files and stores, output that is gone.
pub fn run(arguments: &Arguments) -> Result<Verdict, Failure> {
    let file = NetworkFile::load(&arguments.network)?;
    let mut seed = [0; 8];
    // Without randomness the pauses of many clients are merely less spread.
    let _ = getrandom::fill(&mut seed);
    let rotation = Rotation::new(addresses(&arguments.providers, &file)?, u64::from_le_bytes(seed));
    if let (Some(from), Some(until)) = (arguments.from, arguments.until)
        && from > until
    {
        return Err(Failure::Usage(format!("--from {from} is above --until {until}")));
    }
    let store = arguments.store.as_deref().map(Store::open).transpose()?;
    let mut tables = arguments.store.as_deref().map(|folder| FileTables::open(folder, &file.network)).transpose()?;
    let stored = tables.as_mut().map(|tables| usable(tables, &file.network)).transpose()?.flatten();
    let known = newest_checkpoint(&file, store.as_ref())?;
    let progress = Progress::beside_output("final up to block");
    let mut report =
        Report { arguments, known: None, store, tables, progress, done: false, announced: None, warned: false };
    if let (None, Some(until), Some(known)) = (arguments.from, arguments.until, &known)
        && known.height >= until
        && (arguments.accept_expired_anchor || is_fresh(known, &file))
    {
        terminal::note(&format!("block {} is final already, by the checkpoint", known.height));
        return Ok(Verdict::Accepted);
    }
    let stop = Stop::on_signals().map_err(Failure::Usage)?;
    let http = Http::with_timeout(stop.clone(), Duration::from_secs_f64(arguments.timeout));
    let mut client = match (arguments.from, known) {
        _ if arguments.l1_rpc.is_some() => from_l1(arguments, &file, &http, &stop)?,
        // The past is proven anew, and has to lead to what is known.
        (Some(from), Some(known)) if from <= known.height => {
            report.known = Some(known);
            let mut network = file.network.clone();
            network.checkpoint = None;
            file.client(network, None, Start::Height(from))?
        }
        (from, checkpoint) => {
            let trust = Trust { checkpoint, stored, ..Trust::default() };
            file.trusting(trust, from.map_or(Start::Tip, Start::Height))?
        }
    };
    if file.network.insecure_devnet {
        terminal::note("the keys of this network are public: it proves nothing about anything of value");
    }
    if arguments.accept_expired_anchor {
        client.accept_expired_anchor();
    }
    for checkpoint in &arguments.confirm {
        client.confirm(checkpoint).map_err(|rejected| Failure::Usage(format!("--confirm: {rejected}")))?;
    }
    if let Some(url) = &arguments.confirm_l1 {
        let word = L1Source { http: &http, stop: &stop, url }.read(&file.network)?.word();
        client.confirm_by_l1(&word).map_err(|rejected| Failure::Usage(format!("--confirm-l1: {rejected}")))?;
    }
    let pool = Pool::new(rotation, HttpTransport::new(http, stop), Patience::default());
    let mut driver = Driver::new(client, pool, Duration::from_secs_f64(arguments.poll));
    let end = driver.run(&mut |client, event| report.receive(client, event))?;
    report.close(end, driver.client(), &file)
}

/// Whether a checkpoint is young enough for what it says to be shown.
fn is_fresh(checkpoint: &Checkpoint, file: &NetworkFile) -> bool {
    let mut freshness = Freshness::new(&file.network, Some(checkpoint));
    freshness.set_time(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs());
    !freshness.is_withholding()
}

/// A client that begins with what contracts on L1 say.
fn from_l1(arguments: &Arguments, file: &NetworkFile, http: &Http, stop: &Stop) -> Result<Client, Failure> {
    let source = L1Source { http, stop, url: arguments.l1_rpc.as_deref().unwrap_or_default() };
    let anchor = source.read(&file.network)?;
    let hint = source.hint(&anchor, &addresses(&arguments.providers, file)?);
    terminal::note(&format!(
        "trust rests on the light client contract at L1 block {}: the {} validators of epoch {}, by a third of the \
         stake, an owner who can replace the contract, and your node",
        anchor.block.number,
        anchor.table.entries().len(),
        anchor.epoch
    ));
    let trust = Trust { l1: Some((Box::new(anchor), hint)), ..Trust::default() };
    file.trusting(trust, Start::Tip)
}

/// The higher of the stored checkpoint and the one that the network file pins.
fn newest_checkpoint(file: &NetworkFile, store: Option<&Store>) -> Result<Option<Checkpoint>, Failure> {
    let pinned = file.network.checkpoint.as_deref().map(Checkpoint::from_text).transpose();
    let pinned = pinned.map_err(|rejected| Failure::content(&file.path, rejected))?;
    let stored = store.map(|store| store.load(&file.network)).transpose()?.flatten();
    Ok(match (pinned, stored) {
        (Some(pinned), Some(stored)) if stored.height < pinned.height => Some(pinned),
        (pinned, stored) => stored.or(pinned),
    })
}

struct Report<'a> {
    arguments: &'a Arguments,
    /// A leaf that is trusted already and lies ahead.
    known: Option<Checkpoint>,
    store: Option<Store>,
    tables: Option<FileTables>,
    progress: Progress,
    done: bool,
    /// The upgrade that was warned of.
    announced: Option<CertifiedUpgrade>,
    /// Whether it was said that nothing is shown.
    warned: bool,
}

impl Report<'_> {
    fn receive(&mut self, client: &Client, event: Event<'_>) -> Result<Flow, Failure> {
        self.progress.clear();
        match event {
            Event::Finalized { blocks, provider, verification, agreement } => {
                return self.finalized(client, blocks, provider, verification, agreement);
            }
            Event::Rejected { provider, rejected, evidence } => {
                terminal::warning(&format!("{provider} rejected: {rejected}"));
                if let Some(evidence) = evidence {
                    self.keep(evidence)?;
                }
            }
            Event::Epoch { advance, .. } => self.learn(client, advance)?,
            Event::Unclear { rejected } => {
                terminal::warning(&format!("{rejected}: it cannot be told whose fault that is, another way is gone"));
            }
            Event::Poor { provider, reason } => terminal::note(&format!("{provider}: {reason}")),
            Event::Withheld { height, rejected } => return Ok(self.withheld(client, height, rejected)),
            Event::Quiet { time } => {
                terminal::note(&format!("no provider has shown a new final block for {} s", time.as_secs()));
            }
        }
        Ok(Flow::Continue)
    }

    /// The stake table of one more epoch is known.
    fn learn(&mut self, client: &Client, advance: &EpochAdvance) -> Result<(), Failure> {
        terminal::note(&format!(
            "the stake table of epoch {} is known: {} validators",
            advance.epoch, advance.validators
        ));
        if let (Some(tables), Some(boundary)) = (&mut self.tables, &advance.boundary) {
            tables.keep(boundary)?;
        }
        if let (Some(tables), Some(known)) = (&mut self.tables, client.stored_tables()) {
            tables.save_tables(&known)?;
        }
        Ok(())
    }

    /// Says once that validators certified a version that this program does not know.
    fn warn_of_upgrade(&mut self, client: &Client) {
        let announced = client.announced_upgrade().copied();
        if let Some(upgrade) = announced.filter(|_| announced != self.announced) {
            terminal::warning(&format!(
                "from view {} on the chain is of version {}, as its validators certified: install a newer hotshot-verify before",
                upgrade.new_version_first_view, upgrade.version
            ));
        }
        self.announced = announced;
    }

    fn finalized(
        &mut self,
        client: &Client,
        blocks: &[FinalizedBlock],
        provider: &Address,
        verification: Duration,
        agreement: Agreement,
    ) -> Result<Flow, Failure> {
        if let Some(known) = &self.known
            && let Some(block) = blocks.iter().find(|block| block.header.height == known.height)
            && block.leaf != known.leaf
        {
            let rejected = Rejection::FinalityConflict.with(block.leaf, known.leaf);
            return Err(Failure::Conflict { height: known.height, rejected });
        }
        self.warn_of_upgrade(client);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let mut output = anstream::AutoStream::auto(std::io::stdout());
        for block in blocks {
            let height = block.header.height;
            let wanted = self.arguments.from.is_none_or(|from| height >= from)
                && self.arguments.until.is_none_or(|until| height <= until);
            if wanted {
                let root = client.freshness().root();
                let line = Line { block, provider, verification, agreement, proof_blocks: blocks.len(), now, root };
                writeln!(output, "{}", if self.arguments.json { line.json() } else { line.text() })?;
            }
            self.done |= self.arguments.until.is_some_and(|until| height >= until);
        }
        output.flush()?;
        if let Some(last) = blocks.last() {
            self.progress.count(last.header.height);
        }
        if let (Some(store), Some(checkpoint)) = (&self.store, client.checkpoint()) {
            store.save(client.network(), checkpoint)?;
        }
        Ok(if self.done { Flow::Finish } else { Flow::Continue })
    }

    /// Nothing is shown before somebody confirms the chain.
    fn withheld(&mut self, client: &Client, height: u64, rejected: &Rejected) -> Flow {
        if !std::mem::replace(&mut self.warned, true) {
            terminal::warning(&format!("{rejected}"));
            terminal::warning(
                "blocks are proven but not shown: confirm the chain with --confirm CHECKPOINT of today or --confirm-l1 \
                 URL, or take the risk with --accept-expired-anchor",
            );
        }
        let beyond = self.arguments.until.is_some_and(|until| height >= until);
        let confirming = self.arguments.confirm.iter().any(|checkpoint| checkpoint.height > height)
            || client.freshness().awaits_table().is_some();
        if beyond && !confirming { Flow::Finish } else { Flow::Continue }
    }

    /// Shows what a liar said: as JSON, with the answer, or appended to a file.
    fn keep(&self, evidence: &Evidence) -> Result<(), Failure> {
        self.print(&json!({ "lie": evidence.to_json() }))
    }

    /// Prints an object with --json, and appends it to the file of evidence.
    fn print(&self, object: &Value) -> Result<(), Failure> {
        if self.arguments.json {
            let mut output = anstream::AutoStream::auto(std::io::stdout());
            writeln!(output, "{object}")?;
            output.flush()?;
        }
        if let Some(path) = &self.arguments.evidence {
            let failed = |error| Failure::file(path, error);
            let mut file = OpenOptions::new().create(true).append(true).open(path).map_err(failed)?;
            writeln!(file, "{object}").map_err(failed)?;
        }
        Ok(())
    }

    fn close(&mut self, end: End, client: &Client, file: &NetworkFile) -> Result<Verdict, Failure> {
        self.progress.clear();
        if let Some(checkpoint) = client.checkpoint().filter(|_| !matches!(end, End::NetworkRejected(_))) {
            terminal::note(&format!("final up to {}, checkpoint {}", checkpoint.height, checkpoint.to_text()));
        }
        match end {
            End::Finished => Ok(Verdict::Accepted),
            End::Stopped if self.arguments.until.is_none() => Ok(Verdict::Accepted),
            End::Stopped => Ok(Verdict::Interrupted),
            End::NetworkRejected(rejected) => Err(file.failure(rejected)),
            End::Contradiction(rejected) => {
                terminal::warning(&rejected.to_string());
                Ok(Verdict::Rejected)
            }
            End::Expired(rejected) => {
                if self.arguments.json {
                    self.print(&json!({ "withheld": rejected.code() }))?;
                }
                Ok(Verdict::Rejected)
            }
            End::Equivocation { equivocation, evidence } => {
                terminal::warning(&format!("{}", equivocation.rejected()));
                terminal::warning("nothing that this chain shows is to be believed any further");
                self.print(&equivocation::to_json(&equivocation, Some(&evidence)))?;
                Ok(Verdict::Rejected)
            }
            End::UpgradeRequired { rejected, certified } => {
                let evidence = if certified {
                    "The validators certified this upgrade"
                } else {
                    "This is unproven: every provider shows such blocks, but no certificate of an upgrade was seen"
                };
                terminal::warning(&format!(
                    "{rejected}. {evidence}. Install a newer hotshot-verify and go on from the checkpoint"
                ));
                Ok(Verdict::UpgradeRequired)
            }
        }
    }
}

/// One final block, as it is reported.
struct Line<'a> {
    block: &'a FinalizedBlock,
    provider: &'a Address,
    verification: Duration,
    agreement: Agreement,
    proof_blocks: usize,
    /// Milliseconds since the Unix epoch.
    now: u128,
    /// What everything rests on.
    root: Root,
}

impl Line<'_> {
    fn timestamp_ms(&self) -> u64 {
        let header = &self.block.header;
        header.reward.as_ref().map_or(header.timestamp.saturating_mul(1000), |reward| reward.timestamp_millis)
    }

    /// Negative where the clocks disagree.
    fn latency_ms(&self) -> i64 {
        let now = i64::try_from(self.now).unwrap_or(i64::MAX);
        now.saturating_sub(i64::try_from(self.timestamp_ms()).unwrap_or(i64::MAX))
    }

    fn verification_ms(&self) -> f64 {
        (self.verification.as_secs_f64() * 1e6).round() / 1e3
    }

    fn json(&self) -> String {
        let block = self.block;
        let quorum = block.quorum.as_ref().map(|quorum| {
            json!({
                "signers": quorum.signers.count(),
                "validators": quorum.signers.len(),
                "weight": quorum.weight.to_string(),
                "threshold": quorum.threshold.to_string(),
                "total": quorum.total.to_string(),
            })
        });
        json!({
            "height": block.header.height,
            "view": block.view,
            "version": block.header.version.to_string(),
            "epoch": block.epoch,
            "hash": tagged_base64::encode(tag::BLOCK, &block.hash),
            "leaf": tagged_base64::encode(tag::COMMIT, &block.leaf),
            "timestamp_ms": self.timestamp_ms(),
            "latency_ms": self.latency_ms(),
            "verification_ms": self.verification_ms(),
            "proof_blocks": self.proof_blocks,
            "quorum": quorum,
            "provider": self.provider.to_string(),
            "servers": {
                "asked": self.agreement.asked,
                "agreeing": self.agreement.agreeing,
                "highest": self.agreement.highest,
            },
            "root": self.root.name(),
        })
        .to_string()
    }

    fn text(&self) -> String {
        let block = self.block;
        let epoch = block.epoch.map(|epoch| format!(" epoch {epoch}")).unwrap_or_default();
        let signed = match &block.quorum {
            Some(quorum) => format!("signed by {} of {}", quorum.signers.count(), quorum.signers.len()),
            None => "as an ancestor".into(),
        };
        let header = &block.header;
        let latency = seconds(self.latency_ms());
        let shared = if self.proof_blocks > 1 { format!(" for {} blocks", self.proof_blocks) } else { String::new() };
        format!(
            "{GOOD}final{GOOD:#} {:>9} view {:>9} {}{epoch} {} after {latency} s {FAINT}verified in {:.1} ms{shared}, {signed}{FAINT:#}",
            header.height,
            block.view,
            header.version,
            tagged_base64::encode(tag::BLOCK, &block.hash),
            self.verification_ms(),
        )
    }
}

/// Milliseconds as seconds with two decimals.
fn seconds(milliseconds: i64) -> String {
    let sign = if milliseconds < 0 { "-" } else { "" };
    let absolute = milliseconds.unsigned_abs();
    format!("{sign}{}.{:02}", absolute / 1000, absolute % 1000 / 10)
}
