//! `wskey probe --behind ADDRESS --conformance`: what a proxy does with wrong requests, and with wrong answers to right ones.

use super::backend::{Arrival, Arrived, Backend};
use super::client::Client;
use super::conformance::{begin, judge_passed};
use super::handshakes::Handshakes;
use crate::cli::ProbeArgs;
use crate::commands::cases::CaseRun;
use crate::exit::Exit;
use crate::input::seconds;
use crate::net::response::Response;
use crate::output::{print, remark};
use crate::report::{Did, JudgedCase, Passed};
use anyhow::Result;
use std::time::{Duration, Instant};
use wskey::changes::{Change, HeadPart, How, changes, interim_change};
use wskey::conformance::{Case, Expectation, Judgement, Message, Outcome, client_cases, server_cases};
use wskey::escape::quote;
use wskey::head::{ACCEPT, Behind, EXTENSIONS, Exchange, FarSide, Head, Irregularity, KEY, Kind, PROTOCOL};
use wskey::rules::{Finding, Level, Verdict, changes_back, disagreements, frames_behind, judge, verdict};

/// The most changes that are told of a case.
const MOST_TOLD: usize = 4;

const PASSES_NONE: &str = "the proxy passes no valid handshake any more, so what came proves nothing";

/// What differs each time, whoever changes it.
const FRESH: [&str; 3] = [KEY, ACCEPT, super::backend::TOKEN];

/// Offers of an extension, one of which each case that needs one is content with.
const OFFERS: [&str; 5] = [
    "permessage-deflate",
    "permessage-deflate; client_max_window_bits",
    "permessage-deflate; server_no_context_takeover",
    "permessage-deflate; server_max_window_bits=10",
    "permessage-deflate, x-other",
];

pub(super) fn run(args: &ProbeArgs, client: &mut Client, backend: &Backend, cases: &[&'static Case]) -> Result<Exit> {
    let limit = seconds(args.case_timeout, "--case-timeout")?;
    let mut run = begin(args, client)?;
    let first = Handshakes::perform(client, 1, args.strict, Some(backend))?;
    first.show(args, client)?;
    run.first = first.exit;
    for case in first.test_cases(client) {
        run.push(case)?;
    }
    let trouble = (!(first.are_accepted() && first.have_arrived()))
        .then_some("a valid handshake did not come through the proxy, so no case was judged");
    if let Some(trouble) = trouble {
        remark(format_args!("{trouble}"));
    } else {
        let passage = Through { args, backend, usual: first.changes(), limit };
        passage.judge_all(&mut run, client, cases)?;
        run.sum_up();
        sum_up(&run);
        remark_lost(run.judged());
    }
    let exit = run.exit().max(if trouble.is_some() { Exit::No } else { Exit::Yes });
    run.end(trouble.map(|why| ("skipped", why)))?;
    Ok(exit)
}

/// Says how often the proxy did what.
fn sum_up(run: &CaseRun) {
    let mut counts: Vec<(Did, usize)> = Vec::new();
    for did in run.judged().iter().filter_map(|judged| Some(judged.passed.as_ref()?.did)) {
        match counts.iter_mut().find(|(other, _)| *other == did) {
            Some((_, count)) => *count += 1,
            None => counts.push((did, 1)),
        }
    }
    let counts: Vec<_> = counts.iter().map(|(did, count)| format!("{} {count}", did.as_str())).collect();
    remark(format_args!("the proxy: {}", counts.join(", ")));
}

/// Says that nothing arrived of cases that have no verdict for it, and why that may be: the cases make a server look broken.
fn remark_lost(judged: &[JudgedCase]) {
    let is_lost = |judged: &&JudgedCase| {
        let did = judged.passed.as_ref().map(|passed| passed.did);
        judged.judgement == Judgement::Unjudged && matches!(did, Some(Did::Refused | Did::Ended))
    };
    let mut lost = judged.iter().filter(is_lost);
    if let Some(first) = lost.next() {
        let more = match lost.count() {
            0 => String::new(),
            1 => " and 1 more case".to_owned(),
            more => format!(" and {more} more cases"),
        };
        let id = first.case.id;
        remark(format_args!(
            "nothing arrived of {id}{more}: a proxy that counts the failures of its server must not while this runs (nginx: max_fails=0)"
        ));
    }
}

/// A way through a proxy.
struct Through<'a> {
    args: &'a ProbeArgs,
    backend: &'a Backend,
    /// What it changes in every handshake.
    usual: Vec<Change>,
    limit: Duration,
}

impl Through<'_> {
    fn judge_all(&self, run: &mut CaseRun, client: &mut Client, cases: &[&'static Case]) -> Result<()> {
        let mut is_back = false;
        for (number, case) in cases.iter().enumerate() {
            if run.is_unread(number, cases.len()) {
                return Ok(());
            }
            run.progress(format_args!("{}/{} {}", number + 1, cases.len(), case.id));
            let is_request = server_cases::CASES.iter().any(|other| std::ptr::eq(other, *case));
            let judged = if is_request { self.judge_request(case, client)? } else { self.judge_answer(case, client)? };
            run.progress(format_args!(""));
            let is_first = !is_request && !std::mem::replace(&mut is_back, true);
            if is_first && !self.args.json && !self.args.quiet {
                print(b"answers that are sent back through the proxy:\n")?;
            }
            run.keep(judged)?;
        }
        Ok(())
    }

    /// Sends a case for servers, which is judged as without a proxy, and tells what the proxy did.
    fn judge_request(&self, case: &'static Case, client: &mut Client) -> Result<JudgedCase> {
        let mut arrivals = Vec::new();
        let mut judged = judge_passed(case, self.args.strict, client, self.limit, Some((self.backend, &mut arrivals)))?;
        let Some((request, arrived, exchange)) = arrivals.pop() else { return Ok(judged) };
        let sent = Head::parse(&request.to_bytes());
        let mut passed = match (arrived.far().request, &arrived.arrival) {
            (Some(there), Some(arrival)) => self.request_passed(&sent, &there, (&Head::parse(arrival.answer()), judged.status)),
            _ => nothing_arrived(judged.status, &arrived),
        };
        // A proxy that limits what it takes, or is out of order, does the same to any request.
        let is_doubtful = matches!(passed.did, Did::Refused | Did::Ended) && matches!(judged.status, None | Some(429 | 500..));
        if is_doubtful && !self.is_passing(client)? {
            (judged.judgement, judged.message) = (Judgement::Unjudged, Some(PASSES_NONE.to_owned()));
        } else if passed.did == Did::Answered {
            judged.judgement = Judgement::Unmet;
        }
        // What stands behind a request that is wrong may be no frame.
        let is_right = judged.outcome == Outcome::Accepted && judged.judgement == Judgement::Met;
        let fault = fault_of_the_tunnel(exchange, arrived.far()).filter(|_| is_right);
        if fault.is_some() {
            // However little the case weighs: the error is the proxy's.
            (judged.judgement, judged.strict) = (Judgement::Unmet, true);
            judged.message = Some(format!("accepted, and the answer did not come back right: {}", case.description));
        }
        passed.back = fault.or(passed.back);
        judged.passed = Some(Box::new(Passed { far: Some(arrived.report(client, self.has_bytes(&judged))), ..passed }));
        Ok(judged)
    }

    fn has_bytes(&self, judged: &JudgedCase) -> bool {
        self.args.verbose || judged.is_noteworthy()
    }

    /// Whether a right handshake still comes through.
    fn is_passing(&self, client: &mut Client) -> Result<bool> {
        let mut request = client.request()?;
        self.backend.expect(&mut request, None)?;
        let response = client.exchange(&request, self.limit);
        Ok(response.is_switch() && self.backend.arrived(&response, self.limit).arrival.is_some())
    }

    /// What became of a request, and of its answer: what was given, and the status that came.
    fn request_passed(&self, sent: &Head, there: &Head, (given, status): (&Head, Option<u16>)) -> Passed {
        let is_wrong = |head: &Head| breaks(Exchange::new(Some(head.clone()), None), Kind::Request);
        let passed = self.passed(changes(sent, there), (sent, there), is_wrong(sent), is_wrong(there));
        let code = given.status().map_or_else(String::new, |code| code.to_string());
        match status {
            status if status == given.status() => passed,
            Some(101) => bare(Did::Answered, format!("the server answered {}", quote(&given.start_line))),
            Some(status) => Passed { back: Some(format!("it sent back {status} in place of the server's {code}")), ..passed },
            None => Passed { back: Some(format!("the server's {code} did not come back")), ..passed },
        }
    }

    /// What these changes come to, of what was wrong or not, and is now, with the request as it was sent and as it arrived.
    fn passed(&self, mut found: Vec<Change>, (sent, there): (&Head, &Head), was_wrong: bool, is_wrong: bool) -> Passed {
        let is_repaired = was_wrong && !is_wrong;
        let is_usual = |change: &Change| self.usual.iter().any(|usual| is_as_usual(change, usual));
        if found.iter().any(|change| !is_usual(change)) || !is_repaired {
            found.retain(|change| !is_usual(change));
        }
        let did = match found.is_empty() {
            _ if is_repaired => Did::Repaired,
            true => Did::Passed,
            false => Did::Changed,
        };
        if did == Did::Passed && sent.get(KEY) != there.get(KEY) {
            return bare(did, "in a handshake of its own".to_owned());
        }
        let mut told: Vec<_> = found.iter().take(MOST_TOLD).map(ToString::to_string).collect();
        told.extend((found.len() > MOST_TOLD).then(|| format!("{} more", found.len() - MOST_TOLD)));
        Passed { changes: found, ..bare(did, told.join("; ")) }
    }

    /// Has the backend answer a right handshake as a case for clients, and tells what came back.
    fn judge_answer(&self, case: &'static Case, client: &mut Client) -> Result<JudgedCase> {
        let Some(mut request) = meeting(case, &client.request()?) else {
            let unmet = JudgedCase::unreachable(case, "no request that wskey sends has what it needs");
            return Ok(JudgedCase { judgement: Judgement::NotApplicable, ..unmet });
        };
        let is_own = self.usual.iter().any(|usual| usual.how == How::Changed && usual.part.is_field(KEY));
        self.backend.expect(&mut request, Some((case, is_own)))?;
        let begin = Instant::now();
        let response = client.exchange(&request, self.limit);
        let arrived = self.backend.arrived(&response, self.limit);
        let far = arrived.far();
        if let Some(lacks) = arrived.lacks() {
            let unmet = JudgedCase::unreachable(case, &format!("the proxy makes a request that lacks this: it {lacks}"));
            return Ok(JudgedCase { judgement: Judgement::NotApplicable, ..unmet });
        }
        let sent = Head::parse(&request.to_bytes());
        if arrived.arrival.as_ref().is_some_and(|arrival| !arrival.is_case) {
            let why = "the request was not known when it arrived, so it was answered rightly";
            return Ok(JudgedCase::unreachable(case, why));
        }
        let (mut passed, mut judgement) = if let (Some(there), Some(arrival)) = (&far.request, &arrived.arrival) {
            self.answer_passed(case, (&sent, there), (&far, arrival), &response)
        } else {
            let passed = nothing_arrived(response.status().filter(|_| response.has_head()), &arrived);
            (Passed { told: "no request arrived".to_owned(), ..passed }, Judgement::Unjudged)
        };
        if passed.did == Did::Answered {
            judgement = Judgement::Unmet;
        }
        passed.is_answer = true;
        let outcome = response.outcome();
        let status = response.status().filter(|_| response.has_head());
        let mut judged = JudgedCase {
            outcome,
            status,
            judgement,
            strict: self.args.strict,
            message: Some(message(case, judgement, &passed)),
            sent: client.sent(&request, &response),
            received: response.redacted(&client.secrets).bytes(),
            before: 0,
            took: begin.elapsed(),
            ..JudgedCase::unreachable(case, "")
        };
        passed.far = Some(arrived.report(client, self.has_bytes(&judged)));
        judged.passed = Some(Box::new(passed));
        Ok(judged)
    }

    /// What the proxy did with an answer, and what that is worth: a right one must come back right, and a wrong one may.
    fn answer_passed(
        &self,
        case: &Case,
        (sent, there): (&Head, &Head),
        (far, arrival): (&FarSide, &Arrival),
        response: &Response,
    ) -> (Passed, Judgement) {
        let (exchange, given) = (response.exchange(sent.clone()), far.response.as_ref());
        let is_open = verdict(&exchange, &judge(std::slice::from_ref(&exchange))) == Verdict::Ok && response.is_switch();
        let mut judgement = match case.expectation {
            Expectation::Accept if is_open => Judgement::Met,
            Expectation::Accept => Judgement::Unmet,
            _ => Judgement::Open,
        };
        // An interim response that nothing follows is what came.
        let alone = || {
            let head = Head::parse(&response.bytes());
            let is_whole = !head.irregularities.iter().any(|(_, found)| *found == Irregularity::Unterminated);
            let is_it = is_whole && matches!(head.status(), Some(100 | 102..200));
            given.filter(|given| is_it && head.status() == given.status()).map(|_| head)
        };
        let passed = match (given, response.head().filter(|_| response.has_head()).or_else(alone)) {
            (Some(given), Some(got)) if given.status() == got.status() => {
                let is_wrong = |request: &Head, response: &Head| {
                    breaks(Exchange::new(Some(request.clone()), Some(response.clone())), Kind::Response)
                };
                let mut found = changes_back((sent, there), (given, &got));
                let before = exchange.interim.saturating_sub(usize::from(!response.has_head()));
                found.extend(interim_change(arrival.interim, before));
                let passed = self.passed(found, (sent, there), is_wrong(there, given), is_wrong(sent, &got));
                let fault = fault_of_the_tunnel(exchange.clone(), far.clone());
                if judgement == Judgement::Met && fault.is_some() {
                    judgement = Judgement::Unmet;
                }
                let rest = arrival.answer().get(given.len..).unwrap_or_default();
                let made = made_of_the_rest(rest, &got, exchange.behind.as_ref());
                if judgement == Judgement::Met && made.is_some() {
                    // What did not come may come later.
                    judgement = if made == Some(NOT_COME) { Judgement::Unjudged } else { Judgement::Unmet };
                }
                match made {
                    Some(told) if passed.did == Did::Passed => bare(Did::Changed, told.to_owned()),
                    back => Passed { back: back.map(str::to_owned).or(fault), ..passed },
                }
            }
            (Some(given), Some(got)) if got.status() == Some(101) => {
                bare(Did::Answered, format!("the server answered {}", quote(&given.start_line)))
            }
            (None, Some(got)) if got.status() == Some(101) => bare(Did::Answered, "the server did not answer".to_owned()),
            (_, Some(got)) => bare(Did::Replaced, format!("it sent {}", quote(&got.start_line))),
            // Of what is no head, the bytes tell: nothing is passed on as nothing.
            (_, None) if response.bytes() == arrival.sent => bare(Did::Passed, String::new()),
            (_, None) => bare(Did::Ended, response.to_string()),
        };
        (passed, judgement)
    }
}

/// What is wrong with what a 101 opened, if anything: the two ends do not agree on what they speak, or frames do not pass.
fn fault_of_the_tunnel(mut exchange: Exchange, far: FarSide) -> Option<String> {
    let requests = exchange.request.as_ref().zip(far.request.as_ref());
    let apart =
        requests.zip(far.response.as_ref().zip(exchange.response.as_ref())).and_then(|(sent, given)| disagreement(sent, given));
    let is_lost = |change: &Change| change.kind == Kind::Request && change.part.is_field(PROTOCOL);
    let is_fault = |finding: &Finding| {
        let is_lost = finding.level == Level::Error && finding.change.as_ref().is_some_and(is_lost);
        is_lost || finding.rule.id == "proxy-frames"
    };
    if apart.is_some() {
        return apart;
    }
    exchange.far = Some(Box::new(far));
    judge(&[exchange]).into_iter().find(is_fault).map(|finding| finding.message)
}

/// In what the two ends do not agree, if so.
fn disagreement(requests: (&Head, &Head), responses: (&Head, &Head)) -> Option<String> {
    let names = disagreements(requests, responses);
    (!names.is_empty()).then(|| format!("the two ends do not agree on {}", names.join(", ")))
}

/// Whether a change is one that the proxy makes in every handshake.
fn is_as_usual(change: &Change, usual: &Change) -> bool {
    let is_whole =
        matches!(change.part, HeadPart::Order | HeadPart::Names) || FRESH.iter().any(|name| change.part.is_field(name));
    change.is_like(usual) && (is_whole || change.before == usual.before)
}

/// Whether this head of an exchange breaks a rule over which a peer fails the handshake.
fn breaks(exchange: Exchange, kind: Kind) -> bool {
    judge(&[exchange]).iter().any(|finding| finding.kind == kind && finding.level == Level::Error)
}

/// What a proxy did with a request of which nothing arrived, from the status that came.
fn nothing_arrived(status: Option<u16>, arrived: &Arrived) -> Passed {
    let did = match status {
        _ if arrived.far().is_uncertain => Did::Unknown,
        Some(101) => Did::Answered,
        Some(_) => Did::Refused,
        None => Did::Ended,
    };
    bare(did, String::new())
}

fn bare(did: Did, told: String) -> Passed {
    Passed { did, told, back: None, changes: Vec::new(), is_answer: false, far: None }
}

const NOT_COME: &str = "what follows the head did not come";

/// What was made of what the server sent behind its head, of which this `came`; nothing where that is the same, as far as it is read.
fn made_of_the_rest(sent: &[u8], head: &Head, came: Option<&Behind>) -> Option<&'static str> {
    let came = came?;
    if !sent.starts_with(&came.bytes) {
        return Some("what follows the head is changed");
    }
    // A client reads no further than to what it must fail over.
    let is_whole = came.bytes.len() == sent.len() || frames_behind(head, came).is_settled();
    (!is_whole).then_some(NOT_COME)
}

/// A right request that has what a case needs.
fn meeting(case: &Case, request: &Message) -> Option<Message> {
    let Some(need) = case.needs else { return Some(request.clone()) };
    let mut tried = vec![request.clone()];
    for (name, value) in [(PROTOCOL, client_cases::SUBPROTOCOL)].into_iter().chain(OFFERS.map(|offer| (EXTENSIONS, offer))) {
        let mut other = request.clone();
        other.set(name, value);
        tried.push(other);
    }
    for name in [PROTOCOL, EXTENSIONS] {
        let mut other = request.clone();
        other.remove(name);
        tried.push(other);
    }
    tried.into_iter().find(|request| (need.is_met)(&Head::parse(&request.to_bytes())))
}

fn message(case: &Case, judgement: Judgement, passed: &Passed) -> String {
    match judgement {
        Judgement::Unmet if passed.did != Did::Answered => {
            format!("a right answer did not come back right: {}", case.description)
        }
        _ => case.description.to_owned(),
    }
}
