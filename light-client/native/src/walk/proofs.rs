//! The walk over transition proofs: static files, from any number of places that nobody trusts.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use hotshot_light_client::Rejected;
use hotshot_light_client::client::arrival::CertifiedRoot;
use hotshot_light_client::client::transition::TransitionPins;
use hotshot_light_client::encoding::committable::keccak256;
use hotshot_light_client::encoding::json;
use hotshot_light_client::stake_table::table::StakeTable;
use hotshot_light_client::transition::proof_batch::PreparedKey;
use hotshot_light_client::transition::record::{Boundary, ChainStep, ProvenTransition, TransitionRecord};
use hotshot_relay::proofs::Proofs;

use super::{ANSWER_LIMIT, Certified, Interrupted, Way, entropy, first_epoch, first_table, table_path, taken};
use crate::exit::Failure;
use crate::network::NetworkFile;
use crate::provider::fetcher::Fetcher;
use crate::stop::Stop;
use crate::terminal::{self, Progress};

/// How many records are checked in one product: a lie in a place costs no more than these.
const BATCH: u64 = 512;
/// How many records are asked for at a time.
const AT_ONCE: u64 = 12;
/// Units of verification between two looks at the stop flag.
const BUDGET: u32 = 64;

/// Why a place leads no further.
enum Trouble {
    /// It has no more.
    End,
    /// It is out of reach, or holds something else than records.
    Poor(String),
    Rejected(Rejected),
    Stopped,
}

/// Walks as far as the places lead, one after the other.
pub(super) fn walk(
    way: &Way,
    file: &NetworkFile,
    pins: &TransitionPins,
    fetcher: &mut Fetcher,
    until: u64,
) -> Result<Result<Option<Certified>, Interrupted>, Failure> {
    if pins.keys.is_empty() {
        return Err(Failure::Usage(format!(
            "{}: --by proofs: the network file pins no key, as none from a ceremony exists; --by state-certificates \
             walks over what would be proven",
            file.path.display()
        )));
    }
    let from = first_epoch(way.by, file, pins);
    let first = first_table(file, from)?;
    let mut boundary = pins.start(from, &first).map_err(|rejected| file.failure(rejected))?;
    let mut keys = Keys { pins, files: read_keys(&way.keys)?, loaded: Vec::new() };
    let stop = fetcher.stop().clone();
    let mut walk = Walk { pins, stop: &stop, until, progress: Progress::new("proof"), bytes: 0 };
    let (mut proven, mut refused, mut poor) = (None, None, None);
    for name in &way.places {
        let mut end = None;
        while end.is_none() {
            match walk.advance(name, &boundary, &mut keys)? {
                Ok(further) => {
                    boundary = further.boundary;
                    proven = Some(further);
                }
                Err(trouble) => end = Some(trouble),
            }
        }
        match end {
            Some(Trouble::Stopped) => return Ok(Err(Interrupted::Stopped)),
            Some(Trouble::Rejected(rejected)) => {
                terminal::warning(&format!("{name}: rejected: {rejected}"));
                refused = Some(rejected);
            }
            Some(Trouble::Poor(reason)) => {
                terminal::note(&format!("{name}: {reason}"));
                poor = Some(reason);
            }
            Some(Trouble::End) | None => {}
        }
    }
    let bytes = walk.bytes;
    drop(walk);
    let Some(proven) = proven else {
        return match (refused, poor) {
            (Some(rejected), _) => Ok(Err(Interrupted::Rejected(rejected))),
            (None, Some(reason)) => Err(Failure::Provider(format!("no place of proofs is of use: {reason}"))),
            (None, None) => Ok(Ok(None)),
        };
    };
    tables(file, pins, fetcher, &proven).map(|certified| {
        certified.map(|root| {
            Some(Certified { from, root, table: proven.boundary.table, bytes: bytes + fetcher_bytes(fetcher) })
        })
    })
}

fn fetcher_bytes(fetcher: &Fetcher) -> u64 {
    u64::try_from(fetcher.bytes()).unwrap_or(u64::MAX)
}

/// Fetches the last two tables, once, and holds them against what is proven.
fn tables(
    file: &NetworkFile,
    pins: &TransitionPins,
    fetcher: &mut Fetcher,
    proven: &ProvenTransition,
) -> Result<Result<CertifiedRoot, Interrupted>, Failure> {
    let next = proven.boundary.epoch;
    let epoch = next.saturating_sub(1);
    let mut fetch = |epoch: u64, check: &dyn Fn(&StakeTable) -> Result<(), Rejected>| {
        let fetched = fetcher.ask(&table_path(epoch), ANSWER_LIMIT, |body| {
            let table = StakeTable::from_json(&json::parse(body)?)?;
            check(&table).map(|()| table)
        })?;
        match taken(fetched) {
            Ok(Some(table)) => Ok(Ok(Arc::new(table))),
            Ok(None) => Err(Failure::Provider(format!("no provider has the stake table of epoch {epoch}"))),
            Err(interrupted) => Ok(Err(interrupted)),
        }
    };
    let pinned = first_table(file, epoch).ok().filter(|table| pins.check_signer(proven, table).is_ok());
    let table = match pinned {
        Some(table) => table,
        None => match fetch(epoch, &|table| pins.check_signer(proven, table))? {
            Ok(table) => table,
            Err(interrupted) => return Ok(Err(interrupted)),
        },
    };
    let next = match fetch(next, &|table| pins.check_table(proven, table))? {
        Ok(table) => table,
        Err(interrupted) => return Ok(Err(interrupted)),
    };
    Ok(Ok(CertifiedRoot { epoch, state: proven.state, auth_root: Some(proven.auth_root), table, next }))
}

/// A key's hash, and its file.
type KeyFile = ([u8; 32], Vec<u8>);

/// The keys of the command line.
fn read_keys(paths: &[PathBuf]) -> Result<Vec<KeyFile>, Failure> {
    let read = |path: &PathBuf| {
        let bytes = fs::read(path).map_err(|error| Failure::file(path, error))?;
        Ok((keccak256(&[&bytes]), bytes))
    };
    paths.iter().map(read).collect()
}

/// Pinned keys, each loaded once.
struct Keys<'a> {
    pins: &'a TransitionPins,
    files: Vec<KeyFile>,
    loaded: Vec<([u8; 32], PreparedKey)>,
}

impl Keys<'_> {
    /// The key of a hash: from the command line, or from beside the records.
    fn load(&mut self, hash: &[u8; 32], store: &Proofs) -> Result<PreparedKey, Trouble> {
        if let Some((_, key)) = self.loaded.iter().find(|(own, _)| own == hash) {
            return Ok(key.clone());
        }
        let given = self.files.iter().find(|(own, _)| own == hash).map(|(_, bytes)| bytes.clone());
        let bytes = match given {
            Some(bytes) => bytes,
            None => store.key().map_err(Trouble::Poor)?.ok_or_else(|| {
                Trouble::Poor("there is no verifying key beside the records: give --transition-key FILE".into())
            })?,
        };
        let key = self.pins.admit_key(&bytes).map_err(Trouble::Rejected)?;
        self.loaded.push((*hash, key.clone()));
        Ok(key)
    }
}

struct Walk<'a> {
    pins: &'a TransitionPins,
    stop: &'a Stop,
    /// The epoch whose table is wanted, and nothing later.
    until: u64,
    progress: Progress,
    bytes: u64,
}

impl Walk<'_> {
    /// The next records that follow each other under one key, checked together.
    fn advance(
        &mut self,
        place: &str,
        boundary: &Boundary,
        keys: &mut Keys<'_>,
    ) -> Result<Result<ProvenTransition, Trouble>, Failure> {
        let entropy = entropy()?;
        Ok(self.prove(place, boundary, keys, &entropy))
    }

    fn prove(
        &mut self,
        place: &str,
        boundary: &Boundary,
        keys: &mut Keys<'_>,
        entropy: &[u8],
    ) -> Result<ProvenTransition, Trouble> {
        if boundary.epoch >= self.until {
            return Err(Trouble::End);
        }
        let (hash, store) = self.store_with(place, boundary.epoch)?.ok_or(Trouble::End)?;
        let key = keys.load(&hash, &store)?;
        let last = self.until.min(boundary.epoch.saturating_add(BATCH));
        let records = self.records(&store, boundary.epoch, last)?;
        let bytes: Vec<u8> = records.iter().flat_map(TransitionRecord::to_bytes).collect();
        self.bytes = self.bytes.saturating_add(bytes.len() as u64);
        let mut chain = self.pins.begin(boundary, &key, &bytes, entropy).map_err(Trouble::Rejected)?;
        loop {
            if self.stop.is_raised() {
                return Err(Trouble::Stopped);
            }
            match chain.step(BUDGET) {
                ChainStep::Pending { remaining } => {
                    let epoch = boundary.epoch.saturating_add(records.len() as u64);
                    self.progress
                        .say(&format!("checking {} proofs up to epoch {epoch}, {remaining} left", records.len()));
                }
                ChainStep::Done(outcome) => return outcome.map_err(Trouble::Rejected),
            }
        }
    }

    /// The store of the pinned key under which a place has an epoch's record.
    fn store_with(&self, place: &str, epoch: u64) -> Result<Option<([u8; 32], Proofs)>, Trouble> {
        let (root, network) = place.trim_end_matches('/').rsplit_once('/').unwrap_or((".", place));
        for (_, hash) in &self.pins.keys {
            if self.stop.is_raised() {
                return Err(Trouble::Stopped);
            }
            let store = Proofs::new(root, network, *hash);
            if store.epoch(epoch).map_err(Trouble::Poor)?.is_some() {
                return Ok(Some((*hash, store)));
            }
        }
        Ok(None)
    }

    /// Consecutive records, several asked for at once.
    fn records(&mut self, store: &Proofs, from: u64, until: u64) -> Result<Vec<TransitionRecord>, Trouble> {
        let mut records = Vec::new();
        let mut next = from;
        while next < until {
            if self.stop.is_raised() {
                return Err(Trouble::Stopped);
            }
            self.progress.say(&format!("fetching the proof of epoch {next}"));
            let window: Vec<u64> = (next..until.min(next.saturating_add(AT_ONCE))).collect();
            let answers: Vec<_> = thread::scope(|scope| {
                let asked: Vec<_> = window.iter().map(|epoch| scope.spawn(|| store.epoch(*epoch))).collect();
                asked.into_iter().map(|answer| answer.join().unwrap_or_else(|_| Err("interrupted".into()))).collect()
            });
            for answer in answers {
                match answer {
                    Ok(Some(record)) => records.push(record),
                    Ok(None) => return Ok(records),
                    // What is there already may be of use.
                    Err(_) if !records.is_empty() => return Ok(records),
                    Err(reason) => return Err(Trouble::Poor(reason)),
                }
            }
            next = next.saturating_add(AT_ONCE);
        }
        Ok(records)
    }
}
