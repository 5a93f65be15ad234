//! The way to today's stake tables, as JavaScript sees it.

use hotshot_light_client::client::progress::EpochAdvance;
use hotshot_light_client::encoding::bytes::to_hex;
use hotshot_light_client::encoding::integer::decimal;
use hotshot_light_client::encoding::tagged_base64::{encode, tag};
use hotshot_light_client::stake_table::table::StakeTable;
use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::client::Follower;
use crate::output::object;

/// The stake table of one more epoch is known.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EpochOutput {
    epoch: u64,
    stake_table_hash: String,
    validators: u32,
    total_stake: String,
    vid_total_weight: u64,
    /// The height of the final header that carried the hash; none where a checkpoint did.
    root: Option<u64>,
    /// The paths whose answers prove it.
    proof: Vec<String>,
}

impl From<&EpochAdvance> for EpochOutput {
    fn from(advance: &EpochAdvance) -> Self {
        let answers = advance.boundary.iter().flat_map(|boundary| &boundary.answers);
        Self {
            epoch: advance.epoch,
            stake_table_hash: encode(tag::STAKE_TABLE, &advance.stake_table_hash),
            // Tables have as many rows as signer bits at most.
            validators: u32::try_from(advance.validators).unwrap_or(u32::MAX),
            total_stake: decimal(advance.total_stake),
            vid_total_weight: advance.vid_total_weight,
            root: advance.root.map(|root| root.height),
            proof: answers.map(|(request, _)| request.path()).collect(),
        }
    }
}

/// How far the way is.
#[derive(Serialize)]
struct WayOutput {
    from: u64,
    epoch: u64,
    until: u64,
    bytes: u64,
}

/// An upgrade to a version that is not known.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UpgradeOutput {
    version: String,
    last_view: u64,
    first_view: u64,
}

/// A member of a table, in the form of stake table files.
#[derive(Serialize)]
struct MemberOutput {
    account: Option<String>,
    stake_key: String,
    state_ver_key: Option<String>,
    stake_amount: String,
}

/// The table of an epoch.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TableOutput {
    epoch: u64,
    stake_table_hash: Option<String>,
    vid_total_weight: Option<u64>,
    total: String,
    threshold: String,
    validators: Vec<MemberOutput>,
}

fn members(table: &StakeTable) -> Vec<MemberOutput> {
    let entries = table.entries().iter();
    let member = entries.map(|entry| MemberOutput {
        account: entry.account.map(|account| to_hex(&account)),
        stake_key: entry.stake_key.to_tagged(),
        state_ver_key: entry.state_ver_key.map(|key| encode(tag::SCHNORR_VER_KEY, &key)),
        stake_amount: decimal(entry.stake),
    });
    member.collect()
}

#[wasm_bindgen(js_class = Client)]
impl Follower {
    /// How far the way to today's stake table is; null while none is wanted.
    pub fn way(&self) -> JsValue {
        let way = self.0.table_progress();
        object(&way.map(|way| WayOutput { from: way.from, epoch: way.epoch, until: way.until, bytes: way.bytes }))
    }

    /// The newest epoch whose table from events is known.
    #[wasm_bindgen(js_name = newestEpoch)]
    pub fn newest_epoch(&self) -> Option<u64> {
        self.0.stored_epoch()
    }

    /// What is known of stake tables, in bytes to go on from; nothing before the first one from events.
    #[wasm_bindgen(js_name = storedTables)]
    pub fn stored_tables(&self) -> Option<Vec<u8>> {
        self.0.stored_tables()
    }

    /// The table of an epoch; null if it is not known.
    #[wasm_bindgen(js_name = stakeTable)]
    pub fn stake_table(&self, epoch: u64) -> JsValue {
        let table = self.0.tables().and_then(|tables| tables.of_epoch(epoch).ok());
        object(&table.map(|table| TableOutput {
            epoch,
            stake_table_hash: self.0.stake_table_hash(epoch).map(|hash| encode(tag::STAKE_TABLE, &hash)),
            vid_total_weight: self.0.vid_total_weight(epoch),
            total: decimal(table.total_stake()),
            threshold: decimal(table.success_threshold()),
            validators: members(table),
        }))
    }

    /// The certified upgrade to an unknown version that the newest final leaf announces; null without one.
    #[wasm_bindgen(js_name = announcedUpgrade)]
    pub fn announced_upgrade(&self) -> JsValue {
        object(&self.0.announced_upgrade().map(|upgrade| UpgradeOutput {
            version: upgrade.version.to_string(),
            last_view: upgrade.old_version_last_view,
            first_view: upgrade.new_version_first_view,
        }))
    }
}
