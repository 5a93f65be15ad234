//! Headers of a stretch of the chain below a leaf that is known to be final, by hashes alone.
//!
//! Every leaf commits to its parent, so a final leaf makes all leaves before it final. This is how a
//! range of heights is scanned without gaps: no height can be skipped in a chain of hashes.

use alloc::vec::Vec;

use crate::consensus::header::Header;
use crate::consensus::leaf::CertifiedLeaf;
use crate::consensus::verified::Verified;
use crate::encoding::committable::Commitment;
use crate::encoding::json::Json;
use crate::rejection::{Rejected, Rejection};

/// The headers of a stretch, lowest first, and the commitment of the leaf below it.
#[derive(Clone, Debug)]
pub struct LinkedHeaders {
    /// The headers.
    pub headers: Vec<Verified<Header>>,
    /// What the lowest leaf says its parent is.
    pub parent: Commitment,
}

/// Verifies an answer of `availability/leaf/{from}/{until}` whose last leaf has the commitment
/// `last`, which has to be that of a final leaf. Certificates in the answer are not read.
///
/// # Errors
/// `leaf.range` for another number of leaves or other heights, `leaf.commitment` if the last leaf is
/// another one, `leaf.parent` if a leaf is not the parent of the next, and the errors of
/// [`CertifiedLeaf::from_json`].
pub fn verify_leaf_range(
    answer: &Json<'_>,
    from: u64,
    until: u64,
    last: &Commitment,
) -> Result<LinkedHeaders, Rejected> {
    let items = answer.items()?;
    Rejection::LeafRange.unless_equal(items.len() as u64, until.saturating_sub(from))?;
    let mut expected = *last;
    let mut headers = Vec::with_capacity(items.len());
    for (item, height) in items.iter().rev().zip((from..until).rev()) {
        let leaf = CertifiedLeaf::from_json(item)?.leaf;
        Rejection::LeafRange.unless_equal(leaf.height(), height)?;
        let rejection = if height + 1 == until { Rejection::LeafCommitment } else { Rejection::LeafParent };
        rejection.unless_equal(leaf.commitment(), expected)?;
        expected = leaf.parent_commitment;
        headers.push(Verified::new(leaf.header));
    }
    headers.reverse();
    Ok(LinkedHeaders { headers, parent: expected })
}
