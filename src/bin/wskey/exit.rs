//! What a command comes to: the exit code, and the message of an error that ended it.

use crate::cli::Cli;
use crate::output::{print, print_error, remark};
use anyhow::Error;
use clap::CommandFactory as _;
use clap::error::ErrorKind;
use std::fmt::Write as _;
use std::process::ExitCode;
use wskey::escape::visible;
use wskey::rules::Verdict;

/// What a command came to. The number is the exit code; the greater outranks the less.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Exit {
    Yes = 0,
    No = 1,
    Trouble = 2,
    /// Not one byte of a response.
    Unreachable = 3,
}

impl Exit {
    /// The worse of what two servers came to: one that was not there is a lesser evil than one that is wrong.
    pub(crate) fn worse(self, other: Self) -> Self {
        let rank = |exit| match exit {
            Self::Yes => 0,
            Self::Unreachable => 1,
            Self::No => 2,
            Self::Trouble => 3,
        };
        if rank(other) > rank(self) { other } else { self }
    }
}

impl From<&Verdict> for Exit {
    fn from(verdict: &Verdict) -> Self {
        match verdict.is_ok() {
            Some(true) => Self::Yes,
            Some(false) => Self::No,
            None => Self::Trouble,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// What a command came to that somebody else writes: what goes to stdout and to stderr, and the exit code.
pub(crate) struct Written {
    pub(crate) out: String,
    pub(crate) remarks: Vec<String>,
    pub(crate) exit: Exit,
}

/// An error of usage, with the short usage of `command`.
pub(crate) fn usage(command: &str, message: &str) -> Error {
    let mut cli = Cli::command();
    cli.build();
    let command = cli.find_subcommand_mut(command).expect("commands name themselves");
    command.error(ErrorKind::MissingRequiredArgument, message).into()
}

/// Writes an error to stderr, or the help that was asked for to stdout.
pub(crate) fn report(error: &Error) -> Exit {
    let Some(usage) = error.downcast_ref::<clap::Error>() else {
        remark(format_args!("{error:#}"));
        return Exit::Trouble;
    };
    let text = usage.render().to_string();
    if usage.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        // No command is bad usage, but the help is all there is to say.
        print_error(&text);
        return Exit::Trouble;
    }
    if !usage.use_stderr() {
        // Help is ours, and to be copied.
        return print(text.as_bytes()).map_or_else(|error| report(&error), |_| Exit::Yes);
    }
    // It repeats arguments; its own lines end in LF, and nothing else in it may reach the terminal as a control character.
    let lines = text.split_inclusive('\n').fold(String::new(), |mut text, line| {
        let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
        let _ = write!(text, "{}{end}", visible(line.as_bytes()));
        text
    });
    remark(format_args!("{}", lines.strip_prefix("error: ").unwrap_or(&lines).trim_end()));
    Exit::Trouble
}
