//! The stake table that the contract commits to, found among all that the logs ever led to.
//!
//! Which L1 block fixed the voting table stands in a HotShot header that nobody has proven yet. So
//! the history is replayed, and every place of it is looked at whose table has the committed rows.
//! The rows are then certain. What is not committed to (registrations that do not sign, commissions)
//! may still differ between several such places: [`L1Anchor::at`] takes a hint, and a wrong hint
//! shows when the next table's hash does not match.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::consensus::epoch::Epochs;
use crate::l1::contract::Readings;
use crate::l1::reader::L1Block;
use crate::l1::word::{L1Word, members};
use crate::rejection::{Rejected, Rejection};
use crate::stake_table::active_set::ActiveRules;
use crate::stake_table::logs::PlacedEvent;
use crate::stake_table::possession::KeyChecks;
use crate::stake_table::replay::dropped_when_read;
use crate::stake_table::state::RegistrationState;
use crate::stake_table::table::StakeTable;
use crate::stake_table::transition::EpochState;
use crate::transition::committing::Committing;
use crate::transition::stake_table_state::StakeTableState;

/// The most places of the history that are kept: the newest ones.
const CANDIDATES_LIMIT: usize = 64;
/// How many events are applied for a unit of work.
const EVENTS_PER_UNIT: usize = 64;
/// How many validators' commitments are computed for a unit of work.
const VALIDATORS_PER_UNIT: usize = 16;

/// A stretch of L1 blocks after which the table is the committed one.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The first L1 block of the stretch.
    pub from: u64,
    /// The last one.
    pub until: u64,
    /// The registrations.
    pub state: EpochState,
    /// Which rules select the committed rows from them.
    pub rules: ActiveRules,
}

/// What the contracts on L1 say about who signs.
#[derive(Clone, Debug)]
pub struct L1Anchor {
    /// The finalized L1 block at which they were read.
    pub block: L1Block,
    /// What the light client contract holds.
    pub readings: Readings,
    /// The epoch of the voting table.
    pub epoch: u64,
    /// The table, in signer order.
    pub table: StakeTable,
    candidates: Vec<Candidate>,
}

impl L1Anchor {
    /// When the contract accepted the state that says all this, in seconds since the Unix epoch: so old is
    /// what rests on it.
    pub fn date(&self) -> u64 {
        self.readings.accepted_at.min(self.block.timestamp)
    }

    /// What can be held against the tables of a client that began elsewhere.
    pub fn word(&self) -> L1Word {
        L1Word { epoch: self.epoch, date: self.date(), members: members(&self.table) }
    }

    /// The places of the history that have the committed rows, from the oldest kept one.
    pub fn candidates(&self) -> &[Candidate] {
        &self.candidates
    }

    /// The one that holds after an L1 block; without a hint, or with a wrong one, the newest.
    pub fn at(&self, l1_block: Option<u64>) -> Option<&Candidate> {
        let hinted =
            |candidate: &&Candidate| l1_block.is_some_and(|block| (candidate.from..=candidate.until).contains(&block));
        self.candidates.iter().find(hinted).or_else(|| self.candidates.last())
    }

    /// The height of the block whose `l1_finalized` fixed the table: the root two epochs before. Its
    /// header is a hint for [`Self::at`], and needs no proof.
    pub fn fixing_root(&self) -> Option<u64> {
        Epochs::new(self.readings.blocks_per_epoch)?.root(self.epoch.checked_sub(2)?)
    }
}

/// The search, in small units of work.
pub struct AnchorSearch {
    readings: Readings,
    committed: StakeTableState,
    block: L1Block,
    epoch: u64,
    capacity: usize,
    places: Vec<u64>,
    checks: Option<KeyChecks>,
    checked: Vec<crate::stake_table::possession::CheckedEvent>,
    next: usize,
    state: RegistrationState,
    candidates: Vec<Candidate>,
    looking: Option<Looking>,
    /// The table that was looked at last, and whether it is the committed one.
    judged: Option<(StakeTable, bool)>,
}

/// A look at the table after a block, whose commitments take long.
struct Looking {
    from: u64,
    until: u64,
    rules: ActiveRules,
    /// Whether other rules may still select the committed rows.
    others: &'static [ActiveRules],
    work: Work,
}

enum Work {
    Settling(RegistrationState),
    Committing(EpochState, Box<Committing>),
}

/// Rules that there are.
const RULES: &[ActiveRules] = &[ActiveRules::Staked, ActiveRules::StakedAndReachable];

impl AnchorSearch {
    /// Prepares the search.
    ///
    /// # Errors
    /// `l1.contract` for a contract that has no voting table of a dynamic epoch yet.
    pub fn new(
        readings: Readings,
        block: L1Block,
        events: Vec<PlacedEvent>,
        capacity: usize,
        entropy: &[u8],
    ) -> Result<Self, Rejected> {
        let unusable = |what: &'static str| Rejection::L1Contract.with(readings.height, what);
        let committed = readings.voting.ok_or_else(|| unusable("a voting stake table"))?;
        let epochs = Epochs::new(readings.blocks_per_epoch).ok_or_else(|| unusable("blocks per epoch"))?;
        let own = epochs.of(readings.height);
        // At the root of an epoch the contract takes the table of the next one.
        let epoch = if epochs.root(own) == Some(readings.height) { own.saturating_add(1) } else { own };
        let first_dynamic = epochs.of(readings.epoch_start_block).saturating_add(2);
        if epoch < first_dynamic || readings.height == 0 {
            return Err(Rejection::L1Contract.with(epoch, first_dynamic));
        }
        let places = events.iter().map(|placed| placed.block).collect();
        let events = events.into_iter().map(|placed| placed.event).collect();
        Ok(Self {
            readings,
            committed,
            block,
            epoch,
            capacity,
            places,
            checks: Some(KeyChecks::new(events, entropy)?),
            checked: Vec::new(),
            next: 0,
            state: RegistrationState::default(),
            candidates: Vec::new(),
            looking: None,
            judged: None,
        })
    }

    /// Units of work left, about.
    pub fn remaining(&self) -> u32 {
        let events = self.places.len().saturating_sub(self.next) / EVENTS_PER_UNIT;
        let checks = self.checks.as_ref().map_or(0, KeyChecks::remaining);
        let looking = self.looking.as_ref().map_or(0, |looking| match &looking.work {
            Work::Settling(_) => 1,
            Work::Committing(_, committing) => committing.remaining(),
        });
        let events = u32::try_from(events).unwrap_or(u32::MAX);
        checks.saturating_add(events).saturating_add(looking).saturating_add(1)
    }

    /// Does about `budget` units of work.
    ///
    /// # Errors
    /// `l1.table`, and the fatal faults of events: then the logs are not the contract's.
    pub fn step(&mut self, budget: u32) -> Result<Option<L1Anchor>, Rejected> {
        if let Some(checks) = &mut self.checks {
            let Some(checked) = checks.step(budget.max(1)) else { return Ok(None) };
            self.checks = None;
            self.checked = checked;
            return Ok(None);
        }
        if let Some(looking) = self.looking.take() {
            self.go_on_looking(looking, budget.max(1))?;
            return Ok(None);
        }
        let most = usize::try_from(budget.max(1)).unwrap_or(usize::MAX).saturating_mul(EVENTS_PER_UNIT);
        for _ in 0..most {
            let (Some(checked), Some(place)) = (self.checked.get(self.next), self.places.get(self.next).copied())
            else {
                return self.finish().map(Some);
            };
            if !dropped_when_read(checked) {
                self.state.apply(checked)?;
            }
            self.next = self.next.saturating_add(1);
            let until = match self.places.get(self.next) {
                Some(next) if *next == place => continue,
                Some(next) => next.saturating_sub(1),
                None => self.block.number,
            };
            self.look(place, until, RULES);
            if self.looking.is_some() {
                break;
            }
        }
        Ok(None)
    }

    /// Looks whether the table after a block is the committed one. Its threshold alone tells most
    /// others apart, so that the hashes are seldom computed.
    fn look(&mut self, from: u64, until: u64, mut rules: &'static [ActiveRules]) {
        while let [first, others @ ..] = rules {
            rules = others;
            let Ok(active) = self.state.active_set(*first) else { continue };
            let mut stakes = active.validators().iter().map(|(_, validator)| validator.stake);
            let total = stakes.try_fold(0u128, |sum, stake| sum.checked_add(u128::try_from(stake).ok()?));
            if total.is_some_and(|total| total / 3 + 1 == self.committed.threshold) {
                let work = Work::Settling(self.state.clone());
                self.looking = Some(Looking { from, until, rules: *first, others, work });
                return;
            }
        }
    }

    fn go_on_looking(&mut self, mut looking: Looking, budget: u32) -> Result<(), Rejected> {
        let (state, found) = match looking.work {
            Work::Settling(mut registrations) => {
                let most = usize::try_from(budget).unwrap_or(usize::MAX).saturating_mul(VALIDATORS_PER_UNIT);
                if !registrations.settle_some(most) {
                    looking.work = Work::Settling(registrations);
                    self.looking = Some(looking);
                    return Ok(());
                }
                let hash = registrations.hash();
                let state = EpochState::from_replay(self.epoch, registrations, &hash)?;
                let table = state.table(looking.rules)?.table;
                match &self.judged {
                    // Most events change no row.
                    Some((judged, found)) if *judged == table => (state, *found),
                    _ => {
                        looking.work = Work::Committing(state, Box::new(Committing::new(table, self.capacity)));
                        self.looking = Some(looking);
                        return Ok(());
                    }
                }
            }
            Work::Committing(state, mut committing) => {
                let Some(computed) = committing.step(budget)? else {
                    looking.work = Work::Committing(state, committing);
                    self.looking = Some(looking);
                    return Ok(());
                };
                let found = computed == self.committed;
                self.judged = Some((committing.table().clone(), found));
                (state, found)
            }
        };
        let Looking { from, until, rules, others, .. } = looking;
        if !found {
            self.look(from, until, others);
            return Ok(());
        }
        if self.candidates.len() >= CANDIDATES_LIMIT {
            self.candidates.remove(0);
        }
        self.candidates.push(Candidate { from, until, state, rules });
        Ok(())
    }

    fn finish(&mut self) -> Result<L1Anchor, Rejected> {
        let candidates = core::mem::take(&mut self.candidates);
        let newest = candidates.last().ok_or_else(|| {
            Rejection::L1Table.with(self.places.len(), "events that lead to the table the contract commits to")
        })?;
        let table = newest.state.table(newest.rules)?.table;
        Ok(L1Anchor { block: self.block, readings: self.readings, epoch: self.epoch, table, candidates })
    }
}
