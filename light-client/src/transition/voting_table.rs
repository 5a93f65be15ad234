//! A stake table as state signatures see it: Schnorr keys and amounts, and its commitments.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use super::stake_table_state::StakeTableState;
use crate::bn254::Fr;
use crate::encoding::integer::U256;
use crate::hash::element;
use crate::hash::rescue::{self, Sponge};
use crate::ordered::sort_by;
use crate::rejection::{Operand, Rejected, Rejection};
use crate::signature::schnorr::VerificationKey;
use crate::stake_table::entry::Entry;
use crate::stake_table::table::StakeTable;

/// Rows that the commitments of today's networks cover; `stake_table_capacity` of a network.
pub const DEFAULT_CAPACITY: usize = 200;

/// The most rows that a commitment is computed over.
pub const CAPACITY_LIMIT: usize = crate::stake_table::entry::ENTRY_LIMIT;

/// The most that all stakes may add up to. Comparisons of weights in circuits stay far from the
/// field's modulus, and in natively from 128 bits: `3 · total` fits.
pub const TOTAL_LIMIT: u128 = (1 << 126) - 1;

/// One member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Key of state signatures.
    pub key: VerificationKey,
    /// Compressed BLS key.
    pub stake_key: [u8; 64],
    /// Stake.
    pub amount: u128,
}

impl Row {
    /// The row of an entry, whose BLS key has been admitted before.
    ///
    /// # Errors
    /// `state.table_key` without a Schnorr key, the refusals of one, `point.*`, and `state.table_amount`, with the
    /// entry's index.
    pub fn admit(index: usize, entry: &Entry) -> Result<Self, Rejected> {
        let name = || Operand::Text(Cow::Owned(alloc::format!("entry {index}")));
        let key = entry.state_ver_key.ok_or_else(|| Rejection::StateTableKey.with(name(), "a Schnorr key"))?;
        let key = VerificationKey::admit(&key).map_err(|rejected| rejected.found(name()))?;
        let amount = u128::try_from(entry.stake)
            .map_err(|_| Rejection::StateTableAmount.with(entry.stake, U256::from(TOTAL_LIMIT)))?;
        Ok(Self { key, stake_key: entry.stake_key.compressed(), amount })
    }
}

/// What one commitment is to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// BLS keys, three elements each; an empty row has zeros.
    BlsKeys,
    /// Schnorr keys, two elements each; an empty row has the neutral element.
    SchnorrKeys,
    /// Amounts; an empty row has zero.
    Amounts,
}

/// A table of admitted members, in the order of the stake table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VotingTable {
    rows: Vec<Row>,
    /// Row indices, sorted by key: the first row of several with one key stands first.
    by_key: Vec<([u8; 64], usize)>,
    total: u128,
    capacity: usize,
}

impl VotingTable {
    /// Admits a table of members whose BLS keys have been admitted before.
    ///
    /// # Errors
    /// `state.table_capacity`, `state.table_key` for an entry without a Schnorr key,
    /// `state.table_amount`, and the refusals of a Schnorr key, `point.*`, with the entry's index.
    pub fn admit(table: &StakeTable, capacity: usize) -> Result<Self, Rejected> {
        let rows = table.entries().iter().enumerate().map(|(index, entry)| Row::admit(index, entry));
        Self::from_rows(rows.collect::<Result<_, _>>()?, capacity)
    }

    /// A table of these rows.
    ///
    /// # Errors
    /// `state.table_capacity`, `state.table_amount`.
    pub fn from_rows(rows: Vec<Row>, capacity: usize) -> Result<Self, Rejected> {
        if rows.len() > capacity || capacity > CAPACITY_LIMIT {
            return Err(Rejection::StateTableCapacity.with(rows.len(), capacity.min(CAPACITY_LIMIT)));
        }
        let total = rows.iter().try_fold(0u128, |total, row| total.checked_add(row.amount));
        let total = match total {
            Some(total) if total > 0 && total <= TOTAL_LIMIT => total,
            _ => {
                let got = total.map_or(Operand::from("more than 128 bits"), |total| U256::from(total).into());
                return Err(Rejection::StateTableAmount.with(got, U256::from(TOTAL_LIMIT)));
            }
        };
        let mut by_key: Vec<_> = rows.iter().enumerate().map(|(index, row)| (row.key.to_bytes(), index)).collect();
        sort_by(&mut by_key, |left, right| left < right);
        by_key.dedup_by_key(|(key, _)| *key);
        Ok(Self { rows, by_key, total, capacity })
    }

    /// The members.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The sum of all amounts.
    pub const fn total(&self) -> u128 {
        self.total
    }

    /// Rows that the commitments cover, empty ones included.
    pub const fn capacity(&self) -> usize {
        self.capacity
    }

    /// The row of a key. Two rows may share a key: then its signature counts for the first of them.
    pub fn row_of(&self, key: &VerificationKey) -> Option<usize> {
        let key = key.to_bytes();
        let place = self.by_key.binary_search_by(|(other, _)| other.cmp(&key)).ok()?;
        self.by_key.get(place).map(|(_, row)| *row)
    }

    /// Whether a weight is more than two thirds of the total.
    pub const fn is_quorum(&self, weight: u128) -> bool {
        // Both are at most `TOTAL_LIMIT`, so three times either fits.
        weight <= self.total && 3 * weight > 2 * self.total
    }

    /// The least weight that is a quorum.
    pub const fn quorum(&self) -> u128 {
        2 * self.total / 3 + 1
    }

    /// The commitments to this table.
    ///
    /// Source: EspressoSystems/espresso-network `crates/hotshot/types/src/stake_table.rs`,
    /// `commitment`. Empty rows: zero amount, zero BLS key, neutral Schnorr key.
    pub fn state(&self) -> StakeTableState {
        StakeTableState {
            bls_key_comm: self.commitment(Column::BlsKeys),
            schnorr_key_comm: self.schnorr_key_comm(),
            amount_comm: self.amount_comm(),
            threshold: self.threshold(),
        }
    }

    /// Gives one row's elements of a column to its hash: at most one permutation.
    pub(super) fn absorb(&self, column: Column, row: usize, sponge: &mut Sponge) {
        let row = self.rows.get(row);
        match column {
            Column::BlsKeys => {
                let bytes = row.map_or(&[0; 64], |row| &row.stake_key);
                let (first, rest) = bytes.split_at(rescue::CHUNK);
                let (second, third) = rest.split_at(rescue::CHUNK);
                for chunk in [first, second, third] {
                    sponge.absorb(rescue::from_little_endian(chunk));
                }
            }
            Column::SchnorrKeys => {
                let point = row.map(|row| row.key.point());
                sponge.absorb(point.map_or(Fr::from(0u64), |point| point.x));
                sponge.absorb(point.map_or(Fr::from(1u64), |point| point.y));
            }
            Column::Amounts => sponge.absorb(Fr::from(row.map_or(0, |row| row.amount))),
        }
    }

    fn commitment(&self, column: Column) -> Fr {
        let mut sponge = Sponge::default();
        (0..self.capacity).for_each(|row| self.absorb(column, row, &mut sponge));
        sponge.finish()
    }

    /// The commitment to the Schnorr keys: the first public input of a transition proof.
    pub fn schnorr_key_comm(&self) -> Fr {
        self.commitment(Column::SchnorrKeys)
    }

    /// The commitment to the amounts: the second public input of a transition proof.
    pub fn amount_comm(&self) -> Fr {
        self.commitment(Column::Amounts)
    }

    /// The threshold that is committed to beside the columns.
    pub(super) const fn threshold(&self) -> u128 {
        self.total / 3 + 1
    }

    /// Refuses any other table than the committed one.
    ///
    /// # Errors
    /// `state.table_commitment`, with the first column that differs.
    pub fn expect(&self, committed: &StakeTableState) -> Result<(), Rejected> {
        let (computed, expected) = (self.state().elements(), committed.elements());
        for (computed, expected) in computed.iter().zip(&expected) {
            if computed != expected {
                return Err(
                    Rejection::StateTableCommitment.with(element::to_u256(computed), element::to_u256(expected))
                );
            }
        }
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::signature::schnorr_signing::tests::signing_key;

    /// INSECURE: a table of keys whose secrets are 1, 2, 3, …
    pub(crate) fn table(amounts: &[u128]) -> VotingTable {
        VotingTable::from_rows(rows(amounts), 8).unwrap()
    }

    fn rows(amounts: &[u128]) -> Vec<Row> {
        let row = |(secret, amount): (u64, &u128)| Row {
            key: *signing_key(secret).verification_key(),
            stake_key: [1; 64],
            amount: *amount,
        };
        (1..).zip(amounts).map(row).collect()
    }

    #[test]
    fn what_is_not_admitted() {
        let code = |amounts: &[u128], capacity| VotingTable::from_rows(rows(amounts), capacity).unwrap_err().rejection;
        assert_eq!(code(&[1, 1, 1], 2), Rejection::StateTableCapacity);
        assert_eq!(code(&[1], CAPACITY_LIMIT + 1), Rejection::StateTableCapacity);
        assert_eq!(code(&[], 8), Rejection::StateTableAmount);
        assert_eq!(code(&[0, 0], 8), Rejection::StateTableAmount);
        assert_eq!(code(&[TOTAL_LIMIT, 1], 8), Rejection::StateTableAmount);
        assert_eq!(code(&[u128::MAX, u128::MAX], 8), Rejection::StateTableAmount);
        assert_eq!(table(&[TOTAL_LIMIT - 1, 1]).total(), TOTAL_LIMIT);
    }

    #[test]
    fn quorums() {
        for total in 1..40 {
            let table = table(&[total]);
            let least = (0..=total).find(|weight| table.is_quorum(*weight)).unwrap();
            assert_eq!(least, table.quorum(), "{total}");
        }
        assert!(table(&[TOTAL_LIMIT]).is_quorum(TOTAL_LIMIT));
        assert!(!table(&[3]).is_quorum(u128::MAX), "more than there is");
    }

    #[test]
    fn a_shared_key_counts_for_its_first_row() {
        let mut rows = rows(&[1, 2, 4]);
        rows[2].key = rows[0].key;
        let table = VotingTable::from_rows(rows, 8).unwrap();
        assert_eq!(table.row_of(signing_key(1).verification_key()), Some(0));
        assert_eq!(table.row_of(signing_key(2).verification_key()), Some(1));
        assert_eq!(table.row_of(signing_key(3).verification_key()), None);
    }

    #[test]
    fn every_column_is_committed() {
        let state = table(&[1, 2, 4]).state();
        assert_eq!(state.threshold, 3);
        let changed = |change: fn(&mut Vec<Row>)| {
            let mut rows = rows(&[1, 2, 4]);
            change(&mut rows);
            VotingTable::from_rows(rows, 8).unwrap()
        };
        for table in [
            changed(|rows| rows[1].amount = 3),
            changed(|rows| rows[1].stake_key[63] ^= 1),
            changed(|rows| rows[1].key = *signing_key(9).verification_key()),
            changed(|rows| rows.swap(0, 1)),
            VotingTable::from_rows(rows(&[1, 2, 4]), 9).unwrap(),
        ] {
            assert_eq!(table.expect(&state).unwrap_err().rejection, Rejection::StateTableCommitment);
        }
        table(&[1, 2, 4]).expect(&state).unwrap();
    }
}
