//! JavaScript bindings of the light client's core: the inside of the npm package
//! `hotshot-light-client`.
//!
//! Everything here is glue. JSON comes in as UTF-8 bytes, so that the core's one decoder reads all
//! of it (objects are written out by the TypeScript side, where they are cheap to walk), results go
//! out as plain objects, and a [`Rejected`] is thrown as an object with its stable code and both
//! operands. Loading, fetching, waiting and the public types are in TypeScript, in `ts/`.
//!
//! [`Rejected`]: hotshot_light_client::Rejected
//!
//! The package has four modules, each a feature of this crate: `finality`, which follows chains,
//! `tables`, which derives stake tables from the contract's events, `data`, which proves what is in
//! blocks, and `rollups`, which finds what rollups say there. The latter three are loaded on first use.

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

#[cfg(feature = "finality")]
mod block;
#[cfg(feature = "finality")]
pub mod client;
#[cfg(feature = "data")]
pub mod data;
#[cfg(feature = "tables")]
pub mod derive;
#[cfg(feature = "tables")]
pub mod l1;
#[cfg(feature = "finality")]
pub mod link;
pub mod output;
#[cfg(feature = "data")]
pub mod prover;
#[cfg(feature = "finality")]
mod quorum;
#[cfg(feature = "finality")]
pub mod recording;
#[cfg(feature = "rollups")]
pub mod rollups;
#[cfg(feature = "finality")]
pub mod tables;
#[cfg(feature = "finality")]
pub mod verify;
