//! What is in blocks: the core believes what an honest node serves of it, and no lie about it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod common;

use std::collections::BTreeSet;

use common::node;
use hotshot_light_client::{
    client::network::Network,
    consensus::{header::Header, tables::EpochTables, verified::Verified},
    data::{
        BlockContext, Ledger, NamespaceTable, PayloadVerification, header_with_trusted_hash, verify_account,
        verify_header, verify_namespace, vid::VidParameters,
    },
    encoding::{json::parse, tagged_base64},
    rejection::{Rejected, Rejection},
};
use hotshot_tests::{
    chain::{Settings, Tree},
    lie::Lie,
    server::{Node, network_file},
};
use serde_json::Value;

const BLOCKS: u64 = 8;

fn settings(minor: u16) -> Settings {
    Settings { validators: 10, versions: vec![minor], rollups: true, failed_views: 0, ..Settings::default() }
}

/// A node, and the stake tables that its network file pins.
struct World {
    node: Node,
    tables: EpochTables,
}

impl World {
    fn new(minor: u16) -> Self {
        let node = node(settings(minor), BLOCKS);
        let network = serde_json::to_vec(&network_file(&node.chain(), &[])).unwrap();
        let tables = Network::parse(&network).unwrap().admit().unwrap();
        Self { node, tables }
    }

    fn get(&self, path: &str) -> String {
        let answer = self.node.answer(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.body
    }

    /// The honest header of a height, trusted by the hash that the chain has.
    fn header(&self, height: u64) -> Verified<Header> {
        let chain = self.node.chain();
        let block = &chain.blocks()[usize::try_from(height).unwrap()];
        let text = serde_json::to_string(&block.leaf.leaf.block_header).unwrap();
        header_with_trusted_hash(&parse(text.as_bytes()).unwrap(), &block.hash.bytes).unwrap()
    }

    fn context(&self, height: u64) -> BlockContext {
        BlockContext::new(&self.header(height)).unwrap()
    }

    fn parameters(&self, block: &BlockContext) -> VidParameters {
        VidParameters::of_block(block, &self.tables).unwrap()
    }

    fn namespace(&self, block: &BlockContext, id: u64, path: &str, known: bool) -> Result<Vec<u8>, Rejected> {
        let parameters = known.then(|| self.parameters(block));
        let body = self.get(path);
        let verified = verify_namespace(block, id, &parse(body.as_bytes())?, parameters.as_ref())?;
        Ok(verified.payload().to_vec())
    }

    fn payload(&self, block: &BlockContext, path: &str, known: bool) -> Result<Vec<u8>, Rejected> {
        let parameters = known.then(|| self.parameters(block));
        let body = self.get(path);
        let answer = parse(body.as_bytes())?;
        let verified = PayloadVerification::from_answer(block.clone(), &answer, parameters.as_ref())?.finish()?;
        Ok(verified.bytes().to_vec())
    }

    fn older(&self, root: u64, height: u64) -> Result<Header, Rejected> {
        let body = self.get(&format!("/v1/light-client/header/{root}/{height}"));
        verify_header(&parse(body.as_bytes())?, &self.header(root), height).map(Verified::into_inner)
    }

    fn account(&self, height: u64, ledger: Ledger, address: &[u8; 20]) -> Result<Option<String>, Rejected> {
        let text = hotshot_light_client::encoding::bytes::to_hex(address);
        let path = match ledger {
            Ledger::Fee => format!("/v1/catchup/{height}/1/account/{text}"),
            Ledger::Reward => format!("/v1/reward-state-v2/proof/{height}/{text}"),
        };
        let body = self.get(&path);
        let verified = verify_account(&parse(body.as_bytes())?, &self.header(height), ledger, address)?;
        Ok(verified.amount.map(|amount| amount.to_string()))
    }
}

/// An address that nobody has.
const NOBODY: [u8; 20] = [0x5a; 20];

#[test]
fn everything_honest_is_believed() {
    for minor in 3..=6 {
        let world = World::new(minor);
        let mut present = 0;
        for height in 0..=BLOCKS {
            let block = world.context(height);
            let honest = world.node.chain().blocks()[usize::try_from(height).unwrap()].payload.raw_payload.0.clone();
            let path = format!("/v1/light-client/payload/{height}");
            assert_eq!(world.payload(&block, &path, true).unwrap(), honest);
            assert_eq!(world.payload(&block, &path, false).unwrap(), honest, "with the served weights");
            let path = format!("/v1/availability/payload/{height}");
            assert_eq!(world.payload(&block, &path, true).unwrap(), honest);
            let unknown = world.payload(&block, &path, false).map_err(|rejected| rejected.rejection);
            assert_eq!(unknown, Err(Rejection::VidParameters), "no weights are served there");
            for namespace in block.namespace_table().iter() {
                let (id, bytes) = (u64::from(namespace.id), &honest[namespace.range.clone()]);
                for path in [
                    format!("/v1/light-client/namespace/{height}/{id}"),
                    format!("/v1/availability/block/{height}/namespace/{id}"),
                ] {
                    assert_eq!(world.namespace(&block, id, &path, true).unwrap(), bytes, "{path}");
                }
                let served = format!("/v1/light-client/namespace/{height}/{id}");
                assert_eq!(world.namespace(&block, id, &served, false).unwrap(), bytes, "with the served weights");
                present += 1;
            }
            let absent = world.namespace(&block, 77, &format!("/v1/light-client/namespace/{height}/77"), true);
            assert!(absent.unwrap().is_empty());
            for older in 0..height {
                assert_eq!(world.older(height, older).unwrap(), *world.header(older));
            }
        }
        assert!(present > 12, "there is traffic");
    }
}

#[test]
fn ranges_hold_what_single_answers_hold() {
    let world = World::new(6);
    let list = |path: &str| serde_json::from_str::<Vec<Value>>(&world.get(path)).unwrap();
    let single = |path: &str| serde_json::from_str::<Value>(&world.get(path)).unwrap();
    let ids = tagged_base64::encode("NS", b"[901,412346]");
    let (namespace, both) =
        (list("/v1/light-client/namespace/2/6/901"), list(&format!("/v1/light-client/namespaces/2/6/{ids}")));
    let payloads = list("/v1/light-client/payload/2/6");
    assert_eq!((namespace.len(), both.len(), payloads.len()), (4, 4, 4));
    for (index, height) in (2..6).enumerate() {
        assert_eq!(namespace[index], single(&format!("/v1/light-client/namespace/{height}/901")));
        assert_eq!(both[index]["901"], namespace[index]);
        assert_eq!(both[index]["412346"], single(&format!("/v1/light-client/namespace/{height}/412346")));
        assert_eq!(payloads[index], single(&format!("/v1/light-client/payload/{height}")));
    }
    assert_eq!(world.node.answer("/v1/light-client/namespaces/2/6/NS~x").status, 400);
    assert_eq!(world.node.answer("/v1/light-client/namespace/2/9999/901").status, 400);
}

#[test]
fn namespaces_before_0_3_are_unproven() {
    for minor in [1, 2] {
        let world = World::new(minor);
        let with_traffic = (1..=BLOCKS).map(|height| world.context(height));
        let block = { with_traffic }.find(|block| !block.namespace_table().is_empty()).unwrap();
        let id = u64::from(block.namespace_table().iter().next().unwrap().id);
        for path in ["light-client/namespace/{}/{}", "availability/block/{}/namespace/{}"] {
            let path = path.replacen("{}", &block.height().to_string(), 1).replacen("{}", &id.to_string(), 1);
            let refused = world.namespace(&block, id, &format!("/v1/{path}"), false).unwrap_err();
            assert_eq!(refused.rejection, Rejection::NamespaceUnproven);
        }
        let path = format!("/v1/light-client/payload/{}", block.height());
        let refused = world.payload(&block, &path, false).unwrap_err();
        assert_eq!(refused.rejection, Rejection::NamespaceUnproven, "nor is the whole payload proven");
        assert_eq!(world.older(BLOCKS, 3).unwrap(), *world.header(3), "headers are proven all the same");
    }
}

#[test]
fn accounts_are_present_or_absent() {
    for minor in [2, 3, 4, 6] {
        let world = World::new(minor);
        for (ledger, tree) in [(Ledger::Fee, Tree::Fee), (Ledger::Reward, Tree::Reward)] {
            if ledger == Ledger::Reward && minor < 3 {
                assert_eq!(
                    world.account(3, ledger, &NOBODY).unwrap_err().rejection,
                    Rejection::MerkleCommitment,
                    "no rewards yet"
                );
                continue;
            }
            for height in [0, 1, BLOCKS] {
                let accounts = world.node.chain().accounts(tree, height);
                assert_eq!(accounts.addresses().is_empty(), height == 0);
                for address in accounts.addresses() {
                    let amount = accounts.amount(&address).unwrap().to_string();
                    assert_eq!(world.account(height, ledger, &address.0).unwrap(), Some(amount));
                }
                assert_eq!(world.account(height, ledger, &NOBODY).unwrap(), None);
            }
        }
    }
}

/// The codes with which a lie is refused on one chain; where it is not, the answer is the honest one.
fn codes(world: &World, lie: Lie) -> BTreeSet<&'static str> {
    let mut codes = BTreeSet::new();
    let mut ask = |what: &dyn Fn() -> Result<String, Rejected>| {
        let honest = what().unwrap();
        world.node.set_lie(Some(lie));
        let verdict = what();
        world.node.set_lie(None);
        match verdict {
            Ok(believed) => assert_eq!(believed, honest, "{}: something false is believed", lie.name()),
            Err(rejected) => drop(codes.insert(rejected.code())),
        }
    };
    for height in 3..=5 {
        let block = world.context(height);
        let named: Vec<u64> = block.namespace_table().iter().map(|namespace| u64::from(namespace.id)).collect();
        for id in named.into_iter().chain([77]) {
            for path in [
                format!("/v1/light-client/namespace/{height}/{id}"),
                format!("/v1/availability/block/{height}/namespace/{id}"),
            ] {
                ask(&|| world.namespace(&block, id, &path, true).map(|bytes| format!("{bytes:?}")));
            }
        }
        for module in ["light-client", "availability"] {
            let path = format!("/v1/{module}/payload/{height}");
            ask(&|| world.payload(&block, &path, true).map(|bytes| format!("{bytes:?}")));
        }
        if height < BLOCKS {
            ask(&|| world.older(BLOCKS, height).map(|header| format!("{header:?}")));
        }
    }
    for (ledger, tree) in [(Ledger::Fee, Tree::Fee), (Ledger::Reward, Tree::Reward)] {
        let addresses = world.node.chain().accounts(tree, 5).addresses();
        for address in [addresses[0].0, NOBODY] {
            ask(&|| world.account(5, ledger, &address).map(|amount| format!("{amount:?}")));
        }
    }
    codes
}

#[test]
fn lies_about_data() {
    let worlds = [World::new(4), World::new(6)];
    let lies = Lie::ALL.iter().copied().filter(|lie| lie.is_about_data() && *lie != Lie::DataTable);
    let mut wrong = Vec::new();
    for lie in lies {
        let found: BTreeSet<&str> = worlds.iter().flat_map(|world| codes(world, lie)).collect();
        println!("{}: {found:?}", lie.name());
        let known = found.iter().all(|code| lie.codes().contains(code));
        if !known || found.is_empty() != lie.codes().is_empty() {
            wrong.push(format!("{}: {found:?} instead of {:?}", lie.name(), lie.codes()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Both forgeries by name, where the client does not know the weights and could believe the server's.
#[test]
fn forgeries_with_unknown_weights() {
    let world = World::new(4);
    for (lie, expected) in [
        (Lie::DataZeroStuffing, Rejection::NamespaceLengthMismatch),
        (Lie::DataBadEncoding, Rejection::NamespaceUnproven),
    ] {
        world.node.set_lie(Some(lie));
        let mut refused = BTreeSet::new();
        for height in 1..=BLOCKS {
            let block = world.context(height);
            for namespace in block.namespace_table().iter() {
                let id = u64::from(namespace.id);
                let path = format!("/v1/light-client/namespace/{height}/{id}");
                refused.insert(world.namespace(&block, id, &path, false).unwrap_err().rejection.code());
            }
        }
        world.node.set_lie(None);
        assert!(refused.contains(expected.code()), "{}: {refused:?}", lie.name());
        assert!(refused.iter().all(|code| lie.codes().contains(code)), "{}: {refused:?}", lie.name());
    }
}

#[test]
fn malformed_tables_under_a_quorum() {
    let world = World::new(4);
    world.node.set_lie(Some(Lie::DataTable));
    common::produce(&world.node, 4);
    let mut refused = BTreeSet::new();
    for height in BLOCKS + 1..=BLOCKS + 4 {
        let block = world.node.block(height).unwrap();
        let text = serde_json::to_string(&block.leaf.leaf.block_header).unwrap();
        let header = header_with_trusted_hash(&parse(text.as_bytes()).unwrap(), &block.hash.bytes).unwrap();
        if let Err(rejected) = BlockContext::new(&header) {
            assert!(NamespaceTable::from_bytes(&header.ns_table).is_err());
            refused.insert(rejected.code());
        }
    }
    assert_eq!(refused.into_iter().collect::<Vec<_>>(), Lie::DataTable.codes());
}
