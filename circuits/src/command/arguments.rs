//! What several commands are told in the same way.

use std::path::PathBuf;

use clap::Args;

use crate::input::{Failure, TableOption, Tables, tables};
use crate::prover::Prover;

/// What stake table files may leave out.
#[derive(Debug, Args)]
pub(crate) struct Dimensions {
    /// Blocks of an epoch, if no stake table file says so.
    #[arg(long)]
    epoch_height: Option<u64>,
    /// Rows that the tables' commitments cover, if no stake table file says so.
    #[arg(long)]
    capacity: Option<usize>,
}

impl Dimensions {
    /// The tables of these files.
    pub(crate) fn tables(&self, options: &[TableOption]) -> Result<Tables, Failure> {
        tables(options, self.epoch_height, self.capacity)
    }
}

/// Where keys are and records go.
#[derive(Debug, Args)]
pub(crate) struct Folders {
    /// Folder of the keys that `setup` made.
    #[arg(long, default_value = "keys")]
    keys: PathBuf,
    /// Folder for the records: `<network>/<key hash>/<epoch>`, or `latest` for ordinary blocks.
    #[arg(long, default_value = "proofs")]
    pub(crate) out: PathBuf,
    /// Name of the network, in paths only.
    #[arg(long, default_value = "devnet")]
    pub(crate) network: String,
}

impl Folders {
    /// A prover that works there.
    pub(crate) fn prover(&self) -> Prover {
        Prover::new(&self.keys, &self.out, &self.network)
    }
}
