//! The append-only tree of block commitments: three children, 32 levels, SHA3-256.
//!
//! Leaf `h` is the hash of the 32-byte commitment of block `h`; the header of height `h` commits to
//! the tree over blocks `0 .. h`. Source: `espresso-types` `v0/v0_1/state.rs`.

use alloc::vec;
use alloc::vec::Vec;

use crate::encoding::json::Json;
use crate::hash::merkle_node::{EMPTY, Node, sha3_256};
use crate::hash::merkle_path::{Bottom, Path, Shape, to_json_text};
use crate::rejection::{Rejected, Rejection};

/// The shape of the block tree.
pub const BLOCK_TREE: Shape = Shape { arity: 3, height: 32, hash: sha3_256 };

/// Where a position turns at each level, from the leaf up.
fn digits(position: u64) -> impl Iterator<Item = usize> {
    let mut rest = position;
    (0..BLOCK_TREE.height).map(move |_| {
        let digit = match rest % 3 {
            0 => 0,
            1 => 1,
            _ => 2,
        };
        rest /= 3;
        digit
    })
}

/// Checks that `element` is leaf `position` of the tree of `leaves` leaves with this root.
///
/// # Errors
/// `merkle.position` if the position is not below the number of leaves or is not the one the proof
/// names, `merkle.element` if the proof names another element or none, `merkle.root`, and the
/// errors of [`Path::from_json`].
pub fn verify(proof: &Json<'_>, position: u64, leaves: u64, element: &Node, root: &Node) -> Result<(), Rejected> {
    if position >= leaves {
        return Err(Rejection::MerklePosition.with(position, leaves));
    }
    let path = Path::from_json(proof, &BLOCK_TREE)?;
    let Bottom::Leaf { position: leaf_position, element: leaf_element } = &path.bottom else {
        return Err(Rejection::MerkleElement.with("Empty", "a leaf"));
    };
    for claimed in [&path.position, leaf_position] {
        let claimed = claimed.as_slice().try_into().map(u64::from_le_bytes);
        let claimed = claimed.map_err(|_| Rejection::MerklePosition.with("no 64-bit position", position))?;
        Rejection::MerklePosition.unless_equal(claimed, position)?;
    }
    let leaf_element: Node =
        leaf_element.as_slice().try_into().map_err(|_| Rejection::MerkleElement.with(leaf_element.len(), 32u64))?;
    Rejection::MerkleElement.unless_equal(leaf_element, *element)?;
    Rejection::MerkleRoot.unless_equal(path.root(&BLOCK_TREE, sha3_256(&[element]), digits(position))?, *root)
}

/// All blocks' commitments from block 0 on, to compute roots and to serve proofs.
#[derive(Clone, Debug, Default)]
pub struct BlockTree {
    /// The nodes that are there, level by level from the leaves up; the last level is the root.
    levels: Vec<Vec<Node>>,
    elements: Vec<Node>,
}

impl BlockTree {
    /// A tree without blocks.
    pub fn new() -> Self {
        Self { levels: vec![Vec::new(); BLOCK_TREE.height + 1], elements: Vec::new() }
    }

    /// Adds the commitment of the next block.
    pub fn push(&mut self, element: Node) {
        self.elements.push(element);
        let mut index = self.elements.len() - 1;
        let mut node = sha3_256(&[&element]);
        let mut below: Option<Vec<Node>> = None;
        for level in &mut self.levels {
            if let Some(children) = below.take() {
                let mut parts: Vec<&[u8]> = children.iter().map(Node::as_slice).collect();
                parts.resize(BLOCK_TREE.arity, &EMPTY);
                node = sha3_256(&parts);
            }
            match level.get_mut(index) {
                Some(place) => *place = node,
                None => level.push(node),
            }
            let first = index - index % BLOCK_TREE.arity;
            below = Some(level.iter().skip(first).take(BLOCK_TREE.arity).copied().collect());
            index /= BLOCK_TREE.arity;
        }
    }

    /// How many blocks the tree has.
    pub fn len(&self) -> usize {
        self.elements.len()
    }

    /// Whether the tree has no block.
    pub fn is_empty(&self) -> bool {
        self.elements.is_empty()
    }

    /// The root; zeros for the empty tree.
    pub fn root(&self) -> Node {
        self.levels.last().and_then(|level| level.first().copied()).unwrap_or(EMPTY)
    }

    /// The proof of one block in the JSON form of a server; `None` if the tree lacks it.
    pub fn proof_json(&self, position: usize) -> Option<alloc::string::String> {
        let element = self.elements.get(position)?;
        let mut index = position;
        let levels: Vec<(usize, Vec<Node>)> = self
            .levels
            .iter()
            .take(BLOCK_TREE.height)
            .map(|level| {
                let digit = index % BLOCK_TREE.arity;
                let first = index - digit;
                index /= BLOCK_TREE.arity;
                let children =
                    (0..BLOCK_TREE.arity).map(|place| level.get(first + place).copied().unwrap_or(EMPTY)).collect();
                (digit, children)
            })
            .collect();
        Some(to_json_text(&(position as u64).to_le_bytes(), element, &levels))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::json::parse;
    use alloc::string::String;
    use proptest::prelude::*;

    fn tree(count: u64) -> BlockTree {
        let mut tree = BlockTree::new();
        for index in 0..count {
            tree.push(sha3_256(&[&index.to_le_bytes()]));
        }
        tree
    }

    fn check(tree: &BlockTree, proof: &str, position: u64, element: &Node) -> Result<(), Rejection> {
        let json = parse(proof.as_bytes()).unwrap();
        verify(&json, position, tree.len() as u64, element, &tree.root()).map_err(|rejected| rejected.rejection)
    }

    /// A proof with one part of its text replaced.
    fn replaced(proof: &str, from: &str, to: &str) -> String {
        assert!(proof.contains(from), "{from}");
        proof.replacen(from, to, 1)
    }

    #[test]
    fn empty_tree_has_a_root_of_zeros() {
        assert_eq!(BlockTree::new().root(), EMPTY);
    }

    #[test]
    fn height_is_enforced() {
        let tree = tree(10);
        let proof = tree.proof_json(4).unwrap();
        let element = tree.elements[4];
        assert_eq!(check(&tree, &proof, 4, &element), Ok(()));
        // One level less, with the root of the lower tree: nothing but the count of levels shows it.
        let last = proof.rfind(r#",{"Branch""#).unwrap();
        let lower = alloc::format!("{}]}}", &proof[..last]);
        let lower_root = tree.levels[31][0];
        let json = parse(lower.as_bytes()).unwrap();
        let refused = verify(&json, 4, 10, &element, &lower_root).unwrap_err();
        assert_eq!((refused.rejection, &refused.got), (Rejection::MerkleLevels, &32u64.into()));
        let higher = alloc::format!("{},{}", &proof[..proof.len() - 2], &proof[last + 1..]);
        assert_eq!(check(&tree, &higher, 4, &element), Err(Rejection::MerkleLevels));
    }

    #[test]
    fn position_element_and_shape_are_enforced() {
        let tree = tree(10);
        let proof = tree.proof_json(4).unwrap();
        let element = tree.elements[4];
        assert_eq!(check(&tree, &proof, 10, &element), Err(Rejection::MerklePosition), "not below the leaves");
        assert_eq!(check(&tree, &proof, 5, &element), Err(Rejection::MerklePosition));
        assert_eq!(check(&tree, &proof, 4, &tree.elements[5]), Err(Rejection::MerkleElement));
        let field = |bytes: &[u8]| crate::encoding::tagged_base64::encode("FIELD", bytes);
        let (four, five) = (field(&4u64.to_le_bytes()), field(&5u64.to_le_bytes()));
        assert_eq!(check(&tree, &replaced(&proof, &four, &five), 4, &element), Err(Rejection::MerklePosition));
        let outer_kept = proof.replace(&four, &five).replacen(&five, &four, 1);
        assert_eq!(check(&tree, &outer_kept, 4, &element), Err(Rejection::MerklePosition));
        let wide = replaced(&proof, r#""children":["#, r#""children":["Empty","#);
        assert_eq!(check(&tree, &wide, 4, &element), Err(Rejection::MerkleSiblings));
        assert_eq!(
            check(&tree, &replaced(&proof, "ForgettenSubtree", "Subtree"), 4, &element),
            Err(Rejection::MerkleForm)
        );
        let absent = alloc::format!(r#"{{"pos":"{four}","proof":["Empty"{}]}}"#, r#","Empty""#.repeat(32));
        assert_eq!(check(&tree, &absent, 4, &element), Err(Rejection::MerkleElement));
    }

    #[test]
    fn values_on_the_path_are_not_read() {
        let tree = tree(10);
        let proof = tree.proof_json(4).unwrap();
        let field = |bytes: &[u8]| crate::encoding::tagged_base64::encode("FIELD", bytes);
        let lying = proof.replace(&field(&EMPTY), &field(&[7; 32]));
        assert_ne!(lying, proof);
        assert_eq!(check(&tree, &lying, 4, &tree.elements[4]), Ok(()));
        let sibling = field(&tree.levels[0][3]);
        let forged = replaced(&proof, &sibling, &field(&[7; 32]));
        assert_eq!(check(&tree, &forged, 4, &tree.elements[4]), Err(Rejection::MerkleRoot));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn every_proof_verifies(count in 1u64..40, position in 0u64..40) {
            let tree = tree(count);
            match tree.proof_json(usize::try_from(position).unwrap()) {
                None => prop_assert!(position >= count),
                Some(proof) => {
                    let element = tree.elements[usize::try_from(position).unwrap()];
                    prop_assert_eq!(check(&tree, &proof, position, &element), Ok(()));
                }
            }
        }
    }
}
