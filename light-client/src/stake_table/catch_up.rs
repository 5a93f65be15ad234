//! Finding the way from an old table to today's, one epoch after the other.
//!
//! A small machine without I/O. It says what it needs ([`CatchUp::needed`]), takes what was fetched,
//! and has a [`Derive`] work in small units. What it takes from servers are events, which the hash decides about;
//! headers it takes from the caller alone, who has proven them final under the newest table that
//! this machine gave out (or the static one, before the first). It knows the number of one state, and
//! holds the events of a few epochs ahead.
//!
//! The table of epoch n needs three things: the events of n, the hash in the root of n − 1, and the
//! protocol version of the root of n − 2, by which its signers are selected.

use alloc::vec::Vec;

use super::active_set::ActiveRules;
use super::deriver::{Derive, Derived, Goal, Job};
use super::transition::{Authority, EpochTable, epoch_root};
use crate::encoding::committable::Commitment;
use crate::ordered::OrderedMap;
use crate::rejection::{Rejected, Rejection};

/// For how many epochs ahead events may be fetched.
pub const EPOCHS_AHEAD: u64 = 8;

/// What a final header at the root of an epoch says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FinalRoot {
    /// The header's height.
    pub height: u64,
    /// How the header's protocol version selects signers.
    pub rules: ActiveRules,
    /// The header's `next_stake_table_hash`.
    pub next_stake_table_hash: Option<Commitment>,
}

/// Something to fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needed {
    /// The header at this height, proven final under the table of its epoch alone.
    Root {
        /// The root's height.
        height: u64,
    },
    /// The events of this epoch, as `light-client/stake-table/:epoch` serves them.
    Events {
        /// The epoch.
        epoch: u64,
    },
}

/// The registrations of an epoch, as a deriver knows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached {
    /// Their number at the deriver; none before the first dynamic epoch.
    pub state: Option<u32>,
    /// The epoch.
    pub epoch: u64,
    /// Their hash; zeros before the first dynamic epoch.
    pub hash: Commitment,
}

impl Reached {
    /// Nobody is registered before the first dynamic epoch. Its table is built from all events of the
    /// contract, not from the static table.
    pub fn before(first_dynamic_epoch: u64) -> Self {
        Self { state: None, epoch: first_dynamic_epoch.saturating_sub(1), hash: Commitment::default() }
    }
}

/// The way from table to table.
#[derive(Debug)]
pub struct CatchUp {
    epoch_height: u64,
    reached: Reached,
    /// How the signers of the next epoch are selected; unknown until the root of the epoch before
    /// the state's is.
    rules: Option<ActiveRules>,
    /// Hashes that the user pins, by epoch.
    pinned: OrderedMap<u64, Commitment>,
    root: Option<FinalRoot>,
    events: OrderedMap<u64, Vec<u8>>,
    /// What the deriver is working towards.
    goal: Option<Goal>,
}

impl CatchUp {
    /// Starts before the first epoch whose table is dynamic, with no registrations.
    ///
    /// # Errors
    /// `stake_table.root` if an epoch of so many blocks has no root, or none of the epochs that
    /// are needed has.
    pub fn from_genesis(epoch_height: u64, first_dynamic_epoch: u64) -> Result<Self, Rejected> {
        Self::resume(epoch_height, Reached::before(first_dynamic_epoch), None)
    }

    /// Goes on from the registrations of an epoch. `next_rules` are those of the root of the epoch
    /// before it; unknown, its header is asked for.
    ///
    /// # Errors
    /// As [`Self::from_genesis`].
    pub fn resume(epoch_height: u64, reached: Reached, next_rules: Option<ActiveRules>) -> Result<Self, Rejected> {
        let before = reached.epoch.checked_sub(1).and_then(|epoch| epoch_root(epoch, epoch_height));
        if before.is_none() && next_rules.is_none() {
            return Err(Rejection::StakeTableRoot.with(reached.epoch, "an epoch with a root before it"));
        }
        Ok(Self {
            epoch_height,
            reached,
            rules: next_rules,
            pinned: OrderedMap::new(),
            root: None,
            events: OrderedMap::new(),
            goal: None,
        })
    }

    /// Pins the hash of an epoch's state, for roots of protocol 0.3, which carry none. Where a root
    /// carries one, both have to be the same.
    pub fn pin(&mut self, epoch: u64, hash: Commitment) {
        self.pinned.insert(epoch, hash);
    }

    /// The newest registrations.
    pub const fn reached(&self) -> &Reached {
        &self.reached
    }

    /// How the signers of the epoch after the state's are selected, once that is known. A store
    /// keeps it beside the state.
    pub const fn next_rules(&self) -> Option<ActiveRules> {
        self.rules
    }

    /// The epoch whose table comes next.
    pub fn next_epoch(&self) -> u64 {
        self.reached.epoch.saturating_add(1)
    }

    /// What to fetch, the most urgent first; events of up to [`EPOCHS_AHEAD`] epochs in advance, if
    /// `until` is as far. Roots come one by one, because each is proven under the table before.
    pub fn needed(&self, until: u64) -> Vec<Needed> {
        let next = self.next_epoch();
        let mut needed = Vec::new();
        if next > until {
            return needed;
        }
        needed.extend(self.wanted_root().map(|height| Needed::Root { height }));
        let ahead = next..=until.min(next.saturating_add(EPOCHS_AHEAD - 1));
        let under_way = |epoch: &u64| *epoch == next && self.goal.is_some();
        let missing = ahead.filter(|epoch| !self.events.contains_key(epoch) && !under_way(epoch));
        needed.extend(missing.map(|epoch| Needed::Events { epoch }));
        needed
    }

    /// Goes back to an earlier state, after what led on from it turned out to be a lie.
    pub fn rewind(&mut self, reached: Reached, next_rules: ActiveRules) {
        self.reached = reached;
        self.rules = Some(next_rules);
        self.root = None;
        self.events.clear();
        self.goal = None;
    }

    /// The height of the root that is needed now.
    pub fn wanted_root(&self) -> Option<u64> {
        let epoch = match (self.rules, self.root) {
            (None, _) => self.reached.epoch.checked_sub(1)?,
            (Some(_), None) => self.reached.epoch,
            (Some(_), Some(_)) => return None,
        };
        epoch_root(epoch, self.epoch_height)
    }

    /// Takes a header that is final.
    ///
    /// The caller has proven it under the table of its own epoch alone: a proof whose certificates
    /// reach into the next epoch would rest on the very table that the header is to fix.
    ///
    /// # Errors
    /// `stake_table.root` if it is not the one that is needed; `stake_table.hash_missing` if it
    /// carries no hash and none is pinned; `stake_table.hash` if it carries another than is pinned.
    pub fn offer_root(&mut self, root: FinalRoot) -> Result<(), Rejected> {
        match self.wanted_root() {
            Some(height) => Rejection::StakeTableRoot.unless_equal(root.height, height)?,
            None => return Err(Rejection::StakeTableRoot.with(root.height, "no root")),
        }
        if self.rules.is_none() {
            self.rules = Some(root.rules);
            return Ok(());
        }
        match (root.next_stake_table_hash, self.pinned.get(&self.next_epoch())) {
            (None, None) => return Err(Rejection::StakeTableHashMissing.with(root.height, "a hash")),
            (Some(carried), Some(pinned)) => Rejection::StakeTableHash.unless_equal(carried, *pinned)?,
            _ => {}
        }
        self.root = Some(root);
        Ok(())
    }

    /// Takes the events of an epoch as they are served. They are judged once the epoch's turn comes.
    ///
    /// # Errors
    /// `stake_table.epoch` if they are not needed.
    pub fn offer_events(&mut self, epoch: u64, events: Vec<u8>) -> Result<(), Rejected> {
        let needed = self.needed(u64::MAX);
        if !needed.contains(&Needed::Events { epoch }) {
            return Err(Rejection::StakeTableEpoch.with(epoch, self.next_epoch()));
        }
        self.events.insert(epoch, events);
        Ok(())
    }

    /// Whether [`Self::step`] has something to do.
    pub fn is_working(&self) -> bool {
        self.goal.is_some()
            || (self.rules.is_some() && self.root.is_some() && self.events.contains_key(&self.next_epoch()))
    }

    /// Has a deriver work for at most `budget` units. The next epoch's table, once it is proven; from
    /// then on the registrations are that epoch's. `keep` are numbers that the deriver is to remember
    /// beside those of [`Self::reached`].
    ///
    /// # Errors
    /// What is wrong with the epoch's events, given that the root is final: those of
    /// [`Derive::begin`] and [`Derive::step`]. The state stays as it was, the events are forgotten and
    /// needed again, from someone else.
    pub fn step(
        &mut self,
        deriver: &mut dyn Derive,
        keep: &[u32],
        budget: u32,
    ) -> Result<Option<EpochTable>, Rejected> {
        let (Some(rules), Some(root)) = (self.rules, self.root) else { return Ok(None) };
        let next = self.next_epoch();
        let goal = match (self.goal.take(), self.events.remove(&next)) {
            (Some(goal), _) => goal,
            (None, Some(events)) => {
                let authority = match (root.next_stake_table_hash, self.pinned.get(&next)) {
                    (None, Some(pinned)) => Authority::Pinned(*pinned),
                    (next_stake_table_hash, _) => Authority::FinalRoot { height: root.height, next_stake_table_hash },
                };
                let goal = Goal { hash: authority.hash(self.reached.epoch, self.epoch_height)?, rules };
                let job = Job::Advance { state: self.reached.state, epoch: next, events: &events, goal };
                deriver.begin(job, keep)?;
                goal
            }
            (None, None) => return Ok(None),
        };
        match deriver.step(budget)? {
            Some(Derived::Table(derived)) => {
                // The deriver compares the hash as well; it may be in another module, and this decides.
                Rejection::StakeTableHash.unless_equal(derived.hash, goal.hash)?;
                self.reached = Reached { state: Some(derived.state), epoch: next, hash: derived.hash };
                self.rules = Some(root.rules);
                self.root = None;
                Ok(Some(EpochTable { epoch: next, ..derived.table }))
            }
            Some(Derived::Read | Derived::Applied) | None => {
                self.goal = Some(goal);
                Ok(None)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::deriver::Deriver;
    use super::super::event::Event;
    use super::super::event_json::events_to_json;
    use super::super::fixture::{account, delegate, key_update_v2, register, register_v2, register_v3, state};
    use super::*;
    use proptest::prelude::*;

    const HEIGHT: u64 = 10;
    const FIRST: u64 = 3;

    /// What an honest chain holds: the events of each epoch from the first dynamic one on.
    fn history() -> Vec<Vec<Event>> {
        alloc::vec![
            alloc::vec![register(1), register_v2(2), delegate(1, 1, 5), delegate(1, 2, 6)],
            alloc::vec![],
            alloc::vec![register_v3(3), delegate(2, 3, 9), key_update_v2(1, 11)],
            alloc::vec![Event::Deregister { validator: account(2) }, delegate(4, 1, 1)],
            alloc::vec![delegate(5, 3, 5)],
        ]
    }

    fn place(epoch: u64) -> usize {
        usize::try_from(epoch - FIRST).unwrap()
    }

    fn hash_of(history: &[Vec<Event>], epoch: u64) -> Commitment {
        state(history[..=place(epoch)].concat()).hash()
    }

    /// The root that decides about `epoch` + 1, or gives the rules of the one after.
    fn root(history: &[Vec<Event>], height: u64) -> FinalRoot {
        let next = (height + 5) / HEIGHT + 1;
        let next_stake_table_hash = (next >= FIRST).then(|| hash_of(history, next));
        FinalRoot { height, rules: ActiveRules::Staked, next_stake_table_hash }
    }

    /// Events as a server gives them.
    fn body(events: &[Event]) -> Vec<u8> {
        events_to_json(events).into_bytes()
    }

    /// A way and who works on it.
    struct Walk {
        catch_up: CatchUp,
        deriver: Deriver,
    }

    impl core::ops::Deref for Walk {
        type Target = CatchUp;

        fn deref(&self) -> &CatchUp {
            &self.catch_up
        }
    }

    impl core::ops::DerefMut for Walk {
        fn deref_mut(&mut self) -> &mut CatchUp {
            &mut self.catch_up
        }
    }

    impl Walk {
        fn new(entropy: &[u8]) -> Self {
            Self { catch_up: CatchUp::from_genesis(HEIGHT, FIRST).unwrap(), deriver: Deriver::new(entropy) }
        }

        fn step(&mut self, budget: u32) -> Result<Option<EpochTable>, Rejected> {
            self.catch_up.step(&mut self.deriver, &[], budget)
        }

        /// Works to the end.
        fn finish(&mut self) -> Result<EpochTable, Rejected> {
            loop {
                if let Some(table) = self.step(u32::MAX)? {
                    return Ok(table);
                }
            }
        }
    }

    /// Serves whatever is needed until nothing is; the tables on the way.
    fn run(catch_up: &mut Walk, history: &[Vec<Event>], until: u64, budget: u32) -> Vec<EpochTable> {
        let mut tables = Vec::new();
        for _ in 0..10_000 {
            while catch_up.is_working() {
                tables.extend(catch_up.step(budget).unwrap());
            }
            let Some(needed) = catch_up.needed(until).first().copied() else { return tables };
            match needed {
                Needed::Root { height } => catch_up.offer_root(root(history, height)).unwrap(),
                Needed::Events { epoch } => {
                    catch_up.offer_events(epoch, body(&history[place(epoch)])).unwrap();
                }
            }
        }
        panic!("it does not come to an end");
    }

    #[test]
    fn from_nothing_to_today() {
        let history = history();
        let mut catch_up = Walk::new(b"entropy");
        // First the version of the root of the first epoch, then the hash in that of the second.
        assert_eq!(catch_up.needed(3), [Needed::Root { height: 5 }, Needed::Events { epoch: 3 }]);
        assert_eq!(catch_up.needed(2), []);
        let tables = run(&mut catch_up, &history, 7, 1);
        assert_eq!(tables.iter().map(|table| table.epoch).collect::<Vec<_>>(), [3, 4, 5, 6, 7]);
        assert_eq!(tables.iter().map(|table| table.table.entries().len()).collect::<Vec<_>>(), [2, 2, 3, 2, 2]);
        assert_eq!(&catch_up.reached().hash, &hash_of(&history, 7));
        assert_eq!(catch_up.next_rules(), Some(ActiveRules::Staked));
        assert_eq!(catch_up.deriver.remaining(), 0);
    }

    #[test]
    fn events_ahead_are_bounded_and_roots_come_one_by_one() {
        let catch_up = Walk::new(&[]);
        let needed = catch_up.needed(u64::MAX);
        assert_eq!(needed.len() as u64, EPOCHS_AHEAD + 1);
        assert_eq!(needed.iter().filter(|needed| matches!(needed, Needed::Root { .. })).count(), 1);
        let mut catch_up = catch_up;
        for epoch in [0, FIRST - 1, FIRST + EPOCHS_AHEAD, u64::MAX] {
            assert_eq!(catch_up.offer_events(epoch, Vec::new()).unwrap_err().code(), "stake_table.epoch");
        }
        catch_up.offer_events(FIRST, Vec::new()).unwrap();
        assert_eq!(catch_up.offer_events(FIRST, Vec::new()).unwrap_err().code(), "stake_table.epoch", "twice");
    }

    #[test]
    fn lying_servers_cost_time_only() {
        let history = history();
        let mut catch_up = Walk::new(b"entropy");
        assert_eq!(run(&mut catch_up, &history, 4, 100).len(), 2);
        let before = catch_up.reached().hash;
        let honest = &history[2];
        for lie in [
            Vec::new(),
            honest[..2].to_vec(),
            honest[1..].to_vec(),
            history[3].clone(),
            [honest.clone(), alloc::vec![delegate(9, 1, 1)]].concat(),
        ] {
            // The honest events of a later epoch may wait meanwhile.
            let _ = catch_up.offer_events(6, body(&history[3]));
            if catch_up.needed(5).contains(&Needed::Root { height: 35 }) {
                catch_up.offer_root(root(&history, 35)).unwrap();
            }
            catch_up.offer_events(5, body(&lie)).unwrap();
            assert!(catch_up.is_working());
            loop {
                match catch_up.step(1) {
                    Ok(None) => assert!(catch_up.is_working()),
                    Ok(Some(_)) => panic!("a lie was believed"),
                    Err(_) => break,
                }
            }
            assert_eq!((catch_up.reached().epoch, catch_up.reached().hash), (4, before));
            assert_eq!(catch_up.needed(5), [Needed::Events { epoch: 5 }]);
        }
        assert_eq!(run(&mut catch_up, &history, 7, 100).len(), 3);
        assert_eq!(&catch_up.reached().hash, &hash_of(&history, 7));
    }

    #[test]
    fn only_the_root_that_is_needed() {
        let history = history();
        let mut catch_up = Walk::new(&[]);
        let good = root(&history, 5);
        for height in [0, 4, 6, 15, 25] {
            let refused = catch_up.offer_root(FinalRoot { height, ..good }).unwrap_err();
            assert_eq!(refused.code(), "stake_table.root", "{height}");
        }
        catch_up.offer_root(good).unwrap();
        let good = root(&history, 15);
        let refused = catch_up.offer_root(FinalRoot { next_stake_table_hash: None, ..good }).unwrap_err();
        assert_eq!(refused.code(), "stake_table.hash_missing");
        catch_up.offer_root(good).unwrap();
        assert_eq!(catch_up.offer_root(good).unwrap_err().code(), "stake_table.root", "nothing is needed now");
        for (height, first) in [(0, 3), (5, 3), (10, 0), (10, 1)] {
            let refused = CatchUp::from_genesis(height, first).unwrap_err();
            assert_eq!(refused.code(), "stake_table.root", "{height} {first}");
        }
    }

    #[test]
    fn roots_without_a_hash_need_a_pin() {
        let history = history();
        let mut catch_up = Walk::new(&[]);
        let hash = hash_of(&history, 3);
        catch_up.pin(3, hash);
        catch_up.offer_root(root(&history, 5)).unwrap();
        let other = FinalRoot { next_stake_table_hash: Some([7; 32]), ..root(&history, 15) };
        assert_eq!(catch_up.offer_root(other).unwrap_err().code(), "stake_table.hash");
        catch_up.offer_root(FinalRoot { next_stake_table_hash: None, ..other }).unwrap();
        catch_up.offer_events(3, body(&history[1])).unwrap();
        assert_eq!(catch_up.finish().unwrap_err().code(), "stake_table.hash");
        catch_up.offer_events(3, body(&history[0])).unwrap();
        assert_eq!(catch_up.finish().unwrap().epoch, 3);
    }

    #[test]
    fn signers_are_selected_by_the_root_two_epochs_before() {
        let mut history = history();
        history[0].push(register_v3(8));
        history[0].push(delegate(1, 8, 5));
        let mut catch_up = Walk::new(&[]);
        // The upgrade takes effect between the roots of epochs 1 and 2: table 3 is still selected by
        // the old rules, table 4 by the new.
        catch_up.offer_root(root(&history, 5)).unwrap();
        catch_up.offer_root(FinalRoot { rules: ActiveRules::StakedAndReachable, ..root(&history, 15) }).unwrap();
        catch_up.offer_events(3, body(&history[0])).unwrap();
        assert_eq!(catch_up.finish().unwrap().table.entries().len(), 3);
        catch_up.offer_root(FinalRoot { rules: ActiveRules::StakedAndReachable, ..root(&history, 25) }).unwrap();
        catch_up.offer_events(4, body(&history[1])).unwrap();
        assert_eq!(catch_up.finish().unwrap().table.entries().len(), 1);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10))]

        /// Killed after any epoch and taken up from the store, it comes to the same.
        #[test]
        fn interrupted_anywhere(stop in 3u64..7, budget in 1u32..50, knows_rules in any::<bool>()) {
            let history = history();
            let mut first = Walk::new(b"a");
            let mut tables = run(&mut first, &history, stop, budget);
            let reached = *first.reached();
            let rules = first.next_rules().filter(|_| knows_rules);
            let stored = first.deriver.registrations(reached.state.unwrap()).unwrap();
            let mut deriver = Deriver::new(b"b");
            let goal = Goal { hash: reached.hash, rules: ActiveRules::Staked };
            deriver.begin(Job::Load { epoch: stop, registrations: &stored, goal }, &[]).unwrap();
            let loaded = loop {
                match deriver.step(1).unwrap() {
                    Some(Derived::Table(loaded)) => break loaded,
                    Some(other) => panic!("{other:?}"),
                    None => {}
                }
            };
            let reached = Reached { state: Some(loaded.state), ..reached };
            let mut second = Walk { catch_up: CatchUp::resume(HEIGHT, reached, rules).unwrap(), deriver };
            tables.extend(run(&mut second, &history, 7, budget));
            let mut whole = Walk::new(b"c");
            let expected = run(&mut whole, &history, 7, 1_000);
            let tables: Vec<_> = tables.into_iter().map(|table| table.table).collect();
            prop_assert_eq!(tables, expected.into_iter().map(|table| table.table).collect::<Vec<_>>());
        }
    }
}
