//! When the tables themselves are doubted.
//!
//! The hash of an epoch's registrations does not fix their order, and signers stand in that order
//! ([`crate::stake_table::transition`]). Events in another order make the right hash and a table
//! under which honest certificates fail, perhaps much later: once those who changed places are active
//! and do not all sign. So when signatures fail again and again, whoever is asked, the newest table is
//! given up, and if that does not help, all of them. What was final stays final; a liar who forges
//! signatures to the same end costs time.

/// After so many failures the newest table is given up.
const STEP_BACK: u32 = 2;
/// After so many all tables from events are.
const BEGIN_ANEW: u32 = 4;

/// What a failed signature calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Remedy {
    /// Ask someone else.
    Patience,
    /// Derive the newest table again.
    StepBack,
    /// Derive every table again.
    BeginAnew,
}

/// Counts signatures that failed under derived tables since the last that held.
#[derive(Debug, Default)]
pub(super) struct Doubt {
    failures: u32,
    /// The newest epoch that was doubted.
    epoch: u64,
}

impl Doubt {
    /// A signature failed while the newest derived table was that of an epoch.
    pub(super) fn failed(&mut self, epoch: u64) -> Remedy {
        self.failures = self.failures.saturating_add(1);
        self.epoch = self.epoch.max(epoch);
        match self.failures {
            STEP_BACK => Remedy::StepBack,
            BEGIN_ANEW => {
                self.failures = 0;
                Remedy::BeginAnew
            }
            _ => Remedy::Patience,
        }
    }

    /// The table of an epoch was derived. Beyond what was doubted, that takes signatures that hold.
    pub(super) fn derived(&mut self, epoch: u64) {
        if epoch > self.epoch {
            self.settled();
        }
    }

    /// Blocks were proven final.
    pub(super) fn settled(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubts_grow_and_are_settled() {
        let mut doubt = Doubt::default();
        let failures = |doubt: &mut Doubt, count| (0..count).map(|_| doubt.failed(7)).collect::<alloc::vec::Vec<_>>();
        assert_eq!(failures(&mut doubt, 3), [Remedy::Patience, Remedy::StepBack, Remedy::Patience]);
        // The same table once more is no news.
        doubt.derived(7);
        assert_eq!(doubt.failed(6), Remedy::BeginAnew);
        assert_eq!(failures(&mut doubt, 1), [Remedy::Patience]);
        doubt.derived(8);
        assert_eq!(failures(&mut doubt, 1), [Remedy::Patience]);
        doubt.settled();
        assert_eq!(failures(&mut doubt, 1), [Remedy::Patience]);
    }
}
