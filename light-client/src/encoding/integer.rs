//! Integers in text: 256-bit amounts are decimal strings, in old data also `0x…`.

use alloc::string::String;

use crate::rejection::{Operand, Rejected, Rejection};

/// An unsigned 256-bit integer.
pub type U256 = ruint::Uint<256, 4>;

/// Reads an unsigned integer of at most 256 bits: decimal digits, or `0x` and hexadecimal digits.
///
/// Signs, blanks, underscores and empty strings are refused; leading zeros are accepted, because
/// the value and not the text is what commitments cover.
///
/// # Errors
/// `integer.form`.
pub fn parse_u256(text: &str) -> Result<U256, Rejected> {
    let refused = || Rejection::IntegerForm.with(Operand::foreign(text), "at most 256 bits, decimal or 0x");
    let (digits, radix) = match text.strip_prefix("0x") {
        Some(digits) => (digits, 16),
        None => (text, 10),
    };
    // 78 decimal or 64 hexadecimal digits hold 2^256 - 1; a few leading zeros may stand before.
    if digits.is_empty() || digits.len() > 96 {
        return Err(refused());
    }
    let mut value = U256::ZERO;
    for character in digits.chars() {
        let digit = character.to_digit(radix).ok_or_else(refused)?;
        value = value
            .checked_mul(U256::from(radix))
            .and_then(|value| value.checked_add(U256::from(digit)))
            .ok_or_else(refused)?;
    }
    Ok(value)
}

/// Quotient and remainder of a division by a small number; both are 0 if that is 0.
///
/// The general division of wide integers is several kilobytes of code, which every page that
/// verifies would download; this is what thresholds and decimal digits need of it.
pub fn divide(value: U256, divisor: u32) -> (U256, u32) {
    let mut limbs = *value.as_limbs();
    let mut remainder = 0u64;
    let mut digit = |half: u64| {
        let dividend = remainder << 32 | half;
        remainder = dividend.checked_rem(u64::from(divisor)).unwrap_or_default();
        dividend.checked_div(u64::from(divisor)).unwrap_or_default()
    };
    for limb in limbs.iter_mut().rev() {
        let (high, low) = (digit(*limb >> 32), digit(*limb & u64::from(u32::MAX)));
        *limb = high << 32 | low;
    }
    (U256::from_limbs(limbs), u32::try_from(remainder).unwrap_or_default())
}

/// The remainder by a modulus of about the width of the integers, as those of the fields are: by a few
/// differences.
pub fn remainder(value: U256, modulus: U256) -> U256 {
    let mut rest = value;
    // A small modulus is no field's; it leaves what is left after as many differences as any field takes.
    for _ in 0..16 {
        rest = rest.checked_sub(modulus).unwrap_or(rest);
    }
    rest
}

/// The quotient of a division whose quotient is known to be below 2^32, the largest such number
/// where it is not, and 0 for a division by 0: bit by bit.
pub fn small_quotient(dividend: U256, divisor: U256) -> u32 {
    let fits = |quotient: u32| {
        let product = divisor.checked_mul(U256::from(quotient));
        product.is_some_and(|product| product <= dividend)
    };
    if divisor.is_zero() {
        return 0;
    }
    (0..u32::BITS).rev().fold(0, |quotient, bit| if fits(quotient | 1 << bit) { quotient | 1 << bit } else { quotient })
}

/// The decimal digits of an integer.
pub fn decimal(value: U256) -> String {
    let mut digits = String::new();
    let mut rest = value;
    loop {
        let (quotient, digit) = divide(rest, 10);
        digits.insert(0, char::from_digit(digit, 10).unwrap_or('0'));
        rest = quotient;
        if rest.is_zero() {
            return digits;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn edges() {
        let max = U256::MAX;
        assert_eq!(parse_u256(&alloc::format!("{max}")).unwrap(), max);
        assert_eq!(parse_u256(&alloc::format!("{max:#x}")).unwrap(), max);
        assert_eq!(parse_u256("0x0").unwrap(), U256::ZERO);
        let above = "115792089237316195423570985008687907853269984665640564039457584007913129639936";
        for bad in ["", "0x", "-1", "+1", " 1", "1 ", "1_0", "1.0", "1e3", "0X1", "0xg", above, &"0".repeat(97)] {
            assert_eq!(parse_u256(bad).unwrap_err().rejection, Rejection::IntegerForm, "{bad}");
        }
    }

    #[test]
    fn division_by_zero_is_zero() {
        assert_eq!(divide(U256::MAX, 0), (U256::ZERO, 0));
        assert_eq!(decimal(U256::ZERO), "0");
    }

    proptest! {
        #[test]
        fn division_is_that_of_the_library(words in any::<[u64; 4]>(), shift in 0..256usize, divisor in 1..=u32::MAX) {
            let value = U256::from_limbs(words) >> shift;
            let wide = U256::from(divisor);
            prop_assert_eq!(divide(value, divisor), (value / wide, (value % wide).to::<u32>()));
            prop_assert_eq!(decimal(value), alloc::format!("{value}"));
        }

        #[test]
        fn small_quotients(value: [u64; 4], quotient: u32, by_zero in 0..8u8) {
            let divisor = if by_zero == 0 { U256::ZERO } else { U256::from_limbs(value) >> 32 };
            let dividend = divisor.saturating_mul(U256::from(quotient));
            let expected = dividend.checked_div(divisor).unwrap_or_default();
            prop_assert_eq!(U256::from(small_quotient(dividend, divisor)), expected);
            let short = dividend.saturating_sub(U256::from(1u64));
            prop_assert_eq!(U256::from(small_quotient(short, divisor)), short.checked_div(divisor).unwrap_or_default());
        }

        #[test]
        fn text_round_trips(words in any::<[u64; 4]>()) {
            let value = U256::from_limbs(words);
            prop_assert_eq!(parse_u256(&alloc::format!("{value}")).unwrap(), value);
            prop_assert_eq!(parse_u256(&alloc::format!("{value:#x}")).unwrap(), value);
        }
    }
}
