//! The tower and the pairings against arkworks, and the bounds of everything that the tower computes.

use alloc::vec::Vec;

use ark_bn254::{Bn254, Fq as StockFq, Fq2 as StockFq2, Fq6 as StockFq6, Fq12 as StockFq12, G1Affine, G2Affine};
use ark_ec::pairing::Pairing;
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{AdditiveGroup, CyclotomicMultSubgroup, Field, One, PrimeField, Zero};
use proptest::prelude::*;

use super::base::Base;
use super::bounds::Bound;
use super::columns::{BaseModulus, Modulus as _};
use super::curve::{Affine, Jacobian};
use super::dodecic::Fq12;
use super::field::Fq;
use super::miller::{Lines, Pair, miller_loop};
use super::quadratic::Fq2;
use super::sextic::Fq6;

/// Elements with edges among them: 0, ±1, the limb boundaries, all ones.
pub(crate) fn stock() -> impl Strategy<Value = StockFq> {
    prop_oneof![
        4 => any::<[u64; 6]>().prop_map(|words| {
            StockFq::from_le_bytes_mod_order(&words.map(u64::to_le_bytes).concat())
        }),
        1 => (0..256u32, -2..3i64).prop_map(|(power, offset)| {
            StockFq::from(2u64).pow([u64::from(power)]) + StockFq::from(offset)
        }),
        1 => (0..9usize, -2..3i64).prop_map(|(limbs, offset)| {
            // Runs of ones that end at a limb: carries over the whole length.
            StockFq::from(2u64).pow([29 * limbs as u64]) - StockFq::ONE + StockFq::from(offset)
        }),
        1 => (-3..4i64).prop_map(StockFq::from),
    ]
}

fn stock2() -> impl Strategy<Value = StockFq2> {
    (stock(), stock()).prop_map(|(c0, c1)| StockFq2::new(c0, c1))
}

fn stock12() -> impl Strategy<Value = StockFq12> {
    proptest::collection::vec(stock2(), 6)
        .prop_map(|c| StockFq12::new(StockFq6::new(c[0], c[1], c[2]), StockFq6::new(c[3], c[4], c[5])))
}

fn to2(value: &StockFq2) -> Fq2<Fq> {
    Fq2::constant(value)
}

fn to6(value: &StockFq6) -> Fq6<Fq> {
    Fq6 { c0: to2(&value.c0), c1: to2(&value.c1), c2: to2(&value.c2) }
}

fn to12(value: &StockFq12) -> Fq12<Fq> {
    Fq12 { c0: to6(&value.c0), c1: to6(&value.c1) }
}

fn of2(value: &Fq2<Fq>) -> StockFq2 {
    StockFq2::new(value.c0.to_stock(), value.c1.to_stock())
}

fn of6(value: &Fq6<Fq>) -> StockFq6 {
    StockFq6::new(of2(&value.c0), of2(&value.c1), of2(&value.c2))
}

fn of12(value: &Fq12<Fq>) -> StockFq12 {
    StockFq12::new(of6(&value.c0), of6(&value.c1))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn base_field(a in stock(), b in stock()) {
        let (x, y) = (Fq::from_stock(&a), Fq::from_stock(&b));
        prop_assert_eq!(x.to_stock(), a);
        prop_assert_eq!(x.to_integer(), a.into_bigint().0);
        prop_assert_eq!(x.add(&y).to_stock(), a + b);
        prop_assert_eq!(x.sub(&y).to_stock(), a - b);
        prop_assert_eq!(x.neg().to_stock(), -a);
        prop_assert_eq!(x.mul(&y).to_stock(), a * b);
        prop_assert_eq!(x.square().to_stock(), a.square());
        prop_assert_eq!(x.add(&y).square().to_stock(), (a + b).square());
        prop_assert_eq!(x.sub(&y).mul(&x.add(&y)).to_stock(), (a - b) * (a + b));
        let mut many = x;
        for _ in 0..6 {
            many = many.add(&x);
        }
        prop_assert_eq!(many.settle().to_stock(), a * StockFq::from(7u64));
        prop_assert_eq!(many.neg().settle().mul(&y).to_stock(), -a * b * StockFq::from(7u64));
        prop_assert_eq!(x.plus_nine_plus(&y, &x).to_stock(), a.double() + b * StockFq::from(9u64));
        prop_assert_eq!(x.plus_nine_minus(&y, &y).to_stock(), a + b * StockFq::from(8u64));
        prop_assert_eq!(x.equals(&y), a == b);
        prop_assert!(x.equals(&x) && x.sub(&y).add(&y).settle().equals(&x));
        prop_assert_eq!(x.is_zero(), a.is_zero());
        prop_assert!(x.sub(&x).is_zero());
        // Zero in other limbs: multiples of p, and what they leave behind.
        let mut multiple = Fq(BaseModulus::DIGITS.map(|digit| i32::try_from(digit).unwrap()));
        prop_assert!(multiple.settle().is_zero() && multiple.add(&x).sub(&x).settle().is_zero());
        multiple = multiple.add(&multiple);
        prop_assert!(multiple.settle().is_zero() && multiple.mul(&x).is_zero());
        prop_assert_eq!(multiple.add(&x).settle().is_zero(), a.is_zero());
    }

    #[test]
    fn quadratic(a in stock2(), b in stock2(), c in stock()) {
        let (x, y) = (to2(&a), to2(&b));
        prop_assert_eq!(of2(&x.mul(&y)), a * b);
        prop_assert_eq!(of2(&x.square()), a.square());
        prop_assert_eq!(of2(&x.scale(&Fq::from_stock(&c))), a * StockFq2::new(c, StockFq::ZERO));
        let xi = StockFq2::new(StockFq::from(9u64), StockFq::ONE);
        prop_assert_eq!(of2(&x.plus_xi(&y)), a + b * xi);
        prop_assert_eq!(of2(&x.conjugate()), a.frobenius_map(1));
        // Sums of two are what the sextic extension multiplies.
        prop_assert_eq!(of2(&x.add(&y).mul(&y.add(&x))), (a + b).square());
        prop_assert_eq!(of2(&x.add(&y).mul(&x.sub(&y))), a.square() - b.square());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn inverses_and_roots(a in stock(), b in stock2(), c in stock12()) {
        prop_assert_eq!(Fq::from_stock(&a).inverse().to_stock(), a.inverse().unwrap_or_default());
        prop_assert_eq!(of2(&to2(&b).inverse()), b.inverse().unwrap_or_default());
        prop_assert_eq!(of6(&to6(&c.c0).inverse()), c.c0.inverse().unwrap_or_default());
        prop_assert_eq!(of12(&to12(&c).inverse()), c.inverse().unwrap_or_default());
        let root = Fq::from_stock(&a).square_root();
        prop_assert_eq!(root.is_some(), a.legendre().is_qr() || a.is_zero());
        if let Some(root) = root {
            prop_assert_eq!(root.to_stock().square(), a);
        }
    }

    #[test]
    fn tower(a in stock12(), b in stock12(), l in stock12()) {
        let (x, y) = (to12(&a), to12(&b));
        prop_assert_eq!(of12(&x.mul(&y)), a * b);
        prop_assert_eq!(of12(&x.square()), a.square());
        prop_assert_eq!(of12(&x.square().square().square().mul(&x)), a.pow([9u64]));
        prop_assert_eq!(of12(&x.conjugate()), a.frobenius_map(6));
        for power in 1..4 {
            prop_assert_eq!(of12(&x.frobenius(power)), a.frobenius_map(power));
        }
        let (l0, l1, l2) = (l.c0.c0, l.c0.c1, l.c0.c2);
        let mut expected = a;
        expected.mul_by_034(&l0, &l1, &l2);
        prop_assert_eq!(of12(&x.mul_by_line(&to2(&l0), &to2(&l1), &to2(&l2))), expected);
        let mut expected = a;
        expected.mul_by_034(&StockFq2::ONE, &l1, &l2);
        prop_assert_eq!(of12(&x.mul_by_monic_line(&to2(&l1), &to2(&l2))), expected);
    }

    #[test]
    fn cyclotomic(a in stock12()) {
        prop_assume!(!a.is_zero());
        // The easy part of the final exponentiation leads into the subgroup.
        let easy = a.frobenius_map(6) * a.inverse().unwrap();
        let easy = easy.frobenius_map(2) * easy;
        let mut x = to12(&easy);
        let mut expected = easy;
        for _ in 0..40 {
            x = x.cyclotomic_square();
            expected = expected.cyclotomic_square();
        }
        prop_assert_eq!(of12(&x), expected);
        let output = Bn254::final_exponentiation(ark_ec::pairing::MillerLoopOutput(a)).unwrap();
        prop_assert_eq!(of12(&to12(&a).final_exponentiation()), output.0);
    }
}

fn point(point: &G2Affine) -> Affine<Fq2<Fq>> {
    Affine { x: to2(&point.x), y: to2(&point.y) }
}

fn pair<'a>(point: &G1Affine, lines: &'a Lines<Fq>) -> Pair<'a, Fq> {
    Pair::new(&Affine { x: Fq::from_stock(&point.x), y: Fq::from_stock(&point.y) }, lines)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn pairings(scalars in proptest::collection::vec((1..u64::MAX, 1..u64::MAX, any::<bool>()), 1..4)) {
        let pairs: Vec<_> = scalars
            .iter()
            .map(|(left, right, monic)| {
                let left = (G1Affine::generator() * ark_bn254::Fr::from(*left)).into_affine();
                let right = (G2Affine::generator() * ark_bn254::Fr::from(*right)).into_affine();
                (left, right, *monic)
            })
            .collect();
        let lines: Vec<_> = pairs
            .iter()
            .map(|(_, right, monic)| if *monic { Lines::monic(&point(right)) } else { Lines::any(&point(right)) })
            .collect();
        let inputs: Vec<_> = pairs.iter().zip(&lines).map(|((left, ..), lines)| pair(left, lines)).collect();
        let expected: StockFq12 = pairs.iter().map(|(left, right, _)| Bn254::pairing(left, right).0).product();
        prop_assert_eq!(of12(&miller_loop(&inputs).final_exponentiation()), expected);
        prop_assert!(!expected.is_one());
    }
}

#[test]
fn constants() {
    assert_eq!(Fq::ONE.to_stock(), StockFq::ONE);
    assert_eq!(Fq::ZERO.to_stock(), StockFq::ZERO);
    let modulus = BaseModulus::DIGITS
        .iter()
        .rev()
        .fold(StockFq::ZERO, |value, digit| value * StockFq::from(1u64 << 29) + StockFq::from(*digit));
    assert!(modulus.is_zero(), "the digits are those of a multiple of p");
    let top = BaseModulus::DIGITS[8] as f64 + BaseModulus::DIGITS[7] as f64 / (1u64 << 29) as f64;
    let exact = StockFq::MODULUS.0[3] as f64 / (1u64 << 40) as f64;
    assert!((top - exact).abs() < 1e-3, "and of p itself");
    let parameter = super::exponentiation::PARAMETER_DIGITS;
    let value = parameter.iter().rev().fold(0i128, |value, digit| 2 * value + i128::from(*digit));
    assert_eq!(value, 4_965_661_367_192_848_881);
    assert!(parameter.iter().all(|digit| *digit == 0 || digit % 2 != 0 && digit.abs() < 8));
}

fn bound2() -> Fq2<Bound> {
    Fq2 { c0: Bound::settled(), c1: Bound::settled() }
}

fn bound6() -> Fq6<Bound> {
    Fq6 { c0: bound2(), c1: bound2(), c2: bound2() }
}

fn bound12() -> Fq12<Bound> {
    Fq12 { c0: bound6(), c1: bound6() }
}

fn within(value: &Fq12<Bound>) -> bool {
    [value.c0, value.c1]
        .iter()
        .flat_map(|c| [c.c0, c.c1, c.c2])
        .flat_map(|c| [c.c0, c.c1])
        .all(|c| c.within(&Bound::settled()))
}

/// Settled elements in, settled elements out, and no overflow between: for all inputs.
#[test]
fn nothing_in_the_tower_overflows() {
    let f = bound12();
    for result in [
        f.mul(&f),
        f.square(),
        f.mul_by_line(&bound2(), &bound2(), &bound2()),
        f.mul_by_monic_line(&bound2(), &bound2()),
        f.cyclotomic_square(),
        f.inverse(),
        f.frobenius(1),
        f.frobenius(2),
        f.frobenius(3),
        f.conjugate(),
        f.final_exponentiation(),
        Fq12::ONE,
    ] {
        assert!(within(&result), "{result:?}", result = result.c0.c0.c0);
    }
    for constant in [bound2().inverse(), bound2().mul(&bound2()), bound2().square(), bound2().xi()] {
        assert!(constant.c0.within(&Bound::settled()) && constant.c1.within(&Bound::settled()));
    }
    assert!(Bound::constant(&StockFq::ZERO).within(&Bound::settled()));
}

#[test]
fn nothing_in_the_pairing_overflows() {
    let q = Affine { x: bound2(), y: bound2() };
    let p = Affine { x: Bound::settled(), y: Bound::settled() };
    let (any, monic) = (Lines::any(&q), Lines::monic(&q));
    let f = miller_loop(&[Pair::new(&p, &any), Pair::new(&p, &monic)]);
    assert!(within(&f) && within(&f.final_exponentiation()));
    assert!(!f.is_one(), "the comparison is of settled elements");
}

#[test]
fn nothing_on_the_curves_overflows() {
    let settled = Bound::settled();
    let check = |x: &Bound, y: &Bound, z: &Bound| {
        assert!(x.within(&settled) && y.within(&settled) && z.within(&settled));
    };
    let (affine, point) = (Affine { x: settled, y: settled }, Jacobian { x: settled, y: settled, z: settled });
    let sums = [point.double(), point.add(&point), point.add_affine(&affine), point.neg()];
    for Jacobian { x, y, z } in sums {
        check(&x, &y, &z);
        assert!(!point.equals(&point));
    }
    let Affine { x, y } = point.to_affine().unwrap();
    check(&x, &y, &x);
    let (affine, point) = (Affine { x: bound2(), y: bound2() }, Jacobian { x: bound2(), y: bound2(), z: bound2() });
    let sums = [point.double(), point.add(&point), point.add_affine(&affine), point.neg()];
    for Jacobian { x, y, z } in sums {
        check(&x.c0, &y.c0, &z.c0);
        check(&x.c1, &y.c1, &z.c1);
        assert!(!point.equals(&point));
    }
    let Affine { x, y } = point.to_affine().unwrap();
    check(&x.c0, &y.c0, &y.c1);
    assert!(!super::subgroup::is_in_subgroup(&affine), "the run on bounds ends, and ends with no");
    assert_eq!(super::batch::are_in_subgroup(&[affine, affine]), [false, false], "so does that of many");
    let sum = super::combination::combine(&[(Affine { x: settled, y: settled }, [u64::MAX; 4])]);
    check(&sum.x, &sum.y, &sum.z);
}

#[test]
#[should_panic(expected = "exceeds 64 bits")]
fn the_bounds_notice_too_large_factors() {
    let sum = Bound::settled().add(&Bound::settled()).add(&Bound::settled()).add(&Bound::settled());
    let _ = sum.mul(&sum);
}

#[test]
#[should_panic(expected = "exceeds 32 bits")]
fn the_bounds_notice_too_large_sums() {
    let _ = (0..8).fold(Bound::settled(), |sum, _| sum.add(&Bound::settled()));
}
