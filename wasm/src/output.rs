//! What JavaScript gets back.

use hotshot_light_client::consensus::signatures::Quorum;
use hotshot_light_client::encoding::integer::decimal;
use hotshot_light_client::{Operand, Rejected, Rejection};
use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// A plain object with integers of 64 bits as `bigint`.
pub(crate) fn object<T: Serialize>(value: &T) -> JsValue {
    let serializer = serde_wasm_bindgen::Serializer::new()
        .serialize_large_number_types_as_bigints(true)
        .serialize_missing_as_null(true);
    // Serializing plain structures into objects cannot fail; `null` would be noticed at once.
    value.serialize(&serializer).unwrap_or(JsValue::NULL)
}

#[derive(Serialize)]
struct Refusal {
    code: &'static str,
    summary: &'static str,
    got: Option<String>,
    expected: Option<String>,
}

/// Randomness from where the module runs, which the core takes as an argument.
///
/// # Errors
/// `entropy.unavailable`, of the package's own codes, where there is no Web Crypto.
pub(crate) fn entropy() -> Result<[u8; 32], JsValue> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| {
        object(&Refusal {
            code: "entropy.unavailable",
            summary: "there is no source of randomness",
            got: None,
            expected: None,
        })
    })?;
    Ok(bytes)
}

/// The object that is thrown for a rejection.
pub(crate) fn refusal(rejected: Rejected) -> JsValue {
    let shown = |operand: &Operand| (*operand != Operand::None).then(|| operand.to_string());
    object(&Refusal {
        code: rejected.code(),
        summary: rejected.rejection.summary(),
        got: shown(&rejected.got),
        expected: shown(&rejected.expected),
    })
}

/// A quorum; amounts of 256 bits in decimal.
#[derive(Serialize)]
pub(crate) struct QuorumOutput {
    view: u64,
    epoch: Option<u64>,
    signers: Vec<u32>,
    weight: String,
    threshold: String,
    total: String,
}

impl From<&Quorum> for QuorumOutput {
    fn from(quorum: &Quorum) -> Self {
        let set = (0..).zip(quorum.signers.iter()).filter(|(_, set)| *set);
        Self {
            view: quorum.view,
            epoch: quorum.epoch,
            signers: set.map(|(index, _)| index).collect(),
            weight: decimal(quorum.weight),
            threshold: decimal(quorum.threshold),
            total: decimal(quorum.total),
        }
    }
}

#[derive(Serialize)]
struct Code {
    number: u16,
    code: &'static str,
    summary: &'static str,
}

/// The table of all rejections, from which the package's types are generated.
#[wasm_bindgen]
pub fn rejections() -> Box<[JsValue]> {
    let row = |rejection: &Rejection| {
        object(&Code { number: rejection.number(), code: rejection.code(), summary: rejection.summary() })
    };
    Rejection::ALL.iter().map(row).collect()
}
