//! Random factors of the members of a batch.

use ark_bn254::g1::Config;
use ark_ec::scalar_mul::glv::GLVConfig as _;

use super::{Fr, G1Affine, backend};
use crate::encoding::committable::keccak256;

/// A factor `low + high·λ` modulo r. λ is the eigenvalue of the curve's endomorphism `(x, y) ↦ (βx, y)`,
/// so that a multiple takes 64 doublings and not 128 (Gallant, Lambert, Vanstone, "Faster Point
/// Multiplication on Elliptic Curves with Efficient Endomorphisms", CRYPTO 2001).
///
/// Different halves are different factors: for integers a and b below 2⁶⁴ in size, `a + b·λ` is zero modulo r
/// only if both are zero (a test computes it). So a factor drawn from 128 bits has 2¹²⁸ values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weight {
    low: u64,
    high: u64,
}

impl Weight {
    /// The factor one.
    pub const ONE: Self = Self { low: 1, high: 0 };

    /// The factor with both halves little-endian, the lower one first. `None` for zero.
    pub const fn from_bytes(bytes: &[u8; 16]) -> Option<Self> {
        let [b0, b1, b2, b3, b4, b5, b6, b7, rest @ ..] = *bytes;
        let (low, high) = (u64::from_le_bytes([b0, b1, b2, b3, b4, b5, b6, b7]), u64::from_le_bytes(rest));
        if low == 0 && high == 0 { None } else { Some(Self { low, high }) }
    }

    /// The factor that a transcript gives: no two transcripts are known to give the same.
    pub fn draw(transcript: &[&[u8]]) -> Self {
        let mut attempt = 0u64;
        loop {
            let counter = attempt.to_le_bytes();
            let hash = keccak256(&[transcript, &[&counter]].concat());
            // Zero has the probability 2⁻¹²⁸.
            if let Some(weight) = hash.first_chunk().and_then(Self::from_bytes) {
                return weight;
            }
            attempt += 1;
        }
    }

    /// The factor as a scalar.
    pub fn scalar(self) -> Fr {
        Fr::from(self.low) + Fr::from(self.high) * Config::LAMBDA
    }

    /// Two points and their factors, whose sum is this multiple of a point.
    pub(super) fn halves(self, point: &G1Affine) -> [(G1Affine, [u64; 4]); 2] {
        [(*point, [self.low, 0, 0, 0]), (backend::endomorphism_g1(point), [self.high, 0, 0, 0])]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use ark_ec::{AffineRepr as _, CurveGroup as _};
    use ark_ff::{BigInteger as _, Field as _, PrimeField as _};
    use num_bigint::BigUint;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn halves_are_the_multiple(point: u64, bytes: [u8; 16]) {
            let point = (G1Affine::generator() * Fr::from(point)).into_affine();
            prop_assert_eq!(Config::endomorphism_affine(&point), (point * Config::LAMBDA).into_affine());
            let weight = Weight::from_bytes(&bytes).unwrap_or(Weight::ONE);
            let halves = weight.halves(&point).map(|(point, [factor, ..])| point * Fr::from(factor));
            prop_assert_eq!(halves.iter().sum::<ark_bn254::G1Projective>(), point * weight.scalar());
        }
    }

    #[test]
    fn only_zero_is_no_weight() {
        assert_eq!(Weight::from_bytes(&[0; 16]), None);
        for place in 0..16 {
            let mut bytes = [0; 16];
            bytes[place] = 1;
            let expected = Fr::from(1u128 << (8 * (place % 8))) * if place < 8 { Fr::ONE } else { Config::LAMBDA };
            assert_eq!(Weight::from_bytes(&bytes).unwrap().scalar(), expected);
        }
        assert_eq!(Weight::ONE.scalar(), Fr::ONE);
    }

    /// The multiples of λ that come closest to zero modulo r are those of the convergents of λ/r (Lagrange):
    /// for every b from one to below the next denominator, `b·λ` is at least as far from zero as at this one.
    #[test]
    fn different_halves_are_different_factors() {
        let integer = |bytes: &[u8]| BigUint::from_bytes_le(bytes);
        let (modulus, lambda) =
            (integer(&Fr::MODULUS.to_bytes_le()), integer(&Config::LAMBDA.into_bigint().to_bytes_le()));
        let (mut distances, mut denominators) = (vec![modulus, lambda], vec![BigUint::ZERO, BigUint::from(1u8)]);
        let limit = BigUint::from(1u128 << 64);
        while denominators.last().unwrap() < &limit {
            let [.., before, last] = distances.as_slice() else { unreachable!() };
            let (quotient, rest) = (before / last, before % last);
            let [.., earlier, denominator] = denominators.as_slice() else { unreachable!() };
            let next = earlier + quotient * denominator;
            distances.push(rest);
            denominators.push(next);
        }
        let closest = &distances[distances.len() - 2];
        assert!(closest >= &limit, "b·λ is never closer to zero than {closest} for b below 2^64");
    }
}
