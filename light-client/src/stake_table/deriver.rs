//! Who turns the contract's events into stake tables: a seam in the client.
//!
//! Events, proofs of possession and registrations are a third of a verifier's code, and in a page a
//! module of their own, loaded once a chain asks for them. The client therefore names registrations by
//! numbers and takes tables with the hashes they have; a [`Deriver`] does the work, in the same
//! program or behind [`super::remote`]. Whether a hash is the certified one is looked at on both sides.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::active_set::ActiveRules;
use super::event::Event;
use super::event_json::EventReading;
use super::snapshot::StateReading;
use super::state_replay::StateReplay;
use super::transition::{EpochState, EpochTable, Transition};
use crate::encoding::committable::Commitment;
use crate::ordered::OrderedMap;
use crate::rejection::{Rejected, Rejection};

/// What a derivation has to lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Goal {
    /// The hash that the registrations have to have.
    pub hash: Commitment,
    /// Which of the registered sign.
    pub rules: ActiveRules,
}

/// Something to derive. Events are what `light-client/stake-table/:epoch` serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job<'a> {
    /// The table of an epoch from the registrations of the epoch before.
    Advance {
        /// The number of the registrations; none before the first dynamic epoch.
        state: Option<u32>,
        /// The epoch whose events these are.
        epoch: u64,
        /// Its events.
        events: &'a [u8],
        /// What they lead to.
        goal: Goal,
    },
    /// One more epoch on the way to a table whose hash is trusted, from the first dynamic epoch on.
    Replay {
        /// The first dynamic epoch. Its events begin the replay anew.
        first: u64,
        /// The epoch whose events these are.
        epoch: u64,
        /// The epoch whose registrations have the goal's hash.
        target: u64,
        /// The events.
        events: &'a [u8],
        /// What they lead to in the end.
        goal: Goal,
    },
    /// The table of registrations that were kept.
    Load {
        /// Their epoch.
        epoch: u64,
        /// What [`Derive::registrations`] gave.
        registrations: &'a [u8],
        /// The hash that they have to have.
        goal: Goal,
    },
}

/// What a job came to.
#[derive(Clone, Debug)]
pub enum Derived {
    /// The events of the job are read, and the job goes on: an error before was about their form, one
    /// after is about what they say.
    Read,
    /// The events of one epoch of a replay were applied; the next one's are needed.
    Applied,
    /// The table, whose registrations have the goal's hash.
    Table(Box<DerivedTable>),
}

/// A table and what it came from.
#[derive(Clone, Debug)]
pub struct DerivedTable {
    /// The number of the registrations.
    pub state: u32,
    /// Their hash.
    pub hash: Commitment,
    /// The table.
    pub table: EpochTable,
}

/// Derives tables, one job at a time.
pub trait Derive {
    /// Begins a job, in the place of one that was under way. Registrations whose numbers are neither in
    /// the job nor among those to keep are forgotten.
    ///
    /// # Errors
    /// `stake_table.epoch` out of turn; `json.size`.
    fn begin(&mut self, job: Job<'_>, keep: &[u32]) -> Result<(), Rejected>;

    /// Works for about `budget` units. What the job came to, once it is done; nothing without a job.
    ///
    /// # Errors
    /// Before the events are read what is wrong with their form: `json.*`, `stake_table.event_kind`,
    /// `stake_table.event_limit` and others of reading them. After that the fatal faults of events,
    /// `stake_table.hash`, `stake_table.nobody_active`; a replay begins anew then. `stake_table.state_form`
    /// and `stake_table.hash` for registrations that were kept.
    fn step(&mut self, budget: u32) -> Result<Option<Derived>, Rejected>;

    /// Units of work left for the job at hand, about.
    fn remaining(&self) -> u32;

    /// Registrations as bytes to be kept.
    fn registrations(&self, state: u32) -> Option<Vec<u8>>;
}

#[derive(Debug)]
enum Work {
    Reading { events: EventReading, then: Then },
    Advance { previous: Arc<EpochState>, transition: Box<Transition> },
    Replay { rules: ActiveRules },
    Load { epoch: u64, reading: Box<StateReading>, goal: Goal },
}

/// What events are read for.
#[derive(Debug)]
enum Then {
    Advance { previous: Arc<EpochState>, goal: Goal },
    Replay { rules: ActiveRules },
}

/// Derives tables here and now.
#[derive(Debug)]
pub struct Deriver {
    entropy: Vec<u8>,
    states: OrderedMap<u32, Arc<EpochState>>,
    last: u32,
    replay: Option<StateReplay>,
    work: Option<Work>,
}

impl Deriver {
    /// A deriver that knows no registrations. Entropy makes the weights of batched proofs of possession
    /// unpredictable.
    pub fn new(entropy: &[u8]) -> Self {
        Self { entropy: entropy.to_vec(), states: OrderedMap::new(), last: 0, replay: None, work: None }
    }

    fn reach(&mut self, state: EpochState, table: EpochTable) -> Derived {
        self.last = self.last.wrapping_add(1);
        let hash = *state.hash();
        self.states.insert(self.last, Arc::new(state));
        Derived::Table(Box::new(DerivedTable { state: self.last, hash, table }))
    }

    /// Events are read: what they are for begins.
    fn turn_to(&mut self, events: Vec<Event>, then: Then) -> Result<Work, Rejected> {
        match (then, &mut self.replay) {
            (Then::Advance { previous, goal }, _) => {
                let transition = Transition::new(&previous, events, goal.hash, goal.rules, &self.entropy)?;
                Ok(Work::Advance { previous, transition: Box::new(transition) })
            }
            (Then::Replay { rules }, Some(replay)) => {
                replay.offer_events(events)?;
                Ok(Work::Replay { rules })
            }
            (Then::Replay { .. }, None) => Err(Rejection::StakeTableEpoch.bare()),
        }
    }

    fn step_replay(&mut self, rules: ActiveRules, budget: u32) -> Result<Option<Derived>, Rejected> {
        let Some(replay) = &mut self.replay else { return Ok(None) };
        match replay.step(budget)? {
            Some(state) => {
                self.replay = None;
                let table = state.table(rules)?;
                Ok(Some(self.reach(state, table)))
            }
            None if replay.is_working() => {
                self.work = Some(Work::Replay { rules });
                Ok(None)
            }
            None => Ok(Some(Derived::Applied)),
        }
    }
}

impl Derive for Deriver {
    fn begin(&mut self, job: Job<'_>, keep: &[u32]) -> Result<(), Rejected> {
        self.work = None;
        let previous = match job {
            Job::Advance { state: Some(number), .. } => self.states.get(&number).cloned(),
            Job::Advance { state: None, epoch, .. } => Some(Arc::new(EpochState::before(epoch))),
            _ => None,
        };
        self.states.retain(|number, _| keep.contains(number));
        self.work = Some(match job {
            Job::Advance { state, epoch, events, goal } => {
                if let (Some(number), Some(previous)) = (state, &previous) {
                    self.states.insert(number, Arc::clone(previous));
                }
                let previous = previous
                    .filter(|previous| previous.epoch().saturating_add(1) == epoch)
                    .ok_or_else(|| Rejection::StakeTableEpoch.with(epoch, "an epoch after one that is known"))?;
                Work::Reading { events: EventReading::new(events)?, then: Then::Advance { previous, goal } }
            }
            Job::Replay { first, epoch, target, events, goal } => {
                let replay = match self.replay.take().filter(|_| epoch != first) {
                    Some(replay) => replay,
                    None => StateReplay::new(first, target, goal.hash, &self.entropy)?,
                };
                let in_turn = Rejection::StakeTableEpoch.unless_equal(epoch, replay.next_epoch());
                self.replay = Some(replay);
                in_turn?;
                Work::Reading { events: EventReading::new(events)?, then: Then::Replay { rules: goal.rules } }
            }
            Job::Load { epoch, registrations, goal } => {
                Work::Load { epoch, reading: Box::new(StateReading::new(registrations.to_vec())), goal }
            }
        });
        Ok(())
    }

    fn step(&mut self, budget: u32) -> Result<Option<Derived>, Rejected> {
        match self.work.take() {
            None => Ok(None),
            Some(Work::Replay { rules }) => self.step_replay(rules, budget),
            Some(Work::Load { epoch, mut reading, goal }) => match reading.step(budget)? {
                Some(registrations) => {
                    let state = EpochState::from_replay(epoch, registrations, &goal.hash)?;
                    let table = state.table(goal.rules)?;
                    Ok(Some(self.reach(state, table)))
                }
                None => {
                    self.work = Some(Work::Load { epoch, reading, goal });
                    Ok(None)
                }
            },
            Some(Work::Reading { mut events, then }) => match events.step(budget)? {
                Some(events) => {
                    self.work = Some(self.turn_to(events, then)?);
                    Ok(Some(Derived::Read))
                }
                None => {
                    self.work = Some(Work::Reading { events, then });
                    Ok(None)
                }
            },
            Some(Work::Advance { previous, mut transition }) => match transition.step(&previous, budget)? {
                Some((state, table)) => Ok(Some(self.reach(state, table))),
                None => {
                    self.work = Some(Work::Advance { previous, transition });
                    Ok(None)
                }
            },
        }
    }

    fn remaining(&self) -> u32 {
        match (&self.work, &self.replay) {
            (Some(Work::Advance { transition, .. }), _) => transition.remaining(),
            (Some(Work::Replay { .. }), Some(replay)) => replay.remaining(),
            (Some(Work::Reading { events, .. }), _) => events.remaining().saturating_add(1),
            (Some(Work::Load { reading, .. }), _) => reading.remaining(),
            _ => 0,
        }
    }

    fn registrations(&self, state: u32) -> Option<Vec<u8>> {
        self.states.get(&state).map(|state| state.registrations().to_bytes())
    }
}
