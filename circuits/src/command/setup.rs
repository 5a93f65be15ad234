//! `setup`: keys for development, and keys from a ceremony.

use std::path::PathBuf;
use std::process::ExitCode;

use anstream::println;
use clap::{Args, Subcommand};
use hotshot_circuits::groth16::Keys;

use super::{KeyFiles, WARNING, memory_to_set_up, peak_memory, phase, preset};
use crate::input::{Failure, hex, read};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    import: Option<Source>,
    #[command(flatten)]
    dev: Option<Dev>,
}

#[derive(Debug, Args)]
struct Dev {
    /// INSECURE: derive the keys from a public seed.
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

#[derive(Debug, Subcommand)]
enum Source {
    /// Take over the result of a ceremony: powers of tau and contributions by the usual tools.
    #[command(after_help = "\
First let `snarkjs zkey verify` check FILE against the constraint system (`export r1cs`) and the powers of \
tau: here only its form, its points and its coefficients are checked. docs/CEREMONY.md tells the whole way.")]
    Import {
        /// A `.zkey` file of snarkjs.
        file: PathBuf,
        /// The size of the circuit it was made for.
        #[arg(long)]
        preset: String,
        /// Name the keys INSECURE-DEV: the ceremony was a rehearsal.
        #[arg(long)]
        insecure: bool,
        /// Folder for the keys.
        #[arg(long, default_value = "keys")]
        out: PathBuf,
    },
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let (name, keys, out) = match (&arguments.import, &arguments.dev) {
        (Some(Source::Import { file, preset: name, insecure, out }), _) => {
            let preset = preset(name)?;
            let zkey = read(file)?;
            (name, phase("checking", || Keys::import(preset.shape, &zkey, *insecure))?, out)
        }
        (None, Some(dev)) => {
            let preset = preset(&dev.preset)?;
            eprintln!("{WARNING}");
            let (constraints, memory) = (preset.constraints, memory_to_set_up(preset));
            eprintln!("{}: {constraints} constraints, about {memory} MiB of memory", preset.name);
            (&dev.preset, phase("set-up", || Keys::insecure(preset.shape, dev.seed.as_bytes()))?, &dev.out)
        }
        (None, None) => return Err("give --dev, or `import` the result of a ceremony".into()),
    };
    let insecure = keys.verifying.purpose.insecure;
    phase("writing", || KeyFiles::new(out, name, insecure).write(&keys))?;
    if let Some(peak) = peak_memory() {
        eprintln!("  peak memory {peak} MiB");
    }
    println!("{name} {}{}", hex(&keys.verifying.hash()), if insecure { " INSECURE-DEV" } else { "" });
    Ok(ExitCode::SUCCESS)
}
