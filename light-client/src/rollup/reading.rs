//! A namespace that is proven and then read, in units of a bounded amount of work.

use alloc::boxed::Box;

use crate::data::namespace_payload::{NamespaceTransaction, TransactionCursor};
use crate::data::namespace_proof::{NamespaceVerification, VerifiedNamespace};
use crate::rejection::Rejected;

/// What is read only once it is proven: first the commitment, then the transactions.
#[derive(Clone, Debug)]
pub enum NamespaceReading {
    /// The commitment is being recomputed.
    Proving(Box<NamespaceVerification>),
    /// The transactions are being read.
    Reading(VerifiedNamespace, TransactionCursor),
}

/// How far a reading is after a step.
#[derive(Clone, Debug)]
pub enum Read {
    /// There is more to do.
    More(NamespaceReading),
    /// Every transaction was read.
    All(VerifiedNamespace),
}

impl From<NamespaceVerification> for NamespaceReading {
    fn from(verification: NamespaceVerification) -> Self {
        Self::Proving(Box::new(verification))
    }
}

impl NamespaceReading {
    /// Does at most `budget` units of work, a unit of the proof or a transaction each.
    ///
    /// # Errors
    /// Those of [`NamespaceVerification::finish`].
    pub fn step(self, budget: usize, mut read: impl FnMut(&NamespaceTransaction<'_>)) -> Result<Read, Rejected> {
        let (namespace, mut cursor) = match self {
            Self::Proving(mut proof) => {
                proof.step(budget);
                return Ok(Read::More(match proof.remaining() {
                    0 => Self::Reading(proof.finish()?, TransactionCursor::default()),
                    _ => Self::Proving(proof),
                }));
            }
            Self::Reading(namespace, cursor) => (namespace, cursor),
        };
        for _ in 0..budget {
            let Some(transaction) = cursor.advance(namespace.transactions()) else { break };
            read(&transaction);
        }
        Ok(match cursor.remaining(namespace.transactions()) {
            0 => Read::All(namespace),
            _ => Read::More(Self::Reading(namespace, cursor)),
        })
    }
}
