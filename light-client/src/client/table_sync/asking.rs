//! What is asked for on the way, and what happens to answers before their turn.

use alloc::vec::Vec;

use super::{AHEAD, ReplayStage, TableSync, Way};
use crate::client::request::Request;
use crate::client::root_prover::RootProver;
use crate::stake_table::transition::epoch_root;

impl TableSync {
    /// What is needed at once: the proof of a root first, then the events.
    pub(super) fn urgent(&self) -> impl Iterator<Item = Request> {
        let (root, next) = match &self.way {
            Way::Replaying(replaying) => (None, (replaying.stage == ReplayStage::Waiting).then_some(replaying.next)),
            Way::Walking(way) => {
                let root = match (&self.root, way.wanted_root()) {
                    (Some(root), Some(_)) => root.request(),
                    (None, Some(height)) => Some(RootProver::first_request(height, self.new_protocol)),
                    (_, None) => None,
                };
                let judged = self.candidate.is_some() || (way.is_working() && way.wanted_root().is_none());
                (root, (!judged).then(|| way.next_epoch()))
            }
        };
        root.into_iter().chain(next.map(|epoch| Request::StakeTableEvents { epoch }))
    }

    /// What will be needed for the epochs after the next, up to one of them.
    fn later(&self, until: u64) -> impl Iterator<Item = Request> {
        let next = self.epoch().saturating_add(1);
        let last = until.min(next.saturating_add(AHEAD - 1));
        let walking = matches!(self.way, Way::Walking(_));
        let new_protocol = self.new_protocol;
        let height = self.epoch_height;
        let second_root = match &self.way {
            // Two roots come before the first table: the rules stand in one, the hash in the other.
            Way::Walking(way) if way.next_rules().is_none() => epoch_root(way.reached().epoch, height),
            _ => None,
        };
        let roots = move |epoch: u64| {
            let root = epoch_root(epoch.saturating_sub(1), height).filter(|_| walking);
            root.map(|root| RootProver::first_request(root, new_protocol))
        };
        let second = second_root.map(|root| RootProver::first_request(root, new_protocol));
        let later = (next.saturating_add(1)..=last)
            .flat_map(move |epoch| roots(epoch).into_iter().chain([Request::StakeTableEvents { epoch }]));
        second.into_iter().chain(later)
    }

    /// What to fetch on the way to the table of an epoch, the most urgent first.
    pub(in crate::client) fn requests(&self, limit: usize, until: u64) -> Vec<Request> {
        let until = match &self.way {
            Way::Replaying(replaying) => replaying.target,
            Way::Walking(way) if way.reached().epoch >= until => return Vec::new(),
            Way::Walking(_) => until,
        };
        let urgent = self.urgent().filter(|request| !self.answers.has(request));
        let room = self.answers.has_room();
        let later = self.later(until).filter(|request| room && self.answers.wants(request));
        urgent.chain(later).take(limit).collect()
    }

    /// Keeps an answer until its turn comes.
    pub(in crate::client) fn respond(&mut self, request: Request, body: &[u8]) {
        let urgent = self.urgent().any(|wanted| wanted == request);
        if urgent || self.later(u64::MAX).any(|wanted| wanted == request) {
            self.bytes = self.bytes.saturating_add(body.len() as u64);
            self.answers.put(request, body, urgent);
        }
    }

    /// Says that a server lacks something. Whether the way is barred for now.
    pub(in crate::client) fn missing(&mut self, request: Request) -> bool {
        if !self.urgent().any(|wanted| wanted == request) {
            self.answers.lacks(request);
            return false;
        }
        match (request, &mut self.root) {
            (Request::StakeTableEvents { .. }, _) => true,
            (_, Some(root)) => !root.missing(),
            (Request::LeafProof { height } | Request::Leaves { from: height, .. }, None) => {
                let mut root = RootProver::new(height, self.new_protocol);
                let barred = !root.missing();
                self.root = Some(root);
                barred
            }
            (_, None) => true,
        }
    }
}
