//! Base64 in its two alphabets (RFC 4648 §4 and §5), in canonical form only.
//!
//! Payloads of ten megabytes come as base64. Tables take a tenth of the time of decoders that are made
//! for secrets, which nothing here is. Tested against crate `base64ct`.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

/// An alphabet of base64.
#[derive(Debug)]
pub struct Alphabet {
    digits: [u8; 64],
    /// The value of each digit, and [`FOREIGN`] for all other bytes.
    values: [u8; 256],
}

/// The alphabet with `+` and `/`.
pub static STANDARD: Alphabet = Alphabet::new(*b"+/");
/// The alphabet with `-` and `_`.
pub static URL: Alphabet = Alphabet::new(*b"-_");

/// A bit that no value has.
const FOREIGN: u8 = 0x80;

impl Alphabet {
    #[expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
    const fn new(last: [u8; 2]) -> Self {
        let mut alphabet = Self { digits: [0; 64], values: [FOREIGN; 256] };
        let mut value = 0u8;
        while value < 64 {
            let digit = match value {
                0..=25 => b'A' + value,
                26..=51 => b'a' + (value - 26),
                52..=61 => b'0' + (value - 52),
                62 => last[0],
                _ => last[1],
            };
            alphabet.digits[value as usize] = digit;
            alphabet.values[digit as usize] = value;
            value += 1;
        }
        alphabet
    }

    #[inline]
    #[expect(clippy::indexing_slicing, reason = "a byte indexes a table of 256")]
    fn value(&self, digit: u8) -> u8 {
        self.values[usize::from(digit)]
    }

    #[inline]
    #[expect(clippy::indexing_slicing, reason = "six bits index a table of 64")]
    fn digit(&self, value: u8) -> u8 {
        self.digits[usize::from(value & 63)]
    }

    /// The bytes of a text without padding; nothing for foreign characters, a single last digit, and
    /// trailing bits that are not zero.
    pub fn decode(&self, text: &str) -> Option<Vec<u8>> {
        let (groups, rest) = text.as_bytes().as_chunks::<4>();
        let mut bytes = vec![0; groups.len() * 3];
        let (places, _) = bytes.as_chunks_mut::<3>();
        let mut all = 0;
        for (group, place) in groups.iter().zip(places) {
            let [a, b, c, d] = group.map(|digit| self.value(digit));
            all |= a | b | c | d;
            *place = [a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d];
        }
        let mut trailing = 0;
        match *rest {
            [] => {}
            [a, b] => {
                let [a, b] = [a, b].map(|digit| self.value(digit));
                all |= a | b;
                trailing = b << 4;
                bytes.push(a << 2 | b >> 4);
            }
            [a, b, c] => {
                let [a, b, c] = [a, b, c].map(|digit| self.value(digit));
                all |= a | b | c;
                trailing = c << 6;
                bytes.extend([a << 2 | b >> 4, b << 4 | c >> 2]);
            }
            _ => return None,
        }
        (all & FOREIGN == 0 && trailing == 0).then_some(bytes)
    }

    /// The text of bytes, without padding.
    pub fn encode(&self, bytes: &[u8]) -> String {
        let (groups, rest) = bytes.as_chunks::<3>();
        let mut text = Vec::with_capacity(bytes.len().div_ceil(3) * 4);
        for [a, b, c] in groups {
            text.extend([a >> 2, a << 4 | b >> 4, b << 2 | c >> 6, *c].map(|value| self.digit(value)));
        }
        match *rest {
            [a] => text.extend([a >> 2, a << 4].map(|value| self.digit(value))),
            [a, b] => text.extend([a >> 2, a << 4 | b >> 4, b << 2].map(|value| self.digit(value))),
            _ => {}
        }
        // Every digit is ASCII.
        String::from_utf8(text).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64ct::{Base64Unpadded, Base64UrlUnpadded, Encoding as _};
    use proptest::prelude::*;

    #[test]
    fn vectors_of_the_rfc() {
        let vectors =
            [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("foobar", "Zm9vYmFy")];
        for (bytes, text) in vectors {
            assert_eq!(STANDARD.encode(bytes.as_bytes()), text);
            assert_eq!(STANDARD.decode(text).as_deref(), Some(bytes.as_bytes()));
        }
        assert_eq!(STANDARD.encode(&[0xfb, 0xff]), "+/8");
        assert_eq!(URL.encode(&[0xfb, 0xff]), "-_8");
    }

    #[test]
    fn one_form_only() {
        for bad in ["Z", "Zg=", "Zg==", "Zh", "Zm9", "Zm9v\n", "Zm+v-", "Zmé", "Zm9vZ", "    "] {
            assert_eq!(URL.decode(bad), None, "{bad}");
        }
        assert_eq!(URL.decode("+/8"), None);
        assert_eq!(STANDARD.decode("-_8"), None);
    }

    proptest! {
        #[test]
        fn equals_the_other_implementation(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let text = Base64UrlUnpadded::encode_string(&bytes);
            prop_assert_eq!(URL.encode(&bytes), &*text);
            prop_assert_eq!(URL.decode(&text), Some(bytes.clone()));
            prop_assert_eq!(STANDARD.encode(&bytes), Base64Unpadded::encode_string(&bytes));
        }

        #[test]
        fn refuses_what_the_other_implementation_refuses(text in "[A-Za-e0-3+/=_ -]{0,9}") {
            prop_assert_eq!(URL.decode(&text), Base64UrlUnpadded::decode_vec(&text).ok());
            prop_assert_eq!(STANDARD.decode(&text), Base64Unpadded::decode_vec(&text).ok());
        }
    }
}
