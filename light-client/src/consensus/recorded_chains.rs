//! Commitments and verdicts on the recordings of real nodes and on the published reference objects.

use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::consensus::certificate::Certificate2;
use crate::consensus::epoch::Epochs;
use crate::consensus::header::Header;
use crate::consensus::leaf::Leaf;
use crate::consensus::recording::{Check, Recording, RecordingVerdict};
use crate::consensus::tables::EpochTables;
use crate::consensus::votes::VoteData;
use crate::encoding::json::{self, Json};
use crate::encoding::tagged_base64::{decode_array, tag};
use crate::recorded;
use crate::rejection::Rejection;
use crate::stake_table::table::StakeTable;

struct Chain {
    tables: EpochTables,
    lines: Vec<String>,
}

fn chain(name: &str) -> Option<Chain> {
    let table = recorded::file(&alloc::format!("{name}/stake_table.json"))?;
    let json = json::parse(&table).unwrap();
    let epochs = Epochs::new(json.get("epoch_height").unwrap().u64().unwrap());
    let mut tables = EpochTables::new(epochs, Arc::new(StakeTable::from_json(&json).unwrap()), u64::MAX);
    if name == "v4" {
        let table = recorded::file("v4/stake_table_epoch3.json")?;
        let json = json::parse(&table).unwrap();
        tables.insert_from(3, Arc::new(StakeTable::from_json(&json).unwrap()));
    }
    let lines = String::from_utf8(recorded::file(&alloc::format!("{name}/blocks.jsonl"))?).unwrap();
    Some(Chain { tables, lines: lines.lines().map(ToString::to_string).collect() })
}

fn verify(tables: &EpochTables, lines: &[String]) -> RecordingVerdict {
    let mut recording = Recording::new(tables);
    for line in lines {
        recording.push(line.as_bytes()).unwrap();
    }
    recording.finish(b"")
}

#[test]
fn reference_headers_of_every_version() {
    let Some(bytes) = recorded::file("reference/header_commitments.json") else { return };
    let json = json::parse(&bytes).unwrap();
    let items = json.items().unwrap();
    assert_eq!(items.len(), 6);
    for item in items {
        let header = Header::from_json(item.get("header").unwrap()).unwrap();
        let expected = item.get("commitment").unwrap().text().unwrap();
        assert_eq!(header.version.to_string(), item.get("version").unwrap().text().unwrap());
        assert_eq!(header.commitment(), decode_array::<32>(expected, tag::BLOCK).unwrap(), "{}", header.version);
    }
}

#[test]
fn reference_leaf_and_certificate2() {
    let Some(bytes) = recorded::file("reference/v6_leaf_and_certificate2.json") else { return };
    let json = json::parse(&bytes).unwrap();
    let commitment =
        |key: &'static str| decode_array::<32>(json.get(key).unwrap().text().unwrap(), tag::COMMIT).unwrap();
    let leaf = Leaf::from_json(json.get("leaf").unwrap()).unwrap();
    assert_eq!(leaf.commitment(), commitment("leaf_commitment"));
    let certificate = Certificate2::from_json(json.get("certificate2").unwrap()).unwrap();
    assert_eq!(certificate.data.commitment(), commitment("vote2_data_commitment"));
    assert_eq!(certificate.commitment(), commitment("certificate2_commitment"));
    // The sample stores the bare data commitment; what is signed is the wrapped one.
    assert_eq!(certificate.check_vote_commitment().unwrap_err().rejection, Rejection::QcVoteCommitment);
}

#[test]
fn every_recorded_block_is_accepted_and_the_right_ones_are_final() {
    for (name, finals) in [
        ("v2-v3", &[1, 2, 328, 329, 330, 331, 332, 333, 399, 400, 401][..]),
        ("v3", &[0, 1, 2, 9, 10, 11, 20]),
        ("v4", &[0, 1, 2, 8, 9, 10, 11, 14, 15, 18, 19, 20, 21, 29, 30, 31]),
    ] {
        let Some(chain) = chain(name) else { return };
        let verdict = verify(&chain.tables, &chain.lines);
        for line in &verdict.lines {
            assert!(line.is_accepted(), "{name}: {}", line.to_json());
        }
        let proven: Vec<u64> =
            verdict.lines.iter().filter(|line| line.is_final).map(|line| line.block.unwrap().height).collect();
        assert_eq!(proven, finals, "{name}");
    }
}

/// Every scalar below a value, as the path of keys and indices that leads to it.
fn scalars(json: &Json<'_>, path: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    match json {
        Json::Object(members) => members.iter().for_each(|(key, value)| {
            path.push(key.to_string());
            scalars(value, path, found);
            path.pop();
        }),
        Json::Array(items) => items.iter().enumerate().for_each(|(index, item)| {
            path.push(index.to_string());
            scalars(item, path, found);
            path.pop();
        }),
        _ => found.push(path.clone()),
    }
}

fn at<'j>(json: &'j mut serde_json::Value, path: &[String]) -> &'j mut serde_json::Value {
    path.iter().fold(json, |json, key| match json {
        serde_json::Value::Array(items) => &mut items[key.parse::<usize>().unwrap()],
        json => &mut json[key.as_str()],
    })
}

/// Another value of the same kind that stays well-formed, tagged strings with a right checksum.
fn mutated(value: &serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::Null => Value::from(1),
        Value::Bool(flag) => Value::from(!flag),
        Value::Number(number) => Value::from(number.as_u64().unwrap() ^ 1),
        Value::String(text) if text.contains('~') => {
            let (tag, _) = text.split_once('~').unwrap();
            let tag: &'static str = String::from(tag).leak();
            let mut bytes = crate::encoding::tagged_base64::decode(text, tag).unwrap();
            bytes[0] ^= 1;
            Value::from(crate::encoding::tagged_base64::encode(tag, &bytes))
        }
        Value::String(text) if text.starts_with("0x") => {
            let other = if text.ends_with('1') { '2' } else { '1' };
            Value::from(alloc::format!("{}{other}", &text[..text.len() - 1]))
        }
        Value::String(text) if text.parse::<u64>().is_ok() => {
            Value::from((text.parse::<u64>().unwrap() + 1).to_string())
        }
        Value::String(text) => match crate::encoding::bytes::from_base64(text) {
            Ok(mut bytes) => {
                match bytes.first_mut() {
                    Some(byte) => *byte ^= 1,
                    None => bytes.push(1),
                }
                Value::from(crate::encoding::bytes::to_base64(&bytes))
            }
            Err(_) => Value::from(alloc::format!("{text}x")),
        },
        other => panic!("{other} is no scalar"),
    }
}

/// Parts of a line that nothing commits to and that are not read.
fn is_uncommitted(path: &str) -> bool {
    path.contains("builder_signature")
        || path.ends_with("_pd")
        || path.ends_with("block_payload")
        || path.starts_with("vid_common")
}

#[test]
fn every_committed_field_of_every_block_changed_is_rejected() {
    let mut changed = 0;
    for name in ["v2-v3", "v3", "v4"] {
        let Some(chain) = chain(name) else { return };
        for (number, line) in chain.lines.iter().enumerate() {
            let parsed = json::parse(line.as_bytes()).unwrap();
            let mut paths = Vec::new();
            scalars(&parsed, &mut Vec::new(), &mut paths);
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            for path in paths {
                let shown = path.join(".");
                if is_uncommitted(&shown) {
                    continue;
                }
                let mut tampered = value.clone();
                let scalar = at(&mut tampered, &path);
                *scalar = mutated(scalar);
                let verdict = verify(&chain.tables, &[tampered.to_string()]);
                let [verdict] = verdict.lines.as_slice() else { panic!("one line, one verdict") };
                assert!(!verdict.is_accepted(), "{name} line {} {shown}: {}", number + 1, verdict.to_json());
                expect_code(&shown, verdict, &alloc::format!("{name} line {} {shown}", number + 1));
                changed += 1;
            }
        }
    }
    assert!(changed > 3000, "{changed}");
}

/// The check that must notice a change at a path.
fn expect_code(path: &str, verdict: &crate::consensus::recording::LineVerdict, place: &str) {
    let code = |check| verdict.outcome(check).text();
    if code(Check::Decode) != "ok" {
        // The change made another type, tag or form of it.
        return;
    }
    if path == "hash" {
        assert_eq!(code(Check::Header), "header.hash", "{place}");
    } else if path.starts_with("payload.") {
        assert_eq!(code(Check::BuilderCommitment), "payload.builder_commitment", "{place}");
    } else if path.starts_with("leaf.leaf.") {
        assert_eq!(code(Check::Leaf), "leaf.commitment", "{place}");
        if path.starts_with("leaf.leaf.block_header.") {
            assert_eq!(code(Check::Header), "header.hash", "{place}");
        }
    } else if path == "leaf.qc.vote_commitment" {
        assert_eq!(code(Check::Vote), "qc.vote_commitment", "{place}");
    } else if path.starts_with("leaf.qc.data") || path == "leaf.qc.view_number" {
        assert!(code(Check::Vote).starts_with("qc."), "{place}");
        if !place.contains("line 1 ") || place.starts_with("v2-v3") {
            assert!(["qc.signature", "qc.view_zero"].contains(&code(Check::Certificate)), "{place}");
        }
    } else {
        assert!(path.starts_with("leaf.qc.signatures"), "{place}");
        assert_ne!(code(Check::Certificate), "ok", "{place}");
    }
}

#[test]
fn swapped_blocks_do_not_link() {
    let Some(chain) = chain("v4") else { return };
    let forged: serde_json::Value = serde_json::from_str(&chain.lines[2]).unwrap();
    let mut lines = chain.lines[..4].to_vec();
    // The same block twice: not adjacent, so nothing links and block 1 loses its decision.
    lines[1] = forged.to_string();
    let verdict = verify(&chain.tables, &lines);
    assert_eq!(verdict.lines[2].outcome(Check::Link).text(), "absent");
    assert!(!verdict.lines[0].is_final);
}

#[test]
fn rejected_lines_contribute_nothing() {
    let Some(chain) = chain("v4") else { return };
    let mut lines = chain.lines[..4].to_vec();
    lines[2] = lines[2].replacen("\"timestamp\":", "\"timestamp\":1", 1);
    let verdict = verify(&chain.tables, &lines);
    let accepted: Vec<bool> = verdict.lines.iter().map(|line| line.is_accepted()).collect();
    assert_eq!(accepted, [true, true, false, true]);
    assert_eq!(verdict.lines[3].outcome(Check::Link).text(), "absent");
    assert!(verdict.lines.iter().all(|line| !line.is_final));
    assert_eq!(verdict.summary_json(), r#"{"blocks":4,"rejected":1,"final":0}"#);
}
