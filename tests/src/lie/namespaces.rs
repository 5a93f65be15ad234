//! Namespaces that are not what the block holds, with proofs that do not prove them.

use hotshot_light_client::encoding::{bytes::to_base64, tagged_base64};
use serde_json::{Value, json};

use super::Lie;
use crate::{
    model::{Base64Bytes, BlockLine},
    server::ServedNamespace,
    vid::{Transaction, TreeHash, avidm, merkle_proof, namespace_ranges},
};

/// Changes an answer about a namespace. `other` is another block.
pub(crate) fn alter_namespace(lie: Lie, served: &ServedNamespace<'_>, other: Option<&BlockLine>, answer: &mut Value) {
    match (lie, served.index) {
        (Lie::DataInvented, None) => return invent(served, answer),
        (Lie::DataAbsent, Some(_)) => *answer = json!({ "proof": null }),
        _ => {}
    }
    let Some(index) = served.index else { return };
    match lie {
        Lie::DataZeroStuffing => stuff(served, answer),
        Lie::DataBadEncoding => blame(served, index, answer),
        Lie::DataOtherNamespace => {
            let ranges = namespace_ranges(&served.block.payload.ns_table.bytes.0);
            let neighbour = ranges.iter().find(|range| range.id != served.id).map(|range| range.range.clone());
            if let Some(bytes) = neighbour.and_then(|range| served.block.payload.raw_payload.0.get(range)) {
                set_payload(answer, bytes);
            }
        }
        Lie::DataOtherBlock => {
            let ranges = other.map(|other| (other, namespace_ranges(&other.payload.ns_table.bytes.0)));
            let bytes = ranges.and_then(|(other, ranges)| {
                let range = ranges.into_iter().next()?.range;
                other.payload.raw_payload.0.get(range)
            });
            // An empty block has nothing to serve: half of the right bytes are as wrong.
            set_payload(answer, bytes.unwrap_or(served.bytes.split_at(served.bytes.len() / 2).0));
        }
        Lie::DataLonger => set_payload(answer, &[served.bytes, &[0]].concat()),
        Lie::DataShorter => set_payload(answer, served.bytes.split_last().map_or(&[], |(_, rest)| rest)),
        Lie::DataAltered => {
            let mut bytes = served.bytes.to_vec();
            bytes.last_mut().iter_mut().for_each(|last| **last ^= 1);
            set_payload(answer, &bytes);
        }
        _ => {
            alter_parameters(lie, answer);
            alter_shape(lie, index, answer);
            alter_path(lie, answer);
        }
    }
}

/// The transactions that are listed beside a proof.
pub(crate) fn alter_transactions(lie: Lie, transactions: &mut Vec<Transaction>) {
    if lie == Lie::DataTransactions {
        let invented = |first: &Transaction| Transaction {
            namespace: first.namespace,
            payload: Base64Bytes(b"a transaction that is not in the block".to_vec()),
        };
        *transactions = transactions.iter().take(1).map(invented).collect();
    }
}

/// The body of the proof's variant.
fn body(answer: &mut Value) -> Option<&mut Value> {
    answer.pointer_mut("/proof/proof")?.as_object_mut()?.values_mut().next()
}

/// The object with the number of shares and the threshold.
fn parameters(answer: &mut Value) -> Option<&mut Value> {
    let common = answer.pointer_mut("/proof/common")?.as_object_mut()?.values_mut().next()?;
    if common.get("param").is_some() { common.get_mut("param") } else { Some(common) }
}

fn set(object: Option<&mut Value>, key: &str, value: Value) {
    if let Some(place) = object.and_then(|object| object.get_mut(key)) {
        *place = value;
    }
}

fn set_payload(answer: &mut Value, bytes: &[u8]) {
    set(body(answer), "ns_payload", to_base64(bytes).into());
}

/// Inserts a zero element after every `k` elements: every polynomial stays as it was under a threshold
/// of `k + 1`, the bytes are others.
fn stuff(served: &ServedNamespace<'_>, answer: &mut Value) {
    let k = served.parameters.recovery_threshold;
    let stuffed: Vec<u8> = avidm::padded(served.bytes, k)
        .chunks(avidm::ELEMENT * k)
        .flat_map(|group| group.iter().copied().chain([0; avidm::ELEMENT]))
        .collect();
    let end = stuffed.iter().rposition(|byte| *byte == 1).unwrap_or_default();
    // Where the end of the bytes is in the last group, the stuffing would come after it: then the
    // claimed threshold is the whole lie.
    if end != served.bytes.len() {
        set_payload(answer, stuffed.get(..end).unwrap_or_default());
    }
    set(parameters(answer), "recovery_threshold", (k + 1).into());
}

/// "Proves" bad encoding by genuine shares: more of them than the threshold lie on no polynomial of
/// the degree that the claimed one allows.
fn blame(served: &ServedNamespace<'_>, index: usize, answer: &mut Value) {
    let (k, n) = (served.parameters.recovery_threshold, served.parameters.total_weights);
    let shares = avidm::shares(served.bytes, k, n);
    let digests: Vec<[u8; 32]> = shares.iter().map(|share| avidm::digest(share)).collect();
    let raw: Vec<Value> = shares
        .iter()
        .enumerate()
        .take(k + 1)
        .map(|(position, share)| {
            let field = [(share.len() as u64).to_le_bytes().to_vec(), share.concat()].concat();
            let path = merkle_proof(TreeHash::Keccak3, &digests, position);
            json!({
                "index": position,
                "payload": tagged_base64::encode("FIELD", &field),
                "mt_proof": tagged_base64::encode("MERKLE_PROOF", &path),
            })
        })
        .collect();
    let path = body(answer).and_then(|body| body.get("ns_proof").cloned());
    let commitment = crate::vid::root(TreeHash::Keccak3, &digests);
    let variant = if served.minor() < 6 { "V1IncorrectEncoding" } else { "V2IncorrectEncoding" };
    let proof = json!({
        "ns_index": index,
        "ns_commit": tagged_base64::encode("AvidMCommit", &commitment),
        "ns_mt_proof": path,
        "ns_proof": { "recovered_poly": tagged_base64::encode("FIELD", &[0; 8]), "raw_shares": raw },
    });
    set(answer.get_mut("proof"), "proof", json!({ variant: proof }));
    set(parameters(answer), "recovery_threshold", (k + 1).into());
    set(parameters(answer), "total_weights", (3 * k + 3).into());
}

/// A proof for a namespace that is not there: of a payload of nothing but the bytes that are claimed.
fn invent(served: &ServedNamespace<'_>, answer: &mut Value) {
    let variant = if served.minor() < 6 { "V1" } else { "V2" };
    let path = tagged_base64::encode("MERKLE_PROOF", &0u64.to_le_bytes());
    let proof = json!({ "ns_index": 0, "ns_payload": to_base64(b"\x01\0\0\0\x01\0\0\0x"), "ns_proof": path });
    let common = &served.block.vid_common.common;
    *answer = json!({ "proof": { "proof": { variant: proof }, "common": common } });
}

fn alter_parameters(lie: Lie, answer: &mut Value) {
    let Some(parameters) = parameters(answer) else { return };
    let number = |key: &str| parameters.get(key).and_then(Value::as_u64).unwrap_or_default();
    let (weights, threshold) = (number("total_weights"), number("recovery_threshold"));
    match lie {
        // With the threshold that belongs to it, so that the pair fits itself.
        Lie::DataWeights => {
            set(Some(&mut *parameters), "total_weights", (weights + 3).into());
            set(Some(parameters), "recovery_threshold", (weights + 3).div_ceil(3).into());
        }
        Lie::DataThreshold => set(Some(parameters), "recovery_threshold", (threshold + 1).into()),
        Lie::DataHugeWeights => set(Some(parameters), "total_weights", (1u64 << 60).into()),
        _ => {}
    }
}

/// Renames the one member of an object.
fn rename(object: Option<&mut Value>) {
    if let Some(object) = object.and_then(Value::as_object_mut)
        && let Some((name, value)) = std::mem::take(object).into_iter().next()
    {
        object.insert(if name == "V1" { "V2" } else { "V1" }.into(), value);
    }
}

fn alter_shape(lie: Lie, index: usize, answer: &mut Value) {
    let common = |answer: &mut Value, key: &str| {
        let body = answer.pointer_mut("/proof/common")?.as_object_mut()?.values_mut().next()?;
        body.get_mut(key)?.as_array_mut().map(std::mem::take)
    };
    match lie {
        Lie::DataVariant => rename(answer.pointer_mut("/proof/proof")),
        Lie::DataCommonVariant => rename(answer.pointer_mut("/proof/common")),
        Lie::DataIndex => set(body(answer), "ns_index", (index + 1).into()),
        Lie::DataBase64 => {
            let text = body(answer).and_then(|body| body.get("ns_payload")?.as_str().map(|text| format!("{text}=")));
            set(body(answer), "ns_payload", text.into());
        }
        Lie::DataCommonLengths => {
            if let Some(mut lengths) = common(answer, "ns_lens") {
                lengths.first_mut().iter_mut().for_each(|first| **first = (1u64 << 63).into());
                set(answer.pointer_mut("/proof/common/V2"), "ns_lens", lengths.into());
            }
        }
        Lie::DataCommonCommitments => {
            if let Some(mut commitments) = common(answer, "ns_commits") {
                let other = tagged_base64::encode("AvidmGf2Commit", &[7; 32]);
                commitments.first_mut().iter_mut().for_each(|first| **first = other.clone().into());
                set(answer.pointer_mut("/proof/common/V2"), "ns_commits", commitments.into());
            }
        }
        Lie::DataBindingLeaf => {
            let lists = (common(answer, "ns_commits"), common(answer, "ns_lens"));
            if let (Some(mut commitments), Some(mut lengths)) = lists {
                set(body(answer), "ns_index", lengths.len().into());
                commitments.push(tagged_base64::encode("AvidmGf2Commit", &[7; 32]).into());
                lengths.push(0.into());
                set(answer.pointer_mut("/proof/common/V2"), "ns_commits", commitments.into());
                set(answer.pointer_mut("/proof/common/V2"), "ns_lens", lengths.into());
            }
        }
        _ => {}
    }
}

/// The bytes of a path: levels, then for each the number of siblings and the siblings.
fn alter_path(lie: Lie, answer: &mut Value) {
    let Some(place) = body(answer).and_then(|body| body.get_mut("ns_proof")) else { return };
    let Some(text) = place.as_str() else { return };
    let Ok(mut path) = tagged_base64::decode(text, "MERKLE_PROOF") else { return };
    let count = |bytes: &[u8]| bytes.iter().take(8).rev().fold(0u64, |value, byte| value << 8 | u64::from(*byte));
    let (levels, siblings) = (count(&path), count(path.get(8..).unwrap_or_default()));
    let mut write = |offset: usize, value: u64| {
        path.iter_mut().skip(offset).zip(value.to_le_bytes()).for_each(|(to, from)| *to = from);
    };
    let mut tag = "MERKLE_PROOF";
    match lie {
        Lie::DataPathLevels => {
            write(0, levels + 1);
            path.extend(2u64.to_le_bytes());
            path.extend([0; 64]);
        }
        // A namespace that is alone in its block has a path without levels, and no sibling to alter.
        Lie::DataPathSiblings if levels > 0 => {
            write(8, siblings + 1);
            let end = usize::try_from(16 + 32 * siblings).unwrap_or(usize::MAX).min(path.len());
            path.splice(end..end, [0; 32]);
        }
        Lie::DataPathTrailing => path.push(0),
        Lie::DataPathAltered => path.iter_mut().skip(16).take(1).for_each(|byte| *byte ^= 1),
        Lie::DataPathTag => tag = "FIELD",
        Lie::DataPathChecksum => {
            let last = text.chars().next_back();
            let mut altered = text.to_owned();
            altered.pop();
            altered.push(if last == Some('A') { 'Q' } else { 'A' });
            *place = altered.into();
            return;
        }
        _ => return,
    }
    *place = tagged_base64::encode(tag, &path).into();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vid::VidParameters;

    /// Whoever believes the threshold that comes with it takes the stuffed payload for genuine.
    #[test]
    fn zero_stuffing_keeps_the_commitment() {
        let parameters = VidParameters::new(10);
        let honest: Vec<u8> = (0..900u32).map(|index| index.to_le_bytes()[0] | 2).collect();
        let (k, n) = (parameters.recovery_threshold, parameters.total_weights);
        let digests = |payload: &[u8], k| -> Vec<[u8; 32]> {
            avidm::shares(payload, k, n).iter().map(|share| avidm::digest(share)).collect()
        };
        let stuffed: Vec<u8> = avidm::padded(&honest, k)
            .chunks(avidm::ELEMENT * k)
            .flat_map(|group| group.iter().copied().chain([0; avidm::ELEMENT]))
            .collect();
        let forged = stuffed.get(..stuffed.iter().rposition(|byte| *byte == 1).unwrap()).unwrap();
        assert_ne!(forged, honest);
        assert_eq!(digests(forged, k + 1), digests(&honest, k));
    }
}
