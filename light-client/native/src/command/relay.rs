//! `hotshot-verify relay`: keeps a light client contract fresh.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use hotshot_light_client::encoding::bytes::{from_hex, to_hex};
use hotshot_light_client::encoding::committable::keccak256;
use hotshot_light_client::transition::proof::VerifyingKey;
use hotshot_relay::account::Account;
use hotshot_relay::contract::{Address, BATCH, Contract};
use hotshot_relay::metrics::Metrics;
use hotshot_relay::pending::Journal;
use hotshot_relay::proofs::Proofs;
use hotshot_relay::prover::Prover;
use hotshot_relay::relayer::{Parts, Relayer, STRIDE, Settings, Turn};
use hotshot_relay::rpc::Rpc;
use hotshot_relay::state_relay::StateRelay;

use crate::exit::{Failure, Verdict};
use crate::input::read_limited;
use crate::stop::Stop;
use crate::terminal;

/// Where the secret key is taken from if no file is named.
const ACCOUNT_VARIABLE: &str = "HOTSHOT_RELAY_KEY";

/// Arguments of `relay`.
#[derive(Debug, Args)]
#[command(after_help = "\
Every turn reads what the contract knows, looks for the proofs of the epochs that come next, judges them as \
the contract will, asks the node what would happen, and only then sends: one epoch alone, several in one \
transaction. What was sent is followed until it is as many blocks deep as asked for. It is sent again after a \
reorganisation, and at a higher price when it waits too long, never above --max-fee. The journal lets a \
restart go on where the program ended.

Proofs are files <network>/<key hash>/<epoch>, as `hotshot-prover` makes and serves them, in a folder or on \
a web server; `hotshot-prover serve` is one. With --prover and --provider, those that the folder lacks are made \
here from the provider's certificates. An update comes once an epoch then: about every 13 hours on mainnet, whose \
epochs have 40,000 blocks. States of ordinary blocks come in between, at least --stride blocks apart, if the store \
has one (<network>/<key hash>/latest), or if there is a --state-relay to prove them from: a server that collects \
validators' signatures and serves them at api/lateststate. It has to collect more than two thirds of the stake; \
the reference's stops at one third, and its bundles are passed over.

The secret key is read from --account or from the environment variable HOTSHOT_RELAY_KEY, and never shown; \
nor is the node's address, which often carries a secret.

--metrics answers /metrics (for Prometheus) and /health: 503 if no turn succeeded for five intervals.

Exit status: 0 after --once or a signal, 1 if --once ended with a refusal, 2 for wrong usage and unusable files.

Examples:
  hotshot-verify relay --rpc http://localhost:8545 --contract 0x… --key s24.verifying-key \\
    --network mainnet --proofs https://proofs.example --account ~/.relay-key --journal /var/lib/relay.json
  hotshot-verify relay … --proofs ./proofs --provider https://query.example --prover hotshot-prover \\
    --prover-keys ./keys")]
pub struct Arguments {
    /// Address of an EVM node
    #[arg(long, value_name = "URL")]
    pub rpc: String,
    /// Address of the light client contract
    #[arg(long, value_name = "ADDRESS", value_parser = parse_address)]
    pub contract: Address,
    /// File of the verifying key that proofs are under
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// Accept a key for development, under which anyone can forge proofs
    #[arg(long)]
    pub insecure: bool,
    /// Name of the network in the paths of proofs
    #[arg(long, value_name = "NAME")]
    pub network: String,
    /// Folder or web server of proofs
    #[arg(long, value_name = "DIR|URL")]
    pub proofs: String,
    /// State relay to take signatures over ordinary blocks from
    #[arg(long, value_name = "URL", requires = "prover")]
    pub state_relay: Option<String>,
    /// Query service to take certificates from where proofs have to be made
    #[arg(long, value_name = "URL", requires = "prover")]
    pub provider: Option<String>,
    /// The program `hotshot-prover`, to make proofs that the folder lacks
    #[arg(long, value_name = "PROGRAM", requires_all = ["provider", "prover_keys"])]
    pub prover: Option<PathBuf>,
    /// Folder of the prover's keys
    #[arg(long, value_name = "DIR", requires = "prover")]
    pub prover_keys: Option<PathBuf>,
    /// File with the secret key of the account that pays
    #[arg(long, value_name = "FILE")]
    pub account: Option<PathBuf>,
    /// File that remembers what is under way
    #[arg(long, value_name = "FILE")]
    pub journal: Option<PathBuf>,
    /// Address that answers /metrics and /health
    #[arg(long, value_name = "IP:PORT")]
    pub metrics: Option<SocketAddr>,
    /// Seconds between turns
    #[arg(long, value_name = "SECONDS", default_value_t = 12, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub interval: u64,
    /// The most that a unit of gas may cost, in gwei
    #[arg(long, value_name = "GWEI", default_value_t = 100)]
    pub max_fee: u64,
    /// The most of it that the node's advice makes proposers get, in gwei
    #[arg(long, value_name = "GWEI", default_value_t = 5)]
    pub max_priority_fee: u64,
    /// The fewest blocks between states of ordinary blocks
    #[arg(long, value_name = "BLOCKS", default_value_t = STRIDE)]
    pub stride: u64,
    /// Depth at which a transaction is believed in
    #[arg(long, value_name = "BLOCKS", default_value_t = 12, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub confirmations: u64,
    /// Blocks that a transaction may wait before its price is raised
    #[arg(long, value_name = "BLOCKS", default_value_t = 5)]
    pub patience: u64,
    /// The most epochs of one transaction
    #[arg(long, value_name = "EPOCHS", default_value_t = BATCH, value_parser = parse_batch)]
    pub batch: usize,
    /// Do one turn only
    #[arg(long)]
    pub once: bool,
}

fn parse_address(text: &str) -> Result<Address, String> {
    from_hex(text).map(|bytes: [u8; 20]| bytes.into()).map_err(|_| "0x and 40 hexadecimal digits".into())
}

fn parse_batch(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(batch @ 1..=128) => Ok(batch),
        _ => Err("1 to 128".into()),
    }
}

/// Relays until it is told to end.
///
/// # Errors
/// Wrong usage, unusable files, a node that cannot be asked at the start.
pub fn run(arguments: &Arguments) -> Result<Verdict, Failure> {
    let bytes = read_limited(&arguments.key, VerifyingKey::BYTES)?;
    let key = VerifyingKey::from_bytes(&bytes, &keccak256(&[&bytes]), arguments.insecure)
        .map_err(|rejected| Failure::content(&arguments.key, rejected))?;
    if key.purpose.insecure {
        terminal::warning("this key is INSECURE: its secrets are public, so anyone can forge proofs under it");
    }
    let account = match (&arguments.account, std::env::var(ACCOUNT_VARIABLE)) {
        (Some(path), _) => Account::from_file(path).map_err(Failure::Usage)?,
        (None, Ok(text)) => {
            Account::from_text(&text).map_err(|reason| Failure::Usage(format!("{ACCOUNT_VARIABLE}: {reason}")))?
        }
        (None, Err(_)) => return Err(Failure::Usage(format!("give --account or set {ACCOUNT_VARIABLE}"))),
    };
    let hash = key.hash();
    let proofs = Proofs::new(&arguments.proofs, &arguments.network, hash);
    let prover = prover(arguments, &proofs)?;
    let interval = Duration::from_secs(arguments.interval);
    let metrics = Metrics::new(interval * 5);
    if let Some(address) = arguments.metrics {
        let address =
            metrics.serve(address).map_err(|error| Failure::Usage(format!("--metrics {address}: {error}")))?;
        terminal::note(&format!("metrics at http://{address}/metrics"));
    }
    terminal::note(&format!("account {}, key {}", account.address(), to_hex(&hash)));
    let rpc = Rpc::new(&arguments.rpc);
    let parts = Parts {
        contract: Contract::new(rpc.clone(), arguments.contract),
        rpc,
        account,
        key,
        proofs,
        prover,
        state_relay: arguments.state_relay.as_deref().map(StateRelay::new),
        journal: Journal::new(arguments.journal.clone()),
        metrics,
        settings: Settings {
            confirmations: arguments.confirmations,
            patience: arguments.patience,
            max_fee: u128::from(arguments.max_fee) * 1_000_000_000,
            max_priority_fee: u128::from(arguments.max_priority_fee) * 1_000_000_000,
            batch: arguments.batch,
            stride: arguments.stride,
        },
    };
    let stop = Stop::on_signals().map_err(Failure::Usage)?;
    let mut relayer = Relayer::new(parts).map_err(Failure::Provider)?;
    let mut said = None;
    loop {
        let turn = relayer.turn();
        // Once, not every twelve seconds for as long as it lasts.
        if said.as_ref() != Some(&turn) {
            report(&relayer, &turn)?;
        }
        if arguments.once {
            return Ok(if turn.is_ok() { Verdict::Accepted } else { Verdict::Rejected });
        }
        said = Some(turn);
        if stop.wait(interval) {
            return Ok(Verdict::Accepted);
        }
    }
}

fn prover(arguments: &Arguments, proofs: &Proofs) -> Result<Option<Prover>, Failure> {
    let (Some(program), Some(keys), Some(provider)) = (&arguments.prover, &arguments.prover_keys, &arguments.provider)
    else {
        return Ok(None);
    };
    let folder = proofs.folder().ok_or_else(|| Failure::Usage("--prover needs a folder in --proofs".into()))?;
    Ok(Some(Prover {
        program: program.clone(),
        keys: keys.clone(),
        proofs: folder.clone(),
        network: arguments.network.clone(),
        provider: provider.clone(),
    }))
}

fn report(relayer: &Relayer, turn: &Result<Turn, String>) -> Result<(), Failure> {
    let numbers = relayer.metrics().numbers();
    let text = match turn {
        Err(error) => {
            terminal::warning(error);
            return Ok(());
        }
        Ok(Turn::Idle) => "nothing to do".into(),
        Ok(Turn::Sent) => "sent".into(),
        Ok(Turn::Replaced) => "sent again at a higher price".into(),
        Ok(Turn::Waiting(why)) => format!("waiting {why}"),
        Ok(Turn::Confirmed) => "confirmed".into(),
        Ok(Turn::Reverted) => "reverted: someone else was first".into(),
    };
    writeln!(
        anstream::stdout(),
        "block {} height {} epoch {}: {text}",
        numbers.block,
        numbers.height,
        numbers.voting_epoch
    )?;
    Ok(())
}
