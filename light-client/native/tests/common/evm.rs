//! An EVM of a test's own: Foundry's anvil, as `make test-contracts` brings it.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::{env, fs, thread};

use hotshot_light_client::encoding::bytes::to_hex;
use hotshot_relay::rpc::Rpc;
use hotshot_tests::l1::{LIGHT_CLIENT, STAKE_TABLE, emission, emitter};
use hotshot_tests::stake::Log;
use serde_json::{Value, json};

/// The first account of every such chain, unlocked.
const SENDER: &str = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";
/// The chain's identifier, by default.
pub const CHAIN_ID: u64 = 31_337;

pub struct Evm {
    child: Child,
    rpc: Rpc,
    pub url: String,
}

impl Drop for Evm {
    fn drop(&mut self) {
        // It is ours, and nothing is left to be done if it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn anvil() -> Option<PathBuf> {
    let folder = format!("{}/../../circuits/contracts/node_modules/@foundry-rs", env!("CARGO_MANIFEST_DIR"));
    let found = fs::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path().join("bin/anvil")));
    found.into_iter().find(|path| path.is_file())
}

impl Evm {
    /// Starts one, with a stake table contract that emits what it is told to; `None`, with a word about
    /// it, where there is no anvil.
    pub fn start(test: &str) -> Option<Self> {
        let Some(program) = anvil() else {
            assert!(env::var_os("HOTSHOT_REQUIRE_EVM").is_none(), "anvil is missing");
            eprintln!("{test} is left to `make test-contracts`: there is no anvil");
            return None;
        };
        // A block is final two blocks later.
        let mut child = Command::new(program)
            .args(["--port", "0", "--accounts", "1", "--slots-in-an-epoch", "1", "--no-mining", "--order", "fifo"])
            .args(["--gas-limit", "60000000"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address =
            lines.by_ref().map(Result::unwrap).find_map(|line| line.strip_prefix("Listening on ").map(str::to_owned));
        let url = format!("http://{}", address.unwrap());
        // What it says later is read, so that it never waits for a reader.
        thread::spawn(move || lines.for_each(drop));
        let evm = Self { child, rpc: Rpc::new(&url), url };
        evm.set_code(STAKE_TABLE, &emitter());
        Some(evm)
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
