//! A chain of leaves with genuine payload commitments, as a provider serves it.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use crate::consensus::header::Header;
use crate::consensus::leaf::{CertifiedLeaf, Leaf};
use crate::consensus::verified::Verified;
use crate::data::namespace_payload::encode_transactions;
use crate::data::tests::samples::MadeBlock;
use crate::encoding::bytes::to_base64;
use crate::encoding::committable::Commitment;
use crate::encoding::json::parse;
use crate::encoding::tagged_base64::encode;
use crate::hash::merkle_append::BlockTree;
use crate::rollup::authority::{Authority, Tenure};
use crate::rollup::config::{Format, RollupConfig};
use crate::rollup::signature::tests::address;
use crate::rollup::signature::tests::insecure_key;
use crate::rollup::walk::ScanRequest;

pub(super) const NAMESPACE: u32 = 412_346;

/// The one transaction of another rollup in every block.
const OTHER: &[u8] = b"another rollup";

/// The made blocks and their leaves in JSON, lowest first, from height 0 on.
pub(super) struct Chain {
    pub(super) blocks: Vec<MadeBlock>,
    pub(super) leaves: Vec<String>,
    pub(super) tip: (Verified<Header>, Commitment),
    tree: BlockTree,
}

/// The text with the value of a key replaced: a string, a number or an object without nesting.
fn with(text: &str, key: &str, value: &str) -> String {
    let start = text.find(&format!("\"{key}\":")).unwrap() + key.len() + 3;
    let rest = &text[start..];
    let end = match rest.as_bytes()[0] {
        b'{' => rest.find('}').unwrap() + 1,
        b'"' => rest[1..].find('"').unwrap() + 2,
        _ => rest.find([',', '}']).unwrap(),
    };
    format!("{}{value}{}", &text[..start], &rest[end..])
}

fn read(leaf: &str) -> Leaf {
    CertifiedLeaf::from_json(&parse(leaf.as_bytes()).unwrap()).unwrap().leaf
}

impl Chain {
    /// A chain whose block `h` has these transactions in the namespace; none means an absent one.
    /// `None` where the recordings, which give the leaves their other fields, are missing.
    pub(super) fn new(transactions: &[Vec<Vec<u8>>]) -> Option<Self> {
        let recorded = crate::recorded::file("v4/blocks.jsonl")?;
        let line = core::str::from_utf8(&recorded).unwrap().lines().nth(2).unwrap();
        let end = line.find(r#","payload":{"raw"#).unwrap();
        let template = &line[r#"{"leaf":"#.len()..end];
        let (mut blocks, mut leaves, mut tree) = (vec![], vec![], BlockTree::new());
        let mut parent = [0; 32];
        for (height, transactions) in transactions.iter().enumerate() {
            let mut namespaces = vec![(5, encode_transactions([OTHER]).unwrap())];
            if !transactions.is_empty() {
                let bytes = encode_transactions(transactions.iter().map(Vec::as_slice)).unwrap();
                namespaces.push((NAMESPACE, bytes));
            }
            let made = MadeBlock { namespaces, ..MadeBlock::new(4, 5, &[]) };
            let header = made.header();
            let mut leaf = String::from(template);
            // Block fields stand behind the certificates, so the header is edited by itself.
            let start = leaf.find(r#""block_header""#).unwrap();
            let mut fields = leaf.split_off(start);
            let table = format!(r#"{{"bytes":"{}"}}"#, to_base64(&header.ns_table));
            for (key, value) in [
                ("height", format!("{height}")),
                ("payload_commitment", format!("\"{}\"", encode("AvidMCommit", &header.payload_commitment))),
                ("builder_commitment", format!("\"{}\"", encode("BUILDER_COMMITMENT", &header.builder_commitment))),
                ("ns_table", table),
            ] {
                fields = with(&fields, key, &value);
            }
            leaf = with(&leaf, "parent_commitment", &format!("\"{}\"", encode("COMMIT", &parent)));
            // The block tree of the header, so that headers can be proven under the tip.
            let mut root = tree.root().to_vec();
            root.extend(32u64.to_le_bytes());
            root.extend((height as u64).to_le_bytes());
            fields = with(&fields, "block_merkle_tree_root", &format!("\"{}\"", encode("MERKLE_COMM", &root)));
            leaf.push_str(&fields);
            let parsed = read(&leaf);
            parent = parsed.commitment();
            tree.push(parsed.header.commitment());
            blocks.push(made);
            leaves.push(leaf);
        }
        let last = read(leaves.last().unwrap());
        let tip = (Verified::new(last.header.clone()), last.commitment());
        Some(Self { blocks, leaves, tip, tree })
    }

    pub(super) fn header_json(&self, height: usize) -> String {
        let leaf = &self.leaves[height];
        let start = leaf.find(r#""block_header":"#).unwrap() + r#""block_header":"#.len();
        let end = leaf.find(r#","upgrade_certificate""#).unwrap();
        leaf[start..end].into()
    }

    /// The transaction in namespace 5 of every block.
    pub(super) fn other_transaction(&self) -> &'static [u8] {
        OTHER
    }

    /// The honest answer.
    pub(super) fn answer(&self, request: &ScanRequest) -> String {
        let index = |height: u64| usize::try_from(height).unwrap();
        match request {
            ScanRequest::Leaves { from, until } => format!("[{}]", self.leaves[index(*from)..index(*until)].join(",")),
            ScanRequest::Namespace { height, namespace } => {
                let block = &self.blocks[index(*height)];
                match block.namespaces.iter().position(|(id, _)| id == namespace) {
                    Some(place) => block.answer(place),
                    None => r#"{"proof":null}"#.into(),
                }
            }
            ScanRequest::Header { root, height } => {
                // The tree over the blocks below the root.
                let mut tree = BlockTree::new();
                for leaf in &self.leaves[..index(*root)] {
                    tree.push(read(leaf).header.commitment());
                }
                assert!(tree.len() < self.tree.len());
                let proof = tree.proof_json(index(*height)).unwrap();
                format!(r#"{{"header":{},"proof":{proof}}}"#, self.header_json(index(*height)))
            }
        }
    }
}

/// The rollup, with one authority whose key is for tests only.
pub(super) fn nitro() -> RollupConfig {
    let signer = address(insecure_key(5).verifying_key());
    let authority = Authority::new(vec![Tenure { signer, from: 0, until: None }]).unwrap();
    RollupConfig { namespace: NAMESPACE, format: Format::Nitro, authority, first_height: 0 }
}
