//! Every parser of what is in blocks: the first byte chooses which.
#![no_main]

use hotshot_light_client::consensus::header::VidScheme;
use hotshot_light_client::data::namespace_answer::{ServedCommon, ServedProof};
use hotshot_light_client::data::payload::payload_bytes;
use hotshot_light_client::data::{NamespacePayload, NamespaceTable, Transaction};
use hotshot_light_client::encoding::json::{Json, parse};
use hotshot_light_client::hash::merkle_append;
use hotshot_light_client::hash::merkle_sparse::AccountTree;
use hotshot_light_client::hash::merkle_vid::VidPath;
use hotshot_light_client::rollup::bundle::Leg;
use hotshot_light_client::rollup::l2_transactions::transaction_hashes;
use hotshot_light_client::rollup::nitro_message::NitroMessage;
use hotshot_light_client::rollup::rlp::Items;
use hotshot_light_client::rollup::{RollupConfig, nitro, op_stack};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((choice, body)) = input.split_first() else { return };
    let read = |decode: &dyn Fn(&Json<'_>)| {
        if let Ok(json) = parse(body) {
            decode(&json);
        }
    };
    match choice % 16 {
        0 => {
            if let Ok(table) = NamespaceTable::from_bytes(body) {
                assert_eq!(table.to_bytes(), body);
                assert_eq!(table.iter().map(|namespace| namespace.length()).sum::<usize>(), table.payload_length());
            }
        }
        1 => {
            // Any bytes are a namespace; its transactions are parts of them.
            for transaction in NamespacePayload::new(body).transactions() {
                assert!(transaction.payload.len() <= body.len());
            }
        }
        2 | 3 => read(&|json| {
            let scheme = if choice % 16 == 2 { VidScheme::AvidM } else { VidScheme::AvidmGf2 };
            if let Ok(Some(proof)) = ServedProof::from_json(json, scheme) {
                if let Ok(payload) = proof.payload(100) {
                    assert_eq!(payload.len(), 100);
                }
            }
            drop(ServedCommon::from_json(json, scheme));
        }),
        4 => read(&|json| drop(payload_bytes(json))),
        5 => {
            if let Ok(path) = VidPath::from_tagged(core::str::from_utf8(body).unwrap_or_default()) {
                assert_eq!(VidPath::from_tagged(&path.to_tagged()).ok(), Some(path));
            }
        }
        6 => read(&|json| drop(merkle_append::verify(json, 7, 22, &[1; 32], &[2; 32]))),
        7 => read(&|json| drop(AccountTree::ByByte.verify(json, &[7; 20], &[2; 32]))),
        8 => read(&|json| drop(AccountTree::ByBit.verify(json, &[7; 20], &[2; 32]))),
        9 => drop(nitro::read(body, 412_346)),
        10 => drop(op_stack::read(body)),
        11 => {
            if let Ok(message) = NitroMessage::from_rlp(body) {
                assert_eq!(message.to_rlp(), body, "one form for each message");
            }
        }
        12 => drop(transaction_hashes(body)),
        13 => {
            // Items never reach beyond their list, and reading them comes to an end.
            if let Ok(mut items) = Items::of_list(body) {
                let mut left = body.len();
                while !items.is_at_end() {
                    let Ok(item) = items.raw() else { break };
                    assert!(!item.is_empty() && item.len() <= left);
                    left -= item.len();
                }
            }
        }
        14 => read(&|json| {
            drop(RollupConfig::from_json(json));
            drop(Leg::from_json(json));
        }),
        _ => read(&|json| drop(Transaction::from_json(json).map(|transaction| transaction.commitment()))),
    }
});
