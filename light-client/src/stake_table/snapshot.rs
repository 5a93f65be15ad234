//! A registration state as bytes, to keep it or hand it on.
//!
//! The bytes prove nothing by themselves: whoever reads them names the hash that a final header
//! carried, and everything but the order of registration is checked against it. A wrong order makes
//! signatures fail and no more, because it only permutes the signers.
//!
//! Version 1, all integers little-endian, counts of 32 bits, sets sorted and without repetition:
//! `version 1` ‖ validators in the order of registration ‖ exits (20 bytes each) ‖ used BLS keys
//! (compressed, 64) ‖ used Schnorr keys (x ‖ y, 64) ‖ used X25519 keys (32). A validator is
//! account 20 ‖ flags 1 ‖ [BLS key, uncompressed, 128] ‖ [Schnorr key 64] ‖ commission 2 ‖
//! [X25519 key 32] ‖ [network address: length 4, text] ‖ delegators (account 20 ‖ amount 32).

use alloc::string::String;
use alloc::vec::Vec;

use super::event::Account;
use super::keys::{CompressedBlsKey, SchnorrKey};
use super::state::{RegistrationState, Validator};
use crate::encoding::committable::Commitment;
use crate::encoding::integer::U256;
use crate::ordered::{OrderedMap, OrderedSet};
use crate::rejection::{Rejected, Rejection};
use crate::signature::bls::VerificationKey;

const VERSION: u8 = 1;

const HAS_BLS_KEY: u8 = 1;
const HAS_SCHNORR_KEY: u8 = 2;
const AUTHENTICATED: u8 = 4;
const HAS_X25519_KEY: u8 = 8;
const HAS_P2P_ADDR: u8 = 16;
const ALL_FLAGS: u8 = 31;

impl RegistrationState {
    /// The state as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = alloc::vec![VERSION];
        write_count(&mut bytes, self.validators.len());
        for (account, validator) in self.validators() {
            validator.write(account, &mut bytes);
        }
        write_set(&mut bytes, &self.exits, |account| *account);
        write_set(&mut bytes, &self.used_bls_keys, |key| *key.as_bytes());
        write_set(&mut bytes, &self.used_schnorr_keys, SchnorrKey::to_bytes);
        write_set(&mut bytes, &self.used_x25519_keys, |key| *key);
        bytes
    }

    /// Reads a state back and checks it against the hash that it has to have.
    ///
    /// # Errors
    /// `stake_table.state_form` for bytes that [`Self::to_bytes`] would not write, and
    /// `stake_table.hash`.
    pub fn from_bytes(bytes: &[u8], hash: &Commitment) -> Result<Self, Rejected> {
        let mut reading = StateReading::new(bytes.to_vec());
        loop {
            if let Some(state) = reading.step(u32::MAX)? {
                Rejection::StakeTableHash.unless_equal(state.hash(), *hash)?;
                return Ok(state);
            }
        }
    }
}

fn write_count(bytes: &mut Vec<u8>, count: usize) {
    // A state holds no more than its events brought, far below 2^32.
    bytes.extend_from_slice(&u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
}

fn write_set<T, const N: usize>(bytes: &mut Vec<u8>, set: &OrderedSet<T>, form: impl Fn(&T) -> [u8; N]) {
    write_count(bytes, set.len());
    set.iter().for_each(|item| bytes.extend_from_slice(&form(item)));
}

impl Validator {
    fn write(&self, account: &Account, bytes: &mut Vec<u8>) {
        let flag = |set: bool, flag: u8| if set { flag } else { 0 };
        bytes.extend_from_slice(account);
        bytes.push(
            flag(self.bls_key.is_some(), HAS_BLS_KEY)
                | flag(self.schnorr_key.is_some(), HAS_SCHNORR_KEY)
                | flag(self.authenticated, AUTHENTICATED)
                | flag(self.x25519_key.is_some(), HAS_X25519_KEY)
                | flag(self.p2p_addr.is_some(), HAS_P2P_ADDR),
        );
        self.bls_key.iter().for_each(|key| bytes.extend_from_slice(&key.to_bytes()));
        self.schnorr_key.iter().for_each(|key| bytes.extend_from_slice(&key.to_bytes()));
        bytes.extend_from_slice(&self.commission.to_le_bytes());
        self.x25519_key.iter().for_each(|key| bytes.extend_from_slice(key));
        if let Some(address) = &self.p2p_addr {
            write_count(bytes, address.len());
            bytes.extend_from_slice(address.as_bytes());
        }
        write_count(bytes, self.delegators.len());
        for (delegator, amount) in self.delegators.iter() {
            bytes.extend_from_slice(delegator);
            bytes.extend_from_slice(&amount.to_le_bytes::<32>());
        }
    }
}

/// How many validators are read for a unit of work, and how many commitments to them are computed.
const VALIDATORS_PER_UNIT: usize = 2;

/// Bytes on their way to being registrations, in small units of work.
#[derive(Debug)]
pub(super) struct StateReading {
    bytes: Vec<u8>,
    at: usize,
    /// Validators that are still to be read; unknown before the beginning.
    unread: Option<u64>,
    whole: bool,
    state: RegistrationState,
}

impl StateReading {
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, at: 0, unread: None, whole: false, state: RegistrationState::default() }
    }

    /// Units of work left, about.
    pub(super) fn remaining(&self) -> u32 {
        let unread = self.unread.unwrap_or(1).saturating_add(self.state.len() as u64);
        u32::try_from(unread / VALIDATORS_PER_UNIT as u64).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// Works for about `budget` units. The registrations, which have whatever hash they have, once they
    /// are read and all commitments computed.
    ///
    /// # Errors
    /// `stake_table.state_form`.
    pub(super) fn step(&mut self, budget: u32) -> Result<Option<RegistrationState>, Rejected> {
        let most = usize::try_from(budget.max(1)).unwrap_or(usize::MAX).saturating_mul(VALIDATORS_PER_UNIT);
        if self.whole {
            return Ok(self.state.settle_some(most).then(|| core::mem::take(&mut self.state)));
        }
        let mut reader = Reader { bytes: self.bytes.get(self.at..).unwrap_or_default() };
        let read = read_some(&mut reader, &mut self.state, &mut self.unread, most);
        self.at = self.bytes.len().saturating_sub(reader.bytes.len());
        match read {
            Some(false) => Ok(None),
            Some(true) if self.at == self.bytes.len() => {
                self.whole = true;
                Ok(None)
            }
            _ => Err(Rejection::StakeTableStateForm.with(self.at, self.bytes.len())),
        }
    }
}

/// Reads so many validators, or what comes after the last. Whether that was all.
fn read_some(
    reader: &mut Reader<'_>,
    state: &mut RegistrationState,
    unread: &mut Option<u64>,
    most: usize,
) -> Option<bool> {
    let left = match unread {
        Some(left) => left,
        None => {
            if reader.array()? != [VERSION] {
                return None;
            }
            unread.insert(u64::from(reader.count()?))
        }
    };
    if *left > 0 {
        for _ in 0..most {
            let account = reader.array()?;
            let validator = read_validator(reader, state.registrations)?;
            if state.validators.insert(account, validator).is_some() {
                return None;
            }
            state.registrations += 1;
            *left -= 1;
            if *left == 0 {
                break;
            }
        }
        return Some(false);
    }
    state.exits = reader.set(Some)?;
    state.used_bls_keys = reader.set(|bytes| Some(CompressedBlsKey::from_bytes(bytes)))?;
    state.used_schnorr_keys = reader.set(|bytes| SchnorrKey::from_bytes(&bytes))?;
    state.used_x25519_keys = reader.set(Some)?;
    Some(true)
}

fn read_validator(reader: &mut Reader<'_>, registration: u64) -> Option<Validator> {
    let [flags] = reader.array()?;
    if flags & !ALL_FLAGS != 0 {
        return None;
    }
    let has = |flag: u8| flags & flag != 0;
    let bls_key = if has(HAS_BLS_KEY) { Some(VerificationKey::from_bytes(&reader.array()?).ok()?) } else { None };
    let schnorr_key = if has(HAS_SCHNORR_KEY) { Some(SchnorrKey::from_bytes(&reader.array()?)?) } else { None };
    let commission = u16::from_le_bytes(reader.array()?);
    let x25519_key = if has(HAS_X25519_KEY) { Some(reader.array()?) } else { None };
    let p2p_addr = if has(HAS_P2P_ADDR) {
        let length = usize::try_from(reader.count()?).ok()?;
        Some(String::from(core::str::from_utf8(reader.take(length)?).ok()?))
    } else {
        None
    };
    let mut delegators = OrderedMap::new();
    let mut stake = U256::ZERO;
    for _ in 0..reader.count()? {
        let delegator: Account = reader.array()?;
        let amount = U256::from_le_bytes(reader.array::<32>()?);
        stake = stake.checked_add(amount)?;
        let sorted = delegators.last_key_value().is_none_or(|(last, _)| *last < delegator);
        if amount.is_zero() || !sorted {
            return None;
        }
        delegators.insert(delegator, amount);
    }
    Some(Validator {
        bls_key,
        schnorr_key,
        authenticated: has(AUTHENTICATED),
        commission,
        stake,
        delegators,
        x25519_key,
        p2p_addr,
        registration,
        commitment: None,
    })
}

/// Takes bytes from the front. Nothing is allocated for a count before its items are there.
struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn count(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn set<T: Ord, const N: usize>(&mut self, item: impl Fn([u8; N]) -> Option<T>) -> Option<OrderedSet<T>> {
        let mut set = OrderedSet::new();
        for _ in 0..self.count()? {
            let item = item(self.array()?)?;
            if set.last().is_some_and(|last| *last >= item) {
                return None;
            }
            set.insert(item);
        }
        Some(set)
    }
}

#[cfg(test)]
mod tests {
    use super::super::event::Event;
    use super::super::fixture::{account, delegate, key_update_v2, register, register_v2, register_v3, state};
    use super::*;
    use proptest::prelude::*;

    /// A state that has everything: exits, old keys, unauthenticated validators, network identities.
    fn full() -> RegistrationState {
        let unparsable = Event::Register { account: account(9), keys: Default::default(), commission: 1 };
        state(alloc::vec![
            register_v3(4),
            register(2),
            unparsable,
            register_v2(3),
            delegate(1, 3, 5),
            delegate(2, 3, 7),
            delegate(2, 4, 7),
            key_update_v2(2, 7),
            register(8),
            Event::Deregister { validator: account(2) },
        ])
    }

    fn order(state: &RegistrationState) -> Vec<Account> {
        state.validators().iter().map(|(account, _)| **account).collect()
    }

    fn code(bytes: &[u8], hash: &Commitment) -> &'static str {
        RegistrationState::from_bytes(bytes, hash).map_or_else(|rejected| rejected.code(), |_| "accepted")
    }

    #[test]
    fn kept_and_taken_up_again() {
        for before in [RegistrationState::default(), full()] {
            let bytes = before.to_bytes();
            let mut after = RegistrationState::from_bytes(&bytes, &before.hash()).unwrap();
            assert_eq!(after.hash(), before.hash());
            assert_eq!(order(&after), order(&before));
            assert_eq!(after.to_bytes(), bytes);
            // It goes on as if nothing had happened.
            let mut before = before;
            for checked in super::super::fixture::check(alloc::vec![register(20), delegate(5, 20, 5)]) {
                before.apply(&checked).unwrap();
                after.apply(&checked).unwrap();
            }
            assert_eq!((after.hash(), order(&after)), (before.hash(), order(&before)));
        }
    }

    #[test]
    fn only_the_order_of_registration_is_not_in_the_hash() {
        let swapped = state(alloc::vec![register(2), register(1)]).to_bytes();
        let state = state(alloc::vec![register(1), register(2)]);
        let read = RegistrationState::from_bytes(&swapped, &state.hash()).unwrap();
        assert_eq!(order(&read), [account(2), account(1)]);
    }

    #[test]
    fn another_state_and_other_forms() {
        let state = full();
        let (bytes, hash) = (state.to_bytes(), state.hash());
        assert_eq!(code(&bytes, &[0; 32]), "stake_table.hash");
        assert_eq!(code(&[], &hash), "stake_table.state_form");
        assert_eq!(code(&[&bytes[..], &[0]].concat(), &hash), "stake_table.state_form");
        for length in (0..bytes.len()).step_by(7) {
            assert_eq!(code(&bytes[..length], &hash), "stake_table.state_form", "{length}");
        }
        let mut huge = alloc::vec![VERSION];
        huge.extend_from_slice(&[0xff; 40]);
        assert_eq!(code(&huge, &hash), "stake_table.state_form");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn every_bit_counts(position in any::<prop::sample::Index>(), bit in 0u8..8) {
            let state = full();
            let mut bytes = state.to_bytes();
            let position = position.index(bytes.len());
            bytes[position] ^= 1 << bit;
            prop_assert_ne!(code(&bytes, &state.hash()), "accepted");
        }

        #[test]
        fn never_panics(mut bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            if let Some(first) = bytes.first_mut() {
                *first = VERSION;
            }
            let _ = RegistrationState::from_bytes(&bytes, &[0; 32]);
        }
    }
}
