//! `export`: keys and records as JSON.

use std::path::PathBuf;
use std::process::ExitCode;

use anstream::println;
use clap::{Args, Subcommand, ValueEnum};
use hotshot_circuits::circuit::build;
use hotshot_circuits::witness::Witness;
use hotshot_circuits::{export, iden3};
use hotshot_light_client::transition::proof::VerifyingKey;
use hotshot_light_client::transition::record::TransitionRecord;

use super::preset;
use crate::input::{Failure, TableOption, read, tables, write_whole};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// A verifying key: `verification_key.json` of snarkjs, with its purpose and hash beside.
    Key {
        /// The verifying key.
        key: PathBuf,
    },
    /// The constraint system of a preset, as `.r1cs` of circom: what a ceremony begins with.
    R1cs {
        /// The size of the circuit.
        #[arg(long)]
        preset: String,
        /// The file.
        #[arg(long)]
        out: PathBuf,
    },
    /// A record with its public inputs.
    Record {
        /// The record.
        record: PathBuf,
        /// The table that signed it, or `EPOCH=FILE` for one that signs from an epoch on.
        #[arg(long, required = true)]
        stake_table: Vec<TableOption>,
        /// Rows that the tables' commitments cover, if no stake table file says so.
        #[arg(long)]
        capacity: Option<usize>,
        /// What of it.
        #[arg(long, value_enum, default_value = "all")]
        part: Part,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// State, tables, digest, proof and inputs.
    All,
    /// `proof.json` of snarkjs.
    Proof,
    /// `public.json` of snarkjs.
    Public,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    match &arguments.what {
        What::Key { key } => println!("{}", export::key(&VerifyingKey::decode(&read(key)?)?)),
        What::R1cs { preset: name, out } => {
            let shape = preset(name)?.shape;
            write_whole(out, &iden3::r1cs(&build(shape, &Witness::blank(shape))))?;
            println!("{}", out.display());
        }
        What::Record { record, stake_table, capacity, part } => {
            let record = TransitionRecord::from_bytes(&read(record)?)?;
            let tables = tables(stake_table, None, *capacity)?;
            let table = tables.schedule.at(record.epoch).ok_or("no stake table signs the record's epoch")?.state();
            let text = match part {
                Part::All => export::record(&record, &table),
                Part::Proof => export::proof(&record.proof),
                Part::Public => export::public(&record.public_inputs(&table)),
            };
            println!("{text}");
        }
    }
    Ok(ExitCode::SUCCESS)
}
