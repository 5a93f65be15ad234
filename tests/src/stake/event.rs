//! Events in the JSON of `light-client/stake-table/:epoch`: kinds and fields as in Solidity.
//! Source: EspressoSystems/espresso-network `contracts/src/StakeTable.sol`, `StakeTableV2.sol`,
//! `StakeTableV3.sol`.

use ark_ff::{BigInteger as _, PrimeField};
use hotshot_light_client::encoding::integer::U256;
use serde::{Deserialize, Serialize};

use crate::{
    crypto::Validator,
    model::{Address, Hash32, HexU256},
};

fn word<F: PrimeField>(value: F) -> HexU256 {
    HexU256(U256::from_le_slice(&value.into_bigint().to_bytes_le()))
}

/// A BLS key in the words of the L1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct G2Words {
    /// x.c0
    pub x0: HexU256,
    /// x.c1
    pub x1: HexU256,
    /// y.c0
    pub y0: HexU256,
    /// y.c1
    pub y1: HexU256,
}

/// A point with two coordinates in the words of the L1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PointWords {
    /// x
    pub x: HexU256,
    /// y
    pub y: HexU256,
}

impl G2Words {
    /// The BLS key of a validator.
    pub fn of(validator: &Validator) -> Self {
        let (x, y) = (validator.bls_point.x, validator.bls_point.y);
        Self { x0: word(x.c0), x1: word(x.c1), y0: word(y.c0), y1: word(y.c1) }
    }
}

impl PointWords {
    /// The Schnorr key of a validator.
    pub fn of(validator: &Validator) -> Self {
        Self::of_coordinates(validator.schnorr_point.x, validator.schnorr_point.y)
    }

    /// A point.
    pub fn of_coordinates<F: PrimeField>(x: F, y: F) -> Self {
        Self { x: word(x), y: word(y) }
    }
}

/// What only the newer contracts ask for: proofs that the account holds the keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Proven {
    /// Its BLS key.
    #[serde(rename = "blsVK")]
    pub bls_vk: G2Words,
    /// Its Schnorr key.
    #[serde(rename = "schnorrVK")]
    pub schnorr_vk: PointWords,
    /// The BLS proof.
    pub bls_sig: PointWords,
    /// The Schnorr proof: 64 bytes in hexadecimal.
    pub schnorr_sig: String,
}

/// The events that the devnet's contract emits, of all three versions of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all_fields = "camelCase")]
pub enum Event {
    /// A validator registers.
    Register {
        /// Its account.
        account: Address,
        /// Its BLS key.
        bls_vk: G2Words,
        /// Its Schnorr key.
        schnorr_vk: PointWords,
        /// In ten thousandths.
        commission: u16,
    },
    /// As the second version of the contract tells it.
    RegisterV2 {
        /// Its account.
        account: Address,
        /// Keys and proofs.
        #[serde(flatten)]
        keys: Proven,
        /// In ten thousandths.
        commission: u16,
        /// Where the validator describes itself.
        metadata_uri: String,
    },
    /// As the third version of the contract tells it.
    RegisterV3 {
        /// Its account.
        account: Address,
        /// Keys and proofs.
        #[serde(flatten)]
        keys: Proven,
        /// In ten thousandths.
        commission: u16,
        /// Where the validator describes itself.
        metadata_uri: String,
        /// Its network key.
        #[serde(rename = "x25519Key")]
        x25519_key: Hash32,
        /// host:port
        p2p_addr: String,
    },
    /// A validator leaves for good.
    Deregister {
        /// Its account.
        validator: Address,
    },
    /// As later versions of the contract tell it.
    DeregisterV2 {
        /// Its account.
        validator: Address,
        /// When its stake can be taken back, on the L1.
        unlocks_at: HexU256,
    },
    /// Somebody adds stake.
    Delegate {
        /// Who.
        delegator: Address,
        /// To whom.
        validator: Address,
        /// How much, in wei.
        amount: HexU256,
    },
    /// Somebody takes stake back.
    Undelegate {
        /// Who.
        delegator: Address,
        /// From whom.
        validator: Address,
        /// How much, in wei.
        amount: HexU256,
    },
    /// As later versions of the contract tell it.
    UndelegateV2 {
        /// Who.
        delegator: Address,
        /// From whom.
        validator: Address,
        /// Its number.
        undelegation_id: u64,
        /// How much, in wei.
        amount: HexU256,
        /// When it can be taken back, on the L1.
        unlocks_at: HexU256,
    },
    /// A validator changes its keys, and proves that it has them.
    KeyUpdateV2 {
        /// Its account.
        account: Address,
        /// Keys and proofs.
        #[serde(flatten)]
        keys: Proven,
    },
    /// A validator changes its keys.
    KeyUpdate {
        /// Its account.
        account: Address,
        /// Its new BLS key.
        #[serde(rename = "blsVK")]
        bls_vk: G2Words,
        /// Its new Schnorr key.
        #[serde(rename = "schnorrVK")]
        schnorr_vk: PointWords,
    },
    /// A validator changes its commission.
    CommissionUpdate {
        /// Its account.
        validator: Address,
        /// When, on the L1.
        timestamp: HexU256,
        /// Before.
        old_commission: u16,
        /// After.
        new_commission: u16,
    },
    /// A validator sets its network key.
    X25519KeyUpdate {
        /// Its account.
        validator: Address,
        /// The key.
        #[serde(rename = "x25519Key")]
        x25519_key: Hash32,
    },
    /// A validator sets its network address.
    P2pAddrUpdate {
        /// Its account.
        validator: Address,
        /// host:port
        p2p_addr: String,
    },
}
