//! The smallest preset for real networks on real certificates, and on the stakes of mainnet.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests end loudly")]

use std::path::PathBuf;

use ark_bn254::Fr;
use hotshot_circuits::circuit::build;
use hotshot_circuits::fixture::Fixture;
use hotshot_circuits::groth16::Keys;
use hotshot_circuits::shape::Preset;
use hotshot_circuits::witness::{Witness, signers_needed};
use hotshot_light_client::encoding::json::parse;
use hotshot_light_client::signature::schnorr::Signature;
use hotshot_light_client::stake_table::table::StakeTable;
use hotshot_light_client::transition::certificate::StateCertificate;
use hotshot_light_client::transition::kind::digest;
use hotshot_light_client::transition::voting_table::{DEFAULT_CAPACITY, Row, VotingTable};

fn recorded(test: &str, name: &str) -> Option<Vec<u8>> {
    let folder = std::env::var("HOTSHOT_VECTORS")
        .unwrap_or_else(|_| format!("{}/../../shared/vectors", env!("CARGO_MANIFEST_DIR")));
    let found = std::fs::read(PathBuf::from(folder).join(name)).ok();
    if found.is_none() {
        eprintln!("SKIPPED {test}: {name} is missing; set HOTSHOT_VECTORS to the recorded data");
    }
    found
}

fn table(text: &[u8]) -> VotingTable {
    let table = StakeTable::from_json(&parse(text).unwrap()).unwrap();
    VotingTable::admit(&table, DEFAULT_CAPACITY).unwrap()
}

type Statement = (VotingTable, Fr, Vec<(usize, Signature)>);

/// The certificates of epochs 1 and 3 of the recorded chain of 0.4, under the static and the dynamic
/// table.
fn recorded_statements(test: &str) -> Option<Vec<Statement>> {
    let text = recorded(test, "v4/state-certs.json")?;
    let json = parse(&text).unwrap();
    let statement = |index: usize, name: &str| {
        let pair = &json.items().unwrap()[index];
        let certificate = StateCertificate::from_json(&pair.items().unwrap()[1]).unwrap();
        let table = table(&recorded(test, name)?);
        let signatures = certificate.signatures.iter();
        let signatures = signatures.map(|signer| (table.row_of(&signer.key).unwrap(), signer.signature)).collect();
        let digest = digest(&certificate.state, &certificate.next_table, &certificate.auth_root);
        Some((table, digest, signatures))
    };
    Some(vec![statement(0, "v4/stake_table.json")?, statement(2, "v4/stake_table_epoch3.json")?])
}

/// All of mainnet's stakes, with fresh INSECURE keys; everybody signs.
fn mainnet(test: &str) -> Option<Statement> {
    let stakes = table(&recorded(test, "mainnet/stake_table.json")?);
    let fixture = Fixture::new("mainnet's stakes", Preset::named("s24").unwrap().shape, 40_000).unwrap();
    let members = fixture.members(1).unwrap();
    let digest = Fr::from(7u64);
    let rows = members.iter().zip(stakes.rows()).map(|(member, row)| Row {
        key: *member.signer.verification_key(),
        stake_key: member.stake_key.compressed(),
        amount: row.amount,
    });
    let table = VotingTable::from_rows(rows.collect(), DEFAULT_CAPACITY).unwrap();
    let signatures = members.iter().take(table.rows().len()).map(|member| member.signer.sign(&[digest]));
    Some((table, digest, signatures.enumerate().collect()))
}

#[test]
fn real_certificates_satisfy_the_smallest_preset() {
    let preset = Preset::named("s24").unwrap();
    let Some(statements) = recorded_statements("real certificates") else { return };
    for (table, digest, signatures) in statements {
        let witness = Witness::new(preset.shape, &table, digest, &signatures).unwrap();
        assert_eq!(build(preset.shape, &witness).first_broken(), None);
        let other = Witness::new(preset.shape, &table, digest + Fr::from(1u64), &signatures).unwrap();
        assert!(build(preset.shape, &other).first_broken().is_some());
    }
}

/// Eleven of mainnet's 76 members are a quorum, so the smallest preset does.
#[test]
fn mainnets_stakes_satisfy_the_smallest_preset() {
    let Some((table, digest, signatures)) = mainnet("mainnet's stakes") else { return };
    assert_eq!(table.rows().len(), 76);
    let rows: Vec<_> = (0..76).collect();
    assert_eq!(signers_needed(&table, &rows), Some(11));
    let preset = Preset::fitting(DEFAULT_CAPACITY, 76, 11).unwrap();
    assert_eq!(preset.name, "s24");
    let witness = Witness::new(preset.shape, &table, digest, &signatures).unwrap();
    assert_eq!(build(preset.shape, &witness).first_broken(), None);
}

#[test]
#[ignore = "long: sets up and proves the smallest preset; part of make test-long"]
fn long_real_certificates_and_mainnets_stakes_are_proven() {
    let preset = Preset::named("s24").unwrap();
    let (Some(mut statements), Some(mainnet)) = (recorded_statements("proofs"), mainnet("proofs")) else { return };
    statements.push(mainnet);
    let keys = Keys::insecure(preset.shape, b"real tables").unwrap();
    for (table, digest, signatures) in statements {
        let witness = Witness::new(preset.shape, &table, digest, &signatures).unwrap();
        let proof = keys.prove(preset.shape, &witness, &[5; 32]).unwrap();
        let mut inputs = [table.schnorr_key_comm(), table.amount_comm(), digest];
        keys.verifying.verify(&inputs, &proof).unwrap();
        inputs[1] += Fr::from(1u64);
        assert!(keys.verifying.verify(&inputs, &proof).is_err());
    }
}
