//! The events of the stake table contract, as values.
//!
//! Source: EspressoSystems/espresso-network `contracts/src/StakeTable.sol` (first contract),
//! `StakeTableV2.sol`, `StakeTableV3.sol`. Thirteen kinds exist; a chain whose contract was upgraded
//! holds those of several contracts. The values are what the contract logged, unchecked: keys may be
//! off the curve, signatures forged, texts nonsense.

use alloc::string::String;
use alloc::vec::Vec;

use crate::encoding::committable::keccak256;
use crate::encoding::integer::U256;

/// An Ethereum address.
pub type Account = [u8; 20];

/// The most events that one history may have. Mainnet had 3,463 in its first eight months.
pub const EVENT_LIMIT: usize = 1 << 17;

/// A point of G2 as the contract logs it: coordinates of Fq2, real part first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct G2Coordinates {
    /// Real part of x.
    pub x0: U256,
    /// Imaginary part of x.
    pub x1: U256,
    /// Real part of y.
    pub y0: U256,
    /// Imaginary part of y.
    pub y1: U256,
}

/// An affine point of G1, or of the Edwards curve over the scalar field of BN254, as it is logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PointCoordinates {
    /// The x coordinate.
    pub x: U256,
    /// The y coordinate.
    pub y: U256,
}

/// The two keys of a validator, as logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LoggedKeys {
    /// The BLS key that signs votes.
    pub bls: G2Coordinates,
    /// The Schnorr key that signs light client states for contracts.
    pub schnorr: PointCoordinates,
}

/// The two proofs of possession that come with keys since the second contract.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoggedProofs {
    /// BLS signature by the BLS key over the account.
    pub bls: PointCoordinates,
    /// Schnorr signature by the Schnorr key over the account: s and the compressed R, 64 bytes.
    pub schnorr: Vec<u8>,
}

/// One event of the stake table contract.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// `ValidatorRegistered`: the first contract checked the BLS key's proof on chain.
    Register {
        /// The new validator.
        account: Account,
        /// Its keys.
        keys: LoggedKeys,
        /// Its share of the rewards, in hundredths of a percent.
        commission: u16,
    },
    /// `ValidatorRegisteredV2`: the proofs travel with the event.
    RegisterV2 {
        /// The new validator.
        account: Account,
        /// Its keys.
        keys: LoggedKeys,
        /// Its share of the rewards, in hundredths of a percent.
        commission: u16,
        /// Proofs of possession of the keys.
        proofs: LoggedProofs,
        /// Where the validator describes itself; not committed.
        metadata_uri: String,
    },
    /// `ValidatorRegisteredV3`: with the identity on the peer-to-peer network.
    RegisterV3 {
        /// The new validator.
        account: Account,
        /// Its keys.
        keys: LoggedKeys,
        /// Its share of the rewards, in hundredths of a percent.
        commission: u16,
        /// Proofs of possession of the keys.
        proofs: LoggedProofs,
        /// Where the validator describes itself; not committed.
        metadata_uri: String,
        /// X25519 key for the transport.
        x25519_key: [u8; 32],
        /// Network address, as `host:port`.
        p2p_addr: String,
    },
    /// `ValidatorExit`.
    Deregister {
        /// The validator that leaves.
        validator: Account,
    },
    /// `ValidatorExitV2`.
    DeregisterV2 {
        /// The validator that leaves.
        validator: Account,
        /// When its delegators may withdraw, in seconds of L1 time.
        unlocks_at: U256,
    },
    /// `Delegated`.
    Delegate {
        /// Who delegates.
        delegator: Account,
        /// To whom.
        validator: Account,
        /// How much, in the token's base unit.
        amount: U256,
    },
    /// `Undelegated`.
    Undelegate {
        /// Who takes back.
        delegator: Account,
        /// From whom.
        validator: Account,
        /// How much, in the token's base unit.
        amount: U256,
    },
    /// `UndelegatedV2`.
    UndelegateV2 {
        /// Who takes back.
        delegator: Account,
        /// From whom.
        validator: Account,
        /// The contract's number for this undelegation.
        undelegation_id: u64,
        /// How much, in the token's base unit.
        amount: U256,
        /// When it may be withdrawn, in seconds of L1 time.
        unlocks_at: U256,
    },
    /// `ConsensusKeysUpdated`: the first contract checked the BLS key's proof on chain.
    KeyUpdate {
        /// The validator.
        account: Account,
        /// Its new keys.
        keys: LoggedKeys,
    },
    /// `ConsensusKeysUpdatedV2`.
    KeyUpdateV2 {
        /// The validator.
        account: Account,
        /// Its new keys.
        keys: LoggedKeys,
        /// Proofs of possession of the new keys.
        proofs: LoggedProofs,
    },
    /// `CommissionUpdated`.
    CommissionUpdate {
        /// The validator.
        validator: Account,
        /// When, in seconds of L1 time.
        timestamp: U256,
        /// What it was, in hundredths of a percent.
        old_commission: u16,
        /// What it is now.
        new_commission: u16,
    },
    /// `X25519KeyUpdated`.
    X25519KeyUpdate {
        /// The validator.
        validator: Account,
        /// Its new X25519 key.
        x25519_key: [u8; 32],
    },
    /// `P2pAddrUpdated`.
    P2pAddrUpdate {
        /// The validator.
        validator: Account,
        /// Its new network address.
        p2p_addr: String,
    },
}

/// The kinds of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)] // Each is the variant of `Event` of the same name.
pub enum EventKind {
    Register,
    RegisterV2,
    RegisterV3,
    Deregister,
    DeregisterV2,
    Delegate,
    Undelegate,
    UndelegateV2,
    KeyUpdate,
    KeyUpdateV2,
    CommissionUpdate,
    X25519KeyUpdate,
    P2pAddrUpdate,
}

impl EventKind {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::Register,
        Self::RegisterV2,
        Self::RegisterV3,
        Self::Deregister,
        Self::DeregisterV2,
        Self::Delegate,
        Self::Undelegate,
        Self::UndelegateV2,
        Self::KeyUpdate,
        Self::KeyUpdateV2,
        Self::CommissionUpdate,
        Self::X25519KeyUpdate,
        Self::P2pAddrUpdate,
    ];

    /// The kind's name, as the stake table endpoint of the reference node writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Register => "Register",
            Self::RegisterV2 => "RegisterV2",
            Self::RegisterV3 => "RegisterV3",
            Self::Deregister => "Deregister",
            Self::DeregisterV2 => "DeregisterV2",
            Self::Delegate => "Delegate",
            Self::Undelegate => "Undelegate",
            Self::UndelegateV2 => "UndelegateV2",
            Self::KeyUpdate => "KeyUpdate",
            Self::KeyUpdateV2 => "KeyUpdateV2",
            Self::CommissionUpdate => "CommissionUpdate",
            Self::X25519KeyUpdate => "X25519KeyUpdate",
            Self::P2pAddrUpdate => "P2pAddrUpdate",
        }
    }

    /// The kind with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The event's signature in Solidity, types only.
    pub const fn signature(self) -> &'static str {
        match self {
            Self::Register => "ValidatorRegistered(address,(uint256,uint256,uint256,uint256),(uint256,uint256),uint16)",
            Self::RegisterV2 => {
                "ValidatorRegisteredV2(address,(uint256,uint256,uint256,uint256),(uint256,uint256),uint16,\
                 (uint256,uint256),bytes,string)"
            }
            Self::RegisterV3 => {
                "ValidatorRegisteredV3(address,(uint256,uint256,uint256,uint256),(uint256,uint256),uint16,\
                 (uint256,uint256),bytes,string,bytes32,string)"
            }
            Self::Deregister => "ValidatorExit(address)",
            Self::DeregisterV2 => "ValidatorExitV2(address,uint256)",
            Self::Delegate => "Delegated(address,address,uint256)",
            Self::Undelegate => "Undelegated(address,address,uint256)",
            Self::UndelegateV2 => "UndelegatedV2(address,address,uint64,uint256,uint256)",
            Self::KeyUpdate => "ConsensusKeysUpdated(address,(uint256,uint256,uint256,uint256),(uint256,uint256))",
            Self::KeyUpdateV2 => {
                "ConsensusKeysUpdatedV2(address,(uint256,uint256,uint256,uint256),(uint256,uint256),\
                 (uint256,uint256),bytes)"
            }
            Self::CommissionUpdate => "CommissionUpdated(address,uint256,uint16,uint16)",
            Self::X25519KeyUpdate => "X25519KeyUpdated(address,bytes32)",
            Self::P2pAddrUpdate => "P2pAddrUpdated(address,string)",
        }
    }

    /// Topic 0 of the event's logs: Keccak-256 of the signature.
    pub fn topic(self) -> [u8; 32] {
        keccak256(&[self.signature().as_bytes()])
    }
}

impl Event {
    /// Which kind this is.
    pub const fn kind(&self) -> EventKind {
        match self {
            Self::Register { .. } => EventKind::Register,
            Self::RegisterV2 { .. } => EventKind::RegisterV2,
            Self::RegisterV3 { .. } => EventKind::RegisterV3,
            Self::Deregister { .. } => EventKind::Deregister,
            Self::DeregisterV2 { .. } => EventKind::DeregisterV2,
            Self::Delegate { .. } => EventKind::Delegate,
            Self::Undelegate { .. } => EventKind::Undelegate,
            Self::UndelegateV2 { .. } => EventKind::UndelegateV2,
            Self::KeyUpdate { .. } => EventKind::KeyUpdate,
            Self::KeyUpdateV2 { .. } => EventKind::KeyUpdateV2,
            Self::CommissionUpdate { .. } => EventKind::CommissionUpdate,
            Self::X25519KeyUpdate { .. } => EventKind::X25519KeyUpdate,
            Self::P2pAddrUpdate { .. } => EventKind::P2pAddrUpdate,
        }
    }

    /// The account, keys and proofs of an event that brings keys. Proofs are absent where the first
    /// contract checked them on chain.
    pub const fn keys(&self) -> Option<(&Account, &LoggedKeys, Option<&LoggedProofs>)> {
        match self {
            Self::Register { account, keys, .. } | Self::KeyUpdate { account, keys } => Some((account, keys, None)),
            Self::RegisterV2 { account, keys, proofs, .. }
            | Self::RegisterV3 { account, keys, proofs, .. }
            | Self::KeyUpdateV2 { account, keys, proofs } => Some((account, keys, Some(proofs))),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::bytes::to_hex;

    #[test]
    fn topics_are_those_on_chain() {
        // The first four bytes of each topic as explorers show them for the deployed contracts.
        let known = [
            "0xf6e8359c",
            "0x26def174",
            "0xbf14cd7f",
            "0xfb243053",
            "0x4e61e872",
            "0xe5541a6b",
            "0x4d10bd04",
            "0x708346d7",
            "0x80d8a4a1",
            "0xc8c5b37a",
            "0xbd8d76fc",
            "0x3b4cc88a",
            "0x43066182",
        ];
        for (kind, known) in EventKind::ALL.into_iter().zip(known) {
            assert!(to_hex(&kind.topic()).starts_with(known), "{kind:?}");
            assert_eq!(EventKind::from_name(kind.name()), Some(kind));
        }
        assert_eq!(EventKind::from_name("register"), None);
    }
}
