//! Recorded data for the tests: `HOTSHOT_VECTORS`, or `../shared/vectors` beside the repository.

use alloc::vec::Vec;

extern crate std;

/// A file of the recordings. `None`, said on standard error, where the folder is missing.
pub(crate) fn file(name: &str) -> Option<Vec<u8>> {
    let folder = std::env::var("HOTSHOT_VECTORS")
        .unwrap_or_else(|_| alloc::format!("{}/../../shared/vectors", env!("CARGO_MANIFEST_DIR")));
    match std::fs::read(std::path::Path::new(&folder).join(name)) {
        Ok(bytes) => Some(bytes),
        Err(error) => {
            std::eprintln!("SKIPPED: {folder}/{name}: {error}; set HOTSHOT_VECTORS to the recorded data");
            None
        }
    }
}
