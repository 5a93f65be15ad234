//! What proved the table of an epoch, kept so that it can be proven again from the pinned anchor.
//!
//! A boundary holds answers as the servers gave them: the leaves that prove the root of the epoch
//! before, and the events. Whoever replays them feeds them to a client like answers of a server that
//! is not believed either.
//!
//! `HSLB` ‖ version 1 (2 bytes) ‖ network 32 ‖ epoch 8 ‖ number of answers 1 ‖ answers ‖ checksum 8.
//! An answer is kind 1 ‖ two numbers of 8 bytes ‖ length 4 ‖ bytes. Integers are little-endian, the
//! checksum is the first eight bytes of Keccak-256 over all before it.

use alloc::vec::Vec;
use core::fmt;

use crate::client::record::{Reader, seal, unseal};
use crate::client::request::Request;
use crate::rejection::{Rejected, Rejection};

const MAGIC: &[u8; 4] = b"HSLB";
const FORMAT: u16 = 1;

/// The most answers that a table rests on: two roots of three answers each, and events.
const ANSWERS_LIMIT: usize = 16;

/// The answers that proved the table of an epoch.
#[derive(Clone, PartialEq, Eq)]
pub struct Boundary {
    /// The epoch of the table.
    pub epoch: u64,
    /// The answers, in the order in which they were judged.
    pub answers: Vec<(Request, Vec<u8>)>,
}

impl fmt::Debug for Boundary {
    /// Answers by their length: they are long.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let answers: Vec<(Request, usize)> =
            self.answers.iter().map(|(request, body)| (*request, body.len())).collect();
        formatter.debug_struct("Boundary").field("epoch", &self.epoch).field("answers", &answers).finish()
    }
}

impl Boundary {
    /// The bytes of the format above.
    pub fn to_bytes(&self, network: &[u8; 32]) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&FORMAT.to_le_bytes());
        bytes.extend_from_slice(network);
        bytes.extend_from_slice(&self.epoch.to_le_bytes());
        bytes.push(u8::try_from(self.answers.len()).unwrap_or(u8::MAX));
        for (request, body) in &self.answers {
            let (kind, first, second) = numbers(*request);
            bytes.push(kind);
            bytes.extend_from_slice(&first.to_le_bytes());
            bytes.extend_from_slice(&second.to_le_bytes());
            bytes.extend_from_slice(&u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes());
            bytes.extend_from_slice(body);
        }
        seal(&mut bytes);
        bytes
    }

    /// Reads the bytes.
    ///
    /// # Errors
    /// `store.checksum`, `store.form`, `checkpoint.network` for those of another network.
    pub fn from_bytes(bytes: &[u8], network: &[u8; 32]) -> Result<Self, Rejected> {
        let mut reader = Reader::new(unseal(bytes)?);
        reader.expect(MAGIC)?;
        reader.expect(&FORMAT.to_le_bytes())?;
        Rejection::CheckpointNetwork.unless_equal(reader.array::<32>()?, *network)?;
        let epoch = reader.u64()?;
        let count = usize::from(reader.byte()?);
        if count > ANSWERS_LIMIT {
            return Err(Rejection::StoreForm.with(count, ANSWERS_LIMIT));
        }
        let mut answers = Vec::with_capacity(count);
        for _ in 0..count {
            let (kind, first, second) = (reader.byte()?, reader.u64()?, reader.u64()?);
            let request = request(kind, first, second).ok_or(Rejection::StoreForm.with(u64::from(kind), 4u64))?;
            let length = reader.count()?;
            answers.push((request, reader.take(length)?.to_vec()));
        }
        reader.end()?;
        Ok(Self { epoch, answers })
    }
}

const fn numbers(request: Request) -> (u8, u64, u64) {
    match request {
        Request::BlockHeight => (0, 0, 0),
        Request::Leaves { from, until } => (1, from, until),
        Request::Certificate2 { height } => (2, height, 0),
        Request::LeafProof { height } => (3, height, 0),
        Request::StakeTableEvents { epoch } => (4, epoch, 0),
    }
}

const fn request(kind: u8, first: u64, second: u64) -> Option<Request> {
    match (kind, second) {
        (1, until) => Some(Request::Leaves { from: first, until }),
        (2, 0) => Some(Request::Certificate2 { height: first }),
        (3, 0) => Some(Request::LeafProof { height: first }),
        (4, 0) => Some(Request::StakeTableEvents { epoch: first }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_and_notices_every_change() {
        let network = [7; 32];
        let answers = alloc::vec![
            (Request::Leaves { from: 15, until: 17 }, b"[]".to_vec()),
            (Request::Certificate2 { height: 15 }, b"{}".to_vec()),
            (Request::LeafProof { height: 15 }, Vec::new()),
            (Request::StakeTableEvents { epoch: 3 }, b"[1]".to_vec()),
        ];
        let boundary = Boundary { epoch: 3, answers };
        let bytes = boundary.to_bytes(&network);
        assert_eq!(Boundary::from_bytes(&bytes, &network).unwrap(), boundary);
        assert_eq!(Boundary::from_bytes(&bytes, &[8; 32]).unwrap_err().rejection, Rejection::CheckpointNetwork);
        for index in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[index] ^= 1;
            assert!(Boundary::from_bytes(&changed, &network).is_err(), "{index}");
            assert!(Boundary::from_bytes(&bytes[..index], &network).is_err(), "{index}");
        }
    }
}
