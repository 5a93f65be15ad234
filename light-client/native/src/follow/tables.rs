//! The way to today's stake tables: several requests under way at a time, to whoever is best.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use hotshot_light_client::client::request::Request;
use hotshot_light_client::client::sync::Progress;
use hotshot_light_client::{Rejected, Rejection};

use super::{BUDGET, Driver, End, Event, Flow, Receive, UPGRADE_CONFIRMATIONS};
use crate::exit::Failure;
use crate::provider::evidence::Evidence;
use crate::provider::http::Answer;
use crate::provider::rotation::{Choice, Fault};
use crate::provider::transport::Transport;

/// The most requests that are under way at a time.
const IN_FLIGHT: usize = 8;

/// Answers that were kept: they are judged like a server's, but cost no time.
pub trait KeptAnswers {
    /// The answer to a request, if it was kept. It is given once.
    fn take(&mut self, request: &Request) -> Option<Vec<u8>>;
}

/// What is under way and what came and was not judged yet.
#[derive(Default)]
pub(super) struct Travel {
    open: BTreeMap<u64, (Request, usize)>,
    /// Who gave an answer; nobody did where it was kept.
    served: BTreeMap<Request, (Option<usize>, Vec<u8>)>,
    lacked: BTreeSet<(Request, usize)>,
    kept: Option<Box<dyn KeptAnswers>>,
}

impl Travel {
    /// Forgets what is under way: something else is wanted.
    pub(super) fn pause(&mut self) {
        self.open.clear();
    }

    fn asked(&self, request: &Request) -> Vec<usize> {
        self.open.values().filter(|(open, _)| open == request).map(|(_, provider)| *provider).collect()
    }
}

impl<T: Transport> Driver<T> {
    /// Answers that are tried before a server is asked.
    pub fn set_kept(&mut self, kept: Box<dyn KeptAnswers>) {
        self.travel.kept = Some(kept);
    }

    /// Asks, takes and computes once.
    ///
    /// # Errors
    /// Those of the receiver.
    pub(super) fn advance_tables(&mut self, receive: &mut Receive<'_>) -> Result<Option<End>, Failure> {
        let wanted = self.client.requests(IN_FLIGHT);
        self.take_kept(&wanted);
        self.post(&wanted);
        let progress = if self.client.is_working() {
            let began = Instant::now();
            let progress = self.client.step(BUDGET);
            self.work = self.work.saturating_add(began.elapsed());
            // What came in meanwhile makes room for more requests.
            let now = self.pool.transport.now();
            let taken = self.collect(now, &wanted, receive)?;
            if !matches!(progress, Ok(Progress::Fetch | Progress::Working { .. })) { progress } else { taken }
        } else {
            let urgent = wanted.first().map(|request| self.travel.asked(request)).unwrap_or_default();
            let until = self.pool.transport.now() + self.pool.patience_with(&urgent);
            self.collect(until, &wanted, receive)?
        };
        match progress {
            Ok(Progress::Epoch(advance)) => {
                let answers = advance.boundary.iter().flat_map(|boundary| &boundary.answers);
                for (request, _) in answers {
                    if let Some((Some(provider), _)) = self.travel.served.remove(request) {
                        self.pool.rotation.praise(provider);
                    }
                }
                self.newer.fill(0);
                self.last_news = self.pool.transport.now();
                self.last_notice = self.last_news;
                let progress = self.client.table_progress();
                let flow = receive(&self.client, Event::Epoch { advance: &advance, progress })?;
                Ok((flow == Flow::Finish).then_some(End::Finished))
            }
            Ok(Progress::Idle) => {
                self.travel.lacked.clear();
                self.unshown = true;
                self.rest(receive)?;
                Ok(None)
            }
            Ok(_) => Ok(None),
            Err(rejected) => self.reject_table(&rejected, receive),
        }
    }

    fn take_kept(&mut self, wanted: &[Request]) {
        let Some(kept) = &mut self.travel.kept else { return };
        for request in wanted {
            if let Some(body) = kept.take(request) {
                // What is wrong with it shows when its turn comes: it only waits now.
                let _ = self.client.respond_to(*request, &body);
                self.travel.served.insert(*request, (None, body));
            }
        }
    }

    /// Sends what is wanted and not under way; the most urgent once more where it takes long.
    fn post(&mut self, wanted: &[Request]) {
        for request in wanted {
            let asked = self.travel.asked(request);
            if self.travel.open.len() >= IN_FLIGHT || !asked.is_empty() {
                continue;
            }
            let now = self.pool.transport.now();
            let lacking: Vec<usize> =
                self.travel.lacked.iter().filter(|(lacked, _)| lacked == request).map(|(_, p)| *p).collect();
            let chosen = match self.pool.rotation.choose(now) {
                Choice::Ask(index) if !lacking.contains(&index) => Some(index),
                Choice::Ask(_) => self.pool.rotation.choose_beside(&lacking, now),
                Choice::Wait(pause) if self.travel.open.is_empty() => {
                    self.pool.pause(pause);
                    return;
                }
                Choice::Wait(_) => None,
            };
            if let Some(provider) = chosen {
                self.send(*request, provider);
            }
        }
    }

    fn send(&mut self, request: Request, provider: usize) {
        let ticket = self.pool.post(provider, &request.path(), request.size_limit());
        self.travel.open.insert(ticket, (request, provider));
    }

    /// Takes one answer, if one comes before a moment.
    fn collect(
        &mut self,
        until: Instant,
        wanted: &[Request],
        receive: &mut Receive<'_>,
    ) -> Result<Result<Progress, Rejected>, Failure> {
        let Some((ticket, provider, answer)) = self.pool.collect(until) else {
            // Nobody answered in time: whoever else there is is asked for what is needed first.
            if let Some(request) = wanted.first().copied().filter(|_| !self.client.is_working()) {
                let asked = self.travel.asked(&request);
                let now = self.pool.transport.now();
                if !asked.is_empty()
                    && now >= until
                    && let Some(next) = self.pool.rotation.choose_beside(&asked, now)
                {
                    self.send(request, next);
                }
            }
            return Ok(Ok(Progress::Fetch));
        };
        let Some((request, _)) = self.travel.open.remove(&ticket) else { return Ok(Ok(Progress::Fetch)) };
        match answer {
            Answer::Body(body) => {
                let taken = self.client.respond_to(request, &body);
                self.travel.served.insert(request, (Some(provider), body));
                Ok(taken)
            }
            Answer::Missing(_) => {
                self.travel.lacked.insert((request, provider));
                let lacking: Vec<usize> =
                    self.travel.lacked.iter().filter(|(lacked, _)| *lacked == request).map(|(_, p)| *p).collect();
                let now = self.pool.transport.now();
                let others = !self.travel.asked(&request).is_empty()
                    || self.pool.rotation.choose_beside(&lacking, now).is_some();
                if others {
                    return Ok(Ok(Progress::Fetch));
                }
                self.travel.lacked.retain(|(lacked, _)| *lacked != request);
                Ok(Ok(self.client.missing_for(request)))
            }
            Answer::Stopped => Ok(Ok(Progress::Fetch)),
            failed => {
                self.pool.note_poverty(provider, &failed);
                let reason = failed.summary();
                if let Some(provider) = self.pool.rotation.address(provider) {
                    receive(&self.client, Event::Poor { provider, reason: &reason })?;
                }
                Ok(Ok(Progress::Fetch))
            }
        }
    }

    /// An answer was refused: whoever gave it is to blame, if that can be told.
    fn reject_table(&mut self, rejected: &Rejected, receive: &mut Receive<'_>) -> Result<Option<End>, Failure> {
        if self.client.halted().is_some() {
            return Ok(Some(End::Contradiction(rejected.clone())));
        }
        let Some(request) = self.client.culprit() else {
            // A checkpoint's hash does not tell which of many events was wrong: the proven way will.
            self.travel.served.clear();
            receive(&self.client, Event::Unclear { rejected })?;
            return Ok(None);
        };
        let Some((provider, body)) = self.travel.served.remove(&request) else { return Ok(None) };
        let Some(index) = provider else {
            // What was kept is no longer what it was: it is asked for anew.
            receive(&self.client, Event::Unclear { rejected })?;
            return Ok(None);
        };
        if rejected.rejection == Rejection::UpgradeRequired {
            if let Some(count) = self.newer.get_mut(index) {
                *count = count.saturating_add(1);
            }
            if self.newer.iter().all(|count| *count >= UPGRADE_CONFIRMATIONS) {
                return Ok(Some(End::UpgradeRequired { rejected: rejected.clone(), certified: false }));
            }
        }
        let fault = Fault::of(rejected);
        self.pool.rotation.blame(index, fault, None, self.pool.transport.now());
        let Some(provider) = self.pool.rotation.address(index) else { return Ok(None) };
        let lied = fault == Fault::Lie;
        let evidence = lied.then(|| Evidence::new(provider.clone(), request.path(), &body, rejected.clone()));
        receive(&self.client, Event::Rejected { provider, rejected, evidence: evidence.as_ref() })?;
        Ok(None)
    }
}
