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
    /// Serves blocks before 0.3 and every epoch below the first key of `later`.
    initial: Arc<StakeTable>,
    /// First epoch served, last epoch served, table; ascending. They are few: a list is enough.
    later: Vec<(u64, u64, Arc<StakeTable>)>,
    /// The initial table serves no epoch from this one on.
    first_dynamic_epoch: u64,
}

impl EpochTables {
    /// Tables of a chain whose initial table serves every epoch below `first_dynamic_epoch`
    /// (`u64::MAX` if all of them).
    pub fn new(epochs: Option<Epochs>, initial: Arc<StakeTable>, first_dynamic_epoch: u64) -> Self {
        Self { epochs, initial, later: Vec::new(), first_dynamic_epoch }
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

    /// The table of an epoch.
    ///
    /// # Errors
    /// `epoch.table_unknown`.
    pub fn of_epoch(&self, epoch: u64) -> Result<&Arc<StakeTable>, Rejected> {
        match self.later.iter().rev().find(|(first, _, _)| *first <= epoch) {
            Some((_, last, table)) if epoch <= *last => Ok(table),
            _ if epoch < self.first_dynamic_epoch => Ok(&self.initial),
            _ => Err(Rejection::EpochTableUnknown.with(epoch, "a known epoch")),
        }
    }

    /// The table that signs a block of a version: before 0.3 the initial one, whatever the height.
    ///
    /// # Errors
    /// `epoch.height`, `epoch.table_unknown`.
    pub fn of_block(&self, version: Version, height: u64) -> Result<&Arc<StakeTable>, Rejected> {
        if version.has_epochs() { self.of_epoch(self.epochs()?.of(height)) } else { Ok(&self.initial) }
    }
}
