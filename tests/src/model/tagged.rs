//! Tagged base64 as typed values.

use std::marker::PhantomData;

use hotshot_light_client::encoding::tagged_base64::{self, tag};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A marker that stands for one tag.
pub trait Tag {
    /// The tag before the `~`.
    const TAG: &'static str;
}

/// `N` bytes that are written under the tag `T`.
pub struct Tagged<T, const N: usize> {
    /// The value.
    pub bytes: [u8; N],
    tag: PhantomData<T>,
}

impl<T, const N: usize> Tagged<T, N> {
    /// A value under the tag.
    pub const fn new(bytes: [u8; N]) -> Self {
        Self { bytes, tag: PhantomData }
    }
}

impl<T, const N: usize> Clone for Tagged<T, N> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, const N: usize> Copy for Tagged<T, N> {}

impl<T, const N: usize> PartialEq for Tagged<T, N> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl<T, const N: usize> Eq for Tagged<T, N> {}

impl<T: Tag, const N: usize> std::fmt::Debug for Tagged<T, N> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{self}")
    }
}

impl<T: Tag, const N: usize> std::fmt::Display for Tagged<T, N> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&tagged_base64::encode(T::TAG, &self.bytes))
    }
}

impl<T: Tag, const N: usize> Serialize for Tagged<T, N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&tagged_base64::encode(T::TAG, &self.bytes))
    }
}

impl<'de, T: Tag, const N: usize> Deserialize<'de> for Tagged<T, N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = tagged_base64::decode_array(&text, T::TAG)
            .map_err(|rejected| D::Error::custom(format!("{text}: {}", rejected.code())))?;
        Ok(Self::new(bytes))
    }
}

macro_rules! tags {
    ($($(#[$doc:meta])* $alias:ident = $marker:ident($tag:expr), $length:literal;)*) => {$(
        $(#[$doc])*
        pub type $alias = Tagged<marker::$marker, $length>;
    )*
    /// The markers of the tags.
    #[allow(unreachable_pub, reason = "markers appear in public aliases")]
    pub mod marker {
        use super::{Tag, tag};
        $(
            #[doc = concat!("Marker of `", stringify!($alias), "`.")]
            pub enum $marker {}
            impl Tag for $marker {
                const TAG: &'static str = $tag;
            }
        )*
    }};
}

tags! {
    /// Commitment to a leaf, a vote, a certificate.
    Commitment = Commit(tag::COMMIT), 32;
    /// Block hash.
    BlockCommitment = Block(tag::BLOCK), 32;
    /// Commitment to a chain configuration.
    ChainConfigCommitment = ChainConfig(tag::CHAIN_CONFIG), 32;
    /// Commitment to a stake table state.
    StakeTableCommitment = StakeTable(tag::STAKE_TABLE), 32;
    /// Builder commitment.
    BuilderCommitment = Builder(tag::BUILDER_COMMITMENT), 32;
    /// Merkle root, height of the tree and number of leaves.
    MerkleCommitment = Merkle(tag::MERKLE_COMM), 48;
    /// BLS signature.
    BlsSignature = BlsSig(tag::BLS_SIG), 64;
    /// BLS verification key.
    BlsVerificationKey = BlsVerKey(tag::BLS_VER_KEY), 128;
    /// Schnorr verification key.
    SchnorrVerificationKey = SchnorrVerKey(tag::SCHNORR_VER_KEY), 64;
    /// Schnorr signature.
    SchnorrSignature = SchnorrSig("SCHNORR_SIG"), 96;
}

/// A payload commitment; its tag names the scheme, of which the header hashes only the 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadCommitment {
    /// ADVZ, before 0.3.
    Advz([u8; 32]),
    /// AvidM, 0.3 to 0.5.
    AvidM([u8; 32]),
    /// AvidM over GF(2^16), from 0.6.
    AvidmGf2([u8; 32]),
}

impl PayloadCommitment {
    const TAGS: [&'static str; 3] = [tag::HASH, tag::AVIDM_COMMIT, tag::AVIDM_GF2_COMMIT];

    /// The 32 bytes.
    pub const fn bytes(&self) -> &[u8; 32] {
        match self {
            Self::Advz(bytes) | Self::AvidM(bytes) | Self::AvidmGf2(bytes) => bytes,
        }
    }
}

impl std::fmt::Display for PayloadCommitment {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [advz, avidm, avidm_gf2] = Self::TAGS;
        let tag = match self {
            Self::Advz(_) => advz,
            Self::AvidM(_) => avidm,
            Self::AvidmGf2(_) => avidm_gf2,
        };
        formatter.write_str(&tagged_base64::encode(tag, self.bytes()))
    }
}

impl Serialize for PayloadCommitment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PayloadCommitment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let [advz, avidm, avidm_gf2] = Self::TAGS;
        let decode = |tag| tagged_base64::decode_array(&text, tag).ok();
        decode(advz)
            .map(Self::Advz)
            .or_else(|| decode(avidm).map(Self::AvidM))
            .or_else(|| decode(avidm_gf2).map(Self::AvidmGf2))
            .ok_or_else(|| D::Error::custom(format!("{text}: no payload commitment")))
    }
}
