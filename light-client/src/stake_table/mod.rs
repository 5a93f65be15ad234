//! Who may vote, with which weight.

pub mod admission;
pub mod entry;
pub mod table;
pub mod threshold;

#[cfg(test)]
mod recorded_certificates;
