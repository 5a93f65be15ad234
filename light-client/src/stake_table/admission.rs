//! Admitting a stake table: everything that is checked once, so that certificates need not.

use alloc::borrow::Cow;
use alloc::format;
use alloc::vec::Vec;

use super::entry::{ENTRY_LIMIT, Entry, RawEntry};
use super::table::StakeTable;
use crate::encoding::integer::U256;
use crate::ordered::sort_by;
use crate::rejection::{Operand, Rejected, Rejection};
use crate::signature::bls::VerificationKey;

/// Keys that clients check for each unit of a budget: they share inversions, and take three milliseconds
/// in WebAssembly.
pub(crate) const SHARE: u32 = 32;

/// A table on its way to admission.
#[derive(Debug)]
pub struct Admission {
    raw: Vec<RawEntry>,
    /// Members of a table that was admitted before, and their keys' bytes.
    known: Vec<([u8; 128], VerificationKey)>,
    admitted: Vec<Entry>,
    outcome: Option<Rejected>,
}

/// How far an admission is.
#[derive(Debug)]
pub enum AdmissionStep {
    /// There is more to do.
    Pending {
        /// Keys left to check.
        remaining: u32,
    },
    /// The table, or why not.
    Done(Result<StakeTable, Rejected>),
}

impl Admission {
    /// Checks everything but the keys' points.
    pub(super) fn new(raw: Vec<RawEntry>) -> Result<Self, Rejected> {
        if raw.is_empty() {
            return Err(Rejection::StakeTableEmpty.bare());
        }
        if raw.len() > ENTRY_LIMIT {
            return Err(Rejection::StakeTableSize.with(raw.len(), ENTRY_LIMIT));
        }
        total_stake(&raw)?;
        // Keys have one accepted form, so equal points are equal bytes.
        let mut keys: Vec<_> = raw.iter().map(|entry| &entry.stake_key).enumerate().collect();
        sort_by(&mut keys, |left, right| (left.1, left.0) < (right.1, right.0));
        for pair in keys.windows(2) {
            if let [(first, left), (second, right)] = pair
                && left == right
            {
                return Err(Rejection::StakeTableDuplicateKey.with(entry_name(*second), entry_name(*first)));
            }
        }
        Ok(Self { admitted: Vec::with_capacity(raw.len()), raw, known: Vec::new(), outcome: None })
    }

    /// Spares the keys of members that were admitted before: the same bytes are the same key.
    #[must_use]
    pub(super) fn sparing(mut self, members: &[Entry]) -> Self {
        self.known = members.iter().map(|member| (member.stake_key.to_bytes(), member.stake_key)).collect();
        self
    }

    /// Takes over the members in front whose keys are known.
    fn take_known(&mut self) {
        while let Some(raw) = self.raw.get(self.admitted.len())
            && let Some((_, key)) = self.known.iter().find(|(bytes, _)| *bytes == raw.stake_key)
        {
            self.admitted.push(Entry::new(raw, *key));
        }
    }

    /// Checks at most `budget` keys. Larger steps cost less in total: keys of one step share work.
    ///
    /// After `Done` every further step repeats the refusal, or says that there is nothing left.
    pub fn step(&mut self, budget: u32) -> AdmissionStep {
        if let Some(rejected) = &self.outcome {
            return AdmissionStep::Done(Err(rejected.clone()));
        }
        self.take_known();
        let start = self.admitted.len();
        let rest = self.raw.get(start..).unwrap_or_default();
        let is_new = |raw: &&RawEntry| self.known.iter().all(|(bytes, _)| *bytes != raw.stake_key);
        let count = rest.iter().take_while(is_new).take(usize::try_from(budget).unwrap_or(usize::MAX)).count();
        let batch = rest.get(..count).unwrap_or_default();
        match VerificationKey::from_bytes_batch(batch.iter().map(|entry| &entry.stake_key)) {
            Ok(keys) => self.admitted.extend(batch.iter().zip(keys).map(|(raw, key)| Entry::new(raw, key))),
            Err((index, rejected)) => {
                let rejected = rejected.found(entry_name(start + index));
                self.outcome = Some(rejected.clone());
                return AdmissionStep::Done(Err(rejected));
            }
        }
        self.take_known();
        let remaining = self.raw.len() - self.admitted.len();
        if remaining > 0 {
            return AdmissionStep::Pending { remaining: u32::try_from(remaining).unwrap_or(u32::MAX) };
        }
        self.raw = Vec::new();
        let entries = core::mem::take(&mut self.admitted);
        self.outcome = Some(Rejection::StakeTableEmpty.bare());
        AdmissionStep::Done(StakeTable::from_checked(entries))
    }

    /// How many keys are left to check.
    pub fn remaining(&self) -> u32 {
        u32::try_from(self.raw.len().saturating_sub(self.admitted.len())).unwrap_or(u32::MAX)
    }

    /// Checks all keys.
    ///
    /// # Errors
    /// `point.*`, with the entry's index.
    pub fn finish(mut self) -> Result<StakeTable, Rejected> {
        loop {
            if let AdmissionStep::Done(outcome) = self.step(u32::MAX) {
                return outcome;
            }
        }
    }
}

fn entry_name(index: usize) -> Operand {
    Operand::Text(Cow::Owned(format!("entry {index}")))
}

fn total_stake(raw: &[RawEntry]) -> Result<U256, Rejected> {
    let total = raw.iter().try_fold(U256::ZERO, |total, entry| total.checked_add(entry.stake));
    match total {
        None => Err(Rejection::StakeTableTotal.with("more than 256 bits", "a total below 2^256")),
        Some(U256::ZERO) => Err(Rejection::StakeTableTotal.with(U256::ZERO, "a positive total")),
        Some(total) => Ok(total),
    }
}
