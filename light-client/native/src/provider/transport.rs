//! What carries questions to providers, and keeps the time: HTTP, or a test's own world.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::provider::address::Address;
use crate::provider::http::{Answer, Http};
use crate::stop::Stop;

/// Something to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Comes back with the answer.
    pub ticket: u64,
    /// Whom to ask.
    pub provider: Address,
    /// What for: a path that begins with a slash.
    pub path: String,
    /// The most bytes of an answer.
    pub limit: usize,
}

/// An answer that came in.
#[derive(Debug)]
pub struct Arrival {
    /// That of the question.
    pub ticket: u64,
    /// What came of it.
    pub answer: Answer,
}

/// Sends questions without waiting, and waits for answers and for moments.
pub trait Transport {
    /// The time. It never goes back.
    fn now(&self) -> Instant;
    /// Sends a question. Its answer comes out of [`Self::wait`], also if it is that there is none.
    fn send(&mut self, question: Question);
    /// The next answer; `None` if none came in before a moment, or if it is time to end.
    fn wait(&mut self, until: Instant) -> Option<Arrival>;
    /// Seconds since the Unix epoch, where there is a clock that knows: it tells how old trust is.
    fn unix_time(&self) -> Option<u64> {
        None
    }
    /// Whether it is time to end.
    fn is_stopped(&self) -> bool;
}

/// How often a waiting program looks whether it shall end.
const GLANCE: Duration = Duration::from_millis(20);

/// HTTP and the machine's clock.
#[derive(Debug)]
pub struct HttpTransport {
    http: Http,
    stop: Stop,
    sender: Sender<Arrival>,
    receiver: Receiver<Arrival>,
}

impl HttpTransport {
    /// Asks by HTTP until `stop` is raised.
    pub fn new(http: Http, stop: Stop) -> Self {
        let (sender, receiver) = channel();
        Self { http, stop, sender, receiver }
    }
}

impl Transport for HttpTransport {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn unix_time(&self) -> Option<u64> {
        SystemTime::now().duration_since(UNIX_EPOCH).ok().map(|time| time.as_secs())
    }

    fn send(&mut self, question: Question) {
        let (http, sender) = (self.http.clone(), self.sender.clone());
        // A thread a question: those that are given up end with their time limit.
        std::thread::spawn(move || {
            let Question { ticket, provider, path, limit } = question;
            let answer = http.get_here(&provider, &path, limit);
            // Nobody listens once the program is about to end.
            let _ = sender.send(Arrival { ticket, answer });
        });
    }

    fn wait(&mut self, until: Instant) -> Option<Arrival> {
        loop {
            if self.stop.is_raised() {
                return None;
            }
            let left = until.saturating_duration_since(Instant::now());
            match self.receiver.recv_timeout(left.min(GLANCE)) {
                Ok(arrival) => return Some(arrival),
                Err(RecvTimeoutError::Timeout) if left.is_zero() => return None,
                Err(RecvTimeoutError::Timeout) => {}
                // Cannot happen while a sender is kept here; waiting is right all the same.
                Err(RecvTimeoutError::Disconnected) => {
                    self.stop.wait(left);
                    return None;
                }
            }
        }
    }

    fn is_stopped(&self) -> bool {
        self.stop.is_raised()
    }
}
