//! What the events make, and its hash.
//! Source: EspressoSystems/espresso-network `crates/espresso/types/src/v0/impls/stake_table.rs`.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use ark_ff::{BigInteger as _, PrimeField as _};
use hotshot_light_client::encoding::{committable::CommitmentBuilder, integer::U256};

use super::Event;
use crate::{
    chain::{Member, Table},
    crypto::{Validator, compressed_bls},
    model::{Address, StakeTableCommitment},
};

/// A registered validator.
#[derive(Clone)]
pub struct Registered {
    /// Its account, which keys do not change.
    pub account: Address,
    /// Whose keys it uses.
    pub validator: Arc<Validator>,
    /// Whether it has proven that it holds them: only then it signs.
    pub authenticated: bool,
    /// In ten thousandths.
    pub commission: u16,
    /// Its network key.
    pub x25519_key: Option<[u8; 32]>,
    /// Its network address.
    pub p2p_addr: Option<String>,
    /// Who delegates how much.
    pub delegators: BTreeMap<Address, U256>,
}

impl Registered {
    /// The sum of delegations.
    pub fn stake(&self) -> U256 {
        self.delegators.values().fold(U256::ZERO, |sum, amount| sum + *amount)
    }

    fn commitment(&self) -> [u8; 32] {
        let mut builder = CommitmentBuilder::new("VALIDATOR")
            .fixed_size_field("account", &self.account.0)
            .var_size_field("stake_table_key", &compressed_bls(&self.validator))
            .var_size_field("state_ver_key", &compressed_schnorr(&self.validator))
            .fixed_size_field("stake", &self.stake().to_le_bytes::<32>())
            .constant_str("commission")
            .u16(self.commission);
        if let Some(key) = &self.x25519_key {
            builder = builder.var_size_field("x25519_key", key);
        }
        if let Some(address) = &self.p2p_addr {
            builder = builder.var_size_field("p2p_addr", address.as_bytes());
        }
        builder = builder.constant_str("delegators");
        for (delegator, amount) in &self.delegators {
            builder = builder.fixed_size_bytes(&delegator.0).fixed_size_bytes(&amount.to_le_bytes::<32>());
        }
        if !self.authenticated {
            builder = builder.constant_str("unauthenticated");
        }
        builder.finalize()
    }
}

fn compressed_schnorr(validator: &Validator) -> [u8; 32] {
    let point = &validator.schnorr_point;
    let mut key = [0; 32];
    key.iter_mut().zip(point.y.into_bigint().to_bytes_le()).for_each(|(to, from)| *to = from);
    if point.x.into_bigint() > (-point.x).into_bigint() {
        key.iter_mut().rev().take(1).for_each(|top| *top |= 0x80);
    }
    key
}

/// Whose keys an event names.
pub struct Keys {
    /// The validator.
    pub validator: Arc<Validator>,
    /// Whether the event's proofs hold; the first contract checked them itself.
    pub proven: bool,
}

/// All registrations.
#[derive(Clone, Default)]
pub struct State {
    /// In the order of registration.
    pub registered: Vec<Registered>,
    used: Vec<Arc<Validator>>,
    used_x25519: BTreeSet<[u8; 32]>,
    exits: BTreeSet<Address>,
}

impl State {
    fn entry(&mut self, account: Address) -> Option<&mut Registered> {
        self.registered.iter_mut().find(|registered| registered.account == account)
    }

    fn register(&mut self, account: Address, commission: u16, keys: Option<&Keys>) {
        let Some(keys) = keys else { return };
        self.used.push(Arc::clone(&keys.validator));
        self.registered.push(Registered {
            account,
            validator: Arc::clone(&keys.validator),
            authenticated: keys.proven,
            commission,
            x25519_key: None,
            p2p_addr: None,
            delegators: BTreeMap::new(),
        });
    }

    fn take_back(&mut self, delegator: &Address, validator: Address, amount: U256) {
        if let Some(entry) = self.entry(validator)
            && let Some(delegated) = entry.delegators.get_mut(delegator)
        {
            *delegated -= amount;
            entry.delegators.retain(|_, amount| !amount.is_zero());
        }
    }

    fn set_network(&mut self, validator: Address, key: Option<[u8; 32]>, address: Option<&String>) {
        self.used_x25519.extend(key);
        if let Some(entry) = self.entry(validator) {
            entry.x25519_key = key.or(entry.x25519_key);
            entry.p2p_addr = address.cloned().or_else(|| entry.p2p_addr.clone());
        }
    }

    /// Applies an event that the devnet made itself. `keys` are whose keys a registration or an
    /// update names.
    pub fn apply(&mut self, event: &Event, keys: Option<&Keys>) {
        match event {
            Event::Register { account, commission, .. } | Event::RegisterV2 { account, commission, .. } => {
                self.register(*account, *commission, keys);
            }
            Event::RegisterV3 { account, commission, x25519_key, p2p_addr, .. } => {
                self.register(*account, *commission, keys);
                self.set_network(*account, Some(x25519_key.0), Some(p2p_addr));
            }
            Event::Deregister { validator } | Event::DeregisterV2 { validator, .. } => {
                self.registered.retain(|registered| registered.account != *validator);
                self.exits.insert(*validator);
            }
            Event::Delegate { delegator, validator, amount } => {
                if let Some(entry) = self.entry(*validator) {
                    *entry.delegators.entry(*delegator).or_default() += amount.0;
                }
            }
            Event::Undelegate { delegator, validator, amount }
            | Event::UndelegateV2 { delegator, validator, amount, .. } => {
                self.take_back(delegator, *validator, amount.0);
            }
            Event::KeyUpdate { account, .. } | Event::KeyUpdateV2 { account, .. } => {
                let Some(keys) = keys else { return };
                self.used.push(Arc::clone(&keys.validator));
                if let Some(entry) = self.entry(*account) {
                    (entry.validator, entry.authenticated) = (Arc::clone(&keys.validator), true);
                }
            }
            Event::CommissionUpdate { validator, new_commission, .. } => {
                if let Some(entry) = self.entry(*validator) {
                    entry.commission = *new_commission;
                }
            }
            Event::X25519KeyUpdate { validator, x25519_key } => {
                self.set_network(*validator, Some(x25519_key.0), None);
            }
            Event::P2pAddrUpdate { validator, p2p_addr } => self.set_network(*validator, None, Some(p2p_addr)),
        }
    }

    /// The hash that headers carry.
    pub fn commitment(&self) -> StakeTableCommitment {
        let mut validators: Vec<&Registered> = self.registered.iter().collect();
        validators.sort_by_key(|registered| registered.account);
        let mut builder = CommitmentBuilder::new("STAKE_TABLE");
        for registered in validators {
            builder = builder.field("validator", &registered.commitment());
        }
        builder = builder.constant_str("used_bls_keys");
        let mut used = self.used.clone();
        used.sort_by_key(|validator| {
            let (x, y) = (validator.bls_point.x, validator.bls_point.y);
            [x.c1, x.c0, y.c1, y.c0].map(|coordinate| coordinate.into_bigint())
        });
        for validator in &used {
            builder = builder.var_size_bytes(&compressed_bls(validator));
        }
        builder = builder.constant_str("used_schnorr_keys");
        used.sort_by_key(|validator| {
            (validator.schnorr_point.x.into_bigint(), validator.schnorr_point.y.into_bigint())
        });
        for validator in &used {
            builder = builder.var_size_bytes(&compressed_schnorr(validator));
        }
        if !self.used_x25519.is_empty() {
            builder = builder.constant_str("used_x25519_keys");
            for key in &self.used_x25519 {
                builder = builder.var_size_bytes(key);
            }
        }
        builder = builder.constant_str("validator_exits");
        for account in &self.exits {
            builder = builder.fixed_size_bytes(&account.0);
        }
        StakeTableCommitment::new(builder.finalize())
    }

    /// Who signs: in the order of registration, at most a hundred.
    pub fn table(&self, minor: u16) -> Table {
        let reachable = |entry: &&Registered| minor < 6 || entry.x25519_key.is_some() && entry.p2p_addr.is_some();
        let staked = |entry: &&Registered| entry.authenticated && !entry.stake().is_zero();
        let eligible: Vec<&Registered> = self.registered.iter().filter(reachable).filter(staked).collect();
        let largest = eligible.iter().map(|entry| entry.stake()).max().unwrap_or_default();
        let mut active: Vec<(usize, &Registered)> =
            eligible.into_iter().filter(|entry| entry.stake() >= largest / U256::from(1000)).enumerate().collect();
        active.sort_by_key(|(_, entry)| std::cmp::Reverse(entry.stake()));
        active.truncate(100);
        active.sort_by_key(|(order, _)| *order);
        let member = |entry: &Registered| Member { validator: Arc::clone(&entry.validator), stake: entry.stake() };
        Table { members: active.into_iter().map(|(_, entry)| member(entry)).collect() }
    }
}
