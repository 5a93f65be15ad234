//! A client and a node in one process, without sockets and clocks.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its part")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::{net::SocketAddr, sync::Arc, thread};

use hotshot_light_client::client::{
    network::Network,
    sync::{Client, FinalizedBlock, Progress, Start},
};
use hotshot_tests::{
    chain::{Chain, History, Settings},
    server::{Manners, Node, network_file, serve},
};

/// A node with so many blocks after genesis.
pub fn node(settings: Settings, blocks: u64) -> Node {
    let node = Node::new(Chain::new(settings, History::default()).unwrap(), Manners::default());
    produce(&node, blocks);
    node
}

/// Serves a node on a port of its own until the process ends.
pub fn listen(node: &Arc<Node>) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
    let server = runtime.block_on(serve(Arc::clone(node), loopback)).unwrap();
    let address = format!("http://{}", server.address);
    thread::spawn(move || runtime.block_on(server.run()));
    address
}

/// Makes blocks.
pub fn produce(node: &Node, blocks: u64) {
    for _ in 0..blocks {
        node.produce().unwrap();
    }
}

/// A client that pins the node's network.
pub fn client(node: &Node, start: Start) -> Client {
    let network = serde_json::to_vec(&network_file(&node.chain(), &[])).unwrap();
    Client::new(Network::parse(&network).unwrap(), None, start, [3; 32]).unwrap()
}

/// How a stretch of following ended.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    /// Nothing new is to be had.
    Idle,
    /// An answer was refused, with this code.
    Refused(String),
    /// The client asks and asks.
    Endless,
}

/// Follows until the first refusal, or until nothing new is to be had.
pub fn follow(client: &mut Client, node: &Node) -> (Vec<FinalizedBlock>, End) {
    let mut finalized = Vec::new();
    for _ in 0..400 {
        let progress = match client.request() {
            Some(request) => {
                let answer = node.answer(&request.path());
                if answer.status == 200 { client.respond(answer.body.as_bytes()) } else { Ok(client.missing()) }
            }
            None => client.step(1000),
        };
        match progress {
            Err(rejected) => return (finalized, End::Refused(rejected.code().into())),
            Ok(Progress::Idle) => return (finalized, End::Idle),
            Ok(Progress::Finalized(blocks)) => finalized.extend(blocks),
            Ok(_) => {}
        }
    }
    (finalized, End::Endless)
}

/// That blocks follow each other without a gap and are those that the chain really has.
pub fn assert_honest(node: &Node, finalized: &[FinalizedBlock]) {
    let chain = node.chain();
    for block in finalized {
        let real = &chain.blocks()[usize::try_from(block.header.height).unwrap()];
        assert_eq!(block.leaf, real.leaf.qc.data.leaf_commit.bytes, "height {}", block.header.height);
    }
    for pair in finalized.windows(2) {
        assert_eq!(pair[1].header.height, pair[0].header.height + 1);
    }
}
