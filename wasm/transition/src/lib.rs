//! JavaScript bindings of the verifier of transition proofs: a small module of its own, because most
//! visitors of a page never need it, and who does wants it without the rest.
//!
//! Glue only. JSON in and out as text; a refusal is thrown as the JSON of `{number, got, expected}`.

use hotshot_light_client::client::transition::TransitionPins;
use hotshot_light_client::encoding::bytes::to_hex;
use hotshot_light_client::encoding::json::{self, Json};
use hotshot_light_client::stake_table::table::StakeTable;
use hotshot_light_client::transition::record::{Boundary, ChainStep, ProvenTransition, TransitionChain};
use hotshot_light_client::{Operand, Rejected, Rejection};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// The JSON of a text. Operands may quote what a server sent.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            character if u32::from(character) < 0x20 => {
                out.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            character => out.push(character),
        }
    }
    out.push('"');
    out
}

fn refusal(rejected: Rejected) -> JsValue {
    let shown = |operand: &Operand| match operand {
        Operand::None => "null".into(),
        operand => quoted(&operand.to_string()),
    };
    let (got, expected) = (shown(&rejected.got), shown(&rejected.expected));
    let number = rejected.rejection.number();
    JsValue::from_str(&format!(r#"{{"number":{number},"got":{got},"expected":{expected}}}"#))
}

/// A walk over transition proofs.
#[derive(Debug)]
#[wasm_bindgen(js_name = TransitionWalk)]
pub struct TransitionWalk {
    pins: TransitionPins,
    chain: TransitionChain,
    proven: Option<ProvenTransition>,
}

impl TransitionWalk {
    fn begin(network: &[u8], epoch: u64, key: &[u8], records: &[u8], entropy: &[u8]) -> Result<Self, Rejected> {
        let network = json::parse(network)?;
        let missing = || Rejection::NetworkMissingPin.with("nothing", "pinned transitions");
        let pins = TransitionPins::from_json(&network)?.ok_or_else(missing)?;
        let key = pins.admit_key(key)?;
        let table = network.find("stake_table")?.and_then(Json::non_null);
        let table = table.ok_or_else(|| Rejection::NetworkMissingPin.with("nothing", "a pinned stake_table"))?;
        let start: Boundary = pins.start(epoch, &StakeTable::from_json(table)?)?;
        let chain = pins.begin(&start, &key, records, entropy)?;
        Ok(Self { pins, chain, proven: None })
    }
}

#[wasm_bindgen(js_class = TransitionWalk)]
impl TransitionWalk {
    /// Starts from the network file's table, which signs in `epoch`, on records one behind the other.
    ///
    /// # Errors
    /// Why the network file, the key or the records are refused.
    #[wasm_bindgen(constructor)]
    pub fn new(network: &[u8], epoch: u64, key: &[u8], records: &[u8], entropy: &[u8]) -> Result<Self, JsValue> {
        Self::begin(network, epoch, key, records, entropy).map_err(refusal)
    }

    /// Works for at most `budget` units. `{"remaining"}`, or what is proven.
    ///
    /// # Errors
    /// `transition.proof`, with the epoch.
    pub fn step(&mut self, budget: u32) -> Result<String, JsValue> {
        match self.chain.step(budget) {
            ChainStep::Pending { remaining } => Ok(format!(r#"{{"remaining":{remaining}}}"#)),
            ChainStep::Done(outcome) => {
                let proven = (*outcome).map_err(refusal)?;
                self.proven = Some(proven);
                Ok(format!(
                    concat!(
                        r#"{{"epoch":"{}","table":"{}","state":"{}","view":"{}","height":"{}","#,
                        r#""authRoot":"{}"}}"#
                    ),
                    proven.boundary.epoch,
                    proven.boundary.table.to_tagged(),
                    proven.state.to_tagged(),
                    proven.state.view,
                    proven.state.height,
                    to_hex(&proven.auth_root),
                ))
            }
        }
    }

    /// Holds a stake table, in any of its JSON forms, against the proven commitments.
    ///
    /// # Errors
    /// `state.table_commitment` for another table, `transition.empty` before everything is proven, and
    /// what is wrong with the table itself.
    #[wasm_bindgen(js_name = checkTable)]
    pub fn check_table(&self, table: &[u8]) -> Result<(), JsValue> {
        let proven = self.proven.as_ref().ok_or_else(|| refusal(Rejection::TransitionEmpty.bare()))?;
        let check = |json: Json<'_>| self.pins.check_table(proven, &StakeTable::from_json(&json)?);
        json::parse(table).and_then(check).map_err(refusal)
    }
}
