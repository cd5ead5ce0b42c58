//! Heads as they were sent, one after the other. What stands between them is skipped by its length: bodies and frames.

use super::heads::{Heads, LONGEST_HEAD, LONGEST_LINES, SeenHead};
use super::text::line_feeds;
use crate::frame::Frame;
use crate::head::{Behind, Fidelity, Head, Kind, StreamEnd};

/// So many bytes behind a head are kept to be judged.
const MOST_BEHIND: usize = 4096;

/// What a stream of heads holds.
#[derive(Default)]
pub(super) struct Stream {
    pub(super) heads: Heads,
    has_request: bool,
    /// Whether anything stands in it that is neither a head nor what belongs to one.
    pub(super) has_other: bool,
}

/// Reads a stream of one direction, or of both in turn.
pub(super) fn read(bytes: &[u8]) -> Stream {
    read_as(bytes, false)
}

/// Reads a text: editors change line endings, and with them the length of a body, which then goes up to the next head; and
/// text behind a 101 is no frame, but a writer's.
pub(super) fn read_text(bytes: &[u8]) -> Stream {
    read_as(bytes, true)
}

fn read_as(bytes: &[u8], is_text: bool) -> Stream {
    let mut stream = Stream::default();
    let (mut at, mut line) = (0, 1);
    while at < bytes.len() {
        let rest = &bytes[at..];
        let end = line_end(rest);
        let taken = if let Some(kind) = kind_of(&rest[..end.min(LONGEST_HEAD)]) {
            stream.read_head(kind, rest, line, is_text)
        } else {
            stream.has_other |= !rest[..end].trim_ascii().is_empty();
            end
        };
        line += line_feeds(&rest[..taken]);
        at += taken;
    }
    let is_mixed = stream.has_request;
    for behind in stream.heads.all.iter_mut().filter_map(|seen| seen.behind.as_mut()) {
        behind.is_mixed = is_mixed;
    }
    stream
}

impl Stream {
    /// Reads the head at the beginning of `bytes`; gives how many of them it takes, with what belongs to it.
    fn read_head(&mut self, kind: Kind, bytes: &[u8], line: usize, is_text: bool) -> usize {
        let most = longest(bytes);
        let mut head = Head::parse(most);
        let taken = head.len;
        self.heads.is_cut |= most.len() < bytes.len() && !head.is_complete();
        let lines = head.fields.iter_mut().map(|field| &mut field.line);
        lines.chain(head.irregularities.iter_mut().map(|(line, _)| line)).for_each(|own| *own += line - 1);
        let rest = &bytes[taken..];
        let is_switch = head.status() == Some(101);
        let more = match (kind, head.status()) {
            _ if !head.is_complete() => 0,
            // A text has frames, or the writer's words.
            (_, Some(101)) if is_text && rest.first().is_some_and(|&b| b < 0x80) => 0,
            (_, Some(101)) => frames(rest),
            (_, Some(100..200 | 204 | 304)) => 0,
            (Kind::Request, _) if body(&head, rest).is_none() => 0,
            _ if is_text => to_next_head(rest),
            (Kind::Request, _) => body(&head, rest).unwrap_or(0),
            (Kind::Response, _) => body(&head, rest).unwrap_or_else(|| to_next_head(rest)),
        };
        let mut seen = SeenHead::new(kind, head, line);
        seen.behind =
            is_switch.then(|| Behind { bytes: rest[..more.min(MOST_BEHIND)].to_vec(), is_mixed: false, end: StreamEnd::Unseen });
        self.has_request |= kind == Kind::Request;
        self.heads.push(seen);
        taken + more
    }
}

fn line_end(bytes: &[u8]) -> usize {
    bytes.iter().position(|&b| b == b'\n').map_or(bytes.len(), |end| end + 1)
}

/// How many bytes stand before the next head. It begins a line, or stands directly behind a body or a frame that has no line
/// ending of its own.
fn to_next_head(bytes: &[u8]) -> usize {
    let mut at = 0;
    while at < bytes.len() {
        let end = line_end(&bytes[at..]);
        let line = &bytes[at..at + end.min(LONGEST_HEAD)];
        if kind_of(line).is_some() {
            return at;
        }
        let is_field = |line: &[u8]| line[..line_end(line)].contains(&b':');
        let is_glued = |begin: &usize| {
            let begun = &line[*begin..];
            (begun.starts_with(b"GET ") || begun.starts_with(b"HTTP/1.")) && kind_of(begun).is_some()
        };
        if let Some(begin) = (1..line.len()).find(is_glued).filter(|_| is_field(&bytes[at + end..])) {
            return at + begin;
        }
        at += end;
    }
    bytes.len()
}

/// How many bytes of frames stand before the next head, or before the end. What is no frame any more goes up to there too.
fn frames(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(frame) = Frame::read(&bytes[at..]) {
        if kind_of(&bytes[at..at + line_end(&bytes[at..]).min(LONGEST_HEAD)]).is_some() {
            return at;
        }
        let is_frame = matches!(frame.rsv, 0 | 4) && matches!(frame.opcode, 0..=2 | 8..=10);
        let next = usize::try_from(frame.size).ok().and_then(|size| at.checked_add(size)).filter(|next| *next <= bytes.len());
        let (Some(next), true) = (next, is_frame) else { break };
        at = next;
    }
    at + to_next_head(&bytes[at..])
}

/// How many bytes the body takes; nothing where the head does not say (RFC 9112, section 6.3).
fn body(head: &Head, bytes: &[u8]) -> Option<usize> {
    if head.tokens("Transfer-Encoding").any(|coding| coding.eq_ignore_ascii_case(b"chunked")) {
        return Some(chunked(bytes));
    }
    let length: usize = str::from_utf8(head.get_all("Content-Length").next()?).ok()?.parse().ok()?;
    Some(length.min(bytes.len()))
}

/// How many bytes a chunked body takes (RFC 9112, section 7.1).
fn chunked(bytes: &[u8]) -> usize {
    let mut at = 0;
    while at < bytes.len() {
        let end = line_end(&bytes[at..]);
        let size = bytes[at..at + end].split(|b| b";\r\n".contains(b)).next().unwrap_or_default();
        let size = str::from_utf8(size).ok().and_then(|size| usize::from_str_radix(size, 16).ok());
        at += end;
        match size {
            // The trailer ends with an empty line.
            Some(0) => {
                while at < bytes.len() {
                    let end = line_end(&bytes[at..]);
                    let is_empty = bytes[at..at + end].trim_ascii().is_empty();
                    at += end;
                    if is_empty {
                        break;
                    }
                }
                return at;
            }
            Some(size) => at = at.saturating_add(size).saturating_add(2).min(bytes.len()),
            None => return at,
        }
    }
    at
}

/// The bytes in which a head must end.
fn longest(bytes: &[u8]) -> &[u8] {
    let most = bytes.get(..LONGEST_HEAD).unwrap_or(bytes);
    let mut at = 0;
    for _ in 0..LONGEST_LINES {
        let line = line_end(&most[at..]);
        at += line;
        // Where the head ends there is no need to look ahead any farther.
        if line <= 2 && most[at - line..at].trim_ascii().is_empty() || at == most.len() {
            break;
        }
    }
    &most[..at]
}

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
            let is_version = |word: &[u8]| word.iter().all(|b| b.is_ascii_alphanumeric() || b"/.".contains(b));
            head.version().is_some_and(is_version) && head.method().is_some_and(is_method) && is_target
        }
    };
    is_start.then(|| head.kind())
}
