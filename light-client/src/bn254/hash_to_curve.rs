//! Hashing a message to a point of G1, as the consensus keys sign it.
//!
//! Source: EspressoSystems/jellyfish `signature/src/bls_over_bn254.rs` and arkworks
//! `ff/src/fields/field_hashers`. It is try-and-increment over `expand_message_xmd` of RFC 9380
//! with two departures: the domain separation tag is the single byte 1, and the zero pad has the
//! length of the output (48 bytes), not the block size of the hash. The running time depends on
//! the message, which is public.

use ark_ff::One;

use super::point::is_larger;
use super::{Fq, G1Affine, backend};
use crate::encoding::committable::keccak256;

/// Appended to every message, the ciphersuite of the scheme.
pub const SUFFIX: &[u8] = b"BLS_SIG_BN254G1_XMD:KECCAK_NCTH_NUL_";

/// The domain separation tag and its length.
const TAG: &[u8] = &[1, 1];

/// How many bytes become one field element.
const WIDTH: usize = 48;

/// The point of G1 that a signature of this message is a multiple of. Never infinity.
pub fn hash_to_curve(message: &[u8]) -> G1Affine {
    suffixed(message, SUFFIX)
}

fn suffixed(message: &[u8], suffix: &[u8]) -> G1Affine {
    let mut x = backend::from_wide_bytes(&expand(message, suffix));
    loop {
        // Half of all x are on the curve, so this ends after two rounds on average.
        if let Some(root) = backend::ordinate(&x) {
            let y = if is_larger(&root) { -root } else { root };
            return G1Affine::new_unchecked(x, y);
        }
        x += Fq::one();
    }
}

fn expand(message: &[u8], suffix: &[u8]) -> [u8; WIDTH] {
    let first = keccak256(&[&[0; WIDTH], message, suffix, &[0, 48], &[0], TAG]);
    let left = keccak256(&[&first, &[1], TAG]);
    let mut mixed = first;
    for (byte, other) in mixed.iter_mut().zip(left) {
        *byte ^= other;
    }
    let right = keccak256(&[&mixed, &[2], TAG]);
    let mut bytes = [0; WIDTH];
    for (byte, value) in bytes.iter_mut().zip(left.into_iter().chain(right)) {
        *byte = value;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::bytes::from_hex_vec;
    use crate::encoding::integer::parse_u256;
    use crate::encoding::json::parse;
    use crate::recorded;
    use ark_ec::AffineRepr;
    use ark_ff::BigInt;
    use ark_ff::PrimeField;

    /// The recorded answers are those of the map itself, before the suffix is appended; that the
    /// suffix is right is proven by every recorded certificate (`stake_table::recorded_certificates`).
    #[test]
    fn recorded_answers() {
        let Some(text) = recorded::file("reference/hash_to_curve_bn254.json") else { return };
        let json = parse(&text).unwrap();
        assert_eq!(json.get("suffix").unwrap().text().unwrap().as_bytes(), SUFFIX);
        let vectors = json.get("vectors").unwrap().items().unwrap();
        assert!(vectors.len() > 5);
        for vector in vectors {
            let message = alloc::format!("0x{}", vector.get("message").unwrap().text().unwrap());
            let message = from_hex_vec(&message, 1 << 10).unwrap();
            let coordinate = |key| {
                let value = parse_u256(vector.get(key).unwrap().text().unwrap()).unwrap();
                Fq::from_bigint(BigInt(value.into_limbs())).unwrap()
            };
            assert_eq!(suffixed(&message, b""), G1Affine::new_unchecked(coordinate("x"), coordinate("y")));
            assert_eq!(suffixed(&[&message, SUFFIX].concat(), b""), hash_to_curve(&message));
        }
    }

    #[test]
    fn always_on_the_curve() {
        for seed in 0..64u8 {
            let point = hash_to_curve(&[seed; 7]);
            assert!(point.is_on_curve() && !point.is_zero());
            assert!(point.y.into_bigint() <= Fq::MODULUS_MINUS_ONE_DIV_TWO);
        }
        assert_ne!(hash_to_curve(b""), hash_to_curve(b"\0"));
    }
}
