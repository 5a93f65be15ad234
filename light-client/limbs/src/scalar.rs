//! Transforms over the scalar field: values, the factors that they are multiplied by, and their sums.
//!
//! Only factors are in Montgomery's form, so a product of a value and a factor is a value, and integers are
//! values as they are.

use ark_bn254::Fr;

use super::columns::{Limbs, ScalarModulus, pack, product, reduce, settle, unpack, widen};
use super::field::zip_limbs;

/// 2²⁶⁶ modulo r: from `ark-bn254`'s factor 2²⁵⁶ to ours.
const FROM_STOCK: Limbs =
    [268_430_039, -44_808_972, 71_535_270, 62_181_526, -213_089_062, 244_503_301, -187_984_461, 68_918_590, 360_451];

/// An integer modulo r.
#[derive(Clone, Copy, Debug)]
pub struct Value(Limbs);

/// What values are multiplied by.
#[derive(Clone, Copy, Debug)]
pub struct Factor(Limbs);

impl Factor {
    /// The element as a factor.
    pub fn new(element: &Fr) -> Self {
        Self(reduce::<ScalarModulus>(&product(&unpack::<ScalarModulus>(&element.0.0), &FROM_STOCK)))
    }
}

impl Value {
    /// Zero.
    pub const ZERO: Self = Self([0; 9]);

    /// Sums and differences that one value may take part in before it has to be settled: each adds limbs
    /// within 2²⁸ to limbs that have 31 bits.
    pub const SUMS: u32 = 6;

    /// The residue of an integer: four words, lowest first.
    pub fn from_integer(words: &[u64; 4]) -> Self {
        Self(unpack::<ScalarModulus>(words))
    }

    /// The integer below r that a settled value stands for.
    pub fn to_integer(&self) -> [u64; 4] {
        pack::<ScalarModulus>(&self.0)
    }

    /// The product, settled.
    #[inline(never)]
    #[must_use]
    pub fn times(&self, factor: &Factor) -> Self {
        Self(reduce::<ScalarModulus>(&product(&self.0, &factor.0)))
    }

    /// The sum with a settled value.
    #[inline]
    #[must_use]
    pub fn plus(&self, settled: &Self) -> Self {
        Self(zip_limbs(&self.0, &settled.0, |left, right| left + right))
    }

    /// The difference from a settled value.
    #[inline]
    #[must_use]
    pub fn minus(&self, settled: &Self) -> Self {
        Self(zip_limbs(&self.0, &settled.0, |left, right| left - right))
    }

    /// The same value with small limbs.
    #[inline(never)]
    #[must_use]
    pub fn settle(&self) -> Self {
        Self(settle::<ScalarModulus>(&widen(&self.0)))
    }
}
