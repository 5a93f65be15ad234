//! `presets`: what each size costs.

use std::process::ExitCode;

use anstream::println;
use clap::Args;
use hotshot_circuits::circuit::build;
use hotshot_circuits::shape::PRESETS;
use hotshot_circuits::witness::Witness;

use super::memory_to_prove;
use crate::input::Failure;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Only this preset.
    #[arg(long)]
    preset: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let wanted = |name: &str| arguments.preset.as_deref().is_none_or(|preset| preset == name);
    let mut found = false;
    for preset in PRESETS.iter().filter(|preset| wanted(preset.name)) {
        found = true;
        let system = build(preset.shape, &Witness::blank(preset.shape));
        let domain = preset.domain();
        println!("{}: {}", preset.name, preset.purpose);
        println!(
            "  commitments over {} rows, {} may sign, {} slots: {} constraints of {} (2^{}), about {} MiB to prove",
            preset.shape.capacity,
            preset.shape.routable,
            preset.shape.slots,
            system.rows(),
            domain,
            domain.trailing_zeros(),
            memory_to_prove(preset),
        );
        for (group, rows) in system.counts() {
            println!("  {group:>18} {rows:>8}   {:>7.1} a slot", rows as f64 / preset.shape.slots as f64);
        }
    }
    if found { Ok(ExitCode::SUCCESS) } else { Err("there is no preset of this name".into()) }
}
