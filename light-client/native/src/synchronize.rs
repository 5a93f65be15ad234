//! A client that comes to know today's stake tables, and keeps what it learnt.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use hotshot_light_client::client::checkpoint::Checkpoint;
use hotshot_light_client::client::sync::{Client, EpochAdvance, Start, TableProgress, Trust};

use crate::anchor::addresses;
use crate::exit::Failure;
use crate::follow::{Driver, End, Event, Flow};
use crate::network::NetworkFile;
use crate::provider::address::Address;
use crate::provider::http::{ANSWER_TIMEOUT, Http};
use crate::provider::pool::{Patience, Pool};
use crate::provider::rotation::Rotation;
use crate::provider::transport::HttpTransport;
use crate::stop::Stop;
use crate::store::Store;
use crate::table_store::{FileTables, MemoryTables, Replayed, TableStore, usable};
use crate::terminal::{self, Progress};

/// How often the tables are saved on the way.
const SAVE_EVERY: Duration = Duration::from_secs(1);

/// Where from and with whom.
#[derive(Debug, Args)]
pub struct Sources {
    /// Base address of a query service; may be given several times. By default those of the network file
    #[arg(long = "provider", value_name = "URL")]
    pub providers: Vec<Address>,
    /// Network file, or `mainnet` or `decaf`
    #[arg(long, value_name = "FILE")]
    pub network: PathBuf,
    /// Folder to keep stake tables and checkpoints in: the next run goes on from there
    #[arg(long, value_name = "DIR")]
    pub store: Option<PathBuf>,
    /// Checkpoint to begin with, as `checkpoint export` prints it
    #[arg(long, value_name = "TEXT")]
    pub checkpoint: Option<String>,
    /// End at the newest block although what trust began with is older than the network allows
    #[arg(long)]
    pub accept_expired_anchor: bool,
    /// How far the store is believed: `checkpoint`, as a checkpoint of your own; `full`, not at all:
    /// everything is proven again from the network file or checkpoint, with the proofs that are kept
    #[arg(long, value_name = "HOW", default_value = "checkpoint", value_parser = ["checkpoint", "full"])]
    pub verify_store: String,
}

/// What to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// The newest blocks are final.
    Tip,
    /// The table of an epoch is known.
    Epoch(u64),
}

/// How a run ended.
pub struct Outcome {
    /// Why it ended.
    pub end: End,
    /// What is known.
    pub client: Client,
    /// Bytes of answers about stake tables.
    pub bytes: u64,
    /// How many tables were derived.
    pub epochs: u64,
}

/// Tells of each epoch.
pub type Told<'a> = dyn FnMut(&EpochAdvance) -> Result<(), Failure> + 'a;

/// Runs until the goal is reached, a signal comes or nothing leads further.
///
/// # Errors
/// Unusable files and wrong usage.
pub fn run(sources: &Sources, goal: Goal, stop: &Stop, told: &mut Told<'_>) -> Result<(NetworkFile, Outcome), Failure> {
    let file = NetworkFile::load(&sources.network)?;
    let outcome = run_from(sources, &file, None, goal, stop, told)?;
    Ok((file, outcome))
}

/// As [`run`], with what a walk over transitions led to, if there was one.
///
/// # Errors
/// As [`run`].
pub fn run_from(
    sources: &Sources,
    file: &NetworkFile,
    walked: Option<Checkpoint>,
    goal: Goal,
    stop: &Stop,
    told: &mut Told<'_>,
) -> Result<Outcome, Failure> {
    let mut tables: Box<dyn TableStore> = match &sources.store {
        Some(folder) => Box::new(FileTables::open(folder, &file.network)?),
        None => Box::new(MemoryTables::default()),
    };
    let checkpoints = sources.store.as_deref().map(Store::open).transpose()?;
    let client = client(sources, file, walked, goal, tables.as_mut())?;
    let mut seed = [0; 8];
    // Without randomness the pauses of many clients are merely less spread.
    let _ = getrandom::fill(&mut seed);
    let mut keeper = Keeper {
        goal,
        tables: tables.as_mut(),
        checkpoints,
        line: Line::default(),
        saved: Instant::now(),
        epochs: 0,
        bytes: 0,
    };
    if file.network.insecure_devnet {
        terminal::note("the keys of this network are public: it proves nothing about anything of value");
    }
    if let Goal::Epoch(epoch) = goal
        && client.stored_epoch().is_some_and(|known| known >= epoch)
    {
        // The pinned tables are still to be admitted; nothing is to be asked of anybody.
        let client = admitted(client, file)?;
        return Ok(Outcome { end: End::Finished, client, bytes: 0, epochs: 0 });
    }
    let rotation = Rotation::new(addresses(&sources.providers, file)?, u64::from_le_bytes(seed));
    let http = Http::with_timeout(stop.clone(), ANSWER_TIMEOUT);
    let pool = Pool::new(rotation, HttpTransport::new(http, stop.clone()), Patience::default());
    let mut driver = Driver::new(client, pool, Duration::from_secs(1));
    if sources.verify_store == "full" {
        driver.set_kept(Box::new(Replayed::new(keeper.tables.boundaries()?)));
    }
    let end = driver.run(&mut |client, event| keeper.receive(client, event, told));
    let client = driver.into_client();
    keeper.save(&client)?;
    let (bytes, epochs) = (keeper.bytes, keeper.epochs);
    Ok(Outcome { end: end?, client, bytes, epochs })
}

/// The client, with what the store and the user say.
fn client(
    sources: &Sources,
    file: &NetworkFile,
    walked: Option<Checkpoint>,
    goal: Goal,
    tables: &mut dyn TableStore,
) -> Result<Client, Failure> {
    let checkpoint = sources.checkpoint.as_deref().map(Checkpoint::from_text).transpose();
    let checkpoint = checkpoint.map_err(|rejected| Failure::Usage(format!("--checkpoint: {rejected}")))?;
    let checkpoint = walked.or(checkpoint);
    let believed = sources.verify_store != "full";
    let mut stored = if believed { usable(tables, &file.network)? } else { None };
    if let (Goal::Epoch(epoch), Some(known)) = (goal, &stored)
        && known.epoch() >= epoch
        && !known.has(epoch)
    {
        // Only the newest tables are kept whole.
        stored = None;
    }
    if let (Some(signers), Some(known)) = (walked.and_then(|walked| walked.signers), &stored)
        && known.epoch() < signers.epoch
    {
        // The walk has left them behind: from there it is events only.
        stored = None;
    }
    let trust = Trust { checkpoint, stored, skip_to_start: true, ..Trust::default() };
    let mut entropy = [0; 32];
    getrandom::fill(&mut entropy).map_err(|error| Failure::Usage(format!("no randomness: {error}")))?;
    let client = Client::with_trust(file.network.clone(), trust, Start::Tip, entropy);
    let mut client = client.map_err(|rejected| file.failure(rejected))?;
    if sources.accept_expired_anchor {
        client.accept_expired_anchor();
    }
    Ok(client)
}

fn admitted(mut client: Client, file: &NetworkFile) -> Result<Client, Failure> {
    while client.tables().is_none() {
        client.step(64).map_err(|rejected| file.failure(rejected))?;
    }
    Ok(client)
}

/// Keeps what is learnt, and shows how far the way is.
struct Keeper<'a> {
    goal: Goal,
    tables: &'a mut dyn TableStore,
    checkpoints: Option<Store>,
    line: Line,
    saved: Instant,
    epochs: u64,
    bytes: u64,
}

impl Keeper<'_> {
    fn receive(&mut self, client: &Client, event: Event<'_>, told: &mut Told<'_>) -> Result<Flow, Failure> {
        match event {
            Event::Epoch { advance, progress } => {
                if let Some(boundary) = &advance.boundary {
                    self.tables.keep(boundary)?;
                }
                self.epochs = self.epochs.saturating_add(1);
                self.bytes = client.table_bytes();
                told(advance)?;
                if let Some(progress) = progress {
                    self.line.show(&progress);
                }
                if self.saved.elapsed() >= SAVE_EVERY {
                    self.save(client)?;
                }
                Ok(if self.goal == Goal::Epoch(advance.epoch) { Flow::Finish } else { Flow::Continue })
            }
            Event::Withheld { .. } if self.goal == Goal::Tip => Ok(Flow::Finish),
            Event::Withheld { .. } => Ok(Flow::Continue),
            Event::Finalized { .. } => Ok(if self.goal == Goal::Tip { Flow::Finish } else { Flow::Continue }),
            Event::Rejected { provider, rejected, .. } => {
                terminal::warning(&format!("{provider} rejected: {rejected}"));
                Ok(Flow::Continue)
            }
            Event::Unclear { rejected } => {
                terminal::warning(&format!("{rejected}: it cannot be told whose fault that is, another way is gone"));
                Ok(Flow::Continue)
            }
            Event::Poor { provider, reason } => {
                terminal::note(&format!("{provider}: {reason}"));
                Ok(Flow::Continue)
            }
            Event::Quiet { time } => {
                terminal::note(&format!("no provider has shown anything new for {} s", time.as_secs()));
                Ok(Flow::Continue)
            }
        }
    }

    /// Saves the tables, and the newest final block that was followed to.
    fn save(&mut self, client: &Client) -> Result<(), Failure> {
        self.saved = Instant::now();
        if let (Some(store), Some(checkpoint)) = (&self.checkpoints, client.followed()) {
            store.save(client.network(), checkpoint)?;
        }
        if let Some(tables) = client.stored_tables() {
            self.tables.save_tables(&tables)?;
        }
        Ok(())
    }
}

/// The line that shows how far the way is.
struct Line {
    progress: Progress,
    began: Option<(Instant, u64)>,
}

impl Default for Line {
    fn default() -> Self {
        Self { progress: Progress::new("epoch"), began: None }
    }
}

impl Line {
    fn show(&mut self, progress: &TableProgress) {
        let (began, from) = *self.began.get_or_insert((Instant::now(), progress.epoch));
        self.progress.say(&describe(progress, from, began.elapsed()));
    }
}

/// Epoch k of n, how much was taken, and for how long it will go on at this pace.
fn describe(progress: &TableProgress, from: u64, elapsed: Duration) -> String {
    let TableProgress { epoch, until, bytes, .. } = *progress;
    let (done, left) = (epoch.saturating_sub(from), until.saturating_sub(epoch));
    let remaining = match u32::try_from(done) {
        Ok(done) if done > 0 => {
            let total = elapsed / done * u32::try_from(left).unwrap_or(u32::MAX);
            format!(", {} s left", total.as_secs().max(1))
        }
        _ => String::new(),
    };
    format!("epoch {epoch} of {until}, {} KB{remaining}", bytes / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_left_goes_by_the_pace_so_far() {
        let progress = TableProgress { from: 2, epoch: 102, until: 302, bytes: 1_234_567 };
        assert_eq!(describe(&progress, 2, Duration::from_secs(3)), "epoch 102 of 302, 1234 KB, 6 s left");
        assert_eq!(describe(&progress, 102, Duration::from_secs(3)), "epoch 102 of 302, 1234 KB");
    }
}
