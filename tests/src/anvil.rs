//! An EVM of a test's own: Foundry's anvil, as `make test-contracts` brings it.

use std::io::{self, BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::{fs, thread};

/// A running EVM on the loopback address, which ends with its owner.
#[derive(Debug)]
pub struct Anvil {
    child: Child,
    url: String,
}

impl Drop for Anvil {
    fn drop(&mut self) {
        // It is ours, and nothing is left to be done if it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Anvil {
    /// Where the program is, if it is there.
    pub fn program() -> Option<PathBuf> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../circuits/contracts/node_modules/@foundry-rs");
        let found = fs::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path().join("bin/anvil")));
        found.into_iter().find(|path| path.is_file())
    }

    /// Starts one with these arguments, on any free port.
    ///
    /// # Errors
    /// If it does not start, or ends before it says where it listens.
    pub fn start(program: PathBuf, arguments: &[&str]) -> io::Result<Self> {
        let mut child = Command::new(program)
            .args(["--port", "0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let output = child.stdout.take();
        let mut anvil = Self { child, url: String::new() };
        let mut lines = BufReader::new(output.ok_or(io::ErrorKind::BrokenPipe)?).lines();
        for line in lines.by_ref() {
            if let Some(address) = line?.strip_prefix("Listening on ") {
                anvil.url = format!("http://{address}");
                break;
            }
        }
        if anvil.url.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        // What it says later is read, so that it never waits for a reader.
        thread::spawn(move || lines.for_each(drop));
        Ok(anvil)
    }

    /// Where it answers, `http://127.0.0.1:…`.
    pub fn url(&self) -> &str {
        &self.url
    }
}
