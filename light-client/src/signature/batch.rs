//! Many BLS claims in one product of pairings.
//!
//! Each claim says that `Eᵢ = e(σᵢ, −g₂) · e(H(Mᵢ), Kᵢ)` is one. The batch checks `∏ Eᵢ^wᵢ = 1` as
//! `e(Σ wᵢσᵢ, −g₂) · ∏ e(Σ wᵢH(Mᵢ), K)`, one factor for each distinct key K. All points are in groups
//! of one prime order, so if some `Eᵢ` is not one, at most one value of its weight lets the product
//! be one. The first weight is one, which only says that powers of the same product are as good: where the
//! first member alone is not true, nothing lets the product be one. The others are non-zero, of 2¹²⁸ values, and
//! hashed from a domain, the caller's entropy and every key, message and signature in the batch: who forges a
//! member cannot know the weights before all members are fixed.

use alloc::vec::Vec;

use super::bls::SignedMessage;
use crate::bn254::hash_to_curve::hash_to_curve;
use crate::bn254::pairing::{Prepared, Product};
use crate::bn254::weight::Weight;
use crate::bn254::{G1Affine, G2Affine, group};
use crate::encoding::committable::keccak256;

/// Separates these weights from every other use of the hash.
const DOMAIN: &[u8] = b"hotshot-light-client: weights of a batch of BLS signatures, 2";

/// One member of a batch is not true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadMember(
    /// Its index, in the order of [`Batch::push`]: the lowest one that is bad.
    pub usize,
);

/// How far a batch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// There is more to do.
    Pending {
        /// Units of work left, if nothing turns out to be wrong.
        remaining: u32,
    },
    /// The answer.
    Done(Result<(), BadMember>),
}

/// Claims on their way to one answer.
///
/// One unit of work is about one Miller loop: a weighted hash to the curve, one pair, or the final
/// exponentiation. When the product is not one, the members are checked one by one.
#[derive(Debug)]
pub struct Batch {
    entropy: Vec<u8>,
    members: Vec<SignedMessage>,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Collecting,
    Weighing(Weighing),
    Multiplying(Product),
    /// Checking the member at `index` alone.
    Searching {
        index: usize,
        product: Product,
    },
    Done(Result<(), BadMember>),
}

#[derive(Debug)]
struct Weighing {
    weights: Vec<Weight>,
    /// For each distinct key the weighted sum of its hashed messages so far.
    keys: Vec<(G2Affine, G1Affine)>,
    /// How many messages went into `keys`.
    done: usize,
}

impl Batch {
    /// An empty batch. The entropy may be empty; with it, weights stay unpredictable even to who
    /// chooses all members.
    pub fn new(entropy: &[u8]) -> Self {
        Self { entropy: entropy.to_vec(), members: Vec::new(), stage: Stage::Collecting }
    }

    /// Adds a claim; its index. Starts the work anew if some was done.
    pub fn push(&mut self, member: SignedMessage) -> usize {
        self.stage = Stage::Collecting;
        self.members.push(member);
        self.members.len() - 1
    }

    /// How many claims there are.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there are none. The empty batch is true.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Works for at most `budget` units.
    pub fn step(&mut self, budget: u32) -> Step {
        let mut left = budget;
        loop {
            if let Stage::Done(answer) = self.stage {
                return Step::Done(answer);
            }
            if left == 0 {
                return Step::Pending { remaining: self.remaining() };
            }
            left = self.advance(left);
        }
    }

    /// Works to the end.
    ///
    /// # Errors
    /// The lowest index of a claim that is not true.
    pub fn verify(mut self) -> Result<(), usize> {
        loop {
            if let Step::Done(answer) = self.step(u32::MAX) {
                return answer.map_err(|BadMember(index)| index);
            }
        }
    }

    /// Does at least one unit of work, or changes the stage. What is left of the budget.
    fn advance(&mut self, budget: u32) -> u32 {
        match &mut self.stage {
            Stage::Collecting => {
                self.stage = match self.members.as_slice() {
                    [] => Stage::Done(Ok(())),
                    // Alone, a member needs no weight.
                    [member] => Stage::Searching { index: 0, product: member.product() },
                    members => Stage::Weighing(Weighing {
                        weights: weights(&self.entropy, members),
                        keys: Vec::new(),
                        done: 0,
                    }),
                };
                budget
            }
            Stage::Weighing(weighing) => {
                if weighing.advance(&self.members) {
                    self.stage = Stage::Multiplying(weighing.product(&self.members));
                }
                budget - 1
            }
            Stage::Multiplying(product) => {
                let (answer, spent) = step(product, budget);
                self.stage = match (answer, self.members.first()) {
                    (None, _) => return budget - spent,
                    (Some(false), Some(member)) => Stage::Searching { index: 0, product: member.product() },
                    (Some(_), _) => Stage::Done(Ok(())),
                };
                budget - spent
            }
            Stage::Searching { index, product } => {
                let (answer, spent) = step(product, budget);
                match (answer, self.members.get(*index + 1)) {
                    (None, _) => {}
                    (Some(false), _) => self.stage = Stage::Done(Err(BadMember(*index))),
                    (Some(true), Some(next)) => {
                        let product = next.product();
                        self.stage = Stage::Searching { index: *index + 1, product };
                    }
                    (Some(true), None) => self.stage = Stage::Done(Ok(())),
                }
                budget - spent
            }
            Stage::Done(_) => budget,
        }
    }

    /// Units of work left, about.
    pub fn remaining(&self) -> u32 {
        let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        let members = count(self.members.len());
        match &self.stage {
            Stage::Collecting => members.saturating_mul(2).saturating_add(2),
            Stage::Weighing(weighing) => {
                members.saturating_mul(2).saturating_sub(count(weighing.done)).saturating_add(2)
            }
            Stage::Multiplying(product) => product.remaining(),
            Stage::Searching { index, product } => {
                let after = members.saturating_sub(count(*index)).saturating_sub(1);
                product.remaining().saturating_add(after.saturating_mul(3))
            }
            Stage::Done(_) => 0,
        }
    }
}

/// Steps a product; its answer and the units that were spent, at least one.
fn step(product: &mut Product, budget: u32) -> (Option<bool>, u32) {
    let before = product.remaining();
    let answer = product.step(budget);
    let after = if answer.is_some() { 0 } else { product.remaining() };
    (answer, before.saturating_sub(after).clamp(1, budget.max(1)))
}

impl Weighing {
    /// Hashes and weighs the next message. Whether it was the last one.
    fn advance(&mut self, members: &[SignedMessage]) -> bool {
        if let (Some(member), Some(weight)) = (members.get(self.done), self.weights.get(self.done)) {
            let term = (hash_to_curve(&member.message), *weight);
            let key = member.key.point();
            match self.keys.iter_mut().find(|(known, _)| known == key) {
                Some((_, sum)) => *sum = group::combine_g1(&[(*sum, Weight::ONE), term]),
                None => self.keys.push((*key, group::combine_g1(&[term]))),
            }
            self.done += 1;
        }
        self.done >= members.len()
    }

    fn product(&self, members: &[SignedMessage]) -> Product {
        let mut product = Product::new();
        let signatures = members.iter().map(|member| *member.signature.point());
        let signatures = signatures.zip(self.weights.iter().copied()).collect::<Vec<_>>();
        product.push_prepared(group::combine_g1(&signatures), &Prepared::minus_generator());
        for (key, sum) in &self.keys {
            product.push(*sum, *key);
        }
        product
    }
}

/// A weight for each member: one, and then what the transcript gives.
fn weights(entropy: &[u8], members: &[SignedMessage]) -> Vec<Weight> {
    let mut transcript = Vec::new();
    let mut write = |bytes: &[u8]| {
        transcript.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
        transcript.extend_from_slice(bytes);
    };
    write(DOMAIN);
    write(entropy);
    for member in members {
        write(&member.key.to_bytes());
        write(&member.message);
        write(&member.signature.to_bytes());
    }
    let seed = keccak256(&[&transcript]);
    let drawn = (1..members.len() as u64).map(|index| Weight::draw(&[DOMAIN, &seed, &index.to_le_bytes()]));
    core::iter::once(Weight::ONE).chain(drawn).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::bls::tests::{claim, key, sign, twin};
    use crate::signature::bls::{AggregateKey, Signature};
    use ark_ec::CurveGroup;
    use proptest::prelude::*;

    fn batch(claims: &[SignedMessage]) -> Batch {
        let mut batch = Batch::new(b"entropy");
        for (index, claim) in claims.iter().enumerate() {
            assert_eq!(batch.push(claim.clone()), index);
        }
        batch
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10))]

        #[test]
        fn agrees_with_single_checks(
            members in proptest::collection::vec((1..4u64, 0..3u8, prop::bool::weighted(0.2)), 0..5),
            budget in 1..4u32,
        ) {
            let claims: Vec<_> = members
                .iter()
                .map(|(secret, message, spoilt)| SignedMessage {
                    signature: sign(secret + u64::from(*spoilt), &[*message]),
                    ..claim(*secret, &[*message])
                })
                .collect();
            let expected = claims.iter().position(|claim| !twin(claim)).map_or(Ok(()), Err);
            prop_assert_eq!(batch(&claims).verify(), expected);
            let mut stepped = batch(&claims);
            prop_assert_eq!(stepped.step(0), Step::Pending { remaining: u32::try_from(2 * claims.len() + 2).unwrap() });
            let mut steps = 0;
            let answer = loop {
                match stepped.step(budget) {
                    Step::Done(answer) => break answer,
                    Step::Pending { remaining } => prop_assert!(remaining > 0),
                }
                steps += 1;
                prop_assert!(steps < 40);
            };
            prop_assert_eq!(answer.map_err(|bad| bad.0), expected);
            prop_assert_eq!(stepped.step(1), Step::Done(answer), "the answer stays");
        }
    }

    #[test]
    fn errors_that_cancel_out_without_weights_are_found() {
        let (first, second) = (claim(3, b"same"), claim(3, b"same"));
        let shift = sign(1, b"same");
        let moved = |signature: &Signature, sign: i8| {
            let shift = if sign > 0 { *shift.point() } else { -*shift.point() };
            Signature::from_point((*signature.point() + shift).into_affine()).unwrap()
        };
        // The sum of both signatures is what it should be; neither is.
        let forged = [
            SignedMessage { signature: moved(&first.signature, 1), ..first },
            SignedMessage { signature: moved(&second.signature, -1), ..second },
        ];
        assert_eq!(batch(&forged).verify(), Err(0));
        // Swapped signatures have the right sum, too.
        let swapped = [
            SignedMessage { signature: sign(5, b"b"), ..claim(5, b"a") },
            SignedMessage { signature: sign(5, b"a"), ..claim(5, b"b") },
        ];
        assert_eq!(batch(&swapped).verify(), Err(0));
        let swapped_keys = [
            SignedMessage { key: key(6).into(), ..claim(5, b"a") },
            SignedMessage { key: key(5).into(), ..claim(6, b"a") },
        ];
        assert_eq!(batch(&swapped_keys).verify(), Err(0));
    }

    #[test]
    fn the_lowest_bad_member_is_named() {
        for bad in 0..4 {
            let mut claims: Vec<_> = (1..5).map(|secret| claim(secret, b"message")).collect();
            claims[bad].message.push(0);
            claims[3].message.push(1);
            assert_eq!(batch(&claims).verify(), Err(bad));
        }
    }

    #[test]
    fn weights_depend_on_everything() {
        let claims: Vec<_> = (1..4).map(|secret| claim(secret, &[7; 32])).collect();
        let reference = weights(b"entropy", &claims);
        assert_eq!(reference.len(), 3);
        assert_eq!(reference[0], Weight::ONE);
        assert_ne!(reference[1], reference[2]);
        assert_eq!(weights(b"entropy", &claims), reference, "deterministic");
        let mut variants = alloc::vec![
            (weights(b"", &claims), "entropy"),
            (weights(b"entropy2", &claims), "entropy"),
            (weights(b"entropy", &claims[..2]), "number"),
        ];
        let mut vary = |index: usize, what: &'static str, change: &dyn Fn(&mut SignedMessage)| {
            let mut changed = claims.clone();
            change(&mut changed[index]);
            variants.push((weights(b"entropy", &changed), what));
        };
        for index in 0..3 {
            vary(index, "message", &|claim| claim.message[31] ^= 1);
            vary(index, "message length", &|claim| claim.message.push(0));
            vary(index, "key", &|claim| claim.key = AggregateKey::sum(&[key(90), key(91)]).unwrap());
            vary(index, "signature", &|claim| claim.signature = sign(92, b""));
        }
        for (changed, what) in variants {
            assert!(changed.len() > 1 && changed[1..].iter().all(|weight| !reference.contains(weight)), "{what}");
        }
    }

    #[test]
    fn entropy_and_members_are_not_confused() {
        let claims = [claim(1, b"ab"), claim(2, b"c")];
        let moved = [SignedMessage { message: b"a".to_vec(), ..claims[0].clone() }, claims[1].clone()];
        assert_ne!(weights(b"", &claims), weights(b"", &moved));
        assert_ne!(weights(b"x", &claims), weights(b"", &claims));
    }

    #[test]
    fn pushing_starts_anew() {
        let mut batch = batch(&[claim(1, b"a"), claim(2, b"b")]);
        assert!(matches!(batch.step(3), Step::Pending { .. }));
        batch.push(SignedMessage { message: b"d".to_vec(), ..claim(3, b"c") });
        assert_eq!(batch.verify(), Err(2));
        assert_eq!(Batch::new(b"").verify(), Ok(()));
    }
}
