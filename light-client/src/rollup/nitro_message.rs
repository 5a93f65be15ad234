//! One message of an Arbitrum Nitro chain, and the hashes its sequencer signs.
//!
//! Sources: `espresso-streamers` `nitro/nitro_types.go`, `nitro/utils.go`; OffchainLabs Nitro
//! `broadcaster/message`, `arbos/arbostypes`.

use alloc::vec::Vec;

use crate::encoding::bytes::{from_base64, from_hex};
use crate::encoding::committable::keccak256;
use crate::encoding::json::Json;
use crate::rejection::{Rejected, Rejection};
use crate::rollup::l2_transactions::{TransactionHash, transaction_hashes};
use crate::rollup::rlp::{Items, ListWriter};
use crate::rollup::signature::Address;

/// What every signed hash of the feed starts with.
const FEED_PREFIX: &[u8] = b"Arbitrum Nitro Feed:";

/// The kind of a message from users on the rollup.
pub const KIND_L2_MESSAGE: u8 = 3;

/// A message with its metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NitroMessage {
    /// The kind: 3 for a message from users.
    pub kind: u8,
    /// Who posted it.
    pub poster: Address,
    /// The L1 block it refers to.
    pub block_number: u64,
    /// Seconds since the Unix epoch.
    pub timestamp: u64,
    /// For messages that came over L1.
    pub request_id: Option<[u8; 32]>,
    /// Base fee of L1 in wei, big-endian without leading zeros.
    pub l1_base_fee: Option<Vec<u8>>,
    /// The message of the rollup's users.
    pub l2_message: Vec<u8>,
    /// Optional trailing fields, in RLP, which only reports on batches have.
    batch_fields: Vec<u8>,
    /// How many messages over L1 were read before.
    pub delayed_messages_read: u64,
}

impl NitroMessage {
    /// Reads the RLP of a message with metadata.
    ///
    /// # Errors
    /// `rollup.rlp`.
    pub fn from_rlp(bytes: &[u8]) -> Result<Self, Rejected> {
        let mut outer = Items::of_list(bytes)?;
        let mut message = outer.list()?;
        let delayed_messages_read = outer.u64()?;
        outer.finish()?;
        let mut header = message.list()?;
        let kind = header.u64()?;
        let kind = u8::try_from(kind).map_err(|_| Rejection::RollupRlp.with(kind, u64::from(u8::MAX)))?;
        let (poster, block_number, timestamp) = (header.array()?, header.u64()?, header.u64()?);
        let request_id = if header.take_empty_list() { None } else { Some(header.array()?) };
        let base_fee = header.bytes()?;
        if base_fee.first() == Some(&0) || base_fee.len() > 32 {
            return Err(Rejection::RollupRlp.with("another form than the shortest", "a number of at most 256 bits"));
        }
        header.finish()?;
        let l2_message = message.bytes()?.to_vec();
        let mut batch_fields = Vec::new();
        if !message.is_at_end() {
            batch_fields.extend_from_slice(message.clone().raw()?);
            message.u64()?;
        }
        if !message.is_at_end() {
            batch_fields.extend_from_slice(message.clone().raw()?);
            let mut statistics = message.list()?;
            statistics.u64()?;
            statistics.u64()?;
            statistics.finish()?;
        }
        message.finish()?;
        let l1_base_fee = Some(base_fee.to_vec());
        Ok(Self {
            kind,
            poster,
            block_number,
            timestamp,
            request_id,
            l1_base_fee,
            l2_message,
            batch_fields,
            delayed_messages_read,
        })
    }

    /// Reads the JSON of a message with metadata: `{"message": {"header": {…}, "l2Msg"},
    /// "delayedMessagesRead"}`.
    ///
    /// # Errors
    /// Errors of the JSON types, `hex.form`, `base64.form`.
    pub fn from_json(json: &Json<'_>) -> Result<Self, Rejected> {
        let message = json.get("message")?;
        let header = message.get("header")?;
        let optional =
            |key: &str| -> Result<Option<&Json<'_>>, Rejected> { Ok(header.find(key)?.and_then(Json::non_null)) };
        let l1_base_fee = optional("baseFeeL1")?.map(|fee| Ok::<_, Rejected>(minimal(fee.u64()?))).transpose()?;
        let request_id = optional("requestId")?.map(|id| from_hex(id.text()?)).transpose()?;
        let l2_message = message.find("l2Msg")?.and_then(Json::non_null);
        Ok(Self {
            kind: header.get("kind")?.narrow()?,
            poster: from_hex(header.get("sender")?.text()?)?,
            block_number: header.get("blockNumber")?.u64()?,
            timestamp: header.get("timestamp")?.u64()?,
            request_id,
            l1_base_fee,
            l2_message: l2_message.map(|text| from_base64(text.text()?)).transpose()?.unwrap_or_default(),
            batch_fields: batch_fields(message)?,
            delayed_messages_read: json.get("delayedMessagesRead")?.u64()?,
        })
    }

    /// The RLP of the message without metadata.
    fn message_rlp(&self) -> Vec<u8> {
        let header =
            ListWriter::new().u64(u64::from(self.kind)).bytes(&self.poster).u64(self.block_number).u64(self.timestamp);
        let header = match &self.request_id {
            Some(id) => header.bytes(id),
            None => header.raw(&[alloy_rlp::EMPTY_LIST_CODE]),
        };
        let header = header.bytes(self.l1_base_fee.as_deref().unwrap_or_default()).finish();
        ListWriter::new().raw(&header).bytes(&self.l2_message).raw(&self.batch_fields).finish()
    }

    /// The RLP of the message with metadata, as payloads of version 0 hold it.
    pub fn to_rlp(&self) -> Vec<u8> {
        ListWriter::new().raw(&self.message_rlp()).u64(self.delayed_messages_read).finish()
    }

    /// The hash under `signature`: prefix, sequence number, chain id, delayed messages read, RLP.
    pub fn feed_hash(&self, sequence_number: u64, chain_id: u64) -> [u8; 32] {
        keccak256(&[
            FEED_PREFIX,
            &sequence_number.to_be_bytes(),
            &chain_id.to_be_bytes(),
            &self.delayed_messages_read.to_be_bytes(),
            &self.message_rlp(),
        ])
    }

    /// The hash under `signatureV2`: prefix, chain id, sequence number, block hash and metadata, then
    /// every field by itself.
    ///
    /// Fields of variable length are not preceded by their length, so different messages can have
    /// one preimage. The hash is only ever computed from parsed fields, and bytes are never split.
    pub fn feed_hash_v2(
        &self,
        sequence_number: u64,
        chain_id: u64,
        block_hash: Option<&[u8]>,
        block_metadata: &[u8],
    ) -> [u8; 32] {
        keccak256(&[
            FEED_PREFIX,
            &chain_id.to_be_bytes(),
            &sequence_number.to_be_bytes(),
            block_hash.unwrap_or_default(),
            block_metadata,
            &self.delayed_messages_read.to_be_bytes(),
            &[self.kind],
            &self.poster,
            &self.block_number.to_be_bytes(),
            &self.timestamp.to_be_bytes(),
            self.request_id.as_ref().map_or(&[], |id| id.as_slice()),
            self.l1_base_fee.as_deref().unwrap_or_default(),
            &self.l2_message,
        ])
    }

    /// The hashes of the user transactions in the message.
    pub fn transactions(&self) -> Vec<TransactionHash> {
        if self.kind == KIND_L2_MESSAGE { transaction_hashes(&self.l2_message) } else { Vec::new() }
    }
}

/// A number, big-endian without leading zeros.
fn minimal(number: u64) -> Vec<u8> {
    number.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect()
}

/// The RLP of the optional fields of reports on batches.
fn batch_fields(message: &Json<'_>) -> Result<Vec<u8>, Rejected> {
    let cost = message.find("batchGasCost")?.and_then(Json::non_null).map(Json::u64).transpose()?;
    let statistics = message.find("batchDataTokens")?.and_then(Json::non_null);
    let statistics =
        statistics.map(|json| Ok::<_, Rejected>((json.get("length")?.u64()?, json.get("nonzeros")?.u64()?)));
    let mut fields = Vec::new();
    match (cost, statistics.transpose()?) {
        (None, None) => {}
        (cost, statistics) => {
            let mut number = Vec::new();
            alloy_rlp::Encodable::encode(&cost.unwrap_or_default(), &mut number);
            fields.extend(number);
            if let Some((length, nonzeros)) = statistics {
                fields.extend(ListWriter::new().u64(length).u64(nonzeros).finish());
            }
        }
    }
    Ok(fields)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::encoding::bytes::{to_base64, to_hex};
    use crate::encoding::json::parse;
    use alloc::format;
    use alloc::string::String;
    use alloc::vec;
    use proptest::prelude::*;

    /// A message of one signed transaction.
    pub(crate) fn message(nonce: u64) -> NitroMessage {
        let mut l2_message = vec![4, 2];
        l2_message.extend(ListWriter::new().u64(1).u64(nonce).finish());
        NitroMessage {
            kind: KIND_L2_MESSAGE,
            poster: [7; 20],
            block_number: 77,
            timestamp: 1_700_000_000,
            request_id: None,
            l1_base_fee: Some(vec![5]),
            l2_message,
            batch_fields: vec![],
            delayed_messages_read: 3,
        }
    }

    pub(crate) fn json(message: &NitroMessage) -> String {
        let id = message.request_id.map_or("null".into(), |id| format!("\"{}\"", to_hex(&id)));
        let fee = message.l1_base_fee.as_ref().map_or("null".into(), |fee| {
            format!("{}", fee.iter().fold(0u64, |number, byte| number << 8 | u64::from(*byte)))
        });
        format!(
            r#"{{"message":{{"header":{{"kind":{},"sender":"{}","blockNumber":{},"timestamp":{},"requestId":{id},"baseFeeL1":{fee}}},"l2Msg":"{}"}},"delayedMessagesRead":{}}}"#,
            message.kind,
            to_hex(&message.poster),
            message.block_number,
            message.timestamp,
            to_base64(&message.l2_message),
            message.delayed_messages_read,
        )
    }

    #[test]
    fn both_forms_are_read_back() {
        let mut other = message(9);
        other.request_id = Some([4; 32]);
        other.l1_base_fee = Some(vec![]);
        for message in [message(1), other] {
            assert_eq!(NitroMessage::from_rlp(&message.to_rlp()).unwrap(), message);
            let text = json(&message);
            assert_eq!(NitroMessage::from_json(&parse(text.as_bytes()).unwrap()).unwrap(), message);
        }
    }

    #[test]
    fn reports_on_batches() {
        let mut report = message(1);
        report.kind = 13;
        let statistics = ListWriter::new().u64(10).u64(9).finish();
        report.batch_fields = [&[5][..], &statistics].concat();
        assert_eq!(NitroMessage::from_rlp(&report.to_rlp()).unwrap(), report);
        assert!(report.transactions().is_empty(), "only kind 3 has transactions of users");
        let text = json(&report)
            .replace(r#"},"delayed"#, r#","batchGasCost":5,"batchDataTokens":{"length":10,"nonzeros":9}},"delayed"#);
        assert_eq!(NitroMessage::from_json(&parse(text.as_bytes()).unwrap()).unwrap(), report);
    }

    #[test]
    fn the_two_hashes_differ_and_cover_their_fields() {
        let base = message(1);
        let both = |message: &NitroMessage, number, chain| {
            [message.feed_hash(number, chain), message.feed_hash_v2(number, chain, Some(&[1; 32]), b"m")]
        };
        let reference = both(&base, 5, 6);
        assert_ne!(reference[0], reference[1]);
        let mut changes = vec![both(&base, 6, 6), both(&base, 5, 7)];
        let change = |edit: fn(&mut NitroMessage)| {
            let mut message = base.clone();
            edit(&mut message);
            both(&message, 5, 6)
        };
        changes.extend([
            change(|message| message.kind = 4),
            change(|message| message.poster = [8; 20]),
            change(|message| message.block_number += 1),
            change(|message| message.timestamp += 1),
            change(|message| message.request_id = Some([0; 32])),
            change(|message| message.l1_base_fee = Some(vec![6])),
            change(|message| message.l2_message.push(0)),
            change(|message| message.delayed_messages_read += 1),
        ]);
        for changed in changes {
            assert!(changed[0] != reference[0] && changed[1] != reference[1]);
        }
        assert_ne!(base.feed_hash_v2(5, 6, None, b"m"), reference[1]);
        assert_ne!(base.feed_hash_v2(5, 6, Some(&[1; 32]), b""), reference[1]);
        // Version 1 by hand.
        let header = ListWriter::new().u64(3).bytes(&[7; 20]).u64(77).u64(1_700_000_000).raw(&[0xc0]).u64(5).finish();
        let rlp = ListWriter::new().raw(&header).bytes(&base.l2_message).finish();
        let mut bytes = b"Arbitrum Nitro Feed:".to_vec();
        for number in [5u64, 6, 3] {
            bytes.extend(number.to_be_bytes());
        }
        assert_eq!(reference[0], keccak256(&[&bytes, &rlp]));
    }

    #[test]
    fn malformed_rlp() {
        let good = message(1).to_rlp();
        for length in 0..good.len() {
            assert_eq!(NitroMessage::from_rlp(&good[..length]).unwrap_err().rejection, Rejection::RollupRlp);
        }
        assert!(NitroMessage::from_rlp(&[&good[..], &[0]].concat()).is_err());
        let mut fee = message(1);
        fee.l1_base_fee = Some(vec![0, 1]);
        assert!(NitroMessage::from_rlp(&fee.to_rlp()).is_err(), "a number with a leading zero");
    }

    proptest! {
        #[test]
        fn nearly_valid_rlp_never_panics(place in any::<prop::sample::Index>(), byte: u8) {
            let mut bytes = message(1).to_rlp();
            let place = place.index(bytes.len());
            bytes[place] = byte;
            if let Ok(read) = NitroMessage::from_rlp(&bytes) {
                prop_assert_eq!(read.to_rlp(), bytes, "one form for each message");
            }
        }
    }
}
