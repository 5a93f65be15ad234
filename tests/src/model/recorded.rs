//! The model against recordings of real nodes: same bytes, same commitments.

use super::*;
use crate::vectors;

fn lines(folder: &str) -> Vec<String> {
    vectors::read(&format!("{folder}/blocks.jsonl")).lines().map(str::to_owned).collect()
}

const FOLDERS: [&str; 3] = ["v2-v3", "v3", "v4"];

#[test]
fn blocks_are_written_byte_for_byte_as_real_nodes_write_them() {
    if vectors::missing("blocks_are_written_byte_for_byte_as_real_nodes_write_them") {
        return;
    }
    let mut blocks = 0;
    for folder in FOLDERS {
        for line in lines(folder) {
            let block: BlockLine = serde_json::from_str(&line).unwrap();
            assert_eq!(serde_json::to_string(&block).unwrap(), line);
            blocks += 1;
        }
    }
    assert_eq!(blocks, 50);
}

#[test]
fn commitments_are_those_of_real_nodes() {
    if vectors::missing("commitments_are_those_of_real_nodes") {
        return;
    }
    for folder in FOLDERS {
        for line in lines(folder) {
            let block: BlockLine = serde_json::from_str(&line).unwrap();
            let LeafWithQc { leaf, qc } = &block.leaf;
            assert_eq!(leaf.block_header.commitment(), block.hash);
            assert_eq!(leaf.commitment(), qc.data.leaf_commit, "{folder} {}", leaf.view_number);
            assert_eq!(vote_commitment(&qc.data, qc.view_number), qc.vote_commitment);
            for qc in leaf.next_epoch_justify_qc.iter().chain((leaf.view_number > 0).then_some(&leaf.justify_qc)) {
                assert_eq!(vote_commitment(&qc.data, qc.view_number), qc.vote_commitment);
            }
            if let Some(certificate) = &leaf.upgrade_certificate {
                let expected = vote_commitment(&certificate.data, certificate.view_number);
                assert_eq!(expected, certificate.vote_commitment);
            }
        }
    }
}

#[test]
fn reference_headers_of_every_version() {
    if vectors::missing("reference_headers_of_every_version") {
        return;
    }
    #[derive(serde::Deserialize)]
    struct Reference {
        version: String,
        header: Header,
        commitment: BlockCommitment,
    }
    let references: Vec<Reference> = serde_json::from_str(&vectors::read("reference/header_commitments.json")).unwrap();
    assert_eq!(references.len(), 6);
    for reference in references {
        assert_eq!(format!("0.{}", reference.header.minor()), reference.version);
        assert_eq!(reference.header.commitment(), reference.commitment, "{}", reference.version);
    }
}

#[test]
fn reference_leaf_and_certificate2() {
    if vectors::missing("reference_leaf_and_certificate2") {
        return;
    }
    #[derive(serde::Deserialize)]
    struct Reference {
        leaf: Leaf,
        leaf_commitment: Commitment,
        vote2_data: Vote2Data,
        vote2_data_commitment: Commitment,
        certificate2: Certificate2,
        certificate2_commitment: Commitment,
    }
    let reference: Reference = serde_json::from_str(&vectors::read("reference/v6_leaf_and_certificate2.json")).unwrap();
    assert_eq!(reference.leaf.commitment(), reference.leaf_commitment);
    assert_eq!(reference.vote2_data.commitment(), reference.vote2_data_commitment.bytes);
    assert_eq!(certificate_commitment(&reference.certificate2), reference.certificate2_commitment.bytes);
}
