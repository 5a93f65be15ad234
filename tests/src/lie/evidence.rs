//! Payloads, older headers and accounts that are not those of the chain.

use hotshot_light_client::encoding::{
    bytes::{from_base64, to_base64},
    tagged_base64,
};
use serde_json::{Value, json};

use super::Lie;
use crate::model::{Address, Header};

fn field(bytes: &[u8]) -> Value {
    tagged_base64::encode("FIELD", bytes).into()
}

/// Changes `{raw_payload, ns_table}`.
pub(crate) fn alter_payload(lie: Lie, payload: &mut Value) {
    let change = |place: Option<&mut Value>, change: &dyn Fn(&mut Vec<u8>)| {
        if let Some(place) = place
            && let Some(mut bytes) = place.as_str().and_then(|text| from_base64(text).ok())
        {
            change(&mut bytes);
            *place = to_base64(&bytes).into();
        }
    };
    match lie {
        Lie::DataPayload => {
            change(payload.get_mut("raw_payload"), &|bytes| bytes.last_mut().iter_mut().for_each(|last| **last ^= 1));
        }
        Lie::DataPayloadLonger => change(payload.get_mut("raw_payload"), &|bytes| bytes.push(0)),
        Lie::DataPayloadShorter => {
            change(payload.get_mut("raw_payload"), &|bytes| bytes.truncate(bytes.len().saturating_sub(1)))
        }
        // Of the same form, where there is a namespace to rename.
        Lie::DataPayloadTable => change(payload.pointer_mut("/ns_table/bytes"), &|bytes| match bytes.get_mut(4) {
            Some(byte) => *byte ^= 1,
            None => bytes.extend([1; 8]),
        }),
        Lie::DataPayloadLenient => change(payload.pointer_mut("/ns_table/bytes"), &Vec::clear),
        _ => {}
    }
}

/// Changes the common data beside a payload.
pub(crate) fn alter_payload_common(lie: Lie, common: &mut Value) {
    let Some((name, body)) = common.as_object_mut().and_then(|common| common.iter_mut().next()) else { return };
    match lie {
        Lie::DataPayloadWeights => {
            let parameters = if body.get("param").is_some() { body.get_mut("param") } else { Some(body) };
            if let Some(weights) = parameters.and_then(|parameters| parameters.get_mut("total_weights")) {
                *weights = weights.as_u64().map(|weights| weights + 3).into();
            }
        }
        Lie::DataPayloadCommon => {
            let other = if name == "V1" { "V2" } else { "V1" };
            *common = json!({ other: body });
        }
        _ => {}
    }
}

/// Changes the first sibling that is not empty on a path, from the leaf up.
fn alter_sibling(nodes: &mut [Value]) {
    for node in nodes {
        let Some(children) = node.pointer_mut("/Branch/children").and_then(Value::as_array_mut) else { continue };
        let zero = field(&[0; 32]);
        let siblings = children.iter_mut().filter_map(|child| child.pointer_mut("/ForgettenSubtree/value"));
        if let Some(sibling) = { siblings }.find(|value| **value != zero) {
            *sibling = field(&[7; 32]);
            return;
        }
    }
}

/// Changes `{header, proof}`.
pub(crate) fn alter_header_proof(lie: Lie, answer: &mut Value) {
    let later = |answer: &mut Value| {
        for key in ["timestamp", "timestamp_millis"] {
            let fields = if answer.pointer("/header/fields").is_some() { "/header/fields" } else { "/header" };
            if let Some(time) = answer.pointer_mut(fields).and_then(|fields| fields.get_mut(key)) {
                *time = (time.as_u64().unwrap_or_default() + if key == "timestamp" { 1 } else { 1000 }).into();
            }
        }
    };
    match lie {
        Lie::DataHeaderAltered => later(answer),
        Lie::DataHeaderElement => {
            later(answer);
            let header: Option<Header> =
                answer.get("header").and_then(|header| serde_json::from_value(header.clone()).ok());
            if let (Some(header), Some(element)) = (header, answer.pointer_mut("/proof/proof/0/Leaf/elem")) {
                *element = field(&header.commitment().bytes);
            }
        }
        Lie::DataHeaderPosition => {
            for path in ["/proof/pos", "/proof/proof/0/Leaf/pos"] {
                if let Some(position) = answer.pointer_mut(path) {
                    *position = field(&1_000_000u64.to_le_bytes());
                }
            }
        }
        _ => {
            let Some(nodes) = answer.pointer_mut("/proof/proof").and_then(Value::as_array_mut) else { return };
            match lie {
                Lie::DataHeaderLevels => drop(nodes.pop()),
                Lie::DataHeaderSiblings => {
                    if let Some(children) =
                        nodes.get_mut(1).and_then(|node| node.pointer_mut("/Branch/children")?.as_array_mut())
                    {
                        children.push(json!("Empty"));
                    }
                }
                Lie::DataHeaderPath => alter_sibling(nodes),
                _ => {}
            }
        }
    }
}

/// Changes `{balance, proof: {account, proof}}`, which may be about another account already.
pub(crate) fn alter_account(lie: Lie, asked: Address, answer: &mut Value) {
    let nodes = |answer: &mut Value| {
        let kind = answer.pointer_mut("/proof/proof")?.as_object_mut()?.values_mut().next()?;
        kind.get_mut("proof")?.as_array_mut().map(std::mem::take)
    };
    let present = answer.pointer("/proof/proof/Presence").is_some();
    match lie {
        Lie::DataAccountAmount if present => {
            if let Some(element) = answer.pointer_mut("/proof/proof/Presence/proof/0/Leaf/elem") {
                *element = field(&[7; 32]);
            }
        }
        Lie::DataAccountAbsent if present => {
            if let Some(mut nodes) = nodes(answer) {
                nodes.first_mut().iter_mut().for_each(|first| **first = json!("Empty"));
                let position = field(&asked.0);
                if let Some(proof) = answer.pointer_mut("/proof/proof") {
                    *proof = json!({ "Absence": { "pos": position, "proof": nodes } });
                }
            }
        }
        Lie::DataAccountRenamed => {
            if let Some(account) = answer.pointer_mut("/proof/account") {
                *account = json!(asked);
            }
        }
        Lie::DataAccountLevels => {
            if let Some(mut nodes) = nodes(answer) {
                nodes.pop();
                let kind = if present { "Presence" } else { "Absence" };
                if let Some(place) = answer.pointer_mut(&format!("/proof/proof/{kind}/proof")) {
                    *place = nodes.into();
                }
            }
        }
        Lie::DataAccountBalance => {
            if let Some(balance) = answer.get_mut("balance") {
                *balance = json!("999999999999999999999");
            }
        }
        _ => {}
    }
}
