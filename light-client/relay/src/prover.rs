//! Making proofs that no store has: `hotshot-prover`, as a program of its own, on what a provider serves.
//!
//! The provider is not believed. The prover refuses certificates that the table did not sign, and a table
//! that is not the one whose commitments the contract has gives a proof that the relayer throws away.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use ureq::Agent;

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
    fn fetch(&self, path: &str) -> Result<Option<Value>, String> {
        let config =
            Agent::config_builder().timeout_global(Some(Duration::from_secs(30))).http_status_as_error(false).build();
        let url = format!("{}/{path}", self.provider.trim_end_matches('/'));
        let request = config.new_agent().get(url).header("accept", "application/json");
        let mut answer = request.call().map_err(|error| format!("provider: {error}"))?;
        match answer.status().as_u16() {
            200 => {}
            404 => return Ok(None),
            status => return Err(format!("provider: {path}: answered {status}")),
        }
        let mut bytes = Vec::new();
        let read = answer.body_mut().as_reader().take(LIMIT).read_to_end(&mut bytes);
        read.map_err(|error| format!("provider: {error}"))?;
        serde_json::from_slice(&bytes).map(Some).map_err(|_| format!("provider: {path}: no JSON"))
    }

    /// Proves the root of an epoch. `false` if the provider has no certificate of it yet.
    ///
    /// # Errors
    /// If the provider cannot be asked or the prover fails.
    pub fn prove(&self, epoch: u64, blocks_per_epoch: u64, capacity: u64) -> Result<bool, String> {
        let Some(certificate) = self.fetch(&format!("v1/availability/state-cert-v2/{epoch}"))? else {
            return Ok(false);
        };
        let Some(members) = self.fetch(&format!("v1/node/stake-table/{epoch}"))? else { return Ok(false) };
        let work = self.proofs.join(format!(".work-{epoch}"));
        let failed = |error: std::io::Error| format!("{}: {error}", work.display());
        fs::create_dir_all(&work).map_err(failed)?;
        let write = |name: &str, value: &Value| -> Result<PathBuf, String> {
            let path = work.join(name);
            fs::write(&path, value.to_string()).map_err(failed)?;
            Ok(path)
        };
        let certificates = write("certificates.json", &json!([[epoch, certificate]]))?;
        let table = write("stake_table.json", &stake_table(&members, blocks_per_epoch, capacity))?;
        let result = self.run(epoch, &certificates, &table);
        // Files of work that is done; what cannot be removed now is overwritten next time.
        let _ = fs::remove_dir_all(&work);
        result.map(|()| true)
    }

    fn run(&self, epoch: u64, certificates: &Path, table: &Path) -> Result<(), String> {
        let output = Command::new(&self.program)
            .arg("prove")
            .arg(certificates)
            .arg("--stake-table")
            .arg(table)
            .arg("--keys")
            .arg(&self.keys)
            .arg("--out")
            .arg(&self.proofs)
            .args(["--network", &self.network, "--epoch", &epoch.to_string()])
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("{}: {error}", self.program.display()))?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("no reason").to_owned();
        Err(format!("the prover failed on epoch {epoch}: {last}"))
    }
}

/// The form of `stake_table.json`, from a query service's list of members, nested or flat.
fn stake_table(members: &Value, blocks_per_epoch: u64, capacity: u64) -> Value {
    json!({
        "epoch_height": blocks_per_epoch,
        "stake_table_capacity": capacity,
        "known_nodes_with_stake": members,
    })
}
