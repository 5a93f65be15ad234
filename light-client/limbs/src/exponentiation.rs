//! The final exponentiation: maps the value of Miller loops to the group of order r.

use super::base::Base;
use super::dodecic::Fq12;

/// The curve's parameter x = 4965661367192848881 in digits that are zero or odd and below 8 in
/// size, lowest first.
pub(crate) const PARAMETER_DIGITS: [i8; 63] = [
    1, 0, 0, 0, -1, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, -7, 0, 0, 0, 7, 0, 0, 0, 0, 5, 0, 0, 0, 0, 1, 0, 0, 0, -3, 0, 0,
    0, -5, 0, 0, 0, 5, 0, 0, 0, 0, 3, 0, 0, 0, -3, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 1,
];

impl<F: Base> Fq12<F> {
    /// The power −x of an element of the cyclotomic subgroup.
    #[inline(never)]
    fn power_minus_parameter(&self) -> Self {
        let square = self.cyclotomic_square();
        let third = square.mul(self);
        let fifth = square.mul(&third);
        let odd = [*self, third, fifth, square.mul(&fifth)];
        let mut result = *self;
        for digit in PARAMETER_DIGITS.iter().rev().skip(1) {
            result = result.cyclotomic_square();
            if let Some(power) = odd.get(usize::from(digit.unsigned_abs() / 2))
                && *digit != 0
            {
                result = result.mul(&if *digit < 0 { power.conjugate() } else { *power });
            }
        }
        result.conjugate()
    }

    /// The power (p¹² − 1)/r · 2x(6x² + 3x + 1), whose second factor is coprime to r: one exactly
    /// where the power (p¹² − 1)/r is one.
    ///
    /// Source of the addition chain: Fuentes-Castañeda, Knapp, Rodríguez-Henríquez, "Faster Hashing
    /// to G2", as `ark-ec` uses it (`ec/src/models/bn/mod.rs`).
    #[inline(never)]
    pub(crate) fn final_exponentiation(&self) -> Self {
        let easy = self.conjugate().mul(&self.inverse());
        let r = easy.frobenius(2).mul(&easy);
        let y0 = r.power_minus_parameter();
        let y1 = y0.cyclotomic_square();
        let y3 = y1.cyclotomic_square().mul(&y1);
        let y4 = y3.power_minus_parameter();
        let y6 = y4.cyclotomic_square().power_minus_parameter().conjugate();
        let y8 = y6.mul(&y4).mul(&y3.conjugate());
        let y9 = y8.mul(&y1);
        let y11 = y8.mul(&y4).mul(&r);
        let y13 = y9.frobenius(1).mul(&y11);
        let y14 = y8.frobenius(2).mul(&y13);
        r.conjugate().mul(&y9).frobenius(3).mul(&y14)
    }
}
