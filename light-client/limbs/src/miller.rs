//! Miller loops of the optimal ate pairing.
//!
//! The line functions are those of Costello, Lange and Naehrig in homogeneous coordinates, as
//! `ark-ec` has them (`ec/src/models/bn/g2.rs`), up to factors in proper subfields of Fq12, which the
//! final exponentiation maps to one.

use alloc::vec::Vec;

use ark_bn254::Config;
use ark_ec::bn::BnConfig as _;
use ark_ec::short_weierstrass::SWCurveConfig as _;

use super::base::Base;
use super::curve::Affine;
use super::dodecic::Fq12;
use super::quadratic::Fq2;
use super::subgroup::Psi;

/// The lines of one point, in the order in which the loop meets them. At (x, y) in G1 a line is
/// `l0·y + l1·x·w + l2·v·w`.
pub(crate) enum Lines<F> {
    /// l0, l1, l2.
    Any(Vec<[Fq2<F>; 3]>),
    /// l1/l0, l2/l0.
    Monic(Vec<[Fq2<F>; 2]>),
}

/// A point on its way through the loop, in homogeneous coordinates.
struct Walker<F> {
    x: Fq2<F>,
    y: Fq2<F>,
    z: Fq2<F>,
    /// Three times the constant of the twisted curve.
    thrice_b: Fq2<F>,
}

impl<F: Base> Walker<F> {
    fn double(&mut self) -> [Fq2<F>; 3] {
        let xy = self.x.mul(&self.y);
        let b = self.y.square();
        let e = self.z.square().mul(&self.thrice_b);
        let f = e.linear(3, &e, 0);
        let h = self.y.mul(&self.z).double();
        let xx = self.x.square();
        let ee = e.square();
        self.x = xy.double().mul(&b.sub(&f));
        self.y = b.add(&f).settle().square().linear(1, &ee, -12);
        self.z = b.linear(4, &b, 0).mul(&h);
        [h.neg(), xx.linear(3, &xx, 0), e.sub(&b).settle()]
    }

    fn add(&mut self, point: &Affine<Fq2<F>>) -> [Fq2<F>; 3] {
        let theta = self.y.sub(&point.y.mul(&self.z)).settle();
        let lambda = self.x.sub(&point.x.mul(&self.z)).settle();
        let d = lambda.square();
        let e = lambda.mul(&d);
        let f = self.z.mul(&theta.square());
        let g = self.x.mul(&d);
        let h = e.add(&f).sub(&g.double()).settle();
        let j = theta.mul(&point.x).sub(&lambda.mul(&point.y)).settle();
        self.x = lambda.mul(&h);
        self.y = theta.mul(&g.sub(&h)).sub(&e.mul(&self.y)).settle();
        self.z = self.z.mul(&e);
        [lambda, theta.neg(), j]
    }
}

impl<F: Base> Lines<F> {
    /// The lines of a point that is not infinity.
    pub(crate) fn any(point: &Affine<Fq2<F>>) -> Self {
        let b = Fq2::constant(&ark_bn254::g2::Config::COEFF_B);
        let thrice_b = b.double().add(&b).settle();
        let mut walker = Walker { x: point.x, y: point.y, z: Fq2::ONE, thrice_b };
        let minus = point.neg();
        let mut lines = Vec::with_capacity(Config::ATE_LOOP_COUNT.len() * 2);
        for digit in Config::ATE_LOOP_COUNT.iter().rev().skip(1) {
            lines.push(walker.double());
            match digit {
                1 => lines.push(walker.add(point)),
                -1 => lines.push(walker.add(&minus)),
                _ => {}
            }
        }
        let psi = Psi::new();
        let first = psi.of(point);
        lines.push(walker.add(&first));
        lines.push(walker.add(&psi.of(&first).neg()));
        Self::Any(lines)
    }

    /// The lines of a point that is used again and again: cheaper to multiply by.
    pub(crate) fn monic(point: &Affine<Fq2<F>>) -> Self {
        let Self::Any(lines) = Self::any(point) else { return Self::Monic(Vec::new()) };
        // One inversion for all. No l0 is zero: the walker never meets infinity or a point of order 2.
        let mut prefixes = Vec::with_capacity(lines.len());
        let mut product = Fq2::ONE;
        for [l0, _, _] in &lines {
            prefixes.push(product);
            product = product.mul(l0);
        }
        let mut inverse = product.inverse();
        let mut monic: Vec<_> = lines
            .iter()
            .zip(&prefixes)
            .rev()
            .map(|([l0, l1, l2], prefix)| {
                let own = inverse.mul(prefix);
                inverse = inverse.mul(l0);
                [l1.mul(&own), l2.mul(&own)]
            })
            .collect();
        monic.reverse();
        Self::Monic(monic)
    }
}

/// A point of G1 with the lines to evaluate at it, scaled as they need it.
pub(crate) struct Pair<'a, F> {
    /// The factors of l0 and l1, or of l1/l0 and l2/l0.
    factors: [F; 2],
    lines: &'a Lines<F>,
}

impl<'a, F: Base> Pair<'a, F> {
    pub(crate) fn new(point: &Affine<F>, lines: &'a Lines<F>) -> Self {
        let factors = match lines {
            Lines::Any(_) => [point.y, point.x],
            Lines::Monic(_) => {
                let inverse = point.y.inverse();
                [point.x.mul(&inverse), inverse]
            }
        };
        Self { factors, lines }
    }

    /// Multiplies by the line with this index.
    fn multiply(&self, f: &mut Fq12<F>, index: usize) {
        let [first, second] = &self.factors;
        match self.lines {
            Lines::Any(lines) => {
                if let Some([l0, l1, l2]) = lines.get(index) {
                    *f = f.mul_by_line(&l0.scale(first), &l1.scale(second), l2);
                }
            }
            Lines::Monic(lines) => {
                if let Some([l1, l2]) = lines.get(index) {
                    *f = f.mul_by_monic_line(&l1.scale(first), &l2.scale(second));
                }
            }
        }
    }
}

/// The product of the Miller loops of some pairs, which share their squarings.
pub(crate) fn miller_loop<F: Base>(pairs: &[Pair<'_, F>]) -> Fq12<F> {
    let mut f = Fq12::ONE;
    let mut index = 0;
    let mut multiply = |f: &mut Fq12<F>| {
        for pair in pairs {
            pair.multiply(f, index);
        }
        index += 1;
    };
    for (round, digit) in Config::ATE_LOOP_COUNT.iter().rev().skip(1).enumerate() {
        if round > 0 {
            f = f.square();
        }
        multiply(&mut f);
        if *digit != 0 {
            multiply(&mut f);
        }
    }
    multiply(&mut f);
    multiply(&mut f);
    f
}
