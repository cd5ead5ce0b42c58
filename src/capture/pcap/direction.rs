//! One direction of a connection: where its heads end, and how far bodies go, as the bytes come. What is in a head is read by `raw`,
//! once all of it is there.

use super::assembly::{Assembly, Piece};
use super::file::PacketPlace;
use crate::capture::heads::{LONGEST_HEAD, LONGEST_LINES};
use crate::capture::names::is_websocket;
use crate::capture::start::kind_of;
use crate::head::{BodyLength, Head, Kind};
use std::ops::Range;

/// The most bytes that may stand before a head and belong to nothing.
const MOST_OTHER: usize = 1 << 14;

/// The longest word that a connection may begin with, if it is to be one of HTTP.
const LONGEST_METHOD: usize = 32;

/// What is expected next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Awaits {
    /// The first bytes of the connection.
    Beginning,
    /// A head; before it, nothing.
    Head,
    /// A head, wherever it begins: what is before it was not seen whole.
    AnyHead,
    /// The rest of a head.
    RestOfHead,
    /// So many bytes of a body, or of what stands in its place.
    Body(u64),
    /// The size of a chunk, so many bytes of one with its line ending, the fields behind the last.
    ChunkSize,
    Chunk(u64),
    Trailer,
    /// Nothing that matters.
    Nothing,
}

/// What the bytes of a connection are, as far as they tell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Protocol {
    Http,
    Tls,
    Other,
}

/// A head, or as much of one as there is.
#[derive(Clone, Debug)]
pub(super) struct FoundHead {
    pub(super) kind: Kind,
    /// With what stands before it and belongs to nothing.
    pub(super) bytes: Vec<u8>,
    /// How much that is.
    before: usize,
    /// Where its bytes stand in the direction.
    pub(super) begin: u64,
    pub(super) place: PacketPlace,
    /// Whether it has to do with WebSocket.
    pub(super) is_relevant: bool,
    /// Whether it was looked for: what stands before it was not seen, or not understood.
    pub(super) is_sought: bool,
    /// What stands behind it and was kept; whether a part of it is missing.
    pub(super) tail: Vec<u8>,
    pub(super) is_tail_cut: bool,
    /// How many interim responses came.
    pub(super) interim: usize,
}

impl FoundHead {
    /// The head itself.
    pub(super) fn head(&self) -> Head {
        Head::parse(self.bytes.get(self.before..).unwrap_or_default())
    }

    /// Where it stands, with what stands behind it and was kept.
    pub(super) fn range(&self) -> Range<u64> {
        self.begin..self.begin + (self.bytes.len() + self.tail.len()) as u64
    }
}

/// Takes the pieces of one direction, and gives the heads in them.
pub(super) struct Direction {
    pub(super) assembly: Assembly,
    pub(super) awaits: Awaits,
    pub(super) protocol: Option<Protocol>,
    /// What came, how much of it was passed over, and where the rest begins.
    buffer: Vec<u8>,
    passed: usize,
    begin: u64,
    /// Where the first byte of the rest was, and the last piece.
    place: PacketPlace,
    last: PacketPlace,
    /// Where in the rest the line begins that is looked at, how far a line ending was looked for, and how many lines of a head there were.
    line: usize,
    searched: usize,
    lines: usize,
    kind: Option<Kind>,
    before: usize,
    is_sought: bool,
    /// What stands behind the last head, as long as it is wanted, and the most of it.
    tail: Option<(Vec<u8>, usize)>,
    /// Whether a part of it is missing.
    is_tail_cut: bool,
}

impl Direction {
    /// Begins with the byte of this number, which is the first of the connection or not.
    pub(super) fn new(sequence: u32, is_beginning: bool) -> Self {
        let assembly = Assembly::new(sequence);
        Self {
            begin: assembly.next(),
            assembly,
            awaits: Awaits::Beginning,
            protocol: None,
            buffer: Vec::new(),
            passed: 0,
            place: PacketPlace::default(),
            last: PacketPlace::default(),
            line: 0,
            searched: 0,
            lines: 0,
            kind: None,
            before: 0,
            is_sought: !is_beginning,
            tail: None,
            is_tail_cut: false,
        }
    }

    /// How many bytes are held.
    pub(super) fn held(&self) -> usize {
        self.buffer.capacity() + self.assembly.waiting_bytes() + self.tail.as_ref().map_or(0, |(tail, _)| tail.len())
    }

    /// Whether it is amid something that may matter.
    pub(super) fn is_unfinished(&self) -> bool {
        self.awaits != Awaits::Nothing && (!self.rest().is_empty() || self.assembly.waiting_bytes() > 0)
    }

    /// What was not passed over yet.
    fn rest(&self) -> &[u8] {
        self.buffer.get(self.passed..).unwrap_or_default()
    }

    /// The same, and where it stands.
    pub(super) fn held_bytes(&self) -> (u64, &[u8]) {
        (self.begin, self.rest())
    }

    /// Takes a piece. What stands before a gap must have been taken by [`Self::lose`].
    pub(super) fn take(&mut self, piece: &Piece) {
        if self.awaits == Awaits::Nothing {
            self.begin = piece.begin + piece.bytes.len() as u64;
            return;
        }
        self.buffer.drain(..self.passed);
        self.passed = 0;
        self.last = piece.place;
        if self.buffer.is_empty() {
            self.begin = piece.begin;
            self.place = piece.place;
        }
        self.buffer.extend_from_slice(&piece.bytes);
    }

    /// Whether so many bytes that are missing next are within a body whose length is known: then nothing that matters is lost.
    pub(super) fn passes(&mut self, gap: u64) -> bool {
        match &mut self.awaits {
            Awaits::Nothing => {}
            Awaits::Body(left) | Awaits::Chunk(left) if gap <= *left && self.passed == self.buffer.len() => {
                *left -= gap;
                // What was kept of it ends here.
                self.tail_ends();
            }
            _ => return false,
        }
        self.begin += gap;
        true
    }

    /// Whether what stands behind the last head is not known to be all that was kept.
    pub(super) fn is_tail_cut(&self) -> bool {
        self.is_tail_cut || self.assembly.is_missing()
    }

    /// No more of the tail is kept.
    fn tail_ends(&mut self) {
        self.is_tail_cut = true;
        if let Some((tail, most)) = &mut self.tail {
            *most = tail.len();
        }
    }

    /// Bytes are missing next, or none follow. Gives the head that is not whole, if there is one.
    pub(super) fn lose(&mut self) -> Option<FoundHead> {
        let is_cut = self.awaits == Awaits::RestOfHead;
        let found = if is_cut { self.found(self.rest().len()) } else { None };
        if self.awaits != Awaits::Nothing {
            self.awaits = Awaits::AnyHead;
        }
        self.pass_all();
        found
    }

    /// Nothing of it matters any more.
    pub(super) fn close(&mut self) {
        self.awaits = Awaits::Nothing;
        self.pass_all();
    }

    /// Keeps so many bytes of what follows, and takes them for a body of this length.
    pub(super) fn keep_tail(&mut self, most: usize, length: Option<BodyLength>) {
        self.tail = Some((Vec::new(), most));
        self.is_tail_cut = false;
        self.await_body(length);
    }

    /// Takes what follows for a body of this length, or one that goes up to the end.
    pub(super) fn await_body(&mut self, length: Option<BodyLength>) {
        self.awaits = match length {
            Some(BodyLength::Bytes(0)) => Awaits::Head,
            Some(BodyLength::Bytes(length)) => Awaits::Body(length as u64),
            Some(BodyLength::Chunked) => Awaits::ChunkSize,
            None => Awaits::Body(u64::MAX),
        };
    }

    /// What was kept behind the last head, if no more of it is to come; in any case if `is_over`.
    pub(super) fn take_tail(&mut self, is_over: bool) -> Option<Vec<u8>> {
        let is_in_body = matches!(self.awaits, Awaits::Body(_) | Awaits::ChunkSize | Awaits::Chunk(_) | Awaits::Trailer);
        let is_whole = |(tail, most): &(Vec<u8>, usize)| tail.len() >= *most;
        if is_over || !is_in_body || self.tail.as_ref().is_some_and(is_whole) {
            self.tail.take().map(|(tail, _)| tail)
        } else {
            None
        }
    }

    /// What is kept behind the last head by now.
    pub(super) fn tail(&self) -> Option<&[u8]> {
        self.tail.as_ref().map(|(tail, _)| tail.as_slice())
    }

    /// Whether responses come this way.
    pub(super) fn is_of_server(&self) -> bool {
        self.kind == Some(Kind::Response)
    }

    /// The next whole head, or one that is too long; none as long as more bytes are needed.
    pub(super) fn next_head(&mut self) -> Option<FoundHead> {
        loop {
            match self.awaits {
                Awaits::Nothing => {
                    self.pass_all();
                    return None;
                }
                Awaits::Beginning => {
                    let protocol = protocol_of(self.rest())?;
                    // In the middle of a connection that is HTTP too, anything may stand.
                    let is_any = self.is_sought && protocol != Protocol::Tls;
                    self.protocol = Some(protocol).filter(|_| !is_any);
                    self.awaits = match protocol {
                        _ if is_any => Awaits::AnyHead,
                        Protocol::Http => Awaits::Head,
                        _ => Awaits::Nothing,
                    };
                }
                Awaits::Body(left) => {
                    self.awaits = self.pass_body(left).map_or(Awaits::Head, Awaits::Body);
                    if self.awaits != Awaits::Head {
                        return None;
                    }
                }
                Awaits::Chunk(left) => {
                    self.awaits = self.pass_body(left).map_or(Awaits::ChunkSize, Awaits::Chunk);
                    if self.awaits != Awaits::ChunkSize {
                        return None;
                    }
                }
                Awaits::ChunkSize | Awaits::Trailer => {
                    let end = self.line_end()?;
                    self.pass_chunk_line(end);
                }
                Awaits::Head | Awaits::AnyHead | Awaits::RestOfHead => {
                    let end = self.line_end()?;
                    if let Some(found) = self.read_line(end) {
                        return Some(found);
                    }
                }
            }
        }
    }

    /// Passes over bytes of a body of which so many are left. Gives how many are left then, if any.
    fn pass_body(&mut self, left: u64) -> Option<u64> {
        let taken = usize::try_from(left).unwrap_or(usize::MAX).min(self.rest().len());
        self.pass(taken);
        Some(left - taken as u64).filter(|left| *left > 0)
    }

    /// Passes over so many bytes of a body, and keeps what is wanted.
    fn pass(&mut self, count: usize) {
        if let Some((tail, most)) = &mut self.tail {
            let wanted = count.min(most.saturating_sub(tail.len()));
            tail.extend(self.buffer.iter().skip(self.passed).take(wanted));
        }
        self.drop_front(count);
    }

    /// Passes over a line between chunks (RFC 9112, section 7.1).
    fn pass_chunk_line(&mut self, end: usize) {
        let line = self.rest().get(..end).unwrap_or_default();
        let size = line.split(|b| b";\r\n".contains(b)).next().unwrap_or_default().trim_ascii_end();
        let size = str::from_utf8(size).ok().and_then(|size| u64::from_str_radix(size, 16).ok());
        self.awaits = match (self.awaits, size) {
            (Awaits::Trailer, _) if line.trim_ascii().is_empty() => Awaits::Head,
            (Awaits::Trailer, _) | (_, Some(0)) => Awaits::Trailer,
            (_, Some(size)) => Awaits::Chunk(size.saturating_add(2)),
            (_, None) => Awaits::Head,
        };
        self.pass(end);
    }

    /// Where the line that is looked at ends, behind its line ending. What is too long for a head is passed over or cut.
    fn line_end(&mut self) -> Option<usize> {
        let (rest, length) = (self.rest().get(self.searched..).unwrap_or_default(), self.rest().len());
        let end = rest.iter().position(|&b| b == b'\n').map(|at| self.searched + at + 1);
        self.searched = end.unwrap_or(length);
        match self.awaits {
            // Behind a CONNECT, for one.
            Awaits::Head if self.line == 0 && is_tls(self.rest()) => {
                self.protocol = Some(Protocol::Tls);
                self.close();
                None
            }
            Awaits::RestOfHead if end.unwrap_or(length) > LONGEST_HEAD => Some(length),
            Awaits::AnyHead if end.is_none() && length > MOST_OTHER => {
                self.pass_all();
                None
            }
            _ if end.is_none() && length > LONGEST_HEAD => {
                self.awaits = Awaits::AnyHead;
                self.pass_all();
                None
            }
            _ => end,
        }
    }

    /// Takes the line up to there; gives the head that it ends.
    fn read_line(&mut self, end: usize) -> Option<FoundHead> {
        let line = self.rest().get(self.line..end).unwrap_or_default();
        if self.awaits == Awaits::RestOfHead {
            let is_end = matches!(line, b"\n" | b"\r\n");
            self.lines += 1;
            self.line = end;
            if !is_end && self.lines < LONGEST_LINES && end <= LONGEST_HEAD {
                return None;
            }
            self.awaits = if is_end { Awaits::Head } else { Awaits::AnyHead };
            return self.found(end);
        }
        let Some(kind) = kind_of(line.get(..LONGEST_HEAD).unwrap_or(line)) else {
            // Before a head that was looked for stands nothing that belongs to it.
            if self.awaits == Awaits::AnyHead || end > MOST_OTHER {
                self.awaits = Awaits::AnyHead;
                self.drop_front(end);
            } else {
                self.line = end;
            }
            return None;
        };
        self.protocol = Some(Protocol::Http);
        self.kind = Some(kind);
        self.is_sought = self.awaits == Awaits::AnyHead;
        self.lines = 1;
        self.before = self.line;
        self.line = end;
        self.awaits = Awaits::RestOfHead;
        None
    }

    /// The head up to there.
    fn found(&mut self, end: usize) -> Option<FoundHead> {
        let mut found = FoundHead {
            kind: self.kind?,
            before: self.before,
            is_relevant: false,
            bytes: self.rest().get(..end)?.to_vec(),
            begin: self.begin,
            place: self.place,
            is_sought: self.is_sought,
            tail: Vec::new(),
            is_tail_cut: false,
            interim: 0,
        };
        found.is_relevant = is_websocket(&found.head());
        self.drop_front(end);
        Some(found)
    }

    /// Passes over so many bytes. What is left came with the last piece.
    fn drop_front(&mut self, count: usize) {
        self.passed += count;
        self.begin += count as u64;
        self.place = self.last;
        self.line = 0;
        self.searched = 0;
        if self.passed == self.buffer.len() {
            self.buffer = Vec::new();
            self.passed = 0;
        }
    }

    fn pass_all(&mut self) {
        self.drop_front(self.rest().len());
    }
}

fn is_tls(bytes: &[u8]) -> bool {
    matches!(bytes, [0x14..=0x17, 3, 0..=4, ..])
}

/// What begins so; none as long as that cannot be told.
fn protocol_of(bytes: &[u8]) -> Option<Protocol> {
    match bytes {
        _ if is_tls(bytes) => return Some(Protocol::Tls),
        [0x14..=0x17] | [0x14..=0x17, 3] => return None,
        _ => {}
    }
    // RFC 9112, section 2.2: empty lines may stand before a request.
    let rest = bytes.trim_ascii_start();
    let word = rest.iter().take_while(|b| b.is_ascii_uppercase()).count();
    match rest.get(word) {
        None if word <= LONGEST_METHOD && bytes.len() <= MOST_OTHER => None,
        Some(b' ' | b'/' | b'-' | b'_') if (1..=LONGEST_METHOD).contains(&word) => Some(Protocol::Http),
        _ => Some(Protocol::Other),
    }
}

/// How long the body of a message with this head is (RFC 9112, section 6.3), which answers a request with this method; none for one
/// that goes up to the end.
pub(super) fn body_length(head: &Head, kind: Kind, method: &[u8]) -> Option<BodyLength> {
    let has_none = match (kind, head.status()) {
        (Kind::Request, _) => false,
        (_, Some(100..200 | 204 | 304)) => true,
        (_, Some(200..300)) if method == b"CONNECT" => true,
        _ => method == b"HEAD",
    };
    let length = BodyLength::of(head);
    if has_none || kind == Kind::Request && length.is_none() { Some(BodyLength::Bytes(0)) } else { length }
}
