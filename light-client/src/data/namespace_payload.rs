//! The transactions inside the bytes of one namespace.
//!
//! `le32 n ‖ n × le32 end ‖ bodies`. Any bytes are a valid namespace payload, because nobody
//! checks them before they are final: numbers that do not fit are clamped, exactly as the
//! reference nodes clamp them (`espresso-types`, `v0/impls/block/full_payload/namespace_payload`),
//! so that everybody reads the same transactions.

use alloc::vec::Vec;

use crate::data::transaction::transaction_commitment;
use crate::encoding::committable::Commitment;
use crate::rejection::{Rejected, Rejection};

/// Bytes of the count and of each entry.
const WORD: usize = 4;

/// How many bytes more than twice the namespace's own its transactions may have together.
const OVERLAP_ALLOWANCE: usize = 1 << 20;

/// The bytes of one namespace, read as a table of transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamespacePayload<'a> {
    bytes: &'a [u8],
}

/// One transaction of a namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamespaceTransaction<'a> {
    /// Its place in the namespace. Height, namespace and position together are its identity:
    /// identical bytes may occur again.
    pub position: usize,
    /// Its bytes, possibly none.
    pub payload: &'a [u8],
    /// Whether some of its bytes also belong to an earlier transaction of the namespace. The table
    /// of an honest builder has no such transactions.
    pub overlaps: bool,
}

impl NamespaceTransaction<'_> {
    /// The commitment `TX~…` of the transaction in this namespace.
    pub fn commitment(&self, namespace: u32) -> Commitment {
        transaction_commitment(u64::from(namespace), self.payload)
    }
}

impl<'a> NamespacePayload<'a> {
    /// Any bytes will do.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// A 32-bit little-endian integer; bytes that are not there are zero.
    fn word(&self, start: usize) -> usize {
        let bytes = self.bytes.get(start..).unwrap_or_default();
        bytes.iter().take(WORD).rev().fold(0, |word, byte| word << 8 | usize::from(*byte))
    }

    /// The length of the table with the declared number of entries, saturating.
    fn table_length(&self) -> usize {
        self.word(0).saturating_mul(WORD).saturating_add(WORD)
    }

    /// How many transactions there are: the declared number, but no more than the bytes have
    /// room for entries.
    pub fn len(&self) -> usize {
        self.word(0).min(self.bytes.len().saturating_sub(WORD) / WORD)
    }

    /// Whether there is no transaction.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where the transaction at `position`, which has to be below [`Self::len`], starts and ends.
    fn bounds(&self, position: usize) -> (usize, usize) {
        let end_of = |position: usize| {
            let declared = self.word(WORD + position * WORD);
            declared.saturating_add(self.table_length()).min(self.bytes.len())
        };
        let end = end_of(position);
        let start = match position.checked_sub(1) {
            Some(previous) => end_of(previous),
            None => self.table_length(),
        };
        (start.min(end), end)
    }

    /// The bytes of one transaction.
    pub fn payload(&self, position: usize) -> Option<&'a [u8]> {
        if position >= self.len() {
            return None;
        }
        let (start, end) = self.bounds(position);
        self.bytes.get(start..end)
    }

    /// Every transaction, in order.
    pub fn transactions(self) -> impl Iterator<Item = NamespaceTransaction<'a>> {
        let mut cursor = TransactionCursor::default();
        core::iter::from_fn(move || cursor.advance(self))
    }

    /// Checks that reading every transaction is about as much work as reading the bytes.
    ///
    /// Ends that fall and rise again make transactions overlap: in a few megabytes, a table can name
    /// terabytes. No builder has a reason to write one, and who does must not stop those who read.
    ///
    /// # Errors
    /// `namespace.overlaps`.
    pub fn check_overlaps(self) -> Result<(), Rejected> {
        let limit = self.bytes.len().saturating_mul(2).saturating_add(OVERLAP_ALLOWANCE);
        let total = self.transactions().fold(0usize, |total, next| total.saturating_add(next.payload.len()));
        if total > limit { Err(Rejection::NamespaceOverlaps.with(total, limit)) } else { Ok(()) }
    }
}

/// Where reading the transactions of a namespace stands, for those who read in pieces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TransactionCursor {
    position: usize,
    /// The end of the bytes that belong to transactions before.
    covered: usize,
}

impl TransactionCursor {
    /// The next transaction of the namespace, which is the same at every call.
    pub fn advance<'a>(&mut self, payload: NamespacePayload<'a>) -> Option<NamespaceTransaction<'a>> {
        let position = self.position;
        if position >= payload.len() {
            return None;
        }
        let (start, end) = payload.bounds(position);
        let overlaps = start < self.covered && start < end;
        *self = Self { position: position + 1, covered: self.covered.max(end) };
        Some(NamespaceTransaction { position, payload: payload.bytes.get(start..end).unwrap_or_default(), overlaps })
    }

    /// How many transactions are still to be read.
    pub fn remaining(&self, payload: NamespacePayload<'_>) -> usize {
        payload.len().saturating_sub(self.position)
    }
}

/// The bytes of a namespace with these transactions, as a builder writes them; `None` if they do
/// not fit 32-bit offsets.
pub fn encode_transactions<'a>(transactions: impl IntoIterator<Item = &'a [u8]>) -> Option<Vec<u8>> {
    let mut ends = Vec::new();
    let mut bodies = Vec::new();
    for transaction in transactions {
        bodies.extend_from_slice(transaction);
        ends.push(u32::try_from(bodies.len()).ok()?);
    }
    let mut bytes = u32::try_from(ends.len()).ok()?.to_le_bytes().to_vec();
    bytes.extend(ends.into_iter().flat_map(u32::to_le_bytes));
    bytes.extend(bodies);
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use proptest::prelude::*;

    fn words(words: &[u32], bodies: &[u8]) -> Vec<u8> {
        let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        bytes.extend_from_slice(bodies);
        bytes
    }

    fn read(bytes: &[u8]) -> Vec<(Vec<u8>, bool)> {
        NamespacePayload::new(bytes).transactions().map(|tx| (tx.payload.to_vec(), tx.overlaps)).collect()
    }

    #[test]
    fn recorded_payload() {
        // Block 1 of the recorded networks: one transaction of eight bytes.
        let bytes = crate::encoding::bytes::from_base64("AQAAAAgAAAABAAAAAAAAAA==").unwrap();
        assert_eq!(read(&bytes), [(vec![1, 0, 0, 0, 0, 0, 0, 0], false)]);
    }

    #[test]
    fn no_table_no_transactions() {
        for bytes in [&[][..], &[1], &[1, 0, 0], &[1, 0, 0, 0], &[1, 0, 0, 0, 5, 0, 0]] {
            assert!(NamespacePayload::new(bytes).is_empty(), "{bytes:?}");
        }
    }

    #[test]
    fn item_10_numbers_that_do_not_fit_are_clamped() {
        // An end beyond the bytes.
        assert_eq!(read(&words(&[1, 100], b"abc")), [(b"abc".to_vec(), false)]);
        assert_eq!(read(&words(&[1, u32::MAX], b"abc")), [(b"abc".to_vec(), false)]);
        // A declared count beyond the room: the table still has its declared length.
        assert_eq!(read(&words(&[u32::MAX, 1, 2], b"")), [(vec![], false), (vec![], false)]);
        assert_eq!(read(&words(&[3, 1, 2], b"abc")), [(vec![], false), (vec![], false)]);
        assert_eq!(read(&words(&[2, 1, 2, 3], b"")), [(vec![3], false), (vec![0], false)]);
    }

    #[test]
    fn item_10_falling_ends_are_empty_and_overlaps_are_said() {
        let found = read(&words(&[4, 2, 1, 3, 3], b"abcd"));
        let expected = [(b"ab".to_vec(), false), (vec![], false), (b"bc".to_vec(), true), (vec![], false)];
        assert_eq!(found, expected);
    }

    #[test]
    fn tables_that_name_far_more_than_there_is_are_not_read() {
        // Every second transaction is all bodies again.
        let overlapping = |count: u32, body: usize| {
            let ends: Vec<u32> = (0..count).map(|index| if index % 2 == 0 { u32::MAX } else { 0 }).collect();
            words(&[&[count][..], &ends].concat(), &vec![7; body])
        };
        let allowed = overlapping(4, 1000);
        assert_eq!(NamespacePayload::new(&allowed).check_overlaps(), Ok(()));
        let refused = overlapping(2000, 1_000_000);
        let rejected = NamespacePayload::new(&refused).check_overlaps().unwrap_err();
        assert_eq!(rejected.rejection, Rejection::NamespaceOverlaps);
        assert_eq!(rejected.got, 1_000_000_000u64.into());
        // As much as there is, however finely it is cut.
        let ends: Vec<u32> = (1..=100_000).collect();
        let fine = words(&[&[100_000][..], &ends].concat(), &[7; 100_000]);
        assert_eq!(NamespacePayload::new(&fine).check_overlaps(), Ok(()));
    }

    #[test]
    fn encoding_is_read_back() {
        let transactions = [&b"one"[..], b"", b"three"];
        let bytes = encode_transactions(transactions).unwrap();
        let found: Vec<&[u8]> = NamespacePayload::new(&bytes).transactions().map(|tx| tx.payload).collect();
        assert_eq!(found, transactions);
        assert_eq!(NamespacePayload::new(&bytes).payload(2), Some(&b"three"[..]));
        assert_eq!(NamespacePayload::new(&bytes).payload(3), None);
        assert!(encode_transactions([]).is_some_and(|bytes| NamespacePayload::new(&bytes).is_empty()));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(words_ in proptest::collection::vec(prop_oneof![0u32..20, any::<u32>()], 0..8),
                              bodies in proptest::collection::vec(any::<u8>(), 0..20)) {
            let bytes = words(&words_, &bodies);
            let payload = NamespacePayload::new(&bytes);
            let found: Vec<_> = payload.transactions().collect();
            prop_assert_eq!(found.len(), payload.len());
            prop_assert!(payload.len() <= bytes.len() / 4);
            for transaction in found {
                prop_assert_eq!(payload.payload(transaction.position), Some(transaction.payload));
            }
        }
    }
}
