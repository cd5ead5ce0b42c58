//! Where a command's input comes from, and how a value is read from it.

use crate::exit::usage;
use crate::lines::{Line, MAX_LINE};
use crate::output::PAUSE;
use anyhow::{Context as _, Error, Result, anyhow, ensure};
use flate2::read::MultiGzDecoder;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufReader, Cursor, ErrorKind, IsTerminal as _, Read};
#[cfg(unix)]
use std::os::fd::AsFd;
#[cfg(windows)]
use std::os::windows::io::AsHandle;
use std::thread;
use std::time::Duration;
use wskey::conformance::server_cases::CASES;
use wskey::escape::visible;
use wskey::head::trim_ows;
use wskey::rules::RULES;

/// Where a command's input comes from.
pub(crate) enum Input<'a> {
    Stdin,
    Arguments(&'a [OsString]),
}

/// The error where there is nothing to read.
const NOTHING: &str = "no argument, and stdin is a terminal\n\n  tip: '-' reads what you type or paste, until Ctrl-D";

/// Decides where the input of `command` comes from: `-` alone, or no argument while stdin is not a terminal, means stdin.
///
/// # Errors
/// Usage: `-` beside other arguments; no argument on a terminal, where reading would look like a program that hangs.
pub(crate) fn input<'a>(command: &str, arguments: &'a [OsString]) -> Result<Input<'a>> {
    match arguments {
        [] if io::stdin().is_terminal() => Err(usage(command, NOTHING)),
        [] => Ok(Input::Stdin),
        [only] if only == "-" => Ok(Input::Stdin),
        several if several.iter().any(|argument| argument == "-") => {
            Err(usage(command, "'-' (stdin) cannot be combined with other arguments"))
        }
        several => Ok(Input::Arguments(several)),
    }
}

/// A reader that waits where one says that nothing has come yet: a parent may have made stdin so, as Node does.
pub(crate) struct Patient<R>(pub(crate) R);

impl<R: Read> Read for Patient<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.0.read(buffer) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(PAUSE),
                read => return read,
            }
        }
    }
}

/// The most that is read of one capture, in bytes.
const MOST: u64 = 64 << 20;

/// The bytes of a capture; `place` is where it stands.
///
/// # Errors
/// What reading fails with, and for more than is read.
pub(crate) fn read_capture(place: &str, reader: &mut dyn Read) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(MOST + 1).read_to_end(&mut bytes).with_context(|| place.to_owned())?;
    ensure!(bytes.len() as u64 <= MOST, "{place}: more than 64 MiB, the most that is read of a capture");
    Ok(bytes)
}

/// The first bytes of a capture, and the whole of it, out of gzip.
///
/// # Errors
/// What reading fails with.
pub(crate) fn begin_capture<'a>(place: &str, reader: &'a mut dyn Read) -> Result<(Vec<u8>, Box<dyn Read + 'a>)> {
    let (first, reader) = begun(reader).with_context(|| place.to_owned())?;
    if !is_gzip(&first) {
        return Ok((first, Box::new(reader)));
    }
    let (first, reader) = begun(Gunzip(MultiGzDecoder::new(reader))).with_context(|| place.to_owned())?;
    Ok((first, Box::new(reader)))
}

/// Decompresses as it is read, and says in our words what is wrong with what it reads.
struct Gunzip<R>(MultiGzDecoder<R>);

impl<R: Read> Read for Gunzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|error| match error.kind() {
            kind @ ErrorKind::UnexpectedEof => io::Error::new(kind, "what gzip compressed is cut off"),
            kind @ (ErrorKind::InvalidInput | ErrorKind::InvalidData) => io::Error::new(kind, "what gzip compressed is corrupt"),
            _ => error,
        })
    }
}

/// Whether what begins so is compressed by gzip (RFC 1952, section 2.3.1).
pub(crate) fn is_gzip(first: &[u8]) -> bool {
    first.starts_with(&[0x1f, 0x8b, 8])
}

/// Whether a stream is a regular file, which ends: not a pipe or a terminal, which may go on.
#[cfg(unix)]
pub(crate) fn is_regular(stream: &impl AsFd) -> bool {
    stream.as_fd().try_clone_to_owned().is_ok_and(|owned| File::from(owned).metadata().is_ok_and(|data| data.is_file()))
}

/// Whether a stream is a regular file, which ends: not a pipe or a terminal, which may go on.
#[cfg(windows)]
pub(crate) fn is_regular(stream: &impl AsHandle) -> bool {
    stream.as_handle().try_clone_to_owned().is_ok_and(|owned| File::from(owned).metadata().is_ok_and(|data| data.is_file()))
}

/// The first four bytes, and all of them.
fn begun<R: Read>(mut reader: R) -> io::Result<(Vec<u8>, impl Read)> {
    let mut first = Vec::new();
    reader.by_ref().take(4).read_to_end(&mut first)?;
    Ok((first.clone(), BufReader::new(Cursor::new(first).chain(reader))))
}

/// A value as it was given, without what is not part of it.
pub(crate) struct Value<'a> {
    pub(crate) text: &'a [u8],
    /// A CR followed it and no LF: scripts that split lines at LF leave it there.
    pub(crate) had_cr: bool,
}

/// Takes away what is not part of a value: one line ending, and spaces and tabs around it (RFC 9110, section 5.5).
pub(crate) fn trim_value(text: &[u8]) -> Value<'_> {
    let line = text.strip_suffix(b"\n").map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let bare = line.is_none().then(|| text.strip_suffix(b"\r")).flatten();
    Value { text: trim_ows(line.or(bare).unwrap_or(text)), had_cr: bare.is_some() }
}

/// The value of the field `name`, where `text` is its whole line; `text` itself where it is not.
pub(crate) fn field_value<'a>(text: &'a [u8], name: &str) -> &'a [u8] {
    match text.split_at_checked(name.len()) {
        Some((start, [b':', value @ ..])) if start.eq_ignore_ascii_case(name.as_bytes()) => trim_ows(value),
        _ => text,
    }
}

/// What is wrong with the name of a rule or a case that is none of these: the prefix or the name that it was meant to be, or the option
/// that lists them all.
pub(crate) fn unknown<'a>(kind: &str, name: &str, names: impl Iterator<Item = &'a str>, list: &str) -> Error {
    let names: Vec<&str> = names.collect();
    let prefix = name.strip_suffix('*').filter(|prefix| names.iter().any(|other| other.starts_with(prefix)));
    let (other_kind, elsewhere) = match kind {
        "case" => ("rule", nearest(name, RULES.iter().map(|rule| rule.id))),
        _ => ("case", nearest(name, CASES.iter().map(|case| case.id))),
    };
    let remedy = match (prefix, nearest(name, names.iter().copied()), elsewhere) {
        (Some(prefix), ..) if kind == "case" => format!(", did you mean '{prefix}', without the star?"),
        (Some(_), ..) => format!(", expected one rule; {list} lists them"),
        (_, Some(other), _) => format!(", did you mean '{other}'?"),
        (.., Some(other)) => format!("; '{other}' is a {other_kind}, {list} lists the {kind}s"),
        _ => format!("; {list} lists them"),
    };
    anyhow!("unknown {kind} '{}'{remedy}", visible(name.as_bytes()))
}

/// The one of these names that another was probably meant to be.
fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let near = names.map(|other| (strsim::jaro_winkler(name, other), other)).max_by(|(a, _), (b, _)| a.total_cmp(b));
    near.filter(|(similarity, _)| *similarity > 0.85).map(|(_, other)| other)
}

/// The text of a line, or why there is none.
pub(crate) fn line_text<'a>(line: &Line<'a>) -> Result<&'a [u8], String> {
    line.text.ok_or_else(|| format!("line is longer than {MAX_LINE} bytes"))
}

/// The longest time that may be given: a day.
const MAX_SECONDS: f64 = 86400.0;

/// A time limit.
///
/// # Errors
/// For one that is not positive, or longer than a day.
pub(crate) fn seconds(number: f64, option: &str) -> Result<Duration> {
    ensure!(number > 0.0 && number <= MAX_SECONDS, "{option}: {number} seconds, expected more than 0 and at most {MAX_SECONDS}");
    Duration::try_from_secs_f64(number).with_context(|| option.to_owned())
}
