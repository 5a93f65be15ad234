//! Leaf proofs that do not prove what they should.

use super::Lie;
use crate::server::{FinalityProof, LeafProof};

/// Changes a leaf proof.
pub(crate) fn alter_leaf_proof(lie: Lie, proof: &mut LeafProof) {
    match lie {
        Lie::ProofKind => {
            let other = match &proof.proof {
                FinalityProof::HotStuff { committing_qc, deciding_qc, .. } => {
                    FinalityProof::HotStuff2 { committing_qc: committing_qc.clone(), deciding_qc: deciding_qc.clone() }
                }
                FinalityProof::HotStuff2 { committing_qc, deciding_qc } => FinalityProof::HotStuff {
                    precommit_qc: committing_qc.clone(),
                    committing_qc: committing_qc.clone(),
                    deciding_qc: deciding_qc.clone(),
                },
                FinalityProof::NewProtocol { leaf_qc, .. } => {
                    let pair = crate::server::CertificatePair { qc: leaf_qc.clone(), next_epoch_qc: None };
                    FinalityProof::HotStuff2 { committing_qc: pair.clone(), deciding_qc: pair }
                }
                FinalityProof::Assumption => FinalityProof::Assumption,
            };
            proof.proof = other;
        }
        Lie::Assumption => proof.proof = FinalityProof::Assumption,
        Lie::ProofViews => match &mut proof.proof {
            FinalityProof::HotStuff { committing_qc, deciding_qc, .. }
            | FinalityProof::HotStuff2 { committing_qc, deciding_qc } => *deciding_qc = committing_qc.clone(),
            FinalityProof::Assumption | FinalityProof::NewProtocol { .. } => {}
        },
        Lie::ProofMissingNextQc => match &mut proof.proof {
            FinalityProof::HotStuff { committing_qc, deciding_qc, .. }
            | FinalityProof::HotStuff2 { committing_qc, deciding_qc } => {
                (committing_qc.next_epoch_qc, deciding_qc.next_epoch_qc) = (None, None);
            }
            FinalityProof::Assumption | FinalityProof::NewProtocol { .. } => {}
        },
        Lie::ProofEmpty => proof.leaves.clear(),
        _ => {}
    }
}
