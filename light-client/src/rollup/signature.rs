//! Ethereum's recoverable signatures: who signed a hash.

use k256::ecdsa::{RecoveryId, Signature, VerifyingKey};

use crate::encoding::committable::keccak256;
use crate::rejection::{Rejected, Rejection};

/// An Ethereum address.
pub type Address = [u8; 20];

/// The length of a signature: `r ‖ s ‖ v`.
pub const SIGNATURE_LENGTH: usize = 65;

/// The address whose key signed a 32-byte hash. `v` is 0 or 1, as go-ethereum's `SigToPub` takes it.
///
/// A signature can be written with either of two values of `s`; both are read, because rollups read
/// both.
///
/// # Errors
/// `rollup.signature` for another length, for `r`, `s` or `v` out of range, and where no key fits.
pub fn recover(hash: &[u8; 32], signature: &[u8]) -> Result<Address, Rejected> {
    let refused = |got: &'static str| Rejection::RollupSignature.with(got, "r, s and v of a signature");
    let (scalars, recovery) = match signature.split_at_checked(SIGNATURE_LENGTH - 1) {
        Some((scalars, [recovery @ (0 | 1)])) => (scalars, *recovery),
        Some((_, [_])) => return Err(refused("another recovery id than 0 or 1")),
        _ => return Err(Rejection::RollupSignature.with(signature.len(), SIGNATURE_LENGTH)),
    };
    let scalars = Signature::from_slice(scalars).map_err(|_| refused("r or s out of range"))?;
    let recovery = RecoveryId::from_byte(recovery).ok_or_else(|| refused("no recovery id"))?;
    let key = VerifyingKey::recover_from_prehash(hash, &scalars, recovery).map_err(|_| refused("no key fits"))?;
    Ok(address(&key))
}

/// The address of a key: the last twenty bytes of the hash of its uncompressed point.
pub fn address(key: &VerifyingKey) -> Address {
    let point = key.to_sec1_point(false);
    let hash = keccak256(&[point.as_bytes().get(1..).unwrap_or_default()]);
    let mut address = [0; 20];
    address.iter_mut().zip(hash.iter().skip(12)).for_each(|(byte, source)| *byte = *source);
    address
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::encoding::bytes::{from_hex, to_hex};
    use alloc::vec::Vec;
    use k256::ecdsa::SigningKey;
    use k256::ecdsa::signature::hazmat::PrehashSigner as _;
    use proptest::prelude::*;

    /// INSECURE: a key for tests, from a small number.
    pub(crate) fn insecure_key(seed: u8) -> SigningKey {
        SigningKey::from_slice(&[seed; 32]).unwrap()
    }

    pub(crate) fn sign(key: &SigningKey, hash: &[u8; 32]) -> Vec<u8> {
        let (signature, recovery): (Signature, RecoveryId) = key.sign_prehash(hash).unwrap();
        let mut bytes = signature.to_bytes().to_vec();
        bytes.push(recovery.to_byte());
        bytes
    }

    #[test]
    fn known_address() {
        // The first account of the well-known test mnemonic of Ethereum's development tools.
        let key: [u8; 32] = from_hex("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80").unwrap();
        let key = SigningKey::from_slice(&key).unwrap();
        assert_eq!(to_hex(&address(key.verifying_key())), "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266");
    }

    #[test]
    fn both_forms_of_s() {
        let key = insecure_key(3);
        let hash = keccak256(&[b"message"]);
        let low = sign(&key, &hash);
        let (r, s) = Signature::from_slice(&low[..64]).unwrap().split_scalars();
        let mut high = Signature::from_scalars(r, -s).unwrap().to_bytes().to_vec();
        high.push(low[64] ^ 1);
        assert_eq!(recover(&hash, &high).unwrap(), recover(&hash, &low).unwrap());
    }

    #[test]
    fn refused_forms() {
        let hash = [7; 32];
        let good = sign(&insecure_key(3), &hash);
        let with = |place: usize, byte: u8| {
            let mut changed = good.clone();
            changed[place] = byte;
            changed
        };
        let zero_r = [&[0; 32], &good[32..]].concat();
        let zero_s = [&good[..32], &[0; 32], &good[64..]].concat();
        let huge = [&[0xff; 32], &good[32..]].concat();
        for bad in [&good[..64], &[&good[..], &[0]].concat(), &with(64, 2), &with(64, 27), &zero_r, &zero_s, &huge, &[]]
        {
            assert_eq!(recover(&hash, bad).unwrap_err().rejection, Rejection::RollupSignature);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn recovers_the_signer(seed in 1u8..100, message: [u8; 8], flip in 0usize..520) {
            let key = insecure_key(seed);
            let hash = keccak256(&[&message]);
            let mut signature = sign(&key, &hash);
            prop_assert_eq!(recover(&hash, &signature).unwrap(), address(key.verifying_key()));
            signature[flip / 8] ^= 1 << (flip % 8);
            prop_assert_ne!(recover(&hash, &signature).ok(), Some(address(key.verifying_key())));
        }

        #[test]
        fn never_panics(hash: [u8; 32], signature in proptest::collection::vec(any::<u8>(), 0..70)) {
            let _ = recover(&hash, &signature);
        }
    }
}
