//! Blocks for tests: recorded ones, and made ones with a genuine commitment.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::consensus::chain_config::ResolvableChainConfig;
use crate::consensus::header::{FeeInfo, Header, L1BlockInfo, MerkleCommitment};
use crate::consensus::version::Version;
use crate::data::block::BlockContext;
use crate::data::vid::namespace_commitment::NamespaceCommitment;
use crate::data::vid::parameters::VidParameters;
use crate::data::vid::scheme::VidScheme;
use crate::encoding::bytes::to_base64;
use crate::encoding::integer::U256;
use crate::encoding::json::parse;
use crate::encoding::tagged_base64::{decode_array, encode, tag};
use crate::hash::merkle_node::Node;
use crate::rejection::Rejection;

/// One recorded block.
pub(crate) struct RecordedBlock {
    pub(crate) name: String,
    pub(crate) header: Header,
    pub(crate) block: BlockContext,
    pub(crate) payload: Vec<u8>,
    pub(crate) block_commitment: Node,
    /// What the node served as common data.
    pub(crate) common: String,
}

/// The blocks of a recording; none where the recordings are missing.
pub(crate) fn recorded(folder: &str) -> Vec<RecordedBlock> {
    let Some(text) = crate::recorded::file(&format!("{folder}/blocks.jsonl")) else { return Vec::new() };
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let json = parse(line).unwrap();
            let leaf = json.get("leaf").unwrap().get("leaf").unwrap();
            let header = Header::from_json(leaf.get("block_header").unwrap()).unwrap();
            let line = core::str::from_utf8(line).unwrap();
            let common = line.rsplit_once(r#""common":"#).unwrap().1.strip_suffix("}}").unwrap().to_string();
            RecordedBlock {
                name: format!("{folder}/{}", header.height),
                block: BlockContext::unverified(&header).unwrap(),
                payload: crate::data::payload::payload_bytes(json.get("payload").unwrap()).unwrap(),
                block_commitment: decode_array(json.get("hash").unwrap().text().unwrap(), tag::BLOCK).unwrap(),
                common,
                header,
            }
        })
        .collect()
}

/// A header with the fields that bind a payload, and nothing of interest else.
pub(crate) fn header(version: Version, height: u64, root: Node, table: &[u8], builder: Node) -> Header {
    let empty = MerkleCommitment { root: [0; 32], height: 32, leaves: height };
    Header {
        version,
        chain_config: ResolvableChainConfig::Committed([0; 32]),
        height,
        timestamp: 0,
        l1_head: 0,
        l1_finalized: Some(L1BlockInfo { number: 100, timestamp: U256::ZERO, hash: [0; 32] }),
        payload_commitment: root,
        builder_commitment: builder,
        ns_table: table.to_vec(),
        block_merkle_tree_root: empty,
        fee_merkle_tree_root: empty,
        fee_info: FeeInfo { account: [0; 20], amount: U256::ZERO },
        reward_merkle_tree_root: None,
        reward: None,
        leader_counts: None,
    }
}

/// Version 0.`minor`.
pub(crate) fn version(minor: u16) -> Version {
    Version { major: 0, minor }
}

/// Namespaces and their bytes under a genuine commitment, as an honest node serves them.
#[derive(Clone)]
pub(crate) struct MadeBlock {
    pub(crate) scheme: VidScheme,
    pub(crate) minor: u16,
    pub(crate) namespaces: Vec<(u32, Vec<u8>)>,
    pub(crate) parameters: VidParameters,
}

impl MadeBlock {
    pub(crate) fn new(minor: u16, weight: u64, namespaces: &[(u32, &[u8])]) -> Self {
        let namespaces = namespaces.iter().map(|(id, bytes)| (*id, bytes.to_vec())).collect();
        let stakes = core::iter::repeat_n(U256::ONE, usize::try_from(weight).unwrap());
        let parameters = VidParameters::from_stakes(stakes).unwrap();
        Self { scheme: VidScheme::of(version(minor)), minor, namespaces, parameters }
    }

    /// Three namespaces under the scheme.
    pub(crate) fn three(minor: u16) -> Self {
        let first: Vec<u8> = (0..700u32).flat_map(|index| (index * 7919).to_le_bytes()).collect();
        Self::new(minor, 10, &[(7, &first), (8, b"second"), (9, &[0; 40])])
    }

    pub(crate) fn table(&self) -> Vec<u8> {
        let mut bytes = u32::try_from(self.namespaces.len()).unwrap().to_le_bytes().to_vec();
        let mut end = 0;
        for (id, payload) in &self.namespaces {
            end += u32::try_from(payload.len()).unwrap();
            bytes.extend(id.to_le_bytes());
            bytes.extend(end.to_le_bytes());
        }
        bytes
    }

    pub(crate) fn commitments(&self) -> Vec<Node> {
        let commit = |payload: &[u8]| NamespaceCommitment::of(self.scheme, payload, &self.parameters).unwrap();
        self.namespaces.iter().map(|(_, payload)| commit(payload)).collect()
    }

    pub(crate) fn root(&self) -> Node {
        self.scheme.tree().unwrap().root(&self.commitments())
    }

    pub(crate) fn payload(&self) -> Vec<u8> {
        self.namespaces.iter().flat_map(|(_, payload)| payload.clone()).collect()
    }

    /// The header of the block at height 1.
    pub(crate) fn header(&self) -> Header {
        let table = self.table();
        let builder = crate::data::builder_commitment(&self.payload(), &table);
        header(version(self.minor), 1, self.root(), &table, builder)
    }

    pub(crate) fn block(&self) -> BlockContext {
        BlockContext::unverified(&self.header()).unwrap()
    }

    pub(crate) fn common(&self) -> String {
        let (n, k) = (self.parameters.total_weight(), self.parameters.recovery_threshold());
        let parameters = format!(r#"{{"total_weights":{n},"recovery_threshold":{k}}}"#);
        match self.scheme {
            VidScheme::AvidmGf2 => {
                let commits: Vec<String> =
                    self.commitments().iter().map(|root| format!(r#""{}""#, encode(self.scheme.tag(), root))).collect();
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

    pub(crate) fn path(&self, index: usize) -> String {
        self.scheme.tree().unwrap().path(&self.commitments(), index).unwrap().to_tagged()
    }

    /// The bare proof of a namespace.
    pub(crate) fn proof(&self, index: usize) -> String {
        self.proof_of(index, &self.namespaces[index].1, &self.path(index))
    }

    pub(crate) fn proof_of(&self, index: usize, payload: &[u8], path: &str) -> String {
        let (variant, payload) = (self.scheme.variant(), to_base64(payload));
        format!(r#"{{"{variant}":{{"ns_index":{index},"ns_payload":"{payload}","ns_proof":"{path}"}}}}"#)
    }

    /// The answer of the light client's endpoint.
    pub(crate) fn answer(&self, index: usize) -> String {
        with_common(&self.proof(index), &self.common())
    }

    /// What the verifier says to an answer.
    pub(crate) fn verify(&self, id: u64, answer: &str) -> Result<Vec<u8>, Rejection> {
        verify(&self.block(), id, answer, Some(&self.parameters))
    }
}

pub(crate) fn with_common(proof: &str, common: &str) -> String {
    format!(r#"{{"proof":{{"proof":{proof},"common":{common}}}}}"#)
}

pub(crate) fn verify(
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
