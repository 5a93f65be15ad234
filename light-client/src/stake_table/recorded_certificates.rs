//! The certificates of real chains against the tables that signed them.

use alloc::vec::Vec;

use super::table::StakeTable;
use super::threshold::Threshold;
use crate::encoding::bitvec::SignerBits;
use crate::encoding::committable::CommitmentBuilder;
use crate::encoding::integer::{U256, parse_u256};
use crate::encoding::json::{Json, parse};
use crate::encoding::tagged_base64::{decode_array, tag};
use crate::recorded;
use crate::rejection::Rejection;
use crate::signature::batch::Batch;
use crate::signature::bls::{Signature, SignedMessage, VerificationKey};

/// What a quorum certificate's signers signed: consensus.md §2.3.
fn signed_message(certificate: &Json<'_>) -> [u8; 32] {
    let data = certificate.get("data").unwrap();
    let leaf: [u8; 32] = decode_array(data.get("leaf_commit").unwrap().text().unwrap(), tag::COMMIT).unwrap();
    let mut builder = CommitmentBuilder::new("Quorum data").var_size_bytes(&leaf);
    for (key, name) in [("epoch", "epoch number"), ("block_number", "block number")] {
        if let Some(value) = data.get(key).unwrap().non_null() {
            builder = builder.u64_field(name, value.u64().unwrap());
        }
    }
    let view = certificate.get("view_number").unwrap().u64().unwrap();
    CommitmentBuilder::new("Vote").var_size_bytes(&builder.finalize()).u64(view).finalize()
}

fn read(name: &str) -> Option<StakeTable> {
    let text = recorded::file(name)?;
    Some(StakeTable::from_json(&parse(&text).unwrap()).unwrap())
}

/// Every signed quorum certificate of a chain, with the claim that it makes.
fn claims(chain: &str, dynamic: Option<(u64, &str)>) -> Option<Vec<(SignedMessage, SignerBits)>> {
    let fixed = read(&alloc::format!("{chain}/stake_table.json"))?;
    let dynamic = match dynamic {
        Some((epoch, name)) => Some((epoch, read(name)?)),
        None => None,
    };
    let lines = recorded::file(&alloc::format!("{chain}/blocks.jsonl"))?;
    let mut claims = Vec::new();
    for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let json = parse(line).unwrap();
        let (leaf, qc) = (json.get("leaf").unwrap().get("leaf").unwrap(), json.get("leaf").unwrap().get("qc").unwrap());
        for (certificate, next) in
            [(qc, 0), (leaf.get("justify_qc").unwrap(), 0), (leaf.get("next_epoch_justify_qc").unwrap(), 1)]
        {
            let signatures = certificate.non_null().and_then(|qc| qc.get("signatures").unwrap().non_null());
            let Some([signature, bits]) = signatures.map(|pair| pair.items().unwrap()) else { continue };
            let bits = SignerBits::from_json(bits).unwrap();
            let epoch = certificate.get("data").unwrap().get("epoch").unwrap().non_null();
            let epoch = epoch.map_or(0, |epoch| epoch.u64().unwrap()) + next;
            let table = match &dynamic {
                Some((first, table)) if epoch >= *first => table,
                _ => &fixed,
            };
            let signers = table.sign_off(&bits, Threshold::Success).unwrap();
            let message = signed_message(certificate);
            let claimed = certificate.get("vote_commitment").unwrap().text().unwrap();
            assert_eq!(decode_array(claimed, tag::COMMIT).unwrap(), message);
            let signature = Signature::from_tagged(signature.text().unwrap()).unwrap();
            claims.push((SignedMessage { message: message.to_vec(), key: signers.key, signature }, bits));
        }
    }
    Some(claims)
}

fn check(chain: &str, dynamic: Option<(u64, &str)>, at_least: usize) {
    let Some(claims) = claims(chain, dynamic) else { return };
    assert!(claims.len() >= at_least, "{}", claims.len());
    let mut batch = Batch::new(b"");
    for (claim, _) in &claims {
        batch.push(claim.clone());
    }
    assert_eq!(batch.verify(), Ok(()));
    for (claim, _) in &claims {
        claim.verify().unwrap();
    }
}

#[test]
fn chain_0_2_to_0_3() {
    check("v2-v3", None, 30);
}

#[test]
fn chain_0_3() {
    check("v3", None, 20);
}

#[test]
fn chain_0_4_with_a_dynamic_table() {
    check("v4", Some((3, "v4/stake_table_epoch3.json")), 40);
}

#[test]
fn one_bit_spoils_a_certificate() {
    let Some(claims) = claims("v3", None) else { return };
    let (good, bits) = claims.iter().find(|(_, bits)| bits.count() < bits.len()).expect("one without all signers");
    let table = read("v3/stake_table.json").unwrap();
    for bit in (0..256).step_by(23) {
        let mut spoilt = good.clone();
        spoilt.message[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(spoilt.verify().unwrap_err().rejection, Rejection::SignatureInvalid, "{bit}");
    }
    for bit in (0..512).step_by(7) {
        let mut bytes = good.signature.to_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        // Another x is off the curve or another point; another y is off the curve.
        if let Ok(signature) = Signature::from_bytes(&bytes) {
            assert!(SignedMessage { signature, ..good.clone() }.verify().is_err(), "{bit}");
        }
    }
    // Whoever else is claimed to have signed, too: the sum of keys is another one.
    let flags: Vec<_> = bits.iter().collect();
    for index in 0..flags.len() {
        let mut flags = flags.clone();
        flags[index] ^= true;
        match table.sign_off(&SignerBits::from_flags(&flags), Threshold::Success) {
            Ok(signers) => assert!(SignedMessage { key: signers.key, ..good.clone() }.verify().is_err()),
            Err(rejected) => assert_eq!(rejected.rejection, Rejection::QcWeight),
        }
    }
}

#[test]
fn the_table_of_mainnet() {
    let Some(text) = recorded::file("mainnet/stake_table.json") else { return };
    let json = parse(&text).unwrap();
    let table = StakeTable::from_json(&json).unwrap();
    assert_eq!(table.entries().len(), 76);
    let number = |key| parse_u256(json.get(key).unwrap().text().unwrap()).unwrap();
    assert_eq!(table.total_stake(), number("total_stake"));
    assert_eq!(table.success_threshold(), number("success_threshold"));
    let one_honest = json.get("stake_table_state").unwrap().get("threshold").unwrap().text().unwrap();
    assert_eq!(table.one_honest_threshold(), parse_u256(one_honest).unwrap());
    assert_eq!(table.upgrade_threshold(), number("total_stake") * U256::from(9u64) / U256::from(10u64));
    assert!(table.entries().iter().all(|entry| entry.state_ver_key.is_some() && entry.account.is_some()));
    let first = json.get("validators").unwrap().items().unwrap()[0].get("stake_key").unwrap().text().unwrap();
    assert_eq!(table.entries()[0].stake_key, VerificationKey::from_tagged(first).unwrap());
    assert_eq!(table.entries()[0].stake_key.to_tagged(), first);
}
