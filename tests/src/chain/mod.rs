//! The chain that the devnet makes: who may sign, what is decided when, and the blocks themselves.

mod accounts;
mod block_tree;
mod failure;
pub(crate) mod header;
mod history;
mod pool;
mod producer;
mod quorum;
mod schedule;
mod settings;
mod state_certificate;
mod table;
mod traffic;

pub use accounts::Accounts;
pub use block_tree::BlockTree;
pub use failure::Failure;
pub use history::History;
pub use producer::{Chain, Tree};
pub use quorum::choose_quorum;
pub use schedule::Schedule;
pub use settings::{Clock, Settings};
pub use state_certificate::{capacity, state_bundle, state_certificate, voting_state};
pub use table::{Member, Table};
