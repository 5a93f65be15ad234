//! A [`Deriver`] that works elsewhere: in a WebAssembly module of its own, loaded on first use.
//!
//! Jobs and what they come to cross as bytes between two modules of the same build. What comes back is
//! our own code's word, and still: whether the hash is the certified one is for the client to see, and
//! every key that was not in the table before is admitted here once more.
//!
//! Integers are little-endian. A job is kind 1 ‖ hash 32 ‖ rules 1 ‖ numbers to keep (count 1, 4 each) ‖
//! Advance: number 4 or 0, epoch 8; Replay: first 8, epoch 8, target 8; Load: epoch 8 ‖ events or
//! registrations. An answer is kind 1 ‖ Working: remaining 4; Table: number 4, epoch 8, hash 32, VID
//! weight 8, count 4, members; Refused: as `encoding::rejected` writes it.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::active_set::ActiveRules;
use super::admission::{Admission, AdmissionStep, SHARE};
use super::deriver::{Derive, Derived, DerivedTable, Deriver, Goal, Job};
use super::entry::{Entry, RawEntry};
use super::table::StakeTable;
use super::transition::EpochTable;
use crate::encoding::committable::Commitment;
use crate::encoding::reader::Reader;
use crate::encoding::rejected::{read_rejected, write_rejected};
use crate::rejection::{Rejected, Rejection};

const ADVANCE: u8 = 1;
const REPLAY: u8 = 2;
const LOAD: u8 = 3;

const WORKING: u8 = 0;
const APPLIED: u8 = 1;
const TABLE: u8 = 2;
const REFUSED: u8 = 3;
const READ: u8 = 4;

fn count(count: usize) -> [u8; 4] {
    u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes()
}

fn job_to_bytes(job: Job<'_>, keep: &[u32]) -> Vec<u8> {
    let (kind, goal, body) = match job {
        Job::Advance { goal, events, .. } => (ADVANCE, goal, events),
        Job::Replay { goal, events, .. } => (REPLAY, goal, events),
        Job::Load { goal, registrations, .. } => (LOAD, goal, registrations),
    };
    let mut bytes = alloc::vec![kind];
    bytes.extend_from_slice(&goal.hash);
    bytes.push(goal.rules.to_byte());
    bytes.push(u8::try_from(keep.len()).unwrap_or(u8::MAX));
    keep.iter().for_each(|number| bytes.extend_from_slice(&number.to_le_bytes()));
    let epochs = match job {
        Job::Advance { state, epoch, .. } => {
            bytes.extend_from_slice(&state.unwrap_or(0).to_le_bytes());
            [Some(epoch), None, None]
        }
        Job::Replay { first, epoch, target, .. } => [Some(first), Some(epoch), Some(target)],
        Job::Load { epoch, .. } => [Some(epoch), None, None],
    };
    epochs.into_iter().flatten().for_each(|epoch| bytes.extend_from_slice(&epoch.to_le_bytes()));
    bytes.extend_from_slice(body);
    bytes
}

fn job_from_bytes(bytes: &[u8]) -> Option<(Job<'_>, Vec<u32>)> {
    let mut reader = Reader::new(bytes);
    let [kind] = reader.array()?;
    let hash = reader.array()?;
    let [rules] = reader.array()?;
    let goal = Goal { hash, rules: ActiveRules::from_byte(rules)? };
    let [kept] = reader.array()?;
    let keep = (0..kept).map(|_| reader.u32_le()).collect::<Option<_>>()?;
    let job = match kind {
        ADVANCE => {
            let state = reader.u32_le()?;
            let epoch = reader.u64_le()?;
            Job::Advance { state: (state != 0).then_some(state), epoch, events: reader.rest(), goal }
        }
        REPLAY => {
            let (first, epoch, target) = (reader.u64_le()?, reader.u64_le()?, reader.u64_le()?);
            Job::Replay { first, epoch, target, events: reader.rest(), goal }
        }
        LOAD => Job::Load { epoch: reader.u64_le()?, registrations: reader.rest(), goal },
        _ => return None,
    };
    Some((job, keep))
}

/// The other end: does the work, and answers in bytes.
#[derive(Debug)]
pub struct DeriverService(Deriver);

impl DeriverService {
    /// See [`Deriver::new`].
    pub fn new(entropy: &[u8]) -> Self {
        Self(Deriver::new(entropy))
    }

    /// Begins the job that [`RemoteDeriver`] sends.
    pub fn begin(&mut self, job: &[u8]) -> Vec<u8> {
        let begun = match job_from_bytes(job) {
            Some((job, keep)) => self.0.begin(job, &keep),
            None => Err(Rejection::StakeTableStateForm.with("a job", "its one form")),
        };
        answer_to_bytes(begun.map(|()| None), self.0.remaining())
    }

    /// Works for about so many units.
    pub fn step(&mut self, budget: u32) -> Vec<u8> {
        let stepped = self.0.step(budget);
        answer_to_bytes(stepped, self.0.remaining())
    }

    /// Registrations as bytes to be kept.
    pub fn registrations(&self, state: u32) -> Option<Vec<u8>> {
        self.0.registrations(state)
    }
}

fn answer_to_bytes(answer: Result<Option<Derived>, Rejected>, remaining: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    match answer {
        Ok(None) => {
            bytes.push(WORKING);
            bytes.extend_from_slice(&remaining.to_le_bytes());
        }
        Ok(Some(Derived::Read)) => {
            bytes.push(READ);
            bytes.extend_from_slice(&remaining.to_le_bytes());
        }
        Ok(Some(Derived::Applied)) => bytes.push(APPLIED),
        Ok(Some(Derived::Table(derived))) => {
            let DerivedTable { state, hash, table } = *derived;
            bytes.push(TABLE);
            bytes.extend_from_slice(&state.to_le_bytes());
            bytes.extend_from_slice(&table.epoch.to_le_bytes());
            bytes.extend_from_slice(&hash);
            bytes.extend_from_slice(&table.vid_total_weight.to_le_bytes());
            bytes.extend_from_slice(&count(table.table.entries().len()));
            table.table.entries().iter().for_each(|entry| entry.write(&mut bytes));
        }
        Err(rejected) => {
            bytes.push(REFUSED);
            write_rejected(&rejected, &mut bytes);
        }
    }
    bytes
}

/// What an answer says.
enum Told {
    Working(u32),
    Read(u32),
    Applied,
    Table { state: u32, epoch: u64, hash: Commitment, vid_total_weight: u64, members: Vec<RawEntry> },
    Refused(Rejected),
}

fn answer_from_bytes(bytes: &[u8]) -> Option<Told> {
    let mut reader = Reader::new(bytes);
    let [kind] = reader.array()?;
    Some(match kind {
        WORKING => Told::Working(reader.u32_le()?),
        READ => Told::Read(reader.u32_le()?),
        APPLIED => Told::Applied,
        TABLE => {
            let (state, epoch, hash) = (reader.u32_le()?, reader.u64_le()?, reader.array()?);
            let (vid_total_weight, count) = (reader.u64_le()?, reader.u32_le()?);
            let members = (0..count).map(|_| RawEntry::read(&mut reader)).collect::<Option<_>>()?;
            Told::Table { state, epoch, hash, vid_total_weight, members }
        }
        REFUSED => Told::Refused(read_rejected(&mut reader)?),
        _ => return None,
    })
}

/// How bytes get to a [`DeriverService`] and back.
pub trait Transport {
    /// [`DeriverService::begin`].
    fn begin(&mut self, job: &[u8]) -> Vec<u8>;
    /// [`DeriverService::step`].
    fn step(&mut self, budget: u32) -> Vec<u8>;
    /// [`DeriverService::registrations`].
    fn registrations(&self, state: u32) -> Option<Vec<u8>>;
}

/// A table whose new keys are being admitted.
#[derive(Debug)]
struct Arrival {
    state: u32,
    epoch: u64,
    hash: Commitment,
    vid_total_weight: u64,
    admission: Admission,
}

/// Has tables derived at the other end of a transport.
#[derive(Debug)]
pub struct RemoteDeriver<T> {
    transport: T,
    remaining: u32,
    arrival: Option<Arrival>,
    /// The members of the table before, whose keys need no second look.
    known: Vec<Entry>,
}

impl<T: Transport> RemoteDeriver<T> {
    /// A deriver behind a transport.
    pub const fn new(transport: T) -> Self {
        Self { transport, remaining: 0, arrival: None, known: Vec::new() }
    }

    fn take(&mut self, answer: &[u8]) -> Result<Option<Derived>, Rejected> {
        let form = || Rejection::StakeTableStateForm.with("an answer", "its one form");
        self.remaining = 0;
        match answer_from_bytes(answer).ok_or_else(form)? {
            Told::Working(remaining) => self.remaining = remaining,
            Told::Read(remaining) => {
                self.remaining = remaining;
                return Ok(Some(Derived::Read));
            }
            Told::Applied => return Ok(Some(Derived::Applied)),
            Told::Refused(rejected) => return Err(rejected),
            Told::Table { state, epoch, hash, vid_total_weight, members } => {
                let admission = StakeTable::begin_admission(members)?.sparing(&self.known);
                self.arrival = Some(Arrival { state, epoch, hash, vid_total_weight, admission });
            }
        }
        Ok(None)
    }
}

impl<T: Transport> Derive for RemoteDeriver<T> {
    fn begin(&mut self, job: Job<'_>, keep: &[u32]) -> Result<(), Rejected> {
        self.arrival = None;
        let answer = self.transport.begin(&job_to_bytes(job, keep));
        self.take(&answer).map(|_| ())
    }

    fn step(&mut self, budget: u32) -> Result<Option<Derived>, Rejected> {
        let Some(mut arrival) = self.arrival.take() else {
            let answer = self.transport.step(budget);
            return self.take(&answer);
        };
        let table = match arrival.admission.step(budget.saturating_mul(SHARE)) {
            AdmissionStep::Done(table) => table?,
            AdmissionStep::Pending { .. } => {
                self.arrival = Some(arrival);
                return Ok(None);
            }
        };
        self.known = table.entries().to_vec();
        let Arrival { state, epoch, hash, vid_total_weight, .. } = arrival;
        let table = EpochTable { epoch, table, vid_total_weight };
        Ok(Some(Derived::Table(Box::new(DerivedTable { state, hash, table }))))
    }

    fn remaining(&self) -> u32 {
        self.arrival.as_ref().map_or(self.remaining, |arrival| arrival.admission.remaining())
    }

    fn registrations(&self, state: u32) -> Option<Vec<u8>> {
        self.transport.registrations(state)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::{String, ToString as _};

    use super::super::event::Event;
    use super::super::event_json::events_to_json;
    use super::super::fixture::{delegate, key_update_v2, register, register_v2, state};
    use super::*;

    impl Transport for DeriverService {
        fn begin(&mut self, job: &[u8]) -> Vec<u8> {
            Self::begin(self, job)
        }

        fn step(&mut self, budget: u32) -> Vec<u8> {
            Self::step(self, budget)
        }

        fn registrations(&self, state: u32) -> Option<Vec<u8>> {
            Self::registrations(self, state)
        }
    }

    fn finish(deriver: &mut dyn Derive, job: Job<'_>, keep: &[u32]) -> Result<Derived, String> {
        deriver.begin(job, keep).map_err(|rejected| rejected.to_string())?;
        for _ in 0..10_000 {
            match deriver.step(2).map_err(|rejected| rejected.to_string())? {
                Some(Derived::Read) | None => {}
                Some(derived) => return Ok(derived),
            }
        }
        panic!("it does not come to an end");
    }

    fn table(derived: Result<Derived, String>) -> DerivedTable {
        match derived.unwrap() {
            Derived::Table(table) => *table,
            Derived::Read | Derived::Applied => panic!("no table"),
        }
    }

    /// Runs a job at both and holds what they say against each other.
    fn both(here: &mut Deriver, there: &mut dyn Derive, job: Job<'_>, keep: &[u32]) -> Result<Derived, String> {
        let (ours, theirs) = (finish(here, job, keep), finish(there, job, keep));
        match (&ours, &theirs) {
            (Ok(Derived::Table(ours)), Ok(Derived::Table(theirs))) => {
                assert_eq!((ours.state, ours.hash), (theirs.state, theirs.hash));
                assert_eq!((ours.table.epoch, &ours.table.table), (theirs.table.epoch, &theirs.table.table));
                assert_eq!(ours.table.vid_total_weight, theirs.table.vid_total_weight);
                assert_eq!(here.registrations(ours.state), there.registrations(theirs.state));
            }
            (Ok(Derived::Applied), Ok(Derived::Applied)) => {}
            (Err(ours), Err(theirs)) => assert_eq!(ours, theirs),
            other => panic!("{other:?}"),
        }
        theirs
    }

    #[test]
    fn the_same_here_and_there() {
        let mut here = Deriver::new(b"entropy");
        let mut there = RemoteDeriver::new(DeriverService::new(b"other entropy"));
        let history = [
            alloc::vec![register(1), register_v2(2), delegate(1, 1, 5), delegate(1, 2, 6)],
            alloc::vec![key_update_v2(1, 11), delegate(2, 2, 1)],
        ];
        let body = |events: &[Event]| events_to_json(events).into_bytes();
        let goal = |until: usize| Goal { hash: state(history[..=until].concat()).hash(), rules: ActiveRules::Staked };
        let (first, second) = (body(&history[0]), body(&history[1]));

        let job = Job::Advance { state: None, epoch: 3, events: &first, goal: goal(0) };
        let third = table(both(&mut here, &mut there, job, &[]));
        let job = Job::Advance { state: Some(third.state), epoch: 4, events: &second, goal: goal(1) };
        let fourth = table(both(&mut here, &mut there, job, &[]));
        assert_ne!(third.table.table.entries()[0].stake_key, fourth.table.table.entries()[0].stake_key);
        assert_eq!(third.table.table.entries()[1].stake_key, fourth.table.table.entries()[1].stake_key);

        // Refused, with the same words: another hash, another form, another epoch, nothing known.
        for (state, epoch, events, goal) in [
            (Some(fourth.state), 5, &b"[]"[..], goal(0)),
            (Some(fourth.state), 5, b"[{}]", goal(1)),
            (Some(fourth.state), 5, b"?", goal(1)),
            (Some(fourth.state), 5, &first, goal(1)),
            (Some(fourth.state), 6, b"[]", goal(1)),
            (Some(99), 5, b"[]", goal(1)),
        ] {
            let job = Job::Advance { state, epoch, events, goal };
            both(&mut here, &mut there, job, &[fourth.state]).unwrap_err();
        }
        // What is not to be kept is forgotten.
        let job = Job::Advance { state: Some(fourth.state), epoch: 5, events: b"[]", goal: goal(1) };
        let fifth = table(both(&mut here, &mut there, job, &[]));
        let kept = there.registrations(fifth.state).unwrap();
        both(
            &mut here,
            &mut there,
            Job::Advance { state: Some(fifth.state), epoch: 6, events: b"[]", goal: goal(1) },
            &[],
        )
        .unwrap();
        assert_eq!(there.registrations(fourth.state), None);

        // From what was kept, and from nothing to a trusted hash.
        let job = Job::Load { epoch: 5, registrations: &kept, goal: goal(1) };
        assert_eq!(table(both(&mut here, &mut there, job, &[])).table.table, fifth.table.table);
        both(&mut here, &mut there, Job::Load { epoch: 5, registrations: &kept, goal: goal(0) }, &[]).unwrap_err();
        both(&mut here, &mut there, Job::Load { epoch: 5, registrations: &kept[1..], goal: goal(1) }, &[]).unwrap_err();
        let replay = |epoch, events, until| Job::Replay { first: 3, epoch, target: 4, events, goal: goal(until) };
        for (until, outcome) in [(0, false), (1, true)] {
            assert!(matches!(both(&mut here, &mut there, replay(3, &first, until), &[]), Ok(Derived::Applied)));
            both(&mut here, &mut there, replay(5, &second, until), &[]).unwrap_err();
            assert_eq!(both(&mut here, &mut there, replay(4, &second, until), &[]).is_ok(), outcome);
        }
    }

    #[test]
    fn bytes_of_no_form_are_refused() {
        let mut service = DeriverService::new(&[]);
        let goal = Goal { hash: [7; 32], rules: ActiveRules::StakedAndReachable };
        let job = job_to_bytes(Job::Replay { first: 1, epoch: 2, target: 3, events: b"[]", goal }, &[4, 5]);
        let (read, keep) = job_from_bytes(&job).unwrap();
        assert_eq!(read, Job::Replay { first: 1, epoch: 2, target: 3, events: b"[]", goal });
        assert_eq!(keep, [4, 5]);
        for length in 0..job.len() - 2 {
            let answer = service.begin(&job[..length]);
            assert!(matches!(answer_from_bytes(&answer), Some(Told::Refused(_))), "{length}");
        }
        let refused = answer_to_bytes(Err(Rejection::StakeTableHash.with([1; 32], "x")), 0);
        for length in 0..refused.len() {
            assert!(answer_from_bytes(&refused[..length]).is_none(), "{length}");
        }
        struct Mute;
        impl Transport for Mute {
            fn begin(&mut self, _: &[u8]) -> Vec<u8> {
                alloc::vec![9]
            }
            fn step(&mut self, _: u32) -> Vec<u8> {
                Vec::new()
            }
            fn registrations(&self, _: u32) -> Option<Vec<u8>> {
                None
            }
        }
        let mut mute = RemoteDeriver::new(Mute);
        assert_eq!(
            mute.begin(Job::Load { epoch: 1, registrations: &[], goal }, &[]).unwrap_err().code(),
            "stake_table.state_form"
        );
        assert_eq!(mute.step(1).unwrap_err().code(), "stake_table.state_form");
    }
}
