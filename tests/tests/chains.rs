//! Honest chains: reproducible, continued after a restart, and final across epochs and upgrades.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::{fs, path::PathBuf, sync::Arc};

use common::{End, assert_honest, client, follow, node, produce};
use hotshot_light_client::client::sync::Start;
use hotshot_tests::{
    chain::{Chain, Failure, History, Settings},
    model::{BlockLine, ViewChangeEvidence},
    server::{Manners, Node},
};

fn small(versions: &[u16]) -> Settings {
    Settings { validators: 7, epoch_height: 10, versions: versions.to_vec(), failed_views: 5, ..Settings::default() }
}

fn make(chain: &mut Chain, blocks: u64) -> Result<(), Failure> {
    (0..blocks).try_for_each(|_| chain.produce().map(drop))
}

fn blocks(chain: &Chain) -> Vec<BlockLine> {
    chain.blocks().iter().map(|block| Arc::unwrap_or_clone(Arc::clone(block))).collect()
}

#[test]
fn the_same_seed_makes_the_same_chain() {
    let chain = |seed: &str| {
        let settings = Settings { seed: seed.into(), ..small(&[2, 4, 5, 6]) };
        let mut chain = Chain::new(settings, History::default()).unwrap();
        make(&mut chain, 60).unwrap();
        blocks(&chain)
    };
    assert_eq!(chain("one"), chain("one"));
    assert_ne!(chain("one")[0].leaf.qc.data, chain("two")[0].leaf.qc.data);
}

/// A folder of its own for each test, empty.
fn folder(test: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = fs::remove_dir_all(&folder);
    folder
}

#[test]
fn a_restart_continues_as_if_nothing_had_been() {
    let folder = folder("restart");
    let settings = small(&[4, 6]);
    let open = || Chain::new(settings.clone(), History::open(&folder, &settings).unwrap()).unwrap();
    make(&mut open(), 13).unwrap();
    // A block that was being written when the power failed.
    let file = folder.join("blocks.jsonl");
    let mut text = fs::read_to_string(&file).unwrap();
    text.push_str("{\"leaf\":{\"le");
    fs::write(&file, text).unwrap();
    let mut continued = open();
    assert_eq!(continued.blocks().len(), 14);
    make(&mut continued, 12).unwrap();
    let mut straight = Chain::new(settings.clone(), History::default()).unwrap();
    make(&mut straight, 25).unwrap();
    assert_eq!(blocks(&continued), blocks(&straight));
    assert_eq!(blocks(&open()), blocks(&straight));
    let other = Settings { seed: "another".into(), ..settings.clone() };
    assert!(History::open(&folder, &other).is_err(), "a folder belongs to one chain");
}

/// Follows a chain while it grows, and from genesis at once; all but the newest blocks must be final.
fn assert_final(settings: &Settings, length: u64) {
    let node = node(settings.clone(), 3);
    let mut live = client(&node, Start::Height(0));
    let mut finalized = Vec::new();
    while (node.chain().blocks().len() as u64) < length {
        produce(&node, 1);
        let (blocks, end) = follow(&mut live, &node);
        assert_eq!(end, End::Idle, "{:?}", settings.versions);
        finalized.extend(blocks);
    }
    for stretch in [finalized, follow(&mut client(&node, Start::Height(0)), &node).0] {
        assert_honest(&node, &stretch);
        assert_eq!(stretch.first().unwrap().header.height, 0);
        assert!(stretch.last().unwrap().header.height + 8 >= length, "{:?}", settings.versions);
    }
}

#[test]
fn epochs_and_failed_views() {
    let settings = small(&[4]);
    assert_final(&settings, 45);
    let node = node(settings, 120);
    let chain = node.chain();
    let evidence = |wanted: fn(&ViewChangeEvidence) -> bool| {
        chain.blocks().iter().any(|block| block.leaf.leaf.view_change_evidence.as_ref().is_some_and(wanted))
    };
    assert!(evidence(|evidence| matches!(evidence, ViewChangeEvidence::Timeout(_))));
    assert!(evidence(|evidence| matches!(evidence, ViewChangeEvidence::ViewSync(_))));
    assert!(chain.blocks().iter().any(|block| block.next_epoch_qc.is_some()));
}

#[test]
fn every_upgrade_of_the_protocol() {
    assert_final(&small(&[2, 3, 4, 5, 6]), 75);
}

#[test]
fn the_upgrades_of_mainnet() {
    assert_final(&small(&[2, 4, 5, 6]), 65);
}

#[test]
fn the_first_version() {
    assert_final(&small(&[1, 2]), 40);
}

#[test]
fn sparse_second_phase_certificates() {
    let settings = Settings { certificate2_every: 4, ..small(&[5, 6]) };
    assert_final(&settings, 50);
}

#[test]
fn modules_that_are_off_answer_404() {
    let chain = || {
        let mut chain = Chain::new(small(&[6]), History::default()).unwrap();
        make(&mut chain, 5).unwrap();
        chain
    };
    let without = |module: &str| {
        let without = [module.to_owned()].into();
        Node::new(chain(), Manners { without, ..Manners::default() })
    };
    let all = Node::new(chain(), Manners::default());
    for (module, path) in [
        ("light-client", "/v1/light-client/leaf/2"),
        ("availability", "/availability/leaf/2"),
        ("cert2", "/v0/catchup/2/cert2"),
        ("config", "/v1/config/hotshot"),
        ("node", "/node/block-height"),
    ] {
        assert_eq!(all.answer(path).status, 200, "{path}");
        assert_eq!(without(module).answer(path).status, 404, "{path}");
    }
    let poor = Node::new(chain(), Manners { range_limit: 2, ..Manners::default() });
    assert_eq!(poor.answer("/v1/availability/leaf/0/2").status, 200);
    assert_eq!(poor.answer("/v1/availability/leaf/0/3").status, 400);
}
