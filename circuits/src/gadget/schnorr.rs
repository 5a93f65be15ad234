//! One Schnorr signature: compute the commitment from key, challenge and scalar, hash it, and see
//! that the hash is the challenge. The commitment is no witness, so nothing about it needs proof.

use ark_bn254::Fr;
use ark_ed_on_bn254::{EdwardsAffine, Fr as Scalar};
use ark_ff::{BigInteger as _, Field as _, PrimeField as _};
use hotshot_light_client::hash::rescue as native;
use hotshot_light_client::signature::schnorr::DOMAIN;

use super::canonical::{self, Bit};
use super::montgomery::Point;
use super::{fixed_base, ladder, rescue};
use crate::system::{Num, System};

/// The name of the group of rows that belong to no part.
pub const GROUP: &str = "signature";

/// What the prover knows of a signature. The commitment helps to compute the other witnesses and
/// is no witness itself.
#[derive(Clone, Debug)]
pub struct Hint {
    /// The scalar s.
    pub scalar: Scalar,
    /// The commitment R.
    pub commitment: EdwardsAffine,
}

/// The full hash of a signature: all 254 bits, of which the low 248 are the challenge.
pub fn hash_of(x: Fr, y: Fr, commitment: &EdwardsAffine, message: &[Fr]) -> Fr {
    native::hash([DOMAIN, x, y, commitment.x, commitment.y].into_iter().chain(message.iter().copied()))
}

/// That somebody signed the message with the key (x, y), which must be on the curve.
pub fn enforce_signature(system: &mut System, x: &Num, y: &Num, message: &[Num], hint: &Hint) {
    system.in_group(GROUP, |system| {
        let values: Vec<_> = message.iter().map(Num::value).collect();
        let expected = hash_of(x.value(), y.value(), &hint.commitment, &values).into_bigint().to_bits_le();
        let mut bits = expected.iter().copied().chain(std::iter::repeat(false));
        let low: [bool; ladder::BITS] = std::array::from_fn(|_| bits.next().unwrap_or_default());
        let high: [bool; canonical::HIGH] = std::array::from_fn(|_| bits.next().unwrap_or_default());

        // R = s·G − c·A, with the ladder's offset taken away where the fixed base starts.
        let key = Point::from_edwards(system, x, y);
        let challenged = ladder::minus_multiple(system, &key, &low);
        let based = fixed_base::add_multiple(system, &-ladder::offset(), &hint.scalar);
        let commitment = based.add(system, &challenged.point);
        let (commitment_x, commitment_y) = commitment.to_edwards(system);

        let mut input = vec![Num::constant(DOMAIN), x.clone(), y.clone(), commitment_x, commitment_y];
        input.extend_from_slice(message);
        let hash = rescue::hash(system, &input);

        // The hash is high·2^248 + c, without wrapping around the modulus.
        let high = high.map(|bit| system.in_group(canonical::GROUP, |system| system.bit(bit)));
        let weight = Fr::from(2u64).pow([ladder::BITS as u64]);
        challenged.enforce_number(system, &(&hash - &(&Num::from_bits(&high) * weight)));
        let high = high.iter().rev().map(|bit| Bit { set: bit.clone(), unset: &Num::one() - bit });
        let low = challenged.signed.iter().rev();
        let low = low.map(|v| Bit { set: v + &challenged.unit, unset: &challenged.unit - v });
        canonical::enforce_below_modulus(system, high.chain(low));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ec::{AffineRepr as _, CurveGroup as _};
    use hotshot_light_client::signature::schnorr_signing::SigningKey;

    fn signer(secret: u8) -> SigningKey {
        SigningKey::new(&[secret; 32]).unwrap()
    }

    fn build(signer: &SigningKey, message: &[Fr], hint: &Hint) -> System {
        let mut system = System::new();
        let key = *signer.verification_key().point();
        let (x, y) = (system.witness(key.x), system.witness(key.y));
        let message: Vec<_> = message.iter().map(|element| system.witness(*element)).collect();
        enforce_signature(&mut system, &x, &y, &message, hint);
        system
    }

    fn hint(signer: &SigningKey, message: &[Fr]) -> Hint {
        let signature = signer.sign(message);
        Hint { scalar: *signature.scalar(), commitment: *signature.commitment() }
    }

    #[test]
    fn real_signatures_and_their_rows() {
        for secret in 1..4 {
            let (signer, message) = (signer(secret), [Fr::from(secret)]);
            let system = build(&signer, &message, &hint(&signer, &message));
            assert_eq!(system.first_broken().map(|row| system.group_of(row)), None);
            let counts = system.counts();
            let canonical = canonical::runs().len() + canonical::HIGH;
            assert_eq!(counts[rescue::GROUP], 3 * 288 - 6);
            assert_eq!(counts[ladder::GROUP], 1493);
            assert_eq!(counts[fixed_base::GROUP], 504);
            assert_eq!(counts[canonical::GROUP], canonical);
            assert_eq!(counts[GROUP], 8);
            assert_eq!(system.rows(), 2863 + canonical);
        }
    }

    #[test]
    fn wrong_signatures_are_unsatisfiable() {
        let (signer, message) = (signer(1), [Fr::from(5u64)]);
        let good = hint(&signer, &message);
        let generator = EdwardsAffine::generator();
        let shifted = Hint { scalar: good.scalar + Scalar::from(1u64), commitment: good.commitment };
        let moved =
            Hint { scalar: good.scalar + Scalar::from(1u64), commitment: (good.commitment + generator).into_affine() };
        for bad in [shifted, moved, hint(&signer, &[Fr::from(6u64)]), hint(&self::signer(2), &message)] {
            assert!(build(&signer, &message, &bad).first_broken().is_some());
        }
    }

    /// A hash has a second representation as high·2^248 + low where it stays below 2^254 with the
    /// modulus added: the wrong one is refused by the comparison alone.
    #[test]
    fn the_challenge_of_the_hash_plus_modulus_is_refused() {
        let runs: Vec<bool> = canonical::runs().iter().flat_map(|(bit, length)| vec![*bit; *length]).collect();
        let (signer, mut found) = (signer(3), 0);
        for message in 0..20u64 {
            let message = [Fr::from(message)];
            let hint = hint(&signer, &message);
            let key = signer.verification_key().point();
            let hash = hash_of(key.x, key.y, &hint.commitment, &message).into_bigint();
            let mut above = hash;
            above.add_with_carry(&Fr::MODULUS);
            if above.num_bits() > 254 {
                continue;
            }
            found += 1;
            let bits: Vec<bool> = above.to_bits_le()[..254].iter().rev().copied().collect();
            assert!(bits[..runs.len()] >= runs[..], "a number from the modulus on");
        }
        assert!(found > 0);
    }
}
