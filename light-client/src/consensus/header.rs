//! Block headers 0.1 to 0.6 and their commitment, the block hash.
//!
//! Source: EspressoSystems/espresso-network `crates/espresso/types/src/v0/impls/header.rs`,
//! `v0/v0_{1,3,4,5,6}/header.rs`, `v0/impls/{fee_info,l1}.rs`. Trap: `builder_signature` is in the
//! JSON but in no commitment, so a server may alter it; it is not even read here.

use alloc::vec::Vec;

use crate::consensus::chain_config::ResolvableChainConfig;
use crate::consensus::version::Version;
use crate::encoding::bytes::{from_base64, from_hex};
use crate::encoding::committable::{Commitment, CommitmentBuilder};
use crate::encoding::integer::{U256, parse_u256};
use crate::encoding::json::Json;
use crate::encoding::tagged_base64::{decode_array, tag};
use crate::rejection::{Operand, Rejected, Rejection};

/// How many `leader_counts` a header from 0.5 on holds.
pub const LEADER_COUNTS: usize = 100;

/// The newest finalized L1 block that a header refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct L1BlockInfo {
    /// L1 block number.
    pub number: u64,
    /// L1 timestamp, seconds.
    pub timestamp: U256,
    /// L1 block hash.
    pub hash: [u8; 32],
}

impl L1BlockInfo {
    fn from_json(json: &Json<'_>) -> Result<Self, Rejected> {
        Ok(Self {
            number: json.u64_of("number")?,
            timestamp: parse_u256(json.text_of("timestamp")?)?,
            hash: from_hex(json.text_of("hash")?)?,
        })
    }

    fn commitment(&self) -> Commitment {
        CommitmentBuilder::new("L1BLOCK")
            .u64_field("number", self.number)
            .fixed_size_field("timestamp", &self.timestamp.to_le_bytes::<32>())
            .fixed_size_field("hash", &self.hash)
            .finalize()
    }
}

/// Who pays the block's fee, and how much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeeInfo {
    /// The paying account.
    pub account: [u8; 20],
    /// The amount in wei.
    pub amount: U256,
}

impl FeeInfo {
    fn from_json(json: &Json<'_>) -> Result<Self, Rejected> {
        Ok(Self { account: from_hex(json.text_of("account")?)?, amount: parse_u256(json.text_of("amount")?)? })
    }

    fn commitment(&self) -> Commitment {
        CommitmentBuilder::new("FEE_INFO")
            .fixed_size_field("account", &self.account)
            .fixed_size_field("amount", &self.amount.to_le_bytes::<32>())
            .finalize()
    }
}

/// The root, height and leaf count of a Merkle tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MerkleCommitment {
    /// Root digest.
    pub root: [u8; 32],
    /// Height of the tree.
    pub height: u64,
    /// Number of leaves.
    pub leaves: u64,
}

impl MerkleCommitment {
    fn from_json(json: &Json<'_>) -> Result<Self, Rejected> {
        let bytes: [u8; 48] = decode_array(json.text()?, tag::MERKLE_COMM)?;
        let mut commitment = Self { root: [0; 32], height: 0, leaves: 0 };
        let (root, numbers) = bytes.split_at(32);
        let (height, leaves) = numbers.split_at(8);
        commitment.root.copy_from_slice(root);
        let number = |bytes: &[u8]| bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte));
        commitment.height = number(height);
        commitment.leaves = number(leaves);
        Ok(commitment)
    }

    /// The 48 bytes that commitments hash: root, height, number of leaves.
    pub fn to_bytes(&self) -> [u8; 48] {
        let mut bytes = [0; 48];
        let parts = self.root.into_iter().chain(self.height.to_le_bytes()).chain(self.leaves.to_le_bytes());
        bytes.iter_mut().zip(parts).for_each(|(byte, part)| *byte = part);
        bytes
    }
}

/// Which scheme disperses a block's payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VidScheme {
    /// KZG over BN254, before 0.3.
    Advz,
    /// Reed-Solomon over the BN254 scalar field, 0.3 to 0.5.
    AvidM,
    /// Reed-Solomon over GF(2^16), from 0.6.
    AvidmGf2,
}

impl VidScheme {
    /// The scheme of a protocol version.
    pub fn of(version: Version) -> Self {
        if version.is_new_protocol() {
            Self::AvidmGf2
        } else if version.has_epochs() {
            Self::AvidM
        } else {
            Self::Advz
        }
    }

    /// The tag of the scheme's payload commitments.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Advz => tag::HASH,
            Self::AvidM => tag::AVIDM_COMMIT,
            Self::AvidmGf2 => tag::AVIDM_GF2_COMMIT,
        }
    }
}

/// What headers from 0.4 on add.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RewardFields {
    /// Milliseconds since the Unix epoch.
    pub timestamp_millis: u64,
    /// All rewards paid so far, in wei.
    pub total_reward_distributed: U256,
    /// The hash of the next epoch's stake table state: set from an epoch's root to its last block.
    pub next_stake_table_hash: Option<Commitment>,
}

/// A block header as a server presents it. Only a proof of finality makes it trustworthy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Protocol version.
    pub version: Version,
    /// Chain configuration or its commitment.
    pub chain_config: ResolvableChainConfig,
    /// Height of the block; genesis has 0.
    pub height: u64,
    /// Seconds since the Unix epoch.
    pub timestamp: u64,
    /// Newest L1 block number the proposer knew.
    pub l1_head: u64,
    /// Newest finalized L1 block the proposer knew.
    pub l1_finalized: Option<L1BlockInfo>,
    /// Commitment to the payload under [`VidScheme::of`] the version.
    pub payload_commitment: [u8; 32],
    /// The builder's commitment to payload and namespace table.
    pub builder_commitment: [u8; 32],
    /// The namespace table, undecoded.
    pub ns_table: Vec<u8>,
    /// Tree of all earlier block hashes.
    pub block_merkle_tree_root: MerkleCommitment,
    /// Tree of fee balances.
    pub fee_merkle_tree_root: MerkleCommitment,
    /// Who pays for the block.
    pub fee_info: FeeInfo,
    /// Tree of rewards; from 0.3.
    pub reward_merkle_tree_root: Option<MerkleCommitment>,
    /// From 0.4.
    pub reward: Option<RewardFields>,
    /// Blocks led by each validator in this epoch; from 0.5.
    pub leader_counts: Option<Vec<u16>>,
}

impl Header {
    /// Reads the JSON form: a bare object for 0.1, else `{"version":…,"fields":…}`.
    ///
    /// # Errors
    /// `upgrade_required` for a version beyond ours, `header.version` for one that cannot be,
    /// and those of the parts. A payload commitment must carry the tag of the version's scheme.
    pub fn from_json(json: &Json<'_>) -> Result<Self, Rejected> {
        let (version, fields) = match json.find("version")? {
            None => (Version::V0_1, json),
            Some(version) => {
                let version = Version::from_json(version.get("Version")?)?.require_supported()?;
                if version < Version::V0_2 {
                    // A 0.1 header commits to no version, so one that names it is another object.
                    return Err(Rejection::HeaderVersion.with(Operand::from(version), Operand::from(Version::V0_2)));
                }
                (version, json.get("fields")?)
            }
        };
        let tree = |key| MerkleCommitment::from_json(fields.get(key)?);
        let reward = if version >= Version::V0_4 {
            let hash = fields.non_null_of("next_stake_table_hash")?;
            Some(RewardFields {
                timestamp_millis: fields.u64_of("timestamp_millis")?,
                total_reward_distributed: parse_u256(fields.text_of("total_reward_distributed")?)?,
                next_stake_table_hash: hash.map(|hash| decode_array(hash.text()?, tag::STAKE_TABLE)).transpose()?,
            })
        } else {
            None
        };
        let leader_counts = if version >= Version::V0_5 {
            let counts = fields.get("leader_counts")?.items()?;
            Rejection::BytesLength.unless_equal(counts.len(), LEADER_COUNTS)?;
            Some(counts.iter().map(Json::narrow).collect::<Result<_, _>>()?)
        } else {
            None
        };
        Ok(Self {
            version,
            chain_config: ResolvableChainConfig::from_json(fields.get("chain_config")?)?,
            height: fields.u64_of("height")?,
            timestamp: fields.u64_of("timestamp")?,
            l1_head: fields.u64_of("l1_head")?,
            l1_finalized: fields.non_null_of("l1_finalized")?.map(L1BlockInfo::from_json).transpose()?,
            payload_commitment: decode_array(fields.text_of("payload_commitment")?, VidScheme::of(version).tag())?,
            builder_commitment: decode_array(fields.text_of("builder_commitment")?, tag::BUILDER_COMMITMENT)?,
            ns_table: from_base64(fields.get("ns_table")?.text_of("bytes")?)?,
            block_merkle_tree_root: tree("block_merkle_tree_root")?,
            fee_merkle_tree_root: tree("fee_merkle_tree_root")?,
            fee_info: FeeInfo::from_json(fields.get("fee_info")?)?,
            reward_merkle_tree_root: version.has_epochs().then(|| tree("reward_merkle_tree_root")).transpose()?,
            reward,
            leader_counts,
        })
    }

    /// The hash of the next epoch's stake table state, where the header holds one.
    pub fn next_stake_table_hash(&self) -> Option<&Commitment> {
        self.reward.as_ref()?.next_stake_table_hash.as_ref()
    }

    /// The header's commitment: the block hash.
    pub fn commitment(&self) -> Commitment {
        let fields = self.fields_commitment();
        if self.version == Version::V0_1 {
            return fields;
        }
        CommitmentBuilder::new("BLOCK")
            .u64_field("version_major", u64::from(self.version.major))
            .u64_field("version_minor", u64::from(self.version.minor))
            .field("fields", &fields)
            .finalize()
    }

    fn fields_commitment(&self) -> Commitment {
        let mut builder = CommitmentBuilder::new("BLOCK")
            .field("chain_config", &self.chain_config.commitment())
            .u64_field("height", self.height)
            .u64_field("timestamp", self.timestamp);
        if let Some(reward) = &self.reward {
            builder = builder.u64_field("timestamp_millis", reward.timestamp_millis);
        }
        builder = builder
            .u64_field("l1_head", self.l1_head)
            .optional("l1_finalized", self.l1_finalized.as_ref().map(L1BlockInfo::commitment).as_ref())
            .fixed_size_field("payload_commitment", &self.payload_commitment)
            .fixed_size_field("builder_commitment", &self.builder_commitment)
            .field("ns_table", &CommitmentBuilder::new("NSTABLE").var_size_bytes(&self.ns_table).finalize())
            .var_size_field("block_merkle_tree_root", &self.block_merkle_tree_root.to_bytes())
            .var_size_field("fee_merkle_tree_root", &self.fee_merkle_tree_root.to_bytes())
            .field("fee_info", &self.fee_info.commitment());
        if let Some(root) = &self.reward_merkle_tree_root {
            builder = builder.var_size_field("reward_merkle_tree_root", &root.to_bytes());
        }
        if let Some(reward) = &self.reward {
            let total = reward.total_reward_distributed.to_le_bytes::<32>();
            builder = builder.var_size_field("total_reward_distributed", &total);
        }
        if let Some(counts) = &self.leader_counts {
            let bytes: Vec<u8> = counts.iter().flat_map(|count| count.to_le_bytes()).collect();
            builder = builder.var_size_field("leader_counts", &bytes);
        }
        // Unlike every other optional field, an absent hash leaves no trace.
        if let Some(hash) = self.next_stake_table_hash() {
            builder = builder.field("next_stake_table_hash", hash);
        }
        builder.finalize()
    }
}
