//! The client that follows a chain, without I/O: the caller fetches what it asks for.
#![expect(unsafe_code, reason = "exported names")]

use std::mem::MaybeUninit;
use std::sync::{Mutex, MutexGuard};

use hotshot_light_client::client::checkpoint::Checkpoint;
use hotshot_light_client::client::progress::Progress;
use hotshot_light_client::client::stored::StoredTables;
use hotshot_light_client::client::sync::{Client, Start, Trust};
use hotshot_light_client::encoding::bytes::to_hex;
use serde_json::{Value, json};

use crate::border::{Failure, HslcBuffer, HslcSlice, call, free, required, shared_between_threads};
use crate::describe;
use crate::leaf_proof::HSLC_ANY_HEIGHT;
use crate::network::{HslcNetwork, HslcTables, describe_checkpoint, read_checkpoint};
use crate::status::{HSLC_PANIC, HslcStatus};

/// A client. Calls from several threads wait for each other.
pub struct HslcClient(Mutex<Client>);

const _: () = shared_between_threads::<HslcClient>();

impl HslcClient {
    fn lock(&self) -> Result<MutexGuard<'_, Client>, Failure> {
        // Only a panic in the middle of a call poisons the lock: nobody knows what it left behind.
        self.0.lock().map_err(|_| Failure::new(HSLC_PANIC, "an earlier call on this client broke down"))
    }
}

fn locked(client: Option<&HslcClient>) -> Result<MutexGuard<'_, Client>, Failure> {
    required(client, "client")?.lock()
}

/// A client of a network: from a checkpoint (bytes or text), or without one from the height `start`
/// on, or from the newest blocks with `HSLC_ANY_HEIGHT`. `stored_tables` is what
/// `hslc_client_stored_tables` gave earlier, or left out; it is checked anew, and spares the way to
/// today's stake table. `entropy` is 32 random bytes, or left out.
#[unsafe(no_mangle)]
pub extern "C" fn hslc_client_new(
    network: Option<&HslcNetwork>,
    checkpoint: HslcSlice,
    start: u64,
    stored_tables: HslcSlice,
    entropy: HslcSlice,
    client: Option<&mut MaybeUninit<Option<Box<HslcClient>>>>,
    message: Option<&mut MaybeUninit<Option<Box<HslcBuffer>>>>,
) -> HslcStatus {
    call(client, message, || {
        let network = required(network, "network")?.0.clone();
        let checkpoint = read_checkpoint(&checkpoint)?;
        let start = if start == HSLC_ANY_HEIGHT { Start::Tip } else { Start::Height(start) };
        let stored = stored_tables.optional()?.map(|bytes| StoredTables::from_bytes(bytes, &network)).transpose()?;
        let trust = Trust { checkpoint, stored, ..Trust::default() };
        let client = Client::with_trust(network, trust, start, entropy.array_or_zeros()?)?;
        Ok(Some(HslcClient(Mutex::new(client))))
    })
}

/// Frees a client. Null is allowed.
#[unsafe(no_mangle)]
pub extern "C" fn hslc_client_free(client: Option<Box<HslcClient>>) {
    free(client);
}

/// What to fetch next: a path under the base address of a query service. Null while there is
/// something to compute: call `hslc_client_step`.
#[unsafe(no_mangle)]
pub extern "C" fn hslc_client_request(
    client: Option<&HslcClient>,
    path: Option<&mut MaybeUninit<Option<Box<HslcBuffer>>>>,
    message: Option<&mut MaybeUninit<Option<Box<HslcBuffer>>>>,
) -> HslcStatus {
    call(path, message, || Ok(locked(client)?.request().map(|request| HslcBuffer::text(request.path()))))
}

fn progress(progress: &Progress) -> HslcBuffer {
    let described: Value = match progress {
        Progress::Fetch => json!({ "state": "fetch" }),
        Progress::Working { remaining } => json!({ "state": "working", "remaining": remaining }),
        Progress::Finalized(blocks) => {
            let blocks: Vec<Value> = blocks.iter().map(describe::finalized).collect();
            json!({ "state": "finalized", "blocks": blocks })
        }
        Progress::Epoch(advance) => json!({
            "state": "epoch",
            "epoch": {
                "epoch": advance.epoch,
                "stake_table_hash": to_hex(&advance.stake_table_hash),
                "validators": advance.validators,
                "total_stake": advance.total_stake.to_string(),
            },
        }),
        Progress::Withheld { height } => json!({ "state": "withheld", "height": height }),
        Progress::Idle => json!({ "state": "idle" }),
    };
    HslcBuffer::text(described.to_string())
}

/// Takes the body of a successful answer to the request. A rejection means that the server lied or
/// is broken: ask another one the same. Writes JSON: `{"state":"fetch"}` (see `hslc_client_request`),
/// `{"state":"working","remaining":N}` (see `hslc_client_step`), `{"state":"idle"}` (nothing new:
/// wait, or ask another server), `{"state":"epoch","epoch":{"epoch","stake_table_hash","validators",
/// "total_stake"}}` (one more stake table is known), `{"state":"withheld","height":N}` (blocks are proven,
/// but what trust began with is too old to show them: see `hslc_client_set_time`), or
/// `{"state":"finalized","blocks":[…]}`, each block as
/// `{"height","view","version","epoch","hash","leaf","timestamp_ms","quorum"}`.
#[unsafe(no_mangle)]
pub extern "C" fn hslc_client_respond(
    client: Option<&HslcClient>,
    body: HslcSlice,
    state: Option<&mut MaybeUninit<Option<Box<HslcBuffer>>>>,
    message: Option<&mut MaybeUninit<Option<Box<HslcBuffer>>>>,
) -> HslcStatus {
    call(state, message, || {
        let body = body.bytes()?;
        Ok(Some(progress(&locked(client)?.respond(body)?)))
    })
}

/// Says that the server does not have what was asked for (404, 400): no lie, only poverty. Writes
/// what `hslc_client_respond` writes.
#[unsafe(no_mangle)]
pub extern "C" fn hslc_client_missing(
    client: Option<&HslcClient>,
    state: Option<&mut MaybeUninit<Option<Box<HslcBuffer>>>>,
    message: Option<&mut MaybeUninit<Option<Box<HslcBuffer>>>>,
) -> HslcStatus {
    call(state, message, || Ok(Some(progress(&locked(client)?.missing()))))
}

/// Computes for about `budget` units, one being a key or a Miller loop: about half a millisecond.
/// Writes what `hslc_client_respond` writes; so are rejections to be read.
#[unsafe(no_mangle)]
pub extern "C" fn hslc_client_step(
    client: Option<&HslcClient>,
    budget: u32,
    state: Option<&mut MaybeUninit<Option<Box<HslcBuffer>>>>,
    message: Option<&mut MaybeUninit<Option<Box<HslcBuffer>>>>,
) -> HslcStatus {
    call(state, message, || Ok(Some(progress(&locked(client)?.step(budget)?))))
}

/// Asks for at most so many leaves at once from now on. Does nothing with a null client.
#[unsafe(no_mangle)]
pub extern "C" fn hslc_client_set_range(client: Option<&HslcClient>, leaves: u64) {
    if let Ok(mut client) = locked(client) {
        client.set_range(leaves);
    }
}

/// Says what time it is, in seconds since the Unix epoch: call it now and then. What trust began with
/// may be older than the network file allows (`weak_subjectivity_seconds`); then blocks are withheld.
/// Without a time nothing is too old. Does nothing with a null client.
#[unsafe(no_mangle)]
pub extern "C" fn hslc_client_set_time(client: Option<&HslcClient>, seconds: u64) {
    if let Ok(mut client) = locked(client) {
        client.set_time(seconds);
    }
}

/// Shows what is proven although what trust began with is too old: the caller takes the risk. Does
/// nothing with a null client.
#[unsafe(no_mangle)]
pub extern "C" fn hslc_client_accept_expired_anchor(client: Option<&HslcClient>) {
    if let Ok(mut client) = locked(client) {
        client.accept_expired_anchor();
    }
}

/// The newest final leaf in bytes, to go on from later; null before the first one.
#[unsafe(no_mangle)]
pub extern "C" fn hslc_client_checkpoint(
    client: Option<&HslcClient>,
    checkpoint: Option<&mut MaybeUninit<Option<Box<HslcBuffer>>>>,
    message: Option<&mut MaybeUninit<Option<Box<HslcBuffer>>>>,
) -> HslcStatus {
    call(checkpoint, message, || {
        Ok(locked(client)?.checkpoint().map(|checkpoint| HslcBuffer::bytes(Checkpoint::to_bytes(checkpoint))))
    })
}

/// What is trusted, as JSON: `{"admitted":bool,"checkpoint":null|{"height","view","leaf",
/// "timestamp","text"},"upgrade":null|{"version","new_version_first_view"},"halted":null|text}`. With
/// an upgrade the chain has gone on to a version that this library does not know: nothing more can be
/// followed. Halted is a client whose trust contradicts what is proven.
#[unsafe(no_mangle)]
pub extern "C" fn hslc_client_state(
    client: Option<&HslcClient>,
    state: Option<&mut MaybeUninit<Option<Box<HslcBuffer>>>>,
    message: Option<&mut MaybeUninit<Option<Box<HslcBuffer>>>>,
) -> HslcStatus {
    call(state, message, || {
        let client = locked(client)?;
        let upgrade = client.upgrade().map(|upgrade| {
            json!({
                "version": upgrade.version.to_string(),
                "new_version_first_view": upgrade.new_version_first_view,
            })
        });
        let state = json!({
            "admitted": client.tables().is_some(),
            "checkpoint": client.checkpoint().map(describe_checkpoint),
            "upgrade": upgrade,
            "halted": client.halted().map(ToString::to_string),
        });
        Ok(Some(HslcBuffer::text(state.to_string())))
    })
}

/// The stake tables that the client has admitted so far; null before the first one.
#[unsafe(no_mangle)]
pub extern "C" fn hslc_client_tables(
    client: Option<&HslcClient>,
    tables: Option<&mut MaybeUninit<Option<Box<HslcTables>>>>,
    message: Option<&mut MaybeUninit<Option<Box<HslcBuffer>>>>,
) -> HslcStatus {
    call(tables, message, || Ok(locked(client)?.tables().cloned().map(HslcTables::new)))
}

/// What the client knows of stake tables from the contract's events, in bytes for `hslc_client_new`;
/// null before the first such table. It is no trust of its own: it is checked when it is read.
#[unsafe(no_mangle)]
pub extern "C" fn hslc_client_stored_tables(
    client: Option<&HslcClient>,
    stored_tables: Option<&mut MaybeUninit<Option<Box<HslcBuffer>>>>,
    message: Option<&mut MaybeUninit<Option<Box<HslcBuffer>>>>,
) -> HslcStatus {
    call(stored_tables, message, || Ok(locked(client)?.stored_tables().map(HslcBuffer::bytes)))
}
