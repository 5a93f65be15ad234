//! The wallet's question: is my L2 transaction final, and is it the rollup's?
//!
//! A scan asks for verified headers from the top of the range down, in stretches that a provider
//! allows, and for the namespace of every block that has it. A hint of a height is tried first; it
//! costs a request and is not believed. No I/O is done here: a driver fetches what
//! [`Scan::request`] names and hands the bytes to [`Scan::respond`], reports progress, and may
//! stop at any time and take what [`Scan::verdict`] says so far.

use alloc::collections::VecDeque;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

use crate::consensus::header::Header;
use crate::consensus::tables::EpochTables;
use crate::consensus::verified::Verified;
use crate::data::block::BlockContext;
use crate::data::header_proof::verify_header;
use crate::data::leaf_range::verify_leaf_range;
use crate::data::namespace_proof::{VerifiedNamespace, verify_namespace};
use crate::data::vid::parameters::{ParameterSource, VidParameters};
use crate::encoding::committable::Commitment;
use crate::encoding::json::parse;
use crate::rejection::{Rejected, Rejection};
use crate::rollup::config::RollupConfig;
use crate::rollup::l2_transactions::TransactionHash;
use crate::rollup::message::read_messages;
use crate::rollup::verdict::{Ledger, Verdict};

/// What a scan needs next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScanRequest {
    /// The header at a height, with its path to the block tree of the header at `root`.
    Header {
        /// The height of the verified header.
        root: u64,
        /// The height asked for.
        height: u64,
    },
    /// Leaves `from .. until`.
    Leaves {
        /// The first height.
        from: u64,
        /// The height after the last.
        until: u64,
    },
    /// A namespace of the block at a height.
    Namespace {
        /// The height.
        height: u64,
        /// The namespace.
        namespace: u32,
    },
}

impl ScanRequest {
    /// The path with its query, from `/v1` on.
    pub fn path(&self) -> String {
        match self {
            Self::Header { root, height } => format!("/v1/light-client/header/{root}/{height}"),
            Self::Leaves { from, until } => format!("/v1/availability/leaf/{from}/{until}"),
            Self::Namespace { height, namespace } => format!("/v1/light-client/namespace/{height}/{namespace}"),
        }
    }
}

/// A scan for one L2 transaction.
#[derive(Clone, Debug)]
pub struct Scan {
    config: RollupConfig,
    transaction: TransactionHash,
    asked: RangeInclusive<u64>,
    stretch: u64,
    tip: Verified<Header>,
    /// The commitment of the leaf at the height below what was linked so far.
    below: (u64, Commitment),
    hint: Option<u64>,
    hinted: Option<BlockContext>,
    /// Blocks that are linked and whose namespace is still to be read, highest first.
    pending: VecDeque<BlockContext>,
    /// The lowest height below which nothing was read.
    lowest: Option<u64>,
    ledger: Ledger,
    served_parameters: bool,
    refused_transactions: u64,
}

impl Scan {
    /// A scan of heights `asked`, whose end is at most that of `tip`, a final header with the
    /// commitment of its leaf.
    ///
    /// # Errors
    /// `scan.range` for an empty range, one beyond the tip, and a stretch of no leaves.
    pub fn new(
        config: RollupConfig,
        transaction: TransactionHash,
        asked: RangeInclusive<u64>,
        tip: (Verified<Header>, Commitment),
        hint: Option<u64>,
    ) -> Result<Self, Rejected> {
        let (tip, leaf) = tip;
        if asked.is_empty() || *asked.end() > tip.height {
            return Err(Rejection::ScanRange.with(*asked.end(), tip.height));
        }
        let hint = hint.filter(|height| asked.contains(height) && *height < tip.height);
        Ok(Self {
            config,
            transaction,
            asked,
            stretch: 100,
            below: (tip.height, leaf),
            tip,
            hint,
            hinted: None,
            pending: VecDeque::new(),
            lowest: None,
            ledger: Ledger::default(),
            served_parameters: false,
            refused_transactions: 0,
        })
    }

    /// How many leaves to ask for at once: the provider's `small_object_range_limit`.
    pub const fn set_stretch(&mut self, leaves: u64) {
        self.stretch = if leaves == 0 { 1 } else { leaves };
    }

    /// What is needed next; `None` once the whole range was read.
    pub fn request(&self) -> Option<ScanRequest> {
        let namespace = self.config.namespace;
        if let Some(block) = &self.hinted {
            return Some(ScanRequest::Namespace { height: block.height(), namespace });
        }
        if let Some(height) = self.hint {
            return Some(ScanRequest::Header { root: self.tip.height, height });
        }
        if let Some(block) = self.pending.front() {
            return Some(ScanRequest::Namespace { height: block.height(), namespace });
        }
        let (top, _) = self.below;
        let until = top.checked_add(1)?;
        if self.lowest.is_some_and(|lowest| lowest <= *self.asked.start()) {
            return None;
        }
        // Leaves above the range are linked too, down from the tip.
        let from = until.saturating_sub(self.stretch).max(*self.asked.start());
        Some(ScanRequest::Leaves { from, until })
    }

    /// Takes the answer to [`Self::request`]. `tables` are the verified stake tables, as far back as
    /// they are known.
    ///
    /// # Errors
    /// Whatever is wrong with the answer; the scan is as before, to ask another provider.
    /// `scan.answer` if nothing was asked.
    pub fn respond(&mut self, body: &[u8], tables: Option<&EpochTables>) -> Result<(), Rejected> {
        let json = parse(body)?;
        let request = self.request().ok_or_else(|| Rejection::ScanAnswer.bare())?;
        match request {
            ScanRequest::Header { height, .. } => {
                let header = verify_header(&json, &self.tip, height)?;
                let block = BlockContext::new(&header)?;
                self.hint = None;
                self.hinted = block.namespace_table().find(u64::from(self.config.namespace)).map(|_| block);
            }
            ScanRequest::Leaves { from, until } => {
                let linked = verify_leaf_range(&json, from, until, &self.below.1)?;
                let mut blocks = Vec::new();
                for header in linked.headers.iter().rev().filter(|header| self.asked.contains(&header.height)) {
                    let block = BlockContext::new(header)?;
                    if block.namespace_table().find(u64::from(self.config.namespace)).is_some() {
                        blocks.push(block);
                    }
                }
                self.pending.extend(blocks);
                self.below = (from.saturating_sub(1), linked.parent);
                if from <= *self.asked.end() {
                    self.lowest = Some(from);
                }
            }
            ScanRequest::Namespace { .. } => {
                let block =
                    self.hinted.as_ref().or(self.pending.front()).ok_or_else(|| Rejection::ScanAnswer.bare())?;
                let parameters = tables.and_then(|tables| VidParameters::of_block(block, tables).ok());
                let id = u64::from(self.config.namespace);
                let namespace = verify_namespace(block, id, &json, parameters.as_ref())?;
                let block = block.clone();
                self.read(&block, &namespace);
                if self.hinted.take().is_none() {
                    self.pending.pop_front();
                }
            }
        }
        Ok(())
    }

    /// The provider does not have what was asked. Only a hint can be given up.
    pub fn missing(&mut self) {
        self.hint = None;
        self.hinted = None;
    }

    fn read(&mut self, block: &BlockContext, namespace: &VerifiedNamespace) {
        self.served_parameters |= namespace.parameter_source() == Some(ParameterSource::Served);
        for transaction in namespace.transactions().transactions() {
            match read_messages(&self.config, block, &transaction) {
                Ok(messages) => {
                    messages.iter().for_each(|message| self.ledger.add(message, &self.transaction));
                }
                Err(_) => self.refused_transactions = self.refused_transactions.saturating_add(1),
            }
        }
    }

    /// The range that was read without gaps so far.
    pub fn verified(&self) -> Option<RangeInclusive<u64>> {
        let lowest = self.lowest?;
        // Blocks that still wait for their namespace are not read.
        let lowest = self.pending.front().map_or(lowest, |block| block.height().saturating_add(1));
        let range = lowest..=*self.asked.end();
        (!range.is_empty()).then_some(range)
    }

    /// How many heights of the range were read, and how many it has.
    pub fn progress(&self) -> (u64, u64) {
        let count = |range: &RangeInclusive<u64>| range.end().saturating_sub(*range.start()).saturating_add(1);
        (self.verified().map_or(0, |range| count(&range)), count(&self.asked))
    }

    /// What is shown so far.
    pub fn verdict(&self) -> Verdict {
        self.ledger.verdict(&self.config, self.verified().as_ref(), &self.asked)
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
