//! The command line of the devnet.

use std::{net::IpAddr, path::PathBuf, time::Duration};

use clap::Parser;

use crate::{
    chain::{Clock, Failure, Settings},
    lie::Lie,
    server::{Manners, Proofs},
};

/// A query node of an INSECURE devnet of HotShot: real signatures with keys that everybody knows.
///
/// Prints one line of JSON on standard output when it is ready: {"address":"http://127.0.0.1:PORT",…}
#[derive(Clone, Debug, Parser)]
#[command(name = "devnet", version)]
pub struct Options {
    /// Text from which keys, blocks and mishaps are derived
    #[arg(long, default_value = "devnet")]
    pub seed: String,
    /// Number of validators
    #[arg(long, default_value_t = 100)]
    pub validators: u64,
    /// Blocks of an epoch
    #[arg(long, default_value_t = 20)]
    pub epoch_height: u64,
    /// Time between blocks: seconds (2, 0.5) or milliseconds (250ms); 0 makes them as fast as possible
    #[arg(long, default_value = "2", value_parser = duration)]
    pub block_time: Duration,
    /// Protocol versions in order, the first at genesis, such as 0.2,0.3,0.4,0.5,0.6; 0.7 at the end
    /// stands for a version that clients do not know, and differs from 0.6 in its number only
    #[arg(long, default_value = "0.4", value_delimiter = ',', value_parser = minor_version)]
    pub upgrades: Vec<u16>,
    /// First heights of the versions after the first (by default in the middle of successive epochs)
    #[arg(long, value_delimiter = ',')]
    pub upgrade_at: Vec<u64>,
    /// Change the stake table by contract events from the third epoch on
    #[arg(long)]
    pub dynamic_stake: bool,
    /// Delegators, each with an event of its own, beside the usual ones when the contract begins
    #[arg(long, default_value_t = 0)]
    pub delegators: u64,
    /// Let a view fail before one in so many blocks; 0 for never
    #[arg(long, default_value_t = 12)]
    pub failed_views: u64,
    /// The most transactions of a block
    #[arg(long, default_value_t = 6)]
    pub traffic: u64,
    /// Let rollups (Arbitrum Nitro, OP Stack) post in their real formats, signed with INSECURE keys
    #[arg(long)]
    pub rollups: bool,
    /// Keep a Certificate2 for every so many blocks of 0.6 only
    #[arg(long, default_value_t = 1)]
    pub certificate2_every: u64,
    /// Rows that commitments of stake tables cover (by default 200, or the number of validators)
    #[arg(long)]
    pub stake_table_capacity: Option<u64>,
    /// Genesis time in seconds since 1970 for reproducible headers; otherwise the machine's clock
    #[arg(long)]
    pub genesis_time: Option<u64>,
    /// Blocks to make before serving
    #[arg(long, default_value_t = 0)]
    pub history: u64,
    /// Make no block above this height
    #[arg(long)]
    pub stop_at: Option<u64>,
    /// Keep the chain in this folder, and continue it at the next start
    #[arg(long)]
    pub data_dir: Option<PathBuf>,
    /// Write blocks.jsonl, stake_table.json and network.json of the history to this folder, and exit
    #[arg(long)]
    pub record: Option<PathBuf>,
    /// Write the network file, which clients pin, to this path
    #[arg(long)]
    pub network_file: Option<PathBuf>,
    /// Pin this INSECURE-DEV verifying key of transition proofs in the network file, under the name of
    /// its size; may be given several times
    #[arg(long = "transition-key", value_name = "NAME=FILE")]
    pub transition_keys: Vec<String>,
    /// Serve the static files of a prover from this folder, under /proofs/NETWORK/KEY-HASH/EPOCH
    #[arg(long, value_name = "DIR")]
    pub proofs: Option<PathBuf>,
    /// Port to listen on; 0 takes any free one
    #[arg(long, default_value_t = 24000)]
    pub port: u16,
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    pub bind: IpAddr,
    /// Lie in this way; `list` prints all ways and exits
    #[arg(long)]
    pub lie: Option<String>,
    /// Height of the first block that is lied about, where the lie is about blocks that follow
    #[arg(long)]
    pub lie_from: Option<u64>,
    /// Serve without these modules: light-client, catchup, node, config, availability, cert2, streams, submit
    #[arg(long, value_delimiter = ',')]
    pub without: Vec<String>,
    /// The most leaves of a leaf proof
    #[arg(long, default_value_t = 500)]
    pub leaf_proof_limit: usize,
    /// The most objects of a range
    #[arg(long, default_value_t = 500)]
    pub range_limit: usize,
    /// Let every answer wait so many milliseconds
    #[arg(long, default_value_t = 0)]
    pub slow: u64,
}

fn minor_version(text: &str) -> Result<u16, String> {
    let minor = text.trim().strip_prefix("0.").and_then(|minor| minor.parse().ok());
    minor.ok_or_else(|| format!("{text} is no version from 0.1 to 0.7"))
}

fn duration(text: &str) -> Result<Duration, String> {
    let (number, scale) = text.strip_suffix("ms").map_or((text, 1.0), |millis| (millis, 1000.0));
    let number = number.strip_suffix('s').unwrap_or(number);
    let value: f64 = number.parse().map_err(|_| format!("{text} is neither seconds nor milliseconds"))?;
    Duration::try_from_secs_f64(value / scale).map_err(|error| error.to_string())
}

impl Options {
    /// The settings of the chain.
    ///
    /// # Errors
    /// When no chain can be made from them.
    pub fn settings(&self) -> Result<Settings, Failure> {
        let step_millis = u64::try_from(self.block_time.as_millis()).unwrap_or(u64::MAX);
        let step_millis = if step_millis == 0 { 1000 } else { step_millis };
        let clock = self.genesis_time.map_or(Clock::Wall, |seconds| Clock::Virtual {
            genesis_millis: seconds.saturating_mul(1000),
            step_millis,
        });
        let settings = Settings {
            seed: self.seed.clone(),
            validators: self.validators,
            epoch_height: self.epoch_height,
            versions: self.upgrades.clone(),
            upgrade_heights: self.upgrade_at.clone(),
            dynamic_stake: self.dynamic_stake,
            delegators: self.delegators,
            failed_views: self.failed_views,
            traffic: self.traffic,
            rollups: self.rollups,
            certificate2_every: self.certificate2_every,
            stake_table_capacity: self.stake_table_capacity,
            clock,
        };
        settings.check()?;
        Ok(settings)
    }

    /// The lie to tell from the start.
    ///
    /// # Errors
    /// When there is no lie of this name.
    pub fn chosen_lie(&self) -> Result<Option<Lie>, Failure> {
        let Some(name) = &self.lie else { return Ok(None) };
        let unknown = || Failure(format!("there is no lie {name}: --lie list prints all"));
        Lie::from_name(name).ok_or_else(unknown).map(Some)
    }

    /// How the node answers.
    ///
    /// # Errors
    /// When a key cannot be read.
    pub fn manners(&self) -> Result<Manners, Failure> {
        let keys = self.transition_keys.iter().map(|argument| Proofs::read_key(argument));
        Ok(Manners {
            without: self.without.iter().cloned().collect(),
            leaf_proof_limit: self.leaf_proof_limit,
            range_limit: self.range_limit,
            delay: Duration::from_millis(self.slow),
            proofs: Proofs { folder: self.proofs.clone(), keys: keys.collect::<Result<_, _>>()? },
        })
    }
}
