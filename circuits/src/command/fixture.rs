//! `fixture`: an INSECURE chain of proven epochs.

use std::path::PathBuf;
use std::process::ExitCode;

use anstream::println;
use clap::Args;
use hotshot_circuits::export;
use hotshot_circuits::fixture::Fixture;
use hotshot_circuits::groth16::{InsecureSecrets, Keys};

use super::{WARNING, phase, preset};
use crate::input::{Failure, hex, write_whole};

#[derive(Debug, Args)]
#[command(after_help = "\
Writes one JSON file: {\"insecure\":true,\"epoch_height\",\"key\",\"tables\":[…],\"records\":[…],\"ordinary\":[…],\
\"forged\":[…]}. `tables` are the commitments of epochs 1, 2, …; `records` hand over from each to the next; \
`ordinary` are proofs of states that are no epoch root, which sign their own table again; `forged` are valid \
proofs of hand-overs that nobody signed, made with the public secrets of the key. The same arguments always \
give the same file.")]
pub(crate) struct Arguments {
    /// The size of the circuit.
    #[arg(long, default_value = "tiny")]
    preset: String,
    /// How many epochs hand over.
    #[arg(long, default_value_t = 4)]
    epochs: u64,
    /// Blocks of an epoch.
    #[arg(long, default_value_t = 10)]
    epoch_height: u64,
    /// The seed of keys, tables and states.
    #[arg(long, default_value = "hotshot")]
    seed: String,
    /// The file.
    #[arg(long)]
    out: PathBuf,
    /// Do not prove: write a folder with the certificates as query services serve them
    /// (`state-certs.json`) and the stake tables (`stake_table_epoch<N>.json`).
    #[arg(long)]
    certificates: bool,
    /// Write a folder as clients take it: the network file that pins key and first table
    /// (`network.json`), the verifying key (`verifying-key`), all records one behind the other
    /// (`records`), and the table that they lead to (`stake_table.json`).
    #[arg(long, conflicts_with = "certificates")]
    records: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let preset = preset(&arguments.preset)?;
    let fixture = Fixture::new(&arguments.seed, preset.shape, arguments.epoch_height)?;
    if arguments.certificates {
        return write_certificates(arguments, &fixture);
    }
    eprintln!("{WARNING}");
    let seed = arguments.seed.as_bytes();
    let keys = phase("set-up", || Keys::insecure(preset.shape, seed))?;
    if arguments.records {
        return write_records(arguments, preset.name, &fixture, &keys);
    }
    let secrets = InsecureSecrets::of_seed(seed);
    let (mut tables, mut records, mut ordinary, mut forged) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for epoch in 1..=arguments.epochs {
        let signing = fixture.table(epoch)?.state();
        let root = fixture.root(epoch);
        phase(&format!("epoch {epoch}"), || -> Result<(), Failure> {
            records.push(export::record(&fixture.record(&keys, root)?, &signing));
            ordinary.push(export::record(&fixture.record(&keys, root - 1)?, &signing));
            let mut lie = fixture.certificate(root)?;
            lie.next_table = fixture.table(epoch + 1000)?.state();
            forged.push(export::record(&secrets.forge_record(&keys.verifying, &lie, &signing, [epoch, 1]), &signing));
            tables.push(export::table(&signing));
            Ok(())
        })?;
    }
    tables.push(export::table(&fixture.table(arguments.epochs + 1)?.state()));
    let text = format!(
        "{{\"insecure\":true,\"epoch_height\":{},\n\"key\":{},\n\"tables\":[\n{}\n],\n\"records\":[\n{}\n],\n\"ordinary\":[\n{}\n],\n\"forged\":[\n{}\n]}}\n",
        arguments.epoch_height,
        export::key(&keys.verifying),
        tables.join(",\n"),
        records.join(",\n"),
        ordinary.join(",\n"),
        forged.join(",\n"),
    );
    write_whole(&arguments.out, text.as_bytes())?;
    println!("{}", arguments.out.display());
    Ok(ExitCode::SUCCESS)
}

fn write_certificates(arguments: &Arguments, fixture: &Fixture) -> Result<ExitCode, Failure> {
    let mut certificates = Vec::new();
    for epoch in 1..=arguments.epochs {
        let certificate = fixture.certificate(fixture.root(epoch))?;
        certificates.push(format!("[{epoch},{}]", export::certificate(&certificate)));
        let table = export::stake_table(&fixture.members(epoch)?, fixture.shape().capacity, arguments.epoch_height);
        write_whole(&arguments.out.join(format!("stake_table_epoch{epoch}.json")), table.as_bytes())?;
    }
    let path = arguments.out.join("state-certs.json");
    write_whole(&path, format!("[\n{}\n]\n", certificates.join(",\n")).as_bytes())?;
    println!("{}", path.display());
    Ok(ExitCode::SUCCESS)
}

fn write_records(arguments: &Arguments, preset: &str, fixture: &Fixture, keys: &Keys) -> Result<ExitCode, Failure> {
    let mut records = Vec::new();
    for epoch in 1..=arguments.epochs {
        let record = phase(&format!("epoch {epoch}"), || fixture.record(keys, fixture.root(epoch)))?;
        records.extend_from_slice(&record.to_bytes());
    }
    let capacity = fixture.shape().capacity;
    let table = |epoch: u64| -> Result<String, Failure> {
        Ok(export::stake_table(&fixture.members(epoch)?, capacity, arguments.epoch_height))
    };
    let network = format!(
        concat!(
            "{{\"name\":\"fixture (INSECURE: its keys are public)\",\"epoch_height\":{},\"epoch_start_block\":1,",
            "\"insecure_devnet\":true,\n\"transitions\":{{\"first_epoch\":1,\"capacity\":{},\"keys\":{{\"{}\":\"0x{}\"}}}},\n",
            "\"stake_table\":{}}}\n"
        ),
        arguments.epoch_height,
        capacity,
        preset,
        hex(&keys.verifying.hash()),
        table(1)?.trim_end(),
    );
    for (name, bytes) in [
        ("network.json", network.into_bytes()),
        ("verifying-key", keys.verifying.to_bytes()),
        ("records", records),
        ("stake_table.json", table(arguments.epochs + 1)?.into_bytes()),
    ] {
        let path = arguments.out.join(name);
        write_whole(&path, &bytes)?;
        println!("{}", path.display());
    }
    Ok(ExitCode::SUCCESS)
}
