//! Headers and accounts under a verified header.

use alloc::format;

use super::samples::{header, version};
use crate::consensus::header::{Header, MerkleCommitment};
use crate::consensus::verified::Verified;
use crate::data::account_proof::{Ledger, verify_account};
use crate::data::header_proof::verify_header;
use crate::encoding::integer::U256;
use crate::encoding::json::parse;
use crate::hash::merkle_append::BlockTree;
use crate::hash::merkle_sparse::{AccountTree, Accounts};
use crate::rejection::Rejection;

/// The recorded headers of a chain from genesis on, as JSON, and the tree over them.
fn chain() -> (alloc::vec::Vec<alloc::string::String>, BlockTree) {
    let (mut headers, mut tree) = (alloc::vec![], BlockTree::new());
    let Some(text) = crate::recorded::file("v4/blocks.jsonl") else { return (headers, tree) };
    for line in core::str::from_utf8(&text).unwrap().lines().take(4) {
        let start = line.find(r#""block_header":"#).unwrap() + r#""block_header":"#.len();
        let end = line.find(r#","upgrade_certificate""#).unwrap();
        let json = parse(&line.as_bytes()[start..end]).unwrap();
        tree.push(Header::from_json(&json).unwrap().commitment());
        headers.push(line[start..end].into());
    }
    (headers, tree)
}

fn root_header(tree: &BlockTree, height: u64) -> Header {
    let block_merkle_tree_root = MerkleCommitment { root: tree.root(), height: 32, leaves: height };
    Header { block_merkle_tree_root, ..header(version(4), height, [0; 32], &[0; 4], [0; 32]) }
}

fn check(answer: &str, root: &Header, height: u64) -> Result<u64, Rejection> {
    let json = parse(answer.as_bytes()).unwrap();
    let verified = verify_header(&json, &Verified::new(root.clone()), height);
    verified.map(|header| header.height).map_err(|rejected| rejected.rejection)
}

#[test]
fn item_9_older_headers() {
    let (headers, tree) = chain();
    let root = root_header(&tree, headers.len() as u64);
    for (height, header) in headers.iter().enumerate() {
        let proof = tree.proof_json(height).unwrap();
        let answer = format!(r#"{{"header":{header},"proof":{proof}}}"#);
        let other = tree.proof_json((height + 1) % headers.len()).unwrap();
        let height = height as u64;
        assert_eq!(check(&answer, &root, height), Ok(height));
        assert_eq!(check(&answer, &root, height + 1), Err(Rejection::HeaderHeight));
        let mixed = format!(r#"{{"header":{header},"proof":{other}}}"#);
        assert_eq!(check(&mixed, &root, height), Err(Rejection::MerklePosition));
        let changed = answer.replacen(r#""timestamp":"#, r#""timestamp":1"#, 1);
        assert_eq!(check(&changed, &root, height), Err(Rejection::MerkleElement));
    }
}

#[test]
fn item_9_roots_of_another_shape() {
    let (headers, tree) = chain();
    let Some(first) = headers.first() else { return };
    let answer = format!(r#"{{"header":{first},"proof":{}}}"#, tree.proof_json(0).unwrap());
    let root = root_header(&tree, 4);
    assert_eq!(check(&answer, &root, 0), Ok(0));
    for (height, leaves, expected) in [
        (31, 4, Rejection::MerkleCommitment),
        (33, 4, Rejection::MerkleCommitment),
        (32, 3, Rejection::MerkleCommitment),
        (32, 5, Rejection::MerkleCommitment),
    ] {
        let block_merkle_tree_root = MerkleCommitment { height, leaves, ..root.block_merkle_tree_root };
        assert_eq!(check(&answer, &Header { block_merkle_tree_root, ..root.clone() }, 0), Err(expected));
    }
    // A header is not below itself, and nothing is above it.
    let itself = root_header(&BlockTree::new(), 0);
    assert_eq!(check(&answer, &itself, 0), Err(Rejection::MerklePosition));
}

#[test]
fn accounts_of_every_tree() {
    for (minor, ledger, tree) in [
        (2, Ledger::Fee, AccountTree::ByByte),
        (4, Ledger::Fee, AccountTree::ByByte),
        (3, Ledger::Reward, AccountTree::ByByte),
        (4, Ledger::Reward, AccountTree::ByBit),
        (6, Ledger::Reward, AccountTree::ByBit),
    ] {
        let (rich, poor) = ([0xf3; 20], [7; 20]);
        let mut accounts = Accounts::new(tree);
        accounts.set(rich, U256::from(123));
        accounts.set([0xf4; 20], U256::from(5));
        let height = tree.shape().height as u64;
        let commitment = MerkleCommitment { root: accounts.root(), height, leaves: 2 };
        let other = MerkleCommitment { root: [9; 32], height: 3, leaves: 2 };
        let plain = header(version(minor), 8, [0; 32], &[0; 4], [0; 32]);
        let header = match ledger {
            Ledger::Fee => Header { fee_merkle_tree_root: commitment, reward_merkle_tree_root: Some(other), ..plain },
            Ledger::Reward => {
                Header { reward_merkle_tree_root: Some(commitment), fee_merkle_tree_root: other, ..plain }
            }
        };
        let check = |answer: &str, header: &Header, ledger, account| {
            let json = parse(answer.as_bytes()).unwrap();
            let verified = verify_account(&json, &Verified::new(header.clone()), ledger, account);
            verified.map(|verified| verified.amount).map_err(|rejected| rejected.rejection)
        };
        let presence = accounts.proof_json(&rich);
        assert_eq!(check(&presence, &header, ledger, &rich), Ok(Some(U256::from(123))));
        // The balance beside a proof is a server's word.
        let query = format!(r#"{{"balance":"999","proof":{presence}}}"#);
        assert_eq!(check(&query, &header, ledger, &rich), Ok(Some(U256::from(123))));
        assert_eq!(check(&accounts.proof_json(&poor), &header, ledger, &poor), Ok(None));
        assert_eq!(check(&presence, &header, ledger, &poor), Err(Rejection::MerkleElement));
        let swapped = if ledger == Ledger::Fee { Ledger::Reward } else { Ledger::Fee };
        assert_eq!(check(&presence, &header, swapped, &rich), Err(Rejection::MerkleCommitment));
        let none = Header { reward_merkle_tree_root: None, ..header.clone() };
        assert_eq!(check(&presence, &none, Ledger::Reward, &rich), Err(Rejection::MerkleCommitment));
    }
}
