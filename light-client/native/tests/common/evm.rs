//! An EVM with a stake table contract, and a light client contract if a test says what it answers.

use std::env;

use hotshot_light_client::encoding::bytes::to_hex;
use hotshot_relay::rpc::Rpc;
use hotshot_tests::anvil::Anvil;
use hotshot_tests::l1::{LIGHT_CLIENT, STAKE_TABLE, emission, emitter};
use hotshot_tests::stake::Log;
use serde_json::{Value, json};

/// The first account of every such chain, unlocked.
const SENDER: &str = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";
/// The chain's identifier, by default.
pub const CHAIN_ID: u64 = 31_337;

pub struct Evm {
    anvil: Anvil,
    rpc: Rpc,
}

impl Evm {
    /// Starts one, with a stake table contract that emits what it is told to; `None`, with a word about
    /// it, where there is no anvil.
    pub fn start(test: &str) -> Option<Self> {
        let Some(program) = Anvil::program() else {
            assert!(env::var_os("HOTSHOT_REQUIRE_EVM").is_none(), "anvil is missing");
            eprintln!("{test} is left to `make test-contracts`: there is no anvil");
            return None;
        };
        // A block is final two blocks later.
        let arguments = [
            "--accounts",
            "1",
            "--slots-in-an-epoch",
            "1",
            "--no-mining",
            "--order",
            "fifo",
            "--gas-limit",
            "60000000",
        ];
        let anvil = Anvil::start(program, &arguments).unwrap();
        let evm = Self { rpc: Rpc::new(anvil.url()), anvil };
        evm.set_code(STAKE_TABLE, &emitter());
        Some(evm)
    }

    /// Where it answers.
    pub fn url(&self) -> &str {
        self.anvil.url()
    }

    pub fn ask(&self, method: &'static str, params: Value) -> Value {
        self.rpc.request(method, params).unwrap()
    }

    fn set_code(&self, address: [u8; 20], code: &[u8]) {
        self.ask("anvil_setCode", json!([to_hex(&address), to_hex(code)]));
    }

    /// What the light client contract says from now on.
    pub fn set_light_client(&self, code: &[u8]) {
        self.set_code(LIGHT_CLIENT, code);
    }

    pub fn mine(&self, blocks: u64) {
        self.ask("anvil_mine", json!([format!("{blocks:#x}")]));
    }

    /// Emits logs of the stake table contract in one block. Its number.
    pub fn emit(&self, logs: &[Log]) -> u64 {
        for log in logs {
            let call = json!({ "from": SENDER, "to": to_hex(&STAKE_TABLE), "data": to_hex(&emission(log)), "gas": "0x2dc6c0" });
            self.ask("eth_sendTransaction", json!([call]));
        }
        self.mine(1);
        let number = self.ask("eth_blockNumber", json!([]));
        u64::from_str_radix(number.as_str().unwrap().trim_start_matches("0x"), 16).unwrap()
    }
}
