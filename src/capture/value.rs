//! The value of a field, in whatever form it follows its name: `Name: value`, `"name" => "value"`, a cell of a table.

use super::names::{HIXIE, LONGEST, Name, REACH, Shape, bytes_before, bytes_from, is_known_name, is_line_end, name_at};
use crate::head::{EXTENSIONS, VERSION};

/// What stands where a value should.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Reading {
    Value(Vec<u8>),
    /// Something was there, but it is cut short, blacked out, or a variable of a program.
    Unreadable,
}

/// What follows a name.
pub(super) enum Following {
    /// Nothing that a value could follow.
    Nothing,
    /// A program that puts a string together: `"Sec-WebSocket-Key: " + key`.
    Program {
        at: usize,
    },
    Value(Start),
}

/// Where a value begins.
pub(super) struct Start {
    pub(super) at: usize,
    separator: Separator,
    /// Whether the name stood in quotes or brackets of its own.
    wrapped: bool,
    /// The quote or bracket that ends the value.
    closing: Option<u8>,
}

/// What separates a name from its value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Separator {
    Colon,
    Equals,
    Comma,
    /// The end of the name's line.
    LineEnd,
}

impl Following {
    /// Where what follows begins.
    pub(super) fn at(&self) -> Option<usize> {
        match self {
            Self::Nothing => None,
            Self::Program { at } | Self::Value(Start { at, .. }) => Some(*at),
        }
    }

    pub(super) fn start(&self) -> Option<&Start> {
        match self {
            Self::Value(start) => Some(start),
            Self::Nothing | Self::Program { .. } => None,
        }
    }
}

impl Start {
    /// Whether name and value stand in quotes or brackets of their own.
    fn is_enclosed(&self) -> bool {
        self.wrapped && self.closing.is_some()
    }

    /// Whether what stands here is meant for the value, whatever it looks like.
    fn announces_a_value(&self) -> bool {
        match self.separator {
            // A heading.
            Separator::LineEnd => false,
            Separator::Colon => !self.wrapped || self.closing.is_some(),
            // A variable of a program.
            Separator::Equals => self.closing.is_some(),
            Separator::Comma => true,
        }
    }
}

/// A text that may stand between a name and its value.
#[derive(Clone, Copy)]
#[cfg_attr(not(test), expect(dead_code, reason = "the example and its source document a row, and a test reads them"))]
struct Filler {
    text: &'static [u8],
    place: FillerPlace,
    effect: Effect,
    /// A form that needs it.
    example: &'static str,
    /// Who writes so, a file of tests/captures or a program; empty where none is known.
    source: &'static str,
}

/// Where a text is a filler.
#[derive(Clone, Copy)]
enum FillerPlace {
    Anywhere,
    BeforeSeparator,
    AfterSeparator,
    AfterColon,
    /// Before a separator, or after a comma that was none.
    BeforeSeparatorOrAfterComma,
    /// Anywhere but behind a name that a dissector shows: `show="Upgrade" value="55706772616465"`.
    NotShown,
}

/// What a filler does.
#[derive(Clone, Copy)]
enum Effect {
    /// Skips this many bytes.
    Skip(usize),
    Separate(Separator),
}

macro_rules! filler {
    ($text:literal, $place:ident, $effect:expr, $example:literal $(, $source:literal)?) => {
        Filler { text: $text, place: FillerPlace::$place, effect: $effect, example: $example, source: concat!($($source)?) }
    };
}

use Effect::{Separate, Skip};
use Separator::{Colon, Comma, Equals};

/// Tried in this order.
const FILLERS: &[Filler] = &[
    filler!(b" ", Anywhere, Skip(1), "'upgrade', 'websocket'", "envoy-debug.txt"),
    filler!(b"\t", Anywhere, Skip(1), "Upgrade:\twebsocket"),
    filler!(b"*", Anywhere, Skip(1), "**Upgrade**: websocket", "Markdown"),
    filler!(b"= ", AfterColon, Skip(1), "Upgrade: = websocket"),
    filler!(b"]", BeforeSeparator, Skip(1), "[\"HTTP_UPGRADE\"]=>\n  string(9) \"websocket\"", "php-var-dump.txt"),
    filler!(b")", BeforeSeparator, Skip(1), "header(Upgrade): websocket"),
    filler!(b"}", BeforeSeparator, Skip(1), "{Upgrade}: websocket"),
    filler!(b">", BeforeSeparator, Skip(1), "<Upgrade>: websocket"),
    filler!(b"|", BeforeSeparator, Skip(1), "| Upgrade |: websocket"),
    filler!(b"=>", Anywhere, Separate(Equals), "\"HTTP_UPGRADE\"=>\"websocket\"", "rack-env.txt"),
    filler!(b"->", Anywhere, Separate(Equals), "Map(Upgrade -> websocket)", "Scala"),
    filler!(b":=", Anywhere, Separate(Equals), "Upgrade:=\"websocket\""),
    filler!(b":", BeforeSeparatorOrAfterComma, Separate(Colon), "Upgrade: websocket", "curl-v.txt"),
    filler!(b"=", BeforeSeparatorOrAfterComma, Separate(Equals), "upgrade=[websocket]", "java-maps.txt"),
    filler!(b",", BeforeSeparator, Separate(Comma), "'upgrade', 'websocket'", "envoy-debug.txt"),
    filler!(b"b'", AfterSeparator, Skip(1), "(b'upgrade', b'websocket')", "python.txt"),
    filler!(b"b\"", AfterSeparator, Skip(1), "\"upgrade\": b\"websocket\"", "Rust's bytes"),
    filler!(b"u'", AfterSeparator, Skip(1), "u'Upgrade': u'websocket'", "Python 2"),
    filler!(b"u\"", AfterSeparator, Skip(1), "u\"Upgrade\": u\"websocket\"", "Python 2"),
    filler!(b"r'", AfterSeparator, Skip(1), "'Upgrade': r'websocket'"),
    filler!(b"r\"", AfterSeparator, Skip(1), "\"Upgrade\": r\"websocket\""),
    filler!(b"<<", Anywhere, Skip(2), "{<<\"upgrade\">>,<<\"websocket\">>}", "erlang.txt"),
    filler!(b">>", AfterSeparator, Skip(2), "Upgrade: >>websocket"),
    filler!(b"[]", BeforeSeparator, Skip(2), "Upgrade[]: websocket"),
    filler!(b"[]", AfterSeparator, Skip(2), "\"Upgrade\":[]string{\"websocket\"}", "go.txt"),
    filler!(b"\"value\"", AfterSeparator, Separate(Comma), "\"Upgrade\",\n  \"value\": \"websocket\"", "name-value.json"),
    filler!(b"'value'", AfterSeparator, Separate(Comma), "'Upgrade', 'value': 'websocket'", "Python"),
    filler!(b"value=", NotShown, Separate(Equals), "upgrade value=websocket", "envoy-trace.txt"),
    filler!(b"value:", NotShown, Separate(Equals), "{ name: 'Upgrade', value: 'websocket' }", "Node"),
];

/// The most bytes between a name and its value.
const MOST_FILLING: usize = 64;

/// Finds where the value of a name begins.
pub(super) fn locate(text: &[u8], name: Name) -> Following {
    locate_by(FILLERS, text, name)
}

fn locate_by(fillers: &[Filler], text: &[u8], name: Name) -> Following {
    let around = bytes_before(text, name.at, 1).first().copied();
    let mut cursor = Cursor {
        fillers,
        text,
        name,
        at: name.end,
        separator: None,
        quote: around.filter(|b| b"\"'`".contains(b)),
        wrapped: matches!(around, Some(b'[' | b'(')),
        closing: None,
    };
    while cursor.at < name.end + MOST_FILLING {
        match cursor.next() {
            Next::Skip(bytes) => cursor.at += bytes,
            Next::Quoted(quote) => {
                cursor.at += 1;
                cursor.closing = Some(quote);
                break;
            }
            Next::Program => return Following::Program { at: cursor.at },
            Next::Value => break,
        }
    }
    let Cursor { at, separator: Some(separator), wrapped, closing, quote, .. } = cursor else { return Following::Nothing };
    Following::Value(Start { at, separator, wrapped, closing: closing.or(quote) })
}

/// A place between a name and its value.
struct Cursor<'a> {
    fillers: &'a [Filler],
    text: &'a [u8],
    name: Name,
    at: usize,
    separator: Option<Separator>,
    /// The quote before the name, until it is closed.
    quote: Option<u8>,
    wrapped: bool,
    closing: Option<u8>,
}

/// What comes next behind a name.
enum Next {
    /// The number of bytes that are not of the value.
    Skip(usize),
    /// The quote in which the value stands.
    Quoted(u8),
    Program,
    Value,
}

impl Cursor<'_> {
    fn next(&mut self) -> Next {
        let rest = bytes_from(self.text, self.at, 16);
        let filler = self.fillers.iter().find(|filler| rest.starts_with(filler.text) && self.is_in(filler.place));
        match (filler, rest) {
            (Some(Filler { effect: Skip(bytes), .. }), _) => Next::Skip(*bytes),
            (Some(Filler { effect: Separate(separator), text, .. }), _) => {
                self.separator = Some(*separator);
                Next::Skip(text.len())
            }
            (None, [mark @ (b'"' | b'\'' | b'`'), ..]) => self.quote(*mark),
            (None, [mark, ..]) if is_line_end(*mark) => self.line_end(),
            (None, _) => self.dressing(rest),
        }
    }

    fn is_in(&self, place: FillerPlace) -> bool {
        match place {
            FillerPlace::Anywhere => true,
            FillerPlace::BeforeSeparator => self.separator.is_none(),
            FillerPlace::AfterSeparator => self.separator.is_some(),
            FillerPlace::AfterColon => self.separator == Some(Separator::Colon),
            FillerPlace::BeforeSeparatorOrAfterComma => matches!(self.separator, None | Some(Separator::Comma)),
            FillerPlace::NotShown => !bytes_before(self.text, self.name.at, 6).starts_with(b"show="),
        }
    }

    fn quote(&mut self, mark: u8) -> Next {
        if self.separator.is_none() {
            self.quote = None;
            self.wrapped = true;
            return Next::Skip(1);
        }
        if self.quote == Some(mark) { Next::Program } else { Next::Quoted(mark) }
    }

    /// What is more than a text.
    fn dressing(&mut self, rest: &[u8]) -> Next {
        match (rest, self.separator) {
            ([bracket @ (b'[' | b'('), ..], Some(_)) => {
                // After a space it is a placeholder: `Sec-WebSocket-Key: [key]`.
                let is_placeholder = self.text.get(self.at.wrapping_sub(1)) == Some(&b' ');
                self.closing = (!is_placeholder).then_some(if *bracket == b'[' { b']' } else { b')' });
                Next::Skip(1)
            }
            // PHP's string(24) "".
            ([b's', b't', b'r', b'i', b'n', b'g', more @ ..], Some(_)) => {
                Next::Skip(6 + more.iter().take_while(|b| b.is_ascii_digit() || b"({)".contains(b)).count())
            }
            _ => Next::Value,
        }
    }

    /// The value may stand on the next line, where the name, or the value, is alone on its own.
    fn line_end(&mut self) -> Next {
        let goes_on = match self.separator {
            Some(Separator::Comma | Separator::Equals) => true,
            Some(Separator::Colon) => is_value_alone(self.text, self.at + 1) && self.is_name_alone(),
            Some(Separator::LineEnd) => false,
            None => self.is_name_alone(),
        };
        if !goes_on {
            return Next::Value;
        }
        self.separator = self.separator.or(Some(Separator::LineEnd));
        Next::Skip(1)
    }

    fn is_name_alone(&self) -> bool {
        let mut line = bytes_before(self.text, self.name.at, REACH).iter().rev().take_while(|&&b| !is_line_end(b));
        line.all(|b| !b.is_ascii_alphanumeric())
    }
}

/// Whether the line that begins here holds a value and no field.
fn is_value_alone(text: &[u8], at: usize) -> bool {
    let rest = bytes_from(text, at, LONGEST);
    let line = rest.split(|&b| is_line_end(b)).next().unwrap_or_default();
    !line.trim_ascii().is_empty()
        && !contains(line, b": ")
        && !line.ends_with(b":")
        && !line.split(|&b| b == b':').next().is_some_and(|name| name.len() < line.len() && is_known_name(name))
}

/// The value of a name whose value is text; gives where to look on.
pub(super) fn text(text: &[u8], name: Name, shape: Shape, start: &Start) -> Option<(Reading, usize)> {
    let is_bare = !start.wrapped && start.closing.is_none();
    // In running text and in programs, commas stand between names.
    if start.separator == Separator::Comma && is_bare {
        return None;
    }
    let line = line_from(text, start, shape);
    let value = match shape {
        _ if start.is_enclosed() => line,
        Shape::Line => line,
        Shape::List => list(line, start.wrapped),
        _ => line.split(|b| b" \t,;|\"'`)]}".contains(b)).next().unwrap_or_default(),
    };
    let value = value.trim_ascii_end();
    // Punctuation behind a word is the writer's; at the end of a line it may be the value's own.
    let ends: &[u8] = if shape == Shape::Line { b" \t|*" } else { b" \t,;|*" };
    let marks = value.iter().rev().take_while(|b| ends.contains(b)).count();
    let value = value[..value.len() - marks].trim_ascii();
    let is_pair = name.text() == "Connection" && value.eq_ignore_ascii_case(b"upgrade");
    if start.separator == Separator::Comma && is_known_name(value) && !is_pair {
        return None;
    }
    let is_readable = !value.is_empty()
        && (name.text() == HIXIE || !is_placeholder(value, shape) || name.text() == "Upgrade" && is_dressed_word(value))
        && (name.text() != VERSION || value.first().is_some_and(u8::is_ascii_digit))
        // A quote that ended it may have been a parameter's.
        && (name.text() != EXTENSIONS || !value.ends_with(b"="));
    let end = (start.at + value.len().max(1) - 1).max(start.at);
    Some((if is_readable { Reading::Value(value.to_vec()) } else { Reading::Unreadable }, end))
}

/// The words at the beginning of a line that are one list.
fn list(line: &[u8], is_wrapped: bool) -> &[u8] {
    let is_of_word = |b: &u8| !b" \t,;|<>\"'`()[]{}\\".contains(b);
    let mut length = 0;
    loop {
        length += line[length..].iter().take_while(|b| is_of_word(b)).count();
        let rest = &line[length..];
        let comma = rest.iter().take_while(|b| b" ,".contains(b)).count();
        let next = rest[comma..].iter().take_while(|b| is_of_word(b)).count();
        let next_word = &rest[comma..comma + next];
        let is_next_pair = next_word.contains(&b'=') || next_word.ends_with(b":");
        if !rest[..comma].contains(&b',') || next == 0 || is_next_pair || is_wrapped {
            return &line[..length];
        }
        length += comma;
    }
}

/// The text from the value's beginning to what ends it: its quote, the line, the next known name, or a space after which
/// no value of this shape goes on.
fn line_from<'a>(text: &'a [u8], start: &Start, shape: Shape) -> &'a [u8] {
    let rest = bytes_from(text, start.at, LONGEST);
    let mut words = 0;
    let mut ends_words = |at: usize| {
        let [last, b' ', next] = [at.wrapping_sub(1), at, at + 1].map(|at| rest.get(at).copied().unwrap_or(b' ')) else {
            return false;
        };
        words += usize::from(last != b' ');
        match shape {
            _ if start.is_enclosed() => false,
            Shape::Word => words > 0,
            Shape::Base64 => words > 2,
            Shape::List => words > 0 && !b" ,".contains(&last) && !b" ,".contains(&next),
            Shape::Line => false,
        }
    };
    // What ends a bare word, or a list of them: there is no need to look any farther, and a hostile line has many names.
    let ends_bare: &[u8] = match shape {
        _ if start.is_enclosed() => b"",
        Shape::Word => b" \t,;|\"'`)]}",
        Shape::List => b"\t;|<>\"'`()[]{}\\",
        Shape::Line | Shape::Base64 => b"",
    };
    let ends_at_comma = (start.separator == Separator::Equals || start.wrapped) && start.closing.is_none();
    let ends_at = |at: usize, byte: u8| {
        is_line_end(byte)
            || start.closing == Some(byte)
            || ends_bare.contains(&byte)
            || ends_at_comma && b",;".contains(&byte)
            || start.closing.is_none() && (byte == b'"' || byte == b'<' && rest.get(at + 1) == Some(&b'|'))
            || at > 0
                && byte.is_ascii_alphabetic()
                && name_at(text, start.at + at).is_some_and(|name| text.get(name.end) == Some(&b':') || name.is_heading())
    };
    let end = rest.iter().enumerate().position(|(at, &byte)| ends_words(at) || ends_at(at, byte));
    &rest[..end.unwrap_or(rest.len())]
}

/// Whether it is what `Upgrade` has in a handshake, and the mark of a tool behind it: `websocket$`, `websocket<CR><LF>`.
pub(super) fn is_dressed_word(value: &[u8]) -> bool {
    let (word, behind) = value.split_at(value.len().min(9));
    word.eq_ignore_ascii_case(b"websocket") && behind.first().is_some_and(|b| b"$^<".contains(b))
}

/// What documentation, programs and cautious people write in place of a value. The values of some fields may have a comment,
/// a quoted text or an encoded URL in them.
fn is_placeholder(value: &[u8], shape: Shape) -> bool {
    let is_one_character = value.len() > 1 && value.windows(2).all(|pair| pair.first() == pair.last());
    let low = value.to_ascii_lowercase();
    let signs: &[u8] = if shape == Shape::Base64 { b"${}<>%()\"" } else { b"${}<>" };
    is_one_character
        || value.starts_with(b"+ ")
        || value.iter().any(|b| signs.contains(b))
        || [b"%s".as_slice(), b"%(", b"%@"].iter().any(|mark| contains(&low, mark))
        || [b"...".as_slice(), "…".as_bytes(), b"redact", b"snip", b"xxx", b"***"].iter().any(|mark| contains(&low, mark))
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

pub(super) fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=-_".contains(&byte)
}

/// Whether a text can hardly be anything but padded base64.
fn is_padded_base64(value: &[u8]) -> bool {
    let symbols = value.len() - value.iter().rev().take_while(|&&b| b == b'=').count();
    (16..=64).contains(&value.len())
        && (1..=2).contains(&(value.len() - symbols))
        && value[..symbols].iter().all(|&b| is_base64(b) && b != b'=')
}

/// The value of a key or accept field that is not padded base64, where it is plain that it is meant for one; gives where to
/// look on. Nothing where padded base64 may be found.
pub(super) fn irregular_base64(text: &[u8], start: &Start) -> Option<(Reading, usize)> {
    let is_announced = start.announces_a_value();
    // Where nothing irregular is taken, it is enough to see whether the value is as it should be.
    let bound = if is_announced { text.len() } else { text.len().min(start.at + REACH) };
    let line = line_from(text.get(..bound)?, start, Shape::Base64);
    if is_placeholder_in_brackets(text, start, line) {
        return Some((Reading::Unreadable, start.at));
    }
    let value = value_in(line, start);
    // A bracket may have been opened before the name.
    let before_bracket = first_word(value).split(|b| b")]}".contains(b)).next().unwrap_or_default();
    if is_padded_base64(value) || is_padded_base64(before_bracket) && start.closing.is_none() {
        return None;
    }
    let is_list_of_names = start.separator == Separator::Comma && !value.ends_with(b"=");
    let is_sentence = words(value) > 2 && !start.is_enclosed();
    if !is_announced || is_list_of_names || is_sentence {
        return None;
    }
    let reading = if is_placeholder(value, Shape::Base64) { Reading::Unreadable } else { Reading::Value(value.to_vec()) };
    Some((reading, start.at + value.len()))
}

/// Whether the value stands in brackets and is not base64: `Sec-WebSocket-Key: [key]`.
fn is_placeholder_in_brackets(text: &[u8], start: &Start, line: &[u8]) -> bool {
    let is_in_brackets = text.get(start.at.wrapping_sub(1)) == Some(&b'[') && start.closing.is_none();
    is_in_brackets && !line.split(|b| *b == b']').next().is_some_and(is_padded_base64)
}

/// The value in a line, without the punctuation after it where it is one word that nothing encloses.
fn value_in<'a>(line: &'a [u8], start: &Start) -> &'a [u8] {
    // A CR at the end of a value belongs to it: some clients send that.
    let whole = if line.ends_with(b"\r") { line.trim_ascii_start() } else { line.trim_ascii() };
    if start.closing.is_some() || words(whole) > 1 { whole } else { first_word(whole) }
}

fn words(text: &[u8]) -> usize {
    text.split(|b| b" \t".contains(b)).filter(|word| !word.is_empty()).count()
}

/// The first word of a text, without the punctuation after it.
fn first_word(text: &[u8]) -> &[u8] {
    let word = text.split(|b| b" \t".contains(b)).next().unwrap_or_default();
    let end = word.iter().rposition(|b| !b",;.|*`'\")]}".contains(b)).map_or(0, |last| last + 1);
    &word[..end]
}

/// The first padded base64 near a name that nobody expected instead: `expected X, got Y`.
pub(super) fn base64_near(text: &[u8], name: Name, is_wanted: impl Fn(&[u8], usize) -> bool) -> Option<(&[u8], usize)> {
    let line_before = bytes_before(text, name.at, 32).iter().rev().take_while(|&&b| !is_line_end(b)).count();
    let (mut from, mut next) = (name.at - line_before, name.end);
    while next < name.end + REACH {
        let rest = bytes_from(text, next, LONGEST.min(name.end + REACH - next + 64));
        let begin = next + rest.iter().take_while(|&&b| !is_base64(b)).count();
        let length = bytes_from(text, begin, REACH).iter().take_while(|&&b| is_base64(b)).count();
        if length == 0 || begin > next && name_at(text, begin).is_some_and(Name::ends_search) {
            return None;
        }
        // At an inner `=` either a name ends, or the value, and the next name follows at once.
        let run = bytes_from(text, begin, length);
        let inner = run.windows(2).position(|pair| matches!(pair, [b'=', more] if *more != b'='));
        let (left, right) = run.split_at(inner.map_or(run.len(), |at| at + 1));
        let value = if is_padded_base64(left) { left } else { right };
        if is_padded_base64(value) {
            if !is_expected_value(&text[from..begin]) && is_wanted(value, begin) {
                return Some((value, begin + length));
            }
            from = begin + length;
        }
        next = begin + length;
    }
    None
}

/// Whether what stands before a value says that it is the one that was expected.
fn is_expected_value(words: &[u8]) -> bool {
    let words = words.to_ascii_lowercase();
    let is_expected =
        [b"expect".as_slice(), b"should", b"want", b"comput", b"calculat"].iter().any(|word| contains(&words, word));
    is_expected && !contains(&words, b"unexpect")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    /// Each row of the table leads to the value in its example, and no other row does.
    #[test]
    fn fillers() {
        let captures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/captures");
        for (at, filler) in FILLERS.iter().enumerate() {
            let others: Vec<_> = FILLERS.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, row)| *row).collect();
            let text = filler.example.as_bytes();
            let name = (0..text.len()).find_map(|at| name_at(text, at)).expect("the name");
            let read = |fillers: &[Filler]| {
                let Following::Value(start) = locate_by(fillers, text, name) else { return None };
                self::text(text, name, Shape::Word, &start)
            };
            let right = Some(Reading::Value(b"websocket".to_vec()));
            assert_eq!(read(FILLERS).map(|(value, _)| value), right, "{}", filler.example);
            assert_ne!(read(&others).map(|(value, _)| value), right, "{}", filler.example);
            if filler.source.contains('.') {
                let capture = fs::read(captures.join(filler.source)).expect(filler.source);
                assert!(contains(&capture, text), "{} in {}", filler.example, filler.source);
            }
        }
    }
}
