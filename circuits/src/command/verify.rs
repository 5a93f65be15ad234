//! `verify`: records from a known table on.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anstream::println;
use clap::Args;
use hotshot_light_client::transition::proof::VerifyingKey;
use hotshot_light_client::transition::proof_batch::PreparedKey;
use hotshot_light_client::transition::record::{Boundary, TransitionChain, TransitionRecord, TransitionRules};

use super::WARNING;
use super::arguments::Dimensions;
use crate::input::{Failure, TableOption, hex, read};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Records of consecutive epochs, in order.
    #[arg(required = true)]
    records: Vec<PathBuf>,
    /// The verifying key.
    #[arg(long)]
    key: PathBuf,
    /// The table that signed the first record.
    #[arg(long)]
    stake_table: TableOption,
    #[command(flatten)]
    dimensions: Dimensions,
    /// Accept keys for development, under which anyone can forge proofs.
    #[arg(long)]
    insecure: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let bytes = read(&arguments.key)?;
    let key = VerifyingKey::decode(&bytes)?;
    if key.purpose.insecure {
        eprintln!("{WARNING}");
        if !arguments.insecure {
            return Err("give --insecure to go on with it".into());
        }
    }
    let tables = arguments.dimensions.tables(std::slice::from_ref(&arguments.stake_table))?;
    let epochs = tables.epochs.ok_or("give --epoch-height: the stake table file does not say how long an epoch is")?;
    let mut records = Vec::new();
    for path in &arguments.records {
        match TransitionRecord::from_bytes(&read(path)?) {
            Ok(record) => records.push(record),
            Err(rejected) => return refused(&rejected, &path.display().to_string()),
        }
    }
    let first = records.first().map_or(0, |record| record.epoch);
    let table = tables.schedule.at(first).ok_or("the stake table signs later epochs only")?;
    let start = Boundary { epoch: first, table: table.state(), after: None };
    let rules = TransitionRules { epochs, first_epoch: 0 };
    let mut entropy = [0; 32];
    getrandom::fill(&mut entropy)?;
    let clock = Instant::now();
    let key = PreparedKey::new(key)?;
    let chain = TransitionChain::begin(&start, &records, &key, table.capacity(), &rules, &entropy);
    match chain.and_then(TransitionChain::verify) {
        Ok(proven) => {
            println!(
                "epochs {first} to {} proven under key {} in {:.1} ms: next table {}, state at height {} (certified, not final)",
                proven.boundary.epoch - 1,
                hex(key.hash()),
                clock.elapsed().as_secs_f64() * 1000.0,
                proven.boundary.table.to_tagged(),
                proven.state.height,
            );
            Ok(ExitCode::SUCCESS)
        }
        Err(rejected) => refused(&rejected, "records"),
    }
}

fn refused(rejected: &hotshot_light_client::Rejected, what: &str) -> Result<ExitCode, Failure> {
    println!("{what}: {rejected}");
    Ok(ExitCode::from(1))
}
