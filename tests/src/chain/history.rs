//! The blocks made so far, in memory and on disk.

use std::{
    fs::{File, OpenOptions},
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{Failure, Settings};
use crate::model::BlockLine;

/// The blocks, by height, and the file they are written to.
#[derive(Default)]
pub struct History {
    blocks: Vec<Arc<BlockLine>>,
    file: Option<File>,
}

fn blocks_file(folder: &Path) -> PathBuf {
    folder.join("blocks.jsonl")
}

impl History {
    /// Opens the history of a folder, making it if need be. A block that was written in part, when
    /// the devnet was stopped, is dropped.
    ///
    /// # Errors
    /// When files cannot be read or written, or were made with other settings.
    pub fn open(folder: &Path, settings: &Settings) -> Result<Self, Failure> {
        std::fs::create_dir_all(folder)?;
        let settings_file = folder.join("settings.json");
        match std::fs::read(&settings_file) {
            Ok(bytes) => {
                let stored: Settings = serde_json::from_slice(&bytes)?;
                if (Settings { clock: settings.clock, ..stored.clone() }) != *settings {
                    return Err(Failure(format!(
                        "{} holds a chain of other settings: {}",
                        folder.display(),
                        String::from_utf8_lossy(&bytes)
                    )));
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                std::fs::write(&settings_file, serde_json::to_vec_pretty(settings)?)?;
            }
            Err(error) => return Err(error.into()),
        }
        let file = OpenOptions::new().create(true).read(true).append(true).open(blocks_file(folder))?;
        let (mut blocks, mut whole) = (Vec::new(), 0u64);
        let mut reader = BufReader::new(&file);
        let mut line = String::new();
        while reader.read_line(&mut line)? > 0 && line.ends_with('\n') {
            blocks.push(Arc::new(serde_json::from_str(&line)?));
            whole += line.len() as u64;
            line.clear();
        }
        file.set_len(whole)?;
        Ok(Self { blocks, file: Some(file) })
    }

    /// The settings a folder was made with, if it holds a chain.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn stored_settings(folder: &Path) -> Result<Option<Settings>, Failure> {
        match std::fs::read(folder.join("settings.json")) {
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// All blocks, by height.
    pub fn blocks(&self) -> &[Arc<BlockLine>] {
        &self.blocks
    }

    /// Adds the next block.
    ///
    /// # Errors
    /// When it cannot be written; then it is not added either.
    pub fn push(&mut self, block: Arc<BlockLine>) -> Result<(), Failure> {
        if let Some(file) = &mut self.file {
            let mut line = serde_json::to_vec(block.as_ref())?;
            line.push(b'\n');
            file.write_all(&line)?;
        }
        self.blocks.push(block);
        Ok(())
    }
}
