//! What happens at the contract, epoch by epoch. It depends on the seed alone.

use std::{collections::BTreeMap, sync::Arc};

use hotshot_light_client::encoding::integer::U256;

use super::{Event, G2Words, PointWords, State};
use crate::{
    chain::{Schedule, Table},
    crypto::{Dice, Validator},
    model::{Address, Hash32, HexU256, StakeTableCommitment},
};

/// The stake of one epoch.
#[derive(Clone)]
pub struct EpochStake {
    /// The events since the table before.
    pub events: Vec<Event>,
    /// Who signs.
    pub table: Arc<Table>,
    /// The hash that the root of the epoch before carries.
    pub hash: StakeTableCommitment,
}

/// The tables of all epochs so far.
pub struct Ledger {
    seed: String,
    validators: u64,
    first: u64,
    epochs: BTreeMap<u64, EpochStake>,
    state: State,
    next_validator: u64,
}

fn tokens(amount: u64) -> HexU256 {
    HexU256(U256::from(amount) * U256::from(10u64.pow(18)))
}

impl Ledger {
    /// The ledger of a seed, whose first table is that of epoch `first`.
    pub fn new(seed: &str, validators: u64, first: u64) -> Self {
        Self {
            seed: seed.into(),
            validators,
            first,
            epochs: BTreeMap::new(),
            state: State::default(),
            next_validator: 0,
        }
    }

    /// The first epoch with a table from events.
    pub const fn first(&self) -> u64 {
        self.first
    }

    /// The stake of an epoch, if it has been reached.
    pub fn epoch(&self, epoch: u64) -> Option<&EpochStake> {
        self.epochs.get(&epoch)
    }

    /// Lets the contract live until the table of an epoch is fixed.
    pub fn extend(&mut self, until: u64, schedule: &Schedule) {
        let reached = self.epochs.keys().next_back().map_or(self.first, |last| last + 1);
        for epoch in reached..=until {
            let mut events = Vec::new();
            if epoch == self.first {
                self.open(&mut events)
            } else {
                self.live(epoch, &mut events)
            }
            let minor = schedule.version(schedule.root(epoch.saturating_sub(2)));
            let stake = EpochStake { events, table: Arc::new(self.state.table(minor)), hash: self.state.commitment() };
            self.epochs.insert(epoch, stake);
        }
    }

    fn emit(&mut self, events: &mut Vec<Event>, event: Event, keys: Option<&Arc<Validator>>) {
        self.state.apply(&event, keys);
        events.push(event);
    }

    fn register(&mut self, events: &mut Vec<Event>, index: u64) {
        let validator = Arc::new(Validator::derive(&self.seed, index));
        let account = validator.account;
        let mut dice = Dice::new(&self.seed, "registration", index);
        let register = Event::Register {
            account,
            bls_vk: G2Words::of(&validator),
            schnorr_vk: PointWords::of(&validator),
            commission: u16::try_from(dice.below(2000)).unwrap_or_default(),
        };
        self.emit(events, register, Some(&validator));
        let own = Event::Delegate { delegator: account, validator: account, amount: tokens(100 + dice.below(900)) };
        self.emit(events, own, None);
        for _ in 0..dice.below(3) {
            let mut delegator = [0; 20];
            delegator.copy_from_slice(&dice.fill(20));
            let amount = tokens(1 + dice.below(500));
            self.emit(events, Event::Delegate { delegator: Address(delegator), validator: account, amount }, None);
        }
        let x25519_key = Hash32(validator.x25519_key);
        self.emit(events, Event::X25519KeyUpdate { validator: account, x25519_key }, None);
        // One of the first validators never tells its address: from 0.6 it does not sign.
        if index != 2 || self.validators < 5 {
            let p2p_addr = format!("validator-{index}.devnet.invalid:{}", 3000 + index);
            self.emit(events, Event::P2pAddrUpdate { validator: account, p2p_addr }, None);
        }
    }

    /// The validators of the static table register, in another order.
    fn open(&mut self, events: &mut Vec<Event>) {
        let count = usize::try_from(self.validators).unwrap_or_default();
        for index in Dice::new(&self.seed, "registration order", 0).shuffle(count) {
            self.register(events, index as u64);
        }
        self.next_validator = self.validators;
    }

    fn live(&mut self, epoch: u64, events: &mut Vec<Event>) {
        let mut dice = Dice::new(&self.seed, "contract", epoch);
        for _ in 0..3 {
            let Some(account) = self.any(&mut dice) else { return };
            let mut delegator = [0; 20];
            delegator.copy_from_slice(&dice.fill(20));
            let amount = tokens(1 + dice.below(700));
            self.emit(events, Event::Delegate { delegator: Address(delegator), validator: account, amount }, None);
        }
        if let Some(validator) = self.any(&mut dice) {
            let entry = self.state.registered.iter().find(|entry| entry.account == validator);
            let delegation = entry.and_then(|entry| entry.delegators.iter().next());
            let half = delegation.map(|(delegator, amount)| (*delegator, HexU256(*amount / U256::from(2))));
            if let Some((delegator, amount)) = half.filter(|(_, amount)| !amount.0.is_zero()) {
                self.emit(events, Event::Undelegate { delegator, validator, amount }, None);
            }
        }
        match epoch % 3 {
            0 => {
                self.register(events, self.next_validator);
                self.next_validator += 1;
            }
            1 if self.state.registered.len() as u64 * 4 > self.validators * 3 && self.validators > 3 => {
                if let Some(validator) = self.any(&mut dice) {
                    self.emit(events, Event::Deregister { validator }, None);
                }
            }
            _ => self.update(epoch, &mut dice, events),
        }
    }

    fn update(&mut self, epoch: u64, dice: &mut Dice, events: &mut Vec<Event>) {
        let Some(account) = self.any(dice) else { return };
        let keys = Arc::new(Validator::derive(&self.seed, 1_000_000 + epoch));
        let (bls_vk, schnorr_vk) = (G2Words::of(&keys), PointWords::of(&keys));
        self.emit(events, Event::KeyUpdate { account, bls_vk, schnorr_vk }, Some(&keys));
        let Some(entry) = self.state.registered.iter().find(|entry| entry.account == account) else { return };
        let (validator, old_commission) = (account, entry.commission);
        let new_commission = u16::try_from(dice.below(2000)).unwrap_or_default();
        let timestamp = HexU256(U256::from(1_700_000_000 + epoch));
        self.emit(events, Event::CommissionUpdate { validator, timestamp, old_commission, new_commission }, None);
    }

    fn any(&self, dice: &mut Dice) -> Option<Address> {
        let index = dice.below(self.state.registered.len() as u64);
        self.state.registered.get(usize::try_from(index).ok()?).map(|entry| entry.account)
    }
}
