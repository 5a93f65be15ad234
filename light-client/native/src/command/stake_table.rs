//! `hotshot-verify stake-table`: who signs in an epoch.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use hotshot_light_client::encoding::bytes::to_hex;
use hotshot_light_client::encoding::tagged_base64::{self, tag};
use hotshot_light_client::stake_table::table::StakeTable;
use serde_json::{Value, json};

use crate::command::sync::verdict;
use crate::exit::{Failure, Verdict};
use crate::follow::End;
use crate::stop::Stop;
use crate::synchronize::{Goal, Sources, run as synchronize};
use crate::terminal::{FAINT, GOOD};

/// Arguments of `stake-table`.
#[derive(Debug, Args)]
#[command(after_help = "\
The table comes from the network file, from --store, or from providers by the way that `sync` goes; it \
is proven in each case. With --json: {\"epoch\",\"total_stake\",\"success_threshold\",\"vid_total_weight\",\
\"stake_table_hash\",\"validators\":[…]}, in signer order; --table writes the same to a file that other \
commands take as a stake table.

Exit status: 0, or as that of `sync`.

Examples:
  hotshot-verify stake-table 400 --network network.json --store ~/.hotshot
  hotshot-verify stake-table 400 --network network.json --provider URL --table table.json")]
pub struct Arguments {
    /// The epoch
    pub epoch: u64,
    /// Where from and with whom
    #[command(flatten)]
    pub sources: Sources,
    /// Write the table to this file too
    #[arg(long, value_name = "FILE")]
    pub table: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// Prints the table.
///
/// # Errors
/// Wrong usage, unusable files, output that is gone.
pub fn run(arguments: &Arguments) -> Result<Verdict, Failure> {
    let stop = Stop::on_signals().map_err(Failure::Usage)?;
    run_until(arguments, &stop)
}

/// As [`run`], ended by a flag of the caller's.
///
/// # Errors
/// As [`run`].
pub fn run_until(arguments: &Arguments, stop: &Stop) -> Result<Verdict, Failure> {
    let (file, outcome) = synchronize(&arguments.sources, Goal::Epoch(arguments.epoch), stop, &mut |_| Ok(()))?;
    if outcome.end != End::Finished {
        return verdict(outcome.end, &file);
    }
    let client = outcome.client;
    let tables = client.tables().ok_or_else(|| Failure::Provider("no stake table is known".into()))?;
    let table = tables.of_epoch(arguments.epoch).map_err(|rejected| file.failure(rejected))?;
    let mut value = table_json(arguments.epoch, table);
    if let Some(members) = value.as_object_mut() {
        let hash = client.stake_table_hash(arguments.epoch);
        let hash = hash.map(|hash| tagged_base64::encode(tag::STAKE_TABLE, &hash));
        members.insert("stake_table_hash".into(), hash.into());
        members.insert("vid_total_weight".into(), client.vid_total_weight(arguments.epoch).into());
    }
    if let Some(path) = &arguments.table {
        fs::write(path, format!("{value:#}\n")).map_err(|error| Failure::file(path, error))?;
    }
    let mut output = anstream::AutoStream::auto(std::io::stdout());
    if arguments.json {
        writeln!(output, "{value}")?;
    } else {
        let total = table.total_stake();
        writeln!(
            output,
            "epoch {}  {GOOD}{} validators{GOOD:#}  stake {total}",
            arguments.epoch,
            table.entries().len()
        )?;
        for (place, entry) in table.entries().iter().enumerate() {
            let account = entry.account.as_ref().map(|account| to_hex(account)).unwrap_or_default();
            let key: String = entry.stake_key.to_tagged().chars().take(32).collect();
            writeln!(output, "{place:>4}  {:>28}  {account}  {FAINT}{key}…{FAINT:#}", entry.stake.to_string())?;
        }
    }
    output.flush()?;
    Ok(Verdict::Accepted)
}

fn table_json(epoch: u64, table: &StakeTable) -> Value {
    let validators: Vec<Value> = table
        .entries()
        .iter()
        .map(|entry| {
            json!({
                "account": entry.account.as_ref().map(|account| to_hex(account)),
                "stake_key": entry.stake_key.to_tagged(),
                "state_ver_key": entry.state_ver_key.as_ref().map(|key| tagged_base64::encode(tag::SCHNORR_VER_KEY, key)),
                "stake_amount": format!("{:#x}", entry.stake),
            })
        })
        .collect();
    json!({
        "epoch": epoch,
        "total_stake": table.total_stake().to_string(),
        "success_threshold": table.success_threshold().to_string(),
        "validators": validators,
    })
}
