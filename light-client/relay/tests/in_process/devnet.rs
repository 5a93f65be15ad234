//! A running devnet: real certificates over real headers, proven by the real prover.

use alloy_primitives::{Bytes, U256};
use hotshot_circuits::groth16::Keys;
use hotshot_circuits::shape::{Preset, Shape};
use hotshot_circuits::witness::{NoWitness, Witness};
use hotshot_light_client::consensus::epoch::Epochs;
use hotshot_light_client::encoding::json::parse;
use hotshot_light_client::hash::element;
use hotshot_light_client::signature::schnorr::{Signature, VerificationKey};
use hotshot_light_client::stake_table::table::StakeTable;
use hotshot_light_client::transition::bundle::{StateBundle, verify_bundle};
use hotshot_light_client::transition::certificate::StateCertificate;
use hotshot_light_client::transition::follower::TransitionFollower;
use hotshot_light_client::transition::kind::{Kind, digest};
use hotshot_light_client::transition::proof_batch::PreparedKey;
use hotshot_light_client::transition::record::{TransitionRecord, TransitionRules};
use hotshot_light_client::transition::state::block_comm_root;
use hotshot_light_client::transition::verify::{Expectation, verify};
use hotshot_light_client::transition::voting_table::VotingTable;
use hotshot_relay::contract::abi::IHotShotLightClient as Interface;
use hotshot_relay::contract::{batch_call, update_call};
use hotshot_tests::chain::{Chain, History};
use hotshot_tests::server::{Manners, Node};

use crate::common::deployment::{Parameters, table_words};
use crate::common::devnet_settings;
use crate::evm::Evm;

fn node(seed: &str) -> Node {
    Node::new(Chain::new(devnet_settings(seed), History::default()).unwrap(), Manners::default())
}

/// Makes blocks up to a height.
fn grow(node: &Node, height: usize) {
    while node.chain().blocks().len() <= height {
        node.produce().unwrap();
    }
}

fn ask(node: &Node, path: &str) -> String {
    let answer = node.answer(path);
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer.body
}

fn table(node: &Node, epoch: u64) -> VotingTable {
    let text = ask(node, &format!("/v1/node/stake-table/{epoch}"));
    VotingTable::admit(&StakeTable::from_json(&parse(text.as_bytes()).unwrap()).unwrap(), 8).unwrap()
}

fn certificate(node: &Node, epoch: u64) -> StateCertificate {
    let text = ask(node, &format!("/v1/availability/state-cert-v2/{epoch}"));
    StateCertificate::from_json(&parse(text.as_bytes()).unwrap()).unwrap()
}

fn bundle(node: &Node) -> StateBundle {
    let text = ask(node, "/api/lateststate");
    StateBundle::from_json(&parse(text.as_bytes()).unwrap()).unwrap()
}

struct Prover {
    shape: Shape,
    keys: Keys,
}

impl Prover {
    fn prove(
        &self,
        table: &VotingTable,
        unproven: &TransitionRecord,
        signatures: &[(VerificationKey, Signature)],
    ) -> Result<TransitionRecord, NoWitness> {
        let rows: Vec<_> = signatures.iter().map(|(key, signature)| (table.row_of(key).unwrap(), *signature)).collect();
        let digest = digest(&unproven.state, &unproven.next_table, &unproven.auth_root);
        let witness = Witness::new(self.shape, table, digest, &rows)?;
        let proof = self.keys.prove(self.shape, &witness, &[7; 32]).unwrap();
        Ok(TransitionRecord { proof, ..unproven.clone() })
    }

    fn epoch(&self, node: &Node, epoch: u64) -> TransitionRecord {
        let (certificate, table) = (certificate(node, epoch), table(node, epoch));
        let expected = Expectation { epoch, epochs: Epochs::new(10).unwrap(), kind: Kind::Lcv3, after: None };
        verify(&certificate, &table, &expected).unwrap();
        let signatures: Vec<_> = certificate.signatures.iter().map(|signer| (signer.key, signer.signature)).collect();
        self.prove(&table, &self.unproven(&certificate), &signatures).unwrap()
    }

    fn unproven(&self, certificate: &StateCertificate) -> TransitionRecord {
        let StateCertificate { epoch, state, next_table, auth_root, .. } = *certificate;
        // Of the right form, and a proof of nothing.
        let proof = hotshot_light_client::transition::proof::Proof {
            a: self.keys.verifying.inputs[0],
            b: self.keys.verifying.gamma,
            c: self.keys.verifying.inputs[1],
        };
        TransitionRecord { epoch, state, next_table, auth_root, proof }
    }
}

/// Core and contract, which are given the same and have to say the same.
struct Pair {
    evm: Evm,
    follower: TransitionFollower,
    key: PreparedKey,
}

impl Pair {
    fn judge(&mut self, call: Bytes, core: Result<(), hotshot_light_client::Rejected>) -> &'static str {
        let expected = core.err().map_or("ok", |rejected| rejected.code());
        assert_eq!(self.evm.submit(call), expected);
        let latest = self.evm.read(&Interface::latestStateCall {}).unwrap();
        assert_eq!((latest.viewNum, latest.blockHeight), self.follower.position());
        expected
    }

    fn update(&mut self, record: &TransitionRecord) -> &'static str {
        let call = update_call(record, self.key.hash(), true);
        let core = self.follower.update(record, &self.key);
        self.judge(call, core)
    }

    fn batch(&mut self, records: &[TransitionRecord]) -> &'static str {
        let core = self.follower.update_epochs(records, &self.key, b"");
        self.judge(batch_call(records, self.key.hash()), core)
    }

    fn finalized(&mut self) -> u64 {
        self.evm.read(&Interface::finalizedStateCall {}).unwrap().blockHeight
    }
}

#[test]
fn a_devnets_epochs() {
    let shape = Preset::named("devnet").unwrap().shape;
    let prover = Prover { shape, keys: Keys::insecure(shape, b"in process").unwrap() };
    let node = node("devnet");
    let first = table(&node, 1).state();
    let Some(data) = Parameters::from_genesis(&first, 8).deployment(prover.keys.verifying.to_bytes()) else { return };
    let epochs = Epochs::new(10).unwrap();
    let mut pair = Pair {
        evm: Evm::deploy(data).unwrap(),
        follower: TransitionFollower::new(TransitionRules { epochs, first_epoch: 1 }, 0, 0, first).unwrap(),
        key: PreparedKey::new(prover.keys.verifying.clone()).unwrap(),
    };

    // The root of the first epoch: its table hands over at once, its state waits.
    grow(&node, 14);
    let root = prover.epoch(&node, 1);
    assert_eq!(pair.update(&root), "ok");
    assert_eq!(pair.finalized(), 0, "signed before it was decided");

    // The state of an ordinary block, from what a state relay serves: final, and its root is the header's.
    let found = bundle(&node);
    assert_eq!(found.state.height, 14);
    verify_bundle(&found, &table(&node, 2), 2, epochs, Some(pair.follower.position())).unwrap();
    let unproven = TransitionRecord {
        epoch: 2,
        state: found.state,
        next_table: found.next_table,
        auth_root: found.auth_root,
        proof: root.proof,
    };
    assert_eq!(pair.update(&unproven), "transition.proof", "the proof of another state");
    let ordinary = prover.prove(&table(&node, 2), &unproven, &found.signatures).unwrap();
    assert_eq!(pair.update(&ordinary), "ok");
    assert_eq!(pair.finalized(), 14);
    let header = node.chain().blocks()[14].leaf.leaf.block_header.fields().block_merkle_tree_root.to_string();
    let served = pair.evm.read(&Interface::getHotShotCommitmentCall { hotShotBlockHeight: U256::from(13) }).unwrap();
    assert_eq!(served.hotShotBlockCommRoot, element::to_u256(&block_comm_root(&header).unwrap()));

    // Epochs whose stakes change, in one transaction.
    grow(&node, 60);
    let roots: Vec<_> = (2..=5).map(|epoch| prover.epoch(&node, epoch)).collect();
    assert!(roots.windows(2).any(|pair| pair[0].next_table != pair[1].next_table), "tables change");
    assert_eq!(pair.batch(&roots[1..]), "state.epoch");
    let mut mixed = roots.clone();
    mixed[2].next_table = mixed[1].next_table;
    assert_eq!(pair.batch(&mixed), "transition.proof");
    assert_eq!(pair.batch(&roots), "ok");
    assert_eq!(pair.batch(&roots), "state.epoch", "replayed");
    let voting = pair.evm.read(&Interface::votingStakeTableStateCall {}).unwrap();
    let table_six = table(&node, 6).state();
    assert_eq!(table_words(&voting)[2], element::to_u256(&table_six.schnorr_key_comm));
    assert_eq!(table_words(&voting)[3], element::to_u256(&table_six.amount_comm));

    // What cannot be proven: too few signers, and signers of another chain.
    let sixth = certificate(&node, 6);
    let signatures: Vec<_> = sixth.signatures.iter().map(|signer| (signer.key, signer.signature)).collect();
    let few = prover.prove(&table(&node, 6), &prover.unproven(&sixth), &signatures[..1]);
    assert!(matches!(few, Err(NoWitness::Quorum { .. })));
    let other = self::node("another devnet");
    grow(&other, 60);
    assert_eq!(pair.update(&prover.epoch(&other, 6)), "transition.proof");
    assert_eq!(pair.update(&prover.epoch(&node, 6)), "ok");
}
