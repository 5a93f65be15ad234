//! `hotshot-verify completions`.

use clap::{Args, CommandFactory};
use clap_complete::Shell;
use std::io::Write;

use crate::cli::Cli;
use crate::exit::{Failure, Verdict};

/// Arguments of `completions`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hotshot-verify completions bash > ~/.local/share/bash-completion/completions/hotshot-verify
  hotshot-verify completions fish > ~/.config/fish/completions/hotshot-verify.fish
  hotshot-verify completions zsh > \"${fpath[1]}/_hotshot-verify\"")]
pub struct Arguments {
    /// The shell.
    pub shell: Shell,
}

/// Writes the completions.
///
/// # Errors
/// If standard output is gone.
pub fn run(arguments: &Arguments) -> Result<Verdict, Failure> {
    // Into memory first: the generator does not survive a broken pipe.
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "hotshot-verify", &mut script);
    let mut output = std::io::stdout().lock();
    output.write_all(&script)?;
    output.flush()?;
    Ok(Verdict::Accepted)
}
