//! A rank-1 constraint system with its assignment: rows `⟨a, z⟩ · ⟨b, z⟩ = ⟨c, z⟩`.
//!
//! Small on purpose: every row is written by a gadget of this crate and belongs to a named group,
//! so that constraints can be counted, broken one by one and read. Variables are numbered as
//! Groth16 wants them: the constant one, the public inputs, the witnesses.

use std::collections::BTreeMap;
use std::ops::{Add, Mul, Neg, Sub};

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup as _, Field as _, Zero as _};
use ark_relations::gr1cs::{ConstraintSynthesizer, ConstraintSystemRef, LinearCombination, SynthesisError, Variable};

/// A linear combination of variables, together with its value.
#[derive(Clone, Debug)]
pub struct Num {
    terms: Vec<(usize, Fr)>,
    value: Fr,
}

impl Num {
    /// A constant.
    pub fn constant(value: Fr) -> Self {
        let terms = if value.is_zero() { Vec::new() } else { vec![(ONE, value)] };
        Self { terms, value }
    }

    /// Zero.
    pub fn zero() -> Self {
        Self::constant(Fr::ZERO)
    }

    /// One.
    pub fn one() -> Self {
        Self::constant(Fr::ONE)
    }

    /// The value under the assignment.
    pub const fn value(&self) -> Fr {
        self.value
    }

    /// Whether no variable but the constant takes part.
    pub fn is_constant(&self) -> bool {
        self.terms.iter().all(|(index, _)| *index == ONE)
    }

    /// The sum of many, in one pass.
    pub fn sum<'a>(numbers: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut terms = Vec::new();
        let mut value = Fr::ZERO;
        for number in numbers {
            terms.extend_from_slice(&number.terms);
            value += number.value;
        }
        Self { terms: merged(terms), value }
    }

    /// Numbers times powers of two, from 2⁰ on: what bits stand for.
    pub fn from_bits<'a>(bits: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut terms = Vec::new();
        let mut value = Fr::ZERO;
        let mut power = Fr::ONE;
        for bit in bits {
            terms.extend(bit.terms.iter().map(|(index, factor)| (*index, *factor * power)));
            value += bit.value * power;
            power.double_in_place();
        }
        Self { terms: merged(terms), value }
    }
}

/// The variable that is one.
const ONE: usize = 0;

/// Sorted by variable, each at most once, none with factor zero.
fn merged(mut terms: Vec<(usize, Fr)>) -> Vec<(usize, Fr)> {
    terms.sort_by_key(|(index, _)| *index);
    let mut result: Vec<(usize, Fr)> = Vec::with_capacity(terms.len());
    for (index, factor) in terms {
        match result.last_mut() {
            Some((last, sum)) if *last == index => *sum += factor,
            _ => result.push((index, factor)),
        }
    }
    result.retain(|(_, factor)| !factor.is_zero());
    result
}

impl Add<&Num> for &Num {
    type Output = Num;

    fn add(self, other: &Num) -> Num {
        Num::sum([self, other])
    }
}

impl Sub<&Num> for &Num {
    type Output = Num;

    fn sub(self, other: &Num) -> Num {
        Num::sum([self, &-other])
    }
}

impl Neg for &Num {
    type Output = Num;

    fn neg(self) -> Num {
        self * -Fr::ONE
    }
}

impl Mul<Fr> for &Num {
    type Output = Num;

    fn mul(self, factor: Fr) -> Num {
        if factor.is_zero() {
            return Num::zero();
        }
        let terms = self.terms.iter().map(|(index, other)| (*index, *other * factor)).collect();
        Num { terms, value: self.value * factor }
    }
}

impl Add<Fr> for &Num {
    type Output = Num;

    fn add(self, constant: Fr) -> Num {
        self + &Num::constant(constant)
    }
}

/// One side of a row, sorted by variable.
pub type Terms = Vec<(Fr, usize)>;

/// The three matrices, row by row.
pub type Matrices = [Vec<Terms>; 3];

/// A constraint system under construction, and its assignment.
#[derive(Clone, Debug)]
pub struct System {
    values: Vec<Fr>,
    inputs: usize,
    matrices: Matrices,
    groups: Vec<&'static str>,
    group: &'static str,
    /// What a dishonest prover writes in place of what a gadget computes, by variable.
    #[cfg(test)]
    forged: BTreeMap<usize, Fr>,
}

impl Default for System {
    fn default() -> Self {
        Self::new()
    }
}

impl System {
    /// A system with the constant one only.
    pub fn new() -> Self {
        Self {
            values: vec![Fr::ONE],
            inputs: 0,
            matrices: Default::default(),
            groups: Vec::new(),
            group: "",
            #[cfg(test)]
            forged: BTreeMap::new(),
        }
    }

    /// A public input. All of them come before the first witness.
    ///
    /// # Panics
    /// If a witness exists: that is a mistake in a gadget, not in its input.
    pub fn input(&mut self, value: Fr) -> Num {
        assert_eq!(self.values.len(), self.inputs + 1, "public inputs come before witnesses");
        self.inputs += 1;
        self.variable(value)
    }

    /// A witness.
    pub fn witness(&mut self, value: Fr) -> Num {
        self.variable(value)
    }

    /// A system in which some variables get other values than the gadgets compute; whatever is computed
    /// from them follows.
    #[cfg(test)]
    pub(crate) fn forging(forged: impl IntoIterator<Item = (usize, Fr)>) -> Self {
        Self { forged: forged.into_iter().collect(), ..Self::new() }
    }

    fn variable(&mut self, value: Fr) -> Num {
        #[cfg(test)]
        let value = self.forged.get(&self.values.len()).copied().unwrap_or(value);
        self.values.push(value);
        Num { terms: vec![(self.values.len() - 1, Fr::ONE)], value }
    }

    /// The row `a · b = c`.
    pub fn enforce(&mut self, a: &Num, b: &Num, c: &Num) {
        let [left, right, out] = &mut self.matrices;
        for (matrix, number) in [(left, a), (right, b), (out, c)] {
            matrix.push(number.terms.iter().map(|(index, factor)| (*factor, *index)).collect());
        }
        self.groups.push(self.group);
    }

    /// The row `a = b`.
    pub fn enforce_equal(&mut self, a: &Num, b: &Num) {
        self.enforce(&(a - b), &Num::one(), &Num::zero());
    }

    /// The product as a new witness, one row; of a constant factor a combination, no row.
    pub fn product(&mut self, a: &Num, b: &Num) -> Num {
        if a.is_constant() {
            return b * a.value;
        }
        if b.is_constant() {
            return a * b.value;
        }
        let product = self.witness(a.value * b.value);
        self.enforce(a, b, &product);
        product
    }

    /// A new witness `x` with `x · denominator = numerator`, one row. Not unique where both are
    /// zero; the caller has to know why they are not.
    pub fn quotient(&mut self, numerator: &Num, denominator: &Num) -> Num {
        let value = denominator.value.inverse().map_or(Fr::ZERO, |inverse| numerator.value * inverse);
        let quotient = self.witness(value);
        self.enforce(&quotient, denominator, numerator);
        quotient
    }

    /// A new witness that is zero or one, one row.
    pub fn bit(&mut self, value: bool) -> Num {
        let bit = self.witness(Fr::from(value));
        self.enforce_bit(&bit);
        bit
    }

    /// That a number is zero or one, one row.
    pub fn enforce_bit(&mut self, bit: &Num) {
        self.enforce(bit, &(bit + -Fr::ONE), &Num::zero());
    }

    /// `otherwise` where the bit is zero, `then` where it is one: one row unless they differ by a
    /// constant.
    pub fn select(&mut self, bit: &Num, then: &Num, otherwise: &Num) -> Num {
        let difference = self.product(bit, &(then - otherwise));
        otherwise + &difference
    }

    /// Adds what a gadget adds under the name of a group. Groups inside count for themselves.
    pub fn in_group<T>(&mut self, group: &'static str, gadget: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::replace(&mut self.group, group);
        let result = gadget(self);
        self.group = outer;
        result
    }

    /// Rows of each group.
    pub fn counts(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for group in &self.groups {
            *counts.entry(*group).or_insert(0) += 1;
        }
        counts
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.groups.len()
    }

    /// Number of public inputs.
    pub const fn inputs(&self) -> usize {
        self.inputs
    }

    /// One, the public inputs, the witnesses.
    pub fn values(&self) -> &[Fr] {
        &self.values
    }

    /// Another value for a variable, to see what that breaks.
    pub fn set(&mut self, variable: usize, value: Fr) {
        if let Some(place) = self.values.get_mut(variable) {
            *place = value;
        }
    }

    /// The value of a combination under the present assignment.
    pub fn value_of(&self, number: &Num) -> Fr {
        number.terms.iter().map(|(index, factor)| self.values.get(*index).map_or(Fr::ZERO, |v| *factor * v)).sum()
    }

    /// The matrices a, b and c.
    pub const fn matrices(&self) -> &Matrices {
        &self.matrices
    }

    /// The group of a row.
    pub fn group_of(&self, row: usize) -> &'static str {
        self.groups.get(row).copied().unwrap_or_default()
    }

    fn side(&self, matrix: &[Terms], row: usize) -> Fr {
        let terms = matrix.get(row).map_or(&[][..], Vec::as_slice);
        terms.iter().map(|(factor, index)| self.values.get(*index).map_or(Fr::ZERO, |value| *factor * value)).sum()
    }

    /// Whether a row holds.
    pub fn holds(&self, row: usize) -> bool {
        let [a, b, c] = &self.matrices;
        self.side(a, row) * self.side(b, row) == self.side(c, row)
    }

    /// The first row that does not hold.
    pub fn first_broken(&self) -> Option<usize> {
        (0..self.rows()).find(|row| !self.holds(*row))
    }

    /// A digest of the system without its assignment: what a key belongs to.
    pub fn digest(&self) -> [u8; 32] {
        use hotshot_light_client::encoding::committable::keccak256;
        use hotshot_light_client::hash::element::to_le_bytes;
        let mut state = keccak256(&[
            b"hotshot-circuits: R1CS, 1",
            &(self.rows() as u64).to_le_bytes(),
            &(self.inputs as u64).to_le_bytes(),
            &(self.values.len() as u64).to_le_bytes(),
        ]);
        let mut buffer = Vec::new();
        for row in 0..self.rows() {
            for matrix in &self.matrices {
                let terms = matrix.get(row).map_or(&[][..], Vec::as_slice);
                buffer.extend_from_slice(&(terms.len() as u64).to_le_bytes());
                for (factor, index) in terms {
                    buffer.extend_from_slice(&(*index as u64).to_le_bytes());
                    buffer.extend_from_slice(&to_le_bytes(factor));
                }
            }
            if buffer.len() > 1 << 16 || row + 1 == self.rows() {
                state = keccak256(&[&state, &buffer]);
                buffer.clear();
            }
        }
        state
    }
}

/// For the generator of keys, which wants to see constraints being made.
impl ConstraintSynthesizer<Fr> for &System {
    fn generate_constraints(self, system: ConstraintSystemRef<Fr>) -> Result<(), SynthesisError> {
        let mut variables = vec![Variable::One];
        for (index, value) in self.values.iter().enumerate().skip(1) {
            variables.push(if index <= self.inputs {
                system.new_input_variable(|| Ok(*value))?
            } else {
                system.new_witness_variable(|| Ok(*value))?
            });
        }
        let combination = |matrix: &Vec<Terms>, row: usize| {
            let terms = matrix.get(row).map_or(&[][..], Vec::as_slice);
            let terms = terms.iter().filter_map(|(factor, index)| Some((*factor, *variables.get(*index)?)));
            LinearCombination(terms.collect())
        };
        let [a, b, c] = &self.matrices;
        for row in 0..self.rows() {
            system.enforce_r1cs_constraint(|| combination(a, row), || combination(b, row), || combination(c, row))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_groups() {
        let mut system = System::new();
        let square = system.input(Fr::from(9u64));
        let root = system.witness(Fr::from(3u64));
        system.in_group("square", |system| {
            let product = system.product(&root, &root);
            system.in_group("equal", |system| system.enforce_equal(&product, &square));
        });
        assert_eq!(system.counts(), [("equal", 1), ("square", 1)].into());
        assert_eq!(system.first_broken(), None);
        system.set(2, Fr::from(4u64));
        assert_eq!(system.first_broken().map(|row| system.group_of(row)), Some("square"));
        system.set(2, -Fr::from(3u64));
        assert_eq!(system.first_broken(), None);
    }

    #[test]
    fn combinations_are_merged() {
        let mut system = System::new();
        let x = system.witness(Fr::from(5u64));
        assert!((&x - &x).terms.is_empty());
        assert_eq!((&(&x + &x) + Fr::ONE).value(), Fr::from(11u64));
        let bits = [&Num::one(), &x, &Num::zero(), &x];
        assert_eq!(Num::from_bits(bits).value(), Fr::from(51u64));
        assert_eq!(Num::from_bits(bits).terms.len(), 2);
        assert!(system.product(&Num::constant(Fr::from(2u64)), &x).value() == Fr::from(10u64));
        assert_eq!(system.rows(), 0);
    }

    #[test]
    fn the_digest_sees_every_row_and_no_value() {
        let build = |value: u64, factor: u64| {
            let mut system = System::new();
            let x = system.witness(Fr::from(value));
            let _ = system.product(&x, &(&x * Fr::from(factor)));
            system.digest()
        };
        assert_eq!(build(1, 2), build(5, 2));
        assert_ne!(build(1, 2), build(1, 3));
    }
}
