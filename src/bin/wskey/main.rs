//! Arguments to command to exit code.

mod cli;
mod commands;
mod lines;
mod net;
mod redact;
mod report;

use clap::Parser as _;
use commands::Outcome;
use std::process::ExitCode;

fn main() -> ExitCode {
    let outcome = match cli::Cli::try_parse() {
        Ok(cli) => commands::run(cli.command),
        Err(error) => Err(error.into()),
    };
    outcome.unwrap_or_else(|error| commands::report(&error)).into()
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(outcome as u8)
    }
}
