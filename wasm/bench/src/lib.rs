//! What `make bench` measures in WebAssembly: the operations of the package on given inputs, without
//! the crossing of its API. Built twice, with our limbs and with the feature `stock-field`.

pub mod groth16;
#[cfg(target_feature = "simd128")]
pub mod lanes;
pub mod parts;

use ark_bn254::{Bn254, G1Affine, G2Affine};
use ark_ec::pairing::Pairing as _;
use ark_ec::{AffineRepr as _, CurveGroup as _};
use hotshot_light_client::bn254::hash_to_curve::hash_to_curve;
use hotshot_light_client::bn254::pairing::{Prepared, Product};
use hotshot_light_client::bn254::point;
use hotshot_light_client::bn254::weight::Weight;
use hotshot_light_client::encoding::bitvec::SignerBits;
use hotshot_light_client::encoding::bytes::from_hex;
use hotshot_light_client::encoding::json::{Json, parse};
use hotshot_light_client::rejection::Rejected;
use hotshot_light_client::signature::batch::Batch;
use hotshot_light_client::signature::bls::{Signature, SignedMessage};
use hotshot_light_client::stake_table::entry::RawEntry;
use hotshot_light_client::stake_table::table::StakeTable;
use hotshot_light_client::stake_table::threshold::Threshold;
use wasm_bindgen::prelude::wasm_bindgen;

struct Certificate {
    message: [u8; 32],
    signature: [u8; 64],
    bits: SignerBits,
}

/// The inputs, decoded, and the table, admitted.
#[wasm_bindgen]
pub struct Bench {
    entries: Vec<RawEntry>,
    table: StakeTable,
    certificates: Vec<Certificate>,
}

fn read(text: &[u8]) -> Result<Bench, Rejected> {
    let json = parse(text)?;
    let entries = RawEntry::list_from_json(&json)?;
    let certificate = |json: &Json<'_>| -> Result<Certificate, Rejected> {
        let mut flags = Vec::new();
        for word in json.get("words")?.items()? {
            let word: u64 = word.text()?.parse().unwrap_or_default();
            flags.extend((0..64).map(|bit| word >> bit & 1 == 1));
        }
        flags.truncate(entries.len());
        Ok(Certificate {
            message: from_hex(json.get("message")?.text()?)?,
            signature: Signature::from_tagged(json.get("signature")?.text()?)?.to_bytes(),
            bits: SignerBits::from_flags(&flags),
        })
    };
    let certificates = json.get("certificates")?.items()?.iter().map(certificate).collect::<Result<_, _>>()?;
    Ok(Bench { table: StakeTable::admit(entries.clone())?, entries, certificates })
}

#[wasm_bindgen]
impl Bench {
    /// Reads the fixture that the native bench writes.
    #[wasm_bindgen(constructor)]
    pub fn new(fixture: &[u8]) -> Result<Bench, String> {
        read(fixture).map_err(|rejected| rejected.code().into())
    }

    /// The finality proof: both certificates against the admitted table.
    pub fn finality(&self) -> bool {
        let mut batch = Batch::new(b"bench");
        self.certificates.iter().all(|certificate| match self.signed(certificate) {
            Ok(signed) => batch.push(signed) < 2,
            Err(_) => false,
        }) && batch.verify().is_ok()
    }

    /// One certificate alone.
    pub fn certificate(&self) -> bool {
        let certificate = self.certificates.first();
        certificate.is_some_and(|certificate| {
            self.signed(certificate).is_ok_and(|signed: SignedMessage| signed.verify().is_ok())
        })
    }

    /// The admission of the table: decoding, curve, subgroup, sum.
    pub fn admission(&self) -> bool {
        StakeTable::admit(self.entries.clone()).is_ok()
    }

    /// Both certificates by the reference implementation's method, with stock arkworks.
    pub fn reference(&self) -> bool {
        self.certificates.iter().all(|certificate| match self.signed(certificate) {
            Ok(SignedMessage { message, key, signature }) => {
                let left = Bn254::pairing(*signature.point(), G2Affine::generator());
                left == Bn254::pairing(hash_to_curve(&message), *key.point())
            }
            Err(_) => false,
        })
    }

    /// Messages hashed to the curve.
    pub fn hashes(&self, count: u8) -> bool {
        (0..count).all(|seed| !hash_to_curve(&[seed; 32]).is_zero())
    }

    /// A product of so many pairings with prepared points and so many with others.
    pub fn product(&self, prepared: u8, others: u8) -> bool {
        let (p, q) = (G1Affine::generator(), G2Affine::generator());
        let mut product = Product::new();
        for _ in 0..prepared {
            product.push_prepared(p, &Prepared::minus_generator());
        }
        for _ in 0..others {
            product.push(p, q);
        }
        product.is_one() == (prepared == others)
    }

    /// The sum of the signers' keys of one certificate.
    pub fn sum(&self) -> bool {
        self.certificates
            .first()
            .is_some_and(|certificate| self.table.sign_off(&certificate.bits, Threshold::Success).is_ok())
    }

    /// A weighted sum of `count` points of G1.
    pub fn combination(&self, count: u8) -> bool {
        let points = (1..=count).map(|weight| {
            let point = (G1Affine::generator() + G1Affine::generator()).into_affine();
            (point, Weight::from_bytes(&[weight; 16]).unwrap_or(Weight::ONE))
        });
        !hotshot_light_client::bn254::group::combine_g1(&points.collect::<Vec<_>>()).is_zero()
    }

    /// One key, decoded and checked.
    pub fn key(&self) -> bool {
        self.entries.first().is_some_and(|entry| point::decode_g2(&entry.stake_key).is_ok())
    }
}

impl Bench {
    fn signed(&self, certificate: &Certificate) -> Result<SignedMessage, Rejected> {
        Ok(SignedMessage {
            message: certificate.message.to_vec(),
            key: self.table.sign_off(&certificate.bits, Threshold::Success)?.key,
            signature: Signature::from_bytes(&certificate.signature)?,
        })
    }
}
