//! Points as bytes: coordinates are 32 bytes each, little-endian, and the top two bits of the last
//! byte are flags, as arkworks writes them (`ec/src/models/short_weierstrass/serialization_flags.rs`).
//!
//! One accepted form for each point: every coordinate is below the modulus, the sign flag agrees
//! with y, infinity is refused, the point is on the curve and, for G2, in the subgroup of prime
//! order (G1 is all of its curve). Uncompressed: x ‖ y. Compressed, which is only ever written here
//! because the hashes of stake tables want it: x with the flags.

use ark_ec::AffineRepr as _;
use ark_ff::{BigInt, PrimeField, Zero};

use super::{Fq, Fq2, G1Affine, G2Affine, backend};
use crate::rejection::{Rejected, Rejection};

/// Length of an uncompressed point of G1.
pub const G1_BYTES: usize = 64;

/// Length of an uncompressed point of G2.
pub const G2_BYTES: usize = 128;

/// Flag in the last byte: y is the larger of y and −y. In Fq2 the second coefficient decides, then
/// the first.
pub const Y_IS_LARGER: u8 = 0x80;

/// Flag in the last byte: the point at infinity.
pub const INFINITY: u8 = 0x40;

/// Decodes an uncompressed point of G1.
///
/// # Errors
/// `point.length`, `point.infinity`, `point.field`, `point.flags`, `point.curve`.
pub fn decode_g1(bytes: &[u8]) -> Result<G1Affine, Rejected> {
    let bytes: &[u8; G1_BYTES] = exact(bytes)?;
    let (bytes, larger) = take_flags(*bytes)?;
    let ([x, y], _) = bytes.as_chunks() else { return Err(Rejection::PointLength.bare()) };
    let point = G1Affine::new_unchecked(coordinate(x)?, coordinate(y)?);
    if is_larger(&point.y) != larger {
        return Err(Rejection::PointFlags.bare());
    }
    if !backend::on_curve_g1(&point) {
        return Err(Rejection::PointCurve.bare());
    }
    Ok(point)
}

/// Decodes an uncompressed point of G2.
///
/// # Errors
/// Those of [`decode_g1`], and `point.subgroup`.
pub fn decode_g2(bytes: &[u8]) -> Result<G2Affine, Rejected> {
    let point = decode_twist(bytes)?;
    if !backend::is_in_subgroup(&point) {
        return Err(Rejection::PointSubgroup.bare());
    }
    Ok(point)
}

/// Decodes an uncompressed point of the twisted curve, without the check that it is in G2.
///
/// For batches: follow with [`super::group::first_outside_subgroup`].
///
/// # Errors
/// Those of [`decode_g1`].
pub fn decode_twist(bytes: &[u8]) -> Result<G2Affine, Rejected> {
    let bytes: &[u8; G2_BYTES] = exact(bytes)?;
    let (bytes, larger) = take_flags(*bytes)?;
    let ([x0, x1, y0, y1], _) = bytes.as_chunks() else { return Err(Rejection::PointLength.bare()) };
    let x = Fq2::new(coordinate(x0)?, coordinate(x1)?);
    let y = Fq2::new(coordinate(y0)?, coordinate(y1)?);
    let point = G2Affine::new_unchecked(x, y);
    if is_larger_fq2(&y) != larger {
        return Err(Rejection::PointFlags.bare());
    }
    if !backend::on_curve_g2(&point) {
        return Err(Rejection::PointCurve.bare());
    }
    Ok(point)
}

/// Writes an uncompressed point of G1. Infinity is zeros and its flag.
pub fn encode_g1(point: &G1Affine) -> [u8; G1_BYTES] {
    join([point.x, point.y], point.is_zero(), is_larger(&point.y))
}

/// Writes an uncompressed point of G2. Infinity is zeros and its flag.
pub fn encode_g2(point: &G2Affine) -> [u8; G2_BYTES] {
    join([point.x.c0, point.x.c1, point.y.c0, point.y.c1], point.is_zero(), is_larger_fq2(&point.y))
}

/// Writes a compressed point of G1.
pub fn compress_g1(point: &G1Affine) -> [u8; 32] {
    join([point.x], point.is_zero(), is_larger(&point.y))
}

/// Writes a compressed point of G2.
pub fn compress_g2(point: &G2Affine) -> [u8; 64] {
    join([point.x.c0, point.x.c1], point.is_zero(), is_larger_fq2(&point.y))
}

fn exact<const N: usize>(bytes: &[u8]) -> Result<&[u8; N], Rejected> {
    bytes.try_into().map_err(|_| Rejection::PointLength.with(bytes.len(), N))
}

/// Clears the flags; refuses infinity. The sign flag.
fn take_flags<const N: usize>(mut bytes: [u8; N]) -> Result<([u8; N], bool), Rejected> {
    let mut flags = 0;
    if let Some(last) = bytes.last_mut() {
        flags = *last & (Y_IS_LARGER | INFINITY);
        *last ^= flags;
    }
    if flags & INFINITY != 0 {
        return Err(Rejection::PointInfinity.bare());
    }
    Ok((bytes, flags & Y_IS_LARGER != 0))
}

fn coordinate(bytes: &[u8; 32]) -> Result<Fq, Rejected> {
    let mut limbs = [0; 4];
    for (limb, chunk) in limbs.iter_mut().zip(bytes.as_chunks::<8>().0) {
        *limb = u64::from_le_bytes(*chunk);
    }
    let integer = BigInt(limbs);
    if integer >= Fq::MODULUS { Err(Rejection::PointField.bare()) } else { Ok(backend::from_integer(integer)) }
}

/// Whether y is larger than −y, as integers below the modulus.
pub(super) fn is_larger(y: &Fq) -> bool {
    backend::to_integer(y) > Fq::MODULUS_MINUS_ONE_DIV_TWO
}

fn is_larger_fq2(y: &Fq2) -> bool {
    if y.c1.is_zero() { is_larger(&y.c0) } else { is_larger(&y.c1) }
}

fn join<const COORDINATES: usize, const N: usize>(
    coordinates: [Fq; COORDINATES],
    infinity: bool,
    larger: bool,
) -> [u8; N] {
    let mut bytes = [0; N];
    if !infinity {
        let limbs = coordinates.iter().flat_map(|coordinate| backend::to_integer(coordinate).0);
        for (chunk, limb) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(limbs) {
            *chunk = limb.to_le_bytes();
        }
    }
    if let Some(last) = bytes.last_mut() {
        *last |= if infinity {
            INFINITY
        } else if larger {
            Y_IS_LARGER
        } else {
            0
        };
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bn254::Fr;
    use alloc::vec::Vec;
    use ark_ec::CurveGroup;
    use ark_ff::{BigInteger, Field, Zero};
    use ark_serialize::CanonicalSerialize;
    use proptest::prelude::*;

    fn g1(scalar: u64) -> G1Affine {
        (G1Affine::generator() * Fr::from(scalar)).into_affine()
    }

    fn g2(scalar: u64) -> G2Affine {
        (G2Affine::generator() * Fr::from(scalar)).into_affine()
    }

    fn refused_g1(bytes: &[u8]) -> Rejection {
        decode_g1(bytes).unwrap_err().rejection
    }

    fn refused_g2(bytes: &[u8]) -> Rejection {
        decode_g2(bytes).unwrap_err().rejection
    }

    /// Adds the modulus to the coordinate at `offset`: the same residue in a non-canonical form.
    fn unreduce(bytes: &mut [u8], offset: usize) {
        let mut carry = 0u16;
        for (byte, modulus) in bytes[offset..offset + 32].iter_mut().zip(Fq::MODULUS.to_bytes_le()) {
            carry += u16::from(*byte) + u16::from(modulus);
            *byte = (carry & 0xff) as u8;
            carry >>= 8;
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn written_as_arkworks_does_and_read_back(scalar in 1..u64::MAX) {
            for point in [g1(scalar), -g1(scalar)] {
                let (mut plain, mut compressed) = (Vec::new(), Vec::new());
                point.serialize_uncompressed(&mut plain).unwrap();
                point.serialize_compressed(&mut compressed).unwrap();
                prop_assert_eq!(&encode_g1(&point)[..], &plain);
                prop_assert_eq!(&compress_g1(&point)[..], &compressed);
                prop_assert_eq!(decode_g1(&plain).unwrap(), point);
            }
            for point in [g2(scalar), -g2(scalar)] {
                let (mut plain, mut compressed) = (Vec::new(), Vec::new());
                point.serialize_uncompressed(&mut plain).unwrap();
                point.serialize_compressed(&mut compressed).unwrap();
                prop_assert_eq!(&encode_g2(&point)[..], &plain);
                prop_assert_eq!(&compress_g2(&point)[..], &compressed);
                prop_assert_eq!(decode_g2(&plain).unwrap(), point);
            }
        }

        #[test]
        fn any_bit_matters(scalar in 1..1000u64, bit in 0..1024usize) {
            let mut bytes = encode_g2(&g2(scalar));
            bytes[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(decode_g2(&bytes).is_err());
            let mut bytes = encode_g1(&g1(scalar));
            bytes[bit / 16] ^= 1 << (bit % 8);
            prop_assert!(decode_g1(&bytes).is_err());
        }

        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(decode_g1(&bytes).is_err() && decode_g2(&bytes).is_err());
        }
    }

    #[test]
    fn lengths() {
        let (short, long) = (encode_g1(&g1(3)), encode_g2(&g2(3)));
        for length in [0, 1, 63, 65, 127, 128] {
            assert_eq!(refused_g1(&[0; 256][..length]), Rejection::PointLength);
        }
        assert_eq!(refused_g1(&long), Rejection::PointLength);
        assert_eq!(refused_g2(&short), Rejection::PointLength);
        assert_eq!(refused_g2(&[&long[..], &[0]].concat()), Rejection::PointLength);
    }

    #[test]
    fn infinity_in_any_dress() {
        assert_eq!(refused_g1(&encode_g1(&G1Affine::zero())), Rejection::PointInfinity);
        assert_eq!(refused_g2(&encode_g2(&G2Affine::zero())), Rejection::PointInfinity);
        let mut both = encode_g1(&g1(1));
        both[63] |= INFINITY | Y_IS_LARGER;
        assert_eq!(refused_g1(&both), Rejection::PointInfinity);
        // All zeros is arkworks' in-memory form of infinity, and no point of the curve.
        assert_eq!(refused_g1(&[0; 64]), Rejection::PointCurve);
        assert_eq!(refused_g2(&[0; 128]), Rejection::PointCurve);
    }

    #[test]
    fn coordinates_are_reduced() {
        let (one, two) = (encode_g1(&g1(1)), encode_g2(&g2(1)));
        for offset in [0, 32] {
            let mut bytes = one;
            unreduce(&mut bytes, offset);
            assert_eq!(refused_g1(&bytes), Rejection::PointField, "{offset}");
        }
        for offset in [0, 32, 64, 96] {
            let mut bytes = two;
            bytes[127] &= 0x3f;
            unreduce(&mut bytes, offset);
            // The last coordinate of the generator plus the modulus still fits below the flags.
            assert!(bytes[127] < 0x40);
            bytes[127] |= two[127] & 0xc0;
            assert_eq!(refused_g2(&bytes), Rejection::PointField, "{offset}");
        }
    }

    #[test]
    fn the_sign_flag_must_agree() {
        for scalar in 1..6 {
            let mut bytes = encode_g1(&g1(scalar));
            bytes[63] ^= Y_IS_LARGER;
            assert_eq!(refused_g1(&bytes), Rejection::PointFlags);
            let mut bytes = encode_g2(&g2(scalar));
            bytes[127] ^= Y_IS_LARGER;
            assert_eq!(refused_g2(&bytes), Rejection::PointFlags);
        }
        // The second coefficient decides unless it is zero.
        assert!(is_larger_fq2(&Fq2::new(Fq::from(1u64), -Fq::from(1u64))));
        assert!(!is_larger_fq2(&Fq2::new(-Fq::from(1u64), Fq::from(1u64))));
        assert!(is_larger_fq2(&Fq2::new(-Fq::from(1u64), Fq::from(0u64))));
        assert!(!is_larger_fq2(&Fq2::new(Fq::from(0u64), Fq::from(0u64))));
    }

    #[test]
    fn off_the_curve_and_outside_of_the_subgroup() {
        let off = G1Affine::new_unchecked(Fq::from(1u64), Fq::from(1u64));
        assert_eq!(refused_g1(&encode_g1(&off)), Rejection::PointCurve);
        let off = G2Affine::new_unchecked(g2(5).x, g2(6).y);
        assert_eq!(refused_g2(&encode_g2(&off)), Rejection::PointCurve);
        // A point of the other curve, whose arithmetic would go through as well.
        let invalid = G2Affine::new_unchecked(g2(5).x, g2(5).y + g2(5).y);
        assert_eq!(refused_g2(&encode_g2(&invalid)), Rejection::PointCurve);
        let stray =
            (0..50u64).find_map(|x| G2Affine::get_point_from_x_unchecked(Fq2::new(x.into(), Fq::ONE), false)).unwrap();
        assert!(stray.is_on_curve() && !stray.mul_bigint(Fr::MODULUS).is_zero());
        assert_eq!(refused_g2(&encode_g2(&stray)), Rejection::PointSubgroup);
        assert_eq!(decode_twist(&encode_g2(&stray)).unwrap(), stray);
    }
}
