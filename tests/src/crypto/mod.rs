//! INSECURE DEVNET keys, derived from a seed that everybody knows, and real signatures with them.

mod dice;
mod hash_to_curve;
mod key;
mod schnorr;
mod signing;

pub use dice::Dice;
pub use hash_to_curve::hash_to_curve;
pub use key::{Validator, compressed_bls, encode_g1, encode_g2};
pub use schnorr::{schnorr_sign, schnorr_sign_bytes};
pub use signing::{aggregate, certify};
