//! A node: a chain, and the manners in which it answers.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::Duration,
};

use tokio::sync::watch;

use super::{Answer, Proofs};
use crate::{
    chain::{Chain, Failure},
    lie::{Fork, Lie, alter_certificate, alter_certificate2, alter_served_leaf},
    model::BlockLine,
    rollup::{Posted, Rollup},
    vid::Transaction,
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
    /// Transition proofs, served beside the chain.
    pub proofs: Proofs,
}

impl Default for Manners {
    fn default() -> Self {
        Self {
            without: BTreeSet::new(),
            leaf_proof_limit: 500,
            range_limit: 500,
            delay: Duration::ZERO,
            proofs: Proofs::default(),
        }
    }
}

/// A node of the devnet.
pub struct Node {
    chain: RwLock<Chain>,
    height: watch::Sender<u64>,
    manners: Manners,
    lie: Mutex<Option<(Lie, Option<Fork>)>>,
}

impl Node {
    /// A node that serves a chain.
    pub fn new(chain: Chain, manners: Manners) -> Self {
        let height = watch::Sender::new(chain.blocks().len() as u64);
        Self { chain: RwLock::new(chain), height, manners, lie: Mutex::new(None) }
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

    /// The lie that the node tells at the moment.
    pub fn lie(&self) -> Option<Lie> {
        self.lie_state().as_ref().map(|(lie, _)| *lie)
    }

    /// Tells a lie from now on, or the truth. What was served before does not change.
    pub fn set_lie(&self, lie: Option<Lie>) {
        self.lie_from(lie, self.chain().blocks().len() as u64);
    }

    /// Tells a lie about the blocks from a height on.
    pub fn lie_from(&self, lie: Option<Lie>, from: u64) {
        *self.lie_state() = lie.map(|lie| (lie, Fork::new(lie, from)));
    }

    fn lie_state(&self) -> MutexGuard<'_, Option<(Lie, Option<Fork>)>> {
        self.lie.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A block as the node serves it.
    pub fn block(&self, height: u64) -> Option<Arc<BlockLine>> {
        let chain = self.chain();
        let honest = usize::try_from(height).ok().and_then(|height| chain.blocks().get(height));
        let mut state = self.lie_state();
        let Some((lie, fork)) = state.as_mut() else { return honest.cloned() };
        if let Some(fork) = fork {
            return fork.block(&chain, height).or_else(|| honest.cloned());
        }
        let mut block = honest?.as_ref().clone();
        if height > 0 {
            alter_certificate(*lie, &chain, &mut block.leaf.qc, height);
        }
        alter_served_leaf(*lie, &mut block);
        block.cert2.iter_mut().for_each(|certificate| alter_certificate2(*lie, &chain, certificate));
        Some(Arc::new(block))
    }

    /// Takes a transaction for one of the next blocks, as `submit/submit` does: `{namespace, payload}`.
    pub fn submit(&self, body: &[u8]) -> Answer {
        let Ok(transaction) = serde_json::from_slice::<Transaction>(body) else {
            return Answer::error(400, "the body must be {\"namespace\": integer, \"payload\": base64}");
        };
        let commitment = transaction.commitment();
        match self.chain_mut().submit(transaction) {
            Ok(()) => Answer::json(&commitment),
            Err(failure) => Answer::error(400, &failure.0),
        }
    }

    /// Lets users of rollups send a transaction each, all of them into one block.
    pub fn post(&self, rollups: &[Rollup], text: &str) -> Option<Vec<Posted>> {
        self.chain_mut().post(rollups, text)
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
