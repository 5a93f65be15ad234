//! How the network writes things down: JSON, tagged base64, bit vectors, integers, and the byte
//! strings that commitments hash. Strict and bounded: one accepted form for each value.

pub mod base64;
pub mod bitvec;
pub mod bytes;
pub mod committable;
pub mod integer;
pub mod json;
pub mod json_items;
mod json_text;
pub mod reader;
pub(crate) mod rejected;
pub mod tagged_base64;
