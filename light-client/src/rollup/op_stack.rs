//! The batches of an OP Stack chain.
//!
//! `signature ‖ RLP[block header, batch, deposit, signer]`, where the batch is
//! `[parent hash, epoch number, epoch hash, timestamp, transactions]`. The signature is over the hash
//! of the RLP. The signer inside the RLP is unsigned talk and not read. Header, batch and the deposit
//! of L1 attributes have to agree with each other. Source: `espresso-streamers`
//! `op/derivation/espresso_batch.go`.

use alloc::vec::Vec;

use crate::encoding::committable::keccak256;
use crate::rejection::{Rejected, Rejection};
use crate::rollup::l2_transactions::TransactionHash;
use crate::rollup::rlp::Items;
use crate::rollup::signature::{Address, SIGNATURE_LENGTH, recover};

/// The type byte of a deposit.
const DEPOSIT_TYPE: u8 = 0x7e;

/// The selector of the L1 attributes in words of 32 bytes: number, timestamp, base fee, hash, …
const BEDROCK: [u8; 4] = [0x01, 0x5d, 0x8e, 0xb9];

/// Selectors of the packed L1 attributes, all with the same beginning: Ecotone, Isthmus, Jovian.
const PACKED: [[u8; 4]; 3] = [[0x44, 0x0a, 0x5e, 0x20], [0x09, 0x89, 0x99, 0xbe], [0x3d, 0xb6, 0xbe, 0x2b]];

/// A batch, with the signer that its signature gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedBatch {
    /// The number of the L2 block.
    pub number: u64,
    /// The hash of the L2 block's header.
    pub hash: [u8; 32],
    /// The hash of its parent.
    pub parent_hash: [u8; 32],
    /// The number of the L1 block the batch derives from.
    pub l1_origin: u64,
    /// The hash of that block. Whether it is that of the L1 chain is not known here.
    pub l1_origin_hash: [u8; 32],
    /// Who signed it. Whether that counts is for the authority to say.
    pub signer: Address,
    /// The hashes of the user transactions, in order.
    pub transactions: Vec<TransactionHash>,
}

fn contradiction(what: &'static str) -> Rejected {
    Rejection::RollupBatch.with(what, "the same in header, batch and deposit")
}

/// Reads a transaction as a batch.
///
/// # Errors
/// `rollup.format` for too few bytes, `rollup.signature`, `rollup.rlp`, `rollup.batch` if its parts
/// contradict each other.
pub fn read(transaction: &[u8]) -> Result<SignedBatch, Rejected> {
    let (signature, rlp) = transaction
        .split_at_checked(SIGNATURE_LENGTH)
        .ok_or_else(|| Rejection::RollupFormat.with(transaction.len(), SIGNATURE_LENGTH))?;
    let mut items = Items::of_list(rlp)?;
    let header = items.raw()?;
    let (parent_hash, number, timestamp) = read_header(header)?;
    let mut batch = items.list()?;
    let batch_parent: [u8; 32] = batch.array()?;
    let l1_origin = batch.u64()?;
    let l1_origin_hash = batch.array()?;
    let batch_timestamp = batch.u64()?;
    let mut opaque = batch.list()?;
    batch.finish()?;
    let deposit = items.bytes()?;
    items.array::<20>()?;
    items.finish()?;
    if batch_parent != parent_hash {
        return Err(contradiction("another parent"));
    }
    if batch_timestamp != timestamp {
        return Err(contradiction("another timestamp"));
    }
    if l1_attributes(deposit)? != (l1_origin, l1_origin_hash) {
        return Err(contradiction("another L1 origin"));
    }
    let mut transactions = Vec::new();
    while !opaque.is_at_end() {
        let bytes = opaque.bytes()?;
        // A deposit comes from L1 alone, and what is no transaction makes the batch invalid.
        let hash = crate::rollup::l2_transactions::signed_transaction_hash(bytes);
        transactions.push(hash.ok_or_else(|| contradiction("bytes that are no transaction"))?);
    }
    let signer = recover(&keccak256(&[rlp]), signature)?;
    let hash = keccak256(&[header]);
    Ok(SignedBatch { number, hash, parent_hash, l1_origin, l1_origin_hash, signer, transactions })
}

/// Parent hash, number and timestamp of a block header: fields 0, 8 and 11.
fn read_header(header: &[u8]) -> Result<([u8; 32], u64, u64), Rejected> {
    let mut items = Items::of_list(header)?;
    let parent_hash = items.array()?;
    for _ in 1..8 {
        items.bytes()?;
    }
    let number = items.u64()?;
    for _ in 9..11 {
        items.bytes()?;
    }
    let timestamp = items.u64()?;
    while !items.is_at_end() {
        items.bytes()?;
    }
    Ok((parent_hash, number, timestamp))
}

/// Number and hash of the L1 block in a deposit of L1 attributes.
fn l1_attributes(deposit: &[u8]) -> Result<(u64, [u8; 32]), Rejected> {
    let Some((&DEPOSIT_TYPE, list)) = deposit.split_first() else {
        return Err(contradiction("no deposit"));
    };
    let mut items = Items::of_list(list)?;
    for _ in 0..7 {
        // Source hash, sender, recipient, mint, value, gas, whether it is a system transaction.
        items.bytes()?;
    }
    let data = items.bytes()?;
    items.finish()?;
    let short = || contradiction("too few L1 attributes");
    let (selector, arguments) = data.split_first_chunk::<4>().ok_or_else(short)?;
    let at = |start: usize, length: usize| arguments.get(start..).and_then(|rest| rest.get(..length));
    let (number, hash) = if *selector == BEDROCK {
        if at(0, 24).is_some_and(|high| high.iter().any(|byte| *byte != 0)) {
            return Err(contradiction("a number beyond 64 bits"));
        }
        (at(24, 8), at(96, 32))
    } else if PACKED.contains(selector) {
        // Two scalars of 32 bits, sequence number, timestamp, number, two base fees, hash.
        (at(24, 8), at(96, 32))
    } else {
        return Err(contradiction("unknown L1 attributes"));
    };
    let number = number.and_then(|bytes| bytes.try_into().ok()).map(u64::from_be_bytes).ok_or_else(short)?;
    let hash = hash.and_then(|bytes| bytes.try_into().ok()).ok_or_else(short)?;
    Ok((number, hash))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::rollup::rlp::ListWriter;
    use crate::rollup::signature::tests::address;
    use crate::rollup::signature::tests::{insecure_key, sign};
    use alloc::vec;
    use k256::ecdsa::SigningKey;
    use proptest::prelude::*;

    /// The parts of a batch, to be changed before they are put together.
    #[derive(Clone)]
    pub(crate) struct Parts {
        pub(crate) number: u64,
        pub(crate) parent: [u8; 32],
        pub(crate) batch_parent: [u8; 32],
        pub(crate) batch_timestamp: u64,
        pub(crate) epoch: u64,
        pub(crate) selector: [u8; 4],
        pub(crate) transactions: Vec<Vec<u8>>,
        pub(crate) deposit_type: u8,
    }

    impl Parts {
        pub(crate) fn new(number: u64, parent: [u8; 32]) -> Self {
            let mut transaction = vec![2];
            transaction.extend(ListWriter::new().u64(1).u64(number).finish());
            Self {
                number,
                parent,
                batch_parent: parent,
                batch_timestamp: 1000 + number,
                epoch: 90,
                selector: PACKED[1],
                transactions: vec![transaction],
                deposit_type: DEPOSIT_TYPE,
            }
        }

        pub(crate) fn rlp(&self) -> Vec<u8> {
            let mut header = ListWriter::new().bytes(&self.parent);
            for _ in 1..8 {
                header = header.bytes(&[1; 32]);
            }
            header = header.u64(self.number).u64(30_000_000).u64(21_000).u64(1000 + self.number);
            let header = header.bytes(b"extra").bytes(&[2; 32]).bytes(&[0; 8]).finish();
            let mut list = ListWriter::new();
            for transaction in &self.transactions {
                list = list.bytes(transaction);
            }
            let batch = ListWriter::new()
                .bytes(&self.batch_parent)
                .u64(self.epoch)
                .bytes(&[6; 32])
                .u64(self.batch_timestamp)
                .raw(&list.finish())
                .finish();
            let mut data = self.selector.to_vec();
            data.extend([0; 24]);
            data.extend(90u64.to_be_bytes());
            data.extend([0; 64]);
            data.extend([6; 32]);
            data.extend([0; 32]);
            let deposit = ListWriter::new()
                .bytes(&[3; 32])
                .bytes(&[4; 20])
                .bytes(&[5; 20])
                .u64(0)
                .u64(0)
                .u64(1_000_000)
                .u64(0)
                .bytes(&data)
                .finish();
            let deposit = [&[self.deposit_type][..], &deposit].concat();
            ListWriter::new().raw(&header).raw(&batch).bytes(&deposit).bytes(&[9; 20]).finish()
        }

        pub(crate) fn signed(&self, key: &SigningKey) -> Vec<u8> {
            let rlp = self.rlp();
            [&sign(key, &keccak256(&[&rlp]))[..], &rlp].concat()
        }
    }

    #[test]
    fn a_batch_is_read() {
        let key = insecure_key(6);
        for selector in [BEDROCK, PACKED[0], PACKED[1], PACKED[2]] {
            let parts = Parts { selector, ..Parts::new(5, [8; 32]) };
            let batch = read(&parts.signed(&key)).unwrap();
            assert_eq!(
                (batch.number, batch.parent_hash, batch.l1_origin, batch.l1_origin_hash),
                (5, [8; 32], 90, [6; 32])
            );
            assert_eq!(batch.signer, address(key.verifying_key()), "not the signer inside the RLP");
            assert_eq!(batch.transactions, [keccak256(&[&parts.transactions[0]])]);
        }
    }

    #[test]
    fn parts_that_contradict_each_other() {
        let key = insecure_key(6);
        let base = Parts::new(5, [8; 32]);
        for bad in [
            Parts { batch_parent: [9; 32], ..base.clone() },
            Parts { batch_timestamp: 1, ..base.clone() },
            Parts { epoch: 91, ..base.clone() },
            Parts { selector: [0; 4], ..base.clone() },
            Parts { deposit_type: 2, ..base.clone() },
            Parts { transactions: vec![vec![0x7e, 0xc0]], ..base.clone() },
            Parts { transactions: vec![vec![]], ..base.clone() },
        ] {
            assert_eq!(read(&bad.signed(&key)).unwrap_err().rejection, Rejection::RollupBatch);
        }
    }

    #[test]
    fn malformed_batches() {
        let key = insecure_key(6);
        let good = Parts::new(5, [8; 32]).signed(&key);
        assert_eq!(read(&good[..64]).unwrap_err().rejection, Rejection::RollupFormat);
        assert_eq!(read(&good[..good.len() - 1]).unwrap_err().rejection, Rejection::RollupRlp);
        assert_eq!(read(&[&good[..], &[0]].concat()).unwrap_err().rejection, Rejection::RollupRlp);
        assert_eq!(read(&[&[0; 65], &good[65..]].concat()).unwrap_err().rejection, Rejection::RollupSignature);
    }

    proptest! {
        #[test]
        fn changed_bytes_change_the_signer(place in any::<prop::sample::Index>(), bit in 0u8..8) {
            let key = insecure_key(6);
            let mut bytes = Parts::new(5, [8; 32]).signed(&key);
            let place = place.index(bytes.len());
            bytes[place] ^= 1 << bit;
            if let Ok(batch) = read(&bytes) {
                prop_assert_ne!(batch.signer, address(key.verifying_key()));
            }
        }
    }
}
