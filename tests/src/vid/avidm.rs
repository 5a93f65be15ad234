//! AvidM: EspressoSystems/espresso-network `vid/src/avidm.rs`, `vid/algorithm.md`.

use ark_bn254::Fr;
use ark_ff::{BigInteger as _, PrimeField as _};
use ark_poly::{EvaluationDomain as _, GeneralEvaluationDomain};
use hotshot_light_client::encoding::committable::keccak256;

use super::tree::{TreeHash, root};

/// Bytes that fit a field element with certainty.
pub const ELEMENT: usize = 31;

/// The bytes of a namespace as they are encoded: ended by a one and padded with zeros to whole groups
/// of `k` elements.
pub fn padded(payload: &[u8], k: usize) -> Vec<u8> {
    let mut padded = payload.to_vec();
    padded.push(1);
    padded.resize(padded.len().next_multiple_of(ELEMENT * k), 0);
    padded
}

/// The shares of one namespace: of each, its value in every group.
pub fn shares(payload: &[u8], k: usize, n: usize) -> Vec<Vec<[u8; 32]>> {
    let padded = padded(payload, k);
    let elements: Vec<Fr> = padded.chunks(ELEMENT).map(Fr::from_le_bytes_mod_order).collect();
    // BN254's scalar field has two-adicity 28: a domain for any stake table exists.
    let Some(domain) = GeneralEvaluationDomain::<Fr>::new(n) else { return Vec::new() };
    let groups: Vec<Vec<Fr>> = elements.chunks(k).map(|coefficients| domain.fft(coefficients)).collect();
    let value = |group: &Vec<Fr>, share: usize| {
        let mut bytes = [0; 32];
        let value = group.get(share).map(|value| value.into_bigint().to_bytes_le()).unwrap_or_default();
        bytes.iter_mut().zip(value).for_each(|(to, from)| *to = from);
        bytes
    };
    (0..n).map(|share| groups.iter().map(|group| value(group, share)).collect()).collect()
}

/// The digest of a share.
pub fn digest(share: &[[u8; 32]]) -> [u8; 32] {
    keccak256(&[&(share.len() as u64).to_le_bytes(), &share.concat()])
}

/// The commitment of one namespace for `n` shares of which `k` recover it.
pub(super) fn namespace_commitment(payload: &[u8], k: usize, n: usize) -> [u8; 32] {
    root(TreeHash::Keccak3, &shares(payload, k, n).iter().map(|share| digest(share)).collect::<Vec<_>>())
}
