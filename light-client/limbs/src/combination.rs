//! Sums of multiples of points of G1.

use alloc::vec::Vec;

use super::base::Base;
use super::curve::{Affine, Jacobian};

/// Bits of a window: digits are zero or odd and below 2³ in size.
const WINDOW: u32 = 4;

/// A digit for each bit of a factor, and the last carry.
type Digits = [i8; 257];

/// `Σ factor·point` for factors of four words, lowest first, with one chain of doublings for all.
pub(crate) fn combine<F: Base>(terms: &[(Affine<F>, [u64; 4])]) -> Jacobian<F> {
    let tables: Vec<_> = terms
        .iter()
        .map(|(point, factor)| {
            let digits = digits(factor);
            (odd_multiples(point, &digits), digits)
        })
        .collect();
    let mut result = Jacobian::INFINITY;
    let length = |digits: &Digits| digits.iter().rposition(|digit| *digit != 0).map_or(0, |last| last + 1);
    for position in (0..tables.iter().map(|(_, digits)| length(digits)).max().unwrap_or(0)).rev() {
        result = result.double();
        for (multiples, digits) in &tables {
            let digit = digits.get(position).copied().unwrap_or_default();
            if let (true, Some(multiple)) = (digit != 0, multiples.get(usize::from(digit.unsigned_abs() / 2))) {
                result = result.add(&if digit < 0 { multiple.neg() } else { *multiple });
            }
        }
    }
    result
}

/// 1, 3, 5, … times the point, up to the largest digit.
fn odd_multiples<F: Base>(point: &Affine<F>, digits: &Digits) -> Vec<Jacobian<F>> {
    let largest = digits.iter().map(|digit| digit.unsigned_abs()).max().unwrap_or(0);
    let mut last = Jacobian::from(*point);
    let mut multiples = Vec::with_capacity(1 << (WINDOW - 2));
    multiples.push(last);
    if largest > 1 {
        let double = last.double();
        for _ in 0..largest / 2 {
            last = last.add(&double);
            multiples.push(last);
        }
    }
    multiples
}

/// The digits of a factor, lowest first: each that is not zero is followed by at least three zeros.
fn digits(factor: &[u64; 4]) -> Digits {
    let mut digits = [0; 257];
    let window = |position: usize| {
        let (word, shift) = (position / 64, position % 64);
        let low = factor.get(word).copied().unwrap_or_default() >> shift;
        let high = factor.get(word + 1).copied().unwrap_or_default();
        let bits = if shift == 0 { low } else { low | high << (64 - shift) };
        i8::try_from(bits & ((1 << WINDOW) - 1)).unwrap_or_default()
    };
    let (mut position, mut carry) = (0, 0);
    while position < digits.len() {
        let value = window(position) + carry;
        if value % 2 == 0 {
            // Where the carry met a one, it goes on.
            position += 1;
            continue;
        }
        carry = i8::from(value >= 1 << (WINDOW - 1));
        if let Some(digit) = digits.get_mut(position) {
            *digit = value - (carry << WINDOW);
        }
        position += 4;
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ff::{BigInt, BigInteger as _};
    use proptest::prelude::*;

    fn check(factor: [u64; 4]) {
        let digits = digits(&factor);
        // Horner's rule, modulo 2^256; the digits of the largest factors end with 2^256 itself.
        let value = digits.iter().rev().fold(BigInt::<4>::zero(), |mut value, digit| {
            value.mul2();
            let size = BigInt::from(u64::from(digit.unsigned_abs()));
            if *digit < 0 {
                value.sub_with_borrow(&size)
            } else {
                value.add_with_carry(&size)
            };
            value
        });
        assert_eq!(value.0, factor);
        let positive = digits.iter().rev().find(|digit| **digit != 0).is_none_or(|digit| *digit > 0);
        assert!(positive, "no wrapping to the other side");
        for (index, digit) in digits.iter().enumerate().filter(|(_, digit)| **digit != 0) {
            assert!(digit % 2 != 0 && digit.abs() < 8);
            assert!(digits[index + 1..].iter().take(3).all(|next| *next == 0));
        }
    }

    #[test]
    fn digits_of_edges() {
        const MAX: u64 = u64::MAX;
        for word in [0, 1, 2, 7, 8, 9, 15, 16, 17, MAX, MAX - 1, 1 << 63, MAX << 5, MAX >> 3] {
            for factor in [[word, 0, 0, 0], [0, word, 0, 0], [word; 4], [MAX, MAX, MAX, word], [word, MAX, MAX, MAX]] {
                check(factor);
            }
        }
    }

    proptest! {
        #[test]
        fn digits_of_any_factor(factor: [u64; 4], shift in 0..64u32) {
            check(factor);
            check(factor.map(|word| word >> shift));
            check(factor.map(|word| u64::MAX << shift ^ word >> 63));
        }
    }
}
