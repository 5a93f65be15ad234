//! The core's verdicts on the transition scripts of `tests/scripts`, which the contract judges too
//! (`circuits/contracts/test/Scripts.t.sol`).
//!
//! `WRITE_GENERATED=1 cargo test -p hotshot-circuits --test transition_scripts` writes those that need no
//! recordings, with a real proof where a test wants one; they are the same at every run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

#[path = "scripts/format.rs"]
mod format;
#[path = "scripts/judge.rs"]
mod judge;
#[path = "scripts/write.rs"]
mod write;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use format::{Script, Update, Word};
use hotshot_light_client::encoding::integer::U256;
use hotshot_light_client::encoding::json::{Json, parse};
use hotshot_light_client::stake_table::table::StakeTable;
use hotshot_light_client::transition::certificate::StateCertificate;
use hotshot_light_client::transition::record::TransitionRecord;
use hotshot_light_client::transition::voting_table::{DEFAULT_CAPACITY, VotingTable};

const RECORDED: &str = "recorded_v4.json";

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/scripts/transitions")
}

fn text(script: &Script) -> String {
    serde_json::to_string_pretty(script).unwrap() + "\n"
}

/// A recorded file, or a line that says which test goes without it.
fn recording(name: &str) -> Option<Vec<u8>> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/vectors");
    let vectors = std::env::var_os("HOTSHOT_VECTORS").map_or_else(|| PathBuf::from(default), PathBuf::from);
    let found = fs::read(vectors.join(name)).ok();
    if found.is_none() {
        println!("SKIPPED: there is no recording {name}");
    }
    found
}

#[test]
fn the_core_judges_as_the_scripts_say() {
    if std::env::var_os("WRITE_GENERATED").is_some() {
        for (name, script) in write::scripts() {
            fs::write(folder().join(name), text(&script)).unwrap();
        }
    }
    let mut steps = 0;
    for file in fs::read_dir(folder()).unwrap() {
        let path = file.unwrap().path();
        let script: Script = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        steps += judge::check(&path.display().to_string(), &script);
    }
    assert!(steps > 60, "{steps}");
}

/// The states of the recorded script are the recorded ones.
#[test]
fn recorded_states() {
    let Some(certificates) = recording("v4/state-certs.json") else { return };
    let script: Script = serde_json::from_slice(&fs::read(folder().join(RECORDED)).unwrap()).unwrap();
    let json = parse(&certificates).unwrap();
    let certificates: Vec<_> = json.items().unwrap().iter().map(certificate).collect();
    for update in script.steps.iter().flat_map(|step| &step.updates) {
        let found = certificates.iter().find(|certificate| certificate.state.height == update.height).unwrap();
        assert_eq!(update.state_bytes(), found.state.to_bytes());
        assert_eq!(update.next_stake_table.to_bytes(), found.next_table.to_bytes());
        assert_eq!(update.auth_root, Word::of(U256::from_be_bytes(found.auth_root)));
    }
    assert_eq!(certificates.len(), 6);
}

fn certificate(item: &Json<'_>) -> StateCertificate {
    StateCertificate::from_json(item.items().unwrap().last().unwrap()).unwrap()
}

/// Writes the recorded script from a folder of proofs, `<epoch>` each, and the key beside them, as
/// `hotshot-prover prove v4/state-certs.json` leaves them: `PROOFS=folder KEY=file`.
#[test]
#[ignore = "needs proofs of a large preset"]
fn write_recorded_script() {
    let proofs = PathBuf::from(std::env::var("PROOFS").unwrap());
    let key = fs::read(std::env::var("KEY").unwrap()).unwrap();
    let table = recording("v4/stake_table.json").unwrap();
    let table = StakeTable::from_json(&parse(&table).unwrap()).unwrap();
    let table = VotingTable::admit(&table, DEFAULT_CAPACITY).unwrap().state();
    let record = |epoch: u64| TransitionRecord::from_bytes(&fs::read(proofs.join(epoch.to_string())).unwrap());
    let records: Vec<_> = (1..=6).map(|epoch| record(epoch).unwrap()).collect();
    fs::write(folder().join(RECORDED), text(&write::recorded(&key, &table, &records))).unwrap();
}

/// The schema asks for what the reader asks for, at every level.
#[test]
fn the_schema_is_the_readers() {
    let schema = include_str!("../../tests/scripts/transition.schema.json");
    let schema: serde_json::Value = serde_json::from_str(schema).unwrap();
    let script = fs::read(folder().join(RECORDED)).unwrap();
    let script: serde_json::Value = serde_json::from_slice(&script).unwrap();
    let names =
        |value: &serde_json::Value| -> BTreeSet<String> { value.as_object().unwrap().keys().cloned().collect() };
    let agree = |place: &str, value: &serde_json::Value| {
        let found = schema.pointer(place).unwrap();
        assert_eq!(names(&found["properties"]), names(value), "{place}");
        let required: BTreeSet<_> = found["required"].as_array().unwrap().iter().map(|n| n.as_str().unwrap()).collect();
        assert_eq!(required, names(value).iter().map(String::as_str).collect(), "{place}");
        assert_eq!(found["additionalProperties"], false, "{place}");
    };
    agree("", &script);
    agree("/properties/network", &script["network"]);
    agree("/properties/genesis", &script["genesis"]);
    agree("/properties/steps/items", &script["steps"][0]);
    agree("/properties/steps/items/properties/then", &script["steps"][0]["then"]);
    agree("/$defs/table", &script["genesis"]["stake_table"]);
    agree("/$defs/update", &script["steps"][0]["updates"][0]);
    assert_eq!(schema["properties"]["format"]["const"], format::FORMAT);
}

/// Updates and records are two forms of one thing.
#[test]
fn updates_keep_proofs() {
    let script: Script = serde_json::from_slice(&fs::read(folder().join(RECORDED)).unwrap()).unwrap();
    let update: &Update = &script.steps[0].updates[0];
    let proof = hotshot_light_client::transition::proof::Proof::from_bytes(&update.proof_bytes()).unwrap();
    assert_eq!(proof.to_bytes(), update.proof_bytes());
}
