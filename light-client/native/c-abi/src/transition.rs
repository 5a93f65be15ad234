//! State certificates and proofs of stake-table transitions.
#![expect(unsafe_code, reason = "exported names")]

use std::mem::MaybeUninit;

use hotshot_light_client::consensus::tables::EpochTables;
use hotshot_light_client::consensus::version::Version;
use hotshot_light_client::encoding::bytes::to_hex;
use hotshot_light_client::encoding::json;
use hotshot_light_client::transition::certificate::StateCertificate;
use hotshot_light_client::transition::kind::Kind;
use hotshot_light_client::transition::proof::VerifyingKey;
use hotshot_light_client::transition::proof_batch::PreparedKey;
use hotshot_light_client::transition::record::{Boundary, TransitionChain, TransitionRecord, TransitionRules};
use hotshot_light_client::transition::stake_table_state::StakeTableState;
use hotshot_light_client::transition::state::LightClientState;
use hotshot_light_client::transition::verify::{Expectation, verify};
use hotshot_light_client::transition::voting_table::VotingTable;
use serde_json::{Value, json};

use crate::border::{Failure, HslcBuffer, HslcSlice, call, free, required, shared_between_threads};
use crate::network::HslcTables;
use crate::status::{HSLC_ARGUMENT, HslcStatus};

/// The verifying key of transition proofs, ready for use.
pub struct HslcKey(PreparedKey);

const _: () = shared_between_threads::<HslcKey>();

/// Takes a verifying key if its Keccak-256 is the `pinned` one. Keys of a set-up whose secrets are
/// public are refused unless `allow_insecure`: whoever wants can forge proofs for them.
#[unsafe(no_mangle)]
pub extern "C" fn hslc_key_new(
    key_bytes: HslcSlice,
    pinned: HslcSlice,
    allow_insecure: bool,
    key: Option<&mut MaybeUninit<Option<Box<HslcKey>>>>,
    message: Option<&mut MaybeUninit<Option<Box<HslcBuffer>>>>,
) -> HslcStatus {
    call(key, message, || {
        let key = VerifyingKey::from_bytes(key_bytes.bytes()?, &pinned.array_or_zeros()?, allow_insecure)?;
        Ok(Some(HslcKey(PreparedKey::new(key)?)))
    })
}

/// Frees a key. Null is allowed.
#[unsafe(no_mangle)]
pub extern "C" fn hslc_key_free(key: Option<Box<HslcKey>>) {
    free(key);
}

fn voting_table(tables: &EpochTables, epoch: u64, capacity: usize) -> Result<VotingTable, Failure> {
    Ok(VotingTable::admit(tables.of_epoch(epoch)?, capacity)?)
}

fn handed_over(epoch: u64, state: &LightClientState, next: &StakeTableState, auth_root: Option<&[u8; 32]>) -> Value {
    json!({
        "epoch": epoch,
        "height": state.height,
        "view": state.view,
        "state": state.to_tagged(),
        "next_table": next.to_tagged(),
        "auth_root": auth_root.map(|root| to_hex(root)),
    })
}

/// Verifies the state certificate of an epoch by its table. `minor_version` is that of the protocol
/// at the epoch's root, `capacity` the network's `stake_table_capacity`. Writes `{"epoch","height",
/// "view","state","next_table","auth_root","weight","quorum"}`. Certified is not final: validators
/// sign the root of an epoch before it is decided.
#[unsafe(no_mangle)]
pub extern "C" fn hslc_state_certificate_verify(
    tables: Option<&HslcTables>,
    epoch: u64,
    minor_version: u16,
    capacity: usize,
    certificate: HslcSlice,
    certified: Option<&mut MaybeUninit<Option<Box<HslcBuffer>>>>,
    message: Option<&mut MaybeUninit<Option<Box<HslcBuffer>>>>,
) -> HslcStatus {
    call(certified, message, || {
        let tables = required(tables, "tables")?.current();
        let version = Version { major: 0, minor: minor_version }.require_supported()?;
        let expected = Expectation { epoch, epochs: tables.epochs()?, kind: Kind::of_version(version), after: None };
        let table = voting_table(&tables, epoch, capacity)?;
        let certificate = StateCertificate::from_json(&json::parse(certificate.bytes()?)?)?;
        let certified = verify(&certificate, &table, &expected)?;
        let mut described = handed_over(epoch, &certified.state, &certified.next_table, certified.auth_root.as_ref());
        if let Some(members) = described.as_object_mut() {
            members.insert("weight".into(), certified.weight.to_string().into());
            members.insert("quorum".into(), certified.quorum.to_string().into());
        }
        Ok(Some(HslcBuffer::text(described.to_string())))
    })
}

/// Verifies a chain of transition records, one after the other without anything between, which starts
/// with the table of `epoch`: the one in `tables`, or the commitments in `table`
/// (`STAKE_TABLE_STATE~…`, as an earlier call wrote them), one of the two left out. `first_epoch` is
/// the first whose root is of protocol 0.4 or later. `entropy` is 32 random bytes, or left out.
///
/// `tables` is needed in any case for the division into epochs. Writes what the last record hands
/// over: `{"epoch","height","view","state","next_table","auth_root"}`, with the epoch whose table it
/// is. Proven is not final either.
#[unsafe(no_mangle)]
pub extern "C" fn hslc_transitions_verify(
    tables: Option<&HslcTables>,
    key: Option<&HslcKey>,
    epoch: u64,
    table: HslcSlice,
    capacity: usize,
    first_epoch: u64,
    records: HslcSlice,
    entropy: HslcSlice,
    proven: Option<&mut MaybeUninit<Option<Box<HslcBuffer>>>>,
    message: Option<&mut MaybeUninit<Option<Box<HslcBuffer>>>>,
) -> HslcStatus {
    call(proven, message, || {
        let (tables, key) = (required(tables, "tables")?.current(), required(key, "key")?);
        let committed = match table.optional()? {
            Some(_) => StakeTableState::from_tagged(table.text()?)?,
            None => voting_table(&tables, epoch, capacity)?.state(),
        };
        let records = records.bytes()?;
        if !records.len().is_multiple_of(TransitionRecord::BYTES) {
            return Err(Failure::new(HSLC_ARGUMENT, "the records do not have the length of records"));
        }
        let records = records
            .chunks_exact(TransitionRecord::BYTES)
            .map(TransitionRecord::from_bytes)
            .collect::<Result<Vec<_>, _>>()?;
        let rules = TransitionRules { epochs: tables.epochs()?, first_epoch };
        let start = Boundary { epoch, table: committed, after: None };
        let entropy = entropy.array_or_zeros::<32>()?;
        let proven = TransitionChain::begin(&start, &records, &key.0, capacity, &rules, &entropy)?.verify()?;
        let boundary = &proven.boundary;
        let described = handed_over(boundary.epoch, &proven.state, &boundary.table, Some(&proven.auth_root));
        Ok(Some(HslcBuffer::text(described.to_string())))
    })
}
