//! Where proofs come from: a web server, and a prover on what a provider serves.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use hotshot_circuits::fixture::Fixture;
use hotshot_circuits::groth16::{InsecureSecrets, Keys};
use hotshot_circuits::shape::Preset;
use hotshot_light_client::transition::record::{TransitionRecord, record_path};
use hotshot_relay::proofs::Proofs;
use hotshot_relay::prover::Prover;

/// Serves these paths, and 404 for all others; the path `/broken` is 500.
fn serve(pages: HashMap<String, Vec<u8>>) -> String {
    common::server::serve(move |path| match pages.get(path) {
        _ if path.starts_with("/broken") => (500, Vec::new()),
        Some(body) => (200, body.clone()),
        None => (404, Vec::new()),
    })
}

fn record(keys: &Keys, seed: &str) -> TransitionRecord {
    let fixture = Fixture::new(seed, Preset::named("tiny").unwrap().shape, 10).unwrap();
    let signing = fixture.table(1).unwrap().state();
    let secrets = InsecureSecrets::of_seed(seed.as_bytes());
    secrets.forge_record(&keys.verifying, &fixture.certificate(5).unwrap(), &signing, [2, 3])
}

/// One test, so that no other thread of the program starts programs while this one writes its own.
#[test]
fn servers_and_provers() {
    let keys = Keys::insecure(Preset::named("tiny").unwrap().shape, b"sources").unwrap();
    let (record, hash) = (record(&keys, "sources"), keys.verifying.hash());
    let path = |epoch| record_path("invented", &hash, epoch);

    let mut pages = HashMap::new();
    pages.insert(format!("/{}", path(1)), record.to_bytes());
    pages.insert(format!("/{}", path(2)), [&record.to_bytes()[..], &[0; 5000]].concat());
    pages.insert("/v1/availability/state-cert-v2/1".into(), b"{\"epoch\":1}".to_vec());
    pages.insert("/v1/availability/state-cert-v2/3".into(), b"not JSON".to_vec());
    pages.insert("/v1/node/stake-table/1".into(), b"[]".to_vec());
    let server = serve(pages);

    let proofs = Proofs::new(&format!("{server}/"), "invented", hash);
    assert_eq!(proofs.epoch(1), Ok(Some(record.clone())));
    assert!(proofs.epoch(2).unwrap_err().contains("transition.form"), "longer than a record");
    assert_eq!(proofs.epoch(3), Ok(None));
    assert_eq!(proofs.latest(), Ok(None));
    assert!(proofs.folder().is_none());
    let broken = Proofs::new(&format!("{server}/broken"), "invented", hash);
    assert!(broken.epoch(1).unwrap_err().contains("500"));

    // A program in the place of the prover: it looks at what it is given, and leaves a record.
    let folder = tempfile::tempdir().unwrap();
    let (program, store) = (folder.path().join("prover"), folder.path().join("store"));
    fs::write(folder.path().join("record"), record.to_bytes()).unwrap();
    let target = store.join(path(1));
    let script = format!(
        "#!/bin/sh\nset -e\ntest \"$1\" = prove\ntest \"${{12}}\" = 1 || {{ echo \"no such epoch\" >&2; exit 1; }}\n\
         grep -q '\\[\\[1,{{\"epoch\":1}}\\]\\]' \"$2\"\ngrep -q '\"epoch_height\":10' \"$4\"\n\
         grep -q '\"stake_table_capacity\":4' \"$4\"\nmkdir -p \"{}\"\ncp \"{}\" \"{}\"\n",
        target.parent().unwrap().display(),
        folder.path().join("record").display(),
        target.display(),
    );
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
    let prover = Prover {
        program: program.clone(),
        keys: folder.path().into(),
        proofs: store.clone(),
        network: "invented".into(),
        provider: server.clone(),
    };
    assert_eq!(prover.prove(2, 10, 4), Ok(false), "no certificate yet");
    assert_eq!(prover.prove(1, 10, 4), Ok(true));
    assert_eq!(Proofs::new(store.to_str().unwrap(), "invented", hash).epoch(1), Ok(Some(record)));
    assert!(prover.prove(3, 10, 4).unwrap_err().contains("no JSON"));
    assert!(!store.join(".work-1").exists(), "nothing is left behind");
    fs::write(&program, "#!/bin/sh\necho the signatures do not satisfy >&2\nexit 1\n").unwrap();
    assert!(prover.prove(1, 10, 4).unwrap_err().contains("do not satisfy"));
    let broken = Prover { provider: format!("{server}/broken"), ..prover };
    assert!(broken.prove(1, 10, 4).unwrap_err().contains("500"));
}
