//! The commitments of a stake table in small steps: in WebAssembly all of them take more than a second.

use alloc::vec::Vec;

use super::stake_table_state::StakeTableState;
use super::voting_table::{Column, Row, VotingTable};
use crate::bn254::Fr;
use crate::hash::rescue::Sponge;
use crate::rejection::Rejected;
use crate::stake_table::table::StakeTable;

/// A table on its way to its commitments. A unit of work is the admission of one Schnorr key, or one row of one
/// column: at most one permutation of the hash.
#[derive(Debug)]
pub struct Committing {
    table: StakeTable,
    capacity: usize,
    rows: Vec<Row>,
    hashing: Option<Hashing>,
}

#[derive(Debug)]
struct Hashing {
    table: VotingTable,
    /// Commitments that are done: to BLS keys and to Schnorr keys.
    done: Vec<Fr>,
    row: usize,
    sponge: Sponge,
}

impl Committing {
    /// Prepares it.
    pub const fn new(table: StakeTable, capacity: usize) -> Self {
        Self { table, capacity, rows: Vec::new(), hashing: None }
    }

    /// The table.
    pub const fn table(&self) -> &StakeTable {
        &self.table
    }

    /// Units of work left.
    pub fn remaining(&self) -> u32 {
        let columns = 3usize.saturating_mul(self.capacity);
        let left = match &self.hashing {
            None => self.table.entries().len().saturating_sub(self.rows.len()).saturating_add(columns),
            Some(hashing) => {
                columns.saturating_sub(hashing.done.len().saturating_mul(self.capacity)).saturating_sub(hashing.row)
            }
        };
        u32::try_from(left).unwrap_or(u32::MAX)
    }

    /// Does at most so many units of work; the commitments, once they are there.
    ///
    /// # Errors
    /// Those of [`VotingTable::admit`].
    pub fn step(&mut self, budget: u32) -> Result<Option<StakeTableState>, Rejected> {
        for _ in 0..budget {
            if let Some(hashing) = &mut self.hashing {
                if let Some(state) = hashing.advance() {
                    return Ok(Some(state));
                }
                continue;
            }
            if let Some(entry) = self.table.entries().get(self.rows.len()) {
                self.rows.push(Row::admit(self.rows.len(), entry)?);
            } else {
                let table = VotingTable::from_rows(core::mem::take(&mut self.rows), self.capacity)?;
                self.hashing = Some(Hashing { table, done: Vec::new(), row: 0, sponge: Sponge::default() });
            }
        }
        Ok(None)
    }
}

impl Hashing {
    /// Takes one row, or ends a column.
    fn advance(&mut self) -> Option<StakeTableState> {
        let column = match self.done.as_slice() {
            [] => Column::BlsKeys,
            [_] => Column::SchnorrKeys,
            _ => Column::Amounts,
        };
        if self.row < self.table.capacity() {
            self.table.absorb(column, self.row, &mut self.sponge);
            self.row += 1;
            return None;
        }
        self.row = 0;
        let commitment = core::mem::take(&mut self.sponge).finish();
        if let [bls_key_comm, schnorr_key_comm] = *self.done {
            let threshold = self.table.threshold();
            return Some(StakeTableState { bls_key_comm, schnorr_key_comm, amount_comm: commitment, threshold });
        }
        self.done.push(commitment);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejection::Rejection;
    use crate::stake_table::active_set::ActiveRules;
    use crate::stake_table::fixture::{delegate, register_v2, state};
    use crate::stake_table::transition::EpochState;

    fn table_of(members: u8) -> StakeTable {
        let events = (1..=members).flat_map(|member| [register_v2(member.into()), delegate(9, member.into(), 5)]);
        let registrations = state(events.collect());
        let hash = registrations.hash();
        EpochState::from_replay(3, registrations, &hash).unwrap().table(ActiveRules::Staked).unwrap().table
    }

    #[test]
    fn the_same_as_at_once() {
        for (members, capacity) in [(1, 1), (3, 3), (4, 9)] {
            let table = table_of(members);
            let expected = VotingTable::admit(&table, capacity).unwrap().state();
            for budget in [1, 2, 7, 1000] {
                let mut committing = Committing::new(table.clone(), capacity);
                assert_eq!(committing.table(), &table);
                let mut last = committing.remaining();
                assert_eq!(last as usize, usize::from(members) + 3 * capacity);
                assert_eq!(committing.step(0).unwrap(), None, "nothing for nothing");
                let state = loop {
                    if let Some(state) = committing.step(budget).unwrap() {
                        break state;
                    }
                    assert!(committing.remaining() <= last);
                    last = committing.remaining();
                };
                assert_eq!(state, expected);
            }
        }
    }

    #[test]
    fn refusals_are_those_of_the_table() {
        let mut committing = Committing::new(table_of(4), 3);
        let refused = committing.step(1000).unwrap_err();
        assert_eq!(refused.rejection, Rejection::StateTableCapacity);
    }
}
