//! Who proves namespaces for a scan: a seam between headers and rollups on one side, dispersal on the other.
//!
//! Headers, leaves and the formats of rollups are one half of what answers a wallet's question, the
//! recomputation of payload commitments is the other, and in a page each is a module of its own, loaded on
//! first use. A scan therefore names the block and hands over the answer as it came; a [`NamespaceProver`]
//! proves it, in the same program or behind [`super::namespace_remote`].

use alloc::boxed::Box;

use crate::data::block::BlockContext;
use crate::data::namespace_proof::{NamespaceVerification, VerifiedNamespace};
use crate::data::vid::parameters::VidParameters;
use crate::encoding::json::parse;
use crate::rejection::{Rejected, Rejection};

/// Proves namespaces, one at a time.
pub trait NamespaceProver {
    /// Begins with an answer about namespace `id` of a block, in the place of what was under way.
    /// `parameters` are those of the block's epoch; without them the answer's number of shares is taken.
    ///
    /// # Errors
    /// Those of [`parse`] and of [`NamespaceVerification::begin`].
    fn begin(
        &mut self,
        block: &BlockContext,
        id: u64,
        answer: &[u8],
        parameters: Option<&VidParameters>,
    ) -> Result<(), Rejected>;

    /// Does at most `budget` units of work; the namespace, once it is proven.
    ///
    /// # Errors
    /// Those of [`NamespaceVerification::finish`], and `scan.answer` if nothing is under way.
    fn step(&mut self, budget: usize) -> Result<Option<VerifiedNamespace>, Rejected>;
}

/// Proves namespaces in the same program.
#[derive(Clone, Debug, Default)]
pub struct LocalProver(Option<Box<NamespaceVerification>>);

impl NamespaceProver for LocalProver {
    fn begin(
        &mut self,
        block: &BlockContext,
        id: u64,
        answer: &[u8],
        parameters: Option<&VidParameters>,
    ) -> Result<(), Rejected> {
        self.0 = None;
        self.0 = Some(Box::new(NamespaceVerification::begin(block, id, &parse(answer)?, parameters)?));
        Ok(())
    }

    fn step(&mut self, budget: usize) -> Result<Option<VerifiedNamespace>, Rejected> {
        let mut verification = self.0.take().ok_or_else(|| Rejection::ScanAnswer.bare())?;
        // The end is a unit of its own.
        if verification.remaining() == 0 {
            return verification.finish().map(Some);
        }
        verification.step(budget);
        self.0 = Some(verification);
        Ok(None)
    }
}

/// Proves an answer all at once.
///
/// # Errors
/// Those of [`NamespaceProver`], and `scan.answer` from one that does not come to an end.
pub fn prove_with(
    prover: &mut impl NamespaceProver,
    block: &BlockContext,
    id: u64,
    answer: &[u8],
    parameters: Option<&VidParameters>,
) -> Result<VerifiedNamespace, Rejected> {
    prover.begin(block, id, answer, parameters)?;
    // One call does all units but the end, and another one that.
    for _ in 0..2 {
        if let Some(namespace) = prover.step(usize::MAX)? {
            return Ok(namespace);
        }
    }
    Err(Rejection::ScanAnswer.bare())
}
