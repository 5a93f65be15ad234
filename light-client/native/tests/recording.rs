//! `hotshot-verify recording` on the recordings of real nodes and on tampered copies of them.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests end loudly")]

mod common;

use common::{Copy, height_of, program, run, vectors};
use serde_json::{Value, json};
use std::fs;

const CHECKS: [&str; 9] = [
    "decode",
    "header",
    "leaf",
    "vote",
    "certificate",
    "next_epoch_certificate",
    "upgrade_certificate",
    "link",
    "builder_commitment",
];

/// The heights that the recordings prove final, told by hand from their views and gaps.
const FINAL: [(&str, &[u64]); 3] = [
    ("v2-v3", &[1, 2, 328, 329, 330, 331, 332, 333, 399, 400, 401]),
    ("v3", &[0, 1, 2, 9, 10, 11, 20]),
    ("v4", &[0, 1, 2, 8, 9, 10, 11, 14, 15, 18, 19, 20, 21, 29, 30, 31]),
];

fn recording_arguments(name: &str) -> Option<Vec<String>> {
    let folder = vectors("recording", name)?;
    let mut arguments = vec!["recording".to_string(), folder.display().to_string()];
    if name == "v4" {
        arguments.extend(["--stake-table".into(), format!("3={}/stake_table_epoch3.json", folder.display())]);
    }
    Some(arguments)
}

#[test]
fn every_recording_is_accepted() {
    for (name, finals) in FINAL {
        let Some(mut arguments) = recording_arguments(name) else { return };
        arguments.push("--json".into());
        let ended = run(&arguments);
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{name}");
        let mut objects = ended.json_lines();
        let closing = objects.pop().unwrap();
        assert_eq!(closing, json!({"blocks": objects.len(), "rejected": 0, "final": finals.len()}), "{name}");
        let recorded = fs::read_to_string(vectors("recording", name).unwrap().join("blocks.jsonl")).unwrap();
        let recorded: Vec<Value> = recorded.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(objects.len(), recorded.len());
        for (place, (object, line)) in objects.iter().zip(&recorded).enumerate() {
            let keys: Vec<_> = object.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(keys, ["checks", "final", "height", "line", "version", "view"]);
            assert_eq!((&object["line"], &object["height"]), (&json!(place + 1), &json!(height_of(line))));
            assert_eq!(object["view"], line["leaf"]["leaf"]["view_number"]);
            let version = &line["leaf"]["leaf"]["block_header"]["version"]["Version"];
            assert_eq!(object["version"], format!("{}.{}", version["major"], version["minor"]));
            assert_eq!(object["final"], finals.contains(&height_of(line)), "{name} {object}");
            let checks = object["checks"].as_object().unwrap();
            assert_eq!(checks.len(), CHECKS.len());
            for check in CHECKS {
                assert!(["ok", "absent"].contains(&checks[check].as_str().unwrap()), "{name} {check} {object}");
            }
            assert_eq!(checks["decode"], "ok");
            assert_eq!(checks["certificate"], if height_of(line) == 0 { "absent" } else { "ok" }, "{object}");
            let next = !line["leaf"]["leaf"]["next_epoch_justify_qc"].is_null();
            assert_eq!(checks["next_epoch_certificate"], if next { "ok" } else { "absent" }, "{object}");
            let upgrade = !line["leaf"]["leaf"]["upgrade_certificate"].is_null();
            assert_eq!(checks["upgrade_certificate"], if upgrade { "ok" } else { "absent" }, "{object}");
            let adjacent = place > 0 && height_of(&recorded[place - 1]) + 1 == height_of(line);
            assert_eq!(checks["link"], if adjacent { "ok" } else { "absent" }, "{object}");
        }
    }
}

#[test]
fn keys_of_the_json_objects_stand_in_the_promised_order() {
    let Some(mut arguments) = recording_arguments("v3") else { return };
    arguments.push("--json".into());
    let ended = run(&arguments);
    let first = ended.stdout.lines().next().unwrap();
    let promised = r#"{"line":1,"height":0,"view":0,"version":"0.3","checks":{"decode":"ok","header":"ok","leaf":"ok","vote":"ok","certificate":"absent","next_epoch_certificate":"absent","upgrade_certificate":"absent","link":"absent","builder_commitment":"ok"},"final":true}"#;
    assert_eq!(first, promised);
    assert_eq!(ended.stdout.lines().last().unwrap(), r#"{"blocks":11,"rejected":0,"final":7}"#);
}

#[test]
fn people_read_one_block_a_line() {
    for (name, finals) in FINAL {
        let Some(arguments) = recording_arguments(name) else { return };
        let ended = run(&arguments);
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{name}");
        assert!(!ended.stdout.contains('\u{1b}'), "no colour in a pipe");
        let lines: Vec<_> = ended.stdout.lines().collect();
        let [_, blocks @ .., summary] = lines.as_slice() else { panic!("{lines:?}") };
        assert_eq!(blocks.iter().filter(|line| line.contains(" final")).count(), finals.len() + non_final(blocks));
        assert_eq!(*summary, format!("{} blocks, 0 rejected, {} proven final", blocks.len(), finals.len()));
    }
}

/// Lines that say "not proven final".
fn non_final(blocks: &[&str]) -> usize {
    blocks.iter().filter(|line| line.contains("not proven final")).count()
}

/// One change to one line of `v4`, the check that must notice it, and with what code.
type Tampering = (u64, &'static str, fn(&mut Value), &'static str, &'static str);

fn other_signature(line: &mut Value) {
    let justified = line["leaf"]["leaf"]["justify_qc"]["signatures"][0].clone();
    line["leaf"]["qc"]["signatures"][0] = justified;
}

const TAMPERINGS: [Tampering; 13] = [
    (
        11,
        "another timestamp",
        |line| line["leaf"]["leaf"]["block_header"]["fields"]["timestamp"] = 7.into(),
        "header",
        "header.hash",
    ),
    (11, "another view", |line| line["leaf"]["leaf"]["view_number"] = 12.into(), "leaf", "leaf.commitment"),
    (11, "the certificate's view", |line| line["leaf"]["qc"]["view_number"] = 12.into(), "vote", "qc.vote_commitment"),
    (
        11,
        "the certificate's epoch",
        |line| line["leaf"]["qc"]["data"]["epoch"] = 1.into(),
        "vote",
        "qc.vote_commitment",
    ),
    (11, "another signature", other_signature, "certificate", "qc.signature"),
    (11, "no signature", |line| line["leaf"]["qc"]["signatures"] = Value::Null, "certificate", "qc.unsigned"),
    (11, "fewer signers", |line| line["leaf"]["qc"]["signatures"][1]["data"][0] = 7.into(), "certificate", "qc.weight"),
    (
        11,
        "the table's size",
        |line| line["leaf"]["qc"]["signatures"][1]["bits"] = 6.into(),
        "certificate",
        "qc.signers",
    ),
    (
        11,
        "no twin",
        |line| line["leaf"]["leaf"]["next_epoch_justify_qc"] = Value::Null,
        "next_epoch_certificate",
        "epoch.missing_next_qc",
    ),
    (
        12,
        "an unasked twin",
        |line| line["leaf"]["leaf"]["next_epoch_justify_qc"] = line["leaf"]["leaf"]["justify_qc"].clone(),
        "next_epoch_certificate",
        "epoch.unexpected_next_qc",
    ),
    (
        11,
        "another parent",
        |line| line["leaf"]["leaf"]["parent_commitment"] = line["leaf"]["qc"]["vote_commitment"].clone(),
        "link",
        "leaf.justify",
    ),
    (
        11,
        "no payload bytes",
        |line| line["payload"]["raw_payload"] = "AA==".into(),
        "builder_commitment",
        "payload.builder_commitment",
    ),
    (
        11,
        "a tag of another kind",
        |line| line["hash"] = line["leaf"]["qc"]["vote_commitment"].clone(),
        "decode",
        "tagged_base64.tag",
    ),
];

#[test]
fn tampering_is_noticed_by_the_right_check() {
    let Some(original) = Copy::of("tampering", "v4") else { return };
    for (height, what, tamper, check, code) in TAMPERINGS {
        let mut copy = Copy { folder: tempfile::tempdir().unwrap(), lines: original.lines.clone() };
        fs::copy(original.folder.path().join("stake_table.json"), copy.folder.path().join("stake_table.json")).unwrap();
        tamper(copy.line_mut(height));
        let ended = copy.run(&["--json"]);
        assert_eq!((ended.code, ended.stderr.as_str()), (1, ""), "{what}");
        let mut objects = ended.json_lines();
        let closing = objects.pop().unwrap();
        assert_eq!((&closing["blocks"], &closing["rejected"]), (&json!(22), &json!(1)), "{what}: {closing}");
        let place = copy.lines.iter().position(|line| height_of(line) == height).unwrap();
        assert_eq!(objects[place]["checks"][check], code, "{what}: {}", objects[place]);
        assert_eq!(objects[place]["final"], false, "{what}");
        if code != "epoch.unexpected_next_qc" {
            // A rejected line contributes nothing: its child links to nothing.
            assert_eq!(objects[place + 1]["checks"]["link"], "absent", "{what}");
        }
        assert_eq!(closing["final"], objects.iter().filter(|object| object["final"] == true).count());
        let text = copy.run(&[]);
        assert_eq!(text.code, 1);
        let told = text.stdout.lines().nth(place + 1).unwrap();
        assert!(told.contains("rejected") && told.contains(check) && told.contains(code), "{what}: {told}");
    }
}

#[test]
fn a_forged_upgrade_certificate_is_noticed() {
    let Some(mut copy) = Copy::of("upgrade", "v2-v3") else { return };
    let line = copy.lines.iter_mut().find(|line| !line["leaf"]["leaf"]["upgrade_certificate"].is_null()).unwrap();
    let height = height_of(line);
    line["leaf"]["leaf"]["upgrade_certificate"]["data"]["new_version_first_view"] = 1_000_000.into();
    let ended = copy.run(&["--json"]);
    assert_eq!(ended.code, 1);
    let object = ended.json_lines().into_iter().find(|object| object["height"] == height).unwrap();
    assert_eq!(object["checks"]["upgrade_certificate"], "qc.vote_commitment", "{object}");
}

#[test]
fn well_formed_json_is_never_fatal() {
    let Some(copy) = Copy::of("well-formed", "v3") else { return };
    let good = copy.texts();
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    let surrogate = r#"{"leaf":"\ud800"}"#;
    let twice = r#"{"leaf":1,"leaf":2}"#;
    let parent = copy.lines[3]["leaf"]["leaf"]["parent_commitment"].as_str().unwrap();
    let other = if parent.ends_with('A') { "B" } else { "A" };
    let broken_checksum = good[3].replace(parent, &format!("{}{other}", &parent[..parent.len() - 1]));
    let string_for_number = good[3].replacen("\"height\":3", "\"height\":\"3\"", 1);
    assert_ne!(string_for_number, good[3]);
    for (line, code) in [
        ("42", "json.type"),
        ("null", "json.type"),
        ("[]", "json.type"),
        ("{}", "json.missing_key"),
        (r#"{"leaf":1}"#, "json.type"),
        (twice, "json.duplicate_key"),
        (deep.as_str(), "json.depth"),
        (surrogate, "json.type"),
        ("1e999", "json.type"),
        (good[3].replacen("\"height\":3", "\"height\":3.0", 1).as_str(), "json.integer"),
        (string_for_number.as_str(), "json.type"),
        (broken_checksum.as_str(), "tagged_base64.checksum"),
    ] {
        let mut lines = good.clone();
        lines[3] = line.to_string();
        let ended = copy.run_text(lines.join("\n").as_bytes(), &["--json"]);
        let shown = line.get(..40).unwrap_or(line);
        assert_eq!((ended.code, ended.stderr.as_str()), (1, ""), "{shown}");
        let objects = ended.json_lines();
        assert_eq!(objects[3]["checks"]["decode"], code, "{shown}");
        for check in &CHECKS[1..] {
            assert_eq!(objects[3]["checks"][check], "absent", "{shown}");
        }
        assert_eq!((&objects[3]["height"], &objects[3]["line"]), (&Value::Null, &json!(4)), "{shown}");
        assert_eq!(objects[11], json!({"blocks": 11, "rejected": 1, "final": 6}), "{shown}: block 2 lost its child");
        assert_eq!(copy.run_text(lines.join("\n").as_bytes(), &[]).code, 1);
    }
}

#[test]
fn broken_json_names_file_line_and_column() {
    let Some(copy) = Copy::of("broken", "v3") else { return };
    let good = copy.texts();
    let path = copy.folder.path().join("blocks.jsonl");
    let deep = format!("{}?", "[".repeat(50));
    for (line, column) in [
        (&b"{"[..], 1),
        (b"{\"leaf\":}", 9),
        (b"nul", 3),
        (b"1 2", 3),
        (b"{'a':1}", 2),
        (b"{\"a\":1,\"a\":2,}", 14),
        (deep.as_bytes(), 51),
        (b"\"\xff\"", 2),
        (b"", 1),
        (b"  ", 1),
        (b"[1,\t2]]", 7),
    ] {
        for flags in [&["--json"][..], &[]] {
            let mut text = good[..4].join("\n").into_bytes();
            text.extend_from_slice(b"\r\n");
            text.extend_from_slice(line);
            text.push(b'\n');
            text.extend_from_slice(good[5].as_bytes());
            let ended = copy.run_text(&text, flags);
            let shown = String::from_utf8_lossy(line);
            assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{shown}");
            let place = format!("{}: line 5, column {column}:", path.display());
            assert!(ended.stderr.contains(&place), "{shown}: {}", ended.stderr);
        }
    }
}

#[test]
fn line_ends_and_empty_lines_at_the_end() {
    let Some(copy) = Copy::of("line ends", "v3") else { return };
    let expected = copy.run(&["--json"]);
    assert_eq!(expected.code, 0);
    for (separator, end) in [("\n", "\n"), ("\n", "\n\n \n\t\r\n"), ("\r\n", "\r\n"), ("\n", "\n\n\n")] {
        let text = copy.texts().join(separator) + end;
        let ended = copy.run_text(text.as_bytes(), &["--json"]);
        assert_eq!((ended.code, &ended.stdout), (0, &expected.stdout), "{separator:?} {end:?}");
    }
    let ended = copy.run_text(b"", &["--json"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (0, "{\"blocks\":0,\"rejected\":0,\"final\":0}\n"));
}

#[test]
fn later_stake_tables_hold_from_their_epoch_on() {
    let (Some(copy), Some(one)) = (Copy::of("tables", "v4"), vectors("tables", "v2-v3/stake_table.json")) else {
        return;
    };
    // One validator instead of five, from epoch 2 to 2: certificates of epochs 1 and 3 stay good.
    let own = copy.folder.path().join("stake_table.json").display().to_string();
    let one = one.display().to_string();
    let ended = copy.run(&["--json", "--stake-table", &format!("2={one}"), "--stake-table", &format!("3={own}")]);
    assert_eq!(ended.code, 1);
    for object in ended.json_lines().iter().filter(|object| object["line"].is_u64()) {
        let height = object["height"].as_u64().unwrap();
        let certificate = if height == 0 {
            "absent"
        } else if (11..=20).contains(&height) {
            "qc.signers"
        } else {
            "ok"
        };
        assert_eq!(object["checks"]["certificate"], certificate, "{object}");
        if (8..=11).contains(&height) {
            assert_eq!(object["checks"]["next_epoch_certificate"], "qc.signers", "{object}");
        }
    }
}

#[test]
fn wrong_usage_and_unreadable_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display().to_string();
    let fails = |arguments: &[&str], reason: &str| {
        let ended = run(arguments);
        assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(ended.stderr.contains(reason), "{arguments:?}: {}", ended.stderr);
    };
    fails(&["recording"], "<DIR>");
    fails(&["recording", &path, "--nonsense"], "--nonsense");
    fails(&["recording", &path, "--stake-table", "table.json"], "EPOCH=FILE");
    fails(&["recording", &path, "--stake-table", "x=table.json"], "epoch \"x\"");
    fails(&["recording", &path, "--stake-table", "3="], "missing");
    fails(&["recording", &path], "stake_table.json: No such file");
    fs::write(folder.path().join("stake_table.json"), "{\n  \"epoch_height\": 10,\n  oops\n}").unwrap();
    fails(&["recording", &path], "stake_table.json: line 3, column 3: broken JSON");
    fs::write(folder.path().join("stake_table.json"), r#"{"known_nodes_with_stake":[]}"#).unwrap();
    fails(&["recording", &path], "stake_table.json: stake_table.empty");
    let Some(copy) = Copy::of("usage", "v3") else { return };
    let own = copy.folder.path().join("stake_table.json").display().to_string();
    fails(&["recording", copy.folder.path().to_str().unwrap()], "blocks.jsonl: No such file");
    fs::create_dir(copy.folder.path().join("blocks.jsonl")).unwrap();
    fails(&["recording", copy.folder.path().to_str().unwrap()], "blocks.jsonl: is a directory");
    let twice = format!("3={own}");
    let folder = copy.folder.path().to_str().unwrap();
    fails(&["recording", folder, "--stake-table", &twice, "--stake-table", &twice], "two tables");
    let mut table: Value = serde_json::from_str(&fs::read_to_string(&own).unwrap()).unwrap();
    table["epoch_height"] = 3.into();
    fs::write(&own, table.to_string()).unwrap();
    fails(&["recording", folder], "epoch.height");
}

#[test]
fn colour_only_where_it_is_wanted() {
    let Some(arguments) = recording_arguments("v3") else { return };
    let coloured = |name: &str, value: &str| {
        let output = program().args(&arguments).env(name, value).output().unwrap();
        String::from_utf8(output.stdout).unwrap().contains('\u{1b}')
    };
    assert!(coloured("CLICOLOR_FORCE", "1"));
    assert!(!coloured("NO_COLOR", "1"));
    assert!(!coloured("TERM", "xterm-256color"));
}

#[test]
fn output_that_cannot_be_written_is_no_success() {
    let Some(arguments) = recording_arguments("v3") else { return };
    let Ok(full) = fs::OpenOptions::new().write(true).open("/dev/full") else { return };
    let output = program().args(&arguments).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("cannot write output"));
}

#[test]
fn completions_name_the_subcommands() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ended = run(&["completions", shell]);
        assert_eq!(ended.code, 0);
        assert!(ended.stdout.contains("recording") && ended.stdout.contains("stake-table"), "{shell}");
    }
}
