//! Which path has which answer. Paths are EspressoSystems/espresso-network
//! `crates/espresso/node/api/*.toml` and `hotshot-query-service/api/availability.toml`.

use std::sync::Arc;

use serde::Serialize;
use serde_json::json;

use super::{Answer, Node, config, proof};
use crate::{
    chain::{Tree, state_bundle, state_certificate},
    lie::{Lie, alter_events, alter_height, alter_leaf_proof, alter_range, alter_text},
    model::{BlockCommitment, BlockLine, Header, Leaf, Payload, PayloadCommitment, ResolvableChainConfig},
    vid::Transaction,
};

impl Node {
    /// The answer to a GET of `path`, with or without `/v0` or `/v1`.
    pub fn answer(&self, path: &str) -> Answer {
        let mut answer = self.route(path);
        if let Some(lie) = self.lie()
            && ["leaf", "catchup"].iter().any(|about| path.contains(about))
            && answer.status == 200
        {
            alter_text(lie, &mut answer.body);
        }
        answer
    }

    fn route(&self, path: &str) -> Answer {
        let path = path.split('?').next().unwrap_or_default();
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        let segments = match segments.as_slice() {
            // A state relay is a server of its own, and calls the newest form of its answers v3.
            ["api", "lateststate"] | ["v3", "api", "lateststate"] => {
                return state_bundle(&self.chain()).map_or_else(Answer::missing, |bundle| Answer::json(&bundle));
            }
            ["v0" | "v1", rest @ ..] => rest,
            rest => rest,
        };
        match segments {
            [module, ..] if !self.has(module) => Answer::error(404, "no such module"),
            ["healthcheck"] => Answer::json(&json!({ "status": "available", "modules": {} })),
            [_, "healthcheck"] => Answer::json("available"),
            ["version"] => Answer::json(&json!({ "version": env!("CARGO_PKG_VERSION") })),
            ["node" | "status", "block-height"] => {
                let height = self.chain().blocks().len();
                let understated = self.lie() == Some(Lie::UnderstatedHeight);
                Answer::json(&if understated { height / 2 } else { height })
            }
            ["node", rest @ ..] => self.node_module(rest),
            ["config", "hotshot"] => Answer::json(&config::hotshot(&self.chain())),
            ["availability", "leaf", ..] if self.lie() == Some(Lie::Withheld) => Answer::missing(),
            ["availability", rest @ ..] => self.availability(rest),
            ["light-client", rest @ ..] => self.light_client(rest),
            ["catchup", rest @ ..] => self.catchup(rest),
            ["reward-state" | "reward-state-v2", "proof", height, address] => {
                self.account(Tree::Reward, height, address)
            }
            _ => Answer::error(404, "no such route"),
        }
    }

    fn node_module(&self, segments: &[&str]) -> Answer {
        let chain = self.chain();
        let current = chain.schedule().certified_epoch(chain.blocks().len().saturating_sub(1) as u64);
        match segments {
            ["stake-table", "current"] => {
                Answer::json(&json!({ "epoch": current, "stake_table": config::peers(&chain.table(current)) }))
            }
            ["stake-table", epoch] => match epoch.parse() {
                Ok(epoch) if chain.knows_table(epoch) => Answer::json(&config::peers(&chain.table(Some(epoch)))),
                Ok(_) => Answer::missing(),
                Err(_) => Answer::error(400, "not an epoch"),
            },
            _ => Answer::error(404, "no such route"),
        }
    }

    /// A block by what a path calls it: height, `hash/…` or `payload-hash/…`.
    pub(super) fn find(&self, segments: &[&str]) -> Result<Arc<BlockLine>, Answer> {
        let search =
            |same: &dyn Fn(&BlockLine) -> bool| self.chain().blocks().iter().find(|block| same(block)).cloned();
        match segments {
            [height] => {
                let height = height.parse().map_err(|_| Answer::error(400, "not a height"))?;
                self.block(self.lie().map_or(height, |lie| alter_height(lie, height)))
            }
            ["hash", hash] => search(&|block| block.hash.to_string() == *hash),
            ["payload-hash", hash] => search(&|block| block.vid_common.payload_hash.to_string() == *hash),
            _ => return Err(Answer::error(404, "no such route")),
        }
        .ok_or_else(Answer::missing)
    }

    fn find_leaf(&self, segments: &[&str]) -> Result<Arc<BlockLine>, Answer> {
        match segments {
            ["hash", hash] => {
                let chain = self.chain();
                let mut blocks = chain.blocks().iter();
                let found = blocks.find(|block| block.leaf.qc.data.leaf_commit.to_string() == *hash);
                found.cloned().ok_or_else(Answer::missing)
            }
            other => self.find(other),
        }
    }

    fn availability(&self, segments: &[&str]) -> Answer {
        let (kind, rest) = match segments {
            ["limits"] => {
                let limit = self.manners().range_limit;
                return Answer::json(
                    &json!({ "small_object_range_limit": limit, "large_object_range_limit": limit.min(100) }),
                );
            }
            ["state-cert-v2", epoch] => {
                return match epoch.parse() {
                    Ok(epoch) => {
                        state_certificate(&self.chain(), epoch).map_or_else(Answer::missing, |c| Answer::json(&c))
                    }
                    Err(_) => Answer::error(400, "not an epoch"),
                };
            }
            ["block", block @ .., "namespace", namespace] => {
                return self.find(block).map_or_else(|answer| answer, |block| self.namespace(&block, namespace));
            }
            ["vid", "common", rest @ ..] => ("vid/common", rest),
            [kind, rest @ ..] => (*kind, rest),
            [] => return Answer::error(404, "no such route"),
        };
        if let [from, until] = rest
            && let (Ok(from), Ok(until)) = (from.parse(), until.parse())
        {
            return self.range(kind, from, until);
        }
        let block = if kind == "leaf" { self.find_leaf(rest) } else { self.find(rest) };
        match block {
            Ok(block) => self.data_object(kind, object(kind, &block)),
            Err(answer) => answer,
        }
    }

    fn range(&self, kind: &str, from: u64, until: u64) -> Answer {
        let limit = self.manners().range_limit;
        if until < from || until - from > limit as u64 {
            return Answer::error(400, &format!("range of more than {limit}"));
        }
        let lie = self.lie();
        let served =
            |height| self.block(lie.map_or(height, |lie| alter_height(lie, height))).or_else(|| self.block(height));
        let mut blocks: Option<Vec<Arc<BlockLine>>> = (from..until).map(served).collect();
        if let (Some(lie), Some(blocks), true) = (lie, blocks.as_mut(), from < until) {
            alter_range(lie, blocks, self.block(until));
        }
        let objects =
            blocks.and_then(|blocks| blocks.iter().map(|block| object(kind, block)).collect::<Option<Vec<_>>>());
        Answer::text(objects.map(|objects| format!("[{}]", objects.join(","))))
    }

    fn light_client(&self, segments: &[&str]) -> Answer {
        match segments {
            ["leaf", rest @ ..] => self.leaf_proof(rest),
            ["header", root, height] => match (root.parse(), height.parse()) {
                (Ok(root), Ok(height)) => self.header_proof(root, height),
                _ => Answer::error(400, "not a height"),
            },
            ["stake-table", epoch] => self.stake_table_events(epoch),
            ["payload" | "namespace" | "namespaces", ..] => self.light_client_data(segments),
            _ => Answer::error(404, "no such route"),
        }
    }

    fn stake_table_events(&self, epoch: &str) -> Answer {
        let chain = self.chain();
        let (Ok(epoch), Some(first)) = (epoch.parse::<u64>(), chain.first_dynamic_epoch()) else {
            return Answer::error(400, "not an epoch with a stake table from events");
        };
        if epoch < first {
            return Answer::error(400, &format!("epoch must be at least {first}"));
        }
        let another = self.lie() == Some(Lie::EventsOfAnother);
        let served = if another && epoch > first { epoch - 1 } else { epoch };
        let (Some(_), Some(stake)) = (chain.stake(epoch), chain.stake(served)) else { return Answer::missing() };
        let mut events = stake.events.clone();
        if let Some(lie) = self.lie() {
            alter_events(lie, &mut events);
        }
        Answer::json(&events)
    }

    fn leaf_proof(&self, segments: &[&str]) -> Answer {
        let (block, finalized) = match segments {
            ["hash", hash, finalized @ ..] => (self.find_leaf(&["hash", hash]), finalized),
            ["block-hash", hash, finalized @ ..] => (self.find(&["hash", hash]), finalized),
            ["payload-hash", hash, finalized @ ..] => (self.find(&["payload-hash", hash]), finalized),
            [height, finalized @ ..] => (self.find(&[height]), finalized),
            [] => return Answer::error(404, "no such route"),
        };
        let finalized = match finalized {
            [] => None,
            [finalized] => match finalized.parse() {
                Ok(finalized) => Some(finalized),
                Err(_) => return Answer::error(400, "not a height"),
            },
            _ => return Answer::error(404, "no such route"),
        };
        let lie = self.lie();
        let other = u64::from(lie == Some(Lie::ProofOther));
        let mut proof = block.and_then(|block| proof::leaf_proof(self, block.vid_common.height + other, finalized));
        if let (Some(lie), Ok(proof)) = (lie, proof.as_mut()) {
            alter_leaf_proof(lie, proof);
        }
        proof.map_or_else(|answer| answer, |proof| Answer::json(&proof))
    }

    fn catchup(&self, segments: &[&str]) -> Answer {
        match segments {
            ["chain-config", commitment] => {
                let chain = self.chain();
                let config = chain.blocks().iter().find_map(|block| {
                    match &block.leaf.leaf.block_header.fields().chain_config.chain_config {
                        ResolvableChainConfig::Left(config) => Some(config.clone()).filter(|config| {
                            crate::model::ChainConfigCommitment::new(config.commitment()).to_string() == *commitment
                        }),
                        ResolvableChainConfig::Right(_) => None,
                    }
                });
                Answer::optional(config)
            }
            [height, _view, "account", address] => self.account(Tree::Fee, height, address),
            [height, _view, "reward-account" | "reward-account-v2", address] => {
                self.account(Tree::Reward, height, address)
            }
            [height, kind] => match height.parse::<u64>() {
                Ok(height) if *kind == "cert2" && self.has("cert2") => {
                    let above = |height: &u64| self.block(*height).is_some();
                    let mut blocks = (height..).take_while(above).filter_map(|height| self.block(height));
                    Answer::optional(blocks.find_map(|block| block.cert2.clone()))
                }
                Ok(height) if *kind == "leafchain" => self.leaf_chain(height),
                Ok(_) => Answer::error(404, "no such route"),
                Err(_) => Answer::error(400, "not a height"),
            },
            _ => Answer::error(404, "no such route"),
        }
    }

    /// The leaves from a height up to those whose certificates decide it.
    fn leaf_chain(&self, height: u64) -> Answer {
        let proof = match proof::leaf_proof(self, height, None) {
            Ok(proof) => proof,
            Err(answer) => return answer,
        };
        let last = proof.leaves.last().map_or(height, |leaf| leaf.block_header.fields().height);
        let above = (last + 1..=last + 3).map_while(|height| self.block(height)).map(|block| block.leaf.leaf.clone());
        let leaves: Vec<Leaf> = proof.leaves.iter().cloned().chain(above).collect();
        Answer::json(&leaves)
    }
}

/// The answer of `availability/block`.
#[derive(Serialize)]
struct BlockAnswer<'a> {
    header: &'a Header,
    payload: &'a Payload,
    hash: BlockCommitment,
    size: usize,
    num_transactions: usize,
}

/// The answer of `availability/payload`.
#[derive(Serialize)]
struct PayloadAnswer<'a> {
    height: u64,
    block_hash: BlockCommitment,
    hash: PayloadCommitment,
    size: usize,
    data: &'a Payload,
}

/// One object of the availability module as JSON.
pub(super) fn object(kind: &str, block: &BlockLine) -> Option<String> {
    let BlockLine { payload, hash, vid_common, .. } = block;
    let header = &block.leaf.leaf.block_header;
    let size = payload.raw_payload.0.len();
    let text = match kind {
        "leaf" => serde_json::to_string(&block.leaf),
        "header" => serde_json::to_string(header),
        "block" => {
            let num_transactions = Transaction::all(payload).len();
            serde_json::to_string(&BlockAnswer { header, payload, hash: *hash, size, num_transactions })
        }
        "payload" => serde_json::to_string(&PayloadAnswer {
            height: vid_common.height,
            block_hash: *hash,
            hash: vid_common.payload_hash,
            size,
            data: payload,
        }),
        "vid/common" => serde_json::to_string(vid_common),
        _ => return None,
    };
    text.ok()
}
