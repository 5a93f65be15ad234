//! Chains of tables from epoch to epoch: honest ones, tampered ones, and the recorded one.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::active_set::ActiveRules;
use super::event::{Account, Event, G2Coordinates, LoggedKeys, PointCoordinates};
use super::fixture::{account, delegate, key_update_v2, register, register_v2, register_v3};
use super::possession::KeyChecks;
use super::table::StakeTable;
use super::transition::{Authority, EpochState, EpochTable, Transition, epoch_root};
use crate::encoding::bytes::from_hex;
use crate::encoding::committable::Commitment;
use crate::encoding::integer::{U256, parse_u256};
use crate::encoding::json::parse;
use crate::encoding::tagged_base64::{decode_array, tag};
use crate::recorded;
use crate::rejection::Rejected;

const RULES: ActiveRules = ActiveRules::Staked;

/// The first epoch of a dynamic table.
const FIRST: u64 = 3;

fn finish(mut transition: Transition, previous: &EpochState) -> Result<(EpochState, EpochTable), Rejected> {
    loop {
        if let Some(next) = transition.step(previous, 3)? {
            return Ok(next);
        }
    }
}

/// The hash that an honest root carries.
fn hash_after(previous: &EpochState, events: &[Event]) -> Commitment {
    let mut next = previous.registrations().clone();
    for checked in KeyChecks::new(events.to_vec(), &[]).unwrap().finish() {
        next.apply(&checked).unwrap();
    }
    next.hash()
}

fn root(previous: &EpochState, hash: Commitment) -> Authority {
    let height = epoch_root(previous.epoch(), 10).unwrap();
    Authority::FinalRoot { height, next_stake_table_hash: Some(hash) }
}

fn next(previous: &EpochState, events: &[Event], authority: &Authority) -> Result<(EpochState, EpochTable), Rejected> {
    let hash = authority.hash(previous.epoch(), 10)?;
    finish(Transition::new(previous, events.to_vec(), hash, RULES, b"entropy")?, previous)
}

fn first_events() -> Vec<Event> {
    alloc::vec![register(5), register_v2(3), register_v3(4), delegate(1, 3, 50), delegate(1, 4, 60), delegate(2, 5, 70),]
}

#[test]
fn roots() {
    assert_eq!(epoch_root(1, 10), Some(5));
    assert_eq!(epoch_root(2, 10), Some(15));
    assert_eq!(epoch_root(574, 40_000), Some(22_959_995));
    assert_eq!(epoch_root(0, 10), None);
    assert_eq!(epoch_root(3, 0), None);
    assert_eq!(epoch_root(3, 5), None);
    assert_eq!(epoch_root(u64::MAX, 40_000), None);
}

#[test]
fn a_chain_of_tables() {
    let genesis = EpochState::before(FIRST);
    assert_eq!(genesis.epoch(), 2);
    let events = first_events();
    let (third, table) = next(&genesis, &events, &root(&genesis, hash_after(&genesis, &events))).unwrap();
    assert_eq!((third.epoch(), table.epoch), (3, 3));
    let stakes: Vec<_> = table.table.entries().iter().map(|entry| (entry.account, entry.stake)).collect();
    let expected = [(5, 70), (3, 50), (4, 60)];
    assert_eq!(stakes, expected.map(|(seed, stake)| (Some(account(seed)), U256::from(stake))));
    assert_eq!(table.vid_total_weight, 180);

    // Nothing happens in an epoch.
    let (fourth, table) = next(&third, &[], &root(&third, *third.hash())).unwrap();
    assert_eq!((fourth.epoch(), fourth.hash()), (4, third.hash()));
    assert_eq!(table.table.entries().len(), 3);

    // Keys change, one leaves, one comes, stake moves.
    let events = [
        key_update_v2(5, 15),
        Event::Deregister { validator: account(3) },
        register_v2(6),
        delegate(1, 6, 80),
        delegate(9, 4, 1),
    ];
    let (fifth, table) = next(&fourth, &events, &root(&fourth, hash_after(&fourth, &events))).unwrap();
    let stakes: Vec<_> = table.table.entries().iter().map(|entry| (entry.account, entry.stake)).collect();
    let expected = [(5, 70), (4, 61), (6, 80)];
    assert_eq!(stakes, expected.map(|(seed, stake)| (Some(account(seed)), U256::from(stake))));

    // Taken up from the store, it is the same.
    let stored = EpochState::from_bytes(5, &fifth.registrations().to_bytes(), fifth.hash()).unwrap();
    assert_eq!(stored.table(RULES).unwrap().table, table.table);
    assert_eq!(stored.table(ActiveRules::StakedAndReachable).unwrap().table.entries().len(), 1);
    let replayed = EpochState::from_replay(5, fifth.registrations().clone(), fifth.hash()).unwrap();
    assert_eq!(replayed.hash(), fifth.hash());
    let other = EpochState::from_replay(5, fifth.registrations().clone(), fourth.hash()).unwrap_err();
    assert_eq!(other.code(), "stake_table.hash");
}

#[test]
fn events_omitted_invented_reordered_or_of_another_epoch() {
    let genesis = EpochState::before(FIRST);
    let events = first_events();
    let authority = root(&genesis, hash_after(&genesis, &events));
    let code = |events: &[Event]| next(&genesis, events, &authority).unwrap_err().code();
    for index in 0..events.len() {
        let mut omitted = events.clone();
        omitted.remove(index);
        let expected = if index < 3 { "stake_table.unknown_validator" } else { "stake_table.hash" };
        assert_eq!(code(&omitted), expected, "without event {index}");
        let mut doubled = events.clone();
        doubled.insert(index, events[index].clone());
        let expected = if index < 3 { "stake_table.registered" } else { "stake_table.hash" };
        assert_eq!(code(&doubled), expected, "event {index} twice");
    }
    let mut invented = events.clone();
    invented.push(delegate(3, 3, 1));
    assert_eq!(code(&invented), "stake_table.hash");
    let mut reversed = events.clone();
    reversed.reverse();
    assert_eq!(code(&reversed), "stake_table.unknown_validator");
    assert_eq!(code(&[]), "stake_table.hash");
    // The events of the epoch after, served again for this one.
    let (third, _) = next(&genesis, &events, &authority).unwrap();
    let later = [delegate(7, 5, 1)];
    let after = root(&third, hash_after(&third, &later));
    assert_eq!(next(&third, &events, &after).unwrap_err().code(), "stake_table.registered");
    // The hash does not know in which order validators registered: this passes, and the signers
    // are permuted, so that no certificate of the epoch will hold.
    let mut permuted = events.clone();
    permuted.swap(0, 1);
    let (_, honest) = next(&genesis, &events, &authority).unwrap();
    let (_, table) = next(&genesis, &permuted, &authority).unwrap();
    assert_ne!(table.table.entries()[0], honest.table.entries()[0]);
}

#[test]
fn the_hash_stands_in_the_root_of_the_epoch_before_and_nowhere_else() {
    let genesis = EpochState::before(FIRST);
    let events = first_events();
    let hash = hash_after(&genesis, &events);
    let code = |height, next_stake_table_hash| {
        let authority = Authority::FinalRoot { height, next_stake_table_hash };
        next(&genesis, &events, &authority).map_or_else(|rejected| rejected.code(), |_| "accepted")
    };
    assert_eq!(code(15, Some(hash)), "accepted");
    for height in [5, 14, 16, 20, 25, 0, u64::MAX] {
        assert_eq!(code(height, Some(hash)), "stake_table.root", "{height}");
    }
    assert_eq!(code(15, None), "stake_table.hash_missing");
    assert_eq!(code(15, Some([0; 32])), "stake_table.hash");
    // Without epochs there is no root.
    let authority = root(&genesis, hash);
    let refused = authority.hash(genesis.epoch(), 0).unwrap_err();
    assert_eq!(refused.code(), "stake_table.root");
    // A pinned hash stands for a root without one.
    assert!(next(&genesis, &events, &Authority::Pinned(hash)).is_ok());
    assert_eq!(next(&genesis, &events, &Authority::Pinned([1; 32])).unwrap_err().code(), "stake_table.hash");
}

#[test]
fn a_change_fits_one_state() {
    let genesis = EpochState::before(FIRST);
    let events = first_events();
    let hash = hash_after(&genesis, &events);
    let transition = Transition::new(&genesis, events, hash, RULES, &[]).unwrap();
    assert_eq!(transition.epoch(), 3);
    let other = finish(transition, &EpochState::before(9)).unwrap_err();
    assert_eq!(other.code(), "stake_table.epoch");
}

#[test]
fn nobody_to_sign() {
    let genesis = EpochState::before(FIRST);
    let events = [register(1)];
    let refused = next(&genesis, &events, &root(&genesis, hash_after(&genesis, &events))).unwrap_err();
    assert_eq!(refused.code(), "stake_table.nobody_active");
}

/// A recorded table as the registrations and delegations that it comes from. Where the recording
/// does not tell who delegated, one delegator did.
pub(crate) fn recorded_events(name: &str) -> Option<Vec<Event>> {
    let text = recorded::file(name)?;
    let recorded = parse(&text).unwrap();
    let mut events = Vec::new();
    for entry in recorded.get("validators").unwrap().items().unwrap() {
        let text = |key| entry.get(key).unwrap().text().unwrap();
        let account: Account = from_hex(text("account")).unwrap();
        let mut bls = decode_array::<128>(text("stake_key"), tag::BLS_VER_KEY).unwrap();
        bls[127] &= 0x3f;
        let schnorr = decode_array::<64>(text("state_ver_key"), tag::SCHNORR_VER_KEY).unwrap();
        let word = |bytes: &[u8], at: usize| U256::from_le_slice(&bytes[32 * at..][..32]);
        let keys = LoggedKeys {
            bls: G2Coordinates { x0: word(&bls, 0), x1: word(&bls, 1), y0: word(&bls, 2), y1: word(&bls, 3) },
            schnorr: PointCoordinates { x: word(&schnorr, 0), y: word(&schnorr, 1) },
        };
        let commission = entry.get("commission").unwrap().narrow().unwrap();
        events.push(Event::Register { account, keys, commission });
        let mut delegate = |delegator, amount| {
            events.push(Event::Delegate { delegator, validator: account, amount: parse_u256(amount).unwrap() });
        };
        match entry.find("delegators").unwrap() {
            Some(delegators) => {
                for (delegator, amount) in delegators.members().unwrap() {
                    delegate(from_hex(delegator).unwrap(), amount.text().unwrap());
                }
            }
            None => delegate([1; 20], text("stake_amount")),
        }
    }
    Some(events)
}

#[test]
fn the_table_of_mainnet_in_signer_order() {
    let (Some(mut events), Some(text)) =
        (recorded_events("mainnet/stake_table.json"), recorded::file("mainnet/stake_table.json"))
    else {
        return;
    };
    // The recording tells the 76 active of 97. The others can have registered anywhere between, here
    // with a stake below the thousandth of the largest, without any, or without proof of keys.
    let unproven = match register_v2(3) {
        Event::RegisterV2 { account, keys, commission, metadata_uri, .. } => {
            Event::RegisterV2 { account, keys, commission, proofs: Default::default(), metadata_uri }
        }
        other => other,
    };
    let others = [register(1), delegate(1, 1, 1_000), register(2), unproven, delegate(1, 3, u64::MAX)];
    for (index, event) in others.into_iter().enumerate() {
        events.insert(20 * index, event);
    }
    let recorded = parse(&text).unwrap();
    let value = |key| recorded.get(key).unwrap();
    let genesis = EpochState::before(FIRST);
    let (_, reached) = next(&genesis, &events, &Authority::Pinned(hash_after(&genesis, &events))).unwrap();
    assert_eq!(reached.table, StakeTable::from_json(&recorded).unwrap());
    assert_eq!(reached.table.entries().len(), 76);
    assert_eq!(reached.table.total_stake(), parse_u256(value("total_stake").text().unwrap()).unwrap());
    assert_eq!(reached.vid_total_weight, value("vid_total_weight").u64().unwrap());
}

#[test]
fn the_recorded_chain_reaches_its_first_dynamic_table() {
    let (Some(events), Some(blocks), Some(table)) = (
        recorded_events("v4/stake_table_epoch3.json"),
        recorded::file("v4/blocks.jsonl"),
        recorded::file("v4/stake_table_epoch3.json"),
    ) else {
        return;
    };
    let mut hashes = BTreeMap::new();
    for line in blocks.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let block = parse(line).unwrap();
        let leaf = block.get("leaf").unwrap().get("leaf").unwrap();
        let header = leaf.get("block_header").unwrap().get("fields").unwrap();
        let hash = header
            .get("next_stake_table_hash")
            .unwrap()
            .non_null()
            .map(|hash| decode_array::<32>(hash.text().unwrap(), tag::STAKE_TABLE).unwrap());
        hashes.insert(header.get("height").unwrap().u64().unwrap(), hash);
    }
    let genesis = EpochState::before(FIRST);
    let authority = Authority::FinalRoot { height: 15, next_stake_table_hash: hashes[&15] };
    let (third, reached) = next(&genesis, &events, &authority).unwrap();
    let expected = StakeTable::from_json(&parse(&table).unwrap()).unwrap();
    assert_eq!(reached.table, expected);
    assert!(next(&genesis, &events[1..], &authority).is_err());
    // The table stays as it is for the next epoch.
    let authority = Authority::FinalRoot { height: 25, next_stake_table_hash: hashes[&25] };
    let (fourth, table) = next(&third, &[], &authority).unwrap();
    assert_eq!((fourth.epoch(), table.table), (4, expected));
    // A block before the root carries no hash.
    assert_eq!(hashes[&14], None);
}
