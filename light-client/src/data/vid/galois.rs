//! The field of 2^16 elements in Cantor coordinates.
//!
//! The field is `GF(2)[x]` modulo `x^16 + x^5 + x^3 + x^2 + 1`. A 16-bit integer stands for the sum
//! of the basis elements at its set bits, where the basis is Cantor's: `β_0 = 1` and
//! `β_i² + β_i = β_(i-1)`. In these coordinates `x² + x` is a shift to the right by one bit, which
//! makes the points and the constants of the additive transform plain integers. Addition and
//! subtraction are XOR in any coordinates. Source of the constants: Lin, Al-Naffouri, Han, Chung,
//! "Novel polynomial basis with fast Fourier transform", as the Leopard codes use it (crate
//! `reed-solomon-simd`, `src/engine`).

/// The polynomial of the field without its leading term.
const POLYNOMIAL: u16 = 0x002d;

/// The basis, in the coordinates of powers of `x`.
const BASIS: [u16; 16] = [
    0x0001, 0xacca, 0x3c0e, 0x163e, 0xc582, 0xed2e, 0x914c, 0x4012, 0x6c98, 0x10d8, 0x6a72, 0xb900, 0xfdb8, 0xfb34,
    0xff38, 0x991e,
];

/// The powers of `x`, in the coordinates of the basis: the inverse of [`BASIS`] as a matrix.
const POWERS: [u16; 16] = [
    0x0001, 0x4690, 0x65d8, 0x62d0, 0x5734, 0x45f0, 0x53b8, 0x1e38, 0x7cae, 0x4e38, 0x6708, 0xc25c, 0x7a64, 0x9eac,
    0x1124, 0x523a,
];

/// The sum of the columns at the set bits.
fn linear(columns: &[u16; 16], bits: u16) -> u16 {
    columns.iter().enumerate().fold(0, |sum, (bit, column)| if bits >> bit & 1 == 1 { sum ^ column } else { sum })
}

/// The product in the coordinates of powers of `x`.
fn multiply_powers(left: u16, right: u16) -> u16 {
    (0..16).rev().fold(0, |product: u16, bit| {
        let shifted = if product >> 15 == 1 { product << 1 ^ POLYNOMIAL } else { product << 1 };
        if right >> bit & 1 == 1 { shifted ^ left } else { shifted }
    })
}

/// The product of two elements.
pub fn multiply(left: u16, right: u16) -> u16 {
    linear(&POWERS, multiply_powers(linear(&BASIS, left), linear(&BASIS, right)))
}

/// Multiplication by one constant, by two look-ups.
#[derive(Clone, Debug)]
pub struct Multiplier {
    low: [u16; 256],
    high: [u16; 256],
}

impl Multiplier {
    /// Prepares the multiplication by `factor`.
    pub fn new(factor: u16) -> Self {
        let factor = linear(&BASIS, factor);
        let mut multiplier = Self { low: [0; 256], high: [0; 256] };
        let (low, high) = BASIS.split_at(8);
        for (table, basis) in [(&mut multiplier.low, low), (&mut multiplier.high, high)] {
            // Every entry is that without its highest bit, plus the product of that bit.
            let mut filled = 1;
            for element in basis {
                let product = linear(&POWERS, multiply_powers(factor, *element));
                let (known, rest) = table.split_at_mut(filled);
                for (entry, smaller) in rest.iter_mut().zip(known) {
                    *entry = *smaller ^ product;
                }
                filled *= 2;
            }
        }
        multiplier
    }

    /// The product of the constant and an element.
    #[inline]
    #[expect(clippy::indexing_slicing, reason = "a byte indexes a table of 256")]
    pub fn apply(&self, element: u16) -> u16 {
        let [low, high] = element.to_le_bytes();
        self.low[usize::from(low)] ^ self.high[usize::from(high)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn basis_is_cantors() {
        assert_eq!(BASIS[0], 1);
        for pair in BASIS.windows(2) {
            assert_eq!(multiply_powers(pair[1], pair[1]) ^ pair[1], pair[0]);
        }
        for (bit, element) in BASIS.iter().enumerate() {
            assert_eq!(linear(&POWERS, *element), 1 << bit, "the two matrices are inverse");
        }
    }

    #[test]
    fn every_element_but_zero_has_an_inverse() {
        // The group has order 2^16 - 1, so x^(2^16 - 2) is the inverse.
        for element in (1..=u16::MAX).step_by(257) {
            let mut power = 1;
            for bit in (0..16).rev() {
                power = multiply(power, power);
                if 0xfffe_u16 >> bit & 1 == 1 {
                    power = multiply(power, element);
                }
            }
            assert_eq!(multiply(power, element), 1, "{element}");
        }
    }

    proptest! {
        #[test]
        fn field_laws(a: u16, b: u16, c: u16) {
            prop_assert_eq!(multiply(a, b), multiply(b, a));
            prop_assert_eq!(multiply(a, multiply(b, c)), multiply(multiply(a, b), c));
            prop_assert_eq!(multiply(a, b ^ c), multiply(a, b) ^ multiply(a, c));
            prop_assert_eq!(multiply(a, 1), a);
            prop_assert_eq!(multiply(a, a) ^ a, a >> 1, "x^2 + x is a shift");
            prop_assert_eq!(Multiplier::new(a).apply(b), multiply(a, b));
        }
    }
}
