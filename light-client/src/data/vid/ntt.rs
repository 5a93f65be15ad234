//! Evaluation of polynomials over the scalar field of BN254 at the first `n` powers of a root of
//! unity, by number-theoretic transforms.
//!
//! A polynomial of `k` coefficients is evaluated at `ω^0 … ω^(n-1)`, where `ω` is a primitive root
//! of order `N`, the least power of two with `N ≥ n`. With `M` the least power of two not below
//! `k`, the points fall into `N/M` cosets of the subgroup of order `M`, and each coset costs one
//! scaling by powers of `ω` and one transform of size `M`: about `N·log₂M / 2` multiplications for
//! all of them instead of `n·k`.
//!
//! Multiplication by a constant and addition are linear, so the values need not be in Montgomery
//! form: only the constants are. [`Element::from_raw`] and [`Element::to_raw`] are free.

use alloc::vec;
use alloc::vec::Vec;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup as _, BigInt, FftField as _, Field as _};

use crate::rejection::{Rejected, Rejection};

/// A value of the transform: an integer below the order of the field, held as it is and not in
/// Montgomery form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element(Fr);

impl Element {
    /// The integer of these 31 bytes, little-endian.
    pub fn from_raw(bytes: &[u8; 31]) -> Self {
        let mut limbs = [0u64; 4];
        for (limb, chunk) in limbs.iter_mut().zip(bytes.chunks(8)) {
            *limb = chunk.iter().rev().fold(0, |limb, byte| limb << 8 | u64::from(*byte));
        }
        // Below 2^248 and so below the order, which has 254 bits.
        Self(Fr::new_unchecked(BigInt(limbs)))
    }

    /// The integer as 32 bytes, little-endian.
    pub fn to_raw(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        let BigInt(limbs) = self.0.0;
        for (chunk, limb) in bytes.chunks_exact_mut(8).zip(limbs) {
            chunk.copy_from_slice(&limb.to_le_bytes());
        }
        bytes
    }
}

/// The constants for one `(k, n)`.
#[derive(Clone, Debug)]
pub struct Evaluator {
    coefficients: usize,
    points: usize,
    /// `M`, the size of one transform.
    size: usize,
    /// Where each coefficient goes before the butterflies.
    reversed: Vec<usize>,
    /// The first `M/2` powers of the root of order `M`.
    twiddles: Vec<Fr>,
    /// For each coset but the first, the powers of `ω^coset` that scale the coefficients.
    scales: Vec<Vec<Fr>>,
    buffer: Vec<Fr>,
}

fn powers(base: Fr, count: usize) -> Vec<Fr> {
    core::iter::successors(Some(Fr::ONE), |power| Some(*power * base)).take(count).collect()
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
        let scales = powers(omega, domain / size).into_iter().skip(1).map(|base| powers(base, coefficients)).collect();
        Ok(Self {
            coefficients,
            points,
            size,
            reversed,
            twiddles: powers(root(size), size / 2),
            scales,
            buffer: vec![Fr::ZERO; size],
        })
    }

    /// Evaluates one polynomial and hands out `(point, value)`, each point once, coset by coset.
    ///
    /// Coefficients beyond the prepared number are not read; missing ones are zero.
    pub fn evaluate(&mut self, coefficients: &[Element], mut value: impl FnMut(usize, Element)) {
        let cosets = self.scales.len() + 1;
        for coset in 0..cosets {
            self.buffer.fill(Fr::ZERO);
            let scale = coset.checked_sub(1).and_then(|index| self.scales.get(index));
            for (index, (coefficient, place)) in
                coefficients.iter().take(self.coefficients).zip(&self.reversed).enumerate()
            {
                if let Some(slot) = self.buffer.get_mut(*place) {
                    *slot = match scale.and_then(|powers| powers.get(index)) {
                        Some(power) => coefficient.0 * power,
                        None => coefficient.0,
                    };
                }
            }
            self.butterflies();
            let points = (coset..self.points).step_by(cosets);
            for (point, result) in points.zip(&self.buffer) {
                value(point, Element(*result));
            }
        }
    }

    /// The transform of the buffer, from bit-reversed order to natural order.
    fn butterflies(&mut self) {
        let mut half = 1;
        while half < self.size {
            let stride = self.size / (2 * half);
            for block in self.buffer.chunks_exact_mut(2 * half) {
                let (low, high) = block.split_at_mut(half);
                let mut pairs = low.iter_mut().zip(high).zip(self.twiddles.iter().step_by(stride));
                // The first twiddle is one: a fifth of all multiplications.
                if let Some(((low, high), _)) = pairs.next() {
                    let (sum, difference) = (*low + *high, *low - *high);
                    (*low, *high) = (sum, difference);
                }
                for ((low, high), twiddle) in pairs {
                    let product = *high * twiddle;
                    (*low, *high) = (*low + product, *low - product);
                }
            }
            half *= 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ff::PrimeField as _;
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
        let elements: Vec<Element> = coefficients.iter().map(Element::from_raw).collect();
        let mut values = vec![None; points];
        Evaluator::new(coefficients.len(), points).unwrap().evaluate(&elements, |point, value| {
            assert!(values[point].replace(value.to_raw()).is_none(), "each point once");
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
