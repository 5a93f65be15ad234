//! The ways in which the devnet can lie, after the list of attacks of the protocol's fact sheet.
//!
//! Some lies any server can tell; for others the devnet uses the keys that only it has, and shows
//! what a client does even if a whole quorum signs nonsense.

mod answers;
mod certificates;
mod events;
mod evidence;
mod fork;
mod kind;
mod namespaces;
mod proofs;
mod text;

pub use kind::Lie;

pub(crate) use answers::{alter_height, alter_range};
pub(crate) use certificates::{alter_certificate, alter_certificate2, alter_served_leaf};
pub(crate) use events::alter_events;
pub(crate) use evidence::{alter_account, alter_header_proof, alter_payload, alter_payload_common};
pub(crate) use fork::Fork;
pub(crate) use namespaces::{alter_namespace, alter_transactions};
pub(crate) use proofs::alter_leaf_proof;
pub(crate) use text::alter_text;
