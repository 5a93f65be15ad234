//! The contract and the core in one process: the same verdict on everything, with real proofs.
//!
//! What each engine is for: here the two are held against each other (recorded and running chains, mutations,
//! random sequences); forge tests the contract's rules one by one, what they cost and its history against a model
//! (`circuits/contracts/test`); anvil, a node of its own, is what the relayer is tested with (`anvil.rs`).
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, unreachable_pub, reason = "tests")]

#[path = "../common/mod.rs"]
mod common;
mod devnet;
mod evm;
#[path = "../../../../circuits/tests/scripts/format.rs"]
#[allow(dead_code, reason = "this test does not write scripts")]
mod format;
#[path = "../../../../circuits/tests/scripts/judge.rs"]
#[allow(dead_code, reason = "this test does not write scripts")]
mod judge;
mod scripts;
mod sequences;
