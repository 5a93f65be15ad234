//! Making Schnorr signatures: for development networks, provers' tests and tools that hold keys of
//! their own. Nothing that verifies needs it.

use core::fmt;

use ark_ec::{AffineRepr as _, CurveGroup as _};
use ark_ed_on_bn254::{EdwardsAffine, Fr as Scalar};
use ark_ff::{PrimeField as _, Zero as _};

use super::schnorr::{DOMAIN, Signature, VerificationKey, challenge};
use crate::bn254::Fr;
use crate::encoding::integer::U256;
use crate::hash::{element, rescue};

/// A secret key. Its arithmetic is not constant-time.
#[derive(Clone)]
pub struct SigningKey {
    secret: Scalar,
    key: VerificationKey,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SigningKey").field("key", &self.key).finish_non_exhaustive()
    }
}

impl SigningKey {
    /// The key of a secret, a little-endian integer that is reduced modulo the group's order.
    /// `None` for multiples of the order.
    pub fn new(secret: &[u8; 32]) -> Option<Self> {
        let secret = Scalar::from_le_bytes_mod_order(secret);
        let key = VerificationKey::of_point((EdwardsAffine::generator() * secret).into_affine());
        (!secret.is_zero()).then_some(Self { secret, key })
    }

    /// The public half.
    pub const fn verification_key(&self) -> &VerificationKey {
        &self.key
    }

    /// Signs with the reference's deterministic nonce: Rescue over domain, secret and message.
    pub fn sign(&self, message: &[Fr]) -> Signature {
        let secret = element::reduce(U256::from_limbs(self.secret.into_bigint().0));
        let nonce = rescue::hash([DOMAIN, secret].into_iter().chain(message.iter().copied()));
        let nonce = Scalar::from_le_bytes_mod_order(&element::to_le_bytes(&nonce));
        let commitment = (EdwardsAffine::generator() * nonce).into_affine();
        let scalar = nonce + challenge(self.key.point(), &commitment, message) * self.secret;
        Signature::of_parts(scalar, commitment)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// INSECURE: a signing key whose secret everybody knows.
    pub(crate) fn signing_key(secret: u64) -> SigningKey {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&secret.to_le_bytes());
        SigningKey::new(&bytes).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]

        #[test]
        fn what_is_signed_verifies(secret in 1..u64::MAX, message in proptest::collection::vec(any::<u64>(), 0..8), bit in 0..768usize) {
            let signer = signing_key(secret);
            let message: alloc::vec::Vec<Fr> = message.into_iter().map(Fr::from).collect();
            let signature = signer.sign(&message);
            prop_assert!(signer.verification_key().signed(&message, &signature));
            prop_assert_eq!(Signature::from_bytes(&signature.to_bytes()), Some(signature));
            let mut bytes = signature.to_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let spoilt = Signature::from_bytes(&bytes);
            prop_assert!(spoilt.is_none_or(|spoilt| !signer.verification_key().signed(&message, &spoilt)));
        }
    }

    #[test]
    fn zero_is_no_secret() {
        assert!(SigningKey::new(&[0; 32]).is_none());
        assert!(!alloc::format!("{:?}", signing_key(7)).contains("secret"));
    }
}
