//! `setup`: keys for development.

use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use hotshot_circuits::circuit::build;
use hotshot_circuits::groth16::Keys;
use hotshot_circuits::shape::Preset;
use hotshot_circuits::witness::Witness;

use super::{WARNING, expected_memory, insecure_key_file, insecure_verifying_key_file, peak_memory, phase};
use crate::input::{Failure, hex, write_whole};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// INSECURE: derive the keys from a public seed. There is no other way without a ceremony.
    #[arg(long, required = true)]
    dev: bool,
    /// The size of the circuit.
    #[arg(long)]
    preset: String,
    /// The public seed; the same seed gives the same keys.
    #[arg(long, default_value = "hotshot")]
    seed: String,
    /// Folder for the keys.
    #[arg(long, default_value = "keys")]
    out: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let preset = Preset::named(&arguments.preset).ok_or("there is no preset of this name; see `presets`")?;
    debug_assert!(arguments.dev, "the option is required");
    eprintln!("{WARNING}");
    let rows = build(preset.shape, &Witness::blank(preset.shape)).rows();
    eprintln!("{}: {rows} constraints, about {} MiB of memory", preset.name, expected_memory(rows));
    let keys = phase("set-up", || Keys::insecure(preset.shape, arguments.seed.as_bytes()))?;
    let path = insecure_key_file(&arguments.out, preset.name);
    phase("writing", || -> Result<(), Failure> {
        write_whole(&insecure_verifying_key_file(&arguments.out, preset.name), &keys.verifying.to_bytes())?;
        let partial = path.with_extension("partial");
        keys.write(BufWriter::new(File::create(&partial)?))?;
        std::fs::rename(&partial, &path)?;
        Ok(())
    })?;
    if let Some(peak) = peak_memory() {
        eprintln!("  peak memory {peak} MiB");
    }
    println!("{} {} INSECURE-DEV", preset.name, hex(&keys.verifying.hash()));
    Ok(ExitCode::SUCCESS)
}
