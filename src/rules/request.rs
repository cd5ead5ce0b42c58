//! The checks of requests.

use super::{Broken, EXTENSIONS, KEY, PROTOCOL, Scene, Side, VERSION, has_token, key_of, lacks, show, show_all, upgradable};
use crate::diagnosis::well_known;
use crate::escape::visible;
use crate::handshake::Key;
use crate::head::{Head, Seen, is_token, trim};
use std::collections::HashSet;

/// The first field by which a proxy makes itself known.
pub(super) fn proxy_trace(head: &Head) -> Option<String> {
    let trace = |name: &[u8]| {
        let name = name.to_ascii_lowercase();
        matches!(&*name, b"via" | b"forwarded" | b"x-real-ip") || name.starts_with(b"x-forwarded-")
    };
    head.fields.iter().find(|field| trace(&field.name)).map(|field| visible(&field.name).to_string())
}

pub(super) fn request_method(_: &Scene, head: &Head) -> Option<Broken> {
    let method = head.method().filter(|&method| method != b"GET")?;
    Some(Broken::new(format!("the method is {}, expected `GET`", show(method))))
}

pub(super) fn request_version(_: &Scene, head: &Head) -> Option<Broken> {
    if head.first.is_empty() {
        return None;
    }
    let Some(version) = head.version() else {
        return Some(Broken::new(format!("{} does not end in a version, expected `HTTP/1.1`", show(&head.first))));
    };
    if upgradable(version) {
        return None;
    }
    let broken = Broken::new(format!("the version is {}, expected `HTTP/1.1`", show(version)));
    // What nginx makes of a request unless `proxy_http_version 1.1` is set.
    let forwarded = version == b"HTTP/1.0" && proxy_trace(head).is_some();
    Some(if forwarded { broken.by(Side::Between) } else { broken })
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
        "has a blank, expected none"
    } else if target.starts_with(b"/") || absolute() == Some(true) {
        return None;
    } else {
        "is neither a path that begins with '/' nor a ws, wss, http or https URI"
    };
    Some(Broken::new(format!("the target {} {wrong}", show(target))))
}

pub(super) fn request_host(_: &Scene, head: &Head) -> Option<Broken> {
    if lacks(head, "Host") {
        return Some(Broken::new("Host is missing"));
    }
    let count = head.all("Host").count();
    if count > 1 && head.seen == Seen::Wire {
        return Some(Broken::new(format!("Host stands on {count} lines, expected one: {}", show_all(head, "Host"))));
    }
    let bad = |host: &&[u8]| host.is_empty() || host.iter().any(|b| b.is_ascii_control() || b" ,/?#@\"<>\\^`{|}".contains(b));
    let host = head.all("Host").find(bad)?;
    Some(Broken::new(format!("Host is {}, expected a host and perhaps a port", show(host))))
}

/// Upgrade and Connection of a request. They are for one hop alone (RFC 9110, section 7.6.1): a proxy drops them unless it
/// is told to pass them on, and the key stays.
pub(super) fn request_token(head: &Head, name: &str, token: &str) -> Option<Broken> {
    if has_token(head, name, token) {
        return None;
    }
    let found = match head.all(name).next() {
        Some(_) => format!("{name} is {}", show_all(head, name)),
        None if lacks(head, name) => format!("{name} is missing"),
        None => return None,
    };
    let found = format!("{found}, expected `{token}`");
    let dropped = lacks(head, "Upgrade") && head.all(KEY).next().is_some();
    Some(match proxy_trace(head).filter(|_| dropped) {
        Some(trace) => Broken::new(format!(
            "{found}: {trace} shows a proxy, which drops Upgrade and Connection unless it is told to pass them on"
        ))
        .by(Side::Between),
        None => Broken::new(found),
    })
}

pub(super) fn key_missing(_: &Scene, head: &Head) -> Option<Broken> {
    if !lacks(head, KEY) {
        return None;
    }
    Some(Broken::new(if head.all("Sec-WebSocket-Key1").next().is_some() {
        "Sec-WebSocket-Key is missing: Sec-WebSocket-Key1 is of the draft hixie-76, which RFC 6455 replaced"
    } else {
        "Sec-WebSocket-Key is missing"
    }))
}

pub(super) fn key_malformed(_: &Scene, head: &Head) -> Option<Broken> {
    let (key, error) = head.all(KEY).find_map(|key| Some((key, Key::parse(key).err()?)))?;
    Some(Broken::new(if key.is_empty() { error.to_string() } else { format!("{error}: {}", show(key)) }))
}

pub(super) fn key_trailing_bits(_: &Scene, head: &Head) -> Option<Broken> {
    let lax = |key| Key::parse_strict(key).err().filter(|_| Key::parse(key).is_ok());
    let (key, error) = head.all(KEY).find_map(|key| Some((key, lax(key)?)))?;
    Some(Broken::new(format!("{error}: {}", show(key))))
}

pub(super) fn key_well_known(_: &Scene, head: &Head) -> Option<Broken> {
    let (key, from) = head.all(KEY).find_map(|key| Some((key, well_known(key)?)))?;
    Some(Broken::new(format!("the key is {from}: {}", show(key))))
}

pub(super) fn key_reused(scene: &Scene, _: &Head) -> Option<Broken> {
    let key = key_of(scene.exchange)?;
    let first = *scene.context.key_first.get(key).filter(|&&first| first < scene.at)?;
    let other = scene.context.all.get(first)?.request.as_ref()?;
    let what = difference(scene.exchange.request.as_ref()?, other)?;
    Some(Broken::new(format!("the key {} is that of exchange {}, whose {what} differs", show(key), first + 1)))
}

/// In what two requests with one key differ that a proxy between two capture points would not have changed.
pub(super) fn difference(one: &Head, other: &Head) -> Option<&'static str> {
    let forwarded = proxy_trace(one).is_some() || proxy_trace(other).is_some();
    if !forwarded && one.target().zip(other.target()).is_some_and(|(a, b)| a != b) {
        return Some("target");
    }
    ["Origin", "User-Agent", "Cookie", PROTOCOL, EXTENSIONS]
        .into_iter()
        .find(|name| one.one(name).zip(other.one(name)).is_some_and(|(a, b)| a != b))
}

pub(super) fn version_missing(_: &Scene, head: &Head) -> Option<Broken> {
    lacks(head, VERSION).then(|| Broken::new("Sec-WebSocket-Version is missing, expected `13`"))
}

pub(super) fn version_unsupported(_: &Scene, head: &Head) -> Option<Broken> {
    let version = head.all(VERSION).find(|&version| version != b"13")?;
    Some(Broken::new(format!("Sec-WebSocket-Version is {}, expected `13`", show(version))))
}

pub(super) fn request_protocol(_: &Scene, head: &Head) -> Option<Broken> {
    head.all(PROTOCOL).next()?;
    if head.list(PROTOCOL).next().is_none() {
        return Some(Broken::new("Sec-WebSocket-Protocol is empty, expected a token at least"));
    }
    if let Some(bad) = head.list(PROTOCOL).find(|name| !is_token(name)) {
        return Some(Broken::new(format!("the subprotocol {} is not a token", show(bad))));
    }
    let mut names = HashSet::new();
    let twice = head.list(PROTOCOL).find(|&name| !names.insert(name))?;
    Some(Broken::new(format!("the subprotocol {} is asked for twice", show(twice))))
}

pub(super) fn request_extensions(_: &Scene, head: &Head) -> Option<Broken> {
    Some(Broken::new(extensions(head).err()?))
}

/// The names in Sec-WebSocket-Extensions (RFC 6455, section 9.1), or why it does not follow the grammar there.
pub(super) fn extensions(head: &Head) -> Result<Vec<&[u8]>, String> {
    let mut names = Vec::new();
    for value in head.all(EXTENSIONS) {
        for extension in split_unquoted(value, b',').into_iter().filter(|extension| !extension.is_empty()) {
            let mut parts = split_unquoted(extension, b';').into_iter();
            let name = parts.next().filter(|name| is_token(name));
            names.push(name.ok_or_else(|| format!("the extension {} does not begin with a token", show(extension)))?);
            for part in parts {
                let mut halves = part.splitn(2, |&b| b == b'=').map(trim);
                if !halves.next().is_some_and(is_token) || !halves.next().is_none_or(is_token_or_quoted) {
                    return Err(format!(
                        "the parameter {} of {} is neither a token nor `token=token`, quoted or not",
                        show(part),
                        show(extension)
                    ));
                }
            }
        }
    }
    if names.is_empty() && head.all(EXTENSIONS).next().is_some() {
        return Err("Sec-WebSocket-Extensions is empty, expected a token at least".to_owned());
    }
    Ok(names)
}

/// The parts between separators that stand outside of quotes, trimmed.
pub(super) fn split_unquoted(text: &[u8], separator: u8) -> Vec<&[u8]> {
    let (mut quoted, mut escaped) = (false, false);
    let parts = text.split(|&b| {
        let cuts = b == separator && !quoted;
        quoted ^= b == b'"' && !escaped;
        escaped = b == b'\\' && quoted && !escaped;
        cuts
    });
    parts.map(trim).collect()
}

/// What is quoted must be a token too once the quotes and backslashes are gone (RFC 6455, section 9.1).
pub(super) fn is_token_or_quoted(value: &[u8]) -> bool {
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
