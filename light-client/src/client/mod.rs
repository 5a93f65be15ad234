//! The client: what it trusts, what it needs next, and what follows from an answer.
//!
//! No I/O, clock or randomness: a driver fetches what [`sync::Client::request`] names, hands over
//! the bytes, and calls `step` until there is a verdict. A failed call changes nothing.

pub mod checkpoint;
pub mod network;
pub mod request;
pub mod sync;
pub mod upgrade;

#[cfg(test)]
mod recorded_follow;
