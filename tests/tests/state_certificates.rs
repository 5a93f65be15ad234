//! State certificates of the devnet, and the client that walks over them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod common;

use common::node;
use hotshot_light_client::client::certified::CertifiedSync;
use hotshot_light_client::consensus::epoch::Epochs;
use hotshot_light_client::consensus::version::Version;
use hotshot_light_client::encoding::json::parse;
use hotshot_light_client::rejection::{Rejected, Rejection};
use hotshot_light_client::stake_table::table::StakeTable;
use hotshot_light_client::transition::certificate::StateCertificate;
use hotshot_light_client::transition::kind::auth_root;
use hotshot_tests::{chain::Settings, server::Node};

const EPOCH: u64 = 10;

fn ask<T>(node: &Node, path: &str, read: impl Fn(&[u8]) -> Result<T, Rejected>) -> T {
    let answer = node.answer(path);
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    read(answer.body.as_bytes()).unwrap()
}

fn table(node: &Node, epoch: u64) -> StakeTable {
    ask(node, &format!("/v1/node/stake-table/{epoch}"), |text| StakeTable::from_json(&parse(text)?))
}

fn certificate(node: &Node, epoch: u64) -> StateCertificate {
    let path = format!("/v1/availability/state-cert-v2/{epoch}");
    ask(node, &path, |text| StateCertificate::from_json(&parse(text)?))
}

/// From the version that epochs begin with to a dynamic table and a new form of signatures.
#[test]
fn the_client_walks_from_table_to_table() {
    let settings = Settings {
        validators: 5,
        epoch_height: EPOCH,
        versions: vec![3, 4],
        dynamic_stake: true,
        failed_views: 6,
        ..Settings::default()
    };
    let node = node(settings, 66);
    let epochs = Epochs::new(EPOCH).unwrap();
    let mut sync = CertifiedSync::new(epochs, 1, &table(&node, 1), 200).unwrap();
    let (mut forms, mut amounts) = (Vec::new(), Vec::new());
    for epoch in 1..=6 {
        let certificate = certificate(&node, epoch);
        let block = node.block(epochs.root(epoch).unwrap()).unwrap();
        let header = &block.leaf.leaf.block_header;
        let version = Version { major: 0, minor: header.minor() };
        assert_eq!(certificate.state.view, block.leaf.leaf.view_number);
        if version >= Version::V0_4 {
            let rewards = header.fields().reward_merkle_tree_root.unwrap().bytes;
            assert_eq!(certificate.auth_root, auth_root(rewards[..32].try_into().unwrap()));
        }
        let other = Version { major: 0, minor: 7 - version.minor };
        assert!(sync.clone().advance(&certificate, other, &table(&node, epoch + 1)).is_err());
        let certified = sync.advance(&certificate, version, &table(&node, epoch + 1)).unwrap();
        forms.push(certified.auth_root.is_some());
        amounts.push(sync.table().total());
    }
    forms.dedup();
    assert_eq!(forms, [false, true], "both forms were seen");
    amounts.dedup();
    assert!(amounts.len() > 2, "stakes changed");
    // A later one does not fit, and one that is not there yet is missing.
    let refused = sync.advance(&certificate(&node, 3), Version::V0_4, &table(&node, 4)).unwrap_err();
    assert_eq!(refused.rejection, Rejection::StateEpoch);
    assert_eq!(node.answer("/v1/availability/state-cert-v2/9").status, 404);
    assert_eq!(node.answer("/v1/availability/state-cert-v2/0").status, 404);
    assert_eq!(node.answer("/v1/availability/state-cert-v2/x").status, 400);
}
