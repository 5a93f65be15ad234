//! What validators sign over a state, by protocol version: LCV1, LCV2, LCV3.

use alloc::vec::Vec;

use super::stake_table_state::StakeTableState;
use super::state::LightClientState;
use crate::bn254::Fr;
use crate::consensus::version::Version;
use crate::encoding::committable::keccak256;
use crate::encoding::integer::U256;
use crate::hash::element;

/// The forms of the signed message.
///
/// Source: EspressoSystems/espresso-network `crates/hotshot/types/src/light_client.rs`. They have
/// no tag in common or apart: only their lengths differ, so the form is chosen by the protocol
/// version and never by what a certificate says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Before epochs (below 0.3): the state alone.
    Lcv1,
    /// Protocol 0.3, and the second signature later: state and next table.
    Lcv2,
    /// From protocol 0.4: a digest of state, next table and auth root.
    Lcv3,
}

impl Kind {
    /// The form of the signature that counts in a protocol version.
    pub fn of_version(version: Version) -> Self {
        if version < Version::V0_3 {
            Self::Lcv1
        } else if version < Version::V0_4 {
            Self::Lcv2
        } else {
            Self::Lcv3
        }
    }

    /// The name in outputs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lcv1 => "LCV1",
            Self::Lcv2 => "LCV2",
            Self::Lcv3 => "LCV3",
        }
    }

    /// The signed elements.
    pub fn message(self, state: &LightClientState, next: &StakeTableState, auth_root: &[u8; 32]) -> Vec<Fr> {
        let plain = [Fr::from(state.view), Fr::from(state.height), state.block_comm_root];
        match self {
            Self::Lcv1 => plain.to_vec(),
            Self::Lcv2 => plain.into_iter().chain(next.elements()).collect(),
            Self::Lcv3 => alloc::vec![digest(state, next, auth_root)],
        }
    }
}

/// The digest of LCV3: Keccak-256 over eight Solidity words, as an element. It is also the third
/// public input of a transition proof.
///
/// The threshold comes first here, unlike in the text form of a table's state.
pub fn digest(state: &LightClientState, next: &StakeTableState, auth_root: &[u8; 32]) -> Fr {
    let words = [
        U256::from(state.view).to_be_bytes::<32>(),
        U256::from(state.height).to_be_bytes(),
        element::to_be_bytes(&state.block_comm_root),
        U256::from(next.threshold).to_be_bytes(),
        element::to_be_bytes(&next.bls_key_comm),
        element::to_be_bytes(&next.schnorr_key_comm),
        element::to_be_bytes(&next.amount_comm),
        *auth_root,
    ];
    element::reduce(U256::from_be_bytes(keccak256(&[words.as_flattened()])))
}

/// The auth root of a header: Keccak-256 over its reward tree's root and seven empty words.
///
/// Source: EspressoSystems/espresso-network `contracts/src/LightClientV3.sol` and
/// `crates/espresso/types/src/v0/impls/header.rs`.
pub fn auth_root(reward_merkle_root: &[u8; 32]) -> [u8; 32] {
    keccak256(&[reward_merkle_root, &[0; 7 * 32]])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        let kinds = [(0, 1), (0, 2), (0, 3), (0, 4), (0, 6), (1, 0), (1, 3)];
        let kinds = kinds.map(|(major, minor)| Kind::of_version(Version { major, minor }));
        let expected = [Kind::Lcv1, Kind::Lcv1, Kind::Lcv2, Kind::Lcv3, Kind::Lcv3, Kind::Lcv3, Kind::Lcv3];
        assert_eq!(kinds, expected);
    }

    #[test]
    fn every_part_counts() {
        let state = LightClientState { view: 1, height: 2, block_comm_root: Fr::from(3u64) };
        let next = StakeTableState {
            bls_key_comm: Fr::from(4u64),
            schnorr_key_comm: Fr::from(5u64),
            amount_comm: Fr::from(6u64),
            threshold: 7,
        };
        let root = [8; 32];
        let nine = Fr::from(9u64);
        let others = [
            digest(&LightClientState { view: 9, ..state }, &next, &root),
            digest(&LightClientState { height: 9, ..state }, &next, &root),
            digest(&LightClientState { block_comm_root: nine, ..state }, &next, &root),
            digest(&state, &StakeTableState { bls_key_comm: nine, ..next }, &root),
            digest(&state, &StakeTableState { schnorr_key_comm: nine, ..next }, &root),
            digest(&state, &StakeTableState { amount_comm: nine, ..next }, &root),
            digest(&state, &StakeTableState { threshold: 9, ..next }, &root),
            digest(&state, &next, &[9; 32]),
            digest(&LightClientState { view: 2, height: 1, ..state }, &next, &root),
            digest(&state, &next, &root),
        ];
        for (index, left) in others.iter().enumerate() {
            assert!(others[index + 1..].iter().all(|right| left != right), "{index}");
        }
        assert_eq!(Kind::Lcv1.message(&state, &next, &root).len(), 3);
        assert_eq!(Kind::Lcv2.message(&state, &next, &root).len(), 7);
    }
}
