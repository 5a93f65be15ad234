//! The namespace table: which bytes of a payload belong to which rollup.
//!
//! `count ‖ count × (namespace id ‖ end offset)`, all 32-bit little-endian. Namespace `i` is
//! `payload[end(i-1) .. end(i)]` with `end(-1) = 0`. Source: `espresso-types`,
//! `v0/impls/block/full_payload/ns_table.rs` (rules of deserialisation and of a valid proposal).
//!
//! The consensus code of the reference nodes also has a lenient reading, in which a malformed
//! table makes the whole payload one range. It is never used here: a table that breaks a rule is
//! refused.

use alloc::vec::Vec;
use core::ops::Range;

use crate::encoding::bytes::from_base64;
use crate::encoding::json::Json;
use crate::ordered::OrderedSet;
use crate::rejection::{Rejected, Rejection};

/// Bytes of the count at the head of a table.
const HEAD_LENGTH: usize = 4;
/// Bytes of one entry.
const ENTRY_LENGTH: usize = 8;

/// One entry of a namespace table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Namespace {
    /// Place in the table, from 0: the leaf of this namespace in the payload commitment's tree.
    pub index: usize,
    /// The namespace, for a rollup its chain id.
    pub id: u32,
    /// Its bytes in the payload.
    pub range: Range<usize>,
}

impl Namespace {
    /// How many bytes the namespace has in the payload, at least one.
    pub fn length(&self) -> usize {
        self.range.len()
    }
}

/// A namespace table that keeps every rule that does not need the payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamespaceTable {
    /// Id and end offset.
    entries: Vec<(u32, u32)>,
}

fn word(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |word, byte| word << 8 | u32::from(*byte))
}

/// A 32-bit offset as an index: every platform of this crate has at least 32-bit addresses.
fn offset(value: u32) -> usize {
    value as usize
}

impl NamespaceTable {
    /// Reads a table.
    ///
    /// # Errors
    /// `namespace.table_form` if the length is not 4 + 8 × count; `namespace.table_order` if an end
    /// offset is not above the one before (so no namespace is empty); `namespace.table_duplicate`
    /// if an id stands there twice.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Rejected> {
        let form = |expected: usize| Rejection::NamespaceTableForm.with(bytes.len(), expected);
        let (head, rest) = bytes.split_at_checked(HEAD_LENGTH).ok_or_else(|| form(HEAD_LENGTH))?;
        let count = offset(word(head));
        let expected = count.saturating_mul(ENTRY_LENGTH).saturating_add(HEAD_LENGTH);
        if bytes.len() != expected {
            return Err(form(expected));
        }
        let mut entries = Vec::with_capacity(count);
        let mut previous_end = 0;
        let mut ids = OrderedSet::new();
        for entry in rest.chunks_exact(ENTRY_LENGTH) {
            let (id, end) = entry.split_at(ENTRY_LENGTH / 2);
            let (id, end) = (word(id), word(end));
            if end <= previous_end {
                return Err(Rejection::NamespaceTableOrder.with(u64::from(end), u64::from(previous_end) + 1));
            }
            if !ids.insert(id) {
                return Err(Rejection::NamespaceTableDuplicate.with(u64::from(id), "each namespace once"));
            }
            previous_end = end;
            entries.push((id, end));
        }
        Ok(Self { entries })
    }

    /// Reads the JSON form `{"bytes": padded base64}`.
    ///
    /// # Errors
    /// Errors of the JSON types, `base64.form`, and those of [`Self::from_bytes`].
    pub fn from_json(json: &Json<'_>) -> Result<Self, Rejected> {
        Self::from_bytes(&from_base64(json.get("bytes")?.text()?)?)
    }

    /// The table in bytes, exactly as it was read.
    pub fn to_bytes(&self) -> Vec<u8> {
        // A table was read from a 32-bit count, so the count fits again.
        let count = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        let mut bytes = Vec::with_capacity(HEAD_LENGTH + ENTRY_LENGTH * self.entries.len());
        bytes.extend_from_slice(&count.to_le_bytes());
        for (id, end) in &self.entries {
            bytes.extend_from_slice(&id.to_le_bytes());
            bytes.extend_from_slice(&end.to_le_bytes());
        }
        bytes
    }

    /// How many namespaces the block has.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether the block has no namespace.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The length of the payload in bytes: the last end offset.
    pub fn payload_length(&self) -> usize {
        self.entries.last().map_or(0, |(_, end)| offset(*end))
    }

    /// Every namespace, in the order of the payload.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Namespace> + '_ {
        let mut start = 0;
        self.entries.iter().enumerate().map(move |(index, (id, end))| {
            let range = start..offset(*end);
            start = range.end;
            Namespace { index, id: *id, range }
        })
    }

    /// The namespace with this id; `None` proves that the block has nothing for it.
    ///
    /// Ids are 32 bits wide in the table, so a larger one is in no block.
    pub fn find(&self, id: u64) -> Option<Namespace> {
        self.iter().find(|namespace| u64::from(namespace.id) == id)
    }

    /// Checks that the table covers a payload of this many bytes, no more and no less.
    ///
    /// # Errors
    /// `namespace.table_end`.
    pub fn check_payload_length(&self, length: usize) -> Result<(), Rejected> {
        Rejection::NamespaceTableEnd.unless_equal(self.payload_length(), length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use proptest::prelude::*;

    fn table(entries: &[(u32, u32)]) -> Vec<u8> {
        NamespaceTable { entries: entries.to_vec() }.to_bytes()
    }

    fn code(bytes: &[u8]) -> Rejection {
        NamespaceTable::from_bytes(bytes).unwrap_err().rejection
    }

    #[test]
    fn reference_table() {
        // The table of the reference headers of every version.
        let bytes = from_base64("AwAAAO7/wAAcBgAAobC5EkAOAABksAWiXBQAAA==").unwrap();
        let table = NamespaceTable::from_bytes(&bytes).unwrap();
        assert_eq!(table.to_bytes(), bytes);
        assert_eq!((table.len(), table.payload_length()), (3, 5212));
        assert_eq!(table.find(12_648_430).unwrap(), Namespace { index: 0, id: 12_648_430, range: 0..1564 });
        assert_eq!(table.find(314_159_265).unwrap().range, 1564..3648);
        assert_eq!(table.find(2_718_281_828).unwrap().length(), 1564);
        assert_eq!(table.find(1), None);
        assert_eq!(table.find(12_648_430 + (1 << 32)), None, "ids are not cut to 32 bits");
        assert!(table.check_payload_length(5212).is_ok());
        assert_eq!(table.check_payload_length(5211).unwrap_err().rejection, Rejection::NamespaceTableEnd);
    }

    #[test]
    fn empty_table() {
        let empty = NamespaceTable::from_bytes(&[0; 4]).unwrap();
        assert!(empty.is_empty() && empty.payload_length() == 0 && empty.find(0).is_none());
        assert!(empty.check_payload_length(0).is_ok());
        assert!(empty.check_payload_length(1).is_err(), "an empty table covers no payload");
    }

    #[test]
    fn malformed_tables_are_refused() {
        assert_eq!(code(&[]), Rejection::NamespaceTableForm);
        assert_eq!(code(&[0; 3]), Rejection::NamespaceTableForm);
        assert_eq!(code(&[0; 5]), Rejection::NamespaceTableForm);
        assert_eq!(code(&[0; 12]), Rejection::NamespaceTableForm, "more entries than the count");
        assert_eq!(code(&[1, 0, 0, 0]), Rejection::NamespaceTableForm, "fewer entries than the count");
        assert_eq!(code(&[0xff; 12]), Rejection::NamespaceTableForm, "a count of 2^32 - 1");
        assert_eq!(code(&table(&[(1, 0)])), Rejection::NamespaceTableOrder, "offset 0");
        assert_eq!(code(&table(&[(1, 5), (2, 5)])), Rejection::NamespaceTableOrder, "an empty namespace");
        assert_eq!(code(&table(&[(1, 5), (2, 4)])), Rejection::NamespaceTableOrder);
        assert_eq!(code(&table(&[(1, 5), (2, 6), (1, 7)])), Rejection::NamespaceTableDuplicate);
    }

    proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = NamespaceTable::from_bytes(&bytes);
        }

        #[test]
        fn accepted_tables_cover_the_payload_without_gaps(
            steps in proptest::collection::btree_map(any::<u32>(), 1u32..1000, 0..20)
        ) {
            let mut entries = vec![];
            let mut end = 0;
            for (id, step) in &steps {
                end += step;
                entries.push((*id, end));
            }
            let table = NamespaceTable::from_bytes(&table(&entries)).unwrap();
            let mut next = 0;
            for namespace in table.iter() {
                prop_assert_eq!(namespace.range.start, next);
                next = namespace.range.end;
                prop_assert_eq!(table.find(u64::from(namespace.id)), Some(namespace));
            }
            prop_assert_eq!(next, table.payload_length());
        }
    }
}
