//! The tree over the hashes of all earlier blocks: append-only, arity 3, height 32, SHA3-256 without
//! domain bytes. Source: EspressoSystems/jellyfish `merkle_tree`, as headers use it.

use sha3::Digest as _;

use crate::model::{BlockCommitment, MerkleCommitment};

const HEIGHT: u8 = 32;
const EMPTY: [u8; 32] = [0; 32];

/// The right edge of the tree: for each level, the finished nodes whose parent is not finished.
#[derive(Clone, Default)]
pub struct BlockTree {
    edge: Vec<Vec<[u8; 32]>>,
    leaves: u64,
}

fn hash(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = sha3::Sha3_256::new();
    parts.iter().for_each(|part| hasher.update(part));
    hasher.finalize().into()
}

fn branch(children: &[[u8; 32]]) -> [u8; 32] {
    let mut parts: Vec<&[u8]> = children.iter().map(|child| child.as_slice()).collect();
    parts.resize(3, &EMPTY);
    hash(&parts)
}

impl BlockTree {
    /// Adds the next block.
    pub fn push(&mut self, block: &BlockCommitment) {
        self.leaves += 1;
        let (mut node, mut level) = (hash(&[&block.bytes]), 0);
        loop {
            if self.edge.len() <= level {
                self.edge.push(Vec::new());
            }
            let Some(pending) = self.edge.get_mut(level) else { return };
            pending.push(node);
            if pending.len() < 3 {
                return;
            }
            node = branch(pending);
            pending.clear();
            level += 1;
        }
    }

    /// The commitment over all blocks added so far.
    pub fn commitment(&self) -> MerkleCommitment {
        let mut node: Option<[u8; 32]> = None;
        for level in 0..usize::from(HEIGHT) {
            let mut children = self.edge.get(level).cloned().unwrap_or_default();
            children.extend(node);
            node = (!children.is_empty()).then(|| branch(&children));
        }
        merkle_commitment(node.unwrap_or(EMPTY), u64::from(HEIGHT), self.leaves)
    }

    /// The siblings on the path of block `position` in the tree over `blocks`, leaf to root: per
    /// level the three children, the path's own left zero, and which of them the path takes.
    pub fn path(blocks: &[BlockCommitment], position: u64) -> Vec<(usize, [[u8; 32]; 3])> {
        let mut nodes: Vec<[u8; 32]> = blocks.iter().map(|block| hash(&[&block.bytes])).collect();
        let (mut index, mut path) = (usize::try_from(position).unwrap_or(usize::MAX), Vec::new());
        for _ in 0..HEIGHT {
            let (first, own) = (index - index % 3, index % 3);
            let mut children = [EMPTY; 3];
            for (offset, child) in children.iter_mut().enumerate().filter(|(offset, _)| *offset != own) {
                *child = nodes.get(first + offset).copied().unwrap_or(EMPTY);
            }
            path.push((own, children));
            nodes = nodes.chunks(3).map(branch).collect();
            index /= 3;
        }
        path
    }

    /// The value of block `position` as a leaf.
    pub fn leaf_value(block: &BlockCommitment) -> [u8; 32] {
        hash(&[&block.bytes])
    }
}

/// root ‖ le64 height of the tree ‖ le64 leaves.
pub(super) fn merkle_commitment(root: [u8; 32], height: u64, leaves: u64) -> MerkleCommitment {
    let mut bytes = [0; 48];
    let parts = root.into_iter().chain(height.to_le_bytes()).chain(leaves.to_le_bytes());
    bytes.iter_mut().zip(parts).for_each(|(to, from)| *to = from);
    MerkleCommitment::new(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::BlockLine, vectors};

    #[test]
    fn recorded_roots() {
        if vectors::missing("recorded_roots") {
            return;
        }
        for folder in ["v3", "v4"] {
            let mut tree = BlockTree::default();
            for line in vectors::read(&format!("{folder}/blocks.jsonl")).lines().take(4) {
                let block: BlockLine = serde_json::from_str(line).unwrap();
                assert_eq!(tree.commitment(), block.leaf.leaf.block_header.fields().block_merkle_tree_root);
                tree.push(&block.hash);
            }
        }
    }

    #[test]
    fn paths_lead_to_the_root() {
        let blocks: Vec<BlockCommitment> = (0..23u8).map(|index| BlockCommitment::new([index; 32])).collect();
        let mut tree = BlockTree::default();
        blocks.iter().for_each(|block| tree.push(block));
        for (position, block) in (0u64..).zip(&blocks) {
            let root = BlockTree::path(&blocks, position).into_iter().fold(
                BlockTree::leaf_value(block),
                |node, (own, mut children)| {
                    children[own] = node;
                    branch(&children)
                },
            );
            assert_eq!(merkle_commitment(root, 32, 23), tree.commitment());
        }
    }
}
