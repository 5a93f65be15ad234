//! For how long an anchor may be trusted: weak subjectivity.
//!
//! Stake can be withdrawn, and keys of withdrawn stake can be sold. Whoever holds enough old keys can
//! write another history from there on that verifies. So what trust begins with (a pinned genesis, a
//! checkpoint, a contract's state) must not be older than the time that stake takes to leave, with a
//! margin: `weak_subjectivity_seconds` of the network file. Past it the client goes on, but shows
//! nothing as final until somebody says that this is the right chain: a fresh checkpoint, the
//! caller's own L1 node, or the caller itself.
//!
//! Time is an argument. Without it nothing is judged.

use alloc::collections::VecDeque;

use crate::client::checkpoint::Checkpoint;
use crate::client::network::Network;
use crate::encoding::committable::Commitment;
use crate::l1::word::L1Word;
use crate::rejection::{Rejected, Rejection};

/// Half of the seven days that the stake table contract holds stake back after an exit.
/// Source: EspressoSystems/espresso-network `contracts/src/StakeTable.sol`, `exitEscrowPeriod`.
pub const DEFAULT_SECONDS: u64 = 302_400;

/// How many withheld blocks are remembered, to be compared with a confirmation.
const WITHHELD_LIMIT: usize = 1024;

/// How many stake tables are remembered, to be compared with L1's word.
const TABLES_LIMIT: usize = 64;

/// What everything rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Root {
    /// What the network file pins: stake tables, genesis.
    Pinned,
    /// A checkpoint: somebody's word about one block.
    Checkpoint,
    /// The light client contract on L1: signatures of a third of the stake plus one, an owner that can
    /// replace the contract, and the L1 node's word.
    L1Contract,
}

impl Root {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pinned => "pinned",
            Self::Checkpoint => "checkpoint",
            Self::L1Contract => "l1_contract",
        }
    }
}

/// Since when an anchor has not been looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Date {
    /// Seconds since the Unix epoch.
    At(u64),
    /// Nobody says: it may be as old as the chain.
    Unknown,
    /// The network file pins the tables themselves, for now and until it is changed.
    Standing,
}

/// What trust rests on, and whether that is too old.
#[derive(Clone, Debug)]
pub struct Freshness {
    root: Root,
    date: Date,
    limit: Option<u64>,
    now: Option<u64>,
    expired: bool,
    accepted: bool,
    /// A block that somebody vouches for and that was not reached yet.
    awaited: Option<Checkpoint>,
    /// Heights and leaves of the newest blocks that were withheld.
    withheld: VecDeque<(u64, Commitment)>,
    /// L1's word for a table that was not reached yet.
    awaited_table: Option<L1Word>,
    /// Epochs and members of the newest tables that were derived.
    tables: VecDeque<(u64, Commitment)>,
}

impl Freshness {
    /// The age of a checkpoint, or of what the network file pins.
    pub fn new(network: &Network, checkpoint: Option<&Checkpoint>) -> Self {
        let (root, date) = match checkpoint {
            // A checkpoint without a date was made from an anchor that was too old.
            Some(checkpoint) if checkpoint.timestamp == 0 => (Root::Checkpoint, Date::Unknown),
            Some(checkpoint) => (Root::Checkpoint, Date::At(checkpoint.timestamp)),
            None => (Root::Pinned, pinned_date(network)),
        };
        Self {
            root,
            date,
            limit: network.weak_subjectivity(),
            now: None,
            expired: false,
            accepted: false,
            awaited: None,
            withheld: VecDeque::new(),
            awaited_table: None,
            tables: VecDeque::new(),
        }
    }

    /// Trust rests on an L1 contract, whose newest state was accepted at this time.
    pub const fn rest_on_l1(&mut self, timestamp: u64) {
        (self.root, self.date, self.expired) = (Root::L1Contract, Date::At(timestamp), false);
        self.judge_age();
    }

    /// What everything rests on.
    pub const fn root(&self) -> Root {
        self.root
    }

    /// Since when: seconds since the Unix epoch, where that is known.
    pub const fn date(&self) -> Option<u64> {
        match self.date {
            Date::At(date) => Some(date),
            Date::Unknown | Date::Standing => None,
        }
    }

    /// Says what time it is: seconds since the Unix epoch. It never goes back.
    pub const fn set_time(&mut self, now: u64) {
        if let Some(before) = self.now
            && before >= now
        {
            return;
        }
        self.now = Some(now);
        self.judge_age();
    }

    /// Once too old, an anchor stays too old, whatever is verified from it.
    const fn judge_age(&mut self) {
        let (Some(limit), Some(now)) = (self.limit, self.now) else { return };
        self.expired |= match self.date {
            Date::At(date) => now.saturating_sub(date) > limit,
            Date::Unknown => true,
            Date::Standing => false,
        };
    }

    /// The caller takes the risk.
    pub const fn accept_expired(&mut self) {
        self.accepted = true;
    }

    /// Whether what is proven is not to be shown as final.
    pub const fn is_withholding(&self) -> bool {
        self.expired && !self.accepted
    }

    /// The time that a checkpoint may carry: none, as 0, when the anchor it was made from is too old,
    /// or loading it would wash its age away.
    pub const fn stamp(&self, timestamp: u64) -> u64 {
        if self.is_withholding() { 0 } else { timestamp }
    }

    /// Why nothing is shown as final.
    pub fn rejected(&self) -> Rejected {
        let limit = self.limit.unwrap_or_default();
        match (self.date, self.now) {
            (Date::At(date), Some(now)) => Rejection::TrustExpired.with(now.saturating_sub(date), limit),
            _ => Rejection::TrustExpired.with("an anchor of unknown age", limit),
        }
    }

    /// Takes note of a block that is proven final: height, leaf and time of it. `true` if it may be
    /// shown.
    ///
    /// # Errors
    /// `trust.conflict` if somebody vouched for another leaf at this height.
    pub fn pass(&mut self, height: u64, leaf: &Commitment, timestamp: u64) -> Result<bool, Rejected> {
        if let Some(awaited) = self.awaited.filter(|awaited| awaited.height == height) {
            Rejection::TrustConflict.unless_equal(*leaf, awaited.leaf)?;
            self.confirmed(awaited.timestamp);
        }
        if self.is_withholding() {
            if self.withheld.len() >= WITHHELD_LIMIT {
                self.withheld.pop_front();
            }
            self.withheld.push_back((height, *leaf));
            return Ok(false);
        }
        // What was verified in time dates the anchor anew. Leaders may be ahead of time; we are not.
        if let (Date::At(date), Some(now), false) = (self.date, self.now, self.accepted) {
            self.date = Date::At(date.max(timestamp.min(now)));
        }
        Ok(true)
    }

    /// Takes somebody's word that a block is on the right chain: what is proven up to it and beyond
    /// may be shown then. `true` if that block was passed already.
    ///
    /// # Errors
    /// `checkpoint.*` for one of another network; `trust.confirmation` for one that is too old itself,
    /// or about a block that was passed too long ago to be compared: begin with it instead;
    /// `trust.conflict` if another leaf is proven at its height.
    pub fn confirm(&mut self, checkpoint: &Checkpoint, network: &Network) -> Result<bool, Rejected> {
        checkpoint.check_network(network)?;
        let mut own = Self::new(network, Some(checkpoint));
        own.set_time(self.now.unwrap_or_default());
        if own.is_withholding() {
            return Err(Rejection::TrustConfirmation.with(checkpoint.timestamp, "a checkpoint that is fresh"));
        }
        let passed = self.withheld.iter().find(|(height, _)| *height == checkpoint.height);
        if let Some((_, leaf)) = passed {
            Rejection::TrustConflict.unless_equal(*leaf, checkpoint.leaf)?;
            self.confirmed(checkpoint.timestamp);
            return Ok(true);
        }
        if let Some((newest, _)) = self.withheld.back()
            && checkpoint.height < *newest
        {
            return Err(Rejection::TrustConfirmation.with(checkpoint.height, *newest));
        }
        self.awaited = Some(*checkpoint);
        Ok(false)
    }

    /// Takes note of the table of an epoch that was derived: a digest of its members.
    ///
    /// # Errors
    /// `trust.conflict` if L1 was read to commit to another one.
    pub fn meet_table(&mut self, epoch: u64, members: &Commitment) -> Result<(), Rejected> {
        self.tables.retain(|(own, _)| *own != epoch);
        if self.tables.len() >= TABLES_LIMIT {
            self.tables.pop_front();
        }
        self.tables.push_back((epoch, *members));
        match self.awaited_table.take_if(|word| word.epoch == epoch) {
            Some(word) => self.compare_table(&word, members),
            None => Ok(()),
        }
    }

    /// Takes L1's word for the table of an epoch for proof that this is the right chain. `known` are the
    /// members of that table, if it is known elsewhere; `newest` is the newest epoch whose table is.
    /// `true` if the tables were compared; otherwise that is done when the table is derived.
    ///
    /// # Errors
    /// `trust.conflict` if it is another; `trust.confirmation` if the word is too old itself, or about an
    /// epoch of long ago.
    pub fn confirm_by_l1(&mut self, word: &L1Word, known: Option<Commitment>, newest: u64) -> Result<bool, Rejected> {
        if let (Some(limit), Some(now)) = (self.limit, self.now)
            && now.saturating_sub(word.date) > limit
        {
            return Err(Rejection::TrustConfirmation.with(word.date, "a state of the contract that is fresh"));
        }
        let met = || self.tables.iter().find(|(epoch, _)| *epoch == word.epoch).map(|(_, members)| *members);
        if let Some(members) = known.or_else(met) {
            return self.compare_table(word, &members).map(|()| true);
        }
        if word.epoch <= newest {
            return Err(Rejection::TrustConfirmation.with(word.epoch, newest));
        }
        self.awaited_table = Some(*word);
        Ok(false)
    }

    /// The epoch of L1's word for a table that was not reached yet.
    pub fn awaits_table(&self) -> Option<u64> {
        self.awaited_table.map(|word| word.epoch)
    }

    fn compare_table(&mut self, word: &L1Word, members: &Commitment) -> Result<(), Rejected> {
        Rejection::TrustConflict.unless_equal(*members, word.members)?;
        self.confirmed(word.date);
        Ok(())
    }

    /// Somebody that is trusted says that this is the right chain, as of this time.
    fn confirmed(&mut self, timestamp: u64) {
        (self.date, self.expired, self.awaited, self.awaited_table) = (Date::At(timestamp), false, None, None);
        self.withheld.clear();
        self.judge_age();
    }
}

fn pinned_date(network: &Network) -> Date {
    match (network.genesis_timestamp, network.first_dynamic_epoch) {
        (Some(timestamp), _) => Date::At(timestamp),
        (None, Some(_)) => Date::Unknown,
        (None, None) => Date::Standing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400;
    const LEAF: Commitment = [5; 32];

    fn network(more: &str) -> Network {
        let text = alloc::format!(r#"{{"epoch_height":10,"epoch_start_block":1{more}}}"#);
        Network::parse(text.as_bytes()).unwrap()
    }

    fn checkpoint(network: &Network, height: u64, timestamp: u64) -> Checkpoint {
        let text = crate::client::checkpoint::tests::sample_text();
        let mut checkpoint = Checkpoint::from_text(&text).unwrap();
        (checkpoint.network, checkpoint.height) = (network.identity(), height);
        (checkpoint.leaf, checkpoint.timestamp) = (LEAF, timestamp);
        checkpoint
    }

    fn withholds(network: &Network, checkpoint: Option<&Checkpoint>, now: u64) -> bool {
        let mut freshness = Freshness::new(network, checkpoint);
        assert!(!freshness.is_withholding(), "nothing is judged without the time");
        freshness.set_time(now);
        freshness.is_withholding()
    }

    #[test]
    fn every_anchor_has_an_age() {
        let (genesis, now) = (1_000 * DAY, 1_004 * DAY);
        let dated = network(&alloc::format!(
            r#","genesis":{{"leaf":"COMMIT~AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB","timestamp":{genesis}}}"#
        ));
        assert!(withholds(&dated, None, now), "a genesis of four days ago");
        assert!(!withholds(&dated, None, genesis + DEFAULT_SECONDS));
        assert!(withholds(&dated, None, genesis + DEFAULT_SECONDS + 1));
        for (timestamp, expected) in [(now - DAY, false), (now - 4 * DAY, true), (now + DAY, false), (0, true)] {
            assert_eq!(withholds(&dated, Some(&checkpoint(&dated, 7, timestamp)), now), expected, "{timestamp}");
        }
        assert!(withholds(&network(r#","first_dynamic_epoch":3"#), None, now), "as old as the chain, perhaps");
        assert!(!withholds(&network(""), None, now), "a static table is pinned for now");
    }

    #[test]
    fn the_limit_is_the_networks() {
        let limited = |more: &str| withholds(&network(&alloc::format!(r#","first_dynamic_epoch":3{more}"#)), None, DAY);
        assert!(limited(r#","weak_subjectivity_seconds":60"#));
        assert!(limited(r#","weak_subjectivity_seconds":60,"insecure_devnet":true"#), "asked for");
        assert!(!limited(r#","weak_subjectivity_seconds":0"#), "stake that cannot leave");
        assert!(!limited(r#","insecure_devnet":true"#), "its keys are public from the beginning");
    }

    #[test]
    fn what_is_verified_in_time_keeps_an_anchor_young() {
        let network = network("");
        let mut freshness = Freshness::new(&network, Some(&checkpoint(&network, 7, 1_000 * DAY)));
        for day in 1_001..1_020 {
            freshness.set_time(day * DAY);
            assert!(freshness.pass(day, &LEAF, day * DAY + 9).unwrap(), "day {day}");
            assert_eq!(freshness.date(), Some(day * DAY), "a leader's clock does not date the future");
        }
        freshness.set_time(1_030 * DAY);
        assert!(!freshness.pass(1_030, &LEAF, 1_030 * DAY).unwrap(), "after a sleep of eleven days");
        assert_eq!(freshness.rejected().code(), "trust.expired");
        freshness.set_time(1_001 * DAY);
        assert!(freshness.is_withholding(), "time does not go back");
        assert_eq!(freshness.stamp(77), 0, "no checkpoint washes the age away");
    }

    #[test]
    fn a_fresh_word_for_the_same_chain_confirms_it() {
        let network = network(r#","first_dynamic_epoch":3"#);
        let now = 1_000 * DAY;
        let expired = || {
            let mut freshness = Freshness::new(&network, None);
            freshness.set_time(now);
            assert!(!freshness.pass(5, &LEAF, now).unwrap());
            freshness
        };
        let mut passed = expired();
        assert!(passed.confirm(&checkpoint(&network, 5, now), &network).unwrap());
        assert!(passed.pass(6, &LEAF, now).unwrap());
        let mut ahead = expired();
        assert!(!ahead.confirm(&checkpoint(&network, 7, now), &network).unwrap());
        assert!(!ahead.pass(6, &LEAF, now).unwrap());
        assert!(ahead.pass(7, &LEAF, now).unwrap());
        let mut conflict = expired();
        let other = Checkpoint { leaf: [6; 32], ..checkpoint(&network, 5, now) };
        assert_eq!(conflict.confirm(&other, &network).unwrap_err().code(), "trust.conflict");
        conflict.confirm(&Checkpoint { height: 9, ..other }, &network).unwrap();
        assert_eq!(conflict.pass(9, &LEAF, now).unwrap_err().code(), "trust.conflict");
        for (height, timestamp) in [(5, now - 4 * DAY), (4, now)] {
            let refused = expired().confirm(&checkpoint(&network, height, timestamp), &network).unwrap_err();
            assert_eq!(refused.code(), "trust.confirmation", "{height}");
        }
        let mut accepted = expired();
        accepted.accept_expired();
        assert!(accepted.pass(6, &LEAF, now).unwrap());
    }

    #[test]
    fn l1s_word_for_the_same_table_confirms_it() {
        let network = network(r#","first_dynamic_epoch":3"#);
        let now = 1_000 * DAY;
        let word = |epoch, members, date| L1Word { epoch, date, members: [members; 32] };
        let expired = || {
            let mut freshness = Freshness::new(&network, None);
            freshness.set_time(now);
            for epoch in 3..100 {
                freshness.meet_table(epoch, &[7; 32]).unwrap();
            }
            assert!(freshness.is_withholding());
            freshness
        };
        // Known elsewhere, derived a while ago, and derived later.
        for (epoch, known) in [(99, Some([7; 32])), (99, None), (40, None)] {
            let mut freshness = expired();
            assert!(freshness.confirm_by_l1(&word(epoch, 7, now - DAY), known, 99).unwrap());
            assert!(!freshness.is_withholding());
            assert_eq!(freshness.date(), Some(now - DAY));
        }
        let mut ahead = expired();
        assert!(!ahead.confirm_by_l1(&word(101, 7, now), None, 99).unwrap());
        ahead.meet_table(100, &[8; 32]).unwrap();
        assert!(ahead.is_withholding());
        ahead.meet_table(101, &[7; 32]).unwrap();
        assert!(!ahead.is_withholding());
        let mut conflict = expired();
        assert_eq!(conflict.confirm_by_l1(&word(99, 6, now), None, 99).unwrap_err().code(), "trust.conflict");
        conflict.confirm_by_l1(&word(100, 6, now), None, 99).unwrap();
        assert_eq!(conflict.meet_table(100, &[7; 32]).unwrap_err().code(), "trust.conflict");
        assert!(conflict.is_withholding());
        for (epoch, date) in [(99, now - 4 * DAY), (5, now)] {
            let refused = expired().confirm_by_l1(&word(epoch, 7, date), None, 99).unwrap_err();
            assert_eq!(refused.code(), "trust.confirmation", "{epoch}");
        }
    }

    #[test]
    fn the_contract_on_l1_is_as_old_as_its_newest_state() {
        let network = network(r#","first_dynamic_epoch":3"#);
        let mut freshness = Freshness::new(&network, None);
        freshness.rest_on_l1(999 * DAY);
        freshness.set_time(1_000 * DAY);
        assert!(!freshness.is_withholding());
        assert_eq!((freshness.root().name(), freshness.date()), ("l1_contract", Some(999 * DAY)));
        let mut stale = Freshness::new(&network, None);
        stale.set_time(1_000 * DAY);
        stale.rest_on_l1(990 * DAY);
        assert!(stale.is_withholding());
    }
}
