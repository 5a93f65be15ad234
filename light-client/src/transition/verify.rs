//! When a state certificate is believed: every rule of the hand-over from one table to the next.

use alloc::borrow::Cow;

use super::certificate::StateCertificate;
use super::kind::Kind;
use super::stake_table_state::StakeTableState;
use super::state::LightClientState;
use super::voting_table::VotingTable;
use crate::consensus::epoch::Epochs;
use crate::encoding::integer::U256;
use crate::rejection::{Operand, Rejected, Rejection};
use crate::signature::schnorr::VerificationKey;

/// What is known before a certificate arrives.
#[derive(Clone, Copy, Debug)]
pub struct Expectation {
    /// The epoch whose table signs.
    pub epoch: u64,
    /// The network's epochs.
    pub epochs: Epochs,
    /// Form of the signatures that count, by the protocol version of the epoch's root.
    pub kind: Kind,
    /// The last state that is known, if any: views and heights only grow.
    pub after: Option<(u64, u64)>,
}

/// A certified hand-over: a state and the next epoch's table, signed by more than two thirds.
///
/// Certified is **not final**: validators sign the root of an epoch with their votes, before it is
/// decided. Finality comes from certificates of the chain under the next table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CertifiedState {
    /// The epoch whose validators signed.
    pub epoch: u64,
    /// The certified state.
    pub state: LightClientState,
    /// The commitments to the table of the next epoch.
    pub next_table: StakeTableState,
    /// The auth root, where the form of the signatures covers it.
    pub auth_root: Option<[u8; 32]>,
    /// Stake of the signers.
    pub weight: u128,
    /// Least stake that would have sufficed.
    pub quorum: u128,
}

/// Checks a certificate against the table of its epoch.
///
/// # Errors
/// `state.version`, `state.epoch`, `state.not_epoch_root`, `state.outdated`, `state.auth_root`,
/// `state.signer`, `state.duplicate_signer`, `state.weight`, `state.signature`.
pub fn verify(
    certificate: &StateCertificate,
    table: &VotingTable,
    expected: &Expectation,
) -> Result<CertifiedState, Rejected> {
    check_epoch_root(certificate.epoch, &certificate.state, expected.epoch, expected.epochs, expected.after)?;
    let auth_root = certified_auth_root(certificate, expected.kind)?;
    let weight = quorum_weight(certificate.signatures.iter().map(|signer| &signer.key), table)?;
    check_signatures(certificate, expected.kind)?;
    Ok(CertifiedState {
        epoch: expected.epoch,
        state: certificate.state,
        next_table: certificate.next_table,
        auth_root,
        weight,
        quorum: table.quorum(),
    })
}

/// Label, signed height and expectation name one epoch, the height is that epoch's root, and the
/// state is newer than the last one. The label is not signed; the height is.
pub(super) fn check_epoch_root(
    label: u64,
    state: &LightClientState,
    expected: u64,
    epochs: Epochs,
    after: Option<(u64, u64)>,
) -> Result<(), Rejected> {
    let height = state.height;
    Rejection::StateEpoch.unless_equal(epochs.of(height), expected)?;
    Rejection::StateEpoch.unless_equal(label, expected)?;
    if epochs.root(expected) != Some(height) {
        return Err(Rejection::StateNotRoot.with(height, "the height five below the epoch's end"));
    }
    check_newer(state, after)
}

/// Views and heights only grow.
pub(super) fn check_newer(state: &LightClientState, after: Option<(u64, u64)>) -> Result<(), Rejected> {
    let LightClientState { view, height, .. } = *state;
    match after {
        Some((known_view, _)) if view <= known_view => Err(Rejection::StateOutdated.with(view, known_view)),
        Some((_, known_height)) if height <= known_height => Err(Rejection::StateOutdated.with(height, known_height)),
        _ => Ok(()),
    }
}

/// Only LCV3 covers the auth root; beside other forms a root would be the server's invention.
fn certified_auth_root(certificate: &StateCertificate, kind: Kind) -> Result<Option<[u8; 32]>, Rejected> {
    match kind {
        Kind::Lcv1 => Err(Rejection::StateVersion.with(kind.name(), "LCV2 or LCV3")),
        Kind::Lcv2 => Rejection::StateAuthRoot.unless_equal(certificate.auth_root, [0; 32]).map(|()| None),
        Kind::Lcv3 => Ok(Some(certificate.auth_root)),
    }
}

/// The stake of distinct rows whose keys are listed, each at most once, if it is a quorum.
pub(super) fn quorum_weight<'a>(
    keys: impl Iterator<Item = &'a VerificationKey>,
    table: &VotingTable,
) -> Result<u128, Rejected> {
    let mut seen = alloc::vec![false; table.rows().len()];
    let mut weight = 0u128;
    for (index, key) in keys.enumerate() {
        let row = table.row_of(key).ok_or_else(|| Rejection::StateSigner.with(index, "a key of the table"))?;
        match seen.get_mut(row) {
            Some(seen) if !*seen => *seen = true,
            _ => return Err(Rejection::StateDuplicateSigner.with(index, row)),
        }
        weight = weight.saturating_add(table.rows().get(row).map_or(0, |row| row.amount));
    }
    if !table.is_quorum(weight) {
        return Err(Rejection::StateWeight.with(U256::from(weight), U256::from(table.quorum())));
    }
    Ok(weight)
}

/// Every signature of the form that counts, and every legacy one too: a certificate that carries a
/// wrong signature anywhere did not come from an honest node.
fn check_signatures(certificate: &StateCertificate, kind: Kind) -> Result<(), Rejected> {
    let message = |kind: Kind| kind.message(&certificate.state, &certificate.next_table, &certificate.auth_root);
    let (counting, legacy) = (message(kind), message(Kind::Lcv2));
    for (index, signer) in certificate.signatures.iter().enumerate() {
        let refused = |form: &str| {
            let place = Operand::Text(Cow::Owned(alloc::format!("signer {index}, {form}")));
            Rejection::StateSignature.with(place, "a valid signature")
        };
        if !signer.key.signed(&counting, &signer.signature) {
            return Err(refused(kind.name()));
        }
        if !signer.key.signed(&legacy, &signer.legacy) {
            return Err(refused("legacy LCV2"));
        }
    }
    Ok(())
}

/// Checks that a state and the table it hands over to are followed by a certificate under that
/// very table: what links one epoch to the next.
///
/// # Errors
/// `state.table_commitment`.
pub fn check_table(certified: &CertifiedState, table: &VotingTable) -> Result<(), Rejected> {
    table.expect(&certified.next_table)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bn254::Fr;
    use crate::signature::schnorr_signing::tests::signing_key;
    use crate::transition::certificate::StateSignature;
    use crate::transition::voting_table::tests::table;
    use alloc::vec::Vec;

    fn expectation(kind: Kind) -> Expectation {
        Expectation { epoch: 2, epochs: Epochs::new(10).unwrap(), kind, after: Some((11, 5)) }
    }

    /// A certificate of the signers with these secrets, valid in every way but what `spoil` does
    /// before the signatures are made.
    fn certificate(kind: Kind, secrets: &[u64], spoil: impl Fn(&mut StateCertificate)) -> StateCertificate {
        let mut certificate = StateCertificate {
            epoch: 2,
            state: LightClientState { view: 17, height: 15, block_comm_root: Fr::from(7u64) },
            next_table: table(&[2, 2, 2]).state(),
            auth_root: if kind == Kind::Lcv3 { [3; 32] } else { [0; 32] },
            signatures: Vec::new(),
        };
        spoil(&mut certificate);
        let message = |kind: Kind| kind.message(&certificate.state, &certificate.next_table, &certificate.auth_root);
        let sign = |secret: &u64| {
            let signer = signing_key(*secret);
            StateSignature {
                key: *signer.verification_key(),
                signature: signer.sign(&message(kind)),
                legacy: signer.sign(&message(Kind::Lcv2)),
            }
        };
        certificate.signatures = secrets.iter().map(sign).collect();
        certificate
    }

    fn refused(kind: Kind, certificate: &StateCertificate) -> Rejection {
        verify(certificate, &table(&[1, 1, 1, 1, 1]), &expectation(kind)).unwrap_err().rejection
    }

    #[test]
    fn four_of_five_suffice_and_three_do_not() {
        for kind in [Kind::Lcv2, Kind::Lcv3] {
            let good = certificate(kind, &[4, 1, 2, 5], |_| ());
            let certified = verify(&good, &table(&[1, 1, 1, 1, 1]), &expectation(kind)).unwrap();
            assert_eq!((certified.weight, certified.quorum, certified.epoch), (4, 4, 2));
            assert_eq!(certified.auth_root, (kind == Kind::Lcv3).then_some([3; 32]));
            check_table(&certified, &table(&[2, 2, 2])).unwrap();
            assert!(check_table(&certified, &table(&[2, 2, 1])).is_err());
            assert_eq!(refused(kind, &certificate(kind, &[4, 1, 2], |_| ())), Rejection::StateWeight);
            assert_eq!(refused(kind, &certificate(kind, &[], |_| ())), Rejection::StateWeight);
        }
    }

    #[test]
    fn signers_count_once_and_only_from_the_table() {
        let kind = Kind::Lcv3;
        assert_eq!(refused(kind, &certificate(kind, &[1, 2, 3, 3], |_| ())), Rejection::StateDuplicateSigner);
        assert_eq!(refused(kind, &certificate(kind, &[1, 2, 3, 4, 6], |_| ())), Rejection::StateSigner);
    }

    #[test]
    fn only_the_root_of_the_expected_epoch() {
        let kind = Kind::Lcv3;
        let all = [1, 2, 3, 4, 5];
        for height in 0..40 {
            let found = certificate(kind, &all, |certificate| certificate.state.height = height);
            let expected = match height {
                15 => continue,
                11..=20 => Rejection::StateNotRoot,
                _ => Rejection::StateEpoch,
            };
            assert_eq!(refused(kind, &found), expected, "{height}");
        }
        for epoch in [0, 1, 3, u64::MAX] {
            assert_eq!(refused(kind, &certificate(kind, &all, |found| found.epoch = epoch)), Rejection::StateEpoch);
        }
        for view in [0, 10, 11] {
            let found = certificate(kind, &all, |found| found.state.view = view);
            assert_eq!(refused(kind, &found), Rejection::StateOutdated);
        }
        let good = certificate(kind, &all, |_| ());
        let replayed = Expectation { after: Some((16, 15)), ..expectation(kind) };
        let replayed = verify(&good, &table(&[1, 1, 1, 1, 1]), &replayed).unwrap_err();
        assert_eq!(replayed.rejection, Rejection::StateOutdated);
    }

    #[test]
    fn the_version_decides_the_form() {
        let all = [1, 2, 3, 4, 5];
        assert_eq!(refused(Kind::Lcv3, &certificate(Kind::Lcv2, &all, |_| ())), Rejection::StateSignature);
        let zero = certificate(Kind::Lcv3, &all, |found| found.auth_root = [0; 32]);
        assert_eq!(refused(Kind::Lcv2, &zero), Rejection::StateSignature);
        assert_eq!(refused(Kind::Lcv2, &certificate(Kind::Lcv3, &all, |_| ())), Rejection::StateAuthRoot);
        assert_eq!(refused(Kind::Lcv1, &certificate(Kind::Lcv1, &all, |_| ())), Rejection::StateVersion);
    }

    #[test]
    fn both_signatures_of_every_signer_count() {
        let good = certificate(Kind::Lcv3, &[1, 2, 3, 4, 5], |_| ());
        for index in 0..5 {
            let mut spoilt = good.clone();
            spoilt.signatures[index].signature = good.signatures[(index + 1) % 5].signature;
            assert_eq!(refused(Kind::Lcv3, &spoilt), Rejection::StateSignature);
            let mut spoilt = good.clone();
            spoilt.signatures[index].legacy = good.signatures[index].signature;
            assert_eq!(refused(Kind::Lcv3, &spoilt), Rejection::StateSignature);
        }
    }
}
