//! The Reed-Solomon code of AvidmGf2: recovery shards by additive transforms over GF(2^16).
//!
//! Shards are columns of field elements; the points are the integers 0, 1, 2, … in Cantor
//! coordinates. Let `k` be the originals, `r` the recoveries, `K` and `R` their next powers of two.
//!
//! * Low rate (`K < R`, or `K = R` and `k > r`): the polynomial of degree below `K` through the
//!   originals at points `0 ..` (zeros where there is none) is evaluated at `K, K + 1, …`.
//! * High rate (else): the originals are cut into chunks of `R`, chunk `c` at the points
//!   `R·(c+1) …`; recovery `j` is the sum over all chunks of the value of its polynomial at `j`.
//!
//! This is the code of crate `reed-solomon-simd` 3, against which it is tested. That crate is not
//! used here because its portable engine fills tables of 8 MiB at first use: a tenth of that
//! does for the few constants of one code, and there is no unsafe code.

use alloc::vec;
use alloc::vec::Vec;

use crate::data::vid::galois::Multiplier;
use crate::rejection::{Rejected, Rejection};

/// How many points the field has.
const FIELD_SIZE: usize = 1 << 16;

/// One code, with room for `width` elements of each shard at a time.
#[derive(Clone, Debug)]
pub struct Encoder {
    originals: usize,
    recoveries: usize,
    low_rate: bool,
    /// Rows of one transform, a power of two.
    size: usize,
    width: usize,
    /// The rows of the transform of the originals, then those of the transform in hand.
    source: Vec<u16>,
    result: Vec<u16>,
}

impl Encoder {
    /// Prepares a code of `originals` and `recoveries` shards.
    ///
    /// # Errors
    /// `vid.parameters` if there are no originals or more shards than the field has points.
    pub fn new(originals: usize, recoveries: usize, width: usize) -> Result<Self, Rejected> {
        let (originals_room, recoveries_room) = (originals.next_power_of_two(), recoveries.next_power_of_two());
        if originals == 0 || originals_room.saturating_add(recoveries_room) > FIELD_SIZE {
            return Err(Rejection::VidParameters.with(originals, recoveries));
        }
        let low_rate =
            originals_room < recoveries_room || (originals_room == recoveries_room && originals > recoveries);
        let size = if low_rate { originals_room } else { recoveries_room };
        let cells = size.saturating_mul(width);
        let room = if recoveries == 0 { 0 } else { cells };
        Ok(Self { originals, recoveries, low_rate, size, width, source: vec![0; room], result: vec![0; room] })
    }

    /// Computes the recovery shards of one strip.
    ///
    /// `original(i, row)` writes the elements of original `i` into the row; `recovery(j, row)` gets
    /// the elements of recovery `j`. Both are called for every shard once, in rising order.
    pub fn encode(&mut self, mut original: impl FnMut(usize, &mut [u16]), mut recovery: impl FnMut(usize, &[u16])) {
        if self.recoveries == 0 {
            let mut row = vec![0; self.width];
            (0..self.originals).for_each(|index| original(index, &mut row));
            return;
        }
        let (size, width) = (self.size, self.width);
        let mut fill = |rows: &mut [u16], first: usize, originals: usize| {
            for (offset, row) in rows.chunks_exact_mut(width).enumerate() {
                row.fill(0);
                if first + offset < originals {
                    original(first + offset, row);
                }
            }
        };
        if self.low_rate {
            fill(&mut self.source, 0, self.originals);
            inverse_transform(&mut self.source, size, width, 0);
            for first in (0..self.recoveries).step_by(size) {
                let wanted = (self.recoveries - first).min(size);
                self.result.copy_from_slice(&self.source);
                transform(&mut self.result, size, width, size + first, wanted);
                for (offset, row) in self.result.chunks_exact(width).take(wanted).enumerate() {
                    recovery(first + offset, row);
                }
            }
        } else {
            self.result.fill(0);
            for first in (0..self.originals).step_by(size) {
                fill(&mut self.source, first, self.originals);
                inverse_transform(&mut self.source, size, width, size + first);
                for (sum, element) in self.result.iter_mut().zip(&self.source) {
                    *sum ^= element;
                }
            }
            transform(&mut self.result, size, width, 0, self.recoveries);
            for (offset, row) in self.result.chunks_exact(width).take(self.recoveries).enumerate() {
                recovery(offset, row);
            }
        }
    }
}

/// The value of the subspace polynomial of `2^level` points at this point: in Cantor coordinates a
/// shift. Points are below 2^16, so nothing is cut off.
fn subspace(point: usize, level: u32) -> u16 {
    let [low, high, ..] = (point >> level).to_le_bytes();
    u16::from_le_bytes([low, high])
}

/// `target += factor · source`, element by element.
fn multiply_add(target: &mut [u16], source: &[u16], factor: Option<&Multiplier>) {
    if let Some(factor) = factor {
        for (target, source) in target.iter_mut().zip(source) {
            *target ^= factor.apply(*source);
        }
    }
}

fn add(target: &mut [u16], source: &[u16]) {
    for (target, source) in target.iter_mut().zip(source) {
        *target ^= source;
    }
}

/// From the values at the points `shift .. shift + size` to the coefficients in the novel basis.
fn inverse_transform(rows: &mut [u16], size: usize, width: usize, shift: usize) {
    for level in 0..size.trailing_zeros() {
        let half = width << level;
        for (block, pair) in rows.chunks_exact_mut(2 * half).enumerate() {
            let skew = subspace(shift + (block << (level + 1)), level);
            let factor = (skew != 0).then(|| Multiplier::new(skew));
            let (low, high) = pair.split_at_mut(half);
            add(high, low);
            multiply_add(low, high, factor.as_ref());
        }
    }
}

/// From the coefficients in the novel basis to the values at the points `shift .. shift + size`, of
/// which only the first `wanted` are computed.
fn transform(rows: &mut [u16], size: usize, width: usize, shift: usize, wanted: usize) {
    for level in (0..size.trailing_zeros()).rev() {
        let half = width << level;
        let blocks = wanted.div_ceil(2 << level);
        for (block, pair) in rows.chunks_exact_mut(2 * half).take(blocks).enumerate() {
            let skew = subspace(shift + (block << (level + 1)), level);
            let factor = (skew != 0).then(|| Multiplier::new(skew));
            let (low, high) = pair.split_at_mut(half);
            multiply_add(low, high, factor.as_ref());
            add(high, low);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::vid::galois::multiply;
    use proptest::prelude::*;

    /// The layout of the reference crate: blocks of 64 bytes, low bytes first; here of full blocks.
    fn elements(shard: &[u8]) -> Vec<u16> {
        let blocks = shard.chunks(64).map(|block| block.split_at(block.len() / 2));
        blocks
            .flat_map(|(low, high)| low.iter().zip(high))
            .map(|(low, high)| u16::from_le_bytes([*low, *high]))
            .collect()
    }

    fn shard(seed: u64, index: usize, length: usize) -> Vec<u8> {
        let mut bytes = vec![];
        for block in 0u64.. {
            if bytes.len() >= length {
                break;
            }
            bytes.extend(crate::encoding::committable::keccak256(&[
                &seed.to_le_bytes(),
                &(index as u64).to_le_bytes(),
                &block.to_le_bytes(),
            ]));
        }
        bytes.truncate(length);
        bytes
    }

    fn check(originals: usize, recoveries: usize, length: usize, seed: u64) {
        let shards: Vec<Vec<u8>> = (0..originals).map(|index| shard(seed, index, length)).collect();
        let expected = reed_solomon_simd::encode(originals, recoveries, &shards).unwrap();
        let mut found = vec![];
        Encoder::new(originals, recoveries, length / 2).unwrap().encode(
            |index, row| row.copy_from_slice(&elements(&shards[index])),
            |index, row| {
                assert_eq!(index, found.len());
                found.push(row.to_vec());
            },
        );
        let expected: Vec<Vec<u16>> = expected.iter().map(|shard| elements(shard)).collect();
        assert!(found == expected, "{originals} + {recoveries}, {length} bytes");
    }

    /// The definition, without transforms: Lagrange interpolation in the field.
    fn interpolate(points: &[(u16, u16)], at: u16) -> u16 {
        let inverse = |element: u16| {
            (0..16).rev().fold(1, |power, bit| {
                let square = multiply(power, power);
                if 0xfffe_u16 >> bit & 1 == 1 { multiply(square, element) } else { square }
            })
        };
        points.iter().fold(0, |sum, (x, y)| {
            let basis = points
                .iter()
                .filter(|(other, _)| other != x)
                .fold(1, |product, (other, _)| multiply(product, multiply(at ^ other, inverse(x ^ other))));
            sum ^ multiply(*y, basis)
        })
    }

    #[test]
    fn equals_interpolation_at_low_rate() {
        let values: Vec<u16> = (0..5).map(|index| 0x1234_u16.wrapping_mul(index * 7 + 1)).collect();
        let mut points: Vec<(u16, u16)> = (0..).zip(values.iter().copied()).collect();
        points.extend((5..8).map(|x| (x, 0)));
        let mut found = vec![];
        Encoder::new(5, 11, 1).unwrap().encode(|index, row| row[0] = values[index], |_, row| found.push(row[0]));
        let expected: Vec<u16> = (8..19).map(|at| interpolate(&points, at)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn equals_the_reference_for_the_networks_sizes() {
        check(353, 706, 64, 1);
        check(335, 668, 128, 2);
        for (originals, recoveries) in
            [(1, 1), (1, 2), (2, 1), (2, 3), (4, 6), (3, 2), (3, 4), (4, 4), (5, 2), (100, 7)]
        {
            check(originals, recoveries, 64, 3);
        }
    }

    #[test]
    fn tails_are_split_in_halves() {
        for length in [2, 4, 62, 66, 100, 130] {
            check(4, 6, length, 4);
        }
    }

    #[test]
    fn refused_sizes() {
        for (originals, recoveries) in [(0, 1), (1, 65536), (65536, 1), (40000, 40000)] {
            assert_eq!(Encoder::new(originals, recoveries, 1).unwrap_err().rejection, Rejection::VidParameters);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        #[test]
        fn equals_the_reference(originals in 1usize..70, recoveries in 1usize..70, half in 1usize..40, seed: u64) {
            check(originals, recoveries, half * 2, seed);
        }
    }
}
