//! The proofs of what is in a block as pure functions: bytes in, plain results out, for the command line
//! and for JavaScript.
//!
//! The root of every proof is a header and the block hash that the caller already trusts: from
//! following the chain, from a checkpoint, from an earlier proof. A hash from a server proves nothing.

use crate::consensus::header::Header;
use crate::consensus::verified::Verified;
use crate::data::account_proof::{Ledger, verify_account};
use crate::data::block::{BlockContext, header_with_trusted_hash};
use crate::data::header_proof::verify_header;
use crate::data::namespace_proof::NamespaceVerification;
use crate::data::payload::PayloadVerification;
use crate::data::report::{AccountReport, HeaderReport, NamespaceReport};
use crate::data::vid::parameters::VidParameters;
use crate::encoding::bytes::from_hex;
use crate::encoding::json::parse;
use crate::encoding::tagged_base64::{decode_array, tag};
use crate::rejection::Rejected;

/// A header whose block hash the caller trusts.
///
/// # Errors
/// Errors of tagged strings, and those of [`header_with_trusted_hash`].
pub fn trusted_header(header: &[u8], block: &str) -> Result<Verified<Header>, Rejected> {
    header_with_trusted_hash(&parse(header)?, &decode_array(block, tag::BLOCK)?)
}

/// The parameters of a block for a number of shares that the caller has from the verified stake table
/// of its epoch, if that is known.
///
/// # Errors
/// `vid.parameters`.
pub fn parameters(block: &BlockContext, total_weight: Option<u64>) -> Result<Option<VidParameters>, Rejected> {
    if block.height() == 0 {
        return Ok(Some(VidParameters::GENESIS));
    }
    total_weight.map(VidParameters::from_total_weight).transpose()
}

/// A header that the caller trusts by its hash, or, with an `answer` of
/// `light-client/header/{root}/{height}`, an older one under it.
///
/// # Errors
/// `header.hash`, and those of [`verify_header`].
pub fn header(root: &[u8], block: &str, older: Option<(u64, &[u8])>) -> Result<HeaderReport, Rejected> {
    let root = trusted_header(root, block)?;
    let header = match older {
        Some((height, answer)) => verify_header(&parse(answer)?, &root, height)?,
        None => root,
    };
    HeaderReport::of(&header)
}

/// Begins to check what a block holds for a namespace. `total_weight` is the number of shares under
/// the verified stake table of the block's epoch; without it, it is taken from the answer, and the
/// result says so.
///
/// # Errors
/// `header.hash`, and those of [`NamespaceVerification::begin`].
pub fn begin_namespace(
    header: &[u8],
    block: &str,
    namespace: u64,
    answer: &[u8],
    total_weight: Option<u64>,
) -> Result<NamespaceVerification, Rejected> {
    let context = BlockContext::new(&trusted_header(header, block)?)?;
    let parameters = parameters(&context, total_weight)?;
    NamespaceVerification::begin(&context, namespace, &parse(answer)?, parameters.as_ref())
}

/// What a block holds for a namespace, all at once.
///
/// # Errors
/// Those of [`begin_namespace`] and [`NamespaceVerification::finish`].
pub fn namespace(
    header: &[u8],
    block: &str,
    namespace: u64,
    answer: &[u8],
    total_weight: Option<u64>,
) -> Result<NamespaceReport, Rejected> {
    Ok((&begin_namespace(header, block, namespace, answer, total_weight)?.finish()?).into())
}

/// Begins to check the whole payload of a block: an answer of `light-client/payload/{height}` or
/// `availability/payload/{height}`. `total_weight` as in [`begin_namespace`].
///
/// # Errors
/// `header.hash`, and those of [`PayloadVerification::from_answer`].
pub fn begin_payload(
    header: &[u8],
    block: &str,
    answer: &[u8],
    total_weight: Option<u64>,
) -> Result<PayloadVerification, Rejected> {
    let context = BlockContext::new(&trusted_header(header, block)?)?;
    let parameters = parameters(&context, total_weight)?;
    PayloadVerification::from_answer(context, &parse(answer)?, parameters.as_ref())
}

/// What an account holds under a header.
///
/// # Errors
/// `header.hash`, `hex.form`, and those of [`verify_account`].
pub fn account(
    header: &[u8],
    block: &str,
    ledger: Ledger,
    account: &str,
    answer: &[u8],
) -> Result<AccountReport, Rejected> {
    let header = trusted_header(header, block)?;
    Ok((&verify_account(&parse(answer)?, &header, ledger, &from_hex(account)?)?).into())
}
