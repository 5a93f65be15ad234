//! `hotshot-verify transaction`: the wallet's question.

use std::fmt::Write as _;
use std::path::PathBuf;

use anstyle::Style;
use clap::Args;
use hotshot_light_client::encoding::bytes::from_hex;
use hotshot_light_client::rollup::report::ConfirmationReport;
use hotshot_light_client::rollup::{RollupConfig, Scan};

use crate::anchor::{Ending, Source, print};
use crate::exit::{Failure, Verdict};
use crate::input::JsonFile;
use crate::scan;
use crate::terminal::{self, BAD, FAINT, GOOD, WARN};

/// Arguments of `transaction`.
#[derive(Debug, Args)]
#[command(after_help = "\
Two facts are told apart. First: a message that an authority of the rollup signed and that holds the \
transaction is in a final block, at this place. Second: that message is the one which the rollup takes \
at its position; an earlier message there would win. Each is `yes`, `no` or `unknown`, and `no` is only \
said of a range whose every height was verified. Neither says that the transaction succeeds when it is \
executed.

The rollup file is your word about the rollup, because HotShot knows nothing of it: {\"namespace\": chain \
id, \"format\": \"nitro\" or \"op-stack\", \"authority\": [{\"signer\": \"0x…\", \"from\": L1 block, \
\"until\": L1 block or null}], \"firstHeight\": the first height that the rollup reads, \"anchor\": \
{\"number\", \"hash\"} of an L2 block (OP Stack)}.

The scan goes from --to down to --from, linked leaf by leaf, in batches that the provider allows. A \
--hint is tried first and not believed. It ends early once both answers are yes.

With --json: {\"inHotShot\",\"place\":{\"height\",\"namespace\",\"transaction\",\"message\"},\"canonical\",\
\"position\",\"asked\":{\"from\",\"to\"},\"verified\",\"parameters\",\"refusedTransactions\"}.

Exit status: 0 if both answers are yes, 1 if one is no or unknown or if what providers say is rejected, \
2 for wrong usage, unusable files and providers that do not answer, 3 if the chain needs a newer \
program, 130 if interrupted.

Examples:
  hotshot-verify transaction 0x… --rollup rollup.json --network network.json
  hotshot-verify transaction 0x… --rollup rollup.json --network network.json --from 900 --to 1000 --hint 950")]
pub struct Arguments {
    /// The hash of the L2 transaction, 0x and 64 digits
    #[arg(value_name = "HASH", value_parser = parse_hash)]
    pub transaction: [u8; 32],
    /// The rollup's configuration
    #[arg(long, value_name = "FILE")]
    pub rollup: PathBuf,
    /// The lowest height; by default the first that the rollup reads
    #[arg(long, value_name = "HEIGHT")]
    pub from: Option<u64>,
    /// The highest height; by default that of the newest final block
    #[arg(long, value_name = "HEIGHT")]
    pub to: Option<u64>,
    /// A height to try first: somebody's guess
    #[arg(long, value_name = "HEIGHT")]
    pub hint: Option<u64>,
    /// Where final headers come from
    #[command(flatten)]
    pub source: Source,
}

fn parse_hash(text: &str) -> Result<[u8; 32], String> {
    from_hex(text).map_err(|rejected| rejected.to_string())
}

/// Answers the wallet's question.
///
/// # Errors
/// Wrong usage, unusable files, providers that do not answer.
pub fn run(arguments: &Arguments) -> Result<Verdict, Failure> {
    if arguments.source.header.is_some() {
        return Err(Failure::Usage("a scan needs providers: see `hotshot-verify bundle --help` for one block".into()));
    }
    let as_json = arguments.source.json;
    let file = JsonFile::read(&arguments.rollup)?;
    let config = RollupConfig::from_json(&file.json()?).map_err(|rejected| file.content(rejected))?;
    let mut anchor = match arguments.source.anchor(arguments.to) {
        Ok(anchor) => anchor,
        Err(ending) => return ending.verdict(as_json),
    };
    let Some(leaf) = anchor.block.leaf else { return Ok(Verdict::Interrupted) };
    let tip = anchor.block.header.clone();
    let to = arguments.to.unwrap_or(tip.height);
    let from = arguments.from.unwrap_or(config.first_height).min(to);
    let scan = Scan::new(config, arguments.transaction, from..=to, (tip, leaf), arguments.hint);
    let mut scan = scan.map_err(|rejected| Failure::Usage(rejected.to_string()))?;
    match scan::run(&mut scan, &mut anchor.fetcher, anchor.tables.as_ref()) {
        Ok(()) => {}
        Err(Ending::Stopped) => terminal::note("interrupted: this is what is shown so far"),
        Err(ending) => return ending.verdict(as_json),
    }
    let report = ConfirmationReport::from(&scan);
    print(&report, as_json, &text(&report))?;
    let both = report.in_hot_shot == "yes" && report.canonical == "yes";
    Ok(match (both, anchor.fetcher.stop().is_raised()) {
        (true, _) => Verdict::Accepted,
        (false, true) => Verdict::Interrupted,
        (false, false) => Verdict::Rejected,
    })
}

fn style(answer: &str) -> Style {
    match answer {
        "yes" => GOOD,
        "no" => BAD,
        _ => WARN,
    }
}

fn text(report: &ConfirmationReport) -> String {
    let line = |answer: &str, what: &str| {
        let style = style(answer);
        format!("{style}{answer:<7}{style:#} {what}")
    };
    let mut text = line(report.in_hot_shot, "it is in a final block, signed by the rollup's authority");
    if let Some(place) = &report.place {
        let _ = write!(
            text,
            "\n        {FAINT}block {}, namespace {}, transaction {}, message {}{FAINT:#}",
            place.height, place.namespace, place.transaction, place.message
        );
    }
    let _ = write!(text, "\n{}", line(report.canonical, "its message is the one that the rollup takes"));
    if let Some(position) = report.position {
        let _ = write!(text, "\n        {FAINT}at position {position} of the rollup{FAINT:#}");
    }
    match &report.verified {
        Some(range) => {
            let _ = write!(text, "\n{FAINT}verified without gaps: blocks {} to {}{FAINT:#}", range.from, range.to);
        }
        None => text.push_str("\nno range was verified: the hint alone"),
    }
    if report.parameters == "served" {
        let _ = write!(text, "\n{WARN}served{WARN:#} a number of shares is the provider's word: enough for presence");
    }
    text
}
