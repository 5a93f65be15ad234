//! The chain configuration that a header commits to, whole or by its commitment.
//!
//! Source: EspressoSystems/espresso-network `crates/espresso/types/src/v0/v0_3/chain_config.rs`.

use crate::encoding::bytes::from_hex;
use crate::encoding::committable::{Commitment, CommitmentBuilder};
use crate::encoding::integer::{U256, parse_u256};
use crate::encoding::json::Json;
use crate::encoding::tagged_base64::{decode_array, tag};
use crate::rejection::{Operand, Rejected, Rejection};

/// The parameters that validators enforce for every block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainConfig {
    /// The network's identifier.
    pub chain_id: U256,
    /// The most bytes of a block's payload, by the builder's accounting.
    pub max_block_size: u64,
    /// Fee for one byte, in wei.
    pub base_fee: U256,
    /// The contract on L1 that takes deposits for fees.
    pub fee_contract: Option<[u8; 20]>,
    /// Who gets the fees.
    pub fee_recipient: [u8; 20],
    /// The stake table contract on L1; configurations before 0.3 have none.
    pub stake_table_contract: Option<[u8; 20]>,
}

impl ChainConfig {
    /// Reads the JSON form.
    ///
    /// # Errors
    /// Those of the JSON types, `integer.form`, `hex.form`.
    pub fn from_json(json: &Json<'_>) -> Result<Self, Rejected> {
        let address = |json: Option<&Json<'_>>| json.map(|json| from_hex(json.text()?)).transpose();
        let max_block_size = parse_u256(json.text_of("max_block_size")?)?;
        Ok(Self {
            chain_id: parse_u256(json.text_of("chain_id")?)?,
            max_block_size: u64::try_from(max_block_size)
                .map_err(|_| Rejection::IntegerForm.with(max_block_size, u64::MAX))?,
            base_fee: parse_u256(json.text_of("base_fee")?)?,
            fee_contract: address(json.non_null_of("fee_contract")?)?,
            fee_recipient: from_hex(json.text_of("fee_recipient")?)?,
            stake_table_contract: address(json.find("stake_table_contract")?.and_then(Json::non_null))?,
        })
    }

    /// The commitment to the configuration.
    pub fn commitment(&self) -> Commitment {
        let mut builder = CommitmentBuilder::new("CHAIN_CONFIG")
            .fixed_size_field("chain_id", &self.chain_id.to_le_bytes::<32>())
            .u64_field("max_block_size", self.max_block_size)
            .fixed_size_field("base_fee", &self.base_fee.to_le_bytes::<32>())
            .fixed_size_field("fee_recipient", &self.fee_recipient);
        builder = match &self.fee_contract {
            Some(address) => builder.u64_field("fee_contract", 1).fixed_size_bytes(address),
            None => builder.u64_field("fee_contract", 0),
        };
        if let Some(address) = &self.stake_table_contract {
            builder = builder.u64_field("stake_table_contract", 1).fixed_size_bytes(address);
        }
        builder.finalize()
    }
}

/// What a header holds of its chain configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResolvableChainConfig {
    /// The whole configuration.
    Whole(ChainConfig),
    /// Only its commitment: a configuration from elsewhere must match it.
    Committed(Commitment),
}

impl ResolvableChainConfig {
    /// Reads `{"chain_config":{"Left":config}}` or `{"chain_config":{"Right":"CHAIN_CONFIG~…"}}`.
    ///
    /// # Errors
    /// `json.type` for another key or for both; those of the parts.
    pub fn from_json(json: &Json<'_>) -> Result<Self, Rejected> {
        let either = json.get("chain_config")?;
        match (either.find("Left")?, either.find("Right")?) {
            (Some(whole), None) => Ok(Self::Whole(ChainConfig::from_json(whole)?)),
            (None, Some(commitment)) => Ok(Self::Committed(decode_array(commitment.text()?, tag::CHAIN_CONFIG)?)),
            _ => Err(Rejection::JsonType.with(either.kind(), "either Left or Right")),
        }
    }

    /// The commitment to the configuration.
    pub fn commitment(&self) -> Commitment {
        match self {
            Self::Whole(config) => config.commitment(),
            Self::Committed(commitment) => *commitment,
        }
    }

    /// Accepts a configuration fetched elsewhere only if it is the committed one.
    ///
    /// # Errors
    /// `header.chain_config`.
    pub fn resolve(&self, fetched: ChainConfig) -> Result<ChainConfig, Rejected> {
        Rejection::HeaderChainConfig.unless_equal(Operand::from(fetched.commitment()), self.commitment().into())?;
        Ok(fetched)
    }
}
