//! Rollups on the devnet: their users' transactions are found, and no one else's talk counts.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod common;

use std::{fs, path::PathBuf, sync::Arc};

use common::{node, produce};
use hotshot_light_client::{
    client::network::Network,
    consensus::{header::Header, tables::EpochTables, verified::Verified},
    data::{header_with_trusted_hash, vid::VidParameters},
    encoding::{bytes::from_hex, json::parse},
    rollup::{
        Answer, BundleScan, RollupConfig, Scan, ScanRequest,
        bundle::{Expected, Leg},
    },
};
use hotshot_tests::{
    chain::{Chain, History, Settings},
    model::BlockLine,
    rollup::Rollup,
    server::{Node, network_file},
};

fn settings(minor: u16) -> Settings {
    Settings {
        validators: 7,
        epoch_height: 20,
        versions: vec![minor],
        rollups: true,
        failed_views: 0,
        ..Settings::default()
    }
}

fn tables(node: &Node) -> EpochTables {
    let network = serde_json::to_vec(&network_file(&node.chain(), &[])).unwrap();
    Network::parse(&network).unwrap().admit().unwrap()
}

fn config(node: &Node, rollup: Rollup) -> RollupConfig {
    let text = node.chain().rollups().unwrap().config(rollup).to_string();
    RollupConfig::from_json(&parse(text.as_bytes()).unwrap()).unwrap()
}

/// The newest block as if following had shown it final: that is another test's question.
fn tip(node: &Node) -> (Verified<Header>, [u8; 32]) {
    let chain = node.chain();
    let block = chain.blocks().last().unwrap();
    let text = serde_json::to_string(&block.leaf.leaf.block_header).unwrap();
    let header = header_with_trusted_hash(&parse(text.as_bytes()).unwrap(), &block.hash.bytes).unwrap();
    (header, block.leaf.qc.data.leaf_commit.bytes)
}

fn body(node: &Node, request: ScanRequest) -> Vec<u8> {
    let answer = node.answer(&request.path());
    assert_eq!(answer.status, 200, "{}", request.path());
    answer.body.into_bytes()
}

fn confirm(node: &Node, rollup: Rollup, transaction: [u8; 32], hint: Option<u64>) -> Scan {
    let (tip, tables) = (tip(node), tables(node));
    let range = 0..=tip.0.height;
    let mut scan = Scan::new(config(node, rollup), transaction, range, tip, hint).unwrap();
    scan.set_stretch(10);
    loop {
        while scan.is_working() {
            scan.step(8).unwrap();
        }
        let Some(request) = scan.request() else { return scan };
        scan.respond(&body(node, request), |block| VidParameters::of_block(block, &tables).ok()).unwrap();
    }
}

#[test]
fn transactions_of_users_are_found_and_canonical() {
    for minor in [4, 6] {
        // Past the change of Nitro's key, which is at L1 block 40.
        let node = node(settings(minor), 24);
        let posted = node.post(&Rollup::ALL, "a letter").unwrap();
        produce(&node, 16);
        for posted in &posted {
            let scan = confirm(&node, posted.rollup, posted.transaction.hash(), None);
            let verdict = scan.verdict();
            let Answer::Yes(place) = verdict.in_hotshot else { panic!("{:?}", posted.rollup) };
            assert_eq!(place.height, 25, "the next block");
            let Answer::Yes(canonical) = verdict.canonical else { panic!("{:?}: {verdict:?}", posted.rollup) };
            assert_eq!(canonical.place, place);
            assert!(scan.refused_transactions() > 0, "others talk in the namespace of {:?}", posted.rollup);
            assert!(!scan.used_served_parameters());
            let hinted = confirm(&node, posted.rollup, posted.transaction.hash(), Some(25));
            assert_eq!(hinted.verdict(), verdict);
        }
        let absent = confirm(&node, Rollup::NitroV1, [7; 32], None);
        assert_eq!((absent.verdict().in_hotshot, absent.progress()), (Answer::No, (41, 41)));
    }
}

#[test]
fn a_bundle_of_two_rollups_is_in_one_block() {
    let node = node(settings(6), 5);
    let rollups = [Rollup::NitroV1, Rollup::OpStack];
    let posted = node.post(&rollups, "both or none").unwrap();
    produce(&node, 6);
    let legs: Vec<Leg> = posted
        .iter()
        .map(|posted| Leg {
            namespace: posted.rollup.namespace(),
            expected: Expected::L2Transaction(config(&node, posted.rollup), posted.transaction.hash()),
        })
        .collect();
    let tables = tables(&node);
    let mut scan = BundleScan::new(legs, 0..=11, tip(&node), None).unwrap();
    loop {
        while scan.is_working() {
            scan.step(8).unwrap();
        }
        let Some(request) = scan.request() else { break };
        scan.respond(&body(&node, request), |block| VidParameters::of_block(block, &tables).ok()).unwrap();
    }
    let Answer::Yes(bundle) = scan.verdict() else { panic!() };
    assert_eq!((bundle.height, bundle.legs.len()), (6, 2));
    assert_eq!(bundle.block, node.block(6).unwrap().hash.bytes);
}

#[test]
fn submitted_transactions_are_in_the_next_block() {
    let node = node(settings(4), 3);
    let answer = node.submit(br#"{"namespace":31337,"payload":"aGVsbG8="}"#);
    assert_eq!(answer.status, 200);
    assert!(answer.body.starts_with("\"TX~"), "{}", answer.body);
    produce(&node, 1);
    let namespace = node.answer("/v1/availability/block/4/namespace/31337").body;
    assert!(namespace.contains(r#""transactions":[{"namespace":31337,"payload":"aGVsbG8="}]"#), "{namespace}");
    for refused in [&b"{}"[..], br#"{"namespace":4294967296,"payload":""}"#, br#"{"namespace":1,"payload":"*"}"#] {
        assert_eq!(node.submit(refused).status, 400);
    }
    // More than one block's worth waits for the blocks after, in order.
    let large = format!(r#"{{"namespace":5,"payload":"{}"}}"#, "AAAA".repeat(150_000));
    for _ in 0..3 {
        assert_eq!(node.submit(large.as_bytes()).status, 200);
    }
    produce(&node, 3);
    for height in 5..8 {
        assert_eq!(node.block(height).unwrap().payload.raw_payload.0.len() / 450_000, 1, "block {height}");
    }
    let too_large = format!(r#"{{"namespace":5,"payload":"{}"}}"#, "AAAA".repeat(300_000));
    assert_eq!(node.submit(too_large.as_bytes()).status, 400);
}

#[test]
fn sequencers_go_on_after_a_restart() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("rollups-restart");
    let _ = fs::remove_dir_all(&folder);
    let settings = settings(4);
    let blocks = |chain: &Chain| -> Vec<BlockLine> {
        chain.blocks().iter().map(|block| Arc::unwrap_or_clone(Arc::clone(block))).collect()
    };
    let make = |chain: &mut Chain, count: u64| (0..count).for_each(|_| drop(chain.produce().unwrap()));
    let open = || Chain::new(settings.clone(), History::open(&folder, &settings).unwrap()).unwrap();
    make(&mut open(), 13);
    let mut continued = open();
    make(&mut continued, 12);
    let mut straight = Chain::new(settings.clone(), History::default()).unwrap();
    make(&mut straight, 25);
    assert_eq!(blocks(&continued), blocks(&straight));
}

#[test]
fn addresses_are_those_that_sign() {
    let node = node(settings(4), 1);
    let text = node.chain().rollups().unwrap().config(Rollup::NitroV1);
    let signer = text["authority"][0]["signer"].as_str().unwrap();
    assert!(config(&node, Rollup::NitroV1).authority.check(&from_hex(signer).unwrap(), 39).is_ok());
    assert!(config(&node, Rollup::NitroV1).authority.check(&from_hex(signer).unwrap(), 40).is_err());
}
