//! AvidM over GF(2^16): EspressoSystems/espresso-network `vid/src/avidm_gf2.rs`.

use super::tree::{TreeHash, root};

/// The commitment of one namespace for `n` shares of which `k` recover it.
pub(super) fn namespace_commitment(payload: &[u8], k: usize, n: usize) -> Result<[u8; 32], reed_solomon_simd::Error> {
    let shard = (payload.len() + 1).div_ceil(k).next_multiple_of(2);
    let mut padded = payload.to_vec();
    padded.push(1);
    padded.resize(shard * k, 0);
    let mut shards: Vec<Vec<u8>> = padded.chunks(shard).map(<[u8]>::to_vec).collect();
    if n > k {
        shards.extend(reed_solomon_simd::encode(k, n - k, &shards)?);
    }
    let digests: Vec<[u8; 32]> = shards.iter().map(|shard| blake3::hash(shard).into()).collect();
    Ok(root(TreeHash::Blake4, &digests))
}
