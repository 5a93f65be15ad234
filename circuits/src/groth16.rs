//! Set-up and proofs with ark-groth16.

use std::fmt;
use std::io::{Read, Write};

use ark_bn254::{Bn254, Fr, G1Projective, G2Projective};
use ark_ec::{AffineRepr as _, CurveGroup as _, PrimeGroup as _};
use ark_ff::Field as _;
use ark_groth16::{Groth16, ProvingKey};
use ark_relations::gr1cs::SynthesisError;
use ark_serialize::{CanonicalDeserialize as _, CanonicalSerialize as _, SerializationError};
use hotshot_light_client::transition::certificate::StateCertificate;
use hotshot_light_client::transition::proof::{KeyPurpose, Proof, VerifyingKey};
use hotshot_light_client::transition::record::TransitionRecord;
use hotshot_light_client::transition::stake_table_state::StakeTableState;

use crate::circuit::build;
use crate::iden3::{self, FormatError};
use crate::randomness::SeededRng;
use crate::reduction::CircomReduction;
use crate::shape::Shape;
use crate::system::System;
use crate::witness::Witness;

type Scheme = Groth16<Bn254, CircomReduction>;

/// Why there is no key or no proof.
#[derive(Debug)]
pub enum ProverError {
    /// The witness does not satisfy the circuit: the group of the first row that does not hold.
    Unsatisfied(&'static str),
    /// The proving key was made for another circuit.
    AnotherCircuit,
    /// The proof that was made is not valid: the proving key is damaged.
    InvalidProof,
    /// The library gave up.
    Synthesis(SynthesisError),
    /// A key could not be read or written.
    Key(SerializationError),
    /// A key file is cut short or could not be read or written.
    Io(std::io::Error),
    /// The result of a ceremony cannot be used.
    Import(FormatError),
}

impl fmt::Display for ProverError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsatisfied(group) => write!(formatter, "the signatures do not satisfy the circuit: {group}"),
            Self::AnotherCircuit => formatter.write_str("the proving key was made for another circuit"),
            Self::InvalidProof => formatter.write_str("the proof is not valid: the proving key is damaged"),
            Self::Synthesis(error) => write!(formatter, "{error}"),
            Self::Key(error) => write!(formatter, "proving key: {error}"),
            Self::Io(error) => write!(formatter, "proving key: {error}"),
            Self::Import(error) => write!(formatter, "zkey: {error}"),
        }
    }
}

impl std::error::Error for ProverError {}

impl From<SynthesisError> for ProverError {
    fn from(error: SynthesisError) -> Self {
        Self::Synthesis(error)
    }
}

impl From<SerializationError> for ProverError {
    fn from(error: SerializationError) -> Self {
        Self::Key(error)
    }
}

impl From<std::io::Error> for ProverError {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

/// A proving key with the verifying key it belongs to.
#[derive(Clone, Debug)]
pub struct Keys {
    /// What verifiers pin.
    pub verifying: VerifyingKey,
    proving: ProvingKey<Bn254>,
}

fn number(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

impl Keys {
    /// **INSECURE**: keys whose secrets follow from the seed, so that everybody can forge proofs.
    ///
    /// The same seed and size always give the same keys.
    ///
    /// # Errors
    /// Those of the library.
    pub fn insecure(shape: Shape, seed: &[u8]) -> Result<Self, ProverError> {
        let system = build(shape, &Witness::blank(shape));
        let mut rng = insecure_rng(seed);
        let InsecureSecrets { alpha, beta, gamma, delta } = InsecureSecrets::draw(&mut rng);
        let (g1, g2) = (G1Projective::generator(), G2Projective::generator());
        let proving = Scheme::generate_parameters_with_qap(&system, alpha, beta, gamma, delta, g1, g2, &mut rng)?;
        Self::new(shape, &system, proving, true)
    }

    fn new(shape: Shape, system: &System, proving: ProvingKey<Bn254>, insecure: bool) -> Result<Self, ProverError> {
        let key = &proving.vk;
        let inputs = key.gamma_abc_g1.as_slice().try_into().map_err(|_| ProverError::AnotherCircuit)?;
        let purpose = KeyPurpose {
            insecure,
            capacity: number(shape.capacity),
            routable: number(shape.routable),
            slots: number(shape.slots),
            circuit: system.digest(),
        };
        let verifying = VerifyingKey {
            purpose,
            alpha: key.alpha_g1,
            beta: key.beta_g2,
            gamma: key.gamma_g2,
            delta: key.delta_g2,
            inputs,
        };
        Ok(Self { verifying, proving })
    }

    /// Keys from a ceremony: a `.zkey` file for the circuit of this size. See [`iden3::read_zkey`] for
    /// what is checked here and what is not.
    ///
    /// # Errors
    /// [`ProverError::Import`].
    pub fn import(shape: Shape, zkey: &[u8], insecure: bool) -> Result<Self, ProverError> {
        let system = build(shape, &Witness::blank(shape));
        let proving = iden3::read_zkey(zkey, &system).map_err(ProverError::Import)?;
        Self::new(shape, &system, proving, insecure)
    }

    /// Writes both keys: the verifying key first, then the library's uncompressed form.
    ///
    /// # Errors
    /// Those of the file.
    pub fn write(&self, mut file: impl Write) -> Result<(), ProverError> {
        file.write_all(&self.verifying.to_bytes())?;
        self.proving.serialize_uncompressed(file)?;
        Ok(())
    }

    /// Reads what [`Self::write`] wrote. Points are not checked: a damaged key makes proofs that are
    /// refused as soon as they are made.
    ///
    /// # Errors
    /// Those of the file; [`ProverError::AnotherCircuit`] if the two keys do not fit together.
    pub fn read(mut file: impl Read) -> Result<Self, ProverError> {
        let mut bytes = vec![0; VerifyingKey::BYTES];
        file.read_exact(&mut bytes)?;
        let verifying = VerifyingKey::decode(&bytes).map_err(|_| ProverError::AnotherCircuit)?;
        let proving = ProvingKey::deserialize_uncompressed_unchecked(file)?;
        if proving.vk.gamma_abc_g1 != verifying.inputs || proving.vk.delta_g2 != verifying.delta {
            return Err(ProverError::AnotherCircuit);
        }
        Ok(Self { verifying, proving })
    }

    /// Proves a witness. `randomness` makes the proof zero-knowledge; with the same bytes it is the
    /// same proof.
    ///
    /// # Errors
    /// [`ProverError::Unsatisfied`], [`ProverError::AnotherCircuit`], those of the library.
    pub fn prove(&self, shape: Shape, witness: &Witness, randomness: &[u8; 32]) -> Result<Proof, ProverError> {
        let system = build(shape, witness);
        if let Some(row) = system.first_broken() {
            return Err(ProverError::Unsatisfied(system.group_of(row)));
        }
        self.prove_system(&system, &witness.public_inputs(), randomness)
    }

    /// Proves a satisfied system.
    ///
    /// # Errors
    /// [`ProverError::AnotherCircuit`], [`ProverError::InvalidProof`], those of the library.
    pub fn prove_system(&self, system: &System, inputs: &[Fr; 3], randomness: &[u8; 32]) -> Result<Proof, ProverError> {
        if system.digest() != self.verifying.purpose.circuit {
            return Err(ProverError::AnotherCircuit);
        }
        let mut rng = SeededRng::new("blinding of hotshot-circuits", randomness);
        let (r, s) = (rng.scalar(), rng.scalar());
        let proof = Scheme::create_proof_with_reduction_and_matrices(
            &self.proving,
            r,
            s,
            system.matrices(),
            system.inputs() + 1,
            system.rows(),
            system.values(),
        )?;
        let proof = Proof { a: proof.a, b: proof.b, c: proof.c };
        self.verifying.verify(inputs, &proof).map_err(|_| ProverError::InvalidProof)?;
        Ok(proof)
    }
}

fn insecure_rng(seed: &[u8]) -> SeededRng {
    SeededRng::new("INSECURE set-up of hotshot-circuits", seed)
}

/// **INSECURE**: secrets of keys for development, with which anybody proves anything. That this works
/// is why such keys must never be pinned for a real network; tests use it to have proofs at once.
#[derive(Clone, Copy, Debug)]
pub struct InsecureSecrets {
    alpha: Fr,
    beta: Fr,
    gamma: Fr,
    delta: Fr,
}

impl InsecureSecrets {
    /// The secrets of [`Keys::insecure`] with this seed, of any size.
    pub fn of_seed(seed: &[u8]) -> Self {
        Self::draw(&mut insecure_rng(seed))
    }

    fn draw(rng: &mut SeededRng) -> Self {
        let [alpha, beta, gamma, delta] = [(); 4].map(|()| rng.scalar());
        Self { alpha, beta, gamma, delta }
    }

    /// A valid proof of any inputs, true or false. `randomness` are two non-zero numbers.
    pub fn forge(&self, key: &VerifyingKey, inputs: &[Fr; 3], randomness: [u64; 2]) -> Proof {
        let [a, b] = randomness.map(Fr::from);
        let inverse = self.delta.inverse().unwrap_or_default();
        let [one, rest @ ..] = &key.inputs;
        let statement = rest.iter().zip(inputs).fold(one.into_group(), |sum, (point, input)| sum + *point * input);
        let known = G1Projective::generator() * ((a * b - self.alpha * self.beta) * inverse);
        Proof {
            a: (G1Projective::generator() * a).into_affine(),
            b: (G2Projective::generator() * b).into_affine(),
            c: (known - statement * (self.gamma * inverse)).into_affine(),
        }
    }

    /// A record of a hand-over that its signers may never have signed, under the table of its epoch.
    pub fn forge_record(
        &self,
        key: &VerifyingKey,
        certificate: &StateCertificate,
        signing: &StakeTableState,
        randomness: [u64; 2],
    ) -> TransitionRecord {
        let StateCertificate { epoch, state, next_table, auth_root, .. } = *certificate;
        let proof = self.forge(key, &[Fr::from(0u64); 3], randomness);
        let unproven = TransitionRecord { epoch, state, next_table, auth_root, proof };
        TransitionRecord { proof: self.forge(key, &unproven.public_inputs(signing), randomness), ..unproven }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::witness::tests::{DIGEST, signed, table};
    use ark_groth16::{Proof as ArkProof, prepare_verifying_key};

    const SHAPE: Shape = Shape { capacity: 4, routable: 3, slots: 2 };

    #[test]
    fn proofs_of_the_tiny_circuit() {
        let keys = Keys::insecure(SHAPE, b"test").unwrap();
        assert!(keys.verifying.purpose.insecure);
        let table = table(&[5, 1, 3], 4);
        let witness = Witness::new(SHAPE, &table, Fr::from(DIGEST), &signed(&[0, 2])).unwrap();
        let proof = keys.prove(SHAPE, &witness, &[1; 32]).unwrap();
        let inputs = witness.public_inputs();
        keys.verifying.verify(&inputs, &proof).unwrap();
        assert_eq!(Proof::from_bytes(&proof.to_bytes()).unwrap(), proof);
        // The library's own verifier agrees, on this proof and on a wrong input.
        let prepared = prepare_verifying_key(&keys.proving.vk);
        let library = ArkProof { a: proof.a, b: proof.b, c: proof.c };
        assert!(Scheme::verify_proof(&prepared, &library, &inputs).unwrap());
        let mut other = inputs;
        other[2] += Fr::from(1u64);
        assert!(!Scheme::verify_proof(&prepared, &library, &other).unwrap());
        assert!(keys.verifying.verify(&other, &proof).is_err());
        // The secrets of a development key prove what is false.
        let forged = InsecureSecrets::of_seed(b"test").forge(&keys.verifying, &other, [3, 7]);
        keys.verifying.verify(&other, &forged).unwrap();
        // Blinded differently, it is another proof of the same.
        let again = keys.prove(SHAPE, &witness, &[2; 32]).unwrap();
        assert_ne!(again, proof);
        keys.verifying.verify(&inputs, &again).unwrap();

        let mut file = Vec::new();
        keys.write(&mut file).unwrap();
        let read = Keys::read(file.as_slice()).unwrap();
        assert_eq!(read.prove(SHAPE, &witness, &[1; 32]).unwrap(), proof);
        assert!(Keys::read(&file[..file.len() / 2]).is_err());
        let wrong = Witness::new(SHAPE, &table, Fr::from(DIGEST + 1), &signed(&[0, 2])).unwrap();
        assert!(matches!(keys.prove(SHAPE, &wrong, &[1; 32]), Err(ProverError::Unsatisfied(_))));
        let larger = Shape { slots: 3, ..SHAPE };
        let fits = Witness::new(larger, &table, Fr::from(DIGEST), &signed(&[0, 2])).unwrap();
        assert!(matches!(keys.prove(larger, &fits, &[1; 32]), Err(ProverError::AnotherCircuit)));
    }
}
