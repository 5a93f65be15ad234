//! What a recording's report says, and its JSON form.

use alloc::string::String;
use alloc::vec::Vec;

use crate::consensus::version::Version;
use crate::rejection::Rejected;

/// What is checked of a line, in the order of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// The line's JSON, types, tags, checksums and ranges.
    Decode,
    /// The header's commitment is the line's hash.
    Header,
    /// The leaf's commitment is what the certificate signs.
    Leaf,
    /// The certificate's vote: stored commitment, view, epoch and block number.
    Vote,
    /// The certificate's signature and weight, and those of a Certificate2.
    Certificate,
    /// The next epoch's certificate on the parent, where the parent is a transition block.
    NextEpochCertificate,
    /// The upgrade certificate that the leaf carries.
    UpgradeCertificate,
    /// Parent commitment and justification against the line before, when adjacent.
    Link,
    /// The builder's commitment to the payload.
    BuilderCommitment,
}

impl Check {
    /// Every check, in the order of the report.
    pub const ALL: [Self; 9] = [
        Self::Decode,
        Self::Header,
        Self::Leaf,
        Self::Vote,
        Self::Certificate,
        Self::NextEpochCertificate,
        Self::UpgradeCertificate,
        Self::Link,
        Self::BuilderCommitment,
    ];

    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Decode => "decode",
            Self::Header => "header",
            Self::Leaf => "leaf",
            Self::Vote => "vote",
            Self::Certificate => "certificate",
            Self::NextEpochCertificate => "next_epoch_certificate",
            Self::UpgradeCertificate => "upgrade_certificate",
            Self::Link => "link",
            Self::BuilderCommitment => "builder_commitment",
        }
    }
}

/// The outcome of one check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It holds.
    Ok,
    /// There is nothing to check.
    Absent,
    /// It does not hold.
    Rejected(Rejected),
}

impl Outcome {
    /// `ok`, `absent`, or the code of the rejection.
    pub fn text(&self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Absent => "absent",
            Self::Rejected(rejected) => rejected.code(),
        }
    }
}

impl From<Result<(), Rejected>> for Outcome {
    fn from(verdict: Result<(), Rejected>) -> Self {
        match verdict {
            Ok(()) => Self::Ok,
            Err(rejected) => Self::Rejected(rejected),
        }
    }
}

/// The verdict on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineVerdict {
    /// Place in the file, from 1.
    pub line: usize,
    /// What the line says of itself, where it could be decoded.
    pub block: Option<BlockName>,
    /// One outcome for each of [`Check::ALL`].
    pub outcomes: [Outcome; 9],
    /// Whether the accepted lines prove this block final.
    pub is_final: bool,
}

/// Which block a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockName {
    /// Height.
    pub height: u64,
    /// View of the leaf.
    pub view: u64,
    /// Version of the header.
    pub version: Version,
}

impl LineVerdict {
    /// Whether no check was refused.
    pub fn is_accepted(&self) -> bool {
        !self.outcomes.iter().any(|outcome| matches!(outcome, Outcome::Rejected(_)))
    }

    /// The outcome of one check.
    pub fn outcome(&self, check: Check) -> &Outcome {
        let [decode, header, leaf, vote, certificate, next_epoch, upgrade, link, builder] = &self.outcomes;
        match check {
            Check::Decode => decode,
            Check::Header => header,
            Check::Leaf => leaf,
            Check::Vote => vote,
            Check::Certificate => certificate,
            Check::NextEpochCertificate => next_epoch,
            Check::UpgradeCertificate => upgrade,
            Check::Link => link,
            Check::BuilderCommitment => builder,
        }
    }

    /// The first refusal, if any.
    pub fn rejection(&self) -> Option<&Rejected> {
        self.outcomes.iter().find_map(|outcome| match outcome {
            Outcome::Rejected(rejected) => Some(rejected),
            _ => None,
        })
    }

    /// The verdict as one JSON object: `{"line","height","view","version","checks","final"}`.
    pub fn to_json(&self) -> String {
        let checks: Vec<String> = Check::ALL
            .iter()
            .map(|check| alloc::format!(r#""{}":"{}""#, check.name(), self.outcome(*check).text()))
            .collect();
        let (height, view, version) = match &self.block {
            Some(block) => (
                alloc::format!("{}", block.height),
                alloc::format!("{}", block.view),
                alloc::format!(r#""{}""#, block.version),
            ),
            None => ("null".into(), "null".into(), "null".into()),
        };
        alloc::format!(
            r#"{{"line":{},"height":{height},"view":{view},"version":{version},"checks":{{{}}},"final":{}}}"#,
            self.line,
            checks.join(","),
            self.is_final
        )
    }
}

/// The verdict on a whole recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordingVerdict {
    /// One for each line, in the order they were given.
    pub lines: Vec<LineVerdict>,
}

impl RecordingVerdict {
    /// How many lines were rejected.
    pub fn rejected(&self) -> usize {
        self.lines.iter().filter(|line| !line.is_accepted()).count()
    }

    /// How many blocks were proven final.
    pub fn finalized(&self) -> usize {
        self.lines.iter().filter(|line| line.is_final).count()
    }

    /// The closing object: `{"blocks","rejected","final"}`.
    pub fn summary_json(&self) -> String {
        let (blocks, rejected, finalized) = (self.lines.len(), self.rejected(), self.finalized());
        alloc::format!(r#"{{"blocks":{blocks},"rejected":{rejected},"final":{finalized}}}"#)
    }
}
