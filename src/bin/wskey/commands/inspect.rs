//! `wskey inspect`: captured handshakes, judged by the rules.

use super::{ACCEPT, Input, KEY, Outcome, field_value, input, json, json_text, peel, print, remark};
use crate::cli::Inspect as Args;
use crate::report::{self, Verdict, cited, is_coloured, shorten};
use anyhow::{Context as _, Result, bail, ensure};
use serde::Serialize;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};
use wskey::{Accept, Capture, Exchange, Field, Finding, Head, Level, RULES, Rule, Seen, judge, unjudged, visible};

/// The most that is read of one capture, in bytes.
const MOST: u64 = 64 << 20;

#[derive(Serialize)]
struct RuleRecord {
    schema: u8,
    rule: &'static str,
    level: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    side: Option<String>,
    #[serde(skip_serializing_if = "str::is_empty")]
    section: &'static str,
    says: &'static str,
}

pub(super) fn run(args: &Args) -> Result<Outcome> {
    if let Some(unknown) = args.skip.iter().find(|id| !RULES.iter().any(|rule| rule.id == **id)) {
        bail!("no rule is called '{}': wskey inspect --list-rules lists them", visible(unknown.as_bytes()));
    }
    if args.list_rules {
        let list: String = RULES.iter().map(|rule| if args.json { rule_json(rule) } else { rule_text(rule) }).collect();
        print(list.as_bytes())?;
        return Ok(Outcome::Yes);
    }
    let mut outcome = Outcome::Yes;
    match input("inspect", &args.files)? {
        Input::Stdin => outcome = inspect(args, OsStr::new("-"), &mut io::stdin().lock())?,
        Input::Operands(files) => {
            for file in files {
                let opened = File::open(file).with_context(|| visible(file.as_encoded_bytes()).to_string());
                let judged = opened.and_then(|mut opened| inspect(args, file, &mut opened));
                outcome = outcome.max(judged.unwrap_or_else(|error| super::report(&error)));
            }
        }
    }
    Ok(outcome)
}

/// Judges what one source holds.
fn inspect(args: &Args, source: &OsStr, reader: &mut dyn Read) -> Result<Outcome> {
    let name = visible(source.as_encoded_bytes()).to_string();
    let place = if source == "-" { "stdin" } else { &name };
    let mut bytes = Vec::new();
    reader.take(MOST + 1).read_to_end(&mut bytes).with_context(|| place.to_owned())?;
    ensure!(bytes.len() as u64 <= MOST, "{place}: more than 64 MiB, the most that is read of a capture");
    ensure!(!bytes.is_empty(), "{place} is empty, expected a captured handshake");
    let Capture { mut exchanges, is_cut } = Capture::read(&bytes);
    drop(bytes);
    ensure!(
        !exchanges.is_empty(),
        "{place}: no handshake found, neither a request line nor a status line, nor {KEY} or {ACCEPT} with a value"
    );
    if let Some(key) = &args.key {
        let key = field_value(peel(key.as_encoded_bytes()).text, KEY);
        let given = exchanges.iter_mut().filter_map(|exchange| give_key(exchange, key)).count();
        if given == 0 {
            remark(format_args!("{place}: --key has no use, every answer has its own key"));
        }
    }
    let mut findings = judge(&exchanges);
    findings.retain(|finding| !args.skip.iter().any(|id| id == finding.rule.id));
    let (mut outcome, mut text, mut rest) = (Outcome::Yes, String::new(), &mut findings[..]);
    for (at, exchange) in exchanges.iter().enumerate() {
        let count = rest.iter().take_while(|finding| finding.exchange == at).count();
        let (own, others) = rest.split_at_mut(count);
        rest = others;
        report::rank(own, args.strict);
        let judged = Judged { exchange, number: at + 1, findings: own, unjudged: unjudged(exchange) };
        outcome = outcome.max(judged.outcome());
        if !(args.quiet && judged.outcome() == Outcome::Yes) {
            text += &if args.json { judged.json(source) } else { judged.text(&name, is_coloured(args.color)) };
        }
    }
    print(text.as_bytes())?;
    if is_cut {
        remark(format_args!("{place}: more than 65536 heads, a million lines of heads, or 1024 of one: the rest was not judged"));
        outcome = Outcome::Trouble;
    }
    Ok(outcome)
}

/// Puts `key` where the request was not seen, or no more of it than some fields.
fn give_key(exchange: &mut Exchange, key: &[u8]) -> Option<()> {
    let unknown = || Head { first: Vec::new(), fields: Vec::new(), odd: Vec::new(), len: 0, seen: Seen::Part };
    let request = exchange.request.get_or_insert_with(unknown);
    let lacks = request.seen == Seen::Part && request.all(KEY).next().is_none();
    lacks.then(|| request.fields.push(Field { name: KEY.into(), value: key.to_vec(), line: 0 }))
}

/// An exchange and what was found.
struct Judged<'a> {
    exchange: &'a Exchange,
    number: usize,
    findings: &'a [Finding],
    unjudged: Option<&'static str>,
}

impl Judged<'_> {
    fn verdict(&self) -> Verdict {
        if self.findings.iter().any(|finding| finding.level == Level::Error) {
            Verdict::Failed
        } else if self.unjudged.is_some() {
            Verdict::Unjudged
        } else {
            Verdict::Ok
        }
    }

    fn outcome(&self) -> Outcome {
        match self.verdict() {
            _ if self.unjudged.is_some() => Outcome::Trouble,
            Verdict::Failed => Outcome::No,
            Verdict::Ok | Verdict::Unjudged => Outcome::Yes,
        }
    }

    fn heads(&self) -> impl Iterator<Item = (&'static str, &Head)> {
        let Exchange { request, response } = self.exchange;
        [("request", request), ("response", response)].into_iter().filter_map(|(name, head)| Some((name, head.as_ref()?)))
    }

    fn value(&self, name: &str) -> Option<&[u8]> {
        self.heads().find_map(|(_, head)| head.all(name).next())
    }

    fn text(&self, source: &str, is_coloured: bool) -> String {
        let mut text = format!("{source}: exchange {}: {}{}\n", self.number, self.verdict().word(is_coloured), self.summary());
        for finding in self.findings {
            let _ = writeln!(text, "{}", report::Line(finding));
        }
        if let Some(why) = self.unjudged {
            let _ = writeln!(text, "  no verdict: {why}{}", if why.contains("key that") { " (--key gives it)" } else { "" });
        }
        for (seen, what) in [(Seen::Copied, "line ends and repeated fields"), (Seen::Part, "fields that were not seen")] {
            // A field that stands nowhere, under no first line, is the key that the user gave.
            let is_given = |head: &Head| head.first.is_empty() && head.fields.iter().all(|field| field.line == 0);
            let is_meant = |head: &Head| head.seen == seen && !is_given(head);
            let names: Vec<_> = self.heads().filter(|(_, head)| is_meant(head)).map(|(name, _)| name).collect();
            if !names.is_empty() {
                let _ = writeln!(text, "  not judged: {what} of the {}", names.join(" and the "));
            }
        }
        text
    }

    /// What the verdict is about.
    fn summary(&self) -> String {
        // Of a head that was read whole the first line stands before the first field.
        let begin = |head: &Head| Some(head.fields.first()?.line - usize::from(head.len > 0)).filter(|&line| line > 0);
        let line = self.heads().filter_map(|(_, head)| begin(head)).min();
        let request = self.exchange.request.as_ref().and_then(|head| Some([head.method()?, head.target()?].join(&b' ')));
        let answered = self.value(KEY).zip(self.value(ACCEPT)).is_some_and(|(key, accept)| Accept::of(key).encode() == accept);
        let told = [
            line.map(|line| format!("line {line}")),
            request.map(|request| shorten(&request)),
            self.exchange.response.as_ref().and_then(Head::status).map(|status| status.to_string()),
            answered.then(|| "the accept value answers the key".to_owned()),
            self.exchange.response.is_none().then(|| "no answer was seen".to_owned()),
        ];
        let told: Vec<_> = told.into_iter().flatten().collect();
        if told.is_empty() { String::new() } else { format!(" ({})", told.join("; ")) }
    }

    fn json(&self, source: &OsStr) -> String {
        let verdict = self.verdict();
        json(&report::Judgement {
            schema: 1,
            source: Some(json_text(source.as_encoded_bytes())),
            exchange: self.number,
            ok: (verdict != Verdict::Unjudged).then_some(verdict == Verdict::Ok),
            key: self.value(KEY).map(json_text),
            accept: self.value(ACCEPT).map(json_text),
            status: self.exchange.response.as_ref().and_then(Head::status),
            error: self.unjudged.map(str::to_owned),
            findings: self.findings.iter().map(Into::into).collect(),
            ..report::Judgement::default()
        })
    }
}

fn rule_text(rule: &Rule) -> String {
    let side = rule.side.map_or_else(|| "sender".to_owned(), |side| side.to_string());
    format!("{:<24} {:<5} {side:<6} {}{}\n", rule.id, rule.level, rule.says, cited(rule))
}

fn rule_json(rule: &Rule) -> String {
    let (level, side) = (rule.level.to_string(), rule.side.map(|side| side.to_string()));
    json(&RuleRecord { schema: 1, rule: rule.id, level, side, section: rule.section, says: rule.says })
}
