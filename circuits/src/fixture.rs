//! **INSECURE**: a chain of stake tables whose secrets follow from a seed, and the certificates by
//! which each hands over to the next. For tests, development networks and benches: what real
//! networks give only with patience, at any length.

use std::fmt;

use ark_bn254::{Fr, G2Affine};
use ark_ec::{AffineRepr as _, CurveGroup as _};
use hotshot_light_client::Rejected;
use hotshot_light_client::bn254::point::encode_g2;
use hotshot_light_client::consensus::epoch::Epochs;
use hotshot_light_client::encoding::committable::keccak256;
use hotshot_light_client::encoding::integer::U256;
use hotshot_light_client::hash::element;
use hotshot_light_client::signature::bls;
use hotshot_light_client::signature::schnorr_signing::SigningKey;
use hotshot_light_client::transition::certificate::{StateCertificate, StateSignature};
use hotshot_light_client::transition::kind::{Kind, digest};
use hotshot_light_client::transition::record::TransitionRecord;
use hotshot_light_client::transition::state::LightClientState;
use hotshot_light_client::transition::voting_table::{Row, VotingTable};

use crate::groth16::{Keys, ProverError};
use crate::shape::Shape;
use crate::witness::{NoWitness, Witness};

/// Why a fixture cannot be had.
#[derive(Debug)]
pub enum FixtureError {
    /// Epochs of this length do not exist.
    Epochs(u64),
    /// A table was refused.
    Table(Rejected),
    /// The signers do not fit the circuit.
    Witness(NoWitness),
    /// The prover failed.
    Prover(ProverError),
}

impl fmt::Display for FixtureError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Epochs(height) => write!(formatter, "epochs of {height} blocks do not exist"),
            Self::Table(rejected) => write!(formatter, "{rejected}"),
            Self::Witness(error) => write!(formatter, "{error}"),
            Self::Prover(error) => write!(formatter, "{error}"),
        }
    }
}

impl std::error::Error for FixtureError {}

impl From<Rejected> for FixtureError {
    fn from(rejected: Rejected) -> Self {
        Self::Table(rejected)
    }
}

impl From<NoWitness> for FixtureError {
    fn from(error: NoWitness) -> Self {
        Self::Witness(error)
    }
}

impl From<ProverError> for FixtureError {
    fn from(error: ProverError) -> Self {
        Self::Prover(error)
    }
}

/// A member of a table, with its secrets.
#[derive(Clone, Debug)]
pub struct Member {
    /// Secret of the BLS key.
    pub bls_secret: Fr,
    /// BLS key of votes.
    pub stake_key: bls::VerificationKey,
    /// Secret of the Schnorr key: a little-endian integer modulo the group's order.
    pub schnorr_secret: [u8; 32],
    /// Key of state signatures.
    pub signer: SigningKey,
    /// Stake.
    pub amount: u128,
}

/// A seeded chain.
///
/// Tables are full. In every epoch one member changes its keys and all stakes change; as many heavy
/// members as the circuit has slots hold more than two thirds.
#[derive(Clone, Debug)]
pub struct Fixture {
    seed: String,
    shape: Shape,
    epochs: Epochs,
}

impl Fixture {
    /// The chain of a seed, with tables for a size of circuit and epochs of so many blocks.
    ///
    /// # Errors
    /// [`FixtureError::Epochs`].
    pub fn new(seed: &str, shape: Shape, epoch_height: u64) -> Result<Self, FixtureError> {
        let epochs = Epochs::new(epoch_height).ok_or(FixtureError::Epochs(epoch_height))?;
        Ok(Self { seed: seed.into(), shape, epochs })
    }

    /// The size of circuit that the tables are for.
    pub const fn shape(&self) -> Shape {
        self.shape
    }

    /// The chain's epochs.
    pub const fn epochs(&self) -> Epochs {
        self.epochs
    }

    /// The height of an epoch's root.
    pub fn root(&self, epoch: u64) -> u64 {
        self.epochs.root(epoch).unwrap_or(u64::MAX)
    }

    fn hash(&self, what: &str, numbers: [u64; 2]) -> [u8; 32] {
        let [first, second] = numbers.map(u64::to_le_bytes);
        keccak256(&[
            b"INSECURE fixture of hotshot-circuits\0",
            self.seed.as_bytes(),
            b"\0",
            what.as_bytes(),
            &first,
            &second,
        ])
    }

    /// The members of an epoch's table, in its order.
    ///
    /// # Errors
    /// None that a seed is known to cause.
    pub fn members(&self, epoch: u64) -> Result<Vec<Member>, FixtureError> {
        let rows = self.shape.routable as u64;
        (0..rows).map(|row| self.member(epoch, row, rows)).collect()
    }

    fn member(&self, epoch: u64, row: u64, rows: u64) -> Result<Member, FixtureError> {
        // Epoch e begins with new keys in row (e − 1) mod rows.
        let generation = epoch.saturating_add(rows).saturating_sub(1 + row) / rows;
        let bls_secret: Fr = element::reduce(U256::from_le_bytes(self.hash("bls", [row, generation])));
        let key = (G2Affine::generator() * bls_secret).into_affine();
        let schnorr_secret = self.hash("schnorr", [row, generation]);
        let secret_one = std::array::from_fn(|place| u8::from(place == 0));
        let signer = SigningKey::new(&schnorr_secret).or_else(|| SigningKey::new(&secret_one));
        let [low, high, ..] = self.hash("amount", [epoch, row]);
        let share = u128::from(u16::from_le_bytes([low, high]) % 900) + 100;
        let heavy = epoch.wrapping_add(row) % rows < self.shape.slots as u64;
        Ok(Member {
            bls_secret,
            stake_key: bls::VerificationKey::from_bytes(&encode_g2(&key))?,
            schnorr_secret,
            signer: signer.ok_or(FixtureError::Epochs(epoch))?,
            amount: share * if heavy { 40 } else { 1 } * 10u128.pow(18),
        })
    }

    /// The table of an epoch.
    ///
    /// # Errors
    /// As [`Self::members`].
    pub fn table(&self, epoch: u64) -> Result<VotingTable, FixtureError> {
        let row = |member: &Member| Row {
            key: *member.signer.verification_key(),
            stake_key: member.stake_key.compressed(),
            amount: member.amount,
        };
        let rows = self.members(epoch)?.iter().map(row).collect();
        Ok(VotingTable::from_rows(rows, self.shape.capacity)?)
    }

    /// The state that is signed at a height. Some views before it failed.
    pub fn state(&self, height: u64) -> LightClientState {
        let block_comm_root = element::reduce(U256::from_le_bytes(self.hash("root", [height, 0])));
        LightClientState { view: height.saturating_add(height / 7), height, block_comm_root }
    }

    /// The certificate of a height: at the root of an epoch it hands over to the next epoch's table,
    /// elsewhere the table signs itself again. One light member is missing.
    ///
    /// # Errors
    /// As [`Self::members`].
    pub fn certificate(&self, height: u64) -> Result<StateCertificate, FixtureError> {
        let epoch = self.epochs.of(height);
        let next = if self.root(epoch) == height { epoch.saturating_add(1) } else { epoch };
        let mut certificate = StateCertificate {
            epoch,
            state: self.state(height),
            next_table: self.table(next)?.state(),
            auth_root: self.hash("auth root", [height, 0]),
            signatures: Vec::new(),
        };
        let message = |kind: Kind| kind.message(&certificate.state, &certificate.next_table, &certificate.auth_root);
        let (newest, legacy) = (message(Kind::Lcv3), message(Kind::Lcv2));
        let members = self.members(epoch)?;
        let lightest = members.iter().enumerate().min_by_key(|(_, member)| member.amount).map(|(row, _)| row);
        let signing = members.iter().enumerate().filter(|(row, _)| Some(*row) != lightest);
        certificate.signatures = signing
            .map(|(_, member)| StateSignature {
                key: *member.signer.verification_key(),
                signature: member.signer.sign(&newest),
                legacy: member.signer.sign(&legacy),
            })
            .collect();
        Ok(certificate)
    }

    /// The proven record of a height, always the same one under the same keys.
    ///
    /// # Errors
    /// Those of the prover.
    pub fn record(&self, keys: &Keys, height: u64) -> Result<TransitionRecord, FixtureError> {
        let certificate = self.certificate(height)?;
        let table = self.table(certificate.epoch)?;
        let signatures: Vec<_> = (certificate.signatures.iter())
            .filter_map(|signer| Some((table.row_of(&signer.key)?, signer.signature)))
            .collect();
        let digest = digest(&certificate.state, &certificate.next_table, &certificate.auth_root);
        let witness = Witness::new(self.shape, &table, digest, &signatures)?;
        let proof = keys.prove(self.shape, &witness, &self.hash("blinding", [height, 0]))?;
        Ok(TransitionRecord {
            epoch: certificate.epoch,
            state: certificate.state,
            next_table: certificate.next_table,
            auth_root: certificate.auth_root,
            proof,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::PRESETS;
    use crate::witness::signers_needed;
    use hotshot_light_client::transition::verify::{Expectation, verify};

    #[test]
    fn certificates_hand_over_epoch_by_epoch() {
        let shape = Shape { capacity: 4, routable: 4, slots: 2 };
        let fixture = Fixture::new("test", shape, 10).unwrap();
        let mut after = None;
        for epoch in 1..8 {
            let table = fixture.table(epoch).unwrap();
            let certificate = fixture.certificate(fixture.root(epoch)).unwrap();
            let expected = Expectation { epoch, epochs: fixture.epochs(), kind: Kind::Lcv3, after };
            let certified = verify(&certificate, &table, &expected).unwrap();
            assert_eq!(certified.next_table, fixture.table(epoch + 1).unwrap().state());
            after = Some((certified.state.view, certified.state.height));
            // One row has other keys, all have other stakes.
            let next = fixture.table(epoch + 1).unwrap();
            let changed = table.rows().iter().zip(next.rows()).filter(|(left, right)| left.key != right.key).count();
            assert_eq!(changed, 1);
        }
        let ordinary = fixture.certificate(12).unwrap();
        assert_eq!((ordinary.epoch, ordinary.next_table), (2, fixture.table(2).unwrap().state()));
    }

    #[test]
    fn the_signers_fit_every_preset() {
        for preset in PRESETS.iter().filter(|preset| preset.shape.capacity < 200) {
            let fixture = Fixture::new("test", preset.shape, 10).unwrap();
            for epoch in 1..20 {
                let table = fixture.table(epoch).unwrap();
                let all: Vec<_> = (0..table.rows().len()).collect();
                assert!(signers_needed(&table, &all).unwrap() <= preset.shape.slots, "{} {epoch}", preset.name);
            }
        }
    }
}
