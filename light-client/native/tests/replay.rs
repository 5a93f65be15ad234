//! `hotshot-verify replay` on the recorded history of events and on tampered copies of it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests end loudly")]

mod common;

use std::fs;
use std::path::Path;

use common::{Ended, run, vectors};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The recorded logs, to be tampered with.
struct Logs {
    folder: TempDir,
    logs: Vec<Value>,
}

impl Logs {
    fn recorded() -> Option<Self> {
        let path = vectors("replay", "stake_table_history/synthetic_logs.json")?;
        let logs = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        Some(Self { folder: tempfile::tempdir().unwrap(), logs })
    }

    fn replay(&self, more: &[&str]) -> Ended {
        self.replay_text(Value::Array(self.logs.clone()).to_string().as_bytes(), more)
    }

    fn replay_text(&self, text: &[u8], more: &[&str]) -> Ended {
        let path = self.folder.path().join("logs.json");
        fs::write(&path, text).unwrap();
        let path = path.display().to_string();
        run(&[&["replay", &path], more].concat())
    }

    /// The code and position of the rejection.
    fn rejected(&self) -> (String, Option<u64>) {
        let ended = self.replay(&["--protocol", "0.5", "--json"]);
        assert_eq!((ended.code, ended.stderr.as_str()), (1, ""));
        let [object] = &ended.json_lines()[..] else { panic!("{}", ended.stdout) };
        (object["rejected"].as_str().unwrap().into(), object["l1_block"].as_u64())
    }
}

/// The value behind `key: ` in a recorded snapshot.
fn recorded(snapshot: &str, key: &str) -> Value {
    let line = snapshot.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(": ")).unwrap();
    line.parse::<u64>().map_or_else(|_| json!(line), |number| json!(number))
}

fn snapshot(version: &str) -> String {
    let name = format!("stake_table_history/stake_table_history_synthetic_v{}.snap", version.replace('.', "_"));
    fs::read_to_string(vectors("replay", &name).unwrap()).unwrap()
}

#[test]
fn the_recorded_history_has_the_recorded_outcome() {
    let Some(mut logs) = Logs::recorded() else { return };
    for version in ["0.3", "0.5", "0.6"] {
        let snapshot = snapshot(version);
        let ended = logs.replay(&["--protocol", version, "--json"]);
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{version}");
        let expected = json!({
            "events": recorded(&snapshot, "decoded_events"),
            "stake_table_hash": recorded(&snapshot, "stake_table_hash"),
            "active_validators_commit": recorded(&snapshot, "active_validators_commit"),
            "all_validators": recorded(&snapshot, "all_validators"),
            "active_validators": recorded(&snapshot, "active_validators"),
        });
        assert_eq!(ended.json_lines(), [expected], "{version}");
        let order = ["events", "stake_table_hash", "active_validators_commit", "all_validators", "active_validators"];
        let places: Vec<_> = order.iter().map(|key| ended.stdout.find(&format!("\"{key}\"")).unwrap()).collect();
        assert!(places.is_sorted(), "{}", ended.stdout);
        let text = logs.replay(&["--protocol", version]);
        for key in order {
            assert!(text.stdout.contains(key), "{}", text.stdout);
        }
        // Any order of the logs comes to the same.
        logs.logs.reverse();
        assert_eq!(logs.replay(&["--protocol", version, "--json"]).stdout, ended.stdout);
    }
}

#[test]
fn up_to_an_l1_block() {
    let Some(logs) = Logs::recorded() else { return };
    let snapshot = snapshot("0.5");
    let ladder = snapshot.lines().filter(|line| line.contains("  block  "));
    let mut rungs = 0;
    for rung in ladder {
        let words: Vec<_> = rung.split_whitespace().collect();
        let ended = logs.replay(&["--protocol", "0.5", "--json", "--l1-block", words[2]]);
        let object = &ended.json_lines()[0];
        assert_eq!(object["stake_table_hash"], words[6], "{rung}");
        assert_eq!(object["events"], json!(words[0].parse::<u64>().unwrap() + 1));
        // After the first event somebody is registered, and nobody has stake.
        let nobody = words[0] == "0";
        assert_eq!(ended.code, i32::from(nobody), "{rung}");
        assert_eq!(object["active_validators_commit"].is_null(), nobody);
        assert_eq!(object.get("rejected").is_some(), nobody);
        rungs += 1;
    }
    assert_eq!(rungs, 24);
}

#[test]
fn the_table_is_written_in_signer_order() {
    let Some(logs) = Logs::recorded() else { return };
    let path = logs.folder.path().join("table.json");
    let text = path.display().to_string();
    let ended = logs.replay(&["--protocol", "0.5", "--json", "--table", &text]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    let table: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert_eq!(table["stake_table_hash"], ended.json_lines()[0]["stake_table_hash"]);
    let validators = table["validators"].as_array().unwrap();
    assert_eq!(validators.len(), 2);
    // Accounts in the order of their registrations on L1.
    let registered: Vec<String> = logs
        .logs
        .iter()
        .filter(|log| log["topics"].as_array().unwrap().len() == 2)
        .map(|log| format!("0x{}", &log["topics"][1].as_str().unwrap()[26..]))
        .collect();
    let place = |validator: &Value| registered.iter().position(|account| *account == validator["account"]).unwrap();
    assert!(place(&validators[0]) < place(&validators[1]));
    for validator in validators {
        assert!(validator["stake_key"].as_str().unwrap().starts_with("BLS_VER_KEY~"));
        assert!(validator["state_ver_key"].as_str().unwrap().starts_with("SCHNORR_VER_KEY~"));
    }
    // Without anybody to sign, no file is written and the verdict is not good.
    let missing = logs.folder.path().join("missing.json");
    let ended = logs.replay(&["--protocol", "0.5", "--l1-block", "1000", "--table", &missing.display().to_string()]);
    assert_eq!(ended.code, 1);
    assert!(!missing.exists());
    let folder = logs.folder.path().display().to_string();
    let ended = logs.replay(&["--protocol", "0.5", "--table", &folder]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains(&folder));
}

#[test]
fn tampered_histories_are_rejected() {
    let Some(whole) = Logs::recorded() else { return };
    let tampered = |change: &dyn Fn(&mut Vec<Value>)| {
        let mut logs = Logs { folder: tempfile::tempdir().unwrap(), logs: whole.logs.clone() };
        change(&mut logs.logs);
        logs.rejected()
    };
    let code = |change: &dyn Fn(&mut Vec<Value>)| tampered(change).0;
    assert_eq!(code(&|logs| logs[3]["removed"] = json!(true)), "stake_table.log_removed");
    assert_eq!(code(&|logs| logs[3]["blockNumber"] = Value::Null), "stake_table.log_position");
    assert_eq!(code(&|logs| logs[3]["address"] = json!(format!("0x{}", "22".repeat(20)))), "stake_table.log_address");
    assert_eq!(code(&|logs| logs.push(logs[3].clone())), "stake_table.log_repeated");
    assert_eq!(code(&|logs| logs[3] = json!({})), "json.missing_key");
    assert_eq!(code(&|logs| logs[3]["data"] = json!("0x0")), "hex.form");
    let unknown = |logs: &mut Vec<Value>| {
        logs.remove(0);
    };
    assert_eq!(tampered(&unknown), ("stake_table.unknown_validator".into(), Some(1001)));
    let twice = |logs: &mut Vec<Value>| {
        let mut again = logs[0].clone();
        again["blockNumber"] = json!("0x999999");
        logs.push(again);
    };
    // The last events of the recording are exits, one of them the first validator's.
    assert_eq!(tampered(&twice).1, Some(0x99_9999));
    let text = Logs { folder: tempfile::tempdir().unwrap(), logs: whole.logs[1..].to_vec() };
    let ended = text.replay(&["--protocol", "0.5"]);
    assert_eq!(ended.code, 1);
    assert!(ended.stdout.contains("L1 block 1001") && ended.stdout.contains("stake_table.unknown_validator"));
}

#[test]
fn logs_of_other_contracts_are_passed_over_where_the_contract_is_named() {
    let Some(mut logs) = Logs::recorded() else { return };
    let ours = format!("0x{}", "11".repeat(20));
    let plain = logs.replay(&["--protocol", "0.5", "--json"]).stdout;
    let mut foreign = logs.logs[0].clone();
    foreign["address"] = json!(format!("0x{}", "22".repeat(20)));
    logs.logs.push(foreign);
    let ended = logs.replay(&["--protocol", "0.5", "--json", "--contract", &ours]);
    assert_eq!((ended.code, ended.stdout), (0, plain));
}

#[test]
fn wrong_usage_and_broken_files() {
    let Some(logs) = Logs::recorded() else { return };
    for more in [
        &[][..],
        &["--protocol", "0.2"],
        &["--protocol", "0.7"],
        &["--protocol", "1.0"],
        &["--protocol", "4"],
        &["--protocol", "0.+4"],
        &["--protocol", "0.4", "--contract", "0x11"],
        &["--protocol", "0.4", "--l1-block", "-1"],
    ] {
        let ended = logs.replay(more);
        assert_eq!(ended.code, 2, "{more:?}");
        assert!(ended.stdout.is_empty() && !ended.stderr.is_empty());
    }
    let ended = logs.replay_text(b"[{]", &["--protocol", "0.4"]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("line 1, column 3: broken JSON"), "{}", ended.stderr);
    assert_eq!(logs.replay_text(b"{}", &["--protocol", "0.4"]).code, 1);
    let ended = run(&["replay", "/nonexistent/logs.json", "--protocol", "0.4"]);
    assert_eq!(ended.code, 2);
    assert!(!Path::new("/nonexistent").exists());
}

#[test]
fn an_empty_history_has_the_hash_of_nothing() {
    let Some(logs) = Logs::recorded() else { return };
    let ended = logs.replay_text(b"[]", &["--protocol", "0.4", "--json"]);
    assert_eq!(ended.code, 1);
    let object = &ended.json_lines()[0];
    assert_eq!((&object["events"], &object["all_validators"]), (&json!(0), &json!(0)));
    assert!(object["stake_table_hash"].as_str().unwrap().starts_with("STAKE_TABLE~"));
    assert_eq!(object["rejected"], "stake_table.nobody_active");
}
