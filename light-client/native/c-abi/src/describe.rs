//! Results as JSON: the names are those of the command line's `--json`.

use hotshot_light_client::client::sync::FinalizedBlock;
use hotshot_light_client::consensus::finality::FinalChain;
use hotshot_light_client::consensus::header::Header;
use hotshot_light_client::consensus::signatures::Quorum;
use hotshot_light_client::encoding::bytes::to_hex;
use hotshot_light_client::encoding::tagged_base64::{self, tag};
use serde_json::{Value, json};

pub(crate) fn block_hash(hash: &[u8; 32]) -> String {
    tagged_base64::encode(tag::BLOCK, hash)
}

pub(crate) fn leaf_commitment(commitment: &[u8; 32]) -> String {
    tagged_base64::encode(tag::COMMIT, commitment)
}

/// Amounts of 256 bits are decimal text.
pub(crate) fn quorum(quorum: &Quorum) -> Value {
    json!({
        "view": quorum.view,
        "epoch": quorum.epoch,
        "signers": quorum.signers.count(),
        "validators": quorum.signers.len(),
        "weight": quorum.weight.to_string(),
        "threshold": quorum.threshold.to_string(),
        "total": quorum.total.to_string(),
    })
}

pub(crate) fn timestamp_ms(header: &Header) -> u64 {
    header.reward.as_ref().map_or(header.timestamp.saturating_mul(1000), |reward| reward.timestamp_millis)
}

pub(crate) fn finalized(block: &FinalizedBlock) -> Value {
    json!({
        "height": block.header.height,
        "view": block.view,
        "version": block.header.version.to_string(),
        "epoch": block.epoch,
        "hash": block_hash(&block.hash),
        "leaf": leaf_commitment(&block.leaf),
        "timestamp_ms": timestamp_ms(&block.header),
        "quorum": block.quorum.as_ref().map(quorum),
    })
}

pub(crate) fn chain(chain: &FinalChain) -> Value {
    let leaves: Vec<Value> = chain
        .leaves
        .iter()
        .zip(&chain.commitments)
        .map(|(leaf, commitment)| {
            json!({
                "height": leaf.height(),
                "view": leaf.view,
                "version": leaf.header.version.to_string(),
                "hash": block_hash(&leaf.header.commitment()),
                "leaf": leaf_commitment(commitment),
                "timestamp_ms": timestamp_ms(&leaf.header),
            })
        })
        .collect();
    json!({ "leaves": leaves, "quorum": chain.quorum.as_ref().map(quorum) })
}

pub(crate) fn header(header: &Header) -> Value {
    json!({
        "height": header.height,
        "version": header.version.to_string(),
        "hash": block_hash(&header.commitment()),
        "timestamp_ms": timestamp_ms(header),
        "l1_head": header.l1_head,
        "l1_finalized": header.l1_finalized.as_ref().map(|block| json!({
            "number": block.number,
            "timestamp": block.timestamp.to_string(),
            "hash": to_hex(&block.hash),
        })),
        "payload_commitment": to_hex(&header.payload_commitment),
        "block_merkle_tree_root": {
            "root": to_hex(&header.block_merkle_tree_root.root),
            "leaves": header.block_merkle_tree_root.leaves,
        },
    })
}
