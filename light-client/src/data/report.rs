//! What was proven of a block, as plain structures: for the command line, for JavaScript, for any JSON.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Serialize;

use crate::consensus::header::Header;
use crate::consensus::verified::Verified;
use crate::data::account_proof::{Ledger, VerifiedAccount};
use crate::data::block::BlockContext;
use crate::data::namespace_payload::NamespaceTransaction;
use crate::data::namespace_proof::VerifiedNamespace;
use crate::data::namespace_table::Namespace;
use crate::data::payload::VerifiedPayload;
use crate::data::transaction::{TRANSACTION_TAG, transaction_commitment};
use crate::data::vid::parameters::ParameterSource;
use crate::encoding::bytes::{to_base64, to_hex};
use crate::encoding::committable::Commitment;
use crate::encoding::integer::decimal;
use crate::encoding::tagged_base64::{encode, tag};
use crate::rejection::Rejected;

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

/// A whole payload, recomputed to the commitment in its header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PayloadReport {
    /// The height.
    pub height: u64,
    /// The block hash, `BLOCK~…`.
    pub block: String,
    /// `stake-table` or `served`: where the number of shares comes from.
    pub parameters: &'static str,
    /// How many bytes the payload has.
    pub length: usize,
    /// Its namespaces, in the order of the table: all that the block has.
    pub namespaces: Vec<PayloadNamespaceReport>,
}

/// One namespace of a payload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PayloadNamespaceReport {
    /// The namespace.
    pub namespace: u32,
    /// How many bytes it has.
    pub length: usize,
    /// Its transactions; nothing where they overlap so much that they are not read, which whoever posts
    /// to a namespace can bring about.
    pub transactions: Option<Vec<TransactionReport>>,
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

pub(crate) fn block_text(hash: &Commitment) -> String {
    encode(tag::BLOCK, hash)
}

pub(crate) const fn source_name(source: ParameterSource) -> &'static str {
    match source {
        ParameterSource::StakeTable => "stake-table",
        ParameterSource::Served => "served",
    }
}

impl TransactionReport {
    /// What a transaction of a namespace is. Namespaces of more than 32 bits have none.
    pub(crate) fn of(namespace: u64, transaction: &NamespaceTransaction<'_>) -> Self {
        Self {
            position: transaction.position,
            commitment: encode(TRANSACTION_TAG, &transaction_commitment(namespace, transaction.payload)),
            payload: to_base64(transaction.payload),
            overlaps: transaction.overlaps,
        }
    }
}

impl NamespaceReport {
    pub(crate) fn new(verified: &VerifiedNamespace, transactions: Vec<TransactionReport>) -> Self {
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

impl PayloadReport {
    /// Everything but the transactions, of which there is an empty list where they can be read.
    pub(crate) fn new(verified: &VerifiedPayload) -> Self {
        let block = verified.block();
        let namespace = |namespace: Namespace| PayloadNamespaceReport {
            namespace: namespace.id,
            length: namespace.length(),
            transactions: verified.transactions(u64::from(namespace.id)).check_overlaps().ok().map(|()| Vec::new()),
        };
        Self {
            height: block.height(),
            block: block_text(block.hash()),
            parameters: source_name(verified.parameter_source()),
            length: verified.bytes().len(),
            namespaces: block.namespace_table().iter().map(namespace).collect(),
        }
    }
}

impl From<&VerifiedPayload> for PayloadReport {
    fn from(verified: &VerifiedPayload) -> Self {
        let mut report = Self::new(verified);
        for entry in &mut report.namespaces {
            let id = u64::from(entry.namespace);
            if let Some(transactions) = &mut entry.transactions {
                let read = verified.transactions(id).transactions();
                transactions.extend(read.map(|each| TransactionReport::of(id, &each)));
            }
        }
        report
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
