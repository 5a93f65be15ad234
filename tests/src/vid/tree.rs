//! The Merkle trees of payload encodings: EspressoSystems/jellyfish `merkle_tree/src/hasher.rs`.

use hotshot_light_client::encoding::committable::keccak256;

/// Arity and hash of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TreeHash {
    /// Arity 3 and Keccak-256: AvidM.
    Keccak3,
    /// Arity 4 and BLAKE3: AvidM over GF(2^16).
    Blake4,
}

impl TreeHash {
    const fn arity(self) -> usize {
        match self {
            Self::Keccak3 => 3,
            Self::Blake4 => 4,
        }
    }

    fn hash(self, parts: &[&[u8]]) -> [u8; 32] {
        match self {
            Self::Keccak3 => keccak256(parts),
            Self::Blake4 => {
                let mut hasher = blake3::Hasher::new();
                parts.iter().for_each(|part| {
                    hasher.update(part);
                });
                hasher.finalize().into()
            }
        }
    }

    fn leaves(self, elements: &[[u8; 32]]) -> Vec<[u8; 32]> {
        let leaf = |(position, element): (u64, &[u8; 32])| self.hash(&[b"1", &position.to_le_bytes(), element]);
        (0u64..).zip(elements).map(leaf).collect()
    }

    fn parents(self, nodes: &[[u8; 32]]) -> Vec<[u8; 32]> {
        let parent = |children: &[[u8; 32]]| {
            let mut parts: Vec<&[u8]> = vec![b"0"];
            parts.extend(children.iter().map(|child| child.as_slice()));
            parts.resize(1 + self.arity(), &[0; 32]);
            self.hash(&parts)
        };
        nodes.chunks(self.arity()).map(parent).collect()
    }
}

/// The root over the elements; of one element, its leaf.
pub fn root(hash: TreeHash, elements: &[[u8; 32]]) -> [u8; 32] {
    let mut nodes = hash.leaves(elements);
    while nodes.len() > 1 {
        nodes = hash.parents(&nodes);
    }
    nodes.first().copied().unwrap_or_default()
}

/// The bytes of the `MERKLE_PROOF~` of one element: le64 levels, then per level le64 siblings and
/// the siblings in order, from the leaf up.
pub fn merkle_proof(hash: TreeHash, elements: &[[u8; 32]], position: usize) -> Vec<u8> {
    let (mut nodes, mut index, mut levels, mut body) = (hash.leaves(elements), position, 0u64, Vec::new());
    while nodes.len() > 1 {
        let first = index - index % hash.arity();
        body.extend((hash.arity() as u64 - 1).to_le_bytes());
        for sibling in (first..first + hash.arity()).filter(|sibling| *sibling != index) {
            body.extend(nodes.get(sibling).copied().unwrap_or_default());
        }
        nodes = hash.parents(&nodes);
        index /= hash.arity();
        levels += 1;
    }
    [levels.to_le_bytes().as_slice(), &body].concat()
}
