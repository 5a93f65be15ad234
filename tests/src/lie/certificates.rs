//! Certificates and leaves that are altered where they are served.

use ark_bn254::{Fq, G1Affine};
use ark_ff::{BigInteger as _, PrimeField as _};

use super::Lie;
use crate::{
    chain::{Chain, Table, choose_quorum},
    crypto::{Dice, Validator, aggregate, certify},
    model::{
        Bits, BlockLine, BlsSignature, Certificate2, CertificateData, Commitment, PayloadCommitment, QuorumCertificate,
        Signatures, TimeoutData, ViewChangeEvidence, Vote2Data,
    },
};

/// The members who sign but have too little stake together: the smallest first.
fn weak_quorum(table: &Table, most: bool) -> Vec<bool> {
    let mut order: Vec<usize> = (0..table.members.len()).collect();
    order.sort_by_key(|index| table.members.get(*index).map(|member| member.stake));
    let (mut flags, needed) = (vec![false; order.len()], table.success_threshold());
    for index in order {
        let Some(flag) = flags.get_mut(index) else { continue };
        *flag = true;
        let enough = table.weight(&flags) >= needed;
        if let (true, Some(flag)) = (enough, flags.get_mut(index)) {
            *flag = false;
            break;
        }
        if !most && flags.iter().filter(|flag| **flag).count() >= 1 {
            break;
        }
    }
    flags
}

/// A signature's point moved, or its encoding spoiled.
fn alter_point(lie: Lie, signature: &mut BlsSignature) {
    let (x, _) = signature.bytes.split_at_mut(32);
    match lie {
        Lie::Coordinate => x.fill(0xff),
        Lie::OffCurve => {
            // The next x that is not on the curve, with a y that is below the modulus as it was.
            let mut value = Fq::from_le_bytes_mod_order(x);
            while G1Affine::get_point_from_x_unchecked(value, false).is_some() {
                value += Fq::from(1u64);
            }
            x.iter_mut().zip(value.into_bigint().to_bytes_le()).for_each(|(to, from)| *to = from);
        }
        Lie::Infinity => {
            signature.bytes = [0; 64];
            if let Some(top) = signature.bytes.last_mut() {
                *top = 0x40;
            }
        }
        Lie::SignFlag => {
            if let Some(top) = signature.bytes.last_mut() {
                *top ^= 0x80;
            }
        }
        _ => {}
    }
}

/// Changes the certificate on a block.
pub(crate) fn alter_certificate(lie: Lie, chain: &Chain, certificate: &mut QuorumCertificate, height: u64) {
    let table = chain.table(chain.schedule().certified_epoch(height));
    let members = table.validators();
    let mut dice = Dice::new("lie", lie.name(), height);
    let quorum = choose_quorum(&mut dice, &table, table.success_threshold(), true);
    let (mut data, view) = (certificate.data.clone(), certificate.view_number);
    match lie {
        Lie::ViewZero => (certificate.view_number, certificate.signatures) = (0, None),
        Lie::Unsigned => certificate.signatures = None,
        Lie::BelowThreshold => *certificate = certify(data, view, &members, &weak_quorum(&table, false)),
        Lie::ByCount => *certificate = certify(data, view, &members, &weak_quorum(&table, true)),
        Lie::ClaimedSigners => {
            *certificate = certify(data, view, &members, &weak_quorum(&table, false));
            if let Some(Signatures(_, bits)) = &mut certificate.signatures {
                *bits = Bits::from_flags(&vec![true; members.len()]);
            }
        }
        Lie::Strangers => {
            let strangers: Vec<Validator> =
                (0..members.len() as u64).map(|index| Validator::derive("strangers", index)).collect();
            *certificate = certify(data, view, &strangers.iter().collect::<Vec<_>>(), &quorum);
        }
        Lie::OtherMessage => {
            let other = certify(data, view + 1, &members, &quorum);
            certificate.signatures = other.signatures;
        }
        Lie::BareVote => {
            let signature = aggregate(&data.commitment(), members.iter().copied());
            certificate.signatures = Some(Signatures(signature, Bits::from_flags(&vec![true; members.len()])));
        }
        Lie::VoteCommitment => certificate.vote_commitment = Commitment::new([7; 32]),
        Lie::CertificateView => *certificate = certify(data, view + 1, &members, &quorum),
        Lie::OtherLeaf => {
            data.leaf_commit = Commitment::new([7; 32]);
            *certificate = certify(data, view, &members, &quorum);
        }
        Lie::WrongEpoch => {
            data.epoch = data.epoch.map(|epoch| epoch + 1);
            *certificate = certify(data, view, &members, &quorum);
        }
        Lie::NullEpoch => {
            (data.epoch, data.block_number) = (None, None);
            *certificate = certify(data, view, &members, &quorum);
        }
        Lie::WrongBlockNumber => {
            data.block_number = data.block_number.map(|number| number + 1);
            *certificate = certify(data, view, &members, &quorum);
        }
        _ => {}
    }
    if let Some(Signatures(signature, bits)) = &mut certificate.signatures {
        alter_point(lie, signature);
        alter_bits(lie, bits);
    }
}

fn alter_bits(lie: Lie, bits: &mut Bits) {
    match lie {
        Lie::NoSigners => bits.data.iter_mut().for_each(|word| *word = 0),
        Lie::BitsLength => {
            let mut flags = bits.flags();
            flags.push(true);
            *bits = Bits::from_flags(&flags);
        }
        Lie::StrayBits => {
            if let (Some(last), true) = (bits.data.last_mut(), !bits.bits.is_multiple_of(64)) {
                *last |= 1 << 63;
            }
        }
        Lie::BitOrder => bits.order = "bitvec::order::Msb0".into(),
        Lie::MissingWord => {
            bits.data.pop();
        }
        _ => {}
    }
}

/// Changes a leaf where it is served; its certificate stays what it was.
pub(crate) fn alter_served_leaf(lie: Lie, block: &mut BlockLine) {
    let leaf = &mut block.leaf.leaf;
    let height = leaf.block_header.fields().height;
    match lie {
        Lie::AlteredTime => leaf.block_header.fields_mut().timestamp += 1,
        Lie::AlteredPayload => {
            let commitment = &mut leaf.block_header.fields_mut().payload_commitment;
            *commitment = match commitment {
                PayloadCommitment::Advz(_) => PayloadCommitment::Advz([7; 32]),
                PayloadCommitment::AvidM(_) => PayloadCommitment::AvidM([7; 32]),
                PayloadCommitment::AvidmGf2(_) => PayloadCommitment::AvidmGf2([7; 32]),
            };
        }
        Lie::EventsHash => {
            if let Some(Some(hash)) = &mut leaf.block_header.fields_mut().next_stake_table_hash {
                hash.bytes = [7; 32];
            }
        }
        Lie::AlteredParent => leaf.parent_commitment = Commitment::new([7; 32]),
        Lie::WithoutEpoch => leaf.with_epoch = !leaf.with_epoch,
        Lie::UncommittedPart if !leaf.with_epoch => {
            let data = TimeoutData { view: leaf.view_number.saturating_sub(1), epoch: None };
            let certificate = crate::model::Certificate::new(data, Commitment::new([7; 32]), leaf.view_number, None);
            leaf.view_change_evidence = Some(ViewChangeEvidence::Timeout(certificate));
        }
        Lie::AnotherGenesis if height == 0 => {
            leaf.block_header.fields_mut().l1_head += 1;
            block.leaf.qc.data.leaf_commit = block.leaf.leaf.commitment();
            block.leaf.qc.vote_commitment = crate::model::vote_commitment(&block.leaf.qc.data, 0);
        }
        _ => {}
    }
}

/// Changes a Certificate2.
pub(crate) fn alter_certificate2(lie: Lie, chain: &Chain, certificate: &mut Certificate2) {
    let table = chain.table(Some(chain.schedule().epoch(certificate.data.block_number)));
    let members = table.validators();
    let all = vec![true; members.len()];
    let Vote2Data { leaf_commit, epoch, block_number } = certificate.data;
    let view = certificate.view_number;
    let sign = |data, view| certify(data, view, &members, &all);
    match lie {
        Lie::Certificate2Height => {
            *certificate = sign(Vote2Data { leaf_commit, epoch, block_number: block_number + 1 }, view);
        }
        Lie::Certificate2View => *certificate = sign(Vote2Data { leaf_commit, epoch, block_number }, view + 1),
        Lie::Certificate2Epoch => {
            *certificate = sign(Vote2Data { leaf_commit, epoch: epoch + 1, block_number }, view);
        }
        Lie::Certificate2Leaf => {
            let leaf_commit = Commitment::new([7; 32]);
            *certificate = sign(Vote2Data { leaf_commit, epoch, block_number }, view);
        }
        Lie::Certificate2Weak => {
            *certificate = certify(certificate.data.clone(), view, &members, &weak_quorum(&table, true));
        }
        Lie::Certificate2FirstPhase => {
            let data = crate::model::QuorumData { leaf_commit, epoch: Some(epoch), block_number: Some(block_number) };
            certificate.signatures = certify(data, view, &members, &all).signatures;
        }
        _ => {}
    }
}
