//! The checks of responses, and of a response against its request.

use super::evidence::{enumerate, enumerate_as, near, quote_all};
use super::refusal;
use super::subject::{Subject, can_upgrade, has_token, is_connected, is_http2, key_of, lacks};
use super::unjudged::{Unjudged, unjudged};
use super::violation::{Evidence, Level, Violation};
use crate::diagnosis::{Mismatch, OTHER_KEYS, describe, diagnose};
use crate::escape::quote;
use crate::extensions::{Deflate, Party, extensions, split_unquoted};
use crate::handshake::{Accept, Key};
use crate::head::{
    ACCEPT, BodyLength, EXTENSIONS, Fidelity, Field, Head, KEY, PROTOCOL, Pairing, Unclear, VERSION, authority_and_target,
    trim_ows,
};
use std::collections::HashSet;

/// How many wrong accept values of one call are diagnosed: a cause takes milliseconds to find.
const DIAGNOSES: usize = 32;

/// How many bytes of names, values and the reason phrase are too many for Node's clients, unless they are told otherwise.
const NODES_BYTES: usize = 16 * 1024;

/// How many fields Node's clients read; they drop the others.
const NODES_FIELDS: usize = 1000;

pub(super) fn response_status(subject: &Subject, head: &Head) -> Option<Violation> {
    let Some(status) = head.status() else {
        let is_malformed = !head.start_line.is_empty();
        return is_malformed
            .then(|| Violation::new(format!("{} is not a status line, expected `HTTP/1.1 101`", quote(&head.start_line))));
    };
    let exchange = subject.exchange();
    let request = subject.request();
    let may_be_connect = (200..300).contains(&status) && request.is_some_and(|request| request.unclear.contains(&Unclear::NoKey));
    if status == 101 || is_connected(exchange) || may_be_connect || unjudged(exchange) == Some(Unjudged::Http2Request) {
        return None;
    }
    let fault = subject.request_fault.filter(|_| request.is_some());
    Some(refusal::explain(exchange, head, request, fault, is_followed(subject, head)))
}

/// Whether the next exchange of the capture does what this response asks for: goes where it points, or asks again with the
/// credentials that it demands.
fn is_followed(subject: &Subject, head: &Head) -> bool {
    let next = subject.context.all.get(subject.at + 1).and_then(|next| next.request.as_ref());
    let (Some(request), Some(next)) = (subject.request(), next) else { return false };
    // Another client may ask for the same by chance; a browser, which obeys no such response, is another one for sure.
    let is_same_key = request.has(KEY) && request.get(KEY) == next.get(KEY);
    let is_browser = next.get("User-Agent").is_some_and(|agent| agent.starts_with(b"Mozilla/"));
    let of_client = ["User-Agent", "Origin", "Cookie", PROTOCOL, EXTENSIONS];
    let is_one_client = of_client.iter().all(|name| request.get_all(name).eq(next.get_all(name)));
    let is_one_label = subject.exchange().label == subject.context.all[subject.at + 1].label;
    if !is_same_key && (is_browser || !is_one_client || !is_one_label) {
        return false;
    }
    let has_new = |name: &str| next.has(name) && next.get(name) != request.get(name);
    match head.status() {
        Some(401) => has_new("Authorization") && next.target() == request.target(),
        Some(407) => has_new("Proxy-Authorization") && next.target() == request.target(),
        Some(301..=303 | 307 | 308) => head.get("Location").is_some_and(|location| {
            let (authority, target) = authority_and_target(location);
            authority.is_none_or(|authority| next.get("Host") == Some(authority)) && next.target() == Some(target.as_ref())
        }),
        _ => false,
    }
}

pub(super) fn response_version(_: &Subject, head: &Head) -> Option<Violation> {
    let version = head.version().filter(|version| *version != b"HTTP/1.1")?;
    if can_upgrade(version) {
        let legal = format!("the version is {}: legal, and some clients know HTTP/1.1 alone", quote(version));
        return Some(Violation::new(legal).weighs(Level::Warn));
    }
    Some(Violation::new(format!("the version is {}, expected `HTTP/1.1`", quote(version))))
}

pub(super) fn response_interim(subject: &Subject, _: &Head) -> Option<Violation> {
    let count = subject.exchange().interim;
    let noun = if count == 1 { "response" } else { "responses" };
    (count > 0).then(|| Violation::new(format!("{count} interim {noun} before the 101: Chromium fails the connection")))
}

pub(super) fn response_upgrade(_: &Subject, head: &Head) -> Option<Violation> {
    if lacks(head, "Upgrade") {
        return Some(Violation::new(format!("Upgrade is missing, expected `websocket`{}", near(head, "Upgrade"))));
    }
    let all_right = head.get_all("Upgrade").all(|value| value.eq_ignore_ascii_case(b"websocket"));
    let is_once = head.get_all("Upgrade").count() <= 1 || head.fidelity == Fidelity::Partial;
    (!all_right || !is_once).then(|| Violation::new(format!("Upgrade is {}, expected `websocket`", quote_all(head, "Upgrade"))))
}

pub(super) fn response_connection(_: &Subject, head: &Head) -> Option<Violation> {
    if lacks(head, "Connection") {
        return Some(Violation::new(format!("Connection is missing, expected `Upgrade`{}", near(head, "Connection"))));
    }
    let is_wrong = head.has("Connection") && !has_token(head, "Connection", "Upgrade");
    is_wrong.then(|| Violation::new(format!("Connection is {}, expected `Upgrade`", quote_all(head, "Connection"))))
}

pub(super) fn response_connection_list(_: &Subject, head: &Head) -> Option<Violation> {
    if !has_token(head, "Connection", "Upgrade") {
        return None;
    }
    if head.tokens("Connection").any(|member| !member.eq_ignore_ascii_case(b"Upgrade")) {
        return Some(Violation::new(format!(
            "Connection is {}: legal, and `Upgrade` alone is safer",
            quote_all(head, "Connection")
        )));
    }
    let mut lines = head.fields.iter().filter(|field| field.name.eq_ignore_ascii_case(b"Connection"));
    let is_hidden = lines.all(|field| field.has_tab_behind);
    is_hidden
        .then(|| Violation::new("a tab behind the value of Connection: legal, and Node's clients see no `Upgrade` before it"))
}

pub(super) fn response_differs(_: &Subject, head: &Head) -> Option<Violation> {
    // Chromium takes a comma outside of quotes for one between two values of Content-Disposition.
    let split = |name, line| if name == "Location" { vec![line] } else { split_unquoted(line, b',') };
    ["Location", "Content-Disposition"].into_iter().find_map(|name| {
        let values: Vec<_> = head.get_all(name).flat_map(|line| split(name, line)).collect();
        let differ = values.windows(2).any(|pair| pair[0] != pair[1]);
        let found = || format!("{name} has different values: {}", enumerate(values.iter().map(|value| quote(value))));
        differ.then(|| Violation::new(found()))
    })
}

pub(super) fn accept_missing(_: &Subject, head: &Head) -> Option<Violation> {
    lacks(head, ACCEPT).then(|| Violation::new(format!("Sec-WebSocket-Accept is missing{}", near(head, ACCEPT))))
}

pub(super) fn accept_mismatch(subject: &Subject, head: &Head) -> Option<Violation> {
    let exchange = subject.exchange();
    let accept = head.get_all(ACCEPT).next()?;
    if let Pairing::OneOf(open) = exchange.pairing {
        return Some(Violation::new(format!("got {}, which answers none of the {open} keys that were open", quote(accept))));
    }
    // What stands under a name of somebody's own may be another's.
    if exchange.heads().any(|(_, head)| head.unclear.contains(&Unclear::OwnName)) {
        return None;
    }
    let key = key_of(exchange)?;
    let is_answered = |key: &[u8]| head.get_all(ACCEPT).any(|accept| accept == Accept::of(key).as_bytes());
    let mut keys = exchange.request.iter().flat_map(|request| request.get_all(KEY));
    if keys.any(is_answered) {
        return None;
    }
    // A malformed key has no value that answers it: a server refuses it (4.2.1).
    let expected = Key::parse(key).is_ok().then(|| Accept::of(key).to_string());
    let mismatch = match &expected {
        Some(expected) => format!("got {}, expected `{expected}`", quote(accept)),
        None => format!("got {}, which does not answer the malformed key", quote(accept)),
    };
    let evidence = |headline: &str, causes| Evidence { headline: headline.to_owned(), got: accept.to_vec(), expected, causes };
    let context = subject.context;
    if let Some(other) = Accept::parse(accept).ok().and_then(|accept| context.answered(&accept)) {
        let cause = "the server keeps it, a proxy or a cache answered, or the client mixed up two connections";
        let headline = format!("it answers the key of exchange {}; {cause}", other + 1);
        let violation = Violation::new(format!("{mismatch}: {headline}"));
        return Some(violation.with(evidence(&headline, Vec::new())).by_any(None));
    }
    context.diagnoses.set(context.diagnoses.get() + 1);
    if context.diagnoses.get() > DIAGNOSES {
        let headline = format!("search limit ({DIAGNOSES}) reached: not diagnosed");
        return Some(Violation::new(format!("{mismatch} ({headline})")).with(evidence(&headline, Vec::new())));
    }
    let (before, after) = context.all.split_at_checked(subject.at)?;
    let earlier = context.earlier.keys.iter().rev().map(Vec::as_slice);
    let others = before.iter().rev().filter_map(key_of).chain(earlier).chain(after.iter().filter_map(key_of));
    let others: Vec<_> = others.take(OTHER_KEYS).collect();
    let causes = diagnose(Mismatch { key, accept }, &others);
    let explained: Vec<_> = causes.iter().map(|cause| format!("{}; {}", cause.description, cause.fix)).collect();
    let (message, headline) = match (explained.as_slice(), describe(accept)) {
        ([], None) => (
            format!("{mismatch}; no known mistake produces it"),
            "the accept value does not answer the key, and no known mistake produces it".into(),
        ),
        ([], Some(what)) => (format!("{mismatch}: the accept value {what}"), format!("the accept value {what}")),
        (explained, _) => {
            (format!("{mismatch}: {}", explained.join("; or: ")), "the accept value does not answer the key".into())
        }
    };
    Some(Violation::new(message).with(evidence(&headline, causes)))
}

pub(super) fn accept_constant(subject: &Subject, head: &Head) -> Option<Violation> {
    let (key, accept) = (key_of(subject.exchange())?, head.get(ACCEPT).filter(|accept| !accept.is_empty())?);
    if subject.exchange().pairing != Pairing::Certain || accept == Accept::of(key).as_bytes() {
        return None;
    }
    let (first, other) =
        subject.context.first_with(accept).filter(|(first, other)| *first < subject.number() && **other != *key)?;
    let cause = "it is hard-coded, or comes from a cache";
    let text = format!("{} answered the key {} in exchange {} too: {cause}", quote(accept), quote(other), first + 1);
    Some(Violation::new(text).by_any(None))
}

/// The request, if it was seen which of this field's values it has.
fn requested<'a>(subject: &Subject<'a>, name: &str) -> Option<&'a Head> {
    let request = subject.request()?;
    (request.fidelity >= Fidelity::Complete || request.has(name)).then_some(request)
}

pub(super) fn protocol_unrequested(subject: &Subject, head: &Head) -> Option<Violation> {
    let selected = head.get_all(PROTOCOL).next()?;
    let request = requested(subject, PROTOCOL)?;
    if head.get_all(PROTOCOL).count() > 1 && !head.may_show_twice(PROTOCOL) {
        return Some(Violation::new(format!("more than one subprotocol selected: {}", quote_all(head, PROTOCOL))));
    }
    if request.tokens(PROTOCOL).any(|name| name == selected) {
        return None;
    }
    let requested = enumerate_as("requested", request.tokens(PROTOCOL).map(quote));
    Some(Violation::new(format!("selected {}, {requested}", quote(selected))))
}

pub(super) fn protocol_not_chosen(subject: &Subject, head: &Head) -> Option<Violation> {
    let requested = enumerate(subject.request()?.tokens(PROTOCOL).map(quote));
    let is_broken = lacks(head, PROTOCOL) && !requested.is_empty();
    is_broken.then(|| Violation::new(format!("requested {requested}, none selected")))
}

pub(super) fn extension_unrequested(subject: &Subject, head: &Head) -> Option<Violation> {
    let used = match extensions(head) {
        Ok(used) => used,
        Err(malformed) => return Some(Violation::new(malformed)),
    };
    let offered = extensions(requested(subject, EXTENSIONS)?).ok()?;
    let known: HashSet<_> = offered.iter().map(|extension| extension.name).collect();
    let stray = used.into_iter().find(|extension| !known.contains(extension.name))?.name;
    let offered = enumerate_as("offered", offered.into_iter().map(|extension| quote(extension.name)));
    Some(Violation::new(format!("selected extension {}, {offered}", quote(stray))))
}

pub(super) fn extension_parameters(subject: &Subject, head: &Head) -> Option<Violation> {
    let answers = extensions(head).ok()?;
    let wrong = |what| Some(Violation::new(format!("permessage-deflate: {what}")));
    let mut agreed = Vec::new();
    for answer in answers.iter().filter(|extension| extension.is_deflate()) {
        match Deflate::read(answer, Party::Server) {
            Ok(deflate) => agreed.push(deflate),
            Err(what) => return wrong(what),
        }
    }
    let offers = extensions(requested(subject, EXTENSIONS)?).ok()?;
    let offers = || offers.iter().filter(|extension| extension.is_deflate());
    let valid: Vec<_> = offers().filter_map(|offer| Deflate::read(offer, Party::Client).ok()).collect();
    // RFC 6455, section 9.1, has none there; the grammar of HTTP at its time allowed them between any two words.
    let has_space = |value: &[u8]| value.windows(2).any(|pair| matches!(pair, [b' ' | b'\t', b'='] | [b'=', b' ' | b'\t']));
    let spaced = head
        .get_all(EXTENSIONS)
        .any(has_space)
        .then(|| Violation::new("a space or tab beside the `=` of a parameter, which Node's clients refuse").weighs(Level::Warn));
    // Several offers are alternatives (RFC 7692, section 5).
    let unsatisfied = agreed.iter().find_map(|answer| {
        let reasons: Vec<_> = valid.iter().map(|offer| offer.unsatisfied_by(answer)).collect();
        if reasons.iter().any(Option::is_none) { None } else { Some(reasons.into_iter().flatten().next()) }
    });
    let Some(unsatisfied) = unsatisfied else { return spaced };
    // Without an offer the rule before this one is broken.
    offers().next()?;
    wrong(unsatisfied.unwrap_or_else(|| "no offer was valid, expected it to be declined".to_owned()))
}

pub(super) fn extension_duplicate(_: &Subject, head: &Head) -> Option<Violation> {
    let mut names = HashSet::new();
    let twice = extensions(head).ok()?.into_iter().find(|extension| !names.insert(extension.name))?.name;
    if head.may_show_twice(EXTENSIONS) {
        return None;
    }
    Some(Violation::new(format!("the extension {} is selected twice", quote(twice))))
}

pub(super) fn response_body(_: &Subject, head: &Head) -> Option<Violation> {
    let name = ["Content-Length", "Transfer-Encoding"].into_iter().find(|name| head.has(name))?;
    let found = format!("{name} is {} in a 101, which has no body", quote_all(head, name));
    // An empty member differs too. Chunks stand in place of any length (RFC 9112, section 6.3).
    let mut lengths = head.get_all("Content-Length").flat_map(|value| value.split(|&b| b == b',')).map(trim_ows);
    let first = lengths.next();
    let is_chunked = matches!(BodyLength::of(head), Some(BodyLength::Chunked));
    if head.fidelity >= Fidelity::Complete && !is_chunked && lengths.any(|length| Some(length) != first) {
        return Some(Violation::new(format!("{found}, and the lengths differ")).weighs(Level::Error));
    }
    Some(Violation::new(found))
}

pub(super) fn response_long(_: &Subject, head: &Head) -> Option<Violation> {
    let reason = head.start_line.splitn(3, |&b| b == b' ').nth(2).map_or(0, <[u8]>::len);
    let bytes = head.fields.iter().map(|field| field.name.len() + field.value.len()).sum::<usize>() + reason;
    if bytes >= NODES_BYTES {
        return Some(Violation::new(format!(
            "names, values and reason phrase have {bytes} bytes: Node's clients read less than {NODES_BYTES}"
        )));
    }
    let of_handshake = ["Upgrade", "Connection", ACCEPT, PROTOCOL, EXTENSIONS];
    let is_one = |field: &&Field| of_handshake.iter().any(|name| field.name.eq_ignore_ascii_case(name.as_bytes()));
    let late = head.fields.iter().skip(NODES_FIELDS).find(is_one)?;
    let (name, before) = (quote(&late.name), format!("{NODES_FIELDS} fields"));
    Some(Violation::new(format!("{name} stands behind {before}: Node's clients read no more")))
}

pub(super) fn refusal_version_list(subject: &Subject, head: &Head) -> Option<Violation> {
    let version = subject.exchange().request.as_ref()?.get(VERSION)?;
    let another = version != b"13" && !version.is_empty() && version.iter().all(u8::is_ascii_digit);
    let refused = another && matches!(head.status(), Some(400 | 426)) && lacks(head, VERSION);
    refused.then(|| {
        Violation::new(format!("version {} is refused, and no Sec-WebSocket-Version names the supported ones", quote(version)))
    })
}

pub(super) fn refusal_upgrade_field(subject: &Subject, head: &Head) -> Option<Violation> {
    let broken = !is_http2(subject.exchange()) && head.status() == Some(426) && lacks(head, "Upgrade");
    // RFC 9110, section 7.6.1: what Connection names goes no further than to the next hop, and Caddy and httpd drop it so.
    let found = "a 426 without Upgrade, expected `Upgrade: websocket`; an intermediary may have dropped it";
    broken.then(|| Violation::new(found).by_any(None))
}
