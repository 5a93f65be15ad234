//! Hash functions that are not Keccak.

pub mod rescue;
