//! `bench`: what a set-up and a proof cost on this machine, as JSON.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anstream::println;
use clap::Args;
use hotshot_circuits::fixture::Fixture;
use hotshot_circuits::groth16::Keys;
use hotshot_circuits::witness::{Witness, signers_needed};
use hotshot_light_client::hash::element;
use hotshot_light_client::transition::proof::{Proof, VerifyingKey};
use hotshot_light_client::transition::proof_batch::{PreparedKey, ProofBatch};
use hotshot_light_client::transition::voting_table::{Row, VotingTable};
use rustix::time::{ClockId, clock_gettime};

use super::{KeyFiles, peak_memory, preset};
use crate::input::{Failure, TableOption, tables};

#[derive(Debug, Args)]
#[command(after_help = "\
Each run measures one thing, so that its peak memory is its own: with --set-up it makes INSECURE keys in \
KEYS, without it proves and verifies with the keys that are there. Members of the table get fresh INSECURE \
keys; all of them sign.")]
pub(crate) struct Arguments {
    /// The size of the circuit.
    #[arg(long)]
    preset: String,
    /// Folder of the keys.
    #[arg(long, default_value = "keys")]
    keys: PathBuf,
    /// Measure the set-up.
    #[arg(long)]
    set_up: bool,
    /// Take the stakes of this table, in place of seeded ones.
    #[arg(long)]
    stake_table: Option<PathBuf>,
}

/// Wall and processor time of some work, in seconds.
fn timed<T>(work: impl FnOnce() -> T) -> (T, f64, f64) {
    let processor = || {
        let time = clock_gettime(ClockId::ProcessCPUTime);
        Duration::new(u64::try_from(time.tv_sec).unwrap_or_default(), u32::try_from(time.tv_nsec).unwrap_or_default())
    };
    let (start, clock) = (processor(), Instant::now());
    let result = work();
    (result, clock.elapsed().as_secs_f64(), (processor().saturating_sub(start)).as_secs_f64())
}

/// The fixture's members with the stakes of a file, as many as it has.
fn with_stakes_of(path: &Path, fixture: &Fixture, capacity: usize) -> Result<VotingTable, Failure> {
    let option = TableOption { epoch: 0, path: path.to_path_buf() };
    let tables = tables(&[option], None, Some(capacity))?;
    let stakes = tables.schedule.at(0).ok_or("no table")?.rows().iter().map(|row| row.amount);
    let members = fixture.table(1)?;
    if members.rows().len() < stakes.len() {
        return Err("the table has more members than the circuit lets sign".into());
    }
    let rows = members.rows().iter().zip(stakes).map(|(row, amount)| Row { amount, ..*row });
    Ok(VotingTable::from_rows(rows.collect(), capacity)?)
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let preset = preset(&arguments.preset)?;
    let files = KeyFiles::new(&arguments.keys, preset.name, true);
    let peak = || peak_memory().unwrap_or_default();
    if arguments.set_up {
        let (keys, wall, processor) = timed(|| Keys::insecure(preset.shape, b"bench"));
        files.write(&keys?)?;
        let size = std::fs::metadata(&files.proving)?.len();
        println!(
            r#"{{"preset":"{}","constraints":{},"domain":{},"set_up":{{"seconds":{wall:.2},"processor_seconds":{processor:.2},"peak_mib":{}}},"proving_key_bytes":{size},"verifying_key_bytes":{}}}"#,
            preset.name,
            preset.constraints,
            preset.domain(),
            peak(),
            VerifyingKey::BYTES,
        );
        return Ok(ExitCode::SUCCESS);
    }
    let fixture = Fixture::new("bench", preset.shape, 40_000)?;
    let table = match &arguments.stake_table {
        Some(path) => with_stakes_of(path, &fixture, preset.shape.capacity)?,
        None => fixture.table(1)?,
    };
    let digest = element::reduce(hotshot_light_client::encoding::integer::U256::MAX);
    let members = fixture.members(1)?;
    let signatures: Vec<_> =
        members.iter().take(table.rows().len()).map(|member| member.signer.sign(&[digest])).enumerate().collect();
    let all: Vec<_> = (0..table.rows().len()).collect();
    let needed = signers_needed(&table, &all).unwrap_or_default();
    let (keys, load, _) = timed(|| files.read());
    let keys = keys?;
    let witness = Witness::new(preset.shape, &table, digest, &signatures)?;
    let (proof, wall, processor) = timed(|| keys.prove(preset.shape, &witness, &[7; 32]));
    let (proof, inputs, peak) = (proof?, witness.public_inputs(), peak());
    let prepared = PreparedKey::new(keys.verifying)?;
    let batch_of = |count: usize| {
        let mut batch = ProofBatch::new(&prepared, b"bench");
        (0..count).for_each(|_| {
            batch.push(inputs, proof);
        });
        timed(|| batch.verify())
    };
    let (single, many) = (batch_of(1), batch_of(300));
    if single.0.is_err() || many.0.is_err() {
        return Err("a proof that was just made is not valid".into());
    }
    println!(
        r#"{{"preset":"{}","validators":{},"signers_needed":{needed},"load_seconds":{load:.2},"prove":{{"seconds":{wall:.2},"processor_seconds":{processor:.2},"peak_mib":{peak}}},"proof_bytes":{},"verify_ms":{:.2},"verify_batch_of_300_ms":{:.1}}}"#,
        preset.name,
        table.rows().len(),
        Proof::BYTES,
        single.1 * 1e3,
        many.1 * 1e3,
    );
    Ok(ExitCode::SUCCESS)
}
