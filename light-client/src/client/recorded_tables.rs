//! The first dynamic table of a recorded chain, derived from its recorded root, verifies what follows.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::client::network::Network;
use crate::client::request::Request;
use crate::client::table_sync::TableSync;
use crate::consensus::certificate::CertificatePair;
use crate::consensus::leaf::CertifiedLeaf;
use crate::consensus::signatures::SignatureChecks;
use crate::consensus::tables::EpochTables;
use crate::consensus::version::Version;
use crate::encoding::json;
use crate::encoding::tagged_base64::{self, tag};
use crate::recorded;
use crate::rejection::Rejected;
use crate::stake_table::active_set::ActiveRules;
use crate::stake_table::catch_up::{CatchUp, FinalRoot, Reached};
use crate::stake_table::deriver::Deriver;
use crate::stake_table::event_json::events_to_json;
use crate::stake_table::fixture;
use crate::stake_table::table::StakeTable;
use crate::stake_table::table_chain::recorded_events;

/// The recorded leaves of the 0.4 chain by height, as `availability/leaf` serves them.
fn leaves() -> Option<BTreeMap<u64, String>> {
    Some(by_height(&recorded::file("v4/blocks.jsonl")?))
}

fn by_height(lines: &[u8]) -> BTreeMap<u64, String> {
    let leaf = |line: &str| {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        (value["leaf"]["leaf"]["block_header"]["fields"]["height"].as_u64().unwrap(), value["leaf"].to_string())
    };
    core::str::from_utf8(lines).unwrap().lines().map(leaf).collect()
}

fn network() -> Option<Network> {
    let mut network = Network::parse(&recorded::file("v4/stake_table.json")?).unwrap();
    network.first_dynamic_epoch = Some(3);
    Some(network)
}

/// The way from before the first dynamic table; the version of the root of epoch 1 was not recorded.
fn begin(network: &Network) -> (TableSync, EpochTables) {
    let fixed = StakeTable::admit(network.stake_table.clone().unwrap()).unwrap();
    let mut sync = TableSync::new(network, 3, [1; 32], Box::new(Deriver::new(b"entropy"))).unwrap();
    sync.resume(Reached::before(3), ActiveRules::Staked).unwrap();
    (sync, EpochTables::new(network.epochs(), Arc::new(fixed), 3))
}

fn advance(sync: &mut TableSync, network: &Network, tables: &mut EpochTables) -> Result<u64, Rejected> {
    for _ in 0..10_000 {
        if let Some(advance) = sync.step(network, tables, 3)? {
            return Ok(advance.epoch);
        }
    }
    panic!("it does not come to an end");
}

fn range(leaves: &BTreeMap<u64, String>, heights: &[u64]) -> String {
    let leaves: Vec<&str> = heights.iter().map(|height| leaves[height].as_str()).collect();
    alloc::format!("[{}]", leaves.join(","))
}

#[test]
fn recorded_blocks_verify_through_the_derived_table() {
    let (Some(leaves), Some(network)) = (leaves(), network()) else { return };
    let Some(events) = recorded_events("v4/stake_table_epoch3.json") else { return };
    let (mut sync, mut tables) = begin(&network);
    let root = Request::Leaves { from: 15, until: 17 };
    assert_eq!(sync.requests(2, 3), [root, Request::StakeTableEvents { epoch: 3 }]);
    sync.respond(root, range(&leaves, &[15, 16]).as_bytes());
    sync.respond(Request::StakeTableEvents { epoch: 3 }, events_to_json(&events).as_bytes());
    assert!(tables.of_epoch(3).is_err());
    assert_eq!(advance(&mut sync, &network, &mut tables), Ok(3));

    // The same events serve epoch 4: nothing happened in between, but its root's child is not recorded.
    let four = tables.of_epoch(3).unwrap().clone();
    tables.insert(4, four);
    let mut verified = Vec::new();
    for (height, text) in leaves.range(21..) {
        let certified = CertifiedLeaf::from_json(&json::parse(text.as_bytes()).unwrap()).unwrap();
        let commitment = certified.leaf.commitment();
        // On transition blocks the next epoch's twin stands in the child, where that is recorded.
        let child = leaves.get(&(height + 1)).map(|text| {
            CertifiedLeaf::from_json(&json::parse(text.as_bytes()).unwrap()).unwrap().leaf.next_epoch_justify_qc
        });
        let pair = CertificatePair { qc: certified.qc.clone(), next_epoch_qc: child.flatten() };
        let mut checks = SignatureChecks::new(&[]);
        let quorum = checks.push_on_leaf(&pair, &certified.leaf, &commitment, &tables).unwrap();
        assert_eq!(quorum.epoch, Some(height.div_ceil(10)));
        checks.prove(()).verify().unwrap();
        verified.push(*height);
    }
    assert_eq!(verified, [21, 22, 25, 29, 30, 31, 32]);
}

#[test]
fn a_recorded_root_of_0_3_needs_a_pinned_hash() {
    let Some(text) = recorded::file("v3/blocks.jsonl") else { return };
    // Who registered on that chain was not recorded: these are the events of the other one.
    let Some(events) = recorded_events("v4/stake_table_epoch3.json") else { return };
    let leaf = CertifiedLeaf::from_json(&json::parse(by_height(&text)[&15].as_bytes()).unwrap()).unwrap().leaf;
    assert_eq!(leaf.header.version, Version::V0_3);
    let root = FinalRoot {
        height: leaf.height(),
        rules: ActiveRules::of_version(leaf.header.version.major, leaf.header.version.minor),
        next_stake_table_hash: leaf.header.next_stake_table_hash().copied(),
    };
    let hash = fixture::state(events.clone()).hash();
    for (pin, expected) in [(None, "stake_table.hash_missing"), (Some(hash), "3"), (Some([7; 32]), "stake_table.hash")]
    {
        let mut way = CatchUp::resume(10, Reached::before(3), Some(ActiveRules::Staked)).unwrap();
        pin.into_iter().for_each(|hash| way.pin(3, hash));
        let mut derive = || {
            way.offer_root(root)?;
            way.offer_events(3, events_to_json(&events).into_bytes())?;
            let mut deriver = Deriver::new(b"entropy");
            loop {
                if let Some(table) = way.step(&mut deriver, &[], 9)? {
                    return Ok::<_, Rejected>(table.epoch);
                }
            }
        };
        let outcome = derive().map_or_else(|rejected| rejected.code().to_string(), |epoch| epoch.to_string());
        assert_eq!(outcome, expected);
    }
}

/// Item 9 of the attacks: a server takes the hash out of the root, or puts another one in.
#[test]
fn item_9_a_root_whose_hash_is_taken_away_or_changed_is_another_block() {
    let (Some(leaves), Some(network)) = (leaves(), network()) else { return };
    let honest = range(&leaves, &[15, 16]);
    let place = honest.find("\"next_stake_table_hash\":\"").unwrap();
    let hash = &honest[place + 24..place + 24 + 58];
    assert!(hash.starts_with("\"STAKE_TABLE~") && hash.ends_with('"'), "{hash}");
    let other = json_text(&tagged_base64::encode(tag::STAKE_TABLE, &[7; 32]));
    for lie in ["null", &other] {
        let (mut sync, mut tables) = begin(&network);
        let root = Request::Leaves { from: 15, until: 17 };
        sync.respond(root, honest.replace(hash, lie).as_bytes());
        let rejected = advance(&mut sync, &network, &mut tables).unwrap_err();
        assert!(["leaf.commitment", "leaf.parent", "qc.leaf"].contains(&rejected.code()), "{rejected}");
        assert_eq!((sync.culprit(), sync.broken().is_none()), (Some(root), true), "somebody else may tell the truth");
    }
}

fn json_text(text: &str) -> String {
    alloc::format!("\"{text}\"")
}

#[test]
fn a_pin_and_a_recorded_root_have_to_agree() {
    let (Some(leaves), Some(mut network)) = (leaves(), network()) else { return };
    network.stake_table_hashes = alloc::vec![(3, [7; 32])];
    let (mut sync, mut tables) = begin(&network);
    sync.respond(Request::Leaves { from: 15, until: 17 }, range(&leaves, &[15, 16]).as_bytes());
    assert_eq!(advance(&mut sync, &network, &mut tables).unwrap_err().code(), "stake_table.hash");
    assert!(sync.broken().is_some());
}

#[test]
fn other_events_and_other_leaves_give_no_table() {
    let (Some(leaves), Some(network)) = (leaves(), network()) else { return };
    let Some(events) = recorded_events("v4/stake_table_epoch3.json") else { return };
    let root = Request::Leaves { from: 15, until: 17 };
    let honest = range(&leaves, &[15, 16]);
    for (leaves, events, code, culprit) in [
        (honest.clone(), &events[1..], None, Request::StakeTableEvents { epoch: 3 }),
        (honest.clone(), &events[..events.len() - 1], Some("stake_table.hash"), Request::StakeTableEvents { epoch: 3 }),
        (range(&leaves, &[15, 18]), &events[..], Some("leaf.range"), root),
        (range(&leaves, &[25, 16]), &events[..], Some("leaf.range"), root),
        (honest.replace("\"view_number\":16", "\"view_number\":15"), &events[..], None, root),
    ] {
        let (mut sync, mut tables) = begin(&network);
        sync.respond(root, leaves.as_bytes());
        sync.respond(Request::StakeTableEvents { epoch: 3 }, events_to_json(events).as_bytes());
        let rejected = advance(&mut sync, &network, &mut tables).unwrap_err();
        assert!(code.is_none_or(|code| code == rejected.code()), "{rejected}");
        assert_eq!(sync.culprit(), Some(culprit), "{rejected}");
        assert!(tables.of_epoch(3).is_err());
    }
}
