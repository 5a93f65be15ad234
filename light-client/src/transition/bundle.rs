//! Signatures over the state of an ordinary block, as a state relay collects them from validators and serves
//! them at `api/lateststate`.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use super::kind::Kind;
use super::stake_table_state::StakeTableState;
use super::state::LightClientState;
use super::verify::{check_newer, quorum_weight};
use super::voting_table::VotingTable;
use crate::consensus::epoch::Epochs;
use crate::encoding::bytes;
use crate::encoding::json::Json;
use crate::rejection::{Operand, Rejected, Rejection};
use crate::signature::schnorr::{Signature, VerificationKey};
use crate::stake_table::entry::ENTRY_LIMIT;

/// A bundle of signatures of the form LCV3. Nothing in it is verified.
///
/// Source: EspressoSystems/espresso-network `crates/hotshot/types/src/light_client.rs`,
/// `LCV3StateSignaturesBundle`; `crates/espresso/node/src/state_signature/relay_server/lcv3_relay.rs`. That server
/// serves the bundle of a height as it was when it reached a **third** of the stake and takes no signature after
/// that; a quorum here is two thirds, so that the bundles of a relay that waits for as much are of use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateBundle {
    /// The signed state.
    pub state: LightClientState,
    /// The signed next table: at an ordinary block the one that votes.
    pub next_table: StakeTableState,
    /// The signed auth root.
    pub auth_root: [u8; 32],
    /// Signers in any order.
    pub signatures: Vec<(VerificationKey, Signature)>,
}

impl StateBundle {
    /// Reads the JSON form. The weight that the server adds is not read.
    ///
    /// # Errors
    /// `json.*`, `tagged_base64.*`, `hex.form`, `point.*`, `schnorr.form`, `state.field`,
    /// `state.threshold`, `state.certificate_size`.
    pub fn from_json(json: &Json<'_>) -> Result<Self, Rejected> {
        let signatures = json.get("signatures")?.members()?;
        if signatures.len() > ENTRY_LIMIT {
            return Err(Rejection::StateCertificateSize.with(signatures.len(), ENTRY_LIMIT));
        }
        let signature = |(key, signature): &(Cow<'_, str>, Json<'_>)| {
            Ok((VerificationKey::from_tagged(key)?, Signature::from_tagged(signature.text()?)?))
        };
        Ok(Self {
            state: LightClientState::from_tagged(json.get("state")?.text()?)?,
            next_table: StakeTableState::from_tagged(json.get("next_stake")?.text()?)?,
            auth_root: bytes::from_hex(json.get("auth_root")?.text()?)?,
            signatures: signatures.iter().map(signature).collect::<Result<_, Rejected>>()?,
        })
    }
}

/// Checks a bundle over an ordinary block of an epoch, one before its root, against the table of the epoch. The
/// weight of its signers. Signatures over ordinary blocks follow the decision: such a state is final.
///
/// # Errors
/// `state.epoch`, `state.after_root` from the root on, `state.outdated`, `state.table_commitment` if another next
/// table was signed than the one that votes, `state.signer`, `state.duplicate_signer`, `state.weight`,
/// `state.signature`.
pub fn verify_bundle(
    bundle: &StateBundle,
    table: &VotingTable,
    epoch: u64,
    epochs: Epochs,
    after: Option<(u64, u64)>,
) -> Result<u128, Rejected> {
    let height = bundle.state.height;
    Rejection::StateEpoch.unless_equal(epochs.of(height), epoch)?;
    if epochs.root(epoch).is_none_or(|root| height >= root) {
        return Err(Rejection::StateAfterRoot.with(height, "a height before the root of its epoch"));
    }
    check_newer(&bundle.state, after)?;
    table.expect(&bundle.next_table)?;
    let weight = quorum_weight(bundle.signatures.iter().map(|(key, _)| key), table)?;
    let message = Kind::Lcv3.message(&bundle.state, &bundle.next_table, &bundle.auth_root);
    for (index, (key, signature)) in bundle.signatures.iter().enumerate() {
        if !key.signed(&message, signature) {
            let place = Operand::Text(Cow::Owned(alloc::format!("signer {index}")));
            return Err(Rejection::StateSignature.with(place, "a valid signature"));
        }
    }
    Ok(weight)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bn254::Fr;
    use crate::signature::schnorr_signing::tests::signing_key;
    use crate::transition::voting_table::tests::table;

    /// Signed by these members of a table of equal stakes, valid in every way but what `spoil` does before.
    fn bundle(secrets: &[u64], spoil: impl Fn(&mut StateBundle)) -> StateBundle {
        let mut bundle = StateBundle {
            state: LightClientState { view: 17, height: 14, block_comm_root: Fr::from(7u64) },
            next_table: table(&[2, 2, 2, 2]).state(),
            auth_root: [3; 32],
            signatures: Vec::new(),
        };
        spoil(&mut bundle);
        let message = Kind::Lcv3.message(&bundle.state, &bundle.next_table, &bundle.auth_root);
        bundle.signatures = (secrets.iter().map(|secret| signing_key(*secret)))
            .map(|signer| (*signer.verification_key(), signer.sign(&message)))
            .collect();
        bundle
    }

    fn code(bundle: &StateBundle) -> Result<u128, Rejection> {
        let table = table(&[2, 2, 2, 2]);
        verify_bundle(bundle, &table, 2, Epochs::new(10).unwrap(), Some((11, 5))).map_err(|error| error.rejection)
    }

    #[test]
    fn every_rule_of_a_bundle() {
        assert_eq!(code(&bundle(&[1, 2, 3], |_| ())), Ok(6));
        assert_eq!(code(&bundle(&[1, 2], |_| ())), Err(Rejection::StateWeight), "what the reference's relay takes");
        assert_eq!(code(&bundle(&[1, 2, 2], |_| ())), Err(Rejection::StateDuplicateSigner));
        assert_eq!(code(&bundle(&[1, 2, 9], |_| ())), Err(Rejection::StateSigner));
        let height = |height| bundle(&[1, 2, 3], |bundle| bundle.state.height = height);
        for after in 15..=20 {
            assert_eq!(code(&height(after)), Err(Rejection::StateAfterRoot), "{after}");
        }
        assert_eq!(code(&height(21)), Err(Rejection::StateEpoch));
        assert_eq!(code(&height(10)), Err(Rejection::StateEpoch));
        assert_eq!(code(&bundle(&[1, 2, 3], |bundle| bundle.state.view = 11)), Err(Rejection::StateOutdated));
        let other = bundle(&[1, 2, 3], |bundle| bundle.next_table = table(&[2, 2]).state());
        assert_eq!(code(&other), Err(Rejection::StateTableCommitment), "the table changes at roots only");
        let mut moved = bundle(&[1, 2, 3], |_| ());
        moved.auth_root = [4; 32];
        assert_eq!(code(&moved), Err(Rejection::StateSignature));
        let mut swapped = bundle(&[1, 2, 3], |_| ());
        swapped.signatures[1].1 = swapped.signatures[0].1;
        assert_eq!(code(&swapped), Err(Rejection::StateSignature));
    }
}
