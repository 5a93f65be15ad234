//! The network file: the root of trust, pinned by the user and never taken from a server.
//!
//! `docs/network.schema.json` describes the format. Fields that pin nothing (`name`, `providers`,
//! `l1`) are for drivers and people.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::consensus::chain_config::ResolvableChainConfig;
use crate::consensus::epoch::Epochs;
use crate::consensus::header::Header;
use crate::consensus::tables::EpochTables;
use crate::encoding::bytes::from_hex;
use crate::encoding::committable::{Commitment, CommitmentBuilder};
use crate::encoding::integer::{U256, parse_u256};
use crate::encoding::json::{self, Json};
use crate::encoding::tagged_base64::{decode_array, tag};
use crate::rejection::{Operand, Rejected, Rejection};
use crate::stake_table::entry::RawEntry;
use crate::stake_table::table::StakeTable;

/// The most providers, later stake tables, and hashes of registrations, that a network file may list.
pub const LIST_LIMIT: usize = 1024;

/// A stake table that serves from an epoch on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinnedTable {
    /// The first epoch that the table serves.
    pub from_epoch: u64,
    /// Its entries in signer order, not admitted yet.
    pub entries: Vec<RawEntry>,
}

/// Where the network's contracts live on L1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct L1Contracts {
    /// The L1 chain's identifier.
    pub chain_id: Option<u64>,
    /// The stake table contract.
    pub stake_table: Option<[u8; 20]>,
    /// The reference light client contract.
    pub light_client: Option<[u8; 20]>,
    /// An L1 block before which the stake table contract has no logs; 0 where it is missing.
    pub first_block: u64,
}

/// A network and what is pinned of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// A name for people.
    pub name: String,
    /// The chain identifier that the chain's configuration carries; checked where a header shows it.
    pub chain_id: Option<U256>,
    /// Blocks in an epoch; 0 on a chain without epochs.
    pub epoch_height: u64,
    /// The block with which epochs begin.
    pub epoch_start_block: u64,
    /// The first epoch whose table comes from the stake table contract; none if all are static.
    pub first_dynamic_epoch: Option<u64>,
    /// The static table in signer order; none if it is a missing pin.
    pub stake_table: Option<Vec<RawEntry>>,
    /// Later tables that the user pins, by first epoch.
    pub later_tables: Vec<PinnedTable>,
    /// Hashes of registrations that the user pins, by epoch: roots of protocol 0.3 carry none.
    pub stake_table_hashes: Vec<(u64, Commitment)>,
    /// The pinned genesis leaf.
    pub genesis_leaf: Option<Commitment>,
    /// When genesis was: seconds since the Unix epoch. It dates what is pinned.
    pub genesis_timestamp: Option<u64>,
    /// For how many seconds an anchor may be trusted, as the file says: see [`Self::weak_subjectivity`].
    pub weak_subjectivity_seconds: Option<u64>,
    /// A pinned checkpoint, as [`crate::client::checkpoint::Checkpoint::to_text`] writes it.
    pub checkpoint: Option<String>,
    /// Contracts on L1.
    pub l1: L1Contracts,
    /// Base addresses of query services.
    pub providers: Vec<String>,
    /// Keys of this network are public: it proves nothing about anything of value.
    pub insecure_devnet: bool,
}

impl Network {
    /// Reads a network file, or the `stake_table.json` of a recording, which pins less.
    ///
    /// # Errors
    /// `json.*`, `tagged_base64.*`, `hex.form`, `integer.form`, `network.form`.
    pub fn from_json(json: &Json<'_>) -> Result<Self, Rejected> {
        let optional = |key: &str| Ok::<_, Rejected>(json.find(key)?.and_then(Json::non_null));
        let text = |json: &Json<'_>| Ok::<_, Rejected>(String::from(json.text()?));
        let stake_table = match optional("stake_table")? {
            Some(table) => Some(RawEntry::list_from_json(table)?),
            None if optional("known_nodes_with_stake")?.is_some() => Some(RawEntry::list_from_json(json)?),
            None => None,
        };
        let list = |key: &str| -> Result<&[Json<'_>], Rejected> {
            let items = optional(key)?.map(Json::items).transpose()?.unwrap_or_default();
            if items.len() > LIST_LIMIT {
                return Err(Rejection::NetworkForm.with(items.len(), LIST_LIMIT));
            }
            Ok(items)
        };
        let later_tables = list("later_stake_tables")?.iter().map(|table| {
            let from_epoch = table.u64_of("from_epoch")?;
            Ok(PinnedTable { from_epoch, entries: RawEntry::list_from_json(table)? })
        });
        let hashes = list("stake_table_hashes")?.iter().map(|pin| {
            let hash = decode_array(pin.text_of("hash")?, tag::STAKE_TABLE)?;
            Ok((pin.u64_of("epoch")?, hash))
        });
        let genesis = optional("genesis")?;
        let genesis_leaf = genesis.map(|genesis| decode_array(genesis.text_of("leaf")?, tag::COMMIT));
        let genesis_timestamp = match genesis {
            Some(genesis) => genesis.find("timestamp")?.and_then(Json::non_null).map(Json::u64).transpose()?,
            None => None,
        };
        let epoch_height = json.u64_of("epoch_height")?;
        if epoch_height != 0 && Epochs::new(epoch_height).is_none() {
            return Err(Rejection::NetworkForm.with(epoch_height, "an epoch height of 0 or at least 6"));
        }
        Ok(Self {
            name: optional("name")?.map(text).transpose()?.unwrap_or_default(),
            chain_id: optional("chain_id")?.map(|id| parse_u256(id.text()?)).transpose()?,
            epoch_height,
            epoch_start_block: json.u64_of("epoch_start_block")?,
            first_dynamic_epoch: optional("first_dynamic_epoch")?.map(Json::u64).transpose()?,
            stake_table,
            later_tables: later_tables.collect::<Result<_, Rejected>>()?,
            stake_table_hashes: hashes.collect::<Result<_, Rejected>>()?,
            genesis_leaf: genesis_leaf.transpose()?,
            genesis_timestamp,
            weak_subjectivity_seconds: optional("weak_subjectivity_seconds")?.map(Json::u64).transpose()?,
            checkpoint: optional("checkpoint")?.map(text).transpose()?,
            l1: optional("l1")?.map(L1Contracts::from_json).transpose()?.unwrap_or_default(),
            providers: list("providers")?.iter().map(text).collect::<Result<_, _>>()?,
            insecure_devnet: optional("insecure_devnet")?.map(Json::boolean).transpose()?.unwrap_or_default(),
        })
    }

    /// Reads the text of a network file.
    ///
    /// # Errors
    /// As [`Self::from_json`].
    pub fn parse(text: &[u8]) -> Result<Self, Rejected> {
        Self::from_json(&json::parse(text)?)
    }

    /// For how many seconds an anchor may be trusted; none if for ever. Where the file does not say,
    /// that is [`crate::client::freshness::DEFAULT_SECONDS`], and for ever on a devnet whose keys
    /// everybody has from the beginning.
    pub fn weak_subjectivity(&self) -> Option<u64> {
        let usual = if self.insecure_devnet { 0 } else { crate::client::freshness::DEFAULT_SECONDS };
        Some(self.weak_subjectivity_seconds.unwrap_or(usual)).filter(|seconds| *seconds != 0)
    }

    /// The division into epochs, if the chain has any.
    pub const fn epochs(&self) -> Option<Epochs> {
        Epochs::new(self.epoch_height)
    }

    /// The static stake table, which nothing can be verified without.
    ///
    /// # Errors
    /// `network.missing_pin`.
    pub fn require_stake_table(&self) -> Result<&[RawEntry], Rejected> {
        self.stake_table.as_deref().ok_or(Rejection::NetworkMissingPin.with("nothing", "a pinned stake_table"))
    }

    /// Admits all pinned stake tables at once. [`crate::client::sync::Client`] does it in steps.
    ///
    /// # Errors
    /// `network.missing_pin`, `stake_table.*`, `point.*`.
    pub fn admit(&self) -> Result<EpochTables, Rejected> {
        let initial = StakeTable::admit(self.require_stake_table()?.to_vec())?;
        let dynamic = self.first_dynamic_epoch.unwrap_or(u64::MAX);
        let mut tables = EpochTables::new(self.epochs(), Arc::new(initial), dynamic);
        for later in &self.later_tables {
            tables.insert_from(later.from_epoch, Arc::new(StakeTable::admit(later.entries.clone())?));
        }
        Ok(tables)
    }

    /// What tells this network from every other: a hash over the parameters that decide whom it
    /// trusts. Checkpoints carry it, so that one of another network is refused.
    pub fn identity(&self) -> [u8; 32] {
        let mut builder = CommitmentBuilder::new("hotshot-light-client network")
            .u64_field("epoch_height", self.epoch_height)
            .u64_field("epoch_start_block", self.epoch_start_block)
            .u64_field("first_dynamic_epoch", self.first_dynamic_epoch.unwrap_or(u64::MAX))
            .optional("genesis", self.genesis_leaf.as_ref());
        let chain_id = self.chain_id.map(|id| id.to_le_bytes::<32>());
        builder = builder.optional("chain_id", chain_id.as_ref());
        let entries = self.stake_table.as_deref().unwrap_or_default();
        builder = builder.u64_field("stake_table", entries.len() as u64);
        for entry in entries {
            builder = builder.fixed_size_bytes(&entry.stake_key).fixed_size_bytes(&entry.stake.to_le_bytes::<32>());
        }
        builder.finalize()
    }

    /// Checks that a header is of this network, where it says so.
    ///
    /// # Errors
    /// `network.chain_id`.
    pub fn check_header(&self, header: &Header) -> Result<(), Rejected> {
        match (&header.chain_config, self.chain_id) {
            (ResolvableChainConfig::Whole(config), Some(chain_id)) => {
                Rejection::NetworkChainId.unless_equal(config.chain_id, chain_id)
            }
            _ => Ok(()),
        }
    }

    /// Checks a leaf of height 0 against the pinned genesis.
    ///
    /// # Errors
    /// `network.genesis`.
    pub fn check_genesis(&self, height: u64, leaf: &Commitment) -> Result<(), Rejected> {
        match self.genesis_leaf {
            Some(pinned) if height == 0 => {
                Rejection::NetworkGenesis.unless_equal(Operand::from(*leaf), Operand::from(pinned))
            }
            _ => Ok(()),
        }
    }
}

impl L1Contracts {
    fn from_json(json: &Json<'_>) -> Result<Self, Rejected> {
        let address = |key: &str| {
            let address = json.find(key)?.and_then(Json::non_null);
            address.map(|address| from_hex(address.text()?)).transpose()
        };
        Ok(Self {
            chain_id: json.find("chain_id")?.and_then(Json::non_null).map(Json::u64).transpose()?,
            stake_table: address("stake_table_contract")?,
            light_client: address("light_client_contract")?,
            first_block: json.find("first_block")?.and_then(Json::non_null).map_or(Ok(0), Json::u64)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: &str = r#"{"epoch_height":10,"epoch_start_block":1}"#;

    fn parse(text: &str) -> Result<Network, Rejection> {
        Network::parse(text.as_bytes()).map_err(|rejected| rejected.rejection)
    }

    #[test]
    fn a_missing_pin_fails_loudly() {
        let network = parse(LEAST).unwrap();
        let missing = network.require_stake_table().unwrap_err();
        assert_eq!(missing.rejection, Rejection::NetworkMissingPin);
        assert!(alloc::format!("{missing}").contains("stake_table"));
    }

    #[test]
    fn every_parameter_counts_for_the_identity() {
        let identity = |text: &str| parse(text).unwrap().identity();
        let reference = identity(LEAST);
        for other in [
            r#"{"epoch_height":11,"epoch_start_block":1}"#,
            r#"{"epoch_height":10,"epoch_start_block":2}"#,
            r#"{"epoch_height":10,"epoch_start_block":1,"first_dynamic_epoch":3}"#,
            r#"{"epoch_height":10,"epoch_start_block":1,"chain_id":"1"}"#,
            r#"{"epoch_height":10,"epoch_start_block":1,"genesis":{"leaf":"COMMIT~AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB"}}"#,
        ] {
            assert_ne!(identity(other), reference, "{other}");
        }
        let named = r#"{"epoch_height":10,"epoch_start_block":1,"name":"x","providers":["http://localhost"]}"#;
        assert_eq!(identity(named), reference, "names and providers pin nothing");
    }

    #[test]
    fn refuses_what_cannot_be() {
        assert_eq!(parse(r#"{"epoch_height":3,"epoch_start_block":1}"#), Err(Rejection::NetworkForm));
        assert_eq!(parse(r#"{"epoch_start_block":1}"#), Err(Rejection::JsonMissingKey));
        assert_eq!(parse(r#"{"epoch_height":10,"epoch_start_block":1.0}"#), Err(Rejection::JsonInteger));
        assert_eq!(
            parse(r#"{"epoch_height":10,"epoch_start_block":1,"l1":{"stake_table_contract":"0x12"}}"#),
            Err(Rejection::HexForm)
        );
    }
}
