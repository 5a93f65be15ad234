//! Leaf and header proofs of the light client module.
//! Source: EspressoSystems/espresso-network `crates/espresso/node/src/api/light_client.rs`.

use std::sync::Arc;

use hotshot_light_client::encoding::tagged_base64;
use serde::Serialize;
use serde_json::{Value, json};

use super::{Answer, Node};
use crate::{
    chain::BlockTree,
    model::{BlockCommitment, BlockLine, Certificate2, Leaf, QuorumCertificate},
};

/// A certificate with the next epoch's, where there is one.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct CertificatePair {
    pub(crate) qc: QuorumCertificate,
    pub(crate) next_epoch_qc: Option<QuorumCertificate>,
}

impl CertificatePair {
    fn on(block: &BlockLine) -> Self {
        Self { qc: block.leaf.qc.clone(), next_epoch_qc: block.next_epoch_qc.clone() }
    }
}

/// Why the last leaf of a chain is final.
#[allow(clippy::large_enum_variant, reason = "there is one at a time")]
#[derive(Clone, Debug, Serialize)]
pub(crate) enum FinalityProof {
    Assumption,
    HotStuff { precommit_qc: CertificatePair, committing_qc: CertificatePair, deciding_qc: CertificatePair },
    HotStuff2 { committing_qc: CertificatePair, deciding_qc: CertificatePair },
    NewProtocol { cert2: Certificate2, leaf_qc: QuorumCertificate },
}

/// The answer of `light-client/leaf`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct LeafProof {
    pub(crate) leaves: Vec<Leaf>,
    pub(crate) proof: FinalityProof,
}

fn views_follow(blocks: &[&BlockLine]) -> bool {
    let views = blocks.iter().map(|block| block.leaf.leaf.view_number);
    views.clone().zip(views.skip(1)).all(|(view, next)| next == view + 1)
}

/// A proof of the leaf at `height`: under a leaf that the client knows to be final, or by certificates.
pub(crate) fn leaf_proof(node: &Node, height: u64, finalized: Option<u64>) -> Result<LeafProof, Answer> {
    if finalized.is_some_and(|finalized| finalized <= height) {
        return Err(Answer::error(400, "finalized leaf must be above the requested one"));
    }
    let limit = node.manners().leaf_proof_limit as u64;
    if let Some(finalized) = finalized.filter(|finalized| finalized - height <= limit) {
        let leaves: Option<Vec<Leaf>> =
            (height..finalized).map(|h| node.block(h).map(|b| b.leaf.leaf.clone())).collect();
        let leaves = leaves.ok_or_else(Answer::missing)?;
        return Ok(LeafProof { leaves, proof: FinalityProof::Assumption });
    }
    let mut leaves = Vec::new();
    for at in height..height.saturating_add(limit) {
        let block = node.block(at).ok_or_else(Answer::missing)?;
        leaves.push(block.leaf.leaf.clone());
        if let Some(proof) = decided(node, height, at, &block) {
            return Ok(LeafProof { leaves, proof });
        }
    }
    Err(Answer::error(404, "proof too long"))
}

/// The certificates that decide the block at `at` by themselves, if they do.
fn decided(node: &Node, requested: u64, at: u64, block: &Arc<BlockLine>) -> Option<FinalityProof> {
    let minor = |block: &BlockLine| block.leaf.leaf.block_header.minor();
    if minor(block) >= 6 {
        let cert2 = block.cert2.clone().filter(|_| node.has("cert2"))?;
        // Nodes hand out the certificate of the leaf that was asked for, not of the last one.
        return Some(FinalityProof::NewProtocol { cert2, leaf_qc: node.block(requested)?.leaf.qc.clone() });
    }
    let child = node.block(at + 1)?;
    if minor(block) >= 3 {
        let chained = views_follow(&[block, &child]) && minor(&child) < 6;
        let (committing_qc, deciding_qc) = (CertificatePair::on(block), CertificatePair::on(&child));
        return chained.then_some(FinalityProof::HotStuff2 { committing_qc, deciding_qc });
    }
    let grandchild = node.block(at + 2)?;
    let chained = views_follow(&[block, &child, &grandchild]) && minor(&grandchild) < 6;
    chained.then(|| FinalityProof::HotStuff {
        precommit_qc: CertificatePair::on(block),
        committing_qc: CertificatePair::on(&child),
        deciding_qc: CertificatePair::on(&grandchild),
    })
}

/// The path of the block at `height` in the block tree of the header at `root`.
pub(crate) fn header_proof(node: &Node, root: u64, height: u64) -> Option<Value> {
    let chain = node.chain();
    let before = chain.blocks().get(..usize::try_from(root).ok()?)?;
    let block = before.get(usize::try_from(height).ok()?)?;
    let hashes: Vec<BlockCommitment> = before.iter().map(|block| block.hash).collect();
    let field = |bytes: &[u8]| tagged_base64::encode("FIELD", bytes);
    let position = field(&height.to_le_bytes());
    let leaf = field(&BlockTree::leaf_value(&block.hash));
    let mut nodes = vec![json!({ "Leaf": { "value": leaf, "pos": position, "elem": field(&block.hash.bytes) } })];
    for (own, children) in BlockTree::path(&hashes, height) {
        let child = |(index, value): (usize, &[u8; 32])| {
            if index != own && *value == [0; 32] {
                json!("Empty")
            } else {
                // The child on the path has the value zero here: readers must compute it.
                json!({ "ForgettenSubtree": { "value": field(value) } })
            }
        };
        let children: Vec<Value> = children.iter().enumerate().map(child).collect();
        nodes.push(json!({ "Branch": { "value": field(&[0; 32]), "children": children } }));
    }
    Some(json!({ "header": block.leaf.leaf.block_header, "proof": { "pos": position, "proof": nodes } }))
}
