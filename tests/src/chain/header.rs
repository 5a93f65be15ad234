//! Headers: the fields that no other part of the devnet decides.

use hotshot_light_client::encoding::integer::U256;

use crate::{
    crypto::Dice,
    model::{Address, BuilderSignature, ChainConfig, FeeInfo, Hash32, HexU256, L1Block, U256Decimal},
};

/// The chain id of every devnet.
pub(crate) const CHAIN_ID: u64 = 20_260;
/// The most bytes of a payload.
pub(crate) const MAX_BLOCK_SIZE: u64 = 1_000_000;

fn address(seed: &str, purpose: &str) -> Address {
    let mut bytes = [0; 20];
    bytes.copy_from_slice(&Dice::new(seed, purpose, 0).fill(20));
    Address(bytes)
}

/// The simulated stake table contract.
pub(crate) fn stake_table_contract(seed: &str) -> Address {
    address(seed, "stake table contract")
}

/// The chain configuration in a version. Where stakes never change there is no contract for them.
pub(crate) fn chain_config(seed: &str, minor: u16, dynamic_stake: bool) -> ChainConfig {
    ChainConfig {
        chain_id: U256Decimal(U256::from(CHAIN_ID)),
        max_block_size: U256Decimal(U256::from(MAX_BLOCK_SIZE)),
        base_fee: U256Decimal(U256::from(1)),
        fee_contract: (minor >= 3).then(|| address(seed, "fee contract")),
        fee_recipient: address(seed, "fee recipient"),
        stake_table_contract: (minor >= 3).then(|| dynamic_stake.then(|| stake_table_contract(seed))),
    }
}

/// The number of the newest final L1 block that the proposer of a height sees.
pub(crate) const fn l1_finalized_number(height: u64) -> u64 {
    12 + height
}

/// The L1 block of a number: hash and time come from the number alone.
pub(crate) fn l1_block(seed: &str, number: u64, genesis_seconds: u64) -> L1Block {
    L1Block {
        number,
        timestamp: HexU256(U256::from(genesis_seconds.saturating_sub(600) + number)),
        hash: Hash32(Dice::new(seed, "l1 block", number).bytes()),
    }
}

/// Who pays the fees of all blocks.
pub(crate) fn builder(seed: &str) -> Address {
    address(seed, "builder")
}

/// A fee for a block with traffic.
pub(crate) fn fee(seed: &str, bytes: usize) -> FeeInfo {
    FeeInfo { account: builder(seed), amount: U256Decimal(U256::from(bytes)) }
}

/// A signature of the right form; nothing commits to it.
pub(crate) fn builder_signature(dice: &mut Dice) -> BuilderSignature {
    let r = U256::from_be_bytes(dice.bytes()) >> 1;
    let s = U256::from_be_bytes(dice.bytes()) >> 2;
    BuilderSignature { r: HexU256(r), s: HexU256(s), v: 27 + dice.below(2) }
}
