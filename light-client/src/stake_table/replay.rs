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
fn dropped_when_read(checked: &CheckedEvent) -> bool {
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
    use alloc::string::{String, ToString};
    use alloc::vec::Vec;

    use super::super::commitment::hash_to_text;
    use super::super::logs::LogFilter;
    use super::*;
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
}
