//! Lists and fields of RLP, in canonical form only, over `alloy-rlp`.

use alloc::vec::Vec;

use alloy_rlp::{Decodable as _, Encodable as _, Header};

use crate::rejection::{Rejected, Rejection};

/// The unread items of a list.
#[derive(Clone, Debug)]
pub struct Items<'a> {
    rest: &'a [u8],
}

fn refused(got: &'static str, expected: &'static str) -> Rejected {
    Rejection::RollupRlp.with(got, expected)
}

/// Why the crate refused, in its words, which are constant.
fn broken(error: &alloy_rlp::Error) -> Rejected {
    use alloy_rlp::Error;
    let got = match error {
        Error::InputTooShort => "fewer bytes than announced",
        Error::LeadingZero => "a number with leading zeros",
        Error::NonCanonicalSize | Error::NonCanonicalSingleByte => "another form than the shortest",
        Error::Overflow => "a number that is too large",
        Error::UnexpectedLength => "another length",
        Error::UnexpectedString => "a string",
        Error::UnexpectedList => "a list",
        _ => "no RLP",
    };
    refused(got, "canonical RLP")
}

impl<'a> Items<'a> {
    /// The items of a list that is all of these bytes.
    ///
    /// # Errors
    /// `rollup.rlp`.
    pub fn of_list(bytes: &'a [u8]) -> Result<Self, Rejected> {
        let mut rest = bytes;
        let items = Header::decode_bytes(&mut rest, true).map_err(|error| broken(&error))?;
        if rest.is_empty() { Ok(Self { rest: items }) } else { Err(refused("bytes after the list", "the end")) }
    }

    /// Whether every item was read.
    pub const fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// Checks that every item was read.
    ///
    /// # Errors
    /// `rollup.rlp`.
    pub fn finish(&self) -> Result<(), Rejected> {
        if self.is_at_end() { Ok(()) } else { Err(refused("more items", "the end of the list")) }
    }

    /// The next item with its own header.
    ///
    /// # Errors
    /// `rollup.rlp`.
    pub fn raw(&mut self) -> Result<&'a [u8], Rejected> {
        let mut rest = self.rest;
        let header = Header::decode(&mut rest).map_err(|error| broken(&error))?;
        let head = self.rest.len() - rest.len();
        let length = head.saturating_add(header.payload_length);
        let (item, rest) = self.rest.split_at_checked(length).ok_or_else(|| refused("fewer bytes", "an item"))?;
        self.rest = rest;
        Ok(item)
    }

    /// The next item, a string of bytes.
    ///
    /// # Errors
    /// `rollup.rlp`.
    pub fn bytes(&mut self) -> Result<&'a [u8], Rejected> {
        Header::decode_bytes(&mut self.rest, false).map_err(|error| broken(&error))
    }

    /// The next item, a string of exactly `N` bytes.
    ///
    /// # Errors
    /// `rollup.rlp`.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Rejected> {
        let bytes = self.bytes()?;
        bytes.try_into().map_err(|_| Rejection::RollupRlp.with(bytes.len(), N))
    }

    /// The next item, a number of at most 64 bits.
    ///
    /// # Errors
    /// `rollup.rlp`.
    pub fn u64(&mut self) -> Result<u64, Rejected> {
        u64::decode(&mut self.rest).map_err(|error| broken(&error))
    }

    /// The next item, a list.
    ///
    /// # Errors
    /// `rollup.rlp`.
    pub fn list(&mut self) -> Result<Self, Rejected> {
        Ok(Self { rest: Header::decode_bytes(&mut self.rest, true).map_err(|error| broken(&error))? })
    }

    /// Whether the next item is the empty list, which is then read.
    pub fn take_empty_list(&mut self) -> bool {
        match self.rest.split_first() {
            Some((&alloy_rlp::EMPTY_LIST_CODE, rest)) => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }
}

/// Writes items, to be closed as a list.
#[derive(Clone, Debug, Default)]
pub struct ListWriter {
    items: Vec<u8>,
}

impl ListWriter {
    /// A list without items.
    pub const fn new() -> Self {
        Self { items: Vec::new() }
    }

    /// Adds a string of bytes.
    #[must_use]
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        bytes.encode(&mut self.items);
        self
    }

    /// Adds a number.
    #[must_use]
    pub fn u64(mut self, number: u64) -> Self {
        number.encode(&mut self.items);
        self
    }

    /// Adds an item that is encoded already.
    #[must_use]
    pub fn raw(mut self, item: &[u8]) -> Self {
        self.items.extend_from_slice(item);
        self
    }

    /// The list.
    pub fn finish(self) -> Vec<u8> {
        let mut list = Vec::with_capacity(self.items.len() + 9);
        Header { list: true, payload_length: self.items.len() }.encode(&mut list);
        list.extend_from_slice(&self.items);
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn fields_are_read_back() {
        let inner = ListWriter::new().u64(0).finish();
        let list = ListWriter::new().u64(7).bytes(b"seven").raw(&inner).raw(&[0xc0]).bytes(&[9; 32]).finish();
        let mut items = Items::of_list(&list).unwrap();
        assert_eq!(items.u64().unwrap(), 7);
        assert_eq!(items.bytes().unwrap(), b"seven");
        assert!(!items.take_empty_list());
        assert_eq!(items.clone().raw().unwrap(), inner);
        assert_eq!(items.list().unwrap().u64().unwrap(), 0);
        assert!(items.take_empty_list());
        assert!(items.finish().is_err());
        assert_eq!(items.array::<32>().unwrap(), [9; 32]);
        items.finish().unwrap();
        assert!(items.raw().is_err() && items.u64().is_err() && items.list().is_err() && !items.take_empty_list());
    }

    #[test]
    fn other_forms_are_refused() {
        for bad in [&[][..], &[0x80], &[0xc1], &[0xc1, 0x80, 0x80], &[0xf8, 0x01, 0x80], &[0xff; 9]] {
            assert_eq!(Items::of_list(bad).unwrap_err().rejection, Rejection::RollupRlp, "{bad:?}");
        }
        for bad in [&[0xc1, 0x00][..], &[0xc2, 0x81, 0x05], &[0xca, 0x89, 1, 2, 3, 4, 5, 6, 7, 8, 9]] {
            assert!(Items::of_list(bad).unwrap().u64().is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            if let Ok(mut items) = Items::of_list(&bytes) {
                while !items.is_at_end() {
                    if items.raw().is_err() {
                        break;
                    }
                }
            }
        }
    }
}
