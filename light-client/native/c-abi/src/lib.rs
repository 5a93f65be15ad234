//! The light client for HotShot behind a C interface. README.md has the contract; the header is
//! `include/hotshot_light_client.h`, generated from here.
//!
//! Everything that decides is in `hotshot-light-client`. Here a call is a border: pointers become
//! slices and references, panics and errors become numbers, results become buffers.
#![allow(
    clippy::boxed_local,
    clippy::needless_pass_by_value,
    reason = "ownership and slices cross the border by value"
)]

mod border;
mod certificate;
mod client;
mod data;
mod describe;
mod leaf_proof;
mod network;
mod recording;
mod status;
mod transition;

pub use border::{HslcBuffer, HslcSlice, hslc_buffer_data, hslc_buffer_free, hslc_buffer_length};
pub use certificate::*;
pub use client::*;
pub use data::*;
pub use leaf_proof::*;
pub use network::*;
pub use recording::*;
pub use status::*;
pub use transition::*;
