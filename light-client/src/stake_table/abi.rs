//! The Solidity ABI, as far as the stake table contract's logs need it.
//!
//! The data of a log is a row of 32-byte big-endian words; a dynamic value stands as an offset to a
//! length word and its bytes. A log that does not decode is dropped by the reference node, which
//! reads as leniently as it can (`decode_raw_log` of alloy without validation): high bytes of narrow
//! integers and addresses, padding and trailing bytes are ignored, texts are repaired to UTF-8. The
//! stake table's hash depends on what is dropped, so the same leniency stands here.

use alloc::string::String;

use super::event::{Account, Event, EventKind, G2Coordinates, LoggedKeys, LoggedProofs, PointCoordinates};
use crate::encoding::integer::U256;

/// Bytes of a word.
const WORD: usize = 32;

/// Decodes the log of a known event; `None` if topics or data are too short for it.
pub fn decode_event(kind: EventKind, topics: &[[u8; 32]], data: &[u8]) -> Option<Event> {
    let indexed = |position: usize| topics.get(position);
    let account = |position: usize| indexed(position).and_then(address);
    let mut words = Words { data, position: 0 };
    Some(match kind {
        EventKind::Register => Event::Register { account: account(1)?, keys: words.keys()?, commission: words.u16()? },
        EventKind::RegisterV2 => Event::RegisterV2 {
            account: account(1)?,
            keys: words.keys()?,
            commission: words.u16()?,
            proofs: words.proofs()?,
            metadata_uri: words.text()?,
        },
        EventKind::RegisterV3 => Event::RegisterV3 {
            account: account(1)?,
            keys: words.keys()?,
            commission: words.u16()?,
            proofs: words.proofs()?,
            metadata_uri: words.text()?,
            x25519_key: *words.word()?,
            p2p_addr: words.text()?,
        },
        EventKind::Deregister => Event::Deregister { validator: account(1)? },
        EventKind::DeregisterV2 => Event::DeregisterV2 { validator: account(1)?, unlocks_at: words.u256()? },
        EventKind::Delegate => {
            Event::Delegate { delegator: account(1)?, validator: account(2)?, amount: words.u256()? }
        }
        EventKind::Undelegate => {
            Event::Undelegate { delegator: account(1)?, validator: account(2)?, amount: words.u256()? }
        }
        EventKind::UndelegateV2 => Event::UndelegateV2 {
            delegator: account(1)?,
            validator: account(2)?,
            undelegation_id: u64::from_be_bytes(*indexed(3)?.last_chunk()?),
            amount: words.u256()?,
            unlocks_at: words.u256()?,
        },
        EventKind::KeyUpdate => Event::KeyUpdate { account: account(1)?, keys: words.keys()? },
        EventKind::KeyUpdateV2 => {
            Event::KeyUpdateV2 { account: account(1)?, keys: words.keys()?, proofs: words.proofs()? }
        }
        EventKind::CommissionUpdate => Event::CommissionUpdate {
            validator: account(1)?,
            timestamp: words.u256()?,
            old_commission: words.u16()?,
            new_commission: words.u16()?,
        },
        EventKind::X25519KeyUpdate => Event::X25519KeyUpdate { validator: account(1)?, x25519_key: *words.word()? },
        EventKind::P2pAddrUpdate => Event::P2pAddrUpdate { validator: account(1)?, p2p_addr: words.text()? },
    })
}

fn address(topic: &[u8; 32]) -> Option<Account> {
    topic.last_chunk().copied()
}

/// Reads the data of a log word by word.
struct Words<'a> {
    data: &'a [u8],
    position: usize,
}

impl<'a> Words<'a> {
    fn word(&mut self) -> Option<&'a [u8; WORD]> {
        let word = self.data.get(self.position..)?.first_chunk()?;
        self.position += WORD;
        Some(word)
    }

    fn u256(&mut self) -> Option<U256> {
        self.word().map(|word| U256::from_be_bytes(*word))
    }

    fn u16(&mut self) -> Option<u16> {
        self.word()?.last_chunk().map(|low| u16::from_be_bytes(*low))
    }

    fn point(&mut self) -> Option<PointCoordinates> {
        Some(PointCoordinates { x: self.u256()?, y: self.u256()? })
    }

    fn keys(&mut self) -> Option<LoggedKeys> {
        let bls = G2Coordinates { x0: self.u256()?, x1: self.u256()?, y0: self.u256()?, y1: self.u256()? };
        Some(LoggedKeys { bls, schnorr: self.point()? })
    }

    fn proofs(&mut self) -> Option<LoggedProofs> {
        Some(LoggedProofs { bls: self.point()?, schnorr: self.dynamic()?.to_vec() })
    }

    /// The bytes that the next word points to. What is returned lies inside the data, so nothing is
    /// ever allocated for a length that is only claimed.
    fn dynamic(&mut self) -> Option<&'a [u8]> {
        let offset = usize::try_from(self.u256()?).ok()?;
        let (length, rest) = self.data.get(offset..)?.split_first_chunk::<WORD>()?;
        rest.get(..usize::try_from(U256::from_be_bytes(*length)).ok()?)
    }

    fn text(&mut self) -> Option<String> {
        Some(String::from_utf8_lossy(self.dynamic()?).into_owned())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;
    use proptest::prelude::*;

    /// The log of an event as the contract would write it: topics and data.
    pub(in crate::stake_table) fn encode_event(event: &Event) -> (Vec<[u8; 32]>, Vec<u8>) {
        let mut topics = alloc::vec![event.kind().topic()];
        let mut account = |account: &Account| {
            let mut topic = [0; 32];
            topic[12..].copy_from_slice(account);
            topics.push(topic);
        };
        let mut data = Data::default();
        match event {
            Event::Register { account: who, keys, commission } => {
                account(who);
                data.keys(keys).u256(U256::from(*commission));
            }
            Event::RegisterV2 { account: who, keys, commission, proofs, metadata_uri } => {
                account(who);
                data.keys(keys).u256(U256::from(*commission)).point(&proofs.bls);
                data.dynamic(&proofs.schnorr).dynamic(metadata_uri.as_bytes());
            }
            Event::RegisterV3 { account: who, keys, commission, proofs, metadata_uri, x25519_key, p2p_addr } => {
                account(who);
                data.keys(keys).u256(U256::from(*commission)).point(&proofs.bls);
                data.dynamic(&proofs.schnorr).dynamic(metadata_uri.as_bytes());
                data.u256(U256::from_be_bytes(*x25519_key)).dynamic(p2p_addr.as_bytes());
            }
            Event::Deregister { validator } => account(validator),
            Event::DeregisterV2 { validator, unlocks_at } => {
                account(validator);
                data.u256(*unlocks_at);
            }
            Event::Delegate { delegator, validator, amount } | Event::Undelegate { delegator, validator, amount } => {
                account(delegator);
                account(validator);
                data.u256(*amount);
            }
            Event::UndelegateV2 { delegator, validator, undelegation_id, amount, unlocks_at } => {
                account(delegator);
                account(validator);
                topics.push(U256::from(*undelegation_id).to_be_bytes());
                data.u256(*amount).u256(*unlocks_at);
            }
            Event::KeyUpdate { account: who, keys } => {
                account(who);
                data.keys(keys);
            }
            Event::KeyUpdateV2 { account: who, keys, proofs } => {
                account(who);
                data.keys(keys).point(&proofs.bls).dynamic(&proofs.schnorr);
            }
            Event::CommissionUpdate { validator, timestamp, old_commission, new_commission } => {
                account(validator);
                data.u256(*timestamp).u256(U256::from(*old_commission)).u256(U256::from(*new_commission));
            }
            Event::X25519KeyUpdate { validator, x25519_key } => {
                account(validator);
                data.u256(U256::from_be_bytes(*x25519_key));
            }
            Event::P2pAddrUpdate { validator, p2p_addr } => {
                account(validator);
                data.dynamic(p2p_addr.as_bytes());
            }
        }
        (topics, data.finish())
    }

    enum Slot {
        Word(U256),
        Dynamic(Vec<u8>),
    }

    #[derive(Default)]
    struct Data(Vec<Slot>);

    impl Data {
        fn u256(&mut self, value: U256) -> &mut Self {
            self.0.push(Slot::Word(value));
            self
        }

        fn point(&mut self, point: &PointCoordinates) -> &mut Self {
            self.u256(point.x).u256(point.y)
        }

        fn keys(&mut self, keys: &LoggedKeys) -> &mut Self {
            self.u256(keys.bls.x0).u256(keys.bls.x1).u256(keys.bls.y0).u256(keys.bls.y1).point(&keys.schnorr)
        }

        fn dynamic(&mut self, bytes: &[u8]) -> &mut Self {
            self.0.push(Slot::Dynamic(bytes.to_vec()));
            self
        }

        fn finish(self) -> Vec<u8> {
            let head = self.0.len() * WORD;
            let (mut words, mut tail) = (Vec::new(), Vec::new());
            for slot in self.0 {
                match slot {
                    Slot::Word(value) => words.extend_from_slice(&value.to_be_bytes::<32>()),
                    Slot::Dynamic(bytes) => {
                        words.extend_from_slice(&U256::from(head + tail.len()).to_be_bytes::<32>());
                        tail.extend_from_slice(&U256::from(bytes.len()).to_be_bytes::<32>());
                        tail.extend_from_slice(&bytes);
                        tail.resize(tail.len().next_multiple_of(WORD), 0);
                    }
                }
            }
            words.extend_from_slice(&tail);
            words
        }
    }

    prop_compose! {
        fn word()(limbs in any::<[u64; 4]>()) -> U256 { U256::from_limbs(limbs) }
    }

    prop_compose! {
        fn logged_keys()(w in proptest::collection::vec(word(), 6)) -> LoggedKeys {
            LoggedKeys {
                bls: G2Coordinates { x0: w[0], x1: w[1], y0: w[2], y1: w[3] },
                schnorr: PointCoordinates { x: w[4], y: w[5] },
            }
        }
    }

    prop_compose! {
        fn logged_proofs()(x in word(), y in word(), schnorr in proptest::collection::vec(any::<u8>(), 0..100))
            -> LoggedProofs
        {
            LoggedProofs { bls: PointCoordinates { x, y }, schnorr }
        }
    }

    /// Any event at all.
    pub(in crate::stake_table) fn any_event() -> impl Strategy<Value = Event> {
        let who = any::<Account>;
        prop_oneof![
            (who(), logged_keys(), any::<u16>()).prop_map(|(account, keys, commission)| Event::Register {
                account,
                keys,
                commission
            }),
            (who(), logged_keys(), any::<u16>(), logged_proofs(), "\\PC{0,40}").prop_map(
                |(account, keys, commission, proofs, metadata_uri)| Event::RegisterV2 {
                    account,
                    keys,
                    commission,
                    proofs,
                    metadata_uri
                }
            ),
            (who(), logged_keys(), any::<u16>(), logged_proofs(), "\\PC{0,40}", any::<[u8; 32]>(), "\\PC{0,40}")
                .prop_map(|(account, keys, commission, proofs, metadata_uri, x25519_key, p2p_addr)| {
                    Event::RegisterV3 { account, keys, commission, proofs, metadata_uri, x25519_key, p2p_addr }
                }),
            who().prop_map(|validator| Event::Deregister { validator }),
            (who(), word()).prop_map(|(validator, unlocks_at)| Event::DeregisterV2 { validator, unlocks_at }),
            (who(), who(), word()).prop_map(|(delegator, validator, amount)| Event::Delegate {
                delegator,
                validator,
                amount
            }),
            (who(), who(), word()).prop_map(|(delegator, validator, amount)| Event::Undelegate {
                delegator,
                validator,
                amount
            }),
            (who(), who(), any::<u64>(), word(), word()).prop_map(
                |(delegator, validator, undelegation_id, amount, unlocks_at)| Event::UndelegateV2 {
                    delegator,
                    validator,
                    undelegation_id,
                    amount,
                    unlocks_at
                }
            ),
            (who(), logged_keys()).prop_map(|(account, keys)| Event::KeyUpdate { account, keys }),
            (who(), logged_keys(), logged_proofs()).prop_map(|(account, keys, proofs)| Event::KeyUpdateV2 {
                account,
                keys,
                proofs
            }),
            (who(), word(), any::<u16>(), any::<u16>()).prop_map(
                |(validator, timestamp, old_commission, new_commission)| Event::CommissionUpdate {
                    validator,
                    timestamp,
                    old_commission,
                    new_commission
                }
            ),
            (who(), any::<[u8; 32]>())
                .prop_map(|(validator, x25519_key)| Event::X25519KeyUpdate { validator, x25519_key }),
            (who(), "\\PC{0,40}").prop_map(|(validator, p2p_addr)| Event::P2pAddrUpdate { validator, p2p_addr }),
        ]
    }

    proptest! {
        #[test]
        fn every_event_survives_its_log(event in any_event()) {
            let (topics, data) = encode_event(&event);
            prop_assert_eq!(decode_event(event.kind(), &topics, &data), Some(event));
        }

        #[test]
        fn a_cut_log_does_not_decode(event in any_event(), cut in 1usize..32) {
            let (topics, data) = encode_event(&event);
            // The last word may be padding of a dynamic value, or an empty one's length word.
            prop_assume!(!data.is_empty());
            prop_assume!(!matches!(
                event.kind(),
                EventKind::RegisterV2 | EventKind::RegisterV3 | EventKind::KeyUpdateV2 | EventKind::P2pAddrUpdate
            ));
            prop_assert_eq!(decode_event(event.kind(), &topics, &data[..data.len() - cut]), None);
            prop_assert_eq!(decode_event(event.kind(), &topics[..topics.len() - 1], &data), None);
        }

        #[test]
        fn never_panics(
            kind in 0usize..13,
            topics in proptest::collection::vec(any::<[u8; 32]>(), 0..5),
            data in proptest::collection::vec(prop_oneof![Just(0u8), Just(0xff), Just(0x20), any::<u8>()], 0..500),
        ) {
            let _ = decode_event(EventKind::ALL[kind], &topics, &data);
        }
    }

    #[test]
    fn offsets_and_lengths_stay_inside_the_data() {
        let event = Event::P2pAddrUpdate { validator: [7; 20], p2p_addr: "host:1".into() };
        let (topics, data) = encode_event(&event);
        for (word, value) in [(0, U256::MAX), (0, U256::from(data.len())), (1, U256::MAX), (1, U256::from(33))] {
            let mut bad = data.clone();
            bad[word * 32..][..32].copy_from_slice(&value.to_be_bytes::<32>());
            assert_eq!(decode_event(EventKind::P2pAddrUpdate, &topics, &bad), None, "word {word} = {value}");
        }
        // Not UTF-8: repaired, as the reference node does.
        let mut odd = data.clone();
        odd[64] = 0xff;
        let decoded = decode_event(EventKind::P2pAddrUpdate, &topics, &odd);
        assert_eq!(decoded, Some(Event::P2pAddrUpdate { validator: [7; 20], p2p_addr: "\u{fffd}ost:1".into() }));
    }

    #[test]
    fn high_bytes_of_narrow_values_are_ignored() {
        let (mut topics, mut data) = encode_event(&Event::CommissionUpdate {
            validator: [7; 20],
            timestamp: U256::from(1),
            old_commission: 2,
            new_commission: 3,
        });
        topics[1][0] = 1;
        data[64] = 1;
        let decoded = decode_event(EventKind::CommissionUpdate, &topics, &data);
        assert!(matches!(decoded, Some(Event::CommissionUpdate { validator: [7, ..], new_commission: 3, .. })));
    }
}
