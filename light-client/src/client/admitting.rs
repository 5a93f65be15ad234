//! Admits the stake tables that the network file pins and those that were kept, key by key.

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::client::network::Network;
use crate::client::stored::StoredTables;
use crate::client::table_sync::TableSync;
use crate::consensus::tables::EpochTables;
use crate::rejection::Rejected;
use crate::stake_table::admission::{Admission, AdmissionStep, SHARE};
use crate::stake_table::entry::RawEntry;
use crate::stake_table::table::StakeTable;

/// What a table serves.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Serves {
    /// The epochs before the first dynamic one.
    Beginning,
    /// The epochs from one on.
    From(u64),
    /// One epoch, as a store says.
    Stored(u64),
}

/// Tables on their way to being admitted.
pub(super) struct Admitting {
    tables: EpochTables,
    queue: VecDeque<(Serves, Admission)>,
    /// Tables that were kept, by their epochs.
    kept: Vec<(u64, StakeTable)>,
    /// Whether the registrations that were kept are being taken up.
    loading: bool,
}

impl Admitting {
    /// Begins with the static table, if it is pinned, and goes on with the later ones and those that were
    /// kept.
    pub(super) fn new(network: &Network, stored: Option<&StoredTables>) -> Result<Self, Rejected> {
        let first_dynamic = network.first_dynamic_epoch.unwrap_or(u64::MAX);
        let initial = network.stake_table.iter().map(|table| (Serves::Beginning, table));
        let later = network.later_tables.iter().map(|table| (Serves::From(table.from_epoch), &table.entries));
        let kept = stored.into_iter().flat_map(|stored| &stored.tables);
        let kept = kept.map(|(epoch, members)| (Serves::Stored(*epoch), members));
        let begin =
            |(serves, members): (_, &Vec<RawEntry>)| Ok((serves, StakeTable::begin_admission(members.clone())?));
        Ok(Self {
            tables: EpochTables::without_initial(network.epochs(), first_dynamic),
            queue: initial.chain(later).chain(kept).map(begin).collect::<Result<_, Rejected>>()?,
            kept: Vec::new(),
            loading: false,
        })
    }

    /// Works for about `budget` units, a unit being a share of keys. The tables, once all are admitted, and the
    /// registrations among those that were kept are taken up.
    ///
    /// # Errors
    /// What is wrong with a table. What was kept is given up then.
    pub(super) fn step(
        &mut self,
        network: &Network,
        stored: &mut Option<StoredTables>,
        sync: Option<&mut TableSync>,
        budget: u32,
    ) -> Result<Option<EpochTables>, Rejected> {
        if let Some((serves, admission)) = self.queue.front_mut() {
            let admitted = match admission.step(budget.saturating_mul(SHARE)) {
                AdmissionStep::Done(table) => table,
                AdmissionStep::Pending { .. } => return Ok(None),
            };
            match (*serves, admitted) {
                (Serves::Beginning, table) => {
                    let first_dynamic = network.first_dynamic_epoch.unwrap_or(u64::MAX);
                    self.tables = EpochTables::new(network.epochs(), Arc::new(table?), first_dynamic);
                }
                (Serves::From(epoch), table) => self.tables.insert_from(epoch, Arc::new(table?)),
                (Serves::Stored(epoch), Ok(table)) => self.kept.push((epoch, table)),
                (Serves::Stored(_), Err(rejected)) => return Err(self.give_up(stored, rejected)),
            }
            self.queue.pop_front();
            // A table more is no reason to go on to the registrations at once.
            let ended = self.queue.is_empty() && stored.is_none();
            return Ok(ended.then(|| self.tables.clone()));
        }
        if let (Some(kept), Some(sync)) = (&*stored, sync) {
            match self.load(kept, sync, budget) {
                Ok(true) => *stored = None,
                Ok(false) => return Ok(None),
                Err(rejected) => return Err(self.give_up(stored, rejected)),
            }
        }
        Ok(Some(self.tables.clone()))
    }

    /// Takes up the registrations that were kept. Whether that is done.
    fn load(&mut self, kept: &StoredTables, sync: &mut TableSync, budget: u32) -> Result<bool, Rejected> {
        if !core::mem::replace(&mut self.loading, true) {
            sync.begin_load(kept.epoch(), kept.registrations(), kept.goal())?;
            return Ok(false);
        }
        let Some(newest) = sync.step_load(kept.epoch(), kept.goal(), kept.next_rules(), budget)? else {
            return Ok(false);
        };
        for (epoch, table) in core::mem::take(&mut self.kept) {
            self.tables.insert(epoch, Arc::new(table));
        }
        self.tables.insert(newest.epoch, Arc::new(newest.table));
        sync.recall(kept.signers.clone(), kept.vid_weights.clone(), kept.new_protocol);
        Ok(true)
    }

    fn give_up(&mut self, stored: &mut Option<StoredTables>, rejected: Rejected) -> Rejected {
        self.queue.retain(|(serves, _)| !matches!(serves, Serves::Stored(_)));
        *stored = None;
        rejected
    }

    /// Units of work left.
    pub(super) fn remaining(&self) -> u32 {
        self.queue.iter().map(|(_, admission)| admission.remaining()).fold(1, u32::saturating_add)
    }
}
