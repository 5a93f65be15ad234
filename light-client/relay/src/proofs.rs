//! Where proofs come from: static files, `<network>/<key hash>/<epoch>`, in a folder or on any web server.

use std::fs;
use std::io::Read as _;
use std::path::PathBuf;

use hotshot_light_client::transition::proof::VerifyingKey;
use hotshot_light_client::transition::record::{TransitionRecord, key_path, latest_path, record_path};

use crate::fetch::Fetcher;

/// A folder or a web server.
#[derive(Clone, Debug)]
enum Place {
    Folder(PathBuf),
    Server(Fetcher),
}

/// A store of proofs of one network under one key.
#[derive(Clone, Debug)]
pub struct Proofs {
    place: Place,
    network: String,
    key_hash: [u8; 32],
}

impl Proofs {
    /// A store: a URL that begins with `http`, else a folder.
    pub fn new(place: &str, network: &str, key_hash: [u8; 32]) -> Self {
        let place = if place.starts_with("http://") || place.starts_with("https://") {
            Place::Server(Fetcher::new("proofs", place))
        } else {
            Place::Folder(place.into())
        };
        Self { place, network: network.into(), key_hash }
    }

    /// The folder, if it is one that can be written to.
    pub fn folder(&self) -> Option<&PathBuf> {
        match &self.place {
            Place::Folder(folder) => Some(folder),
            Place::Server(_) => None,
        }
    }

    /// The record of an epoch's root; `None` if there is none yet.
    ///
    /// # Errors
    /// If the store is out of reach or holds something else.
    pub fn epoch(&self, epoch: u64) -> Result<Option<TransitionRecord>, String> {
        self.read(&record_path(&self.network, &self.key_hash, epoch))
    }

    /// The record of the newest proven state of an ordinary block, if the store keeps one.
    ///
    /// # Errors
    /// As [`Self::epoch`].
    pub fn latest(&self) -> Result<Option<TransitionRecord>, String> {
        self.read(&latest_path(&self.network, &self.key_hash))
    }

    /// The verifying key, if the store keeps it beside the records: `<network>/<key hash>/verifying-key`.
    /// It is not looked at here.
    ///
    /// # Errors
    /// If the store is out of reach.
    pub fn key(&self) -> Result<Option<Vec<u8>>, String> {
        self.bytes(&key_path(&self.network, &self.key_hash), VerifyingKey::BYTES)
    }

    fn read(&self, path: &str) -> Result<Option<TransitionRecord>, String> {
        let Some(bytes) = self.bytes(path, TransitionRecord::BYTES)? else { return Ok(None) };
        TransitionRecord::from_bytes(&bytes).map(Some).map_err(|rejected| format!("{path}: {rejected}"))
    }

    fn bytes(&self, path: &str, length: usize) -> Result<Option<Vec<u8>>, String> {
        // One byte more than there may be: longer files are not read to their end.
        let limit = length as u64 + 1;
        let folder = match &self.place {
            Place::Server(server) => return server.get(path, limit),
            Place::Folder(folder) => folder,
        };
        let mut bytes = Vec::new();
        match fs::File::open(folder.join(path)) {
            Ok(file) => file.take(limit).read_to_end(&mut bytes).map_err(|error| format!("{path}: {error}"))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("{path}: {error}")),
        };
        Ok(Some(bytes))
    }
}
