//! What happens at the contract, epoch by epoch. It depends on the seed alone.

use std::{collections::BTreeMap, sync::Arc};

use hotshot_light_client::encoding::integer::U256;

use super::{Event, G2Words, Keys, PointWords, Proven, State};
use crate::{
    chain::{Schedule, Settings, Table},
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
    delegators: u64,
    first: u64,
    epochs: BTreeMap<u64, EpochStake>,
    state: State,
    next_validator: u64,
}

fn tokens(amount: u64) -> HexU256 {
    HexU256(U256::from(amount) * U256::from(10u64.pow(18)))
}

impl Ledger {
    /// The ledger of a chain whose first table is that of epoch `first`.
    pub fn new(settings: &Settings, first: u64) -> Self {
        Self {
            seed: settings.seed.clone(),
            validators: settings.validators,
            delegators: settings.delegators,
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

    /// Which contract is at work, as networks that began with the first one upgraded theirs.
    fn contract(&self, epoch: u64) -> Contract {
        match epoch.saturating_sub(self.first) {
            0 => Contract::First,
            1..=4 => Contract::Second,
            _ => Contract::Third,
        }
    }

    fn emit(&mut self, events: &mut Vec<Event>, event: Event, keys: Option<&Keys>) {
        self.state.apply(&event, keys);
        events.push(event);
    }

    /// A validator registers with the contract of its time. Without proofs that hold it is kept, and
    /// does not sign.
    fn register(&mut self, events: &mut Vec<Event>, index: u64, contract: Contract, proven: bool) {
        let validator = Arc::new(Validator::derive(&self.seed, index));
        let account = validator.account;
        let mut dice = Dice::new(&self.seed, "registration", index);
        let commission = u16::try_from(dice.below(2000)).unwrap_or_default();
        let (bls_vk, schnorr_vk) = (G2Words::of(&validator), PointWords::of(&validator));
        // Proofs for another account are none.
        let keys = || Proven::of(&validator, if proven { account } else { Address([9; 20]) });
        let metadata_uri = format!("https://validator-{index}.devnet.invalid");
        let x25519_key = Hash32(validator.x25519_key);
        let p2p_addr = format!("validator-{index}.devnet.invalid:{}", 3000 + index);
        let event = match contract {
            Contract::First => Event::Register { account, bls_vk, schnorr_vk, commission },
            Contract::Second => Event::RegisterV2 { account, keys: keys(), commission, metadata_uri },
            Contract::Third => Event::RegisterV3 {
                account,
                keys: keys(),
                commission,
                metadata_uri,
                x25519_key,
                p2p_addr: p2p_addr.clone(),
            },
        };
        let keys = Keys { validator: Arc::clone(&validator), proven: proven || contract == Contract::First };
        self.emit(events, event, Some(&keys));
        let own = Event::Delegate { delegator: account, validator: account, amount: tokens(100 + dice.below(900)) };
        self.emit(events, own, None);
        for _ in 0..dice.below(3) {
            let amount = tokens(1 + dice.below(500));
            let delegator = stranger(&mut dice);
            self.emit(events, Event::Delegate { delegator, validator: account, amount }, None);
        }
        if contract == Contract::Third {
            return;
        }
        self.emit(events, Event::X25519KeyUpdate { validator: account, x25519_key }, None);
        // One of the first validators never tells its address: from 0.6 it does not sign.
        if index != 2 || self.validators < 5 {
            self.emit(events, Event::P2pAddrUpdate { validator: account, p2p_addr }, None);
        }
    }

    /// The validators of the static table register, in another order: most with the first contract, the
    /// last third after its first upgrade.
    fn open(&mut self, events: &mut Vec<Event>) {
        let count = usize::try_from(self.validators).unwrap_or_default();
        for (place, index) in Dice::new(&self.seed, "registration order", 0).shuffle(count).into_iter().enumerate() {
            let contract = if place * 3 >= count * 2 { Contract::Second } else { Contract::First };
            self.register(events, index as u64, contract, true);
        }
        self.next_validator = self.validators;
        let mut dice = Dice::new(&self.seed, "delegators", 0);
        for _ in 0..self.delegators {
            let Some(validator) = self.any(&mut dice) else { return };
            let (delegator, amount) = (stranger(&mut dice), tokens(1 + dice.below(9)));
            self.emit(events, Event::Delegate { delegator, validator, amount }, None);
        }
    }

    fn live(&mut self, epoch: u64, events: &mut Vec<Event>) {
        let mut dice = Dice::new(&self.seed, "contract", epoch);
        for _ in 0..3 {
            let Some(validator) = self.any(&mut dice) else { return };
            let delegator = stranger(&mut dice);
            let amount = tokens(1 + dice.below(700));
            self.emit(events, Event::Delegate { delegator, validator, amount }, None);
        }
        self.redelegate(epoch, &mut dice, events);
        match epoch % 3 {
            0 => {
                let contract = self.contract(epoch);
                // Now and then somebody registers with proofs that do not hold.
                self.register(events, self.next_validator, contract, epoch % 9 != 6);
                self.next_validator += 1;
            }
            1 if self.state.registered.len() as u64 * 4 > self.validators * 3 && self.validators > 3 => {
                if let Some(validator) = self.any(&mut dice) {
                    self.emit(events, Event::DeregisterV2 { validator, unlocks_at: unlocks_at(epoch) }, None);
                }
            }
            _ => self.update(epoch, &mut dice, events),
        }
        if self.contract(epoch) == Contract::Third && epoch.is_multiple_of(2) {
            self.move_house(epoch, &mut dice, events);
        }
    }

    /// Somebody takes half of a delegation back and gives it to somebody else.
    fn redelegate(&mut self, epoch: u64, dice: &mut Dice, events: &mut Vec<Event>) {
        let Some(validator) = self.any(dice) else { return };
        let entry = self.state.registered.iter().find(|entry| entry.account == validator);
        let delegation = entry.and_then(|entry| entry.delegators.iter().next());
        let half = delegation.map(|(delegator, amount)| (*delegator, HexU256(*amount / U256::from(2))));
        let Some((delegator, amount)) = half.filter(|(_, amount)| !amount.0.is_zero()) else { return };
        let undelegation_id = epoch;
        let event =
            Event::UndelegateV2 { delegator, validator, undelegation_id, amount, unlocks_at: unlocks_at(epoch) };
        self.emit(events, event, None);
        if let Some(validator) = self.any(dice).filter(|_| epoch.is_multiple_of(2)) {
            self.emit(events, Event::Delegate { delegator, validator, amount }, None);
        }
    }

    fn update(&mut self, epoch: u64, dice: &mut Dice, events: &mut Vec<Event>) {
        // Who has not proven its keys yet does so with new ones.
        let unproven = self.state.registered.iter().find(|entry| !entry.authenticated).map(|entry| entry.account);
        let Some(account) = self.any(dice).map(|any| unproven.unwrap_or(any)) else { return };
        let validator = Arc::new(Validator::derive(&self.seed, 1_000_000 + epoch));
        let keys = Proven::of(&validator, account);
        self.emit(events, Event::KeyUpdateV2 { account, keys }, Some(&Keys { validator, proven: true }));
        let Some(entry) = self.state.registered.iter().find(|entry| entry.account == account) else { return };
        let (validator, old_commission) = (account, entry.commission);
        let new_commission = u16::try_from(dice.below(2000)).unwrap_or_default();
        let timestamp = HexU256(U256::from(1_700_000_000 + epoch));
        self.emit(events, Event::CommissionUpdate { validator, timestamp, old_commission, new_commission }, None);
    }

    /// A validator's machine is another one.
    fn move_house(&mut self, epoch: u64, dice: &mut Dice, events: &mut Vec<Event>) {
        let Some(validator) = self.any(dice) else { return };
        let x25519_key = Hash32(Validator::derive(&self.seed, 2_000_000 + epoch).x25519_key);
        self.emit(events, Event::X25519KeyUpdate { validator, x25519_key }, None);
        let p2p_addr = format!("10.0.{}.{}:{}", epoch % 256, dice.below(256), 3000 + epoch);
        self.emit(events, Event::P2pAddrUpdate { validator, p2p_addr }, None);
    }

    fn any(&self, dice: &mut Dice) -> Option<Address> {
        let index = dice.below(self.state.registered.len() as u64);
        self.state.registered.get(usize::try_from(index).ok()?).map(|entry| entry.account)
    }
}

/// The versions of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Contract {
    First,
    Second,
    Third,
}

fn stranger(dice: &mut Dice) -> Address {
    let mut account = [0; 20];
    account.copy_from_slice(&dice.fill(20));
    Address(account)
}

fn unlocks_at(epoch: u64) -> HexU256 {
    HexU256(U256::from(1_700_604_800 + epoch))
}
