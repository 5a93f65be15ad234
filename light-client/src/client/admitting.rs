//! Admits the stake tables that the network file pins, key by key.

use alloc::collections::VecDeque;
use alloc::sync::Arc;

use crate::client::network::Network;
use crate::consensus::tables::EpochTables;
use crate::rejection::Rejected;
use crate::stake_table::admission::{Admission, AdmissionStep};
use crate::stake_table::table::StakeTable;

/// Tables on their way to being admitted: the first epoch each serves, none for the static table.
pub(super) struct Admitting {
    tables: EpochTables,
    queue: VecDeque<(Option<u64>, Admission)>,
}

impl Admitting {
    /// Begins with the static table, if it is pinned, and goes on with the later ones.
    pub(super) fn new(network: &Network) -> Result<Self, Rejected> {
        let first_dynamic = network.first_dynamic_epoch.unwrap_or(u64::MAX);
        let initial = network.stake_table.iter().map(|table| (None, table));
        let later = network.later_tables.iter().map(|table| (Some(table.from_epoch), &table.entries));
        let begin =
            |(epoch, entries): (_, &alloc::vec::Vec<_>)| Ok((epoch, StakeTable::begin_admission(entries.clone())?));
        Ok(Self {
            tables: EpochTables::without_initial(network.epochs(), first_dynamic),
            queue: initial.chain(later).map(begin).collect::<Result<_, Rejected>>()?,
        })
    }

    /// Works for about `budget` units, a unit being one key. The tables, once all are admitted.
    pub(super) fn step(&mut self, network: &Network, budget: u32) -> Result<Option<EpochTables>, Rejected> {
        if let Some((epoch, admission)) = self.queue.front_mut() {
            let table = match admission.step(budget) {
                AdmissionStep::Done(table) => Arc::new(table?),
                AdmissionStep::Pending { .. } => return Ok(None),
            };
            match *epoch {
                Some(epoch) => self.tables.insert_from(epoch, table),
                None => {
                    let first_dynamic = network.first_dynamic_epoch.unwrap_or(u64::MAX);
                    self.tables = EpochTables::new(network.epochs(), table, first_dynamic);
                }
            }
            self.queue.pop_front();
        }
        Ok(self.queue.is_empty().then(|| self.tables.clone()))
    }

    /// Units of work left.
    pub(super) fn remaining(&self) -> u32 {
        self.queue.iter().map(|(_, admission)| admission.remaining()).fold(0, u32::saturating_add)
    }
}
