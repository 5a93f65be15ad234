//! The transactions that rollups post to the devnet.

use crate::{crypto::Dice, model::Base64Bytes, vid::Transaction};

/// The namespaces that have traffic.
pub(super) const NAMESPACES: [u32; 4] = [101, 102, 42_161, 990_001];

/// The transactions of a block: up to `most`, of a few words to a few hundred bytes.
pub(super) fn transactions(dice: &mut Dice, most: u64) -> Vec<Transaction> {
    let count = dice.below(most + 1);
    let mut transactions = Vec::new();
    for _ in 0..count {
        let namespace = usize::try_from(dice.below(NAMESPACES.len() as u64)).ok();
        let namespace = namespace.and_then(|index| NAMESPACES.get(index).copied()).unwrap_or_default();
        let length = usize::try_from(8 + dice.below(200)).unwrap_or_default();
        transactions.push(Transaction { namespace, payload: Base64Bytes(dice.fill(length)) });
    }
    transactions
}
