//! The compiled contract, and how one is deployed.

use std::path::PathBuf;
use std::{env, fs};

use alloy_primitives::{Bytes, U256};
use alloy_sol_types::SolConstructor as _;
use hotshot_light_client::encoding::bytes::from_hex_vec;
use hotshot_light_client::transition::stake_table_state::StakeTableState;
use hotshot_relay::contract::abi;
use serde_json::Value;

alloy_sol_types::sol! {
    struct State {
        uint64 viewNum;
        uint64 blockHeight;
        uint256 blockCommRoot;
    }
    struct Table {
        uint256 threshold;
        uint256 blsKeyComm;
        uint256 schnorrKeyComm;
        uint256 amountComm;
    }
    struct Parameters {
        State genesis;
        Table genesisStakeTable;
        uint256 genesisAuthRoot;
        uint64 blocksPerEpoch;
        uint64 epochStartBlock;
        uint256 stakeTableCapacity;
        uint256 rootDelay;
        uint256 keyDelay;
        uint256 historyCapacity;
        address owner;
        bool insecureKeysAllowed;
    }
    contract Deployment {
        constructor(Parameters memory parameters, bytes[] memory keys);
    }
}

/// Seconds that the root of an epoch waits.
pub const ROOT_DELAY: u64 = 3600;

pub fn workspace() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

impl Parameters {
    /// Of a chain whose first table this is, with epochs of ten blocks, INSECURE keys allowed.
    pub fn from_genesis(table: &StakeTableState, capacity: u64) -> Self {
        let word = |element| U256::from_be_bytes(hotshot_light_client::hash::element::to_be_bytes(&element));
        Self {
            genesis: State { viewNum: 0, blockHeight: 0, blockCommRoot: U256::ZERO },
            genesisStakeTable: Table {
                threshold: U256::from(table.threshold),
                blsKeyComm: word(table.bls_key_comm),
                schnorrKeyComm: word(table.schnorr_key_comm),
                amountComm: word(table.amount_comm),
            },
            genesisAuthRoot: U256::ZERO,
            blocksPerEpoch: 10,
            epochStartBlock: 0,
            stakeTableCapacity: U256::from(capacity),
            rootDelay: U256::from(ROOT_DELAY),
            keyDelay: U256::from(86_400),
            historyCapacity: U256::from(64),
            owner: [0; 20].into(),
            insecureKeysAllowed: true,
        }
    }

    /// What the transaction carries that deploys; none, with a word about it, where `make test-contracts` has not
    /// compiled the contract yet.
    pub fn deployment(self, key: Vec<u8>) -> Option<Bytes> {
        let path = workspace().join("target/contracts/out/HotShotLightClient.sol/HotShotLightClient.json");
        let Ok(artifact) = fs::read(path) else {
            assert!(env::var_os("HOTSHOT_REQUIRE_EVM").is_none(), "the compiled contract is missing");
            println!("left to `make test-contracts`: there is no compiled contract");
            return None;
        };
        let artifact: Value = serde_json::from_slice(&artifact).unwrap();
        let code = from_hex_vec(artifact["bytecode"]["object"].as_str().unwrap(), 1 << 20).unwrap();
        let arguments = Deployment::constructorCall { parameters: self, keys: vec![key.into()] }.abi_encode();
        Some([code, arguments].concat().into())
    }
}

/// The words of a table, in the contract's order.
pub fn table_words(table: &abi::IHotShotLightClient::votingStakeTableStateReturn) -> [U256; 4] {
    [table.threshold, table.blsKeyComm, table.schnorrKeyComm, table.amountComm]
}
