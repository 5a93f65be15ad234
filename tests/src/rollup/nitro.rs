//! Transactions of an Arbitrum Nitro chain: version 0, signed as a whole, and version 1, whose
//! messages are signed one by one.

use hotshot_light_client::encoding::{
    bytes::{to_base64, to_hex},
    committable::keccak256,
};
use serde_json::{Value, json};

use super::{L2Transaction, SequencerKey, rlp};

/// The kind of a message from users of the rollup.
const USERS: u64 = 3;
/// How the poster of messages from the sequencer is written.
const POSTER: [u8; 20] = *b"\xa4\xb0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0seq";

/// A message before it is signed.
pub(super) struct Message {
    /// The position in the rollup's order.
    pub(super) position: u64,
    /// Seconds since 1970.
    pub(super) timestamp: u64,
    /// The L1 block that the sequencer saw.
    pub(super) l1_block: u64,
    /// Its transactions; more than one is a batch.
    pub(super) transactions: Vec<L2Transaction>,
}

fn prefixed(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u64).to_be_bytes()[..], bytes].concat()
}

impl Message {
    /// Kind 4 is a signed transaction, kind 3 a batch of nested messages.
    fn l2_message(&self) -> Vec<u8> {
        let signed = |transaction: &L2Transaction| [&[4][..], &transaction.bytes].concat();
        match self.transactions.as_slice() {
            [one] => signed(one),
            many => [vec![3], many.iter().flat_map(|transaction| prefixed(&signed(transaction))).collect()].concat(),
        }
    }

    /// The RLP of the message without metadata. The request id is null, the L1 base fee one gwei.
    fn rlp(&self) -> Vec<u8> {
        let header = rlp::list(&[
            rlp::number(USERS),
            rlp::bytes(&POSTER),
            rlp::number(self.l1_block),
            rlp::number(self.timestamp),
            rlp::list(&[]),
            rlp::number(BASE_FEE),
        ]);
        rlp::list(&[header, rlp::bytes(&self.l2_message())])
    }

    fn json(&self, chain_id: u64, key: &SequencerKey) -> Value {
        let hash = keccak256(&[
            b"Arbitrum Nitro Feed:",
            &self.position.to_be_bytes(),
            &chain_id.to_be_bytes(),
            &DELAYED.to_be_bytes(),
            &self.rlp(),
        ]);
        json!({
            "sequenceNumber": self.position,
            "message": {
                "message": {
                    "header": {
                        "kind": USERS,
                        "sender": to_hex(&POSTER),
                        "blockNumber": self.l1_block,
                        "timestamp": self.timestamp,
                        "requestId": null,
                        "baseFeeL1": BASE_FEE,
                    },
                    "l2Msg": to_base64(&self.l2_message()),
                },
                "delayedMessagesRead": DELAYED,
            },
            "signature": to_base64(&key.sign(&hash)),
        })
    }
}

const BASE_FEE: u64 = 1_000_000_000;
/// Messages that came over L1, all read before.
const DELAYED: u64 = 1;

/// A transaction of version 0.
pub(super) fn version_0(key: &SequencerKey, messages: &[Message]) -> Vec<u8> {
    let mut body = Vec::new();
    for message in messages {
        body.extend(message.position.to_be_bytes());
        body.extend(prefixed(&rlp::list(&[message.rlp(), rlp::number(DELAYED)])));
    }
    [prefixed(&key.sign(&keccak256(&[&body]))), body].concat()
}

/// A transaction of version 1.
pub(super) fn version_1(key: &SequencerKey, chain_id: u64, messages: &[Message]) -> Vec<u8> {
    let entry = |message: &Message| prefixed(message.json(chain_id, key).to_string().as_bytes());
    [prefixed(b"\"V1\""), messages.iter().flat_map(entry).collect()].concat()
}

fn split_prefixed(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<8>()?;
    rest.split_at_checked(usize::try_from(u64::from_be_bytes(*length)).ok()?)
}

/// The position of the last message in a transaction of ours, to go on after a restart.
pub(super) fn last_position(transaction: &[u8]) -> Option<u64> {
    let (first, mut rest) = split_prefixed(transaction)?;
    let mut last = None;
    while !rest.is_empty() {
        if first == b"\"V1\"" {
            let (entry, more) = split_prefixed(rest)?;
            last = serde_json::from_slice::<Value>(entry).ok()?.get("sequenceNumber")?.as_u64();
            rest = more;
        } else {
            let (position, more) = rest.split_first_chunk::<8>()?;
            last = Some(u64::from_be_bytes(*position));
            rest = split_prefixed(more)?.1;
        }
    }
    last
}
