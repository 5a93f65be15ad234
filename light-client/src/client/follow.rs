//! Follows the chain: from what is final to what becomes final.
//!
//! Finality is proven from `availability/leaf/…`, which every query service has, and from 0.6 on
//! with `catchup/…/cert2`. What is final is linked to what was final before: between the first and
//! the last block that the client reports there is no gap and no fork.

use alloc::vec::Vec;

use crate::client::network::Network;
use crate::client::progress::{FinalizedBlock, Progress};
use crate::client::request::Request;
use crate::client::upgrade::{Announcement, CertifiedUpgrade};
use crate::consensus::certificate::{Certificate, Certificate2};
use crate::consensus::finality::{FinalChain, LEAVES_LIMIT, check_leaf_range};
use crate::consensus::leaf::{CertifiedLeaf, Leaf};
use crate::consensus::signatures::{Pending, Proving, Quorum, SignatureChecks};
use crate::consensus::tables::EpochTables;
use crate::consensus::verified::Verified;
use crate::encoding::committable::Commitment;
use crate::encoding::json::{self, Json};
use crate::rejection::{Rejected, Rejection};

/// How many leaves are asked for at once, unless the driver knows a better number.
pub const DEFAULT_RANGE: u64 = 100;

/// What following rests on.
#[derive(Clone, Copy)]
pub(super) struct Ground<'a> {
    pub(super) network: &'a Network,
    pub(super) tables: &'a EpochTables,
    pub(super) entropy: &'a [u8],
}

/// The newest final leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Anchor {
    pub(super) height: u64,
    pub(super) view: u64,
    pub(super) leaf: Commitment,
}

/// What is done at the moment.
enum Phase {
    /// Wants to know how far the chain is.
    Tip,
    /// Cannot go on without the table of an epoch.
    Table { epoch: u64 },
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

/// The state machine that follows.
pub(super) struct Follow {
    anchor: Option<Anchor>,
    /// The first height that is not final yet; none while the tip is to decide it.
    next: Option<u64>,
    /// How many leaves to ask for at once.
    range: u64,
    /// How many blocks can be looked at: as many as the server says that was asked last, as far as
    /// the known tables reach.
    end: u64,
    /// The epoch whose table is missing beyond.
    beyond: Option<u64>,
    /// Leaves that decide nothing by themselves, up to where the next ones are asked for.
    held: Vec<CertifiedLeaf>,
    /// A Certificate2 for a block beyond the leaves that were at hand.
    certificate2: Option<Certificate2>,
    announcement: Announcement,
    phase: Phase,
}

impl Follow {
    pub(super) fn new(anchor: Option<Anchor>, next: Option<u64>) -> Self {
        Self {
            anchor,
            next,
            range: DEFAULT_RANGE,
            end: 0,
            beyond: None,
            held: Vec::new(),
            certificate2: None,
            announcement: Announcement::default(),
            phase: Phase::Tip,
        }
    }

    pub(super) fn set_range(&mut self, leaves: u64) {
        self.range = leaves.clamp(1, LEAVES_LIMIT as u64);
    }

    pub(super) const fn next(&self) -> Option<u64> {
        self.next
    }

    pub(super) const fn request(&self) -> Option<Request> {
        match &self.phase {
            Phase::Table { .. } | Phase::Proving(_) | Phase::ProvingCertificate2 { .. } | Phase::Outdated(_) => None,
            Phase::Tip => Some(Request::BlockHeight),
            Phase::Leaves { from, until } => Some(Request::Leaves { from: *from, until: *until }),
            Phase::Certificate2 { height, .. } => Some(Request::Certificate2 { height: *height }),
        }
    }

    /// The epoch whose table is needed before anything else.
    pub(super) const fn wanted_table(&self) -> Option<u64> {
        match self.phase {
            Phase::Table { epoch } => Some(epoch),
            _ => None,
        }
    }

    /// Looks at the tip again: tables came, or do not come for now.
    pub(super) fn look_again(&mut self) {
        self.phase = Phase::Tip;
    }

    /// The certified upgrade that ends what can be followed, once it took effect.
    pub(super) const fn outdated(&self) -> Option<&CertifiedUpgrade> {
        match &self.phase {
            Phase::Outdated(upgrade) => Some(upgrade),
            _ => None,
        }
    }

    /// The certified upgrade to an unknown version that the newest final leaf announces.
    pub(super) const fn announced(&self) -> Option<&CertifiedUpgrade> {
        self.announcement.certified()
    }

    pub(super) fn respond(&mut self, ground: Ground<'_>, body: &[u8]) -> Result<Progress, Rejected> {
        let json = json::parse(body)?;
        match &self.phase {
            Phase::Table { .. } | Phase::Proving(_) | Phase::ProvingCertificate2 { .. } => Ok(self.working()),
            Phase::Outdated(upgrade) => Err(upgrade.rejected()),
            Phase::Tip => {
                let blocks = json.u64()?;
                Ok(self.learn_tip(ground, blocks))
            }
            Phase::Leaves { from, until } => {
                let (from, until) = (*from, *until);
                let items = json.items()?;
                Rejection::LeafRange.unless_equal(items.len() as u64, until.saturating_sub(from))?;
                let (leaves, newer) = read_leaves(items)?;
                let waiting = !self.held.is_empty();
                let taken = self.take_leaves(ground, from, leaves, newer);
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
                let taken = self.take_certificate2(ground, run, certificate);
                if taken.is_err() {
                    // Nothing has proven the leaves either: they may be the lie, and the certificate
                    // an honest one that would be refused for ever.
                    self.phase = Phase::Tip;
                }
                taken
            }
        }
    }

    pub(super) fn missing(&mut self) -> Progress {
        match &mut self.phase {
            Phase::Table { .. } | Phase::Proving(_) | Phase::ProvingCertificate2 { .. } | Phase::Outdated(_) => {
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

    pub(super) fn step(&mut self, budget: u32) -> Result<Option<Verified<FinalChain>>, Rejected> {
        match &mut self.phase {
            Phase::Proving(pending) => {
                if let Proving::Done(verdict) = pending.step(budget) {
                    self.phase = Phase::Tip;
                    self.certificate2 = None;
                    return verdict.map(Some);
                }
            }
            Phase::ProvingCertificate2 { pending, from } => {
                if let Proving::Done(verdict) = pending.step(budget) {
                    let from = *from;
                    self.phase = Phase::Tip;
                    let certificate = verdict?.into_inner();
                    let until = certificate.data.block_number.saturating_add(1);
                    self.certificate2 = Some(certificate);
                    self.ask_leaves(from, until);
                }
            }
            Phase::Outdated(upgrade) => return Err(upgrade.rejected()),
            _ => {}
        }
        Ok(None)
    }

    /// What comes next, without news.
    pub(super) fn working(&self) -> Progress {
        match &self.phase {
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

    /// Asks for the table of an epoch, without which nothing can be looked at.
    fn ask_table(&mut self, epoch: u64) -> Progress {
        self.rest();
        self.phase = Phase::Table { epoch };
        Progress::Fetch
    }

    fn learn_tip(&mut self, ground: Ground<'_>, blocks: u64) -> Progress {
        // The newest block can only be decided with descendants, so a start at the tip goes back a
        // few blocks: four suffice for every rule.
        let from = self.next.unwrap_or(blocks.saturating_sub(4));
        if blocks <= from {
            return Progress::Idle;
        }
        self.held.clear();
        (self.end, self.beyond) = ground.tables.reach(from, blocks.min(from.saturating_add(LEAVES_LIMIT as u64)));
        match self.beyond {
            Some(epoch) if self.end <= from => self.ask_table(epoch),
            _ => self.ask_leaves(from, self.end),
        }
    }

    /// Takes leaves from a height on, before which `held` ends. `newer` is the refusal of the one
    /// after them, if it is of an unknown version.
    fn take_leaves(
        &mut self,
        ground: Ground<'_>,
        from: u64,
        leaves: Vec<CertifiedLeaf>,
        newer: Option<Rejected>,
    ) -> Result<Progress, Rejected> {
        for (certified, height) in leaves.iter().zip(from..) {
            Rejection::LeafRange.unless_equal(certified.leaf.height(), height)?;
            ground.network.check_header(&certified.leaf.header)?;
        }
        let mut run = core::mem::take(&mut self.held);
        run.extend(leaves);
        if run.is_empty()
            && let Some(newer) = newer
        {
            return Err(newer);
        }
        if let (Some(first), Some(anchor)) = (run.first(), &self.anchor) {
            Rejection::LeafParent.unless_equal(first.leaf.parent_commitment, anchor.leaf)?;
            Rejection::LeafJustify.unless_equal(first.leaf.justify_qc.data.leaf_commit, anchor.leaf)?;
            // The link to what is final already obeys the rule that links inside the run obey.
            if first.leaf.view <= anchor.view {
                return Err(Rejection::LeafView.with(first.leaf.view, anchor.view));
            }
        }
        if let Some(genesis) = run.first().filter(|certified| certified.leaf.height() == 0) {
            ground.network.check_genesis(0, &genesis.leaf.commitment())?;
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
                _ => self.take_certificate2(ground, run, certificate),
            };
        }
        match (check_leaf_range(run.clone(), None, ground.tables, ground.entropy)?, newer) {
            (Some(pending), _) => Ok(self.prove(pending)),
            (None, newer) if newest.is_new_protocol() => {
                self.phase = Phase::Certificate2 { run, height: last, newer };
                Ok(Progress::Fetch)
            }
            (None, None) => Ok(self.look_further(run, last)),
            (None, Some(newer)) => Err(newer),
        }
    }

    fn take_certificate2(
        &mut self,
        ground: Ground<'_>,
        run: Vec<CertifiedLeaf>,
        certificate: Certificate2,
    ) -> Result<Progress, Rejected> {
        let heights = run.first().zip(run.last()).map(|(first, last)| (first.leaf.height(), last.leaf.height()));
        let (from, last) = heights.ok_or(Rejection::FinalityEmpty.bare())?;
        let tables = ground.tables;
        let block = certificate.data.block_number;
        if block > last {
            // The certified block lies beyond the leaves: fetch them all, if that is not too many.
            let wanted = block.saturating_sub(from).saturating_add(1);
            if wanted > LEAVES_LIMIT as u64 {
                return Err(Rejection::FinalityTooLong.with(wanted, LEAVES_LIMIT));
            }
            if let (_, Some(epoch)) = tables.reach(from, block.saturating_add(1)) {
                // Nothing can tell yet whether it is one: the table comes first.
                return Ok(self.ask_table(epoch));
            }
            let epoch = tables.epochs()?.of(block);
            Rejection::QcEpoch.unless_equal(certificate.data.epoch, epoch)?;
            let mut checks = SignatureChecks::new(ground.entropy);
            checks.push(&certificate, tables.of_epoch(epoch)?)?;
            self.phase = Phase::ProvingCertificate2 { pending: checks.prove(certificate), from };
            return Ok(self.working());
        }
        match check_leaf_range(run, Some(&certificate), tables, ground.entropy)? {
            Some(pending) => Ok(self.prove(pending)),
            None => Err(Rejection::QcLeaf.with(certificate.data.leaf_commit, "a leaf of the run")),
        }
    }

    fn prove(&mut self, pending: Pending<FinalChain>) -> Progress {
        self.phase = Phase::Proving(pending);
        self.working()
    }

    /// The run decides nothing: look further, get the next epoch's table, or wait for more blocks.
    fn look_further(&mut self, run: Vec<CertifiedLeaf>, last: u64) -> Progress {
        let from = last.saturating_add(1);
        let most = from.saturating_add(LEAVES_LIMIT.saturating_sub(run.len()) as u64);
        let until = self.end.min(most);
        if until <= from {
            return match self.beyond {
                Some(epoch) => self.ask_table(epoch),
                None => self.rest(),
            };
        }
        self.held = run;
        self.ask_leaves(from, until)
    }

    /// Ends the following if a certified upgrade has taken effect.
    fn consider_upgrade(&mut self, shown: Option<&Rejected>) {
        let newest = self.anchor.map_or(0, |anchor| anchor.view);
        if let Some(upgrade) = self.announcement.certified().filter(|upgrade| upgrade.is_due(newest, shown)) {
            self.phase = Phase::Outdated(*upgrade);
        }
    }

    /// Goes on from a final chain. Its blocks.
    pub(super) fn accept(&mut self, ground: Ground<'_>, chain: &Verified<FinalChain>) -> Vec<FinalizedBlock> {
        let mut blocks = Vec::with_capacity(chain.leaves.len());
        let decided = chain.leaves.len().saturating_sub(1);
        for (index, commitment) in chain.commitments.iter().enumerate() {
            if let Some(leaf) = chain.leaf(index) {
                self.announcement.learn(&leaf, ground.tables);
                let quorum = if index == decided { chain.quorum.clone() } else { None };
                blocks.push(finalized(ground.network, leaf, *commitment, quorum));
            }
        }
        if let Some(last) = blocks.last() {
            let height = last.header.height;
            self.anchor = Some(Anchor { height, view: last.view, leaf: last.leaf });
            self.next = Some(height.saturating_add(1));
        }
        self.consider_upgrade(None);
        blocks
    }
}

fn finalized(
    network: &Network,
    leaf: Verified<Leaf>,
    commitment: Commitment,
    quorum: Option<Quorum>,
) -> FinalizedBlock {
    let view = leaf.view;
    let header = leaf.into_header();
    let epochs = network.epochs().filter(|_| header.version.has_epochs());
    FinalizedBlock {
        hash: header.commitment(),
        leaf: commitment,
        view,
        epoch: epochs.map(|epochs| epochs.of(header.height)),
        quorum,
        header,
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
