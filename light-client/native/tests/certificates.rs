//! `hotshot-verify certificates` on the certificates of real nodes and on tampered copies of them.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests end loudly")]

mod common;

use std::fs;
use std::path::PathBuf;

use common::{Ended, run, vectors};
use serde_json::{Value, json};
use tempfile::TempDir;

fn option(flag: &str, value: impl Into<String>) -> [String; 2] {
    [flag.into(), value.into()]
}

/// The certificates of a recording, to be tampered with in a folder of their own.
struct Copy {
    folder: TempDir,
    source: PathBuf,
    certificates: Value,
    tables: Vec<String>,
}

impl Copy {
    fn of(test: &str, name: &str) -> Option<Self> {
        let source = vectors(test, name)?;
        let certificates = serde_json::from_slice(&fs::read(source.join("state-certs.json")).unwrap()).unwrap();
        let mut tables = option("--stake-table", source.join("stake_table.json").display().to_string()).to_vec();
        if name == "v4" {
            let later = source.join("stake_table_epoch3.json");
            tables.extend(option("--stake-table", format!("3={}", later.display())));
        }
        Some(Self { folder: tempfile::tempdir().unwrap(), source, certificates, tables })
    }

    fn certificate(&mut self, index: usize) -> &mut Value {
        &mut self.certificates[index][1]
    }

    fn run(&self, more: &[&str]) -> Ended {
        self.run_text(self.certificates.to_string().as_bytes(), more)
    }

    fn run_text(&self, text: &[u8], more: &[&str]) -> Ended {
        let path = self.folder.path().join("certificates.json");
        fs::write(&path, text).unwrap();
        self.run_file(&path.display().to_string(), more)
    }

    fn run_file(&self, file: &str, more: &[&str]) -> Ended {
        let mut arguments = vec!["certificates".to_string(), file.into()];
        arguments.extend(self.tables.iter().cloned());
        arguments.extend(more.iter().map(ToString::to_string));
        run(&arguments)
    }
}

/// The objects of the certificates, of which so many are rejected.
fn objects(ended: &Ended, rejected: usize) -> Vec<Value> {
    assert_eq!((ended.code, ended.stderr.as_str()), (i32::from(rejected > 0), ""), "{}", ended.stdout);
    let mut objects = ended.json_lines();
    let closing = objects.pop().unwrap();
    assert_eq!(closing, json!({"certificates": objects.len(), "rejected": rejected}));
    objects
}

#[test]
fn recorded_certificates_are_accepted() {
    for (name, kind, epochs) in [("v3", "LCV2", 3), ("v4", "LCV3", 6)] {
        let Some(copy) = Copy::of("recorded certificates", name) else { return };
        let ended = copy.run_file(&copy.source.join("state-certs.json").display().to_string(), &["--json"]);
        let objects = objects(&ended, 0);
        assert_eq!(objects.len(), epochs);
        for (epoch, object) in (1u64..).zip(&objects) {
            let keys = ["line", "epoch", "height", "view", "kind", "signers", "weight", "checks", "accepted"];
            assert!(keys.iter().all(|key| !object[key].is_null()), "{object}");
            assert_eq!((&object["line"], &object["epoch"]), (&json!(epoch), &json!(epoch)));
            assert_eq!((&object["height"], &object["kind"]), (&json!(10 * epoch - 5), &json!(kind)));
            let next = if name == "v4" && epoch == 2 { "ok" } else { "absent" };
            assert_eq!(object["checks"], json!({"decode": "ok", "certificate": "ok", "next_table": next}));
        }
        let text = copy.run(&[]);
        assert_eq!((text.code, text.stderr.as_str()), (0, ""));
        assert_eq!(text.stdout.lines().count(), epochs + 2);
        assert_eq!(text.stdout.lines().last().unwrap(), format!("{epochs} certificates, 0 rejected"));
    }
}

#[test]
fn tampering_is_noticed() {
    let Some(original) = Copy::of("tampered certificates", "v4") else { return };
    let state = |index: usize| original.certificates[index][1]["light_client_state"].clone();
    let next = |index: usize| original.certificates[index][1]["next_stake_table_state"].clone();
    type Tampering<'a> = (&'a str, &'a str, &'a str, Box<dyn Fn(&mut Value) + 'a>);
    let tamperings: [Tampering<'_>; 12] = [
        ("another epoch's state", "certificate", "state.epoch", Box::new(|c| c["light_client_state"] = state(0))),
        ("another label", "certificate", "state.epoch", Box::new(|c| c["epoch"] = 4.into())),
        ("another next table", "certificate", "state.signature", Box::new(|c| c["next_stake_table_state"] = next(0))),
        (
            "no auth root",
            "certificate",
            "state.signature",
            Box::new(|c| c["auth_root"] = format!("0x{:064}", 0).into()),
        ),
        (
            "LCV2 for LCV3",
            "certificate",
            "state.signature",
            Box::new(|c| {
                let legacy = c["signatures"][0][2].clone();
                c["signatures"][0][1] = legacy;
            }),
        ),
        (
            "LCV3 for LCV2",
            "certificate",
            "state.signature",
            Box::new(|c| {
                let newer = c["signatures"][0][1].clone();
                c["signatures"][0][2] = newer;
            }),
        ),
        (
            "a signer twice",
            "certificate",
            "state.duplicate_signer",
            Box::new(|c| {
                let first = c["signatures"][0].clone();
                c["signatures"].as_array_mut().unwrap().push(first);
            }),
        ),
        (
            "too few signers",
            "certificate",
            "state.weight",
            Box::new(|c| {
                c["signatures"].as_array_mut().unwrap().truncate(2);
            }),
        ),
        (
            "a broken string",
            "decode",
            "tagged_base64.checksum",
            Box::new(|c| {
                let text = c["light_client_state"].as_str().unwrap().replacen("AAAAAAAA", "AAAAAAAB", 1);
                c["light_client_state"] = text.into();
            }),
        ),
        ("a number for a text", "decode", "json.type", Box::new(|c| c["auth_root"] = 7.into())),
        ("a huge epoch", "decode", "json.integer", Box::new(|c| c["epoch"] = 1e30.into())),
        ("nothing", "decode", "json.type", Box::new(|c| *c = Value::Null)),
    ];
    for (what, check, code, tamper) in tamperings {
        let mut copy = Copy::of("tampered certificates", "v4").unwrap();
        tamper(copy.certificate(2));
        let objects = objects(&copy.run(&["--json"]), 1);
        assert_eq!(objects[2]["checks"][check], code, "{what}: {}", objects[2]);
        assert_eq!(objects[2]["accepted"], false);
        let text = copy.run(&[]);
        assert_eq!(text.code, 1);
        assert!(text.stdout.contains(&format!("{check}: {code}")), "{what}: {}", text.stdout);
    }
}

/// A member that no reader of JSON here accepts is that certificate's fault alone.
#[test]
fn well_formed_json_is_never_fatal() {
    let Some(copy) = Copy::of("well-formed", "v4") else { return };
    let text = copy.certificates.to_string();
    let deep = format!("{}{}", "[".repeat(40), "]".repeat(40));
    for (spoilt, code) in [
        (text.replacen("{\"auth_root\"", "{\"epoch\":1,\"auth_root\"", 1), "json.duplicate_key"),
        (text.replacen("[[1,{", &format!("[[1,{{\"deep\":{deep},"), 1), "json.depth"),
        (text.replacen("[[1,", "[[1,2,", 1), "bytes.length"),
        (text.replacen("[[1,", "[[-1,", 1), "json.integer"),
    ] {
        assert_ne!(spoilt, text, "{code}");
        let objects = objects(&copy.run_text(spoilt.as_bytes(), &["--json"]), 1);
        assert_eq!((objects.len(), &objects[0]["checks"]["decode"]), (6, &json!(code)));
    }
    // A number that nobody asks for may be as large as it likes.
    let large = text.replacen("[[1,{", "[[1,{\"large\":1e999,", 1);
    assert_eq!(objects(&copy.run_text(large.as_bytes(), &["--json"]), 0).len(), 6);
    assert!(objects(&copy.run_text(b"[]", &["--json"]), 0).is_empty());
    assert_eq!(objects(&copy.run_text(b"7", &["--json"]), 1).len(), 1);
    let bare = copy.certificates[3][1].to_string();
    assert_eq!(objects(&copy.run_text(bare.as_bytes(), &["--json"]), 0)[0]["epoch"], 4);
}

/// The certificates of a recording, and its tables, in a folder without blocks that tell versions.
fn lonely(name: &str) -> Option<Copy> {
    let mut lonely = Copy::of("versions", name)?;
    for argument in lonely.tables.iter_mut().filter(|argument| !argument.starts_with("--")) {
        let (epoch, path) = argument
            .split_once('=')
            .map_or((String::new(), argument.as_str()), |(epoch, path)| (format!("{epoch}="), path));
        let moved = lonely.folder.path().join(PathBuf::from(path).file_name().unwrap());
        fs::copy(path, &moved).unwrap();
        *argument = format!("{epoch}{}", moved.display());
    }
    Some(lonely)
}

/// Leaves of a certificate of 0.4 what one of 0.3 has.
fn strip_to_legacy(certificate: &mut Value) {
    certificate["auth_root"] = format!("0x{:064}", 0).into();
    for signature in certificate["signatures"].as_array_mut().unwrap() {
        signature[1] = signature[2].clone();
    }
}

#[test]
fn versions_come_from_the_recording_or_the_command_line() {
    let (Some(three), Some(four)) = (Copy::of("versions", "v3"), Copy::of("versions", "v4")) else { return };
    for (name, copy) in [("v3", &three), ("v4", &four)] {
        for version in ["0.2", "0.3", "0.4", "0.6"] {
            let ended = copy.run(&["--json", "--protocol-version", version]);
            let fits = (version == "0.3") == (name == "v3") && version != "0.2";
            assert_eq!(ended.code, i32::from(!fits), "{name} {version}");
        }
    }
    // Without either, the newest form speaks for itself, and the older one for nothing.
    let (three, mut alone) = (lonely("v3").unwrap(), lonely("v4").unwrap());
    assert!(objects(&alone.run(&["--json"]), 0).iter().all(|object| object["kind"] == "LCV3"));
    for object in objects(&three.run(&["--json"]), 3) {
        assert_eq!(object["checks"]["certificate"], "state.version");
    }
    assert!(objects(&three.run(&["--json", "--protocol-version", "0.3"]), 0).iter().all(|o| o["kind"] == "LCV2"));
    // A certificate of 0.4 stripped to its legacy signatures, alone and beside others of its chain.
    strip_to_legacy(alone.certificate(0));
    assert_eq!(objects(&alone.run(&["--json"]), 1)[0]["checks"]["certificate"], "state.version");
    let stripped = alone.certificate(0).to_string();
    let isolated = |more: &[&str]| alone.run_text(stripped.as_bytes(), &[&["--json"], more].concat());
    assert_eq!(objects(&isolated(&[]), 1)[0]["checks"]["certificate"], "state.version");
    assert_eq!(objects(&isolated(&["--protocol-version", "0.4"]), 1)[0]["checks"]["certificate"], "state.signature");
    // Nor does one pass that no quorum signed at all, or only in part.
    alone.certificate(0)["signatures"][0][1] = alone.certificates[1][1]["signatures"][0][1].clone();
    assert_eq!(objects(&alone.run(&["--json"]), 1)[0]["checks"]["certificate"], "state.signature");
    let mut downgraded = Copy::of("versions", "v4").unwrap();
    strip_to_legacy(downgraded.certificate(0));
    assert_eq!(objects(&downgraded.run(&["--json"]), 1)[0]["checks"]["certificate"], "state.signature");
    // An upgrade on the way: the older form before, the newer one from an epoch on.
    let ended = four.run(&["--json", "--protocol-version", "0.3", "--protocol-version", "4=0.4"]);
    let codes: Vec<_> = objects(&ended, 3).iter().map(|object| object["accepted"].clone()).collect();
    assert_eq!(codes, [false, false, false, true, true, true]);
}

#[test]
fn tables_by_epoch() {
    let Some(mut copy) = Copy::of("tables", "v4") else { return };
    let (fixed, later) = (copy.source.join("stake_table.json"), copy.source.join("stake_table_epoch3.json"));
    let (fixed, later) = (fixed.display().to_string(), later.display().to_string());
    let all = copy.run(&["--json"]).stdout;
    // The file says itself from which epoch on it holds.
    copy.tables = [option("--stake-table", later.clone()), option("--stake-table", fixed.clone())].concat();
    assert_eq!(copy.run(&["--json"]).stdout, all);
    // Alone, it has nothing to say on earlier epochs, and not how long epochs are.
    copy.tables = option("--stake-table", later.clone()).to_vec();
    assert_eq!(copy.run(&[]).code, 2);
    let codes: Vec<_> = objects(&copy.run(&["--json", "--epoch-height", "10"]), 2);
    assert_eq!(codes[0]["checks"]["certificate"], "state.epoch");
    // The static table alone: its keys sign, but it is not what epoch 2 hands over to.
    copy.tables = [option("--stake-table", fixed.clone()), option("--stake-table", format!("3={fixed}"))].concat();
    assert_eq!(objects(&copy.run(&["--json"]), 1)[1]["checks"]["next_table"], "state.table_commitment");
    copy.tables = option("--stake-table", fixed.clone()).to_vec();
    assert_eq!(copy.run(&[]).code, 0);
    copy.tables = [option("--stake-table", fixed.clone()), option("--stake-table", fixed.clone())].concat();
    let twice = copy.run(&[]);
    assert_eq!((twice.code, twice.stdout.as_str()), (2, ""));
    assert!(twice.stderr.contains("two tables"), "{}", twice.stderr);
}

#[test]
fn wrong_usage_and_unreadable_files() {
    let Some(copy) = Copy::of("usage", "v3") else { return };
    let fails = |ended: Ended, reason: &str| {
        assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{reason}");
        assert!(ended.stderr.contains(reason), "{reason}: {}", ended.stderr);
    };
    let table = copy.source.join("stake_table.json").display().to_string();
    fails(run(&["certificates"]), "<FILE>");
    fails(run(&["certificates", "x.json"]), "--stake-table");
    fails(run(&["certificates", "x.json", "--stake-table", &table]), "x.json: No such file");
    fails(run(&["certificates", "x.json", "--stake-table", "x=y.json"]), "epoch \"x\"");
    fails(run(&["certificates", "x.json", "--stake-table", "3="]), "missing");
    fails(run(&["certificates", "x.json", "--stake-table", "y.json"]), "y.json: No such file");
    fails(copy.run_text(b"[[1,\n {\"epoch\":}]]", &["--json"]), "certificates.json: line 2, column 11: broken JSON");
    fails(copy.run_text(b"", &[]), "line 1, column 1: broken JSON");
    fails(copy.run(&["--protocol-version", "four"]), "four");
    fails(copy.run(&["--epoch-height", "5"]), "at least 6");
    fails(copy.run(&["--capacity", "3"]), "state.table_capacity");
}
