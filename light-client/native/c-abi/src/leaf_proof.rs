//! Finality proofs of single leaves.
#![expect(unsafe_code, reason = "exported names")]

use std::mem::MaybeUninit;

use hotshot_light_client::consensus::finality::{Asked, LeafProof, check_leaf_proof, descendants_from_json};
use hotshot_light_client::encoding::json;

use crate::border::{HslcBuffer, HslcSlice, call, required};
use crate::data::HslcHeader;
use crate::describe;
use crate::network::{HslcNetwork, HslcTables};
use crate::status::HslcStatus;

/// Any height will do, where a height is asked for; the newest blocks, where one is started at.
pub const HSLC_ANY_HEIGHT: u64 = u64::MAX;

/// Verifies an answer of `light-client/leaf/…`: that the leaf at `height` (or any, with
/// `HSLC_ANY_HEIGHT`) is final. Below protocol 0.6 the proof needs `descendants`: an answer of
/// `availability/leaf/FROM/UNTIL` from the leaf after the last one of the proof on. `entropy` is 32
/// random bytes, or left out.
///
/// Writes `{"leaves":[{"height","view","version","hash","leaf","timestamp_ms"}],"quorum":{…}}`, and
/// the verified header of the first leaf to `header` unless that is null.
#[unsafe(no_mangle)]
pub extern "C" fn hslc_leaf_proof_verify(
    network: Option<&HslcNetwork>,
    tables: Option<&HslcTables>,
    proof: HslcSlice,
    descendants: HslcSlice,
    height: u64,
    entropy: HslcSlice,
    header: Option<&mut MaybeUninit<Option<Box<HslcHeader>>>>,
    chain: Option<&mut MaybeUninit<Option<Box<HslcBuffer>>>>,
    message: Option<&mut MaybeUninit<Option<Box<HslcBuffer>>>>,
) -> HslcStatus {
    let header = header.map(|header| header.write(None));
    call(chain, message, || {
        let (network, tables) = (&required(network, "network")?.0, required(tables, "tables")?.current());
        let entropy = entropy.array_or_zeros::<32>()?;
        let proof = LeafProof::from_json(&json::parse(proof.bytes()?)?)?;
        let descendants = match descendants.optional()? {
            Some(text) => descendants_from_json(&json::parse(text)?)?,
            None => Vec::new(),
        };
        for leaf in &proof.leaves {
            network.check_header(&leaf.header)?;
        }
        let asked = if height == HSLC_ANY_HEIGHT { Asked::Any } else { Asked::Height(height) };
        let chain = check_leaf_proof(proof, &descendants, asked, None, &tables, &entropy)?.verify()?;
        if let Some(place) = header {
            *place = chain.leaf(0).map(|leaf| Box::new(HslcHeader::new(leaf.into_header())));
        }
        Ok(Some(HslcBuffer::text(describe::chain(&chain).to_string())))
    })
}
