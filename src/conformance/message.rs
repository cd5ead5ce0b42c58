//! A message byte for byte, to be altered: a request or a response as a peer would send it, and then wrong in one way.

use crate::handshake::{Accept, Key};
use crate::head::{ACCEPT, Fidelity, Field, Head, KEY, PROTOCOL, VERSION, trim_ows};

/// A request or a response as it is sent, byte for byte: right, until it is altered.
///
/// ```
/// use wskey::{Key, conformance::Message};
///
/// let key = Key::parse(b"dGhlIHNhbXBsZSBub25jZQ==")?;
/// let mut request = Message::request(false, "server.example.com", "/chat", key);
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
/// # Ok::<(), wskey::ParseError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Message {
    /// Whether it goes over TLS, which is the scheme of its origin.
    pub secure: bool,
    /// What is sent before the start line.
    pub before: &'static [u8],
    /// The words of the start line, which are written with one space between: of a request the method, the target and the
    /// version, of a response the version, the status and the reason phrase.
    pub start_line: Vec<Vec<u8>>,
    /// The field lines, in their order.
    pub fields: Vec<FieldLine>,
    /// What ends each line.
    pub line_ending: &'static [u8],
    /// What is sent after the head, together with it: a body, or a frame.
    pub after: Vec<u8>,
    /// How it is sent.
    pub delivery: Delivery,
    /// Of a response, the request that it answers.
    pub answers: Option<Box<Head>>,
}

/// One field line of a [`Message`], in three parts that are written one after the other.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct FieldLine {
    /// The name.
    pub name: Vec<u8>,
    /// The colon, and the white space around it.
    pub colon: &'static [u8],
    /// The value, and the white space after it.
    pub value: Vec<u8>,
}

/// How a [`Message`] is sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Delivery {
    /// In one piece.
    Whole,
    /// The head one byte at a time.
    ByteByByte,
    /// In one piece, three times, each on a connection of its own: the same twice, then with another key.
    SameThenAnother,
    /// In one piece, and then the end of the connection.
    ThenEnd,
    /// The first half, and then the end of the connection.
    HalfThenEnd,
    /// The end of the connection, and nothing before it.
    End,
    /// Not at all, though the connection stays.
    Never,
}

impl FieldLine {
    /// A field line as it is usually written.
    pub fn new(name: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), colon: b": ", value: value.into() }
    }

    /// Whether it is of the field of this name, in any letter case.
    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }
}

impl Message {
    /// A client's opening handshake (RFC 6455, section 4.1), with the fields that it must have.
    #[must_use]
    pub fn request(secure: bool, host: &str, target: &str, key: Key) -> Self {
        Self {
            secure,
            before: b"",
            start_line: ["GET", target, "HTTP/1.1"].map(|word| word.as_bytes().to_vec()).into(),
            fields: vec![
                FieldLine::new("Host", host),
                FieldLine::new("Upgrade", "websocket"),
                FieldLine::new("Connection", "Upgrade"),
                FieldLine::new(KEY, key.as_str()),
                FieldLine::new(VERSION, "13"),
            ],
            line_ending: b"\r\n",
            after: Vec::new(),
            delivery: Delivery::Whole,
            answers: None,
        }
    }

    /// The response to a client's opening handshake (RFC 6455, section 4.2.2) that accepts it, with the first subprotocol that is
    /// requested and without extensions; nothing where the request has no key.
    #[must_use]
    pub fn response(secure: bool, request: &Head) -> Option<Self> {
        let accept = Accept::of(request.get(KEY)?);
        let subprotocol = request.tokens(PROTOCOL).find(|name| !name.is_empty());
        let fields = [("Upgrade", "websocket"), ("Connection", "Upgrade"), (ACCEPT, accept.as_str())];
        let fields = fields.map(|(name, value)| FieldLine::new(name, value)).into_iter();
        Some(Self {
            secure,
            before: b"",
            start_line: ["HTTP/1.1", "101", "Switching Protocols"].map(|word| word.as_bytes().to_vec()).into(),
            fields: fields.chain(subprotocol.map(|name| FieldLine::new(PROTOCOL, name))).collect(),
            line_ending: b"\r\n",
            after: Vec::new(),
            delivery: Delivery::Whole,
            answers: Some(Box::new(request.clone())),
        })
    }

    /// A refusal without a body, after which the connection ends.
    #[must_use]
    pub fn refusal(status: &str, reason: &str) -> Self {
        Self {
            secure: false,
            before: b"",
            start_line: ["HTTP/1.1", status, reason].map(|word| word.as_bytes().to_vec()).into(),
            fields: vec![FieldLine::new("Connection", "close"), FieldLine::new("Content-Length", "0")],
            line_ending: b"\r\n",
            after: Vec::new(),
            delivery: Delivery::ThenEnd,
            answers: None,
        }
    }

    /// The bytes that are sent.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = [self.before, &self.start_line.join(&b' '), self.line_ending].concat();
        for line in &self.fields {
            for part in [&line.name, line.colon, &line.value, self.line_ending] {
                bytes.extend_from_slice(part);
            }
        }
        bytes.extend_from_slice(self.line_ending);
        bytes.extend_from_slice(&self.after);
        bytes
    }

    /// The bytes that reach a peer, of one that is not sent whole.
    #[must_use]
    pub fn delivered(&self) -> Vec<u8> {
        let mut bytes = self.to_bytes();
        match self.delivery {
            Delivery::HalfThenEnd => bytes.truncate(bytes.len() / 2),
            Delivery::End | Delivery::Never => bytes.clear(),
            _ => {}
        }
        bytes
    }

    /// The request that a server takes it for where it accepts it: what it answers is judged against this, whatever is
    /// irregular about the bytes.
    #[must_use]
    pub fn as_accepted(&self) -> Head {
        // Folds and line endings around a value are not part of it, nor is a space before a name.
        let field = |line: &FieldLine| Field::new(line.name.trim_ascii(), line.value.trim_ascii(), 0);
        let target = self.start_line.get(1).map(Vec::as_slice).unwrap_or_default();
        let start_line = [b"GET ", target, b" HTTP/1.1"].concat();
        Head::from_fields(start_line, self.fields.iter().map(field).collect(), Fidelity::Bytes)
    }

    /// The first value of this field, without the spaces and tabs around it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.fields.iter().find(|line| line.is(name)).map(|line| trim_ows(&line.value))
    }

    /// Gives this field one value, in the place of all it had, or at the end.
    pub fn set(&mut self, name: &str, value: impl Into<Vec<u8>>) {
        let at = self.fields.iter().position(|line| line.is(name)).unwrap_or(self.fields.len());
        self.remove(name);
        self.fields.insert(at, FieldLine::new(name, value));
    }

    /// Adds a line of this field, after those it has, or at the end.
    pub fn add(&mut self, name: &str, value: impl Into<Vec<u8>>) {
        let at = self.fields.iter().rposition(|line| line.is(name)).map_or(self.fields.len(), |at| at + 1);
        self.fields.insert(at, FieldLine::new(name, value));
    }

    /// Takes out all lines of this field.
    pub fn remove(&mut self, name: &str) {
        self.fields.retain(|line| !line.is(name));
    }

    /// Adds the first line of this field once more.
    pub fn repeat(&mut self, name: &str) {
        if let Some(value) = self.get(name).map(<[u8]>::to_vec) {
            self.add(name, value);
        }
    }

    /// Changes every line of this field.
    pub fn alter(&mut self, name: &str, change: impl Fn(&mut FieldLine)) {
        self.fields.iter_mut().filter(|line| line.is(name)).for_each(change);
    }
}
