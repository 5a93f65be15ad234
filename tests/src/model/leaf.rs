//! Leaves.

use serde::{Deserialize, Serialize};

use super::{Commitment, Header, QuorumCertificate, TimeoutCertificate, UpgradeCertificate, ViewSyncCertificate};

/// Why a view was skipped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ViewChangeEvidence {
    /// The view before timed out.
    Timeout(TimeoutCertificate),
    /// The validators agreed to enter this view.
    ViewSync(ViewSyncCertificate),
}

/// A leaf, in the form of `Leaf2` that serves all versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaf {
    /// View in which the leaf was proposed.
    pub view_number: u64,
    /// Certificate on the parent.
    pub justify_qc: QuorumCertificate,
    /// The next epoch's certificate on a parent in an epoch transition.
    pub next_epoch_justify_qc: Option<QuorumCertificate>,
    /// The parent.
    pub parent_commitment: Commitment,
    /// The header.
    pub block_header: Header,
    /// An upgrade that is announced.
    pub upgrade_certificate: Option<UpgradeCertificate>,
    /// Always null here; never committed.
    pub block_payload: (),
    /// Why views were skipped before this leaf.
    pub view_change_evidence: Option<ViewChangeEvidence>,
    /// The random beacon of the next epoch, in the last blocks of an epoch.
    pub next_drb_result: Option<[u8; 32]>,
    /// Whether the leaf is of a protocol with epochs.
    pub with_epoch: bool,
}
