//! A whole payload, recomputed to the header's payload commitment.

use alloc::vec::Vec;

use crate::data::block::BlockContext;
use crate::data::builder_commitment::BuilderHasher;
use crate::data::namespace_answer::{ServedCommon, check_common, choose_parameters};
use crate::data::namespace_payload::NamespacePayload;
use crate::data::vid::namespace_commitment::NamespaceCommitment;
use crate::data::vid::parameters::{ParameterSource, VidParameters};
use crate::data::vid::scheme::VidScheme;
use crate::encoding::bytes::from_base64;
use crate::encoding::json::Json;
use crate::hash::merkle_node::Node;
use crate::rejection::{Rejected, Rejection};

/// The payload of one final block: proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedPayload {
    block: BlockContext,
    bytes: Vec<u8>,
    parameters: ParameterSource,
}

impl VerifiedPayload {
    /// The block.
    pub const fn block(&self) -> &BlockContext {
        &self.block
    }

    /// All bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether the number of shares came from the verified stake table or from the server.
    pub const fn parameter_source(&self) -> ParameterSource {
        self.parameters
    }

    /// The transactions of a namespace; none if the block does not have it.
    pub fn transactions(&self, id: u64) -> NamespacePayload<'_> {
        let range = self.block.namespace_table().find(id).map_or(0..0, |namespace| namespace.range);
        NamespacePayload::new(self.bytes.get(range).unwrap_or_default())
    }
}

/// The object with the payload in an answer of `light-client/payload/{height}` or
/// `availability/payload/{height}`: `{"raw_payload": padded base64, "ns_table": …}`, bare or under
/// `payload` (with `vid_common` beside it) or `data`.
fn payload_object<'b, 'a>(answer: &'b Json<'a>) -> Result<&'b Json<'a>, Rejected> {
    Ok(answer.find("data")?.or(answer.find("payload")?).unwrap_or(answer))
}

/// The bytes in an answer of `light-client/payload/{height}` or `availability/payload/{height}`, whatever
/// their length: for those who look at it themselves.
///
/// # Errors
/// Errors of the JSON types, `base64.form`.
pub fn payload_bytes(answer: &Json<'_>) -> Result<Vec<u8>, Rejected> {
    from_base64(payload_object(answer)?.text_of("raw_payload")?)
}

/// The verification of one payload, in units of a bounded amount of work.
#[derive(Clone, Debug)]
pub struct PayloadVerification {
    payload: VerifiedPayload,
    parameters: VidParameters,
    /// The check of the builder's commitment comes first.
    builder: Option<BuilderHasher>,
    done: Vec<Node>,
    current: Option<NamespaceCommitment>,
}

impl PayloadVerification {
    /// Checks the length, and starts.
    ///
    /// # Errors
    /// `namespace.table_end` if the table does not cover exactly these bytes, `vid.scheme` for ADVZ.
    pub fn begin(block: BlockContext, bytes: Vec<u8>, parameters: VidParameters) -> Result<Self, Rejected> {
        let table = block.namespace_table();
        table.check_payload_length(bytes.len())?;
        block.scheme().tree()?;
        let builder = BuilderHasher::new(bytes.len(), table.to_bytes().len());
        let payload = VerifiedPayload { block, bytes, parameters: parameters.source() };
        Ok(Self { payload, parameters, builder: Some(builder), done: Vec::new(), current: None })
    }

    /// Reads an answer of `light-client/payload/{height}` or `availability/payload/{height}`, and starts.
    ///
    /// `parameters` are those of the block's epoch. Where the stake table of an old epoch is no longer
    /// known, `None` takes the number of shares from the `vid_common` beside the payload, and the result
    /// says so; the threshold is a third of it in any case. The payload is cut by the header's namespace
    /// table: the one that comes with it may only repeat it.
    ///
    /// # Errors
    /// `namespace.unproven` for ADVZ, `namespace.table_end` for another length than the header's table
    /// covers, `payload.table` for another table, `vid.parameters`, `vid.common`, `namespace.variant`,
    /// `base64.form` and errors of the JSON types.
    pub fn from_answer(
        block: BlockContext,
        answer: &Json<'_>,
        parameters: Option<&VidParameters>,
    ) -> Result<Self, Rejected> {
        if block.scheme() == VidScheme::Advz {
            return Err(Rejection::NamespaceUnproven.with("V0", "a payload under protocol 0.3 or later"));
        }
        let object = payload_object(answer)?;
        let text = object.text_of("raw_payload")?;
        let table = block.namespace_table();
        // Four characters for three bytes: what cannot be the length is not decoded.
        if text.len() / 4 > table.payload_length().div_ceil(3) {
            table.check_payload_length(text.len() / 4 * 3)?;
        }
        if let Some(served) = object.find("ns_table")?.and_then(Json::non_null) {
            let served = from_base64(served.text_of("bytes")?)?;
            if served != table.to_bytes() {
                return Err(Rejection::PayloadTable.with(served.len(), table.to_bytes().len()));
            }
        }
        let common = answer.find("vid_common")?.and_then(Json::non_null);
        let common = common.map(|common| ServedCommon::from_json(common, block.scheme())).transpose()?;
        let parameters = choose_parameters(parameters, common.as_ref())?;
        if let Some(common) = &common {
            check_common(&block, common)?;
        }
        Self::begin(block, from_base64(text)?, parameters)
    }

    /// Does at most `budget` units of work; `true` once all is done.
    ///
    /// The builder's commitment is a further check, never instead of the payload commitment.
    ///
    /// # Errors
    /// `payload.builder_commitment`, `vid.parameters`, `vid.scheme`.
    pub fn step(&mut self, budget: usize) -> Result<bool, Rejected> {
        let VerifiedPayload { block, bytes, .. } = &self.payload;
        let ranges = block.dispersed_ranges();
        for _ in 0..budget {
            if let Some(mut builder) = self.builder.take() {
                if builder.is_at_end(bytes) {
                    let found = builder.finish(&block.namespace_table().to_bytes());
                    Rejection::BuilderCommitment.unless_equal(found, *block.builder_commitment())?;
                } else {
                    builder.step(bytes);
                    self.builder = Some(builder);
                }
                continue;
            }
            let Some(range) = ranges.get(self.done.len()) else { return Ok(true) };
            let bytes = bytes.get(range.clone()).unwrap_or_default();
            let mut current = match self.current.take() {
                Some(current) => current,
                None => NamespaceCommitment::new(block.scheme(), bytes.len(), &self.parameters)?,
            };
            // The end is a unit of its own.
            match current.remaining() {
                0 => self.done.push(current.finish(bytes)),
                _ => {
                    current.step(bytes);
                    self.current = Some(current);
                }
            }
        }
        Ok(self.builder.is_none() && self.done.len() == ranges.len())
    }

    /// Does what is left and gives the result.
    ///
    /// # Errors
    /// Those of [`Self::step`], and `vid.commitment` if the payload is not the header's.
    pub fn finish(mut self) -> Result<VerifiedPayload, Rejected> {
        while !self.step(usize::MAX)? {}
        let root = self.payload.block.scheme().tree()?.root(&self.done);
        Rejection::VidCommitment.unless_equal(root, *self.payload.block.payload_commitment())?;
        Ok(self.payload)
    }
}

/// Verifies a payload all at once.
///
/// # Errors
/// Those of [`PayloadVerification::begin`] and [`PayloadVerification::finish`].
pub fn verify_payload(
    block: &BlockContext,
    bytes: Vec<u8>,
    parameters: &VidParameters,
) -> Result<VerifiedPayload, Rejected> {
    PayloadVerification::begin(block.clone(), bytes, *parameters)?.finish()
}
