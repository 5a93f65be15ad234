//! `hotshot-verify sync`, `stake-table` and `checkpoint` over HTTP against devnets, honest and not.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod common;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use common::{listen, node, produce};
use hotshot_light_client::{
    client::{checkpoint::Checkpoint, network::Network, stored::StoredTables},
    encoding::{json, tagged_base64},
    stake_table::table::StakeTable,
};
use hotshot_tests::{
    chain::Settings,
    lie::Lie,
    server::{Node, network_file},
};
use hotshot_verify::{
    command::{checkpoint, stake_table, sync},
    exit::Verdict,
    stop::Stop,
    store::Store,
    synchronize::{Goal, Sources, run},
    table_store::{FileTables, TableStore},
    walk::Way,
};

fn settings(versions: &[u16]) -> Settings {
    Settings {
        validators: 9,
        epoch_height: 10,
        versions: versions.to_vec(),
        dynamic_stake: true,
        failed_views: 6,
        ..Settings::default()
    }
}

/// A folder with the network file, and a place for a store.
fn folder(test: &str, node: &Node) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("native-sync-{test}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("network.json"), serde_json::to_vec(&network_file(&node.chain(), &[])).unwrap()).unwrap();
    folder
}

fn sources(folder: &Path, providers: &[&str]) -> Sources {
    Sources {
        providers: providers.iter().map(|address| address.parse().unwrap()).collect(),
        network: folder.join("network.json"),
        store: Some(folder.join("store")),
        checkpoint: None,
        accept_expired_anchor: false,
        verify_store: "checkpoint".into(),
    }
}

fn network(folder: &Path) -> Network {
    Network::parse(&fs::read(folder.join("network.json")).unwrap()).unwrap()
}

fn stored(folder: &Path) -> Vec<u8> {
    FileTables::open(&folder.join("store"), &network(folder)).unwrap().tables().unwrap().unwrap()
}

#[test]
fn one_liar_beside_an_honest_server_and_resumed() {
    let honest = Arc::new(node(settings(&[2, 4, 5, 6]), 118));
    let liar = Arc::new(node(settings(&[2, 4, 5, 6]), 118));
    liar.lie_from(Some(Lie::EventInvented), 0);
    let (truth, lies) = (listen(&honest), listen(&liar));
    let folder = folder("resumed", &honest);
    // One goes to some epoch, is ended, and goes on.
    let mut told = Vec::new();
    let until = |epoch| sync::Arguments {
        sources: sources(&folder, &[lies.as_str(), truth.as_str()]),
        way: Way::default(),
        until: epoch,
        json: true,
    };
    let stop = Stop::new();
    for epoch in [Some(5), Some(9), None] {
        assert_eq!(sync::run_until(&until(epoch), &stop).unwrap(), Verdict::Accepted);
        let known = StoredTables::from_bytes(&stored(&folder), &network(&folder)).unwrap();
        told.push(known.epoch());
    }
    assert_eq!(told, [5, 9, 12]);
    // The other goes all the way at once: both know the same.
    let whole = folder.join("whole");
    fs::create_dir_all(&whole).unwrap();
    fs::copy(folder.join("network.json"), whole.join("network.json")).unwrap();
    let arguments =
        sync::Arguments { sources: sources(&whole, &[truth.as_str()]), way: Way::default(), until: None, json: false };
    assert_eq!(sync::run_until(&arguments, &stop).unwrap(), Verdict::Accepted);
    assert_eq!(stored(&folder), stored(&whole));
    // What was kept proves all of it again, without anybody's events.
    let full = Sources { verify_store: "full".into(), ..sources(&folder, &[truth.as_str()]) };
    let mut epochs = Vec::new();
    let (_, outcome) = run(&full, Goal::Tip, &stop, &mut |advance| {
        epochs.push(advance.epoch);
        Ok(())
    })
    .unwrap();
    assert_eq!((epochs[0], epochs.last(), outcome.client.stored_epoch()), (4, Some(&12), Some(12)));
    // Somebody spoilt the store: it costs time only.
    let name = fs::read_dir(folder.join("store")).unwrap().map(|entry| entry.unwrap().path());
    for path in name.filter(|path| path.extension().is_some_and(|extension| extension == "bin")) {
        let mut bytes = fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&path, bytes).unwrap();
    }
    for how in ["checkpoint", "full"] {
        let sources = Sources { verify_store: how.into(), ..sources(&folder, &[truth.as_str()]) };
        let (_, outcome) = run(&sources, Goal::Tip, &stop, &mut |_| Ok(())).unwrap();
        assert_eq!(outcome.client.stored_epoch(), Some(12));
        assert_eq!(stored(&folder), stored(&whole), "{how}");
    }
}

#[test]
fn a_stop_leaves_a_good_store() {
    let node = Arc::new(node(settings(&[4]), 118));
    let address = listen(&node);
    let folder = folder("stopped", &node);
    for epochs in [1, 2, 3] {
        let stop = Stop::new();
        let mut seen = 0;
        let raised = stop.clone();
        let (_, outcome) = run(&sources(&folder, &[address.as_str()]), Goal::Tip, &stop, &mut |_| {
            seen += 1;
            if seen == epochs {
                raised.raise();
            }
            Ok(())
        })
        .unwrap();
        assert_eq!(outcome.end, hotshot_verify::follow::End::Stopped);
        StoredTables::from_bytes(&stored(&folder), &network(&folder)).unwrap();
    }
    let (_, outcome) = run(&sources(&folder, &[address.as_str()]), Goal::Tip, &Stop::new(), &mut |_| Ok(())).unwrap();
    assert_eq!((outcome.epochs, outcome.client.stored_epoch()), (4, Some(12)), "3 to 8 were known");
}

#[test]
fn tables_and_checkpoints_go_from_hand_to_hand() {
    let node = Arc::new(node(settings(&[4]), 88));
    let address = listen(&node);
    let folder = folder("hand", &node);
    let stop = Stop::new();
    let table = folder.join("table.json");
    let arguments = stake_table::Arguments {
        epoch: 6,
        sources: sources(&folder, &[address.as_str()]),
        table: Some(table.clone()),
        json: true,
    };
    assert_eq!(stake_table::run_until(&arguments, &stop).unwrap(), Verdict::Accepted);
    let text = fs::read(&table).unwrap();
    let read = StakeTable::from_json(&json::parse(&text).unwrap()).unwrap();
    let ours = node.chain().table(Some(6));
    assert_eq!(read.entries().len(), ours.members.len());
    assert_eq!(read.total_stake(), ours.total());
    // The same from the store alone, and an older one from nowhere but the beginning.
    let alone = stake_table::Arguments { sources: sources(&folder, &["http://127.0.0.1:1"]), table: None, ..arguments };
    assert_eq!(stake_table::run_until(&alone, &stop).unwrap(), Verdict::Accepted);
    let older = stake_table::Arguments { epoch: 3, sources: sources(&folder, &[address.as_str()]), ..alone };
    assert_eq!(stake_table::run_until(&older, &stop).unwrap(), Verdict::Accepted);

    let arguments = sync::Arguments {
        sources: sources(&folder, &[address.as_str()]),
        way: Way::default(),
        until: None,
        json: false,
    };
    assert_eq!(sync::run_until(&arguments, &stop).unwrap(), Verdict::Accepted);
    let checkpoint = Store::open(&folder.join("store")).unwrap().load(&network(&folder)).unwrap().unwrap();
    produce(&node, 30);
    // Elsewhere, with nothing but the pasted line.
    let elsewhere = folder.join("elsewhere");
    let import = |text: String, network: PathBuf| {
        let action = checkpoint::Action::Import { checkpoint: text, network, store: elsewhere.clone() };
        checkpoint::run(&checkpoint::Arguments { action })
    };
    let pinned = folder.join("network.json");
    assert_eq!(import(checkpoint.to_text(), pinned.clone()).unwrap(), Verdict::Accepted);
    assert!(import(format!("{}x", checkpoint.to_text()), pinned.clone()).is_err());
    let other = Checkpoint { network: [1; 32], ..checkpoint };
    assert_eq!(import(other.to_text(), pinned).unwrap(), Verdict::Rejected);
    let from = Sources {
        store: Some(elsewhere),
        checkpoint: Some(format!(" {}\n", checkpoint.to_text())),
        ..sources(&folder, &[address.as_str()])
    };
    let mut epochs = Vec::new();
    let (_, outcome) = run(&from, Goal::Tip, &stop, &mut |advance| {
        epochs.push((advance.epoch, advance.boundary.is_some()));
        Ok(())
    })
    .unwrap();
    assert_eq!(epochs, [(9, false), (10, true), (11, true), (12, true)]);
    assert!(outcome.client.followed().unwrap().height > 110);
    let shown = checkpoint::Action::Show { checkpoint: checkpoint.to_text(), network: None, json: true };
    assert_eq!(checkpoint::run(&checkpoint::Arguments { action: shown }).unwrap(), Verdict::Accepted);
    assert!(tagged_base64::decode(&checkpoint.to_text(), "HOTSHOT_CHECKPOINT").is_ok());
}
