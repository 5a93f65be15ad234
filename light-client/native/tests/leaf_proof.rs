//! `hotshot-verify leaf-proof` on proofs made of recorded certificates.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests end loudly")]

mod common;

use common::{Copy, Ended, program};
use serde_json::{Value, json};
use std::fs;

/// A proof of block 8 of the `v4` recording by the certificates on blocks 8 and 9, both twofold.
struct Case {
    copy: Copy,
    proof: Value,
    descendants: Value,
}

impl Case {
    fn new(test: &str) -> Option<Self> {
        let mut copy = Copy::of(test, "v4")?;
        let leaf = |copy: &mut Copy, height| copy.line_mut(height)["leaf"]["leaf"].clone();
        let [eight, nine, ten] = [8, 9, 10].map(|height| leaf(&mut copy, height));
        let pair = |leaf: &Value| json!({"qc": leaf["justify_qc"], "next_epoch_qc": leaf["next_epoch_justify_qc"]});
        let proof = json!({"HotStuff2": {"committing_qc": pair(&nine), "deciding_qc": pair(&ten)}});
        Some(Self { copy, proof: json!({"leaves": [eight], "proof": proof}), descendants: json!([nine]) })
    }

    fn path(&self, name: &str) -> String {
        self.copy.folder.path().join(name).display().to_string()
    }

    fn run(&self, more: &[&str]) -> Ended {
        fs::write(self.path("proof.json"), self.proof.to_string()).unwrap();
        fs::write(self.path("descendants.json"), self.descendants.to_string()).unwrap();
        let mut command = program();
        command.args(["leaf-proof", &self.path("proof.json"), "--network", &self.path("stake_table.json")]);
        Ended::of(command.args(more))
    }

    fn run_with_descendants(&self, more: &[&str]) -> Ended {
        let descendants = self.path("descendants.json");
        self.run(&[&["--descendants", descendants.as_str(), "--json"], more].concat())
    }

    fn code(&self, more: &[&str]) -> String {
        let ended = self.run_with_descendants(more);
        assert_eq!((ended.code, ended.stderr.as_str()), (1, ""), "{}", ended.stdout);
        let object = ended.json_lines().remove(0);
        assert_eq!(object["final"], false);
        assert!(object["message"].as_str().unwrap().starts_with(object["rejection"].as_str().unwrap()));
        object["rejection"].as_str().unwrap().to_string()
    }
}

#[test]
fn a_proof_of_recorded_certificates_is_accepted() {
    let Some(mut case) = Case::new("accepted") else { return };
    let hash = case.copy.line_mut(8)["hash"].as_str().unwrap().to_string();
    let leaf = case.copy.line_mut(8)["leaf"]["qc"]["data"]["leaf_commit"].as_str().unwrap().to_string();
    for asked in [&[][..], &["--height", "8"], &["--block", &hash], &["--leaf", &leaf]] {
        let ended = case.run_with_descendants(asked);
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{asked:?}");
        let object = ended.json_lines().remove(0);
        let expected = json!([{"height": 8, "view": 8, "version": "0.4", "hash": hash, "leaf": leaf}]);
        assert_eq!((&object["final"], &object["leaves"]), (&json!(true), &expected));
        let quorum = &object["quorum"];
        assert_eq!((&quorum["validators"], &quorum["epoch"], &quorum["view"]), (&json!(5), &json!(1), &json!(8)));
        assert_eq!((&quorum["threshold"], &quorum["total"]), (&json!("4"), &json!("5")));
    }
    // Descendants also come as `availability/leaf` serves them.
    case.descendants = json!([case.copy.line_mut(9)["leaf"].clone()]);
    assert_eq!(case.run_with_descendants(&[]).code, 0);
    let descendants = case.path("descendants.json");
    let text = case.run(&["--descendants", &descendants]);
    assert_eq!(text.code, 0);
    assert!(text.stdout.starts_with("final") && text.stdout.contains(&hash) && text.stdout.contains("of 5"));
}

#[test]
fn the_wrong_thing_is_not_what_was_asked_for() {
    let Some(mut case) = Case::new("asked") else { return };
    let hash = case.copy.line_mut(9)["hash"].as_str().unwrap().to_string();
    let leaf = case.copy.line_mut(9)["leaf"]["qc"]["data"]["leaf_commit"].as_str().unwrap().to_string();
    assert_eq!(case.code(&["--height", "9"]), "header.height");
    assert_eq!(case.code(&["--block", &hash]), "header.hash");
    assert_eq!(case.code(&["--leaf", &leaf]), "leaf.commitment");
    let spoilt = case.run_with_descendants(&["--leaf", &hash]);
    assert_eq!(spoilt.code, 2, "a block hash is no leaf commitment: {}", spoilt.stderr);
    assert_eq!(case.run_with_descendants(&["--leaf", &leaf, "--height", "9"]).code, 2);
}

#[test]
fn forged_proofs_are_rejected() {
    type Forgery = (&'static str, fn(&mut Case), &'static str);
    let forgeries: [Forgery; 9] = [
        ("no leaves", |case| case.proof["leaves"] = json!([]), "finality.empty"),
        ("by assumption", |case| case.proof["proof"] = json!("Assumption"), "finality.assumption"),
        ("unknown kind", |case| case.proof["proof"] = json!({"Trust": {}}), "finality.proof_kind"),
        ("no descendant", |case| case.descendants = json!([]), "finality.child_missing"),
        (
            "another descendant",
            |case| case.descendants = json!([case.copy.line_mut(10)["leaf"]["leaf"].clone()]),
            "header.height",
        ),
        ("another header", |case| case.proof["leaves"][0]["block_header"]["fields"]["timestamp"] = 1.into(), "qc.leaf"),
        (
            "no twin",
            |case| case.proof["proof"]["HotStuff2"]["committing_qc"]["next_epoch_qc"] = Value::Null,
            "epoch.missing_next_qc",
        ),
        (
            "the same certificate twice",
            |case| {
                case.proof["proof"]["HotStuff2"]["deciding_qc"] =
                    case.proof["proof"]["HotStuff2"]["committing_qc"].clone()
            },
            "finality.views",
        ),
        (
            "another signature",
            |case| {
                let other = case.proof["proof"]["HotStuff2"]["deciding_qc"]["qc"]["signatures"][0].clone();
                case.proof["proof"]["HotStuff2"]["committing_qc"]["qc"]["signatures"][0] = other;
            },
            "qc.signature",
        ),
    ];
    for (what, forge, code) in forgeries {
        let Some(mut case) = Case::new(what) else { return };
        forge(&mut case);
        assert_eq!(case.code(&[]), code, "{what}");
        let descendants = case.path("descendants.json");
        let text = case.run(&["--descendants", &descendants]);
        assert!(text.code == 1 && text.stdout.starts_with(&format!("rejected {code}")), "{what}: {}", text.stdout);
    }
}

#[test]
fn without_descendants_nothing_is_final() {
    let Some(case) = Case::new("descendants") else { return };
    let ended = case.run(&["--json"]);
    assert_eq!((ended.code, &ended.json_lines()[0]["rejection"]), (1, &json!("finality.child_missing")));
}

#[test]
fn files_and_pins() {
    let Some(case) = Case::new("files") else { return };
    assert_eq!(case.run_with_descendants(&[]).code, 0);
    let proof = case.path("proof.json");
    let run = |arguments: &[&str]| -> Ended { Ended::of(program().args(arguments)) };
    for preset in ["mainnet", "decaf"] {
        let ended = run(&["leaf-proof", &proof, "--network", preset]);
        assert_eq!((ended.code, ended.stdout.as_str()), (2, ""));
        assert!(ended.stderr.contains("network.missing_pin") && ended.stderr.contains("stake_table"));
    }
    let network = case.path("stake_table.json");
    fs::write(&proof, "{\"leaves\":[],\n\"proof\":}").unwrap();
    let ended = run(&["leaf-proof", &proof, "--network", &network]);
    assert_eq!((ended.code, ended.stdout.as_str()), (2, ""));
    assert!(ended.stderr.contains("proof.json: line 2, column 9: broken JSON"), "{}", ended.stderr);
    assert_eq!(run(&["leaf-proof", "/nonexistent", "--network", &network]).code, 2);
    fs::write(&proof, "[]").unwrap();
    let ended = run(&["leaf-proof", &proof, "--network", &network, "--json"]);
    assert_eq!((ended.code, &ended.json_lines()[0]["rejection"]), (1, &json!("json.type")));
}
