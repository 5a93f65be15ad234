//! The program against a devnet: every lie, dying and poor servers, upgrades, epochs, streams.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests end loudly")]

mod common;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use common::devnet::{Devnet, settings};
use common::{Ended, program, run};
use hotshot_tests::lie::Lie;
use hotshot_tests::server::{Manners, stake_table_file};
use serde_json::{Value, json};

#[test]
fn a_growing_chain_is_followed_across_epochs_and_upgrades() {
    for (versions, until) in [(&[4][..], 33), (&[2, 3, 4, 5, 6], 57)] {
        let devnet = Devnet::new(settings(versions), 3);
        let server = devnet.listen(|_| false);
        let node = Arc::clone(&devnet.node);
        let producer = thread::spawn(move || {
            while node.chain().blocks().len() < until + 6 {
                thread::sleep(Duration::from_millis(20));
                node.produce().unwrap();
            }
        });
        let last = until.to_string();
        let ended = devnet.follow(&[&server.address], &["--from", "0", "--until", &last]);
        producer.join().unwrap();
        devnet.assert_told(&ended, 0..=until as u64, &format!("{versions:?}"));
        assert!(!ended.stderr.contains("rejected"), "{}", ended.stderr);
        let epochs: Vec<Value> = ended.json_lines().iter().map(|line| line["epoch"].clone()).collect();
        assert_eq!(epochs.last().unwrap(), &json!((until as u64).div_ceil(10)));
    }
}

/// Follows with a liar and an honest server.
fn survive(lie: Lie) -> String {
    let minor = if lie.name().starts_with("cert2") { 6 } else { 4 };
    let devnet = Devnet::new(settings(&[minor]), 26);
    let liar = Devnet::new(settings(&[minor]), 26);
    liar.node.lie_from(Some(lie), 12);
    let (lying, honest) = (liar.listen(|_| false), devnet.listen(|_| false));
    let ended = devnet.follow(&[&lying.address, &honest.address], &["--from", "8", "--until", "21"]);
    if ended.stderr.contains("finality.equivocation") {
        // The liar's keys are the validators': some lies are a second leaf that they signed.
        assert_eq!(ended.code, 1, "{}: {}", lie.name(), ended.stderr);
        devnet.told(&ended, lie.name());
    } else {
        devnet.assert_told(&ended, 8..=21, lie.name());
    }
    assert!(!ended.stderr.contains(&format!("{} rejected: qc", honest.address)), "{}: {}", lie.name(), ended.stderr);
    ended.stderr.replace(&lying.address, "liar")
}

#[test]
fn no_lie_is_told_on() {
    // `follow` never asks for the contents of blocks. Of leaf proofs and events it does not ask here either.
    let asks = |lie: &Lie| !lie.name().starts_with("data-");
    // What a whole quorum signs on top of is final, whatever it stands on: that next epoch's certificate
    // is met only where it decides by itself (tests/tests/lies.rs).
    // A fork that is signed like the chain is another matter: see below.
    let apart = [Lie::WeakNextQc, Lie::Fork];
    let lies: Vec<Lie> = Lie::ALL.iter().copied().filter(|lie| asks(lie) && !apart.contains(lie)).collect();
    let refused = &AtomicUsize::new(0);
    // Most of the time is pauses, in which a liar is left alone.
    thread::scope(|scope| {
        for part in lies.chunks(lies.len().div_ceil(8)) {
            scope.spawn(move || {
                for lie in part {
                    let stderr = survive(*lie);
                    let named = lie.codes().iter().any(|code| stderr.contains(&format!("liar rejected: {code}")));
                    refused.fetch_add(usize::from(named), Ordering::Relaxed);
                }
            });
        }
    });
    assert!(refused.load(Ordering::Relaxed) >= 30, "most lies about blocks are met and named");
}

/// The same keys sign the chain and a fork of it: no server is to blame, and nothing is to be believed.
#[test]
fn validators_that_sign_a_fork_end_the_following() {
    let devnet = Devnet::new(settings(&[4]), 26);
    let liar = Devnet::new(settings(&[4]), 26);
    liar.node.lie_from(Some(Lie::Fork), 12);
    let (lying, honest) = (liar.listen(|_| false), devnet.listen(|_| false));
    let ended = devnet.follow(&[&lying.address, &honest.address], &["--from", "8", "--until", "21"]);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert!(ended.stderr.contains("finality.equivocation"), "{}", ended.stderr);
}

#[test]
fn a_lone_liar_is_followed_no_further_than_it_is_honest() {
    let devnet = Devnet::new(settings(&[4]), 30);
    let server = devnet.listen(|_| false);
    let honest = devnet.follow(&[&server.address], &["--from", "1", "--until", "9", "--store", &devnet.path("store")]);
    devnet.assert_told(&honest, 1..=9, "before the lie");
    devnet.node.lie_from(Some(Lie::AnotherChain), 10);
    let mut command = program();
    command.args(["follow", "--network", &devnet.path("network.json"), "--provider", &server.address, "--json"]);
    command.args(["--store", &devnet.path("store")]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut warnings = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let refused = warnings.find(|line| line.contains(" rejected: ")).unwrap();
    assert!(refused.contains(&server.address), "{refused}");
    child.kill().unwrap();
    let mut told = String::new();
    child.stdout.take().unwrap().read_to_string(&mut told).unwrap();
    child.wait().unwrap();
    // The whole run may have been final before the lie began; nothing of the lie ever is.
    assert!(
        !told.lines().any(|line| serde_json::from_str::<Value>(line).unwrap()["height"].as_u64() >= Some(10)),
        "{told}"
    );
}

#[test]
fn a_server_that_dies_on_the_way_is_left() {
    let devnet = Devnet::new(settings(&[5]), 30);
    // Where it dies: at the limits, at the height, at the leaves, at later ones.
    for answers in 0..6 {
        let count = AtomicUsize::new(0);
        let dying = devnet.listen(move |_| count.fetch_add(1, Ordering::Relaxed) >= answers);
        let steady = devnet.listen(|_| false);
        let providers = [dying.address.as_str(), &steady.address];
        let ended = devnet.follow(&providers, &["--from", "3", "--until", "27"]);
        devnet.assert_told(&ended, 3..=27, &format!("after {answers} answers"));
        assert!(!ended.stderr.contains("rejected"), "{}", ended.stderr);
    }
}

#[test]
fn poor_servers_suffice() {
    for (versions, manners) in [
        (&[2][..], Manners { range_limit: 2, ..Manners::default() }),
        (
            &[4],
            Manners { range_limit: 1, without: ["light-client".into(), "catchup".into()].into(), ..Manners::default() },
        ),
        (&[6], Manners { range_limit: 3, without: ["streams".into(), "config".into()].into(), ..Manners::default() }),
    ] {
        let settings = hotshot_tests::chain::Settings { certificate2_every: 5, ..settings(versions) };
        let devnet = Devnet::with(settings, 26, manners);
        let server = devnet.listen(|_| false);
        let ended = devnet.follow(&[&server.address], &["--from", "0", "--until", "20"]);
        devnet.assert_told(&ended, 0..=20, &format!("{versions:?}"));
    }
}

#[test]
fn a_certified_upgrade_beyond_the_program_ends_it_with_the_checkpoint() {
    let devnet = Devnet::new(settings(&[6, 7]), 30);
    let server = devnet.listen(|_| false);
    let store = devnet.path("store");
    let ended = devnet.follow(&[&server.address], &["--from", "0", "--until", "29", "--store", &store]);
    assert_eq!((ended.code, ended.json_lines().last().unwrap()["height"].as_u64()), (3, Some(13)), "{}", ended.stderr);
    assert!(ended.stderr.contains("The validators certified this upgrade"), "{}", ended.stderr);
    assert!(ended.stderr.contains("final up to 13, checkpoint HOTSHOT_CHECKPOINT~"), "{}", ended.stderr);
    // From the checkpoint nothing announces the upgrade any more: the program says what that means.
    let again = devnet.follow(&[&server.address], &["--until", "29", "--store", &store]);
    assert_eq!((again.code, again.stdout.as_str()), (3, ""), "{}", again.stderr);
    assert!(again.stderr.contains("unproven"), "{}", again.stderr);
}

#[test]
fn leaf_proofs_of_every_rule() {
    for (minor, height) in [(1, 5), (2, 8), (3, 12), (4, 18), (5, 20), (6, 19)] {
        let devnet = Devnet::new(settings(&[minor]), 30);
        let (proof, descendants) = (devnet.path("proof.json"), devnet.path("descendants.json"));
        let answer = devnet.text(&format!("/v1/light-client/leaf/{height}"));
        let leaves = serde_json::from_str::<Value>(&answer).unwrap()["leaves"].as_array().unwrap().len() as u64;
        let after = height + leaves;
        fs::write(&proof, &answer).unwrap();
        fs::write(&descendants, devnet.text(&format!("/v1/availability/leaf/{after}/{}", after + 2))).unwrap();
        let run = |asked: u64| {
            let mut command = program();
            command.args(["leaf-proof", &proof, "--descendants", &descendants, "--json"]);
            Ended::of(command.args(["--network", &devnet.path("network.json"), "--height", &asked.to_string()]))
        };
        let ended = run(height);
        assert_eq!(ended.code, 0, "0.{minor}: {}{}", ended.stdout, ended.stderr);
        assert_eq!(ended.json_lines()[0]["leaves"][0]["height"], height);
        let other = run(height + 1);
        assert_eq!((other.code, &other.json_lines()[0]["rejection"]), (1, &json!("header.height")));
    }
}

#[test]
fn a_network_file_from_a_devnet_follows_it() {
    for (dynamic, expected) in [(false, Value::Null), (true, json!(3))] {
        let devnet = Devnet::new(hotshot_tests::chain::Settings { dynamic_stake: dynamic, ..settings(&[4]) }, 46);
        let address = devnet.serve();
        let made = devnet.path("made.json");
        let init = |more: &[&str]| -> Value {
            let mut command = program();
            command.args(["init-network", "--provider", &address, "--output", &made, "--force"]);
            let ended = Ended::of(command.args(more));
            assert_eq!(ended.code, 0, "{}", ended.stderr);
            serde_json::from_str(&fs::read_to_string(&made).unwrap()).unwrap()
        };
        assert_eq!(init(&["--first-dynamic-epoch", "7"])["first_dynamic_epoch"], 7);
        assert_eq!(init(&["--first-dynamic-epoch", "none"])["first_dynamic_epoch"], Value::Null);
        let file = init(&[]);
        assert_eq!(file["first_dynamic_epoch"], expected);
        let pinned: Value = serde_json::from_str(&fs::read_to_string(devnet.path("network.json")).unwrap()).unwrap();
        for key in ["chain_id", "epoch_height", "epoch_start_block", "genesis"] {
            assert_eq!(file[key], pinned[key], "{key}");
        }
        if !dynamic {
            fs::copy(&made, devnet.path("network.json")).unwrap();
            // The devnet's genesis has the age of these tests.
            let old = ["--from", "0", "--until", "42", "--accept-expired-anchor"];
            devnet.assert_told(&devnet.follow(&[], &old), 0..=42, "made");
        }
    }
}

#[test]
fn a_network_file_pins_the_hashes_that_roots_of_0_3_do_not_carry() {
    let versions =
        hotshot_tests::chain::Settings { upgrade_heights: vec![34], dynamic_stake: true, ..settings(&[3, 4]) };
    let devnet = Devnet::new(versions, 76);
    let (address, made) = (devnet.serve(), devnet.path("made.json"));
    let ended = run(&["init-network", "--provider", &address, "--output", &made]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let read = |path: &str| serde_json::from_str::<Value>(&fs::read_to_string(path).unwrap()).unwrap();
    let (file, pinned) = (read(&made), read(&devnet.path("network.json")));
    assert_eq!(file["stake_table_hashes"].as_array().unwrap().len(), 2);
    assert_eq!(file["stake_table_hashes"], pinned["stake_table_hashes"]);
    let ended = run(&["sync", "--network", &made, "--provider", &address, "--until", "7"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
}

/// A server that answers every handshake with these words.
fn answering(words: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut line = String::new();
            let mut upgrades = false;
            while reader.read_line(&mut line).unwrap_or(0) > 0 && !line.trim().is_empty() {
                upgrades |= line.to_lowercase().starts_with("upgrade:");
                line.clear();
            }
            let plain = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n30";
            let _ = stream.write_all(if upgrades { words } else { plain }.as_bytes());
        }
    });
    address
}

#[test]
fn doctor_finds_streams_by_a_handshake() {
    let report = |address: &str| -> Value {
        let mut command = program();
        command.env_remove("http_proxy").env_remove("HTTP_PROXY").env_remove("ALL_PROXY").env_remove("all_proxy");
        let ended = Ended::of(command.args(["doctor", "--json", "--provider", address]));
        ended.json_lines().remove(0)
    };
    let devnet = Devnet::new(settings(&[6]), 20);
    let whole = report(&devnet.serve());
    assert_eq!((&whole["stream"], &whole["permits"]["stream new blocks"]), (&json!(true), &json!(true)));
    for (name, granted) in whole["permits"].as_object().unwrap() {
        assert!(granted == &json!(true) || name == "follow stake tables", "{name}: {granted}");
    }
    let without = Manners { without: ["streams".into()].into(), ..Manners::default() };
    let silent = Devnet::with(settings(&[6]), 20, without);
    assert_eq!(report(&silent.serve())["stream"], json!(false));
    for words in [
        // Switches, but never read the key of the request.
        "HTTP/1.1 101 -\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n",
        // Wants an upgrade, and does not make it.
        "HTTP/1.1 426 -\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 400 -\r\nContent-Length: 0\r\n\r\n",
        "30",
    ] {
        assert_eq!(report(&answering(words))["stream"], json!(false), "{words}");
    }
    let mut command: Command = program();
    command.env("ALL_PROXY", "http://127.0.0.1:1").args(["doctor", "--json", "--provider", "http://127.0.0.1:1"]);
    assert_eq!(Ended::of(&mut command).json_lines()[0]["stream"], Value::Null);
}

#[test]
fn a_recording_of_the_new_protocol_is_final_by_its_second_certificates() {
    let devnet = Devnet::new(settings(&[6]), 24);
    let mut lines: Vec<Value> = {
        let chain = devnet.node.chain();
        fs::write(devnet.path("stake_table.json"), stake_table_file(&chain).to_string()).unwrap();
        chain.blocks().iter().map(|block| serde_json::to_value(block.as_ref()).unwrap()).collect()
    };
    let judge = |lines: &[Value]| -> Ended {
        let text: Vec<String> = lines.iter().map(Value::to_string).collect();
        fs::write(devnet.path("blocks.jsonl"), text.join("\n")).unwrap();
        Ended::of(program().arg("recording").arg(devnet.folder.path()).arg("--json"))
    };
    let ended = judge(&lines);
    assert_eq!(ended.code, 0, "{}", ended.stdout);
    assert_eq!(ended.json_lines().last().unwrap(), &json!({"blocks": 25, "rejected": 0, "final": 25}));
    // Without the last certificates the first phase decides nothing.
    for line in &mut lines[20..] {
        line.as_object_mut().unwrap().remove("cert2");
    }
    assert_eq!(judge(&lines).json_lines().last().unwrap(), &json!({"blocks": 25, "rejected": 0, "final": 20}));
    // One of another block proves nothing either.
    lines[24]["cert2"] = lines[19]["cert2"].clone();
    let ended = judge(&lines);
    assert_eq!(ended.json_lines()[24]["final"], false);
    assert_eq!(ended.json_lines().last().unwrap()["final"], 20);
}
