//! `hotshot-prover`: see `hotshot-prover --help`.
#![forbid(unsafe_code)]

mod command;
mod input;
mod prover;
mod store;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Proofs that a stake table handed over to the next one.
#[derive(Debug, Parser)]
#[command(name = "hotshot-prover", version, about, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the sizes of the circuit, with rows by part.
    Presets(command::presets::Arguments),
    /// Make keys.
    Setup(command::setup::Arguments),
    /// Prove state certificates, one record an epoch. What is there already is left alone.
    Prove(command::prove::Arguments),
    /// Prove the state of an ordinary block, from what a state relay serves.
    ProveLatest(command::prove_latest::Arguments),
    /// Prove each new epoch of a provider, and offer the records over HTTP.
    Serve(command::serve::Arguments),
    /// Check consecutive records from a known stake table on.
    Verify(command::verify::Arguments),
    /// Write keys and records as JSON, for snarkjs, contracts and other programs.
    Export(command::export::Arguments),
    /// INSECURE: make a chain of proven epochs with public secrets, for development and tests.
    Fixture(command::fixture::Arguments),
    /// Measure a set-up or a proof.
    Bench(command::bench::Arguments),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Presets(arguments) => command::presets::run(&arguments),
        Command::Setup(arguments) => command::setup::run(&arguments),
        Command::Prove(arguments) => command::prove::run(&arguments),
        Command::ProveLatest(arguments) => command::prove_latest::run(&arguments),
        Command::Serve(arguments) => command::serve::run(&arguments),
        Command::Verify(arguments) => command::verify::run(&arguments),
        Command::Export(arguments) => command::export::run(&arguments),
        Command::Fixture(arguments) => command::fixture::run(&arguments),
        Command::Bench(arguments) => command::bench::run(&arguments),
    };
    match result {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::from(2)
        }
    }
}
