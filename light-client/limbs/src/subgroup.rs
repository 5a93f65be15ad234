//! Which points of the twisted curve are in the subgroup of prime order.

use ark_bn254::Config;
use ark_ec::bn::BnConfig as _;

use super::base::Base;
use super::curve::{Affine, Coordinate, Jacobian};
use super::exponentiation::PARAMETER_DIGITS;
use super::quadratic::Fq2;

/// The endomorphism ψ: untwist, Frobenius, twist.
pub(crate) struct Psi<F> {
    x: Fq2<F>,
    y: Fq2<F>,
}

impl<F: Base> Psi<F> {
    pub(crate) fn new() -> Self {
        Self { x: Fq2::constant(&Config::TWIST_MUL_BY_Q_X), y: Fq2::constant(&Config::TWIST_MUL_BY_Q_Y) }
    }

    /// ψ of a point.
    pub(crate) fn of(&self, point: &Affine<Fq2<F>>) -> Affine<Fq2<F>> {
        Affine { x: point.x.conjugate().mul(&self.x), y: point.y.conjugate().mul(&self.y) }
    }

    fn of_jacobian(&self, point: &Jacobian<Fq2<F>>) -> Jacobian<Fq2<F>> {
        let Affine { x, y } = self.of(&Affine { x: point.x, y: point.y });
        Jacobian { x, y, z: point.z.conjugate() }
    }
}

/// Whether a point P of the twisted curve is in G2, the subgroup of order r:
/// `[x + 1]P + ψ([x]P) + ψ²([x]P) = ψ³([2x]P)` for the curve's parameter x.
///
/// Source: Dai, Lin, Zhao, Zhou, "Fast Subgroup Membership Testings for G1, G2 and GT on
/// Pairing-friendly Curves" (<https://eprint.iacr.org/2022/348>). It is exact: ψ satisfies
/// `ψ² − [6x² + 1]ψ + [p] = 0` on the whole curve, modulo which the condition reads `[a]P + ψ([b]P) = 0`
/// with integers a and b. So `a² + ab(6x² + 1) + b²p` annihilates P. That number and the order of the
/// curve, `r(2p − r)`, have the greatest common divisor r (a test computes it). And on G2 ψ is
/// multiplication by p, for which the condition holds.
pub(crate) fn is_in_subgroup<F: Base>(point: &Affine<Fq2<F>>) -> bool {
    let multiple = times_parameter(point);
    let psi = Psi::new();
    let once = psi.of_jacobian(&multiple);
    let twice = psi.of_jacobian(&once);
    multiple.add_affine(point).add(&once).add(&twice).equals(&psi.of_jacobian(&twice.double()))
}

/// `[x]P`.
fn times_parameter<C: Coordinate>(point: &Affine<C>) -> Jacobian<C> {
    let minus = point.neg();
    let second = Jacobian::from(*point).double();
    let third = second.add_affine(point);
    let fifth = third.add(&second);
    let seventh = fifth.add(&second);
    let mut result = Jacobian::from(*point);
    for digit in PARAMETER_DIGITS.iter().rev().skip(1) {
        result = result.double();
        let odd = match digit.unsigned_abs() {
            0 => continue,
            1 => {
                result = result.add_affine(if *digit < 0 { &minus } else { point });
                continue;
            }
            3 => &third,
            5 => &fifth,
            _ => &seventh,
        };
        result = result.add(&if *digit < 0 { odd.neg() } else { *odd });
    }
    result
}
