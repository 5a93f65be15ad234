//! `follow`, `init-network` and `doctor` against servers on loopback that are honest, poor or liars.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests end loudly")]

mod common;

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::server::{Chain, Reply, Server};
use common::{Copy, Ended, program};
use serde_json::{Value, json};

/// The recorded blocks 8 to 12, which cross an epoch; 8 to 11 are final by them.
struct Live {
    copy: Copy,
    chain: Chain,
}

impl Live {
    fn new(test: &str) -> Option<Self> {
        let copy = Copy::of(test, "v4")?;
        let chain = Chain::new(&copy.lines, 13);
        Some(Self { copy, chain })
    }

    fn network(&self) -> String {
        self.copy.folder.path().join("stake_table.json").display().to_string()
    }

    fn honest(&self) -> Server {
        let chain = self.chain.clone();
        Server::start(move |path| Some(chain.answer(path)))
    }

    /// A server that answers lists of leaves after some change.
    fn liar(&self, change: fn(&mut Vec<Value>)) -> Server {
        let chain = self.chain.clone();
        Server::start(move |path| {
            let mut reply = chain.answer(path);
            if path.starts_with("/v1/availability/leaf/") && reply.status == 200 {
                let mut leaves: Vec<Value> = serde_json::from_slice(&reply.body).unwrap();
                change(&mut leaves);
                reply.body = Value::from(leaves).to_string().into_bytes();
            }
            Some(reply)
        })
    }

    fn follow(&self, providers: &[&Server], more: &[&str]) -> Ended {
        let mut command = program();
        command.args(["follow", "--network", &self.network(), "--poll", "0.02", "--timeout", "0.5"]);
        // Recorded blocks are old, and so are checkpoints made from them.
        command.arg("--accept-expired-anchor");
        for provider in providers {
            command.args(["--provider", &provider.address]);
        }
        Ended::of(command.args(more))
    }

    /// Follows 8 to 11 and expects to come through.
    fn succeed(&self, providers: &[&Server], what: &str) -> Ended {
        let ended = self.follow(providers, &["--from", "8", "--until", "11", "--json"]);
        assert_eq!(ended.code, 0, "{what}: {}", ended.stderr);
        assert_eq!(heights(&ended), [8, 9, 10, 11], "{what}");
        ended
    }
}

/// The lines about blocks; the others show lies.
fn blocks(ended: &Ended) -> Vec<Value> {
    let mut objects = ended.json_lines();
    objects.retain(|object| object["lie"].is_null());
    objects
}

fn heights(ended: &Ended) -> Vec<u64> {
    blocks(ended).iter().map(|object| object["height"].as_u64().unwrap()).collect()
}

#[test]
fn an_honest_server_is_followed() {
    let Some(mut live) = Live::new("honest") else { return };
    let server = live.honest();
    let ended = live.succeed(&[&server], "honest");
    let objects = ended.json_lines();
    for object in &objects {
        let height = object["height"].as_u64().unwrap();
        let line = live.copy.line_mut(height);
        assert_eq!((&object["hash"], &object["leaf"]), (&line["hash"], &line["leaf"]["qc"]["data"]["leaf_commit"]));
        let fields = &line["leaf"]["leaf"]["block_header"]["fields"];
        assert_eq!((&object["timestamp_ms"], &object["version"]), (&fields["timestamp_millis"], &json!("0.4")));
        assert_eq!(object["epoch"], if height > 10 { 2 } else { 1 });
        assert!(object["latency_ms"].is_i64() && object["verification_ms"].as_f64().unwrap() > 0.0);
        assert_eq!((&object["proof_blocks"], &object["provider"]), (&json!(4), &json!(server.address)));
        assert_eq!(object["quorum"].is_null(), height != 11, "only the last was decided itself");
    }
    assert_eq!(objects[3]["quorum"]["validators"], 5);
    assert!(ended.stderr.contains("checkpoint HOTSHOT_CHECKPOINT~"));
    let text = live.follow(&[&server], &["--from", "9", "--until", "10"]);
    assert_eq!(text.code, 0);
    let lines: Vec<_> = text.stdout.lines().collect();
    assert!(lines.len() == 2 && lines.iter().all(|line| line.starts_with("final") && line.contains("BLOCK~")));
}

#[test]
fn a_liar_is_named_and_the_honest_one_is_asked() {
    type Lie = (&'static str, fn(&mut Vec<Value>), &'static str);
    let lies: [Lie; 6] = [
        ("a leaf missing", |leaves| drop(leaves.pop()), "leaf.range"),
        ("a leaf twice", |leaves| leaves[1] = leaves[0].clone(), "leaf.range"),
        ("another header", |leaves| leaves[0]["leaf"]["block_header"]["fields"]["l1_head"] = 1.into(), "leaf.parent"),
        (
            "another signature",
            |leaves| {
                let last = leaves.len() - 1;
                leaves[last]["qc"]["signatures"][0] = leaves[last - 1]["qc"]["signatures"][0].clone();
            },
            "qc.signature",
        ),
        (
            "no signatures",
            |leaves| leaves.iter_mut().for_each(|leaf| leaf["qc"]["signatures"] = Value::Null),
            "qc.unsigned",
        ),
        ("not leaves", |leaves| leaves[0] = json!({}), "json.missing_key"),
    ];
    let Some(live) = Live::new("liar") else { return };
    let honest = live.honest();
    for (what, lie, code) in lies {
        let liar = live.liar(lie);
        let ended = live.succeed(&[&liar, &honest], what);
        let warning = format!("{} rejected: {code}", liar.address);
        assert!(ended.stderr.contains(&warning), "{what}: {}", ended.stderr);
        assert!(!ended.stderr.contains(&format!("{} rejected", honest.address)), "{what}: {}", ended.stderr);
        assert!(blocks(&ended).iter().all(|object| object["provider"] == honest.address.as_str()), "{what}");
        let lies: Vec<Value> = ended.json_lines().into_iter().filter(|object| !object["lie"].is_null()).collect();
        assert_eq!(lies.len(), 1, "{what}: asked once, then in quarantine");
        let shown = &lies[0]["lie"];
        assert_eq!((&shown["provider"], &shown["code"]), (&json!(liar.address), &json!(code)), "{what}");
        assert!(shown["path"].as_str().unwrap().starts_with("/v1/availability/leaf/"), "{what}");
        assert!(shown["answer"].as_str().unwrap().len() > 1000 && shown["answer_bytes"].as_u64().unwrap() > 1000);
        let last = blocks(&ended).pop().unwrap();
        let servers = (&last["servers"]["agreeing"], &last["servers"]["highest"]);
        assert_eq!(servers, (&json!(1), &json!(13)), "{what}: liars do not count");
    }
}

#[test]
fn a_lone_liar_that_turns_honest_is_forgiven() {
    let Some(live) = Live::new("turning") else { return };
    let (chain, count) = (live.chain.clone(), AtomicUsize::new(0));
    let server = Server::start(move |path| {
        let lies = path.starts_with("/v1/availability/leaf/") && count.fetch_add(1, Ordering::Relaxed) < 2;
        Some(if lies { Reply::ok("[]") } else { chain.answer(path) })
    });
    let ended = live.succeed(&[&server], "turning");
    assert_eq!(ended.stderr.matches("leaf.range").count(), 2, "{}", ended.stderr);
}

#[test]
fn poverty_is_no_lie() {
    let Some(live) = Live::new("poverty") else { return };
    let honest = live.honest();
    let dead = Server::dead();
    let silent = Server::start(|_| None);
    let busy = Server::start(|_| Some(Reply::status(429).header("Retry-After", "30")));
    let broken = Server::start(|_| Some(Reply::status(500)));
    let empty = Server::start(|_| Some(Reply::status(404)));
    for (what, poor) in [("dead", &dead), ("silent", &silent), ("busy", &busy), ("broken", &broken), ("empty", &empty)]
    {
        let ended = live.succeed(&[poor, &honest], what);
        assert!(!ended.stderr.contains("rejected"), "{what}: {}", ended.stderr);
    }
    let flood =
        Server::start(|path| Some(Reply::ok(if path.contains("limits") { vec![] } else { vec![b' '; 2 << 20] })));
    let ended = live.succeed(&[&flood, &honest], "flood");
    assert!(ended.stderr.contains("sent more than 1048576 bytes"), "{}", ended.stderr);
}

#[test]
fn a_server_that_serves_few_leaves_at_once_suffices() {
    let Some(live) = Live::new("few") else { return };
    let chain = live.chain.clone();
    let server = Server::start(move |path| {
        let numbers: Vec<u64> = path.split('/').filter_map(|part| part.parse().ok()).collect();
        match numbers.as_slice() {
            [from, until] if until - from > 4 => Some(Reply::status(400)),
            _ if path.contains("limits") => Some(Reply::status(404)),
            _ => Some(chain.answer(path)),
        }
    });
    live.succeed(&[&server], "few");
    assert!(server.paths().contains(&"/v1/availability/leaf/8/13".into()), "{:?}", server.paths());
}

#[test]
fn the_store_goes_on_where_the_last_run_ended() {
    let Some(mut live) = Live::new("store") else { return };
    let store = live.copy.folder.path().join("store").display().to_string();
    live.chain.blocks = 11;
    let early = live.honest();
    let ended = live.follow(&[&early], &["--from", "8", "--until", "8", "--json", "--store", &store]);
    assert_eq!((ended.code, heights(&ended)), (0, vec![8]), "{}", ended.stderr);
    live.chain.blocks = 13;
    let late = live.honest();
    let ended = live.follow(&[&late], &["--until", "11", "--json", "--store", &store]);
    assert_eq!((ended.code, heights(&ended)), (0, vec![9, 10, 11]), "{}", ended.stderr);
    let ended = live.follow(&[&late], &["--until", "11", "--json", "--store", &store]);
    assert_eq!((ended.code, ended.stdout.as_str()), (0, ""), "final already");
    // The past can be asked for again, and must lead to what is known.
    let ended = live.follow(&[&late], &["--from", "8", "--until", "11", "--json", "--store", &store]);
    assert_eq!((ended.code, heights(&ended)), (0, vec![8, 9, 10, 11]), "{}", ended.stderr);
    let file = fs::read_dir(&store).unwrap().next().unwrap().unwrap().path();
    fs::write(&file, "HOTSHOT_CHECKPOINT~AAAA").unwrap();
    let ended = live.follow(&[&late], &["--until", "11", "--store", &store]);
    assert_eq!((ended.code, ended.stdout.as_str()), (2, ""));
    assert!(ended.stderr.contains("checkpoint-"), "{}", ended.stderr);
}

#[test]
fn a_newer_protocol_stops_the_client_and_nobody_is_a_liar_for_it() {
    let Some(live) = Live::new("newer") else { return };
    let newer = || live.liar(|leaves| leaves[0]["leaf"]["block_header"]["version"]["Version"]["minor"] = 9.into());
    let (one, other) = (newer(), newer());
    let ended = live.follow(&[&one, &other], &["--from", "8", "--until", "11"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (3, ""), "{}", ended.stderr);
    assert!(ended.stderr.contains("upgrade_required") && ended.stderr.contains("0.9"), "{}", ended.stderr);
    live.succeed(&[&one, &live.honest()], "one server cannot stop the client");
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_it_cleanly() {
    let Some(live) = Live::new("interrupt") else { return };
    let server = live.honest();
    for (more, code) in [(&[][..], 0), (&["--until", "99"], 130)] {
        let mut command = program();
        command.args(["follow", "--json", "--from", "8", "--provider", &server.address, "--network", &live.network()]);
        let mut child = command.args(more).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let seen: Vec<Value> = (0..4).map(|_| serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap()).collect();
        assert_eq!(seen[3]["height"], 11);
        let signalled = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        assert!(signalled.success());
        let ended = Ended::from(child.wait_with_output().unwrap());
        assert_eq!(ended.code, code, "{}", ended.stderr);
        assert!(ended.stderr.contains("final up to 11"), "{}", ended.stderr);
    }
}

#[test]
fn wrong_usage_of_follow() {
    let Some(live) = Live::new("usage") else { return };
    let network = live.network();
    for (arguments, reason) in [
        (&["--network", "mainnet", "--provider", "http://127.0.0.1:1"][..], "network.missing_pin"),
        (&["--network", &network], "no provider"),
        (&["--network", &network, "--provider", "localhost"], "http://"),
        (&["--network", &network, "--provider", "http://127.0.0.1:1", "--from", "9", "--until", "8"], "above"),
        (&["--network", "/nonexistent", "--provider", "http://127.0.0.1:1"], "No such file"),
    ] {
        let ended: Ended = Ended::of(program().arg("follow").args(arguments));
        assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(ended.stderr.contains(reason), "{arguments:?}: {}", ended.stderr);
    }
}

/// A provider that also serves its configuration, nested or flat.
fn configured(live: &Live, nested: bool) -> Server {
    let table: Value = serde_json::from_str(&fs::read_to_string(live.network()).unwrap()).unwrap();
    let body = if nested {
        let nodes = table["known_nodes_with_stake"].as_array().unwrap().iter().map(|node| {
            let entry = json!({"stake_key": node["stake_key"], "stake_amount": node["stake_amount"]});
            json!({"stake_table_entry": entry, "state_ver_key": node["state_ver_key"], "connect_info": null})
        });
        let nodes: Vec<Value> = nodes.collect();
        json!({"config": {"known_nodes_with_stake": nodes, "epoch_height": 10, "epoch_start_block": 1}}).to_string()
    } else {
        table.to_string()
    };
    let chain = live.chain.clone();
    Server::start(move |path| {
        Some(if path == "/v1/config/hotshot" { Reply::ok(body.as_str()) } else { chain.answer(path) })
    })
}

#[test]
fn init_network_is_trust_on_first_use_and_says_so() {
    let Some(live) = Live::new("init") else { return };
    let mut written = Vec::new();
    for nested in [true, false] {
        let server = configured(&live, nested);
        let path = live.copy.folder.path().join(format!("network-{nested}.json")).display().to_string();
        let run = |more: &[&str]| -> Ended {
            Ended::of(program().args(["init-network", "--provider", &server.address]).args(more))
        };
        let ended = run(&["--output", &path, "--name", "recorded"]);
        assert_eq!((ended.code, ended.stdout.as_str()), (0, ""), "{}", ended.stderr);
        assert!(ended.stderr.contains("TRUST ON FIRST USE: 5 validators"), "{}", ended.stderr);
        let file: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!((&file["epoch_height"], &file["first_dynamic_epoch"]), (&json!(10), &json!(3)));
        assert_eq!((&file["chain_id"], &file["name"]), (&json!("35353"), &json!("recorded")));
        assert!(file["genesis"]["leaf"].as_str().unwrap().starts_with("COMMIT~"));
        assert_eq!(file["stake_table"].as_array().unwrap().len(), 5);
        assert_eq!(run(&["--output", &path]).code, 2, "a root of trust is not replaced by accident");
        assert_eq!(run(&["--output", &path, "--force"]).code, 0);
        let printed = run(&["--name", "recorded"]);
        assert_eq!(serde_json::from_str::<Value>(&printed.stdout).unwrap()["genesis"], file["genesis"]);
        // The file works, and needs no provider beside it.
        let followed: Ended = Ended::of(program().args([
            "follow",
            "--network",
            &path,
            "--from",
            "8",
            "--until",
            "10",
            "--json",
            "--accept-expired-anchor",
        ]));
        assert_eq!((followed.code, heights(&followed)), (0, vec![8, 9, 10]), "{}", followed.stderr);
        written.push(file["stake_table"].clone());
        let preset = run(&["--preset", "mainnet"]);
        assert_eq!(preset.code, 2);
        assert!(preset.stderr.contains("network.form"), "another epoch height: {}", preset.stderr);
    }
    assert_eq!(written[0], written[1]);
    let ended: Ended = Ended::of(program().args(["init-network", "--provider", &live.honest().address]));
    assert_eq!((ended.code, ended.stdout.as_str()), (2, ""));
    assert!(ended.stderr.contains("/v1/config/hotshot: answered 404"), "{}", ended.stderr);
}

#[test]
fn doctor_tells_what_a_provider_is_good_for() {
    let Some(live) = Live::new("doctor") else { return };
    let run = |server: &Server, more: &[&str]| -> Ended {
        Ended::of(program().args(["doctor", "--provider", &server.address]).args(more))
    };
    let server = configured(&live, true);
    let ended = run(&server, &["--json"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    let report = ended.json_lines().remove(0);
    assert_eq!((&report["blocks"], &report["version"]), (&json!(13), &json!("0.4")));
    assert_eq!((&report["small_object_range_limit"], &report["epoch_height"]), (&json!(500), &json!(10)));
    assert_eq!((&report["cors"], &report["stream"]), (&json!(true), &json!(false)));
    let permits = &report["permits"];
    for (name, granted) in [
        ("follow finality", true),
        ("make a network file", true),
        ("be used from web pages", true),
        ("prove single blocks final", false),
        ("follow stake tables", false),
        ("prove old headers", false),
        ("check transactions", false),
        ("stream new blocks", false),
    ] {
        assert_eq!(permits[name], granted, "{name}");
    }
    let text = run(&server, &[]);
    assert_eq!(text.code, 0);
    for expected in ["protocol   0.4\n", "at once    500 leaves", "yes  follow finality", "no   prove old headers"] {
        assert!(text.stdout.contains(expected), "{expected}: {}", text.stdout);
    }
    for useless in [Server::start(|_| Some(Reply::status(404))), Server::dead()] {
        let ended = run(&useless, &["--json"]);
        assert_eq!((ended.code, &ended.json_lines()[0]["permits"]["follow finality"]), (1, &json!(false)));
        assert_eq!(run(&useless, &[]).code, 1);
    }
}
