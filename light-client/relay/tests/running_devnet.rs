//! The whole way: a running devnet, `hotshot-prover` as a program of its own, a relayer, a contract in a node.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod common;

use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use alloy_primitives::U256;
use common::deployment::Parameters;
use common::{Evm, SECRET, devnet_settings};
use hotshot_light_client::encoding::committable::keccak256;
use hotshot_light_client::encoding::json::parse;
use hotshot_light_client::hash::element;
use hotshot_light_client::stake_table::table::StakeTable;
use hotshot_light_client::transition::proof::VerifyingKey;
use hotshot_light_client::transition::state::block_comm_root;
use hotshot_light_client::transition::voting_table::VotingTable;
use hotshot_relay::account::Account;
use hotshot_relay::contract::abi::IHotShotLightClient as Interface;
use hotshot_relay::contract::{Address, Contract};
use hotshot_relay::metrics::Metrics;
use hotshot_relay::pending::Journal;
use hotshot_relay::proofs::Proofs;
use hotshot_relay::prover::Prover;
use hotshot_relay::relayer::{Parts, Relayer, Settings, Turn};
use hotshot_relay::state_relay::StateRelay;
use hotshot_tests::chain::{Chain, History};
use hotshot_tests::server::{Manners, Node};
use serde_json::{Value, json};
use tempfile::TempDir;

const NETWORK: &str = "devnet";

/// A program of the workspace, where it was built.
fn program(name: &str) -> Option<PathBuf> {
    let folder = env::current_exe().unwrap().parent().unwrap().parent().unwrap().to_path_buf();
    let path = folder.join(name);
    if path.is_file() {
        return Some(path);
    }
    assert!(env::var_os("HOTSHOT_REQUIRE_EVM").is_none(), "{name} is not built");
    println!("left to `make test-contracts`: {name} is not built");
    None
}

/// How the state relay behaves.
const QUORUM: u8 = 0;
/// As the reference's: it serves a bundle as soon as a third has signed, and leaves it so.
const THIRD: u8 = 1;
/// It serves signatures that nobody made.
const FORGED: u8 = 2;

struct World {
    evm: Evm,
    node: Arc<Node>,
    mood: Arc<AtomicU8>,
    /// Provider and state relay.
    url: String,
    folder: TempDir,
    prover: PathBuf,
    contract: Address,
}

fn spoil(mood: u8, body: String) -> String {
    let mut bundle: Value = serde_json::from_str(&body).unwrap();
    let signatures = bundle["signatures"].as_object_mut().unwrap();
    match mood {
        THIRD => {
            let first = signatures.keys().next().unwrap().clone();
            signatures.retain(|key, _| *key == first);
        }
        FORGED => {
            let other = signatures.values().next().unwrap().clone();
            signatures.values_mut().for_each(|signature| *signature = other.clone());
        }
        _ => {}
    }
    bundle.to_string()
}

impl World {
    fn new() -> Option<Self> {
        let (evm, prover) = (Evm::start()?, program("hotshot-prover")?);
        let node =
            Arc::new(Node::new(Chain::new(devnet_settings("devnet"), History::default()).unwrap(), Manners::default()));
        let mood = Arc::new(AtomicU8::new(QUORUM));
        let (served, feels) = (Arc::clone(&node), Arc::clone(&mood));
        let url = common::server::serve(move |path| {
            let answer = served.answer(path);
            let spoilt = path == "/api/lateststate" && answer.status == 200;
            let body = if spoilt { spoil(feels.load(Ordering::SeqCst), answer.body) } else { answer.body };
            (answer.status, body.into_bytes())
        });
        let folder = tempfile::tempdir().unwrap();
        let keys = folder.path().join("keys");
        let set_up = Command::new(&prover).args(["setup", "--dev", "--preset", "devnet", "--out"]).arg(&keys).output();
        assert!(set_up.unwrap().status.success());
        let mut world = Self { evm, node, mood, url, folder, prover, contract: Address::ZERO };
        let table = world.table(1).state();
        world.contract = world.evm.deploy(Parameters::from_genesis(&table, 8), world.key().to_bytes())?;
        // Blocks come when the test says so.
        world.evm.automine(false);
        Some(world)
    }

    fn key(&self) -> VerifyingKey {
        let files = fs::read_dir(self.folder.path().join("keys")).unwrap().map(|entry| fs::read(entry.unwrap().path()));
        let file = files.map(Result::unwrap).find(|file| file.len() == VerifyingKey::BYTES).unwrap();
        VerifyingKey::from_bytes(&file, &keccak256(&[&file]), true).unwrap()
    }

    fn text(&self, path: &str) -> String {
        let answer = self.node.answer(path);
        assert_eq!(answer.status, 200, "{path}");
        answer.body
    }

    fn table(&self, epoch: u64) -> VotingTable {
        let text = self.text(&format!("/v1/node/stake-table/{epoch}"));
        VotingTable::admit(&StakeTable::from_json(&parse(text.as_bytes()).unwrap()).unwrap(), 8).unwrap()
    }

    fn grow(&self, height: usize) {
        while self.node.chain().blocks().len() <= height {
            self.node.produce().unwrap();
        }
    }

    /// With proofs from a folder or a server; where it is a folder, the prover fills it.
    fn relayer(&self, proofs: &str, journal: Option<&Path>) -> Relayer {
        let key = self.key();
        let proofs = Proofs::new(proofs, NETWORK, key.hash());
        let prover = proofs.folder().map(|folder| Prover {
            program: self.prover.clone(),
            keys: self.folder.path().join("keys"),
            proofs: folder.clone(),
            network: NETWORK.into(),
            provider: self.url.clone(),
        });
        Relayer::new(Parts {
            rpc: self.evm.rpc.clone(),
            contract: Contract::new(self.evm.rpc.clone(), self.contract),
            account: Account::from_text(SECRET).unwrap(),
            key,
            proofs,
            prover,
            state_relay: Some(StateRelay::new(&self.url)),
            journal: Journal::new(journal.map(Path::to_path_buf)),
            metrics: Metrics::new(Duration::from_secs(60)),
            settings: Settings { confirmations: 2, patience: 3, stride: 3, ..Settings::default() },
        })
        .unwrap()
    }

    fn store(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().into()
    }

    /// Turns, with blocks in between, until something was sent and is believed in.
    fn bring(&self, relayer: &mut Relayer) {
        assert_eq!(relayer.turn(), Ok(Turn::Sent));
        let turns = std::iter::repeat_with(|| {
            self.evm.mine(1);
            relayer.turn().unwrap()
        });
        let ended = turns.take(20).find(|turn| !matches!(turn, Turn::Waiting(_)));
        assert_eq!(ended, Some(Turn::Confirmed));
    }

    /// Height of the last state, whether it is served, and the epoch that votes.
    fn known(&self) -> (u64, bool, u64) {
        let block = self.evm.rpc.latest_block().unwrap().number;
        let contract = Contract::new(self.evm.rpc.clone(), self.contract);
        let latest = contract.read(block, &Interface::latestStateCall {}).unwrap();
        let epoch = contract.read(block, &Interface::votingEpochCall {}).unwrap();
        (latest.blockHeight, latest.isFinal, epoch)
    }
}

#[test]
fn epochs_and_states_between_are_proven_and_brought() {
    let Some(world) = World::new() else { return };
    let journal = world.folder.path().join("journal");
    let mut relayer = world.relayer(&world.store("proofs"), Some(&journal));
    // Nothing is signed yet that would be worth a transaction.
    world.grow(2);
    assert_eq!(relayer.turn(), Ok(Turn::Idle));

    // The first epoch is over: its root is proven and brought, and waits for its delay.
    world.grow(12);
    world.bring(&mut relayer);
    assert_eq!(world.known(), (5, false, 2));

    // A state relay of the reference's kind has signatures of a third: no proof can be made, and nothing is wrong.
    world.mood.store(THIRD, Ordering::SeqCst);
    assert_eq!(relayer.turn(), Ok(Turn::Idle));
    assert_eq!(relayer.metrics().numbers().too_few_signatures, 1);
    world.mood.store(FORGED, Ordering::SeqCst);
    assert!(relayer.turn().unwrap_err().contains("state.signature"));
    assert_eq!(relayer.metrics().numbers().refused_by_core, 1);

    // A quorum's: the waiting root is replaced by what is final. The block goes away, and comes back.
    world.mood.store(QUORUM, Ordering::SeqCst);
    assert_eq!(relayer.turn(), Ok(Turn::Sent));
    world.evm.mine(1);
    assert_eq!(world.known(), (12, true, 2));
    let _: Value = world.evm.ask("anvil_reorg", json!([1, []]));
    assert_eq!(world.known(), (5, false, 2));
    // The program ends here, and another one goes on.
    let mut relayer = {
        drop(relayer);
        world.relayer(&world.store("proofs"), Some(&journal))
    };
    assert_eq!(relayer.turn(), Ok(Turn::Waiting("to be in a block")));
    let ended = (0..20).find_map(|_| {
        world.evm.mine(1);
        Some(relayer.turn().unwrap()).filter(|turn| !matches!(turn, Turn::Waiting(_)))
    });
    assert_eq!(ended, Some(Turn::Confirmed));
    assert_eq!(world.known(), (12, true, 2));
    let block = world.evm.rpc.latest_block().unwrap().number;
    let contract = Contract::new(world.evm.rpc.clone(), world.contract);
    let call = Interface::getHotShotCommitmentCall { hotShotBlockHeight: U256::from(11) };
    let served = contract.read(block, &call).unwrap();
    let header = world.node.chain().blocks()[12].leaf.leaf.block_header.fields().block_merkle_tree_root.to_string();
    assert_eq!(served.hotShotBlockCommRoot, element::to_u256(&block_comm_root(&header).unwrap()));

    // One block more is not worth a transaction.
    world.grow(13);
    assert_eq!(relayer.turn(), Ok(Turn::Idle));
    assert_eq!(relayer.metrics().numbers().proven, 0, "by this one");
}

/// Ends with the test.
struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        // It is ours, and nothing is left to be done if it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn proofs_of_a_serving_prover_come_in_one_transaction() {
    let Some(world) = World::new() else { return };
    world.grow(40);
    let members: Value = serde_json::from_str(&world.text("/v1/node/stake-table/1")).unwrap();
    let table = json!({ "epoch_height": 10, "stake_table_capacity": 8, "known_nodes_with_stake": members });
    let file = world.folder.path().join("stake_table.json");
    fs::write(&file, table.to_string()).unwrap();
    let mut command = Command::new(&world.prover);
    command.args(["serve", "--listen", "127.0.0.1:0", "--poll", "1", "--network", NETWORK, "--provider", &world.url]);
    command.arg("--stake-table").arg(&file).arg("--keys").arg(world.folder.path().join("keys"));
    command.arg("--out").arg(world.store("served"));
    let mut serving = Serving(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
    let mut lines = BufReader::new(serving.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    let address = lines.next().unwrap();
    let address = address.strip_suffix(&format!("/{NETWORK}")).unwrap().to_owned();
    // It says when each of the four epochs is proven.
    assert_eq!(lines.by_ref().take(4).count(), 4);
    let mut relayer = world.relayer(&address, None);
    world.bring(&mut relayer);
    assert_eq!(world.known(), (35, false, 5));
    assert_eq!(relayer.metrics().numbers().sent, 1);
    assert_eq!(relayer.turn(), Ok(Turn::Idle));

    // The next epoch, by the command line.
    let Some(command_line) = program("hotshot-verify") else { return };
    world.grow(46);
    assert!(lines.next().is_some_and(|line| line.ends_with("/5")));
    let (account, key) = (world.store("account"), world.store("key"));
    fs::write(&account, SECRET).unwrap();
    fs::write(&key, world.key().to_bytes()).unwrap();
    let once = || {
        let mut command = Command::new(&command_line);
        command.args(["relay", "--once", "--insecure", "--confirmations", "1", "--network", NETWORK]);
        command.args(["--rpc", world.evm.url(), "--contract", &world.contract.to_string(), "--proofs", &address]);
        command.args(["--key", &key, "--account", &account, "--journal", &world.store("journal")]);
        let output = command.output().unwrap();
        let (said, errors) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        assert!(output.status.success(), "{said}{errors}");
        assert!(!format!("{said}{errors}").contains(&SECRET[..8]));
        said
    };
    assert!(once().ends_with("height 35 epoch 5: sent\n"));
    world.evm.mine(1);
    assert!(once().ends_with("height 45 epoch 6: confirmed\n"));
    assert!(once().ends_with("height 45 epoch 6: nothing to do\n"));
}
