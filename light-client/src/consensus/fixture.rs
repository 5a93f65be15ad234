//! INSECURE chains for the tests: any version, any view, signed by keys that are small numbers.

use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use crate::consensus::certificate::{Certificate, Certificate2, CertificatePair, QuorumCertificate, QuorumSignature};
use crate::consensus::chain_config::{ChainConfig, ResolvableChainConfig};
use crate::consensus::epoch::Epochs;
use crate::consensus::header::{FeeInfo, Header, LEADER_COUNTS, MerkleCommitment, RewardFields};
use crate::consensus::leaf::{CertifiedLeaf, Leaf};
use crate::consensus::tables::EpochTables;
use crate::consensus::version::Version;
use crate::consensus::votes::{QuorumData, UpgradeData, Vote2Data, VoteData};
use crate::encoding::bitvec::SignerBits;
use crate::encoding::committable::Commitment;
use crate::encoding::integer::U256;
use crate::signature::bls::tests::{key, sign};
use crate::stake_table::entry::RawEntry;
use crate::stake_table::table::StakeTable;

/// Blocks in an epoch.
pub(crate) const EPOCH_HEIGHT: u64 = 10;
/// Members of every table. Stakes are uneven: 10, 11, 12, 13, 14.
pub(crate) const MEMBERS: u64 = 5;
/// Everybody signs.
pub(crate) const ALL: [bool; 5] = [true; 5];
/// 10 + 11 + 12 of 60: more than half of the members, too little stake.
pub(crate) const LIGHT: [bool; 5] = [true, true, true, false, false];

/// The division into epochs.
pub(crate) fn epochs() -> Epochs {
    Epochs::new(EPOCH_HEIGHT).unwrap()
}

fn secrets(epoch: u64) -> impl Iterator<Item = u64> {
    (1..=MEMBERS).map(move |member| 1000 * epoch + member)
}

fn table(epoch: u64) -> Arc<StakeTable> {
    let entries = secrets(epoch).zip(10u64..).map(|(secret, stake)| RawEntry {
        stake_key: key(secret).to_bytes(),
        state_ver_key: None,
        stake: U256::from(stake),
        account: None,
    });
    Arc::new(StakeTable::admit(entries.collect()).unwrap())
}

/// Tables of epochs 1 to 4, all different. The first is the static one.
pub(crate) fn tables() -> EpochTables {
    let mut tables = EpochTables::new(Some(epochs()), table(1), 2);
    for epoch in 2..=4 {
        tables.insert(epoch, table(epoch));
    }
    tables
}

/// A certificate by members of the table of an epoch.
pub(crate) fn certify<D: VoteData>(data: D, view: u64, epoch: u64, signers: &[bool]) -> Certificate<D> {
    let message = data.signed_message(view);
    let secret = secrets(epoch).zip(signers).filter(|(_, signs)| **signs).map(|(secret, _)| secret).sum::<u64>();
    let signature = sign(secret.max(1), &message).to_bytes();
    let signatures = Some(QuorumSignature { signature, signers: SignerBits::from_flags(signers) });
    Certificate { data, vote_commitment: message, view, signatures }
}

/// The data of a first-phase vote on a leaf.
pub(crate) fn quorum_data(leaf: &Leaf) -> QuorumData {
    let (height, has_epochs) = (leaf.height(), leaf.header.version.has_epochs());
    QuorumData {
        leaf_commit: leaf.commitment(),
        epoch: has_epochs.then(|| epochs().of(height)),
        block_number: has_epochs.then_some(height),
    }
}

fn epoch_of(leaf: &Leaf) -> u64 {
    if leaf.header.version.has_epochs() { epochs().of(leaf.height()) } else { 1 }
}

/// The certificate on a leaf, by everybody.
pub(crate) fn qc(leaf: &Leaf) -> QuorumCertificate {
    certify(quorum_data(leaf), leaf.view, epoch_of(leaf), &ALL)
}

/// The certificate on a leaf with the next epoch's twin where one is due.
pub(crate) fn pair(leaf: &Leaf) -> CertificatePair {
    let version = leaf.header.version;
    let due = version.has_epochs() && !version.is_new_protocol() && epochs().is_transition(leaf.height());
    let next_epoch_qc = due.then(|| certify(quorum_data(leaf), leaf.view, epoch_of(leaf) + 1, &ALL));
    CertificatePair { qc: qc(leaf), next_epoch_qc }
}

/// The second-phase certificate on a leaf.
pub(crate) fn certificate2(leaf: &Leaf) -> Certificate2 {
    let data = Vote2Data { leaf_commit: leaf.commitment(), epoch: epoch_of(leaf), block_number: leaf.height() };
    certify(data, leaf.view, epoch_of(leaf), &ALL)
}

/// An upgrade certificate, by everybody.
pub(crate) fn upgrade(new_version: Version, first_view: u64, epoch: u64) -> Certificate<UpgradeData> {
    let data = UpgradeData {
        old_version: Version { minor: new_version.minor - 1, ..new_version },
        new_version,
        decide_by: first_view - 4,
        new_version_hash: [1; 32],
        old_version_last_view: first_view - 2,
        new_version_first_view: first_view,
    };
    certify(data, first_view - 5, epoch, &ALL)
}

fn header(version: Version, height: u64) -> Header {
    let tree = MerkleCommitment { root: [4; 32], height: 32, leaves: height };
    Header {
        version,
        chain_config: ResolvableChainConfig::Whole(ChainConfig {
            chain_id: U256::from(7u64),
            max_block_size: 1000,
            base_fee: U256::ZERO,
            fee_contract: None,
            fee_recipient: [0; 20],
            stake_table_contract: None,
        }),
        height,
        timestamp: 1_700_000_000 + height,
        l1_head: 5,
        l1_finalized: None,
        payload_commitment: [2; 32],
        builder_commitment: [3; 32],
        ns_table: vec![0; 4],
        block_merkle_tree_root: tree,
        fee_merkle_tree_root: tree,
        fee_info: FeeInfo { account: [0; 20], amount: U256::ZERO },
        reward_merkle_tree_root: version.has_epochs().then_some(tree),
        reward: (version >= Version::V0_4).then_some(RewardFields {
            timestamp_millis: 0,
            total_reward_distributed: U256::ZERO,
            next_stake_table_hash: None,
        }),
        leader_counts: (version >= Version::V0_5).then(|| vec![0; LEADER_COUNTS]),
    }
}

/// A leaf without parent at hand, as the start of a chain.
pub(crate) fn root(version: Version, height: u64, view: u64) -> Leaf {
    let data = QuorumData { leaf_commit: [5; 32], epoch: None, block_number: None };
    Leaf {
        view,
        justify_qc: certify(data, view - 1, 1, &ALL),
        next_epoch_justify_qc: None,
        parent_commitment: [5; 32],
        header: header(version, height),
        upgrade_certificate: None,
        view_change_evidence: None,
        next_drb_result: None,
    }
}

/// The child of a leaf in a view.
pub(crate) fn child(parent: &Leaf, version: Version, view: u64) -> Leaf {
    let pair = pair(parent);
    Leaf {
        view,
        justify_qc: pair.qc,
        next_epoch_justify_qc: pair.next_epoch_qc.filter(|_| !version.is_new_protocol()),
        parent_commitment: parent.commitment(),
        header: header(version, parent.height() + 1),
        upgrade_certificate: None,
        view_change_evidence: None,
        next_drb_result: None,
    }
}

/// A chain of so many leaves in consecutive views.
pub(crate) fn chain(version: Version, height: u64, count: usize) -> Vec<Leaf> {
    let mut leaves = vec![root(version, height, height + 100)];
    while leaves.len() < count {
        let parent = leaves.last().unwrap();
        leaves.push(child(parent, version, parent.view + 1));
    }
    leaves
}

/// Leaves with the certificates on them.
pub(crate) fn certified(leaves: &[Leaf]) -> Vec<CertifiedLeaf> {
    leaves.iter().map(|leaf| CertifiedLeaf { leaf: leaf.clone(), qc: qc(leaf) }).collect()
}

/// A commitment that belongs to nothing.
pub(crate) const NOTHING: Commitment = [0xee; 32];
