//! Which heads belong together, and which are one that was seen twice.

use super::scan::Side;
use crate::handshake::Accept;
use crate::head::{ACCEPT, Exchange, Head, KEY, Seen};
use std::collections::{HashMap, HashSet};

/// Whether a head has to do with WebSocket.
pub(crate) fn is_websocket(head: &Head) -> bool {
    head.status() == Some(101)
        || head.fields.iter().any(|field| {
            let is = |name: &str| field.name.eq_ignore_ascii_case(name.as_bytes());
            field.name.get(..14).is_some_and(|start| start.eq_ignore_ascii_case(b"sec-websocket-"))
                || (is("upgrade") || is(":protocol"))
                    && field.value.get(..9).is_some_and(|start| start.eq_ignore_ascii_case(b"websocket"))
        })
}

/// Whether two heads can be the same one, seen twice: of fields that both have, the values are the same.
fn is_same(a: &Head, b: &Head) -> bool {
    let first = a.first == b.first || a.first.is_empty() || b.first.is_empty();
    if !first || a.seen == Seen::Wire && a.fields.len() != b.fields.len() {
        return false;
    }
    let names = names(b);
    let fields: HashSet<_> = b.fields.iter().map(|field| (field.name.to_ascii_lowercase(), &field.value)).collect();
    a.fields.iter().all(|field| {
        let name = field.name.to_ascii_lowercase();
        a.seen != Seen::Wire && !names.contains(&name) || fields.contains(&(name, &field.value))
    })
}

/// The names of a head's fields, in lower case.
fn names(head: &Head) -> HashSet<Vec<u8>> {
    head.fields.iter().map(|field| field.name.to_ascii_lowercase()).collect()
}

/// The first head, with what the second shows beyond it.
fn unite(head: &mut Head, other: Head) {
    if head.seen == Seen::Wire {
        return;
    }
    if head.first.is_empty() {
        head.first = other.first;
    }
    head.seen = head.seen.max(other.seen);
    let mut there = names(head);
    head.fields.extend(other.fields.into_iter().filter(|field| there.insert(field.name.to_ascii_lowercase())));
}

/// Finds out which heads belong together, in linear time.
///
/// A response answers the open request that its accept value answers; else, by the order, the last open one that no other
/// response answers. It answers none if the only open request is answered by a later response, and its own accept value is
/// nobody's in this capture: then its request was not captured.
pub(crate) fn pair(heads: Vec<(Side, Head)>) -> Vec<Exchange> {
    /// So many open requests are looked at, for a bound.
    const OPEN: usize = 64;
    let accept_of = |head: &Head| head.all(KEY).next().map(|key| Accept::of(key).encode().to_vec());
    let accept_in = |head: &Head| head.all(ACCEPT).next().map(<[u8]>::to_vec);
    let asked: HashSet<Vec<u8>> =
        heads.iter().filter(|(side, _)| *side == Side::Request).filter_map(|(_, head)| accept_of(head)).collect();
    let mut to_come: HashMap<Vec<u8>, usize> = HashMap::new();
    for accept in heads.iter().filter(|(side, _)| *side == Side::Response).filter_map(|(_, head)| accept_in(head)) {
        *to_come.entry(accept).or_default() += 1;
    }

    let mut all: Vec<Exchange> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    // The exchange that the head before this one went to, if that head was a response.
    let mut before: Option<usize> = None;
    for (side, head) in heads {
        if side == Side::Request {
            let accept = accept_of(&head);
            let request_of = |at: &usize| all.get(*at).and_then(|exchange| exchange.request.as_ref());
            // Seen a second time before it was answered: by another capture point, or on the other side of a proxy.
            let again = accept.as_ref().and_then(|accept| {
                let mut last = open.iter().rev().take(OPEN).copied();
                last.find(|at| request_of(at).and_then(accept_of).as_ref() == Some(accept))
            });
            // Browsers show the response first.
            let reversed = before.take().filter(|&at| {
                let response = all.get(at).filter(|exchange| exchange.request.is_none());
                accept.is_some() && response.and_then(|exchange| accept_in(exchange.response.as_ref()?)) == accept
            });
            match (again, reversed) {
                (Some(at), _) => {
                    if let Some(request) = all.get_mut(at).and_then(|exchange| exchange.request.as_mut()) {
                        unite(request, head);
                    }
                }
                (None, Some(at)) => {
                    if let Some(exchange) = all.get_mut(at) {
                        exchange.request = Some(head);
                    }
                }
                (None, None) => {
                    open.push(all.len());
                    all.push(Exchange { request: Some(head), response: None });
                }
            }
            continue;
        }
        let accept = accept_in(&head);
        if let Some(left) = accept.as_ref().and_then(|accept| to_come.get_mut(accept)) {
            *left -= 1;
        }
        let wanted = |at: &usize| all.get(*at).and_then(|exchange| accept_of(exchange.request.as_ref()?));
        let is_claimed = |at: &usize| wanted(at).and_then(|accept| to_come.get(&accept)).is_some_and(|left| *left > 0);
        let mut last = open.iter().rev().take(OPEN).copied();
        let answered = last.find(|at| accept.is_some() && wanted(at) == accept);
        let again = before.filter(|&at| {
            let there = all.get(at).and_then(|exchange| exchange.response.as_ref());
            answered.is_none()
                && there.is_some_and(|there| is_same(there, &head) || accept.is_some() && accept_in(there) == accept)
        });
        if let Some(at) = again {
            if let Some(response) = all.get_mut(at).and_then(|exchange| exchange.response.as_mut()) {
                unite(response, head);
            }
            continue;
        }
        let by_order = || {
            let free = open.iter().rev().take(OPEN).copied().find(|at| !is_claimed(at));
            let crossed = accept.as_ref().is_some_and(|accept| asked.contains(accept));
            free.or(open.last().copied().filter(|_| crossed))
        };
        let at = answered.or_else(by_order);
        if let Some(exchange) = at.and_then(|at| all.get_mut(at)) {
            exchange.response = Some(head);
            if let Some(index) = open.iter().rposition(|open| Some(*open) == at) {
                open.remove(index);
            }
            before = at;
        } else {
            before = Some(all.len());
            all.push(Exchange { request: None, response: Some(head) });
        }
    }
    if let [Exchange { request: None, .. }, Exchange { response: None, .. }] = all.as_slice()
        && let Some(last) = all.pop()
        && let Some(first) = all.first_mut()
    {
        first.request = last.request;
    }
    let has_to_do = |exchange: &Exchange| exchange.request.iter().chain(&exchange.response).any(is_websocket);
    if all.iter().any(has_to_do) {
        all.retain(has_to_do);
    }
    fold(all)
}

/// Leaves out what is an exchange before it, seen again.
fn fold(all: Vec<Exchange>) -> Vec<Exchange> {
    let mut seen: HashMap<Vec<u8>, usize> = HashMap::new();
    let mut kept: Vec<Exchange> = Vec::new();
    for exchange in all {
        let key = exchange.request.as_ref().and_then(|request| request.all(KEY).next()).map(<[u8]>::to_vec);
        let first = key.as_ref().and_then(|key| kept.get_mut(*seen.get(key)?));
        let same = |a: &Option<Head>, b: &Option<Head>| a.as_ref().zip(b.as_ref()).is_none_or(|(a, b)| is_same(a, b));
        match first {
            Some(first) if same(&first.request, &exchange.request) && same(&first.response, &exchange.response) => {
                if let (Some(head), Some(other)) = (&mut first.request, exchange.request) {
                    unite(head, other);
                }
                match (&mut first.response, exchange.response) {
                    (Some(head), Some(other)) => unite(head, other),
                    (empty, other) => *empty = empty.take().or(other),
                }
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
