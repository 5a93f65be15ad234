//! Into how many shares a payload is cut, and how many of them recover it.
//!
//! Both numbers come from the stake table of the block's epoch, never from a server: with a free
//! threshold, zero-stuffing gives one commitment two payloads, and with free weights three genuine
//! shares "prove" that an honest namespace was badly encoded. Sources: `espresso-network`
//! `crates/hotshot/types/src/data/vid_disperse.rs` (weights), `vid/avidm.rs` (threshold).

use crate::consensus::tables::EpochTables;
use crate::data::block::BlockContext;
use crate::encoding::integer::{U256, small_quotient};
use crate::rejection::{Rejected, Rejection};

/// Above this total, stakes are scaled to about this many shares.
pub const FULL_WEIGHT: u64 = 1000;

/// The most shares: a thousand, and one more for each entry of the largest stake table.
pub const TOTAL_WEIGHT_LIMIT: usize = 1000 + 4096;

/// How many shares a payload has under these stakes: their sum if it is at most a thousand, else
/// `Σ (⌊1000 · stake / sum⌋ + 1)`.
///
/// # Errors
/// `vid.parameters` if the sum is zero or beyond 256 bits, or if there are more shares than
/// [`TOTAL_WEIGHT_LIMIT`].
pub fn vid_total_weight(stakes: impl Iterator<Item = U256> + Clone) -> Result<usize, Rejected> {
    let refused = |got: &'static str| Rejection::VidParameters.with(got, "the stakes of a stake table");
    let sum = stakes.clone().try_fold(U256::ZERO, |sum, stake| sum.checked_add(stake));
    let sum = sum.ok_or_else(|| refused("a sum beyond 256 bits"))?;
    if sum.is_zero() {
        return Err(refused("no stake"));
    }
    let full = U256::from(FULL_WEIGHT);
    let total = if sum <= full {
        usize::try_from(sum).map_err(|_| refused("a sum beyond memory"))?
    } else {
        let mut total = 0usize;
        for stake in stakes {
            // A product beyond 256 bits needs a stake that no token has.
            let scaled = stake.checked_mul(full).ok_or_else(|| refused("a stake near 2^256"))?;
            // At most a thousand, because no stake exceeds the sum.
            let weight = usize::try_from(small_quotient(scaled, sum)).map_err(|_| refused("a share beyond memory"))?;
            total = total.saturating_add(weight).saturating_add(1);
        }
        total
    };
    if total > TOTAL_WEIGHT_LIMIT {
        return Err(Rejection::VidParameters.with(total, TOTAL_WEIGHT_LIMIT));
    }
    Ok(total)
}

/// Where the number of shares comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ParameterSource {
    /// The verified stake table of the block's epoch.
    StakeTable,
    /// The server, because the table of an old epoch is no longer known.
    ///
    /// Enough for inclusion: positions are hashed into the tree of shares, so an honest
    /// commitment has one number of shares only, and the exact length is enforced. Not enough to
    /// believe that something was badly encoded.
    Served,
}

/// The parameters of one dispersal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VidParameters {
    total_weight: usize,
    source: ParameterSource,
}

impl VidParameters {
    /// Block 0 is dispersed to one node.
    pub const GENESIS: Self = Self { total_weight: 1, source: ParameterSource::StakeTable };

    /// The parameters under the stakes of the verified table of the block's epoch.
    ///
    /// # Errors
    /// Those of [`vid_total_weight`].
    pub fn from_stakes(stakes: impl Iterator<Item = U256> + Clone) -> Result<Self, Rejected> {
        Ok(Self { total_weight: vid_total_weight(stakes)?, source: ParameterSource::StakeTable })
    }

    /// The parameters of a block, from the verified tables of its network.
    ///
    /// # Errors
    /// Those of [`EpochTables::of_block`] where the table of its epoch is not known, and of
    /// [`vid_total_weight`].
    pub fn of_block(block: &BlockContext, tables: &EpochTables) -> Result<Self, Rejected> {
        if block.height() == 0 {
            return Ok(Self::GENESIS);
        }
        let table = tables.of_block(block.version(), block.height())?;
        Self::from_stakes(table.entries().iter().map(|entry| entry.stake))
    }

    /// The parameters for a number of shares that the caller computed from the verified stake table of
    /// the block's epoch, perhaps in another instance of this crate. The number is the caller's trust:
    /// one from a server belongs into [`Self::from_served`].
    ///
    /// # Errors
    /// `vid.parameters` for zero and for more shares than any table has.
    pub fn from_total_weight(total_weight: u64) -> Result<Self, Rejected> {
        Ok(Self { source: ParameterSource::StakeTable, ..Self::from_served(total_weight)? })
    }

    /// The parameters for a number of shares that a server names.
    ///
    /// # Errors
    /// `vid.parameters` for zero and for more shares than any table has.
    pub fn from_served(total_weight: u64) -> Result<Self, Rejected> {
        match usize::try_from(total_weight) {
            Ok(total_weight @ 1..=TOTAL_WEIGHT_LIMIT) => Ok(Self { total_weight, source: ParameterSource::Served }),
            _ => Err(Rejection::VidParameters.with(total_weight, TOTAL_WEIGHT_LIMIT)),
        }
    }

    /// The number of shares.
    pub const fn total_weight(&self) -> usize {
        self.total_weight
    }

    /// How many shares recover the payload: a third, rounded up.
    pub const fn recovery_threshold(&self) -> usize {
        self.total_weight.div_ceil(3)
    }

    /// Where the number of shares comes from.
    pub const fn source(&self) -> ParameterSource {
        self.source
    }

    /// Checks what a server says about the dispersal.
    ///
    /// # Errors
    /// `vid.parameters`.
    pub fn check_served(&self, total_weight: u64, recovery_threshold: u64) -> Result<(), Rejected> {
        Rejection::VidParameters.unless_equal(total_weight, self.total_weight as u64)?;
        Rejection::VidParameters.unless_equal(recovery_threshold, self.recovery_threshold() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn weight(stakes: &[u64]) -> usize {
        vid_total_weight(stakes.iter().map(|stake| U256::from(*stake))).unwrap()
    }

    #[test]
    fn small_sums_are_taken_as_they_are() {
        assert_eq!(weight(&[1; 5]), 5, "the recorded networks' static tables");
        assert_eq!(weight(&[1000]), 1000);
        assert_eq!(weight(&[1001]), 1001);
        assert_eq!(weight(&[500, 501]), 499 + 500 + 2);
    }

    #[test]
    fn refused_stakes() {
        for stakes in [vec![], vec![U256::ZERO; 3], vec![U256::MAX, U256::ONE], vec![U256::MAX]] {
            let refused = vid_total_weight(stakes.iter().copied()).unwrap_err();
            assert_eq!(refused.rejection, Rejection::VidParameters);
        }
        let crowd: Vec<U256> = vec![U256::from(10u64); 5200];
        assert_eq!(vid_total_weight(crowd.iter().copied()).unwrap_err().got, 5200u64.into());
    }

    #[test]
    fn thresholds() {
        let threshold = |weight| VidParameters::from_served(weight).unwrap().recovery_threshold();
        assert_eq!([1, 2, 3, 4, 5, 10, 1003, 1059].map(threshold), [1, 1, 1, 2, 2, 4, 335, 353]);
        assert!(VidParameters::from_served(0).is_err());
        assert!(VidParameters::from_served(TOTAL_WEIGHT_LIMIT as u64 + 1).is_err());
        assert!(VidParameters::from_served(u64::MAX).is_err());
        let own = VidParameters::from_stakes([U256::from(5)].into_iter()).unwrap();
        assert!(own.check_served(5, 2).is_ok());
        assert!(own.check_served(9, 3).is_err());
        assert!(own.check_served(5, 3).is_err());
    }

    proptest! {
        #[test]
        fn large_sums_give_about_a_thousand(stakes in proptest::collection::vec(1u64..u64::MAX, 1..100)) {
            let sum = stakes.iter().map(|stake| u128::from(*stake)).sum::<u128>();
            let total = weight(&stakes);
            if sum > 1000 {
                prop_assert!(total > 1000 && total <= 1000 + stakes.len());
            } else {
                prop_assert_eq!(total as u128, sum);
            }
        }
    }
}
