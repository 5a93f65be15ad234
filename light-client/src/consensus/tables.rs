//! Which stake table signs which block. The height of the certified block decides, never what a
//! certificate says of itself: an old quorum can sign anything for its own epoch.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::consensus::epoch::Epochs;
use crate::consensus::version::Version;
use crate::rejection::{Rejected, Rejection};
use crate::stake_table::table::StakeTable;

/// The stake tables that are known, by the epochs they serve.
#[derive(Clone, Debug)]
pub struct EpochTables {
    epochs: Option<Epochs>,
    /// Serves blocks before 0.3 and every epoch below the first key of `later`. None where trust
    /// begins later than that.
    initial: Option<Arc<StakeTable>>,
    /// First epoch served, last epoch served, table; ascending. They are few: a list is enough.
    later: Vec<(u64, u64, Arc<StakeTable>)>,
    /// The initial table serves no epoch from this one on.
    first_dynamic_epoch: u64,
}

impl EpochTables {
    /// Tables of a chain whose initial table serves every epoch below `first_dynamic_epoch`
    /// (`u64::MAX` if all of them).
    pub fn new(epochs: Option<Epochs>, initial: Arc<StakeTable>, first_dynamic_epoch: u64) -> Self {
        Self { epochs, initial: Some(initial), later: Vec::new(), first_dynamic_epoch }
    }

    /// Tables of a chain whose static table is not known: only later epochs can be verified.
    pub const fn without_initial(epochs: Option<Epochs>, first_dynamic_epoch: u64) -> Self {
        Self { epochs, initial: None, later: Vec::new(), first_dynamic_epoch }
    }

    /// The tables of single epochs that are known, ascending.
    pub fn later(&self) -> impl Iterator<Item = (u64, &Arc<StakeTable>)> {
        self.later.iter().filter(|(first, last, _)| first == last).map(|(epoch, _, table)| (*epoch, table))
    }

    /// The end of the blocks from `from` on, at most `until`, whose certificates the known tables can
    /// check: transition blocks need the table of the next epoch too. With it, the epoch whose table
    /// is missing for more.
    pub fn reach(&self, from: u64, until: u64) -> (u64, Option<u64>) {
        let Some(epochs) = self.epochs else { return (until, None) };
        let mut epoch = epochs.of(from);
        loop {
            let last = epoch.saturating_mul(epochs.height());
            let first = last.saturating_sub(epochs.height()).saturating_add(1);
            if self.of_epoch(epoch).is_err() {
                return (first.clamp(from, until.max(from)), Some(epoch));
            }
            let next = epoch.saturating_add(1);
            let transition = last.saturating_sub(3);
            if until > transition && self.of_epoch(next).is_err() {
                return (transition.clamp(from, until.max(from)), Some(next));
            }
            if until <= last || epoch == u64::MAX {
                return (until, None);
            }
            epoch = next;
        }
    }

    /// The division into epochs.
    ///
    /// # Errors
    /// `epoch.height` if the chain has none.
    pub fn epochs(&self) -> Result<Epochs, Rejected> {
        self.epochs.ok_or(Rejection::EpochHeight.with(0u64, "an epoch height of at least 6"))
    }

    /// Adds the table of exactly one epoch.
    pub fn insert(&mut self, epoch: u64, table: Arc<StakeTable>) {
        self.place(epoch, epoch, table);
    }

    /// Adds a table that serves from one epoch on, until a later one is added.
    pub fn insert_from(&mut self, epoch: u64, table: Arc<StakeTable>) {
        self.place(epoch, u64::MAX, table);
    }

    fn place(&mut self, first: u64, last: u64, table: Arc<StakeTable>) {
        self.later.retain(|(other, _, _)| *other != first);
        let place = self.later.partition_point(|(other, _, _)| *other < first);
        self.later.insert(place, (first, last, table));
    }

    /// Forgets the tables of epochs before this one.
    pub fn forget_before(&mut self, epoch: u64) {
        self.later.retain(|(_, last, _)| *last >= epoch);
    }

    /// Forgets the tables of single epochs from this one on. Pinned ones stay.
    pub fn forget_from(&mut self, epoch: u64) {
        self.later.retain(|(first, last, _)| first != last || *first < epoch);
    }

    /// The table of an epoch.
    ///
    /// # Errors
    /// `epoch.table_unknown`.
    pub fn of_epoch(&self, epoch: u64) -> Result<&Arc<StakeTable>, Rejected> {
        match self.later.iter().rev().find(|(first, _, _)| *first <= epoch) {
            Some((_, last, table)) if epoch <= *last => Ok(table),
            _ if epoch < self.first_dynamic_epoch => self.initial(),
            _ => Err(Rejection::EpochTableUnknown.with(epoch, "a known epoch")),
        }
    }

    fn initial(&self) -> Result<&Arc<StakeTable>, Rejected> {
        self.initial.as_ref().ok_or(Rejection::EpochTableUnknown.with("no static table", "a static table"))
    }

    /// The table that signs a block of a version: before 0.3 the initial one, whatever the height.
    ///
    /// # Errors
    /// `epoch.height`, `epoch.table_unknown`.
    pub fn of_block(&self, version: Version, height: u64) -> Result<&Arc<StakeTable>, Rejected> {
        if version.has_epochs() { self.of_epoch(self.epochs()?.of(height)) } else { self.initial() }
    }
}
