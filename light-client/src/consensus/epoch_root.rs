//! Finality of an epoch's root under the table of its own epoch alone.
//!
//! The root of epoch n − 1 fixes the table of epoch n, so nothing that table n signed can count for
//! it: the root, its descendants and their certificates have to lie inside epoch n − 1. Where a
//! transition block is among them, its certificate by epoch n is kept and checked as soon as table n
//! is known; nothing is built on table n before. Source: EspressoSystems/espresso-network
//! `light-client/src/state.rs`.

use alloc::vec::Vec;

use crate::consensus::certificate::Certificate2;
use crate::consensus::finality::{Asked, FinalChain, LeafProof, collect_leaf_proof, collect_leaf_range};
use crate::consensus::leaf::{CertifiedLeaf, Leaf};
use crate::consensus::signatures::{DeferredCertificate, Pending, SignatureChecks};
use crate::consensus::tables::EpochTables;
use crate::rejection::{Rejected, Rejection};

/// A root whose structure holds: what is left are pairings, and certificates by the next epoch.
pub struct PendingRoot {
    /// The chain from the root on, final if its pairings hold.
    pub chain: Pending<FinalChain>,
    /// What is to be checked once the next epoch's table is known.
    pub deferred: Vec<DeferredCertificate>,
}

/// Looks for the proof of a root in the certified leaves from it on, with a Certificate2 from 0.6.
/// Returns `None` if they decide nothing.
///
/// # Errors
/// `stake_table.root_proof` if anything lies outside the root's epoch, `leaf.range` if the first leaf
/// is another one, and those of [`crate::consensus::finality::check_leaf_range`].
pub fn check_root_range(
    root: u64,
    run: Vec<CertifiedLeaf>,
    certificate2: Option<&Certificate2>,
    tables: &EpochTables,
    entropy: &[u8],
) -> Result<Option<PendingRoot>, Rejected> {
    require_inside(root, run.iter().map(|certified| &certified.leaf), tables)?;
    let mut checks = SignatureChecks::deferring(entropy);
    let chain = collect_leaf_range(run, certificate2, tables, &mut checks)?;
    Ok(chain.map(|chain| pending(checks, chain)))
}

/// Checks the structure of an answer of `light-client/leaf/:root` that needs no descendants: that of
/// 0.6 and later.
///
/// # Errors
/// As [`check_root_range`], and those of [`crate::consensus::finality::check_leaf_proof`].
pub fn check_root_proof(
    root: u64,
    proof: LeafProof,
    tables: &EpochTables,
    entropy: &[u8],
) -> Result<PendingRoot, Rejected> {
    require_inside(root, proof.leaves.iter(), tables)?;
    let mut checks = SignatureChecks::deferring(entropy);
    let chain = collect_leaf_proof(proof, &[], Asked::Height(root), None, tables, &mut checks)?;
    Ok(pending(checks, chain))
}

/// Whether a block is of the root's epoch.
///
/// # Errors
/// `stake_table.root_proof`, `epoch.height`.
pub fn require_same_epoch(root: u64, height: u64, tables: &EpochTables) -> Result<(), Rejected> {
    let epochs = tables.epochs()?;
    if height < root || epochs.of(height) != epochs.of(root) {
        return Err(Rejection::StakeTableRootProof.with(height, epochs.of(root).saturating_mul(epochs.height())));
    }
    Ok(())
}

fn require_inside<'a>(root: u64, leaves: impl Iterator<Item = &'a Leaf>, tables: &EpochTables) -> Result<(), Rejected> {
    for (index, leaf) in leaves.enumerate() {
        if index == 0 {
            Rejection::LeafRange.unless_equal(leaf.height(), root)?;
        }
        require_same_epoch(root, leaf.height(), tables)?;
    }
    Ok(())
}

fn pending(mut checks: SignatureChecks, chain: FinalChain) -> PendingRoot {
    let deferred = checks.take_deferred();
    PendingRoot { chain: checks.prove(chain), deferred }
}
