//! What a server sent back: how much of a head, how it ended, and what is wrong with it in a sentence.

#[cfg(feature = "tls")]
use super::tls;
use crate::redact::Secrets;
use std::fmt;
use std::io::{self, Read};
use std::time::Duration;
use wskey::conformance::Outcome;
use wskey::escape::visible;
use wskey::head::{Behind, Exchange, Head, Irregularity, StreamEnd};

/// The longest head that is read, interim responses before it included.
const MAX_HEAD: usize = 64 * 1024;

/// What came back.
pub(crate) struct Response {
    /// The bytes of the heads, interim responses included, and what came with them; of a 101 the heads alone.
    pub(crate) received: Vec<u8>,
    /// Where in `received` the final response begins, after the interim ones.
    start: usize,
    pub(crate) end: ReadEnd,
    /// From the first step to connect to the last byte of the head.
    pub(crate) took: Duration,
    /// What follows the head of a 101, or that the server ended the connection inside the head.
    pub(super) behind: Option<Behind>,
    /// The payload of the server's Close frame, 1005 for none, and empty where it did not come; nothing where the server was sent none.
    pub(crate) close: Option<Vec<u8>>,
    /// What came behind a 101 once the server was sent a Close frame.
    pub(crate) late: Vec<u8>,
    /// Whether the connection was open still when the wait for its end was over.
    pub(crate) stays_open: bool,
    /// The beginning of the body, of a response that is no 101.
    pub(crate) body: Option<Vec<u8>>,
    limit: Duration,
    /// How far it came before the response was waited for.
    pub(super) stage: Stage,
    /// How many bytes of heads came, where some were taken out.
    length: Option<usize>,
}

/// How far an exchange came before its response.
#[derive(Clone, Copy)]
pub(super) enum Stage {
    /// There is a connection, and the server did not take the whole request.
    Connected,
    /// The request was sent.
    Sent,
    /// TLS is there, and the request was sent over it.
    #[cfg(feature = "tls")]
    SentOverTls,
}

/// How reading the head ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum ReadEnd {
    /// With a whole head.
    Head,
    /// With bytes that are not HTTP.
    NotHttp,
    TooLong,
    /// The connection was closed inside the head.
    ClosedInside,
    ResetInside,
    /// The deadline came inside the head.
    SilentInside,
    /// The connection was closed before a byte.
    Closed,
    Reset,
    Silent,
    /// The TLS session failed before a byte; how.
    #[cfg(feature = "tls")]
    Alert(String),
    /// No connection; why.
    Unreachable(String),
}

impl Response {
    /// There is none.
    pub(super) fn none(end: ReadEnd, limit: Duration) -> Self {
        Self {
            received: Vec::new(),
            start: 0,
            end,
            took: Duration::ZERO,
            behind: None,
            close: None,
            late: Vec::new(),
            stays_open: false,
            body: None,
            limit,
            stage: Stage::Connected,
            length: None,
        }
    }

    /// Reads until the head ends, or until it is clear that it will not.
    pub(super) fn read(connection: &mut impl Read, limit: Duration) -> Self {
        let mut response = Self::none(ReadEnd::Head, limit);
        let mut lines = HeadLines::default();
        response.end = loop {
            if let Some(end) = response.take_lines(&mut lines) {
                break end;
            }
            let room = MAX_HEAD.saturating_sub(response.received.len());
            if room == 0 {
                break ReadEnd::TooLong;
            }
            if let Some(end) = response.read_more(connection, room) {
                break end;
            }
        };
        if matches!(response.end, ReadEnd::ClosedInside | ReadEnd::ResetInside) {
            response.behind = Some(Behind::new(Vec::new(), StreamEnd::Server));
        }
        response
    }

    /// Looks at the lines that came since the last look; tells how reading ends, if it does.
    fn take_lines(&mut self, lines: &mut HeadLines) -> Option<ReadEnd> {
        loop {
            let head = self.received.get(self.start..).unwrap_or_default();
            // Empty lines before the status line are skipped (RFC 9112, section 2.2); a CR may be half of one.
            let mut line = head;
            while let Some(rest) = line.strip_prefix(b"\r\n").or_else(|| line.strip_prefix(b"\n")) {
                line = rest;
            }
            if line != b"\r" && line.iter().zip(b"HTTP/").any(|(a, b)| a != b) {
                return Some(ReadEnd::NotHttp);
            }
            let is_empty = lines.next(&self.received)?;
            if is_empty && (lines.count == 1 || self.is_interim()) {
                self.start = lines.begin;
                lines.count = 0;
            } else if is_empty {
                return Some(ReadEnd::Head);
            }
        }
    }

    /// Reads once; tells how reading ends, if it does.
    fn read_more(&mut self, connection: &mut impl Read, room: usize) -> Option<ReadEnd> {
        let mut buffer = [0; 4096];
        let is_inside = !self.received.is_empty();
        match connection.read(&mut buffer[..room.min(4096)]) {
            Ok(0) => Some(if is_inside { ReadEnd::ClosedInside } else { ReadEnd::Closed }),
            Ok(count) => {
                self.received.extend_from_slice(&buffer[..count]);
                None
            }
            Err(error) => match error.kind() {
                io::ErrorKind::Interrupted => None,
                io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
                    Some(if is_inside { ReadEnd::SilentInside } else { ReadEnd::Silent })
                }
                _ if is_inside => Some(ReadEnd::ResetInside),
                #[cfg(feature = "tls")]
                _ if tls::is_fault(&error) => Some(ReadEnd::Alert(tls::explain(&error, b""))),
                _ => Some(ReadEnd::Reset),
            },
        }
    }

    /// Whether what has come so far is a 1xx other than 101: another response follows (RFC 9110, section 15.2).
    fn is_interim(&self) -> bool {
        self.status().is_some_and(|status| status / 100 == 1 && status != 101)
    }

    /// How many bytes may still come: a server that keeps the connection sends no more than Content-Length says. Nothing where
    /// it does not say.
    pub(super) fn to_come(&self) -> Option<usize> {
        let head = self.head().filter(|_| self.outcome() != Outcome::Accepted)?;
        let length: usize = str::from_utf8(head.get_all("Content-Length").next()?).ok()?.parse().ok()?;
        Some(head.len.saturating_add(length).saturating_sub(self.received.len() - self.start))
    }

    /// The final response, as far as it came; none where that is not HTTP.
    pub(crate) fn head(&self) -> Option<Head> {
        let bytes = self.received.get(self.start..).filter(|bytes| bytes.starts_with(b"HTTP/"))?;
        Some(Head::parse(bytes))
    }

    /// Whether a head came, whole or longer than what is read: a browser may read on where we do not.
    pub(crate) fn has_head(&self) -> bool {
        matches!(self.end, ReadEnd::Head | ReadEnd::TooLong)
    }

    /// Whether it is a 101 whose head came whole.
    pub(crate) fn is_switch(&self) -> bool {
        self.end == ReadEnd::Head && self.status() == Some(101)
    }

    /// Whether a 101 was not followed by the end of the connection.
    pub(crate) fn is_open(&self) -> bool {
        self.behind.as_ref().is_some_and(|behind| behind.end == StreamEnd::Open)
    }

    /// The head of a whole 101; what came behind it is put where the rest of that goes.
    pub(super) fn split_switch(&mut self) -> Option<Head> {
        let head = self.head().filter(|_| self.is_switch())?;
        let bytes = self.received.split_off(self.start + head.len);
        self.behind = Some(Behind::new(bytes, StreamEnd::Open));
        Some(head)
    }

    /// Takes in the body, as far as it came with the head and in the bytes that came later.
    pub(super) fn take_body(&mut self, rest: &[u8]) {
        let head = self.head().filter(|_| self.end == ReadEnd::Head && !self.is_switch());
        self.body = head.map(|head| head.body(&[&self.received[self.start + head.len..], rest].concat()));
    }

    /// The bytes that came, to be shown.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let behind = self.behind.as_ref().map(|behind| behind.bytes.as_slice()).unwrap_or_default();
        [&self.received, behind].concat()
    }

    /// The same without credentials, to be shown.
    pub(crate) fn redacted(&self, secrets: &Secrets) -> Self {
        let (interim, last) = self.received.split_at(self.start);
        let secrets = secrets.with_those_of(self.interim().0.iter().chain([&Head::parse(last)]));
        let interim = secrets.redact_head(interim);
        let behind = self.behind.clone().map(|behind| Behind::new(secrets.mask(&behind.bytes), behind.end));
        Self {
            start: interim.len(),
            received: [interim, secrets.redact_head(last)].concat(),
            end: self.end.clone(),
            took: self.took,
            behind,
            close: self.close.clone(),
            late: Vec::new(),
            stays_open: self.stays_open,
            body: self.body.as_ref().map(|body| secrets.mask(body)),
            limit: self.limit,
            stage: self.stage,
            length: Some(self.received.len()),
        }
    }

    /// The heads of the interim responses that came before the final one (RFC 9110, section 15.2), and how many bytes of empty lines
    /// stand between.
    fn interim(&self) -> (Vec<Head>, usize) {
        let mut rest = self.received.get(..self.start).unwrap_or_default();
        let (mut heads, mut before, mut empty) = (Vec::new(), 0, 0);
        while !rest.is_empty() {
            let mut head = Head::parse(rest);
            head.irregularities.iter_mut().for_each(|(line, _)| *line += before);
            before += line_feeds(&rest[..head.len]);
            rest = &rest[head.len..];
            empty = if head.start_line.is_empty() { empty + head.len } else { 0 };
            heads.extend(Some(head).filter(|head| !head.start_line.is_empty()));
        }
        (heads, empty)
    }

    /// The exchange, to be judged: this response to `request`, and what followed.
    pub(crate) fn exchange(&self, request: Head) -> Exchange {
        let mut exchange = Exchange::new(Some(request), self.head());
        let (interim, empty) = self.interim();
        exchange.interim = interim.len();
        if let Some(response) = &mut exchange.response {
            // Lines are counted from the first byte of the interim ones.
            let before = line_feeds(&self.received[..self.start]);
            let fields = response.fields.iter_mut().map(|field| &mut field.line);
            fields.chain(response.irregularities.iter_mut().map(|(line, _)| line)).for_each(|line| *line += before);
            // A client that skips them has read them too: what is wrong with one fails the connection.
            response.irregularities.extend(Some((before, Irregularity::EmptyLines(empty))).filter(|_| empty > 0));
            response.irregularities.splice(..0, interim.into_iter().flat_map(|head| head.irregularities));
        }
        exchange.behind.clone_from(&self.behind);
        exchange.body.clone_from(&self.body);
        exchange
    }

    pub(crate) fn status(&self) -> Option<u16> {
        self.head()?.status()
    }

    /// Whether no connection came about, so that nothing was sent.
    pub(crate) fn is_unreachable(&self) -> bool {
        matches!(self.end, ReadEnd::Unreachable(_))
    }

    pub(crate) fn outcome(&self) -> Outcome {
        match (&self.end, self.status()) {
            (ReadEnd::Unreachable(_), _) => Outcome::Unreachable,
            (_, Some(101)) => Outcome::Accepted,
            (_, Some(200..=599)) if self.has_head() => Outcome::Refused,
            #[cfg(feature = "tls")]
            (ReadEnd::Alert(_), _) => Outcome::Closed,
            (ReadEnd::Closed | ReadEnd::Reset | ReadEnd::ClosedInside | ReadEnd::ResetInside, _) => Outcome::Closed,
            (ReadEnd::Silent | ReadEnd::SilentInside, _) => Outcome::Silent,
            _ => Outcome::NotHttp,
        }
    }
}

/// How many lines end in some bytes.
fn line_feeds(bytes: &[u8]) -> usize {
    bytes.split(|&b| b == b'\n').count() - 1
}

/// How far the lines of a head were looked at.
#[derive(Default)]
pub(super) struct HeadLines {
    /// Where the next line begins.
    pub(super) begin: usize,
    /// Up to where there is no line ending that was not seen.
    seen: usize,
    pub(super) count: usize,
}

impl HeadLines {
    /// Whether the next line is an empty one; nothing where it has not come.
    pub(super) fn next(&mut self, bytes: &[u8]) -> Option<bool> {
        let Some(length) = bytes[self.seen..].iter().position(|&b| b == b'\n') else {
            self.seen = bytes.len();
            return None;
        };
        let end = self.seen + length;
        let line = &bytes[self.begin..end];
        let is_empty = line.strip_suffix(b"\r").unwrap_or(line).is_empty();
        (self.begin, self.seen, self.count) = (end + 1, end + 1, self.count + 1);
        Some(is_empty)
    }
}

/// What is wrong, in a sentence; nothing for a whole head.
impl fmt::Display for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.limit.as_secs_f64();
        let count = self.length.unwrap_or(self.received.len());
        let is_after = self.start == self.received.len() && !self.interim().0.is_empty();
        let noun = if count == 1 { "byte" } else { "bytes" };
        let place = if is_after { "after an interim response" } else { "inside the head of the response" };
        match &self.end {
            ReadEnd::Head => Ok(()),
            ReadEnd::NotHttp => {
                let start = self.received.get(self.start..).unwrap_or_default();
                let start = start.get(..64).unwrap_or(start);
                write!(f, "the response is not HTTP: it begins with `{}`", visible(start))?;
                match start {
                    // A TLS alert record (RFC 8446, section 5.1).
                    [0x15, 3, ..] => f.write_str("; that is a TLS alert: the port speaks TLS, use wss://"),
                    // An HTTP/2 SETTINGS frame on stream 0 (RFC 9113, section 6.5).
                    [0, 0, _, 4, _, 0, 0, 0, 0, ..] => f.write_str("; that is HTTP/2, which has no Upgrade"),
                    _ => Ok(()),
                }
            }
            ReadEnd::TooLong => write!(f, "the head of the response is longer than {MAX_HEAD} bytes"),
            ReadEnd::ClosedInside => write!(f, "the connection was closed {place}, after {count} {noun}"),
            ReadEnd::ResetInside => write!(f, "the connection was reset {place}, after {count} {noun}"),
            ReadEnd::SilentInside => write!(f, "not all came within {seconds} s: it ends {place}, after {count} {noun}"),
            ReadEnd::Closed => f.write_str("the server closed the connection without a byte of a response"),
            ReadEnd::Reset => f.write_str("the server reset the connection without a byte of a response"),
            ReadEnd::Silent => match self.stage {
                Stage::Connected => {
                    write!(f, "the server accepted the connection and did not take the whole request within {seconds} s")
                }
                Stage::Sent => {
                    write!(f, "the server accepted the connection and sent nothing within {seconds} s; the request was sent")
                }
                #[cfg(feature = "tls")]
                Stage::SentOverTls => {
                    write!(f, "the server finished TLS and sent nothing within {seconds} s; the request was sent")
                }
            },
            #[cfg(feature = "tls")]
            ReadEnd::Alert(reason) => f.write_str(reason),
            ReadEnd::Unreachable(reason) => f.write_str(reason),
        }
    }
}
