//! Hash functions that are not Keccak, and the field they live in.

pub mod element;
pub mod rescue;
//! Hash functions and the shapes of the Merkle trees whose roots a header commits to.
//! Hash functions that are not Keccak, and the shapes of the Merkle trees whose roots a header
//! commits to.

pub mod merkle_append;
pub mod merkle_node;
pub mod merkle_path;
pub mod merkle_sparse;
pub mod merkle_vid;
pub mod rescue;
