//! HAR 1.2, as browsers write it: JSON, of which only the heads matter.

use super::altered::drop_words_of_writers;
use super::error::CaptureError;
use super::heads::{Heads, LONGEST_HEAD, LONGEST_LINES, SeenHead};
use super::names::{is_websocket, repeated, shows_no_key};
use crate::head::{EXTENSIONS, Fidelity, Field, Head, Kind, PROTOCOL, Unclear, authority_and_target, is_token, trim_ows};
use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};
use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

#[derive(Deserialize)]
struct Har {
    log: Log,
}

#[derive(Deserialize)]
struct Log {
    entries: Entries,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    request: HarMessage<'a>,
    #[serde(borrow)]
    response: HarMessage<'a>,
    #[serde(rename = "_webSocketMessages", borrow, default)]
    messages: Option<Vec<WebSocketMessage<'a>>>,
}

/// A message over the WebSocket, or the error that ended it.
#[derive(Deserialize)]
struct WebSocketMessage<'a> {
    #[serde(rename = "type", borrow)]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    data: Option<Cow<'a, str>>,
}

/// A request or a response; each has its own of these. A tool may write null for what it does not know.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct HarMessage<'a> {
    method: Option<String>,
    url: Option<String>,
    status: Option<i64>,
    status_text: Option<String>,
    http_version: Option<String>,
    /// Chromium's name of what went wrong, such as `net::ERR_INVALID_HTTP_RESPONSE`.
    #[serde(rename = "_error")]
    error: Option<String>,
    /// The same where Playwright wrote it.
    #[serde(rename = "_failureText")]
    failure: Option<String>,
    #[serde(borrow)]
    headers: Option<Vec<Header<'a>>>,
}

#[derive(Deserialize)]
struct Header<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    value: Cow<'a, str>,
}

impl HarMessage<'_> {
    fn head(self, kind: Kind, start_line: impl Into<Vec<u8>>, is_whole: bool) -> Head {
        let fields = self.headers.unwrap_or_default().into_iter();
        // Chromium joins the lines of one field with a line feed.
        let lines = |header: Header| {
            header
                .value
                .split('\n')
                .map(|value| Field::new(header.name.as_bytes(), trim_ows(value.as_bytes()), 0))
                .collect::<Vec<_>>()
        };
        let fidelity = if is_whole { Fidelity::Complete } else { Fidelity::Partial };
        let mut head = Head::from_fields(start_line, fields.flat_map(lines).collect(), fidelity);
        // A HAR that shows one twice was written so, or the field was sent twice.
        head.unclear.extend(repeated(&head, kind).map(Unclear::Repeated));
        head.unclear.extend(drop_copies(&mut head.fields).map(Unclear::Repeated));
        let is_strange = |field: &Field| {
            let is_control = |b: &u8| b.is_ascii_control() && *b != b'\t';
            !is_token(&field.name) && !field.name.starts_with(b":") || field.value.iter().any(is_control)
        };
        let is_line_strange = head.start_line.iter().any(u8::is_ascii_control);
        head.unclear.extend((is_line_strange || head.fields.iter().any(is_strange)).then_some(Unclear::Syntax));
        if !head.unclear.is_empty() {
            head.fidelity = Fidelity::Partial;
        }
        // Those who hand on a HAR black out what is secret, or what a tool takes for that.
        drop_words_of_writers(&mut head, 0);
        head
    }

    fn header_count(&self) -> usize {
        self.headers.as_ref().map_or(0, Vec::len)
    }

    fn size(&self) -> usize {
        self.headers.iter().flatten().map(|header| header.name.len() + header.value.len()).sum()
    }

    /// The version as it is shown; nothing where it is not.
    fn version(&self) -> Option<String> {
        let shown = self.http_version.as_deref().map(str::trim).filter(|version| !version.is_empty())?;
        match shown.to_ascii_lowercase().as_str() {
            "h2" | "http/2" | "http/2.0" => Some("HTTP/2".to_owned()),
            "h3" | "http/3" | "http/3.0" => Some("HTTP/3".to_owned()),
            // A tool that does not know it writes a word of its own: `unknown`, `websocket`.
            version => match version.strip_prefix("http/")?.as_bytes() {
                [major, b'.', minor] if major.is_ascii_digit() && minor.is_ascii_digit() => Some(version.to_ascii_uppercase()),
                _ => None,
            },
        }
    }
}

/// Takes out a list that stands there a second time with the same value, and names it.
fn drop_copies(fields: &mut Vec<Field>) -> Option<&'static str> {
    [PROTOCOL, EXTENSIONS].into_iter().find(|name| {
        let mut values = HashSet::new();
        let count = fields.len();
        fields.retain(|field| !field.name.eq_ignore_ascii_case(name.as_bytes()) || values.insert(field.value.clone()));
        fields.len() < count
    })
}

/// The heads of the entries, which are read one at a time: what else they hold can be large.
#[derive(Default)]
struct Entries {
    heads: Heads,
    entries: usize,
}

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Self::default())
    }
}

impl<'de> Visitor<'de> for Entries {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the entries of a HAR")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut entries: A) -> Result<Self, A::Error> {
        while let Some(entry) = entries.next_element()? {
            self.push(entry);
        }
        Ok(self)
    }
}

impl Entries {
    /// Takes in the heads of an entry that has to do with WebSocket. An entry is a connection, for what it shows.
    fn push(&mut self, Entry { request, response, messages }: Entry<'_>) {
        let is_long = |message: &HarMessage| message.header_count() > LONGEST_LINES || message.size() > LONGEST_HEAD;
        if is_long(&request) || is_long(&response) {
            self.heads.is_cut = true;
            return;
        }
        let (request_version, response_version) = (request.version(), response.version());
        let request_line = match (&request.method, &request.url) {
            (Some(method), Some(url)) if !url.is_empty() => {
                let (_, target) = authority_and_target(url.as_bytes());
                let version = request_version.as_ref().map(String::as_bytes);
                [method.as_bytes(), &target].into_iter().chain(version).collect::<Vec<_>>().join(&b' ')
            }
            _ => Vec::new(),
        };
        let status = response.status.filter(|status| *status > 0);
        let messages = messages.unwrap_or_default();
        let is_error = |message: &&WebSocketMessage| message.kind.as_deref() == Some("error");
        let errors = || messages.iter().filter(is_error).map(|error| error.data.as_deref().unwrap_or("without a text"));
        // Of a response that it refuses, Chromium shows the status at most, in the error.
        let refused = errors().find_map(|error| error.split_once("Unexpected response code: ")).filter(|_| status.is_none());
        // What else the browser says of the connection does not come from the two heads.
        let reported = response
            .error
            .clone()
            .or_else(|| response.failure.clone())
            .or_else(|| errors().find(|_| refused.is_none()).map(str::to_owned));
        let status_line = match (status, &response_version, refused) {
            (Some(status), Some(version), _) => {
                format!("{version} {status} {}", response.status_text.as_deref().unwrap_or_default())
            }
            // A refusal is one in any version.
            (Some(status), None, _) if status != 101 => format!("HTTP/1.1 {status}"),
            (None, _, Some((_, code))) => format!("HTTP/1.1 {code}"),
            _ => String::new(),
        };
        // Where the request failed, Chromium shows only the fields that it meant to send.
        let has_host = request.headers.iter().flatten().any(|header| header.name.eq_ignore_ascii_case("host"));
        let is_request_whole = request_version.is_some() && !request_line.is_empty() && (status.is_some() || has_host);
        let is_response_whole = status.is_some() && response_version.is_some() && response.header_count() > 0;
        let is_request_seen = request.header_count() > 0;
        let is_response_seen = !status_line.is_empty() || response.header_count() > 0;
        let mut request = request.head(Kind::Request, request_line, is_request_whole);
        let is_edited = request.unclear.iter().any(|unclear| matches!(unclear, Unclear::Edited(_)));
        if !is_edited && shows_no_key(&request) {
            request.fidelity = Fidelity::Partial;
            request.unclear.push(Unclear::NoKey);
        }
        let mut response = response.head(Kind::Response, status_line.trim_end(), is_response_whole);
        // Without a response it tells why there is none.
        let told = if is_response_seen { &mut response } else { &mut request };
        told.unclear.extend(reported.filter(|error| !error.is_empty()).map(Unclear::Reported));
        if !is_websocket(&request) && !is_websocket(&response) {
            return;
        }
        self.entries += 1;
        let mut push = |kind, head| {
            self.heads.push(SeenHead { connection: Some(self.entries), ..SeenHead::new(kind, head, 0) });
        };
        if is_request_seen {
            push(Kind::Request, request);
        }
        if is_response_seen {
            push(Kind::Response, response);
        }
    }
}

/// Whether a text begins as a HAR: with an object whose `log` is an object. Docker writes lines whose `log` is a text.
pub(super) fn begins(text: &[u8]) -> bool {
    let mut rest = text.get(..256).unwrap_or(text);
    for part in [b"{".as_slice(), b"\"log\"", b":", b"{"] {
        let Some(after) = rest.trim_ascii_start().strip_prefix(part) else { return false };
        rest = after;
    }
    true
}

/// The heads of a HAR.
///
/// # Errors
/// For a text that is none.
pub(super) fn heads(text: &[u8]) -> Result<Heads, CaptureError> {
    serde_json::from_slice(text).map(|Har { log }| log.entries.heads).map_err(|error| CaptureError::NoHar {
        line: error.line(),
        column: error.column(),
        is_cut: error.is_eof(),
    })
}
