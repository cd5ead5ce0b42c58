//! How results and remarks are written.

use anyhow::{Context as _, Result};
use serde::Serialize;
use std::fmt::{self, Write as _};
use std::io::{self, Write as _};
use wskey::escape::{is_unsafe, visible};

/// Writes a remark to stderr. There is nowhere to report that this failed.
pub(crate) fn remark(text: fmt::Arguments) {
    // One write: several processes may share it.
    let _ = io::stderr().write_all(format!("wskey: {text}\n").as_bytes());
}

/// Writes results to stdout, and returns whether anyone still reads them: a closed pipe is not an error.
///
/// # Errors
/// What writing fails with.
pub(crate) fn print(text: &[u8]) -> Result<bool> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        written => written.map(|()| true).context("stdout"),
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
pub(crate) fn json_text(bytes: &[u8]) -> String {
    str::from_utf8(bytes).map_or_else(|_| visible(bytes).to_string(), str::to_owned)
}
