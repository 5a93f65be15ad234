//! What is in blocks: payloads, namespaces with their proofs, older headers, accounts.
//! Sources: EspressoSystems/espresso-network `crates/espresso/node/api/{light-client,catchup}.toml`,
//! `crates/espresso/node/src/api/light_client.rs`.

use hotshot_light_client::encoding::{bytes::from_hex, tagged_base64};
use serde_json::{Map, Value, json};

use super::{Answer, Node, proof};
use crate::{
    chain::Tree,
    lie::{
        Lie, alter_account, alter_header_proof, alter_namespace, alter_payload, alter_payload_common,
        alter_transactions,
    },
    model::{Address, Base64Bytes, BlockLine},
    vid::{Encoder, Transaction, VidParameters, advz_namespace_proof, namespace_ranges},
};

/// A namespace as it is served, with all that a liar needs to know.
pub(crate) struct ServedNamespace<'a> {
    /// The block.
    pub(crate) block: &'a BlockLine,
    /// The namespace that was asked for.
    pub(crate) id: u32,
    /// Its place in the table, if it is there.
    pub(crate) index: Option<usize>,
    /// Its bytes.
    pub(crate) bytes: &'a [u8],
    /// The parameters of the block's dispersal.
    pub(crate) parameters: VidParameters,
}

impl ServedNamespace<'_> {
    /// The minor version of the block.
    pub(crate) const fn minor(&self) -> u16 {
        self.block.leaf.leaf.block_header.minor()
    }

    /// The proof in the variant of the block's version; null for a namespace that is not there.
    fn proof(&self) -> Result<Value, Answer> {
        let Some(index) = self.index else { return Ok(Value::Null) };
        let minor = self.minor();
        let payload = Base64Bytes(self.bytes.to_vec());
        if minor < 3 {
            let proof = advz_namespace_proof(&self.block.payload, index, &self.block.vid_common.common);
            let index = u32::try_from(index).unwrap_or(u32::MAX).to_le_bytes();
            return Ok(json!({ "V0": { "ns_index": index, "ns_payload": payload, "ns_proof": proof } }));
        }
        let path = Encoder::default().namespace_proof(minor, &self.block.payload, self.parameters, index);
        let path = path.map_err(|error| Answer::error(500, &error.to_string()))?;
        let body = json!({
            "ns_index": index,
            "ns_payload": payload,
            "ns_proof": tagged_base64::encode("MERKLE_PROOF", &path),
        });
        Ok(if minor < 6 { json!({ "V1": body }) } else { json!({ "V2": body }) })
    }
}

impl Node {
    fn served<'a>(&self, block: &'a BlockLine, id: u32) -> ServedNamespace<'a> {
        let height = block.vid_common.height;
        let parameters = if height == 0 {
            VidParameters::new(1)
        } else {
            let chain = self.chain();
            chain.table(chain.schedule().certified_epoch(height)).vid_parameters()
        };
        let ranges = namespace_ranges(&block.payload.ns_table.bytes.0);
        let found = ranges.into_iter().enumerate().find(|(_, range)| range.id == id);
        let bytes = found.as_ref().and_then(|(_, range)| block.payload.raw_payload.0.get(range.range.clone()));
        let (index, bytes) = (found.as_ref().map(|(index, _)| *index), bytes.unwrap_or_default());
        ServedNamespace { block, id, index, bytes, parameters }
    }

    /// The answer of `light-client/namespace`: proof and common data, or null.
    fn namespace_with_common(&self, block: &BlockLine, id: u32) -> Result<Value, Answer> {
        let served = self.served(block, id);
        let proof = served.proof()?;
        let mut answer = if proof.is_null() {
            json!({ "proof": null })
        } else {
            json!({ "proof": { "proof": proof, "common": block.vid_common.common } })
        };
        if let Some(lie) = self.lie() {
            let other = self.block(block.vid_common.height + 1);
            alter_namespace(lie, &served, other.as_deref(), &mut answer);
        }
        Ok(answer)
    }

    /// The answer of `availability/block/…/namespace`: proof and transactions.
    pub(super) fn namespace(&self, block: &BlockLine, namespace: &str) -> Answer {
        let Ok(id) = namespace.parse::<u32>() else { return Answer::error(400, "not a namespace") };
        let answer = self.namespace_with_common(block, id).map(|mut answer| {
            let proof = answer.pointer_mut("/proof/proof").map_or(Value::Null, Value::take);
            let mut transactions = Transaction::of_namespace(id, self.served(block, id).bytes);
            if let Some(lie) = self.lie() {
                alter_transactions(lie, &mut transactions);
            }
            Answer::json(&json!({ "proof": proof, "transactions": transactions }))
        });
        answer.unwrap_or_else(|answer| answer)
    }

    /// `light-client/{payload,namespace,namespaces}`, of one block and of ranges.
    pub(super) fn light_client_data(&self, segments: &[&str]) -> Answer {
        let answer = match segments {
            ["payload", height] => self.find(&[height]).map(|block| self.payload(&block)),
            ["payload", from, until] => self.each(from, until, |block| Ok(self.payload(block))),
            ["namespace", height, id] => {
                let id = parse_id(id);
                id.and_then(|id| self.find(&[height]).and_then(|block| self.namespace_with_common(&block, id)))
            }
            ["namespace", from, until, id] => {
                parse_id(id).and_then(|id| self.each(from, until, |block| self.namespace_with_common(block, id)))
            }
            ["namespaces", from, until, ids] => parse_ids(ids).and_then(|ids| {
                self.each(from, until, |block| {
                    let mut namespaces = Map::new();
                    for id in &ids {
                        namespaces.insert(id.to_string(), self.namespace_with_common(block, *id)?);
                    }
                    Ok(Value::Object(namespaces))
                })
            }),
            _ => Err(Answer::error(404, "no such route")),
        };
        answer.map_or_else(|answer| answer, |value| Answer::json(&value))
    }

    fn payload(&self, block: &BlockLine) -> Value {
        let mut answer = json!({ "payload": block.payload, "vid_common": block.vid_common.common });
        if let Some(lie) = self.lie() {
            answer.get_mut("payload").into_iter().for_each(|payload| alter_payload(lie, payload));
            answer.get_mut("vid_common").into_iter().for_each(|common| alter_payload_common(lie, common));
        }
        answer
    }

    /// The text of an availability object, altered if it holds a payload that is lied about.
    pub(super) fn data_object(&self, kind: &str, text: Option<String>) -> Answer {
        let altered = self.lie().filter(|_| kind == "payload").and_then(|lie| {
            let mut value: Value = serde_json::from_str(text.as_ref()?).ok()?;
            alter_payload(lie, value.get_mut("data")?);
            serde_json::to_string(&value).ok()
        });
        Answer::text(altered.or(text))
    }

    fn each(
        &self,
        from: &str,
        until: &str,
        answer: impl Fn(&BlockLine) -> Result<Value, Answer>,
    ) -> Result<Value, Answer> {
        let (Ok(from), Ok(until)) = (from.parse::<u64>(), until.parse::<u64>()) else {
            return Err(Answer::error(400, "not a height"));
        };
        let limit = self.manners().range_limit.min(100) as u64;
        if until < from || until - from > limit {
            return Err(Answer::error(400, &format!("range of more than {limit}")));
        }
        let blocks = (from..until).map(|height| self.block(height).ok_or_else(Answer::missing));
        blocks.map(|block| answer(block?.as_ref())).collect::<Result<Vec<Value>, Answer>>().map(Value::Array)
    }

    /// An older header under the block tree of a newer one.
    pub(super) fn header_proof(&self, root: u64, height: u64) -> Answer {
        let other = u64::from(self.lie() == Some(Lie::DataHeaderOther));
        let Some(mut answer) = proof::header_proof(self, root, height + other) else { return Answer::missing() };
        if let Some(lie) = self.lie() {
            alter_header_proof(lie, &mut answer);
        }
        Answer::json(&answer)
    }

    /// What an account holds under the header of a height.
    pub(super) fn account(&self, tree: Tree, height: &str, address: &str) -> Answer {
        let (Ok(height), Ok(address)) = (height.parse::<u64>(), from_hex::<20>(address)) else {
            return Answer::error(400, "not a height and an address");
        };
        let address = Address(address);
        if self.block(height).is_none() {
            return Answer::missing();
        }
        let accounts = self.chain().accounts(tree, height);
        let asked = if self.lie().is_some_and(Lie::is_about_another_account) {
            accounts.addresses().into_iter().find(|known| *known != address).unwrap_or(address)
        } else {
            address
        };
        let balance = accounts.amount(&asked).unwrap_or_default().to_string();
        let mut answer = json!({ "balance": balance, "proof": accounts.proof(&asked) });
        if let Some(lie) = self.lie() {
            alter_account(lie, address, &mut answer);
        }
        Answer::json(&answer)
    }
}

fn parse_id(text: &str) -> Result<u32, Answer> {
    text.parse().map_err(|_| Answer::error(400, "not a namespace"))
}

/// `NS~` over a JSON array of ids.
fn parse_ids(text: &str) -> Result<Vec<u32>, Answer> {
    let bytes = tagged_base64::decode(text, "NS").ok();
    let ids = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    ids.ok_or_else(|| Answer::error(400, "namespaces must be NS~ over a JSON array of ids"))
}
