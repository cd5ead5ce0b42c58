//! One exchange among the others, as a check sees it, and what checks ask of it.

use super::passage::Passage;
use super::request::proxy_trace;
use super::side::Side;
use crate::diagnosis::OTHER_KEYS;
use crate::handshake::Accept;
use crate::head::{ACCEPT, EXTENSIONS, Exchange, Fidelity, Head, KEY, PROTOCOL, Pairing, VERSION};
use crate::latest::Latest;
use std::cell::Cell;
use std::collections::VecDeque;
use std::hash::{BuildHasher as _, RandomState};

/// The exchanges that are judged together, and what those before them said.
pub(super) struct Context<'a> {
    pub(super) all: &'a [Exchange],
    /// How many exchanges came before them.
    pub(super) before: usize,
    pub(super) seen: &'a Seen,
    /// How many wrong accept values were diagnosed.
    pub(super) diagnoses: Cell<usize>,
}

/// What exchanges say to others, of the latest ones.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    hasher: RandomState,
    /// By what answers it, the number of the first exchange that has a key.
    pub(super) answers: Latest<Accept, usize>,
    /// By what answers it, the first accepted exchange that has a key.
    key_first: Latest<Accept, (usize, Asked)>,
    /// The first accepted exchange with an accept value, and its key.
    accept_first: Latest<u64, (usize, Vec<u8>)>,
    /// The keys of the exchanges before the last ones, at most as many as are looked at for a wrong value.
    pub(super) keys: VecDeque<Vec<u8>>,
}

/// What tells two requests with one key apart: hashes of values, where there are any.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    is_forwarded: bool,
    target: Option<u64>,
    values: [Option<u64>; 5],
}

/// The fields in which two requests differ that are not one.
const TELLING: [&str; 5] = ["Origin", "User-Agent", "Cookie", PROTOCOL, EXTENSIONS];

/// The longest key that is kept for a message.
const LONGEST_KEY: usize = 256;

impl Seen {
    pub(super) fn new(most: usize) -> Self {
        Self {
            hasher: RandomState::new(),
            answers: Latest::new(most),
            key_first: Latest::new(most),
            accept_first: Latest::new(most),
            keys: VecDeque::new(),
        }
    }

    /// Takes in the exchange of this number.
    pub(super) fn add(&mut self, number: usize, exchange: &Exchange) {
        let Some(key) = key_of(exchange) else { return };
        let answer = Accept::of(key);
        self.answers.get_or_insert(answer, number);
        let (Some(request), Some(response)) = (&exchange.request, &exchange.response) else { return };
        if !is_switch(exchange) {
            return;
        }
        if self.key_first.get(&answer).is_none() {
            let asked = self.asked(request);
            self.key_first.get_or_insert(answer, (number, asked));
        }
        if let Some(accept) = response.get(ACCEPT) {
            let accept = self.hasher.hash_one(accept);
            if self.accept_first.get(&accept).is_none() {
                self.accept_first.get_or_insert(accept, (number, key.to_vec()));
            }
        }
    }

    /// Keeps the keys of these, which are over.
    pub(super) fn pass(&mut self, exchanges: &[Exchange]) {
        let last: Vec<_> = exchanges.iter().rev().filter_map(key_of).take(OTHER_KEYS).collect();
        self.keys.extend(last.into_iter().rev().filter(|key| key.len() <= LONGEST_KEY).map(<[u8]>::to_vec));
        self.keys.drain(..self.keys.len().saturating_sub(OTHER_KEYS));
    }

    /// The first accepted exchange with the key of this request, and in what the two differ, other than in what a proxy between two
    /// capture points would have changed.
    pub(super) fn first_use(&self, key: &[u8], request: &Head) -> Option<(usize, Option<&'static str>)> {
        let (first, other) = self.key_first.get(&Accept::of(key))?;
        let one = self.asked(request);
        let differ = |(a, b): (Option<u64>, Option<u64>)| a.zip(b).is_some_and(|(a, b)| a != b);
        let is_forwarded = one.is_forwarded || other.is_forwarded;
        let target = (!is_forwarded && differ((one.target, other.target))).then_some("target");
        let values = one.values.into_iter().zip(other.values);
        let field = || TELLING.into_iter().zip(values).find(|(_, values)| differ(*values)).map(|(name, _)| name);
        Some((*first, target.or_else(field)))
    }

    /// The first accepted exchange with this accept value, and its key.
    pub(super) fn first_with(&self, accept: &[u8]) -> Option<(usize, &[u8])> {
        self.accept_first.get(&self.hasher.hash_one(accept)).map(|(first, key)| (*first, key.as_slice()))
    }

    fn asked(&self, request: &Head) -> Asked {
        let hash = |value: &[u8]| self.hasher.hash_one(value);
        Asked {
            is_forwarded: proxy_trace(request).is_some(),
            target: request.target().map(hash),
            values: TELLING.map(|name| request.get(name).map(hash)),
        }
    }
}

/// One exchange among the others.
pub(super) struct Subject<'a> {
    pub(super) context: &'a Context<'a>,
    /// Its place among those that are judged together.
    pub(super) at: usize,
    /// The first rule of level error that the request breaks, and who broke it: known once the request is judged.
    pub(super) request_fault: Option<(&'static str, Option<Side>)>,
    /// What a proxy made of it.
    pub(super) passage: Passage,
}

impl<'a> Subject<'a> {
    pub(super) fn exchange(&self) -> &'a Exchange {
        &self.context.all[self.at]
    }

    /// Its index among all that were judged.
    pub(super) fn number(&self) -> usize {
        self.context.before + self.at
    }

    /// The request that the response is certain to belong to.
    pub(super) fn request(&self) -> Option<&'a Head> {
        let exchange = self.exchange();
        exchange.request.as_ref().filter(|request| exchange.pairing == Pairing::Certain && !request.is_cut())
    }
}

pub(super) fn is_http2(exchange: &Exchange) -> bool {
    exchange.heads().any(|(_, head)| head.is_http2())
}

/// Whether the response is HTTP/1's 101, or looks like one whose start line was not seen.
pub(super) fn is_switch(exchange: &Exchange) -> bool {
    let switches = |head: &Head| match head.status() {
        Some(status) => status == 101,
        None => head.start_line.is_empty() && head.has(ACCEPT),
    };
    !is_http2(exchange) && exchange.response.as_ref().is_some_and(switches)
}

/// Whether the request is an extended CONNECT for a WebSocket (RFC 8441, section 4).
pub(super) fn is_extended_connect(head: &Head) -> bool {
    // Not every copy shows the fields that begin with a colon.
    let protocol = head.get(":protocol").map_or(head.has(VERSION), |protocol| protocol == b"websocket");
    head.is_http2() && head.method() == Some(b"CONNECT") && protocol
}

pub(super) fn is_connected(exchange: &Exchange) -> bool {
    let status = exchange.response.as_ref().and_then(Head::status);
    exchange.request.as_ref().is_some_and(is_extended_connect) && matches!(status, Some(200..300))
}

/// The key of the request, unless that was cut off, and perhaps the key with it.
pub(super) fn key_of(exchange: &Exchange) -> Option<&[u8]> {
    exchange.request.as_ref().filter(|request| !request.is_cut())?.get_all(KEY).next()
}

/// Whether the field is absent and would have been seen.
pub(super) fn lacks(head: &Head, name: &str) -> bool {
    head.fidelity >= Fidelity::Complete && !head.has(name)
}

/// Whether the list has this member, in any letter case.
pub(super) fn has_token(head: &Head, name: &str, token: &str) -> bool {
    head.tokens(name).any(|member| member.eq_ignore_ascii_case(token.as_bytes()))
}

/// Whether a version of HTTP/1 may carry an Upgrade: RFC 6455, section 4.1, asks for 1.1 at least.
pub(super) fn can_upgrade(version: &[u8]) -> bool {
    matches!(version.strip_prefix(b"HTTP/1."), Some([b'1'..=b'9']))
}
