//! Makes one block after the other.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use hotshot_light_client::encoding::integer::U256;

use super::{
    Accounts, BlockTree, Clock, Failure, History, Schedule, Settings, Table, choose_quorum, header,
    pool::Pool,
    schedule::{QUIET_VIEWS, Upgrade},
    traffic,
};
use crate::{
    crypto::{Dice, Validator, certify},
    model::{
        BlockLine, BuilderCommitment, Certificate, Certificate2, CertificateData, Commitment, Header, HeaderFields,
        L1Block, Leaf, LeafWithQc, Payload, QuorumCertificate, QuorumData, ResolvableChainConfig, StakeTableCommitment,
        TimeoutData, U256Decimal, UpgradeCertificate, UpgradeData, Version, VidCommonAnswer, ViewChangeEvidence,
        ViewSyncData, Vote2Data, vote_commitment,
    },
    rollup::{Moment, Posted, Rollup, Rollups},
    stake::{EpochStake, Ledger},
    vid::{Encoder, Transaction, VidParameters, build_payload, builder_commitment},
};

/// The most bytes that submitted transactions take of a block: the rest is for other traffic.
const SUBMIT_LIMIT: usize = 800_000;

/// A devnet's chain.
pub struct Chain {
    settings: Settings,
    schedule: Schedule,
    fixed: Arc<Table>,
    ledger: Option<Ledger>,
    history: History,
    tree: BlockTree,
    encoder: Encoder,
    rollups: Option<Rollups>,
    pool: Pool,
}

/// A tree of accounts of a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tree {
    /// Balances for fees.
    Fee,
    /// Rewards.
    Reward,
}

/// How a view came to be skipped.
struct Skip {
    views: u64,
    by_view_sync: bool,
}

impl Chain {
    /// A chain with the blocks of `history`, or with its genesis only.
    ///
    /// # Errors
    /// When the settings make no chain, or the genesis cannot be written.
    pub fn new(settings: Settings, history: History) -> Result<Self, Failure> {
        settings.check()?;
        let schedule = Schedule::new(&settings)?;
        let validators: Vec<Arc<Validator>> =
            (0..settings.validators).map(|index| Arc::new(Validator::derive(&settings.seed, index))).collect();
        let fixed = Arc::new(Table::fixed(&settings.seed, &validators));
        let mut tree = BlockTree::default();
        history.blocks().iter().for_each(|block| tree.push(&block.hash));
        let first = schedule.first_epoch().filter(|_| settings.dynamic_stake);
        let ledger = first.map(|first| Ledger::new(&settings, first + 2));
        let blocks = || history.blocks().iter().map(AsRef::as_ref);
        let rollups = settings.rollups.then(|| Rollups::resume(&settings.seed, blocks()));
        let (encoder, pool) = (Encoder::default(), Pool::default());
        let mut chain = Self { settings, schedule, fixed, ledger, history, tree, encoder, rollups, pool };
        chain.extend_ledger();
        if chain.history.blocks().is_empty() {
            let genesis = chain.genesis()?;
            chain.append(genesis)?;
        }
        Ok(chain)
    }

    /// The settings.
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Versions and epochs.
    pub const fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// The blocks, by height.
    pub fn blocks(&self) -> &[Arc<BlockLine>] {
        self.history.blocks()
    }

    /// The static table.
    pub const fn fixed_table(&self) -> &Arc<Table> {
        &self.fixed
    }

    /// The table that signs blocks of an epoch; of none, before 0.3, the static one.
    pub fn table(&self, epoch: Option<u64>) -> Arc<Table> {
        let dynamic = epoch.and_then(|epoch| self.ledger.as_ref()?.epoch(epoch));
        dynamic.map_or_else(|| Arc::clone(&self.fixed), |stake| Arc::clone(&stake.table))
    }

    /// The contract's events that lead to the table of an epoch, where there are such.
    pub fn stake(&self, epoch: u64) -> Option<&EpochStake> {
        self.ledger.as_ref()?.epoch(epoch).filter(|_| self.knows_table(epoch))
    }

    /// Tables are fixed two epochs ahead.
    fn extend_ledger(&mut self) {
        let epoch = self.schedule.epoch(self.history.blocks().len() as u64);
        if let Some(ledger) = &mut self.ledger {
            ledger.extend(epoch + 2, &self.schedule);
        }
    }

    /// Whether the table of an epoch is fixed by now: the root of the epoch two before it exists.
    pub fn knows_table(&self, epoch: u64) -> bool {
        let tip = self.blocks().len().saturating_sub(1) as u64;
        let Some(first) = self.schedule.first_epoch() else { return false };
        epoch >= first && (epoch <= first + 1 || tip >= self.schedule.root(epoch - 2))
    }

    /// The first epoch whose table comes from the contract's events.
    pub fn first_dynamic_epoch(&self) -> Option<u64> {
        self.ledger.as_ref().map(Ledger::first)
    }

    /// The rollups, if there are any.
    pub const fn rollups(&self) -> Option<&Rollups> {
        self.rollups.as_ref()
    }

    /// Takes transactions of users of rollups for one of the next blocks, all of them for the same.
    pub fn post(&mut self, rollups: &[Rollup], text: &str) -> Option<Vec<Posted>> {
        Some(self.rollups.as_mut()?.post(rollups, text))
    }

    /// Takes a transaction for one of the next blocks.
    ///
    /// # Errors
    /// When no block has room for it.
    pub fn submit(&mut self, transaction: Transaction) -> Result<(), Failure> {
        if transaction.payload.0.len() >= SUBMIT_LIMIT {
            return Err(Failure(format!("transactions have less than {SUBMIT_LIMIT} bytes")));
        }
        self.pool.add(transaction);
        Ok(())
    }

    /// The accounts under the header of a height.
    pub fn accounts(&self, tree: Tree, height: u64) -> Accounts {
        let seed = &self.settings.seed;
        match tree {
            Tree::Fee => {
                let recipient = header::chain_config(seed, self.schedule.version(height), self.settings.dynamic_stake)
                    .fee_recipient;
                Accounts::fees(height, header::builder(seed), recipient)
            }
            Tree::Reward => {
                let members = self.fixed.members.iter().map(|member| member.validator.account);
                Accounts::rewards(self.schedule.version(height), height, members)
            }
        }
    }

    /// What is in the payload of the next block.
    fn transactions(&mut self, dice: &mut Dice, height: u64, millis: u64, l1: &L1Block) -> Vec<Transaction> {
        if height == 0 || self.is_quiet(height) {
            return Vec::new();
        }
        let mut transactions = self.pool.take(SUBMIT_LIMIT);
        transactions.extend(traffic::transactions(dice, self.settings.traffic));
        if let Some(rollups) = &mut self.rollups {
            let moment = Moment { timestamp: millis / 1000, l1: (l1.number, l1.hash.0) };
            // Dice of their own: without rollups, blocks are what they always were.
            transactions.extend(rollups.transactions(&mut Dice::new(&self.settings.seed, "rollups", height), &moment));
        }
        transactions
    }

    /// Makes the next block and the certificates on it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn produce(&mut self) -> Result<Arc<BlockLine>, Failure> {
        let Some(parent) = self.blocks().last().cloned() else { return Err(Failure("no genesis".into())) };
        let height = self.blocks().len() as u64;
        self.extend_ledger();
        let mut dice = Dice::new(&self.settings.seed, "block", height);
        let minor = self.schedule.version(height);
        let skip = self.skip(&mut dice, height);
        let view = parent.leaf.leaf.view_number + 1 + skip.views;
        let upgrade_certificate = self.upgrade_certificate(height, &parent);
        let (header, payload, vid_common) = self.header(&mut dice, height, view)?;
        let leaf = Leaf {
            view_number: view,
            justify_qc: parent.leaf.qc.clone(),
            next_epoch_justify_qc: parent.next_epoch_qc.clone().filter(|_| minor < 6),
            parent_commitment: parent.leaf.qc.data.leaf_commit,
            upgrade_certificate,
            block_payload: (),
            view_change_evidence: self.evidence(&mut dice, height, view, &skip),
            next_drb_result: (minor >= 3 && self.schedule.has_drb(height)).then(|| self.drb(height)),
            with_epoch: minor >= 3,
            block_header: header,
        };
        let block = self.certified(&mut dice, leaf, payload, vid_common);
        self.append(block)
    }

    fn append(&mut self, block: BlockLine) -> Result<Arc<BlockLine>, Failure> {
        let block = Arc::new(block);
        self.tree.push(&block.hash);
        self.history.push(Arc::clone(&block))?;
        Ok(block)
    }

    fn genesis(&mut self) -> Result<BlockLine, Failure> {
        let minor = self.schedule.version(0);
        let (epoch, block_number) = if minor >= 3 { (Some(1), Some(0)) } else { (None, None) };
        let data = |leaf_commit| QuorumData { leaf_commit, epoch, block_number };
        let before = data(Commitment::new([0; 32]));
        // The certificate inside genesis stores the data's commitment without the wrapper of a vote.
        let justify_qc = Certificate::new(before.clone(), Commitment::new(before.commitment()), 0, None);
        let (header, payload, vid_common) = self.header(&mut Dice::new(&self.settings.seed, "block", 0), 0, 0)?;
        let leaf = Leaf {
            view_number: 0,
            justify_qc,
            next_epoch_justify_qc: None,
            parent_commitment: Commitment::new([0; 32]),
            upgrade_certificate: None,
            block_payload: (),
            view_change_evidence: None,
            next_drb_result: None,
            with_epoch: minor >= 3,
            block_header: header,
        };
        let data = data(leaf.commitment());
        let message = vote_commitment(&data, 0);
        let qc = Certificate::new(data, message, 0, None);
        Ok(BlockLine {
            hash: leaf.block_header.commitment(),
            leaf: LeafWithQc { leaf, qc },
            payload,
            vid_common,
            cert2: None,
            next_epoch_qc: None,
        })
    }

    /// Header, payload and common data of a height.
    fn header(
        &mut self,
        dice: &mut Dice,
        height: u64,
        view: u64,
    ) -> Result<(Header, Payload, VidCommonAnswer), Failure> {
        let seed = self.settings.seed.clone();
        let minor = self.schedule.version(height);
        let millis = self.millis(view);
        let genesis_seconds =
            self.blocks().get(1).map_or(millis / 1000, |block| block.leaf.leaf.block_header.fields().timestamp);
        let l1_number = header::l1_finalized_number(height);
        let l1 = header::l1_block(&seed, l1_number, genesis_seconds);
        let payload = build_payload(&self.transactions(dice, height, millis, &l1));
        let table = self.table(self.schedule.certified_epoch(height));
        let parameters = if height == 0 { VidParameters::new(1) } else { table.vid_parameters() };
        let nodes = if height == 0 { 1 } else { u32::try_from(table.members.len()).unwrap_or(u32::MAX) };
        let (payload_commitment, common) = self.encoder.commit(minor, &payload, parameters, nodes)?;
        let fields = HeaderFields {
            chain_config: crate::model::ChainConfigField {
                chain_config: ResolvableChainConfig::Left(header::chain_config(
                    &seed,
                    minor,
                    self.settings.dynamic_stake,
                )),
            },
            height,
            timestamp: millis / 1000,
            timestamp_millis: (minor >= 4).then_some(millis),
            l1_head: if height == 0 { 0 } else { l1_number + 4 },
            l1_finalized: (height > 0).then_some(l1),
            payload_commitment,
            builder_commitment: BuilderCommitment::new(builder_commitment(&payload)),
            ns_table: payload.ns_table.clone(),
            block_merkle_tree_root: self.tree.commitment(),
            fee_merkle_tree_root: self.accounts(Tree::Fee, height).commitment(),
            fee_info: header::fee(&seed, payload.raw_payload.0.len()),
            builder_signature: (height > 0).then(|| header::builder_signature(dice)),
            reward_merkle_tree_root: (minor >= 3).then(|| self.accounts(Tree::Reward, height).commitment()),
            total_reward_distributed: (minor >= 4)
                .then(|| U256Decimal(U256::from(height) * U256::from(10_000_000_000_000_000u64))),
            leader_counts: (minor >= 5).then(|| self.leader_counts(height, view)),
            next_stake_table_hash: (minor >= 4).then(|| self.next_stake_table_hash(height)),
        };
        let header = Header::new(minor, fields);
        let answer =
            VidCommonAnswer { height, block_hash: header.commitment(), payload_hash: payload_commitment, common };
        Ok((header, payload, answer))
    }

    /// From the root of an epoch to its end: the hash of the next epoch's table, if events make it.
    fn next_stake_table_hash(&self, height: u64) -> Option<StakeTableCommitment> {
        let next = self.schedule.epoch(height) + 1;
        let hash = self.ledger.as_ref()?.epoch(next)?.hash;
        self.schedule.has_stake_table_hash(height).then_some(hash)
    }

    /// Blocks without traffic: before a new version begins, and at the end of an epoch.
    fn is_quiet(&self, height: u64) -> bool {
        let upgrading = self.schedule.upgrade_at(height);
        let before_upgrade = upgrading.is_some_and(|u| (u.first - QUIET_VIEWS + 1..u.first).contains(&height));
        before_upgrade || self.schedule.certified_epoch(height).is_some() && self.schedule.has_drb(height)
    }

    fn millis(&self, view: u64) -> u64 {
        let before = self.blocks().last().map_or(0, |block| {
            let fields = block.leaf.leaf.block_header.fields();
            fields.timestamp_millis.unwrap_or(fields.timestamp * 1000)
        });
        let now = match self.settings.clock {
            Clock::Virtual { genesis_millis, step_millis } => genesis_millis + view * step_millis,
            Clock::Wall => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or_default()),
        };
        now.max(before)
    }

    /// How often each of the first hundred members led a view of this epoch.
    fn leader_counts(&self, height: u64, view: u64) -> Vec<u16> {
        let parent = self.blocks().last().map(|block| block.leaf.leaf.block_header.fields());
        let same_epoch = parent.filter(|parent| self.schedule.epoch(parent.height) == self.schedule.epoch(height));
        let mut counts = same_epoch.and_then(|parent| parent.leader_counts.clone()).unwrap_or_else(|| vec![0; 100]);
        let leaders = self.settings.validators.min(100);
        let leader = usize::try_from(view % leaders).unwrap_or_default();
        if let (Some(count), true) = (counts.get_mut(leader), height > 0) {
            *count = count.saturating_add(1);
        }
        counts
    }

    /// The random beacon: zero in the first epoch, as recorded.
    fn drb(&self, height: u64) -> [u8; 32] {
        let epoch = self.schedule.epoch(height);
        if self.schedule.first_epoch().is_none_or(|first| epoch <= first) {
            return [0; 32];
        }
        Dice::new(&self.settings.seed, "drb", epoch).bytes()
    }

    fn skip(&self, dice: &mut Dice, height: u64) -> Skip {
        // Upgrades name the first view of the new version ahead of time: no view fails in between.
        // The root of an epoch has to be decided inside it, or nobody could know the next table.
        let deciding = self.ledger.is_some() && self.schedule.is_transition(height);
        let calm = height < 3 || self.schedule.upgrade_at(height).is_some() || deciding;
        if calm || !dice.one_in(self.settings.failed_views) {
            return Skip { views: 0, by_view_sync: false };
        }
        let by_view_sync = self.schedule.version(height) < 6 && dice.one_in(4);
        Skip { views: if by_view_sync { 2 + dice.below(2) } else { 1 }, by_view_sync }
    }

    fn evidence(&self, dice: &mut Dice, height: u64, view: u64, skip: &Skip) -> Option<ViewChangeEvidence> {
        let epoch = self.schedule.certified_epoch(height)?;
        if skip.views == 0 {
            return None;
        }
        let table = self.table(Some(epoch));
        let flags = choose_quorum(dice, &table, table.success_threshold(), false);
        Some(if skip.by_view_sync {
            let data = ViewSyncData { relay: dice.below(3), round: view, epoch: Some(epoch) };
            ViewChangeEvidence::ViewSync(certify(data, view, &table.validators(), &flags))
        } else {
            let data = TimeoutData { view: view - 1, epoch: Some(epoch) };
            ViewChangeEvidence::Timeout(certify(data, view - 1, &table.validators(), &flags))
        })
    }

    /// The certificate that leaves carry from the block after the proposal to the first of the new version.
    fn upgrade_certificate(&self, height: u64, parent: &BlockLine) -> Option<UpgradeCertificate> {
        let upgrade = self.schedule.upgrade_at(height).filter(|upgrade| height > upgrade.proposed)?;
        if let Some(known) = &parent.leaf.leaf.upgrade_certificate {
            return Some(known.clone());
        }
        let Upgrade { old, new, proposed, first } = *upgrade;
        let view = parent.leaf.leaf.view_number;
        let new_version_first_view = view + (first - proposed);
        let data = UpgradeData {
            old_version: Version { major: 0, minor: old },
            new_version: Version { major: 0, minor: new },
            decide_by: view + (first - proposed) / 2,
            new_version_hash: Dice::new(&self.settings.seed, "version hash", new.into()).bytes().to_vec(),
            old_version_last_view: new_version_first_view - QUIET_VIEWS,
            new_version_first_view,
        };
        let table = self.table(self.schedule.certified_epoch(proposed));
        let mut dice = Dice::new(&self.settings.seed, "upgrade", new.into());
        let flags = choose_quorum(&mut dice, &table, table.upgrade_threshold(), old < 3);
        Some(certify(data, view, &table.validators(), &flags))
    }

    /// The leaf with the certificates that its height and version call for.
    pub(crate) fn certified(
        &self,
        dice: &mut Dice,
        leaf: Leaf,
        payload: Payload,
        vid_common: VidCommonAnswer,
    ) -> BlockLine {
        let (height, minor) = (leaf.block_header.fields().height, leaf.block_header.minor());
        let epoch = self.schedule.certified_epoch(height);
        let leaf_commit = leaf.commitment();
        let data = QuorumData { leaf_commit, epoch, block_number: epoch.map(|_| height) };
        let (view, table) = (leaf.view_number, self.table(epoch));
        let qc = self.quorum_certificate(dice, data.clone(), view, &table);
        let next_epoch_qc = epoch.filter(|_| (3..6).contains(&minor) && self.schedule.is_transition(height));
        let next_epoch_qc =
            next_epoch_qc.map(|epoch| self.quorum_certificate(dice, data, view, &self.table(Some(epoch + 1))));
        let kept = minor >= 6 && height.is_multiple_of(self.settings.certificate2_every);
        let cert2: Option<Certificate2> = epoch.filter(|_| kept).map(|epoch| {
            let flags = choose_quorum(dice, &table, table.success_threshold(), false);
            certify(Vote2Data { leaf_commit, epoch, block_number: height }, view, &table.validators(), &flags)
        });
        BlockLine {
            hash: leaf.block_header.commitment(),
            leaf: LeafWithQc { leaf, qc },
            payload,
            vid_common,
            cert2,
            next_epoch_qc,
        }
    }

    fn quorum_certificate(&self, dice: &mut Dice, data: QuorumData, view: u64, table: &Table) -> QuorumCertificate {
        let flags = choose_quorum(dice, table, table.success_threshold(), data.epoch.is_none());
        certify(data, view, &table.validators(), &flags)
    }
}
