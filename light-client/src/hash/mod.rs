//! Hash functions that are not Keccak, and the field they live in.

pub mod element;
pub mod rescue;
