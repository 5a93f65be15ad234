//! Finds the way to today's stake tables: which answers it takes, and what they prove.
//!
//! Table n verifies nothing until the root of epoch n − 1, final under table n − 1 alone, carries the
//! hash of its registrations. Answers may come in any order and ahead of their turn; they are judged
//! one epoch after the other. From a checkpoint that names the hash of its epoch's registrations the
//! events alone lead there; if they do not, the proven way from the static table is gone instead.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::client::answers::Answers;
use crate::client::boundary::Boundary;
use crate::client::checkpoint::{Checkpoint, SignersHint};
use crate::client::network::Network;
use crate::client::progress::{EpochAdvance, TableProgress};
use crate::client::request::Request;
use crate::client::root_prover::{Ground, ProvenRoot, RootProver};
use crate::consensus::signatures::{DeferredCertificate, Pending, Proving, SignatureChecks};
use crate::consensus::tables::EpochTables;
use crate::encoding::committable::Commitment;
use crate::ordered::OrderedMap;
use crate::rejection::{Rejected, Rejection};
use crate::stake_table::active_set::ActiveRules;
use crate::stake_table::catch_up::{CatchUp, FinalRoot, Reached};
use crate::stake_table::deriver::{Derive, Derived, DerivedTable, Goal, Job};
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
    /// Whether the deriver is at the events of `next`.
    working: bool,
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
        let way = CatchUp::from_genesis(network.epoch_height, first)?;
        Ok(Self {
            first,
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
        self.way = Way::Replaying(Replaying { next: self.first, target: hint.epoch, signers, working: false });
        Ok(())
    }

    /// The table of registrations that were kept; the way goes on from there.
    ///
    /// # Errors
    /// Those of [`Derive::begin`] about them, and of [`CatchUp::resume`].
    pub(super) fn load(
        &mut self,
        epoch: u64,
        registrations: &[u8],
        goal: Goal,
        next_rules: ActiveRules,
    ) -> Result<EpochTable, Rejected> {
        self.deriver.begin(Job::Load { epoch, registrations, goal }, &[])?;
        let derived = loop {
            match self.deriver.step(u32::MAX)? {
                Some(Derived::Table(derived)) => break derived,
                Some(Derived::Applied) | None => {}
            }
        };
        Rejection::StakeTableHash.unless_equal(derived.hash, goal.hash)?;
        self.resume(Reached { state: Some(derived.state), epoch, hash: derived.hash }, next_rules)?;
        Ok(EpochTable { epoch, ..derived.table })
    }

    /// Goes on from registrations that are trusted.
    ///
    /// # Errors
    /// Those of [`CatchUp::resume`].
    pub(super) fn resume(&mut self, reached: Reached, next_rules: ActiveRules) -> Result<(), Rejected> {
        self.from = reached.epoch;
        self.way = Way::Walking(CatchUp::resume(self.epoch_height, reached, Some(next_rules))?);
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

    /// What is needed at once: the proof of a root first, then the events.
    fn urgent(&self) -> impl Iterator<Item = Request> {
        let (root, next) = match &self.way {
            Way::Replaying(replaying) => (None, (!replaying.working).then_some(replaying.next)),
            Way::Walking(way) => {
                let root = match (&self.root, way.wanted_root()) {
                    (Some(root), Some(_)) => root.request(),
                    (None, Some(height)) => Some(RootProver::first_request(height, self.new_protocol)),
                    (_, None) => None,
                };
                let judged = self.candidate.is_some() || (way.is_working() && way.wanted_root().is_none());
                (root, (!judged).then(|| way.next_epoch()))
            }
        };
        root.into_iter().chain(next.map(|epoch| Request::StakeTableEvents { epoch }))
    }

    /// What will be needed for the epochs after the next, up to one of them.
    fn later(&self, until: u64) -> impl Iterator<Item = Request> {
        let next = self.epoch().saturating_add(1);
        let last = until.min(next.saturating_add(AHEAD - 1));
        let walking = matches!(self.way, Way::Walking(_));
        let new_protocol = self.new_protocol;
        let height = self.epoch_height;
        let second_root = match &self.way {
            // Two roots come before the first table: the rules stand in one, the hash in the other.
            Way::Walking(way) if way.next_rules().is_none() => epoch_root(way.reached().epoch, height),
            _ => None,
        };
        let roots = move |epoch: u64| {
            let root = epoch_root(epoch.saturating_sub(1), height).filter(|_| walking);
            root.map(|root| RootProver::first_request(root, new_protocol))
        };
        let second = second_root.map(|root| RootProver::first_request(root, new_protocol));
        let later = (next.saturating_add(1)..=last)
            .flat_map(move |epoch| roots(epoch).into_iter().chain([Request::StakeTableEvents { epoch }]));
        second.into_iter().chain(later)
    }

    /// What to fetch on the way to the table of an epoch, the most urgent first.
    pub(super) fn requests(&self, limit: usize, until: u64) -> Vec<Request> {
        let until = match &self.way {
            Way::Replaying(replaying) => replaying.target,
            Way::Walking(way) if way.reached().epoch >= until => return Vec::new(),
            Way::Walking(_) => until,
        };
        let urgent = self.urgent().filter(|request| !self.answers.has(request));
        let room = self.answers.has_room();
        let later = self.later(until).filter(|request| room && self.answers.wants(request));
        urgent.chain(later).take(limit).collect()
    }

    /// Keeps an answer until its turn comes.
    pub(super) fn respond(&mut self, request: Request, body: &[u8]) {
        let urgent = self.urgent().any(|wanted| wanted == request);
        if urgent || self.later(u64::MAX).any(|wanted| wanted == request) {
            self.bytes = self.bytes.saturating_add(body.len() as u64);
            self.answers.put(request, body, urgent);
        }
    }

    /// Says that a server lacks something. Whether the way is barred for now.
    pub(super) fn missing(&mut self, request: Request) -> bool {
        if !self.urgent().any(|wanted| wanted == request) {
            self.answers.lacks(request);
            return false;
        }
        match (request, &mut self.root) {
            (Request::StakeTableEvents { .. }, _) => true,
            (_, Some(root)) => !root.missing(),
            (Request::LeafProof { height } | Request::Leaves { from: height, .. }, None) => {
                let mut root = RootProver::new(height, self.new_protocol);
                let barred = !root.missing();
                self.root = Some(root);
                barred
            }
            (_, None) => true,
        }
    }

    /// Whether [`Self::step`] has something to do.
    pub(super) fn is_working(&self) -> bool {
        let at_hand = || self.urgent().next().is_some_and(|request| self.answers.has(&request));
        match &self.way {
            Way::Replaying(replaying) => replaying.working || at_hand(),
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

    fn step_replay(
        &mut self,
        replaying: Replaying,
        tables: &mut EpochTables,
        budget: u32,
    ) -> Result<Option<EpochAdvance>, Rejected> {
        let Replaying { next, target, signers, working } = replaying;
        let set = |next, working| Way::Replaying(Replaying { next, working, ..replaying });
        if !working {
            let request = Request::StakeTableEvents { epoch: next };
            let Some(events) = self.answers.take(&request) else { return Ok(None) };
            let goal = Goal { hash: signers.hash, rules: signers.rules };
            let job = Job::Replay { first: self.first, epoch: next, target, events: &events, goal };
            let begun = self.deriver.begin(job, &[]);
            match begun {
                Ok(()) => self.way = set(next, true),
                Err(_) => self.culprit = Some(request),
            }
            return begun.map(|()| None);
        }
        let reached = match self.deriver.step(budget) {
            Ok(None) => return Ok(None),
            Ok(Some(Derived::Applied)) => {
                self.way = set(next.saturating_add(1), false);
                return Ok(None);
            }
            Ok(Some(Derived::Table(derived))) => {
                Rejection::StakeTableHash.unless_equal(derived.hash, signers.hash).map(|()| derived)
            }
            Err(rejected) => Err(rejected),
        };
        match reached {
            Ok(derived) => {
                let DerivedTable { state, hash, table } = *derived;
                let reached = Reached { state: Some(state), epoch: target, hash };
                self.way = Way::Walking(CatchUp::resume(self.epoch_height, reached, Some(signers.next_rules))?);
                Ok(Some(self.admit(EpochTable { epoch: target, ..table }, signers, None, tables)))
            }
            Err(rejected) => {
                // Nobody knows which event was the lie. The proven way tells, if there is one.
                self.way = match tables.of_epoch(self.first.saturating_sub(2)) {
                    Ok(_) => Way::Walking(CatchUp::from_genesis(self.epoch_height, self.first)?),
                    Err(_) => set(self.first, false),
                };
                self.answers.retain(|_| false);
                Err(rejected)
            }
        }
    }

    fn step_root(&mut self, height: u64, ground: Ground<'_>, budget: u32) -> Result<(), Rejected> {
        let ground = Ground { entropy: &self.entropy, ..ground };
        let new_protocol = self.new_protocol;
        let mut root = match self.root.take().filter(|root| root.height() == height) {
            Some(root) => root,
            None => RootProver::new(height, new_protocol),
        };
        let outcome = match root.request() {
            Some(request) => match self.answers.take(&request) {
                Some(body) => {
                    let taken = root.respond(ground, body);
                    self.culprit = taken.is_err().then_some(request);
                    taken.map(|()| None)
                }
                None => Ok(None),
            },
            None => {
                let judged = root.judged();
                let proven = root.step(budget);
                self.culprit = if proven.is_err() { judged } else { None };
                proven
            }
        };
        match outcome {
            Ok(Some(proven)) => self.take_root(proven),
            Ok(None) => {
                self.root = Some(root);
                Ok(())
            }
            Err(rejected) => {
                self.root = Some(root);
                Err(rejected)
            }
        }
    }

    fn take_root(&mut self, proven: ProvenRoot) -> Result<(), Rejected> {
        let Way::Walking(way) = &mut self.way else { return Ok(()) };
        let header = &proven.leaf.header;
        let version = header.version;
        let root = FinalRoot {
            height: header.height,
            rules: ActiveRules::of_version(version.major, version.minor),
            next_stake_table_hash: header.next_stake_table_hash().copied(),
        };
        let offered = way.offer_root(root);
        if let Err(rejected) = offered {
            // The header is final: no other answer can carry what it lacks.
            self.broken = Some(rejected.clone());
            return Err(rejected);
        }
        self.new_protocol |= version.is_new_protocol();
        self.proven = Some(Checkpoint {
            network: [0; 32],
            height: header.height,
            view: proven.leaf.view,
            leaf: proven.leaf.commitment(),
            timestamp: header.timestamp,
            signers: None,
        });
        self.deferred.extend(proven.deferred);
        self.evidence.extend(proven.answers);
        Ok(())
    }

    fn step_events(&mut self, budget: u32) -> Result<Option<EpochAdvance>, Rejected> {
        let Way::Walking(way) = &mut self.way else { return Ok(None) };
        let epoch = way.next_epoch();
        let request = Request::StakeTableEvents { epoch };
        if !way.is_working() {
            let Some(body) = self.answers.take(&request) else { return Ok(None) };
            let offered = way.offer_events(epoch, body.clone());
            self.culprit = offered.is_err().then_some(request);
            offered?;
            self.evidence.push((request, body));
        }
        let rules = way.next_rules().unwrap_or(ActiveRules::Staked);
        let before = *way.reached();
        let kept = self.before.and_then(|(reached, _)| reached.state);
        let table = match way.step(&mut *self.deriver, kept.as_slice(), budget) {
            Ok(None) => return Ok(None),
            Ok(Some(table)) => table,
            Err(rejected) => {
                self.evidence.retain(|(kept, _)| *kept != request);
                self.culprit = Some(request);
                return Err(rejected);
            }
        };
        // A certificate by the new epoch that came with the root has its turn now.
        match check_deferred(core::mem::take(&mut self.deferred), &table, &self.entropy) {
            Ok(checks) => {
                self.candidate = Some(Candidate { before, rules, table, checks });
                Ok(None)
            }
            Err(rejected) => Err(self.withdraw(before, rules, rejected)),
        }
    }

    fn step_candidate(
        &mut self,
        mut candidate: Candidate,
        network: &Network,
        tables: &mut EpochTables,
        budget: u32,
    ) -> Result<Option<EpochAdvance>, Rejected> {
        match candidate.checks.step(budget) {
            Proving::Working { .. } => {
                self.candidate = Some(candidate);
                Ok(None)
            }
            Proving::Done(Ok(_)) => {
                self.before = Some((candidate.before, candidate.rules));
                Ok(Some(self.finish(candidate.table, candidate.rules, network, tables)))
            }
            Proving::Done(Err(rejected)) => Err(self.withdraw(candidate.before, candidate.rules, rejected)),
        }
    }

    /// The proof of the root was a lie after all: nothing that followed from it stays.
    fn withdraw(&mut self, before: Reached, rules: ActiveRules, rejected: Rejected) -> Rejected {
        self.culprit = self
            .evidence
            .iter()
            .rev()
            .map(|(request, _)| *request)
            .find(|request| !matches!(request, Request::StakeTableEvents { .. }));
        // The root that told the rules stays proven, and with it what proved it.
        let root = epoch_root(before.epoch, self.epoch_height).unwrap_or_default();
        self.evidence.retain(|(request, _)| root_height(request).is_some_and(|height| height < root));
        self.deferred.clear();
        self.proven = None;
        if let Way::Walking(way) = &mut self.way {
            way.rewind(before, rules);
        }
        rejected
    }

    /// The newest epoch whose table came from events.
    pub(super) fn newest(&self) -> Option<u64> {
        self.reached().map(|reached| reached.epoch).filter(|epoch| *epoch >= self.first)
    }

    /// Gives the newest table up: its root and its events are needed again. Whether there was a way.
    pub(super) fn step_back(&mut self, tables: &mut EpochTables) -> bool {
        // What proved the rules of the first table is not kept apart: it is asked for again with the rest.
        let before = self.before.take().filter(|(before, _)| before.epoch >= self.first);
        let (Some((before, rules)), Way::Walking(way)) = (before, &mut self.way) else {
            return self.begin_anew(tables);
        };
        let given_up = way.next_epoch().saturating_sub(1);
        way.rewind(before, rules);
        self.forget_from(given_up, tables);
        true
    }

    /// Gives all tables from events up. Whether there is a way that begins elsewhere.
    pub(super) fn begin_anew(&mut self, tables: &mut EpochTables) -> bool {
        let genesis = tables.of_epoch(self.first.saturating_sub(2)).is_ok();
        let hint = self.hint;
        let begun = match hint {
            Some(hint) if !genesis => self.trust_checkpoint(&hint),
            _ if genesis => {
                CatchUp::from_genesis(self.epoch_height, self.first).map(|way| self.way = Way::Walking(way))
            }
            _ => return false,
        };
        self.expected = hint.map(|hint| (hint.epoch, hint.hash));
        self.forget_from(self.first, tables);
        begun.is_ok()
    }

    /// Forgets what rests on the tables of an epoch and of those after it, and every answer that came
    /// ahead of its turn.
    fn forget_from(&mut self, epoch: u64, tables: &mut EpochTables) {
        tables.forget_from(epoch);
        self.signers.retain(|own, _| *own < epoch);
        self.vid_weights.retain(|own, _| *own < epoch);
        self.deferred.clear();
        self.evidence.clear();
        self.answers.retain(|_| false);
        (self.before, self.candidate, self.root, self.proven) = (None, None, None, None);
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

/// The height of the root that a request is about.
const fn root_height(request: &Request) -> Option<u64> {
    match request {
        Request::Leaves { from: height, .. } | Request::LeafProof { height } | Request::Certificate2 { height } => {
            Some(*height)
        }
        Request::BlockHeight | Request::StakeTableEvents { .. } => None,
    }
}

/// The certificates by an epoch that came with the proof of the root that fixes its table.
fn check_deferred(
    deferred: Vec<DeferredCertificate>,
    table: &EpochTable,
    entropy: &[u8],
) -> Result<Pending<()>, Rejected> {
    let mut checks = SignatureChecks::new(entropy);
    for DeferredCertificate { certificate, epoch } in deferred {
        Rejection::StakeTableEpoch.unless_equal(epoch, table.epoch)?;
        checks.push(&certificate, &table.table)?;
    }
    Ok(checks.prove(()))
}
