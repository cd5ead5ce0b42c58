//! The checks of requests.

use super::broken::{Broken, Side};
use super::evidence::{quote, quote_all};
use super::scene::{Scene, can_upgrade, has_token, key_of, lacks};
use super::syntax::duplicate;
use crate::diagnosis::well_known;
use crate::escape::visible;
use crate::handshake::Key;
use crate::head::{EXTENSIONS, Fidelity, Head, KEY, PROTOCOL, VERSION, is_token, trim_ows};
use std::collections::HashSet;

/// The first field that shows a proxy.
fn proxy_trace(head: &Head) -> Option<String> {
    let trace = |name: &[u8]| {
        let name = name.to_ascii_lowercase();
        matches!(&*name, b"via" | b"forwarded" | b"x-real-ip") || name.starts_with(b"x-forwarded-")
    };
    head.fields.iter().find(|field| trace(&field.name)).map(|field| visible(&field.name).to_string())
}

pub(super) fn request_method(_: &Scene, head: &Head) -> Option<Broken> {
    let method = head.method().filter(|&method| method != b"GET")?;
    Some(Broken::new(format!("the method is {}, expected `GET`", quote(method))))
}

pub(super) fn request_version(_: &Scene, head: &Head) -> Option<Broken> {
    if head.start_line.is_empty() {
        return None;
    }
    let Some(version) = head.version() else {
        return Some(Broken::new(format!("{} does not end with a version, expected `HTTP/1.1`", quote(&head.start_line))));
    };
    if can_upgrade(version) {
        return None;
    }
    let broken = Broken::new(format!("the version is {}, expected `HTTP/1.1`", quote(version)));
    // What nginx makes of a request unless `proxy_http_version 1.1` is set.
    let forwarded = version == b"HTTP/1.0" && proxy_trace(head).is_some();
    Some(if forwarded { broken.by(Side::Proxy) } else { broken })
}

pub(super) fn request_target(_: &Scene, head: &Head) -> Option<Broken> {
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
    Some(Broken::new(format!("the target {} {wrong}", quote(target))))
}

pub(super) fn request_host(_: &Scene, head: &Head) -> Option<Broken> {
    if lacks(head, "Host") {
        return Some(Broken::new("Host is missing"));
    }
    if let Some(broken) = duplicate(head, "Host").filter(|_| head.fidelity == Fidelity::Bytes) {
        return Some(broken);
    }
    let bad = |host: &&[u8]| host.is_empty() || host.iter().any(|b| b.is_ascii_control() || b" ,/?#@\"<>\\^`{|}".contains(b));
    let host = head.get_all("Host").find(bad)?;
    Some(Broken::new(format!("Host is {}, expected a host, optionally with a port", quote(host))))
}

/// Upgrade and Connection of a request. They are for one hop alone (RFC 9110, section 7.6.1): a proxy drops them unless told
/// to pass them on, and leaves the key.
pub(super) fn request_token(head: &Head, name: &str, token: &str) -> Option<Broken> {
    if has_token(head, name, token) {
        return None;
    }
    let found = if head.has(name) {
        format!("{name} is {}, expected `{token}`", quote_all(head, name))
    } else if lacks(head, name) {
        format!("{name} is missing, expected `{token}`")
    } else {
        return None;
    };
    let dropped = lacks(head, "Upgrade") && head.has(KEY);
    Some(match proxy_trace(head).filter(|_| dropped) {
        Some(trace) => Broken::new(format!(
            "{found}: {trace} shows a proxy; proxies drop Upgrade and Connection unless told to pass them on"
        ))
        .by(Side::Proxy),
        None => Broken::new(found),
    })
}

pub(super) fn key_missing(_: &Scene, head: &Head) -> Option<Broken> {
    if !lacks(head, KEY) {
        return None;
    }
    Some(Broken::new(if head.has("Sec-WebSocket-Key1") {
        "Sec-WebSocket-Key is missing: Sec-WebSocket-Key1 belongs to draft hixie-76, which RFC 6455 replaced"
    } else {
        "Sec-WebSocket-Key is missing"
    }))
}

pub(super) fn key_malformed(_: &Scene, head: &Head) -> Option<Broken> {
    let (key, error) = head.get_all(KEY).find_map(|key| Some((key, Key::parse(key).err()?)))?;
    Some(Broken::new(if key.is_empty() { error.to_string() } else { format!("{error}: {}", quote(key)) }))
}

pub(super) fn key_trailing_bits(_: &Scene, head: &Head) -> Option<Broken> {
    let lax = |key| Key::parse_strict(key).err().filter(|_| Key::parse(key).is_ok());
    let (key, error) = head.get_all(KEY).find_map(|key| Some((key, lax(key)?)))?;
    Some(Broken::new(format!("{error}: {}", quote(key))))
}

pub(super) fn key_well_known(_: &Scene, head: &Head) -> Option<Broken> {
    let (key, from) = head.get_all(KEY).find_map(|key| Some((key, well_known(key)?)))?;
    Some(Broken::new(format!("the key is {from}: {}", quote(key))))
}

pub(super) fn key_reused(scene: &Scene, _: &Head) -> Option<Broken> {
    let exchange = scene.exchange();
    let key = key_of(exchange)?;
    let first = *scene.context.key_first.get(key).filter(|&&first| first < scene.at)?;
    let other = scene.context.all.get(first)?.request.as_ref()?;
    let what = difference(exchange.request.as_ref()?, other)?;
    Some(Broken::new(format!("the key {} was used in exchange {} too, whose {what} differs", quote(key), first + 1)))
}

/// In what two requests with one key differ, other than in what a proxy between two capture points would have changed.
fn difference(one: &Head, other: &Head) -> Option<&'static str> {
    let forwarded = proxy_trace(one).is_some() || proxy_trace(other).is_some();
    if !forwarded && one.target().zip(other.target()).is_some_and(|(a, b)| a != b) {
        return Some("target");
    }
    ["Origin", "User-Agent", "Cookie", PROTOCOL, EXTENSIONS]
        .into_iter()
        .find(|name| one.get(name).zip(other.get(name)).is_some_and(|(a, b)| a != b))
}

pub(super) fn version_missing(_: &Scene, head: &Head) -> Option<Broken> {
    lacks(head, VERSION).then(|| Broken::new("Sec-WebSocket-Version is missing, expected `13`"))
}

pub(super) fn version_unsupported(_: &Scene, head: &Head) -> Option<Broken> {
    let version = head.get_all(VERSION).find(|&version| version != b"13")?;
    Some(Broken::new(format!("Sec-WebSocket-Version is {}, expected `13`", quote(version))))
}

pub(super) fn request_protocol(_: &Scene, head: &Head) -> Option<Broken> {
    if !head.has(PROTOCOL) {
        return None;
    }
    if head.tokens(PROTOCOL).next().is_none() {
        return Some(Broken::new("Sec-WebSocket-Protocol is empty, expected at least one token"));
    }
    if let Some(bad) = head.tokens(PROTOCOL).find(|name| !is_token(name)) {
        return Some(Broken::new(format!("the subprotocol {} is not a token", quote(bad))));
    }
    let mut names = HashSet::new();
    let twice = head.tokens(PROTOCOL).find(|&name| !names.insert(name))?;
    Some(Broken::new(format!("the subprotocol {} is requested twice", quote(twice))))
}

pub(super) fn request_extensions(_: &Scene, head: &Head) -> Option<Broken> {
    Some(Broken::new(extensions(head).err()?))
}

/// The names in Sec-WebSocket-Extensions (RFC 6455, section 9.1), or why it does not follow the grammar there.
pub(super) fn extensions(head: &Head) -> Result<Vec<&[u8]>, String> {
    let mut names = Vec::new();
    for value in head.get_all(EXTENSIONS) {
        for extension in split_unquoted(value, b',').into_iter().filter(|extension| !extension.is_empty()) {
            let mut parts = split_unquoted(extension, b';').into_iter();
            let name = parts.next().filter(|name| is_token(name));
            names.push(name.ok_or_else(|| format!("the extension {} does not begin with a token", quote(extension)))?);
            for part in parts {
                let mut halves = part.splitn(2, |&b| b == b'=').map(trim_ows);
                if !halves.next().is_some_and(is_token) || !halves.next().is_none_or(is_token_or_quoted) {
                    return Err(format!(
                        "the parameter {} of {} is neither a token nor `token=token`, quoted or not",
                        quote(part),
                        quote(extension)
                    ));
                }
            }
        }
    }
    if names.is_empty() && head.has(EXTENSIONS) {
        return Err("Sec-WebSocket-Extensions is empty, expected at least one token".to_owned());
    }
    Ok(names)
}

/// The parts between separators outside of quotes, trimmed.
fn split_unquoted(text: &[u8], separator: u8) -> Vec<&[u8]> {
    let (mut quoted, mut escaped) = (false, false);
    let parts = text.split(|&b| {
        let cuts = b == separator && !quoted;
        quoted ^= b == b'"' && !escaped;
        escaped = b == b'\\' && quoted && !escaped;
        cuts
    });
    parts.map(trim_ows).collect()
}

/// What is quoted must be a token too once the quotes and backslashes are gone (RFC 6455, section 9.1).
fn is_token_or_quoted(value: &[u8]) -> bool {
    let [b'"', inner @ .., b'"'] = value else { return is_token(value) };
    let mut escaped = false;
    let text: Vec<u8> = inner
        .iter()
        .copied()
        .filter(|&b| {
            escaped = b == b'\\' && !escaped;
            !escaped
        })
        .collect();
    !escaped && is_token(&text)
}
