//! The commitment of one namespace under AvidmGf2, from protocol 0.6.
//!
//! The payload, a byte 1 and zeros are cut into `k` shards of `⌈(length + 1) / k⌉` bytes, rounded
//! up to an even number; `n - k` recovery shards are added; the commitment is the root over the
//! BLAKE3 digests of all `n` shards. Within a shard, blocks of 64 bytes hold the low bytes of 32
//! elements, then their high bytes; a shorter last block is split into halves the same way.
//! Source: `espresso-network` `vid/src/avidm_gf2.rs`.

use alloc::vec;
use alloc::vec::Vec;

use crate::data::vid::parameters::VidParameters;
use crate::data::vid::reed_solomon::Encoder;
use crate::hash::merkle_node::Node;
use crate::hash::merkle_vid::AVIDM_GF2;
use crate::rejection::Rejected;

/// Bytes of a block of 32 elements.
const BLOCK_LENGTH: usize = 64;

/// Bytes of every shard that one unit of work covers: whole blocks, few enough for a unit of a few
/// milliseconds in a browser, and for the rows of one transform to stay in a processor's cache.
const STRIP_LENGTH: usize = 8 * BLOCK_LENGTH;

/// The computation of one commitment, resumable after every strip.
#[derive(Clone, Debug)]
pub struct AvidmGf2Commitment {
    threshold: usize,
    recoveries: usize,
    shard_length: usize,
    /// The digest of each shard so far.
    hashers: Vec<blake3::Hasher>,
    encoder: Encoder,
    next_start: usize,
}

impl AvidmGf2Commitment {
    /// Starts for a payload of `length` bytes.
    ///
    /// # Errors
    /// `vid.parameters`.
    pub fn new(length: usize, parameters: &VidParameters) -> Result<Self, Rejected> {
        let (threshold, total) = (parameters.recovery_threshold(), parameters.total_weight());
        let shard_length = length.saturating_add(1).div_ceil(threshold).next_multiple_of(2);
        let recoveries = total - threshold;
        let width = STRIP_LENGTH.min(shard_length) / 2;
        Ok(Self {
            threshold,
            recoveries,
            shard_length,
            hashers: vec![blake3::Hasher::new(); total],
            encoder: Encoder::new(threshold, recoveries, width)?,
            next_start: 0,
        })
    }

    /// How many units of work are left; a unit is one strip of every shard.
    pub fn remaining(&self) -> usize {
        (self.shard_length - self.next_start).div_ceil(STRIP_LENGTH)
    }

    /// Does one unit. `payload` is the same at every call.
    pub fn step(&mut self, payload: &[u8]) {
        let start = self.next_start;
        let length = STRIP_LENGTH.min(self.shard_length - start);
        if length == 0 {
            return;
        }
        let mut strip = [0; STRIP_LENGTH];
        let Some(strip) = strip.get_mut(..length) else { return };
        let mut recovered = [0; STRIP_LENGTH];
        let Some(recovered) = recovered.get_mut(..length) else { return };
        let (originals, recoveries) = self.hashers.split_at_mut(self.threshold);
        let shard_length = self.shard_length;
        self.encoder.encode(
            |index, row| {
                padded_bytes(payload, index.saturating_mul(shard_length).saturating_add(start), strip);
                if let Some(hasher) = originals.get_mut(index) {
                    hasher.update(strip);
                }
                to_elements(strip, row);
            },
            |index, row| {
                to_bytes(row, recovered);
                if let Some(hasher) = recoveries.get_mut(index) {
                    hasher.update(recovered);
                }
            },
        );
        self.next_start += length;
    }

    /// The commitment, once nothing remains.
    pub fn finish(self) -> Node {
        debug_assert_eq!(self.hashers.len(), self.threshold + self.recoveries);
        let digests: Vec<Node> = self.hashers.iter().map(|hasher| hasher.finalize().into()).collect();
        AVIDM_GF2.root(&digests)
    }
}

/// Bytes from `start` on of the payload followed by a byte 1 and zeros without end.
fn padded_bytes(payload: &[u8], start: usize, bytes: &mut [u8]) {
    let rest = payload.get(start..).unwrap_or_default();
    let (copied, padding) = bytes.split_at_mut(rest.len().min(bytes.len()));
    for (byte, source) in copied.iter_mut().zip(rest) {
        *byte = *source;
    }
    padding.fill(0);
    if let (Some(mark), true) = (padding.first_mut(), start <= payload.len()) {
        *mark = 1;
    }
}

fn to_elements(bytes: &[u8], elements: &mut [u16]) {
    for (block, row) in bytes.chunks(BLOCK_LENGTH).zip(elements.chunks_mut(BLOCK_LENGTH / 2)) {
        let (low, high) = block.split_at(block.len() / 2);
        for ((low, high), element) in low.iter().zip(high).zip(row) {
            *element = u16::from_le_bytes([*low, *high]);
        }
    }
}

fn to_bytes(elements: &[u16], bytes: &mut [u8]) {
    for (block, row) in bytes.chunks_mut(BLOCK_LENGTH).zip(elements.chunks(BLOCK_LENGTH / 2)) {
        let (low, high) = block.split_at_mut(block.len() / 2);
        for ((low, high), element) in low.iter_mut().zip(high).zip(row) {
            [*low, *high] = element.to_le_bytes();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::committable::keccak256;
    use proptest::prelude::*;

    /// The definition, with the reference crate and everything in memory at once.
    fn direct(payload: &[u8], parameters: &VidParameters) -> Node {
        let (k, n) = (parameters.recovery_threshold(), parameters.total_weight());
        let length = (payload.len() + 1).div_ceil(k).next_multiple_of(2);
        let mut padded = payload.to_vec();
        padded.push(1);
        padded.resize(k * length, 0);
        let mut shards: Vec<Vec<u8>> = padded.chunks(length).map(<[u8]>::to_vec).collect();
        if n > k {
            shards.extend(reed_solomon_simd::encode(k, n - k, padded.chunks(length)).unwrap());
        }
        let digests: Vec<Node> = shards.iter().map(|shard| *blake3::hash(shard).as_bytes()).collect();
        AVIDM_GF2.root(&digests)
    }

    fn stepped(payload: &[u8], parameters: &VidParameters) -> Node {
        let mut commitment = AvidmGf2Commitment::new(payload.len(), parameters).unwrap();
        while commitment.remaining() > 0 {
            let before = commitment.remaining();
            commitment.step(payload);
            assert_eq!(commitment.remaining() + 1, before);
        }
        commitment.finish()
    }

    fn payload(length: usize) -> Vec<u8> {
        (0u64..).flat_map(|block| keccak256(&[&block.to_le_bytes()])).take(length).collect()
    }

    #[test]
    fn equals_the_definition() {
        for (length, weight) in
            [(0, 1), (0, 5), (1, 1), (1, 2), (1564, 10), (40_000, 10), (100, 1059), (60_000, 4), (200_000, 100)]
        {
            let parameters = VidParameters::from_served(weight).unwrap();
            let payload = payload(length);
            assert_eq!(stepped(&payload, &parameters), direct(&payload, &parameters), "{length} {weight}");
        }
    }

    #[test]
    fn padding() {
        let mut bytes = [7; 4];
        padded_bytes(b"abcdef", 4, &mut bytes);
        assert_eq!(bytes, [b'e', b'f', 1, 0]);
        padded_bytes(b"abcd", 4, &mut bytes);
        assert_eq!(bytes, [1, 0, 0, 0]);
        padded_bytes(b"abcd", 5, &mut bytes);
        assert_eq!(bytes, [0; 4]);
        padded_bytes(b"abcdef", 1, &mut bytes);
        assert_eq!(&bytes, b"bcde");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        #[test]
        fn equals_the_definition_for_any_size(length in 0usize..20_000, weight in 1u64..40) {
            let parameters = VidParameters::from_served(weight).unwrap();
            let payload = payload(length);
            prop_assert_eq!(stepped(&payload, &parameters), direct(&payload, &parameters));
        }
    }
}
