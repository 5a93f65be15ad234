//! Scans and bundles over made chains.

mod bundle_scans;
mod bundles;
mod chain;
mod reports;
mod scans;
