//! Hash functions that are not Keccak, the field they live in, and the shapes of the Merkle trees
//! whose roots a header commits to.

pub mod element;
pub mod merkle_append;
pub mod merkle_node;
pub mod merkle_path;
pub mod merkle_sparse;
pub mod merkle_vid;
pub mod rescue;
