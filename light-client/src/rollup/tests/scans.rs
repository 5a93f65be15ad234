//! The wallet's question, asked of an honest provider and of lying ones.

use alloc::vec;
use alloc::vec::Vec;

use super::chain::{Chain, NAMESPACE, nitro};
use crate::rejection::{Rejected, Rejection};
use crate::rollup::authority::{Authority, Tenure};
use crate::rollup::config::RollupConfig;
use crate::rollup::l2_transactions::TransactionHash;
use crate::rollup::message::Place;
use crate::rollup::nitro::tests::{CHAIN, version_0, version_1};
use crate::rollup::nitro_message::tests::message;
use crate::rollup::scan::Scan;
use crate::rollup::signature::tests::insecure_key;
use crate::rollup::verdict::{Answer, Canonical, Verdict};
use crate::rollup::walk::ScanRequest;

fn target() -> TransactionHash {
    message(7).transactions()[0]
}

/// Ten blocks: junk and a stranger's message at 2, ours at 4, a second message for its position at 6.
fn chain() -> Option<Chain> {
    let (ours, stranger) = (insecure_key(5), insecure_key(6));
    let mut blocks = vec![vec![]; 10];
    blocks[2] = vec![b"junk".to_vec(), version_0(&stranger, &[(30, message(7))])];
    blocks[4] = vec![version_1(&ours, CHAIN, &[(30, message(1)), (31, message(7))])];
    blocks[6] = vec![version_0(&ours, &[(31, message(2)), (32, message(3))])];
    Chain::new(&blocks)
}

fn place(height: u64, message: u64) -> Place {
    Place { height, namespace: NAMESPACE, transaction: 0, message }
}

fn scan(chain: &Chain, config: RollupConfig, asked: (u64, u64), hint: Option<u64>) -> Scan {
    let mut scan = Scan::new(config, target(), asked.0..=asked.1, chain.tip.clone(), hint).unwrap();
    scan.set_stretch(3);
    scan
}

/// Hands an answer over, and computes what follows from it.
fn give(scan: &mut Scan, body: &[u8]) -> Result<(), Rejected> {
    scan.respond(body, |_| None)?;
    while scan.is_working() {
        scan.step(1)?;
    }
    Ok(())
}

/// Runs to the end with an honest provider.
fn run(chain: &Chain, scan: &mut Scan) -> Vec<ScanRequest> {
    let mut requests = vec![];
    while let Some(request) = scan.request() {
        give(scan, chain.answer(&request).as_bytes()).unwrap();
        requests.push(request);
        assert!(requests.len() < 100);
    }
    requests
}

#[test]
fn a_block_that_is_being_read_is_not_given_up() {
    let Some(chain) = chain() else { return };
    let mut scan = scan(&chain, nitro(), (0, 9), Some(4));
    while !scan.is_working() {
        let request = scan.request().unwrap();
        scan.respond(chain.answer(&request).as_bytes(), |_| None).unwrap();
    }
    scan.missing();
    while scan.is_working() {
        scan.step(1).unwrap();
    }
    assert_eq!(scan.verdict().in_hotshot, Answer::Yes(place(4, 1)), "at the height it was read at");
}

#[test]
fn a_transaction_and_its_canonical_message() {
    let Some(chain) = chain() else { return };
    let mut scan = scan(&chain, nitro(), (0, 9), None);
    assert_eq!(scan.verdict(), Verdict { in_hotshot: Answer::Unknown, canonical: Answer::Unknown });
    let requests = run(&chain, &mut scan);
    let canonical = Canonical { position: 31, place: place(4, 1) };
    let expected = Verdict { in_hotshot: Answer::Yes(place(4, 1)), canonical: Answer::Yes(canonical) };
    assert_eq!(scan.verdict(), expected);
    assert_eq!((scan.progress(), scan.verified()), ((10, 10), Some(0..=9)));
    assert_eq!(scan.refused_transactions(), 2, "junk, and a message of a stranger");
    assert!(scan.used_served_parameters(), "no stake tables were given");
    // Only blocks with the namespace are asked for it, and every height is in one stretch.
    let namespaces = requests.iter().filter(|request| matches!(request, ScanRequest::Namespace { .. })).count();
    assert_eq!((namespaces, requests.len()), (3, 7));
}

#[test]
fn a_hint_answers_the_first_question_at_once() {
    let Some(chain) = chain() else { return };
    let mut scan = scan(&chain, nitro(), (0, 9), Some(4));
    for _ in 0..2 {
        let request = scan.request().unwrap();
        give(&mut scan, chain.answer(&request).as_bytes()).unwrap();
    }
    let found = scan.verdict();
    assert_eq!((found.in_hotshot, found.canonical), (Answer::Yes(place(4, 1)), Answer::Unknown));
    assert_eq!(scan.verified(), None, "a hint is no range");
    run(&chain, &mut scan);
    assert!(matches!(scan.verdict().canonical, Answer::Yes(_)));
    // A wrong hint costs requests and changes nothing.
    for hint in [0, 2, 6, 8, 9, 50] {
        let mut scan = self::scan(&chain, nitro(), (0, 9), Some(hint));
        run(&chain, &mut scan);
        assert_eq!(scan.verdict().in_hotshot, Answer::Yes(place(4, 1)), "{hint}");
    }
    let mut scan = self::scan(&chain, nitro(), (0, 9), Some(3));
    scan.missing();
    assert!(matches!(scan.request(), Some(ScanRequest::Leaves { .. })));
}

#[test]
fn item_13_no_is_only_said_of_a_whole_range() {
    let Some(chain) = chain() else { return };
    let mut without = scan(&chain, nitro(), (5, 8), None);
    let mut answers = vec![];
    while let Some(request) = without.request() {
        answers.push(without.verdict().in_hotshot);
        give(&mut without, chain.answer(&request).as_bytes()).unwrap();
    }
    assert!(answers.iter().all(|answer| *answer == Answer::Unknown));
    assert_eq!(without.verdict(), Verdict { in_hotshot: Answer::No, canonical: Answer::No });
    // The transaction is there, but the range does not begin where the rollup does.
    let mut partial = scan(&chain, nitro(), (3, 8), None);
    run(&chain, &mut partial);
    let found = partial.verdict();
    assert_eq!((found.in_hotshot, found.canonical), (Answer::Yes(place(4, 1)), Answer::Unknown));
}

#[test]
fn item_11_signers_count_at_the_headers_l1_height() {
    let Some(chain) = chain() else { return };
    let finalized = chain.tip.0.l1_finalized.as_ref().unwrap().number;
    let signer = crate::rollup::signature::tests::address(insecure_key(5).verifying_key());
    for (from, until, counts) in
        [(finalized, Some(finalized), true), (finalized + 1, None, false), (0, Some(finalized - 1), false)]
    {
        let authority = Authority::new(vec![Tenure { signer, from, until }]).unwrap();
        let mut scan = scan(&chain, RollupConfig { authority, ..nitro() }, (0, 9), None);
        run(&chain, &mut scan);
        assert_eq!(scan.verdict().in_hotshot != Answer::No, counts, "{from} {until:?}");
    }
}

#[test]
fn item_13_skipped_and_swapped_heights() {
    let Some(chain) = chain() else { return };
    let fresh = || scan(&chain, nitro(), (0, 9), None);
    let code = |scan: &mut Scan, body: &str| {
        let before = scan.request();
        let rejection = give(scan, body.as_bytes()).unwrap_err().rejection;
        assert_eq!(scan.request(), before, "a refused answer changes nothing");
        rejection
    };
    let leaves = |order: &[usize]| {
        let list: Vec<&str> = order.iter().map(|index| chain.leaves[*index].as_str()).collect();
        alloc::format!("[{}]", list.join(","))
    };
    assert_eq!(fresh().request(), Some(ScanRequest::Leaves { from: 7, until: 10 }));
    assert_eq!(code(&mut fresh(), &leaves(&[7, 9])), Rejection::LeafRange);
    assert_eq!(code(&mut fresh(), &leaves(&[])), Rejection::LeafRange);
    assert_eq!(code(&mut fresh(), &leaves(&[6, 8, 9])), Rejection::LeafRange);
    assert_eq!(code(&mut fresh(), &leaves(&[8, 7, 9])), Rejection::LeafRange);
    assert_eq!(code(&mut fresh(), &leaves(&[6, 7, 8])), Rejection::LeafRange);
    // A block of a fork, with the right height and another payload.
    let Some(fork) = Chain::new(&vec![vec![]; 10]) else { return };
    let mixed = alloc::format!("[{},{},{}]", chain.leaves[7], fork.leaves[8], chain.leaves[9]);
    assert_eq!(code(&mut fresh(), &mixed), Rejection::LeafParent);
    let top = alloc::format!("[{},{},{}]", chain.leaves[7], chain.leaves[8], fork.leaves[9]);
    assert_eq!(code(&mut fresh(), &top), Rejection::LeafCommitment);
    // A whole stretch of the fork below the first one.
    let mut scan = fresh();
    give(&mut scan, leaves(&[7, 8, 9]).as_bytes()).unwrap();
    let forked = alloc::format!("[{}]", fork.leaves[4..7].join(","));
    assert_eq!(code(&mut scan, &forked), Rejection::LeafCommitment);
}

#[test]
fn hidden_namespaces() {
    let Some(chain) = chain() else { return };
    let mut scan = scan(&chain, nitro(), (0, 9), None);
    loop {
        let request = scan.request().unwrap();
        if let ScanRequest::Namespace { height, .. } = request {
            let refused = give(&mut scan, br#"{"proof":null}"#).unwrap_err();
            assert_eq!(refused.rejection, Rejection::NamespaceNotAbsent);
            assert!(scan.verified().is_none_or(|range| *range.start() > height), "an unread block is not verified");
            break;
        }
        give(&mut scan, chain.answer(&request).as_bytes()).unwrap();
    }
}

#[test]
fn refused_ranges() {
    let Some(chain) = chain() else { return };
    #[expect(clippy::reversed_empty_ranges, reason = "an empty range is what is refused")]
    let ranges = [5..=4, 0..=10];
    for range in ranges {
        let refused = Scan::new(nitro(), target(), range, chain.tip.clone(), None).unwrap_err();
        assert_eq!(refused.rejection, Rejection::ScanRange);
    }
}

#[test]
fn a_namespace_of_other_bytes_changes_nothing() {
    let Some(chain) = chain() else { return };
    let mut scan = scan(&chain, nitro(), (0, 9), None);
    let request = loop {
        let request = scan.request().unwrap();
        if matches!(request, ScanRequest::Namespace { .. }) {
            break request;
        }
        give(&mut scan, chain.answer(&request).as_bytes()).unwrap();
    };
    let before = (scan.verdict(), scan.verified());
    // Another block's answer for the namespace, with the length of this one's.
    let honest = chain.answer(&request);
    let start = honest.find(r#""ns_payload":""#).unwrap() + r#""ns_payload":""#.len();
    let other = if honest.as_bytes()[start + 20] == b'A' { "B" } else { "A" };
    let altered = alloc::format!("{}{other}{}", &honest[..start + 20], &honest[start + 21..]);
    assert_eq!(give(&mut scan, altered.as_bytes()).unwrap_err().rejection, Rejection::VidCommitment);
    assert_eq!((scan.verdict(), scan.verified(), scan.request()), (before.0, before.1, Some(request)));
    run(&chain, &mut scan);
    assert!(matches!(scan.verdict().canonical, Answer::Yes(_)));
}
