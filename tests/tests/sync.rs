//! The way to today's stake tables, against the devnet: honest, in any order, interrupted, lied to.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod common;

use std::collections::BTreeMap;

use common::{End, assert_honest, client, follow, node, produce};
use hotshot_light_client::{
    client::{
        boundary::Boundary,
        checkpoint::Checkpoint,
        network::Network,
        request::Request,
        stored::StoredTables,
        sync::{Client, EpochAdvance, FinalizedBlock, Progress, Start, Trust},
    },
    rejection::Rejected,
};
use hotshot_tests::{
    chain::{Chain, History, Settings},
    crypto::Dice,
    lie::Lie,
    server::{Manners, Node, network_file},
};

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

fn network(node: &Node) -> Network {
    Network::parse(&serde_json::to_vec(&network_file(&node.chain(), &[])).unwrap()).unwrap()
}

fn with_trust(node: &Node, trust: Trust, start: Start) -> Client {
    Client::with_trust(network(node), trust, start, [5; 32]).unwrap()
}

/// What happened on the way.
#[derive(Default)]
struct Journey {
    epochs: Vec<EpochAdvance>,
    finalized: Vec<FinalizedBlock>,
    refused: Vec<(Option<Request>, Rejected)>,
    requests: usize,
}

/// Answers requests one by one, several being open, in a random order, until nothing is new.
///
/// `answer` is `None` where the server lacks something.
fn travel(
    client: &mut Client,
    dice: &mut Dice,
    mut answer: impl FnMut(Request, &mut Dice) -> Option<String>,
    mut enough: impl FnMut(&Client, &Journey) -> bool,
) -> Journey {
    let mut journey = Journey::default();
    let mut idle = 0;
    for _ in 0..200_000 {
        if enough(client, &journey) || client.halted().is_some() {
            return journey;
        }
        let open = client.requests(8);
        let progress = if client.is_working() && (open.is_empty() || dice.one_in(2)) {
            client.step(1 + u32::try_from(dice.below(40)).unwrap())
        } else {
            assert!(open.len() <= 8);
            let chosen = open[usize::try_from(dice.below(open.len() as u64)).unwrap()];
            journey.requests += 1;
            match answer(chosen, dice) {
                Some(body) => client.respond_to(chosen, body.as_bytes()),
                None => Ok(client.missing_for(chosen)),
            }
        };
        match progress {
            Ok(Progress::Epoch(advance)) => journey.epochs.push(*advance),
            Ok(Progress::Finalized(blocks)) => journey.finalized.extend(blocks),
            Ok(Progress::Idle) => {
                idle += 1;
                if idle > 50 {
                    return journey;
                }
                continue;
            }
            Ok(_) => continue,
            Err(rejected) => journey.refused.push((client.culprit(), rejected)),
        }
        idle = 0;
    }
    panic!("the client asks without end: {:?} {:?}", client.requests(8), client.table_progress());
}

fn honest(node: &Node) -> impl FnMut(Request, &mut Dice) -> Option<String> {
    |request, _| {
        let answer = node.answer(&request.path());
        (answer.status == 200).then_some(answer.body)
    }
}

/// Until the newest blocks are final.
fn at_tip(node: &Node) -> impl FnMut(&Client, &Journey) -> bool {
    let blocks = node.chain().blocks().len() as u64;
    move |_, journey| journey.finalized.last().is_some_and(|last| last.header.height + 8 >= blocks)
}

fn dice(test: &str, round: u64) -> Dice {
    Dice::new("sync", test, round)
}

/// That the tables of epochs are those of the devnet.
fn assert_epochs(node: &Node, epochs: &[EpochAdvance]) {
    let chain = node.chain();
    for pair in epochs.windows(2) {
        assert_eq!(pair[1].epoch, pair[0].epoch + 1);
    }
    for advance in epochs {
        let stake = chain.stake(advance.epoch).unwrap();
        assert_eq!(advance.stake_table_hash, stake.hash.bytes, "epoch {}", advance.epoch);
        assert_eq!(advance.validators, stake.table.members.len());
        assert_eq!(advance.total_stake, stake.table.total());
        assert_eq!(advance.vid_total_weight, stake.table.vid_parameters().total_weights as u64);
    }
}

fn assert_table(node: &Node, client: &Client, epoch: u64) {
    let ours = node.chain().table(Some(epoch));
    let theirs = client.tables().unwrap().of_epoch(epoch).unwrap();
    let keys: Vec<_> = theirs.entries().iter().map(|entry| (entry.stake_key.to_bytes(), entry.stake)).collect();
    let expected: Vec<_> = ours.members.iter().map(|m| (m.validator.bls_key.bytes, m.stake)).collect();
    assert_eq!(keys, expected, "epoch {epoch}");
}

/// From genesis to the newest blocks of a chain; what the client knows in the end.
fn whole_way(node: &Node) -> (Journey, Vec<u8>) {
    let mut client = client(node, Start::Tip);
    let journey = travel(&mut client, &mut dice("whole", 0), honest(node), at_tip(node));
    (journey, client.stored_tables().unwrap())
}

#[test]
fn from_genesis_to_today() {
    for versions in [&[4][..], &[6], &[2, 4, 5, 6], &[2, 3, 4, 5, 6]] {
        let node = node(settings(versions), 128);
        let mut client = client(&node, Start::Tip);
        let (mut epochs, mut finalized) = (Vec::new(), Vec::new());
        // The serial way of drivers that know nothing of several requests.
        for _ in 0..4000 {
            let progress = match client.request() {
                Some(request) => {
                    let answer = node.answer(&request.path());
                    if answer.status == 200 { client.respond(answer.body.as_bytes()) } else { Ok(client.missing()) }
                }
                None => client.step(100),
            };
            match progress.unwrap() {
                Progress::Epoch(advance) => epochs.push(*advance),
                Progress::Finalized(blocks) => {
                    finalized = blocks;
                    break;
                }
                _ => {}
            }
        }
        assert_epochs(&node, &epochs);
        let first = node.chain().first_dynamic_epoch().unwrap();
        assert_eq!((epochs[0].epoch, epochs.last().unwrap().epoch), (first, 13), "{versions:?}");
        assert_honest(&node, &finalized);
        assert!(finalized.last().unwrap().header.height >= 122, "{versions:?}");
        assert_table(&node, &client, 13);
        assert!(client.tables().unwrap().of_epoch(11).is_err(), "older tables are forgotten");
        assert_eq!(client.vid_total_weight(first), Some(epochs[0].vid_total_weight), "their weights are kept");
        let checkpoint = client.checkpoint().unwrap();
        assert_eq!(checkpoint.signers.unwrap().hash, node.chain().stake(13).unwrap().hash.bytes);
        assert!(checkpoint.to_text().len() < 512);
    }
}

#[test]
fn past_roots_of_0_3_pinned_hashes_lead() {
    let node = node(Settings { upgrade_heights: vec![54], ..settings(&[3, 4]) }, 99);
    let pinned = network(&node);
    let pins = |network: &Network| network.stake_table_hashes.iter().map(|(epoch, _)| *epoch).collect::<Vec<_>>();
    assert_eq!(pins(&pinned), [3, 4, 5, 6], "the root of epoch 6 is of 0.4");
    let (journey, stored) = whole_way(&node);
    assert_epochs(&node, &journey.epochs);
    assert!(journey.epochs.len() >= 7 && journey.refused.is_empty());

    // A store made among them goes on.
    let mut half = client(&node, Start::Tip);
    travel(&mut half, &mut dice("0.3", 0), honest(&node), |client, _| client.stored_epoch() == Some(4));
    let kept = StoredTables::from_bytes(&half.stored_tables().unwrap(), &pinned).unwrap();
    let mut resumed = with_trust(&node, Trust { stored: Some(kept), ..Trust::default() }, Start::Tip);
    travel(&mut resumed, &mut dice("0.3", 1), honest(&node), at_tip(&node));
    assert_eq!(resumed.stored_tables().unwrap(), stored);

    // Lies cost their teller; without a pin, or with another, nothing leads on.
    node.set_lie(Some(Lie::EventOmitted));
    let mut deceived = client(&node, Start::Tip);
    let lies = travel(&mut deceived, &mut dice("0.3", 2), honest(&node), |_, journey| journey.refused.len() >= 3);
    assert!(lies.epochs.is_empty());
    node.set_lie(None);
    for (pins, code) in [
        (pinned.stake_table_hashes[1..].to_vec(), "stake_table.hash_missing"),
        (vec![(3, [9; 32])], "stake_table.hash"),
    ] {
        let network = Network { stake_table_hashes: pins, ..pinned.clone() };
        let mut client = Client::new(network, None, Start::Tip, [5; 32]).unwrap();
        let journey = travel(&mut client, &mut dice("0.3", 3), honest(&node), |_, journey| journey.refused.len() >= 3);
        assert!(journey.epochs.is_empty());
        let refused = client.halted().or(journey.refused.first().map(|(_, rejected)| rejected)).unwrap();
        assert_eq!(refused.code(), code);
    }
}

#[test]
fn following_crosses_epochs_by_itself() {
    for versions in [&[4][..], &[6], &[2, 4, 5, 6]] {
        let node = node(settings(versions), 4);
        let mut client = client(&node, Start::Height(0));
        let mut finalized = Vec::new();
        for _ in 0..25 {
            let (blocks, end) = follow(&mut client, &node);
            assert_eq!(end, End::Idle, "{versions:?} at {}", node.chain().blocks().len());
            finalized.extend(blocks);
            produce(&node, 3);
        }
        assert_honest(&node, &finalized);
        assert_eq!(finalized[0].header.height, 0);
        assert!(finalized.last().unwrap().header.height >= 68, "{versions:?}");
        // A client that comes later goes through all of it at once.
        let (late, end) = follow(&mut common::client(&node, Start::Height(0)), &node);
        assert_eq!(end, End::Idle);
        assert_honest(&node, &late);
        assert!(late.last().unwrap().header.height >= finalized.last().unwrap().header.height);
    }
}

#[test]
fn answers_come_in_any_order_and_from_poor_servers() {
    for (round, versions) in [&[4][..], &[6], &[2, 4, 5, 6]].into_iter().enumerate() {
        let node = node(settings(versions), 128);
        let (journey, expected) = whole_way(&node);
        assert_epochs(&node, &journey.epochs);
        let poor = |request: Request, dice: &mut Dice| {
            if dice.one_in(4) { None } else { honest(&node)(request, dice) }
        };
        let mut client = client(&node, Start::Tip);
        let journey = travel(&mut client, &mut dice("order", round as u64), poor, at_tip(&node));
        assert!(journey.refused.is_empty(), "{:?}", journey.refused);
        assert_epochs(&node, &journey.epochs);
        assert_eq!(client.stored_tables().unwrap(), expected);
    }
}

#[test]
fn killed_at_random_points_and_resumed_it_comes_to_the_same() {
    let node = node(settings(&[4, 5, 6]), 158);
    let (whole, expected) = whole_way(&node);
    for round in 0..3 {
        let mut dice = dice("kill", round);
        let (mut stored, mut epochs, mut lives) = (None::<Vec<u8>>, Vec::new(), 0);
        loop {
            let kept = stored.as_deref().map(|bytes| StoredTables::from_bytes(bytes, &network(&node)).unwrap());
            let mut client = with_trust(&node, Trust { stored: kept, ..Trust::default() }, Start::Tip);
            let until = 1 + dice.below(60);
            let mut steps = 0;
            let tip = at_tip(&node);
            let mut tip = tip;
            let journey = travel(&mut client, &mut dice.clone(), honest(&node), |client, journey| {
                steps += 1;
                steps > until || tip(client, journey)
            });
            lives += 1;
            epochs.extend(journey.epochs);
            stored = client.stored_tables().or(stored);
            if !journey.finalized.is_empty() {
                break;
            }
        }
        assert!(lives > 2);
        assert_epochs(&node, &epochs);
        assert_eq!(epochs.last().unwrap().epoch, whole.epochs.last().unwrap().epoch);
        assert_eq!(stored.unwrap(), expected);
    }
}

#[test]
fn boundaries_prove_the_tables_again() {
    let node = node(settings(&[2, 4, 5, 6]), 118);
    let (journey, _) = whole_way(&node);
    let network = network(&node);
    let kept: Vec<Vec<u8>> =
        journey.epochs.iter().map(|a| a.boundary.as_ref().unwrap().to_bytes(&network.identity())).collect();
    let mut boundaries: BTreeMap<Request, Vec<u8>> = BTreeMap::new();
    for bytes in &kept {
        boundaries.extend(Boundary::from_bytes(bytes, &network.identity()).unwrap().answers);
    }
    let last = journey.epochs.last().unwrap().epoch;
    let again = |boundaries: &BTreeMap<Request, Vec<u8>>| {
        let mut client = client(&node, Start::Tip);
        let blocks = node.chain().blocks().len();
        let from_kept = |request: Request, _: &mut Dice| match request {
            Request::BlockHeight => Some(blocks.to_string()),
            other => boundaries.get(&other).map(|body| String::from_utf8(body.clone()).unwrap()),
        };
        let journey = travel(&mut client, &mut dice("again", 0), from_kept, |_, journey| {
            journey.epochs.last().is_some_and(|advance| advance.epoch == last) || !journey.refused.is_empty()
        });
        (journey.epochs, journey.refused)
    };
    let (epochs, refused) = again(&boundaries);
    assert!(refused.is_empty(), "{refused:?}");
    assert!(epochs == journey.epochs);
    // What was changed in the store proves nothing.
    for (request, body) in boundaries.clone() {
        if !matches!(request, Request::StakeTableEvents { .. }) || body.len() < 3 {
            continue;
        }
        let mut changed = boundaries.clone();
        changed.insert(request, b"[]".to_vec());
        let (_, refused) = again(&changed);
        assert_eq!(refused[0].0, Some(request));
    }
}

/// Tells a lie about the way to the tables until it is refused, then the truth.
fn codes(lie: Lie, versions: &[u16], round: u64) -> Vec<String> {
    let node = node(settings(versions), 78);
    let mut client = client(&node, Start::Tip);
    let mut dice = dice(lie.name(), round);
    let early = travel(&mut client, &mut dice, honest(&node), |_, journey| journey.epochs.len() > 1);
    println!("{}", lie.name());
    node.lie_from(Some(lie), 0);
    let told = travel(&mut client, &mut dice, honest(&node), |_, journey| !journey.refused.is_empty());
    let known = [early.epochs, told.epochs].concat();
    assert_epochs_honestly(&node, &known);
    node.set_lie(None);
    let mut tip = at_tip(&node);
    let healed = travel(&mut client, &mut dice, honest(&node), |client, journey| tip(client, journey));
    assert_honest(&node, &healed.finalized);
    assert!(!healed.finalized.is_empty(), "{}: {:?}", lie.name(), healed.refused);
    assert_epochs_honestly(&node, &[known, healed.epochs].concat());
    // What came ahead of its turn was the liar's still: each such answer is refused once.
    told.refused.iter().map(|(_, rejected)| rejected.code().to_owned()).collect()
}

fn assert_epochs_honestly(node: &Node, epochs: &[EpochAdvance]) {
    let lie = node.lie();
    node.set_lie(None);
    assert_epochs(node, epochs);
    if let Some(lie) = lie {
        node.lie_from(Some(lie), 0);
    }
}

#[test]
fn lies_on_the_way_cost_time_only() {
    let tables = Lie::ALL.iter().copied().filter(|lie| lie.is_about_tables());
    for (round, lie) in (0u64..).zip(tables) {
        let refused = codes(lie, &[4], round);
        assert!(!refused.is_empty(), "{} is never refused", lie.name());
        assert!(lie.codes().contains(&refused[0].as_str()), "{}: {refused:?}", lie.name());
    }
    let roots = [
        Lie::Strangers,
        Lie::BelowThreshold,
        Lie::ClaimedSigners,
        Lie::AlteredTime,
        Lie::WrongHeight,
        Lie::WrongEpoch,
        Lie::NullEpoch,
        Lie::ViewZero,
        Lie::Unsigned,
        Lie::Gap,
        Lie::Doubled,
        Lie::Reversed,
        Lie::NotJson,
    ];
    for (round, lie) in (10u64..).zip(roots) {
        let refused = codes(lie, &[4], round);
        assert!(!refused.is_empty(), "{} is never refused", lie.name());
    }
    for (round, lie) in (40u64..).zip([
        Lie::Certificate2Weak,
        Lie::Certificate2FirstPhase,
        Lie::Certificate2Epoch,
        Lie::ProofKind,
        Lie::ProofEmpty,
        Lie::ProofOther,
        Lie::Assumption,
    ]) {
        let refused = codes(lie, &[6], round);
        assert!(!refused.is_empty(), "{} is never refused", lie.name());
    }
}

#[test]
fn a_proof_of_a_root_that_reaches_into_the_next_epoch_is_refused() {
    let settings = Settings { certificate2_every: 25, failed_views: 0, ..settings(&[6]) };
    let node = Node::new(Chain::new(settings, History::default()).unwrap(), Manners::default());
    produce(&node, 78);
    let mut client = client(&node, Start::Tip);
    let journey = travel(&mut client, &mut dice("reach", 0), honest(&node), |_, journey| !journey.refused.is_empty());
    let (culprit, rejected) = &journey.refused[0];
    assert_eq!(rejected.code(), "stake_table.root_proof");
    assert_eq!(*culprit, Some(Request::LeafProof { height: 5 }));
    assert!(journey.epochs.is_empty());
}

#[test]
fn without_the_light_client_module_certificates_prove_roots_too() {
    let node = node(settings(&[6]), 68);
    let mut client = client(&node, Start::Tip);
    let without = |request: Request, dice: &mut Dice| match request {
        Request::LeafProof { .. } => None,
        other => honest(&node)(other, dice),
    };
    let journey = travel(&mut client, &mut dice("module", 0), without, at_tip(&node));
    assert!(journey.refused.is_empty(), "{:?}", journey.refused);
    assert_epochs(&node, &journey.epochs);
    assert!(!journey.finalized.is_empty());
}

/// A checkpoint in epoch 9, and the node it is of.
fn checkpoint_of(node: &Node) -> Checkpoint {
    let mut client = client(node, Start::Tip);
    let journey = travel(&mut client, &mut dice("checkpoint", 0), honest(node), at_tip(node));
    assert!(!journey.finalized.is_empty());
    Checkpoint::from_text(&client.checkpoint().unwrap().to_text()).unwrap()
}

#[test]
fn a_checkpoint_needs_events_only() {
    let node = node(settings(&[2, 4, 5, 6]), 88);
    let checkpoint = checkpoint_of(&node);
    assert_eq!(checkpoint.signers.unwrap().epoch, 9);
    produce(&node, 40);
    for skip_to_start in [false, true] {
        let trust = Trust { checkpoint: Some(checkpoint), skip_to_start, ..Trust::default() };
        let mut client = with_trust(&node, trust, Start::Tip);
        let mut roots = Vec::new();
        let watched = |request: Request, dice: &mut Dice| {
            if let Request::Leaves { from, .. } | Request::LeafProof { height: from } = request {
                roots.push(from);
            }
            honest(&node)(request, dice)
        };
        let journey = travel(&mut client, &mut dice("events", 0), watched, at_tip(&node));
        assert!(journey.refused.is_empty(), "{:?}", journey.refused);
        assert_epochs(&node, &journey.epochs);
        assert_eq!(journey.epochs[0].epoch, 9);
        assert!(journey.epochs[0].boundary.is_none() && journey.epochs[1].boundary.is_some());
        assert!(roots.iter().all(|height| *height > 80), "nothing before the checkpoint is proven: {roots:?}");
        assert_honest(&node, &journey.finalized);
        assert_eq!(journey.finalized[0].header.height == checkpoint.height + 1, !skip_to_start);
    }
}

#[test]
fn a_checkpoint_and_no_static_table_is_enough() {
    let node = node(settings(&[4]), 68);
    let checkpoint = checkpoint_of(&node);
    produce(&node, 20);
    let network = Network { stake_table: None, ..network(&node) };
    assert_eq!(Client::new(network.clone(), None, Start::Tip, [0; 32]).err().unwrap().code(), "network.missing_pin");
    // The identity names the table, so that a checkpoint is of a file with or without.
    let own = Checkpoint { network: network.identity(), ..checkpoint };
    let mut client = Client::new(network, Some(&own), Start::Tip, [0; 32]).unwrap();
    let journey = travel(&mut client, &mut dice("bare", 0), honest(&node), at_tip(&node));
    assert!(journey.refused.is_empty(), "{:?}", journey.refused);
    assert_honest(&node, &journey.finalized);
    assert!(!journey.finalized.is_empty());
}

#[test]
fn after_lying_events_the_proven_way_leads_to_the_checkpoint() {
    let node = node(settings(&[4]), 78);
    let checkpoint = checkpoint_of(&node);
    let trust = Trust { checkpoint: Some(checkpoint), ..Trust::default() };
    let mut client = with_trust(&node, trust.clone(), Start::Tip);
    node.set_lie(Some(Lie::EventInvented));
    let mut dice = dice("fallback", 0);
    let told = travel(&mut client, &mut dice, honest(&node), |_, journey| !journey.refused.is_empty());
    assert_eq!(told.refused[0].1.code(), "stake_table.hash");
    assert_eq!(told.refused[0].0, None, "nobody knows who lied");
    node.set_lie(None);
    produce(&node, 10);
    let journey = travel(&mut client, &mut dice, honest(&node), at_tip(&node));
    assert_epochs(&node, &journey.epochs);
    assert_eq!(journey.epochs[0].epoch, 3);
    assert_honest(&node, &journey.finalized);
    // A checkpoint that names another table is found out on that way, and nothing mends it.
    let mut forged = checkpoint;
    forged.signers.as_mut().unwrap().hash = [9; 32];
    let mut client = with_trust(&node, Trust { checkpoint: Some(forged), ..trust }, Start::Tip);
    let journey = travel(&mut client, &mut dice, honest(&node), |_, _| false);
    assert_eq!(journey.refused[0].1.code(), "stake_table.hash");
    assert_eq!(client.halted().unwrap().code(), "checkpoint.stake_table");
    assert!(journey.finalized.is_empty());
    assert!(client.requests(8).is_empty() && client.step(1).is_err());
}

#[test]
fn stored_tables_serve_what_is_followed_or_are_left_aside() {
    let node = node(settings(&[4]), 98);
    let (_, stored) = whole_way(&node);
    let network = network(&node);
    for index in (0..stored.len()).step_by(97) {
        let mut changed = stored.clone();
        changed[index] ^= 1;
        assert!(StoredTables::from_bytes(&changed, &network).is_err(), "{index}");
        assert!(StoredTables::from_bytes(&stored[..index], &network).is_err(), "{index}");
    }
    let other = Network { epoch_start_block: 7, ..network.clone() };
    assert_eq!(StoredTables::from_bytes(&stored, &other).unwrap_err().code(), "checkpoint.network");
    // Blocks before them need older tables: the client goes the whole way then.
    let kept = StoredTables::from_bytes(&stored, &network).unwrap();
    let trust = Trust { stored: Some(kept.clone()), ..Trust::default() };
    let mut client = with_trust(&node, trust, Start::Height(40));
    let journey = travel(&mut client, &mut dice("old", 0), honest(&node), at_tip(&node));
    assert_eq!(journey.finalized[0].header.height, 40);
    assert_eq!(journey.epochs[0].epoch, 3);
    // A checkpoint that contradicts them is refused at once.
    let mut contradicting = checkpoint_of(&node);
    contradicting.signers.as_mut().unwrap().hash = [1; 32];
    let trust = Trust { stored: Some(kept), checkpoint: Some(contradicting), ..Trust::default() };
    let refused = Client::with_trust(network, trust, Start::Tip, [0; 32]).err().unwrap();
    assert_eq!(refused.code(), "checkpoint.stake_table");
}

#[test]
fn an_overstated_height_is_not_gone_after_for_ever() {
    let node = node(settings(&[4]), 58);
    let mut client = client(&node, Start::Tip);
    let mut lied = 0;
    let boasting = |request: Request, dice: &mut Dice| {
        if request == Request::BlockHeight && lied < 3 {
            lied += 1;
            return Some(u64::MAX.to_string());
        }
        honest(&node)(request, dice)
    };
    let journey = travel(&mut client, &mut dice("height", 0), boasting, at_tip(&node));
    assert!(journey.refused.is_empty(), "{:?}", journey.refused);
    assert_epochs(&node, &journey.epochs);
    assert!(!journey.finalized.is_empty());
}
