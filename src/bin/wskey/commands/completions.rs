//! `wskey completions`: the completion script for a shell.

use super::{Outcome, print};
use crate::cli::{Cli, Completions};
use anyhow::Result;
use clap::CommandFactory as _;

pub(super) fn run(args: &Completions) -> Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "wskey", &mut script);
    print(&script)?;
    Ok(Outcome::Yes)
}
