//! Ethereum's recoverable signatures: who signed a hash.

use crate::encoding::committable::keccak256;
use crate::encoding::reader::Reader;
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
    let mut reader = Reader::new(signature);
    let (Some(r), Some(s), [v]) = (reader.array(), reader.array(), reader.rest()) else {
        return Err(Rejection::RollupSignature.with(signature.len(), SIGNATURE_LENGTH));
    };
    let odd = match v {
        0 => false,
        1 => true,
        _ => return Err(refused("another recovery id than 0 or 1")),
    };
    recover_key(hash, &r, &s, odd).map(|key| address(&key)).ok_or_else(|| refused("r or s of no key"))
}

/// The public key by crate `k256`: for WebAssembly ten times too large, see [`super::secp256k1`].
#[cfg(any(not(target_arch = "wasm32"), feature = "stock-field"))]
fn recover_key(hash: &[u8; 32], r: &[u8; 32], s: &[u8; 32], odd: bool) -> Option<[u8; 64]> {
    use k256::ecdsa::{RecoveryId, Signature, VerifyingKey};
    let signature = Signature::from_scalars(*r, *s).ok()?;
    let key = VerifyingKey::recover_from_prehash(hash, &signature, RecoveryId::new(odd, false)).ok()?;
    key.to_sec1_point(false).as_bytes().get(1..)?.try_into().ok()
}

#[cfg(not(any(not(target_arch = "wasm32"), feature = "stock-field")))]
use super::secp256k1::recover as recover_key;

/// The address of a key, `x ‖ y`: the last twenty bytes of its hash.
fn address(key: &[u8; 64]) -> Address {
    let [.., a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t] = keccak256(&[key]);
    [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t]
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::encoding::bytes::{from_hex, to_hex};
    use alloc::vec::Vec;
    use k256::ecdsa::signature::hazmat::PrehashSigner as _;
    use k256::ecdsa::{RecoveryId, Signature, SigningKey, VerifyingKey};
    use proptest::prelude::*;

    /// INSECURE: a key for tests, from a small number.
    pub(crate) fn insecure_key(seed: u8) -> SigningKey {
        SigningKey::from_slice(&[seed; 32]).unwrap()
    }

    pub(crate) fn address(key: &VerifyingKey) -> Address {
        super::address(key.to_sec1_point(false).as_bytes()[1..].try_into().unwrap())
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
