//! One exchange among the others, as a check sees it, and what checks ask of it.

use super::passage::Passage;
use super::side::Side;
use crate::diagnosis::OTHER_KEYS;
use crate::escape::visible;
use crate::handshake::Accept;
use crate::head::{ACCEPT, EXTENSIONS, Exchange, Fidelity, Head, KEY, PROTOCOL, Pairing, VERSION};
use crate::latest::Latest;
use std::cell::Cell;
use std::collections::VecDeque;
use std::hash::{BuildHasher as _, RandomState};
use std::num::NonZeroU32;
use std::{array, iter, mem};

/// The exchanges that are judged together, and what those before them said.
pub(super) struct Context<'a> {
    pub(super) all: &'a [Exchange],
    pub(super) earlier: &'a Earlier,
    /// Their own values.
    own: Firsts,
    /// How many wrong accept values were diagnosed.
    pub(super) diagnoses: Cell<usize>,
}

/// What exchanges said that are over, of the latest ones.
#[derive(Clone, Debug)]
pub(super) struct Earlier {
    hasher: RandomState,
    firsts: Firsts,
    /// How many there were, and how many wrong accept values of theirs were diagnosed.
    pub(super) exchanges: usize,
    pub(super) diagnoses: usize,
    /// Their last keys, as many as are looked at for a wrong value.
    pub(super) keys: VecDeque<Vec<u8>>,
}

/// The first exchanges with these values. Values are told apart by their hashes: there may be many, and long ones.
#[derive(Clone, Debug)]
struct Firsts {
    /// By what answers it, the number of the first exchange that has a key.
    answers: Latest<u64, usize>,
    /// By the key, the first accepted exchange that has it.
    keys: Latest<u64, (usize, Telling)>,
    /// By the accept value, the first accepted exchange that has it, and its key.
    accepts: Latest<u64, (usize, Box<[u8]>)>,
}

/// The hashes of what tells two requests with one key apart, where it is there: the target, and these fields.
#[derive(Clone, Copy, Debug)]
struct Telling {
    is_forwarded: bool,
    values: [Option<NonZeroU32>; 6],
}

const TELLING: [&str; 5] = ["Origin", "User-Agent", "Cookie", PROTOCOL, EXTENSIONS];

/// The longest key that is kept.
const LONGEST_KEY: usize = 256;

impl<'a> Context<'a> {
    pub(super) fn new(earlier: &'a Earlier, all: &'a [Exchange]) -> Self {
        let mut own = Firsts::new(usize::MAX);
        earlier.add(&mut own, all);
        Self { all, earlier, own, diagnoses: Cell::new(earlier.diagnoses) }
    }

    /// The number of the first exchange whose key has this accept value.
    pub(super) fn answered(&self, accept: &Accept) -> Option<usize> {
        self.first(accept.as_bytes(), |firsts| &firsts.answers).copied()
    }

    /// The first accepted exchange with the key of this request, and in what the two differ, other than in what a proxy between two
    /// capture points would have changed.
    pub(super) fn first_use(&self, key: &[u8], request: &Head) -> Option<(usize, Option<&'static str>)> {
        let (first, other) = self.first(key, |firsts| &firsts.keys)?;
        let one = self.earlier.telling(request);
        let from = usize::from(one.is_forwarded || other.is_forwarded);
        let names = iter::once("target").chain(TELLING).zip(one.values.into_iter().zip(other.values)).skip(from);
        let mut differ = names.filter(|(_, (one, other))| one.zip(*other).is_some_and(|(one, other)| one != other));
        Some((*first, differ.next().map(|(name, _)| name)))
    }

    /// The first accepted exchange with this accept value, and its key.
    pub(super) fn first_with(&self, accept: &[u8]) -> Option<&(usize, Box<[u8]>)> {
        self.first(accept, |firsts| &firsts.accepts)
    }

    fn first<T>(&self, value: &[u8], of: fn(&Firsts) -> &Latest<u64, T>) -> Option<&T> {
        let hash = self.earlier.hash(value);
        of(&self.earlier.firsts).get(&hash).or_else(|| of(&self.own).get(&hash))
    }
}

impl Earlier {
    pub(super) fn new(most: usize) -> Self {
        Self { hasher: RandomState::new(), firsts: Firsts::new(most), exchanges: 0, diagnoses: 0, keys: VecDeque::new() }
    }

    /// Takes in these exchanges, which are over.
    pub(super) fn pass(&mut self, all: &[Exchange]) {
        let mut firsts = mem::replace(&mut self.firsts, Firsts::new(0));
        self.add(&mut firsts, all);
        self.firsts = firsts;
        self.exchanges += all.len();
        let last: Vec<_> = all.iter().rev().filter_map(key_of).take(OTHER_KEYS).filter(|key| key.len() <= LONGEST_KEY).collect();
        self.keys.extend(last.into_iter().rev().map(<[u8]>::to_vec));
        self.keys.drain(..self.keys.len().saturating_sub(OTHER_KEYS));
    }

    /// Adds the values of these.
    fn add(&self, firsts: &mut Firsts, all: &[Exchange]) {
        for (at, exchange) in all.iter().enumerate() {
            let number = self.exchanges + at;
            let Some((request, key)) = exchange.request.as_ref().zip(key_of(exchange)) else { continue };
            firsts.answers.get_or_insert(self.hash(Accept::of(key).as_bytes()), || number);
            let Some(response) = exchange.response.as_ref().filter(|_| is_switch(exchange)) else { continue };
            firsts.keys.get_or_insert(self.hash(key), || (number, self.telling(request)));
            if let Some(accept) = response.get(ACCEPT).filter(|_| key.len() <= LONGEST_KEY) {
                firsts.accepts.get_or_insert(self.hash(accept), || (number, key.into()));
            }
        }
    }

    fn hash(&self, value: &[u8]) -> u64 {
        self.hasher.hash_one(value)
    }

    fn telling(&self, request: &Head) -> Telling {
        let hash = |value| {
            let [a, b, c, d, ..] = self.hash(value).to_ne_bytes();
            NonZeroU32::new(u32::from_ne_bytes([a, b, c, d]) | 1)
        };
        let fields = TELLING.iter().map(|name| request.get(name));
        let mut all = iter::once(request.target()).chain(fields).map(|value| value.and_then(hash));
        Telling { is_forwarded: proxy_trace(request).is_some(), values: array::from_fn(|_| all.next().flatten()) }
    }
}

impl Firsts {
    fn new(most: usize) -> Self {
        Self { answers: Latest::new(most), keys: Latest::new(most), accepts: Latest::new(most) }
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
        self.context.earlier.exchanges + self.at
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

/// The first field that shows a proxy.
pub(super) fn proxy_trace(head: &Head) -> Option<String> {
    let trace = |name: &[u8]| {
        let name = name.to_ascii_lowercase();
        matches!(&*name, b"via" | b"forwarded" | b"x-real-ip") || name.starts_with(b"x-forwarded-")
    };
    head.fields.iter().find(|field| trace(&field.name)).map(|field| visible(&field.name).to_string())
}
