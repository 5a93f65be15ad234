//! Schnorr signatures over the twisted Edwards curve inside BN254.
//!
//! Source: EspressoSystems/jellyfish `signature/src/schnorr.rs`. Of the verifier only the Rescue hash is
//! used, which the published commitments of real tables prove right.

use ark_bn254::Fr;
use ark_ec::{AffineRepr as _, CurveGroup as _};
use ark_ed_on_bn254::{EdwardsAffine, Fr as Scalar};
use ark_ff::{BigInteger as _, PrimeField};
use hotshot_light_client::hash::rescue;

use super::Validator;
use crate::model::SchnorrSignature;

fn le<F: PrimeField>(value: &F) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.iter_mut().zip(value.into_bigint().to_bytes_le()).for_each(|(to, from)| *to = from);
    bytes
}

/// Signs with the deterministic nonce of the reference: s and the commitment to the nonce.
fn sign(validator: &Validator, message: &[Fr]) -> (Scalar, EdwardsAffine) {
    let domain = Fr::from_be_bytes_mod_order(b"SCHNORR_WITH_RESCUE_HASH_v01");
    let secret = Fr::from_le_bytes_mod_order(&le(&validator.schnorr_secret));
    let nonce = rescue::hash([domain, secret].into_iter().chain(message.iter().copied()));
    let nonce = Scalar::from_le_bytes_mod_order(&le(&nonce));
    let commitment = (EdwardsAffine::generator() * nonce).into_affine();
    let key = &validator.schnorr_point;
    let points = [domain, key.x, key.y, commitment.x, commitment.y];
    let hash = le(&rescue::hash(points.into_iter().chain(message.iter().copied())));
    let challenge = Scalar::from_le_bytes_mod_order(hash.get(..31).unwrap_or_default());
    (nonce + challenge * validator.schnorr_secret, commitment)
}

/// A signature as query services write it: s, and the commitment's coordinates.
pub fn schnorr_sign(validator: &Validator, message: &[Fr]) -> SchnorrSignature {
    let (scalar, commitment) = sign(validator, message);
    let mut bytes = [0; 96];
    let parts = [le(&scalar), le(&commitment.x), le(&commitment.y)];
    bytes.iter_mut().zip(parts.as_flattened()).for_each(|(to, from)| *to = *from);
    SchnorrSignature::new(bytes)
}

/// A signature of bytes as the stake table contract takes it: s, and the commitment compressed.
pub fn schnorr_sign_bytes(validator: &Validator, message: &[u8]) -> [u8; 64] {
    let hash = rescue::hash(message.chunks(31).map(Fr::from_le_bytes_mod_order));
    let (scalar, commitment) = sign(validator, &[hash]);
    let mut bytes = [0; 64];
    let parts = [le(&scalar), le(&commitment.y)];
    bytes.iter_mut().zip(parts.as_flattened()).for_each(|(to, from)| *to = *from);
    if commitment.x.into_bigint() > (-commitment.x).into_bigint() {
        bytes.iter_mut().rev().take(1).for_each(|top| *top |= 0x80);
    }
    bytes
}
