//! Query services: strangers that are asked, and asked again elsewhere.

pub mod address;
pub mod http;
pub mod rotation;
