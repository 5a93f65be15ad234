//! What a server may try about namespaces, one test for each kind of lie, named by the items of the table
//! in docs/PROTOCOL.md (*Attacks on what is in a block*).

use alloc::format;
use alloc::string::ToString as _;
use alloc::vec::Vec;

use proptest::prelude::*;

use super::samples::{MadeBlock, verify, with_common};
use crate::consensus::chain_config::{ChainConfig, ResolvableChainConfig};
use crate::consensus::header::Header;
use crate::data::block::BlockContext;
use crate::data::vid::parameters::VidParameters;
use crate::data::{PayloadVerification, verify_namespace, verify_payload};
use crate::encoding::bytes::to_base64;
use crate::encoding::integer::U256;
use crate::encoding::json::parse;
use crate::encoding::tagged_base64::encode;
use crate::rejection::Rejection;

const MINORS: [u16; 2] = [4, 6];

fn replaced(text: &str, from: &str, to: &str) -> alloc::string::String {
    assert!(text.contains(from), "{from} in {text}");
    text.replacen(from, to, 1)
}

#[test]
fn honest_answers_are_accepted() {
    for minor in MINORS {
        let made = MadeBlock::three(minor);
        for (index, (id, payload)) in made.namespaces.iter().enumerate() {
            let id = u64::from(*id);
            assert_eq!(made.verify(id, &made.answer(index)).as_ref(), Ok(payload));
            assert_eq!(made.verify(id, &made.proof(index)).as_ref(), Ok(payload));
            let old = format!(r#"{{"proof":{},"transactions":[{{"lies":1}}]}}"#, made.proof(index));
            assert_eq!(made.verify(id, &old).as_ref(), Ok(payload), "the served transactions are not read");
            assert_eq!(verify(&made.block(), id, &made.answer(index), None).as_ref(), Ok(payload));
            assert_eq!(verify(&made.block(), id, &made.proof(index), None), Err(Rejection::VidParameters));
        }
        for absent in [r#"{"proof":null}"#, r#"{"proof":null,"transactions":[]}"#] {
            assert_eq!(made.verify(10, absent), Ok(Vec::new()));
        }
    }
}

#[test]
fn item_1_parameters_of_the_server() {
    for minor in MINORS {
        let made = MadeBlock::three(minor);
        let answer = made.answer(0);
        for (from, to) in [
            (r#""recovery_threshold":4"#, r#""recovery_threshold":5"#),
            (r#""recovery_threshold":4"#, r#""recovery_threshold":0"#),
            (r#""recovery_threshold":4"#, r#""recovery_threshold":18446744073709551615"#),
            (r#""total_weights":10"#, r#""total_weights":11"#),
            (r#""total_weights":10"#, r#""total_weights":0"#),
            (r#""total_weights":10"#, r#""total_weights":18446744073709551615"#),
        ] {
            let lying = replaced(&answer, from, to);
            assert_eq!(made.verify(7, &lying), Err(Rejection::VidParameters), "{to}");
            let unknown_epoch = verify(&made.block(), 7, &lying, None).unwrap_err();
            // Eleven shares have the same threshold: only the commitment tells, but it does.
            let by_commitment = [Rejection::VidCommitment, Rejection::VidCommon].contains(&unknown_epoch);
            assert!(
                by_commitment == to.ends_with(":11") && (by_commitment || unknown_epoch == Rejection::VidParameters)
            );
        }
    }
}

#[test]
fn item_2_mixtures_of_variants_and_versions() {
    let [avidm, gf2] = MINORS.map(MadeBlock::three);
    assert_eq!(avidm.verify(7, &gf2.proof(0)), Err(Rejection::NamespaceVariant));
    assert_eq!(gf2.verify(7, &avidm.proof(0)), Err(Rejection::NamespaceVariant));
    assert_eq!(avidm.verify(7, &with_common(&avidm.proof(0), &gf2.common())), Err(Rejection::NamespaceVariant));
    assert_eq!(gf2.verify(7, &with_common(&gf2.proof(0), &avidm.common())), Err(Rejection::NamespaceVariant));
    let relabelled = replaced(&avidm.proof(0), "V1", "V0");
    assert_eq!(avidm.verify(7, &relabelled), Err(Rejection::NamespaceVariant));
    assert_eq!(avidm.verify(7, &replaced(&avidm.proof(0), "V1", "V3")), Err(Rejection::NamespaceVariant));
}

#[test]
fn item_3_another_place_than_the_tables() {
    for minor in MINORS {
        let made = MadeBlock::three(minor);
        for index in ["1", "2", "3", "18446744073709551615"] {
            let lying = replaced(&made.proof(0), r#""ns_index":0"#, &format!(r#""ns_index":{index}"#));
            assert_eq!(made.verify(7, &lying), Err(Rejection::NamespaceIndex));
        }
        // The proof of one namespace for another, renamed too.
        assert_eq!(made.verify(8, &made.proof(0)), Err(Rejection::NamespaceIndex));
        let renamed = replaced(&made.proof(0), r#""ns_index":0"#, r#""ns_index":1"#);
        assert_eq!(made.verify(8, &renamed), Err(Rejection::NamespaceLengthMismatch));
        // Two namespaces of the same length whose bytes are swapped.
        let twins = MadeBlock::new(minor, 10, &[(7, b"first"), (8, b"other")]);
        let swapped = twins.proof_of(0, b"other", &twins.path(1));
        assert_eq!(twins.verify(7, &swapped), Err(Rejection::VidCommitment));
    }
}

#[test]
fn item_3_the_binding_leaf_is_no_namespace() {
    // A commitment with one more leaf than the table has namespaces, as one stored reference version
    // bound the common data: the shape of the path gives it away, or the root does.
    let made = MadeBlock::three(6);
    let mut leaves = made.commitments();
    leaves.push(crate::hash::merkle_node::blake3(&[b"NS_AVIDM_GF2_COMMON"]));
    let tree = made.scheme.tree().unwrap();
    let payload_commitment = tree.root(&leaves);
    let block = BlockContext::unverified(&Header { payload_commitment, ..made.header() }).unwrap();
    let last = made.proof_of(3, &made.namespaces[0].1, &tree.path(&leaves, 3).unwrap().to_tagged());
    for id in [7, 8, 9] {
        assert_eq!(verify(&block, id, &last, Some(&made.parameters)), Err(Rejection::NamespaceIndex));
    }
    let common = verify(&block, 7, &made.answer(0), Some(&made.parameters));
    assert_eq!(common, Err(Rejection::VidCommon));
}

#[test]
fn item_4_lengths_that_are_not_the_tables() {
    for minor in MINORS {
        let made = MadeBlock::three(minor);
        let honest = &made.namespaces[0].1;
        for payload in [&honest[..honest.len() - 1], &[], &[honest.as_slice(), &[0]].concat(), &[1; 100_000]] {
            let answer = made.proof_of(0, payload, &made.path(0));
            assert_eq!(made.verify(7, &answer), Err(Rejection::NamespaceLengthMismatch), "{}", payload.len());
        }
        let huge = replaced(
            &made.proof(1),
            &format!(r#""{}""#, to_base64(&made.namespaces[1].1)),
            &format!("[{}]", ["1"; 1000].join(",")),
        );
        assert_eq!(made.verify(8, &huge), Err(Rejection::NamespaceLengthMismatch));
    }
}

#[test]
fn item_4_payloads_larger_than_the_chain_allows() {
    let made = MadeBlock::three(4);
    let length = made.payload().len() as u64;
    let limited = |max_block_size: u64| {
        let config = ChainConfig {
            chain_id: U256::ONE,
            max_block_size,
            base_fee: U256::ZERO,
            fee_contract: None,
            fee_recipient: [0; 20],
            stake_table_contract: None,
        };
        BlockContext::unverified(&Header { chain_config: ResolvableChainConfig::Whole(config), ..made.header() })
    };
    assert!(limited(length).is_ok());
    assert_eq!(limited(length - 1).unwrap_err().rejection, Rejection::NamespaceBlockSize);
}

#[test]
fn item_5_malformed_paths() {
    for minor in MINORS {
        let made = MadeBlock::three(minor);
        let payload = &made.namespaces[0].1;
        let code = |path: &str| made.verify(7, &made.proof_of(0, payload, path)).unwrap_err();
        let tree = made.scheme.tree().unwrap();
        let deep = tree.path(&[[0; 32]; 20], 0).unwrap().to_tagged();
        assert_eq!(code(&deep), Rejection::MerkleLevels, "more levels than three namespaces have");
        let flat = tree.path(&[[0; 32]], 0).unwrap().to_tagged();
        assert_eq!(code(&flat), Rejection::MerkleLevels);
        let bytes = tree.path(&made.commitments(), 0).unwrap().to_bytes();
        let mut wide = bytes.clone();
        wide[8] += 1;
        wide.extend([0; 32]);
        assert_eq!(code(&encode("MERKLE_PROOF", &wide)), Rejection::MerkleSiblings);
        assert_eq!(code(&encode("MERKLE_PROOF", &[&bytes[..], &[0]].concat())), Rejection::MerkleForm);
        assert_eq!(code(&encode("FIELD", &bytes)), Rejection::TaggedBase64Tag);
        let mut text = made.path(0);
        let last = text.pop().unwrap();
        text.push(if last == 'A' { 'B' } else { 'A' });
        assert!(matches!(code(&text), Rejection::TaggedBase64Checksum | Rejection::TaggedBase64Form));
    }
}

#[test]
fn item_5_base64_in_other_forms() {
    let made = MadeBlock::three(4);
    let payload = to_base64(&made.namespaces[0].1);
    for other in [payload.trim_end_matches('=').to_string() + " ", payload.replace('=', "*"), format!("{payload}\\n")] {
        let refused = made.verify(7, &made.proof(0).replace(&payload, &other)).unwrap_err();
        assert!(matches!(refused, Rejection::Base64Form | Rejection::NamespaceLengthMismatch), "{other:?}: {refused}");
    }
}

/// Where the reference nodes' consensus code would take a malformed table's payload as one range.
#[test]
fn item_6_malformed_tables_have_no_lenient_reading() {
    let made = MadeBlock::new(4, 10, &[(7, b"all the bytes of a payload")]);
    for table in [&[][..], &[2, 0, 0, 0], &[1, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0]] {
        assert!(BlockContext::unverified(&Header { ns_table: table.to_vec(), ..made.header() }).is_err());
    }
    // An empty table with a payload: one range of everything, says the lenient reading.
    let block = BlockContext::unverified(&Header { ns_table: [0; 4].to_vec(), ..made.header() }).unwrap();
    let refused = verify_payload(&block, made.payload(), &made.parameters).unwrap_err();
    assert_eq!(refused.rejection, Rejection::NamespaceTableEnd);
    assert_eq!(verify(&block, 7, &made.answer(0), Some(&made.parameters)), Err(Rejection::NamespaceAbsent));
}

#[test]
fn item_7_absence_against_the_table() {
    for minor in MINORS {
        let made = MadeBlock::three(minor);
        for answer in [r#"{"proof":null}"#, r#"{"proof":null,"transactions":[]}"#] {
            assert_eq!(made.verify(8, answer), Err(Rejection::NamespaceNotAbsent));
        }
        assert_eq!(made.verify(10, &made.answer(0)), Err(Rejection::NamespaceAbsent));
        // An id of 64 bits is not cut to the 32 bits of the table.
        assert_eq!(made.verify(7 + (1 << 32), &made.answer(0)), Err(Rejection::NamespaceAbsent));
    }
}

#[test]
fn item_4_common_data_against_the_header() {
    let made = MadeBlock::three(6);
    let other = MadeBlock::new(6, 10, &[(7, b"x"), (8, b"second"), (9, &[0; 40])]);
    assert_eq!(made.verify(7, &with_common(&made.proof(0), &other.common())), Err(Rejection::VidCommon));
    let lengths = replaced(&made.answer(0), r#""ns_lens":[2800,6,40]"#, r#""ns_lens":[2800,7,39]"#);
    assert_eq!(made.verify(7, &lengths), Err(Rejection::VidCommon));
    let fewer = replaced(&made.answer(0), r#""ns_lens":[2800,6,40]"#, r#""ns_lens":[2800,6]"#);
    assert_eq!(made.verify(7, &fewer), Err(Rejection::VidCommon));
    let overflowing = replaced(&made.answer(0), r#""ns_lens":[2800,6,40]"#, r#""ns_lens":[18446744073709551615,6,40]"#);
    assert_eq!(made.verify(7, &overflowing), Err(Rejection::VidCommon));
}

#[test]
fn item_1_wrong_payloads_and_builder_commitments() {
    for minor in MINORS {
        let made = MadeBlock::three(minor);
        let payload = made.payload();
        // The builder commitment follows the lie, unless it is the lie.
        let check = |payload: &[u8], builder: Option<[u8; 32]>| {
            let builder_commitment = builder.unwrap_or_else(|| crate::data::builder_commitment(payload, &made.table()));
            let block = BlockContext::unverified(&Header { builder_commitment, ..made.header() }).unwrap();
            let verified = verify_payload(&block, payload.to_vec(), &made.parameters);
            verified.map(|verified| verified.transactions(8).len()).map_err(|rejected| rejected.rejection)
        };
        assert_eq!(check(&payload, None), Ok(0));
        assert_eq!(check(&payload, Some([7; 32])), Err(Rejection::BuilderCommitment));
        assert_eq!(check(&payload[1..], None), Err(Rejection::NamespaceTableEnd));
        assert_eq!(check(&[&payload[..], &[0]].concat(), None), Err(Rejection::NamespaceTableEnd));
        for place in [0, 2799, 2800, 2805, 2806, payload.len() - 1] {
            let mut changed = payload.clone();
            changed[place] ^= 0x80;
            assert_eq!(check(&changed, None), Err(Rejection::VidCommitment), "{place}");
        }
    }
}

/// An answer of `light-client/payload` with one thing changed.
fn whole_payload(
    made: &MadeBlock,
    known: bool,
    change: &dyn Fn(alloc::string::String) -> alloc::string::String,
) -> Result<Vec<u8>, Rejection> {
    let (payload, table) = (to_base64(&made.payload()), to_base64(&made.table()));
    let answer = change(format!(
        r#"{{"payload":{{"raw_payload":"{payload}","ns_table":{{"bytes":"{table}"}}}},"vid_common":{}}}"#,
        made.common()
    ));
    let verify = || {
        let json = parse(answer.as_bytes())?;
        PayloadVerification::from_answer(made.block(), &json, known.then_some(&made.parameters))?.finish()
    };
    verify().map(|verified| verified.bytes().to_vec()).map_err(|rejected| rejected.rejection)
}

#[test]
fn item_6_whole_payloads_are_cut_by_the_headers_table_alone() {
    for minor in MINORS {
        let made = MadeBlock::three(minor);
        let table = to_base64(&made.table());
        let served = |other: &[u8]| whole_payload(&made, true, &|answer| replaced(&answer, &table, &to_base64(other)));
        for known in [true, false] {
            assert_eq!(whole_payload(&made, known, &|answer| answer), Ok(made.payload()));
        }
        let mut renamed = made.table();
        renamed[4] ^= 1;
        // Another name, one range of everything, no table, and one of another length.
        for other in [&renamed[..], &[0; 4], &[], &made.table()[..12]] {
            assert_eq!(served(other), Err(Rejection::PayloadTable));
        }
        // Without one, the header's is all there is.
        let without = |answer: alloc::string::String| {
            replaced(&answer, &format!(r#""ns_table":{{"bytes":"{table}"}}"#), r#""ns_table":null"#)
        };
        assert_eq!(whole_payload(&made, true, &without), Ok(made.payload()));
    }
}

#[test]
fn item_4_whole_payloads_of_another_length_are_not_decoded() {
    for minor in MINORS {
        let made = MadeBlock::three(minor);
        let payload = made.payload();
        let text = to_base64(&payload);
        for other in [&payload[1..], &[], &[&payload[..], &[0]].concat(), &[7; 100_000]] {
            let refused = whole_payload(&made, true, &|answer| replaced(&answer, &text, &to_base64(other)));
            assert_eq!(refused, Err(Rejection::NamespaceTableEnd), "{}", other.len());
        }
        // Not even base64, and far too long: the length comes first.
        let refused = whole_payload(&made, true, &|answer| replaced(&answer, &text, &"*".repeat(100_000)));
        assert_eq!(refused, Err(Rejection::NamespaceTableEnd));
    }
}

#[test]
fn item_1_parameters_beside_whole_payloads() {
    for minor in MINORS {
        let made = MadeBlock::three(minor);
        for known in [true, false] {
            let with = |from: &str, to: &str| whole_payload(&made, known, &|answer| replaced(&answer, from, to));
            let threshold = with(r#""recovery_threshold":4"#, r#""recovery_threshold":5"#);
            assert_eq!(threshold, Err(Rejection::VidParameters));
            assert_eq!(with(r#""total_weights":10"#, r#""total_weights":0"#), Err(Rejection::VidParameters));
            // Eleven shares have the same threshold: where n is not known, the commitment tells.
            let eleven = with(r#""total_weights":10"#, r#""total_weights":11"#);
            assert_eq!(eleven, Err(if known { Rejection::VidParameters } else { Rejection::VidCommitment }));
            let other = if minor == 4 { ("\"V1\"", "\"V2\"") } else { ("\"V2\"", "\"V1\"") };
            assert_eq!(with(other.0, other.1), Err(Rejection::NamespaceVariant));
        }
    }
}

/// Field elements beyond the order, points off the curve or in the wrong subgroup, and free lengths of
/// prefix and suffix only occur in proofs that are not read at all: whatever they hold, they prove nothing,
/// least of all that a namespace is empty.
#[test]
fn item_8_elements_and_points_are_in_proofs_that_prove_nothing() {
    let beyond = encode("FIELD", &[&1u64.to_le_bytes()[..], &[0xff; 32]].concat());
    for minor in MINORS {
        let made = MadeBlock::three(minor);
        let path = made.path(0);
        for kind in ["V1IncorrectEncoding", "V2IncorrectEncoding"] {
            let proof = format!(
                r#"{{"{kind}":{{"ns_index":0,"ns_commit":"{beyond}","ns_mt_proof":"{path}","ns_proof":{{"recovered_poly":"{beyond}","raw_shares":[{{"index":0,"payload":"{beyond}","mt_proof":"{path}"}}],"shares":[]}}}}}}"#
            );
            for answer in [proof.clone(), with_common(&proof, &made.common())] {
                assert_eq!(made.verify(7, &answer), Err(Rejection::NamespaceUnproven));
                assert_eq!(verify(&made.block(), 7, &answer, None), Err(Rejection::NamespaceUnproven));
            }
        }
    }
    // ADVZ, with a prefix that shifts a neighbour's bytes in and a point at infinity.
    let made = MadeBlock::three(4);
    let block = BlockContext::unverified(&Header { version: super::samples::version(2), ..made.header() }).unwrap();
    let proof = format!(
        r#"{{"V0":{{"ns_index":[0,0,0,0],"ns_payload":"{}","ns_proof":{{"prefix_elems":"{beyond}","suffix_elems":"FIELD~AAAAAAAAAAD7","prefix_bytes":[1,2,3],"suffix_bytes":[]}}}}}}"#,
        to_base64(&made.namespaces[0].1)
    );
    let common = format!(
        r#"{{"V0":{{"poly_commits":"{}","all_evals_digest":"{beyond}","payload_byte_len":1,"num_storage_nodes":10,"multiplicity":1}}}}"#,
        encode("FIELD", &[&1u64.to_le_bytes()[..], &[0; 31], &[0x40]].concat())
    );
    for answer in [proof.clone(), with_common(&proof, &common)] {
        assert_eq!(verify(&block, 7, &answer, Some(&made.parameters)), Err(Rejection::NamespaceUnproven));
    }
    let payload = format!(r#"{{"payload":{{"raw_payload":"{}"}},"vid_common":{common}}}"#, to_base64(&made.payload()));
    let json = parse(payload.as_bytes()).unwrap();
    let refused = PayloadVerification::from_answer(block, &json, Some(&made.parameters)).unwrap_err();
    assert_eq!(refused.rejection, Rejection::NamespaceUnproven);
    // The elements that are computed with are of 31 bytes: none can be beyond the order.
    let ones = MadeBlock::new(4, 10, &[(7, &[0xff; 310])]);
    assert_eq!(ones.verify(7, &ones.answer(0)), Ok(alloc::vec![0xff; 310]));
}

#[test]
fn item_10_served_transactions_are_not_read() {
    for minor in MINORS {
        let made = MadeBlock::three(minor);
        let honest = format!(r#"{{"proof":{},"transactions":[]}}"#, made.proof(0));
        let lying = replaced(&honest, "[]}", r#"[{"namespace":7,"payload":"AAAA"}]}"#);
        assert_eq!(made.verify(7, &lying), made.verify(7, &honest));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn nearly_honest_answers_never_panic(gf2: bool, place in any::<prop::sample::Index>(), byte: u8, known: bool) {
        let made = MadeBlock::three(if gf2 { 6 } else { 4 });
        let mut answer = made.answer(1).into_bytes();
        let place = place.index(answer.len());
        answer[place] = byte;
        if let Ok(json) = parse(&answer) {
            let parameters = known.then_some(&made.parameters);
            if let Ok(verified) = verify_namespace(&made.block(), 8, &json, parameters) {
                prop_assert_eq!(verified.payload(), b"second");
            }
        }
    }

    #[test]
    fn served_weights_never_panic(weight: u64) {
        let _ = VidParameters::from_served(weight);
    }
}
