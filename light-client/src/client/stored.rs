//! What a client knows about stake tables, as bytes to keep and take up again.
//!
//! They are trusted like a checkpoint of the user's own: the registrations are checked against the
//! hash beside them, but whoever can write both can write others. Boundaries
//! ([`crate::client::boundary`]) are what proves them again.
//!
//! `HSLS` ‖ version 1 (2 bytes) ‖ network 32 ‖ whether a root of 0.6 was proven 1 ‖ epochs ‖ VID weights
//! ‖ tables ‖ epoch of the registrations 8 ‖ length 4 ‖ registrations ‖ checksum 8. Counts have 32
//! bits. Of an epoch: number 8, hash 32, rules 1, rules of the next 1; the last is that of the
//! registrations. Of a weight: epoch 8, weight 8. Of a table: epoch 8, members; of a member: BLS key
//! 128, stake 32, flags 1, Schnorr key 64 and account 20 where they are. Integers are little-endian.

use alloc::vec::Vec;

use crate::client::network::Network;
use crate::client::record::{Reader, seal, unseal};
use crate::client::table_sync::{EpochSigners, TableSync};
use crate::consensus::tables::EpochTables;
use crate::encoding::committable::Commitment;
use crate::l1::anchor::L1Anchor;
use crate::ordered::OrderedMap;
use crate::rejection::{Rejected, Rejection};
use crate::stake_table::active_set::{ActiveRules, vid_total_weight};
use crate::stake_table::deriver::Goal;
use crate::stake_table::entry::RawEntry;
use crate::stake_table::state::RegistrationState;
use crate::stake_table::table::StakeTable;

const MAGIC: &[u8; 4] = b"HSLS";
const FORMAT: u16 = 1;
/// The most epochs and tables that are kept at a time.
const EPOCHS_LIMIT: usize = 1024;

/// Stake tables that were kept: registrations, tables, weights.
#[derive(Clone, Debug)]
pub struct StoredTables {
    pub(super) new_protocol: bool,
    pub(super) signers: OrderedMap<u64, EpochSigners>,
    pub(super) vid_weights: OrderedMap<u64, u64>,
    /// Members of earlier tables than the registrations', whose keys nobody has looked at.
    pub(super) tables: Vec<(u64, Vec<RawEntry>)>,
    epoch: u64,
    hash: Commitment,
    rules: ActiveRules,
    next_rules: ActiveRules,
    /// The registrations of the epoch, as [`RegistrationState::to_bytes`] writes them.
    registrations: Vec<u8>,
}

impl StoredTables {
    /// Reads the bytes and checks what can be checked.
    ///
    /// # Errors
    /// `store.checksum`, `store.form`, `checkpoint.network` for those of another network,
    /// `stake_table.*`, `point.*`.
    pub fn from_bytes(bytes: &[u8], network: &Network) -> Result<Self, Rejected> {
        let stored = Self::read(bytes, network)?;
        for (_, members) in &stored.tables {
            StakeTable::admit(members.clone())?;
        }
        RegistrationState::from_bytes(&stored.registrations, &stored.hash)?;
        Ok(stored)
    }

    /// As [`Self::from_bytes`], but for keys and registrations: the client's first steps look at them, and
    /// fail if something is wrong with them.
    ///
    /// # Errors
    /// `store.checksum`, `store.form`, `checkpoint.network`.
    pub fn read(bytes: &[u8], network: &Network) -> Result<Self, Rejected> {
        let mut reader = Reader::new(unseal(bytes)?);
        reader.expect(MAGIC)?;
        reader.expect(&FORMAT.to_le_bytes())?;
        Rejection::CheckpointNetwork.unless_equal(reader.array::<32>()?, network.identity())?;
        let new_protocol = reader.flag()?;
        let mut signers = OrderedMap::new();
        for _ in 0..bounded(reader.count()?)? {
            let (epoch, hash) = (reader.u64()?, reader.array()?);
            let (rules, next_rules) = (read_rules(&mut reader)?, read_rules(&mut reader)?);
            signers.insert(epoch, EpochSigners { hash, rules, next_rules });
        }
        let mut vid_weights = OrderedMap::new();
        for _ in 0..reader.count()? {
            vid_weights.insert(reader.u64()?, reader.u64()?);
        }
        let mut tables = Vec::new();
        for _ in 0..bounded(reader.count()?)? {
            let epoch = reader.u64()?;
            let mut members = Vec::new();
            for _ in 0..bounded(reader.count()?)? {
                members.push(reader.member()?);
            }
            tables.push((epoch, members));
        }
        let epoch = reader.u64()?;
        let length = reader.count()?;
        let registrations = reader.take(length)?;
        reader.end()?;
        let own = signers.get(&epoch).ok_or(Rejection::StoreForm.with(epoch, "an epoch that is listed"))?;
        let (hash, rules, next_rules) = (own.hash, own.rules, own.next_rules);
        let registrations = registrations.to_vec();
        Ok(Self { new_protocol, signers, vid_weights, tables, epoch, hash, rules, next_rules, registrations })
    }

    /// The voting table as contracts on L1 commit to it.
    ///
    /// The rules for the table after it are taken to be its own. If the protocol has just changed
    /// them, that table's signatures do not verify, and a later reading of L1 is needed.
    ///
    /// # Errors
    /// `l1.contract` for contracts of a network with other epochs.
    pub(super) fn from_l1(anchor: &L1Anchor, hint: Option<u64>, network: &Network) -> Result<Self, Rejected> {
        let readings = &anchor.readings;
        Rejection::L1Contract.unless_equal(readings.blocks_per_epoch, network.epoch_height)?;
        Rejection::L1Contract.unless_equal(readings.epoch_start_block, network.epoch_start_block)?;
        let candidate = anchor.at(hint).ok_or_else(|| Rejection::L1Table.bare())?;
        let (state, rules) = (&candidate.state, candidate.rules);
        let own = EpochSigners { hash: *state.hash(), rules, next_rules: rules };
        let stakes = anchor.table.entries().iter().map(|entry| entry.stake);
        Ok(Self {
            new_protocol: rules == ActiveRules::StakedAndReachable,
            signers: [(anchor.epoch, own)].into_iter().collect(),
            vid_weights: [(anchor.epoch, vid_total_weight(stakes)?)].into_iter().collect(),
            tables: Vec::new(),
            epoch: state.epoch(),
            hash: own.hash,
            rules,
            next_rules: rules,
            registrations: state.registrations().to_bytes(),
        })
    }

    /// The voting table that contracts on L1 commit to, in bytes, for a client that is made elsewhere: see
    /// [`crate::client::sync::KeptTrust`].
    ///
    /// # Errors
    /// `l1.contract` for contracts of a network with other epochs.
    pub fn l1_to_bytes(anchor: &L1Anchor, hint: Option<u64>, network: &Network) -> Result<Vec<u8>, Rejected> {
        let stored = Self::from_l1(anchor, hint, network)?;
        let known = Known {
            network: network.identity(),
            new_protocol: stored.new_protocol,
            signers: &stored.signers,
            vid_weights: &stored.vid_weights,
            earlier: Vec::new(),
            epoch: stored.epoch,
            registrations: &stored.registrations,
        };
        Ok(known.to_bytes())
    }

    /// The epoch of the newest table.
    pub const fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Whether the table of an epoch is among them.
    pub fn has(&self, epoch: u64) -> bool {
        epoch == self.epoch || self.tables.iter().any(|(own, _)| *own == epoch)
    }

    /// The hash of an epoch's registrations, where it was kept.
    pub fn hash_of(&self, epoch: u64) -> Option<[u8; 32]> {
        self.signers.get(&epoch).map(|signers| signers.hash)
    }

    /// What the registrations have to lead to.
    pub(super) const fn goal(&self) -> Goal {
        Goal { hash: self.hash, rules: self.rules }
    }

    /// The rules that select the signers of the epoch after.
    pub(super) const fn next_rules(&self) -> ActiveRules {
        self.next_rules
    }

    pub(super) fn registrations(&self) -> &[u8] {
        &self.registrations
    }
}

fn bounded(count: usize) -> Result<usize, Rejected> {
    if count > EPOCHS_LIMIT { Err(Rejection::StoreForm.with(count, EPOCHS_LIMIT)) } else { Ok(count) }
}

fn read_rules(reader: &mut Reader<'_>) -> Result<ActiveRules, Rejected> {
    let byte = reader.byte()?;
    ActiveRules::from_byte(byte).ok_or_else(|| Rejection::StoreForm.with(u64::from(byte), "1 or 2"))
}

fn write_count(bytes: &mut Vec<u8>, count: usize) {
    bytes.extend_from_slice(&u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
}

/// What is written down, from wherever it comes.
struct Known<'a> {
    network: [u8; 32],
    new_protocol: bool,
    signers: &'a OrderedMap<u64, EpochSigners>,
    vid_weights: &'a OrderedMap<u64, u64>,
    earlier: Vec<(u64, &'a StakeTable)>,
    epoch: u64,
    registrations: &'a [u8],
}

impl Known<'_> {
    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&FORMAT.to_le_bytes());
        bytes.extend_from_slice(&self.network);
        bytes.push(u8::from(self.new_protocol));
        write_count(&mut bytes, self.signers.len());
        for (epoch, signers) in self.signers.iter() {
            bytes.extend_from_slice(&epoch.to_le_bytes());
            bytes.extend_from_slice(&signers.hash);
            bytes.extend_from_slice(&[signers.rules.to_byte(), signers.next_rules.to_byte()]);
        }
        write_count(&mut bytes, self.vid_weights.len());
        for (epoch, weight) in self.vid_weights.iter() {
            bytes.extend_from_slice(&epoch.to_le_bytes());
            bytes.extend_from_slice(&weight.to_le_bytes());
        }
        write_count(&mut bytes, self.earlier.len());
        for (epoch, table) in &self.earlier {
            bytes.extend_from_slice(&epoch.to_le_bytes());
            write_count(&mut bytes, table.entries().len());
            table.entries().iter().for_each(|member| member.write(&mut bytes));
        }
        bytes.extend_from_slice(&self.epoch.to_le_bytes());
        write_count(&mut bytes, self.registrations.len());
        bytes.extend_from_slice(self.registrations);
        seal(&mut bytes);
        bytes
    }
}

/// The bytes of what is known; nothing before the first table from events.
pub(super) fn to_bytes(sync: &TableSync, tables: &EpochTables, network: &Network) -> Option<Vec<u8>> {
    let epoch = sync.reached()?.epoch;
    sync.signers().get(&epoch)?;
    let known = Known {
        network: network.identity(),
        new_protocol: sync.new_protocol(),
        signers: sync.signers(),
        vid_weights: sync.vid_weights(),
        earlier: tables.later().filter(|(own, _)| *own < epoch).map(|(own, table)| (own, &**table)).collect(),
        epoch,
        registrations: &sync.registrations()?,
    };
    Some(known.to_bytes())
}
