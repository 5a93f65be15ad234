//! That bits stand for a number below the field's modulus, so that a hash has one challenge only.
//!
//! The bits are compared with the leading ones of the modulus, run by run, one row each. `p` is one
//! as long as all bits so far are the modulus's own; then a run of zeros must be zeros, and after a
//! run of ones `p` may fall to zero only if one of them is missing. Numbers that share all the
//! compared bits with the modulus are refused too, below it or not: of the hashes that
//! occur, one in 2⁴⁷.

use ark_bn254::Fr;
use ark_ff::{BigInteger as _, Field as _, PrimeField as _, Zero as _};

use crate::system::{Num, System};

/// The name of the group.
pub const GROUP: &str = "canonical";

/// Bits of the modulus above the challenge.
pub const HIGH: usize = 6;

/// Bits of the challenge that are compared at least.
const LOW: usize = 40;

/// A bit in one of the forms that the ladder offers: `unset` and `set` are some non-zero multiple
/// of `1 − bit` and of `bit`, the same for all bits of a run.
#[derive(Clone, Debug)]
pub struct Bit {
    /// A multiple of the bit.
    pub set: Num,
    /// The same multiple of its complement.
    pub unset: Num,
}

/// Runs of equal bits of the modulus from the highest down, never across the border between the
/// high bits and the challenge, ending with a run of ones: `(bit, length)`.
pub fn runs() -> Vec<(bool, usize)> {
    let bits: Vec<bool> = Fr::MODULUS.to_bits_le();
    let bits: Vec<bool> = bits.into_iter().take(HIGH + super::ladder::BITS).rev().collect();
    let mut runs: Vec<(bool, usize)> = Vec::new();
    for (seen, bit) in bits.into_iter().enumerate() {
        if seen >= HIGH + LOW && runs.last().is_some_and(|(last, _)| *last && !bit) {
            break;
        }
        match runs.last_mut() {
            Some((last, length)) if *last == bit && seen != HIGH => *length += 1,
            _ => runs.push((bit, 1)),
        }
    }
    runs
}

/// That the number with these leading bits, the highest first, is below the modulus, whatever
/// follows. One row a run.
pub fn enforce_below_modulus(system: &mut System, bits: impl IntoIterator<Item = Bit>) {
    system.in_group(GROUP, |system| {
        let runs = runs();
        let mut bits = bits.into_iter();
        let mut prefix = Num::one();
        for (index, (ones, length)) in runs.iter().enumerate() {
            let run: Vec<_> = bits.by_ref().take(*length).collect();
            if *ones {
                let missing = Num::sum(run.iter().map(|bit| &bit.unset));
                let next = if index + 1 == runs.len() {
                    Num::zero()
                } else {
                    let kept = if missing.value().is_zero() { prefix.value() } else { Fr::zero() };
                    system.witness(kept)
                };
                let difference = &prefix - &next;
                let inverse = missing.value().inverse().unwrap_or_default();
                let quotient = system.witness(difference.value() * inverse);
                system.enforce(&missing, &quotient, &difference);
                prefix = next;
            } else {
                let set = Num::sum(run.iter().map(|bit| &bit.set));
                system.enforce(&prefix, &set, &Num::zero());
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modulus_bits() -> Vec<bool> {
        let mut bits: Vec<bool> = Fr::MODULUS.to_bits_le();
        bits.truncate(254);
        bits.reverse();
        bits
    }

    fn accepts(bits: &[bool]) -> bool {
        let mut system = System::new();
        let scale = Fr::from(77u64);
        let bits: Vec<_> = bits
            .iter()
            .map(|bit| {
                let bit = system.witness(Fr::from(*bit));
                Bit { set: &bit * scale, unset: &(&-&bit + Fr::from(1u64)) * scale }
            })
            .collect();
        enforce_below_modulus(&mut system, bits);
        assert_eq!(system.rows(), runs().len());
        system.first_broken().is_none()
    }

    #[test]
    fn runs_are_the_leading_bits_of_the_modulus() {
        let runs = runs();
        let flat: Vec<bool> = runs.iter().flat_map(|(bit, length)| vec![*bit; *length]).collect();
        assert!(flat.len() >= HIGH + LOW && flat.len() < 64);
        assert_eq!(flat, modulus_bits()[..flat.len()]);
        assert!(runs.last().unwrap().0);
    }

    #[test]
    fn less_is_accepted_equal_and_more_are_not() {
        let modulus = modulus_bits();
        let compared: usize = runs().iter().map(|(_, length)| length).sum();
        assert!(!accepts(&modulus));
        for place in 0..254 {
            let mut bits = modulus.clone();
            bits[place] ^= true;
            assert_eq!(accepts(&bits), place < compared && modulus[place], "{place}");
            // What follows the first difference does not matter.
            for filler in [false, true] {
                bits[place + 1..].fill(filler);
                assert_eq!(accepts(&bits), place < compared && modulus[place], "{place}");
            }
        }
        assert!(accepts(&[false; 254]));
        assert!(!accepts(&[true; 254]));
    }

    /// Whatever is chosen for the witnesses, a prefix that matches keeps `p` at one.
    #[test]
    fn the_prefix_cannot_be_dropped() {
        let mut system = System::new();
        let modulus = modulus_bits();
        let bits: Vec<_> = modulus
            .iter()
            .map(|bit| Bit { set: Num::constant(Fr::from(*bit)), unset: Num::constant(Fr::from(!*bit)) })
            .collect();
        enforce_below_modulus(&mut system, bits);
        for variable in 1..system.values().len() {
            for value in [Fr::from(0u64), Fr::from(1u64), -Fr::from(1u64)] {
                let mut other = system.clone();
                other.set(variable, value);
                assert!(other.first_broken().is_some());
            }
        }
    }
}
