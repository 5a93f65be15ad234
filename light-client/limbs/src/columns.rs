//! Products of limbs, their reduction modulo a prime m, and the ways in and out of 64-bit words.

/// Bits of a limb.
pub(crate) const BITS: u32 = 29;

/// A prime of 254 bits. Those of the curve have their upper half in common, so that one estimate of quotients
/// ([`QUOTIENT_FACTOR`]) and one set of bounds serve both.
pub(crate) trait Modulus {
    /// Its signed digits.
    const DIGITS: [i64; 9];
    /// −1 divided by it, modulo 2²⁹.
    const MINUS_INVERSE: i32;
}

/// The modulus p of the base field.
pub(crate) struct BaseModulus;

impl Modulus for BaseModulus {
    const DIGITS: [i64; 9] = [
        -126_026_425,
        17_064_119,
        -59_595_953,
        47_522_513,
        -175_777_416,
        47_923_393,
        10_936_641,
        240_920_116,
        3_171_406,
    ];
    const MINUS_INVERSE: i32 = 75_916_169;
}

/// The modulus r of the scalar field, the order of the groups.
pub(crate) struct ScalarModulus;

impl Modulus for ScalarModulus {
    const DIGITS: [i64; 9] = [
        -268_435_455,
        -15_749_984,
        240_919_633,
        131_109_107,
        -175_779_197,
        47_923_393,
        10_936_641,
        240_920_116,
        3_171_406,
    ];
    const MINUS_INVERSE: i32 = 268_435_455;
}

/// An element: nine signed limbs of 29 bits, lowest first.
pub(crate) type Limbs = [i32; 9];

/// Columns of a sum of products.
pub(crate) type Columns = [i64; 17];

/// Four 64-bit words as nine settled limbs.
#[inline(never)]
pub(crate) const fn unpack<M: Modulus>(words: &[u64; 4]) -> Limbs {
    const MASK: u64 = (1 << BITS) - 1;
    let [w0, w1, w2, w3] = *words;
    let digits = [
        w0 & MASK,
        w0 >> 29 & MASK,
        (w0 >> 58 | w1 << 6) & MASK,
        w1 >> 23 & MASK,
        (w1 >> 52 | w2 << 12) & MASK,
        w2 >> 17 & MASK,
        (w2 >> 46 | w3 << 18) & MASK,
        w3 >> 11 & MASK,
        w3 >> 40,
    ];
    let [d0, d1, d2, d3, d4, d5, d6, d7, d8] = digits;
    settle::<M>(&[
        d0.cast_signed(),
        d1.cast_signed(),
        d2.cast_signed(),
        d3.cast_signed(),
        d4.cast_signed(),
        d5.cast_signed(),
        d6.cast_signed(),
        d7.cast_signed(),
        d8.cast_signed(),
    ])
}

/// A settled element as the integer in [0, m) that it is modulo m.
#[inline(never)]
pub(crate) fn pack<M: Modulus>(element: &Limbs) -> [u64; 4] {
    // Within ±0.6·m: negative ones get m added. Then every digit is carried into [0, 2²⁹).
    let carry_up = |limbs: &[i64; 9]| {
        let mut carry = 0;
        limbs
            .map(|limb| {
                let sum = limb + carry;
                carry = sum >> BITS;
                sum & ((1 << BITS) - 1)
            })
            .map(i64::cast_unsigned)
    };
    let limbs = element.map(i64::from);
    let negative = carried_top(&limbs) < 0;
    let mut sum = limbs;
    if negative {
        for (limb, digit) in sum.iter_mut().zip(M::DIGITS) {
            *limb += digit;
        }
    }
    let [d0, d1, d2, d3, d4, d5, d6, d7, d8] = carry_up(&sum);
    [
        d0 | d1 << 29 | d2 << 58,
        d2 >> 6 | d3 << 23 | d4 << 52,
        d4 >> 12 | d5 << 17 | d6 << 46,
        d6 >> 18 | d7 << 11 | d8 << 40,
    ]
}

/// The last limb after all carries: its sign is that of the value.
fn carried_top(limbs: &[i64; 9]) -> i64 {
    limbs.iter().fold(0, |carry, limb| (limb + carry) >> BITS)
}

/// 2³² divided by m/2²³²: estimates a quotient by m from the last limb.
const QUOTIENT_FACTOR: i64 = 1354;

/// Carries once, all limbs at the same time, and takes the nearest multiple of m away: the value ends
/// within ±(0.5 + |value|/4000)·m.
#[inline(always)]
pub(crate) const fn settle<M: Modulus>(limbs: &[i64; 9]) -> Limbs {
    let [p0, p1, p2, p3, p4, p5, p6, p7, p8] = M::DIGITS;
    let [a0, a1, a2, a3, a4, a5, a6, a7, a8] = *limbs;
    let q = ((a8 + (a7 >> BITS)) * QUOTIENT_FACTOR + (1 << 31)) >> 32;
    let (r0, c0) = split(a0 - q * p0);
    let (r1, c1) = split(a1 - q * p1);
    let (r2, c2) = split(a2 - q * p2);
    let (r3, c3) = split(a3 - q * p3);
    let (r4, c4) = split(a4 - q * p4);
    let (r5, c5) = split(a5 - q * p5);
    let (r6, c6) = split(a6 - q * p6);
    let (r7, c7) = split(a7 - q * p7);
    [
        narrow(r0),
        narrow(r1 + c0),
        narrow(r2 + c1),
        narrow(r3 + c2),
        narrow(r4 + c3),
        narrow(r5 + c4),
        narrow(r6 + c5),
        narrow(r7 + c6),
        narrow(a8 - q * p8 + c7),
    ]
}

/// A limb that is known to fit.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "the bounds prove that the value fits")]
const fn narrow(limb: i64) -> i32 {
    debug_assert!(limb == limb as i32 as i64);
    limb as i32
}

/// A column as a digit within ±2²⁸ and what is carried.
#[inline(always)]
const fn split(column: i64) -> (i64, i64) {
    let digit = (column << (64 - BITS)) >> (64 - BITS);
    (digit, (column - digit) >> BITS)
}

/// The digit of the multiple of m that makes the lowest digit of a column vanish.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "only the lowest 29 bits count")]
const fn quotient<M: Modulus>(column: i64) -> i64 {
    ((((column as i32).wrapping_mul(M::MINUS_INVERSE)) << (32 - BITS)) >> (32 - BITS)) as i64
}

/// The limbs as factors.
#[inline(always)]
pub(crate) const fn widen(element: &Limbs) -> [i64; 9] {
    let [a0, a1, a2, a3, a4, a5, a6, a7, a8] = *element;
    [a0 as i64, a1 as i64, a2 as i64, a3 as i64, a4 as i64, a5 as i64, a6 as i64, a7 as i64, a8 as i64]
}

/// A sum of products of limbs. It may wrap around on the way; the bounds prove that what is reduced
/// is in range.
macro_rules! dot {
    ($($left:ident $right:ident),+) => { 0i64$(.wrapping_add($left.wrapping_mul($right)))+ };
}

/// The columns of a product.
#[inline(always)]
#[rustfmt::skip]
pub(crate) const fn product(a: &Limbs, b: &Limbs) -> Columns {
    let [a0, a1, a2, a3, a4, a5, a6, a7, a8] = widen(a);
    let [b0, b1, b2, b3, b4, b5, b6, b7, b8] = widen(b);
    [
        dot![a0 b0],
        dot![a0 b1, a1 b0],
        dot![a0 b2, a1 b1, a2 b0],
        dot![a0 b3, a1 b2, a2 b1, a3 b0],
        dot![a0 b4, a1 b3, a2 b2, a3 b1, a4 b0],
        dot![a0 b5, a1 b4, a2 b3, a3 b2, a4 b1, a5 b0],
        dot![a0 b6, a1 b5, a2 b4, a3 b3, a4 b2, a5 b1, a6 b0],
        dot![a0 b7, a1 b6, a2 b5, a3 b4, a4 b3, a5 b2, a6 b1, a7 b0],
        dot![a0 b8, a1 b7, a2 b6, a3 b5, a4 b4, a5 b3, a6 b2, a7 b1, a8 b0],
        dot![a1 b8, a2 b7, a3 b6, a4 b5, a5 b4, a6 b3, a7 b2, a8 b1],
        dot![a2 b8, a3 b7, a4 b6, a5 b5, a6 b4, a7 b3, a8 b2],
        dot![a3 b8, a4 b7, a5 b6, a6 b5, a7 b4, a8 b3],
        dot![a4 b8, a5 b7, a6 b6, a7 b5, a8 b4],
        dot![a5 b8, a6 b7, a7 b6, a8 b5],
        dot![a6 b8, a7 b7, a8 b6],
        dot![a7 b8, a8 b7],
        dot![a8 b8],
    ]
}

/// The columns of a square.
#[inline(always)]
#[rustfmt::skip]
pub(crate) const fn square(a: &Limbs) -> Columns {
    let [a0, a1, a2, a3, a4, a5, a6, a7, a8] = widen(a);
    let [d0, d1, d2, d3, d4, d5, d6, d7] = [2 * a0, 2 * a1, 2 * a2, 2 * a3, 2 * a4, 2 * a5, 2 * a6, 2 * a7];
    [
        dot![a0 a0],
        dot![d0 a1],
        dot![d0 a2, a1 a1],
        dot![d0 a3, d1 a2],
        dot![d0 a4, d1 a3, a2 a2],
        dot![d0 a5, d1 a4, d2 a3],
        dot![d0 a6, d1 a5, d2 a4, a3 a3],
        dot![d0 a7, d1 a6, d2 a5, d3 a4],
        dot![d0 a8, d1 a7, d2 a6, d3 a5, a4 a4],
        dot![d1 a8, d2 a7, d3 a6, d4 a5],
        dot![d2 a8, d3 a7, d4 a6, a5 a5],
        dot![d3 a8, d4 a7, d5 a6],
        dot![d4 a8, d5 a7, a6 a6],
        dot![d5 a8, d6 a7],
        dot![d6 a8, a7 a7],
        dot![d7 a8],
        dot![a8 a8],
    ]
}

/// Montgomery's reduction: the columns times 2⁻²⁶¹ modulo m.
#[inline(always)]
#[rustfmt::skip]
pub(crate) const fn reduce<M: Modulus>(columns: &Columns) -> Limbs {
    let [p0, p1, p2, p3, p4, p5, p6, p7, p8] = M::DIGITS;
    let [t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11, t12, t13, t14, t15, t16] = *columns;
    let column = t0;
    let q0 = quotient::<M>(column);
    let carry = (column + q0 * p0) >> BITS;
    let column = t1 + carry + q0 * p1;
    let q1 = quotient::<M>(column);
    let carry = (column + q1 * p0) >> BITS;
    let column = t2 + carry + q0 * p2 + q1 * p1;
    let q2 = quotient::<M>(column);
    let carry = (column + q2 * p0) >> BITS;
    let column = t3 + carry + q0 * p3 + q1 * p2 + q2 * p1;
    let q3 = quotient::<M>(column);
    let carry = (column + q3 * p0) >> BITS;
    let column = t4 + carry + q0 * p4 + q1 * p3 + q2 * p2 + q3 * p1;
    let q4 = quotient::<M>(column);
    let carry = (column + q4 * p0) >> BITS;
    let column = t5 + carry + q0 * p5 + q1 * p4 + q2 * p3 + q3 * p2 + q4 * p1;
    let q5 = quotient::<M>(column);
    let carry = (column + q5 * p0) >> BITS;
    let column = t6 + carry + q0 * p6 + q1 * p5 + q2 * p4 + q3 * p3 + q4 * p2 + q5 * p1;
    let q6 = quotient::<M>(column);
    let carry = (column + q6 * p0) >> BITS;
    let column = t7 + carry + q0 * p7 + q1 * p6 + q2 * p5 + q3 * p4 + q4 * p3 + q5 * p2 + q6 * p1;
    let q7 = quotient::<M>(column);
    let carry = (column + q7 * p0) >> BITS;
    let column = t8 + carry + q0 * p8 + q1 * p7 + q2 * p6 + q3 * p5 + q4 * p4 + q5 * p3 + q6 * p2 + q7 * p1;
    let q8 = quotient::<M>(column);
    let carry = (column + q8 * p0) >> BITS;
    let column = t9 + carry + q1 * p8 + q2 * p7 + q3 * p6 + q4 * p5 + q5 * p4 + q6 * p3 + q7 * p2 + q8 * p1;
    let (r0, carry) = split(column);
    let column = t10 + carry + q2 * p8 + q3 * p7 + q4 * p6 + q5 * p5 + q6 * p4 + q7 * p3 + q8 * p2;
    let (r1, carry) = split(column);
    let column = t11 + carry + q3 * p8 + q4 * p7 + q5 * p6 + q6 * p5 + q7 * p4 + q8 * p3;
    let (r2, carry) = split(column);
    let column = t12 + carry + q4 * p8 + q5 * p7 + q6 * p6 + q7 * p5 + q8 * p4;
    let (r3, carry) = split(column);
    let column = t13 + carry + q5 * p8 + q6 * p7 + q7 * p6 + q8 * p5;
    let (r4, carry) = split(column);
    let column = t14 + carry + q6 * p8 + q7 * p7 + q8 * p6;
    let (r5, carry) = split(column);
    let column = t15 + carry + q7 * p8 + q8 * p7;
    let (r6, carry) = split(column);
    let column = t16 + carry + q8 * p8;
    let (r7, carry) = split(column);
    // The value bounds the last limb: see the head of this file.
    [narrow(r0), narrow(r1), narrow(r2), narrow(r3), narrow(r4), narrow(r5), narrow(r6), narrow(r7), narrow(carry)]
}
