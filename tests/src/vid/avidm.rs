//! AvidM: EspressoSystems/espresso-network `vid/src/avidm.rs`, `vid/algorithm.md`.

use ark_bn254::Fr;
use ark_ff::{BigInteger as _, PrimeField as _};
use ark_poly::{EvaluationDomain as _, GeneralEvaluationDomain};
use hotshot_light_client::encoding::committable::keccak256;

use super::tree::{TreeHash, root};

/// Bytes that fit a field element with certainty.
const ELEMENT: usize = 31;

/// The commitment of one namespace for `n` shares of which `k` recover it.
pub(super) fn namespace_commitment(payload: &[u8], k: usize, n: usize) -> [u8; 32] {
    let mut padded = payload.to_vec();
    padded.push(1);
    padded.resize(padded.len().next_multiple_of(ELEMENT * k), 0);
    let elements: Vec<Fr> = padded.chunks(ELEMENT).map(Fr::from_le_bytes_mod_order).collect();
    // BN254's scalar field has two-adicity 28: a domain for any stake table exists.
    let Some(domain) = GeneralEvaluationDomain::<Fr>::new(n) else { return [0; 32] };
    let groups: Vec<Vec<Fr>> = elements.chunks(k).map(|coefficients| domain.fft(coefficients)).collect();
    let count = (groups.len() as u64).to_le_bytes();
    let digest = |share: usize| {
        let mut bytes = count.to_vec();
        for value in groups.iter().filter_map(|group| group.get(share)) {
            bytes.extend(value.into_bigint().to_bytes_le());
        }
        keccak256(&[&bytes])
    };
    root(TreeHash::Keccak3, &(0..n).map(digest).collect::<Vec<_>>())
}
