//! One decoded line, and what can be said of it without a signature.

use alloc::vec::Vec;

use super::verdict::{BlockName, Outcome};
use crate::consensus::certificate::{Certificate, Certificate2, QuorumCertificate};
use crate::consensus::finality::check_link;
use crate::consensus::leaf::{CertifiedLeaf, Leaf};
use crate::data::builder_commitment::builder_commitment;
use crate::encoding::bytes::{from_base64, to_hex};
use crate::encoding::committable::Commitment;
use crate::encoding::json::Json;
use crate::encoding::tagged_base64::{decode_array, tag};
use crate::rejection::{Operand, Rejected, Rejection};

/// One decoded line.
pub(super) struct Block {
    pub(super) leaf: Leaf,
    pub(super) commitment: Commitment,
    pub(super) qc: QuorumCertificate,
    pub(super) certificate2: Option<Certificate2>,
    pub(super) hash: Commitment,
    /// Payload and namespace table.
    pub(super) payload: Option<(Vec<u8>, Vec<u8>)>,
}

impl Block {
    pub(super) fn from_json(json: &Json<'_>) -> Result<Self, Rejected> {
        let certified = json.get("leaf")?;
        let CertifiedLeaf { leaf, qc } = CertifiedLeaf::from_json(certified)?;
        let certificate2 = json.find("cert2")?.or(certified.find("cert2")?).and_then(Json::non_null);
        let payload = json.find("payload")?.and_then(Json::non_null);
        Ok(Self {
            commitment: leaf.commitment(),
            leaf,
            qc,
            certificate2: certificate2.map(Certificate::from_json).transpose()?,
            hash: decode_array(json.text_of("hash")?, tag::BLOCK)?,
            payload: payload
                .map(|payload| {
                    let bytes = from_base64(payload.text_of("raw_payload")?)?;
                    Ok((bytes, from_base64(payload.get("ns_table")?.text_of("bytes")?)?))
                })
                .transpose()?,
        })
    }

    pub(super) fn name(&self) -> BlockName {
        BlockName { height: self.leaf.height(), view: self.leaf.view, version: self.leaf.header.version }
    }
}

/// What a leaf says of its parent must agree with itself.
pub(super) fn own_link(block: &Block) -> Result<(), Rejected> {
    let leaf = &block.leaf;
    Rejection::LeafJustify.unless_equal(leaf.justify_qc.data.leaf_commit, leaf.parent_commitment)?;
    if leaf.height() > 0 && leaf.view <= leaf.justify_qc.view {
        return Err(Rejection::LeafView.with(leaf.view, leaf.justify_qc.view));
    }
    Ok(())
}

pub(super) fn check_recorded_link(parent: &Block, child: &Block) -> Result<(), Rejected> {
    check_link(&parent.leaf, &parent.commitment, &child.leaf)?;
    // The justification is on the same leaf in the same view, so its signed data are the same.
    let (justify, qc) = (&child.leaf.justify_qc, &parent.qc);
    if justify.data != qc.data {
        return Err(Rejection::LeafJustify.with(justify.signed_message(), qc.signed_message()));
    }
    Ok(())
}

pub(super) fn judge_builder_commitment(block: &Block) -> Outcome {
    let Some((payload, table)) = &block.payload else {
        return Outcome::Absent;
    };
    let committed = &block.leaf.header;
    if *table != committed.ns_table {
        let short = |bytes: &[u8]| Operand::foreign(&to_hex(bytes));
        return Outcome::Rejected(Rejection::BuilderCommitment.with(short(table), short(&committed.ns_table)));
    }
    let computed = builder_commitment(payload, table);
    Rejection::BuilderCommitment.unless_equal(computed, committed.builder_commitment).into()
}
