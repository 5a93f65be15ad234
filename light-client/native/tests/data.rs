//! `header`, `namespace`, `account`, `transaction` and `bundle` against a devnet, honest and lying, and
//! over files.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests end loudly")]

mod common;

use std::fs;
use std::sync::Arc;

use common::server::{Reply, Server};
use common::{Ended, program};
use hotshot_tests::chain::{Chain, History, Settings};
use hotshot_tests::lie::Lie;
use hotshot_tests::rollup::{Posted, Rollup};
use hotshot_tests::server::{Manners, Node, network_file};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A devnet with rollups in this process, and the files that belong to it.
struct World {
    node: Arc<Node>,
    posted: Vec<Posted>,
    folder: TempDir,
}

impl World {
    /// Twenty blocks; block 9 has a transaction of a user for each rollup.
    fn new(minor: u16) -> Self {
        let settings = Settings {
            validators: 5,
            epoch_height: 30,
            versions: vec![minor],
            rollups: true,
            failed_views: 0,
            ..Settings::default()
        };
        let node = Node::new(Chain::new(settings, History::default()).unwrap(), Manners::default());
        let produce = |count: u64| (0..count).for_each(|_| drop(node.produce().unwrap()));
        produce(8);
        let posted = node.post(&Rollup::ALL, "from a test").unwrap();
        produce(12);
        let folder = tempfile::tempdir().unwrap();
        let world = Self { node: Arc::new(node), posted, folder };
        world.write("network.json", &network_file(&world.node.chain(), &[]).to_string());
        for rollup in Rollup::ALL {
            world.write(&format!("{}.json", rollup.name()), &world.config(rollup).to_string());
        }
        world
    }

    fn config(&self, rollup: Rollup) -> Value {
        self.node.chain().rollups().unwrap().config(rollup)
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn write(&self, name: &str, text: &str) -> String {
        fs::write(self.folder.path().join(name), text).unwrap();
        self.path(name)
    }

    fn serve(&self) -> Server {
        let node = Arc::clone(&self.node);
        Server::start(move |path| {
            let answer = node.answer(path);
            Some(if answer.status == 200 { Reply::ok(answer.body) } else { Reply::status(answer.status) })
        })
    }

    fn text(&self, path: &str) -> String {
        let answer = self.node.answer(path);
        assert_eq!(answer.status, 200, "{path}");
        answer.body
    }

    fn run(&self, servers: &[&Server], arguments: &[&str]) -> Ended {
        let mut command = program();
        command.args(arguments).args(["--network", &self.path("network.json"), "--timeout", "5"]);
        for server in servers {
            command.args(["--provider", &server.address]);
        }
        Ended::of(&mut command)
    }

    /// Runs with `--json`, and expects this exit status.
    fn json(&self, servers: &[&Server], arguments: &[&str], code: i32) -> Value {
        let ended = self.run(servers, &[arguments, &["--json"]].concat());
        assert_eq!(ended.code, code, "{arguments:?}: {}{}", ended.stdout, ended.stderr);
        ended.json_lines().pop().unwrap()
    }

    fn hash(&self, posted: usize) -> String {
        hotshot_light_client::encoding::bytes::to_hex(&self.posted[posted].transaction.hash())
    }

    /// The files of block 9: header and hash.
    fn block(&self) -> (String, String) {
        let block: Value = serde_json::from_str(&self.text("/v1/availability/block/9")).unwrap();
        (self.write("header.json", &block["header"].to_string()), block["hash"].as_str().unwrap().to_owned())
    }
}

#[test]
fn what_is_in_a_block_over_the_network_and_over_files() {
    for minor in [4, 6] {
        let world = World::new(minor);
        let server = world.serve();
        let (header, hash) = world.block();
        let offline = |arguments: &[&str], code: i32| {
            let mut command = program();
            command.args(arguments).args(["--header", &header, "--block", &hash, "--json"]);
            let ended = Ended::of(&mut command);
            assert_eq!(ended.code, code, "{arguments:?}: {}{}", ended.stdout, ended.stderr);
            ended.json_lines().pop().unwrap()
        };
        let online = world.json(&[&server], &["header", "9"], 0);
        assert_eq!((&online["height"], &online["block"]), (&json!(9), &json!(hash)));
        assert_eq!(online, offline(&["header"], 0));
        let newest = world.json(&[&server], &["header"], 0);
        assert!(newest["height"].as_u64().unwrap() >= 16, "{newest}");

        let shown = world.json(&[&server], &["namespace", "901", "--height", "9"], 0);
        assert_eq!((&shown["present"], &shown["parameters"]), (&json!(true), &json!("stake-table")));
        let answer = world.write("answer.json", &world.text("/v1/light-client/namespace/9/901"));
        let mut from_file = offline(&["namespace", "901", "--answer", &answer], 0);
        assert_eq!(from_file["parameters"], "served");
        from_file["parameters"] = shown["parameters"].clone();
        assert_eq!(from_file, shown);
        let weight = world.node.chain().table(Some(1)).vid_parameters().total_weights;
        let arguments = ["namespace", "901", "--answer", &answer];
        assert_eq!(offline(&[&arguments[..], &["--weight", &weight.to_string()]].concat(), 0), shown);
        let other = offline(&[&arguments[..], &["--weight", &(weight + 1).to_string()]].concat(), 1);
        assert_eq!(other["rejection"], "vid.parameters");
        let all = world.json(&[&server], &["namespace", "all", "--height", "9"], 0);
        let listed = all["namespaces"].as_array().unwrap();
        assert_eq!(listed.len(), online["namespaces"].as_array().unwrap().len());
        let entry = listed.iter().find(|entry| entry["namespace"] == 901).unwrap();
        assert_eq!((&entry["length"], &entry["transactions"]), (&shown["length"], &shown["transactions"]));
        let payload = world.write("payload.json", &world.text("/v1/light-client/payload/9"));
        let mut from_file = offline(&["namespace", "all", "--answer", &payload], 0);
        assert_eq!(from_file["parameters"], "served");
        from_file["parameters"] = all["parameters"].clone();
        assert_eq!(from_file, all);
        let absent = world.json(&[&server], &["namespace", "77", "--height", "9"], 0);
        assert_eq!((&absent["present"], &absent["parameters"]), (&json!(false), &Value::Null));

        for ledger in ["fee", "reward"] {
            let nobody = format!("0x{}", "5a".repeat(20));
            let arguments = ["account", &nobody, "--ledger", ledger, "--height", "9"];
            assert_eq!(world.json(&[&server], &arguments, 0)["amount"], Value::Null);
        }
        let block: Value = serde_json::from_str(&fs::read_to_string(&header).unwrap()).unwrap();
        let payer = block["fields"]["fee_info"]["account"].as_str().unwrap();
        let rich = world.json(&[&server], &["account", payer, "--ledger", "fee", "--height", "9"], 0);
        assert_eq!(rich["amount"], "999999999991000000");
    }
}

#[test]
fn an_older_header_over_files() {
    let world = World::new(4);
    let (header, hash) = world.block();
    let proof = world.write("proof.json", &world.text("/v1/light-client/header/9/4"));
    let run = |height: &str| {
        let mut command = program();
        Ended::of(command.args(["header", height, "--header", &header, "--block", &hash, "--proof", &proof, "--json"]))
    };
    let ended = run("4");
    assert_eq!((ended.code, ended.json_lines()[0]["height"].as_u64()), (0, Some(4)));
    let other = run("5");
    assert_eq!((other.code, other.json_lines()[0]["rejection"].as_str()), (1, Some("header.height")));
}

#[test]
fn liars_are_named_and_left() {
    let (honest, lying) = (World::new(4), World::new(4));
    let (server, liar) = (honest.serve(), lying.serve());
    let payer = hotshot_light_client::encoding::bytes::to_hex(
        &honest.node.chain().accounts(hotshot_tests::chain::Tree::Reward, 9).addresses()[0].0,
    );
    for (lie, arguments) in [
        (Lie::DataZeroStuffing, vec!["namespace", "901", "--height", "9"]),
        (Lie::DataBadEncoding, vec!["namespace", "901", "--height", "9"]),
        (Lie::DataAltered, vec!["namespace", "901", "--height", "9"]),
        (Lie::DataAbsent, vec!["namespace", "901", "--height", "9"]),
        (Lie::DataInvented, vec!["namespace", "77", "--height", "9"]),
        (Lie::DataPayload, vec!["namespace", "all", "--height", "9"]),
        (Lie::DataPayloadShorter, vec!["namespace", "all", "--height", "9"]),
        (Lie::DataPayloadLonger, vec!["namespace", "all", "--height", "9"]),
        (Lie::DataPayloadTable, vec!["namespace", "all", "--height", "9"]),
        (Lie::DataPayloadLenient, vec!["namespace", "all", "--height", "9"]),
        (Lie::DataPayloadWeights, vec!["namespace", "all", "--height", "9"]),
        (Lie::DataAccountAmount, vec!["account", &payer, "--height", "9"]),
        (Lie::DataAccountOther, vec!["account", &payer, "--height", "9"]),
    ] {
        lying.node.set_lie(Some(lie));
        let alone = lying.json(&[&liar], &arguments, 1);
        let code = alone["rejection"].as_str().unwrap();
        assert!(lie.codes().contains(&code), "{}: {code}", lie.name());
        let ended = honest.run(&[&liar, &server], &[&arguments[..], &["--json"]].concat());
        assert_eq!(ended.code, 0, "{}: {}", lie.name(), ended.stderr);
        assert!(ended.stderr.contains(&format!("{} rejected: {code}", liar.address)), "{}", ended.stderr);
        assert_eq!(ended.json_lines()[0], honest.json(&[&server], &arguments, 0));
    }
}

#[test]
fn the_wallets_question_and_bundles() {
    let world = World::new(6);
    let server = world.serve();
    for (index, rollup) in Rollup::ALL.into_iter().enumerate() {
        let (hash, file) = (world.hash(index), world.path(&format!("{}.json", rollup.name())));
        let arguments = ["transaction", &hash, "--rollup", &file, "--to", "14"];
        let found = world.json(&[&server], &arguments, 0);
        let facts = (&found["inHotShot"], &found["canonical"], &found["place"]["height"]);
        assert_eq!(facts, (&json!("yes"), &json!("yes"), &json!(9)));
        let hinted = world.json(&[&server], &[&arguments[..], &["--hint", "9"]].concat(), 0);
        assert_eq!(hinted["place"], found["place"]);
        let later = world.json(&[&server], &["transaction", &hash, "--rollup", &file, "--from", "10", "--to", "14"], 1);
        assert_eq!((&later["inHotShot"], &later["verified"]), (&json!("no"), &json!({ "from": 10, "to": 14 })));
    }
    let leg = |index: usize| json!({ "rollup": world.config(Rollup::ALL[index]), "transaction": world.hash(index) });
    let legs = world.write("legs.json", &json!({ "legs": [leg(0), leg(2)] }).to_string());
    let found = world.json(&[&server], &["bundle", &legs], 0);
    assert_eq!((&found["answer"], &found["bundle"]["height"]), (&json!("yes"), &json!(9)));
    let none = world.json(&[&server], &["bundle", &legs, "--from", "10"], 1);
    assert_eq!(none["answer"], "no");
    let answers: Vec<Value> = [412_346, 901]
        .map(|namespace: u64| {
            let answer: Value =
                serde_json::from_str(&world.text(&format!("/v1/light-client/namespace/9/{namespace}"))).unwrap();
            json!({ "namespace": namespace, "answer": answer })
        })
        .to_vec();
    let offline = world.write("offline.json", &json!({ "legs": [leg(0), leg(2)], "answers": answers }).to_string());
    let (header, hash) = world.block();
    let mut command = program();
    let ended = Ended::of(command.args(["bundle", &offline, "--header", &header, "--block", &hash, "--json"]));
    assert_eq!(ended.json_lines()[0], found["bundle"], "{}", ended.stderr);
    // For people, too.
    let ended = world.run(&[&server], &["bundle", &legs, "--hint", "9"]);
    assert!(ended.code == 0 && ended.stdout.contains("2 legs are in block 9 together"), "{}", ended.stdout);
}

#[test]
fn wrong_usage() {
    let world = World::new(4);
    let rollup = world.path("nitro.json");
    let network = world.path("network.json");
    for arguments in [
        vec!["namespace", "7"],
        vec!["namespace", "x", "--network", &network],
        vec!["account", "0x12", "--network", &network],
        vec!["transaction", "0x12", "--rollup", &rollup, "--network", &network],
        vec!["bundle", &rollup, "--network", &network],
        vec!["header", "--header", &network],
    ] {
        let mut command = program();
        assert_eq!(Ended::of(command.args(&arguments)).code, 2, "{arguments:?}");
    }
}
