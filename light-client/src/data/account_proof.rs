//! What an account holds under a verified header: fees paid in, and rewards.
//!
//! Two forms of answer are read: `{"account", "proof": {"Presence" | "Absence": path}}`, as it is
//! or under `proof` beside a `balance` (which is not read), from `catchup/{height}/…/account/{address}`
//! and `reward-state-v2/proof/{height}/{address}`.

use core::borrow::Borrow;

use crate::consensus::header::{Header, MerkleCommitment};
use crate::consensus::verified::Verified;
use crate::consensus::version::Version;
use crate::encoding::integer::U256;
use crate::encoding::json::Json;
use crate::hash::merkle_sparse::{AccountTree, Address};
use crate::rejection::{Rejected, Rejection};

/// Which of a header's trees of accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ledger {
    /// Balances for the fees of blocks.
    Fee,
    /// Lifetime rewards of validators and delegators.
    Reward,
}

/// What an account holds: proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedAccount {
    /// The height of the header.
    pub height: u64,
    /// Which tree.
    pub ledger: Ledger,
    /// The account.
    pub account: Address,
    /// The amount in wei; `None` if the account is proven not to be in the tree.
    pub amount: Option<U256>,
}

/// The tree of a ledger under a header, and its form.
fn tree_of(header: &Header, ledger: Ledger) -> Result<(AccountTree, MerkleCommitment), Rejected> {
    let (tree, commitment) = match ledger {
        Ledger::Fee => (AccountTree::ByByte, Some(header.fee_merkle_tree_root)),
        Ledger::Reward if header.version >= Version::V0_4 => (AccountTree::ByBit, header.reward_merkle_tree_root),
        Ledger::Reward => (AccountTree::ByByte, header.reward_merkle_tree_root),
    };
    let commitment =
        commitment.ok_or_else(|| Rejection::MerkleCommitment.with("no reward tree before 0.3", "a reward tree"))?;
    Rejection::MerkleCommitment.unless_equal(commitment.height, tree.shape().height as u64)?;
    Ok((tree, commitment))
}

/// Verifies what an account holds under a header.
///
/// # Errors
/// `merkle.commitment` if the header has no such tree, and the errors of [`AccountTree::verify`].
pub fn verify_account(
    answer: &Json<'_>,
    header: &Verified<impl Borrow<Header>>,
    ledger: Ledger,
    account: &Address,
) -> Result<VerifiedAccount, Rejected> {
    let header: &Header = (**header).borrow();
    let (tree, commitment) = tree_of(header, ledger)?;
    let proof = match answer.find("account")? {
        Some(_) => answer,
        None => answer.get("proof")?,
    };
    let amount = tree.verify(proof, account, &commitment.root)?;
    Ok(VerifiedAccount { height: header.height, ledger, account: *account, amount })
}
