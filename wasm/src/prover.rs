//! What proves namespaces for the module of rollups.

use hotshot_light_client::data::namespace_remote::ProverService;
use wasm_bindgen::prelude::wasm_bindgen;

/// Proves namespaces for one scan or bundle of the other module.
#[derive(Debug, Default)]
#[wasm_bindgen(js_name = Prover)]
pub struct NamespaceProving(ProverService);

#[wasm_bindgen(js_class = Prover)]
impl NamespaceProving {
    /// A prover that is at nothing.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins with a server's answer about a namespace.
    pub fn begin(&mut self, job: &[u8], answer: &[u8]) -> Vec<u8> {
        self.0.begin(job, answer)
    }

    /// Does so many units of work, each a few milliseconds at most.
    pub fn step(&mut self, budget: u32) -> Vec<u8> {
        self.0.step(budget)
    }
}
