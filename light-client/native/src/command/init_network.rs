//! `hotshot-verify init-network`: a network file from what a provider says.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use hotshot_light_client::client::network::{LIST_LIMIT, Network};
use hotshot_light_client::consensus::chain_config::ResolvableChainConfig;
use hotshot_light_client::consensus::epoch::Epochs;
use hotshot_light_client::consensus::header::Header;
use hotshot_light_client::consensus::leaf::CertifiedLeaf;
use hotshot_light_client::consensus::version::Version;
use hotshot_light_client::encoding::bytes::to_hex;
use hotshot_light_client::encoding::json::{self, Json};
use hotshot_light_client::encoding::tagged_base64::{self, tag};
use hotshot_light_client::stake_table::commitment::hash_to_text;
use hotshot_light_client::stake_table::entry::RawEntry;
use hotshot_light_client::stake_table::event_json::events_from_json;
use hotshot_light_client::stake_table::possession::KeyChecks;
use hotshot_light_client::stake_table::state::RegistrationState;
use hotshot_light_client::stake_table::table::StakeTable;
use hotshot_light_client::stake_table::transition::epoch_root;
use hotshot_light_client::{Rejected, Rejection};
use serde_json::{Value, json};

use crate::exit::{Failure, Verdict};
use crate::network::{PRESETS, preset};
use crate::provider::address::Address;
use crate::provider::http::{Answer, Http};
use crate::stop::Stop;
use crate::store::write_whole;
use crate::terminal;

/// The most bytes of `config/hotshot` or of a leaf.
const ANSWER_LIMIT: usize = 8 << 20;
/// The most bytes of the events of an epoch.
const EVENTS_LIMIT: usize = 32 << 20;

/// Arguments of `init-network`.
#[derive(Debug, Args)]
#[command(after_help = "\
This is TRUST ON FIRST USE: whoever runs the provider, or sits between, chooses whom you trust from \
then on. Compare the stake table, or the network's identity that is printed, with another source \
before you rely on it. With --preset, the public parameters of a known network are taken from here, \
and a provider that says something else is refused; the stake table still is what the provider says.

Roots of protocol 0.3 carry no hash of the next stake table. Where a chain has such epochs with tables \
from the contract, the hashes that the provider's events lead to are pinned as stake_table_hashes.

first_dynamic_epoch, from which stake tables come from the stake table contract, is two epochs after \
the one of epoch_start_block; it is null if the newest header names no such contract, because then the \
pinned table serves every epoch. --first-dynamic-epoch says it in place of the provider.

Examples:
  hotshot-verify init-network --provider http://localhost:24000 --output network.json
  hotshot-verify init-network --preset mainnet --provider https://query.main.net.espresso.network")]
pub struct Arguments {
    /// Base address of a query service
    #[arg(long, value_name = "URL")]
    pub provider: Address,
    /// Take public parameters from a network that is known here
    #[arg(long, value_parser = PRESETS.map(|(name, _)| name))]
    pub preset: Option<String>,
    /// First epoch whose stake table comes from the contract, or `none` if the pinned table serves all
    #[arg(long, value_name = "EPOCH|none", value_parser = parse_dynamic, conflicts_with = "preset")]
    pub first_dynamic_epoch: Option<Dynamic>,
    /// Name for the network
    #[arg(long)]
    pub name: Option<String>,
    /// File to write, in place of standard output. Must not exist
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Replace the file if it exists
    #[arg(long, requires = "output")]
    pub force: bool,
}

/// From when on the stake table contract decides who signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dynamic {
    /// Never: there is no contract.
    Never,
    /// From an epoch on.
    From(u64),
}

fn parse_dynamic(text: &str) -> Result<Dynamic, String> {
    match text {
        "none" => Ok(Dynamic::Never),
        epoch => epoch.parse().map(Dynamic::From).map_err(|error| format!("{error}, and not `none`")),
    }
}

/// Asks the provider and writes the file.
///
/// # Errors
/// If the provider's answers are no configuration, or the file cannot be written.
pub fn run(arguments: &Arguments) -> Result<Verdict, Failure> {
    if let Some(path) = arguments.output.as_deref().filter(|path| !arguments.force && path.exists()) {
        return Err(Failure::file(path, std::io::ErrorKind::AlreadyExists.into()));
    }
    let http = Http::new(Stop::on_signals().map_err(Failure::Usage)?);
    let provider = &arguments.provider;
    let unusable = |path: &str, rejected: Rejected| Failure::Provider(format!("{provider}{path}: {rejected}"));

    let path = "/v1/config/hotshot";
    let body = match http.get(provider, path, ANSWER_LIMIT) {
        Answer::Body(body) => body,
        answer => return Err(Failure::Provider(format!("{provider}{path}: {}", answer.summary()))),
    };
    let dynamic = arguments.first_dynamic_epoch.or_else(|| without_contract(&http, provider));
    let file = json::parse(&body)
        .and_then(|json| network_file(&json, arguments, dynamic))
        .map_err(|rejected| unusable(path, rejected))?;

    let path = "/v1/availability/leaf/0";
    let genesis = match http.get(provider, path, ANSWER_LIMIT) {
        Answer::Body(body) => Some(read_genesis(&body).map_err(|rejected| unusable(path, rejected))?),
        answer => {
            terminal::note(&format!("no genesis to pin: {provider}{path}: {}", answer.summary()));
            None
        }
    };
    let mut file = with_genesis(file, genesis).map_err(|rejected| unusable(path, rejected))?;
    let hashes = hashes_of_0_3(&http, provider, &file).map_err(|rejected| unusable("", rejected))?;
    if !hashes.is_empty() {
        terminal::note(&format!("{} epochs follow roots of protocol 0.3: their hashes are pinned", hashes.len()));
        set(&mut file, "stake_table_hashes", hashes.into());
    }

    let text = format!("{file:#}\n");
    let network = Network::parse(text.as_bytes()).map_err(|rejected| unusable("", rejected))?;
    match &arguments.output {
        Some(path) => write_whole(path, text.as_bytes())?,
        None => {
            let mut output = std::io::stdout().lock();
            output.write_all(text.as_bytes())?;
            output.flush()?;
        }
    }
    let validators = network.stake_table.as_deref().unwrap_or_default().len();
    terminal::warning(&format!(
        "TRUST ON FIRST USE: {validators} validators, as {provider} names them. Nobody has checked that they are the \
         right ones. Compare the network's identity with another source: {}",
        to_hex(&network.identity())
    ));
    Ok(Verdict::Accepted)
}

fn network_file(answer: &Json<'_>, arguments: &Arguments, dynamic: Option<Dynamic>) -> Result<Value, Rejected> {
    let config = answer.find("config")?.unwrap_or(answer);
    let number = |key: &str| config.find(key)?.and_then(Json::non_null).map_or(Ok(0), Json::u64);
    let (epoch_height, epoch_start_block) = (number("epoch_height")?, number("epoch_start_block")?);
    let entries = RawEntry::list_from_json(config)?;
    // Every key is checked now, so that a bad table is not found out about later.
    StakeTable::admit(entries.clone())?;
    let mut file = match arguments.preset.as_deref().and_then(preset) {
        Some(text) => {
            let known = Network::parse(text.as_bytes())?;
            Rejection::NetworkForm.unless_equal(epoch_height, known.epoch_height)?;
            Rejection::NetworkForm.unless_equal(epoch_start_block, known.epoch_start_block)?;
            serde_json::from_str(text).unwrap_or(Value::Null)
        }
        None => json!({
            "name": arguments.provider.to_string(),
            "epoch_height": epoch_height,
            "epoch_start_block": epoch_start_block,
            "first_dynamic_epoch": match dynamic {
                Some(Dynamic::Never) => None,
                Some(Dynamic::From(epoch)) => Some(epoch),
                None => first_dynamic_epoch(epoch_height, epoch_start_block),
            },
            "providers": [arguments.provider.to_string()],
        }),
    };
    set(&mut file, "stake_table", entries.iter().map(entry_json).collect());
    let note = format!("Trust on first use: stake table and genesis as {} named them.", arguments.provider);
    set(&mut file, "note", note.into());
    if let Some(name) = &arguments.name {
        set(&mut file, "name", name.as_str().into());
    }
    Ok(file)
}

/// [`Dynamic::Never`] if the newest header of a version with epochs names no stake table contract; of
/// older headers, and of those that only commit to their configuration, nothing can be told.
fn without_contract(http: &Http, provider: &Address) -> Option<Dynamic> {
    let ask = |path: &str| match http.get(provider, path, ANSWER_LIMIT) {
        Answer::Body(body) => Some(body),
        _ => None,
    };
    let blocks = ask("/v1/node/block-height")?;
    let last = json::parse(&blocks).and_then(|json| json.u64()).ok()?.checked_sub(1)?;
    let leaf = ask(&format!("/v1/availability/leaf/{last}"))?;
    let CertifiedLeaf { leaf, .. } = json::parse(&leaf).and_then(|json| CertifiedLeaf::from_json(&json)).ok()?;
    match &leaf.header.chain_config {
        ResolvableChainConfig::Whole(config) if leaf.header.version.has_epochs() => {
            config.stake_table_contract.is_none().then_some(Dynamic::Never)
        }
        _ => None,
    }
}

/// Hashes of the registrations of the epochs that follow roots of protocol 0.3, which carry none: what the
/// provider's events lead to.
fn hashes_of_0_3(http: &Http, provider: &Address, file: &Value) -> Result<Vec<Value>, Rejected> {
    let network = Network::parse(file.to_string().as_bytes())?;
    let Some(first) = network.first_dynamic_epoch else { return Ok(Vec::new()) };
    let ask = |path: &str| match http.get(provider, path, EVENTS_LIMIT) {
        Answer::Body(body) => Some(body),
        _ => None,
    };
    let (mut registrations, mut hashes) = (RegistrationState::default(), Vec::new());
    for epoch in (first..).take(LIST_LIMIT) {
        let Some(root) = epoch_root(epoch.saturating_sub(1), network.epoch_height) else { break };
        let Some(header) = ask(&format!("/v1/availability/header/{root}")) else { break };
        if Header::from_json(&json::parse(&header)?)?.version >= Version::V0_4 {
            break;
        }
        let Some(events) = ask(&format!("/v1/light-client/stake-table/{epoch}")) else { break };
        for event in KeyChecks::new(events_from_json(&json::parse(&events)?)?, &[])?.finish() {
            registrations.apply(&event)?;
        }
        registrations.settle();
        hashes.push(json!({ "epoch": epoch, "hash": hash_to_text(&registrations.hash()) }));
    }
    Ok(hashes)
}

/// Tables come from the stake table contract from the third epoch with proof of stake on.
fn first_dynamic_epoch(epoch_height: u64, epoch_start_block: u64) -> Option<u64> {
    // Networks that have no epochs yet say so with the largest number, or with 0.
    if epoch_start_block == u64::MAX {
        return None;
    }
    Epochs::new(epoch_height)?.of(epoch_start_block).checked_add(2)
}

fn entry_json(entry: &RawEntry) -> Value {
    json!({
        "stake_key": tagged_base64::encode(tag::BLS_VER_KEY, &entry.stake_key),
        "stake_amount": entry.stake.to_string(),
        "state_ver_key": entry.state_ver_key.map(|key| tagged_base64::encode(tag::SCHNORR_VER_KEY, &key)),
    })
}

/// What is pinned of genesis.
struct Genesis {
    /// The leaf's commitment.
    leaf: String,
    /// Seconds since the Unix epoch.
    timestamp: u64,
    /// The chain identifier, if the header shows it.
    chain_id: Option<String>,
}

fn read_genesis(body: &[u8]) -> Result<Genesis, Rejected> {
    let CertifiedLeaf { leaf, .. } = CertifiedLeaf::from_json(&json::parse(body)?)?;
    Rejection::HeaderHeight.unless_equal(leaf.height(), 0)?;
    let chain_id = match &leaf.header.chain_config {
        ResolvableChainConfig::Whole(config) => Some(config.chain_id.to_string()),
        ResolvableChainConfig::Committed(_) => None,
    };
    let timestamp = leaf.header.timestamp;
    Ok(Genesis { leaf: tagged_base64::encode(tag::COMMIT, &leaf.commitment()), timestamp, chain_id })
}

fn with_genesis(mut file: Value, genesis: Option<Genesis>) -> Result<Value, Rejected> {
    let Some(Genesis { leaf, timestamp, chain_id }) = genesis else { return Ok(file) };
    if let Some(chain_id) = chain_id {
        let known = file.get("chain_id").and_then(Value::as_str).map(str::to_owned);
        if known.is_some_and(|known| known != chain_id) {
            return Err(Rejection::NetworkChainId.bare());
        }
        set(&mut file, "chain_id", chain_id.into());
    }
    set(&mut file, "genesis", json!({ "leaf": leaf, "timestamp": timestamp }));
    Ok(file)
}

fn set(file: &mut Value, key: &str, value: Value) {
    if let Some(members) = file.as_object_mut() {
        members.insert(key.into(), value);
    }
}
