//! Heads as they were sent, one after the other. What stands between them is skipped by its length: bodies and frames.

use super::altered::{drop_cut_field, drop_words_of_writers};
use super::breaks::tells_of_loss;
use super::heads::{Heads, LONGEST_HEAD, LONGEST_LINES, SeenHead};
use super::start::{METHODS, kind_of, start};
use super::text::line_feeds;
use super::transcript::textual;
use crate::frame::Frame;
use crate::head::{Behind, BodyLength, Fidelity, Head, Irregularity, Kind, StreamEnd, Unclear, is_token};
use std::collections::VecDeque;
use std::mem;

/// What a stream of heads holds.
#[derive(Default)]
pub(super) struct Stream {
    pub(super) heads: Heads,
    has_request: bool,
    /// Whether the last head is whole, if there is any, of WebSocket or not.
    pub(super) last_is_whole: Option<bool>,
    /// The methods of the requests that have no final response yet.
    open: VecDeque<Vec<u8>>,
    /// Whether anything stands in it that is neither a head nor what belongs to one.
    pub(super) has_other: bool,
    /// The first such line since the last head.
    other: Option<usize>,
    /// How many bytes of empty lines stand directly before what comes next.
    empty: usize,
    /// How many frames are looked at yet: twice those that the bytes can hold side by side. One that holds handshakes, each with
    /// frames behind it, could lead through the same ones again and again.
    frames_left: usize,
}

/// What the bytes are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// As they were sent, in one direction or in both in turn.
    Raw,
    /// One direction of one connection.
    Direction,
    /// What a text shows in hexadecimal: one direction or both, of one connection or of several in turn.
    Dump,
    /// A text. Editors change line endings, and with them the length of a body, which then goes up to the next head; and text
    /// behind a 101 is no frame, but a writer's.
    Text,
}

/// Reads a stream of heads.
pub(super) fn read(bytes: &[u8], origin: Origin) -> Stream {
    read_behind(bytes, origin, VecDeque::new())
}

/// The same behind requests with these methods, which are open.
pub(super) fn read_behind(bytes: &[u8], origin: Origin, open: VecDeque<Vec<u8>>) -> Stream {
    let mut stream = Stream { open, frames_left: bytes.len(), ..Stream::default() };
    let (mut at, mut line) = (0, 1);
    while at < bytes.len() {
        let rest = &bytes[at..];
        let end = line_end(rest);
        let taken = if let Some(kind) = kind_of(&rest[..end.min(LONGEST_HEAD)]) {
            stream.read_head(kind, rest, line, origin)
        } else if rest[..end].trim_ascii().is_empty() {
            stream.empty += end;
            end
        } else {
            stream.has_other = true;
            stream.empty = 0;
            stream.other.get_or_insert(line);
            end
        };
        line += line_feeds(&rest[..taken]);
        at += taken;
    }
    let is_mixed = stream.has_request && origin != Origin::Direction;
    for behind in stream.heads.all.iter_mut().filter_map(|seen| seen.behind.as_mut()) {
        behind.is_mixed = is_mixed;
    }
    stream
}

impl Stream {
    /// Reads the head at the beginning of `bytes`; gives how many of them it takes, with what belongs to it.
    fn read_head(&mut self, kind: Kind, bytes: &[u8], line: usize, origin: Origin) -> usize {
        let most = longest(bytes);
        let mut head = Head::parse(most);
        let taken = head.len;
        self.heads.is_cut |= most.len() < bytes.len() && !head.is_complete();
        let lines = head.fields.iter_mut().map(|field| &mut field.line);
        lines.chain(head.irregularities.iter_mut().map(|(line, _)| line)).for_each(|own| *own += line - 1);
        let rest = &bytes[taken..];
        self.last_is_whole = Some(head.is_complete());
        let is_switch = head.status() == Some(101);
        let is_final = kind == Kind::Response && !head.is_interim();
        // RFC 9112, section 6.3: a response to HEAD has none, nor has a 2xx to CONNECT.
        let has_no_body = match kind {
            Kind::Request => {
                self.open.push_back(head.method().unwrap_or_default().to_vec());
                false
            }
            Kind::Response if is_final => match self.open.pop_front().unwrap_or_default().as_slice() {
                b"HEAD" => true,
                b"CONNECT" => matches!(head.status(), Some(200..300)),
                _ => false,
            },
            Kind::Response => false,
        };
        let more = if head.is_complete() && !has_no_body { self.length_behind(kind, &head, rest, origin) } else { 0 };
        // A log goes on where a body seemed to: what stands behind a prefix is no body.
        let is_log = |line: &[u8]| {
            let has_field = || line.to_ascii_lowercase().windows(14).any(|window| window == b"sec-websocket-");
            start(line).is_some_and(|(_, begin)| begin > 0) || has_field()
        };
        self.has_other |= origin == Origin::Text && rest[..more].split(|&b| b == b'\n').any(|line| is_log(line.trim_ascii_end()));
        let mut seen = SeenHead::new(kind, head, line);
        if let Some(other) = self.other.take().filter(|_| origin != Origin::Text) {
            seen.head.unclear.push(Unclear::Before(other));
        }
        let empty = mem::take(&mut self.empty);
        if kind == Kind::Response && origin != Origin::Text && empty > 0 {
            seen.head.irregularities.push((line, Irregularity::EmptyLines(empty)));
        }
        // Wrong on one connection, right where the file holds two: in these alone stand the answers to several handshakes.
        let is_other = |next: &[u8]| kind_of(next) == Some(Kind::Response) && Head::parse(next).status() != Some(101);
        let is_raw_switch = is_switch && origin == Origin::Raw;
        if is_raw_switch && (is_other(&rest[more..][..line_end(&rest[more..])]) || self.whole_frames(rest) > more) {
            seen.head.unclear.push(Unclear::Behind(line + line_feeds(&bytes[..taken + more])));
        }
        seen.behind = is_switch.then(|| Behind::new(rest[..more].to_vec(), StreamEnd::Unseen));
        if is_final && !is_switch && !has_no_body && matches!(origin, Origin::Raw | Origin::Direction) {
            seen.body = Some(seen.head.body(&rest[..more]));
        }
        self.has_request |= kind == Kind::Request;
        match origin {
            Origin::Raw => self.heads.push(seen),
            // What of a direction has to do with WebSocket may show in the other one.
            Origin::Direction | Origin::Dump => self.heads.all.push(seen),
            Origin::Text => {
                // Pasted without the empty line between them, one head would swallow the other; fields that are all indented are so by
                // whoever printed them.
                let is_indented = |(_, irregularity): &(usize, _)| *irregularity == Irregularity::SpaceBeforeFirstField;
                self.has_other |= seen.head.irregularities.iter().any(|one| is_start(one) || is_indented(one));
                // A start line behind a prefix is a log's, whose lines may look like fields.
                let mut lines = bytes[..taken].split(|&b| b == b'\n').skip(1);
                self.has_other |= lines.any(|line| start(line).is_some_and(|(_, begin)| begin > 0));
                self.heads.push(in_text(seen, taken, bytes));
            }
        }
        taken + more
    }

    /// How many bytes of what follows a head belong to it: a body, frames.
    fn length_behind(&mut self, kind: Kind, head: &Head, rest: &[u8], origin: Origin) -> usize {
        match head.status() {
            Some(101) if origin == Origin::Text => {
                // Frames, or the writer's words.
                if rest.first().is_some_and(|&b| b < 0x80) { 0 } else { to_next_head(rest, Expected::Any) }
            }
            // On a connection that is a WebSocket now no head is expected, but for a request of the next one in the file.
            Some(101) => self.frames(rest, self.expected_next(origin)),
            // RFC 9112, section 6.3.
            Some(100..200 | 204 | 304) => 0,
            _ => match (BodyLength::of(head), kind) {
                (None, Kind::Request) => 0,
                (Some(length), _) if origin != Origin::Text => length.within(rest),
                _ => to_next_head(rest, Expected::Any),
            },
        }
    }

    /// How many bytes of frames stand before the next head, or before the end. What is no frame any more goes up to there too.
    fn frames(&mut self, bytes: &[u8], expected: Expected) -> usize {
        let at = self.whole_frames(bytes);
        let rest = &bytes[at..];
        // Where a capture ends amid a frame, the beginning of the next one in the file seems to be its payload.
        if rest.is_empty() || begins_expected(rest, expected) { at } else { to_next_head(bytes, expected) }
    }

    /// How many bytes of whole frames `bytes` begin with.
    fn whole_frames(&mut self, bytes: &[u8]) -> usize {
        let mut at = 0;
        while let Some(frame) = Frame::read(&bytes[at..]) {
            // The first letter of a method or of a version makes none of these.
            let is_frame = matches!(frame.rsv, 0 | 4) && (frame.opcode <= 2 || frame.fin && matches!(frame.opcode, 8..=10));
            let next = usize::try_from(frame.size).ok().and_then(|size| at.checked_add(size)).filter(|next| *next <= bytes.len());
            let (Some(next), true) = (next, is_frame) else { break };
            self.heads.is_cut |= self.frames_left == 0;
            let Some(left) = self.frames_left.checked_sub(1) else { break };
            (self.frames_left, at) = (left, next);
        }
        at
    }

    /// Which heads may stand behind a 101: in one direction none; else a response only while a request is open.
    fn expected_next(&self, origin: Origin) -> Expected {
        match origin {
            Origin::Direction => Expected::Nothing,
            _ if self.open.is_empty() => Expected::Request,
            _ => Expected::Any,
        }
    }
}

/// Whether a line inside a head begins another.
fn is_start((_, irregularity): &(usize, Irregularity)) -> bool {
    match irregularity {
        Irregularity::NoColon(line) => kind_of(line).is_some(),
        // Up to the colon of a target in absolute form.
        Irregularity::InvalidName(name) => METHODS.iter().any(|method| name.starts_with(&[method, b" ".as_slice()].concat())),
        _ => false,
    }
}

/// A head of a text that holds nothing else, as long as `taken`; `bytes` go to the end of the text.
fn in_text(seen: SeenHead, taken: usize, bytes: &[u8]) -> SeenHead {
    let SeenHead { kind, head, line, .. } = seen;
    let is_whole = head.is_complete();
    let mut head = textual(head, &|line| line, is_whole);
    if !is_whole && !bytes.ends_with(b"\n") {
        drop_cut_field(&mut head, bytes);
    }
    // Where lines end as they were sent, an empty line that is missing was not sent either, or not captured.
    if !is_whole && bytes.ends_with(b"\r\n") {
        head.unclear.push(Unclear::CutOff);
        head.fidelity = Fidelity::Partial;
    }
    drop_words_of_writers(&mut head, line);
    // What a tool says in between may look like a field.
    let lines = (line..).zip(bytes[..taken].split(|&b| b == b'\n')).take_while(|(_, text)| !text.trim_ascii().is_empty());
    let losses: Vec<_> = lines.filter(|(_, text)| tells_of_loss(text)).map(|(number, _)| Unclear::Inexact(number)).collect();
    if !losses.is_empty() {
        head.fidelity = Fidelity::Partial;
        head.unclear.extend(losses);
    }
    SeenHead::new(kind, head, line)
}

/// Which heads are expected.
#[derive(Clone, Copy)]
enum Expected {
    Nothing,
    Request,
    Any,
}

impl Expected {
    fn has(self, kind: Kind) -> bool {
        match self {
            Self::Nothing => false,
            Self::Request => kind == Kind::Request,
            Self::Any => true,
        }
    }
}

fn line_end(bytes: &[u8]) -> usize {
    bytes.iter().position(|&b| b == b'\n').map_or(bytes.len(), |end| end + 1)
}

/// Whether `bytes` begin with the start line of a head that is expected.
fn begins_expected(bytes: &[u8], expected: Expected) -> bool {
    let begin = bytes.get(..LONGEST_HEAD).unwrap_or(bytes);
    kind_of(&begin[..line_end(begin)]).is_some_and(|kind| expected.has(kind))
}

/// The most places of a line that are looked at for a head directly behind something else.
const MOST_GLUED: usize = 16;

/// How many bytes stand before the next head that is expected. It begins a line, or stands directly behind a body or a frame that has
/// no line ending of its own.
fn to_next_head(bytes: &[u8], expected: Expected) -> usize {
    let mut at = 0;
    while at < bytes.len() {
        if begins_expected(&bytes[at..], expected) {
            return at;
        }
        let end = line_end(&bytes[at..]);
        let line = &bytes[at..at + end.min(LONGEST_HEAD)];
        let is_begun = |begin: &usize| line[*begin..].starts_with(b"GET ") || line[*begin..].starts_with(b"HTTP/1.");
        let is_field = |text: &[u8]| {
            let line = &text[..line_end(text)];
            line.iter().position(|&b| b == b':').is_some_and(|colon| is_token(&line[..colon]))
        };
        let mut begun = (1..line.len()).filter(is_begun).take(MOST_GLUED);
        let glued = begun.find(|begin| kind_of(&line[*begin..]).is_some_and(|kind| expected.has(kind)));
        if let Some(begin) = glued.filter(|_| is_field(&bytes[at + end..])) {
            return at + begin;
        }
        at += end;
    }
    bytes.len()
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
