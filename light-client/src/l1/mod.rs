//! Ethereum as the root of trust: the reference light client contract's word for the stake table.
//!
//! Whoever has an L1 node of their own needs no pinned stake table: the contract holds commitments
//! to the voting one, and the stake table contract's logs hold its rows. No I/O: [`reader::Reader`]
//! says which JSON-RPC calls it needs.
//!
//! What this rests on is less than a certificate: the contract accepts signatures of a third of the
//! stake plus one, made before their block is decided, its owner can replace its code, and the L1
//! node is believed about its finalized block.

pub mod anchor;
pub mod contract;
pub mod reader;
pub mod request;
pub mod word;

#[cfg(test)]
mod tests;
