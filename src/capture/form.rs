//! Forms of text that mark each line of a head in their own way, and its end with something else than an empty line.

use super::start::kind_of;
use super::text::find;
use crate::head::Kind;
use std::borrow::Cow;

/// What a line is in its form.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    Start(Kind, Vec<u8>),
    Field(Cow<'a, [u8]>),
    End,
}

/// How a form writes the parts of a head. `@` stands for what is quoted.
struct Form {
    start: &'static str,
    field: &'static str,
    end: &'static str,
    /// A capture in this form.
    fixture: &'static str,
}

const FORMS: &[Form] = &[
    // nginx, `error_log ... debug`: the request that it read, and the response that it got from behind.
    Form { start: "http request line: \"@\"", field: "http header: \"@\"", end: "http header done", fixture: "nginx-debug.txt" },
    Form {
        start: "http proxy status @ \"",
        field: "http proxy header: \"@\"",
        end: "http proxy header done",
        fixture: "nginx-debug.txt",
    },
    // tshark -V: the line endings are spelt out.
    Form { start: "    @\\r\\n", field: "    @\\r\\n", end: "    \\r\\n", fixture: "tshark-v.txt" },
];

/// The lines that enclose a head in the trace of Python's websocket-client.
const HEADINGS: [&[u8]; 2] = [b"--- request header ---", b"--- response header ---"];
const CLOSING: &[u8] = b"-----------------------";

/// Whether a head of which this is the line before is ended by a line of its own.
pub(super) fn is_heading(line: &[u8]) -> bool {
    HEADINGS.contains(&line)
}

/// Whether a line ends a head in place of the empty one.
pub(super) fn is_end(line: &[u8]) -> bool {
    line == CLOSING
}

/// Whether nothing else looks like the lines of this form.
pub(super) fn is_certain(form: usize) -> bool {
    FORMS.get(form).is_some_and(|form| form.field.starts_with("http"))
}

/// What a line is in a form that marks it: the form, what stands before the mark, and the part.
pub(super) fn part(line: &[u8]) -> Option<(usize, &[u8], Part<'_>)> {
    if let Some(part) = traced(line) {
        return Some((FORMS.len(), b"", part));
    }
    // Their lines end in a quote, in a word, or in a line ending that is spelt out.
    if !(line.ends_with(b"\"") || line.ends_with(b"done") || line.ends_with(b"\\r\\n")) {
        return None;
    }
    FORMS.iter().enumerate().find_map(|(index, form)| {
        if let Some((prefix, _)) = marked(line, form.end).filter(|(_, more)| more.is_empty()) {
            return Some((index, prefix, Part::End));
        }
        if let Some((prefix, text)) = marked(line, form.start) {
            // nginx gives the status alone.
            let text = if form.start.contains("status") { [b"HTTP/1.1 ", text].concat() } else { text.to_vec() };
            if let Some(kind) = kind_of(&text) {
                return Some((index, prefix, Part::Start(kind, text)));
            }
        }
        let text = |text| if form.fixture.starts_with("tshark") { unescaped(text) } else { Cow::Borrowed(text) };
        marked(line, form.field).map(|(prefix, shown)| (index, prefix, Part::Field(text(shown))))
    })
}

/// What tshark shows as `\t`, `\"`, `\\` and `\001` was one byte.
fn unescaped(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.contains(&b'\\') {
        return Cow::Borrowed(text);
    }
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text);
    while let [byte, more @ ..] = rest {
        let octal = more.get(..3).and_then(|digits| u8::from_str_radix(str::from_utf8(digits).ok()?, 8).ok());
        let (byte, taken) = match (byte, more.first(), octal) {
            (b'\\', _, Some(octal)) => (octal, 4),
            (b'\\', Some(b't'), _) => (b'\t', 2),
            (b'\\', Some(escaped @ (b'"' | b'\\')), _) => (*escaped, 2),
            _ => (*byte, 1),
        };
        bytes.push(byte);
        rest = &rest[taken..];
    }
    Cow::Owned(bytes)
}

/// What stands before the mark in a line, and what it quotes: up to the end of the line where nothing follows `@`.
fn marked<'a>(line: &'a [u8], mark: &str) -> Option<(&'a [u8], &'a [u8])> {
    let (before, after) = mark.split_once('@').unwrap_or((mark, ""));
    let at = find(line, before.as_bytes())?;
    let text = &line[at + before.len()..];
    // What is indented farther is a comment on the line.
    if before.trim_ascii().is_empty() && (at > 0 || text.starts_with(b" ")) {
        return None;
    }
    let text = if after.is_empty() {
        text
    } else if after.ends_with('"') && after.len() > 1 {
        &text[..find(text, after.as_bytes())?]
    } else {
        text.strip_suffix(after.as_bytes())?
    };
    Some((&line[..at], text))
}

/// A line of `curl --trace-ascii`: its offset in four or more hexadecimal digits, and a line of the head.
fn traced(line: &[u8]) -> Option<Part<'_>> {
    let digits = line.iter().take_while(|b| b.is_ascii_hexdigit()).count();
    let text = line.get(digits..).filter(|_| digits == 4)?;
    let text = text.strip_prefix(b": ").or_else(|| text.strip_prefix(b":").filter(|text| text.is_empty()))?;
    if text.is_empty() {
        return Some(Part::End);
    }
    Some(kind_of(text).map_or(Part::Field(Cow::Borrowed(text)), |kind| Part::Start(kind, text.to_vec())))
}
