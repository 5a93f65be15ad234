//! Events as logs of the L1.
//! Source: EspressoSystems/espresso-network `contracts/src/StakeTable.sol`, `StakeTableV2.sol`,
//! `StakeTableV3.sol`; the Solidity ABI.

use hotshot_light_client::encoding::{bytes::from_hex_vec, committable::keccak256, integer::U256};

use super::{Event, G2Words, PointWords, Proven};
use crate::model::Address;

/// A log of the stake table contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// The signature's hash, and what is indexed.
    pub topics: Vec<[u8; 32]>,
    /// The rest.
    pub data: Vec<u8>,
}

const G2: &str = "(uint256,uint256,uint256,uint256)";
const POINT: &str = "(uint256,uint256)";

/// A part of an event's data.
enum Part<'a> {
    Word([u8; 32]),
    Bytes(&'a [u8]),
}

fn number(value: u64) -> Part<'static> {
    Part::Word(U256::from(value).to_be_bytes())
}

fn big(value: U256) -> Part<'static> {
    Part::Word(value.to_be_bytes())
}

fn topic(account: &Address) -> [u8; 32] {
    let mut word = [0; 32];
    word.iter_mut().skip(12).zip(account.0).for_each(|(to, from)| *to = from);
    word
}

fn g2(key: &G2Words) -> [Part<'static>; 4] {
    [key.x0.0, key.x1.0, key.y0.0, key.y1.0].map(big)
}

fn point(point: &PointWords) -> [Part<'static>; 2] {
    [point.x.0, point.y.0].map(big)
}

/// Words in line, then what is of any length, to which the line holds offsets.
fn encode(parts: &[Part<'_>]) -> Vec<u8> {
    let (mut line, mut rest) = (Vec::new(), Vec::new());
    for part in parts {
        match part {
            Part::Word(word) => line.extend_from_slice(word),
            Part::Bytes(bytes) => {
                line.extend_from_slice(&U256::from(parts.len() * 32 + rest.len()).to_be_bytes::<32>());
                rest.extend_from_slice(&U256::from(bytes.len()).to_be_bytes::<32>());
                rest.extend_from_slice(bytes);
                rest.resize(rest.len().next_multiple_of(32), 0);
            }
        }
    }
    [line, rest].concat()
}

/// What registrations and updates of the newer contracts have in common: before the commission, and after.
fn proven<'a>(keys: &Proven, signature: &'a [u8]) -> (Vec<Part<'a>>, Vec<Part<'a>>) {
    let before = g2(&keys.bls_vk).into_iter().chain(point(&keys.schnorr_vk)).collect();
    let after = point(&keys.bls_sig).into_iter().chain([Part::Bytes(signature)]).collect();
    (before, after)
}

impl Log {
    fn new(signature: &str, indexed: &[[u8; 32]], parts: Vec<Part<'_>>) -> Self {
        let signature = signature.replace("G2", G2).replace("POINT", POINT);
        let topics = [keccak256(&[signature.as_bytes()])].into_iter().chain(indexed.iter().copied()).collect();
        Self { topics, data: encode(&parts) }
    }

    /// The log of an event.
    pub fn of(event: &Event) -> Self {
        let signature = |keys: &Proven| from_hex_vec(&keys.schnorr_sig, 1 << 10).unwrap_or_default();
        match event {
            Event::Register { account, bls_vk, schnorr_vk, commission } => {
                let parts = g2(bls_vk).into_iter().chain(point(schnorr_vk)).chain([number((*commission).into())]);
                Self::new("ValidatorRegistered(address,G2,POINT,uint16)", &[topic(account)], parts.collect())
            }
            Event::RegisterV2 { account, keys, commission, metadata_uri } => {
                let signature = signature(keys);
                let (mut parts, after) = proven(keys, &signature);
                parts.push(number((*commission).into()));
                parts.extend(after);
                parts.push(Part::Bytes(metadata_uri.as_bytes()));
                let name = "ValidatorRegisteredV2(address,G2,POINT,uint16,POINT,bytes,string)";
                Self::new(name, &[topic(account)], parts)
            }
            Event::RegisterV3 { account, keys, commission, metadata_uri, x25519_key, p2p_addr } => {
                let signature = signature(keys);
                let (mut parts, after) = proven(keys, &signature);
                parts.push(number((*commission).into()));
                parts.extend(after);
                let more =
                    [Part::Bytes(metadata_uri.as_bytes()), Part::Word(x25519_key.0), Part::Bytes(p2p_addr.as_bytes())];
                parts.extend(more);
                let name = "ValidatorRegisteredV3(address,G2,POINT,uint16,POINT,bytes,string,bytes32,string)";
                Self::new(name, &[topic(account)], parts)
            }
            Event::Deregister { validator } => Self::new("ValidatorExit(address)", &[topic(validator)], Vec::new()),
            Event::DeregisterV2 { validator, unlocks_at } => {
                Self::new("ValidatorExitV2(address,uint256)", &[topic(validator)], vec![big(unlocks_at.0)])
            }
            Event::Delegate { delegator, validator, amount } => {
                let indexed = [topic(delegator), topic(validator)];
                Self::new("Delegated(address,address,uint256)", &indexed, vec![big(amount.0)])
            }
            Event::Undelegate { delegator, validator, amount } => {
                let indexed = [topic(delegator), topic(validator)];
                Self::new("Undelegated(address,address,uint256)", &indexed, vec![big(amount.0)])
            }
            Event::UndelegateV2 { delegator, validator, undelegation_id, amount, unlocks_at } => {
                let id = U256::from(*undelegation_id).to_be_bytes();
                let parts = vec![big(amount.0), big(unlocks_at.0)];
                let name = "UndelegatedV2(address,address,uint64,uint256,uint256)";
                Self::new(name, &[topic(delegator), topic(validator), id], parts)
            }
            Event::KeyUpdate { account, bls_vk, schnorr_vk } => {
                let parts = g2(bls_vk).into_iter().chain(point(schnorr_vk)).collect();
                Self::new("ConsensusKeysUpdated(address,G2,POINT)", &[topic(account)], parts)
            }
            Event::KeyUpdateV2 { account, keys } => {
                let signature = signature(keys);
                let (mut parts, after) = proven(keys, &signature);
                parts.extend(after);
                Self::new("ConsensusKeysUpdatedV2(address,G2,POINT,POINT,bytes)", &[topic(account)], parts)
            }
            Event::CommissionUpdate { validator, timestamp, old_commission, new_commission } => {
                let parts = vec![big(timestamp.0), number((*old_commission).into()), number((*new_commission).into())];
                Self::new("CommissionUpdated(address,uint256,uint16,uint16)", &[topic(validator)], parts)
            }
            Event::X25519KeyUpdate { validator, x25519_key } => {
                let parts = vec![Part::Word(x25519_key.0)];
                Self::new("X25519KeyUpdated(address,bytes32)", &[topic(validator)], parts)
            }
            Event::P2pAddrUpdate { validator, p2p_addr } => {
                let parts = vec![Part::Bytes(p2p_addr.as_bytes())];
                Self::new("P2pAddrUpdated(address,string)", &[topic(validator)], parts)
            }
        }
    }
}
