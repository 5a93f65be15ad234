//! What a server answers when asked for a namespace, before anything of it is believed.
//!
//! | endpoint | form |
//! |---|---|
//! | `light-client/namespace/{height}/{ns}` | `{"proof": null \| {"proof": P, "common": C}}` |
//! | `availability/block/{height}/namespace/{ns}` | `{"proof": null \| P, "transactions": […]}` |
//!
//! `P` is `{"V1": {"ns_index", "ns_payload", "ns_proof"}}` or another variant, `C` is
//! `{"V1": {"total_weights", "recovery_threshold"}}` or
//! `{"V2": {"param": {…}, "ns_commits": […], "ns_lens": […]}}`. The list of transactions is not
//! read: they are recomputed from the proven bytes. Source: `espresso-network`
//! `light-client/src/client.rs`, `consensus/namespace.rs`.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use crate::data::block::BlockContext;
use crate::data::vid::parameters::VidParameters;
use crate::data::vid::scheme::VidScheme;
use crate::encoding::bytes::from_base64;
use crate::encoding::json::Json;
use crate::encoding::tagged_base64::decode_array;
use crate::hash::merkle_node::Node;
use crate::hash::merkle_vid::VidPath;
use crate::rejection::{Operand, Rejected, Rejection};

/// A namespace proof as it was sent.
#[derive(Clone, Debug)]
pub struct ServedProof<'a> {
    /// The claimed place in the table.
    pub index: u64,
    /// The claimed bytes, not yet decoded: their length is checked first.
    payload: &'a Json<'a>,
    /// The path from the namespace's commitment to the payload commitment.
    pub path: VidPath,
    /// Common data of the dispersal, if they were sent.
    pub common: Option<ServedCommon>,
}

/// Common data of a dispersal as they were sent.
#[derive(Clone, Debug)]
pub struct ServedCommon {
    /// The claimed number of shares.
    pub total_weight: u64,
    /// The claimed number of shares that recover the payload.
    pub recovery_threshold: u64,
    /// With AvidmGf2 the claimed commitment and length of each namespace.
    pub namespaces: Option<Vec<(Node, u64)>>,
}

/// The name and the body of the one variant of an object.
fn variant<'b, 'a>(json: &'b Json<'a>) -> Result<(&'b Cow<'a, str>, &'b Json<'a>), Rejected> {
    match json.members()? {
        [(name, body)] => Ok((name, body)),
        members => Err(Rejection::NamespaceAnswer.with(members.len(), "one variant")),
    }
}

/// The body of the variant of this scheme.
fn expect_variant<'b, 'a>(json: &'b Json<'a>, scheme: VidScheme) -> Result<&'b Json<'a>, Rejected> {
    let (name, body) = variant(json)?;
    if matches!(name.as_ref(), "V1IncorrectEncoding" | "V2IncorrectEncoding") {
        return Err(Rejection::NamespaceUnproven.with(Operand::foreign(name), "a proof of inclusion"));
    }
    if name != scheme.variant() {
        return Err(Rejection::NamespaceVariant.with(Operand::foreign(name), scheme.variant()));
    }
    if scheme == VidScheme::Advz {
        return Err(Rejection::NamespaceUnproven.with("V0", "a proof under protocol 0.3 or later"));
    }
    Ok(body)
}

impl ServedCommon {
    /// Reads common data of the scheme.
    ///
    /// # Errors
    /// `namespace.variant` for those of another scheme, `vid.common` if the list of lengths is not
    /// as long as that of commitments, errors of the JSON types and of tagged strings.
    pub fn from_json(json: &Json<'_>, scheme: VidScheme) -> Result<Self, Rejected> {
        let body = expect_variant(json, scheme)?;
        let (parameters, namespaces) = match scheme {
            VidScheme::AvidmGf2 => {
                let (commits, lengths) = (body.get("ns_commits")?.items()?, body.get("ns_lens")?.items()?);
                Rejection::VidCommon.unless_equal(lengths.len(), commits.len())?;
                let namespaces = commits
                    .iter()
                    .zip(lengths)
                    .map(|(commit, length)| Ok((decode_array(commit.text()?, scheme.tag())?, length.u64()?)));
                (body.get("param")?, Some(namespaces.collect::<Result<_, Rejected>>()?))
            }
            VidScheme::Advz | VidScheme::AvidM => (body, None),
        };
        Ok(Self {
            total_weight: parameters.get("total_weights")?.u64()?,
            recovery_threshold: parameters.get("recovery_threshold")?.u64()?,
            namespaces,
        })
    }
}

impl<'a> ServedProof<'a> {
    /// Reads the answer of either endpoint, or a bare proof; `None` if it says that the namespace
    /// is not in the block.
    ///
    /// # Errors
    /// `namespace.answer` for an unknown form, `namespace.variant` for a proof or common data of
    /// another scheme, `namespace.unproven` for a proof of incorrect encoding and for ADVZ,
    /// `vid.common`, `merkle.form`, errors of the JSON types and of tagged strings.
    pub fn from_json(json: &'a Json<'a>, scheme: VidScheme) -> Result<Option<Self>, Rejected> {
        let mut proof = json;
        let mut common = None;
        // The longest form has a `proof` inside a `proof`.
        for _ in 0..2 {
            if let Some(served) = proof.find("common")? {
                common = served.non_null();
            }
            match proof.find("proof")? {
                Some(inner) => match inner.non_null() {
                    Some(inner) => proof = inner,
                    None => return Ok(None),
                },
                None => break,
            }
        }
        let body = expect_variant(proof, scheme)?;
        Ok(Some(Self {
            index: body.get("ns_index")?.u64()?,
            payload: body.get("ns_payload")?,
            path: VidPath::from_tagged(body.get("ns_proof")?.text()?)?,
            common: common.map(|common| ServedCommon::from_json(common, scheme)).transpose()?,
        }))
    }

    /// The claimed bytes, which have to be exactly `length`: base64, in older answers a list of
    /// integers.
    ///
    /// # Errors
    /// `namespace.length_mismatch`, `base64.form`, errors of the JSON types.
    pub fn payload(&self, length: usize) -> Result<Vec<u8>, Rejected> {
        let mismatch = |got: usize| Rejection::NamespaceLengthMismatch.with(got, length);
        match self.payload {
            Json::Array(items) if items.len() != length => Err(mismatch(items.len())),
            Json::Array(items) => items.iter().map(Json::narrow).collect(),
            _ => {
                let text = self.payload.text()?;
                // Four characters for three bytes: what cannot be the length is not decoded.
                if text.len() / 4 > length.div_ceil(3) {
                    return Err(mismatch(text.len() / 4 * 3));
                }
                let bytes = from_base64(text)?;
                if bytes.len() == length { Ok(bytes) } else { Err(mismatch(bytes.len())) }
            }
        }
    }
}

/// The parameters of the block's epoch, or without them those that were served; what is served beside
/// them has to agree.
///
/// # Errors
/// `vid.parameters`.
pub(crate) fn choose_parameters(
    own: Option<&VidParameters>,
    common: Option<&ServedCommon>,
) -> Result<VidParameters, Rejected> {
    let parameters = match (own, common) {
        (Some(own), _) => *own,
        (None, Some(common)) => VidParameters::from_served(common.total_weight)?,
        (None, None) => return Err(Rejection::VidParameters.with("no common data", "a number of shares")),
    };
    if let Some(common) = common {
        parameters.check_served(common.total_weight, common.recovery_threshold)?;
    }
    Ok(parameters)
}

/// Checks that the namespaces in common data are those of the header, and gives their claimed
/// commitments. They are not needed where the bytes are there, but what contradicts a header is
/// not passed over.
///
/// # Errors
/// `vid.common`.
pub(crate) fn check_common(block: &BlockContext, common: &ServedCommon) -> Result<Option<Vec<Node>>, Rejected> {
    let Some(namespaces) = &common.namespaces else { return Ok(None) };
    let ranges = block.dispersed_ranges();
    Rejection::VidCommon.unless_equal(namespaces.len(), ranges.len())?;
    for ((_, length), range) in namespaces.iter().zip(&ranges) {
        Rejection::VidCommon.unless_equal(*length, range.len() as u64)?;
    }
    let commitments: Vec<Node> = namespaces.iter().map(|(commitment, _)| *commitment).collect();
    let root = block.scheme().tree()?.root(&commitments);
    Rejection::VidCommon.unless_equal(root, *block.payload_commitment())?;
    Ok(Some(commitments))
}
