//! Transition proofs beside the chain: static files as a prover leaves them, and the keys that the
//! network file pins. The devnet itself proves nothing.

use std::{fs, path::PathBuf};

use hotshot_light_client::transition::proof::VerifyingKey;
use serde_json::{Value, json};

use crate::chain::Failure;

/// The most bytes of a file: the records of some thousand epochs in one.
const FILE_LIMIT: u64 = 4 << 20;

/// What a node has of proofs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proofs {
    /// The folder that is served under `/proofs/`.
    pub folder: Option<PathBuf>,
    /// Names of sizes, and hashes of their verifying keys.
    pub keys: Vec<(String, [u8; 32])>,
}

impl Proofs {
    /// Reads `NAME=FILE`, a verifying key for development. Others have no business in a network whose
    /// keys everybody knows.
    ///
    /// # Errors
    /// When the file cannot be read or holds something else.
    pub fn read_key(argument: &str) -> Result<(String, [u8; 32]), Failure> {
        let (name, path) = argument.split_once('=').ok_or_else(|| Failure(format!("{argument}: no NAME=FILE")))?;
        let bytes = fs::read(path).map_err(|error| Failure(format!("{path}: {error}")))?;
        let key = VerifyingKey::decode(&bytes).map_err(|rejected| Failure(format!("{path}: {rejected}")))?;
        if !key.purpose.insecure {
            return Err(Failure(format!("{path}: a devnet pins INSECURE-DEV keys only")));
        }
        Ok((name.into(), key.hash()))
    }

    /// Puts the keys into a network file.
    pub fn pin(&self, network: &mut Value) {
        let Some(pins) = network.get_mut("transitions").filter(|pins| !pins.is_null()) else { return };
        let hex = |hash: &[u8; 32]| hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let keys = self.keys.iter().map(|(name, hash)| (name.clone(), json!(format!("0x{}", hex(hash)))));
        if let Some(slot) = pins.get_mut("keys") {
            *slot = Value::Object(keys.collect());
        }
    }

    /// A file of the folder, by a path of at most three plain names.
    pub fn file(&self, path: &str) -> Option<Vec<u8>> {
        let plain = |name: &str| {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
            !name.is_empty() && !name.starts_with('.') && name.bytes().all(allowed)
        };
        if path.split('/').count() > 3 || !path.split('/').all(plain) {
            return None;
        }
        let path = self.folder.as_ref()?.join(path);
        let size = fs::metadata(&path).ok().filter(|metadata| metadata.is_file())?.len();
        if size > FILE_LIMIT { None } else { fs::read(path).ok() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_the_folder_are_served() {
        let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../circuits"));
        let proofs = Proofs { folder: Some(folder), keys: Vec::new() };
        assert_eq!(proofs.file("fixture/verifying-key").unwrap().len(), VerifyingKey::BYTES);
        for path in ["", "fixture", "fixture/", "../circuits/fixture", "fixture/../Cargo.toml", "fixture//records"] {
            assert_eq!(proofs.file(path), None, "{path}");
        }
        assert_eq!(Proofs::default().file("Cargo.toml"), None);
    }

    #[test]
    fn keys_for_development_are_pinned_and_nothing_else() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../circuits/fixture/verifying-key");
        let key = Proofs::read_key(&format!("micro={file}")).unwrap();
        let mut network = json!({ "transitions": { "first_epoch": 1, "keys": {} } });
        Proofs { folder: None, keys: vec![key] }.pin(&mut network);
        assert_eq!(network["transitions"]["keys"]["micro"].as_str().unwrap().len(), 66);
        for wrong in ["micro", "micro=/nowhere", concat!("micro=", env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")] {
            assert!(Proofs::read_key(wrong).is_err(), "{wrong}");
        }
    }
}
