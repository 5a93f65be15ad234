//! How a command ends: a verdict, or a failure to reach one.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use hotshot_light_client::Rejected;
use hotshot_light_client::encoding::json::Position;

/// What a command found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything was accepted: exit status 0.
    Accepted,
    /// Something was rejected, and said so on standard output: exit status 1.
    Rejected,
    /// The chain moved on to a protocol version that this program does not know: exit status 3.
    UpgradeRequired,
    /// A signal came before the work was done: exit status 130, as shells have it.
    Interrupted,
}

impl Verdict {
    /// The exit status.
    pub fn code(self) -> ExitCode {
        match self {
            Self::Accepted => ExitCode::SUCCESS,
            Self::Rejected => ExitCode::from(1),
            Self::UpgradeRequired => ExitCode::from(3),
            Self::Interrupted => ExitCode::from(130),
        }
    }
}

/// Why there is no verdict.
#[derive(Debug)]
pub enum Failure {
    /// The arguments make no sense.
    Usage(String),
    /// A file or folder cannot be read or written.
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A file that should hold JSON does not.
    BrokenJson {
        /// Which.
        path: PathBuf,
        /// Where it stops being JSON.
        position: Position,
    },
    /// A file that has to be trusted or understood holds something else.
    Content {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        rejected: Rejected,
    },
    /// Two finality proofs contradict each other: the root of trust or the chain is broken.
    Conflict {
        /// At this height.
        height: u64,
        /// The two leaves.
        rejected: Rejected,
    },
    /// No provider gave a usable answer.
    Provider(String),
    /// Standard output is gone.
    Output(io::Error),
}

impl Failure {
    /// A failure to read or write a file.
    pub fn file(path: &Path, error: io::Error) -> Self {
        Self::File { path: path.to_path_buf(), error }
    }

    /// A file with unusable content.
    pub fn content(path: &Path, rejected: Rejected) -> Self {
        Self::Content { path: path.to_path_buf(), rejected }
    }

    /// The exit status: 1 for a contradiction, else 2.
    pub fn code(&self) -> ExitCode {
        ExitCode::from(if matches!(self, Self::Conflict { .. }) { 1 } else { 2 })
    }

    /// Whether a reader of the output went away, which needs no message.
    pub fn is_quiet(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl From<io::Error> for Failure {
    /// Errors of the standard streams; those of files are made with [`Failure::file`].
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(message) => formatter.write_str(message),
            Self::File { path, error } => write!(formatter, "{}: {error}", path.display()),
            Self::BrokenJson { path, position } => {
                let Position { line, column } = position;
                write!(formatter, "{}: line {line}, column {column}: broken JSON", path.display())
            }
            Self::Content { path, rejected } => write!(formatter, "{}: {rejected}", path.display()),
            Self::Conflict { height, rejected } => write!(formatter, "block {height}: {rejected}"),
            Self::Provider(message) => formatter.write_str(message),
            Self::Output(error) => write!(formatter, "cannot write output: {error}"),
        }
    }
}

impl std::error::Error for Failure {}
