//! Which command runs.

mod accept;
mod cases;
mod completions;
mod generate;
mod inspect;
mod probe;
mod serve;
mod treatment;
mod verify;

use crate::cli::Command;
use crate::exit::Exit;
use anyhow::Result;

/// Runs a command.
///
/// # Errors
/// Trouble that ended it.
pub(crate) fn run(command: Command) -> Result<Exit> {
    match command {
        Command::Gen(args) => generate::run(&args),
        Command::Accept(args) => accept::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Probe(args) => probe::run(&args),
        Command::Serve(args) => serve::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Completions(args) => completions::run(&args),
    }
}
