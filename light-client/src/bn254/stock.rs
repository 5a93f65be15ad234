//! The backend that computes with `ark-bn254` as it is.

use alloc::sync::Arc;

use ark_bn254::{Bn254, Fq, Fr, G1Affine, G1Projective, G2Affine, G2Projective};
use ark_ec::bn::G2Prepared;
use ark_ec::pairing::{MillerLoopOutput, Pairing};
use ark_ec::scalar_mul::glv::GLVConfig as _;
use ark_ec::short_weierstrass::SWCurveConfig;
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{AdditiveGroup, BigInt, BigInteger, Field, One, PrimeField, Zero};

/// The line functions of a fixed point of G2.
pub(super) struct Lines(G2Prepared<ark_bn254::Config>);

impl Lines {
    /// For one use.
    pub(super) fn new(point: &G2Affine) -> Self {
        Self(G2Prepared::from(point))
    }

    /// For many uses.
    pub(super) fn prepared(point: &G2Affine) -> Self {
        Self::new(point)
    }
}

/// The value of a product of Miller loops.
pub(super) struct Accumulator(<Bn254 as Pairing>::TargetField);

impl Accumulator {
    pub(super) fn one() -> Self {
        Self(One::one())
    }

    /// Multiplies by the Miller loops of some pairs, which share their squarings.
    pub(super) fn multiply(&mut self, points: &[G1Affine], lines: &[Arc<Lines>]) {
        let lines = lines.iter().map(|lines| lines.0.clone());
        self.0 *= Bn254::multi_miller_loop(points.iter().copied(), lines).0;
    }

    /// Whether the final exponentiation gives one.
    pub(super) fn exponentiates_to_one(self) -> bool {
        Bn254::final_exponentiation(MillerLoopOutput(self.0)).is_some_and(|output| output.0.is_one())
    }
}

/// The element that an integer below the modulus stands for.
pub(super) fn from_integer(integer: BigInt<4>) -> Fq {
    Fq::from_bigint(integer).unwrap_or_default()
}

/// The residue of an integer of 48 bytes, big-endian.
pub(super) fn from_wide_bytes(bytes: &[u8; 48]) -> Fq {
    Fq::from_be_bytes_mod_order(bytes)
}

/// The integer below the modulus that an element stands for.
pub(super) fn to_integer(value: &Fq) -> BigInt<4> {
    value.into_bigint()
}

/// A y of the points with this x, if there are any.
pub(super) fn ordinate(x: &Fq) -> Option<Fq> {
    (x.square() * x + ark_bn254::g1::Config::COEFF_B).sqrt()
}

/// Infinity, which `ark-bn254` holds as the coordinates (0, 0), is not on the curve here.
pub(super) fn on_curve_g1(point: &G1Affine) -> bool {
    !point.is_zero() && point.is_on_curve()
}

pub(super) fn on_curve_g2(point: &G2Affine) -> bool {
    !point.is_zero() && point.is_on_curve()
}

pub(super) fn is_in_subgroup(point: &G2Affine) -> bool {
    ark_bn254::g2::Config::is_in_correct_subgroup_assuming_on_curve(point)
}

/// The index of the first point, of those on the twist, that is outside of the prime-order subgroup.
pub(super) fn first_outside_subgroup(points: &[G2Affine]) -> Option<usize> {
    points.iter().position(|point| !is_in_subgroup(point))
}

pub(super) fn sum_g2(points: &[G2Affine]) -> G2Affine {
    points.iter().fold(G2Projective::zero(), |sum, point| sum + point).into_affine()
}

pub(super) fn endomorphism_g1(point: &G1Affine) -> G1Affine {
    ark_bn254::g1::Config::endomorphism_affine(point)
}

/// The sum of points of G1, each multiplied by its factor: four words, lowest first. Doubles once a bit for
/// all terms together.
pub(super) fn combine_g1(terms: &[(G1Affine, [u64; 4])]) -> G1Affine {
    let mut sum = G1Projective::zero();
    let bits = terms.iter().map(|(_, factor)| BigInt(*factor).num_bits()).max().unwrap_or(0);
    for bit in (0..usize::try_from(bits).unwrap_or_default()).rev() {
        sum.double_in_place();
        for (point, _) in terms.iter().filter(|(_, factor)| BigInt(*factor).get_bit(bit)) {
            sum += point;
        }
    }
    sum.into_affine()
}

/// An integer modulo r, held as it is and not in Montgomery's form: multiplication by a constant and addition are
/// linear, so only the constants need be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value(Fr);

/// What values are multiplied by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Factor(Fr);

impl Factor {
    pub(super) const fn new(element: &Fr) -> Self {
        Self(*element)
    }
}

impl Value {
    pub(super) const ZERO: Self = Self(Fr::ZERO);
    pub(super) const SUMS: u32 = u32::MAX;

    pub(super) const fn from_integer(words: &[u64; 4]) -> Self {
        Self(Fr::new_unchecked(BigInt(*words)))
    }

    pub(super) const fn to_integer(self) -> [u64; 4] {
        self.0.0.0
    }

    pub(super) fn times(&self, factor: &Factor) -> Self {
        Self(self.0 * factor.0)
    }

    pub(super) fn plus(&self, other: &Self) -> Self {
        Self(self.0 + other.0)
    }

    pub(super) fn minus(&self, other: &Self) -> Self {
        Self(self.0 - other.0)
    }

    pub(super) const fn settle(&self) -> Self {
        *self
    }
}
