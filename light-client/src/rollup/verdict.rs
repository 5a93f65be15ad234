//! What a scan of a namespace shows about one L2 transaction: two facts, kept apart.

use alloc::vec::Vec;
use core::ops::RangeInclusive;

use crate::ordered::OrderedMap;
use crate::rollup::config::{Format, RollupConfig};
use crate::rollup::l2_transactions::TransactionHash;
use crate::rollup::message::{Message, Place};

/// An answer that can also be that nothing is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer<T> {
    /// It is so, as this shows.
    Yes(T),
    /// It is not so: only ever said of a range that was verified without gaps.
    No,
    /// Neither is shown.
    Unknown,
}

/// Which message of the rollup a transaction is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Canonical {
    /// The message's position in the rollup's order.
    pub position: u64,
    /// Where the message stands in HotShot.
    pub place: Place,
}

/// The two facts about a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether a message that an authority signed and that holds the transaction is in a final block
    /// of the range, and where: the first place, once the range is complete.
    pub in_hotshot: Answer<Place>,
    /// Whether that message is the one that the rollup takes at its position.
    ///
    /// Nothing is said about execution: a transaction in a canonical message may still revert, or be
    /// refused for its nonce or balance.
    pub canonical: Answer<Canonical>,
}

/// All signed messages of the verified blocks so far.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// By position, in the order of HotShot.
    messages: OrderedMap<u64, Vec<Entry>>,
    /// Those with the transaction in question, by position and place.
    candidates: Vec<(u64, Entry)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    place: Place,
    identity: [u8; 32],
    parent: Option<([u8; 32], u64)>,
}

impl Ledger {
    /// Adds a message; blocks may come in any order, each once or more.
    pub fn add(&mut self, message: &Message, transaction: &TransactionHash) {
        let entry = Entry { place: message.place, identity: message.identity, parent: message.parent };
        if !self.messages.contains_key(&message.position) {
            self.messages.insert(message.position, Vec::new());
        }
        let Some(entries) = self.messages.get_mut(&message.position) else { return };
        match entries.binary_search_by(|known| known.place.cmp(&entry.place)) {
            Ok(_) => return,
            Err(index) => {
                // Later copies of one message change nothing: only the first is kept.
                if entries.iter().take(index).any(|known| known.identity == entry.identity) {
                    return;
                }
                entries.insert(index, entry);
                let mut seen = false;
                entries.retain(|known| known.identity != entry.identity || !core::mem::replace(&mut seen, true));
            }
        }
        if message.transactions.contains(transaction) {
            let known = self
                .candidates
                .iter_mut()
                .find(|(position, known)| *position == message.position && known.identity == entry.identity);
            match known {
                Some((_, known)) => *known = entry,
                None => self.candidates.push((message.position, entry)),
            }
        }
    }

    /// The first place of the transaction so far.
    pub fn first_place(&self) -> Option<Place> {
        self.candidates.iter().map(|(_, entry)| entry.place).min()
    }

    /// The facts, where `verified` is the range of heights that was read without gaps, if any, and
    /// `asked` the range in question.
    pub fn verdict(
        &self,
        config: &RollupConfig,
        verified: Option<&RangeInclusive<u64>>,
        asked: &RangeInclusive<u64>,
    ) -> Verdict {
        let covers = |from: u64, to: u64| verified.is_some_and(|range| *range.start() <= from && to <= *range.end());
        let complete = covers(*asked.start(), *asked.end());
        let in_hotshot = match self.first_place() {
            Some(place) => Answer::Yes(place),
            None if complete => Answer::No,
            None => Answer::Unknown,
        };
        let mut all_lost = true;
        for (position, entry) in &self.candidates {
            // Whatever came before it was read, from the first block that the rollup reads.
            let whole = covers(config.first_height, entry.place.height);
            match self.winner(config, *position, whole) {
                Answer::Yes(winner) if winner.identity == entry.identity => {
                    let canonical = Canonical { position: *position, place: entry.place };
                    return Verdict { in_hotshot, canonical: Answer::Yes(canonical) };
                }
                Answer::Yes(_) => {}
                _ => all_lost &= self.has_lost(config, *position, entry),
            }
        }
        // Without a candidate in the range there is none that could win in it.
        let canonical = if complete && all_lost { Answer::No } else { Answer::Unknown };
        Verdict { in_hotshot, canonical }
    }

    /// The message that the rollup takes at a position, if what came before is known.
    fn winner(&self, config: &RollupConfig, position: u64, whole: bool) -> Answer<Entry> {
        if !whole {
            return Answer::Unknown;
        }
        let first = |position: u64| self.messages.get(&position).and_then(|entries| entries.first()).copied();
        match config.format {
            Format::Nitro => first(position).map_or(Answer::Unknown, Answer::Yes),
            Format::OpStack { anchor: None } => Answer::Unknown,
            Format::OpStack { anchor: Some((number, hash)) } => {
                let (mut number, mut hash, mut origin) = (number, hash, 0);
                while number < position {
                    number += 1;
                    let entries = self.messages.get(&number).map_or(&[][..], Vec::as_slice);
                    let fits = |entry: &&Entry| {
                        entry.parent.is_some_and(|(parent, l1_origin)| parent == hash && l1_origin >= origin)
                    };
                    let Some(next) = entries.iter().find(fits) else { return Answer::Unknown };
                    if number == position {
                        return Answer::Yes(*next);
                    }
                    (hash, origin) = (next.identity, next.parent.map_or(origin, |(_, l1_origin)| l1_origin));
                }
                Answer::Unknown
            }
        }
    }

    /// Whether an earlier message for the position is known, so that this one cannot be the first.
    fn has_lost(&self, config: &RollupConfig, position: u64, entry: &Entry) -> bool {
        let first = self.messages.get(&position).and_then(|entries| entries.first());
        config.format == Format::Nitro && first.is_some_and(|first| first.identity != entry.identity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollup::authority::{Authority, Tenure};
    use alloc::vec;

    const TARGET: TransactionHash = [9; 32];

    fn config(format: Format) -> RollupConfig {
        let authority = Authority::new(vec![Tenure { signer: [1; 20], from: 0, until: None }]).unwrap();
        RollupConfig { namespace: 7, format, authority, first_height: 10 }
    }

    fn message(height: u64, position: u64, identity: u8, holds: bool) -> Message {
        Message {
            place: Place { height, namespace: 7, transaction: 0, message: 0 },
            position,
            identity: [identity; 32],
            parent: Some(([identity.wrapping_sub(1); 32], 90)),
            signer: [1; 20],
            transactions: if holds { vec![[8; 32], TARGET] } else { vec![[8; 32]] },
        }
    }

    fn judge(format: Format, messages: &[Message], verified: RangeInclusive<u64>) -> Verdict {
        let config = config(format);
        let verdict = |order: &mut dyn Iterator<Item = &Message>| {
            let mut ledger = Ledger::default();
            order.for_each(|message| ledger.add(message, &TARGET));
            ledger.verdict(&config, Some(&verified), &(10..=20))
        };
        let found = verdict(&mut messages.iter());
        assert_eq!(found, verdict(&mut messages.iter().rev()), "the order of reading does not matter");
        found
    }

    #[test]
    fn nothing_read_is_nothing_known() {
        let unknown = Verdict { in_hotshot: Answer::Unknown, canonical: Answer::Unknown };
        assert_eq!(Ledger::default().verdict(&config(Format::Nitro), None, &(10..=20)), unknown);
    }

    #[test]
    fn absence_needs_every_height() {
        let no = Verdict { in_hotshot: Answer::No, canonical: Answer::No };
        assert_eq!(judge(Format::Nitro, &[message(12, 1, 5, false)], 10..=20), no);
        for range in [11..=20, 10..=19] {
            let found = judge(Format::Nitro, &[], range);
            assert_eq!((found.in_hotshot, found.canonical), (Answer::Unknown, Answer::Unknown));
        }
    }

    #[test]
    fn item_11_the_first_message_at_a_position_wins() {
        let ours = message(15, 3, 5, true);
        let won = judge(Format::Nitro, core::slice::from_ref(&ours), 10..=20);
        assert_eq!(won.in_hotshot, Answer::Yes(ours.place));
        assert_eq!(won.canonical, Answer::Yes(Canonical { position: 3, place: ours.place }));
        // The same from the middle of the chain: an earlier message may have taken the position.
        let partial = judge(Format::Nitro, core::slice::from_ref(&ours), 12..=20);
        assert_eq!((partial.in_hotshot, partial.canonical), (Answer::Yes(ours.place), Answer::Unknown));
        // A second message for the position, later and earlier.
        let later = judge(Format::Nitro, &[ours.clone(), message(16, 3, 6, false)], 10..=20);
        assert_eq!(later.canonical, won.canonical);
        let earlier = judge(Format::Nitro, &[ours.clone(), message(14, 3, 6, false)], 10..=20);
        assert_eq!((earlier.in_hotshot, earlier.canonical), (Answer::Yes(ours.place), Answer::No));
        // Order is by position, not by HotShot: a later position in an earlier block takes nothing.
        let other = judge(Format::Nitro, &[ours, message(11, 4, 6, false)], 10..=20);
        assert_eq!(other.canonical, won.canonical);
    }

    #[test]
    fn copies_of_one_message_are_one() {
        let (first, copy) = (message(12, 3, 5, true), message(15, 3, 5, true));
        let found = judge(Format::Nitro, &[copy, first.clone()], 10..=20);
        assert_eq!(found.in_hotshot, Answer::Yes(first.place));
        assert_eq!(found.canonical, Answer::Yes(Canonical { position: 3, place: first.place }));
    }

    #[test]
    fn batches_follow_their_parents() {
        let anchored = Format::OpStack { anchor: Some((2, [4; 32])) };
        let chain = [message(11, 3, 5, false), message(12, 4, 6, true)];
        let place = chain[1].place;
        let found = judge(anchored, &chain, 10..=20);
        assert_eq!(found.canonical, Answer::Yes(Canonical { position: 4, place }));
        // An earlier batch with the number, on another parent, takes nothing.
        let fork = Message { parent: Some(([77; 32], 90)), ..message(10, 4, 7, false) };
        let with_fork = [chain[0].clone(), chain[1].clone(), fork.clone()];
        assert_eq!(judge(anchored, &with_fork, 10..=20).canonical, found.canonical);
        // One on the same parent does.
        let rival = Message { parent: chain[1].parent, ..fork };
        let with_rival = [chain[0].clone(), chain[1].clone(), rival];
        assert_eq!(judge(anchored, &with_rival, 10..=20).canonical, Answer::No);
        // Without an anchor, or with a number missing, nothing is known.
        assert_eq!(judge(Format::OpStack { anchor: None }, &chain, 10..=20).canonical, Answer::Unknown);
        assert_eq!(judge(anchored, &chain[1..], 10..=20).canonical, Answer::Unknown);
        // An L1 origin before the parent's is no continuation: a retired signer cannot come back.
        let backdated = [chain[0].clone(), Message { parent: Some(([5; 32], 89)), ..message(12, 4, 6, true) }];
        assert_eq!(judge(anchored, &backdated, 10..=20).canonical, Answer::Unknown);
    }
}
