//! What all the Merkle trees share: 32-byte nodes, an absent child of zeros, a hash over children.

use sha3::Digest as _;

/// The hash of a node or of a leaf.
pub type Node = [u8; 32];

/// What stands in for a child that is not there, and for the root of an empty tree.
pub const EMPTY: Node = [0; 32];

/// A hash over the concatenation of the parts.
pub type HashFunction = fn(&[&[u8]]) -> Node;

/// SHA3-256: block, fee and first reward trees.
pub fn sha3_256(parts: &[&[u8]]) -> Node {
    let mut hasher = sha3::Sha3_256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// BLAKE3, unkeyed: AvidmGf2.
pub fn blake3(parts: &[&[u8]]) -> Node {
    let mut hasher = ::blake3::Hasher::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}
