//! What a client tells its driver.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::client::boundary::Boundary;
use crate::client::checkpoint::Checkpoint;
use crate::consensus::header::Header;
use crate::consensus::signatures::Quorum;
use crate::consensus::verified::Verified;
use crate::encoding::committable::Commitment;
use crate::encoding::integer::U256;

/// A block that is proven final.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FinalizedBlock {
    /// The header.
    pub header: Verified<Header>,
    /// The header's commitment.
    pub hash: Commitment,
    /// The leaf's commitment.
    pub leaf: Commitment,
    /// The leaf's view.
    pub view: u64,
    /// The block's epoch; none before 0.3.
    pub epoch: Option<u64>,
    /// Who decided it. Blocks that are final as ancestors have none of their own.
    pub quorum: Option<Quorum>,
}

/// The stake table of an epoch is known from now on: its registrations have the hash that a final
/// header carried, or the one that a checkpoint names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EpochAdvance {
    /// The epoch.
    pub epoch: u64,
    /// The hash of its registrations.
    pub stake_table_hash: Commitment,
    /// How many validators sign.
    pub validators: usize,
    /// Their stake.
    pub total_stake: U256,
    /// The total weight that VID shares of the epoch's blocks are dealt out by.
    pub vid_total_weight: u64,
    /// The final root of the epoch before, which carried the hash, as a checkpoint to go on from.
    /// None where a checkpoint named the hash.
    pub root: Option<Checkpoint>,
    /// What proved it, to be kept by whoever wants to prove it again; none where a checkpoint did.
    pub boundary: Option<Boundary>,
}

/// What happened, and what the driver does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// There is something to fetch: see [`crate::client::sync::Client::request`].
    Fetch,
    /// There is something to compute: call [`crate::client::sync::Client::step`].
    Working {
        /// Units of work left, about; a unit is one key or one Miller loop.
        remaining: u32,
    },
    /// These blocks are final, in ascending order without gaps.
    Finalized(Vec<FinalizedBlock>),
    /// Blocks up to this height are proven final, and not to be shown: what trust began with is too
    /// old. See [`crate::client::freshness`].
    Withheld {
        /// Height of the last of them.
        height: u64,
    },
    /// The stake table of one more epoch is known.
    Epoch(Box<EpochAdvance>),
    /// Nothing new is known to this server. Ask again after a while, or another one.
    Idle,
}

/// How far the way to today's stake table is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableProgress {
    /// The epoch that the way began with.
    pub from: u64,
    /// The newest epoch whose table is known.
    pub epoch: u64,
    /// The epoch whose table is wanted. Before anything of it is proven, servers' word.
    pub until: u64,
    /// Bytes of answers that were taken so far.
    pub bytes: u64,
}
