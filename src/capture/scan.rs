//! What can be sighted in undressed text: start lines, and known fields with their values, wherever they stand.

use super::decode::SOFT;
use crate::handshake::{Accept, Key};
use crate::head::{ACCEPT, KEY};

/// Which head something belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Side {
    Request,
    Response,
}
use Side::{Request, Response};

/// Something that was sighted.
#[derive(Debug)]
pub(crate) enum Sighting {
    /// A request line or a status line. For a heading it is empty, and for a status code it lacks the version.
    Start(Side, Vec<u8>),
    /// A field. The value is none where it could not be read: cut short, blacked out, or a variable of a program.
    Field { name: &'static str, side: Option<Side>, value: Option<Vec<u8>> },
    /// A key or an accept value under a name of somebody's own.
    Hint { name: &'static str, side: Side, value: Vec<u8> },
    /// A blank line.
    Gap,
    /// A line that says that others were left out.
    Cut,
}

/// How a value ends where nothing encloses it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Base64.
    Value,
    /// At a blank.
    Word,
    /// Where a list of words ends.
    List,
    /// With the line.
    Text,
    /// Three digits.
    Status,
    /// Not a field but a heading, or a name of somebody's own.
    None,
}

/// The names to look for. A `-` may be missing, or be a `_` or a blank.
const NAMES: &[(&str, Option<Side>, Shape)] = &[
    (KEY, Some(Request), Shape::Value),
    (ACCEPT, Some(Response), Shape::Value),
    ("Sec-WebSocket-Version", None, Shape::List),
    ("Sec-WebSocket-Protocol", None, Shape::List),
    ("Sec-WebSocket-Extensions", None, Shape::Text),
    // Of the draft hixie-76: that it is there says all.
    (HIXIE, Some(Request), Shape::Text),
    ("Upgrade", None, Shape::List),
    ("Connection", None, Shape::List),
    ("Host", Some(Request), Shape::Word),
    ("Origin", Some(Request), Shape::Word),
    ("Content-Length", None, Shape::Word),
    ("Transfer-Encoding", None, Shape::List),
    ("Location", Some(Response), Shape::Word),
    ("Server", Some(Response), Shape::Text),
    ("Via", None, Shape::Text),
    ("WWW-Authenticate", Some(Response), Shape::Text),
    ("Proxy-Authenticate", Some(Response), Shape::Text),
    ("Date", None, Shape::Text),
    (":method", Some(Request), Shape::Word),
    (":path", Some(Request), Shape::Word),
    (":scheme", Some(Request), Shape::Word),
    (":authority", Some(Request), Shape::Word),
    (":protocol", Some(Request), Shape::Word),
    (":status", Some(Response), Shape::Status),
    ("Status-Code", Some(Response), Shape::Status),
    ("Status", Some(Response), Shape::Status),
    ("Request Headers", Some(Request), Shape::None),
    ("Response Headers", Some(Response), Shape::None),
    ("Key", None, Shape::None),
    ("cKey", None, Shape::None),
    ("Accept", None, Shape::None),
    ("cAccept", None, Shape::None),
    ("nonce", None, Shape::None),
    ("Response", None, Shape::None),
    ("Actual", None, Shape::None),
];

/// What a name or `HTTP/` begins with.
const INITIALS: &[u8] = b"suchotlvwpdrkan:";
const HIXIE: &str = "Sec-WebSocket-Key1";

const METHODS: [&[u8]; 9] = [b"GET", b"POST", b"PUT", b"HEAD", b"OPTIONS", b"CONNECT", b"DELETE", b"PATCH", b"TRACE"];

/// A value is not looked for farther from its name than this, nor is it longer.
const REACH: usize = 160;
const LONGEST: usize = 8192;

/// Tells of everything that is sighted, in order, with its line, counted from 1. Time is linear: what is looked at around
/// a sighting is bounded.
pub(crate) fn sight(text: &[u8], mut see: impl FnMut(Sighting, usize)) {
    let (mut line, mut written, mut at, mut last_end) = (1, true, 0, SOFT);
    while let Some(&byte) = text.get(at) {
        match byte {
            b'\n' | SOFT => {
                if !written && (last_end, byte) != (SOFT, b'\n') {
                    let marks = before(text, at, 12);
                    let begin = marks.iter().rposition(|&b| is_end(b)).map_or(0, |end| end + 1);
                    let marks = marks.get(begin..).unwrap_or_default().trim_ascii();
                    let marks = marks.iter().position(|b| !b"<>|#*/-; ".contains(b)).and_then(|first| marks.get(first..));
                    let cut = marks.is_some_and(|marks| [b"...".as_slice(), b"[...]", "…".as_bytes()].contains(&marks));
                    see(if cut { Sighting::Cut } else { Sighting::Gap }, line);
                }
                line += usize::from(byte == b'\n');
                // Where the heads' own line ends are shown, a blank line without one is the tool's.
                if written || (last_end, byte) != (SOFT, b'\n') {
                    last_end = byte;
                }
                written = false;
                at += 1;
                continue;
            }
            _ => written |= byte.is_ascii_alphanumeric(),
        }
        let mut next = at + 1;
        if INITIALS.contains(&byte.to_ascii_lowercase()) {
            if let Some((side, first)) = start(text, at) {
                see(Sighting::Start(side, first), line);
            } else if let Some((found, end)) = name(text, at).and_then(|(index, end)| field(text, at, end, index)) {
                see(found, line);
                next = next.max(end);
            }
        }
        line += text.get(at..next).unwrap_or_default().split(|&b| b == b'\n').count() - 1;
        at = next;
    }
}

fn is_end(byte: u8) -> bool {
    byte == b'\n' || byte == SOFT
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

fn before(text: &[u8], at: usize, most: usize) -> &[u8] {
    text.get(at.saturating_sub(most)..at).unwrap_or_default()
}

fn behind(text: &[u8], at: usize, most: usize) -> &[u8] {
    text.get(at..text.len().min(at.saturating_add(most))).unwrap_or_default()
}

/// A start line whose `HTTP/` stands at this place.
fn start(text: &[u8], at: usize) -> Option<(Side, Vec<u8>)> {
    let rest = behind(text, at, LONGEST);
    if !rest.get(..5)?.eq_ignore_ascii_case(b"HTTP/") {
        return None;
    }
    let digits = rest.get(5..)?.iter().take_while(|b| b.is_ascii_digit() || **b == b'.').count();
    let (version, behind) = rest.split_at_checked(5 + digits)?;
    if let [b' ', a, b, c, more @ ..] = behind
        && [a, b, c].iter().all(|b| b.is_ascii_digit())
        && (b'1'..=b'5').contains(a)
        && !more.first().is_some_and(|&b| is_name(b))
    {
        let first = rest.get(..REACH).unwrap_or(rest);
        let first = first.split(|&b| is_end(b) || b"\"'`<>|]})\\".contains(&b)).next()?;
        return Some((Response, [&version.to_ascii_uppercase(), first.get(version.len()..)?.trim_ascii_end()].concat()));
    }
    let line = before(text, at, LONGEST).strip_suffix(b" ")?;
    let blank = line.iter().rposition(|&b| b == b' ' || is_end(b))?;
    let (head, target) = line.split_at_checked(blank)?;
    let target = target.get(1..).filter(|target| !target.is_empty())?;
    let method = METHODS.iter().find(|method| head.ends_with(method))?;
    Some((Request, [method, b" ".as_slice(), target, b" ", &version.to_ascii_uppercase()].concat()))
}

/// A known name that stands at this place by itself; gives its index and its end.
fn name(text: &[u8], at: usize) -> Option<(usize, usize)> {
    let first = text.get(at)?.to_ascii_lowercase();
    let within = before(text, at, 1).first().is_some_and(u8::is_ascii_alphanumeric);
    if within && !text.get(at)?.is_ascii_uppercase() {
        return None;
    }
    NAMES.iter().enumerate().find_map(|(index, (name, ..))| {
        let heading = is_heading(index);
        if name.as_bytes().first()?.to_ascii_lowercase() != first {
            return None;
        }
        let mut end = at;
        for &letter in name.as_bytes() {
            match (letter, text.get(end)?) {
                (b'-', b'-' | b'_' | b' ') => end += 1,
                (b'-', _) => {}
                (letter, other) if letter.eq_ignore_ascii_case(other) => end += 1,
                _ => return None,
            }
        }
        let alone = match before(text, at, 6) {
            // The names that CGI gives; not the variables of nginx.
            [.., b'H' | b'h', b'T' | b't', b'T' | b't', b'P' | b'p', b'_' | b'-'] => before(text, at - 5, 1) != b"$",
            // Copied without line ends, a name follows the value before it at once.
            [.., glued] if is_name(*glued) => {
                text.get(at)?.is_ascii_uppercase()
                    && (glued.is_ascii_lowercase() || glued.is_ascii_digit())
                    && (heading || text.get(end) == Some(&b':'))
            }
            [.., b'$' | b'@'] => false,
            // Loggers are called so: `websockets.server:`.
            [.., b'.'] => text.get(end) != Some(&b':') || before(text, at, 8) == b"headers.",
            _ => true,
        };
        (alone && (heading || !text.get(end).is_some_and(|&b| is_name(b)))).then_some((index, end))
    })
}

/// What stands between a name and its value.
struct Between {
    /// Where the value begins.
    at: usize,
    /// What separates them: `:`, `=`, `,`, or the end of the name's line.
    separator: u8,
    /// Whether the name stood in quotes or brackets of its own.
    wrapped: bool,
    /// The quote or bracket that ends the value.
    closing: Option<u8>,
}

/// Finds the value of the name that stands from `at` to `end`.
fn between(text: &[u8], at: usize, end: usize) -> Option<Between> {
    let around = before(text, at, 1).first().copied();
    let mut quote = around.filter(|b| b"\"'`".contains(b));
    let alone = || before(text, at, REACH).iter().rev().take_while(|&&b| !is_end(b)).all(|b| !b.is_ascii_alphanumeric());
    let (mut separator, mut wrapped, mut closing, mut next) = (None, matches!(around, Some(b'[' | b'(')), None, end);
    while next < end + 64 {
        let rest = behind(text, next, 16);
        next += match (rest, separator) {
            // Some show a field as `Host: = localhost`.
            ([b' ' | b'\t' | b'*', ..], _)
            | ([b'=', b' ', ..], Some(b':'))
            | ([b']' | b')' | b'}' | b'>' | b'|', ..], None)
            | ([b'b' | b'u' | b'r', b'"' | b'\'', ..], Some(_)) => 1,
            ([b'=' | b'-', b'>', ..] | [b':', b'=', ..], _) => {
                separator = Some(b'=');
                2
            }
            ([mark @ (b':' | b'='), ..], None | Some(b',')) | ([mark @ b',', ..], None) => {
                separator = Some(*mark);
                1
            }
            ([mark @ (b'"' | b'\'' | b'`'), ..], Some(_)) => {
                if quote == Some(*mark) {
                    // A program puts a string together here.
                    return Some(Between { at: next, separator: 0, wrapped, closing: None });
                }
                // {"name": "Sec-WebSocket-Key", "value": "..."}
                if rest.get(1..6) == Some(b"value") && rest.get(6) == Some(mark) {
                    separator = Some(b',');
                    7
                } else {
                    return Some(Between { at: next + 1, separator: separator?, wrapped, closing: Some(*mark) });
                }
            }
            ([b'"' | b'\'' | b'`', ..], None) => {
                quote = None;
                wrapped = true;
                1
            }
            ([b'<', b'<', ..] | [b'>', b'>', ..] | [b'[', b']', ..], _) => 2,
            ([bracket @ (b'[' | b'('), ..], Some(_)) => {
                // With a blank before it, it is a placeholder: `Sec-WebSocket-Key: [key]`.
                closing = (text.get(next.wrapping_sub(1)) != Some(&b' ')).then_some(if *bracket == b'[' { b']' } else { b')' });
                1
            }
            ([b's', b't', b'r', b'i', b'n', b'g', more @ ..], Some(_)) => {
                6 + more.iter().take_while(|b| b.is_ascii_digit() || b"({)".contains(b)).count()
            }
            // <header name="Sec-WebSocket-Key" value="..."/>, but not where a dissector has show="Upgrade" value="...".
            ([b'v', b'a', b'l', b'u', b'e', b'=' | b':', ..], _) if !before(text, at, 6).starts_with(b"show=") => {
                separator = Some(b'=');
                6
            }
            ([end, ..], found)
                if is_end(*end)
                    && (found.is_none() && alone()
                        || matches!(found, Some(b',' | b'='))
                        || found == Some(b':') && is_value_alone(text, next + 1) && alone()) =>
            {
                separator = found.or(Some(b'\n'));
                1
            }
            _ => break,
        };
    }
    Some(Between { at: next, separator: separator?, wrapped, closing: closing.or(quote) })
}

/// Whether the line that begins here holds a value and no field.
fn is_value_alone(text: &[u8], at: usize) -> bool {
    let rest = behind(text, at, LONGEST);
    let line = rest.get(..rest.iter().position(|&b| is_end(b)).unwrap_or(rest.len())).unwrap_or_default();
    !line.trim_ascii().is_empty() && !find(line, b": ") && !line.ends_with(b":")
}

/// The field whose name stands from `at` to `end`; gives where to look on.
fn field(text: &[u8], at: usize, end: usize, index: usize) -> Option<(Sighting, usize)> {
    let &(name, side, shape) = NAMES.get(index)?;
    let gap = between(text, at, end);
    match shape {
        Shape::None => return hint(text, at, end, name, side, gap),
        Shape::Status => {
            let gap = gap?;
            let [a @ b'1'..=b'5', b, c, more @ ..] = behind(text, gap.at, 64) else { return None };
            if !b.is_ascii_digit() || !c.is_ascii_digit() || more.first().is_some_and(|&b| is_name(b)) {
                return None;
            }
            let reason = more.iter().take_while(|&&b| b == b' ' || b.is_ascii_alphabetic()).count();
            let reason = more.get(..reason).unwrap_or_default().trim_ascii_end();
            return Some((Sighting::Start(Response, [b" ", [*a, *b, *c].as_slice(), reason].concat()), gap.at + 3));
        }
        Shape::Value => {
            if let Some((value, end)) = odd_value(text, gap.as_ref()) {
                return Some((Sighting::Field { name, side, value }, end));
            }
            // Farther off, what has the other one's form is the other one.
            let other = if name == KEY { Accept::LEN } else { Key::LEN };
            let direct = gap.as_ref().map_or(end, |gap| gap.at + 1);
            let Some((value, value_end)) = shaped_near(text, at, end, |value, begin| begin <= direct || value.len() != other)
            else {
                let program = gap.is_some_and(|gap| gap.separator == 0);
                return program.then_some((Sighting::Field { name, side, value: None }, end));
            };
            // What stands between may have names of its own.
            let end = if value_end - value.len() <= direct { value_end } else { end };
            return Some((Sighting::Field { name, side, value: Some(value.to_vec()) }, end));
        }
        Shape::Word | Shape::List | Shape::Text => {}
    }
    let gap = gap.filter(|gap| gap.separator != 0)?;
    // In running text and in programs, commas stand between names, and an equals sign may mean anything.
    if gap.separator != b':' && !gap.wrapped && gap.closing.is_none() && gap.separator == b',' {
        return None;
    }
    let line = line_of(text, &gap, shape);
    let is_list = |b: &u8| !b" \t,;|<>\"'`()[]{}\\".contains(b);
    let value = match shape {
        _ if gap.closing.is_some() && gap.wrapped => line,
        Shape::Text => line,
        Shape::List => {
            let mut length = 0;
            loop {
                let word = line.get(length..).unwrap_or_default().iter().take_while(|b| is_list(b)).count();
                let rest = line.get(length + word..).unwrap_or_default();
                let comma = rest.iter().take_while(|b| b" ,".contains(b)).count();
                let more = rest.get(comma..).unwrap_or_default();
                let next = more.iter().take_while(|b| is_list(b)).count();
                let is_pair = more.get(..next).is_some_and(|word| word.contains(&b'=') || word.ends_with(b":"));
                length += word;
                if !rest.get(..comma).is_some_and(|gap| gap.contains(&b',')) || next == 0 || is_pair || gap.wrapped {
                    break;
                }
                length += comma;
            }
            line.get(..length).unwrap_or_default()
        }
        _ => line.split(|b| b" \t,;|\"'`)]}".contains(b)).next().unwrap_or_default(),
    };
    let value = value.trim_ascii_end();
    let cut = value.iter().rev().take_while(|b| b" \t,;|*".contains(b)).count();
    let value = value.get(..value.len() - cut).unwrap_or_default().trim_ascii();
    let canonical = |name: &[u8]| NAMES.iter().any(|known| known.0.as_bytes().eq_ignore_ascii_case(name));
    if gap.separator == b',' && canonical(value) && !(name == "Connection" && value.eq_ignore_ascii_case(b"upgrade")) {
        return None;
    }
    let readable = !value.is_empty()
        && (name == HIXIE || !is_placeholder(value, shape))
        && (name != "Sec-WebSocket-Version" || value.first().is_some_and(u8::is_ascii_digit));
    let end = gap.at + value.len().max(1) - 1;
    Some((Sighting::Field { name, side, value: readable.then(|| value.to_vec()) }, end.max(gap.at)))
}

/// The text from the value's beginning to what ends it: its quote, the line, the next known name, or a blank behind which
/// no value of this shape goes on.
fn line_of<'a>(text: &'a [u8], gap: &Between, shape: Shape) -> &'a [u8] {
    let rest = behind(text, gap.at, LONGEST);
    let enclosed = gap.closing.is_some() && gap.wrapped;
    let mut words = 0;
    let mut ends_words = |at: usize| {
        let [last, b' ', next] = [at.wrapping_sub(1), at, at + 1].map(|at| rest.get(at).copied().unwrap_or(b' ')) else {
            return false;
        };
        words += usize::from(last != b' ');
        match shape {
            _ if enclosed => false,
            Shape::Word => words > 0,
            Shape::Value => words > 2,
            Shape::List => words > 0 && !b" ,".contains(&last) && !b" ,".contains(&next),
            Shape::Text | Shape::Status | Shape::None => false,
        }
    };
    let comma = (gap.separator == b'=' || gap.wrapped) && gap.closing.is_none();
    let ends = |at: usize, byte: u8| {
        is_end(byte)
            || gap.closing == Some(byte)
            || comma && b",;".contains(&byte)
            || gap.closing.is_none() && (byte == b'"' || byte == b'<' && rest.get(at + 1) == Some(&b'|'))
            || at > 0
                && byte.is_ascii_alphabetic()
                && name(text, gap.at + at).is_some_and(|(index, end)| text.get(end) == Some(&b':') || is_heading(index))
    };
    let end = rest.iter().enumerate().position(|(at, &byte)| ends_words(at) || ends(at, byte));
    rest.get(..end.unwrap_or(rest.len())).unwrap_or_default()
}

/// Whether a name is no field's, but stands above the fields.
fn is_heading(index: usize) -> bool {
    NAMES.get(index).is_some_and(|(_, side, shape)| side.is_some() && *shape == Shape::None)
}

/// What documentation, programs and cautious people write in place of a value. Those of some fields may have a comment,
/// a quoted text or an encoded URL in them.
fn is_placeholder(value: &[u8], shape: Shape) -> bool {
    let same = value.len() > 1 && value.windows(2).all(|pair| pair.first() == pair.last());
    let low = value.to_ascii_lowercase();
    let signs: &[u8] = if shape == Shape::Value { b"${}<>%()\"" } else { b"${}<>" };
    same || value.starts_with(b"+ ")
        || value.iter().any(|b| signs.contains(b))
        || [b"%s".as_slice(), b"%(", b"%@"].iter().any(|mark| find(&low, mark))
        || [b"...".as_slice(), "…".as_bytes(), b"redact", b"snip", b"xxx", b"***"].iter().any(|mark| find(&low, mark))
}

fn find(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=-_".contains(&byte)
}

/// Whether a text can hardly be anything but padded base64.
fn is_shaped(value: &[u8]) -> bool {
    let symbols = value.len() - value.iter().rev().take_while(|&&b| b == b'=').count();
    (16..=64).contains(&value.len())
        && (1..=2).contains(&(value.len() - symbols))
        && value.get(..symbols).is_some_and(|symbols| symbols.iter().all(|&b| is_base64(b) && b != b'='))
}

/// The value of a key or accept field that is not padded base64, where it is plain that it is meant for one. The outer
/// none: there is no such value here; the inner one: it cannot be read.
fn odd_value(text: &[u8], gap: Option<&Between>) -> Option<(Option<Vec<u8>>, usize)> {
    let gap = gap.filter(|gap| gap.separator != 0)?;
    // A heading, a variable of a program.
    let plain = !matches!((gap.separator, gap.wrapped, gap.closing), (b'\n', ..) | (b':', true, None) | (b'=', _, None));
    // Where nothing odd is taken, it is enough to see whether the value is as it should be.
    let line = line_of(text.get(..if plain { text.len() } else { text.len().min(gap.at + REACH) })?, gap, Shape::Value);
    let bracket = text.get(gap.at.wrapping_sub(1)) == Some(&b'[') && gap.closing.is_none();
    if bracket && !line.split(|b| *b == b']').next().is_some_and(is_shaped) {
        return Some((None, gap.at));
    }
    let value = match gap.closing {
        Some(_) => line.strip_suffix(b"\r").unwrap_or(line).trim_ascii(),
        None => line.trim_ascii(),
    };
    let value = if line.ends_with(b"\r") { line.trim_ascii_start() } else { value };
    let count = value.split(|b| b" \t".contains(b)).filter(|word| !word.is_empty()).count();
    let word = value.split(|b| b" \t".contains(b)).next().unwrap_or_default();
    let bare = word.iter().rposition(|b| !b",;.|*`'\")]}".contains(b)).map_or(0, |last| last + 1);
    let bare = word.get(..bare).unwrap_or_default();
    let value = if gap.closing.is_some() || count > 1 { value } else { bare };
    // A bracket may have been opened before the name.
    let before_bracket = bare.split(|b| b")]}".contains(b)).next().unwrap_or_default();
    if is_shaped(value) || is_shaped(before_bracket) && gap.closing.is_none() {
        return None;
    }
    // A list of names.
    let plain = plain && (gap.separator != b',' || value.ends_with(b"="));
    // More words than two are a sentence, if nothing encloses them.
    if !plain || count > 2 && !(gap.wrapped && gap.closing.is_some()) {
        return None;
    }
    let readable = !is_placeholder(value, Shape::Value);
    Some((readable.then(|| value.to_vec()), gap.at + value.len()))
}

/// The first padded base64 near a name that nobody expected instead: `expected X, got Y`.
fn shaped_near(text: &[u8], at: usize, end: usize, is_wanted: impl Fn(&[u8], usize) -> bool) -> Option<(&[u8], usize)> {
    let (mut from, mut next) = (at - before(text, at, 32).iter().rev().take_while(|&&b| !is_end(b)).count(), end);
    while next < end + REACH {
        let rest = behind(text, next, LONGEST.min(end + REACH - next + 64));
        let skipped = rest.iter().take_while(|&&b| !is_base64(b)).count();
        let begin = next + skipped;
        let length = behind(text, begin, REACH).iter().take_while(|&&b| is_base64(b)).count();
        if length == 0 || begin > next && name(text, begin).is_some_and(|(index, _)| index < 3) {
            return None;
        }
        // At an inner `=` either a name ends, or the value, and the next name follows at once.
        let token = behind(text, begin, length);
        let inner = token.windows(2).position(|pair| matches!(pair, [b'=', more] if *more != b'='));
        let (left, right) = token.split_at(inner.map_or(token.len(), |at| at + 1));
        let token = if is_shaped(left) { left } else { right };
        if is_shaped(token) {
            let words = text.get(from..begin).unwrap_or_default().to_ascii_lowercase();
            let expected =
                [b"expect".as_slice(), b"should", b"want", b"comput", b"calculat"].iter().any(|word| find(&words, word));
            if (!expected || find(&words, b"unexpect")) && is_wanted(token, begin) {
                return Some((token, begin + length));
            }
            from = begin + length;
        }
        next = begin + length;
    }
    None
}

/// A heading, or a value under a name of somebody's own.
fn hint(
    text: &[u8],
    at: usize,
    end: usize,
    name: &'static str,
    side: Option<Side>,
    gap: Option<Between>,
) -> Option<(Sighting, usize)> {
    if let Some(side) = side {
        return Some((Sighting::Start(side, Vec::new()), end));
    }
    let gap = gap?;
    let run = behind(text, gap.at, 64).iter().skip_while(|&&b| !is_base64(b)).take_while(|&&b| is_base64(b)).count();
    if run < Key::LEN {
        return None;
    }
    let (value, end) = shaped_near(text, at, end, |_, _| true).filter(|(value, end)| end - value.len() <= gap.at + 1)?;
    let (name, side) = match value.len() {
        24 if (name.ends_with("ey") || name == "nonce") && value.ends_with(b"==") => (KEY, Request),
        28 => (ACCEPT, Response),
        _ => return None,
    };
    Some((Sighting::Hint { name, side, value: value.to_vec() }, end))
}
