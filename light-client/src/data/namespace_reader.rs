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

    /// Reads at most `budget` transactions; whether there are more.
    pub fn step(&mut self, budget: usize, mut read: impl FnMut(&NamespaceTransaction<'_>)) -> bool {
        let transactions = self.namespace.transactions();
        for _ in 0..budget {
            let Some(transaction) = self.cursor.advance(transactions) else { return false };
            read(&transaction);
        }
        self.cursor.remaining(transactions) > 0
    }
}
