//! What was proven of rollups, as plain structures: for the command line, for JavaScript, for any JSON.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

use serde::Serialize;

use crate::data::namespace_prover::NamespaceProver;
use crate::data::report::{block_text, source_name};
use crate::data::transaction::TRANSACTION_TAG;
use crate::data::vid::parameters::ParameterSource;
use crate::encoding::bytes::to_hex;
use crate::encoding::tagged_base64::encode;
use crate::rollup::bundle::{FoundLeg, VerifiedBundle};
use crate::rollup::bundle_scan::BundleScan;
use crate::rollup::message::Place;
use crate::rollup::scan::Scan;
use crate::rollup::verdict::{Answer, Canonical};

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

impl<P: NamespaceProver> From<&Scan<P>> for ConfirmationReport {
    fn from(scan: &Scan<P>) -> Self {
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

impl<P: NamespaceProver> From<&BundleScan<P>> for BundleConfirmationReport {
    fn from(scan: &BundleScan<P>) -> Self {
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
