//! Which of the registered validators sign: the active set, in signer order.
//!
//! Source: EspressoSystems/espresso-network `crates/espresso/types/src/v0/impls/stake_table.rs`
//! (`select_active_validator_set`) and `crates/hotshot/types/src/data/vid_disperse.rs`.

use alloc::vec::Vec;
use core::cmp::Reverse;

use super::commitment::validators_commitment;
use super::event::Account;
use super::state::{RegistrationState, Validator};
use crate::encoding::committable::Commitment;
use crate::encoding::integer::{U256, divide, small_quotient};
use crate::ordered::sort_by;
use crate::rejection::{Rejected, Rejection};

/// The most validators that sign in one epoch.
pub const ACTIVE_LIMIT: usize = 100;

/// The weight that VID shares are dealt out by. A stake below this part of the largest would get
/// none, and is not active.
const VID_TARGET_TOTAL_STAKE: u32 = 1000;

/// The rules of selection, which depend on the protocol version of the epoch root two epochs before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActiveRules {
    /// Before protocol 0.6.
    Staked,
    /// From protocol 0.6: an X25519 key and a network address are needed as well.
    StakedAndReachable,
}

impl ActiveRules {
    /// The rules of a protocol version.
    pub const fn of_version(major: u16, minor: u16) -> Self {
        if major > 0 || minor >= 6 { Self::StakedAndReachable } else { Self::Staked }
    }

    /// The byte for rules in stored forms.
    pub const fn to_byte(self) -> u8 {
        match self {
            Self::Staked => 1,
            Self::StakedAndReachable => 2,
        }
    }

    /// The rules of a byte.
    pub const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Staked),
            2 => Some(Self::StakedAndReachable),
            _ => None,
        }
    }

    fn admit(self, validator: &Validator) -> bool {
        let staked = validator.authenticated
            && validator.bls_key.is_some()
            && validator.schnorr_key.is_some()
            && !validator.delegators.is_empty()
            && !validator.stake.is_zero();
        match self {
            Self::Staked => staked,
            Self::StakedAndReachable => staked && validator.x25519_key.is_some() && validator.p2p_addr.is_some(),
        }
    }
}

/// The validators that sign, in signer order: the order of their registration.
#[derive(Clone, Debug)]
pub struct ActiveSet<'a> {
    validators: Vec<(&'a Account, &'a Validator)>,
}

impl RegistrationState {
    /// Selects the active validators.
    ///
    /// # Errors
    /// `stake_table.nobody_active`.
    pub fn active_set(&self, rules: ActiveRules) -> Result<ActiveSet<'_>, Rejected> {
        let mut validators = self.validators();
        validators.retain(|(_, validator)| rules.admit(validator));
        let largest = validators.iter().map(|(_, validator)| validator.stake).max();
        let largest = largest.ok_or_else(|| Rejection::StakeTableNoActiveValidators.bare())?;
        let minimum = divide(largest, VID_TARGET_TOTAL_STAKE).0;
        validators.retain(|(_, validator)| validator.stake >= minimum);
        if validators.len() > ACTIVE_LIMIT {
            // The sort is stable: of equal stakes the earlier registration comes first.
            sort_by(&mut validators, |(_, left), (_, right)| {
                (Reverse(left.stake), left.registration) < (Reverse(right.stake), right.registration)
            });
            validators.truncate(ACTIVE_LIMIT);
            sort_by(&mut validators, |(_, left), (_, right)| left.registration < right.registration);
        }
        Ok(ActiveSet { validators })
    }
}

impl<'a> ActiveSet<'a> {
    /// The active validators in signer order.
    pub fn validators(&self) -> &[(&'a Account, &'a Validator)] {
        &self.validators
    }

    /// The commitment over the active validators alone, as recorded snapshots show it.
    pub fn commitment(&self) -> Commitment {
        let mut sorted = self.validators.clone();
        sort_by(&mut sorted, |(left, _), (right, _)| left < right);
        validators_commitment(sorted.into_iter())
    }
}

/// The total VID weight of a table with these stakes: the number of shares of a payload, n.
///
/// Up to a total of 1000 the stakes are the weights; above, a stake weighs its thousandth part of
/// the total, rounded down, and one more.
///
/// # Errors
/// `stake_table.stake_overflow` if the sum or a thousandfold stake leaves 256 bits.
pub fn vid_total_weight(stakes: impl Iterator<Item = U256> + Clone) -> Result<u64, Rejected> {
    let overflow = |stake: U256| Rejection::StakeTableStakeOverflow.with(stake, "a total below 2^246");
    let target = U256::from(VID_TARGET_TOTAL_STAKE);
    let mut total = U256::ZERO;
    for stake in stakes.clone() {
        total = total.checked_add(stake).ok_or_else(|| overflow(stake))?;
    }
    if total <= target {
        return u64::try_from(total).map_err(|_| overflow(total));
    }
    let mut weight = 0u64;
    for stake in stakes {
        let scaled = stake.checked_mul(target).ok_or_else(|| overflow(stake))?;
        // At most the target, because no stake exceeds the total.
        weight = weight.saturating_add(u64::from(small_quotient(scaled, total))).saturating_add(1);
    }
    Ok(weight)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{account, register};
    use super::super::possession::KeyChecks;
    use super::*;
    use crate::encoding::integer::parse_u256;
    use crate::encoding::json::parse;
    use crate::recorded;
    use crate::stake_table::event::Event;
    use proptest::prelude::*;

    /// Validators of these stakes, registered in this order.
    fn state(stakes: &[u64]) -> RegistrationState {
        let mut state = RegistrationState::default();
        let mut events = Vec::new();
        for (index, stake) in stakes.iter().enumerate() {
            events.push(register(index as u64));
            if *stake > 0 {
                let validator = account(index as u64);
                events.push(Event::Delegate { delegator: [1; 20], validator, amount: U256::from(*stake) });
            }
        }
        for checked in KeyChecks::new(events, &[]).unwrap().finish() {
            state.apply(&checked).unwrap();
        }
        state
    }

    /// Which of the validators are active, by their place in the order of registration.
    fn active(state: &RegistrationState) -> Vec<u64> {
        let active = state.active_set(ActiveRules::Staked).unwrap();
        active.validators().iter().map(|(_, validator)| validator.registration).collect()
    }

    #[test]
    fn versions() {
        for minor in 0..6 {
            assert_eq!(ActiveRules::of_version(0, minor), ActiveRules::Staked);
        }
        assert_eq!(ActiveRules::of_version(0, 6), ActiveRules::StakedAndReachable);
        assert_eq!(ActiveRules::of_version(0, 7), ActiveRules::StakedAndReachable);
        assert_eq!(ActiveRules::of_version(1, 0), ActiveRules::StakedAndReachable);
    }

    #[test]
    fn nobody_is_an_error() {
        for state in [RegistrationState::default(), state(&[0, 0])] {
            let refused = state.active_set(ActiveRules::Staked).unwrap_err();
            assert_eq!(refused.code(), "stake_table.nobody_active");
        }
        let refused = state(&[5]).active_set(ActiveRules::StakedAndReachable).unwrap_err();
        assert_eq!(refused.code(), "stake_table.nobody_active");
    }

    #[test]
    fn the_smallest_stake_is_a_thousandth_of_the_largest() {
        // 5,999 / 1000 rounds down to 5.
        assert_eq!(active(&state(&[4, 5_999, 5, 0, 6])), [1, 2, 4]);
        assert_eq!(active(&state(&[1, 999])), [0, 1]);
    }

    #[test]
    fn of_equal_stakes_the_earlier_registration_is_kept() {
        let mut stakes = [7; ACTIVE_LIMIT + 3];
        stakes[ACTIVE_LIMIT + 1] = 8;
        stakes[10] = 6;
        let mut expected: Vec<u64> = (0..ACTIVE_LIMIT as u64).filter(|index| *index != 10).collect();
        expected.push(ACTIVE_LIMIT as u64 + 1);
        assert_eq!(active(&state(&stakes)), expected);
    }

    #[test]
    fn a_hundred_and_no_more() {
        let rising: Vec<u64> = (0..150).map(|stake| 1000 + stake).collect();
        assert_eq!(active(&state(&rising)), (50..150).collect::<Vec<u64>>());
    }

    #[test]
    fn weights_of_mainnet() {
        let Some(table) = recorded::file("mainnet/stake_table.json") else { return };
        let table = parse(&table).unwrap();
        let stakes: Vec<_> = table.get("validators").unwrap().items().unwrap().iter().collect();
        let stakes: Vec<U256> = stakes
            .iter()
            .map(|entry| parse_u256(entry.get("stake_amount").unwrap().text().unwrap()).unwrap())
            .collect();
        let weight = vid_total_weight(stakes.iter().copied()).unwrap();
        assert_eq!(weight, table.get("vid_total_weight").unwrap().u64().unwrap());
        assert_eq!(weight.div_ceil(3), table.get("vid_recovery_threshold").unwrap().u64().unwrap());
    }

    #[test]
    fn small_totals_are_their_own_weights() {
        let weight = |stakes: &[u64]| vid_total_weight(stakes.iter().map(|stake| U256::from(*stake))).unwrap();
        assert_eq!(weight(&[1; 5]), 5);
        assert_eq!(weight(&[400, 600]), 1000);
        assert_eq!(weight(&[400, 601]), 399 + 1 + 600 + 1);
        let large = vid_total_weight([U256::MAX, U256::ONE].into_iter()).unwrap_err();
        assert_eq!(large.code(), "stake_table.stake_overflow");
        assert_eq!(vid_total_weight([U256::MAX].into_iter()).unwrap_err().code(), "stake_table.stake_overflow");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn weights_are_just_above_the_target(stakes in proptest::collection::vec(1u64..u64::MAX, 1..100)) {
            let weight = vid_total_weight(stakes.iter().map(|stake| U256::from(*stake))).unwrap();
            let total: u128 = stakes.iter().map(|stake| u128::from(*stake)).sum();
            if total > 1000 {
                prop_assert!(weight > 1000 && weight <= 1000 + stakes.len() as u64);
            }
        }

        /// The rules said once more, another way round: who has fewer than a hundred better ones.
        #[test]
        fn selection_by_rank(stakes in proptest::collection::vec(0u64..20, 1..140)) {
            prop_assume!(stakes.iter().any(|stake| *stake > 0));
            let better = |index: usize| {
                let stake = stakes[index];
                stakes.iter().enumerate().filter(|(at, other)| **other > stake || (**other == stake && *at < index)).count()
            };
            let expected: Vec<u64> = (0..stakes.len())
                .filter(|index| stakes[*index] > 0 && better(*index) < ACTIVE_LIMIT)
                .map(|index| index as u64)
                .collect();
            prop_assert_eq!(active(&state(&stakes)), expected);
        }
    }
}
