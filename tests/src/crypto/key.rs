//! Keys of validators, and the encodings of points.

use ark_bn254::{Fq, Fr, G1Affine, G2Affine};
use ark_ec::{AffineRepr as _, CurveGroup as _};
use ark_ff::{BigInteger as _, PrimeField, Zero as _};

use super::Dice;
use crate::model::{Address, BlsSignature, BlsVerificationKey, SchnorrVerificationKey};

/// A validator with INSECURE DEVNET keys.
#[derive(Clone)]
pub struct Validator {
    /// Its number; keys depend on it and the seed only.
    pub index: u64,
    /// Its account on the L1.
    pub account: Address,
    /// Its BLS secret.
    pub bls_secret: Fr,
    /// Its BLS key as a point.
    pub bls_point: G2Affine,
    /// Its BLS key.
    pub bls_key: BlsVerificationKey,
    /// Its Schnorr secret.
    pub schnorr_secret: ark_ed_on_bn254::Fr,
    /// Its Schnorr key as a point.
    pub schnorr_point: ark_ed_on_bn254::EdwardsAffine,
    /// Its Schnorr key.
    pub schnorr_key: SchnorrVerificationKey,
    /// Its x25519 key: any canonical non-zero integer will do, nobody opens a connection with it.
    pub x25519_key: [u8; 32],
}

impl Validator {
    /// The validator of this number under a seed.
    pub fn derive(seed: &str, index: u64) -> Self {
        let mut dice = Dice::new(seed, "validator", index);
        let mut bls_secret = Fr::from_le_bytes_mod_order(&dice.bytes());
        if bls_secret.is_zero() {
            bls_secret = Fr::from(1u64);
        }
        let bls_point = (G2Affine::generator() * bls_secret).into_affine();
        let mut schnorr_secret = ark_ed_on_bn254::Fr::from_le_bytes_mod_order(&dice.bytes());
        if schnorr_secret.is_zero() {
            schnorr_secret = ark_ed_on_bn254::Fr::from(1u64);
        }
        let schnorr_point = (ark_ed_on_bn254::EdwardsAffine::generator() * schnorr_secret).into_affine();
        let mut schnorr_bytes = [0; 64];
        let (x, y) = schnorr_bytes.split_at_mut(32);
        x.copy_from_slice(&le(&schnorr_point.x));
        y.copy_from_slice(&le(&schnorr_point.y));
        let mut x25519_key = dice.bytes();
        x25519_key.iter_mut().rev().take(1).for_each(|top| *top &= 0x3f);
        let mut account = [0; 20];
        account.copy_from_slice(dice.fill(20).as_slice());
        Self {
            index,
            account: Address(account),
            bls_secret,
            bls_point,
            bls_key: BlsVerificationKey::new(encode_g2(&bls_point)),
            schnorr_secret,
            schnorr_point,
            schnorr_key: SchnorrVerificationKey::new(schnorr_bytes),
            x25519_key,
        }
    }
}

fn le<F: PrimeField>(value: &F) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.iter_mut().zip(value.into_bigint().to_bytes_le()).for_each(|(to, from)| *to = from);
    bytes
}

const LARGER_ROOT: u8 = 0x80;

fn flag(bytes: &mut [u8], larger: bool) {
    if let (Some(last), true) = (bytes.last_mut(), larger) {
        *last |= LARGER_ROOT;
    }
}

/// x ‖ y, little-endian, the top bit telling the larger root.
pub fn encode_g1(point: &G1Affine) -> [u8; 64] {
    let mut bytes = [0; 64];
    for (chunk, coordinate) in bytes.chunks_mut(32).zip([point.x, point.y]) {
        chunk.copy_from_slice(&le(&coordinate));
    }
    flag(&mut bytes, point.y.into_bigint() > (-point.y).into_bigint());
    bytes
}

/// x.c0 ‖ x.c1 ‖ y.c0 ‖ y.c1, little-endian, the top bit telling the larger root.
pub fn encode_g2(point: &G2Affine) -> [u8; 128] {
    let mut bytes = [0; 128];
    for (chunk, coordinate) in bytes.chunks_mut(32).zip([point.x.c0, point.x.c1, point.y.c0, point.y.c1]) {
        chunk.copy_from_slice(&le(&coordinate));
    }
    let order = |c1: Fq, c0: Fq| (c1.into_bigint(), c0.into_bigint());
    flag(&mut bytes, order(point.y.c1, point.y.c0) > order(-point.y.c1, -point.y.c0));
    bytes
}

/// An aggregated signature.
pub(super) fn signature(point: &G1Affine) -> BlsSignature {
    BlsSignature::new(encode_g1(point))
}

/// The first coordinate of a BLS key, its top bit telling the larger root.
pub fn compressed_bls(validator: &Validator) -> [u8; 64] {
    let mut key = [0; 64];
    key.iter_mut().zip(validator.bls_key.bytes).for_each(|(to, from)| *to = from);
    let larger = validator.bls_key.bytes.last().map_or(0, |top| top & 0x80);
    key.iter_mut().rev().take(1).for_each(|top| *top |= larger);
    key
}
