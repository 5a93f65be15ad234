//! From one epoch's stake table to the next over state certificates, without proofs: the way for
//! networks whose transition keys no ceremony has made yet.
//!
//! One certificate and one table an epoch, each step a few hundred signatures. As over proofs, what
//! comes out is **certified, not final**.

use crate::consensus::epoch::Epochs;
use crate::consensus::version::Version;
use crate::rejection::{Rejected, Rejection};
use crate::stake_table::table::StakeTable;
use crate::transition::certificate::StateCertificate;
use crate::transition::kind::Kind;
use crate::transition::verify::{CertifiedState, Expectation, verify};
use crate::transition::voting_table::VotingTable;

/// An epoch whose table is known, on the way to later ones.
#[derive(Clone, Debug)]
pub struct CertifiedSync {
    epochs: Epochs,
    epoch: u64,
    table: VotingTable,
    after: Option<(u64, u64)>,
}

impl CertifiedSync {
    /// Starts with the pinned or verified table of an epoch.
    ///
    /// # Errors
    /// Those of [`VotingTable::admit`].
    pub fn new(epochs: Epochs, epoch: u64, table: &StakeTable, capacity: usize) -> Result<Self, Rejected> {
        Ok(Self::from_table(epochs, epoch, VotingTable::admit(table, capacity)?))
    }

    /// Starts with an admitted table.
    pub const fn from_table(epochs: Epochs, epoch: u64, table: VotingTable) -> Self {
        Self { epochs, epoch, table, after: None }
    }

    /// Says which state, by view and height, was the last one before.
    pub const fn following(mut self, after: (u64, u64)) -> Self {
        self.after = Some(after);
        self
    }

    /// The epoch whose table is known, and whose certificate is needed next.
    pub const fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The table of that epoch.
    pub const fn table(&self) -> &VotingTable {
        &self.table
    }

    /// View and height of the last certified state, if any.
    pub const fn after(&self) -> Option<(u64, u64)> {
        self.after
    }

    /// Takes the certificate of the epoch, whose root is of this protocol version, and the table that
    /// it hands over to, from wherever. Nothing changes if either is refused.
    ///
    /// # Errors
    /// Those of [`verify`], `state.table_commitment` for another table, those of [`VotingTable::admit`].
    pub fn advance(
        &mut self,
        certificate: &StateCertificate,
        version: Version,
        next: &StakeTable,
    ) -> Result<CertifiedState, Rejected> {
        let certified = self.certify(certificate, version)?;
        self.take_table(&certified, next)?;
        Ok(certified)
    }

    /// The first half of [`Self::advance`]: the certificate of the epoch.
    ///
    /// # Errors
    /// Those of [`verify`].
    pub fn certify(&self, certificate: &StateCertificate, version: Version) -> Result<CertifiedState, Rejected> {
        let (epoch, epochs, after) = (self.epoch, self.epochs, self.after);
        verify(certificate, &self.table, &Expectation { epoch, epochs, kind: Kind::of_version(version), after })
    }

    /// The second half: the table that was handed over to. Nothing changes if it is refused.
    ///
    /// # Errors
    /// `state.epoch` for a hand-over of another epoch, `state.table_commitment` for another table, those
    /// of [`VotingTable::admit`].
    pub fn take_table(&mut self, certified: &CertifiedState, next: &StakeTable) -> Result<(), Rejected> {
        Rejection::StateEpoch.unless_equal(certified.epoch, self.epoch)?;
        let next = VotingTable::admit(next, self.table.capacity())?;
        next.expect(&certified.next_table)?;
        self.table = next;
        self.epoch = self.epoch.saturating_add(1);
        self.after = Some((certified.state.view, certified.state.height));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::json::parse;
    use crate::recorded;
    use crate::transition::voting_table::DEFAULT_CAPACITY;

    /// The recorded chain of 0.4: two epochs of the static table, then the dynamic one.
    #[test]
    fn walks_over_the_recorded_certificates() {
        let read = |name: &str| Some(StakeTable::from_json(&parse(&recorded::file(name)?).unwrap()).unwrap());
        let (Some(fixed), Some(dynamic), Some(text)) =
            (read("v4/stake_table.json"), read("v4/stake_table_epoch3.json"), recorded::file("v4/state-certs.json"))
        else {
            return;
        };
        let json = parse(&text).unwrap();
        let certificates = json.items().unwrap().iter().map(|pair| &pair.items().unwrap()[1]);
        let certificates: alloc::vec::Vec<_> =
            certificates.map(|certificate| StateCertificate::from_json(certificate).unwrap()).collect();
        let mut sync = CertifiedSync::new(Epochs::new(10).unwrap(), 1, &fixed, DEFAULT_CAPACITY).unwrap();
        let next_of = |epoch: u64| if epoch >= 2 { &dynamic } else { &fixed };
        for certificate in &certificates {
            let epoch = sync.epoch();
            let refuses = |sync: &CertifiedSync, certificate: &StateCertificate, version, next: &StakeTable| {
                let mut other = sync.clone();
                let refused = other.advance(certificate, version, next).unwrap_err().rejection;
                assert_eq!((other.epoch(), other.after()), (sync.epoch(), sync.after()), "nothing changed");
                refused
            };
            let other = if epoch >= 2 { &fixed } else { &dynamic };
            assert_eq!(refuses(&sync, certificate, Version::V0_4, other), Rejection::StateTableCommitment);
            assert_eq!(refuses(&sync, certificate, Version::V0_3, next_of(epoch)), Rejection::StateAuthRoot);
            let later = &certificates[certificates.len() - 1];
            if later.epoch != epoch {
                assert_eq!(refuses(&sync, later, Version::V0_4, next_of(epoch)), Rejection::StateEpoch);
            }
            let certified = sync.advance(certificate, Version::V0_4, next_of(epoch)).unwrap();
            assert_eq!((certified.epoch, sync.epoch()), (epoch, epoch + 1));
        }
        assert_eq!((sync.epoch(), sync.after()), (7, Some((55, 55))));
        sync.table().expect(&certificates[5].next_table).unwrap();
    }
}
