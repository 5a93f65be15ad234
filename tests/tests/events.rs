//! Every kind of event that the devnet's contracts emit, in both of its forms, and every field of each.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::node;
use hotshot_light_client::{
    encoding::{bytes::to_hex, json},
    rejection::Rejected,
    stake_table::{event_json::events_from_json, logs::LogFilter, replay::Replay, state_replay::StateReplay},
};
use hotshot_tests::{chain::Settings, server::Node, stake::Log};
use serde_json::{Value, json};

const LAST: u64 = 25;

fn chain() -> Node {
    let settings = Settings {
        validators: 6,
        epoch_height: 10,
        versions: vec![4],
        dynamic_stake: true,
        traffic: 0,
        ..Settings::default()
    };
    node(settings, (LAST - 1) * 10)
}

fn served(node: &Node, epoch: u64) -> Vec<Value> {
    serde_json::from_str(&node.answer(&format!("/v1/light-client/stake-table/{epoch}")).body).unwrap()
}

/// Replays the events of all epochs up to the last, those of one being others than they are served.
fn replay(
    events: &BTreeMap<u64, Vec<Value>>,
    hash: [u8; 32],
    changed: Option<(u64, &[Value])>,
) -> Result<(), Rejected> {
    let last = *events.keys().next_back().unwrap();
    let mut replay = StateReplay::new(3, last, hash, &[1; 32])?;
    for (epoch, own) in events {
        let own = changed.filter(|(other, _)| other == epoch).map_or(own.as_slice(), |(_, changed)| changed);
        let text = serde_json::to_vec(own).unwrap();
        replay.offer_events(events_from_json(&json::parse(&text)?)?)?;
        while replay.is_working() {
            if replay.step(1000)?.is_some() {
                return Ok(());
            }
        }
    }
    panic!("the way does not come to its end");
}

/// Places in a value: what is neither list nor object.
fn places(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(key, value)| places(value, &format!("{path}/{key}"), found))
        }
        _ => found.push(path.into()),
    }
}

/// Another value of the same form.
fn change(value: &mut Value) {
    *value = match value {
        Value::String(text) if text.starts_with("0x") => {
            let last = if text.ends_with('1') { "2" } else { "1" };
            Value::String(format!("{}{last}", &text[..text.len() - 1]))
        }
        Value::String(text) => Value::String(format!("{text}1")),
        Value::Number(number) => json!(number.as_u64().unwrap() + 1),
        other => panic!("{other}"),
    };
}

/// What nobody commits to, because nothing follows from it.
const FREE: [&str; 5] = ["timestamp", "oldCommission", "undelegationId", "unlocksAt", "metadataUri"];

#[test]
fn every_field_of_every_kind_of_event_is_bound_by_the_hash() {
    let node = chain();
    let events: BTreeMap<u64, Vec<Value>> = (3..=LAST).map(|epoch| (epoch, served(&node, epoch))).collect();
    let mut seen = BTreeSet::new();
    for epoch in 3..=LAST {
        // As far as the epoch: whatever is wrong has to show at its own hash.
        let until: BTreeMap<u64, Vec<Value>> =
            events.range(3..=epoch).map(|(epoch, own)| (*epoch, own.clone())).collect();
        let hash = node.chain().stake(epoch).unwrap().hash.bytes;
        for (index, event) in events[&epoch].iter().enumerate() {
            let (kind, fields) = event.as_object().unwrap().iter().next().unwrap();
            if !seen.insert(kind.clone()) {
                continue;
            }
            replay(&until, hash, None).unwrap();
            let mut found = Vec::new();
            places(fields, &format!("/{kind}"), &mut found);
            assert!(!found.is_empty());
            for place in found {
                let mut changed = events[&epoch].clone();
                change(changed[index].pointer_mut(&place).unwrap());
                let verdict = replay(&until, hash, Some((epoch, &changed)));
                let free = FREE.contains(&place.rsplit('/').next().unwrap());
                assert_eq!(verdict.is_ok(), free, "{place}: {verdict:?}");
                if let Err(rejected) = verdict {
                    let code = rejected.code();
                    let known = ["stake_table.", "point.", "hex.", "integer.", "json."];
                    assert!(known.iter().any(|family| code.starts_with(family)), "{place}: {code}");
                }
            }
            let omitted = [&events[&epoch][..index], &events[&epoch][index + 1..]].concat();
            assert!(replay(&until, hash, Some((epoch, &omitted))).is_err(), "{kind} left out");
            let doubled = [&events[&epoch][..=index], &events[&epoch][index..]].concat();
            let verdict = replay(&until, hash, Some((epoch, &doubled)));
            assert_eq!(
                verdict.is_ok(),
                ["CommissionUpdate", "P2pAddrUpdate"].contains(&kind.as_str()),
                "{kind} doubled"
            );
        }
    }
    let expected = [
        "CommissionUpdate",
        "Delegate",
        "DeregisterV2",
        "KeyUpdateV2",
        "P2pAddrUpdate",
        "Register",
        "RegisterV2",
        "RegisterV3",
        "UndelegateV2",
        "X25519KeyUpdate",
    ];
    assert_eq!(seen.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}

#[test]
fn logs_and_served_events_say_the_same() {
    let node = chain();
    let stakes: Vec<_> = (3..=LAST).map(|epoch| node.chain().stake(epoch).unwrap().clone()).collect();
    let events =
        stakes.iter().enumerate().flat_map(|(epoch, stake)| stake.events.iter().map(move |event| (epoch, event)));
    let logs: Vec<Value> = events
        .enumerate()
        .map(|(index, (epoch, event))| {
            let Log { topics, data } = Log::of(event);
            json!({
                "address": to_hex(&[0x11; 20]),
                "topics": topics.iter().map(|topic| to_hex(topic)).collect::<Vec<_>>(),
                "data": to_hex(&data),
                "blockNumber": format!("{:#x}", 100 + epoch),
                "logIndex": format!("{index:#x}"),
                "removed": false,
            })
        })
        .collect();
    let text = serde_json::to_vec(&logs).unwrap();
    for (epoch, stake) in stakes.iter().enumerate() {
        let filter = LogFilter { until_block: Some(100 + epoch as u64), ..LogFilter::default() };
        let reading = filter.read(&json::parse(&text).unwrap()).unwrap();
        assert_eq!(reading.events.len(), reading.logs);
        let replayed = Replay::new(reading, &[]).unwrap().finish().unwrap();
        assert_eq!(replayed.state.hash(), stake.hash.bytes, "epoch {}", epoch + 3);
    }
    let unproven = stakes.iter().enumerate().any(|(place, stake)| {
        let events = (0..=place).flat_map(|place| &stakes[place].events);
        let registered =
            events.filter(|event| serde_json::to_string(event).unwrap().starts_with("{\"Register")).count();
        stake.table.members.len() < registered && place == stakes.len() - 1
    });
    assert!(unproven, "somebody registered with proofs that do not hold, or left");
}
