//! The Merkle trees of verifiable information dispersal: dense, with domain bytes and positions.
//!
//! `leaf = H("1" ‖ le64 position ‖ element)`, `node = H("0" ‖ every child)`, an absent child is 32
//! zero bytes, and the height is the least `h` with `arity^h ≥ leaves`: a single leaf is its own
//! root. Sources: `jellyfish` `merkle_tree/src/internal.rs` and `hasher.rs`; `espresso-network`
//! `vid/src/utils/blake3.rs`.

use alloc::vec;
use alloc::vec::Vec;

use crate::encoding::committable::keccak256;
use crate::encoding::reader::Reader;
use crate::encoding::tagged_base64;
use crate::hash::merkle_node::{EMPTY, HashFunction, Node, blake3};
use crate::rejection::{Rejected, Rejection};

/// The tag of a path in text.
pub const PATH_TAG: &str = "MERKLE_PROOF";

/// The most levels a path can have: more leaves than memory could hold.
const LEVELS_LIMIT: usize = 40;

/// One of the two trees.
#[derive(Clone, Copy, Debug)]
pub struct VidTree {
    arity: usize,
    hash: HashFunction,
}

/// The tree of AvidM: three children, Keccak-256.
pub const AVIDM: VidTree = VidTree { arity: 3, hash: keccak256 };

/// The tree of AvidmGf2: four children, BLAKE3.
pub const AVIDM_GF2: VidTree = VidTree { arity: 4, hash: blake3 };

/// The siblings from a leaf up to the root: at each level the other children, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VidPath {
    levels: Vec<Vec<Node>>,
}

impl VidTree {
    /// The number of levels above the leaves in a tree of this many leaves.
    pub fn height(&self, leaves: usize) -> usize {
        let mut height = 0;
        let mut room = 1usize;
        while room < leaves {
            room = room.saturating_mul(self.arity);
            height += 1;
        }
        height
    }

    fn leaf(&self, position: usize, element: &Node) -> Node {
        (self.hash)(&[b"1", &(position as u64).to_le_bytes(), element])
    }

    fn branch<'a>(&self, children: impl Iterator<Item = &'a Node>) -> Node {
        let mut parts: Vec<&[u8]> = vec![b"0"];
        parts.extend(children.map(Node::as_slice));
        parts.resize(self.arity + 1, &EMPTY);
        (self.hash)(&parts)
    }

    /// All nodes, level by level, from the leaves up to the root.
    fn levels(&self, elements: &[Node]) -> Vec<Vec<Node>> {
        let leaves: Vec<Node> =
            elements.iter().enumerate().map(|(position, element)| self.leaf(position, element)).collect();
        let mut levels = vec![leaves];
        while let Some(level) = levels.last()
            && level.len() > 1
        {
            let above = level.chunks(self.arity).map(|children| self.branch(children.iter())).collect();
            levels.push(above);
        }
        levels
    }

    /// The root over the elements in their order; zeros if there are none.
    pub fn root(&self, elements: &[Node]) -> Node {
        self.levels(elements).pop().and_then(|level| level.first().copied()).unwrap_or(EMPTY)
    }

    /// The path of one leaf, as a server gives it; `None` if there is no such leaf.
    pub fn path(&self, elements: &[Node], position: usize) -> Option<VidPath> {
        if position >= elements.len() {
            return None;
        }
        let mut levels = self.levels(elements);
        levels.pop();
        let mut index = position;
        let siblings = levels.iter().map(|level| {
            let (child, first) = (index % self.arity, index - index % self.arity);
            index /= self.arity;
            (0..self.arity)
                .filter(|place| *place != child)
                .map(|place| level.get(first + place).copied().unwrap_or(EMPTY))
                .collect()
        });
        Some(VidPath { levels: siblings.collect() })
    }

    /// Checks that `element` stands at `position` of the tree of `leaves` leaves with this root.
    ///
    /// # Errors
    /// `merkle.position` if there is no such position, `merkle.levels` and `merkle.siblings` for a
    /// path of another shape than the tree's, `merkle.root` for another root.
    pub fn verify(
        &self,
        path: &VidPath,
        position: usize,
        leaves: usize,
        element: &Node,
        root: &Node,
    ) -> Result<(), Rejected> {
        if position >= leaves {
            return Err(Rejection::MerklePosition.with(position, leaves));
        }
        Rejection::MerkleLevels.unless_equal(path.levels.len(), self.height(leaves))?;
        let mut node = self.leaf(position, element);
        let mut index = position;
        for siblings in &path.levels {
            Rejection::MerkleSiblings.unless_equal(siblings.len(), self.arity - 1)?;
            let (before, after) = siblings.split_at(index % self.arity);
            index /= self.arity;
            node = self.branch(before.iter().chain([&node]).chain(after));
        }
        Rejection::MerkleRoot.unless_equal(node, *root)
    }
}

impl VidPath {
    /// Reads `le64 levels ‖ levels × (le64 siblings ‖ siblings × 32 bytes)`.
    ///
    /// # Errors
    /// `merkle.form` for missing or trailing bytes; `merkle.levels` for more levels than any tree
    /// has. Whether the shape is that of the tree is for [`VidTree::verify`] to say.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Rejected> {
        let form = || Rejection::MerkleForm.with(bytes.len(), "le64 counts and 32-byte siblings");
        let mut reader = Reader::new(bytes);
        let count = reader.u64_le().ok_or_else(form)?;
        if count > LEVELS_LIMIT as u64 {
            return Err(Rejection::MerkleLevels.with(count, LEVELS_LIMIT));
        }
        let mut levels = Vec::new();
        for _ in 0..count {
            let siblings = usize::try_from(reader.u64_le().ok_or_else(form)?).map_err(|_| form())?;
            let length = siblings.checked_mul(EMPTY.len()).ok_or_else(form)?;
            let nodes = reader.take(length).ok_or_else(form)?;
            levels.push(nodes.as_chunks::<32>().0.to_vec());
        }
        if !reader.is_at_end() {
            return Err(form());
        }
        Ok(Self { levels })
    }

    /// Reads the text form `MERKLE_PROOF~…`.
    ///
    /// # Errors
    /// Those of [`tagged_base64::decode`] and of [`Self::from_bytes`].
    pub fn from_tagged(text: &str) -> Result<Self, Rejected> {
        Self::from_bytes(&tagged_base64::decode(text, PATH_TAG)?)
    }

    /// The path in bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = (self.levels.len() as u64).to_le_bytes().to_vec();
        for siblings in &self.levels {
            bytes.extend_from_slice(&(siblings.len() as u64).to_le_bytes());
            bytes.extend(siblings.iter().flatten());
        }
        bytes
    }

    /// The text form.
    pub fn to_tagged(&self) -> alloc::string::String {
        tagged_base64::encode(PATH_TAG, &self.to_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn elements(count: usize) -> Vec<Node> {
        (0..count).map(|index| keccak256(&[&index.to_le_bytes()])).collect()
    }

    fn code(result: Result<(), Rejected>) -> Rejection {
        result.unwrap_err().rejection
    }

    #[test]
    fn heights() {
        let heights = [0, 1, 3, 4, 9, 10, 1003].map(|count| AVIDM.height(count));
        assert_eq!(heights, [0, 0, 1, 2, 2, 3, 7]);
        let heights = [1, 4, 5, 16, 17, 1059].map(|count| AVIDM_GF2.height(count));
        assert_eq!(heights, [0, 1, 2, 2, 3, 6]);
    }

    #[test]
    fn one_leaf_is_the_root() {
        let element = elements(1);
        assert_eq!(AVIDM.root(&element), keccak256(&[b"1", &[0; 8], &element[0]]));
        let path = AVIDM.path(&element, 0).unwrap();
        assert!(path.levels.is_empty());
        AVIDM.verify(&path, 0, 1, &element[0], &AVIDM.root(&element)).unwrap();
    }

    #[test]
    fn other_shapes_are_refused() {
        let elements = elements(10);
        let root = AVIDM.root(&elements);
        let path = AVIDM.path(&elements, 4).unwrap();
        AVIDM.verify(&path, 4, 10, &elements[4], &root).unwrap();
        assert_eq!(code(AVIDM.verify(&path, 10, 10, &elements[4], &root)), Rejection::MerklePosition);
        assert_eq!(code(AVIDM.verify(&path, 4 + 27, 10, &elements[4], &root)), Rejection::MerklePosition);
        assert_eq!(code(AVIDM.verify(&path, 4, 9, &elements[4], &root)), Rejection::MerkleLevels);
        assert_eq!(code(AVIDM.verify(&path, 3, 10, &elements[4], &root)), Rejection::MerkleRoot);
        assert_eq!(code(AVIDM.verify(&path, 4, 10, &elements[5], &root)), Rejection::MerkleRoot);
        let mut short = path.clone();
        short.levels.pop();
        assert_eq!(code(AVIDM.verify(&short, 4, 10, &elements[4], &root)), Rejection::MerkleLevels);
        // An inner node offered as an element of a shallower tree: the domain byte tells.
        let inner = AVIDM.levels(&elements)[1][0];
        assert_eq!(code(AVIDM.verify(&VidPath { levels: vec![] }, 0, 1, &inner, &inner)), Rejection::MerkleRoot);
        for siblings in [1, 3] {
            let mut wide = path.clone();
            wide.levels[1].resize(siblings, EMPTY);
            assert_eq!(code(AVIDM.verify(&wide, 4, 10, &elements[4], &root)), Rejection::MerkleSiblings);
        }
    }

    #[test]
    fn paths_in_bytes_are_exact() {
        let path = AVIDM_GF2.path(&elements(20), 7).unwrap();
        let bytes = path.to_bytes();
        assert_eq!(VidPath::from_bytes(&bytes).unwrap(), path);
        assert_eq!(VidPath::from_tagged(&path.to_tagged()).unwrap(), path);
        let code = |bytes: &[u8]| VidPath::from_bytes(bytes).unwrap_err().rejection;
        for length in 0..bytes.len() {
            assert_eq!(code(&bytes[..length]), Rejection::MerkleForm, "{length}");
        }
        let mut longer = bytes.clone();
        longer.push(0);
        assert_eq!(code(&longer), Rejection::MerkleForm);
        assert_eq!(code(&[0xff; 8]), Rejection::MerkleLevels);
        let mut huge = 1u64.to_le_bytes().to_vec();
        huge.extend_from_slice(&u64::MAX.to_le_bytes());
        assert_eq!(code(&huge), Rejection::MerkleForm, "an overflowing count allocates nothing");
    }

    proptest! {
        #[test]
        fn every_path_verifies(count in 1usize..60, position in 0usize..60, gf2: bool) {
            let tree = if gf2 { AVIDM_GF2 } else { AVIDM };
            let elements = elements(count);
            match tree.path(&elements, position) {
                None => prop_assert!(position >= count),
                Some(path) => {
                    let root = tree.root(&elements);
                    prop_assert!(tree.verify(&path, position, count, &elements[position], &root).is_ok());
                }
            }
        }

        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(path) = VidPath::from_bytes(&bytes) {
                prop_assert_eq!(path.to_bytes(), bytes);
                let _ = AVIDM.verify(&path, 1, 5, &EMPTY, &EMPTY);
            }
        }
    }
}
