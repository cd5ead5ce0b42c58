//! How results and remarks are written.

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use std::ffi::OsStr;
use std::fmt::{self, Write as _};
use std::io::{self, IsTerminal as _, Write};
use std::thread;
use std::time::Duration;
use wskey::escape::{is_unsafe, visible};

/// How long to wait for a pipe that is full, or empty, and does not wait itself.
pub(crate) const PAUSE: Duration = Duration::from_millis(2);

/// Writes a remark to stderr.
pub(crate) fn remark(text: fmt::Arguments) {
    // One write: several processes may share it.
    print_error(&format!("wskey: {text}\n"));
}

/// Writes to stderr. There is nowhere to report that this failed.
pub(crate) fn print_error(text: &str) {
    let _ = write_whole(&mut io::stderr().lock(), text.as_bytes());
}

/// Shows what is being done, where somebody watches.
pub(crate) fn progress(text: fmt::Arguments) {
    let mut stderr = io::stderr();
    if stderr.is_terminal() {
        let _ = write!(stderr, "\r\x1b[K{text}").and_then(|()| stderr.flush());
    }
}

/// Writes all of a text, and waits where there is no room yet: a parent may have made a pipe so that it does not wait, as Node does.
fn write_whole(stream: &mut impl Write, text: &[u8]) -> io::Result<()> {
    let mut rest = text;
    loop {
        match if rest.is_empty() { stream.flush().map(|()| 0) } else { stream.write(rest) } {
            Ok(_) if rest.is_empty() => return Ok(()),
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => rest = &rest[count..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => thread::sleep(PAUSE),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Writes results to stdout, and returns whether anyone still reads them: a closed pipe is not an error.
///
/// # Errors
/// What writing fails with.
pub(crate) fn print(text: &[u8]) -> Result<bool> {
    match write_whole(&mut io::stdout().lock(), text) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(error).context("stdout"),
    }
}

/// Remarks about the lines of an input: the first ones are told, and how many more there were.
#[derive(Default)]
pub(crate) struct Remarks {
    count: usize,
}

impl Remarks {
    /// How many are told.
    const MOST: usize = 100;

    /// Whether the next one is told.
    pub(crate) fn are_told(&self) -> bool {
        self.count < Self::MOST
    }

    pub(crate) fn add(&mut self, text: &str) {
        if self.are_told() {
            remark(format_args!("{text}"));
        }
        self.count += 1;
    }

    /// Says how many more there were; `kind` says of what.
    pub(crate) fn sum_up(&self, kind: &str) {
        let more = self.count.saturating_sub(Self::MOST).to_string();
        let groups: Vec<_> = more.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
        if self.count > Self::MOST {
            remark(format_args!("and {} more{kind}", groups.join(",")));
        }
    }
}

/// `value` as a line of JSON, with what is unsafe on a terminal escaped.
pub(crate) fn json(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string(value).expect("the types that are written have string keys alone");
    let is_escaped = |c: char| c == '\x7f' || is_unsafe(c);
    // Outside strings JSON is ASCII, so a character that is replaced stands in a string.
    if text.contains(is_escaped) {
        text = text.chars().fold(String::with_capacity(text.len() + 1), |mut line, c| {
            if is_escaped(c) {
                c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| {
                    let _ = write!(line, "\\u{unit:04x}");
                });
            } else {
                line.push(c);
            }
            line
        });
    }
    text + "\n"
}

/// A path, to be shown: what is unsafe on a terminal is escaped, and a backslash stays one, since a path is there to be copied.
pub(crate) fn path(path: &OsStr) -> String {
    let parts = path.as_encoded_bytes().split(|&b| b == b'\\');
    parts.map(|part| visible(part).to_string()).collect::<Vec<_>>().join("\\")
}

/// Bytes that are not text, for a field of their own, in base64: their visible form may be that of a text.
pub(crate) fn json_base64(bytes: &[u8]) -> Option<String> {
    str::from_utf8(bytes).is_err().then(|| STANDARD.encode(bytes))
}

/// Bytes for a JSON string: as they are where they are text, else in their visible form.
pub(crate) fn json_text(bytes: &[u8]) -> String {
    str::from_utf8(bytes).map_or_else(|_| visible(bytes).to_string(), str::to_owned)
}

/// What was typed, where a shell takes it as it stands; a placeholder where it has to be quoted, or may have a password before `@`.
pub(crate) fn copied<'a>(typed: &'a (impl AsRef<OsStr> + ?Sized), placeholder: &'static str) -> &'a str {
    let is_plain = |text: &&str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:/%+=,".contains(&b));
    typed.as_ref().to_str().filter(is_plain).unwrap_or(placeholder)
}
