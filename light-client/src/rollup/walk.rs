//! A walk over verified headers: down a range of heights without gaps, and to a hinted height first.
//!
//! Every leaf commits to its parent, so from a final leaf down each stretch of leaves is linked by
//! hashes alone and no height can be left out. A hint of a height costs a request and is not believed:
//! its header is proven under the final one. No I/O is done here: a driver fetches what is asked for.

use alloc::collections::VecDeque;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

use crate::consensus::header::Header;
use crate::consensus::verified::Verified;
use crate::data::block::BlockContext;
use crate::data::header_proof::verify_header;
use crate::data::leaf_range::verify_leaf_range;
use crate::encoding::committable::Commitment;
use crate::encoding::json::Json;
use crate::rejection::{Rejected, Rejection};

/// How many leaves are asked for at once, unless the driver knows a better number.
const DEFAULT_STRETCH: u64 = 100;

/// What a scan needs next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// The walk: what is linked, and the blocks on it that are still to be read.
#[derive(Clone, Debug)]
pub struct Walk {
    asked: RangeInclusive<u64>,
    stretch: u64,
    tip: Verified<Header>,
    /// The height below what was linked so far, and the commitment of its leaf.
    below: (u64, Commitment),
    hint: Option<u64>,
    hinted: Option<BlockContext>,
    /// Blocks that are linked and still to be read, highest first.
    pending: VecDeque<BlockContext>,
    /// The lowest height that is linked.
    lowest: Option<u64>,
}

impl Walk {
    /// A walk over heights `asked`, whose end is at most that of `tip`, a final header with the
    /// commitment of its leaf.
    ///
    /// # Errors
    /// `scan.range` for an empty range and one beyond the tip.
    pub fn new(
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
            asked,
            stretch: DEFAULT_STRETCH,
            below: (tip.height, leaf),
            tip,
            hint,
            hinted: None,
            pending: VecDeque::new(),
            lowest: None,
        })
    }

    /// How many leaves to ask for at once: the provider's `small_object_range_limit`.
    pub const fn set_stretch(&mut self, leaves: u64) {
        self.stretch = if leaves == 0 { 1 } else { leaves };
    }

    /// The range that was asked for.
    pub const fn asked(&self) -> &RangeInclusive<u64> {
        &self.asked
    }

    /// The block to read next, if one is linked.
    pub fn block(&self) -> Option<&BlockContext> {
        self.hinted.as_ref().or_else(|| self.pending.front())
    }

    /// The header or the leaves that are needed next. `None` while there is a block to read, and once
    /// the whole range is linked.
    pub fn request(&self) -> Option<ScanRequest> {
        if self.block().is_some() {
            return None;
        }
        if let Some(height) = self.hint {
            return Some(ScanRequest::Header { root: self.tip.height, height });
        }
        if self.lowest.is_some_and(|lowest| lowest <= *self.asked.start()) {
            return None;
        }
        let (top, _) = self.below;
        let until = top.checked_add(1)?;
        // Leaves above the range are linked too, down from the tip.
        let from = until.saturating_sub(self.stretch).max(*self.asked.start());
        Some(ScanRequest::Leaves { from, until })
    }

    /// Takes the answer to [`Self::request`]. Only blocks that are `wanted` are kept to be read.
    ///
    /// # Errors
    /// Whatever is wrong with the answer; the walk is as before, to ask another provider.
    /// `scan.answer` if nothing was asked.
    pub fn respond(&mut self, json: &Json<'_>, wanted: impl Fn(&BlockContext) -> bool) -> Result<(), Rejected> {
        match self.request().ok_or_else(|| Rejection::ScanAnswer.bare())? {
            ScanRequest::Header { height, .. } => {
                let block = BlockContext::new(&verify_header(json, &self.tip, height)?)?;
                self.hint = None;
                self.hinted = Some(block).filter(wanted);
            }
            ScanRequest::Leaves { from, until } => {
                let linked = verify_leaf_range(json, from, until, &self.below.1)?;
                let mut blocks = Vec::new();
                for header in linked.headers.iter().rev().filter(|header| self.asked.contains(&header.height)) {
                    let block = BlockContext::new(header)?;
                    if wanted(&block) {
                        blocks.push(block);
                    }
                }
                self.pending.extend(blocks);
                self.below = (from.saturating_sub(1), linked.parent);
                if from <= *self.asked.end() {
                    self.lowest = Some(from);
                }
            }
            ScanRequest::Namespace { .. } => return Err(Rejection::ScanAnswer.bare()),
        }
        Ok(())
    }

    /// The block that [`Self::block`] names was read.
    pub fn pass(&mut self) {
        if self.hinted.take().is_none() {
            self.pending.pop_front();
        }
    }

    /// The provider does not have what was asked. Only a hint can be given up.
    pub fn missing(&mut self) {
        self.hint = None;
        self.hinted = None;
    }

    /// The range that was read without gaps so far.
    pub fn verified(&self) -> Option<RangeInclusive<u64>> {
        let lowest = self.lowest?;
        // Blocks that still wait to be read do not count.
        let lowest = self.pending.front().map_or(lowest, |block| block.height().saturating_add(1));
        let range = lowest..=*self.asked.end();
        (!range.is_empty()).then_some(range)
    }

    /// How many heights of the range were read, and how many it has.
    pub fn progress(&self) -> (u64, u64) {
        let count = |range: &RangeInclusive<u64>| range.end().saturating_sub(*range.start()).saturating_add(1);
        (self.verified().map_or(0, |range| count(&range)), count(&self.asked))
    }

    /// Whether the whole range was read.
    pub fn is_complete(&self) -> bool {
        self.verified().is_some_and(|range| range.start() <= self.asked.start())
    }
}
