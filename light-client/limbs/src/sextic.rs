//! Fq6 = Fq2(v), v³ = ξ = 9 + u.

use ark_bn254::Fq6Config;
use ark_ff::Fp6Config as _;

use super::base::Base;
use super::quadratic::Fq2;

/// `c0 + c1·v + c2·v²`.
#[derive(Clone, Copy)]
pub(crate) struct Fq6<F> {
    pub(crate) c0: Fq2<F>,
    pub(crate) c1: Fq2<F>,
    pub(crate) c2: Fq2<F>,
}

impl<F: Base> Fq6<F> {
    pub(crate) const ZERO: Self = Self { c0: Fq2::ZERO, c1: Fq2::ZERO, c2: Fq2::ZERO };
    pub(crate) const ONE: Self = Self { c0: Fq2::ONE, c1: Fq2::ZERO, c2: Fq2::ZERO };

    pub(crate) fn map(&self, change: impl Fn(&Fq2<F>) -> Fq2<F>) -> Self {
        Self { c0: change(&self.c0), c1: change(&self.c1), c2: change(&self.c2) }
    }

    pub(crate) fn add(&self, other: &Self) -> Self {
        Self { c0: self.c0.add(&other.c0), c1: self.c1.add(&other.c1), c2: self.c2.add(&other.c2) }
    }

    pub(crate) fn sub(&self, other: &Self) -> Self {
        Self { c0: self.c0.sub(&other.c0), c1: self.c1.sub(&other.c1), c2: self.c2.sub(&other.c2) }
    }

    pub(crate) fn neg(&self) -> Self {
        self.map(Fq2::neg)
    }

    #[inline(never)]
    pub(crate) fn settle(&self) -> Self {
        self.map(Fq2::settle)
    }

    /// `v·self`.
    pub(crate) fn times_v(&self) -> Self {
        Self { c0: self.c2.xi(), c1: self.c0, c2: self.c1 }
    }

    /// `self + v·other`.
    #[inline(never)]
    pub(crate) fn plus_v(&self, other: &Self) -> Self {
        Self { c0: self.c0.plus_xi(&other.c2), c1: self.c1.add(&other.c0), c2: self.c2.add(&other.c1) }
    }

    /// The product: six products of Fq2.
    #[inline(never)]
    pub(crate) fn mul(&self, other: &Self) -> Self {
        let (a, b) = (self, other);
        let v0 = a.c0.mul(&b.c0);
        let v1 = a.c1.mul(&b.c1);
        let v2 = a.c2.mul(&b.c2);
        let v12 = a.c1.add(&a.c2).mul(&b.c1.add(&b.c2));
        let v01 = a.c0.add(&a.c1).mul(&b.c0.add(&b.c1));
        let v02 = a.c0.add(&a.c2).mul(&b.c0.add(&b.c2));
        Self {
            c0: v0.plus_xi(&v12.sub(&v1).sub(&v2)),
            c1: v01.sub(&v0).sub(&v1).plus_xi(&v2),
            c2: v02.sub(&v0).sub(&v2).add(&v1).settle(),
        }
    }

    /// The product with `b0 + b1·v`: five products of Fq2.
    #[inline(never)]
    pub(crate) fn mul_by_01(&self, b0: &Fq2<F>, b1: &Fq2<F>) -> Self {
        let a = self;
        let v0 = a.c0.mul(b0);
        let v1 = a.c1.mul(b1);
        let v12 = a.c1.add(&a.c2).mul(b1);
        let v01 = a.c0.add(&a.c1).mul(&b0.add(b1));
        let v02 = a.c0.add(&a.c2).mul(b0);
        Self { c0: v0.plus_xi(&v12.sub(&v1)), c1: v01.sub(&v0).sub(&v1).settle(), c2: v02.sub(&v0).add(&v1).settle() }
    }

    /// The product with an element of Fq2.
    #[inline(never)]
    pub(crate) fn scale(&self, factor: &Fq2<F>) -> Self {
        self.map(|coefficient| coefficient.mul(factor))
    }

    /// The inverse; of zero, zero.
    #[inline(never)]
    pub(crate) fn inverse(&self) -> Self {
        let Self { c0, c1, c2 } = self;
        let t0 = c0.square().sub(&c1.mul(c2).xi()).settle();
        let t1 = c2.square().xi().sub(&c0.mul(c1)).settle();
        let t2 = c1.square().sub(&c0.mul(c2)).settle();
        let norm = c0.mul(&t0).plus_xi(&c2.mul(&t1).add(&c1.mul(&t2)));
        Self { c0: t0, c1: t1, c2: t2 }.scale(&norm.inverse())
    }

    /// The power p, or p², or p³.
    #[inline(never)]
    pub(crate) fn frobenius(&self, power: usize) -> Self {
        let conjugate = |value: &Fq2<F>| if power % 2 == 1 { value.conjugate() } else { *value };
        let factor = |table: &[ark_bn254::Fq2]| table.get(power).map_or(Fq2::ONE, Fq2::constant);
        Self {
            c0: conjugate(&self.c0),
            c1: conjugate(&self.c1).mul(&factor(Fq6Config::FROBENIUS_COEFF_FP6_C1)),
            c2: conjugate(&self.c2).mul(&factor(Fq6Config::FROBENIUS_COEFF_FP6_C2)),
        }
    }
}
