//! Bytes that were sent and received, without credentials: these are taken out before anything quotes, cuts or shows the bytes.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use std::collections::BTreeSet;
use std::iter;
use std::ops::Range;
use wskey::head::{Exchange, Head, Irregularity};

/// What the name of a field has in it whose value is nobody else's business.
const SECRET: [&str; 13] = [
    "authorization",
    "cookie",
    "token",
    "secret",
    "password",
    "credential",
    "signature",
    "jwt",
    "api-key",
    "api_key",
    "apikey",
    "access-key",
    "auth-key",
];

/// Names of query parameters that are such.
const SECRET_PARAMETERS: [&str; 14] = [
    "access_key",
    "auth",
    "bearer",
    "jsessionid",
    "pass",
    "passwd",
    "phpsessid",
    "pwd",
    "session",
    "session_id",
    "sessionid",
    "sid",
    "sig",
    "ticket",
];

const REDACTED: &[u8] = b"<redacted>";

/// How many bytes of credentials of a capture are looked for in all of it; those of an exchange are in that.
const MOST_BYTES: usize = 256 * 1024;

/// How many first bytes of a credential tell it from others: sorting a long one of many equal parts takes time.
const SORTED: usize = 1024;

/// More of a credential is hidden, though the request has it elsewhere too.
const LONGEST_PUBLIC: usize = 64;

/// No chunk line and no tag inside a credential is longer.
const LONGEST_GAP: usize = 64;

/// Less of a credential is in every text by chance; its own field line hides it.
const SHORTEST: usize = 6;

/// What every handshake has in it, so that showing it betrays nothing.
const PUBLIC: [&str; 22] = [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade, keep-alive",
    "Sec-WebSocket-Key: ",
    "Sec-WebSocket-Accept: ",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Protocol: ",
    "Sec-WebSocket-Extensions: permessage-deflate; ",
    "client_max_window_bits",
    "server_max_window_bits",
    "client_no_context_takeover",
    "server_no_context_takeover",
    "Content-Length: ",
    "Content-Type: text/html; charset=utf-8",
    "application/json, application/octet-stream",
    "Access-Control-Allow-Origin, Access-Control-Allow-Credentials",
    "Strict-Transport-Security: max-age=",
    "Cache-Control: no-cache, no-store",
    "Transfer-Encoding: chunked",
    "WWW-Authenticate, Proxy-Authenticate",
    "https://, wss://",
    "http://, ws://",
];

/// What must not be shown: the credentials of a request, as a server may repeat them, and those that it gives away.
#[derive(Clone)]
pub(crate) struct Secrets {
    /// The values of their fields.
    values: BTreeSet<Vec<u8>>,
    /// Their parts, and what these are in base64.
    hidden: Beginnings,
    /// What is in the request, or in every one, outside of credentials; in lower case.
    public: Beginnings,
}

impl Secrets {
    /// The credentials in a capture, as far as they are few: one that goes to a server in one exchange may come back in another.
    pub(crate) fn of_all(exchanges: &[Exchange]) -> Self {
        let mut room = MOST_BYTES;
        let fits = |(_, value): &(_, &[u8])| {
            room = room.saturating_sub(value.len());
            room > 0
        };
        Self::with_public(None).with(exchanges.iter().flat_map(secrets_of).take_while(fits))
    }

    /// The credentials in a request.
    pub(crate) fn of(request: &Head) -> Self {
        Self::with_public(Some(request)).with(secrets_in(request))
    }

    fn with_public(request: Option<&Head>) -> Self {
        let without_pairs = |text| pieces(text).filter(|piece| hidden_in(piece).is_none()).collect::<Vec<_>>().concat();
        let words = request.into_iter().flat_map(|request| {
            let fields = request.fields.iter().filter(|field| !is_secret(&field.name));
            let fields = fields.flat_map(|field| [field.name.clone(), without_pairs(&field.value)]);
            fields.chain([without_pairs(&request.start_line)])
        });
        let mut public = Beginnings::default();
        for word in words.chain(PUBLIC.map(Vec::from)) {
            public.add(&word.to_ascii_lowercase(), 0..word.len());
        }
        public.sort();
        Self { values: BTreeSet::new(), hidden: Beginnings::default(), public }
    }

    /// The same, and these values of fields of these names.
    fn with<'a>(mut self, secrets: impl Iterator<Item = (&'a [u8], &'a [u8])>) -> Self {
        for (name, value) in secrets {
            if !self.values.insert(value.to_vec()) {
                continue;
            }
            let is_cookie = contains(&name.to_ascii_lowercase(), b"cookie");
            let is_set = name.eq_ignore_ascii_case(b"Set-Cookie");
            // Behind the first `;` of Set-Cookie stand its attributes.
            let value = value.split(|&b| b == b';' && is_set).next().unwrap_or_default();
            // `Bearer`, `Basic` are no secret, and neither are the names of cookies.
            let words = value.iter().position(|b| b" \t".contains(b)).filter(|_| !is_cookie);
            let scheme = words.filter(|&end| value[..end].iter().all(u8::is_ascii_alphabetic)).unwrap_or(0);
            self.add(value[scheme..].trim_ascii(), is_cookie);
        }
        self.hidden.sort();
        self
    }

    /// The same, and the credentials that a server gives in these heads: it may repeat them.
    pub(crate) fn with_those_of<'a>(&self, heads: impl IntoIterator<Item = &'a Head>) -> Self {
        self.clone().with(heads.into_iter().flat_map(secrets_in))
    }

    /// Takes in a value, what it decodes to, and every part of them that a server may repeat by itself: `Bearer TOKEN`, `sid=VALUE`,
    /// the password of `Basic dXNlcjpwYXNz`.
    fn add(&mut self, value: &[u8], has_names: bool) {
        let has_names = has_names || value.contains(&b'&') || value.contains(&b',') || contains(value, b"=\"");
        let mut values = vec![value.to_vec(), percent_decoded(value)];
        for word in value.split(|b| b" \t;,".contains(b)) {
            let end = word.iter().rposition(|b| *b != b'=').map_or(0, |last| last + 1);
            let unpadded = &word[..end];
            values.extend(STANDARD_NO_PAD.decode(unpadded).or_else(|_| URL_SAFE_NO_PAD.decode(unpadded)));
        }
        for value in &values {
            let is_begin = |at: usize| at == 0 || b" \t;,=:\"'&?/{[".contains(&value[at - 1]);
            // A space is no part of the name behind it.
            let begins = (0..value.len()).filter(|&at| is_begin(at) && !b" \t".contains(&value[at]));
            self.hidden.add(value, begins.filter(|&at| !(has_names && begins_with_name(value, at))));
            let words = value.split(|b| b" \t;,\"".contains(b));
            let values = words.clone().filter_map(|word| word.splitn(2, |&b| b == b'=').nth(1));
            for word in words.chain(values).chain([value.as_slice()]).filter(|word| word.len() >= SHORTEST) {
                for text in in_base64(word) {
                    self.hidden.add(&text, [0]);
                }
            }
        }
    }

    /// The bytes without the credentials, wherever they stand: whole, or their first bytes where they are cut.
    pub(crate) fn redact(&self, bytes: &[u8]) -> Vec<u8> {
        self.replace(bytes, |_| REDACTED.to_vec())
    }

    /// The same, as long as before and without a mark that looks like markup: frames have lengths, and bodies tags.
    pub(crate) fn mask(&self, bytes: &[u8]) -> Vec<u8> {
        self.replace(bytes, |length| vec![b'*'; length])
    }

    /// The bytes with something else in place of each credential; `other` is given its length.
    fn replace(&self, bytes: &[u8], other: impl Fn(usize) -> Vec<u8>) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len());
        let mut at = 0;
        while at < bytes.len() {
            let length = self.length_at(&bytes[at..]);
            if length > 0 {
                out.extend(other(length));
            } else {
                out.push(bytes[at]);
            }
            at += length.max(1);
        }
        out
    }

    /// How many of these bytes are a credential, or the first bytes of one, in any spelling.
    fn length_at(&self, bytes: &[u8]) -> usize {
        let spellings = [false, true].map(|prefers_escapes| self.hidden.spelled(bytes, prefers_escapes));
        let is_public = |part: &[u8]| part.len() <= LONGEST_PUBLIC && self.public.has(&part.to_ascii_lowercase());
        let hidden = spellings.into_iter().filter(|(part, _)| part.len() >= SHORTEST && !is_public(part));
        hidden.map(|(_, length)| length).max().unwrap_or(0)
    }

    /// The bytes of a head, and what follows it, without the credentials and without the values of the fields that carry them.
    pub(crate) fn redact_head(&self, bytes: &[u8]) -> Vec<u8> {
        let (head, body) = bytes.split_at(Head::parse(bytes).len);
        // A line of a body may look like a field, and hide where a credential begins that goes on in the next chunk.
        let bytes = [without_tokens(head), self.redact(body)].concat();
        let mut out = Vec::new();
        let mut is_redacted = false;
        for line in bytes.split_inclusive(|b| *b == b'\n') {
            let end = line.len() - line.iter().rev().take_while(|b| b"\r\n".contains(b)).count();
            let (text, ending) = line.split_at(end);
            let is_folded = text.starts_with(b" ") || text.starts_with(b"\t");
            if is_redacted && is_folded {
                // As many lines as before, and folded as before.
                out.extend_from_slice(b" <redacted>");
                out.extend(text[1..].iter().copied().filter(|b| is_control(*b)));
            } else {
                let value = value_of_secret(text);
                is_redacted = value.is_some();
                let (shown, hidden) = text.split_at(value.unwrap_or(text.len()));
                out.extend_from_slice(shown);
                match hidden.first() {
                    Some(b':') => out.extend_from_slice(b": <redacted>"),
                    // Its colon was forgotten.
                    Some(other) => out.extend_from_slice(&[&[*other], REDACTED].concat()),
                    None => {}
                }
                // They may be what is wrong with it, and betray nothing.
                out.extend(hidden.iter().copied().filter(|b| is_control(*b)));
            }
            out.extend_from_slice(ending);
        }
        self.redact(&out)
    }

    /// An exchange of a capture, as it may be shown.
    pub(crate) fn redact_exchange(&self, exchange: &Exchange) -> Exchange {
        let mut shown = exchange.clone();
        let own;
        let secrets = if secrets_of(exchange).all(|(_, value)| self.values.contains(value)) {
            self
        } else {
            // Of a capture with many, at least these.
            let public = self.public.clone();
            own = Self { values: BTreeSet::new(), hidden: Beginnings::default(), public }.with(secrets_of(exchange));
            &own
        };
        let far = shown.far.as_deref_mut().into_iter();
        let far = far.flat_map(|far| [&mut far.request, &mut far.response].into_iter().flatten().chain(&mut far.asked));
        for head in [&mut shown.request, &mut shown.response].into_iter().flatten().chain(far) {
            head.start_line = secrets.redact(&without_tokens(&head.start_line));
            for field in &mut head.fields {
                let controls = field.value.iter().copied().filter(|b| is_control(*b));
                field.value = if is_secret(&field.name) {
                    REDACTED.iter().copied().chain(controls).collect()
                } else {
                    secrets.redact(&without_tokens(&field.value))
                };
            }
            for (_, irregularity) in &mut head.irregularities {
                if let Irregularity::NoColon(text) | Irregularity::InvalidName(text) = irregularity {
                    *text = secrets.redact_head(text);
                }
            }
        }
        if let Some(behind) = &mut shown.behind {
            behind.bytes = secrets.mask(&behind.bytes);
        }
        shown.body = shown.body.map(|body| secrets.mask(&body));
        shown
    }
}

/// Byte strings, in order, to find which of them a text begins with: each step into the text leaves fewer of them.
#[derive(Clone, Default)]
struct Beginnings {
    bytes: Vec<u8>,
    parts: Vec<Range<usize>>,
}

impl Beginnings {
    /// Takes in what begins at these places.
    fn add(&mut self, bytes: &[u8], begins: impl IntoIterator<Item = usize>) {
        let (base, end) = (self.bytes.len(), self.bytes.len() + bytes.len());
        self.parts.extend(begins.into_iter().map(|at| base + at..end).filter(|part| part.len() >= SHORTEST));
        self.bytes.extend_from_slice(bytes);
    }

    /// Of those that differ in their length alone as far as they are sorted, the longest one stands for all.
    fn sort(&mut self) {
        let bytes = &self.bytes;
        let first = |part: &Range<usize>| &bytes[part.start..part.end.min(part.start + SORTED)];
        self.parts.sort_unstable_by(|a, b| first(a).cmp(first(b)).then(b.len().cmp(&a.len())));
        self.parts.dedup_by(|b, a| first(a) == first(b));
    }

    /// Which of these, equal in their first bytes, go on with this byte.
    fn narrowed(&self, among: &Range<usize>, depth: usize, byte: u8) -> Option<Range<usize>> {
        let parts = &self.parts[among.clone()];
        let next = |part: &Range<usize>| self.bytes[part.clone()].get(depth).copied();
        let before = parts.partition_point(|part| next(part) < Some(byte));
        let count = parts[before..].partition_point(|part| next(part) == Some(byte));
        (count > 0).then_some(among.start + before..among.start + before + count)
    }

    /// Whether one of them begins so.
    fn has(&self, text: &[u8]) -> bool {
        let narrowed = |among: Range<usize>, (depth, &byte): (usize, &u8)| self.narrowed(&among, depth, byte);
        text.iter().enumerate().try_fold(0..self.parts.len(), narrowed).is_some()
    }

    /// The most of one of them that a text begins with, and how many bytes of the text these take: as they are, percent-encoded once or
    /// twice, as JSON or HTML escapes them, with what may stand between them. Where a byte may begin an escape too, one of the two is
    /// preferred.
    fn spelled(&self, text: &[u8], prefers_escapes: bool) -> (&[u8], usize) {
        let (mut among, mut depth, mut at, mut length) = (0..self.parts.len(), 0, 0, 0);
        while let Some(&plain) = text.get(at) {
            let mut ways = [Some((plain, 1)), escape(&text[at..])];
            if prefers_escapes {
                ways.reverse();
            }
            let step = |(byte, length)| Some((self.narrowed(&among, depth, byte)?, length));
            if let Some((narrowed, taken)) = ways.into_iter().flatten().find_map(step) {
                (among, depth, at) = (narrowed, depth + 1, at + taken);
                length = at;
            } else if let Some(taken) = gap(&text[at..]).filter(|_| depth > 0) {
                at += taken;
            } else {
                break;
            }
        }
        let part = self.parts.get(among.start).map(|part| &self.bytes[part.clone()][..depth]);
        (part.unwrap_or_default(), length)
    }
}

/// How long that is which may stand inside a value and is none of it: the line between two chunks (RFC 9112, section 7.1), or markup.
fn gap(text: &[u8]) -> Option<usize> {
    let (rest, end) = match text {
        [b'\r', b'\n', b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F', rest @ ..] => (rest, b'\n'),
        [b'<', b'a'..=b'z' | b'A'..=b'Z' | b'/' | b'!', rest @ ..] => (rest, b'>'),
        _ => return None,
    };
    let length = rest.iter().take(LONGEST_GAP).position(|&b| b == end)? + 1;
    Some(text.len() - rest.len() + length)
}

/// The names and values in a head that must not be shown: of fields, and in the queries of a target and of other URLs.
fn secrets_in(head: &Head) -> impl Iterator<Item = (&[u8], &[u8])> {
    let (secret, other): (Vec<_>, Vec<_>) = head.fields.iter().partition(|field| is_secret(&field.name));
    let texts = iter::once(&head.start_line[..]).chain(other.into_iter().map(|field| &field.value[..]));
    let pairs = texts.flat_map(pieces).filter_map(|piece| Some((b"".as_slice(), &piece[hidden_in(piece)?])));
    secret.into_iter().map(|field| (&field.name[..], &field.value[..])).chain(pairs)
}

/// A text whose URLs have no credential, as a query parameter or before their host.
pub(crate) fn without_tokens(text: &[u8]) -> Vec<u8> {
    let shown = |piece: &[u8]| match hidden_in(piece) {
        Some(value) => [&piece[..value.start], REDACTED, &piece[value.end..]].concat(),
        None => piece.to_vec(),
    };
    pieces(text).flat_map(shown).collect()
}

/// The pieces of a text with URLs, each with what ends it.
fn pieces(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split_inclusive(|byte| is_end(*byte)).flat_map(|part| {
        // A parameter may belong to a segment of the path (RFC 3986, section 3.3). A value may hold a `?` or `;`, which ends no credential.
        let mut begins = (0..part.len()).filter(|&at| at == 0 || b"?;".contains(&part[at - 1]));
        let secret = begins.find(|&at| secret_of(&part[at..]).is_some()).unwrap_or(part.len());
        part[..secret].split_inclusive(|byte| b"?;".contains(byte)).chain((secret < part.len()).then(|| &part[secret..]))
    })
}

fn is_end(byte: u8) -> bool {
    b"& #".contains(&byte) || byte.is_ascii_control()
}

fn secrets_of(exchange: &Exchange) -> impl Iterator<Item = (&[u8], &[u8])> {
    let far = exchange.far.iter().flat_map(|far| [&far.request, &far.response]).flatten();
    exchange.heads().map(|(_, head)| head).chain(far).flat_map(secrets_in)
}

/// Where that stands in a piece which must not be shown.
fn hidden_in(piece: &[u8]) -> Option<Range<usize>> {
    secret_of(piece).or_else(|| userinfo_of(piece))
}

/// Where the user and the password stand in a URL (RFC 3986, section 3.2.1).
fn userinfo_of(piece: &[u8]) -> Option<Range<usize>> {
    let scheme = piece.windows(3).position(|bytes| bytes == b"://").map(|colon| colon + 3);
    let begin = scheme.or_else(|| piece.starts_with(b"//").then_some(2))?;
    let authority = piece[begin..].split(|byte| b"/?".contains(byte)).next()?;
    Some(begin..begin + authority.iter().rposition(|&byte| byte == b'@')?)
}

/// Where the value of a piece of a query stands that is a credential with its name: `access_token=VALUE`.
fn secret_of(piece: &[u8]) -> Option<Range<usize>> {
    let end = piece.iter().position(|b| b"=?;".contains(b)).filter(|&end| piece[end] == b'=')?;
    let name = &piece[..end];
    let is_parameter = SECRET_PARAMETERS.iter().any(|parameter| name.eq_ignore_ascii_case(parameter.as_bytes()));
    let length = piece.len() - usize::from(piece.last().is_some_and(|byte| is_end(*byte)));
    // The letters of a key may spell one of these names, before its padding.
    let is_padding = piece.get(end + 1..length)?.iter().all(|&byte| byte == b'=');
    (!is_padding && (is_parameter || is_secret(name))).then_some(end + 1..length)
}

/// Whether an exchange has a value that must not be shown.
pub(crate) fn has_secrets(exchange: &Exchange) -> bool {
    let is_one = |(_, irregularity): &(usize, Irregularity)| matches!(irregularity, Irregularity::NoColon(text) | Irregularity::InvalidName(text) if value_of_secret(text).is_some());
    secrets_of(exchange).next().is_some() || exchange.heads().any(|(_, head)| head.irregularities.iter().any(is_one))
}

/// Where the value begins, of the field in this line that carries a credential. A CR alone may begin a line for some reader, and ends
/// none: what stands behind it may be of the same field. The colon may be forgotten.
fn value_of_secret(line: &[u8]) -> Option<usize> {
    let mut begins = (0..line.len()).filter(|&at| at == 0 || line[at - 1] == b'\r');
    begins.find_map(|at| {
        let rest = &line[at..];
        let end = rest.iter().position(|b| b":= \t\r".contains(b)).filter(|end| rest[*end] != b'\r')?;
        is_secret(&rest[..end]).then_some(at + end)
    })
}

/// The byte that an escape at the beginning of a text stands for, and how long the escape is.
fn escape(text: &[u8]) -> Option<(u8, usize)> {
    let hex = |digits: &[u8]| u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok();
    match text {
        [b'%', b'2', b'5', high, low, ..] if hex(&[*high, *low]).is_some() => Some((hex(&[*high, *low])?, 5)),
        [b'%', high, low, ..] => Some((hex(&[*high, *low])?, 3)),
        [b'\\', b'u', b'0', b'0', high, low, ..] => Some((hex(&[*high, *low])?, 6)),
        [b'\\', b'x', high, low, ..] => Some((hex(&[*high, *low])?, 4)),
        [b'\\', byte @ (b'"' | b'\\' | b'/' | b'\''), ..] => Some((*byte, 2)),
        [b'+', ..] => Some((b' ', 1)),
        [b'&', rest @ ..] => {
            let end = rest.iter().take(6).position(|&b| b == b';')?;
            let byte = match &rest[..end] {
                b"amp" => b'&',
                b"lt" => b'<',
                b"gt" => b'>',
                b"quot" => b'"',
                b"apos" => b'\'',
                [b'#', b'x' | b'X', digits @ ..] => hex(digits)?,
                [b'#', digits @ ..] => str::from_utf8(digits).ok()?.parse().ok()?,
                _ => return None,
            };
            Some((byte, end + 2))
        }
        _ => None,
    }
}

/// Whether a value has a name there, before its own value: `sid=VALUE; id=VALUE`, `response="VALUE"`. An `=` at the end is base64's.
fn begins_with_name(value: &[u8], at: usize) -> bool {
    let (before, part) = value.split_at(at);
    let is_first = before.last().is_none_or(|b| b" \t;,&?".contains(b));
    let name = part.iter().take_while(|b| b.is_ascii_alphanumeric() || b"-_.".contains(b)).count();
    is_first && matches!(part.get(name..), Some([b'=', next, ..]) if !b"=;, ".contains(next))
}

fn percent_decoded(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::new();
    let mut rest = text;
    while let [first, more @ ..] = rest {
        let (byte, length) = escape(rest).filter(|_| *first == b'%').unwrap_or((*first, 1));
        decoded.push(byte);
        rest = more.get(length - 1..).unwrap_or_default();
    }
    decoded
}

/// The base64 of a secret, in both alphabets. Its letters depend on how many bytes stand before it: the first and the last ones are
/// others' too.
fn in_base64(secret: &[u8]) -> Vec<Vec<u8>> {
    let engines = [STANDARD_NO_PAD, URL_SAFE_NO_PAD];
    let spellings = (0..3).flat_map(|before| {
        let padded = [vec![0; before], secret.to_vec()].concat();
        let end = usize::from(padded.len() % 3 != 0);
        let [standard, url_safe] = engines.each_ref().map(|engine| {
            let text = engine.encode(&padded).into_bytes();
            text.get([0, 2, 3][before]..text.len() - end).unwrap_or_default().to_vec()
        });
        let other = (url_safe != standard).then_some(url_safe);
        [Some(standard), other].into_iter().flatten()
    });
    spellings.collect()
}

pub(crate) fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

fn is_control(byte: u8) -> bool {
    byte.is_ascii_control() && byte != b'\t'
}

/// Whether the values of fields of this name are nobody else's business.
pub(crate) fn is_secret(name: &[u8]) -> bool {
    let name = name.trim_ascii().to_ascii_lowercase();
    SECRET.iter().any(|part| contains(&name, part.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wskey::head::FarSide;

    fn secrets(field: &str) -> Secrets {
        let head = format!("GET /chat HTTP/1.1\r\nHost: chat.example\r\nUpgrade: websocket\r\n{field}\r\n\r\n");
        Secrets::of(&Head::parse(head.as_bytes()))
    }

    fn redacted(field: &str, text: &str) -> String {
        String::from_utf8(secrets(field).redact(text.as_bytes())).expect("text")
    }

    /// What servers and frameworks make of a value when they repeat it, by hand.
    #[test]
    fn c01_a_credential_is_found_in_any_spelling() {
        for (field, text) in [
            ("Authorization: Bearer abcdefSECRET=xyz", "abcdefSECRET=xyz"),
            ("Authorization: Bearer\tTOPSECRETTOKEN", "TOPSECRETTOKEN"),
            ("Authorization: s3cretTOKENvalue", "s3cretTOKENvalue"),
            ("Authorization: MyScheme-2 SECRETTOKEN99", "SECRETTOKEN99"),
            // `bob:aa:secretpw12`: a password may have colons (RFC 7617, section 2); without padding, too.
            ("Authorization: Basic Ym9iOmFhOnNlY3JldHB3MTI=", "aa:secretpw12"),
            ("Authorization: Basic Ym9iOmFhOnNlY3JldHB3MTI", "secretpw12"),
            ("Proxy-Authorization: Basic Ym9iOmFhOnNlY3JldHB3MTI=", "bob:aa:secretpw12"),
            ("Authorization: Digest username=\"bob\", response=\"6629fae49393a053\"", "6629fae49393a053"),
            ("Authorization: SharedAccessSignature sr=myhub&sig=AbCdEfSIGNATURE%3D&se=1", "AbCdEfSIGNATURE%3D"),
            ("Cookie: sess=id=12&tok=SECRETVAL99", "SECRETVAL99"),
            ("Cookie: u={\"id\":1,\"token\":\"SECRETVAL99\"}", "SECRETVAL99"),
            ("Cookie: a=\"x,SECRETVAL99\"", "x,SECRETVAL99"),
            ("Cookie: connect.sid=s%3Aabcdef%2Fxyz%2B123", "s:abcdef/xyz+123"),
            ("Cookie: session=QWxhZGRpbjpvcGVuc2VzYW1l=--3f2a9b8c7d6e", "QWxhZGRpbjpvcGVuc2VzYW1l=--3f2a9b8c7d6e"),
            ("Cookie: session=c2VjcmV0LXNlc3Npb24=.c2lnbmF0dXJl", "c2VjcmV0LXNlc3Npb24=.c2lnbmF0dXJl"),
            ("X-Api-Key: KEYKEYsecret12345", "KEYKEYsecret12345"),
            ("X-Auth-Token: KEYKEYsecret12345", "KEYKEYsec"),
            // Percent-encoded: all of it, but for slashes, in mixed case, twice.
            ("Cookie: sid=\"q\\w/e&rtyuiop12\"", "q%5Cw%2Fe%26rtyuiop12"),
            ("Cookie: sid=\"q\\w/e&rtyuiop12\"", "q%5Cw/e%26rtyuiop12"),
            ("Cookie: s=ab+/=+cdefgh", "ab%2B%2f%3D%2bcdefgh"),
            ("Cookie: s=ab+/=+cdefgh", "ab%252B%252F%253D%252Bcdefgh"),
            // In JSON, as PHP and Go write it, too; in HTML.
            ("Cookie: s=ab\"/&cdefgh", "ab\\\"/&cdefgh"),
            ("Cookie: s=ab\"/&cdefgh", "ab\\\"\\/&cdefgh"),
            ("Cookie: s=ab\"/&cdefgh", "ab\\\"/\\u0026cdefgh"),
            ("Cookie: s=ab\"/&cdefgh", "ab&quot;/&amp;cdefgh"),
            ("Cookie: s=ab'cdefgh", "ab&#39;cdefgh"),
            // Base64 of it.
            ("Authorization: Bearer s3cret-token", "czNjcmV0LXRva2Vu"),
        ] {
            assert_eq!(redacted(field, &format!("<{text}>")), "<<redacted>>", "{field}");
        }
        // Cut behind six bytes; what is shorter is chance.
        assert_eq!(redacted("Authorization: Bearer s3cret-token", "s3cret s3cre"), "<redacted> s3cre");
    }

    /// Names, schemes, and what stands in every handshake are no credentials, though one may begin as they do.
    #[test]
    fn no_word_of_a_handshake_is_taken_out() {
        for field in [
            "Cookie: app=websocket-demo",
            "Cookie: note=101 Switching-x; proto=HTTP/1.1x; a=Sec-WebSocket-Accept-1",
            "Cookie: session=12345678",
            "Cookie: returnTo=https://app.example/home; t=application-state1",
            "Authorization: Bearer 12345678",
        ] {
            let text = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\nX: Bearer session\r\n\
                Location: https://ws.example.org/chat\r\nContent-Type: application/json\r\n\r\n";
            assert_eq!(redacted(field, text), text, "{field}");
        }
        assert_eq!(redacted("Cookie: app=websocket-demo", "to websocket-demo"), "to <redacted>");
    }

    #[test]
    fn what_stands_inside_a_credential_hides_none_of_it() {
        let cookie = "Cookie: sid=SECRETCOOKIE1234567890";
        for gap in ["<wbr>", "</b><i>", "\r\n12\r\n", "\r\n1F;x=y\r\n"] {
            assert_eq!(redacted(cookie, &format!("<p>SECR{gap}ETCOOKIE1234567890</p>")), "<p><redacted></p>", "{gap}");
        }
        let body = "HTTP/1.1 400 x\r\n\r\nf\r\ncookie was SECR\r\n12\r\nETCOOKIE1234567890\r\n0\r\n\r\n";
        let shown = secrets(cookie).redact_head(body.as_bytes());
        assert_eq!(String::from_utf8_lossy(&shown), "HTTP/1.1 400 x\r\n\r\nf\r\ncookie <redacted>\r\n0\r\n\r\n");
    }

    #[test]
    fn a_token_in_a_target_is_a_credential() {
        let target = "GET /chat?room=1&access_token=SECRETTOKEN99 HTTP/1.1\r\n\r\n";
        let shown = Secrets::of(&Head::parse(target.as_bytes())).redact_head(target.as_bytes());
        assert_eq!(String::from_utf8_lossy(&shown), "GET /chat?room=1&access_token=<redacted> HTTP/1.1\r\n\r\n");
        for (text, expected) in [
            ("ws://h/?token=SECRET&a=b", "ws://h/?token=<redacted>&a=b"),
            ("wss://h/a=b?JWT=a.b.c&sid=1#x", "wss://h/a=b?JWT=<redacted>&sid=<redacted>#x"),
            ("ws://h/?side=1&authority=2&token", "ws://h/?side=1&authority=2&token"),
            ("/?access_token=", "/?access_token="),
            ("wsx8JWT/token3xsgLpQ==", "wsx8JWT/token3xsgLpQ=="),
            ("ws://h/?token=a?b&c?jwt=d", "ws://h/?token=<redacted>&c?jwt=<redacted>"),
            ("http://admin:SECRET@h:1/@?token=SECRET", "http://<redacted>@h:1/@?token=<redacted>"),
            ("//a@b@h", "//<redacted>@h"),
            ("/a;v=1;jsessionid=A.B;C?api_key=D", "/a;v=1;jsessionid=<redacted>"),
            ("/a;v=1?api_key=D", "/a;v=1?api_key=<redacted>"),
            ("ws://h/a@b?u=http://c:d@e", "ws://h/a@b?u=http://<redacted>@e"),
            ("a@b", "a@b"),
        ] {
            assert_eq!(String::from_utf8_lossy(&without_tokens(text.as_bytes())), expected);
        }
        // Where a server sends the client, in a field that has a name of its own, and in both bodies.
        let head =
            b"HTTP/1.1 302 x\r\nLocation: http://a:PASSWORD99@h/x?token=SERVERTOKEN99\r\nX-Auth-Token: KEYKEYsecret12345\r\n\r\n";
        let shown = secrets("Referer: https://h/?jwt=REFERERTOKEN").with_those_of(&[Head::parse(head)]);
        assert_eq!(
            String::from_utf8_lossy(&shown.redact(b"SERVERTOKEN99 KEYKEYsecret12345 REFERERTOKEN PASSWORD99")),
            "<redacted> <redacted> <redacted> <redacted>"
        );
        let shown = shown.redact_head(head);
        let expected = "HTTP/1.1 302 x\r\nLocation: http://<redacted>@h/x?token=<redacted>\r\nX-Auth-Token: <redacted>\r\n\r\n";
        assert_eq!(String::from_utf8_lossy(&shown), expected);
    }

    /// What came out on the other side of a proxy, which may have put in more.
    #[test]
    fn the_far_side_is_redacted_too() {
        let head = |text: &str| Some(Head::parse(text.as_bytes()));
        let mut far = FarSide::new("127.0.0.1:9000");
        far.request = head("GET /?token=SECRETFAR1 HTTP/1.1\r\nAuthorization: Bearer SECRETFAR2\r\nX: SECRETNEAR\r\n\r\n");
        far.response = head("HTTP/1.1 101 x\r\nSet-Cookie: sid=SECRETFAR3\r\nX: SECRETFAR2\r\n\r\n");
        far.asked.extend(head("GET /?token=SECRETFAR4 HTTP/1.1\r\nX: SECRETFAR1\r\n\r\n"));
        let request = head("GET / HTTP/1.1\r\nCookie: sid=SECRETNEAR\r\n\r\n");
        let mut exchange = Exchange::new(request.clone(), head("HTTP/1.1 101 x\r\nX: SECRETFAR3\r\n\r\n"));
        exchange.far = Some(Box::new(far));
        for secrets in [Secrets::of_all(std::slice::from_ref(&exchange)), Secrets::of(&request.expect("a head"))] {
            let shown = secrets.redact_exchange(&exchange);
            let mut far = shown.far.expect("a far side");
            let heads =
                [shown.request, shown.response, far.request, far.response, far.asked.pop()].map(|head| head.expect("a head"));
            let values = heads.map(|head| {
                let values = head.fields.iter().map(|field| String::from_utf8_lossy(&field.value).into_owned());
                [String::from_utf8_lossy(&head.start_line).into_owned()].into_iter().chain(values).collect::<Vec<_>>()
            });
            assert_eq!(values[0], ["GET / HTTP/1.1", "<redacted>"]);
            assert_eq!(values[1], ["HTTP/1.1 101 x", "<redacted>"]);
            assert_eq!(values[2], ["GET /?token=<redacted> HTTP/1.1", "<redacted>", "<redacted>"]);
            assert_eq!(values[3], ["HTTP/1.1 101 x", "<redacted>", "<redacted>"]);
            assert_eq!(values[4], ["GET /?token=<redacted> HTTP/1.1", "<redacted>"]);
        }
    }

    /// The space behind `;` is no part of the name of a cookie.
    #[test]
    fn the_name_of_a_cookie_is_no_credential() {
        let said = "no session, theme; please send a session cookie: abc12345, english";
        let expected = "no session, theme; please send a session cookie: <redacted>, <redacted>";
        assert_eq!(redacted("Cookie: theme=dark; session=abc12345; accept=english; a=\" x y\"", said), expected);
    }

    #[test]
    fn c02_a_cookie_hides_its_value_wherever_it_stands() {
        let head = |fields: &str| {
            let bytes = format!("HTTP/1.1 101 x\r\n{fields}").into_bytes();
            let shown = secrets("X: y").with_those_of(&[Head::parse(&bytes)]).redact_head(&bytes);
            String::from_utf8(shown).expect("text").replace("HTTP/1.1 101 x\r\n", "")
        };
        assert_eq!(head("A: a\rSet-Cookie: id=1\rmore\r\n\r\n"), "A: a\rSet-Cookie: <redacted>\r\r\n\r\n");
        assert_eq!(head("Set-Cookie: id=1\u{1}2\r\n three\r\n\r\n"), "Set-Cookie: <redacted>\u{1}\r\n <redacted>\r\n\r\n");
        assert_eq!(head("Set-Cookie id=secret\r\n\r\n"), "Set-Cookie <redacted>\r\n\r\n");
        // What the server repeats of it, too; its attributes are no secret.
        let repeated = "Set-Cookie: id=SECRET77; Path=/\r\nLocation: /x?t=SECRET77\r\nX: Path=/\r\n\r\n";
        assert_eq!(head(repeated), "Set-Cookie: <redacted>\r\nLocation: /x?t=<redacted>\r\nX: Path=/\r\n\r\n");
    }
}
