//! What the rollups post, block by block, and what others post into their namespaces: signatures of
//! strangers, of a key whose time is over, for another chain, second messages for a position.

use std::collections::BTreeMap;

use hotshot_light_client::encoding::bytes::to_hex;
use serde_json::{Value, json};

use super::{
    L2Transaction, SequencerKey,
    nitro::{self, Message},
    op_stack::{self, Batch},
};
use crate::{
    crypto::Dice,
    model::{Base64Bytes, BlockLine},
    vid::{Transaction, namespace_ranges},
};

/// The L1 block from which Nitro's second key signs.
const ROTATION: u64 = 40;

/// A rollup of the devnet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rollup {
    /// Nitro with messages that are signed one by one.
    NitroV1,
    /// Nitro with transactions that are signed as a whole.
    NitroV0,
    /// An OP Stack chain.
    OpStack,
}

impl Rollup {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::NitroV1, Self::NitroV0, Self::OpStack];

    /// The name in requests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NitroV1 => "nitro",
            Self::NitroV0 => "nitro-v0",
            Self::OpStack => "op-stack",
        }
    }

    /// The rollup of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rollup| rollup.name() == name)
    }

    /// The namespace, which is the chain id too.
    pub const fn namespace(self) -> u32 {
        match self {
            Self::NitroV1 => 412_346,
            Self::NitroV0 => 412_347,
            Self::OpStack => 901,
        }
    }
}

/// A transaction that waits for its rollup's next message.
#[derive(Clone, Debug)]
pub struct Posted {
    /// The rollup.
    pub rollup: Rollup,
    /// The transaction.
    pub transaction: L2Transaction,
}

/// What a block looks like to the rollups.
pub(crate) struct Moment {
    /// Seconds since 1970.
    pub(crate) timestamp: u64,
    /// Number and hash of the newest final L1 block.
    pub(crate) l1: (u64, [u8; 32]),
}

/// The sequencers of the rollups.
pub struct Rollups {
    seed: String,
    /// Both keys of each Nitro chain, in the order of their time.
    keys: BTreeMap<Rollup, [SequencerKey; 2]>,
    batcher: SequencerKey,
    stranger: SequencerKey,
    user: SequencerKey,
    /// The next position of each Nitro chain.
    next: BTreeMap<Rollup, u64>,
    /// The last block of the OP Stack chain.
    op: (u64, [u8; 32]),
    waiting: Vec<Posted>,
    posted: u64,
}

impl Rollups {
    /// The sequencers of a seed, at the point that a chain has reached.
    pub fn resume<'a>(seed: &str, blocks: impl DoubleEndedIterator<Item = &'a BlockLine> + Clone) -> Self {
        let key = |name: &str, number| SequencerKey::derive(seed, name, number);
        let last = |rollup: Rollup| {
            blocks.clone().rev().find_map(|block| {
                let ranges = namespace_ranges(&block.payload.ns_table.bytes.0).into_iter();
                let range = ranges.filter(|range| range.id == rollup.namespace()).map(|range| range.range).next()?;
                let bytes = block.payload.raw_payload.0.get(range)?;
                Transaction::of_namespace(rollup.namespace(), bytes).pop().map(|last| last.payload.0)
            })
        };
        let next = |rollup| {
            let position = last(rollup).and_then(|transaction| nitro::last_position(&transaction));
            (rollup, position.map_or(1, |position| position + 1))
        };
        Self {
            seed: seed.into(),
            keys: [Rollup::NitroV1, Rollup::NitroV0]
                .into_iter()
                .map(|rollup| (rollup, [key(rollup.name(), 0), key(rollup.name(), 1)]))
                .collect(),
            batcher: key("batcher", 0),
            stranger: key("stranger", 0),
            user: key("user", 0),
            next: [Rollup::NitroV1, Rollup::NitroV0].into_iter().map(next).collect(),
            op: last(Rollup::OpStack)
                .and_then(|transaction| op_stack::block_of(&transaction))
                .unwrap_or_else(|| (0, Self::op_genesis(seed))),
            waiting: Vec::new(),
            posted: 0,
        }
    }

    fn op_genesis(seed: &str) -> [u8; 32] {
        Dice::new(seed, "op-stack genesis", 0).bytes()
    }

    /// The configuration by which clients know a rollup.
    pub fn config(&self, rollup: Rollup) -> Value {
        let address = |key: &SequencerKey| to_hex(&key.address().0);
        let namespace = rollup.namespace();
        let Some([first, second]) = self.keys.get(&rollup) else {
            return json!({
                "namespace": namespace,
                "format": "op-stack",
                "authority": [{ "signer": address(&self.batcher), "from": 0, "until": null }],
                "firstHeight": 0,
                "anchor": { "number": 0, "hash": to_hex(&Self::op_genesis(&self.seed)) },
            });
        };
        json!({
            "namespace": namespace,
            "format": "nitro",
            "authority": [
                { "signer": address(first), "from": 0, "until": ROTATION - 1 },
                { "signer": address(second), "from": ROTATION, "until": null },
            ],
            "firstHeight": 0,
        })
    }

    /// Takes transactions of users for the next messages of their rollups, all in one block.
    pub fn post(&mut self, rollups: &[Rollup], text: &str) -> Vec<Posted> {
        let mut posted = Vec::new();
        for rollup in rollups {
            self.posted += 1;
            let transaction = self.transaction(*rollup, self.posted, text.as_bytes());
            posted.push(Posted { rollup: *rollup, transaction });
        }
        self.waiting.extend(posted.iter().cloned());
        posted
    }

    fn transaction(&self, rollup: Rollup, nonce: u64, data: &[u8]) -> L2Transaction {
        L2Transaction::sign(&self.user, rollup.namespace().into(), nonce, 1_000_000_000, data)
    }

    /// What is posted for one block: the talk of others first, then the sequencers' own.
    pub(crate) fn transactions(&mut self, dice: &mut Dice, moment: &Moment) -> Vec<Transaction> {
        let waiting = std::mem::take(&mut self.waiting);
        let mut transactions = Vec::new();
        for rollup in Rollup::ALL {
            let mut own: Vec<L2Transaction> = waiting
                .iter()
                .filter(|posted| posted.rollup == rollup)
                .map(|posted| posted.transaction.clone())
                .collect();
            if own.is_empty() && !dice.one_in(2) {
                continue;
            }
            let (nonce, length) = (dice.number() >> 32, 4 + dice.below(60));
            own.push(self.transaction(rollup, nonce, &dice.fill(usize::try_from(length).unwrap_or_default())));
            let payloads = match rollup {
                Rollup::OpStack => self.batch(dice, moment, &own),
                _ => self.messages(dice, moment, rollup, own),
            };
            let namespace = rollup.namespace();
            transactions
                .extend(payloads.into_iter().map(|payload| Transaction { namespace, payload: Base64Bytes(payload) }));
        }
        transactions
    }

    fn batch(&mut self, dice: &mut Dice, moment: &Moment, transactions: &[L2Transaction]) -> Vec<Vec<u8>> {
        let (number, parent) = self.op;
        let batch =
            Batch { number: number + 1, parent, timestamp: moment.timestamp, l1_origin: moment.l1, transactions };
        self.op = (number + 1, batch.hash());
        let mut payloads = Vec::new();
        if dice.one_in(4) {
            payloads.push(batch.sign(&self.stranger));
        }
        if dice.one_in(4) {
            // A block that the batcher signed, and that does not follow the one before.
            payloads.push(Batch { parent: dice.bytes(), ..batch }.sign(&self.batcher));
        }
        payloads.push(batch.sign(&self.batcher));
        payloads
    }

    fn messages(
        &mut self,
        dice: &mut Dice,
        moment: &Moment,
        rollup: Rollup,
        mut transactions: Vec<L2Transaction>,
    ) -> Vec<Vec<u8>> {
        let position = self.next.get(&rollup).copied().unwrap_or(1);
        let message = |position: u64, transactions: Vec<L2Transaction>| Message {
            position,
            timestamp: moment.timestamp,
            l1_block: moment.l1.0,
            transactions,
        };
        let Some([first, second]) = self.keys.get(&rollup) else { return Vec::new() };
        let (current, other) = if moment.l1.0 < ROTATION { (first, second) } else { (second, first) };
        let chain_id = u64::from(rollup.namespace());
        let sign = |key: &SequencerKey, chain_id: u64, messages: &[Message]| match rollup {
            Rollup::NitroV0 => nitro::version_0(key, messages),
            _ => nitro::version_1(key, chain_id, messages),
        };
        let mut payloads = Vec::new();
        // Each of them claims the next position, and none of them has it.
        let theirs = || vec![message(position, vec![self.transaction(rollup, position, b"not the sequencer's")])];
        if dice.one_in(4) {
            payloads.push(sign(&self.stranger, chain_id, &theirs()));
        }
        if dice.one_in(5) {
            payloads.push(sign(other, chain_id, &theirs()));
        }
        if dice.one_in(5) && rollup == Rollup::NitroV1 {
            payloads.push(sign(current, chain_id + 1, &theirs()));
        }
        if dice.one_in(6) {
            payloads.push(dice.fill(40));
        }
        if dice.one_in(4) && position > 1 {
            // The sequencer's own second message for a position that is taken.
            let late = self.transaction(rollup, position, b"too late");
            payloads.push(sign(current, chain_id, &[message(position - 1, vec![late])]));
        }
        // The last transaction alone, the others as a batch: both forms are used.
        let last = transactions.pop().into_iter().collect();
        let mut own = Vec::new();
        if !transactions.is_empty() {
            own.push(message(position, transactions));
        }
        own.push(message(position + own.len() as u64, last));
        payloads.push(sign(current, chain_id, &own));
        self.next.insert(rollup, position + own.len() as u64);
        payloads
    }
}
