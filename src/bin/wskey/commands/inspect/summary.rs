//! What many exchanges came to: a line for each rule that is broken, with a count.

use crate::output::{json, json_base64, json_text};
use crate::report::json::SCHEMA;
use crate::report::text::{cited, coloured};
use serde::Serialize;
use std::cmp::Reverse;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::mem::{Discriminant, discriminant};
use wskey::rules::{Finding, Level, Rule, Unjudged, Verdict};

/// What the exchanges of one capture came to.
#[derive(Default)]
pub(super) struct Summary {
    ok: usize,
    failed: usize,
    unjudged: usize,
    /// Each with the level at which it weighs most.
    rules: Vec<(&'static Rule, Level, Tally)>,
    /// Why there was no verdict: of those that differ in a place alone, the first.
    reasons: Vec<(Discriminant<Unjudged>, String, Tally)>,
}

/// How many exchanges there are, and the first of them.
#[derive(Clone, Copy, Serialize)]
struct Tally {
    count: usize,
    first: usize,
}

impl Summary {
    /// Counts the next exchange.
    pub(super) fn push(&mut self, verdict: &Verdict, findings: &[Finding]) {
        let number = self.ok + self.failed + self.unjudged + 1;
        match verdict {
            Verdict::Ok => self.ok += 1,
            Verdict::Unjudged(why) => {
                self.unjudged += 1;
                let kind = discriminant(why);
                match self.reasons.iter_mut().find(|(known, ..)| *known == kind) {
                    Some((.., count)) => count.count += 1,
                    None => self.reasons.push((kind, why.to_string(), Tally { count: 1, first: number })),
                }
            }
            _ => self.failed += 1,
        }
        for (at, finding) in findings.iter().enumerate() {
            // A rule may be broken twice in one exchange.
            if findings[..at].iter().all(|other| other.rule.id != finding.rule.id) {
                match self.rules.iter_mut().find(|(rule, ..)| rule.id == finding.rule.id) {
                    Some((.., count)) => count.count += 1,
                    None => self.rules.push((finding.rule, finding.level, Tally { count: 1, first: number })),
                }
            }
            if let Some((_, level, _)) = self.rules.iter_mut().find(|(rule, ..)| rule.id == finding.rule.id) {
                *level = (*level).max(finding.level);
            }
        }
    }

    /// The rules that are broken: errors first, and what is broken most often.
    fn rules(&self) -> Vec<(&'static Rule, Level, Tally)> {
        let mut rules = self.rules.clone();
        rules.sort_by_key(|(_, level, count)| (*level != Level::Error, Reverse(count.count)));
        rules
    }

    pub(super) fn is_ok(&self) -> bool {
        self.failed + self.unjudged == 0
    }

    pub(super) fn text(&self, source: &str, is_coloured: bool) -> String {
        let word = |word: &str| if is_coloured { coloured(word) } else { word.to_owned() };
        let Self { ok, failed, unjudged, reasons, .. } = self;
        let parts = [(ok, "OK"), (failed, "FAILED"), (unjudged, "UNJUDGED")];
        let parts: Vec<_> =
            parts.iter().filter(|(count, _)| **count > 0).map(|(count, verdict)| format!("{count} {}", word(verdict))).collect();
        let mut text = format!("{source}: exchanges: {}\n", parts.join(", "));
        for (rule, level, Tally { count, first }) in self.rules() {
            let _ = writeln!(
                text,
                "  {:<5} {} in {count}, first in exchange {first}: {}{}",
                level,
                rule.id,
                rule.description,
                cited(rule)
            );
        }
        for (_, why, Tally { count, first }) in reasons {
            let _ = writeln!(text, "  no verdict in {count}, first in exchange {first}: {why}");
        }
        text
    }

    pub(super) fn json(&self, source: &OsStr) -> String {
        json(&SummaryObject {
            schema: SCHEMA,
            kind: "summary",
            source: json_text(source.as_encoded_bytes()),
            source_base64: json_base64(source.as_encoded_bytes()),
            ok: self.ok,
            failed: self.failed,
            unjudged: self.unjudged,
            rules: self
                .rules()
                .into_iter()
                .map(|(rule, level, count)| RuleCount { rule: rule.id, level: level.to_string(), count })
                .collect(),
            errors: self.reasons.iter().map(|(_, error, count)| ErrorCount { error, count }).collect(),
        })
    }
}

#[derive(Serialize)]
struct SummaryObject<'a> {
    schema: u8,
    #[serde(rename = "type")]
    kind: &'static str,
    source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_base64: Option<String>,
    ok: usize,
    failed: usize,
    unjudged: usize,
    rules: Vec<RuleCount>,
    errors: Vec<ErrorCount<'a>>,
}

#[derive(Serialize)]
struct RuleCount {
    rule: &'static str,
    level: String,
    #[serde(flatten)]
    count: Tally,
}

#[derive(Serialize)]
struct ErrorCount<'a> {
    error: &'a str,
    #[serde(flatten)]
    count: &'a Tally,
}
