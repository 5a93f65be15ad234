//! What the tests of the command line share: running it, and the recorded data.
#![allow(dead_code, unreachable_pub, reason = "every test binary uses another part")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests end loudly"
)]

pub mod devnet;
pub mod evm;
pub mod schema;
pub mod server;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

/// How a run of the program ended.
pub struct Ended {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    /// Standard output as one JSON value a line.
    pub fn json_lines(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// No run of a test takes longer, or it hangs.
const PATIENCE: Duration = Duration::from_secs(100);

impl Ended {
    /// Runs a program to its end, which comes by force if need be.
    pub fn of(command: &mut Command) -> Self {
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let process = child.id().to_string();
        let (ended, watch) = mpsc::channel::<()>();
        let watchdog = thread::spawn(move || {
            if watch.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
                Command::new("kill").args(["-KILL", &process]).status().unwrap();
            }
        });
        let output = child.wait_with_output().unwrap();
        drop(ended);
        watchdog.join().unwrap();
        output.into()
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().expect("ended by itself"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// The program, not started yet.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hotshot-verify"));
    command.env_remove("CLICOLOR_FORCE").env_remove("NO_COLOR");
    command
}

/// Runs the program to its end.
pub fn run<S: AsRef<std::ffi::OsStr>>(arguments: &[S]) -> Ended {
    Ended::of(program().args(arguments))
}

/// A folder or file of the recorded data; says that the test is skipped where it is missing.
pub fn vectors(test: &str, name: &str) -> Option<PathBuf> {
    let folder = std::env::var("HOTSHOT_VECTORS")
        .unwrap_or_else(|_| format!("{}/../../../shared/vectors", env!("CARGO_MANIFEST_DIR")));
    let path = PathBuf::from(folder).join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("SKIPPED {test}: {} is missing; set HOTSHOT_VECTORS to the recorded data", path.display());
    None
}

/// A recording that a test may tamper with.
pub struct Copy {
    pub folder: TempDir,
    pub lines: Vec<Value>,
}

impl Copy {
    pub fn of(test: &str, name: &str) -> Option<Self> {
        let source = vectors(test, name)?;
        let folder = tempfile::tempdir().unwrap();
        fs::copy(source.join("stake_table.json"), folder.path().join("stake_table.json")).unwrap();
        let text = fs::read_to_string(source.join("blocks.jsonl")).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        Some(Self { folder, lines })
    }

    pub fn line_mut(&mut self, height: u64) -> &mut Value {
        let place = self.lines.iter().position(|line| height_of(line) == height).unwrap();
        &mut self.lines[place]
    }

    pub fn texts(&self) -> Vec<String> {
        self.lines.iter().map(Value::to_string).collect()
    }

    /// Writes the lines and runs the program on them.
    pub fn run(&self, more: &[&str]) -> Ended {
        self.run_text(self.texts().join("\n").as_bytes(), more)
    }

    pub fn run_text(&self, text: &[u8], more: &[&str]) -> Ended {
        fs::write(self.folder.path().join("blocks.jsonl"), text).unwrap();
        Ended::of(program().arg("recording").arg(self.folder.path()).args(more))
    }
}

pub fn height_of(line: &Value) -> u64 {
    let header = &line["leaf"]["leaf"]["block_header"];
    header["fields"]["height"].as_u64().unwrap()
}
