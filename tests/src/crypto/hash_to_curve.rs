//! Hash to G1 of BN254 by try and increment, as EspressoSystems/jellyfish
//! `signature/src/bls_over_bn254.rs` and the field hashers of arkworks do it.

use ark_bn254::{Fq, G1Affine};
use ark_ff::{Field as _, One as _, PrimeField as _};
use hotshot_light_client::encoding::committable::keccak256;

const SUFFIX: &[u8] = b"BLS_SIG_BN254G1_XMD:KECCAK_NCTH_NUL_";
/// The domain separation tag, one byte 0x01, followed by its length.
const DST_PRIME: &[u8] = &[1, 1];
const FIELD_BYTES: [u8; 2] = [0, 48];

/// The point that a signature of `message` multiplies.
pub fn hash_to_curve(message: &[u8]) -> G1Affine {
    with_suffix(message, SUFFIX)
}

fn with_suffix(message: &[u8], suffix: &[u8]) -> G1Affine {
    // The zero pad is 48 bytes long, not the 136 of Keccak's rate.
    let b0 = keccak256(&[&[0; 48], message, suffix, &FIELD_BYTES, &[0], DST_PRIME]);
    let b1 = keccak256(&[&b0, &[1], DST_PRIME]);
    let mut mixed = b0;
    mixed.iter_mut().zip(b1).for_each(|(left, right)| *left ^= right);
    let b2 = keccak256(&[&mixed, &[2], DST_PRIME]);
    let uniform: Vec<u8> = b1.into_iter().chain(b2).take(48).collect();
    let mut x = Fq::from_be_bytes_mod_order(&uniform);
    loop {
        let right = x.square() * x + Fq::from(3u64);
        if let Some(root) = right.sqrt() {
            let negated = -root;
            let y = if root.into_bigint() <= negated.into_bigint() { root } else { negated };
            return G1Affine::new_unchecked(x, y);
        }
        x += Fq::one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors;
    use hotshot_light_client::encoding::bytes::from_hex_vec;

    #[test]
    fn published_answers() {
        if vectors::missing("published_answers") {
            return;
        }
        #[derive(serde::Deserialize)]
        struct Answers {
            vectors: Vec<Answer>,
        }
        #[derive(serde::Deserialize)]
        struct Answer {
            message: String,
            x: String,
            y: String,
        }
        let text = vectors::read("reference/hash_to_curve_bn254.json");
        let answers: Answers = serde_json::from_str(&text).unwrap();
        assert!(!answers.vectors.is_empty());
        for answer in answers.vectors {
            // These answers are of the field hasher alone: the scheme's suffix is not appended.
            let message = from_hex_vec(&format!("0x{}", answer.message), 1000).unwrap();
            let point = with_suffix(&message, b"");
            assert_eq!((point.x.to_string(), point.y.to_string()), (answer.x, answer.y));
        }
    }
}
