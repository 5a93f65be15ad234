//! Checkpoints in a folder. A file is replaced whole or not at all.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use hotshot_light_client::client::checkpoint::Checkpoint;
use hotshot_light_client::client::network::Network;
use hotshot_light_client::encoding::bytes::to_hex;

use crate::exit::Failure;
use crate::input::read_limited;

/// A folder with the newest checkpoint of each network.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

/// More than any text form of a checkpoint.
const FILE_LIMIT: usize = 4096;

impl Store {
    /// Uses a folder, which is made if need be.
    ///
    /// # Errors
    /// If that fails.
    pub fn open(folder: &Path) -> Result<Self, Failure> {
        fs::create_dir_all(folder).map_err(|error| Failure::file(folder, error))?;
        Ok(Self { folder: folder.to_path_buf() })
    }

    /// The file of a network: its name is the network's identity, so that networks never mix.
    pub fn file(&self, network: &Network) -> PathBuf {
        let identity = to_hex(&network.identity());
        let short = identity.trim_start_matches("0x").get(..16).unwrap_or_default();
        self.folder.join(format!("checkpoint-{short}.txt"))
    }

    /// The checkpoint of a network, if there is one. It is checked as any other.
    ///
    /// # Errors
    /// If the file cannot be read, or holds something else than a checkpoint of this network:
    /// whoever keeps such a file has to look at it, so it is not overlooked.
    pub fn load(&self, network: &Network) -> Result<Option<Checkpoint>, Failure> {
        let path = self.file(network);
        if !path.try_exists().map_err(|error| Failure::file(&path, error))? {
            return Ok(None);
        }
        let bytes = read_limited(&path, FILE_LIMIT)?;
        let text = String::from_utf8_lossy(&bytes);
        let checkpoint = Checkpoint::from_text(&text).and_then(|checkpoint| {
            checkpoint.check_network(network)?;
            Ok(checkpoint)
        });
        checkpoint.map(Some).map_err(|rejected| Failure::content(&path, rejected))
    }

    /// Replaces the checkpoint of a network, unless the one there is higher.
    ///
    /// # Errors
    /// If writing fails; then the old one is still there.
    pub fn save(&self, network: &Network, checkpoint: &Checkpoint) -> Result<(), Failure> {
        if self.load(network)?.is_some_and(|stored| stored.height >= checkpoint.height) {
            return Ok(());
        }
        write_whole(&self.file(network), format!("{}\n", checkpoint.to_text()).as_bytes())
    }
}

/// Writes a file so that others see the old content or the new, and power cuts leave one of them.
///
/// # Errors
/// If writing fails.
pub fn write_whole(path: &Path, content: &[u8]) -> Result<(), Failure> {
    let failed = |error| Failure::file(path, error);
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    // The process number keeps two programs from writing the same draft.
    let draft = path.with_file_name(format!(".{name}.{}", std::process::id()));
    let write = || {
        let mut file = File::create(&draft)?;
        file.write_all(content)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&draft, path)?;
        if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            // The new name is safe when the folder is; not every system lets a folder be synced.
            let _ = File::open(parent).and_then(|folder| folder.sync_all());
        }
        Ok(())
    };
    write().map_err(|error| {
        let _ = fs::remove_file(&draft);
        failed(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(height: u64) -> Network {
        Network::parse(format!(r#"{{"epoch_height":{height},"epoch_start_block":1}}"#).as_bytes()).unwrap()
    }

    fn checkpoint(network: &Network, height: u64) -> Checkpoint {
        let network = network.identity();
        Checkpoint { network, height, view: height, leaf: [1; 32], timestamp: 0, signers: None }
    }

    #[test]
    fn keeps_the_highest_of_each_network() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("a/b")).unwrap();
        let (one, other) = (network(10), network(20));
        assert_eq!(store.load(&one).unwrap(), None);
        for height in [5, 9, 7] {
            store.save(&one, &checkpoint(&one, height)).unwrap();
        }
        store.save(&other, &checkpoint(&other, 2)).unwrap();
        assert_eq!(store.load(&one).unwrap().unwrap().height, 9);
        assert_eq!(store.load(&other).unwrap().unwrap().height, 2);
        let left: Vec<_> = fs::read_dir(folder.path().join("a/b")).unwrap().collect();
        assert_eq!(left.len(), 2, "no drafts are left: {left:?}");
    }

    #[test]
    fn spoilt_files_are_not_overlooked() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let network = network(10);
        let good = checkpoint(&network, 5).to_text();
        let foreign = Checkpoint { network: [3; 32], ..checkpoint(&network, 5) }.to_text();
        for content in ["", "HOTSHOT_CHECKPOINT~", &good[..good.len() - 1], &foreign, &"x".repeat(5000)] {
            fs::write(store.file(&network), content).unwrap();
            assert!(store.load(&network).is_err(), "{content}");
            assert!(store.save(&network, &checkpoint(&network, 6)).is_err(), "{content}");
        }
        fs::write(store.file(&network), format!("\n{good}\r\n")).unwrap();
        assert_eq!(store.load(&network).unwrap().unwrap().height, 5);
    }
}
