//! Proofs of possession: an account's keys sign it.
//! Source: EspressoSystems/espresso-network `contracts/rust/adapter/src/stake_table.rs`.

use ark_ec::CurveGroup as _;
use hotshot_light_client::encoding::bytes::to_hex;

use super::{G2Words, PointWords, event::Proven};
use crate::{
    crypto::{Validator, hash_to_curve, schnorr_sign_bytes},
    model::Address,
};

impl Proven {
    /// The keys of a validator, proven for an account.
    pub fn of(keys: &Validator, account: Address) -> Self {
        let message: Vec<u8> = [0; 12].into_iter().chain(account.0).collect();
        let bls = (hash_to_curve(&message) * keys.bls_secret).into_affine();
        Self {
            bls_vk: G2Words::of(keys),
            schnorr_vk: PointWords::of(keys),
            bls_sig: PointWords::of_coordinates(bls.x, bls.y),
            schnorr_sig: to_hex(&schnorr_sign_bytes(keys, &message)),
        }
    }
}
