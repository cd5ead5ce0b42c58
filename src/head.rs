//! Bytes to a request head or a response head: first line, fields in order, and what was odd and where.

/// The fields of the handshake (RFC 6455, section 11.3).
pub(crate) const KEY: &str = "Sec-WebSocket-Key";
pub(crate) const ACCEPT: &str = "Sec-WebSocket-Accept";
pub(crate) const VERSION: &str = "Sec-WebSocket-Version";
pub(crate) const PROTOCOL: &str = "Sec-WebSocket-Protocol";
pub(crate) const EXTENSIONS: &str = "Sec-WebSocket-Extensions";

/// One field line (RFC 9112, section 5).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Field {
    /// The name as it was written, without blanks around it.
    pub name: Vec<u8>,
    /// The value without the blanks and tabs around it (RFC 9110, section 5.5).
    pub value: Vec<u8>,
    /// The line that the field began on, counted from 1 at the first byte that was parsed.
    pub line: usize,
}

/// What a strict reader of heads would refuse or repair.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Oddity {
    /// A line that ends in LF alone.
    BareLf,
    /// A CR that no LF follows. It stays part of its line.
    BareCr,
    /// A line that continues the one before it; joined to it by one blank.
    Folded,
    /// A blank or tab between a field's name and its colon.
    BlankBeforeColon,
    /// A blank or tab before the first field.
    BlankBeforeFirst,
    /// A line without a colon; its text. It became no field.
    NoColon(Vec<u8>),
    /// A field name that is no token: its text.
    BadName(Vec<u8>),
    /// The first control character of the line other than CR, LF and tab.
    Control(u8),
    /// The input ended before the empty line.
    Unterminated,
}

/// How much of a head could be seen; each form tells less than the one after it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Seen {
    /// Some fields alone: one that is absent may have been there, and so may the first line.
    Part,
    /// All fields, but not their order, their line ends, or whether one stood there twice.
    Copied,
    /// Every byte, as it went over the wire.
    Wire,
}

/// A request head or a response head (RFC 9112, section 2.1).
///
/// ```
/// use wskey::Head;
///
/// let head = Head::parse(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
/// assert_eq!(head.status(), Some(101));
/// assert_eq!(head.one("upgrade"), Some(&b"websocket"[..]));
/// assert_eq!(head.odd, []);
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Head {
    /// The first line, without its line ending; empty where it was not seen.
    pub first: Vec<u8>,
    /// The fields, in their order.
    pub fields: Vec<Field>,
    /// What was odd, with the line, counted as in [`Field::line`]; of one kind at most once a line.
    pub odd: Vec<(usize, Oddity)>,
    /// How many bytes the head took, the empty line included; 0 for a head that was not parsed from bytes.
    pub len: usize,
    /// How much of the head could be seen.
    pub seen: Seen,
}

/// A request, the answer to it, or one of them alone.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Exchange {
    /// What the client sent.
    pub request: Option<Head>,
    /// What the server answered.
    pub response: Option<Head>,
}

impl Head {
    /// Reads one head from the beginning of `bytes`, up to and including its empty line.
    ///
    /// It never fails: what is odd is kept as well as it can be read, and told in [`Head::odd`]. Empty lines before the
    /// first line are skipped (RFC 9112, section 2.2). Time and memory are proportional to the head; who calls it bounds
    /// the bytes.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Self {
        let mut head = Self { first: Vec::new(), fields: Vec::new(), odd: Vec::new(), len: 0, seen: Seen::Wire };
        let mut number = 0;
        loop {
            let rest = bytes.get(head.len..).unwrap_or_default();
            if rest.is_empty() {
                head.odd.push((number.max(1), Oddity::Unterminated));
                return head;
            }
            number += 1;
            let end = rest.iter().position(|&b| b == b'\n');
            let text = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
            head.len += end.map_or(rest.len(), |end| end + 1);
            // A CR at the very end of the input may be half a line ending: the head is cut off there anyway.
            let stripped = text.strip_suffix(b"\r");
            let bare_lf = end.is_some() && stripped.is_none();
            let text = stripped.unwrap_or(text);
            if text.is_empty() && head.first.is_empty() {
                continue;
            }
            if bare_lf {
                head.odd.push((number, Oddity::BareLf));
            }
            if text.is_empty() {
                return head;
            }
            head.line(number, text);
        }
    }

    /// Takes in one line that is not empty.
    fn line(&mut self, number: usize, text: &[u8]) {
        if text.contains(&b'\r') {
            self.odd.push((number, Oddity::BareCr));
        }
        if let Some(&byte) = text.iter().find(|b| b.is_ascii_control() && !b"\r\t".contains(b)) {
            self.odd.push((number, Oddity::Control(byte)));
        }
        if self.first.is_empty() {
            self.first = text.to_vec();
            return;
        }
        if let [b' ' | b'\t', ..] = text {
            // RFC 9112, sections 2.2 and 5.2: before the first field it may hide a field, later it folds one.
            if let Some(field) = self.fields.last_mut() {
                self.odd.push((number, Oddity::Folded));
                let more = trim(text);
                if !more.is_empty() && !field.value.is_empty() {
                    field.value.push(b' ');
                }
                field.value.extend_from_slice(more);
                return;
            }
            self.odd.push((number, Oddity::BlankBeforeFirst));
        }
        // The names that HTTP/2 puts in place of the first line begin with a colon.
        let colon = text.iter().skip(1).position(|&b| b == b':').map(|at| at + 1);
        let Some((written, value)) = colon.or(text.iter().position(|&b| b == b':')).and_then(|at| text.split_at_checked(at))
        else {
            self.odd.push((number, Oddity::NoColon(text.to_vec())));
            return;
        };
        let name = trim(written);
        if written.ends_with(b" ") || written.ends_with(b"\t") {
            self.odd.push((number, Oddity::BlankBeforeColon));
        }
        if !is_token(name) {
            self.odd.push((number, Oddity::BadName(name.to_vec())));
        }
        let value = trim(value.strip_prefix(b":").unwrap_or_default());
        self.fields.push(Field { name: name.to_vec(), value: value.to_vec(), line: number });
    }

    /// The values of all fields of this name, whatever its letter case, in their order.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.fields
            .iter()
            .filter(move |field| field.name.eq_ignore_ascii_case(name.as_bytes()))
            .map(|field| field.value.as_slice())
    }

    /// The value of the field of this name, if there is exactly one.
    #[must_use]
    pub fn one(&self, name: &str) -> Option<&[u8]> {
        let mut all = self.all(name);
        let value = all.next()?;
        all.next().is_none().then_some(value)
    }

    /// The members of a list, over all fields of this name (RFC 9110, section 5.6.1): trimmed, empty ones left out.
    pub fn list<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.all(name).flat_map(|value| value.split(|&b| b == b',')).map(trim).filter(|member| !member.is_empty())
    }

    /// Whether it is a response's head: its first line begins with a version, or it has HTTP/2's `:status`.
    #[must_use]
    pub fn is_response(&self) -> bool {
        is_version(&self.first) || self.one(":status").is_some()
    }

    /// Whether it is of HTTP/2 or later: its first line says so, or it has fields such as `:path` in place of one.
    #[must_use]
    pub fn is_http2(&self) -> bool {
        let major = self.version().and_then(|version| version.get(5));
        major.map_or(self.fields.iter().any(|field| field.name.starts_with(b":")), |digit| matches!(digit, b'2'..=b'9'))
    }

    /// The status code: three digits behind the version, or in HTTP/2's `:status`.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        let word = self.first.split(|&b| b == b' ').nth(1).filter(|_| is_version(&self.first));
        let digits = word.or(self.one(":status")).filter(|digits| digits.len() == 3 && digits.iter().all(u8::is_ascii_digit))?;
        std::str::from_utf8(digits).ok()?.parse().ok()
    }

    /// The method of a request: its first word, or HTTP/2's `:method`.
    #[must_use]
    pub fn method(&self) -> Option<&[u8]> {
        let word = self.first.split(|&b| b == b' ').next();
        word.filter(|word| !word.is_empty() && !is_version(word)).or(self.one(":method"))
    }

    /// The target of a request: what stands between the method and the version, or HTTP/2's `:path`.
    #[must_use]
    pub fn target(&self) -> Option<&[u8]> {
        if self.first.is_empty() {
            return self.one(":path");
        }
        let behind = self.first.get(self.method()?.len() + 1..)?;
        match self.version() {
            Some(version) => behind.len().checked_sub(version.len() + 1).and_then(|len| behind.get(..len)),
            None => Some(behind),
        }
    }

    /// The version, such as `HTTP/1.1`: the last word of a request, the first of a response.
    #[must_use]
    pub fn version(&self) -> Option<&[u8]> {
        let mut words = self.first.split(|&b| b == b' ');
        if is_version(&self.first) { words.next() } else { words.next_back().filter(|word| is_version(word)) }
    }
}

fn is_version(text: &[u8]) -> bool {
    text.get(..5).is_some_and(|start| start.eq_ignore_ascii_case(b"HTTP/"))
}

/// RFC 9110, section 5.6.2.
pub(crate) fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(b))
}

/// A text without the blanks and tabs around it, which are not part of a field's value (RFC 9110, section 5.5).
///
/// ```
/// assert_eq!(wskey::trim(b" \tchat\r\t "), b"chat\r");
/// ```
#[must_use]
pub fn trim(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}
