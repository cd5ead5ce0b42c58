//! Findings and outcomes as text, JSON, JUnit.

use crate::cli::Color;
use crate::redact::transcript;
use quick_xml::Writer;
use quick_xml::events::BytesText;
use serde::Serialize;
use std::cmp::Reverse;
use std::fmt;
use std::io::{self, IsTerminal as _};
use std::time::Duration;
use wskey::conformance::{Case, Expect, Outcome};
use wskey::{Finding, Level, Rule, conformance as cases, visible};

/// What an exchange came to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Ok,
    Failed,
    /// What a verdict needs was not seen.
    Unjudged,
}

impl Verdict {
    /// The word for it, in colour if that is wanted.
    pub(crate) fn word(self, is_coloured: bool) -> String {
        let word = match self {
            Self::Ok => "OK",
            Self::Failed => "FAILED",
            Self::Unjudged => "UNJUDGED",
        };
        if is_coloured { coloured(word) } else { word.to_owned() }
    }
}

fn coloured(word: &str) -> String {
    let colour = match word.trim_end() {
        "OK" => 32,
        "FAILED" => 31,
        _ => 33,
    };
    format!("\x1b[{colour}m{word}\x1b[0m")
}

/// Whether stdout gets colour. `NO_COLOR` speaks for the user where the command line does not.
pub(crate) fn is_coloured(color: Color) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()) && io::stdout().is_terminal(),
    }
}

/// A finding as a line of text, under the verdict it belongs to.
pub(crate) struct Line<'a>(pub(crate) &'a Finding);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Finding { level, side, rule, message, .. } = self.0;
        write!(f, "  {level:<5} {side:<7} {}: {message}{}", rule.id, cited(rule))
    }
}

/// The section in parentheses, with its RFC.
pub(crate) fn cited(rule: &Rule) -> String {
    if rule.section.is_empty() { String::new() } else { format!(" ({})", with_rfc(rule.section)) }
}

fn with_rfc(section: &str) -> String {
    format!("{}{section}", if section.starts_with("RFC") { "" } else { "RFC 6455 " })
}

/// A finding as a part of a JSON object.
#[derive(Serialize)]
pub(crate) struct Record<'a> {
    rule: &'static str,
    level: String,
    side: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    section: &'static str,
    message: &'a str,
}

impl<'a> From<&'a Finding> for Record<'a> {
    fn from(finding: &'a Finding) -> Self {
        let Finding { level, side, rule, message, .. } = finding;
        Self { rule: rule.id, level: level.to_string(), side: side.to_string(), section: rule.section, message }
    }
}

/// Puts the worst findings first; where it is strict, warnings are errors.
pub(crate) fn rank(findings: &mut [Finding], strict: bool) {
    for finding in findings.iter_mut().filter(|finding| strict && finding.level == Level::Warn) {
        finding.level = Level::Error;
    }
    findings.sort_by_key(|finding| Reverse(finding.level));
}

/// An exchange as a JSON object, of a capture or of a live server.
#[derive(Default, Serialize)]
pub(crate) struct Judgement<'a> {
    pub(crate) schema: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<&'a str>,
    pub(crate) exchange: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ok: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) accept: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
    pub(crate) findings: Vec<Record<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) received: Option<String>,
}

/// A case that was judged.
pub(crate) struct Judged {
    pub(crate) case: &'static Case,
    pub(crate) outcome: Outcome,
    pub(crate) status: Option<u16>,
    pub(crate) verdict: cases::Verdict,
    /// Whether warnings count as errors.
    pub(crate) strict: bool,
    /// What the server did otherwise than expected.
    pub(crate) message: Option<String>,
    /// The bytes that went over the wire, as far as they may be seen.
    pub(crate) sent: Vec<u8>,
    pub(crate) received: Vec<u8>,
    pub(crate) took: Duration,
}

impl Judged {
    pub(crate) fn level(&self) -> Level {
        if self.verdict == cases::Verdict::MetByClosing { Level::Warn } else { self.case.level }
    }

    pub(crate) fn is_ok(&self) -> bool {
        match self.verdict {
            cases::Verdict::Met | cases::Verdict::Open => true,
            cases::Verdict::MetByClosing => !self.strict,
            cases::Verdict::Unmet => false,
        }
    }

    /// Whether it makes the run a "no".
    pub(crate) fn is_failure(&self) -> bool {
        !self.is_ok() && (self.strict || self.level() == Level::Error)
    }

    /// The verdict in one word.
    pub(crate) fn word(&self) -> &'static str {
        match self.verdict {
            cases::Verdict::Met => "OK",
            cases::Verdict::Open => "NOTE",
            _ if self.is_failure() => "FAILED",
            _ => "WARN",
        }
    }

    /// The outcome, with the status where it tells more.
    fn came(&self) -> String {
        match self.status {
            Some(status) if self.outcome == Outcome::Refused => format!("refused with {status}"),
            _ => self.outcome.as_str().to_owned(),
        }
    }

    /// One line.
    pub(crate) fn text(&self, is_coloured: bool) -> String {
        let Case { id, says, .. } = self.case;
        let said = match &self.message {
            Some(message) => format!("{message} ({})", with_rfc(self.case.section)),
            None => format!("{}: {says}", self.came()),
        };
        let word = format!("{:<6}", self.word());
        format!("{} {id:<21} {said}\n", if is_coloured { coloured(&word) } else { word })
    }
}

/// What was expected, where the outcome is another.
pub(crate) fn unmet(case: &Case, outcome: Outcome, status: Option<u16>, sentence: &str) -> String {
    let Case { says, .. } = case;
    let found = match (outcome, status) {
        (Outcome::Accepted, _) if sentence.is_empty() => "accepted".to_owned(),
        (Outcome::Refused, Some(status)) => format!("refused with {status}"),
        _ => sentence.to_owned(),
    };
    match case.expect {
        Expect::Refuse(rule) => format!("{found}, expected a refusal: {says} breaks {rule}"),
        _ => format!("{found}, expected 101 and the right accept value: {says}"),
    }
}

/// The cases as JUnit XML, as CI systems read it.
///
/// # Errors
/// What writing to `out` fails with.
pub(crate) fn junit(out: impl io::Write, url: &str, cases: &[Judged], trouble: Option<&str>) -> io::Result<()> {
    let failures = cases.iter().filter(|case| case.is_failure()).count();
    let seconds = |took: Duration| format!("{:.3}", took.as_secs_f64());
    let total = seconds(cases.iter().map(|case| case.took).sum());
    let mut writer = Writer::new_with_indent(out, b' ', 2);
    writer.get_mut().write_all(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")?;
    let suite = writer.create_element("testsuite").with_attributes([
        ("name", clean(&format!("wskey probe --conformance {url}")).as_str()),
        ("tests", (cases.len() + usize::from(trouble.is_some())).to_string().as_str()),
        ("failures", failures.to_string().as_str()),
        ("errors", if trouble.is_some() { "1" } else { "0" }),
        ("time", total.as_str()),
    ]);
    suite.write_inner_content(|writer| {
        for case in cases {
            let element = writer.create_element("testcase").with_attributes([
                ("classname", "wskey.conformance"),
                ("name", case.case.id),
                ("time", seconds(case.took).as_str()),
            ]);
            if !case.is_failure() {
                element.write_empty()?;
                continue;
            }
            let detail = format!("{}\n{}", with_rfc(case.case.section), transcript(&case.sent, &case.received, usize::MAX));
            element.write_inner_content(|writer| {
                let message = case.message.as_deref().unwrap_or_default();
                let failure = [("message", clean(message)), ("type", case.level().to_string())];
                let failure = failure.each_ref().map(|(name, value)| (*name, value.as_str()));
                writer.create_element("failure").with_attributes(failure).write_text_content(BytesText::new(&clean(&detail)))?;
                Ok(())
            })?;
        }
        if let Some(trouble) = trouble {
            let element =
                writer.create_element("testcase").with_attributes([("classname", "wskey.conformance"), ("name", "server")]);
            element.write_inner_content(|writer| {
                writer.create_element("error").with_attribute(("message", clean(trouble).as_str())).write_empty().map(drop)
            })?;
        }
        Ok(())
    })?;
    writer.into_inner().write_all(b"\n")
}

/// Without the two characters that are visible and that XML has not (XML 1.0, section 2.2).
fn clean(text: &str) -> String {
    text.replace('\u{fffe}', "\\u{fffe}").replace('\u{ffff}', "\\u{ffff}")
}

/// The beginning of a text that may be kilobytes long.
pub(crate) fn shorten(text: &[u8]) -> String {
    match text.get(..100) {
        Some(start) if text.len() > 100 => format!("{}...", visible(start)),
        _ => visible(text).to_string(),
    }
}
