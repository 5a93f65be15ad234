//! Which version and epoch a height has.
//! Source: EspressoSystems/espresso-network `crates/hotshot/types/src/utils.rs`.

use super::{Failure, Settings};

/// One announced upgrade, in heights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Upgrade {
    /// The version before.
    pub old: u16,
    /// The version after.
    pub new: u16,
    /// The block in whose view the certificate is formed; its child is the first to carry it.
    pub proposed: u64,
    /// The first block of the new version, the last to carry the certificate.
    pub first: u64,
}

/// Versions and epochs by height.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    epoch_height: u64,
    first_version: u16,
    upgrades: Vec<Upgrade>,
}

/// Blocks without traffic before a new version begins, as recorded.
pub(super) const QUIET_VIEWS: u64 = 5;

impl Schedule {
    /// The schedule of the settings.
    ///
    /// # Errors
    /// When an upgrade has no room between its neighbours or falls on an epoch transition.
    pub fn new(settings: &Settings) -> Result<Self, Failure> {
        let epoch = settings.epoch_height;
        let window = (epoch * 3 / 4).clamp(QUIET_VIEWS + 2, 15);
        // Before the root of its epoch, so that a table which 0.3 leaves open has a hash from 0.4.
        let usual = |count: u64| epoch * count + (epoch * 3 / 5).min(epoch - 6);
        let mut upgrades: Vec<Upgrade> = Vec::new();
        for (pair, count) in settings.versions.windows(2).zip(1u64..) {
            let [old, new] = pair else { continue };
            let chosen = usize::try_from(count - 1).ok().and_then(|index| settings.upgrade_heights.get(index));
            let first = chosen.copied().unwrap_or_else(|| usual(count));
            let free_from = upgrades.last().map_or(1, |upgrade| upgrade.first + 1);
            if first < free_from + window {
                return Err(Failure(format!("an upgrade at {first} has no room: {} or higher", free_from + window)));
            }
            if first % epoch <= 1 || first % epoch >= epoch - 3 {
                return Err(Failure(format!("an upgrade at {first} falls on an epoch transition")));
            }
            upgrades.push(Upgrade { old: *old, new: *new, proposed: first - window, first });
        }
        Ok(Self { epoch_height: epoch, first_version: settings.versions.first().copied().unwrap_or(4), upgrades })
    }

    /// Blocks of an epoch.
    pub const fn epoch_height(&self) -> u64 {
        self.epoch_height
    }

    /// The minor version of a height.
    pub fn version(&self, height: u64) -> u16 {
        let active = self.upgrades.iter().rev().find(|upgrade| height >= upgrade.first);
        active.map_or(self.first_version, |upgrade| upgrade.new)
    }

    /// The upgrades.
    pub fn upgrades(&self) -> &[Upgrade] {
        &self.upgrades
    }

    /// The upgrade whose window (from its proposal to its first block) has the height.
    pub fn upgrade_at(&self, height: u64) -> Option<&Upgrade> {
        self.upgrades.iter().find(|upgrade| (upgrade.proposed..=upgrade.first).contains(&height))
    }

    /// The epoch of a height.
    pub const fn epoch(&self, height: u64) -> u64 {
        if height == 0 { 1 } else { height.div_ceil(self.epoch_height) }
    }

    /// The epoch that certificates on a height name: none before 0.3.
    pub fn certified_epoch(&self, height: u64) -> Option<u64> {
        (self.version(height) >= 3).then(|| self.epoch(height))
    }

    /// Whether the height is one of the last four of its epoch: E−3 … E.
    pub const fn is_transition(&self, height: u64) -> bool {
        height > 0 && (height.is_multiple_of(self.epoch_height) || height % self.epoch_height + 3 >= self.epoch_height)
    }

    /// Whether leaves at this height carry the next epoch's random beacon: the last three of an epoch.
    pub const fn has_drb(&self, height: u64) -> bool {
        height > 0 && (height.is_multiple_of(self.epoch_height) || height % self.epoch_height + 2 >= self.epoch_height)
    }

    /// The root of an epoch: the block that fixes the table after the next.
    pub const fn root(&self, epoch: u64) -> u64 {
        epoch * self.epoch_height - 5
    }

    /// Whether headers at this height carry the hash of the next stake table: root to end of epoch.
    pub const fn has_stake_table_hash(&self, height: u64) -> bool {
        height > 0 && height >= self.root(self.epoch(height))
    }

    /// The block from which epochs count: in the epoch of the first block of 0.3 or later. None for
    /// chains that never get there.
    pub fn epoch_start_block(&self) -> Option<u64> {
        if self.first_version >= 3 {
            return Some(1);
        }
        let upgrade = self.upgrades.iter().find(|upgrade| upgrade.new >= 3)?;
        let epoch_begin = (self.epoch(upgrade.first) - 1) * self.epoch_height + 1;
        Some(epoch_begin.max(upgrade.first.saturating_sub(11)))
    }

    /// The first epoch of 0.3 or later.
    pub fn first_epoch(&self) -> Option<u64> {
        self.epoch_start_block().map(|height| self.epoch(height))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recorded_places_of_transitions_roots_and_beacons() {
        let schedule = Schedule::new(&Settings { epoch_height: 10, ..Settings::default() }).unwrap();
        let places = |rule: fn(&Schedule, u64) -> bool| (0..=22).filter(|h| rule(&schedule, *h)).collect::<Vec<u64>>();
        assert_eq!(places(|s, h| s.is_transition(h)), [7, 8, 9, 10, 17, 18, 19, 20]);
        assert_eq!(places(|s, h| s.has_drb(h)), [8, 9, 10, 18, 19, 20]);
        assert_eq!(places(|s, h| s.has_stake_table_hash(h)), [5, 6, 7, 8, 9, 10, 15, 16, 17, 18, 19, 20]);
        assert_eq!([0, 1, 10, 11].map(|height| schedule.epoch(height)), [1, 1, 1, 2]);
    }

    #[test]
    fn hashes_exist_for_every_dynamic_table_of_the_usual_upgrades() {
        for (versions, epoch_height) in [(vec![2, 3, 4, 5, 6], 20), (vec![2, 3, 4, 5, 6], 10), (vec![2, 4, 5, 6], 20)] {
            let schedule = Schedule::new(&Settings { versions, epoch_height, ..Settings::default() }).unwrap();
            let first_dynamic = schedule.first_epoch().unwrap() + 2;
            assert!(schedule.version(schedule.root(first_dynamic - 1)) >= 4);
            assert_eq!(schedule.version(1), 2);
            assert_eq!(schedule.version(200), 6);
        }
    }
}
