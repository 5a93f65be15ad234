//! An EVM with a light client contract, and a store of proofs of an invented chain.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, unreachable_pub, reason = "tests")]
#![allow(dead_code, missing_docs, reason = "each test binary uses its part; Solidity says what its things are")]

pub mod deployment;
pub mod server;

use std::path::Path;
use std::time::Duration;
use std::{env, fs};

use hotshot_circuits::fixture::Fixture;
use hotshot_circuits::groth16::{InsecureSecrets, Keys};
use hotshot_circuits::shape::Preset;
use hotshot_light_client::encoding::bytes::from_hex;
use hotshot_light_client::transition::record::{TransitionRecord, latest_path, record_path};
use hotshot_relay::account::Account;
use hotshot_relay::contract::{Address, Contract};
use hotshot_relay::metrics::Metrics;
use hotshot_relay::pending::Journal;
use hotshot_relay::proofs::Proofs;
use hotshot_relay::relayer::{Parts, Relayer, Settings};
use hotshot_relay::rpc::Rpc;
use hotshot_tests::anvil::Anvil;
use hotshot_tests::chain::Settings as ChainSettings;
use serde_json::{Value, json};
use tempfile::TempDir;

use self::deployment::Parameters;

/// INSECURE: the second account of every such chain.
pub const SECRET: &str = "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d";
/// The first and the third, unlocked.
pub const DEPLOYER: &str = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";
const SEED: &str = "relay";

/// A devnet whose certificates the smallest circuit for it proves, with these random numbers.
pub fn devnet_settings(seed: &str) -> ChainSettings {
    ChainSettings {
        seed: seed.into(),
        validators: 5,
        epoch_height: 10,
        versions: vec![4],
        dynamic_stake: true,
        failed_views: 6,
        stake_table_capacity: Some(8),
        ..ChainSettings::default()
    }
}

/// An EVM of its own, which ends with the test.
pub struct Evm {
    anvil: Anvil,
    pub rpc: Rpc,
}

impl Evm {
    /// Starts one; `None`, with a word about it, where `make test-contracts` has not brought it yet.
    pub fn start() -> Option<Self> {
        let Some(program) = Anvil::program() else {
            assert!(env::var_os("HOTSHOT_REQUIRE_EVM").is_none(), "anvil is missing");
            println!("left to `make test-contracts`: there is no anvil");
            return None;
        };
        let anvil = Anvil::start(program, &["--accounts", "3", "--gas-limit", "60000000"]).unwrap();
        Some(Self { rpc: Rpc::new(anvil.url()), anvil })
    }

    /// Where it answers.
    pub fn url(&self) -> &str {
        self.anvil.url()
    }

    pub fn ask(&self, method: &'static str, params: Value) -> Value {
        self.rpc.request(method, params).unwrap()
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

    /// Deploys a light client; `None` where the contract is not compiled.
    pub fn deploy(&self, parameters: Parameters, key: Vec<u8>) -> Option<Address> {
        let data = parameters.deployment(key)?;
        let receipt = self.send(json!({ "from": DEPLOYER, "data": data, "gas": "0xe4e1c0" }));
        let address = from_hex::<20>(receipt["contractAddress"].as_str().unwrap()).unwrap();
        Some(address.into())
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

    /// Deploys a light client for it.
    pub fn deploy(&self, evm: &Evm) -> Option<Address> {
        let parameters = Parameters::from_genesis(&self.fixture.table(1).unwrap().state(), 4);
        evm.deploy(parameters, self.keys.verifying.to_bytes())
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
        self.write(&latest_path("invented", &self.keys.verifying.hash()), &self.record(height));
    }

    pub fn relayer(&self, evm: &Evm, contract: Address, settings: Settings, journal: Option<&Path>) -> Relayer {
        let store = Proofs::new(self.store.path().to_str().unwrap(), "invented", self.keys.verifying.hash());
        Relayer::new(Parts {
            rpc: evm.rpc.clone(),
            contract: Contract::new(evm.rpc.clone(), contract),
            account: Account::from_text(SECRET).unwrap(),
            key: self.keys.verifying.clone(),
            proofs: store,
            prover: None,
            state_relay: None,
            journal: Journal::new(journal.map(Path::to_path_buf)),
            metrics: Metrics::new(Duration::from_secs(60)),
            settings,
        })
        .unwrap()
    }
}
