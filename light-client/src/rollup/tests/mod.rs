//! Scans and bundles over made chains.

mod bundles;
mod chain;
mod scans;
