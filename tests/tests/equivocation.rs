//! Validators that sign twice: found, stopped at, and proven to anybody; what is legal is not.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod common;

use common::node;
use hotshot_light_client::{
    client::network::Network,
    consensus::{
        equivocation::{Kind, between, check_evidence, evidence},
        tables::EpochTables,
    },
};
use hotshot_tests::{
    chain::Settings,
    crypto::certify,
    model::{Commitment, Leaf, LeafWithQc, QuorumData, Vote2Data},
    server::{Node, network_file},
};
use serde_json::{Value, json};

struct World {
    node: Node,
    tables: EpochTables,
    identity: [u8; 32],
}

fn world(minor: u16) -> World {
    let settings =
        Settings { validators: 7, versions: vec![minor], failed_views: 0, epoch_height: 10, ..Settings::default() };
    let node = node(settings, 30);
    let text = serde_json::to_vec(&network_file(&node.chain(), &[])).unwrap();
    let network = Network::parse(&text).unwrap();
    World { tables: network.admit().unwrap(), identity: network.identity(), node }
}

impl World {
    /// The honest answer to `availability/leaf/from/until`.
    fn answer(&self, from: u64, until: u64) -> Vec<u8> {
        self.node.answer(&format!("/v1/availability/leaf/{from}/{until}")).body.into_bytes()
    }

    /// Another chain from a height on, signed by everybody, `later` views after the honest one.
    fn other_chain(&self, from: u64, count: usize, later: u64) -> Vec<u8> {
        let chain = self.node.chain();
        let at = usize::try_from(from).unwrap();
        let mut parent = chain.blocks()[at - 1].leaf.clone();
        let mut answer: Vec<LeafWithQc> = Vec::new();
        for (index, honest) in chain.blocks()[at..at + count].iter().enumerate() {
            let mut leaf: Leaf = honest.leaf.leaf.clone();
            if index == 0 {
                leaf.block_header.fields_mut().timestamp += 1;
            }
            leaf.view_number += later;
            leaf.parent_commitment = parent.qc.data.leaf_commit;
            leaf.justify_qc = parent.qc.clone();
            parent = self.certified(leaf);
            answer.push(parent.clone());
        }
        serde_json::to_vec(&answer).unwrap()
    }

    fn certified(&self, leaf: Leaf) -> LeafWithQc {
        let chain = self.node.chain();
        let height = leaf.block_header.fields().height;
        let epoch = chain.schedule().certified_epoch(height);
        let table = chain.table(epoch);
        let data = QuorumData { leaf_commit: leaf.commitment(), epoch, block_number: epoch.map(|_| height) };
        let everybody = vec![true; table.members.len()];
        let qc = certify(data, leaf.view_number, &table.validators(), &everybody);
        LeafWithQc { leaf, qc }
    }

    fn found(&self, first: &[u8], second: &[u8]) -> Option<(Kind, u64)> {
        let found = between(first, second, &self.tables, b"entropy").unwrap();
        if let Some(found) = &found {
            // What was found is evidence for everybody, whichever answer comes first.
            for (one, other) in [(first, second), (second, first)] {
                let portable = evidence(&self.identity, one, other);
                let checked = check_evidence(&portable, &self.identity, &self.tables, &[]).unwrap();
                assert_eq!((checked.kind, checked.place, checked.epoch), (found.kind, found.place, found.epoch));
                let error = check_evidence(&portable, &[9; 32], &self.tables, &[]).unwrap_err();
                assert_eq!(error.code(), "equivocation.form", "another network");
            }
        }
        found.map(|found| (found.kind, found.place))
    }
}

#[test]
fn two_certificates_of_one_view_are_an_equivocation() {
    for minor in [2, 4, 6] {
        let world = world(minor);
        let (honest, other) = (world.answer(12, 16), world.other_chain(13, 1, 0));
        assert_eq!(world.found(&honest, &other), Some((Kind::Quorum, 13)), "0.{minor}");
        let found = between(&honest, &other, &world.tables, &[]).unwrap().unwrap();
        assert_eq!(found.epoch, (minor >= 3).then_some(2));
        assert!(found.signers.len() >= 4, "a quorum of seven signed, then all of them: {:?}", found.signers);
        assert_eq!(found.rejected().code(), "finality.equivocation");
    }
}

#[test]
fn two_certified_leaves_of_one_height_in_different_views_are_legal() {
    let world = world(4);
    let (honest, other) = (world.answer(12, 16), world.other_chain(13, 1, 100));
    assert_eq!(world.found(&honest, &other), None);
    let portable = evidence(&world.identity, &honest, &other);
    let error = check_evidence(&portable, &world.identity, &world.tables, &[]).unwrap_err();
    assert_eq!(error.code(), "equivocation.none");
}

#[test]
fn two_final_chains_are_an_equivocation_in_whatever_views() {
    let world = world(4);
    // Blocks 12 and 13 of the honest chain are final by 14 and 15; so are others, 100 views later.
    let (honest, other) = (world.answer(11, 16), world.other_chain(12, 4, 100));
    assert_eq!(world.found(&honest, &other), Some((Kind::Finality, 12)));
    let (below, above) = (world.answer(8, 12), world.other_chain(12, 4, 100));
    assert_eq!(world.found(&below, &above), None, "one chain goes on from the other");
    let world = self::world(2);
    assert_eq!(world.found(&world.answer(11, 17), &world.other_chain(12, 5, 100)), Some((Kind::Finality, 12)));
}

#[test]
fn two_certificates2_of_one_view_are_an_equivocation() {
    let world = world(6);
    let chain = world.node.chain();
    let honest = serde_json::to_value(chain.blocks()[13].cert2.as_ref().unwrap()).unwrap();
    let epoch = chain.schedule().certified_epoch(13);
    let table = chain.table(epoch);
    let everybody = vec![true; table.members.len()];
    let data = Vote2Data { leaf_commit: Commitment::new([7; 32]), epoch: epoch.unwrap(), block_number: 13 };
    let view = chain.blocks()[13].leaf.leaf.view_number;
    let other = certify(data.clone(), view, &table.validators(), &everybody);
    let text = |value: &Value| value.to_string().into_bytes();
    let other = serde_json::to_value(other).unwrap();
    assert_eq!(world.found(&text(&honest), &text(&other)), Some((Kind::Certificate2, view)));
    let wrapped = json!({ "leaves": [], "certificate2": other });
    assert_eq!(world.found(&text(&honest), &text(&wrapped)), Some((Kind::Certificate2, view)));
    let later = serde_json::to_value(certify(data, view + 1, &table.validators(), &everybody)).unwrap();
    assert_eq!(world.found(&text(&honest), &text(&later)), None, "another view");
}

#[test]
fn what_is_not_validly_signed_proves_nothing() {
    let world = world(4);
    let (honest, other) = (world.answer(12, 16), world.other_chain(13, 1, 0));
    let mut forged: Value = serde_json::from_slice(&other).unwrap();
    let honest_leaves: Value = serde_json::from_slice(&honest).unwrap();
    forged[0]["qc"]["signatures"] = honest_leaves[1]["qc"]["signatures"].clone();
    assert_eq!(world.found(&honest, forged.to_string().as_bytes()), None, "another signature");
    let mut forged: Value = serde_json::from_slice(&other).unwrap();
    forged[0]["qc"]["data"]["epoch"] = 1.into();
    assert_eq!(world.found(&honest, forged.to_string().as_bytes()), None, "another epoch");
    assert_eq!(world.found(&honest, &honest), None);
    assert!(between(b"{", &honest, &world.tables, &[]).is_err());
}
