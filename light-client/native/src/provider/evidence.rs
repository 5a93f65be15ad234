//! What a provider said that verification rejected, kept to be shown to others.

use hotshot_light_client::Rejected;
use hotshot_light_client::encoding::bytes::{to_base64, to_hex};
use hotshot_light_client::encoding::committable::keccak256;
use serde_json::{Value, json};

use crate::provider::address::Address;

/// The most bytes of an answer that are kept. The hash is over all of it.
pub const ANSWER_LIMIT: usize = 64 << 10;

/// A rejected answer. It proves nothing about who sent it to those who were not there; whoever asks
/// the same provider the same may see it for themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Who said it.
    pub provider: Address,
    /// What it was asked.
    pub path: String,
    /// The first [`ANSWER_LIMIT`] bytes of what it said.
    pub answer: Vec<u8>,
    /// How many bytes it said.
    pub length: usize,
    /// Keccak-256 of all it said.
    pub hash: [u8; 32],
    /// Why that was rejected.
    pub rejected: Rejected,
}

impl Evidence {
    /// Keeps an answer.
    pub fn new(provider: Address, path: String, answer: &[u8], rejected: Rejected) -> Self {
        Self {
            provider,
            path,
            answer: answer.iter().copied().take(ANSWER_LIMIT).collect(),
            length: answer.len(),
            hash: keccak256(&[answer]),
            rejected,
        }
    }

    /// As one JSON object; the answer is in base64.
    pub fn to_json(&self) -> Value {
        json!({
            "provider": self.provider.to_string(),
            "path": self.path,
            "code": self.rejected.code(),
            "summary": self.rejected.rejection.summary(),
            "got": self.rejected.got.to_string(),
            "expected": self.rejected.expected.to_string(),
            "answer_bytes": self.length,
            "answer_keccak256": to_hex(&self.hash),
            "answer": to_base64(&self.answer),
            "answer_is_whole": self.answer.len() == self.length,
        })
    }
}

#[cfg(test)]
mod tests {
    use hotshot_light_client::Rejection;

    use super::*;

    #[test]
    fn is_bounded_and_names_the_whole() {
        let answer = vec![b'x'; ANSWER_LIMIT + 1];
        let provider: Address = "http://liar.example".parse().unwrap();
        let evidence = Evidence::new(provider, "/v1/x".into(), &answer, Rejection::LeafRange.with(1u64, 2u64));
        let json = evidence.to_json();
        assert_eq!((evidence.answer.len(), &json["answer_bytes"]), (ANSWER_LIMIT, &json!(answer.len())));
        assert_eq!((&json["answer_is_whole"], &json["code"]), (&json!(false), &json!("leaf.range")));
        assert_eq!(json["answer_keccak256"], to_hex(&keccak256(&[&answer])));
    }
}
