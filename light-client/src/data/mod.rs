//! What is in a final block: namespaces, payloads and transactions, and the commitments that bind
//! them to a verified header.

pub mod account_proof;
pub mod block;
pub mod builder_commitment;
pub mod header_proof;
pub mod leaf_range;
pub mod namespace_answer;
pub mod namespace_payload;
pub mod namespace_proof;
pub mod namespace_prover;
pub mod namespace_reader;
pub mod namespace_remote;
pub mod namespace_table;
pub mod offline;
pub mod payload;
pub mod report;
pub mod reporting;
pub mod transaction;
pub mod vid;

pub use account_proof::{Ledger, VerifiedAccount, verify_account};
pub use block::{BlockContext, header_with_trusted_hash};
pub use builder_commitment::builder_commitment;
pub use header_proof::verify_header;
pub use leaf_range::{LinkedHeaders, verify_leaf_range};
pub use namespace_payload::{NamespacePayload, NamespaceTransaction, TransactionCursor};
pub use namespace_proof::{NamespaceVerification, VerifiedNamespace, verify_namespace};
pub use namespace_prover::{LocalProver, NamespaceProver};
pub use namespace_table::{Namespace, NamespaceTable};
pub use payload::{PayloadVerification, VerifiedPayload, verify_payload};
pub use transaction::{Transaction, transaction_commitment};

#[cfg(test)]
pub(crate) mod tests;
