//! Reports of what a block holds that are made in units of a bounded amount of work: a namespace can have
//! millions of transactions.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::data::namespace_payload::{NamespaceTransaction, TransactionCursor};
use crate::data::namespace_proof::NamespaceVerification;
use crate::data::namespace_reader::NamespaceReader;
use crate::data::payload::{PayloadVerification, VerifiedPayload};
use crate::data::report::{NamespaceReport, PayloadReport};
use crate::rejection::{Rejected, Rejection};

/// The check and the reading of one namespace.
#[derive(Clone, Debug)]
pub struct NamespaceReporting(State);

#[derive(Clone, Debug)]
enum State {
    Proving(Box<NamespaceVerification>),
    Reading(NamespaceReader),
    Read(NamespaceReader),
    /// After an error and after the end.
    Spent,
}

impl NamespaceReporting {
    /// A report of what is being proven.
    pub fn new(verification: NamespaceVerification) -> Self {
        Self(State::Proving(Box::new(verification)))
    }

    /// Does at most `budget` units of work; whether there is more to do. `read` gets transactions, all of
    /// them proven.
    ///
    /// # Errors
    /// Those of [`NamespaceVerification::finish`].
    pub fn step(&mut self, budget: usize, mut read: impl FnMut(&NamespaceTransaction<'_>)) -> Result<bool, Rejected> {
        let mut read = |transaction: &NamespaceTransaction<'_>| {
            read(transaction);
            true
        };
        self.0 = match core::mem::replace(&mut self.0, State::Spent) {
            State::Proving(mut verification) => match verification.remaining() {
                // The end is a unit of its own.
                0 => State::Reading(verification.finish()?.into()),
                _ => {
                    verification.step(budget);
                    State::Proving(verification)
                }
            },
            State::Reading(mut reader) => match reader.step(budget, &mut read) {
                true => State::Reading(reader),
                false => State::Read(reader),
            },
            state => state,
        };
        Ok(matches!(self.0, State::Proving(_) | State::Reading(_)))
    }

    /// Does what is left, and gives the report without its transactions, which went to `read`.
    ///
    /// # Errors
    /// Those of [`Self::step`], and `scan.answer` after an error and at a second call.
    pub fn finish(&mut self, mut read: impl FnMut(&NamespaceTransaction<'_>)) -> Result<NamespaceReport, Rejected> {
        while self.step(usize::MAX, &mut read)? {}
        match core::mem::replace(&mut self.0, State::Spent) {
            State::Read(reader) => Ok(NamespaceReport::new(reader.namespace(), Vec::new())),
            _ => Err(Rejection::ScanAnswer.bare()),
        }
    }
}

/// The check and the reading of a whole payload.
#[derive(Clone, Debug)]
pub struct PayloadReporting(PayloadState);

#[derive(Clone, Debug)]
enum PayloadState {
    Proving(Box<PayloadVerification>),
    Reading(PayloadReader),
    Read(PayloadReader),
    /// After an error and after the end.
    Spent,
}

/// A proven payload that is being read.
#[derive(Clone, Debug)]
struct PayloadReader {
    payload: VerifiedPayload,
    report: PayloadReport,
    /// The place in the table of the namespace that is being read.
    index: usize,
    cursor: TransactionCursor,
}

impl PayloadReader {
    fn new(payload: VerifiedPayload) -> Self {
        let report = PayloadReport::new(&payload);
        Self { payload, report, index: 0, cursor: TransactionCursor::default() }
    }

    /// Reads at most `budget` transactions; whether there are more.
    fn step(&mut self, budget: usize, mut read: impl FnMut(u32, &NamespaceTransaction<'_>)) -> bool {
        for _ in 0..budget {
            let Some(entry) = self.report.namespaces.get(self.index) else { return false };
            let transactions = self.payload.transactions(u64::from(entry.namespace));
            match self.cursor.advance(transactions).filter(|_| entry.transactions.is_some()) {
                Some(transaction) => read(entry.namespace, &transaction),
                None => (self.index, self.cursor) = (self.index + 1, TransactionCursor::default()),
            }
        }
        self.index < self.report.namespaces.len()
    }
}

impl PayloadReporting {
    /// A report of what is being proven.
    pub fn new(verification: PayloadVerification) -> Self {
        Self(PayloadState::Proving(Box::new(verification)))
    }

    /// Does at most `budget` units of work; whether there is more to do. `read` gets transactions with
    /// their namespace, all of them proven.
    ///
    /// # Errors
    /// Those of [`PayloadVerification::finish`].
    pub fn step(&mut self, budget: usize, read: impl FnMut(u32, &NamespaceTransaction<'_>)) -> Result<bool, Rejected> {
        self.0 = match core::mem::replace(&mut self.0, PayloadState::Spent) {
            PayloadState::Proving(mut verification) => match verification.step(budget)? {
                true => PayloadState::Reading(PayloadReader::new(verification.finish()?)),
                false => PayloadState::Proving(verification),
            },
            PayloadState::Reading(mut reader) => match reader.step(budget, read) {
                true => PayloadState::Reading(reader),
                false => PayloadState::Read(reader),
            },
            state => state,
        };
        Ok(matches!(self.0, PayloadState::Proving(_) | PayloadState::Reading(_)))
    }

    /// Does what is left, and gives the payload, and its report without transactions, which went to
    /// `read`: an empty list of them where they were read.
    ///
    /// # Errors
    /// Those of [`Self::step`], and `scan.answer` after an error and at a second call.
    pub fn finish(
        &mut self,
        mut read: impl FnMut(u32, &NamespaceTransaction<'_>),
    ) -> Result<(PayloadReport, VerifiedPayload), Rejected> {
        while self.step(usize::MAX, &mut read)? {}
        match core::mem::replace(&mut self.0, PayloadState::Spent) {
            PayloadState::Read(reader) => Ok((reader.report, reader.payload)),
            _ => Err(Rejection::ScanAnswer.bare()),
        }
    }
}
