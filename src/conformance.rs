//! The cases that find out whether a server refuses what it must refuse: what is sent, and what must come back.

use crate::handshake::Key;
use crate::head::{EXTENSIONS, KEY, PROTOCOL, VERSION, trim};
use crate::rules::Level;
use Level::{Error, Note, Warn};
use std::mem;

const HOST: &str = "Host";
const UPGRADE: &str = "Upgrade";
const CONNECTION: &str = "Connection";
const ORIGIN: &str = "Origin";

// Sections that many cases share.
const S_VERSION: &str = "4.2.1 (6), 4.2.2, 4.4";
const S_CONN: &str = "4.2.1 (4); RFC 9110 5.3";
const S_PROTO: &str = "4.2.2, 11.3.4";
const S_HOST: &str = "4.2.1 (2); RFC 9112 3.2";

/// The second key, where a request carries two.
const OTHER_KEY: &str = "x3JJHMbDL1EzLkh9GBhXDw==";

/// A masked text frame, "Hello" (RFC 6455, section 5.7).
const EARLY_FRAME: &[u8] = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";

/// A request as it goes over the wire, byte for byte: right, until somebody bends it.
///
/// ```
/// use wskey::{Key, cases::Request};
///
/// # fn main() -> Result<(), wskey::ParseError> {
/// let key = Key::parse(b"dGhlIHNhbXBsZSBub25jZQ==")?;
/// let mut request = Request::handshake(false, "server.example.com", "/chat", key);
/// request.set("Connection", "close");
/// assert_eq!(
///     String::from_utf8_lossy(&request.to_bytes()),
///     "GET /chat HTTP/1.1\r\n\
///      Host: server.example.com\r\n\
///      Upgrade: websocket\r\n\
///      Connection: close\r\n\
///      Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
///      Sec-WebSocket-Version: 13\r\n\r\n"
/// );
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Request {
    /// Whether it goes over TLS: the scheme of its origin.
    pub secure: bool,
    /// What is sent ahead of the request line.
    pub ahead: &'static [u8],
    /// The method.
    pub method: Vec<u8>,
    /// The target: a path, with its query.
    pub target: Vec<u8>,
    /// The version, such as `HTTP/1.1`; empty for none, and no blank before it.
    pub version: Vec<u8>,
    /// The field lines, in their order.
    pub fields: Vec<Line>,
    /// What ends each line.
    pub line_end: &'static [u8],
    /// What is sent behind the head, together with it: a body, or a frame.
    pub behind: Vec<u8>,
    /// How it is sent.
    pub sending: Sending,
}

/// One field line of a [`Request`], in three parts that are written one after the other.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// The name.
    pub name: Vec<u8>,
    /// The colon, and the blanks around it.
    pub colon: &'static [u8],
    /// The value, and the blanks behind it.
    pub value: Vec<u8>,
}

/// How a [`Request`] is sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sending {
    /// In one piece.
    Whole,
    /// The head one byte at a time.
    ByteByByte,
    /// In one piece, three times, each on a connection of its own: the same twice, then with another key.
    SameThenAnother,
}

impl Line {
    /// A field line as it is usually written.
    pub fn new(name: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), colon: b": ", value: value.into() }
    }

    fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }
}

impl Request {
    /// The opening handshake of a client (RFC 6455, section 4.1), with the fields that must be there.
    #[must_use]
    pub fn handshake(secure: bool, host: &str, target: &str, key: Key) -> Self {
        Self {
            secure,
            ahead: b"",
            method: b"GET".to_vec(),
            target: target.into(),
            version: b"HTTP/1.1".to_vec(),
            fields: vec![
                Line::new(HOST, host),
                Line::new(UPGRADE, "websocket"),
                Line::new(CONNECTION, "Upgrade"),
                Line::new(KEY, key.as_str()),
                Line::new(VERSION, "13"),
            ],
            line_end: b"\r\n",
            behind: Vec::new(),
            sending: Sending::Whole,
        }
    }

    /// The bytes that are sent.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = [self.ahead, &self.method, b" ", &self.target].concat();
        if !self.version.is_empty() {
            bytes.push(b' ');
        }
        bytes.extend_from_slice(&self.version);
        bytes.extend_from_slice(self.line_end);
        for line in &self.fields {
            for part in [&line.name, line.colon, &line.value, self.line_end] {
                bytes.extend_from_slice(part);
            }
        }
        bytes.extend_from_slice(self.line_end);
        bytes.extend_from_slice(&self.behind);
        bytes
    }

    /// The first value of this field, without the blanks and tabs around it.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&[u8]> {
        self.fields.iter().find(|line| line.is(name)).map(|line| trim(&line.value))
    }

    /// Gives this field one value, in the place of all it had, or at the end.
    pub fn set(&mut self, name: &str, value: impl Into<Vec<u8>>) {
        let at = self.fields.iter().position(|line| line.is(name)).unwrap_or(self.fields.len());
        self.remove(name);
        self.fields.insert(at, Line::new(name, value));
    }

    /// Adds a line of this field, behind those it has, or at the end.
    pub fn add(&mut self, name: &str, value: impl Into<Vec<u8>>) {
        let at = self.fields.iter().rposition(|line| line.is(name)).map_or(self.fields.len(), |at| at + 1);
        self.fields.insert(at, Line::new(name, value));
    }

    /// Takes out all lines of this field.
    pub fn remove(&mut self, name: &str) {
        self.fields.retain(|line| !line.is(name));
    }

    /// Takes out all fields that are the WebSocket protocol's own.
    fn remove_websocket(&mut self) {
        let own = "Sec-WebSocket-".as_bytes();
        self.fields.retain(|line| !line.name.get(..own.len()).is_some_and(|start| start.eq_ignore_ascii_case(own)));
    }

    /// Adds the first line of this field once more.
    fn repeat(&mut self, name: &str) {
        if let Some(value) = self.value(name).map(<[u8]>::to_vec) {
            self.add(name, value);
        }
    }

    fn each(&mut self, change: fn(&mut Line)) {
        self.fields.iter_mut().for_each(change);
    }

    fn rename(&mut self, change: fn(&mut [u8])) {
        self.fields.iter_mut().for_each(|line| change(&mut line.name));
    }

    /// Changes the key; one that the user gave too.
    fn key(&mut self, change: fn(&mut Vec<u8>)) {
        self.fields.iter_mut().filter(|line| line.is(KEY)).for_each(|line| change(&mut line.value));
    }

    /// The origin of a page that the server itself would have served.
    fn origin(&self) -> Vec<u8> {
        let scheme: &[u8] = if self.secure { b"https://" } else { b"http://" };
        [scheme, self.value(HOST).unwrap_or_default()].concat()
    }

    /// Puts Host first, with a blank before it.
    fn blank_before_host(&mut self) {
        let host = self.value(HOST).unwrap_or_default().to_vec();
        self.remove(HOST);
        self.fields.insert(0, Line::new(" Host", host));
    }

    /// Adds this many lines of no meaning.
    fn fill(&mut self, lines: usize) {
        self.fields.extend((1..=lines).map(|i| Line::new(format!("X-{i}"), i.to_string())));
    }

    /// Makes it a handshake of draft-hixie-thewebsocketprotocol-75.
    fn hixie(&mut self) {
        self.remove_websocket();
        self.set(UPGRADE, "WebSocket");
        if self.value(ORIGIN).is_none() {
            self.set(ORIGIN, self.origin());
        }
    }
}

/// What a server must do with a case.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Expect {
    /// Accept it, with the right accept value.
    Accept,
    /// Refuse it, for it breaks the rule of this id.
    Refuse(&'static str),
    /// What it likes: it is reported, never judged.
    Open,
}

impl Expect {
    /// The word for it in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Refuse(_) => "refuse",
            Self::Open => "open",
        }
    }
}

/// What a server did with a case.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It answered with status 101.
    Accepted,
    /// It answered with another status.
    Refused,
    /// It ended the connection without a byte.
    Closed,
    /// It said nothing within the limit.
    Silent,
    /// It answered with something that is not HTTP.
    NotHttp,
    /// It could not be connected to.
    Unreachable,
}

impl Outcome {
    /// The word for it in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Closed => "closed",
            Self::Silent => "silent",
            Self::NotHttp => "not-http",
            Self::Unreachable => "unreachable",
        }
    }
}

/// What an outcome is worth, given what was expected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// As it must be.
    Met,
    /// A refusal without a word: as it must be, and the client never learns why.
    MetByClosing,
    /// Not as it must be; the case's level says how much that weighs.
    Unmet,
    /// Nothing was expected.
    Open,
}

/// One case: a valid handshake, bent in one way.
///
/// ```
/// use wskey::conformance::{CASES, Expect, Outcome, Verdict};
///
/// let case = CASES.iter().find(|case| case.id == "key-empty").expect("a case of this name");
/// assert_eq!(case.expect, Expect::Refuse("key-malformed"));
/// assert_eq!(case.judge(Outcome::Accepted, true), Verdict::Unmet);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// Its name: stable, for people put it into scripts.
    pub id: &'static str,
    /// What the server must do.
    pub expect: Expect,
    /// How much it weighs where the server does not.
    pub level: Level,
    /// Where that is said: in RFC 6455, unless another is named.
    pub section: &'static str,
    /// What is sent.
    pub says: &'static str,
    /// Makes this case of a valid handshake with a fresh key.
    pub bend: fn(&mut Request),
}

impl Case {
    /// Judges an outcome; `right` is whether the accept value, where there was one, answers the key.
    #[must_use]
    pub fn judge(&self, outcome: Outcome, right: bool) -> Verdict {
        match (self.expect, outcome) {
            (Expect::Open, _) => Verdict::Open,
            (Expect::Refuse(_), Outcome::Refused) => Verdict::Met,
            (Expect::Refuse(_), Outcome::Closed) => Verdict::MetByClosing,
            (Expect::Accept, Outcome::Accepted) if right => Verdict::Met,
            _ => Verdict::Unmet,
        }
    }
}

const fn accept(id: &'static str, level: Level, section: &'static str, says: &'static str, bend: fn(&mut Request)) -> Case {
    Case { id, expect: Expect::Accept, level, section, says, bend }
}

const fn refuse(
    id: &'static str,
    rule: &'static str,
    level: Level,
    section: &'static str,
    says: &'static str,
    bend: fn(&mut Request),
) -> Case {
    Case { id, expect: Expect::Refuse(rule), level, section, says, bend }
}

const fn open(id: &'static str, section: &'static str, says: &'static str, bend: fn(&mut Request)) -> Case {
    Case { id, expect: Expect::Open, level: Note, section, says, bend }
}

/// All cases, in the order in which they are sent.
pub static CASES: &[Case] = &[
    accept("valid", Error, "4.2.1", "a valid handshake, fresh key", |_| {}),
    accept("lowercase-names", Error, "RFC 9110 5.1", "header names in lower case", |r| r.rename(<[u8]>::make_ascii_lowercase)),
    accept("uppercase-names", Error, "RFC 9110 5.1", "header names in upper case", |r| r.rename(<[u8]>::make_ascii_uppercase)),
    accept("conn-list", Error, S_CONN, "Connection: keep-alive, Upgrade", |r| r.set(CONNECTION, "keep-alive, Upgrade")),
    accept("conn-lower", Error, S_CONN, "Connection: upgrade", |r| r.set(CONNECTION, "upgrade")),
    accept("conn-two-lines", Error, S_CONN, "Connection: keep-alive + Connection: Upgrade", |r| {
        r.set(CONNECTION, "keep-alive");
        r.add(CONNECTION, "Upgrade");
    }),
    accept("upgrade-case", Error, "4.2.1 (3)", "Upgrade: WebSocket", |r| r.set(UPGRADE, "WebSocket")),
    accept("upgrade-upper", Error, "4.2.1 (3)", "Upgrade: WEBSOCKET", |r| r.set(UPGRADE, "WEBSOCKET")),
    open("upgrade-list", "4.2.1 (3)", "Upgrade: h2c, websocket", |r| r.set(UPGRADE, "h2c, websocket")),
    open("upgrade-list-first", "4.2.1 (3)", "Upgrade: websocket, h2c", |r| r.set(UPGRADE, "websocket, h2c")),
    accept("no-space-colon", Error, "RFC 9110 5.5", "Name:value without space", |r| r.each(|line| line.colon = b":")),
    accept("tab-ows", Error, "RFC 9110 5.5", "tabs around every value", |r| {
        r.each(|line| {
            line.colon = b":\t";
            line.value.push(b'\t');
        });
    }),
    accept("dribble", Warn, "4.2.1", "the head one byte at a time", |r| r.sending = Sending::ByteByByte),
    open("early-frame", "4.2.1", "a frame in the same segment as the head", |r| r.behind = EARLY_FRAME.to_vec()),
    accept("absolute-form", Warn, "RFC 9112 3.2", "GET http://host/chat HTTP/1.1", |r| {
        r.target = [r.origin(), mem::take(&mut r.target)].concat();
    }),
    accept("query", Error, "RFC 9112 3.2", "/chat?a=1", |r| {
        let mark = if r.target.contains(&b'?') { "&a=1" } else { "?a=1" };
        r.target.extend_from_slice(mark.as_bytes());
    }),
    refuse("key-missing", "key-missing", Error, "4.2.1 (5)", "no Sec-WebSocket-Key", |r| r.remove(KEY)),
    refuse("key-empty", "key-malformed", Error, "4.2.1 (5)", "Sec-WebSocket-Key: (empty)", |r| r.set(KEY, "")),
    refuse("key-blank", "key-malformed", Error, "4.2.1 (5)", "Sec-WebSocket-Key: only spaces", |r| r.set(KEY, "   ")),
    refuse("key-1byte", "key-malformed", Error, "4.2.1 (5)", "key of 1 byte", |r| r.set(KEY, "QQ==")),
    refuse("key-15bytes", "key-malformed", Error, "4.2.1 (5)", "key of 15 bytes", |r| r.set(KEY, "dGhlIHNhbXBsZSBub25j")),
    refuse("key-17bytes", "key-malformed", Error, "4.2.1 (5)", "key of 17 bytes", |r| r.set(KEY, "dGhlIHNhbXBsZSBub25jZSE=")),
    refuse("key-18bytes", "key-malformed", Error, "4.2.1 (5)", "key of 18 bytes (24 chars, no padding)", |r| {
        r.set(KEY, "dGhlIHNhbXBsZSBub25jZSEh");
    }),
    refuse("key-32bytes", "key-malformed", Error, "4.2.1 (5)", "key of 32 bytes", |r| {
        r.set(KEY, "dGhlIHNhbXBsZSBub25jZXRoZSBzYW1wbGUgbm9uY2U=");
    }),
    refuse("key-plain", "key-malformed", Error, "4.2.1 (5)", "key 'hello'", |r| r.set(KEY, "hello")),
    refuse("key-badchars", "key-malformed", Error, "4.2.1 (5)", "24 chars, ! in place of letters", |r| {
        r.set(KEY, "!!!!!!!!!!!!!!!!!!!!!!==");
    }),
    refuse(
        "key-base64url",
        "key-malformed",
        Error,
        "4.2.1 (5)",
        "16 bytes in the URL alphabet (-_-_-_-_-_-_-_-_-_-_-w==)",
        |r| r.set(KEY, "-_-_-_-_-_-_-_-_-_-_-w=="),
    ),
    refuse("key-nopad", "key-malformed", Error, "4.2.1 (5)", "22 chars, padding dropped", |r| r.key(|key| key.truncate(22))),
    refuse("key-onepad", "key-malformed", Error, "4.2.1 (5)", "23 chars, one =", |r| r.key(|key| key.truncate(23))),
    open("key-noncanonical", "4.2.1 (5)", "trailing bits set: dGhlIHNhbXBsZSBub25jZR==", |r| {
        r.set(KEY, "dGhlIHNhbXBsZSBub25jZR==");
    }),
    refuse("key-innerspace", "key-malformed", Error, "4.2.1 (5)", "a space inside the key", |r| {
        r.key(|key| key.insert(key.len() / 2, b' '));
    }),
    refuse("key-trailjunk", "key-malformed", Error, "4.2.1 (5)", "junk after the padding", |r| {
        r.key(|key| key.extend_from_slice(b"junk"));
    }),
    refuse("key-list", "key-malformed", Error, "4.2.1 (5)", "two keys in one value, comma", |r| {
        r.key(|key| key.extend_from_slice(format!(", {OTHER_KEY}").as_bytes()));
    }),
    refuse("key-1000chars", "key-malformed", Error, "4.2.1 (5)", "1000 letters", |r| r.set(KEY, "A".repeat(1000))),
    accept("key-ows", Error, "RFC 9110 5.5", "spaces and tabs around the key", |r| {
        r.key(|key| *key = [b" \t ", key.as_slice(), b" \t "].concat());
    }),
    refuse("key-dup-same", "key-duplicate", Error, "11.3.1", "the key header twice, same value", |r| r.repeat(KEY)),
    refuse("key-dup-diff", "key-duplicate", Error, "11.3.1", "the key header twice, other value", |r| r.add(KEY, OTHER_KEY)),
    refuse("key-nul", "key-malformed", Error, "4.2.1 (5)", "NUL inside the key", |r| r.key(|key| key.insert(key.len() / 2, 0))),
    refuse("key-8bit", "key-malformed", Error, "4.2.1 (5)", "byte 0xFF inside the key", |r| {
        r.key(|key| key.insert(key.len() / 2, 0xFF));
    }),
    refuse("ver-missing", "version-missing", Error, S_VERSION, "no Sec-WebSocket-Version", |r| r.remove(VERSION)),
    refuse("ver-empty", "version-unsupported", Error, S_VERSION, "version empty", |r| r.set(VERSION, "")),
    open("ver-0", S_VERSION, "Sec-WebSocket-Version: 0", |r| r.set(VERSION, "0")),
    open("ver-7", S_VERSION, "Sec-WebSocket-Version: 7", |r| r.set(VERSION, "7")),
    open("ver-8", S_VERSION, "Sec-WebSocket-Version: 8", |r| r.set(VERSION, "8")),
    refuse("ver-12", "version-unsupported", Error, S_VERSION, "Sec-WebSocket-Version: 12", |r| r.set(VERSION, "12")),
    refuse("ver-14", "version-unsupported", Error, S_VERSION, "Sec-WebSocket-Version: 14", |r| r.set(VERSION, "14")),
    refuse("ver-255", "version-unsupported", Error, S_VERSION, "Sec-WebSocket-Version: 255", |r| r.set(VERSION, "255")),
    refuse("ver-256", "version-unsupported", Error, S_VERSION, "Sec-WebSocket-Version: 256", |r| r.set(VERSION, "256")),
    refuse("ver-269", "version-unsupported", Error, S_VERSION, "Sec-WebSocket-Version: 269", |r| r.set(VERSION, "269")),
    refuse("ver-abc", "version-unsupported", Error, S_VERSION, "Sec-WebSocket-Version: abc", |r| r.set(VERSION, "abc")),
    refuse("ver-13abc", "version-unsupported", Error, S_VERSION, "Sec-WebSocket-Version: 13abc", |r| r.set(VERSION, "13abc")),
    refuse("ver-13-0", "version-unsupported", Error, S_VERSION, "Sec-WebSocket-Version: 13.0", |r| r.set(VERSION, "13.0")),
    refuse("ver-013", "version-unsupported", Error, S_VERSION, "Sec-WebSocket-Version: 013", |r| r.set(VERSION, "013")),
    refuse("ver-plus13", "version-unsupported", Error, S_VERSION, "Sec-WebSocket-Version: +13", |r| r.set(VERSION, "+13")),
    refuse("ver-minus13", "version-unsupported", Error, S_VERSION, "Sec-WebSocket-Version: -13", |r| r.set(VERSION, "-13")),
    refuse("ver-0x0d", "version-unsupported", Error, S_VERSION, "Sec-WebSocket-Version: 0x0d", |r| r.set(VERSION, "0x0d")),
    refuse("ver-4294967309", "version-unsupported", Error, S_VERSION, "Sec-WebSocket-Version: 4294967309", |r| {
        r.set(VERSION, "4294967309");
    }),
    accept("ver-ows", Error, "RFC 9110 5.5", "spaces around 13", |r| r.set(VERSION, "  13  ")),
    refuse("ver-list-13-8", "version-unsupported", Error, S_VERSION, "version list 13, 8", |r| r.set(VERSION, "13, 8")),
    refuse("ver-list-8-13", "version-unsupported", Error, S_VERSION, "version list 8, 13", |r| r.set(VERSION, "8, 13")),
    refuse("ver-dup-same", "version-duplicate", Error, "11.3.5", "version header twice, 13 and 13", |r| {
        r.set(VERSION, "13");
        r.add(VERSION, "13");
    }),
    refuse("ver-dup-13-8", "version-duplicate", Error, "11.3.5", "version header twice, 13 then 8", |r| {
        r.set(VERSION, "13");
        r.add(VERSION, "8");
    }),
    refuse("ver-dup-8-13", "version-duplicate", Error, "11.3.5", "version header twice, 8 then 13", |r| {
        r.set(VERSION, "8");
        r.add(VERSION, "13");
    }),
    refuse("upgrade-missing", "request-upgrade", Error, "4.2.1 (3)", "no Upgrade", |r| r.remove(UPGRADE)),
    refuse("upgrade-empty", "request-upgrade", Error, "4.2.1 (3)", "Upgrade: (empty)", |r| r.set(UPGRADE, "")),
    refuse("upgrade-h2c", "request-upgrade", Error, "4.2.1 (3)", "Upgrade: h2c", |r| r.set(UPGRADE, "h2c")),
    refuse("upgrade-substring", "request-upgrade", Error, "4.2.1 (3)", "Upgrade: xwebsocketx", |r| r.set(UPGRADE, "xwebsocketx")),
    open("upgrade-version", "4.2.1 (3)", "Upgrade: websocket/13", |r| r.set(UPGRADE, "websocket/13")),
    open("upgrade-dup", "4.2.1 (3)", "Upgrade: h2c + Upgrade: websocket", |r| {
        r.set(UPGRADE, "h2c");
        r.add(UPGRADE, "websocket");
    }),
    refuse("conn-missing", "request-connection", Error, S_CONN, "no Connection", |r| r.remove(CONNECTION)),
    refuse("conn-empty", "request-connection", Error, S_CONN, "Connection: (empty)", |r| r.set(CONNECTION, "")),
    refuse("conn-close", "request-connection", Error, S_CONN, "Connection: close", |r| r.set(CONNECTION, "close")),
    refuse("conn-keepalive", "request-connection", Error, S_CONN, "Connection: keep-alive", |r| r.set(CONNECTION, "keep-alive")),
    open("conn-upgrade-close", S_CONN, "Connection: Upgrade, close", |r| r.set(CONNECTION, "Upgrade, close")),
    refuse("conn-substring", "request-connection", Error, S_CONN, "Connection: xupgradex", |r| r.set(CONNECTION, "xupgradex")),
    refuse("post", "request-method", Error, "4.2.1 (1)", "POST, Content-Length: 0", |r| {
        r.method = b"POST".to_vec();
        r.set("Content-Length", "0");
    }),
    refuse("put", "request-method", Error, "4.2.1 (1)", "PUT, Content-Length: 0", |r| {
        r.method = b"PUT".to_vec();
        r.set("Content-Length", "0");
    }),
    refuse("head", "request-method", Error, "4.2.1 (1)", "HEAD", |r| r.method = b"HEAD".to_vec()),
    refuse("options", "request-method", Error, "4.2.1 (1)", "OPTIONS", |r| r.method = b"OPTIONS".to_vec()),
    refuse("method-lower", "request-method", Error, "4.2.1 (1)", "get", |r| r.method = b"get".to_vec()),
    refuse("method-odd", "request-method", Error, "4.2.1 (1)", "FOO", |r| r.method = b"FOO".to_vec()),
    refuse("http10", "request-version", Warn, "4.2.1 (1)", "HTTP/1.0", |r| r.version = b"HTTP/1.0".to_vec()),
    refuse("http10-keepalive", "request-version", Warn, "4.2.1 (1)", "HTTP/1.0, Connection: keep-alive, Upgrade", |r| {
        r.version = b"HTTP/1.0".to_vec();
        r.set(CONNECTION, "keep-alive, Upgrade");
    }),
    open("http12", "4.2.1 (1)", "HTTP/1.2", |r| r.version = b"HTTP/1.2".to_vec()),
    open("http20", "4.2.1 (1)", "HTTP/2.0", |r| r.version = b"HTTP/2.0".to_vec()),
    refuse("http-lower", "request-version", Error, "4.2.1 (1)", "http/1.1", |r| r.version = b"http/1.1".to_vec()),
    refuse("http-none", "request-version", Error, "4.2.1 (1)", "GET /chat without a version", |r| r.version.clear()),
    refuse("host-missing", "request-host", Error, S_HOST, "no Host", |r| r.remove(HOST)),
    open("host-empty", S_HOST, "Host: (empty)", |r| r.set(HOST, "")),
    refuse("host-two", "request-host", Error, S_HOST, "two different Hosts", |r| r.add(HOST, "other.example")),
    refuse("host-two-same", "request-host", Error, S_HOST, "the same Host twice", |r| r.repeat(HOST)),
    refuse("host-bad", "request-host", Error, S_HOST, "Host: a b", |r| r.set(HOST, "a b")),
    open("path-other", "RFC 9112 3.2", "/nope (a 404 where the peer routes)", |r| r.target = b"/nope".to_vec()),
    open("path-fragment", "RFC 9112 3.2", "/chat#x", |r| r.target.extend_from_slice(b"#x")),
    refuse("plain-get", "request-upgrade", Error, "4.2.1", "no WebSocket header at all", |r| {
        r.remove(UPGRADE);
        r.remove(CONNECTION);
        r.remove_websocket();
    }),
    open("pre-crlf", "RFC 9112 2.2", "an empty line before the request line", |r| r.ahead = b"\r\n"),
    accept("proto-list", Warn, S_PROTO, "Sec-WebSocket-Protocol: chat, superchat", |r| r.set(PROTOCOL, "chat, superchat")),
    accept("proto-unknown", Warn, S_PROTO, "Sec-WebSocket-Protocol: nosuch", |r| r.set(PROTOCOL, "nosuch")),
    accept("proto-two-lines", Warn, S_PROTO, "two lines: nosuch / chat", |r| {
        r.set(PROTOCOL, "nosuch");
        r.add(PROTOCOL, "chat");
    }),
    open("proto-empty", S_PROTO, "Sec-WebSocket-Protocol: (empty)", |r| r.set(PROTOCOL, "")),
    open("proto-dup", S_PROTO, "chat, chat", |r| r.set(PROTOCOL, "chat, chat")),
    open("proto-badtoken", S_PROTO, "'ch@t, a b'", |r| r.set(PROTOCOL, "ch@t, a b")),
    open("proto-commas", S_PROTO, "',,chat,'", |r| r.set(PROTOCOL, ",,chat,")),
    accept("ext-pmd", Error, "9.1", "permessage-deflate; client_max_window_bits", |r| {
        r.set(EXTENSIONS, "permessage-deflate; client_max_window_bits");
    }),
    accept("ext-unknown", Error, "9.1", "x-foo; a=1", |r| r.set(EXTENSIONS, "x-foo; a=1")),
    open("ext-empty", "9.1", "extensions empty", |r| r.set(EXTENSIONS, "")),
    open("ext-garbage", "9.1", "'###;;=,@ @'", |r| r.set(EXTENSIONS, "###;;=,@ @")),
    open("ext-badparam", "9.1", "permessage-deflate; server_max_window_bits=7", |r| {
        r.set(EXTENSIONS, "permessage-deflate; server_max_window_bits=7");
    }),
    open("ext-badparam2", "9.1", "permessage-deflate; nosuch=1", |r| r.set(EXTENSIONS, "permessage-deflate; nosuch=1")),
    open("ext-dupparam", "9.1", "permessage-deflate; server_no_context_takeover twice", |r| {
        r.set(EXTENSIONS, "permessage-deflate; server_no_context_takeover; server_no_context_takeover");
    }),
    open("origin-none", "10.2", "no Origin", |r| r.remove(ORIGIN)),
    accept("origin-same", Warn, "10.2", "Origin: http://HOST", |r| r.set(ORIGIN, r.origin())),
    open("origin-foreign", "10.2", "Origin: https://evil.example", |r| r.set(ORIGIN, "https://evil.example")),
    open("origin-null", "10.2", "Origin: null", |r| r.set(ORIGIN, "null")),
    open("origin-bad", "10.2", "Origin: ::not a url", |r| r.set(ORIGIN, "::not a url")),
    open("origin-two", "10.2", "same Origin, then a foreign one", |r| {
        r.set(ORIGIN, r.origin());
        r.add(ORIGIN, "https://evil.example");
    }),
    open("lone-lf", "RFC 9112 2.2", "LF line endings only", |r| r.line_end = b"\n"),
    open("lone-cr", "RFC 9112 2.2", "CR line endings only", |r| r.line_end = b"\r"),
    open("obs-fold", "RFC 9112 5", "X-A folded over two lines", |r| r.add("X-A", "one\r\n two")),
    open("obs-fold-key", "RFC 9112 5", "the key folded", |r| r.key(|key| *key = [b"\r\n ", key.as_slice()].concat())),
    open("obs-fold-conn", "RFC 9112 5", "Connection: keep-alive,CRLF SP Upgrade", |r| {
        r.set(CONNECTION, "keep-alive,\r\n Upgrade");
    }),
    refuse("name-space", "head-field-syntax", Error, "RFC 9112 5", "a space before the colon of the key", |r| {
        r.each(|line| {
            if line.is(KEY) {
                line.colon = b" : ";
            }
        });
    }),
    open("no-colon", "RFC 9112 5", "a header line without colon", |r| {
        r.fields.push(Line { name: b"X-A".to_vec(), colon: b"", value: Vec::new() });
    }),
    refuse("first-line-space", "head-field-syntax", Error, "RFC 9112 5", "white space before the Host line", |r| {
        r.blank_before_host();
    }),
    open("value-nul", "RFC 9110 5.5", "NUL in X-A", |r| r.add("X-A", "a\0b")),
    open("name-nul", "RFC 9112 5", "NUL in a header name", |r| r.add("X\0A", "a")),
    open("value-cr", "RFC 9110 5.5", "bare CR in X-A", |r| r.add("X-A", "a\rb")),
    accept("value-8bit", Warn, "RFC 9110 5.5", "byte 0xFF in X-A (obs-text)", |r| r.add("X-A", b"a\xFFb")),
    open("header-8k", "4.2.1", "a header of 8000 bytes", |r| r.add("X-A", "a".repeat(8000))),
    open("header-64k", "4.2.1", "a header of 64 KiB", |r| r.add("X-A", "a".repeat(65536))),
    open("headers-90", "4.2.1", "90 more header lines", |r| r.fill(90)),
    open("headers-500", "4.2.1", "500 more header lines", |r| r.fill(500)),
    open("body-cl0", "RFC 9112 6", "Content-Length: 0", |r| r.set("Content-Length", "0")),
    open("body-cl5", "RFC 9112 6", "Content-Length: 5 and 5 bytes", |r| {
        r.set("Content-Length", "5");
        r.behind = b"hello".to_vec();
    }),
    open("body-chunked", "RFC 9112 6", "chunked body of 5 bytes", |r| {
        r.set("Transfer-Encoding", "chunked");
        r.behind = b"5\r\nhello\r\n0\r\n\r\n".to_vec();
    }),
    open("hixie-75", "4.2.1", "draft-hixie-75 handshake", Request::hixie),
    open("hixie-76", "4.2.1", "draft-hixie-76 handshake with Key1/Key2 and 8 bytes", |r| {
        r.hixie();
        r.add("Sec-WebSocket-Key1", "4 @1  46546xW%0l 1 5");
        r.add("Sec-WebSocket-Key2", "12998 5 Y3 1  .P00");
        r.behind = b"^n:ds[4U".to_vec();
    }),
    open("hybi-08", "4.2.1", "draft-hybi-08: version 8 with Sec-WebSocket-Origin", |r| {
        r.set(VERSION, "8");
        r.set("Sec-WebSocket-Origin", r.origin());
    }),
    accept(
        "accept-same-different",
        Error,
        "4.2.2 (5.4)",
        "same key twice gives one accept, another key another, both right",
        |r| r.sending = Sending::SameThenAnother,
    ),
];
