//! Certificates and what they certify.

use serde::{Deserialize, Serialize};

use super::{BlsSignature, Commitment};

/// Data that a certificate certifies.
pub trait CertificateData {
    /// Its own commitment, before the vote wraps it.
    fn commitment(&self) -> [u8; 32];
}

/// What a quorum certificate says. Next-epoch certificates say the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuorumData {
    /// The certified leaf.
    pub leaf_commit: Commitment,
    /// Its epoch, null before 0.3.
    pub epoch: Option<u64>,
    /// Its height, null before 0.3.
    pub block_number: Option<u64>,
}

/// What a Certificate2 of protocol 0.6 says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vote2Data {
    /// The final leaf.
    pub leaf_commit: Commitment,
    /// Its epoch.
    pub epoch: u64,
    /// Its height.
    pub block_number: u64,
}

/// A protocol version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Version {
    /// Always 0 so far.
    pub major: u16,
    /// 1 to 6.
    pub minor: u16,
}

/// What an upgrade certificate says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpgradeData {
    /// The version that ends.
    pub old_version: Version,
    /// The version that begins.
    pub new_version: Version,
    /// The view until which the upgrade must be decided.
    pub decide_by: u64,
    /// A hash of the new version's code; free bytes.
    pub new_version_hash: Vec<u8>,
    /// The last view with traffic under the old version.
    pub old_version_last_view: u64,
    /// The first view of the new version.
    pub new_version_first_view: u64,
}

/// What a timeout certificate says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeoutData {
    /// The view that failed.
    pub view: u64,
    /// The epoch, which is not hashed.
    pub epoch: Option<u64>,
}

/// What a view sync finalize certificate says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewSyncData {
    /// The relay that collected the votes.
    pub relay: u64,
    /// The view to enter.
    pub round: u64,
    /// The epoch, null before 0.3.
    pub epoch: Option<u64>,
}

/// A set of signers on the wire: 64-bit words, least significant bit first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bits {
    /// The name of the bit order.
    pub order: String,
    /// Width of a word and first bit.
    pub head: BitsHead,
    /// Number of bits.
    pub bits: u64,
    /// The words.
    pub data: Vec<u64>,
}

/// Width of the words and index of the first bit of [`Bits`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BitsHead {
    /// 64.
    pub width: u8,
    /// 0.
    pub index: u8,
}

impl Bits {
    /// One bit for each flag.
    pub fn from_flags(flags: &[bool]) -> Self {
        let word = |chunk: &[bool]| chunk.iter().rev().fold(0u64, |word, flag| word << 1 | u64::from(*flag));
        Self {
            order: "bitvec::order::Lsb0".into(),
            head: BitsHead { width: 64, index: 0 },
            bits: flags.len() as u64,
            data: flags.chunks(64).map(word).collect(),
        }
    }

    /// The flags again.
    pub fn flags(&self) -> Vec<bool> {
        let all = self.data.iter().flat_map(|word| (0..64).map(move |bit| word >> bit & 1 == 1));
        all.take(usize::try_from(self.bits).unwrap_or(usize::MAX)).collect()
    }
}

/// The aggregated signature and its signers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signatures(pub BlsSignature, pub Bits);

/// A certificate over any data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate<D> {
    /// What is certified.
    pub data: D,
    /// The message that was signed, as stored; readers recompute it.
    pub vote_commitment: Commitment,
    /// The view of the votes.
    pub view_number: u64,
    /// Null at genesis only.
    pub signatures: Option<Signatures>,
    /// Null in every certificate on the wire.
    #[serde(rename = "_pd", default)]
    pub phantom: (),
}

impl<D> Certificate<D> {
    /// A certificate as it stands; nothing is checked.
    pub const fn new(data: D, vote_commitment: Commitment, view_number: u64, signatures: Option<Signatures>) -> Self {
        Self { data, vote_commitment, view_number, signatures, phantom: () }
    }
}

/// A quorum certificate.
pub type QuorumCertificate = Certificate<QuorumData>;
/// A certificate of the second phase of protocol 0.6.
pub type Certificate2 = Certificate<Vote2Data>;
/// An upgrade certificate.
pub type UpgradeCertificate = Certificate<UpgradeData>;
/// A timeout certificate.
pub type TimeoutCertificate = Certificate<TimeoutData>;
/// A view sync finalize certificate.
pub type ViewSyncCertificate = Certificate<ViewSyncData>;
