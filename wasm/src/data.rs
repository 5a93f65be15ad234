//! What is in a block: the second module of the package, loaded on first use.
//!
//! Its root of trust is a block hash that the first module has proven final: headers come in as the
//! bytes that any server gave, and are taken only if they have that hash.

use hotshot_light_client::data::namespace_payload::NamespaceTransaction;
use hotshot_light_client::data::reporting::{NamespaceReporting, PayloadReporting};
use hotshot_light_client::data::transaction::TRANSACTION_TAG;
use hotshot_light_client::data::{Ledger, VerifiedPayload, offline};
use hotshot_light_client::encoding::tagged_base64::encode;
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

/// Transactions on their way out, one after the other: namespace 4 ‖ position 4 ‖ overlaps 1 ‖ length of
/// the commitment 1 ‖ commitment, `TX~…` ‖ length of the payload 4 ‖ payload. Integers are little-endian.
#[derive(Default)]
struct Outgoing(Vec<u8>);

impl Outgoing {
    fn push(&mut self, namespace: u32, transaction: &NamespaceTransaction<'_>) {
        let commitment = encode(TRANSACTION_TAG, &transaction.commitment(namespace));
        let bytes = &mut self.0;
        // Positions and lengths are below the 32 bits of a table's offsets.
        let short = |number: usize| u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes();
        bytes.extend_from_slice(&namespace.to_le_bytes());
        bytes.extend_from_slice(&short(transaction.position));
        bytes.push(u8::from(transaction.overlaps));
        bytes.push(u8::try_from(commitment.len()).unwrap_or(u8::MAX));
        bytes.extend_from_slice(commitment.as_bytes());
        bytes.extend_from_slice(&short(transaction.payload.len()));
        bytes.extend_from_slice(transaction.payload);
    }
}

/// The check of one namespace, in steps.
#[wasm_bindgen]
pub struct NamespaceCheck {
    namespace: u32,
    reporting: NamespaceReporting,
    outgoing: Outgoing,
}

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
        let check = offline::begin_namespace(header, block, namespace, answer, weight).map_err(refusal)?;
        // Whatever has more than 32 bits is absent, and has no transactions.
        let namespace = u32::try_from(namespace).unwrap_or(u32::MAX);
        Ok(Self { namespace, reporting: NamespaceReporting::new(check), outgoing: Outgoing::default() })
    }

    /// Does so many units of work, each a few milliseconds at most; whether there is more to do.
    ///
    /// # Errors
    /// Why the answer is refused.
    pub fn step(&mut self, budget: usize) -> Result<bool, JsValue> {
        let (namespace, outgoing) = (self.namespace, &mut self.outgoing);
        self.reporting.step(budget, |each| outgoing.push(namespace, each)).map_err(refusal)
    }

    /// The transactions since the last call, all of them proven, as `Outgoing`.
    pub fn take(&mut self) -> Vec<u8> {
        core::mem::take(&mut self.outgoing.0)
    }

    /// Does what is left; what the block holds, without its transactions.
    ///
    /// # Errors
    /// Why the answer is refused; `scan.answer` at a second call.
    pub fn finish(&mut self) -> Result<JsValue, JsValue> {
        let (namespace, outgoing) = (self.namespace, &mut self.outgoing);
        self.reporting.finish(|each| outgoing.push(namespace, each)).map(|report| object(&report)).map_err(refusal)
    }
}

/// The check of a whole payload, in steps.
#[wasm_bindgen]
pub struct PayloadCheck {
    reporting: PayloadReporting,
    outgoing: Outgoing,
    proven: Option<VerifiedPayload>,
}

#[wasm_bindgen]
impl PayloadCheck {
    /// Begins with all but the commitments. `weight` as in [`NamespaceCheck`].
    ///
    /// # Errors
    /// Why the answer is refused.
    #[wasm_bindgen(constructor)]
    pub fn new(header: &[u8], block: &str, answer: &[u8], weight: Option<u64>) -> Result<PayloadCheck, JsValue> {
        let check = offline::begin_payload(header, block, answer, weight).map_err(refusal)?;
        Ok(Self { reporting: PayloadReporting::new(check), outgoing: Outgoing::default(), proven: None })
    }

    /// Does so many units of work, each a few milliseconds at most; whether there is more to do.
    ///
    /// # Errors
    /// Why the answer is refused.
    pub fn step(&mut self, budget: usize) -> Result<bool, JsValue> {
        let outgoing = &mut self.outgoing;
        self.reporting.step(budget, |namespace, each| outgoing.push(namespace, each)).map_err(refusal)
    }

    /// The transactions since the last call, all of them proven, as `Outgoing`.
    pub fn take(&mut self) -> Vec<u8> {
        core::mem::take(&mut self.outgoing.0)
    }

    /// Does what is left; what the block holds, without its transactions.
    ///
    /// # Errors
    /// Why the answer is refused; `scan.answer` at a second call.
    pub fn finish(&mut self) -> Result<JsValue, JsValue> {
        let outgoing = &mut self.outgoing;
        let (report, payload) =
            self.reporting.finish(|namespace, each| outgoing.push(namespace, each)).map_err(refusal)?;
        self.proven = Some(payload);
        Ok(object(&report))
    }

    /// All bytes of the payload, after [`Self::finish`]; none before.
    pub fn bytes(&self) -> Vec<u8> {
        self.proven.as_ref().map_or_else(Vec::new, |payload| payload.bytes().to_vec())
    }
}
