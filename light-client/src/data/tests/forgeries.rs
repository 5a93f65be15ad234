//! Two forgeries that a client accepts which takes the dispersal's parameters from a server.

use alloc::format;
use alloc::vec::Vec;

use super::samples::{MadeBlock, verify, with_common};
use crate::bn254::transform::Value;
use crate::data::vid::avidm::ELEMENT_LENGTH;
use crate::data::vid::ntt::{Evaluator, value_from_bytes, value_to_bytes};
use crate::encoding::committable::keccak256;
use crate::hash::merkle_node::Node;
use crate::hash::merkle_vid::AVIDM;
use crate::rejection::Rejection;

/// The commitment of bytes that are already padded, with a free threshold: what a client computes
/// that believes the server's. Written apart from the code under test.
fn commit_padded(padded: &[u8], threshold: usize, total: usize) -> Node {
    let elements: Vec<Value> =
        padded.chunks(ELEMENT_LENGTH).map(|chunk| value_from_bytes(&chunk.try_into().unwrap())).collect();
    let groups: Vec<&[Value]> = elements.chunks(threshold).collect();
    let mut shares = alloc::vec![(groups.len() as u64).to_le_bytes().to_vec(); total];
    for group in groups {
        Evaluator::new(threshold, total)
            .unwrap()
            .evaluate(group, |point, value| shares[point].extend(value_to_bytes(value)));
    }
    AVIDM.root(&shares.iter().map(|share| keccak256(&[share])).collect::<Vec<Node>>())
}

fn padded(payload: &[u8], threshold: usize) -> Vec<u8> {
    let mut bytes = payload.to_vec();
    bytes.push(1);
    bytes.resize(bytes.len().next_multiple_of(ELEMENT_LENGTH * threshold), 0);
    bytes
}

/// A zero element after every `k` elements leaves every polynomial as it is, under a threshold of
/// `k + 1`: other bytes, other transactions, the same commitment.
#[test]
fn forgery_zero_stuffing() {
    let made = MadeBlock::three(3);
    let honest = &made.namespaces[0].1;
    let (k, n) = (4, 10);
    let stuffed: Vec<u8> = padded(honest, k)
        .chunks(ELEMENT_LENGTH * k)
        .flat_map(|group| group.iter().copied().chain([0; ELEMENT_LENGTH]))
        .collect();
    // What is left when the padding is taken off again.
    let end = stuffed.iter().rposition(|byte| *byte == 1).unwrap();
    let forged = &stuffed[..end];
    assert_eq!(padded(forged, k + 1), stuffed, "the forged payload pads to the stuffed elements");
    assert!(forged.len() > honest.len() && !forged.starts_with(honest));
    // The forgery works on whoever believes the threshold …
    assert_eq!(commit_padded(&padded(honest, k), k, n), made.commitments()[0]);
    assert_eq!(commit_padded(&stuffed, k + 1, n), made.commitments()[0]);
    // … and is refused in every form.
    let bare = made.proof_of(0, forged, &made.path(0));
    let believing = with_common(&bare, r#"{"V1":{"total_weights":10,"recovery_threshold":5}}"#);
    let block = made.block();
    let id = u64::from(made.namespaces[0].0);
    for parameters in [Some(&made.parameters), None] {
        assert_eq!(verify(&block, id, &believing, parameters), Err(Rejection::NamespaceLengthMismatch));
        let cut = with_common(
            &made.proof_of(0, &forged[..honest.len()], &made.path(0)),
            r#"{"V1":{"total_weights":10,"recovery_threshold":5}}"#,
        );
        assert_eq!(verify(&block, id, &cut, parameters), Err(Rejection::VidParameters));
    }
    assert_eq!(made.verify(id, &bare), Err(Rejection::NamespaceLengthMismatch));
    assert_eq!(made.verify(id, &made.answer(0)).as_ref(), Ok(honest));
}

/// With `n' = 9` and `k' = 3`, a pair that fits itself, three genuine shares of an honest namespace
/// of a network with `n = 5` and `k = 2` lie on no polynomial that encodes to its commitment.
#[test]
fn forgery_false_bad_encoding() {
    let payload = b"an honest transaction".to_vec();
    let made = MadeBlock::new(4, 5, &[(7, &payload)]);
    let elements =
        [value_from_bytes(&padded(&payload, 2)[..ELEMENT_LENGTH].try_into().unwrap()), value_from_bytes(&[0; 31])];
    let mut shares = Vec::new();
    Evaluator::new(2, 5).unwrap().evaluate(&elements, |point, value| shares.push((point, value_to_bytes(value))));
    let digests: Vec<Node> = shares.iter().map(|(_, value)| keccak256(&[&1u64.to_le_bytes(), value])).collect();
    shares.sort_unstable();
    let mut sorted = digests;
    for (point, value) in &shares {
        sorted[*point] = keccak256(&[&1u64.to_le_bytes(), value]);
    }
    assert_eq!(AVIDM.root(&sorted), made.commitments()[0], "the shares are genuine");
    let raw: Vec<alloc::string::String> = shares[..3]
        .iter()
        .map(|(point, value)| {
            let path = AVIDM.path(&sorted, *point).unwrap().to_tagged();
            let mut field = 1u64.to_le_bytes().to_vec();
            field.extend(value);
            format!(
                r#"{{"index":{point},"payload":"{}","mt_proof":"{path}"}}"#,
                crate::encoding::tagged_base64::encode("FIELD", &field)
            )
        })
        .collect();
    let commitment = crate::encoding::tagged_base64::encode("AvidMCommit", &made.commitments()[0]);
    let proof = format!(
        r#"{{"V1IncorrectEncoding":{{"ns_index":0,"ns_commit":"{commitment}","ns_mt_proof":"{}","ns_proof":{{"recovered_poly":"FIELD~AAAAAAAAAAD7","raw_shares":[{}]}}}}}}"#,
        made.path(0),
        raw.join(",")
    );
    let lying = with_common(&proof, r#"{"V1":{"total_weights":9,"recovery_threshold":3}}"#);
    let second = proof.replace("V1Incorrect", "V2Incorrect");
    for answer in [&lying, &proof, &second, &format!(r#"{{"proof":{proof},"transactions":[]}}"#)] {
        for parameters in [Some(&made.parameters), None] {
            assert_eq!(verify(&made.block(), 7, answer, parameters), Err(Rejection::NamespaceUnproven));
        }
    }
    // Nor can the wrong pair stand beside a genuine proof.
    let beside = with_common(&made.proof(0), r#"{"V1":{"total_weights":9,"recovery_threshold":3}}"#);
    assert_eq!(made.verify(7, &beside), Err(Rejection::VidParameters));
    assert_eq!(verify(&made.block(), 7, &beside, None), Err(Rejection::VidCommitment));
    assert_eq!(made.verify(7, &made.answer(0)), Ok(payload));
}
