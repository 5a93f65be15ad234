//! The parts of the arithmetic one by one: what the floors are made of. Ours are in
//! `hotshot_bn254_limbs::costs`; here are the same of stock arkworks.

use ark_bn254::{Bn254, Fq, Fq2, Fq12, G1Affine, G2Affine};
use ark_ec::AffineRepr as _;
use ark_ec::pairing::{MillerLoopOutput, Pairing as _};
use ark_ff::{Field as _, One as _, Zero as _};
use hotshot_bn254_limbs::costs;
use wasm_bindgen::prelude::wasm_bindgen;

/// One operation of ours, so many times.
#[wasm_bindgen]
pub fn part(name: &str, count: u32) -> bool {
    let run = match name {
        "fq-limbs" => costs::limb_products,
        "fq-reduction" => costs::reductions,
        "fq-product" => costs::products,
        "fq-square" => costs::squares,
        "fq-inverse" => costs::inversions,
        "fq2-product" => costs::quadratic_products,
        "fq12-product" => costs::dodecic_products,
        "miller-loop" => costs::miller_loops,
        "final-exponentiation" => costs::final_exponentiations,
        _ => return false,
    };
    run(count)
}

fn value() -> Fq12 {
    Bn254::miller_loop(G1Affine::generator(), G2Affine::generator()).0
}

/// The same of stock arkworks.
#[wasm_bindgen(js_name = stockPart)]
pub fn stock_part(name: &str, count: u32) -> bool {
    let G2Affine { x, y, .. } = G2Affine::generator();
    match name {
        "fq-product" => !(0..count).fold(x.c0, |product, _| product * y.c0).is_zero(),
        "fq-square" => !(0..count).fold(x.c0, |square, _| square.square()).is_zero(),
        "fq-inverse" => !(0..count).fold(x.c0, |last, _| last.inverse().unwrap_or(Fq::ONE) + y.c0).is_zero(),
        "fq2-product" => !(0..count).fold(x, |product: Fq2, _| product * y).is_zero(),
        "fq12-product" => {
            let factor = value();
            !(0..count).fold(factor, |product, _| product * factor).is_one()
        }
        "miller-loop" => (0..count).all(|_| !value().is_one()),
        "final-exponentiation" => {
            let exponentiate = |last: Fq12, _| {
                Bn254::final_exponentiation(MillerLoopOutput(last)).map_or(Fq12::ONE, |output| output.0)
            };
            !(0..count).fold(value(), exponentiate).is_one()
        }
        _ => false,
    }
}

/// Products, squares, reductions, settlings, inversions of ours since the last call.
#[cfg(feature = "tally")]
#[wasm_bindgen(js_name = takeTally)]
pub fn take_tally() -> Vec<u32> {
    hotshot_bn254_limbs::take_tally().to_vec()
}
