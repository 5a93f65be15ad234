//! INSECURE keys of sequencers and users: derived from the seed, known to everybody.

use hotshot_light_client::encoding::committable::keccak256;
use k256::ecdsa::{RecoveryId, Signature, SigningKey, signature::hazmat::PrehashSigner as _};

use crate::{crypto::Dice, model::Address};

/// An INSECURE secp256k1 key.
#[derive(Clone)]
pub struct SequencerKey(SigningKey);

impl SequencerKey {
    /// The key of a name and number under a seed.
    pub fn derive(seed: &str, name: &str, number: u64) -> Self {
        let mut dice = Dice::new(seed, name, number);
        loop {
            // Nearly every string of 32 bytes is a key.
            if let Ok(key) = SigningKey::from_slice(&dice.bytes()) {
                return Self(key);
            }
        }
    }

    /// The Ethereum address.
    pub fn address(&self) -> Address {
        let point = self.0.verifying_key().to_sec1_point(false);
        let hash = keccak256(&[point.as_bytes().get(1..).unwrap_or_default()]);
        let mut address = [0; 20];
        address.iter_mut().zip(hash.iter().skip(12)).for_each(|(to, from)| *to = *from);
        Address(address)
    }

    /// `r ‖ s ‖ v` over a hash, v being 0 or 1.
    pub fn sign(&self, hash: &[u8; 32]) -> [u8; 65] {
        let mut bytes = [0; 65];
        let signed: Result<(Signature, RecoveryId), _> = self.0.sign_prehash(hash);
        // Signing a hash of 32 bytes cannot fail; zeros would be refused by everybody.
        if let Ok((signature, recovery)) = signed {
            let parts = signature.to_bytes().into_iter().chain([recovery.to_byte()]);
            bytes.iter_mut().zip(parts).for_each(|(to, from)| *to = from);
        }
        bytes
    }
}
