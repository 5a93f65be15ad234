//! Verdicts on a recorded stretch of a chain, block by block.
//!
//! A line is `{"leaf":{"leaf":…,"qc":…},"payload":…,"hash":…}` as the query service serves the
//! parts, with an optional `cert2` for blocks of the new protocol. Every line gets a verdict; a bad
//! line never spoils the others, and contributes nothing to them.

mod block;
mod judge;
mod verdict;

pub use judge::Recording;
pub use verdict::{BlockName, Check, LineVerdict, Outcome, RecordingVerdict};
