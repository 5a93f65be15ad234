//! Tagged base64: `TAG~BASE64URL(value ‖ checksum)`, the text form of every hash, key and signature.
//!
//! Source: crate `tagged-base64` 0.4.1, `src/lib.rs`. The checksum is one byte: CRC-8 (polynomial
//! 0x07, initial value 0) over tag and value, xor the length of the value modulo 256. It guards
//! against typing errors only.

use alloc::string::String;
use alloc::vec::Vec;

use crate::encoding::base64::URL;
use crate::rejection::{Operand, Rejected, Rejection};

/// The tags that occur in what a light client reads.
pub mod tag {
    /// Commitment to a leaf, a vote, a certificate.
    pub const COMMIT: &str = "COMMIT";
    /// Commitment to a header: the block hash.
    pub const BLOCK: &str = "BLOCK";
    /// Commitment to a chain configuration.
    pub const CHAIN_CONFIG: &str = "CHAIN_CONFIG";
    /// Commitment to a stake table state.
    pub const STAKE_TABLE: &str = "STAKE_TABLE";
    /// Payload commitment before protocol 0.3 (ADVZ).
    pub const HASH: &str = "HASH";
    /// Payload commitment of protocols 0.3 to 0.5 (AvidM).
    pub const AVIDM_COMMIT: &str = "AvidMCommit";
    /// Payload commitment from protocol 0.6 (AvidM over GF(2^16)).
    pub const AVIDM_GF2_COMMIT: &str = "AvidmGf2Commit";
    /// Builder commitment.
    pub const BUILDER_COMMITMENT: &str = "BUILDER_COMMITMENT";
    /// Root, height and leaf count of a Merkle tree.
    pub const MERKLE_COMM: &str = "MERKLE_COMM";
    /// BLS signature, a point of G1.
    pub const BLS_SIG: &str = "BLS_SIG";
    /// BLS verification key, a point of G2.
    pub const BLS_VER_KEY: &str = "BLS_VER_KEY";
    /// Schnorr verification key, a point of ed_on_bn254.
    pub const SCHNORR_VER_KEY: &str = "SCHNORR_VER_KEY";
}

/// The longest tagged string that is looked at, in bytes of text. Longer ones are refused unread.
pub const TEXT_LIMIT: usize = 1 << 20;

/// Decodes a tagged string and checks its tag, form and checksum.
///
/// # Errors
/// `tagged_base64.form`, `tagged_base64.tag`, `tagged_base64.checksum`.
pub fn decode(text: &str, tag: &'static str) -> Result<Vec<u8>, Rejected> {
    let form = || Rejection::TaggedBase64Form.with(Operand::foreign(text), tag);
    if text.len() > TEXT_LIMIT {
        return Err(form());
    }
    let (found, body) = text.split_once('~').ok_or_else(form)?;
    if found != tag {
        return Err(Rejection::TaggedBase64Tag.with(Operand::foreign(found), tag));
    }
    let mut value = URL.decode(body).ok_or_else(form)?;
    let claimed = value.pop().ok_or_else(form)?;
    if value.is_empty() {
        return Err(form());
    }
    let computed = checksum(tag, &value);
    if claimed != computed {
        return Err(Rejection::TaggedBase64Checksum.with(u64::from(claimed), u64::from(computed)));
    }
    Ok(value)
}

/// Decodes a tagged string of exactly `N` bytes.
///
/// # Errors
/// Those of [`decode`], and `tagged_base64.length`.
pub fn decode_array<const N: usize>(text: &str, tag: &'static str) -> Result<[u8; N], Rejected> {
    let value = decode(text, tag)?;
    value.as_slice().try_into().map_err(|_| Rejection::TaggedBase64Length.with(value.len(), N))
}

/// Encodes a value under a tag.
pub fn encode(tag: &str, value: &[u8]) -> String {
    let mut body = Vec::with_capacity(value.len() + 1);
    body.extend_from_slice(value);
    body.push(checksum(tag, value));
    let mut text = String::from(tag);
    text.push('~');
    text.push_str(&URL.encode(&body));
    text
}

/// The checksum byte of a value under a tag.
pub fn checksum(tag: &str, value: &[u8]) -> u8 {
    let crc = tag.bytes().chain(value.iter().copied()).fold(0u8, |crc, byte| {
        (0..8).fold(crc ^ byte, |crc, _| if crc & 0x80 == 0 { crc << 1 } else { (crc << 1) ^ 0x07 })
    });
    let [length, ..] = value.len().to_le_bytes();
    crc ^ length
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ZERO: &str = "COMMIT~AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB";

    #[test]
    fn recorded_string() {
        assert_eq!(decode_array::<32>(ZERO, tag::COMMIT).unwrap(), [0; 32]);
        assert_eq!(encode(tag::COMMIT, &[0; 32]), ZERO);
    }

    #[test]
    fn refuses_every_other_form() {
        let code = |text: &str| decode_array::<32>(text, tag::COMMIT).unwrap_err().rejection;
        assert_eq!(code(""), Rejection::TaggedBase64Form);
        assert_eq!(code("COMMIT"), Rejection::TaggedBase64Form);
        assert_eq!(code("COMMIT~"), Rejection::TaggedBase64Form);
        assert_eq!(code("COMMIT~AQ"), Rejection::TaggedBase64Form, "a checksum without a value");
        assert_eq!(code(&ZERO.replace("COMMIT", "BLOCK")), Rejection::TaggedBase64Tag);
        assert_eq!(code(&ZERO.to_lowercase()), Rejection::TaggedBase64Tag);
        assert_eq!(code(&alloc::format!("{ZERO}=")), Rejection::TaggedBase64Form);
        assert_eq!(code(&alloc::format!("{ZERO} ")), Rejection::TaggedBase64Form);
        assert_eq!(code(&ZERO.replace("AB", "AC")), Rejection::TaggedBase64Checksum);
        let short = encode(tag::COMMIT, &[0; 31]);
        assert_eq!(code(&short), Rejection::TaggedBase64Length);
        // 32 bytes of value and one checksum byte fill 44 characters exactly, so trailing bits
        // need another length: 128 + 1 bytes leave none, 64 + 1 leave four.
        let mut loose = encode(tag::BLS_SIG, &[7; 64]);
        let last = loose.pop().unwrap();
        loose.push(char::from(last as u8 + 1));
        assert_eq!(decode(&loose, tag::BLS_SIG).unwrap_err().rejection, Rejection::TaggedBase64Form);
    }

    proptest! {
        #[test]
        fn round_trips(value in proptest::collection::vec(any::<u8>(), 1..200)) {
            prop_assert_eq!(decode(&encode(tag::MERKLE_COMM, &value), tag::MERKLE_COMM).unwrap(), value);
        }

        #[test]
        fn never_panics(text in "\\PC*") {
            let _ = decode(&text, tag::COMMIT);
        }
    }
}
