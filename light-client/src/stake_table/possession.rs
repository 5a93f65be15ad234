//! Proofs of possession: does who registers keys hold them?
//!
//! Summing BLS keys is safe only because every key in a table was proven by its owner: a key made
//! from others' keys could sign in their names. Source: EspressoSystems/espresso-network
//! `contracts/rust/adapter/src/stake_table.rs`. Both signatures are over the account as an ABI word,
//! with no chain, contract or counter in it.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::mem;

use super::event::{Account, Event, LoggedKeys, LoggedProofs};
use super::keys::{SchnorrKey, bls_key, bls_signature};
use crate::rejection::{Rejected, Rejection};
use crate::signature::batch::{BadMember, Batch, Step};
use crate::signature::bls::{SignedMessage, VerificationKey};

/// The most events with keys in one history: each costs a few milliseconds to check. Mainnet had
/// about a hundred in its first eight months.
pub const KEY_EVENT_LIMIT: usize = 1 << 14;

/// How many BLS signatures share one product of pairings.
const GROUP: usize = 64;

/// What the keys of an event turned out to be.
#[derive(Clone, Debug, Default)]
pub struct CheckedKeys {
    /// The BLS key, if it is one.
    pub bls: Option<VerificationKey>,
    /// The Schnorr key, if it is one.
    pub schnorr: Option<SchnorrKey>,
    /// Whether both are keys and every proof that travels with the event holds.
    pub proven: bool,
}

/// An event whose keys, if it brings any, have been checked.
#[derive(Clone, Debug)]
pub struct CheckedEvent {
    /// The event.
    pub event: Event,
    /// Its keys. `None` for events that bring none.
    pub keys: Option<CheckedKeys>,
}

/// Events on their way to being checked, in small units of work.
///
/// BLS signatures are checked by the dozen in one product of pairings. Where a group fails, what is
/// left of it is checked one by one: forgeries are rare, because registering costs gas.
#[derive(Debug)]
pub struct KeyChecks {
    entropy: Vec<u8>,
    events: Vec<CheckedEvent>,
    /// The next event whose keys to read.
    next: usize,
    /// BLS claims that wait for their group, with the index of their event.
    claims: VecDeque<(usize, SignedMessage)>,
    /// How many of the claims are to be checked alone, because their group failed.
    alone: usize,
    /// The group under way.
    group: Option<(Batch, Vec<usize>)>,
}

impl KeyChecks {
    /// Prepares the check of some events. Entropy makes the weights of the batches unpredictable.
    ///
    /// # Errors
    /// `stake_table.event_limit` if too many events bring keys.
    pub fn new(events: Vec<Event>, entropy: &[u8]) -> Result<Self, Rejected> {
        let with_keys = events.iter().filter(|event| event.keys().is_some()).count();
        if with_keys > KEY_EVENT_LIMIT {
            return Err(Rejection::StakeTableEventLimit.with(with_keys, KEY_EVENT_LIMIT));
        }
        let events = events.into_iter().map(|event| CheckedEvent { event, keys: None }).collect();
        Ok(Self { entropy: entropy.to_vec(), events, next: 0, claims: VecDeque::new(), alone: 0, group: None })
    }

    /// Works for at most `budget` units; the checked events once all is done. A unit is about one
    /// Miller loop.
    pub fn step(&mut self, budget: u32) -> Option<Vec<CheckedEvent>> {
        let mut left = budget;
        while self.next < self.events.len() {
            left = left.checked_sub(self.read_next())?;
        }
        while self.group.is_some() || !self.claims.is_empty() {
            if left == 0 {
                return None;
            }
            left = self.advance_group(left)?;
        }
        Some(mem::take(&mut self.events))
    }

    /// Works to the end.
    pub fn finish(mut self) -> Vec<CheckedEvent> {
        loop {
            if let Some(events) = self.step(u32::MAX) {
                return events;
            }
        }
    }

    /// Units of work left, about.
    pub fn remaining(&self) -> u32 {
        let unread = self.events.iter().skip(self.next).filter(|event| event.event.keys().is_some()).count();
        let group = match &self.group {
            Some((batch, _)) => batch.len(),
            None => 0,
        };
        u32::try_from(5 * unread + 3 * self.claims.len() + 3 * group).unwrap_or(u32::MAX)
    }

    /// Reads the keys of the next event and checks its Schnorr proof. The units spent.
    fn read_next(&mut self) -> u32 {
        let index = self.next;
        self.next += 1;
        let Some(checked) = self.events.get_mut(index) else { return 0 };
        let Some((account, keys, proofs)) = checked.event.keys() else { return 0 };
        let (keys, claim) = check_keys(account, keys, proofs);
        checked.keys = Some(keys);
        self.claims.extend(claim.map(|claim| (index, claim)));
        2
    }

    /// Works on the group under way, or starts one. What is left of the budget once it is done.
    fn advance_group(&mut self, budget: u32) -> Option<u32> {
        let (batch, members) = self.group.get_or_insert_with(|| {
            let size = if self.alone > 0 { 1 } else { self.claims.len().min(GROUP) };
            self.alone = self.alone.saturating_sub(size);
            let mut batch = Batch::new(&self.entropy);
            let mut members = Vec::with_capacity(size);
            for (index, claim) in self.claims.drain(..size) {
                batch.push(claim);
                members.push(index);
            }
            (batch, members)
        });
        let Step::Done(answer) = batch.step(budget) else { return None };
        let members = mem::take(members);
        self.group = None;
        if let Err(BadMember(bad)) = answer {
            // Those before the bad one have been checked alone; those after it have not been at all.
            let mut unchecked = members.iter().skip(bad);
            if let Some(keys) = unchecked.next().and_then(|index| self.events.get_mut(*index)?.keys.as_mut()) {
                keys.proven = false;
            }
            for index in unchecked.rev() {
                let claim = self.events.get(*index).and_then(bls_claim);
                self.alone += usize::from(claim.is_some());
                claim.into_iter().for_each(|claim| self.claims.push_front((*index, claim)));
            }
        }
        Some(budget.saturating_sub(u32::try_from(3 * members.len()).unwrap_or(u32::MAX)))
    }
}

/// Reads the keys and checks the Schnorr proof; the BLS proof is left as a claim. Without the
/// claim's truth, `proven` is provisional.
fn check_keys(
    account: &Account,
    keys: &LoggedKeys,
    proofs: Option<&LoggedProofs>,
) -> (CheckedKeys, Option<SignedMessage>) {
    let mut checked =
        CheckedKeys { bls: bls_key(&keys.bls), schnorr: SchnorrKey::from_logged(&keys.schnorr), proven: false };
    let (Some(bls), Some(schnorr)) = (&checked.bls, &checked.schnorr) else { return (checked, None) };
    let Some(proofs) = proofs else {
        // The first contract proved the BLS key on chain; nobody asked for the Schnorr key's proof.
        checked.proven = true;
        return (checked, None);
    };
    if !schnorr.signed(&message(account), &proofs.schnorr) {
        return (checked, None);
    }
    let claim = claim(account, bls, proofs);
    checked.proven = claim.is_some();
    (checked, claim)
}

/// The BLS claim of an event whose keys were read before.
fn bls_claim(checked: &CheckedEvent) -> Option<SignedMessage> {
    let (account, _, proofs) = checked.event.keys()?;
    claim(account, checked.keys.as_ref()?.bls.as_ref()?, proofs?)
}

fn claim(account: &Account, key: &VerificationKey, proofs: &LoggedProofs) -> Option<SignedMessage> {
    let signature = bls_signature(&proofs.bls)?;
    Some(SignedMessage { message: message(account).to_vec(), key: (*key).into(), signature })
}

/// What both keys sign: the account as an ABI word.
pub fn message(account: &Account) -> [u8; 32] {
    let mut message = [0; 32];
    for (byte, from) in message.iter_mut().skip(12).zip(account) {
        *byte = *from;
    }
    message
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{delegate, register, register_v2};
    use super::*;
    use crate::stake_table::event::PointCoordinates;
    use proptest::prelude::*;

    /// Registrations of which some have a forged BLS proof: one that is valid for another message.
    fn events(count: u64, forged: &[u64]) -> Vec<Event> {
        (0..count)
            .map(|seed| {
                let mut event = register_v2(seed);
                if let (true, Event::RegisterV2 { proofs, account, .. }) = (forged.contains(&seed), &mut event) {
                    proofs.bls = super::super::fixture::proofs(seed, &[account[0] ^ 1; 20]).bls;
                }
                event
            })
            .collect()
    }

    fn unproven(checked: &[CheckedEvent]) -> Vec<u64> {
        let proven = checked.iter().map(|checked| checked.keys.as_ref().unwrap().proven);
        proven.enumerate().filter(|(_, proven)| !proven).map(|(index, _)| index as u64).collect()
    }

    #[test]
    fn every_forgery_is_found_wherever_it_stands() {
        let count = GROUP as u64 + 10;
        let last = GROUP as u64 - 1;
        for forged in [
            &[][..],
            &[0],
            &[last],
            &[0, 1, 2],
            &[5, last, last + 1, count - 1],
            &[last + 1],
            &(0..count).collect::<Vec<_>>(),
        ] {
            let checked = KeyChecks::new(events(count, forged), b"entropy").unwrap().finish();
            assert_eq!(unproven(&checked), forged);
        }
    }

    #[test]
    fn small_steps_come_to_the_same() {
        let mut checks = KeyChecks::new(events(9, &[2, 7]), b"entropy").unwrap();
        let (mut steps, mut left) = (0, checks.remaining());
        assert!(left > 0);
        let checked = loop {
            if let Some(checked) = checks.step(1) {
                break checked;
            }
            steps += 1;
            left = left.min(checks.remaining());
            assert!(steps < 1000);
        };
        assert_eq!(unproven(&checked), [2, 7]);
        assert!(steps > 9);
        assert_eq!(checks.remaining(), 0);
    }

    #[test]
    fn signatures_that_cancel_out_in_a_plain_sum_are_found() {
        // Two forgeries whose errors add up to nothing: only weights can tell.
        let mut both = events(2, &[]);
        let swapped = match &both[..] {
            [Event::RegisterV2 { proofs: first, .. }, Event::RegisterV2 { proofs: second, .. }] => {
                [second.bls, first.bls]
            }
            _ => panic!(),
        };
        for (event, bls) in both.iter_mut().zip(swapped) {
            if let Event::RegisterV2 { proofs, .. } = event {
                proofs.bls = bls;
            }
        }
        assert_eq!(unproven(&KeyChecks::new(both, &[]).unwrap().finish()), [0, 1]);
    }

    #[test]
    fn what_needs_no_proof() {
        let checked = KeyChecks::new(alloc::vec![register(1), delegate(1, 1, 1)], &[]).unwrap().finish();
        assert!(checked[0].keys.as_ref().unwrap().proven);
        assert!(checked[1].keys.is_none());
    }

    #[test]
    fn too_many_keys() {
        let event = Event::KeyUpdate { account: [0; 20], keys: LoggedKeys::default() };
        let events = alloc::vec![event; KEY_EVENT_LIMIT + 1];
        assert_eq!(KeyChecks::new(events, &[]).unwrap_err().code(), "stake_table.event_limit");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]

        /// In a batch as alone.
        #[test]
        fn batches_change_nothing(faults in proptest::collection::vec(0u8..4, 1..12), budget in 1u32..40) {
            let mut events = events(faults.len() as u64, &[]);
            for (event, fault) in events.iter_mut().zip(&faults) {
                let Event::RegisterV2 { proofs, .. } = event else { panic!() };
                match fault {
                    0 => proofs.bls = PointCoordinates::default(),
                    1 => proofs.schnorr[40] ^= 1,
                    2 => proofs.bls = super::super::fixture::proofs(99, &[1; 20]).bls,
                    _ => {}
                }
            }
            let alone: Vec<_> = events
                .iter()
                .map(|event| {
                    let (account, keys, proofs) = event.keys().unwrap();
                    let (keys, claim) = check_keys(account, keys, proofs);
                    keys.proven && claim.is_none_or(|claim| claim.verify().is_ok())
                })
                .collect();
            prop_assert_eq!(&alone, &faults.iter().map(|fault| *fault == 3).collect::<Vec<_>>());
            let mut checks = KeyChecks::new(events, b"entropy").unwrap();
            let checked = loop {
                if let Some(checked) = checks.step(budget) { break checked; }
            };
            let batched: Vec<_> = checked.iter().map(|checked| checked.keys.as_ref().unwrap().proven).collect();
            prop_assert_eq!(batched, alone);
        }
    }
}
