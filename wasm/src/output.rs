//! What JavaScript gets back.

use hotshot_light_client::{Operand, Rejected};
use serde::Serialize;
use wasm_bindgen::JsValue;
#[cfg(feature = "finality")]
use wasm_bindgen::prelude::wasm_bindgen;

/// A plain object with integers of 64 bits as `bigint`.
pub(crate) fn object<T: Serialize>(value: &T) -> JsValue {
    let serializer = serde_wasm_bindgen::Serializer::new()
        .serialize_large_number_types_as_bigints(true)
        .serialize_missing_as_null(true);
    // Serializing plain structures into objects cannot fail; `null` would be noticed at once.
    value.serialize(&serializer).unwrap_or(JsValue::NULL)
}

/// Why something is refused.
#[derive(Serialize)]
pub(crate) struct Refusal {
    /// The rejection's number; 0 where it is not the core that refuses.
    number: u16,
    got: Option<String>,
    expected: Option<String>,
}

/// Randomness from where the module runs, which the core takes as an argument.
///
/// # Errors
/// Where there is no Web Crypto.
#[cfg(any(feature = "finality", feature = "tables"))]
pub(crate) fn entropy() -> Result<[u8; 32], JsValue> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| object(&Refusal { number: 0, got: None, expected: None }))?;
    Ok(bytes)
}

impl From<Rejected> for Refusal {
    fn from(rejected: Rejected) -> Self {
        let shown = |operand: &Operand| (*operand != Operand::None).then(|| operand.to_string());
        Self { number: rejected.rejection.number(), got: shown(&rejected.got), expected: shown(&rejected.expected) }
    }
}

/// The object that is thrown for a rejection.
pub(crate) fn refusal(rejected: Rejected) -> JsValue {
    object(&Refusal::from(rejected))
}

/// Codes and summaries stay out of the module: the build makes types and a table for the package of
/// them, out of what wasm-bindgen takes for declarations.
#[cfg(feature = "finality")]
#[wasm_bindgen(typescript_custom_section)]
const REJECTIONS: &str = hotshot_light_client::rejection::TABLE;
