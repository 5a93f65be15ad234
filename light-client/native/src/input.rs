//! Reading files, and saying where their JSON is broken.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use hotshot_light_client::encoding::json::{self, Json, Position, SIZE_LIMIT};
use hotshot_light_client::{Rejected, Rejection};
use serde_json::value::RawValue;

use crate::exit::Failure;

/// Reads a file that should not be larger than so many bytes.
///
/// # Errors
/// If it is, or cannot be read.
pub fn read_limited(path: &Path, limit: usize) -> Result<Vec<u8>, Failure> {
    let failed = |error| Failure::file(path, error);
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    File::open(path).map_err(failed)?.take(most).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() > limit {
        return Err(Failure::content(path, Rejection::JsonSize.with("more bytes", limit)));
    }
    Ok(bytes)
}

/// A file of JSON, small enough to hold in memory.
#[derive(Debug)]
pub struct JsonFile {
    path: PathBuf,
    bytes: Vec<u8>,
}

impl JsonFile {
    /// Reads a file.
    ///
    /// # Errors
    /// If it cannot be read or is larger than 64 MiB.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        Ok(Self { path: path.to_path_buf(), bytes: read_limited(path, SIZE_LIMIT)? })
    }

    /// The file's name.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the file is JSON by its grammar.
    ///
    /// # Errors
    /// If it is not.
    pub fn check_syntax(&self) -> Result<(), Failure> {
        match json::syntax_error(&self.bytes) {
            Some(position) => Err(Failure::BrokenJson { path: self.path.clone(), position: from_one(position) }),
            None => Ok(()),
        }
    }

    /// The file's value.
    ///
    /// # Errors
    /// If it is not JSON, or JSON that is not accepted anywhere.
    pub fn json(&self) -> Result<Json<'_>, Failure> {
        self.check_syntax()?;
        json::parse(&self.bytes).map_err(|rejected| self.content(rejected))
    }

    /// The members of the file's array, or its only value. A member that is JSON by its grammar and
    /// not accepted anywhere spoils no other.
    ///
    /// # Errors
    /// If the file is not JSON.
    pub fn items(&self) -> Result<Vec<Result<Json<'_>, Rejected>>, Failure> {
        self.check_syntax()?;
        let items: Vec<&RawValue> = serde_json::from_slice(&self.bytes)
            .or_else(|_| serde_json::from_slice(&self.bytes).map(|value| vec![value]))
            .map_err(|_| self.content(Rejection::JsonSyntax.bare()))?;
        Ok(items.into_iter().map(|item| json::parse(item.get().as_bytes())).collect())
    }

    /// The file's bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The failure that the file's content was rejected.
    pub fn content(&self, rejected: Rejected) -> Failure {
        Failure::content(&self.path, rejected)
    }
}

/// A file with one JSON value a line, read line by line.
pub struct JsonLines {
    path: PathBuf,
    reader: BufReader<File>,
    line: usize,
    /// Lines that hold nothing, so far: they may be the end of the file, else they are broken.
    empty: usize,
    bytes: Vec<u8>,
}

impl JsonLines {
    /// Opens a file.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let failed = |error| Failure::file(path, error);
        let file = File::open(path).map_err(failed)?;
        // A folder opens like a file, and fails only when it is read.
        if fs::metadata(path).map_err(failed)?.is_dir() {
            return Err(failed(std::io::ErrorKind::IsADirectory.into()));
        }
        Ok(Self { path: path.to_path_buf(), reader: BufReader::new(file), line: 0, empty: 0, bytes: Vec::new() })
    }

    /// The next line, which is JSON by its grammar; `None` at the end of the file.
    ///
    /// Empty lines are overlooked at the end of the file only.
    ///
    /// # Errors
    /// If the file cannot be read or the line is not JSON.
    pub fn next_line(&mut self) -> Result<Option<&[u8]>, Failure> {
        loop {
            self.bytes.clear();
            let read = self.reader.read_until(b'\n', &mut self.bytes);
            if read.map_err(|error| Failure::file(&self.path, error))? == 0 {
                return Ok(None);
            }
            self.line = self.line.saturating_add(1);
            if self.bytes.trim_ascii().is_empty() {
                self.empty = self.empty.saturating_add(1);
                continue;
            }
            if self.empty > 0 {
                return Err(self.broken(self.line.saturating_sub(self.empty), 1));
            }
            // The whole line, not only up to the first thing that a reader of values dislikes.
            return match json::syntax_error(self.bytes.trim_ascii_end()) {
                Some(position) => Err(self.broken(self.line, position.column)),
                None => Ok(Some(self.bytes.trim_ascii_end())),
            };
        }
    }

    fn broken(&self, line: usize, column: usize) -> Failure {
        Failure::BrokenJson { path: self.path.clone(), position: from_one(Position { line, column }) }
    }
}

/// People count columns from 1, also on an empty line.
fn from_one(position: Position) -> Position {
    Position { line: position.line.max(1), column: position.column.max(1) }
}
