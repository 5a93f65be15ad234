//! Final headers: the root of every proof about what is in a block.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use hotshot_light_client::client::sync::{Client, FinalizedBlock, Start};
use hotshot_light_client::consensus::header::Header;
use hotshot_light_client::consensus::tables::EpochTables;
use hotshot_light_client::consensus::verified::Verified;
use hotshot_light_client::data::offline;
use hotshot_light_client::data::verify_header;
use hotshot_light_client::encoding::committable::Commitment;
use hotshot_light_client::encoding::json;
use hotshot_light_client::{Rejected, Rejection};

use crate::exit::{Failure, Verdict};
use crate::follow::{Driver, End, Event, Flow};
use crate::input::JsonFile;
use crate::network::NetworkFile;
use crate::provider::address::Address;
use crate::provider::fetcher::{Fetched, Fetcher};
use crate::provider::http::{ANSWER_TIMEOUT, Http};
use crate::provider::pool::{Patience, Pool};
use crate::provider::rotation::Rotation;
use crate::provider::transport::HttpTransport;
use crate::stop::Stop;
use crate::terminal::{self, Progress};

/// How often a provider may be wrong about finality before a single question is given up.
const PATIENCE: u32 = 4;
/// The pause after an answer without news.
const POLL: Duration = Duration::from_millis(300);
/// The most bytes of an answer about one header.
const HEADER_LIMIT: usize = 1 << 20;

/// Where the final header comes from: from providers, or from a file under a hash that you trust.
#[derive(Debug, Args)]
pub struct Source {
    /// Base address of a query service; may be given several times. By default those of the network file
    #[arg(long = "provider", value_name = "URL")]
    pub providers: Vec<Address>,
    /// Network file, or `mainnet` or `decaf`
    #[arg(long, value_name = "FILE", required_unless_present = "header")]
    pub network: Option<PathBuf>,
    /// Seconds that one answer may take
    #[arg(long, value_name = "SECONDS", default_value_t = ANSWER_TIMEOUT.as_secs())]
    pub timeout: u64,
    /// Go on although what the network file pins is older than the network allows
    #[arg(long)]
    pub accept_expired_anchor: bool,
    /// Offline: the block's header in JSON. Nothing is fetched
    #[arg(long, value_name = "FILE", requires = "block", conflicts_with = "providers")]
    pub header: Option<PathBuf>,
    /// With --header: the block hash that you know to be final, BLOCK~…
    #[arg(long, value_name = "HASH", requires = "header")]
    pub block: Option<String>,
    /// With --header: the number of shares (VID weight) under the stake table of the block's epoch
    #[arg(long, value_name = "N", requires = "header")]
    pub weight: Option<u64>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// A final header.
#[derive(Clone, Debug)]
pub struct FinalHeader {
    /// The header.
    pub header: Verified<Header>,
    /// The commitment of its leaf; not known of a header that was proven under a newer one.
    pub leaf: Option<Commitment>,
    /// The view of its leaf, where that is known.
    pub view: Option<u64>,
}

/// Why a question has no answer.
#[derive(Debug)]
pub enum Ending {
    /// It could not be asked, or nobody answers.
    Failed(Failure),
    /// What providers or files say is refused.
    Rejected(Rejected),
    /// A signal came first.
    Stopped,
}

impl From<Failure> for Ending {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<Rejected> for Ending {
    fn from(rejected: Rejected) -> Self {
        Self::Rejected(rejected)
    }
}

impl Ending {
    /// The verdict of a command that ends so, after what there is to print.
    ///
    /// # Errors
    /// The failure, or that standard output is gone.
    pub fn verdict(self, as_json: bool) -> Result<Verdict, Failure> {
        match self {
            Self::Failed(failure) => Err(failure),
            Self::Rejected(rejection) => rejected(&rejection, as_json),
            Self::Stopped => Ok(Verdict::Interrupted),
        }
    }
}

/// Prints an answer, or why there is none, and gives the verdict.
///
/// # Errors
/// As [`Ending::verdict`].
pub fn conclude<T: serde::Serialize>(
    answer: Result<T, Ending>,
    as_json: bool,
    text: impl FnOnce(&T) -> String,
) -> Result<Verdict, Failure> {
    match answer {
        Ok(answer) => {
            print(&answer, as_json, &text(&answer))?;
            Ok(Verdict::Accepted)
        }
        Err(ending) => ending.verdict(as_json),
    }
}

/// What was asked for.
///
/// # Errors
/// If providers do not have it, or all they say is refused.
pub fn found<T>(fetched: Fetched<T>, what: &str) -> Result<T, Ending> {
    match fetched {
        Fetched::Accepted(value) => Ok(value),
        Fetched::Rejected(rejected) => Err(rejected.into()),
        Fetched::Missing => Err(Failure::Provider(format!("no provider has {what}")).into()),
        Fetched::Stopped => Err(Ending::Stopped),
    }
}

/// The stake tables that are known, and the providers to ask what is in a block.
pub struct Anchor {
    /// The stake tables.
    pub tables: Option<EpochTables>,
    /// Providers.
    pub fetcher: Fetcher,
    /// The final header, of the height that was asked for or of a newer block.
    pub block: FinalHeader,
}

impl Source {
    /// The header of the file, if one is given.
    ///
    /// # Errors
    /// If the files cannot be read.
    pub fn offline(&self) -> Result<Option<Result<Verified<Header>, Rejected>>, Failure> {
        let (Some(path), Some(block)) = (&self.header, &self.block) else { return Ok(None) };
        let file = read(path)?;
        Ok(Some(offline::trusted_header(file.bytes(), block)))
    }

    fn network(&self) -> Result<NetworkFile, Failure> {
        let path = self.network.as_deref().ok_or_else(|| Failure::Usage("--network is missing".into()))?;
        NetworkFile::load(path)
    }

    /// Follows the chain to a final block: of a height, or else the newest.
    ///
    /// A block of an epoch whose stake table is not known is not proven by its own certificates: then
    /// the newest block is what is proven, and [`Anchor::older`] leads from there to older headers.
    ///
    /// # Errors
    /// Wrong usage, unusable network files, no provider, and what the providers say is refused.
    pub fn anchor(&self, height: Option<u64>) -> Result<Anchor, Ending> {
        let file = self.network()?;
        let addresses = addresses(&self.providers, &file)?;
        if file.network.insecure_devnet {
            terminal::note("the keys of this network are public: it proves nothing about anything of value");
        }
        let stop = Stop::on_signals().map_err(Failure::Usage)?;
        let http = Http::with_timeout(stop.clone(), Duration::from_secs(self.timeout.clamp(1, 3600)));
        let fetcher = Fetcher::new(http.clone(), addresses.clone(), stop.clone());
        let mut network = file.network.clone();
        // Blocks before a checkpoint are proven by their own certificates, as those after it are.
        network.checkpoint = network.checkpoint.filter(|_| height.is_none());
        let start = height.map_or(Start::Tip, Start::Height);
        let client = file.client(network, None, start)?;
        let mut seed = [0; 8];
        // Without randomness the pauses of many clients are merely less spread.
        let _ = getrandom::fill(&mut seed);
        let driver = |mut client: Client| {
            if self.accept_expired_anchor {
                client.accept_expired_anchor();
            }
            let rotation = Rotation::new(addresses.iter().cloned(), u64::from_le_bytes(seed));
            let transport = HttpTransport::new(http.clone(), stop.clone());
            Driver::new(client, Pool::new(rotation, transport, Patience::default()), POLL)
        };
        let mut following = driver(client);
        let mut search = Search::new(height);
        let mut end = following.run(&mut |_, event| Ok(search.receive(event)))?;
        if search.needs_newer_table() {
            terminal::note("the stake table of that epoch is not known: going by the newest final block");
            let client = file.client(file.network.clone(), None, Start::Tip)?;
            following = driver(client);
            search = Search::new(None);
            end = following.run(&mut |_, event| Ok(search.receive(event)))?;
        }
        drop(search.progress);
        match (end, search.found, search.rejected) {
            (End::NetworkRejected(rejected), ..) => Err(file.failure(rejected).into()),
            (End::UpgradeRequired { rejected, .. } | End::Contradiction(rejected) | End::Expired(rejected), ..) => {
                Err(rejected.into())
            }
            (End::Equivocation { equivocation, .. }, ..) => Err(equivocation.rejected().into()),
            (_, Some(block), _) => {
                let block = FinalHeader { header: block.header, leaf: Some(block.leaf), view: Some(block.view) };
                Ok(Anchor { tables: following.client().tables().cloned(), fetcher, block })
            }
            (End::Stopped, ..) => Err(Ending::Stopped),
            (_, None, Some(rejected)) => Err(rejected.into()),
            (End::Finished, None, None) => {
                Err(Failure::Provider(format!("no provider is of use: {}", search.poor)).into())
            }
        }
    }
}

impl Anchor {
    /// The final header of a height: the one at hand, or an older one under it.
    ///
    /// # Errors
    /// If no provider answers, none has the proof, or all that they say is refused.
    pub fn older(&mut self, height: Option<u64>) -> Result<FinalHeader, Ending> {
        let root = &self.block.header;
        let Some(height) = height.filter(|height| *height != root.height) else {
            return Ok(self.block.clone());
        };
        let path = format!("/v1/light-client/header/{}/{height}", root.height);
        let asked = self.fetcher.ask(&path, HEADER_LIMIT, |body| verify_header(&json::parse(body)?, root, height))?;
        Ok(FinalHeader { header: found(asked, "the proof of that header")?, leaf: None, view: None })
    }
}

/// The search for one final block.
struct Search {
    height: Option<u64>,
    found: Option<FinalizedBlock>,
    rejected: Option<Rejected>,
    poor: String,
    faults: u32,
    progress: Progress,
}

impl Search {
    fn new(height: Option<u64>) -> Self {
        let mut progress = Progress::new("proving finality");
        progress.say("proving finality");
        Self { height, found: None, rejected: None, poor: "none answers".into(), faults: 0, progress }
    }

    fn needs_newer_table(&self) -> bool {
        let unknown = |rejected: &Rejected| rejected.rejection == Rejection::EpochTableUnknown;
        self.found.is_none() && self.height.is_some() && self.rejected.as_ref().is_some_and(unknown)
    }

    fn receive(&mut self, event: Event<'_>) -> Flow {
        match event {
            Event::Finalized { blocks, .. } => {
                self.found = match self.height {
                    Some(height) => blocks.iter().find(|block| block.header.height == height).cloned(),
                    None => blocks.last().cloned(),
                };
                if self.found.is_some() { Flow::Finish } else { Flow::Continue }
            }
            Event::Rejected { provider, rejected, .. } => {
                let unknown = rejected.rejection == Rejection::EpochTableUnknown;
                if !unknown {
                    terminal::warning(&format!("{provider} rejected: {rejected}"));
                }
                self.rejected = Some(rejected.clone());
                if unknown { Flow::Finish } else { self.fault() }
            }
            Event::Poor { provider, reason } => {
                self.poor = format!("{provider}: {reason}");
                self.fault()
            }
            Event::Epoch { .. } | Event::Unclear { .. } => Flow::Continue,
            Event::Withheld { .. } => Flow::Finish,
            Event::Quiet { time } => {
                terminal::note(&format!("no provider has shown that block final for {} s", time.as_secs()));
                Flow::Continue
            }
        }
    }

    /// A provider failed once more; providers rest between faults, so a few of them take a while.
    fn fault(&mut self) -> Flow {
        self.faults = self.faults.saturating_add(1);
        if self.faults >= PATIENCE { Flow::Finish } else { Flow::Continue }
    }
}

/// The providers that are given, or those of the network file.
///
/// # Errors
/// If there are none, or if the network file's are no addresses.
pub fn addresses(given: &[Address], file: &NetworkFile) -> Result<Vec<Address>, Failure> {
    if !given.is_empty() {
        return Ok(given.to_vec());
    }
    let listed: Result<Vec<Address>, String> = file.network.providers.iter().map(|text| text.parse()).collect();
    match listed {
        Ok(listed) if !listed.is_empty() => Ok(listed),
        Ok(_) => Err(Failure::Usage("no provider: give --provider URL, or list some in the network file".into())),
        Err(error) => Err(Failure::Usage(format!("{}: {error}", file.path.display()))),
    }
}

/// Reads the answer that is verified under a header of a file.
///
/// # Errors
/// If none is given, and as [`read`].
pub fn read_answer(path: Option<&Path>) -> Result<JsonFile, Failure> {
    read(path.ok_or_else(|| Failure::Usage("--answer is missing".into()))?)
}

/// Reads a file that is JSON by its grammar.
///
/// # Errors
/// If it is not.
pub fn read(path: &Path) -> Result<JsonFile, Failure> {
    let file = JsonFile::read(path)?;
    file.check_syntax()?;
    Ok(file)
}

/// Prints a rejection as every command does, and gives the verdict.
///
/// # Errors
/// If standard output is gone.
pub fn rejected(rejected: &Rejected, as_json: bool) -> Result<Verdict, Failure> {
    use std::io::Write as _;
    let mut output = anstream::AutoStream::auto(std::io::stdout());
    if as_json {
        let object = serde_json::json!({ "rejection": rejected.code(), "message": rejected.to_string() });
        writeln!(output, "{object}")?;
    } else {
        let bad = terminal::BAD;
        writeln!(output, "{bad}rejected{bad:#} {rejected}")?;
    }
    output.flush()?;
    let is_upgrade = rejected.rejection == Rejection::UpgradeRequired;
    Ok(if is_upgrade { Verdict::UpgradeRequired } else { Verdict::Rejected })
}

/// Prints a result: as one line of JSON, or as text.
///
/// # Errors
/// If standard output is gone.
pub fn print<T: serde::Serialize>(value: &T, as_json: bool, text: &str) -> Result<(), Failure> {
    use std::io::Write as _;
    let mut output = anstream::AutoStream::auto(std::io::stdout());
    if as_json {
        let line = serde_json::to_string(value).map_err(|error| Failure::Output(error.into()))?;
        writeln!(output, "{line}")?;
    } else {
        writeln!(output, "{text}")?;
    }
    output.flush()?;
    Ok(())
}
