//! The binary files of circom and snarkjs: constraint systems (`.r1cs`), witnesses (`.wtns`) and
//! Groth16 proving keys (`.zkey`). A file is a magic, a version and numbered sections.
//! Source: iden3/r1csfile `doc/r1cs_bin_format.md`, iden3/snarkjs `src/zkey_utils.js`, iden3/binfileutils.

use std::fmt;

use ark_bn254::{Bn254, Fq, Fq2, Fr, G1Affine, G2Affine};
use ark_ec::AffineRepr as _;
use ark_ff::{BigInt, PrimeField};
use ark_groth16::{ProvingKey, VerifyingKey};
use hotshot_light_client::Rejected;
use hotshot_light_client::bn254::point::{G1_BYTES, G2_BYTES, decode_g1, decode_g2, encode_g1, encode_g2};
use hotshot_light_client::hash::element::to_le_bytes;

use crate::system::System;

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormatError {
    /// It is cut short, or a section is missing or of another length than its header says.
    Section(u32),
    /// It is not of this kind, version, curve or protocol.
    Kind(&'static str),
    /// It was made for another circuit; what differs.
    AnotherCircuit(&'static str),
    /// A point is not canonical, not on the curve or not in the group.
    Point(Rejected),
    /// Nobody contributed to the second phase: δ is the generator, so anyone can forge proofs.
    NoContribution,
}

impl fmt::Display for FormatError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Section(number) => write!(formatter, "section {number} is missing or of another length"),
            Self::Kind(what) => write!(formatter, "{what}"),
            Self::AnotherCircuit(what) => write!(formatter, "the key was made for another circuit: {what}"),
            Self::Point(rejected) => write!(formatter, "{rejected}"),
            Self::NoContribution => formatter.write_str("nobody contributed to the second phase of this key"),
        }
    }
}

impl std::error::Error for FormatError {}

fn count(value: usize) -> [u8; 4] {
    u32::try_from(value).unwrap_or(u32::MAX).to_le_bytes()
}

fn little_endian(value: BigInt<4>) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.as_chunks_mut::<8>().0.iter_mut().zip(value.0).for_each(|(to, limb)| *to = limb.to_le_bytes());
    bytes
}

fn file(magic: &[u8; 4], version: u32, sections: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = [&magic[..], &version.to_le_bytes(), &count(sections.len())].concat();
    for (number, content) in sections {
        bytes.extend_from_slice(&number.to_le_bytes());
        bytes.extend_from_slice(&(content.len() as u64).to_le_bytes());
        bytes.extend_from_slice(content);
    }
    bytes
}

/// The constraint system as an `.r1cs` file. Wires are our variables: one, inputs, witnesses.
pub fn r1cs(system: &System) -> Vec<u8> {
    let wires = system.values().len();
    let mut header =
        [&count(32), &little_endian(Fr::MODULUS)[..], &count(wires), &count(0), &count(system.inputs())].concat();
    header.extend_from_slice(&count(wires.saturating_sub(system.inputs()).saturating_sub(1)));
    header.extend_from_slice(&(wires as u64).to_le_bytes());
    header.extend_from_slice(&count(system.rows()));
    let mut constraints = Vec::new();
    let [a, b, c] = system.matrices();
    for row in a.iter().zip(b).zip(c) {
        let ((a, b), c) = row;
        for terms in [a, b, c] {
            constraints.extend_from_slice(&count(terms.len()));
            for (factor, wire) in terms {
                constraints.extend_from_slice(&count(*wire));
                constraints.extend_from_slice(&to_le_bytes(factor));
            }
        }
    }
    let labels = (0..wires as u64).flat_map(u64::to_le_bytes).collect();
    file(b"r1cs", 1, &[(1, header), (2, constraints), (3, labels)])
}

/// The assignment as a `.wtns` file.
pub fn witness(system: &System) -> Vec<u8> {
    let header = [&count(32), &little_endian(Fr::MODULUS)[..], &count(system.values().len())].concat();
    let values = system.values().iter().flat_map(to_le_bytes).collect();
    file(b"wtns", 2, &[(1, header), (2, values)])
}

/// Reads a section from its beginning.
struct Section<'a> {
    number: u32,
    rest: &'a [u8],
}

impl<'a> Section<'a> {
    fn take<const N: usize>(&mut self) -> Result<&'a [u8; N], FormatError> {
        let (part, rest) = self.rest.split_first_chunk().ok_or(FormatError::Section(self.number))?;
        self.rest = rest;
        Ok(part)
    }

    fn number(&mut self) -> Result<usize, FormatError> {
        usize::try_from(u32::from_le_bytes(*self.take()?)).map_err(|_| FormatError::Section(self.number))
    }

    fn integer(&mut self) -> Result<BigInt<4>, FormatError> {
        let limbs = self.take::<32>()?.as_chunks::<8>().0.iter().map(|limb| u64::from_le_bytes(*limb));
        let mut value = BigInt([0; 4]);
        value.0.iter_mut().zip(limbs).for_each(|(to, limb)| *to = limb);
        Ok(value)
    }

    /// A coordinate in Montgomery form, as both programs hold it in memory.
    fn coordinate(&mut self) -> Result<Fq, FormatError> {
        let value = self.integer()?;
        if value >= Fq::MODULUS {
            return Err(FormatError::Kind("a coordinate is not below the modulus"));
        }
        Ok(Fq::new_unchecked(value))
    }

    /// A factor, which is stored times the square of Montgomery's constant.
    fn factor(&mut self) -> Result<Fr, FormatError> {
        let value = self.integer()?;
        if value >= Fr::MODULUS {
            return Err(FormatError::Kind("a factor is not below the modulus"));
        }
        Ok(Fr::new_unchecked(Fr::new_unchecked(value).into_bigint()))
    }

    /// A point of G1; both coordinates zero stand for infinity, which queries may hold.
    fn g1(&mut self) -> Result<G1Affine, FormatError> {
        let (x, y) = (self.coordinate()?, self.coordinate()?);
        let point = G1Affine::new_unchecked(x, y);
        if x == Fq::from(0u64) && y == Fq::from(0u64) {
            return Ok(G1Affine::zero());
        }
        let bytes: [u8; G1_BYTES] = encode_g1(&point);
        decode_g1(&bytes).map_err(FormatError::Point)
    }

    fn g2(&mut self) -> Result<G2Affine, FormatError> {
        let mut coordinate = || Ok::<_, FormatError>(Fq2::new(self.coordinate()?, self.coordinate()?));
        let point = G2Affine::new_unchecked(coordinate()?, coordinate()?);
        if point.x == Fq2::default() && point.y == Fq2::default() {
            return Ok(G2Affine::zero());
        }
        let bytes: [u8; G2_BYTES] = encode_g2(&point);
        decode_g2(&bytes).map_err(FormatError::Point)
    }

    fn many<T>(
        mut self,
        length: usize,
        mut read: impl FnMut(&mut Self) -> Result<T, FormatError>,
    ) -> Result<Vec<T>, FormatError> {
        let items = (0..length).map(|_| read(&mut self)).collect::<Result<_, _>>()?;
        self.end(items)
    }

    fn end<T>(self, value: T) -> Result<T, FormatError> {
        if self.rest.is_empty() { Ok(value) } else { Err(FormatError::Section(self.number)) }
    }
}

/// The sections of a file of this kind, in any order.
fn sections<'a>(bytes: &'a [u8], magic: &[u8; 4], version: u32) -> Result<Vec<(u32, &'a [u8])>, FormatError> {
    let mut reader = Section { number: 0, rest: bytes };
    if reader.take()? != magic || u32::from_le_bytes(*reader.take()?) != version {
        return Err(FormatError::Kind("another magic or version"));
    }
    let sections = reader.number()?;
    let mut found = Vec::new();
    for _ in 0..sections {
        let number = u32::from_le_bytes(*reader.take()?);
        let length = usize::try_from(u64::from_le_bytes(*reader.take()?)).map_err(|_| FormatError::Section(number))?;
        let (content, rest) = reader.rest.split_at_checked(length).ok_or(FormatError::Section(number))?;
        reader.rest = rest;
        found.push((number, content));
    }
    reader.end(found)
}

/// A proving key from a `.zkey` file that was made for this system.
///
/// The coefficients of a and b in the file have to be those of the system. Those of c are in its points
/// only, and so is everything else that a ceremony can get wrong: whoever imports a key first runs
/// `snarkjs zkey verify` over the system, the powers of tau and the key.
///
/// # Errors
/// See [`FormatError`].
pub fn read_zkey(bytes: &[u8], system: &System) -> Result<ProvingKey<Bn254>, FormatError> {
    let sections = sections(bytes, b"zkey", 1)?;
    let section = |number: u32| match sections.iter().filter(|(found, _)| *found == number).collect::<Vec<_>>()[..] {
        [(_, rest)] => Ok(Section { number, rest }),
        _ => Err(FormatError::Section(number)),
    };
    const GROTH16: usize = 1;
    if section(1)?.number()? != GROTH16 {
        return Err(FormatError::Kind("not a key of Groth16"));
    }
    let mut header = section(2)?;
    for modulus in [Fq::MODULUS, Fr::MODULUS] {
        if header.number()? != 32 || header.take()? != &little_endian(modulus) {
            return Err(FormatError::Kind("another curve"));
        }
    }
    let wires = system.values().len();
    let domain = (system.rows().saturating_add(system.inputs()).saturating_add(1)).next_power_of_two();
    for (what, expected) in [("wires", wires), ("public inputs", system.inputs()), ("domain", domain)] {
        if header.number()? != expected {
            return Err(FormatError::AnotherCircuit(what));
        }
    }
    let (alpha_g1, beta_g1, beta_g2) = (header.g1()?, header.g1()?, header.g2()?);
    let (gamma_g2, delta_g1, delta_g2) = (header.g2()?, header.g1()?, header.g2()?);
    header.end(())?;
    let mut contributions = section(10)?;
    contributions.take::<64>()?;
    if contributions.number()? == 0 || delta_g2 == gamma_g2 {
        return Err(FormatError::NoContribution);
    }
    check_coefficients(section(4)?, system)?;
    let inputs = system.inputs().saturating_add(1);
    let vk =
        VerifyingKey { alpha_g1, beta_g2, gamma_g2, delta_g2, gamma_abc_g1: section(3)?.many(inputs, Section::g1)? };
    Ok(ProvingKey {
        vk,
        beta_g1,
        delta_g1,
        a_query: section(5)?.many(wires, Section::g1)?,
        b_g1_query: section(6)?.many(wires, Section::g1)?,
        b_g2_query: section(7)?.many(wires, Section::g2)?,
        h_query: section(9)?.many(domain, Section::g1)?,
        l_query: section(8)?.many(wires.saturating_sub(inputs), Section::g1)?,
    })
}

/// The terms of a and b: `(matrix, row, wire, factor)`, sorted. Behind the rows stands one more for
/// the constant and each public input.
fn check_coefficients(mut section: Section<'_>, system: &System) -> Result<(), FormatError> {
    let length = section.number()?;
    let mut found = section.many(length, |section| {
        let place = (section.number()?, section.number()?, section.number()?);
        Ok((place, section.factor()?))
    })?;
    let [a, b, _] = system.matrices();
    let mut expected = Vec::with_capacity(found.len());
    for (matrix, rows) in [a, b].into_iter().enumerate() {
        for (row, terms) in rows.iter().enumerate() {
            expected.extend(terms.iter().map(|(factor, wire)| ((matrix, row, *wire), *factor)));
        }
    }
    expected
        .extend((0..=system.inputs()).map(|input| ((0, system.rows().saturating_add(input), input), Fr::from(1u64))));
    found.sort_unstable_by_key(|(place, _)| *place);
    expected.sort_unstable_by_key(|(place, _)| *place);
    if found == expected { Ok(()) } else { Err(FormatError::AnotherCircuit("coefficients")) }
}
