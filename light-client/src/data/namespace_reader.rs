//! Reading the transactions of a proven namespace, in units of a bounded amount of work.

use crate::data::namespace_payload::{NamespaceTransaction, TransactionCursor};
use crate::data::namespace_proof::VerifiedNamespace;

/// A namespace that is being read: it can have millions of transactions.
#[derive(Clone, Debug)]
pub struct NamespaceReader {
    namespace: VerifiedNamespace,
    cursor: TransactionCursor,
}

impl From<VerifiedNamespace> for NamespaceReader {
    fn from(namespace: VerifiedNamespace) -> Self {
        Self { namespace, cursor: TransactionCursor::default() }
    }
}

impl NamespaceReader {
    /// What is being read.
    pub const fn namespace(&self) -> &VerifiedNamespace {
        &self.namespace
    }

    /// Calls `read` at most `budget` times, with one transaction after the other; whether there are more.
    /// `read` says whether it is done with the transaction: if not, it gets the same again.
    pub fn step(&mut self, budget: usize, mut read: impl FnMut(&NamespaceTransaction<'_>) -> bool) -> bool {
        let transactions = self.namespace.transactions();
        for _ in 0..budget {
            let mut next = self.cursor;
            let Some(transaction) = next.advance(transactions) else { return false };
            if read(&transaction) {
                self.cursor = next;
            }
        }
        self.cursor.remaining(transactions) > 0
    }
}
