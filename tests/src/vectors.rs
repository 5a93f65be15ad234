//! Where the recordings of real nodes are: `HOTSHOT_VECTORS`, or beside the repository.

use std::path::PathBuf;

/// The folder of the recordings.
pub fn folder() -> PathBuf {
    std::env::var_os("HOTSHOT_VECTORS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors"), PathBuf::from)
}

/// Whether the recordings are missing; then says on standard error which test is skipped.
pub fn missing(test: &str) -> bool {
    let missing = !folder().is_dir();
    if missing {
        eprintln!("skipped: {test} needs the recordings; set HOTSHOT_VECTORS");
    }
    missing
}

/// The text of one file of the recordings; empty if it cannot be read.
pub fn read(path: &str) -> String {
    std::fs::read_to_string(folder().join(path)).unwrap_or_default()
}
