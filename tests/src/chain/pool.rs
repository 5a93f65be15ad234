//! Transactions that wait for a block.

use std::collections::VecDeque;

use crate::vid::Transaction;

/// Bytes that a transaction takes beside its own, at most: its offset and an entry of the namespace
/// table with its count.
const OVERHEAD: usize = 16;

/// Transactions by order of arrival.
#[derive(Default)]
pub(super) struct Pool(VecDeque<Transaction>);

impl Pool {
    /// Takes a transaction.
    pub(super) fn add(&mut self, transaction: Transaction) {
        self.0.push_back(transaction);
    }

    /// Those that fit into a block of so many bytes, the first to come first.
    pub(super) fn take(&mut self, mut room: usize) -> Vec<Transaction> {
        let mut taken = Vec::new();
        while let Some(first) = self.0.front() {
            let Some(left) = room.checked_sub(Self::size(first)) else { break };
            room = left;
            taken.extend(self.0.pop_front());
        }
        taken
    }

    /// What a transaction takes of a block.
    pub(super) fn size(transaction: &Transaction) -> usize {
        transaction.payload.0.len().saturating_add(OVERHEAD)
    }
}
