//! The byte strings that commitments hash, as crate `committable` 0.2.4 (`src/lib.rs`) builds them.
//!
//! A commitment is Keccak-256 (original padding, not SHA3-256) over one byte string. Names are
//! written as their UTF-8 bytes followed by `C0 7F`, two bytes that valid UTF-8 never contains in
//! this order. Integers are little-endian.

use sha3::Digest as _;

/// A 32-byte commitment.
pub type Commitment = [u8; 32];

/// Keccak-256 over the concatenation of the parts.
pub fn keccak256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = sha3::Keccak256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// Builds one commitment, field by field, in the order of the calls.
#[derive(Clone)]
pub struct CommitmentBuilder {
    hasher: sha3::Keccak256,
}

impl CommitmentBuilder {
    /// Starts with the tag of the committed type.
    pub fn new(tag: &str) -> Self {
        Self { hasher: sha3::Keccak256::new() }.constant_str(tag)
    }

    /// A name or another constant string, closed by `C0 7F`.
    #[must_use]
    pub fn constant_str(self, text: &str) -> Self {
        self.fixed_size_bytes(text.as_bytes()).fixed_size_bytes(&[0xc0, 0x7f])
    }

    /// Raw bytes whose length the place fixes.
    #[must_use]
    pub fn fixed_size_bytes(mut self, bytes: &[u8]) -> Self {
        self.hasher.update(bytes);
        self
    }

    /// A raw 64-bit integer.
    #[must_use]
    pub fn u64(self, value: u64) -> Self {
        self.fixed_size_bytes(&value.to_le_bytes())
    }

    /// A raw 16-bit integer.
    #[must_use]
    pub fn u16(self, value: u16) -> Self {
        self.fixed_size_bytes(&value.to_le_bytes())
    }

    /// A named 64-bit integer.
    #[must_use]
    pub fn u64_field(self, name: &str, value: u64) -> Self {
        self.constant_str(name).u64(value)
    }

    /// A named commitment.
    #[must_use]
    pub fn field(self, name: &str, commitment: &Commitment) -> Self {
        self.constant_str(name).fixed_size_bytes(commitment)
    }

    /// A named commitment that may be absent; absence is a zero count.
    #[must_use]
    pub fn optional(self, name: &str, commitment: Option<&Commitment>) -> Self {
        match commitment {
            Some(commitment) => self.field(name, commitment),
            None => self.u64_field(name, 0),
        }
    }

    /// Named bytes whose length the place fixes.
    #[must_use]
    pub fn fixed_size_field(self, name: &str, bytes: &[u8]) -> Self {
        self.constant_str(name).fixed_size_bytes(bytes)
    }

    /// Bytes preceded by their number.
    #[must_use]
    pub fn var_size_bytes(self, bytes: &[u8]) -> Self {
        self.u64(bytes.len() as u64).fixed_size_bytes(bytes)
    }

    /// Named bytes preceded by their number.
    #[must_use]
    pub fn var_size_field(self, name: &str, bytes: &[u8]) -> Self {
        self.constant_str(name).var_size_bytes(bytes)
    }

    /// The commitment.
    pub fn finalize(self) -> Commitment {
        self.hasher.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builder_writes_the_documented_bytes() {
        let built = CommitmentBuilder::new("T")
            .u64_field("n", 5)
            .field("c", &[9; 32])
            .optional("none", None)
            .optional("some", Some(&[8; 32]))
            .var_size_field("v", b"xyz")
            .fixed_size_field("f", b"ab")
            .u16(0x0102)
            .finalize();
        let mut bytes = alloc::vec::Vec::new();
        bytes.extend_from_slice(b"T\xc0\x7fn\xc0\x7f\x05\0\0\0\0\0\0\0c\xc0\x7f");
        bytes.extend_from_slice(&[9; 32]);
        bytes.extend_from_slice(b"none\xc0\x7f\0\0\0\0\0\0\0\0some\xc0\x7f");
        bytes.extend_from_slice(&[8; 32]);
        bytes.extend_from_slice(b"v\xc0\x7f\x03\0\0\0\0\0\0\0xyzf\xc0\x7fab\x02\x01");
        assert_eq!(built, keccak256(&[&bytes]));
    }

    #[test]
    fn keccak_is_the_original_padding() {
        // Keccak-256 of the empty string, as every Ethereum client knows it.
        assert_eq!(
            crate::encoding::bytes::to_hex(&keccak256(&[])),
            "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
        );
    }
}
