//! How much stake has to stand behind a certificate.
//!
//! Source: EspressoSystems/espresso-network `crates/hotshot/types/src/traits/election.rs` and
//! `stake_table.rs`. All divisions round down; totals so large that the plain formula would exceed
//! 256 bits divide first.

use crate::encoding::integer::{U256, divide};

/// The kinds of threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Threshold {
    /// More than two thirds: quorum certificates, Certificate2, timeouts, view-sync commits and
    /// finalizes.
    Success,
    /// More than one third: view-sync pre-commits.
    OneHonest,
    /// Nine tenths, or success if that is more: upgrade certificates.
    Upgrade,
}

impl Threshold {
    /// The least weight that suffices, of a total stake.
    pub fn of(self, total: U256) -> U256 {
        match self {
            Self::Success => success(total),
            Self::OneHonest => divide(total, 3).0 + number(1),
            Self::Upgrade => success(total).max(nine_tenths(total)),
        }
    }
}

fn number(value: u64) -> U256 {
    U256::from(value)
}

fn success(total: U256) -> U256 {
    if total < U256::MAX >> 1 {
        divide(total * number(2), 3).0 + number(1)
    } else {
        divide(total, 3).0 * number(2) + number(2)
    }
}

fn nine_tenths(total: U256) -> U256 {
    let most = divide(U256::MAX, 9).0;
    if total < most { divide(total * number(9), 10).0 } else { divide(total, 10).0 * number(9) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type U512 = ruint::Uint<512, 8>;

    fn thresholds(total: u64) -> [u64; 3] {
        [Threshold::Success, Threshold::OneHonest, Threshold::Upgrade].map(|kind| kind.of(number(total)).to::<u64>())
    }

    #[test]
    fn small_totals() {
        assert_eq!(thresholds(1), [1, 1, 1]);
        assert_eq!(thresholds(2), [2, 1, 2]);
        assert_eq!(thresholds(3), [3, 2, 3]);
        assert_eq!(thresholds(4), [3, 2, 3]);
        assert_eq!(thresholds(5), [4, 2, 4]);
        assert_eq!(thresholds(10), [7, 4, 9]);
        assert_eq!(thresholds(100), [67, 34, 90]);
    }

    #[test]
    fn the_largest_totals_do_not_wrap() {
        let half = U256::MAX / number(2);
        for total in [half - number(1), half, half + number(1), U256::MAX / number(9), U256::MAX] {
            let wide = |value: U256| U512::from(value);
            let success = wide(Threshold::Success.of(total));
            assert!(success * U512::from(3u64) > wide(total) * U512::from(2u64), "{total}");
            assert!(success <= wide(total) * U512::from(2u64) / U512::from(3u64) + U512::from(2u64), "{total}");
            assert!(Threshold::Upgrade.of(total) >= Threshold::Success.of(total));
        }
        assert_eq!(Threshold::Success.of(half), (half / number(3)) * number(2) + number(2));
        assert_eq!(Threshold::Success.of(half - number(1)), (half - number(1)) * number(2) / number(3) + number(1));
    }

    proptest! {
        #[test]
        fn two_quorums_share_more_than_a_third(limbs in any::<[u64; 4]>()) {
            let total = U256::from_limbs(limbs).max(number(1));
            let wide = |value: U256| U512::from(value);
            let success = Threshold::Success.of(total);
            prop_assert!(wide(success) * U512::from(3u64) > wide(total) * U512::from(2u64));
            prop_assert!(wide(Threshold::OneHonest.of(total)) * U512::from(3u64) > wide(total));
            let upgrade = Threshold::Upgrade.of(total);
            prop_assert!(upgrade >= success);
            prop_assert!(wide(upgrade) * U512::from(10u64) + U512::from(100u64) > wide(total) * U512::from(9u64));
        }
    }
}
