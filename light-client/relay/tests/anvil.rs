//! The relayer against an EVM: what it sends, and what it does when things go wrong.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod common;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use common::{Chain, DEPLOYER, Evm, SECRET};
use hotshot_relay::account::Account;
use hotshot_relay::contract::{Address, Contract, abi};
use hotshot_relay::relayer::{Relayer, Settings, Turn};
use serde_json::{Value, json};

const QUICK: Settings = Settings {
    confirmations: 2,
    patience: 3,
    max_fee: 100_000_000_000,
    max_priority_fee: 5_000_000_000,
    batch: 16,
    stride: 5,
};

fn voting_epoch(evm: &Evm, contract: Address, chain: &Chain) -> u64 {
    let block = evm.rpc.latest_block().unwrap().number;
    let view = Contract::new(evm.rpc.clone(), contract).view(&chain.keys.verifying.hash(), block).unwrap();
    view.follower.voting_epoch()
}

fn start() -> Option<(Evm, Chain, Address)> {
    let evm = Evm::start()?;
    let chain = Chain::new();
    let contract = chain.deploy(&evm)?;
    // Blocks come when the test says so.
    evm.automine(false);
    Some((evm, chain, contract))
}

/// Turns until something other than waiting comes of one; blocks pass in between.
fn settle(evm: &Evm, relayer: &mut Relayer) -> Turn {
    for _ in 0..20 {
        match relayer.turn().unwrap() {
            Turn::Waiting(_) => evm.mine(1),
            turn => return turn,
        }
    }
    panic!("the relayer waits for ever");
}

/// Turns until something other than waiting comes of one, while the chain stands still.
fn look(relayer: &mut Relayer) -> Turn {
    let turns = std::iter::repeat_with(|| relayer.turn().unwrap());
    turns.take(20).find(|turn| !matches!(turn, Turn::Waiting(_))).unwrap()
}

fn get(address: std::net::SocketAddr, path: &str) -> String {
    let mut connection = TcpStream::connect(address).unwrap();
    write!(connection, "GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    let mut text = String::new();
    connection.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn epochs_one_by_one_in_batches_and_states_between() {
    let Some((evm, chain, contract)) = start() else { return };
    let mut relayer = chain.relayer(&evm, contract, QUICK, None);
    let address = relayer.metrics().serve(([127, 0, 0, 1], 0).into()).unwrap();
    assert!(get(address, "/health").contains("503"));
    assert_eq!(relayer.turn(), Ok(Turn::Idle));
    assert!(get(address, "/health").contains("200 OK"));

    let mut gas = 0;
    let mut bring = |relayer: &mut Relayer, what: &str| {
        assert_eq!(relayer.turn(), Ok(Turn::Sent));
        assert_eq!(settle(&evm, relayer), Turn::Confirmed);
        let used = relayer.metrics().numbers().gas - gas;
        gas += used;
        println!("{what}: {used} gas");
        used
    };
    chain.publish(1);
    bring(&mut relayer, "the first update, which writes to empty storage");
    assert_eq!(voting_epoch(&evm, contract, &chain), 2);
    chain.publish(2);
    assert!(bring(&mut relayer, "an epoch's root") <= 290_000);
    (3..11).for_each(|epoch| chain.publish(epoch));
    assert!(bring(&mut relayer, "eight epochs") <= 8 * 90_000);
    assert_eq!(voting_epoch(&evm, contract, &chain), 11);

    chain.publish_latest(103);
    assert!(bring(&mut relayer, "a state of an ordinary block") <= 275_000);
    assert_eq!(relayer.turn(), Ok(Turn::Idle), "the same state again is nothing new");
    // A newer state of an epoch whose root is still to come.
    chain.publish_latest(111);
    assert_eq!(relayer.turn(), Ok(Turn::Idle));

    let text = get(address, "/metrics");
    for line in ["hotshot_relay_voting_epoch 11", "hotshot_relay_confirmed_total 4", "hotshot_relay_height 103"] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(get(address, "/").contains("404"));
    assert!(!text.contains(&SECRET[..8]));
}

#[test]
fn a_restart_in_the_middle_pays_once() {
    let Some((evm, chain, contract)) = start() else { return };
    let journal = chain.store.path().join("journal");
    chain.publish(1);
    let mut relayer = chain.relayer(&evm, contract, QUICK, Some(&journal));
    assert_eq!(relayer.turn(), Ok(Turn::Sent));
    drop(relayer);
    let mut relayer = chain.relayer(&evm, contract, QUICK, Some(&journal));
    assert_eq!(relayer.turn(), Ok(Turn::Waiting("to be in a block")));
    evm.mine(1);
    drop(relayer);
    let mut relayer = chain.relayer(&evm, contract, QUICK, Some(&journal));
    assert_eq!(relayer.turn(), Ok(Turn::Waiting("for confirmations")));
    assert_eq!(settle(&evm, &mut relayer), Turn::Confirmed);
    assert_eq!(relayer.turn(), Ok(Turn::Idle));
    assert_eq!(relayer.metrics().numbers().sent, 0, "what was sent before is not sent again");
    let account = Account::from_text(SECRET).unwrap();
    assert_eq!(evm.rpc.nonce(account.address()), Ok(1));
}

/// Also without a journal: the transaction in the node's queue is replaced, and no number is left out.
#[test]
fn a_lost_journal_leaves_no_gap() {
    let Some((evm, chain, contract)) = start() else { return };
    chain.publish(1);
    let mut relayer = chain.relayer(&evm, contract, QUICK, None);
    assert_eq!(relayer.turn(), Ok(Turn::Sent));
    drop(relayer);
    // Another call, so that it is another transaction of the same number.
    chain.publish(2);
    let mut relayer = chain.relayer(&evm, contract, QUICK, None);
    let refused = relayer.turn().unwrap_err();
    assert!(refused.contains("underpriced"), "{refused}");
    assert_eq!(relayer.turn(), Ok(Turn::Sent));
    evm.mine(1);
    assert_eq!(settle(&evm, &mut relayer), Turn::Confirmed);
    assert_eq!(voting_epoch(&evm, contract, &chain), 3);
    assert_eq!(evm.rpc.nonce(Account::from_text(SECRET).unwrap().address()), Ok(1));
}

#[test]
fn a_reorganisation_takes_the_block_away() {
    let Some((evm, chain, contract)) = start() else { return };
    chain.publish(1);
    let mut relayer = chain.relayer(&evm, contract, QUICK, None);
    assert_eq!(relayer.turn(), Ok(Turn::Sent));
    evm.mine(1);
    assert_eq!(relayer.turn(), Ok(Turn::Waiting("for confirmations")));
    assert_eq!(voting_epoch(&evm, contract, &chain), 2);
    evm.ask("anvil_reorg", json!([1, []]));
    assert_eq!(voting_epoch(&evm, contract, &chain), 1, "as if it had never been");
    assert_eq!(relayer.turn(), Ok(Turn::Waiting("to be in a block")));
    assert_eq!(relayer.metrics().numbers().reorganised, 1);
    evm.mine(1);
    assert_eq!(settle(&evm, &mut relayer), Turn::Confirmed);
    assert_eq!(voting_epoch(&evm, contract, &chain), 2);
}

#[test]
fn prices_rise_and_fall() {
    let Some((evm, chain, contract)) = start() else { return };
    chain.publish(1);
    let base = |fee: u64| {
        evm.ask("anvil_setNextBlockBaseFeePerGas", json!([format!("{fee:#x}")]));
        evm.mine(1);
    };
    base(200_000_000_000);
    let mut relayer = chain.relayer(&evm, contract, QUICK, None);
    assert_eq!(relayer.turn(), Ok(Turn::Waiting("for a lower price")));
    assert_eq!(relayer.metrics().numbers().too_expensive, 1);
    assert_eq!(relayer.metrics().numbers().sent, 0);

    base(1_000_000_000);
    assert_eq!(relayer.turn(), Ok(Turn::Sent));
    // The price rises above what was offered, and stays there.
    for _ in 0..3 {
        base(20_000_000_000);
    }
    assert_eq!(relayer.turn(), Ok(Turn::Replaced));
    base(20_000_000_000);
    assert_eq!(settle(&evm, &mut relayer), Turn::Confirmed);
    let numbers = relayer.metrics().numbers();
    assert_eq!((numbers.sent, numbers.replaced, numbers.confirmed), (2, 1, 1));
    assert_eq!(evm.rpc.nonce(Account::from_text(SECRET).unwrap().address()), Ok(1));
}

#[test]
fn nothing_is_sent_that_would_be_refused() {
    let Some((evm, chain, contract)) = start() else { return };
    let mut relayer = chain.relayer(&evm, contract, QUICK, None);
    let mut wrong = chain.record(5);
    wrong.auth_root = [9; 32];
    chain.publish_as(1, &wrong);
    assert!(relayer.turn().unwrap_err().contains("transition.proof"));
    chain.publish_as(1, &chain.record(15));
    assert!(relayer.turn().unwrap_err().contains("state.epoch"));
    assert_eq!(relayer.metrics().numbers().refused_by_core, 2);

    // A good one, then a bad one: the good one is worth sending.
    chain.publish(1);
    chain.publish_as(2, &wrong);
    assert_eq!(relayer.turn(), Ok(Turn::Sent));
    assert_eq!(settle(&evm, &mut relayer), Turn::Confirmed);
    chain.publish(2);
    // A contract that disagrees with the core: its verifier finds everything wrong.
    let call = abi::verifierOfCall { keyHash: chain.keys.verifying.hash().into() };
    let block = evm.rpc.latest_block().unwrap().number;
    let verifier = Contract::new(evm.rpc.clone(), contract).read(block, &call).unwrap();
    let code: Value = evm.ask("eth_getCode", json!([verifier, "latest"]));
    // PUSH0 PUSH0 MSTORE PUSH1 32 PUSH0 RETURN
    evm.ask("anvil_setCode", json!([verifier, "0x5f5f5260205ff3"]));
    let sent = relayer.metrics().numbers().sent;
    assert_eq!(relayer.turn(), Err("the contract would refuse: transition.proof".into()));
    assert_eq!(relayer.metrics().numbers().refused_by_contract, 1);
    assert_eq!(relayer.metrics().numbers().sent, sent);
    evm.ask("anvil_setCode", json!([verifier, code]));
    assert_eq!(relayer.turn(), Ok(Turn::Sent));
}

/// Someone else brings the same proof while ours waits.
#[test]
fn another_relayer_is_faster() {
    let Some((evm, chain, contract)) = start() else { return };
    chain.publish(1);
    let mut relayer = chain.relayer(&evm, contract, QUICK, None);
    assert_eq!(relayer.turn(), Ok(Turn::Sent));
    let ours = evm.ask("eth_getBlockByNumber", json!(["pending", true]))["transactions"][0].clone();
    evm.ask("anvil_dropTransaction", json!([ours["hash"]]));
    let theirs = json!({ "from": DEPLOYER, "to": contract, "data": ours["input"], "gas": "0x7a120" });
    evm.ask("eth_sendTransaction", json!([theirs]));
    evm.mine(1);
    assert_eq!(voting_epoch(&evm, contract, &chain), 2);
    // Ours is useless now, and not sent again.
    assert_eq!(look(&mut relayer), Turn::Idle);
    assert_eq!(relayer.metrics().numbers().sent, 1);
    chain.publish(2);
    assert_eq!(relayer.turn(), Ok(Turn::Sent));
    evm.mine(1);
    assert_eq!(settle(&evm, &mut relayer), Turn::Confirmed);
}

/// Another program uses the account too.
#[test]
fn numbers_that_others_use() {
    let Some((evm, chain, contract)) = start() else { return };
    chain.publish(1);
    let mut relayer = chain.relayer(&evm, contract, QUICK, None);
    assert_eq!(relayer.turn(), Ok(Turn::Sent));
    let ours = evm.ask("eth_getBlockByNumber", json!(["pending", true]))["transactions"][0].clone();
    evm.ask("anvil_dropTransaction", json!([ours["hash"]]));
    let account = Account::from_text(SECRET).unwrap().address();
    evm.ask("eth_sendTransaction", json!([{ "from": account, "to": DEPLOYER, "value": "0x1" }]));
    evm.mine(1);
    assert_eq!(look(&mut relayer), Turn::Sent, "with the next number");
    evm.mine(1);
    assert_eq!(settle(&evm, &mut relayer), Turn::Confirmed);
    assert_eq!(voting_epoch(&evm, contract, &chain), 2);
}

#[test]
fn a_node_out_of_reach_is_said_and_forgiven() {
    let Some((evm, chain, contract)) = start() else { return };
    let mut relayer = chain.relayer(&evm, contract, QUICK, None);
    assert_eq!(relayer.turn(), Ok(Turn::Idle));
    let url = evm.url().to_owned();
    drop(evm);
    let error = relayer.turn().unwrap_err();
    assert!(!error.contains(&url), "{error}");
    assert_eq!(relayer.metrics().numbers().errors, 1);
}
