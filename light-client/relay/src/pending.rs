//! The transaction that is under way, kept in a file so that a restart knows of it.

use std::fs;
use std::path::PathBuf;

use alloy_primitives::Bytes;
use serde::{Deserialize, Serialize};

use crate::transaction::Signed;

/// A transaction that was sent and is not believed in yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// The account's number for it.
    pub nonce: u64,
    /// What was called.
    pub data: Bytes,
    /// The gas that it may use.
    pub gas: u64,
    /// What it offers for a unit of gas, in wei.
    pub max_fee: u128,
    /// And the proposer's part of it.
    pub max_priority_fee: u128,
    /// The L1 block before which it was sent last.
    pub sent: u64,
    /// All that was sent under this number: any of them may end in a block.
    pub signed: Vec<Signed>,
}

/// Where the pending transaction is kept.
#[derive(Clone, Debug)]
pub struct Journal(Option<PathBuf>);

impl Journal {
    /// A journal in this file, or none.
    pub const fn new(path: Option<PathBuf>) -> Self {
        Self(path)
    }

    /// What was pending when the program ended.
    ///
    /// # Errors
    /// If the file is there and cannot be read: going on without it might pay twice.
    pub fn load(&self) -> Result<Option<Pending>, String> {
        let Some(path) = &self.0 else { return Ok(None) };
        let text = match fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("{}: {error}", path.display())),
        };
        serde_json::from_slice(&text).map_err(|_| format!("{}: this is no journal of a relayer", path.display()))
    }

    /// Writes what is pending now, as a whole or not at all.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn store(&self, pending: Option<&Pending>) -> Result<(), String> {
        let Some(path) = &self.0 else { return Ok(()) };
        let failed = |error: std::io::Error| format!("{}: {error}", path.display());
        let partial = path.with_extension("partial");
        let file = fs::File::create(&partial).map_err(failed)?;
        serde_json::to_writer(&file, &pending).map_err(|error| failed(error.into()))?;
        // Whatever happens to the machine: what is sent next is known after it.
        file.sync_all().map_err(failed)?;
        fs::rename(&partial, path).map_err(failed)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn what_was_pending_is_known_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.json");
        let journal = Journal::new(Some(path.clone()));
        assert_eq!(journal.load(), Ok(None));
        let pending = Pending {
            nonce: 7,
            data: vec![1, 2, 3].into(),
            gas: 300_000,
            max_fee: u128::MAX,
            max_priority_fee: 1,
            sent: 9,
            signed: vec![
                Signed { raw: vec![2, 9].into(), hash: [4; 32].into() },
                Signed { raw: Bytes::new(), hash: [5; 32].into() },
            ],
        };
        journal.store(Some(&pending)).unwrap();
        assert_eq!(journal.load(), Ok(Some(pending)));
        journal.store(None).unwrap();
        assert_eq!(journal.load(), Ok(None));
        for broken in ["", "{}", "{\"nonce\":1}", "[1"] {
            fs::write(&path, broken).unwrap();
            assert!(journal.load().is_err(), "{broken}");
        }
        assert_eq!(Journal::new(None).load(), Ok(None));
    }
}
