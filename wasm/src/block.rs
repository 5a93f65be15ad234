//! Final blocks as JavaScript sees them.

use hotshot_light_client::client::network::Network;
use hotshot_light_client::client::sync::FinalizedBlock;
use hotshot_light_client::consensus::finality::FinalChain;
use hotshot_light_client::consensus::header::{Header, VidScheme};
use hotshot_light_client::consensus::signatures::Quorum;
use hotshot_light_client::consensus::verified::Verified;
use hotshot_light_client::data::namespace_table::NamespaceTable;
use hotshot_light_client::encoding::committable::Commitment;
use hotshot_light_client::encoding::tagged_base64::{encode, tag};
use serde::Serialize;

use crate::quorum::QuorumOutput;

/// A final block.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BlockOutput {
    height: u64,
    view: u64,
    epoch: Option<u64>,
    version: String,
    hash: String,
    leaf: String,
    payload_commitment: String,
    timestamp_millis: u64,
    l1_head: u64,
    l1_finalized: Option<u64>,
    next_stake_table_hash: Option<String>,
    namespaces: Option<Vec<NamespaceOutput>>,
    quorum: Option<QuorumOutput>,
}

/// A namespace with the bytes that its payload takes.
#[derive(Serialize)]
struct NamespaceOutput {
    id: u32,
    bytes: u32,
}

impl BlockOutput {
    fn new(
        header: &Header,
        hash: &Commitment,
        leaf: &Commitment,
        view: u64,
        epoch: Option<u64>,
        quorum: Option<&Quorum>,
    ) -> Self {
        let namespaces = NamespaceTable::from_bytes(&header.ns_table).ok().map(|table| {
            table
                .iter()
                .map(|namespace| NamespaceOutput {
                    id: namespace.id,
                    // Offsets in the table have 32 bits.
                    bytes: u32::try_from(namespace.length()).unwrap_or(u32::MAX),
                })
                .collect()
        });
        Self {
            height: header.height,
            view,
            epoch,
            version: header.version.to_string(),
            hash: encode(tag::BLOCK, hash),
            leaf: encode(tag::COMMIT, leaf),
            payload_commitment: encode(VidScheme::of(header.version).tag(), &header.payload_commitment),
            timestamp_millis: header
                .reward
                .as_ref()
                .map_or_else(|| header.timestamp.saturating_mul(1000), |reward| reward.timestamp_millis),
            l1_head: header.l1_head,
            l1_finalized: header.l1_finalized.as_ref().map(|block| block.number),
            next_stake_table_hash: header.next_stake_table_hash().map(|hash| encode(tag::STAKE_TABLE, hash)),
            namespaces,
            quorum: quorum.map(QuorumOutput::from),
        }
    }

    /// The first block of a proven chain.
    pub(crate) fn first(chain: &Verified<FinalChain>, network: &Network) -> Option<Self> {
        let (leaf, commitment) = (chain.leaves.first()?, chain.commitments.first()?);
        let epochs = network.epochs().filter(|_| leaf.header.version.has_epochs());
        let epoch = epochs.map(|epochs| epochs.of(leaf.height()));
        // With leaves after it, another block was decided, and this one as its ancestor.
        let quorum = chain.quorum.as_ref().filter(|_| chain.leaves.len() == 1);
        Some(Self::new(&leaf.header, &leaf.header.commitment(), commitment, leaf.view, epoch, quorum))
    }
}

impl From<&FinalizedBlock> for BlockOutput {
    fn from(block: &FinalizedBlock) -> Self {
        Self::new(&block.header, &block.hash, &block.leaf, block.view, block.epoch, block.quorum.as_ref())
    }
}
