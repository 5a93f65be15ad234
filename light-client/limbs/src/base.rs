//! What the tower asks of its base field, with rules that keep limbs from overflowing.
//!
//! An element is a vector of signed limbs without a fixed range: sums and differences are taken limb
//! by limb and never carry. Products need their operands' limbs to be small enough; results of
//! [`Base::reduce`] and [`Base::settle`] are. Nothing here branches on values, so that running the
//! same code once on *bounds* instead of values (`bounds` in the tests) proves for all values that no
//! limb, column or value exceeds what its type holds.

/// An element of the base field, or a bound of elements.
pub(crate) trait Base: Copy {
    /// A sum of products before its reduction.
    type Wide: Copy;

    /// Zero.
    const ZERO: Self;
    /// One.
    const ONE: Self;

    /// An element of `ark-bn254`.
    fn constant(value: &ark_bn254::Fq) -> Self;
    /// The inverse; of zero, zero.
    fn inverse(&self) -> Self;

    /// Whether a settled element is zero. Of bounds: false, the case that costs the most.
    ///
    /// Only one vector of limbs that are settled stands for zero: a multiple of p within ±p is the
    /// integer zero, so its lowest limb is a multiple of 2²⁹ within ±2²⁹ and none but zero, then the next.
    fn is_zero(&self) -> bool;

    /// The sum, not carried.
    fn add(&self, other: &Self) -> Self;
    /// The difference, not carried.
    fn sub(&self, other: &Self) -> Self;
    /// The negative, not carried.
    fn neg(&self) -> Self;
    /// The same element with small limbs and a value of about ±p/2.
    fn settle(&self) -> Self;
    /// `factor·self + other_factor·other` for factors of at most 16, settled.
    fn linear(&self, factor: i64, other: &Self, other_factor: i64) -> Self;
    /// `self + 9·nine + one`, settled.
    fn plus_nine_plus(&self, nine: &Self, one: &Self) -> Self;
    /// `self + 9·nine − one`, settled.
    fn plus_nine_minus(&self, nine: &Self, one: &Self) -> Self;

    /// The product, not reduced.
    fn wide(&self, other: &Self) -> Self::Wide;
    /// `a₀b₁ + a₁b₀`, given `a₀b₀` and `a₁b₁`.
    fn wide_cross(a: &[Self; 2], b: &[Self; 2], low: &Self::Wide, high: &Self::Wide) -> Self::Wide;
    /// The difference of two sums of products.
    fn wide_sub(left: &Self::Wide, right: &Self::Wide) -> Self::Wide;
    /// The element that a sum of products is, settled.
    fn reduce(wide: &Self::Wide) -> Self;

    /// The product.
    fn mul(&self, other: &Self) -> Self;
    /// The square.
    fn square(&self) -> Self;
}
