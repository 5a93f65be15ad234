//! Reads binary formats from the front, never past the end.

/// The unread part of some bytes.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Starts at the first byte.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next `length` bytes; `None`, and nothing read, if there are fewer.
    pub fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*taken)
    }

    /// A little-endian 32-bit integer.
    pub fn u32_le(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    /// A little-endian 64-bit integer.
    pub fn u64_le(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// A big-endian 64-bit integer.
    pub fn u64_be(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    /// Bytes preceded by their number as a big-endian 64-bit integer.
    pub fn prefixed_u64_be(&mut self) -> Option<&'a [u8]> {
        let start = self.clone();
        let length = usize::try_from(self.u64_be()?).ok()?;
        let taken = self.take(length);
        if taken.is_none() {
            *self = start;
        }
        taken
    }

    /// What is still unread.
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Whether everything was read.
    pub const fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_past_the_end() {
        let mut reader = Reader::new(&[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 7, 8, 9]);
        assert_eq!(reader.u32_le(), Some(1));
        assert_eq!(reader.clone().u64_be(), Some(4));
        assert_eq!(reader.prefixed_u64_be(), None, "fewer bytes than announced");
        assert_eq!(reader.take(8), Some(&[0, 0, 0, 0, 0, 0, 0, 4][..]), "nothing was read by the failed call");
        assert_eq!(reader.array::<4>(), None);
        assert_eq!(reader.take(usize::MAX), None);
        assert_eq!(reader.array::<3>(), Some([7, 8, 9]));
        assert!(reader.is_at_end() && reader.rest().is_empty());
        assert_eq!(Reader::new(&[0xff; 9]).prefixed_u64_be(), None);
    }
}
