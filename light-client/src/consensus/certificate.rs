//! Certificates: vote data, the view, and the aggregate signature of a quorum.
//!
//! Source: EspressoSystems/espresso-network `crates/hotshot/types/src/simple_certificate.rs`.
//! Traps: the stored `vote_commitment` is recomputed, never trusted; the reference takes any
//! certificate of view 0 without a signature, this client takes none.

use alloc::vec::Vec;

use crate::consensus::votes::{QuorumData, TimeoutData, UpgradeData, ViewSyncFinalizeData, Vote2Data, VoteData};
use crate::encoding::bitvec::{ORDER, SignerBits};
use crate::encoding::committable::{Commitment, CommitmentBuilder};
use crate::encoding::json::Json;
use crate::encoding::tagged_base64::{self, decode_array, tag};
use crate::rejection::{Rejected, Rejection};

/// First-phase certificate on a leaf.
pub type QuorumCertificate = Certificate<QuorumData>;
/// Second-phase certificate on a leaf, from 0.6: finality by itself.
pub type Certificate2 = Certificate<Vote2Data>;
/// Certificate for a protocol upgrade.
pub type UpgradeCertificate = Certificate<UpgradeData>;
/// Certificate that a view timed out.
pub type TimeoutCertificate = Certificate<TimeoutData>;
/// Certificate that ends a view synchronisation.
pub type ViewSyncCertificate = Certificate<ViewSyncFinalizeData>;

/// The signature of a quorum, and who took part. Undecoded: only the bytes are committed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuorumSignature {
    /// The aggregate signature as it is on the wire.
    pub signature: [u8; 64],
    /// Who signed, by the order of the stake table.
    pub signers: SignerBits,
}

impl QuorumSignature {
    fn from_json(json: &Json<'_>) -> Result<Self, Rejected> {
        let [signature, signers] = json.items()? else {
            return Err(Rejection::JsonType.with(json.kind(), "[signature, signers]"));
        };
        Ok(Self { signature: decode_array(signature.text()?, tag::BLS_SIG)?, signers: SignerBits::from_json(signers)? })
    }

    /// The bytes that commit to the signature, as `bincode` with fixed-size integers writes them.
    fn committed_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let number = |bytes: &mut Vec<u8>, number: usize| bytes.extend_from_slice(&(number as u64).to_le_bytes());
        bytes.extend_from_slice(b"Yesbitvec proof");
        number(&mut bytes, ORDER.len());
        bytes.extend_from_slice(ORDER.as_bytes());
        bytes.extend_from_slice(&[64, 0]);
        number(&mut bytes, self.signers.len());
        number(&mut bytes, self.signers.words().len());
        for word in self.signers.words() {
            bytes.extend_from_slice(&word.to_le_bytes());
        }
        bytes.extend_from_slice(b"aggregated signature");
        // A tagged value: tag, value, checksum, the whole of it with its length before.
        number(&mut bytes, 8 + tag::BLS_SIG.len() + 8 + self.signature.len() + 1);
        number(&mut bytes, tag::BLS_SIG.len());
        bytes.extend_from_slice(tag::BLS_SIG.as_bytes());
        number(&mut bytes, self.signature.len());
        bytes.extend_from_slice(&self.signature);
        bytes.push(tagged_base64::checksum(tag::BLS_SIG, &self.signature));
        bytes
    }
}

/// A certificate as a server presents it: nothing about it is checked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate<D> {
    /// What the votes are about.
    pub data: D,
    /// The commitment the server stores beside the data; must equal [`Self::signed_message`].
    pub vote_commitment: Commitment,
    /// The view of the votes.
    pub view: u64,
    /// The quorum's signature; none in genesis only.
    pub signatures: Option<QuorumSignature>,
}

fn commit(
    data: &Commitment,
    vote_commitment: &Commitment,
    view: u64,
    signatures: Option<&QuorumSignature>,
) -> Commitment {
    let view = CommitmentBuilder::new("View Number Commitment").u64(view).finalize();
    let signatures = signatures.map(QuorumSignature::committed_bytes).unwrap_or_default();
    CommitmentBuilder::new("Certificate")
        .field("data", data)
        .field("vote_commitment", vote_commitment)
        .field("view number", &view)
        .var_size_field("signatures", &signatures)
        .finalize()
}

fn require_signed(view: u64, signatures: Option<&QuorumSignature>) -> Result<&QuorumSignature, Rejected> {
    if view == 0 {
        return Err(Rejection::QcViewZero.with(0u64, "a view above 0"));
    }
    signatures.ok_or_else(|| Rejection::QcUnsigned.with("no signature", "a quorum's signature"))
}

/// What all certificates have beside their data, read by one function for all of them.
fn read_around_data(json: &Json<'_>) -> Result<(Commitment, u64, Option<QuorumSignature>), Rejected> {
    Ok((
        decode_array(json.text_of("vote_commitment")?, tag::COMMIT)?,
        json.u64_of("view_number")?,
        json.non_null_of("signatures")?.map(QuorumSignature::from_json).transpose()?,
    ))
}

impl<D: VoteData> Certificate<D> {
    /// Reads the JSON form.
    ///
    /// # Errors
    /// Those of the JSON types and encodings.
    pub fn from_json(json: &Json<'_>) -> Result<Self, Rejected> {
        let data = D::from_json(json.get("data")?)?;
        let (vote_commitment, view, signatures) = read_around_data(json)?;
        Ok(Self { data, vote_commitment, view, signatures })
    }

    /// The 32 bytes that the quorum signed.
    pub fn signed_message(&self) -> Commitment {
        self.data.signed_message(self.view)
    }

    /// The commitment to the whole certificate, signers and signature included.
    pub fn commitment(&self) -> Commitment {
        commit(&self.data.commitment(), &self.vote_commitment, self.view, self.signatures.as_ref())
    }

    /// Checks that the stored vote commitment is the recomputed one.
    ///
    /// # Errors
    /// `qc.vote_commitment`.
    pub fn check_vote_commitment(&self) -> Result<(), Rejected> {
        Rejection::QcVoteCommitment.unless_equal(self.vote_commitment, self.signed_message())
    }

    /// The signature, unless the certificate is one that nothing may be built on.
    ///
    /// # Errors
    /// `qc.view_zero` for view 0, which the reference takes unsigned; `qc.unsigned`.
    pub fn require_signed(&self) -> Result<&QuorumSignature, Rejected> {
        require_signed(self.view, self.signatures.as_ref())
    }
}

/// A certificate with its twin by the next epoch's quorum, as transition blocks have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificatePair {
    /// The certificate by the block's own epoch.
    pub qc: QuorumCertificate,
    /// The one by the next epoch.
    pub next_epoch_qc: Option<QuorumCertificate>,
}

impl CertificatePair {
    /// Reads `{"qc":…,"next_epoch_qc":…|null}`.
    ///
    /// # Errors
    /// Those of the JSON types and encodings.
    pub fn from_json(json: &Json<'_>) -> Result<Self, Rejected> {
        Ok(Self {
            qc: Certificate::from_json(json.get("qc")?)?,
            next_epoch_qc: json.non_null_of("next_epoch_qc")?.map(Certificate::from_json).transpose()?,
        })
    }
}
