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
use super::columns::{BaseModulus, Columns, Limbs, pack, product, reduce, settle, square, unpack, widen};
use super::inversion;
use super::tally::{Kind, note};

/// (p + 1)/4: the exponent of a square root, because p is 3 modulo 4.
const SQUARE_ROOT: [u64; 4] = [0x4f082305b61f3f52, 0x65e05aa45a1c72a3, 0x6e14116da0605617, 0x0c19139cb84c680a];

/// An element of the base field of BN254.
#[derive(Clone, Copy)]
pub(crate) struct Fq(pub(crate) Limbs);

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
    /// 2⁵²² modulo p: from an integer to our form.
    const FROM_INTEGER: Self = Self([
        220_114_633,
        202_416_876,
        84_767_593,
        232_122_839,
        215_829_697,
        -1_780_258,
        -168_485_870,
        53_114_649,
        -414_376,
    ]);
    /// 2⁷¹⁴ modulo p: from an integer times 2¹⁹² to our form.
    const FROM_UPPER: Self = Self([
        19_913_559,
        100_326_454,
        -161_645_257,
        57_583_055,
        117_986_473,
        91_733_324,
        94_618_061,
        124_866_085,
        -1_157_280,
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

    fn unpack(words: &[u64; 4]) -> Self {
        Self(unpack::<BaseModulus>(words))
    }

    #[inline(always)]
    fn settled(limbs: &[i64; 9]) -> Self {
        Self(settle::<BaseModulus>(limbs))
    }

    /// Takes an element of `ark-bn254`.
    pub(crate) fn from_stock(value: &Stock) -> Self {
        // Montgomery's form with R = 2²⁵⁶.
        Self::unpack(&value.0.0).mul(&Self::FROM_STOCK)
    }

    /// The residue of `upper·2¹⁹² + lower`.
    pub(crate) fn from_integers(upper: &[u64; 4], lower: &[u64; 4]) -> Self {
        Self::unpack(upper).mul(&Self::FROM_UPPER).add(&Self::unpack(lower).mul(&Self::FROM_INTEGER))
    }

    /// The element of `ark-bn254`.
    pub(crate) fn to_stock(self) -> Stock {
        Stock::new_unchecked(BigInt(pack::<BaseModulus>(&self.mul(&Self::TO_STOCK).0)))
    }

    /// The integer in [0, p).
    pub(crate) fn to_integer(self) -> [u64; 4] {
        pack::<BaseModulus>(&self.mul(&Self([1, 0, 0, 0, 0, 0, 0, 0, 0])).0)
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

/// Combines limbs one by one. Written out, because a loop is kept where size is asked for.
#[inline(always)]
#[rustfmt::skip]
pub(crate) fn zip_limbs<A: Copy, B: Copy, C>(left: &[A; 9], right: &[B; 9], combine: impl Fn(A, B) -> C) -> [C; 9] {
    let [a0, a1, a2, a3, a4, a5, a6, a7, a8] = *left;
    let [b0, b1, b2, b3, b4, b5, b6, b7, b8] = *right;
    [combine(a0, b0), combine(a1, b1), combine(a2, b2), combine(a3, b3), combine(a4, b4), combine(a5, b5), combine(a6, b6), combine(a7, b7), combine(a8, b8)]
}

/// Combines columns one by one.
#[inline(always)]
#[rustfmt::skip]
fn zip_columns<A: Copy, B: Copy, C>(left: &[A; 17], right: &[B; 17], combine: impl Fn(A, B) -> C) -> [C; 17] {
    let [a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16] = *left;
    let [b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11, b12, b13, b14, b15, b16] = *right;
    [combine(a0, b0), combine(a1, b1), combine(a2, b2), combine(a3, b3), combine(a4, b4), combine(a5, b5), combine(a6, b6), combine(a7, b7), combine(a8, b8), combine(a9, b9), combine(a10, b10), combine(a11, b11), combine(a12, b12), combine(a13, b13), combine(a14, b14), combine(a15, b15), combine(a16, b16)]
}

impl Base for Fq {
    type Wide = Columns;

    fn constant(value: &Stock) -> Self {
        Self::from_stock(value)
    }

    fn inverse(&self) -> Self {
        note(Kind::Inversion);
        Self::unpack(&inversion::inverse(&self.to_integer())).mul(&Self::FROM_INTEGER)
    }

    fn is_zero(&self) -> bool {
        let [a0, a1, a2, a3, a4, a5, a6, a7, a8] = self.0;
        a0 | a1 | a2 | a3 | a4 | a5 | a6 | a7 | a8 == 0
    }

    const ZERO: Self = Self([0; 9]);
    const ONE: Self = Self::MONTGOMERY_ONE;

    #[inline(always)]
    fn add(&self, other: &Self) -> Self {
        Self(zip_limbs(&self.0, &other.0, |left, right| left + right))
    }

    #[inline(always)]
    fn sub(&self, other: &Self) -> Self {
        Self(zip_limbs(&self.0, &other.0, |left, right| left - right))
    }

    #[inline(always)]
    fn neg(&self) -> Self {
        Self(zip_limbs(&[0; 9], &self.0, |zero: i32, limb| zero - limb))
    }

    fn settle(&self) -> Self {
        note(Kind::Settling);
        Self::settled(&widen(&self.0))
    }

    #[inline(always)]
    fn linear(&self, factor: i64, other: &Self, other_factor: i64) -> Self {
        note(Kind::Settling);
        Self::settled(&zip_limbs(&self.0, &other.0, |left, right| {
            factor * i64::from(left) + other_factor * i64::from(right)
        }))
    }

    fn plus_nine_plus(&self, nine: &Self, one: &Self) -> Self {
        note(Kind::Settling);
        let sum = zip_limbs(&self.0, &one.0, |left, right| i64::from(left) + i64::from(right));
        Self::settled(&zip_limbs(&sum, &nine.0, |sum, nine| sum + 9 * i64::from(nine)))
    }

    fn plus_nine_minus(&self, nine: &Self, one: &Self) -> Self {
        note(Kind::Settling);
        let difference = zip_limbs(&self.0, &one.0, |left, right| i64::from(left) - i64::from(right));
        Self::settled(&zip_limbs(&difference, &nine.0, |sum, nine| sum + 9 * i64::from(nine)))
    }

    #[inline(always)]
    fn wide(&self, other: &Self) -> Columns {
        note(Kind::Product);
        product(&self.0, &other.0)
    }

    #[inline(always)]
    fn wide_cross(a: &[Self; 2], b: &[Self; 2], low: &Columns, high: &Columns) -> Columns {
        note(Kind::Product);
        // Karatsuba. The first product may wrap around; the difference is back in range.
        let [a0, a1] = a;
        let [b0, b1] = b;
        let both = product(&a0.add(a1).0, &b0.add(b1).0);
        let rest = zip_columns(&both, low, i64::wrapping_sub);
        zip_columns(&rest, high, i64::wrapping_sub)
    }

    #[inline(always)]
    fn wide_sub(left: &Columns, right: &Columns) -> Columns {
        zip_columns(left, right, |left, right| left - right)
    }

    #[inline(always)]
    fn reduce(wide: &Columns) -> Self {
        note(Kind::Reduction);
        Self(reduce::<BaseModulus>(wide))
    }

    #[inline(never)]
    fn mul(&self, other: &Self) -> Self {
        note(Kind::Product);
        note(Kind::Reduction);
        Self(reduce::<BaseModulus>(&product(&self.0, &other.0)))
    }

    #[inline(never)]
    fn square(&self) -> Self {
        note(Kind::Square);
        note(Kind::Reduction);
        Self(reduce::<BaseModulus>(&square(&self.0)))
    }
}
