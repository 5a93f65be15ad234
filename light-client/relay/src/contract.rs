//! The contract's interface: what it tells, what it is told, and why it refuses.

use std::fmt;

pub use alloy_primitives::Address;
use alloy_primitives::{B256, Bytes, U256};
use alloy_sol_types::{SolCall, SolError as _};
use hotshot_light_client::Rejection;
use hotshot_light_client::bn254::Fr;
use hotshot_light_client::consensus::epoch::Epochs;
use hotshot_light_client::hash::element;
use hotshot_light_client::transition::follower::TransitionFollower;
use hotshot_light_client::transition::proof::Proof;
use hotshot_light_client::transition::record::{TransitionRecord, TransitionRules};
use hotshot_light_client::transition::stake_table_state::StakeTableState;

use self::abi::IHotShotLightClient as Interface;
use crate::rpc::{Rpc, RpcError};

/// The contract's interface, from its own source.
#[allow(missing_docs, reason = "said in Solidity")]
pub mod abi {
    alloy_sol_types::sol!("../../circuits/contracts/src/IHotShotLightClient.sol");
    alloy_sol_types::sol!("../../circuits/contracts/src/Rejected.sol");
    alloy_sol_types::sol! {
        function verifierOf(bytes32 keyHash) external view returns (address verifier);
    }
}

/// The most epochs of one transaction that are worth it: later ones save little and fail together.
pub const BATCH: usize = 16;

/// What the contract knows.
#[derive(Clone, Debug)]
pub struct View {
    /// The rules, the last state and the table that votes: judges as the contract does.
    pub follower: TransitionFollower,
    /// The last state is served as final: it is no root whose delay is not over.
    pub is_final: bool,
    /// Rows that the commitments of tables cover.
    pub capacity: u64,
    /// Whether proofs under the relayer's key are accepted at all.
    pub knows_key: bool,
}

/// Why a contract cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContractError {
    /// The node did not answer.
    Rpc(RpcError),
    /// This is no light client, or of a form that the relayer does not know.
    Form(&'static str),
}

impl fmt::Display for ContractError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rpc(error) => write!(formatter, "{error}"),
            Self::Form(what) => write!(formatter, "the contract is no light client: {what}"),
        }
    }
}

impl From<RpcError> for ContractError {
    fn from(error: RpcError) -> Self {
        match error {
            // A revert of a reader. Without what the contract said, it is the node that cannot answer.
            RpcError::Refused { data: Some(_), .. } => Self::Form("a reader failed"),
            error => Self::Rpc(error),
        }
    }
}

/// The commitments of a table.
fn table(table: &Interface::votingStakeTableStateReturn) -> Result<StakeTableState, ContractError> {
    let words = [table.blsKeyComm, table.schnorrKeyComm, table.amountComm, table.threshold];
    let words = words.map(|word| word.to_le_bytes::<32>());
    let bytes = words.as_flattened().try_into().map_err(|_| ContractError::Form("a table"))?;
    StakeTableState::from_bytes(bytes).map_err(|_| ContractError::Form("a table"))
}

/// A deployed light client.
#[derive(Clone, Debug)]
pub struct Contract {
    rpc: Rpc,
    address: Address,
}

impl Contract {
    /// The contract at this address.
    pub const fn new(rpc: Rpc, address: Address) -> Self {
        Self { rpc, address }
    }

    /// The address.
    pub const fn address(&self) -> Address {
        self.address
    }

    /// Asks one of the contract's readers how things were after a block.
    ///
    /// # Errors
    /// See [`ContractError`].
    pub fn read<C: SolCall>(&self, block: u64, call: &C) -> Result<C::Return, ContractError> {
        let answer = self.rpc.read(block, self.address, &call.abi_encode().into())?;
        C::abi_decode_returns_validate(&answer).map_err(|_| ContractError::Form("a reader's answer has another form"))
    }

    /// Reads what the contract knows after a block: all at one time, whatever happens in between.
    ///
    /// # Errors
    /// See [`ContractError`].
    pub fn view(&self, key_hash: &[u8; 32], block: u64) -> Result<View, ContractError> {
        let latest = self.read(block, &Interface::latestStateCall {})?;
        let voting = table(&self.read(block, &Interface::votingStakeTableStateCall {})?)?;
        let length = self.read(block, &Interface::blocksPerEpochCall {})?;
        let epochs = Epochs::new(length).ok_or(ContractError::Form("epochs"))?;
        let first_epoch = epochs.of(self.read(block, &Interface::epochStartBlockCall {})?);
        let rules = TransitionRules { epochs, first_epoch };
        let follower = TransitionFollower::new(rules, latest.viewNum, latest.blockHeight, voting)
            .map_err(|_| ContractError::Form("a state that none can follow"))?;
        let capacity = self.read(block, &Interface::stakeTableCapacityCall {})?;
        Ok(View {
            follower,
            is_final: latest.isFinal,
            capacity: capacity.try_into().map_err(|_| ContractError::Form("a number"))?,
            knows_key: self.read(block, &abi::verifierOfCall { keyHash: key_hash.into() })? != Address::ZERO,
        })
    }
}

fn word(element: &Fr) -> U256 {
    U256::from_be_bytes(element::to_be_bytes(element))
}

/// Points as the EVM's precompiles take them, from the core's little-endian form: x before y, the imaginary
/// part first, flags taken off.
pub fn points(proof: &Proof) -> [U256; 8] {
    let bytes = proof.to_bytes();
    let (coordinates, _) = bytes.as_chunks::<32>();
    // The modulus has 254 bits.
    let number =
        |place: usize| coordinates.get(place).map_or(U256::ZERO, |c| U256::from_le_bytes(*c) & (U256::MAX >> 2));
    [0, 1, 3, 2, 5, 4, 6, 7].map(number)
}

/// A record, as lists of epochs' roots have it.
pub fn epoch_root(record: &TransitionRecord) -> abi::EpochRoot {
    let StakeTableState { threshold, bls_key_comm, schnorr_key_comm, amount_comm } = &record.next_table;
    abi::EpochRoot {
        state: abi::LightClientState {
            viewNum: record.state.view,
            blockHeight: record.state.height,
            blockCommRoot: word(&record.state.block_comm_root),
        },
        nextStakeTable: abi::StakeTableState {
            threshold: U256::from(*threshold),
            blsKeyComm: word(bls_key_comm),
            schnorrKeyComm: word(schnorr_key_comm),
            amountComm: word(amount_comm),
        },
        authRoot: U256::from_be_bytes(record.auth_root),
        points: points(&record.proof),
    }
}

/// The call that submits one record.
pub fn update_call(record: &TransitionRecord, key_hash: &[u8; 32], root: bool) -> Bytes {
    let abi::EpochRoot { state, nextStakeTable: next, authRoot, points } = epoch_root(record);
    let nothing = || abi::StakeTableState {
        threshold: U256::ZERO,
        blsKeyComm: U256::ZERO,
        schnorrKeyComm: U256::ZERO,
        amountComm: U256::ZERO,
    };
    let call = Interface::newFinalizedStateCall {
        newState: state,
        // The contract does not read a next table elsewhere, and zeros are cheap.
        nextStakeTable: if root { next } else { nothing() },
        newAuthRoot: authRoot,
        proof: abi::TransitionProof { keyHash: key_hash.into(), points },
    };
    call.abi_encode().into()
}

/// The call that submits the roots of successive epochs.
pub fn batch_call(records: &[TransitionRecord], key_hash: &[u8; 32]) -> Bytes {
    let roots = records.iter().map(epoch_root).collect();
    Interface::newFinalizedEpochsCall { roots, keyHash: B256::from(*key_hash) }.abi_encode().into()
}

/// The reason in a revert, if it is one of the contract's.
pub fn reason(data: &[u8]) -> Option<Rejection> {
    let rejected = abi::Rejected::abi_decode_validate(data).ok()?;
    let length = rejected.code.iter().position(|byte| *byte == 0).unwrap_or(rejected.code.len());
    Rejection::from_code(std::str::from_utf8(rejected.code.get(..length)?).ok()?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    /// The selectors that integrators know, of the reference contract's readers.
    #[test]
    fn selectors_are_those_of_the_compiler() {
        assert_eq!(Interface::finalizedStateCall::SELECTOR, [0x9f, 0xdb, 0x54, 0xa7]);
        assert_eq!(Interface::getHotShotCommitmentCall::SELECTOR, [0x85, 0x84, 0xd2, 0x3f]);
    }

    #[test]
    fn reasons() {
        let revert = |code: &str| {
            let mut word = [0; 32];
            word[..code.len()].copy_from_slice(code.as_bytes());
            abi::Rejected { code: word.into(), got: U256::from(1), expected: U256::from(2) }.abi_encode()
        };
        assert_eq!(reason(&revert("state.outdated")), Some(Rejection::StateOutdated));
        assert_eq!(reason(&revert("nothing.known")), None);
        assert_eq!(reason(&revert("state.outdated")[..20]), None);
        assert_eq!(reason(b"abc"), None);
        let mut other = revert("state.outdated");
        other[0] ^= 1;
        assert_eq!(reason(&other), None);
    }
}
