//! What a capture comes to: which of its exchanges are judged, with which key, and the verdicts.

use super::exchange::JudgedExchange;
use crate::cli::InspectArgs;
use crate::input::{field_value, trim_value};
use crate::output::remark;
use crate::redact::{Secrets, has_secrets};
use crate::report::{rank, with_messages};
use anyhow::{Error, anyhow};
use std::ffi::OsStr;
use std::{iter, mem};
use wskey::capture::{Capture, MOST_RESPONSES, PacketRemark};
use wskey::head::{ACCEPT, Exchange, Fidelity, Field, Head, KEY, Pairing};
use wskey::rules::{Finding, Judging, Level, Verdict, unjudged_request, verdict};

/// Where a capture comes from.
pub(super) struct CaptureFile<'a> {
    /// As it was given.
    pub(super) name: &'a OsStr,
    /// What it is called in messages.
    pub(super) place: String,
    /// What is to be said of its packets, if it has any.
    pub(super) packets: Vec<PacketRemark>,
    /// Whether it was ended where it would have gone on: what is open then does not count.
    pub(super) is_interrupted: bool,
}

impl<'a> CaptureFile<'a> {
    pub(super) fn new(name: &'a OsStr, place: &str) -> Self {
        Self { name, place: place.to_owned(), packets: Vec::new(), is_interrupted: false }
    }
}

/// Takes the responses of a capture without requests for exchanges where the key is given: who gives it says that each of them answers a
/// handshake.
pub(super) fn take_responses(args: &InspectArgs, capture: &mut Capture) {
    if args.key.is_some() && !capture.responses.is_empty() {
        capture.exchanges = mem::take(&mut capture.responses);
        capture.is_cut |= capture.exchanges.len() == MOST_RESPONSES;
        leave_out_connect(&mut capture.exchanges);
    }
}

/// Leaves what is to be judged, and gives it the key. Returns why that was ignored, if it was.
pub(super) fn narrow(args: &InspectArgs, exchanges: &mut Vec<Exchange>) -> Option<&'static str> {
    if args.request_only {
        exchanges.retain(|exchange| exchange.request.is_some());
        for exchange in exchanges.iter_mut() {
            *exchange = Exchange::new(exchange.request.take(), None);
        }
    }
    key(args).and_then(|key| give_key(exchanges, key))
}

/// What is said of a capture in which there is nothing to judge.
pub(super) fn nothing_found(args: &InspectArgs, source: &CaptureFile) -> Error {
    let place = &source.place;
    for told in &source.packets {
        remark(format_args!("{place}: {told}"));
    }
    if args.request_only {
        return anyhow!(
            "{place}: no request of a handshake found: none has Upgrade: websocket or {KEY}; --request-only judges no response"
        );
    }
    let hint = if args.raw { "; --raw is for bytes as they were sent, not for a log or what a tool printed" } else { "" };
    anyhow!("{place}: no handshake found: no request or response has Upgrade: websocket, {KEY} or {ACCEPT}{hint}")
}

/// The key that was given.
pub(super) fn key(args: &InspectArgs) -> Option<&[u8]> {
    args.key.as_ref().map(|key| field_value(trim_value(key.as_encoded_bytes()).text, KEY))
}

/// Leaves out what a proxy answers to a CONNECT (RFC 9110, section 9.3.6) before the server is heard. Its words alone tell so: they convict
/// nobody, and what comes next is no yes.
fn leave_out_connect(responses: &mut Vec<Exchange>) {
    for at in (1..responses.len()).rev() {
        if responses[at - 1].response.as_ref().is_some_and(is_of_connect) {
            responses[at].pairing = Pairing::AfterAnother;
            responses.remove(at - 1);
        }
    }
}

fn is_of_connect(response: &Head) -> bool {
    let is_2xx = response.status().is_some_and(|status| status / 100 == 2);
    is_2xx && response.start_line.to_ascii_lowercase().ends_with(b"connection established")
}

/// Gives a key to the exchanges whose key was not seen. Returns why there are none, if so.
fn give_key(exchanges: &mut [Exchange], key: &[u8]) -> Option<&'static str> {
    let mut count = 0;
    for exchange in exchanges.iter_mut() {
        match &mut exchange.request {
            Some(request) if request.fidelity > Fidelity::Partial || request.has(KEY) => continue,
            Some(request) => request.fields.push(Field::new(KEY, key, 0)),
            None => {
                let field = Field::new(KEY, key, 0);
                exchange.request = Some(Head::from_fields([], vec![field], Fidelity::Partial));
                exchange.is_key_given = true;
            }
        }
        count += 1;
    }
    let has_key = |exchange: &Exchange| exchange.request.as_ref().is_some_and(|request| request.has(KEY));
    match count {
        0 if exchanges.iter().all(has_key) => Some("--key ignored: every exchange already has a key"),
        0 => Some("--key ignored: the requests that were seen whole have no key"),
        _ => None,
    }
}

/// The judges of a capture that comes in batches: of what is in it, and, once there are credentials, of the same without them.
#[derive(Default)]
pub(super) struct Judges {
    real: Judging,
    shown: Option<Judging>,
}

impl Judges {
    /// What is found in the next exchanges, in words that may be shown.
    pub(super) fn judge(&mut self, all: &[Exchange], shown: Option<&[Exchange]>) -> Vec<Finding> {
        if shown.is_some() && self.shown.is_none() {
            self.shown = Some(self.real.clone());
        }
        let found = self.real.judge(all);
        match &mut self.shown {
            Some(judge) => with_messages(found, &judge.judge(shown.unwrap_or(all))),
            None => found,
        }
    }

    /// The same of those that may be the next.
    pub(super) fn look(&self, all: &[Exchange], shown: Option<&[Exchange]>) -> Vec<Finding> {
        let found = self.real.look(all);
        match self.shown.as_ref().or(shown.map(|_| &self.real)) {
            Some(judge) => with_messages(found, &judge.look(shown.unwrap_or(all))),
            None => found,
        }
    }
}

/// What exchanges come to, of which the first has this index, and in which these findings are made.
pub(super) fn judged<'a>(
    args: &InspectArgs,
    sources: &[CaptureFile<'a>],
    first: usize,
    exchanges: Vec<Exchange>,
    find: impl FnOnce(&[Exchange], Option<&[Exchange]>) -> Vec<Finding>,
) -> Vec<JudgedExchange<'a>> {
    // What may be shown: the same without credentials, where there are any.
    let shown: Option<Vec<_>> = exchanges.iter().any(has_secrets).then(|| {
        let secrets = Secrets::of_all(&exchanges);
        exchanges.iter().map(|exchange| secrets.redact_exchange(exchange)).collect()
    });
    let mut findings = find(&exchanges, shown.as_deref());
    findings.retain(|finding| !args.skip.iter().any(|id| id == finding.rule.id));
    let mut rest = findings.into_iter().peekable();
    let came_to = |(at, exchange)| {
        let mut own: Vec<_> = iter::from_fn(|| rest.next_if(|finding| finding.exchange == first + at)).collect();
        rank(&mut own, args.strict);
        (verdict_of(args, exchange, &own), own)
    };
    let came_to: Vec<_> = exchanges.iter().enumerate().map(came_to).collect();
    let all = shown.unwrap_or(exchanges).into_iter().zip(came_to);
    let judged = all.enumerate().map(|(at, (exchange, (verdict, findings)))| {
        let answered_in = exchange.answered_in.map(|at| sources[at].name);
        JudgedExchange { exchange, number: first + at + 1, answered_in, verdict, findings }
    });
    judged.collect()
}

/// What an exchange came to; of requests alone, where only they are to be judged.
fn verdict_of(args: &InspectArgs, exchange: &Exchange, findings: &[Finding]) -> Verdict {
    match &exchange.request {
        Some(request) if args.request_only && findings.iter().all(|finding| finding.level != Level::Error) => {
            unjudged_request(request).map_or(Verdict::Ok, Verdict::Unjudged)
        }
        _ => verdict(exchange, findings),
    }
}
