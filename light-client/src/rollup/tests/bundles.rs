//! Bundles: legs in one block, and what is not one.

use alloc::vec;
use alloc::vec::Vec;

use super::chain::{NAMESPACE, nitro};
use crate::data::namespace_payload::encode_transactions;
use crate::data::tests::samples::MadeBlock;
use crate::data::{BlockContext, VerifiedNamespace, transaction_commitment, verify_namespace};
use crate::encoding::committable::keccak256;
use crate::encoding::json::parse;
use crate::rejection::Rejection;
use crate::rollup::bundle::{BUNDLE_DOMAIN, Expected, Leg, bundle_identifier, verify_bundle};
use crate::rollup::nitro::tests::{CHAIN, version_0, version_1};
use crate::rollup::nitro_message::tests::message;
use crate::rollup::signature::tests::insecure_key;

fn namespace(transactions: &[&[u8]]) -> Vec<u8> {
    encode_transactions(transactions.iter().copied()).unwrap()
}

/// A block with a leg by bytes in namespace 7, twice the same bytes in 8, and a Nitro rollup.
fn block() -> MadeBlock {
    let key = insecure_key(5);
    let rollup =
        [version_1(&key, CHAIN, &[(3, message(1)), (4, message(2))]), version_0(&insecure_key(6), &[(9, message(9))])];
    MadeBlock::new(
        4,
        5,
        &[
            (7, &namespace(&[b"noise", b"leg one"])),
            (8, &namespace(&[b"twin", b"twin"])),
            (NAMESPACE, &namespace(&[&rollup[0], &rollup[1]])),
        ],
    )
}

fn proven(made: &MadeBlock) -> Vec<VerifiedNamespace> {
    let prove = |(index, (id, _)): (usize, &(u32, Vec<u8>))| {
        let answer = made.answer(index);
        let json = parse(answer.as_bytes()).unwrap();
        verify_namespace(&made.block(), u64::from(*id), &json, Some(&made.parameters)).unwrap()
    };
    made.namespaces.iter().enumerate().map(prove).collect()
}

fn bytes(namespace: u32, bytes: &[u8]) -> Leg {
    Leg { namespace, expected: Expected::Bytes(bytes.to_vec()) }
}

fn l2(nonce: u64) -> Leg {
    let hash = message(nonce).transactions()[0];
    Leg { namespace: NAMESPACE, expected: Expected::L2Transaction(nitro(), hash) }
}

fn check(made: &MadeBlock, legs: &[Leg]) -> Result<Vec<(u64, u64)>, Rejection> {
    let found = verify_bundle(&made.block(), legs, &proven(made));
    found
        .map(|bundle| bundle.legs.iter().map(|leg| (leg.place.transaction, leg.place.message)).collect())
        .map_err(|rejected| rejected.rejection)
}

#[test]
fn legs_over_several_namespaces() {
    let made = block();
    let by_commitment = Leg { namespace: 8, expected: Expected::Commitment(transaction_commitment(8, b"twin")) };
    let legs = [bytes(7, b"leg one"), l2(2), by_commitment];
    assert_eq!(check(&made, &legs), Ok(vec![(1, 0), (0, 1), (0, 0)]));
    let bundle = verify_bundle(&made.block(), &legs, &proven(&made)).unwrap();
    assert_eq!((bundle.height, bundle.block), (1, made.header().commitment()));
    assert_eq!(bundle.legs[1].position, Some(4));
    let mut parts: Vec<Vec<u8>> = bundle
        .legs
        .iter()
        .map(|leg| [&u64::from(leg.place.namespace).to_le_bytes()[..], &leg.commitment].concat())
        .collect();
    parts.sort();
    assert_eq!(bundle.identifier, keccak256(&[BUNDLE_DOMAIN, &parts.concat()]));
    let reversed: Vec<Leg> = legs.iter().rev().cloned().collect();
    assert_eq!(verify_bundle(&made.block(), &reversed, &proven(&made)).unwrap().identifier, bundle.identifier);
}

#[test]
fn item_12_one_transaction_is_not_two_legs() {
    let made = block();
    assert_eq!(check(&made, &[bytes(7, b"leg one"), bytes(7, b"leg one")]), Err(Rejection::BundleLeg));
    assert_eq!(check(&made, &[bytes(8, b"twin"), bytes(8, b"twin")]), Ok(vec![(0, 0), (1, 0)]));
    let third = [bytes(8, b"twin"), bytes(8, b"twin"), bytes(8, b"twin")];
    assert_eq!(check(&made, &third), Err(Rejection::BundleLeg));
    // Two messages of one HotShot transaction are two legs, one message is not.
    assert_eq!(check(&made, &[l2(1), l2(2)]), Ok(vec![(0, 0), (0, 1)]));
    assert_eq!(check(&made, &[l2(1), l2(1)]), Err(Rejection::BundleLeg));
}

#[test]
fn legs_that_are_not_there() {
    let made = block();
    assert_eq!(check(&made, &[]), Err(Rejection::BundleLegs));
    assert_eq!(check(&made, &vec![bytes(7, b"leg one"); 65]), Err(Rejection::BundleLegs));
    assert_eq!(check(&made, &[bytes(7, b"leg two")]), Err(Rejection::BundleLeg));
    assert_eq!(check(&made, &[bytes(9, b"leg one")]), Err(Rejection::BundleLeg), "no proof of the namespace");
    assert_eq!(check(&made, &[l2(9)]), Err(Rejection::BundleLeg), "signed by a stranger");
    let elsewhere = Leg { namespace: 7, ..l2(1) };
    assert_eq!(check(&made, &[elsewhere]), Err(Rejection::RollupPlace));
}

#[test]
fn item_12_legs_of_different_blocks() {
    let made = block();
    let mut namespaces = proven(&made);
    // The same namespaces in a block of another height, and in a fork of the same height.
    let other_height = crate::consensus::header::Header { height: 2, ..made.header() };
    let fork = crate::consensus::header::Header { timestamp: 9, ..made.header() };
    for header in [other_height, fork] {
        let other = BlockContext::unverified(&header).unwrap();
        let answer = made.answer(0);
        let json = parse(answer.as_bytes()).unwrap();
        namespaces[0] = verify_namespace(&other, 7, &json, Some(&made.parameters)).unwrap();
        let refused = verify_bundle(&made.block(), &[bytes(7, b"leg one"), l2(1)], &namespaces).unwrap_err();
        assert_eq!(refused.rejection, Rejection::BundleBlock);
    }
}

#[test]
fn identifiers_cover_namespaces_and_transactions() {
    let reference = bundle_identifier(&[(1, [1; 32]), (2, [2; 32])]);
    assert_eq!(bundle_identifier(&[(2, [2; 32]), (1, [1; 32])]), reference);
    for other in [vec![(1, [1; 32])], vec![(1, [2; 32]), (2, [1; 32])], vec![(3, [1; 32]), (2, [2; 32])]] {
        assert_ne!(bundle_identifier(&other), reference);
    }
}
