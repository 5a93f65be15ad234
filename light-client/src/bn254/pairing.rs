//! Products of pairings, in slices: is `e(P₁, Q₁) · e(P₂, Q₂) · … = 1`?

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use ark_ec::AffineRepr as _;
use once_cell::race::OnceBox;

use super::{G1Affine, G2Affine, backend};

/// A point of G2 prepared for pairings: its line functions, about 20 KiB.
#[derive(Clone)]
pub struct Prepared(Arc<backend::Lines>);

impl Prepared {
    /// Prepares a point. `None` for the point at infinity.
    pub fn new(point: &G2Affine) -> Option<Self> {
        (!point.is_zero()).then(|| Self(Arc::new(backend::Lines::prepared(point))))
    }

    /// The negated generator of G2: prepared once in the life of the program.
    pub fn minus_generator() -> Self {
        static LINES: OnceBox<Prepared> = OnceBox::new();
        LINES.get_or_init(|| Box::new(Self(Arc::new(backend::Lines::prepared(&-G2Affine::generator()))))).clone()
    }
}

impl fmt::Debug for Prepared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Prepared")
    }
}

enum Factor {
    Point(G2Affine),
    Prepared(Prepared),
}

/// A product of pairings on its way to the answer whether it is one.
///
/// Points must be members of their groups. Pairs with a point at infinity contribute one.
#[derive(Default)]
pub struct Product {
    pairs: VecDeque<(G1Affine, Factor)>,
    accumulator: Option<backend::Accumulator>,
}

impl fmt::Debug for Product {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Product").field("remaining", &self.remaining()).finish_non_exhaustive()
    }
}

impl Product {
    /// The empty product, which is one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Multiplies by `e(left, right)`.
    pub fn push(&mut self, left: G1Affine, right: G2Affine) {
        if !left.is_zero() && !right.is_zero() {
            self.pairs.push_back((left, Factor::Point(right)));
        }
    }

    /// Multiplies by `e(left, right)` for a prepared point.
    pub fn push_prepared(&mut self, left: G1Affine, right: &Prepared) {
        if !left.is_zero() {
            self.pairs.push_back((left, Factor::Prepared(right.clone())));
        }
    }

    /// How many units of work are left: one a pair, one for the final exponentiation.
    pub fn remaining(&self) -> u32 {
        u32::try_from(self.pairs.len()).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// Works for at most `budget` units. The answer, once it is there.
    ///
    /// Pairs of the same step share their squarings, so larger steps cost less in total.
    pub fn step(&mut self, budget: u32) -> Option<bool> {
        let accumulator = self.accumulator.get_or_insert_with(backend::Accumulator::one);
        let count = self.pairs.len().min(usize::try_from(budget).unwrap_or(usize::MAX));
        if count > 0 {
            let (points, lines): (Vec<_>, Vec<_>) = self.pairs.drain(..count).unzip();
            let lines = lines.into_iter().map(|factor| match factor {
                Factor::Point(point) => Arc::new(backend::Lines::new(&point)),
                Factor::Prepared(prepared) => prepared.0,
            });
            accumulator.multiply(&points, &lines.collect::<Vec<_>>());
        }
        let left = budget.saturating_sub(u32::try_from(count).unwrap_or(u32::MAX));
        if left == 0 || !self.pairs.is_empty() {
            return None;
        }
        self.accumulator.take().map(backend::Accumulator::exponentiates_to_one)
    }

    /// Works to the end.
    pub fn is_one(mut self) -> bool {
        self.step(u32::MAX).unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bn254::Fr;
    use ark_bn254::Bn254;
    use ark_ec::CurveGroup;
    use ark_ec::pairing::Pairing;
    use ark_ff::One;
    use proptest::prelude::*;

    fn pair((left, right): &(u64, u64)) -> (G1Affine, G2Affine) {
        let left = (G1Affine::generator() * Fr::from(*left)).into_affine();
        (left, (G2Affine::generator() * Fr::from(*right)).into_affine())
    }

    /// The independent slow twin: one full pairing of arkworks for each pair.
    fn twin(pairs: &[(G1Affine, G2Affine)]) -> bool {
        pairs.iter().map(|(left, right)| Bn254::pairing(left, right).0).product::<ark_bn254::Fq12>().is_one()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]

        #[test]
        fn agrees_with_single_pairings(
            scalars in proptest::collection::vec((0..50u64, 0..50u64), 0..5),
            balanced: bool,
            budget in 1..4u32,
        ) {
            let mut pairs: Vec<_> = scalars.iter().map(pair).collect();
            if balanced {
                let sum: u64 = scalars.iter().map(|(left, right)| left * right).sum();
                let (left, right) = pair(&(sum, 1));
                pairs.push((-left, right));
            }
            let expected = twin(&pairs);
            prop_assert!(expected || !balanced);
            let (mut plain, mut prepared) = (Product::new(), Product::new());
            for (left, right) in &pairs {
                plain.push(*left, *right);
                match Prepared::new(right) {
                    Some(right) => prepared.push_prepared(*left, &right),
                    None => prop_assert!(right.is_zero()),
                }
            }
            prop_assert_eq!(prepared.is_one(), expected);
            let answer = loop {
                let before = plain.remaining();
                match plain.step(budget) {
                    Some(answer) => break answer,
                    None => prop_assert!(plain.remaining() < before, "every step makes progress"),
                }
            };
            prop_assert_eq!(answer, expected);
        }
    }

    #[test]
    fn edges() {
        assert!(Product::new().is_one());
        let (left, right) = pair(&(1, 1));
        let mut product = Product::new();
        product.push(left, right);
        assert_eq!(product.step(0), None);
        assert!(!product.is_one());
        let mut product = Product::new();
        product.push(left, right);
        product.push_prepared(left, &Prepared::minus_generator());
        product.push(G1Affine::zero(), right);
        product.push(left, G2Affine::zero());
        assert_eq!(product.remaining(), 3);
        assert!(product.is_one());
    }
}
