//! `wskey inspect`: captured handshakes, judged by the rules.

mod live;
mod summary;

use crate::cli::{Color, InspectArgs};
use crate::exit::{self, Exit, Written};
use crate::input::{self, Input, begin_capture, field_value, read_capture, trim_value};
use crate::net::url;
use crate::output::copied;
use crate::output::{json, json_base64, json_text, path, print, remark};
use crate::redact::{Secrets, has_secrets};
use crate::report::json::{ExchangeObject, RuleObject, SCHEMA};
use crate::report::text::{MAX_SUMMARY, cited, finding_line, is_coloured, verdict_word};
use crate::report::{rank, with_messages};
use anyhow::{Context as _, Result, bail, ensure};
use humantime::format_rfc3339_micros;
use live::Live;
use std::collections::HashSet;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};
use std::mem;
use std::time::{Duration, UNIX_EPOCH};
use summary::Summary;
use wskey::capture::{Capture, CaptureReader, MOST_RESPONSES, PacketRemark};
use wskey::escape::shortened;
use wskey::head::{ACCEPT, Exchange, Fidelity, Field, Head, KEY, Kind, Pairing};
use wskey::rules::{Finding, Level, RULES, Rule, Unjudged, Verdict, judge, unjudged_request, verdict};
use wskey::{Accept, Key};

pub(super) fn run(args: &InspectArgs) -> Result<Exit> {
    if let Some(unknown) = args.skip.iter().find(|id| !RULES.iter().any(|rule| rule.id == **id)) {
        return Err(input::unknown("rule", unknown, RULES.iter().map(|rule| rule.id), "--list-rules"));
    }
    if args.list_rules {
        let line = |rule| if args.json { json(&RuleObject::from(rule)) } else { rule_line(rule) };
        print(RULES.iter().map(line).collect::<String>().as_bytes())?;
        return Ok(Exit::Yes);
    }
    let (mut exit, mut sources, mut captures) = (Exit::Yes, Vec::new(), Vec::new());
    let mut keep = |read: Result<(_, _)>| match read {
        Ok((source, capture)) => {
            sources.push(source);
            captures.push(capture);
        }
        Err(error) => exit = exit.max(exit::report(&error)),
    };
    match input::input("inspect", &args.files)? {
        Input::Stdin => {
            let mut live = Live::stdin()?;
            let read = CaptureFile::read(args, OsStr::new("-"), "stdin", &mut live);
            let is_interrupted = live.is_interrupted();
            keep(read.map(|(file, capture)| (CaptureFile { is_interrupted, ..file }, capture)));
        }
        Input::Arguments(files) => {
            for file in files {
                keep(open(file).and_then(|mut opened| CaptureFile::read(args, file, &path(file), &mut opened)));
            }
        }
    }
    Capture::join(&mut captures);
    let answers: HashSet<_> =
        captures.iter().flat_map(|capture| &capture.exchanges).filter_map(|exchange| exchange.answered_in).collect();
    for (at, capture) in captures.into_iter().enumerate() {
        // What it held is told with the requests.
        if !(capture.exchanges.is_empty() && answers.contains(&at)) {
            exit = exit.max(judged(args, &sources, at, capture).and_then(tell).unwrap_or_else(|error| exit::report(&error)));
        }
    }
    Ok(exit)
}

fn tell(Written { out, remarks, exit }: Written) -> Result<Exit> {
    print(out.as_bytes())?;
    for text in remarks {
        remark(format_args!("{text}"));
    }
    Ok(exit)
}

fn open(file: &OsStr) -> Result<File> {
    let opened = File::open(file);
    if let Err(error) = &opened
        && error.kind() == io::ErrorKind::NotFound
        && file.to_str().is_some_and(url::is_like)
    {
        let url = copied(file, "URL");
        bail!("{}: no such file; 'wskey probe {url}' performs the handshake with this server, and judges it", path(file));
    }
    opened.with_context(|| path(file))
}

/// What `inspect --json` comes to for a capture that stands in a page.
///
/// # Errors
/// Where it holds no handshake.
pub(super) fn told(mut capture: &[u8]) -> Result<Written> {
    let args = InspectArgs {
        files: Vec::new(),
        quiet: false,
        strict: false,
        skip: Vec::new(),
        raw: false,
        request_only: false,
        key: None,
        limit: None,
        summary: false,
        list_rules: false,
        json: true,
        color: Color::Never,
    };
    let (source, capture) = CaptureFile::read(&args, OsStr::new("-"), "the capture", &mut capture)?;
    judged(&args, &[source], 0, capture)
}

/// Where a capture comes from.
struct CaptureFile<'a> {
    /// As it was given.
    name: &'a OsStr,
    /// What it is called in messages.
    place: String,
    /// What is to be said of its packets, if it has any.
    packets: Vec<PacketRemark>,
    /// Whether it was ended where it would have gone on: what is open then does not count.
    is_interrupted: bool,
}

impl<'a> CaptureFile<'a> {
    /// Reads a capture.
    fn read(args: &InspectArgs, name: &'a OsStr, place: &str, reader: &mut dyn Read) -> Result<(Self, Capture)> {
        let (first, mut reader) = begin_capture(place, reader)?;
        ensure!(!first.is_empty(), "{place} is empty, expected a captured handshake");
        // What is in packets are the bytes as they were sent, with --raw or without.
        let (capture, packets) = if Capture::is_packets(&first) {
            Capture::read_packets(reader)
        } else {
            let capture = if args.raw {
                Capture::read_raw(&read_capture(place, &mut reader)?)
            } else {
                read_text(&mut reader).with_context(|| place.to_owned())?
            };
            (capture, Vec::new())
        };
        Ok((Self { name, place: place.to_owned(), packets, is_interrupted: false }, capture))
    }
}

/// What comes of the capture of one of the sources.
fn judged(args: &InspectArgs, sources: &[CaptureFile], at: usize, mut capture: Capture) -> Result<Written> {
    let CaptureFile { name: source, place, packets, is_interrupted } = &sources[at];
    narrow(args, place, packets, &mut capture)?;
    let (name, Capture { mut exchanges, is_cut, looks_raw, .. }) = (path(source), capture);
    if let Some(key) = &args.key {
        let key = field_value(trim_value(key.as_encoded_bytes()).text, KEY);
        Key::parse(key).context("--key")?;
        give_key(place, &mut exchanges, key);
    }
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
    let is_trouble = is_cut || packets.iter().any(PacketRemark::is_trouble);
    let mut exit = if is_trouble { Exit::Trouble } else { Exit::Yes };
    let (is_interrupted, mut is_any_judged) = (*is_interrupted, false);
    let (mut text, mut rest, mut summary) = (String::new(), &mut findings[..], Summary::default());
    let mut not_judged = Vec::new();
    for (number, exchange) in exchanges.iter().enumerate() {
        let count = rest.iter().take_while(|finding| finding.exchange == number).count();
        let (own, others) = rest.split_at_mut(count);
        rest = others;
        rank(own, args.strict);
        let verdict = verdict_of(args, exchange, own);
        let exchange = shown.as_ref().and_then(|shown| shown.get(number)).unwrap_or(exchange);
        let answered_in = exchange.answered_in.map(|at| sources[at].name);
        let judged = JudgedExchange { exchange, number: number + 1, answered_in, verdict, findings: own };
        if !(is_interrupted && judged.is_open()) {
            exit = exit.max(judged.exit());
            is_any_judged = true;
        }
        summary.push(&judged.verdict, judged.findings);
        for part in judged.not_judged() {
            if !not_judged.contains(&part) {
                not_judged.push(part);
            }
        }
        if !(args.summary || args.quiet && judged.exit() == Exit::Yes) {
            text += &if args.json { judged.json(source) } else { judged.text(&name, is_coloured(args.color)) };
        }
    }
    if !is_any_judged {
        exit = Exit::Trouble;
    }
    if args.summary && !(args.quiet && summary.is_ok()) {
        text = if args.json { summary.json(source) } else { summary.text(&name, is_coloured(args.color)) };
    }
    if !text.is_empty() && !args.json {
        text += &not_judged_line(&name, &not_judged, &exchanges);
    }
    let raw = looks_raw.then_some(MAY_BE_RAW);
    let long = (is_cut && !packets.contains(&PacketRemark::TooMany)).then_some(TOO_LONG);
    let told = packets.iter().map(ToString::to_string).chain(raw.into_iter().chain(long).map(str::to_owned));
    Ok(Written { out: text, remarks: told.map(|told| format!("{place}: {told}")).collect(), exit })
}

/// What the OKs of a capture do not speak of; nothing where that is nothing.
fn not_judged_line(name: &str, parts: &[&str], exchanges: &[Exchange]) -> String {
    let Some((last, others)) = parts.split_last() else { return String::new() };
    let is_text = parts.contains(&LINE_ENDINGS) && exchanges.iter().all(|exchange| exchange.flow.is_none());
    let form = if is_text { " in a text" } else { "" };
    let others = if others.is_empty() { String::new() } else { others.join(", ") + ", and " };
    format!("{name}: not judged{form}: {others}{last}\n")
}

/// What is said of a text that may be the bytes as they were sent, and of one that is not read to its end.
const MAY_BE_RAW: &str =
    "read as text; if it holds the bytes as they were sent, --raw judges line endings and what follows a head too";
const TOO_LONG: &str = "too long, the rest was not judged (limits: 65536 heads, 1048576 lines of heads, 1024 lines or 256 KiB of one head, \
                        64 MiB of lines near a handshake)";

/// What an exchange came to; of requests alone, where only they are to be judged.
fn verdict_of(args: &InspectArgs, exchange: &Exchange, findings: &[Finding]) -> Verdict {
    match &exchange.request {
        Some(request) if args.request_only && findings.iter().all(|finding| finding.level != Level::Error) => {
            unjudged_request(request).map_or(Verdict::Ok, Verdict::Unjudged)
        }
        _ => verdict(exchange, findings),
    }
}

/// Leaves in a capture what is to be judged.
///
/// # Errors
/// Where there is nothing.
fn narrow(args: &InspectArgs, place: &str, packets: &[PacketRemark], capture: &mut Capture) -> Result<()> {
    if args.key.is_some() && !capture.responses.is_empty() {
        // Who gives the key says that each of them answers a handshake.
        capture.exchanges = mem::take(&mut capture.responses);
        capture.is_cut |= capture.exchanges.len() == MOST_RESPONSES;
        leave_out_connect(&mut capture.exchanges);
    }
    if let Some(limit) = args.limit {
        capture.exchanges.truncate(limit.get());
    }
    if args.request_only {
        capture.exchanges.retain(|exchange| exchange.request.is_some());
        for exchange in &mut capture.exchanges {
            *exchange = Exchange::new(exchange.request.take(), None);
        }
    }
    if capture.exchanges.is_empty() && !capture.is_cut {
        for told in packets {
            remark(format_args!("{place}: {told}"));
        }
        let hint = if args.raw { "; --raw is for bytes as they were sent, not for a log or what a tool printed" } else { "" };
        bail!("{place}: no handshake found: no request or response has Upgrade: websocket, {KEY} or {ACCEPT}{hint}");
    }
    Ok(())
}

/// How much is read at once.
const PIECE: usize = 1 << 18;

/// Reads a capture that is neither one of packets nor the bytes as they were sent.
fn read_text(reader: &mut dyn Read) -> Result<Capture> {
    let (mut capture, mut piece) = (CaptureReader::default(), vec![0; PIECE]);
    loop {
        match reader.read(&mut piece) {
            Ok(0) => break,
            Ok(count) if capture.push(&piece[..count]) => {}
            Ok(_) => break,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(capture.end()?)
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

/// Gives a key to the exchanges whose key was not seen.
fn give_key(place: &str, exchanges: &mut [Exchange], key: &[u8]) {
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
    if count == 0 {
        let has_key = |exchange: &Exchange| exchange.request.as_ref().is_some_and(|request| request.has(KEY));
        let why = if exchanges.iter().all(has_key) {
            "every exchange already has a key"
        } else {
            "the requests that were seen whole have no key"
        };
        remark(format_args!("{place}: --key ignored: {why}"));
    }
}

/// What an OK of a text does not speak of.
const LINE_ENDINGS: &str = "line endings";

/// An exchange and what was found.
struct JudgedExchange<'a> {
    exchange: &'a Exchange,
    number: usize,
    /// Where its response stands, if that is another file.
    answered_in: Option<&'a OsStr>,
    findings: &'a [Finding],
    verdict: Verdict,
}

impl JudgedExchange<'_> {
    fn exit(&self) -> Exit {
        (&self.verdict).into()
    }

    /// Whether more of it was to come.
    fn is_open(&self) -> bool {
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

    fn text(&self, source: &str, is_coloured: bool) -> String {
        let verdict = verdict_word(&self.verdict, is_coloured);
        let mut text = format!("{source}: exchange {}: {verdict}{}\n", self.number, self.summary());
        for finding in self.findings {
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
            matches!(self.exchange.pairing, Pairing::OneOf(_)).then(|| "one of several that were open at once".to_owned()),
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

fn rule_line(rule: &Rule) -> String {
    let side = rule.side.map_or_else(|| "sender".to_owned(), |side| side.to_string());
    format!("{:<24} {:<5} {side:<6} {}{}\n", rule.id, rule.level, rule.description, cited(rule))
}
