//! Who may vote, with which weight.

pub mod abi;
pub mod active_json;
pub mod active_set;
pub mod admission;
mod applying;
pub mod catch_up;
pub mod commitment;
pub mod deriver;
pub mod entry;
pub mod event;
pub mod event_json;
pub mod keys;
pub mod logs;
pub mod network_address;
pub mod possession;
pub mod remote;
pub mod replay;
pub mod snapshot;
pub mod state;
pub mod state_replay;
pub mod table;
pub mod threshold;
pub mod transition;

#[cfg(test)]
mod event_effects;
#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod recorded_certificates;
#[cfg(test)]
pub(crate) mod table_chain;
