//! Answers that came before their turn: raw, and bounded in what they may take.

use alloc::vec::Vec;

use crate::client::request::Request;
use crate::ordered::{OrderedMap, OrderedSet};

/// The most bytes of answers that wait. What is needed at once is taken all the same.
const WAITING_LIMIT: usize = 8 << 20;

/// Answers that wait, and what servers lacked of what may wait.
#[derive(Debug, Default)]
pub(super) struct Answers {
    waiting: OrderedMap<Request, Vec<u8>>,
    bytes: usize,
    lacking: OrderedSet<Request>,
}

impl Answers {
    /// Keeps an answer, unless there are too many already and it is not needed at once.
    pub(super) fn put(&mut self, request: Request, body: &[u8], urgent: bool) {
        if (urgent || self.has_room()) && !self.waiting.contains_key(&request) {
            self.bytes = self.bytes.saturating_add(body.len());
            self.waiting.insert(request, body.to_vec());
        }
    }

    /// Whether more may be asked for ahead of its turn.
    pub(super) const fn has_room(&self) -> bool {
        self.bytes < WAITING_LIMIT
    }

    pub(super) fn take(&mut self, request: &Request) -> Option<Vec<u8>> {
        let body = self.waiting.remove(request)?;
        self.bytes = self.bytes.saturating_sub(body.len());
        Some(body)
    }

    pub(super) fn has(&self, request: &Request) -> bool {
        self.waiting.contains_key(request)
    }

    /// Notes that a server lacks what is not needed yet: it is asked for again when it is.
    pub(super) fn lacks(&mut self, request: Request) {
        self.lacking.insert(request);
    }

    /// Whether to ask for something ahead of its turn.
    pub(super) fn wants(&self, request: &Request) -> bool {
        !self.has(request) && !self.lacking.contains(request)
    }

    /// Forgets what was noted about others than these.
    pub(super) fn retain(&mut self, wanted: impl Fn(&Request) -> bool) {
        self.lacking.retain(&wanted);
        self.waiting.retain(|request, _| wanted(request));
        self.bytes = self.waiting.values().map(Vec::len).sum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounded_and_in_any_order() {
        let mut answers = Answers::default();
        let event = |epoch| Request::StakeTableEvents { epoch };
        let large = alloc::vec![0; WAITING_LIMIT];
        answers.put(event(2), &large, false);
        assert!(!answers.has_room());
        answers.put(event(3), b"late", false);
        assert!(!answers.has(&event(3)));
        answers.put(event(1), b"urgent", true);
        assert_eq!(answers.take(&event(1)).unwrap(), b"urgent");
        assert_eq!(answers.take(&event(2)).unwrap().len(), WAITING_LIMIT);
        assert!(answers.has_room() && answers.take(&event(2)).is_none());
        answers.put(event(4), b"once", false);
        answers.put(event(4), b"twice", false);
        answers.lacks(event(5));
        assert!(!answers.wants(&event(4)) && !answers.wants(&event(5)) && answers.wants(&event(6)));
        answers.retain(|request| *request != event(5) && *request != event(4));
        assert!(answers.wants(&event(5)) && answers.wants(&event(4)));
        assert_eq!(answers.bytes, 0);
    }
}
