//! Tests of the whole module on recorded blocks and on what a server may lie about.

mod forgeries;
mod must_reject;
mod recorded_blocks;
mod reference_proofs;
pub(crate) mod samples;
mod trees;
