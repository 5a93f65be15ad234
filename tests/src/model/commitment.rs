//! The commitments of the model, as the fact sheets and public sources give them.
//!
//! Sources, all in EspressoSystems/espresso-network: `crates/espresso/types/src/v0/impls/header.rs`,
//! `crates/hotshot/types/src/simple_vote.rs`, `simple_certificate.rs`, `data.rs`.

use hotshot_light_client::encoding::{
    committable::CommitmentBuilder,
    integer::U256,
    tagged_base64::{checksum, tag},
};

use super::{
    BlockCommitment, Certificate, CertificateData, ChainConfig, Commitment, FeeInfo, Header, HeaderFields, L1Block,
    Leaf, NamespaceTableBytes, QuorumData, ResolvableChainConfig, Signatures, TimeoutData, UpgradeData,
    ViewChangeEvidence, ViewSyncData, Vote2Data,
};

fn le(value: &U256) -> [u8; 32] {
    value.to_le_bytes()
}

impl ChainConfig {
    /// Commitment of the configuration.
    pub fn commitment(&self) -> [u8; 32] {
        let builder = CommitmentBuilder::new("CHAIN_CONFIG")
            .fixed_size_field("chain_id", &le(&self.chain_id.0))
            .u64_field("max_block_size", self.max_block_size.0.saturating_to())
            .fixed_size_field("base_fee", &le(&self.base_fee.0))
            .fixed_size_field("fee_recipient", &self.fee_recipient.0);
        let builder = match &self.fee_contract {
            Some(address) => builder.u64_field("fee_contract", 1).fixed_size_bytes(&address.0),
            None => builder.u64_field("fee_contract", 0),
        };
        match self.stake_table_contract.flatten() {
            Some(address) => builder.u64_field("stake_table_contract", 1).fixed_size_bytes(&address.0),
            None => builder,
        }
        .finalize()
    }
}

impl L1Block {
    fn commitment(&self) -> [u8; 32] {
        CommitmentBuilder::new("L1BLOCK")
            .u64_field("number", self.number)
            .fixed_size_field("timestamp", &le(&self.timestamp.0))
            .fixed_size_field("hash", &self.hash.0)
            .finalize()
    }
}

impl FeeInfo {
    fn commitment(&self) -> [u8; 32] {
        CommitmentBuilder::new("FEE_INFO")
            .fixed_size_field("account", &self.account.0)
            .fixed_size_field("amount", &le(&self.amount.0))
            .finalize()
    }
}

impl NamespaceTableBytes {
    fn commitment(&self) -> [u8; 32] {
        CommitmentBuilder::new("NSTABLE").var_size_bytes(&self.bytes.0).finalize()
    }
}

impl HeaderFields {
    fn commitment(&self) -> [u8; 32] {
        let chain_config = match &self.chain_config.chain_config {
            ResolvableChainConfig::Left(config) => config.commitment(),
            ResolvableChainConfig::Right(commitment) => commitment.bytes,
        };
        let mut builder = CommitmentBuilder::new("BLOCK")
            .field("chain_config", &chain_config)
            .u64_field("height", self.height)
            .u64_field("timestamp", self.timestamp);
        if let Some(millis) = self.timestamp_millis {
            builder = builder.u64_field("timestamp_millis", millis);
        }
        builder = builder
            .u64_field("l1_head", self.l1_head)
            .optional("l1_finalized", self.l1_finalized.as_ref().map(L1Block::commitment).as_ref())
            .fixed_size_field("payload_commitment", self.payload_commitment.bytes())
            .fixed_size_field("builder_commitment", &self.builder_commitment.bytes)
            .field("ns_table", &self.ns_table.commitment())
            .var_size_field("block_merkle_tree_root", &self.block_merkle_tree_root.bytes)
            .var_size_field("fee_merkle_tree_root", &self.fee_merkle_tree_root.bytes)
            .field("fee_info", &self.fee_info.commitment());
        if let Some(root) = &self.reward_merkle_tree_root {
            builder = builder.var_size_field("reward_merkle_tree_root", &root.bytes);
        }
        if let Some(total) = &self.total_reward_distributed {
            builder = builder.var_size_field("total_reward_distributed", &le(&total.0));
        }
        if let Some(counts) = &self.leader_counts {
            let bytes: Vec<u8> = counts.iter().flat_map(|count| count.to_le_bytes()).collect();
            builder = builder.var_size_field("leader_counts", &bytes);
        }
        if let Some(hash) = self.next_stake_table_hash.flatten() {
            builder = builder.field("next_stake_table_hash", &hash.bytes);
        }
        builder.finalize()
    }
}

impl Header {
    /// The block hash.
    pub fn commitment(&self) -> BlockCommitment {
        let fields = self.fields().commitment();
        BlockCommitment::new(match self {
            Self::Bare(_) => fields,
            Self::Versioned { version, .. } => CommitmentBuilder::new("BLOCK")
                .u64_field("version_major", version.version.major.into())
                .u64_field("version_minor", version.version.minor.into())
                .field("fields", &fields)
                .finalize(),
        })
    }
}

impl CertificateData for QuorumData {
    fn commitment(&self) -> [u8; 32] {
        let mut builder = CommitmentBuilder::new("Quorum data").var_size_bytes(&self.leaf_commit.bytes);
        if let Some(epoch) = self.epoch {
            builder = builder.u64_field("epoch number", epoch);
        }
        if let Some(block_number) = self.block_number {
            builder = builder.u64_field("block number", block_number);
        }
        builder.finalize()
    }
}

impl CertificateData for Vote2Data {
    fn commitment(&self) -> [u8; 32] {
        CommitmentBuilder::new("Vote2Data")
            .var_size_bytes(&self.leaf_commit.bytes)
            .u64(self.epoch)
            .u64(self.block_number)
            .constant_str("Vote2")
            .finalize()
    }
}

impl CertificateData for UpgradeData {
    fn commitment(&self) -> [u8; 32] {
        CommitmentBuilder::new("Upgrade data")
            .u64(self.decide_by)
            .u64(self.new_version_first_view)
            .u64(self.old_version_last_view)
            .var_size_bytes(&self.new_version_hash)
            .u16(self.new_version.minor)
            .u16(self.new_version.major)
            .u16(self.old_version.minor)
            .u16(self.old_version.major)
            .finalize()
    }
}

impl CertificateData for TimeoutData {
    fn commitment(&self) -> [u8; 32] {
        CommitmentBuilder::new("Timeout data").u64(self.view).finalize()
    }
}

impl CertificateData for ViewSyncData {
    fn commitment(&self) -> [u8; 32] {
        let builder = CommitmentBuilder::new("View Sync Finalize").u64(self.round).u64(self.relay);
        match self.epoch {
            Some(epoch) => builder.u64_field("epoch number", epoch),
            None => builder,
        }
        .finalize()
    }
}

/// The 32 bytes that are signed for `data` in a view.
pub fn vote_commitment<D: CertificateData>(data: &D, view: u64) -> Commitment {
    Commitment::new(CommitmentBuilder::new("Vote").var_size_bytes(&data.commitment()).u64(view).finalize())
}

/// The binary form of signatures inside certificate commitments: bincode with fixed-size integers.
fn signature_bytes(signatures: Option<&Signatures>) -> Vec<u8> {
    let Some(Signatures(signature, bits)) = signatures else { return Vec::new() };
    let mut bytes = b"Yesbitvec proof".to_vec();
    let order = bits.order.as_bytes();
    bytes.extend((order.len() as u64).to_le_bytes());
    bytes.extend(order);
    bytes.extend([bits.head.width, bits.head.index]);
    bytes.extend(bits.bits.to_le_bytes());
    bytes.extend((bits.data.len() as u64).to_le_bytes());
    bits.data.iter().for_each(|word| bytes.extend(word.to_le_bytes()));
    bytes.extend(b"aggregated signature");
    let mut aggregate = Vec::new();
    aggregate.extend((tag::BLS_SIG.len() as u64).to_le_bytes());
    aggregate.extend(tag::BLS_SIG.as_bytes());
    aggregate.extend((signature.bytes.len() as u64).to_le_bytes());
    aggregate.extend(signature.bytes);
    aggregate.push(checksum(tag::BLS_SIG, &signature.bytes));
    bytes.extend((aggregate.len() as u64).to_le_bytes());
    bytes.extend(aggregate);
    bytes
}

/// The commitment of a certificate.
pub fn certificate_commitment<D: CertificateData>(certificate: &Certificate<D>) -> [u8; 32] {
    let view = CommitmentBuilder::new("View Number Commitment").u64(certificate.view_number).finalize();
    CommitmentBuilder::new("Certificate")
        .field("data", &certificate.data.commitment())
        .field("vote_commitment", &certificate.vote_commitment.bytes)
        .field("view number", &view)
        .var_size_field("signatures", &signature_bytes(certificate.signatures.as_ref()))
        .finalize()
}

impl Leaf {
    /// The commitment that quorum certificates sign.
    pub fn commitment(&self) -> Commitment {
        let mut builder = CommitmentBuilder::new("leaf commitment")
            .u64_field("view number", self.view_number)
            .field("parent leaf commitment", &self.parent_commitment.bytes)
            .field("block header", &self.block_header.commitment().bytes)
            .field("justify qc", &certificate_commitment(&self.justify_qc))
            .optional("upgrade certificate", self.upgrade_certificate.as_ref().map(certificate_commitment).as_ref());
        if self.with_epoch {
            let next_epoch = self.next_epoch_justify_qc.as_ref().map(certificate_commitment);
            builder = builder.constant_str("with_epoch").optional("next_epoch_justify_qc", next_epoch.as_ref());
            if let Some(drb) = &self.next_drb_result {
                builder = builder.fixed_size_field("next_drb_result", drb);
            }
            builder = match &self.view_change_evidence {
                Some(ViewChangeEvidence::Timeout(certificate)) => {
                    builder.field("timeout cert", &certificate_commitment(certificate))
                }
                Some(ViewChangeEvidence::ViewSync(certificate)) => {
                    builder.field("viewsync cert", &certificate_commitment(certificate))
                }
                None => builder,
            };
        }
        Commitment::new(builder.finalize())
    }
}
