//! One exchange among the others, as a check sees it, and what checks ask of it.

use super::passage::Passage;
use super::side::Side;
use crate::handshake::Accept;
use crate::head::{ACCEPT, Exchange, Fidelity, Head, KEY, Pairing, VERSION};
use std::cell::Cell;
use std::collections::HashMap;

/// What the exchanges say together.
pub(super) struct Context<'a> {
    pub(super) all: &'a [Exchange],
    /// The first exchange whose key has this accept value.
    pub(super) answers: HashMap<Accept, usize>,
    /// The first accepted exchange with this key.
    pub(super) key_first: HashMap<&'a [u8], usize>,
    /// The first accepted exchange with a key and this accept value.
    pub(super) accept_first: HashMap<&'a [u8], usize>,
    /// How many wrong accept values were diagnosed.
    pub(super) diagnoses: Cell<usize>,
}

impl<'a> Context<'a> {
    pub(super) fn of(all: &'a [Exchange]) -> Self {
        let (mut answers, mut key_first, mut accept_first) = (HashMap::new(), HashMap::new(), HashMap::new());
        for (at, exchange) in all.iter().enumerate() {
            let Some(key) = key_of(exchange) else { continue };
            answers.entry(Accept::of(key)).or_insert(at);
            let Some(response) = exchange.response.as_ref().filter(|_| is_switch(exchange)) else { continue };
            key_first.entry(key).or_insert(at);
            if let Some(accept) = response.get(ACCEPT) {
                accept_first.entry(accept).or_insert(at);
            }
        }
        Self { all, answers, key_first, accept_first, diagnoses: Cell::new(0) }
    }
}

/// One exchange among the others.
pub(super) struct Subject<'a> {
    pub(super) context: &'a Context<'a>,
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
