//! `hotshot-verify`: see `hotshot-verify --help`.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    hotshot_verify::cli::run()
}
