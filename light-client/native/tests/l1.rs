//! Ethereum as the root of trust, against a real EVM: the real contract's history, and a devnet that is
//! followed with nothing pinned but the contracts' addresses.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests end loudly")]

mod common;

use std::fs;

use common::devnet::Devnet;
use common::evm::{CHAIN_ID, Evm};
use common::{run, vectors};
use hotshot_light_client::encoding::bytes::{from_hex, from_hex_vec, to_hex};
use hotshot_light_client::encoding::json;
use hotshot_light_client::encoding::tagged_base64::{self, tag};
use hotshot_light_client::hash::element;
use hotshot_light_client::stake_table::active_set::ActiveRules;
use hotshot_light_client::stake_table::logs::LogFilter;
use hotshot_light_client::stake_table::replay::Replay;
use hotshot_light_client::stake_table::transition::EpochState;
use hotshot_light_client::transition::voting_table::{DEFAULT_CAPACITY, VotingTable};
use hotshot_tests::chain::Settings;
use hotshot_tests::l1::{LIGHT_CLIENT, STAKE_TABLE, light_client, now, readers};
use hotshot_tests::stake::Log;
use serde_json::{Value, json};

/// The logs of the recorded history, in their order.
fn recorded_logs(text: &[u8]) -> Vec<Log> {
    let logs: Vec<Value> = serde_json::from_slice(text).unwrap();
    let log = |log: &Value| Log {
        topics: log["topics"].as_array().unwrap().iter().map(|t| from_hex(t.as_str().unwrap()).unwrap()).collect(),
        data: from_hex_vec(log["data"].as_str().unwrap(), 1 << 16).unwrap(),
    };
    logs.iter().map(log).collect()
}

fn l1(first_block: u64) -> Value {
    json!({
        "chain_id": CHAIN_ID,
        "light_client_contract": to_hex(&LIGHT_CLIENT),
        "stake_table_contract": to_hex(&STAKE_TABLE),
        "first_block": first_block,
    })
}

fn word(value: u64) -> [u8; 32] {
    let mut word = [0; 32];
    word[24..].copy_from_slice(&value.to_be_bytes());
    word
}

#[test]
fn the_recorded_history_leads_to_the_committed_table() {
    let test = "the_recorded_history_leads_to_the_committed_table";
    let (Some(path), Some(evm)) = (vectors(test, "stake_table_history/synthetic_logs.json"), Evm::start(test)) else {
        return;
    };
    let text = fs::read(path).unwrap();
    for log in recorded_logs(&text) {
        evm.emit(&[log]);
    }
    let reading = LogFilter::default().read(&json::parse(&text).unwrap()).unwrap();
    let replayed = Replay::new(reading, &[]).unwrap().finish().unwrap();
    let hash = replayed.state.hash();
    let table = EpochState::from_replay(1, replayed.state, &hash).unwrap().table(ActiveRules::Staked).unwrap().table;
    let elements = VotingTable::admit(&table, DEFAULT_CAPACITY).unwrap().state().elements();
    let [bls, schnorr, amounts, threshold] = elements.map(|element| element::to_be_bytes(&element));
    let contract = |threshold| {
        readers(&[
            ("finalizedState()", vec![word(398), word(395), word(9)]),
            ("votingStakeTableState()", vec![threshold, bls, schnorr, amounts]),
            ("authRoot()", vec![[0; 32]]),
            ("blocksPerEpoch()", vec![word(100)]),
            ("epochStartBlock()", vec![word(1)]),
            ("getStateHistoryCount()", vec![word(4)]),
            ("stateHistoryCommitments(uint256)", vec![word(1), word(now()), word(395), word(9)]),
        ])
    };
    evm.set_light_client(&contract(threshold));
    evm.mine(4);

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("network.json").display().to_string();
    let write = |l1: Value| {
        let network = json!({ "epoch_height": 100, "epoch_start_block": 1, "first_dynamic_epoch": 3, "l1": l1 });
        fs::write(&file, network.to_string()).unwrap();
    };
    write(l1(0));
    let path = folder.path().join("table.json").display().to_string();
    let read = || run(&["l1-anchor", "--network", &file, "--l1-rpc", evm.url(), "--json", "--table", &path]);
    let anchor = read();
    assert_eq!(anchor.code, 0, "{}", anchor.stderr);
    let found = &anchor.json_lines()[0];
    assert_eq!((&found["root"], &found["epoch"], &found["height"]), (&json!("l1_contract"), &json!(5), &json!(395)));
    assert_eq!(found["stake_table_hash"], tagged_base64::encode(tag::STAKE_TABLE, &hash));
    let written: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert_eq!(written["validators"].as_array().unwrap().len(), table.entries().len());

    // What leads elsewhere than to the committed table is refused, and so is another chain.
    evm.set_light_client(&contract(word(7)));
    evm.mine(3);
    let refused = read();
    assert!(refused.code != 0 && refused.stderr.contains("l1.table"), "{}", refused.stderr);
    evm.set_light_client(&contract(threshold));
    evm.mine(3);
    let mut elsewhere = l1(0);
    elsewhere["chain_id"] = json!(1);
    write(elsewhere);
    let refused = read();
    assert!(refused.code != 0 && refused.stderr.contains("l1.chain"), "{}", refused.stderr);
    // Logs that begin too late are not the contract's.
    write(l1(6));
    let refused = read();
    let named = ["l1.", "stake_table."].iter().any(|family| refused.stderr.contains(family));
    assert!(refused.code != 0 && named, "{}", refused.stderr);
}

#[test]
fn a_devnet_is_followed_with_nothing_pinned_but_contracts() {
    let Some(evm) = Evm::start("a_devnet_is_followed_with_nothing_pinned_but_contracts") else { return };
    let settings = Settings {
        validators: 6,
        epoch_height: 10,
        versions: vec![4],
        dynamic_stake: true,
        failed_views: 0,
        ..Settings::default()
    };
    let devnet = Devnet::new(settings, 88);
    let server = devnet.listen(|_| false);
    let network = json!({
        "chain_id": "42",
        "epoch_height": 10,
        "epoch_start_block": 1,
        "first_dynamic_epoch": 3,
        "l1": l1(0),
        "providers": [server.address],
    });
    let pinned: Value = serde_json::from_str(&fs::read_to_string(devnet.path("network.json")).unwrap()).unwrap();
    let mut network = network;
    network["chain_id"] = pinned["chain_id"].clone();
    fs::write(devnet.path("l1.json"), network.to_string()).unwrap();
    // The contract has got as far as block 52; the stake table contract is ahead of it, as it always is.
    {
        let chain = devnet.node.chain();
        for epoch in 3..=9 {
            let logs: Vec<Log> = chain.stake(epoch).unwrap().events.iter().map(Log::of).collect();
            evm.emit(&logs);
        }
        evm.set_light_client(&light_client(&chain, 52, now()).unwrap());
    }
    evm.mine(3);
    let follow = |more: &[&str]| {
        let file = devnet.path("l1.json");
        let mut arguments = vec!["follow", "--network", &file, "--l1-rpc", evm.url(), "--poll", "0.02", "--json"];
        arguments.extend(more);
        run(&arguments)
    };
    let ended = follow(&["--until", "86"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let told = devnet.told(&ended, "by L1");
    assert_eq!(told.last(), Some(&86), "{}", ended.stderr);
    assert!(ended.stderr.contains("rests on the light client contract"), "{}", ended.stderr);
    assert!(ended.json_lines().iter().all(|line| line["root"] == "l1_contract"), "{}", ended.stdout);
    assert!(!ended.stderr.contains("rejected"), "{}", ended.stderr);

    // Who began with an old pin is confirmed by the same contract, if that is not old itself.
    let mut old = pinned.clone();
    old.as_object_mut().unwrap().remove("insecure_devnet");
    (old["l1"], old["providers"]) = (l1(0), json!([server.address]));
    fs::write(devnet.path("old.json"), old.to_string()).unwrap();
    let old = |until: &str, more: &[&str]| {
        let (file, store) = (devnet.path("old.json"), devnet.path("old-store"));
        let common = ["follow", "--network", &file, "--store", &store, "--poll", "0.02", "--json", "--until", until];
        run(&[&common[..], more].concat())
    };
    let withheld = |ended: &common::Ended| {
        assert_eq!(ended.code, 1, "{}", ended.stderr);
        assert_eq!(ended.json_lines(), [json!({ "withheld": "trust.expired" })]);
    };
    withheld(&old("86", &[]));
    // What was kept meanwhile is no younger.
    withheld(&old("84", &[]));
    fs::remove_dir_all(devnet.path("old-store")).unwrap();
    let set = |accepted_at| {
        let chain = devnet.node.chain();
        evm.set_light_client(&light_client(&chain, 86, accepted_at).unwrap());
        drop(chain);
        evm.mine(3);
    };
    set(1);
    let ended = old("86", &["--confirm-l1", evm.url()]);
    assert!(ended.code != 0 && ended.stderr.contains("trust.confirmation"), "{}", ended.stderr);
    set(now());
    let ended = old("86", &["--confirm-l1", evm.url()]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(devnet.told(&ended, "confirmed").last(), Some(&86), "{}", ended.stderr);

    // A contract that commits to another table than the chain has: its signers sign nothing of this.
    {
        let chain = devnet.node.chain();
        evm.set_light_client(&light_client(&chain, 82, now()).unwrap());
    }
    evm.mine(3);
    let ended = follow(&["--until", "86"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let settings = Settings { seed: "strangers".into(), ..devnet.node.chain().settings().clone() };
    let strangers = Devnet::new(settings, 88);
    let other = strangers.listen(|_| false);
    let ended = run(&[
        "follow",
        "--network",
        &devnet.path("l1.json"),
        "--l1-rpc",
        evm.url(),
        "--poll",
        "0.02",
        "--json",
        "--provider",
        &other.address,
        "--provider",
        &server.address,
        "--until",
        "86",
    ]);
    devnet.told(&ended, "strangers");
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stderr.contains(&format!("{} rejected", other.address)), "{}", ended.stderr);
}
