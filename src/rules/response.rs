//! The checks of responses, and of a response against its request.

use super::request::extensions;
use super::{ACCEPT, Broken, DIAGNOSES, EXTENSIONS, KEY, Level, On, PROTOCOL, RULES, Scene, Side, VERSION, refusal};
use super::{connected, enumerate, has_token, is_http2, key_of, lacks, show, show_all, unjudged, upgradable};
use crate::diagnosis::{Suspects, describe, diagnose};
use crate::handshake::Accept;
use crate::head::{Head, Seen};
use std::collections::HashSet;

pub(super) fn response_status(scene: &Scene, head: &Head) -> Option<Broken> {
    let Some(status) = head.status() else {
        let malformed = !head.first.is_empty();
        return malformed.then(|| Broken::new(format!("{} is no status line, expected `HTTP/1.1 101`", show(&head.first))));
    };
    if status == 101 || connected(scene.exchange) || (is_http2(scene.exchange) && unjudged(scene.exchange).is_some()) {
        return None;
    }
    let request = scene.exchange.request.as_ref();
    let fault = request.and_then(|request| {
        let on_request = |on| matches!(on, On::Request | On::AnyRequest | On::Either | On::Http2);
        RULES.iter().filter(|rule| rule.level == Level::Error && on_request(rule.on)).find_map(|rule| {
            let broken = rule.broken(scene, request, Side::Client)?;
            Some((rule.id, broken.side.unwrap_or(Side::Client)))
        })
    });
    let followed = scene.at + 1 < scene.context.all.len();
    Some(refusal::explain(status, head, request, fault, followed))
}

pub(super) fn response_version(_: &Scene, head: &Head) -> Option<Broken> {
    let version = head.version().filter(|version| !upgradable(version))?;
    Some(Broken::new(format!("the version is {}, expected `HTTP/1.1`", show(version))))
}

pub(super) fn response_upgrade(_: &Scene, head: &Head) -> Option<Broken> {
    if lacks(head, "Upgrade") {
        return Some(Broken::new("Upgrade is missing, expected `websocket`"));
    }
    let all_right = head.all("Upgrade").all(|value| value.eq_ignore_ascii_case(b"websocket"));
    let once = head.all("Upgrade").count() <= 1 || head.seen < Seen::Wire;
    (!all_right || !once).then(|| Broken::new(format!("Upgrade is {}, expected `websocket`", show_all(head, "Upgrade"))))
}

pub(super) fn response_connection(_: &Scene, head: &Head) -> Option<Broken> {
    if lacks(head, "Connection") {
        return Some(Broken::new("Connection is missing, expected `Upgrade`"));
    }
    head.all("Connection").next()?;
    let broken = || Broken::new(format!("Connection is {}, expected `Upgrade`", show_all(head, "Connection")));
    (!has_token(head, "Connection", "Upgrade")).then(broken)
}

pub(super) fn response_connection_list(_: &Scene, head: &Head) -> Option<Broken> {
    let more = has_token(head, "Connection", "Upgrade")
        && head.list("Connection").any(|member| !member.eq_ignore_ascii_case(b"Upgrade"));
    more.then(|| Broken::new(format!("Connection is {}: legal, and `Upgrade` alone is safer", show_all(head, "Connection"))))
}

pub(super) fn accept_missing(_: &Scene, head: &Head) -> Option<Broken> {
    lacks(head, ACCEPT).then(|| Broken::new("Sec-WebSocket-Accept is missing"))
}

pub(super) fn accept_mismatch(scene: &Scene, head: &Head) -> Option<Broken> {
    let key = key_of(scene.exchange)?;
    let accept = head.all(ACCEPT).next()?;
    let answers = |key| head.all(ACCEPT).any(|accept| accept == Accept::of(key).encode());
    if scene.exchange.request.as_ref()?.all(KEY).any(answers) {
        return None;
    }
    let mismatch = format!("got {}, expected `{}`", show(accept), Accept::of(key));
    let context = scene.context;
    let other = <&[u8; Accept::LEN]>::try_from(accept).ok().and_then(|accept| context.answers.get(accept));
    if let Some(other) = other {
        let cause = "a proxy or a cache answered, or the client mixed up two connections";
        return Some(Broken::new(format!("{mismatch}: it answers the key of exchange {}; {cause}", other + 1)).by(Side::Between));
    }
    context.diagnoses.set(context.diagnoses.get() + 1);
    if context.diagnoses.get() > DIAGNOSES {
        return Some(Broken::new(format!("{mismatch} (no cause was looked for after {DIAGNOSES} wrong values)")));
    }
    let (before, after) = context.all.split_at_checked(scene.at)?;
    let others: Vec<_> = before.iter().rev().chain(after).filter_map(key_of).take(Suspects::OTHERS).collect();
    Some(Broken::new(match diagnose(key, accept, &others) {
        Some(cause) => format!("{mismatch}: {}; {}", cause.says, cause.fix),
        None => match describe(accept) {
            Some(what) => format!("{mismatch}: the accept value {what}"),
            None => format!("{mismatch}; no known mistake gives this value"),
        },
    }))
}

pub(super) fn accept_constant(scene: &Scene, head: &Head) -> Option<Broken> {
    let (key, accept) = (key_of(scene.exchange)?, head.one(ACCEPT)?);
    let first = *scene.context.accept_first.get(accept).filter(|&&first| first < scene.at)?;
    let other = key_of(scene.context.all.get(first)?).filter(|&other| other != key)?;
    let cause = "it is hard-coded, or comes from a cache";
    Some(Broken::new(format!("{} answered the key {} in exchange {} too: {cause}", show(accept), show(other), first + 1)))
}

/// The request, if the absence of a field in it would tell something.
pub(super) fn asked<'a>(scene: &Scene<'a>, name: &str) -> Option<&'a Head> {
    let request = scene.exchange.request.as_ref()?;
    (request.seen >= Seen::Copied || request.all(name).next().is_some()).then_some(request)
}

pub(super) fn protocol_unrequested(scene: &Scene, head: &Head) -> Option<Broken> {
    let chosen = head.all(PROTOCOL).next()?;
    let request = asked(scene, PROTOCOL)?;
    if head.all(PROTOCOL).any(|other| other != chosen) || (head.seen == Seen::Wire && head.all(PROTOCOL).count() > 1) {
        return Some(Broken::new(format!("more than one subprotocol is chosen: {}", show_all(head, PROTOCOL))));
    }
    if request.list(PROTOCOL).any(|name| name == chosen) {
        return None;
    }
    let asked = match request.list(PROTOCOL).next() {
        Some(_) => format!("asked for were {}", enumerate(request.list(PROTOCOL).map(show))),
        None => "none was asked for".to_owned(),
    };
    Some(Broken::new(format!("the subprotocol {} is chosen, {asked}", show(chosen))))
}

pub(super) fn protocol_not_chosen(scene: &Scene, head: &Head) -> Option<Broken> {
    let request = scene.exchange.request.as_ref().filter(|request| request.list(PROTOCOL).next().is_some())?;
    let asked = || enumerate(request.list(PROTOCOL).map(show));
    lacks(head, PROTOCOL).then(|| Broken::new(format!("asked for were {}, and none is chosen", asked())))
}

pub(super) fn extension_unrequested(scene: &Scene, head: &Head) -> Option<Broken> {
    let used = match extensions(head) {
        Ok(used) => used,
        Err(malformed) => return Some(Broken::new(malformed)),
    };
    let offered = extensions(asked(scene, EXTENSIONS)?).ok()?;
    let known: HashSet<_> = offered.iter().collect();
    let stray = used.into_iter().find(|name| !known.contains(name))?;
    let offered = if offered.is_empty() {
        "none was offered".to_owned()
    } else {
        format!("offered were {}", enumerate(offered.into_iter().map(show)))
    };
    Some(Broken::new(format!("the extension {} is in use, {offered}", show(stray))))
}

pub(super) fn response_body(_: &Scene, head: &Head) -> Option<Broken> {
    let name = ["Content-Length", "Transfer-Encoding"].into_iter().find(|name| head.all(name).next().is_some())?;
    Some(Broken::new(format!("{name} is {} in a 101, which has no body", show_all(head, name))))
}

pub(super) fn refusal_version_list(scene: &Scene, head: &Head) -> Option<Broken> {
    let version = scene.exchange.request.as_ref()?.one(VERSION)?;
    let another = version != b"13" && !version.is_empty() && version.iter().all(u8::is_ascii_digit);
    let refused = another && matches!(head.status(), Some(400 | 426)) && lacks(head, VERSION);
    refused.then(|| {
        Broken::new(format!("the version {} is refused, and no Sec-WebSocket-Version says what is spoken", show(version)))
    })
}

pub(super) fn refusal_upgrade_field(scene: &Scene, head: &Head) -> Option<Broken> {
    let broken = !is_http2(scene.exchange) && head.status() == Some(426) && lacks(head, "Upgrade");
    broken.then(|| Broken::new("a 426 without Upgrade, expected `Upgrade: websocket`"))
}
