//! More than two thirds: `3·weight > 2·total`, for sums that stay far below the modulus.

use ark_bn254::Fr;
use hotshot_light_client::hash::element;

use crate::system::{Num, System};

/// The name of the group.
pub const GROUP: &str = "weight";

/// Bits of the largest difference that is a quorum.
pub const BITS: usize = 128;

/// That `3·weight − 2·total − 1` is a number of 128 bits: 128 rows.
///
/// Both sums are at most 2^126, as whoever trusts the committed table knows; then the difference is
/// above −2^127, and a negative one is no such number.
pub fn enforce_quorum(system: &mut System, weight: &Num, total: &Num) {
    system.in_group(GROUP, |system| {
        let difference = &(&(weight * Fr::from(3u64)) - &(total * Fr::from(2u64))) + -Fr::from(1u64);
        let value = element::to_u256(&difference.value());
        let higher: Vec<_> = (1..BITS).map(|place| system.bit(value.bit(place))).collect();
        let scaled = Num::from_bits(std::iter::once(&Num::zero()).chain(&higher));
        system.enforce_bit(&(&difference - &scaled));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use hotshot_light_client::transition::voting_table::TOTAL_LIMIT;

    fn accepts(weight: u128, total: u128) -> bool {
        let mut system = System::new();
        let (weight, total) = (system.witness(Fr::from(weight)), system.witness(Fr::from(total)));
        enforce_quorum(&mut system, &weight, &total);
        assert_eq!(system.rows(), BITS);
        system.first_broken().is_none()
    }

    #[test]
    fn exactly_the_quorums() {
        for total in 0..30u128 {
            for weight in 0..=total {
                assert_eq!(accepts(weight, total), 3 * weight > 2 * total, "{weight} of {total}");
            }
        }
        let quorum = 2 * TOTAL_LIMIT / 3 + 1;
        assert!(accepts(quorum, TOTAL_LIMIT) && accepts(TOTAL_LIMIT, TOTAL_LIMIT));
        assert!(!accepts(quorum - 1, TOTAL_LIMIT) && !accepts(0, TOTAL_LIMIT));
    }
}
