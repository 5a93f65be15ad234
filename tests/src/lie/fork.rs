//! Leaves that break the rules and that a whole quorum signs all the same, with all that follows
//! from them. Below the first of them nothing differs from the honest chain.

use std::sync::Arc;

use hotshot_light_client::encoding::integer::U256;

use super::Lie;
use crate::{
    chain::{Chain, choose_quorum},
    crypto::{Dice, certify},
    model::{BlockLine, Commitment, Header, Leaf, QuorumData, ResolvableChainConfig, U256Decimal},
};

/// The dishonest continuation of the chain.
pub(crate) struct Fork {
    lie: Lie,
    /// From here on the first fitting block begins the fork.
    from: u64,
    /// The blocks of the fork, from the first that differs.
    blocks: Vec<Arc<BlockLine>>,
    first: Option<u64>,
    /// Heights below this one have been looked at.
    seen: u64,
}

impl Fork {
    /// The fork of a lie, if it needs one, beginning at a height or above.
    pub(crate) fn new(lie: Lie, from: u64) -> Option<Self> {
        let forks = matches!(
            lie,
            Lie::UnknownVersion
                | Lie::AnotherChain
                | Lie::Fork
                | Lie::StaleView
                | Lie::MissingNextQc
                | Lie::OtherNextQc
                | Lie::WeakNextQc
                | Lie::UnexpectedNextQc
                | Lie::DataTable
        );
        let from = from.max(2);
        forks.then_some(Self { lie, from, blocks: Vec::new(), first: None, seen: from })
    }

    /// The block of the fork at a height; none below the fork.
    pub(crate) fn block(&mut self, chain: &Chain, height: u64) -> Option<Arc<BlockLine>> {
        while self.seen <= height && height >= self.from {
            let at = usize::try_from(self.seen).ok()?;
            let honest = Arc::clone(chain.blocks().get(at)?);
            if self.first.is_some() || self.fits(&honest) {
                let parent = self.blocks.last().or_else(|| chain.blocks().get(at.checked_sub(1)?)).cloned()?;
                let first = self.first.is_none();
                self.first.get_or_insert(self.seen);
                self.blocks.push(Arc::new(self.forge(chain, &honest, &parent, first)));
            }
            self.seen += 1;
        }
        let index = usize::try_from(height.checked_sub(self.first?)?).ok()?;
        self.blocks.get(index).cloned()
    }

    /// Whether the lie can begin with this block.
    fn fits(&self, block: &BlockLine) -> bool {
        let leaf = &block.leaf.leaf;
        match self.lie {
            Lie::MissingNextQc | Lie::OtherNextQc | Lie::WeakNextQc => leaf.next_epoch_justify_qc.is_some(),
            Lie::DataTable => block.payload.ns_table.bytes.0.len() > 4,
            // From 0.6 the rules neither ask for one nor forbid it.
            Lie::UnexpectedNextQc => {
                (3..6).contains(&leaf.block_header.minor()) && leaf.next_epoch_justify_qc.is_none()
            }
            _ => true,
        }
    }

    fn forge(&self, chain: &Chain, honest: &BlockLine, parent: &BlockLine, first: bool) -> BlockLine {
        let mut leaf = honest.leaf.leaf.clone();
        leaf.justify_qc = parent.leaf.qc.clone();
        leaf.parent_commitment = parent.leaf.qc.data.leaf_commit;
        if leaf.next_epoch_justify_qc.is_some() {
            leaf.next_epoch_justify_qc = parent.next_epoch_qc.clone();
        }
        if first {
            self.alter(chain, &mut leaf, parent);
        }
        let height = leaf.block_header.fields().height;
        let mut dice = Dice::new("lie", self.lie.name(), height);
        let mut forged = chain.certified(&mut dice, leaf, honest.payload.clone(), honest.vid_common.clone());
        forged.vid_common.block_hash = forged.hash;
        forged
    }

    fn alter(&self, chain: &Chain, leaf: &mut Leaf, parent: &BlockLine) {
        let height = leaf.block_header.fields().height;
        let parent_height = height.saturating_sub(1);
        let epoch = chain.schedule().epoch(parent_height);
        let table = chain.table(Some(epoch + 1));
        let mut dice = Dice::new("lie", "next epoch", height);
        let quorum = choose_quorum(&mut dice, &table, table.success_threshold(), false);
        let data = parent.leaf.qc.data.clone();
        let view = parent.leaf.qc.view_number;
        match self.lie {
            Lie::UnknownVersion => {
                leaf.block_header = Header::new(9, leaf.block_header.fields().clone());
            }
            Lie::AnotherChain => {
                let config = &mut leaf.block_header.fields_mut().chain_config.chain_config;
                if let ResolvableChainConfig::Left(config) = config {
                    config.chain_id = U256Decimal(U256::from(1));
                }
            }
            Lie::DataTable => {
                // The first namespace once more, with a byte for its payload.
                let table = &mut leaf.block_header.fields_mut().ns_table.bytes.0;
                let (mut count, mut end) = ([0; 4], [0; 4]);
                count.iter_mut().zip(table.iter()).for_each(|(to, from)| *to = *from);
                end.iter_mut().zip(table.iter().skip(table.len().saturating_sub(4))).for_each(|(to, from)| *to = *from);
                let first: Vec<u8> = table.iter().skip(4).take(4).copied().collect();
                let count = u32::from_le_bytes(count).saturating_add(1).to_le_bytes();
                table.iter_mut().zip(count).for_each(|(to, from)| *to = from);
                table.extend(first);
                table.extend(u32::from_le_bytes(end).saturating_add(1).to_le_bytes());
            }
            Lie::Fork => leaf.parent_commitment = Commitment::new([7; 32]),
            Lie::StaleView => leaf.view_number = parent.leaf.leaf.view_number,
            Lie::MissingNextQc => leaf.next_epoch_justify_qc = None,
            Lie::OtherNextQc => {
                let data = QuorumData { block_number: Some(height), ..data };
                leaf.next_epoch_justify_qc = Some(certify(data, view, &table.validators(), &quorum));
            }
            Lie::WeakNextQc => {
                let one: Vec<bool> = (0..table.members.len()).map(|index| index == 0).collect();
                leaf.next_epoch_justify_qc = Some(certify(data, view, &table.validators(), &one));
            }
            Lie::UnexpectedNextQc => {
                leaf.next_epoch_justify_qc = Some(certify(data, view, &table.validators(), &quorum));
            }
            _ => {}
        }
    }
}
