//! The client: a trusted beginning, the way to today's stake tables, and the chain from there on.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::client::admitting::Admitting;
use crate::client::checkpoint::{Checkpoint, SignersHint};
use crate::client::doubt::{Doubt, Remedy};
pub use crate::client::follow::DEFAULT_RANGE;
use crate::client::follow::{Anchor, Follow, Ground};
use crate::client::freshness::Freshness;
use crate::client::network::Network;
pub use crate::client::progress::{EpochAdvance, FinalizedBlock, Progress, TableProgress};
use crate::client::request::Request;
use crate::client::stored::{self, StoredTables};
use crate::client::table_sync::TableSync;
use crate::client::upgrade::CertifiedUpgrade;
use crate::consensus::finality::{Asked, FinalChain, LeafProof, check_leaf_proof, descendants_from_json};
use crate::consensus::signatures::Pending;
use crate::consensus::tables::EpochTables;
use crate::consensus::verified::Verified;
use crate::encoding::committable::Commitment;
use crate::encoding::json;
use crate::l1::anchor::L1Anchor;
use crate::l1::word::{L1Word, members};
use crate::rejection::{Rejected, Rejection};
use crate::stake_table::deriver::{Derive, Deriver};

/// Where a client without a checkpoint begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// At the newest blocks.
    Tip,
    /// At a height.
    Height(u64),
}

/// What is trusted beside the network file.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// The voting stake table as contracts on L1 commit to it, and an L1 block as a hint: the one that
    /// fixed it (see [`L1Anchor::at`]).
    pub l1: Option<(Box<L1Anchor>, Option<u64>)>,
    /// A leaf to go on from. By default the one that the network file pins, if it does.
    pub checkpoint: Option<Checkpoint>,
    /// Stake tables that were kept.
    pub stored: Option<StoredTables>,
    /// Whether the checkpoint serves its stake table only: the client then begins at its start,
    /// instead of going through every block since.
    pub skip_to_start: bool,
}

/// As [`Trust`], with what was read on L1 as the tables that came of it: for clients whose tables are
/// derived elsewhere.
#[derive(Clone, Debug, Default)]
pub struct KeptTrust {
    /// A leaf to go on from.
    pub checkpoint: Option<Checkpoint>,
    /// Stake tables that were kept, or come from L1.
    pub stored: Option<StoredTables>,
    /// When the light client contract accepted its newest state, if the tables come from there: seconds
    /// since the Unix epoch.
    pub l1_time: Option<u64>,
    /// As [`Trust::skip_to_start`].
    pub skip_to_start: bool,
}

impl Trust {
    fn keep(self, network: &Network) -> Result<KeptTrust, Rejected> {
        let Self { l1, checkpoint, mut stored, skip_to_start } = self;
        let mut l1_time = None;
        if let Some((anchor, hint)) = &l1 {
            l1_time = Some(anchor.date());
            stored = Some(StoredTables::from_l1(anchor, *hint, network)?);
        }
        Ok(KeptTrust { checkpoint, stored, l1_time, skip_to_start })
    }
}

/// A light client. It does no I/O.
pub struct Client {
    network: Network,
    entropy: [u8; 32],
    /// What the network file pins and is not admitted yet.
    admitting: Option<Admitting>,
    /// Until the pinned tables are admitted there are none.
    tables: Option<EpochTables>,
    stored: Option<StoredTables>,
    /// On chains whose tables come from events.
    table_sync: Option<TableSync>,
    follow: Follow,
    newest: Option<Checkpoint>,
    freshness: Freshness,
    culprit: Option<Request>,
    doubt: Doubt,
    halted: Option<Rejected>,
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
        Self::with_trust(network, Trust { checkpoint: checkpoint.copied(), ..Trust::default() }, start, entropy)
    }

    /// As [`Self::new`], from all that may be trusted.
    ///
    /// The static table may be missing where a checkpoint or stored tables say who signs.
    ///
    /// # Errors
    /// As [`Self::new`], and `checkpoint.stake_table` if checkpoint and stored tables contradict.
    pub fn with_trust(network: Network, trust: Trust, start: Start, entropy: [u8; 32]) -> Result<Self, Rejected> {
        let trust = trust.keep(&network)?;
        Self::with_deriver(network, trust, start, entropy, Box::new(Deriver::new(&entropy)))
    }

    /// As [`Self::with_trust`], with somebody else who derives stake tables: see
    /// [`crate::stake_table::remote`]. The deriver is called only once [`Self::wants_deriver`].
    ///
    /// # Errors
    /// As [`Self::with_trust`].
    pub fn with_deriver(
        network: Network,
        trust: KeptTrust,
        start: Start,
        entropy: [u8; 32],
        deriver: Box<dyn Derive + Send>,
    ) -> Result<Self, Rejected> {
        let pinned = network.checkpoint.as_deref().map(Checkpoint::from_text).transpose()?;
        let checkpoint = trust.checkpoint.or(pinned);
        if let Some(checkpoint) = &checkpoint {
            checkpoint.check_network(&network)?;
        }
        let mut freshness = Freshness::new(&network, checkpoint.as_ref());
        if let Some(time) = trust.l1_time {
            freshness.rest_on_l1(time);
        }
        let followed = checkpoint.filter(|_| !trust.skip_to_start);
        let anchor = followed.map(|Checkpoint { height, view, leaf, .. }| Anchor { height, view, leaf });
        let next = match (anchor, start) {
            (Some(anchor), _) => Some(anchor.height.saturating_add(1)),
            (None, Start::Height(height)) => Some(height),
            (None, Start::Tip) => None,
        };
        let hint = checkpoint.and_then(|checkpoint| checkpoint.signers);
        let (stored, hint, table_sync) = begin_tables(&network, trust.stored, hint, next, (entropy, deriver))?;
        if stored.is_none() && hint.is_none() && network.later_tables.is_empty() {
            network.require_stake_table()?;
        }
        Ok(Self {
            admitting: Some(Admitting::new(&network, stored.as_ref())?),
            network,
            entropy,
            tables: None,
            stored,
            table_sync,
            follow: Follow::new(anchor, next),
            newest: followed,
            freshness,
            culprit: None,
            doubt: Doubt::default(),
            halted: None,
        })
    }

    /// Whether stake tables are to be derived next, or taken from what was kept: a deriver that has to be
    /// fetched first is needed before [`Self::step`] and [`Self::respond_to`] are called again.
    pub fn wants_deriver(&self) -> bool {
        self.table_sync.is_some() && (self.stored.is_some() || self.follow.wanted_table().is_some())
    }

    /// Asks for at most so many leaves at once from now on, as `availability/limits` of a provider
    /// says. Where they decide nothing, more are asked for.
    pub fn set_range(&mut self, leaves: u64) {
        self.follow.set_range(leaves);
    }

    /// What to fetch next; `None` while there is something to compute.
    pub fn request(&self) -> Option<Request> {
        if self.is_working() { None } else { self.requests(1).first().copied() }
    }

    /// Up to `limit` things to fetch, the most urgent first. Their answers may come in any order;
    /// those that are under way already stay listed until [`Self::respond_to`] takes their answer.
    pub fn requests(&self, limit: usize) -> Vec<Request> {
        if self.halted.is_some() || self.admitting.is_some() {
            return Vec::new();
        }
        match (self.follow.wanted_table(), &self.table_sync) {
            (Some(epoch), Some(sync)) => sync.requests(limit, epoch),
            _ => self.follow.request().into_iter().take(limit).collect(),
        }
    }

    /// Whether [`Self::step`] has something to do.
    pub fn is_working(&self) -> bool {
        match (self.follow.wanted_table(), &self.table_sync) {
            _ if self.halted.is_some() => false,
            _ if self.admitting.is_some() => true,
            (Some(_), Some(sync)) => sync.is_working(),
            _ => self.follow.request().is_none(),
        }
    }

    /// Takes the body of a successful answer to [`Self::request`].
    ///
    /// # Errors
    /// Whatever is wrong with the answer. The client then asks the same again: try another server.
    /// `upgrade_required` if a block of an unknown version is all there is; it is final, and
    /// [`Self::upgrade`] says so, once the validators have certified it.
    pub fn respond(&mut self, body: &[u8]) -> Result<Progress, Rejected> {
        match self.request() {
            Some(request) => self.respond_to(request, body),
            None => self.state(),
        }
    }

    /// Takes the body of a successful answer to one of [`Self::requests`]. Answers to what is not
    /// needed any more are overlooked.
    ///
    /// # Errors
    /// Whatever is wrong with the answer. The client then asks the same again: try another server.
    /// Answers that are judged later are refused by [`Self::step`]: see [`Self::culprit`].
    pub fn respond_to(&mut self, request: Request, body: &[u8]) -> Result<Progress, Rejected> {
        self.culprit = None;
        let Some(tables) = self.tables.as_ref().filter(|_| self.halted.is_none()) else { return self.state() };
        if self.follow.request() == Some(request) {
            let ground = Ground { network: &self.network, tables, entropy: &self.entropy };
            let taken = self.follow.respond(ground, body);
            self.culprit = taken.is_err().then_some(request);
            if let (Some(epoch), None) = (self.follow.wanted_table(), &self.table_sync) {
                // No table of this chain comes from events: nothing can ever say who signs.
                self.follow.look_again();
                return Err(Rejection::EpochTableUnknown.with(epoch, "a pinned table"));
            }
            return match taken {
                Ok(progress) => Ok(self.working().unwrap_or(progress)),
                Err(rejected) => Err(self.doubt(rejected)),
            };
        }
        if let Some(sync) = &mut self.table_sync {
            sync.respond(request, body);
        }
        self.state()
    }

    /// Says that the server does not have what [`Self::request`] names: no lie, only poverty.
    pub fn missing(&mut self) -> Progress {
        match self.request() {
            Some(request) => self.missing_for(request),
            None => self.working().unwrap_or(Progress::Fetch),
        }
    }

    /// Says that a server does not have one of [`Self::requests`].
    pub fn missing_for(&mut self, request: Request) -> Progress {
        if self.follow.request() == Some(request) {
            return self.follow.missing();
        }
        let wanted = self.follow.wanted_table();
        if let Some(sync) = &mut self.table_sync
            && sync.missing(request)
            && wanted.is_some()
        {
            // Perhaps the chain is not as far as it was said to be.
            self.follow.look_again();
            return Progress::Idle;
        }
        self.working().unwrap_or(Progress::Fetch)
    }

    /// Whose answer the last error was about; none if it cannot be told. A driver with several
    /// requests under way blames the server that gave it.
    pub const fn culprit(&self) -> Option<Request> {
        self.culprit
    }

    /// Why the client has stopped for good: what it trusts contradicts what is proven.
    pub const fn halted(&self) -> Option<&Rejected> {
        self.halted.as_ref()
    }

    /// Stops the client for good.
    pub fn halt(&mut self, why: Rejected) {
        self.halted.get_or_insert(why);
    }

    /// Does about `budget` units of work, a unit being a share of 32 keys or one Miller loop.
    ///
    /// # Errors
    /// `qc.signature` and others of the proof at hand; the client then asks again. Errors of the
    /// network's own stake table stay: the network file is wrong. So do those of [`Self::halted`], and
    /// `upgrade_required`.
    pub fn step(&mut self, budget: u32) -> Result<Progress, Rejected> {
        let budget = budget.max(1);
        self.culprit = None;
        if let Some(halted) = &self.halted {
            return Err(halted.clone());
        }
        if let Some(admitting) = &mut self.admitting {
            if let Some(tables) = admitting.step(&self.network, &mut self.stored, self.table_sync.as_mut(), budget)? {
                self.install(tables)?;
            }
            return self.state();
        }
        if let (Some(epoch), Some(sync), Some(tables)) =
            (self.follow.wanted_table(), &mut self.table_sync, &mut self.tables)
        {
            let stepped = sync.step(&self.network, tables, budget);
            self.culprit = sync.culprit();
            if let Some(broken) = sync.broken() {
                self.halted = Some(broken.clone());
                return Err(broken.clone());
            }
            let mut advance = match stepped {
                Ok(Some(advance)) => advance,
                Ok(None) => return self.state(),
                Err(rejected) => return Err(self.doubt(rejected)),
            };
            if self.freshness.is_withholding() {
                // Loaded again, an anchor that was too old must not look young.
                sync.undate();
                advance.root.iter_mut().for_each(|root| root.timestamp = 0);
            }
            self.doubt.derived(advance.epoch);
            let met = match tables.of_epoch(advance.epoch) {
                Ok(table) => self.freshness.meet_table(advance.epoch, &members(table)),
                Err(_) => Ok(()),
            };
            let followed = self.follow.next().zip(self.network.epochs()).map(|(next, epochs)| epochs.of(next));
            sync.prune(tables, followed.unwrap_or(u64::MAX));
            if tables.of_epoch(epoch).is_ok() {
                self.follow.look_again();
            }
            self.stop_on_conflict(met)?;
            return Ok(Progress::Epoch(Box::new(advance)));
        }
        match self.follow.step(budget) {
            Ok(None) => self.state(),
            Ok(Some(chain)) => self.accept(&chain),
            Err(rejected) => Err(self.doubt(rejected)),
        }
    }

    /// Gives derived tables up if certificates have failed too often to be one server's lies. Where
    /// signers stand in the wrong places, a quorum looks too light as well.
    fn doubt(&mut self, rejected: Rejected) -> Rejected {
        if let (Rejection::QcSignature | Rejection::QcWeight, Some(sync), Some(tables)) =
            (rejected.rejection, &mut self.table_sync, &mut self.tables)
            && let Some(newest) = sync.newest()
        {
            let given_up = match self.doubt.failed(newest) {
                Remedy::Patience => false,
                Remedy::StepBack => sync.step_back(tables),
                Remedy::BeginAnew => sync.begin_anew(tables),
            };
            if given_up {
                self.culprit = None;
                self.follow.look_again();
            }
        }
        rejected
    }

    /// The network.
    pub const fn network(&self) -> &Network {
        &self.network
    }

    /// The stake tables, once they are admitted.
    pub const fn tables(&self) -> Option<&EpochTables> {
        self.tables.as_ref()
    }

    /// The newest final leaf, as a checkpoint to go on from later: a block that was followed to, or
    /// the root of an epoch on the way to today's stake table.
    pub fn checkpoint(&self) -> Option<&Checkpoint> {
        let root = self.table_sync.as_ref().and_then(TableSync::proven).filter(|root| root.network != [0; 32]);
        match (&self.newest, root) {
            (Some(newest), Some(root)) if root.height > newest.height => Some(root),
            (newest, root) => newest.as_ref().or(root),
        }
    }

    /// The newest final block that was followed to; the roots of epochs on the way are none.
    pub const fn followed(&self) -> Option<&Checkpoint> {
        self.newest.as_ref()
    }

    /// The newest epoch whose table from events is known.
    pub fn stored_epoch(&self) -> Option<u64> {
        let derived = self.table_sync.as_ref().and_then(|sync| sync.signers().keys().next_back().copied());
        derived.or_else(|| self.stored.as_ref().map(StoredTables::epoch))
    }

    /// The hash of an epoch's registrations, where its table from events is known.
    pub fn stake_table_hash(&self, epoch: u64) -> Option<Commitment> {
        self.table_sync.as_ref()?.signers().get(&epoch).map(|signers| signers.hash)
    }

    /// Bytes of answers about stake tables that were taken.
    pub fn table_bytes(&self) -> u64 {
        self.table_sync.as_ref().map_or(0, |sync| sync.progress(0).bytes)
    }

    /// What is known of stake tables, as bytes for [`StoredTables::from_bytes`]; nothing before the
    /// first table from events.
    pub fn stored_tables(&self) -> Option<Vec<u8>> {
        stored::to_bytes(self.table_sync.as_ref()?, self.tables.as_ref()?, &self.network)
    }

    /// The total weight that VID shares of an epoch's blocks are dealt out by, of every epoch whose
    /// table was derived.
    pub fn vid_total_weight(&self, epoch: u64) -> Option<u64> {
        self.table_sync.as_ref()?.vid_weights().get(&epoch).copied()
    }

    /// How far the way to the wanted stake table is; none while no table is wanted.
    pub fn table_progress(&self) -> Option<TableProgress> {
        Some(self.table_sync.as_ref()?.progress(self.follow.wanted_table()?))
    }

    /// The certified upgrade that ends what this client can follow, once it took effect. Nothing
    /// more can be asked for then; the checkpoint is good for a newer client.
    ///
    /// While there is none, `upgrade_required` is only what one server says.
    pub const fn upgrade(&self) -> Option<&CertifiedUpgrade> {
        self.follow.outdated()
    }

    /// The certified upgrade to a version that this client does not know, as the newest final leaf
    /// announces it: time to get a newer client.
    pub const fn announced_upgrade(&self) -> Option<&CertifiedUpgrade> {
        self.follow.announced()
    }

    /// What trust rests on, and whether that is too old to show anything as final.
    pub const fn freshness(&self) -> &Freshness {
        &self.freshness
    }

    /// Says what time it is, in seconds since the Unix epoch. Without it nothing is too old.
    pub const fn set_time(&mut self, now: u64) {
        self.freshness.set_time(now);
    }

    /// Shows what is proven although what trust began with is too old: the caller takes the risk.
    pub const fn accept_expired_anchor(&mut self) {
        self.freshness.accept_expired();
    }

    /// Takes a fresh checkpoint for proof that this is the right chain: what leads up to it, and what
    /// follows, is shown from then on. `true` if the client is past it already.
    ///
    /// # Errors
    /// Those of [`Freshness::confirm`]. With `trust.conflict` the client has stopped for good.
    pub fn confirm(&mut self, checkpoint: &Checkpoint) -> Result<bool, Rejected> {
        let confirmed = self.freshness.confirm(checkpoint, &self.network);
        self.stop_on_conflict(confirmed)
    }

    /// Takes the contracts on L1 for proof that this is the right chain: the voting stake table that they
    /// commit to is the one that this client came to. `false` if it has not come to that epoch yet: then
    /// it is compared when it does.
    ///
    /// # Errors
    /// Those of [`Freshness::confirm_by_l1`]. With `trust.conflict`, then or later, the client has stopped
    /// for good.
    pub fn confirm_by_l1(&mut self, word: &L1Word) -> Result<bool, Rejected> {
        let table = self.tables.as_ref().and_then(|tables| tables.of_epoch(word.epoch).ok());
        let known = table.map(|table| members(table));
        // What was kept is not looked at before the pinned tables are.
        let newest = self.tables.as_ref().and_then(|_| self.stored_epoch()).unwrap_or_default();
        let confirmed = self.freshness.confirm_by_l1(word, known, newest);
        self.stop_on_conflict(confirmed)
    }

    /// A word of somebody who is trusted against this chain ends it.
    fn stop_on_conflict<T>(&mut self, outcome: Result<T, Rejected>) -> Result<T, Rejected> {
        if let Err(rejected) = &outcome
            && rejected.rejection == Rejection::TrustConflict
        {
            self.halted = Some(rejected.clone());
        }
        outcome
    }

    /// Checks an answer of `light-client/leaf/…` against the known tables, apart from following.
    ///
    /// # Errors
    /// As [`check_leaf_proof`]; `epoch.table_unknown` before the tables are admitted; `trust.expired`.
    pub fn check_leaf_proof(
        &self,
        proof: &[u8],
        descendants: Option<&[u8]>,
        asked: Asked,
    ) -> Result<Pending<FinalChain>, Rejected> {
        let tables =
            self.tables.as_ref().ok_or(Rejection::EpochTableUnknown.with("tables not admitted yet", "tables"))?;
        if self.freshness.is_withholding() {
            return Err(self.freshness.rejected());
        }
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

    /// The tables are admitted.
    fn install(&mut self, tables: EpochTables) -> Result<(), Rejected> {
        let awaited = self.freshness.awaits_table();
        let awaited = awaited.and_then(|epoch| Some((epoch, members(tables.of_epoch(epoch).ok()?))));
        self.tables = Some(tables);
        self.admitting = None;
        let met = awaited.map_or(Ok(()), |(epoch, members)| self.freshness.meet_table(epoch, &members));
        self.stop_on_conflict(met)
    }

    /// Work that is at hand.
    fn working(&self) -> Option<Progress> {
        let remaining = match (&self.admitting, self.follow.wanted_table(), &self.table_sync) {
            _ if !self.is_working() => return None,
            (Some(admitting), _, _) => admitting.remaining(),
            (None, Some(_), Some(sync)) => sync.remaining(),
            _ => return Some(self.follow.working()),
        };
        Some(Progress::Working { remaining })
    }

    /// What comes next.
    fn state(&self) -> Result<Progress, Rejected> {
        match (&self.halted, self.upgrade()) {
            (Some(halted), _) => Err(halted.clone()),
            (None, Some(upgrade)) => Err(upgrade.rejected()),
            (None, None) => Ok(self.working().unwrap_or(Progress::Fetch)),
        }
    }

    fn accept(&mut self, chain: &Verified<FinalChain>) -> Result<Progress, Rejected> {
        self.doubt.settled();
        let Some(tables) = &self.tables else { return Ok(Progress::Fetch) };
        let ground = Ground { network: &self.network, tables, entropy: &self.entropy };
        let blocks = self.follow.accept(ground, chain);
        let mut shown = true;
        for block in &blocks {
            let passed = self.freshness.pass(block.header.height, &block.leaf, block.header.timestamp);
            shown = passed.inspect_err(|conflict| self.halted = Some(conflict.clone()))?;
        }
        let Some(last) = blocks.last() else { return Ok(Progress::Fetch) };
        let height = last.header.height;
        {
            let epoch = self.network.epochs().map(|epochs| epochs.of(last.header.height));
            let signers = epoch.and_then(|epoch| {
                let known = self.table_sync.as_ref()?.signers().get(&epoch)?;
                Some(SignersHint { epoch, hash: known.hash, rules: known.rules, next_rules: known.next_rules })
            });
            self.newest = Some(Checkpoint {
                network: self.network.identity(),
                height: last.header.height,
                view: last.view,
                leaf: last.leaf,
                timestamp: self.freshness.stamp(last.header.timestamp),
                signers,
            });
        }
        Ok(if shown { Progress::Finalized(blocks) } else { Progress::Withheld { height } })
    }
}

/// What the way to today's tables begins with: the stored tables, if they serve what is to be
/// followed, else the checkpoint's hash, else nothing.
type Beginning = (Option<StoredTables>, Option<SignersHint>, Option<TableSync>);

fn begin_tables(
    network: &Network,
    stored: Option<StoredTables>,
    hint: Option<SignersHint>,
    next: Option<u64>,
    (entropy, deriver): ([u8; 32], Box<dyn Derive + Send>),
) -> Result<Beginning, Rejected> {
    let (Some(first), Some(epochs)) = (network.first_dynamic_epoch, network.epochs()) else {
        return Ok((None, None, None));
    };
    let mut sync = TableSync::new(network, first, entropy, deriver)?;
    let serves = |stored: &StoredTables| {
        let followed = next.map(|next| epochs.of(next));
        followed.is_none_or(|epoch| epoch > stored.epoch() || epoch < first || stored.has(epoch))
    };
    let stored = stored.filter(serves);
    match (&stored, &hint) {
        (Some(stored), Some(hint)) => match stored.hash_of(hint.epoch) {
            Some(hash) => Rejection::CheckpointStakeTable.unless_equal(hint.hash, hash)?,
            None if hint.epoch > stored.epoch() => sync.expect(hint.epoch, hint.hash),
            None => {}
        },
        (None, Some(hint)) if next.is_none_or(|next| epochs.of(next) >= hint.epoch) => {
            sync.trust_checkpoint(hint)?;
        }
        (None, Some(hint)) => sync.expect(hint.epoch, hint.hash),
        (_, None) => {}
    }
    Ok((stored, hint, Some(sync)))
}
