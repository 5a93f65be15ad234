//! Batches of an OP Stack chain.

use hotshot_light_client::encoding::committable::keccak256;

use super::{L2Transaction, SequencerKey, rlp};

/// A block of the rollup before it is signed.
pub(super) struct Batch<'a> {
    /// The block's number.
    pub(super) number: u64,
    /// The hash of the block before.
    pub(super) parent: [u8; 32],
    /// Seconds since 1970.
    pub(super) timestamp: u64,
    /// Number and hash of the L1 block it derives from.
    pub(super) l1_origin: (u64, [u8; 32]),
    /// Its transactions from users.
    pub(super) transactions: &'a [L2Transaction],
}

impl Batch<'_> {
    /// The block's header. What the devnet does not compute (state, receipts) is made of the
    /// transactions, so that different blocks have different hashes.
    fn header(&self) -> Vec<u8> {
        let body: Vec<Vec<u8>> = self.transactions.iter().map(|transaction| rlp::bytes(&transaction.bytes)).collect();
        let root = keccak256(&[b"INSECURE devnet root", &rlp::list(&body)]);
        rlp::list(&[
            rlp::bytes(&self.parent),
            rlp::bytes(&keccak256(&[&rlp::list(&[])])),
            rlp::bytes(b"\x42\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x11"),
            rlp::bytes(&root),
            rlp::bytes(&root),
            rlp::bytes(&root),
            rlp::bytes(&[0; 256]),
            rlp::number(0),
            rlp::number(self.number),
            rlp::number(30_000_000),
            rlp::number(21_000 * self.transactions.len() as u64),
            rlp::number(self.timestamp),
            rlp::bytes(b""),
            rlp::bytes(&root),
            rlp::bytes(&[0; 8]),
            rlp::number(1_000_000_000),
        ])
    }

    /// The block's hash.
    pub(super) fn hash(&self) -> [u8; 32] {
        keccak256(&[&self.header()])
    }

    /// The deposit of L1 attributes, in the packed form.
    fn deposit(&self) -> Vec<u8> {
        let (number, hash) = self.l1_origin;
        let mut data = b"\x09\x89\x99\xbe".to_vec();
        data.extend([0; 8]);
        data.extend(0u64.to_be_bytes());
        data.extend(self.timestamp.to_be_bytes());
        data.extend(number.to_be_bytes());
        data.extend([0; 64]);
        data.extend(hash);
        data.extend([0; 32 + 12]);
        let deposit = rlp::list(&[
            rlp::bytes(&keccak256(&[&hash])),
            rlp::bytes(&[0xde; 20]),
            rlp::bytes(&[0x42; 20]),
            rlp::number(0),
            rlp::number(0),
            rlp::number(1_000_000),
            rlp::number(0),
            rlp::bytes(&data),
        ]);
        [&[0x7e][..], &deposit].concat()
    }

    /// The transaction that the batcher posts.
    pub(super) fn sign(&self, key: &SequencerKey) -> Vec<u8> {
        let (number, hash) = self.l1_origin;
        let transactions: Vec<Vec<u8>> = self.transactions.iter().map(|one| rlp::bytes(&one.bytes)).collect();
        let batch = rlp::list(&[
            rlp::bytes(&self.parent),
            rlp::number(number),
            rlp::bytes(&hash),
            rlp::number(self.timestamp),
            rlp::list(&transactions),
        ]);
        let body = rlp::list(&[self.header(), batch, rlp::bytes(&self.deposit()), rlp::bytes(&key.address().0)]);
        [&key.sign(&keccak256(&[&body]))[..], &body].concat()
    }
}

/// Number and hash of the block in a transaction of ours, to go on after a restart.
pub(super) fn block_of(transaction: &[u8]) -> Option<(u64, [u8; 32])> {
    let body = rlp::content(transaction.get(65..)?)?;
    let (header, _) = rlp::split(body)?;
    let mut rest = rlp::content(header)?;
    for _ in 0..8 {
        rest = rlp::split(rest)?.1;
    }
    let digits = rlp::content(rlp::split(rest)?.0)?;
    Some((digits.iter().fold(0, |number, digit| number << 8 | u64::from(*digit)), keccak256(&[header])))
}
