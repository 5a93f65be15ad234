//! Records of bytes: reading them in order, and the checksum at their end.

use alloc::vec::Vec;

use crate::encoding::committable::keccak256;
use crate::encoding::reader;
use crate::rejection::{Rejected, Rejection};
use crate::stake_table::entry::RawEntry;

/// How many bytes a checksum has.
const CHECKSUM: usize = 8;

fn checksum(bytes: &[u8]) -> impl Iterator<Item = u8> + use<> {
    keccak256(&[bytes]).into_iter().take(CHECKSUM)
}

/// Appends the checksum over all that is there.
pub(super) fn seal(bytes: &mut Vec<u8>) {
    let checksum = checksum(bytes);
    bytes.extend(checksum);
}

/// What stands before the checksum.
///
/// # Errors
/// `store.form` for bytes too short to have one, `store.checksum`.
pub(super) fn unseal(bytes: &[u8]) -> Result<&[u8], Rejected> {
    let (content, sum) =
        bytes.split_last_chunk::<CHECKSUM>().ok_or(Rejection::StoreForm.with(bytes.len(), CHECKSUM))?;
    if !checksum(content).eq(sum.iter().copied()) {
        return Err(Rejection::StoreChecksum.bare());
    }
    Ok(content)
}

/// Reads bytes in order.
pub(super) struct Reader<'a>(reader::Reader<'a>);

impl<'a> Reader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self(reader::Reader::new(bytes))
    }

    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], Rejected> {
        let left = self.0.rest().len();
        self.0.take(length).ok_or_else(|| Rejection::StoreForm.with(left, length))
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Rejected> {
        let left = self.0.rest().len();
        self.0.array().ok_or_else(|| Rejection::StoreForm.with(left, N))
    }

    /// A member of a stake table.
    pub(super) fn member(&mut self) -> Result<RawEntry, Rejected> {
        let left = self.0.rest().len();
        RawEntry::read(&mut self.0).ok_or_else(|| Rejection::StoreForm.with(left, "a member"))
    }

    pub(super) fn byte(&mut self) -> Result<u8, Rejected> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(super) fn u64(&mut self) -> Result<u64, Rejected> {
        self.array().map(u64::from_le_bytes)
    }

    /// A number of 32 bits that counts what follows.
    pub(super) fn count(&mut self) -> Result<usize, Rejected> {
        let count = u32::from_le_bytes(self.array()?);
        usize::try_from(count).map_err(|_| Rejection::StoreForm.with(u64::from(count), "an addressable length"))
    }

    /// A byte that is 0 or 1.
    pub(super) fn flag(&mut self) -> Result<bool, Rejected> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(Rejection::StoreForm.with(u64::from(other), "0 or 1")),
        }
    }

    pub(super) fn expect(&mut self, mark: &[u8]) -> Result<(), Rejected> {
        if self.take(mark.len())? == mark { Ok(()) } else { Err(Rejection::StoreForm.with("another mark", "its own")) }
    }

    pub(super) fn end(&self) -> Result<(), Rejected> {
        Rejection::StoreForm.unless_equal(self.0.rest().len(), 0)
    }
}
