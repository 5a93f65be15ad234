//! Stake tables in a store: what is known, and what proved it.
//!
//! Of each network there are two things. The newest tables, replaced whole or not at all; and a log of
//! boundaries, appended to, of which a broken end is cut off when it is opened. Neither is believed
//! further than the user's own checkpoint is: the tables are checked against the hash beside them,
//! and whoever wants more replays the boundaries from the pinned anchor.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use hotshot_light_client::client::boundary::Boundary;
use hotshot_light_client::client::network::Network;
use hotshot_light_client::client::request::Request;
use hotshot_light_client::client::stored::StoredTables;
use hotshot_light_client::encoding::bytes::to_hex;

use crate::exit::Failure;
use crate::follow::KeptAnswers;
use crate::store::write_whole;
use crate::terminal;

/// The most bytes of stored tables, and of one boundary. Far more than any network has.
const FILE_LIMIT: u64 = 256 << 20;

/// Keeps stake tables.
pub trait TableStore {
    /// The tables that were saved last, if there are any. Their reader checks them.
    ///
    /// # Errors
    /// If reading fails.
    fn tables(&mut self) -> Result<Option<Vec<u8>>, Failure>;
    /// Replaces the tables.
    ///
    /// # Errors
    /// If writing fails; then the old ones are still there.
    fn save_tables(&mut self, tables: &[u8]) -> Result<(), Failure>;
    /// Keeps what proved a table, unless that of its epoch is kept already.
    ///
    /// # Errors
    /// If writing fails.
    fn keep(&mut self, boundary: &Boundary) -> Result<(), Failure>;
    /// What was kept, epoch by epoch in the order of keeping. What is broken is left out.
    ///
    /// # Errors
    /// If reading fails.
    fn boundaries(&mut self) -> Result<Vec<Boundary>, Failure>;
}

/// The stored tables, as far as they are of use; a word about those that are not.
///
/// # Errors
/// If reading fails.
pub fn usable(tables: &mut dyn TableStore, network: &Network) -> Result<Option<StoredTables>, Failure> {
    let Some(bytes) = tables.tables()? else { return Ok(None) };
    let read = StoredTables::from_bytes(&bytes, network).inspect_err(|rejected| {
        terminal::warning(&format!("the stored stake tables are of no use, they are derived anew: {rejected}"));
    });
    Ok(read.ok())
}

/// Keeps stake tables for as long as the program runs.
#[derive(Debug, Default)]
pub struct MemoryTables {
    tables: Option<Vec<u8>>,
    boundaries: BTreeMap<u64, Boundary>,
}

impl TableStore for MemoryTables {
    fn tables(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        Ok(self.tables.clone())
    }

    fn save_tables(&mut self, tables: &[u8]) -> Result<(), Failure> {
        self.tables = Some(tables.to_vec());
        Ok(())
    }

    fn keep(&mut self, boundary: &Boundary) -> Result<(), Failure> {
        self.boundaries.entry(boundary.epoch).or_insert_with(|| boundary.clone());
        Ok(())
    }

    fn boundaries(&mut self) -> Result<Vec<Boundary>, Failure> {
        Ok(self.boundaries.values().cloned().collect())
    }
}

/// Keeps the stake tables of one network in two files of a folder.
#[derive(Debug)]
pub struct FileTables {
    tables: PathBuf,
    log: PathBuf,
    network: [u8; 32],
    /// The log, and which epochs it has, once it was opened.
    opened: Option<(File, Vec<u64>)>,
}

impl FileTables {
    /// Uses a folder, which is made if need be. Networks never mix: names of files tell them apart.
    ///
    /// # Errors
    /// If that fails.
    pub fn open(folder: &Path, network: &Network) -> Result<Self, Failure> {
        fs::create_dir_all(folder).map_err(|error| Failure::file(folder, error))?;
        let identity = network.identity();
        let name = to_hex(&identity);
        let short = name.trim_start_matches("0x").get(..16).unwrap_or_default();
        let file = |kind: &str| folder.join(format!("{kind}-{short}.bin"));
        Ok(Self { tables: file("tables"), log: file("boundaries"), network: identity, opened: None })
    }

    fn failed(&self, error: std::io::Error) -> Failure {
        Failure::file(&self.log, error)
    }

    /// The records that are whole, and where they end.
    fn scan(&self) -> Result<(Vec<Boundary>, u64), Failure> {
        let file = match File::open(&self.log) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok((Vec::new(), 0)),
            Err(error) => return Err(self.failed(error)),
        };
        let left = file.metadata().map_err(|error| self.failed(error))?.len();
        let mut reader = BufReader::new(file);
        let (mut found, mut end) = (Vec::new(), 0u64);
        let mut length = [0; 4];
        while end.saturating_add(4) <= left && reader.read_exact(&mut length).is_ok() {
            let size = u64::from(u32::from_le_bytes(length));
            let after = end.saturating_add(4).saturating_add(size);
            if after > left || size > FILE_LIMIT {
                break;
            }
            let mut bytes = Vec::new();
            reader.by_ref().take(size).read_to_end(&mut bytes).map_err(|error| self.failed(error))?;
            // After a broken record nothing tells where the next one begins.
            let Ok(boundary) = Boundary::from_bytes(&bytes, &self.network) else { break };
            found.push(boundary);
            end = after;
        }
        Ok((found, end))
    }

    fn log(&mut self) -> Result<&mut (File, Vec<u64>), Failure> {
        if self.opened.is_none() {
            let (found, end) = self.scan()?;
            let open = || {
                let mut file = OpenOptions::new().create(true).truncate(false).write(true).open(&self.log)?;
                file.set_len(end)?;
                file.seek(SeekFrom::End(0))?;
                Ok(file)
            };
            let file = open().map_err(|error| self.failed(error))?;
            self.opened = Some((file, found.iter().map(|boundary| boundary.epoch).collect()));
        }
        let path = self.log.clone();
        self.opened.as_mut().ok_or_else(|| Failure::file(&path, std::io::ErrorKind::NotFound.into()))
    }
}

impl TableStore for FileTables {
    fn tables(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        match File::open(&self.tables) {
            Ok(file) => {
                let mut bytes = Vec::new();
                let read = file.take(FILE_LIMIT).read_to_end(&mut bytes);
                read.map_err(|error| Failure::file(&self.tables, error))?;
                Ok(Some(bytes))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Failure::file(&self.tables, error)),
        }
    }

    fn save_tables(&mut self, tables: &[u8]) -> Result<(), Failure> {
        // What proves them is safe before they are.
        if let Some((log, _)) = &self.opened {
            log.sync_data().map_err(|error| self.failed(error))?;
        }
        write_whole(&self.tables, tables)
    }

    fn keep(&mut self, boundary: &Boundary) -> Result<(), Failure> {
        let bytes = boundary.to_bytes(&self.network);
        let path = self.log.clone();
        let (log, epochs) = self.log()?;
        if epochs.contains(&boundary.epoch) {
            return Ok(());
        }
        let mut record = u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes().to_vec();
        record.extend_from_slice(&bytes);
        log.write_all(&record).map_err(|error| Failure::file(&path, error))?;
        epochs.push(boundary.epoch);
        Ok(())
    }

    fn boundaries(&mut self) -> Result<Vec<Boundary>, Failure> {
        self.scan().map(|(found, _)| found)
    }
}

/// The answers of boundaries, to be judged again.
#[derive(Debug, Default)]
pub struct Replayed(BTreeMap<Request, Vec<u8>>);

impl Replayed {
    /// The answers of these boundaries.
    pub fn new(boundaries: Vec<Boundary>) -> Self {
        Self(boundaries.into_iter().flat_map(|boundary| boundary.answers).collect())
    }
}

impl KeptAnswers for Replayed {
    fn take(&mut self, request: &Request) -> Option<Vec<u8>> {
        self.0.remove(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network() -> Network {
        Network::parse(br#"{"epoch_height":10,"epoch_start_block":1}"#).unwrap()
    }

    fn boundary(epoch: u64) -> Boundary {
        let body = format!("[{epoch}]").into_bytes();
        Boundary { epoch, answers: vec![(Request::StakeTableEvents { epoch }, body)] }
    }

    fn epochs(store: &mut dyn TableStore) -> Vec<u64> {
        store.boundaries().unwrap().iter().map(|boundary| boundary.epoch).collect()
    }

    #[test]
    fn a_kill_at_any_byte_leaves_a_good_store() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = FileTables::open(folder.path(), &network()).unwrap();
        assert_eq!((store.tables().unwrap(), epochs(&mut store)), (None, vec![]));
        for epoch in 3..6 {
            store.keep(&boundary(epoch)).unwrap();
            store.keep(&boundary(epoch)).unwrap();
            store.save_tables(format!("tables {epoch}").as_bytes()).unwrap();
        }
        assert_eq!(epochs(&mut store), [3, 4, 5]);
        assert_eq!(store.tables().unwrap().unwrap(), b"tables 5");
        let whole = fs::read(&store.log).unwrap();
        let record = whole.len() / 3;
        for length in 0..whole.len() {
            fs::write(&store.log, &whole[..length]).unwrap();
            let mut cut = FileTables::open(folder.path(), &network()).unwrap();
            let kept = length / record;
            assert_eq!(epochs(&mut cut).len(), kept, "{length}");
            cut.keep(&boundary(9)).unwrap();
            assert_eq!(epochs(&mut cut).last(), Some(&9));
            assert_eq!(epochs(&mut cut).len(), kept + 1, "{length}");
        }
        // A spoilt record ends the log.
        for index in 0..whole.len() {
            let mut spoilt = whole.clone();
            spoilt[index] ^= 1;
            fs::write(&store.log, &spoilt).unwrap();
            assert!(epochs(&mut store).len() <= index / record, "{index}");
        }
    }

    #[test]
    fn networks_do_not_mix() {
        let folder = tempfile::tempdir().unwrap();
        let mut one = FileTables::open(folder.path(), &network()).unwrap();
        one.keep(&boundary(3)).unwrap();
        let other = Network { epoch_start_block: 2, ..network() };
        let mut other = FileTables::open(folder.path(), &other).unwrap();
        assert_eq!(epochs(&mut other), Vec::<u64>::new());
        fs::copy(&one.log, &other.log).unwrap();
        assert_eq!(epochs(&mut other), Vec::<u64>::new());
    }

    #[test]
    fn memory_keeps_the_same() {
        let mut store = MemoryTables::default();
        store.keep(&boundary(4)).unwrap();
        store.keep(&boundary(3)).unwrap();
        store.save_tables(b"tables").unwrap();
        assert_eq!((epochs(&mut store), store.tables().unwrap().unwrap()), (vec![3, 4], b"tables".to_vec()));
        let mut kept = Replayed::new(store.boundaries().unwrap());
        let request = Request::StakeTableEvents { epoch: 3 };
        assert_eq!((kept.take(&request).unwrap(), kept.take(&request)), (b"[3]".to_vec(), None));
    }
}
