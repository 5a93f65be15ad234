//! Headers of protocols 0.1 to 0.6.

use serde::{Deserialize, Deserializer, Serialize};

use super::{
    Address, Base64Bytes, BuilderCommitment, ChainConfigCommitment, Hash32, HexU256, MerkleCommitment,
    PayloadCommitment, StakeTableCommitment, U256Decimal, Version,
};

/// Tells a null (`Some(None)`) from an absent key (`None`).
fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// The parameters of a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainConfig {
    /// Chain id.
    pub chain_id: U256Decimal,
    /// Limit of the payload, in bytes.
    pub max_block_size: U256Decimal,
    /// Base fee, in wei a byte.
    pub base_fee: U256Decimal,
    /// The fee contract on the L1.
    pub fee_contract: Option<Address>,
    /// Who receives fees.
    pub fee_recipient: Address,
    /// The stake table contract on the L1; the key is absent before 0.3.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "nullable")]
    pub stake_table_contract: Option<Option<Address>>,
}

/// A chain configuration or only its commitment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ResolvableChainConfig {
    /// The configuration.
    Left(ChainConfig),
    /// Its commitment.
    Right(ChainConfigCommitment),
}

/// The wrapper that the JSON has around a [`ResolvableChainConfig`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainConfigField {
    /// The configuration or its commitment.
    pub chain_config: ResolvableChainConfig,
}

/// A block of the L1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct L1Block {
    /// Block number.
    pub number: u64,
    /// Seconds since the epoch, in hexadecimal.
    pub timestamp: HexU256,
    /// Block hash.
    pub hash: Hash32,
}

/// Who paid what for the block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeeInfo {
    /// Paying account.
    pub account: Address,
    /// Amount in wei.
    pub amount: U256Decimal,
}

/// The builder's signature: served, never committed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuilderSignature {
    /// First half of the signature.
    pub r: HexU256,
    /// Second half of the signature.
    pub s: HexU256,
    /// Recovery id, 27 or 28.
    pub v: u64,
}

/// The bytes of a namespace table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct NamespaceTableBytes {
    /// The table.
    pub bytes: Base64Bytes,
}

/// The fields of a header of any version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeaderFields {
    /// Chain parameters.
    pub chain_config: ChainConfigField,
    /// Height.
    pub height: u64,
    /// Seconds since the epoch.
    pub timestamp: u64,
    /// Milliseconds since the epoch, from 0.4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp_millis: Option<u64>,
    /// The head of the L1 that the proposer saw.
    pub l1_head: u64,
    /// The newest final L1 block that the proposer saw.
    pub l1_finalized: Option<L1Block>,
    /// Commitment to the payload.
    pub payload_commitment: PayloadCommitment,
    /// Builder's commitment to payload and table.
    pub builder_commitment: BuilderCommitment,
    /// Namespace table.
    pub ns_table: NamespaceTableBytes,
    /// Tree of the hashes of all earlier blocks.
    pub block_merkle_tree_root: MerkleCommitment,
    /// Tree of fee balances.
    pub fee_merkle_tree_root: MerkleCommitment,
    /// Fee paid for this block.
    pub fee_info: FeeInfo,
    /// Builder's signature, not committed.
    pub builder_signature: Option<BuilderSignature>,
    /// Tree of rewards, from 0.3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reward_merkle_tree_root: Option<MerkleCommitment>,
    /// Sum of rewards, from 0.4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_reward_distributed: Option<U256Decimal>,
    /// How often each leader proposed, from 0.5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leader_counts: Option<Vec<u16>>,
    /// Hash of the next stake table, from 0.4; null outside epoch roots and what follows them.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "nullable")]
    pub next_stake_table_hash: Option<Option<StakeTableCommitment>>,
}

/// A header: bare in 0.1, with its version beside it since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Header {
    /// From 0.2.
    Versioned {
        /// Protocol version.
        version: VersionTag,
        /// Fields.
        fields: Box<HeaderFields>,
    },
    /// 0.1.
    Bare(Box<HeaderFields>),
}

/// The wrapper that the JSON has around a header's version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionTag {
    /// The version.
    #[serde(rename = "Version")]
    pub version: Version,
}

impl Header {
    /// A header of the given version.
    pub fn new(minor: u16, fields: HeaderFields) -> Self {
        let fields = Box::new(fields);
        if minor < 2 {
            Self::Bare(fields)
        } else {
            Self::Versioned { version: VersionTag { version: Version { major: 0, minor } }, fields }
        }
    }

    /// The minor version.
    pub const fn minor(&self) -> u16 {
        match self {
            Self::Versioned { version, .. } => version.version.minor,
            Self::Bare(_) => 1,
        }
    }

    /// The fields.
    pub const fn fields(&self) -> &HeaderFields {
        match self {
            Self::Versioned { fields, .. } | Self::Bare(fields) => fields,
        }
    }

    /// The fields, to alter.
    pub const fn fields_mut(&mut self) -> &mut HeaderFields {
        match self {
            Self::Versioned { fields, .. } | Self::Bare(fields) => fields,
        }
    }
}
