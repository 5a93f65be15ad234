//! How long to leave a provider alone: pauses that double, spread by chance.

use std::time::Duration;

/// Numbers that look random: SplitMix64 (Steele, Lea, Flood 2014). Nothing secret hangs on them; the
/// same seed gives the same pauses, so that a run can be repeated.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// The numbers of a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// Pauses that double from the first to the longest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The pause after the first fault.
    pub first: Duration,
    /// No pause is longer.
    pub longest: Duration,
}

impl Backoff {
    /// The pause after so many faults before this one: half of it is certain, half is left to chance,
    /// so that many clients do not come back at the same moment.
    pub fn pause(self, faults: u32, chance: &mut Chance) -> Duration {
        let doubled = 1u32.checked_shl(faults.min(16)).unwrap_or(u32::MAX);
        let whole = self.first.saturating_mul(doubled).min(self.longest);
        let sixteenths = u32::try_from(chance.next() % 1025).unwrap_or_default();
        (whole / 2).saturating_add((whole / 2 / 1024).saturating_mul(sixteenths)).min(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff = Backoff { first: Duration::from_millis(250), longest: Duration::from_secs(60) };

    #[test]
    fn pauses_double_to_a_limit_and_stay_in_their_half() {
        let mut chance = Chance::new(7);
        for faults in 0..100 {
            let whole = Duration::from_millis(250 << faults.min(8)).min(BACKOFF.longest);
            let pause = BACKOFF.pause(faults, &mut chance);
            assert!(pause >= whole / 2 && pause <= whole, "{faults}: {pause:?}");
        }
    }

    #[test]
    fn a_seed_decides_every_pause() {
        let pauses = |seed| {
            let mut chance = Chance::new(seed);
            (0..8).map(|faults| BACKOFF.pause(faults, &mut chance)).collect::<Vec<_>>()
        };
        assert_eq!(pauses(1), pauses(1));
        assert_ne!(pauses(1), pauses(2));
    }
}
