//! The commitment of one namespace under AvidM, protocols 0.3 to 0.5.
//!
//! The payload, a byte 1 and zeros up to a multiple of `31·k` bytes are cut into groups of `k`
//! elements of 31 little-endian bytes: the coefficients of one polynomial each. Share `i` is the
//! value of every polynomial at `ω^i`; its digest is
//! `Keccak(le64 groups ‖ each value as 32 bytes little-endian)`, and the commitment is the root
//! over the digests of all `n` shares. Source: `espresso-network` `vid/src/avidm.rs`.

use alloc::vec;
use alloc::vec::Vec;

use sha3::Digest as _;

use crate::bn254::transform::Value;
use crate::data::vid::ntt::{Evaluator, value_from_bytes, value_to_bytes};
use crate::data::vid::parameters::VidParameters;
use crate::hash::merkle_node::Node;
use crate::hash::merkle_vid::AVIDM;
use crate::rejection::Rejected;

/// Bytes of payload in one element.
pub const ELEMENT_LENGTH: usize = 31;

/// So many digests end in one unit of work.
const DIGESTS_PER_UNIT: usize = 256;

/// The computation of one commitment, resumable after every group of elements.
#[derive(Clone, Debug)]
pub struct AvidMCommitment {
    evaluator: Evaluator,
    /// The digest of each share so far, the last share first once all groups are done.
    hashers: Vec<sha3::Keccak256>,
    /// The digests that are done, from the first share on.
    digests: Vec<Node>,
    coefficients: Vec<Value>,
    groups: usize,
    next_group: usize,
}

impl AvidMCommitment {
    /// Starts for a payload of `length` bytes.
    ///
    /// # Errors
    /// `vid.parameters`.
    pub fn new(length: usize, parameters: &VidParameters) -> Result<Self, Rejected> {
        let (k, n) = (parameters.recovery_threshold(), parameters.total_weight());
        let evaluator = Evaluator::new(k, n)?;
        let groups = (length.saturating_add(1)).div_ceil(ELEMENT_LENGTH * k);
        let hasher = sha3::Keccak256::new_with_prefix((groups as u64).to_le_bytes());
        Ok(Self {
            evaluator,
            hashers: vec![hasher; n],
            digests: Vec::with_capacity(n),
            coefficients: vec![Value::ZERO; k],
            groups,
            next_group: 0,
        })
    }

    /// How many units of work are left; a unit is one polynomial at all points, or the ends of so many digests.
    pub fn remaining(&self) -> usize {
        self.groups - self.next_group + self.hashers.len().div_ceil(DIGESTS_PER_UNIT)
    }

    /// Does one unit. `payload` is the same at every call.
    pub fn step(&mut self, payload: &[u8]) {
        if self.next_group >= self.groups {
            self.end_digests(DIGESTS_PER_UNIT);
            return;
        }
        let first = self.next_group.saturating_mul(self.coefficients.len());
        for (index, coefficient) in self.coefficients.iter_mut().enumerate() {
            *coefficient = value_from_bytes(&padded_element(payload, first.saturating_add(index)));
        }
        let hashers = &mut self.hashers;
        self.evaluator.evaluate(&self.coefficients, |point, value| {
            if let Some(hasher) = hashers.get_mut(point) {
                hasher.update(value_to_bytes(value));
            }
        });
        self.next_group += 1;
    }

    fn end_digests(&mut self, most: usize) {
        if self.digests.is_empty() {
            self.hashers.reverse();
        }
        let rest = self.hashers.len().saturating_sub(most);
        let ended = self.hashers.drain(rest..).rev().map(|hasher| Node::from(hasher.finalize()));
        self.digests.extend(ended);
    }

    /// The commitment, once nothing remains.
    pub fn finish(mut self) -> Node {
        self.end_digests(usize::MAX);
        AVIDM.root(&self.digests)
    }
}

/// Element `index` of the payload followed by a byte 1 and zeros without end.
fn padded_element(payload: &[u8], index: usize) -> [u8; ELEMENT_LENGTH] {
    let mut element = [0; ELEMENT_LENGTH];
    let start = index.saturating_mul(ELEMENT_LENGTH);
    let rest = payload.get(start..).unwrap_or_default();
    for (byte, source) in element.iter_mut().zip(rest) {
        *byte = *source;
    }
    let end = payload.len().checked_sub(start);
    if let Some(mark) = end.and_then(|end| element.get_mut(end)) {
        *mark = 1;
    }
    element
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding() {
        assert_eq!(padded_element(&[], 0)[..2], [1, 0]);
        let payload = [9; 62];
        assert_eq!(padded_element(&payload, 0), [9; 31]);
        assert_eq!(padded_element(&payload, 1), [9; 31]);
        assert_eq!(padded_element(&payload, 2)[..2], [1, 0]);
        assert_eq!(padded_element(&payload, 3), [0; 31]);
        let short = padded_element(&payload[..33], 1);
        assert_eq!(short[..4], [9, 9, 1, 0]);
        assert_eq!(padded_element(&payload, usize::MAX), [0; 31]);
    }
}
