//! The pairing-friendly curve BN254 (alt_bn128): strict decoding, hashing to the curve, sums,
//! weighted combinations and products of pairings.
//!
//! The types are those of `ark-bn254`; what computes on them is one backend, which nothing outside
//! of this module names.

pub mod group;
pub mod hash_to_curve;
pub mod pairing;
pub mod point;

mod stock;
use stock as backend;

pub use ark_bn254::{Fq, Fq2, Fr, G1Affine, G2Affine};
