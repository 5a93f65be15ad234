//! Leaves: what validators vote on. A leaf's commitment covers its header, its parent and the
//! certificate that justifies it with its exact signers, but not the certificate served beside it.
//!
//! Source: EspressoSystems/espresso-network `crates/hotshot/types/src/data.rs` (`Leaf2`).

use crate::consensus::certificate::{
    Certificate, CertificatePair, QuorumCertificate, TimeoutCertificate, UpgradeCertificate, ViewSyncCertificate,
};
use crate::consensus::header::Header;
use crate::encoding::committable::{Commitment, CommitmentBuilder};
use crate::encoding::json::Json;
use crate::encoding::tagged_base64::{decode_array, tag};
use crate::rejection::{Rejected, Rejection};

/// Why a leaf's view does not follow its parent's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ViewChangeEvidence {
    /// The view before timed out.
    Timeout(TimeoutCertificate),
    /// The validators synchronised their views.
    ViewSync(ViewSyncCertificate),
}

impl ViewChangeEvidence {
    fn from_json(json: &Json<'_>) -> Result<Self, Rejected> {
        match (json.find("Timeout")?, json.find("ViewSync")?) {
            (Some(timeout), None) => Ok(Self::Timeout(Certificate::from_json(timeout)?)),
            (None, Some(view_sync)) => Ok(Self::ViewSync(Certificate::from_json(view_sync)?)),
            _ => Err(Rejection::JsonType.with(json.kind(), "either Timeout or ViewSync")),
        }
    }
}

/// A leaf as a server presents it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// The view in which the leaf was proposed.
    pub view: u64,
    /// The certificate on the parent.
    pub justify_qc: QuorumCertificate,
    /// The next epoch's certificate on the parent, where the parent is a transition block.
    pub next_epoch_justify_qc: Option<QuorumCertificate>,
    /// Commitment to the parent leaf.
    pub parent_commitment: Commitment,
    /// The block's header.
    pub header: Header,
    /// An upgrade that is under way.
    pub upgrade_certificate: Option<UpgradeCertificate>,
    /// Evidence for a skipped view. Committed to from 0.3 on.
    pub view_change_evidence: Option<ViewChangeEvidence>,
    /// The seed of the next epoch's leader order, at the end of an epoch.
    pub next_drb_result: Option<[u8; 32]>,
}

impl Leaf {
    /// Reads the JSON form of `Leaf2`.
    ///
    /// `with_epoch` must say what the header's version says, and before 0.3, where neither the
    /// next epoch's certificate nor seed nor evidence are committed to, all three must be null.
    ///
    /// # Errors
    /// `leaf.with_epoch`, `leaf.uncommitted`, and those of the parts.
    pub fn from_json(json: &Json<'_>) -> Result<Self, Rejected> {
        let header = Header::from_json(json.get("block_header")?)?;
        let optional = |key| json.non_null_of(key);
        let leaf = Self {
            view: json.u64_of("view_number")?,
            justify_qc: Certificate::from_json(json.get("justify_qc")?)?,
            next_epoch_justify_qc: optional("next_epoch_justify_qc")?.map(Certificate::from_json).transpose()?,
            parent_commitment: decode_array(json.text_of("parent_commitment")?, tag::COMMIT)?,
            header,
            upgrade_certificate: optional("upgrade_certificate")?.map(Certificate::from_json).transpose()?,
            view_change_evidence: optional("view_change_evidence")?.map(ViewChangeEvidence::from_json).transpose()?,
            next_drb_result: optional("next_drb_result")?.map(Json::byte_array).transpose()?,
        };
        let with_epoch = json.get("with_epoch")?.boolean()?;
        let has_epochs = leaf.header.version.has_epochs();
        if with_epoch != has_epochs {
            return Err(Rejection::LeafWithEpoch.with(u64::from(with_epoch), u64::from(has_epochs)));
        }
        let uncommitted = [
            ("next_epoch_justify_qc", leaf.next_epoch_justify_qc.is_some()),
            ("next_drb_result", leaf.next_drb_result.is_some()),
            ("view_change_evidence", leaf.view_change_evidence.is_some()),
        ];
        for (name, present) in uncommitted {
            if present && !has_epochs {
                return Err(Rejection::LeafUncommitted.with(name, "null before 0.3"));
            }
        }
        Ok(leaf)
    }

    /// The height of the leaf's block.
    pub fn height(&self) -> u64 {
        self.header.height
    }

    /// The certificate on the parent together with the next epoch's.
    pub fn justify_pair(&self) -> CertificatePair {
        CertificatePair { qc: self.justify_qc.clone(), next_epoch_qc: self.next_epoch_justify_qc.clone() }
    }

    /// The leaf's commitment, which certificates sign.
    pub fn commitment(&self) -> Commitment {
        let upgrade = self.upgrade_certificate.as_ref().map(Certificate::commitment);
        let mut builder = CommitmentBuilder::new("leaf commitment")
            .u64_field("view number", self.view)
            .field("parent leaf commitment", &self.parent_commitment)
            .field("block header", &self.header.commitment())
            .field("justify qc", &self.justify_qc.commitment())
            .optional("upgrade certificate", upgrade.as_ref());
        if self.header.version.has_epochs() {
            let next_epoch_qc = self.next_epoch_justify_qc.as_ref().map(Certificate::commitment);
            builder = builder.constant_str("with_epoch").optional("next_epoch_justify_qc", next_epoch_qc.as_ref());
            if let Some(seed) = &self.next_drb_result {
                builder = builder.fixed_size_field("next_drb_result", seed);
            }
            builder = match &self.view_change_evidence {
                Some(ViewChangeEvidence::Timeout(certificate)) => {
                    builder.field("timeout cert", &certificate.commitment())
                }
                Some(ViewChangeEvidence::ViewSync(certificate)) => {
                    builder.field("viewsync cert", &certificate.commitment())
                }
                None => builder,
            };
        }
        builder.finalize()
    }
}

/// A leaf with the certificate on it, as `availability/leaf/…` serves them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertifiedLeaf {
    /// The leaf.
    pub leaf: Leaf,
    /// The certificate on the leaf: as good as its signature, nothing covers it.
    pub qc: QuorumCertificate,
}

impl CertifiedLeaf {
    /// Reads `{"leaf":…,"qc":…}`.
    ///
    /// # Errors
    /// Those of the parts.
    pub fn from_json(json: &Json<'_>) -> Result<Self, Rejected> {
        Ok(Self { leaf: Leaf::from_json(json.get("leaf")?)?, qc: Certificate::from_json(json.get("qc")?)? })
    }
}
