//! The backend for machines whose widest product is 64 bits, WebAssembly first: Fq in nine limbs of
//! 29 bits, its own tower, curves and pairings.
//!
//! Everything here has the stock backend as its slow twin in the tests, and the bounds of every limb
//! are proven by running the same generic code on bounds instead of values (`bounds`).

mod backend;
mod base;
mod columns;
mod combination;
mod curve;
mod dodecic;
mod exponentiation;
mod field;
mod miller;
mod quadratic;
mod sextic;
mod subgroup;

#[cfg(test)]
mod bounds;
#[cfg(test)]
mod twins;

pub(super) use backend::{
    Accumulator, Lines, combine_g1, first_outside_subgroup, on_curve_g1, on_curve_g2, square_root, sum_g2,
};
