//! How far the chain is, as several providers say.
//!
//! Nobody can prove that there are no newer blocks. So the highest height that anybody names is
//! looked for, and counts as soon as it is proven, whatever the majority says; how many providers
//! name at least that height is reported beside it.

use std::cmp::Reverse;
use std::time::Instant;

use crate::provider::rotation::Rotation;

/// The number of blocks that a provider says there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The provider.
    pub provider: usize,
    /// Blocks: one more than the newest height.
    pub blocks: u64,
}

/// What the providers said in one round.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tip {
    /// How many were asked.
    pub asked: usize,
    /// Those that answered.
    pub claims: Vec<Claim>,
}

/// How much the providers agree about a height.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Agreement {
    /// How many providers were asked last.
    pub asked: usize,
    /// How many of them name this height or a higher one.
    pub agreeing: usize,
    /// The highest number of blocks that any of them names: perhaps a lie, perhaps what is to come.
    pub highest: u64,
}

impl Tip {
    /// The highest claim that is worth a look. Equal claims go to the provider in use, else to the
    /// first in the user's order.
    pub fn best(&self, rotation: &Rotation, now: Instant) -> Option<Claim> {
        let believed = |claim: &&Claim| rotation.is_believed(claim.provider, now);
        let rank = |claim: &&Claim| (claim.blocks, claim.provider == rotation.current(), Reverse(claim.provider));
        let best = self.claims.iter().filter(believed).max_by_key(rank);
        // Should nobody be worth it, the most careful of them is.
        best.or_else(|| self.claims.iter().min_by_key(|claim| claim.blocks)).copied()
    }

    /// How much the providers agree that there is a block at a height. Who was found to lie since
    /// then does not count.
    pub fn agreement(&self, height: u64, rotation: &Rotation, now: Instant) -> Agreement {
        let trusted = || self.claims.iter().filter(|claim| !rotation.is_quarantined(claim.provider, now));
        Agreement {
            asked: self.asked,
            agreeing: trusted().filter(|claim| claim.blocks > height).count(),
            highest: trusted().map(|claim| claim.blocks).max().unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::rotation::Fault;

    fn rotation(count: usize) -> Rotation {
        Rotation::new((0..count).map(|index| format!("http://provider-{index}.example").parse().unwrap()), 1)
    }

    fn tip(blocks: &[u64]) -> Tip {
        let claims = blocks.iter().enumerate().map(|(provider, blocks)| Claim { provider, blocks: *blocks });
        Tip { asked: blocks.len() + 1, claims: claims.collect() }
    }

    #[test]
    fn the_highest_is_looked_for_until_it_cannot_be_shown() {
        let mut rotation = rotation(4);
        let now = Instant::now();
        let tip = tip(&[50, 1 << 60, 51, 51]);
        let best = |rotation: &Rotation| tip.best(rotation, now).map(|claim| claim.provider);
        assert_eq!(best(&rotation), Some(1));
        rotation.overclaimed(1, now);
        assert_eq!(best(&rotation), Some(2));
        rotation.prefer(3);
        assert_eq!(best(&rotation), Some(3));
        for provider in 0..4 {
            rotation.overclaimed(provider, now);
        }
        assert_eq!(best(&rotation), Some(0));
        assert_eq!(Tip::default().best(&rotation, now), None);
    }

    #[test]
    fn agreement_counts_those_who_have_the_block() {
        let (tip, now) = (tip(&[50, 51, 52]), Instant::now());
        let mut rotation = rotation(3);
        assert_eq!(tip.agreement(50, &rotation, now), Agreement { asked: 4, agreeing: 2, highest: 52 });
        assert_eq!(tip.agreement(52, &rotation, now).agreeing, 0);
        rotation.blame(2, Fault::Lie, None, now);
        assert_eq!(tip.agreement(50, &rotation, now), Agreement { asked: 4, agreeing: 1, highest: 51 });
    }
}
