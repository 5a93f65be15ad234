//! A devnet in the test's own process: its keys are INSECURE, its blocks the same at every run.

use std::fs;
use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::thread;

use hotshot_light_client::encoding::tagged_base64::{self, tag};
use hotshot_tests::chain::{Chain, History, Settings};
use hotshot_tests::server::{Manners, Node, network_file, serve};
use serde_json::Value;
use tempfile::TempDir;

use super::server::{Reply, Server};
use super::{Ended, program};

/// Five validators and epochs of ten blocks, of one version or of several.
pub fn settings(versions: &[u16]) -> Settings {
    Settings { validators: 5, epoch_height: 10, versions: versions.to_vec(), failed_views: 6, ..Settings::default() }
}

/// A node and the network file that pins it.
pub struct Devnet {
    pub node: Arc<Node>,
    pub folder: TempDir,
}

impl Devnet {
    /// With so many blocks after genesis.
    pub fn new(settings: Settings, blocks: u64) -> Self {
        Self::with(settings, blocks, Manners::default())
    }

    pub fn with(settings: Settings, blocks: u64, manners: Manners) -> Self {
        let mut chain = Chain::new(settings, History::default()).unwrap();
        (0..blocks).for_each(|_| drop(chain.produce().unwrap()));
        let folder = tempfile::tempdir().unwrap();
        let network = network_file(&chain, &[]);
        fs::write(folder.path().join("network.json"), network.to_string()).unwrap();
        Self { node: Arc::new(Node::new(chain, manners)), folder }
    }

    pub fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// A listener over the node; `None` from `deny` leaves the client without an answer.
    pub fn listen(&self, deny: impl Fn(&str) -> bool + Send + Sync + 'static) -> Server {
        let node = Arc::clone(&self.node);
        Server::start(move |path| {
            if deny(path) {
                return None;
            }
            let answer = node.answer(path);
            Some(if answer.status == 200 { Reply::ok(answer.body) } else { Reply::status(answer.status) })
        })
    }

    /// The devnet's own listener, with CORS and streams.
    pub fn serve(&self) -> String {
        let (sender, receiver) = mpsc::channel();
        let node = Arc::clone(&self.node);
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let server = serve(node, SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
                sender.send(server.address).unwrap();
                server.run().await.unwrap();
            });
        });
        format!("http://{}", receiver.recv().unwrap())
    }

    /// The text of an answer of the node.
    pub fn text(&self, path: &str) -> String {
        let answer = self.node.answer(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.body
    }

    pub fn follow(&self, providers: &[&str], more: &[&str]) -> Ended {
        let mut command = program();
        command.args([
            "follow",
            "--network",
            &self.path("network.json"),
            "--poll",
            "0.02",
            "--timeout",
            "0.5",
            "--json",
        ]);
        for provider in providers {
            command.args(["--provider", provider]);
        }
        Ended::of(command.args(more))
    }

    /// That a run came to its end and told nothing but the chain's own blocks, of these heights.
    pub fn assert_told(&self, ended: &Ended, heights: std::ops::RangeInclusive<u64>, what: &str) {
        assert_eq!(ended.code, 0, "{what}: {}", ended.stderr);
        assert_eq!(self.told(ended, what), heights.collect::<Vec<_>>(), "{what}");
    }

    /// The heights that a run told, each with the chain's own block.
    pub fn told(&self, ended: &Ended, what: &str) -> Vec<u64> {
        let chain = self.node.chain();
        let lines = ended.json_lines();
        // Beside blocks there is evidence of lies.
        let blocks = lines.iter().filter(|line: &&Value| line.get("height").is_some());
        blocks
            .map(|line| {
                let height = line["height"].as_u64().unwrap();
                let block = &chain.blocks()[usize::try_from(height).unwrap()];
                let real = tagged_base64::encode(tag::COMMIT, &block.leaf.qc.data.leaf_commit.bytes);
                assert_eq!(line["leaf"], real, "{what}: {height}");
                height
            })
            .collect()
    }
}
