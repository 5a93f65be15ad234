//! A node: a chain, and the manners in which it answers.

use std::{
    collections::BTreeSet,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::Duration,
};

use tokio::sync::watch;

use crate::{
    chain::{Chain, Failure},
    model::BlockLine,
};

/// How a node answers: fully and at once, unless told otherwise. None of it is a lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manners {
    /// Modules that are off: first segments of paths, and `cert2`, `streams`.
    pub without: BTreeSet<String>,
    /// The most leaves of a proof.
    pub leaf_proof_limit: usize,
    /// The most objects of a range.
    pub range_limit: usize,
    /// How long each answer waits.
    pub delay: Duration,
}

impl Default for Manners {
    fn default() -> Self {
        Self { without: BTreeSet::new(), leaf_proof_limit: 500, range_limit: 500, delay: Duration::ZERO }
    }
}

/// A node of the devnet.
pub struct Node {
    chain: RwLock<Chain>,
    height: watch::Sender<u64>,
    manners: Manners,
}

impl Node {
    /// A node that serves a chain.
    pub fn new(chain: Chain, manners: Manners) -> Self {
        let height = watch::Sender::new(chain.blocks().len() as u64);
        Self { chain: RwLock::new(chain), height, manners }
    }

    /// The chain, to read.
    pub fn chain(&self) -> RwLockReadGuard<'_, Chain> {
        self.chain.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn chain_mut(&self) -> RwLockWriteGuard<'_, Chain> {
        self.chain.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// How the node answers.
    pub const fn manners(&self) -> &Manners {
        &self.manners
    }

    /// Whether a module is on.
    pub fn has(&self, module: &str) -> bool {
        !self.manners.without.contains(module)
    }

    /// The number of blocks, as it grows.
    pub fn height(&self) -> watch::Receiver<u64> {
        self.height.subscribe()
    }

    /// A block.
    pub fn block(&self, height: u64) -> Option<Arc<BlockLine>> {
        let height = usize::try_from(height).ok()?;
        self.chain().blocks().get(height).cloned()
    }

    /// Makes the next block.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn produce(&self) -> Result<Arc<BlockLine>, Failure> {
        let block = self.chain_mut().produce()?;
        let height = block.leaf.leaf.block_header.fields().height + 1;
        self.height.send_replace(height);
        Ok(block)
    }
}
