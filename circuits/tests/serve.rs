//! `hotshot-prover serve` as a program of its own between a devnet and clients: it proves each epoch that
//! ends, and core and command line sync over the files it leaves.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests end loudly")]

use std::fs;
use std::io::{BufRead as _, BufReader, Lines};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use hotshot_light_client::client::network::Network;
use hotshot_light_client::client::stored::StoredTables;
use hotshot_light_client::client::transition::TransitionPins;
use hotshot_light_client::encoding::json::parse;
use hotshot_light_client::rejection::Rejection;
use hotshot_light_client::stake_table::table::StakeTable;
use hotshot_tests::chain::{Chain, History, Settings};
use hotshot_tests::server::{Manners, Node, Proofs, network_file, serve};
use hotshot_verify::command::sync;
use hotshot_verify::exit::{Failure, Verdict};
use hotshot_verify::stop::Stop;
use hotshot_verify::store::Store;
use hotshot_verify::synchronize::Sources;
use hotshot_verify::table_store::{FileTables, TableStore as _};
use hotshot_verify::walk::{By, Way};
use tempfile::TempDir;

/// Two validators, who both have to sign: two slots of four rows.
fn settings(seed: &str) -> Settings {
    Settings {
        seed: seed.into(),
        validators: 2,
        epoch_height: 10,
        versions: vec![4],
        dynamic_stake: true,
        failed_views: 0,
        stake_table_capacity: Some(4),
        ..Settings::default()
    }
}

fn prover() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hotshot-prover"));
    command.stdin(Stdio::null());
    command
}

/// A devnet that pins a key, in a folder with the key and the network file.
struct World {
    folder: TempDir,
    node: Arc<Node>,
    address: String,
}

impl World {
    fn new(blocks: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keys = folder.path().join("keys");
        let made = prover().args(["setup", "--dev", "--preset", "tiny", "--out"]).arg(&keys).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let key = keys.join("tiny.INSECURE-DEV.verifying-key");
        let key = Proofs::read_key(&format!("tiny={}", key.display())).unwrap();
        let proofs = Proofs { folder: Some(folder.path().join("proofs")), keys: vec![key] };
        let (node, address) = listen(settings("devnet"), blocks, proofs);
        let mut network = network_file(&node.chain(), &[]);
        node.manners().proofs.pin(&mut network);
        fs::write(folder.path().join("network.json"), network.to_string()).unwrap();
        Self { folder, node, address }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The store of records under the pinned key.
    fn records(&self) -> PathBuf {
        let hash: String = self.node.manners().proofs.keys[0].1.iter().map(|byte| format!("{byte:02x}")).collect();
        self.path("proofs").join("devnet").join(hash)
    }

    fn serve(&self, provider: &str) -> Service {
        let mut child = prover()
            .args(["serve", "--provider", provider, "--listen", "127.0.0.1:0", "--poll", "1", "--network", "devnet"])
            .arg("--stake-table")
            .arg(self.path("network.json"))
            .arg("--keys")
            .arg(self.path("keys"))
            .arg("--out")
            .arg(self.path("proofs"))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let errors = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = lines.next().unwrap().unwrap();
        Service { _patience: watched(child.id()), child, lines, errors, address }
    }

    fn sync(&self, places: &[&str], store: &str, until: Option<u64>) -> Result<Verdict, Failure> {
        let arguments = sync::Arguments {
            sources: Sources {
                providers: vec![self.address.parse().unwrap()],
                network: self.path("network.json"),
                store: Some(self.path(store)),
                checkpoint: None,
                accept_expired_anchor: false,
                verify_store: "checkpoint".into(),
            },
            way: Way { by: By::Proofs, places: places.iter().map(ToString::to_string).collect(), ..Way::default() },
            until,
            json: true,
        };
        sync::run_until(&arguments, &Stop::new())
    }

    /// The newest stored epoch and the height that was followed to.
    fn learnt(&self, store: &str) -> (u64, u64) {
        let network = Network::parse(&fs::read(self.path("network.json")).unwrap()).unwrap();
        let tables = FileTables::open(&self.path(store), &network).unwrap().tables().unwrap().unwrap();
        let checkpoint = Store::open(&self.path(store)).unwrap().load(&network).unwrap();
        let tables = StoredTables::from_bytes(&tables, &network).unwrap();
        (tables.epoch(), checkpoint.map_or(0, |checkpoint| checkpoint.height))
    }
}

fn listen(settings: Settings, blocks: u64, proofs: Proofs) -> (Arc<Node>, String) {
    let mut chain = Chain::new(settings, History::default()).unwrap();
    (0..blocks).for_each(|_| drop(chain.produce().unwrap()));
    let node = Arc::new(Node::new(chain, Manners { proofs, ..Manners::default() }));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let server = runtime.block_on(serve(Arc::clone(&node), SocketAddr::from(([127, 0, 0, 1], 0)))).unwrap();
    let address = format!("http://{}", server.address);
    thread::spawn(move || runtime.block_on(server.run()));
    (node, address)
}

/// A prover that serves, until it is dropped: it is ended by force then, as by a power cut.
struct Service {
    child: Child,
    /// Dropped in time, or the prover is ended and the test with it.
    _patience: Sender<()>,
    lines: Lines<BufReader<ChildStdout>>,
    errors: Lines<BufReader<ChildStderr>>,
    address: String,
}

/// No prover of a test takes longer, or it hangs.
const PATIENCE: Duration = Duration::from_secs(400);

/// Ends a process by force unless what is returned is dropped in time.
fn watched(process: u32) -> Sender<()> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        if receiver.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
            Command::new("kill").args(["-KILL", &process.to_string()]).status().unwrap();
        }
    });
    sender
}

impl Service {
    /// The epoch of the record that is written next.
    fn proves(&mut self) -> u64 {
        let path = PathBuf::from(self.lines.next().unwrap().unwrap());
        path.file_name().unwrap().to_str().unwrap().parse().unwrap()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn get(address: &str) -> (u16, Vec<u8>) {
    let config = ureq::Agent::config_builder().http_status_as_error(false).build();
    let mut answer = config.new_agent().get(address).call().unwrap();
    (answer.status().as_u16(), answer.body_mut().read_to_vec().unwrap())
}

/// Walks over the files of a store as the core does, without any driver.
fn walked_by_core(world: &World, base: &str) -> u64 {
    let text = fs::read(world.path("network.json")).unwrap();
    let network = parse(&text).unwrap();
    let pins = TransitionPins::from_json(&network).unwrap().unwrap();
    let (status, key) = get(&format!("{base}/verifying-key"));
    assert_eq!(status, 200);
    let key = pins.admit_key(&key).unwrap();
    let first = StakeTable::from_json(network.get("stake_table").unwrap()).unwrap();
    let records: Vec<u8> = (1..)
        .map_while(|epoch| Some(get(&format!("{base}/{epoch}"))).filter(|a| a.0 == 200))
        .flat_map(|a| a.1)
        .collect();
    let proven = pins.begin(&pins.start(1, &first).unwrap(), &key, &records, b"").unwrap().verify().unwrap();
    let table = |epoch: u64| {
        let answer = world.node.answer(&format!("/v1/node/stake-table/{epoch}"));
        StakeTable::from_json(&parse(answer.body.as_bytes()).unwrap()).unwrap()
    };
    pins.check_table(&proven, &table(proven.boundary.epoch)).unwrap();
    pins.check_signer(&proven, &table(proven.boundary.epoch - 1)).unwrap();
    let refused = pins.check_table(&proven, &table(1)).unwrap_err();
    assert_eq!(refused.rejection, Rejection::StateTableCommitment);
    proven.boundary.epoch
}

#[test]
fn each_epoch_that_ends_is_proven_and_clients_sync_over_it() {
    let world = World::new(28);
    let records = world.records();
    let bytes = |epoch: u64| fs::read(records.join(epoch.to_string())).unwrap();
    {
        let mut service = world.serve(&world.address);
        assert_eq!([service.proves(), service.proves(), service.proves()], [1, 2, 3]);
        // The chain goes on, and so does the prover.
        (0..16).for_each(|_| drop(world.node.produce().unwrap()));
        assert_eq!(service.proves(), 4);
        let base = format!("{}/{}", service.address, records.file_name().unwrap().to_str().unwrap());
        assert_eq!(walked_by_core(&world, &base), 5);
        assert_eq!(get(&format!("{base}/5")).0, 404);
        let status = get(&service.address.replace("/devnet", "/status")).1;
        assert!(String::from_utf8(status).unwrap().contains(r#""network":"devnet""#));
        // The command takes key and records from the service, tables and finality from the devnet.
        assert_eq!(world.sync(&[&service.address], "served", None).unwrap(), Verdict::Accepted);
        assert_eq!(world.learnt("served"), (5, 43));
        assert_eq!(world.sync(&[&service.address], "until", Some(4)).unwrap(), Verdict::Accepted);
        assert_eq!(world.learnt("until").0, 4);
    }
    // Ended by force, it goes on where it was: what is there is not proven again.
    let before: Vec<_> = (1..=3).map(bytes).collect();
    fs::remove_file(records.join("4")).unwrap();
    assert_eq!(world.serve(&world.address).proves(), 4);
    assert_eq!((1..=3).map(bytes).collect::<Vec<_>>(), before);
    // The same files from a folder, and from the devnet itself.
    let place = world.path("proofs/devnet").display().to_string();
    assert_eq!(world.sync(&[&place], "folder", None).unwrap(), Verdict::Accepted);
    let devnet = format!("{}/proofs/devnet", world.address);
    assert_eq!(world.sync(&[&devnet], "devnet", None).unwrap(), Verdict::Accepted);
    refuse_lies(&world, &records, &devnet);
}

/// One changed byte, the record of another epoch, no key, a key that is not pinned.
fn refuse_lies(world: &World, records: &Path, honest: &str) {
    let folder = records.file_name().unwrap();
    let liar = |name: &str, lie: &dyn Fn(&Path)| {
        let place = world.path(name).join("devnet");
        fs::create_dir_all(place.join(folder)).unwrap();
        for file in fs::read_dir(records).unwrap().map(|file| file.unwrap()) {
            fs::copy(file.path(), place.join(folder).join(file.file_name())).unwrap();
        }
        lie(&place.join(folder));
        place.display().to_string()
    };
    let changed = liar("changed", &|place| {
        let mut record = fs::read(place.join("3")).unwrap();
        record[12] ^= 1;
        fs::write(place.join("3"), record).unwrap();
    });
    assert_eq!(world.sync(&[&changed], "lied-to", None).unwrap(), Verdict::Rejected);
    assert_eq!(world.sync(&[&changed, honest], "lied-to", None).unwrap(), Verdict::Accepted);
    let swapped = liar("swapped", &|place| assert!(fs::copy(place.join("2"), place.join("3")).is_ok()));
    assert_eq!(world.sync(&[&swapped], "lied-to", None).unwrap(), Verdict::Rejected);
    let keyless = liar("keyless", &|place| fs::remove_file(place.join("verifying-key")).unwrap());
    assert!(matches!(world.sync(&[&keyless], "lied-to", None), Err(Failure::Provider(why)) if why.contains("key")));
    let other = liar("other", &|place| {
        let mut key = fs::read(place.join("verifying-key")).unwrap();
        key[100] ^= 1;
        fs::write(place.join("verifying-key"), key).unwrap();
    });
    assert_eq!(world.sync(&[&other], "lied-to", None).unwrap(), Verdict::Rejected);
    let mut network: serde_json::Value =
        serde_json::from_slice(&fs::read(world.path("network.json")).unwrap()).unwrap();
    network["transitions"]["keys"] = serde_json::json!({});
    fs::write(world.path("network.json"), network.to_string()).unwrap();
    assert!(matches!(world.sync(&[honest], "lied-to", None), Err(Failure::Usage(why)) if why.contains("no key")));
}

#[test]
fn a_prover_believes_no_provider() {
    let world = World::new(18);
    let (_, lies) = listen(settings("another"), 18, Proofs::default());
    let mut service = world.serve(&lies);
    let said = service.errors.by_ref().map(|line| line.unwrap()).find(|line| line.starts_with("epoch 1:")).unwrap();
    assert!(said.contains("state.signer"), "{said}");
    let status = get(&service.address.replace("/devnet", "/status")).1;
    assert!(String::from_utf8(status).unwrap().contains("state.signer"));
    assert!(!world.records().exists());
}
