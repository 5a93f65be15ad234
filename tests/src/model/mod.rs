//! The objects of the query service's JSON, in the order of keys that recorded answers have, and
//! the commitments that producers sign. Written from the fact sheets, without the verifier.

mod block;
mod certificate;
mod commitment;
mod header;
mod leaf;
mod scalar;
mod tagged;

#[cfg(test)]
mod recorded;

pub use block::{
    AdvzCommon, AvidMCommon, AvidmGf2Common, AvidmGf2Param, BlockLine, LeafWithQc, Payload, VidCommon, VidCommonAnswer,
};
pub use certificate::{
    Bits, BitsHead, Certificate, Certificate2, CertificateData, QuorumCertificate, QuorumData, Signatures,
    TimeoutCertificate, TimeoutData, UpgradeCertificate, UpgradeData, Version, ViewSyncCertificate, ViewSyncData,
    Vote2Data,
};
pub use commitment::{certificate_commitment, vote_commitment};
pub use header::{
    BuilderSignature, ChainConfig, ChainConfigField, FeeInfo, Header, HeaderFields, L1Block, NamespaceTableBytes,
    ResolvableChainConfig, VersionTag,
};
pub use leaf::{Leaf, ViewChangeEvidence};
pub use scalar::{Address, Base64Bytes, Hash32, HexU256, U256Decimal};
pub use tagged::{
    BlockCommitment, BlsSignature, BlsVerificationKey, BuilderCommitment, ChainConfigCommitment, Commitment,
    MerkleCommitment, PayloadCommitment, SchnorrSignature, SchnorrVerificationKey, StakeTableCommitment, Tag, Tagged,
};
