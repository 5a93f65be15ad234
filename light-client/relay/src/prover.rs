//! Making proofs that no store has: `hotshot-prover`, as a program of its own, on what a provider and a state
//! relay serve.
//!
//! Neither is believed. The prover refuses certificates that the table did not sign, and a table that is not the
//! one whose commitments the contract has is refused before, or gives a proof that the relayer throws away.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use hotshot_light_client::encoding::json::parse;
use hotshot_light_client::stake_table::table::StakeTable;
use hotshot_light_client::transition::voting_table::VotingTable;
use serde_json::{Value, json};

use crate::fetch::Fetcher;

/// The most bytes of a certificate or a table.
const LIMIT: u64 = 8 << 20;

/// A prover at hand.
#[derive(Clone, Debug)]
pub struct Prover {
    /// The program.
    pub program: PathBuf,
    /// Its folder of keys.
    pub keys: PathBuf,
    /// Where it leaves proofs: the relayer's store.
    pub proofs: PathBuf,
    /// The name of the network in the store.
    pub network: String,
    /// A HotShot query service.
    pub provider: String,
}

impl Prover {
    fn fetch(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
        Fetcher::new("provider", &self.provider).get(path, LIMIT)
    }

    fn members(&self, epoch: u64) -> Result<Option<Vec<u8>>, String> {
        self.fetch(&format!("v1/node/stake-table/{epoch}"))
    }

    /// The table of an epoch as the provider has it; `None` if it has none yet.
    ///
    /// # Errors
    /// If the provider cannot be asked or serves no such table.
    pub fn table(&self, epoch: u64, capacity: u64) -> Result<Option<VotingTable>, String> {
        let Some(members) = self.members(epoch)? else { return Ok(None) };
        let capacity = usize::try_from(capacity).unwrap_or(usize::MAX);
        let table = parse(&members).and_then(|json| StakeTable::from_json(&json));
        let table = table.and_then(|table| VotingTable::admit(&table, capacity));
        table.map(Some).map_err(|rejected| format!("provider: the table of epoch {epoch}: {rejected}"))
    }

    /// Proves the root of an epoch. `false` if the provider has no certificate of it yet.
    ///
    /// # Errors
    /// If the provider cannot be asked or the prover fails.
    pub fn prove(&self, epoch: u64, blocks_per_epoch: u64, capacity: u64) -> Result<bool, String> {
        let path = format!("v1/availability/state-cert-v2/{epoch}");
        let Some(certificate) = self.fetch(&path)? else { return Ok(false) };
        let certificate = json_of(&path, &certificate)?;
        let certificates = json!([[epoch, certificate]]);
        let only = ["--epoch", &epoch.to_string()];
        self.run("prove", &certificates, epoch, blocks_per_epoch, capacity, &only)
    }

    /// Proves the state of an ordinary block of an epoch from a relay's bundle. `false` if the provider does not
    /// have the table of the epoch.
    ///
    /// # Errors
    /// If the provider cannot be asked or the prover fails.
    pub fn prove_latest(
        &self,
        bundle: &[u8],
        epoch: u64,
        blocks_per_epoch: u64,
        capacity: u64,
    ) -> Result<bool, String> {
        let bundle = json_of("the bundle", bundle)?;
        self.run("prove-latest", &bundle, epoch, blocks_per_epoch, capacity, &[])
    }

    fn run(
        &self,
        command: &str,
        signed: &Value,
        epoch: u64,
        blocks_per_epoch: u64,
        capacity: u64,
        more: &[&str],
    ) -> Result<bool, String> {
        let Some(members) = self.members(epoch)? else { return Ok(false) };
        let members = json_of("the stake table", &members)?;
        // The form of `stake_table.json`, from a query service's list of members, nested or flat.
        let table = json!({
            "epoch_height": blocks_per_epoch,
            "stake_table_capacity": capacity,
            "known_nodes_with_stake": members,
        });
        let work = self.proofs.join(format!(".work-{epoch}"));
        let failed = |error: std::io::Error| format!("{}: {error}", work.display());
        fs::create_dir_all(&work).map_err(failed)?;
        let write = |name: &str, value: &Value| -> Result<PathBuf, String> {
            let path = work.join(name);
            fs::write(&path, value.to_string()).map_err(failed)?;
            Ok(path)
        };
        let (signed, table) = (write("signed.json", signed)?, write("stake_table.json", &table)?);
        let result = self.call(command, &signed, &table, more);
        // Files of work that is done; what cannot be removed now is overwritten next time.
        let _ = fs::remove_dir_all(&work);
        result.map(|()| true).map_err(|reason| format!("the prover failed on epoch {epoch}: {reason}"))
    }

    fn call(&self, command: &str, signed: &Path, table: &Path, more: &[&str]) -> Result<(), String> {
        let output = Command::new(&self.program)
            .arg(command)
            .arg(signed)
            .arg("--stake-table")
            .arg(table)
            .arg("--keys")
            .arg(&self.keys)
            .arg("--out")
            .arg(&self.proofs)
            .args(["--network", &self.network])
            .args(more)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("{}: {error}", self.program.display()))?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        // Its last word may be how much it did; a refusal says so.
        let lines = || said.lines().rev().filter(|line| !line.trim().is_empty());
        let line = lines().find(|line| line.contains("refused:")).or_else(|| lines().next());
        Err(line.unwrap_or("no reason").to_owned())
    }
}

fn json_of(what: &str, text: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(text).map_err(|_| format!("provider: {what}: no JSON"))
}
