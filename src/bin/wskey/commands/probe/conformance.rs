//! `wskey probe --conformance`: finds out whether a server refuses what it must refuse.

use super::{Client, seconds};
use crate::cli::Probe as Args;
use crate::commands::{ACCEPT, KEY, Outcome, json, json_text, print, remark};
use crate::net::connection::Answer;
use crate::redact::{MAX_SHOWN, transcript};
use crate::report::{self, Judged, is_coloured};
use anyhow::{Context as _, Result, ensure};
use serde::Serialize;
use std::fmt;
use std::fs::File;
use std::io::{self, IsTerminal as _, Write as _};
use std::thread;
use std::time::{Duration, Instant};
use wskey::conformance::{CASES, Case, Outcome as Answered, Request, Sending, Verdict};
use wskey::{Accept, visible};

/// The pause before the next attempt, where a server went away or may have.
const PAUSE: Duration = Duration::from_millis(100);

/// The cases that are chosen; a name stands for the case that has it, else for those whose names begin with it.
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
            ensure!(!found.is_empty(), "no case is called '{}'; --list-cases lists them", visible(name.as_bytes()));
            named.extend(found);
        }
        cases.retain(|case| names.is_empty() || named.contains(&case.id) == is_kept);
    }
    ensure!(!cases.is_empty(), "--skip leaves no case");
    Ok(cases)
}

pub(super) fn list(cases: &[&Case]) -> Result<Outcome> {
    let lines = cases.iter().map(|case| {
        let Case { id, expect, level, section, says, .. } = case;
        format!("{id}\t{}\t{level}\t{section}\t{says}\n", expect.as_str())
    });
    print(lines.collect::<String>().as_bytes())?;
    Ok(Outcome::Yes)
}

pub(super) fn run(args: &Args, client: &mut Client, cases: &[&'static Case]) -> Result<Outcome> {
    let limit = seconds(args.case_timeout, "--case-timeout")?;
    // A file that cannot be written is found out before the work, and an old one never passes for this run's.
    let junit = args.junit.as_ref().map(|path| File::create(path).with_context(|| path.display().to_string())).transpose()?;
    // A server that refuses everything must not be called conforming.
    let first = client.handshakes(1);
    let is_accepted = first.handshakes.iter().all(|handshake| handshake.answer.outcome() == Answered::Accepted);
    if args.json || first.outcome != Outcome::Yes {
        first.show(args, client)?;
    }
    let mut outcome = first.outcome;
    let mut judged = Vec::new();
    let mut trouble = (!is_accepted).then(|| "a valid handshake was not accepted, so no case was judged".to_owned());
    for (number, case) in (1..).zip(if is_accepted { cases } else { &[] }) {
        progress(args, format_args!("{number}/{} {}", cases.len(), case.id));
        let case = perform(case, args, client, limit);
        progress(args, format_args!(""));
        let is_well = matches!(case.verdict, Verdict::Met | Verdict::Open);
        if !(args.quiet && is_well) {
            let bytes = if args.verbose { transcript(&case.sent, &case.received, MAX_SHOWN) } else { String::new() };
            let text = || bytes + &case.text(is_coloured(args.color));
            print(if args.json { record(&case, args) } else { text() }.as_bytes())?;
        }
        if case.is_failure() {
            outcome = outcome.max(Outcome::No);
        }
        let is_gone = case.outcome == Answered::Unreachable;
        if case.outcome == Answered::Closed {
            // It may have died of this case, and the next must not meet it half dead.
            thread::sleep(PAUSE);
        }
        judged.push(case);
        if is_gone {
            outcome = Outcome::Unreachable;
            trouble = Some(match judged.iter().rev().nth(1) {
                Some(last) => {
                    format!("the server is gone after {} of {} cases, the last {}", number - 1, cases.len(), last.case.id)
                }
                None => format!("the server is gone before the first of {} cases", cases.len()),
            });
            break;
        }
    }
    if let Some(trouble) = &trouble {
        remark(format_args!("{trouble}"));
    }
    if is_accepted {
        let count = |word: &str| judged.iter().filter(|case| case.word() == word).count();
        let (met, failed, warned, open) = (count("OK"), count("FAILED"), count("WARN"), count("NOTE"));
        remark(format_args!("{} cases: {met} OK, {failed} FAILED, {warned} WARN, {open} NOTE", judged.len()));
    }
    if let (Some(file), Some(path)) = (junit, &args.junit) {
        report::junit(file, &client.url, &judged, trouble.as_deref()).with_context(|| path.display().to_string())?;
    }
    Ok(outcome)
}

/// Sends a case, each of its requests on a connection of its own, and judges what came back.
fn perform(case: &'static Case, args: &Args, client: &mut Client, limit: Duration) -> Judged {
    let mut request = client.request();
    (case.bend)(&mut request);
    let mut requests = vec![request.clone()];
    if request.sending == Sending::SameThenAnother {
        let mut other = request.clone();
        other.set(KEY, client.request().value(KEY).unwrap_or_default());
        requests.extend([request, other]);
    }
    let (mut sent, mut received, mut took) = (Vec::new(), Vec::new(), Duration::ZERO);
    let mut last = None;
    for request in &requests {
        let answer = patiently(request, client, limit);
        sent.extend(client.secrets.hide_head(&request.to_bytes()));
        received.extend(client.secrets.hide_head(&answer.received));
        took += answer.took;
        let outcome = answer.outcome();
        let wrong = wrong_accept(request, &answer);
        let is_right = outcome == Answered::Accepted && wrong.is_none();
        last = Some((outcome, answer.status(), wrong.unwrap_or_else(|| answer.to_string())));
        if !is_right {
            break;
        }
    }
    let (outcome, status, sentence) = last.expect("a case has a request");
    let verdict = case.judge(outcome, sentence.is_empty());
    let message = match verdict {
        Verdict::Met => None,
        Verdict::Open if outcome == Answered::Refused => None,
        Verdict::Open => Some(sentence).filter(|sentence| !sentence.is_empty()),
        Verdict::MetByClosing => Some(format!("{sentence}: a status such as 400 would tell why")),
        Verdict::Unmet => Some(report::unmet(case, outcome, status, &sentence)),
    };
    let message = message.map(|message| String::from_utf8_lossy(&client.secrets.hide(message.as_bytes())).into_owned());
    Judged { case, outcome, status, verdict, strict: args.strict, message, sent, received, took }
}

/// Performs one exchange. A case may end a server, and whoever watches over it needs a moment to start it anew: where nobody
/// listens, that is tried again until `limit` has passed.
fn patiently(request: &Request, client: &mut Client, limit: Duration) -> Answer {
    let begin = Instant::now();
    loop {
        let answer = client.exchange(request, limit);
        if answer.outcome() != Answered::Unreachable || begin.elapsed() >= limit {
            return answer;
        }
        thread::sleep(PAUSE);
    }
}

/// What is wrong with the accept value of a 101, if anything: it answers the key as it was sent, without the blanks, tabs
/// and folds around it (RFC 6455, section 4.2.2, step 5.4).
fn wrong_accept(request: &Request, answer: &Answer) -> Option<String> {
    let head = answer.head().filter(|_| answer.outcome() == Answered::Accepted)?;
    let right = Accept::of(request.value(KEY).unwrap_or_default().trim_ascii()).encode();
    let mut values = head.all(ACCEPT).peekable();
    if values.peek().is_none() {
        return Some("accepted without an accept value".to_owned());
    }
    let wrong = values.find(|&value| value != right)?;
    Some(format!("accepted with the accept value {} instead of {}", visible(wrong), visible(&right)))
}

/// Shows what is being done, where somebody watches.
fn progress(args: &Args, text: fmt::Arguments) {
    let mut stderr = io::stderr();
    if !args.quiet && stderr.is_terminal() {
        let _ = write!(stderr, "\r\x1b[K{text}").and_then(|()| stderr.flush());
    }
}

#[derive(Serialize)]
struct Record<'a> {
    schema: u8,
    case: &'a str,
    expect: &'a str,
    outcome: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    ok: bool,
    level: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    received: Option<String>,
}

fn record(judged: &Judged, args: &Args) -> String {
    let bytes = |bytes: &[u8]| (args.verbose || !judged.is_ok()).then(|| json_text(bytes));
    json(&Record {
        schema: 1,
        case: judged.case.id,
        expect: judged.case.expect.as_str(),
        outcome: judged.outcome.as_str(),
        status: judged.status,
        ok: judged.is_ok(),
        level: judged.level().to_string(),
        message: judged.message.as_deref(),
        sent: bytes(&judged.sent),
        received: bytes(&judged.received),
    })
}
