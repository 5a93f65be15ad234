//! Blocks as the query service serves them, and the line of a recording.

use serde::{Deserialize, Serialize};

use super::{
    Base64Bytes, BlockCommitment, Certificate2, Leaf, NamespaceTableBytes, PayloadCommitment, QuorumCertificate,
};

/// Answer of `availability/leaf/:height`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeafWithQc {
    /// The leaf.
    pub leaf: Leaf,
    /// The certificate on it.
    pub qc: QuorumCertificate,
}

/// A payload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Payload {
    /// The bytes of all namespaces.
    pub raw_payload: Base64Bytes,
    /// The table that divides them.
    pub ns_table: NamespaceTableBytes,
}

/// The data that all shares of a payload have in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum VidCommon {
    /// ADVZ, before 0.3.
    V0(AdvzCommon),
    /// AvidM, 0.3 to 0.5.
    V1(AvidMCommon),
    /// AvidM over GF(2^16), from 0.6.
    V2(AvidmGf2Common),
}

/// Common data of ADVZ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdvzCommon {
    /// KZG commitments, `FIELD~`.
    pub poly_commits: String,
    /// Digest of all evaluations, `FIELD~`.
    pub all_evals_digest: String,
    /// Length of the payload, in bytes.
    pub payload_byte_len: u32,
    /// Number of storage nodes.
    pub num_storage_nodes: u32,
    /// Evaluations a node stores of each polynomial.
    pub multiplicity: u32,
}

/// Common data of AvidM.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AvidMCommon {
    /// n.
    pub total_weights: u64,
    /// k.
    pub recovery_threshold: u64,
}

/// Common data of AvidM over GF(2^16).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AvidmGf2Common {
    /// n and k.
    pub param: AvidmGf2Param,
    /// Commitment to each namespace.
    pub ns_commits: Vec<PayloadCommitment>,
    /// Length of each namespace.
    pub ns_lens: Vec<u64>,
}

/// Parameters of AvidM over GF(2^16).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AvidmGf2Param {
    /// n.
    pub total_weights: u64,
    /// k.
    pub recovery_threshold: u64,
}

/// Answer of `availability/vid/common/:height`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VidCommonAnswer {
    /// Height.
    pub height: u64,
    /// Block hash.
    pub block_hash: BlockCommitment,
    /// Commitment to the payload.
    pub payload_hash: PayloadCommitment,
    /// The common data.
    pub common: VidCommon,
}

/// One line of `blocks.jsonl`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockLine {
    /// Leaf and certificate.
    pub leaf: LeafWithQc,
    /// Payload.
    pub payload: Payload,
    /// Block hash.
    pub hash: BlockCommitment,
    /// Common data of the payload's encoding.
    pub vid_common: VidCommonAnswer,
    /// Certificate2 on the leaf, in protocol 0.6.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cert2: Option<Certificate2>,
    /// The next epoch's certificate on the leaf, in an epoch transition. Recordings have it only in
    /// the child; the devnet keeps it here for a tip that has no child yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_epoch_qc: Option<QuorumCertificate>,
}
