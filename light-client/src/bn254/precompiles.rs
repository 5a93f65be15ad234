//! The published cases of Ethereum's precompiled contracts for this curve (EIP-196, EIP-197).

use alloc::string::String;
use alloc::vec::Vec;

use ark_ec::AffineRepr;
use ark_ff::{BigInteger, PrimeField, Zero};

use super::group::{combine_g1, multiply_g1};
use super::pairing::Product;
use super::weight::Weight;
use super::{Fq, Fq2, Fr, G1Affine, G2Affine, point};
use crate::encoding::bytes::{from_hex_vec, to_hex};
use crate::encoding::json::{Json, parse};
use crate::recorded;

/// The cases of a file: input, padded with zeros to a whole number of `width` bytes, expected, name.
fn cases(name: &str) -> Vec<(Vec<u8>, Vec<u8>, String)> {
    let Some(text) = recorded::file(&alloc::format!("bn254_precompiles/{name}")) else { return Vec::new() };
    let json = parse(&text).unwrap();
    let bytes = |case: &Json<'_>, key| {
        from_hex_vec(&alloc::format!("0x{}", case.get(key).unwrap().text().unwrap()), 1 << 12).unwrap()
    };
    let items = json.items().unwrap().iter();
    let cases: Vec<_> = items
        .map(|case| (bytes(case, "Input"), bytes(case, "Expected"), case.get("Name").unwrap().text().unwrap().into()))
        .collect();
    assert!(cases.len() > 10);
    cases
}

/// The 32 bytes at this word, zeros beyond the end.
fn word(input: &[u8], index: usize) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (offset, byte) in bytes.iter_mut().enumerate() {
        *byte = input.get(32 * index + offset).copied().unwrap_or(0);
    }
    bytes
}

/// A big-endian coordinate, which has to be reduced.
fn coordinate(bytes: [u8; 32]) -> Fq {
    let value = Fq::from_be_bytes_mod_order(&bytes);
    assert_eq!(value.into_bigint().to_bytes_be(), bytes);
    value
}

/// A point of G1 through our decoder; the precompiles write infinity as zeros.
fn g1(input: &[u8], index: usize) -> G1Affine {
    let (x, y) = (coordinate(word(input, index)), coordinate(word(input, index + 1)));
    if x.is_zero() && y.is_zero() {
        return G1Affine::zero();
    }
    point::decode_g1(&point::encode_g1(&G1Affine::new_unchecked(x, y))).unwrap()
}

/// A point of G2 through our decoder; the precompiles write the second coefficient first.
fn g2(input: &[u8], index: usize) -> G2Affine {
    let fq2 = |index| Fq2::new(coordinate(word(input, index + 1)), coordinate(word(input, index)));
    let (x, y) = (fq2(index), fq2(index + 2));
    if x.is_zero() && y.is_zero() {
        return G2Affine::zero();
    }
    point::decode_g2(&point::encode_g2(&G2Affine::new_unchecked(x, y))).unwrap()
}

fn written(point: &G1Affine) -> String {
    to_hex(&[point.x, point.y].map(|coordinate| coordinate.into_bigint().to_bytes_be()).concat())
}

#[test]
fn additions() {
    for (input, expected, name) in cases("bn256Add.json") {
        let sum = combine_g1(&[(g1(&input, 0), Weight::ONE), (g1(&input, 2), Weight::ONE)]);
        assert_eq!(written(&sum), to_hex(&expected), "{name}");
    }
}

#[test]
fn multiplications() {
    for (input, expected, name) in cases("bn256ScalarMul.json") {
        // The precompile takes any 256 bits.
        let scalar = Fr::from_be_bytes_mod_order(&word(&input, 2));
        assert_eq!(written(&multiply_g1(&[(g1(&input, 0), scalar)])), to_hex(&expected), "{name}");
    }
}

#[test]
fn pairings() {
    for (input, expected, name) in cases("bn256Pairing.json") {
        let mut product = Product::new();
        for pair in 0..input.len() / 192 {
            product.push(g1(&input, 6 * pair), g2(&input, 6 * pair + 2));
        }
        assert_eq!(product.is_one(), expected.last() == Some(&1), "{name}");
    }
}
