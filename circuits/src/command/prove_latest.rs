//! `prove-latest`: the record of an ordinary block's state, from the signatures that a state relay collects.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use hotshot_light_client::encoding::json::parse;
use hotshot_light_client::transition::bundle::{StateBundle, verify_bundle};

use crate::input::{Failure, TableOption, read, tables};
use crate::prover::{Outcome, Prover};

#[derive(Debug, Args)]
#[command(after_help = "\
A state relay serves such a bundle at api/lateststate. It has to hold signatures of more than two thirds of the \
stake; relays of the reference stop at one third.")]
pub(crate) struct Arguments {
    /// A bundle of signatures over the state of an ordinary block.
    bundle: PathBuf,
    /// The stake table of its epoch.
    #[arg(long)]
    stake_table: TableOption,
    /// Blocks of an epoch, if the stake table file does not say so.
    #[arg(long)]
    epoch_height: Option<u64>,
    /// Rows that the table's commitments cover, if the stake table file does not say so.
    #[arg(long)]
    capacity: Option<usize>,
    /// Folder of the keys that `setup` made.
    #[arg(long, default_value = "keys")]
    keys: PathBuf,
    /// Folder for the record: `<network>/<key hash>/latest`.
    #[arg(long, default_value = "proofs")]
    out: PathBuf,
    /// Name of the network, in paths only.
    #[arg(long, default_value = "devnet")]
    network: String,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let tables = tables(std::slice::from_ref(&arguments.stake_table), arguments.epoch_height, arguments.capacity)?;
    let epochs = tables.epochs.ok_or("give --epoch-height: the stake table file does not say how long an epoch is")?;
    let text = read(&arguments.bundle)?;
    let bundle = parse(&text).and_then(|json| StateBundle::from_json(&json));
    let bundle = bundle.map_err(|rejected| format!("{}: {rejected}", arguments.bundle.display()))?;
    let epoch = epochs.of(bundle.state.height);
    let table = tables.schedule.at(epoch).ok_or("the stake table signs no such epoch")?;
    verify_bundle(&bundle, table, epoch, epochs, None)?;
    let mut prover = Prover::new(&arguments.keys, &arguments.out, &arguments.network);
    match prover.prove_latest(epoch, table, &bundle)? {
        Outcome::Proven(path) => println!("{}", path.display()),
        Outcome::There(path) => eprintln!("{} is there", path.display()),
    }
    Ok(ExitCode::SUCCESS)
}
