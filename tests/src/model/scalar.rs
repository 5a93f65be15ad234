//! Addresses, hashes and 256-bit integers in the texts that the query service uses for them.

use hotshot_light_client::encoding::{
    bytes::{from_base64, from_hex, to_base64, to_hex},
    integer::{U256, parse_u256},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

fn text<'de, D: Deserializer<'de>, T, E>(
    deserializer: D,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse(&text).map_err(|_| D::Error::custom(format!("{text}: not in the expected form")))
}

/// 20 bytes in `0x` hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(pub [u8; 20]);

/// 32 bytes in `0x` hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hash32(pub [u8; 32]);

/// An integer in decimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct U256Decimal(pub U256);

/// An integer in minimal `0x` hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HexU256(pub U256);

/// Bytes in standard base64 with padding.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Base64Bytes(pub Vec<u8>);

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&to_hex(&self.0))
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text(deserializer, from_hex).map(Self)
    }
}

impl Serialize for Hash32 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&to_hex(&self.0))
    }
}

impl<'de> Deserialize<'de> for Hash32 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text(deserializer, from_hex).map(Self)
    }
}

impl Serialize for U256Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for U256Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text(deserializer, parse_u256).map(Self)
    }
}

impl Serialize for HexU256 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:#x}", self.0))
    }
}

impl<'de> Deserialize<'de> for HexU256 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text(deserializer, parse_u256).map(Self)
    }
}

impl Serialize for Base64Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&to_base64(&self.0))
    }
}

impl<'de> Deserialize<'de> for Base64Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text(deserializer, from_base64).map(Self)
    }
}
