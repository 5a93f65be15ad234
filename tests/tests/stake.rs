//! Stake tables that follow the contract's events: the core replays what the devnet serves.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod common;

use common::node;
use hotshot_light_client::{
    rejection::Rejected,
    stake_table::{
        active_set::ActiveRules,
        catch_up::{CatchUp, FinalRoot},
        deriver::Deriver,
        transition::EpochTable,
    },
};
use hotshot_tests::{chain::Settings, lie::Lie, server::Node};

const EPOCH: u64 = 10;

fn settings(versions: &[u16]) -> Settings {
    Settings {
        validators: 9,
        epoch_height: EPOCH,
        versions: versions.to_vec(),
        dynamic_stake: true,
        failed_views: 6,
        ..Settings::default()
    }
}

fn root(node: &Node, epoch: u64) -> FinalRoot {
    let height = epoch * EPOCH - 5;
    let block = node.block(height).unwrap();
    let header = &block.leaf.leaf.block_header;
    let hash = header.fields().next_stake_table_hash.flatten().map(|hash| hash.bytes);
    FinalRoot { height, rules: ActiveRules::of_version(0, header.minor()), next_stake_table_hash: hash }
}

/// The table of the next epoch from what the node serves.
fn advance(node: &Node, (way, deriver): &mut (CatchUp, Deriver)) -> Result<EpochTable, Rejected> {
    let epoch = way.next_epoch();
    if way.next_rules().is_none() {
        way.offer_root(root(node, epoch - 2))?;
    }
    way.offer_root(root(node, epoch - 1))?;
    let answer = node.answer(&format!("/v1/light-client/stake-table/{epoch}"));
    assert_eq!(answer.status, 200, "{}", answer.body);
    way.offer_events(epoch, answer.body.into_bytes())?;
    loop {
        if let Some(table) = way.step(deriver, &[], 1000)? {
            return Ok(table);
        }
    }
}

fn start(node: &Node) -> (CatchUp, Deriver) {
    let way = CatchUp::from_genesis(EPOCH, node.chain().first_dynamic_epoch().unwrap());
    (way.unwrap(), Deriver::new(&[3; 32]))
}

fn assert_same_tables(versions: &[u16]) {
    let node = node(settings(versions), 129);
    let mut way = start(&node);
    let (mut tables, mut sizes) = (0, Vec::new());
    while way.0.next_epoch() <= 13 {
        let theirs = advance(&node, &mut way).unwrap();
        let ours = node.chain().table(Some(theirs.epoch));
        let entries = theirs.table.entries();
        assert_eq!(entries.len(), ours.members.len(), "epoch {}", theirs.epoch);
        for (entry, member) in entries.iter().zip(&ours.members) {
            assert_eq!(entry.stake_key.to_bytes(), member.validator.bls_key.bytes);
            assert_eq!(entry.stake, member.stake);
        }
        assert_eq!(theirs.vid_total_weight, ours.vid_parameters().total_weights as u64);
        tables += 1;
        sizes.push(entries.len());
    }
    assert!(tables >= 8);
    sizes.dedup();
    assert!(sizes.len() > 2, "validators come and go: {sizes:?}");
}

#[test]
fn tables_of_a_chain_that_begins_with_0_4() {
    assert_same_tables(&[4]);
}

#[test]
fn tables_across_the_upgrades_of_mainnet() {
    assert_same_tables(&[2, 4, 5, 6]);
}

#[test]
fn tables_across_every_upgrade() {
    assert_same_tables(&[2, 3, 4, 5, 6]);
}

#[test]
fn early_and_future_epochs_are_refused() {
    let node = node(settings(&[4]), 30);
    assert_eq!(node.answer("/v1/light-client/stake-table/2").status, 400);
    assert_eq!(node.answer("/v1/light-client/stake-table/3").status, 200);
    assert_eq!(node.answer("/v1/light-client/stake-table/9").status, 404);
}

#[test]
fn lies_about_events() {
    let node = node(settings(&[4]), 59);
    for lie in [Lie::EventOmitted, Lie::EventInvented, Lie::EventsReversed, Lie::EventStake] {
        let mut way = start(&node);
        // Later events touch different validators: in another order they make the same state.
        if lie != Lie::EventsReversed {
            advance(&node, &mut way).unwrap();
        }
        node.set_lie(Some(lie));
        let code = advance(&node, &mut way).unwrap_err().code();
        assert!(lie.codes().contains(&code), "{}: {code} instead of {:?}", lie.name(), lie.codes());
        node.set_lie(None);
    }
}
