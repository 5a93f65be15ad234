//! Finds the way to today's stake tables: which answers it takes, and what they prove.
//!
//! Table n verifies nothing until the root of epoch n − 1, final under table n − 1 alone, carries the
//! hash of its registrations. Answers may come in any order and ahead of their turn; they are judged
//! one epoch after the other. From a checkpoint that names the hash of its epoch's registrations the
//! events alone lead there; if they do not, the proven way from the static table is gone instead.

mod asking;
mod giving_up;
mod working;

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::client::answers::Answers;
use crate::client::boundary::Boundary;
use crate::client::checkpoint::{Checkpoint, SignersHint};
use crate::client::network::Network;
use crate::client::progress::{EpochAdvance, TableProgress};
use crate::client::request::Request;
use crate::client::root_prover::{Ground, RootProver};
use crate::consensus::signatures::{DeferredCertificate, Pending};
use crate::consensus::tables::EpochTables;
use crate::encoding::committable::Commitment;
use crate::ordered::OrderedMap;
use crate::rejection::{Rejected, Rejection};
use crate::stake_table::active_set::ActiveRules;
use crate::stake_table::catch_up::{CatchUp, Reached};
use crate::stake_table::deriver::{Derive, Derived, Goal, Job};
use crate::stake_table::transition::{EpochTable, epoch_root};

/// For how many epochs ahead answers are asked for.
const AHEAD: u64 = 16;

/// How the signers of a known epoch came about: what a checkpoint of the epoch names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EpochSigners {
    /// The hash of the epoch's registrations.
    pub(super) hash: Commitment,
    /// The rules that selected its signers.
    pub(super) rules: ActiveRules,
    /// The rules that select those of the epoch after.
    pub(super) next_rules: ActiveRules,
}

enum Way {
    /// By events alone, to a hash that is trusted.
    Replaying(Replaying),
    /// By final roots and events, epoch after epoch.
    Walking(CatchUp),
}

/// How far a replay is.
#[derive(Clone, Copy)]
struct Replaying {
    /// The epoch whose events come next.
    next: u64,
    /// The epoch whose registrations have the trusted hash.
    target: u64,
    signers: EpochSigners,
    stage: ReplayStage,
}

/// What the deriver is at, of the events of one epoch.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ReplayStage {
    /// They are to come.
    Waiting,
    /// It reads them: what is wrong is their form, and who gave them is to blame.
    Reading,
    /// It applies them.
    Applying,
}

/// A table that is proven but for certificates by its own epoch that its root's proof came with.
struct Candidate {
    before: Reached,
    rules: ActiveRules,
    table: EpochTable,
    checks: Pending<()>,
}

/// The way from the tables that are known to the one that is wanted.
pub(super) struct TableSync {
    first: u64,
    epoch_height: u64,
    entropy: [u8; 32],
    /// Hashes of registrations that the network file pins.
    pins: Vec<(u64, Commitment)>,
    from: u64,
    deriver: Box<dyn Derive + Send>,
    way: Way,
    /// A checkpoint's word, where there is one.
    hint: Option<SignersHint>,
    /// A hash that a checkpoint names, to be met on the way.
    expected: Option<(u64, Commitment)>,
    /// The state before the newest one, and the rules that selected the newest one's signers.
    before: Option<(Reached, ActiveRules)>,
    root: Option<RootProver>,
    new_protocol: bool,
    /// The root that was proven last, as a checkpoint.
    proven: Option<Checkpoint>,
    deferred: Vec<DeferredCertificate>,
    candidate: Option<Candidate>,
    answers: Answers,
    evidence: Vec<(Request, Vec<u8>)>,
    signers: OrderedMap<u64, EpochSigners>,
    vid_weights: OrderedMap<u64, u64>,
    bytes: u64,
    /// Whose answer the last error was about.
    culprit: Option<Request>,
    /// What no other answer can mend.
    broken: Option<Rejected>,
}

impl TableSync {
    /// Takes the date off the newest root.
    pub(super) fn undate(&mut self) {
        self.proven.iter_mut().for_each(|root| root.timestamp = 0);
    }

    /// Begins before the first dynamic epoch.
    ///
    /// # Errors
    /// `stake_table.root` for epochs without roots.
    pub(super) fn new(
        network: &Network,
        first: u64,
        entropy: [u8; 32],
        deriver: Box<dyn Derive + Send>,
    ) -> Result<Self, Rejected> {
        let pins = network.stake_table_hashes.clone();
        let way = pinned(CatchUp::from_genesis(network.epoch_height, first)?, &pins);
        Ok(Self {
            first,
            pins,
            epoch_height: network.epoch_height,
            entropy,
            from: first.saturating_sub(1),
            deriver,
            way: Way::Walking(way),
            hint: None,
            expected: None,
            before: None,
            root: None,
            new_protocol: false,
            proven: None,
            deferred: Vec::new(),
            candidate: None,
            answers: Answers::default(),
            evidence: Vec::new(),
            signers: OrderedMap::new(),
            vid_weights: OrderedMap::new(),
            bytes: 0,
            culprit: None,
            broken: None,
        })
    }

    /// Takes a checkpoint's word for the hash of its epoch's registrations.
    ///
    /// # Errors
    /// `stake_table.epoch` if the epoch's table is a static one.
    pub(super) fn trust_checkpoint(&mut self, hint: &SignersHint) -> Result<(), Rejected> {
        if hint.epoch < self.first {
            return Err(Rejection::StakeTableEpoch.with(hint.epoch, self.first));
        }
        let signers = EpochSigners { hash: hint.hash, rules: hint.rules, next_rules: hint.next_rules };
        self.expect(hint.epoch, hint.hash);
        self.hint = Some(*hint);
        self.way =
            Way::Replaying(Replaying { next: self.first, target: hint.epoch, signers, stage: ReplayStage::Waiting });
        Ok(())
    }

    /// Begins to take up registrations that were kept.
    ///
    /// # Errors
    /// Those of [`Derive::begin`].
    pub(super) fn begin_load(&mut self, epoch: u64, registrations: &[u8], goal: Goal) -> Result<(), Rejected> {
        self.deriver.begin(Job::Load { epoch, registrations, goal }, &[])
    }

    /// Works on it for about `budget` units. The table of those registrations; the way goes on from there.
    ///
    /// # Errors
    /// Those of [`Derive::step`] about them, and of [`CatchUp::resume`].
    pub(super) fn step_load(
        &mut self,
        epoch: u64,
        goal: Goal,
        next_rules: ActiveRules,
        budget: u32,
    ) -> Result<Option<EpochTable>, Rejected> {
        let Some(Derived::Table(derived)) = self.deriver.step(budget)? else { return Ok(None) };
        Rejection::StakeTableHash.unless_equal(derived.hash, goal.hash)?;
        self.resume(Reached { state: Some(derived.state), epoch, hash: derived.hash }, next_rules)?;
        Ok(Some(EpochTable { epoch, ..derived.table }))
    }

    /// Goes on from registrations that are trusted.
    ///
    /// # Errors
    /// Those of [`CatchUp::resume`].
    pub(super) fn resume(&mut self, reached: Reached, next_rules: ActiveRules) -> Result<(), Rejected> {
        self.from = reached.epoch;
        let way = CatchUp::resume(self.epoch_height, reached, Some(next_rules))?;
        self.way = Way::Walking(pinned(way, &self.pins));
        Ok(())
    }

    /// Takes over what was kept beside the registrations.
    pub(super) fn recall(
        &mut self,
        signers: OrderedMap<u64, EpochSigners>,
        vid_weights: OrderedMap<u64, u64>,
        new_protocol: bool,
    ) {
        (self.signers, self.vid_weights, self.new_protocol) = (signers, vid_weights, new_protocol);
    }

    /// Asks that the way leads through this hash.
    pub(super) const fn expect(&mut self, epoch: u64, hash: Commitment) {
        self.expected = Some((epoch, hash));
    }

    /// The newest registrations, unless the way leads to a trusted hash still.
    pub(super) const fn reached(&self) -> Option<&Reached> {
        match (&self.candidate, &self.way) {
            // What is not wholly proven yet is not handed out.
            (Some(candidate), _) => Some(&candidate.before),
            (None, Way::Walking(way)) => Some(way.reached()),
            (None, Way::Replaying(_)) => None,
        }
    }

    /// The newest registrations as bytes.
    pub(super) fn registrations(&self) -> Option<Vec<u8>> {
        let state = self.reached()?.state?;
        self.deriver.registrations(state)
    }

    pub(super) const fn signers(&self) -> &OrderedMap<u64, EpochSigners> {
        &self.signers
    }

    pub(super) const fn vid_weights(&self) -> &OrderedMap<u64, u64> {
        &self.vid_weights
    }

    pub(super) const fn new_protocol(&self) -> bool {
        self.new_protocol
    }

    /// The root that was proven last.
    pub(super) const fn proven(&self) -> Option<&Checkpoint> {
        self.proven.as_ref()
    }

    pub(super) const fn culprit(&self) -> Option<Request> {
        self.culprit
    }

    pub(super) const fn broken(&self) -> Option<&Rejected> {
        self.broken.as_ref()
    }

    /// The newest epoch whose registrations are known.
    fn epoch(&self) -> u64 {
        match &self.way {
            Way::Walking(way) => way.reached().epoch,
            Way::Replaying(replaying) => replaying.next.saturating_sub(1),
        }
    }

    pub(super) fn progress(&self, until: u64) -> TableProgress {
        TableProgress { from: self.from, epoch: self.epoch(), until: until.max(self.epoch()), bytes: self.bytes }
    }

    /// Forgets what serves neither the epoch that is followed nor the newest one and the one before.
    pub(super) fn prune(&mut self, tables: &mut EpochTables, followed: u64) {
        let oldest = followed.min(self.epoch().saturating_sub(1));
        tables.forget_before(oldest);
        self.signers.retain(|epoch, _| *epoch >= oldest);
    }

    /// Whether [`Self::step`] has something to do.
    pub(super) fn is_working(&self) -> bool {
        let at_hand = || self.urgent().next().is_some_and(|request| self.answers.has(&request));
        match &self.way {
            Way::Replaying(replaying) => replaying.stage != ReplayStage::Waiting || at_hand(),
            Way::Walking(way) => {
                let computing = match (&self.root, way.wanted_root()) {
                    (Some(root), Some(_)) => root.request().is_none(),
                    (None, Some(_)) => false,
                    (_, None) => way.is_working(),
                };
                self.candidate.is_some() || computing || at_hand()
            }
        }
    }

    /// Units of work left for the table at hand, about.
    pub(super) fn remaining(&self) -> u32 {
        let way = self.deriver.remaining();
        let candidate = self.candidate.as_ref().map_or(0, |candidate| candidate.checks.remaining());
        self.root.as_ref().map_or(0, RootProver::remaining).saturating_add(way).saturating_add(candidate)
    }

    /// Works for about `budget` units. The next table, once it is proven.
    ///
    /// # Errors
    /// What is wrong with an answer: [`Self::culprit`] says with which. It is needed again then, and
    /// the state is what it was. What no answer can mend stays in [`Self::broken`].
    pub(super) fn step(
        &mut self,
        network: &Network,
        tables: &mut EpochTables,
        budget: u32,
    ) -> Result<Option<EpochAdvance>, Rejected> {
        self.culprit = None;
        if let Some(broken) = &self.broken {
            return Err(broken.clone());
        }
        if let Way::Replaying(replaying) = self.way {
            return self.step_replay(replaying, tables, budget);
        }
        if let Some(candidate) = self.candidate.take() {
            return self.step_candidate(candidate, network, tables, budget);
        }
        let wanted = match &self.way {
            Way::Walking(way) => way.wanted_root(),
            Way::Replaying(_) => None,
        };
        match wanted {
            Some(height) => self.step_root(height, Ground { network, tables, entropy: &[] }, budget).map(|()| None),
            None => self.step_events(budget),
        }
    }

    /// The newest epoch whose table came from events.
    pub(super) fn newest(&self) -> Option<u64> {
        self.reached().map(|reached| reached.epoch).filter(|epoch| *epoch >= self.first)
    }

    /// A table is proven: its epoch's facts, and the root as a checkpoint.
    fn finish(
        &mut self,
        table: EpochTable,
        rules: ActiveRules,
        network: &Network,
        tables: &mut EpochTables,
    ) -> EpochAdvance {
        let (hash, next_rules) = match &self.way {
            Way::Walking(way) => (way.reached().hash, way.next_rules().unwrap_or(rules)),
            Way::Replaying(_) => (Commitment::default(), rules),
        };
        let before = table.epoch.saturating_sub(1);
        let hint = self.signers.get(&before).map(|signers| SignersHint {
            epoch: before,
            hash: signers.hash,
            rules: signers.rules,
            next_rules: signers.next_rules,
        });
        if let Some(proven) = &mut self.proven {
            (proven.network, proven.signers) = (network.identity(), hint);
        }
        let boundary = Boundary { epoch: table.epoch, answers: core::mem::take(&mut self.evidence) };
        self.admit(table, EpochSigners { hash, rules, next_rules }, Some(boundary), tables)
    }

    fn admit(
        &mut self,
        table: EpochTable,
        signers: EpochSigners,
        boundary: Option<Boundary>,
        tables: &mut EpochTables,
    ) -> EpochAdvance {
        let EpochTable { epoch, table, vid_total_weight } = table;
        if let Some((_, hash)) = self.expected.take_if(|(expected, _)| *expected == epoch)
            && hash != signers.hash
        {
            self.broken = Some(Rejection::CheckpointStakeTable.with(hash, signers.hash));
        }
        self.root = None;
        let advance = EpochAdvance {
            epoch,
            stake_table_hash: signers.hash,
            validators: table.entries().len(),
            total_stake: table.total_stake(),
            vid_total_weight,
            root: self.proven.filter(|_| boundary.is_some()),
            boundary,
        };
        tables.insert(epoch, Arc::new(table));
        self.signers.insert(epoch, signers);
        self.vid_weights.insert(epoch, vid_total_weight);
        // Answers for epochs that are done, and what was lacking, are forgotten.
        let first = epoch.saturating_add(1);
        let root = epoch_root(epoch, self.epoch_height).unwrap_or_default();
        self.answers.retain(|request| match request {
            Request::StakeTableEvents { epoch } => *epoch >= first,
            other => root_height(other).is_some_and(|height| height >= root),
        });
        advance
    }
}

/// A way that knows the hashes that the network file pins.
fn pinned(mut way: CatchUp, pins: &[(u64, Commitment)]) -> CatchUp {
    pins.iter().for_each(|(epoch, hash)| way.pin(*epoch, *hash));
    way
}

/// The height of the root that a request is about.
const fn root_height(request: &Request) -> Option<u64> {
    match request {
        Request::Leaves { from: height, .. } | Request::LeafProof { height } | Request::Certificate2 { height } => {
            Some(*height)
        }
        Request::BlockHeight | Request::StakeTableEvents { .. } => None,
    }
}
