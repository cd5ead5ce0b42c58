//! `wskey probe --conformance`: finds out whether a server refuses what it must refuse.

use super::client::{Client, seconds};
use super::handshakes::Handshakes;
use crate::cli::ProbeArgs;
use crate::exit::Exit;
use crate::input::unknown;
use crate::net::response::{ReadEnd, Response};
use crate::output::{json, print, remark};
use crate::report::json::CaseObject;
use crate::report::text::{MAX_SHOWN, case_line, is_coloured, transcript, unmet};
use crate::report::{JudgedCase, junit};
use anyhow::{Context as _, Result, ensure};
use std::fmt;
use std::fs::File;
use std::io::{self, IsTerminal as _, Write as _};
use std::thread;
use std::time::{Duration, Instant};
use wskey::Accept;
use wskey::conformance::server_cases::CASES;
use wskey::conformance::{Case, Delivery, Judgement, Message, Outcome};
use wskey::escape::visible;
use wskey::head::{ACCEPT, KEY};

/// The pause before the next attempt, where a server went away or may have.
const PAUSE: Duration = Duration::from_millis(100);

/// The cases that are chosen. A name stands for the case that has it, else for those whose names begin with it.
///
/// # Errors
/// For a name that stands for none, and where none is left: a run of no cases would look like success.
pub(super) fn select(only: &[String], skip: &[String]) -> Result<Vec<&'static Case>> {
    let mut cases: Vec<_> = CASES.iter().collect();
    for (names, is_kept) in [(only, true), (skip, false)] {
        let mut named = Vec::new();
        for name in names {
            let exact = CASES.iter().find(|case| case.id == name).map(|case| vec![case.id]);
            let begun = || CASES.iter().map(|case| case.id).filter(|id| !name.is_empty() && id.starts_with(name.as_str()));
            let found = exact.unwrap_or_else(|| begun().collect());
            if found.is_empty() {
                return Err(unknown("case", name, CASES.iter().map(|case| case.id), "--list-cases"));
            }
            named.extend(found);
        }
        cases.retain(|case| names.is_empty() || named.contains(&case.id) == is_kept);
    }
    ensure!(!cases.is_empty(), "--skip leaves no case");
    Ok(cases)
}

pub(super) fn list(cases: &[&Case]) -> Result<Exit> {
    let lines = cases.iter().map(|case| {
        let Case { id, expectation, level, section, description, .. } = case;
        format!("{id}\t{}\t{level}\t{section}\t{description}\n", expectation.as_str())
    });
    print(lines.collect::<String>().as_bytes())?;
    Ok(Exit::Yes)
}

pub(super) fn run(args: &ProbeArgs, client: &mut Client, cases: &[&'static Case]) -> Result<Exit> {
    let limit = seconds(args.case_timeout, "--case-timeout")?;
    // A file that cannot be written is found out before the work, and an old one never passes for this run's.
    let junit = args.junit.as_ref().map(|path| File::create(path).with_context(|| path.display().to_string())).transpose()?;
    // A server that refuses everything must not be called conforming.
    let first = Handshakes::perform(client, 1, args.strict)?;
    if args.json || first.exit != Exit::Yes {
        first.show(args, client)?;
    }
    let mut run = Run { args, judged: Vec::new(), exit: first.exit, trouble: None };
    if first.are_accepted() {
        run.judge_all(client, cases, limit)?;
    } else {
        run.trouble = Some("a valid handshake was not accepted, so no case was judged".to_owned());
    }
    run.sum_up(first.are_accepted());
    if let (Some(file), Some(path)) = (junit, &args.junit) {
        junit::write(file, &client.url, &run.judged, run.trouble.as_deref()).with_context(|| path.display().to_string())?;
    }
    Ok(run.exit)
}

/// A run of cases.
struct Run<'a> {
    args: &'a ProbeArgs,
    judged: Vec<JudgedCase>,
    exit: Exit,
    /// What kept cases from being judged.
    trouble: Option<String>,
}

impl Run<'_> {
    fn judge_all(&mut self, client: &mut Client, cases: &[&'static Case], limit: Duration) -> Result<()> {
        for (number, case) in (1..).zip(cases) {
            progress(self.args, format_args!("{number}/{} {}", cases.len(), case.id));
            let case = judge_case(case, self.args.strict, client, limit)?;
            progress(self.args, format_args!(""));
            self.show(&case)?;
            if case.is_failure() {
                self.exit = self.exit.max(Exit::No);
            }
            let outcome = case.outcome;
            self.judged.push(case);
            match outcome {
                // It may have died of this case, and the next must not meet it half dead.
                Outcome::Closed => thread::sleep(PAUSE),
                Outcome::Unreachable => {
                    self.exit = Exit::Unreachable;
                    self.trouble = Some(match self.judged.iter().rev().nth(1) {
                        Some(JudgedCase { case: last, .. }) => {
                            format!("the server is gone after {} of {} cases, the last {}", number - 1, cases.len(), last.id)
                        }
                        None => format!("the server is gone before the first of {} cases", cases.len()),
                    });
                    break;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn show(&self, case: &JudgedCase) -> Result<()> {
        let ProbeArgs { quiet, verbose, color, .. } = *self.args;
        if quiet && matches!(case.judgement, Judgement::Met | Judgement::Open) {
            return Ok(());
        }
        let text = if self.args.json {
            json(&CaseObject::new(case, verbose))
        } else {
            let bytes = if verbose { transcript(&case.sent, &case.received, MAX_SHOWN) } else { String::new() };
            bytes + &case_line(case, is_coloured(color))
        };
        print(text.as_bytes()).map(drop)
    }

    fn sum_up(&self, is_counted: bool) {
        if let Some(trouble) = &self.trouble {
            remark(format_args!("{trouble}"));
        }
        if is_counted {
            let count = |word: &str| self.judged.iter().filter(|case| case.word() == word).count();
            let (met, failed, warned, open) = (count("OK"), count("FAILED"), count("WARN"), count("NOTE"));
            let total = self.judged.len();
            let noun = if total == 1 { "case" } else { "cases" };
            remark(format_args!("{total} {noun}: {met} OK, {failed} FAILED, {warned} WARN, {open} NOTE"));
        }
    }
}

/// Sends a case, each of its requests on a connection of its own, and judges what came back.
fn judge_case(case: &'static Case, strict: bool, client: &mut Client, limit: Duration) -> Result<JudgedCase> {
    let mut request = client.request()?;
    (case.alter)(&mut request);
    let mut requests = vec![request.clone()];
    if request.delivery == Delivery::SameThenAnother {
        let mut other = request.clone();
        other.set(KEY, client.request()?.get(KEY).unwrap_or_default());
        requests.extend([request, other]);
    }
    let (mut sent, mut received, mut took) = (Vec::new(), Vec::new(), Duration::ZERO);
    let mut last = None;
    for request in &requests {
        let response = patiently(request, client, limit);
        sent.extend(client.secrets.redact_head(&request.to_bytes()));
        received.extend(client.secrets.redact_head(&response.received));
        took += response.took;
        let outcome = response.outcome();
        let sentence = wrong_accept(request, &response).or_else(|| (response.end != ReadEnd::Head).then(|| response.to_string()));
        let is_right = outcome == Outcome::Accepted && sentence.is_none();
        last = Some((outcome, response.status(), is_right, sentence));
        if !is_right {
            break;
        }
    }
    let (outcome, status, is_right, sentence) = last.expect("a case has a request");
    let judgement = case.judge(outcome, is_right);
    let message = match judgement {
        Judgement::Open if outcome == Outcome::Refused => None,
        Judgement::Open => sentence,
        Judgement::MetByClosing => sentence.map(|sentence| format!("{sentence}: a status such as 400 would say why")),
        Judgement::Unmet => Some(unmet(case, outcome, status, sentence.as_deref())),
        _ => None,
    };
    let message = message.map(|message| String::from_utf8_lossy(&client.secrets.redact(message.as_bytes())).into_owned());
    Ok(JudgedCase { case, outcome, status, judgement, strict, message, sent, received, took })
}

/// Performs one exchange. A case may crash a server, and its supervisor needs a moment to restart it: a refused connection is
/// retried until `limit`.
fn patiently(request: &Message, client: &mut Client, limit: Duration) -> Response {
    let begin = Instant::now();
    loop {
        let response = client.exchange(request, limit);
        if response.outcome() != Outcome::Unreachable || begin.elapsed() >= limit {
            return response;
        }
        thread::sleep(PAUSE);
    }
}

/// What is wrong with the accept value of a 101, if anything: it answers the key as it was sent, without the spaces, tabs
/// and folds around it (RFC 6455, section 4.2.2, step 5.4).
fn wrong_accept(request: &Message, response: &Response) -> Option<String> {
    let head = response.head().filter(|_| response.outcome() == Outcome::Accepted)?;
    let right = Accept::of(request.get(KEY).unwrap_or_default().trim_ascii());
    let mut values = head.get_all(ACCEPT).peekable();
    if values.peek().is_none() {
        return Some("accepted without an accept value".to_owned());
    }
    let wrong = values.find(|&value| value != right.as_bytes())?;
    Some(format!("accepted with the accept value {} instead of {right}", visible(wrong)))
}

/// Shows what is being done, where somebody watches.
fn progress(args: &ProbeArgs, text: fmt::Arguments) {
    let mut stderr = io::stderr();
    if !args.quiet && stderr.is_terminal() {
        let _ = write!(stderr, "\r\x1b[K{text}").and_then(|()| stderr.flush());
    }
}
