//! Light client states, the tables that sign them, and the certificates that hand over from the
//! table of one epoch to that of the next.

pub mod bundle;
pub mod certificate;
pub mod committing;
pub mod follower;
pub mod kind;
pub mod proof;
pub mod proof_batch;
pub mod record;
pub mod recorded_certificates;
pub mod stake_table_state;
pub mod state;
pub mod verify;
pub mod voting_table;

#[cfg(test)]
mod recorded_tests;
