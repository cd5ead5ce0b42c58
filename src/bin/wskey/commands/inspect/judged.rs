//! What a capture comes to: which of its exchanges are judged, with which key, and the verdicts.

use super::exchange::JudgedExchange;
use crate::cli::InspectArgs;
use crate::input::{field_value, trim_value};
use crate::output::remark;
use crate::redact::{Secrets, has_secrets};
use crate::report::{rank, with_messages};
use anyhow::{Result, bail};
use std::ffi::OsStr;
use std::{iter, mem};
use wskey::capture::{Capture, MOST_RESPONSES, PacketRemark};
use wskey::head::{ACCEPT, Exchange, Fidelity, Field, Head, KEY, Pairing};
use wskey::rules::{Finding, Level, Verdict, judge, unjudged_request, verdict};

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

/// Leaves in a capture what is to be judged, and gives it the key. Returns why that was ignored, if it was.
///
/// # Errors
/// Where there is nothing.
pub(super) fn narrow(args: &InspectArgs, source: &CaptureFile, capture: &mut Capture) -> Result<Option<&'static str>> {
    if args.key.is_some() && !capture.responses.is_empty() {
        // Who gives the key says that each of them answers a handshake.
        capture.exchanges = mem::take(&mut capture.responses);
        capture.is_cut |= capture.exchanges.len() == MOST_RESPONSES;
        leave_out_connect(&mut capture.exchanges);
    }
    if args.request_only {
        capture.exchanges.retain(|exchange| exchange.request.is_some());
        for exchange in &mut capture.exchanges {
            *exchange = Exchange::new(exchange.request.take(), None);
        }
    }
    let place = &source.place;
    if capture.exchanges.is_empty() && !capture.is_cut {
        for told in &source.packets {
            remark(format_args!("{place}: {told}"));
        }
        let hint = if args.raw { "; --raw is for bytes as they were sent, not for a log or what a tool printed" } else { "" };
        bail!("{place}: no handshake found: no request or response has Upgrade: websocket, {KEY} or {ACCEPT}{hint}");
    }
    Ok(key(args).and_then(|key| give_key(&mut capture.exchanges, key)))
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

/// What exchanges come to.
pub(super) fn judged<'a>(args: &InspectArgs, sources: &[CaptureFile<'a>], exchanges: Vec<Exchange>) -> Vec<JudgedExchange<'a>> {
    // What may be shown: the same without credentials, where there are any.
    let shown: Option<Vec<_>> = exchanges.iter().any(has_secrets).then(|| {
        let secrets = Secrets::of_all(&exchanges);
        exchanges.iter().map(|exchange| secrets.redact_exchange(exchange)).collect()
    });
    let mut findings = judge(&exchanges);
    if let Some(shown) = &shown {
        findings = with_messages(findings, &judge(shown));
    }
    findings.retain(|finding| !args.skip.iter().any(|id| id == finding.rule.id));
    let mut rest = findings.into_iter().peekable();
    let came_to = |(at, exchange)| {
        let mut own: Vec<_> = iter::from_fn(|| rest.next_if(|finding| finding.exchange == at)).collect();
        rank(&mut own, args.strict);
        (verdict_of(args, exchange, &own), own)
    };
    let came_to: Vec<_> = exchanges.iter().enumerate().map(came_to).collect();
    let all = shown.unwrap_or(exchanges).into_iter().zip(came_to);
    let judged = all.enumerate().map(|(at, (exchange, (verdict, findings)))| {
        let answered_in = exchange.answered_in.map(|at| sources[at].name);
        JudgedExchange { exchange, number: at + 1, answered_in, verdict, findings }
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
