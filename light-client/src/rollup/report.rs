//! What was proven, as plain structures: for the command line, for JavaScript, for any JSON.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::ops::RangeInclusive;

use serde::Serialize;

use crate::consensus::header::Header;
use crate::consensus::verified::Verified;
use crate::data::account_proof::{Ledger, VerifiedAccount};
use crate::data::block::BlockContext;
use crate::data::namespace_payload::NamespaceTransaction;
use crate::data::namespace_proof::{NamespaceVerification, VerifiedNamespace};
use crate::data::namespace_table::Namespace;
use crate::data::transaction::{TRANSACTION_TAG, transaction_commitment};
use crate::data::vid::parameters::ParameterSource;
use crate::encoding::bytes::{to_base64, to_hex};
use crate::encoding::committable::Commitment;
use crate::encoding::integer::decimal;
use crate::encoding::tagged_base64::{encode, tag};
use crate::rejection::{Rejected, Rejection};
use crate::rollup::bundle::{FoundLeg, VerifiedBundle};
use crate::rollup::bundle_scan::BundleScan;
use crate::rollup::message::Place;
use crate::rollup::reading::{NamespaceReading, Read};
use crate::rollup::scan::Scan;
use crate::rollup::verdict::{Answer, Canonical};

/// A header that is proven.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HeaderReport {
    /// The height.
    pub height: u64,
    /// The block hash, `BLOCK~…`.
    pub block: String,
    /// The protocol version, `0.4`.
    pub version: String,
    /// Seconds since the Unix epoch.
    pub timestamp: u64,
    /// The number of the newest finalized L1 block that the proposer knew.
    pub l1_finalized: Option<u64>,
    /// The payload commitment, under the tag of its scheme.
    pub payload_commitment: String,
    /// The namespaces of the block.
    pub namespaces: Vec<NamespaceEntry>,
}

impl HeaderReport {
    /// What a verified header says.
    ///
    /// # Errors
    /// Those of [`BlockContext::new`].
    pub fn of(header: &Verified<Header>) -> Result<Self, Rejected> {
        let context = BlockContext::new(header)?;
        let entry = |namespace: Namespace| NamespaceEntry { namespace: namespace.id, length: namespace.length() };
        Ok(Self {
            height: header.height,
            block: block_text(context.hash()),
            version: header.version.to_string(),
            timestamp: header.timestamp,
            l1_finalized: context.l1_finalized(),
            payload_commitment: encode(context.scheme().tag(), context.payload_commitment()),
            namespaces: context.namespace_table().iter().map(entry).collect(),
        })
    }
}

/// One namespace of a block's table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NamespaceEntry {
    /// The namespace.
    pub namespace: u32,
    /// How many bytes it has.
    pub length: usize,
}

/// What a block holds for a namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NamespaceReport {
    /// The height.
    pub height: u64,
    /// The block hash, `BLOCK~…`.
    pub block: String,
    /// The namespace.
    pub namespace: u64,
    /// Whether the block has it. `false` is proven by the namespace table.
    pub present: bool,
    /// `stake-table` or `served`: where the number of shares comes from; nothing if absent.
    pub parameters: Option<&'static str>,
    /// How many bytes the namespace has in the block.
    pub length: usize,
    /// Its transactions.
    pub transactions: Vec<TransactionReport>,
}

/// One transaction of a namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TransactionReport {
    /// Its position in the namespace.
    pub position: usize,
    /// Its commitment, `TX~…`: the same for every transaction of the same bytes.
    pub commitment: String,
    /// Its bytes in padded base64.
    pub payload: String,
    /// Whether some of the bytes also belong to an earlier transaction.
    pub overlaps: bool,
}

/// What an account holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountReport {
    /// The height of the header.
    pub height: u64,
    /// `fee` or `reward`.
    pub ledger: &'static str,
    /// The account, `0x…`.
    pub account: String,
    /// The amount in wei, in decimal; nothing if the account is proven not to be in the tree.
    pub amount: Option<String>,
}

/// A bundle whose legs are all in one final block.
///
/// This shows that they became final together, in one order. It does not show that a leg is
/// executed, nor that its message is the rollup's canonical one at its position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BundleReport {
    /// The height.
    pub height: u64,
    /// The block hash, `BLOCK~…`.
    pub block: String,
    /// The identifier of the bundle, `0x…`.
    pub identifier: String,
    /// Each leg, in the order they were given.
    pub legs: Vec<LegReport>,
}

/// One leg of a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LegReport {
    /// The namespace.
    pub namespace: u32,
    /// The position of the transaction in the namespace.
    pub transaction: u64,
    /// The position of the message in the transaction.
    pub message: u64,
    /// The commitment of the transaction, `TX~…`.
    pub commitment: String,
    /// For an L2 transaction: the position of its message in the rollup's order.
    pub position: Option<u64>,
}

/// Where something stands in HotShot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlaceReport {
    /// The height of the block.
    pub height: u64,
    /// The namespace.
    pub namespace: u32,
    /// The position of the transaction in the namespace.
    pub transaction: u64,
    /// The position of the message in the transaction.
    pub message: u64,
}

/// A range of heights, both ends in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RangeReport {
    /// The lowest height.
    pub from: u64,
    /// The highest height.
    pub to: u64,
}

/// The two facts about an L2 transaction, and what they rest on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConfirmationReport {
    /// `yes`, `no` or `unknown`: whether a message of the rollup with the transaction is in a final
    /// block of the range.
    pub in_hot_shot: &'static str,
    /// Where, if it is: the first place, once the whole range is verified.
    pub place: Option<PlaceReport>,
    /// `yes`, `no` or `unknown`: whether the message is the one that the rollup takes at its position.
    pub canonical: &'static str,
    /// The position in the rollup's order, if it is.
    pub position: Option<u64>,
    /// The range that was asked about.
    pub asked: RangeReport,
    /// The range that was verified without gaps.
    pub verified: Option<RangeReport>,
    /// `stake-table`, or `served` if the number of shares of some block is the server's.
    pub parameters: &'static str,
    /// Transactions in the namespace that the rollup does not read.
    pub refused_transactions: u64,
}

/// Whether a bundle is in one final block of a range, and what that rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BundleConfirmationReport {
    /// `yes`, `no` or `unknown`.
    pub answer: &'static str,
    /// The bundle, if it is.
    pub bundle: Option<BundleReport>,
    /// The range that was asked about.
    pub asked: RangeReport,
    /// The range that was verified without gaps.
    pub verified: Option<RangeReport>,
    /// `stake-table`, or `served` if the number of shares is the server's.
    pub parameters: &'static str,
}

fn block_text(hash: &Commitment) -> String {
    encode(tag::BLOCK, hash)
}

const fn source_name(source: ParameterSource) -> &'static str {
    match source {
        ParameterSource::StakeTable => "stake-table",
        ParameterSource::Served => "served",
    }
}

const fn source_of(served: bool) -> &'static str {
    source_name(if served { ParameterSource::Served } else { ParameterSource::StakeTable })
}

const fn answer_name<T>(answer: &Answer<T>) -> &'static str {
    match answer {
        Answer::Yes(_) => "yes",
        Answer::No => "no",
        Answer::Unknown => "unknown",
    }
}

impl From<Place> for PlaceReport {
    fn from(place: Place) -> Self {
        let Place { height, namespace, transaction, message } = place;
        Self { height, namespace, transaction, message }
    }
}

impl From<&RangeInclusive<u64>> for RangeReport {
    fn from(range: &RangeInclusive<u64>) -> Self {
        Self { from: *range.start(), to: *range.end() }
    }
}

impl TransactionReport {
    /// What a transaction of a namespace is. Namespaces of more than 32 bits have none.
    fn of(namespace: u64, transaction: &NamespaceTransaction<'_>) -> Self {
        Self {
            position: transaction.position,
            commitment: encode(TRANSACTION_TAG, &transaction_commitment(namespace, transaction.payload)),
            payload: to_base64(transaction.payload),
            overlaps: transaction.overlaps,
        }
    }
}

impl NamespaceReport {
    fn new(verified: &VerifiedNamespace, transactions: Vec<TransactionReport>) -> Self {
        Self {
            height: verified.height(),
            block: block_text(verified.block()),
            namespace: verified.id(),
            present: verified.is_present(),
            parameters: verified.parameter_source().map(source_name),
            length: verified.payload().len(),
            transactions,
        }
    }
}

impl From<&VerifiedNamespace> for NamespaceReport {
    fn from(verified: &VerifiedNamespace) -> Self {
        let transactions = verified.transactions().transactions();
        Self::new(verified, transactions.map(|each| TransactionReport::of(verified.id(), &each)).collect())
    }
}

/// A report of a namespace that is made in units of a bounded amount of work: a namespace can have
/// millions of transactions.
#[derive(Clone, Debug)]
pub struct NamespaceReporting {
    /// Nothing after an error and after the end.
    reading: Option<NamespaceReading>,
    namespace: u64,
    transactions: Vec<TransactionReport>,
    verified: Option<VerifiedNamespace>,
}

impl NamespaceReporting {
    /// A report of what is being proven.
    pub fn new(verification: NamespaceVerification) -> Self {
        let namespace = verification.id();
        Self { reading: Some(verification.into()), namespace, transactions: Vec::new(), verified: None }
    }

    /// Does at most `budget` units of work; whether there is more to do.
    ///
    /// # Errors
    /// Those of [`NamespaceVerification::finish`].
    pub fn step(&mut self, budget: usize) -> Result<bool, Rejected> {
        let Some(reading) = self.reading.take() else { return Ok(false) };
        let (namespace, transactions) = (self.namespace, &mut self.transactions);
        match reading.step(budget, |each| transactions.push(TransactionReport::of(namespace, each)))? {
            Read::More(reading) => self.reading = Some(reading),
            Read::All(verified) => self.verified = Some(verified),
        }
        Ok(self.reading.is_some())
    }

    /// The transactions since the last call, all of them proven.
    pub fn take(&mut self) -> Vec<TransactionReport> {
        core::mem::take(&mut self.transactions)
    }

    /// Does what is left, and gives the report with the transactions that were not taken.
    ///
    /// # Errors
    /// Those of [`Self::step`], and `scan.answer` after an error and at a second call.
    pub fn finish(&mut self) -> Result<NamespaceReport, Rejected> {
        while self.step(usize::MAX)? {}
        let verified = self.verified.take().ok_or_else(|| Rejection::ScanAnswer.bare())?;
        Ok(NamespaceReport::new(&verified, self.take()))
    }
}

impl From<&VerifiedAccount> for AccountReport {
    fn from(verified: &VerifiedAccount) -> Self {
        Self {
            height: verified.height,
            ledger: match verified.ledger {
                Ledger::Fee => "fee",
                Ledger::Reward => "reward",
            },
            account: to_hex(&verified.account),
            amount: verified.amount.map(decimal),
        }
    }
}

impl From<&VerifiedBundle> for BundleReport {
    fn from(verified: &VerifiedBundle) -> Self {
        let report = |leg: &FoundLeg| LegReport {
            namespace: leg.place.namespace,
            transaction: leg.place.transaction,
            message: leg.place.message,
            commitment: encode(TRANSACTION_TAG, &leg.commitment),
            position: leg.position,
        };
        Self {
            height: verified.height,
            block: block_text(&verified.block),
            identifier: to_hex(&verified.identifier),
            legs: verified.legs.iter().map(report).collect(),
        }
    }
}

impl From<&Scan> for ConfirmationReport {
    fn from(scan: &Scan) -> Self {
        let verdict = scan.verdict();
        let place = match verdict.in_hotshot {
            Answer::Yes(place) => Some(place.into()),
            _ => None,
        };
        let canonical: Option<Canonical> = match verdict.canonical {
            Answer::Yes(canonical) => Some(canonical),
            _ => None,
        };
        Self {
            in_hot_shot: answer_name(&verdict.in_hotshot),
            // The canonical message can stand behind a copy that the rollup does not take.
            place: canonical.map(|canonical| canonical.place.into()).or(place),
            canonical: answer_name(&verdict.canonical),
            position: canonical.map(|canonical| canonical.position),
            asked: scan.asked().into(),
            verified: scan.verified().as_ref().map(RangeReport::from),
            parameters: source_of(scan.used_served_parameters()),
            refused_transactions: scan.refused_transactions(),
        }
    }
}

impl From<&BundleScan> for BundleConfirmationReport {
    fn from(scan: &BundleScan) -> Self {
        let verdict = scan.verdict();
        Self {
            answer: answer_name(&verdict),
            bundle: match verdict {
                Answer::Yes(bundle) => Some(bundle.into()),
                _ => None,
            },
            asked: scan.asked().into(),
            verified: scan.verified().as_ref().map(RangeReport::from),
            parameters: source_of(scan.used_served_parameters()),
        }
    }
}
