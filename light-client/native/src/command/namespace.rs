//! `hotshot-verify namespace`: what a final block holds for a rollup, or that it holds nothing.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use hotshot_light_client::data::offline;
use hotshot_light_client::data::report::NamespaceReport;
use hotshot_light_client::data::vid::VidParameters;
use hotshot_light_client::data::{BlockContext, NamespaceVerification};
use hotshot_light_client::encoding::json;
use hotshot_light_client::{Rejected, Rejection};

use crate::anchor::{Ending, Source, conclude, found, read_answer};
use crate::exit::{Failure, Verdict};
use crate::scan::ANSWER_LIMIT;
use crate::terminal::{FAINT, GOOD, Progress, WARN};

/// Units of verification between two looks at the stop flag.
const BUDGET: usize = 32;

/// Arguments of `namespace`.
#[derive(Debug, Args)]
#[command(after_help = "\
The block is proven final first. Its header has the table of namespaces: what is not in it is absent, \
without further proof. For what is in it the commitment of the whole block's payload is recomputed from \
the namespace's bytes, with the number of shares that the stake table of the block's epoch gives. Where \
that table is not known, the number that the provider names is used, and the result says `served`: \
enough to show that the bytes are there. Proofs that a namespace was encoded wrongly, and those of \
protocols before 0.3, are refused: `namespace.unproven`.

Offline, --header, --block and --answer take a header, its hash, and an answer of \
`light-client/namespace/HEIGHT/NAMESPACE` or `availability/block/HEIGHT/namespace/NAMESPACE`.

With --json: {\"height\",\"block\",\"namespace\",\"present\",\"parameters\",\"length\",\"transactions\":\
[{\"position\",\"commitment\",\"payload\",\"overlaps\"}]}, the payload in base64.

Exit status: 0 if presence or absence is proven, 1 if what providers or files say is rejected, 2 for \
wrong usage, unusable files and providers that do not answer, 3 if the chain needs a newer program, 130 \
if interrupted.

Examples:
  hotshot-verify namespace 42161 --height 1000 --network network.json
  hotshot-verify namespace 42161 --header header.json --block BLOCK~… --answer answer.json --weight 1059")]
pub struct Arguments {
    /// The namespace: for a rollup its chain id
    #[arg(value_name = "NAMESPACE")]
    pub namespace: u64,
    /// The height; by default that of the newest final block
    #[arg(long, value_name = "HEIGHT", conflicts_with = "header")]
    pub height: Option<u64>,
    /// With --header: the answer to verify
    #[arg(long, value_name = "FILE", requires = "header")]
    pub answer: Option<PathBuf>,
    /// Where the header comes from
    #[command(flatten)]
    pub source: Source,
}

/// Shows a namespace.
///
/// # Errors
/// Wrong usage, unusable files, providers that do not answer.
pub fn run(arguments: &Arguments) -> Result<Verdict, Failure> {
    conclude(answer(arguments), arguments.source.json, text)
}

fn answer(arguments: &Arguments) -> Result<NamespaceReport, Ending> {
    let namespace = arguments.namespace;
    if let Some(header) = arguments.source.offline()? {
        let answer = read_answer(arguments.answer.as_deref())?;
        let block = BlockContext::new(&header?)?;
        let parameters = offline::parameters(&block, arguments.source.weight)?;
        return Ok(verify(&block, namespace, answer.bytes(), parameters.as_ref())?);
    }
    let mut anchor = arguments.source.anchor(arguments.height)?;
    let block = BlockContext::new(&anchor.older(arguments.height)?.header)?;
    let parameters = anchor.tables.as_ref().and_then(|tables| VidParameters::of_block(&block, tables).ok());
    // Namespaces of more than 32 bits are in no block, and providers answer nothing about them.
    if u32::try_from(namespace).is_err() {
        return Err(Rejection::NamespaceAbsent.with(namespace, u64::from(u32::MAX)).into());
    }
    let path = format!("/v1/light-client/namespace/{}/{namespace}", block.height());
    let asked = anchor.fetcher.ask(&path, ANSWER_LIMIT, |body| verify(&block, namespace, body, parameters.as_ref()))?;
    found(asked, "that namespace's proof")
}

fn verify(
    block: &BlockContext,
    namespace: u64,
    answer: &[u8],
    parameters: Option<&VidParameters>,
) -> Result<NamespaceReport, Rejected> {
    let mut verification = NamespaceVerification::begin(block, namespace, &json::parse(answer)?, parameters)?;
    let mut progress = Progress::new("recomputing the payload commitment, steps left:");
    while verification.remaining() > 0 {
        progress.count(verification.remaining());
        verification.step(BUDGET);
    }
    Ok((&verification.finish()?).into())
}

fn text(report: &NamespaceReport) -> String {
    let NamespaceReport { height, block, namespace, length, .. } = report;
    if !report.present {
        return format!(
            "{GOOD}absent{GOOD:#} block {height} has nothing for namespace {namespace} {FAINT}{block}{FAINT:#}"
        );
    }
    let count = report.transactions.len();
    let plural = if count == 1 { "" } else { "s" };
    let mut text = format!(
        "{GOOD}proven{GOOD:#} block {height}, namespace {namespace}: {count} transaction{plural} in {length} bytes \
         {FAINT}{block}{FAINT:#}"
    );
    for transaction in &report.transactions {
        let bytes = transaction.payload.len() / 4 * 3;
        let _ = write!(
            text,
            "\n{:>6} {} {FAINT}about {bytes} bytes{FAINT:#}",
            transaction.position, transaction.commitment
        );
        if transaction.overlaps {
            let _ = write!(text, " {WARN}shares bytes with an earlier one{WARN:#}");
        }
    }
    if report.parameters == Some("served") {
        let _ = write!(text, "\n{WARN}served{WARN:#} the number of shares is the provider's word: enough for presence");
    }
    text
}
