//! What goes when something that was taken for true turns out to be a lie.

use super::{TableSync, Way, pinned, root_height};
use crate::client::request::Request;
use crate::consensus::tables::EpochTables;
use crate::rejection::Rejected;
use crate::stake_table::active_set::ActiveRules;
use crate::stake_table::catch_up::{CatchUp, Reached};
use crate::stake_table::transition::epoch_root;

impl TableSync {
    /// The proof of the root was a lie after all: nothing that followed from it stays.
    pub(super) fn withdraw(&mut self, before: Reached, rules: ActiveRules, rejected: Rejected) -> Rejected {
        self.culprit = self
            .evidence
            .iter()
            .rev()
            .map(|(request, _)| *request)
            .find(|request| !matches!(request, Request::StakeTableEvents { .. }));
        // The root that told the rules stays proven, and with it what proved it.
        let root = epoch_root(before.epoch, self.epoch_height).unwrap_or_default();
        self.evidence.retain(|(request, _)| root_height(request).is_some_and(|height| height < root));
        self.deferred.clear();
        self.proven = None;
        if let Way::Walking(way) = &mut self.way {
            way.rewind(before, rules);
        }
        rejected
    }

    /// Gives the newest table up: its root and its events are needed again. Whether there was a way.
    pub(in crate::client) fn step_back(&mut self, tables: &mut EpochTables) -> bool {
        // What proved the rules of the first table is not kept apart: it is asked for again with the rest.
        let before = self.before.take().filter(|(before, _)| before.epoch >= self.first);
        let (Some((before, rules)), Way::Walking(way)) = (before, &mut self.way) else {
            return self.begin_anew(tables);
        };
        let given_up = way.next_epoch().saturating_sub(1);
        way.rewind(before, rules);
        self.forget_from(given_up, tables);
        true
    }

    /// Gives all tables from events up. Whether there is a way that begins elsewhere.
    pub(in crate::client) fn begin_anew(&mut self, tables: &mut EpochTables) -> bool {
        let genesis = tables.of_epoch(self.first.saturating_sub(2)).is_ok();
        let hint = self.hint;
        let begun = match hint {
            Some(hint) if !genesis => self.trust_checkpoint(&hint),
            _ if genesis => {
                let way = CatchUp::from_genesis(self.epoch_height, self.first);
                way.map(|way| self.way = Way::Walking(pinned(way, &self.pins)))
            }
            _ => return false,
        };
        self.expected = hint.map(|hint| (hint.epoch, hint.hash));
        self.forget_from(self.first, tables);
        begun.is_ok()
    }

    /// Forgets what rests on the tables of an epoch and of those after it, and every answer that came
    /// ahead of its turn.
    fn forget_from(&mut self, epoch: u64, tables: &mut EpochTables) {
        tables.forget_from(epoch);
        self.signers.retain(|own, _| *own < epoch);
        self.vid_weights.retain(|own, _| *own < epoch);
        self.deferred.clear();
        self.evidence.clear();
        self.answers.retain(|_| false);
        (self.before, self.candidate, self.root, self.proven) = (None, None, None, None);
    }
}
