//! Points in Montgomery form, B·v² = u³ + A·u² + u, where addition is three rows.
//!
//! u = (1 + y)/(1 − y), v = u/x. Additions are incomplete: equal or opposite points have the same u,
//! and then the slope is not determined. Every use says why that cannot happen.

use ark_bn254::Fr;
use ark_ec::twisted_edwards::MontCurveConfig;
use ark_ed_on_bn254::{EdwardsAffine, EdwardsConfig};
use ark_ff::Field as _;

use crate::system::{Num, System};

/// The coefficient A.
pub const A: Fr = <EdwardsConfig as MontCurveConfig>::COEFF_A;

/// The coefficient B.
pub const B: Fr = <EdwardsConfig as MontCurveConfig>::COEFF_B;

/// A point, never the neutral one.
#[derive(Clone, Debug)]
pub struct Point {
    /// First coordinate.
    pub u: Num,
    /// Second coordinate.
    pub v: Num,
}

/// The coordinates of a point. Zeros for the points that have none: neutral and of order two.
pub fn coordinates(point: &EdwardsAffine) -> (Fr, Fr) {
    let u = (Fr::ONE - point.y).inverse().map(|inverse| (Fr::ONE + point.y) * inverse).unwrap_or_default();
    let v = point.x.inverse().map(|inverse| u * inverse).unwrap_or_default();
    (u, v)
}

impl Point {
    /// A constant point.
    pub fn constant(point: &EdwardsAffine) -> Self {
        let (u, v) = coordinates(point);
        Self { u: Num::constant(u), v: Num::constant(v) }
    }

    /// The Montgomery form of Edwards coordinates, three rows. Unsatisfiable for the neutral point
    /// and the point of order two: u is neither infinite nor zero. Says nothing about the curve.
    pub fn from_edwards(system: &mut System, x: &Num, y: &Num) -> Self {
        let u = system.quotient(&(y + Fr::ONE), &(&-y + Fr::ONE));
        let v = system.quotient(&u, x);
        system.quotient(&Num::one(), &u);
        Self { u, v }
    }

    /// Edwards coordinates, two rows. Unsatisfiable for u = −1, which is no point of the subgroup.
    /// x is not determined for u = v = 0, the point of order two.
    pub fn to_edwards(&self, system: &mut System) -> (Num, Num) {
        let x = system.quotient(&self.u, &self.v);
        let y = system.quotient(&(&self.u + -Fr::ONE), &(&self.u + Fr::ONE));
        (x, y)
    }

    /// The opposite point.
    pub fn negated(&self) -> Self {
        Self { u: self.u.clone(), v: -&self.v }
    }

    /// The sum with a point of another u, three rows.
    pub fn add(&self, system: &mut System, other: &Self) -> Self {
        let slope = system.quotient(&(&other.v - &self.v), &(&other.u - &self.u));
        let u = third_u(system, &slope, &[&self.u, &other.u]);
        let v = third_v(system, &slope, self, &u);
        Self { u, v }
    }

    /// Twice this point plus a point of another u, which must not be minus twice this one: five
    /// rows. The middle point, the sum of the two, is needed by its u only.
    pub fn double_and_add(&self, system: &mut System, other: &Self) -> Self {
        let first = system.quotient(&(&other.v - &self.v), &(&other.u - &self.u));
        let middle = third_u(system, &first, &[&self.u, &other.u]);
        // The line through this point and the middle one has slope `second`; the middle point's v
        // is first · (u − middle) − v, so (first + second) · (u − middle) = 2v.
        let both = system.quotient(&(&self.v + &self.v), &(&self.u - &middle));
        let second = &both - &first;
        let u = third_u(system, &second, &[&self.u, &middle]);
        let v = third_v(system, &second, self, &u);
        Self { u, v }
    }
}

/// B·slope² = A + u + the other two.
fn third_u(system: &mut System, slope: &Num, others: &[&Num; 2]) -> Num {
    let [left, right] = others;
    let value = B * slope.value().square() - A - left.value() - right.value();
    let u = system.witness(value);
    system.enforce(&(slope * B), slope, &(&Num::sum([*left, *right, &u]) + A));
    u
}

/// v = slope·(u₁ − u) − v₁.
fn third_v(system: &mut System, slope: &Num, from: &Point, u: &Num) -> Num {
    let difference = &from.u - u;
    let v = system.witness(slope.value() * difference.value() - from.v.value());
    system.enforce(slope, &difference, &(&v + &from.v));
    v
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use ark_ec::{AffineRepr as _, CurveGroup as _};
    use ark_ed_on_bn254::Fr as Scalar;

    pub(crate) fn multiple(scalar: u64) -> EdwardsAffine {
        (EdwardsAffine::generator() * Scalar::from(scalar)).into_affine()
    }

    pub(crate) fn witness(system: &mut System, point: &EdwardsAffine) -> Point {
        let (u, v) = coordinates(point);
        Point { u: system.witness(u), v: system.witness(v) }
    }

    fn values(point: &Point) -> (Fr, Fr) {
        (point.u.value(), point.v.value())
    }

    #[test]
    fn forms_agree() {
        let mut system = System::new();
        let (x, y) = (system.witness(multiple(7).x), system.witness(multiple(7).y));
        let point = Point::from_edwards(&mut system, &x, &y);
        assert_eq!(system.rows(), 3);
        let (u, v) = values(&point);
        assert_eq!(B * v.square(), u * (u * (u + A) + Fr::ONE));
        let (back_x, back_y) = point.to_edwards(&mut system);
        assert_eq!(system.rows(), 5);
        assert_eq!((back_x.value(), back_y.value()), (multiple(7).x, multiple(7).y));
        assert_eq!(system.first_broken(), None);
    }

    #[test]
    fn neutral_and_order_two_have_no_form() {
        for (x, y) in [(Fr::from(0u64), Fr::ONE), (Fr::from(0u64), -Fr::ONE)] {
            let mut system = System::new();
            let (x, y) = (system.witness(x), system.witness(y));
            let _ = Point::from_edwards(&mut system, &x, &y);
            assert!(system.first_broken().is_some());
            // And no other witness helps: with y = 1 the first row is 0 = 2, with y = −1 u is zero
            // by the first row and has no inverse for the third.
            for (variable, value) in [(3, 0u64), (3, 1), (4, 0), (4, 1), (5, 0), (5, 1)] {
                system.set(variable, Fr::from(value));
                assert!(system.first_broken().is_some());
            }
        }
    }

    #[test]
    fn additions_agree_with_edwards() {
        for (left, right) in [(1, 5), (5, 3), (100, 7)] {
            let mut system = System::new();
            let (p, q) = (witness(&mut system, &multiple(left)), witness(&mut system, &multiple(right)));
            let sum = p.add(&mut system, &q);
            assert_eq!(system.rows(), 3);
            let twice = p.double_and_add(&mut system, &q.negated());
            assert_eq!(system.rows(), 8);
            assert_eq!(values(&sum), coordinates(&multiple(left + right)));
            assert_eq!(values(&twice), coordinates(&(multiple(2 * left) - multiple(right)).into_affine()));
            assert_eq!(system.first_broken(), None);
        }
    }

    /// Equal and opposite points are what callers have to rule out.
    #[test]
    fn exceptional_cases_are_unsatisfiable_or_free() {
        let mut system = System::new();
        let (p, q) = (witness(&mut system, &multiple(5)), witness(&mut system, &-multiple(5)));
        let _ = p.add(&mut system, &q);
        assert!(system.first_broken().is_some(), "opposite points have no slope");
        let mut system = System::new();
        let (p, q) = (witness(&mut system, &multiple(5)), witness(&mut system, &multiple(5)));
        let sum = p.add(&mut system, &q);
        assert_eq!(system.first_broken(), None, "equal points: any slope will do");
        assert_ne!(values(&sum), coordinates(&multiple(10)));
    }
}
