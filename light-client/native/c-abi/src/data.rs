//! Headers, namespaces and transactions of final blocks.
#![expect(unsafe_code, reason = "exported names")]

use std::mem::MaybeUninit;

use hotshot_light_client::consensus::header::Header;
use hotshot_light_client::consensus::verified::Verified;
use hotshot_light_client::data::transaction::TRANSACTION_TAG;
use hotshot_light_client::data::vid::parameters::{ParameterSource, VidParameters};
use hotshot_light_client::data::{
    BlockContext, header_with_trusted_hash, transaction_commitment, verify_header, verify_namespace,
};
use hotshot_light_client::encoding::bytes::to_base64;
use hotshot_light_client::encoding::json;
use hotshot_light_client::encoding::tagged_base64::{self, tag};
use serde_json::{Value, json};

use crate::border::{Failure, HslcBuffer, HslcSlice, call, free, required, shared_between_threads};
use crate::describe;
use crate::network::HslcTables;
use crate::status::{HSLC_LENGTH, HslcStatus};

/// The header of a block that is known to be final.
pub struct HslcHeader(Verified<Header>);

const _: () = shared_between_threads::<HslcHeader>();

impl HslcHeader {
    pub(crate) const fn new(header: Verified<Header>) -> Self {
        Self(header)
    }
}

/// Takes a header for final because its hash is known to be: `hash` is `BLOCK~…` or 32 bytes, as a
/// final block of this library has it. A hash that a server names is worth nothing.
#[unsafe(no_mangle)]
pub extern "C" fn hslc_header_trusted(
    header_json: HslcSlice,
    hash: HslcSlice,
    header: Option<&mut MaybeUninit<Option<Box<HslcHeader>>>>,
    message: Option<&mut MaybeUninit<Option<Box<HslcBuffer>>>>,
) -> HslcStatus {
    call(header, message, || {
        let hash = match <[u8; 32]>::try_from(hash.bytes()?) {
            Ok(hash) => hash,
            Err(_) => tagged_base64::decode_array(hash.text()?, tag::BLOCK)?,
        };
        Ok(Some(HslcHeader(header_with_trusted_hash(&json::parse(header_json.bytes()?)?, &hash)?)))
    })
}

/// Verifies an answer of `light-client/header/ROOT/HEIGHT`: an older header under a final one.
#[unsafe(no_mangle)]
pub extern "C" fn hslc_header_prove(
    root: Option<&HslcHeader>,
    height: u64,
    answer: HslcSlice,
    header: Option<&mut MaybeUninit<Option<Box<HslcHeader>>>>,
    message: Option<&mut MaybeUninit<Option<Box<HslcBuffer>>>>,
) -> HslcStatus {
    call(header, message, || {
        let root = required(root, "root")?;
        Ok(Some(HslcHeader(verify_header(&json::parse(answer.bytes()?)?, &root.0, height)?)))
    })
}

/// What a header says, as JSON.
#[unsafe(no_mangle)]
pub extern "C" fn hslc_header_read(
    header: Option<&HslcHeader>,
    description: Option<&mut MaybeUninit<Option<Box<HslcBuffer>>>>,
    message: Option<&mut MaybeUninit<Option<Box<HslcBuffer>>>>,
) -> HslcStatus {
    call(description, message, || {
        Ok(Some(HslcBuffer::text(describe::header(&required(header, "header")?.0).to_string())))
    })
}

/// Frees a header. Null is allowed.
#[unsafe(no_mangle)]
pub extern "C" fn hslc_header_free(header: Option<Box<HslcHeader>>) {
    free(header);
}

/// Verifies an answer about a namespace of a block (`light-client/namespace/…`,
/// `availability/block/…/namespace/…`): that these are all of its bytes, or that it is not there.
/// With null `tables` the number of shares is the server's word, and the result says so.
///
/// Writes `{"height","block","namespace","present","parameters":"stake_table"|"served"|null,
/// "transactions":[{"position","commitment","payload","overlaps"}]}`, payloads in base64, and the
/// namespace's bytes to `payload` unless that is null. A transaction is in the block if it is listed.
#[unsafe(no_mangle)]
pub extern "C" fn hslc_namespace_verify(
    header: Option<&HslcHeader>,
    tables: Option<&HslcTables>,
    namespace_id: u64,
    answer: HslcSlice,
    payload: Option<&mut MaybeUninit<Option<Box<HslcBuffer>>>>,
    content: Option<&mut MaybeUninit<Option<Box<HslcBuffer>>>>,
    message: Option<&mut MaybeUninit<Option<Box<HslcBuffer>>>>,
) -> HslcStatus {
    let payload = payload.map(|payload| payload.write(None));
    call(content, message, || {
        let block = BlockContext::new(&required(header, "header")?.0)?;
        let parameters = tables.map(|tables| VidParameters::of_block(&block, &tables.current())).transpose()?;
        let verified = verify_namespace(&block, namespace_id, &json::parse(answer.bytes()?)?, parameters.as_ref())?;
        let transactions: Vec<Value> = verified
            .transactions()
            .transactions()
            .map(|transaction| {
                let commitment = transaction_commitment(namespace_id, transaction.payload);
                json!({
                    "position": transaction.position,
                    "commitment": tagged_base64::encode(TRANSACTION_TAG, &commitment),
                    "payload": to_base64(transaction.payload),
                    "overlaps": transaction.overlaps,
                })
            })
            .collect();
        let content = json!({
            "height": verified.height(),
            "block": describe::block_hash(verified.block()),
            "namespace": verified.id(),
            "present": verified.is_present(),
            "parameters": verified.parameter_source().map(|source| match source {
                ParameterSource::StakeTable => "stake_table",
                ParameterSource::Served => "served",
            }),
            "transactions": transactions,
        });
        if let Some(place) = payload {
            *place = Some(Box::new(HslcBuffer::bytes(verified.payload().to_vec())));
        }
        Ok(Some(HslcBuffer::text(content.to_string())))
    })
}

/// The commitment of a transaction, `TX~…`: what `hslc_namespace_verify` lists for it.
#[unsafe(no_mangle)]
pub extern "C" fn hslc_transaction_commitment(
    namespace_id: u64,
    payload: HslcSlice,
    commitment: Option<&mut MaybeUninit<Option<Box<HslcBuffer>>>>,
    message: Option<&mut MaybeUninit<Option<Box<HslcBuffer>>>>,
) -> HslcStatus {
    call(commitment, message, || {
        // Blocks have no room for more.
        if u32::try_from(namespace_id).is_err() {
            return Err(Failure::new(HSLC_LENGTH, "a namespace has 32 bits"));
        }
        let commitment = transaction_commitment(namespace_id, payload.bytes()?);
        let text = tagged_base64::encode(TRANSACTION_TAG, &commitment);
        Ok(Some(HslcBuffer::text(text)))
    })
}
