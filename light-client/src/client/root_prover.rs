//! Proves the root of an epoch final under the table of its own epoch, whatever its version.
//!
//! Below 0.6 two certified leaves suffice as a rule, from `availability/leaf`; more are asked for
//! where views failed. From 0.6 on the light client module has the whole proof; where it is off,
//! `catchup/…/cert2` and the leaves up to the certified one do the same. That a root is of 0.6 is
//! believed only once a quorum has certified it: a liar could else have the wrong questions asked.

use alloc::vec::Vec;

use crate::client::network::Network;
use crate::client::request::Request;
use crate::consensus::certificate::{Certificate, Certificate2, CertificatePair};
use crate::consensus::epoch_root::{PendingRoot, check_root_proof, check_root_range, require_same_epoch};
use crate::consensus::finality::LeafProof;
use crate::consensus::leaf::{CertifiedLeaf, Leaf};
use crate::consensus::signatures::{DeferredCertificate, Pending, Proving, SignatureChecks};
use crate::consensus::tables::EpochTables;
use crate::consensus::verified::Verified;
use crate::encoding::json;
use crate::rejection::{Rejected, Rejection};

/// How many leaves are asked for first: the root and its child.
const FIRST_LEAVES: u64 = 2;
/// How many blocks of its epoch the root has with and after it.
const LAST_LEAVES: u64 = 6;

/// What judging a root rests on.
#[derive(Clone, Copy)]
pub(super) struct Ground<'a> {
    pub(super) network: &'a Network,
    pub(super) tables: &'a EpochTables,
    pub(super) entropy: &'a [u8],
}

/// A root that is final, with what proved it.
pub(super) struct ProvenRoot {
    /// The root itself.
    pub(super) leaf: Verified<Leaf>,
    /// Certificates by the next epoch, still to be checked.
    pub(super) deferred: Vec<DeferredCertificate>,
    /// The answers that proved it, in order.
    pub(super) answers: Vec<(Request, Vec<u8>)>,
}

enum Stage {
    /// Wants certified leaves from the root to before this height.
    Range { until: u64 },
    /// Checks that a quorum certified a root of 0.6.
    Version(Pending<()>),
    /// Wants the light client module's proof.
    Proof,
    /// Wants a Certificate2.
    Certificate2,
    /// Checks a Certificate2 before leaves are asked for by it.
    ProvingCertificate2(Pending<Certificate2>),
    /// Wants the leaves up to the certified one.
    Certified(Certificate2),
    /// Checks the certificates of the proof.
    Proving(PendingRoot),
}

/// The proof of one root on its way.
pub(super) struct RootProver {
    height: u64,
    /// Whether a root of 0.6 or later is proven, here or before.
    new_protocol: bool,
    stage: Stage,
    /// What proved that the root is of 0.6, where that was not known before.
    version: Option<(Request, Vec<u8>)>,
    answers: Vec<(Request, Vec<u8>)>,
}

impl RootProver {
    pub(super) fn new(height: u64, new_protocol: bool) -> Self {
        Self { height, new_protocol, stage: first_stage(height, new_protocol), version: None, answers: Vec::new() }
    }

    /// What is asked for first about a root.
    pub(super) const fn first_request(height: u64, new_protocol: bool) -> Request {
        if new_protocol {
            Request::LeafProof { height }
        } else {
            Request::Leaves { from: height, until: height.saturating_add(FIRST_LEAVES) }
        }
    }

    pub(super) const fn height(&self) -> u64 {
        self.height
    }

    /// What is needed now; none while there is something to compute.
    pub(super) fn request(&self) -> Option<Request> {
        let height = self.height;
        match &self.stage {
            Stage::Range { until } => Some(Request::Leaves { from: height, until: *until }),
            Stage::Proof => Some(Request::LeafProof { height }),
            Stage::Certificate2 => Some(Request::Certificate2 { height }),
            Stage::Certified(certificate) => {
                Some(Request::Leaves { from: height, until: certificate.data.block_number.saturating_add(1) })
            }
            Stage::Version(_) | Stage::ProvingCertificate2(_) | Stage::Proving(_) => None,
        }
    }

    /// The answer that the computation under way judges.
    pub(super) fn judged(&self) -> Option<Request> {
        self.answers.last().map(|(request, _)| *request)
    }

    pub(super) fn remaining(&self) -> u32 {
        match &self.stage {
            Stage::Version(pending) => pending.remaining(),
            Stage::ProvingCertificate2(pending) => pending.remaining(),
            Stage::Proving(pending) => pending.chain.remaining(),
            _ => 0,
        }
    }

    /// Takes the answer to [`Self::request`].
    ///
    /// # Errors
    /// What is wrong with it. The same is wanted again then.
    pub(super) fn respond(&mut self, ground: Ground<'_>, body: Vec<u8>) -> Result<(), Rejected> {
        let Some(request) = self.request() else { return Ok(()) };
        let parsed = json::parse(&body)?;
        let (stage, keep) = match (&self.stage, request) {
            (Stage::Range { until }, Request::Leaves { .. }) => {
                let run = read_run(&parsed, self.height, *until, ground.network)?;
                let stage = self.judge_range(ground, run, *until)?;
                // Only what the proof rests on is kept: leaves that decided nothing are not.
                let keep = matches!(stage, Stage::Proving(_) | Stage::Version(_));
                (stage, keep)
            }
            (Stage::Certified(certificate), Request::Leaves { until, .. }) => {
                let run = read_run(&parsed, self.height, until, ground.network)?;
                let certified = run.last().map(|last| last.leaf.commitment()).unwrap_or_default();
                Rejection::QcLeaf.unless_equal(certificate.data.leaf_commit, certified)?;
                let root = check_root_range(self.height, run, Some(certificate), ground.tables, ground.entropy)?;
                (Stage::Proving(root.ok_or(Rejection::StakeTableRootProof.bare())?), true)
            }
            (Stage::Proof, _) => {
                let proof = LeafProof::from_json(&parsed)?;
                for leaf in &proof.leaves {
                    ground.network.check_header(&leaf.header)?;
                }
                (Stage::Proving(check_root_proof(self.height, proof, ground.tables, ground.entropy)?), true)
            }
            (Stage::Certificate2, _) => {
                let certificate: Certificate2 = Certificate::from_json(&parsed)?;
                let block = certificate.data.block_number;
                require_same_epoch(self.height, block, ground.tables)?;
                let epoch = ground.tables.epochs()?.of(block);
                Rejection::QcEpoch.unless_equal(certificate.data.epoch, epoch)?;
                let mut checks = SignatureChecks::new(ground.entropy);
                checks.push(&certificate, ground.tables.of_epoch(epoch)?)?;
                (Stage::ProvingCertificate2(checks.prove(certificate)), true)
            }
            _ => return Ok(()),
        };
        self.stage = stage;
        if keep {
            self.answers.push((request, body));
        }
        Ok(())
    }

    fn judge_range(&self, ground: Ground<'_>, run: Vec<CertifiedLeaf>, until: u64) -> Result<Stage, Rejected> {
        let first = run.first().ok_or(Rejection::FinalityEmpty.bare())?;
        if first.leaf.header.version.is_new_protocol() {
            let mut checks = SignatureChecks::new(ground.entropy);
            let pair = CertificatePair { qc: first.qc.clone(), next_epoch_qc: None };
            checks.push_on_leaf(&pair, &first.leaf, &first.leaf.commitment(), ground.tables)?;
            return Ok(Stage::Version(checks.prove(())));
        }
        if let Some(root) = check_root_range(self.height, run, None, ground.tables, ground.entropy)? {
            return Ok(Stage::Proving(root));
        }
        let longest = self.height.saturating_add(LAST_LEAVES);
        if until >= longest {
            return Err(Rejection::StakeTableRootProof.with("views that do not follow each other", "two that do"));
        }
        Ok(Stage::Range { until: until.saturating_add(FIRST_LEAVES).min(longest) })
    }

    /// Says that a server lacks what is wanted. Whether something else is wanted instead.
    pub(super) fn missing(&mut self) -> bool {
        let longest = self.height.saturating_add(LAST_LEAVES);
        match self.stage {
            // A store that kept what proved the root may have more leaves than were asked for.
            Stage::Range { until } if until < longest => {
                self.stage = Stage::Range { until: until.saturating_add(FIRST_LEAVES).min(longest) };
                true
            }
            Stage::Range { .. } => {
                self.restart();
                false
            }
            Stage::Proof => {
                self.stage = Stage::Certificate2;
                true
            }
            Stage::Certificate2 => {
                // Another server may have the module that this one lacks.
                self.stage = Stage::Proof;
                false
            }
            _ => false,
        }
    }

    /// Computes for about `budget` units.
    ///
    /// # Errors
    /// `qc.signature`; everything about the root is wanted anew then.
    pub(super) fn step(&mut self, budget: u32) -> Result<Option<ProvenRoot>, Rejected> {
        match &mut self.stage {
            Stage::Version(pending) => match pending.step(budget) {
                Proving::Working { .. } => {}
                Proving::Done(verdict) => {
                    if verdict.is_ok() {
                        (self.new_protocol, self.version) = (true, self.answers.pop());
                    }
                    self.restart();
                    verdict?;
                }
            },
            Stage::ProvingCertificate2(pending) => match pending.step(budget) {
                Proving::Working { .. } => {}
                Proving::Done(Ok(certificate)) => self.stage = Stage::Certified(certificate.into_inner()),
                Proving::Done(Err(rejected)) => {
                    self.restart();
                    return Err(rejected);
                }
            },
            Stage::Proving(PendingRoot { chain, deferred }) => match chain.step(budget) {
                Proving::Working { .. } => {}
                Proving::Done(verdict) => {
                    let deferred = core::mem::take(deferred);
                    let answers = core::mem::take(&mut self.answers);
                    self.restart();
                    let root = verdict?.leaf(0);
                    let answers = self.version.take().into_iter().chain(answers).collect();
                    return Ok(root.map(|leaf| ProvenRoot { leaf, deferred, answers }));
                }
            },
            _ => {}
        }
        Ok(None)
    }

    fn restart(&mut self) {
        self.stage = first_stage(self.height, self.new_protocol);
        self.answers.clear();
    }
}

const fn first_stage(height: u64, new_protocol: bool) -> Stage {
    if new_protocol { Stage::Proof } else { Stage::Range { until: height.saturating_add(FIRST_LEAVES) } }
}

/// Reads a list of certified leaves that has to go from one height to before another.
fn read_run(list: &json::Json<'_>, from: u64, until: u64, network: &Network) -> Result<Vec<CertifiedLeaf>, Rejected> {
    let items = list.items()?;
    Rejection::LeafRange.unless_equal(items.len() as u64, until.saturating_sub(from))?;
    let run = items.iter().map(CertifiedLeaf::from_json).collect::<Result<Vec<_>, _>>()?;
    for (certified, height) in run.iter().zip(from..) {
        Rejection::LeafRange.unless_equal(certified.leaf.height(), height)?;
        network.check_header(&certified.leaf.header)?;
    }
    Ok(run)
}
