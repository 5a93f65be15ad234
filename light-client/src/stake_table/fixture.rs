//! INSECURE keys for the tests: secrets are small numbers, told by their seeds.

use alloc::vec::Vec;

use ark_ec::{AffineRepr as _, CurveGroup as _};

use super::event::{Account, Event, G2Coordinates, LoggedKeys, LoggedProofs, PointCoordinates};
use super::possession::{CheckedEvent, KeyChecks, message};
use super::state::RegistrationState;
use crate::bn254::hash_to_curve::hash_to_curve;
use crate::bn254::{Fr, G2Affine, point};
use crate::encoding::integer::U256;
use crate::hash::rescue;
use crate::signature::schnorr::tests as schnorr;

/// The account of a validator.
pub(super) fn account(seed: u64) -> Account {
    let mut account = [0xaa; 20];
    // Little-endian, so that accounts are not sorted like their seeds.
    account[..8].copy_from_slice(&seed.to_le_bytes());
    account
}

fn words<const N: usize>(bytes: &[u8]) -> [U256; N] {
    let mut words = [U256::ZERO; N];
    for (word, chunk) in words.iter_mut().zip(bytes.chunks(32)) {
        *word = U256::from_le_bytes::<32>(chunk.try_into().unwrap());
    }
    words
}

/// Where the secrets begin.
const SECRETS: u64 = 1_000;

fn bls_secret(seed: u64) -> Fr {
    Fr::from(SECRETS + seed)
}

/// Both public keys of a seed, as the contract logs them.
pub(super) fn keys(seed: u64) -> LoggedKeys {
    let mut key = point::encode_g2(&(G2Affine::generator() * bls_secret(seed)).into_affine());
    key[127] &= 0x3f;
    let [x0, x1, y0, y1] = words(&key);
    let [x, y] = words(&schnorr::key(SECRETS + seed).to_bytes());
    LoggedKeys { bls: G2Coordinates { x0, x1, y0, y1 }, schnorr: PointCoordinates { x, y } }
}

/// Both proofs that an account holds the keys of a seed.
pub(super) fn proofs(seed: u64, account: &Account) -> LoggedProofs {
    let mut signature = point::encode_g1(&(hash_to_curve(&message(account)) * bls_secret(seed)).into_affine());
    signature[63] &= 0x3f;
    let [x, y] = words(&signature);
    let schnorr = schnorr::sign(SECRETS + seed, &[rescue::hash_bytes(&message(account))]);
    LoggedProofs { bls: PointCoordinates { x, y }, schnorr: schnorr.to_vec() }
}

/// Account and keys of the same seed, under the first contract.
pub(super) fn register(seed: u64) -> Event {
    Event::Register { account: account(seed), keys: keys(seed), commission: 100 }
}

/// Account and keys of the same seed, under the second contract.
pub(crate) fn register_v2(seed: u64) -> Event {
    let account = account(seed);
    Event::RegisterV2 {
        account,
        keys: keys(seed),
        commission: 200,
        proofs: proofs(seed, &account),
        metadata_uri: "https://example.invalid/validator".into(),
    }
}

/// Account and keys of the same seed, under the third contract.
pub(super) fn register_v3(seed: u64) -> Event {
    let account = account(seed);
    let mut x25519_key = [9; 32];
    x25519_key[..8].copy_from_slice(&seed.to_le_bytes());
    Event::RegisterV3 {
        account,
        keys: keys(seed),
        commission: 300,
        proofs: proofs(seed, &account),
        metadata_uri: "https://example.invalid/validator".into(),
        x25519_key,
        p2p_addr: alloc::format!("validator-{seed}.example.invalid:9000"),
    }
}

/// A delegation to the validator of a seed.
pub(crate) fn delegate(delegator: u8, seed: u64, amount: u64) -> Event {
    Event::Delegate { delegator: [delegator; 20], validator: account(seed), amount: U256::from(amount) }
}

/// The taking back of a delegation.
pub(super) fn undelegate(delegator: u8, seed: u64, amount: u64) -> Event {
    Event::Undelegate { delegator: [delegator; 20], validator: account(seed), amount: U256::from(amount) }
}

/// New keys for the account of one seed: those of another.
pub(super) fn key_update_v2(seed: u64, new: u64) -> Event {
    let account = account(seed);
    Event::KeyUpdateV2 { account, keys: keys(new), proofs: proofs(new, &account) }
}

/// Checks the keys of events.
pub(super) fn check(events: Vec<Event>) -> Vec<CheckedEvent> {
    KeyChecks::new(events, b"test").unwrap().finish()
}

/// Applies events that are all good.
pub(crate) fn state(events: Vec<Event>) -> RegistrationState {
    let mut state = RegistrationState::default();
    for checked in check(events) {
        state.apply(&checked).unwrap();
    }
    state
}
