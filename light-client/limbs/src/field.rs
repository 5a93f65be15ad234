//! Fq in nine signed limbs of 29 bits, for machines whose widest product is 64 bits.
//!
//! An element stands for `Σ limbᵢ·2^(29i)`, times 2⁻²⁶¹ modulo p (Montgomery's form with R = 2²⁶¹).
//! Results of products have limbs within ±2²⁸ and a value within about ±0.6·p; sums grow, see
//! [`Base`]. Columns of products are sums of at most nine products of two limbs in 64 bits, without
//! carries; the reduction adds a multiple of p whose digits are again within ±2²⁸. R is 169·p, so
//! values of several p reduce as well as small ones.

use ark_bn254::Fq as Stock;
use ark_ff::BigInt;

use super::base::Base;
use super::columns::{Columns, pack, product, reduce, settle, square, unpack};

/// p − 2: the exponent of the inverse.
const INVERSION: [u64; 4] = [0x3c208c16d87cfd45, 0x97816a916871ca8d, 0xb85045b68181585d, 0x30644e72e131a029];

/// (p + 1)/4: the exponent of a square root, because p is 3 modulo 4.
const SQUARE_ROOT: [u64; 4] = [0x4f082305b61f3f52, 0x65e05aa45a1c72a3, 0x6e14116da0605617, 0x0c19139cb84c680a];

/// An element of the base field of BN254.
#[derive(Clone, Copy)]
pub(crate) struct Fq(pub(crate) [i32; 9]);

impl Fq {
    /// 2²⁶⁶ modulo p: from `ark-bn254`'s factor 2²⁵⁶ to ours.
    const FROM_STOCK: Self = Self([
        -214_655_839,
        -94_534_487,
        171_859_117,
        -268_285_472,
        -222_735_895,
        244_503_301,
        -187_984_461,
        68_918_590,
        360_451,
    ]);
    /// 2²⁵⁶ modulo p: back again.
    const TO_STOCK: Self = Self([
        93_261_213,
        -85_320_594,
        -238_891_147,
        -237_612_564,
        -194_854_744,
        -239_616_963,
        -54_683_205,
        -130_858_756,
        920_184,
    ]);
    const MONTGOMERY_ONE: Self = Self([
        -176_370_655,
        -199_481_511,
        -128_831_276,
        21_759_002,
        178_483_129,
        -45_989_682,
        -237_679_608,
        86_689_705,
        903_222,
    ]);

    /// Takes an element of `ark-bn254`.
    pub(crate) const fn from_stock(value: &Stock) -> Self {
        // Montgomery's form with R = 2²⁵⁶.
        reduce(&product(&unpack(&value.0.0), &Self::FROM_STOCK))
    }

    /// The element of `ark-bn254`.
    pub(crate) fn to_stock(self) -> Stock {
        Stock::new_unchecked(BigInt(pack(&reduce(&product(&self, &Self::TO_STOCK)))))
    }

    /// The integer in [0, p).
    pub(crate) fn to_integer(self) -> [u64; 4] {
        pack(&reduce(&product(&self, &Self([1, 0, 0, 0, 0, 0, 0, 0, 0]))))
    }

    /// The power with this exponent, which is public: windows of four bits.
    fn power(&self, exponent: &[u64; 4]) -> Self {
        let mut powers = [Self::ONE; 16];
        let mut last = Self::ONE;
        for power in powers.iter_mut().skip(1) {
            last = last.mul(self);
            *power = last;
        }
        let mut result = Self::ONE;
        for nibble in (0..64).rev() {
            if nibble != 63 {
                result = result.square().square().square().square();
            }
            let word = exponent.get(nibble / 16).copied().unwrap_or_default();
            let digit = usize::try_from(word >> (4 * (nibble % 16)) & 15).unwrap_or_default();
            if let (1.., Some(power)) = (digit, powers.get(digit)) {
                result = result.mul(power);
            }
        }
        result
    }

    /// A square root, if there is one.
    pub(crate) fn square_root(&self) -> Option<Self> {
        let root = self.power(&SQUARE_ROOT);
        root.square().equals(self).then_some(root)
    }

    /// Whether two elements are equal.
    pub(crate) fn equals(&self, other: &Self) -> bool {
        Base::is_zero(&self.sub(other).settle())
    }
}

/// Combines two arrays, item by item.
#[inline(always)]
fn zip<A: Copy, B: Copy, C: Copy + Default, const N: usize>(
    left: &[A; N],
    right: &[B; N],
    combine: impl Fn(A, B) -> C,
) -> [C; N] {
    let mut result = [C::default(); N];
    for (result, (left, right)) in result.iter_mut().zip(left.iter().zip(right)) {
        *result = combine(*left, *right);
    }
    result
}

impl Base for Fq {
    type Wide = Columns;

    fn constant(value: &Stock) -> Self {
        Self::from_stock(value)
    }

    fn inverse(&self) -> Self {
        self.power(&INVERSION)
    }

    fn is_zero(&self) -> bool {
        self.to_integer() == [0; 4]
    }

    const ZERO: Self = Self([0; 9]);
    const ONE: Self = Self::MONTGOMERY_ONE;

    #[inline(always)]
    fn add(&self, other: &Self) -> Self {
        Self(zip(&self.0, &other.0, |left, right| left + right))
    }

    #[inline(always)]
    fn sub(&self, other: &Self) -> Self {
        Self(zip(&self.0, &other.0, |left, right| left - right))
    }

    #[inline(always)]
    fn neg(&self) -> Self {
        Self(self.0.map(|limb| -limb))
    }

    fn settle(&self) -> Self {
        settle(&self.0.map(i64::from))
    }

    #[inline(always)]
    fn linear(&self, factor: i64, other: &Self, other_factor: i64) -> Self {
        settle(&zip(&self.0, &other.0, |left, right| factor * i64::from(left) + other_factor * i64::from(right)))
    }

    fn plus_nine_plus(&self, nine: &Self, one: &Self) -> Self {
        let sum = zip(&self.0, &one.0, |left, right| i64::from(left) + i64::from(right));
        settle(&zip(&sum, &nine.0, |sum, nine| sum + 9 * i64::from(nine)))
    }

    fn plus_nine_minus(&self, nine: &Self, one: &Self) -> Self {
        let difference = zip(&self.0, &one.0, |left, right| i64::from(left) - i64::from(right));
        settle(&zip(&difference, &nine.0, |sum, nine| sum + 9 * i64::from(nine)))
    }

    #[inline(always)]
    fn wide(&self, other: &Self) -> Columns {
        product(self, other)
    }

    #[inline(always)]
    fn wide_cross(a: &[Self; 2], b: &[Self; 2], low: &Columns, high: &Columns) -> Columns {
        // Karatsuba. The first product may wrap around; the difference is back in range.
        let [a0, a1] = a;
        let [b0, b1] = b;
        let both = product(&a0.add(a1), &b0.add(b1));
        let rest = zip(&both, low, i64::wrapping_sub);
        zip(&rest, high, i64::wrapping_sub)
    }

    #[inline(always)]
    fn wide_sub(left: &Columns, right: &Columns) -> Columns {
        zip(left, right, |left, right| left - right)
    }

    #[inline(always)]
    fn reduce(wide: &Columns) -> Self {
        reduce(wide)
    }

    #[inline(never)]
    fn mul(&self, other: &Self) -> Self {
        reduce(&product(self, other))
    }

    #[inline(never)]
    fn square(&self) -> Self {
        reduce(&square(self))
    }
}
