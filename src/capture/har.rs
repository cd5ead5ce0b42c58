//! HAR 1.2, as browsers write it: JSON, of which only the heads matter.

use super::correlate::is_websocket;
use super::heads::{Heads, LONGEST_LINES};
use crate::head::{Fidelity, Field, Head, Kind};
use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};
use std::borrow::Cow;
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
    messages: Vec<WebSocketMessage<'a>>,
}

/// A message over the WebSocket, or the error that ended it.
#[derive(Deserialize)]
struct WebSocketMessage<'a> {
    #[serde(rename = "type", borrow)]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    data: Option<Cow<'a, str>>,
}

/// A request or a response; each has its own of these.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct HarMessage<'a> {
    method: String,
    url: String,
    status: i64,
    status_text: String,
    http_version: String,
    #[serde(borrow)]
    headers: Vec<Header<'a>>,
}

#[derive(Deserialize)]
struct Header<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    value: Cow<'a, str>,
}

impl HarMessage<'_> {
    fn head(self, start_line: String, is_whole: bool) -> Head {
        let field = |header: Header| Field { name: header.name.as_bytes().into(), value: header.value.trim().into(), line: 0 };
        let fields = self.headers.into_iter().take(LONGEST_LINES).map(field).collect();
        Head::from_fields(start_line, fields, if is_whole { Fidelity::Complete } else { Fidelity::Partial })
    }

    /// `HTTP/1.1`, unless it was plainly another.
    fn version(&self) -> &'static str {
        match self.http_version.to_ascii_lowercase().as_str() {
            "h2" | "http/2" | "http/2.0" => "HTTP/2",
            "h3" | "http/3" => "HTTP/3",
            "http/1.0" => "HTTP/1.0",
            _ => "HTTP/1.1",
        }
    }

    /// The path and query of the URL, which is absolute.
    fn target(&self) -> &str {
        let authority_and_more = self.url.split_once("://").map_or(self.url.as_str(), |(_, rest)| rest);
        let target = authority_and_more.find(['/', '?']).map_or("/", |at| &authority_and_more[at..]);
        target.split('#').next().unwrap_or_default()
    }
}

/// The heads of the entries, which are read one at a time: what else they hold can be large.
struct Entries(Heads);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Self(Heads::default()))
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
    /// Takes in the heads of an entry that has to do with WebSocket.
    fn push(&mut self, Entry { request, response, messages }: Entry<'_>) {
        self.0.is_cut |= request.headers.len().max(response.headers.len()) > LONGEST_LINES;
        let request_line = format!("{} {} {}", request.method, request.target(), request.version());
        // Of a response that it refuses, Chromium shows the status at most, in the error.
        let mut errors = messages.iter().filter(|message| message.kind.as_deref() == Some("error"));
        let refused = errors.find_map(|error| error.data.as_ref()?.split_once("Unexpected response code: "));
        let status_line = match (response.status, refused) {
            (1.., _) => format!("{} {} {}", response.version(), response.status, response.status_text),
            (_, Some((_, code))) => format!("HTTP/1.1 {code}"),
            _ => String::new(),
        };
        // Where the request failed, Chromium shows only the fields that it meant to send.
        let is_request_whole = request.headers.iter().any(|header| header.name.eq_ignore_ascii_case("host"));
        let is_response_whole = !response.headers.is_empty();
        let request = request.head(request_line, is_request_whole);
        let response = response.head(status_line.trim_end().to_owned(), is_response_whole);
        if is_websocket(&request) || is_websocket(&response) {
            self.0.push(Kind::Request, request);
            self.0.push(Kind::Response, response);
        }
    }
}

/// The heads of a HAR, if the capture is one.
pub(super) fn heads(bytes: &[u8]) -> Option<Heads> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return None;
    }
    serde_json::from_slice(bytes).ok().map(|Har { log }| log.entries.0)
}
