//! The commitments to a stake table that states are signed over.

use ark_ff::Zero as _;

use crate::bn254::Fr;
use crate::encoding::integer::U256;
use crate::encoding::tagged_base64;
use crate::hash::element;
use crate::rejection::{Rejected, Rejection};

/// A stake table, committed column by column.
///
/// Source: EspressoSystems/espresso-network `crates/hotshot/types/src/light_client.rs`,
/// `StakeTableState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StakeTableState {
    /// Rescue over the compressed BLS keys, three elements each.
    pub bls_key_comm: Fr,
    /// Rescue over the coordinates of the Schnorr keys.
    pub schnorr_key_comm: Fr,
    /// Rescue over the amounts.
    pub amount_comm: Fr,
    /// A third of the total stake, rounded down, plus one. **Not** the quorum of a certificate.
    pub threshold: u128,
}

impl StakeTableState {
    /// The tag of the text form.
    pub const TAG: &'static str = "STAKE_TABLE_STATE";

    /// Length of the encoded state.
    pub const BYTES: usize = 128;

    /// Reads `STAKE_TABLE_STATE~…`.
    ///
    /// # Errors
    /// `tagged_base64.*`, and those of [`Self::from_bytes`].
    pub fn from_tagged(text: &str) -> Result<Self, Rejected> {
        Self::from_bytes(&tagged_base64::decode_array(text, Self::TAG)?)
    }

    /// Decodes the four values, 32 little-endian bytes each.
    ///
    /// # Errors
    /// `state.field` for a commitment that is zero or not below the modulus: zero is the mark of
    /// uninitialised storage. `state.threshold` for zero or more than 128 bits.
    pub fn from_bytes(bytes: &[u8; Self::BYTES]) -> Result<Self, Rejected> {
        let ([bls, schnorr, amount, threshold], _) = bytes.as_chunks::<32>() else {
            return Err(Rejection::StateField.bare());
        };
        let threshold = U256::from_le_bytes(*threshold);
        let threshold = match u128::try_from(threshold) {
            Ok(value) if value > 0 => value,
            _ => return Err(Rejection::StateThreshold.with(threshold, U256::from(u128::MAX))),
        };
        Ok(Self {
            bls_key_comm: commitment(bls)?,
            schnorr_key_comm: commitment(schnorr)?,
            amount_comm: commitment(amount)?,
            threshold,
        })
    }

    /// The four values, 32 little-endian bytes each.
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        for (chunk, element) in bytes.as_chunks_mut::<32>().0.iter_mut().zip(self.elements()) {
            *chunk = element::to_le_bytes(&element);
        }
        bytes
    }

    /// `STAKE_TABLE_STATE~…`.
    pub fn to_tagged(&self) -> alloc::string::String {
        tagged_base64::encode(Self::TAG, &self.to_bytes())
    }

    /// BLS keys, Schnorr keys, amounts, threshold: the order of the base64 form and of LCV2.
    pub fn elements(&self) -> [Fr; 4] {
        [self.bls_key_comm, self.schnorr_key_comm, self.amount_comm, Fr::from(self.threshold)]
    }
}

fn commitment(bytes: &[u8; 32]) -> Result<Fr, Rejected> {
    match element::from_le_bytes(bytes) {
        Some(element) if !element.is_zero() => Ok(element),
        _ => Err(Rejection::StateField.with(U256::from_le_bytes(*bytes), element::MODULUS)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> StakeTableState {
        StakeTableState {
            bls_key_comm: Fr::from(1u64),
            schnorr_key_comm: -Fr::from(2u64),
            amount_comm: Fr::from(3u64),
            threshold: u128::MAX,
        }
    }

    #[test]
    fn round_trips() {
        assert_eq!(StakeTableState::from_tagged(&state().to_tagged()).unwrap(), state());
    }

    #[test]
    fn values_have_one_form_and_are_not_zero() {
        let code = |bytes: &[u8; 128]| StakeTableState::from_bytes(bytes).unwrap_err().rejection;
        for column in 0..3 {
            let place = 32 * column..32 * column + 32;
            let mut bytes = state().to_bytes();
            bytes[place.clone()].fill(0);
            assert_eq!(code(&bytes), Rejection::StateField);
            bytes[place.clone()].copy_from_slice(&element::MODULUS.to_le_bytes::<32>());
            assert_eq!(code(&bytes), Rejection::StateField);
            bytes[place].fill(0xff);
            assert_eq!(code(&bytes), Rejection::StateField);
        }
        let mut bytes = state().to_bytes();
        bytes[112] = 1;
        assert_eq!(code(&bytes), Rejection::StateThreshold, "2^128 and more");
        bytes[96..].fill(0);
        assert_eq!(code(&bytes), Rejection::StateThreshold);
    }
}
