//! The Rescue permutation and hash: three rows for each power of a lane, 288 a permutation.

use ark_bn254::Fr;
use ark_ff::Zero as _;
use hotshot_light_client::hash::rescue::{MDS, RATE, WIDTH, fifth_power, fifth_root, round_keys};

use crate::system::{Num, System};

/// The name of the group.
pub const GROUP: &str = "rescue";

/// The hash of a sequence, as [`hotshot_light_client::hash::rescue::hash`] computes it.
pub fn hash(system: &mut System, elements: &[Num]) -> Num {
    system.in_group(GROUP, |system| {
        let mut state: [Num; WIDTH] = std::array::from_fn(|_| Num::zero());
        let mut padded = elements.to_vec();
        padded.push(Num::one());
        for chunk in padded.chunks(RATE) {
            for (lane, element) in state.iter_mut().zip(chunk) {
                *lane = &*lane + element;
            }
            permute(system, &mut state);
        }
        let [output, ..] = state;
        output
    })
}

/// The permutation. Lanes that are constant cost nothing.
pub fn permute(system: &mut System, state: &mut [Num; WIDTH]) {
    let [first, rest @ ..] = round_keys();
    for (lane, key) in state.iter_mut().zip(first) {
        *lane = &*lane + *key;
    }
    for (half_round, key) in rest.iter().enumerate() {
        let powered: [Num; WIDTH] = std::array::from_fn(|index| match state.get(index) {
            Some(lane) if half_round.is_multiple_of(2) => root(system, lane),
            Some(lane) => power(system, lane),
            None => Num::zero(),
        });
        for ((lane, row), constant) in state.iter_mut().zip(&MDS).zip(key) {
            let scaled: Vec<_> = powered.iter().zip(row).map(|(number, factor)| number * *factor).collect();
            *lane = &Num::sum(&scaled) + *constant;
        }
    }
}

/// x⁵ for a combination x: square, square, times x.
fn power(system: &mut System, x: &Num) -> Num {
    if x.is_constant() {
        return Num::constant(fifth_power(&x.value()));
    }
    let square = system.product(x, x);
    let fourth = system.product(&square, &square);
    system.product(&fourth, x)
}

/// The y with y⁵ = x, which is unique: 5 does not divide the order of the field's units.
fn root(system: &mut System, x: &Num) -> Num {
    if x.is_constant() {
        return Num::constant(fifth_root(&x.value()));
    }
    let y = system.witness(if x.value().is_zero() { Fr::zero() } else { fifth_root(&x.value()) });
    let square = system.product(&y, &y);
    let fourth = system.product(&square, &square);
    system.enforce(&fourth, &y, x);
    y
}

#[cfg(test)]
mod tests {
    use super::*;
    use hotshot_light_client::hash::rescue;

    #[test]
    fn hashes_as_the_core_does_at_288_rows_a_permutation() {
        for length in [0, 1, 2, 3, 5, 6, 9] {
            let mut system = System::new();
            let values: Vec<_> = (0..length).map(|i| Fr::from(i * i + 7)).collect();
            let numbers: Vec<_> = values.iter().map(|value| system.witness(*value)).collect();
            let output = hash(&mut system, &numbers);
            assert_eq!(output.value(), rescue::hash(values));
            assert_eq!(system.first_broken(), None);
            let permutations = usize::try_from(length).unwrap() / 3 + 1;
            // Lanes that are constant in the first half-round are free.
            let constant = 4 - usize::try_from(length).unwrap().min(3);
            let expected = if length == 0 { 0 } else { 288 * permutations - 3 * constant };
            assert_eq!(system.rows(), expected, "{length}");
        }
    }

    #[test]
    fn every_row_counts() {
        let mut system = System::new();
        let numbers: Vec<_> = (0..4).map(|i| system.witness(Fr::from(i + 1u64))).collect();
        let output = hash(&mut system, &numbers);
        let claimed = system.witness(output.value());
        system.enforce_equal(&output, &claimed);
        for variable in 1..system.values().len() {
            let mut spoilt = system.clone();
            spoilt.set(variable, system.values()[variable] + Fr::from(1u64));
            assert!(spoilt.first_broken().is_some(), "{variable}");
        }
    }
}
