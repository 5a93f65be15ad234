//! Where proofs come from: static files, `<network>/<key hash>/<epoch>`, in a folder or on any web server.

use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::time::Duration;

use hotshot_light_client::encoding::bytes::to_hex;
use hotshot_light_client::transition::proof::VerifyingKey;
use hotshot_light_client::transition::record::{TransitionRecord, key_path, record_path};
use ureq::Agent;

/// A folder or a web server.
#[derive(Clone, Debug)]
enum Place {
    Folder(PathBuf),
    Server { agent: Agent, url: String },
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
            let config = Agent::config_builder()
                .timeout_global(Some(Duration::from_secs(20)))
                .http_status_as_error(false)
                .max_redirects(3)
                .build();
            Place::Server { agent: config.new_agent(), url: place.trim_end_matches('/').into() }
        } else {
            Place::Folder(place.into())
        };
        Self { place, network: network.into(), key_hash }
    }

    /// The folder, if it is one that can be written to.
    pub fn folder(&self) -> Option<&PathBuf> {
        match &self.place {
            Place::Folder(folder) => Some(folder),
            Place::Server { .. } => None,
        }
    }

    /// The record of an epoch's root; `None` if there is none yet.
    ///
    /// # Errors
    /// If the store is out of reach or holds something else.
    pub fn epoch(&self, epoch: u64) -> Result<Option<TransitionRecord>, String> {
        self.read(&record_path(&self.network, &self.key_hash, epoch))
    }

    /// The record of the newest proven state, if the store keeps one: `<network>/<key hash>/latest`.
    ///
    /// # Errors
    /// As [`Self::epoch`].
    pub fn latest(&self) -> Result<Option<TransitionRecord>, String> {
        let hash = to_hex(&self.key_hash);
        self.read(&format!("{}/{}/latest", self.network, hash.trim_start_matches("0x")))
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
        let mut bytes = Vec::new();
        match &self.place {
            Place::Folder(folder) => match fs::File::open(folder.join(path)) {
                Ok(file) => file.take(limit).read_to_end(&mut bytes).map_err(|error| format!("{path}: {error}"))?,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(format!("{path}: {error}")),
            },
            Place::Server { agent, url } => {
                let answer = agent.get(format!("{url}/{path}")).call();
                let mut answer = answer.map_err(|error| format!("proofs: {error}"))?;
                match answer.status().as_u16() {
                    200 => {}
                    404 => return Ok(None),
                    status => return Err(format!("proofs: {path}: answered {status}")),
                }
                let reader = answer.body_mut().as_reader().take(limit).read_to_end(&mut bytes);
                reader.map_err(|error| format!("proofs: {error}"))?
            }
        };
        Ok(Some(bytes))
    }
}
