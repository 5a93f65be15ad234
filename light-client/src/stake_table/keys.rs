//! The keys of validators, from what the contract logged.
//!
//! Source: EspressoSystems/espresso-network `contracts/rust/adapter/src/{stake_table,points}.rs` and
//! `crates/hotshot/types/src/x25519.rs`. What is no key is no error here: the validator is then
//! registered without.

use core::cmp::Ordering;

use super::event::{G2Coordinates, PointCoordinates};
use crate::encoding::integer::{U256, remainder};
use crate::hash::rescue;
use crate::signature::{bls, schnorr};

/// The modulus of the base field of BN254.
const BASE_MODULUS: U256 =
    U256::from_limbs([0x3c20_8c16_d87c_fd47, 0x9781_6a91_6871_ca8d, 0xb850_45b6_8181_585d, 0x3064_4e72_e131_a029]);

/// Flag in the last byte of a point: of a coordinate and its negative, this is the larger.
const LARGER: u8 = 0x80;

/// A BLS key as the contract logged it. Coordinates are reduced modulo the field first, as the nodes
/// do: there are several ways to log one key, and all of them are that key.
pub fn bls_key(logged: &G2Coordinates) -> Option<bls::VerificationKey> {
    let [x0, x1, y0, y1] = [logged.x0, logged.x1, logged.y0, logged.y1].map(|word| remainder(word, BASE_MODULUS));
    let larger = is_larger(if y1.is_zero() { y0 } else { y1 });
    bls::VerificationKey::from_bytes(&join([x0, x1, y0, y1], larger)).ok()
}

/// A BLS signature as the contract logged it, its coordinates reduced as well. Infinity, which the
/// contract writes as (0, 0), is none.
pub fn bls_signature(logged: &PointCoordinates) -> Option<bls::Signature> {
    let [x, y] = [logged.x, logged.y].map(|word| remainder(word, BASE_MODULUS));
    bls::Signature::from_bytes(&join([x, y], is_larger(y))).ok()
}

/// An X25519 key as the contract logged it: 32 bytes, little-endian. Zero and values from 2^255 − 19
/// to 2^255 − 1 are none; the nodes' parser lets those with the highest bit pass.
pub fn x25519_key(logged: &[u8; 32]) -> Option<[u8; 32]> {
    let value = U256::from_le_bytes(*logged);
    let top = U256::ONE << 255;
    let refused = value.is_zero() || (value < top && value >= top - U256::from(19));
    (!refused).then_some(*logged)
}

fn is_larger(coordinate: U256) -> bool {
    coordinate > BASE_MODULUS >> 1
}

/// Coordinates as 32 bytes each, little-endian, and the flag.
fn join<const COORDINATES: usize, const N: usize>(coordinates: [U256; COORDINATES], larger: bool) -> [u8; N] {
    let mut bytes = [0; N];
    for (chunk, coordinate) in bytes.chunks_exact_mut(32).zip(coordinates) {
        chunk.copy_from_slice(&coordinate.to_le_bytes::<32>());
    }
    if let (Some(last), true) = (bytes.last_mut(), larger) {
        *last |= LARGER;
    }
    bytes
}

/// A BLS key in compressed form, ordered as the nodes order keys: by x, then y, the imaginary part
/// of a coordinate before its real part, as integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompressedBlsKey([u8; 64]);

impl CompressedBlsKey {
    /// The compressed form of a key.
    pub fn of(key: &bls::VerificationKey) -> Self {
        Self(key.compressed())
    }

    /// The form as bytes of unknown origin: of a stored state, whose hash decides about it.
    pub(super) const fn from_bytes(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// The bytes: x.c0 and x.c1, little-endian, with the sign of y in the highest bit.
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }

    fn order(&self) -> (U256, U256, bool) {
        let mut bytes = self.0;
        let mut larger = false;
        if let Some(last) = bytes.last_mut() {
            larger = *last & LARGER != 0;
            *last &= !LARGER;
        }
        let ([c0, c1], _) = bytes.as_chunks::<32>() else { return (U256::ZERO, U256::ZERO, larger) };
        (U256::from_le_bytes(*c1), U256::from_le_bytes(*c0), larger)
    }
}

impl Ord for CompressedBlsKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order().cmp(&other.order())
    }
}

impl PartialOrd for CompressedBlsKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A Schnorr key, ordered as the nodes order keys: by its affine coordinates as integers, x first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SchnorrKey(schnorr::VerificationKey);

impl SchnorrKey {
    /// A key as the contract logged it. Its coordinates are not reduced: there is one way to log it.
    pub fn from_logged(logged: &PointCoordinates) -> Option<Self> {
        Self::from_bytes(&join([logged.x, logged.y], false))
    }

    /// Reads x ‖ y, each little-endian.
    pub fn from_bytes(bytes: &[u8; 64]) -> Option<Self> {
        schnorr::VerificationKey::from_bytes(bytes).map(Self)
    }

    /// x ‖ y, each little-endian.
    pub fn to_bytes(&self) -> [u8; 64] {
        self.0.to_bytes()
    }

    /// The compressed form, in hashes: y, little-endian, and the sign of x in the highest bit.
    pub fn compressed(&self) -> [u8; 32] {
        self.0.compressed()
    }

    /// Whether the key's owner signed 32 bytes. Of a longer signature the head counts.
    pub fn signed(&self, message: &[u8; 32], signature: &[u8]) -> bool {
        let signature = signature.first_chunk().and_then(schnorr::Signature::from_compressed);
        signature.is_some_and(|signature| self.0.signed(&[rescue::hash_bytes(message)], &signature))
    }
}

impl Ord for SchnorrKey {
    fn cmp(&self, other: &Self) -> Ordering {
        let (left, right) = (self.0.point(), other.0.point());
        left.x.cmp(&right.x).then_with(|| left.y.cmp(&right.y))
    }
}

impl PartialOrd for SchnorrKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::keys;
    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    #[test]
    fn x25519_keys() {
        let key = |value: U256| x25519_key(&value.to_le_bytes::<32>()).is_some();
        let prime = (U256::ONE << 255) - U256::from(19);
        assert!(!key(U256::ZERO));
        assert!(key(U256::ONE) && key(prime - U256::ONE));
        assert!(!key(prime) && !key((U256::ONE << 255) - U256::ONE));
        // Not canonical either, but the nodes' parser does not notice.
        assert!(key(U256::ONE << 255) && key(U256::MAX));
    }

    #[test]
    fn coordinates_of_bls_keys_are_reduced() {
        let logged = keys(1).bls;
        let key = bls_key(&logged).unwrap();
        for shifted in [
            G2Coordinates { x0: logged.x0 + BASE_MODULUS, ..logged },
            G2Coordinates { y1: logged.y1 + BASE_MODULUS + BASE_MODULUS, ..logged },
        ] {
            assert_eq!(bls_key(&shifted), Some(key));
        }
        let negative = G2Coordinates { y0: BASE_MODULUS - logged.y0, y1: BASE_MODULUS - logged.y1, ..logged };
        let negative = bls_key(&negative).unwrap();
        assert_ne!(negative, key);
        assert_eq!(negative.compressed()[..63], key.compressed()[..63]);
        assert_eq!(bls_key(&G2Coordinates::default()), None);
        assert_eq!(bls_key(&G2Coordinates { x0: BASE_MODULUS, ..G2Coordinates::default() }), None);
        assert_eq!(bls_signature(&PointCoordinates::default()), None);
        assert_eq!(bls_signature(&PointCoordinates { x: BASE_MODULUS, y: BASE_MODULUS }), None);
    }

    #[test]
    fn keys_are_sorted_as_integers() {
        use ark_ec::AffineRepr as _;
        let all: Vec<_> = (0..40).map(keys).collect();
        let mut bls: Vec<_> = all.iter().map(|keys| bls_key(&keys.bls).unwrap()).collect();
        let negated: Vec<_> = all
            .iter()
            .map(|keys| {
                let [y0, y1] = [keys.bls.y0, keys.bls.y1].map(|y| BASE_MODULUS - y);
                bls_key(&G2Coordinates { y0, y1, ..keys.bls }).unwrap()
            })
            .collect();
        bls.extend(negated);
        bls.sort_by_key(CompressedBlsKey::of);
        assert!(bls.windows(2).all(|pair| pair[0].point().xy() < pair[1].point().xy()), "as arkworks compares points");
        let mut schnorr: Vec<_> = all.iter().map(|keys| keys.schnorr).collect();
        schnorr.sort_by_key(|key| SchnorrKey::from_logged(key).unwrap());
        assert!(schnorr.windows(2).all(|pair| (pair[0].x, pair[0].y) < (pair[1].x, pair[1].y)));
    }

    proptest! {
        #[test]
        fn never_panics(limbs in any::<[[u64; 4]; 4]>(), bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let [x0, x1, y0, y1] = limbs.map(U256::from_limbs);
            let _ = bls_key(&G2Coordinates { x0, x1, y0, y1 });
            let _ = bls_signature(&PointCoordinates { x: x0, y: x1 });
            let _ = SchnorrKey::from_logged(&PointCoordinates { x: y0, y: y1 });
            let key = SchnorrKey::from_logged(&keys(1).schnorr).unwrap();
            prop_assert!(!key.signed(&[0; 32], &bytes));
        }
    }
}
