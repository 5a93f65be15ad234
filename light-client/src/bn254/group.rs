//! Sums in G2 and weighted combinations in G1.

use alloc::vec::Vec;

use ark_ff::PrimeField as _;

use super::weight::Weight;
use super::{Fr, G1Affine, G2Affine, backend};

/// The sum of points of G2. The empty sum is the point at infinity.
pub fn sum_g2(points: &[G2Affine]) -> G2Affine {
    backend::sum_g2(points)
}

/// The sum of points of G1, each multiplied by its weight.
pub fn combine_g1(terms: &[(G1Affine, Weight)]) -> G1Affine {
    let halves = terms.iter().flat_map(|(point, weight)| weight.halves(point));
    backend::combine_g1(&halves.collect::<Vec<_>>())
}

/// The sum of points of G1, each multiplied by its scalar.
pub fn multiply_g1(terms: &[(G1Affine, Fr)]) -> G1Affine {
    backend::combine_g1(&terms.iter().map(|(point, scalar)| (*point, scalar.into_bigint().0)).collect::<Vec<_>>())
}

/// The index of the first point that is outside of the subgroup of prime order, if there is one.
/// All points must be on the twisted curve.
pub fn first_outside_subgroup(points: &[G2Affine]) -> Option<usize> {
    backend::first_outside_subgroup(points)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bn254::{Fq, Fq2};
    use ark_ec::{AffineRepr, CurveGroup};
    use ark_ff::{AdditiveGroup, Field, Zero};
    use proptest::prelude::*;

    /// A multiple of a generator, by ark's plain scalar multiplication.
    fn multiple<G: AffineRepr<ScalarField = Fr>>(scalar: u128) -> G {
        (G::generator() * Fr::from(scalar)).into_affine()
    }

    fn weight(halves: u128) -> Weight {
        Weight::from_bytes(&halves.to_le_bytes()).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn combinations_are_linear(terms in proptest::collection::vec((any::<u64>(), 1..=u128::MAX), 0..5)) {
            let expected: Fr = terms.iter().map(|(scalar, halves)| Fr::from(*scalar) * weight(*halves).scalar()).sum();
            let terms: Vec<_> =
                terms.iter().map(|(scalar, halves)| (multiple(u128::from(*scalar)), weight(*halves))).collect();
            prop_assert_eq!(combine_g1(&terms), (G1Affine::generator() * expected).into_affine());
            let terms: Vec<_> = terms.iter().map(|(point, weight)| (*point, weight.scalar())).collect();
            prop_assert_eq!(multiply_g1(&terms), (G1Affine::generator() * expected).into_affine());
        }

        #[test]
        fn sums(scalars in proptest::collection::vec(0..4u128, 0..6)) {
            let points: Vec<_> = scalars.iter().map(|scalar| multiple::<G2Affine>(*scalar)).collect();
            prop_assert_eq!(sum_g2(&points), multiple::<G2Affine>(scalars.iter().sum()));
        }
    }

    #[test]
    fn edges() {
        let (one, minus) = (multiple::<G2Affine>(1), -multiple::<G2Affine>(1));
        assert_eq!(sum_g2(&[]), G2Affine::zero());
        assert_eq!(sum_g2(&[one, minus]), G2Affine::zero());
        assert_eq!(sum_g2(&[one, one]), multiple::<G2Affine>(2));
        assert_eq!(sum_g2(&[one, minus, G2Affine::zero(), one]), one);
        let point = multiple::<G1Affine>(5);
        assert_eq!(combine_g1(&[]), G1Affine::zero());
        assert_eq!(combine_g1(&[(point, weight(u128::MAX)), (-point, weight(u128::MAX))]), G1Affine::zero());
        assert_eq!(combine_g1(&[(point, Weight::ONE), (point, Weight::ONE)]), multiple::<G1Affine>(10));
        assert_eq!(combine_g1(&[(G1Affine::zero(), weight(7)), (point, Weight::ONE)]), point);
        assert_eq!(multiply_g1(&[(point, Fr::ZERO), (-point, Fr::ZERO)]), G1Affine::zero());
        assert_eq!(multiply_g1(&[(point, -Fr::ONE), (point, Fr::from(3u8))]), multiple::<G1Affine>(10));
    }

    /// A point of the twisted curve with x = (`x`, 1), almost never in the subgroup.
    fn stray(x: u64) -> Option<G2Affine> {
        G2Affine::get_point_from_x_unchecked(Fq2::new(x.into(), Fq::ONE), true)
    }

    #[test]
    fn strays_are_found() {
        let strays: Vec<_> = (0..12).filter_map(stray).collect();
        assert!(strays.len() >= 3);
        for (index, stray) in strays.iter().enumerate() {
            assert!(stray.is_on_curve() && !stray.mul_bigint(Fr::MODULUS).is_zero(), "slow twin");
            let mut points: Vec<_> = (1..8).map(multiple::<G2Affine>).collect();
            points.insert(index % 8, *stray);
            assert_eq!(first_outside_subgroup(&points), Some(index % 8));
            // Multiplied by the cofactor it is a member.
            assert_eq!(first_outside_subgroup(&[stray.clear_cofactor()]), None);
        }
        assert_eq!(first_outside_subgroup(&[]), None);
    }
}
