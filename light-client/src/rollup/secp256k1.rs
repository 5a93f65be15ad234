//! Who signed, over secp256k1: recovery of public keys alone, small enough for a WebAssembly module.
//!
//! Natively crate `k256` does this, faster, and is the twin of all tests here. In the browser it would be a
//! fifth of what a wallet downloads to ask its question: signing, encodings, constant time and two kinds of
//! inversion, none of which a verifier of public messages needs. Here one product in Montgomery's form
//! serves both fields, and the complete addition law of Renes, Costello and Batina (2016, algorithms 7 and
//! 9) has no special cases to get wrong. Nothing is secret: branches may depend on values.

/// An integer of 256 bits, least significant limb first.
type Limbs = [u32; 8];

const ZERO: Limbs = [0; 8];

/// An odd modulus above 2^255.
struct Modulus {
    limbs: Limbs,
    /// −1 / modulus, mod 2^32.
    inverse: u32,
    /// 2^512 mod modulus: what takes an integer to Montgomery's form.
    square: Limbs,
}

/// The field of coordinates: 2^256 − 2^32 − 977.
const FIELD: Modulus = Modulus {
    limbs: [0xffff_fc2f, 0xffff_fffe, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff],
    inverse: 0xd225_3531,
    square: [0x000e_90a1, 0x0000_07a2, 1, 0, 0, 0, 0, 0],
};

/// The order of the group.
const ORDER: Modulus = Modulus {
    limbs: [0xd036_4141, 0xbfd2_5e8c, 0xaf48_a03b, 0xbaae_dce6, 0xffff_fffe, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff],
    inverse: 0x5588_b13f,
    square: [0x67d7_d140, 0x896c_f214, 0x0e7c_f878, 0x7414_96c2, 0x5bcd_07c6, 0xe697_f5e4, 0x81c6_9bc5, 0x9d67_1cd5],
};

/// The generator of the group.
const GENERATOR: (Limbs, Limbs) = (
    [0x16f8_1798, 0x59f2_815b, 0x2dce_28d9, 0x029b_fcdb, 0xce87_0b07, 0x55a0_6295, 0xf9dc_bbac, 0x79be_667e],
    [0xfb10_d4b8, 0x9c47_d08f, 0xa685_5419, 0xfd17_b448, 0x0e11_08a8, 0x5da4_fbfc, 0x26a3_c465, 0x483a_da77],
);

/// The exponent of square roots, a quarter of the field's modulus plus one.
const ROOT: Limbs =
    [0xbfff_ff0c, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0x3fff_ffff];

/// The low and the high half.
const fn halves(wide: u64) -> (u32, u32) {
    let [a, b, c, d, e, f, g, h] = wide.to_le_bytes();
    (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]))
}

/// `left − right`, and whether that is negative.
fn subtract(left: &Limbs, right: &Limbs) -> (Limbs, bool) {
    let (mut difference, mut borrow) = (ZERO, false);
    for ((to, left), right) in difference.iter_mut().zip(left).zip(right) {
        let (first, below) = left.overflowing_sub(*right);
        let (second, further) = first.overflowing_sub(u32::from(borrow));
        (*to, borrow) = (second, below || further);
    }
    (difference, borrow)
}

/// Bit by bit, the most significant first; `width` bits at a time.
fn digits(limbs: &Limbs, width: u32) -> impl Iterator<Item = u32> {
    let mask = (1 << width) - 1;
    limbs.iter().rev().flat_map(move |limb| (0..32 / width).rev().map(move |place| limb >> (place * width) & mask))
}

fn from_bytes(bytes: &[u8; 32]) -> Limbs {
    let mut limbs = ZERO;
    for (limb, bytes) in limbs.iter_mut().rev().zip(bytes.chunks_exact(4)) {
        *limb = bytes.iter().fold(0, |limb, byte| limb << 8 | u32::from(*byte));
    }
    limbs
}

impl Modulus {
    /// The integer if it is below the modulus.
    fn checked(&self, bytes: &[u8; 32]) -> Option<Limbs> {
        let limbs = from_bytes(bytes);
        subtract(&limbs, &self.limbs).1.then_some(limbs)
    }

    fn add(&self, left: &Limbs, right: &Limbs) -> Limbs {
        // left + right = left − (modulus − right), which is in range.
        self.sub(left, &subtract(&self.limbs, right).0)
    }

    /// The difference mod the modulus; `right` may be the modulus itself.
    fn sub(&self, left: &Limbs, right: &Limbs) -> Limbs {
        let (difference, negative) = subtract(left, right);
        if !negative {
            return difference;
        }
        let (mut sum, mut carry) = (ZERO, 0);
        for ((to, left), right) in sum.iter_mut().zip(&difference).zip(&self.limbs) {
            (*to, carry) = halves(u64::from(*left) + u64::from(*right) + u64::from(carry));
        }
        sum
    }

    /// Montgomery's product: `left · right / 2^256`.
    fn mul(&self, left: &Limbs, right: &Limbs) -> Limbs {
        let mut wide = [0; 17];
        for (place, digit) in right.iter().enumerate() {
            add_product(wide.get_mut(place..).unwrap_or_default(), left, *digit);
        }
        for place in 0..8 {
            // What is added makes the lowest limb zero.
            let rest = wide.get_mut(place..).unwrap_or_default();
            let lowest = rest.first().copied().unwrap_or_default();
            add_product(rest, &self.limbs, lowest.wrapping_mul(self.inverse));
        }
        let mut sum = ZERO;
        sum.iter_mut().zip(wide.iter().skip(8)).for_each(|(to, limb)| *to = *limb);
        let (difference, negative) = subtract(&sum, &self.limbs);
        let [.., top] = wide;
        if negative && top == 0 { sum } else { difference }
    }

    /// Into Montgomery's form.
    fn enter(&self, limbs: &Limbs) -> Limbs {
        self.mul(limbs, &self.square)
    }

    /// Out of it.
    fn leave(&self, limbs: &Limbs) -> Limbs {
        self.mul(limbs, &[1, 0, 0, 0, 0, 0, 0, 0])
    }

    fn power(&self, base: &Limbs, exponent: &Limbs) -> Limbs {
        let mut power = self.enter(&[1, 0, 0, 0, 0, 0, 0, 0]);
        for bit in digits(exponent, 1) {
            power = self.mul(&power, &power);
            if bit == 1 {
                power = self.mul(&power, base);
            }
        }
        power
    }

    /// The inverse, by Fermat's little theorem; zero of zero.
    fn invert(&self, base: &Limbs) -> Limbs {
        self.power(base, &subtract(&self.limbs, &[2, 0, 0, 0, 0, 0, 0, 0]).0)
    }
}

/// `target += limbs · digit`. There is room for the carry.
fn add_product(target: &mut [u32], limbs: &Limbs, digit: u32) {
    let (mut limbs, mut carry) = (limbs.iter(), 0);
    for to in target {
        let product = match limbs.next() {
            Some(limb) => u64::from(*limb) * u64::from(digit),
            None if carry == 0 => return,
            None => 0,
        };
        (*to, carry) = halves(product + u64::from(*to) + u64::from(carry));
    }
}

/// A point in homogeneous coordinates, in Montgomery's form: `x/z`, `y/z`; zero where `z` is.
#[derive(Clone, Copy)]
struct Point {
    x: Limbs,
    y: Limbs,
    z: Limbs,
}

fn add(left: &Limbs, right: &Limbs) -> Limbs {
    FIELD.add(left, right)
}

fn sub(left: &Limbs, right: &Limbs) -> Limbs {
    FIELD.sub(left, right)
}

fn mul(left: &Limbs, right: &Limbs) -> Limbs {
    FIELD.mul(left, right)
}

fn double(of: &Limbs) -> Limbs {
    add(of, of)
}

fn triple(of: &Limbs) -> Limbs {
    add(&double(of), of)
}

/// Times 21: three times the curve's constant.
fn times_21(of: &Limbs) -> Limbs {
    let four = double(&double(of));
    add(&double(&double(&four)), &add(&four, of))
}

impl Point {
    /// The point of these coordinates.
    fn new(x: &Limbs, y: &Limbs) -> Self {
        Self { x: *x, y: *y, z: FIELD.enter(&[1, 0, 0, 0, 0, 0, 0, 0]) }
    }

    const fn zero(one: Limbs) -> Self {
        Self { x: ZERO, y: one, z: ZERO }
    }

    fn add(&self, other: &Self) -> Self {
        let (xx, yy, zz) = (mul(&self.x, &other.x), mul(&self.y, &other.y), mul(&self.z, &other.z));
        let cross = |a: &Limbs, b: &Limbs, c: &Limbs, d: &Limbs, aa: &Limbs, bb: &Limbs| {
            sub(&mul(&add(a, b), &add(c, d)), &add(aa, bb))
        };
        let xy = cross(&self.x, &self.y, &other.x, &other.y, &xx, &yy);
        let yz = cross(&self.y, &self.z, &other.y, &other.z, &yy, &zz);
        let xz = cross(&self.x, &self.z, &other.x, &other.z, &xx, &zz);
        let (bzz, byz, xx) = (times_21(&zz), times_21(&yz), triple(&xx));
        let (minus, plus) = (sub(&yy, &bzz), add(&yy, &bzz));
        Self {
            x: sub(&mul(&xy, &minus), &mul(&byz, &xz)),
            y: add(&mul(&plus, &minus), &mul(&times_21(&xx), &xz)),
            z: add(&mul(&yz, &plus), &mul(&xx, &xy)),
        }
    }

    fn double(&self) -> Self {
        let (yy, zz, xy) = (mul(&self.y, &self.y), mul(&self.z, &self.z), mul(&self.x, &self.y));
        let bzz = times_21(&zz);
        let (minus, plus) = (sub(&yy, &triple(&bzz)), add(&yy, &bzz));
        let eight = |of: &Limbs| double(&double(&double(of)));
        Self {
            x: double(&mul(&xy, &minus)),
            y: add(&mul(&minus, &plus), &times_21(&eight(&mul(&yy, &zz)))),
            z: eight(&mul(&mul(&self.y, &self.z), &yy)),
        }
    }

    /// The point with this abscissa and an odd or an even ordinate, if there is one.
    fn with_abscissa(x: &Limbs, odd: bool) -> Option<Self> {
        let x = FIELD.enter(x);
        let square = add(&mul(&mul(&x, &x), &x), &FIELD.enter(&[7, 0, 0, 0, 0, 0, 0, 0]));
        let root = FIELD.power(&square, &ROOT);
        let [lowest, ..] = FIELD.leave(&root);
        let y = if (lowest & 1 == 1) == odd { root } else { sub(&ZERO, &root) };
        (mul(&root, &root) == square).then(|| Self::new(&x, &y))
    }

    /// `first · left + second · right`, two bits of both at a time.
    fn combination(left: &Self, first: &Limbs, right: &Self, second: &Limbs) -> Self {
        let zero = Self::zero(left.z);
        let mut table = [zero; 16];
        for index in 1..16usize {
            // One more of the right than the entry before, or of the left than the one four before.
            let (before, step) = if index % 4 == 0 { (index - 4, left) } else { (index - 1, right) };
            let entry = table.get(before).unwrap_or(&zero).add(step);
            table.get_mut(index).into_iter().for_each(|to| *to = entry);
        }
        digits(first, 2).zip(digits(second, 2)).fold(zero, |sum, (first, second)| {
            let sum = sum.double().double();
            match usize::try_from(first * 4 + second).ok().and_then(|index| table.get(index)) {
                Some(entry) if (first, second) != (0, 0) => sum.add(entry),
                _ => sum,
            }
        })
    }

    /// Both coordinates in 32 bytes each, big-endian; `None` for zero.
    fn to_bytes(self) -> Option<[u8; 64]> {
        let inverse = FIELD.invert(&self.z);
        let mut bytes = [0; 64];
        for (half, coordinate) in bytes.chunks_exact_mut(32).zip([self.x, self.y]) {
            let limbs = FIELD.leave(&mul(&coordinate, &inverse));
            for (to, limb) in half.chunks_exact_mut(4).zip(limbs.iter().rev()) {
                to.copy_from_slice(&limb.to_be_bytes());
            }
        }
        (self.z != ZERO).then_some(bytes)
    }
}

/// The public key, `x ‖ y`, under which `r` and `s` sign a hash, where the point that `r` is the abscissa of
/// has an odd or an even ordinate. `None` where `r` or `s` is out of range and where no key fits.
pub(super) fn recover(hash: &[u8; 32], r: &[u8; 32], s: &[u8; 32], odd: bool) -> Option<[u8; 64]> {
    let (r, s) = (ORDER.checked(r)?, ORDER.checked(s)?);
    if r == ZERO || s == ZERO {
        return None;
    }
    let point = Point::with_abscissa(&r, odd)?;
    // The order is above half of 2^256: once is enough.
    let (reduced, small) = subtract(&from_bytes(hash), &ORDER.limbs);
    let hash = if small { from_bytes(hash) } else { reduced };
    // Q = (s · R − hash · G) / r. One factor in Montgomery's form, and the product is not.
    let inverse = ORDER.invert(&ORDER.enter(&r));
    let (first, second) = (ORDER.mul(&inverse, &ORDER.sub(&ZERO, &hash)), ORDER.mul(&inverse, &s));
    let (x, y) = GENERATOR;
    let generator = Point::new(&FIELD.enter(&x), &FIELD.enter(&y));
    Point::combination(&generator, &first, &point, &second).to_bytes()
}

#[cfg(test)]
mod tests {
    use k256::ecdsa::{RecoveryId, Signature, VerifyingKey};
    use proptest::prelude::*;

    use super::*;

    /// The same by the library.
    fn twin(hash: &[u8; 32], r: &[u8; 32], s: &[u8; 32], odd: bool) -> Option<[u8; 64]> {
        let signature = Signature::from_scalars(*r, *s).ok()?;
        let key = VerifyingKey::recover_from_prehash(hash, &signature, RecoveryId::new(odd, false)).ok()?;
        key.to_sec1_point(false).as_bytes()[1..].try_into().ok()
    }

    fn bytes(limbs: &Limbs) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes
            .chunks_exact_mut(4)
            .zip(limbs.iter().rev())
            .for_each(|(to, limb)| to.copy_from_slice(&limb.to_be_bytes()));
        bytes
    }

    /// Numbers at the ends of ranges, and others.
    fn number() -> impl Strategy<Value = [u8; 32]> {
        let near =
            |limbs: Limbs| (0u32..4).prop_map(move |below| bytes(&subtract(&limbs, &[below, 0, 0, 0, 0, 0, 0, 0]).0));
        prop_oneof![
            4 => any::<[u8; 32]>(),
            1 => near(ORDER.limbs),
            1 => near(FIELD.limbs),
            1 => near([4, 0, 0, 0, 0, 0, 0, 0]),
            1 => Just([0xff; 32]),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn equals_the_library(hash in number(), r in number(), s in number(), odd: bool) {
            prop_assert_eq!(recover(&hash, &r, &s, odd), twin(&hash, &r, &s, odd));
        }
    }

    #[test]
    fn no_key_where_the_sum_is_zero() {
        // R is the generator and hash = s: s·G − hash·G.
        let (x, y) = GENERATOR;
        let r = bytes(&x);
        let odd = y[0] & 1 == 1;
        for s in [[1; 32], [7; 32]] {
            assert_eq!(recover(&s, &r, &s, odd), None);
            assert_eq!(twin(&s, &r, &s, odd), None);
            // With the other root the sum is −2s·G, which is the sum of a point and itself.
            assert_eq!(recover(&s, &r, &s, !odd), twin(&s, &r, &s, !odd));
            assert!(recover(&s, &r, &s, !odd).is_some());
        }
    }

    #[test]
    fn arithmetic_at_the_ends() {
        for modulus in [&FIELD, &ORDER] {
            let last = subtract(&modulus.limbs, &[1, 0, 0, 0, 0, 0, 0, 0]).0;
            assert_eq!(modulus.add(&last, &[1, 0, 0, 0, 0, 0, 0, 0]), ZERO);
            assert_eq!(modulus.sub(&ZERO, &last), [1, 0, 0, 0, 0, 0, 0, 0]);
            assert_eq!(modulus.add(&last, &ZERO), last);
            let (one, minus) = (modulus.enter(&[1, 0, 0, 0, 0, 0, 0, 0]), modulus.enter(&last));
            assert_eq!(modulus.mul(&minus, &minus), one);
            assert_eq!(modulus.invert(&minus), minus);
            assert_eq!(modulus.leave(&minus), last);
            assert_eq!(modulus.invert(&ZERO), ZERO);
            assert!(modulus.checked(&bytes(&modulus.limbs)).is_none() && modulus.checked(&bytes(&last)).is_some());
        }
    }
}
