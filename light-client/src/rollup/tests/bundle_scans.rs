//! The search for a bundle, over a made chain.

use alloc::vec;
use alloc::vec::Vec;

use super::chain::{Chain, NAMESPACE, nitro};
use crate::rejection::{Rejected, Rejection};
use crate::rollup::bundle::{Expected, Leg};
use crate::rollup::bundle_scan::BundleScan;
use crate::rollup::nitro::tests::{CHAIN, version_1};
use crate::rollup::nitro_message::tests::message;
use crate::rollup::signature::tests::insecure_key;
use crate::rollup::verdict::Answer;
use crate::rollup::walk::ScanRequest;

/// Ten blocks: another message in 3, ours in 6.
fn chain() -> Option<Chain> {
    let key = insecure_key(5);
    let mut blocks = vec![vec![]; 10];
    blocks[3] = vec![version_1(&key, CHAIN, &[(1, message(1))])];
    blocks[6] = vec![version_1(&key, CHAIN, &[(2, message(7))])];
    Chain::new(&blocks)
}

fn legs(chain: &Chain) -> Vec<Leg> {
    let transaction = message(7).transactions()[0];
    vec![
        Leg { namespace: NAMESPACE, expected: Expected::L2Transaction(nitro(), transaction) },
        Leg { namespace: 5, expected: Expected::Bytes(chain.other_transaction().to_vec()) },
    ]
}

fn scan(chain: &Chain, range: (u64, u64), hint: Option<u64>) -> BundleScan {
    let mut scan = BundleScan::new(legs(chain), range.0..=range.1, chain.tip.clone(), hint).unwrap();
    scan.set_stretch(4);
    scan
}

fn give(scan: &mut BundleScan, body: &str) -> Result<(), Rejected> {
    scan.respond(body.as_bytes(), |_| None)?;
    while scan.is_working() {
        scan.step(1)?;
    }
    Ok(())
}

/// Runs to the end with an honest provider, and counts the requests.
fn run(chain: &Chain, scan: &mut BundleScan) -> usize {
    let mut count = 0;
    while let Some(request) = scan.request() {
        give(scan, &chain.answer(&request)).unwrap();
        count += 1;
        assert!(count < 100);
    }
    count
}

#[test]
fn a_bundle_is_found_in_its_block() {
    let Some(chain) = chain() else { return };
    let mut scan = scan(&chain, (0, 9), None);
    assert_eq!(scan.verdict(), Answer::Unknown);
    run(&chain, &mut scan);
    let Answer::Yes(bundle) = scan.verdict() else { panic!() };
    assert_eq!((bundle.height, bundle.legs[0].position, bundle.legs[1].position), (6, Some(2), None));
    assert!(scan.used_served_parameters());
    let mut hinted = self::scan(&chain, (0, 9), Some(6));
    assert_eq!(run(&chain, &mut hinted), 3, "a header and two namespaces");
    assert!(matches!(hinted.verdict(), Answer::Yes(bundle) if bundle.height == 6));
    let mut misled = self::scan(&chain, (0, 9), Some(3));
    run(&chain, &mut misled);
    assert!(matches!(misled.verdict(), Answer::Yes(bundle) if bundle.height == 6));
}

#[test]
fn no_is_only_said_of_a_whole_range() {
    let Some(chain) = chain() else { return };
    let mut scan = scan(&chain, (0, 5), None);
    let mut verdicts = vec![];
    while let Some(request) = scan.request() {
        verdicts.push(scan.verdict() == Answer::Unknown);
        give(&mut scan, &chain.answer(&request)).unwrap();
    }
    assert!(verdicts.iter().all(|unknown| *unknown));
    assert_eq!((scan.verdict(), scan.progress()), (Answer::No, (6, 6)));
}

#[test]
fn item_12_legs_of_two_blocks_are_no_bundle() {
    let Some(chain) = chain() else { return };
    let leg = |nonce| Leg {
        namespace: NAMESPACE,
        expected: Expected::L2Transaction(nitro(), message(nonce).transactions()[0]),
    };
    let mut scan = BundleScan::new(vec![leg(1), leg(7)], 0..=9, chain.tip.clone(), None).unwrap();
    run(&chain, &mut scan);
    assert_eq!(scan.verdict(), Answer::No);
}

#[test]
fn refused_bundles_and_answers() {
    let Some(chain) = chain() else { return };
    let new = |legs| BundleScan::new(legs, 0..=9, chain.tip.clone(), None).map(drop).map_err(|error| error.rejection);
    assert_eq!(new(vec![]), Err(Rejection::BundleLegs));
    assert_eq!(new(vec![legs(&chain)[1].clone(); 65]), Err(Rejection::BundleLegs));
    let misplaced = Leg { namespace: 5, ..legs(&chain)[0].clone() };
    assert_eq!(new(vec![misplaced]), Err(Rejection::RollupPlace));
    let mut scan = scan(&chain, (0, 9), Some(6));
    let header = scan.request().unwrap();
    give(&mut scan, &chain.answer(&header)).unwrap();
    let before = scan.request();
    assert!(matches!(before, Some(ScanRequest::Namespace { height: 6, .. })));
    assert_eq!(give(&mut scan, r#"{"proof":null}"#).unwrap_err().rejection, Rejection::NamespaceNotAbsent);
    assert_eq!(scan.request(), before, "a refused answer changes nothing");
}
