//! Asks providers one after the other until one says something that is accepted.

use std::time::Duration;

use hotshot_light_client::Rejected;

use crate::exit::Failure;
use crate::provider::address::Address;
use crate::provider::http::{Answer, Http};
use crate::stop::Stop;
use crate::terminal;

/// How often every provider is asked the same before it is given up.
const ROUNDS: u32 = 3;
/// The pause after a round in which no provider was of use; it doubles.
const PAUSE: Duration = Duration::from_millis(250);

/// What came of a question.
#[derive(Debug)]
pub enum Fetched<T> {
    /// A provider's answer was accepted.
    Accepted(T),
    /// Every provider says that it has no such thing, or serves less at once.
    Missing,
    /// No answer was accepted; this is what is wrong with the last one.
    Rejected(Rejected),
    /// The program is about to end.
    Stopped,
}

/// Providers that nobody trusts, for questions that are asked once: the one that answered well is asked
/// first the next time.
#[derive(Debug)]
pub struct Fetcher {
    http: Http,
    addresses: Vec<Address>,
    stop: Stop,
    current: usize,
    bytes: usize,
}

impl Fetcher {
    /// For providers in order of preference.
    pub const fn new(http: Http, addresses: Vec<Address>, stop: Stop) -> Self {
        Self { http, addresses, stop, current: 0, bytes: 0 }
    }

    /// How many bytes of answers were read so far.
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// The flag that ends everything.
    pub const fn stop(&self) -> &Stop {
        &self.stop
    }

    /// Asks for a path until `accept` takes an answer of at most `limit` bytes. Who lies is named on
    /// standard error, and the next one is asked.
    ///
    /// # Errors
    /// If no provider answers at all.
    pub fn ask<T>(
        &mut self,
        path: &str,
        limit: usize,
        mut accept: impl FnMut(&[u8]) -> Result<T, Rejected>,
    ) -> Result<Fetched<T>, Failure> {
        let (mut refused, mut trouble) = (None, String::from("there is no provider"));
        for round in 0..ROUNDS {
            if round > 0 && self.stop.wait(PAUSE.saturating_mul(1 << round)) {
                return Ok(Fetched::Stopped);
            }
            let mut missing = 0;
            for step in 0..self.addresses.len() {
                let index = (self.current + step) % self.addresses.len();
                let Some(address) = self.addresses.get(index) else { continue };
                let answer = self.http.get(address, path, limit);
                trouble = format!("{address}: {path}: {}", answer.summary());
                match answer {
                    Answer::Body(body) => {
                        self.bytes = self.bytes.saturating_add(body.len());
                        match accept(&body) {
                            Ok(accepted) => {
                                self.current = index;
                                return Ok(Fetched::Accepted(accepted));
                            }
                            Err(rejected) => {
                                terminal::warning(&format!("{address} rejected: {rejected}"));
                                refused = Some(rejected);
                            }
                        }
                    }
                    Answer::Missing(_) => missing += 1,
                    Answer::Stopped => return Ok(Fetched::Stopped),
                    Answer::TooLarge(_) | Answer::Refused { .. } | Answer::Unreachable(_) => {}
                }
            }
            if missing == self.addresses.len() {
                return Ok(Fetched::Missing);
            }
        }
        match refused {
            Some(rejected) => Ok(Fetched::Rejected(rejected)),
            None => Err(Failure::Provider(trouble)),
        }
    }
}
