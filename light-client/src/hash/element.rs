//! Elements of BN254's scalar field as bytes and integers.
//!
//! This field is the base field of the Schnorr keys' curve, the field of the Rescue hash and of the
//! circuits' public inputs. Bytes are little-endian in tagged strings and big-endian in Solidity words.

use ark_ff::{BigInt, PrimeField};

use crate::bn254::Fr;
use crate::encoding::integer::{U256, remainder};

/// The order of the field, as an integer.
pub const MODULUS: U256 = U256::from_limbs(Fr::MODULUS.0);

/// The element that is this integer. `None` for integers from the modulus on: every element has
/// one accepted form.
pub fn from_u256(value: U256) -> Option<Fr> {
    Fr::from_bigint(BigInt(value.into_limbs()))
}

/// The integer below the modulus that stands for an element.
pub fn to_u256(element: &Fr) -> U256 {
    U256::from_limbs(element.into_bigint().0)
}

/// The element in these little-endian bytes. `None` from the modulus on.
pub fn from_le_bytes(bytes: &[u8; 32]) -> Option<Fr> {
    from_u256(U256::from_le_bytes(*bytes))
}

/// An element as 32 little-endian bytes.
pub fn to_le_bytes(element: &Fr) -> [u8; 32] {
    to_u256(element).to_le_bytes()
}

/// An element as 32 big-endian bytes, a Solidity word.
pub fn to_be_bytes(element: &Fr) -> [u8; 32] {
    to_u256(element).to_be_bytes()
}

/// The element congruent to an integer: what commitments make of amounts and digests.
pub fn reduce(value: U256) -> Fr {
    from_u256(remainder(value, MODULUS)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_form_for_each_element() {
        let one = U256::from(1u64);
        assert_eq!(from_u256(MODULUS - one), Some(-Fr::from(1u64)));
        for above in [MODULUS, MODULUS + one, U256::MAX] {
            assert_eq!(from_u256(above), None);
            assert_eq!(from_le_bytes(&above.to_le_bytes()), None);
        }
        assert_eq!(reduce(MODULUS), Fr::from(0u64));
        assert_eq!(reduce(MODULUS + one), Fr::from(1u64));
        assert_eq!(reduce(U256::MAX), Fr::from_be_bytes_mod_order(&[0xff; 32]));
    }

    proptest! {
        #[test]
        fn round_trips(limbs in any::<[u64; 4]>()) {
            let element = reduce(U256::from_limbs(limbs));
            prop_assert_eq!(from_le_bytes(&to_le_bytes(&element)), Some(element));
            prop_assert_eq!(from_u256(U256::from_be_bytes(to_be_bytes(&element))), Some(element));
        }
    }
}
