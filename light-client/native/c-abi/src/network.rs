//! Networks, their stake tables, and checkpoints.
#![expect(unsafe_code, reason = "exported names")]

use std::mem::MaybeUninit;
use std::sync::{Arc, PoisonError, RwLock};

use hotshot_light_client::client::checkpoint::Checkpoint;
use hotshot_light_client::client::network::Network;
use hotshot_light_client::consensus::tables::EpochTables;
use hotshot_light_client::encoding::json;
use hotshot_light_client::stake_table::table::StakeTable;
use serde_json::json;

use crate::border::{Failure, HslcBuffer, HslcSlice, call, free, required, shared_between_threads};
use crate::describe;
use crate::status::HslcStatus;

/// A network file that has been read: whom to trust. It never changes.
pub struct HslcNetwork(pub(crate) Network);

/// Stake tables whose keys have all been checked, by epoch.
pub struct HslcTables(RwLock<EpochTables>);

const _: () = shared_between_threads::<HslcNetwork>();
const _: () = shared_between_threads::<HslcTables>();

impl HslcTables {
    pub(crate) const fn new(tables: EpochTables) -> Self {
        Self(RwLock::new(tables))
    }

    /// A copy, which is cheap, so that nobody waits for a verification.
    pub(crate) fn current(&self) -> EpochTables {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Reads a network file (docs/network.schema.json), or the `stake_table.json` of a recording.
#[unsafe(no_mangle)]
pub extern "C" fn hslc_network_parse(
    json: HslcSlice,
    network: Option<&mut MaybeUninit<Option<Box<HslcNetwork>>>>,
    message: Option<&mut MaybeUninit<Option<Box<HslcBuffer>>>>,
) -> HslcStatus {
    call(network, message, || Ok(Some(HslcNetwork(Network::parse(json.bytes()?)?))))
}

/// The 32 bytes that tell this network from every other.
#[unsafe(no_mangle)]
pub extern "C" fn hslc_network_identity(
    network: Option<&HslcNetwork>,
    identity: Option<&mut MaybeUninit<Option<Box<HslcBuffer>>>>,
    message: Option<&mut MaybeUninit<Option<Box<HslcBuffer>>>>,
) -> HslcStatus {
    call(identity, message, || {
        let network = required(network, "network")?;
        Ok(Some(HslcBuffer::bytes(network.0.identity().to_vec())))
    })
}

/// Frees a network. Null is allowed.
#[unsafe(no_mangle)]
pub extern "C" fn hslc_network_free(network: Option<Box<HslcNetwork>>) {
    free(network);
}

/// Checks all keys of the stake tables that a network pins.
#[unsafe(no_mangle)]
pub extern "C" fn hslc_tables_admit(
    network: Option<&HslcNetwork>,
    tables: Option<&mut MaybeUninit<Option<Box<HslcTables>>>>,
    message: Option<&mut MaybeUninit<Option<Box<HslcBuffer>>>>,
) -> HslcStatus {
    call(tables, message, || Ok(Some(HslcTables::new(required(network, "network")?.0.admit()?))))
}

/// Adds a table that serves from an epoch on, in a JSON form that network files have; the old ones
/// stay if it is refused. `members` receives how many entries it has, as text.
#[unsafe(no_mangle)]
pub extern "C" fn hslc_tables_insert(
    tables: Option<&HslcTables>,
    from_epoch: u64,
    table: HslcSlice,
    members: Option<&mut MaybeUninit<Option<Box<HslcBuffer>>>>,
    message: Option<&mut MaybeUninit<Option<Box<HslcBuffer>>>>,
) -> HslcStatus {
    call(members, message, || {
        let tables = required(tables, "tables")?;
        let table = StakeTable::from_json(&json::parse(table.bytes()?)?)?;
        let members = table.entries().len();
        tables.0.write().unwrap_or_else(PoisonError::into_inner).insert_from(from_epoch, Arc::new(table));
        Ok(Some(HslcBuffer::text(members.to_string())))
    })
}

/// Frees tables. Null is allowed.
#[unsafe(no_mangle)]
pub extern "C" fn hslc_tables_free(tables: Option<Box<HslcTables>>) {
    free(tables);
}

/// A checkpoint in either form: its bytes, or the text that begins with `HOTSHOT_CHECKPOINT~`.
pub(crate) fn read_checkpoint(slice: &HslcSlice) -> Result<Option<Checkpoint>, Failure> {
    let Some(bytes) = slice.optional()? else { return Ok(None) };
    let checkpoint = match slice.text() {
        Ok(text) if text.trim_start().starts_with("HOTSHOT_CHECKPOINT") => Checkpoint::from_text(text)?,
        _ => Checkpoint::from_bytes(bytes)?,
    };
    Ok(Some(checkpoint))
}

pub(crate) fn describe_checkpoint(checkpoint: &Checkpoint) -> serde_json::Value {
    json!({
        "height": checkpoint.height,
        "view": checkpoint.view,
        "leaf": describe::leaf_commitment(&checkpoint.leaf),
        "timestamp": checkpoint.timestamp,
        "text": checkpoint.to_text(),
    })
}

/// Reads a checkpoint, bytes or text, and says what it is as JSON: `{"height","view","leaf",
/// "timestamp","text"}`. With a network, one of another network is refused.
#[unsafe(no_mangle)]
pub extern "C" fn hslc_checkpoint_read(
    checkpoint: HslcSlice,
    network: Option<&HslcNetwork>,
    description: Option<&mut MaybeUninit<Option<Box<HslcBuffer>>>>,
    message: Option<&mut MaybeUninit<Option<Box<HslcBuffer>>>>,
) -> HslcStatus {
    call(description, message, || {
        let checkpoint = match read_checkpoint(&checkpoint)? {
            Some(checkpoint) => checkpoint,
            None => Checkpoint::from_bytes(&[])?,
        };
        if let Some(network) = network {
            checkpoint.check_network(&network.0)?;
        }
        Ok(Some(HslcBuffer::text(describe_checkpoint(&checkpoint).to_string())))
    })
}
