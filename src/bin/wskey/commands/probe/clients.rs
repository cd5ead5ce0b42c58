//! The requests of well-known clients: the fields that each sends, in its order and its spelling, as a socket received them.

use crate::cli::KnownClient;
use crate::net::url::Url;
use wskey::Key;
use wskey::conformance::{FieldLine, Message};

/// The request of this client for a URL.
pub(super) fn request(client: KnownClient, url: &Url, key: Key) -> Message {
    let scheme = if url.secure { "https" } else { "http" };
    let origin = format!("{scheme}://{}", url.authority);
    let field = |line: &str| {
        let (name, value) = line.split_once(": ")?;
        let value = value.replace("{host}", &url.authority).replace("{origin}", &origin).replace("{key}", key.as_str());
        Some(FieldLine::new(name, value))
    };
    let mut request = Message::request(url.secure, &url.authority, &url.target, key);
    request.fields = fields(client).lines().filter_map(field).collect();
    request
}

/// The field lines, with `{host}`, `{origin}` and `{key}` where these stand.
fn fields(client: KnownClient) -> &'static str {
    match client {
        KnownClient::Aiohttp => include_str!("clients/aiohttp.txt"),
        KnownClient::Chromium => include_str!("clients/chromium.txt"),
        KnownClient::Firefox => include_str!("clients/firefox.txt"),
        KnownClient::Gorilla => include_str!("clients/gorilla.txt"),
        KnownClient::Jdk => include_str!("clients/jdk.txt"),
        KnownClient::Libcurl => include_str!("clients/libcurl.txt"),
        KnownClient::Tungstenite => include_str!("clients/tungstenite.txt"),
        KnownClient::Undici => include_str!("clients/undici.txt"),
        KnownClient::Websockets => include_str!("clients/websockets.txt"),
        KnownClient::Ws => include_str!("clients/ws.txt"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;
    use wskey::head::KEY;

    #[test]
    fn a_page_that_came_over_tls_connects_over_tls() {
        let key = Key::parse(b"dGhlIHNhbXBsZSBub25jZQ==").expect("a key");
        let url = Url::parse(OsStr::new("wss://example.com/chat")).expect("a URL");
        let request = request(KnownClient::Firefox, &url, key);
        assert_eq!(request.get("Host"), Some(&b"example.com"[..]));
        assert_eq!(request.get("Origin"), Some(&b"https://example.com"[..]));
        assert_eq!(request.get(KEY), Some(&b"dGhlIHNhbXBsZSBub25jZQ=="[..]));
    }
}
