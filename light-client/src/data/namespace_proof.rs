//! Proofs that certain bytes are what a final block holds for a namespace, or that it holds none.

use alloc::vec::Vec;

use crate::data::block::BlockContext;
use crate::data::namespace_answer::{ServedProof, check_common, choose_parameters};
use crate::data::namespace_payload::NamespacePayload;
use crate::data::namespace_table::Namespace;
use crate::data::vid::namespace_commitment::NamespaceCommitment;
use crate::data::vid::parameters::{ParameterSource, VidParameters};
use crate::encoding::committable::Commitment;
use crate::encoding::json::Json;
use crate::hash::merkle_node::Node;
use crate::hash::merkle_vid::VidPath;
use crate::rejection::{Rejected, Rejection};

/// What one block holds for one namespace: proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedNamespace {
    height: u64,
    block: Commitment,
    id: u64,
    content: Option<Content>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Content {
    namespace: Namespace,
    payload: Vec<u8>,
    parameters: ParameterSource,
}

impl VerifiedNamespace {
    /// What another module of the same build has proven of namespace `id` of this block. None if it does
    /// not fit the block's own table: its place in it is looked up here, and its length held against it.
    pub(crate) fn proven_elsewhere(
        block: &BlockContext,
        id: u64,
        found: Option<(ParameterSource, &[u8])>,
    ) -> Option<Self> {
        let content = match (block.namespace_table().find(id), found) {
            (None, None) => None,
            (Some(namespace), Some((parameters, payload))) if payload.len() == namespace.length() => {
                Some(Content { namespace, payload: payload.to_vec(), parameters })
            }
            _ => return None,
        };
        Some(Self { height: block.height(), block: *block.hash(), id, content })
    }

    /// The height of the block.
    pub const fn height(&self) -> u64 {
        self.height
    }

    /// The commitment to the block's header.
    pub const fn block(&self) -> &Commitment {
        &self.block
    }

    /// The namespace asked for.
    pub const fn id(&self) -> u64 {
        self.id
    }

    /// Whether the block has the namespace.
    pub const fn is_present(&self) -> bool {
        self.content.is_some()
    }

    /// Its entry in the namespace table.
    pub fn namespace(&self) -> Option<&Namespace> {
        self.content.as_ref().map(|content| &content.namespace)
    }

    /// Its bytes: none if the block does not have it.
    pub fn payload(&self) -> &[u8] {
        self.content.as_ref().map_or(&[], |content| &content.payload)
    }

    /// Its transactions: none if the block does not have it.
    pub fn transactions(&self) -> NamespacePayload<'_> {
        NamespacePayload::new(self.payload())
    }

    /// Whether the number of shares came from the verified stake table or from the server. Absence
    /// needs none of the two.
    pub fn parameter_source(&self) -> Option<ParameterSource> {
        self.content.as_ref().map(|content| content.parameters)
    }
}

/// The verification of one answer, in units of a bounded amount of work.
#[derive(Clone, Debug)]
pub struct NamespaceVerification {
    verified: VerifiedNamespace,
    proof: Option<Proof>,
}

#[derive(Clone, Debug)]
struct Proof {
    commitment: NamespaceCommitment,
    tree: crate::hash::merkle_vid::VidTree,
    path: VidPath,
    index: usize,
    leaves: usize,
    root: Node,
    /// The commitment that common data claim for this namespace.
    claimed: Option<Node>,
}

impl NamespaceVerification {
    /// Reads an answer about namespace `id` of a block and checks all but the commitment.
    ///
    /// `parameters` are those of the block's epoch. Where the stake table of an old epoch is no
    /// longer known, `None` takes the number of shares from the answer's common data, and the
    /// result says so; the threshold is a third of it in any case.
    ///
    /// # Errors
    /// `namespace.not_absent` and `namespace.absent` where the answer contradicts the table,
    /// `namespace.index`, `namespace.length_mismatch`, `vid.parameters`, `vid.common`,
    /// `merkle.levels`, and the errors of [`ServedProof::from_json`].
    pub fn begin(
        block: &BlockContext,
        id: u64,
        answer: &Json<'_>,
        parameters: Option<&VidParameters>,
    ) -> Result<Self, Rejected> {
        let (height, hash) = (block.height(), *block.hash());
        let served = ServedProof::from_json(answer, block.scheme());
        let Some(namespace) = block.namespace_table().find(id) else {
            return match served? {
                None => {
                    Ok(Self { verified: VerifiedNamespace { height, block: hash, id, content: None }, proof: None })
                }
                Some(_) => Err(Rejection::NamespaceAbsent.with(id, "a namespace of the block")),
            };
        };
        let served = served?.ok_or_else(|| Rejection::NamespaceNotAbsent.with(id, "a proof"))?;
        Rejection::NamespaceIndex.unless_equal(served.index, namespace.index as u64)?;
        let payload = served.payload(namespace.length())?;
        let parameters = choose_parameters(parameters, served.common.as_ref())?;
        let tree = block.scheme().tree()?;
        let claimed = served.common.as_ref().map(|common| check_common(block, common)).transpose()?.flatten();
        let proof = Proof {
            commitment: NamespaceCommitment::new(block.scheme(), payload.len(), &parameters)?,
            tree,
            path: served.path,
            index: namespace.index,
            leaves: block.namespace_table().len(),
            root: *block.payload_commitment(),
            claimed: claimed.and_then(|commitments| commitments.get(namespace.index).copied()),
        };
        let content = Content { namespace, payload, parameters: parameters.source() };
        Ok(Self { verified: VerifiedNamespace { height, block: hash, id, content: Some(content) }, proof: Some(proof) })
    }

    /// The namespace asked for.
    pub const fn id(&self) -> u64 {
        self.verified.id()
    }

    /// How many units of work are left before [`Self::finish`] is quick.
    pub fn remaining(&self) -> usize {
        self.proof.as_ref().map_or(0, |proof| proof.commitment.remaining())
    }

    /// Does at most `budget` units of work.
    pub fn step(&mut self, budget: usize) {
        let Some(proof) = &mut self.proof else { return };
        for _ in 0..budget.min(proof.commitment.remaining()) {
            proof.commitment.step(self.verified.payload());
        }
    }

    /// Does what is left and gives the result.
    ///
    /// # Errors
    /// `vid.commitment` if the bytes do not lead to the header's payload commitment, `vid.common` if
    /// common data claim another commitment for the namespace, the errors of
    /// [`VidTree::verify`](crate::hash::merkle_vid::VidTree::verify) about the shape of the path, and
    /// `namespace.overlaps`, which is the block's fault and nobody's lie.
    pub fn finish(self) -> Result<VerifiedNamespace, Rejected> {
        let Some(proof) = self.proof else { return Ok(self.verified) };
        let commitment = proof.commitment.finish(self.verified.payload());
        if let Some(claimed) = proof.claimed {
            Rejection::VidCommon.unless_equal(claimed, commitment)?;
        }
        proof.tree.verify(&proof.path, proof.index, proof.leaves, &commitment, &proof.root).map_err(|rejected| {
            match rejected.rejection {
                Rejection::MerkleRoot => rejected.because(Rejection::VidCommitment),
                _ => rejected,
            }
        })?;
        self.verified.transactions().check_overlaps()?;
        Ok(self.verified)
    }
}

/// Verifies an answer about a namespace all at once.
///
/// # Errors
/// Those of [`NamespaceVerification::begin`] and [`NamespaceVerification::finish`].
pub fn verify_namespace(
    block: &BlockContext,
    id: u64,
    answer: &Json<'_>,
    parameters: Option<&VidParameters>,
) -> Result<VerifiedNamespace, Rejected> {
    NamespaceVerification::begin(block, id, answer, parameters)?.finish()
}
