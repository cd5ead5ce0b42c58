//! Arguments to command to exit code.

mod cli;
mod commands;
mod exit;
mod input;
mod interrupt;
mod lines;
mod net;
mod output;
mod redact;
mod report;
mod tips;

use clap::Parser as _;
use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    let exit = match cli::Cli::try_parse() {
        Ok(cli) => commands::run(cli.command),
        Err(error) => Err(tips::add(error, &env::args_os().collect::<Vec<_>>()).into()),
    };
    exit.unwrap_or_else(|error| exit::report(&error)).into()
}
