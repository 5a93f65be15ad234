//! Keeps a light client contract (`circuits/contracts`) fresh.
//!
//! Every turn of [`relayer::Relayer`] reads what the contract knows, looks for proofs of what comes
//! next, judges them with the verified core exactly as the contract will, asks the node what would
//! happen, and only then sends. Nothing is believed about what was sent before it is as many blocks
//! deep as asked for: until then it is sent again, at a higher price, or after a reorganisation.
#![forbid(unsafe_code)]

pub mod account;
pub mod contract;
mod fetch;
pub mod metrics;
pub mod pending;
pub mod proofs;
pub mod prover;
pub mod relayer;
pub mod rpc;
pub mod state_relay;
pub mod transaction;
