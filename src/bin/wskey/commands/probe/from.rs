//! The request that a capture or a copied curl command shows, to be sent once more.

use super::curl;
use crate::input::{Patient, read_capture};
use crate::net::url::Url;
use crate::output::{path, remark};
use anyhow::{Context as _, Result, bail, ensure};
use std::ffi::OsStr;
use std::fs::File;
use std::io;
use wskey::Key;
use wskey::capture::Capture;
use wskey::conformance::{FieldLine, Message};
use wskey::escape::visible;
use wskey::head::{Exchange, Field, Head, KEY, VERSION, is_token};

/// What belongs to the connection that the request was captured on, or to a body.
const LEFT_OUT: [&str; 8] = [
    "Content-Length",
    "HTTP2-Settings",
    "Keep-Alive",
    "Proxy-Authorization",
    "Proxy-Connection",
    "TE",
    "Trailer",
    "Transfer-Encoding",
];

/// The first request in a file, or in stdin for `-`: its method, its version and its fields in their order, with this key and the URL's
/// host. Its target is the URL's, where that names one.
///
/// # Errors
/// Where there is no request, or one that would be sent as another than it seems.
pub(super) fn request(file: &OsStr, url: &Url, key: Key) -> Result<Message> {
    let name = path(file);
    let place = if file == "-" { "stdin" } else { &name };
    let bytes = if file == "-" {
        read_capture(place, &mut Patient(io::stdin().lock()))?
    } else {
        read_capture(place, &mut File::open(file).with_context(|| place.to_owned())?)?
    };
    if let Some(other) = curl::other_command(&bytes) {
        bail!("{place}: {other}, expected \"Copy as cURL (bash)\" or a capture");
    }
    let is_command = curl::is_command(&bytes);
    let head = if is_command { curl::request(place, &bytes)? } else { first(place, &bytes)? };
    if !is_command && (!head.is_complete() || head.has_dots) {
        remark(format_args!("{place}: the request may have had fields that are not shown there"));
    }
    let target = if has_target(url) { url.target.clone() } else { target(place, &head)? };
    let mut request = Message::request(url.secure, &url.authority, &target, key);
    request.start_line = start_line(place, &head, &target)?;
    request.fields = head.fields.iter().filter(|field| is_sent(field)).map(|field| line(place, field)).collect::<Result<_>>()?;
    if request.get("Host").is_none() {
        request.fields.insert(0, FieldLine::new("Host", url.authority.as_str()));
    }
    request.alter("Host", |line| line.value = url.authority.clone().into_bytes());
    // Of a request that was seen whole, what is not there was not sent.
    if !head.is_complete() || head.is_http2() {
        for (name, value) in [("Upgrade", "websocket"), ("Connection", "Upgrade"), (KEY, key.as_str()), (VERSION, "13")] {
            if request.get(name).is_none() {
                request.add(name, value);
            }
        }
    }
    Ok(request)
}

fn first(place: &str, bytes: &[u8]) -> Result<Head> {
    let exchanges = Capture::read(bytes).with_context(|| place.to_owned())?.exchanges;
    let request = exchanges.into_iter().find_map(|Exchange { request, .. }| request);
    request.with_context(|| format!("{place}: no request found, expected a captured handshake or a copied curl command"))
}

/// Whether a URL names a path or a query; `ws://localhost/` does, `ws://localhost` does not.
fn has_target(url: &Url) -> bool {
    url.shown.split_once("://").map_or(url.shown.as_str(), |(_, rest)| rest).contains(['/', '?'])
}

/// The words of the start line. A handshake over HTTP/2 or later has the same meaning as a GET of HTTP/1.1 (RFC 8441, section 5).
fn start_line(place: &str, head: &Head, target: &str) -> Result<Vec<Vec<u8>>> {
    let head = Some(head).filter(|head| !head.is_http2());
    let method = head.and_then(Head::method).unwrap_or(b"GET");
    let version = head.and_then(Head::version).unwrap_or(b"HTTP/1.1");
    for (what, word) in [("method", method), ("version", version)] {
        ensure!(word.iter().all(u8::is_ascii_graphic), "{place}: the {what} of the request is no visible ASCII");
    }
    Ok([method, target.as_bytes(), version].map(<[u8]>::to_vec).into())
}

/// The target of a head, which may be a whole URL; the root where none was seen.
fn target(place: &str, head: &Head) -> Result<String> {
    let seen = head.target().unwrap_or_default();
    let visible_ascii = str::from_utf8(seen).ok().filter(|seen| seen.bytes().all(|b| b.is_ascii_graphic()));
    let seen = visible_ascii.with_context(|| format!("{place}: the path of the request is no visible ASCII"))?;
    let seen = seen.split('#').next().unwrap_or_default();
    let url = seen.split_once("://").filter(|(scheme, _)| !scheme.contains(['/', '?']));
    let rest = url.map_or(seen, |(_, rest)| rest);
    let target = &rest[rest.find(['/', '?']).unwrap_or(rest.len())..];
    Ok(if target.starts_with('/') { target.to_owned() } else { format!("/{target}") })
}

fn is_sent(field: &Field) -> bool {
    let is_left_out = LEFT_OUT.iter().any(|name| field.name.eq_ignore_ascii_case(name.as_bytes()));
    !is_left_out && !field.name.starts_with(b":")
}

/// A field as a line, which no other can hide in.
fn line(place: &str, field: &Field) -> Result<FieldLine> {
    // Not repeated: it may be a password that stands in the wrong place.
    ensure!(is_token(&field.name), "{place}: invalid field name in the request, expected a token");
    let has_ending = field.value.iter().any(|b| b"\r\n\0".contains(b));
    ensure!(!has_ending, "{place}: the value of {} contains a CR, LF or NUL, expected one line", visible(&field.name));
    Ok(FieldLine::new(field.name.as_slice(), field.value.as_slice()))
}
