//! BN254 for machines whose widest product is 64 bits, WebAssembly first: Fq in nine limbs of 29
//! bits, its own tower, curves and pairings. A backend of the module `bn254` of
//! `hotshot-light-client`, and a crate of its own so that profiles which ask for the smallest code
//! still compile it for speed.
//!
//! Everything here has arkworks as its slow twin in the tests, here and in that module, and the bounds
//! of every limb are proven by running the same generic code on bounds instead of values (`bounds`).
//! Nothing here validates: points must be on their curve, and in their group where that is said.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod backend;
mod base;
mod batch;
mod columns;
mod combination;
#[cfg(feature = "costs")]
pub mod costs;
mod curve;
mod dodecic;
mod exponentiation;
mod field;
mod inversion;
mod miller;
mod quadratic;
mod scalar;
mod sextic;
mod subgroup;
mod tally;

#[cfg(test)]
mod bounds;
#[cfg(test)]
mod twins;

pub use backend::{
    Accumulator, Lines, combine_g1, endomorphism_g1, first_outside_subgroup, from_integer, from_wide_bytes,
    is_in_subgroup, on_curve_g1, on_curve_g2, ordinate, sum_g2, to_integer,
};
pub use scalar::{Factor, Value};
#[cfg(feature = "tally")]
pub use tally::take as take_tally;
