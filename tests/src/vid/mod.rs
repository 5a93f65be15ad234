//! Payloads and their commitments, as producers compute them.

mod advz;
pub mod avidm;
mod avidm_gf2;
mod commit;
mod payload;
mod tree;

pub use advz::namespace_proof as advz_namespace_proof;
pub use commit::{Encoder, VidParameters, builder_commitment};
pub use payload::{NamespaceRange, Transaction, build_payload, namespace_ranges};
pub use tree::{TreeHash, merkle_proof, root};
