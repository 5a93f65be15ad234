//! `hotshot-verify sync`: the way to today's stake tables, and the newest block that they prove final.

use std::io::Write;
use std::time::Instant;

use clap::Args;
use hotshot_light_client::client::sync::EpochAdvance;
use hotshot_light_client::encoding::tagged_base64::{self, tag};
use serde_json::json;

use crate::exit::{Failure, Verdict};
use crate::follow::End;
use crate::network::NetworkFile;
use crate::stop::Stop;
use crate::synchronize::{Goal, Outcome, Sources, run as synchronize};
use crate::terminal::{self, FAINT, GOOD};

/// Arguments of `sync`.
#[derive(Debug, Args)]
#[command(after_help = "\
From the static table that the network file pins, or from a checkpoint, epoch after epoch: the root of \
each epoch is proven final under the table of its own epoch alone, and the events of the stake table \
contract have to make the registrations whose hash it carries. Then the newest block is proven final.

Whoever interrupts it, with Ctrl-C or by a power cut, goes on later from --store. What is stored is \
believed like a checkpoint of your own; --verify-store full proves it again.

With --json: one object an epoch {\"epoch\",\"stake_table_hash\",\"validators\",\"total_stake\",\
\"vid_total_weight\",\"root\"}, then {\"done\",\"epoch\",\"height\",\"leaf\",\"checkpoint\",\"epochs\",\"bytes\",\
\"seconds\"}.

Exit status: 0 at the goal, 1 if what is trusted contradicts what is proven, 2 for wrong usage and \
unusable files, 3 if the chain needs a newer program, 130 if interrupted.

Examples:
  hotshot-verify sync --network network.json --store ~/.hotshot
  hotshot-verify sync --network network.json --provider URL --provider URL --until 400 --json
  hotshot-verify sync --network mainnet --checkpoint HOTSHOT_CHECKPOINT~…")]
pub struct Arguments {
    /// Where from and with whom
    #[command(flatten)]
    pub sources: Sources,
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
    let (file, outcome) = synchronize(&arguments.sources, goal, stop, &mut |advance| {
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
