//! The pure functions, on a made chain.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::chain::{Chain, NAMESPACE, nitro};
use crate::consensus::header::Header;
use crate::data::account_proof::Ledger;
use crate::data::namespace_payload::NamespaceTransaction;
use crate::data::offline;
use crate::data::report::{NamespaceReport, TransactionReport};
use crate::data::reporting::NamespaceReporting;
use crate::encoding::bytes::{to_base64, to_hex};
use crate::encoding::json::parse;
use crate::encoding::tagged_base64::encode;
use crate::rejection::Rejection;
use crate::rollup::nitro::tests::{CHAIN, version_1};
use crate::rollup::nitro_message::tests::message;
use crate::rollup::offline::bundle;
use crate::rollup::signature::tests::insecure_key;
use crate::rollup::walk::ScanRequest;

fn hash_of(header: &str) -> String {
    encode("BLOCK", &Header::from_json(&parse(header.as_bytes()).unwrap()).unwrap().commitment())
}

#[test]
fn a_report_in_pieces_is_the_report() {
    let key = insecure_key(5);
    let transactions: Vec<_> = (1..6).map(|number| version_1(&key, CHAIN, &[(number, message(1))])).collect();
    let Some(chain) = Chain::new(&[vec![], transactions, vec![]]) else { return };
    let header = chain.header_json(1);
    let hash = hash_of(&header);
    let id = u64::from(NAMESPACE);
    let answer = chain.answer(&ScanRequest::Namespace { height: 1, namespace: NAMESPACE });
    let whole = offline::namespace(header.as_bytes(), &hash, id, answer.as_bytes(), None).unwrap();
    assert_eq!(whole.transactions.len(), 5);
    let begin = |answer: &str| {
        offline::begin_namespace(header.as_bytes(), &hash, id, answer.as_bytes(), None).map(NamespaceReporting::new)
    };

    let mut reporting = begin(&answer).unwrap();
    let mut transactions = vec![];
    let mut more = true;
    while more {
        let before = transactions.len();
        more = reporting.step(1, |each| transactions.push(TransactionReport::of(id, each))).unwrap();
        assert!(transactions.len() - before <= 1, "a unit is one transaction");
    }
    let rest = reporting.finish(|_| panic!("all of them were read")).unwrap();
    assert!(rest.transactions.is_empty());
    assert_eq!(NamespaceReport { transactions, ..rest }, whole);
    assert_eq!(reporting.finish(|_| ()).unwrap_err().rejection, Rejection::ScanAnswer, "once only");

    // Without steps, it is all in the end.
    let mut at_once = vec![];
    let rest = begin(&answer).unwrap().finish(|each| at_once.push(TransactionReport::of(id, each))).unwrap();
    assert_eq!(NamespaceReport { transactions: at_once, ..rest }, whole);
    // What is refused gives nothing, then or later.
    let payload = to_base64(&chain.blocks[1].namespaces[1].1);
    let mut altered = payload.clone().into_bytes();
    altered[20] = if altered[20] == b'A' { b'B' } else { b'A' };
    let mut refused = begin(&answer.replace(&payload, core::str::from_utf8(&altered).unwrap())).unwrap();
    let unread = |_: &NamespaceTransaction<'_>| panic!("nothing is read that is not proven");
    assert_eq!(refused.finish(unread).unwrap_err().rejection, Rejection::VidCommitment);
    assert_eq!(refused.finish(unread).unwrap_err().rejection, Rejection::ScanAnswer);
}

#[test]
fn every_report() {
    let signed = version_1(&insecure_key(5), CHAIN, &[(3, message(1))]);
    let Some(chain) = Chain::new(&[vec![], vec![signed.clone()], vec![]]) else { return };
    let (root, middle) = (chain.header_json(2), chain.header_json(1));
    let (root_hash, middle_hash) = (hash_of(&root), hash_of(&middle));
    let older = chain.answer(&ScanRequest::Header { root: 2, height: 1 });
    let found = offline::header(root.as_bytes(), &root_hash, Some((1, older.as_bytes()))).unwrap();
    assert_eq!((found.height, &found.block, found.version.as_str()), (1, &middle_hash, "0.4"));
    assert_eq!(found.namespaces.iter().map(|entry| entry.namespace).collect::<Vec<_>>(), [5, NAMESPACE]);
    let distrusted = offline::header(root.as_bytes(), &middle_hash, None).unwrap_err();
    assert_eq!(distrusted.rejection, Rejection::HeaderHash);

    let id = u64::from(NAMESPACE);
    let answer = chain.answer(&ScanRequest::Namespace { height: 1, namespace: NAMESPACE });
    let found = offline::namespace(middle.as_bytes(), &middle_hash, id, answer.as_bytes(), None).unwrap();
    assert!(found.present && found.parameters == Some("served"));
    assert_eq!(found.transactions[0].payload, to_base64(&signed));
    let absent = offline::namespace(middle.as_bytes(), &middle_hash, 6, br#"{"proof":null}"#, None).unwrap();
    assert!(!absent.present && absent.parameters.is_none() && absent.transactions.is_empty());

    let signer = to_hex(&crate::rollup::signature::tests::address(insecure_key(5).verifying_key()));
    let rollup = format!(
        r#"{{"namespace":{NAMESPACE},"format":"nitro","authority":[{{"signer":"{signer}","from":0}}],"firstHeight":0}}"#
    );
    assert_eq!(crate::rollup::RollupConfig::from_json(&parse(rollup.as_bytes()).unwrap()).unwrap(), nitro());
    let other = chain.answer(&ScanRequest::Namespace { height: 1, namespace: 5 });
    let legs = format!(
        r#"{{"legs":[{{"rollup":{rollup},"transaction":"{}"}},{{"namespace":5,"bytes":"{}"}}],
            "answers":[{{"namespace":{NAMESPACE},"answer":{answer}}},{{"namespace":5,"answer":{other}}}]}}"#,
        to_hex(&message(1).transactions()[0]),
        to_base64(b"absent leg"),
    );
    let refused = bundle(middle.as_bytes(), &middle_hash, legs.as_bytes(), None).unwrap_err();
    assert_eq!(refused.rejection, Rejection::BundleLeg);
    let whole = legs.replace(&to_base64(b"absent leg"), &to_base64(chain.other_transaction()));
    let found = bundle(middle.as_bytes(), &middle_hash, whole.as_bytes(), None).unwrap();
    assert_eq!((found.height, &found.block, found.legs[0].position), (1, &middle_hash, Some(3)));
    let by_commitment = whole.replace(
        &format!(r#""bytes":"{}""#, to_base64(chain.other_transaction())),
        &format!(r#""commitment":"{}""#, found.legs[1].commitment),
    );
    assert_eq!(bundle(middle.as_bytes(), &middle_hash, by_commitment.as_bytes(), None).unwrap(), found);

    let account = offline::account(middle.as_bytes(), &middle_hash, Ledger::Fee, "0x07", b"{}").unwrap_err();
    assert_eq!(account.rejection, Rejection::HexForm);
}
