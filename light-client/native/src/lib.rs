//! Native drivers of the light client for HotShot: files, HTTP, a store and a command line.
//!
//! Everything that decides is in `hotshot-light-client`; here is what reads, fetches and prints.
#![forbid(unsafe_code)]

pub mod anchor;
pub mod cli;
pub mod command;
pub mod exit;
pub mod follow;
pub mod input;
pub mod l1;
pub mod network;
pub mod provider;
pub mod scan;
pub mod stop;
pub mod store;
pub mod synchronize;
pub mod table_store;
pub mod terminal;
pub mod walk;
