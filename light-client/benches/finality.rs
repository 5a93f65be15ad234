//! Native times of what a light client does again and again, next to the reference implementation's
//! method on the same inputs, in one run. `make bench` runs it before its twin in WebAssembly.
//!
//! `--fixture FILE` also writes the inputs, so that the run in WebAssembly has the same ones.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

use std::time::Duration;

use ark_bn254::{Bn254, Fr, G1Affine, G2Affine, G2Projective};
use ark_ec::pairing::Pairing;
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::Zero as _;
use hotshot_bn254_limbs::costs;
use hotshot_light_client::bn254::hash_to_curve::hash_to_curve;
use hotshot_light_client::bn254::point;
use hotshot_light_client::encoding::bitvec::SignerBits;
use hotshot_light_client::encoding::bytes::to_hex;
use hotshot_light_client::encoding::json::parse;
use hotshot_light_client::encoding::tagged_base64::{encode, tag};
use hotshot_light_client::signature::batch::Batch;
use hotshot_light_client::signature::bls::{Signature, SignedMessage};
use hotshot_light_client::stake_table::table::StakeTable;
use hotshot_light_client::stake_table::threshold::Threshold;

const VALIDATORS: u64 = 100;

/// A certificate: what was signed, by whom, with which signature.
struct Certificate {
    message: [u8; 32],
    flags: Vec<bool>,
    signature: G1Affine,
}

/// Insecure on purpose: the secrets are small numbers.
fn secret(index: u64) -> Fr {
    Fr::from(1_000_003 * index + 17)
}

fn certificate(seed: u8) -> Certificate {
    let message = [seed; 32];
    // About a sixth of the validators is absent, others each time.
    let flags: Vec<_> = (0..VALIDATORS).map(|index| (index + u64::from(seed)) % 6 != 0).collect();
    let signers = (0..VALIDATORS).zip(&flags).filter(|(_, set)| **set);
    let sum: Fr = signers.map(|(index, _)| secret(index)).sum();
    Certificate { message, flags, signature: (hash_to_curve(&message) * sum).into_affine() }
}

fn fixture(certificates: &[Certificate]) -> String {
    let entries: Vec<_> = (0..VALIDATORS)
        .map(|index| {
            let key = (G2Affine::generator() * secret(index)).into_affine();
            let key = encode(tag::BLS_VER_KEY, &point::encode_g2(&key));
            format!(r#"{{"stake_key":"{key}","stake_amount":"{}"}}"#, 1_000 + index)
        })
        .collect();
    let certificates: Vec<_> = certificates
        .iter()
        .map(|certificate| {
            let words: Vec<_> =
                SignerBits::from_flags(&certificate.flags).words().iter().map(|word| format!("\"{word}\"")).collect();
            format!(
                r#"{{"message":"{}","signature":"{}","words":[{}],"hashed":"{}"}}"#,
                to_hex(&certificate.message),
                encode(tag::BLS_SIG, &point::encode_g1(&certificate.signature)),
                words.join(","),
                to_hex(&point::encode_g1(&hash_to_curve(&certificate.message))),
            )
        })
        .collect();
    format!("{{\"validators\":[{}],\"certificates\":[{}]}}\n", entries.join(",\n"), certificates.join(",\n"))
}

/// Our check of a finality proof: two certificates against an admitted table.
fn ours(table: &StakeTable, certificates: &[Certificate]) -> bool {
    let mut batch = Batch::new(b"bench");
    for certificate in certificates {
        let bits = SignerBits::from_flags(&certificate.flags);
        let key = table.sign_off(&bits, Threshold::Success).unwrap().key;
        let signature = Signature::from_bytes(&point::encode_g1(&certificate.signature)).unwrap();
        batch.push(SignedMessage { message: certificate.message.to_vec(), key, signature });
    }
    batch.verify().is_ok()
}

/// The reference implementation's check: the signers' keys summed, two full pairings a certificate.
fn reference(keys: &[G2Affine], certificates: &[Certificate]) -> bool {
    certificates.iter().all(|certificate| {
        let signers = keys.iter().zip(&certificate.flags).filter(|(_, set)| **set);
        let sum = signers.fold(G2Projective::default(), |sum, (key, _)| sum + key);
        let left = Bn254::pairing(certificate.signature, G2Affine::generator());
        left == Bn254::pairing(hash_to_curve(&certificate.message), sum)
    })
}

/// Time of this process on a processor, so that other work on the machine does not count.
fn now() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap())
}

/// A name and what it stands for.
type Subject<'a> = (&'a str, &'a mut dyn FnMut() -> bool);

/// Runs everything in turn, round after round, so that all meet the same weather. Times sorted.
fn measure(rounds: usize, subjects: &mut [Subject<'_>]) -> Vec<(String, Vec<Duration>)> {
    let mut times: Vec<_> = subjects.iter().map(|(name, _)| (name.to_string(), Vec::new())).collect();
    for _ in 0..rounds {
        for ((_, subject), (_, times)) in subjects.iter_mut().zip(&mut times) {
            // Not measured: fills the caches again.
            assert!(std::hint::black_box(subject()));
            let start = now();
            assert!(std::hint::black_box(subject()));
            times.push(now() - start);
        }
    }
    for (_, times) in &mut times {
        times.sort();
    }
    times
}

/// Repetitions of what is too short for the clock.
const PARTS: u32 = 100_000;

fn stock_products(count: u32) -> bool {
    let G2Affine { x, y, .. } = G2Affine::generator();
    !(0..count).fold(x.c0, |product, _| product * std::hint::black_box(y.c0)).is_zero()
}

/// Products of words that wait for each other: three cycles each on today's processors, which tells
/// how long a cycle is.
fn dependent_products(count: u32) -> bool {
    let factor = std::hint::black_box(0x9e37_79b9_7f4a_7c15u64);
    (0..count).fold(factor, |product, _| product.wrapping_mul(product)) != 0
}

/// Median and quartiles in milliseconds for one of `count` operations.
fn row(name: &str, times: &[Duration], count: u32) -> String {
    let at = |part: usize| times[(times.len() - 1) * part / 4].as_secs_f64() * 1e3 / f64::from(count);
    format!("{{\"name\":\"{name}\",\"median\":{:e},\"low\":{:e},\"high\":{:e}}}", at(2), at(1), at(3))
}

fn main() {
    let arguments: Vec<_> = std::env::args().collect();
    let certificates = [certificate(1), certificate(2)];
    let text = fixture(&certificates);
    if let Some(position) = arguments.iter().position(|argument| argument == "--fixture") {
        std::fs::write(&arguments[position + 1], &text).unwrap();
    }
    let json = parse(text.as_bytes()).unwrap();
    let table = StakeTable::from_json(&json).unwrap();
    let keys: Vec<_> = table.entries().iter().map(|entry| *entry.stake_key.point()).collect();
    let bytes: Vec<_> = table.entries().iter().map(|entry| entry.stake_key.to_bytes()).collect();
    let results = measure(
        60,
        &mut [
            ("finality of two certificates", &mut || ours(&table, &certificates)),
            ("finality, the reference's method", &mut || reference(&keys, &certificates)),
            ("admission of 100 keys", &mut || StakeTable::from_json(&json).is_ok()),
            ("admission, the reference's method", &mut || {
                use ark_serialize::CanonicalDeserialize;
                bytes.iter().all(|bytes| G2Affine::deserialize_uncompressed(&bytes[..]).is_ok())
            }),
        ],
    );
    let mut rows: Vec<_> = results.iter().map(|(name, times)| row(name, times, 1)).collect();
    let parts = measure(
        20,
        &mut [
            ("product of limbs", &mut || costs::limb_products(PARTS)),
            ("product in Fq, limbs", &mut || costs::products(PARTS)),
            ("product in Fq, stock arkworks", &mut || stock_products(PARTS)),
            ("three cycles of the processor", &mut || dependent_products(PARTS)),
        ],
    );
    rows.extend(parts.iter().map(|(name, times)| row(name, times, PARTS)));
    println!("{{\"native\":[{}]}}", rows.join(",\n"));
}
