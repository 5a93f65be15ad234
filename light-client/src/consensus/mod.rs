//! What HotShot decides, and how to tell: headers, leaves, certificates, epochs, finality.

pub mod certificate;
pub mod chain_config;
pub mod epoch;
pub mod epoch_root;
pub mod equivocation;
pub mod finality;
pub mod header;
pub mod leaf;
pub mod recording;
pub mod signatures;
pub mod tables;
pub mod upgrade;
pub mod verified;
pub mod version;
pub mod votes;

#[cfg(test)]
mod attacks;
#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod recorded_chains;
