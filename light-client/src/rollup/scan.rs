//! The wallet's question: is my L2 transaction final, and is it the rollup's?
//!
//! A scan asks for verified headers from the top of the range down, in stretches that a provider
//! allows, and for the namespace of every block that has it. A hint of a height is tried first; it
//! costs a request and is not believed. No I/O is done here: a driver fetches what
//! [`Scan::request`] names, hands the bytes to [`Scan::respond`], calls [`Scan::step`] while there is
//! something to compute, reports progress, and may stop at any time and take what
//! [`Scan::verdict`] says so far.

use core::ops::RangeInclusive;

use crate::consensus::header::Header;
use crate::consensus::verified::Verified;
use crate::data::block::BlockContext;
use crate::data::namespace_prover::{LocalProver, NamespaceProver};
use crate::data::namespace_reader::NamespaceReader;
use crate::data::vid::parameters::{ParameterSource, VidParameters};
use crate::encoding::committable::Commitment;
use crate::encoding::json::parse;
use crate::rejection::{Rejected, Rejection};
use crate::rollup::config::RollupConfig;
use crate::rollup::l2_transactions::TransactionHash;
use crate::rollup::message::MessageReading;
use crate::rollup::verdict::{Ledger, Verdict};
use crate::rollup::walk::{ScanRequest, Walk};

/// A scan for one L2 transaction.
#[derive(Clone, Debug)]
pub struct Scan<P = LocalProver> {
    config: RollupConfig,
    transaction: TransactionHash,
    walk: Walk,
    prover: P,
    /// The namespace of the block at hand.
    reading: Option<Reading>,
    /// The messages of the transaction at hand.
    messages: MessageReading,
    ledger: Ledger,
    served_parameters: bool,
    refused_transactions: u64,
}

/// What is done with the namespace of a block.
#[derive(Clone, Debug)]
enum Reading {
    /// The prover recomputes its commitment. What is read only once it is proven.
    Proving,
    /// Its transactions are being read.
    Proven(NamespaceReader),
}

impl Scan {
    /// A scan of heights `asked`, whose end is at most that of `tip`, a final header with the
    /// commitment of its leaf.
    ///
    /// # Errors
    /// `scan.range` for an empty range and one beyond the tip.
    pub fn new(
        config: RollupConfig,
        transaction: TransactionHash,
        asked: RangeInclusive<u64>,
        tip: (Verified<Header>, Commitment),
        hint: Option<u64>,
    ) -> Result<Self, Rejected> {
        Self::with_prover(config, transaction, asked, tip, hint, LocalProver::default())
    }
}

impl<P: NamespaceProver> Scan<P> {
    /// As [`Scan::new`], with namespaces proven by `prover`.
    ///
    /// # Errors
    /// Those of [`Scan::new`].
    pub fn with_prover(
        config: RollupConfig,
        transaction: TransactionHash,
        asked: RangeInclusive<u64>,
        tip: (Verified<Header>, Commitment),
        hint: Option<u64>,
        prover: P,
    ) -> Result<Self, Rejected> {
        Ok(Self {
            config,
            transaction,
            walk: Walk::new(asked, tip, hint)?,
            prover,
            reading: None,
            messages: MessageReading::default(),
            ledger: Ledger::default(),
            served_parameters: false,
            refused_transactions: 0,
        })
    }

    /// How many leaves to ask for at once: the provider's `small_object_range_limit`.
    pub const fn set_stretch(&mut self, leaves: u64) {
        self.walk.set_stretch(leaves);
    }

    /// What is needed next; `None` while there is something to compute, and once the whole range was
    /// read.
    pub fn request(&self) -> Option<ScanRequest> {
        if self.reading.is_some() {
            return None;
        }
        let namespace = self.config.namespace;
        let read = self.walk.block().map(|block| ScanRequest::Namespace { height: block.height(), namespace });
        read.or_else(|| self.walk.request())
    }

    /// Takes the answer to [`Self::request`]. `parameters` gives those of a block whose stake table is
    /// known; without them the number of shares is taken from the answer, and the result says so.
    ///
    /// # Errors
    /// Whatever is wrong with the answer; the scan is as before, to ask another provider.
    /// `scan.answer` if nothing was asked.
    pub fn respond(
        &mut self,
        body: &[u8],
        parameters: impl FnOnce(&BlockContext) -> Option<VidParameters>,
    ) -> Result<(), Rejected> {
        let id = u64::from(self.config.namespace);
        match (self.request(), self.walk.block()) {
            (Some(ScanRequest::Namespace { .. }), Some(block)) => {
                self.prover.begin(block, id, body, parameters(block).as_ref())?;
                self.reading = Some(Reading::Proving);
                Ok(())
            }
            (Some(_), None) => self.walk.respond(&parse(body)?, |block| block.namespace_table().find(id).is_some()),
            _ => Err(Rejection::ScanAnswer.bare()),
        }
    }

    /// Whether there is something to compute: [`Self::step`] does it.
    pub const fn is_working(&self) -> bool {
        self.reading.is_some()
    }

    /// Does at most `budget` units of work on the namespace at hand.
    ///
    /// # Errors
    /// `vid.commitment` and others of [`NamespaceProver::step`]; the scan is as before the answer, to ask
    /// another provider.
    pub fn step(&mut self, budget: usize) -> Result<(), Rejected> {
        let (Some(reading), Some(block)) = (self.reading.take(), self.walk.block()) else { return Ok(()) };
        let mut reader = match reading {
            Reading::Proving => {
                let proven = self.prover.step(budget)?;
                self.reading = Some(proven.map_or(Reading::Proving, |proven| Reading::Proven(proven.into())));
                return Ok(());
            }
            Reading::Proven(reader) => reader,
        };
        let more = reader.step(budget, |transaction| {
            match self.messages.step(&self.config, block, transaction) {
                Ok(None) => return false,
                Ok(Some(messages)) => messages.iter().for_each(|message| self.ledger.add(message, &self.transaction)),
                Err(_) => self.refused_transactions = self.refused_transactions.saturating_add(1),
            }
            self.messages = MessageReading::default();
            true
        });
        if more {
            self.reading = Some(Reading::Proven(reader));
        } else {
            self.served_parameters |= reader.namespace().parameter_source() == Some(ParameterSource::Served);
            self.walk.pass();
        }
        Ok(())
    }

    /// The provider does not have what was asked. Only a hint can be given up.
    pub fn missing(&mut self) {
        if !self.is_working() {
            self.walk.missing();
        }
    }

    /// The range that was asked about.
    pub const fn asked(&self) -> &RangeInclusive<u64> {
        self.walk.asked()
    }

    /// The range that was read without gaps so far.
    pub fn verified(&self) -> Option<RangeInclusive<u64>> {
        self.walk.verified()
    }

    /// How many heights of the range were read, and how many it has.
    pub fn progress(&self) -> (u64, u64) {
        self.walk.progress()
    }

    /// What is shown so far.
    pub fn verdict(&self) -> Verdict {
        self.ledger.verdict(&self.config, self.verified().as_ref(), self.walk.asked())
    }

    /// Whether the number of shares of some block came from the server, because the stake table of
    /// its epoch is not known: enough for inclusion.
    pub const fn used_served_parameters(&self) -> bool {
        self.served_parameters
    }

    /// How many transactions of the namespace the rollup does not read: of no authority, or of no
    /// form of it. Anyone may post them.
    pub const fn refused_transactions(&self) -> u64 {
        self.refused_transactions
    }
}
