//! What a malicious server could try: one named test for each way, on chains of every version.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use crate::consensus::certificate::{Certificate, CertificatePair};
use crate::consensus::finality::{
    Asked, FinalChain, FinalityProof, LEAVES_LIMIT, LeafProof, check_leaf_proof, check_leaf_range,
};
use crate::consensus::fixture::{
    ALL, LIGHT, NOTHING, certificate2, certified, certify, chain, child, pair, qc, quorum_data, root, tables, upgrade,
};
use crate::consensus::leaf::Leaf;
use crate::consensus::upgrade::check_upgrade_certificate;
use crate::consensus::verified::Verified;
use crate::consensus::version::Version;
use crate::consensus::votes::{QuorumData, Vote2Data};
use crate::encoding::bitvec::SignerBits;
use crate::rejection::Rejection;

const V2: Version = Version::V0_2;
const V4: Version = Version::V0_4;
const V5: Version = Version::V0_5;
const V6: Version = Version::V0_6;

type Verdict = Result<Verified<FinalChain>, Rejection>;

fn prove(leaves: &[Leaf], proof: FinalityProof, descendants: &[Leaf], asked: Asked) -> Verdict {
    let proof = LeafProof { leaves: leaves.to_vec(), proof };
    check_leaf_proof(proof, descendants, asked, None, &tables(), b"")
        .and_then(|pending| pending.verify())
        .map_err(|rejected| rejected.rejection)
}

/// The 2-chain proof of the first of two leaves.
fn two_chain(pairs: [CertificatePair; 2], leaves: &[Leaf]) -> Verdict {
    prove(&leaves[..1], FinalityProof::HotStuff2(Box::new(pairs)), &leaves[1..], Asked::Any)
}

fn honest_pairs(leaves: &[Leaf]) -> [CertificatePair; 2] {
    [pair(&leaves[0]), pair(&leaves[1])]
}

fn rejected(verdict: Verdict) -> Rejection {
    verdict.map(|_| "accepted").unwrap_err()
}

#[test]
fn honest_proofs_of_every_rule() {
    for version in [Version::V0_3, V4, V5] {
        for height in [2, 5, 6, 7, 8, 9, 10, 11] {
            let leaves = chain(version, height, 2);
            let proven = two_chain(honest_pairs(&leaves), &leaves).unwrap();
            let quorum = proven.quorum.clone().unwrap();
            assert_eq!((proven.leaves.len(), quorum.epoch), (1, Some(height.div_ceil(10))), "{version} {height}");
        }
    }
    for version in [Version::V0_1, V2] {
        let leaves = chain(version, 2, 3);
        let pairs = [pair(&leaves[0]), pair(&leaves[1]), pair(&leaves[2])];
        prove(&leaves[..1], FinalityProof::HotStuff(Box::new(pairs)), &leaves[1..], Asked::Height(2)).unwrap();
    }
    for height in [2, 8, 10, 11] {
        let leaves = chain(V6, height, 1);
        prove(&leaves, FinalityProof::NewProtocol(certificate2(&leaves[0])), &[], Asked::Any).unwrap();
    }
}

#[test]
fn item_1_another_leaf_than_asked_for() {
    let leaves = chain(V4, 2, 4);
    let proof = || FinalityProof::HotStuff2(Box::new([pair(&leaves[2]), pair(&leaves[3])]));
    let ask = |leaves: &[Leaf], asked| prove(leaves, proof(), &[chain(V4, 2, 4)[3].clone()], asked);
    ask(&leaves[..3], Asked::Height(2)).unwrap();
    ask(&leaves[..3], Asked::Leaf(leaves[0].commitment())).unwrap();
    ask(&leaves[..3], Asked::Block(leaves[0].header.commitment())).unwrap();
    assert_eq!(rejected(ask(&leaves[..3], Asked::Height(3))), Rejection::HeaderHeight);
    assert_eq!(rejected(ask(&leaves[..3], Asked::Leaf(NOTHING))), Rejection::LeafCommitment);
    assert_eq!(rejected(ask(&leaves[..3], Asked::Block(NOTHING))), Rejection::HeaderHash);
    let missing = [leaves[0].clone(), leaves[2].clone()];
    assert_eq!(rejected(ask(&missing, Asked::Any)), Rejection::HeaderHeight);
    let doubled = [leaves[0].clone(), leaves[0].clone(), leaves[2].clone()];
    assert_eq!(rejected(ask(&doubled, Asked::Any)), Rejection::HeaderHeight);
    let reversed = [leaves[1].clone(), leaves[0].clone()];
    assert_eq!(rejected(ask(&reversed, Asked::Any)), Rejection::HeaderHeight);
    assert_eq!(rejected(ask(&[], Asked::Any)), Rejection::FinalityEmpty);
}

#[test]
fn item_2_certificates_without_a_quorum() {
    let leaves = chain(V4, 2, 2);
    let spoil = |change: fn(&mut CertificatePair)| {
        let mut pairs = honest_pairs(&leaves);
        change(&mut pairs[1]);
        rejected(two_chain(pairs, &leaves))
    };
    assert_eq!(spoil(|pair| pair.qc.signatures = None), Rejection::QcUnsigned);
    assert_eq!(
        spoil(|pair| pair.qc.signatures.as_mut().unwrap().signers = SignerBits::from_flags(&[false; 5])),
        Rejection::QcSigners
    );
    // Three of five by count, but 33 of 60 by stake.
    assert_eq!(spoil(|pair| pair.qc = certify(pair.qc.data.clone(), pair.qc.view, 1, &LIGHT)), Rejection::QcWeight);
    // Signers are named who did not sign.
    assert_eq!(
        spoil(|pair| {
            pair.qc = certify(pair.qc.data.clone(), pair.qc.view, 1, &LIGHT);
            pair.qc.signatures.as_mut().unwrap().signers = SignerBits::from_flags(&ALL);
        }),
        Rejection::QcSignature
    );
}

#[test]
fn item_2_view_zero_proves_nothing() {
    // The reference takes any certificate of view 0 unsigned: a chain of two such leaves would do.
    let mut parent = root(V4, 2, 1);
    parent.view = 0;
    let next = child(&parent, V4, 1);
    let mut unsigned = qc(&parent);
    unsigned.signatures = None;
    let pairs = [CertificatePair { qc: unsigned, next_epoch_qc: None }, pair(&next)];
    assert_eq!(rejected(two_chain(pairs, &[parent.clone(), next.clone()])), Rejection::QcViewZero);
    let signed = [CertificatePair { qc: qc(&parent), next_epoch_qc: None }, pair(&next)];
    assert_eq!(rejected(two_chain(signed, &[parent, next])), Rejection::QcViewZero);
    let mut genesis = root(V6, 2, 1);
    genesis.view = 0;
    let proof = FinalityProof::NewProtocol(certificate2(&genesis));
    assert_eq!(rejected(prove(&[genesis], proof, &[], Asked::Any)), Rejection::QcViewZero);
}

#[test]
fn item_3_signers_of_another_table_size() {
    let leaves = chain(V4, 2, 2);
    for flags in [&[true; 4][..], &[true; 6], &[true; 64], &[]] {
        let mut pairs = honest_pairs(&leaves);
        pairs[0].qc.signatures.as_mut().unwrap().signers = SignerBits::from_flags(flags);
        assert_eq!(rejected(two_chain(pairs, &leaves)), Rejection::QcSigners, "{}", flags.len());
    }
}

#[test]
fn item_3_points_that_are_no_signature() {
    let leaves = chain(V4, 2, 2);
    for (byte, value, expected) in [
        (63, 0x40, Rejection::PointInfinity),
        (31, 0x3f, Rejection::PointField),
        (0, 1, Rejection::PointCurve),
        (63, 0x80, Rejection::PointFlags),
    ] {
        let mut pairs = honest_pairs(&leaves);
        let signature = &mut pairs[0].qc.signatures.as_mut().unwrap().signature;
        match expected {
            Rejection::PointInfinity => *signature = [0; 64],
            Rejection::PointField => signature[31] |= value,
            _ => signature[byte] ^= value,
        }
        if expected == Rejection::PointInfinity {
            signature[byte] = value;
        }
        assert_eq!(rejected(two_chain(pairs, &leaves)), expected);
    }
}

#[test]
fn item_4_stored_vote_commitments_are_recomputed() {
    let leaves = chain(V4, 2, 2);
    let mut pairs = honest_pairs(&leaves);
    pairs[0].qc.vote_commitment = NOTHING;
    assert_eq!(rejected(two_chain(pairs, &leaves)), Rejection::QcVoteCommitment);
}

#[test]
fn item_5_views_and_leaves_that_do_not_fit() {
    let leaves = chain(V4, 2, 2);
    // A certificate of another view than its leaf's, really signed.
    let mut pairs = honest_pairs(&leaves);
    pairs[0].qc = certify(quorum_data(&leaves[0]), leaves[0].view + 7, 1, &ALL);
    pairs[1].qc = certify(quorum_data(&leaves[1]), leaves[0].view + 8, 1, &ALL);
    assert_eq!(rejected(two_chain(pairs, &leaves)), Rejection::QcView);
    // Views with a gap between them.
    let late = child(&leaves[0], V4, leaves[0].view + 2);
    let gap = [leaves[0].clone(), late.clone()];
    assert_eq!(rejected(two_chain(honest_pairs(&gap), &gap)), Rejection::FinalityViews);
    // The first certificate is on another leaf.
    let other = chain(V4, 3, 1);
    let pairs = [pair(&other[0]), pair(&leaves[1])];
    assert!([Rejection::QcLeaf, Rejection::FinalityViews].contains(&rejected(two_chain(pairs, &leaves))));
}

#[test]
fn item_5_a_certificate_from_a_fork_decides_nothing() {
    // Views v and v+1 are certified on conflicting leaves: consecutive, and yet no commitment.
    let leaves = chain(V4, 2, 2);
    let mut fork = root(V4, 3, leaves[1].view);
    fork.parent_commitment = NOTHING;
    let pairs = [pair(&leaves[0]), pair(&fork)];
    assert_eq!(rejected(two_chain(pairs.clone(), &[leaves[0].clone(), fork])), Rejection::LeafParent);
    assert_eq!(rejected(two_chain(pairs.clone(), &leaves)), Rejection::QcLeaf);
    assert_eq!(rejected(two_chain(pairs, &leaves[..1])), Rejection::FinalityChildMissing);
}

#[test]
fn item_6_the_proof_fits_the_version_of_the_last_leaf() {
    let pairs = |leaves: &[Leaf]| leaves.iter().map(pair).collect::<Vec<_>>();
    let three = |leaves: &[Leaf]| FinalityProof::HotStuff(Box::new(pairs(leaves).try_into().unwrap()));
    let two = |leaves: &[Leaf]| FinalityProof::HotStuff2(Box::new(pairs(&leaves[..2]).try_into().unwrap()));
    let kind = |version, proof: &dyn Fn(&[Leaf]) -> FinalityProof| {
        let leaves = chain(version, 2, 3);
        rejected(prove(&leaves[..1], proof(&leaves), &leaves[1..], Asked::Any))
    };
    assert_eq!(kind(V2, &two), Rejection::FinalityProofKind, "2-chain below 0.3");
    assert_eq!(kind(V4, &three), Rejection::FinalityProofKind, "3-chain from 0.3");
    assert_eq!(kind(V6, &two), Rejection::FinalityProofKind, "2-chain of 0.6");
    assert_eq!(kind(V6, &three), Rejection::FinalityProofKind, "3-chain of 0.6");
    let second = |leaves: &[Leaf]| FinalityProof::NewProtocol(certificate2(&leaves[0]));
    assert_eq!(kind(V5, &second), Rejection::FinalityProofKind, "Certificate2 before 0.6");
}

#[test]
fn item_6_no_two_chain_across_the_cut_over() {
    let last = root(V5, 2, 102);
    let first = child(&last, V6, 103);
    let leaves = [last.clone(), first.clone()];
    assert_eq!(rejected(two_chain(honest_pairs(&leaves), &leaves)), Rejection::FinalityProofKind);
    // The old leaf becomes final with a Certificate2 on its new descendant.
    let proven = prove(&leaves, FinalityProof::NewProtocol(certificate2(&first)), &[], Asked::Height(2)).unwrap();
    assert_eq!(proven.leaves.len(), 2);
    // An announced upgrade counts from its first view on, whatever the child's header says.
    let mut announced = root(V5, 2, 102);
    announced.upgrade_certificate = Some(upgrade(V6, 103, 1));
    let leaves = [announced.clone(), child(&announced, V5, 103)];
    assert_eq!(rejected(two_chain(honest_pairs(&leaves), &leaves)), Rejection::FinalityProofKind);
    announced.upgrade_certificate = Some(upgrade(Version { major: 0, minor: 7 }, 103, 1));
    let leaves = [announced.clone(), child(&announced, V5, 103)];
    assert_eq!(rejected(two_chain(honest_pairs(&leaves), &leaves)), Rejection::UpgradeRequired);
    announced.upgrade_certificate = Some(upgrade(V6, 104, 1));
    let leaves = [announced.clone(), child(&announced, V5, 103)];
    two_chain(honest_pairs(&leaves), &leaves).unwrap();
}

#[test]
fn item_6_versions_do_not_go_back() {
    let leaves = [root(V5, 2, 102), child(&root(V5, 2, 102), V4, 103)];
    assert_eq!(rejected(two_chain(honest_pairs(&leaves), &leaves)), Rejection::HeaderVersion);
}

#[test]
fn item_7_epoch_and_block_number_follow_from_the_height() {
    let leaves = chain(V4, 2, 2);
    let with = |epoch, block_number| {
        let data = QuorumData { epoch, block_number, ..quorum_data(&leaves[0]) };
        let mut pairs = honest_pairs(&leaves);
        pairs[0].qc = certify(data, leaves[0].view, 1, &ALL);
        rejected(two_chain(pairs, &leaves))
    };
    assert_eq!(with(Some(2), Some(2)), Rejection::QcEpoch);
    assert_eq!(with(None, Some(2)), Rejection::QcEpoch);
    assert_eq!(with(Some(1), Some(3)), Rejection::QcBlockNumber);
    assert_eq!(with(Some(1), None), Rejection::QcBlockNumber);
}

#[test]
fn item_7_neither_old_nor_coming_quorums_decide() {
    // Block 12 is in epoch 2. The quorum of epoch 1 signs for "its" epoch, then for epoch 2.
    let leaves = chain(V4, 12, 2);
    for (claimed, expected) in [(1, Rejection::QcEpoch), (2, Rejection::QcSignature)] {
        for signer in [1, 3] {
            let mut pairs = honest_pairs(&leaves);
            let data = QuorumData { epoch: Some(claimed), ..quorum_data(&leaves[0]) };
            pairs[0].qc = certify(data, leaves[0].view, signer, &ALL);
            assert_eq!(rejected(two_chain(pairs, &leaves)), expected, "epoch {signer} claims {claimed}");
        }
    }
}

#[test]
fn item_7_transition_blocks_need_the_next_epochs_quorum() {
    for height in [7, 8, 9, 10] {
        let leaves = chain(V4, height, 2);
        let spoil = |change: &dyn Fn(&mut CertificatePair)| {
            let mut pairs = honest_pairs(&leaves);
            change(&mut pairs[0]);
            rejected(two_chain(pairs, &leaves))
        };
        assert_eq!(spoil(&|pair| pair.next_epoch_qc = None), Rejection::EpochMissingNextQc, "{height}");
        let other = || certify(quorum_data(&leaves[1]), leaves[0].view, 2, &ALL);
        assert_eq!(spoil(&|pair| pair.next_epoch_qc = Some(other())), Rejection::EpochNextQcData, "{height}");
        let late = || certify(quorum_data(&leaves[0]), leaves[0].view + 1, 2, &ALL);
        assert_eq!(spoil(&|pair| pair.next_epoch_qc = Some(late())), Rejection::EpochNextQcData, "{height}");
        let own = || certify(quorum_data(&leaves[0]), leaves[0].view, 1, &ALL);
        assert_eq!(spoil(&|pair| pair.next_epoch_qc = Some(own())), Rejection::QcSignature, "{height}");
        let light = || certify(quorum_data(&leaves[0]), leaves[0].view, 2, &LIGHT);
        assert_eq!(spoil(&|pair| pair.next_epoch_qc = Some(light())), Rejection::QcWeight, "{height}");
    }
    let leaves = chain(V4, 3, 2);
    let mut pairs = honest_pairs(&leaves);
    pairs[0].next_epoch_qc = Some(certify(quorum_data(&leaves[0]), leaves[0].view, 2, &ALL));
    assert_eq!(rejected(two_chain(pairs, &leaves)), Rejection::EpochUnexpectedNextQc);
}

#[test]
fn item_7_ancestors_do_not_shed_the_next_epochs_certificate() {
    // A leaf after the boundary is decided by the next epoch's quorum, which vouches for its
    // ancestors; yet the child of a transition block must have carried the certificate.
    let build = |change: &dyn Fn(&mut Leaf)| {
        let mut leaves = vec![root(V4, 9, 109)];
        for height in 10..=13 {
            let parent = leaves.last().unwrap().clone();
            let mut next = child(&parent, V4, parent.view + 1);
            if height == 11 {
                change(&mut next);
            }
            leaves.push(next);
        }
        check_leaf_range(certified(&leaves), None, &tables(), b"")
            .and_then(|pending| pending.unwrap().verify())
            .map_err(|rejected| rejected.rejection)
    };
    build(&|_| {}).unwrap();
    assert_eq!(rejected(build(&|leaf| leaf.next_epoch_justify_qc = None)), Rejection::EpochMissingNextQc);
    let other = qc(&root(V4, 3, 103));
    assert_eq!(rejected(build(&|leaf| leaf.next_epoch_justify_qc = Some(other.clone()))), Rejection::EpochNextQcData);
}

#[test]
fn genesis_decides_nothing_by_itself() {
    let mut genesis = root(V4, 0, 1);
    genesis.view = 0;
    let mut leaves = vec![genesis.clone(), child(&genesis, V4, 1)];
    let undecided = check_leaf_range(certified(&leaves), None, &tables(), b"").unwrap();
    assert!(undecided.is_none(), "an honest server with two blocks has proven nothing yet, and told no lie");
    leaves.push(child(&leaves[1], V4, 2));
    let pending = check_leaf_range(certified(&leaves), None, &tables(), b"").unwrap().unwrap();
    assert_eq!(pending.verify().unwrap().leaves.len(), 2, "genesis is final as an ancestor");
}

#[test]
fn item_8_null_epochs_open_no_way_back() {
    // A 0.4 leaf with a certificate as before 0.3, by the static table.
    let leaves = chain(V4, 12, 2);
    let data = QuorumData { epoch: None, block_number: None, ..quorum_data(&leaves[0]) };
    let mut pairs = honest_pairs(&leaves);
    pairs[0].qc = certify(data, leaves[0].view, 1, &ALL);
    assert_eq!(rejected(two_chain(pairs, &leaves)), Rejection::QcEpoch);
    // And the other way round: an epoch on a leaf that has none.
    let leaves = chain(V2, 2, 3);
    let mut pairs = [pair(&leaves[0]), pair(&leaves[1]), pair(&leaves[2])];
    pairs[0].qc = certify(QuorumData { epoch: Some(1), ..quorum_data(&leaves[0]) }, leaves[0].view, 1, &ALL);
    let verdict = prove(&leaves[..1], FinalityProof::HotStuff(Box::new(pairs)), &leaves[1..], Asked::Any);
    assert_eq!(rejected(verdict), Rejection::QcEpoch);
}

#[test]
fn item_8_an_assumption_needs_a_known_final_leaf() {
    let leaves = chain(V4, 2, 4);
    let proof = || LeafProof { leaves: leaves[..2].to_vec(), proof: FinalityProof::Assumption };
    let check = |known: Option<&Verified<Leaf>>| {
        check_leaf_proof(proof(), &[], Asked::Any, known, &tables(), b"")
            .and_then(|pending| pending.verify())
            .map_err(|rejected| rejected.rejection)
    };
    assert_eq!(rejected(check(None)), Rejection::FinalityAssumption);
    assert_eq!(rejected(check(Some(&Verified::new(leaves[3].clone())))), Rejection::FinalityAssumption);
    assert_eq!(rejected(check(Some(&Verified::new(leaves[1].clone())))), Rejection::FinalityAssumption);
    let proven = check(Some(&Verified::new(leaves[2].clone()))).unwrap();
    assert_eq!((proven.leaves.len(), &proven.quorum), (2, &None));
}

#[test]
fn item_11_forged_upgrades() {
    let leaf = root(V4, 2, 102);
    let check =
        |certificate| check_upgrade_certificate(&certificate, &leaf, &tables()).map_err(|rejected| rejected.rejection);
    check(upgrade(V5, 120, 1)).unwrap();
    let mut moved = upgrade(V5, 120, 1);
    moved.data.new_version_first_view = 119;
    assert_eq!(check(moved.clone()), Err(Rejection::QcVoteCommitment));
    moved.vote_commitment = moved.signed_message();
    assert_eq!(check(moved), Err(Rejection::QcSignature));
    let mut backwards = upgrade(V5, 120, 1);
    (backwards.data.old_version, backwards.data.new_version) = (V5, V4);
    assert_eq!(check(backwards), Err(Rejection::UpgradeVersions));
    let mut crossed = upgrade(V5, 120, 1);
    crossed.data.old_version_last_view = 120;
    assert_eq!(check(crossed), Err(Rejection::UpgradeViews));
    // Three quarters suffice for a certificate, not for an upgrade: 50 of 60 is below nine tenths.
    let data = upgrade(V5, 120, 1).data;
    assert_eq!(check(certify(data, 115, 1, &[false, true, true, true, true])), Err(Rejection::QcWeight));
}

#[test]
fn item_11_an_upgrade_signed_with_its_epoch() {
    use crate::consensus::votes::VoteData as _;
    let leaf = root(V6, 12, 112);
    let mut certificate = upgrade(Version { major: 0, minor: 7 }, 130, 2);
    let message = certificate.data.signed_message_in_epoch(2, certificate.view);
    assert_ne!(message, certificate.data.signed_message(certificate.view));
    let signature = crate::signature::bls::tests::sign((1..=5).map(|member| 2000 + member).sum(), &message);
    certificate.vote_commitment = message;
    certificate.signatures.as_mut().unwrap().signature = signature.to_bytes();
    check_upgrade_certificate(&certificate, &leaf, &tables()).unwrap();
    let before = root(V5, 12, 112);
    assert!(check_upgrade_certificate(&certificate, &before, &tables()).is_err(), "only from 0.6");
}

#[test]
fn item_11_certificate2_for_another_place() {
    let leaves = chain(V6, 12, 2);
    let with = |data: Vote2Data, view, epoch| {
        let proof = FinalityProof::NewProtocol(certify(data, view, epoch, &ALL));
        rejected(prove(&leaves[..1], proof, &[], Asked::Any))
    };
    let (honest, view) = (certificate2(&leaves[0]).data, leaves[0].view);
    assert_eq!(with(certificate2(&leaves[1]).data, view, 2), Rejection::QcLeaf);
    assert_eq!(with(Vote2Data { block_number: 13, ..honest.clone() }, view, 2), Rejection::QcBlockNumber);
    assert_eq!(with(Vote2Data { epoch: 1, ..honest.clone() }, view, 1), Rejection::QcEpoch);
    assert_eq!(with(honest.clone(), view + 1, 2), Rejection::QcView);
    assert_eq!(with(honest.clone(), view, 1), Rejection::QcSignature);
    assert_eq!(with(honest, view, 3), Rejection::QcSignature);
}

#[test]
fn item_11_a_certificate2_over_the_bare_data_is_none() {
    use crate::consensus::votes::VoteData as _;
    // As the published 0.6 samples are signed: without the vote wrapper.
    let leaves = chain(V6, 12, 1);
    let mut certificate = certificate2(&leaves[0]);
    let bare = certificate.data.commitment();
    let signature = crate::signature::bls::tests::sign((1..=5).map(|member| 2000 + member).sum(), &bare);
    certificate.signatures.as_mut().unwrap().signature = signature.to_bytes();
    let proof = |certificate| FinalityProof::NewProtocol(certificate);
    assert_eq!(rejected(prove(&leaves, proof(certificate.clone()), &[], Asked::Any)), Rejection::QcSignature);
    certificate.vote_commitment = bare;
    assert_eq!(rejected(prove(&leaves, proof(certificate), &[], Asked::Any)), Rejection::QcVoteCommitment);
}

#[test]
fn item_13_long_chains_are_bounded() {
    let leaf = root(V4, 2, 102);
    let range = certified(&vec![leaf; LEAVES_LIMIT + 1]);
    let verdict = check_leaf_range(range, None, &tables(), b"").map(|_| "accepted");
    assert_eq!(verdict.unwrap_err().rejection, Rejection::FinalityTooLong);
}

#[test]
fn ranges_find_the_highest_decided_leaf() {
    let decided = |leaves: &[Leaf]| {
        let pending = check_leaf_range(certified(leaves), None, &tables(), b"").unwrap()?;
        pending.verify().unwrap().leaves.last().map(Leaf::height)
    };
    assert_eq!(decided(&chain(V4, 2, 5)), Some(5));
    assert_eq!(decided(&chain(V2, 2, 5)), Some(4));
    assert_eq!(decided(&chain(V6, 2, 5)), None, "only a Certificate2 decides");
    // The certificate on the last leaf comes without its twin: a transition block cannot decide.
    assert_eq!(decided(&chain(V4, 2, 7)), Some(6));
    assert_eq!(decided(&chain(V4, 4, 6)), Some(7), "8 and 9 are transition blocks");
    // A failed view before the last leaf leaves the decision to the pair before it.
    let mut leaves = chain(V4, 2, 3);
    leaves.push(child(&leaves[2], V4, leaves[2].view + 2));
    assert_eq!(decided(&leaves), Some(3));
    let new = certified(&chain(V6, 2, 5));
    let certificate = certificate2(&new[3].leaf);
    let pending = check_leaf_range(new, Some(&certificate), &tables(), b"").unwrap().unwrap();
    assert_eq!(pending.verify().unwrap().leaves.len(), 4);
}

#[test]
fn the_cut_over_to_epochs_and_to_the_new_protocol() {
    // 0.2 → 0.4 (as mainnet): the last 0.2 leaves need three certificates, the first 0.4 ones two.
    let mut leaves = chain(V2, 1, 3);
    for _ in 0..3 {
        let parent = leaves.last().unwrap().clone();
        leaves.push(child(&parent, V4, parent.view + 1));
    }
    let pending = check_leaf_range(certified(&leaves), None, &tables(), b"").unwrap().unwrap();
    assert_eq!(pending.verify().unwrap().leaves.len(), 5);
    let old = &leaves[..5];
    let proof = FinalityProof::HotStuff(Box::new([pair(&old[2]), pair(&old[3]), pair(&old[4])]));
    prove(&leaves[..3], proof, &leaves[3..5], Asked::Height(1)).unwrap();
}

#[test]
fn a_certificate_keeps_its_kind() {
    // First- and second-phase votes on the same leaf are different messages.
    let leaf = root(V6, 12, 112);
    let first: Certificate<QuorumData> = qc(&leaf);
    assert_ne!(first.signed_message(), certificate2(&leaf).signed_message());
}
