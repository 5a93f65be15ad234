//! `hotshot-verify sync`: the way to today's stake tables, and the newest block that they prove final.

use std::io::Write;
use std::time::Instant;

use clap::Args;
use hotshot_light_client::client::checkpoint::Checkpoint;
use hotshot_light_client::client::sync::EpochAdvance;
use hotshot_light_client::encoding::tagged_base64::{self, tag};
use serde_json::json;

use crate::anchor::{self, addresses};
use crate::exit::{Failure, Verdict};
use crate::follow::End;
use crate::network::NetworkFile;
use crate::provider::fetcher::Fetcher;
use crate::provider::http::{ANSWER_TIMEOUT, Http};
use crate::stop::Stop;
use crate::synchronize::{Goal, Outcome, Sources, run_from};
use crate::terminal::{self, FAINT, GOOD};
use crate::walk::{self, By, Walked, Way};

/// Arguments of `sync`.
#[derive(Debug, Args)]
#[command(after_help = "\
From the static table that the network file pins, or from a checkpoint, epoch after epoch: the root of \
each epoch is proven final under the table of its own epoch alone, and the events of the stake table \
contract have to make the registrations whose hash it carries. Then the newest block is proven final.

Whoever interrupts it, with Ctrl-C or by a power cut, goes on later from --store. What is stored is \
believed like a checkpoint of your own; --verify-store full proves it again.

--by proofs leaves the epochs between out: transition proofs from anywhere, under a key that the network \
file pins (`transitions`), are checked in one product, the last two tables are held against the proven \
commitments, and the root of the last epoch has to be final under its table. --by state-certificates does \
the same over what would be proven, one certificate and one table an epoch: for networks whose keys no \
ceremony has made yet. From there events count only where they lead to the hash in a final header.

With --json: first, of a walk, {\"by\",\"from\",\"certified_epoch\",\"table\",\"final_root\",\"epochs\",\
\"bytes\"}; then one object an epoch {\"epoch\",\"stake_table_hash\",\"validators\",\"total_stake\",\
\"vid_total_weight\",\"root\"}, then {\"done\",\"epoch\",\"height\",\"leaf\",\"checkpoint\",\"root\",\"epochs\",\"bytes\",\
\"seconds\"}.

Exit status: 0 at the goal, 1 if what is trusted contradicts what is proven, 2 for wrong usage and \
unusable files, 3 if the chain needs a newer program, 130 if interrupted.

Examples:
  hotshot-verify sync --network network.json --store ~/.hotshot
  hotshot-verify sync --network network.json --provider URL --provider URL --until 400 --json
  hotshot-verify sync --network network.json --by proofs --proofs https://proofs.example/mainnet
  hotshot-verify sync --network network.json --by state-certificates --store ~/.hotshot
  hotshot-verify sync --network mainnet --checkpoint HOTSHOT_CHECKPOINT~…")]
pub struct Arguments {
    /// Where from and with whom
    #[command(flatten)]
    pub sources: Sources,
    /// By which way
    #[command(flatten)]
    pub way: Way,
    /// End as soon as the table of this epoch is known
    #[arg(long, value_name = "EPOCH")]
    pub until: Option<u64>,
    /// Print one JSON object an epoch
    #[arg(long)]
    pub json: bool,
}

/// Goes the way.
///
/// # Errors
/// Wrong usage, unusable files, output that is gone.
pub fn run(arguments: &Arguments) -> Result<Verdict, Failure> {
    let stop = Stop::on_signals().map_err(Failure::Usage)?;
    run_until(arguments, &stop)
}

/// As [`run`], ended by a flag of the caller's.
///
/// # Errors
/// As [`run`].
pub fn run_until(arguments: &Arguments, stop: &Stop) -> Result<Verdict, Failure> {
    let began = Instant::now();
    let goal = arguments.until.map_or(Goal::Tip, Goal::Epoch);
    let json = arguments.json;
    let file = NetworkFile::load(&arguments.sources.network)?;
    let walked = match walked(arguments, &file, stop)? {
        Ok(walked) => walked,
        Err(verdict) => return Ok(verdict),
    };
    let outcome = run_from(&arguments.sources, &file, walked, goal, stop, &mut |advance| {
        if json {
            writeln!(std::io::stdout(), "{}", epoch_json(advance))?;
        }
        Ok(())
    })?;
    let seconds = (began.elapsed().as_secs_f64() * 1e3).round() / 1e3;
    let done = outcome.end == End::Finished;
    print(&outcome, done, seconds, json)?;
    verdict(outcome.end, &file)
}

/// Where a walk over transitions leads, if one was asked for; or the verdict where it ended.
fn walked(
    arguments: &Arguments,
    file: &NetworkFile,
    stop: &Stop,
) -> Result<Result<Option<Checkpoint>, Verdict>, Failure> {
    let Arguments { sources, way, until, json, .. } = arguments;
    if way.by == By::Events {
        return Ok(Ok(None));
    }
    if sources.checkpoint.is_some() || sources.verify_store == "full" {
        let by = way.by.name();
        return Err(Failure::Usage(format!(
            "--by {by} begins with the network file's pins: leave --checkpoint and --verify-store full out"
        )));
    }
    let http = Http::with_timeout(stop.clone(), ANSWER_TIMEOUT);
    let mut fetcher = Fetcher::new(http, addresses(&sources.providers, file)?, stop.clone());
    let outcome = walk::walk(way, file, &mut fetcher, *until, sources.store.as_deref())?;
    Ok(match outcome {
        walk::Outcome::Arrived(walked) => {
            print_walk(way.by, &walked, *json)?;
            Ok(Some(walked.checkpoint))
        }
        walk::Outcome::Nothing { epoch } => {
            terminal::note(&format!("there is no {} for epoch {epoch}: going by events", way.by.name()));
            Ok(None)
        }
        walk::Outcome::Rejected(rejected) => Err(anchor::rejected(&rejected, *json)?),
        walk::Outcome::Stopped => Err(Verdict::Interrupted),
    })
}

fn print_walk(by: By, walked: &Walked, as_json: bool) -> Result<(), Failure> {
    let Walked { from, certified, table, bytes, checkpoint } = walked;
    let epochs = certified.epoch.saturating_add(1).saturating_sub(*from);
    let mut output = anstream::AutoStream::auto(std::io::stdout());
    if as_json {
        let line = json!({
            "by": by.name(),
            "from": from,
            "certified_epoch": certified.epoch.saturating_add(1),
            "table": table.to_tagged(),
            "final_root": checkpoint.height,
            "epochs": epochs,
            "bytes": bytes,
        });
        writeln!(output, "{line}")?;
    } else {
        let (last, height, name) = (certified.epoch, checkpoint.height, by.name());
        writeln!(output, "{GOOD}certified{GOOD:#}  epochs {from} to {last} by {epochs} {name}, {} KB", bytes / 1000)?;
        writeln!(output, "final      block {height}, the root of epoch {last}")?;
    }
    output.flush()?;
    Ok(())
}

/// The exit status of an end, and what to say about it.
///
/// # Errors
/// If the network file was refused.
pub fn verdict(end: End, file: &NetworkFile) -> Result<Verdict, Failure> {
    match end {
        End::Finished => Ok(Verdict::Accepted),
        End::Stopped => Ok(Verdict::Interrupted),
        End::NetworkRejected(rejected) => Err(file.failure(rejected)),
        End::Contradiction(rejected) => {
            terminal::warning(&rejected.to_string());
            Ok(Verdict::Rejected)
        }
        End::Expired(rejected) => {
            terminal::warning(&format!(
                "{rejected}: the way is proven and its end withheld; begin with --checkpoint of today, or take the \
                 risk with --accept-expired-anchor"
            ));
            Ok(Verdict::Rejected)
        }
        End::Equivocation { equivocation, .. } => {
            terminal::warning(&equivocation.rejected().to_string());
            Ok(Verdict::Rejected)
        }
        End::UpgradeRequired { rejected, .. } => {
            terminal::warning(&format!("{rejected}: install a newer hotshot-verify and go on from the store"));
            Ok(Verdict::UpgradeRequired)
        }
    }
}

fn epoch_json(advance: &EpochAdvance) -> String {
    json!({
        "epoch": advance.epoch,
        "stake_table_hash": tagged_base64::encode(tag::STAKE_TABLE, &advance.stake_table_hash),
        "validators": advance.validators,
        "total_stake": advance.total_stake.to_string(),
        "vid_total_weight": advance.vid_total_weight,
        "root": advance.root.map(|root| root.height),
    })
    .to_string()
}

fn print(outcome: &Outcome, done: bool, seconds: f64, as_json: bool) -> Result<(), Failure> {
    let Outcome { client, bytes, epochs, .. } = outcome;
    let checkpoint = client.checkpoint();
    let leaf = checkpoint.map(|checkpoint| tagged_base64::encode(tag::COMMIT, &checkpoint.leaf));
    let epoch = client.stored_epoch();
    let mut output = anstream::AutoStream::auto(std::io::stdout());
    if as_json {
        let line = json!({
            "done": done,
            "epoch": epoch,
            "height": checkpoint.map(|checkpoint| checkpoint.height),
            "leaf": leaf,
            "checkpoint": checkpoint.map(|checkpoint| checkpoint.to_text()),
            "root": client.freshness().root().name(),
            "epochs": epochs,
            "bytes": bytes,
            "seconds": seconds,
        });
        writeln!(output, "{line}")?;
    } else {
        let table = epoch.map_or("the pinned stake table".into(), |epoch| format!("the stake table of epoch {epoch}"));
        let style = if done { GOOD } else { FAINT };
        let word = if done { "known" } else { "so far" };
        writeln!(output, "{style}{word}{style:#}  {table}, by {epochs} epochs and {} KB in {seconds} s", bytes / 1000)?;
        if let Some(checkpoint) = checkpoint {
            writeln!(output, "final  block {} {}", checkpoint.height, leaf.unwrap_or_default())?;
            writeln!(output, "checkpoint  {}", checkpoint.to_text())?;
        }
    }
    output.flush()?;
    Ok(())
}
