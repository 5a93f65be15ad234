//! What a devnet's contracts on L1 say, to be put into an EVM: the readers of Espresso's light client
//! contract, and the stake table contract's events.

mod code;

use hotshot_light_client::encoding::bytes::to_hex;
use serde_json::{Value, json};

use crate::chain::{Chain, voting_state};
use crate::stake::Log;

pub use code::{emission, emitter, readers};

/// Where the light client contract is put.
pub const LIGHT_CLIENT: [u8; 20] = [0x22; 20];
/// Where the stake table contract is put.
pub const STAKE_TABLE: [u8; 20] = [0x11; 20];

/// The words of a number.
fn word(value: u64) -> [u8; 32] {
    let mut word = [0; 32];
    word.iter_mut().rev().zip(value.to_le_bytes()).for_each(|(to, from)| *to = from);
    word
}

/// What the light client contract says about a block of a chain: the getters of
/// EspressoSystems/espresso-network `contracts/src/LightClientV3.sol`. The contract accepted it at this L1 time, in seconds since the Unix
/// epoch. `None` before tables from events.
pub fn light_client(chain: &Chain, height: u64, accepted_at: u64) -> Option<Vec<u8>> {
    let block = chain.blocks().get(usize::try_from(height).ok()?)?;
    let schedule = chain.schedule();
    let own = height.div_ceil(schedule.epoch_height());
    // At the root of an epoch the next one's table takes over.
    let epoch = if schedule.root(own) == height { own + 1 } else { own };
    chain.stake(epoch)?;
    let [bls, schnorr, amounts, threshold] = voting_state(chain, epoch);
    let view = block.leaf.leaf.view_number;
    Some(readers(&[
        ("finalizedState()", vec![word(view), word(height), word(7)]),
        ("votingStakeTableState()", vec![threshold, bls, schnorr, amounts]),
        ("authRoot()", vec![[0; 32]]),
        ("blocksPerEpoch()", vec![word(schedule.epoch_height())]),
        ("epochStartBlock()", vec![word(schedule.epoch_start_block()?)]),
        ("getStateHistoryCount()", vec![word(height)]),
        ("stateHistoryCommitments(uint256)", vec![word(1), word(accepted_at), word(height), word(7)]),
    ]))
}

/// All that is to be put into an EVM, for tests in other languages: code by addresses, and what to call
/// the stake table contract with, one call for each of the events up to an epoch.
pub fn everything(chain: &Chain, height: u64, accepted_at: u64, epochs: impl Iterator<Item = u64>) -> Option<Value> {
    let events = epochs.filter_map(|epoch| chain.stake(epoch)).flat_map(|stake| stake.events.clone());
    let calls: Vec<String> = events.map(|event| to_hex(&emission(&Log::of(&event)))).collect();
    Some(json!({
        "light_client": { "address": to_hex(&LIGHT_CLIENT), "code": to_hex(&light_client(chain, height, accepted_at)?) },
        "stake_table": { "address": to_hex(&STAKE_TABLE), "code": to_hex(&emitter()) },
        "calls": calls,
    }))
}

/// The time, in seconds since the Unix epoch: EVMs of tests have no other.
pub fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |time| time.as_secs())
}
