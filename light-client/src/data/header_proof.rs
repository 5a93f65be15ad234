//! Older headers under the block tree of a verified one.
//!
//! `light-client/header/{root}/{height}` answers `{"header": H, "proof": path}`, where the path leads
//! from the commitment of `H` to the block tree that the header of height `root` commits to. Source:
//! `espresso-network` `light-client/src/consensus/header.rs`.

use core::borrow::Borrow;

use crate::consensus::header::Header;
use crate::consensus::verified::Verified;
use crate::encoding::json::Json;
use crate::hash::merkle_append::{self, BLOCK_TREE};
use crate::rejection::{Rejected, Rejection};

/// Verifies that the header in an answer is that of block `height` of the chain of `root`.
///
/// # Errors
/// `header.height` if the answer is about another height, `merkle.position` if `height` is not below
/// that of `root`, `merkle.commitment` if the root's tree is not one of all blocks before it, and the
/// errors of [`Header::from_json`] and [`merkle_append::verify`].
pub fn verify_header(
    answer: &Json<'_>,
    root: &Verified<impl Borrow<Header>>,
    height: u64,
) -> Result<Verified<Header>, Rejected> {
    let root: &Header = (**root).borrow();
    let tree = &root.block_merkle_tree_root;
    Rejection::MerkleCommitment.unless_equal(tree.height, BLOCK_TREE.height as u64)?;
    Rejection::MerkleCommitment.unless_equal(tree.leaves, root.height)?;
    let header = Header::from_json(answer.get("header")?)?;
    Rejection::HeaderHeight.unless_equal(header.height, height)?;
    merkle_append::verify(answer.get("proof")?, height, tree.leaves, &header.commitment(), &tree.root)?;
    Ok(Verified::new(header))
}
