//! What a light client on another chain knows of HotShot: a view, a height and a block tree's root.

use crate::bn254::Fr;
use crate::encoding::integer::U256;
use crate::encoding::tagged_base64::{self, tag};
use crate::hash::{element, rescue};
use crate::rejection::{Rejected, Rejection};

/// A light client state.
///
/// Source: EspressoSystems/espresso-network `crates/hotshot/types/src/light_client.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LightClientState {
    /// View number of the block.
    pub view: u64,
    /// Height of the block. The root covers the blocks below this height, not this one.
    pub height: u64,
    /// [`block_comm_root`] of the block's header.
    pub block_comm_root: Fr,
}

impl LightClientState {
    /// The tag of the text form.
    pub const TAG: &'static str = "LIGHT_CLIENT_STATE";

    /// Length of the encoded state.
    pub const BYTES: usize = 48;

    /// Reads `LIGHT_CLIENT_STATE~…`.
    ///
    /// # Errors
    /// `tagged_base64.*`, and those of [`Self::from_bytes`].
    pub fn from_tagged(text: &str) -> Result<Self, Rejected> {
        Self::from_bytes(&tagged_base64::decode_array(text, Self::TAG)?)
    }

    /// Decodes view, height and root, little-endian.
    ///
    /// # Errors
    /// `state.field` for a root that is not below the modulus.
    pub fn from_bytes(bytes: &[u8; Self::BYTES]) -> Result<Self, Rejected> {
        let ([view, height, root @ ..], _) = bytes.as_chunks::<8>() else {
            return Err(Rejection::StateField.bare());
        };
        let root: [u8; 32] =
            root.as_flattened().try_into().map_err(|_| Rejection::StateField.with(bytes.len(), Self::BYTES))?;
        let block_comm_root = element::from_le_bytes(&root)
            .ok_or_else(|| Rejection::StateField.with(U256::from_le_bytes(root), element::MODULUS))?;
        Ok(Self { view: u64::from_le_bytes(*view), height: u64::from_le_bytes(*height), block_comm_root })
    }

    /// View, height and root, little-endian.
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        let root = element::to_le_bytes(&self.block_comm_root);
        let parts = self.view.to_le_bytes().into_iter().chain(self.height.to_le_bytes()).chain(root);
        bytes.iter_mut().zip(parts).for_each(|(byte, value)| *byte = value);
        bytes
    }

    /// `LIGHT_CLIENT_STATE~…`.
    pub fn to_tagged(&self) -> alloc::string::String {
        tagged_base64::encode(Self::TAG, &self.to_bytes())
    }
}

/// The commitment that a state carries for a header's `block_merkle_tree_root`: Rescue over the 48
/// bytes of its tagged value (root, tree height, leaf count).
///
/// # Errors
/// `tagged_base64.*`.
pub fn block_comm_root(block_merkle_tree_root: &str) -> Result<Fr, Rejected> {
    let value: [u8; 48] = tagged_base64::decode_array(block_merkle_tree_root, tag::MERKLE_COMM)?;
    Ok(rescue::hash_bytes(&value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_in_one_form() {
        let state = LightClientState { view: 1, height: u64::MAX, block_comm_root: -Fr::from(5u64) };
        assert_eq!(LightClientState::from_tagged(&state.to_tagged()).unwrap(), state);
        let mut bytes = state.to_bytes();
        bytes[16..].copy_from_slice(&element::MODULUS.to_le_bytes::<32>());
        assert_eq!(LightClientState::from_bytes(&bytes).unwrap_err().rejection, Rejection::StateField);
        let short = tagged_base64::encode(LightClientState::TAG, &[0; 47]);
        assert_eq!(LightClientState::from_tagged(&short).unwrap_err().rejection, Rejection::TaggedBase64Length);
    }
}
