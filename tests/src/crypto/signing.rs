//! Certificates with real aggregate signatures.

use ark_bn254::Fr;
use ark_ec::CurveGroup as _;

use super::{Validator, hash_to_curve, key::signature};
use crate::model::{Bits, BlsSignature, Certificate, CertificateData, Signatures, vote_commitment};

/// The sum of the signers' signatures of a message. As all of them sign the same point, it is that
/// point times the sum of their secrets: one multiplication however many sign.
pub fn aggregate<'a>(message: &[u8], signers: impl IntoIterator<Item = &'a Validator>) -> BlsSignature {
    let secret: Fr = signers.into_iter().map(|signer| signer.bls_secret).sum();
    signature(&(hash_to_curve(message) * secret).into_affine())
}

/// A certificate over `data`, signed in `view` by the validators whose flag is set.
pub fn certify<D: CertificateData>(data: D, view: u64, table: &[&Validator], flags: &[bool]) -> Certificate<D> {
    let message = vote_commitment(&data, view);
    let signers = table.iter().zip(flags).filter(|(_, flag)| **flag).map(|(validator, _)| *validator);
    let signatures = Signatures(aggregate(&message.bytes, signers), Bits::from_flags(flags));
    Certificate::new(data, message, view, Some(signatures))
}
