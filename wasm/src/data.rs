//! What is in a block: the second module of the package, loaded on first use.
//!
//! Its root of trust is a block hash that the first module has proven final: headers come in as the
//! bytes that any server gave, and are taken only if they have that hash.

use hotshot_light_client::Rejected;
use hotshot_light_client::data::{BlockContext, Ledger};
use hotshot_light_client::encoding::bytes::from_hex;
use hotshot_light_client::encoding::json;
use hotshot_light_client::encoding::tagged_base64::{decode_array, tag};
use hotshot_light_client::rollup::bundle::Leg;
use hotshot_light_client::rollup::report::{BundleConfirmationReport, ConfirmationReport, NamespaceReporting};
use hotshot_light_client::rollup::{BundleScan, RollupConfig, Scan, ScanRequest, offline};
use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::output::{object, refusal};

/// A header under a block hash that is final, or an older one with its proof under it.
///
/// # Errors
/// Why it is refused.
#[wasm_bindgen(js_name = header)]
pub fn header(root: &[u8], block: &str, height: Option<u64>, proof: Option<Vec<u8>>) -> Result<JsValue, JsValue> {
    let older = height.zip(proof.as_deref());
    offline::header(root, block, older).map(|report| object(&report)).map_err(refusal)
}

/// What an account holds under a header: of `fee` or of rewards.
///
/// # Errors
/// Why the answer is refused.
#[wasm_bindgen(js_name = account)]
pub fn account(header: &[u8], block: &str, ledger: &str, account: &str, answer: &[u8]) -> Result<JsValue, JsValue> {
    let ledger = if ledger == "fee" { Ledger::Fee } else { Ledger::Reward };
    offline::account(header, block, ledger, account, answer).map(|report| object(&report)).map_err(refusal)
}

/// A bundle in one block: `{"legs", "answers"}`.
///
/// # Errors
/// Why it is none.
#[wasm_bindgen(js_name = bundle)]
pub fn bundle(header: &[u8], block: &str, bundle: &[u8], weight: Option<u64>) -> Result<JsValue, JsValue> {
    offline::bundle(header, block, bundle, weight).map(|report| object(&report)).map_err(refusal)
}

/// The check of one namespace, in steps.
#[wasm_bindgen]
pub struct NamespaceCheck(NamespaceReporting);

#[wasm_bindgen]
impl NamespaceCheck {
    /// Begins with all but the commitment. `weight` is the number of shares under the stake table of
    /// the block's epoch; without it, the answer's is taken.
    ///
    /// # Errors
    /// Why the answer is refused.
    #[wasm_bindgen(constructor)]
    pub fn new(
        header: &[u8],
        block: &str,
        namespace: u64,
        answer: &[u8],
        weight: Option<u64>,
    ) -> Result<NamespaceCheck, JsValue> {
        offline::begin_namespace(header, block, namespace, answer, weight)
            .map(|check| Self(NamespaceReporting::new(check)))
            .map_err(refusal)
    }

    /// Does so many units of work, each a few milliseconds at most; whether there is more to do.
    ///
    /// # Errors
    /// Why the answer is refused.
    pub fn step(&mut self, budget: usize) -> Result<bool, JsValue> {
        self.0.step(budget).map_err(refusal)
    }

    /// The transactions since the last call, all of them proven.
    pub fn take(&mut self) -> JsValue {
        object(&self.0.take())
    }

    /// Does what is left; what the block holds, with the transactions that were not taken.
    ///
    /// # Errors
    /// Why the answer is refused; `scan.answer` at a second call.
    pub fn finish(&mut self) -> Result<JsValue, JsValue> {
        self.0.finish().map(|report| object(&report)).map_err(refusal)
    }
}

#[derive(Serialize)]
struct RequestOutput {
    path: String,
    height: u64,
    kind: &'static str,
}

/// What a scan looks for.
enum Question {
    Transaction(Box<Scan>),
    Bundle(Box<BundleScan>),
}

macro_rules! each {
    ($question:expr, $scan:ident => $body:expr) => {
        match $question {
            Question::Transaction($scan) => $body,
            Question::Bundle($scan) => $body,
        }
    };
}

/// A scan of final heights for an L2 transaction or for a bundle.
#[wasm_bindgen(js_name = Scan)]
pub struct ScanHandle(Question);

#[wasm_bindgen(js_class = Scan)]
impl ScanHandle {
    /// A scan for `{"rollup", "transaction"}` or `{"legs"}` in heights `from` to `to`, down from a
    /// header with a final block hash and leaf commitment.
    ///
    /// # Errors
    /// What is wrong with the question or the header.
    #[wasm_bindgen(constructor)]
    pub fn new(
        question: &[u8],
        from: u64,
        to: u64,
        tip: &[u8],
        block: &str,
        leaf: &str,
        hint: Option<u64>,
    ) -> Result<ScanHandle, JsValue> {
        let make = || {
            let json = json::parse(question)?;
            let tip = (offline::trusted_header(tip, block)?, decode_array(leaf, tag::COMMIT)?);
            Ok(match json.find("legs")? {
                Some(legs) => {
                    let legs = Leg::list_from_json(legs)?;
                    Question::Bundle(Box::new(BundleScan::new(legs, from..=to, tip, hint)?))
                }
                None => {
                    let config = RollupConfig::from_json(json.get("rollup")?)?;
                    let transaction = from_hex(json.get("transaction")?.text()?)?;
                    Question::Transaction(Box::new(Scan::new(config, transaction, from..=to, tip, hint)?))
                }
            })
        };
        make().map(Self).map_err(|rejected: Rejected| refusal(rejected))
    }

    /// Asks for at most so many leaves at once.
    #[wasm_bindgen(js_name = setStretch)]
    pub fn set_stretch(&mut self, leaves: u32) {
        each!(&mut self.0, scan => scan.set_stretch(u64::from(leaves)));
    }

    /// What to fetch next: its path, the height that it is about, and whether it is `header`, `leaves`
    /// or `namespace`. Nothing while there is something to compute, and at the end.
    pub fn request(&self) -> JsValue {
        let request = each!(&self.0, scan => scan.request());
        let Some(request) = request else { return JsValue::UNDEFINED };
        let (height, kind) = match request {
            ScanRequest::Header { height, .. } => (height, "header"),
            ScanRequest::Leaves { from, .. } => (from, "leaves"),
            ScanRequest::Namespace { height, .. } => (height, "namespace"),
        };
        object(&RequestOutput { path: request.path(), height, kind })
    }

    /// Takes the answer. `weight` is the number of shares under the stake table of the epoch of the
    /// request's height, if that is known.
    ///
    /// # Errors
    /// Why it is refused. The same is asked for again.
    pub fn respond(&mut self, body: &[u8], weight: Option<u64>) -> Result<(), JsValue> {
        let parameters = |block: &BlockContext| offline::parameters(block, weight).ok().flatten();
        each!(&mut self.0, scan => scan.respond(body, parameters)).map_err(refusal)
    }

    /// Whether there is something to compute.
    #[wasm_bindgen(js_name = isWorking)]
    pub fn is_working(&self) -> bool {
        each!(&self.0, scan => scan.is_working())
    }

    /// Does so many units of work, each about a millisecond.
    ///
    /// # Errors
    /// Why the answer is refused after all.
    pub fn step(&mut self, budget: usize) -> Result<(), JsValue> {
        each!(&mut self.0, scan => scan.step(budget)).map_err(refusal)
    }

    /// Says that nobody has what was asked for: a hint is given up.
    pub fn missing(&mut self) {
        each!(&mut self.0, scan => scan.missing());
    }

    /// How many heights were read.
    pub fn done(&self) -> u64 {
        each!(&self.0, scan => scan.progress().0)
    }

    /// What is shown so far.
    pub fn report(&self) -> JsValue {
        match &self.0 {
            Question::Transaction(scan) => object(&ConfirmationReport::from(scan.as_ref())),
            Question::Bundle(scan) => object(&BundleConfirmationReport::from(scan.as_ref())),
        }
    }
}
