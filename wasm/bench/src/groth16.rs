//! The check of a transition proof, for which snarkjs is the rival.

use ark_bn254::Fr;
use hotshot_light_client::client::transition::TransitionPins;
use hotshot_light_client::encoding::json::parse;
use hotshot_light_client::rejection::{Rejected, Rejection};
use hotshot_light_client::stake_table::table::StakeTable;
use hotshot_light_client::transition::proof::Proof;
use hotshot_light_client::transition::proof_batch::{PreparedKey, ProofBatch};
use hotshot_light_client::transition::record::TransitionRecord;
use wasm_bindgen::prelude::wasm_bindgen;

/// A proof with its public inputs and its key, everything read and prepared.
#[wasm_bindgen]
pub struct Groth16 {
    key: PreparedKey,
    inputs: [Fr; 3],
    proof: Proof,
}

fn read(network: &[u8], key: &[u8], record: &[u8]) -> Result<Groth16, Rejected> {
    let network = parse(network)?;
    let pins = TransitionPins::from_json(&network)?.ok_or_else(|| Rejection::NetworkMissingPin.bare())?;
    let start = pins.start(1, &StakeTable::from_json(network.get("stake_table")?)?)?;
    let record = TransitionRecord::from_bytes(record)?;
    Ok(Groth16 { key: pins.admit_key(key)?, inputs: record.public_inputs(&start.table), proof: record.proof })
}

#[wasm_bindgen]
impl Groth16 {
    /// Reads a network file, the key that it pins, and the record of epoch 1.
    #[wasm_bindgen(constructor)]
    pub fn new(network: &[u8], key: &[u8], record: &[u8]) -> Result<Groth16, String> {
        read(network, key, record).map_err(|rejected| rejected.code().into())
    }

    /// The check.
    pub fn verify(&self) -> bool {
        let mut batch = ProofBatch::new(&self.key, b"");
        batch.push(self.inputs, self.proof);
        batch.verify().is_ok()
    }
}
