//! The subcommands, one a file: its arguments, and `run`.

pub mod completions;
pub mod recording;
pub mod replay;
