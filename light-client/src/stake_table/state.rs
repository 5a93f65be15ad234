//! The state of the stake table contract, as the nodes rebuild it from its events.
//!
//! Source: EspressoSystems/espresso-network `crates/espresso/types/src/v0/impls/stake_table.rs`,
//! `StakeTableState::apply_event`. Every event is checked completely before anything changes. Some
//! faults are tolerated, because a contract let them through: the event is skipped. All others are
//! fatal: a history that holds them is not the contract's. The protocol version plays no part here.

use alloc::string::String;
use alloc::vec::Vec;

use super::event::{Account, Event};
use super::keys::{CompressedBlsKey, SchnorrKey, x25519_key};
use super::network_address;
use super::possession::{CheckedEvent, CheckedKeys};
use crate::encoding::bytes::to_hex;
use crate::encoding::committable::Commitment;
use crate::encoding::integer::U256;
use crate::ordered::{OrderedMap, OrderedSet, sort_by};
use crate::rejection::{Operand, Rejected, Rejection};
use crate::signature::bls::VerificationKey;

/// The whole reward, in the unit of commissions.
const COMMISSION_BASIS_POINTS: u16 = 10_000;

/// One registered validator.
#[derive(Clone, Debug)]
pub struct Validator {
    /// Its BLS key; `None` if what it registered is no key.
    pub bls_key: Option<VerificationKey>,
    /// Its Schnorr key; `None` if what it registered is no key.
    pub schnorr_key: Option<SchnorrKey>,
    /// Whether both keys parsed and their proofs of possession held.
    pub authenticated: bool,
    /// Its share of the rewards, in hundredths of a percent. A registration's is not checked.
    pub commission: u16,
    /// The sum of all delegations, in the token's base unit.
    pub stake: U256,
    /// Who delegated how much. No amount is zero.
    pub delegators: OrderedMap<Account, U256>,
    /// Its X25519 key, if it ever named a valid one last.
    pub x25519_key: Option<[u8; 32]>,
    /// Its network address in canonical form.
    pub p2p_addr: Option<String>,
    /// The place among all registrations: the order of signers.
    pub(super) registration: u64,
    /// The commitment, as long as nothing changed since it was computed.
    pub(super) commitment: Option<Commitment>,
}

/// What became of an event that is not fatal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// It took effect.
    Changed,
    /// It was passed over.
    Skipped(Skipped),
}

/// Why an event was passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skipped {
    /// A key update whose BLS key is none.
    BlsKey,
    /// A key update whose Schnorr key is none.
    SchnorrKey,
    /// A registration or key update of the first contract, with a Schnorr key used before. That
    /// contract did not forbid it.
    SchnorrKeyUsed,
}

/// All that the contract's events amount to.
#[derive(Clone, Debug, Default)]
pub struct RegistrationState {
    pub(super) validators: OrderedMap<Account, Validator>,
    pub(super) exits: OrderedSet<Account>,
    pub(super) used_bls_keys: OrderedSet<CompressedBlsKey>,
    pub(super) used_schnorr_keys: OrderedSet<SchnorrKey>,
    pub(super) used_x25519_keys: OrderedSet<[u8; 32]>,
    /// How many registrations there have been: the place of the next.
    pub(super) registrations: u64,
}

impl RegistrationState {
    /// The validators in the order of their registration, which is the order of signers. Exits do
    /// not change it, nor do key updates.
    pub fn validators(&self) -> Vec<(&Account, &Validator)> {
        let mut validators: Vec<_> = self.validators.iter().collect();
        sort_by(&mut validators, |(_, left), (_, right)| left.registration < right.registration);
        validators
    }

    /// How many validators are registered.
    pub fn len(&self) -> usize {
        self.validators.len()
    }

    /// Whether no validator is registered.
    pub fn is_empty(&self) -> bool {
        self.validators.is_empty()
    }

    /// A registered validator.
    pub fn validator(&self, account: &Account) -> Option<&Validator> {
        self.validators.get(account)
    }

    /// The accounts that left. They may not come back.
    pub const fn exits(&self) -> &OrderedSet<Account> {
        &self.exits
    }

    /// Applies one event whose keys have been checked.
    ///
    /// # Errors
    /// A fatal fault, and nothing has changed: `stake_table.exited`, `stake_table.registered`,
    /// `stake_table.bls_key_used`, `stake_table.schnorr_key_used`, `stake_table.x25519_key_used`,
    /// `stake_table.unknown_validator`, `stake_table.zero_delegation`, `stake_table.stake_overflow`,
    /// `stake_table.insufficient_stake`, `stake_table.unknown_delegator`,
    /// `stake_table.key_update_proof`, `stake_table.commission`.
    pub fn apply(&mut self, checked: &CheckedEvent) -> Result<Applied, Rejected> {
        let no_keys = CheckedKeys::default();
        let keys = checked.keys.as_ref().unwrap_or(&no_keys);
        match &checked.event {
            Event::Register { account, commission, .. } => {
                self.admits(account, keys)?;
                if self.schnorr_key_used(keys) {
                    return Ok(Applied::Skipped(Skipped::SchnorrKeyUsed));
                }
                self.register(*account, *commission, keys, None, None);
            }
            Event::RegisterV2 { account, commission, .. } => {
                self.admits(account, keys)?;
                self.schnorr_key_is_new(keys)?;
                self.register(*account, *commission, keys, None, None);
            }
            Event::RegisterV3 { account, commission, x25519_key: key, p2p_addr, .. } => {
                self.admits(account, keys)?;
                self.schnorr_key_is_new(keys)?;
                let key = x25519_key(key);
                self.x25519_key_is_new(key)?;
                self.register(*account, *commission, keys, key, network_address::canonical(p2p_addr));
            }
            Event::Deregister { validator } | Event::DeregisterV2 { validator, .. } => {
                self.validators.remove(validator).ok_or_else(|| unknown(validator))?;
                self.exits.insert(*validator);
            }
            Event::Delegate { delegator, validator, amount } => self.delegate(*delegator, validator, *amount)?,
            Event::Undelegate { delegator, validator, amount }
            | Event::UndelegateV2 { delegator, validator, amount, .. } => {
                self.undelegate(delegator, validator, *amount)?;
            }
            Event::KeyUpdate { account, .. } => return self.update_keys(account, keys, Contract::First),
            Event::KeyUpdateV2 { account, .. } => return self.update_keys(account, keys, Contract::Later),
            Event::CommissionUpdate { validator, new_commission, .. } => {
                if *new_commission > COMMISSION_BASIS_POINTS {
                    return Err(Rejection::StakeTableCommission
                        .with(u64::from(*new_commission), u64::from(COMMISSION_BASIS_POINTS)));
                }
                self.registered(validator)?.commission = *new_commission;
            }
            Event::X25519KeyUpdate { validator, x25519_key: key } => {
                let key = x25519_key(key);
                if !self.validators.contains_key(validator) {
                    return Err(unknown(validator));
                }
                self.x25519_key_is_new(key)?;
                self.used_x25519_keys.extend(key);
                self.registered(validator)?.x25519_key = key;
            }
            Event::P2pAddrUpdate { validator, p2p_addr } => {
                self.registered(validator)?.p2p_addr = network_address::canonical(p2p_addr);
            }
        }
        Ok(Applied::Changed)
    }

    /// Whether an account may register with these keys, the Schnorr key left aside.
    fn admits(&self, account: &Account, keys: &CheckedKeys) -> Result<(), Rejected> {
        if self.exits.contains(account) {
            return Err(Rejection::StakeTableExited.with(named(account), "an account that never left"));
        }
        if self.validators.contains_key(account) {
            return Err(Rejection::StakeTableRegistered.with(named(account), "a new account"));
        }
        self.bls_key_is_new(keys)
    }

    fn bls_key_is_new(&self, keys: &CheckedKeys) -> Result<(), Rejected> {
        match &keys.bls {
            Some(key) if self.used_bls_keys.contains(&CompressedBlsKey::of(key)) => {
                Err(Rejection::StakeTableBlsKeyUsed.bare())
            }
            _ => Ok(()),
        }
    }

    fn schnorr_key_used(&self, keys: &CheckedKeys) -> bool {
        keys.schnorr.as_ref().is_some_and(|key| self.used_schnorr_keys.contains(key))
    }

    fn schnorr_key_is_new(&self, keys: &CheckedKeys) -> Result<(), Rejected> {
        if self.schnorr_key_used(keys) { Err(Rejection::StakeTableSchnorrKeyUsed.bare()) } else { Ok(()) }
    }

    fn x25519_key_is_new(&self, key: Option<[u8; 32]>) -> Result<(), Rejected> {
        match key {
            Some(key) if self.used_x25519_keys.contains(&key) => {
                Err(Rejection::StakeTableX25519KeyUsed.with(key, "a new key"))
            }
            _ => Ok(()),
        }
    }

    fn use_keys(&mut self, keys: &CheckedKeys) {
        self.used_bls_keys.extend(keys.bls.as_ref().map(CompressedBlsKey::of));
        self.used_schnorr_keys.extend(keys.schnorr);
    }

    fn register(
        &mut self,
        account: Account,
        commission: u16,
        keys: &CheckedKeys,
        x25519_key: Option<[u8; 32]>,
        p2p_addr: Option<String>,
    ) {
        self.use_keys(keys);
        self.used_x25519_keys.extend(x25519_key);
        let validator = Validator {
            bls_key: keys.bls,
            schnorr_key: keys.schnorr,
            authenticated: keys.proven,
            commission,
            stake: U256::ZERO,
            delegators: OrderedMap::new(),
            x25519_key,
            p2p_addr,
            registration: self.registrations,
            commitment: None,
        };
        self.registrations += 1;
        self.validators.insert(account, validator);
    }

    /// A registered validator, about to change.
    fn registered(&mut self, account: &Account) -> Result<&mut Validator, Rejected> {
        let validator = self.validators.get_mut(account).ok_or_else(|| unknown(account))?;
        validator.commitment = None;
        Ok(validator)
    }

    fn delegate(&mut self, delegator: Account, validator: &Account, amount: U256) -> Result<(), Rejected> {
        if amount.is_zero() {
            return Err(Rejection::StakeTableZeroDelegation.with(named(&delegator), "an amount above zero"));
        }
        let validator = self.registered(validator)?;
        // A delegation is at most the stake, so its own sum cannot overflow where the stake's does not.
        let stake = validator.stake.checked_add(amount);
        validator.stake = stake.ok_or_else(|| Rejection::StakeTableStakeOverflow.with(amount, validator.stake))?;
        let delegated = validator.delegators.get(&delegator).copied().unwrap_or_default();
        validator.delegators.insert(delegator, delegated.saturating_add(amount));
        Ok(())
    }

    fn undelegate(&mut self, delegator: &Account, validator: &Account, amount: U256) -> Result<(), Rejected> {
        let insufficient = |available: U256| Rejection::StakeTableInsufficientStake.with(amount, available);
        let validator = self.registered(validator)?;
        let stake = validator.stake.checked_sub(amount).ok_or_else(|| insufficient(validator.stake))?;
        let delegated = validator
            .delegators
            .get_mut(delegator)
            .ok_or_else(|| Rejection::StakeTableUnknownDelegator.with(named(delegator), "one who delegated"))?;
        *delegated = delegated.checked_sub(amount).ok_or_else(|| insufficient(*delegated))?;
        if delegated.is_zero() {
            validator.delegators.remove(delegator);
        }
        validator.stake = stake;
        Ok(())
    }

    fn update_keys(&mut self, account: &Account, keys: &CheckedKeys, contract: Contract) -> Result<Applied, Rejected> {
        if keys.bls.is_none() {
            return Ok(Applied::Skipped(Skipped::BlsKey));
        }
        if keys.schnorr.is_none() {
            return Ok(Applied::Skipped(Skipped::SchnorrKey));
        }
        if !keys.proven {
            return Err(Rejection::StakeTableKeyUpdateProof.with(named(account), "proofs of possession of both keys"));
        }
        if !self.validators.contains_key(account) {
            return Err(unknown(account));
        }
        self.bls_key_is_new(keys)?;
        match contract {
            Contract::First if self.schnorr_key_used(keys) => {
                return Ok(Applied::Skipped(Skipped::SchnorrKeyUsed));
            }
            Contract::First => {}
            Contract::Later => self.schnorr_key_is_new(keys)?,
        }
        self.use_keys(keys);
        let validator = self.registered(account)?;
        validator.bls_key.clone_from(&keys.bls);
        validator.schnorr_key = keys.schnorr;
        validator.authenticated = true;
        Ok(Applied::Changed)
    }
}

/// Which contract logged a key update.
#[derive(Clone, Copy)]
enum Contract {
    /// The first: it proved the BLS key on chain and did not look at the Schnorr key.
    First,
    /// Any later one: proofs travel with the event, and Schnorr keys are new.
    Later,
}

fn named(account: &Account) -> Operand {
    Operand::foreign(&to_hex(account))
}

fn unknown(account: &Account) -> Rejected {
    Rejection::StakeTableUnknownValidator.with(named(account), "a registered validator")
}
