//! Ways to a much later epoch's stake table that leave the chain between out: over transition proofs,
//! or over the state certificates that those prove. Either ends at a final block, with a checkpoint.

mod arrive;
mod proofs;
mod state_certificates;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use hotshot_light_client::Rejected;
use hotshot_light_client::client::arrival::CertifiedRoot;
use hotshot_light_client::client::checkpoint::Checkpoint;
use hotshot_light_client::client::transition::TransitionPins;
use hotshot_light_client::stake_table::table::StakeTable;
use hotshot_light_client::transition::stake_table_state::StakeTableState;

use crate::exit::Failure;
use crate::network::NetworkFile;
use crate::provider::fetcher::{Fetched, Fetcher};

/// How to get to a later epoch's stake table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// Epoch after epoch: final roots, and events of the stake table contract
    #[default]
    Events,
    /// In one breath: transition proofs under keys that the network file pins
    Proofs,
    /// Epoch after epoch: state certificates and stake tables, without proofs and events
    StateCertificates,
}

impl By {
    /// The name on the command line and in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Proofs => "proofs",
            Self::StateCertificates => "state-certificates",
        }
    }
}

/// The way that was chosen.
#[derive(Args, Clone, Debug, Default)]
pub struct Way {
    /// How to get to today's stake tables
    #[arg(long, value_enum, value_name = "HOW", default_value_t)]
    pub by: By,
    /// With --by proofs: a folder or an address with records, `<key hash>/<epoch>`, as `hotshot-prover
    /// serve` offers them; may be given several times
    #[arg(long = "proofs", value_name = "PLACE", required_if_eq("by", "proofs"))]
    pub places: Vec<String>,
    /// With --by proofs: a verifying key's file; else it is fetched beside the records. Only keys whose
    /// hashes the network file pins are taken
    #[arg(long = "transition-key", value_name = "FILE")]
    pub keys: Vec<PathBuf>,
}

/// What a walk led to.
#[derive(Clone, Debug)]
pub struct Walked {
    /// The epoch whose table it began with.
    pub from: u64,
    /// The last state that was certified, with the tables around it.
    pub certified: CertifiedRoot,
    /// The commitments of the table that was handed over to.
    pub table: StakeTableState,
    /// Bytes of proofs, certificates and tables.
    pub bytes: u64,
    /// The root of the last epoch, proven final.
    pub checkpoint: Checkpoint,
}

/// How a walk ended.
#[derive(Debug)]
pub enum Outcome {
    /// At a final block.
    Arrived(Box<Walked>),
    /// Where it began: nobody has anything for the first epoch yet.
    Nothing {
        /// That epoch.
        epoch: u64,
    },
    /// What there was is refused.
    Rejected(Rejected),
    /// A signal came first.
    Stopped,
}

/// A walk that was ended by something else than its end.
enum Interrupted {
    Rejected(Rejected),
    Stopped,
}

impl From<Interrupted> for Outcome {
    fn from(interrupted: Interrupted) -> Self {
        match interrupted {
            Interrupted::Rejected(rejected) => Self::Rejected(rejected),
            Interrupted::Stopped => Self::Stopped,
        }
    }
}

/// What a walk over certified states led to, before anything of it is final.
struct Certified {
    from: u64,
    root: CertifiedRoot,
    table: StakeTableState,
    bytes: u64,
}

/// Walks to the last epoch that handed over, `until` at most being the epoch whose table is wanted, and
/// proves its root final. `store` is a folder to go on from after an interruption.
///
/// # Errors
/// Unusable files, missing pins, no provider.
pub fn walk(
    way: &Way,
    file: &NetworkFile,
    fetcher: &mut Fetcher,
    until: Option<u64>,
    store: Option<&Path>,
) -> Result<Outcome, Failure> {
    let pins = file.transitions.as_ref().ok_or_else(|| {
        let path = file.path.display();
        Failure::Usage(format!("{path}: --by {}: the network file says nothing of `transitions`", way.by.name()))
    })?;
    let until = until.unwrap_or(u64::MAX);
    let certified = match way.by {
        By::Events => return Err(Failure::Usage("events are no walk".into())),
        By::Proofs => proofs::walk(way, file, pins, fetcher, until)?,
        By::StateCertificates => state_certificates::walk(file, pins, fetcher, until, store)?,
    };
    let Certified { from, root, table, bytes } = match certified {
        Ok(Some(certified)) => certified,
        Ok(None) => return Ok(Outcome::Nothing { epoch: first_epoch(way.by, file, pins) }),
        Err(interrupted) => return Ok(interrupted.into()),
    };
    Ok(match arrive::arrive(file, root.clone(), fetcher)? {
        Ok(checkpoint) => Outcome::Arrived(Box::new(Walked { from, certified: root, table, bytes, checkpoint })),
        Err(interrupted) => interrupted.into(),
    })
}

/// The epoch to begin with: the last one of the static table, but none that cannot be certified.
fn first_epoch(by: By, file: &NetworkFile, pins: &TransitionPins) -> u64 {
    let network = &file.network;
    let first = pins.epochs.of(network.epoch_start_block.max(1));
    let fixed = network.first_dynamic_epoch.map_or(first, |dynamic| dynamic.saturating_sub(1)).max(first);
    if by == By::Proofs { fixed.max(pins.first_epoch) } else { fixed }
}

/// The table to begin with, which the network file pins.
fn first_table(file: &NetworkFile, epoch: u64) -> Result<Arc<StakeTable>, Failure> {
    let tables = file.network.admit().map_err(|rejected| file.failure(rejected))?;
    tables.of_epoch(epoch).cloned().map_err(|rejected| {
        Failure::Usage(format!(
            "{}: {rejected}: the walk begins with the stake table of epoch {epoch}; pin it in later_stake_tables",
            file.path.display()
        ))
    })
}

/// Randomness for the weights of batched checks.
fn entropy() -> Result<[u8; 32], Failure> {
    let mut entropy = [0; 32];
    getrandom::fill(&mut entropy).map_err(|error| Failure::Usage(format!("no randomness: {error}")))?;
    Ok(entropy)
}

/// What was fetched, or why the walk ends here; nothing where nobody has it.
fn taken<T>(fetched: Fetched<T>) -> Result<Option<T>, Interrupted> {
    match fetched {
        Fetched::Accepted(value) => Ok(Some(value)),
        Fetched::Missing => Ok(None),
        Fetched::Rejected(rejected) => Err(Interrupted::Rejected(rejected)),
        Fetched::Stopped => Err(Interrupted::Stopped),
    }
}

/// The path of an epoch's stake table.
fn table_path(epoch: u64) -> String {
    format!("/v1/node/stake-table/{epoch}")
}

/// The most bytes of a certificate or a table: those of a thousand members stay far below.
const ANSWER_LIMIT: usize = 4 << 20;
