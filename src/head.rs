//! The head of a request or a response: its start line, its fields in their order, and every irregularity with its line.

mod body;
mod url;

use body::chunked;
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;
pub(crate) use url::authority_and_target;

/// The field that carries the client's key (RFC 6455, section 11.3.1).
pub const KEY: &str = "Sec-WebSocket-Key";
/// The field that carries the server's accept value (RFC 6455, section 11.3.3).
pub const ACCEPT: &str = "Sec-WebSocket-Accept";
/// The field that carries the version of the protocol (RFC 6455, section 11.3.5).
pub const VERSION: &str = "Sec-WebSocket-Version";
/// The field that carries subprotocols (RFC 6455, section 11.3.4).
pub const PROTOCOL: &str = "Sec-WebSocket-Protocol";
/// The field that carries extensions (RFC 6455, section 11.3.2).
pub const EXTENSIONS: &str = "Sec-WebSocket-Extensions";

/// The most of a body that is kept.
const MOST_BODY: usize = 16 * 1024;

/// One field line (RFC 9112, section 5).
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Field {
    /// The name as it was written, without spaces and tabs around it.
    pub name: Vec<u8>,
    /// The value without the spaces and tabs around it (RFC 9110, section 5.5).
    pub value: Vec<u8>,
    /// The line on which the field begins, counted from 1 at the first byte that was parsed; 0 where it stands on none.
    pub line: usize,
    /// Whether a tab stood between the value and the end of its line, which is legal (RFC 9110, section 5.6.3).
    pub has_tab_behind: bool,
}

/// What a strict reader of heads would refuse or repair.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Irregularity {
    /// A line that ends in LF alone.
    BareLf,
    /// A CR that no LF follows. It stays part of its line.
    BareCr,
    /// A line that continues the one before it; joined to it by one space.
    Folded,
    /// A space or tab between a field's name and its colon.
    SpaceBeforeColon,
    /// A space or tab before the first field.
    SpaceBeforeFirstField,
    /// A line without a colon; its text. It became no field.
    NoColon(Vec<u8>),
    /// A field name that is no token; its text.
    InvalidName(Vec<u8>),
    /// The first control character of the line other than CR, LF and tab.
    Control(u8),
    /// The input ended before the empty line.
    Unterminated,
    /// Empty lines before the start line of a response, of this many bytes.
    EmptyLines(usize),
}

/// How much of a head was seen; each shows less than the one after it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Fidelity {
    /// Fields found here and there: one that is absent may have been sent, and so may the start line.
    Partial,
    /// The start line, the field lines and the empty line that ends them, one after the other: what is absent was not sent.
    /// Line endings are the editor's, and what stood behind the head is not known.
    Complete,
    /// Every byte, as it was sent.
    Bytes,
}

/// What a form of capture leaves open about a head, so that there can be no verdict on it.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Unclear {
    /// A field that may be sent once was shown twice, which may be the capture's doing; its name.
    Repeated(&'static str),
    /// A line of the capture, inside the head, that is no field line; its number.
    Line(usize),
    /// A line of the capture, inside the head, may not show what was sent as it was sent; its number.
    Inexact(usize),
    /// A line of the capture, inside the head, that somebody may have edited: blacked out, with a comment, a mark; its number, or 0 where
    /// the capture has no lines.
    Edited(usize),
    /// A line of the capture that may show another value of one of its fields; its number.
    OtherValue(usize),
    /// A line of the capture, before the head, that belongs to nothing; its number.
    Before(usize),
    /// A line of the capture, behind a 101, that begins a response to another request: right on another connection alone; its
    /// number.
    Behind(usize),
    /// Bytes that are no frame of a server stand in a dump behind a 101: sent there, by either side, or left in a buffer; the line on
    /// which the dump begins.
    NoFrame(usize),
    /// No head is sent as this one is shown: the name of a field is no token, or there are control characters.
    Syntax,
    /// The browser that made the capture reports an error of the connection; its words.
    Reported(String),
    /// The key or the accept value stands under a name of somebody's own.
    OwnName,
    /// A browser shows no key: it has none over HTTP/2, where it shows an extended CONNECT (RFC 8441) as if it were a GET.
    NoKey,
    /// The capture ended inside the head.
    CutOff,
    /// A packet of the capture sends a part of the head again, or of what stands behind it, with other bytes; its number.
    SentAgain(u64),
}

/// Which of the two heads of an exchange it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Kind {
    /// The client's.
    Request,
    /// The server's.
    Response,
}

/// The head of a request or a response (RFC 9112, section 2.1).
///
/// ```
/// use wskey::head::Head;
///
/// let head = Head::parse(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
/// assert!(head.is_complete());
/// assert_eq!(head.status(), Some(101));
/// assert_eq!(head.get("upgrade"), Some(&b"websocket"[..]));
/// assert_eq!(head.irregularities, []);
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Head {
    /// The start line, without its line ending; empty where it was not seen.
    pub start_line: Vec<u8>,
    /// The fields, in their order.
    pub fields: Vec<Field>,
    /// Each irregularity with its line, counted as in [`Field::line`]; at most one of a kind for each line.
    pub irregularities: Vec<(usize, Irregularity)>,
    /// The line on which it begins, counted from 1 at the first byte that was parsed; 0 where it stands on none.
    pub line: usize,
    /// How many bytes the head took, the empty line included; 0 for a head that was not parsed from bytes.
    pub len: usize,
    /// How much of the head was seen.
    pub fidelity: Fidelity,
    /// What the capture leaves open; empty for a head that was parsed from bytes.
    pub unclear: Vec<Unclear>,
    /// Whether the capture shows a dot in place of each byte that it cannot print: behind a dot of a value may be any.
    pub has_dots: bool,
    /// Whether the capture has the escapes of colours, which were left out: one of them may have been sent.
    pub has_colours: bool,
    /// Whether the capture shows that it has to do with WebSocket, be it in a field that was left out, since it may not be what was sent.
    pub shows_websocket: bool,
}

/// A request, the response to it, or one of them alone.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Exchange {
    /// What the client sent.
    pub request: Option<Head>,
    /// What the server answered.
    pub response: Option<Head>,
    /// How it is known that the response is this request's.
    pub pairing: Pairing,
    /// How many interim responses came before the final one (RFC 9110, section 15.2).
    pub interim: usize,
    /// What was seen behind the head of a 101; of a response that was cut off, how its stream ended.
    pub behind: Option<Behind>,
    /// The beginning of the body of a response that is no 101, out of its chunks; none where nobody looked for it.
    pub body: Option<Vec<u8>>,
    /// What stands before its request in a log that names connections or clients, beside times; empty where nothing does.
    pub label: Vec<u8>,
    /// Whether the request is no more than a key that somebody gave who knows it: what it lacks is taken for right.
    pub is_key_given: bool,
    /// Whether the request was sent over TLS; none where nothing tells.
    pub is_over_tls: Option<bool>,
    /// What was seen of it on the other side of a proxy; none where nobody looked there.
    pub far: Option<Box<FarSide>>,
    /// What the server knows that got the request; none where nothing but the bytes was seen.
    pub reception: Option<Reception>,
    /// The connection over which it went, where the capture has packets.
    pub flow: Option<Box<Flow>>,
    /// Which of several captures its response stands in, counted from 0, where that is another than the request's.
    pub answered_in: Option<usize>,
}

/// What a server knows of a request beyond its bytes, since it serves the connections.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Reception {
    /// Whether a request over another connection had the same key.
    pub is_key_used: bool,
    /// How many bytes came behind the request before it was answered.
    pub early: usize,
}

/// A connection of a capture, and where in the capture an exchange began on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Flow {
    /// Who sent the request.
    pub client: SocketAddr,
    /// Who answered it.
    pub server: SocketAddr,
    /// The packet in which the request began, counted from 1; that of the response where no request was seen.
    pub packet: u64,
    /// When that was captured, since the beginning of 1970 (UTC); none where the capture does not tell.
    pub time: Option<Duration>,
    /// The packet in which the response began; none where none was seen.
    pub answered: Option<u64>,
    /// When that was captured.
    pub answered_at: Option<Duration>,
}

impl fmt::Display for Flow {
    /// As `127.0.0.1:5123 > 127.0.0.1:8080`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} > {}", self.client, self.server)
    }
}

/// What was seen of an exchange on the other side of a proxy, where the server is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "each is asked for by itself")]
pub struct FarSide {
    /// Where that is: an address, as it may be shown.
    pub place: String,
    /// The request that arrived there; none where none did.
    pub request: Option<Head>,
    /// What the server answered there.
    pub response: Option<Head>,
    /// How many interim responses the server sent before that.
    pub interim: usize,
    /// Whether the server there selects a subprotocol wherever one is offered, so that none shows that none arrived.
    pub is_choosing: bool,
    /// How many times the request arrived.
    pub times: usize,
    /// Whether the client's Close frame came through behind the 101; nothing where that is not known.
    pub has_frame: Option<bool>,
    /// Whether a frame that the server sent behind it came back to the client: the answer to that Close frame, or where the key is another
    /// on each side, and the proxy may answer it itself, one that says whose it is; nothing where that is not known.
    pub has_frame_back: Option<bool>,
    /// Whether the message came through that the client sent behind the server's; nothing where it sent none, or that is not known.
    pub has_message: Option<bool>,
    /// Whether the message came back that the server sent in one segment with its 101, before the client's Close frame went; nothing where it
    /// sent none, or that is not known.
    pub has_first_back: Option<bool>,
    /// Whether the end of the connection came back to the client behind the server's Close frame; nothing where that is not known.
    pub has_end_back: Option<bool>,
    /// Whether it is not known of some frame whether it came through that should have, and no other shows it.
    pub is_frame_unknown: bool,
    /// How many requests arrived meanwhile that are no handshakes: a proxy's health checks, or what it made of this one.
    pub plain: usize,
    /// Whether other requests arrived, of which one may be this one.
    pub is_uncertain: bool,
    /// Whether a request of the proxy's own, which carries Upgrade too, may be what was answered, or its answer what fails this one.
    pub is_asked_alike: bool,
    /// The requests that the proxy made of its own beside this one, such as a question whether this one may pass, which were answered
    /// with 200: one of each path.
    pub asked: Vec<Head>,
}

/// How it is known which response is whose.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum Pairing {
    /// By the accept value, by the connection, or because no other request was open.
    #[default]
    Certain,
    /// This number of requests was open, and none of as many responses is right: which one this request got does not matter.
    OneOf(usize),
    /// This number of requests with the same key was open, as on both sides of a proxy, and none of as many responses is right.
    SameKey(usize),
    /// By the accept value; but by the connections that a log names it is another request's, or it stands before its request.
    Contradicted,
    /// By the accept value; but another response stands between the two, and no other request is there for it.
    AfterAnother,
    /// Not known: what came next stands behind another name, or in another part of the capture.
    Apart,
    /// This number of requests was open: whether one of the responses is this request's cannot be told.
    Unknown(usize),
}

/// How the length of a body is told (RFC 9112, section 6.3).
#[derive(Clone, Copy)]
pub(crate) enum BodyLength {
    /// By its chunks.
    Chunked,
    /// By the number of its bytes.
    Bytes(usize),
}

impl BodyLength {
    /// What the head says of it; nothing where it does not.
    pub(crate) fn of(head: &Head) -> Option<Self> {
        if head.tokens("Transfer-Encoding").any(|coding| coding.eq_ignore_ascii_case(b"chunked")) {
            return Some(Self::Chunked);
        }
        str::from_utf8(head.get_all("Content-Length").next()?).ok()?.parse().ok().map(Self::Bytes)
    }

    /// How many of these bytes the body takes.
    pub(crate) fn within(self, bytes: &[u8]) -> usize {
        match self {
            Self::Chunked => chunked(bytes, |_| ()),
            Self::Bytes(length) => length.min(bytes.len()),
        }
    }
}

/// What was seen behind the head of a response.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Behind {
    /// The bytes, or the first of them.
    pub bytes: Vec<u8>,
    /// Whether the client's bytes may stand among them.
    pub is_mixed: bool,
    /// How the stream went on.
    pub end: StreamEnd,
}

/// How a stream went on behind the bytes that were seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum StreamEnd {
    /// Nobody looked: a file ends here.
    Unseen,
    /// It was still open when it was looked at last.
    Open,
    /// The server ended it before the client did.
    Server,
}

impl Field {
    /// A field with this name and this value, which have no spaces and tabs around them, on this line.
    pub fn new(name: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>, line: usize) -> Self {
        Self { name: name.into(), value: value.into(), line, has_tab_behind: false }
    }
}

impl Behind {
    /// What the server sent behind its head, and how its stream went on.
    #[must_use]
    pub fn new(bytes: Vec<u8>, end: StreamEnd) -> Self {
        Self { bytes, is_mixed: false, end }
    }
}

impl FarSide {
    /// What was seen at this place: nothing yet.
    pub fn new(place: impl Into<String>) -> Self {
        Self { place: place.into(), ..Self::default() }
    }
}

impl Exchange {
    /// An exchange of these heads; none for one that was not seen.
    #[must_use]
    pub fn new(request: Option<Head>, response: Option<Head>) -> Self {
        Self { request, response, ..Self::default() }
    }

    /// The heads that were seen, the request first.
    pub fn heads(&self) -> impl Iterator<Item = (Kind, &Head)> {
        let Self { request, response, .. } = self;
        [(Kind::Request, request), (Kind::Response, response)].into_iter().filter_map(|(kind, head)| Some((kind, head.as_ref()?)))
    }
}

impl Head {
    /// A head that was put together from something other than its bytes, such as a log or a HAR file.
    #[must_use]
    pub fn from_fields(start_line: impl Into<Vec<u8>>, fields: Vec<Field>, fidelity: Fidelity) -> Self {
        Self {
            start_line: start_line.into(),
            fields,
            irregularities: Vec::new(),
            line: 0,
            len: 0,
            fidelity,
            unclear: Vec::new(),
            has_dots: false,
            has_colours: false,
            shows_websocket: false,
        }
    }

    /// Reads one head from the beginning of `bytes`, up to and including its empty line.
    ///
    /// It never fails: what is irregular is read as well as it can be, and listed in [`Head::irregularities`]. Empty lines
    /// before the start line are skipped (RFC 9112, section 2.2). Time and memory are proportional to the head; the caller
    /// bounds the bytes.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Self {
        let mut head = Self::from_fields([], Vec::new(), Fidelity::Bytes);
        let mut number = 0;
        loop {
            let rest = bytes.get(head.len..).unwrap_or_default();
            if rest.is_empty() {
                head.irregularities.push((number.max(1), Irregularity::Unterminated));
                return head;
            }
            number += 1;
            let end = rest.iter().position(|&b| b == b'\n');
            let text = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
            head.len += end.map_or(rest.len(), |end| end + 1);
            // A CR at the very end of the input may be half a line ending: the head is cut off there.
            let stripped = text.strip_suffix(b"\r");
            let bare_lf = end.is_some() && stripped.is_none();
            let text = stripped.unwrap_or(text);
            if text.is_empty() && head.start_line.is_empty() {
                continue;
            }
            if bare_lf {
                head.irregularities.push((number, Irregularity::BareLf));
            }
            if !text.is_empty() {
                head.read_line(number, text);
            } else if end.is_some() {
                return head;
            }
        }
    }

    /// Takes in one line that is not empty.
    fn read_line(&mut self, number: usize, text: &[u8]) {
        if text.contains(&b'\r') {
            self.irregularities.push((number, Irregularity::BareCr));
        }
        if let Some(&byte) = text.iter().find(|b| b.is_ascii_control() && !b"\r\t".contains(b)) {
            self.irregularities.push((number, Irregularity::Control(byte)));
        }
        if self.start_line.is_empty() {
            self.start_line = text.to_vec();
            self.line = number;
            return;
        }
        if let [b' ' | b'\t', ..] = text {
            // RFC 9112, sections 2.2 and 5.2: before the first field it may hide a field, later it folds one.
            if let Some(field) = self.fields.last_mut() {
                self.irregularities.push((number, Irregularity::Folded));
                let more = trim_ows(text);
                if !more.is_empty() && !field.value.is_empty() {
                    field.value.push(b' ');
                }
                field.value.extend_from_slice(more);
                return;
            }
            self.irregularities.push((number, Irregularity::SpaceBeforeFirstField));
        }
        self.read_field(number, text);
    }

    /// Takes in one field line.
    fn read_field(&mut self, number: usize, text: &[u8]) {
        // The names that HTTP/2 puts in place of the start line begin with a colon.
        let colon = text.iter().skip(1).position(|&b| b == b':').map(|at| at + 1);
        let Some((written, value)) = colon.or(text.iter().position(|&b| b == b':')).and_then(|at| text.split_at_checked(at))
        else {
            self.irregularities.push((number, Irregularity::NoColon(text.to_vec())));
            return;
        };
        let name = trim_ows(written);
        if written.ends_with(b" ") || written.ends_with(b"\t") {
            self.irregularities.push((number, Irregularity::SpaceBeforeColon));
        }
        if !is_token(name) {
            self.irregularities.push((number, Irregularity::InvalidName(name.to_vec())));
        }
        let written = value.strip_prefix(b":").unwrap_or_default();
        let value = trim_ows(written);
        let is_behind = |b: &&u8| matches!(b, b' ' | b'\t');
        let has_tab_behind = !value.is_empty() && written.iter().rev().take_while(is_behind).any(|&b| b == b'\t');
        self.fields.push(Field { has_tab_behind, ..Field::new(name, value, number) });
    }

    /// The beginning of the body, at most 16 KiB of it, out of the bytes that stand behind this head of a response.
    ///
    /// ```
    /// use wskey::head::Head;
    ///
    /// let head = Head::parse(b"HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n");
    /// assert_eq!(head.body(b"3\r\nno \r\n3\r\nkey\r\n0\r\n\r\n"), b"no key");
    /// ```
    #[must_use]
    pub fn body(&self, behind: &[u8]) -> Vec<u8> {
        let mut body = Vec::new();
        match BodyLength::of(self) {
            Some(BodyLength::Chunked) => {
                chunked(behind, |chunk| body.extend(chunk.iter().take(MOST_BODY - body.len())));
            }
            Some(length) => body.extend(behind.iter().take(length.within(behind).min(MOST_BODY))),
            None => body.extend(behind.iter().take(MOST_BODY)),
        }
        body
    }

    /// Whether all of it was seen, up to the empty line that ends it. When reading from a socket, go on until it is true.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.fidelity >= Fidelity::Complete && !self.is_cut()
    }

    /// Whether another response follows this one (RFC 9110, section 15.2); in HTTP/1.1, 101 is final.
    pub(crate) fn is_interim(&self) -> bool {
        matches!(self.status(), Some(100 | 102..200))
    }

    /// Whether it ended before its empty line: then its last line may be the beginning of another, and no more is known.
    pub(crate) fn is_cut(&self) -> bool {
        let is_unterminated = |(_, irregularity): &(usize, Irregularity)| *irregularity == Irregularity::Unterminated;
        self.irregularities.iter().any(is_unterminated) || self.unclear.contains(&Unclear::CutOff)
    }

    /// Whether a value that it has may be other than what was sent.
    pub(crate) fn is_inexact(&self) -> bool {
        self.unclear
            .iter()
            .any(|unclear| matches!(unclear, Unclear::Inexact(_) | Unclear::Edited(_) | Unclear::Line(_) | Unclear::OwnName))
    }

    /// Whether the capture may show one line with this field twice, or one that is another head's.
    pub(crate) fn may_show_twice(&self, name: &str) -> bool {
        self.fidelity == Fidelity::Partial && self.get_all(name).count() > 1
    }

    /// The value of the field of this name, in any letter case, if there is exactly one.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        let mut all = self.get_all(name);
        let value = all.next()?;
        all.next().is_none().then_some(value)
    }

    /// The values of all fields of this name, in any letter case, in their order.
    pub fn get_all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.fields
            .iter()
            .filter(move |field| field.name.eq_ignore_ascii_case(name.as_bytes()))
            .map(|field| field.value.as_slice())
    }

    /// Whether there is a field of this name, in any letter case.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.get_all(name).next().is_some()
    }

    /// The members of a list, over all fields of this name (RFC 9110, section 5.6.1): trimmed, empty ones left out.
    pub fn tokens<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.get_all(name).flat_map(|value| value.split(|&b| b == b',')).map(trim_ows).filter(|member| !member.is_empty())
    }

    /// Whether it is the head of a request or of a response: that of a response begins with a version, or has HTTP/2's
    /// `:status`.
    #[must_use]
    pub fn kind(&self) -> Kind {
        if is_version(&self.start_line) || self.get(":status").is_some() { Kind::Response } else { Kind::Request }
    }

    /// Whether it is of HTTP/2 or later: its start line says so, or it has fields such as `:path` in place of one.
    #[must_use]
    pub fn is_http2(&self) -> bool {
        let major = self.version().and_then(|version| version.get(5));
        major.map_or(self.fields.iter().any(|field| field.name.starts_with(b":")), |digit| matches!(digit, b'2'..=b'9'))
    }

    /// The status code: three digits after the version, or in HTTP/2's `:status`.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        let word = self.start_line.split(|&b| b == b' ').nth(1).filter(|_| is_version(&self.start_line));
        let digits = word.or(self.get(":status")).filter(|digits| digits.len() == 3 && digits.iter().all(u8::is_ascii_digit))?;
        std::str::from_utf8(digits).ok()?.parse().ok()
    }

    /// The method of a request: its first word, or HTTP/2's `:method`.
    #[must_use]
    pub fn method(&self) -> Option<&[u8]> {
        let word = self.start_line.split(|&b| b == b' ').next();
        word.filter(|word| !word.is_empty() && !is_version(word)).or(self.get(":method"))
    }

    /// The target of a request: what stands between the method and the version, or HTTP/2's `:path`.
    #[must_use]
    pub fn target(&self) -> Option<&[u8]> {
        if self.start_line.is_empty() {
            return self.get(":path");
        }
        let behind = self.start_line.get(self.method()?.len() + 1..)?;
        match self.version() {
            Some(version) => behind.len().checked_sub(version.len() + 1).and_then(|len| behind.get(..len)),
            None => Some(behind),
        }
    }

    /// The version, such as `HTTP/1.1`: the last word of a request, the first of a response.
    #[must_use]
    pub fn version(&self) -> Option<&[u8]> {
        let mut words = self.start_line.split(|&b| b == b' ');
        if is_version(&self.start_line) { words.next() } else { words.next_back().filter(|word| is_version(word)) }
    }
}

fn is_version(text: &[u8]) -> bool {
    text.get(..5).is_some_and(|start| start.eq_ignore_ascii_case(b"HTTP/"))
}

/// Whether a text may be the name of a field (a token: RFC 9110, section 5.6.2).
///
/// ```
/// assert!(wskey::head::is_token(b"Sec-WebSocket-Key"));
/// assert!(!wskey::head::is_token(b"Sec-WebSocket-Key "));
/// ```
#[must_use]
pub fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(b))
}

/// A text without the spaces and tabs around it, which are not part of a field's value (OWS: RFC 9110, sections 5.5 and 5.6.3).
///
/// ```
/// assert_eq!(wskey::head::trim_ows(b" \tchat\r\t "), b"chat\r");
/// ```
#[must_use]
pub fn trim_ows(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}
