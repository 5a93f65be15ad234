//! From one epoch's stake table to a much later one's, over transition proofs: what a network file
//! pins for it, and the walk itself. The other ways are certificates of the chain ([`super::sync`])
//! and state certificates, one epoch at a time ([`super::certified`]).
//!
//! What is proven is **certified, not final**: the commitments of the last table, and a state that
//! its predecessors signed before it was decided. The table itself is fetched once, at the end, and
//! held against them; finality then comes from certificates under that table.

use alloc::string::String;
use alloc::vec::Vec;

use super::network::LIST_LIMIT;
use crate::consensus::epoch::Epochs;
use crate::consensus::version::Version;
use crate::encoding::bytes::from_hex;
use crate::encoding::json::Json;
use crate::rejection::{Rejected, Rejection};
use crate::stake_table::table::StakeTable;
use crate::transition::proof::VerifyingKey;
use crate::transition::proof_batch::PreparedKey;
use crate::transition::record::{
    Boundary, ProvenTransition, RECORDS_LIMIT, TransitionChain, TransitionRecord, TransitionRules,
};
use crate::transition::voting_table::{CAPACITY_LIMIT, DEFAULT_CAPACITY, VotingTable};

/// What a network file says about transitions, under `transitions`:
/// `{"first_epoch": …, "capacity": …, "keys": {"<preset>": "0x<key hash>", …}}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransitionPins {
    /// Keys by the names of their presets: Keccak-256 of their files.
    pub keys: Vec<(String, [u8; 32])>,
    /// The first epoch whose root is of protocol 0.4 or later.
    pub first_epoch: u64,
    /// Rows that the commitments of tables cover.
    pub capacity: usize,
    /// The network's epochs.
    pub epochs: Epochs,
    /// Whether keys for development are good enough: only for a network whose own keys are public.
    pub insecure: bool,
}

impl TransitionPins {
    /// Reads the pins of a network file; `None` where it has no epochs or says nothing of transitions.
    ///
    /// # Errors
    /// `json.*`, `hex.form`, `network.form`.
    pub fn from_json(network: &Json<'_>) -> Result<Option<Self>, Rejected> {
        let Some(pins) = network.find("transitions")?.and_then(Json::non_null) else { return Ok(None) };
        let Some(epochs) = Epochs::new(network.get("epoch_height")?.u64()?) else { return Ok(None) };
        let Json::Object(keys) = pins.get("keys")? else {
            return Err(Rejection::JsonType.with(pins.get("keys")?.kind(), "object"));
        };
        if keys.len() > LIST_LIMIT {
            return Err(Rejection::NetworkForm.with(keys.len(), LIST_LIMIT));
        }
        let key = |(preset, hash): &(_, Json<'_>)| Ok((String::from(preset as &str), from_hex(hash.text()?)?));
        let capacity = match pins.find("capacity")?.and_then(Json::non_null) {
            Some(capacity) => usize::try_from(capacity.u64()?).unwrap_or(usize::MAX),
            None => DEFAULT_CAPACITY,
        };
        if capacity > CAPACITY_LIMIT {
            return Err(Rejection::NetworkForm.with(capacity, CAPACITY_LIMIT));
        }
        let insecure = network.find("insecure_devnet")?.and_then(Json::non_null).map(Json::boolean).transpose()?;
        Ok(Some(Self {
            keys: keys.iter().map(key).collect::<Result<_, Rejected>>()?,
            first_epoch: pins.get("first_epoch")?.u64()?,
            capacity,
            epochs,
            insecure: insecure.unwrap_or_default(),
        }))
    }

    /// Reads a key's file that a network file pins; nothing else is.
    ///
    /// # Errors
    /// `transition.key_hash` for a key that is not pinned, `transition.key_insecure` for one for
    /// development where the network is not itself insecure, and those of the form.
    pub fn admit_key(&self, file: &[u8]) -> Result<PreparedKey, Rejected> {
        let hash = crate::encoding::committable::keccak256(&[file]);
        if !self.keys.iter().any(|(_, pinned)| *pinned == hash) {
            return Err(Rejection::TransitionKeyHash.with(hash, "the hash of a pinned key"));
        }
        PreparedKey::new(VerifyingKey::from_bytes(file, &hash, self.insecure)?)
    }

    /// Where the walk starts: the pinned or verified table of an epoch, with nothing known before it.
    ///
    /// # Errors
    /// Those of [`VotingTable::admit`].
    pub fn start(&self, epoch: u64, table: &StakeTable) -> Result<Boundary, Rejected> {
        let table = VotingTable::admit(table, self.capacity)?;
        Ok(Boundary { epoch, table: table.state(), after: None })
    }

    /// Starts on records that follow each other, epoch by epoch, from the start on: the files of a
    /// store, one behind the other.
    ///
    /// # Errors
    /// `transition.form`, `transition.length`, and those of [`TransitionChain::begin`].
    pub fn begin(
        &self,
        start: &Boundary,
        key: &PreparedKey,
        records: &[u8],
        entropy: &[u8],
    ) -> Result<TransitionChain, Rejected> {
        let chunks = records.chunks(TransitionRecord::BYTES);
        if chunks.len() > RECORDS_LIMIT {
            return Err(Rejection::TransitionLength.with(chunks.len(), RECORDS_LIMIT));
        }
        let records = chunks.map(TransitionRecord::from_bytes).collect::<Result<Vec<_>, _>>()?;
        let rules = TransitionRules { epochs: self.epochs, first_epoch: self.first_epoch };
        TransitionChain::begin(start, &records, key, self.capacity, &rules, entropy)
    }

    /// Holds a fetched table against the proven commitments: who signs in the epoch that the walk
    /// ended with.
    ///
    /// # Errors
    /// `state.table_commitment`, and those of [`VotingTable::admit`].
    pub fn check_table(&self, proven: &ProvenTransition, table: &StakeTable) -> Result<(), Rejected> {
        VotingTable::admit(table, self.capacity)?.expect(&proven.boundary.table)
    }

    /// As [`Self::check_table`], for who signed in the epoch before: its root can be proven final.
    ///
    /// # Errors
    /// As [`Self::check_table`].
    pub fn check_signer(&self, proven: &ProvenTransition, table: &StakeTable) -> Result<(), Rejected> {
        VotingTable::admit(table, self.capacity)?.expect(&proven.signer)
    }

    /// The protocol version of an epoch's root, as far as the form of state signatures goes.
    pub const fn version(&self, epoch: u64) -> Version {
        if epoch < self.first_epoch { Version::V0_3 } else { Version::V0_4 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::bytes::to_hex;
    use crate::encoding::json::parse;
    use crate::transition::proof::tests::key;

    fn pins(insecure: bool, hash: &[u8; 32]) -> TransitionPins {
        let text = alloc::format!(
            r#"{{"epoch_height":10,"insecure_devnet":{insecure},"transitions":{{"first_epoch":2,"capacity":4,"keys":{{"tiny":"{}"}}}}}}"#,
            to_hex(hash)
        );
        TransitionPins::from_json(&parse(text.as_bytes()).unwrap()).unwrap().unwrap()
    }

    #[test]
    fn only_pinned_keys_and_insecure_ones_only_on_insecure_networks() {
        let (file, hash) = (key().to_bytes(), key().hash());
        assert_eq!(pins(true, &hash).admit_key(&file).unwrap().hash(), &hash);
        let refused = |pins: TransitionPins, file: &[u8]| pins.admit_key(file).unwrap_err().rejection;
        assert_eq!(refused(pins(false, &hash), &file), Rejection::TransitionKeyInsecure);
        assert_eq!(refused(pins(true, &[7; 32]), &file), Rejection::TransitionKeyHash);
        assert_eq!(refused(pins(true, &hash), &file[1..]), Rejection::TransitionKeyHash);
    }

    #[test]
    fn what_a_network_file_says() {
        let read = |text: &str| TransitionPins::from_json(&parse(text.as_bytes()).unwrap());
        assert_eq!(read(r#"{"epoch_height":10}"#), Ok(None));
        assert_eq!(read(r#"{"epoch_height":0,"transitions":{"first_epoch":2,"keys":{}}}"#), Ok(None));
        let pins = read(r#"{"epoch_height":10,"transitions":{"first_epoch":2,"keys":{}}}"#).unwrap().unwrap();
        assert_eq!((pins.capacity, pins.insecure, pins.keys.len()), (DEFAULT_CAPACITY, false, 0));
        for (broken, code) in [
            (r#"{"epoch_height":10,"transitions":{"first_epoch":2,"keys":[]}}"#, Rejection::JsonType),
            (r#"{"epoch_height":10,"transitions":{"keys":{}}}"#, Rejection::JsonMissingKey),
            (r#"{"epoch_height":10,"transitions":{"first_epoch":2,"keys":{"a":"0x12"}}}"#, Rejection::HexForm),
            (
                r#"{"epoch_height":10,"transitions":{"first_epoch":2,"capacity":99999999,"keys":{}}}"#,
                Rejection::NetworkForm,
            ),
        ] {
            assert_eq!(read(broken).unwrap_err().rejection, code, "{broken}");
        }
    }

    #[test]
    fn records_are_cut_where_they_end() {
        let pins = pins(true, &key().hash());
        let prepared = pins.admit_key(&key().to_bytes()).unwrap();
        let table = crate::transition::voting_table::tests::table(&[1, 1]).state();
        let start = Boundary { epoch: 3, table, after: None };
        for length in [1, TransitionRecord::BYTES - 1, TransitionRecord::BYTES + 1] {
            let refused = pins.begin(&start, &prepared, &alloc::vec![0; length], b"").unwrap_err();
            assert_eq!(refused.rejection, Rejection::TransitionForm, "{length}");
        }
        assert_eq!(pins.begin(&start, &prepared, b"", b"").unwrap_err().rejection, Rejection::TransitionEmpty);
    }
}
