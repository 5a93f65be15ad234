//! Which provider to ask next: the one that works, until it lies, fails or has nothing new.

use std::time::{Duration, Instant};

use crate::provider::address::Address;

/// What a provider did wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It said something that was rejected.
    Lie,
    /// It did not answer, or not with what it should have. No lie.
    Poverty,
}

impl Fault {
    /// The first pause; it doubles with every further fault.
    const fn first_pause(self) -> Duration {
        match self {
            Self::Lie => Duration::from_secs(1),
            Self::Poverty => Duration::from_millis(250),
        }
    }
}

/// The longest pause before a provider is tried again.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

#[derive(Debug)]
struct Candidate {
    address: Address,
    faults: u32,
    not_before: Option<Instant>,
}

/// Providers and how they behaved.
#[derive(Debug)]
pub struct Rotation {
    candidates: Vec<Candidate>,
    current: usize,
}

/// Whom to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The provider with this number.
    Ask(usize),
    /// Nobody for so long.
    Wait(Duration),
}

impl Rotation {
    /// Providers in order of preference; those that are listed twice count once.
    pub fn new(addresses: impl IntoIterator<Item = Address>) -> Self {
        let mut candidates: Vec<Candidate> = Vec::new();
        for address in addresses {
            if candidates.iter().all(|candidate| candidate.address != address) {
                candidates.push(Candidate { address, faults: 0, not_before: None });
            }
        }
        Self { candidates, current: 0 }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.candidates.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.candidates.is_empty()
    }

    /// The address of a provider.
    pub fn address(&self, index: usize) -> Option<&Address> {
        self.candidates.get(index).map(|candidate| &candidate.address)
    }

    /// The current provider while it is not in a pause, else the next one that is not.
    pub fn choose(&mut self, now: Instant) -> Choice {
        let count = self.candidates.len();
        let mut shortest = LONGEST_PAUSE;
        for step in 0..count {
            let index = (self.current + step) % count;
            let Some(candidate) = self.candidates.get(index) else { continue };
            match candidate.not_before.and_then(|moment| moment.checked_duration_since(now)) {
                Some(pause) if !pause.is_zero() => shortest = shortest.min(pause),
                _ => {
                    self.current = index;
                    return Choice::Ask(index);
                }
            }
        }
        Choice::Wait(shortest)
    }

    /// Notes a fault: the provider rests, and the next one is asked. `chance` spreads the pauses of
    /// many clients; 0 to 255 give half to all of the pause.
    pub fn blame(&mut self, index: usize, fault: Fault, least: Option<Duration>, chance: u8, now: Instant) {
        if let Some(candidate) = self.candidates.get_mut(index) {
            let doubled = 1u32.checked_shl(candidate.faults.min(16)).unwrap_or(u32::MAX);
            let pause = fault.first_pause().saturating_mul(doubled).min(LONGEST_PAUSE);
            let spread = pause.mul_f64(0.5 + f64::from(chance) / 510.0);
            candidate.faults = candidate.faults.saturating_add(1);
            candidate.not_before = now.checked_add(spread.max(least.unwrap_or_default()));
        }
        self.pass_on();
    }

    /// Forgets the faults of a provider that did well.
    pub fn praise(&mut self, index: usize) {
        if let Some(candidate) = self.candidates.get_mut(index) {
            candidate.faults = 0;
            candidate.not_before = None;
        }
    }

    /// Prefers the next provider from now on.
    pub fn pass_on(&mut self) {
        self.current = (self.current + 1) % self.candidates.len().max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rotation(count: usize) -> Rotation {
        Rotation::new((0..count).map(|index| format!("http://provider-{index}.example").parse().unwrap()))
    }

    #[test]
    fn a_good_provider_is_kept() {
        let mut rotation = rotation(3);
        let now = Instant::now();
        assert_eq!([rotation.choose(now), rotation.choose(now)], [Choice::Ask(0); 2]);
        rotation.pass_on();
        assert_eq!(rotation.choose(now), Choice::Ask(1));
    }

    #[test]
    fn faults_pass_on_and_pauses_grow_to_a_limit() {
        let mut rotation = rotation(2);
        let now = Instant::now();
        rotation.blame(0, Fault::Lie, None, 255, now);
        assert_eq!(rotation.choose(now), Choice::Ask(1));
        rotation.blame(1, Fault::Poverty, None, 255, now);
        assert_eq!(rotation.choose(now), Choice::Wait(Duration::from_millis(250)));
        assert_eq!(rotation.choose(now + Duration::from_millis(250)), Choice::Ask(1));
        assert_eq!(rotation.choose(now + Duration::from_secs(1)), Choice::Ask(1));
        for _ in 0..40 {
            rotation.blame(1, Fault::Poverty, None, 0, now);
        }
        assert_eq!(rotation.choose(now + Duration::from_secs(1)), Choice::Ask(0), "its pause is over");
        rotation.blame(0, Fault::Lie, Some(Duration::from_secs(45)), 0, now);
        assert_eq!(rotation.choose(now), Choice::Wait(Duration::from_secs(30)), "half of the longest");
        rotation.praise(0);
        assert_eq!(rotation.choose(now), Choice::Ask(0));
        rotation.blame(0, Fault::Lie, None, 255, now);
        assert_eq!(rotation.choose(now + Duration::from_secs(1)), Choice::Ask(0), "praise forgets");
    }

    #[test]
    fn doubles_and_nobody() {
        let twice = ["http://a.example", "http://a.example/", "http://a.example/v1"];
        assert_eq!(Rotation::new(twice.map(|address| address.parse().unwrap())).len(), 1);
        let mut nobody = rotation(0);
        assert!(nobody.is_empty());
        nobody.pass_on();
        assert_eq!(nobody.choose(Instant::now()), Choice::Wait(LONGEST_PAUSE));
    }
}
