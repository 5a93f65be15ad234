//! The query service: what a light client may ask, over HTTP and WebSockets.

mod answer;
mod config;
mod control;
mod data;
mod http;
mod node;
mod proof;
mod proofs;
mod routes;
mod stream;

pub use answer::Answer;
pub use config::{network_file, stake_table_file};
pub use http::{Server, serve};
pub use node::{Manners, Node};
pub use proofs::Proofs;

pub(crate) use data::ServedNamespace;
pub(crate) use proof::{CertificatePair, FinalityProof, LeafProof};
