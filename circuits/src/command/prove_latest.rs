//! `prove-latest`: the record of an ordinary block's state, from the signatures that a state relay collects.

use std::path::PathBuf;
use std::process::ExitCode;

use anstream::println;
use clap::Args;
use hotshot_light_client::encoding::json::parse;
use hotshot_light_client::transition::bundle::{StateBundle, verify_bundle};

use super::arguments::{Dimensions, Folders};
use crate::input::{Failure, TableOption, read};
use crate::prover::Outcome;

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
    #[command(flatten)]
    dimensions: Dimensions,
    #[command(flatten)]
    folders: Folders,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let tables = arguments.dimensions.tables(std::slice::from_ref(&arguments.stake_table))?;
    let epochs = tables.epochs.ok_or("give --epoch-height: the stake table file does not say how long an epoch is")?;
    let text = read(&arguments.bundle)?;
    let bundle = parse(&text).and_then(|json| StateBundle::from_json(&json));
    let bundle = bundle.map_err(|rejected| format!("{}: {rejected}", arguments.bundle.display()))?;
    let epoch = epochs.of(bundle.state.height);
    let table = tables.schedule.at(epoch).ok_or("the stake table signs no such epoch")?;
    verify_bundle(&bundle, table, epoch, epochs, None)?;
    let mut prover = arguments.folders.prover();
    match prover.prove_latest(epoch, table, &bundle)? {
        Outcome::Proven(path) => println!("{}", path.display()),
        Outcome::There(path) => eprintln!("{} is there", path.display()),
    }
    Ok(ExitCode::SUCCESS)
}
