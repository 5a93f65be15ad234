//! `docs/network.schema.json` and the reader of network files agree.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests end loudly")]

mod common;

use std::fs;

use common::schema::Schema;
use hotshot_light_client::client::network::Network;
use hotshot_verify::network::PRESETS;
use serde_json::{Value, json};

fn schema() -> Schema {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/network.schema.json");
    Schema::new(serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap())
}

fn reads(file: &Value) -> bool {
    Network::parse(file.to_string().as_bytes()).is_ok()
}

const KEY: &str = "BLS_VER_KEY~bQszS-QKYvUij2g20VqS8asttGSb95NrTu2PUj0uMh1CBUxNy1FqyPDjZqB29M7ZbjWqj79QkEOWkpga84AmDYUeTuWmy-0P1AdKHD3ehc-dKvei78BDj5USwXPJiDUlCxvYs_9rWYhagaq-5_LXENr78xel17spftNd5MA1Mw5U";
const STATE_KEY: &str =
    "SCHNORR_VER_KEY~lJqDaVZyM0hWP2Br52IX5FeE-dCAIC-dPX7bL5-qUx-vjbunwe-ENOeZxj6FuOyvDCFzoGeP7yZ0fM995qF-CRE";

fn full() -> Value {
    json!({
        "name": "example", "chain_id": "35353", "epoch_height": 10, "epoch_start_block": 1, "first_dynamic_epoch": 3,
        "stake_table": [{"stake_key": KEY, "stake_amount": "0x1", "state_ver_key": STATE_KEY}],
        "later_stake_tables": [{"from_epoch": 3, "validators": [{"stake_key": KEY, "stake_amount": "7"}]}],
        "stake_table_hashes": [{"epoch": 3, "hash": "STAKE_TABLE~GO4MXODyzeLZkR786MjPbCgKrYfGTKOkCa7GNfyEXMxq"}],
        "genesis": {"leaf": "COMMIT~AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB"},
        "checkpoint": null,
        "l1": {"chain_id": 1, "stake_table_contract": "0xcef474d372b5b09defe2af187bf17338dc704451"},
        "providers": ["http://localhost:24000"], "insecure_devnet": true, "unknown": [1.5]
    })
}

#[test]
fn presets_fit_and_pin_what_is_public() {
    let schema = schema();
    for (name, text) in PRESETS {
        let file: Value = serde_json::from_str(text).unwrap();
        assert!(schema.is_valid(&file), "{name}");
        let network = Network::parse(text.as_bytes()).unwrap();
        assert_eq!(network.name, name);
        assert!(network.stake_table.is_none() && network.require_stake_table().is_err(), "{name} has a missing pin");
        // The first epoch with proof of stake and the one after keep the static table.
        let epochs = network.epochs().unwrap();
        assert_eq!(network.first_dynamic_epoch, Some(epochs.of(network.epoch_start_block) + 2), "{name}");
    }
    let mainnet = Network::parse(PRESETS[0].1.as_bytes()).unwrap();
    assert_eq!((mainnet.epoch_height, mainnet.epoch_start_block), (40_000, 10_960_201));
    assert_eq!(mainnet.first_dynamic_epoch, Some(277));
    assert_eq!(mainnet.l1.stake_table.unwrap()[..4], [0xce, 0xf4, 0x74, 0xd3]);
}

#[test]
fn recordings_are_network_files() {
    let schema = schema();
    for name in ["v2-v3", "v3", "v4"] {
        let Some(path) = common::vectors("recordings_are_network_files", &format!("{name}/stake_table.json")) else {
            return;
        };
        let file: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        assert!(schema.is_valid(&file) && reads(&file), "{name}");
    }
}

#[test]
fn the_schema_accepts_what_the_reader_accepts() {
    let schema = schema();
    let nested = json!([{"stake_table_entry": {"stake_key": KEY, "stake_amount": "1"}, "state_ver_key": STATE_KEY, "connect_info": null}]);
    type Change = (&'static str, Value);
    let changes: [Change; 13] = [
        ("/stake_table", Value::Null),
        ("/stake_table", nested.clone()),
        ("/stake_table", json!({"known_nodes_with_stake": nested})),
        ("/stake_table", json!({"validators": nested})),
        ("/epoch_height", json!(0)),
        ("/epoch_height", json!(u64::MAX)),
        ("/chain_id", json!("0xdecaf")),
        ("/chain_id", Value::Null),
        ("/later_stake_tables", Value::Null),
        ("/stake_table_hashes", Value::Null),
        ("/genesis", Value::Null),
        ("/l1", json!({})),
        ("/providers", Value::Null),
    ];
    assert!(schema.is_valid(&full()) && reads(&full()));
    for (place, value) in changes {
        let mut file = full();
        *file.pointer_mut(place).unwrap() = value.clone();
        assert!(reads(&file), "{place} {value}");
        assert!(schema.is_valid(&file), "{place} {value}");
    }
}

#[test]
fn the_schema_refuses_what_the_reader_refuses() {
    let schema = schema();
    let changes = [
        ("/epoch_height", json!(5)),
        ("/epoch_height", json!(-1)),
        ("/epoch_height", json!(1.5)),
        ("/epoch_height", json!("10")),
        ("/epoch_start_block", Value::Null),
        ("/first_dynamic_epoch", json!("3")),
        ("/stake_table/0/stake_key", json!("BLS_VER_KEY~AAAA")),
        ("/stake_table/0/stake_amount", json!(1)),
        ("/stake_table/0/stake_amount", json!("1.0")),
        ("/stake_table/0/state_ver_key", json!(KEY)),
        ("/stake_table", json!("mainnet")),
        ("/stake_table", json!({"nodes": []})),
        ("/later_stake_tables", json!([{"validators": []}])),
        ("/later_stake_tables", json!({})),
        ("/stake_table_hashes", json!([{"epoch": 3}])),
        ("/stake_table_hashes", json!([{"hash": "STAKE_TABLE~GO4MXODyzeLZkR786MjPbCgKrYfGTKOkCa7GNfyEXMxq"}])),
        ("/stake_table_hashes", json!([{"epoch": 3, "hash": "COMMIT~AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB"}])),
        ("/genesis", json!({})),
        ("/genesis/leaf", json!("BLOCK~AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB")),
        ("/l1/stake_table_contract", json!("0x12")),
        ("/l1/chain_id", json!("1")),
        ("/providers", json!("http://localhost")),
        ("/providers", json!([7])),
        ("/insecure_devnet", json!("yes")),
        ("/chain_id", json!(1)),
        ("/name", json!(1)),
        ("/checkpoint", json!(1)),
    ];
    for (place, value) in changes {
        let mut file = full();
        *file.pointer_mut(place).unwrap() = value.clone();
        assert!(!reads(&file), "the reader takes {place} {value}");
        assert!(!schema.is_valid(&file), "the schema takes {place} {value}");
    }
}
