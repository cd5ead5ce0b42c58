//! What a server sent back: how much of a head, how it ended, and what is wrong with it in a sentence.

#[cfg(feature = "tls")]
use super::tls;
use std::fmt;
use std::io::{self, Read};
use std::time::Duration;
use wskey::conformance::Outcome;
use wskey::escape::visible;
use wskey::head::Head;

/// The longest head that is read, interim responses before it included.
const MAX_HEAD: usize = 64 * 1024;

/// The most field lines of a head.
const MAX_FIELDS: usize = 256;

/// What came back.
pub(crate) struct Response {
    /// Every byte, interim responses included.
    pub(crate) received: Vec<u8>,
    /// Where in `received` the final response begins, after the interim ones.
    start: usize,
    pub(crate) end: ReadEnd,
    /// From the first step to connect to the last byte of the head.
    pub(crate) took: Duration,
    limit: Duration,
}

/// How reading the head ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum ReadEnd {
    /// With a whole head.
    Head,
    /// With bytes that are not HTTP.
    NotHttp,
    TooLong,
    TooManyFields,
    /// The connection was closed inside the head.
    ClosedInside,
    ResetInside,
    /// The deadline came inside the head.
    SilentInside,
    /// The connection was closed before a byte.
    Closed,
    Reset,
    Silent,
    /// No connection; why.
    Unreachable(String),
}

impl Response {
    /// There is none, since there was no connection.
    pub(super) fn unreachable(reason: String, limit: Duration) -> Self {
        Self { received: Vec::new(), start: 0, end: ReadEnd::Unreachable(reason), took: Duration::ZERO, limit }
    }

    /// Reads until the head ends, or until it is clear that it will not.
    pub(super) fn read(connection: &mut impl Read, limit: Duration) -> Self {
        let mut response = Self { received: Vec::new(), start: 0, end: ReadEnd::Head, took: Duration::ZERO, limit };
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
        response
    }

    /// Looks at the lines that came since the last look; tells how reading ends, if it does.
    fn take_lines(&mut self, lines: &mut HeadLines) -> Option<ReadEnd> {
        loop {
            let head = self.received.get(self.start..).unwrap_or_default();
            if head.iter().zip(b"HTTP/").any(|(a, b)| a != b) {
                return Some(ReadEnd::NotHttp);
            }
            let is_empty = lines.next(&self.received)?;
            if is_empty && self.is_interim() {
                self.start = lines.begin;
                lines.count = 0;
            } else if is_empty {
                return Some(ReadEnd::Head);
            } else if lines.count > 1 + MAX_FIELDS {
                // The status line is not a field.
                return Some(ReadEnd::TooManyFields);
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
                _ if tls::is_fault(&error) => Some(ReadEnd::Unreachable(tls::explain(&error, b""))),
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

    /// What came after the head of the final response.
    pub(crate) fn after_head(&self) -> &[u8] {
        self.head().and_then(|head| self.received.get(self.start + head.len..)).unwrap_or_default()
    }

    pub(crate) fn status(&self) -> Option<u16> {
        self.head()?.status()
    }

    pub(crate) fn outcome(&self) -> Outcome {
        // An interim response, and nothing after it, is no response either.
        let is_nothing = self.start == self.received.len();
        match (&self.end, self.status()) {
            (ReadEnd::Unreachable(_), _) => Outcome::Unreachable,
            (_, Some(101)) => Outcome::Accepted,
            (_, Some(_)) => Outcome::Refused,
            (ReadEnd::Closed | ReadEnd::Reset, None) => Outcome::Closed,
            (ReadEnd::Silent, None) => Outcome::Silent,
            (ReadEnd::ClosedInside | ReadEnd::ResetInside, None) if is_nothing => Outcome::Closed,
            (ReadEnd::SilentInside, None) if is_nothing => Outcome::Silent,
            (_, None) => Outcome::NotHttp,
        }
    }
}

/// How far the lines of a head were looked at.
#[derive(Default)]
struct HeadLines {
    /// Where the next line begins.
    begin: usize,
    /// Up to where there is no line ending that was not seen.
    seen: usize,
    count: usize,
}

impl HeadLines {
    /// Whether the next line is an empty one; nothing where it has not come.
    fn next(&mut self, bytes: &[u8]) -> Option<bool> {
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
        let count = self.received.len();
        let place = if self.start == count { "after an interim response" } else { "inside the head of the response" };
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
            ReadEnd::TooManyFields => write!(f, "the head of the response has more than {MAX_FIELDS} fields"),
            ReadEnd::ClosedInside => write!(f, "the connection was closed {place}, after {count} bytes"),
            ReadEnd::ResetInside => write!(f, "the connection was reset {place}, after {count} bytes"),
            ReadEnd::SilentInside => write!(f, "nothing more came within {seconds} s {place}, after {count} bytes"),
            ReadEnd::Closed => f.write_str("the server closed the connection without a byte of a response"),
            ReadEnd::Reset => f.write_str("the server reset the connection without a byte of a response"),
            ReadEnd::Silent => write!(f, "the server accepted the connection and sent nothing within {seconds} s"),
            ReadEnd::Unreachable(reason) => f.write_str(reason),
        }
    }
}
