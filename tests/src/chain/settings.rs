//! What a devnet is made from. Two devnets with equal settings and a virtual clock make the same chain.

use serde::{Deserialize, Serialize};

use super::Failure;

/// Where the times in headers come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Clock {
    /// The machine's clock: for people.
    Wall,
    /// Genesis plus a block time for every view: reproducible.
    Virtual {
        /// Milliseconds since the epoch at view 0.
        genesis_millis: u64,
        /// Milliseconds of a view.
        step_millis: u64,
    },
}

/// The settings of a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Everything is derived from this text.
    pub seed: String,
    /// Number of validators.
    pub validators: u64,
    /// Blocks of an epoch.
    pub epoch_height: u64,
    /// Minor versions in the order they become active, the first at genesis. 7 stands for what comes
    /// after the versions that are known here, and is built as 6.
    pub versions: Vec<u16>,
    /// First heights of the later versions; empty for the usual ones.
    pub upgrade_heights: Vec<u64>,
    /// Whether the stake table follows events of the (simulated) contract from the third epoch on.
    pub dynamic_stake: bool,
    /// How many delegators more the contract has from its beginning on, each with an event of its own.
    #[serde(default)]
    pub delegators: u64,
    /// Once in so many blocks a view fails before; 0 for never.
    pub failed_views: u64,
    /// The most transactions of a block.
    pub traffic: u64,
    /// Whether rollups post in the formats of real ones.
    #[serde(default)]
    pub rollups: bool,
    /// A Certificate2 is kept for every so many blocks of 0.6 only; 1 for every block.
    pub certificate2_every: u64,
    /// Rows that commitments of stake tables cover; 200, or as many as there are validators, if not given.
    #[serde(default)]
    pub stake_table_capacity: Option<u64>,
    /// Where times come from.
    pub clock: Clock,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: "devnet".into(),
            validators: 100,
            epoch_height: 20,
            versions: vec![4],
            upgrade_heights: Vec::new(),
            dynamic_stake: false,
            delegators: 0,
            failed_views: 12,
            traffic: 6,
            rollups: false,
            certificate2_every: 1,
            stake_table_capacity: None,
            clock: Clock::Virtual { genesis_millis: 1_767_225_600_000, step_millis: 2_000 },
        }
    }
}

impl Settings {
    /// Refuses settings that make no chain.
    ///
    /// # Errors
    /// Says which setting is wrong, and what would be right.
    pub fn check(&self) -> Result<(), Failure> {
        let refuse = |what: &str| Err(Failure(what.into()));
        if !(1..=1000).contains(&self.validators) {
            return refuse("--validators must be 1 to 1000");
        }
        if !(10..=1_000_000).contains(&self.epoch_height) {
            return refuse("--epoch-height must be 10 to 1000000: transitions and epoch roots need room");
        }
        if self.versions.is_empty() || self.versions.iter().any(|minor| !(1..=7).contains(minor)) {
            return refuse("--upgrades takes versions 0.1 to 0.7");
        }
        if self.versions.windows(2).any(|pair| pair.first() >= pair.last()) {
            return refuse("--upgrades must ascend");
        }
        if !self.upgrade_heights.is_empty() && self.upgrade_heights.len() + 1 != self.versions.len() {
            return refuse("--upgrade-at needs one height for each version after the first");
        }
        if self.stake_table_capacity.is_some_and(|rows| !(self.validators..=4096).contains(&rows)) {
            return refuse("--stake-table-capacity must be from the number of validators to 4096");
        }
        if self.delegators > 50_000 {
            return refuse("--delegators must be 0 to 50000");
        }
        if self.certificate2_every == 0 {
            return refuse("--certificate2-every must be at least 1");
        }
        Ok(())
    }
}
