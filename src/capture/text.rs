//! A capture as text in UTF-8, whatever encoding it has.

use memchr::{memchr, memchr_iter, memchr2_iter, memchr3, memmem};
use std::borrow::Cow;
use std::mem;

/// Lines of a text with their numbers.
pub(super) type Lines<'a> = [(usize, Cow<'a, [u8]>)];

/// The text without its byte order mark: UTF-16 of either order becomes UTF-8, as `>` of PowerShell 5 writes it.
pub(super) fn utf8(bytes: &[u8]) -> Cow<'_, [u8]> {
    match bytes {
        [0xef, 0xbb, 0xbf, text @ ..] => Cow::Borrowed(text),
        [0xff, 0xfe, text @ ..] => from_utf16(text, u16::from_le_bytes),
        [0xfe, 0xff, text @ ..] => from_utf16(text, u16::from_be_bytes),
        // Without a mark: ASCII is told by its zeros.
        [1..=127, 0, 1..=127, 0, ..] => from_utf16(bytes, u16::from_le_bytes),
        [0, 1..=127, 0, 1..=127, ..] => from_utf16(bytes, u16::from_be_bytes),
        _ => Cow::Borrowed(bytes),
    }
}

/// Whether UTF-16 and UTF-8 are mixed, as `>>` of PowerShell 5 does: a part of it would not be read.
pub(super) fn has_two_encodings(bytes: &[u8]) -> bool {
    let is_utf16 = matches!(utf8(bytes.get(..64).unwrap_or(bytes)), Cow::Owned(_));
    if is_utf16 { memmem::find(bytes, b"HTTP/").is_some() } else { has_utf16(bytes) }
}

/// Whether there is a version in UTF-16, and how long that is at most.
pub(super) fn has_utf16(bytes: &[u8]) -> bool {
    memmem::find(bytes, b"H\0T\0T\0P").is_some()
}
pub(super) const LONGEST_MARK: usize = 6;

fn from_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Cow<'static, [u8]> {
    let units = bytes.as_chunks().0.iter().map(|pair| unit(*pair));
    let text: String = char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    Cow::Owned(text.into_bytes())
}

/// The lines of a text with their numbers, without line endings, colours, and what curl and Docker put around them.
pub(super) fn lines(text: &[u8]) -> impl Iterator<Item = (usize, Cow<'_, [u8]>)> {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    let lines = || text.split(|&b| b == b'\n');
    // tshark shows what it follows as it was sent: of two CR more than its own lines end in, one belongs to a value.
    let own = lines().find(|line| is_followed(line.trim_ascii_end()));
    let most = own.map_or(usize::MAX, |own| own.len() - own.trim_ascii_end().len() + 1);
    (1..).zip(lines()).map(move |(number, line)| (number, cleaned(line, most)))
}

/// The line with this number: all lines are there.
pub(super) fn line_of<'a>(lines: &'a Lines<'_>, number: usize) -> &'a [u8] {
    number.checked_sub(1).and_then(|at| lines.get(at)).map(|(_, text)| text.as_ref()).unwrap_or_default()
}

/// Whether tshark shows behind this line what it followed, with a dot for each byte that it cannot print.
pub(super) fn is_followed(line: &[u8]) -> bool {
    line.starts_with(b"Follow: ") && line.ends_with(b",ascii")
}

/// A line without what does not belong to it, and without the CRs that it ends in, at most so many of them.
pub(super) fn cleaned(line: &[u8], most: usize) -> Cow<'_, [u8]> {
    let line = match unwrapped(Cow::Borrowed(line)) {
        Cow::Borrowed(line) => without_colours(line),
        Cow::Owned(line) => Cow::Owned(without_colours(&line).into_owned()),
    };
    let trimmed = line.iter().rposition(|&b| b != b'\r').map_or(0, |last| last + 1).max(line.len().saturating_sub(most));
    let begin = meter(&line[..trimmed]);
    match line {
        Cow::Borrowed(line) => Cow::Borrowed(&line[begin..trimmed]),
        Cow::Owned(line) => Cow::Owned(line[begin..trimmed].to_vec()),
    }
}

/// Where a line goes on behind curl's progress meter, which begins with a CR and has no line ending of its own.
fn meter(line: &[u8]) -> usize {
    let last = line.iter().rposition(|&b| b == b'\r').map_or(0, |cr| cr + 1);
    let is_of_meter = |b: &u8| b.is_ascii_digit() || b" .:-kMGTP".contains(b);
    let meter = line[last..].iter().take_while(|b| is_of_meter(b)).count();
    // It has two or three clocks, and no field of a head looks like that.
    let is_clock = |window: &[u8]| window[0] == b':' && window[3] == b':';
    let is_meter = meter > 60 && line[last..last + meter].windows(4).any(is_clock);
    if is_meter { last + meter } else { 0 }
}

fn without_colours(line: &[u8]) -> Cow<'_, [u8]> {
    if !line.contains(&0x1b) {
        return Cow::Borrowed(line);
    }
    // A value may have a line of its own, but a start line is none.
    let colon = line.iter().position(|&b| b == b':');
    let value = colon.or_else(|| find(line, b"HTTP/").map(|_| line.len())).unwrap_or(0);
    let is_of_word = |b: &u8| if colon.is_some() { b.is_ascii_graphic() } else { b.is_ascii_alphanumeric() };
    let (mut text, mut rest) = (Vec::with_capacity(line.len()), line);
    while let [byte, more @ ..] = rest {
        // Inside a word of a value it may be a peer's.
        let is_within = |behind: &&[u8]| {
            line.len() - rest.len() > value && text.last().is_some_and(is_of_word) && behind.first().is_some_and(is_of_word)
        };
        rest = behind_colour(rest).filter(|behind| !is_within(behind)).unwrap_or_else(|| {
            text.push(*byte);
            more
        });
    }
    Cow::Owned(text)
}

/// What stands behind the escape of a colour. Others are no colours, and may be a peer's.
fn behind_colour(text: &[u8]) -> Option<&[u8]> {
    let parameters = text.strip_prefix(b"\x1b[")?;
    let end = parameters.iter().take(32).position(|b| (0x40..=0x7e).contains(b))?;
    b"mK".contains(&parameters[end]).then(|| &parameters[end + 1..])
}

/// How many bytes the escape of a terminal takes at most.
const LONGEST_ESCAPE: usize = 256;

/// What a terminal shows of a line in the end: `script` keeps all that a shell writes.
pub(super) fn shown(line: &[u8]) -> Cow<'_, [u8]> {
    let mut rest = line.trim_ascii();
    if memchr3(0x1b, b'\r', 0x08, rest).is_none() {
        return Cow::Borrowed(rest);
    }
    let (mut text, mut is_returned) = (Vec::with_capacity(rest.len()), false);
    while let [byte, more @ ..] = rest {
        rest = more;
        match byte {
            0x1b => rest = behind_escape(more),
            0x08 => drop(text.pop()),
            b'\r' => is_returned = true,
            byte => {
                if mem::take(&mut is_returned) {
                    text.clear();
                }
                text.push(*byte);
            }
        }
    }
    Cow::Owned(text.trim_ascii().to_vec())
}

/// What stands behind an escape that began: a control sequence, the title of a window, or another one of one byte.
fn behind_escape(text: &[u8]) -> &[u8] {
    let near = text.get(..LONGEST_ESCAPE).unwrap_or(text);
    let end = match near {
        [b'[', parameters @ ..] => parameters.iter().position(|b| (0x40..=0x7e).contains(b)).map(|at| at + 1),
        [b']', ..] => near.iter().position(|b| *b == 0x07).or(find(near, b"\x1b\\").map(|at| at + 1)),
        _ => Some(0),
    };
    end.and_then(|end| text.get(end + 1..)).unwrap_or(text)
}

/// Whether a text holds the escape of a colour.
pub(super) fn has_colour(text: &[u8]) -> bool {
    memchr_iter(0x1b, text).any(|at| behind_colour(&text[at..]).is_some())
}

/// Whether a line that Docker keeps as JSON may have one.
pub(super) fn has_colour_in_json(text: &[u8]) -> bool {
    cfg!(feature = "har") && [b"\\u001b[".as_slice(), b"\\u001B["].iter().any(|escape| find(text, escape).is_some())
}

/// The text of a line that Docker keeps as JSON: `{"log":"...\n","stream":"stdout","time":"..."}`.
#[cfg(feature = "har")]
fn unwrapped(line: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    #[derive(serde::Deserialize)]
    struct Logged {
        log: String,
    }
    if !line.starts_with(b"{\"log\":\"") {
        return line;
    }
    serde_json::from_slice::<Logged>(&line).map_or(line, |Logged { log }| {
        // Docker ends what it keeps at each line ending: one that stands inside is none of a head.
        Cow::Owned(log.strip_suffix('\n').unwrap_or(&log).replace('\n', "\r").into_bytes())
    })
}

#[cfg(not(feature = "har"))]
fn unwrapped(line: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    line
}

/// Where a pattern stands in a text first. Most lines have no more than its first byte.
pub(super) fn find(text: &[u8], pattern: &[u8]) -> Option<usize> {
    let (first, rest) = pattern.split_first()?;
    let mut at = 0;
    loop {
        at += memchr(*first, text.get(at..)?)?;
        if text[at + 1..].starts_with(rest) {
            return Some(at);
        }
        at += 1;
    }
}

/// Where the word stands in a text first that is in the name of each field of the handshake's own.
pub(super) fn websocket(text: &[u8]) -> Option<usize> {
    // Of its letters this one is rare.
    let begins = memchr2_iter(b'k', b'K', text).filter_map(|at| at.checked_sub(6));
    begins.into_iter().find(|&begin| text.get(begin..begin + 9).is_some_and(|word| word.eq_ignore_ascii_case(b"websocket")))
}

/// Where the status of a switch of protocols stands first, behind something else than a part of a number.
pub(super) fn switch(text: &[u8]) -> Option<usize> {
    let is_apart =
        |at: usize| at.checked_sub(1).is_none_or(|before| !text[before].is_ascii_alphanumeric() && text[before] != b'.');
    let is_ended = |at: usize| text.get(at + 3).is_none_or(|b| !b.is_ascii_alphanumeric());
    memmem::find_iter(text, b"101").find(|&at| is_apart(at) && is_ended(at))
}

/// Where the padding stands first of what may be a key or an accept value.
pub(super) fn padded(text: &[u8]) -> Option<usize> {
    let is_base64 = |b: &u8| b.is_ascii_alphanumeric() || b"+/-_".contains(b);
    memchr_iter(b'=', text).find(|&at| text[at.saturating_sub(20)..at].iter().rev().take_while(|b| is_base64(b)).count() == 20)
}

/// How many lines end in a text.
pub(super) fn line_feeds(text: &[u8]) -> usize {
    text.split(|&b| b == b'\n').count() - 1
}
