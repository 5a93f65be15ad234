//! The search for second witnesses: the system's rows, linearised at a witness, and the directions in
//! which it can move without breaking any of them to first order.
//!
//! A row ⟨a,z⟩·⟨b,z⟩ = ⟨c,z⟩ says ⟨b,z⟩·⟨a,dz⟩ + ⟨a,z⟩·⟨b,dz⟩ = ⟨c,dz⟩ of a small change dz. Rows come
//! in the order in which they were made, so nearly every one determines one new variable from older
//! ones: elimination in that order stays sparse.

use std::collections::{BTreeMap, BTreeSet};

use ark_bn254::Fr;
use ark_ff::{Field as _, Zero as _};

use crate::circuit::{INPUTS, build};
use crate::gadget::{canonical, routing};
use crate::shape::Shape;
use crate::system::System;
use crate::witness::Witness;
use crate::witness::tests::{DIGEST, signed, table};

/// A change as a combination of free parameters, each named by the variable it is the change of.
type Combination = BTreeMap<usize, Fr>;

fn add_scaled(sum: &mut Combination, other: &Combination, factor: Fr) {
    for (parameter, value) in other {
        let entry = sum.entry(*parameter).or_default();
        *entry += *value * factor;
        if entry.is_zero() {
            sum.remove(parameter);
        }
    }
}

#[derive(Default)]
struct Linearised {
    changes: BTreeMap<usize, Combination>,
    solved: BTreeMap<usize, Combination>,
    free: BTreeSet<usize>,
    /// Rows that say nothing that the rows before did not say.
    redundant: Vec<usize>,
}

impl Linearised {
    /// All rows, with some variables that cannot change.
    fn new(system: &System, fixed: impl Iterator<Item = usize>) -> Self {
        let mut state = Self::default();
        for variable in fixed.chain([0]) {
            state.changes.insert(variable, Combination::new());
        }
        for row in 0..system.rows() {
            state.add(system, row);
        }
        state
    }

    fn resolved(&self, mut combination: Combination) -> Combination {
        while let Some(parameter) = combination.keys().copied().find(|parameter| self.solved.contains_key(parameter)) {
            let factor = combination.remove(&parameter).unwrap();
            add_scaled(&mut combination, &self.solved[&parameter], factor);
        }
        combination
    }

    fn add(&mut self, system: &System, row: usize) {
        let [a, b, c] = system.matrices();
        let side = |terms: &[(Fr, usize)]| -> Fr { terms.iter().map(|(f, i)| *f * system.values()[*i]).sum() };
        let (left, right) = (side(&a[row]), side(&b[row]));
        let mut factors = Combination::new();
        for (terms, factor) in [(&a[row], right), (&b[row], left), (&c[row], -Fr::ONE)] {
            for (own, variable) in terms {
                add_scaled(&mut factors, &[(*variable, *own)].into(), factor);
            }
        }
        let mut unknown: Vec<_> =
            factors.keys().copied().filter(|variable| !self.changes.contains_key(variable)).collect();
        let defined = unknown.pop();
        for variable in unknown {
            self.free.insert(variable);
            self.changes.insert(variable, [(variable, Fr::ONE)].into());
        }
        let mut sum = Combination::new();
        for (variable, factor) in &factors {
            if let Some(change) = self.changes.get(variable) {
                add_scaled(&mut sum, change, *factor);
            }
        }
        let mut sum = self.resolved(sum);
        if let Some(defined) = defined {
            let factor = -factors[&defined].inverse().unwrap();
            sum.values_mut().for_each(|value| *value *= factor);
            self.changes.insert(defined, sum);
        } else if let Some((parameter, factor)) = sum.pop_last() {
            let factor = -factor.inverse().unwrap();
            sum.values_mut().for_each(|value| *value *= factor);
            self.solved.insert(parameter, sum);
            self.free.remove(&parameter);
        } else {
            self.redundant.push(row);
        }
    }
}

const SHAPE: Shape = Shape { capacity: 4, routable: 3, slots: 2 };

/// All slots in use, and one of them idle.
fn systems() -> [System; 2] {
    let of = |amounts: &[u128], rows: &[usize]| {
        let table = table(amounts, SHAPE.capacity);
        let witness = Witness::new(SHAPE, &table, Fr::from(DIGEST), &signed(rows)).unwrap();
        let system = build(SHAPE, &witness);
        assert_eq!(system.first_broken(), None);
        system
    };
    [of(&[5, 1, 3], &[0, 2]), of(&[9, 1, 3], &[0])]
}

/// The groups of the rows in which a variable stands.
fn groups_of(system: &System, variable: usize) -> BTreeSet<&'static str> {
    let rows = (0..system.rows())
        .filter(|row| system.matrices().iter().any(|matrix| matrix[*row].iter().any(|(_, other)| *other == variable)));
    rows.map(|row| system.group_of(row)).collect()
}

/// With the inputs and the table fixed (other tables with the same commitments are collisions of the
/// hash), nothing can move but what the comparison with the modulus leaves open: the quotient where
/// no bit is missing, and the prefix after it was dropped.
#[test]
fn only_the_comparison_leaves_anything_open() {
    for system in systems() {
        let known = 1..=INPUTS + 3 * SHAPE.capacity;
        let linearised = Linearised::new(&system, known);
        let mentioned: BTreeSet<_> =
            system.matrices().iter().flatten().flatten().map(|(_, variable)| *variable).collect();
        let open: Vec<_> = (1..system.values().len())
            .filter(|variable| linearised.free.contains(variable) || !linearised.changes.contains_key(variable))
            .collect();
        for variable in &open {
            assert!(mentioned.contains(variable), "{variable} stands in no row");
            assert_eq!(groups_of(&system, *variable), [canonical::GROUP].into(), "{variable}");
        }
        assert!(!open.is_empty() && open.len() <= SHAPE.slots * canonical::runs().len(), "{}", open.len());
    }
}

/// No row is there in vain: with everything free to move, each says something that the rows before
/// do not say. Two kinds do not at first order: rows of the comparison behind a prefix that was
/// dropped, and the last row of each pair of rising indices, which are functions of bits that cannot
/// move; it decides between settings of the bits, and `routing` tries them all.
#[test]
fn every_row_says_something() {
    for system in systems() {
        let linearised = Linearised::new(&system, std::iter::empty());
        let groups: Vec<_> = linearised.redundant.iter().map(|row| system.group_of(*row)).collect();
        let of = |name| groups.iter().filter(|group| **group == name).count();
        assert_eq!(of(canonical::GROUP) + of(routing::GROUP), groups.len(), "{groups:?}");
        assert_eq!(of(routing::GROUP), SHAPE.slots - 1);
        assert!(of(canonical::GROUP) <= SHAPE.slots * canonical::runs().len());
    }
}

/// The search finds what is there to be found: without one row, its variable moves.
#[test]
fn a_missing_row_is_noticed() {
    let mut system = System::new();
    let x = system.input(Fr::from(9u64));
    let (y, z) = (system.witness(Fr::from(3u64)), system.witness(Fr::from(5u64)));
    system.in_group("square", |system| system.enforce(&y, &y, &x));
    let fixed = || std::iter::once(1);
    assert!(Linearised::new(&system, fixed()).changes.get(&2).unwrap().is_empty());
    assert!(!Linearised::new(&system, fixed()).changes.contains_key(&3));
    system.in_group("product", |system| {
        let product = system.product(&y, &z);
        system.enforce_equal(&product, &product);
    });
    let linearised = Linearised::new(&system, fixed());
    assert_eq!(linearised.free, [3].into());
    assert_eq!(linearised.redundant.len(), 1, "an equation of something with itself");
}
