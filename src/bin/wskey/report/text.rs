//! Reports as text, for a person at a terminal.

use super::{JudgedCase, Ran, with_rfc};
use crate::cli::Color;
use std::env;
use std::fmt::Write as _;
use std::io::{self, IsTerminal as _};
use wskey::conformance::{Case, Expectation, Judgement, Outcome};
use wskey::diagnosis::Cause;
use wskey::escape::visible;
use wskey::rules::{Certainty, Evidence, Finding, Refusal, Rule, Said, Verdict};

/// Longer lines of a transcript are cut where they are only shown.
pub(crate) const MAX_SHOWN: usize = 1000;

/// The most lines of a command that are shown.
const MAX_PRINTED: usize = 5;

/// The most bytes of one value in a summary.
pub(crate) const MAX_SUMMARY: usize = 100;

/// The word for a verdict, in colour if that is wanted.
pub(crate) fn verdict_word(verdict: &Verdict, is_coloured: bool) -> String {
    let word = verdict.as_str();
    if is_coloured { coloured(word) } else { word.to_owned() }
}

/// A word of a verdict, in its colour.
pub(crate) fn coloured(word: &str) -> String {
    let colour = match word.trim_end() {
        "OK" => 32,
        "FAILED" => 31,
        _ => 33,
    };
    format!("\x1b[{colour}m{word}\x1b[0m")
}

/// Whether stdout gets colour. Where the command line does not say so, the environment does: `NO_COLOR` (<https://no-color.org>), then
/// `FORCE_COLOR` (<https://force-color.org>) and `CLICOLOR_FORCE` (<https://bixense.com/clicolors>), then what stdout is.
pub(crate) fn is_coloured(color: Color) -> bool {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty());
    // `0` forces nothing: so it is with `CLICOLOR_FORCE`, and with `FORCE_COLOR` in Node.
    let is_forced = |name| set(name).is_some_and(|value| value != "0");
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto if set("NO_COLOR").is_some() => false,
        Color::Auto if is_forced("FORCE_COLOR") || is_forced("CLICOLOR_FORCE") => true,
        Color::Auto => io::stdout().is_terminal() && env::var_os("TERM").is_none_or(|terminal| terminal != "dumb"),
    }
}

/// A finding under the verdict it belongs to: a line, without its ending, and a row each for what is known of an accept value.
pub(crate) fn finding_line(finding: &Finding) -> String {
    let Finding { level, rule, message, evidence, said, .. } = finding;
    let side = finding.side.map_or_else(|| "-".to_owned(), |side| side.to_string());
    let headline = evidence.as_ref().map_or(message, |evidence| &evidence.headline);
    let mut text = format!("  {level:<5} {side:<6} {}: {headline}{}", rule.id, cited(rule));
    if let Some(Evidence { got, expected, causes, .. }) = evidence {
        text += &rows("    ", Some(got), expected.as_deref(), causes);
    }
    if let Some(said) = said {
        text += &rows_of(said, message);
    }
    text
}

/// A row each for what a refusal says, who says so, what that means and what to do; each begins with a line ending.
fn rows_of(Said { line, refusal, .. }: &Said, message: &str) -> String {
    let mut text = String::new();
    if let Some(line) = line {
        let _ = write!(text, "\n    says      {}", visible(line.as_bytes()));
    }
    if let Some(Refusal { id, who, certainty, means, fix, .. }) = refusal {
        let perhaps = if *certainty == Certainty::Suggests { "perhaps " } else { "" };
        let _ = write!(text, "\n    who       {perhaps}{who} ({id})");
        if !message.contains(means) {
            let _ = write!(text, "\n    perhaps   {means}");
        }
        let _ = write!(text, "\n    fix       {fix}");
    }
    text
}

/// A row each for the accept value, the right one, and the mistakes that make the one of the other; each begins with a line ending.
pub(crate) fn rows(indent: &str, got: Option<&[u8]>, expected: Option<&str>, causes: &[Cause]) -> String {
    let mut text = String::new();
    if let Some(got) = got {
        let got = if got.is_empty() { "(empty)".to_owned() } else { visible(got).to_string() };
        let _ = write!(text, "\n{indent}got       {got}");
    }
    if let Some(expected) = expected {
        let _ = write!(text, "\n{indent}expected  {expected}");
    }
    for (nth, Cause { id, description, hashed, fix, .. }) in causes.iter().enumerate() {
        let _ = write!(text, "\n{indent}{:8}  {id}: {description}", if nth == 0 { "cause" } else { "or" });
        // Causes of one value mostly hashed the same.
        if let Some(hashed) = hashed.as_ref().filter(|_| nth == 0 || *hashed != causes[0].hashed) {
            let _ = write!(text, "\n{indent}hashed    {}", visible(hashed));
        }
        let _ = write!(text, "\n{indent}fix       {fix}");
    }
    text
}

/// The section in parentheses, with its RFC.
pub(crate) fn cited(rule: &Rule) -> String {
    if rule.section.is_empty() { String::new() } else { format!(" ({})", with_rfc(rule.section)) }
}

/// A case as a line.
pub(crate) fn case_line(judged: &JudgedCase, is_coloured: bool) -> String {
    let Case { id, description, .. } = judged.case;
    let text = match (&judged.message, judged.status) {
        (Some(message), _) => format!("{message} ({})", with_rfc(judged.case.section)),
        (None, Some(status)) if judged.outcome == Outcome::Refused => format!("refused with {status}: {description}"),
        (None, _) => format!("{}: {description}", judged.outcome.as_str()),
    };
    let text = judged.passed.iter().fold(text, |text, passed| format!("{text}; {}", passed.sentence()));
    let word = format!("{:<6}", judged.word());
    let ran = judged.ran.as_deref().filter(|_| judged.is_noteworthy());
    let printed = ran.map(|ran| printed_lines(ran, MAX_PRINTED)).unwrap_or_default();
    format!("{} {id:<21} {text}\n{printed}", if is_coloured { coloured(&word) } else { word })
}

/// How a command ended, and the last lines that it printed, at most so many: a row each.
pub(crate) fn printed_lines(Ran { status, printed, has_ended, is_client, .. }: &Ran, most: usize) -> String {
    let mut text = match status {
        Some(status) => format!("    command   {status}\n"),
        None if *is_client && !has_ended => "    command   ended by wskey, since it did not end by itself\n".to_owned(),
        None => String::new(),
    };
    let printed = printed.trim_ascii_end();
    let lines: Vec<_> = printed.split(|&b| b == b'\n').filter(|_| !printed.is_empty()).collect();
    for line in &lines[lines.len().saturating_sub(most)..] {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let _ = writeln!(text, "    printed   {}", visible(&line[..line.len().min(MAX_SHOWN)]));
    }
    text
}

/// What is to be said of what a client made of a case, which it `did`, if anything; `notes` are told whatever it was.
pub(crate) fn client_message(judged: &JudgedCase, did: &str, notes: &[String]) -> Option<String> {
    let Case { description, expectation, .. } = judged.case;
    let message = match (judged.judgement, expectation, judged.outcome) {
        (Judgement::Met | Judgement::Open, ..) if notes.is_empty() => return None,
        (Judgement::Met | Judgement::Open, ..) => format!("{}: {description}", judged.outcome.as_str()),
        // What would have been answered explains nothing.
        (Judgement::Unjudged, _, Outcome::Absent) => did.to_owned(),
        (Judgement::Unjudged | Judgement::NotApplicable, ..) => format!("{did}: {description}"),
        (_, Expectation::Refuse(rule), Outcome::Accepted) => {
            format!("the client {did}, expected it to refuse: {description} breaks {rule}")
        }
        (_, Expectation::Refuse(rule), _) => {
            format!("the client {did}, expected it to end the connection: {description} breaks {rule}")
        }
        _ => format!("the client {did}, expected it to open: {description}"),
    };
    Some([&[message], notes].concat().join("; "))
}

/// What was expected, where the outcome is another.
pub(crate) fn unmet(case: &Case, outcome: Outcome, status: Option<u16>, sentence: Option<&str>) -> String {
    let Case { description, .. } = case;
    let found = match (outcome, status) {
        (Outcome::Refused, Some(status)) => refused(status),
        _ => sentence.unwrap_or(outcome.as_str()).to_owned(),
    };
    match (case.expectation, outcome) {
        (Expectation::Refuse(rule), _) => format!("{found}, expected a refusal: {description} breaks {rule}"),
        (Expectation::Decline(name), Outcome::Accepted) if sentence.is_none() => {
            format!("accepted with {name}, expected it to be declined: {description}")
        }
        (_, Outcome::Accepted) => format!("{found}; sent: {description}"),
        (Expectation::Decline(name), _) => format!("{found}, expected 101 without {name}: {description}"),
        _ => format!("{found}, expected 101 and the right accept value: {description}"),
    }
}

/// What is worth a warning about a refusal that was expected, or that is allowed.
pub(crate) fn warned(case: &Case, status: Option<u16>, sentence: Option<&str>) -> String {
    let found = status.map_or_else(|| sentence.unwrap_or_default().to_owned(), refused);
    match (case.expectation, status) {
        (Expectation::Decline(name), Some(_)) => format!("{found}: a 101 without {name} would do: {}", case.description),
        (_, Some(502 | 504) | None) => format!("{found}: a status such as 400 would say why"),
        _ => format!("{found}, which blames the server: a status such as 400 would blame the request"),
    }
}

/// A refusal; 502 and 504 are a gateway's or proxy's by definition (RFC 9110, sections 15.6.3 and 15.6.5).
fn refused(status: u16) -> String {
    let by = if matches!(status, 502 | 504) { " by a proxy that got no usable response from the server behind it" } else { "" };
    format!("refused with {status}{by}")
}

/// What went to and fro in a case, as [`transcript`] has it.
pub(crate) fn case_transcript(judged: &JudgedCase, most: usize) -> String {
    match judged.ran {
        Some(_) => transcript_of_client(&judged.received, judged.before, &judged.sent, most),
        None => transcript(&judged.sent, &judged.received, most),
    }
}

/// What a client sent, of which so much came `before` the answer, and that, as [`transcript`] has them.
pub(crate) fn transcript_of_client(received: &[u8], before: usize, answer: &[u8], most: usize) -> String {
    let (before, behind) = received.split_at(before);
    transcript(before, answer, most) + &transcript(behind, b"", most)
}

/// What was sent and received, line by line, escaped; lines of more than `most` bytes are cut.
pub(crate) fn transcript(sent: &[u8], received: &[u8], most: usize) -> String {
    let mut text = String::new();
    for (mark, bytes) in [('>', sent), ('<', received)] {
        for line in bytes.split_inclusive(|&b| b == b'\n') {
            let cut = line.get(..most).unwrap_or(line);
            let _ = write!(text, "{mark} {}", visible(cut));
            if cut.len() < line.len() {
                let _ = write!(text, " ... ({} more bytes)", line.len() - cut.len());
            }
            text.push('\n');
        }
    }
    text
}
