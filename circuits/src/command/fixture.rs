//! `fixture`: an INSECURE chain of proven epochs.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use hotshot_circuits::export;
use hotshot_circuits::fixture::Fixture;
use hotshot_circuits::groth16::{InsecureSecrets, Keys};
use hotshot_circuits::shape::Preset;

use super::{WARNING, phase};
use crate::input::{Failure, write_whole};

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
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let preset = Preset::named(&arguments.preset).ok_or("there is no preset of this name; see `presets`")?;
    eprintln!("{WARNING}");
    let seed = arguments.seed.as_bytes();
    let keys = phase("set-up", || Keys::insecure(preset.shape, seed))?;
    let fixture = Fixture::new(&arguments.seed, preset.shape, arguments.epoch_height)?;
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
