//! A devnet for the light client: a query node over real cryptography, with INSECURE deterministic
//! keys, written from the fact sheets as a producer. Of the verifier it uses only
//! `hotshot_light_client::encoding` and the Rescue hash, which recordings of real nodes prove right.

pub mod anvil;
pub mod chain;
pub mod crypto;
pub mod l1;
pub mod lie;
pub mod model;
pub mod options;
pub mod rollup;
pub mod server;
pub mod stake;
pub mod vectors;
pub mod vid;
