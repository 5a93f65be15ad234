//! Events in another order than they happened: the hash of the registrations is the same, the signers
//! stand in other places. Nothing false becomes final, and an honest server heals it, whenever the
//! order turns out to be wrong.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod common;

use common::{assert_honest, client, node};
use hotshot_light_client::client::{
    request::Request,
    sync::{FinalizedBlock, Progress, Start},
};
use hotshot_tests::{chain::Settings, server::Node};
use serde_json::Value;

fn settings(minor: u16) -> Settings {
    Settings { validators: 9, epoch_height: 10, versions: vec![minor], dynamic_stake: true, ..Settings::default() }
}

/// The events of an epoch with its second registration before its first, if it has two.
fn reordered(body: &str) -> Option<String> {
    let mut events: Vec<Value> = serde_json::from_str(body).ok()?;
    let registers = |event: &Value| event.as_object().unwrap().keys().any(|kind| kind.starts_with("Register"));
    let mut places = (0..events.len()).filter(|place| registers(&events[*place]));
    let (first, second) = (places.next()?, places.next()?);
    events[first..=second].rotate_right(1);
    Some(serde_json::to_string(&events).unwrap())
}

/// How following went with a server that reorders events so many times.
struct Outcome {
    reordered: u32,
    refused: Vec<&'static str>,
    finalized: Vec<FinalizedBlock>,
}

fn follow_through(node: &Node, mut lies: u32) -> Outcome {
    let mut client = client(node, Start::Height(0));
    let mut outcome = Outcome { reordered: 0, refused: Vec::new(), finalized: Vec::new() };
    for _ in 0..20_000 {
        let progress = match client.request() {
            None => client.step(1000),
            Some(request) => {
                let answer = node.answer(&request.path());
                let lie = match request {
                    Request::StakeTableEvents { .. } if lies > 0 => reordered(&answer.body),
                    _ => None,
                };
                if lie.is_some() {
                    (lies, outcome.reordered) = (lies - 1, outcome.reordered + 1);
                }
                match (answer.status, lie) {
                    (200, Some(body)) => client.respond(body.as_bytes()),
                    (200, None) => client.respond(answer.body.as_bytes()),
                    _ => Ok(client.missing()),
                }
            }
        };
        match progress {
            Ok(Progress::Finalized(blocks)) => outcome.finalized.extend(blocks),
            Ok(Progress::Idle) => return outcome,
            Ok(_) => {}
            Err(rejected) => outcome.refused.push(rejected.code()),
        }
    }
    panic!("the client asks without end: {:?}", outcome.refused.iter().take(9).collect::<Vec<_>>());
}

#[test]
fn signers_in_the_wrong_places_are_put_right() {
    for minor in [4, 6] {
        let node = node(settings(minor), 98);
        let honest = follow_through(&node, 0);
        assert!(honest.refused.is_empty());
        // Once; as often as it takes to give everything up; and once more after that.
        for lies in [1, 2, 3] {
            let outcome = follow_through(&node, lies);
            assert_eq!(outcome.reordered, lies, "the chain has registrations to reorder");
            // In the wrong places the same signers weigh something else.
            assert!(!outcome.refused.is_empty());
            let expected = |code: &&str| ["qc.signature", "qc.weight"].contains(code);
            assert!(outcome.refused.iter().all(expected), "{:?}", outcome.refused);
            assert_honest(&node, &outcome.finalized);
            assert_eq!(outcome.finalized.last().unwrap().header.height, honest.finalized.last().unwrap().header.height);
        }
    }
}
