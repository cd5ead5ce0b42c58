//! What was seen more than once: by two capture points, on both sides of a proxy, by a tool that prints a head twice.

use crate::handshake::Accept;
use crate::head::{ACCEPT, EXTENSIONS, Exchange, Fidelity, Field, Head, Irregularity, KEY, PROTOCOL, Unclear, VERSION};
use crate::latest::{Latest, MOST_REMEMBERED};
use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash as _, Hasher as _, RandomState};
use std::mem::discriminant;

/// The most fields that are kept of a head that was seen in pieces.
const MOST_MERGED: usize = 128;

/// The fields that make a handshake: where both heads were seen whole, these are the same in both, or they are two.
const OF_HANDSHAKE: [&str; 9] = ["Host", "Upgrade", "Connection", KEY, VERSION, PROTOCOL, EXTENSIONS, ACCEPT, "Location"];

/// Whether a request that has the same key is the same one.
pub(super) fn is_same_request(request: &Head, other: &Head) -> bool {
    request.target().zip(other.target()).is_none_or(|(a, b)| a == b) && is_same(request, other)
}

/// Whether a request that is the same as one that has no answer yet is that one, shown again: curl does so over HTTP/2, a command may
/// announce it (`is_announced`), and a program may mention its key. Any other was sent again, by a client that got no answer.
pub(super) fn is_copy_of(request: &Head, other: &Head, is_announced: bool) -> bool {
    let is_begun = request.is_http2() && !request.has(KEY);
    is_begun || is_announced && request.start_line.is_empty() || is_mention(request) || is_mention(other)
}

/// Whether a head shows a key or an accept value, and nothing else of a handshake.
pub(super) fn is_mention(head: &Head) -> bool {
    head.start_line.is_empty() && OF_HANDSHAKE.iter().all(|name| [KEY, ACCEPT].contains(name) || !head.has(name))
}

/// Whether two heads can be the same one, seen twice: of the fields that both have, the values are the same.
pub(super) fn is_same(a: &Head, b: &Head) -> bool {
    let is_line_same = a.start_line == b.start_line || a.start_line.is_empty() || b.start_line.is_empty();
    let has_same_faults = a.fidelity != b.fidelity || faults(a).eq(faults(b));
    // What has all of a response but its start line had one, which could not be read.
    let lost_its_line =
        |head: &Head| head.start_line.is_empty() && head.has("Upgrade") && head.has("Connection") && head.has(ACCEPT);
    if !is_line_same || !has_same_faults || lost_its_line(a) != lost_its_line(b) || a.is_cut() != b.is_cut() {
        return false;
    }
    // What neither shows in pieces: what one of them lacks was not sent there.
    let is_shown = |head: &Head| head.fidelity >= Fidelity::Complete || !head.is_inexact() && !head.start_line.is_empty();
    if is_shown(a) && is_shown(b) && OF_HANDSHAKE.iter().any(|name| !a.get_all(name).eq(b.get_all(name))) {
        return false;
    }
    let (few, many) = if a.fields.len() < b.fields.len() { (a, b) } else { (b, a) };
    let mut values: HashMap<Vec<u8>, Vec<&[u8]>> = HashMap::new();
    for field in &few.fields {
        values.entry(field.name.to_ascii_lowercase()).or_default().push(&field.value);
    }
    many.fields
        .iter()
        .all(|field| values.get(&field.name.to_ascii_lowercase()).is_none_or(|values| values.contains(&field.value.as_slice())))
}

fn faults(head: &Head) -> impl Iterator<Item = &Irregularity> {
    head.irregularities.iter().map(|(_, irregularity)| irregularity)
}

/// Adds to a head what the same head, seen again, shows beyond it. To one that was seen whole there is nothing to add, and of two the
/// one counts that shows it as it was sent; what the other may show otherwise is kept in mind.
pub(super) fn merge(head: &mut Head, mut other: Head) {
    let is_better = |one: &Head, another: &Head| one.fidelity > Fidelity::Partial || another.is_inexact() && !one.is_inexact();
    if is_better(head, &other) {
        let doubts = doubts(&other, head);
        add_doubts(head, doubts);
        return;
    }
    if is_better(&other, head) {
        let doubts = doubts(head, &other);
        add_doubts(&mut other, doubts);
        *head = other;
        return;
    }
    if head.start_line.is_empty() {
        head.start_line = other.start_line;
    }
    for field in other.fields {
        let is_there = head.fields.iter().any(|there| there.name.eq_ignore_ascii_case(&field.name));
        if !is_there && head.fields.len() < MOST_MERGED {
            head.fields.push(field);
        }
    }
    add_doubts(head, other.unclear);
}

/// Adds one of each kind: a head may be shown any number of times.
fn add_doubts(head: &mut Head, doubts: Vec<Unclear>) {
    for unclear in doubts {
        let is_there = |there: &Unclear| discriminant(there) == discriminant(&unclear);
        if !head.unclear.iter().any(is_there) {
            head.unclear.push(unclear);
        }
    }
}

/// What a copy leaves open about a head of which another is better: that it may have had another value, or more.
fn doubts(copy: &Head, better: &Head) -> Vec<Unclear> {
    let is_kept = |unclear: &&Unclear| !matches!(unclear, Unclear::Inexact(_) | Unclear::OwnName);
    let is_more = |field: &&Field| {
        let is_its = |name: &&&str| field.name.eq_ignore_ascii_case(name.as_bytes());
        OF_HANDSHAKE.iter().find(is_its).is_some_and(|name| !better.has(name))
    };
    let more = copy.fields.iter().filter(is_more).map(|field| Unclear::OtherValue(field.line));
    copy.unclear.iter().filter(is_kept).cloned().chain(more).collect()
}

/// Leaves out what is an exchange before it, seen again.
pub(super) fn leave_out(all: Vec<Exchange>) -> Vec<Exchange> {
    let mut seen: HashMap<Vec<u8>, usize> = HashMap::new();
    let mut kept: Vec<Exchange> = Vec::new();
    for exchange in all {
        let key = exchange.request.as_ref().and_then(|request| request.get_all(KEY).next()).map(<[u8]>::to_vec);
        let first = key.as_ref().and_then(|key| kept.get_mut(*seen.get(key)?));
        if let Some(first) = first
            && is_repeated(first, &exchange)
        {
            merge_halves(&mut first.request, exchange.request);
            merge_halves(&mut first.response, exchange.response);
            continue;
        }
        if let Some(key) = key {
            seen.insert(key, kept.len());
        }
        kept.push(exchange);
    }
    kept
}

/// What is remembered of the exchanges that were given before the others of a capture came: of the last ones.
#[derive(Clone)]
pub(super) struct Memory {
    hasher: RandomState,
    /// By the hash of what answers its key, the fingerprint of an exchange.
    given: Latest<u64, u64>,
    /// The hashes of what stands before requests.
    labels: Latest<u64, ()>,
}

impl Default for Memory {
    fn default() -> Self {
        Self { hasher: RandomState::new(), given: Latest::new(MOST_REMEMBERED), labels: Latest::new(MOST_REMEMBERED) }
    }
}

impl Memory {
    /// Whether an exchange with the key was given that this accept value answers.
    pub(super) fn has_given(&self, accept: &Accept) -> bool {
        self.given.get(&self.hasher.hash_one(accept)).is_some()
    }

    /// Whether a request was given that has this label.
    pub(super) fn has_label(&self, label: &[u8]) -> bool {
        self.labels.get(&self.hasher.hash_one(label)).is_some()
    }

    pub(super) fn remember_label(&mut self, label: &[u8]) {
        self.labels.get_or_insert(self.hasher.hash_one(label), || ());
    }

    /// Leaves out what is, to the letter, an exchange that was given before, and remembers the others.
    pub(super) fn leave_out(&mut self, exchanges: Vec<Exchange>) -> Vec<Exchange> {
        let is_new = |exchange: &Exchange| {
            let Some(key) = exchange.request.as_ref().and_then(|request| request.get_all(KEY).next()) else { return true };
            let fingerprint = self.fingerprint(exchange);
            let accept = self.hasher.hash_one(Accept::of(key));
            let is_given = self.given.get(&accept) == Some(&fingerprint);
            *self.given.get_or_insert(accept, || fingerprint) = fingerprint;
            !is_given
        };
        exchanges.into_iter().filter(is_new).collect()
    }

    /// What two exchanges have in common that are the same to the letter, wherever they stand.
    fn fingerprint(&self, exchange: &Exchange) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        for (kind, head) in exchange.heads() {
            (kind, &head.start_line, discriminant(&head.fidelity), head.has_dots, head.has_colours).hash(&mut hasher);
            head.fields.iter().for_each(|field| (&field.name, &field.value, field.has_tab_behind).hash(&mut hasher));
            faults(head).for_each(|fault| discriminant(fault).hash(&mut hasher));
            head.unclear.iter().for_each(|unclear| discriminant(unclear).hash(&mut hasher));
        }
        (discriminant(&exchange.pairing), &exchange.body).hash(&mut hasher);
        let behind = exchange.behind.as_ref();
        behind.map(|behind| (&behind.bytes, behind.is_mixed, discriminant(&behind.end))).hash(&mut hasher);
        hasher.finish()
    }
}

fn is_repeated(first: &Exchange, other: &Exchange) -> bool {
    let are_same = |same: fn(&Head, &Head) -> bool, a: &Option<Head>, b: &Option<Head>| {
        a.as_ref().zip(b.as_ref()).is_none_or(|(a, b)| same(a, b))
    };
    // An answer is known of both or of neither: else the one that was not answered was another attempt.
    first.response.is_some() == other.response.is_some()
        && first.pairing == other.pairing
        && are_same(is_same_request, &first.request, &other.request)
        && are_same(is_same, &first.response, &other.response)
        && are_same(lack_the_same, &first.request, &other.request)
        && are_same(lack_the_same, &first.response, &other.response)
        && first.behind == other.behind
}

/// Whether two heads have the same fields of a handshake and are as exact, if neither just mentions it: a client may use its key for
/// another attempt.
fn lack_the_same(a: &Head, b: &Head) -> bool {
    let has_same = |name: &&str| a.get_all(name).count() == b.get_all(name).count();
    let is_mentioned = a.has(ACCEPT) == b.has(ACCEPT) && (is_mention(a) || is_mention(b));
    is_mentioned || a.is_inexact() == b.is_inexact() && OF_HANDSHAKE.iter().all(has_same)
}

fn merge_halves(head: &mut Option<Head>, other: Option<Head>) {
    match (head, other) {
        (Some(head), Some(other)) => merge(head, other),
        (head, other) => *head = head.take().or(other),
    }
}
