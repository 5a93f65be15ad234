//! Schnorr signatures on the Edwards curve over the scalar field of BN254.
//!
//! Source: EspressoSystems/jellyfish `signature/src/schnorr.rs`. The curve is
//! x² + y² = 1 + d·x²·y² with cofactor 8. A signature (s, R) of the elements m by the key A is valid
//! iff s·G = R + c·A and 8·A is not neutral, where c are the low 31 bytes of the Rescue hash of a
//! domain, both coordinates of A, both of R, and m.

use ark_ec::AffineRepr as _;
use ark_ed_on_bn254::{EdwardsAffine, EdwardsProjective, Fr as Scalar};
use ark_ff::{AdditiveGroup as _, BigInt, MontFp, PrimeField, Zero as _};

use crate::bn254::Fr;
use crate::encoding::tagged_base64::{self, tag};
use crate::hash::rescue;
use crate::rejection::{Rejected, Rejection};

/// `SCHNORR_WITH_RESCUE_HASH_v01` as a big-endian integer: what separates these challenges from
/// other hashes.
pub const DOMAIN: Fr = MontFp!("8768598600923457927078995719648797703557228326481473431227568894001");

/// In the last byte of a compressed point: of x and −x, x is the larger.
const X_IS_LARGER: u8 = 0x80;

/// A verification key: canonical, on the curve, not neutral. It may lie outside of the subgroup of
/// prime order, as the reference accepts such keys; signatures by a key of small order never hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerificationKey(EdwardsAffine);

impl VerificationKey {
    /// Reads x ‖ y, each little-endian. `None` if that is no key.
    pub fn from_bytes(bytes: &[u8; 64]) -> Option<Self> {
        let ([x, y], _) = bytes.as_chunks() else { return None };
        let point = EdwardsAffine::new_unchecked(element(x)?, element(y)?);
        (point.is_on_curve() && !point.is_zero()).then_some(Self(point))
    }

    /// Reads `SCHNORR_VER_KEY~…`.
    ///
    /// # Errors
    /// `tagged_base64.*`, and those of [`Self::admit`].
    pub fn from_tagged(text: &str) -> Result<Self, Rejected> {
        Self::admit(&tagged_base64::decode_array(text, tag::SCHNORR_VER_KEY)?)
    }

    /// Reads x ‖ y, each little-endian, and says why not. Keys of small order are refused here too:
    /// no registration of one can succeed.
    ///
    /// # Errors
    /// `point.field`, `point.curve`, `point.infinity` for the neutral point, `point.subgroup`.
    pub fn admit(bytes: &[u8; 64]) -> Result<Self, Rejected> {
        let ([x, y], _) = bytes.as_chunks() else { return Err(Rejection::PointLength.with(bytes.len(), 64usize)) };
        let coordinate = |bytes| element(bytes).ok_or_else(|| Rejection::PointField.bare());
        let point = EdwardsAffine::new_unchecked(coordinate(x)?, coordinate(y)?);
        let refused = if !point.is_on_curve() {
            Rejection::PointCurve
        } else if point.is_zero() {
            Rejection::PointInfinity
        } else if small_order(&point) {
            Rejection::PointSubgroup
        } else {
            return Ok(Self(point));
        };
        Err(refused.bare())
    }

    /// A key of a point that is known to be one.
    pub(crate) const fn of_point(point: EdwardsAffine) -> Self {
        Self(point)
    }

    /// `SCHNORR_VER_KEY~…`.
    pub fn to_tagged(&self) -> alloc::string::String {
        tagged_base64::encode(tag::SCHNORR_VER_KEY, &self.to_bytes())
    }

    /// x ‖ y, each little-endian.
    pub fn to_bytes(&self) -> [u8; 64] {
        join([self.0.x, self.0.y])
    }

    /// The compressed bytes, which the hashes of stake tables use: y and the sign of x.
    pub fn compressed(&self) -> [u8; 32] {
        let mut bytes = join([self.0.y]);
        if let (Some(last), true) = (bytes.last_mut(), self.0.x.into_bigint() > Fr::MODULUS_MINUS_ONE_DIV_TWO) {
            *last |= X_IS_LARGER;
        }
        bytes
    }

    /// The point.
    pub const fn point(&self) -> &EdwardsAffine {
        &self.0
    }

    /// Whether the key's owner signed these elements.
    pub fn signed(&self, message: &[Fr], signature: &Signature) -> bool {
        let challenge = challenge(&self.0, &signature.r, message);
        let expected = self.0 * challenge + signature.r;
        !small_order(&self.0) && EdwardsAffine::generator() * signature.s == expected
    }
}

/// A signature: both parts canonical, R in the subgroup of prime order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    s: Scalar,
    r: EdwardsAffine,
}

impl Signature {
    /// Reads s ‖ compressed R, 32 bytes each, as contracts log it. `None` if that is no signature.
    pub fn from_compressed(bytes: &[u8; 64]) -> Option<Self> {
        let ([s, r], _) = bytes.as_chunks() else { return None };
        Self::new(element(s)?, decompress(r)?)
    }

    /// Reads s ‖ R.x ‖ R.y, 32 bytes each, as `SCHNORR_SIG~…` holds it. `None` if that is no
    /// signature.
    pub fn from_bytes(bytes: &[u8; 96]) -> Option<Self> {
        let ([s, x, y], _) = bytes.as_chunks() else { return None };
        Self::new(element(s)?, EdwardsAffine::new_unchecked(element(x)?, element(y)?))
    }

    /// Reads `SCHNORR_SIG~…`.
    ///
    /// # Errors
    /// `tagged_base64.*`, `schnorr.form`.
    pub fn from_tagged(text: &str) -> Result<Self, Rejected> {
        Self::from_bytes(&tagged_base64::decode_array(text, Self::TAG)?).ok_or_else(|| Rejection::SchnorrForm.bare())
    }

    /// The tag of the text form.
    pub const TAG: &'static str = "SCHNORR_SIG";

    /// s ‖ R.x ‖ R.y, 32 bytes each.
    pub fn to_bytes(&self) -> [u8; 96] {
        let mut bytes = [0; 96];
        let limbs = self.s.into_bigint().0.into_iter().chain(self.r.x.into_bigint().0).chain(self.r.y.into_bigint().0);
        for (chunk, limb) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(limbs) {
            *chunk = limb.to_le_bytes();
        }
        bytes
    }

    /// `SCHNORR_SIG~…`.
    pub fn to_tagged(&self) -> alloc::string::String {
        tagged_base64::encode(Self::TAG, &self.to_bytes())
    }

    /// The scalar s.
    pub const fn scalar(&self) -> &Scalar {
        &self.s
    }

    /// The commitment R.
    pub const fn commitment(&self) -> &EdwardsAffine {
        &self.r
    }

    /// A signature of parts that were computed, not read.
    pub(crate) const fn of_parts(s: Scalar, r: EdwardsAffine) -> Self {
        Self { s, r }
    }

    fn new(s: Scalar, r: EdwardsAffine) -> Option<Self> {
        (r.is_on_curve() && r.is_in_correct_subgroup_assuming_on_curve()).then_some(Self { s, r })
    }
}

/// Whether eight times the point is neutral.
fn small_order(point: &EdwardsAffine) -> bool {
    let mut multiple = EdwardsProjective::from(*point);
    for _ in 0..3 {
        multiple.double_in_place();
    }
    multiple.is_zero()
}

/// The challenge, below 2^248, of a key, a commitment and a message.
pub fn challenge(key: &EdwardsAffine, r: &EdwardsAffine, message: &[Fr]) -> Scalar {
    let hash = rescue::hash([DOMAIN, key.x, key.y, r.x, r.y].into_iter().chain(message.iter().copied()));
    let BigInt([first, second, third, last]) = hash.into_bigint();
    // 248 bits are below the order of the group, so nothing is reduced.
    Scalar::from(BigInt([first, second, third, last & (u64::MAX >> 8)]))
}

/// The point with this y and sign of x.
fn decompress(bytes: &[u8; 32]) -> Option<EdwardsAffine> {
    let mut bytes = *bytes;
    let mut larger = false;
    if let Some(last) = bytes.last_mut() {
        larger = *last & X_IS_LARGER != 0;
        *last &= !X_IS_LARGER;
    }
    EdwardsAffine::get_point_from_y_unchecked(element(&bytes)?, larger)
}

/// A canonical element, little-endian.
fn element<F: PrimeField<BigInt = BigInt<4>>>(bytes: &[u8; 32]) -> Option<F> {
    let mut limbs = [0; 4];
    for (limb, chunk) in limbs.iter_mut().zip(bytes.as_chunks::<8>().0) {
        *limb = u64::from_le_bytes(*chunk);
    }
    F::from_bigint(BigInt(limbs))
}

fn join<const ELEMENTS: usize, const N: usize>(elements: [Fr; ELEMENTS]) -> [u8; N] {
    let mut bytes = [0; N];
    let limbs = elements.iter().flat_map(|element| element.into_bigint().0);
    for (chunk, limb) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(limbs) {
        *chunk = limb.to_le_bytes();
    }
    bytes
}

#[cfg(test)]
pub(crate) mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::encoding::json::parse;
    use crate::encoding::tagged_base64::decode_array;
    use crate::recorded;
    use ark_ec::CurveGroup as _;
    use ark_ff::Field as _;

    /// INSECURE: the key of a small secret.
    pub(crate) fn key(secret: u64) -> VerificationKey {
        VerificationKey((EdwardsAffine::generator() * Scalar::from(secret)).into_affine())
    }

    /// INSECURE: signs with a nonce that is told by the secret. The compressed form.
    pub(crate) fn sign(secret: u64, message: &[Fr]) -> [u8; 64] {
        let nonce = Scalar::from(secret).square() + Scalar::from(7u64);
        let r = (EdwardsAffine::generator() * nonce).into_affine();
        let s = nonce + challenge(key(secret).point(), &r, message) * Scalar::from(secret);
        let mut bytes = [0; 64];
        for (chunk, limb) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(s.into_bigint().0) {
            *chunk = limb.to_le_bytes();
        }
        bytes[32..].copy_from_slice(&VerificationKey(r).compressed());
        bytes
    }

    #[test]
    fn signatures_hold_for_their_key_and_message_alone() {
        let message = [Fr::from(1u64), Fr::from(2u64)];
        let bytes = sign(5, &message);
        let signature = Signature::from_compressed(&bytes).unwrap();
        assert!(key(5).signed(&message, &signature));
        assert!(!key(6).signed(&message, &signature));
        assert!(!key(5).signed(&message[..1], &signature));
        assert!(!key(5).signed(&[Fr::from(1u64), Fr::from(3u64)], &signature));
        for byte in 0..64 {
            let mut other = bytes;
            other[byte] ^= 1;
            if let Some(other) = Signature::from_compressed(&other) {
                assert!(!key(5).signed(&message, &other), "{byte}");
            }
        }
    }

    /// The second signature of each pair is over view, height, block root and the next table's four
    /// commitments, one element each.
    #[test]
    fn recorded_certificates_are_signed() {
        for name in ["v3/state-certs.json", "v4/state-certs.json"] {
            let Some(recorded) = recorded::file(name) else { return };
            let recorded = parse(&recorded).unwrap();
            let mut signatures = 0;
            for certificate in recorded.items().unwrap() {
                let certificate = &certificate.items().unwrap()[1];
                let text = |key| certificate.get(key).unwrap().text().unwrap();
                let state: [u8; 48] = decode_array(text("light_client_state"), "LIGHT_CLIENT_STATE").unwrap();
                let table: [u8; 128] = decode_array(text("next_stake_table_state"), "STAKE_TABLE_STATE").unwrap();
                let integers = state.chunks(8).take(2).map(|word| u64::from_le_bytes(word.try_into().unwrap()));
                let elements = state[16..].chunks(32).chain(table.chunks(32));
                let message: Vec<Fr> = integers
                    .map(Fr::from)
                    .chain(elements.map(|bytes| element(bytes.try_into().unwrap()).unwrap()))
                    .collect();
                for signature in certificate.get("signatures").unwrap().items().unwrap() {
                    let parts = signature.items().unwrap();
                    let key = decode_array(parts[0].text().unwrap(), "SCHNORR_VER_KEY").unwrap();
                    let key = VerificationKey::from_bytes(&key).unwrap();
                    let signature = decode_array(parts[2].text().unwrap(), "SCHNORR_SIG").unwrap();
                    let signature = Signature::from_bytes(&signature).unwrap();
                    assert!(key.signed(&message, &signature));
                    assert!(!key.signed(&message[1..], &signature));
                    signatures += 1;
                }
            }
            assert!(signatures > 0, "{name}");
        }
    }

    #[test]
    fn what_is_no_key_and_no_signature() {
        let good = key(5).to_bytes();
        assert_eq!(VerificationKey::from_bytes(&good), Some(key(5)));
        let neutral: [u8; 64] = join([Fr::ZERO, Fr::ONE]);
        assert!(EdwardsAffine::new_unchecked(Fr::ZERO, Fr::ONE).is_on_curve());
        for bad in [[0; 64], [0xff; 64], neutral] {
            assert_eq!(VerificationKey::from_bytes(&bad), None);
        }
        let mut off = good;
        off[0] ^= 1;
        assert_eq!(VerificationKey::from_bytes(&off), None);
        for bad in [[0; 64], [0xff; 64]] {
            assert_eq!(Signature::from_compressed(&bad), None);
        }
        // s is below the order of the group: its canonical form is the only one.
        let mut large = sign(5, &[]);
        large[31] |= 0x20;
        assert_eq!(Signature::from_compressed(&large), None);
        // R outside of the subgroup: the point of order two, alone or added.
        let two = EdwardsAffine::new_unchecked(Fr::ZERO, -Fr::ONE);
        assert!(two.is_on_curve());
        let shifted = (EdwardsProjective::from(*key(5).point()) + two).into_affine();
        for stray in [two, shifted] {
            let mut bytes = sign(5, &[]);
            bytes[32..].copy_from_slice(&VerificationKey(stray).compressed());
            assert_eq!(Signature::from_compressed(&bytes), None);
        }
    }

    #[test]
    fn admission_says_why_not() {
        let code = |bytes: &[u8; 64]| VerificationKey::admit(bytes).unwrap_err().rejection;
        let good = key(5).to_bytes();
        assert_eq!(VerificationKey::from_tagged(&key(5).to_tagged()).unwrap(), key(5));
        assert_eq!(code(&join([Fr::ZERO, Fr::ONE])), Rejection::PointInfinity);
        assert_eq!(code(&join([Fr::ZERO, -Fr::ONE])), Rejection::PointSubgroup);
        assert_eq!(code(&[0; 64]), Rejection::PointCurve);
        for place in [0, 32] {
            let mut above = good;
            above[place..place + 32].fill(0xff);
            assert_eq!(code(&above), Rejection::PointField);
        }
        let signature = Signature::from_compressed(&sign(5, &[])).unwrap();
        assert_eq!(Signature::from_tagged(&signature.to_tagged()).unwrap(), signature);
        let mut large = signature.to_bytes();
        large[31] |= 0x20;
        let large = tagged_base64::encode(Signature::TAG, &large);
        assert_eq!(Signature::from_tagged(&large).unwrap_err().rejection, Rejection::SchnorrForm);
    }

    #[test]
    fn keys_of_small_order_sign_nothing() {
        // With the key of order two, R = s·G − c·A is in the subgroup whenever c is even.
        let two = VerificationKey(EdwardsAffine::new_unchecked(Fr::ZERO, -Fr::ONE));
        for secret in 1..20 {
            let r = *key(secret).point();
            let forged = Signature { s: Scalar::from(secret), r };
            assert!(!two.signed(&[], &forged));
        }
    }
}
