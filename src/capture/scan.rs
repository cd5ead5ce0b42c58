//! Decoded text to matches: start lines, and known fields with their values, wherever they stand.

use super::decode::LINE_BREAK;
use super::names::{
    self, LONGEST, Name, REACH, Role, Shape, bytes_before, bytes_from, is_initial, is_line_end, is_of_name, name_at,
};
use super::prompt;
use super::start::METHODS;
use super::text::{padded, switch, websocket};
use super::value::{self, Following, Reading};
use crate::handshake::{Accept, Key};
use crate::head::{ACCEPT, KEY, Kind};
use Kind::{Request, Response};
use std::iter;

/// Something that was found in the text.
#[derive(Debug)]
pub(super) enum Match {
    /// A request line or a status line.
    StartLine(Kind, Vec<u8>),
    /// A heading above the fields of a head.
    Heading(Kind),
    /// A status code alone, with its reason if that follows: it may stand before the fields or after them.
    Status(Vec<u8>),
    /// A field.
    Field {
        name: &'static str,
        kind: Option<Kind>,
        value: Reading,
    },
    /// A key or an accept value under a name of somebody's own.
    Hint {
        name: &'static str,
        kind: Kind,
        value: Vec<u8>,
    },
    EmptyLine,
    /// A line with a command.
    Command,
    /// A line that says that others were left out.
    Omission,
}

impl Match {
    /// Whether it makes a head one of WebSocket's: a handshake is near.
    pub(super) fn is_sign(&self) -> bool {
        match self {
            Self::StartLine(kind, line) => *kind == Response && line.split(|&b| b == b' ').nth(1) == Some(b"101"),
            Self::Status(status) => status.starts_with(b"101"),
            Self::Hint { .. } => true,
            Self::Field { name: "Upgrade" | ":protocol", value: Reading::Value(value), .. } => websocket(value).is_some(),
            Self::Field { name, .. } => websocket(name.as_bytes()).is_some(),
            Self::Heading(_) | Self::EmptyLine | Self::Command | Self::Omission => false,
        }
    }
}

/// How far before a status of 101, and before a value that is padded, a name may stand that it belongs to.
const BEFORE_STATUS: usize = 128;
const BEFORE_VALUE: usize = 2 * REACH;

/// Whether a sign may be found in a text from here on, or reach into it, wherever a scan of it begins.
pub(super) fn shows_sign(text: &[u8], from: usize) -> bool {
    let places = |find: fn(&[u8]) -> Option<usize>| {
        let mut next = from;
        iter::from_fn(move || {
            let at = next + find(text.get(next..)?)?;
            next = at + 1;
            Some(at)
        })
    };
    // The names that may stand before it begin so.
    let is_behind = |most: usize, initials: &'static [u8]| {
        move |at: usize| {
            let mut begins = (at.saturating_sub(most)..at).filter(|&begin| initials.contains(&text[begin].to_ascii_lowercase()));
            begins.any(|begin| is_sign_at(text, begin))
        }
    };
    places(websocket).any(is_behind(LONGEST, b"su:"))
        || places(switch).any(is_behind(BEFORE_STATUS, b"sh:"))
        || places(padded).any(is_behind(BEFORE_VALUE, b"kcanr"))
}

fn is_sign_at(text: &[u8], at: usize) -> bool {
    if !is_initial(text[at]) {
        return false;
    }
    if let Some((kind, line)) = start_line(text, at) {
        return Match::StartLine(kind, line).is_sign();
    }
    // The value of one of the handshake's own names may stand behind what was seen yet.
    name_at(text, at).is_some_and(|name| {
        websocket(name.text().as_bytes()).is_some() || field(text, name).is_some_and(|(found, _)| found.is_sign())
    })
}

/// How much of a line is looked at for a prompt and a command.
const MOST_OF_COMMAND: usize = 1 << 10;

/// How long the prompt is before a command, if a line begins with one, or with a command that sends a head. What it overwrites is no
/// more than marks.
fn before_command(text: &[u8]) -> Option<usize> {
    let line = text.split(|&b| b == b'\n').next().unwrap_or_default().trim_ascii_end();
    let marks = line.iter().take_while(|b| !b.is_ascii_alphanumeric());
    let begin = marks.enumerate().filter(|(_, b)| **b == LINE_BREAK).last().map_or(0, |(at, _)| at + 1);
    let line = &line[begin..];
    let prompt = || prompt::command(line).map(|command| line.len().saturating_sub(command.len()));
    let length = if line.starts_with(b"curl ") || line.starts_with(b"wget ") { Some(0) } else { prompt() };
    length.map(|length| begin + length)
}

/// Reports every match, in order, with its line, counted from 1. Time is linear: what is looked at around a match is bounded.
pub(super) fn scan(text: &[u8], mut report: impl FnMut(Match, usize)) {
    let (mut lines, mut at) = (LineCounter { number: 1, is_written: true, last_end: LINE_BREAK }, 0);
    while let Some(&byte) = text.get(at) {
        let is_begin = at == 0 || text[at - 1] == b'\n';
        if is_begin && let Some(prompt) = before_command(bytes_from(text, at, MOST_OF_COMMAND)) {
            report(Match::Command, lines.number);
            // What a prompt names is no field.
            if prompt > 0 {
                lines.is_written = true;
                at += prompt;
                continue;
            }
        }
        if is_line_end(byte) {
            if let Some(found) = lines.end(text, at) {
                report(found, lines.number);
            }
            lines.number += usize::from(byte == b'\n');
            at += 1;
            continue;
        }
        lines.is_written |= byte.is_ascii_alphanumeric();
        let mut next = at + 1;
        if is_initial(byte) {
            if let Some((kind, start_line)) = start_line(text, at) {
                report(Match::StartLine(kind, start_line), lines.number);
            } else if let Some((found, end)) = name_at(text, at).and_then(|name| field(text, name)) {
                report(found, lines.number);
                next = next.max(end);
            }
        }
        lines.number += text.get(at..next).unwrap_or_default().split(|&b| b == b'\n').count() - 1;
        at = next;
    }
}

/// The lines as they are passed.
struct LineCounter {
    number: usize,
    /// Whether anything but punctuation stands in the line.
    is_written: bool,
    /// What ended the line before.
    last_end: u8,
}

impl LineCounter {
    /// Ends a line at `at`: what it is, if it is an empty one or a remark that lines were left out.
    fn end(&mut self, text: &[u8], at: usize) -> Option<Match> {
        // Where the heads' own line endings are shown, an empty line without one is the tool's.
        let is_the_tools = !self.is_written && (self.last_end, text[at]) == (LINE_BREAK, b'\n');
        let is_empty = !self.is_written && !is_the_tools;
        if !is_the_tools {
            self.last_end = text[at];
        }
        self.is_written = false;
        is_empty.then(|| if is_omission(text, at) { Match::Omission } else { Match::EmptyLine })
    }
}

/// Whether the line that ends here says that others were left out: `...`, `> [...]`.
fn is_omission(text: &[u8], at: usize) -> bool {
    let line = bytes_before(text, at, 12);
    let begin = line.iter().rposition(|&b| is_line_end(b)).map_or(0, |end| end + 1);
    let line = line[begin..].trim_ascii();
    let marks = line.iter().position(|b| !b"<>|#*/-; ".contains(b)).map(|first| &line[first..]);
    marks.is_some_and(names::is_omission)
}

/// The start line whose `HTTP/` stands at this place.
fn start_line(text: &[u8], at: usize) -> Option<(Kind, Vec<u8>)> {
    let rest = bytes_from(text, at, LONGEST);
    if !rest.get(..5)?.eq_ignore_ascii_case(b"HTTP/") {
        return None;
    }
    let digits = rest.get(5..)?.iter().take_while(|b| b.is_ascii_digit() || **b == b'.').count();
    let (version, behind) = rest.split_at_checked(5 + digits).filter(|_| digits > 0)?;
    let version = version.to_ascii_uppercase();
    if let [b' ', a, b, c, more @ ..] = behind
        && [a, b, c].iter().all(|b| b.is_ascii_digit())
        && (b'1'..=b'5').contains(a)
        && !more.first().is_some_and(|&b| is_of_name(b))
    {
        let line = rest.get(..REACH).unwrap_or(rest);
        let line = line.split(|&b| is_line_end(b) || b"\"'`<>|]})\\".contains(&b)).next()?;
        return Some((Response, [&version, line.get(version.len()..)?.trim_ascii_end()].concat()));
    }
    let line = bytes_before(text, at, LONGEST).strip_suffix(b" ")?;
    let space = line.iter().rposition(|&b| b == b' ' || is_line_end(b))?;
    let target = line.get(space + 1..).filter(|target| !target.is_empty())?;
    let method = METHODS.iter().find(|method| line[..space].ends_with(method))?;
    Some((Request, [*method, target, &version].join(&b' ')))
}

/// The field of this name; gives where to look on.
fn field(text: &[u8], name: Name) -> Option<(Match, usize)> {
    let following = value::locate(text, name);
    match name.role() {
        Role::Heading => Some((Match::Heading(name.kind()?), name.end)),
        Role::Own { is_for_key } => hint(text, name, following.at()?, is_for_key),
        Role::Status => status(text, following.start()?.at),
        Role::Field(Shape::Base64) => base64_field(text, name, &following),
        Role::Field(shape) => {
            let (value, end) = value::text(text, name, shape, following.start()?)?;
            Some((Match::Field { name: name.text(), kind: name.kind(), value }, end))
        }
    }
}

/// A status code, with its reason if that follows.
fn status(text: &[u8], at: usize) -> Option<(Match, usize)> {
    let [a @ b'1'..=b'5', b, c, more @ ..] = bytes_from(text, at, 64) else { return None };
    if !b.is_ascii_digit() || !c.is_ascii_digit() || more.first().is_some_and(|&b| is_of_name(b)) {
        return None;
    }
    let reason = more.iter().take_while(|&&b| b == b' ' || b.is_ascii_alphabetic()).count();
    let reason = more[..reason].trim_ascii_end();
    Some((Match::Status([[*a, *b, *c].as_slice(), reason].concat()), at + 3))
}

/// The key or the accept value: what stands where it should, else padded base64 that stands near.
fn base64_field(text: &[u8], name: Name, following: &Following) -> Option<(Match, usize)> {
    let found = |value| Match::Field { name: name.text(), kind: name.kind(), value };
    if let Some((value, end)) = following.start().and_then(|start| value::irregular_base64(text, start)) {
        return Some((found(value), end));
    }
    // Farther off, what has the other one's length is the other one.
    let other = if name.text() == KEY { Accept::LEN } else { Key::LEN };
    let direct = following.at().map_or(name.end, |at| at + 1);
    let is_wanted = |value: &[u8], begin| begin <= direct || value.len() != other;
    let Some((value, end)) = value::base64_near(text, name, is_wanted) else {
        let is_program = matches!(following, Following::Program { .. });
        return is_program.then(|| (found(Reading::Unreadable), name.end));
    };
    // What stands between may have names of its own.
    let end = if end - value.len() <= direct { end } else { name.end };
    Some((found(Reading::Value(value.to_vec())), end))
}

/// A key or an accept value under a name of somebody's own.
fn hint(text: &[u8], name: Name, at: usize, is_for_key: bool) -> Option<(Match, usize)> {
    let run =
        bytes_from(text, at, 64).iter().skip_while(|&&b| !value::is_base64(b)).take_while(|&&b| value::is_base64(b)).count();
    if run < Key::LEN {
        return None;
    }
    let (value, end) = value::base64_near(text, name, |_, _| true).filter(|(value, end)| end - value.len() <= at + 1)?;
    let (name, kind) = match value.len() {
        Key::LEN if is_for_key && value.ends_with(b"==") => (KEY, Request),
        Accept::LEN => (ACCEPT, Response),
        _ => return None,
    };
    Some((Match::Hint { name, kind, value: value.to_vec() }, end))
}
