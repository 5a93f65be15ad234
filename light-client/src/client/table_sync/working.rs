//! The work of one step: on a replay, on the proof of a root, on the events of an epoch, and on the
//! certificates that had to wait for the epoch's table.

use alloc::vec::Vec;

use super::{Candidate, ReplayStage, Replaying, TableSync, Way, pinned};
use crate::client::checkpoint::Checkpoint;
use crate::client::network::Network;
use crate::client::progress::EpochAdvance;
use crate::client::request::Request;
use crate::client::root_prover::{Ground, ProvenRoot, RootProver};
use crate::consensus::signatures::{DeferredCertificate, Pending, Proving, SignatureChecks};
use crate::consensus::tables::EpochTables;
use crate::rejection::{Rejected, Rejection};
use crate::stake_table::active_set::ActiveRules;
use crate::stake_table::catch_up::{CatchUp, FinalRoot, Reached};
use crate::stake_table::deriver::{Derived, DerivedTable, Goal, Job};
use crate::stake_table::transition::EpochTable;

impl TableSync {
    pub(super) fn step_replay(
        &mut self,
        replaying: Replaying,
        tables: &mut EpochTables,
        budget: u32,
    ) -> Result<Option<EpochAdvance>, Rejected> {
        let Replaying { next, target, signers, stage } = replaying;
        let set = |next, stage| Way::Replaying(Replaying { next, stage, ..replaying });
        let request = Request::StakeTableEvents { epoch: next };
        if stage == ReplayStage::Waiting {
            let Some(events) = self.answers.take(&request) else { return Ok(None) };
            let goal = Goal { hash: signers.hash, rules: signers.rules };
            let job = Job::Replay { first: self.first, epoch: next, target, events: &events, goal };
            let begun = self.deriver.begin(job, &[]);
            match begun {
                Ok(()) => self.way = set(next, ReplayStage::Reading),
                Err(_) => self.culprit = Some(request),
            }
            return begun.map(|()| None);
        }
        let reached = match self.deriver.step(budget) {
            Ok(None) => return Ok(None),
            Ok(Some(Derived::Read)) => {
                self.way = set(next, ReplayStage::Applying);
                return Ok(None);
            }
            Ok(Some(Derived::Applied)) => {
                self.way = set(next.saturating_add(1), ReplayStage::Waiting);
                return Ok(None);
            }
            Err(rejected) if stage == ReplayStage::Reading => {
                self.culprit = Some(request);
                self.way = set(next, ReplayStage::Waiting);
                return Err(rejected);
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
                self.resume(reached, signers.next_rules)?;
                Ok(Some(self.admit(EpochTable { epoch: target, ..table }, signers, None, tables)))
            }
            Err(rejected) => {
                // Nobody knows which event was the lie. The proven way tells, if there is one.
                self.way = match tables.of_epoch(self.first.saturating_sub(2)) {
                    Ok(_) => Way::Walking(pinned(CatchUp::from_genesis(self.epoch_height, self.first)?, &self.pins)),
                    Err(_) => set(self.first, ReplayStage::Waiting),
                };
                self.answers.retain(|_| false);
                Err(rejected)
            }
        }
    }

    pub(super) fn step_root(&mut self, height: u64, ground: Ground<'_>, budget: u32) -> Result<(), Rejected> {
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

    pub(super) fn step_events(&mut self, budget: u32) -> Result<Option<EpochAdvance>, Rejected> {
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

    pub(super) fn step_candidate(
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
