//! A checkpoint: a final leaf to go on from, small enough to paste.
//!
//! | bytes | what |
//! |---|---|
//! | 4 | `HSLC` |
//! | 2 | format version, 2 |
//! | 32 | identity of the network |
//! | 8 | height |
//! | 8 | view |
//! | 32 | leaf commitment |
//! | 8 | timestamp of the block, seconds since the Unix epoch |
//! | 1 | 1 if the stake table of the block's epoch comes from the contract's events, else 0 |
//! | 8 | the block's epoch, or 0 |
//! | 32 | hash of the epoch's registrations, or zeros |
//! | 1 + 1 | rules that select the signers of the epoch and of the next: 1 staked, 2 staked and reachable; or zeros |
//! | 8 | first eight bytes of Keccak-256 over all before |
//!
//! Integers are little-endian. A checkpoint is trust, not proof: whoever hands it over is believed
//! about that leaf and about who signs in its epoch. The registrations themselves are had from
//! anybody and checked against the hash.

use alloc::string::String;
use alloc::vec::Vec;

use crate::client::network::Network;
use crate::encoding::committable::{Commitment, keccak256};
use crate::encoding::tagged_base64;
use crate::rejection::{Operand, Rejected, Rejection};
use crate::stake_table::active_set::ActiveRules;

/// The number of bytes of the one format there is.
pub const LENGTH: usize = 4 + 2 + 32 + 8 + 8 + 32 + 8 + 1 + 8 + 32 + 2 + 8;

/// The tag of the text form.
pub const TAG: &str = "HOTSHOT_CHECKPOINT";

const MAGIC: &[u8; 4] = b"HSLC";
const FORMAT: u16 = 2;

/// A leaf that the user holds to be final.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// [`Network::identity`] of the network.
    pub network: [u8; 32],
    /// Height of the leaf.
    pub height: u64,
    /// View of the leaf.
    pub view: u64,
    /// Commitment to the leaf.
    pub leaf: Commitment,
    /// Timestamp of the block, seconds since the Unix epoch.
    pub timestamp: u64,
    /// Who signs in the leaf's epoch; none where the network file says so itself.
    pub signers: Option<SignersHint>,
}

/// What fixes the signers of an epoch, and how those of the next are selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignersHint {
    /// The epoch.
    pub epoch: u64,
    /// The hash of its registrations.
    pub hash: Commitment,
    /// The rules of the protocol version of the root two epochs before.
    pub rules: ActiveRules,
    /// Those of the root one epoch before, for the epoch after.
    pub next_rules: ActiveRules,
}

impl Checkpoint {
    /// The bytes of the format above.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(LENGTH);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&FORMAT.to_le_bytes());
        bytes.extend_from_slice(&self.network);
        bytes.extend_from_slice(&self.height.to_le_bytes());
        bytes.extend_from_slice(&self.view.to_le_bytes());
        bytes.extend_from_slice(&self.leaf);
        bytes.extend_from_slice(&self.timestamp.to_le_bytes());
        bytes.push(u8::from(self.signers.is_some()));
        let (epoch, hash, rules) = self.signers.map_or((0, [0; 32], [0, 0]), |signers| {
            (signers.epoch, signers.hash, [signers.rules.to_byte(), signers.next_rules.to_byte()])
        });
        bytes.extend_from_slice(&epoch.to_le_bytes());
        bytes.extend_from_slice(&hash);
        bytes.extend_from_slice(&rules);
        let checksum = keccak256(&[&bytes]);
        bytes.extend(checksum.into_iter().take(8));
        bytes
    }

    /// Reads the bytes.
    ///
    /// # Errors
    /// `checkpoint.form` for another length, mark or format, `checkpoint.checksum`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Rejected> {
        Rejection::CheckpointForm.unless_equal(bytes.len(), LENGTH)?;
        let mut reader = Reader { bytes };
        if reader.take()? != *MAGIC {
            return Err(Rejection::CheckpointForm.with("another mark", "HSLC"));
        }
        let format = u16::from_le_bytes(reader.take()?);
        Rejection::CheckpointForm.unless_equal(u64::from(format), u64::from(FORMAT))?;
        let checkpoint = Self {
            network: reader.take()?,
            height: u64::from_le_bytes(reader.take()?),
            view: u64::from_le_bytes(reader.take()?),
            leaf: reader.take()?,
            timestamp: u64::from_le_bytes(reader.take()?),
            signers: read_signers(&mut reader)?,
        };
        // Written anew, everything but the checksum is the same: only that can differ.
        let (written, checksum) = (checkpoint.to_bytes(), reader.take::<8>()?);
        if written.as_slice() != bytes {
            let number = |bytes: [u8; 8]| Operand::Number(u64::from_le_bytes(bytes));
            let expected = written.last_chunk::<8>().copied().unwrap_or_default();
            return Err(Rejection::CheckpointChecksum.with(number(checksum), number(expected)));
        }
        Ok(checkpoint)
    }

    /// The text form: tagged base64.
    pub fn to_text(&self) -> String {
        tagged_base64::encode(TAG, &self.to_bytes())
    }

    /// Reads the text form; blanks around it are ignored, as pasting adds them.
    ///
    /// # Errors
    /// `tagged_base64.*`, and those of [`Self::from_bytes`].
    pub fn from_text(text: &str) -> Result<Self, Rejected> {
        Self::from_bytes(&tagged_base64::decode(text.trim(), TAG)?)
    }

    /// Reads either form.
    ///
    /// # Errors
    /// Those of [`Self::from_text`] for text that begins with the tag, else those of [`Self::from_bytes`].
    pub fn read(bytes: &[u8]) -> Result<Self, Rejected> {
        match core::str::from_utf8(bytes) {
            Ok(text) if text.trim_start().starts_with(TAG) => Self::from_text(text),
            _ => Self::from_bytes(bytes),
        }
    }

    /// Refuses a checkpoint of another network.
    ///
    /// # Errors
    /// `checkpoint.network`; `checkpoint.form` if it names the signers of another epoch than the
    /// block's; `network.genesis` for another leaf at height 0 than the pinned one.
    pub fn check_network(&self, network: &Network) -> Result<(), Rejected> {
        Rejection::CheckpointNetwork.unless_equal(self.network, network.identity())?;
        if let (Some(signers), Some(epochs)) = (&self.signers, network.epochs()) {
            Rejection::CheckpointForm.unless_equal(signers.epoch, epochs.of(self.height))?;
        }
        network.check_genesis(self.height, &self.leaf)
    }
}

fn read_signers(reader: &mut Reader<'_>) -> Result<Option<SignersHint>, Rejected> {
    let ([flag], epoch, hash, [own, next]) =
        (reader.take()?, u64::from_le_bytes(reader.take()?), reader.take()?, reader.take()?);
    let malformed = Rejection::CheckpointForm.with(u64::from(flag), "signers in their one form");
    match (flag, ActiveRules::from_byte(own), ActiveRules::from_byte(next)) {
        (0, None, None) => Ok(None),
        (1, Some(rules), Some(next_rules)) => Ok(Some(SignersHint { epoch, hash, rules, next_rules })),
        _ => Err(malformed),
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], Rejected> {
        let (taken, rest) = self.bytes.split_first_chunk::<N>().ok_or(Rejection::CheckpointForm.with(0u64, N))?;
        self.bytes = rest;
        Ok(*taken)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Some checkpoint.
    pub(in crate::client) fn sample_text() -> String {
        sample(None).to_text()
    }

    fn sample(hash: Option<Commitment>) -> Checkpoint {
        let (rules, next_rules) = (ActiveRules::Staked, ActiveRules::StakedAndReachable);
        let signers = hash.map(|hash| SignersHint { epoch: 5, hash, rules, next_rules });
        Checkpoint { network: [7; 32], height: 42, view: 43, leaf: [9; 32], timestamp: 1_700_000_000, signers }
    }

    #[test]
    fn round_trips_and_is_small() {
        for checkpoint in [sample(None), sample(Some([0; 32])), sample(Some([1; 32]))] {
            assert_eq!(checkpoint.to_bytes().len(), LENGTH);
            assert_eq!(Checkpoint::from_bytes(&checkpoint.to_bytes()).unwrap(), checkpoint);
            let text = checkpoint.to_text();
            assert!(text.len() < 512, "{}", text.len());
            assert_eq!(Checkpoint::from_text(&alloc::format!(" {text}\n")).unwrap(), checkpoint);
            for form in [text.as_bytes(), alloc::format!("\n {text} \n").as_bytes(), &checkpoint.to_bytes()] {
                assert_eq!(Checkpoint::read(form).unwrap(), checkpoint);
            }
            assert_eq!(Checkpoint::read(&text.as_bytes()[..90]).unwrap_err().code(), "tagged_base64.checksum");
        }
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let bytes = sample(None).to_bytes();
        for index in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[index] ^= 1;
            let rejection = Checkpoint::from_bytes(&changed).unwrap_err().rejection;
            assert!([Rejection::CheckpointForm, Rejection::CheckpointChecksum].contains(&rejection), "{index}");
        }
        for length in 0..bytes.len() {
            assert!(Checkpoint::from_bytes(&bytes[..length]).is_err());
        }
    }

    #[test]
    fn another_network_is_refused() {
        let network = Network::parse(br#"{"epoch_height":10,"epoch_start_block":1}"#).unwrap();
        let own = Checkpoint { network: network.identity(), ..sample(None) };
        assert!(own.check_network(&network).is_ok());
        assert_eq!(sample(None).check_network(&network).unwrap_err().rejection, Rejection::CheckpointNetwork);
        let own = Checkpoint { network: network.identity(), ..sample(Some([1; 32])) };
        assert!(own.check_network(&network).is_ok());
        let other = Checkpoint { height: 52, ..own };
        assert_eq!(other.check_network(&network).unwrap_err().rejection, Rejection::CheckpointForm, "another epoch");
    }
}
