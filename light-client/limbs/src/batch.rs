//! Which of many points of the twisted curve are in the subgroup of prime order: the check of
//! [`super::subgroup`] for all of them at once, in affine coordinates, whose inversions they share.
//!
//! Sums here are those of different points that are not opposite. The multiples of a member that are
//! added are different ones, the same for every member: so who meets another case is none.

use alloc::vec::Vec;

use super::base::Base;
use super::curve::{Affine, Coordinate as _};
use super::exponentiation::PARAMETER_DIGITS;
use super::quadratic::Fq2;
use super::subgroup::Psi;

/// So many points at once: more would share little more, and need memory.
pub(crate) const MOST: usize = 128;

/// Which of the points, none of which is infinity, are members.
pub(crate) fn are_in_subgroup<F: Base>(points: &[Affine<Fq2<F>>]) -> Vec<bool> {
    let mut chain = Chain { members: points.iter().map(|_| true).collect(), shares: Vec::with_capacity(points.len()) };
    let psi = Psi::new();
    let mut first = chain.times_parameter(points);
    let mut second = first.clone();
    apply(&psi, &mut second);
    let mut third = second.clone();
    apply(&psi, &mut third);
    // [x + 1]P + (ψ([x]P) + ψ²([x]P)) = ψ³([2x]P)?
    chain.step(&mut first, Some(points), false);
    chain.step(&mut second, Some(&third), false);
    chain.step(&mut first, Some(&second), false);
    chain.step(&mut third, None, false);
    apply(&psi, &mut third);
    for ((sum, expected), member) in first.iter().zip(&third).zip(&mut chain.members) {
        *member &= sum.x.sub(&expected.x).settle().is_zero() && sum.y.sub(&expected.y).settle().is_zero();
    }
    chain.members
}

fn apply<F: Base>(psi: &Psi<F>, points: &mut [Affine<Fq2<F>>]) {
    for point in points {
        *point = psi.of(point);
    }
}

/// Points that go through the same sums.
struct Chain<F> {
    /// Those that met no case that a member cannot meet.
    members: Vec<bool>,
    /// Of the sums that are being made: the norms of their runs, and the products of those before.
    shares: Vec<[F; 2]>,
}

impl<F: Base> Chain<F> {
    /// `[x]P`.
    fn times_parameter(&mut self, points: &[Affine<Fq2<F>>]) -> Vec<Affine<Fq2<F>>> {
        let mut second = points.to_vec();
        self.step(&mut second, None, false);
        let mut next = points.to_vec();
        // 1, 3, 5 and 7 times the points.
        let odd = [(); 4].map(|()| {
            let multiple = next.clone();
            self.step(&mut next, Some(&second), false);
            multiple
        });
        let mut result = points.to_vec();
        for digit in PARAMETER_DIGITS.iter().rev().skip(1) {
            self.step(&mut result, None, false);
            if let (1.., Some(multiple)) = (digit.unsigned_abs(), odd.get(usize::from(digit.unsigned_abs() / 2))) {
                self.step(&mut result, Some(multiple), *digit < 0);
            }
        }
        result
    }

    /// Adds to each point its other one, or subtracts it; doubles all where there are no others.
    ///
    /// The slope of the line through both is a rise over a run. All runs are inverted by one inversion
    /// of the product of their norms. No member's run is zero.
    #[inline(never)]
    fn step(&mut self, points: &mut [Affine<Fq2<F>>], others: Option<&[Affine<Fq2<F>>]>, negative: bool) {
        let run = |index: usize, point: &Affine<Fq2<F>>| match others.and_then(|others| others.get(index)) {
            Some(other) => other.x.sub(&point.x),
            None => point.y.double(),
        };
        let mut product = F::ONE;
        self.shares.clear();
        for ((index, point), member) in points.iter().enumerate().zip(&mut self.members) {
            let mut norm = run(index, point).norm();
            if Base::is_zero(&norm) {
                norm = F::ONE;
                *member = false;
            }
            self.shares.push([norm, product]);
            product = product.mul(&norm);
        }
        let mut inverse = product.inverse();
        for ((index, point), [norm, before]) in points.iter_mut().enumerate().zip(&self.shares).rev() {
            let (x, rise) = match others.and_then(|others| others.get(index)) {
                Some(other) => (other.x, if negative { other.y.neg() } else { other.y }.sub(&point.y)),
                None => {
                    let square = point.x.square();
                    (point.x, square.linear(3, &square, 0))
                }
            };
            let slope = run(index, point).conjugate().scale(&inverse.mul(before)).mul(&rise);
            inverse = inverse.mul(norm);
            let sum = slope.square().sub(&point.x).sub(&x).settle();
            *point = Affine { y: slope.mul(&point.x.sub(&sum)).sub(&point.y).settle(), x: sum };
        }
    }
}
