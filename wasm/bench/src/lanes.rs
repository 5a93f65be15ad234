//! Two products of limbs at once in the lanes of 128-bit vectors: what SIMD could do for the field.

use core::arch::wasm32::{i32x4, i64x2_add, i64x2_extmul_low_i32x4, i64x2_extract_lane, i64x2_shr, v128};

use wasm_bindgen::prelude::wasm_bindgen;

/// 162 multiply-adds, 81 in each lane, so many times.
#[wasm_bindgen(js_name = laneProducts)]
pub fn lane_products(count: u32) -> bool {
    let limb = |seed: i32| i32x4(0x0123_4567 ^ (seed << 20), 0x0765_4321 ^ (seed << 19), 0, 0);
    let mut x = [1, 2, 3, 4, 5, 6, 7, 8, 9].map(limb);
    let y = [11, 12, 13, 14, 15, 16, 17, 18, 19].map(limb);
    for _ in 0..count {
        x = product(&x, &y);
    }
    i64x2_extract_lane::<0>(x[0]) != 1
}

/// The columns of both products, folded into limbs again without a carry.
#[inline(always)]
#[rustfmt::skip]
fn product(a: &[v128; 9], b: &[v128; 9]) -> [v128; 9] {
    let [a0, a1, a2, a3, a4, a5, a6, a7, a8] = *a;
    let [b0, b1, b2, b3, b4, b5, b6, b7, b8] = *b;
    macro_rules! dot {
        ($left:ident $right:ident) => { i64x2_extmul_low_i32x4($left, $right) };
        ($left:ident $right:ident, $($rest:tt)+) => { i64x2_add(i64x2_extmul_low_i32x4($left, $right), dot![$($rest)+]) };
    }
    let low = [
        dot![a0 b0],
        dot![a0 b1, a1 b0],
        dot![a0 b2, a1 b1, a2 b0],
        dot![a0 b3, a1 b2, a2 b1, a3 b0],
        dot![a0 b4, a1 b3, a2 b2, a3 b1, a4 b0],
        dot![a0 b5, a1 b4, a2 b3, a3 b2, a4 b1, a5 b0],
        dot![a0 b6, a1 b5, a2 b4, a3 b3, a4 b2, a5 b1, a6 b0],
        dot![a0 b7, a1 b6, a2 b5, a3 b4, a4 b3, a5 b2, a6 b1, a7 b0],
        dot![a0 b8, a1 b7, a2 b6, a3 b5, a4 b4, a5 b3, a6 b2, a7 b1, a8 b0],
    ];
    let high = [
        dot![a1 b8, a2 b7, a3 b6, a4 b5, a5 b4, a6 b3, a7 b2, a8 b1],
        dot![a2 b8, a3 b7, a4 b6, a5 b5, a6 b4, a7 b3, a8 b2],
        dot![a3 b8, a4 b7, a5 b6, a6 b5, a7 b4, a8 b3],
        dot![a4 b8, a5 b7, a6 b6, a7 b5, a8 b4],
        dot![a5 b8, a6 b7, a7 b6, a8 b5],
        dot![a6 b8, a7 b7, a8 b6],
        dot![a7 b8, a8 b7],
        dot![a8 b8],
        a8,
    ];
    // The lowest words of the columns, which come to lie in the lanes that are multiplied.
    let [c0, c1, c2, c3, c4, c5, c6, c7, c8] = low;
    let [c9, c10, c11, c12, c13, c14, c15, c16, c17] = high;
    let fold = |low: v128, high: v128| {
        let sum = i64x2_shr(i64x2_add(low, high), 34);
        core::arch::wasm32::i32x4_shuffle::<0, 2, 1, 3>(sum, sum)
    };
    [fold(c0, c9), fold(c1, c10), fold(c2, c11), fold(c3, c12), fold(c4, c13), fold(c5, c14), fold(c6, c15), fold(c7, c16), fold(c8, c17)]
}
