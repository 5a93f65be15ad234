//! The pure functions.

use hotshot_light_client::consensus::certificate::{
    Certificate, Certificate2, QuorumCertificate, TimeoutCertificate, UpgradeCertificate, ViewSyncCertificate,
};
use hotshot_light_client::consensus::header::Header;
use hotshot_light_client::consensus::leaf::Leaf;
use hotshot_light_client::consensus::signatures::{Quorum, weigh};
use hotshot_light_client::consensus::votes::VoteData;
use hotshot_light_client::encoding::integer::decimal;
use hotshot_light_client::encoding::json::{self, Json};
use hotshot_light_client::encoding::tagged_base64::{encode, tag};
use hotshot_light_client::stake_table::table::StakeTable;
use hotshot_light_client::stake_table::threshold::Threshold;
use hotshot_light_client::{Rejected, Rejection};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::output::{object, refusal};
use crate::quorum::QuorumOutput;

/// The commitment of a header: the block's hash, `BLOCK~…`.
///
/// # Errors
/// What is wrong with the header.
#[wasm_bindgen(js_name = headerCommitment)]
pub fn header_commitment(header: &[u8]) -> Result<String, JsValue> {
    let commit = |json: Json<'_>| Ok(encode(tag::BLOCK, &Header::from_json(&json)?.commitment()));
    json::parse(header).and_then(commit).map_err(refusal)
}

/// The commitment of a leaf, `COMMIT~…`. The leaf may stand alone or in `{leaf, qc}`.
///
/// # Errors
/// What is wrong with the leaf.
#[wasm_bindgen(js_name = leafCommitment)]
pub fn leaf_commitment(leaf: &[u8]) -> Result<String, JsValue> {
    let commit = |json: Json<'_>| {
        let leaf = Leaf::from_json(json.find("leaf")?.unwrap_or(&json))?;
        Ok(encode(tag::COMMIT, &leaf.commitment()))
    };
    json::parse(leaf).and_then(commit).map_err(refusal)
}

/// A stake table whose keys have all been checked.
#[wasm_bindgen(js_name = Table)]
pub struct AdmittedTable(StakeTable);

#[wasm_bindgen(js_class = Table)]
impl AdmittedTable {
    /// Reads and admits a table.
    ///
    /// # Errors
    /// What is wrong with it.
    #[wasm_bindgen(constructor)]
    pub fn new(table: &[u8]) -> Result<Self, JsValue> {
        json::parse(table).and_then(|json| StakeTable::from_json(&json)).map(Self).map_err(refusal)
    }

    /// The stake of all members, in decimal.
    pub fn total(&self) -> String {
        decimal(self.0.total_stake())
    }

    /// The number of members.
    pub fn size(&self) -> usize {
        self.0.entries().len()
    }

    /// Verifies a certificate of a kind that is named as in the package's types.
    ///
    /// # Errors
    /// Why the certificate proves nothing.
    pub fn verify(&self, certificate: &[u8], kind: &str) -> Result<JsValue, JsValue> {
        let verify = |json: Json<'_>| match kind {
            "certificate2" => self.check(&Certificate2::from_json(&json)?, Threshold::Success),
            "upgrade" => self.check(&UpgradeCertificate::from_json(&json)?, Threshold::Upgrade),
            "timeout" => self.check(&TimeoutCertificate::from_json(&json)?, Threshold::Success),
            "view_sync_finalize" => self.check(&ViewSyncCertificate::from_json(&json)?, Threshold::Success),
            _ => self.check(&QuorumCertificate::from_json(&json)?, Threshold::Success),
        };
        json::parse(certificate).and_then(verify).map(|quorum| object(&QuorumOutput::from(&quorum))).map_err(refusal)
    }
}

impl AdmittedTable {
    fn check<D: VoteData>(&self, certificate: &Certificate<D>, threshold: Threshold) -> Result<Quorum, Rejected> {
        let (signed, quorum) = weigh(certificate, &self.0, threshold)?;
        let refused = |_| Rejection::QcSignature.with(certificate.signed_message(), "a message that the quorum signed");
        signed.verify().map_err(refused)?;
        Ok(quorum)
    }
}
