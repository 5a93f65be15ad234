//! What each kind of event does to the state, and every fault of each.

use alloc::string::String;
use alloc::vec::Vec;

use proptest::prelude::*;

use super::event::{Account, Event, G2Coordinates, LoggedKeys, PointCoordinates};
use super::fixture::{
    account, check, delegate, key_update_v2, keys, proofs, register, register_v2, register_v3, state, undelegate,
};
use super::state::{Applied, RegistrationState, Skipped, Validator};
use crate::encoding::integer::U256;

/// Applies one event and says what came of it, as a code or the name of a skip. Unless it took
/// effect, nothing may have changed.
fn outcome(state: &mut RegistrationState, event: Event) -> &'static str {
    let (hash, order) = (state.hash(), signers(state));
    let outcome = match state.apply(&check(alloc::vec![event])[0]) {
        Ok(Applied::Changed) => return "changed",
        Ok(Applied::Skipped(Skipped::BlsKey)) => "skipped: BLS key",
        Ok(Applied::Skipped(Skipped::SchnorrKey)) => "skipped: Schnorr key",
        Ok(Applied::Skipped(Skipped::SchnorrKeyUsed)) => "skipped: Schnorr key used",
        Err(rejected) => rejected.code(),
    };
    assert_eq!((state.hash(), signers(state)), (hash, order), "{outcome}");
    outcome
}

fn signers(state: &RegistrationState) -> Vec<Account> {
    state.validators().iter().map(|(account, _)| **account).collect()
}

fn with_keys(event: Event, new: LoggedKeys) -> Event {
    match event {
        Event::Register { account, commission, .. } => Event::Register { account, keys: new, commission },
        Event::RegisterV2 { account, commission, proofs, metadata_uri, .. } => {
            Event::RegisterV2 { account, keys: new, commission, proofs, metadata_uri }
        }
        Event::RegisterV3 { account, commission, proofs, metadata_uri, x25519_key, p2p_addr, .. } => {
            Event::RegisterV3 { account, keys: new, commission, proofs, metadata_uri, x25519_key, p2p_addr }
        }
        Event::KeyUpdate { account, .. } => Event::KeyUpdate { account, keys: new },
        Event::KeyUpdateV2 { account, proofs, .. } => Event::KeyUpdateV2 { account, keys: new, proofs },
        other => panic!("{other:?} has no keys"),
    }
}

fn registrations(seed: u64) -> [Event; 3] {
    [register(seed), register_v2(seed), register_v3(seed)]
}

/// Keys of which one half is another seed's.
fn mixed(bls: u64, schnorr: u64) -> LoggedKeys {
    LoggedKeys { bls: keys(bls).bls, schnorr: keys(schnorr).schnorr }
}

#[test]
fn who_left_does_not_come_back() {
    for exit in [
        Event::Deregister { validator: account(1) },
        Event::DeregisterV2 { validator: account(1), unlocks_at: U256::from(5) },
    ] {
        let mut state = state(alloc::vec![register(0), register(1), register(2)]);
        assert_eq!(outcome(&mut state, exit.clone()), "changed");
        assert_eq!(signers(&state), [account(0), account(2)]);
        assert!(state.exits().contains(&account(1)));
        assert_eq!(outcome(&mut state, exit), "stake_table.unknown_validator");
        for again in registrations(1) {
            assert_eq!(outcome(&mut state, with_keys(again, keys(9))), "stake_table.exited");
        }
    }
}

#[test]
fn nobody_registers_twice() {
    let mut state = state(alloc::vec![register(1)]);
    for again in registrations(1) {
        assert_eq!(outcome(&mut state, with_keys(again, keys(9))), "stake_table.registered");
    }
}

#[test]
fn bls_keys_are_used_once() {
    let mut state = state(alloc::vec![register(1), register(2), register(3)]);
    state.apply(&check(alloc::vec![Event::Deregister { validator: account(3) }])[0]).unwrap();
    for used in [1, 3] {
        for event in registrations(4) {
            assert_eq!(outcome(&mut state, with_keys(event, mixed(used, 4))), "stake_table.bls_key_used");
        }
        let update = Event::KeyUpdate { account: account(2), keys: mixed(used, 4) };
        assert_eq!(outcome(&mut state, update), "stake_table.bls_key_used");
        assert_eq!(outcome(&mut state, key_update_v2(2, used)), "stake_table.bls_key_used");
    }
    // Coordinates that are only equal modulo the field are the same key.
    let mut same = keys(1);
    same.bls.x0 +=
        U256::from_limbs([0x3c20_8c16_d87c_fd47, 0x9781_6a91_6871_ca8d, 0xb850_45b6_8181_585d, 0x3064_4e72_e131_a029]);
    same.schnorr = keys(4).schnorr;
    assert_eq!(outcome(&mut state, with_keys(register(4), same)), "stake_table.bls_key_used");
}

#[test]
fn schnorr_keys_are_used_once_and_the_first_contract_did_not_care() {
    let mut state = state(alloc::vec![register(1), register(2)]);
    let [first, second, third] = registrations(4).map(|event| with_keys(event, mixed(4, 1)));
    assert_eq!(outcome(&mut state, first), "skipped: Schnorr key used");
    // The skipped registration did not use up its BLS key.
    assert_eq!(outcome(&mut state, second), "stake_table.schnorr_key_used");
    assert_eq!(outcome(&mut state, third), "stake_table.schnorr_key_used");
    let update = Event::KeyUpdate { account: account(2), keys: mixed(4, 1) };
    assert_eq!(outcome(&mut state, update), "skipped: Schnorr key used");
    let mut both = proofs(4, &account(2));
    both.schnorr = proofs(1, &account(2)).schnorr;
    let update = Event::KeyUpdateV2 { account: account(2), keys: mixed(4, 1), proofs: both };
    assert_eq!(outcome(&mut state, update), "stake_table.schnorr_key_used");
}

#[test]
fn what_is_no_key_is_registered_as_none_and_never_twice_the_same() {
    let nothing = LoggedKeys::default();
    let off_curve = LoggedKeys {
        bls: G2Coordinates { x0: U256::ONE, ..keys(1).bls },
        schnorr: PointCoordinates { x: U256::ONE, ..keys(1).schnorr },
    };
    for (bad, other) in [(nothing, off_curve), (off_curve, nothing)] {
        for version in 0..3 {
            let event = |seed| registrations(seed)[version].clone();
            let mut state = state(alloc::vec![with_keys(event(1), bad), with_keys(event(2), bad)]);
            for seed in [1, 2] {
                let validator = state.validator(&account(seed)).unwrap();
                assert!(validator.bls_key.is_none() && validator.schnorr_key.is_none());
                assert!(!validator.authenticated);
            }
            assert!(state.used_bls_keys.is_empty() && state.used_schnorr_keys.is_empty());
            // One good key of the two is kept, and used.
            let half = LoggedKeys { bls: keys(3).bls, schnorr: other.schnorr };
            assert_eq!(outcome(&mut state, with_keys(event(3), half)), "changed");
            let half = LoggedKeys { bls: other.bls, schnorr: keys(4).schnorr };
            assert_eq!(outcome(&mut state, with_keys(event(4), half)), "changed");
            assert_eq!((state.used_bls_keys.len(), state.used_schnorr_keys.len()), (1, 1));
            assert!(!state.validator(&account(3)).unwrap().authenticated);
            // Later keys make good.
            assert_eq!(outcome(&mut state, key_update_v2(3, 5)), "changed");
            assert!(state.validator(&account(3)).unwrap().authenticated);
        }
    }
}

#[test]
fn schnorr_keys_have_one_form_and_are_not_neutral() {
    let modulus =
        U256::from_limbs([0x43e1_f593_f000_0001, 0x2833_e848_79b9_7091, 0xb850_45b6_8181_585d, 0x3064_4e72_e131_a029]);
    let good = keys(1).schnorr;
    for bad in [
        PointCoordinates { x: good.x + modulus, ..good },
        PointCoordinates { y: good.y + modulus, ..good },
        PointCoordinates { x: U256::ZERO, y: U256::ZERO },
        PointCoordinates { x: U256::ZERO, y: U256::ONE },
    ] {
        let state = state(alloc::vec![with_keys(register(1), LoggedKeys { schnorr: bad, ..keys(1) })]);
        let validator = state.validator(&account(1)).unwrap();
        assert!(validator.schnorr_key.is_none() && validator.bls_key.is_some() && !validator.authenticated);
    }
}

#[test]
fn failing_proofs_register_unauthenticated() {
    for version in 1..3 {
        for fault in 0..6 {
            let event = with_proofs(registrations(1)[version].clone(), fault);
            let state = state(alloc::vec![event]);
            let validator = state.validator(&account(1)).unwrap();
            assert!(!validator.authenticated, "fault {fault}");
            assert!(validator.bls_key.is_some() && validator.schnorr_key.is_some());
            assert_eq!((state.used_bls_keys.len(), state.used_schnorr_keys.len()), (1, 1));
        }
        assert!(state(alloc::vec![registrations(1)[version].clone()]).validator(&account(1)).unwrap().authenticated);
    }
}

/// The event with one of six faults in its proofs.
fn with_proofs(mut event: Event, fault: usize) -> Event {
    let (Event::RegisterV2 { account: who, proofs: held, .. }
    | Event::RegisterV3 { account: who, proofs: held, .. }
    | Event::KeyUpdateV2 { account: who, proofs: held, .. }) = &mut event
    else {
        panic!("{event:?} has no proofs")
    };
    match fault {
        0 => held.bls = PointCoordinates::default(),
        1 => held.bls = proofs(8, who).bls,
        2 => held.bls.x += U256::ONE,
        3 => held.schnorr = proofs(8, who).schnorr,
        4 => held.schnorr.truncate(63),
        _ => held.schnorr[0] ^= 1,
    }
    event
}

#[test]
fn a_proof_is_for_one_account() {
    let stolen = Event::RegisterV2 {
        account: account(2),
        keys: keys(1),
        commission: 0,
        proofs: proofs(1, &account(1)),
        metadata_uri: String::new(),
    };
    assert!(!state(alloc::vec![stolen]).validator(&account(2)).unwrap().authenticated);
}

#[test]
fn delegations() {
    let mut state = state(alloc::vec![register(1)]);
    assert_eq!(outcome(&mut state, delegate(7, 1, 0)), "stake_table.zero_delegation");
    assert_eq!(outcome(&mut state, delegate(7, 2, 5)), "stake_table.unknown_validator");
    assert_eq!(outcome(&mut state, delegate(7, 1, 5)), "changed");
    assert_eq!(outcome(&mut state, delegate(8, 1, 3)), "changed");
    assert_eq!(outcome(&mut state, delegate(7, 1, 1)), "changed");
    let huge = Event::Delegate { delegator: [7; 20], validator: account(1), amount: U256::MAX };
    assert_eq!(outcome(&mut state, huge), "stake_table.stake_overflow");
    assert_eq!(outcome(&mut state, undelegate(7, 2, 1)), "stake_table.unknown_validator");
    assert_eq!(outcome(&mut state, undelegate(9, 1, 10)), "stake_table.insufficient_stake");
    assert_eq!(outcome(&mut state, undelegate(9, 1, 1)), "stake_table.unknown_delegator");
    assert_eq!(outcome(&mut state, undelegate(8, 1, 4)), "stake_table.insufficient_stake");
    assert_eq!(outcome(&mut state, undelegate(8, 1, 3)), "changed");
    let validator = state.validator(&account(1)).unwrap();
    assert_eq!(validator.stake, U256::from(6));
    assert_eq!(validator.delegators, [([7; 20], U256::from(6))].into_iter().collect());
    let back = Event::UndelegateV2 {
        delegator: [7; 20],
        validator: account(1),
        undelegation_id: 1,
        amount: U256::from(6),
        unlocks_at: U256::from(9),
    };
    assert_eq!(outcome(&mut state, back), "changed");
    assert!(state.validator(&account(1)).unwrap().delegators.is_empty());
}

#[test]
fn key_updates() {
    let mut state = state(alloc::vec![register(1), register(2)]);
    let update = |seed, new| Event::KeyUpdate { account: account(seed), keys: new };
    let bad_bls = LoggedKeys { bls: G2Coordinates::default(), ..keys(5) };
    let bad_schnorr = LoggedKeys { schnorr: PointCoordinates::default(), ..keys(5) };
    for event in [update(1, bad_bls), with_keys(key_update_v2(1, 5), bad_bls)] {
        assert_eq!(outcome(&mut state, event), "skipped: BLS key");
    }
    for event in [update(1, bad_schnorr), with_keys(key_update_v2(1, 5), bad_schnorr)] {
        assert_eq!(outcome(&mut state, event), "skipped: Schnorr key");
    }
    for fault in 0..6 {
        let event = with_proofs(key_update_v2(1, 5), fault);
        assert_eq!(outcome(&mut state, event), "stake_table.key_update_proof", "fault {fault}");
    }
    assert_eq!(outcome(&mut state, update(3, keys(5))), "stake_table.unknown_validator");
    assert_eq!(outcome(&mut state, key_update_v2(3, 5)), "stake_table.unknown_validator");
    assert_eq!(outcome(&mut state, update(1, keys(5))), "changed");
    assert_eq!(outcome(&mut state, key_update_v2(1, 6)), "changed");
    // Its place among the signers stays, and its old keys stay used.
    assert_eq!(signers(&state), [account(1), account(2)]);
    for old in [1, 5, 6] {
        assert_eq!(outcome(&mut state, update(2, keys(old))), "stake_table.bls_key_used");
    }
}

#[test]
fn commissions() {
    let mut state = state(alloc::vec![register(1)]);
    let update = |seed, new_commission| Event::CommissionUpdate {
        validator: account(seed),
        timestamp: U256::ONE,
        old_commission: 0,
        new_commission,
    };
    assert_eq!(outcome(&mut state, update(1, 10_001)), "stake_table.commission");
    assert_eq!(outcome(&mut state, update(2, 10_001)), "stake_table.commission");
    assert_eq!(outcome(&mut state, update(2, 10_000)), "stake_table.unknown_validator");
    assert_eq!(outcome(&mut state, update(1, 10_000)), "changed");
    assert_eq!(state.validator(&account(1)).unwrap().commission, 10_000);
    // A registration is not held to it.
    let event = Event::Register { account: account(2), keys: keys(2), commission: u16::MAX };
    assert_eq!(outcome(&mut state, event), "changed");
}

#[test]
fn network_identity() {
    let mut state = state(alloc::vec![register_v3(1), register(2)]);
    let key = |seed, x25519_key| Event::X25519KeyUpdate { validator: account(seed), x25519_key };
    let own = state.validator(&account(1)).unwrap().x25519_key.unwrap();
    assert_eq!(outcome(&mut state, key(1, own)), "stake_table.x25519_key_used");
    assert_eq!(outcome(&mut state, key(2, own)), "stake_table.x25519_key_used");
    assert_eq!(outcome(&mut state, key(3, [5; 32])), "stake_table.unknown_validator");
    assert_eq!(outcome(&mut state, key(1, [5; 32])), "changed");
    // What is no key takes the key away, and may come again.
    for _ in 0..2 {
        assert_eq!(outcome(&mut state, key(1, [0; 32])), "changed");
        assert_eq!(state.validator(&account(1)).unwrap().x25519_key, None);
    }
    let Event::RegisterV3 { account: who, keys, commission, proofs, metadata_uri, p2p_addr, .. } = register_v3(3)
    else {
        panic!()
    };
    let event = Event::RegisterV3 { account: who, keys, commission, proofs, metadata_uri, x25519_key: own, p2p_addr };
    assert_eq!(outcome(&mut state, event), "stake_table.x25519_key_used");

    let address = |seed, p2p_addr: &str| Event::P2pAddrUpdate { validator: account(seed), p2p_addr: p2p_addr.into() };
    assert_eq!(outcome(&mut state, address(3, "a:1")), "stake_table.unknown_validator");
    assert_eq!(outcome(&mut state, address(2, "[::0001]:07")), "changed");
    assert_eq!(state.validator(&account(2)).unwrap().p2p_addr.as_deref(), Some("::1:7"));
    assert_eq!(outcome(&mut state, address(2, "a:b")), "changed");
    assert_eq!(state.validator(&account(2)).unwrap().p2p_addr, None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Registrations in any order and with anything between: the hash is one, the order of
    /// signers is that of the registrations.
    #[test]
    fn the_hash_does_not_know_the_order(order in Just((0u64..6).collect::<Vec<_>>()).prop_shuffle()) {
        let event = |seed: &u64| registrations(*seed)[(*seed % 3) as usize].clone();
        let sorted: Vec<_> = (0..6).map(|seed| event(&seed)).collect();
        let shuffled: Vec<_> = order.iter().map(event).collect();
        let (mut sorted, mut shuffled) = (state(sorted), state(shuffled));
        prop_assert_eq!(sorted.hash(), shuffled.hash());
        prop_assert_eq!(signers(&shuffled), order.iter().map(|seed| account(*seed)).collect::<Vec<_>>());
        for seed in &order {
            let in_order = check(alloc::vec![delegate(1, *seed, 5)]);
            sorted.apply(&in_order[0]).unwrap();
            prop_assert_ne!(sorted.hash(), shuffled.hash());
            shuffled.apply(&in_order[0]).unwrap();
            prop_assert_eq!(sorted.hash(), shuffled.hash());
        }
    }

    /// Whatever comes: stakes are the sums of delegations, settled commitments are the computed
    /// ones, and an event without effect leaves no trace.
    #[test]
    fn invariants(steps in proptest::collection::vec((0u8..8, 0u64..4, 0u8..3, 0u64..4), 1..40)) {
        let mut state = RegistrationState::default();
        for (step, seed, delegator, amount) in steps {
            let event = match step {
                0 => register(seed),
                1 => Event::Deregister { validator: account(seed) },
                2..=4 => delegate(delegator, seed, amount),
                5 => undelegate(delegator, seed, amount),
                6 => Event::KeyUpdate { account: account(seed), keys: keys(amount + 3) },
                _ => Event::X25519KeyUpdate { validator: account(seed), x25519_key: [amount.to_le_bytes()[0]; 32] },
            };
            outcome(&mut state, event);
            if step % 2 == 0 {
                state.settle();
            }
        }
        for (account, validator) in state.validators() {
            let sum = validator.delegators.values().fold(U256::ZERO, |sum, amount| sum + *amount);
            prop_assert_eq!(sum, validator.stake);
            prop_assert!(!validator.delegators.values().any(U256::is_zero));
            prop_assert!(!state.exits().contains(account));
            let unsettled = Validator { commitment: None, ..validator.clone() };
            prop_assert_eq!(unsettled.commitment(account), validator.commitment(account));
        }
    }
}
