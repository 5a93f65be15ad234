//! From structural checks to signature checks: every certificate of a proof is weighed at once,
//! its pairings are collected and checked together, in small steps if need be.

use alloc::vec::Vec;

use crate::consensus::certificate::{Certificate, CertificatePair, QuorumCertificate, QuorumSignature};
use crate::consensus::leaf::Leaf;
use crate::consensus::tables::EpochTables;
use crate::consensus::verified::Verified;
use crate::consensus::votes::VoteData;
use crate::encoding::bitvec::SignerBits;
use crate::encoding::committable::Commitment;
use crate::encoding::integer::U256;
use crate::rejection::{Rejected, Rejection};
use crate::signature::batch::{Batch, Step};
use crate::signature::bls::{Signature, SignedMessage};
use crate::stake_table::table::StakeTable;
use crate::stake_table::threshold::Threshold;

/// Who signed a certificate, with what weight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quorum {
    /// View of the certificate.
    pub view: u64,
    /// Epoch whose table signed; none before 0.3.
    pub epoch: Option<u64>,
    /// Who signed, in the order of that table.
    pub signers: SignerBits,
    /// The signers' stake.
    pub weight: U256,
    /// The stake that was needed.
    pub threshold: U256,
    /// The stake of the whole table.
    pub total: U256,
}

/// Weighs a certificate and decodes its signature: everything but the pairing.
///
/// # Errors
/// `qc.vote_commitment`, `qc.view_zero`, `qc.unsigned`, `qc.signers`, `qc.weight`, `point.*`.
pub fn weigh<D: VoteData>(
    certificate: &Certificate<D>,
    table: &StakeTable,
    threshold: Threshold,
) -> Result<(SignedMessage, Quorum), Rejected> {
    weigh_message(certificate, certificate.signed_message(), table, threshold)
}

/// As [`weigh`], for a message that the caller derived from the certificate in another way.
pub(crate) fn weigh_message<D: VoteData>(
    certificate: &Certificate<D>,
    message: Commitment,
    table: &StakeTable,
    threshold: Threshold,
) -> Result<(SignedMessage, Quorum), Rejected> {
    let signed = certificate.require_signed()?;
    Rejection::QcVoteCommitment.unless_equal(certificate.vote_commitment, message)?;
    weigh_signature(signed, certificate.view, message, table, threshold)
}

/// What is the same for all kinds of data.
fn weigh_signature(
    signed: &QuorumSignature,
    view: u64,
    message: Commitment,
    table: &StakeTable,
    threshold: Threshold,
) -> Result<(SignedMessage, Quorum), Rejected> {
    let signers = table.sign_off(&signed.signers, threshold)?;
    let quorum = Quorum {
        view,
        epoch: None,
        signers: signed.signers.clone(),
        weight: signers.weight,
        threshold: signers.threshold,
        total: table.total_stake(),
    };
    let signature = Signature::from_bytes(&signed.signature)?;
    Ok((SignedMessage { message: message.to_vec(), key: signers.key, signature }, quorum))
}

/// Checks that a first-phase certificate is about a leaf and says what the leaf's place demands.
///
/// # Errors
/// `qc.leaf`, `qc.view`, `qc.epoch`, `qc.block_number`.
pub fn check_on_leaf(
    qc: &QuorumCertificate,
    leaf: &Leaf,
    commitment: &Commitment,
    tables: &EpochTables,
) -> Result<(), Rejected> {
    Rejection::QcLeaf.unless_equal(qc.data.leaf_commit, *commitment)?;
    Rejection::QcView.unless_equal(qc.view, leaf.view)?;
    check_place(qc, leaf, tables)
}

/// Checks epoch and block number of a certificate against the height of its leaf.
///
/// # Errors
/// `qc.epoch`, `qc.block_number`.
pub fn check_place(qc: &QuorumCertificate, leaf: &Leaf, tables: &EpochTables) -> Result<(), Rejected> {
    let height = leaf.height();
    let expected =
        if leaf.header.version.has_epochs() { (Some(tables.epochs()?.of(height)), Some(height)) } else { (None, None) };
    // Operands have no room for "none": it shows as the largest number.
    let shown = |value: Option<u64>| value.unwrap_or(u64::MAX);
    if qc.data.epoch != expected.0 {
        return Err(Rejection::QcEpoch.with(shown(qc.data.epoch), shown(expected.0)));
    }
    if qc.data.block_number != expected.1 {
        return Err(Rejection::QcBlockNumber.with(shown(qc.data.block_number), shown(expected.1)));
    }
    Ok(())
}

/// Whether a block's certificate needs a twin by the next epoch's quorum.
///
/// # Errors
/// `epoch.height`.
pub fn needs_next_epoch_qc(leaf: &Leaf, tables: &EpochTables) -> Result<bool, Rejected> {
    let version = leaf.header.version;
    Ok(version.has_epochs() && !version.is_new_protocol() && tables.epochs()?.is_transition(leaf.height()))
}

/// A next epoch's certificate must be about exactly what the epoch's own is about.
///
/// # Errors
/// `epoch.next_qc_data`.
pub fn check_next_epoch_data(qc: &QuorumCertificate, next: &QuorumCertificate) -> Result<(), Rejected> {
    Rejection::EpochNextQcData.unless_equal(next.view, qc.view)?;
    Rejection::EpochNextQcData.unless_equal(next.data.commitment(), qc.data.commitment())
}

/// A next epoch's certificate that is to be checked once that epoch's table is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeferredCertificate {
    /// The certificate. Its data is what the block's own certificate says.
    pub certificate: QuorumCertificate,
    /// The epoch whose table signs it.
    pub epoch: u64,
}

/// The signature checks of one proof, and what the proof proves if they all succeed.
pub struct SignatureChecks {
    batch: Batch,
    messages: Vec<Commitment>,
    /// Where next epochs' certificates go that nothing can check yet; none if they are checked.
    deferred: Option<Vec<DeferredCertificate>>,
}

impl SignatureChecks {
    /// No checks yet. The caller's entropy may be empty; weights bind every member of the batch.
    pub fn new(entropy: &[u8]) -> Self {
        Self { batch: Batch::new(entropy), messages: Vec::new(), deferred: None }
    }

    /// No checks yet. Certificates by a next epoch whose table is not known are kept for later: that
    /// is for proofs of epoch roots, which have to hold under the table of their own epoch alone.
    pub fn deferring(entropy: &[u8]) -> Self {
        Self { deferred: Some(Vec::new()), ..Self::new(entropy) }
    }

    /// The certificates that were kept for later.
    pub fn take_deferred(&mut self) -> Vec<DeferredCertificate> {
        self.deferred.take().unwrap_or_default()
    }

    /// Adds a certificate by a table.
    ///
    /// # Errors
    /// Those of [`weigh`].
    pub fn push<D: VoteData>(&mut self, certificate: &Certificate<D>, table: &StakeTable) -> Result<Quorum, Rejected> {
        let (signed, quorum) = weigh(certificate, table, Threshold::Success)?;
        self.messages.push(certificate.signed_message());
        self.batch.push(signed);
        Ok(quorum)
    }

    /// Adds the certificate on a leaf, with its twin where the leaf is a transition block.
    ///
    /// # Errors
    /// Those of [`check_on_leaf`], `epoch.*`, and those of [`weigh`].
    pub fn push_on_leaf(
        &mut self,
        pair: &CertificatePair,
        leaf: &Leaf,
        commitment: &Commitment,
        tables: &EpochTables,
    ) -> Result<Quorum, Rejected> {
        check_on_leaf(&pair.qc, leaf, commitment, tables)?;
        let version = leaf.header.version;
        let mut quorum = self.push(&pair.qc, tables.of_block(version, leaf.height())?)?;
        if version.has_epochs() {
            quorum.epoch = Some(tables.epochs()?.of(leaf.height()));
        }
        match &pair.next_epoch_qc {
            None if needs_next_epoch_qc(leaf, tables)? => {
                return Err(Rejection::EpochMissingNextQc.with("none", "the next epoch's certificate"));
            }
            None => {}
            Some(next) => {
                if !version.has_epochs() || !tables.epochs()?.is_transition(leaf.height()) {
                    return Err(Rejection::EpochUnexpectedNextQc.with(leaf.height(), "a transition block"));
                }
                check_next_epoch_data(&pair.qc, next)?;
                let epoch = tables.epochs()?.of(leaf.height()).saturating_add(1);
                match (tables.of_epoch(epoch), &mut self.deferred) {
                    (Err(_), Some(deferred)) => {
                        deferred.push(DeferredCertificate { certificate: next.clone(), epoch });
                    }
                    (table, _) => drop(self.push(next, table?)?),
                }
            }
        }
        Ok(quorum)
    }

    /// Turns the checks into a computation that ends in the proven value.
    pub fn prove<T>(self, value: T) -> Pending<T> {
        Pending { checks: self, value: Some(value) }
    }
}

/// A proof whose structure holds and whose pairings are still to be computed.
pub struct Pending<T> {
    checks: SignatureChecks,
    value: Option<T>,
}

/// How far a [`Pending`] proof is.
#[derive(Debug)]
pub enum Proving<T> {
    /// So many units of work are left, about.
    Working {
        /// Units of about one Miller loop.
        remaining: u32,
    },
    /// The verdict. After it, the computation has nothing more to say.
    Done(Result<Verified<T>, Rejected>),
}

impl<T> Pending<T> {
    /// Does about `budget` units of work, a unit being about one Miller loop.
    pub fn step(&mut self, budget: u32) -> Proving<T> {
        if self.checks.batch.is_empty() {
            return self.finish(Ok(()));
        }
        match self.checks.batch.step(budget) {
            Step::Pending { remaining } => Proving::Working { remaining },
            Step::Done(verdict) => self.finish(verdict.map_err(|bad| bad.0)),
        }
    }

    /// Units of work left, about.
    pub fn remaining(&self) -> u32 {
        self.checks.batch.remaining()
    }

    /// Does all the work.
    ///
    /// # Errors
    /// `qc.signature`, naming the message of the first certificate whose signature does not hold.
    pub fn verify(mut self) -> Result<Verified<T>, Rejected> {
        loop {
            if let Proving::Done(verdict) = self.step(u32::MAX) {
                return verdict;
            }
        }
    }

    fn finish(&mut self, verdict: Result<(), usize>) -> Proving<T> {
        let rejected = |message: Option<&Commitment>| {
            let message = message.copied().unwrap_or_default();
            Rejection::QcSignature.with(message, "a message that the quorum signed")
        };
        Proving::Done(match verdict {
            Err(bad) => Err(rejected(self.checks.messages.get(bad))),
            // A second call finds the value gone: no proof is handed out twice.
            Ok(()) => self.value.take().map(Verified::new).ok_or_else(|| rejected(None)),
        })
    }
}
