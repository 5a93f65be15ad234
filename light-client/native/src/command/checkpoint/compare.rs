//! `hotshot-verify checkpoint compare`: what several publishers say, side by side.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use hotshot_light_client::client::checkpoint::Checkpoint;
use hotshot_light_client::encoding::tagged_base64::{self, tag};
use hotshot_light_client::{Rejected, Rejection};
use serde_json::json;

use crate::exit::{Failure, Verdict};
use crate::input::read_limited;
use crate::network::NetworkFile;
use crate::terminal::{BAD, FAINT, GOOD};

/// More than any text form of a checkpoint, with words around it.
const FILE_LIMIT: usize = 4096;

/// What to compare.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Checkpoints, or files that hold one each: one of each publisher
    #[arg(required = true, num_args = 2.., value_name = "CHECKPOINT")]
    pub sources: Vec<String>,
    /// Network file that all have to be of
    #[arg(long, value_name = "FILE")]
    pub network: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// Compares them.
///
/// # Errors
/// What is no checkpoint, unusable files, output that is gone.
pub(super) fn run(arguments: &Arguments) -> Result<Verdict, Failure> {
    let network = arguments.network.as_deref().map(NetworkFile::load).transpose()?;
    let mut checkpoints: Vec<(&str, Checkpoint)> = Vec::new();
    for source in &arguments.sources {
        checkpoints.push((source, read(source)?));
    }
    let mut contradictions = Vec::new();
    for (place, (name, checkpoint)) in checkpoints.iter().enumerate() {
        if let Some(network) = &network
            && let Err(rejected) = checkpoint.check_network(&network.network)
        {
            contradictions.push((*name, *name, rejected));
        }
        for (other, earlier) in checkpoints.iter().take(place) {
            if let Err(rejected) = agree(earlier, checkpoint) {
                contradictions.push((other, name, rejected));
            }
        }
    }
    let mut heights: BTreeMap<u64, (usize, &Checkpoint)> = BTreeMap::new();
    for (_, checkpoint) in &checkpoints {
        heights.entry(checkpoint.height).or_insert((0, checkpoint)).0 += 1;
    }
    // What one says alone nobody confirms.
    let confirmed = heights.values().rev().find(|(count, _)| *count > 1);
    let accepted = contradictions.is_empty() && confirmed.is_some();
    let mut output = anstream::AutoStream::auto(std::io::stdout());
    if arguments.json {
        let contradictions: Vec<_> = contradictions
            .iter()
            .map(|(first, second, rejected)| {
                json!({ "first": first, "second": second, "code": rejected.code(), "message": rejected.to_string() })
            })
            .collect();
        let confirmed = confirmed.map(|(count, checkpoint)| {
            json!({
                "height": checkpoint.height,
                "leaf": tagged_base64::encode(tag::COMMIT, &checkpoint.leaf),
                "sources": count,
                "checkpoint": checkpoint.to_text(),
            })
        });
        let object = json!({ "agree": accepted, "confirmed": confirmed, "contradictions": contradictions, "sources": checkpoints.len() });
        writeln!(output, "{object}")?;
    } else {
        for (height, (count, checkpoint)) in heights.iter().rev() {
            let leaf = tagged_base64::encode(tag::COMMIT, &checkpoint.leaf);
            writeln!(output, "block {height:>10}  {leaf}  {FAINT}{count} of {}{FAINT:#}", checkpoints.len())?;
        }
        for (first, second, rejected) in &contradictions {
            writeln!(output, "{BAD}contradiction{BAD:#}  {first}\n               {second}\n               {rejected}")?;
        }
        match confirmed.filter(|_| accepted) {
            Some((count, checkpoint)) => {
                writeln!(output, "{GOOD}agreed{GOOD:#}  by {count} about block {}", checkpoint.height)?
            }
            None if contradictions.is_empty() => {
                writeln!(output, "{BAD}nothing to compare{BAD:#}  no two are about one block")?;
            }
            None => {}
        }
    }
    output.flush()?;
    Ok(if accepted { Verdict::Accepted } else { Verdict::Rejected })
}

/// A checkpoint, or the one that a file holds.
fn read(source: &str) -> Result<Checkpoint, Failure> {
    let text = if source.trim_start().starts_with("HOTSHOT_CHECKPOINT~") {
        source.to_owned()
    } else {
        String::from_utf8_lossy(&read_limited(Path::new(source), FILE_LIMIT)?).into_owned()
    };
    Checkpoint::from_text(text.trim()).map_err(|rejected| Failure::Usage(format!("{source}: {rejected}")))
}

/// Two publishers of one network may speak of other blocks; of one block, and of one epoch's stake table,
/// they say the same.
fn agree(first: &Checkpoint, second: &Checkpoint) -> Result<(), Rejected> {
    Rejection::CheckpointNetwork.unless_equal(second.network, first.network)?;
    if first.height == second.height {
        Rejection::TrustConflict.unless_equal(second.leaf, first.leaf)?;
        Rejection::TrustConflict.unless_equal(second.view, first.view)?;
        // A date is left out where trust was too old.
        if first.timestamp != 0 && second.timestamp != 0 {
            Rejection::TrustConflict.unless_equal(second.timestamp, first.timestamp)?;
        }
    }
    if let (Some(one), Some(other)) = (&first.signers, &second.signers)
        && one.epoch == other.epoch
    {
        Rejection::CheckpointStakeTable.unless_equal(other.hash, one.hash)?;
    }
    Ok(())
}
