//! Heads to exchanges: which of them belong together, and which are one that was seen twice.

use crate::handshake::Accept;
use crate::head::{ACCEPT, Exchange, Fidelity, Head, KEY, Kind};
use std::collections::{HashMap, HashSet};

/// So many open requests are looked at, for a bound.
const MOST_OPEN: usize = 64;

/// Whether a head has to do with WebSocket.
pub(super) fn is_websocket(head: &Head) -> bool {
    head.status() == Some(101)
        || head.fields.iter().any(|field| {
            let is = |name: &str| field.name.eq_ignore_ascii_case(name.as_bytes());
            field.name.get(..14).is_some_and(|start| start.eq_ignore_ascii_case(b"sec-websocket-"))
                || (is("upgrade") || is(":protocol"))
                    && field.value.get(..9).is_some_and(|start| start.eq_ignore_ascii_case(b"websocket"))
        })
}

/// The exchanges of heads that stand in this order. Exchanges that have nothing to do with WebSocket are left out, unless
/// there are no others.
pub(super) fn exchanges(heads: Vec<(Kind, Head)>) -> Vec<Exchange> {
    let mut correlator = Correlator::new(&heads);
    for (kind, head) in heads {
        match kind {
            Kind::Request => correlator.request(head),
            Kind::Response => correlator.response(head),
        }
    }
    let mut all = correlator.end();
    let is_relevant = |exchange: &Exchange| exchange.heads().any(|(_, head)| is_websocket(head));
    if all.iter().any(is_relevant) {
        all.retain(is_relevant);
    }
    without_repetitions(all)
}

/// The accept value that answers a request.
fn wanted_by(request: &Head) -> Option<Vec<u8>> {
    request.get_all(KEY).next().map(|key| Accept::of(key).as_bytes().to_vec())
}

fn accept_of(response: &Head) -> Option<Vec<u8>> {
    response.get_all(ACCEPT).next().map(<[u8]>::to_vec)
}

/// Finds out which heads belong together.
///
/// A response belongs to the open request that its accept value answers; else, by the order, to the last open one that no
/// other response answers. It belongs to none if the only open request is answered by a later response, and its own accept
/// value is nobody's in this capture: then its request was not captured.
struct Correlator {
    exchanges: Vec<Exchange>,
    /// The exchanges whose requests have no response yet.
    open: Vec<usize>,
    /// The exchange of the last head, if that was a response.
    last_response: Option<usize>,
    /// The accept values that requests of this capture want.
    wanted: HashSet<Vec<u8>>,
    /// How many responses with an accept value are still to come.
    to_come: HashMap<Vec<u8>, usize>,
}

impl Correlator {
    fn new(heads: &[(Kind, Head)]) -> Self {
        let of = |wanted: Kind| heads.iter().filter(move |(kind, _)| *kind == wanted).map(|(_, head)| head);
        let mut to_come = HashMap::new();
        for accept in of(Kind::Response).filter_map(accept_of) {
            *to_come.entry(accept).or_default() += 1;
        }
        let wanted = of(Kind::Request).filter_map(wanted_by).collect();
        Self { exchanges: Vec::new(), open: Vec::new(), last_response: None, wanted, to_come }
    }

    fn request(&mut self, head: Head) {
        let wanted = wanted_by(&head);
        let last_response = self.last_response.take();
        // Seen a second time before it was answered: by another capture point, or on the other side of a proxy.
        if let Some(at) = self.open_request_for(wanted.as_deref())
            && let Some(request) = &mut self.exchanges[at].request
        {
            merge(request, head);
            return;
        }
        // Browsers show the response first.
        let reversed = last_response.map(|at| &mut self.exchanges[at]).filter(|exchange| {
            exchange.request.is_none() && wanted.is_some() && exchange.response.as_ref().and_then(accept_of) == wanted
        });
        if let Some(exchange) = reversed {
            exchange.request = Some(head);
            return;
        }
        self.open.push(self.exchanges.len());
        self.exchanges.push(Exchange::new(Some(head), None));
    }

    fn response(&mut self, head: Head) {
        let accept = accept_of(&head);
        if let Some(left) = accept.as_ref().and_then(|accept| self.to_come.get_mut(accept)) {
            *left -= 1;
        }
        let answered = self.open_request_for(accept.as_deref());
        let again = self.last_response.filter(|_| answered.is_none());
        if let Some(there) = again.and_then(|at| self.exchanges[at].response.as_mut())
            && (is_same(there, &head) || accept.is_some() && accept_of(there) == accept)
        {
            merge(there, head);
            return;
        }
        let at = answered.or_else(|| self.open_request_by_order(accept.as_ref()));
        self.last_response = at.or(Some(self.exchanges.len()));
        if let Some(at) = at {
            self.exchanges[at].response = Some(head);
            self.open.retain(|open| *open != at);
        } else {
            self.exchanges.push(Exchange::new(None, Some(head)));
        }
    }

    /// The last open request that this accept value answers.
    fn open_request_for(&self, accept: Option<&[u8]>) -> Option<usize> {
        let accept = accept?;
        self.last_open().find(|&at| self.wanted_at(at).as_deref() == Some(accept))
    }

    /// The open request that a response belongs to whose accept value answers none.
    fn open_request_by_order(&self, accept: Option<&Vec<u8>>) -> Option<usize> {
        let is_claimed = |at| self.wanted_at(at).and_then(|accept| self.to_come.get(&accept)).is_some_and(|left| *left > 0);
        let is_crossed = accept.is_some_and(|accept| self.wanted.contains(accept));
        self.last_open().find(|&at| !is_claimed(at)).or_else(|| self.open.last().copied().filter(|_| is_crossed))
    }

    fn last_open(&self) -> impl Iterator<Item = usize> {
        self.open.iter().rev().take(MOST_OPEN).copied()
    }

    fn wanted_at(&self, at: usize) -> Option<Vec<u8>> {
        self.exchanges[at].request.as_ref().and_then(wanted_by)
    }

    fn end(mut self) -> Vec<Exchange> {
        // One response, and then one request, belong together.
        if let [Exchange { request: request @ None, .. }, Exchange { request: last @ Some(_), response: None, .. }] =
            self.exchanges.as_mut_slice()
        {
            *request = last.take();
            self.exchanges.truncate(1);
        }
        self.exchanges
    }
}

/// Whether two heads can be the same one, seen twice: of fields that both have, the values are the same.
fn is_same(a: &Head, b: &Head) -> bool {
    let is_line_same = a.start_line == b.start_line || a.start_line.is_empty() || b.start_line.is_empty();
    let is_whole = a.fidelity == Fidelity::Bytes;
    if !is_line_same || is_whole && a.fields.len() != b.fields.len() {
        return false;
    }
    let names = names(b);
    let fields: HashSet<_> = b.fields.iter().map(|field| (field.name.to_ascii_lowercase(), &field.value)).collect();
    a.fields.iter().all(|field| {
        let name = field.name.to_ascii_lowercase();
        !is_whole && !names.contains(&name) || fields.contains(&(name, &field.value))
    })
}

/// The names of a head's fields, in lower case.
fn names(head: &Head) -> HashSet<Vec<u8>> {
    head.fields.iter().map(|field| field.name.to_ascii_lowercase()).collect()
}

/// Adds to a head what the same head, seen again, shows beyond it.
fn merge(head: &mut Head, other: Head) {
    if head.fidelity == Fidelity::Bytes {
        return;
    }
    if head.start_line.is_empty() {
        head.start_line = other.start_line;
    }
    head.fidelity = head.fidelity.max(other.fidelity);
    let mut there = names(head);
    head.fields.extend(other.fields.into_iter().filter(|field| there.insert(field.name.to_ascii_lowercase())));
}

/// Leaves out what is an exchange before it, seen again.
fn without_repetitions(all: Vec<Exchange>) -> Vec<Exchange> {
    let mut seen: HashMap<Vec<u8>, usize> = HashMap::new();
    let mut kept: Vec<Exchange> = Vec::new();
    for exchange in all {
        let key = exchange.request.as_ref().and_then(|request| request.get_all(KEY).next()).map(<[u8]>::to_vec);
        let first = key.as_ref().and_then(|key| kept.get_mut(*seen.get(key)?));
        let is_same = |a: &Option<Head>, b: &Option<Head>| a.as_ref().zip(b.as_ref()).is_none_or(|(a, b)| is_same(a, b));
        match first {
            Some(first) if is_same(&first.request, &exchange.request) && is_same(&first.response, &exchange.response) => {
                merge_option(&mut first.request, exchange.request);
                merge_option(&mut first.response, exchange.response);
            }
            _ => {
                if let Some(key) = key {
                    seen.insert(key, kept.len());
                }
                kept.push(exchange);
            }
        }
    }
    kept
}

fn merge_option(head: &mut Option<Head>, other: Option<Head>) {
    match (head, other) {
        (Some(head), Some(other)) => merge(head, other),
        (head, other) => *head = head.take().or(other),
    }
}
