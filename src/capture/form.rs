//! Forms of text that mark each line of a head in their own way, and its end with something else than an empty line.

use super::names::is_ruler;
use super::prefix::behind_time;
use super::start::kind_of;
use super::text::{find, shown};
use crate::head::Kind;
use std::borrow::Cow;

/// What a line is in its form.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    Start(Kind, Vec<u8>),
    Field(&'a [u8]),
    /// A line that ends in CR alone or in LF alone.
    Bare,
    End,
}

/// How a form writes the parts of a head. `@` stands for what is quoted.
#[cfg_attr(not(test), expect(dead_code, reason = "the fixture documents a row, and a test reads it"))]
struct Form {
    start: &'static str,
    field: &'static str,
    end: &'static str,
    /// What it leaves out before what it quotes of a start line.
    left_out: &'static str,
    /// A capture in this form.
    fixture: &'static str,
}

const FORMS: &[Form] = &[
    // nginx, `error_log ... debug`: the request that it read, and the response that it got from behind.
    Form {
        start: "http request line: \"@\"",
        field: "http header: \"@\"",
        end: "http header done",
        left_out: "",
        fixture: "nginx-debug.txt",
    },
    Form {
        start: "http proxy status @ \"",
        field: "http proxy header: \"@\"",
        end: "http proxy header done",
        left_out: "HTTP/1.1 ",
        fixture: "nginx-debug.txt",
    },
    // tshark -V: the line endings are spelt out. It is the last one.
    Form { start: "    @\\r\\n", field: "    @\\r\\n", end: "    \\r\\n", left_out: "", fixture: "tshark-v.txt" },
];

/// The lines before a head in the trace of Python's websocket-client, and in that of wget.
const HEADINGS: [&[u8]; 4] =
    [b"--- request header ---", b"--- response header ---", b"---request begin---", b"---response begin---"];
const CLOSING: &[u8] = b"-----------------------";

/// Whether a head of which this is the line before is ended by a line of its own.
pub(super) fn is_heading(line: &[u8]) -> bool {
    HEADINGS.contains(&line)
}

/// Whether a line ends a head in place of the empty one.
pub(super) fn is_end(line: &[u8]) -> bool {
    line == CLOSING
}

/// Whether this form is that of `tshark -V`, which shows a control character as `\b` or `\001`, and a backslash as itself.
pub(super) fn is_spelt_out(form: usize) -> bool {
    form + 1 == FORMS.len()
}

/// Whether this form is that of `curl --trace-ascii`.
pub(super) fn is_traced(form: usize) -> bool {
    form == FORMS.len()
}

/// What a line is in a form that marks it: the form, what stands before the mark, and the part.
pub(super) fn part(line: &[u8]) -> Option<(usize, &[u8], Part<'_>)> {
    if let Some(part) = traced(line) {
        return Some((FORMS.len(), b"", part));
    }
    if line.starts_with(b"    ") && (line.ends_with(b"\\r") || line.ends_with(b"\\n") && !line.ends_with(b"\\r\\n")) {
        return Some((FORMS.len() - 1, b"", Part::Bare));
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
            let text = [form.left_out.as_bytes(), text].concat();
            if let Some(kind) = kind_of(&text) {
                return Some((index, prefix, Part::Start(kind, text)));
            }
        }
        marked(line, form.field).map(|(prefix, text)| (index, prefix, Part::Field(text)))
    })
}

/// What stands before the mark in a line, and what it quotes: up to the end of the line where nothing follows `@`.
fn marked<'a>(line: &'a [u8], mark: &str) -> Option<(&'a [u8], &'a [u8])> {
    let (before, after) = mark.split_once('@').unwrap_or((mark, ""));
    let at = find(line, before.as_bytes())?;
    let text = &line[at + before.len()..];
    // What is indented farther is a comment on the line, unless it goes on with it as it was sent (RFC 9112, section 5.2).
    let goes_on = !after.is_empty() && text.ends_with(after.as_bytes()) && !text.trim_ascii_start().starts_with(b"[");
    if before.trim_ascii().is_empty() && (at > 0 || text.starts_with(b" ") && !goes_on) {
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

/// How many columns `curl --trace-ascii` shows on one line.
const TRACED_COLUMNS: usize = 64;

/// Joins what `curl --trace-ascii` wraps: a line that begins where the one before it ends goes on with that.
pub(super) fn join_traced(lines: &mut Vec<(usize, Cow<'_, [u8]>)>) {
    lines.dedup_by(|(_, next), (_, line)| {
        let ends_full = |(begin, text): (usize, &[u8])| {
            (!text.is_empty() && text.len().is_multiple_of(TRACED_COLUMNS)).then_some(begin + text.len())
        };
        let end = offset(line).and_then(ends_full);
        let more = offset(next).filter(|(begin, _)| Some(*begin) == end).map(|(_, text)| text.to_vec());
        line.to_mut().extend(more.iter().flatten());
        more.is_some()
    });
}

/// Whether a line may be one of `curl --trace-ascii`.
pub(super) fn is_traced_line(line: &[u8]) -> bool {
    line.get(4) == Some(&b':') && offset(line).is_some()
}

/// A line of `curl --trace-ascii`: its offset, in four hexadecimal digits, and what it shows.
fn offset(line: &[u8]) -> Option<(usize, &[u8])> {
    let digits = line.iter().take_while(|b| b.is_ascii_hexdigit()).count();
    let (offset, text) = line.split_at_checked(digits).filter(|_| digits == 4)?;
    let text = text.strip_prefix(b": ").or_else(|| text.strip_prefix(b":").filter(|text| text.is_empty()))?;
    Some((usize::from_str_radix(str::from_utf8(offset).ok()?, 16).ok()?, text))
}

fn traced(line: &[u8]) -> Option<Part<'_>> {
    let (_, text) = offset(line)?;
    if text.is_empty() {
        return Some(Part::End);
    }
    Some(kind_of(text).map_or(Part::Field(text), |kind| Part::Start(kind, text.to_vec())))
}

/// Whether a line is of a command that sends a head.
pub(super) fn sends_head(line: &[u8]) -> bool {
    find(line, b"-H").is_some() || find(line, b"--header").is_some()
}

/// Whether it is of nginx, which shows a head in parts before it shows the whole.
pub(super) fn is_of_proxy(line: &[u8]) -> bool {
    find(line, b" http proxy header: ").is_some()
}

/// What clients say before they show a head: curl, also where PowerShell shows that as errors, and wget.
const BEFORE_HEADS: [&[u8]; 25] = [
    b"* ",
    b"== Info: ",
    b"=> Send ",
    b"<= Recv SSL data",
    b"{ [",
    b"} [",
    b"% Total",
    b"Dload",
    b"Note: ",
    b"note: ",
    b"Warning: ",
    b"curl : ",
    b"curl.exe : ",
    b"At line:",
    b"+ ",
    b"DEBUG output created by Wget",
    b"Setting ",
    b"--20",
    b"Resolving ",
    b"Caching ",
    b"Connecting to ",
    b"Created socket ",
    b"Releasing ",
    b"HTTP request sent",
    b"---re",
];

/// Whether a line between a command and the head that it shows says nothing of what came of it.
pub(super) fn is_dressing(line: &[u8]) -> bool {
    let text = &*shown(line);
    let of_curl = behind_time(text);
    text.is_empty()
        || is_ruler(text)
        || is_traced_line(text)
        || text == b"*"
        || BEFORE_HEADS.iter().any(|begin| of_curl.starts_with(begin))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    /// Each row of the table finds the beginning, the fields and the end of a head in its fixture.
    #[test]
    fn rows() {
        let captures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/captures");
        for (index, form) in FORMS.iter().enumerate() {
            let capture = fs::read(captures.join(form.fixture)).expect(form.fixture);
            let parts = || capture.split(|&b| b == b'\n').filter_map(part).filter(|(at, ..)| *at == index);
            assert!(parts().any(|(_, _, part)| matches!(part, Part::Start(..))), "{}", form.start);
            assert!(parts().any(|(_, _, part)| part == Part::Field(b"Upgrade: websocket")), "{}", form.field);
            assert!(parts().any(|(_, _, part)| part == Part::End), "{}", form.end);
        }
    }
}
