//! HAR 1.2, as browsers write it: JSON, of which only the heads matter.

use crate::capture::MOST_HEADS;
use crate::head::{Field, Head, Seen};
use crate::pairing::is_websocket;
use crate::sighting::Side;
use serde::Deserialize;

#[derive(Deserialize)]
struct Har {
    log: Log,
}

#[derive(Deserialize)]
struct Log {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    request: Message,
    response: Message,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Message {
    method: String,
    url: String,
    status: i64,
    status_text: String,
    http_version: String,
    headers: Vec<Header>,
}

#[derive(Deserialize)]
struct Header {
    name: String,
    value: String,
}

impl Message {
    fn head(self, first: String, whole: bool) -> Head {
        let field = |header: Header| Field { name: header.name.into(), value: header.value.trim().into(), line: 0 };
        let fields: Vec<Field> = self.headers.into_iter().map(field).collect();
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

pub(crate) fn heads(bytes: &[u8]) -> Option<Vec<(Side, Head)>> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return None;
    }
    let har: Har = serde_json::from_slice(bytes).ok()?;
    let mut heads = Vec::new();
    for Entry { request, response } in har.log.entries {
        let behind = request.url.split_once("://").map_or(request.url.as_str(), |(_, behind)| behind);
        let target = behind.find(['/', '?']).map_or("/", |at| behind.split_at(at).1);
        let target = target.split('#').next().unwrap_or_default();
        let first = format!("{} {target} {}", request.method, request.version());
        let status = format!("{} {} {}", response.version(), response.status, response.status_text);
        // Where the request failed, Chromium shows only the fields that it meant to send.
        let whole = request.headers.iter().any(|header| header.name.eq_ignore_ascii_case("host"));
        let answered = response.status > 0;
        let seen = !response.headers.is_empty();
        let (request, response) = (request.head(first, whole), response.head(status.trim_end().to_owned(), seen));
        if heads.len() < MOST_HEADS && (is_websocket(&request) || is_websocket(&response)) {
            heads.push((Side::Request, request));
            heads.extend(answered.then_some((Side::Response, response)));
        }
    }
    Some(heads)
}
