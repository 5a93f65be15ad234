//! The builder's commitment to a payload: signed in every header before protocol 0.7.
//!
//! Source: `espresso-types`, `Payload::builder_commitment`. Nothing seen in the reference nodes
//! forces voters to compare it with the dispersed payload, so it is a check beside the payload
//! commitment and never instead of it.

use sha2::Digest as _;

/// SHA-256 over `le64 |payload| ‖ le64 |table| ‖ le64 |table| ‖ payload ‖ table ‖ table`, where
/// `table` is the namespace table in bytes. It stands there twice: once as itself and once as the
/// payload's metadata.
pub fn builder_commitment(payload: &[u8], namespace_table: &[u8]) -> [u8; 32] {
    let mut hasher = BuilderHasher::new(payload.len(), namespace_table.len());
    while !hasher.is_at_end(payload) {
        hasher.step(payload);
    }
    hasher.finish(namespace_table)
}

/// Bytes of a payload that are hashed in one step.
const STEP: usize = 64 << 10;

/// The computation of the commitment in steps of about a millisecond. Payload and table are the same at
/// every call.
#[derive(Clone, Debug)]
pub struct BuilderHasher {
    hasher: sha2::Sha256,
    done: usize,
}

impl BuilderHasher {
    /// Begins with the lengths.
    pub fn new(payload_length: usize, table_length: usize) -> Self {
        let table_length = (table_length as u64).to_le_bytes();
        let hasher = sha2::Sha256::new()
            .chain_update((payload_length as u64).to_le_bytes())
            .chain_update(table_length)
            .chain_update(table_length);
        Self { hasher, done: 0 }
    }

    /// Whether all of the payload is hashed.
    pub const fn is_at_end(&self, payload: &[u8]) -> bool {
        self.done >= payload.len()
    }

    /// Hashes a piece of the payload.
    pub fn step(&mut self, payload: &[u8]) {
        let rest = payload.get(self.done..).unwrap_or_default();
        let piece = rest.get(..STEP).unwrap_or(rest);
        self.hasher.update(piece);
        self.done += piece.len();
    }

    /// Ends with the table.
    pub fn finish(self, namespace_table: &[u8]) -> [u8; 32] {
        self.hasher.chain_update(namespace_table).chain_update(namespace_table).finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::tagged_base64::{decode_array, tag};

    #[test]
    fn recorded_empty_block() {
        let recorded = "BUILDER_COMMITMENT~tEvs0rxqOiMCvfe2R0omNNaphSlUiEDrb2q0IZpRcgA_";
        assert_eq!(builder_commitment(&[], &[0; 4]), decode_array(recorded, tag::BUILDER_COMMITMENT).unwrap());
    }

    #[test]
    fn every_part_counts() {
        let reference = builder_commitment(b"payload", b"table");
        assert_ne!(builder_commitment(b"payloadt", b"able"), reference);
        assert_ne!(builder_commitment(b"qayload", b"table"), reference);
        assert_ne!(builder_commitment(b"payload", b"tablf"), reference);
    }
}
