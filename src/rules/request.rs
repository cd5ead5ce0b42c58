//! The checks of requests.

use super::evidence::{near, quote_all};
use super::side::Side;
use super::subject::{Subject, can_upgrade, has_token, key_of, lacks, proxy_trace};
use super::syntax::duplicate;
use super::violation::Violation;
use crate::diagnosis::well_known;
use crate::escape::quote;
use crate::extensions::{Deflate, Party, extensions};
use crate::handshake::Key;
use crate::head::{Fidelity, Head, KEY, PROTOCOL, VERSION, is_token};
use std::collections::HashSet;

pub(super) fn request_method(_: &Subject, head: &Head) -> Option<Violation> {
    let method = head.method().filter(|&method| method != b"GET")?;
    Some(Violation::new(format!("the method is {}, expected `GET`", quote(method))))
}

pub(super) fn request_version(_: &Subject, head: &Head) -> Option<Violation> {
    if head.start_line.is_empty() {
        return None;
    }
    let Some(version) = head.version() else {
        return (head.fidelity > Fidelity::Partial)
            .then(|| Violation::new(format!("{} does not end with a version, expected `HTTP/1.1`", quote(&head.start_line))));
    };
    if can_upgrade(version) {
        return None;
    }
    let broken = Violation::new(format!("the version is {}, expected `HTTP/1.1`", quote(version)));
    // What nginx makes of a request unless `proxy_http_version 1.1` is set.
    let forwarded = version == b"HTTP/1.0" && proxy_trace(head).is_some();
    Some(if forwarded { broken.by(Side::Proxy) } else { broken })
}

pub(super) fn request_target(_: &Subject, head: &Head) -> Option<Violation> {
    let target = head.target()?;
    let absolute = || {
        let (scheme, rest) = target.split_at_checked(target.iter().position(|&b| b == b':')?)?;
        let known = ["ws", "wss", "http", "https"].iter().any(|name| scheme.eq_ignore_ascii_case(name.as_bytes()));
        Some(known && matches!(rest, [b':', b'/', b'/', host, ..] if !b"/?".contains(host)))
    };
    let wrong = if target.contains(&b'#') {
        "has a fragment, expected none"
    } else if target.iter().any(u8::is_ascii_whitespace) {
        "contains white space, expected none"
    } else if target.starts_with(b"/") || absolute() == Some(true) {
        return None;
    } else {
        "is neither a path that begins with '/' nor a ws, wss, http or https URI"
    };
    Some(Violation::new(format!("the target {} {wrong}", quote(target))))
}

pub(super) fn request_host(_: &Subject, head: &Head) -> Option<Violation> {
    if lacks(head, "Host") {
        return Some(Violation::new("Host is missing"));
    }
    if let Some(broken) = duplicate(head, "Host").filter(|_| head.fidelity >= Fidelity::Complete) {
        return Some(broken);
    }
    let host = head.get_all("Host").find(|host| !is_host(host))?;
    Some(Violation::new(format!("Host is {}, expected a host, optionally with a port", quote(host))))
}

/// Whether this can be a host with a port or without (RFC 3986, section 3.2.2).
fn is_host(text: &[u8]) -> bool {
    let (host, port) = match text.strip_prefix(b"[") {
        Some(inner) => {
            let Some(end) = inner.iter().position(|&b| b == b']') else { return false };
            (&inner[..end], &inner[end + 1..])
        }
        None => text.split_at(text.iter().position(|&b| b == b':').unwrap_or(text.len())),
    };
    let is_port = port.is_empty() || port.strip_prefix(b":").is_some_and(|digits| digits.iter().all(u8::is_ascii_digit));
    let is_bad = |b: &u8| b.is_ascii_control() || b" ,/?#@\"<>\\^`{|}[]".contains(b);
    !host.is_empty() && !host.iter().any(is_bad) && is_port
}

/// Upgrade and Connection of a request. They are for one hop alone (RFC 9110, section 7.6.1): a proxy drops them unless told
/// to pass them on, and leaves the key.
pub(super) fn request_token(head: &Head, name: &str, token: &str) -> Option<Violation> {
    if has_token(head, name, token) {
        return None;
    }
    let found = if head.has(name) {
        format!("{name} is {}, expected `{token}`", quote_all(head, name))
    } else if lacks(head, name) {
        format!("{name} is missing, expected `{token}`{}", near(head, name))
    } else {
        return None;
    };
    let dropped = lacks(head, "Upgrade") && head.has(KEY);
    Some(match proxy_trace(head).filter(|_| dropped) {
        Some(trace) => Violation::new(format!(
            "{found}: {trace} shows a proxy; proxies drop Upgrade and Connection unless told to pass them on"
        ))
        .by(Side::Proxy),
        None => Violation::new(found),
    })
}

pub(super) fn key_missing(_: &Subject, head: &Head) -> Option<Violation> {
    if !lacks(head, KEY) {
        return None;
    }
    Some(Violation::new(if head.has("Sec-WebSocket-Key1") {
        "Sec-WebSocket-Key is missing: Sec-WebSocket-Key1 belongs to draft hixie-76, which RFC 6455 replaced".to_owned()
    } else {
        format!("Sec-WebSocket-Key is missing{}", near(head, KEY))
    }))
}

pub(super) fn key_malformed(_: &Subject, head: &Head) -> Option<Violation> {
    let (key, error) = head.get_all(KEY).find_map(|key| Some((key, Key::parse(key).err()?)))?;
    Some(Violation::new(if key.is_empty() { error.to_string() } else { format!("{error}: {}", quote(key)) }))
}

pub(super) fn key_trailing_bits(_: &Subject, head: &Head) -> Option<Violation> {
    let lax = |key| Key::parse_strict(key).err().filter(|_| Key::parse(key).is_ok());
    let (key, error) = head.get_all(KEY).find_map(|key| Some((key, lax(key)?)))?;
    Some(Violation::new(format!("{error}: {}", quote(key))))
}

pub(super) fn key_well_known(_: &Subject, head: &Head) -> Option<Violation> {
    let (key, from) = head.get_all(KEY).find_map(|key| Some((key, well_known(key)?)))?;
    Some(Violation::new(format!("the key is {from}: {}", quote(key))))
}

pub(super) fn key_reused(subject: &Subject, _: &Head) -> Option<Violation> {
    let exchange = subject.exchange();
    let key = key_of(exchange)?;
    if let Some(reception) = exchange.reception {
        let used = || format!("the key {} came over another connection too, expected a random one for each", quote(key));
        return reception.is_key_used.then(|| Violation::new(used()));
    }
    let (first, what) = subject.context.first_use(key, exchange.request.as_ref()?)?;
    let what = what.filter(|_| first < subject.number())?;
    Some(Violation::new(format!("the key {} was used in exchange {} too, whose {what} differs", quote(key), first + 1)))
}

pub(super) fn version_missing(_: &Subject, head: &Head) -> Option<Violation> {
    lacks(head, VERSION)
        .then(|| Violation::new(format!("Sec-WebSocket-Version is missing, expected `13`{}", near(head, VERSION))))
}

pub(super) fn version_unsupported(_: &Subject, head: &Head) -> Option<Violation> {
    let version = head.get_all(VERSION).find(|&version| version != b"13")?;
    Some(Violation::new(format!("Sec-WebSocket-Version is {}, expected `13`", quote(version))))
}

pub(super) fn request_protocol(_: &Subject, head: &Head) -> Option<Violation> {
    if !head.has(PROTOCOL) {
        return None;
    }
    if head.tokens(PROTOCOL).next().is_none() {
        return Some(Violation::new("Sec-WebSocket-Protocol is empty, expected at least one token"));
    }
    if let Some(bad) = head.tokens(PROTOCOL).find(|name| !is_token(name)) {
        return Some(Violation::new(format!("the subprotocol {} is not a token", quote(bad))));
    }
    let mut names = HashSet::new();
    let twice = head.tokens(PROTOCOL).find(|&name| !names.insert(name)).filter(|_| !head.may_show_twice(PROTOCOL))?;
    Some(Violation::new(format!("the subprotocol {} is requested twice", quote(twice))))
}

pub(super) fn extension_offer(_: &Subject, head: &Head) -> Option<Violation> {
    let offers = extensions(head).ok()?;
    let mut deflates = offers.iter().filter(|extension| extension.is_deflate());
    let what = deflates.find_map(|offer| Deflate::read(offer, Party::Client).err())?;
    Some(Violation::new(format!("permessage-deflate: {what}: the server must decline the offer")))
}

pub(super) fn request_waits(subject: &Subject, head: &Head) -> Option<Violation> {
    let early = subject.exchange().reception?.early;
    // A body belongs to the request.
    if early == 0 || head.has("Content-Length") || head.has("Transfer-Encoding") {
        return None;
    }
    let noun = if early == 1 { "byte" } else { "bytes" };
    Some(Violation::new(format!("{early} {noun} came behind the request before it was answered, expected none")))
}

pub(super) fn request_extensions(_: &Subject, head: &Head) -> Option<Violation> {
    Some(Violation::new(extensions(head).err()?))
}
