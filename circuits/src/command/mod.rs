//! The commands, one file each.

pub(crate) mod export;
pub(crate) mod fixture;
pub(crate) mod presets;
pub(crate) mod prove;
pub(crate) mod setup;
pub(crate) mod verify;

use std::path::{Path, PathBuf};
use std::time::Instant;

/// The name of a preset's keys for development in a folder.
pub(crate) fn insecure_key_file(folder: &Path, preset: &str) -> PathBuf {
    folder.join(format!("{preset}.INSECURE-DEV.proving-key"))
}

/// The name of the verifying key beside it.
pub(crate) fn insecure_verifying_key_file(folder: &Path, preset: &str) -> PathBuf {
    folder.join(format!("{preset}.INSECURE-DEV.verifying-key"))
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

/// About how much memory a set-up or proof of so many rows needs, in MiB. An estimate of 4 KB a row,
/// not measured at the presets yet.
pub(crate) const fn expected_memory(rows: usize) -> usize {
    64 + rows * 4 / 1000
}
