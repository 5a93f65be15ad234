//! What is in a final block: namespaces, payloads and transactions, and the commitments that bind
//! them to a verified header.

pub mod builder_commitment;
pub mod namespace_table;

pub use builder_commitment::builder_commitment;
pub use namespace_table::{Namespace, NamespaceTable};
