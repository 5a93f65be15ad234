//! `hotshot-verify checkpoint`: take a checkpoint out of a store, put one in, look at one, compare several.

mod compare;

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use hotshot_light_client::Rejection;
use hotshot_light_client::client::checkpoint::Checkpoint;
use hotshot_light_client::client::stored::StoredTables;
use hotshot_light_client::encoding::bytes::to_hex;
use hotshot_light_client::encoding::tagged_base64::{self, tag};
use hotshot_light_client::stake_table::active_set::ActiveRules;
use serde_json::{Value, json};

use crate::exit::{Failure, Verdict};
use crate::network::NetworkFile;
use crate::store::Store;
use crate::table_store::{FileTables, TableStore};
use crate::terminal;

/// Arguments of `checkpoint`.
#[derive(Debug, Args)]
#[command(after_help = "\
A checkpoint is one line to paste: network, height, leaf, and the hash of its epoch's registrations. \
Whoever gives you one is believed about these, so compare it with what others publish. It is refused \
for another network, with a wrong checksum, and where it contradicts what the store has proven.

Examples:
  hotshot-verify checkpoint export --network network.json --store ~/.hotshot
  hotshot-verify checkpoint import HOTSHOT_CHECKPOINT~… --network network.json --store ~/.hotshot
  hotshot-verify checkpoint compare HOTSHOT_CHECKPOINT~… HOTSHOT_CHECKPOINT~… another.txt
  hotshot-verify checkpoint show HOTSHOT_CHECKPOINT~… --json")]
pub struct Arguments {
    /// What to do
    #[command(subcommand)]
    pub action: Action,
}

/// What to do with a checkpoint.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Print the newest checkpoint of a store
    Export {
        /// Network file, or `mainnet` or `decaf`
        #[arg(long, value_name = "FILE")]
        network: PathBuf,
        /// Folder of the store
        #[arg(long, value_name = "DIR")]
        store: PathBuf,
    },
    /// Put a checkpoint into a store, to follow on from
    Import {
        /// The checkpoint
        checkpoint: String,
        /// Network file, or `mainnet` or `decaf`
        #[arg(long, value_name = "FILE")]
        network: PathBuf,
        /// Folder of the store
        #[arg(long, value_name = "DIR")]
        store: PathBuf,
    },
    /// Compare what several publish: of one block they say the same, or somebody is wrong
    Compare(compare::Arguments),
    /// Print what a checkpoint says
    Show {
        /// The checkpoint
        checkpoint: String,
        /// Network file that it has to be of
        #[arg(long, value_name = "FILE")]
        network: Option<PathBuf>,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
}

/// Does it.
///
/// # Errors
/// Wrong usage, unusable files, output that is gone.
pub fn run(arguments: &Arguments) -> Result<Verdict, Failure> {
    match &arguments.action {
        Action::Export { network, store } => {
            let file = NetworkFile::load(network)?;
            let Some(checkpoint) = Store::open(store)?.load(&file.network)? else {
                return Err(Failure::Usage(format!(
                    "{}: no checkpoint of this network: `follow` keeps one, and `sync` at the newest block",
                    store.display()
                )));
            };
            writeln!(std::io::stdout(), "{}", checkpoint.to_text())?;
            Ok(Verdict::Accepted)
        }
        Action::Import { checkpoint, network, store } => import(checkpoint, network, store),
        Action::Compare(arguments) => compare::run(arguments),
        Action::Show { checkpoint, network, json } => show(checkpoint, network.as_deref(), *json),
    }
}

fn read(text: &str) -> Result<Checkpoint, Failure> {
    Checkpoint::from_text(text).map_err(|rejected| Failure::Usage(format!("checkpoint: {rejected}")))
}

fn import(text: &str, network: &Path, folder: &Path) -> Result<Verdict, Failure> {
    let file = NetworkFile::load(network)?;
    let checkpoint = read(text)?;
    let known = FileTables::open(folder, &file.network)?.tables()?;
    let known = known.and_then(|bytes| StoredTables::from_bytes(&bytes, &file.network).ok());
    let agrees = checkpoint.check_network(&file.network).and_then(|()| {
        let hash = checkpoint.signers.and_then(|signers| Some((signers.hash, known?.hash_of(signers.epoch)?)));
        hash.map_or(Ok(()), |(claimed, proven)| Rejection::CheckpointStakeTable.unless_equal(claimed, proven))
    });
    if let Err(rejected) = agrees {
        terminal::warning(&rejected.to_string());
        return Ok(Verdict::Rejected);
    }
    Store::open(folder)?.save(&file.network, &checkpoint)?;
    Ok(Verdict::Accepted)
}

fn show(text: &str, network: Option<&Path>, as_json: bool) -> Result<Verdict, Failure> {
    let checkpoint = read(text)?;
    let of_network = match network {
        Some(path) => Some(checkpoint.check_network(&NetworkFile::load(path)?.network)),
        None => None,
    };
    let value = describe(&checkpoint);
    let mut output = anstream::AutoStream::auto(std::io::stdout());
    if as_json {
        writeln!(output, "{value}")?;
    } else if let Some(members) = value.as_object() {
        for (key, value) in members {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            writeln!(output, "{key:18}  {text}")?;
        }
    }
    output.flush()?;
    match of_network {
        Some(Err(rejected)) => {
            terminal::warning(&rejected.to_string());
            Ok(Verdict::Rejected)
        }
        _ => Ok(Verdict::Accepted),
    }
}

fn describe(checkpoint: &Checkpoint) -> Value {
    let rules = |rules| match rules {
        ActiveRules::Staked => "staked",
        ActiveRules::StakedAndReachable => "staked and reachable",
    };
    let signers = checkpoint.signers.as_ref();
    json!({
        "network": to_hex(&checkpoint.network),
        "height": checkpoint.height,
        "view": checkpoint.view,
        "leaf": tagged_base64::encode(tag::COMMIT, &checkpoint.leaf),
        "timestamp": checkpoint.timestamp,
        "epoch": signers.map(|signers| signers.epoch),
        "stake_table_hash": signers.map(|signers| tagged_base64::encode(tag::STAKE_TABLE, &signers.hash)),
        "rules": signers.map(|signers| rules(signers.rules)),
        "next_rules": signers.map(|signers| rules(signers.next_rules)),
    })
}
