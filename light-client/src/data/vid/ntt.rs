//! Evaluation of polynomials over the scalar field of BN254 at the first `n` powers of a root of
//! unity, by number-theoretic transforms.
//!
//! A polynomial of `k` coefficients is evaluated at `ω^0 … ω^(n-1)`, where `ω` is a primitive root
//! of order `N`, the least power of two with `N ≥ n`. With `M` the least power of two not below
//! `k`, the points fall into `N/M` cosets of the subgroup of order `M`, and each coset costs one
//! scaling by powers of `ω` and one transform of size `M`: about `N·log₂M / 2` multiplications for
//! all of them instead of `n·k`.

use alloc::vec;
use alloc::vec::Vec;

use ark_bn254::Fr;
use ark_ff::{FftField as _, Field as _};

use crate::bn254::transform::{Factor, Transform, Value, powers};
use crate::rejection::{Rejected, Rejection};

/// The integer of these 31 bytes, little-endian, which is below the order of the field.
pub fn value_from_bytes(bytes: &[u8; 31]) -> Value {
    let mut words = [0u64; 4];
    for (word, chunk) in words.iter_mut().zip(bytes.chunks(8)) {
        *word = chunk.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
    }
    Value::from_integer(&words)
}

/// The integer as 32 bytes, little-endian.
pub fn value_to_bytes(value: Value) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (chunk, word) in bytes.chunks_exact_mut(8).zip(value.to_integer()) {
        chunk.copy_from_slice(&word.to_le_bytes());
    }
    bytes
}

/// The constants for one `(k, n)`.
#[derive(Clone, Debug)]
pub struct Evaluator {
    coefficients: usize,
    points: usize,
    /// Of size `M`.
    transform: Transform,
    /// Where each coefficient goes before the transform.
    reversed: Vec<usize>,
    /// For each coset but the first, the powers of `ω^coset` that scale the coefficients.
    scales: Vec<Vec<Factor>>,
    buffer: Vec<Value>,
}

impl Evaluator {
    /// Prepares the evaluation of `coefficients` coefficients at `points` points.
    ///
    /// # Errors
    /// `vid.parameters` if there are no coefficients, fewer points than coefficients, or more points
    /// than [`TOTAL_WEIGHT_LIMIT`](super::parameters::TOTAL_WEIGHT_LIMIT).
    pub fn new(coefficients: usize, points: usize) -> Result<Self, Rejected> {
        if coefficients == 0 || points < coefficients || points > super::parameters::TOTAL_WEIGHT_LIMIT {
            return Err(Rejection::VidParameters.with(coefficients, points));
        }
        let (size, domain) = (coefficients.next_power_of_two(), points.next_power_of_two());
        let root = |order: usize| Fr::get_root_of_unity(order as u64).unwrap_or(Fr::ONE);
        let bits = size.trailing_zeros();
        let reversed =
            (0..coefficients).map(|index| index.reverse_bits().checked_shr(usize::BITS - bits).unwrap_or(0)).collect();
        let omega = root(domain);
        let cosets = core::iter::successors(Some(omega), |base| Some(*base * omega)).take(domain / size - 1);
        let scales = cosets.map(|base| powers(base, coefficients)).collect();
        Ok(Self {
            coefficients,
            points,
            transform: Transform::new(root(size), size),
            reversed,
            scales,
            buffer: vec![Value::ZERO; size],
        })
    }

    /// Evaluates one polynomial and hands out `(point, value)`, each point once, coset by coset.
    ///
    /// Coefficients beyond the prepared number are not read; missing ones are zero.
    pub fn evaluate(&mut self, coefficients: &[Value], mut value: impl FnMut(usize, Value)) {
        let cosets = self.scales.len() + 1;
        for coset in 0..cosets {
            self.buffer.fill(Value::ZERO);
            let scale = coset.checked_sub(1).and_then(|index| self.scales.get(index));
            for (index, (coefficient, place)) in
                coefficients.iter().take(self.coefficients).zip(&self.reversed).enumerate()
            {
                if let Some(slot) = self.buffer.get_mut(*place) {
                    *slot = match scale.and_then(|powers| powers.get(index)) {
                        Some(power) => coefficient.times(power),
                        None => *coefficient,
                    };
                }
            }
            self.transform.apply(&mut self.buffer);
            let points = (coset..self.points).step_by(cosets);
            for (point, result) in points.zip(&self.buffer) {
                value(point, *result);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ff::{AdditiveGroup as _, PrimeField as _};
    use proptest::prelude::*;

    /// The definition: `Σ c_j · ω^(i·j)`, with ordinary field elements.
    fn naive(coefficients: &[[u8; 31]], points: usize) -> Vec<[u8; 32]> {
        let order = points.next_power_of_two() as u64;
        let exponent = Fr::from(-1).into_bigint();
        // ω = (5^((r-1)/2^28))^(2^28/N), computed from the definition.
        let mut generator = Fr::from(5u64);
        let mut shifted = exponent;
        shifted >>= 28u32;
        generator = generator.pow(shifted);
        let omega = generator.pow([(1u64 << 28) / order]);
        (0..points)
            .map(|point| {
                let x = omega.pow([point as u64]);
                let value = coefficients
                    .iter()
                    .rev()
                    .fold(Fr::ZERO, |value, coefficient| value * x + Fr::from_le_bytes_mod_order(coefficient));
                let mut bytes = [0; 32];
                for (chunk, limb) in bytes.chunks_exact_mut(8).zip(value.into_bigint().0) {
                    chunk.copy_from_slice(&limb.to_le_bytes());
                }
                bytes
            })
            .collect()
    }

    fn transformed(coefficients: &[[u8; 31]], points: usize) -> Vec<[u8; 32]> {
        let elements: Vec<Value> = coefficients.iter().map(value_from_bytes).collect();
        let mut values = vec![None; points];
        Evaluator::new(coefficients.len(), points).unwrap().evaluate(&elements, |point, value| {
            assert!(values[point].replace(value_to_bytes(value)).is_none(), "each point once");
        });
        values.into_iter().map(Option::unwrap).collect()
    }

    fn coefficients(count: usize, seed: u8) -> Vec<[u8; 31]> {
        (0..count)
            .map(|index| {
                let hash = crate::encoding::committable::keccak256(&[&[seed], &index.to_le_bytes()]);
                hash[..31].try_into().unwrap()
            })
            .collect()
    }

    #[test]
    fn equals_the_definition_for_the_networks_sizes() {
        for (k, n) in [(1, 1), (1, 2), (2, 5), (4, 10), (335, 1003), (353, 1059)] {
            let coefficients = coefficients(k, 1);
            assert_eq!(transformed(&coefficients, n), naive(&coefficients, n), "{k} {n}");
        }
        let largest = [[0xff; 31]; 3];
        assert_eq!(transformed(&largest, 7), naive(&largest, 7));
    }

    #[test]
    fn refused_sizes() {
        for (k, n) in [(0, 0), (0, 5), (6, 5), (1, 100_000)] {
            assert_eq!(Evaluator::new(k, n).unwrap_err().rejection, Rejection::VidParameters);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn equals_the_definition(k in 1usize..40, more in 0usize..80, seed: u8) {
            let coefficients = coefficients(k, seed);
            prop_assert_eq!(transformed(&coefficients, k + more), naive(&coefficients, k + more));
        }
    }
}
