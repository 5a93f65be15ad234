//! Many proofs under one key in one product of pairings, in steps.
//!
//! Each proof says that `Eᵢ = e(Aᵢ, Bᵢ) · e(−α, β) · e(−Xᵢ, γ) · e(−Cᵢ, δ)` is one. The batch checks
//! `∏ Eᵢ^wᵢ = 1` with one pair for each proof and three for the key. All points are in groups of one
//! prime order, so if some `Eᵢ` is not one, at most one value of its weight lets the product be one.
//! The first weight is one: where the first proof alone is bad, nothing lets the product be one. The others are
//! non-zero, of 2¹²⁸ values, and hashed from a domain, the caller's entropy, the key and every proof and input
//! of the batch.

use alloc::boxed::Box;
use alloc::vec::Vec;

use ark_ff::AdditiveGroup as _;

use super::proof::{INPUTS, Proof, VerifyingKey};
use crate::bn254::pairing::{Prepared, Product};
use crate::bn254::weight::Weight;
use crate::bn254::{Fr, G1Affine, group};
use crate::encoding::committable::keccak256;
use crate::hash::element;
use crate::rejection::{Rejected, Rejection};

/// Separates these weights from every other use of the hash.
const DOMAIN: &[u8] = b"hotshot-light-client: weights of a batch of transition proofs, 2";

/// A key whose points of G2 are prepared for pairings.
#[derive(Clone, Debug)]
pub struct PreparedKey {
    key: VerifyingKey,
    hash: [u8; 32],
    beta: Prepared,
    gamma: Prepared,
    delta: Prepared,
}

impl PreparedKey {
    /// Prepares a key.
    ///
    /// # Errors
    /// `point.infinity`, which no decoded key can cause.
    pub fn new(key: VerifyingKey) -> Result<Self, Rejected> {
        let prepare = |point| Prepared::new(point).ok_or_else(|| Rejection::PointInfinity.bare());
        let (beta, gamma, delta) = (prepare(&key.beta)?, prepare(&key.gamma)?, prepare(&key.delta)?);
        Ok(Self { hash: key.hash(), beta, gamma, delta, key })
    }

    /// The key.
    pub const fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// The hash of the key.
    pub const fn hash(&self) -> &[u8; 32] {
        &self.hash
    }
}

/// How far a batch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchStep {
    /// There is more to do.
    Pending {
        /// Units of work left, if nothing turns out to be wrong.
        remaining: u32,
    },
    /// All proofs are valid, or the index of the first that is not.
    Done(Result<(), usize>),
}

/// Proofs on their way to one answer. A unit of work is a weighted point, a pair, or the final
/// exponentiation. When the product is not one, the proofs are checked one by one.
#[derive(Debug)]
pub struct ProofBatch {
    key: Box<PreparedKey>,
    entropy: Vec<u8>,
    members: Vec<([Fr; INPUTS], Proof)>,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Collecting,
    Weighing { weights: Vec<Weight>, weighted: Vec<G1Affine> },
    Multiplying(Product),
    Searching { index: usize, product: Product },
    Done(Result<(), usize>),
}

impl ProofBatch {
    /// An empty batch. The entropy may be empty; with it, weights stay unpredictable even to who
    /// chooses all proofs.
    pub fn new(key: &PreparedKey, entropy: &[u8]) -> Self {
        let (key, entropy) = (Box::new(key.clone()), entropy.to_vec());
        Self { key, entropy, members: Vec::new(), stage: Stage::Collecting }
    }

    /// Adds a proof; its index. Starts the work anew if some was done.
    pub fn push(&mut self, inputs: [Fr; INPUTS], proof: Proof) -> usize {
        self.stage = Stage::Collecting;
        self.members.push((inputs, proof));
        self.members.len() - 1
    }

    /// How many proofs there are.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there are none. The empty batch is valid.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Works for at most `budget` units.
    pub fn step(&mut self, budget: u32) -> BatchStep {
        let mut left = budget;
        loop {
            if let Stage::Done(answer) = self.stage {
                return BatchStep::Done(answer);
            }
            if left == 0 {
                return BatchStep::Pending { remaining: self.remaining() };
            }
            left = self.advance(left);
        }
    }

    /// Works to the end.
    ///
    /// # Errors
    /// The index of the first proof that is not valid.
    pub fn verify(mut self) -> Result<(), usize> {
        loop {
            if let BatchStep::Done(answer) = self.step(u32::MAX) {
                return answer;
            }
        }
    }

    fn remaining(&self) -> u32 {
        let count = u32::try_from(self.members.len()).unwrap_or(u32::MAX);
        match &self.stage {
            Stage::Collecting => count.saturating_mul(2).saturating_add(4),
            Stage::Weighing { weighted, .. } => {
                let done = u32::try_from(weighted.len()).unwrap_or(u32::MAX);
                count.saturating_mul(2).saturating_add(4).saturating_sub(done)
            }
            Stage::Multiplying(product) | Stage::Searching { product, .. } => product.remaining(),
            Stage::Done(_) => 0,
        }
    }

    /// Does some work within the budget, or changes the stage. What is left of the budget.
    fn advance(&mut self, budget: u32) -> u32 {
        match &mut self.stage {
            Stage::Collecting => {
                self.stage = match self.members.as_slice() {
                    [] => Stage::Done(Ok(())),
                    // Alone, a proof needs no weight.
                    [member] => {
                        Stage::Searching { index: 0, product: self.key.product(&[(Weight::ONE, member)], None) }
                    }
                    members => Stage::Weighing {
                        weights: weights(&self.entropy, &self.key, members),
                        weighted: Vec::with_capacity(members.len()),
                    },
                };
                budget
            }
            Stage::Weighing { weights, weighted } => {
                let done = weighted.len();
                let next = self.members.iter().zip(weights.iter()).skip(done);
                let mut left = budget;
                for ((_, proof), weight) in next {
                    if left == 0 {
                        return 0;
                    }
                    weighted.push(group::combine_g1(&[(proof.a, *weight)]));
                    left -= 1;
                }
                let members: Vec<_> = weights.iter().copied().zip(&self.members).collect();
                self.stage = Stage::Multiplying(self.key.product(&members, Some(weighted)));
                left
            }
            Stage::Multiplying(product) => {
                let units = product.remaining().min(budget);
                match product.step(budget) {
                    None => return 0,
                    Some(true) => self.stage = Stage::Done(Ok(())),
                    Some(false) => self.search(0),
                }
                budget - units
            }
            Stage::Searching { index, product } => {
                let (index, units) = (*index, product.remaining().min(budget));
                match product.step(budget) {
                    None => return 0,
                    Some(false) => self.stage = Stage::Done(Err(index)),
                    Some(true) => self.search(index + 1),
                }
                budget - units
            }
            Stage::Done(_) => budget,
        }
    }

    /// Starts to check a proof alone; past the last one, everything is valid.
    fn search(&mut self, index: usize) {
        self.stage = match self.members.get(index) {
            Some(member) => Stage::Searching { index, product: self.key.product(&[(Weight::ONE, member)], None) },
            None => Stage::Done(Ok(())),
        };
    }
}

impl PreparedKey {
    /// The product that is one if all members are valid. `weighted` are the points A times their
    /// weights, if somebody computed them already.
    fn product(&self, members: &[(Weight, &([Fr; INPUTS], Proof))], weighted: Option<&[G1Affine]>) -> Product {
        let mut product = Product::new();
        for (index, (weight, (_, proof))) in members.iter().enumerate() {
            let known = weighted.and_then(|weighted| weighted.get(index)).copied();
            let a = known.unwrap_or_else(|| group::combine_g1(&[(proof.a, *weight)]));
            product.push(a, proof.b);
        }
        let total: Fr = members.iter().map(|(weight, _)| weight.scalar()).sum();
        let mut scalars = [total; INPUTS + 1];
        for (place, scalar) in scalars.iter_mut().skip(1).enumerate() {
            *scalar = members
                .iter()
                .map(|(weight, (inputs, _))| inputs.get(place).map_or(Fr::ZERO, |input| weight.scalar() * input))
                .sum();
        }
        let inputs: Vec<_> = self.key.inputs.iter().copied().zip(scalars).collect();
        let commitments: Vec<_> = members.iter().map(|(weight, (_, proof))| (proof.c, *weight)).collect();
        product.push_prepared(-group::multiply_g1(&[(self.key.alpha, total)]), &self.beta);
        product.push_prepared(-group::multiply_g1(&inputs), &self.gamma);
        product.push_prepared(-group::combine_g1(&commitments), &self.delta);
        product
    }
}

fn weights(entropy: &[u8], key: &PreparedKey, members: &[([Fr; INPUTS], Proof)]) -> Vec<Weight> {
    let count = members.len() as u64;
    let mut seed =
        keccak256(&[DOMAIN, &(entropy.len() as u64).to_le_bytes(), entropy, &key.hash, &count.to_le_bytes()]);
    for (inputs, proof) in members {
        let inputs = inputs.map(|input| element::to_le_bytes(&input));
        seed = keccak256(&[&seed, inputs.as_flattened(), &proof.to_bytes()]);
    }
    let drawn = (1..count).map(|index| Weight::draw(&[DOMAIN, &seed, &index.to_le_bytes()]));
    core::iter::once(Weight::ONE).chain(drawn).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transition::proof::tests::{forge, key};
    use ark_ec::CurveGroup as _;
    use ark_ff::Field as _;

    fn members(count: u64) -> Vec<([Fr; INPUTS], Proof)> {
        let inputs = |index: u64| [index, index * 7, 5].map(Fr::from);
        (0..count).map(|index| (inputs(index), forge(&inputs(index), 2 + index, 3 + index))).collect()
    }

    fn batch(members: &[([Fr; INPUTS], Proof)]) -> ProofBatch {
        let mut batch = ProofBatch::new(&PreparedKey::new(key()).unwrap(), b"entropy");
        members.iter().for_each(|(inputs, proof)| {
            batch.push(*inputs, *proof);
        });
        batch
    }

    #[test]
    fn the_first_bad_proof_is_named() {
        for count in 0..4 {
            assert_eq!(batch(&members(count)).verify(), Ok(()));
        }
        for bad in 0..3 {
            let mut members = members(3);
            members[bad].0[1] += Fr::ONE;
            assert_eq!(batch(&members).verify(), Err(bad));
        }
    }

    /// Errors that cancel without weights do not cancel with them.
    #[test]
    fn errors_do_not_cancel() {
        let mut members = members(2);
        let shift = members[0].1.a;
        members[0].1.c = (members[0].1.c + shift).into_affine();
        members[1].1.c = (members[1].1.c - shift).into_affine();
        assert_eq!(batch(&members).verify(), Err(0));
        // Swapped inputs and proofs are all there, in the wrong places.
        let mut swapped = self::members(2);
        let first = swapped[0].0;
        swapped[0].0 = swapped[1].0;
        swapped[1].0 = first;
        assert_eq!(batch(&swapped).verify(), Err(0));
    }

    #[test]
    fn steps_make_progress() {
        for budget in [1, 2, 5] {
            let mut batch = batch(&members(3));
            let mut last = u32::MAX;
            let answer = loop {
                match batch.step(budget) {
                    BatchStep::Done(answer) => break answer,
                    BatchStep::Pending { remaining } => {
                        assert!(remaining < last, "{remaining} {last}");
                        last = remaining;
                    }
                }
            };
            assert_eq!(answer, Ok(()));
            assert_eq!(batch.step(0), BatchStep::Done(Ok(())));
        }
    }

    #[test]
    fn weights_are_bound_to_everything() {
        let key = PreparedKey::new(key()).unwrap();
        let members = members(3);
        let base = weights(b"e", &key, &members);
        assert_eq!(base[0], Weight::ONE);
        assert_ne!(base[1], base[2]);
        let mut others = alloc::vec![weights(b"f", &key, &members), weights(b"", &key, &members)];
        for place in 0..3 {
            let mut changed = members.clone();
            changed[place].0[2] += Fr::ONE;
            others.push(weights(b"e", &key, &changed));
            let mut changed = members.clone();
            changed[place].1.c = -changed[place].1.c;
            others.push(weights(b"e", &key, &changed));
        }
        assert!(others.iter().all(|other| other.iter().zip(&base).skip(1).all(|(left, right)| left != right)));
    }
}
