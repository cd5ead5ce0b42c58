//! HAR 1.2, as browsers write it: JSON, of which only the heads matter.

use super::correlate::is_websocket;
use super::scan::Side;
use crate::capture::{Heads, LONGEST_LINES};
use crate::head::{Field, Head, Seen};
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
    request: Message<'a>,
    #[serde(borrow)]
    response: Message<'a>,
    #[serde(rename = "_webSocketMessages", borrow, default)]
    messages: Vec<Spoken<'a>>,
}

/// A message over the WebSocket, or the error that ended it.
#[derive(Deserialize)]
struct Spoken<'a> {
    #[serde(rename = "type", borrow)]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    data: Option<Cow<'a, str>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Message<'a> {
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

impl Message<'_> {
    fn head(self, first: String, whole: bool) -> Head {
        let field = |header: Header| Field { name: header.name.as_bytes().into(), value: header.value.trim().into(), line: 0 };
        let fields: Vec<Field> = self.headers.into_iter().take(LONGEST_LINES).map(field).collect();
        let seen = if whole { Seen::Copied } else { Seen::Part };
        Head { first: first.into(), fields, odd: Vec::new(), len: 0, seen }
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
        let behind = request.url.split_once("://").map_or(request.url.as_str(), |(_, behind)| behind);
        let target = behind.find(['/', '?']).map_or("/", |at| behind.split_at(at).1);
        let target = target.split('#').next().unwrap_or_default();
        let first = format!("{} {target} {}", request.method, request.version());
        // Of an answer that it refuses, Chromium shows the status at most, in the error.
        let mut errors = messages.iter().filter(|message| message.kind.as_deref() == Some("error"));
        let refused = errors.find_map(|error| error.data.as_ref()?.split_once("Unexpected response code: "));
        let status = match (response.status, refused) {
            (1.., _) => format!("{} {} {}", response.version(), response.status, response.status_text),
            (_, Some((_, code))) => format!("HTTP/1.1 {code}"),
            _ => String::new(),
        };
        // Where the request failed, Chromium shows only the fields that it meant to send.
        let whole = request.headers.iter().any(|header| header.name.eq_ignore_ascii_case("host"));
        let seen = !response.headers.is_empty();
        let (request, response) = (request.head(first, whole), response.head(status.trim_end().to_owned(), seen));
        if is_websocket(&request) || is_websocket(&response) {
            self.0.push(Side::Request, request);
            self.0.push(Side::Response, response);
        }
    }
}

pub(crate) fn heads(bytes: &[u8]) -> Option<Heads> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return None;
    }
    serde_json::from_slice(bytes).ok().map(|Har { log }| log.entries.0)
}
