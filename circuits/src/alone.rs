//! Every row, broken alone: for each row of each gadget there is an assignment that breaks this row and no
//! other. So none follows from the others, and without it the gadget has another witness.
//!
//! Gadgets compute forward from the values of their inputs. A dishonest prover writes another value
//! somewhere, and everything after it follows: where one row defines one variable, that breaks this
//! row alone. Rows that do not define anything need a forgery made for them. Gadgets are cut at
//! the hash of a signature: past it, no other commitment gives the same challenge.

use std::collections::BTreeSet;

use ark_bn254::Fr;
use ark_ec::{AffineRepr as _, CurveGroup as _};
use ark_ed_on_bn254::{EdwardsAffine, Fr as Scalar};
use ark_ff::{BigInteger as _, Field as _, PrimeField as _};
use rayon::prelude::*;

use crate::circuit::{COMMITMENTS, SLOTS, build, slot};
use crate::gadget::canonical::{self, Bit};
use crate::gadget::montgomery::{self, Point, coordinates};
use crate::gadget::schnorr::{self, Hint, hash_of};
use crate::gadget::{fixed_base, ladder, nothing_up_my_sleeve, rescue, routing, weight};
use crate::shape::Shape;
use crate::system::{Num, System};
use crate::witness::Witness;
use crate::witness::tests::{DIGEST, signed, table};

type Forgery = Vec<(usize, Fr)>;

/// A gadget over some witnesses, and the rows that were broken alone so far.
struct Gadget<'a> {
    make: &'a (dyn Fn(&mut System) + Sync),
    honest: System,
    alone: BTreeSet<usize>,
}

impl<'a> Gadget<'a> {
    fn new(make: &'a (dyn Fn(&mut System) + Sync)) -> Self {
        let honest = forged(make, Vec::new());
        assert_eq!(honest.first_broken(), None);
        Self { make, honest, alone: BTreeSet::new() }
    }

    fn value(&self, variable: usize) -> Fr {
        self.honest.values()[variable]
    }

    /// Another value for one variable, for each in turn.
    fn each(&mut self, variables: impl IntoIterator<Item = usize>) {
        let variables: Vec<_> = variables.into_iter().collect();
        let found = variables.par_iter().filter_map(|variable| {
            let changes = [Fr::ONE, -Fr::ONE, Fr::from(5u64)];
            changes.iter().find_map(|change| {
                let system = forged(self.make, vec![(*variable, self.value(*variable) + change)]);
                lone(&system)
            })
        });
        let found: Vec<_> = found.collect();
        self.alone.extend(found);
    }

    /// A forgery, which has to break one row alone.
    fn break_by(&mut self, forgery: Forgery) -> usize {
        let system = forged(self.make, forgery);
        let row = lone(&system).unwrap_or_else(|| panic!("broken: {:?}", broken(&system)));
        self.alone.insert(row);
        row
    }

    fn assert_all(&self) {
        let missing: Vec<_> = (0..self.honest.rows()).filter(|row| !self.alone.contains(row)).collect();
        let groups: BTreeSet<_> = missing.iter().map(|row| self.honest.group_of(*row)).collect();
        assert!(missing.is_empty(), "{} of {}: {groups:?} {missing:?}", missing.len(), self.honest.rows());
    }

    fn variables(&self) -> std::ops::Range<usize> {
        1..self.honest.values().len()
    }
}

fn forged(make: &(dyn Fn(&mut System) + Sync), forgery: Forgery) -> System {
    let mut system = System::forging(forgery);
    make(&mut system);
    system
}

fn broken(system: &System) -> Vec<usize> {
    (0..system.rows()).filter(|row| !system.holds(*row)).collect()
}

/// The broken row, if it is the only one.
fn lone(system: &System) -> Option<usize> {
    match broken(system).as_slice() {
        [row] => Some(*row),
        _ => None,
    }
}

fn point_of(scalar: u64) -> EdwardsAffine {
    (EdwardsAffine::generator() * Scalar::from(scalar)).into_affine()
}

fn witness(system: &mut System, point: &EdwardsAffine) -> Point {
    let (u, v) = coordinates(point);
    Point { u: system.witness(u), v: system.witness(v) }
}

/// The three permutations of a signature's hash.
#[test]
fn rows_of_the_hash() {
    let make = |system: &mut System| {
        let rest: Vec<_> = (1..6u64).map(|value| system.witness(Fr::from(value * value))).collect();
        let input = [&[Num::constant(Fr::from(99u64))], rest.as_slice()].concat();
        rescue::hash(system, &input);
    };
    let mut gadget = Gadget::new(&make);
    gadget.each(gadget.variables());
    let [a, b, c] = gadget.honest.matrices().clone();
    let only = |terms: &[(Fr, usize)]| if let [(_, variable)] = terms { Some(*variable) } else { None };
    for row in 0..gadget.honest.rows().saturating_sub(2) {
        // A fifth root: y² = s, s² = f, f·y = x. Another s or f has another y that leads to x.
        let (Some(y), Some(square), Some(fourth)) = (only(&a[row]), only(&c[row]), only(&c[row + 1])) else { continue };
        if only(&a[row + 2]) != Some(fourth) || only(&b[row + 2]) != Some(y) {
            continue;
        }
        let x = gadget.value(y).pow([5]);
        let other = gadget.value(square) + Fr::ONE;
        assert_eq!(gadget.break_by(vec![(square, other), (y, x / other.square())]), row);
        let other = gadget.value(fourth) + Fr::ONE;
        assert_eq!(gadget.break_by(vec![(fourth, other), (y, x / other)]), row + 1);
    }
    gadget.assert_all();
}

#[test]
fn rows_of_the_forms_of_a_point() {
    let make = |system: &mut System| {
        let key = point_of(7);
        let (x, y) = (system.witness(key.x), system.witness(key.y));
        let point = Point::from_edwards(system, &x, &y);
        let other = witness(system, &point_of(5));
        let sum = point.add(system, &other);
        let last = sum.double_and_add(system, &other);
        last.to_edwards(system);
    };
    let mut gadget = Gadget::new(&make);
    assert_eq!(gadget.honest.rows(), 3 + 3 + 5 + 2);
    gadget.each(gadget.variables());
    gadget.assert_all();
}

fn challenge_bits(value: u64) -> [bool; ladder::BITS] {
    let mut bits = Fr::from(value).inverse().unwrap().into_bigint().to_bits_le();
    bits.truncate(ladder::BITS);
    bits.try_into().unwrap()
}

#[test]
fn rows_of_the_ladder() {
    let make = |system: &mut System| {
        let point = witness(system, &point_of(3));
        ladder::minus_multiple(system, &point, &challenge_bits(3));
    };
    let mut gadget = Gadget::new(&make);
    assert_eq!(gadget.honest.rows(), 1492);
    gadget.each(gadget.variables());
    // The square of the unit, 1: with four times it every digit may be two.
    let [a, _, c] = gadget.honest.matrices().clone();
    let square = c[0][0].1;
    let digits = (0..gadget.honest.rows()).filter(|row| c[*row].len() == 1 && c[*row][0].1 == square).skip(1);
    let two = Fr::from(2u64);
    let mut forgery: Forgery = digits.map(|row| (a[row][0].1, gadget.value(a[row][0].1) * two)).collect();
    assert_eq!(forgery.len(), ladder::STEPS);
    forgery.push((square, gadget.value(square) * two.square()));
    assert_eq!(gadget.break_by(forgery), 0);
    gadget.assert_all();
}

/// The hash, cut off from what it is the hash of, is the number of the digits and the high bits, and
/// that number is below the modulus.
#[test]
fn rows_of_the_challenge() {
    let low = challenge_bits(3);
    let make = |system: &mut System| {
        let point = witness(system, &point_of(3));
        let challenged = ladder::minus_multiple(system, &point, &low);
        let high: [Num; canonical::HIGH] =
            std::array::from_fn(|_| system.in_group(canonical::GROUP, |system| system.bit(false)));
        let weight = Fr::from(2u64).pow([ladder::BITS as u64]);
        let hash = system.witness(ladder::number(&low) + (&Num::from_bits(&high) * weight).value());
        challenged.enforce_number(system, &(&hash - &(&Num::from_bits(&high) * weight)));
    };
    let mut gadget = Gadget::new(&make);
    let rows = gadget.honest.rows();
    let hash = gadget.honest.values().len() - 1;
    assert_eq!(gadget.break_by(vec![(hash, gadget.value(hash) + Fr::ONE)]), rows - 1);
    for (place, bit) in (hash - canonical::HIGH..hash).enumerate() {
        assert_eq!(gadget.break_by(vec![(bit, -Fr::ONE)]), rows - 1 - canonical::HIGH + place);
    }
}

/// For each row of the comparison, a number from the modulus on that this row alone refuses.
#[test]
fn rows_of_the_comparison() {
    let runs = canonical::runs();
    let modulus: Vec<bool> = runs.iter().flat_map(|(bit, length)| vec![*bit; *length]).collect();
    let mut end = 0;
    for (row, (ones, length)) in runs.iter().enumerate() {
        let begin = end;
        end += length;
        let mut bits = modulus.clone();
        if *ones {
            // The modulus up to here, and ones after it: the prefix is dropped though nothing is missing.
            bits[end..].fill(true);
        } else {
            // A one where the modulus has none, and less than the modulus after it.
            bits[begin] = true;
            bits[end..].fill(false);
        }
        let make = |system: &mut System| {
            let bits: Vec<_> = bits.iter().map(|bit| system.witness(Fr::from(*bit))).collect();
            let bits = bits.into_iter().map(|bit| Bit { unset: &Num::one() - &bit, set: bit });
            canonical::enforce_below_modulus(system, bits);
        };
        let mut system = forged(&make, Vec::new());
        if *ones && row + 1 < runs.len() {
            // Each run of ones before has two witnesses, prefix and quotient; this prefix is the first of its own.
            let before = runs[..row].iter().filter(|(ones, _)| *ones).count();
            system = forged(&make, vec![(bits.len() + 1 + 2 * before, Fr::from(0u64))]);
        }
        assert_eq!(lone(&system), Some(row), "{:?}", broken(&system));
    }
}

#[test]
fn rows_of_the_fixed_base() {
    let start = nothing_up_my_sleeve::point();
    let scalar = Scalar::from(0x1234_5678_9abc_def1u64).square();
    let make = |system: &mut System| drop(fixed_base::add_multiple(system, &start, &scalar));
    let mut gadget = Gadget::new(&make);
    assert_eq!(gadget.honest.rows(), 8 * fixed_base::WINDOWS);
    // Of a window: u, its square, cube and fourth power, v, and the slope and the sum.
    gadget.each((0..fixed_base::WINDOWS).flat_map(|window| (5..9).map(move |variable| 8 * window + variable)));
    let on_curve = |cube: Fr, square: Fr, u: Fr| ((cube + montgomery::A * square + u) / montgomery::B).sqrt();
    for window in 0..fixed_base::WINDOWS {
        let (u, square, cube, fourth, v) =
            (8 * window + 1, 8 * window + 2, 8 * window + 3, 8 * window + 4, 8 * window + 5);
        let roots = fixed_base::tables()[window].map(|point| coordinates(&point).0);
        // c₀ + c₁u + c₂u² + c₃u³ + u⁴, which the first four u's of the window make vanish.
        let mut c = vec![Fr::ONE];
        for root in &roots[..4] {
            let shifted = [&[Fr::from(0u64)], c.as_slice()].concat();
            c.push(Fr::from(0u64));
            c.iter_mut().zip(shifted).for_each(|(factor, lower)| *factor = lower - *root * *factor);
        }
        let others = || (2..200u64).map(Fr::from);
        // A square that is none: a root of t² + (c₂ + c₃u)·t + c₀ + c₁u.
        let forgery = others().find_map(|other| {
            let (half, rest) = ((c[2] + c[3] * other) / Fr::from(2u64), c[0] + c[1] * other);
            let forged = (half.square() - rest).sqrt()? - half;
            Some(vec![(u, other), (square, forged), (v, on_curve(forged * other, forged, other)?)])
        });
        assert_eq!(gadget.break_by(forgery.unwrap()), 8 * window);
        let forgery = others().find_map(|other| {
            let forged = -(c[0] + c[1] * other + c[2] * other.square() + other.square().square()) / c[3];
            Some(vec![(u, other), (cube, forged), (v, on_curve(forged, other.square(), other)?)])
        });
        assert_eq!(gadget.break_by(forgery.unwrap()), 8 * window + 1);
        let forgery = others().find_map(|other| {
            let cube = other.square() * other;
            let forged = -(c[0] + c[1] * other + c[2] * other.square() + c[3] * cube);
            Some(vec![(u, other), (fourth, forged), (v, on_curve(cube, other.square(), other)?)])
        });
        assert_eq!(gadget.break_by(forgery.unwrap()), 8 * window + 2);
        // A point of the curve that is none of the window's.
        let (other_u, other_v) = coordinates(&point_of(1_000_003));
        assert_eq!(gadget.break_by(vec![(u, other_u), (v, other_v)]), 8 * window + 3);
    }
    gadget.assert_all();
}

fn route(system: &mut System, rows: usize, chosen: &[usize]) {
    let rows = (0..rows as u64).map(|index| {
        let mut column = |factor: u64| system.witness(Fr::from(1000 * factor + index));
        [column(1), column(2), column(3), Num::constant(Fr::from(index))]
    });
    let rows = rows.collect();
    routing::route(system, rows, chosen, chosen.len());
}

#[test]
fn rows_of_the_routing() {
    // One slot: muxes alone.
    for chosen in [0, 3, 6] {
        let make = |system: &mut System| route(system, 7, &[chosen]);
        let mut gadget = Gadget::new(&make);
        gadget.each(gadget.variables());
        gadget.assert_all();
    }
    // Two: five levels of muxes' rows and three rows that the indices rise by.
    let make = |system: &mut System| route(system, 7, &[1, 4]);
    let honest = forged(&make, Vec::new());
    assert_eq!(honest.first_broken(), None);
    let (rows, last) = (honest.rows(), honest.values().len() - 1);
    // Falling by one, the bits that it would take are no bits.
    let falling = |chosen: [usize; 2], forgery| forged(&move |system: &mut System| route(system, 7, &chosen), forgery);
    assert_eq!(lone(&falling([2, 1], Vec::new())), Some(rows - 1));
    // Falling by 2ʲ − 1, one bit of minus one makes up for it.
    assert_eq!(lone(&falling([2, 1], vec![(last - 1, -Fr::ONE), (last, Fr::from(0u64))])), Some(rows - 3));
    assert_eq!(lone(&falling([4, 1], vec![(last - 1, Fr::from(0u64)), (last, -Fr::ONE)])), Some(rows - 2));
}

#[test]
fn rows_of_the_quorum() {
    let difference = |value: Fr| {
        let total = Fr::from(5u64);
        ((value + Fr::ONE + total + total) / Fr::from(3u64), total)
    };
    let quorum = |value: Fr, forgery: Forgery| {
        let (weight, total) = difference(value);
        let make = move |system: &mut System| {
            let (weight, total) = (system.witness(weight), system.witness(total));
            weight::enforce_quorum(system, &weight, &total);
        };
        forged(&make, forgery)
    };
    assert_eq!(quorum(Fr::from(4u64), Vec::new()).first_broken(), None);
    for bit in 1..weight::BITS {
        // −2ⁱ is no quorum, but for a bit that is minus one.
        let value = -Fr::from(2u64).pow([bit as u64]);
        let forgery = (1..weight::BITS).map(|place| (2 + place, if place == bit { -Fr::ONE } else { Fr::from(0u64) }));
        assert_eq!(lone(&quorum(value, forgery.collect())), Some(bit - 1));
    }
    assert_eq!(lone(&quorum(-Fr::from(3u64), Vec::new())), Some(weight::BITS - 1));
}

/// A signature by a key whose secret is minus one, perhaps with a part of order two beside it.
fn minus_one(x: Fr, y: Fr, digest: Fr) -> Hint {
    (1..100u64)
        .find_map(|nonce| {
            let commitment = point_of(nonce);
            let bits = hash_of(x, y, &commitment, &[digest]).into_bigint().to_bits_le();
            let challenge = Scalar::from_le_bytes_mod_order(&ladder_bytes(&bits));
            // Even challenges take the part of order two away.
            (!bits[0]).then(|| Hint { scalar: Scalar::from(nonce) - challenge, commitment })
        })
        .unwrap()
}

fn ladder_bytes(bits: &[bool]) -> Vec<u8> {
    bits[..ladder::BITS].chunks(8).map(|byte| byte.iter().rev().fold(0, |sum, bit| sum << 1 | u8::from(*bit))).collect()
}

#[test]
fn rows_of_a_slot() {
    let digest = Fr::from(DIGEST);
    let nobody = EdwardsAffine::generator();
    let made = |x: Fr, y: Fr, hint: Hint| {
        move |system: &mut System| {
            let row = [system.witness(x), system.witness(y), system.witness(Fr::from(10u64)), Num::zero()];
            let digest = system.witness(digest);
            slot(system, &row, &digest, None, &hint);
        }
    };
    let own = crate::witness::tests::generators_signature(digest);
    // The row of the generator itself, whose secret everybody knows, counts twice.
    let make = made(nobody.x, nobody.y, own);
    let mut gadget = Gadget::new(&make);
    let first =
        |gadget: &Gadget<'_>| (0..gadget.honest.rows()).find(|row| gadget.honest.group_of(*row) == SLOTS).unwrap();
    let begin = first(&gadget);
    assert_eq!(gadget.break_by(vec![(5, Fr::from(2u64))]), begin);
    let last = gadget.honest.values().len() - 1;
    let weighed = gadget.honest.rows() - 1;
    assert_eq!(gadget.break_by(vec![(last, Fr::from(10u64))]), weighed, "what does not count is counted");
    assert_eq!(gadget.honest.group_of(weighed), SLOTS);
    // A row that does not count signs all the same: its x, or its y, takes the place of the generator's.
    for (x, y, variable) in [(-nobody.x, nobody.y, 6), (nobody.x, -nobody.y, 7)] {
        let make = made(x, y, minus_one(x, y, digest));
        let value = if variable == 6 { x - nobody.x } else { y - nobody.y };
        let system = forged(&make, vec![(variable, value)]);
        assert_eq!(lone(&system), Some(begin + variable - 5), "{:?}", broken(&system));
    }
}

/// The two rows that tie the table to its commitments, and that no group is forgotten here.
#[test]
fn rows_of_the_commitments() {
    let shape = Shape { capacity: 4, routable: 3, slots: 2 };
    let table = table(&[5, 1, 3], shape.capacity);
    let witness = Witness::new(shape, &table, Fr::from(DIGEST), &signed(&[0, 2])).unwrap();
    let honest = build(shape, &witness);
    let of_group = |system: &System| -> Vec<usize> {
        (0..system.rows()).filter(|row| system.group_of(*row) == COMMITMENTS).collect()
    };
    for (input, row) in [1, 2].into_iter().zip(of_group(&honest)) {
        let mut other = honest.clone();
        other.set(input, honest.values()[input] + Fr::ONE);
        assert_eq!(broken(&other), [row]);
    }
    let known = [
        COMMITMENTS,
        SLOTS,
        canonical::GROUP,
        fixed_base::GROUP,
        ladder::GROUP,
        rescue::GROUP,
        routing::GROUP,
        schnorr::GROUP,
        weight::GROUP,
    ];
    assert_eq!(honest.counts().into_keys().collect::<BTreeSet<_>>(), known.into());
}
