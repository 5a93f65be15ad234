//! The form of transition scripts, `tests/scripts/transition.schema.json`.

use hotshot_light_client::encoding::bytes::to_hex;
use hotshot_light_client::encoding::integer::U256;
use hotshot_light_client::hash::element;
use hotshot_light_client::transition::proof::Proof;
use hotshot_light_client::transition::record::TransitionRecord;
use hotshot_light_client::transition::stake_table_state::StakeTableState;
use hotshot_light_client::transition::state::LightClientState;
use serde::{Deserialize, Serialize};

/// The version of the form.
pub(crate) const FORMAT: &str = "hotshot-transition-script/1";

/// A word of the EVM, `0x` and 64 digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Word(pub(crate) String);

impl Word {
    pub(crate) fn of(value: U256) -> Self {
        Self(to_hex(&value.to_be_bytes::<32>()))
    }

    pub(crate) fn value(&self) -> U256 {
        U256::from_str_radix(self.0.strip_prefix("0x").unwrap(), 16).unwrap()
    }

    pub(crate) fn bytes(&self) -> [u8; 32] {
        self.value().to_be_bytes()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Table {
    pub(crate) threshold: Word,
    pub(crate) bls_key_comm: Word,
    pub(crate) schnorr_key_comm: Word,
    pub(crate) amount_comm: Word,
}

impl Table {
    pub(crate) fn of(state: &StakeTableState) -> Self {
        let word = |element| Word::of(element::to_u256(element));
        Self {
            threshold: Word::of(U256::from(state.threshold)),
            bls_key_comm: word(&state.bls_key_comm),
            schnorr_key_comm: word(&state.schnorr_key_comm),
            amount_comm: word(&state.amount_comm),
        }
    }

    /// The bytes that the core decodes.
    pub(crate) fn to_bytes(&self) -> [u8; StakeTableState::BYTES] {
        let words = [&self.bls_key_comm, &self.schnorr_key_comm, &self.amount_comm, &self.threshold];
        words.map(|word| word.value().to_le_bytes::<32>()).concat().try_into().unwrap()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Network {
    pub(crate) epoch_height: u64,
    pub(crate) epoch_start_block: u64,
    pub(crate) stake_table_capacity: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Genesis {
    pub(crate) view: u64,
    pub(crate) height: u64,
    pub(crate) block_comm_root: Word,
    pub(crate) auth_root: Word,
    pub(crate) stake_table: Table,
    pub(crate) verdict: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Update {
    pub(crate) view: u64,
    pub(crate) height: u64,
    pub(crate) block_comm_root: Word,
    pub(crate) next_stake_table: Table,
    pub(crate) auth_root: Word,
    /// A, B, C as the EVM's precompiles take them: x before y, the imaginary part first.
    pub(crate) proof: [Word; 8],
}

impl Update {
    pub(crate) fn of(record: &TransitionRecord) -> Self {
        let bytes = record.proof.to_bytes();
        let mut words = bytes.chunks_exact(32).map(|chunk| U256::from_le_slice(chunk) & (U256::MAX >> 2));
        let [a0, a1, b0, b1, b2, b3, c0, c1] = std::array::from_fn(|_| Word::of(words.next().unwrap()));
        Self {
            view: record.state.view,
            height: record.state.height,
            block_comm_root: Word::of(element::to_u256(&record.state.block_comm_root)),
            next_stake_table: Table::of(&record.next_table),
            auth_root: Word::of(U256::from_be_bytes(record.auth_root)),
            proof: [a0, a1, b1, b0, b3, b2, c0, c1],
        }
    }

    /// The bytes that the core decodes.
    pub(crate) fn state_bytes(&self) -> [u8; LightClientState::BYTES] {
        let root = self.block_comm_root.value().to_le_bytes::<32>();
        [&self.view.to_le_bytes()[..], &self.height.to_le_bytes(), &root].concat().try_into().unwrap()
    }

    /// The bytes that the core decodes, with the flags that go with the coordinates.
    pub(crate) fn proof_bytes(&self) -> [u8; Proof::BYTES] {
        let [a0, a1, b1, b0, b3, b2, c0, c1] = self.proof.each_ref().map(Word::value);
        [point(&[a0, a1]), point(&[b0, b1, b2, b3]), point(&[c0, c1])].concat().try_into().unwrap()
    }
}

/// A point in the core's form: little-endian, flags in the last byte.
fn point(coordinates: &[U256]) -> Vec<u8> {
    let modulus = super::judge::coordinate_modulus();
    let mut bytes: Vec<u8> = coordinates.iter().flat_map(|coordinate| coordinate.to_le_bytes::<32>()).collect();
    // In Fq2 the second coefficient decides, then the first.
    let y = &coordinates[coordinates.len() / 2..];
    let deciding = y.iter().rev().find(|part| !part.is_zero()).copied().unwrap_or_default();
    if coordinates.iter().all(U256::is_zero) {
        *bytes.last_mut().unwrap() |= 0x40;
    } else if deciding > modulus >> 1 && deciding < modulus {
        *bytes.last_mut().unwrap() |= 0x80;
    }
    bytes
}

/// What is known after a step, refused or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Then {
    pub(crate) view: u64,
    pub(crate) height: u64,
    pub(crate) block_comm_root: Word,
    pub(crate) auth_root: Word,
    pub(crate) voting_epoch: u64,
    pub(crate) stake_table: Table,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    pub(crate) about: String,
    pub(crate) batch: bool,
    pub(crate) updates: Vec<Update>,
    pub(crate) verdict: String,
    pub(crate) then: Then,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Script {
    pub(crate) format: String,
    pub(crate) about: String,
    pub(crate) network: Network,
    pub(crate) insecure_keys_allowed: bool,
    pub(crate) key: String,
    pub(crate) genesis: Genesis,
    pub(crate) steps: Vec<Step>,
}
