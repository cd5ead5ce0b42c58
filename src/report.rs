//! Findings and outcomes as text, JSON, JUnit.

use quick_xml::Writer;
use quick_xml::events::BytesText;
use std::fmt::Write as _;
use std::io;
use std::time::Duration;
use wskey::cases::{Case, Expect, Outcome, Verdict};
use wskey::{Level, visible};

/// A case that was judged.
pub(crate) struct Judged {
    pub(crate) case: &'static Case,
    pub(crate) outcome: Outcome,
    pub(crate) status: Option<u16>,
    pub(crate) verdict: Verdict,
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
        if self.verdict == Verdict::MetByClosing { Level::Warn } else { self.case.level }
    }

    pub(crate) fn is_ok(&self) -> bool {
        match self.verdict {
            Verdict::Met | Verdict::Open => true,
            Verdict::MetByClosing => !self.strict,
            Verdict::Unmet => false,
        }
    }

    /// Whether it makes the run a "no".
    pub(crate) fn is_failure(&self) -> bool {
        !self.is_ok() && (self.strict || self.level() == Level::Error)
    }

    /// The verdict in one word.
    pub(crate) fn word(&self) -> &'static str {
        match self.verdict {
            Verdict::Met => "OK",
            Verdict::Open => "NOTE",
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

    /// Where it is said that this must be so.
    fn section(&self) -> String {
        let section = self.case.section;
        if section.starts_with("RFC") { section.to_owned() } else { format!("RFC 6455, section {section}") }
    }

    /// One line.
    pub(crate) fn text(&self) -> String {
        let Case { id, says, .. } = self.case;
        let said = match &self.message {
            Some(message) => format!("{message} ({})", self.section()),
            None => format!("{}: {says}", self.came()),
        };
        format!("{:<6} {id:<21} {said}\n", self.word())
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
            let mut detail = format!("{}\n", case.section());
            for (mark, bytes) in [('>', &case.sent), ('<', &case.received)] {
                for line in bytes.split_inclusive(|&b| b == b'\n') {
                    let _ = writeln!(detail, "{mark} {}", visible(line));
                }
            }
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
