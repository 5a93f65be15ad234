//! The user transactions inside a message of an Arbitrum chain, by their hashes.
//!
//! The first byte of an L2 message is its kind: 4 is one signed Ethereum transaction, 3 a batch of
//! nested messages, each preceded by its length as a big-endian 64-bit number. Source: OffchainLabs
//! Nitro, `arbos/parse_l2.go`. There an error anywhere empties the whole message, and a batch ends
//! without error where the next length does not fit.

use alloc::vec::Vec;

use crate::encoding::committable::keccak256;
use crate::encoding::reader::Reader;
use crate::rollup::rlp::Items;

/// The hash of an L2 transaction.
pub type TransactionHash = [u8; 32];

/// How deep batches may nest.
const DEPTH_LIMIT: usize = 16;

/// The longest message, and the longest nested one.
const LENGTH_LIMIT: usize = 256 * 1024;

/// The hashes of the signed transactions in an L2 message; none if the chain would drop it.
///
/// The outer form of each transaction is checked, not whether the chain executes it: a wrong
/// nonce or an empty account are matters of its state.
pub fn transaction_hashes(message: &[u8]) -> Vec<TransactionHash> {
    let mut hashes = Vec::new();
    if message.len() > LENGTH_LIMIT || collect(message, 0, &mut hashes).is_none() {
        hashes.clear();
    }
    hashes
}

/// Adds the hashes in a message; `None` if the chain drops the whole.
fn collect(message: &[u8], depth: usize, hashes: &mut Vec<TransactionHash>) -> Option<()> {
    let (kind, rest) = message.split_first()?;
    match kind {
        // Unsigned transactions of contracts and the like have no hash that a user knows.
        0 | 1 => Some(()),
        3 if depth < DEPTH_LIMIT => {
            let mut reader = Reader::new(rest);
            while let Some(nested) = reader.prefixed_u64_be() {
                if nested.len() > LENGTH_LIMIT {
                    break;
                }
                collect(nested, depth + 1, hashes)?;
            }
            Some(())
        }
        4 => {
            hashes.push(signed_transaction_hash(rest)?);
            Some(())
        }
        // Heartbeats were switched off; calls, compressed transactions and unknown kinds are errors.
        _ => None,
    }
}

/// The hash of a signed transaction in its canonical encoding: a list, or a type byte and a list.
pub fn signed_transaction_hash(transaction: &[u8]) -> Option<TransactionHash> {
    let list = match transaction.split_first()? {
        (1..=4, list) => list,
        (0xc0.., _) => transaction,
        _ => return None,
    };
    Items::of_list(list).ok()?;
    Some(keccak256(&[transaction]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollup::rlp::ListWriter;
    use alloc::vec;
    use proptest::prelude::*;

    fn signed(nonce: u64) -> Vec<u8> {
        let mut message = vec![4, 2];
        message.extend(ListWriter::new().u64(1).u64(nonce).finish());
        message
    }

    fn batch(nested: &[Vec<u8>]) -> Vec<u8> {
        let mut message = vec![3];
        for nested in nested {
            message.extend((nested.len() as u64).to_be_bytes());
            message.extend(nested);
        }
        message
    }

    #[test]
    fn signed_transactions_and_batches() {
        let (one, two) = (signed(1), signed(2));
        let hash = |message: &[u8]| keccak256(&[&message[1..]]);
        assert_eq!(transaction_hashes(&one), [hash(&one)]);
        let nested = batch(&[one.clone(), batch(core::slice::from_ref(&two)), vec![0, 9]]);
        assert_eq!(transaction_hashes(&nested), [hash(&one), hash(&two)]);
        // A length beyond the end ends the batch.
        let mut cut = batch(core::slice::from_ref(&one));
        cut.extend(u64::MAX.to_be_bytes());
        assert_eq!(transaction_hashes(&cut), [hash(&one)]);
    }

    #[test]
    fn an_error_anywhere_empties_the_message() {
        let one = signed(1);
        for bad in [vec![], vec![4], vec![4, 0x80], vec![4, 5, 0xc0], vec![4, 2, 0xc1], vec![7, 1], vec![9], vec![6]] {
            assert!(transaction_hashes(&bad).is_empty());
            assert!(transaction_hashes(&batch(&[one.clone(), bad])).is_empty());
        }
        let mut long = one.clone();
        long.resize(LENGTH_LIMIT + 1, 0);
        assert!(transaction_hashes(&long).is_empty());
    }

    #[test]
    fn depth_is_bounded() {
        let nest = |depth: usize| (0..depth).fold(signed(1), |message, _| batch(&[message]));
        assert_eq!(transaction_hashes(&nest(16)).len(), 1);
        assert!(transaction_hashes(&nest(17)).is_empty());
        assert!(transaction_hashes(&nest(5000)).is_empty());
    }

    proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(prop_oneof![Just(3u8), Just(4), Just(0), any::<u8>()], 0..60)) {
            let _ = transaction_hashes(&bytes);
        }
    }
}
