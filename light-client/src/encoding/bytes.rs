//! Bytes in text: padded base64 for payloads and namespace tables, `0x…` for addresses and hashes.

use alloc::string::String;
use alloc::vec::Vec;

use crate::encoding::base64::STANDARD;
use crate::rejection::{Operand, Rejected, Rejection};

/// Decodes standard base64 with padding, in its one canonical form.
///
/// # Errors
/// `base64.form` for foreign characters, missing padding or non-zero trailing bits.
pub fn from_base64(text: &str) -> Result<Vec<u8>, Rejected> {
    decode_padded(text).ok_or_else(|| Rejection::Base64Form.with(Operand::foreign(text), "canonical padded base64"))
}

fn decode_padded(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let digits = text.strip_suffix("==").or_else(|| text.strip_suffix('=')).unwrap_or(text);
    STANDARD.decode(digits)
}

/// Encodes standard base64 with padding.
pub fn to_base64(bytes: &[u8]) -> String {
    let mut text = STANDARD.encode(bytes);
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}

/// Decodes exactly `N` bytes of `0x`-prefixed hexadecimal, in either case.
///
/// # Errors
/// `hex.form`.
pub fn from_hex<const N: usize>(text: &str) -> Result<[u8; N], Rejected> {
    let refused = || Rejection::HexForm.with(Operand::foreign(text), N);
    let digits = text.strip_prefix("0x").ok_or_else(refused)?;
    let mut bytes = [0; N];
    if digits.len() != 2 * N || base16ct::mixed::decode(digits, &mut bytes).is_err() {
        return Err(refused());
    }
    Ok(bytes)
}

/// Decodes `0x`-prefixed hexadecimal of any whole number of bytes up to `limit`.
///
/// # Errors
/// `hex.form`.
pub fn from_hex_vec(text: &str, limit: usize) -> Result<Vec<u8>, Rejected> {
    let refused = || Rejection::HexForm.with(Operand::foreign(text), limit);
    let digits = text.strip_prefix("0x").ok_or_else(refused)?;
    if digits.len() / 2 > limit {
        return Err(refused());
    }
    base16ct::mixed::decode_vec(digits).map_err(|_| refused())
}

/// `0x` and lower-case hexadecimal.
pub fn to_hex(bytes: &[u8]) -> String {
    let mut text = String::from("0x");
    text.push_str(&base16ct::lower::encode_string(bytes));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_has_one_form() {
        assert_eq!(from_base64("AQAAAA==").unwrap(), [1, 0, 0, 0]);
        assert!(from_base64("").unwrap().is_empty());
        for bad in ["AQAAAA", "AQAAAA=", "AQAAAB==", "AQ-AAA==", "AQAAAA==\n", " AQAAAA=="] {
            assert_eq!(from_base64(bad).unwrap_err().rejection, Rejection::Base64Form, "{bad:?}");
        }
    }

    #[test]
    fn hex_has_exact_length() {
        assert_eq!(from_hex::<2>("0xaBcD").unwrap(), [0xab, 0xcd]);
        for bad in ["abcd", "0xabc", "0xabcdef", "0xab", "0xabcg", "0x abc", ""] {
            assert_eq!(from_hex::<2>(bad).unwrap_err().rejection, Rejection::HexForm, "{bad:?}");
        }
        assert!(from_hex_vec("0x", 4).unwrap().is_empty());
        assert_eq!(from_hex_vec("0x010203", 3).unwrap(), [1, 2, 3]);
        assert!(from_hex_vec("0x010203", 2).is_err());
        assert!(from_hex_vec("0x01020", 8).is_err());
        assert_eq!(to_hex(&[0xab, 1]), "0xab01");
    }
}
