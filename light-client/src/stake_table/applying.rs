//! Events on their way into registrations, in small units of work.

use alloc::vec::Vec;

use super::possession::CheckedEvent;
use super::state::RegistrationState;
use crate::rejection::Rejected;

/// How many events are applied for a unit of work.
const EVENTS_PER_UNIT: usize = 64;
/// How many commitments to validators are computed for one.
const VALIDATORS_PER_UNIT: usize = 4;

/// Registrations to which some of an epoch's events are applied.
#[derive(Debug)]
pub(super) struct Applying {
    registrations: RegistrationState,
    events: Vec<CheckedEvent>,
    next: usize,
}

impl Applying {
    pub(super) const fn new(registrations: RegistrationState, events: Vec<CheckedEvent>) -> Self {
        Self { registrations, events, next: 0 }
    }

    /// Units of work left, about.
    pub(super) fn remaining(&self) -> u32 {
        let events = self.events.len().saturating_sub(self.next) / EVENTS_PER_UNIT;
        let validators = self.registrations.len() / VALIDATORS_PER_UNIT;
        u32::try_from(events.saturating_add(validators)).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// Works for about `budget` units. The registrations with all commitments computed, once all events
    /// are applied.
    ///
    /// # Errors
    /// The fatal faults of [`RegistrationState::apply`].
    pub(super) fn step(&mut self, budget: u32) -> Result<Option<RegistrationState>, Rejected> {
        let budget = usize::try_from(budget.max(1)).unwrap_or(usize::MAX);
        if self.next < self.events.len() {
            let until = self.next.saturating_add(budget.saturating_mul(EVENTS_PER_UNIT)).min(self.events.len());
            for event in self.events.get(self.next..until).unwrap_or_default() {
                self.registrations.apply(event)?;
            }
            self.next = until;
            return Ok(None);
        }
        if self.registrations.settle_some(budget.saturating_mul(VALIDATORS_PER_UNIT)) {
            return Ok(Some(core::mem::take(&mut self.registrations)));
        }
        Ok(None)
    }
}
