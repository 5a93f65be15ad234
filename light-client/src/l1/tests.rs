//! Reading contracts, against an L1 node of the test's own that holds the recorded history.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::reader::{Contracts, Reader, Reading};
use super::request::L1Request;
use super::word::members;
use crate::encoding::bytes::to_hex;
use crate::encoding::json::{Json, parse};
use crate::hash::element;
use crate::recorded;
use crate::rejection::Rejected;
use crate::stake_table::active_set::ActiveRules;
use crate::stake_table::entry::{Entry, RawEntry};
use crate::stake_table::logs::LogFilter;
use crate::stake_table::replay::Replay;
use crate::stake_table::table::StakeTable;
use crate::stake_table::transition::EpochState;
use crate::transition::stake_table_state::StakeTableState;
use crate::transition::voting_table::VotingTable;

const CAPACITY: usize = 200;
const NEWEST: u64 = 2_000;

fn contracts() -> Contracts {
    Contracts { chain_id: Some(1), light_client: [0x22; 20], stake_table: [0x11; 20], first_block: 900 }
}

/// An L1 node, honest but for what a test changes.
struct Node {
    logs: Vec<u8>,
    height: u64,
    voting: StakeTableState,
    updates: u64,
    accepted: u64,
    accepted_at: u64,
}

/// The commitments to the table after so many of the recorded logs, under some rules.
fn committed(logs: &[u8], until_block: u64, rules: ActiveRules) -> StakeTableState {
    let filter = LogFilter { until_block: Some(until_block), ..LogFilter::default() };
    let replayed = Replay::new(filter.read(&parse(logs).unwrap()).unwrap(), &[]).unwrap().finish().unwrap();
    let hash = replayed.state.hash();
    let table = EpochState::from_replay(1, replayed.state, &hash).unwrap().table(rules).unwrap().table;
    VotingTable::admit(&table, CAPACITY).unwrap().state()
}

impl Node {
    fn new(height: u64) -> Option<Self> {
        let logs = recorded::file("stake_table_history/synthetic_logs.json")?;
        let voting = committed(&logs, NEWEST, ActiveRules::Staked);
        Some(Self { logs, height, voting, updates: 9, accepted: height, accepted_at: 0x60 })
    }

    fn answer(&self, request: &L1Request) -> String {
        let word = |value: u64| format!("{value:064x}");
        let words = |words: &[String]| format!("\"0x{}\"", words.concat());
        match request {
            L1Request::ChainId => "\"0x1\"".into(),
            L1Request::FinalizedBlock => format!(r#"{{"number":"{NEWEST:#x}","timestamp":"0x65","hash":"0x00"}}"#),
            L1Request::Call { selector, argument, .. } => match to_hex(selector).as_str() {
                "0xf9e50d19" => words(&[word(self.updates)]),
                "0x02b592f3" => {
                    assert_eq!(*argument, Some(self.updates - 1));
                    words(&[word(7), word(self.accepted_at), word(self.accepted), word(9)])
                }
                "0x9fdb54a7" => words(&[word(self.height + 3), word(self.height), word(9)]),
                "0x0625e19b" => {
                    let elements = self.voting.elements().map(|element| to_hex(&element::to_be_bytes(&element)));
                    let [bls, schnorr, amount, threshold] =
                        elements.map(|word| String::from(word.trim_start_matches("0x")));
                    words(&[threshold, bls, schnorr, amount])
                }
                "0xf0682054" => words(&[word(100)]),
                _ => words(&[word(1)]),
            },
            L1Request::Logs { from, until, .. } => self.page(*from, *until),
        }
    }

    /// Whole logs of the file, cut by their objects' ends: they hold no braces inside.
    fn page(&self, from: u64, until: u64) -> String {
        let text = core::str::from_utf8(&self.logs).unwrap();
        let objects = text.split_inclusive('}').filter_map(|part| part.find('{').map(|start| &part[start..]));
        let inside = |object: &&str| {
            let log = parse(object.as_bytes()).unwrap();
            let number = log.get("blockNumber").and_then(Json::text).unwrap().trim_start_matches("0x");
            (from..=until).contains(&u64::from_str_radix(number, 16).unwrap())
        };
        format!("[{}]", objects.filter(inside).collect::<Vec<_>>().join(","))
    }
}

fn read(node: &Node, reader: &mut Reader) -> Result<super::anchor::L1Anchor, Rejected> {
    for _ in 0..10_000 {
        let reading = match reader.request() {
            Some(request) => reader.respond(node.answer(&request).as_bytes())?,
            None => reader.step(8)?,
        };
        if let Reading::Done(anchor) = reading {
            return Ok(*anchor);
        }
    }
    panic!("it does not come to an end");
}

fn anchor(node: &Node) -> Result<super::anchor::L1Anchor, Rejected> {
    read(node, &mut Reader::new(contracts(), CAPACITY, b"entropy"))
}

#[test]
fn the_voting_table_is_found_in_the_recorded_history() {
    let Some(node) = Node::new(395) else { return };
    let found = anchor(&node).unwrap();
    assert_eq!((found.epoch, found.block.number, found.block.timestamp), (5, NEWEST, 0x65), "395 is the root of 4");
    assert_eq!((found.readings.height, found.readings.view), (395, 398));
    assert_eq!(found.fixing_root(), Some(295));
    assert_eq!(VotingTable::admit(&found.table, CAPACITY).unwrap().state(), node.voting);
    let newest = found.at(None).unwrap();
    assert_eq!(newest.until, NEWEST);
    assert_eq!(found.at(Some(newest.from)).unwrap().from, newest.from);
    assert_eq!(found.at(Some(3)).unwrap().from, newest.from, "a hint that fits nothing");
    let inside = Node { height: 394, accepted: 394, ..node };
    assert_eq!(anchor(&inside).unwrap().epoch, 4);
}

#[test]
fn an_earlier_table_is_found_and_other_rules() {
    let Some(mut node) = Node::new(390) else { return };
    node.voting = committed(&node.logs, NEWEST, ActiveRules::StakedAndReachable);
    assert_eq!(anchor(&node).unwrap().at(None).unwrap().rules, ActiveRules::StakedAndReachable);
    let mut places = 0;
    for block in (1_000..1_024).step_by(6) {
        let logs = recorded::file("stake_table_history/synthetic_logs.json").unwrap();
        let filter = LogFilter { until_block: Some(block), ..LogFilter::default() };
        let replayed = Replay::new(filter.read(&parse(&logs).unwrap()).unwrap(), &[]).unwrap().finish().unwrap();
        if replayed.state.active_set(ActiveRules::Staked).is_err() {
            continue;
        }
        node.voting = committed(&logs, block, ActiveRules::Staked);
        let found = anchor(&node).unwrap();
        let candidate = found.at(Some(block)).unwrap();
        assert!((candidate.from..=candidate.until).contains(&block), "{block}");
        assert_eq!(*candidate.state.hash(), replayed.state.hash(), "{block}");
        places += 1;
    }
    assert!(places > 1, "{places}");
}

#[test]
fn what_the_contract_does_not_commit_to_is_refused() {
    let Some(mut node) = Node::new(395) else { return };
    let honest = node.voting;
    for column in 0..4 {
        let mut bytes = honest.to_bytes();
        bytes[32 * column] ^= 1;
        node.voting = StakeTableState::from_bytes(&bytes).unwrap();
        assert_eq!(anchor(&node).unwrap_err().code(), "l1.table", "column {column}");
    }
    node.voting = honest;
    // A log less: what is left is another history, or none.
    let text = String::from_utf8(node.logs.clone()).unwrap();
    let from = text.find('{').unwrap();
    let until = from + text[from..].find("},").unwrap() + 2;
    node.logs = format!("{}{}", &text[..from], &text[until..]).into_bytes();
    let code = anchor(&node).unwrap_err().code();
    assert!(code == "l1.table" || code.starts_with("stake_table."), "{code}");
    let early = Node { height: 90, accepted: 90, ..Node::new(0).unwrap() };
    assert_eq!(anchor(&early).unwrap_err().code(), "l1.contract", "static tables have no logs");
}

#[test]
fn an_anchor_is_as_old_as_the_state_that_the_contract_accepted() {
    let Some(node) = Node::new(395) else { return };
    assert_eq!(anchor(&node).unwrap().date(), 0x60);
    let ahead = Node { accepted_at: u64::MAX, ..Node::new(395).unwrap() };
    let found = anchor(&ahead).unwrap();
    assert_eq!(found.date(), found.block.timestamp, "no later than the block at which it was read");
    let word = found.word();
    assert_eq!((word.epoch, word.date), (5, found.block.timestamp));
    let raw = |entry: &Entry| RawEntry {
        stake_key: entry.stake_key.to_bytes(),
        state_ver_key: entry.state_ver_key,
        stake: entry.stake,
        account: entry.account,
    };
    let admit = |entries: &[Entry]| StakeTable::admit(entries.iter().rev().map(raw).collect()).unwrap();
    let entries = found.table.entries();
    assert_eq!(members(&admit(entries)), word.members, "the order is the servers' word");
    assert_ne!(members(&admit(&entries[1..])), word.members);
    let other = Node { accepted: 394, ..Node::new(395).unwrap() };
    assert_eq!(anchor(&other).unwrap_err().code(), "l1.contract", "another state than the newest");
    let empty = Node { updates: 0, ..Node::new(395).unwrap() };
    assert_eq!(anchor(&empty).unwrap_err().code(), "l1.contract", "never updated");
}

#[test]
fn pages_are_bounded_and_shrink_when_a_node_refuses() {
    let Some(node) = Node::new(395) else { return };
    let mut reader = Reader::new(Contracts { chain_id: Some(2), ..contracts() }, CAPACITY, &[]);
    assert_eq!(reader.respond(b"\"0x1\"").unwrap_err().code(), "l1.chain");
    assert!(!reader.narrow(), "not in the logs yet");
    let mut reader = Reader::new(contracts(), CAPACITY, &[]);
    while !matches!(reader.request(), Some(L1Request::Logs { .. })) {
        let answer = node.answer(&reader.request().unwrap());
        reader.respond(answer.as_bytes()).unwrap();
    }
    let span = |reader: &Reader| match reader.request() {
        Some(L1Request::Logs { from, until, .. }) => until - from + 1,
        other => panic!("{other:?}"),
    };
    assert_eq!(span(&reader), NEWEST - 900 + 1);
    while span(&reader) > 100 {
        assert!(reader.narrow());
    }
    let narrowed = span(&reader);
    assert_eq!(reader.progress(), (900, NEWEST));
    let found = read(&node, &mut reader).unwrap();
    assert_eq!(found.at(None).unwrap().state.hash(), anchor(&node).unwrap().at(None).unwrap().state.hash());
    assert!(narrowed >= 50);
    let mut stubborn = Reader::new(contracts(), CAPACITY, &[]);
    while !matches!(stubborn.request(), Some(L1Request::Logs { .. })) {
        let answer = node.answer(&stubborn.request().unwrap());
        stubborn.respond(answer.as_bytes()).unwrap();
    }
    assert!((0..16).all(|_| stubborn.narrow() || span(&stubborn) == 1) && !stubborn.narrow(), "never below a block");
}

#[test]
fn questions_are_json_rpc() {
    let logs = L1Request::Logs { contract: [0x11; 20], from: 16, until: 31 };
    let params = logs.params();
    let parsed = parse(params.as_bytes()).unwrap();
    let filter = parsed.items().unwrap()[0].clone();
    assert_eq!(filter.get("fromBlock").unwrap().text().unwrap(), "0x10");
    assert_eq!(filter.get("toBlock").unwrap().text().unwrap(), "0x1f");
    assert_eq!(filter.get("topics").unwrap().items().unwrap()[0].items().unwrap().len(), 13);
    let call = |argument| L1Request::Call { to: [0x22; 20], selector: [1, 2, 3, 4], argument, block: 255 };
    let word = format!("0x01020304{:064x}", 3);
    assert!(call(Some(3)).params().contains(&word));
    let call = call(None);
    let expected = format!(r#"[{{"to":"0x{}","data":"0x01020304"}},"0xff"]"#, "22".repeat(20));
    assert_eq!((call.method(), call.params()), ("eth_call", expected));
    assert!(logs.size_limit() > call.size_limit());
}
