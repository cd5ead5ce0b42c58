//! What the commands share: outcomes, where input comes from, how a value is read and a result written.

mod accept;
mod completions;
mod generate;
mod inspect;
mod probe;
mod verify;

use crate::cli::{Cli, Command};
use crate::lines::{Line, MAX_LINE};
use anyhow::{Context as _, Error, Result};
use clap::CommandFactory as _;
use clap::error::ErrorKind;
use serde::Serialize;
use std::ffi::OsString;
use std::fmt::{self, Write as _};
use std::io::{self, IsTerminal as _, Write as _};
use wskey::{is_unsafe, trim, visible};

const KEY: &str = "Sec-WebSocket-Key";
const ACCEPT: &str = "Sec-WebSocket-Accept";

/// What a command came to; the number is the exit code, and the greater outranks the less.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Outcome {
    Yes = 0,
    No = 1,
    Trouble = 2,
    /// Not one byte of an answer.
    Unreachable = 3,
}

/// Runs a command.
///
/// # Errors
/// Trouble that ended it.
pub(crate) fn run(command: Command) -> Result<Outcome> {
    match command {
        Command::Gen(args) => generate::run(&args),
        Command::Accept(args) => accept::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Probe(args) => probe::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Completions(args) => completions::run(&args),
    }
}

/// Tells an error to stderr, or the help that was asked for to stdout.
pub(crate) fn report(error: &Error) -> Outcome {
    let Some(usage) = error.downcast_ref::<clap::Error>() else {
        remark(format_args!("{error:#}"));
        return Outcome::Trouble;
    };
    // It repeats operands; its own lines end in LF, and nothing else in it may reach the terminal as a control.
    let text: String = usage.render().to_string().split_inclusive('\n').fold(String::new(), |mut text, line| {
        let _ =
            write!(text, "{}{}", visible(line.trim_end_matches('\n').as_bytes()), if line.ends_with('\n') { "\n" } else { "" });
        text
    });
    if usage.use_stderr() {
        remark(format_args!("{}", text.strip_prefix("error: ").unwrap_or(&text).trim_end()));
        return Outcome::Trouble;
    }
    print(text.as_bytes()).map_or_else(|error| report(&error), |_| Outcome::Yes)
}

/// Writes a remark to stderr. There is nowhere to report that this failed.
pub(crate) fn remark(text: fmt::Arguments) {
    let _ = writeln!(io::stderr(), "wskey: {text}");
}

/// Writes results to stdout, and returns whether anyone still reads them: a closed pipe is no error.
///
/// # Errors
/// What writing fails with.
fn print(text: &[u8]) -> Result<bool> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        written => written.map(|()| true).context("stdout"),
    }
}

/// Where a command's input comes from.
enum Input<'a> {
    Stdin,
    Operands(&'a [OsString]),
}

/// Decides where the input of `command` comes from: `-` alone, or no operand while stdin is no terminal, means stdin.
///
/// # Errors
/// Usage: `-` beside other operands; no operand on a terminal, where reading would look like a program that hangs.
fn input<'a>(command: &str, operands: &'a [OsString]) -> Result<Input<'a>> {
    match operands {
        [] if io::stdin().is_terminal() => Err(usage(command, "no operand, and stdin is a terminal")),
        [] => Ok(Input::Stdin),
        [only] if only == "-" => Ok(Input::Stdin),
        several if several.iter().any(|operand| operand == "-") => Err(usage(command, "'-' stands for stdin, and only alone")),
        several => Ok(Input::Operands(several)),
    }
}

/// An error of usage, with the short usage of `command`.
fn usage(command: &str, message: &str) -> Error {
    let mut cli = Cli::command();
    cli.build();
    let command = cli.find_subcommand_mut(command).expect("commands name themselves");
    command.error(ErrorKind::MissingRequiredArgument, message).into()
}

/// A value as it was given, without what is not part of it.
struct Value<'a> {
    text: &'a [u8],
    /// A CR stood behind it and no LF: scripts that split lines at LF leave it there.
    had_cr: bool,
}

/// Takes away what is not part of a value: one line end, and blanks and tabs around it (RFC 9110, section 5.5).
fn peel(text: &[u8]) -> Value<'_> {
    let line = text.strip_suffix(b"\n").map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let bare = line.is_none().then(|| text.strip_suffix(b"\r")).flatten();
    Value { text: trim(line.or(bare).unwrap_or(text)), had_cr: bare.is_some() }
}

/// The value of the field `name`, where `text` is its whole line; `text` itself where it is none.
fn field_value<'a>(text: &'a [u8], name: &str) -> &'a [u8] {
    match text.split_at_checked(name.len()) {
        Some((start, [b':', value @ ..])) if start.eq_ignore_ascii_case(name.as_bytes()) => trim(value),
        _ => text,
    }
}

/// The text of a line, or why there is none.
fn held<'a>(line: &Line<'a>) -> Result<&'a [u8], String> {
    line.text.ok_or_else(|| format!("line is longer than {MAX_LINE} bytes"))
}

/// `value` as a line of JSON, with what is unsafe on a terminal escaped.
fn json(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string(value).expect("the types that are written have string keys alone");
    let is_escaped = |c: char| c == '\x7f' || is_unsafe(c);
    // Outside strings JSON is ASCII, so a character that is replaced stands in a string.
    if text.contains(is_escaped) {
        text = text.chars().fold(String::with_capacity(text.len() + 1), |mut line, c| {
            if is_escaped(c) {
                let _ = write!(line, "\\u{:04x}", u32::from(c));
            } else {
                line.push(c);
            }
            line
        });
    }
    text + "\n"
}

/// Bytes for a JSON string: as they are where they are text, else in their visible form.
fn json_text(bytes: &[u8]) -> String {
    std::str::from_utf8(bytes).map_or_else(|_| visible(bytes).to_string(), str::to_owned)
}
