//! The way through a proxy: what was sent on one side, what arrived on the other, and which of the changes breaks the handshake.

use super::violation::{Level, Violation};
use crate::changes::{Change, HeadPart, How, changes, interim_change};
use crate::extensions::extensions;
use crate::handshake::{Accept, Key};
use crate::head::{ACCEPT, EXTENSIONS, Exchange, FarSide, Head, KEY, Kind, PROTOCOL, VERSION};

/// The fields that rules are about, and the beginning of the ids of these.
const FIELDS: [(&str, &[&str]); 10] = [
    ("Host", &["request-host"]),
    ("Upgrade", &["request-upgrade", "response-upgrade", "refusal-upgrade"]),
    ("Connection", &["request-connection", "response-connection"]),
    (KEY, &["key-", "accept-mismatch"]),
    (VERSION, &["version-", "refusal-version"]),
    (PROTOCOL, &["request-protocol", "protocol-"]),
    (EXTENSIONS, &["request-extensions", "extension-"]),
    (ACCEPT, &["accept-"]),
    ("Content-Length", &["response-body"]),
    ("Transfer-Encoding", &["response-body"]),
];

/// A rule that a head breaks.
pub(super) struct Broken {
    pub(super) kind: Kind,
    pub(super) id: &'static str,
    pub(super) level: Level,
}

/// What a proxy changed in the two heads of an exchange, each change with the rule that is broken by it.
#[derive(Default)]
pub(super) struct Passage {
    changes: Vec<(Change, Level)>,
    /// The fields in which the two ends have another understanding, each with the head that made it so.
    disagreed: Vec<(Kind, &'static str)>,
    /// The rules that what came back breaks, and what the server sent does not.
    broken_back: Vec<&'static str>,
}

impl Passage {
    /// What was changed; nothing where nobody looked on both sides. `broken` tells what an exchange breaks.
    pub(super) fn of(exchange: &Exchange, broken: fn(Exchange) -> Vec<Broken>) -> Self {
        let Some(FarSide { request: Some(arrived), response: given, interim, is_choosing, .. }) = exchange.far.as_deref() else {
            return Self::default();
        };
        let Some(sent) = &exchange.request else { return Self::default() };
        let there = new(broken(Exchange::new(Some(arrived.clone()), None)), &broken(Exchange::new(Some(sent.clone()), None)));
        let back_of = |exchange: Exchange| {
            let mut found = broken(exchange);
            found.retain(|broken| broken.kind == Kind::Response);
            found
        };
        let server = Exchange { interim: *interim, ..Exchange::new(Some(arrived.clone()), given.clone()) };
        let back = new(back_of(Exchange { far: None, ..exchange.clone() }), &back_of(server));
        let (mut found, mut disagreed) = (changes(sent, arrived), Vec::new());
        if let (Some(given), Some(got)) = (given, &exchange.response) {
            disagreed.extend(disagreements((sent, arrived), (given, got)).into_iter().map(|name| (Kind::Response, name)));
            // A browser fails where it asked and gets none, and the server would have given one.
            let is_none_left = ![arrived, got].iter().any(|head| head.has(PROTOCOL));
            if *is_choosing && sent.has(PROTOCOL) && is_none_left && got.status() == Some(101) {
                disagreed.push((Kind::Request, PROTOCOL));
            }
            found.extend(changes_back((sent, arrived), (given, got)));
            found.extend(interim_change(*interim, exchange.interim));
        }
        let weigh = |mut change: Change| {
            // What is dropped from a request may be missed in its answer.
            let there = there.iter().filter(|_| change.kind == Kind::Request);
            let broken = there.chain(&back).filter(|broken| is_about(broken.id, &change.part)).max_by_key(|broken| broken.level);
            change.breaks = broken.map(|broken| broken.id);
            let level = broken.map_or(Level::Note, |broken| broken.level);
            let level = if is_of(&change, &disagreed) { Level::Error } else { level };
            (change, level)
        };
        let broken_back = back.iter().filter(|_| given.is_some()).map(|broken| broken.id).collect();
        Self { changes: found.into_iter().map(weigh).collect(), disagreed, broken_back }
    }

    /// Whether the proxy broke this rule in what came back: the server did not.
    pub(super) fn breaks_back(&self, id: &str) -> bool {
        self.broken_back.contains(&id)
    }

    /// The changes of one of the heads.
    pub(super) fn changes(&self, kind: Kind) -> impl Iterator<Item = &Change> {
        self.changes.iter().map(|(change, _)| change).filter(move |change| change.kind == kind)
    }

    pub(super) fn violation(&self, change: &Change) -> Violation {
        let level = self.changes.iter().find(|(other, _)| other.is_like(change)).map_or(Level::Note, |(_, level)| *level);
        // What is no key any more was spoilt on the way.
        let is_own =
            change.how == How::Changed && change.part.is_field(KEY) && change.after.iter().all(|key| Key::parse(key).is_ok());
        let why = match is_own {
            true => "the proxy makes a handshake of its own: ",
            false if is_of(change, &self.disagreed) => "the two ends do not agree: ",
            false => "",
        };
        Violation { change: Some(change.clone()), ..Violation::new(format!("{why}{change}")).weighs(level) }
    }
}

/// Whether it is a change of one of these fields.
fn is_of(change: &Change, fields: &[(Kind, &str)]) -> bool {
    fields.iter().any(|(kind, name)| change.kind == *kind && change.part.is_field(name))
}

/// The fields of a 101 in which the client got another subprotocol, or other extensions, than the server gave: what one end sends means
/// something else to the other (RFC 6455, sections 1.9 and 9.1). Who makes a handshake of its own agrees with each end by itself, and may
/// translate; but a browser that asked for a subprotocol fails where none comes back, and there the server gave one.
#[must_use]
pub fn disagreements((sent, arrived): (&Head, &Head), (given, got): (&Head, &Head)) -> Vec<&'static str> {
    if given.status() != Some(101) || got.status() != Some(101) {
        return Vec::new();
    }
    if sent.get(KEY) != arrived.get(KEY) {
        let is_lost = [sent, given].iter().all(|head| head.has(PROTOCOL)) && !got.has(PROTOCOL);
        return is_lost.then_some(PROTOCOL).into_iter().collect();
    }
    let is_same_list = |name| given.tokens(name).eq(got.tokens(name));
    let has_same_extensions = match (extensions(given), extensions(got)) {
        (Ok(given), Ok(got)) => given.len() == got.len() && given.iter().zip(&got).all(|(one, other)| one.is_like(other)),
        _ => is_same_list(EXTENSIONS),
    };
    let found = [(PROTOCOL, is_same_list(PROTOCOL)), (EXTENSIONS, has_same_extensions)];
    found.into_iter().filter(|(_, is_same)| !is_same).map(|(name, _)| name).collect()
}

/// What is broken now, and was not before.
fn new(after: Vec<Broken>, before: &[Broken]) -> Vec<Broken> {
    after.into_iter().filter(|broken| !before.iter().any(|known| known.id == broken.id)).collect()
}

/// What differs between the answer that was given to a request as it arrived, and the one that came back to who sent it: where it was
/// replaced by one of another status, that alone. An accept value that answers another key on each side is no change of its own.
#[must_use]
pub fn changes_back((sent, arrived): (&Head, &Head), (given, got): (&Head, &Head)) -> Vec<Change> {
    let mut found = changes(given, got);
    if found.iter().any(|change| change.part == HeadPart::Status) {
        found.retain(|change| change.part == HeadPart::Status);
    }
    // Who replaces the key has to replace what answers it.
    let answers = |request: &Head, response: &Head| match (request.get(KEY), response.get(ACCEPT)) {
        (Some(key), Some(accept)) => accept == Accept::of(key).as_str().as_bytes(),
        _ => false,
    };
    if sent.get(KEY) != arrived.get(KEY) && answers(sent, got) && answers(arrived, given) {
        found.retain(|change| !change.part.is_field(ACCEPT));
    }
    found
}

/// Whether the rule of this id is about this part of a head.
fn is_about(id: &str, part: &HeadPart) -> bool {
    let begins: &[&str] = match part {
        HeadPart::Method => &["request-method"],
        HeadPart::Target => &["request-target"],
        HeadPart::Version => &["request-version", "response-version"],
        HeadPart::Status => &["response-status"],
        HeadPart::Irregularity(_) => &["head-"],
        HeadPart::Field(_) => FIELDS.iter().find(|(name, _)| part.is_field(name)).map(|(_, rules)| *rules).unwrap_or_default(),
        HeadPart::Interim => &["response-interim"],
        HeadPart::Reason | HeadPart::Order | HeadPart::Names => &[],
    };
    begins.iter().any(|begin| id.starts_with(begin))
}
