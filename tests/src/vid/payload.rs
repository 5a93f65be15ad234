//! Payloads: namespaces, their table and their transactions.
//! Source: EspressoSystems/espresso-network `crates/espresso/types/src/v0/impls/block`.

use std::{collections::BTreeMap, ops::Range};

use crate::model::{Base64Bytes, NamespaceTableBytes, Payload};
use hotshot_light_client::encoding::{committable::CommitmentBuilder, tagged_base64};
use serde::{Deserialize, Serialize};

/// A transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transaction {
    /// The rollup it is for.
    pub namespace: u32,
    /// Its bytes, which mean something to the rollup only.
    pub payload: Base64Bytes,
}

/// Where a namespace lies in the payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamespaceRange {
    /// Namespace id.
    pub id: u32,
    /// Bytes of the payload.
    pub range: Range<usize>,
}

fn le32(value: usize) -> [u8; 4] {
    u32::try_from(value).unwrap_or(u32::MAX).to_le_bytes()
}

/// Orders transactions by namespace, each namespace in the order of arrival.
pub fn build_payload(transactions: &[Transaction]) -> Payload {
    let mut namespaces: BTreeMap<u32, Vec<&[u8]>> = BTreeMap::new();
    for transaction in transactions {
        namespaces.entry(transaction.namespace).or_default().push(&transaction.payload.0);
    }
    let (mut payload, mut table) = (Vec::new(), le32(namespaces.len()).to_vec());
    for (id, bodies) in &namespaces {
        payload.extend(le32(bodies.len()));
        let mut end = 0;
        for body in bodies {
            end += body.len();
            payload.extend(le32(end));
        }
        bodies.iter().for_each(|body| payload.extend_from_slice(body));
        table.extend(id.to_le_bytes());
        table.extend(le32(payload.len()));
    }
    Payload { raw_payload: Base64Bytes(payload), ns_table: NamespaceTableBytes { bytes: Base64Bytes(table) } }
}

/// The namespaces of a table that [`build_payload`] or a real node wrote.
pub fn namespace_ranges(table: &[u8]) -> Vec<NamespaceRange> {
    let number = |bytes: &[u8]| bytes.iter().rev().fold(0u32, |value, byte| value << 8 | u32::from(*byte));
    let mut start = 0;
    let entries = table.get(4..).unwrap_or_default().chunks_exact(8);
    entries
        .map(|entry| {
            let (id, end) = entry.split_at(4);
            let end = number(end) as usize;
            let range = NamespaceRange { id: number(id), range: start..end };
            start = end;
            range
        })
        .collect()
}

fn read_le32(bytes: &[u8]) -> usize {
    bytes.iter().take(4).rev().fold(0, |value, byte| value << 8 | usize::from(*byte))
}

impl Transaction {
    /// The commitment by which a transaction is known once it is submitted, `TX~…`. Source:
    /// EspressoSystems/espresso-network `crates/espresso/types/src/v0/impls/transaction.rs`.
    pub fn commitment(&self) -> String {
        let commitment = CommitmentBuilder::new("Transaction")
            .u64_field("namespace", self.namespace.into())
            .var_size_bytes(&self.payload.0)
            .finalize();
        tagged_base64::encode("TX", &commitment)
    }

    /// The transactions of one namespace's bytes, as [`build_payload`] lays them out.
    pub fn of_namespace(namespace: u32, bytes: &[u8]) -> Vec<Self> {
        let count = read_le32(bytes).min(bytes.len() / 4);
        let (table, bodies) = bytes.split_at_checked(4 + 4 * count).unwrap_or_default();
        let mut start = 0;
        let ends = table.chunks(4).skip(1).map(read_le32);
        let transaction = |end| {
            let payload = Base64Bytes(bodies.get(start..end).unwrap_or_default().to_vec());
            start = end;
            Self { namespace, payload }
        };
        ends.map(transaction).collect()
    }

    /// All transactions of a payload.
    pub fn all(payload: &Payload) -> Vec<Self> {
        let namespaces = namespace_ranges(&payload.ns_table.bytes.0).into_iter();
        namespaces
            .flat_map(|namespace| {
                let bytes = payload.raw_payload.0.get(namespace.range).unwrap_or_default();
                Self::of_namespace(namespace.id, bytes)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transactions_come_back_from_the_payload() {
        let transaction = |namespace, bytes: &[u8]| Transaction { namespace, payload: Base64Bytes(bytes.to_vec()) };
        let posted = [transaction(7, b"later"), transaction(3, b"one"), transaction(3, b""), transaction(3, b"two")];
        let payload = build_payload(&posted);
        let [later, first, second, third] = posted;
        assert_eq!(Transaction::all(&payload), [first, second, third, later]);
    }
}
