//! `hotshot-verify l1-anchor`: who signs, as contracts on L1 say.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use hotshot_light_client::encoding::bytes::to_hex;
use hotshot_light_client::encoding::tagged_base64::{self, tag};
use hotshot_light_client::l1::anchor::L1Anchor;
use hotshot_light_client::transition::voting_table::{DEFAULT_CAPACITY, VotingTable};
use serde_json::json;

use crate::exit::{Failure, Verdict};
use crate::l1::L1Source;
use crate::network::NetworkFile;
use crate::provider::http::Http;
use crate::stop::Stop;
use crate::terminal::{FAINT, GOOD};

/// Arguments of `l1-anchor`.
#[derive(Debug, Args)]
#[command(after_help = "\
Reads the light client contract's finalizedState, votingStakeTableState and authRoot at a finalized L1 \
block, and the stake table contract's logs; replays them, and finds the place whose active validators have \
the committed keys and amounts. Nothing is pinned but the contracts' addresses, in the network file: \
l1.light_client_contract, l1.stake_table_contract, and l1.first_block to read fewer logs.

This rests on the contract: signatures of a third of the stake plus one, an owner who can replace it, and \
your L1 node. `hotshot-verify follow --l1-rpc URL` begins there.

Examples:
  hotshot-verify l1-anchor --network mainnet --l1-rpc http://localhost:8545
  hotshot-verify l1-anchor --network network.json --l1-rpc URL --json --table table.json")]
pub struct Arguments {
    /// Network file, or `mainnet` or `decaf`
    #[arg(long, value_name = "FILE")]
    pub network: PathBuf,
    /// JSON-RPC address of an L1 node that you trust
    #[arg(long, value_name = "URL")]
    pub l1_rpc: String,
    /// Seconds that one answer may take
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub timeout: u64,
    /// File for the stake table, in signer order
    #[arg(long, value_name = "FILE")]
    pub table: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// Reads the anchor.
///
/// # Errors
/// Wrong usage, a node that does not answer or is refused.
pub fn run(arguments: &Arguments) -> Result<Verdict, Failure> {
    let file = NetworkFile::load(&arguments.network)?;
    let stop = Stop::on_signals().map_err(Failure::Usage)?;
    let http = Http::with_timeout(stop.clone(), Duration::from_secs(arguments.timeout.clamp(1, 3600)));
    let source = L1Source { http: &http, stop: &stop, url: &arguments.l1_rpc };
    let anchor = source.read(&file.network)?;
    if let Some(path) = &arguments.table {
        write_table(&anchor, path)?;
    }
    let readings = &anchor.readings;
    let state = VotingTable::admit(&anchor.table, DEFAULT_CAPACITY).map(|table| table.state().to_tagged());
    let newest = anchor.at(None);
    let hash = newest.map(|newest| tagged_base64::encode(tag::STAKE_TABLE, newest.state.hash()));
    let mut output = anstream::AutoStream::auto(std::io::stdout());
    if arguments.json {
        let object = json!({
            "root": "l1_contract",
            "l1_block": anchor.block.number,
            "l1_timestamp": anchor.block.timestamp,
            "epoch": anchor.epoch,
            "height": readings.height,
            "view": readings.view,
            "auth_root": to_hex(&readings.auth_root),
            "validators": anchor.table.entries().len(),
            "total_stake": anchor.table.total_stake().to_string(),
            "stake_table_state": state.ok(),
            "stake_table_hash": hash,
            "candidates": anchor.candidates().len(),
        });
        writeln!(output, "{object}")?;
    } else {
        writeln!(output, "L1 block          {} {FAINT}finalized{FAINT:#}", anchor.block.number)?;
        writeln!(output, "finalized state   block {}, view {}", readings.height, readings.view)?;
        writeln!(output, "auth root         {}", to_hex(&readings.auth_root))?;
        writeln!(
            output,
            "voting table      {GOOD}{} validators{GOOD:#} of epoch {}",
            anchor.table.entries().len(),
            anchor.epoch
        )?;
        writeln!(output, "stake table hash  {}", hash.unwrap_or_default())?;
    }
    output.flush()?;
    Ok(Verdict::Accepted)
}

fn write_table(anchor: &L1Anchor, path: &std::path::Path) -> Result<(), Failure> {
    let Some(candidate) = anchor.at(None) else { return Ok(()) };
    let active = candidate.state.registrations().active_set(candidate.rules);
    let table = active.and_then(|active| active.to_json(candidate.state.hash()));
    let table = table.map_err(|rejected| Failure::Provider(rejected.to_string()))?;
    fs::write(path, table).map_err(|error| Failure::file(path, error))
}
