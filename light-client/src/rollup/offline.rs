//! Bundles as a pure function: bytes in, a plain result out, for the command line and for JavaScript.
//!
//! As with [`crate::data::offline`], the root is a header whose hash the caller trusts already.

use alloc::vec::Vec;

use crate::data::block::BlockContext;
use crate::data::namespace_proof::verify_namespace;
use crate::data::offline::{parameters, trusted_header};
use crate::encoding::json::parse;
use crate::rejection::{Rejected, Rejection};
use crate::rollup::bundle::{Leg, verify_bundle};
use crate::rollup::report::BundleReport;

/// A bundle in one block. `bundle` is `{"legs": [leg, …], "answers": [{"namespace", "answer"}, …]}`,
/// with legs as [`Leg::from_json`] reads them and one answer for each of their namespaces.
///
/// # Errors
/// `header.hash`, those of [`verify_namespace`], [`Leg::from_json`] and [`verify_bundle`].
pub fn bundle(header: &[u8], block: &str, bundle: &[u8], total_weight: Option<u64>) -> Result<BundleReport, Rejected> {
    let context = BlockContext::new(&trusted_header(header, block)?)?;
    let parameters = parameters(&context, total_weight)?;
    let json = parse(bundle)?;
    let legs = Leg::list_from_json(json.get("legs")?)?;
    let answers = json.get("answers")?.items()?;
    if answers.len() > legs.len() {
        return Err(Rejection::BundleLegs.with(answers.len(), legs.len()));
    }
    let mut namespaces = Vec::with_capacity(answers.len());
    for answer in answers {
        let id = answer.get("namespace")?.u64()?;
        namespaces.push(verify_namespace(&context, id, answer.get("answer")?, parameters.as_ref())?);
    }
    Ok((&verify_bundle(&context, &legs, &namespaces)?).into())
}
