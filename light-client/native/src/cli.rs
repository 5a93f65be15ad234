//! The command line: one subcommand a file in [`crate::command`], dispatched here.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::command::{
    account, bundle, certificates, checkpoint, completions, doctor, equivocation, follow, header, init_network,
    l1_anchor, leaf_proof, namespace, recording, relay, replay, stake_table, sync, transaction,
};
use crate::exit::{Failure, Verdict};
use crate::terminal;

/// Verifies the finality of HotShot blocks, the consensus of the Espresso network. Nothing that a
/// server or a file says is believed: hashes are recomputed, certificates are checked against stake
/// tables that you trust.
#[derive(Debug, Parser)]
#[command(name = "hotshot-verify", version, max_term_width = 100, arg_required_else_help = true)]
#[command(after_help = "\
A network file is the root of trust: stake table, epochs, genesis. `mainnet` and `decaf` are built in, \
without what has to be pinned by you. Its format is described in docs/network.schema.json.

Exit status: 0 if everything was accepted, 1 if something was rejected, 2 for wrong usage, files \
that cannot be read and broken JSON, 3 if the chain needs a newer program, 130 if interrupted.

`hotshot-verify help COMMAND` explains a command, with examples. Colour is used on terminals only, \
and never where NO_COLOR is set.")]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Judge every block of a recorded stretch of a chain
    Recording(recording::Arguments),
    /// Judge the state certificates that hand over from one stake table to the next
    Certificates(certificates::Arguments),
    /// Replay the logs of the stake table contract and tell who signs
    Replay(replay::Arguments),
    /// Judge a finality proof of the light-client module
    LeafProof(leaf_proof::Arguments),
    /// Follow a live chain: one line for every block that is proven final
    Follow(follow::Arguments),
    /// Show a final header and the namespaces of its block
    Header(header::Arguments),
    /// Show what a final block holds for a rollup, or prove that it holds nothing
    Namespace(namespace::Arguments),
    /// Confirm an L2 transaction: is it final, and is it the rollup's?
    Transaction(transaction::Arguments),
    /// Confirm that transactions of several rollups are in one final block
    Bundle(bundle::Arguments),
    /// Show what an account holds: fee balance or rewards
    Account(account::Arguments),
    /// Find the way to today's stake table, and prove the newest block final
    Sync(sync::Arguments),
    /// Tell who signs in an epoch
    StakeTable(stake_table::Arguments),
    /// Export, import, show or compare checkpoints
    Checkpoint(checkpoint::Arguments),
    /// Check evidence that validators signed two things of which they may sign one
    Equivocation(equivocation::Arguments),
    /// Tell who signs, as contracts on L1 say
    L1Anchor(l1_anchor::Arguments),
    /// Write a network file from what a provider says: trust on first use
    InitNetwork(init_network::Arguments),
    /// Find out what a provider is good for
    Doctor(doctor::Arguments),
    /// Keep a light client contract fresh: find or make proofs, judge them, submit them
    Relay(relay::Arguments),
    /// Write completions for a shell to standard output
    Completions(completions::Arguments),
}

impl Command {
    fn run(self) -> Result<Verdict, Failure> {
        match self {
            Self::Recording(arguments) => recording::run(&arguments),
            Self::Certificates(arguments) => certificates::run(&arguments),
            Self::Replay(arguments) => replay::run(&arguments),
            Self::LeafProof(arguments) => leaf_proof::run(&arguments),
            Self::Follow(arguments) => follow::run(&arguments),
            Self::Header(arguments) => header::run(&arguments),
            Self::Namespace(arguments) => namespace::run(&arguments),
            Self::Transaction(arguments) => transaction::run(&arguments),
            Self::Bundle(arguments) => bundle::run(&arguments),
            Self::Account(arguments) => account::run(&arguments),
            Self::Sync(arguments) => sync::run(&arguments),
            Self::StakeTable(arguments) => stake_table::run(&arguments),
            Self::Checkpoint(arguments) => checkpoint::run(&arguments),
            Self::Equivocation(arguments) => equivocation::run(&arguments),
            Self::L1Anchor(arguments) => l1_anchor::run(&arguments),
            Self::InitNetwork(arguments) => init_network::run(&arguments),
            Self::Doctor(arguments) => doctor::run(&arguments),
            Self::Relay(arguments) => relay::run(&arguments),
            Self::Completions(arguments) => completions::run(&arguments),
        }
    }
}

/// Runs the program with the arguments of the process.
pub fn run() -> ExitCode {
    match Cli::parse().command.run() {
        Ok(verdict) => verdict.code(),
        Err(failure) => {
            terminal::failure(&failure);
            failure.code()
        }
    }
}
