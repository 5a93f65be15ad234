//! Reads what trust begins with from an L1 node of the user's own, by JSON-RPC over HTTP.

use std::time::Duration;

use hotshot_light_client::client::network::Network;
use hotshot_light_client::consensus::header::Header;
use hotshot_light_client::encoding::json;
use hotshot_light_client::l1::anchor::L1Anchor;
use hotshot_light_client::l1::reader::{Contracts, Reader, Reading};
use hotshot_light_client::l1::request::L1Request;
use hotshot_light_client::transition::voting_table::DEFAULT_CAPACITY;
use serde_json::{Value, json};

use crate::exit::Failure;
use crate::provider::address::Address;
use crate::provider::backoff::{Backoff, Chance};
use crate::provider::http::{Answer, Http};
use crate::stop::Stop;
use crate::terminal::Progress;

/// How often in a row the node may fail.
const ATTEMPTS: u32 = 5;
const BACKOFF: Backoff = Backoff { first: Duration::from_millis(500), longest: Duration::from_secs(8) };
/// Units of verification between two looks at the stop flag.
const BUDGET: u32 = 64;
/// The most bytes of a header.
const HEADER_LIMIT: usize = 1 << 20;

/// What an L1 node says, and who else says what is not proven.
#[derive(Debug)]
pub struct L1Source<'a> {
    /// Carries the questions.
    pub http: &'a Http,
    /// Ends the reading.
    pub stop: &'a Stop,
    /// Address of the node's JSON-RPC.
    pub url: &'a str,
}

impl L1Source<'_> {
    /// Reads the contracts that the network file names, at a finalized block.
    ///
    /// # Errors
    /// If the network file names none, if the node does not answer, or if what it says is refused.
    pub fn read(&self, network: &Network) -> Result<L1Anchor, Failure> {
        let (Some(light_client), Some(stake_table)) = (network.l1.light_client, network.l1.stake_table) else {
            return Err(Failure::Usage(
                "--l1-rpc: the network file names no contracts: l1.light_client_contract, l1.stake_table_contract"
                    .into(),
            ));
        };
        let contracts =
            Contracts { chain_id: network.l1.chain_id, light_client, stake_table, first_block: network.l1.first_block };
        // The weights of the batches are bound to every member, so they need no entropy.
        let mut reader = Reader::new(contracts, DEFAULT_CAPACITY, &[]);
        let mut progress = Progress::new("reading L1");
        let (mut failures, mut chance) = (0, Chance::new(u64::from(std::process::id())));
        loop {
            if self.stop.is_raised() {
                return Err(Failure::Provider("interrupted while reading L1".into()));
            }
            let refused = |rejected| Failure::Provider(format!("{}: {rejected}", self.url));
            let Some(request) = reader.request() else {
                if let Reading::Done(anchor) = reader.step(BUDGET).map_err(refused)? {
                    return Ok(*anchor);
                }
                progress.say("replaying the stake table contract's logs");
                continue;
            };
            let (next, last) = reader.progress();
            progress.say(&format!("reading L1, block {next} of {last}"));
            match self.ask(&request) {
                Ok(result) => {
                    reader.respond(result.as_bytes()).map_err(refused)?;
                    failures = 0;
                }
                // Nodes refuse long pages of logs in many words.
                Err(_) if reader.narrow() => {}
                Err(reason) => {
                    failures += 1;
                    if failures >= ATTEMPTS {
                        return Err(Failure::Provider(format!("{}: {}: {reason}", self.url, request.method())));
                    }
                    self.stop.wait(BACKOFF.pause(failures, &mut chance));
                }
            }
        }
    }

    /// The result of a call, as JSON; or why there is none.
    fn ask(&self, request: &L1Request) -> Result<String, String> {
        let params: Value = serde_json::from_str(&request.params()).map_err(|error| error.to_string())?;
        let call = json!({ "jsonrpc": "2.0", "id": 1, "method": request.method(), "params": params });
        match self.http.post(self.url, &call.to_string(), request.size_limit()) {
            Answer::Body(body) => {
                let mut answer: Value = serde_json::from_slice(&body).map_err(|error| error.to_string())?;
                if let Some(error) = answer.get("error").filter(|error| !error.is_null()) {
                    let shown: String = error.to_string().chars().filter(|c| !c.is_control()).take(200).collect();
                    return Err(shown);
                }
                answer.get_mut("result").map(|result| result.take().to_string()).ok_or_else(|| "no result".into())
            }
            other => Err(other.summary()),
        }
    }

    /// The L1 block that fixed the anchor's table, as the first provider says that knows the header.
    /// It is a hint: see [`L1Anchor::at`].
    pub fn hint(&self, anchor: &L1Anchor, providers: &[Address]) -> Option<u64> {
        let path = format!("/v1/availability/header/{}", anchor.fixing_root()?);
        providers.iter().find_map(|provider| {
            let Answer::Body(body) = self.http.get(provider, &path, HEADER_LIMIT) else { return None };
            let header = Header::from_json(&json::parse(&body).ok()?).ok()?;
            Some(header.l1_finalized?.number)
        })
    }
}
