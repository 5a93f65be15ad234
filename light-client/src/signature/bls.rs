//! BLS signatures over BN254: signatures and hashed messages in G1, keys in G2.
//!
//! Source: EspressoSystems/jellyfish `signature/src/bls_over_bn254.rs`. A signature σ of the message
//! M by several keys is valid iff `e(σ, g₂) = e(H(M), Σ keys)`. That the plain sum of keys is
//! enough rests on proofs of possession at registration: admit no key from another source.

use alloc::vec::Vec;
use core::fmt;

use ark_ec::AffineRepr as _;

use crate::bn254::hash_to_curve::hash_to_curve;
use crate::bn254::pairing::{Prepared, Product};
use crate::bn254::{G1Affine, G2Affine, group, point};
use crate::encoding::tagged_base64::{self, tag};
use crate::rejection::{Rejected, Rejection};

/// A verification key: canonical, on the curve, in the subgroup of prime order, not infinity.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct VerificationKey(G2Affine);

impl VerificationKey {
    /// Reads the text form `BLS_VER_KEY~…`.
    ///
    /// # Errors
    /// `tagged_base64.*`, `point.*`.
    pub fn from_tagged(text: &str) -> Result<Self, Rejected> {
        Self::from_bytes(&tagged_base64::decode_array(text, tag::BLS_VER_KEY)?)
    }

    /// Reads x.c0 ‖ x.c1 ‖ y.c0 ‖ y.c1, each little-endian, with the flags of [`crate::bn254::point`].
    ///
    /// # Errors
    /// `point.*`.
    pub fn from_bytes(bytes: &[u8; point::G2_BYTES]) -> Result<Self, Rejected> {
        point::decode_g2(bytes).map(Self)
    }

    /// Reads many keys at once, with one shared check of the subgroup.
    ///
    /// # Errors
    /// The index of the first key that is refused at the earliest check, and its `point.*`.
    pub fn from_bytes_batch<'a>(
        keys: impl IntoIterator<Item = &'a [u8; point::G2_BYTES]>,
    ) -> Result<Vec<Self>, (usize, Rejected)> {
        let decode = |(index, bytes): (usize, &[u8; _])| point::decode_twist(bytes).map_err(|refused| (index, refused));
        let points = keys.into_iter().enumerate().map(decode).collect::<Result<Vec<_>, _>>()?;
        match group::first_outside_subgroup(&points) {
            Some(index) => Err((index, Rejection::PointSubgroup.bare())),
            None => Ok(points.into_iter().map(Self).collect()),
        }
    }

    /// The uncompressed bytes.
    pub fn to_bytes(&self) -> [u8; point::G2_BYTES] {
        point::encode_g2(&self.0)
    }

    /// The text form `BLS_VER_KEY~…`.
    pub fn to_tagged(&self) -> alloc::string::String {
        tagged_base64::encode(tag::BLS_VER_KEY, &self.to_bytes())
    }

    /// The compressed bytes, which the hashes of stake tables use.
    pub fn compressed(&self) -> [u8; 64] {
        point::compress_g2(&self.0)
    }

    /// The point of G2.
    pub const fn point(&self) -> &G2Affine {
        &self.0
    }
}

impl fmt::Debug for VerificationKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.to_tagged())
    }
}

/// A signature, of one key or aggregated: canonical, on the curve, not infinity.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature(G1Affine);

impl Signature {
    /// Reads the text form `BLS_SIG~…`.
    ///
    /// # Errors
    /// `tagged_base64.*`, `point.*`.
    pub fn from_tagged(text: &str) -> Result<Self, Rejected> {
        Self::from_bytes(&tagged_base64::decode_array(text, tag::BLS_SIG)?)
    }

    /// Reads x ‖ y, each little-endian, with the flags of [`crate::bn254::point`].
    ///
    /// # Errors
    /// `point.*`.
    pub fn from_bytes(bytes: &[u8; point::G1_BYTES]) -> Result<Self, Rejected> {
        point::decode_g1(bytes).map(Self)
    }

    /// Takes a point of G1, as contract calldata carries it.
    ///
    /// # Errors
    /// `point.infinity`, `point.curve`.
    pub fn from_point(point: G1Affine) -> Result<Self, Rejected> {
        if point.is_zero() {
            return Err(Rejection::PointInfinity.bare());
        }
        Self::from_bytes(&point::encode_g1(&point))
    }

    /// The uncompressed bytes.
    pub fn to_bytes(&self) -> [u8; point::G1_BYTES] {
        point::encode_g1(&self.0)
    }

    /// The text form `BLS_SIG~…`.
    pub fn to_tagged(&self) -> alloc::string::String {
        tagged_base64::encode(tag::BLS_SIG, &self.to_bytes())
    }

    /// The point of G1.
    pub const fn point(&self) -> &G1Affine {
        &self.0
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.to_tagged())
    }
}

/// The plain sum of admitted keys, each taken once. Never infinity.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AggregateKey(G2Affine);

impl AggregateKey {
    /// The sum of keys.
    ///
    /// # Errors
    /// `key.aggregate_infinity` if there are none or they cancel out.
    pub fn sum<'a>(keys: impl IntoIterator<Item = &'a VerificationKey>) -> Result<Self, Rejected> {
        let points: Vec<_> = keys.into_iter().map(|key| key.0).collect();
        Self::from_members(group::sum_g2(&points))
    }

    /// Takes a point that was computed as a sum of admitted keys.
    pub(crate) fn from_members(point: G2Affine) -> Result<Self, Rejected> {
        if point.is_zero() { Err(Rejection::KeyAggregateInfinity.bare()) } else { Ok(Self(point)) }
    }

    /// The uncompressed bytes.
    pub fn to_bytes(&self) -> [u8; point::G2_BYTES] {
        point::encode_g2(&self.0)
    }

    /// The point of G2.
    pub const fn point(&self) -> &G2Affine {
        &self.0
    }
}

impl From<VerificationKey> for AggregateKey {
    fn from(key: VerificationKey) -> Self {
        Self(key.0)
    }
}

impl fmt::Debug for AggregateKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&tagged_base64::encode(tag::BLS_VER_KEY, &self.to_bytes()))
    }
}

/// The claim that the owners of some keys signed a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedMessage {
    /// What was signed, before the ciphersuite's suffix: 32 bytes for votes.
    pub message: Vec<u8>,
    /// The sum of the signers' keys.
    pub key: AggregateKey,
    /// The sum of their signatures.
    pub signature: Signature,
}

impl SignedMessage {
    /// The product of pairings that is one iff the claim is true.
    pub fn product(&self) -> Product {
        let mut product = Product::new();
        product.push_prepared(self.signature.0, &Prepared::minus_generator());
        product.push(hash_to_curve(&self.message), self.key.0);
        product
    }

    /// Checks this claim alone. For several at once see [`super::batch::Batch`].
    ///
    /// # Errors
    /// `signature.invalid`.
    pub fn verify(&self) -> Result<(), Rejected> {
        if self.product().is_one() { Ok(()) } else { Err(Rejection::SignatureInvalid.bare()) }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::bn254::Fr;
    use ark_bn254::Bn254;
    use ark_ec::CurveGroup;
    use ark_ec::pairing::Pairing;
    use proptest::prelude::*;

    /// A key pair made of a small number: insecure, for tests only.
    pub(crate) fn key(secret: u64) -> VerificationKey {
        VerificationKey((G2Affine::generator() * Fr::from(secret)).into_affine())
    }

    /// What the owner of [`key`] signs with it.
    pub(crate) fn sign(secret: u64, message: &[u8]) -> Signature {
        Signature((hash_to_curve(message) * Fr::from(secret)).into_affine())
    }

    /// A true claim of one key.
    pub(crate) fn claim(secret: u64, message: &[u8]) -> SignedMessage {
        SignedMessage { message: message.to_vec(), key: key(secret).into(), signature: sign(secret, message) }
    }

    /// The independent slow twin: two pairings of arkworks, compared.
    pub(crate) fn twin(claim: &SignedMessage) -> bool {
        let left = Bn254::pairing(claim.signature.0, G2Affine::generator());
        left == Bn254::pairing(hash_to_curve(&claim.message), claim.key.0)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]

        #[test]
        fn agrees_with_the_slow_twin(secret in 1..100u64, other in 1..4u64, message in any::<[u8; 32]>()) {
            let good = claim(secret, &message);
            prop_assert!(twin(&good) && good.verify().is_ok());
            let wrong = SignedMessage { signature: sign(secret + other, &message), ..good.clone() };
            prop_assert!(!twin(&wrong));
            prop_assert_eq!(wrong.verify().unwrap_err().rejection, Rejection::SignatureInvalid);
            let wrong = SignedMessage { key: key(secret + other).into(), ..good.clone() };
            prop_assert!(!twin(&wrong) && wrong.verify().is_err());
            let mut wrong = good;
            wrong.message[usize::from(message[0]) % 32] ^= 1 << (message[1] % 8);
            prop_assert!(!twin(&wrong) && wrong.verify().is_err());
        }
    }

    #[test]
    fn sums_of_signatures_are_signatures_of_sums() {
        let secrets = [3, 14, 159];
        let key = AggregateKey::sum(&secrets.map(key)).unwrap();
        let message = b"message".to_vec();
        let claim = SignedMessage { signature: sign(secrets.iter().sum(), &message), message, key };
        assert!(claim.verify().is_ok() && twin(&claim));
        // The negated signature is a different one.
        let negated = Signature(-claim.signature.0);
        assert!(SignedMessage { signature: negated, ..claim }.verify().is_err());
    }

    #[test]
    fn keys_that_cancel_out_are_refused() {
        let minus = VerificationKey(-key(7).0);
        for keys in [&[][..], &[key(7), minus], &[key(2), key(5), minus]] {
            assert_eq!(AggregateKey::sum(keys).unwrap_err().rejection, Rejection::KeyAggregateInfinity);
        }
    }

    #[test]
    fn text_forms() {
        let (key, signature) = (key(5), sign(5, b""));
        assert_eq!(VerificationKey::from_tagged(&key.to_tagged()).unwrap(), key);
        assert_eq!(Signature::from_tagged(&signature.to_tagged()).unwrap(), signature);
        assert_eq!(Signature::from_point(signature.0).unwrap(), signature);
        assert_eq!(Signature::from_point(G1Affine::zero()).unwrap_err().rejection, Rejection::PointInfinity);
        let off = G1Affine::new_unchecked(signature.0.x, signature.0.x);
        assert!(matches!(
            Signature::from_point(off).unwrap_err().rejection,
            Rejection::PointCurve | Rejection::PointFlags
        ));
        let swapped = tagged_base64::encode(tag::BLS_SIG, &key.to_bytes());
        assert_eq!(Signature::from_tagged(&swapped).unwrap_err().rejection, Rejection::TaggedBase64Length);
        assert_eq!(VerificationKey::from_tagged(&swapped).unwrap_err().rejection, Rejection::TaggedBase64Tag);
    }

    #[test]
    fn a_batch_of_keys_names_the_bad_one() {
        let good: Vec<_> = (1..6).map(|secret| key(secret).to_bytes()).collect();
        assert_eq!(VerificationKey::from_bytes_batch(&good).unwrap(), (1..6).map(key).collect::<Vec<_>>());
        let mut bad = good.clone();
        bad[3][127] ^= point::Y_IS_LARGER;
        assert_eq!(VerificationKey::from_bytes_batch(&bad).unwrap_err(), (3, Rejection::PointFlags.bare()));
        let x = crate::bn254::Fq2::new(1u64.into(), 1u64.into());
        let stray = (0..20u64)
            .find_map(|step| G2Affine::get_point_from_x_unchecked(x + crate::bn254::Fq2::from(step), true))
            .unwrap();
        let mut bad = good;
        bad[2] = point::encode_g2(&stray);
        assert_eq!(VerificationKey::from_bytes_batch(&bad).unwrap_err(), (2, Rejection::PointSubgroup.bare()));
    }
}
