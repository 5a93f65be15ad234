//! Upgrades to versions that this client does not know, as the validators announce them.
//!
//! The commitment of a header of an unknown version cannot be computed, so a certificate on one
//! proves nothing here: who shows such a header may be honest or not. What can be verified comes
//! before. Leaves of the old version carry the upgrade's certificate until the new version begins,
//! and the certificate names the view with which it does.
//! Source: EspressoSystems/espresso-network `crates/hotshot/types/src/simple_vote.rs`
//! (`UpgradeProposalData`), `data.rs` (`Leaf2::extends_upgrade`).

use crate::consensus::certificate::UpgradeCertificate;
use crate::consensus::leaf::Leaf;
use crate::consensus::tables::EpochTables;
use crate::consensus::upgrade::check_upgrade_certificate;
use crate::consensus::verified::Verified;
use crate::consensus::version::Version;
use crate::rejection::{Operand, Rejected, Rejection};

/// An upgrade to an unknown version that a quorum has certified and that a final leaf announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CertifiedUpgrade {
    /// The version that takes effect.
    pub version: Version,
    /// The last view whose block is an ordinary one of the old version.
    pub old_version_last_view: u64,
    /// The first view of the new version.
    pub new_version_first_view: u64,
}

impl CertifiedUpgrade {
    /// The rejection that every call ends with once the upgrade took effect.
    pub fn rejected(&self) -> Rejected {
        Rejection::UpgradeRequired.with(Operand::from(self.version), Operand::from(Version::SUPPORTED))
    }

    /// Whether the chain has come to the new version. `newest` is the view of the newest final leaf;
    /// `shown` is the refusal of a header that a server showed, if it showed one.
    ///
    /// No view is left for the old version, or: ordinary blocks have ended, and a header of exactly
    /// the certified version is shown. The latter a server could invent, but it takes no more from
    /// the client than the last views before the change, which carry no transactions.
    pub(super) fn is_due(&self, newest: u64, shown: Option<&Rejected>) -> bool {
        let no_view_left = newest.saturating_add(1) >= self.new_version_first_view;
        let is_shown = shown.is_some_and(|shown| *shown == self.rejected());
        no_view_left || (is_shown && newest >= self.old_version_last_view)
    }
}

/// What the newest final leaf announces.
#[derive(Clone, Debug, Default)]
pub(super) struct Announcement {
    /// Successive leaves carry the same certificate: its signature is checked once.
    examined: Option<UpgradeCertificate>,
    certified: Option<CertifiedUpgrade>,
}

impl Announcement {
    /// Takes note of a final leaf. Certificates that a leaf no longer carries are void: their
    /// upgrade was not decided in time.
    pub(super) fn learn(&mut self, leaf: &Verified<Leaf>, tables: &EpochTables) {
        let announced = leaf.upgrade_certificate.as_ref().filter(|certificate| {
            certificate.data.new_version > Version::SUPPORTED && leaf.view < certificate.data.new_version_first_view
        });
        if self.examined.as_ref() == announced {
            return;
        }
        self.examined = announced.cloned();
        let certified = announced.filter(|certificate| check_upgrade_certificate(certificate, leaf, tables).is_ok());
        self.certified = certified.map(|UpgradeCertificate { data, .. }| CertifiedUpgrade {
            version: data.new_version,
            old_version_last_view: data.old_version_last_view,
            new_version_first_view: data.new_version_first_view,
        });
    }

    /// The upgrade that is announced and certified.
    pub(super) const fn certified(&self) -> Option<&CertifiedUpgrade> {
        self.certified.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consensus::fixture::{ALL, LIGHT, certify, root, tables, upgrade};

    const V0_7: Version = Version { major: 0, minor: 7 };

    fn learnt(announcement: &mut Announcement, view: u64, certificate: Option<UpgradeCertificate>) -> bool {
        let leaf = Leaf { upgrade_certificate: certificate, ..root(Version::V0_5, 12, view) };
        announcement.learn(&Verified::new(leaf), &tables());
        announcement.certified().is_some()
    }

    #[test]
    fn only_what_a_quorum_signed_is_announced() {
        let honest = upgrade(V0_7, 130, 2);
        assert!(learnt(&mut Announcement::default(), 112, Some(honest.clone())));
        let weak = certify(honest.data.clone(), 125, 2, &LIGHT);
        let mut moved = honest.clone();
        moved.data.new_version_first_view = 120;
        let strangers = certify(honest.data.clone(), 125, 4, &ALL);
        let known = upgrade(Version::V0_6, 130, 2);
        for certificate in [weak, moved, strangers, known] {
            assert!(!learnt(&mut Announcement::default(), 112, Some(certificate)));
        }
    }

    #[test]
    fn an_upgrade_that_is_not_decided_is_forgotten() {
        let certificate = upgrade(V0_7, 130, 2);
        let mut announcement = Announcement::default();
        assert!(learnt(&mut announcement, 112, Some(certificate.clone())));
        assert!(!learnt(&mut announcement, 113, None));
        assert!(learnt(&mut announcement, 114, Some(certificate.clone())));
        assert!(!learnt(&mut announcement, 130, Some(certificate)), "its first view is of the old version");
    }

    #[test]
    fn an_upgrade_is_due_at_its_first_view_and_where_the_old_version_ends() {
        let certified = CertifiedUpgrade { version: V0_7, old_version_last_view: 120, new_version_first_view: 130 };
        let shown = certified.rejected();
        let another = CertifiedUpgrade { version: Version { major: 0, minor: 8 }, ..certified }.rejected();
        assert!(certified.is_due(129, None) && !certified.is_due(128, None));
        assert!(certified.is_due(120, Some(&shown)) && !certified.is_due(119, Some(&shown)));
        assert!(!certified.is_due(128, Some(&another)));
    }
}
