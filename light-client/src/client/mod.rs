//! The client: what it trusts, what it needs next, and what follows from an answer.
//!
//! No I/O, clock or randomness: a driver fetches what [`sync::Client::requests`] names, hands over
//! the bytes, and calls `step` until there is a verdict. A failed call changes nothing.

mod admitting;
mod answers;
pub mod arrival;
pub mod boundary;
pub mod certified;
pub mod checkpoint;
mod doubt;
mod follow;
pub mod freshness;
pub mod network;
pub mod progress;
mod record;
pub mod request;
mod root_prover;
pub mod stored;
pub mod sync;
mod table_sync;
pub mod transition;
pub mod upgrade;

#[cfg(test)]
mod recorded_follow;
#[cfg(test)]
mod recorded_tables;
