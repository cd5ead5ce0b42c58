//! Where a head begins: request lines and status lines, at the beginning of a line or behind a prefix.

use super::text::find;
use crate::head::{Fidelity, Head, Kind};
use memchr::{memchr, memchr_iter, memrchr};

pub(super) const METHODS: [&[u8]; 9] = [b"GET", b"POST", b"PUT", b"HEAD", b"OPTIONS", b"CONNECT", b"DELETE", b"PATCH", b"TRACE"];

/// How much of a line is looked at before its version, and how many of its words may be a method.
const MOST_BEFORE: usize = 8192;
const MOST_WORDS: usize = 32;

/// Whether a line begins a head, and which.
pub(super) fn kind_of(line: &[u8]) -> Option<Kind> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    // Most lines are none, and are told by their first byte.
    if !line.first().is_some_and(u8::is_ascii_uppercase) {
        return None;
    }
    let head = Head::from_fields(line, Vec::new(), Fidelity::Bytes);
    let is_start = match head.kind() {
        Kind::Response => head.status().is_some(),
        Kind::Request => {
            let is_method = |word: &[u8]| !word.is_empty() && word.iter().all(u8::is_ascii_uppercase);
            let target = head.target().unwrap_or_default();
            // In a log a level may stand before the method, and an arrow.
            let is_target = target.first().is_some_and(|&b| b.is_ascii_alphanumeric() || b"/*#?".contains(&b))
                && !target.split(|&b| b == b' ').any(is_method);
            // Some logs spell line endings out: `HTTP/1.1\r\n`.
            head.version().is_some_and(is_version) && head.method().is_some_and(is_method) && is_target
        }
    };
    is_start.then(|| head.kind())
}

/// The head that a line begins, and where in the line.
pub(super) fn start(line: &[u8]) -> Option<(Kind, usize)> {
    let at = find(line, b"HTTP/")?;
    let is_apart = |begin: usize| begin == 0 || !line[begin - 1].is_ascii_alphanumeric() && line[begin - 1] != b'/';
    if is_apart(at) && shows_status(&line[at..]) && !is_enclosed(line, at) && kind_of(&line[at..]) == Some(Kind::Response) {
        return Some((Kind::Response, at));
    }
    // A request line ends with its version; what stands before the method is the prefix. Of most lines of a log, the end tells.
    if !ends_in_version(line) {
        return None;
    }
    let words = (at.saturating_sub(MOST_BEFORE)..at).filter(|&begin| is_apart(begin) && line[begin].is_ascii_uppercase());
    let is_method = |begin: &usize| {
        let word = line[*begin..at.min(begin + 32)].split(|&b| b == b' ').next().unwrap_or_default();
        word.len() > 2 && word.len() < 32 && word.iter().all(u8::is_ascii_uppercase)
    };
    let is_start = |begin: &usize| {
        let target = line[*begin..at].split(|&b| b == b' ').nth(1).unwrap_or_default();
        let is_target = target.starts_with(b"/") || target == b"*" || target.contains(&b':');
        is_target && kind_of(line[*begin..].trim_ascii_end()) == Some(Kind::Request)
    };
    words.filter(is_method).take(MOST_WORDS).find(is_start).map(|begin| (Kind::Request, begin))
}

/// Whether what stands before a head in a line marks which way it goes.
pub(super) fn has_arrow(line: &[u8]) -> bool {
    let end = find(line, b"HTTP/").or_else(|| memchr(b':', line)).unwrap_or(0);
    line[..end].iter().any(|b| b"<>".contains(b))
}

/// Whether three digits stand behind the first word.
fn shows_status(text: &[u8]) -> bool {
    let behind = memchr(b' ', text).map_or(b"".as_slice(), |space| &text[space + 1..]);
    behind.get(..3).is_some_and(|digits| digits.iter().all(u8::is_ascii_digit))
}

/// Whether the last word may be a version.
fn ends_in_version(line: &[u8]) -> bool {
    let line = line.trim_ascii_end();
    let word = memrchr(b' ', line).map_or(line, |space| &line[space + 1..]);
    word.get(..5).is_some_and(|start| start.eq_ignore_ascii_case(b"HTTP/")) && is_version(word)
}

fn is_version(word: &[u8]) -> bool {
    word.iter().all(|b| b.is_ascii_alphanumeric() || b"/.".contains(b))
}

/// Whether what begins here ends before the line does: in quotes, in brackets, in markup, with a line ending that is spelt out.
fn is_enclosed(line: &[u8], at: usize) -> bool {
    let (before, after) = line.split_at(at);
    let is_within = |quote: &u8| memchr_iter(*quote, before).count() % 2 == 1 && after.contains(quote);
    let is_opened = before.last().is_some_and(|b| b"\"'`[({".contains(b));
    is_opened
        || b"\"'`".iter().any(is_within)
        || before.contains(&b'<') && find(after, b"</").is_some()
        || after.trim_ascii_end().ends_with(b"\\n")
}
