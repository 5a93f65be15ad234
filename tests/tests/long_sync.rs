//! A cold sync over 300 epochs of 100 validators, and the same killed at random points: for
//! `make test-long`, and its figures for `make bench`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod common;

use std::time::{Duration, Instant};

use common::{client, node};
use hotshot_light_client::client::{
    network::Network,
    stored::StoredTables,
    sync::{Client, Progress, Start, Trust},
};
use hotshot_tests::{
    chain::Settings,
    crypto::Dice,
    server::{Node, network_file},
};

const EPOCHS: u64 = 300;

fn long_node() -> Node {
    let settings =
        Settings { validators: 100, epoch_height: 10, dynamic_stake: true, traffic: 0, ..Settings::default() };
    node(settings, (EPOCHS + 2) * 10 + 8)
}

/// What a way took: bytes of answers, time of the client alone, epochs.
#[derive(Default)]
struct Cost {
    bytes: usize,
    time: Duration,
    epochs: u64,
}

/// Goes on until the newest block is final, or for so many epochs.
fn go(client: &mut Client, node: &Node, epochs: u64, cost: &mut Cost) -> bool {
    let begun = cost.epochs;
    loop {
        let began;
        let progress = match client.request() {
            Some(request) => {
                let answer = node.answer(&request.path());
                cost.bytes += answer.body.len();
                began = Instant::now();
                if answer.status == 200 { client.respond(answer.body.as_bytes()) } else { Ok(client.missing()) }
            }
            None => {
                began = Instant::now();
                client.step(64)
            }
        };
        cost.time += began.elapsed();
        match progress.unwrap() {
            Progress::Epoch(_) => cost.epochs += 1,
            Progress::Finalized(_) => return true,
            _ => {}
        }
        if cost.epochs - begun >= epochs {
            return false;
        }
    }
}

/// The most memory that this process ever had, in megabytes, where the system tells.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1024)
}

#[test]
#[ignore = "takes minutes: make test-long, make bench"]
fn three_hundred_epochs_of_a_hundred_validators() {
    let node = long_node();
    let before = peak_memory();
    let mut cost = Cost::default();
    let mut whole = client(&node, Start::Tip);
    assert!(go(&mut whole, &node, u64::MAX, &mut cost));
    assert!(cost.epochs >= EPOCHS);
    let expected = whole.stored_tables().unwrap();
    println!(
        "cold sync: {} epochs, 100 validators: {:.2} s of the client, {:.1} KB an epoch, {:.1} MB in all, stored {} KB, \
         peak memory {:?} MB with the devnet ({before:?} MB before)",
        cost.epochs,
        cost.time.as_secs_f64(),
        cost.bytes as f64 / 1e3 / cost.epochs as f64,
        cost.bytes as f64 / 1e6,
        expected.len() / 1000,
        peak_memory(),
    );
    // Killed after any number of epochs, and taken up again.
    let network = Network::parse(&serde_json::to_vec(&network_file(&node.chain(), &[])).unwrap()).unwrap();
    let (mut dice, mut stored, mut lives) = (Dice::new("long", "kill", 0), None::<Vec<u8>>, 0);
    loop {
        let kept = stored.as_deref().map(|bytes| StoredTables::from_bytes(bytes, &network).unwrap());
        let trust = Trust { stored: kept, ..Trust::default() };
        let mut client = Client::with_trust(network.clone(), trust, Start::Tip, [7; 32]).unwrap();
        let done = go(&mut client, &node, 1 + dice.below(60), &mut cost);
        stored = client.stored_tables();
        lives += 1;
        if done {
            break;
        }
    }
    assert!(lives > 5);
    assert_eq!(stored.unwrap(), expected);
}
