//! `wskey probe --conformance`: finds out whether a server refuses what it must refuse.

use super::backend::{Arrived, Backend};
use super::client::{Client, PAUSE};
use super::handshakes::Handshakes;
use super::jobs::{Beside, Results, SideBySide, accepts_at_once};
use crate::cli::ProbeArgs;
use crate::commands::cases::{CaseRun, Shown};
use crate::exit::Exit;
use crate::input::seconds;
use crate::net::response::{ReadEnd, Response};
use crate::output::remark;
use crate::report::text::{unmet, warned};
use crate::report::{JudgedCase, with_messages};
use anyhow::Result;
use std::collections::HashSet;
use std::iter;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};
use wskey::conformance::{Case, Delivery, Expectation, Judgement, Message, Outcome};
use wskey::head::{Exchange, Head, KEY, Kind};
use wskey::rules::{Finding, Level, Verdict, judge, verdict};

/// How many refusals that a server gives to valid requests too are taken in a row before a valid handshake is tried.
const MAX_DOUBTFUL: usize = 10;

const REFUSES_ALL: &str = "the server accepts no valid handshake any more, so what came proves nothing";

pub(super) fn run(args: &ProbeArgs, client: &mut Client, cases: &[&'static Case]) -> Result<Exit> {
    let limit = seconds(args.case_timeout, "--case-timeout")?;
    let mut run = begin(args, client)?;
    // A server that refuses everything must not be called conforming.
    let first = Handshakes::perform(client, 1, args.strict, None)?;
    if args.json || first.exit != Exit::Yes || first.is_warned() {
        first.show(args, client)?;
    }
    run.first = first.exit;
    for case in first.test_cases(client) {
        run.push(case)?;
    }
    let mut run = ServerRun { args, cases: run, doubtful: Vec::new(), workers: Arc::default(), pace: Duration::ZERO };
    let trouble = (!first.are_accepted()).then_some("a valid handshake was not accepted, so no case was judged");
    if let Some(trouble) = trouble {
        remark(format_args!("{trouble}"));
    } else {
        run.judge_all(client, cases, limit)?;
        run.cases.sum_up();
    }
    // What was not judged is no yes, whatever the handshake came to.
    let exit = run.cases.exit().max(if trouble.is_some() { Exit::No } else { Exit::Yes });
    run.cases.end(trouble.map(|why| ("skipped", why)))?;
    Ok(exit)
}

pub(super) fn begin(args: &ProbeArgs, client: &Client) -> Result<CaseRun> {
    let shown = Shown { quiet: args.quiet, verbose: args.verbose, json: args.json, color: args.color };
    CaseRun::begin(shown, args.junit.as_deref(), &format!("wskey probe --conformance {}", client.url))
}

/// A run of cases against a server.
struct ServerRun<'a> {
    args: &'a ProbeArgs,
    cases: CaseRun,
    /// Those since a refusal that any request may have got, held until a valid handshake is accepted.
    doubtful: Vec<JudgedCase>,
    workers: Arc<SideBySide>,
    /// The pause before each case, for a server that was seen to refuse valid handshakes. More than a case may take: that did not help.
    pace: Duration,
}

impl ServerRun<'_> {
    /// Judges the cases, several side by side, and takes them in their order.
    fn judge_all(&mut self, client: &mut Client, cases: &[&'static Case], limit: Duration) -> Result<()> {
        let (strict, workers) = (self.args.strict, Arc::clone(&self.workers));
        let count = usize::from(self.args.jobs).min(cases.len());
        let is_side_by_side = count > 1 && accepts_at_once(count, || client.clone().is_accepted(limit))?;
        if count > 1 && !is_side_by_side {
            work_off(client)?;
        }
        thread::scope(|scope| {
            let (sender, receiver) = mpsc::channel();
            for _ in 0..if is_side_by_side { count } else { 0 } {
                let (workers, sender, mut client) = (&workers, sender.clone(), client.clone());
                scope.spawn(move || {
                    workers.work(cases.len(), &sender, (&mut client, limit), |number, client| {
                        judge_case(cases[number], strict, client, limit)
                    });
                });
            }
            drop(sender);
            let taken = self.take_all(client, cases, limit, &mut Results::new(receiver, &workers));
            workers.end();
            taken
        })
    }

    fn take_all(&mut self, client: &mut Client, cases: &[&'static Case], limit: Duration, results: &mut Results) -> Result<()> {
        for (number, case) in cases.iter().enumerate() {
            if self.cases.is_unread(number, cases.len()) {
                return Ok(());
            }
            self.cases.progress(format_args!("{}/{} {}", number + 1, cases.len(), case.id));
            let beside = match results.take(number)?.map(|beside| results.certain(beside)) {
                Some(Ok(judged)) => {
                    self.cases.progress(format_args!(""));
                    self.cases.keep(judged)?;
                    continue;
                }
                Some(Err(beside)) => Some(beside),
                None => None,
            };
            let workers = Arc::clone(&self.workers);
            let _alone = workers.alone();
            if beside.as_deref().is_some_and(Beside::is_silent) {
                work_off(client)?;
            }
            let is_paced = !self.pace.is_zero() && self.pace <= limit;
            if is_paced {
                thread::sleep(self.pace);
                self.pace = (self.pace * 7 / 8).max(PAUSE);
            }
            let (judged, is_gone) = judge_alone(case, self.args.strict, client, limit)?;
            if is_gone {
                return self.abandon(judged, cases, number);
            }
            if let Some(beside) = beside.as_deref() {
                results.compare(beside, &judged);
            }
            // It may have died of this case, and the next must not meet it half dead.
            if judged.outcome == Outcome::Closed {
                thread::sleep(PAUSE);
            }
            self.cases.progress(format_args!(""));
            self.take(judged, is_paced || beside.is_some(), client, limit)?;
        }
        self.check(client, limit)
    }

    /// Shows a case, or holds it where its refusal may be one that every request gets by now; that is found out at once where the
    /// server may be limiting what it takes, and where a right request was refused.
    fn take(&mut self, judged: JudgedCase, may_be_limited: bool, client: &mut Client, limit: Duration) -> Result<()> {
        if judged.outcome == Outcome::Accepted {
            self.settle(true)?;
        }
        let is_doubtful = is_doubtful(&judged) && (may_be_limited || judged.outcome != Outcome::Silent);
        if self.doubtful.is_empty() && !is_doubtful {
            return self.cases.keep(judged);
        }
        let is_urgent = may_be_limited || judged.case.expectation == Expectation::Accept;
        self.doubtful.push(judged);
        if is_urgent || self.doubtful.len() >= MAX_DOUBTFUL { self.check(client, limit) } else { Ok(()) }
    }

    /// Finds out whether the server still accepts a valid handshake as soon as a case must be answered, if anything hangs on it. Where it
    /// does not, it may limit how much it takes: it gets one case at a time, with pauses, those again that are held. Where it does, a
    /// limit that was over by then may still have answered some.
    fn check(&mut self, client: &mut Client, limit: Duration) -> Result<()> {
        let is_accepting = self.doubtful.is_empty() || perform(&client.request()?, client, limit).is_switch();
        // A limit that lets some through may have refused a right request, which may be accepted later. A silent one is not asked again:
        // each would take a time limit more.
        let is_refused = |judged: &&mut JudgedCase| {
            judged.case.expectation == Expectation::Accept && matches!(judged.outcome, Outcome::Refused | Outcome::Closed)
        };
        if let Some(last) = self.doubtful.last_mut().filter(is_refused).filter(|_| is_accepting) {
            thread::sleep(limit / 2);
            let again = judge_case(last.case, self.args.strict, client, limit)?;
            if again.outcome == Outcome::Accepted {
                *last = again;
            }
        }
        let is_in_doubt = |judged: &JudgedCase| is_doubtful(judged) && (!is_accepting || is_limited(judged));
        if !self.doubtful.iter().any(is_in_doubt) {
            return self.settle(true);
        }
        self.workers.end();
        if self.pace <= limit {
            self.pace = (self.pace * 2).max(PAUSE);
        }
        let mut held = std::mem::take(&mut self.doubtful).into_iter();
        while let Some(judged) = held.next() {
            let again = if is_in_doubt(&judged) { self.judge_paced(judged.case, client, limit)? } else { None };
            match again {
                None if is_in_doubt(&judged) => {
                    self.doubtful.extend(iter::once(judged).chain(held));
                    return self.settle(false);
                }
                again => self.cases.keep(again.unwrap_or(judged))?,
            }
        }
        Ok(())
    }

    /// Judges a case until it is accepted, or a valid handshake behind it, with ever longer pauses; nothing where that is in vain. What a
    /// limit gives to any request counts between two valid handshakes that are accepted.
    fn judge_paced(&mut self, case: &'static Case, client: &mut Client, limit: Duration) -> Result<Option<JudgedCase>> {
        let mut is_open = false;
        while self.pace <= limit {
            thread::sleep(self.pace);
            let (judged, is_gone) = judge_alone(case, self.args.strict, client, limit)?;
            if is_gone {
                self.pace = Duration::MAX;
            } else if !is_doubtful(&judged) {
                return Ok(Some(judged));
            } else {
                let was_open = std::mem::replace(&mut is_open, client.is_accepted(limit)?);
                if is_open && (was_open || !is_limited(&judged)) {
                    return Ok(Some(judged));
                }
                self.pace *= 2;
            }
        }
        Ok(None)
    }

    /// Shows the cases that were held; there is no verdict on them where the server accepts nothing any more.
    fn settle(&mut self, is_accepting: bool) -> Result<()> {
        let held = std::mem::take(&mut self.doubtful);
        for mut judged in held {
            if !is_accepting {
                (judged.judgement, judged.message) = (Judgement::Unjudged, Some(REFUSES_ALL.to_owned()));
            }
            self.cases.keep(judged)?;
        }
        Ok(())
    }

    /// Ends the run at the case of this number: the server is gone, so nothing is known of the rest.
    fn abandon(&mut self, judged: JudgedCase, cases: &[&'static Case], number: usize) -> Result<()> {
        self.cases.progress(format_args!(""));
        self.settle(false)?;
        self.cases.keep(judged)?;
        for case in cases.iter().skip(number + 1) {
            let unjudged = JudgedCase::unreachable(case, "the server is gone");
            // As text, the remark says it of all of them.
            self.cases.keep_told(unjudged)?;
        }
        let last = cases.iter().take(number).next_back().map(|last| format!(", the last {}", last.id));
        let (count, last) = (cases.len() - number, last.unwrap_or_default());
        remark(format_args!("the server is gone after {number} of {} cases{last}: {count} not judged", cases.len()));
        Ok(())
    }
}

/// Whether a server that is overloaded, out of order, closed to us or limiting what it takes does the same to a valid request: such
/// a one answers with any status, or not at all.
fn is_doubtful(judged: &JudgedCase) -> bool {
    matches!(judged.outcome, Outcome::Refused | Outcome::Closed | Outcome::Silent)
}

/// Whether the server says that it is not the request that it refuses: too many came, or it is out of service.
fn is_limited(judged: &JudgedCase) -> bool {
    matches!(judged.status, Some(429 | 503))
}

/// Has a slow server work off what was sent at once and is waited for no more, so that the next case alone has it to itself.
fn work_off(client: &mut Client) -> Result<()> {
    client.is_accepted(client.limit).map(drop)
}

/// Judges a case while no other is sent. Tells also whether the server is gone.
fn judge_alone(case: &'static Case, strict: bool, client: &mut Client, limit: Duration) -> Result<(JudgedCase, bool)> {
    let judged = judge_case(case, strict, client, limit)?;
    if judged.outcome != Outcome::Unreachable {
        return Ok((judged, false));
    }
    // Whether it is this case that does not reach the server, or none would, a valid handshake tells.
    if client.exchange(&client.request()?, client.limit).outcome() == Outcome::Unreachable {
        return Ok((judged, true));
    }
    Ok((judge_case(case, strict, client, limit)?, false))
}

/// Sends a case, each of its requests on a connection of its own, and judges what came back.
fn judge_case(case: &'static Case, strict: bool, client: &mut Client, limit: Duration) -> Result<JudgedCase> {
    judge_passed(case, strict, client, limit, None)
}

/// A request, what came of it behind a proxy, and the exchange.
type Passage = (Message, Arrived, Exchange);

/// The same; with a proxy between, what came of each request behind it is added.
pub(super) fn judge_passed(
    case: &'static Case,
    strict: bool,
    client: &mut Client,
    limit: Duration,
    mut behind: Option<(&Backend, &mut Vec<Passage>)>,
) -> Result<JudgedCase> {
    let mut request = client.request()?;
    (case.alter)(&mut request);
    let mut requests = vec![request.clone()];
    if request.delivery == Delivery::SameThenAnother {
        let mut other = request.clone();
        other.set(KEY, client.request()?.get(KEY).unwrap_or_default());
        requests.extend([request, other]);
    }
    let (begin, mut sent, mut received) = (Instant::now(), Vec::new(), Vec::new());
    let (mut exchanges, mut shown, mut last): (_, _, Option<Response>) = (Vec::new(), Vec::new(), None);
    for request in &mut requests {
        if let Some((backend, _)) = &behind {
            backend.expect(request, None)?;
        }
        let response = perform(request, client, limit);
        sent.extend(client.sent(request, &response));
        let redacted = response.redacted(&client.secrets);
        received.extend(redacted.bytes());
        exchanges.push(response.exchange(request.as_accepted()));
        shown.push(redacted.exchange(request.as_accepted()));
        let is_switch = response.is_switch();
        if let Some((backend, came)) = &mut behind {
            let exchange = response.exchange(Head::parse(&request.to_bytes()));
            came.push((request.clone(), backend.arrived(&response, limit), exchange));
        }
        last = Some(response);
        if !is_switch {
            break;
        }
    }
    let response = last.expect("a case has a request");
    let outcome = response.outcome();
    let status = response.status().filter(|_| matches!(outcome, Outcome::Accepted | Outcome::Refused));
    let (verdict, broken) = judge_responses(&exchanges, &shown, &response);
    let judgement = case.judge(outcome, response.head().as_ref(), &verdict);
    let sentence = broken.or_else(|| match &verdict {
        _ if response.end != ReadEnd::Head => Some(response.redacted(&client.secrets).to_string()),
        Verdict::Unjudged(why) if response.is_switch() => Some(why.to_string()),
        _ => None,
    });
    let message = message(case, judgement, &response, sentence);
    Ok(JudgedCase {
        case,
        outcome,
        status,
        judgement,
        strict,
        message,
        sent,
        received,
        before: 0,
        took: begin.elapsed(),
        ..JudgedCase::unreachable(case, "")
    })
}

/// Judges what was answered by the rules of the response, as a handshake by itself is judged: what a client must fail the
/// connection over is no acceptance. `shown` is the same without credentials, `last` the last response; those
/// before it were whole. Tells what is broken.
pub(super) fn judge_responses(exchanges: &[Exchange], shown: &[Exchange], last: &Response) -> (Verdict, Option<String>) {
    let mut findings = with_messages(judge(exchanges), &judge(shown));
    findings.retain(|finding| finding.kind == Kind::Response && finding.level == Level::Error);
    // A case of several handshakes may break a rule in each of them.
    let mut named = HashSet::new();
    findings.retain(|finding| named.insert(finding.rule.id));
    let verdict = match exchanges.last() {
        Some(exchange) if last.has_head() => verdict(exchange, &findings),
        _ => Verdict::Failed,
    };
    let column = |part: fn(&Finding) -> &str, separator| findings.iter().map(part).collect::<Vec<_>>().join(separator);
    let is_told = last.is_switch() && !findings.is_empty();
    let broken = is_told.then(|| {
        format!(
            "accepted, and the 101 breaks {}: {}",
            column(|finding| finding.rule.id, ", "),
            column(|finding| &finding.message, "; ")
        )
    });
    (verdict, broken)
}

/// What is to be said of an outcome, if anything; `sentence` is what is wrong with the response, if anything is.
fn message(case: &Case, judgement: Judgement, response: &Response, sentence: Option<String>) -> Option<String> {
    let outcome = response.outcome();
    let status = response.status().filter(|_| matches!(outcome, Outcome::Accepted | Outcome::Refused));
    match judgement {
        Judgement::Met => None,
        Judgement::Open if outcome == Outcome::Refused => None,
        Judgement::Open | Judgement::Unjudged => sentence,
        Judgement::MetWithWarning => Some(warned(case, status, sentence.as_deref())),
        // That it is accepted at all is what is wrong.
        _ if response.is_switch() && matches!(case.expectation, Expectation::Refuse(_)) => {
            Some(unmet(case, outcome, status, None))
        }
        _ => Some(unmet(case, outcome, status, sentence.as_deref())),
    }
}

/// Performs one exchange. A case may end a server, and whoever watches over it needs a moment to start it again: where nobody
/// listens, that is tried again until `limit` has passed.
fn perform(request: &Message, client: &mut Client, limit: Duration) -> Response {
    let begin = Instant::now();
    loop {
        let response = client.exchange(request, limit);
        if response.outcome() != Outcome::Unreachable || begin.elapsed() >= limit {
            return response;
        }
        thread::sleep(PAUSE);
    }
}
