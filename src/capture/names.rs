//! The names of the fields to look for, and where one stands in a text.

use super::decode::LINE_BREAK;
use super::prefix::begins_with_time;
use super::text::find;
use crate::head::{ACCEPT, EXTENSIONS, Head, KEY, Kind, PROTOCOL, VERSION};
use Kind::{Request, Response};
use std::collections::HashSet;

/// What a name stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// A field.
    Field(Shape),
    /// A status code.
    Status,
    /// Nothing by itself: it stands above the fields of a head.
    Heading,
    /// A key or an accept value under a name of somebody's own.
    Own { is_for_key: bool },
}

/// How a field's value ends where nothing encloses it.
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
}

/// The names to look for, whose heads they stand in, and what they stand for. A `-` may be missing, or be a `_` or a space.
const NAMES: &[(&str, Option<Kind>, Role)] = &[
    (KEY, Some(Request), Role::Field(Shape::Base64)),
    (ACCEPT, Some(Response), Role::Field(Shape::Base64)),
    (VERSION, None, Role::Field(Shape::List)),
    (PROTOCOL, None, Role::Field(Shape::List)),
    (EXTENSIONS, None, Role::Field(Shape::Line)),
    // Of draft hixie-76: its presence says all.
    (HIXIE, Some(Request), Role::Field(Shape::Line)),
    ("Upgrade", None, Role::Field(Shape::List)),
    ("Connection", None, Role::Field(Shape::List)),
    ("Host", Some(Request), Role::Field(Shape::Word)),
    ("Origin", Some(Request), Role::Field(Shape::Word)),
    ("Content-Length", None, Role::Field(Shape::Word)),
    ("Transfer-Encoding", None, Role::Field(Shape::List)),
    ("Location", Some(Response), Role::Field(Shape::Word)),
    ("Server", Some(Response), Role::Field(Shape::Line)),
    ("Via", None, Role::Field(Shape::Line)),
    ("WWW-Authenticate", Some(Response), Role::Field(Shape::Line)),
    ("Proxy-Authenticate", Some(Response), Role::Field(Shape::Line)),
    ("Date", None, Role::Field(Shape::Line)),
    (":method", Some(Request), Role::Field(Shape::Word)),
    (":path", Some(Request), Role::Field(Shape::Word)),
    (":scheme", Some(Request), Role::Field(Shape::Word)),
    (":authority", Some(Request), Role::Field(Shape::Word)),
    (":protocol", Some(Request), Role::Field(Shape::Word)),
    // What browsers show above the fields.
    (METHOD, Some(Request), Role::Field(Shape::Word)),
    (URL, Some(Request), Role::Field(Shape::Word)),
    (":status", Some(Response), Role::Status),
    ("Status-Code", Some(Response), Role::Status),
    ("Status", Some(Response), Role::Status),
    ("Request Headers", Some(Request), Role::Heading),
    ("Response Headers", Some(Response), Role::Heading),
    ("Key", None, Role::Own { is_for_key: true }),
    ("cKey", None, Role::Own { is_for_key: true }),
    ("Accept", None, Role::Own { is_for_key: false }),
    ("cAccept", None, Role::Own { is_for_key: false }),
    ("nonce", None, Role::Own { is_for_key: true }),
    ("Response", None, Role::Own { is_for_key: false }),
    ("Actual", None, Role::Own { is_for_key: false }),
];

/// What a name, or a version, begins with.
static INITIALS: [bool; 256] = {
    let mut initials = [false; 256];
    let mut at = 0;
    while at < NAMES.len() {
        let initial = NAMES[at].0.as_bytes()[0];
        initials[initial.to_ascii_lowercase() as usize] = true;
        initials[initial.to_ascii_uppercase() as usize] = true;
        at += 1;
    }
    // That of `HTTP/`.
    initials[b'h' as usize] = true;
    initials[b'H' as usize] = true;
    initials
};

/// Whether a name or a version may begin with this byte.
pub(super) fn is_initial(byte: u8) -> bool {
    INITIALS[usize::from(byte)]
}

/// The first key of draft hixie-76, whose values look like placeholders.
pub(super) const HIXIE: &str = "Sec-WebSocket-Key1";

/// The method and the URL of a request, as browsers show them.
pub(super) const METHOD: &str = "Request Method";
pub(super) const URL: &str = "Request URL";

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

    pub(super) fn role(self) -> Role {
        NAMES[self.index].2
    }

    pub(super) fn is_heading(self) -> bool {
        self.role() == Role::Heading
    }

    /// Whether a value behind it is its own, and not that of a name before it.
    pub(super) fn ends_search(self) -> bool {
        matches!(self.text(), KEY | ACCEPT | VERSION)
    }
}

/// Whether this is one of the names to look for, written with its dashes.
pub(super) fn is_known_name(text: &[u8]) -> bool {
    NAMES.iter().any(|(name, ..)| name.as_bytes().eq_ignore_ascii_case(text))
}

/// Whether it is one of those of fields.
pub(super) fn is_known_field(text: &[u8]) -> bool {
    let is_field = |role: &Role| matches!(role, Role::Field(_));
    NAMES.iter().any(|(name, _, role)| is_field(role) && name.as_bytes().eq_ignore_ascii_case(text))
}

/// What developer tools and people write above the fields of a head, or between two heads.
const LABELS: [&str; 11] = [
    "general",
    "headers",
    "provisional headers are shown",
    "raw",
    "request",
    "response",
    "summary",
    "view parsed",
    "view source",
    "view url-encoded",
    "view url encoded",
];

/// What the lines of a log begin with.
const LEVELS: [&[u8]; 6] = [b"TRACE", b"DEBUG", b"INFO", b"WARN", b"WARNING", b"ERROR"];

/// Whether a line is a heading, whatever marks stand around it: `Response Headers (5)`, `### Request`, `view source`.
pub(super) fn is_label(line: &[u8]) -> bool {
    let is_mark = |b: &u8| !b.is_ascii_alphanumeric();
    let begin = line.iter().take_while(|b| is_mark(b)).count();
    let end = line.len() - line.iter().rev().take_while(|b| is_mark(b)).count();
    let text = line.get(begin..end).unwrap_or_default();
    let begins = |name: &str| text.get(..name.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(name.as_bytes()));
    let is_heading = |(name, _, role): &(&str, _, Role)| *role == Role::Heading && begins(name);
    NAMES.iter().any(is_heading)
        || begins("query string parameters")
        || LABELS.iter().any(|label| label.as_bytes().eq_ignore_ascii_case(text))
}

/// Whether a line stands between heads and is part of none: an empty one, a heading, a ruler, the end of a block, a line of a log.
pub(super) fn is_boundary(line: &[u8]) -> bool {
    let text = line.trim_ascii();
    let word = text.split(|b| b" :]".contains(b)).next().unwrap_or_default();
    let is_level = LEVELS.contains(&word.strip_prefix(b"[").unwrap_or(word));
    text.is_empty() || is_ruler(text) || is_label(text) || text.starts_with(b"</") || begins_with_time(text) || is_level
}

/// Whether a line is a fence of Markdown, or separates what stands above it from what stands below.
pub(super) fn is_ruler(text: &[u8]) -> bool {
    text.len() > 2 && text.iter().all(u8::is_ascii_punctuation) && !is_omission(text)
}

/// Whether a line says that others were left out: `...`, `[...]`.
pub(super) fn is_omission(text: &[u8]) -> bool {
    let is_mark = |b: &u8| b.is_ascii_punctuation();
    text == "…".as_bytes() || text.iter().all(is_mark) && find(text, b"...").is_some()
}

/// A known name that stands at this place by itself.
pub(super) fn name_at(text: &[u8], at: usize) -> Option<Name> {
    let first = text.get(at)?;
    let is_within_word = bytes_before(text, at, 1).first().is_some_and(u8::is_ascii_alphanumeric);
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
    match bytes_before(text, at, 6) {
        // The names that CGI gives; not the variables of nginx.
        [.., b'H' | b'h', b'T' | b't', b'T' | b't', b'P' | b'p', b'_' | b'-'] => bytes_before(text, at - 5, 1) != b"$",
        // Copied without line endings, a name follows the value before it at once.
        [.., glued] if is_of_name(*glued) => {
            let is_joint = glued.is_ascii_lowercase() || glued.is_ascii_digit() || is_after_value(text, at);
            text[at].is_ascii_uppercase() && is_joint && (name.is_heading() || has_colon && is_after_value(text, at))
        }
        [.., b'$' | b'@'] => false,
        // Loggers are called so: `websockets.server:`.
        [.., b'.'] => !has_colon || bytes_before(text, at, 8) == b"headers.",
        _ => true,
    }
}

/// Whether what stands directly before a name is the value of the field before it: `Upgrade:websocketHost:a`. Loggers write
/// words such as `hasUpgrade: true`, which are no fields.
fn is_after_value(text: &[u8], at: usize) -> bool {
    let line = bytes_before(text, at, REACH);
    // The colon of a URL's scheme does not end it.
    let ends = |at: &usize| {
        let rest = &line[*at..];
        rest.starts_with(b" ") || rest.starts_with(b":") && !rest.starts_with(b"://") || is_line_end(rest[0])
    };
    let begin = (0..line.len()).rev().find(ends).map_or(0, |at| at + 1);
    let (before, value) = line.split_at(begin);
    let word = before.trim_ascii_end().strip_suffix(b":");
    // The last word of a date ends its value too.
    value == b"GMT" || word.is_some_and(|word| NAMES.iter().any(|(name, ..)| ends_with(word, name)) || ends_with(word, "Method"))
}

fn ends_with(text: &[u8], name: &str) -> bool {
    text.split_at_checked(text.len().wrapping_sub(name.len())).is_some_and(|(_, end)| end.eq_ignore_ascii_case(name.as_bytes()))
}

pub(super) fn is_line_end(byte: u8) -> bool {
    byte == b'\n' || byte == LINE_BREAK
}

pub(super) fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

/// Up to `most` bytes before `at`.
pub(super) fn bytes_before(text: &[u8], at: usize, most: usize) -> &[u8] {
    text.get(at.saturating_sub(most)..at).unwrap_or_default()
}

/// Up to `most` bytes from `at` on.
pub(super) fn bytes_from(text: &[u8], at: usize, most: usize) -> &[u8] {
    text.get(at..text.len().min(at.saturating_add(most))).unwrap_or_default()
}

/// Whether a head has to do with WebSocket.
pub(super) fn is_websocket(head: &Head) -> bool {
    let is_other_switch = head.has("Upgrade") && !head.tokens("Upgrade").any(|token| token.eq_ignore_ascii_case(b"websocket"));
    head.shows_websocket
        || head.status() == Some(101) && !is_other_switch
        || head.fields.iter().any(|field| {
            let is = |name: &str| field.name.eq_ignore_ascii_case(name.as_bytes());
            field.name.get(..14).is_some_and(|start| start.eq_ignore_ascii_case(b"sec-websocket-"))
                || (is("upgrade") || is(":protocol"))
                    && field.value.get(..9).is_some_and(|start| start.eq_ignore_ascii_case(b"websocket"))
        })
}

/// Whether a browser shows this request for a WebSocket without a key.
pub(super) fn shows_no_key(head: &Head) -> bool {
    head.kind() == Kind::Request && !head.has(KEY) && head.has("Upgrade") && head.has(VERSION)
}

/// The fields that a head has once at most.
const ONCE: [&str; 7] = ["Host", "Upgrade", KEY, VERSION, ACCEPT, PROTOCOL, "Content-Length"];

/// Whether a head has this field once at most. A request may list subprotocols on several lines.
pub(super) fn is_once(name: &str, kind: Option<Kind>) -> bool {
    ONCE.contains(&name) && (name != PROTOCOL || kind == Some(Response))
}

/// The first field that a head shows more than once, and that one has once at most; or a list that shows a member on two of its lines.
pub(super) fn repeated(head: &Head, kind: Kind) -> Option<&'static str> {
    let is_several = |name: &&str| head.get_all(name).count() > 1;
    let mut once = ONCE.into_iter().filter(|name| is_once(name, Some(kind)));
    let has_member_again = |name: &&str| {
        let mut members = HashSet::new();
        is_several(name) && !head.tokens(name).all(|member| members.insert(member))
    };
    once.find(is_several).or_else(|| [PROTOCOL, EXTENSIONS].into_iter().find(has_member_again))
}

/// Whether a value can be this field's. `reusable connection: 0` and `targetHost: http://a/` are words of a log, and what was
/// found among those proves nothing.
pub(super) fn is_plausible(name: &str, value: &[u8]) -> bool {
    let has_word = |word: &[u8]| value.to_ascii_lowercase().windows(word.len()).any(|window| window == word);
    if name.eq_ignore_ascii_case("Upgrade") {
        has_word(b"websocket")
    } else if name.eq_ignore_ascii_case("Connection") {
        has_word(b"upgrade")
    } else if name.eq_ignore_ascii_case("Host") {
        !value.is_empty() && value.iter().all(|b| b.is_ascii_alphanumeric() || b"-._~:[]%".contains(b)) && !has_word(b"://")
    } else {
        true
    }
}
