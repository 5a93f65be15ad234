//! The subcommands, one a file: its arguments, and `run`.

pub mod account;
pub mod bundle;
pub mod certificates;
pub mod checkpoint;
pub mod completions;
pub mod doctor;
pub mod equivocation;
pub mod follow;
pub mod header;
pub mod init_network;
pub mod l1_anchor;
pub mod leaf_proof;
pub mod namespace;
pub mod recording;
pub mod relay;
pub mod replay;
pub mod stake_table;
pub mod sync;
pub mod transaction;
