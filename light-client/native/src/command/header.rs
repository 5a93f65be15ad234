//! `hotshot-verify header`: a final header, and what namespaces its block has.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use hotshot_light_client::data::report::HeaderReport;
use hotshot_light_client::data::verify_header;
use hotshot_light_client::encoding::json;

use crate::anchor::{Ending, Source, conclude, read};
use crate::exit::{Failure, Verdict};
use crate::terminal::{FAINT, GOOD};

/// Arguments of `header`.
#[derive(Debug, Args)]
#[command(after_help = "\
The header is proven final by the certificates on it and the stake table of its epoch. Where that table \
is not known, a newer block is proven instead, and the header by its path in that block's tree of all \
earlier blocks.

Offline, --header and --block give a header and its hash, which is then your word; with --proof and \
HEIGHT an older header is proven under it from an answer of `light-client/header/ROOT/HEIGHT`.

With --json: {\"height\",\"block\",\"version\",\"timestamp\",\"l1Finalized\",\"payloadCommitment\",\
\"namespaces\":[{\"namespace\",\"length\"}]}, or {\"rejection\",\"message\"}.

Exit status: 0 if the header is final, 1 if what providers or files say is rejected, 2 for wrong usage, \
unusable files and providers that do not answer, 3 if the chain needs a newer program, 130 if interrupted.

Examples:
  hotshot-verify header --network network.json
  hotshot-verify header 1000 --provider http://localhost:24000 --network network.json --json
  hotshot-verify header --header header.json --block BLOCK~… 
  hotshot-verify header 7 --header root.json --block BLOCK~… --proof answer.json")]
pub struct Arguments {
    /// The height; by default that of the newest final block
    #[arg(value_name = "HEIGHT")]
    pub height: Option<u64>,
    /// With --header: the proof that an older header is under it
    #[arg(long, value_name = "FILE", requires = "header", requires = "height")]
    pub proof: Option<PathBuf>,
    /// Where the header comes from
    #[command(flatten)]
    pub source: Source,
}

/// Shows a final header.
///
/// # Errors
/// Wrong usage, unusable files, providers that do not answer.
pub fn run(arguments: &Arguments) -> Result<Verdict, Failure> {
    conclude(answer(arguments), arguments.source.json, text)
}

fn answer(arguments: &Arguments) -> Result<HeaderReport, Ending> {
    if let Some(root) = arguments.source.offline()? {
        let proof = arguments.proof.as_deref().map(read).transpose()?;
        let root = root?;
        let header = match (&proof, arguments.height) {
            (Some(proof), Some(height)) => verify_header(&json::parse(proof.bytes())?, &root, height)?,
            _ => root,
        };
        return Ok(HeaderReport::of(&header)?);
    }
    let block = arguments.source.anchor(arguments.height)?.older(arguments.height)?;
    Ok(HeaderReport::of(&block.header)?)
}

fn text(report: &HeaderReport) -> String {
    let HeaderReport { height, block, version, timestamp, payload_commitment, .. } = report;
    let mut text = format!(
        "{GOOD}final{GOOD:#} {height} {version} {block}\n{FAINT}made at {timestamp} (Unix time), payload \
         {payload_commitment}{FAINT:#}"
    );
    for entry in &report.namespaces {
        let _ = write!(text, "\nnamespace {:>10} {:>9} bytes", entry.namespace, entry.length);
    }
    if report.namespaces.is_empty() {
        text.push_str("\nno namespaces");
    }
    text
}
