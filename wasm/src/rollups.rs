//! What rollups say in blocks: the fourth module of the package, loaded on first use beside the second.
//!
//! Its root of trust is a block hash that the first module has proven final. It links headers, reads what
//! rollups signed, and has namespaces proven by the second module: an instance of its own, with which it
//! exchanges bytes.

use hotshot_light_client::Rejected;
use hotshot_light_client::data::namespace_prover::prove_with;
use hotshot_light_client::data::namespace_remote::{ProverTransport, RemoteProver};
use hotshot_light_client::data::vid::VidParameters;
use hotshot_light_client::data::{BlockContext, VerifiedNamespace, offline};
use hotshot_light_client::encoding::bytes::from_hex;
use hotshot_light_client::encoding::json;
use hotshot_light_client::encoding::tagged_base64::{decode_array, tag};
use hotshot_light_client::rollup::bundle::Leg;
use hotshot_light_client::rollup::report::{BundleConfirmationReport, BundleReport, ConfirmationReport};
use hotshot_light_client::rollup::{BundleScan, RollupConfig, Scan, ScanRequest, verify_bundle};
use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::output::{object, refusal};

#[wasm_bindgen]
extern "C" {
    /// `Prover` of the other module.
    pub type Linked;

    #[wasm_bindgen(method)]
    fn begin(this: &Linked, job: &[u8], answer: &[u8]) -> Vec<u8>;

    #[wasm_bindgen(method)]
    fn step(this: &Linked, budget: u32) -> Vec<u8>;
}

impl ProverTransport for Linked {
    fn begin(&mut self, job: &[u8], answer: &[u8]) -> Vec<u8> {
        Self::begin(self, job, answer)
    }

    fn step(&mut self, budget: u32) -> Vec<u8> {
        Self::step(self, budget)
    }
}

type Prover = RemoteProver<Linked>;

/// The check of a bundle in one block.
#[wasm_bindgen]
pub struct BundleCheck {
    block: BlockContext,
    parameters: Option<VidParameters>,
    legs: Vec<Leg>,
    namespaces: Vec<VerifiedNamespace>,
    prover: Prover,
}

#[wasm_bindgen]
impl BundleCheck {
    /// Begins with a header under its hash, and the legs. Namespaces are proven by a `Prover` of the other
    /// module. `weight` is the number of shares under the stake table of the block's epoch; without it,
    /// the answers' is taken.
    ///
    /// # Errors
    /// What is wrong with header or legs.
    #[wasm_bindgen(constructor)]
    pub fn new(
        header: &[u8],
        block: &str,
        legs: &[u8],
        weight: Option<u64>,
        prover: Linked,
    ) -> Result<BundleCheck, JsValue> {
        let prover = RemoteProver::new(prover);
        let make = || {
            let block = BlockContext::new(&offline::trusted_header(header, block)?)?;
            let parameters = offline::parameters(&block, weight)?;
            let legs = Leg::list_from_json(&json::parse(legs)?)?;
            Ok(Self { block, parameters, legs, namespaces: Vec::new(), prover })
        };
        make().map_err(|rejected: Rejected| refusal(rejected))
    }

    /// Proves an answer about the namespace of a leg.
    ///
    /// # Errors
    /// Why the answer is refused.
    pub fn add(&mut self, namespace: u32, answer: &[u8]) -> Result<(), JsValue> {
        let id = u64::from(namespace);
        // One of each at most: there are no more of them than legs.
        if self.namespaces.iter().any(|known| known.id() == id)
            || self.legs.iter().all(|leg| leg.namespace != namespace)
        {
            return Ok(());
        }
        let proven = prove_with(&mut self.prover, &self.block, id, answer, self.parameters.as_ref());
        self.namespaces.push(proven.map_err(refusal)?);
        Ok(())
    }

    /// Finds the legs in what was added.
    ///
    /// # Errors
    /// Why it is no bundle.
    pub fn finish(&self) -> Result<JsValue, JsValue> {
        let bundle = verify_bundle(&self.block, &self.legs, &self.namespaces).map_err(refusal)?;
        Ok(object(&BundleReport::from(&bundle)))
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
    Transaction(Box<Scan<Prover>>),
    Bundle(Box<BundleScan<Prover>>),
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
    /// header with a final block hash and leaf commitment. Namespaces are proven by a `Prover` of the other
    /// module, of this scan's own.
    ///
    /// # Errors
    /// What is wrong with the question or the header.
    #[wasm_bindgen(constructor)]
    #[expect(clippy::too_many_arguments, reason = "an object of JavaScript would have to be taken apart again")]
    pub fn new(
        question: &[u8],
        from: u64,
        to: u64,
        tip: &[u8],
        block: &str,
        leaf: &str,
        hint: Option<u64>,
        prover: Linked,
    ) -> Result<ScanHandle, JsValue> {
        let prover = RemoteProver::new(prover);
        let make = || {
            let json = json::parse(question)?;
            let tip = (offline::trusted_header(tip, block)?, decode_array(leaf, tag::COMMIT)?);
            Ok(match json.find("legs")? {
                Some(legs) => {
                    let legs = Leg::list_from_json(legs)?;
                    Question::Bundle(Box::new(BundleScan::with_prover(legs, from..=to, tip, hint, prover)?))
                }
                None => {
                    let config = RollupConfig::from_json(json.get("rollup")?)?;
                    let transaction = from_hex(json.get("transaction")?.text()?)?;
                    Question::Transaction(Box::new(Scan::with_prover(
                        config,
                        transaction,
                        from..=to,
                        tip,
                        hint,
                        prover,
                    )?))
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
