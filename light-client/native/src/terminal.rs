//! What people see: colours, messages and progress.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};

use crate::exit::Failure;

/// Good news.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// Neither good nor bad.
pub const PLAIN: Style = Style::new();
/// Worth a look.
pub const WARN: Style = AnsiColor::Yellow.on_default();
/// Bad news.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// Less important.
pub const FAINT: Style = Style::new().dimmed();

/// Says on standard error why a command failed.
pub fn failure(failure: &Failure) {
    if !failure.is_quiet() {
        // Nothing can be done about a standard error that is gone.
        let _ = writeln!(anstream::stderr(), "{BAD}error:{BAD:#} {failure}");
    }
}

/// A note on standard error.
pub fn note(message: &str) {
    let _ = writeln!(anstream::stderr(), "{FAINT}note:{FAINT:#} {message}");
}

/// Something that was refused, on standard error.
pub fn warning(message: &str) {
    let _ = writeln!(anstream::stderr(), "{BAD}warning:{BAD:#} {message}");
}

/// A line on standard error that shows how far long work is, on terminals only.
#[derive(Debug)]
pub struct Progress {
    what: &'static str,
    shown: Option<Instant>,
    enabled: bool,
}

impl Progress {
    /// Nothing is shown before some time has passed.
    pub fn new(what: &'static str) -> Self {
        Self { what, shown: None, enabled: io::stderr().is_terminal() }
    }

    /// As [`Self::new`], for work whose results are themselves the progress where they are seen.
    pub fn beside_output(what: &'static str) -> Self {
        let enabled = io::stderr().is_terminal() && !io::stdout().is_terminal();
        Self { enabled, ..Self::new(what) }
    }

    /// Takes the line away, for others to be written.
    pub fn clear(&mut self) {
        if self.shown.take().is_some() {
            let _ = write!(anstream::stderr(), "\r\x1b[2K");
            let _ = io::stderr().flush();
        }
    }

    /// Shows a count, ten times a second at most.
    pub fn count(&mut self, done: impl std::fmt::Display) {
        let due = self.shown.is_none_or(|shown| shown.elapsed() > Duration::from_millis(100));
        if self.enabled && due {
            self.shown = Some(Instant::now());
            self.show(&format!("{} {done}", self.what));
        }
    }

    /// Shows what is going on, at once.
    pub fn say(&mut self, what: &str) {
        if self.enabled {
            self.shown = Some(Instant::now());
            self.show(what);
        }
    }

    fn show(&self, text: &str) {
        let _ = write!(anstream::stderr(), "\r\x1b[2K{FAINT}{text}…{FAINT:#}");
        let _ = io::stderr().flush();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}
