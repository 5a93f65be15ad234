//! `hotshot-verify replay`: from the logs of the stake table contract to who signs.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use hotshot_light_client::Rejected;
use hotshot_light_client::consensus::version::Version;
use hotshot_light_client::encoding::bytes::from_hex;
use hotshot_light_client::stake_table::active_set::ActiveRules;
use hotshot_light_client::stake_table::commitment::hash_to_text;
use hotshot_light_client::stake_table::event::Account;
use hotshot_light_client::stake_table::logs::LogFilter;
use hotshot_light_client::stake_table::replay::{Replay, ReplayRefused, Replayed, Summary};

use crate::exit::{Failure, Verdict};
use crate::input::JsonFile;
use crate::terminal::{BAD, FAINT, GOOD, Progress};

/// Arguments of `replay`.
#[derive(Debug, Args)]
#[command(after_help = "\
LOGS holds an array as an L1 node answers `eth_getLogs` for the stake table contract, from the \
contract's first block on. Order does not matter; logs that are no events of the stake table are \
passed over, and so are key updates without valid proofs of possession, as the nodes do. A history \
that cannot be the contract's is rejected.

The answer names the events that were applied, the hash of the registrations (what block headers \
carry as `next_stake_table_hash`), the commitment over the active validators alone, and how many \
validators are registered and active.

Exit status: 0 if the history has an outcome, 1 if it was rejected or leaves nobody to sign, 2 for \
wrong usage, unreadable files and broken JSON.

Examples:
  hotshot-verify replay logs.json --protocol 0.4
  hotshot-verify replay logs.json --protocol 0.5 --l1-block 25188000 --json
  hotshot-verify replay logs.json --protocol 0.5 --table table.json")]
pub struct Arguments {
    /// File with the logs
    #[arg(value_name = "LOGS")]
    pub logs: PathBuf,
    /// Protocol version of the epoch root two epochs before the table's epoch: it decides who may be
    /// active. 0.3 to 0.6
    #[arg(long, value_name = "VERSION", value_parser = parse_protocol)]
    pub protocol: Version,
    /// Last L1 block whose logs count
    #[arg(long, value_name = "N")]
    pub l1_block: Option<u64>,
    /// Address of the stake table contract: logs of others are passed over. Without it, all logs have
    /// to come from one contract
    #[arg(long, value_name = "ADDRESS", value_parser = parse_address)]
    pub contract: Option<Account>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    /// Write the active table to a file, in signer order and in the form that other commands read
    #[arg(long, value_name = "FILE")]
    pub table: Option<PathBuf>,
}

fn parse_protocol(text: &str) -> Result<Version, String> {
    let version = text.split_once('.').and_then(|(major, minor)| {
        // `parse` would take a sign as well.
        let number = |digits: &str| digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| digits.parse().ok())?;
        Some(Version { major: number(major)?, minor: number(minor)? })
    });
    match version {
        Some(version) if version.has_epochs() && version <= Version::SUPPORTED => Ok(version),
        Some(version) => Err(format!("no stake table rules are known for {version}, only for 0.3 to 0.6")),
        None => Err("MAJOR.MINOR is needed, for example 0.4".into()),
    }
}

fn parse_address(text: &str) -> Result<Account, String> {
    from_hex(text).map_err(|_| "0x and 40 hexadecimal digits are needed".into())
}

/// Replays a history and prints its outcome.
///
/// # Errors
/// Files that cannot be read or written, broken JSON.
pub fn run(arguments: &Arguments) -> Result<Verdict, Failure> {
    let file = JsonFile::read(&arguments.logs)?;
    let rules = ActiveRules::of_version(arguments.protocol.major, arguments.protocol.minor);
    let outcome = match replay(arguments, &file)? {
        Ok(replayed) => {
            let summary = replayed.summary(rules);
            print(arguments, &replayed, &summary)?;
            write_table(arguments, &replayed, rules)?
        }
        Err(refused) => {
            print_refused(arguments, &refused)?;
            Verdict::Rejected
        }
    };
    Ok(outcome)
}

fn replay(arguments: &Arguments, file: &JsonFile) -> Result<Result<Replayed, ReplayRefused>, Failure> {
    let json = file.json()?;
    let filter = LogFilter { contract: arguments.contract, from_block: None, until_block: arguments.l1_block };
    let reading = match filter.read(&json) {
        Ok(reading) => reading,
        Err(rejected) => return Ok(Err(ReplayRefused { position: None, rejected })),
    };
    let mut progress = Progress::new("checking keys, units left:");
    // The weights of the batches are bound to every member, so they need no entropy.
    let mut replay = match Replay::new(reading, &[]) {
        Ok(replay) => replay,
        Err(refused) => return Ok(Err(refused)),
    };
    loop {
        match replay.step(64) {
            Ok(Some(replayed)) => return Ok(Ok(replayed)),
            Ok(None) => progress.count(usize::try_from(replay.remaining()).unwrap_or(usize::MAX)),
            Err(refused) => return Ok(Err(refused)),
        }
    }
}

/// Writes the active table, if it is wanted and there is one.
fn write_table(arguments: &Arguments, replayed: &Replayed, rules: ActiveRules) -> Result<Verdict, Failure> {
    let table = replayed.state.active_set(rules).and_then(|active| active.to_json(&replayed.state.hash()));
    match (table, &arguments.table) {
        (Ok(table), Some(path)) => {
            fs::write(path, table).map_err(|error| Failure::file(path, error))?;
            Ok(Verdict::Accepted)
        }
        (Ok(_), None) => Ok(Verdict::Accepted),
        (Err(_), _) => Ok(Verdict::Rejected),
    }
}

fn print(arguments: &Arguments, replayed: &Replayed, summary: &Summary) -> Result<(), Failure> {
    let mut output = anstream::AutoStream::auto(std::io::stdout());
    if arguments.json {
        writeln!(output, "{}", summary.to_json())?;
    } else {
        writeln!(output, "events                    {} of {} logs", summary.events, replayed.logs)?;
        writeln!(output, "stake_table_hash          {}", hash_to_text(&summary.stake_table_hash))?;
        match &summary.active {
            Ok((commitment, active)) => {
                writeln!(output, "active_validators_commit  {}", hash_to_text(commitment))?;
                writeln!(output, "all_validators            {}", summary.all_validators)?;
                writeln!(output, "active_validators         {GOOD}{active}{GOOD:#}")?;
            }
            Err(rejected) => {
                writeln!(output, "all_validators            {}", summary.all_validators)?;
                writeln!(output, "active_validators         {BAD}0{BAD:#} {FAINT}{rejected}{FAINT:#}")?;
            }
        }
    }
    output.flush()?;
    Ok(())
}

fn print_refused(arguments: &Arguments, refused: &ReplayRefused) -> Result<(), Failure> {
    let mut output = anstream::AutoStream::auto(std::io::stdout());
    let rejected: &Rejected = &refused.rejected;
    if arguments.json {
        let position = match refused.position {
            Some((block, index)) => format!(r#","l1_block":{block},"log_index":{index}"#),
            None => String::new(),
        };
        writeln!(output, r#"{{"rejected":"{}"{position}}}"#, rejected.code())?;
    } else {
        let position = match refused.position {
            Some((block, index)) => format!("L1 block {block}, log {index}: "),
            None => String::new(),
        };
        writeln!(output, "{BAD}rejected{BAD:#}  {position}{rejected}")?;
    }
    output.flush()?;
    Ok(())
}
