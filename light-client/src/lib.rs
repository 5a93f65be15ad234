//! The verified core of a light client for HotShot, the consensus of the Espresso network.
//!
//! Everything that decides "final or not" lives here, as pure functions and one small state
//! machine without I/O, clock or randomness. What a server says is an argument, never a fact.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

/// The examples of the README, so that they keep compiling.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

pub mod bn254;
pub mod client;
pub mod consensus;
pub mod data;
pub mod encoding;
pub mod hash;
pub mod l1;
pub mod ordered;
pub mod rejection;
pub mod rollup;
pub mod signature;
pub mod stake_table;
pub mod transition;

#[cfg(test)]
mod recorded;

pub use rejection::{Operand, Rejected, RejectedDetails, Rejection};
