//! A [`NamespaceProver`] that works elsewhere: in a WebAssembly module of its own, loaded on first use.
//!
//! Blocks, answers and proven bytes cross between two modules of the same build, each with a memory of its
//! own. What comes back is our own code's word, like that of any function of this crate: a page's script
//! that could change it could change the verdict just as well. Still, what comes back is held against the
//! block that was asked about: its hash and height, and the place and length of the namespace in the table
//! of its header.
//!
//! Integers are little-endian. A job is id 8 ‖ number of shares 4, or 0 where it is not known ‖ block (see
//! `BlockContext::to_bytes`). An answer is kind 1 ‖ Working: nothing; Proven: height 8, hash 32, id 8,
//! source 1 (absent, stake table, served), bytes; Refused: as `encoding::rejected` writes it.

use alloc::vec::Vec;

use crate::data::block::BlockContext;
use crate::data::namespace_proof::VerifiedNamespace;
use crate::data::namespace_prover::{LocalProver, NamespaceProver};
use crate::data::vid::parameters::{ParameterSource, VidParameters};
use crate::encoding::reader::Reader;
use crate::encoding::rejected::{read_rejected, write_rejected};
use crate::rejection::{Rejected, Rejection};

const WORKING: u8 = 0;
const PROVEN: u8 = 1;
const REFUSED: u8 = 2;

const ABSENT: u8 = 0;
const STAKE_TABLE: u8 = 1;
const SERVED: u8 = 2;

fn job_to_bytes(block: &BlockContext, id: u64, parameters: Option<&VidParameters>) -> Vec<u8> {
    let weight = parameters.map_or(0, VidParameters::total_weight);
    let mut bytes = id.to_le_bytes().to_vec();
    bytes.extend_from_slice(&u32::try_from(weight).unwrap_or(u32::MAX).to_le_bytes());
    bytes.extend_from_slice(&block.to_bytes());
    bytes
}

fn job_from_bytes(bytes: &[u8]) -> Option<(BlockContext, u64, Option<VidParameters>)> {
    let mut reader = Reader::new(bytes);
    let (id, weight) = (reader.u64_le()?, reader.u32_le()?);
    let parameters = match weight {
        0 => None,
        weight => Some(VidParameters::from_total_weight(u64::from(weight)).ok()?),
    };
    Some((BlockContext::from_bytes(reader.rest())?, id, parameters))
}

fn form() -> Rejected {
    Rejection::ScanAnswer.with("bytes between modules", "their one form")
}

/// The other end: does the work, and answers in bytes.
#[derive(Debug, Default)]
pub struct ProverService(LocalProver);

impl ProverService {
    /// Begins the job that [`RemoteProver`] sends, with a server's answer.
    pub fn begin(&mut self, job: &[u8], answer: &[u8]) -> Vec<u8> {
        let begun = job_from_bytes(job).ok_or_else(form);
        let begun = begun.and_then(|(block, id, parameters)| self.0.begin(&block, id, answer, parameters.as_ref()));
        answer_to_bytes(begun.map(|()| None))
    }

    /// Does at most so many units of work.
    pub fn step(&mut self, budget: u32) -> Vec<u8> {
        answer_to_bytes(self.0.step(usize::try_from(budget).unwrap_or(usize::MAX)))
    }
}

fn answer_to_bytes(answer: Result<Option<VerifiedNamespace>, Rejected>) -> Vec<u8> {
    let mut bytes = Vec::new();
    match answer {
        Ok(None) => bytes.push(WORKING),
        Ok(Some(namespace)) => {
            bytes.reserve(64 + namespace.payload().len());
            bytes.push(PROVEN);
            bytes.extend_from_slice(&namespace.height().to_le_bytes());
            bytes.extend_from_slice(namespace.block());
            bytes.extend_from_slice(&namespace.id().to_le_bytes());
            bytes.push(match namespace.parameter_source() {
                None => ABSENT,
                Some(ParameterSource::StakeTable) => STAKE_TABLE,
                Some(ParameterSource::Served) => SERVED,
            });
            bytes.extend_from_slice(namespace.payload());
        }
        Err(rejected) => {
            bytes.push(REFUSED);
            write_rejected(&rejected, &mut bytes);
        }
    }
    bytes
}

/// How bytes get to a [`ProverService`] and back.
pub trait ProverTransport {
    /// [`ProverService::begin`].
    fn begin(&mut self, job: &[u8], answer: &[u8]) -> Vec<u8>;
    /// [`ProverService::step`].
    fn step(&mut self, budget: u32) -> Vec<u8>;
}

/// Has namespaces proven at the other end of a transport.
#[derive(Debug)]
pub struct RemoteProver<T> {
    transport: T,
    /// What is being proven.
    asked: Option<(BlockContext, u64)>,
}

impl<T> RemoteProver<T> {
    /// A prover behind a transport.
    pub const fn new(transport: T) -> Self {
        Self { transport, asked: None }
    }

    fn take(&mut self, answer: &[u8]) -> Result<Option<VerifiedNamespace>, Rejected> {
        let mut reader = Reader::new(answer);
        let kind = reader.array::<1>().ok_or_else(form)?;
        if kind == [WORKING] {
            return Ok(None);
        }
        let (block, id) = self.asked.take().ok_or_else(form)?;
        if kind == [REFUSED] {
            return Err(read_rejected(&mut reader).unwrap_or_else(form));
        }
        let mut read = || {
            let about = (reader.u64_le()?, reader.array::<32>()?, reader.u64_le()?);
            let [source] = reader.array()?;
            let found = match source {
                ABSENT => None,
                STAKE_TABLE => Some((ParameterSource::StakeTable, reader.rest())),
                SERVED => Some((ParameterSource::Served, reader.rest())),
                _ => return None,
            };
            let asked = kind == [PROVEN] && about == (block.height(), *block.hash(), id);
            asked.then(|| VerifiedNamespace::proven_elsewhere(&block, id, found))?
        };
        read().map(Some).ok_or_else(form)
    }
}

impl<T: ProverTransport> NamespaceProver for RemoteProver<T> {
    fn begin(
        &mut self,
        block: &BlockContext,
        id: u64,
        answer: &[u8],
        parameters: Option<&VidParameters>,
    ) -> Result<(), Rejected> {
        self.asked = Some((block.clone(), id));
        let answer = self.transport.begin(&job_to_bytes(block, id, parameters), answer);
        self.take(&answer).map(|_| ())
    }

    fn step(&mut self, budget: usize) -> Result<Option<VerifiedNamespace>, Rejected> {
        if self.asked.is_none() {
            return Err(Rejection::ScanAnswer.bare());
        }
        let answer = self.transport.step(u32::try_from(budget).unwrap_or(u32::MAX));
        self.take(&answer)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;
    use alloc::vec;

    use super::*;
    use crate::data::namespace_prover::prove_with;
    use crate::data::tests::samples::MadeBlock;

    impl ProverTransport for ProverService {
        fn begin(&mut self, job: &[u8], answer: &[u8]) -> Vec<u8> {
            Self::begin(self, job, answer)
        }

        fn step(&mut self, budget: u32) -> Vec<u8> {
            Self::step(self, budget)
        }
    }

    #[test]
    fn the_same_here_and_there() {
        for minor in [4, 6] {
            let made = MadeBlock::three(minor);
            let block = made.block();
            let answers = [made.answer(0), made.answer(1), made.proof(1), r#"{"proof":null}"#.into(), "?".into()];
            for id in [7, 8, 10] {
                for answer in &answers {
                    for parameters in [Some(&made.parameters), None] {
                        let ask = |prover: &mut dyn FnMut() -> Result<VerifiedNamespace, Rejected>| {
                            prover().map_err(|rejected| (rejected.code(), rejected.to_string()))
                        };
                        let body = answer.as_bytes();
                        let here = ask(&mut || prove_with(&mut LocalProver::default(), &block, id, body, parameters));
                        let mut there = RemoteProver::new(ProverService::default());
                        let there = ask(&mut || prove_with(&mut there, &block, id, body, parameters));
                        assert_eq!(here, there);
                    }
                }
            }
        }
    }

    /// Answers what it was told to.
    struct Parrot(Vec<u8>);

    impl ProverTransport for Parrot {
        fn begin(&mut self, _: &[u8], _: &[u8]) -> Vec<u8> {
            vec![WORKING]
        }

        fn step(&mut self, _: u32) -> Vec<u8> {
            self.0.clone()
        }
    }

    #[test]
    fn what_comes_back_is_held_against_what_was_asked() {
        let made = MadeBlock::three(4);
        let block = made.block();
        let prove = |id: u64, index: usize| {
            let answer = made.answer(index);
            prove_with(&mut LocalProver::default(), &block, id, answer.as_bytes(), Some(&made.parameters)).unwrap()
        };
        let right = answer_to_bytes(Ok(Some(prove(7, 0))));
        let take = |bytes: Vec<u8>| {
            let taken = prove_with(&mut RemoteProver::new(Parrot(bytes)), &block, 7, b"{}", None);
            taken.map(|namespace| namespace.payload().len()).map_err(|rejected| rejected.code())
        };
        assert_eq!(take(right.clone()), Ok(2800));
        assert_eq!(take(answer_to_bytes(Ok(Some(prove(8, 1))))), Err("scan.answer"), "another namespace");
        let changed = |place: usize| {
            let mut bytes = right.clone();
            bytes[place] ^= 1;
            take(bytes)
        };
        for (place, what) in [(0, "kind"), (1, "height"), (9, "hash"), (41, "namespace")] {
            assert_eq!(changed(place), Err("scan.answer"), "another {what}");
        }
        let mut longer = right.clone();
        longer.push(0);
        let mut absent = right[..50].to_vec();
        absent[49] = ABSENT;
        for bytes in [longer, absent, right[..right.len() - 1].to_vec(), right[..30].to_vec(), vec![], vec![9]] {
            assert_eq!(take(bytes), Err("scan.answer"));
        }
    }

    #[test]
    fn jobs_of_no_form_are_refused() {
        let made = MadeBlock::three(4);
        let job = job_to_bytes(&made.block(), 7, Some(&made.parameters));
        assert!(job_from_bytes(&job).is_some());
        for length in 0..job.len() {
            let answer = ProverService::default().begin(&job[..length], b"{}");
            assert_eq!(answer[0], REFUSED, "{length}");
        }
        let mut idle = RemoteProver::new(ProverService::default());
        assert_eq!(idle.step(1).unwrap_err().code(), "scan.answer");
        assert_eq!(LocalProver::default().step(1).unwrap_err().code(), "scan.answer");
    }
}
