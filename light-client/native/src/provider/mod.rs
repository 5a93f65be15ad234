//! Query services: strangers that are asked, and asked again elsewhere.

pub mod address;
pub mod backoff;
pub mod evidence;
pub mod fetcher;
pub mod http;
pub mod pool;
pub mod rotation;
pub mod stream;
pub mod tip;
pub mod transport;
