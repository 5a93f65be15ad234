//! A variable point times a challenge of 248 bits: six rows a bit, and no row to prove the bits.
//!
//! With digits ±1, a step is `P ← 2P ± T`. The sign shows in the v of the added point alone, so the
//! witness is that v, bound by `v'² = v²`, and the digits' number is read off the sum of these v's,
//! which is a combination: `Σ 2ⁱ·v'ᵢ = (Σ 2ⁱ·dᵢ)·v`.

use ark_bn254::Fr;
use ark_ec::CurveGroup as _;
use ark_ed_on_bn254::{EdwardsAffine, EdwardsProjective};
use ark_ff::AdditiveGroup as _;

use super::montgomery::Point;
use super::nothing_up_my_sleeve;
use crate::system::{Num, System};

/// The name of the group.
pub const GROUP: &str = "ladder";

/// Bits of a challenge.
pub const BITS: usize = 248;

/// Steps: the highest digit is the start and the lowest bit is added at the end.
pub const STEPS: usize = BITS - 1;

/// A multiple of a point, and the challenge as the constraints see it.
#[derive(Debug)]
pub struct Multiple {
    /// `offset() − c·A`.
    pub point: Point,
    /// The lowest bit of c.
    pub lowest: Num,
    /// v' of every step, that of 2⁰ first: digit `i` is bit `i + 1` of c, as `±unit`.
    pub signed: Vec<Num>,
    /// v of the point that is added: what one stands for in `signed`. Not zero.
    pub unit: Num,
}

/// What the ladder adds to the multiple: the start, doubled in every step.
pub fn offset() -> EdwardsAffine {
    let start = EdwardsProjective::from(nothing_up_my_sleeve::point());
    (0..STEPS).fold(start, |point, _| point.double()).into_affine()
}

/// `offset() − c·A` for a point A on the curve whose v is not zero, and c of these bits, the lowest
/// first: 1492 rows.
///
/// No addition is exceptional unless somebody knows a relation between A and the start.
pub fn minus_multiple(system: &mut System, point: &Point, bits: &[bool; BITS]) -> Multiple {
    system.in_group(GROUP, |system| {
        let minus = point.negated();
        let unit = minus.v.clone();
        let square = system.product(&unit, &unit);
        let mut sum = Point::constant(&nothing_up_my_sleeve::point()).add(system, &minus);
        let [lowest, rest @ ..] = bits;
        let mut signed = Vec::with_capacity(STEPS);
        for bit in rest.iter().rev() {
            let v = system.witness(if *bit { unit.value() } else { -unit.value() });
            system.enforce(&v, &v, &square);
            sum = sum.double_and_add(system, &Point { u: minus.u.clone(), v: v.clone() });
            signed.push(v);
        }
        signed.reverse();
        // The digits stand for c with its lowest bit set; if that bit is not set, A is given back.
        let lowest = system.bit(*lowest);
        let given_back = sum.add(system, point);
        let u = system.select(&lowest, &sum.u, &given_back.u);
        let v = system.select(&lowest, &sum.v, &given_back.v);
        Multiple { point: Point { u, v }, lowest, signed, unit }
    })
}

impl Multiple {
    /// That the digits are those of `number`, which is known modulo the field only: one row.
    pub fn enforce_number(&self, system: &mut System, number: &Num) {
        system.in_group(GROUP, |system| {
            // c with its lowest bit set is 2^247 + Σ dᵢ·2ⁱ.
            let highest = Num::from_bits(&[&vec![Num::zero(); STEPS][..], &[Num::one()]].concat());
            let digits = &(&(number + Fr::from(1u64)) - &self.lowest) - &highest;
            system.enforce(&digits, &self.unit, &Num::from_bits(&self.signed));
        });
    }
}

/// A number below 2^248 of its bits, for tests and hints.
pub fn number(bits: &[bool; BITS]) -> Fr {
    bits.iter().rev().fold(Fr::ZERO, |number, bit| number.double() + Fr::from(*bit))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::gadget::montgomery::coordinates;
    use crate::gadget::montgomery::tests::{multiple, witness};
    use ark_ed_on_bn254::Fr as Scalar;
    use ark_ff::{BigInteger as _, PrimeField as _};

    pub(crate) fn bits(value: &Scalar) -> [bool; BITS] {
        value.into_bigint().to_bits_le()[..BITS].try_into().unwrap()
    }

    fn check(secret: u64, scalar: Scalar) {
        let bits = bits(&scalar);
        let mut system = System::new();
        let key = multiple(secret);
        let point = witness(&mut system, &key);
        let result = minus_multiple(&mut system, &point, &bits);
        let expected = (offset() - key * scalar).into_affine();
        assert_eq!((result.point.u.value(), result.point.v.value()), coordinates(&expected));
        let claimed = system.witness(number(&bits));
        assert_eq!(system.rows(), 1492);
        result.enforce_number(&mut system, &claimed);
        assert_eq!(system.rows(), 1493);
        assert_eq!(system.first_broken(), None);
        let index = system.values().len() - 1;
        for other in [Fr::from(1u64), -Fr::from(1u64), Fr::from(2u64)] {
            let mut spoilt = system.clone();
            spoilt.set(index, number(&bits) + other);
            assert!(spoilt.first_broken().is_some());
        }
    }

    #[test]
    fn edges_of_the_challenge() {
        let all: Scalar = (0..248u32).fold(Scalar::from(0u64), |sum, _| sum.double() + Scalar::from(1u64));
        for scalar in [Scalar::from(0u64), Scalar::from(1u64), Scalar::from(2u64), all, all - Scalar::from(1u64)] {
            for secret in [1, 2, 12345] {
                check(secret, scalar);
            }
        }
    }

    /// The keys that the offset cannot serve: N itself has no sum to start with, and −N leaves the first
    /// slope open. Nobody can prove to have the secret of either, so no table holds them.
    #[test]
    fn keys_of_the_start_are_the_exception() {
        let start = nothing_up_my_sleeve::point();
        let system = |key: &EdwardsAffine, slope: Option<Fr>| {
            let mut system = System::forging(slope.map(|slope| (4, slope)));
            let point = witness(&mut system, key);
            minus_multiple(&mut system, &point, &bits(&Scalar::from(77u64)));
            system
        };
        // Variables: u, v, the square of the unit, the slope of the first sum.
        for slope in [None, Some(Fr::from(1u64)), Some(Fr::from(2u64))] {
            assert_eq!(system(&start, slope).first_broken(), Some(1), "v of N and of −N differ, their u do not");
            assert_eq!(system(&-start, slope).first_broken(), None);
            assert_eq!(system(&multiple(1), slope).first_broken(), slope.map(|_| 1));
            assert_eq!(system(&-multiple(1), slope).first_broken(), slope.map(|_| 1));
        }
    }

    #[test]
    fn a_digit_is_plus_or_minus_one() {
        let mut system = System::new();
        let point = witness(&mut system, &multiple(3));
        let result = minus_multiple(&mut system, &point, &bits(&Scalar::from(77u64)));
        let rows = system.rows();
        assert_eq!(system.first_broken(), None);
        assert_eq!(result.signed.len(), STEPS);
        assert_eq!(system.counts()[GROUP], rows);
    }
}
