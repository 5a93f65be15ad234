//! The pairing-friendly curve BN254 (alt_bn128): strict decoding, hashing to the curve, sums,
//! weighted combinations and products of pairings.
//!
//! The types are those of `ark-bn254`; what computes on them is one backend, which nothing outside
//! of this module names.

pub mod group;
pub mod hash_to_curve;
pub mod pairing;
pub mod point;
pub mod transform;
pub mod weight;

// In WebAssembly our own limbs compute, elsewhere arkworks as it is; the feature `stock-field` takes
// arkworks everywhere, for auditors, and `limbs-field` our limbs everywhere, for tests. The tests
// compile both, because each is the other's slow or fast twin.
#[cfg(any(test, not(any(target_arch = "wasm32", feature = "limbs-field")), feature = "stock-field"))]
mod stock;

#[cfg(all(any(target_arch = "wasm32", feature = "limbs-field"), not(feature = "stock-field")))]
use hotshot_bn254_limbs as backend;
#[cfg(any(not(any(target_arch = "wasm32", feature = "limbs-field")), feature = "stock-field"))]
use stock as backend;

#[cfg(test)]
mod precompiles;
#[cfg(test)]
mod twins;

pub use ark_bn254::{Fq, Fq2, Fr, G1Affine, G2Affine};
