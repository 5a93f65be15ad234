//! The program on its way to today's stake tables: killed, taken up, compared; and its stores, which
//! `sync` and `follow` share.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests end loudly")]

mod common;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use common::devnet::Devnet;
use common::{Ended, program, run};
use hotshot_tests::chain::Settings;
use hotshot_tests::crypto::Dice;
use hotshot_tests::lie::Lie;
use serde_json::{Value, json};

fn devnet(blocks: u64) -> Devnet {
    let settings = Settings {
        validators: 8,
        epoch_height: 10,
        versions: vec![4],
        dynamic_stake: true,
        failed_views: 0,
        traffic: 0,
        ..Settings::default()
    };
    Devnet::new(settings, blocks)
}

fn sync(devnet: &Devnet, provider: &str, store: &str) -> std::process::Command {
    let mut command = program();
    command.args(["sync", "--network", &devnet.path("network.json"), "--provider", provider, "--json"]);
    command.args(["--store", &devnet.path(store)]);
    command
}

/// The stored tables of a folder.
fn tables(devnet: &Devnet, store: &str) -> Vec<u8> {
    let files = fs::read_dir(devnet.path(store)).unwrap().map(|entry| entry.unwrap().path());
    let file = files.into_iter().find(|path| path.file_name().unwrap().to_string_lossy().starts_with("tables-"));
    fs::read(file.unwrap()).unwrap()
}

fn epochs(ended: &Ended) -> Vec<u64> {
    ended
        .json_lines()
        .iter()
        .filter(|line| line.get("root").is_some() && line.get("done").is_none())
        .map(|line| line["epoch"].as_u64().unwrap())
        .collect()
}

#[test]
fn killed_at_any_moment_it_goes_on_and_comes_to_the_same() {
    let devnet = devnet(206);
    let server = devnet.listen(|_| false);
    let whole = Ended::of(&mut sync(&devnet, &server.address, "whole"));
    assert_eq!(whole.code, 0, "{}", whole.stderr);
    assert_eq!(epochs(&whole), (3..=21).collect::<Vec<_>>());
    assert_eq!(whole.json_lines().last().unwrap()["root"], "pinned");
    let mut dice = Dice::new("native", "kill", 0);
    for _ in 0..6 {
        let mut child =
            sync(&devnet, &server.address, "killed").stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        // It is somewhere behind so many epochs, in whatever it does there.
        let more = usize::try_from(1 + dice.below(4)).unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().take(more).count();
        assert!(lines > 0);
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let resumed = Ended::of(&mut sync(&devnet, &server.address, "killed"));
    assert_eq!(resumed.code, 0, "{}", resumed.stderr);
    assert!(!resumed.stderr.contains("of no use"), "no kill damages a store: {}", resumed.stderr);
    assert_eq!(tables(&devnet, "killed"), tables(&devnet, "whole"));
    let ends = [&whole, &resumed].map(|ended| ended.json_lines().last().unwrap().clone());
    assert_eq!(ends[0]["leaf"], ends[1]["leaf"]);
    // What was kept of the proofs serves once more, with nobody to ask for the past.
    let alone = devnet.listen(|path| path.contains("stake-table"));
    let full = Ended::of(sync(&devnet, &alone.address, "whole").args(["--verify-store", "full"]));
    assert_eq!(full.code, 0, "{}", full.stderr);
    assert_eq!(epochs(&full), (3..=21).collect::<Vec<_>>());
}

#[test]
fn follow_takes_up_what_sync_has_learnt() {
    let devnet = devnet(106);
    let server = devnet.listen(|_| false);
    assert_eq!(Ended::of(&mut sync(&devnet, &server.address, "store")).code, 0);
    let before = tables(&devnet, "store");
    (0..30).for_each(|_| drop(devnet.node.produce().unwrap()));
    // Of what is known already nothing is asked again.
    let newer = devnet.listen(|path| (3..=11).any(|epoch| path.ends_with(&format!("/stake-table/{epoch}"))));
    let ended = devnet.follow(&[&newer.address], &["--until", "134", "--store", &devnet.path("store")]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(devnet.told(&ended, "after sync").last(), Some(&134));
    assert!(
        ended.stderr.contains("epoch 14 is known") && !ended.stderr.contains("epoch 11 is known"),
        "{}",
        ended.stderr
    );
    assert!(tables(&devnet, "store") != before, "and what it learns it keeps");
    let nobody = devnet.listen(|path| path.contains("stake-table"));
    let again = Ended::of(&mut sync(&devnet, &nobody.address, "store"));
    assert_eq!((again.code, epochs(&again)), (0, vec![]), "{}", again.stderr);
}

fn checkpoint(devnet: &Devnet, store: &str) -> String {
    let ended =
        run(&["checkpoint", "export", "--network", &devnet.path("network.json"), "--store", &devnet.path(store)]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    ended.stdout.trim().to_owned()
}

#[test]
fn publishers_are_compared() {
    let devnet = devnet(76);
    let server = devnet.listen(|_| false);
    let last = |store: &str, until: &str| {
        let ended =
            devnet.follow(&[&server.address], &["--from", "1", "--until", until, "--store", &devnet.path(store)]);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        checkpoint(&devnet, store)
    };
    let (one, other) = (last("one", "74"), last("other", "74"));
    assert_eq!(one, other, "byte by byte");
    let network = devnet.path("network.json");
    let compare = |sources: &[&str]| {
        let mut arguments = vec!["checkpoint", "compare", "--json", "--network", &network];
        arguments.extend(sources);
        let ended = run(&arguments);
        let value: Value = serde_json::from_str(ended.stdout.trim()).unwrap_or_default();
        (ended.code, value)
    };
    let (code, agreed) = compare(&[&one, &other]);
    assert_eq!((code, &agreed["agree"], &agreed["confirmed"]["sources"]), (0, &json!(true), &json!(2)), "{agreed}");
    assert_eq!(agreed["confirmed"]["checkpoint"], one);
    let file = devnet.path("published.txt");
    fs::write(&file, format!("{other}\n")).unwrap();
    assert_eq!(compare(&[&one, &file]).0, 0);

    // A network of the same name whose validators signed something else.
    let settings = Settings { traffic: 3, ..devnet.node.chain().settings().clone() };
    let elsewhere = Devnet::new(settings, 76);
    let stranger = elsewhere.listen(|_| false);
    fs::copy(elsewhere.path("network.json"), elsewhere.path("own.json")).unwrap();
    let ended =
        elsewhere.follow(&[&stranger.address], &["--from", "1", "--until", "74", "--store", &elsewhere.path("store")]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let (code, conflict) = compare(&[&one, &checkpoint(&elsewhere, "store")]);
    assert_eq!((code, &conflict["agree"]), (1, &json!(false)), "{conflict}");
    let codes: Vec<&str> =
        conflict["contradictions"].as_array().unwrap().iter().map(|found| found["code"].as_str().unwrap()).collect();
    assert!(
        codes.iter().all(|code| ["trust.conflict", "checkpoint.network", "checkpoint.stake_table"].contains(code)),
        "{codes:?}"
    );
    assert!(!codes.is_empty());
    assert_eq!(compare(&[&one]).0, 2, "there is nothing to compare it with");
    assert_eq!(compare(&[&one, "HOTSHOT_CHECKPOINT~AAAA"]).0, 2);
}

#[test]
fn evidence_of_a_double_signature_is_checked_by_anybody() {
    let settings = common::devnet::settings(&[4]);
    let devnet = Devnet::new(settings.clone(), 26);
    let liar = Devnet::new(settings, 26);
    liar.node.lie_from(Some(Lie::Fork), 12);
    let (lying, honest) = (liar.listen(|_| false), devnet.listen(|_| false));
    let ended = devnet.follow(&[&lying.address, &honest.address], &["--from", "8", "--until", "21"]);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    let found = ended.json_lines().into_iter().find(|line| line.get("equivocation").is_some()).unwrap();
    let network = devnet.path("network.json");
    let file = |value: &Value| {
        let path = devnet.path("evidence.json");
        fs::write(&path, value.to_string()).unwrap();
        path
    };
    let check = |path: &str| run(&["equivocation", path, "--network", &network, "--json"]);
    // The line as it was printed, and the evidence alone.
    for evidence in [&found, &found["equivocation"]["evidence"]] {
        let checked = check(&file(evidence));
        assert_eq!(checked.code, 0, "{} {}", checked.stdout, checked.stderr);
        let again = &checked.json_lines()[0]["equivocation"];
        for member in ["kind", "leaves", "signers"] {
            assert_eq!(again[member], found["equivocation"][member], "{member}");
        }
    }
    let evidence = found["equivocation"]["evidence"].clone();
    // Twice the same proves nothing; nor does what was changed, or the evidence of another network.
    let mut same = evidence.clone();
    same["second"] = same["first"].clone();
    let mut changed = evidence.clone();
    changed["network"] = json!(format!("0x{}", "11".repeat(32)));
    for value in [&same, &changed] {
        let refused = check(&file(value));
        assert_eq!(refused.code, 1, "{} {}", refused.stdout, refused.stderr);
        let said = refused.json_lines()[0]["rejected"].as_str().unwrap().to_owned();
        assert!(["equivocation.none", "equivocation.form", "checkpoint.network"].contains(&said.as_str()), "{said}");
    }
    // Two answers in two files.
    let [first, second] = ["first", "second"].map(|name| {
        let path = devnet.path(name);
        fs::write(&path, evidence[name].to_string()).unwrap();
        path
    });
    let two = run(&["equivocation", &first, &second, "--network", &network, "--json"]);
    assert_eq!(two.code, 0, "{} {}", two.stdout, two.stderr);
    assert_eq!(run(&["equivocation", &first, &first, "--network", &network]).code, 1);
}
