//! The state machine that follows a chain whose stake tables are known.
//!
//! Finality is proven from `availability/leaf/…`, which every query service has, and from 0.6 on
//! with `catchup/…/cert2`. What is final is linked to what was final before: between the first and
//! the last block that the client reports there is no gap and no fork.

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::client::checkpoint::Checkpoint;
use crate::client::network::Network;
use crate::client::request::Request;
use crate::client::upgrade::{Announcement, CertifiedUpgrade};
use crate::consensus::certificate::{Certificate, Certificate2};
use crate::consensus::finality::{
    Asked, FinalChain, LEAVES_LIMIT, LeafProof, check_leaf_proof, check_leaf_range, descendants_from_json,
};
use crate::consensus::header::Header;
use crate::consensus::leaf::{CertifiedLeaf, Leaf};
use crate::consensus::signatures::{Pending, Proving, Quorum, SignatureChecks};
use crate::consensus::tables::EpochTables;
use crate::consensus::verified::Verified;
use crate::encoding::committable::Commitment;
use crate::encoding::json::{self, Json};
use crate::rejection::{Rejected, Rejection};
use crate::stake_table::admission::{Admission, AdmissionStep};
use crate::stake_table::table::StakeTable;

/// How many leaves are asked for at once, unless the driver knows a better number.
pub const DEFAULT_RANGE: u64 = 100;

/// Where a client without a checkpoint begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// At the newest blocks.
    Tip,
    /// At a height.
    Height(u64),
}

/// A block that is proven final.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FinalizedBlock {
    /// The header.
    pub header: Verified<Header>,
    /// The header's commitment.
    pub hash: Commitment,
    /// The leaf's commitment.
    pub leaf: Commitment,
    /// The leaf's view.
    pub view: u64,
    /// The block's epoch; none before 0.3.
    pub epoch: Option<u64>,
    /// Who decided it. Blocks that are final as ancestors have none of their own.
    pub quorum: Option<Quorum>,
}

/// What happened, and what the driver does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// There is something to fetch: see [`Client::request`].
    Fetch,
    /// There is something to compute: call [`Client::step`].
    Working {
        /// Units of work left, about; a unit is one key or one Miller loop.
        remaining: u32,
    },
    /// These blocks are final, in ascending order without gaps.
    Finalized(Vec<FinalizedBlock>),
    /// Nothing new is known to this server. Ask again after a while, or another one.
    Idle,
}

/// What the client does at the moment.
enum Phase {
    /// Admits the network's stake tables: first epoch (none for the static table), entries.
    Admitting { current: Option<u64>, admission: Admission, queue: VecDeque<(u64, Admission)> },
    /// Wants to know how far the chain is.
    Tip,
    /// Wants leaves. Before anything is final, where they begin is only a server's hint.
    Leaves { from: u64, until: u64 },
    /// Has leaves of the new protocol and wants a Certificate2 at or above a height. `newer` is the
    /// refusal of the leaf after them, if it is of an unknown version.
    Certificate2 { run: Vec<CertifiedLeaf>, height: u64, newer: Option<Rejected> },
    /// Computes the pairings of a proof.
    Proving(Pending<FinalChain>),
    /// Computes the pairing of a Certificate2 whose leaf is not at hand yet. Only a proven one may
    /// decide which leaves are asked for, or its liar would make honest leaves look wrong.
    ProvingCertificate2 { pending: Pending<Certificate2>, from: u64 },
    /// The chain has gone on to a version whose rules are unknown here. There is no way out.
    Outdated(CertifiedUpgrade),
}

/// A light client for a known set of stake tables. It does no I/O.
pub struct Client {
    network: Network,
    /// Until the static table is admitted there are none.
    tables: Option<EpochTables>,
    entropy: [u8; 32],
    /// Height and commitment of the newest final leaf.
    anchor: Option<(u64, Commitment)>,
    newest: Option<Checkpoint>,
    /// The first height that is not final yet; none while the tip is to decide it.
    next: Option<u64>,
    /// How many leaves to ask for at once.
    range: u64,
    /// How many blocks there are, as the server says that was asked last.
    blocks: u64,
    /// Leaves that decide nothing by themselves, up to where the next ones are asked for.
    held: Vec<CertifiedLeaf>,
    /// A Certificate2 for a block beyond the leaves that were at hand.
    certificate2: Option<Certificate2>,
    announcement: Announcement,
    phase: Phase,
}

impl Client {
    /// A client of a network, from a checkpoint or from a start.
    ///
    /// Cheap: keys are admitted by [`Self::step`]. `entropy` should be random where randomness is
    /// to be had; the weights of batched signature checks are hashed from it and the whole batch.
    ///
    /// # Errors
    /// `network.missing_pin`, `checkpoint.*`, `stake_table.*`.
    pub fn new(
        network: Network,
        checkpoint: Option<&Checkpoint>,
        start: Start,
        entropy: [u8; 32],
    ) -> Result<Self, Rejected> {
        let admission = StakeTable::begin_admission(network.require_stake_table()?.to_vec())?;
        let queue = network
            .later_tables
            .iter()
            .map(|table| Ok((table.from_epoch, StakeTable::begin_admission(table.entries.clone())?)))
            .collect::<Result<_, Rejected>>()?;
        let pinned = network.checkpoint.as_deref().map(Checkpoint::from_text).transpose()?;
        let checkpoint = checkpoint.copied().or(pinned);
        let mut next = match start {
            Start::Tip => None,
            Start::Height(height) => Some(height),
        };
        if let Some(checkpoint) = &checkpoint {
            checkpoint.check_network(&network)?;
            next = Some(checkpoint.height.saturating_add(1));
        }
        Ok(Self {
            network,
            tables: None,
            entropy,
            anchor: checkpoint.map(|checkpoint| (checkpoint.height, checkpoint.leaf)),
            newest: checkpoint,
            next,
            range: DEFAULT_RANGE,
            blocks: 0,
            held: Vec::new(),
            certificate2: None,
            announcement: Announcement::default(),
            phase: Phase::Admitting { current: None, admission, queue },
        })
    }

    /// Asks for at most so many leaves at once from now on, as `availability/limits` of a provider
    /// says. Where they decide nothing, more are asked for.
    pub fn set_range(&mut self, leaves: u64) {
        self.range = leaves.clamp(1, LEAVES_LIMIT as u64);
    }

    /// What to fetch next; `None` while there is something to compute.
    pub fn request(&self) -> Option<Request> {
        match &self.phase {
            Phase::Admitting { .. } | Phase::Proving(_) | Phase::ProvingCertificate2 { .. } | Phase::Outdated(_) => {
                None
            }
            Phase::Tip => Some(Request::BlockHeight),
            Phase::Leaves { from, until } => Some(Request::Leaves { from: *from, until: *until }),
            Phase::Certificate2 { height, .. } => Some(Request::Certificate2 { height: *height }),
        }
    }

    /// Takes the body of a successful answer to [`Self::request`].
    ///
    /// # Errors
    /// Whatever is wrong with the answer. The client then asks the same again: try another server.
    /// `upgrade_required` if a block of an unknown version is all there is; it is final, and
    /// [`Self::upgrade`] says so, once the validators have certified it.
    pub fn respond(&mut self, body: &[u8]) -> Result<Progress, Rejected> {
        let json = json::parse(body)?;
        match &self.phase {
            Phase::Admitting { .. } | Phase::Proving(_) | Phase::ProvingCertificate2 { .. } => Ok(self.working()),
            Phase::Outdated(upgrade) => Err(upgrade.rejected()),
            Phase::Tip => {
                let blocks = json.u64()?;
                Ok(self.learn_tip(blocks))
            }
            Phase::Leaves { from, until } => {
                let (from, until) = (*from, *until);
                let items = json.items()?;
                Rejection::LeafRange.unless_equal(items.len() as u64, until.saturating_sub(from))?;
                let (leaves, newer) = read_leaves(items)?;
                let waiting = !self.held.is_empty();
                let taken = self.take_leaves(from, leaves, newer);
                if let Err(rejected) = &taken {
                    self.certificate2 = None;
                    self.held.clear();
                    if waiting {
                        // Leaves that waited for these may be the lie as well.
                        self.phase = Phase::Tip;
                    }
                    self.consider_upgrade(Some(rejected));
                }
                taken
            }
            Phase::Certificate2 { run, height, newer } => {
                let certificate: Certificate2 = Certificate::from_json(&json)?;
                let block = certificate.data.block_number;
                if block < *height {
                    return Err(Rejection::QcBlockNumber.with(block, *height));
                }
                if let Some(newer) = newer
                    && run.last().is_some_and(|last| block > last.leaf.height())
                {
                    // On a block that cannot be read. An earlier certificate may be on one of the run.
                    let newer = newer.clone();
                    if self.missing() == Progress::Fetch {
                        return Ok(Progress::Fetch);
                    }
                    self.consider_upgrade(Some(&newer));
                    return Err(newer);
                }
                let run = run.clone();
                let taken = self.take_certificate2(run, certificate);
                if taken.is_err() {
                    // Nothing has proven the leaves either: they may be the lie, and the certificate
                    // an honest one that would be refused for ever.
                    self.phase = Phase::Tip;
                }
                taken
            }
        }
    }

    /// Says that the server does not have what [`Self::request`] names: no lie, only poverty.
    pub fn missing(&mut self) -> Progress {
        match &mut self.phase {
            Phase::Admitting { .. } | Phase::Proving(_) | Phase::ProvingCertificate2 { .. } | Phase::Outdated(_) => {
                self.working()
            }
            Phase::Leaves { from, until } => {
                let wanted = until.saturating_sub(*from);
                if wanted > 1 {
                    *until = from.saturating_add(wanted / 2);
                    Progress::Fetch
                } else {
                    self.rest()
                }
            }
            Phase::Certificate2 { run, height, .. } => {
                let first = run.first().map_or(*height, |certified| certified.leaf.height());
                if *height > first {
                    *height = first;
                    Progress::Fetch
                } else {
                    self.rest()
                }
            }
            Phase::Tip => self.rest(),
        }
    }

    /// Does about `budget` units of work, a unit being one key or one Miller loop.
    ///
    /// # Errors
    /// `qc.signature` and others of the proof at hand; the client then asks again. Errors of the
    /// network's own stake table stay: the network file is wrong. So does `upgrade_required`.
    pub fn step(&mut self, budget: u32) -> Result<Progress, Rejected> {
        match &mut self.phase {
            Phase::Admitting { current, admission, queue } => {
                let table = match admission.step(budget.max(1)) {
                    AdmissionStep::Done(table) => Arc::new(table?),
                    AdmissionStep::Pending { .. } => return Ok(self.working()),
                };
                match (current.take(), &mut self.tables) {
                    (Some(epoch), Some(tables)) => tables.insert_from(epoch, table),
                    _ => {
                        let dynamic = self.network.first_dynamic_epoch.unwrap_or(u64::MAX);
                        self.tables = Some(EpochTables::new(self.network.epochs(), table, dynamic));
                    }
                }
                match queue.pop_front() {
                    Some((epoch, next)) => {
                        (*current, *admission) = (Some(epoch), next);
                        Ok(self.working())
                    }
                    None => {
                        self.phase = Phase::Tip;
                        Ok(Progress::Fetch)
                    }
                }
            }
            Phase::Proving(pending) => match pending.step(budget.max(1)) {
                Proving::Working { remaining } => Ok(Progress::Working { remaining }),
                Proving::Done(verdict) => {
                    self.phase = Phase::Tip;
                    self.certificate2 = None;
                    Ok(self.accept(&verdict?))
                }
            },
            Phase::ProvingCertificate2 { pending, from } => match pending.step(budget.max(1)) {
                Proving::Working { remaining } => Ok(Progress::Working { remaining }),
                Proving::Done(verdict) => {
                    let from = *from;
                    self.phase = Phase::Tip;
                    let certificate = verdict?.into_inner();
                    let until = certificate.data.block_number.saturating_add(1);
                    self.certificate2 = Some(certificate);
                    Ok(self.ask_leaves(from, until))
                }
            },
            Phase::Outdated(upgrade) => Err(upgrade.rejected()),
            _ => Ok(Progress::Fetch),
        }
    }

    /// The certified upgrade that ends what this client can follow, once it took effect. Nothing
    /// more can be asked for then; the checkpoint is good for a newer client.
    ///
    /// While there is none, `upgrade_required` is only what one server says.
    pub const fn upgrade(&self) -> Option<&CertifiedUpgrade> {
        match &self.phase {
            Phase::Outdated(upgrade) => Some(upgrade),
            _ => None,
        }
    }

    /// The network.
    pub const fn network(&self) -> &Network {
        &self.network
    }

    /// The stake tables, once they are admitted.
    pub const fn tables(&self) -> Option<&EpochTables> {
        self.tables.as_ref()
    }

    /// The newest final leaf, as a checkpoint to go on from later.
    pub const fn checkpoint(&self) -> Option<&Checkpoint> {
        self.newest.as_ref()
    }

    /// Checks an answer of `light-client/leaf/…` against the known tables, apart from following.
    ///
    /// # Errors
    /// As [`check_leaf_proof`]; `epoch.table_unknown` before the tables are admitted.
    pub fn check_leaf_proof(
        &self,
        proof: &[u8],
        descendants: Option<&[u8]>,
        asked: Asked,
    ) -> Result<Pending<FinalChain>, Rejected> {
        let tables =
            self.tables.as_ref().ok_or(Rejection::EpochTableUnknown.with("tables not admitted yet", "tables"))?;
        let proof = LeafProof::from_json(&json::parse(proof)?)?;
        let descendants = match descendants {
            Some(text) => descendants_from_json(&json::parse(text)?)?,
            None => Vec::new(),
        };
        for leaf in &proof.leaves {
            self.network.check_header(&leaf.header)?;
        }
        check_leaf_proof(proof, &descendants, asked, None, tables, &self.entropy)
    }

    fn working(&self) -> Progress {
        match &self.phase {
            Phase::Admitting { admission, queue, .. } => {
                let later = queue.iter().map(|(_, admission)| admission.remaining());
                Progress::Working { remaining: later.fold(admission.remaining(), u32::saturating_add) }
            }
            Phase::Proving(pending) => Progress::Working { remaining: pending.remaining() },
            Phase::ProvingCertificate2 { pending, .. } => Progress::Working { remaining: pending.remaining() },
            _ => Progress::Fetch,
        }
    }

    /// Goes back to looking at the tip, without news.
    fn rest(&mut self) -> Progress {
        self.phase = Phase::Tip;
        self.held.clear();
        self.certificate2 = None;
        Progress::Idle
    }

    /// Asks for as many of these leaves as one answer may have.
    fn ask_leaves(&mut self, from: u64, until: u64) -> Progress {
        self.phase = Phase::Leaves { from, until: until.min(from.saturating_add(self.range)) };
        Progress::Fetch
    }

    fn learn_tip(&mut self, blocks: u64) -> Progress {
        // The newest block can only be decided with descendants, so a start at the tip goes back a
        // few blocks: four suffice for every rule.
        let from = self.next.unwrap_or(blocks.saturating_sub(4));
        if blocks <= from {
            return Progress::Idle;
        }
        self.blocks = blocks;
        self.held.clear();
        self.ask_leaves(from, blocks)
    }

    /// Takes leaves from a height on, before which `held` ends. `newer` is the refusal of the one
    /// after them, if it is of an unknown version.
    fn take_leaves(
        &mut self,
        from: u64,
        leaves: Vec<CertifiedLeaf>,
        newer: Option<Rejected>,
    ) -> Result<Progress, Rejected> {
        for (certified, height) in leaves.iter().zip(from..) {
            Rejection::LeafRange.unless_equal(certified.leaf.height(), height)?;
            self.network.check_header(&certified.leaf.header)?;
        }
        let mut run = core::mem::take(&mut self.held);
        run.extend(leaves);
        if run.is_empty()
            && let Some(newer) = newer
        {
            return Err(newer);
        }
        if let (Some(first), Some((_, commitment))) = (run.first(), &self.anchor) {
            Rejection::LeafParent.unless_equal(first.leaf.parent_commitment, *commitment)?;
            Rejection::LeafJustify.unless_equal(first.leaf.justify_qc.data.leaf_commit, *commitment)?;
        }
        if let (Some(first), Some(newest)) = (run.first(), &self.newest) {
            // The link to what is final already obeys the rule that links inside the run obey.
            if first.leaf.view <= newest.view {
                return Err(Rejection::LeafView.with(first.leaf.view, newest.view));
            }
        }
        if let Some(genesis) = run.first().filter(|certified| certified.leaf.height() == 0) {
            self.network.check_genesis(0, &genesis.leaf.commitment())?;
        }
        let (last, newest) = match run.last() {
            Some(certified) => (certified.leaf.height(), certified.leaf.header.version),
            None => return Ok(self.rest()),
        };
        if let Some(certificate) = self.certificate2.clone() {
            return match newer {
                // The certificate is on a block beyond those that can be read.
                Some(newer) if certificate.data.block_number > last => Err(newer),
                _ if certificate.data.block_number > last => {
                    self.held = run;
                    Ok(self.ask_leaves(last.saturating_add(1), certificate.data.block_number.saturating_add(1)))
                }
                _ => self.take_certificate2(run, certificate),
            };
        }
        let tables = self.tables.as_ref().ok_or(Rejection::EpochTableUnknown.bare())?;
        match (check_leaf_range(run.clone(), None, tables, &self.entropy)?, newer) {
            (Some(pending), _) => Ok(self.prove(pending)),
            (None, newer) if newest.is_new_protocol() => {
                self.phase = Phase::Certificate2 { run, height: last, newer };
                Ok(Progress::Fetch)
            }
            (None, None) => Ok(self.look_further(run, last)),
            (None, Some(newer)) => Err(newer),
        }
    }

    fn take_certificate2(&mut self, run: Vec<CertifiedLeaf>, certificate: Certificate2) -> Result<Progress, Rejected> {
        let heights = run.first().zip(run.last()).map(|(first, last)| (first.leaf.height(), last.leaf.height()));
        let (from, last) = heights.ok_or(Rejection::FinalityEmpty.bare())?;
        let tables = self.tables.as_ref().ok_or(Rejection::EpochTableUnknown.bare())?;
        let block = certificate.data.block_number;
        if block > last {
            // The certified block lies beyond the leaves: fetch them all, if that is not too many.
            let wanted = block.saturating_sub(from).saturating_add(1);
            if wanted > LEAVES_LIMIT as u64 {
                return Err(Rejection::FinalityTooLong.with(wanted, LEAVES_LIMIT));
            }
            let epoch = tables.epochs()?.of(block);
            Rejection::QcEpoch.unless_equal(certificate.data.epoch, epoch)?;
            let mut checks = SignatureChecks::new(&self.entropy);
            checks.push(&certificate, tables.of_epoch(epoch)?)?;
            self.phase = Phase::ProvingCertificate2 { pending: checks.prove(certificate), from };
            return Ok(self.working());
        }
        match check_leaf_range(run, Some(&certificate), tables, &self.entropy)? {
            Some(pending) => Ok(self.prove(pending)),
            None => Err(Rejection::QcLeaf.with(certificate.data.leaf_commit, "a leaf of the run")),
        }
    }

    fn prove(&mut self, pending: Pending<FinalChain>) -> Progress {
        self.phase = Phase::Proving(pending);
        self.working()
    }

    /// The run decides nothing: look further, or wait for more blocks.
    fn look_further(&mut self, run: Vec<CertifiedLeaf>, last: u64) -> Progress {
        let from = last.saturating_add(1);
        let most = from.saturating_add(LEAVES_LIMIT.saturating_sub(run.len()) as u64);
        let until = self.blocks.min(most);
        if until <= from {
            return self.rest();
        }
        self.held = run;
        self.ask_leaves(from, until)
    }

    /// Ends the following if a certified upgrade has taken effect.
    fn consider_upgrade(&mut self, shown: Option<&Rejected>) {
        let newest = self.newest.as_ref().map_or(0, |checkpoint| checkpoint.view);
        if let Some(upgrade) = self.announcement.certified().filter(|upgrade| upgrade.is_due(newest, shown)) {
            self.phase = Phase::Outdated(*upgrade);
        }
    }

    fn accept(&mut self, chain: &Verified<FinalChain>) -> Progress {
        let mut blocks = Vec::with_capacity(chain.leaves.len());
        let decided = chain.leaves.len().saturating_sub(1);
        for (index, commitment) in chain.commitments.iter().enumerate() {
            if let Some(leaf) = chain.leaf(index) {
                if let Some(tables) = &self.tables {
                    self.announcement.learn(&leaf, tables);
                }
                let quorum = if index == decided { chain.quorum.clone() } else { None };
                blocks.push(self.finalized(leaf, *commitment, quorum));
            }
        }
        if let Some(last) = blocks.last() {
            let height = last.header.height;
            self.anchor = Some((height, last.leaf));
            self.next = Some(height.saturating_add(1));
            self.newest = Some(Checkpoint {
                network: self.network.identity(),
                height,
                view: last.view,
                leaf: last.leaf,
                timestamp: last.header.timestamp,
                stake_table_hash: None,
            });
        }
        self.consider_upgrade(None);
        Progress::Finalized(blocks)
    }

    fn finalized(&self, leaf: Verified<Leaf>, commitment: Commitment, quorum: Option<Quorum>) -> FinalizedBlock {
        let view = leaf.view;
        let header = leaf.into_header();
        let epochs = self.network.epochs().filter(|_| header.version.has_epochs());
        FinalizedBlock {
            hash: header.commitment(),
            leaf: commitment,
            view,
            epoch: epochs.map(|epochs| epochs.of(header.height)),
            quorum,
            header,
        }
    }
}

/// Reads leaves up to the first of an unknown version, and why that one is refused.
fn read_leaves(items: &[Json<'_>]) -> Result<(Vec<CertifiedLeaf>, Option<Rejected>), Rejected> {
    let mut leaves = Vec::with_capacity(items.len());
    for item in items {
        match CertifiedLeaf::from_json(item) {
            Ok(leaf) => leaves.push(leaf),
            Err(rejected) if rejected.rejection == Rejection::UpgradeRequired => return Ok((leaves, Some(rejected))),
            Err(rejected) => return Err(rejected),
        }
    }
    Ok((leaves, None))
}
