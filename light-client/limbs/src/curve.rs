//! Points of `y² = x³ + b` over Fq and Fq2 in Jacobian coordinates.
//!
//! The sums are complete: infinity, equal and opposite points are told apart. Points are public, so
//! the running time may depend on them.

use super::base::Base;
use super::quadratic::Fq2;

/// A field that coordinates are in: Fq or Fq2.
pub(crate) trait Coordinate: Copy {
    const ZERO: Self;
    const ONE: Self;
    fn add(&self, other: &Self) -> Self;
    fn sub(&self, other: &Self) -> Self;
    fn neg(&self) -> Self;
    fn settle(&self) -> Self;
    fn linear(&self, factor: i64, other: &Self, other_factor: i64) -> Self;
    fn mul(&self, other: &Self) -> Self;
    fn square(&self) -> Self;
    fn inverse(&self) -> Self;
    fn is_zero(&self) -> bool;
}

impl<F: Base> Coordinate for F {
    const ZERO: Self = <F as Base>::ZERO;
    const ONE: Self = <F as Base>::ONE;

    fn add(&self, other: &Self) -> Self {
        <F as Base>::add(self, other)
    }

    fn sub(&self, other: &Self) -> Self {
        <F as Base>::sub(self, other)
    }

    fn neg(&self) -> Self {
        <F as Base>::neg(self)
    }

    fn settle(&self) -> Self {
        <F as Base>::settle(self)
    }

    fn linear(&self, factor: i64, other: &Self, other_factor: i64) -> Self {
        <F as Base>::linear(self, factor, other, other_factor)
    }

    fn mul(&self, other: &Self) -> Self {
        <F as Base>::mul(self, other)
    }

    fn square(&self) -> Self {
        <F as Base>::square(self)
    }

    fn inverse(&self) -> Self {
        <F as Base>::inverse(self)
    }

    fn is_zero(&self) -> bool {
        Base::is_zero(self)
    }
}

impl<F: Base> Coordinate for Fq2<F> {
    const ZERO: Self = Self::ZERO;
    const ONE: Self = Self::ONE;

    fn add(&self, other: &Self) -> Self {
        Self::add(self, other)
    }

    fn sub(&self, other: &Self) -> Self {
        Self::sub(self, other)
    }

    fn neg(&self) -> Self {
        Self::neg(self)
    }

    fn settle(&self) -> Self {
        Self::settle(self)
    }

    fn linear(&self, factor: i64, other: &Self, other_factor: i64) -> Self {
        Self::linear(self, factor, other, other_factor)
    }

    fn mul(&self, other: &Self) -> Self {
        Self::mul(self, other)
    }

    fn square(&self) -> Self {
        Self::square(self)
    }

    fn inverse(&self) -> Self {
        Self::inverse(self)
    }

    fn is_zero(&self) -> bool {
        Base::is_zero(&self.c0) && Base::is_zero(&self.c1)
    }
}

/// A point that is not infinity.
#[derive(Clone, Copy)]
pub(crate) struct Affine<C> {
    pub(crate) x: C,
    pub(crate) y: C,
}

impl<C: Coordinate> Affine<C> {
    pub(crate) fn neg(&self) -> Self {
        Self { x: self.x, y: self.y.neg() }
    }
}

/// A point (x/z², y/z³); infinity where z is zero.
#[derive(Clone, Copy)]
pub(crate) struct Jacobian<C> {
    pub(crate) x: C,
    pub(crate) y: C,
    pub(crate) z: C,
}

impl<C: Coordinate> From<Affine<C>> for Jacobian<C> {
    fn from(point: Affine<C>) -> Self {
        Self { x: point.x, y: point.y, z: C::ONE }
    }
}

impl<C: Coordinate> Jacobian<C> {
    pub(crate) const INFINITY: Self = Self { x: C::ONE, y: C::ONE, z: C::ZERO };

    pub(crate) fn is_infinity(&self) -> bool {
        self.z.is_zero()
    }

    pub(crate) fn neg(&self) -> Self {
        Self { x: self.x, y: self.y.neg(), z: self.z }
    }

    /// Twice the point. Infinity stays infinity, and no point has y = 0: the orders are odd.
    #[inline(never)]
    pub(crate) fn double(&self) -> Self {
        let xx = self.x.square();
        let yy = self.y.square();
        let slope = xx.linear(3, &xx, 0);
        let xyy = self.x.mul(&yy);
        let x = slope.square().linear(1, &xyy, -8);
        let y = slope.mul(&xyy.linear(4, &x, -1)).linear(1, &yy.square(), -8);
        Self { x, y, z: self.y.add(&self.y).mul(&self.z) }
    }

    /// The sum with a point whose z is one.
    #[inline(never)]
    pub(crate) fn add_affine(&self, other: &Affine<C>) -> Self {
        if self.is_infinity() {
            return Self::from(*other);
        }
        let zz = self.z.square();
        let h = other.x.mul(&zz).sub(&self.x).settle();
        let slope = other.y.mul(&self.z).mul(&zz).sub(&self.y).settle();
        self.add_along(&self.x, &self.y, &h, &slope, &self.z)
    }

    /// The sum.
    #[inline(never)]
    pub(crate) fn add(&self, other: &Self) -> Self {
        if self.is_infinity() {
            return *other;
        }
        if other.is_infinity() {
            return *self;
        }
        let (zz, other_zz) = (self.z.square(), other.z.square());
        let x = self.x.mul(&other_zz);
        let y = self.y.mul(&other.z).mul(&other_zz);
        let h = other.x.mul(&zz).sub(&x).settle();
        let slope = other.y.mul(&self.z).mul(&zz).sub(&y).settle();
        self.add_along(&x, &y, &h, &slope, &self.z.mul(&other.z))
    }

    /// The sum, from the first point's coordinates at the common `z` and the differences.
    fn add_along(&self, x: &C, y: &C, h: &C, slope: &C, z: &C) -> Self {
        if h.is_zero() {
            return if slope.is_zero() { self.double() } else { Self::INFINITY };
        }
        let hh = h.square();
        let hhh = h.mul(&hh);
        let v = x.mul(&hh);
        let sum_x = slope.square().sub(&hhh).linear(1, &v, -2);
        let sum_y = slope.mul(&v.sub(&sum_x)).sub(&y.mul(&hhh)).settle();
        Self { x: sum_x, y: sum_y, z: z.mul(h) }
    }

    /// Whether both are the same point.
    #[inline(never)]
    pub(crate) fn equals(&self, other: &Self) -> bool {
        if self.is_infinity() || other.is_infinity() {
            return self.is_infinity() && other.is_infinity();
        }
        let (zz, other_zz) = (self.z.square(), other.z.square());
        let difference_x = self.x.mul(&other_zz).sub(&other.x.mul(&zz)).settle();
        let left = self.y.mul(&other_zz).mul(&other.z);
        let right = other.y.mul(&zz).mul(&self.z);
        difference_x.is_zero() && left.sub(&right).settle().is_zero()
    }

    /// The point with z = 1. `None` for infinity.
    #[inline(never)]
    pub(crate) fn to_affine(self) -> Option<Affine<C>> {
        if self.is_infinity() {
            return None;
        }
        let inverse = self.z.inverse();
        let square = inverse.square();
        Some(Affine { x: self.x.mul(&square), y: self.y.mul(&square.mul(&inverse)) })
    }
}
