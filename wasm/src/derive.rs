//! Stake tables from the contract's events: the third module of the package, loaded on first use.
//!
//! The main module's client sends jobs and looks at the hashes that come back.

use hotshot_light_client::stake_table::remote::DeriverService;
use wasm_bindgen::prelude::wasm_bindgen;

/// Derives stake tables for one client.
#[derive(Debug)]
#[wasm_bindgen(js_name = Deriver)]
pub struct TableDeriver(DeriverService);

#[wasm_bindgen(js_class = Deriver)]
impl TableDeriver {
    /// A deriver that knows no registrations. Entropy makes the weights of batched proofs of possession
    /// unpredictable.
    #[wasm_bindgen(constructor)]
    pub fn new(entropy: &[u8]) -> Self {
        Self(DeriverService::new(entropy))
    }

    /// Begins a job.
    pub fn begin(&mut self, job: &[u8]) -> Vec<u8> {
        self.0.begin(job)
    }

    /// Computes for about so many units: keys, or Miller loops.
    pub fn step(&mut self, budget: u32) -> Vec<u8> {
        self.0.step(budget)
    }

    /// Registrations as bytes to be kept.
    pub fn registrations(&self, state: u32) -> Option<Vec<u8>> {
        self.0.registrations(state)
    }
}
