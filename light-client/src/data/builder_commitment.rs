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
    let table_length = (namespace_table.len() as u64).to_le_bytes();
    sha2::Sha256::new()
        .chain_update((payload.len() as u64).to_le_bytes())
        .chain_update(table_length)
        .chain_update(table_length)
        .chain_update(payload)
        .chain_update(namespace_table)
        .chain_update(namespace_table)
        .finalize()
        .into()
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
