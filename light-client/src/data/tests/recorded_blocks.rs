//! Recorded blocks: every payload recomputed to what its header commits to.

use alloc::vec::Vec;

use super::samples::{RecordedBlock, recorded, with_common};
use crate::consensus::header::{Header, MerkleCommitment};
use crate::data::block::BlockContext;
use crate::data::builder_commitment;
use crate::data::vid::parameters::{ParameterSource, VidParameters};
use crate::data::vid::scheme::VidScheme;
use crate::data::{verify_namespace, verify_payload};
use crate::encoding::bytes::to_base64;
use crate::encoding::integer::{U256, parse_u256};
use crate::encoding::json::parse;
use crate::hash::merkle_append::BlockTree;
use crate::rejection::Rejection;

const FOLDERS: [&str; 3] = ["v2-v3", "v3", "v4"];

fn all() -> Vec<RecordedBlock> {
    FOLDERS.into_iter().flat_map(recorded).collect()
}

/// The stakes of a table file: the static list, or the validators of a dynamic epoch.
fn stakes(file: &str, list: &'static str, key: &'static str) -> Vec<U256> {
    let Some(text) = crate::recorded::file(file) else { return Vec::new() };
    let json = parse(&text).unwrap();
    let entries = json.get(list).unwrap().items().unwrap();
    entries.iter().map(|entry| parse_u256(entry.get(key).unwrap().text().unwrap()).unwrap()).collect()
}

/// The parameters of a recorded block from stakes alone, where the recordings have its epoch's table.
///
/// The static table rules up to and including epoch 2; epochs have ten blocks.
fn parameters(block: &RecordedBlock) -> Option<VidParameters> {
    if block.block.height() == 0 {
        return Some(VidParameters::GENESIS);
    }
    let (folder, _) = block.name.split_once('/').unwrap();
    let static_table =
        || stakes(&alloc::format!("{folder}/stake_table.json"), "known_nodes_with_stake", "stake_amount");
    let stakes = match (folder, block.block.height()) {
        ("v2-v3", _) | (_, ..=20) => static_table(),
        ("v4", 21..=30) => stakes("v4/stake_table_epoch3.json", "validators", "stake_amount"),
        _ => return None,
    };
    Some(VidParameters::from_stakes(stakes.into_iter()).unwrap())
}

fn served(block: &RecordedBlock) -> Option<VidParameters> {
    let json = parse(block.common.as_bytes()).unwrap();
    let weight = json.find("V1").unwrap()?.get("total_weights").unwrap().u64().unwrap();
    Some(VidParameters::from_served(weight).unwrap())
}

#[test]
fn every_builder_commitment() {
    let blocks = all();
    for block in &blocks {
        let table = block.block.namespace_table();
        table.check_payload_length(block.payload.len()).unwrap();
        assert_eq!(
            builder_commitment(&block.payload, &table.to_bytes()),
            block.header.builder_commitment,
            "{}",
            block.name
        );
    }
    assert!(blocks.is_empty() || blocks.len() == 50, "{}", blocks.len());
}

#[test]
fn every_payload_of_avidm() {
    let mut recomputed = [0, 0];
    for block in all() {
        let Some(served) = served(&block) else {
            assert_eq!(block.block.scheme(), VidScheme::Advz);
            let refused = verify_payload(&block.block, block.payload, &VidParameters::GENESIS).unwrap_err();
            assert_eq!(refused.rejection, Rejection::VidScheme, "{}", block.name);
            continue;
        };
        assert_eq!(block.block.scheme(), VidScheme::AvidM);
        let own = parameters(&block);
        if let Some(own) = own {
            assert_eq!(own.total_weight(), served.total_weight(), "{}: weights follow from stakes", block.name);
        }
        let parameters = own.unwrap_or(served);
        let payload = block.payload.clone();
        let verified = verify_payload(&block.block, payload, &parameters).unwrap();
        assert_eq!(verified.bytes(), block.payload);
        recomputed[usize::from(block.payload.is_empty())] += 1;
        if !block.payload.is_empty() {
            let mut changed = block.payload.clone();
            changed[0] ^= 1;
            // With its builder commitment too, so that only the payload commitment tells.
            let table = block.block.namespace_table().to_bytes();
            let builder_commitment = builder_commitment(&changed, &table);
            let lying = BlockContext::unverified(&Header { builder_commitment, ..block.header }).unwrap();
            let refused = verify_payload(&lying, changed.clone(), &parameters).unwrap_err();
            assert_eq!(refused.rejection, Rejection::VidCommitment);
            let refused = verify_payload(&block.block, changed, &parameters).unwrap_err();
            assert_eq!(refused.rejection, Rejection::BuilderCommitment);
        }
    }
    assert!(recomputed == [0, 0] || recomputed == [25, 15], "{recomputed:?}");
}

#[test]
fn namespaces_of_recorded_blocks() {
    for block in all().into_iter().filter(|block| block.block.scheme() == VidScheme::AvidM) {
        // With one namespace the path has no level: the namespace's commitment is the root.
        let path = crate::hash::merkle_vid::AVIDM.path(&[[0; 32]], 0).unwrap().to_tagged();
        for namespace in block.block.namespace_table().iter() {
            let proof = alloc::format!(
                r#"{{"V1":{{"ns_index":0,"ns_payload":"{}","ns_proof":"{path}"}}}}"#,
                to_base64(&block.payload)
            );
            let answer = with_common(&proof, &block.common);
            let json = parse(answer.as_bytes()).unwrap();
            let id = u64::from(namespace.id);
            let verified = verify_namespace(&block.block, id, &json, parameters(&block).as_ref()).unwrap();
            assert_eq!((verified.payload(), verified.is_present()), (block.payload.as_slice(), true));
            assert_eq!(verified.transactions().len(), 1);
            let source =
                if parameters(&block).is_some() { ParameterSource::StakeTable } else { ParameterSource::Served };
            assert_eq!(verified.parameter_source(), Some(source));
        }
        let absent = parse(br#"{"proof":null}"#).unwrap();
        assert!(!verify_namespace(&block.block, 12_345, &absent, None).unwrap().is_present());
    }
}

/// A root needs the commitments of all earlier blocks, so only the first heights can be checked.
#[test]
fn block_tree_roots_of_early_headers() {
    let mut checked = 0;
    for folder in ["v3", "v4"] {
        let mut tree = BlockTree::new();
        for block in recorded(folder) {
            if block.block.height() != tree.len() as u64 {
                break;
            }
            let expected = MerkleCommitment { root: tree.root(), height: 32, leaves: block.header.height };
            assert_eq!(block.header.block_merkle_tree_root, expected, "{}", block.name);
            checked += 1;
            tree.push(block.block_commitment);
        }
    }
    assert!(checked == 0 || checked == 8, "{checked}");
}
