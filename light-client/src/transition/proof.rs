//! Groth16 proofs of a transition and the keys they are checked under.
//!
//! Equation: `e(A, B) = e(α, β) · e(X, γ) · e(C, δ)`, where X is the key's combination of the three
//! public inputs: commitment to the Schnorr keys, commitment to the amounts, digest of the hand-over.

use crate::bn254::point::{G1_BYTES, G2_BYTES, decode_g1, decode_g2, encode_g1, encode_g2};
use crate::bn254::{Fr, G1Affine, G2Affine};
use crate::encoding::committable::keccak256;
use crate::rejection::{Operand, Rejected, Rejection};

/// Public inputs of a transition proof.
pub const INPUTS: usize = 3;

/// A proof: every point canonical, on its curve, in its group and not infinity.
///
/// Proofs are malleable: who has one can make others of the same statement. They identify nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof {
    /// A.
    pub a: G1Affine,
    /// B.
    pub b: G2Affine,
    /// C.
    pub c: G1Affine,
}

impl Proof {
    /// Length of an encoded proof.
    pub const BYTES: usize = 2 * G1_BYTES + G2_BYTES;

    /// Decodes A ‖ B ‖ C, uncompressed.
    ///
    /// # Errors
    /// `transition.form` for another length, `point.*`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Rejected> {
        let mut reader = Reader::new(bytes, Self::BYTES)?;
        Ok(Self { a: reader.g1()?, b: reader.g2()?, c: reader.g1()? })
    }

    /// A ‖ B ‖ C, uncompressed.
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        let parts = encode_g1(&self.a).into_iter().chain(encode_g2(&self.b)).chain(encode_g1(&self.c));
        bytes.iter_mut().zip(parts).for_each(|(byte, part)| *byte = part);
        bytes
    }
}

/// What a key was made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyPurpose {
    /// The secrets of the set-up are known to everybody: **whoever wants can forge proofs**.
    pub insecure: bool,
    /// Rows of the table that the commitments cover.
    pub capacity: u32,
    /// First rows, which may sign.
    pub routable: u32,
    /// Signatures that fit into a proof.
    pub slots: u32,
    /// Digest of the constraint system.
    pub circuit: [u8; 32],
}

/// A verifying key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyingKey {
    /// What it is for; part of its hash.
    pub purpose: KeyPurpose,
    /// α.
    pub alpha: G1Affine,
    /// β.
    pub beta: G2Affine,
    /// γ.
    pub gamma: G2Affine,
    /// δ.
    pub delta: G2Affine,
    /// The points of the constant one and of the public inputs.
    pub inputs: [G1Affine; INPUTS + 1],
}

/// The first bytes of a key file.
const MAGIC: [u8; 8] = *b"HSGKEY\0\x01";

/// The byte after the magic of a key that is safe if its ceremony was.
const CEREMONY: u8 = 0;

/// The byte after the magic of a key for development. The letters make the file say so itself.
const INSECURE: u8 = b'!';

/// Written after [`INSECURE`] or [`CEREMONY`].
const LABELS: [[u8; 12]; 2] = [*b"CEREMONY    ", *b"INSECURE-DEV"];

impl VerifyingKey {
    /// Length of an encoded key.
    pub const BYTES: usize = 8 + 1 + 12 + 3 * 4 + 32 + G1_BYTES + 3 * G2_BYTES + (INPUTS + 1) * G1_BYTES;

    /// Decodes a key and holds it against its pinned hash.
    ///
    /// # Errors
    /// `transition.key_hash` if it is another key, `transition.key_insecure` if it was made for
    /// development and the caller does not allow that, `transition.form`, `point.*`.
    pub fn from_bytes(bytes: &[u8], pinned: &[u8; 32], allow_insecure: bool) -> Result<Self, Rejected> {
        Rejection::TransitionKeyHash.unless_equal(keccak256(&[bytes]), *pinned)?;
        let key = Self::decode(bytes)?;
        if key.purpose.insecure && !allow_insecure {
            return Err(Rejection::TransitionKeyInsecure.with("INSECURE-DEV", "a key from a ceremony"));
        }
        Ok(key)
    }

    /// Decodes a key that nothing is known of. Check [`Self::hash`] and [`KeyPurpose::insecure`].
    ///
    /// # Errors
    /// `transition.form`, `point.*`.
    pub fn decode(bytes: &[u8]) -> Result<Self, Rejected> {
        let mut reader = Reader::new(bytes, Self::BYTES)?;
        let form = |got: &'static str| Rejection::TransitionForm.with(got, "a verifying key");
        if reader.array()? != MAGIC {
            return Err(form("another magic"));
        }
        let [safe, dangerous] = LABELS;
        let insecure = match (reader.array()?, reader.array()?) {
            ([CEREMONY], label) if label == safe => false,
            ([INSECURE], label) if label == dangerous => true,
            _ => return Err(form("another label")),
        };
        let purpose = KeyPurpose {
            insecure,
            capacity: u32::from_le_bytes(reader.array()?),
            routable: u32::from_le_bytes(reader.array()?),
            slots: u32::from_le_bytes(reader.array()?),
            circuit: reader.array()?,
        };
        let key = Self {
            purpose,
            alpha: reader.g1()?,
            beta: reader.g2()?,
            gamma: reader.g2()?,
            delta: reader.g2()?,
            inputs: [reader.g1()?, reader.g1()?, reader.g1()?, reader.g1()?],
        };
        // Equal γ and δ are the mark of a set-up whose second phase nobody contributed to.
        if key.gamma == key.delta {
            return Err(form("a key without a second phase"));
        }
        Ok(key)
    }

    /// The bytes of the key file.
    pub fn to_bytes(&self) -> alloc::vec::Vec<u8> {
        let purpose = &self.purpose;
        let [safe, dangerous] = LABELS;
        let mut bytes = MAGIC.to_vec();
        bytes.push(if purpose.insecure { INSECURE } else { CEREMONY });
        bytes.extend_from_slice(if purpose.insecure { &dangerous } else { &safe });
        for number in [purpose.capacity, purpose.routable, purpose.slots] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.extend_from_slice(&purpose.circuit);
        bytes.extend_from_slice(&encode_g1(&self.alpha));
        for point in [&self.beta, &self.gamma, &self.delta] {
            bytes.extend_from_slice(&encode_g2(point));
        }
        for point in &self.inputs {
            bytes.extend_from_slice(&encode_g1(point));
        }
        bytes
    }

    /// Keccak-256 of the key file: what a network pins.
    pub fn hash(&self) -> [u8; 32] {
        keccak256(&[&self.to_bytes()])
    }

    /// Checks one proof.
    ///
    /// # Errors
    /// `transition.proof`.
    pub fn verify(&self, inputs: &[Fr; INPUTS], proof: &Proof) -> Result<(), Rejected> {
        let prepared = super::proof_batch::PreparedKey::new(self.clone())?;
        let mut batch = super::proof_batch::ProofBatch::new(&prepared, b"");
        batch.push(*inputs, *proof);
        batch.verify().map_err(|_| Rejection::TransitionProof.bare())
    }
}

/// Reads parts of a file whose whole length is known.
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], length: usize) -> Result<Self, Rejected> {
        Rejection::TransitionForm.unless_equal(bytes.len(), length)?;
        Ok(Self(bytes))
    }

    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], Rejected> {
        let short = || Rejection::TransitionForm.with(Operand::from(self.0.len()), length);
        let (part, rest) = self.0.split_at_checked(length).ok_or_else(short)?;
        self.0 = rest;
        Ok(part)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Rejected> {
        let part = self.take(N)?;
        part.try_into().map_err(|_| Rejection::TransitionForm.with(part.len(), N))
    }

    fn g1(&mut self) -> Result<G1Affine, Rejected> {
        decode_g1(self.take(G1_BYTES)?)
    }

    fn g2(&mut self) -> Result<G2Affine, Rejected> {
        decode_g2(self.take(G2_BYTES)?)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use ark_ec::{AffineRepr as _, CurveGroup as _};
    use ark_ff::Field as _;

    fn g1(scalar: Fr) -> G1Affine {
        (G1Affine::generator() * scalar).into_affine()
    }

    fn g2(scalar: Fr) -> G2Affine {
        (G2Affine::generator() * scalar).into_affine()
    }

    fn secrets() -> [Fr; 8] {
        [3u64, 5, 7, 11, 13, 17, 19, 23].map(Fr::from)
    }

    /// INSECURE: a key whose secrets are small primes.
    pub(crate) fn key() -> VerifyingKey {
        let [alpha, beta, gamma, delta, inputs @ ..] = secrets();
        VerifyingKey {
            purpose: KeyPurpose { insecure: true, capacity: 4, routable: 4, slots: 2, circuit: [9; 32] },
            alpha: g1(alpha),
            beta: g2(beta),
            gamma: g2(gamma),
            delta: g2(delta),
            inputs: inputs.map(g1),
        }
    }

    /// What everybody can do who knows the secrets: a proof of anything.
    pub(crate) fn forge(inputs: &[Fr; INPUTS], a: u64, b: u64) -> Proof {
        let [alpha, beta, gamma, delta, one, points @ ..] = secrets();
        let x: Fr = one + points.iter().zip(inputs).map(|(point, input)| *point * input).sum::<Fr>();
        let (a, b) = (Fr::from(a), Fr::from(b));
        let c = (a * b - alpha * beta - x * gamma) * delta.inverse().unwrap();
        Proof { a: g1(a), b: g2(b), c: g1(c) }
    }

    #[test]
    fn proofs_hold_for_their_inputs_alone() {
        let inputs = [Fr::from(1u64), -Fr::from(2u64), Fr::from(3u64)];
        let proof = forge(&inputs, 29, 31);
        key().verify(&inputs, &proof).unwrap();
        for place in 0..INPUTS {
            let mut other = inputs;
            other[place] += Fr::ONE;
            assert_eq!(key().verify(&other, &proof).unwrap_err().rejection, Rejection::TransitionProof);
        }
        for other in [
            Proof { a: g1(Fr::from(30u64)), ..proof },
            Proof { b: g2(Fr::from(30u64)), ..proof },
            Proof { c: g1(Fr::from(30u64)), ..proof },
            Proof { a: -proof.a, ..proof },
        ] {
            assert!(key().verify(&inputs, &other).is_err());
        }
        // Malleable, as all of Groth16: the opposite A and B are as good.
        let opposite = Proof { a: -proof.a, b: -proof.b, ..proof };
        key().verify(&inputs, &opposite).unwrap();
    }

    #[test]
    fn bytes_have_one_form() {
        let proof = forge(&[Fr::ONE; 3], 5, 6);
        let bytes = proof.to_bytes();
        assert_eq!(Proof::from_bytes(&bytes).unwrap(), proof);
        assert_eq!(Proof::from_bytes(&bytes[1..]).unwrap_err().rejection, Rejection::TransitionForm);
        assert_eq!(Proof::from_bytes(&[0; Proof::BYTES]).unwrap_err().rejection, Rejection::PointCurve);
        for bit in (0..8 * Proof::BYTES).step_by(37) {
            let mut spoilt = bytes;
            spoilt[bit / 8] ^= 1 << (bit % 8);
            assert!(Proof::from_bytes(&spoilt).is_err(), "{bit}");
        }
    }

    #[test]
    fn keys_are_pinned_and_say_that_they_are_insecure() {
        let key = key();
        let bytes = key.to_bytes();
        assert_eq!(bytes.len(), VerifyingKey::BYTES);
        assert!(bytes.windows(12).any(|window| window == b"INSECURE-DEV"));
        assert_eq!(VerifyingKey::from_bytes(&bytes, &key.hash(), true).unwrap(), key);
        let code = |bytes: &[u8], pinned: &[u8; 32], allow| {
            VerifyingKey::from_bytes(bytes, pinned, allow).unwrap_err().rejection
        };
        assert_eq!(code(&bytes, &key.hash(), false), Rejection::TransitionKeyInsecure);
        assert_eq!(code(&bytes, &[0; 32], true), Rejection::TransitionKeyHash);
        // Every bit is covered by the hash.
        for bit in (0..8 * bytes.len()).step_by(97) {
            let mut spoilt = bytes.clone();
            spoilt[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(code(&spoilt, &key.hash(), true), Rejection::TransitionKeyHash);
        }
        let relabelled = VerifyingKey { purpose: KeyPurpose { insecure: false, ..key.purpose }, ..key.clone() };
        assert_ne!(relabelled.hash(), key.hash());
        assert_eq!(VerifyingKey::decode(&relabelled.to_bytes()).unwrap(), relabelled);
        let unfinished = VerifyingKey { delta: key.gamma, ..key.clone() };
        assert_eq!(code(&unfinished.to_bytes(), &unfinished.hash(), true), Rejection::TransitionForm);
        let mut mixed = bytes.clone();
        mixed[8] = CEREMONY;
        assert_eq!(VerifyingKey::decode(&mixed).unwrap_err().rejection, Rejection::TransitionForm);
        assert_eq!(VerifyingKey::decode(&bytes[1..]).unwrap_err().rejection, Rejection::TransitionForm);
    }
}
