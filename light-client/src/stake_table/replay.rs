//! A whole history of the contract in one go: logs in, state and active set out.

use alloc::vec::Vec;

use super::active_set::ActiveRules;
use super::event::EventKind;
use super::logs::{LogReading, PlacedEvent};
use super::possession::{CheckedEvent, KeyChecks};
use super::state::{Applied, RegistrationState};
use crate::encoding::committable::Commitment;
use crate::rejection::Rejected;

/// Where and why a history cannot be the contract's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayRefused {
    /// The L1 block and log index of the event, if one event is at fault.
    pub position: Option<(u64, u64)>,
    /// What is wrong.
    pub rejected: Rejected,
}

/// A history on its way to its outcome, in small units of work.
#[derive(Debug)]
pub struct Replay {
    logs: usize,
    positions: Vec<(u64, u64)>,
    checks: KeyChecks,
}

/// The outcome of a history.
#[derive(Clone, Debug)]
pub struct Replayed {
    /// How many logs were read.
    pub logs: usize,
    /// How many of them were events and went to the state.
    pub events: usize,
    /// How many events the state passed over.
    pub skipped: usize,
    /// What the contract's registrations amount to.
    pub state: RegistrationState,
}

/// What recorded snapshots say about a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// How many events there were.
    pub events: usize,
    /// The hash of the state.
    pub stake_table_hash: Commitment,
    /// How many validators are registered.
    pub all_validators: usize,
    /// The commitment over the active validators and their number, or why there are none.
    pub active: Result<(Commitment, usize), Rejected>,
}

impl Replay {
    /// Prepares the replay of logs from the first one on.
    ///
    /// # Errors
    /// `stake_table.event_limit`.
    pub fn new(reading: LogReading, entropy: &[u8]) -> Result<Self, ReplayRefused> {
        let positions = reading.events.iter().map(|placed| (placed.block, placed.log_index)).collect();
        let events = reading.events.into_iter().map(|PlacedEvent { event, .. }| event).collect();
        let checks = KeyChecks::new(events, entropy).map_err(|rejected| ReplayRefused { position: None, rejected })?;
        Ok(Self { logs: reading.logs, positions, checks })
    }

    /// Works for at most `budget` units; the outcome once all is done.
    ///
    /// # Errors
    /// A fatal fault of an event: those of [`RegistrationState::apply`].
    pub fn step(&mut self, budget: u32) -> Result<Option<Replayed>, ReplayRefused> {
        let Some(checked) = self.checks.step(budget) else { return Ok(None) };
        let mut replayed = Replayed { logs: self.logs, events: 0, skipped: 0, state: RegistrationState::default() };
        for (checked, position) in checked.iter().zip(&self.positions) {
            if dropped_when_read(checked) {
                continue;
            }
            replayed.events += 1;
            match replayed.state.apply(checked) {
                Ok(Applied::Changed) => {}
                Ok(Applied::Skipped(_)) => replayed.skipped += 1,
                Err(rejected) => return Err(ReplayRefused { position: Some(*position), rejected }),
            }
        }
        replayed.state.settle();
        Ok(Some(replayed))
    }

    /// Works to the end.
    ///
    /// # Errors
    /// Those of [`Self::step`].
    pub fn finish(mut self) -> Result<Replayed, ReplayRefused> {
        loop {
            if let Some(replayed) = self.step(u32::MAX)? {
                return Ok(replayed);
            }
        }
    }

    /// Units of work left, about.
    pub fn remaining(&self) -> u32 {
        self.checks.remaining()
    }
}

/// The nodes drop a key update with a failing proof or key as soon as they read its log: the
/// contract checks neither the Schnorr proof nor, in its second version, points at infinity. Such an
/// event never reaches the state, and the endpoint never serves it. Source:
/// EspressoSystems/espresso-network `crates/espresso/types/src/v0/impls/stake_table.rs`
/// (`validate_event`).
pub(crate) fn dropped_when_read(checked: &CheckedEvent) -> bool {
    checked.event.kind() == EventKind::KeyUpdateV2 && checked.keys.as_ref().is_none_or(|keys| !keys.proven)
}

impl Replayed {
    /// What recorded snapshots say, with the active set under the given rules.
    pub fn summary(&self, rules: ActiveRules) -> Summary {
        let active = self.state.active_set(rules);
        Summary {
            events: self.events,
            stake_table_hash: self.state.hash(),
            all_validators: self.state.len(),
            active: active.map(|active| (active.commitment(), active.validators().len())),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeMap;
    use alloc::string::{String, ToString};
    use alloc::vec::Vec;

    use super::super::commitment::hash_to_text;
    use super::super::event::Event;
    use super::super::fixture::{account, key_update_v2, register_v2};
    use super::super::logs::LogFilter;
    use super::super::logs::tests::log;
    use super::*;
    use crate::encoding::integer::U256;
    use crate::encoding::json::parse;
    use crate::recorded;

    fn reading() -> Option<LogReading> {
        let logs = recorded::file("stake_table_history/synthetic_logs.json")?;
        let named = LogFilter { contract: Some([0x11; 20]), ..LogFilter::default() };
        Some(named.read(&parse(&logs).unwrap()).unwrap())
    }

    /// The value behind `key: ` in a recorded snapshot.
    fn value<'a>(snapshot: &'a str, key: &str) -> &'a str {
        let line = snapshot.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(": "));
        line.unwrap_or_else(|| panic!("the snapshot has no {key}"))
    }

    #[test]
    fn recorded_history_has_the_recorded_outcome_in_every_version() {
        let Some(reading) = reading() else { return };
        let replayed = Replay::new(reading, &[]).unwrap().finish().unwrap();
        for (minor, name) in [(3, "v0_3"), (5, "v0_5"), (6, "v0_6")] {
            let name = alloc::format!("stake_table_history/stake_table_history_synthetic_{name}.snap");
            let Some(snapshot) = recorded::file(&name) else { return };
            let snapshot = String::from_utf8(snapshot).unwrap();
            let summary = replayed.summary(ActiveRules::of_version(0, minor));
            assert_eq!(replayed.logs.to_string(), value(&snapshot, "logs"));
            assert_eq!(summary.events.to_string(), value(&snapshot, "decoded_events"));
            assert_eq!(hash_to_text(&summary.stake_table_hash), value(&snapshot, "stake_table_hash"));
            assert_eq!(summary.all_validators.to_string(), value(&snapshot, "all_validators"));
            let (commitment, active) = summary.active.unwrap();
            assert_eq!(active.to_string(), value(&snapshot, "active_validators"));
            assert_eq!(hash_to_text(&commitment), value(&snapshot, "active_validators_commit"), "0.{minor}");
        }
    }

    #[test]
    fn recorded_hash_after_every_event() {
        let (Some(reading), Some(snapshot)) =
            (reading(), recorded::file("stake_table_history/stake_table_history_synthetic_v0_5.snap"))
        else {
            return;
        };
        let snapshot = String::from_utf8(snapshot).unwrap();
        let ladder = snapshot.lines().skip_while(|line| !line.starts_with("(every 1 event(s)")).skip(1);
        let ladder: Vec<_> = ladder.filter(|line| !line.is_empty()).collect();
        assert_eq!(ladder.len(), 24);
        let events: Vec<_> = reading.events.iter().map(|placed| placed.event.clone()).collect();
        let checked = KeyChecks::new(events, &[]).unwrap().finish();
        let mut state = RegistrationState::default();
        for ((rung, placed), checked) in ladder.iter().zip(&reading.events).zip(&checked) {
            let before = state.hash();
            let applied = state.apply(checked).unwrap();
            if applied != Applied::Changed {
                assert_eq!(state.hash(), before);
            }
            let words: Vec<_> = rung.split_whitespace().collect();
            assert_eq!(words[2], placed.block.to_string());
            assert_eq!(words[4], placed.log_index.to_string());
            assert_eq!(words[5], checked.event.kind().name());
            assert_eq!(words[6], hash_to_text(&state.hash()), "{rung}");
        }
    }

    /// A history of the size and mixture of mainnet's first eight months, with every proof real.
    fn mainnet_like() -> Vec<Event> {
        let amount = |place: u64| U256::from(1_000 + place % 97);
        let mut events: Vec<_> = (0..101).map(register_v2).collect();
        events.extend((0..2_011u64).map(|place| Event::Delegate {
            delegator: account(10_000 + place),
            validator: account(place % 101),
            amount: amount(place),
        }));
        events.extend((0..596u64).map(|place| Event::UndelegateV2 {
            delegator: account(10_000 + 2 * place),
            validator: account(2 * place % 101),
            undelegation_id: place,
            amount: if place % 3 == 0 { amount(2 * place) } else { U256::ONE },
            unlocks_at: U256::from(1_800_000_000u64),
        }));
        events.extend((0..24).map(|seed| Event::CommissionUpdate {
            validator: account(seed),
            timestamp: U256::ONE,
            old_commission: 200,
            new_commission: 500,
        }));
        events.push(key_update_v2(3, 500));
        events.extend((97..101).map(|seed| Event::DeregisterV2 { validator: account(seed), unlocks_at: U256::ONE }));
        events
    }

    #[test]
    fn thousands_of_logs() {
        let events = mainnet_like();
        assert_eq!(events.len(), 2_737);
        let logs: Vec<_> =
            events.iter().enumerate().map(|(place, event)| log(event, place as u64 / 3, place as u64)).collect();
        let text = alloc::format!("[{}]", logs.join(","));
        let reading = LogFilter::default().read(&parse(text.as_bytes()).unwrap()).unwrap();
        let replayed = Replay::new(reading, b"entropy").unwrap().finish().unwrap();
        assert_eq!((replayed.logs, replayed.events, replayed.skipped), (2_737, 2_737, 0));
        let summary = replayed.summary(ActiveRules::Staked);
        assert_eq!((summary.all_validators, summary.active.unwrap().1), (97, 97));
        assert!(replayed.state.validators().iter().all(|(_, validator)| validator.authenticated));
        // The state knows what each delegator is left with: told here without it.
        let mut left: BTreeMap<_, U256> = BTreeMap::new();
        for event in &events {
            match event {
                Event::Delegate { delegator, validator, amount } => {
                    *left.entry((*validator, *delegator)).or_default() += *amount;
                }
                Event::UndelegateV2 { delegator, validator, amount, .. } => {
                    *left.entry((*validator, *delegator)).or_default() -= *amount;
                }
                Event::DeregisterV2 { validator, .. } => left.retain(|(of, _), _| of != validator),
                _ => {}
            }
        }
        let kept: BTreeMap<_, U256> = replayed
            .state
            .validators()
            .into_iter()
            .flat_map(|(of, validator)| validator.delegators.iter().map(|(by, amount)| ((*of, *by), *amount)))
            .collect();
        left.retain(|_, amount| !amount.is_zero());
        assert_eq!(kept, left);
    }

    #[test]
    fn key_updates_without_proof_are_dropped_when_read_and_the_place_of_a_fault_is_told() {
        let mut update = key_update_v2(1, 8);
        if let Event::KeyUpdateV2 { proofs, .. } = &mut update {
            proofs.schnorr[3] ^= 1;
        }
        let replay = |events: Vec<Event>| {
            let place = |(place, event): (u64, Event)| PlacedEvent { block: 7 + place, log_index: 2 * place, event };
            let events: Vec<_> = (0..).zip(events).map(place).collect();
            Replay::new(LogReading { logs: events.len(), events }, &[]).unwrap().finish()
        };
        let replayed = replay(alloc::vec![register_v2(1), update, register_v2(2)]).unwrap();
        assert_eq!((replayed.logs, replayed.events), (3, 2));
        let refused = replay(alloc::vec![register_v2(1), register_v2(2), register_v2(1)]).unwrap_err();
        assert_eq!(refused.position, Some((9, 4)));
        assert_eq!(refused.rejected.code(), "stake_table.registered");
    }
}
