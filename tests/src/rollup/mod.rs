//! Rollups that post to the devnet in the formats of real ones, signed with INSECURE keys.
//!
//! Sources: EspressoSystems/espresso-streamers `nitro/*.go` and `op/derivation/espresso_batch.go`.

mod ethereum;
mod key;
mod nitro;
mod op_stack;
mod rlp;
mod traffic;

pub use ethereum::L2Transaction;
pub use key::SequencerKey;
pub use traffic::{Posted, Rollup, Rollups};

pub(crate) use traffic::Moment;
