//! A whole payload, recomputed to the header's payload commitment.

use alloc::vec::Vec;

use crate::data::block::BlockContext;
use crate::data::builder_commitment::builder_commitment;
use crate::data::namespace_payload::NamespacePayload;
use crate::data::vid::namespace_commitment::NamespaceCommitment;
use crate::data::vid::parameters::VidParameters;
use crate::encoding::bytes::from_base64;
use crate::encoding::json::Json;
use crate::hash::merkle_node::Node;
use crate::rejection::{Rejected, Rejection};

/// The payload of one final block: proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedPayload {
    block: BlockContext,
    bytes: Vec<u8>,
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

    /// The transactions of a namespace; none if the block does not have it.
    pub fn transactions(&self, id: u64) -> NamespacePayload<'_> {
        let range = self.block.namespace_table().find(id).map_or(0..0, |namespace| namespace.range);
        NamespacePayload::new(self.bytes.get(range).unwrap_or_default())
    }
}

/// The bytes in an answer of `light-client/payload/{height}` or `availability/payload/{height}`:
/// `{"raw_payload": padded base64, "ns_table": …}`, bare or under `data` or `payload`.
///
/// The answer's own namespace table is not read: the header's is the one that counts.
///
/// # Errors
/// Errors of the JSON types, `base64.form`.
pub fn payload_bytes(answer: &Json<'_>) -> Result<Vec<u8>, Rejected> {
    let body = match (answer.find("data")?, answer.find("payload")?) {
        (Some(inner), _) | (None, Some(inner)) => inner,
        (None, None) => answer,
    };
    from_base64(body.get("raw_payload")?.text()?)
}

/// The verification of one payload, in units of a bounded amount of work.
#[derive(Clone, Debug)]
pub struct PayloadVerification {
    payload: VerifiedPayload,
    parameters: VidParameters,
    done: Vec<Node>,
    current: Option<NamespaceCommitment>,
}

impl PayloadVerification {
    /// Checks the length and the builder commitment, and starts. The second is a further check,
    /// never instead of the payload commitment.
    ///
    /// # Errors
    /// `namespace.table_end` if the table does not cover exactly these bytes,
    /// `payload.builder_commitment`, `vid.scheme` for ADVZ.
    pub fn begin(block: BlockContext, bytes: Vec<u8>, parameters: VidParameters) -> Result<Self, Rejected> {
        block.namespace_table().check_payload_length(bytes.len())?;
        block.scheme().tree()?;
        let found = builder_commitment(&bytes, &block.namespace_table().to_bytes());
        Rejection::BuilderCommitment.unless_equal(found, *block.builder_commitment())?;
        Ok(Self { payload: VerifiedPayload { block, bytes }, parameters, done: Vec::new(), current: None })
    }

    /// Does at most `budget` units of work; `true` once all is done.
    ///
    /// # Errors
    /// `vid.parameters`, `vid.scheme`.
    pub fn step(&mut self, budget: usize) -> Result<bool, Rejected> {
        let ranges = self.payload.block.dispersed_ranges();
        for _ in 0..budget {
            let Some(range) = ranges.get(self.done.len()) else { return Ok(true) };
            let bytes = self.payload.bytes.get(range.clone()).unwrap_or_default();
            let mut current = match self.current.take() {
                Some(current) => current,
                None => NamespaceCommitment::new(self.payload.block.scheme(), bytes.len(), &self.parameters)?,
            };
            current.step(bytes);
            match current.remaining() {
                0 => self.done.push(current.finish(bytes)),
                _ => self.current = Some(current),
            }
        }
        Ok(self.done.len() == ranges.len())
    }

    /// Does what is left and gives the result.
    ///
    /// # Errors
    /// `vid.commitment` if the payload is not the header's.
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
