//! `prove`: records of state certificates.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anstream::println;
use clap::Args;
use hotshot_light_client::encoding::json::{Json, parse};
use hotshot_light_client::transition::certificate::StateCertificate;
use hotshot_light_client::transition::kind::Kind;
use hotshot_light_client::transition::recorded_certificates::{Chain, Schedule, verify_recorded};

use super::arguments::{Dimensions, Folders};
use super::peak_memory;
use crate::input::{Failure, TableOption, read};
use crate::prover::Outcome;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// State certificates: an array of `[epoch, certificate]` pairs, or one certificate.
    certificates: PathBuf,
    /// A stake table, or `EPOCH=FILE` for one that signs from an epoch on.
    #[arg(long, required = true)]
    stake_table: Vec<TableOption>,
    #[command(flatten)]
    dimensions: Dimensions,
    #[command(flatten)]
    folders: Folders,
    /// Prove these epochs only.
    #[arg(long)]
    epoch: Vec<u64>,
}

/// Certificates that are worth a proof, with their epochs.
fn certificates(json: &Json<'_>, chain: &Chain) -> Result<(Vec<(u64, StateCertificate)>, usize), Failure> {
    let items = match json {
        Json::Object(_) => std::slice::from_ref(json),
        _ => json.items()?,
    };
    let mut accepted = Vec::new();
    let mut refused = 0;
    for (item, result) in items.iter().zip(verify_recorded(json, chain)?) {
        let certificate = match item {
            Json::Array(pair) => pair.last(),
            _ => Some(item),
        };
        match (result.is_accepted(), result.epoch, certificate) {
            (true, Some(epoch), Some(certificate)) => accepted.push((epoch, StateCertificate::from_json(certificate)?)),
            _ => {
                refused += 1;
                let reason =
                    result.decode.as_ref().err().or(result.certificate.as_ref().and_then(|r| r.as_ref().err()));
                eprintln!(
                    "line {}: refused: {}",
                    result.line,
                    reason.map_or_else(|| "next table".into(), ToString::to_string)
                );
            }
        }
    }
    Ok((accepted, refused))
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let tables = arguments.dimensions.tables(&arguments.stake_table)?;
    let epochs = tables.epochs.ok_or("give --epoch-height: no stake table file says how long an epoch is")?;
    // Only the digest of protocol 0.4 and later is a public input.
    let chain = Chain { epochs, tables: tables.schedule, kinds: Schedule::new(vec![(0, Kind::Lcv3)]) };
    let text = read(&arguments.certificates)?;
    let json = parse(&text).map_err(|rejected| format!("{}: {rejected}", arguments.certificates.display()))?;
    let (certificates, mut refused) = certificates(&json, &chain)?;
    let wanted = |epoch: &u64| arguments.epoch.is_empty() || arguments.epoch.contains(epoch);
    let work: Vec<_> = certificates.into_iter().filter(|(epoch, _)| wanted(epoch)).collect();

    let mut prover = arguments.folders.prover();
    let (start, mut proven) = (Instant::now(), 0u32);
    for (index, (epoch, certificate)) in work.iter().enumerate() {
        let table = chain.tables.at(*epoch).ok_or("an accepted certificate has a table")?;
        match prover.prove(*epoch, table, certificate) {
            Ok(Outcome::Proven(path)) => {
                println!("{}", path.display());
                proven += 1;
            }
            Ok(Outcome::There(path)) => eprintln!("epoch {epoch}: {} is there", path.display()),
            Err(failure) => {
                eprintln!("epoch {epoch}: {failure}");
                refused += 1;
            }
        }
        let left = work.len() - index - 1;
        if left > 0 && proven > 0 {
            let each = start.elapsed().as_secs_f64() / f64::from(proven);
            eprintln!("  {left} epochs left, about {:.0} s", each * left as f64);
        }
    }
    if let Some(peak) = peak_memory() {
        eprintln!("{proven} proven, {refused} refused, peak memory {peak} MiB");
    }
    Ok(if refused == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
