//! Verifiable information dispersal: how a payload's bytes become the payload commitment.

pub mod avidm;
pub mod avidm_gf2;
pub mod galois;
pub mod namespace_commitment;
pub mod ntt;
pub mod parameters;
pub mod reed_solomon;
pub mod scheme;

pub use namespace_commitment::NamespaceCommitment;
pub use parameters::{VidParameters, vid_total_weight};
pub use scheme::VidScheme;
