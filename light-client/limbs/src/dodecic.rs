//! Fq12 = Fq6(w), w² = v: the field where pairings have their values.

use ark_bn254::Fq12Config;
use ark_ff::Fp12Config as _;

use super::base::Base;
use super::quadratic::Fq2;
use super::sextic::Fq6;

/// `c0 + c1·w`.
#[derive(Clone, Copy)]
pub(crate) struct Fq12<F> {
    pub(crate) c0: Fq6<F>,
    pub(crate) c1: Fq6<F>,
}

impl<F: Base> Fq12<F> {
    pub(crate) const ONE: Self = Self { c0: Fq6::ONE, c1: Fq6::ZERO };

    /// The power p⁶; of elements whose norm to Fq6 is one, the inverse.
    #[inline(never)]
    pub(crate) fn conjugate(&self) -> Self {
        Self { c0: self.c0, c1: self.c1.neg() }
    }

    /// Whether the element is one.
    pub(crate) fn is_one(&self) -> bool {
        let Self { c0: Fq6 { c0, c1, c2 }, c1: Fq6 { c0: c3, c1: c4, c2: c5 } } = self;
        let rest = c0.sub(&Fq2::ONE).settle();
        [&rest, c1, c2, c3, c4, c5].iter().all(|c| c.c0.is_zero() && c.c1.is_zero())
    }

    /// The product: 18 products of Fq2.
    #[inline(never)]
    pub(crate) fn mul(&self, other: &Self) -> Self {
        let low = self.c0.mul(&other.c0);
        let high = self.c1.mul(&other.c1);
        let both = self.c0.add(&self.c1).settle().mul(&other.c0.add(&other.c1).settle());
        Self { c0: low.plus_v(&high).settle(), c1: both.sub(&low).sub(&high).settle() }
    }

    /// The square: 12 products of Fq2.
    #[inline(never)]
    pub(crate) fn square(&self) -> Self {
        let product = self.c0.mul(&self.c1);
        let both = self.c0.add(&self.c1).settle().mul(&self.c0.plus_v(&self.c1).settle());
        let rest = both.sub(&product);
        Self { c0: rest.sub(&product.times_v()).settle(), c1: product.add(&product).settle() }
    }

    /// The product with a line `l0 + l1·w + l2·v·w`: 13 products of Fq2.
    #[inline(never)]
    pub(crate) fn mul_by_line(&self, l0: &Fq2<F>, l1: &Fq2<F>, l2: &Fq2<F>) -> Self {
        let low = self.c0.scale(l0);
        let high = self.c1.mul_by_01(l1, l2);
        let both = self.c0.add(&self.c1).settle().mul_by_01(&l0.add(l1).settle(), l2);
        Self { c0: low.plus_v(&high).settle(), c1: both.sub(&low).sub(&high).settle() }
    }

    /// The product with a line `1 + l1·w + l2·v·w`: ten products of Fq2.
    #[inline(never)]
    pub(crate) fn mul_by_monic_line(&self, l1: &Fq2<F>, l2: &Fq2<F>) -> Self {
        let from_low = self.c0.mul_by_01(l1, l2);
        let from_high = self.c1.mul_by_01(l1, l2);
        Self { c0: self.c0.plus_v(&from_high).settle(), c1: self.c1.add(&from_low).settle() }
    }

    /// The inverse; of zero, zero.
    #[inline(never)]
    pub(crate) fn inverse(&self) -> Self {
        let square = |value: &Fq6<F>| value.mul(value);
        let norm = square(&self.c0).sub(&square(&self.c1).times_v()).settle().inverse();
        Self { c0: self.c0.mul(&norm), c1: self.c1.mul(&norm).neg() }
    }

    /// The power p, or p², or p³.
    #[inline(never)]
    pub(crate) fn frobenius(&self, power: usize) -> Self {
        let factor = Fq12Config::FROBENIUS_COEFF_FP12_C1.get(power).map_or(Fq2::ONE, Fq2::constant);
        Self { c0: self.c0.frobenius(power), c1: self.c1.frobenius(power).scale(&factor) }
    }

    /// The square of an element of the cyclotomic subgroup, by Granger and Scott
    /// (<https://eprint.iacr.org/2009/565>): six products of Fq2.
    #[inline(never)]
    pub(crate) fn cyclotomic_square(&self) -> Self {
        let Self { c0: Fq6 { c0: z0, c1: z4, c2: z3 }, c1: Fq6 { c0: z2, c1: z1, c2: z5 } } = self;
        // Squares in Fq4 = Fq2(s), s² = ξ, of (z0, z1), (z2, z3), (z4, z5); their second halves halved.
        let (t0, t1) = square_fq4(z0, z1);
        let (t2, t3) = square_fq4(z2, z3);
        let (t4, t5) = square_fq4(z4, z5);
        Self {
            c0: Fq6 { c0: t0.linear(3, z0, -2), c1: t2.linear(3, z4, -2), c2: t4.linear(3, z3, -2) },
            c1: Fq6 { c0: t5.xi().linear(6, z2, 2), c1: t1.linear(6, z1, 2), c2: t3.linear(6, z5, 2) },
        }
    }
}

/// The square of `a + b·s` in Fq2(s), s² = ξ: its first half, and half of its second one.
fn square_fq4<F: Base>(a: &Fq2<F>, b: &Fq2<F>) -> (Fq2<F>, Fq2<F>) {
    let product = a.mul(b);
    let both = a.add(b).settle().mul(&a.plus_xi(b));
    (both.sub(&product).sub(&product.xi()).settle(), product)
}
