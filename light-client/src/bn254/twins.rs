//! Both backends, function by function, on the same inputs.

use alloc::sync::Arc;
use alloc::vec::Vec;

use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{AdditiveGroup, Field, PrimeField, UniformRand, Zero};
use hotshot_bn254_limbs as limbs;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::{Fq, Fq2, Fr, G1Affine, G2Affine, stock};

fn g1(scalar: u64) -> G1Affine {
    (G1Affine::generator() * Fr::from(scalar)).into_affine()
}

fn g2(scalar: u64) -> G2Affine {
    (G2Affine::generator() * Fr::from(scalar)).into_affine()
}

/// Small multiples, so that equal, opposite and infinite points meet often.
fn scalars() -> impl Strategy<Value = Vec<(i8, [u64; 4])>> {
    let weight = prop_oneof![
        Just([0; 4]),
        Just([u64::MAX; 4]),
        any::<[u64; 4]>(),
        any::<u64>().prop_map(|low| [low, 0, 0, 0]),
        (0..9u64).prop_map(|low| [low, 0, 0, 0]),
    ];
    proptest::collection::vec((-4..5i8, weight), 0..6)
}

fn signed<G: AffineRepr>(point: impl Fn(u64) -> G, scalar: i8) -> G {
    let point = point(u64::from(scalar.unsigned_abs()));
    if scalar < 0 { (-point.into_group()).into_affine() } else { point }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, rng_seed: RngSeed::Fixed(254), ..ProptestConfig::default() })]

    #[test]
    fn sums(scalars in scalars()) {
        let points: Vec<_> = scalars.iter().map(|(scalar, _)| signed(g2, *scalar)).collect();
        prop_assert_eq!(limbs::sum_g2(&points), stock::sum_g2(&points));
        let terms: Vec<_> = scalars.iter().map(|(scalar, weight)| (signed(g1, *scalar), *weight)).collect();
        prop_assert_eq!(limbs::combine_g1(&terms), stock::combine_g1(&terms));
        for (point, _) in terms {
            prop_assert_eq!(limbs::endomorphism_g1(&point), stock::endomorphism_g1(&point));
        }
    }

    #[test]
    fn products(scalars in scalars(), balanced: bool, prepared: u8) {
        let mut pairs: Vec<_> = scalars
            .iter()
            .map(|(scalar, other)| (signed(g1, *scalar), g2(other[0] % 5)))
            .filter(|(left, right)| !left.is_zero() && !right.is_zero())
            .collect();
        if balanced {
            let sum: i64 = scalars.iter().map(|(scalar, other)| i64::from(*scalar) * (other[0] % 5) as i64).sum();
            if sum != 0 {
                pairs.push((if sum > 0 { -g1(sum.unsigned_abs()) } else { g1(sum.unsigned_abs()) }, g2(1)));
            }
        }
        let (left, right): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
        let (mut ours, mut theirs) = (limbs::Accumulator::one(), stock::Accumulator::one());
        let lines = |(index, point): (usize, &G2Affine)| Arc::new(match prepared >> index & 1 {
            0 => limbs::Lines::new(point),
            _ => limbs::Lines::prepared(point),
        });
        ours.multiply(&left, &right.iter().enumerate().map(lines).collect::<Vec<_>>());
        let lines = |(index, point): (usize, &G2Affine)| Arc::new(match prepared >> index & 1 {
            0 => stock::Lines::new(point),
            _ => stock::Lines::prepared(point),
        });
        theirs.multiply(&left, &right.iter().enumerate().map(lines).collect::<Vec<_>>());
        let expected = theirs.exponentiates_to_one();
        prop_assert_eq!(ours.exponentiates_to_one(), expected);
        prop_assert!(expected || !balanced);
    }

    #[test]
    fn roots_and_curves(words in any::<[u64; 4]>(), small in 0..20u64) {
        for value in [Fq::from_le_bytes_mod_order(&words.map(u64::to_le_bytes).concat()), Fq::from(small), -Fq::from(small)] {
            let integer = stock::to_integer(&value);
            prop_assert_eq!(limbs::to_integer(&value), integer);
            prop_assert_eq!((limbs::from_integer(integer), stock::from_integer(integer)), (value, value));
            let (ours, theirs) = (limbs::ordinate(&value), stock::ordinate(&value));
            prop_assert_eq!(ours.is_some(), theirs.is_some());
            prop_assert!(ours == theirs || ours == theirs.map(|root| -root));
            let y = ours.unwrap_or(value);
            let mut points = alloc::vec![G1Affine::new_unchecked(value, y), -g1(small + 1)];
            points.extend(G1Affine::get_point_from_x_unchecked(value, true));
            for point in points {
                prop_assert_eq!(limbs::on_curve_g1(&point), stock::on_curve_g1(&point));
            }
            let x = Fq2::new(value, Fq::from(small));
            let mut points = alloc::vec![G2Affine::new_unchecked(x, Fq2::new(y, Fq::ZERO)), g2(small + 1)];
            points.extend(G2Affine::get_point_from_x_unchecked(x, false));
            for point in points {
                prop_assert_eq!(limbs::on_curve_g2(&point), stock::on_curve_g2(&point));
            }
        }
    }

    #[test]
    fn transforms(
        integers in proptest::collection::vec(any::<[u64; 6]>(), 1..4),
        edge in 0..8u8,
        steps in proptest::collection::vec((any::<u8>(), any::<[u64; 6]>()), 1..24),
    ) {
        let element = |words: &[u64; 6]| Fr::from_le_bytes_mod_order(&words.map(u64::to_le_bytes).concat());
        let edges = [Fr::ZERO, Fr::ONE, -Fr::ONE, Fr::from(1u128 << 116) - Fr::ONE];
        let mut starts: Vec<_> = integers.iter().map(element).collect();
        starts.extend(edges.get(usize::from(edge)));
        let mut ours: Vec<_> = starts.iter().map(|start| limbs::Value::from_integer(&start.into_bigint().0)).collect();
        let mut theirs: Vec<_> = starts.iter().map(|start| stock::Value::from_integer(&start.into_bigint().0)).collect();
        // As in a transform: sums with settled values and products with factors, settled after so many sums.
        let mut sums = 0;
        for (kind, words) in steps {
            let factor = edges.get(usize::from(kind / 4)).copied().unwrap_or_else(|| element(&words));
            let (our_factor, their_factor) = (limbs::Factor::new(&factor), stock::Factor::new(&factor));
            let addend = element(&words).into_bigint().0;
            let (addend, their_addend) = (limbs::Value::from_integer(&addend), stock::Value::from_integer(&addend));
            if sums == limbs::Value::SUMS {
                ours.iter_mut().for_each(|value| *value = value.settle());
                sums = 0;
            }
            sums += 1;
            for (our, their) in ours.iter_mut().zip(&mut theirs) {
                (*our, *their) = match kind % 4 {
                    0 => (our.times(&our_factor), their.times(&their_factor)),
                    1 => (our.minus(&addend), their.minus(&their_addend)),
                    _ => (our.plus(&addend), their.plus(&their_addend)),
                };
                prop_assert_eq!(our.settle().to_integer(), their.to_integer());
            }
        }
    }

    #[test]
    fn wide_bytes(upper in any::<[u8; 24]>(), lower in any::<[u8; 24]>(), ends in 0..4u8) {
        let mut bytes = [0; 48];
        bytes[..24].copy_from_slice(&if ends & 1 == 0 { upper } else { [0xff; 24] });
        bytes[24..].copy_from_slice(&if ends & 2 == 0 { lower } else { [0xff; 24] });
        prop_assert_eq!(limbs::from_wide_bytes(&bytes), stock::from_wide_bytes(&bytes));
    }

    #[test]
    fn subgroups(words in any::<[u64; 4]>(), scalar in 1..u64::MAX, count in 17..40u8, place: u8) {
        let x = Fq2::new(Fq::from_le_bytes_mod_order(&words.map(u64::to_le_bytes).concat()), Fq::ONE);
        let mut points = alloc::vec![g2(scalar), -g2(scalar), G2Affine::zero()];
        if let Some(stray) = G2Affine::get_point_from_x_unchecked(x, true) {
            points.push(stray);
            points.push(stray.clear_cofactor());
            points.push((stray + g2(scalar)).into_affine());
        }
        for point in &points {
            let slow = point.mul_bigint(Fr::MODULUS).is_zero();
            prop_assert_eq!(limbs::is_in_subgroup(point), slow);
            prop_assert_eq!(limbs::first_outside_subgroup(&[*point]).is_none(), slow);
            prop_assert_eq!(stock::first_outside_subgroup(&[*point]).is_none(), slow);
        }
        prop_assert_eq!(limbs::first_outside_subgroup(&points), stock::first_outside_subgroup(&points));
        // Many at once go another way: members alone, and each of the others at some place among them.
        let mut many: Vec<_> = (1..=u64::from(count)).map(|step| g2(scalar / 2 + step)).collect();
        prop_assert_eq!(limbs::first_outside_subgroup(&many), None);
        for point in points {
            let place = usize::from(place) % many.len();
            many[place] = point;
            prop_assert_eq!(limbs::first_outside_subgroup(&many), stock::first_outside_subgroup(&many));
        }
    }
}

/// Points of every small prime order that divides the cofactor of the twisted curve are outside of
/// the subgroup, alone and shifted by a member.
#[test]
fn small_orders() {
    // The cofactor is 2p − r; 10069 and 5864401 are its smallest prime factors.
    let cofactor: num_bigint::BigUint =
        (num_bigint::BigUint::from(Fq::MODULUS) << 1) - num_bigint::BigUint::from(Fr::MODULUS);
    let mut rng = ark_std::test_rng();
    for prime in [10_069u64, 5_864_401] {
        let cofactor = cofactor.clone();
        assert_eq!(&cofactor % prime, num_bigint::BigUint::from(0u64));
        let scalar = (cofactor / prime) * num_bigint::BigUint::from(Fr::MODULUS);
        let point = loop {
            let Some(point) = G2Affine::get_point_from_x_unchecked(Fq2::rand(&mut rng), true) else { continue };
            let point = point.mul_bigint(scalar.to_u64_digits());
            if !point.is_zero() {
                break point.into_affine();
            }
        };
        assert!(point.mul_bigint([prime]).is_zero());
        for stray in [point, (point + g2(77)).into_affine()] {
            assert!(limbs::on_curve_g2(&stray));
            assert_eq!(limbs::first_outside_subgroup(&[g2(1), stray]), Some(1));
            assert_eq!(stock::first_outside_subgroup(&[g2(1), stray]), Some(1));
            // Among many, at every place, twice, and after a first full share of them.
            let members: Vec<_> = (1..=20).map(g2).collect();
            for place in [0, 7, 19] {
                let mut points = members.clone();
                points[place] = stray;
                assert_eq!(limbs::first_outside_subgroup(&points), Some(place));
                points[19] = stray;
                assert_eq!(limbs::first_outside_subgroup(&points), Some(place));
                let many = [members.repeat(7), points].concat();
                assert_eq!(limbs::first_outside_subgroup(&many), Some(140 + place));
            }
        }
    }
}

/// The condition of the subgroup check annihilates no more than the subgroup: see
/// `subgroup::is_in_subgroup` there.
#[test]
fn the_subgroup_check_is_exact() {
    use num_bigint::BigInt;
    let (p, r) =
        (BigInt::from(num_bigint::BigUint::from(Fq::MODULUS)), BigInt::from(num_bigint::BigUint::from(Fr::MODULUS)));
    let x = BigInt::from(4_965_661_367_192_848_881u64);
    let trace = BigInt::from(6) * &x * &x + BigInt::from(1);
    assert_eq!(&p + BigInt::from(1) - &trace, r);
    // (x + 1) + xψ + xψ² − 2xψ³ modulo ψ² − trace·ψ + p, lowest coefficient first.
    let mut coefficients = [&x + BigInt::from(1), x.clone(), x.clone(), BigInt::from(-2) * &x].to_vec();
    while coefficients.len() > 2 {
        let leading = coefficients.pop().unwrap();
        let last = coefficients.len() - 1;
        coefficients[last] += &leading * &trace;
        coefficients[last - 1] -= &leading * &p;
    }
    let (a, b) = (&coefficients[0], &coefficients[1]);
    let norm = a * a + a * b * &trace + b * b * &p;
    let order = (BigInt::from(2) * &p - &r) * &r;
    let (mut left, mut right) = (norm, order);
    while right != BigInt::from(0) {
        (left, right) = (right.clone(), left % right);
    }
    assert!(left == r || left == -&r);
    // ψ multiplies by p on the subgroup.
    let at_p = a + b * &p;
    assert_eq!(at_p % &r, BigInt::from(0));
}

#[test]
fn infinity_is_not_on_the_curve() {
    assert!(!limbs::on_curve_g1(&G1Affine::zero()) && !stock::on_curve_g1(&G1Affine::zero()));
    assert!(!limbs::on_curve_g2(&G2Affine::zero()) && !stock::on_curve_g2(&G2Affine::zero()));
}
