//! An exchange and what it came to, as text and as JSON.

use crate::cli::InspectArgs;
use crate::exit::Exit;
use crate::output::{json, json_base64, json_text, path};
use crate::report::json::{ExchangeObject, SCHEMA};
use crate::report::text::{MAX_SUMMARY, finding_line, is_coloured, verdict_word};
use humantime::format_rfc3339_micros;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::time::{Duration, UNIX_EPOCH};
use wskey::Accept;
use wskey::escape::shortened;
use wskey::head::{ACCEPT, Exchange, Fidelity, Head, KEY, Kind, Pairing};
use wskey::rules::{Finding, Unjudged, Verdict};

/// What an OK of a text does not speak of.
const LINE_ENDINGS: &str = "line endings";

/// An exchange, as it may be shown, and what was found.
pub(super) struct JudgedExchange<'a> {
    pub(super) exchange: Exchange,
    pub(super) number: usize,
    /// Where its response stands, if that is another file.
    pub(super) answered_in: Option<&'a OsStr>,
    pub(super) findings: Vec<Finding>,
    pub(super) verdict: Verdict,
}

impl JudgedExchange<'_> {
    pub(super) fn exit(&self) -> Exit {
        (&self.verdict).into()
    }

    /// Whether more of it was to come.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.unjudged(), Some(Unjudged::Response | Unjudged::FinalResponse | Unjudged::End(_)))
    }

    fn unjudged(&self) -> Option<&Unjudged> {
        if let Verdict::Unjudged(why) = &self.verdict { Some(why) } else { None }
    }

    /// The line on which it begins; packets have none.
    fn line(&self) -> Option<usize> {
        let is_here = |kind| self.answered_in.is_none() || kind == Kind::Request;
        let heads = self.exchange.heads().filter(|(kind, _)| self.exchange.flow.is_none() && is_here(*kind));
        let lines = heads.map(|(_, head)| head.line);
        lines.filter(|&line| line > 0).min()
    }

    /// What an OK does not speak of, since the capture does not show it. A key that was given stands in no text.
    fn not_judged(&self) -> Vec<&'static str> {
        if self.verdict != Verdict::Ok {
            return Vec::new();
        }
        let is_any = |has: fn(&Head) -> bool| {
            let mut heads = self.exchange.heads().filter(|(kind, _)| !self.exchange.is_key_given || *kind == Kind::Response);
            heads.any(|(_, head)| has(head))
        };
        let is_text = is_any(|head| head.fidelity < Fidelity::Bytes);
        // Of packets, one may be missing there.
        let is_unseen_behind = is_text || self.exchange.response.is_some() && self.exchange.behind.is_none();
        let parts = [
            is_text.then_some(LINE_ENDINGS),
            is_unseen_behind.then_some("what follows a head"),
            is_any(|head| head.has_dots).then_some("bytes that the capture shows as dots"),
            is_any(|head| head.has_colours).then_some("escapes that look like those of colours"),
        ];
        parts.into_iter().flatten().collect()
    }

    fn value(&self, name: &str) -> Option<&[u8]> {
        self.exchange.heads().find_map(|(_, head)| head.get_all(name).next())
    }

    /// What is told of it, if anything is.
    pub(super) fn told(&self, args: &InspectArgs, source: &OsStr) -> String {
        if args.summary || args.quiet && self.exit() == Exit::Yes {
            String::new()
        } else if args.json {
            self.json(source)
        } else {
            format!("{}: exchange {}: {}", path(source), self.number, self.words(is_coloured(args.color)))
        }
    }

    /// What it came to: all but its number, which may change while a capture goes on.
    pub(super) fn words(&self, is_coloured: bool) -> String {
        let mut text = format!("{}{}\n", verdict_word(&self.verdict, is_coloured), self.summary());
        for finding in &self.findings {
            let _ = writeln!(text, "{}", finding_line(finding));
        }
        if let Some(why) = self.unjudged() {
            let remedy = if *why == Unjudged::Request { " (--key gives it)" } else { "" };
            let _ = writeln!(text, "  no verdict: {why}{remedy}");
        }
        text
    }

    /// What the verdict is about.
    fn summary(&self) -> String {
        let line = self.line();
        let request = self.exchange.request.as_ref().and_then(|head| Some([head.method()?, head.target()?].join(&b' ')));
        let pair = self.value(KEY).zip(self.value(ACCEPT));
        let is_answered = pair.is_some_and(|(key, accept)| Accept::of(key).as_bytes() == accept);
        let flow = self.exchange.flow.as_ref();
        let parts = [
            line.map(|line| format!("line {line}")),
            self.answered_in.map(|file| format!("the response in {}", path(file))),
            flow.map(ToString::to_string),
            flow.map(|flow| format!("packet {}", flow.packet)),
            flow.and_then(|flow| flow.time).and_then(timestamp),
            request.map(|request| shortened(&request, MAX_SUMMARY)),
            self.exchange.response.as_ref().and_then(Head::status).map(|status| status.to_string()),
            is_answered.then(|| "the accept value answers the key".to_owned()),
            match self.exchange.pairing {
                Pairing::OneOf(count) | Pairing::SameKey(count) => {
                    Some(format!("{count} requests were open: the response may be another's"))
                }
                _ => None,
            },
        ];
        let parts: Vec<_> = parts.into_iter().flatten().collect();
        if parts.is_empty() { String::new() } else { format!(" ({})", parts.join("; ")) }
    }

    fn json(&self, source: &OsStr) -> String {
        json(&ExchangeObject {
            schema: SCHEMA,
            kind: "exchange",
            source: Some(json_text(source.as_encoded_bytes())),
            source_base64: json_base64(source.as_encoded_bytes()),
            line: self.line(),
            answered_in: self.answered_in.map(|file| json_text(file.as_encoded_bytes())),
            flow: self.exchange.flow.as_ref().map(ToString::to_string),
            packet: self.exchange.flow.as_ref().map(|flow| flow.packet),
            time: self.exchange.flow.as_ref().and_then(|flow| flow.time).and_then(timestamp),
            exchange: self.number,
            verdict: self.verdict.as_str(),
            ok: self.verdict.is_ok(),
            key: self.value(KEY).map(json_text),
            key_base64: self.value(KEY).and_then(json_base64),
            accept: self.value(ACCEPT).map(json_text),
            accept_base64: self.value(ACCEPT).and_then(json_base64),
            not_judged: self.not_judged(),
            status: self.exchange.response.as_ref().and_then(Head::status),
            error: self.unjudged().map(ToString::to_string),
            findings: self.findings.iter().map(Into::into).collect(),
            ..ExchangeObject::default()
        })
    }
}

/// A time since 1970, as RFC 3339 has it; that has four digits for the year.
fn timestamp(time: Duration) -> Option<String> {
    const YEAR_10000: u64 = 253_402_300_800;
    (time.as_secs() < YEAR_10000).then(|| format_rfc3339_micros(UNIX_EPOCH + time).to_string())
}

/// What the OKs of a capture do not speak of.
#[derive(Default)]
pub(super) struct NotJudged {
    parts: Vec<&'static str>,
    has_flows: bool,
}

impl NotJudged {
    pub(super) fn add(&mut self, judged: &JudgedExchange) {
        self.has_flows |= judged.exchange.flow.is_some();
        for part in judged.not_judged() {
            if !self.parts.contains(&part) {
                self.parts.push(part);
            }
        }
    }

    /// In a line; nothing where that is nothing.
    pub(super) fn line(&self, name: &str) -> String {
        let Some((last, others)) = self.parts.split_last() else { return String::new() };
        let is_text = self.parts.contains(&LINE_ENDINGS) && !self.has_flows;
        let form = if is_text { " in a text" } else { "" };
        let others = if others.is_empty() { String::new() } else { others.join(", ") + ", and " };
        format!("{name}: not judged{form}: {others}{last}\n")
    }
}
