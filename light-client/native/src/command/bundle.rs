//! `hotshot-verify bundle`: transactions of several rollups, all in one final block.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use hotshot_light_client::rollup::bundle::Leg;
use hotshot_light_client::rollup::report::{BundleConfirmationReport, BundleReport};
use hotshot_light_client::rollup::{BundleScan, offline};

use crate::anchor::{Ending, Source, conclude, print, read};
use crate::exit::{Failure, Verdict};
use crate::input::JsonFile;
use crate::scan;
use crate::terminal::{self, BAD, FAINT, GOOD, WARN};

/// Arguments of `bundle`.
#[derive(Debug, Args)]
#[command(after_help = "\
FILE is {\"legs\": [LEG, …]}, each LEG one of {\"rollup\": configuration, \"transaction\": \"0x…\"} (an L2 \
transaction, in a message that an authority of the rollup signed; for the configuration see \
`hotshot-verify transaction --help`), {\"namespace\", \"commitment\": \"TX~…\"} and {\"namespace\", \
\"bytes\": base64}.

What is proven: all legs are in one final block, so they became final together and in one order. What is \
not: that a leg is executed. It may revert on its rollup, or lose its position to an earlier message; \
`hotshot-verify transaction` tells about that.

Offline, --header and --block give the block, and FILE has the answers beside the legs: \"answers\": \
[{\"namespace\", \"answer\": answer of light-client/namespace/HEIGHT/NAMESPACE}, …].

With --json: {\"answer\": \"yes\", \"no\" or \"unknown\", \"bundle\": {\"height\",\"block\",\"identifier\",\
\"legs\":[{\"namespace\",\"transaction\",\"message\",\"commitment\",\"position\"}]},\"asked\",\"verified\",\
\"parameters\"}; offline the bundle alone.

Exit status: 0 if the bundle is in one final block, 1 if not or if what providers or files say is \
rejected, 2 for wrong usage, unusable files and providers that do not answer, 3 if the chain needs a \
newer program, 130 if interrupted.

Examples:
  hotshot-verify bundle trade.json --network network.json --from 900 --hint 950
  hotshot-verify bundle trade-with-answers.json --header header.json --block BLOCK~… --weight 1059")]
pub struct Arguments {
    /// The legs
    #[arg(value_name = "FILE")]
    pub legs: PathBuf,
    /// The lowest height; by default 100 below the highest
    #[arg(long, value_name = "HEIGHT", conflicts_with = "header")]
    pub from: Option<u64>,
    /// The highest height; by default that of the newest final block
    #[arg(long, value_name = "HEIGHT", conflicts_with = "header")]
    pub to: Option<u64>,
    /// A height to try first: somebody's guess
    #[arg(long, value_name = "HEIGHT", conflicts_with = "header")]
    pub hint: Option<u64>,
    /// Where final headers come from
    #[command(flatten)]
    pub source: Source,
}

/// Looks for a bundle.
///
/// # Errors
/// Wrong usage, unusable files, providers that do not answer.
pub fn run(arguments: &Arguments) -> Result<Verdict, Failure> {
    let as_json = arguments.source.json;
    if let (Some(path), Some(block)) = (&arguments.source.header, &arguments.source.block) {
        let (header, legs) = (read(path)?, read(&arguments.legs)?);
        let report = offline::bundle(header.bytes(), block, legs.bytes(), arguments.source.weight);
        return conclude(report.map_err(Ending::from), as_json, bundle_text);
    }
    let file = JsonFile::read(&arguments.legs)?;
    let legs = file.json()?.get("legs").and_then(Leg::list_from_json).map_err(|rejected| file.content(rejected))?;
    let mut anchor = match arguments.source.anchor(arguments.to) {
        Ok(anchor) => anchor,
        Err(ending) => return ending.verdict(as_json),
    };
    let Some(leaf) = anchor.block.leaf else { return Ok(Verdict::Interrupted) };
    let tip = anchor.block.header.clone();
    let to = arguments.to.unwrap_or(tip.height);
    let from = arguments.from.unwrap_or(to.saturating_sub(100)).min(to);
    let scan = BundleScan::new(legs, from..=to, (tip, leaf), arguments.hint);
    let mut scan = scan.map_err(|rejected| Failure::Usage(rejected.to_string()))?;
    match scan::run(&mut scan, &mut anchor.fetcher, anchor.tables.as_ref()) {
        Ok(()) => {}
        Err(Ending::Stopped) => terminal::note("interrupted: this is what is shown so far"),
        Err(ending) => return ending.verdict(as_json),
    }
    let report = BundleConfirmationReport::from(&scan);
    print(&report, as_json, &text(&report))?;
    Ok(match (report.answer, anchor.fetcher.stop().is_raised()) {
        ("yes", _) => Verdict::Accepted,
        (_, true) => Verdict::Interrupted,
        _ => Verdict::Rejected,
    })
}

fn text(report: &BundleConfirmationReport) -> String {
    let verified = report.verified.as_ref().map_or_else(
        || "no range was verified".into(),
        |range| format!("verified without gaps: blocks {} to {}", range.from, range.to),
    );
    let found = match (&report.bundle, report.answer) {
        (Some(bundle), _) => bundle_text(bundle),
        (None, "no") => format!("{BAD}no{BAD:#}      no block of the range has every leg"),
        (None, _) => format!("{WARN}unknown{WARN:#} not found so far"),
    };
    let mut text = format!("{found}\n{FAINT}{verified}{FAINT:#}");
    if report.parameters == "served" {
        let _ = write!(text, "\n{WARN}served{WARN:#} a number of shares is the provider's word: enough for presence");
    }
    text
}

fn bundle_text(bundle: &BundleReport) -> String {
    let BundleReport { height, block, identifier, legs } = bundle;
    let mut text = format!(
        "{GOOD}yes{GOOD:#}     {} legs are in block {height} together {FAINT}{block}, bundle {identifier}{FAINT:#}",
        legs.len()
    );
    for leg in legs {
        let position = leg.position.map(|position| format!(", position {position}")).unwrap_or_default();
        let _ = write!(
            text,
            "\n        namespace {}, transaction {}, message {}{position} {FAINT}{}{FAINT:#}",
            leg.namespace, leg.transaction, leg.message, leg.commitment
        );
    }
    text
}
