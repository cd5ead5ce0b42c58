//! The cases for servers: what is sent, and what must come back. Each is a row.

use super::{Alter, Case, Delivery, Expectation, FieldLine, Message, accept, open, refuse};
use crate::head::{EXTENSIONS, KEY, PROTOCOL, VERSION};
use crate::rules::Level::{self, Error, Warn};
use std::mem;

const HOST: &str = "Host";
const UPGRADE: &str = "Upgrade";
const CONNECTION: &str = "Connection";
const ORIGIN: &str = "Origin";

// The words of a request line.
const METHOD: usize = 0;
const TARGET: usize = 1;
const HTTP_VERSION: usize = 2;

// Sections that many cases share.
const S_VERSION: &str = "4.2.1 (6), 4.2.2, 4.4";
const S_CONN: &str = "4.2.1 (4); RFC 9110 5.3";
const S_PROTO: &str = "4.2.2, 11.3.4";
const S_HTTP: &str = "RFC 9110 7.8; 4.2.1 (1)";
const S_HOST: &str = "4.2.1 (2); RFC 9112 3.2";

/// The second key, where a request carries two.
const OTHER_KEY: &str = "x3JJHMbDL1EzLkh9GBhXDw==";

/// A masked text frame, "Hello" (RFC 6455, section 5.7).
const EARLY_FRAME: &[u8] = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";

/// The server must decline permessage-deflate.
const fn decline(id: &'static str, level: Level, section: &'static str, description: &'static str, alter: Alter) -> Case {
    Case { id, expectation: Expectation::Decline("permessage-deflate"), level, section, description, needs: None, alter }
}

fn rename(request: &mut Message, change: fn(&mut [u8])) {
    request.fields.iter_mut().for_each(|line| change(&mut line.name));
}

/// Changes the key; one that the user gave too.
fn alter_key(request: &mut Message, change: fn(&mut Vec<u8>)) {
    request.alter(KEY, |line| change(&mut line.value));
}

/// Takes out all fields that are the WebSocket protocol's own.
fn remove_websocket(request: &mut Message) {
    let own = "Sec-WebSocket-".as_bytes();
    request.fields.retain(|line| !line.name.get(..own.len()).is_some_and(|start| start.eq_ignore_ascii_case(own)));
}

/// The origin of a page that the server itself would have served.
fn origin(request: &Message) -> Vec<u8> {
    let scheme: &[u8] = if request.secure { b"https://" } else { b"http://" };
    [scheme, request.get(HOST).unwrap_or_default()].concat()
}

/// Puts Host first, with a space before it.
fn space_before_host(request: &mut Message) {
    let host = request.get(HOST).unwrap_or_default().to_vec();
    request.remove(HOST);
    request.fields.insert(0, FieldLine::new(" Host", host));
}

/// Adds this many lines of no meaning.
fn fill(request: &mut Message, lines: usize) {
    request.fields.extend((1..=lines).map(|i| FieldLine::new(format!("X-{i}"), i.to_string())));
}

/// Makes it a handshake of draft-hixie-thewebsocketprotocol-75.
fn hixie(request: &mut Message) {
    remove_websocket(request);
    request.set(UPGRADE, "WebSocket");
    if request.get(ORIGIN).is_none() {
        request.set(ORIGIN, origin(request));
    }
}

/// All cases for servers, in the order in which they are sent.
pub static CASES: &[Case] = &[
    accept("valid", Error, "4.2.1", "a valid handshake, fresh key", |_| {}),
    accept("lowercase-names", Error, "RFC 9110 5.1", "header names in lower case", |m| rename(m, <[u8]>::make_ascii_lowercase)),
    accept("uppercase-names", Error, "RFC 9110 5.1", "header names in upper case", |m| rename(m, <[u8]>::make_ascii_uppercase)),
    accept("conn-list", Error, S_CONN, "Connection: keep-alive, Upgrade", |m| m.set(CONNECTION, "keep-alive, Upgrade")),
    accept("conn-lower", Error, S_CONN, "Connection: upgrade", |m| m.set(CONNECTION, "upgrade")),
    accept("conn-two-lines", Error, S_CONN, "Connection: keep-alive + Connection: Upgrade", |m| {
        m.set(CONNECTION, "keep-alive");
        m.add(CONNECTION, "Upgrade");
    }),
    accept("upgrade-case", Error, "4.2.1 (3)", "Upgrade: WebSocket", |m| m.set(UPGRADE, "WebSocket")),
    accept("upgrade-upper", Error, "4.2.1 (3)", "Upgrade: WEBSOCKET", |m| m.set(UPGRADE, "WEBSOCKET")),
    open("upgrade-list", "4.2.1 (3)", "Upgrade: h2c, websocket", |m| m.set(UPGRADE, "h2c, websocket")),
    open("upgrade-list-first", "4.2.1 (3)", "Upgrade: websocket, h2c", |m| m.set(UPGRADE, "websocket, h2c")),
    accept("no-space-colon", Error, "RFC 9110 5.5", "Name:value without space", |m| {
        m.fields.iter_mut().for_each(|line| line.colon = b":");
    }),
    accept("tab-ows", Error, "RFC 9110 5.5", "tabs around every value", |m| {
        for line in &mut m.fields {
            line.colon = b":\t";
            line.value.push(b'\t');
        }
    }),
    accept("dribble", Warn, "4.2.1", "the head one byte at a time", |m| m.delivery = Delivery::ByteByByte),
    open("early-frame", "4.1", "a frame in the same segment as the head", |m| m.after = EARLY_FRAME.to_vec()),
    accept("absolute-form", Error, "RFC 9112 3.2.2", "GET http://host/chat HTTP/1.1", |m| {
        m.start_line[TARGET] = [origin(m), mem::take(&mut m.start_line[TARGET])].concat();
    }),
    accept("query", Error, "RFC 9112 3.2", "/chat?a=1", |m| {
        let mark = if m.start_line[TARGET].contains(&b'?') { "&a=1" } else { "?a=1" };
        m.start_line[TARGET].extend_from_slice(mark.as_bytes());
    }),
    refuse("key-missing", "key-missing", Error, "4.2.1 (5)", "no Sec-WebSocket-Key", |m| m.remove(KEY)),
    refuse("key-empty", "key-malformed", Error, "4.2.1 (5)", "Sec-WebSocket-Key: (empty)", |m| m.set(KEY, "")),
    refuse("key-blank", "key-malformed", Error, "4.2.1 (5)", "Sec-WebSocket-Key: only spaces", |m| m.set(KEY, "   ")),
    refuse("key-1byte", "key-malformed", Error, "4.2.1 (5)", "key of 1 byte", |m| m.set(KEY, "QQ==")),
    refuse("key-15bytes", "key-malformed", Error, "4.2.1 (5)", "key of 15 bytes", |m| m.set(KEY, "dGhlIHNhbXBsZSBub25j")),
    refuse("key-17bytes", "key-malformed", Error, "4.2.1 (5)", "key of 17 bytes", |m| m.set(KEY, "dGhlIHNhbXBsZSBub25jZSE=")),
    refuse("key-18bytes", "key-malformed", Error, "4.2.1 (5)", "key of 18 bytes (24 chars, no padding)", |m| {
        m.set(KEY, "dGhlIHNhbXBsZSBub25jZSEh");
    }),
    refuse("key-32bytes", "key-malformed", Error, "4.2.1 (5)", "key of 32 bytes", |m| {
        m.set(KEY, "dGhlIHNhbXBsZSBub25jZXRoZSBzYW1wbGUgbm9uY2U=");
    }),
    refuse("key-plain", "key-malformed", Error, "4.2.1 (5)", "key 'hello'", |m| m.set(KEY, "hello")),
    refuse("key-badchars", "key-malformed", Error, "4.2.1 (5)", "24 chars, ! in place of letters", |m| {
        m.set(KEY, "!!!!!!!!!!!!!!!!!!!!!!==");
    }),
    refuse(
        "key-base64url",
        "key-malformed",
        Error,
        "4.2.1 (5)",
        "16 bytes in the URL alphabet (-_-_-_-_-_-_-_-_-_-_-w==)",
        |m| m.set(KEY, "-_-_-_-_-_-_-_-_-_-_-w=="),
    ),
    refuse("key-nopad", "key-malformed", Error, "4.2.1 (5)", "22 chars, padding dropped", |m| {
        alter_key(m, |key| key.truncate(22));
    }),
    refuse("key-onepad", "key-malformed", Error, "4.2.1 (5)", "23 chars, one =", |m| alter_key(m, |key| key.truncate(23))),
    open("key-noncanonical", "4.2.1 (5)", "trailing bits set: dGhlIHNhbXBsZSBub25jZR==", |m| {
        m.set(KEY, "dGhlIHNhbXBsZSBub25jZR==");
    }),
    refuse("key-innerspace", "key-malformed", Error, "4.2.1 (5)", "a space inside the key", |m| {
        alter_key(m, |key| key.insert(key.len() / 2, b' '));
    }),
    refuse("key-trailjunk", "key-malformed", Error, "4.2.1 (5)", "junk after the padding", |m| {
        alter_key(m, |key| key.extend_from_slice(b"junk"));
    }),
    refuse("key-list", "key-malformed", Error, "4.2.1 (5)", "two keys in one value, comma", |m| {
        alter_key(m, |key| key.extend_from_slice(format!(", {OTHER_KEY}").as_bytes()));
    }),
    refuse("key-1000chars", "key-malformed", Error, "4.2.1 (5)", "1000 letters", |m| m.set(KEY, "A".repeat(1000))),
    accept("key-ows", Error, "RFC 9110 5.5", "spaces and tabs around the key", |m| {
        alter_key(m, |key| *key = [b" \t ", key.as_slice(), b" \t "].concat());
    }),
    refuse("key-dup-same", "key-duplicate", Error, "11.3.1", "the key header twice, same value", |m| m.repeat(KEY)),
    refuse("key-dup-diff", "key-duplicate", Error, "11.3.1", "the key header twice, other value", |m| m.add(KEY, OTHER_KEY)),
    refuse("key-nul", "key-malformed", Error, "4.2.1 (5)", "NUL inside the key", |m| {
        alter_key(m, |key| key.insert(key.len() / 2, 0));
    }),
    refuse("key-8bit", "key-malformed", Error, "4.2.1 (5)", "byte 0xFF inside the key", |m| {
        alter_key(m, |key| key.insert(key.len() / 2, 0xFF));
    }),
    refuse("ver-missing", "version-missing", Error, S_VERSION, "no Sec-WebSocket-Version", |m| m.remove(VERSION)),
    refuse("ver-empty", "version-unsupported", Error, S_VERSION, "version empty", |m| m.set(VERSION, "")),
    open("ver-0", S_VERSION, "Sec-WebSocket-Version: 0", |m| m.set(VERSION, "0")),
    open("ver-7", S_VERSION, "Sec-WebSocket-Version: 7", |m| m.set(VERSION, "7")),
    open("ver-8", S_VERSION, "Sec-WebSocket-Version: 8", |m| m.set(VERSION, "8")),
    refuse("ver-12", "version-unsupported", Error, S_VERSION, "Sec-WebSocket-Version: 12", |m| m.set(VERSION, "12")),
    refuse("ver-14", "version-unsupported", Error, S_VERSION, "Sec-WebSocket-Version: 14", |m| m.set(VERSION, "14")),
    refuse("ver-255", "version-unsupported", Error, S_VERSION, "Sec-WebSocket-Version: 255", |m| m.set(VERSION, "255")),
    refuse("ver-256", "version-unsupported", Error, S_VERSION, "Sec-WebSocket-Version: 256", |m| m.set(VERSION, "256")),
    refuse("ver-269", "version-unsupported", Error, S_VERSION, "Sec-WebSocket-Version: 269", |m| m.set(VERSION, "269")),
    refuse("ver-abc", "version-unsupported", Error, S_VERSION, "Sec-WebSocket-Version: abc", |m| m.set(VERSION, "abc")),
    refuse("ver-13abc", "version-unsupported", Error, S_VERSION, "Sec-WebSocket-Version: 13abc", |m| m.set(VERSION, "13abc")),
    refuse("ver-13-0", "version-unsupported", Error, S_VERSION, "Sec-WebSocket-Version: 13.0", |m| m.set(VERSION, "13.0")),
    refuse("ver-013", "version-unsupported", Error, S_VERSION, "Sec-WebSocket-Version: 013", |m| m.set(VERSION, "013")),
    refuse("ver-plus13", "version-unsupported", Error, S_VERSION, "Sec-WebSocket-Version: +13", |m| m.set(VERSION, "+13")),
    refuse("ver-minus13", "version-unsupported", Error, S_VERSION, "Sec-WebSocket-Version: -13", |m| m.set(VERSION, "-13")),
    refuse("ver-0x0d", "version-unsupported", Error, S_VERSION, "Sec-WebSocket-Version: 0x0d", |m| m.set(VERSION, "0x0d")),
    refuse("ver-4294967309", "version-unsupported", Error, S_VERSION, "Sec-WebSocket-Version: 4294967309", |m| {
        m.set(VERSION, "4294967309");
    }),
    refuse("ver-13-semicolon", "version-unsupported", Error, S_VERSION, "Sec-WebSocket-Version: 13;", |m| m.set(VERSION, "13;")),
    refuse("ver-13-dash", "version-unsupported", Error, S_VERSION, "Sec-WebSocket-Version: 13-", |m| m.set(VERSION, "13-")),
    refuse("ver-13-backslash", "version-unsupported", Error, S_VERSION, "Sec-WebSocket-Version: 13\\", |m| {
        m.set(VERSION, "13\\");
    }),
    accept("ver-ows", Error, "RFC 9110 5.5", "spaces around 13", |m| m.set(VERSION, "  13  ")),
    refuse("ver-list-13-8", "version-unsupported", Error, S_VERSION, "version list 13, 8", |m| m.set(VERSION, "13, 8")),
    refuse("ver-list-8-13", "version-unsupported", Error, S_VERSION, "version list 8, 13", |m| m.set(VERSION, "8, 13")),
    refuse("ver-dup-same", "version-duplicate", Error, "11.3.5", "version header twice, 13 and 13", |m| {
        m.set(VERSION, "13");
        m.add(VERSION, "13");
    }),
    refuse("ver-dup-13-8", "version-duplicate", Error, "11.3.5", "version header twice, 13 then 8", |m| {
        m.set(VERSION, "13");
        m.add(VERSION, "8");
    }),
    refuse("ver-dup-8-13", "version-duplicate", Error, "11.3.5", "version header twice, 8 then 13", |m| {
        m.set(VERSION, "8");
        m.add(VERSION, "13");
    }),
    refuse("upgrade-missing", "request-upgrade", Error, "4.2.1 (3)", "no Upgrade", |m| m.remove(UPGRADE)),
    refuse("upgrade-empty", "request-upgrade", Error, "4.2.1 (3)", "Upgrade: (empty)", |m| m.set(UPGRADE, "")),
    refuse("upgrade-h2c", "request-upgrade", Error, "4.2.1 (3)", "Upgrade: h2c", |m| m.set(UPGRADE, "h2c")),
    refuse("upgrade-substring", "request-upgrade", Error, "4.2.1 (3)", "Upgrade: xwebsocketx", |m| m.set(UPGRADE, "xwebsocketx")),
    open("upgrade-version", "4.2.1 (3)", "Upgrade: websocket/13", |m| m.set(UPGRADE, "websocket/13")),
    open("upgrade-dup", "4.2.1 (3)", "Upgrade: h2c + Upgrade: websocket", |m| {
        m.set(UPGRADE, "h2c");
        m.add(UPGRADE, "websocket");
    }),
    refuse("conn-missing", "request-connection", Error, S_CONN, "no Connection", |m| m.remove(CONNECTION)),
    refuse("conn-empty", "request-connection", Error, S_CONN, "Connection: (empty)", |m| m.set(CONNECTION, "")),
    refuse("conn-close", "request-connection", Error, S_CONN, "Connection: close", |m| m.set(CONNECTION, "close")),
    refuse("conn-keepalive", "request-connection", Error, S_CONN, "Connection: keep-alive", |m| m.set(CONNECTION, "keep-alive")),
    open("conn-upgrade-close", S_CONN, "Connection: Upgrade, close", |m| m.set(CONNECTION, "Upgrade, close")),
    refuse("conn-substring", "request-connection", Error, S_CONN, "Connection: xupgradex", |m| m.set(CONNECTION, "xupgradex")),
    refuse("post", "request-method", Error, "4.2.1 (1)", "POST, Content-Length: 0", |m| {
        m.start_line[METHOD] = b"POST".to_vec();
        m.set("Content-Length", "0");
    }),
    refuse("put", "request-method", Error, "4.2.1 (1)", "PUT, Content-Length: 0", |m| {
        m.start_line[METHOD] = b"PUT".to_vec();
        m.set("Content-Length", "0");
    }),
    refuse("head", "request-method", Error, "4.2.1 (1)", "HEAD", |m| m.start_line[METHOD] = b"HEAD".to_vec()),
    refuse("options", "request-method", Error, "4.2.1 (1)", "OPTIONS", |m| m.start_line[METHOD] = b"OPTIONS".to_vec()),
    refuse("method-lower", "request-method", Error, "4.2.1 (1)", "get", |m| m.start_line[METHOD] = b"get".to_vec()),
    refuse("method-odd", "request-method", Error, "4.2.1 (1)", "FOO", |m| m.start_line[METHOD] = b"FOO".to_vec()),
    refuse("http10", "request-version", Error, S_HTTP, "HTTP/1.0", |m| m.start_line[HTTP_VERSION] = b"HTTP/1.0".to_vec()),
    refuse("http10-keepalive", "request-version", Error, S_HTTP, "HTTP/1.0, Connection: keep-alive, Upgrade", |m| {
        m.start_line[HTTP_VERSION] = b"HTTP/1.0".to_vec();
        m.set(CONNECTION, "keep-alive, Upgrade");
    }),
    open("http12", "4.2.1 (1)", "HTTP/1.2", |m| m.start_line[HTTP_VERSION] = b"HTTP/1.2".to_vec()),
    open("http20", "4.2.1 (1)", "HTTP/2.0", |m| m.start_line[HTTP_VERSION] = b"HTTP/2.0".to_vec()),
    refuse("http-lower", "request-version", Error, "4.2.1 (1)", "http/1.1", |m| {
        m.start_line[HTTP_VERSION] = b"http/1.1".to_vec();
    }),
    open("http-none", "4.2.1 (1)", "GET /chat without a version", |m| m.start_line.truncate(HTTP_VERSION)),
    refuse("host-missing", "request-host", Error, S_HOST, "no Host", |m| m.remove(HOST)),
    open("host-empty", S_HOST, "Host: (empty)", |m| m.set(HOST, "")),
    refuse("host-two", "request-host", Error, S_HOST, "two different Hosts", |m| m.add(HOST, "other.example")),
    refuse("host-two-same", "request-host", Error, S_HOST, "the same Host twice", |m| m.repeat(HOST)),
    refuse("host-bad", "request-host", Error, S_HOST, "Host: a b", |m| m.set(HOST, "a b")),
    open("path-other", "RFC 9112 3.2", "/nope (a 404 where the peer routes)", |m| m.start_line[TARGET] = b"/nope".to_vec()),
    open("path-fragment", "RFC 9112 3.2", "/chat#x", |m| m.start_line[TARGET].extend_from_slice(b"#x")),
    refuse("plain-get", "request-upgrade", Error, "4.2.1", "no WebSocket header at all", |m| {
        m.remove(UPGRADE);
        m.remove(CONNECTION);
        remove_websocket(m);
    }),
    accept("pre-crlf", Warn, "RFC 9112 2.2", "an empty line before the request line", |m| m.before = b"\r\n"),
    accept("proto-list", Warn, S_PROTO, "Sec-WebSocket-Protocol: chat, superchat", |m| m.set(PROTOCOL, "chat, superchat")),
    accept("proto-unknown", Warn, S_PROTO, "Sec-WebSocket-Protocol: nosuch", |m| m.set(PROTOCOL, "nosuch")),
    accept("proto-two-lines", Warn, S_PROTO, "two lines: nosuch / chat", |m| {
        m.set(PROTOCOL, "nosuch");
        m.add(PROTOCOL, "chat");
    }),
    refuse("proto-empty", "request-protocol", Warn, "4.1 (10)", "Sec-WebSocket-Protocol: (empty)", |m| m.set(PROTOCOL, "")),
    refuse("proto-dup", "request-protocol", Warn, "4.1 (10)", "chat, chat", |m| m.set(PROTOCOL, "chat, chat")),
    refuse("proto-badtoken", "request-protocol", Warn, "4.1 (10), 4.3", "'ch@t, a b'", |m| m.set(PROTOCOL, "ch@t, a b")),
    open("proto-commas", S_PROTO, "',,chat,'", |m| m.set(PROTOCOL, ",,chat,")),
    accept("ext-pmd", Error, "9.1", "permessage-deflate; client_max_window_bits", |m| {
        m.set(EXTENSIONS, "permessage-deflate; client_max_window_bits");
    }),
    accept("ext-unknown", Error, "9.1", "x-foo; a=1", |m| m.set(EXTENSIONS, "x-foo; a=1")),
    refuse("ext-empty", "request-extensions", Warn, "9.1", "extensions empty", |m| m.set(EXTENSIONS, "")),
    refuse("ext-garbage", "request-extensions", Warn, "9.1, 4.2.1", "'###;;=,@ @'", |m| m.set(EXTENSIONS, "###;;=,@ @")),
    decline("ext-badparam", Error, "RFC 7692 7", "permessage-deflate; server_max_window_bits=7", |m| {
        m.set(EXTENSIONS, "permessage-deflate; server_max_window_bits=7");
    }),
    decline("ext-badparam2", Error, "RFC 7692 7", "permessage-deflate; nosuch=1", |m| {
        m.set(EXTENSIONS, "permessage-deflate; nosuch=1");
    }),
    decline("ext-dupparam", Error, "RFC 7692 7", "permessage-deflate; server_no_context_takeover twice", |m| {
        m.set(EXTENSIONS, "permessage-deflate; server_no_context_takeover; server_no_context_takeover");
    }),
    accept("ext-pmd-plain", Error, "RFC 7692 5", "permessage-deflate without parameters", |m| {
        m.set(EXTENSIONS, "permessage-deflate");
    }),
    accept("ext-pmd-client-bits-10", Error, "RFC 7692 7.1.2.2", "permessage-deflate; client_max_window_bits=10", |m| {
        m.set(EXTENSIONS, "permessage-deflate; client_max_window_bits=10");
    }),
    accept("ext-pmd-server-bits-10", Error, "RFC 7692 7.1.2.1", "permessage-deflate; server_max_window_bits=10", |m| {
        m.set(EXTENSIONS, "permessage-deflate; server_max_window_bits=10");
    }),
    accept("ext-pmd-fallback", Error, "RFC 7692 5", "permessage-deflate; server_max_window_bits=10, permessage-deflate", |m| {
        m.set(EXTENSIONS, "permessage-deflate; server_max_window_bits=10, permessage-deflate");
    }),
    accept("ext-pmd-two-lines", Error, "9.1, 11.3.2", "the two offers of ext-pmd-fallback on two lines", |m| {
        m.set(EXTENSIONS, "permessage-deflate; server_max_window_bits=10");
        m.add(EXTENSIONS, "permessage-deflate");
    }),
    decline("ext-pmd-client-bits-16", Error, "RFC 7692 7.1.2.2", "permessage-deflate; client_max_window_bits=16", |m| {
        m.set(EXTENSIONS, "permessage-deflate; client_max_window_bits=16");
    }),
    decline("ext-pmd-client-bits-08", Error, "RFC 7692 7.1.2.2", "permessage-deflate; client_max_window_bits=08", |m| {
        m.set(EXTENSIONS, "permessage-deflate; client_max_window_bits=08");
    }),
    decline("ext-pmd-client-bits-word", Error, "RFC 7692 7.1.2.2", "permessage-deflate; client_max_window_bits=ten", |m| {
        m.set(EXTENSIONS, "permessage-deflate; client_max_window_bits=ten");
    }),
    decline("ext-pmd-server-bits-novalue", Error, "RFC 7692 7.1.2.1", "permessage-deflate; server_max_window_bits", |m| {
        m.set(EXTENSIONS, "permessage-deflate; server_max_window_bits");
    }),
    decline("ext-pmd-takeover-value", Error, "RFC 7692 7.1.1.1", "permessage-deflate; server_no_context_takeover=1", |m| {
        m.set(EXTENSIONS, "permessage-deflate; server_no_context_takeover=1");
    }),
    accept("ext-pmd-bad-then-good", Error, "RFC 7692 5, 7", "permessage-deflate; nosuch=1, permessage-deflate", |m| {
        m.set(EXTENSIONS, "permessage-deflate; nosuch=1, permessage-deflate");
    }),
    accept("ext-pmd-quoted", Error, "9.1; RFC 7692 5.2", "permessage-deflate; server_max_window_bits=\"10\"", |m| {
        m.set(EXTENSIONS, "permessage-deflate; server_max_window_bits=\"10\"");
    }),
    accept("ext-pmd-no-takeover", Error, "RFC 7692 5, 7.1.1.1", "permessage-deflate; server_no_context_takeover", |m| {
        m.set(EXTENSIONS, "permessage-deflate; server_no_context_takeover");
    }),
    open("origin-none", "10.2", "no Origin", |m| m.remove(ORIGIN)),
    accept("origin-same", Warn, "10.2", "Origin: http://HOST", |m| m.set(ORIGIN, origin(m))),
    open("origin-foreign", "10.2", "Origin: https://evil.example", |m| m.set(ORIGIN, "https://evil.example")),
    open("origin-null", "10.2", "Origin: null", |m| m.set(ORIGIN, "null")),
    open("origin-bad", "10.2", "Origin: ::not a url", |m| m.set(ORIGIN, "::not a url")),
    open("origin-two", "10.2", "same Origin, then a foreign one", |m| {
        m.set(ORIGIN, origin(m));
        m.add(ORIGIN, "https://evil.example");
    }),
    open("lone-lf", "RFC 9112 2.2", "LF line endings only", |m| m.line_ending = b"\n"),
    open("lone-cr", "RFC 9112 2.2", "CR line endings only", |m| m.line_ending = b"\r"),
    open("obs-fold", "RFC 9112 5.2", "X-A folded over two lines", |m| m.add("X-A", "one\r\n two")),
    open("obs-fold-key", "RFC 9112 5.2", "the key folded", |m| {
        alter_key(m, |key| *key = [b"\r\n ", key.as_slice()].concat());
    }),
    open("obs-fold-conn", "RFC 9112 5.2", "Connection: keep-alive,CRLF SP Upgrade", |m| {
        m.set(CONNECTION, "keep-alive,\r\n Upgrade");
    }),
    refuse("name-space", "head-field-syntax", Error, "RFC 9112 5.1", "a space before the colon of the key", |m| {
        m.alter(KEY, |line| line.colon = b" : ");
    }),
    open("no-colon", "RFC 9112 5", "a header line without colon", |m| {
        m.fields.push(FieldLine { name: b"X-A".to_vec(), colon: b"", value: Vec::new() });
    }),
    refuse("first-line-space", "head-field-syntax", Error, "RFC 9112 2.2", "white space before the Host line", |m| {
        space_before_host(m);
    }),
    open("value-nul", "RFC 9110 5.5", "NUL in X-A", |m| m.add("X-A", "a\0b")),
    open("name-nul", "RFC 9112 5", "NUL in a header name", |m| m.add("X\0A", "a")),
    open("value-cr", "RFC 9110 5.5", "bare CR in X-A", |m| m.add("X-A", "a\rb")),
    accept("value-8bit", Warn, "RFC 9110 5.5", "byte 0xFF in X-A (obs-text)", |m| m.add("X-A", b"a\xFFb")),
    open("header-8k", "4.2.1", "a header of 8000 bytes", |m| m.add("X-A", "a".repeat(8000))),
    open("header-64k", "4.2.1", "a header of 64 KiB", |m| m.add("X-A", "a".repeat(65536))),
    open("headers-90", "4.2.1", "90 more header lines", |m| fill(m, 90)),
    open("headers-500", "4.2.1", "500 more header lines", |m| fill(m, 500)),
    open("body-cl0", "RFC 9112 6", "Content-Length: 0", |m| m.set("Content-Length", "0")),
    open("body-cl5", "RFC 9112 6", "Content-Length: 5 and 5 bytes", |m| {
        m.set("Content-Length", "5");
        m.after = b"hello".to_vec();
    }),
    open("body-chunked", "RFC 9112 6", "chunked body of 5 bytes", |m| {
        m.set("Transfer-Encoding", "chunked");
        m.after = b"5\r\nhello\r\n0\r\n\r\n".to_vec();
    }),
    open("hixie-75", "4.2.1", "draft-hixie-75 handshake", hixie),
    open("hixie-76", "4.2.1", "draft-hixie-76 handshake with Key1/Key2 and 8 bytes", |m| {
        hixie(m);
        m.add("Sec-WebSocket-Key1", "4 @1  46546xW%0l 1 5");
        m.add("Sec-WebSocket-Key2", "12998 5 Y3 1  .P00");
        m.after = b"^n:ds[4U".to_vec();
    }),
    open("hybi-08", "4.2.1", "draft-hybi-08: version 8 with Sec-WebSocket-Origin", |m| {
        m.set(VERSION, "8");
        m.set("Sec-WebSocket-Origin", origin(m));
    }),
    accept(
        "accept-same-different",
        Error,
        "4.2.2 (5.4)",
        "same key twice gives one accept, another key another, both right",
        |m| m.delivery = Delivery::SameThenAnother,
    ),
];
