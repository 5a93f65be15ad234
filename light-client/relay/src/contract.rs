//! The contract's interface: what it tells, what it is told, and why it refuses.

use std::fmt;

use hotshot_light_client::Rejection;
use hotshot_light_client::consensus::epoch::Epochs;
use hotshot_light_client::encoding::committable::keccak256;
use hotshot_light_client::encoding::integer::U256;
use hotshot_light_client::hash::element;
use hotshot_light_client::transition::follower::TransitionFollower;
use hotshot_light_client::transition::record::{TransitionRecord, TransitionRules};
use hotshot_light_client::transition::stake_table_state::StakeTableState;

use self::precompiles::points;
use crate::rpc::{Rpc, RpcError};

/// The address of a contract.
pub type Address = [u8; 20];

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
            // A revert of a reader, or an answer of another form.
            RpcError::Refused { .. } => Self::Form("a reader failed"),
            error => Self::Rpc(error),
        }
    }
}

fn selector(signature: &str) -> [u8; 4] {
    let [a, b, c, d, ..] = keccak256(&[signature.as_bytes()]);
    [a, b, c, d]
}

fn word(value: impl Into<U256>) -> [u8; 32] {
    value.into().to_be_bytes()
}

/// The words of an answer.
fn words(answer: &[u8], count: usize) -> Result<Vec<U256>, ContractError> {
    if answer.len() != 32 * count {
        return Err(ContractError::Form("a reader's answer has another length"));
    }
    Ok(answer.chunks(32).map(U256::from_be_slice).collect())
}

/// The commitments of a table, in the contract's order.
fn table(words: &[U256]) -> Result<StakeTableState, ContractError> {
    let [threshold, bls, schnorr, amount] = words else { return Err(ContractError::Form("a table")) };
    let bytes = [bls, schnorr, amount, threshold].map(|word| word.to_le_bytes::<32>());
    let bytes = bytes.as_flattened().try_into().map_err(|_| ContractError::Form("a table"))?;
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
    pub const fn address(&self) -> &Address {
        &self.address
    }

    /// Reads what the contract knows after a block: all at one time, whatever happens in between.
    ///
    /// # Errors
    /// See [`ContractError`].
    pub fn view(&self, key_hash: &[u8; 32], block: u64) -> Result<View, ContractError> {
        Reading { contract: self, block }.view(key_hash)
    }
}

/// The contract after a block.
struct Reading<'a> {
    contract: &'a Contract,
    block: u64,
}

impl Reading<'_> {
    fn read(&self, signature: &str, arguments: &[[u8; 32]], count: usize) -> Result<Vec<U256>, ContractError> {
        let data = [&selector(signature)[..], arguments.as_flattened()].concat();
        let Contract { rpc, address } = self.contract;
        words(&rpc.read(self.block, address, &data)?, count)
    }

    fn small(&self, signature: &str) -> Result<u64, ContractError> {
        let words = self.read(signature, &[], 1)?;
        words.first().and_then(|word| u64::try_from(*word).ok()).ok_or(ContractError::Form("a number"))
    }

    fn view(&self, key_hash: &[u8; 32]) -> Result<View, ContractError> {
        let form = |_| ContractError::Form("a number");
        let latest = self.read("latestState()", &[], 5)?;
        let [view, height, _, _, is_final] = latest.as_slice() else { return Err(ContractError::Form("a state")) };
        let voting = table(&self.read("votingStakeTableState()", &[], 4)?)?;
        let epochs = Epochs::new(self.small("blocksPerEpoch()")?).ok_or(ContractError::Form("epochs"))?;
        let rules = TransitionRules { epochs, first_epoch: epochs.of(self.small("epochStartBlock()")?) };
        let (view, height) = (u64::try_from(*view).map_err(form)?, u64::try_from(*height).map_err(form)?);
        let follower = TransitionFollower::new(rules, view, height, voting)
            .map_err(|_| ContractError::Form("a state that none can follow"))?;
        let verifier = self.read("verifierOf(bytes32)", &[*key_hash], 1)?;
        Ok(View {
            follower,
            is_final: !is_final.is_zero(),
            capacity: self.small("stakeTableCapacity()")?,
            knows_key: verifier.first().is_some_and(|verifier| !verifier.is_zero()),
        })
    }
}

fn state_words(record: &TransitionRecord) -> Vec<[u8; 32]> {
    let StakeTableState { threshold, bls_key_comm, schnorr_key_comm, amount_comm } = &record.next_table;
    vec![
        word(U256::from(record.state.view)),
        word(U256::from(record.state.height)),
        element::to_be_bytes(&record.state.block_comm_root),
        word(U256::from(*threshold)),
        element::to_be_bytes(bls_key_comm),
        element::to_be_bytes(schnorr_key_comm),
        element::to_be_bytes(amount_comm),
        record.auth_root,
    ]
}

/// The call that submits one record.
pub fn update_call(record: &TransitionRecord, key_hash: &[u8; 32], root: bool) -> Vec<u8> {
    let mut words = state_words(record);
    if !root {
        // The contract does not read a next table elsewhere, and zeros are cheap.
        words.iter_mut().skip(3).take(4).for_each(|word| *word = [0; 32]);
    }
    words.push(*key_hash);
    words.extend(points(&record.proof.to_bytes()));
    let signature = concat!(
        "newFinalizedState((uint64,uint64,uint256),(uint256,uint256,uint256,uint256),uint256,",
        "(bytes32,uint256[8]))"
    );
    [&selector(signature)[..], words.as_flattened()].concat()
}

/// The call that submits the roots of successive epochs.
pub fn batch_call(records: &[TransitionRecord], key_hash: &[u8; 32]) -> Vec<u8> {
    // The place of the list, the key, the length of the list.
    let mut words = vec![word(U256::from(64u64)), *key_hash, word(U256::from(records.len()))];
    for record in records {
        words.extend(state_words(record));
        words.extend(points(&record.proof.to_bytes()));
    }
    let signature = concat!(
        "newFinalizedEpochs(((uint64,uint64,uint256),(uint256,uint256,uint256,uint256),uint256,",
        "uint256[8])[],bytes32)"
    );
    [&selector(signature)[..], words.as_flattened()].concat()
}

/// The reason in a revert, if it is one of the contract's.
pub fn reason(data: &[u8]) -> Option<Rejection> {
    let (head, rest) = data.split_at_checked(4)?;
    let (code, _) = rest.split_at_checked(32)?;
    if head != selector("Rejected(bytes32,uint256,uint256)") {
        return None;
    }
    let length = code.iter().position(|byte| *byte == 0).unwrap_or(code.len());
    Rejection::from_code(std::str::from_utf8(code.get(..length)?).ok()?)
}

/// Points as the EVM's precompiles take them, from the core's little-endian form.
mod precompiles {
    use hotshot_light_client::transition::proof::Proof;

    /// A, B, C: x before y, the imaginary part first, flags taken off.
    pub(super) fn points(bytes: &[u8; Proof::BYTES]) -> Vec<[u8; 32]> {
        let (coordinates, _) = bytes.as_chunks::<32>();
        let big_endian = |place: usize| {
            let mut word = coordinates.get(place).copied().unwrap_or_default();
            word.reverse();
            // The modulus has 254 bits.
            if let Some(top) = word.first_mut() {
                *top &= 0x3f;
            }
            word
        };
        [0, 1, 3, 2, 5, 4, 6, 7].map(big_endian).to_vec()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn selectors_are_those_of_the_compiler() {
        assert_eq!(selector("finalizedState()"), [0x9f, 0xdb, 0x54, 0xa7]);
        assert_eq!(selector("transfer(address,uint256)"), [0xa9, 0x05, 0x9c, 0xbb]);
    }

    #[test]
    fn reasons() {
        let revert = |code: &str| {
            let mut data = selector("Rejected(bytes32,uint256,uint256)").to_vec();
            let mut word = [0; 96];
            word[..code.len()].copy_from_slice(code.as_bytes());
            data.extend(word);
            data
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
