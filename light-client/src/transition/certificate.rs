//! A state certificate as a query service serves it, at `availability/state-cert-v2/{epoch}`.

use alloc::vec::Vec;

use super::stake_table_state::StakeTableState;
use super::state::LightClientState;
use crate::encoding::bytes;
use crate::encoding::json::Json;
use crate::rejection::{Rejected, Rejection};
use crate::signature::schnorr::{Signature, VerificationKey};
use crate::stake_table::entry::ENTRY_LIMIT;

/// One signer of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateSignature {
    /// Whose.
    pub key: VerificationKey,
    /// LCV3 from protocol 0.4; a copy of the other one before.
    pub signature: Signature,
    /// LCV2.
    pub legacy: Signature,
}

/// Signatures of an epoch's validators over a state and the next table. Nothing in it is verified;
/// the epoch is not even signed.
///
/// Source: EspressoSystems/espresso-network `crates/hotshot/types/src/simple_certificate.rs`,
/// `LightClientStateUpdateCertificateV2`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateCertificate {
    /// The epoch, as the server labels it.
    pub epoch: u64,
    /// The signed state.
    pub state: LightClientState,
    /// The signed commitments to the next epoch's table.
    pub next_table: StakeTableState,
    /// The auth root that LCV3 covers; zero before.
    pub auth_root: [u8; 32],
    /// Signers in any order.
    pub signatures: Vec<StateSignature>,
}

impl StateCertificate {
    /// Reads the JSON form. A missing `auth_root` is zero: certificates of protocol 0.3 had none.
    ///
    /// # Errors
    /// `json.*`, `tagged_base64.*`, `hex.form`, `point.*`, `schnorr.form`, `state.field`,
    /// `state.threshold`, `state.certificate_size`.
    pub fn from_json(json: &Json<'_>) -> Result<Self, Rejected> {
        let signatures = json.get("signatures")?.items()?;
        if signatures.len() > ENTRY_LIMIT {
            return Err(Rejection::StateCertificateSize.with(signatures.len(), ENTRY_LIMIT));
        }
        Ok(Self {
            epoch: json.get("epoch")?.u64()?,
            state: LightClientState::from_tagged(json.get("light_client_state")?.text()?)?,
            next_table: StakeTableState::from_tagged(json.get("next_stake_table_state")?.text()?)?,
            auth_root: match json.find("auth_root")? {
                Some(root) => bytes::from_hex(root.text()?)?,
                None => [0; 32],
            },
            signatures: signatures.iter().map(signature).collect::<Result<_, _>>()?,
        })
    }
}

fn signature(json: &Json<'_>) -> Result<StateSignature, Rejected> {
    let items = json.items()?;
    let [key, signature, legacy] = items else {
        return Err(Rejection::BytesLength.with(items.len(), 3usize));
    };
    Ok(StateSignature {
        key: VerificationKey::from_tagged(key.text()?)?,
        signature: Signature::from_tagged(signature.text()?)?,
        legacy: Signature::from_tagged(legacy.text()?)?,
    })
}
