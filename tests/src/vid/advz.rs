//! ADVZ, before 0.3: EspressoSystems/jellyfish tag `jf-vid-v0.2.0`, `vid/src/advz.rs`.
//!
//! The real network commits with the powers of tau of a public ceremony. The devnet knows its tau,
//! which is as INSECURE as its keys: the form of the commitments is right, nobody can open them
//! safely.

use ark_bn254::{Fr, G1Affine};
use ark_ec::{AffineRepr as _, CurveGroup as _};
use ark_ff::{BigInteger as _, PrimeField as _};
use ark_poly::{
    DenseUVPolynomial as _, EvaluationDomain as _, GeneralEvaluationDomain, Polynomial as _,
    univariate::DensePolynomial,
};
use hotshot_light_client::encoding::{committable::keccak256, tagged_base64};
use sha2::Digest as _;

use crate::{
    crypto::encode_g1,
    model::{AdvzCommon, Payload, VidCommon},
};

const ELEMENT: usize = 31;

/// Commitment and common data for a number of storage nodes.
pub(super) fn commit(payload: &[u8], nodes: u32) -> ([u8; 32], AdvzCommon) {
    let size = 1usize << nodes.max(1).ilog2();
    let tau = Fr::from_le_bytes_mod_order(&keccak256(&[b"INSECURE HotShot devnet tau"]));
    let elements: Vec<Fr> = payload.chunks(ELEMENT).map(Fr::from_le_bytes_mod_order).collect();
    let domain = GeneralEvaluationDomain::<Fr>::new(size);
    let (mut points, mut evaluations) = (Vec::new(), Vec::new());
    for values in elements.chunks(size) {
        let coefficients = domain.map(|domain| domain.ifft(values)).unwrap_or_default();
        let polynomial = DensePolynomial::from_coefficients_vec(coefficients);
        points.push((G1Affine::generator() * polynomial.evaluate(&tau)).into_affine());
        let shares = GeneralEvaluationDomain::<Fr>::new(nodes.max(1) as usize);
        let shares = shares.map(|domain| domain.fft(&polynomial.coeffs)).unwrap_or_default();
        evaluations.extend(shares.iter().flat_map(|value| value.into_bigint().to_bytes_le()));
    }
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    let mut hasher = sha2::Sha256::new();
    hasher.update(length.to_le_bytes());
    hasher.update(nodes.to_le_bytes());
    let mut compressed = (points.len() as u64).to_le_bytes().to_vec();
    for point in &points {
        let bytes = encode_g1(point);
        hasher.update(bytes);
        let (x, y) = bytes.split_at(32);
        let flag = y.last().map_or(0, |top| top & 0x80);
        compressed.extend_from_slice(x);
        if let Some(top) = compressed.last_mut() {
            *top |= flag;
        }
    }
    let common = AdvzCommon {
        poly_commits: tagged_base64::encode("FIELD", &compressed),
        all_evals_digest: tagged_base64::encode("FIELD", &keccak256(&[&evaluations])),
        payload_byte_len: length,
        num_storage_nodes: nodes,
        multiplicity: 1,
    };
    (hasher.finalize().into(), common)
}

/// The rest of the polynomials that a namespace touches: what a reader needs to commit to them anew.
/// Source: EspressoSystems/jellyfish tag `jf-vid-v0.2.0`, `vid/src/advz/payload_prover.rs`.
pub fn namespace_proof(payload: &Payload, index: usize, common: &VidCommon) -> serde_json::Value {
    let (VidCommon::V0(common), Some(namespace)) =
        (common, super::namespace_ranges(&payload.ns_table.bytes.0).into_iter().nth(index))
    else {
        return serde_json::Value::Null;
    };
    let bytes = &payload.raw_payload.0;
    let size = 1usize << common.num_storage_nodes.max(1).ilog2();
    let elements: Vec<&[u8]> = bytes.chunks(ELEMENT).collect();
    let (first, after) = (namespace.range.start / ELEMENT, namespace.range.end.div_ceil(ELEMENT));
    let field = |elements: &[&[u8]]| {
        let mut encoded = (elements.len() as u64).to_le_bytes().to_vec();
        for element in elements {
            encoded.extend_from_slice(element);
            encoded.resize(encoded.len() + 32 - element.len(), 0);
        }
        tagged_base64::encode("FIELD", &encoded)
    };
    let end = after.next_multiple_of(size).min(elements.len());
    serde_json::json!({
        "prefix_elems": field(elements.get(first / size * size..first).unwrap_or_default()),
        "suffix_elems": field(elements.get(after..end).unwrap_or_default()),
        "prefix_bytes": bytes.get(first * ELEMENT..namespace.range.start).unwrap_or_default(),
        "suffix_bytes": bytes.get(namespace.range.end..(after * ELEMENT).min(bytes.len())).unwrap_or_default(),
    })
}
