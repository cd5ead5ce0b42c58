//! The names of the fields to look for, and where one stands in a text.

use super::decode::SOFT;
use crate::head::{ACCEPT, EXTENSIONS, KEY, Kind, PROTOCOL, VERSION};
use Kind::{Request, Response};

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

pub(super) const HIXIE: &str = "Sec-WebSocket-Key1";

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

    pub(super) fn kind(self) -> Option<Kind> {
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

pub(super) fn is_line_end(byte: u8) -> bool {
    byte == b'\n' || byte == SOFT
}

pub(super) fn is_of_name(byte: u8) -> bool {
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
