//! The committed chain of proven epochs, which clients are tested on: some of it is proven again.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests end loudly")]

use std::path::Path;

use hotshot_circuits::fixture::Fixture;
use hotshot_circuits::groth16::Keys;
use hotshot_circuits::shape::Preset;
use hotshot_light_client::client::transition::TransitionPins;
use hotshot_light_client::encoding::json::parse;
use hotshot_light_client::rejection::Rejection;
use hotshot_light_client::stake_table::table::StakeTable;
use hotshot_light_client::transition::record::TransitionRecord;

fn file(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixture").join(name)).unwrap()
}

/// `hotshot-prover fixture --records --preset micro --epochs 300` writes these bytes.
#[test]
fn the_prover_makes_the_same_records_again() {
    let shape = Preset::named("micro").unwrap().shape;
    let keys = Keys::insecure(shape, b"hotshot").unwrap();
    assert_eq!(keys.verifying.to_bytes(), file("verifying-key"));
    let fixture = Fixture::new("hotshot", shape, 10).unwrap();
    let records = file("records");
    let (records, rest) = records.as_chunks::<{ TransitionRecord::BYTES }>();
    assert!(rest.is_empty() && records.len() == 300);
    for epoch in [1, 2, 157, 300] {
        let again = fixture.record(&keys, fixture.root(epoch)).unwrap();
        assert_eq!(again.to_bytes(), records[usize::try_from(epoch).unwrap() - 1], "epoch {epoch}");
    }
}

#[test]
fn a_client_walks_over_all_of_it() {
    let network = file("network.json");
    let network = parse(&network).unwrap();
    let pins = TransitionPins::from_json(&network).unwrap().unwrap();
    let key = pins.admit_key(&file("verifying-key")).unwrap();
    let first = StakeTable::from_json(network.get("stake_table").unwrap()).unwrap();
    let start = pins.start(1, &first).unwrap();
    let mut records = file("records");
    let proven = pins.begin(&start, &key, &records, b"").unwrap().verify().unwrap();
    assert_eq!(proven.boundary.epoch, 301);
    let last = file("stake_table.json");
    let last = StakeTable::from_json(&parse(&last).unwrap()).unwrap();
    pins.check_table(&proven, &last).unwrap();
    assert_eq!(pins.check_table(&proven, &first).unwrap_err().rejection, Rejection::StateTableCommitment);
    // One bit of one auth root, in the middle.
    records[57 * TransitionRecord::BYTES + 200] ^= 1;
    let refused = pins.begin(&start, &key, &records, b"").unwrap().verify().unwrap_err();
    assert_eq!(refused.rejection, Rejection::TransitionProof);
    assert_eq!(refused.got.to_string(), "epoch 58");
}
