//! Blocks for tests: recorded ones, and made ones with a genuine commitment.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::data::block::BlockContext;
use crate::data::vid::namespace_commitment::NamespaceCommitment;
use crate::data::vid::parameters::VidParameters;
use crate::data::vid::scheme::{PayloadCommitment, VidScheme};
use crate::encoding::bytes::{from_base64, to_base64};
use crate::encoding::json::{Json, parse};
use crate::encoding::tagged_base64::{decode_array, tag};
use crate::hash::merkle_node::Node;
use crate::rejection::Rejection;

/// One recorded block: what its header says of the payload, and the payload.
pub(super) struct RecordedBlock {
    pub(super) name: String,
    pub(super) minor: u16,
    pub(super) block: BlockContext,
    pub(super) payload: Vec<u8>,
    pub(super) builder_commitment: Node,
    pub(super) block_commitment: Node,
    pub(super) block_tree: Vec<u8>,
    /// What the node served as common data.
    pub(super) common: String,
}

fn header_field<'b, 'a>(line: &'b Json<'a>) -> (&'b Json<'a>, u16) {
    let header = line.get("leaf").unwrap().get("leaf").unwrap().get("block_header").unwrap();
    let version = header.get("version").unwrap().get("Version").unwrap();
    (header.get("fields").unwrap(), version.get("minor").unwrap().narrow().unwrap())
}

/// The blocks of a recording; none where the recordings are missing.
pub(super) fn recorded(folder: &str) -> Vec<RecordedBlock> {
    let Some(text) = crate::recorded::file(&format!("{folder}/blocks.jsonl")) else { return Vec::new() };
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let json = parse(line).unwrap();
            let (fields, minor) = header_field(&json);
            let text = |key: &'static str| fields.get(key).unwrap().text().unwrap();
            let height = fields.get("height").unwrap().u64().unwrap();
            let table = from_base64(fields.get("ns_table").unwrap().get("bytes").unwrap().text().unwrap()).unwrap();
            let line = core::str::from_utf8(line).unwrap();
            let common = line.rsplit_once(r#""common":"#).unwrap().1.strip_suffix("}}").unwrap().to_string();
            RecordedBlock {
                name: format!("{folder}/{height}"),
                minor,
                block: BlockContext::new(height, minor, text("payload_commitment"), &table).unwrap(),
                payload: crate::data::payload::payload_bytes(json.get("payload").unwrap()).unwrap(),
                builder_commitment: decode_array(text("builder_commitment"), tag::BUILDER_COMMITMENT).unwrap(),
                block_commitment: decode_array(json.get("hash").unwrap().text().unwrap(), tag::BLOCK).unwrap(),
                block_tree: crate::encoding::tagged_base64::decode(text("block_merkle_tree_root"), tag::MERKLE_COMM)
                    .unwrap(),
                common,
            }
        })
        .collect()
}

/// Namespaces and their bytes under a genuine commitment, as an honest node serves them.
#[derive(Clone)]
pub(super) struct MadeBlock {
    pub(super) scheme: VidScheme,
    pub(super) minor: u16,
    pub(super) namespaces: Vec<(u32, Vec<u8>)>,
    pub(super) parameters: VidParameters,
}

impl MadeBlock {
    pub(super) fn new(minor: u16, weight: u64, namespaces: &[(u32, &[u8])]) -> Self {
        let namespaces = namespaces.iter().map(|(id, bytes)| (*id, bytes.to_vec())).collect();
        let stakes = core::iter::repeat_n(crate::encoding::integer::U256::ONE, usize::try_from(weight).unwrap());
        let parameters = VidParameters::from_stakes(stakes).unwrap();
        Self { scheme: VidScheme::of_version(minor), minor, namespaces, parameters }
    }

    /// Three namespaces under the scheme.
    pub(super) fn three(minor: u16) -> Self {
        let first: Vec<u8> = (0..700u32).flat_map(|index| (index * 7919).to_le_bytes()).collect();
        Self::new(minor, 10, &[(7, &first), (8, b"second"), (9, &[0; 40])])
    }

    pub(super) fn table(&self) -> Vec<u8> {
        let mut bytes = u32::try_from(self.namespaces.len()).unwrap().to_le_bytes().to_vec();
        let mut end = 0;
        for (id, payload) in &self.namespaces {
            end += u32::try_from(payload.len()).unwrap();
            bytes.extend(id.to_le_bytes());
            bytes.extend(end.to_le_bytes());
        }
        bytes
    }

    pub(super) fn commitments(&self) -> Vec<Node> {
        let commit = |payload: &[u8]| NamespaceCommitment::of(self.scheme, payload, &self.parameters).unwrap();
        self.namespaces.iter().map(|(_, payload)| commit(payload)).collect()
    }

    pub(super) fn commitment_text(&self) -> String {
        let root = self.scheme.tree().unwrap().root(&self.commitments());
        PayloadCommitment { scheme: self.scheme, root }.to_tagged()
    }

    pub(super) fn block(&self) -> BlockContext {
        BlockContext::new(1, self.minor, &self.commitment_text(), &self.table()).unwrap()
    }

    pub(super) fn common(&self) -> String {
        let (n, k) = (self.parameters.total_weight(), self.parameters.recovery_threshold());
        let parameters = format!(r#"{{"total_weights":{n},"recovery_threshold":{k}}}"#);
        match self.scheme {
            VidScheme::AvidmGf2 => {
                let commits: Vec<String> = self
                    .commitments()
                    .iter()
                    .map(|root| format!(r#""{}""#, PayloadCommitment { scheme: self.scheme, root: *root }.to_tagged()))
                    .collect();
                let lengths: Vec<String> =
                    self.namespaces.iter().map(|(_, payload)| payload.len().to_string()).collect();
                format!(
                    r#"{{"V2":{{"param":{parameters},"ns_commits":[{}],"ns_lens":[{}]}}}}"#,
                    commits.join(","),
                    lengths.join(",")
                )
            }
            _ => format!(r#"{{"V1":{parameters}}}"#),
        }
    }

    pub(super) fn path(&self, index: usize) -> String {
        self.scheme.tree().unwrap().path(&self.commitments(), index).unwrap().to_tagged()
    }

    /// The bare proof of a namespace.
    pub(super) fn proof(&self, index: usize) -> String {
        self.proof_of(index, &self.namespaces[index].1, &self.path(index))
    }

    pub(super) fn proof_of(&self, index: usize, payload: &[u8], path: &str) -> String {
        let (variant, payload) = (self.scheme.variant(), to_base64(payload));
        format!(r#"{{"{variant}":{{"ns_index":{index},"ns_payload":"{payload}","ns_proof":"{path}"}}}}"#)
    }

    /// The answer of the light client's endpoint.
    pub(super) fn answer(&self, index: usize) -> String {
        with_common(&self.proof(index), &self.common())
    }

    /// What the verifier says to an answer.
    pub(super) fn verify(&self, id: u64, answer: &str) -> Result<Vec<u8>, Rejection> {
        verify(&self.block(), id, answer, Some(&self.parameters))
    }
}

pub(super) fn with_common(proof: &str, common: &str) -> String {
    format!(r#"{{"proof":{{"proof":{proof},"common":{common}}}}}"#)
}

pub(super) fn verify(
    block: &BlockContext,
    id: u64,
    answer: &str,
    parameters: Option<&VidParameters>,
) -> Result<Vec<u8>, Rejection> {
    let json = parse(answer.as_bytes()).unwrap();
    crate::data::verify_namespace(block, id, &json, parameters)
        .map(|verified| verified.payload().to_vec())
        .map_err(|rejected| rejected.rejection)
}
