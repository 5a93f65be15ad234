//! The transactions of an Arbitrum Nitro chain, version 0 and version 1.
//!
//! * Version 0: `be64 65 ‖ signature ‖ repeated (be64 position ‖ be64 length ‖ RLP)`; the signature is
//!   over the hash of everything after it. Entries of length 0 are skipped. It names no chain: where
//!   one key signs for two chains, the transactions of one are valid on the other.
//! * Version 1: `be64 4 ‖ "V1"` with the quotes, then `repeated (be64 length ‖ JSON)`; each message is
//!   signed by itself and a bad one is dropped.
//!
//! Source: `espresso-streamers` `nitro/v0_nitro_types_binary.go`, `nitro/v1_nitro_type_binary.go`,
//! `nitro/utils.go`.

use alloc::vec::{self, Vec};

use crate::encoding::bytes::{from_base64, from_hex_vec};
use crate::encoding::committable::keccak256;
use crate::encoding::json::{Json, parse};
use crate::encoding::reader::Reader;
use crate::rejection::{Operand, Rejected, Rejection};
use crate::rollup::nitro_message::NitroMessage;
use crate::rollup::signature::{Address, SIGNATURE_LENGTH, recover};

/// How a payload of version 1 begins.
pub const VERSION_1: &[u8; 12] = b"\0\0\0\0\0\0\0\x04\"V1\"";

/// The longest block metadata that is read.
const METADATA_LIMIT: usize = 1 << 20;

/// One message at a position of the rollup, with the signer that its signature gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedMessage {
    /// The position in the rollup's order.
    pub position: u64,
    /// Who signed it. Whether that counts is for the authority to say.
    pub signer: Address,
    /// The message.
    pub message: NitroMessage,
}

/// The messages of a transaction, for the rollup with this chain id.
///
/// A message of version 1 that has no header or whose signature fits no key is dropped, as the
/// rollup drops it; anything else that is wrong refuses the transaction as a whole. JSON that only
/// a lenient reader takes (keys in another case, a key twice) is refused too: no sequencer writes it.
///
/// # Errors
/// `rollup.format` for another format and for missing bytes, `rollup.rlp`, `rollup.signature` in
/// version 0, errors of JSON in version 1.
pub fn read(transaction: &[u8], chain_id: u64) -> Result<Vec<SignedMessage>, Rejected> {
    let mut messages = Vec::new();
    let mut reading = NitroReading::default();
    loop {
        match reading.step(transaction, chain_id)? {
            NitroStep::Message(message) => messages.push(message),
            NitroStep::Dropped => {}
            NitroStep::End => return Ok(messages),
        }
    }
}

/// Reads a transaction message by message: anybody may post one with thousands of signatures to recover.
/// Transaction and chain id are the same at every call. See [`read`].
#[derive(Clone, Debug, Default)]
pub struct NitroReading {
    /// How many bytes were read; none before the first step.
    offset: usize,
    /// The messages of version 0, which have one signature, read at the first step.
    whole: Option<vec::IntoIter<SignedMessage>>,
}

/// What one step of [`NitroReading`] came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NitroStep {
    /// A message.
    Message(SignedMessage),
    /// One that the rollup drops.
    Dropped,
    /// There are no more.
    End,
}

impl NitroReading {
    /// Reads one message.
    ///
    /// # Errors
    /// Those of [`read`]: then the transaction is refused as a whole, whatever was read before.
    pub fn step(&mut self, transaction: &[u8], chain_id: u64) -> Result<NitroStep, Rejected> {
        if let Some(messages) = &mut self.whole {
            return Ok(messages.next().map_or(NitroStep::End, NitroStep::Message));
        }
        if !transaction.starts_with(VERSION_1) {
            let mut reader = Reader::new(transaction);
            let messages = match reader.prefixed_u64_be() {
                Some(signature) if signature.len() == SIGNATURE_LENGTH => read_version_0(reader, signature)?,
                _ => return Err(Rejection::RollupFormat.with("another beginning", "version 0 or 1")),
            };
            self.whole = Some(messages.into_iter());
            return Ok(NitroStep::Dropped);
        }
        let mut reader = Reader::new(transaction.get(self.offset.max(VERSION_1.len())..).unwrap_or_default());
        if reader.is_at_end() {
            return Ok(NitroStep::End);
        }
        let text = reader.prefixed_u64_be().ok_or_else(truncated)?;
        self.offset = transaction.len() - reader.rest().len();
        Ok(read_version_1(text, chain_id)?.map_or(NitroStep::Dropped, NitroStep::Message))
    }
}

fn truncated() -> Rejected {
    Rejection::RollupFormat.with("fewer bytes than announced", "whole entries")
}

fn read_version_0(mut reader: Reader<'_>, signature: &[u8]) -> Result<Vec<SignedMessage>, Rejected> {
    let hash = keccak256(&[reader.rest()]);
    let mut messages = Vec::new();
    while !reader.is_at_end() {
        let position = reader.u64_be().ok_or_else(truncated)?;
        let bytes = reader.prefixed_u64_be().ok_or_else(truncated)?;
        if !bytes.is_empty() {
            messages.push((position, NitroMessage::from_rlp(bytes)?));
        }
    }
    let signer = recover(&hash, signature)?;
    Ok(messages.into_iter().map(|(position, message)| SignedMessage { position, signer, message }).collect())
}

/// One message of version 1; none if the rollup drops it.
fn read_version_1(text: &[u8], chain_id: u64) -> Result<Option<SignedMessage>, Rejected> {
    let json = parse(text)?;
    let body = json.get("message")?;
    if !has_header(body)? {
        return Ok(None);
    }
    let (position, message) = (json.get("sequenceNumber")?.u64()?, NitroMessage::from_json(body)?);
    let (hash, signature) = match optional_bytes(&json, "signatureV2")? {
        Some(signature) => {
            let block_hash = optional_bytes(&json, "blockHash")?;
            let metadata = optional_bytes(&json, "blockMetadata")?.unwrap_or_default();
            (message.feed_hash_v2(position, chain_id, block_hash.as_deref(), &metadata), signature)
        }
        None => {
            let signature = optional_bytes(&json, "signature")?.unwrap_or_default();
            (message.feed_hash(position, chain_id), signature)
        }
    };
    Ok(recover(&hash, &signature).ok().map(|signer| SignedMessage { position, signer, message }))
}

/// Whether a message with metadata has a message with a header at all.
fn has_header(body: &Json<'_>) -> Result<bool, Rejected> {
    match body.find("message")?.and_then(Json::non_null) {
        Some(message) => Ok(message.find("header")?.and_then(Json::non_null).is_some()),
        None => Ok(false),
    }
}

/// Bytes in base64, or in hexadecimal after `0x`; none where the key is missing, null or empty.
fn optional_bytes(json: &Json<'_>, key: &str) -> Result<Option<Vec<u8>>, Rejected> {
    let Some(value) = json.find(key)?.and_then(Json::non_null) else { return Ok(None) };
    let text = value.text()?;
    if text.len() > METADATA_LIMIT {
        return Err(Rejection::RollupFormat.with(Operand::Number(text.len() as u64), METADATA_LIMIT));
    }
    let bytes = if text.starts_with("0x") { from_hex_vec(text, METADATA_LIMIT)? } else { from_base64(text)? };
    Ok((!bytes.is_empty()).then_some(bytes))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::encoding::bytes::{to_base64, to_hex};
    use crate::rollup::nitro_message::tests::{json, message};
    use crate::rollup::signature::tests::address;
    use crate::rollup::signature::tests::{insecure_key, sign};
    use alloc::format;
    use alloc::string::String;
    use alloc::vec;
    use k256::ecdsa::SigningKey;
    use proptest::prelude::*;

    pub(crate) const CHAIN: u64 = 412_346;

    pub(crate) fn version_0(key: &SigningKey, messages: &[(u64, NitroMessage)]) -> Vec<u8> {
        let mut body = vec![];
        for (position, message) in messages {
            let rlp = message.to_rlp();
            body.extend(position.to_be_bytes());
            body.extend((rlp.len() as u64).to_be_bytes());
            body.extend(rlp);
        }
        [&65u64.to_be_bytes()[..], &sign(key, &keccak256(&[&body])), &body].concat()
    }

    fn entry(text: &str) -> Vec<u8> {
        [&(text.len() as u64).to_be_bytes()[..], text.as_bytes()].concat()
    }

    fn feed(position: u64, message: &NitroMessage, more: &str) -> String {
        let inner = json(message);
        format!(r#"{{"sequenceNumber":{position},"message":{inner}{more}}}"#)
    }

    pub(crate) fn version_1(key: &SigningKey, chain: u64, messages: &[(u64, NitroMessage)]) -> Vec<u8> {
        let mut bytes = VERSION_1.to_vec();
        for (position, message) in messages {
            let signature = to_base64(&sign(key, &message.feed_hash(*position, chain)));
            bytes.extend(entry(&feed(*position, message, &format!(r#","signature":"{signature}""#))));
        }
        bytes
    }

    fn version_1_v2(key: &SigningKey, position: u64, message: &NitroMessage) -> String {
        let (hash, metadata) = ([8; 32], b"metadata");
        let signature = to_base64(&sign(key, &message.feed_hash_v2(position, CHAIN, Some(&hash), metadata)));
        let metadata = to_base64(metadata);
        let more =
            format!(r#","signatureV2":"{signature}","blockHash":"{}","blockMetadata":"{metadata}""#, to_hex(&hash));
        feed(position, message, &more)
    }

    #[test]
    fn both_versions() {
        let key = insecure_key(5);
        let signer = address(key.verifying_key());
        let messages = [(10, message(1)), (11, message(2))];
        let expected: Vec<SignedMessage> = messages
            .iter()
            .map(|(position, message)| SignedMessage { position: *position, signer, message: message.clone() })
            .collect();
        assert_eq!(read(&version_0(&key, &messages), CHAIN).unwrap(), expected);
        assert_eq!(read(&version_1(&key, CHAIN, &messages), CHAIN).unwrap(), expected);
        let second = [VERSION_1.as_slice(), &entry(&version_1_v2(&key, 10, &messages[0].1))].concat();
        assert_eq!(read(&second, CHAIN).unwrap(), expected[..1]);
    }

    #[test]
    fn replay_on_another_chain() {
        let key = insecure_key(5);
        let signer = address(key.verifying_key());
        let messages = [(10, message(1))];
        let signers = |bytes: &[u8]| -> Vec<Address> {
            read(bytes, CHAIN + 1).unwrap().iter().map(|message| message.signer).collect()
        };
        assert!(!signers(&version_1(&key, CHAIN, &messages)).contains(&signer), "version 1 names the chain");
        let second = [VERSION_1.as_slice(), &entry(&version_1_v2(&key, 10, &messages[0].1))].concat();
        assert!(!signers(&second).contains(&signer));
        assert_eq!(signers(&version_0(&key, &messages)), [signer], "version 0 does not, as its documentation says");
    }

    #[test]
    fn entries_without_bytes_are_skipped() {
        let key = insecure_key(5);
        let mut body = 3u64.to_be_bytes().to_vec();
        body.extend(0u64.to_be_bytes());
        let bytes = [&65u64.to_be_bytes()[..], &sign(&key, &keccak256(&[&body])), &body].concat();
        assert!(read(&bytes, CHAIN).unwrap().is_empty());
    }

    #[test]
    fn a_bad_signature_drops_one_message_of_version_1() {
        let key = insecure_key(5);
        let signer = address(key.verifying_key());
        let mut bytes = VERSION_1.to_vec();
        for signature in [None, Some(to_base64(&[0; 65])), Some(String::new())] {
            let more = signature.map_or(String::new(), |signature| format!(r#","signature":"{signature}""#));
            bytes.extend(entry(&feed(1, &message(1), &more)));
        }
        for empty in [r#"{"message":null,"delayedMessagesRead":1}"#, r#"{"message":{"header":null}}"#] {
            bytes.extend(entry(&format!(r#"{{"sequenceNumber":1,"message":{empty}}}"#)));
        }
        bytes.extend(&version_1(&key, CHAIN, &[(2, message(2))])[VERSION_1.len()..]);
        let found = read(&bytes, CHAIN).unwrap();
        assert_eq!(found.iter().map(|message| (message.position, message.signer)).collect::<Vec<_>>(), [(2, signer)]);
    }

    #[test]
    fn changed_bytes_change_the_signer() {
        let key = insecure_key(5);
        let signer = address(key.verifying_key());
        let bytes = version_0(&key, &[(10, message(1)), (11, message(2))]);
        for place in 8..bytes.len() {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            let messages = read(&changed, CHAIN).unwrap_or_default();
            assert!(messages.iter().all(|message| message.signer != signer), "{place}");
        }
    }

    #[test]
    fn other_formats() {
        let code = |bytes: &[u8]| read(bytes, CHAIN).unwrap_err().rejection;
        let quote = [&4734u64.to_be_bytes()[..], &[0; 5000]].concat();
        for bad in [&[][..], &[0; 8], &[0xff; 100], &quote, &65u64.to_be_bytes()] {
            assert_eq!(code(bad), Rejection::RollupFormat);
        }
        let good = version_0(&insecure_key(5), &[(10, message(1))]);
        assert_eq!(code(&good[..good.len() - 1]), Rejection::RollupFormat);
        let trailing = [VERSION_1.as_slice(), &[0; 7]].concat();
        assert_eq!(code(&trailing), Rejection::RollupFormat);
        let no_json = [VERSION_1.as_slice(), &entry("{")].concat();
        assert_eq!(code(&no_json), Rejection::JsonSyntax);
        assert!(read(VERSION_1, CHAIN).unwrap().is_empty());
    }

    proptest! {
        #[test]
        fn never_panics(version: bool, place in any::<prop::sample::Index>(), byte: u8, cut in any::<prop::sample::Index>()) {
            let key = insecure_key(5);
            let mut bytes =
                if version { version_1(&key, CHAIN, &[(1, message(1))]) } else { version_0(&key, &[(1, message(1))]) };
            let place = place.index(bytes.len());
            bytes[place] = byte;
            let _ = read(&bytes, CHAIN);
            bytes.truncate(cut.index(bytes.len()));
            let _ = read(&bytes, CHAIN);
        }
    }
}
