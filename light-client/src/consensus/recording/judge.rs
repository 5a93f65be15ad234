//! The verification of recorded blocks.

use alloc::vec::Vec;

use super::block::{Block, check_recorded_link, judge_builder_commitment, own_link};
use super::verdict::{Check, LineVerdict, Outcome, RecordingVerdict};
use crate::consensus::certificate::{Certificate, QuorumCertificate, UpgradeCertificate};
use crate::consensus::finality::{certificates_needed, check_certificate2, check_next_epoch_justification};
use crate::consensus::signatures::{SignatureChecks, check_place, needs_next_epoch_qc, weigh};
use crate::consensus::tables::EpochTables;
use crate::consensus::upgrade::check_upgrade_certificate;
use crate::encoding::committable::Commitment;
use crate::encoding::json::{self, Json};
use crate::rejection::{Rejected, Rejection};
use crate::signature::batch::Batch;
use crate::signature::bls::SignedMessage;
use crate::stake_table::table::StakeTable;
use crate::stake_table::threshold::Threshold;

/// Verifies recorded blocks.
pub struct Recording<'a> {
    tables: &'a EpochTables,
    blocks: Vec<Option<Block>>,
    verdicts: Vec<LineVerdict>,
    /// Signatures to check, with the line and the check they belong to.
    signatures: Vec<(usize, Check, SignedMessage)>,
    /// The last upgrade certificate that was found good, and the epoch it was judged in.
    good_upgrade: Option<(UpgradeCertificate, u64)>,
}

impl<'a> Recording<'a> {
    /// A recording of a chain with these stake tables.
    pub fn new(tables: &'a EpochTables) -> Self {
        Self { tables, blocks: Vec::new(), verdicts: Vec::new(), signatures: Vec::new(), good_upgrade: None }
    }

    /// Reads and checks one line, all but its signatures.
    ///
    /// # Errors
    /// `json.syntax` if the line is not JSON: then it counts for nothing, and the caller decides.
    pub fn push(&mut self, text: &[u8]) -> Result<(), Rejected> {
        match json::parse(text) {
            Err(rejected) if rejected.rejection == Rejection::JsonSyntax => Err(rejected),
            parsed => {
                self.push_parsed(parsed.as_ref().map_err(Clone::clone));
                Ok(())
            }
        }
    }

    /// As [`Self::push`], for a line that was parsed elsewhere, or could not be.
    pub fn push_parsed(&mut self, parsed: Result<&Json<'_>, Rejected>) {
        let mut verdict = LineVerdict {
            line: self.verdicts.len().saturating_add(1),
            block: None,
            outcomes: [const { Outcome::Absent }; 9],
            is_final: false,
        };
        let block = match parsed.and_then(Block::from_json) {
            Ok(block) => {
                verdict.block = Some(block.name());
                verdict.outcomes = self.judge(&block);
                Some(block)
            }
            Err(rejected) => {
                if let Some(decode) = verdict.outcomes.first_mut() {
                    *decode = Outcome::Rejected(rejected);
                }
                None
            }
        };
        self.verdicts.push(verdict);
        self.blocks.push(block);
    }

    /// How many lines were read.
    pub fn len(&self) -> usize {
        self.verdicts.len()
    }

    /// Whether no line was read.
    pub fn is_empty(&self) -> bool {
        self.verdicts.is_empty()
    }

    fn judge(&mut self, block: &Block) -> [Outcome; 9] {
        [
            Outcome::Ok,
            Rejection::HeaderHash.unless_equal(block.leaf.header.commitment(), block.hash).into(),
            Rejection::LeafCommitment.unless_equal(block.commitment, block.qc.data.leaf_commit).into(),
            self.judge_vote(block).into(),
            self.judge_certificate(block),
            self.judge_next_epoch(block),
            self.judge_upgrade(block),
            // The link needs the verdict on the line before; see `finish`.
            Outcome::Absent,
            judge_builder_commitment(block),
        ]
    }

    fn judge_vote(&self, block: &Block) -> Result<(), Rejected> {
        block.qc.check_vote_commitment()?;
        Rejection::QcView.unless_equal(block.qc.view, block.leaf.view)?;
        check_place(&block.qc, &block.leaf, self.tables)
    }

    fn judge_certificate(&mut self, block: &Block) -> Outcome {
        if block.leaf.height() == 0 && block.qc.view == 0 && block.qc.signatures.is_none() {
            return Outcome::Absent;
        }
        let table = self.tables.of_block(block.leaf.header.version, block.leaf.height());
        let mut weighed = table.and_then(|table| self.collect(Check::Certificate, &block.qc, table));
        if let (Ok(()), Some(certificate2), true) =
            (&weighed, &block.certificate2, block.leaf.header.version.is_new_protocol())
        {
            // Structure first, without pairings; the pairing joins the others.
            let structure = check_certificate2(
                certificate2,
                &block.leaf,
                &block.commitment,
                self.tables,
                &mut SignatureChecks::new(&[]),
            );
            let table = self.tables.of_block(block.leaf.header.version, block.leaf.height());
            weighed = structure.and(table).and_then(|table| {
                let (signed, _) = weigh(certificate2, table, Threshold::Success)?;
                self.signatures.push((self.verdicts.len(), Check::Certificate, signed));
                Ok(())
            });
        }
        weighed.into()
    }

    fn collect(&mut self, check: Check, certificate: &QuorumCertificate, table: &StakeTable) -> Result<(), Rejected> {
        let signed = weigh_own_message(certificate, table)?;
        self.signatures.push((self.verdicts.len(), check, signed));
        Ok(())
    }

    fn judge_next_epoch(&mut self, block: &Block) -> Outcome {
        if let Err(rejected) = check_next_epoch_justification(&block.leaf, self.tables) {
            return Outcome::Rejected(rejected);
        }
        let Some(next) = &block.leaf.next_epoch_justify_qc else {
            return Outcome::Absent;
        };
        let verdict = (|| {
            next.check_vote_commitment()?;
            let parent = block.leaf.height().saturating_sub(1);
            let table = self.tables.of_epoch(self.tables.epochs()?.of(parent).saturating_add(1))?;
            self.collect(Check::NextEpochCertificate, next, table)
        })();
        verdict.into()
    }

    fn judge_upgrade(&mut self, block: &Block) -> Outcome {
        let Some(certificate) = &block.leaf.upgrade_certificate else {
            return Outcome::Absent;
        };
        let epoch = match self.tables.epochs() {
            Ok(epochs) if block.leaf.header.version.has_epochs() => epochs.of(block.leaf.height()),
            _ => 0,
        };
        if self.good_upgrade.as_ref().is_some_and(|(good, judged)| good == certificate && *judged == epoch) {
            return Outcome::Ok;
        }
        let verdict = check_upgrade_certificate(certificate, &block.leaf, self.tables);
        if verdict.is_ok() {
            self.good_upgrade = Some((certificate.clone(), epoch));
        }
        verdict.into()
    }

    /// Checks all signatures, then links and finality. The entropy may be empty.
    pub fn finish(mut self, entropy: &[u8]) -> RecordingVerdict {
        self.check_signatures(entropy);
        self.check_links();
        self.mark_final();
        RecordingVerdict { lines: self.verdicts }
    }

    fn refuse(&mut self, line: usize, check: Check, rejected: Rejected) {
        let place = Check::ALL.iter().position(|candidate| *candidate == check);
        if let (Some(verdict), Some(place)) = (self.verdicts.get_mut(line), place)
            && let Some(outcome) = verdict.outcomes.get_mut(place)
        {
            *outcome = Outcome::Rejected(rejected);
        }
    }

    fn check_signatures(&mut self, entropy: &[u8]) {
        let mut batch = Batch::new(entropy);
        for (_, _, signed) in &self.signatures {
            batch.push(signed.clone());
        }
        if batch.is_empty() || batch.verify().is_ok() {
            return;
        }
        for (line, check, signed) in core::mem::take(&mut self.signatures) {
            if signed.verify().is_err() {
                let message: Commitment = signed.message.as_slice().try_into().unwrap_or_default();
                self.refuse(line, check, Rejection::QcSignature.with(message, "a message that the quorum signed"));
            }
        }
    }

    fn check_links(&mut self) {
        for line in 0..self.blocks.len() {
            let Some(Some(block)) = self.blocks.get(line) else { continue };
            let own = own_link(block);
            let before = line.checked_sub(1);
            let accepted = before.and_then(|before| self.verdicts.get(before)).is_some_and(LineVerdict::is_accepted);
            let parent = before
                .and_then(|before| self.blocks.get(before))
                .and_then(Option::as_ref)
                .filter(|parent| accepted && parent.leaf.height().checked_add(1) == Some(block.leaf.height()));
            let outcome: Outcome = match (own, parent) {
                (Err(rejected), _) => Outcome::Rejected(rejected),
                (Ok(()), Some(parent)) => check_recorded_link(parent, block).into(),
                (Ok(()), None) => Outcome::Absent,
            };
            if let Some(LineVerdict { outcomes: [.., link, _], .. }) = self.verdicts.get_mut(line) {
                *link = outcome;
            }
        }
    }

    /// Whether a line is accepted and follows the accepted line before it.
    fn is_linked(&self, line: usize) -> bool {
        self.verdicts
            .get(line)
            .is_some_and(|verdict| verdict.is_accepted() && *verdict.outcome(Check::Link) == Outcome::Ok)
    }

    /// An accepted line's block whose certificate can decide: signed, and with the next epoch's
    /// twin, which the next line carries, where one is due.
    fn is_certified(&self, line: usize) -> bool {
        let (Some(verdict), Some(Some(block))) = (self.verdicts.get(line), self.blocks.get(line)) else {
            return false;
        };
        let due = needs_next_epoch_qc(&block.leaf, self.tables).unwrap_or(true);
        let next = line.saturating_add(1);
        let twin = || {
            self.is_linked(next)
                && self
                    .verdicts
                    .get(next)
                    .is_some_and(|verdict| *verdict.outcome(Check::NextEpochCertificate) == Outcome::Ok)
        };
        verdict.is_accepted() && *verdict.outcome(Check::Certificate) == Outcome::Ok && (!due || twin())
    }

    fn decides_itself(&self, line: usize) -> bool {
        let Some(Some(block)) = self.blocks.get(line) else { return false };
        if block.leaf.header.version.is_new_protocol() {
            return block.certificate2.is_some() && self.is_certified(line);
        }
        let member = |step: usize| {
            let descendant = line.saturating_add(step);
            let linked = step == 0 || self.is_linked(descendant);
            self.blocks.get(descendant)?.as_ref().filter(|_| linked).map(|block| &block.leaf)
        };
        certificates_needed(member)
            .is_some_and(|needed| (0..needed).all(|step| self.is_certified(line.saturating_add(step))))
    }

    fn mark_final(&mut self) {
        let mut child_final = false;
        for line in (0..self.verdicts.len()).rev() {
            let accepted = self.verdicts.get(line).is_some_and(LineVerdict::is_accepted);
            let is_final = accepted && (self.decides_itself(line) || child_final);
            if let Some(verdict) = self.verdicts.get_mut(line) {
                verdict.is_final = is_final;
            }
            child_final = is_final && self.is_linked(line);
        }
    }
}

/// The certificate's signature and weight; what its stored vote commitment says is another check.
fn weigh_own_message(certificate: &QuorumCertificate, table: &StakeTable) -> Result<SignedMessage, Rejected> {
    let consistent = Certificate { vote_commitment: certificate.signed_message(), ..certificate.clone() };
    weigh(&consistent, table, Threshold::Success).map(|(signed, _)| signed)
}
