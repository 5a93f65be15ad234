//! Reads contracts and logs, one JSON-RPC call after the other.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::encoding::integer::parse_u256;
use crate::encoding::json::{self, Json};
use crate::l1::anchor::{AnchorSearch, L1Anchor};
use crate::l1::contract::{Getter, Readings};
use crate::l1::request::L1Request;
use crate::rejection::{Rejected, Rejection};
use crate::stake_table::event::{Account, EVENT_LIMIT};
use crate::stake_table::logs::{LogFilter, PlacedEvent};

/// How many blocks are asked for at once at first, at least and at most. Many nodes refuse more than
/// ten thousand, and some fewer: see [`Reader::narrow`].
const PAGE: (u64, u64, u64) = (50_000, 1, 1_000_000);
/// The most pages: a node that refuses every page that is longer than a block is of no use.
const PAGES_LIMIT: u32 = 20_000;

/// Where the contracts are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contracts {
    /// The L1 chain, if it is pinned.
    pub chain_id: Option<u64>,
    /// The reference light client contract.
    pub light_client: Account,
    /// The stake table contract.
    pub stake_table: Account,
    /// No log of the stake table contract is in an earlier block.
    pub first_block: u64,
}

/// A finalized L1 block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct L1Block {
    /// Number.
    pub number: u64,
    /// Seconds since the Unix epoch.
    pub timestamp: u64,
}

enum Phase {
    ChainId,
    Block,
    Calls(VecDeque<Getter>),
    Logs { from: u64 },
    Searching(Box<AnchorSearch>),
    Done,
}

/// Where a [`Reader`] is.
#[derive(Clone, Debug)]
pub enum Reading {
    /// There is something to ask: see [`Reader::request`].
    Fetch,
    /// There is something to compute: call [`Reader::step`].
    Working {
        /// Units of work left, about.
        remaining: u32,
    },
    /// The anchor.
    Done(Box<L1Anchor>),
}

/// Reads what an anchor is made of.
pub struct Reader {
    contracts: Contracts,
    capacity: usize,
    entropy: Vec<u8>,
    block: L1Block,
    readings: Readings,
    page: u64,
    pages: u32,
    events: Vec<PlacedEvent>,
    logs: usize,
    phase: Phase,
}

impl Reader {
    /// A reader of these contracts. `capacity` is the number of rows that commitments cover; see
    /// [`crate::transition::voting_table::DEFAULT_CAPACITY`].
    pub fn new(contracts: Contracts, capacity: usize, entropy: &[u8]) -> Self {
        Self {
            contracts,
            capacity,
            entropy: entropy.to_vec(),
            block: L1Block::default(),
            readings: Readings::default(),
            page: PAGE.0,
            pages: 0,
            events: Vec::new(),
            logs: 0,
            phase: Phase::ChainId,
        }
    }

    /// What to ask next; `None` while there is something to compute, or nothing any more.
    pub fn request(&self) -> Option<L1Request> {
        let block = self.block.number;
        match &self.phase {
            Phase::ChainId => Some(L1Request::ChainId),
            Phase::Block => Some(L1Request::FinalizedBlock),
            Phase::Calls(getters) => getters.front().map(|getter| L1Request::Call {
                to: self.contracts.light_client,
                selector: getter.selector(),
                argument: getter.argument(&self.readings),
                block,
            }),
            Phase::Logs { from } => {
                let until = from.saturating_add(self.page.saturating_sub(1)).min(block);
                Some(L1Request::Logs { contract: self.contracts.stake_table, from: *from, until })
            }
            Phase::Searching(_) | Phase::Done => None,
        }
    }

    /// How far the logs are read: the block that comes next, and the last one.
    pub const fn progress(&self) -> (u64, u64) {
        match self.phase {
            Phase::Logs { from } => (from, self.block.number),
            Phase::Searching(_) | Phase::Done => (self.block.number, self.block.number),
            _ => (0, self.block.number),
        }
    }

    /// Takes the `result` of the answer to [`Self::request`].
    ///
    /// # Errors
    /// `l1.*`, `json.*`, `state.*`, `stake_table.*`. The reader then asks the same again.
    pub fn respond(&mut self, result: &[u8]) -> Result<Reading, Rejected> {
        let json = json::parse(result)?;
        match &mut self.phase {
            Phase::ChainId => {
                let chain_id = quantity(&json)?;
                if let Some(expected) = self.contracts.chain_id {
                    Rejection::L1Chain.unless_equal(chain_id, expected)?;
                }
                self.phase = Phase::Block;
            }
            Phase::Block => {
                let number = quantity(json.get("number")?)?;
                self.block = L1Block { number, timestamp: quantity(json.get("timestamp")?)? };
                self.phase = Phase::Calls(Getter::ALL.into());
            }
            Phase::Calls(getters) => {
                if let Some(getter) = getters.front() {
                    self.readings.take(*getter, &json)?;
                    getters.pop_front();
                }
                if getters.is_empty() {
                    self.phase = Phase::Logs { from: self.contracts.first_block };
                    // A contract whose logs begin after the finalized block has none.
                    if self.contracts.first_block > self.block.number {
                        return self.search();
                    }
                }
            }
            Phase::Logs { from } => {
                let from = *from;
                return self.take_logs(from, &json);
            }
            Phase::Searching(_) | Phase::Done => {}
        }
        Ok(Reading::Fetch)
    }

    /// Says that the node refused a page of logs: fewer blocks are asked for. `false` if there are no
    /// fewer to ask for.
    pub const fn narrow(&mut self) -> bool {
        if !matches!(self.phase, Phase::Logs { .. }) || self.page <= PAGE.1 {
            return false;
        }
        self.page /= 2;
        true
    }

    /// Does about `budget` units of work.
    ///
    /// # Errors
    /// `l1.table` if the logs never led to the table that the contract commits to; `l1.contract`.
    pub fn step(&mut self, budget: u32) -> Result<Reading, Rejected> {
        match &mut self.phase {
            Phase::Searching(search) => match search.step(budget)? {
                Some(anchor) => {
                    self.phase = Phase::Done;
                    Ok(Reading::Done(Box::new(anchor)))
                }
                None => Ok(Reading::Working { remaining: search.remaining().max(1) }),
            },
            _ => Ok(Reading::Fetch),
        }
    }

    fn take_logs(&mut self, from: u64, json: &Json<'_>) -> Result<Reading, Rejected> {
        let until = from.saturating_add(self.page.saturating_sub(1)).min(self.block.number);
        let filter =
            LogFilter { contract: Some(self.contracts.stake_table), from_block: Some(from), until_block: Some(until) };
        let reading = filter.read(json)?;
        if self.logs.saturating_add(reading.logs) > EVENT_LIMIT {
            return Err(Rejection::StakeTableEventLimit.with(self.logs.saturating_add(reading.logs), EVENT_LIMIT));
        }
        self.pages = self.pages.saturating_add(1);
        if self.pages > PAGES_LIMIT {
            return Err(Rejection::L1Answer.with(u64::from(self.pages), "fewer and longer pages of logs"));
        }
        self.logs = self.logs.saturating_add(reading.logs);
        self.events.extend(reading.events);
        if until >= self.block.number {
            return self.search();
        }
        if reading.logs < 1000 {
            self.page = self.page.saturating_mul(2).min(PAGE.2);
        }
        self.phase = Phase::Logs { from: until.saturating_add(1) };
        Ok(Reading::Fetch)
    }

    fn search(&mut self) -> Result<Reading, Rejected> {
        let events = core::mem::take(&mut self.events);
        let search = AnchorSearch::new(self.readings, self.block, events, self.capacity, &self.entropy)?;
        let remaining = search.remaining().max(1);
        self.phase = Phase::Searching(Box::new(search));
        Ok(Reading::Working { remaining })
    }
}

/// A number as JSON-RPC writes it.
fn quantity(json: &Json<'_>) -> Result<u64, Rejected> {
    let text = json.text()?;
    if !text.starts_with("0x") {
        return Err(Rejection::L1Answer.with("a number in another form", "0x…"));
    }
    let value = parse_u256(text)?;
    u64::try_from(value).map_err(|_| Rejection::L1Answer.with(value, "a number of 64 bits"))
}
