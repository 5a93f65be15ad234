//! A transaction as it is submitted: bytes for one namespace, and its commitment.

use alloc::vec::Vec;

use crate::encoding::bytes::from_base64;
use crate::encoding::committable::{Commitment, CommitmentBuilder};
use crate::encoding::json::Json;
use crate::encoding::tagged_base64;
use crate::rejection::Rejected;

/// The tag of a transaction commitment in text.
pub const TRANSACTION_TAG: &str = "TX";

/// The commitment of a transaction: `TX~…`. Source: `espresso-types` `v0/impls/transaction.rs`.
///
/// It names bytes and a namespace, not a place in the chain: the same transaction may occur twice.
pub fn transaction_commitment(namespace: u64, payload: &[u8]) -> Commitment {
    CommitmentBuilder::new("Transaction").u64_field("namespace", namespace).var_size_bytes(payload).finalize()
}

/// A transaction as it is submitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// The namespace. Blocks have room for 32 bits only.
    pub namespace: u64,
    /// The bytes.
    pub payload: Vec<u8>,
}

impl Transaction {
    /// Reads `{"namespace": integer, "payload": padded base64}`.
    ///
    /// # Errors
    /// Errors of the JSON types and `base64.form`.
    pub fn from_json(json: &Json<'_>) -> Result<Self, Rejected> {
        let namespace = json.get("namespace")?.u64()?;
        Ok(Self { namespace, payload: from_base64(json.get("payload")?.text()?)? })
    }

    /// The commitment.
    pub fn commitment(&self) -> Commitment {
        transaction_commitment(self.namespace, &self.payload)
    }

    /// The commitment in text.
    pub fn commitment_text(&self) -> alloc::string::String {
        tagged_base64::encode(TRANSACTION_TAG, &self.commitment())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::json::parse;

    #[test]
    fn fields_are_separate() {
        let one = transaction_commitment(1, b"payload");
        assert_ne!(one, transaction_commitment(2, b"payload"));
        assert_ne!(one, transaction_commitment(1, b"payloae"));
        let by_hand = crate::encoding::committable::keccak256(&[
            b"Transaction\xc0\x7fnamespace\xc0\x7f\x01\0\0\0\0\0\0\0\x07\0\0\0\0\0\0\0payload",
        ]);
        assert_eq!(one, by_hand);
    }

    #[test]
    fn json_form() {
        let read = |text: &str| Transaction::from_json(&parse(text.as_bytes()).unwrap());
        let transaction = read(r#"{"namespace":4294967296,"payload":"cGF5bG9hZA=="}"#).unwrap();
        assert_eq!((transaction.namespace, transaction.payload.as_slice()), (1 << 32, &b"payload"[..]));
        assert!(transaction.commitment_text().starts_with("TX~"));
        for bad in [r#"{"namespace":-1,"payload":""}"#, r#"{"namespace":1,"payload":"AB"}"#, r#"{"payload":""}"#, "[]"]
        {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
