//! A light client that lives on another chain: it knows one state and one table, and follows both by
//! transition proofs. The contract in `circuits/contracts` obeys the same rules in the same order.

use super::proof_batch::PreparedKey;
use super::record::{Boundary, TransitionChain, TransitionRecord, TransitionRules};
use super::stake_table_state::StakeTableState;
use super::state::LightClientState;
use crate::consensus::epoch::Epochs;
use crate::rejection::{Rejected, Rejection};

/// The last state and the table that signs the next one.
#[derive(Clone, Copy, Debug)]
pub struct TransitionFollower {
    rules: TransitionRules,
    view: u64,
    height: u64,
    table: StakeTableState,
}

/// Whether a block stands after the root of its epoch: no state of such a block is accepted, because the
/// root has handed over to a table that does not sign there yet.
pub const fn is_after_root(epochs: Epochs, height: u64) -> bool {
    match epochs.root(epochs.of(height)) {
        Some(root) => height > root,
        // The epoch's end leaves 64 bits, and so may its root: nothing is known to be before it.
        None => true,
    }
}

impl TransitionFollower {
    /// Starts from a trusted view and height and the table that signs next.
    ///
    /// # Errors
    /// `state.after_root` where it is unclear which table signs next, `state.version` before the first
    /// epoch that transition proofs are about.
    pub fn new(rules: TransitionRules, view: u64, height: u64, table: StakeTableState) -> Result<Self, Rejected> {
        if is_after_root(rules.epochs, height) {
            return Err(Rejection::StateAfterRoot.with(height, "a height up to the root of its epoch"));
        }
        let follower = Self { rules, view, height, table };
        let epoch = follower.voting_epoch();
        if epoch < rules.first_epoch {
            return Err(Rejection::StateVersion.with(epoch, rules.first_epoch));
        }
        Ok(follower)
    }

    /// The network's epochs.
    pub const fn epochs(&self) -> Epochs {
        self.rules.epochs
    }

    /// View and height of the last state.
    pub const fn position(&self) -> (u64, u64) {
        (self.view, self.height)
    }

    /// The table that signs the next state.
    pub const fn voting_table(&self) -> &StakeTableState {
        &self.table
    }

    /// The epoch of this table: the root of an epoch hands over to the next one.
    pub fn voting_epoch(&self) -> u64 {
        let epoch = self.rules.epochs.of(self.height);
        if self.is_root(epoch, self.height) { epoch.saturating_add(1) } else { epoch }
    }

    fn is_root(&self, epoch: u64, height: u64) -> bool {
        self.rules.epochs.root(epoch) == Some(height)
    }

    /// Every rule for a state but its signatures.
    ///
    /// # Errors
    /// `state.epoch`, `state.after_root`, `state.outdated`.
    pub fn check(&self, state: &LightClientState) -> Result<(), Rejected> {
        Rejection::StateEpoch.unless_equal(self.rules.epochs.of(state.height), self.voting_epoch())?;
        if is_after_root(self.rules.epochs, state.height) {
            return Err(Rejection::StateAfterRoot.with(state.height, "a height up to the root of its epoch"));
        }
        if state.view <= self.view {
            return Err(Rejection::StateOutdated.with(state.view, self.view));
        }
        if state.height <= self.height {
            return Err(Rejection::StateOutdated.with(state.height, self.height));
        }
        Ok(())
    }

    /// Accepts a state of an ordinary block or of an epoch's root, or stays as it is. The next table is
    /// read at roots only: elsewhere validators sign the one that votes once more.
    ///
    /// # Errors
    /// Those of [`Self::check`], `transition.proof`.
    pub fn update(&mut self, record: &TransitionRecord, key: &PreparedKey) -> Result<(), Rejected> {
        self.check(&record.state)?;
        let epoch = self.voting_epoch();
        Rejection::StateEpoch.unless_equal(record.epoch, epoch)?;
        let root = self.is_root(epoch, record.state.height);
        let signed =
            TransitionRecord { next_table: if root { record.next_table } else { self.table }, ..record.clone() };
        key.key().verify(&signed.public_inputs(&self.table), &record.proof)?;
        (self.view, self.height) = (record.state.view, record.state.height);
        self.table = signed.next_table;
        Ok(())
    }

    /// Accepts the roots of successive epochs, or stays as it is. The entropy may be empty.
    ///
    /// # Errors
    /// Those of [`TransitionChain::begin`] and [`TransitionChain::verify`].
    pub fn update_epochs(
        &mut self,
        records: &[TransitionRecord],
        key: &PreparedKey,
        entropy: &[u8],
    ) -> Result<(), Rejected> {
        let start = Boundary { epoch: self.voting_epoch(), table: self.table, after: Some((self.view, self.height)) };
        let capacity = usize::try_from(key.key().purpose.capacity).unwrap_or(usize::MAX);
        let proven = TransitionChain::begin(&start, records, key, capacity, &self.rules, entropy)?.verify()?;
        (self.view, self.height) = (proven.state.view, proven.state.height);
        self.table = proven.boundary.table;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bn254::Fr;
    use crate::transition::proof::tests::{forge, key};
    use alloc::vec;

    fn table(seed: u64) -> StakeTableState {
        let [bls_key_comm, schnorr_key_comm, amount_comm] = [seed, seed + 1, seed + 2].map(Fr::from);
        StakeTableState { bls_key_comm, schnorr_key_comm, amount_comm, threshold: 5 }
    }

    fn rules() -> TransitionRules {
        TransitionRules { epochs: Epochs::new(10).unwrap(), first_epoch: 1 }
    }

    fn follower() -> TransitionFollower {
        TransitionFollower::new(rules(), 0, 0, table(10)).unwrap()
    }

    /// A state at a height of an epoch, signed by the table of that epoch.
    fn record(height: u64) -> TransitionRecord {
        let epoch = rules().epochs.of(height);
        let next = if height % 10 == 5 { epoch + 1 } else { epoch };
        let state = LightClientState { view: height + 1, height, block_comm_root: Fr::from(height) };
        let proof = forge(&[Fr::from(0u64); 3], 1, 1);
        let record = TransitionRecord { epoch, state, next_table: table(10 * next), auth_root: [1; 32], proof };
        TransitionRecord { proof: forge(&record.public_inputs(&table(10 * epoch)), 2, 3), ..record }
    }

    fn code(result: Result<(), Rejected>) -> &'static str {
        result.map_or_else(|rejected| rejected.code(), |()| "ok")
    }

    #[test]
    fn follows_ordinary_states_and_roots() {
        let key = PreparedKey::new(key()).unwrap();
        let mut follower = follower();
        let mut step = |height| code(follower.update(&record(height), &key));
        let heights = [3, 3, 2, 11, 6, 10, 5, 4, 10, 21, 20, 11, 14, 15, 35, 25];
        let verdicts = heights.map(&mut step);
        let expected = [
            "ok",
            "state.outdated",
            "state.outdated",
            "state.epoch",
            "state.after_root",
            "state.after_root",
            "ok",
            "state.epoch",
            "state.epoch",
            "state.epoch",
            "state.after_root",
            "ok",
            "ok",
            "ok",
            "state.epoch",
            "ok",
        ];
        assert_eq!(verdicts, expected);
        assert_eq!((follower.position(), follower.voting_epoch()), ((26, 25), 4));
        assert_eq!(*follower.voting_table(), table(40));
    }

    #[test]
    fn the_next_table_is_read_at_roots_only() {
        let key = PreparedKey::new(key()).unwrap();
        let mut follower = follower();
        let mut foreign = record(4);
        foreign.next_table = table(7);
        follower.update(&foreign, &key).unwrap();
        assert_eq!(*follower.voting_table(), table(10));
        let mut foreign = record(5);
        foreign.next_table = table(7);
        assert_eq!(code(follower.update(&foreign, &key)), "transition.proof");
        assert_eq!(follower.position(), (5, 4));
        let relabelled = TransitionRecord { epoch: 2, ..record(5) };
        assert_eq!(code(follower.update(&relabelled, &key)), "state.epoch");
    }

    #[test]
    fn several_epochs_or_none() {
        let key = PreparedKey::new(key()).unwrap();
        let mut follower = follower();
        let roots = vec![record(5), record(15), record(25)];
        let mut spoilt = roots.clone();
        spoilt[2].auth_root = [2; 32];
        assert_eq!(code(follower.update_epochs(&spoilt, &key, b"")), "transition.proof");
        assert_eq!(code(follower.update_epochs(&[], &key, b"")), "transition.empty");
        assert_eq!(code(follower.update_epochs(&[record(4)], &key, b"")), "state.not_epoch_root");
        assert_eq!(follower.position(), (0, 0));
        follower.update_epochs(&roots, &key, b"").unwrap();
        assert_eq!((follower.position(), follower.voting_epoch()), ((26, 25), 4));
    }

    #[test]
    fn where_trust_may_start() {
        for height in 0..40 {
            let started = TransitionFollower::new(rules(), 0, height, table(1));
            let allowed = height == 0 || (height - 1) % 10 < 5;
            assert_eq!(code(started.map(|_| ())), if allowed { "ok" } else { "state.after_root" }, "{height}");
        }
        let later = TransitionRules { first_epoch: 3, ..rules() };
        for (height, expected) in [(14, "state.version"), (15, "ok"), (21, "ok")] {
            let started = TransitionFollower::new(later, 0, height, table(1));
            assert_eq!(code(started.map(|_| ())), expected, "{height}");
        }
    }
}
