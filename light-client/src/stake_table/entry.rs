//! Members of a stake table, as they are read and as they are admitted, and their JSON forms.

use alloc::vec::Vec;

use crate::encoding::bytes;
use crate::encoding::integer::{U256, parse_u256};
use crate::encoding::json::Json;
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
}
