//! `hotshot-verify recording`: a verdict on every block of a recorded stretch of a chain.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use hotshot_light_client::Rejection;
use hotshot_light_client::consensus::epoch::Epochs;
use hotshot_light_client::consensus::recording::{Check, LineVerdict, Outcome, Recording, RecordingVerdict};
use hotshot_light_client::consensus::tables::EpochTables;
use hotshot_light_client::encoding::json::Json;
use hotshot_light_client::stake_table::table::StakeTable;

use crate::exit::{Failure, Verdict};
use crate::input::{JsonFile, JsonLines};
use crate::terminal::{BAD, FAINT, GOOD, PLAIN, Progress, WARN};

/// Arguments of `recording`.
#[derive(Debug, Args)]
#[command(after_help = "\
DIR holds two files. `blocks.jsonl` has one block a line, as the query service serves its parts: \
{\"leaf\":{\"leaf\":…,\"qc\":…},\"payload\":…,\"hash\":…}, with an optional \"cert2\" beside \"leaf\" for blocks \
of protocol 0.6. `stake_table.json` has the static stake table in signer order and the epoch height: \
{\"epoch_height\":…,\"known_nodes_with_stake\":[…]}. The stake tables are what you trust; everything \
in `blocks.jsonl` is checked.

Of every block are checked: decode, header (its commitment is the hash), leaf (its commitment is what \
the certificate signs), vote, certificate (signature and weight), next_epoch_certificate, \
upgrade_certificate, link (parent and justification, against the line before if that is the block \
below), builder_commitment (of the payload). A rejected block never spoils the others, and proves \
nothing about them.

Exit status: 0 if no block was rejected, 1 if one was, 2 for wrong usage, unreadable files and broken JSON.

Examples:
  hotshot-verify recording vectors/v3
  hotshot-verify recording vectors/v4 --stake-table 3=vectors/v4/stake_table_epoch3.json
  hotshot-verify recording vectors/v3 --json | jq 'select(.final == false)'")]
pub struct Arguments {
    /// Folder with `blocks.jsonl` and `stake_table.json`
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Stake table that holds from an epoch on, in place of the static one: the form of
    /// `stake_table.json`, or `{"validators":[…]}`. May be given several times
    #[arg(long = "stake-table", value_name = "EPOCH=FILE", value_parser = parse_table_argument)]
    pub stake_tables: Vec<(u64, PathBuf)>,
    /// Print one JSON object a block, and one to close with
    #[arg(long)]
    pub json: bool,
}

fn parse_table_argument(text: &str) -> Result<(u64, PathBuf), String> {
    let (epoch, file) = text.split_once('=').ok_or("EPOCH=FILE is needed, for example 3=table.json")?;
    let epoch = epoch.parse().map_err(|error| format!("epoch {epoch:?}: {error}"))?;
    if file.is_empty() {
        return Err("the name of the file is missing".into());
    }
    Ok((epoch, file.into()))
}

/// Judges a recording and prints the verdicts.
///
/// # Errors
/// Files that cannot be read, broken JSON, stake tables that cannot be admitted.
pub fn run(arguments: &Arguments) -> Result<Verdict, Failure> {
    let tables = read_tables(&arguments.folder.join("stake_table.json"), &arguments.stake_tables)?;
    let verdict = judge(&arguments.folder.join("blocks.jsonl"), &tables)?;
    if arguments.json {
        print_json(&verdict)?;
    } else {
        print_text(&verdict)?;
    }
    Ok(if verdict.rejected() == 0 { Verdict::Accepted } else { Verdict::Rejected })
}

fn read_tables(initial: &Path, later: &[(u64, PathBuf)]) -> Result<EpochTables, Failure> {
    let file = JsonFile::read(initial)?;
    let json = file.json()?;
    let epochs = read_epochs(&json).map_err(|rejected| file.content(rejected))?;
    let table = StakeTable::from_json(&json).map_err(|rejected| file.content(rejected))?;
    let mut tables = EpochTables::new(epochs, Arc::new(table), u64::MAX);
    let mut seen: BTreeMap<u64, &Path> = BTreeMap::new();
    for (epoch, path) in later {
        if let Some(other) = seen.insert(*epoch, path) {
            let (other, path) = (other.display(), path.display());
            return Err(Failure::Usage(format!("--stake-table: epoch {epoch} has two tables, {other} and {path}")));
        }
        let file = JsonFile::read(path)?;
        let table = StakeTable::from_json(&file.json()?).map_err(|rejected| file.content(rejected))?;
        tables.insert_from(*epoch, Arc::new(table));
    }
    Ok(tables)
}

/// No epochs if the height is 0, null or missing.
fn read_epochs(json: &Json<'_>) -> Result<Option<Epochs>, hotshot_light_client::Rejected> {
    // A bare list of validators has no place for an epoch height.
    let height = match json {
        Json::Object(_) => json.find("epoch_height")?.and_then(Json::non_null).map_or(Ok(0), Json::u64)?,
        _ => 0,
    };
    match Epochs::new(height) {
        None if height > 0 => Err(Rejection::EpochHeight.with(height, "0, or at least 6")),
        epochs => Ok(epochs),
    }
}

fn judge(blocks: &Path, tables: &EpochTables) -> Result<RecordingVerdict, Failure> {
    let mut lines = JsonLines::open(blocks)?;
    let mut recording = Recording::new(tables);
    let mut progress = Progress::new("reading block");
    while let Some(line) = lines.next_line()? {
        recording.push(line).map_err(|rejected| Failure::content(blocks, rejected))?;
        progress.count(recording.len());
    }
    progress.say(&format!("checking the signatures of {} blocks", recording.len()));
    // The batch of a recording needs no entropy: its weights are bound to every member.
    Ok(recording.finish(&[]))
}

fn print_json(verdict: &RecordingVerdict) -> Result<(), Failure> {
    let mut output = std::io::BufWriter::new(std::io::stdout().lock());
    for line in &verdict.lines {
        writeln!(output, "{}", line.to_json())?;
    }
    writeln!(output, "{}", verdict.summary_json())?;
    output.flush()?;
    Ok(())
}

fn print_text(verdict: &RecordingVerdict) -> Result<(), Failure> {
    let mut output = anstream::AutoStream::auto(std::io::stdout());
    writeln!(output, "{FAINT}  line     height       view  version  verdict{FAINT:#}")?;
    for line in &verdict.lines {
        writeln!(output, "{}", describe(line))?;
    }
    let (blocks, rejected, finalized) = (verdict.lines.len(), verdict.rejected(), verdict.finalized());
    let style = if rejected == 0 { GOOD } else { BAD };
    writeln!(output, "{style}{blocks} blocks, {rejected} rejected, {finalized} proven final{style:#}")?;
    output.flush()?;
    Ok(())
}

/// One line for people: the block, the verdict, and every reason.
fn describe(line: &LineVerdict) -> String {
    let block = match &line.block {
        Some(block) => format!("{:>10} {:>10} {:>8}", block.height, block.view, block.version.to_string()),
        None => format!("{:>10} {:>10} {:>8}", "?", "?", "?"),
    };
    let reasons: Vec<String> = Check::ALL
        .iter()
        .filter_map(|check| match line.outcome(*check) {
            Outcome::Rejected(rejected) => Some(format!("{}: {rejected}", check.name())),
            _ => None,
        })
        .collect();
    let (style, word, explanation) = match (line.is_accepted(), line.is_final) {
        (false, _) => (BAD, "rejected", reasons.join("; ")),
        (true, true) => (GOOD, "final", String::new()),
        (true, false) => (WARN, "accepted", "not proven final by these blocks".into()),
    };
    let text = format!("{PLAIN}{:>6} {block}  {style}{word}{style:#}  {explanation}", line.line);
    text.trim_end().into()
}
