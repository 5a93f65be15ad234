//! Drives the core's client against providers that may lie, fail or stall.

use std::time::{Duration, Instant};

use hotshot_light_client::client::request::Request;
use hotshot_light_client::client::sync::{Client, FinalizedBlock, Progress};
use hotshot_light_client::encoding::json;
use hotshot_light_client::{Rejected, Rejection};

use crate::exit::Failure;
use crate::provider::address::Address;
use crate::provider::http::{Answer, Http};
use crate::provider::rotation::{Choice, Fault, Rotation};
use crate::stop::Stop;

/// Units of verification between two looks at the stop flag: a few milliseconds.
const BUDGET: u32 = 16;
/// The most bytes of a leaf with its certificates that an answer may have on average.
const LEAF_LIMIT: usize = 64 << 10;
/// The most bytes of any small answer; also the least limit of lists of leaves.
const SMALL_LIMIT: usize = 1 << 20;
/// After so many answers without news another provider is asked: the first may withhold some.
const PATIENCE: u32 = 3;
/// So many times every provider has to show a block of an unknown version before the client stops.
const UPGRADE_CONFIRMATIONS: u32 = 3;

/// What the driver reports.
#[derive(Debug)]
pub enum Event<'a> {
    /// Blocks are final by one proof.
    Finalized {
        /// Ascending, without gaps.
        blocks: &'a [FinalizedBlock],
        /// Who delivered the proof.
        provider: &'a Address,
        /// Time spent on decoding and verifying it.
        verification: Duration,
    },
    /// A provider said something that was rejected.
    Rejected {
        /// Which.
        provider: &'a Address,
        /// Why.
        rejected: &'a Rejected,
    },
    /// A provider did not answer as it should. No lie.
    Poor {
        /// Which.
        provider: &'a Address,
        /// What happened.
        reason: &'a str,
    },
    /// Nothing new became final for so long.
    Quiet {
        /// Time since the last final block.
        time: Duration,
    },
}

/// What to do after an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Go on.
    Continue,
    /// The work is done.
    Finish,
}

/// Why the driver came to an end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The receiver of the events said so.
    Finished,
    /// The stop flag was raised.
    Stopped,
    /// The chain has gone on to a version that this program does not know.
    UpgradeRequired {
        /// Which.
        rejected: Rejected,
        /// Whether the validators certified it. Otherwise it is merely what every provider shows.
        certified: bool,
    },
    /// The network file's own stake table is refused.
    NetworkRejected(Rejected),
}

/// A client, its providers, and the time between.
pub struct Driver {
    client: Client,
    http: Http,
    rotation: Rotation,
    stop: Stop,
    poll: Duration,
    /// Who answered last, and is to blame.
    provider: usize,
    /// The longest range of leaves each provider serves, once it was asked.
    ranges: Vec<Option<u64>>,
    /// How often each provider showed a block of an unknown version since the last final block.
    newer: Vec<u32>,
    idle: u32,
    work: Duration,
    last_news: Instant,
    last_notice: Instant,
}

impl Driver {
    /// A driver. `poll` is the pause after an answer without news.
    pub fn new(client: Client, http: Http, rotation: Rotation, stop: Stop, poll: Duration) -> Self {
        let count = rotation.len();
        Self {
            client,
            http,
            rotation,
            stop,
            poll,
            provider: 0,
            ranges: vec![None; count],
            newer: vec![0; count],
            idle: 0,
            work: Duration::ZERO,
            last_news: Instant::now(),
            last_notice: Instant::now(),
        }
    }

    /// The client, for its checkpoint and its network.
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// Runs until the receiver has enough, a signal comes, or the program is too old.
    ///
    /// # Errors
    /// Those of the receiver.
    pub fn run(
        &mut self,
        receive: &mut dyn FnMut(&Client, Event<'_>) -> Result<Flow, Failure>,
    ) -> Result<End, Failure> {
        while !self.stop.is_raised() {
            let progress = match self.client.request() {
                None => {
                    let admitted = self.client.tables().is_some();
                    let began = Instant::now();
                    let progress = self.client.step(BUDGET);
                    self.work = self.work.saturating_add(began.elapsed());
                    match progress {
                        Err(rejected) if !admitted => return Ok(End::NetworkRejected(rejected)),
                        progress => progress,
                    }
                }
                Some(request) => match self.ask(request, receive)? {
                    Some(progress) => progress,
                    None => continue,
                },
            };
            match progress {
                Ok(Progress::Fetch | Progress::Working { .. }) => {}
                Ok(Progress::Finalized(blocks)) => {
                    if self.report(&blocks, receive)? == Flow::Finish {
                        return Ok(End::Finished);
                    }
                }
                Ok(Progress::Idle) => self.rest(receive)?,
                Err(rejected) => {
                    if let Some(end) = self.reject(&rejected, receive)? {
                        return Ok(end);
                    }
                }
            }
        }
        Ok(End::Stopped)
    }

    /// Fetches what the client wants; `None` if there was no answer that the client could use.
    fn ask(
        &mut self,
        request: Request,
        receive: &mut dyn FnMut(&Client, Event<'_>) -> Result<Flow, Failure>,
    ) -> Result<Option<Result<Progress, Rejected>>, Failure> {
        let index = match self.rotation.choose(Instant::now()) {
            Choice::Ask(index) => index,
            Choice::Wait(pause) => {
                self.stop.wait(pause);
                return Ok(None);
            }
        };
        let Some(address) = self.rotation.address(index).cloned() else { return Ok(None) };
        if request == Request::BlockHeight {
            self.work = Duration::ZERO;
            self.learn_range(index, &address);
        }
        self.provider = index;
        let answer = self.http.get(&address, &request.path(), size_limit(request));
        let reason = answer.summary();
        match answer {
            Answer::Body(body) => {
                let began = Instant::now();
                let progress = self.client.respond(&body);
                self.work = self.work.saturating_add(began.elapsed());
                return Ok(Some(progress));
            }
            Answer::Missing(status) => {
                self.narrow(request, status);
                return Ok(Some(Ok(self.client.missing())));
            }
            Answer::Stopped => return Ok(None),
            Answer::Refused { retry_after, .. } => self.blame(Fault::Poverty, retry_after),
            Answer::TooLarge(_) => self.blame(Fault::Lie, None),
            Answer::Unreachable(_) => self.blame(Fault::Poverty, None),
        }
        receive(&self.client, Event::Poor { provider: &address, reason: &reason })?;
        Ok(None)
    }

    /// Asks a provider once how many leaves it serves at a time; a guess of ours is as good as none.
    fn learn_range(&mut self, index: usize, address: &Address) {
        let Some(range) = self.ranges.get_mut(index) else { return };
        if range.is_none() {
            let limit = match self.http.get(address, "/v1/availability/limits", SMALL_LIMIT) {
                Answer::Body(body) => json::parse(&body)
                    .and_then(|json| json.get("small_object_range_limit")?.u64())
                    .unwrap_or(hotshot_light_client::client::sync::DEFAULT_RANGE),
                _ => return,
            };
            *range = Some(limit.min(hotshot_light_client::client::sync::DEFAULT_RANGE));
        }
        if let Some(range) = *range {
            self.client.set_range(range);
        }
    }

    /// Remembers that a provider refuses lists of some length.
    fn narrow(&mut self, request: Request, status: u16) {
        if let (Request::Leaves { from, until }, 400, Some(range)) =
            (request, status, self.ranges.get_mut(self.provider))
        {
            *range = Some(until.saturating_sub(from) / 4 * 3);
        }
    }

    fn report(
        &mut self,
        blocks: &[FinalizedBlock],
        receive: &mut dyn FnMut(&Client, Event<'_>) -> Result<Flow, Failure>,
    ) -> Result<Flow, Failure> {
        self.rotation.praise(self.provider);
        self.newer.fill(0);
        self.idle = 0;
        self.last_news = Instant::now();
        self.last_notice = self.last_news;
        let verification = std::mem::take(&mut self.work);
        match self.rotation.address(self.provider) {
            Some(provider) => receive(&self.client, Event::Finalized { blocks, provider, verification }),
            None => Ok(Flow::Continue),
        }
    }

    fn rest(&mut self, receive: &mut dyn FnMut(&Client, Event<'_>) -> Result<Flow, Failure>) -> Result<(), Failure> {
        self.idle = self.idle.saturating_add(1);
        if self.idle.is_multiple_of(PATIENCE) {
            self.rotation.pass_on();
        }
        if self.last_notice.elapsed() > Duration::from_secs(30) {
            self.last_notice = Instant::now();
            receive(&self.client, Event::Quiet { time: self.last_news.elapsed() })?;
        }
        self.stop.wait(self.poll);
        Ok(())
    }

    fn reject(
        &mut self,
        rejected: &Rejected,
        receive: &mut dyn FnMut(&Client, Event<'_>) -> Result<Flow, Failure>,
    ) -> Result<Option<End>, Failure> {
        let Some(provider) = self.rotation.address(self.provider).cloned() else { return Ok(None) };
        if self.client.upgrade().is_some() {
            return Ok(Some(End::UpgradeRequired { rejected: rejected.clone(), certified: true }));
        }
        if rejected.rejection == Rejection::UpgradeRequired {
            // One server could say so to stop us; what all of them show, again and again, is unproven
            // too, but there is nothing else to follow. None of them is a liar for it.
            if let Some(count) = self.newer.get_mut(self.provider) {
                *count = count.saturating_add(1);
            }
            if self.newer.iter().all(|count| *count >= UPGRADE_CONFIRMATIONS) {
                return Ok(Some(End::UpgradeRequired { rejected: rejected.clone(), certified: false }));
            }
            self.blame(Fault::Poverty, None);
        } else {
            self.blame(Fault::Lie, None);
        }
        receive(&self.client, Event::Rejected { provider: &provider, rejected })?;
        Ok(None)
    }

    fn blame(&mut self, fault: Fault, least: Option<Duration>) {
        let mut chance = [128];
        // Without randomness the pauses of many clients are merely less spread.
        let _ = getrandom::fill(&mut chance);
        let [chance] = chance;
        self.rotation.blame(self.provider, fault, least, chance, Instant::now());
    }
}

/// The most bytes of an honest answer.
fn size_limit(request: Request) -> usize {
    match request {
        Request::Leaves { from, until } => {
            let leaves = usize::try_from(until.saturating_sub(from)).unwrap_or(usize::MAX);
            leaves.saturating_mul(LEAF_LIMIT).clamp(SMALL_LIMIT, json::SIZE_LIMIT)
        }
        _ => SMALL_LIMIT,
    }
}
