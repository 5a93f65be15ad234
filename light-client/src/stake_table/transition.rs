//! From the table of one epoch to that of the next.
//!
//! The events of epoch n turn the state of epoch n − 1 into that of n; the header of the root of
//! epoch n − 1, final under table n − 1 alone, carries the hash that the new state has to have.
//! Nothing is verified by table n before this hash has matched. Source:
//! EspressoSystems/espresso-network `light-client/src/state.rs` and, for the version that selects the
//! active set, `crates/espresso/types/src/v0/impls/stake_table.rs`.
//!
//! The events themselves need no authority: one omitted, invented or moved changes the hash. Their
//! order of registration is the one thing that the hash leaves open, and signatures decide it.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::active_set::{ActiveRules, vid_total_weight};
use super::applying::Applying;
use super::entry::Entry;
use super::event::Event;
use super::possession::KeyChecks;
use super::state::RegistrationState;
use super::table::StakeTable;
use crate::encoding::committable::Commitment;
use crate::rejection::{Rejected, Rejection};

/// How many blocks before the end of its epoch the root of an epoch lies.
const ROOT_DISTANCE: u64 = 5;

/// The height of an epoch's root: the block whose header fixes the hash of the next epoch's table.
///
/// `None` without epochs, for epochs too short to have one, or beyond 64 bits. Source:
/// EspressoSystems/espresso-network `crates/hotshot/types/src/utils.rs`
/// (`root_block_in_epoch`).
pub fn epoch_root(epoch: u64, epoch_height: u64) -> Option<u64> {
    if epoch_height <= ROOT_DISTANCE || epoch == 0 {
        return None;
    }
    epoch.checked_mul(epoch_height)?.checked_sub(ROOT_DISTANCE)
}

/// The registrations as they stand for one epoch.
#[derive(Clone, Debug)]
pub struct EpochState {
    epoch: u64,
    hash: Commitment,
    registrations: RegistrationState,
}

impl EpochState {
    /// The empty state before the first dynamic table. The first epoch with a dynamic table is two
    /// epochs after the first epoch of protocol 0.3, and its table is built from all events of the
    /// contract, not from the static table.
    pub fn before(first_dynamic_epoch: u64) -> Self {
        let registrations = RegistrationState::default();
        Self { epoch: first_dynamic_epoch.saturating_sub(1), hash: registrations.hash(), registrations }
    }

    /// Takes up the stored state of an epoch, against the hash that is trusted for it.
    ///
    /// # Errors
    /// `stake_table.state_form`, `stake_table.hash`.
    pub fn from_bytes(epoch: u64, bytes: &[u8], hash: &Commitment) -> Result<Self, Rejected> {
        Ok(Self { epoch, hash: *hash, registrations: RegistrationState::from_bytes(bytes, hash)? })
    }

    /// Takes up a state that was replayed from L1, as the state of an epoch.
    ///
    /// # Errors
    /// `stake_table.hash` if it is not the trusted one.
    pub fn from_replay(epoch: u64, registrations: RegistrationState, hash: &Commitment) -> Result<Self, Rejected> {
        Rejection::StakeTableHash.unless_equal(registrations.hash(), *hash)?;
        Ok(Self { epoch, hash: *hash, registrations })
    }

    /// The epoch whose table this state gives.
    pub const fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The state's hash.
    pub const fn hash(&self) -> &Commitment {
        &self.hash
    }

    /// Who is registered.
    pub const fn registrations(&self) -> &RegistrationState {
        &self.registrations
    }

    /// The active validators as a table that certificates are checked against.
    ///
    /// `rules` are those of the protocol version of the root two epochs before.
    ///
    /// # Errors
    /// `stake_table.nobody_active`, `stake_table.total`.
    pub fn table(&self, rules: ActiveRules) -> Result<EpochTable, Rejected> {
        let active = self.registrations.active_set(rules)?;
        let entries: Vec<_> = active
            .validators()
            .iter()
            .filter_map(|(account, validator)| {
                // The rules admit no validator without keys.
                Some(Entry {
                    stake_key: validator.bls_key?,
                    state_ver_key: validator.schnorr_key.as_ref().map(|key| key.to_bytes()),
                    stake: validator.stake,
                    account: Some(**account),
                })
            })
            .collect();
        let vid_total_weight = vid_total_weight(entries.iter().map(|entry| entry.stake))?;
        Ok(EpochTable { epoch: self.epoch, table: StakeTable::from_checked(entries)?, vid_total_weight })
    }
}

/// The table of an epoch.
#[derive(Clone, Debug)]
pub struct EpochTable {
    /// The epoch.
    pub epoch: u64,
    /// Who signs.
    pub table: StakeTable,
    /// The total weight that VID shares of the epoch's blocks are dealt out by.
    pub vid_total_weight: u64,
}

/// What decides whether a new state is the right one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authority {
    /// The header of the root of the epoch before, final under the table of that epoch alone. To
    /// have checked that is the caller's part.
    FinalRoot {
        /// The header's height.
        height: u64,
        /// The header's `next_stake_table_hash`.
        next_stake_table_hash: Option<Commitment>,
    },
    /// A hash pinned by the user. The roots of protocol 0.3 carry none, so that a table which
    /// follows one can be had in no other way.
    Pinned(Commitment),
}

impl Authority {
    /// The hash that the registrations of the epoch after `previous` have to have.
    ///
    /// # Errors
    /// `stake_table.root` if the header is not at the root of the previous epoch,
    /// `stake_table.hash_missing` if it carries no hash.
    pub fn hash(&self, previous: u64, epoch_height: u64) -> Result<Commitment, Rejected> {
        match self {
            Self::FinalRoot { height, next_stake_table_hash } => {
                let root = epoch_root(previous, epoch_height);
                let root = root.ok_or_else(|| Rejection::StakeTableRoot.with(*height, "an epoch with a root"))?;
                Rejection::StakeTableRoot.unless_equal(*height, root)?;
                next_stake_table_hash.ok_or_else(|| Rejection::StakeTableHashMissing.with(*height, "a hash"))
            }
            Self::Pinned(hash) => Ok(*hash),
        }
    }
}

/// The change from one epoch's state to the next one's, in small units of work.
#[derive(Debug)]
pub struct Transition {
    epoch: u64,
    expected: Commitment,
    rules: ActiveRules,
    work: Work,
}

/// What a change is at.
#[derive(Debug)]
enum Work {
    Checking(Box<KeyChecks>),
    Applying(Applying),
}

impl Transition {
    /// Prepares the change from `previous` to the next epoch by that epoch's events, which have to lead
    /// to the hash that an [`Authority`] gives.
    ///
    /// # Errors
    /// `stake_table.event_limit`.
    pub fn new(
        previous: &EpochState,
        events: Vec<Event>,
        expected: Commitment,
        rules: ActiveRules,
        entropy: &[u8],
    ) -> Result<Self, Rejected> {
        let work = Work::Checking(Box::new(KeyChecks::new(events, entropy)?));
        Ok(Self { epoch: previous.epoch.saturating_add(1), expected, rules, work })
    }

    /// Works for at most `budget` units; the new epoch's state and table once its hash has matched.
    ///
    /// `previous` has to be the state that the change was prepared for. It is not touched.
    ///
    /// # Errors
    /// The fatal faults of [`RegistrationState::apply`], `stake_table.hash`, and those of
    /// [`EpochState::table`].
    pub fn step(&mut self, previous: &EpochState, budget: u32) -> Result<Option<(EpochState, EpochTable)>, Rejected> {
        let registrations = match &mut self.work {
            Work::Checking(checks) => {
                let Some(checked) = checks.step(budget) else { return Ok(None) };
                Rejection::StakeTableEpoch.unless_equal(previous.epoch.saturating_add(1), self.epoch)?;
                self.work = Work::Applying(Applying::new(previous.registrations.clone(), checked));
                return Ok(None);
            }
            Work::Applying(applying) => match applying.step(budget)? {
                Some(registrations) => registrations,
                None => return Ok(None),
            },
        };
        let state = EpochState::from_replay(self.epoch, registrations, &self.expected)?;
        let table = state.table(self.rules)?;
        Ok(Some((state, table)))
    }

    /// The epoch whose table this makes.
    pub const fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Units of work left, about.
    pub fn remaining(&self) -> u32 {
        match &self.work {
            Work::Checking(checks) => checks.remaining().saturating_add(1),
            Work::Applying(applying) => applying.remaining(),
        }
    }
}
