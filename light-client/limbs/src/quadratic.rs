//! Fq2 = Fq(u), u² = −1.

use super::base::Base;

/// `c0 + c1·u`.
#[derive(Clone, Copy)]
pub(crate) struct Fq2<F> {
    pub(crate) c0: F,
    pub(crate) c1: F,
}

impl<F: Base> Fq2<F> {
    pub(crate) const ZERO: Self = Self { c0: F::ZERO, c1: F::ZERO };
    pub(crate) const ONE: Self = Self { c0: F::ONE, c1: F::ZERO };

    /// An element of `ark-bn254`.
    pub(crate) fn constant(value: &ark_bn254::Fq2) -> Self {
        Self { c0: F::constant(&value.c0), c1: F::constant(&value.c1) }
    }

    #[inline]
    pub(crate) fn add(&self, other: &Self) -> Self {
        Self { c0: self.c0.add(&other.c0), c1: self.c1.add(&other.c1) }
    }

    #[inline]
    pub(crate) fn double(&self) -> Self {
        self.add(self)
    }

    #[inline]
    pub(crate) fn sub(&self, other: &Self) -> Self {
        Self { c0: self.c0.sub(&other.c0), c1: self.c1.sub(&other.c1) }
    }

    #[inline]
    pub(crate) fn neg(&self) -> Self {
        Self { c0: self.c0.neg(), c1: self.c1.neg() }
    }

    /// The conjugate, which is the power p.
    #[inline]
    pub(crate) fn conjugate(&self) -> Self {
        Self { c0: self.c0, c1: self.c1.neg() }
    }

    #[inline(never)]
    pub(crate) fn settle(&self) -> Self {
        Self { c0: self.c0.settle(), c1: self.c1.settle() }
    }

    /// `factor·self + other_factor·other` for factors of at most 16, settled.
    #[inline(never)]
    pub(crate) fn linear(&self, factor: i64, other: &Self, other_factor: i64) -> Self {
        Self {
            c0: self.c0.linear(factor, &other.c0, other_factor),
            c1: self.c1.linear(factor, &other.c1, other_factor),
        }
    }

    /// The product: three products and two reductions.
    #[inline(never)]
    pub(crate) fn mul(&self, other: &Self) -> Self {
        let low = self.c0.wide(&other.c0);
        let high = self.c1.wide(&other.c1);
        let cross = F::wide_cross(&[self.c0, self.c1], &[other.c0, other.c1], &low, &high);
        Self { c0: F::reduce(&F::wide_sub(&low, &high)), c1: F::reduce(&cross) }
    }

    /// The square: `(c0 + c1)(c0 − c1) + 2·c0·c1·u`.
    #[inline(never)]
    pub(crate) fn square(&self) -> Self {
        let (sum, difference) = (self.c0.add(&self.c1), self.c0.sub(&self.c1));
        let twice = self.c0.add(&self.c0);
        Self { c0: F::reduce(&sum.wide(&difference)), c1: F::reduce(&twice.wide(&self.c1)) }
    }

    /// The product with an element of the base field.
    #[inline(never)]
    pub(crate) fn scale(&self, factor: &F) -> Self {
        Self { c0: self.c0.mul(factor), c1: self.c1.mul(factor) }
    }

    /// `self + ξ·other`, with ξ = 9 + u.
    #[inline(never)]
    pub(crate) fn plus_xi(&self, other: &Self) -> Self {
        Self { c0: self.c0.plus_nine_minus(&other.c0, &other.c1), c1: self.c1.plus_nine_plus(&other.c1, &other.c0) }
    }

    /// `ξ·self`.
    #[inline]
    pub(crate) fn xi(&self) -> Self {
        Self::ZERO.plus_xi(self)
    }

    /// `c0² + c1²`, zero for zero alone.
    pub(crate) fn norm(&self) -> F {
        self.c0.square().add(&self.c1.square()).settle()
    }

    /// The inverse; of zero, zero.
    pub(crate) fn inverse(&self) -> Self {
        self.conjugate().scale(&self.norm().inverse())
    }
}
