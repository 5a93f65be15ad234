//! Drives the core's client against providers that may lie, fail or stall.

mod tables;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use hotshot_light_client::client::request::Request;
use hotshot_light_client::client::sync::{
    Client, DEFAULT_RANGE, EpochAdvance, FinalizedBlock, Progress, TableProgress,
};
use hotshot_light_client::consensus::equivocation::{self, Equivocation};
use hotshot_light_client::encoding::json;
use hotshot_light_client::{Rejected, Rejection};

use crate::exit::Failure;
use crate::provider::address::Address;
use crate::provider::evidence::Evidence;
use crate::provider::pool::{Pool, Reply, SMALL_LIMIT, Trouble};
use crate::provider::rotation::Fault;
use crate::provider::tip::{Agreement, Claim, Tip};
use crate::provider::transport::Transport;

/// Units of verification between two looks at the stop flag: a few milliseconds.
const BUDGET: u32 = 16;
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
        /// How much the providers agree that the last of them exists: staleness cannot be proven away.
        agreement: Agreement,
    },
    /// A provider said something that was rejected.
    Rejected {
        /// Which.
        provider: &'a Address,
        /// Why.
        rejected: &'a Rejected,
        /// What it said, unless that was no lie.
        evidence: Option<&'a Evidence>,
    },
    /// The stake table of one more epoch is known.
    Epoch {
        /// Which, and what proved it.
        advance: &'a EpochAdvance,
        /// How far the way is; none where it has come to its end.
        progress: Option<TableProgress>,
    },
    /// Something was rejected, and nobody can tell whose fault it was. It is done in another way.
    Unclear {
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
    /// Blocks up to this height are proven final and not shown, because trust began too long ago.
    Withheld {
        /// The height.
        height: u64,
        /// How old trust is.
        rejected: &'a Rejected,
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
    /// What is trusted contradicts what is proven.
    Contradiction(Rejected),
    /// Trust began too long ago, and the receiver does not wait for a confirmation.
    Expired(Rejected),
    /// Validators signed two things of which they may sign one: nothing more is to be believed.
    Equivocation {
        /// What they signed.
        equivocation: Box<Equivocation>,
        /// Both answers, to be checked by anybody: see [`hotshot_light_client::consensus::equivocation`].
        evidence: Vec<u8>,
    },
}

/// An answer that the client took and that nothing has proven yet.
struct Contribution {
    provider: usize,
    path: String,
    body: Vec<u8>,
}

type Receive<'a> = dyn FnMut(&Client, Event<'_>) -> Result<Flow, Failure> + 'a;

/// The most answers that are kept to be compared with later ones, and the most bytes of each.
const SUSPECTS_LIMIT: usize = 4;
const SUSPECT_BYTES: usize = 4 << 20;

/// A client, its providers, and the time between.
pub struct Driver<T> {
    client: Client,
    pool: Pool<T>,
    poll: Duration,
    /// What the proof at hand was made from.
    contributions: Vec<Contribution>,
    /// Whether everything is asked of one provider, because it was unclear whose fault something was.
    alone: bool,
    /// What the newest proof was made from.
    proof: Vec<Vec<u8>>,
    /// Answers that belong to another chain than the one that is followed, by what they say.
    suspects: VecDeque<Vec<u8>>,
    tip: Tip,
    /// Whose height is looked for.
    claim: Option<Claim>,
    /// Whether something below that height was said not to be there.
    unshown: bool,
    /// The longest range of leaves each provider serves, once it was asked.
    ranges: Vec<Option<u64>>,
    /// How often each provider showed a block of an unknown version since the last final block.
    newer: Vec<u32>,
    work: Duration,
    last_news: Instant,
    last_notice: Instant,
    travel: tables::Travel,
}

pub use tables::KeptAnswers;

impl<T: Transport> Driver<T> {
    /// A driver. `poll` is the pause after an answer without news.
    pub fn new(client: Client, pool: Pool<T>, poll: Duration) -> Self {
        let (count, now) = (pool.rotation.len(), pool.transport.now());
        Self {
            client,
            pool,
            poll,
            contributions: Vec::new(),
            alone: false,
            proof: Vec::new(),
            suspects: VecDeque::new(),
            tip: Tip::default(),
            claim: None,
            unshown: false,
            ranges: vec![None; count],
            newer: vec![0; count],
            work: Duration::ZERO,
            last_news: now,
            last_notice: now,
            travel: tables::Travel::default(),
        }
    }

    /// The client, for its checkpoint and its network.
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// The client, when the driver is done.
    pub fn into_client(self) -> Client {
        self.client
    }

    /// The providers.
    pub const fn pool(&self) -> &Pool<T> {
        &self.pool
    }

    /// Runs until the receiver has enough, a signal comes, or the program is too old.
    ///
    /// # Errors
    /// Those of the receiver.
    pub fn run(&mut self, receive: &mut Receive<'_>) -> Result<End, Failure> {
        while !self.pool.transport.is_stopped() {
            if let Some(now) = self.pool.transport.unix_time() {
                self.client.set_time(now);
            }
            if self.client.table_progress().is_some() {
                if let Some(end) = self.advance_tables(receive)? {
                    return Ok(end);
                }
                continue;
            }
            self.travel.pause();
            let progress = match self.client.request() {
                None => {
                    let admitted = self.client.tables().is_some();
                    let began = Instant::now();
                    let progress = self.client.step(BUDGET);
                    self.work = self.work.saturating_add(began.elapsed());
                    match progress {
                        Err(rejected) if !admitted => return Ok(End::NetworkRejected(rejected)),
                        Err(rejected) if self.client.halted().is_some() => return Ok(End::Contradiction(rejected)),
                        progress => progress,
                    }
                }
                Some(Request::BlockHeight) => match self.look_for_tip(receive)? {
                    Some(progress) => progress,
                    None => continue,
                },
                Some(request) => match self.ask(request, receive)? {
                    Some(progress) => progress,
                    None => continue,
                },
            };
            match progress {
                Ok(Progress::Fetch | Progress::Working { .. } | Progress::Epoch(_)) => {}
                Ok(Progress::Finalized(blocks)) => {
                    let contributions = std::mem::take(&mut self.contributions);
                    if let Some(end) = self.compare_with_suspects(&contributions) {
                        return Ok(end);
                    }
                    if self.report(&blocks, &contributions, receive)? == Flow::Finish {
                        return Ok(End::Finished);
                    }
                    self.proof = contributions.into_iter().map(|answer| answer.body).collect();
                }
                Ok(Progress::Withheld { height }) => {
                    self.contributions.clear();
                    let rejected = self.client.freshness().rejected();
                    if receive(&self.client, Event::Withheld { height, rejected: &rejected })? == Flow::Finish {
                        return Ok(End::Expired(rejected));
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

    /// Asks everyone how far the chain is, and looks for the highest height that anybody names.
    fn look_for_tip(&mut self, receive: &mut Receive<'_>) -> Result<Option<Result<Progress, Rejected>>, Failure> {
        self.work = Duration::ZERO;
        self.contributions.clear();
        self.unshown = false;
        let mut troubles = Vec::new();
        self.tip = self.pool.ask_tip(&Request::BlockHeight.path(), &mut troubles);
        self.tell(&troubles, receive)?;
        let now = self.pool.transport.now();
        self.claim = self.tip.best(&self.pool.rotation, now);
        let Some(Claim { provider, blocks }) = self.claim else { return Ok(None) };
        self.pool.rotation.prefer(provider);
        self.learn_range(provider);
        Ok(Some(self.client.respond(blocks.to_string().as_bytes())))
    }

    /// Fetches what the client wants; `None` if there was no answer that the client could use.
    fn ask(
        &mut self,
        request: Request,
        receive: &mut Receive<'_>,
    ) -> Result<Option<Result<Progress, Rejected>>, Failure> {
        let path = request.path();
        let mut troubles = Vec::new();
        let reply = self.pool.ask(&path, request.size_limit(), self.alone, &mut troubles);
        self.tell(&troubles, receive)?;
        match reply {
            Reply::Body { provider, body } => {
                let began = Instant::now();
                let progress = self.client.respond(&body);
                self.work = self.work.saturating_add(began.elapsed());
                self.contributions.push(Contribution { provider, path, body });
                Ok(Some(progress))
            }
            Reply::Missing { provider, status } => {
                self.unshown = true;
                self.narrow(provider, request, status);
                Ok(Some(Ok(self.client.missing())))
            }
            Reply::Nothing => Ok(None),
        }
    }

    fn tell(&self, troubles: &[Trouble], receive: &mut Receive<'_>) -> Result<(), Failure> {
        for Trouble { provider, reason } in troubles {
            if let Some(provider) = self.pool.rotation.address(*provider) {
                receive(&self.client, Event::Poor { provider, reason })?;
            }
        }
        Ok(())
    }

    /// Asks a provider once how many leaves it serves at a time; a guess of ours is as good as none.
    fn learn_range(&mut self, index: usize) {
        let Some(range) = self.ranges.get_mut(index) else { return };
        let range = *range.get_or_insert_with(|| {
            let body = self.pool.ask_one(index, "/v1/availability/limits", SMALL_LIMIT);
            let limit = body.and_then(|body| json::parse(&body).ok()?.get("small_object_range_limit").ok()?.u64().ok());
            limit.unwrap_or(DEFAULT_RANGE).min(DEFAULT_RANGE)
        });
        self.client.set_range(range);
    }

    /// Remembers that a provider refuses lists of some length.
    fn narrow(&mut self, provider: usize, request: Request, status: u16) {
        if let (Request::Leaves { from, until }, 400, Some(range)) = (request, status, self.ranges.get_mut(provider)) {
            *range = Some(until.saturating_sub(from) / 4 * 3);
        }
    }

    /// Looks whether what has just become final and what was refused before were signed by the same
    /// validators.
    fn compare_with_suspects(&self, contributions: &[Contribution]) -> Option<End> {
        let mut pairs =
            self.suspects.iter().flat_map(|suspect| contributions.iter().map(move |new| (&new.body, suspect)));
        pairs.find_map(|(new, suspect)| self.equivocation(new, suspect))
    }

    fn equivocation(&self, first: &[u8], second: &[u8]) -> Option<End> {
        // Weights are bound to the whole batch: no entropy is needed.
        let found = equivocation::between(first, second, self.client.tables()?, &[]).ok()??;
        let evidence = equivocation::evidence(&self.client.network().identity(), first, second);
        Some(End::Equivocation { equivocation: Box::new(found), evidence })
    }

    /// An answer that does not go on from what is final: does it come from another chain that the
    /// same validators signed?
    fn suspect(&mut self, answer: Vec<u8>) -> Option<End> {
        if let Some(end) = self.proof.iter().find_map(|known| self.equivocation(known, &answer)) {
            return Some(end);
        }
        if answer.len() <= SUSPECT_BYTES {
            if self.suspects.len() >= SUSPECTS_LIMIT {
                self.suspects.pop_front();
            }
            self.suspects.push_back(answer);
        }
        None
    }

    fn report(
        &mut self,
        blocks: &[FinalizedBlock],
        contributions: &[Contribution],
        receive: &mut Receive<'_>,
    ) -> Result<Flow, Failure> {
        for Contribution { provider, .. } in contributions {
            self.pool.rotation.praise(*provider);
        }
        self.newer.fill(0);
        self.alone = false;
        self.last_news = self.pool.transport.now();
        self.last_notice = self.last_news;
        let verification = std::mem::take(&mut self.work);
        let height = blocks.last().map_or(0, |block| block.header.height);
        let agreement = self.tip.agreement(height, &self.pool.rotation, self.last_news);
        let provider = contributions.last().and_then(|last| self.pool.rotation.address(last.provider));
        match provider {
            Some(provider) => receive(&self.client, Event::Finalized { blocks, provider, verification, agreement }),
            None => Ok(Flow::Continue),
        }
    }

    fn rest(&mut self, receive: &mut Receive<'_>) -> Result<(), Failure> {
        let now = self.pool.transport.now();
        if let Some(claim) = self.claim.filter(|_| self.unshown) {
            self.pool.rotation.overclaimed(claim.provider, now);
            let next = self.client.checkpoint().map_or(0, |newest| newest.height.saturating_add(1));
            let other = self.tip.best(&self.pool.rotation, now);
            if other.is_some_and(|other| other.provider != claim.provider && other.blocks > next) {
                return Ok(());
            }
        }
        if now.saturating_duration_since(self.last_notice) > Duration::from_secs(30) {
            self.last_notice = now;
            receive(&self.client, Event::Quiet { time: now.saturating_duration_since(self.last_news) })?;
        }
        self.pool.pause(self.poll);
        Ok(())
    }

    fn reject(&mut self, rejected: &Rejected, receive: &mut Receive<'_>) -> Result<Option<End>, Failure> {
        // What was certified is nobody's fault, and no answer need have led here.
        if self.client.upgrade().is_some() {
            return Ok(Some(End::UpgradeRequired { rejected: rejected.clone(), certified: true }));
        }
        let now = self.pool.transport.now();
        let mut involved: Vec<usize> = self.contributions.iter().map(|answer| answer.provider).collect();
        involved.sort_unstable();
        involved.dedup();
        let Some(last) = std::mem::take(&mut self.contributions).pop() else { return Ok(None) };
        if rejected.rejection == Rejection::UpgradeRequired {
            // One server could say so to stop us; what all of them show, again and again, is unproven
            // too, but there is nothing else to follow. None of them is a liar for it.
            if let Some(count) = self.newer.get_mut(last.provider) {
                *count = count.saturating_add(1);
            }
            if self.newer.iter().all(|count| *count >= UPGRADE_CONFIRMATIONS) {
                return Ok(Some(End::UpgradeRequired { rejected: rejected.clone(), certified: false }));
            }
            involved = vec![last.provider];
        }
        // What two said together was rejected, and it is unclear which of them lied: from here on one
        // provider answers for everything.
        self.alone = involved.len() > 1;
        let fault = if self.alone { Fault::Poverty } else { Fault::of(rejected) };
        for index in involved {
            self.pool.rotation.blame(index, fault, None, now);
            let Some(provider) = self.pool.rotation.address(index) else { continue };
            let lied = fault == Fault::Lie;
            let evidence =
                lied.then(|| Evidence::new(provider.clone(), last.path.clone(), &last.body, rejected.clone()));
            let evidence = evidence.as_ref();
            receive(&self.client, Event::Rejected { provider, rejected, evidence })?;
        }
        let elsewhere = matches!(
            rejected.rejection,
            Rejection::LeafParent | Rejection::LeafJustify | Rejection::LeafView | Rejection::FinalityConflict
        );
        Ok(if elsewhere { self.suspect(last.body) } else { None })
    }
}
