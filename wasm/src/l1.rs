//! Reads the contracts on L1, in the module that derives stake tables: it has the replay of their logs.

use hotshot_light_client::Rejection;
use hotshot_light_client::client::network::Network;
use hotshot_light_client::client::stored::StoredTables;
use hotshot_light_client::consensus::header::Header;
use hotshot_light_client::encoding::json;
use hotshot_light_client::l1::anchor::L1Anchor;
use hotshot_light_client::l1::reader::{Contracts, Reader, Reading};
use hotshot_light_client::transition::voting_table::DEFAULT_CAPACITY;
use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::output::{entropy, object, refusal};

/// A call of JSON-RPC.
#[derive(Serialize)]
struct CallOutput {
    method: &'static str,
    /// A JSON array.
    params: String,
}

/// What was found.
#[derive(Serialize)]
struct AnchorOutput {
    block: u64,
    date: u64,
    epoch: u64,
    height: u64,
    validators: u32,
}

/// Reads the contracts that a network file names.
#[wasm_bindgen(js_name = L1Reader)]
pub struct ContractReader {
    network: Network,
    reader: Reader,
    anchor: Option<Box<L1Anchor>>,
}

#[wasm_bindgen(js_class = L1Reader)]
impl ContractReader {
    /// A reader that has read nothing.
    ///
    /// # Errors
    /// What is wrong with the network file, `network.missing_pin` without contracts, `entropy.unavailable`.
    #[wasm_bindgen(constructor)]
    pub fn new(network: &[u8]) -> Result<Self, JsValue> {
        let entropy = entropy()?;
        let network = Network::parse(network).map_err(refusal)?;
        let (Some(light_client), Some(stake_table)) = (network.l1.light_client, network.l1.stake_table) else {
            return Err(refusal(
                Rejection::NetworkMissingPin.with("none", "l1.light_client_contract, l1.stake_table_contract"),
            ));
        };
        let contracts =
            Contracts { chain_id: network.l1.chain_id, light_client, stake_table, first_block: network.l1.first_block };
        Ok(Self { network, reader: Reader::new(contracts, DEFAULT_CAPACITY, &entropy), anchor: None })
    }

    /// The providers that the network file names.
    pub fn providers(&self) -> Vec<String> {
        self.network.providers.clone()
    }

    /// The next call; null while there is something to compute, or nothing any more.
    pub fn request(&self) -> JsValue {
        let request = self.reader.request();
        object(&request.map(|request| CallOutput { method: request.method(), params: request.params() }))
    }

    /// The L1 block from which logs are read next.
    pub fn next(&self) -> u64 {
        self.reader.progress().0
    }

    /// The last L1 block of which logs are read.
    pub fn last(&self) -> u64 {
        self.reader.progress().1
    }

    /// Takes the result of the call, as JSON.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn respond(&mut self, result: &[u8]) -> Result<(), JsValue> {
        self.reader.respond(result).map(|_| ()).map_err(refusal)
    }

    /// Asks for fewer blocks' logs; false if there are no fewer.
    pub fn narrow(&mut self) -> bool {
        self.reader.narrow()
    }

    /// Computes for about so many units; how many are left.
    ///
    /// # Errors
    /// Why what was read leads nowhere.
    pub fn step(&mut self, budget: u32) -> Result<u32, JsValue> {
        match self.reader.step(budget).map_err(refusal)? {
            Reading::Working { remaining } => Ok(remaining.max(1)),
            Reading::Done(anchor) => {
                self.anchor = Some(anchor);
                Ok(0)
            }
            Reading::Fetch => Ok(0),
        }
    }

    /// The height of the header that says which L1 block fixed the table.
    #[wasm_bindgen(js_name = fixingRoot)]
    pub fn fixing_root(&self) -> Option<u64> {
        self.anchor.as_ref()?.fixing_root()
    }

    /// What was found; null before the end.
    pub fn anchor(&self) -> JsValue {
        object(&self.anchor.as_ref().map(|anchor| AnchorOutput {
            block: anchor.block.number,
            date: anchor.date(),
            epoch: anchor.epoch,
            height: anchor.readings.height,
            // Tables have as many rows as signer bits at most.
            validators: u32::try_from(anchor.table.entries().len()).unwrap_or(u32::MAX),
        }))
    }

    /// A digest of the table's members, for a client that began elsewhere; nothing before the end.
    pub fn members(&self) -> Vec<u8> {
        self.anchor.as_ref().map(|anchor| anchor.word().members.to_vec()).unwrap_or_default()
    }

    /// The stake table as a client takes it. The header, if there is one, is a hint, and need not be proven.
    ///
    /// # Errors
    /// `l1.contract`, `l1.table`.
    pub fn tables(&self, header: Option<Vec<u8>>) -> Result<Vec<u8>, JsValue> {
        let anchor = self.anchor.as_ref().ok_or_else(|| refusal(Rejection::L1Table.bare()))?;
        let hint = header.and_then(|header| {
            let header = Header::from_json(&json::parse(&header).ok()?).ok()?;
            Some(header.l1_finalized?.number)
        });
        StoredTables::l1_to_bytes(anchor, hint, &self.network).map_err(refusal)
    }
}
