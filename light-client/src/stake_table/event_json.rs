//! Events as the query node serves them at `light-client/stake-table/:epoch`.
//!
//! A list of `{"<kind>": {fields}}` in the order of application, the fields under their names in
//! Solidity: derived serde over alloy's types, in EspressoSystems/espresso-network
//! `contracts/rust/adapter/src/bindings/stake_table_v3.rs` and
//! `crates/espresso/types/src/v0/v0_3/stake_table.rs`. 256-bit integers are `0x` and hexadecimal
//! without leading zeros, bytes and addresses `0x` and all digits, narrow integers JSON numbers.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::event::{EVENT_LIMIT, Event, EventKind, G2Coordinates, LoggedKeys, LoggedProofs, PointCoordinates};
use crate::encoding::bytes::{from_hex, from_hex_vec, to_hex};
use crate::encoding::integer::{U256, parse_u256};
use crate::encoding::json::Json;
use crate::encoding::json_items::JsonItems;
use crate::rejection::{Operand, Rejected, Rejection};

/// The most bytes of a Schnorr signature field that are read. A signature has 64.
const SIGNATURE_LIMIT: usize = 1 << 12;

/// Reads the list of events of one epoch.
///
/// # Errors
/// `stake_table.event_limit`, `stake_table.event_kind` for a kind that does not exist or an entry
/// that is not of exactly one kind, and the errors of the encodings.
pub fn events_from_json(json: &Json<'_>) -> Result<Vec<Event>, Rejected> {
    let items = json.items()?;
    if items.len() > EVENT_LIMIT {
        return Err(Rejection::StakeTableEventLimit.with(items.len(), EVENT_LIMIT));
    }
    items.iter().map(Event::from_json).collect()
}

/// A list of events on its way to being read, in small units of work.
#[derive(Debug)]
pub struct EventReading {
    items: JsonItems,
    events: Vec<Event>,
}

/// How many events are read for a unit of work.
const EVENTS_PER_UNIT: usize = 16;
/// About how many bytes of text these take.
const BYTES_PER_UNIT: usize = 8 << 10;

impl EventReading {
    /// A list of which nothing is read.
    ///
    /// # Errors
    /// `json.size`.
    pub fn new(body: &[u8]) -> Result<Self, Rejected> {
        Ok(Self { items: JsonItems::new(body)?, events: Vec::new() })
    }

    /// Units of work left, about.
    pub fn remaining(&self) -> u32 {
        u32::try_from(self.items.left() / BYTES_PER_UNIT).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// Reads for about `budget` units. All events, once they are read.
    ///
    /// # Errors
    /// Those of [`events_from_json`], and `json.*`.
    pub fn step(&mut self, budget: u32) -> Result<Option<Vec<Event>>, Rejected> {
        let most = usize::try_from(budget.max(1)).unwrap_or(usize::MAX).saturating_mul(EVENTS_PER_UNIT);
        for _ in 0..most {
            let Some(item) = self.items.next_item()? else { return Ok(Some(core::mem::take(&mut self.events))) };
            if self.events.len() >= EVENT_LIMIT {
                return Err(Rejection::StakeTableEventLimit.with(self.events.len().saturating_add(1), EVENT_LIMIT));
            }
            self.events.push(Event::from_json(&item)?);
        }
        Ok(None)
    }
}

/// Writes a list of events as the endpoint does.
pub fn events_to_json(events: &[Event]) -> String {
    let events: Vec<_> = events.iter().map(Event::to_json).collect();
    format!("[{}]", events.join(","))
}

impl Event {
    /// Reads one event.
    ///
    /// # Errors
    /// Those of [`events_from_json`].
    pub fn from_json(json: &Json<'_>) -> Result<Self, Rejected> {
        let [(name, fields)] = json.members()? else {
            return Err(Rejection::StakeTableEventKind.with(json.members()?.len(), 1usize));
        };
        let kind = EventKind::from_name(name)
            .ok_or_else(|| Rejection::StakeTableEventKind.with(Operand::foreign(name), "one of the thirteen kinds"))?;
        let account = |key| from_hex(fields.get(key)?.text()?);
        let wide = |key| number(fields, key);
        let narrow = |key| fields.get(key)?.narrow::<u16>();
        let text = |key| fields.get(key)?.text().map(String::from);
        let commission = || narrow("commission");
        let bytes = |key| from_hex(fields.get(key)?.text()?);
        Ok(match kind {
            EventKind::Register => Self::Register {
                account: account("account")?,
                keys: keys(fields, "blsVk", "schnorrVk")?,
                commission: commission()?,
            },
            EventKind::RegisterV2 => Self::RegisterV2 {
                account: account("account")?,
                keys: keys(fields, "blsVK", "schnorrVK")?,
                commission: commission()?,
                proofs: proofs(fields)?,
                metadata_uri: text("metadataUri")?,
            },
            EventKind::RegisterV3 => Self::RegisterV3 {
                account: account("account")?,
                keys: keys(fields, "blsVK", "schnorrVK")?,
                commission: commission()?,
                proofs: proofs(fields)?,
                metadata_uri: text("metadataUri")?,
                x25519_key: bytes("x25519Key")?,
                p2p_addr: text("p2pAddr")?,
            },
            EventKind::Deregister => Self::Deregister { validator: account("validator")? },
            EventKind::DeregisterV2 => {
                Self::DeregisterV2 { validator: account("validator")?, unlocks_at: wide("unlocksAt")? }
            }
            EventKind::Delegate => Self::Delegate {
                delegator: account("delegator")?,
                validator: account("validator")?,
                amount: wide("amount")?,
            },
            EventKind::Undelegate => Self::Undelegate {
                delegator: account("delegator")?,
                validator: account("validator")?,
                amount: wide("amount")?,
            },
            EventKind::UndelegateV2 => Self::UndelegateV2 {
                delegator: account("delegator")?,
                validator: account("validator")?,
                undelegation_id: fields.get("undelegationId")?.u64()?,
                amount: wide("amount")?,
                unlocks_at: wide("unlocksAt")?,
            },
            EventKind::KeyUpdate => {
                Self::KeyUpdate { account: account("account")?, keys: keys(fields, "blsVK", "schnorrVK")? }
            }
            EventKind::KeyUpdateV2 => Self::KeyUpdateV2 {
                account: account("account")?,
                keys: keys(fields, "blsVK", "schnorrVK")?,
                proofs: proofs(fields)?,
            },
            EventKind::CommissionUpdate => Self::CommissionUpdate {
                validator: account("validator")?,
                timestamp: wide("timestamp")?,
                old_commission: narrow("oldCommission")?,
                new_commission: narrow("newCommission")?,
            },
            EventKind::X25519KeyUpdate => {
                Self::X25519KeyUpdate { validator: account("validator")?, x25519_key: bytes("x25519Key")? }
            }
            EventKind::P2pAddrUpdate => {
                Self::P2pAddrUpdate { validator: account("validator")?, p2p_addr: text("p2pAddr")? }
            }
        })
    }

    /// Writes one event.
    pub fn to_json(&self) -> String {
        let fields = match self {
            Self::Register { account, keys, commission } => format!(
                r#""account":"{}",{},"commission":{commission}"#,
                to_hex(account),
                keys_json(keys, "blsVk", "schnorrVk")
            ),
            Self::RegisterV2 { account, keys, commission, proofs, metadata_uri } => format!(
                r#""account":"{}",{},"commission":{commission},{},"metadataUri":{}"#,
                to_hex(account),
                keys_json(keys, "blsVK", "schnorrVK"),
                proofs_json(proofs),
                text_json(metadata_uri)
            ),
            Self::RegisterV3 { account, keys, commission, proofs, metadata_uri, x25519_key, p2p_addr } => format!(
                r#""account":"{}",{},"commission":{commission},{},"metadataUri":{},"x25519Key":"{}","p2pAddr":{}"#,
                to_hex(account),
                keys_json(keys, "blsVK", "schnorrVK"),
                proofs_json(proofs),
                text_json(metadata_uri),
                to_hex(x25519_key),
                text_json(p2p_addr)
            ),
            Self::Deregister { validator } => format!(r#""validator":"{}""#, to_hex(validator)),
            Self::DeregisterV2 { validator, unlocks_at } => {
                format!(r#""validator":"{}","unlocksAt":"{unlocks_at:#x}""#, to_hex(validator))
            }
            Self::Delegate { delegator, validator, amount } | Self::Undelegate { delegator, validator, amount } => {
                format!(
                    r#""delegator":"{}","validator":"{}","amount":"{amount:#x}""#,
                    to_hex(delegator),
                    to_hex(validator)
                )
            }
            Self::UndelegateV2 { delegator, validator, undelegation_id, amount, unlocks_at } => format!(
                r#""delegator":"{}","validator":"{}","undelegationId":{undelegation_id},"amount":"{amount:#x}","unlocksAt":"{unlocks_at:#x}""#,
                to_hex(delegator),
                to_hex(validator)
            ),
            Self::KeyUpdate { account, keys } => {
                format!(r#""account":"{}",{}"#, to_hex(account), keys_json(keys, "blsVK", "schnorrVK"))
            }
            Self::KeyUpdateV2 { account, keys, proofs } => format!(
                r#""account":"{}",{},{}"#,
                to_hex(account),
                keys_json(keys, "blsVK", "schnorrVK"),
                proofs_json(proofs)
            ),
            Self::CommissionUpdate { validator, timestamp, old_commission, new_commission } => format!(
                r#""validator":"{}","timestamp":"{timestamp:#x}","oldCommission":{old_commission},"newCommission":{new_commission}"#,
                to_hex(validator)
            ),
            Self::X25519KeyUpdate { validator, x25519_key } => {
                format!(r#""validator":"{}","x25519Key":"{}""#, to_hex(validator), to_hex(x25519_key))
            }
            Self::P2pAddrUpdate { validator, p2p_addr } => {
                format!(r#""validator":"{}","p2pAddr":{}"#, to_hex(validator), text_json(p2p_addr))
            }
        };
        format!(r#"{{"{}":{{{fields}}}}}"#, self.kind().name())
    }
}

fn number(fields: &Json<'_>, key: &'static str) -> Result<U256, Rejected> {
    parse_u256(fields.get(key)?.text()?)
}

fn point(fields: &Json<'_>, key: &'static str) -> Result<PointCoordinates, Rejected> {
    let point = fields.get(key)?;
    Ok(PointCoordinates { x: number(point, "x")?, y: number(point, "y")? })
}

fn keys(fields: &Json<'_>, bls: &'static str, schnorr: &'static str) -> Result<LoggedKeys, Rejected> {
    let key = fields.get(bls)?;
    let bls = G2Coordinates {
        x0: number(key, "x0")?,
        x1: number(key, "x1")?,
        y0: number(key, "y0")?,
        y1: number(key, "y1")?,
    };
    Ok(LoggedKeys { bls, schnorr: point(fields, schnorr)? })
}

fn proofs(fields: &Json<'_>) -> Result<LoggedProofs, Rejected> {
    let schnorr = from_hex_vec(fields.get("schnorrSig")?.text()?, SIGNATURE_LIMIT)?;
    Ok(LoggedProofs { bls: point(fields, "blsSig")?, schnorr })
}

fn point_json(point: &PointCoordinates) -> String {
    format!(r#"{{"x":"{:#x}","y":"{:#x}"}}"#, point.x, point.y)
}

fn keys_json(keys: &LoggedKeys, bls: &str, schnorr: &str) -> String {
    let key = &keys.bls;
    format!(
        r#""{bls}":{{"x0":"{:#x}","x1":"{:#x}","y0":"{:#x}","y1":"{:#x}"}},"{schnorr}":{}"#,
        key.x0,
        key.x1,
        key.y0,
        key.y1,
        point_json(&keys.schnorr)
    )
}

fn proofs_json(proofs: &LoggedProofs) -> String {
    format!(r#""blsSig":{},"schnorrSig":"{}""#, point_json(&proofs.bls), to_hex(&proofs.schnorr))
}

/// A JSON string. Control characters are escaped, everything else stands for itself.
fn text_json(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            _ if character.is_control() => quoted.push_str(&format!("\\u{:04x}", u32::from(character))),
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::super::abi::tests::any_event;
    use super::*;
    use crate::encoding::json::parse;
    use proptest::prelude::*;

    /// At once and in steps, which come to the same.
    fn read(text: &str) -> Result<Vec<Event>, Rejected> {
        let at_once = parse(text.as_bytes()).and_then(|json| events_from_json(&json));
        let mut reading = EventReading::new(text.as_bytes()).unwrap();
        let in_steps = loop {
            match reading.step(1) {
                Ok(None) => assert!(reading.remaining() > 0),
                Ok(Some(events)) => break Ok(events),
                Err(rejected) => break Err(rejected),
            }
        };
        let codes = [&at_once, &in_steps].map(|read| read.as_ref().map_err(Rejected::code).map(Vec::len));
        assert_eq!(codes[0], codes[1], "{}", text.get(..200).unwrap_or(text));
        in_steps
    }

    /// Item 13 of the attacks: what a server may answer in place of events is bounded.
    #[test]
    fn item_13_deep_huge_and_endless_lists_of_events() {
        let code = |text: &str| read(text).unwrap_err().code();
        let delegate = |amount: &str, commission: &str| {
            let account = "00".repeat(20);
            format!(
                r#"[{{"Delegate":{{"delegator":"0x{account}","validator":"0x{account}","amount":{amount}}}}},{{"CommissionUpdate":{{"validator":"0x{account}","timestamp":"0x1","oldCommission":0,"newCommission":{commission}}}}}]"#
            )
        };
        assert!(read(&delegate("\"0x1\"", "1")).is_ok());
        assert_eq!(code(&format!("{}{}", "[".repeat(100_000), "]".repeat(100_000))), "json.depth");
        assert_eq!(code(&delegate("\"0x1\"", &"9".repeat(10_000))), "json.integer");
        assert_eq!(code(&delegate(&format!("\"0x{}\"", "f".repeat(65)), "1")), "integer.form");
        assert_eq!(code(&delegate(&"9".repeat(10_000), "1")), "json.type");
        let event = delegate("\"0x1\"", "1");
        let event = &event[1..event.find("},{").unwrap() + 1];
        let endless = format!("[{}]", alloc::vec![event; EVENT_LIMIT + 1].join(","));
        assert_eq!(code(&endless), "stake_table.event_limit");
        let bytes = alloc::vec![b' '; crate::encoding::json::SIZE_LIMIT + 1];
        assert_eq!(EventReading::new(&bytes).unwrap_err().code(), "json.size");
    }

    #[test]
    fn one_of_each_shape() {
        let text = format!(
            r#"[{{"Register":{{"account":"0x{a}","blsVk":{{"x0":"0x1","x1":"0x2","y0":"0x3","y1":"0x4"}},"schnorrVk":{{"x":"0x5","y":"0x6"}},"commission":7}}}},
                {{"UndelegateV2":{{"delegator":"0x{a}","validator":"0x{b}","undelegationId":18446744073709551615,"amount":"0xde0b6b3a7640000","unlocksAt":"0x0"}}}},
                {{"P2pAddrUpdate":{{"validator":"0x{b}","p2pAddr":"a\u0000\"b"}}}}]"#,
            a = "aa".repeat(20),
            b = "bb".repeat(20)
        );
        let events = read(&text).unwrap();
        assert!(matches!(events[0], Event::Register { commission: 7, account: [0xaa, ..], .. }));
        let Event::UndelegateV2 { amount, undelegation_id, .. } = &events[1] else { panic!("{events:?}") };
        assert_eq!((*amount, *undelegation_id), (U256::from(1_000_000_000_000_000_000u64), u64::MAX));
        assert_eq!(events[2], Event::P2pAddrUpdate { validator: [0xbb; 20], p2p_addr: "a\0\"b".into() });
        assert_eq!(read(&events_to_json(&events)).unwrap(), events);
    }

    #[test]
    fn refusals() {
        let code = |text: &str| read(text).unwrap_err().code();
        assert_eq!(code("{}"), "json.type");
        assert_eq!(code("[{}]"), "stake_table.event_kind");
        assert_eq!(code(r#"[{"Slash":{}}]"#), "stake_table.event_kind");
        assert_eq!(code(r#"[{"Delegate":{},"Deregister":{}}]"#), "stake_table.event_kind");
        assert_eq!(code(r#"[{"Deregister":{}}]"#), "json.missing_key");
        assert_eq!(code(r#"[{"Deregister":{"validator":"0x00"}}]"#), "hex.form");
        assert_eq!(code(r#"[{"Deregister":{"validator":0}}]"#), "json.type");
        let commission = |value: &str| {
            let account = "00".repeat(20);
            let text = format!(
                r#"[{{"CommissionUpdate":{{"validator":"0x{account}","timestamp":"0x1","oldCommission":0,"newCommission":{value}}}}}]"#
            );
            read(&text).map(|events| events.len()).map_err(|rejected| rejected.code())
        };
        assert_eq!(commission("65535"), Ok(1));
        assert_eq!(commission("65536"), Err("json.integer"));
        assert_eq!(commission("-1"), Err("json.integer"));
    }

    proptest! {
        #[test]
        fn every_event_survives_its_json(events in proptest::collection::vec(any_event(), 0..5)) {
            prop_assert_eq!(read(&events_to_json(&events)).unwrap(), events);
        }

        #[test]
        fn never_panics(event in any_event(), position in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let mut text = event.to_json().into_bytes();
            let position = position.index(text.len());
            text[position] = byte;
            if let Ok(json) = parse(&text) {
                let _ = Event::from_json(&json);
            }
        }
    }
}
