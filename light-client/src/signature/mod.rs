//! The signature schemes of the network.

pub mod batch;
pub mod bls;
pub mod schnorr;
pub mod schnorr_signing;
