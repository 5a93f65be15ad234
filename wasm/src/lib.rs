//! JavaScript bindings of the light client's core: the inside of the npm package
//! `hotshot-light-client`.
//!
//! Everything here is glue. JSON comes in as UTF-8 bytes, so that the core's one decoder reads all
//! of it (objects are written out by the TypeScript side, where they are cheap to walk), results go
//! out as plain objects, and a [`Rejected`] is thrown as an object with its stable code and both
//! operands. Loading, fetching, waiting and the public types are in TypeScript, in `ts/`.
//!
//! [`Rejected`]: hotshot_light_client::Rejected

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

mod block;
pub mod client;
pub mod output;
pub mod recording;
pub mod verify;
