//! `hotshot-verify namespace`: what a final block holds for a rollup, or that it holds nothing.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use hotshot_light_client::data::offline;
use hotshot_light_client::data::report::{NamespaceReport, PayloadReport, TransactionReport};
use hotshot_light_client::data::vid::VidParameters;
use hotshot_light_client::data::{BlockContext, NamespaceVerification, PayloadVerification};
use hotshot_light_client::encoding::json;
use hotshot_light_client::{Rejected, Rejection};
use serde::Serialize;

use crate::anchor::{Ending, Source, conclude, found, read_answer};
use crate::exit::{Failure, Verdict};
use crate::scan::ANSWER_LIMIT;
use crate::terminal::{FAINT, GOOD, Progress, WARN};

/// Units of verification between two looks at the stop flag.
const BUDGET: usize = 32;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// One namespace.
    One(u64),
    /// The whole payload.
    All,
}

/// What is shown.
#[derive(Serialize)]
#[serde(untagged)]
enum Shown {
    One(NamespaceReport),
    All(PayloadReport),
}

/// Arguments of `namespace`.
#[derive(Debug, Args)]
#[command(after_help = "\
The block is proven final first. Its header has the table of namespaces: what is not in it is absent, \
without further proof. For what is in it the commitment of the whole block's payload is recomputed from \
the namespace's bytes, with the number of shares that the stake table of the block's epoch gives. Where \
that table is not known, the number that the provider names is used, and the result says `served`: \
enough to show that the bytes are there. Proofs that a namespace was encoded wrongly, and those of \
protocols before 0.3, are refused: `namespace.unproven`.

With `all` in the place of a number the whole payload is fetched and recomputed to the header's \
commitment: what every namespace of the block holds.

Offline, --header, --block and --answer take a header, its hash, and an answer of \
`light-client/namespace/HEIGHT/NAMESPACE` or `availability/block/HEIGHT/namespace/NAMESPACE`; for `all` of \
`light-client/payload/HEIGHT` or, with --weight, `availability/payload/HEIGHT`.

With --json: {\"height\",\"block\",\"namespace\",\"present\",\"parameters\",\"length\",\"transactions\":\
[{\"position\",\"commitment\",\"payload\",\"overlaps\"}]}, the payload in base64; for `all` {\"height\",\
\"block\",\"parameters\",\"length\",\"namespaces\":[{\"namespace\",\"length\",\"transactions\"}]}, with null \
for transactions that overlap so much that they are not read.

Exit status: 0 if presence or absence is proven, 1 if what providers or files say is rejected, 2 for \
wrong usage, unusable files and providers that do not answer, 3 if the chain needs a newer program, 130 \
if interrupted.

Examples:
  hotshot-verify namespace 42161 --height 1000 --network network.json
  hotshot-verify namespace all --height 1000 --network network.json
  hotshot-verify namespace 42161 --header header.json --block BLOCK~… --answer answer.json --weight 1059")]
pub struct Arguments {
    /// The namespace, for a rollup its chain id; `all` for the whole payload
    #[arg(value_name = "NAMESPACE", value_parser = parse_asked)]
    pub namespace: Asked,
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

fn parse_asked(text: &str) -> Result<Asked, std::num::ParseIntError> {
    if text == "all" { Ok(Asked::All) } else { text.parse().map(Asked::One) }
}

fn answer(arguments: &Arguments) -> Result<Shown, Ending> {
    let asked = arguments.namespace;
    if let Some(header) = arguments.source.offline()? {
        let answer = read_answer(arguments.answer.as_deref())?;
        let block = BlockContext::new(&header?)?;
        let parameters = offline::parameters(&block, arguments.source.weight)?;
        return Ok(verify(&block, asked, answer.bytes(), parameters.as_ref())?);
    }
    let mut anchor = arguments.source.anchor(arguments.height)?;
    let block = BlockContext::new(&anchor.older(arguments.height)?.header)?;
    let parameters = anchor.tables.as_ref().and_then(|tables| VidParameters::of_block(&block, tables).ok());
    let path = match asked {
        Asked::All => format!("/v1/light-client/payload/{}", block.height()),
        // Namespaces of more than 32 bits are in no block, and providers answer nothing about them.
        Asked::One(namespace) if u32::try_from(namespace).is_err() => {
            return Err(Rejection::NamespaceAbsent.with(namespace, u64::from(u32::MAX)).into());
        }
        Asked::One(namespace) => format!("/v1/light-client/namespace/{}/{namespace}", block.height()),
    };
    let fetched = anchor.fetcher.ask(&path, ANSWER_LIMIT, |body| verify(&block, asked, body, parameters.as_ref()))?;
    found(fetched, "that block's data")
}

fn verify(
    block: &BlockContext,
    asked: Asked,
    answer: &[u8],
    parameters: Option<&VidParameters>,
) -> Result<Shown, Rejected> {
    let answer = json::parse(answer)?;
    let mut progress = Progress::new("recomputing the payload commitment, steps left:");
    match asked {
        Asked::One(namespace) => {
            let mut verification = NamespaceVerification::begin(block, namespace, &answer, parameters)?;
            while verification.remaining() > 0 {
                progress.count(verification.remaining());
                verification.step(BUDGET);
            }
            Ok(Shown::One((&verification.finish()?).into()))
        }
        Asked::All => {
            let verification = PayloadVerification::from_answer(block.clone(), &answer, parameters)?;
            Ok(Shown::All((&verification.finish()?).into()))
        }
    }
}

fn text(shown: &Shown) -> String {
    match shown {
        Shown::One(report) => namespace_text(report),
        Shown::All(report) => payload_text(report),
    }
}

fn payload_text(report: &PayloadReport) -> String {
    let PayloadReport { height, block, length, namespaces, .. } = report;
    let mut text = format!(
        "{GOOD}proven{GOOD:#} block {height}, whole payload: {} namespaces in {length} bytes {FAINT}{block}{FAINT:#}",
        namespaces.len()
    );
    for entry in namespaces {
        let _ = write!(text, "\nnamespace {:>10} {:>9} bytes", entry.namespace, entry.length);
        match &entry.transactions {
            Some(transactions) => add_transactions(&mut text, transactions),
            None => text.push_str(", whose transactions overlap so much that they are not read"),
        }
    }
    add_source(&mut text, report.parameters);
    text
}

fn add_transactions(text: &mut String, transactions: &[TransactionReport]) {
    for transaction in transactions {
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
}

fn add_source(text: &mut String, parameters: &str) {
    if parameters == "served" {
        let _ = write!(text, "\n{WARN}served{WARN:#} the number of shares is the provider's word: enough for presence");
    }
}

fn namespace_text(report: &NamespaceReport) -> String {
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
    add_transactions(&mut text, &report.transactions);
    add_source(&mut text, report.parameters.unwrap_or_default());
    text
}
