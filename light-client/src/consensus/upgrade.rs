//! Upgrade certificates: leaves carry them from the vote on an upgrade until it takes effect.
//!
//! The header's version is covered by the leaf's commitment, so the quorum on the leaf is the
//! authority on which rules hold; the certificate announces a change ahead of time.
//! Source: EspressoSystems/espresso-network `crates/hotshot/types/src/simple_vote.rs`
//! (`UpgradeProposalData`, `UpgradeProposalData2`), `simple_certificate.rs`.

use alloc::sync::Arc;

use crate::consensus::certificate::UpgradeCertificate;
use crate::consensus::leaf::Leaf;
use crate::consensus::signatures::weigh_message;
use crate::consensus::tables::EpochTables;
use crate::encoding::committable::Commitment;
use crate::rejection::{Operand, Rejected, Rejection};
use crate::stake_table::table::StakeTable;
use crate::stake_table::threshold::Threshold;

/// Checks the upgrade certificate that a leaf carries: versions, views, signature and weight.
///
/// The certificate names neither epoch nor height. It is tried under the table of the leaf's epoch
/// and, because it may have been signed before the epoch began, under the one before. Leaves of the
/// new protocol carry the certificate without the epoch that its signers signed, so there the
/// message with either epoch is tried too.
///
/// # Errors
/// `upgrade.versions`, `upgrade.views`, and the reason why the first candidate fails: `qc.*`.
pub fn check_upgrade_certificate(
    certificate: &UpgradeCertificate,
    leaf: &Leaf,
    tables: &EpochTables,
) -> Result<(), Rejected> {
    let data = &certificate.data;
    if data.new_version <= data.old_version {
        return Err(Rejection::UpgradeVersions.with(Operand::from(data.new_version), Operand::from(data.old_version)));
    }
    if data.new_version_first_view <= data.old_version_last_view {
        return Err(Rejection::UpgradeViews.with(data.new_version_first_view, data.old_version_last_view));
    }

    let version = leaf.header.version;
    let own_message = certificate.signed_message();
    let check = |message: Commitment, table: Result<&Arc<StakeTable>, Rejected>| -> Result<(), Rejected> {
        let (signed, _) = weigh_message(certificate, message, table?, Threshold::Upgrade)?;
        let refused = |_| Rejection::QcSignature.with(message, "a message that the quorum signed");
        signed.verify().map_err(refused)
    };
    if !version.has_epochs() {
        return check(own_message, tables.of_block(version, leaf.height()));
    }
    let epoch = tables.epochs()?.of(leaf.height());
    let first = check(own_message, tables.of_epoch(epoch));
    if first.is_ok() {
        return first;
    }
    let accepted = [epoch, epoch.saturating_sub(1)].into_iter().any(|epoch| {
        let in_epoch = || data.signed_message_in_epoch(epoch, certificate.view);
        check(own_message, tables.of_epoch(epoch)).is_ok()
            || (version.is_new_protocol() && check(in_epoch(), tables.of_epoch(epoch)).is_ok())
    });
    if accepted { Ok(()) } else { first }
}
