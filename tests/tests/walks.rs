//! Walks over state certificates, and the final block that they end at: core and command line against
//! devnets, honest and not.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod common;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use common::{listen, node};
use hotshot_light_client::{
    Rejected, Rejection,
    client::{
        arrival::{Arrival, CertifiedRoot},
        checkpoint::Checkpoint,
        network::Network,
        stored::StoredTables,
    },
    consensus::epoch::Epochs,
    encoding::json::parse,
    stake_table::{active_set::ActiveRules, table::StakeTable},
    transition::certificate::StateCertificate,
};
use hotshot_tests::{
    chain::Settings,
    server::{Node, network_file},
};
use hotshot_verify::{
    command::sync,
    exit::{Failure, Verdict},
    stop::Stop,
    store::Store,
    synchronize::Sources,
    table_store::{FileTables, TableStore},
    walk::{By, Way},
};

const EPOCH: u64 = 10;

fn settings(versions: &[u16]) -> Settings {
    Settings {
        validators: 7,
        epoch_height: EPOCH,
        versions: versions.to_vec(),
        dynamic_stake: true,
        failed_views: 6,
        // Commitments of fewer rows take less time.
        stake_table_capacity: Some(12),
        ..Settings::default()
    }
}

fn network_of(node: &Node) -> Network {
    Network::parse(network_file(&node.chain(), &[]).to_string().as_bytes()).unwrap()
}

fn ask<T>(node: &Node, path: &str, read: impl Fn(&[u8]) -> Result<T, Rejected>) -> T {
    let answer = node.answer(path);
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    read(answer.body.as_bytes()).unwrap()
}

fn table(node: &Node, epoch: u64) -> Arc<StakeTable> {
    let path = format!("/v1/node/stake-table/{epoch}");
    Arc::new(ask(node, &path, |text| StakeTable::from_json(&parse(text)?)))
}

/// What a walk to an epoch's certificate ends with.
fn certified(node: &Node, epoch: u64) -> CertifiedRoot {
    let path = format!("/v1/availability/state-cert-v2/{epoch}");
    let certificate = ask(node, &path, |text| StateCertificate::from_json(&parse(text)?));
    CertifiedRoot {
        epoch,
        state: certificate.state,
        auth_root: Some(certificate.auth_root),
        table: table(node, epoch),
        next: table(node, epoch + 1),
    }
}

/// Goes on until there is a checkpoint or a refusal.
fn arrive(node: &Node, arrival: &mut Arrival) -> Result<Checkpoint, Rejected> {
    for _ in 0..40 {
        if let Some(checkpoint) = arrival.checkpoint() {
            return Ok(*checkpoint);
        }
        let request = arrival.request().unwrap();
        let answer = node.answer(&request.path());
        if answer.status != 200 {
            assert!(arrival.missing(), "{}", request.path());
            continue;
        }
        arrival.respond(answer.body.as_bytes())?;
        while arrival.step(1)? {}
    }
    panic!("the walk never ends")
}

#[test]
fn a_certified_root_is_proven_final_with_the_hash_of_its_signers() {
    for (versions, rules) in
        [(&[4][..], [ActiveRules::Staked; 2]), (&[2, 4, 6][..], [ActiveRules::Staked, ActiveRules::StakedAndReachable])]
    {
        let node = node(settings(versions), 6 * EPOCH + 8);
        let network = network_of(&node);
        let mut seen = Vec::new();
        for epoch in 4..=6 {
            let root = certified(&node, epoch);
            let mut arrival = Arrival::new(network.clone(), root, None, [7; 32]).unwrap();
            let checkpoint = arrive(&node, &mut arrival).unwrap();
            let height = Epochs::new(EPOCH).unwrap().root(epoch).unwrap();
            let block = node.block(height).unwrap();
            assert_eq!((checkpoint.height, checkpoint.leaf), (height, block.leaf.qc.data.leaf_commit.bytes));
            assert!(checkpoint.timestamp > 0);
            let signers = checkpoint.signers.unwrap();
            let hash = node.chain().stake(epoch).unwrap().hash.bytes;
            assert_eq!((signers.epoch, signers.hash), (epoch, hash));
            seen.extend([signers.rules, signers.next_rules]);
        }
        assert!(rules.iter().all(|rules| seen.contains(rules)), "{versions:?}: {seen:?}");
    }
}

#[test]
fn what_is_certified_has_to_be_what_is_final() {
    let node = node(settings(&[4]), 6 * EPOCH + 8);
    let network = network_of(&node);
    let good = certified(&node, 5);
    let refused = |change: &dyn Fn(&mut CertifiedRoot)| {
        let mut root = good.clone();
        change(&mut root);
        let mut arrival = Arrival::new(network.clone(), root, None, [7; 32])?;
        arrive(&node, &mut arrival).map(|_| ())
    };
    assert_eq!(refused(&|_| {}), Ok(()));
    let code = |change: &dyn Fn(&mut CertifiedRoot)| refused(change).unwrap_err().rejection;
    assert_eq!(code(&|root| root.state.view += 1), Rejection::StateNotFinal);
    assert_eq!(code(&|root| root.state.block_comm_root += root.state.block_comm_root), Rejection::StateNotFinal);
    assert_eq!(code(&|root| root.auth_root = Some([1; 32])), Rejection::StateNotFinal);
    assert_eq!(code(&|root| root.state.height += 1), Rejection::StateEpoch);
    // The table of another epoch proves nothing final here.
    let other = table(&node, 3);
    assert!(matches!(
        code(&|root| root.table = Arc::clone(&other)),
        Rejection::QcSignature | Rejection::QcSigners | Rejection::QcWeight
    ));
}

/// A date is no younger than the pins that the walk began with.
#[test]
fn a_walk_from_old_pins_ends_without_a_date() {
    let node = node(settings(&[4]), 6 * EPOCH + 8);
    let mut network = network_of(&node);
    network.weak_subjectivity_seconds = Some(1000);
    let began = network.genesis_timestamp.unwrap();
    let dated = |now| {
        let mut arrival = Arrival::new(network.clone(), certified(&node, 5), now, [7; 32]).unwrap();
        arrive(&node, &mut arrival).unwrap().timestamp
    };
    assert!(dated(Some(began + 900)) > began);
    assert_eq!(dated(Some(began + 1100)), 0);
}

/// A folder with the network file, and a place for a store.
fn folder(test: &str, node: &Node) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("walks-{test}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("network.json"), network_file(&node.chain(), &[]).to_string()).unwrap();
    folder
}

fn by(way: By, folder: &Path, providers: &[&str], until: Option<u64>) -> sync::Arguments {
    sync::Arguments {
        sources: Sources {
            providers: providers.iter().map(|address| address.parse().unwrap()).collect(),
            network: folder.join("network.json"),
            store: Some(folder.join("store")),
            checkpoint: None,
            accept_expired_anchor: false,
            verify_store: "checkpoint".into(),
        },
        way: Way { by: way, ..Way::default() },
        until,
        json: true,
    }
}

/// The newest stored epoch, the hash of its registrations, and the height that was followed to.
fn learnt(folder: &Path) -> (u64, Option<[u8; 32]>, u64) {
    let network = Network::parse(&fs::read(folder.join("network.json")).unwrap()).unwrap();
    let bytes = FileTables::open(&folder.join("store"), &network).unwrap().tables().unwrap().unwrap();
    let stored = StoredTables::from_bytes(&bytes, &network).unwrap();
    let checkpoint = Store::open(&folder.join("store")).unwrap().load(&network).unwrap();
    (stored.epoch(), stored.hash_of(stored.epoch()), checkpoint.map_or(0, |checkpoint| checkpoint.height))
}

#[test]
fn the_command_walks_over_state_certificates_to_the_tip() {
    for versions in [&[3, 4][..], &[2, 4, 5, 6]] {
        let node = Arc::new(node(settings(versions), 8 * EPOCH + 8));
        let address = listen(&node);
        let name = format!("{}", versions.len());
        let (walked, linear) = (folder(&format!("walked-{name}"), &node), folder(&format!("linear-{name}"), &node));
        let stop = Stop::new();
        let arguments = by(By::StateCertificates, &walked, &[&address], Some(5));
        assert_eq!(sync::run_until(&arguments, &stop).unwrap(), Verdict::Accepted);
        assert_eq!(learnt(&walked).0, 5, "{versions:?}");
        // The store is left behind by another walk, from its beginning.
        let arguments = by(By::StateCertificates, &walked, &[&address], None);
        assert_eq!(sync::run_until(&arguments, &stop).unwrap(), Verdict::Accepted);
        let arguments = by(By::Events, &linear, &[&address], None);
        assert_eq!(sync::run_until(&arguments, &stop).unwrap(), Verdict::Accepted);
        assert_eq!(learnt(&walked), learnt(&linear), "{versions:?}");
    }
}

#[test]
fn another_chain_leads_nowhere() {
    let honest = Arc::new(node(settings(&[4]), 6 * EPOCH + 8));
    let other = Arc::new(node(Settings { seed: "another".into(), ..settings(&[4]) }, 6 * EPOCH + 8));
    let (truth, lies) = (listen(&honest), listen(&other));
    let folder = folder("another", &honest);
    let run = |providers: &[&str]| sync::run_until(&by(By::StateCertificates, &folder, providers, None), &Stop::new());
    assert_eq!(run(&[&lies]).unwrap(), Verdict::Rejected);
    assert_eq!(run(&[&lies, &truth]).unwrap(), Verdict::Accepted);
    // What is asked for has to be pinned.
    let mut network = network_file(&honest.chain(), &[]);
    network["transitions"] = serde_json::Value::Null;
    fs::write(folder.join("network.json"), network.to_string()).unwrap();
    assert!(matches!(run(&[&truth]), Err(Failure::Usage(reason)) if reason.contains("transitions")));
}

/// Ended in the middle, a walk goes on from where it was.
#[test]
fn a_walk_is_resumed() {
    let node = Arc::new(node(settings(&[4]), 6 * EPOCH + 8));
    let address = listen(&node);
    let folder = folder("resumed", &node);
    let network = network_of(&node);
    let store = folder.join("store");
    fs::create_dir_all(&store).unwrap();
    let identity: String = network.identity().iter().map(|byte| format!("{byte:02x}")).collect();
    let kept = store.join(format!("certified-{}.json", &identity[..16]));
    let after = certified(&node, 4).state;
    let table = node.answer("/v1/node/stake-table/5").body;
    let position = |identity: &str, table: &str| {
        let (view, height) = (after.view, after.height);
        format!(r#"{{"network":"0x{identity}","epoch":5,"view":{view},"height":{height},"stake_table":{table}}}"#)
    };
    let run = || sync::run_until(&by(By::StateCertificates, &folder, &[&address], None), &Stop::new()).unwrap();
    fs::write(&kept, position(&identity, &table)).unwrap();
    assert_eq!(run(), Verdict::Accepted);
    // A spoilt file costs time; one with another table is trusted as far as it goes, and goes nowhere.
    fs::write(&kept, position(&"00".repeat(32), &table)).unwrap();
    assert_eq!(run(), Verdict::Accepted);
    fs::write(&kept, "{").unwrap();
    assert_eq!(run(), Verdict::Accepted);
    let other = node.answer("/v1/node/stake-table/1").body;
    fs::write(&kept, position(&identity, &other)).unwrap();
    assert_eq!(run(), Verdict::Rejected);
}
