//! Weighted sums of points of G1.

use alloc::vec::Vec;

use super::base::Base;
use super::curve::{Affine, Jacobian};

/// Bits of a window: digits are zero or odd and below 2⁴ in size.
const WINDOW: u32 = 5;

/// `Σ weight·point`, with one chain of doublings for all.
pub(crate) fn combine<F: Base>(terms: &[(Affine<F>, u128)]) -> Jacobian<F> {
    let tables: Vec<_> = terms.iter().map(|(point, weight)| (odd_multiples(point), digits(*weight))).collect();
    let mut result = Jacobian::INFINITY;
    let length = |digits: &[i8; DIGITS]| digits.iter().rposition(|digit| *digit != 0).map_or(0, |last| last + 1);
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

/// 128 bits and the last carry.
const DIGITS: usize = 129;

/// 1, 3, 5, … 15 times the point.
fn odd_multiples<F: Base>(point: &Affine<F>) -> [Jacobian<F>; 1 << (WINDOW - 2)] {
    let double = Jacobian::from(*point).double();
    let mut multiples = [Jacobian::from(*point); 1 << (WINDOW - 2)];
    let mut last = Jacobian::from(*point);
    for multiple in multiples.iter_mut().skip(1) {
        last = last.add(&double);
        *multiple = last;
    }
    multiples
}

/// The digits of a weight, lowest first: each that is not zero is followed by at least four zeros.
fn digits(weight: u128) -> [i8; DIGITS] {
    let mut digits = [0; DIGITS];
    let mut rest = weight;
    let mut position = 0;
    while rest != 0 {
        let zeros = rest.trailing_zeros();
        rest >>= zeros;
        position += usize::try_from(zeros).unwrap_or_default();
        let window = i8::try_from(rest & ((1 << WINDOW) - 1)).unwrap_or_default();
        let negative = window >= 1 << (WINDOW - 1);
        if let Some(digit) = digits.get_mut(position) {
            *digit = if negative { window - (1 << WINDOW) } else { window };
        }
        // Cannot overflow, because the shift comes first.
        rest = (rest >> WINDOW) + u128::from(negative);
        position += 5;
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(weight: u128) {
        let digits = digits(weight);
        // Horner's rule, modulo 2^128; the digits of the largest weights end with 2^128 itself.
        let value = digits
            .iter()
            .rev()
            .fold(0u128, |value, digit| value.wrapping_mul(2).wrapping_add_signed(i128::from(*digit)));
        assert_eq!(value, weight);
        let positive = digits.iter().rev().find(|digit| **digit != 0).is_none_or(|digit| *digit > 0);
        assert!(positive, "no wrapping to the other side");
        for (index, digit) in digits.iter().enumerate().filter(|(_, digit)| **digit != 0) {
            assert!(digit % 2 != 0 && digit.abs() < 16);
            assert!(digits[index + 1..].iter().take(4).all(|next| *next == 0));
        }
    }

    #[test]
    fn digits_of_edges() {
        for weight in [0, 1, 2, 15, 16, 17, 31, 32, u128::MAX, u128::MAX - 1, 1 << 127, u128::MAX << 5, u128::MAX >> 3]
        {
            check(weight);
        }
    }

    proptest! {
        #[test]
        fn digits_of_any_weight(weight: u128, shift in 0..128u32) {
            check(weight);
            check(weight >> shift);
            check(u128::MAX << shift);
        }
    }
}
