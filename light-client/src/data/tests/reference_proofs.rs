//! The payload of the reference implementation's own test suite, and what that suite records of it.
//!
//! The payload is made anew from the suite's seed (`espresso-types`, `src/reference_tests.rs`). Its
//! header commits to a dispersal to one node, its namespace proofs are of one to ten.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};

use super::samples::{MadeBlock, header, verify, version};
use crate::consensus::header::{Header, VidScheme};
use crate::data::block::BlockContext;
use crate::data::builder_commitment;
use crate::data::namespace_payload::{NamespacePayload, encode_transactions};
use crate::data::transaction::transaction_commitment;
use crate::data::{Transaction, verify_payload};
use crate::encoding::bytes::to_base64;
use crate::encoding::json::{Json, parse};
use crate::encoding::tagged_base64::encode;
use crate::rejection::Rejection;

const NAMESPACES: [u32; 3] = [12_648_430, 314_159_265, 2_718_281_828];

fn generator() -> ChaCha12Rng {
    let mut seed = [0; 32];
    seed[..14].copy_from_slice(&[1, 0, 0, 0, 23, 0, 0, 0, 200, 1, 0, 0, 210, 30]);
    ChaCha12Rng::from_seed(seed)
}

/// Twenty transactions of 256 bytes, each in one of three namespaces by chance.
fn namespaces() -> Vec<(u32, Vec<u8>)> {
    let mut generator = generator();
    let mut transactions: [Vec<[u8; 256]>; 3] = Default::default();
    for _ in 0..20 {
        // An unbiased choice of three, as crate `rand` 0.8 makes it.
        let choice = loop {
            let product = u128::from(generator.next_u64()) * 3;
            if product & u128::from(u64::MAX) < 3 << 62 {
                break usize::try_from(product >> 64).unwrap();
            }
        };
        let mut transaction = [0; 256];
        generator.fill_bytes(&mut transaction);
        transactions[choice].push(transaction);
    }
    let bytes = |list: &Vec<[u8; 256]>| encode_transactions(list.iter().map(|tx| tx.as_slice())).unwrap();
    NAMESPACES.into_iter().zip(transactions.iter().map(bytes)).collect()
}

fn dispersed(minor: u16, weight: u64) -> MadeBlock {
    MadeBlock { namespaces: namespaces(), ..MadeBlock::new(minor, weight, &[]) }
}

fn text(name: &str) -> Option<String> {
    crate::recorded::file(name).map(|bytes| String::from_utf8(bytes).unwrap())
}

/// The proof of the first namespace and what the suite lists as its transactions.
fn recorded_proof(minor: u16) -> Option<String> {
    text(if minor < 6 { "reference/v3-ns_proof_V1.json" } else { "reference/v6-ns_proof_V2.json" })
}

#[test]
fn commitment_of_the_reference_transaction() {
    let mut payload = [0; 256];
    generator().fill_bytes(&mut payload);
    let commitment = transaction_commitment(u64::from(NAMESPACES[0]), &payload);
    assert_eq!(encode("TX", &commitment), "TX~EikfLslj3g6sIWRZYpN6ZuU1gadN77AHXmRA56yNnPrQ");
}

#[test]
fn payload_commitments_of_the_reference_headers() {
    let Some(recorded) = text("reference/header_commitments.json") else { return };
    let json = parse(recorded.as_bytes()).unwrap();
    let mut recomputed = 0;
    for entry in json.items().unwrap() {
        let header = Header::from_json(entry.get("header").unwrap()).unwrap();
        let block = BlockContext::unverified(&header).unwrap();
        let made = dispersed(header.version.minor.max(3), 1);
        assert_eq!(made.table(), header.ns_table);
        assert_eq!(builder_commitment(&made.payload(), &header.ns_table), header.builder_commitment);
        if block.scheme() != VidScheme::Advz {
            assert!(verify_payload(&block, made.payload(), &made.parameters).is_ok(), "{}", header.version);
            recomputed += 1;
        }
    }
    assert_eq!(recomputed, 4);
}

#[test]
fn namespace_proofs_of_both_schemes() {
    for minor in [3, 4, 5, 6] {
        let Some(answer) = recorded_proof(minor) else { return };
        let made = dispersed(minor, 10);
        assert_eq!(made.parameters.recovery_threshold(), 4);
        assert_eq!(made.verify(u64::from(NAMESPACES[0]), &answer).unwrap(), made.namespaces[0].1);
        // The siblings in the recorded proof are those of namespaces that it does not show.
        let json = parse(answer.as_bytes()).unwrap();
        let path = json.get("proof").unwrap().get(made.scheme.variant()).unwrap().get("ns_proof").unwrap();
        assert_eq!(path.text().unwrap(), made.path(0));
        // The served list is not read, but an honest server's is what the bytes hold.
        let served = json.get("transactions").unwrap().items().unwrap();
        let payload = NamespacePayload::new(&made.namespaces[0].1);
        assert_eq!(served.len(), payload.len());
        for (served, found) in served.iter().zip(payload.transactions()) {
            let served = Transaction::from_json(served).unwrap();
            assert_eq!(served.payload, found.payload);
            assert_eq!(served.commitment(), found.commitment(NAMESPACES[0]));
        }
        let refused = |id: u32| made.verify(u64::from(id), &answer).unwrap_err();
        assert_eq!(refused(NAMESPACES[1]), Rejection::NamespaceIndex, "the proof of one namespace for another");
        assert_eq!(refused(5), Rejection::NamespaceAbsent);
    }
}

#[test]
fn every_byte_of_the_payload_and_of_the_path_counts() {
    for minor in [3, 6] {
        let made = dispersed(minor, 10);
        let block = made.block();
        let path = made.scheme.tree().unwrap().path(&made.commitments(), 0).unwrap().to_bytes();
        let payload = &made.namespaces[0].1;
        let refused = |payload: &[u8], path: &[u8]| {
            let answer = made.proof_of(0, payload, &encode("MERKLE_PROOF", path));
            verify(&block, u64::from(NAMESPACES[0]), &answer, Some(&made.parameters)).err()
        };
        assert_eq!(refused(payload, &path), None);
        for place in (0..payload.len()).step_by(13) {
            let mut changed = payload.clone();
            changed[place] ^= 0x10;
            assert_eq!(refused(&changed, &path), Some(Rejection::VidCommitment), "{place}");
        }
        for place in 0..path.len() {
            let mut changed = path.clone();
            changed[place] ^= 1;
            assert!(refused(payload, &changed).is_some(), "{place}");
        }
    }
}

/// ADVZ proofs need the structured reference string and rules about their free prefix and suffix.
#[test]
fn advz_proofs_are_unproven() {
    let Some(answer) = text("reference/v1-ns_proof_V0.json") else { return };
    let table = dispersed(3, 1).table();
    let block = BlockContext::unverified(&header(version(2), 42, [7; 32], &table, [0; 32])).unwrap();
    assert_eq!(verify(&block, u64::from(NAMESPACES[0]), &answer, None), Err(Rejection::NamespaceUnproven));
    // Absence needs nothing but the table.
    assert_eq!(verify(&block, 5, r#"{"proof":null}"#, None), Ok(Vec::new()));
}

/// Old answers hold the payload as a list of integers.
#[test]
fn payloads_as_lists_of_integers() {
    let made = dispersed(3, 10);
    let base64 = made.proof(0);
    let list = format!("{:?}", made.namespaces[0].1);
    let listed = base64.replace(&format!("\"{}\"", to_base64(&made.namespaces[0].1)), &list);
    assert!(matches!(parse(listed.as_bytes()).unwrap(), Json::Object(_)) && listed != base64);
    let id = u64::from(NAMESPACES[0]);
    assert_eq!(made.verify(id, &listed).unwrap(), made.namespaces[0].1);
    let shorter = listed.replacen("[6, ", "[", 1);
    assert_eq!(made.verify(id, &shorter), Err(Rejection::NamespaceLengthMismatch));
    let not_a_byte = listed.replacen("[6, ", "[256, ", 1);
    assert_eq!(made.verify(id, &not_a_byte), Err(Rejection::JsonInteger));
}
