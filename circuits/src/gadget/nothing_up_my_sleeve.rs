//! A point whose discrete logarithms nobody knows: where the incomplete additions start.

use std::sync::OnceLock;

use ark_bn254::Fr;
use ark_ec::{AffineRepr as _, CurveGroup as _};
use ark_ed_on_bn254::EdwardsAffine;
use hotshot_light_client::encoding::committable::keccak256;
use hotshot_light_client::encoding::integer::U256;
use hotshot_light_client::hash::element;

/// Hashed with a counter until a y has a point.
pub const SEED: &[u8] = b"hotshot-circuits: start of the ladder, nothing up my sleeve, 1";

/// The point: the first y that has one, the smaller x, times the cofactor.
pub fn point() -> EdwardsAffine {
    static POINT: OnceLock<EdwardsAffine> = OnceLock::new();
    *POINT.get_or_init(|| {
        (0u64..)
            .find_map(|counter| {
                let y: Fr = element::reduce(U256::from_be_bytes(keccak256(&[SEED, &counter.to_le_bytes()])));
                let (x, _) = EdwardsAffine::get_xs_from_y_unchecked(y)?;
                let point = EdwardsAffine::new_unchecked(x, y).mul_by_cofactor_to_group().into_affine();
                (!point.is_zero()).then_some(point)
            })
            .unwrap_or_else(EdwardsAffine::generator)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_in_the_subgroup_and_is_no_point_that_anything_else_uses() {
        let point = point();
        assert!(point.is_on_curve() && point.is_in_correct_subgroup_assuming_on_curve());
        assert!(point != EdwardsAffine::generator() && point != -EdwardsAffine::generator());
    }
}
