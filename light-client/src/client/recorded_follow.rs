//! The client against a query service that serves recorded blocks, honestly and otherwise.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::client::checkpoint::Checkpoint;
use crate::client::network::Network;
use crate::client::request::Request;
use crate::client::sync::{Client, FinalizedBlock, Progress, Start};
use crate::recorded;
use crate::rejection::Rejection;

/// The recorded leaves of a chain by height, as `availability/leaf` serves them.
struct Server {
    leaves: Vec<(u64, String)>,
    blocks: u64,
}

fn server(name: &str, blocks: u64) -> Option<(Server, Network)> {
    let network = Network::parse(&recorded::file(&alloc::format!("{name}/stake_table.json"))?).unwrap();
    let lines = String::from_utf8(recorded::file(&alloc::format!("{name}/blocks.jsonl"))?).unwrap();
    let leaves = lines.lines().map(|line| {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        let height = value["leaf"]["leaf"]["block_header"]["fields"]["height"].as_u64().unwrap();
        (height, value["leaf"].to_string())
    });
    Some((Server { leaves: leaves.collect(), blocks }, network))
}

impl Server {
    fn answer(&self, request: Request) -> Option<String> {
        match request {
            Request::BlockHeight => Some(self.blocks.to_string()),
            Request::Leaves { from, until } => {
                let leaf = |height| self.leaves.iter().find(|(at, _)| *at == height).map(|(_, leaf)| leaf.clone());
                let leaves: Option<Vec<String>> = (from..until).map(leaf).collect();
                leaves.map(|leaves| alloc::format!("[{}]", leaves.join(",")))
            }
            Request::Certificate2 { .. } | Request::LeafProof { .. } | Request::StakeTableEvents { .. } => None,
        }
    }
}

/// Drives the client until it rests; a rejection ends the drive.
fn drive(
    client: &mut Client,
    server: &Server,
    tamper: impl Fn(Request, String) -> String,
) -> Result<Vec<FinalizedBlock>, Rejection> {
    let mut blocks = Vec::new();
    for _ in 0..2000 {
        let progress = match client.request() {
            None => client.step(1),
            Some(request) => match server.answer(request) {
                Some(body) => client.respond(tamper(request, body).as_bytes()),
                None => Ok(client.missing()),
            },
        };
        match progress.map_err(|rejected| rejected.rejection)? {
            Progress::Finalized(finalized) => blocks.extend(finalized),
            Progress::Idle => return Ok(blocks),
            Progress::Fetch | Progress::Working { .. } | Progress::Epoch(_) | Progress::Withheld { .. } => {}
        }
    }
    panic!("the client does not come to rest");
}

fn honest(_: Request, body: String) -> String {
    body
}

const NONE: [u64; 0] = [];

fn heights(blocks: &[FinalizedBlock]) -> Vec<u64> {
    blocks.iter().map(|block| block.header.height).collect()
}

#[test]
fn follows_recorded_chains_across_epochs() {
    for (name, from, blocks, expected) in [
        ("v2-v3", 1, 5, &[1, 2][..]),
        ("v2-v3", 328, 335, &[328, 329, 330, 331, 332, 333]),
        ("v2-v3", 399, 403, &[399, 400, 401]),
        ("v3", 0, 4, &[0, 1, 2]),
        ("v3", 9, 13, &[9, 10, 11]),
        ("v4", 8, 13, &[8, 9, 10, 11]),
    ] {
        let Some((server, network)) = server(name, blocks) else { return };
        let mut client = Client::new(network, None, Start::Height(from), [1; 32]).unwrap();
        let finalized = drive(&mut client, &server, honest).unwrap();
        assert_eq!(heights(&finalized), expected, "{name}");
        let (last, ancestors) = finalized.split_last().unwrap();
        assert!(last.quorum.is_some() && ancestors.iter().all(|block| block.quorum.is_none()));
        let checkpoint = client.checkpoint().unwrap();
        assert_eq!((checkpoint.height, checkpoint.leaf), (*expected.last().unwrap(), last.leaf));
        assert_eq!(heights(&drive(&mut client, &server, honest).unwrap()), NONE, "nothing twice");
    }
}

#[test]
fn goes_on_from_a_checkpoint_and_refuses_a_fork_of_it() {
    let Some((mut server, network)) = server("v4", 4) else { return };
    let mut client = Client::new(network.clone(), None, Start::Tip, [0; 32]).unwrap();
    assert_eq!(heights(&drive(&mut client, &server, honest).unwrap()), [0, 1, 2]);
    let checkpoint = *client.checkpoint().unwrap();

    // The recording continues at 8: a client at 7 cannot link it to what it trusts.
    server.blocks = 13;
    let forked = Checkpoint { height: 7, ..checkpoint };
    let mut client = Client::new(network.clone(), Some(&forked), Start::Tip, [0; 32]).unwrap();
    assert_eq!(drive(&mut client, &server, honest), Err(Rejection::LeafParent));
    assert_eq!(client.checkpoint(), Some(&forked), "a failed call changes nothing");

    let other = Checkpoint { network: [1; 32], ..checkpoint };
    let refused = Client::new(network, Some(&other), Start::Tip, [0; 32]).err().unwrap();
    assert_eq!(refused.rejection, Rejection::CheckpointNetwork);
}

#[test]
fn lies_are_refused_and_honest_answers_heal() {
    type Lie = fn(Request, String) -> String;
    let lies: [(&str, Lie, Rejection); 7] = [
        ("a leaf missing", |request, body| edit(request, body, |leaves| drop(leaves.remove(1))), Rejection::LeafRange),
        (
            "a leaf twice",
            |request, body| edit(request, body, |leaves| leaves[2] = leaves[1].clone()),
            Rejection::LeafRange,
        ),
        ("out of order", |request, body| edit(request, body, |leaves| leaves.swap(0, 1)), Rejection::LeafRange),
        (
            "another header",
            |request, body| {
                edit(request, body, |leaves| leaves[1]["leaf"]["block_header"]["fields"]["timestamp"] = 5.into())
            },
            Rejection::LeafParent,
        ),
        (
            "another signature",
            |request, body| {
                edit(request, body, |leaves| {
                    let other = leaves[3]["qc"]["signatures"][0].clone();
                    leaves[4]["qc"]["signatures"][0] = other;
                })
            },
            Rejection::QcSignature,
        ),
        (
            "no signature",
            |request, body| edit(request, body, |leaves| leaves[4]["qc"]["signatures"] = serde_json::Value::Null),
            Rejection::QcUnsigned,
        ),
        (
            "view zero",
            |request, body| edit(request, body, |leaves| leaves[4]["qc"]["view_number"] = 0.into()),
            Rejection::FinalityViews,
        ),
    ];
    let Some((server, network)) = server("v4", 13) else { return };
    for (name, lie, expected) in lies {
        let mut client = Client::new(network.clone(), None, Start::Height(8), [2; 32]).unwrap();
        assert_eq!(drive(&mut client, &server, lie), Err(expected), "{name}");
        assert_eq!(client.checkpoint(), None, "{name}");
        assert_eq!(heights(&drive(&mut client, &server, honest).unwrap()), [8, 9, 10, 11], "{name}");
    }
}

fn edit(request: Request, body: String, change: fn(&mut Vec<serde_json::Value>)) -> String {
    if !matches!(request, Request::Leaves { .. }) {
        return body;
    }
    let mut leaves: Vec<serde_json::Value> = serde_json::from_str(&body).unwrap();
    change(&mut leaves);
    serde_json::Value::Array(leaves).to_string()
}

#[test]
fn a_lie_about_the_tip_decides_nothing() {
    let Some((mut server, network)) = server("v4", u64::MAX) else { return };
    let mut client = Client::new(network, None, Start::Tip, [0; 32]).unwrap();
    assert_eq!(heights(&drive(&mut client, &server, honest).unwrap()), NONE, "no leaf is there");
    server.blocks = 4;
    assert_eq!(heights(&drive(&mut client, &server, honest).unwrap()), [0, 1, 2]);
    server.blocks = 0;
    assert_eq!(heights(&drive(&mut client, &server, honest).unwrap()), NONE, "understated: nothing new");
    assert_eq!(client.checkpoint().unwrap().height, 2);
}

#[test]
fn another_chain_and_another_genesis_are_refused() {
    let Some((server, network)) = server("v4", 4) else { return };
    let other = Network { chain_id: Some(crate::encoding::integer::U256::from(1u64)), ..network.clone() };
    let mut client = Client::new(other, None, Start::Tip, [0; 32]).unwrap();
    assert_eq!(drive(&mut client, &server, honest), Err(Rejection::NetworkChainId));
    let other = Network { genesis_leaf: Some([9; 32]), ..network };
    let mut client = Client::new(other, None, Start::Tip, [0; 32]).unwrap();
    assert_eq!(drive(&mut client, &server, honest), Err(Rejection::NetworkGenesis));
}

#[test]
fn garbage_is_refused_at_every_step() {
    let Some((server, network)) = server("v4", 4) else { return };
    for garbage in ["", "{}", "[[]]", "null", "-1", "1.5", "\"4\"", "[1,2,3,4]"] {
        let mut client = Client::new(network.clone(), None, Start::Height(0), [0; 32]).unwrap();
        assert!(drive(&mut client, &server, |_, _| garbage.to_string()).is_err(), "{garbage}");
        let at_leaves = |request, body| if request == Request::BlockHeight { body } else { garbage.to_string() };
        assert!(drive(&mut client, &server, at_leaves).is_err(), "{garbage}");
        assert_eq!(heights(&drive(&mut client, &server, honest).unwrap()), [0, 1, 2], "{garbage}");
    }
}
