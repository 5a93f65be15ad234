//! The commands, one file each.

pub(crate) mod arguments;
pub(crate) mod bench;
pub(crate) mod export;
pub(crate) mod fixture;
pub(crate) mod presets;
pub(crate) mod prove;
pub(crate) mod prove_latest;
pub(crate) mod serve;
pub(crate) mod setup;
pub(crate) mod verify;

use std::fs::File;
use std::io::{BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use hotshot_circuits::groth16::Keys;
use hotshot_circuits::shape::Preset;

use crate::input::{Failure, write_whole};

/// The two files of a preset's keys in a folder.
#[derive(Clone, Debug)]
pub(crate) struct KeyFiles {
    /// Both keys.
    pub(crate) proving: PathBuf,
    /// The verifying key alone.
    pub(crate) verifying: PathBuf,
}

impl KeyFiles {
    /// The files of a key for development say so in their names.
    pub(crate) fn new(folder: &Path, preset: &str, insecure: bool) -> Self {
        let label = if insecure { ".INSECURE-DEV" } else { "" };
        Self {
            proving: folder.join(format!("{preset}{label}.proving-key")),
            verifying: folder.join(format!("{preset}{label}.verifying-key")),
        }
    }

    /// The files that are there: those of a ceremony before those for development.
    pub(crate) fn found(folder: &Path, preset: &str) -> Option<Self> {
        [false, true]
            .map(|insecure| Self::new(folder, preset, insecure))
            .into_iter()
            .find(|files| files.proving.exists())
    }

    /// Writes both files, each as a whole or not at all.
    pub(crate) fn write(&self, keys: &Keys) -> Result<(), Failure> {
        write_whole(&self.verifying, &keys.verifying.to_bytes())?;
        let partial = self.proving.with_extension("partial");
        let file = File::create(&partial).map_err(|error| format!("{}: {error}", partial.display()))?;
        let mut file = BufWriter::with_capacity(1 << 20, file);
        keys.write(&mut file)?;
        file.flush()?;
        std::fs::rename(&partial, &self.proving)?;
        Ok(())
    }

    /// Reads both keys.
    pub(crate) fn read(&self) -> Result<Keys, Failure> {
        let file = File::open(&self.proving).map_err(|error| format!("{}: {error}", self.proving.display()))?;
        let keys = Keys::read(BufReader::with_capacity(1 << 20, file))?;
        if keys.verifying.purpose.insecure {
            eprintln!("{WARNING}");
        }
        Ok(keys)
    }
}

/// The preset of this name.
pub(crate) fn preset(name: &str) -> Result<&'static Preset, Failure> {
    Preset::named(name).ok_or_else(|| format!("there is no preset {name:?}; see `presets`").into())
}

/// Said wherever keys for development are made or used.
pub(crate) const WARNING: &str =
    "INSECURE-DEV key: its secrets are public, so anyone can forge proofs under it. Never pin it for a real network.";

/// Says what is being done, and then how long it took.
pub(crate) fn phase<T>(name: &str, work: impl FnOnce() -> T) -> T {
    eprint!("  {name} … ");
    let start = Instant::now();
    let result = work();
    eprintln!("{:.1} s", start.elapsed().as_secs_f64());
    result
}

/// The most memory that this process had at once, in MiB, where the system tells.
pub(crate) fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes / 1024)
}

/// About how much memory a set-up takes, in MiB: measured, see docs/PROVING.md.
pub(crate) const fn memory_to_set_up(preset: &Preset) -> usize {
    30 + preset.constraints * 57 / 100_000 + preset.domain() / 2_250
}

/// About how much memory a proof takes, in MiB: measured, see docs/PROVING.md.
pub(crate) const fn memory_to_prove(preset: &Preset) -> usize {
    60 + preset.constraints * 9 / 10_000 + preset.domain() / 3_900
}
