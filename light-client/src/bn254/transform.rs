//! Number-theoretic transforms over the scalar field.

use alloc::vec::Vec;

use super::{Fr, backend};

/// An integer modulo r on its way through a transform.
#[derive(Clone, Copy, Debug)]
pub struct Value(backend::Value);

/// An element that values are multiplied by.
#[derive(Clone, Copy, Debug)]
pub struct Factor(backend::Factor);

impl Factor {
    /// The element as a factor.
    pub fn new(element: &Fr) -> Self {
        Self(backend::Factor::new(element))
    }
}

impl Value {
    /// Zero.
    pub const ZERO: Self = Self(backend::Value::ZERO);

    /// An integer below r: four words, lowest first.
    pub fn from_integer(words: &[u64; 4]) -> Self {
        Self(backend::Value::from_integer(words))
    }

    /// The integer below r, after a product or a transform: four words, lowest first.
    pub fn to_integer(self) -> [u64; 4] {
        self.0.to_integer()
    }

    /// The product.
    #[must_use]
    pub fn times(&self, factor: &Factor) -> Self {
        Self(self.0.times(&factor.0))
    }
}

/// A transform of one size, which is a power of two.
#[derive(Clone, Debug)]
pub struct Transform {
    size: usize,
    /// The first `size/2` powers of the root of unity of this order.
    twiddles: Vec<Factor>,
}

impl Transform {
    /// Prepares the powers of a root of unity of order `size`.
    pub fn new(root: Fr, size: usize) -> Self {
        Self { size, twiddles: powers(root, size / 2) }
    }

    /// The size.
    pub const fn size(&self) -> usize {
        self.size
    }

    /// Transforms values, from bit-reversed order to natural order.
    pub fn apply(&self, values: &mut [Value]) {
        let mut half = 1;
        let mut sums = 0;
        while half < self.size {
            if sums == backend::Value::SUMS {
                settle(values);
                sums = 0;
            }
            let stride = self.size / (2 * half);
            for block in values.chunks_exact_mut(2 * half) {
                let (low, high) = block.split_at_mut(half);
                let mut pairs = low.iter_mut().zip(high).zip(self.twiddles.iter().step_by(stride));
                // The first twiddle is one: a fifth of all multiplications.
                if let Some(((low, high), _)) = pairs.next() {
                    butterfly(low, high, high.0.settle());
                }
                for ((low, high), twiddle) in pairs {
                    butterfly(low, high, high.0.times(&twiddle.0));
                }
            }
            half *= 2;
            sums += 1;
        }
        settle(values);
    }
}

#[inline(always)]
fn butterfly(low: &mut Value, high: &mut Value, product: backend::Value) {
    (low.0, high.0) = (low.0.plus(&product), low.0.minus(&product));
}

fn settle(values: &mut [Value]) {
    values.iter_mut().for_each(|value| value.0 = value.0.settle());
}

/// The first powers of an element.
pub fn powers(base: Fr, count: usize) -> Vec<Factor> {
    let powers = core::iter::successors(Some(Fr::from(1u8)), |power| Some(*power * base));
    powers.take(count).map(|power| Factor::new(&power)).collect()
}
