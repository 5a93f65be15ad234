//! The state of an epoch whose hash is trusted already, from the events of all epochs before it.
//!
//! No header is needed on the way: the one hash at the end decides about every event. What it
//! cannot tell is which of them was a lie.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::applying::Applying;
use super::event::Event;
use super::possession::KeyChecks;
use super::state::RegistrationState;
use super::transition::EpochState;
use crate::encoding::committable::Commitment;
use crate::rejection::{Rejected, Rejection};

/// A replay towards a trusted hash, epoch by epoch, in small units of work.
#[derive(Debug)]
pub struct StateReplay {
    first: u64,
    target: u64,
    hash: Commitment,
    entropy: Vec<u8>,
    /// The epoch whose events come next.
    next: u64,
    registrations: RegistrationState,
    work: Option<Work>,
}

/// What a replay is at.
#[derive(Debug)]
enum Work {
    Checking(Box<KeyChecks>),
    Applying(Applying),
}

impl StateReplay {
    /// A replay of the events from the first dynamic epoch to `target`, whose state has the hash.
    ///
    /// # Errors
    /// `stake_table.epoch` if the target comes before the first dynamic epoch.
    pub fn new(first: u64, target: u64, hash: Commitment, entropy: &[u8]) -> Result<Self, Rejected> {
        if target < first {
            return Err(Rejection::StakeTableEpoch.with(target, first));
        }
        let registrations = RegistrationState::default();
        Ok(Self { first, target, hash, entropy: entropy.to_vec(), next: first, registrations, work: None })
    }

    /// The epoch whose events are needed.
    pub const fn next_epoch(&self) -> u64 {
        self.next
    }

    /// The epoch whose state this ends in.
    pub const fn target(&self) -> u64 {
        self.target
    }

    /// Takes the events of [`Self::next_epoch`].
    ///
    /// # Errors
    /// `stake_table.event_limit`.
    pub fn offer_events(&mut self, events: Vec<Event>) -> Result<(), Rejected> {
        self.work = Some(Work::Checking(Box::new(KeyChecks::new(events, &self.entropy)?)));
        Ok(())
    }

    /// Whether [`Self::step`] has something to do.
    pub const fn is_working(&self) -> bool {
        self.work.is_some()
    }

    /// Units of work left for the epoch at hand, about.
    pub fn remaining(&self) -> u32 {
        match &self.work {
            Some(Work::Checking(checks)) => checks.remaining().saturating_add(1),
            Some(Work::Applying(applying)) => applying.remaining(),
            None => 0,
        }
    }

    /// Works for at most `budget` units; the state once the last epoch's events are applied.
    ///
    /// # Errors
    /// Those of [`RegistrationState::apply`], and `stake_table.hash`. The replay begins anew then,
    /// because any event so far may have been the wrong one.
    pub fn step(&mut self, budget: u32) -> Result<Option<EpochState>, Rejected> {
        let registrations = match self.work.take() {
            None => return Ok(None),
            Some(Work::Checking(mut checks)) => {
                self.work = Some(match checks.step(budget) {
                    Some(checked) => Work::Applying(Applying::new(core::mem::take(&mut self.registrations), checked)),
                    None => Work::Checking(checks),
                });
                return Ok(None);
            }
            Some(Work::Applying(mut applying)) => {
                // With an error it begins anew.
                let next = core::mem::replace(&mut self.next, self.first);
                let applied = applying.step(budget)?;
                self.next = next;
                match applied {
                    Some(registrations) => registrations,
                    None => {
                        self.work = Some(Work::Applying(applying));
                        return Ok(None);
                    }
                }
            }
        };
        let next = core::mem::replace(&mut self.next, self.first);
        if next < self.target {
            (self.registrations, self.next) = (registrations, next.saturating_add(1));
            return Ok(None);
        }
        EpochState::from_replay(self.target, registrations, &self.hash).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{delegate, register, register_v2, state};
    use super::*;

    fn history() -> [Vec<Event>; 3] {
        [alloc::vec![register(1), delegate(1, 1, 5)], Vec::new(), alloc::vec![register_v2(2), delegate(2, 2, 6)]]
    }

    fn run(replay: &mut StateReplay, history: &[Vec<Event>]) -> Result<EpochState, Rejected> {
        for events in history {
            replay.offer_events(events.clone())?;
            while replay.is_working() {
                if let Some(state) = replay.step(1)? {
                    return Ok(state);
                }
            }
        }
        panic!("it does not come to an end");
    }

    #[test]
    fn one_hash_decides_about_all_events() {
        let history = history();
        let hash = state(history.concat()).hash();
        let mut replay = StateReplay::new(3, 5, hash, b"entropy").unwrap();
        let reached = run(&mut replay, &history).unwrap();
        assert_eq!((reached.epoch(), reached.hash()), (5, &hash));
        let mut lie = history.clone();
        lie[0].push(delegate(3, 1, 1));
        assert_eq!(run(&mut replay, &lie).unwrap_err().code(), "stake_table.hash");
        assert_eq!(replay.next_epoch(), 3, "it begins anew");
        assert_eq!(run(&mut replay, &history).unwrap().hash(), &hash);
        lie[1].push(delegate(3, 9, 1));
        assert_eq!(run(&mut replay, &lie).unwrap_err().code(), "stake_table.unknown_validator");
        assert_eq!(run(&mut replay, &history).unwrap().hash(), &hash);
        assert_eq!(StateReplay::new(3, 2, hash, b"").unwrap_err().code(), "stake_table.epoch");
    }
}
