//! Groth16 proofs of stake-table transitions.
//!
//! A proof says: members holding more than two thirds of the stake committed in a table signed this
//! light client state and the commitments of the next table. What it takes to believe one is in
//! `hotshot_light_client::transition`; here are the circuit, its set-up and the prover.
//! `SOUNDNESS.md` argues, group by group, why the constraints mean what this sentence says.
#![forbid(unsafe_code)]

#[cfg(test)]
mod alone;
pub mod circuit;
pub mod export;
pub mod fixture;
pub mod gadget;
pub mod groth16;
pub mod iden3;
#[cfg(test)]
mod linearised;
pub mod randomness;
pub mod reduction;
pub mod shape;
pub mod system;
pub mod witness;
