//! Decoded text to matches: start lines, and known fields with their values, wherever they stand.

use super::decode::SOFT;
use super::value::{self, After, Reading};
use crate::handshake::{Accept, Key};
use crate::head::{ACCEPT, EXTENSIONS, KEY, Kind, PROTOCOL, VERSION};
use Kind::{Request, Response};

/// Something that was found in the text.
#[derive(Debug)]
pub(super) enum Match {
    /// A request line or a status line. For a heading it is empty, and for a status code alone it lacks the version.
    Start(Kind, Vec<u8>),
    /// A field.
    Field { name: &'static str, kind: Option<Kind>, value: Reading },
    /// A key or an accept value under a name of somebody's own.
    Hint { name: &'static str, kind: Kind, value: Vec<u8> },
    /// An empty line.
    Gap,
    /// A line that says that others were left out.
    Cut,
}

/// How a value ends where nothing encloses it, or what else a name stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Base64.
    Base64,
    /// At a space.
    Word,
    /// Where a list of words ends.
    List,
    /// With the line.
    Line,
    /// Three digits.
    Status,
    /// No value: it stands above the fields of a head.
    Heading,
    /// A value of base64 under a name of somebody's own.
    OwnName,
}

/// The names to look for. A `-` may be missing, or be a `_` or a space.
const NAMES: &[(&str, Option<Kind>, Shape)] = &[
    (KEY, Some(Request), Shape::Base64),
    (ACCEPT, Some(Response), Shape::Base64),
    (VERSION, None, Shape::List),
    (PROTOCOL, None, Shape::List),
    (EXTENSIONS, None, Shape::Line),
    // Of draft hixie-76: its presence says all.
    (HIXIE, Some(Request), Shape::Line),
    ("Upgrade", None, Shape::List),
    ("Connection", None, Shape::List),
    ("Host", Some(Request), Shape::Word),
    ("Origin", Some(Request), Shape::Word),
    ("Content-Length", None, Shape::Word),
    ("Transfer-Encoding", None, Shape::List),
    ("Location", Some(Response), Shape::Word),
    ("Server", Some(Response), Shape::Line),
    ("Via", None, Shape::Line),
    ("WWW-Authenticate", Some(Response), Shape::Line),
    ("Proxy-Authenticate", Some(Response), Shape::Line),
    ("Date", None, Shape::Line),
    (":method", Some(Request), Shape::Word),
    (":path", Some(Request), Shape::Word),
    (":scheme", Some(Request), Shape::Word),
    (":authority", Some(Request), Shape::Word),
    (":protocol", Some(Request), Shape::Word),
    (":status", Some(Response), Shape::Status),
    ("Status-Code", Some(Response), Shape::Status),
    ("Status", Some(Response), Shape::Status),
    ("Request Headers", Some(Request), Shape::Heading),
    ("Response Headers", Some(Response), Shape::Heading),
    ("Key", None, Shape::OwnName),
    ("cKey", None, Shape::OwnName),
    ("Accept", None, Shape::OwnName),
    ("cAccept", None, Shape::OwnName),
    ("nonce", None, Shape::OwnName),
    ("Response", None, Shape::OwnName),
    ("Actual", None, Shape::OwnName),
];

/// The names whose values are not to be taken for those of the names before them.
const OF_WEBSOCKET: usize = 3;

/// What a name or `HTTP/` begins with.
const INITIALS: &[u8] = b"suchotlvwpdrkan:";
pub(super) const HIXIE: &str = "Sec-WebSocket-Key1";

const METHODS: [&[u8]; 9] = [b"GET", b"POST", b"PUT", b"HEAD", b"OPTIONS", b"CONNECT", b"DELETE", b"PATCH", b"TRACE"];

/// A value is not looked for farther from its name than this.
pub(super) const REACH: usize = 160;

/// The longest value or start line.
pub(super) const LONGEST: usize = 8192;

/// A name that stands in the text.
#[derive(Clone, Copy)]
pub(super) struct Name {
    index: usize,
    /// Where it begins and ends.
    pub(super) at: usize,
    pub(super) end: usize,
}

impl Name {
    pub(super) fn text(self) -> &'static str {
        NAMES[self.index].0
    }

    fn kind(self) -> Option<Kind> {
        NAMES[self.index].1
    }

    pub(super) fn shape(self) -> Shape {
        NAMES[self.index].2
    }

    pub(super) fn is_heading(self) -> bool {
        self.shape() == Shape::Heading
    }

    pub(super) fn is_of_websocket(self) -> bool {
        self.index < OF_WEBSOCKET
    }
}

/// Whether this is one of the names to look for, written with its dashes.
pub(super) fn is_known_name(text: &[u8]) -> bool {
    NAMES.iter().any(|(name, ..)| name.as_bytes().eq_ignore_ascii_case(text))
}

/// Tells of everything that is found, in order, with its line, counted from 1. Time is linear: what is looked at around a
/// match is bounded.
pub(super) fn scan(text: &[u8], mut tell: impl FnMut(Match, usize)) {
    let (mut lines, mut at) = (Lines { number: 1, is_written: true, last_end: SOFT }, 0);
    while let Some(&byte) = text.get(at) {
        if is_line_end(byte) {
            if let Some(found) = lines.end(text, at) {
                tell(found, lines.number);
            }
            lines.number += usize::from(byte == b'\n');
            at += 1;
            continue;
        }
        lines.is_written |= byte.is_ascii_alphanumeric();
        let mut next = at + 1;
        if INITIALS.contains(&byte.to_ascii_lowercase()) {
            if let Some((kind, start_line)) = start_line(text, at) {
                tell(Match::Start(kind, start_line), lines.number);
            } else if let Some((found, end)) = name_at(text, at).and_then(|name| field(text, name)) {
                tell(found, lines.number);
                next = next.max(end);
            }
        }
        lines.number += text.get(at..next).unwrap_or_default().split(|&b| b == b'\n').count() - 1;
        at = next;
    }
}

/// The lines as they are passed.
struct Lines {
    number: usize,
    /// Whether anything but punctuation stands in the line.
    is_written: bool,
    /// What ended the line before.
    last_end: u8,
}

impl Lines {
    /// Ends a line at `at`: what it is, if it is an empty one or a remark that lines were left out.
    fn end(&mut self, text: &[u8], at: usize) -> Option<Match> {
        // Where the heads' own line endings are shown, an empty line without one is the tool's.
        let is_the_tools = !self.is_written && (self.last_end, text[at]) == (SOFT, b'\n');
        let is_empty = !self.is_written && !is_the_tools;
        if !is_the_tools {
            self.last_end = text[at];
        }
        self.is_written = false;
        is_empty.then(|| if is_omission(text, at) { Match::Cut } else { Match::Gap })
    }
}

/// Whether the line that ends here says that others were left out: `...`, `> [...]`.
fn is_omission(text: &[u8], at: usize) -> bool {
    let line = before(text, at, 12);
    let begin = line.iter().rposition(|&b| is_line_end(b)).map_or(0, |end| end + 1);
    let line = line[begin..].trim_ascii();
    let marks = line.iter().position(|b| !b"<>|#*/-; ".contains(b)).map(|first| &line[first..]);
    marks.is_some_and(|marks| [b"...".as_slice(), b"[...]", "…".as_bytes()].contains(&marks))
}

pub(super) fn is_line_end(byte: u8) -> bool {
    byte == b'\n' || byte == SOFT
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

/// So many bytes before `at`, as far as there are.
pub(super) fn before(text: &[u8], at: usize, most: usize) -> &[u8] {
    text.get(at.saturating_sub(most)..at).unwrap_or_default()
}

/// So many bytes from `at` on, as far as there are.
pub(super) fn after(text: &[u8], at: usize, most: usize) -> &[u8] {
    text.get(at..text.len().min(at.saturating_add(most))).unwrap_or_default()
}

/// The start line whose `HTTP/` stands at this place.
fn start_line(text: &[u8], at: usize) -> Option<(Kind, Vec<u8>)> {
    let rest = after(text, at, LONGEST);
    if !rest.get(..5)?.eq_ignore_ascii_case(b"HTTP/") {
        return None;
    }
    let digits = rest.get(5..)?.iter().take_while(|b| b.is_ascii_digit() || **b == b'.').count();
    let (version, behind) = rest.split_at_checked(5 + digits)?;
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
    let line = before(text, at, LONGEST).strip_suffix(b" ")?;
    let space = line.iter().rposition(|&b| b == b' ' || is_line_end(b))?;
    let target = line.get(space + 1..).filter(|target| !target.is_empty())?;
    let method = METHODS.iter().find(|method| line[..space].ends_with(method))?;
    Some((Request, [*method, target, &version].join(&b' ')))
}

/// A known name that stands at this place by itself.
pub(super) fn name_at(text: &[u8], at: usize) -> Option<Name> {
    let first = text.get(at)?;
    let is_within_word = before(text, at, 1).first().is_some_and(u8::is_ascii_alphanumeric);
    if is_within_word && !first.is_ascii_uppercase() {
        return None;
    }
    (0..NAMES.len()).find_map(|index| {
        let name = Name { index, at, end: spelt_at(text, at, NAMES[index].0)? };
        let is_ended = name.is_heading() || !text.get(name.end).is_some_and(|&b| is_of_name(b));
        (is_ended && is_alone(text, name)).then_some(name)
    })
}

/// Where `name` ends, if it stands at this place in any of its spellings.
fn spelt_at(text: &[u8], at: usize, name: &str) -> Option<usize> {
    let mut end = at;
    for &letter in name.as_bytes() {
        match (letter, text.get(end)?) {
            (b'-', b'-' | b'_' | b' ') => end += 1,
            (b'-', _) => {}
            (letter, other) if letter.eq_ignore_ascii_case(other) => end += 1,
            _ => return None,
        }
    }
    Some(end)
}

/// Whether what stands before a name leaves it a name.
fn is_alone(text: &[u8], name: Name) -> bool {
    let (at, has_colon) = (name.at, text.get(name.end) == Some(&b':'));
    match before(text, at, 6) {
        // The names that CGI gives; not the variables of nginx.
        [.., b'H' | b'h', b'T' | b't', b'T' | b't', b'P' | b'p', b'_' | b'-'] => before(text, at - 5, 1) != b"$",
        // Copied without line endings, a name follows the value before it at once.
        [.., glued] if is_of_name(*glued) => {
            let is_after_value = glued.is_ascii_lowercase() || glued.is_ascii_digit();
            text[at].is_ascii_uppercase() && is_after_value && (name.is_heading() || has_colon)
        }
        [.., b'$' | b'@'] => false,
        // Loggers are called so: `websockets.server:`.
        [.., b'.'] => !has_colon || before(text, at, 8) == b"headers.",
        _ => true,
    }
}

/// The field of this name; gives where to look on.
fn field(text: &[u8], name: Name) -> Option<(Match, usize)> {
    let after = value::after(text, name);
    match name.shape() {
        Shape::Heading => Some((Match::Start(name.kind()?, Vec::new()), name.end)),
        Shape::OwnName => hint(text, name, after.at()?),
        Shape::Status => status(text, after.start()?.at),
        Shape::Base64 => base64_field(text, name, &after),
        Shape::Word | Shape::List | Shape::Line => {
            let (value, end) = value::text(text, name, after.start()?)?;
            Some((Match::Field { name: name.text(), kind: name.kind(), value }, end))
        }
    }
}

/// A status code, with its reason if that follows.
fn status(text: &[u8], at: usize) -> Option<(Match, usize)> {
    let [a @ b'1'..=b'5', b, c, more @ ..] = after(text, at, 64) else { return None };
    if !b.is_ascii_digit() || !c.is_ascii_digit() || more.first().is_some_and(|&b| is_of_name(b)) {
        return None;
    }
    let reason = more.iter().take_while(|&&b| b == b' ' || b.is_ascii_alphabetic()).count();
    let reason = more[..reason].trim_ascii_end();
    Some((Match::Start(Response, [b" ", [*a, *b, *c].as_slice(), reason].concat()), at + 3))
}

/// The key or the accept value: what stands where it should, else padded base64 that stands near.
fn base64_field(text: &[u8], name: Name, after: &After) -> Option<(Match, usize)> {
    let found = |value| Match::Field { name: name.text(), kind: name.kind(), value };
    if let Some((value, end)) = after.start().and_then(|start| value::irregular_base64(text, start)) {
        return Some((found(value), end));
    }
    // Farther off, what has the other one's length is the other one.
    let other = if name.text() == KEY { Accept::LEN } else { Key::LEN };
    let direct = after.at().map_or(name.end, |at| at + 1);
    let is_wanted = |value: &[u8], begin| begin <= direct || value.len() != other;
    let Some((value, end)) = value::base64_near(text, name, is_wanted) else {
        let is_program = matches!(after, After::Program { .. });
        return is_program.then(|| (found(Reading::Unreadable), name.end));
    };
    // What stands between may have names of its own.
    let end = if end - value.len() <= direct { end } else { name.end };
    Some((found(Reading::Value(value.to_vec())), end))
}

/// A key or an accept value under a name of somebody's own.
fn hint(text: &[u8], name: Name, at: usize) -> Option<(Match, usize)> {
    let run = after(text, at, 64).iter().skip_while(|&&b| !value::is_base64(b)).take_while(|&&b| value::is_base64(b)).count();
    if run < Key::LEN {
        return None;
    }
    let (value, end) = value::base64_near(text, name, |_, _| true).filter(|(value, end)| end - value.len() <= at + 1)?;
    let is_for_key = name.text().ends_with("ey") || name.text() == "nonce";
    let (name, kind) = match value.len() {
        Key::LEN if is_for_key && value.ends_with(b"==") => (KEY, Request),
        Accept::LEN => (ACCEPT, Response),
        _ => return None,
    };
    Some((Match::Hint { name, kind, value: value.to_vec() }, end))
}
