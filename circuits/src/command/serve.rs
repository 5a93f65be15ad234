//! `serve`: proves each new epoch of a provider, and offers the proofs.

use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anstream::println;
use clap::Args;
use hotshot_light_client::client::certified::CertifiedSync;
use hotshot_light_client::consensus::version::Version;
use hotshot_light_client::encoding::json::parse;
use hotshot_light_client::stake_table::table::StakeTable;
use hotshot_light_client::transition::certificate::StateCertificate;

use super::arguments::{Dimensions, Folders};
use crate::input::{Failure, TableOption};
use crate::prover::{Outcome, Prover};
use crate::store;

#[derive(Debug, Args)]
#[command(after_help = "\
The provider is not trusted: certificates are verified under the table of their epoch, and each next table \
has to be the one that was signed. Records are offered at /<network>/<key hash>/<epoch>, /status tells how \
far the prover is. Stop it whenever you like: what is proven stays, and nothing is half written.")]
pub(crate) struct Arguments {
    /// Base address of a query service.
    #[arg(long)]
    provider: String,
    /// The stake table to start from, or a network file with it, or `EPOCH=FILE` for the table of a later
    /// epoch.
    #[arg(long)]
    stake_table: TableOption,
    #[command(flatten)]
    dimensions: Dimensions,
    /// The first epoch whose root is of protocol 0.4: certificates before are followed, not proven. By
    /// default what the network file says, else 1.
    #[arg(long)]
    first_epoch: Option<u64>,
    /// Stop after this epoch.
    #[arg(long)]
    until: Option<u64>,
    #[command(flatten)]
    folders: Folders,
    /// Where to listen; port 0 takes any free one.
    #[arg(long, default_value = "127.0.0.1:24500")]
    listen: std::net::SocketAddr,
    /// Seconds between questions for an epoch that is not over.
    #[arg(long, default_value_t = 10)]
    poll: u64,
}

/// What `/status` tells.
#[derive(Debug, Default)]
pub(crate) struct Status {
    pub(crate) network: String,
    pub(crate) phase: &'static str,
    pub(crate) epoch: u64,
    pub(crate) proven: u64,
    pub(crate) seconds: f64,
    pub(crate) trouble: Option<String>,
}

/// One status for the prover and for whoever asks.
pub(crate) type Shared = Arc<Mutex<Status>>;

fn note(status: &Shared, change: impl FnOnce(&mut Status)) {
    change(&mut status.lock().unwrap_or_else(PoisonError::into_inner));
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let tables = arguments.dimensions.tables(std::slice::from_ref(&arguments.stake_table))?;
    let epochs = tables.epochs.ok_or("give --epoch-height: the stake table file does not say how long an epoch is")?;
    let began = epochs.of(tables.epoch_start_block.unwrap_or(1).max(1));
    let epoch = if arguments.stake_table.epoch > 0 { arguments.stake_table.epoch } else { began };
    let first_epoch = arguments.first_epoch.or(tables.first_epoch).unwrap_or(1);
    let table = tables.schedule.at(epoch).ok_or("the stake table signs no epoch")?;
    let sync = CertifiedSync::from_table(epochs, epoch, table.clone());
    let status: Shared = Arc::default();
    note(&status, |status| status.network.clone_from(&arguments.folders.network));
    let server = store::Server::bind(arguments.listen, &arguments.folders.out, &status)?;
    println!("http://{}/{}", server.address, arguments.folders.network);
    std::thread::spawn(move || server.run());
    follow(arguments, first_epoch, sync, &status)
}

fn follow(
    arguments: &Arguments,
    first_epoch: u64,
    mut sync: CertifiedSync,
    status: &Shared,
) -> Result<ExitCode, Failure> {
    let mut prover = arguments.folders.prover();
    let pause = Duration::from_secs(arguments.poll.max(1));
    while arguments.until.is_none_or(|until| sync.epoch() <= until) {
        let epoch = sync.epoch();
        note(status, |status| (status.epoch, status.phase) = (epoch, "asking"));
        match advance(arguments, first_epoch, &mut sync, &mut prover, status) {
            Ok(true) => note(status, |status| status.trouble = None),
            Ok(false) => {
                note(status, |status| status.phase = "waiting");
                std::thread::sleep(pause);
            }
            Err(failure) => {
                note(status, |status| (status.phase, status.trouble) = ("waiting", Some(failure.to_string())));
                eprintln!("epoch {epoch}: {failure}");
                std::thread::sleep(pause);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// One epoch: its certificate, the table that it hands over to, its proof. False if it is not over.
fn advance(
    arguments: &Arguments,
    first_epoch: u64,
    sync: &mut CertifiedSync,
    prover: &mut Prover,
    status: &Shared,
) -> Result<bool, Failure> {
    let epoch = sync.epoch();
    let base = arguments.provider.trim_end_matches('/');
    let Some(text) = store::fetch(&format!("{base}/v1/availability/state-cert-v2/{epoch}"))? else { return Ok(false) };
    let certificate = StateCertificate::from_json(&parse(&text)?)?;
    let following = epoch.saturating_add(1);
    let Some(text) = store::fetch(&format!("{base}/v1/node/stake-table/{following}"))? else { return Ok(false) };
    let next = StakeTable::from_json(&parse(&text)?)?;
    let table = sync.table().clone();
    let version = if epoch < first_epoch { Version::V0_3 } else { Version::V0_4 };
    // Another state, so that a failing prover asks for the same epoch again.
    let mut advanced = sync.clone();
    advanced.advance(&certificate, version, &next)?;
    if epoch >= first_epoch {
        note(status, |status| status.phase = "proving");
        let clock = Instant::now();
        if let Outcome::Proven(path) = prover.prove(epoch, &table, &certificate)? {
            println!("{}", path.display());
            note(status, |status| status.seconds = clock.elapsed().as_secs_f64());
        }
        note(status, |status| status.proven += 1);
    }
    *sync = advanced;
    Ok(true)
}
