//! The subcommands, one a file: its arguments, and `run`.

pub mod certificates;
pub mod completions;
pub mod doctor;
pub mod follow;
pub mod init_network;
pub mod leaf_proof;
pub mod recording;
pub mod replay;
