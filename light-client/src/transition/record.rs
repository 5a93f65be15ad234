//! A chain of transition proofs as static files, one for each epoch, and what they prove together.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::kind::digest;
use super::proof::{Proof, Reader};
use super::proof_batch::{BatchStep, PreparedKey, ProofBatch};
use super::stake_table_state::StakeTableState;
use super::state::LightClientState;
use super::verify::check_epoch_root;
use crate::bn254::Fr;
use crate::consensus::epoch::Epochs;
use crate::rejection::{Operand, Rejected, Rejection};

/// The most records that one verification takes: more epochs than any network has seen.
pub const RECORDS_LIMIT: usize = 1 << 16;

/// One proven transition, as provers publish it. Nothing in it is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransitionRecord {
    /// The epoch whose validators signed.
    pub epoch: u64,
    /// The signed state, at the root of that epoch.
    pub state: LightClientState,
    /// The commitments to the next epoch's table.
    pub next_table: StakeTableState,
    /// The signed auth root.
    pub auth_root: [u8; 32],
    /// The proof.
    pub proof: Proof,
}

/// The first bytes of a record.
const MAGIC: [u8; 4] = *b"HST\x01";

impl TransitionRecord {
    /// Length of an encoded record.
    pub const BYTES: usize = 4 + 8 + LightClientState::BYTES + StakeTableState::BYTES + 32 + Proof::BYTES;

    /// Decodes a record.
    ///
    /// # Errors
    /// `transition.form`, `state.field`, `state.threshold`, `point.*`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Rejected> {
        let mut reader = Reader::new(bytes, Self::BYTES)?;
        if reader.array()? != MAGIC {
            return Err(Rejection::TransitionForm.with("another magic", "a transition record"));
        }
        Ok(Self {
            epoch: u64::from_le_bytes(reader.array()?),
            state: LightClientState::from_bytes(&reader.array()?)?,
            next_table: StakeTableState::from_bytes(&reader.array()?)?,
            auth_root: reader.array()?,
            proof: Proof::from_bytes(reader.take(Proof::BYTES)?)?,
        })
    }

    /// Magic, epoch, state, next table, auth root, proof.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(Self::BYTES);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&self.epoch.to_le_bytes());
        bytes.extend_from_slice(&self.state.to_bytes());
        bytes.extend_from_slice(&self.next_table.to_bytes());
        bytes.extend_from_slice(&self.auth_root);
        bytes.extend_from_slice(&self.proof.to_bytes());
        bytes
    }

    /// The public inputs under the commitments of the epoch's own table. The digest is computed
    /// here and never taken from the prover.
    pub fn public_inputs(&self, table: &StakeTableState) -> [Fr; 3] {
        let digest = digest(&self.state, &self.next_table, &self.auth_root);
        [table.schnorr_key_comm, table.amount_comm, digest]
    }
}

/// Where a chain of transitions starts: the committed table of an epoch, and the last known state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Boundary {
    /// The epoch whose validators the table holds.
    pub epoch: u64,
    /// Its commitments.
    pub table: StakeTableState,
    /// View and height of the last known state, if any.
    pub after: Option<(u64, u64)>,
}

/// What a network fixes for transition proofs.
#[derive(Clone, Copy, Debug)]
pub struct TransitionRules {
    /// The network's epochs.
    pub epochs: Epochs,
    /// The first epoch whose root is of protocol 0.4 or later: before, there is no digest to prove.
    pub first_epoch: u64,
}

/// What the last of some transitions hands over: **certified, not final**. Validators sign the root
/// of an epoch before it is decided; finality still comes from certificates under the table that
/// has these commitments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProvenTransition {
    /// The epoch after the last proven one, with its table and the state that handed over.
    pub boundary: Boundary,
    /// The commitments of the last proven epoch's own table.
    pub signer: StakeTableState,
    /// The last signed state.
    pub state: LightClientState,
    /// The last signed auth root.
    pub auth_root: [u8; 32],
}

/// Transitions on their way to one answer.
#[derive(Debug)]
pub struct TransitionChain {
    batch: ProofBatch,
    first_epoch: u64,
    outcome: ProvenTransition,
}

/// How far a chain is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChainStep {
    /// There is more to do.
    Pending {
        /// Units of work left.
        remaining: u32,
    },
    /// Where the chain ends, or why it is not believed.
    Done(Box<Result<ProvenTransition, Rejected>>),
}

impl TransitionChain {
    /// Checks everything about consecutive records but their proofs, and starts with these.
    ///
    /// # Errors
    /// `transition.empty`, `transition.length`, `state.version`, `state.epoch`,
    /// `state.not_epoch_root`, `state.outdated`, `state.table_capacity` if the key is for tables of
    /// another capacity than `capacity`.
    pub fn begin(
        start: &Boundary,
        records: &[TransitionRecord],
        key: &PreparedKey,
        capacity: usize,
        rules: &TransitionRules,
        entropy: &[u8],
    ) -> Result<Self, Rejected> {
        if records.len() > RECORDS_LIMIT {
            return Err(Rejection::TransitionLength.with(records.len(), RECORDS_LIMIT));
        }
        let covered = usize::try_from(key.key().purpose.capacity).unwrap_or(usize::MAX);
        Rejection::StateTableCapacity.unless_equal(covered, capacity)?;
        let mut batch = ProofBatch::new(key, entropy);
        let mut boundary = *start;
        let mut last = None;
        for record in records {
            let signer = boundary.table;
            if boundary.epoch < rules.first_epoch {
                return Err(Rejection::StateVersion.with(boundary.epoch, rules.first_epoch));
            }
            check_epoch_root(record.epoch, &record.state, boundary.epoch, rules.epochs, boundary.after)?;
            batch.push(record.public_inputs(&boundary.table), record.proof);
            let next = boundary.epoch.checked_add(1);
            boundary = Boundary {
                epoch: next.ok_or_else(|| Rejection::StateEpoch.with(boundary.epoch, "an epoch with a successor"))?,
                table: record.next_table,
                after: Some((record.state.view, record.state.height)),
            };
            last = Some((record, signer));
        }
        let (last, signer) = last.ok_or_else(|| Rejection::TransitionEmpty.bare())?;
        let outcome = ProvenTransition { boundary, signer, state: last.state, auth_root: last.auth_root };
        Ok(Self { batch, first_epoch: start.epoch, outcome })
    }

    /// Works for at most `budget` units.
    pub fn step(&mut self, budget: u32) -> ChainStep {
        match self.batch.step(budget) {
            BatchStep::Pending { remaining } => ChainStep::Pending { remaining },
            BatchStep::Done(Ok(())) => ChainStep::Done(Box::new(Ok(self.outcome))),
            BatchStep::Done(Err(index)) => {
                let epoch = self.first_epoch.saturating_add(index as u64);
                let got = Operand::Text(alloc::format!("epoch {epoch}").into());
                ChainStep::Done(Box::new(Err(Rejection::TransitionProof.with(got, "a valid proof"))))
            }
        }
    }

    /// Works to the end.
    ///
    /// # Errors
    /// `transition.proof`, with the epoch.
    pub fn verify(mut self) -> Result<ProvenTransition, Rejected> {
        loop {
            if let ChainStep::Done(outcome) = self.step(u32::MAX) {
                return *outcome;
            }
        }
    }
}

/// The path of a record under the root of a store: `<network>/<key hash>/<epoch>`.
pub fn record_path(network: &str, key_hash: &[u8; 32], epoch: u64) -> String {
    alloc::format!("{}/{epoch}", folder(network, key_hash))
}

/// The path of the verifying key beside its records: `<network>/<key hash>/verifying-key`.
pub fn key_path(network: &str, key_hash: &[u8; 32]) -> String {
    alloc::format!("{}/verifying-key", folder(network, key_hash))
}

/// The path of the newest proven state of an ordinary block: `<network>/<key hash>/latest`.
pub fn latest_path(network: &str, key_hash: &[u8; 32]) -> String {
    alloc::format!("{}/latest", folder(network, key_hash))
}

fn folder(network: &str, key_hash: &[u8; 32]) -> String {
    let hash: String = key_hash.iter().map(|byte| alloc::format!("{byte:02x}")).collect();
    alloc::format!("{network}/{hash}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transition::proof::tests::{forge, key};

    fn table(seed: u64) -> StakeTableState {
        let [bls_key_comm, schnorr_key_comm, amount_comm] = [seed, seed + 1, seed + 2].map(Fr::from);
        StakeTableState { bls_key_comm, schnorr_key_comm, amount_comm, threshold: 5 }
    }

    fn start() -> Boundary {
        Boundary { epoch: 3, table: table(100), after: Some((20, 15)) }
    }

    fn rules() -> TransitionRules {
        TransitionRules { epochs: Epochs::new(10).unwrap(), first_epoch: 2 }
    }

    /// Epochs 3, 4, 5, …, forged with the secrets of an insecure key.
    fn records(count: u64) -> Vec<TransitionRecord> {
        let mut previous = start().table;
        let record = |index: u64| {
            let epoch = 3 + index;
            let mut record = TransitionRecord {
                epoch,
                state: LightClientState { view: epoch * 10, height: epoch * 10 - 5, block_comm_root: Fr::from(epoch) },
                next_table: table(200 + 10 * index),
                auth_root: [7; 32],
                proof: forge(&[Fr::from(0u64); 3], 1, 1),
            };
            record.proof = forge(&record.public_inputs(&previous), 2 + index, 9);
            previous = record.next_table;
            record
        };
        (0..count).map(record).collect()
    }

    fn verify(
        start: &Boundary,
        records: &[TransitionRecord],
        rules: &TransitionRules,
    ) -> Result<ProvenTransition, Rejection> {
        let key = PreparedKey::new(key()).unwrap();
        TransitionChain::begin(start, records, &key, 4, rules, b"e")
            .and_then(TransitionChain::verify)
            .map_err(|rejected| rejected.rejection)
    }

    #[test]
    fn a_chain_hands_over_to_the_last_table() {
        for count in 1..4 {
            let proven = verify(&start(), &records(count), &rules()).unwrap();
            assert_eq!(proven.boundary.epoch, 3 + count);
            assert_eq!(proven.boundary.table, table(190 + 10 * count));
            assert_eq!(proven.state.height, proven.boundary.after.unwrap().1);
        }
        assert_eq!(verify(&start(), &[], &rules()), Err(Rejection::TransitionEmpty));
    }

    #[test]
    fn every_link_counts() {
        let good = records(3);
        let refused = |change: &dyn Fn(&mut Vec<TransitionRecord>)| {
            let mut records = good.clone();
            change(&mut records);
            verify(&start(), &records, &rules()).unwrap_err()
        };
        assert_eq!(refused(&|records| records.truncate(0)), Rejection::TransitionEmpty);
        assert_eq!(refused(&|records| records.swap(1, 2)), Rejection::StateEpoch, "a skipped epoch");
        assert_eq!(refused(&|records| records.swap(0, 1)), Rejection::StateEpoch);
        assert_eq!(refused(&|records| records[1].epoch = 9), Rejection::StateEpoch, "another label");
        assert_eq!(refused(&|records| records[1].state.height += 1), Rejection::StateNotRoot);
        assert_eq!(refused(&|records| records[1].state.height += 10), Rejection::StateEpoch);
        assert_eq!(refused(&|records| records[1].state.view = 30), Rejection::StateOutdated);
        assert_eq!(refused(&|records| records[1].state.view += 1), Rejection::TransitionProof);
        assert_eq!(refused(&|records| records[1].next_table = table(1)), Rejection::TransitionProof);
        assert_eq!(refused(&|records| records[1].auth_root = [0; 32]), Rejection::TransitionProof);
        assert_eq!(refused(&|records| records[2].proof = good[1].proof), Rejection::TransitionProof);
        let other = Boundary { table: table(1), ..start() };
        assert_eq!(verify(&other, &good, &rules()), Err(Rejection::TransitionProof), "another first table");
        let replayed = Boundary { after: Some((30, 25)), ..start() };
        assert_eq!(verify(&replayed, &good, &rules()), Err(Rejection::StateOutdated));
        let later = TransitionRules { first_epoch: 4, ..rules() };
        assert_eq!(verify(&start(), &good, &later), Err(Rejection::StateVersion));
    }

    #[test]
    fn the_bad_epoch_is_named_and_the_key_must_fit() {
        let mut records = records(3);
        records[1].auth_root = [0; 32];
        let key = PreparedKey::new(key()).unwrap();
        let chain = TransitionChain::begin(&start(), &records, &key, 4, &rules(), b"").unwrap();
        assert_eq!(alloc::format!("{}", chain.verify().unwrap_err().got), "epoch 4");
        let other = TransitionChain::begin(&start(), &records, &key, 200, &rules(), b"").unwrap_err();
        assert_eq!(other.rejection, Rejection::StateTableCapacity);
    }

    #[test]
    fn records_have_one_form() {
        let record = records(1).remove(0);
        let bytes = record.to_bytes();
        assert_eq!(bytes.len(), TransitionRecord::BYTES);
        assert_eq!(TransitionRecord::from_bytes(&bytes).unwrap(), record);
        let code = |bytes: &[u8]| TransitionRecord::from_bytes(bytes).unwrap_err().rejection;
        assert_eq!(code(&bytes[..bytes.len() - 1]), Rejection::TransitionForm);
        assert_eq!(code(&[&bytes[..], &[0]].concat()), Rejection::TransitionForm);
        let mut other = bytes.clone();
        other[3] = 2;
        assert_eq!(code(&other), Rejection::TransitionForm);
        assert_eq!(record_path("devnet", &[0xab; 32], 7), alloc::format!("devnet/{}/7", "ab".repeat(32)));
        assert_eq!(latest_path("devnet", &[0xab; 32]), alloc::format!("devnet/{}/latest", "ab".repeat(32)));
    }
}
