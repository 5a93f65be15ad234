//! Inverses modulo p by division steps, in time that depends on the value: everything here is public.
//!
//! Source: Bernstein and Yang, "Fast constant-time gcd computation and modular inversion"
//! (<https://eprint.iacr.org/2019/266>), thirty steps at a time on the lowest digits, as
//! libsecp256k1 explains it (`doc/safegcd_implementation.md`).

use core::array;

/// Bits of a digit.
const BITS: u32 = 30;

/// Nine digits of 30 bits, the last of which has the sign.
type Digits = [i32; 9];

/// The modulus.
const MODULUS: Digits =
    [410_844_487, 813_838_427, 119_318_739, 542_811_226, 22_568_343, 18_274_822, 436_378_501, 329_037_900, 12_388];

/// 1/p modulo 2³⁰.
const MODULUS_INVERSE: i32 = 460_954_743;

/// Batches of steps after which a greatest common divisor of integers below 2²⁵⁶ is surely found:
/// ⌈(49·256 + 57)/17/30⌉.
const BATCHES: u32 = 25;

/// What a batch of steps does to f and g: `2³⁰·f' = u·f + v·g` and `2³⁰·g' = q·f + r·g`.
struct Matrix {
    u: i32,
    v: i32,
    q: i32,
    r: i32,
}

/// Thirty division steps on the lowest digits of f, which is odd, and g. `eta` is the negative of the
/// paper's delta.
fn steps(eta: &mut i32, mut f: i32, mut g: i32) -> Matrix {
    let Matrix { mut u, mut v, mut q, mut r } = Matrix { u: 1, v: 0, q: 0, r: 1 };
    let mut left = BITS;
    loop {
        // Halve g while it is even.
        let zeros = (g | -1 << left).trailing_zeros();
        g >>= zeros;
        u <<= zeros;
        v <<= zeros;
        *eta -= zeros.cast_signed();
        left -= zeros;
        if left == 0 {
            return Matrix { u, v, q, r };
        }
        if *eta < 0 {
            *eta = -*eta;
            (f, g) = (g, f.wrapping_neg());
            (u, q) = (q, -u);
            (v, r) = (r, -v);
        }
        // Up to six more zeros at once: f·(2 − f²) is 1/f modulo 2⁶.
        let limit = (*eta + 1).cast_unsigned().min(left).min(6);
        let inverse = f.wrapping_mul(f.wrapping_mul(f).wrapping_sub(2));
        let w = g.wrapping_mul(inverse) & ((1 << limit) - 1);
        g = g.wrapping_add(f.wrapping_mul(w));
        q += u * w;
        r += v * w;
    }
}

/// `(a·left + b·right + c·p)/2³⁰`, which is an integer. Written out, because a loop is kept where size is asked for.
fn combine(a: i32, left: &Digits, b: i32, right: &Digits, c: i32) -> Digits {
    let [a, b, c] = [a, b, c].map(i64::from);
    let [l0, l1, l2, l3, l4, l5, l6, l7, l8] = *left;
    let [r0, r1, r2, r3, r4, r5, r6, r7, r8] = *right;
    let [p0, p1, p2, p3, p4, p5, p6, p7, p8] = MODULUS;
    let sum = |carry: i64, left: i32, right: i32, digit: i32| {
        (carry >> BITS) + a * i64::from(left) + b * i64::from(right) + c * i64::from(digit)
    };
    let s0 = sum(0, l0, r0, p0);
    let s1 = sum(s0, l1, r1, p1);
    let s2 = sum(s1, l2, r2, p2);
    let s3 = sum(s2, l3, r3, p3);
    let s4 = sum(s3, l4, r4, p4);
    let s5 = sum(s4, l5, r5, p5);
    let s6 = sum(s5, l6, r6, p6);
    let s7 = sum(s6, l7, r7, p7);
    let s8 = sum(s7, l8, r8, p8);
    [low(s1), low(s2), low(s3), low(s4), low(s5), low(s6), low(s7), low(s8), last(s8 >> BITS)]
}

#[expect(clippy::cast_possible_truncation, reason = "thirty bits")]
const fn low(sum: i64) -> i32 {
    sum as i32 & ((1 << BITS) - 1)
}

#[expect(clippy::cast_possible_truncation, reason = "what is combined stays within ±2p")]
const fn last(carry: i64) -> i32 {
    carry as i32
}

/// The multiple of p that makes `a·left + b·right` divisible by 2³⁰ and keeps it within (−2p, p).
const fn cancelling(a: i32, left: &Digits, b: i32, right: &Digits) -> i32 {
    // A negative one gets one p more.
    let base = (a & left[8] >> 31) + (b & right[8] >> 31);
    let sum = a.wrapping_mul(left[0]).wrapping_add(b.wrapping_mul(right[0]));
    base - (MODULUS_INVERSE.wrapping_mul(sum).wrapping_add(base) & ((1 << BITS) - 1))
}

/// The inverse of an integer below p, four words, lowest first; of zero, zero.
pub(crate) fn inverse(words: &[u64; 4]) -> [u64; 4] {
    let (mut f, mut g) = (MODULUS, digits(words));
    let (mut d, mut e): (Digits, Digits) = ([0; 9], [1, 0, 0, 0, 0, 0, 0, 0, 0]);
    let mut eta = -1;
    for _ in 0..BATCHES {
        if g == [0; 9] {
            break;
        }
        let Matrix { u, v, q, r } = steps(&mut eta, f[0], g[0]);
        (d, e) = (combine(u, &d, v, &e, cancelling(u, &d, v, &e)), combine(q, &d, r, &e, cancelling(q, &d, r, &e)));
        (f, g) = (combine(u, &f, v, &g, 0), combine(q, &f, r, &g, 0));
    }
    // f is the greatest common divisor, 1 or −1, or the modulus for zero. Within (−2p, p) is d.
    let sign = if f[8] < 0 { -1 } else { 1 };
    d = sum(&d, 1, d[8] < 0);
    d = sum(&d, sign, false);
    words_of(&sum(&d, 1, d[8] < 0))
}

/// `sign·digits`, with p added if that is said.
fn sum(digits: &Digits, sign: i32, add: bool) -> Digits {
    let mut carry = 0;
    let mut sums = digits.iter().zip(&MODULUS).map(|(digit, modulus)| {
        let sum = carry + sign * digit + if add { *modulus } else { 0 };
        carry = sum >> BITS;
        sum & ((1 << BITS) - 1)
    });
    let mut digits = array::from_fn(|_| sums.next().unwrap_or_default());
    digits[8] |= carry << BITS;
    digits
}

fn digits(words: &[u64; 4]) -> Digits {
    let [w0, w1, w2, w3] = *words;
    let parts = [
        w0,
        w0 >> 30,
        w0 >> 60 | w1 << 4,
        w1 >> 26,
        w1 >> 56 | w2 << 8,
        w2 >> 22,
        w2 >> 52 | w3 << 12,
        w3 >> 18,
        w3 >> 48,
    ];
    parts.map(|part| low(part.cast_signed()))
}

fn words_of(digits: &Digits) -> [u64; 4] {
    let [d0, d1, d2, d3, d4, d5, d6, d7, d8] = digits.map(|digit| i64::from(digit).cast_unsigned());
    [
        d0 | d1 << 30 | d2 << 60,
        d2 >> 4 | d3 << 26 | d4 << 56,
        d4 >> 8 | d5 << 22 | d6 << 52,
        d6 >> 12 | d7 << 18 | d8 << 48,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_bn254::Fq;
    use ark_ff::{AdditiveGroup, BigInt, Field, One, PrimeField};
    use proptest::prelude::*;

    fn check(value: Fq) {
        let expected = value.inverse().unwrap_or(Fq::ZERO).into_bigint();
        assert_eq!(BigInt(inverse(&value.into_bigint().0)), expected, "{value}");
    }

    #[test]
    fn constants() {
        assert_eq!(words_of(&MODULUS), Fq::MODULUS.0);
        assert_eq!(digits(&Fq::MODULUS.0), MODULUS);
        assert_eq!(MODULUS[0].wrapping_mul(MODULUS_INVERSE) & ((1 << BITS) - 1), 1);
    }

    #[test]
    fn edges() {
        for power in 0..256u64 {
            let power = Fq::from(2u64).pow([power]);
            for offset in -3..4i64 {
                check(power + Fq::from(offset));
                check(-power + Fq::from(offset));
            }
        }
        // Long runs of the same choice: neighbours in the Fibonacci sequence, and fractions of p.
        let (mut last, mut next) = (Fq::ONE, Fq::one().double());
        for _ in 0..370 {
            (last, next) = (next, last + next);
            check(next);
            check(next * last.inverse().unwrap_or(Fq::ONE));
        }
        for divisor in 1..200u64 {
            check(Fq::from(divisor).inverse().unwrap_or(Fq::ZERO));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn any_value(value in crate::twins::stock()) {
            check(value);
        }
    }
}
