//! The generator times a scalar that nobody else needs to know: eight rows for four bits.
//!
//! A scalar is 63 odd digits of ±15 at most. The point of a window is one of sixteen, opposite pairs
//! of eight u's: that u is one of the eight is a product of two quartics, and v is either root of
//! the curve's equation. No bit of the scalar appears; whoever knows the points knows the digits.

use std::sync::OnceLock;

use ark_bn254::Fr;
use ark_ec::{AffineRepr as _, CurveGroup as _};
use ark_ed_on_bn254::{EdwardsAffine, EdwardsProjective, Fr as Scalar};
use ark_ff::{AdditiveGroup as _, BigInt, Field as _, PrimeField as _};
use hotshot_light_client::encoding::integer::U256;

use super::montgomery::{A, B, Point, coordinates};
use crate::system::{Num, System};

/// The name of the group.
pub const GROUP: &str = "fixed base";

/// Bits of a window.
const WINDOW: usize = 4;

/// Windows: four bits each hold twice the order of the group.
pub const WINDOWS: usize = 63;

/// Odd multiples 1, 3, … 15.
const CHOICES: usize = 8;

/// The odd multiples of the generator times 16ʲ, for each window.
pub(crate) fn tables() -> &'static [[EdwardsAffine; CHOICES]; WINDOWS] {
    static TABLES: OnceLock<Box<[[EdwardsAffine; CHOICES]; WINDOWS]>> = OnceLock::new();
    TABLES.get_or_init(|| {
        let mut base = EdwardsProjective::from(EdwardsAffine::generator());
        Box::new(std::array::from_fn(|_| {
            let mut multiple = base;
            let double = base.double();
            let points = std::array::from_fn(|_| {
                let point = multiple.into_affine();
                multiple += double;
                point
            });
            (0..WINDOW).for_each(|_| {
                base.double_in_place();
            });
            points
        }))
    })
}

/// The digits of a scalar, the lowest first: odd, of ±15 at most. An even scalar is raised by the
/// order of the group, which is odd.
pub fn digits(scalar: &Scalar) -> [i8; WINDOWS] {
    let order = U256::from_limbs(Scalar::MODULUS.0);
    let mut rest = U256::from_limbs(scalar.into_bigint().0);
    if !rest.bit(0) {
        rest += order;
    }
    let mut digits = [0; WINDOWS];
    for (index, digit) in digits.iter_mut().enumerate() {
        let low = i8::try_from(rest.as_limbs()[0] % 32).unwrap_or_default();
        let last = index + 1 == WINDOWS;
        *digit = if last { low } else { low - 16 };
        rest = (rest - U256::from(low.unsigned_abs()) + U256::from(16u64)) >> WINDOW;
    }
    digits
}

/// The start plus a multiple of the generator: 504 rows.
///
/// No addition is exceptional unless somebody knows the logarithm of the start.
pub fn add_multiple(system: &mut System, start: &EdwardsAffine, scalar: &Scalar) -> Point {
    system.in_group(GROUP, |system| {
        let mut sum = Point::constant(start);
        for (table, digit) in tables().iter().zip(digits(scalar)) {
            let point = one_of(system, table, digit);
            sum = sum.add(system, &point);
        }
        sum
    })
}

/// One of the points or of their opposites, five rows.
fn one_of(system: &mut System, table: &[EdwardsAffine; CHOICES], digit: i8) -> Point {
    let index = usize::from(digit.unsigned_abs() / 2);
    let chosen = table.get(index).copied().unwrap_or_else(EdwardsAffine::generator);
    let (u_value, v_value) = coordinates(&chosen);
    let u = system.witness(u_value);
    let square = system.product(&u, &u);
    let cube = system.product(&square, &u);
    let fourth = system.product(&square, &square);
    let powers = [&Num::one(), &u, &square, &cube, &fourth];
    let roots = table.map(|point| coordinates(&point).0);
    let (first, second) = roots.split_at(CHOICES / 2);
    let [first, second] = [first, second].map(|roots| vanishing(&powers, roots));
    system.enforce(&first, &second, &Num::zero());
    let v = system.witness(if digit < 0 { -v_value } else { v_value });
    system.enforce(&(&v * B), &v, &Num::sum([&cube, &(&square * A), &u]));
    Point { u, v }
}

/// ∏ (u − root) over four roots, of the powers of u.
fn vanishing(powers: &[&Num; 5], roots: &[Fr]) -> Num {
    let mut coefficients = [Fr::ONE, Fr::ZERO, Fr::ZERO, Fr::ZERO, Fr::ZERO];
    for root in roots {
        // Multiplies by (u − root), from the highest power down.
        let shifted = [&[Fr::ZERO], coefficients.as_slice()].concat();
        for (coefficient, lower) in coefficients.iter_mut().zip(shifted) {
            *coefficient = lower - *root * *coefficient;
        }
    }
    Num::sum(&powers.iter().zip(coefficients).map(|(power, factor)| *power * factor).collect::<Vec<_>>())
}

/// The scalar that digits stand for.
pub fn scalar_of(digits: &[i8; WINDOWS]) -> Scalar {
    digits.iter().rev().fold(Scalar::ZERO, |sum, digit| sum * Scalar::from(16u64) + Scalar::from(*digit))
}

/// The order of the group, for callers that look at edges.
pub const ORDER: BigInt<4> = Scalar::MODULUS;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gadget::nothing_up_my_sleeve;

    fn edges() -> Vec<Scalar> {
        let one = Scalar::from(1u64);
        let power = |exponent: u64| Scalar::from(2u64).pow([exponent]);
        vec![
            Scalar::ZERO,
            one,
            one.double(),
            -one,
            -one.double(),
            power(248),
            power(248) - one,
            power(250),
            power(249) + power(3),
            Scalar::from(0x1234_5678_9abc_def0u64).square(),
        ]
    }

    #[test]
    fn digits_are_odd_and_stand_for_the_scalar() {
        for scalar in edges() {
            let digits = digits(&scalar);
            assert!(digits.iter().all(|digit| digit % 2 != 0 && digit.abs() <= 15), "{digits:?}");
            assert_eq!(scalar_of(&digits), scalar);
        }
    }

    #[test]
    fn multiples_at_the_edges() {
        let start = nothing_up_my_sleeve::point();
        for scalar in edges() {
            let mut system = System::new();
            let point = add_multiple(&mut system, &start, &scalar);
            assert_eq!(system.rows(), 8 * WINDOWS);
            assert_eq!(system.first_broken(), None);
            let expected = (EdwardsAffine::generator() * scalar + start).into_affine();
            assert_eq!((point.u.value(), point.v.value()), coordinates(&expected));
        }
    }

    #[test]
    fn only_the_sixteen_points_of_the_window() {
        let table = &tables()[3];
        for digit in [-15, -1, 1, 7, 15] {
            let mut system = System::new();
            let _ = one_of(&mut system, table, digit);
            assert_eq!((system.rows(), system.first_broken()), (5, None));
        }
        // A point of another window, with every power of its u right.
        let mut system = System::new();
        let _ = one_of(&mut system, table, 1);
        let (u, v) = coordinates(&tables()[4][0]);
        for (variable, value) in [(1, u), (2, u.square()), (3, u.square() * u), (4, u.square().square()), (5, v)] {
            system.set(variable, value);
        }
        assert_eq!(system.first_broken(), Some(3), "the product of the quartics");
    }
}
