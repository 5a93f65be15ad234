//! What a verified header says about the payload of its block: the root of every proof here.

use alloc::vec::Vec;
use core::borrow::Borrow;
use core::ops::Range;

use crate::consensus::chain_config::ResolvableChainConfig;
use crate::consensus::header::Header;
use crate::consensus::verified::Verified;
use crate::consensus::version::Version;
use crate::data::namespace_table::NamespaceTable;
use crate::data::vid::scheme::VidScheme;
use crate::encoding::committable::Commitment;
use crate::encoding::json::Json;
use crate::encoding::reader::Reader;
use crate::hash::merkle_node::Node;
use crate::rejection::{Rejected, Rejection};

/// The fields of one verified header that bind its payload, and those that rollups ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockContext {
    height: u64,
    hash: Commitment,
    version: Version,
    root: Node,
    builder_commitment: Node,
    table: NamespaceTable,
    l1_finalized: Option<u64>,
}

impl BlockContext {
    /// From a verified header, owned or borrowed.
    ///
    /// # Errors
    /// The errors of [`NamespaceTable::from_bytes`]; `namespace.block_size` if the table covers more
    /// than the header's chain configuration allows, where the header holds it.
    pub fn new(header: &Verified<impl Borrow<Header>>) -> Result<Self, Rejected> {
        Self::unverified((**header).borrow())
    }

    /// From any header. For tests, and behind [`Self::new`].
    pub(crate) fn unverified(header: &Header) -> Result<Self, Rejected> {
        let table = NamespaceTable::from_bytes(&header.ns_table)?;
        if let ResolvableChainConfig::Whole(config) = &header.chain_config {
            let length = table.payload_length() as u64;
            if length > config.max_block_size {
                return Err(Rejection::NamespaceBlockSize.with(length, config.max_block_size));
            }
        }
        Ok(Self {
            height: header.height,
            hash: header.commitment(),
            version: header.version,
            root: header.payload_commitment,
            builder_commitment: header.builder_commitment,
            table,
            l1_finalized: header.l1_finalized.as_ref().map(|block| block.number),
        })
    }

    /// The fields that a proof of a namespace needs, for another module of the same build: height 8 ‖
    /// hash 32 ‖ version 2, 2 ‖ payload commitment 32 ‖ namespace table.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.height.to_le_bytes().to_vec();
        bytes.extend_from_slice(&self.hash);
        bytes.extend_from_slice(&self.version.major.to_le_bytes());
        bytes.extend_from_slice(&self.version.minor.to_le_bytes());
        bytes.extend_from_slice(&self.root);
        bytes.extend_from_slice(&self.table.to_bytes());
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote. Nothing here ties the fields to a header: that is the word of
    /// the other module, which verified one.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        Some(Self {
            height: reader.u64_le()?,
            hash: reader.array()?,
            version: Version { major: u16::from_le_bytes(reader.array()?), minor: u16::from_le_bytes(reader.array()?) },
            root: reader.array()?,
            builder_commitment: [0; 32],
            table: NamespaceTable::from_bytes(reader.rest()).ok()?,
            l1_finalized: None,
        })
    }

    /// The height of the block.
    pub const fn height(&self) -> u64 {
        self.height
    }

    /// The commitment to the header: the block hash.
    pub const fn hash(&self) -> &Commitment {
        &self.hash
    }

    /// The dispersal scheme of the header's version.
    pub fn scheme(&self) -> VidScheme {
        VidScheme::of(self.version)
    }

    /// The protocol version of the header.
    pub const fn version(&self) -> Version {
        self.version
    }

    /// The payload commitment.
    pub const fn payload_commitment(&self) -> &Node {
        &self.root
    }

    /// The builder's commitment to payload and table.
    pub const fn builder_commitment(&self) -> &Node {
        &self.builder_commitment
    }

    /// The namespace table.
    pub const fn namespace_table(&self) -> &NamespaceTable {
        &self.table
    }

    /// The number of the newest finalized L1 block that the proposer knew.
    pub const fn l1_finalized(&self) -> Option<u64> {
        self.l1_finalized
    }

    /// The ranges that the payload commitment covers, one leaf each: those of the table, or for an
    /// empty block one range of nothing.
    pub fn dispersed_ranges(&self) -> Vec<Range<usize>> {
        if self.table.is_empty() {
            return core::iter::once(0..0).collect();
        }
        self.table.iter().map(|namespace| namespace.range).collect()
    }
}

/// A header whose commitment the caller already knows to be final, for instance from an earlier
/// session. The commitment is the caller's trust: a hash from a server is worth nothing.
///
/// # Errors
/// The errors of [`Header::from_json`]; `header.hash` if the header has another commitment.
pub fn header_with_trusted_hash(header: &Json<'_>, hash: &Commitment) -> Result<Verified<Header>, Rejected> {
    let header = Header::from_json(header)?;
    Rejection::HeaderHash.unless_equal(header.commitment(), *hash)?;
    Ok(Verified::new(header))
}
