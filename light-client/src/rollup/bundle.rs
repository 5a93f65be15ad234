//! Atomic cross-rollup bundles: transactions of several namespaces, all in one final block.
//!
//! There is no bundle in the payload format, so one is a list of legs. That all legs are in one
//! verified header shows that they became final together and in one order. It does not show that a
//! leg is executed: it may revert on its rollup, or lose its position to an earlier message.

use alloc::vec::Vec;

use crate::data::block::BlockContext;
use crate::data::namespace_payload::{NamespaceTransaction, TransactionCursor};
use crate::data::namespace_proof::VerifiedNamespace;
use crate::data::transaction::{TRANSACTION_TAG, transaction_commitment};
use crate::encoding::bytes::{from_base64, from_hex};
use crate::encoding::committable::{Commitment, keccak256};
use crate::encoding::json::Json;
use crate::encoding::tagged_base64::decode_array;
use crate::ordered::sort_by;
use crate::rejection::{Rejected, Rejection};
use crate::rollup::config::RollupConfig;
use crate::rollup::l2_transactions::TransactionHash;
use crate::rollup::message::{Message, MessageReading, Place};

/// The domain of bundle identifiers.
pub const BUNDLE_DOMAIN: &[u8] = b"HotShot light client bundle v1";

/// The most legs of a bundle.
pub const LEGS_LIMIT: usize = 64;

/// What a leg has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// A transaction of exactly these bytes.
    Bytes(Vec<u8>),
    /// A transaction whose commitment is this.
    Commitment(Commitment),
    /// A message that holds this L2 transaction, signed by an authority of the rollup.
    L2Transaction(RollupConfig, TransactionHash),
}

/// One leg of a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leg {
    /// The namespace.
    pub namespace: u32,
    /// What has to be in it.
    pub expected: Expected,
}

impl Leg {
    /// Reads `{"namespace", "bytes": base64}`, `{"namespace", "commitment": "TX~…"}` or
    /// `{"rollup": configuration, "transaction": "0x…"}`.
    ///
    /// # Errors
    /// Errors of the JSON types, `base64.form`, `hex.form`, those of tagged strings and of
    /// [`RollupConfig::from_json`].
    pub fn from_json(json: &Json<'_>) -> Result<Self, Rejected> {
        if let Some(rollup) = json.find("rollup")? {
            let config = RollupConfig::from_json(rollup)?;
            let hash = from_hex(json.get("transaction")?.text()?)?;
            return Ok(Self { namespace: config.namespace, expected: Expected::L2Transaction(config, hash) });
        }
        let expected = match json.find("bytes")? {
            Some(bytes) => Expected::Bytes(from_base64(bytes.text()?)?),
            None => Expected::Commitment(decode_array(json.get("commitment")?.text()?, TRANSACTION_TAG)?),
        };
        Ok(Self { namespace: json.get("namespace")?.narrow()?, expected })
    }

    /// Reads a list of legs.
    ///
    /// # Errors
    /// `bundle.legs` for no leg or too many, and those of [`Self::from_json`].
    pub fn list_from_json(json: &Json<'_>) -> Result<Vec<Self>, Rejected> {
        let items = json.items()?;
        if items.is_empty() || items.len() > LEGS_LIMIT {
            return Err(Rejection::BundleLegs.with(items.len(), LEGS_LIMIT));
        }
        items.iter().map(Self::from_json).collect()
    }
}

/// A leg that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundLeg {
    /// Where it stands.
    pub place: Place,
    /// The commitment of the transaction it stands in.
    pub commitment: Commitment,
    /// For an L2 transaction: the position of its message in the rollup's order. Whether the rollup
    /// takes this message there is another question, for a scan to answer.
    pub position: Option<u64>,
}

/// A bundle whose legs are all in one final block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedBundle {
    /// The height of the block.
    pub height: u64,
    /// The commitment to its header, which tells two forks of a height apart.
    pub block: Commitment,
    /// `Keccak(domain ‖ sorted (le64 namespace ‖ commitment))` over the legs' transactions.
    pub identifier: Commitment,
    /// The legs, in the order they were given.
    pub legs: Vec<FoundLeg>,
}

/// The identifier of a bundle: the same in whatever order its legs are given.
pub fn bundle_identifier(legs: &[(u32, Commitment)]) -> Commitment {
    let mut parts: Vec<Vec<u8>> = legs
        .iter()
        .map(|(namespace, commitment)| [&u64::from(*namespace).to_le_bytes()[..], commitment].concat())
        .collect();
    sort_by(&mut parts, |left, right| left < right);
    let mut bytes: Vec<&[u8]> = Vec::with_capacity(parts.len() + 1);
    bytes.push(BUNDLE_DOMAIN);
    bytes.extend(parts.iter().map(Vec::as_slice));
    keccak256(&bytes)
}

/// Finds every leg in the namespaces of one block, each in a transaction of its own.
///
/// `namespaces` holds what was proven of each leg's namespace, in any order.
///
/// # Errors
/// `bundle.legs` for no leg or too many, `bundle.block` if a namespace was proven of another block,
/// `bundle.leg` for a leg that is in none of the transactions that other legs have not taken.
pub fn verify_bundle(
    block: &BlockContext,
    legs: &[Leg],
    namespaces: &[VerifiedNamespace],
) -> Result<VerifiedBundle, Rejected> {
    let mut search = BundleSearch::new(block, legs, namespaces)?;
    loop {
        if let Some(bundle) = search.step(block, legs, namespaces)? {
            return Ok(bundle);
        }
    }
}

/// The search for all legs in the namespaces of one block, resumable after every transaction: a block
/// can have a great many. Block, legs and namespaces are the same at every call.
#[derive(Clone, Debug)]
pub struct BundleSearch {
    found: Vec<FoundLeg>,
    /// Where the search for the next leg stands in the leg's namespace.
    cursor: TransactionCursor,
    /// The messages of the transaction at hand.
    messages: MessageReading,
}

impl BundleSearch {
    /// Checks what is searched.
    ///
    /// # Errors
    /// `bundle.legs` for no leg or too many, `bundle.block` if a namespace was proven of another block.
    pub fn new(block: &BlockContext, legs: &[Leg], namespaces: &[VerifiedNamespace]) -> Result<Self, Rejected> {
        if legs.is_empty() || legs.len() > LEGS_LIMIT {
            return Err(Rejection::BundleLegs.with(legs.len(), LEGS_LIMIT));
        }
        for namespace in namespaces {
            // Not the height: a fork has the same height and another hash.
            Rejection::BundleBlock.unless_equal(*namespace.block(), *block.hash())?;
        }
        Ok(Self {
            found: Vec::with_capacity(legs.len()),
            cursor: TransactionCursor::default(),
            messages: MessageReading::default(),
        })
    }

    /// Looks at one transaction, or at one message of it; the bundle, once every leg was found.
    ///
    /// # Errors
    /// `bundle.leg` for a leg that is in none of the transactions that other legs have not taken, and
    /// `rollup.place` for one whose rollup has another namespace.
    pub fn step(
        &mut self,
        block: &BlockContext,
        legs: &[Leg],
        namespaces: &[VerifiedNamespace],
    ) -> Result<Option<VerifiedBundle>, Rejected> {
        let index = self.found.len();
        let Some(leg) = legs.get(index) else { return Ok(Some(self.bundle(block))) };
        let id = u64::from(leg.namespace);
        let namespace = namespaces.iter().find(|namespace| namespace.id() == id);
        let namespace = namespace.ok_or_else(|| Rejection::BundleLeg.with(index, "a proof of its namespace"))?;
        let mut next = self.cursor;
        let transaction = next.advance(namespace.transactions());
        let transaction = transaction.ok_or_else(|| Rejection::BundleLeg.with(index, "a transaction of the block"))?;
        let messages = match &leg.expected {
            Expected::L2Transaction(config, _) => {
                Rejection::RollupPlace.unless_equal(u64::from(config.namespace), u64::from(leg.namespace))?;
                match self.messages.step(config, block, &transaction) {
                    Ok(None) => return Ok(None),
                    Ok(Some(messages)) => messages,
                    // The rollup does not read it.
                    Err(_) => Vec::new(),
                }
            }
            Expected::Bytes(_) | Expected::Commitment(_) => Vec::new(),
        };
        (self.cursor, self.messages) = (next, MessageReading::default());
        if let Some(found) = find_leg(block, leg, &transaction, &messages, &self.found) {
            self.found.push(found);
            self.cursor = TransactionCursor::default();
        }
        Ok(None)
    }

    fn bundle(&mut self, block: &BlockContext) -> VerifiedBundle {
        let legs = core::mem::take(&mut self.found);
        let parts: Vec<(u32, Commitment)> = legs.iter().map(|leg| (leg.place.namespace, leg.commitment)).collect();
        let identifier = bundle_identifier(&parts);
        VerifiedBundle { height: block.height(), block: *block.hash(), identifier, legs }
    }
}

/// A leg in one transaction, if it is there and no other leg has taken it.
fn find_leg(
    block: &BlockContext,
    leg: &Leg,
    transaction: &NamespaceTransaction<'_>,
    messages: &[Message],
    taken: &[FoundLeg],
) -> Option<FoundLeg> {
    let position = transaction.position as u64;
    let is_taken = |found: &FoundLeg| {
        // One transaction cannot be two legs, unless it is two messages of one.
        found.place.namespace == leg.namespace
            && found.place.transaction == position
            && !matches!(leg.expected, Expected::L2Transaction(..))
    };
    if taken.iter().any(is_taken) {
        return None;
    }
    let commitment = || transaction_commitment(u64::from(leg.namespace), transaction.payload);
    let place = Place { height: block.height(), namespace: leg.namespace, transaction: position, message: 0 };
    match &leg.expected {
        Expected::Bytes(bytes) if transaction.payload == bytes.as_slice() => {
            Some(FoundLeg { place, commitment: commitment(), position: None })
        }
        Expected::Bytes(_) => None,
        Expected::Commitment(expected) => {
            (*expected == commitment()).then_some(FoundLeg { place, commitment: *expected, position: None })
        }
        Expected::L2Transaction(_, hash) => {
            let found = messages.iter().find(|message| {
                message.transactions.contains(hash) && !taken.iter().any(|found| found.place == message.place)
            });
            found.map(|message| FoundLeg {
                place: message.place,
                commitment: commitment(),
                position: Some(message.position),
            })
        }
    }
}
