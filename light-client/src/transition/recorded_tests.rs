//! The certificates of real chains, and every way to spoil them.

use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use super::certificate::StateCertificate;
use super::kind::{Kind, auth_root};
use super::recorded_certificates::{CertificateResult, Chain, Schedule, verify_recorded};
use super::stake_table_state::StakeTableState;
use super::state::{LightClientState, block_comm_root};
use super::verify::{Expectation, verify};
use super::voting_table::{DEFAULT_CAPACITY, VotingTable};
use crate::consensus::epoch::Epochs;
use crate::consensus::version::Version;
use crate::encoding::integer::parse_u256;
use crate::encoding::json::{Json, parse};
use crate::encoding::tagged_base64;
use crate::hash::element;
use crate::recorded;
use crate::rejection::Rejection;
use crate::signature::schnorr::Signature;
use crate::stake_table::table::StakeTable;

fn table(name: &str) -> Option<VotingTable> {
    let text = recorded::file(name)?;
    let table = StakeTable::from_json(&parse(&text).unwrap()).unwrap();
    Some(VotingTable::admit(&table, DEFAULT_CAPACITY).unwrap())
}

fn chain(version: Version, tables: Vec<(u64, VotingTable)>) -> Chain {
    Chain {
        epochs: Epochs::new(10).unwrap(),
        tables: Schedule::new(tables),
        kinds: Schedule::new(vec![(0, Kind::of_version(version))]),
    }
}

fn chain_v3() -> Option<Chain> {
    Some(chain(Version::V0_3, vec![(0, table("v3/stake_table.json")?)]))
}

fn chain_v4() -> Option<Chain> {
    let (fixed, dynamic) = (table("v4/stake_table.json")?, table("v4/stake_table_epoch3.json")?);
    Some(chain(Version::V0_4, vec![(3, dynamic), (0, fixed)]))
}

fn check(text: &[u8], chain: &Chain) -> Vec<CertificateResult> {
    verify_recorded(&parse(text).unwrap(), chain).unwrap()
}

fn accepted(results: &[CertificateResult]) -> Vec<(u64, &'static str, bool)> {
    results.iter().map(|result| (result.epoch.unwrap(), result.kind.unwrap(), result.is_accepted())).collect()
}

#[test]
fn chain_0_3() {
    let (Some(chain), Some(text)) = (chain_v3(), recorded::file("v3/state-certs.json")) else { return };
    let results = check(&text, &chain);
    assert_eq!(accepted(&results), [(1, "LCV2", true), (2, "LCV2", true), (3, "LCV2", true)], "{results:?}");
    // The static table signs the first two epochs; the commitments of epoch 1's successor are its own.
    let Some(Ok(first)) = &results[0].certificate else { panic!("accepted") };
    chain.tables.at(1).unwrap().expect(&first.next_table).unwrap();
}

#[test]
fn chain_0_4() {
    let (Some(chain), Some(text)) = (chain_v4(), recorded::file("v4/state-certs.json")) else { return };
    let results = check(&text, &chain);
    assert_eq!(accepted(&results), (1..=6).map(|epoch| (epoch, "LCV3", true)).collect::<Vec<_>>(), "{results:?}");
    assert_eq!(
        results[1].to_json(),
        concat!(
            r#"{"line":2,"epoch":2,"height":15,"view":15,"kind":"LCV3","signers":4,"weight":"4","#,
            r#""checks":{"decode":"ok","certificate":"ok","next_table":"ok"},"accepted":true}"#
        )
    );
    assert!(results.iter().all(|result| parse(result.to_json().as_bytes()).is_ok()));
    // Every table is the one that the certificate before it hands over to.
    for pair in results.windows(2) {
        let Some(Ok(certified)) = &pair[0].certificate else { panic!("accepted") };
        chain.tables.at(pair[1].epoch.unwrap()).unwrap().expect(&certified.next_table).unwrap();
    }
}

/// The static table, or another order of the rows, is not what epoch 2 hands over to.
#[test]
fn another_table_is_noticed() {
    let (Some(mut chain), Some(text)) = (chain_v4(), recorded::file("v4/state-certs.json")) else { return };
    let fixed = chain.tables.at(0).unwrap().clone();
    chain.tables = Schedule::new(vec![(0, fixed.clone()), (3, fixed)]);
    let results = check(&text, &chain);
    let codes: Vec<_> = results.iter().map(|result| result.next_table.as_ref().map(|next| next.is_ok())).collect();
    assert_eq!(codes, [None, Some(false), None, None, None, None]);
    assert_eq!(accepted(&results)[1], (2, "LCV3", false));
}

#[test]
fn a_certificate_of_another_version_is_refused() {
    let (Some(three), Some(four)) = (chain_v3(), chain_v4()) else { return };
    let swapped = |chain: &Chain, kind, name: &str| {
        let chain = Chain { kinds: Schedule::new(vec![(0, kind)]), ..chain.clone() };
        check(&recorded::file(name).unwrap(), &chain)
            .into_iter()
            .map(|result| result.certificate.unwrap().unwrap_err().rejection)
            .collect::<Vec<_>>()
    };
    assert_eq!(swapped(&three, Kind::Lcv3, "v3/state-certs.json"), [Rejection::StateSignature; 3]);
    assert_eq!(swapped(&four, Kind::Lcv2, "v4/state-certs.json"), [Rejection::StateAuthRoot; 6]);
    assert_eq!(swapped(&four, Kind::Lcv1, "v4/state-certs.json"), [Rejection::StateVersion; 6]);
}

/// Replayed, reordered, relabelled.
#[test]
fn order_and_labels() {
    let (Some(chain), Some(text)) = (chain_v4(), recorded::file("v4/state-certs.json")) else { return };
    let Json::Array(items) = parse(&text).unwrap() else { panic!("a list") };
    let verdicts = |items: Vec<Json<'_>>| -> Vec<&'static str> {
        let results = verify_recorded(&Json::Array(items), &chain).unwrap();
        results.into_iter().map(|result| result.certificate.unwrap().map_or_else(|r| r.code(), |_| "ok")).collect()
    };
    let pick = |index: usize| items[index].clone();
    assert_eq!(verdicts(vec![pick(0), pick(0), pick(1)]), ["ok", "state.outdated", "ok"]);
    assert_eq!(verdicts(vec![pick(3), pick(2), pick(4)]), ["ok", "state.outdated", "ok"]);
    let relabelled = |index: usize, label: u64| {
        let Json::Array(mut pair) = pick(index) else { panic!("a pair") };
        pair[0] = Json::Unsigned(label);
        Json::Array(pair)
    };
    assert_eq!(verdicts(vec![relabelled(0, 2), relabelled(4, 0)]), ["state.epoch", "state.epoch"]);
    let Json::Array(pair) = pick(2) else { panic!("a pair") };
    assert_eq!(accepted(&verify_recorded(&pair[1], &chain).unwrap()), [(3, "LCV3", true)], "bare");
}

/// Every bit of a binary value, a few at a time so that all certificates together see many of them.
fn spoilt<const N: usize>(bytes: [u8; N], offset: usize, step: usize) -> impl Iterator<Item = [u8; N]> {
    (offset % step..8 * N).step_by(step).map(move |bit| {
        let mut bytes = bytes;
        bytes[bit / 8] ^= 1 << (bit % 8);
        bytes
    })
}

fn refuses_every_spoilt_bit(chain: &Chain, name: &str, step: usize) {
    let text = recorded::file(name).unwrap();
    for (index, pair) in parse(&text).unwrap().items().unwrap().iter().enumerate() {
        let good = StateCertificate::from_json(&pair.items().unwrap()[1]).unwrap();
        let table = chain.tables.at(good.epoch).unwrap();
        let kind = *chain.kinds.at(good.epoch).unwrap();
        let expected = Expectation { epoch: good.epoch, epochs: chain.epochs, kind, after: None };
        let refused = |spoilt: StateCertificate| assert!(verify(&spoilt, table, &expected).is_err(), "{spoilt:?}");
        verify(&good, table, &expected).unwrap();
        for bytes in spoilt(good.state.to_bytes(), index, step) {
            if let Ok(state) = LightClientState::from_bytes(&bytes) {
                refused(StateCertificate { state, ..good.clone() });
            }
        }
        for bytes in spoilt(good.next_table.to_bytes(), index, step) {
            if let Ok(next_table) = StakeTableState::from_bytes(&bytes) {
                refused(StateCertificate { next_table, ..good.clone() });
            }
        }
        for auth_root in spoilt(good.auth_root, index, step) {
            refused(StateCertificate { auth_root, ..good.clone() });
        }
        for epoch in spoilt(good.epoch.to_le_bytes(), index, 1) {
            refused(StateCertificate { epoch: u64::from_le_bytes(epoch), ..good.clone() });
        }
        for (place, signer) in good.signatures.iter().enumerate() {
            for bytes in spoilt(signer.signature.to_bytes(), index + place, step) {
                let mut spoilt = good.clone();
                let Some(signature) = Signature::from_bytes(&bytes) else { continue };
                spoilt.signatures[place].signature = signature;
                refused(spoilt);
            }
            for bytes in spoilt(signer.legacy.to_bytes(), index + place, step) {
                let mut spoilt = good.clone();
                let Some(legacy) = Signature::from_bytes(&bytes) else { continue };
                spoilt.signatures[place].legacy = legacy;
                refused(spoilt);
            }
            let mut other = good.clone();
            other.signatures[place].key = good.signatures[(place + 1) % good.signatures.len()].key;
            refused(other);
            let mut missing = good.clone();
            missing.signatures.remove(place);
            let rows = missing.signatures.iter().filter_map(|signer| table.row_of(&signer.key));
            let weight: u128 = rows.map(|row| table.rows()[row].amount).sum();
            assert_eq!(verify(&missing, table, &expected).is_ok(), table.is_quorum(weight));
            let mut twice = good.clone();
            twice.signatures.push(*signer);
            refused(twice);
        }
    }
}

#[test]
fn every_spoilt_bit_is_refused() {
    let (Some(three), Some(four)) = (chain_v3(), chain_v4()) else { return };
    refuses_every_spoilt_bit(&three, "v3/state-certs.json", 211);
    refuses_every_spoilt_bit(&four, "v4/state-certs.json", 211);
}

#[test]
#[ignore = "long: every bit of every certificate; part of make test-long"]
fn long_every_single_bit() {
    let (Some(three), Some(four)) = (chain_v3(), chain_v4()) else { return };
    refuses_every_spoilt_bit(&three, "v3/state-certs.json", 1);
    refuses_every_spoilt_bit(&four, "v4/state-certs.json", 1);
}

/// Certificates whose JSON or strings are broken are refused when read, and nothing is fatal.
#[test]
fn broken_certificates_are_results() {
    let (Some(chain), Some(text)) = (chain_v4(), recorded::file("v4/state-certs.json")) else { return };
    let text = String::from_utf8(text).unwrap();
    let first = |from: &str, to: &str| {
        let spoilt = text.replacen(from, to, 1);
        assert_ne!(spoilt, text, "{from}");
        let results = check(spoilt.as_bytes(), &chain);
        assert_eq!(results.len(), 6);
        assert!(results[1..].iter().all(CertificateResult::is_accepted));
        results[0].decode.as_ref().unwrap_err().code().to_string()
    };
    assert_eq!(first("LIGHT_CLIENT_STATE~B", "LIGHT_CLIENT_STATE~C"), "tagged_base64.checksum");
    assert_eq!(first("STAKE_TABLE_STATE~", "LIGHT_CLIENT_STATE~"), "tagged_base64.tag");
    assert_eq!(first("SCHNORR_SIG~", "SCHNORR_VER_KEY~"), "tagged_base64.tag");
    assert_eq!(first("\"auth_root\": \"0x", "\"auth_root\": \"0y"), "hex.form");
    assert_eq!(first("\"signatures\"", "\"signaturen\""), "json.missing_key");
    let zeros = tagged_base64::encode(StakeTableState::TAG, &[0; 128]);
    let from = text.find("STAKE_TABLE_STATE~").unwrap();
    let length = text[from..].find('"').unwrap();
    assert_eq!(first(&text[from..from + length], &zeros), "state.threshold");
    assert!(verify_recorded(&Json::Null, &chain).is_err());
}

/// Blocks of epoch roots against the certificates of these heights.
#[test]
fn roots_of_recorded_headers() {
    let mut seen = 0;
    for folder in ["v3", "v4"] {
        let (Some(blocks), Some(certificates)) = (
            recorded::file(&alloc::format!("{folder}/blocks.jsonl")),
            recorded::file(&alloc::format!("{folder}/state-certs.json")),
        ) else {
            return;
        };
        let certificates = parse(&certificates).unwrap();
        let certificates: Vec<_> = (certificates.items().unwrap().iter())
            .map(|pair| StateCertificate::from_json(&pair.items().unwrap()[1]).unwrap())
            .collect();
        for line in blocks.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let block = parse(line).unwrap();
            let leaf = block.get("leaf").unwrap().get("leaf").unwrap();
            let header = leaf.get("block_header").unwrap().get("fields").unwrap();
            let height = header.get("height").unwrap().u64().unwrap();
            let Some(found) = certificates.iter().find(|found| found.state.height == height) else { continue };
            let root = block_comm_root(header.get("block_merkle_tree_root").unwrap().text().unwrap()).unwrap();
            assert_eq!(found.state.block_comm_root, root);
            assert_eq!(found.state.view, leaf.get("view_number").unwrap().u64().unwrap());
            if folder == "v4" {
                let reward = header.get("reward_merkle_tree_root").unwrap().text().unwrap();
                let reward = tagged_base64::decode(reward, tagged_base64::tag::MERKLE_COMM).unwrap();
                assert_eq!(found.auth_root, auth_root(reward[..32].try_into().unwrap()));
            }
            seen += 1;
        }
    }
    assert!(seen >= 3, "{seen}");
}

/// The commitments that mainnet published for its 76 validators.
#[test]
fn commitments_of_mainnet() {
    let Some(table) = table("mainnet/stake_table.json") else { return };
    let text = recorded::file("mainnet/stake_table.json").unwrap();
    let json = parse(&text).unwrap();
    let published = json.get("stake_table_state").unwrap();
    let number = |key| parse_u256(published.get(key).unwrap().text().unwrap()).unwrap();
    let state = table.state();
    assert_eq!(number("bls_key_comm"), element::to_u256(&state.bls_key_comm));
    assert_eq!(number("schnorr_key_comm"), element::to_u256(&state.schnorr_key_comm));
    assert_eq!(number("amount_comm"), element::to_u256(&state.amount_comm));
    assert_eq!(number("threshold"), crate::encoding::integer::U256::from(state.threshold));
    // Eleven members are enough for a quorum: what the smallest proofs are made for.
    let mut amounts: Vec<_> = table.rows().iter().map(|row| row.amount).collect();
    amounts.sort_unstable_by(|left, right| right.cmp(left));
    let least = (1..).find(|count| table.is_quorum(amounts[..*count].iter().sum())).unwrap();
    assert_eq!(least, 11);
}
