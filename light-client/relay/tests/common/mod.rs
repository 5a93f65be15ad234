//! An EVM with a light client contract, and a store of proofs of an invented chain.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, unreachable_pub, reason = "tests")]

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{env, fs};

use hotshot_circuits::fixture::Fixture;
use hotshot_circuits::groth16::{InsecureSecrets, Keys};
use hotshot_circuits::shape::Preset;
use hotshot_light_client::encoding::bytes::{from_hex, from_hex_vec, to_hex};
use hotshot_light_client::encoding::integer::U256;
use hotshot_light_client::hash::element;
use hotshot_light_client::transition::record::{TransitionRecord, record_path};
use hotshot_relay::account::Account;
use hotshot_relay::contract::Contract;
use hotshot_relay::metrics::Metrics;
use hotshot_relay::pending::Journal;
use hotshot_relay::proofs::Proofs;
use hotshot_relay::relayer::{Parts, Relayer, Settings};
use hotshot_relay::rpc::Rpc;
use serde_json::{Value, json};
use tempfile::TempDir;

/// INSECURE: the second account of every such chain.
pub const SECRET: &str = "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d";
/// The first and the third, unlocked.
pub const DEPLOYER: &str = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";
const SEED: &str = "relay";

/// An EVM of its own, which ends with the test.
pub struct Evm {
    child: Child,
    pub rpc: Rpc,
    pub url: String,
}

impl Drop for Evm {
    fn drop(&mut self) {
        // It is ours, and nothing is left to be done if it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn workspace() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The compiled contract, where it has been compiled.
fn artifact() -> Option<Value> {
    let path = workspace().join("target/contracts/out/HotShotLightClient.sol/HotShotLightClient.json");
    Some(serde_json::from_slice(&fs::read(path).ok()?).unwrap())
}

fn anvil() -> Option<PathBuf> {
    let folder = workspace().join("circuits/contracts/node_modules/@foundry-rs");
    let found = fs::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path().join("bin/anvil")));
    found.into_iter().find(|path| path.is_file())
}

impl Evm {
    /// Starts one; `None`, with a word about it, where `make test-contracts` has not brought it yet.
    pub fn start() -> Option<Self> {
        let (Some(program), Some(_)) = (anvil(), artifact()) else {
            assert!(env::var_os("HOTSHOT_REQUIRE_EVM").is_none(), "anvil or the compiled contract is missing");
            println!("SKIPPED: there is no anvil or no compiled contract; see `make test-contracts`");
            return None;
        };
        let mut child = Command::new(program)
            .args(["--port", "0", "--accounts", "3", "--gas-limit", "60000000"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address =
            lines.by_ref().map(Result::unwrap).find_map(|line| line.strip_prefix("Listening on ").map(str::to_owned));
        let url = format!("http://{}", address.unwrap());
        // What it says later is read, so that it never waits for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        Some(Self { child, rpc: Rpc::new(&url), url })
    }

    pub fn ask(&self, method: &'static str, params: Value) -> Value {
        self.rpc.request(method, &params).unwrap()
    }

    pub fn mine(&self, blocks: u64) {
        self.ask("anvil_mine", json!([format!("{blocks:#x}")]));
    }

    pub fn automine(&self, on: bool) {
        self.ask("evm_setAutomine", json!([on]));
    }

    fn send(&self, transaction: Value) -> Value {
        let hash = self.ask("eth_sendTransaction", json!([transaction]));
        // Mined at once, but not before the answer.
        let receipt = (0..1000).map(|_| self.ask("eth_getTransactionReceipt", json!([hash]))).find(Value::is_object);
        let receipt = receipt.unwrap();
        assert_eq!(receipt["status"], "0x1", "{receipt}");
        receipt
    }

    /// Deploys a light client for the invented chain.
    pub fn deploy(&self, chain: &Chain) -> [u8; 20] {
        let code = artifact().unwrap()["bytecode"]["object"].as_str().unwrap().to_owned();
        let table = chain.fixture.table(1).unwrap().state();
        let big = |value: u64| U256::from(value).to_be_bytes::<32>();
        let file = chain.keys.verifying.to_bytes();
        let mut words = vec![big(0), big(0), big(0)];
        words.push(U256::from(table.threshold).to_be_bytes());
        words.extend([table.bls_key_comm, table.schnorr_key_comm, table.amount_comm].map(|c| element::to_be_bytes(&c)));
        // Auth root, epochs of ten blocks, from block 0, tables of four rows; root delay, key delay, history.
        words.extend([big(0), big(10), big(0), big(4), big(3600), big(86400), big(64)]);
        // Owner; insecure keys allowed; where the list of keys is.
        words.extend([big(0), big(1), big(17 * 32)]);
        // One key.
        words.extend([big(1), big(32), big(file.len() as u64)]);
        let mut padded = file;
        padded.resize(padded.len().next_multiple_of(32), 0);
        let data = [from_hex_vec(&code, 1 << 20).unwrap(), words.concat(), padded].concat();
        let receipt = self.send(json!({ "from": DEPLOYER, "data": to_hex(&data), "gas": "0x1c9c380" }));
        println!("deployment: {} gas", u64::from_str_radix(&receipt["gasUsed"].as_str().unwrap()[2..], 16).unwrap());
        let address = from_hex(receipt["contractAddress"].as_str().unwrap()).unwrap();
        // prepareHistory(64)
        let call =
            [&hotshot_light_client::encoding::committable::keccak256(&[b"prepareHistory(uint256)"])[..4], &big(64)]
                .concat();
        self.send(json!({ "from": DEPLOYER, "to": to_hex(&address), "data": to_hex(&call), "gas": "0x1c9c380" }));
        address
    }
}

/// The invented chain, with INSECURE keys, and a store of its proofs.
pub struct Chain {
    pub fixture: Fixture,
    pub keys: Keys,
    secrets: InsecureSecrets,
    pub store: TempDir,
}

impl Chain {
    pub fn new() -> Self {
        let shape = Preset::named("tiny").unwrap().shape;
        Self {
            fixture: Fixture::new(SEED, shape, 10).unwrap(),
            keys: Keys::insecure(shape, SEED.as_bytes()).unwrap(),
            secrets: InsecureSecrets::of_seed(SEED.as_bytes()),
            store: tempfile::tempdir().unwrap(),
        }
    }

    pub fn record(&self, height: u64) -> TransitionRecord {
        let certificate = self.fixture.certificate(height).unwrap();
        let signing = self.fixture.table(certificate.epoch).unwrap().state();
        self.secrets.forge_record(&self.keys.verifying, &certificate, &signing, [height + 2, 3])
    }

    fn write(&self, name: &str, record: &TransitionRecord) {
        let path = self.store.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, record.to_bytes()).unwrap();
    }

    pub fn publish(&self, epoch: u64) {
        self.publish_as(epoch, &self.record(self.fixture.root(epoch)));
    }

    pub fn publish_as(&self, epoch: u64, record: &TransitionRecord) {
        self.write(&record_path("invented", &self.keys.verifying.hash(), epoch), record);
    }

    pub fn publish_latest(&self, height: u64) {
        let hash = to_hex(&self.keys.verifying.hash());
        self.write(&format!("invented/{}/latest", &hash[2..]), &self.record(height));
    }

    pub fn relayer(&self, evm: &Evm, contract: [u8; 20], settings: Settings, journal: Option<&Path>) -> Relayer {
        let store = Proofs::new(self.store.path().to_str().unwrap(), "invented", self.keys.verifying.hash());
        Relayer::new(Parts {
            rpc: evm.rpc.clone(),
            contract: Contract::new(evm.rpc.clone(), contract),
            account: Account::from_text(SECRET).unwrap(),
            key: self.keys.verifying.clone(),
            proofs: store.clone(),
            latest: Some(store),
            prover: None,
            journal: Journal::new(journal.map(Path::to_path_buf)),
            metrics: Metrics::new(Duration::from_secs(60)),
            settings,
        })
        .unwrap()
    }
}
