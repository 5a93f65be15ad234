//! What a verified header says about the payload of its block: the root of every proof here.

use alloc::vec::Vec;
use core::ops::Range;

use crate::data::namespace_table::NamespaceTable;
use crate::data::vid::scheme::{PayloadCommitment, VidScheme};
use crate::rejection::{Rejected, Rejection};

/// The fields of one header that bind its payload.
///
/// Nothing here is checked against signatures: take it from a verified header only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockContext {
    height: u64,
    commitment: PayloadCommitment,
    table: NamespaceTable,
}

impl BlockContext {
    /// From the fields of a header of version 0.`minor`: the payload commitment in text and the
    /// namespace table in bytes.
    ///
    /// # Errors
    /// `vid.commitment_tag`, errors of tagged strings, and the errors of
    /// [`NamespaceTable::from_bytes`].
    pub fn new(height: u64, minor: u16, payload_commitment: &str, namespace_table: &[u8]) -> Result<Self, Rejected> {
        let commitment = PayloadCommitment::from_tagged(payload_commitment, minor)?;
        Ok(Self { height, commitment, table: NamespaceTable::from_bytes(namespace_table)? })
    }

    /// Checks that the payload is no larger than the chain configuration of the header allows.
    ///
    /// # Errors
    /// `namespace.block_size`.
    pub fn check_size(&self, max_block_size: u64) -> Result<(), Rejected> {
        let length = self.table.payload_length() as u64;
        if length > max_block_size {
            return Err(Rejection::NamespaceBlockSize.with(length, max_block_size));
        }
        Ok(())
    }

    /// The height of the block.
    pub const fn height(&self) -> u64 {
        self.height
    }

    /// The dispersal scheme of the header's version.
    pub const fn scheme(&self) -> VidScheme {
        self.commitment.scheme
    }

    /// The payload commitment.
    pub const fn payload_commitment(&self) -> &PayloadCommitment {
        &self.commitment
    }

    /// The namespace table.
    pub const fn namespace_table(&self) -> &NamespaceTable {
        &self.table
    }

    /// The ranges that the payload commitment covers, one leaf each: those of the table, or for an
    /// empty block one range of nothing.
    pub fn dispersed_ranges(&self) -> Vec<Range<usize>> {
        if self.table.is_empty() {
            return core::iter::once(0..0).collect();
        }
        self.table.iter().map(|namespace| namespace.range).collect()
    }
}
