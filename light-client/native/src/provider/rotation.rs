//! Which provider to ask next: the one that works, until it lies, fails or has nothing new.
//!
//! Poverty (no answer, 404, 429, a module that is off, a version that this program does not know)
//! costs a provider priority. An answer that verification rejected costs trust: its provider goes
//! into quarantine, where it is asked only if nobody else can be. Nothing unproven is ever taken
//! over from any of them, so a provider that was quarantined by mistake is only slower to be asked.

use std::time::{Duration, Instant};

use hotshot_light_client::{Rejected, Rejection};

use crate::provider::address::Address;
use crate::provider::backoff::{Backoff, Chance};

/// What a provider did wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Verification rejected what it said.
    Lie,
    /// It did not answer, or not with what it should have. No lie.
    Poverty,
}

impl Fault {
    /// The fault behind a rejection of one provider's answer: text that is no JSON may come from a
    /// gateway or a broken transfer, and a newer protocol or an unreadable block is nobody's lie; all
    /// else is one.
    pub fn of(rejected: &Rejected) -> Self {
        match rejected.rejection {
            Rejection::JsonSyntax
            | Rejection::JsonSize
            | Rejection::UpgradeRequired
            | Rejection::EpochTableUnknown
            | Rejection::FinalityTooLong
            | Rejection::NamespaceOverlaps
            | Rejection::StakeTableRootProof => Self::Poverty,
            _ => Self::Lie,
        }
    }

    const fn backoff(self) -> Backoff {
        let first = match self {
            Self::Lie => Duration::from_secs(1),
            Self::Poverty => Duration::from_millis(250),
        };
        Backoff { first, longest: LONGEST_PAUSE }
    }
}

/// The longest pause before a provider is tried again.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How long a liar stays in quarantine: doubled by every further lie.
const QUARANTINE: Backoff = Backoff { first: Duration::from_secs(600), longest: Duration::from_secs(24 * 3600) };
/// How long a height that a provider named and could not show is not believed of it.
const OVERCLAIM: Backoff = Backoff { first: Duration::from_secs(2), longest: Duration::from_secs(300) };
/// What an answer is thought to take before there was one.
const FIRST_LATENCY: Duration = Duration::from_millis(500);

#[derive(Debug)]
struct Candidate {
    address: Address,
    /// Faults in a row.
    faults: u32,
    lies: u32,
    overclaims: u32,
    not_before: Option<Instant>,
    quarantined_until: Option<Instant>,
    not_believed_before: Option<Instant>,
    /// A moving average.
    latency: Option<Duration>,
}

impl Candidate {
    fn is_quarantined(&self, now: Instant) -> bool {
        self.quarantined_until.is_some_and(|moment| now < moment)
    }

    fn pause(&self, now: Instant) -> Duration {
        self.not_before.map_or(Duration::ZERO, |moment| moment.saturating_duration_since(now))
    }

    /// The less the better: quarantine weighs more than anything, then what is slow or failed before.
    fn rank(&self, now: Instant) -> (bool, Duration) {
        let latency = self.latency.unwrap_or(FIRST_LATENCY);
        (self.is_quarantined(now), latency.saturating_mul(self.faults.saturating_add(1)))
    }
}

/// Providers and how they behaved.
#[derive(Debug)]
pub struct Rotation {
    candidates: Vec<Candidate>,
    current: usize,
    chance: Chance,
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
    /// Providers in order of preference; those that are listed twice count once. The seed spreads
    /// the pauses of many clients.
    pub fn new(addresses: impl IntoIterator<Item = Address>, seed: u64) -> Self {
        let mut candidates: Vec<Candidate> = Vec::new();
        for address in addresses {
            if candidates.iter().all(|candidate| candidate.address != address) {
                candidates.push(Candidate {
                    address,
                    faults: 0,
                    lies: 0,
                    overclaims: 0,
                    not_before: None,
                    quarantined_until: None,
                    not_believed_before: None,
                    latency: None,
                });
            }
        }
        Self { candidates, current: 0, chance: Chance::new(seed) }
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

    /// The provider in use.
    pub const fn current(&self) -> usize {
        self.current
    }

    /// Whether a provider is in quarantine for what it said.
    pub fn is_quarantined(&self, index: usize, now: Instant) -> bool {
        self.candidates.get(index).is_some_and(|candidate| candidate.is_quarantined(now))
    }

    /// How long an answer of a provider takes, as far as is known.
    pub fn latency(&self, index: usize) -> Duration {
        self.candidates.get(index).and_then(|candidate| candidate.latency).unwrap_or(FIRST_LATENCY)
    }

    /// The current provider while nothing is against it, else the best one that is not in a pause.
    pub fn choose(&mut self, now: Instant) -> Choice {
        let healthy = |candidate: &Candidate| candidate.pause(now).is_zero() && !candidate.is_quarantined(now);
        if self.candidates.get(self.current).is_some_and(healthy) {
            return Choice::Ask(self.current);
        }
        match self.best(now, |_| true) {
            Some(index) => {
                self.current = index;
                Choice::Ask(index)
            }
            None => {
                let pauses = self.candidates.iter().map(|candidate| candidate.pause(now));
                Choice::Wait(pauses.min().unwrap_or(LONGEST_PAUSE))
            }
        }
    }

    /// The best provider beside some, to ask the same in case those never answer. Nobody in
    /// quarantine is asked without need.
    pub fn choose_beside(&self, asked: &[usize], now: Instant) -> Option<usize> {
        self.best(now, |index| !asked.contains(&index)).filter(|index| !self.is_quarantined(*index, now))
    }

    /// Everyone who can be asked now; those in quarantine only if there is nobody else.
    pub fn everyone(&self, now: Instant) -> Vec<usize> {
        let ready = |quarantined: bool| {
            let ready = move |candidate: &Candidate| {
                candidate.pause(now).is_zero() && candidate.is_quarantined(now) == quarantined
            };
            let indices = self.candidates.iter().enumerate().filter(move |(_, candidate)| ready(candidate));
            indices.map(|(index, _)| index).collect::<Vec<_>>()
        };
        let trusted = ready(false);
        if trusted.is_empty() { ready(true) } else { trusted }
    }

    /// In the order of the list where nothing tells them apart, beginning with the current one.
    fn best(&self, now: Instant, wanted: impl Fn(usize) -> bool) -> Option<usize> {
        let count = self.candidates.len();
        let order = (0..count).map(|step| (self.current + step) % count);
        let ready = order.filter(|index| {
            wanted(*index) && self.candidates.get(*index).is_some_and(|candidate| candidate.pause(now).is_zero())
        });
        ready.min_by_key(|index| self.candidates.get(*index).map(|candidate| candidate.rank(now)))
    }

    /// Asks this provider from now on, while nothing is against it.
    pub fn prefer(&mut self, index: usize) {
        if index < self.candidates.len() {
            self.current = index;
        }
    }

    /// Notes a fault: the provider rests for at least `least`, and the next one is asked. A lie is
    /// followed by quarantine too.
    pub fn blame(&mut self, index: usize, fault: Fault, least: Option<Duration>, now: Instant) {
        let Some(candidate) = self.candidates.get_mut(index) else { return };
        let pause = fault.backoff().pause(candidate.faults, &mut self.chance);
        candidate.faults = candidate.faults.saturating_add(1);
        candidate.not_before = now.checked_add(pause.max(least.unwrap_or_default()));
        if fault == Fault::Lie {
            let quarantine = QUARANTINE.pause(candidate.lies, &mut self.chance);
            candidate.lies = candidate.lies.saturating_add(1);
            candidate.quarantined_until = now.checked_add(quarantine);
        }
        if index == self.current {
            self.current = (self.current + 1) % self.candidates.len().max(1);
        }
    }

    /// Forgets the faults of a provider that did well. Lies are not forgotten: quarantine goes on.
    pub fn praise(&mut self, index: usize) {
        if let Some(candidate) = self.candidates.get_mut(index) {
            candidate.faults = 0;
            candidate.overclaims = 0;
            candidate.not_before = None;
            candidate.not_believed_before = None;
        }
    }

    /// Notes how long an answer took.
    pub fn measured(&mut self, index: usize, time: Duration) {
        if let Some(candidate) = self.candidates.get_mut(index) {
            let average = candidate.latency.map_or(time, |average| average.saturating_mul(3).saturating_add(time) / 4);
            candidate.latency = Some(average);
        }
    }

    /// Notes that a provider named a height and could not show what is there. A node that has only
    /// just heard of a block does that too, so it costs nothing but belief in its heights.
    pub fn overclaimed(&mut self, index: usize, now: Instant) {
        if let Some(candidate) = self.candidates.get_mut(index) {
            let pause = OVERCLAIM.pause(candidate.overclaims, &mut self.chance);
            candidate.overclaims = candidate.overclaims.saturating_add(1);
            candidate.not_believed_before = now.checked_add(pause);
        }
    }

    /// Whether the height that a provider names is worth a look.
    pub fn is_believed(&self, index: usize, now: Instant) -> bool {
        let candidate = self.candidates.get(index);
        candidate.is_some_and(|candidate| candidate.not_believed_before.is_none_or(|moment| moment <= now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rotation(count: usize) -> Rotation {
        Rotation::new((0..count).map(|index| format!("http://provider-{index}.example").parse().unwrap()), 1)
    }

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_good_provider_is_kept() {
        let mut rotation = rotation(3);
        let now = Instant::now();
        assert_eq!([rotation.choose(now), rotation.choose(now)], [Choice::Ask(0); 2]);
        rotation.prefer(1);
        assert_eq!(rotation.choose(now), Choice::Ask(1));
    }

    #[test]
    fn poverty_passes_on_and_pauses_grow_to_a_limit() {
        let mut rotation = rotation(2);
        let now = Instant::now();
        rotation.blame(0, Fault::Poverty, None, now);
        assert_eq!(rotation.choose(now), Choice::Ask(1));
        rotation.blame(1, Fault::Poverty, None, now);
        let Choice::Wait(pause) = rotation.choose(now) else { panic!("nobody can be asked") };
        assert!(pause >= SECOND / 8 && pause <= SECOND / 4, "{pause:?}");
        assert!(matches!(rotation.choose(now + SECOND / 4), Choice::Ask(_)));
        for _ in 0..40 {
            rotation.blame(1, Fault::Poverty, None, now);
        }
        assert_eq!(rotation.choose(now + SECOND), Choice::Ask(0), "its pause is over");
        assert_eq!(rotation.choose_beside(&[0], now + LONGEST_PAUSE), Some(1), "poverty costs priority only");
        rotation.blame(0, Fault::Poverty, Some(45 * SECOND), now);
        rotation.praise(1);
        assert_eq!(rotation.choose(now), Choice::Ask(1), "praise forgets");
        rotation.praise(0);
        assert!(!rotation.is_quarantined(0, now) && !rotation.is_quarantined(1, now));
    }

    #[test]
    fn a_liar_is_asked_only_when_nobody_else_can_be() {
        let mut rotation = rotation(3);
        let now = Instant::now();
        rotation.blame(0, Fault::Lie, None, now);
        let later = now + LONGEST_PAUSE;
        assert!(rotation.is_quarantined(0, later));
        assert_eq!(rotation.everyone(later), [1, 2]);
        rotation.praise(0);
        assert!(rotation.is_quarantined(0, later), "lies are not forgotten");
        rotation.blame(1, Fault::Poverty, Some(5 * SECOND), later);
        rotation.blame(2, Fault::Poverty, Some(5 * SECOND), later);
        assert_eq!(rotation.choose(later), Choice::Ask(0), "proofs are checked: better a liar than nobody");
        assert_eq!(rotation.choose_beside(&[], later), None, "but not without need");
        let Choice::Ask(after) = rotation.choose(later + 6 * SECOND) else { panic!("the poor are back") };
        assert_ne!(after, 0);
        assert!(!rotation.is_quarantined(0, now + QUARANTINE.first));
        rotation.blame(0, Fault::Lie, None, now);
        assert!(rotation.is_quarantined(0, now + QUARANTINE.first - SECOND), "the second time is longer");
    }

    #[test]
    fn the_quickest_is_asked_in_place_of_a_slow_one() {
        let mut rotation = rotation(3);
        let now = Instant::now();
        rotation.measured(1, 3 * SECOND);
        rotation.measured(2, SECOND / 10);
        assert_eq!(rotation.choose_beside(&[0], now), Some(2));
        assert_eq!(rotation.choose_beside(&[0, 2], now), Some(1));
        assert_eq!(rotation.choose_beside(&[0, 1, 2], now), None);
    }

    #[test]
    fn heights_that_could_not_be_shown_are_not_believed_for_a_while() {
        let mut rotation = rotation(1);
        let now = Instant::now();
        assert!(rotation.is_believed(0, now));
        rotation.overclaimed(0, now);
        assert!(!rotation.is_believed(0, now) && rotation.is_believed(0, now + OVERCLAIM.first));
        assert_eq!(rotation.choose(now), Choice::Ask(0), "it may be asked all the same");
        rotation.praise(0);
        assert!(rotation.is_believed(0, now));
    }

    #[test]
    fn what_is_a_lie() {
        for poor in [Rejection::JsonSyntax, Rejection::UpgradeRequired, Rejection::FinalityTooLong] {
            assert_eq!(Fault::of(&poor.bare()), Fault::Poverty);
        }
        for lie in [Rejection::QcSignature, Rejection::LeafRange, Rejection::JsonMissingKey] {
            assert_eq!(Fault::of(&lie.bare()), Fault::Lie);
        }
    }

    #[test]
    fn doubles_and_nobody() {
        let twice = ["http://a.example", "http://a.example/", "http://a.example/v1"];
        assert_eq!(Rotation::new(twice.map(|address| address.parse().unwrap()), 1).len(), 1);
        let mut nobody = rotation(0);
        assert!(nobody.is_empty());
        nobody.prefer(3);
        assert_eq!(nobody.choose(Instant::now()), Choice::Wait(LONGEST_PAUSE));
    }
}
