//! What the light client asks of a backend, on the types of `ark-bn254`.

use alloc::sync::Arc;
use alloc::vec::Vec;

use ark_bn254::{G1Affine, G2Affine};
use ark_ec::AffineRepr as _;
use ark_ec::scalar_mul::glv::GLVConfig;
use ark_ec::short_weierstrass::SWCurveConfig as _;
use ark_ff::BigInt;

use super::base::Base as _;
use super::batch;
use super::combination;
use super::curve::{Affine, Jacobian};
use super::dodecic::Fq12;
use super::field::Fq;
use super::miller::{self, Pair, miller_loop};
use super::quadratic::Fq2;
use super::subgroup;

/// The line functions of a fixed point of G2.
pub struct Lines(miller::Lines<Fq>);

impl Lines {
    /// For one use.
    pub fn new(point: &G2Affine) -> Self {
        Self(miller::Lines::any(&from_g2(point)))
    }

    /// For many uses.
    pub fn prepared(point: &G2Affine) -> Self {
        Self(miller::Lines::monic(&from_g2(point)))
    }
}

/// The value of a product of Miller loops.
pub struct Accumulator(Fq12<Fq>);

impl Accumulator {
    /// One.
    pub fn one() -> Self {
        Self(Fq12::ONE)
    }

    /// Multiplies by the Miller loops of some pairs, which share their squarings.
    pub fn multiply(&mut self, points: &[G1Affine], lines: &[Arc<Lines>]) {
        let pairs = points.iter().zip(lines).map(|(point, lines)| Pair::new(&from_g1(point), &lines.0));
        self.0 = self.0.mul(&miller_loop(&pairs.collect::<Vec<_>>()));
    }

    /// Whether the final exponentiation gives one.
    #[must_use]
    pub fn exponentiates_to_one(self) -> bool {
        self.0.final_exponentiation().is_one()
    }
}

/// The element that an integer below the modulus stands for.
pub fn from_integer(integer: BigInt<4>) -> ark_bn254::Fq {
    Fq::from_integers(&[0; 4], &integer.0).to_stock()
}

/// The residue of an integer of 48 bytes, big-endian.
pub fn from_wide_bytes(bytes: &[u8; 48]) -> ark_bn254::Fq {
    let half = |words: &[[u8; 8]]| {
        let mut half = [0; 4];
        half.iter_mut().zip(words.iter().rev()).for_each(|(word, bytes)| *word = u64::from_be_bytes(*bytes));
        half
    };
    let (upper, lower) = bytes.as_chunks().0.split_at(3);
    Fq::from_integers(&half(upper), &half(lower)).to_stock()
}

/// The integer below the modulus that an element stands for.
pub fn to_integer(value: &ark_bn254::Fq) -> BigInt<4> {
    BigInt(Fq::from_stock(value).to_integer())
}

/// The right side of the equation of the curve: x³ + 3.
fn right_side(x: &Fq) -> Fq {
    x.square().mul(x).add(&Fq::from_stock(&ark_bn254::g1::Config::COEFF_B))
}

/// A y of the points with this x, if there are any.
pub fn ordinate(x: &ark_bn254::Fq) -> Option<ark_bn254::Fq> {
    right_side(&Fq::from_stock(x)).settle().square_root().map(Fq::to_stock)
}

/// Whether a point is on the curve. Infinity, which `ark-bn254` holds as (0, 0), is not.
pub fn on_curve_g1(point: &G1Affine) -> bool {
    let Affine { x, y } = from_g1(point);
    y.square().equals(&right_side(&x))
}

/// Whether a point is on the twisted curve. Infinity, which `ark-bn254` holds as (0, 0), is not.
pub fn on_curve_g2(point: &G2Affine) -> bool {
    let Affine { x, y } = from_g2(point);
    let b = Fq2::constant(&ark_bn254::g2::Config::COEFF_B);
    let difference = x.square().mul(&x).add(&b).sub(&y.square()).settle();
    difference.c0.is_zero() && difference.c1.is_zero()
}

/// Whether a point on the twist is in the prime-order subgroup.
pub fn is_in_subgroup(point: &G2Affine) -> bool {
    point.is_zero() || subgroup::is_in_subgroup(&from_g2(point))
}

/// The index of the first point, of those on the twist, that is outside of the prime-order subgroup.
pub fn first_outside_subgroup(points: &[G2Affine]) -> Option<usize> {
    // Infinity is a member, and has no coordinates.
    let finite = points.iter().enumerate().filter(|(_, point)| !point.is_zero());
    let (places, finite): (Vec<_>, Vec<_>) = finite.map(|(place, point)| (place, from_g2(point))).unzip();
    places.chunks(batch::MOST).zip(finite.chunks(batch::MOST)).find_map(|(places, points)| {
        let members = batch::are_in_subgroup(points);
        places.iter().zip(members).find_map(|(place, member)| (!member).then_some(*place))
    })
}

/// The sum of points of G2.
pub fn sum_g2(points: &[G2Affine]) -> G2Affine {
    let points = points.iter().filter(|point| !point.is_zero());
    let sum = points.fold(Jacobian::INFINITY, |sum, point| sum.add_affine(&from_g2(point)));
    let stock = |value: &Fq2<Fq>| ark_bn254::Fq2::new(value.c0.to_stock(), value.c1.to_stock());
    sum.to_affine().map_or_else(G2Affine::zero, |sum| G2Affine::new_unchecked(stock(&sum.x), stock(&sum.y)))
}

/// The endomorphism `(x, y) ↦ (βx, y)` of G1.
pub fn endomorphism_g1(point: &G1Affine) -> G1Affine {
    let [beta] = <ark_bn254::g1::Config as GLVConfig>::ENDO_COEFFS else { return *point };
    let x = Fq::from_stock(&point.x).mul(&Fq::from_stock(beta)).to_stock();
    G1Affine::new_unchecked(x, point.y)
}

/// The sum of points of G1, each multiplied by its factor: four words, lowest first.
pub fn combine_g1(terms: &[(G1Affine, [u64; 4])]) -> G1Affine {
    let terms = terms.iter().filter(|(point, _)| !point.is_zero()).map(|(point, factor)| (from_g1(point), *factor));
    let sum = combination::combine(&terms.collect::<Vec<_>>()).to_affine();
    sum.map_or_else(G1Affine::zero, |sum| G1Affine::new_unchecked(sum.x.to_stock(), sum.y.to_stock()))
}

fn from_g1(point: &G1Affine) -> Affine<Fq> {
    Affine { x: Fq::from_stock(&point.x), y: Fq::from_stock(&point.y) }
}

fn from_g2(point: &G2Affine) -> Affine<Fq2<Fq>> {
    Affine { x: Fq2::constant(&point.x), y: Fq2::constant(&point.y) }
}
