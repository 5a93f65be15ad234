//! Raw logs of the stake table contract, as an L1 node answers `eth_getLogs`.
//!
//! Whoever has an L1 node needs no query node to tell it the events: these are the contract's own
//! words, complete if the node is honest. Source of the order and of what is dropped:
//! EspressoSystems/espresso-network `crates/espresso/types/src/v0/impls/stake_table.rs`
//! (`fetch_events_from_contract`, `sort_stake_table_events`).

use alloc::vec::Vec;

use super::abi::decode_event;
use super::event::{Account, EVENT_LIMIT, Event, EventKind};
use crate::encoding::bytes::{from_hex, from_hex_vec};
use crate::encoding::integer::parse_u256;
use crate::encoding::json::Json;
use crate::ordered::OrderedMap;
use crate::rejection::{Operand, Rejected, Rejection};

/// The most bytes of data that a log may have. The contract's longest events stay below 4 KiB.
const DATA_LIMIT: usize = 1 << 16;

/// Which logs to read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogFilter {
    /// The stake table contract: logs of others are passed over. Without it, all logs have to come
    /// from one contract.
    pub contract: Option<Account>,
    /// Logs of earlier L1 blocks are passed over.
    pub from_block: Option<u64>,
    /// Logs of later L1 blocks are passed over.
    pub until_block: Option<u64>,
}

/// An event and its place on L1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedEvent {
    /// The L1 block.
    pub block: u64,
    /// The index of the log in the block.
    pub log_index: u64,
    /// The event.
    pub event: Event,
}

/// The events among some logs, in the order of L1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogReading {
    /// How many logs passed the filter.
    pub logs: usize,
    /// Those that are events of the stake table.
    pub events: Vec<PlacedEvent>,
}

impl LogFilter {
    /// Reads an array of logs.
    ///
    /// A log of another kind than the thirteen, or one that does not decode, is no event, as for the
    /// reference node. The logs may come in any order and are sorted by block number and log index.
    ///
    /// # Errors
    /// `stake_table.event_limit` for too many logs; `stake_table.log_removed` for one that a
    /// reorganisation of L1 took back; `stake_table.log_position` for one without block number or
    /// log index; `stake_table.log_repeated` for two at one position; `stake_table.log_address` for
    /// logs of several contracts where none was named; and the errors of the encodings.
    pub fn read(&self, logs: &Json<'_>) -> Result<LogReading, Rejected> {
        let logs = logs.items()?;
        if logs.len() > EVENT_LIMIT {
            return Err(Rejection::StakeTableEventLimit.with(logs.len(), EVENT_LIMIT));
        }
        let kinds: OrderedMap<[u8; 32], EventKind> =
            EventKind::ALL.map(|kind| (kind.topic(), kind)).into_iter().collect();
        let mut contract = self.contract;
        let mut placed = OrderedMap::new();
        for log in logs {
            let address: Account = from_hex(log.get("address")?.text()?)?;
            if self.contract.is_some_and(|contract| contract != address) {
                continue;
            }
            if *contract.get_or_insert(address) != address {
                return Err(Rejection::StakeTableLogAddress.with("several contracts", "one"));
            }
            if let Some(removed) = log.find("removed")?.and_then(Json::non_null)
                && removed.boolean()?
            {
                return Err(Rejection::StakeTableLogRemoved.bare());
            }
            let (block, index) = (quantity(log, "blockNumber")?, quantity(log, "logIndex")?);
            if self.from_block.is_some_and(|from| block < from) || self.until_block.is_some_and(|until| block > until) {
                continue;
            }
            if placed.insert((block, index), event(log, &kinds)?).is_some() {
                return Err(Rejection::StakeTableLogRepeated
                    .with(Operand::foreign(&alloc::format!("block {block} log {index}")), "one log at a position"));
            }
        }
        let logs = placed.len();
        let events = placed
            .into_iter()
            .filter_map(|((block, log_index), event)| Some(PlacedEvent { block, log_index, event: event? }))
            .collect();
        Ok(LogReading { logs, events })
    }
}

fn event(log: &Json<'_>, kinds: &OrderedMap<[u8; 32], EventKind>) -> Result<Option<Event>, Rejected> {
    let topics = log.get("topics")?.items()?;
    let data = from_hex_vec(log.get("data")?.text()?, DATA_LIMIT)?;
    // The EVM has no logs of more than four topics.
    if topics.len() > 4 {
        return Err(Rejection::BytesLength.with(topics.len(), 4usize));
    }
    let topics = topics.iter().map(|topic| from_hex(topic.text()?)).collect::<Result<Vec<[u8; 32]>, Rejected>>()?;
    let kind = topics.first().and_then(|topic| kinds.get(topic));
    Ok(kind.and_then(|kind| decode_event(*kind, &topics, &data)))
}

/// A number of 64 bits as `0x…`.
fn quantity(log: &Json<'_>, key: &'static str) -> Result<u64, Rejected> {
    let missing = || Rejection::StakeTableLogPosition.with("a log without it", key);
    let text = log.find(key)?.and_then(Json::non_null).ok_or_else(missing)?.text()?;
    let value = if text.starts_with("0x") { parse_u256(text)? } else { return Err(missing()) };
    u64::try_from(value).map_err(|_| Rejection::JsonInteger.with(value, "0 to 2^64-1"))
}

#[cfg(test)]
pub(super) mod tests {
    use alloc::format;
    use alloc::string::String;

    use super::super::abi::tests::{any_event, encode_event};
    use super::*;
    use crate::encoding::bytes::to_hex;
    use crate::encoding::integer::U256;
    use crate::encoding::json::parse;
    use proptest::prelude::*;

    /// The log of an event as an L1 node serves it.
    pub(in crate::stake_table) fn log(event: &Event, block: u64, index: u64) -> String {
        let (topics, data) = encode_event(event);
        let topics: Vec<_> = topics.iter().map(|topic| format!("{:?}", to_hex(topic))).collect();
        format!(
            r#"{{"address":"0x{}","topics":[{}],"data":"{}","blockNumber":"{block:#x}","logIndex":"{index:#x}","removed":false}}"#,
            "11".repeat(20),
            topics.join(","),
            to_hex(&data)
        )
    }

    fn read(filter: &LogFilter, logs: &[String]) -> Result<LogReading, Rejected> {
        let text = format!("[{}]", logs.join(","));
        filter.read(&parse(text.as_bytes()).unwrap())
    }

    fn delegation(amount: u64) -> Event {
        Event::Delegate { delegator: [1; 20], validator: [2; 20], amount: U256::from(amount) }
    }

    #[test]
    fn sorted_by_block_and_log_index() {
        let logs = [log(&delegation(3), 7, 1), log(&delegation(2), 7, 0), log(&delegation(1), 5, 9)];
        let reading = read(&LogFilter::default(), &logs).unwrap();
        let placed: Vec<_> = reading.events.iter().map(|event| (event.block, event.log_index)).collect();
        assert_eq!(placed, [(5, 9), (7, 0), (7, 1)]);
        assert_eq!(reading.events[0].event, delegation(1));
        let filter = LogFilter { from_block: Some(6), until_block: Some(7), ..LogFilter::default() };
        assert_eq!(read(&filter, &logs).unwrap().logs, 2);
        let filter = LogFilter { until_block: Some(6), ..LogFilter::default() };
        assert_eq!(read(&filter, &logs).unwrap().logs, 1);
    }

    #[test]
    fn refusals() {
        let good = log(&delegation(1), 5, 0);
        let code = |bad: String| read(&LogFilter::default(), &[good.clone(), bad]).unwrap_err().code();
        let other = log(&delegation(2), 6, 0);
        assert_eq!(code(other.replace("false", "true")), "stake_table.log_removed");
        assert_eq!(code(other.replace(r#""0x6""#, "null")), "stake_table.log_position");
        assert_eq!(code(other.replace(r#""0x6""#, r#""6""#)), "stake_table.log_position");
        assert_eq!(code(other.replace("logIndex", "other")), "stake_table.log_position");
        assert_eq!(code(other.replace("0x6", "0x5")), "stake_table.log_repeated");
        assert_eq!(code(other.replace("0x1111", "0x2222")), "stake_table.log_address");
        assert_eq!(code(other.replace("0x1111", "0x22")), "hex.form");
        assert_eq!(code(other.replace("0x6", "0x10000000000000000")), "json.integer");
        assert_eq!(code(other.replace("topics", "other")), "json.missing_key");
        let many = format!("[{}]", alloc::vec!["0"; EVENT_LIMIT + 1].join(","));
        let refused = LogFilter::default().read(&parse(many.as_bytes()).unwrap()).unwrap_err();
        assert_eq!(refused.code(), "stake_table.event_limit");
    }

    #[test]
    fn logs_of_other_contracts_and_kinds_are_no_events() {
        let named = LogFilter { contract: Some([0x11; 20]), ..LogFilter::default() };
        let good = log(&delegation(1), 5, 0);
        let foreign = log(&delegation(2), 6, 0).replace("0x1111", "0x2222");
        assert_eq!(read(&named, &[good.clone(), foreign]).unwrap().logs, 1);
        let unknown = log(&delegation(2), 6, 0).replace("0xe5541a6b", "0xe5541a6c");
        let anonymous = r#"{"address":"0x1111111111111111111111111111111111111111","topics":[],"data":"0x","blockNumber":"0x9","logIndex":"0x0"}"#;
        let reading = read(&named, &[good, unknown, anonymous.into()]).unwrap();
        assert_eq!((reading.logs, reading.events.len()), (3, 1));
    }

    proptest! {
        #[test]
        fn every_event_is_read_back(event in any_event()) {
            let reading = read(&LogFilter::default(), &[log(&event, 5, 6)]).unwrap();
            prop_assert_eq!(reading.events, [PlacedEvent { block: 5, log_index: 6, event }]);
        }

        #[test]
        fn never_panics(event in any_event(), position in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let mut text = format!("[{}]", log(&event, 5, 6)).into_bytes();
            let position = position.index(text.len());
            text[position] = byte;
            if let Ok(json) = parse(&text) {
                let _ = LogFilter::default().read(&json);
            }
        }
    }
}
