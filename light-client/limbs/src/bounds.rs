//! The arithmetic on bounds: the proof that nothing overflows.
//!
//! A [`Bound`] stands for all elements whose limbs and value are within it. Every operation asserts
//! that no intermediate value of the real operation can leave its type, and gives the bound of the
//! result. The code of the tower and the curves is generic and has no branches on values, so one run
//! on bounds covers all inputs, and a bound that a loop gives back no larger than it took covers every
//! number of rounds.

use ark_bn254::Fq as Stock;

use super::base::Base;
use super::columns::{BITS, BaseModulus, Modulus as _};

/// How far limbs and value can be from zero.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bound {
    limbs: [f64; 9],
    /// In multiples of p.
    value: f64,
}

const HALF: f64 = (1u64 << (BITS - 1)) as f64;
/// p over 2²³².
const TOP: f64 = 3_171_406.93;
/// 2²⁶¹ over p.
const R_OVER_P: f64 = 169.28;

fn i32s(limbs: [f64; 9]) -> [f64; 9] {
    for limb in limbs {
        assert!(limb < 2f64.powi(31), "a limb of {limb} exceeds 32 bits");
    }
    limbs
}

impl Bound {
    /// What a reduction gives for this value.
    fn reduced(value: f64) -> Self {
        let mut limbs = [HALF; 9];
        limbs[8] = value * TOP + 2.0;
        Self { limbs: i32s(limbs), value }
    }

    /// The bound of settled elements, which every public function takes and gives.
    pub(crate) fn settled() -> Self {
        let mut bound = Self::reduced(0.53);
        for limb in &mut bound.limbs[..8] {
            *limb = HALF + 64.0;
        }
        bound
    }

    /// Whether every element of this bound is within the other.
    pub(crate) fn within(&self, other: &Self) -> bool {
        self.value <= other.value && self.limbs.iter().zip(&other.limbs).all(|(own, other)| own <= other)
    }

    fn settle_sums(limbs: [f64; 9], value: f64) -> Self {
        let quotient = value + 1.0;
        assert!((limbs[8] + limbs[7]) * 1354.0 < 2f64.powi(62));
        let mut next = [0.0; 9];
        let mut carry = 0.0;
        for index in 0..8 {
            let raw = limbs[index] + quotient * (BaseModulus::DIGITS[index].abs() as f64);
            assert!(raw < 2f64.powi(61));
            next[index] = HALF + carry;
            carry = raw / (2.0 * HALF) + 1.0;
        }
        // The estimate of the quotient is off by 2.5·10⁻⁴ of it, and by the limbs that it leaves out.
        let omitted = (1.0 + limbs[7] / (HALF * HALF) + limbs[6] / (HALF * HALF)) * 1.5 / TOP;
        let value = 0.5 + value * 2.5e-4 + omitted;
        next[8] = value * TOP + 4.0;
        Self { limbs: i32s(next), value }
    }
}

/// Bounds of the columns of a sum of products.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Columns {
    columns: [f64; 17],
    /// In multiples of p².
    value: f64,
}

impl Columns {
    fn sum(&self, other: &Self) -> Self {
        let mut columns = self.columns;
        for (column, other) in columns.iter_mut().zip(other.columns) {
            *column += other;
        }
        Self { columns, value: self.value + other.value }
    }
}

impl Base for Bound {
    type Wide = Columns;

    const ZERO: Self = Self { limbs: [0.0; 9], value: 0.0 };
    const ONE: Self = Self { limbs: [HALF, HALF, HALF, HALF, HALF, HALF, HALF, HALF, 0.5 * TOP], value: 0.5 };

    fn constant(_: &Stock) -> Self {
        Self::reduced(0.51)
    }

    fn inverse(&self) -> Self {
        assert!(self.wide(self).value < R_OVER_P);
        Self::reduce(&self.wide(self)).mul(&Self::settled())
    }

    fn is_zero(&self) -> bool {
        assert!(self.value < 1.0 && self.limbs[..8].iter().all(|limb| *limb < 2.0 * HALF), "not settled");
        false
    }

    fn add(&self, other: &Self) -> Self {
        let mut limbs = self.limbs;
        for (limb, other) in limbs.iter_mut().zip(other.limbs) {
            *limb += other;
        }
        Self { limbs: i32s(limbs), value: self.value + other.value }
    }

    fn sub(&self, other: &Self) -> Self {
        self.add(other)
    }

    fn neg(&self) -> Self {
        *self
    }

    fn settle(&self) -> Self {
        Self::settle_sums(self.limbs, self.value)
    }

    fn linear(&self, factor: i64, other: &Self, other_factor: i64) -> Self {
        assert!(factor.abs() <= 16 && other_factor.abs() <= 16);
        let (factor, other_factor) = (factor.abs() as f64, other_factor.abs() as f64);
        let mut limbs = self.limbs;
        for (limb, other) in limbs.iter_mut().zip(other.limbs) {
            *limb = factor * *limb + other_factor * other;
        }
        Self::settle_sums(limbs, factor * self.value + other_factor * other.value)
    }

    fn plus_nine_plus(&self, nine: &Self, one: &Self) -> Self {
        let mut limbs = self.limbs;
        for (index, limb) in limbs.iter_mut().enumerate() {
            *limb += 9.0 * nine.limbs[index] + one.limbs[index];
        }
        Self::settle_sums(limbs, self.value + 9.0 * nine.value + one.value)
    }

    fn plus_nine_minus(&self, nine: &Self, one: &Self) -> Self {
        self.plus_nine_plus(nine, one)
    }

    fn wide(&self, other: &Self) -> Columns {
        let mut columns = [0.0; 17];
        for (i, left) in self.limbs.iter().enumerate() {
            for (j, right) in other.limbs.iter().enumerate() {
                columns[i + j] += left * right;
            }
        }
        Columns { columns, value: self.value * other.value }
    }

    fn wide_cross(a: &[Self; 2], b: &[Self; 2], _: &Columns, _: &Columns) -> Columns {
        // What the real operation computes on the way may wrap; its sums of limbs may not.
        let _ = (a[0].add(&a[1]), b[0].add(&b[1]));
        a[0].wide(&b[1]).sum(&a[1].wide(&b[0]))
    }

    fn wide_sub(left: &Columns, right: &Columns) -> Columns {
        left.sum(right)
    }

    fn reduce(wide: &Columns) -> Self {
        let mut carry = 0.0;
        for (index, column) in wide.columns.iter().enumerate() {
            let first = index.saturating_sub(8);
            let multiple: f64 =
                (first..=index.min(8)).map(|i| HALF * (BaseModulus::DIGITS[index - i].abs() as f64)).sum();
            let total = column + multiple + carry;
            assert!(total < 2f64.powi(63), "column {index} of {total} exceeds 64 bits");
            carry = total / (2.0 * HALF) + 1.0;
        }
        assert!(wide.value < R_OVER_P, "a value of {} p² is beyond the reduction", wide.value);
        Self::reduced(wide.value / R_OVER_P + 0.501)
    }

    fn mul(&self, other: &Self) -> Self {
        Self::reduce(&self.wide(other))
    }

    fn square(&self) -> Self {
        self.mul(self)
    }
}
