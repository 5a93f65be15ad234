//! What validators sign: the data of each kind of vote and the one wrapper around all of them.
//!
//! Source: EspressoSystems/espresso-network `crates/hotshot/types/src/simple_vote.rs`. The wrapper
//! contains the view but no version: the formula is the same for every protocol version.

use crate::consensus::version::Version;
use crate::encoding::committable::{Commitment, CommitmentBuilder};
use crate::encoding::json::Json;
use crate::encoding::tagged_base64::{decode_array, tag};
use crate::rejection::Rejected;

/// Data that a certificate is about.
pub trait VoteData: Sized {
    /// Reads the `data` object of a certificate.
    ///
    /// # Errors
    /// Those of the JSON types and encodings.
    fn from_json(json: &Json<'_>) -> Result<Self, Rejected>;

    /// The commitment to the data, without view and wrapper.
    fn commitment(&self) -> Commitment;

    /// The 32 bytes that validators sign: the data wrapped in a vote of the given view.
    fn signed_message(&self, view: u64) -> Commitment {
        CommitmentBuilder::new("Vote").var_size_bytes(&self.commitment()).u64(view).finalize()
    }
}

/// First-phase vote on a leaf (`QuorumData2`; also the next epoch's vote on it).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuorumData {
    /// Commitment to the leaf.
    pub leaf_commit: Commitment,
    /// Epoch of the leaf; none before 0.3.
    pub epoch: Option<u64>,
    /// Height of the leaf; none before 0.3.
    pub block_number: Option<u64>,
}

impl VoteData for QuorumData {
    fn from_json(json: &Json<'_>) -> Result<Self, Rejected> {
        let optional = |key| json.non_null_of(key)?.map(Json::u64).transpose();
        Ok(Self {
            leaf_commit: decode_array(json.text_of("leaf_commit")?, tag::COMMIT)?,
            epoch: optional("epoch")?,
            block_number: optional("block_number")?,
        })
    }

    fn commitment(&self) -> Commitment {
        let mut builder = CommitmentBuilder::new("Quorum data").var_size_bytes(&self.leaf_commit);
        if let Some(epoch) = self.epoch {
            builder = builder.u64_field("epoch number", epoch);
        }
        if let Some(block_number) = self.block_number {
            builder = builder.u64_field("block number", block_number);
        }
        builder.finalize()
    }
}

/// Second-phase vote on a leaf, from 0.6 (`Vote2Data`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vote2Data {
    /// Commitment to the leaf.
    pub leaf_commit: Commitment,
    /// Epoch of the leaf.
    pub epoch: u64,
    /// Height of the leaf.
    pub block_number: u64,
}

impl VoteData for Vote2Data {
    fn from_json(json: &Json<'_>) -> Result<Self, Rejected> {
        Ok(Self {
            leaf_commit: decode_array(json.text_of("leaf_commit")?, tag::COMMIT)?,
            epoch: json.u64_of("epoch")?,
            block_number: json.u64_of("block_number")?,
        })
    }

    fn commitment(&self) -> Commitment {
        CommitmentBuilder::new("Vote2Data")
            .var_size_bytes(&self.leaf_commit)
            .u64(self.epoch)
            .u64(self.block_number)
            .constant_str("Vote2")
            .finalize()
    }
}

/// Vote for a protocol upgrade (`UpgradeProposalData`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpgradeData {
    /// Version in force when the upgrade was proposed.
    pub old_version: Version,
    /// Version that takes effect.
    pub new_version: Version,
    /// View by which the upgrade must be decided.
    pub decide_by: u64,
    /// Hash naming the new version's code.
    pub new_version_hash: [u8; 32],
    /// Last view of the old version.
    pub old_version_last_view: u64,
    /// First view of the new version.
    pub new_version_first_view: u64,
}

impl VoteData for UpgradeData {
    fn from_json(json: &Json<'_>) -> Result<Self, Rejected> {
        Ok(Self {
            old_version: Version::from_json(json.get("old_version")?)?,
            new_version: Version::from_json(json.get("new_version")?)?,
            decide_by: json.u64_of("decide_by")?,
            new_version_hash: json.get("new_version_hash")?.byte_array()?,
            old_version_last_view: json.u64_of("old_version_last_view")?,
            new_version_first_view: json.u64_of("new_version_first_view")?,
        })
    }

    fn commitment(&self) -> Commitment {
        self.committed_fields("Upgrade data").finalize()
    }
}

impl UpgradeData {
    fn committed_fields(&self, tag: &str) -> CommitmentBuilder {
        CommitmentBuilder::new(tag)
            .u64(self.decide_by)
            .u64(self.new_version_first_view)
            .u64(self.old_version_last_view)
            .var_size_bytes(&self.new_version_hash)
            .u16(self.new_version.minor)
            .u16(self.new_version.major)
            .u16(self.old_version.minor)
            .u16(self.old_version.major)
    }

    /// What validators of the new protocol sign: the same data with the epoch of the vote
    /// (`UpgradeProposalData2`), which the leaf's copy of the certificate no longer carries.
    pub fn signed_message_in_epoch(&self, epoch: u64, view: u64) -> Commitment {
        let data = self.committed_fields("Upgrade data v2").u64_field("epoch number", epoch).finalize();
        CommitmentBuilder::new("Vote").var_size_bytes(&data).u64(view).finalize()
    }
}

/// Vote to give up on a view (`TimeoutData`, `TimeoutData2`). The epoch is in the JSON only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeoutData {
    /// The view that timed out.
    pub view: u64,
}

impl VoteData for TimeoutData {
    fn from_json(json: &Json<'_>) -> Result<Self, Rejected> {
        Ok(Self { view: json.u64_of("view")? })
    }

    fn commitment(&self) -> Commitment {
        CommitmentBuilder::new("Timeout data").u64(self.view).finalize()
    }
}

/// Vote that ends a view synchronisation (`ViewSyncFinalizeData2`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewSyncFinalizeData {
    /// The relay that collects the votes.
    pub relay: u64,
    /// The view to synchronise to.
    pub round: u64,
    /// Epoch of the vote; none before 0.3.
    pub epoch: Option<u64>,
}

impl VoteData for ViewSyncFinalizeData {
    fn from_json(json: &Json<'_>) -> Result<Self, Rejected> {
        Ok(Self {
            relay: json.u64_of("relay")?,
            round: json.u64_of("round")?,
            epoch: json.non_null_of("epoch")?.map(Json::u64).transpose()?,
        })
    }

    fn commitment(&self) -> Commitment {
        let builder = CommitmentBuilder::new("View Sync Finalize").u64(self.round).u64(self.relay);
        match self.epoch {
            Some(epoch) => builder.u64_field("epoch number", epoch),
            None => builder,
        }
        .finalize()
    }
}
