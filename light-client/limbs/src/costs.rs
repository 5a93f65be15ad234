//! The parts of the arithmetic one by one, for benches. Every function repeats its operation, each
//! time on the result of the time before, and says whether the last result is what cannot be
//! foreseen by a compiler: not zero.

use ark_bn254::{G1Affine, G2Affine};
use ark_ec::AffineRepr as _;

use super::base::Base as _;
use super::columns::{BaseModulus, product, reduce};
use super::curve::Affine;
use super::dodecic::Fq12;
use super::field::Fq;
use super::miller::{Lines, Pair, miller_loop};
use super::quadratic::Fq2;

/// What the chains start from: coordinates of a point, which are as good as random.
fn seed() -> [Fq; 2] {
    let G2Affine { x, y, .. } = G2Affine::generator();
    [Fq::from_stock(&x.c0), Fq::from_stock(&y.c0)]
}

/// Products in the base field.
pub fn products(count: u32) -> bool {
    let [mut x, y] = seed();
    for _ in 0..count {
        x = x.mul(&y);
    }
    !x.is_zero()
}

/// Squares in the base field.
pub fn squares(count: u32) -> bool {
    let [mut x, _] = seed();
    for _ in 0..count {
        x = x.square();
    }
    !x.is_zero()
}

/// Products of limbs alone: 81 multiply-adds without a carry.
pub fn limb_products(count: u32) -> bool {
    let [mut x, y] = seed();
    for _ in 0..count {
        let [c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15, c16] = product(&x.0, &y.0);
        // Every column counts, and nothing is carried.
        let limb = |low: i64, high: i64| ((low ^ high) >> 34) as i32;
        x = Fq([
            limb(c0, c9),
            limb(c1, c10),
            limb(c2, c11),
            limb(c3, c12),
            limb(c4, c13),
            limb(c5, c14),
            limb(c6, c15),
            limb(c7, c16),
            limb(c8, 0),
        ]);
    }
    x.0 != [i32::MAX; 9]
}

/// Reductions alone.
pub fn reductions(count: u32) -> bool {
    let [mut x, y] = seed();
    let mut columns = product(&x.0, &y.0);
    for _ in 0..count {
        // The first limb goes through the whole reduction.
        columns[0] += i64::from(x.0[0]);
        x = Fq(reduce::<BaseModulus>(&columns));
    }
    !x.is_zero()
}

/// Products in Fq2.
pub fn quadratic_products(count: u32) -> bool {
    let G2Affine { x, y, .. } = G2Affine::generator();
    let (mut x, y) = (Fq2::<Fq>::constant(&x), Fq2::constant(&y));
    for _ in 0..count {
        x = x.mul(&y);
    }
    !x.c0.is_zero()
}

fn value() -> Fq12<Fq> {
    let G1Affine { x, y, .. } = G1Affine::generator();
    let lines = Lines::any(&generator());
    miller_loop(&[Pair::new(&Affine { x: Fq::from_stock(&x), y: Fq::from_stock(&y) }, &lines)])
}

fn generator() -> Affine<Fq2<Fq>> {
    let G2Affine { x, y, .. } = G2Affine::generator();
    Affine { x: Fq2::constant(&x), y: Fq2::constant(&y) }
}

/// Products in Fq12.
pub fn dodecic_products(count: u32) -> bool {
    let y = value();
    let mut x = y;
    for _ in 0..count {
        x = x.mul(&y);
    }
    !x.is_one()
}

/// Miller loops of one pair whose point of G2 is not prepared.
pub fn miller_loops(count: u32) -> bool {
    (0..count).all(|_| !value().is_one())
}

/// Final exponentiations.
pub fn final_exponentiations(count: u32) -> bool {
    let mut x = value();
    for _ in 0..count {
        x = x.final_exponentiation();
    }
    !x.is_one()
}

/// Inversions in the base field.
pub fn inversions(count: u32) -> bool {
    let [mut x, y] = seed();
    for _ in 0..count {
        x = x.inverse().add(&y).settle();
    }
    !x.is_zero()
}
