//! How old trust may be: what is proven from an anchor that is too old is withheld until confirmed.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod common;

use common::node;
use hotshot_light_client::client::{
    checkpoint::Checkpoint,
    network::Network,
    stored::StoredTables,
    sync::{Client, Progress, Start, Trust},
};
use hotshot_light_client::l1::word::{L1Word, members};
use hotshot_tests::{
    chain::Settings,
    server::{Node, network_file},
};
use serde_json::{Value, json};

const HOUR: u64 = 3600;

struct World {
    node: Node,
    file: Value,
    /// When genesis was.
    genesis: u64,
}

impl World {
    fn new(dynamic_stake: bool) -> Self {
        let settings =
            Settings { validators: 7, epoch_height: 10, dynamic_stake, failed_views: 0, ..Settings::default() };
        let node = node(settings, 45);
        let mut file = network_file(&node.chain(), &[]);
        let genesis = file["genesis"]["timestamp"].as_u64().unwrap();
        file["weak_subjectivity_seconds"] = json!(HOUR);
        Self { node, file, genesis }
    }

    fn client(&self, checkpoint: Option<&Checkpoint>, now: u64) -> Client {
        let network = Network::parse(self.file.to_string().as_bytes()).unwrap();
        let mut client = Client::new(network, checkpoint, Start::Height(1), [3; 32]).unwrap();
        client.set_time(now);
        client
    }

    /// Follows to the newest block: the heights that are shown, and the highest that is withheld.
    fn run(&self, client: &mut Client) -> (Vec<u64>, Option<u64>) {
        let (mut shown, mut withheld) = (Vec::new(), None);
        for _ in 0..2000 {
            let progress = match client.request() {
                None => client.step(1000),
                Some(request) => {
                    let answer = self.node.answer(&request.path());
                    if answer.status == 200 { client.respond(answer.body.as_bytes()) } else { Ok(client.missing()) }
                }
            };
            match progress.unwrap() {
                Progress::Finalized(blocks) => shown.extend(blocks.iter().map(|block| block.header.height)),
                Progress::Withheld { height } => withheld = Some(height),
                Progress::Idle => return (shown, withheld),
                _ => {}
            }
        }
        panic!("it does not come to an end");
    }
}

#[test]
fn past_the_limit_the_way_goes_on_and_nothing_is_shown() {
    for dynamic_stake in [false, true] {
        let world = World::new(dynamic_stake);
        let (shown, withheld) = world.run(&mut world.client(None, world.genesis + HOUR));
        assert!(shown.len() > 40 && withheld.is_none(), "in time");
        let mut late = world.client(None, world.genesis + HOUR + 1);
        let (shown, withheld) = world.run(&mut late);
        assert!(shown.is_empty() && withheld.unwrap() >= 42, "dynamic: {dynamic_stake}");
        assert_eq!(late.freshness().rejected().code(), "trust.expired");
        let checkpoint = *late.checkpoint().unwrap();
        assert_eq!(checkpoint.timestamp, 0, "it does not look young");
        let mut again = world.client(Some(&checkpoint), world.genesis + HOUR + 1);
        world.run(&mut again);
        assert!(again.freshness().is_withholding());
        let mut accepted = world.client(None, world.genesis + HOUR + 1);
        accepted.accept_expired_anchor();
        assert!(world.run(&mut accepted).0.len() > 40);
    }
}

#[test]
fn a_fresh_checkpoint_confirms_what_was_proven() {
    let world = World::new(false);
    let mut honest = world.client(None, world.genesis);
    world.run(&mut honest);
    let now = world.genesis + 2 * HOUR;
    let fresh = Checkpoint { timestamp: now, ..*honest.checkpoint().unwrap() };
    // Ahead of time: what leads up to it is shown together with it.
    let mut client = world.client(None, now);
    assert!(!client.confirm(&fresh).unwrap());
    let (shown, _) = world.run(&mut client);
    assert!(shown.contains(&fresh.height));
    assert!(!client.freshness().is_withholding());
    // After it was passed.
    let mut client = world.client(None, now);
    assert!(world.run(&mut client).0.is_empty());
    assert!(client.confirm(&fresh).unwrap());
    world.node.produce().unwrap();
    world.node.produce().unwrap();
    world.node.produce().unwrap();
    assert!(!world.run(&mut client).0.is_empty());
    // Another chain.
    let mut client = world.client(None, now);
    let other = Checkpoint { leaf: [9; 32], ..fresh };
    world.run(&mut client);
    assert_eq!(client.confirm(&other).unwrap_err().code(), "trust.conflict");
    assert_eq!(client.halted().unwrap().code(), "trust.conflict");
    assert_eq!(client.step(1).unwrap_err().code(), "trust.conflict", "for good");
}

#[test]
fn the_contracts_on_l1_confirm_what_was_proven() {
    let world = World::new(true);
    let mut honest = world.client(None, world.genesis);
    world.run(&mut honest);
    let now = world.genesis + 2 * HOUR;
    let word = |epoch| {
        let members = members(honest.tables().unwrap().of_epoch(epoch).unwrap());
        L1Word { epoch, date: now, members }
    };
    // Ahead of time, before anything is known; and of an epoch whose table is pinned.
    for epoch in [5, 2] {
        let mut client = world.client(None, now);
        assert!(!client.confirm_by_l1(&word(epoch)).unwrap());
        let (shown, _) = world.run(&mut client);
        assert!(shown.len() > if epoch == 2 { 40 } else { 1 }, "{shown:?}");
        assert!(!client.freshness().is_withholding());
    }
    // After the table was derived.
    for epoch in [5, 4] {
        let mut client = world.client(None, now);
        assert!(world.run(&mut client).0.is_empty());
        assert!(client.confirm_by_l1(&word(epoch)).unwrap());
        assert!(!client.freshness().is_withholding());
    }
    // What was kept is looked at after the word was given.
    let network = honest.network().clone();
    let stored = StoredTables::from_bytes(&honest.stored_tables().unwrap(), &network).unwrap();
    let mut other = word(5);
    other.members = [9; 32];
    for (word, conflict) in [(word(5), false), (other, true)] {
        let trust = Trust { stored: Some(stored.clone()), ..Trust::default() };
        let mut client = Client::with_trust(network.clone(), trust, Start::Tip, [3; 32]).unwrap();
        client.set_time(now);
        assert!(!client.confirm_by_l1(&word).unwrap());
        let halted = loop {
            match client.step(1000) {
                Ok(Progress::Working { .. }) => {}
                Ok(_) => break None,
                Err(rejected) => break Some(rejected.code()),
            }
        };
        assert_eq!(halted, conflict.then_some("trust.conflict"));
        assert_eq!(client.freshness().is_withholding(), conflict);
    }
    // Another chain: at once, and when the table is derived.
    for ahead in [false, true] {
        let mut client = world.client(None, now);
        if ahead {
            client.confirm_by_l1(&other).unwrap();
            let refused = (0..2000).find_map(|_| match client.request() {
                None => client.step(1000).err(),
                Some(request) => client.respond(world.node.answer(&request.path()).body.as_bytes()).err(),
            });
            assert_eq!(refused.unwrap().code(), "trust.conflict");
        } else {
            world.run(&mut client);
            assert_eq!(client.confirm_by_l1(&other).unwrap_err().code(), "trust.conflict");
        }
        assert_eq!(client.halted().unwrap().code(), "trust.conflict");
    }
}

#[test]
fn proofs_of_single_leaves_are_withheld_too() {
    let world = World::new(false);
    let proof = world.node.answer("/v1/light-client/leaf/25").body;
    let descendants = world.node.answer("/v1/availability/leaf/26/28").body;
    let asked = hotshot_light_client::consensus::finality::Asked::Height(25);
    let check = |client: &Client| {
        let pending = client.check_leaf_proof(proof.as_bytes(), Some(descendants.as_bytes()), asked);
        pending.and_then(|pending| pending.verify()).map(|_| ()).map_err(|rejected| rejected.code())
    };
    let mut client = world.client(None, world.genesis);
    world.run(&mut client);
    assert_eq!(check(&client), Ok(()));
    client.set_time(world.genesis + 9 * HOUR);
    assert_eq!(check(&client), Err("trust.expired"));
    client.accept_expired_anchor();
    assert_eq!(check(&client), Ok(()));
}
