//! `wskey completions`: the completion script for a shell.

use crate::cli::{Cli, CompletionsArgs};
use crate::exit::Exit;
use crate::output::print;
use anyhow::Result;
use clap::CommandFactory as _;

pub(super) fn run(args: &CompletionsArgs) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "wskey", &mut script);
    print(&script)?;
    Ok(Exit::Yes)
}
