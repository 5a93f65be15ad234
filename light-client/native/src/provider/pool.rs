//! Asking: one provider, a second one when the first takes too long, or all at once.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use hotshot_light_client::encoding::json;

use crate::provider::http::Answer;
use crate::provider::rotation::{Choice, Fault, Rotation};
use crate::provider::tip::{Claim, Tip};
use crate::provider::transport::{Arrival, Question, Transport};

/// The most bytes of any small answer.
pub const SMALL_LIMIT: usize = 1 << 20;

/// Longer than any transport takes to say that there is no answer.
const FOREVER: Duration = Duration::from_secs(3600);

/// When the same is asked of another provider too, and other times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// The least time before a second provider is asked the same.
    pub hedge_least: Duration,
    /// The most.
    pub hedge_most: Duration,
    /// The most providers that are asked the same at a time.
    pub hedges: usize,
}

impl Default for Patience {
    fn default() -> Self {
        Self { hedge_least: Duration::from_millis(300), hedge_most: Duration::from_secs(3), hedges: 5 }
    }
}

/// An answer that can be used, and who gave it.
#[derive(Debug, PartialEq, Eq)]
pub enum Reply {
    /// A body.
    Body {
        /// Who gave it.
        provider: usize,
        /// The body.
        body: Vec<u8>,
    },
    /// The provider has no such thing.
    Missing {
        /// Who said so.
        provider: usize,
        /// With which HTTP status.
        status: u16,
    },
    /// Nobody gave an answer now: ask again.
    Nothing,
}

/// Something that went wrong on the way, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Whose.
    pub provider: usize,
    /// What happened.
    pub reason: String,
}

struct InFlight {
    provider: usize,
    sent: Instant,
}

/// Providers, and what is under way to them.
pub struct Pool<T> {
    /// How they behaved.
    pub rotation: Rotation,
    /// What carries the questions.
    pub transport: T,
    patience: Patience,
    in_flight: BTreeMap<u64, InFlight>,
    tickets: u64,
}

impl<T: Transport> Pool<T> {
    /// A pool of providers.
    pub fn new(rotation: Rotation, transport: T, patience: Patience) -> Self {
        Self { rotation, transport, patience, in_flight: BTreeMap::new(), tickets: 0 }
    }

    /// Asks the provider in use, or the best one; another one too for every hedge delay that passes
    /// without an answer, unless `alone`. The first body wins; what comes later is not looked at.
    pub fn ask(&mut self, path: &str, limit: usize, alone: bool, troubles: &mut Vec<Trouble>) -> Reply {
        let first = match self.rotation.choose(self.transport.now()) {
            Choice::Ask(index) => index,
            Choice::Wait(pause) => {
                self.pause(pause);
                return Reply::Nothing;
            }
        };
        let mut asked = vec![first];
        let mut waiting = vec![self.send(first, path, limit)];
        let mut missing = None;
        loop {
            let now = self.transport.now();
            let hedge = if alone || asked.len() >= self.patience.hedges { None } else { self.hedge_delay(&asked) };
            // Without a hedge the transport's own time limit ends the wait, or that somebody has said
            // that there is nothing to wait for.
            let longest = if missing.is_some() { self.patience.hedge_most } else { FOREVER };
            let Some(arrival) = self.transport.wait(now + hedge.unwrap_or(longest)) else {
                if self.transport.is_stopped() {
                    return Reply::Nothing;
                }
                if hedge.is_none() {
                    return self.nobody(missing);
                }
                if let Some(next) = self.rotation.choose_beside(&asked, self.transport.now()) {
                    // Whoever makes us wait for the hedge is known to be that slow.
                    self.note_slow(&waiting);
                    asked.push(next);
                    waiting.push(self.send(next, path, limit));
                }
                continue;
            };
            let Some(place) = waiting.iter().position(|ticket| *ticket == arrival.ticket) else {
                self.note_late(&arrival);
                continue;
            };
            waiting.swap_remove(place);
            let Some(provider) = self.settle(arrival.ticket) else { continue };
            match arrival.answer {
                Answer::Body(body) => {
                    if provider != first {
                        self.rotation.prefer(provider);
                    }
                    return Reply::Body { provider, body };
                }
                Answer::Missing(status) => missing = Some((provider, status)),
                Answer::Stopped => return Reply::Nothing,
                failed => self.blame_poverty(provider, &failed, troubles),
            }
            if waiting.is_empty() {
                return self.nobody(missing);
            }
        }
    }

    /// Nobody gave a body. Who at least said so is asked first next time.
    fn nobody(&mut self, missing: Option<(usize, u16)>) -> Reply {
        match missing {
            Some((provider, status)) => {
                self.rotation.prefer(provider);
                Reply::Missing { provider, status }
            }
            None => Reply::Nothing,
        }
    }

    /// Asks one provider and nobody else, for something that can be done without: what takes longer
    /// than a hedge is not waited for.
    pub fn ask_one(&mut self, provider: usize, path: &str, limit: usize) -> Option<Vec<u8>> {
        let ticket = self.send(provider, path, limit);
        let until = self.transport.now() + self.patience.hedge_most;
        loop {
            let arrival = self.transport.wait(until)?;
            if arrival.ticket != ticket {
                self.note_late(&arrival);
                continue;
            }
            self.settle(ticket);
            return match arrival.answer {
                Answer::Body(body) => Some(body),
                _ => None,
            };
        }
    }

    /// Asks everyone at once how many blocks there are. Those who take much longer than the first to
    /// answer are not waited for.
    pub fn ask_tip(&mut self, path: &str, troubles: &mut Vec<Trouble>) -> Tip {
        let mut everyone = self.rotation.everyone(self.transport.now());
        // Who has not answered the last question gets no further one.
        everyone.retain(|provider| self.in_flight.values().all(|under_way| under_way.provider != *provider));
        if everyone.is_empty() {
            // Waits for the first pause to end.
            return match self.ask(path, SMALL_LIMIT, true, troubles) {
                Reply::Body { provider, body } => {
                    let mut tip = Tip { asked: 1, claims: Vec::new() };
                    self.take_claim(provider, &body, &mut tip, troubles);
                    tip
                }
                _ => Tip::default(),
            };
        }
        let mut tip = Tip { asked: everyone.len(), claims: Vec::new() };
        let mut waiting: Vec<u64> = everyone.iter().map(|provider| self.send(*provider, path, SMALL_LIMIT)).collect();
        let mut until = self.transport.now() + FOREVER;
        while !waiting.is_empty() {
            let Some(arrival) = self.transport.wait(until) else { break };
            let Some(place) = waiting.iter().position(|ticket| *ticket == arrival.ticket) else {
                self.note_late(&arrival);
                continue;
            };
            waiting.swap_remove(place);
            let Some(provider) = self.settle(arrival.ticket) else { continue };
            match arrival.answer {
                Answer::Body(body) => self.take_claim(provider, &body, &mut tip, troubles),
                Answer::Stopped => break,
                failed => self.blame_poverty(provider, &failed, troubles),
            }
            if !tip.claims.is_empty() {
                until = until.min(self.transport.now() + self.patience.hedge_least);
            }
        }
        self.note_slow(&waiting);
        tip
    }

    /// Waits. What comes in meanwhile is noted.
    pub fn pause(&mut self, time: Duration) {
        let until = self.transport.now() + time;
        while let Some(arrival) = self.transport.wait(until) {
            self.note_late(&arrival);
        }
    }

    /// Asks a provider without waiting. The answer comes out of [`Self::collect`], with this number.
    pub fn post(&mut self, provider: usize, path: &str, limit: usize) -> u64 {
        self.send(provider, path, limit)
    }

    /// The next answer to anything that was asked, if one comes before a moment.
    pub fn collect(&mut self, until: Instant) -> Option<(u64, usize, Answer)> {
        let Arrival { ticket, answer } = self.transport.wait(until)?;
        self.settle(ticket).map(|provider| (ticket, provider, answer))
    }

    /// How long to wait for those who were asked before somebody else is.
    pub fn patience_with(&self, asked: &[usize]) -> Duration {
        self.hedge_delay(asked).unwrap_or(self.patience.hedge_most)
    }

    /// Notes that a provider did not answer as it should.
    pub fn note_poverty(&mut self, provider: usize, answer: &Answer) {
        self.blame_poverty(provider, answer, &mut Vec::new());
    }

    fn take_claim(&mut self, provider: usize, body: &[u8], tip: &mut Tip, troubles: &mut Vec<Trouble>) {
        match json::parse(body).and_then(|json| json.u64()) {
            Ok(blocks) => tip.claims.push(Claim { provider, blocks }),
            Err(rejected) => {
                // A page of a gateway, or nonsense: no number can be proven wrong, so none is a lie.
                self.rotation.blame(provider, Fault::Poverty, None, self.transport.now());
                troubles.push(Trouble { provider, reason: rejected.to_string() });
            }
        }
    }

    fn send(&mut self, provider: usize, path: &str, limit: usize) -> u64 {
        self.tickets = self.tickets.saturating_add(1);
        let ticket = self.tickets;
        if let Some(address) = self.rotation.address(provider) {
            self.in_flight.insert(ticket, InFlight { provider, sent: self.transport.now() });
            self.transport.send(Question { ticket, provider: address.clone(), path: path.into(), limit });
        }
        ticket
    }

    /// Takes a question off the list, and notes how long its answer took.
    fn settle(&mut self, ticket: u64) -> Option<usize> {
        let InFlight { provider, sent } = self.in_flight.remove(&ticket)?;
        self.rotation.measured(provider, self.transport.now().saturating_duration_since(sent));
        Some(provider)
    }

    /// What nobody waits for any more still tells how the provider is.
    fn note_late(&mut self, arrival: &Arrival) {
        if let Some(provider) = self.settle(arrival.ticket)
            && !matches!(arrival.answer, Answer::Body(_) | Answer::Missing(_) | Answer::Stopped)
        {
            self.blame_poverty(provider, &arrival.answer, &mut Vec::new());
        }
    }

    fn note_slow(&mut self, tickets: &[u64]) {
        for ticket in tickets {
            if let Some(InFlight { provider, sent }) = self.in_flight.get(ticket) {
                self.rotation.measured(*provider, self.transport.now().saturating_duration_since(*sent));
            }
        }
    }

    fn hedge_delay(&self, asked: &[usize]) -> Option<Duration> {
        self.rotation.choose_beside(asked, self.transport.now())?;
        let usual = asked.last().map(|provider| self.rotation.latency(*provider)).unwrap_or_default();
        Some(usual.saturating_mul(3).clamp(self.patience.hedge_least, self.patience.hedge_most))
    }

    fn blame_poverty(&mut self, provider: usize, answer: &Answer, troubles: &mut Vec<Trouble>) {
        let least = match answer {
            Answer::Refused { retry_after, .. } => *retry_after,
            _ => None,
        };
        self.rotation.blame(provider, Fault::Poverty, least, self.transport.now());
        troubles.push(Trouble { provider, reason: answer.summary() });
    }
}
