//! Members of a stake table, as they are read and as they are admitted, and their JSON forms.

use alloc::vec::Vec;

use crate::encoding::bytes;
use crate::encoding::integer::{U256, parse_u256};
use crate::encoding::json::Json;
use crate::encoding::reader::Reader;
use crate::encoding::tagged_base64::{self, tag};
use crate::rejection::{Rejected, Rejection};
use crate::signature::bls::VerificationKey;

/// The most entries a table may have. Stake tables hold 200 at most today.
pub const ENTRY_LIMIT: usize = crate::encoding::bitvec::BITS_LIMIT;

/// A member whose key nobody has looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawEntry {
    /// BLS key for votes, uncompressed, unchecked.
    pub stake_key: [u8; 128],
    /// Schnorr key for state signatures, unchecked: x ‖ y, 32 bytes each, little-endian.
    pub state_ver_key: Option<[u8; 64]>,
    /// Weight in votes, in the token's smallest unit; 1 for each member of old static tables.
    pub stake: U256,
    /// Ethereum account of a registered validator.
    pub account: Option<[u8; 20]>,
}

impl RawEntry {
    /// Reads `{"stake_key", "stake_amount", "state_ver_key"?, "account"?}`; also the nested form
    /// `{"stake_table_entry": {"stake_key", "stake_amount"}, "state_ver_key"?}` of `config/hotshot`.
    ///
    /// # Errors
    /// `json.*`, `tagged_base64.*`, `integer.form`, `hex.form`.
    pub fn from_json(json: &Json<'_>) -> Result<Self, Rejected> {
        let inner = json.find("stake_table_entry")?.unwrap_or(json);
        let state_ver_key = json.find("state_ver_key")?.and_then(Json::non_null);
        let account = json.find("account")?.and_then(Json::non_null);
        Ok(Self {
            stake_key: tagged_base64::decode_array(inner.text_of("stake_key")?, tag::BLS_VER_KEY)?,
            state_ver_key: match state_ver_key {
                Some(key) => Some(tagged_base64::decode_array(key.text()?, tag::SCHNORR_VER_KEY)?),
                None => None,
            },
            stake: parse_u256(inner.text_of("stake_amount")?)?,
            account: match account {
                Some(account) => Some(bytes::from_hex(account.text()?)?),
                None => None,
            },
        })
    }

    /// Reads a list of entries, in signer order: an array, or the array under
    /// `known_nodes_with_stake` or `validators` of an object.
    ///
    /// # Errors
    /// Those of [`Self::from_json`], and `stake_table.size`.
    pub fn list_from_json(json: &Json<'_>) -> Result<Vec<Self>, Rejected> {
        let list = match json {
            Json::Object(_) => match json.find("known_nodes_with_stake")? {
                Some(list) => list,
                None => json.get("validators")?,
            },
            _ => json,
        };
        let items = list.items()?;
        if items.len() > ENTRY_LIMIT {
            return Err(Rejection::StakeTableSize.with(items.len(), ENTRY_LIMIT));
        }
        items.iter().map(Self::from_json).collect()
    }
}

/// What the byte before a stored member's optional parts says.
const HAS_SCHNORR_KEY: u8 = 1;
const HAS_ACCOUNT: u8 = 2;

impl RawEntry {
    /// Reads what [`Entry::write`] wrote; `None` for bytes that it would not write.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let (stake_key, stake) = (reader.array()?, U256::from_le_bytes(reader.array::<32>()?));
        let [flags] = reader.array()?;
        if flags > HAS_SCHNORR_KEY | HAS_ACCOUNT {
            return None;
        }
        let state_ver_key = if flags & HAS_SCHNORR_KEY != 0 { Some(reader.array()?) } else { None };
        let account = if flags & HAS_ACCOUNT != 0 { Some(reader.array()?) } else { None };
        Some(Self { stake_key, state_ver_key, stake, account })
    }
}

/// A member whose BLS key was admitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// BLS key for votes.
    pub stake_key: VerificationKey,
    /// Schnorr key for state signatures, not checked here.
    pub state_ver_key: Option<[u8; 64]>,
    /// Weight in votes.
    pub stake: U256,
    /// Ethereum account of a registered validator.
    pub account: Option<[u8; 20]>,
}

impl Entry {
    pub(crate) fn new(raw: &RawEntry, stake_key: VerificationKey) -> Self {
        Self { stake_key, state_ver_key: raw.state_ver_key, stake: raw.stake, account: raw.account }
    }

    /// Appends the member: BLS key 128 ‖ stake 32 ‖ flags 1 ‖ Schnorr key 64 and account 20 where they are.
    pub(crate) fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.stake_key.to_bytes());
        bytes.extend_from_slice(&self.stake.to_le_bytes::<32>());
        let flag = |set: bool, flag: u8| if set { flag } else { 0 };
        bytes.push(flag(self.state_ver_key.is_some(), HAS_SCHNORR_KEY) | flag(self.account.is_some(), HAS_ACCOUNT));
        self.state_ver_key.iter().for_each(|key| bytes.extend_from_slice(key));
        self.account.iter().for_each(|account| bytes.extend_from_slice(account));
    }
}
