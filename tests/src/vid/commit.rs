//! The commitments of a whole payload.

use std::collections::HashMap;

use sha2::Digest as _;

use super::{
    advz, avidm, avidm_gf2, namespace_ranges,
    tree::{TreeHash, merkle_proof, root},
};
use crate::model::{AvidMCommon, AvidmGf2Common, AvidmGf2Param, Payload, PayloadCommitment, VidCommon};

/// How many shares there are, and how many recover a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct VidParameters {
    /// n, from the stakes.
    pub total_weights: usize,
    /// k = ⌈n/3⌉.
    pub recovery_threshold: usize,
}

impl VidParameters {
    /// The parameters of a total weight of at least 1.
    pub fn new(total_weights: usize) -> Self {
        let total_weights = total_weights.max(1);
        Self { total_weights, recovery_threshold: total_weights.div_ceil(3) }
    }
}

/// Encodes payloads, remembering the commitment of the empty namespace, which blocks without
/// traffic have.
#[derive(Default)]
pub struct Encoder {
    empty: HashMap<(bool, VidParameters), [u8; 32]>,
}

impl Encoder {
    /// Commitment and common data of a payload in the scheme of a protocol version.
    ///
    /// # Errors
    /// When the parameters do not suit the Reed-Solomon code of 0.6.
    pub fn commit(
        &mut self,
        minor: u16,
        payload: &Payload,
        parameters: VidParameters,
        nodes: u32,
    ) -> Result<(PayloadCommitment, VidCommon), reed_solomon_simd::Error> {
        let VidParameters { total_weights, recovery_threshold } = parameters;
        if minor < 3 {
            let (commitment, common) = advz::commit(&payload.raw_payload.0, nodes);
            return Ok((PayloadCommitment::Advz(commitment), VidCommon::V0(common)));
        }
        let (commitments, lengths) = self.namespace_commitments(minor, payload, parameters)?;
        if minor < 6 {
            let common =
                AvidMCommon { total_weights: total_weights as u64, recovery_threshold: recovery_threshold as u64 };
            return Ok((PayloadCommitment::AvidM(root(TreeHash::Keccak3, &commitments)), VidCommon::V1(common)));
        }
        let common = AvidmGf2Common {
            param: AvidmGf2Param { total_weights: total_weights as u64, recovery_threshold: recovery_threshold as u64 },
            ns_lens: lengths,
            ns_commits: commitments.iter().copied().map(PayloadCommitment::AvidmGf2).collect(),
        };
        Ok((PayloadCommitment::AvidmGf2(root(TreeHash::Blake4, &commitments)), VidCommon::V2(common)))
    }

    /// The commitments and lengths of the namespaces; of an empty payload, those of one empty one.
    fn namespace_commitments(
        &mut self,
        minor: u16,
        payload: &Payload,
        parameters: VidParameters,
    ) -> Result<(Vec<[u8; 32]>, Vec<u64>), reed_solomon_simd::Error> {
        let bytes = &payload.raw_payload.0;
        let mut ranges: Vec<_> =
            namespace_ranges(&payload.ns_table.bytes.0).into_iter().map(|namespace| namespace.range).collect();
        if ranges.is_empty() {
            ranges.push(0..bytes.len());
        }
        let mut commitments = Vec::with_capacity(ranges.len());
        for range in &ranges {
            commitments.push(self.namespace(minor, bytes.get(range.clone()).unwrap_or_default(), parameters)?);
        }
        Ok((commitments, ranges.iter().map(|range| range.len() as u64).collect()))
    }

    fn namespace(
        &mut self,
        minor: u16,
        bytes: &[u8],
        parameters: VidParameters,
    ) -> Result<[u8; 32], reed_solomon_simd::Error> {
        let key = (minor >= 6, parameters);
        if let (true, Some(known)) = (bytes.is_empty(), self.empty.get(&key)) {
            return Ok(*known);
        }
        let (k, n) = (parameters.recovery_threshold, parameters.total_weights);
        let commitment = if minor >= 6 {
            avidm_gf2::namespace_commitment(bytes, k, n)?
        } else {
            avidm::namespace_commitment(bytes, k, n)
        };
        if bytes.is_empty() {
            self.empty.insert(key, commitment);
        }
        Ok(commitment)
    }

    /// The bytes of the `MERKLE_PROOF~` that a namespace's commitment is under the payload's.
    ///
    /// # Errors
    /// As [`Encoder::commit`].
    pub fn namespace_proof(
        &mut self,
        minor: u16,
        payload: &Payload,
        parameters: VidParameters,
        index: usize,
    ) -> Result<Vec<u8>, reed_solomon_simd::Error> {
        let (commitments, _) = self.namespace_commitments(minor, payload, parameters)?;
        let hash = if minor >= 6 { TreeHash::Blake4 } else { TreeHash::Keccak3 };
        Ok(merkle_proof(hash, &commitments, index))
    }
}

/// SHA-256 of the lengths and bytes of payload and table, the table standing for the metadata too.
pub fn builder_commitment(payload: &Payload) -> [u8; 32] {
    let (bytes, table) = (&payload.raw_payload.0, &payload.ns_table.bytes.0);
    let mut hasher = sha2::Sha256::new();
    for length in [bytes.len(), table.len(), table.len()] {
        hasher.update((length as u64).to_le_bytes());
    }
    hasher.update(bytes);
    hasher.update(table);
    hasher.update(table);
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::BlockLine, vectors};

    #[test]
    fn recorded_payloads_commit_as_real_nodes_commit_them() {
        if vectors::missing("recorded_payloads_commit_as_real_nodes_commit_them") {
            return;
        }
        let (mut encoder, mut avidm) = (Encoder::default(), 0);
        for folder in ["v2-v3", "v3", "v4"] {
            for line in vectors::read(&format!("{folder}/blocks.jsonl")).lines() {
                let block: BlockLine = serde_json::from_str(line).unwrap();
                let header = &block.leaf.leaf.block_header;
                assert_eq!(builder_commitment(&block.payload), header.fields().builder_commitment.bytes);
                let VidCommon::V1(common) = &block.vid_common.common else { continue };
                let parameters = VidParameters::new(usize::try_from(common.total_weights).unwrap());
                assert_eq!(parameters.recovery_threshold as u64, common.recovery_threshold);
                let (commitment, _) = encoder.commit(header.minor(), &block.payload, parameters, 1).unwrap();
                assert_eq!(commitment, header.fields().payload_commitment);
                avidm += 1;
            }
        }
        assert_eq!(avidm, 40);
    }

    #[test]
    fn reference_empty_payload_of_0_6() {
        if vectors::missing("reference_empty_payload_of_0_6") {
            return;
        }
        let json: serde_json::Value =
            serde_json::from_str(&vectors::read("reference/v6_leaf_and_certificate2.json")).unwrap();
        let expected = &json["leaf"]["block_header"]["fields"]["payload_commitment"];
        let empty = crate::vid::build_payload(&[]);
        let (commitment, _) = Encoder::default().commit(6, &empty, VidParameters::new(1), 1).unwrap();
        assert_eq!(&serde_json::to_value(commitment).unwrap(), expected);
    }
}
