//! What the reference light client contract holds.
//!
//! Source: EspressoSystems/espresso-network `contracts/src/LightClient.sol`, `LightClientV2.sol`,
//! `LightClientV3.sol`: public state variables, so that their getters return the words of the
//! structures in the order of declaration. `stateHistoryCommitments` tells when a state was accepted: a
//! contract that nobody has updated for weeks says nothing fresh at a fresh L1 block.

use crate::bn254::Fr;
use crate::encoding::bytes::from_hex_vec;
use crate::encoding::committable::keccak256;
use crate::encoding::integer::U256;
use crate::encoding::json::Json;
use crate::hash::element;
use crate::rejection::{Rejected, Rejection};
use crate::transition::stake_table_state::StakeTableState;

/// The getters that are read, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Getter {
    /// `finalizedState()`: view, height, root of the block tree.
    FinalizedState,
    /// `votingStakeTableState()`: threshold and three commitments.
    VotingStakeTableState,
    /// `authRoot()`.
    AuthRoot,
    /// `blocksPerEpoch()`.
    BlocksPerEpoch,
    /// `epochStartBlock()`.
    EpochStartBlock,
    /// `getStateHistoryCount()`.
    HistoryCount,
    /// `stateHistoryCommitments(…)` of the newest state: when it was accepted, and its height.
    NewestHistory,
}

impl Getter {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::FinalizedState,
        Self::VotingStakeTableState,
        Self::AuthRoot,
        Self::BlocksPerEpoch,
        Self::EpochStartBlock,
        Self::HistoryCount,
        Self::NewestHistory,
    ];

    const fn signature(self) -> &'static str {
        match self {
            Self::FinalizedState => "finalizedState()",
            Self::VotingStakeTableState => "votingStakeTableState()",
            Self::AuthRoot => "authRoot()",
            Self::BlocksPerEpoch => "blocksPerEpoch()",
            Self::EpochStartBlock => "epochStartBlock()",
            Self::HistoryCount => "getStateHistoryCount()",
            Self::NewestHistory => "stateHistoryCommitments(uint256)",
        }
    }

    /// The selector: the first four bytes of the signature's Keccak-256.
    pub fn selector(self) -> [u8; 4] {
        let [a, b, c, d, ..] = keccak256(&[self.signature().as_bytes()]);
        [a, b, c, d]
    }

    /// The one argument, where the getter takes one.
    pub const fn argument(self, readings: &Readings) -> Option<u64> {
        match self {
            Self::NewestHistory => Some(readings.updates.saturating_sub(1)),
            _ => None,
        }
    }
}

/// What the contract says at one L1 block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Readings {
    /// View of the newest state that the contract accepted.
    pub view: u64,
    /// Its height.
    pub height: u64,
    /// Rescue over the root of its block tree.
    pub block_comm_root: Fr,
    /// Commitments to the table that signs next.
    pub voting: Option<StakeTableState>,
    /// Keccak-256 over the roots that rollups authenticate against.
    pub auth_root: [u8; 32],
    /// Blocks in an epoch.
    pub blocks_per_epoch: u64,
    /// The block with which epochs begin.
    pub epoch_start_block: u64,
    /// How many states the contract has accepted.
    pub updates: u64,
    /// When it accepted the newest: the time of that L1 block, in seconds since the Unix epoch.
    pub accepted_at: u64,
}

impl Readings {
    /// Takes the result of a getter's call.
    ///
    /// # Errors
    /// `l1.answer` for another number of words or one that is too large; `state.field` and
    /// `state.threshold` for commitments that are none: a contract of another kind, or one that was
    /// never initialised; `l1.contract` for one that has accepted no state, or another at the end of its
    /// history than its newest.
    pub fn take(&mut self, getter: Getter, result: &Json<'_>) -> Result<(), Rejected> {
        match getter {
            Getter::FinalizedState => {
                let [view, height, root] = words(result)?;
                (self.view, self.height) = (narrow(view)?, narrow(height)?);
                let root = U256::from_be_bytes(root);
                self.block_comm_root =
                    element::from_u256(root).ok_or_else(|| Rejection::StateField.with(root, element::MODULUS))?;
            }
            Getter::VotingStakeTableState => {
                let [threshold, bls, schnorr, amount] = words(result)?;
                let mut bytes = [0; StakeTableState::BYTES];
                // The contract's words are big-endian and begin with the threshold.
                for (chunk, word) in bytes.as_chunks_mut::<32>().0.iter_mut().zip([bls, schnorr, amount, threshold]) {
                    *chunk = word;
                    chunk.reverse();
                }
                self.voting = Some(StakeTableState::from_bytes(&bytes)?);
            }
            Getter::AuthRoot => [self.auth_root] = words(result)?,
            Getter::BlocksPerEpoch => {
                let [blocks] = words(result)?;
                self.blocks_per_epoch = narrow(blocks)?;
            }
            Getter::EpochStartBlock => {
                let [block] = words(result)?;
                self.epoch_start_block = narrow(block)?;
            }
            Getter::HistoryCount => {
                let [updates] = words(result)?;
                self.updates = narrow(updates)?;
                if self.updates == 0 {
                    return Err(Rejection::L1Contract.with(self.updates, "a state that was accepted"));
                }
            }
            Getter::NewestHistory => {
                let [_, time, height, _] = words(result)?;
                Rejection::L1Contract.unless_equal(narrow(height)?, self.height)?;
                self.accepted_at = narrow(time)?;
            }
        }
        Ok(())
    }
}

/// The words of a call's result, which has to have exactly so many.
fn words<const N: usize>(result: &Json<'_>) -> Result<[[u8; 32]; N], Rejected> {
    let bytes = from_hex_vec(result.text()?, 32 * 16)?;
    let wrong = || Rejection::L1Answer.with(bytes.len(), 32 * N);
    let (words, rest) = bytes.as_chunks::<32>();
    if !rest.is_empty() {
        return Err(wrong());
    }
    words.try_into().map_err(|_| wrong())
}

fn narrow(word: [u8; 32]) -> Result<u64, Rejected> {
    let value = U256::from_be_bytes(word);
    u64::try_from(value).map_err(|_| Rejection::L1Answer.with(value, "a number of 64 bits"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::bytes::to_hex;
    use crate::encoding::json::parse;

    #[test]
    fn selectors() {
        // Recomputed by an implementation of Keccak that shares nothing with ours.
        let expected =
            ["0x9fdb54a7", "0x0625e19b", "0x998328e8", "0xf0682054", "0x3ed55b7b", "0xf9e50d19", "0x02b592f3"];
        for (getter, expected) in Getter::ALL.iter().zip(expected) {
            assert_eq!(to_hex(&getter.selector()), expected, "{getter:?}");
        }
    }

    #[test]
    fn results_have_exactly_their_words() {
        let mut readings = Readings::default();
        for (length, accepted) in [(2, false), (3, true), (4, false)] {
            let text = alloc::format!("\"0x{}\"", "00".repeat(32 * length - 1) + "07");
            let taken = readings.take(Getter::FinalizedState, &parse(text.as_bytes()).unwrap());
            assert_eq!(taken.is_ok(), accepted, "{length}");
        }
        let large = alloc::format!("\"0x{}\"", "ff".repeat(96));
        let refused = readings.take(Getter::FinalizedState, &parse(large.as_bytes()).unwrap()).unwrap_err();
        assert_eq!(refused.code(), "l1.answer");
        let empty = alloc::format!("\"0x{}\"", "00".repeat(128));
        let refused = readings.take(Getter::VotingStakeTableState, &parse(empty.as_bytes()).unwrap()).unwrap_err();
        assert_eq!(refused.rejection.code(), "state.threshold", "never initialised");
    }
}
