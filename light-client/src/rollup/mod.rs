//! What rollups put into their namespaces, and which of it counts.
//!
//! Anyone may post to any namespace. A transaction counts for a rollup only if the rollup's own
//! signature on it is that of an authority which the caller configures for a range of L1 heights.

pub mod authority;
pub mod bundle;
pub mod bundle_scan;
pub mod config;
pub mod l2_transactions;
pub mod message;
pub mod nitro;
pub mod nitro_message;
pub mod offline;
pub mod op_stack;
pub mod report;
pub mod rlp;
pub mod scan;
// Natively, and for auditors, crate `k256` recovers signers; here it is the tests' twin.
#[cfg(any(test, all(target_arch = "wasm32", not(feature = "stock-field"))))]
mod secp256k1;
pub mod signature;
pub mod verdict;
pub mod walk;

pub use authority::{Authority, Tenure};
pub use bundle::{Expected, FoundLeg, Leg, VerifiedBundle, bundle_identifier, verify_bundle};
pub use bundle_scan::BundleScan;
pub use config::{Format, RollupConfig};
pub use message::{Message, Place, read_messages};
pub use scan::Scan;
pub use verdict::{Answer, Canonical, Verdict};
pub use walk::{ScanRequest, Walk};

#[cfg(test)]
mod tests;
