//! `hotshot-verify certificates`: a verdict on every state certificate of a file.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use hotshot_light_client::consensus::epoch::Epochs;
use hotshot_light_client::consensus::version::Version;
use hotshot_light_client::encoding::json::{self, Json};
use hotshot_light_client::stake_table::table::StakeTable;
use hotshot_light_client::transition::kind::Kind;
use hotshot_light_client::transition::recorded_certificates::{CertificateResult, Chain, Schedule, verify_items};
use hotshot_light_client::transition::voting_table::{DEFAULT_CAPACITY, VotingTable};

use crate::exit::{Failure, Verdict};
use crate::input::{JsonFile, JsonLines};
use crate::terminal::{BAD, FAINT, GOOD, PLAIN};

/// Arguments of `certificates`.
#[derive(Debug, Args)]
#[command(after_help = "\
FILE holds state certificates as a query service serves them under availability/state-cert-v2: an array \
of [epoch, certificate] pairs, an array of certificates, or one certificate. The stake tables are what \
you trust. A file without EPOCH holds from the epoch that it names (\"epoch\"), else from the first one on, \
until another table follows. Certified is not final: validators sign the root of an epoch before it is \
decided.

Of every certificate are checked: decode, certificate (label and signed height name the root of one epoch, \
view and height are above those of the certificate before, signers are distinct members with more than two \
thirds of the stake, both signatures of each), next_table (the table given from the next epoch on, if any, \
has the signed commitments). A rejected certificate proves nothing about the others.

What has to be signed depends on the protocol version, which no certificate tells: 0.3 signs the next \
table's commitments (LCV2), 0.4 and later a digest that covers the auth root too (LCV3). Without \
--protocol-version the versions are those of the headers in the `blocks.jsonl` beside FILE, or else beside \
a stake table. Where there is none, LCV3 is asked for: no validator of 0.3 signs it. LCV2 alone is refused then \
(`state.version`), because every certificate of 0.4 carries it too, and stripped to it says nothing of the auth \
root: say --protocol-version 0.3.

Exit status: 0 if no certificate was rejected, 1 if one was, 2 for wrong usage, unreadable files and broken JSON.

Examples:
  hotshot-verify certificates vectors/v3/state-certs.json --stake-table vectors/v3/stake_table.json
  hotshot-verify certificates vectors/v4/state-certs.json --stake-table vectors/v4/stake_table.json \\
    --stake-table 3=vectors/v4/stake_table_epoch3.json --json")]
pub struct Arguments {
    /// State certificates
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Stake table, or one that holds from an epoch on: the form of `stake_table.json`, or
    /// `{"validators":[…]}`. May be given several times
    #[arg(long = "stake-table", value_name = "[EPOCH=]FILE", required = true, value_parser = parse_table_argument)]
    pub stake_tables: Vec<(Option<u64>, PathBuf)>,
    /// Protocol version of the certificates, or of those from an epoch on
    #[arg(long = "protocol-version", value_name = "[EPOCH=]MAJOR.MINOR", value_parser = parse_version_argument)]
    pub versions: Vec<(u64, Version)>,
    /// Blocks of an epoch, if no stake table file has `epoch_height`
    #[arg(long, value_name = "BLOCKS")]
    pub epoch_height: Option<u64>,
    /// Rows that the commitments of tables cover, if no stake table file has `stake_table_capacity`
    #[arg(long, value_name = "ROWS")]
    pub capacity: Option<usize>,
    /// Print one JSON object a certificate, and one to close with
    #[arg(long)]
    pub json: bool,
}

fn split_epoch(text: &str) -> Result<(Option<u64>, &str), String> {
    match text.split_once('=') {
        Some((epoch, rest)) => Ok((Some(epoch.parse().map_err(|error| format!("epoch {epoch:?}: {error}"))?), rest)),
        None => Ok((None, text)),
    }
}

fn parse_table_argument(text: &str) -> Result<(Option<u64>, PathBuf), String> {
    let (epoch, file) = split_epoch(text)?;
    if file.is_empty() { Err("the name of the file is missing".into()) } else { Ok((epoch, file.into())) }
}

fn parse_version_argument(text: &str) -> Result<(u64, Version), String> {
    let (epoch, version) = split_epoch(text)?;
    let parts = version.split_once('.').and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?)));
    let (major, minor) = parts.ok_or_else(|| format!("{version:?} is no version such as 0.4"))?;
    Ok((epoch.unwrap_or(0), Version { major, minor }))
}

/// Judges certificates and prints the verdicts.
///
/// # Errors
/// Files that cannot be read, broken JSON, stake tables that cannot be admitted.
pub fn run(arguments: &Arguments) -> Result<Verdict, Failure> {
    let (epochs, tables) = read_tables(arguments)?;
    let file = JsonFile::read(&arguments.file)?;
    let items = file.items()?;
    let versions = known_versions(arguments, epochs)?;
    let kinds = versions.into_iter().map(|(epoch, version)| (epoch, Kind::of_version(version))).collect();
    let chain = Chain { epochs, tables, kinds: Schedule::new(kinds) };
    let results = verify_items(items.iter().map(|item| item.as_ref().map_err(Clone::clone)), &chain);
    let rejected = results.iter().filter(|result| !result.is_accepted()).count();
    if arguments.json {
        print_json(&results, rejected)?
    } else {
        print_text(&results, rejected)?
    }
    Ok(if rejected == 0 { Verdict::Accepted } else { Verdict::Rejected })
}

fn read_tables(arguments: &Arguments) -> Result<(Epochs, Schedule<VotingTable>), Failure> {
    let files: Vec<_> =
        arguments.stake_tables.iter().map(|(_, path)| JsonFile::read(path)).collect::<Result<_, _>>()?;
    let parsed: Vec<_> = files.iter().map(JsonFile::json).collect::<Result<_, _>>()?;
    let number = |key: &str| parsed.iter().find_map(|json| named_number(json, key));
    let height = arguments.epoch_height.or_else(|| number("epoch_height"));
    let height = height.ok_or_else(|| {
        Failure::Usage("--epoch-height is needed: no stake table file says how many blocks an epoch has".into())
    })?;
    let epochs = Epochs::new(height)
        .ok_or_else(|| Failure::Usage(format!("an epoch of {height} blocks: epochs have at least 6")))?;
    let capacity = number("stake_table_capacity").and_then(|rows| usize::try_from(rows).ok());
    let capacity = arguments.capacity.or(capacity).unwrap_or(DEFAULT_CAPACITY);
    let mut tables = Vec::new();
    let mut seen: BTreeMap<u64, &Path> = BTreeMap::new();
    for (((epoch, path), file), json) in arguments.stake_tables.iter().zip(&files).zip(&parsed) {
        let epoch = epoch.or_else(|| named_number(json, "epoch")).unwrap_or(0);
        if let Some(other) = seen.insert(epoch, path) {
            let (other, path) = (other.display(), path.display());
            let what = if epoch == 0 { "the first epoch".into() } else { format!("epoch {epoch}") };
            return Err(Failure::Usage(format!("--stake-table: {what} has two tables, {other} and {path}")));
        }
        let table = StakeTable::from_json(json).and_then(|table| VotingTable::admit(&table, capacity));
        tables.push((epoch, table.map_err(|rejected| file.content(rejected))?));
    }
    Ok((epochs, Schedule::new(tables)))
}

/// A number of an object; a bare list of validators has none.
fn named_number(json: &Json<'_>, key: &str) -> Option<u64> {
    json.find(key).ok().flatten()?.u64().ok()
}

/// The versions of the command line, else those of the first recording that stands beside a file.
fn known_versions(arguments: &Arguments, epochs: Epochs) -> Result<Vec<(u64, Version)>, Failure> {
    if !arguments.versions.is_empty() {
        return Ok(arguments.versions.clone());
    }
    let files = std::iter::once(&arguments.file).chain(arguments.stake_tables.iter().map(|(_, path)| path));
    for file in files {
        let blocks = file.with_file_name("blocks.jsonl");
        if blocks.is_file() {
            let versions = recorded_versions(&blocks, epochs)?;
            if !versions.is_empty() {
                return Ok(versions);
            }
        }
    }
    Ok(Vec::new())
}

/// The versions of recorded headers, by the first epoch whose root has them.
///
/// Between a last block of one version and a first of the next the older one counts; only versions
/// without epochs have no certificates, so the certificates after their last block are of the next.
fn recorded_versions(blocks: &Path, epochs: Epochs) -> Result<Vec<(u64, Version)>, Failure> {
    let mut found: Vec<(u64, Version)> = Vec::new();
    let mut last_height = 0;
    let mut lines = JsonLines::open(blocks)?;
    while let Some(line) = lines.next_line()? {
        let parsed = json::parse(line);
        // Lines that do not decode tell no version; they are the business of `recording`.
        let Some((height, version)) = parsed.as_ref().ok().and_then(height_and_version) else { continue };
        match found.last() {
            None => found.push((0, version)),
            Some((_, last)) if version > *last => {
                let from = if last.has_epochs() { height } else { last_height + 1 };
                let epoch = epochs.of(from);
                // A version that begins after an epoch's root is not that of its certificate.
                let passed = epochs.root(epoch).is_some_and(|root| from > root);
                found.push((epoch.saturating_add(u64::from(passed)), version));
            }
            Some(_) => {}
        }
        last_height = height.min(u64::MAX - 1);
    }
    Ok(found)
}

/// Headers of 0.1 are bare and are not looked for: there is nothing to certify.
fn height_and_version(line: &Json<'_>) -> Option<(u64, Version)> {
    let header = line.get("leaf").ok()?.get("leaf").ok()?.get("block_header").ok()?;
    let version = Version::from_json(header.find("version").ok()??.get("Version").ok()?).ok()?;
    Some((header.get("fields").ok()?.get("height").ok()?.u64().ok()?, version))
}

fn print_json(results: &[CertificateResult], rejected: usize) -> Result<(), Failure> {
    let mut output = std::io::BufWriter::new(std::io::stdout().lock());
    for result in results {
        writeln!(output, "{}", result.to_json())?;
    }
    writeln!(output, r#"{{"certificates":{},"rejected":{rejected}}}"#, results.len())?;
    output.flush()?;
    Ok(())
}

fn print_text(results: &[CertificateResult], rejected: usize) -> Result<(), Failure> {
    let mut output = anstream::AutoStream::auto(std::io::stdout());
    writeln!(output, "{FAINT}  line    epoch     height       view  form  signers  verdict{FAINT:#}")?;
    for result in results {
        writeln!(output, "{}", describe(result))?;
    }
    let style = if rejected == 0 { GOOD } else { BAD };
    writeln!(output, "{style}{} certificates, {rejected} rejected{style:#}", results.len())?;
    output.flush()?;
    Ok(())
}

/// One line for people: the certificate, the verdict, and every reason.
fn describe(result: &CertificateResult) -> String {
    let number = |value: Option<u64>| value.map_or("?".to_string(), |value| value.to_string());
    let (epoch, height, view) = (number(result.epoch), number(result.height), number(result.view));
    let reasons = [
        ("decode", result.decode.as_ref().err()),
        ("certificate", result.certificate.as_ref().and_then(|checked| checked.as_ref().err())),
        ("next_table", result.next_table.as_ref().and_then(|checked| checked.as_ref().err())),
    ];
    let reasons: Vec<_> =
        reasons.iter().filter_map(|(name, reason)| reason.map(|reason| format!("{name}: {reason}"))).collect();
    let (style, word) = if result.is_accepted() { (GOOD, "certified") } else { (BAD, "rejected") };
    let text = format!(
        "{PLAIN}{:>6} {epoch:>8} {height:>10} {view:>10}  {:<4}  {:>7}  {style}{word}{style:#}  {}",
        result.line,
        result.kind.unwrap_or("?"),
        result.signers,
        reasons.join("; "),
    );
    text.trim_end().into()
}
