//! `wskey serve --conformance`: finds out whether a client refuses what it must refuse. The client is a command, run for each case.

use super::command::{Commands, POLL, Running};
use super::connection::{Served, Treatment, case_of, is_followed, is_handshake, target, token};
use super::interrupt;
use crate::cli::ServeArgs;
use crate::commands::cases::{CaseRun, Shown};
use crate::exit::Exit;
use crate::lines::lock;
use crate::net::listener;
use crate::net::visit::Service;
use crate::output::{path, remark};
use crate::redact::Secrets;
use crate::report::text::{client_message, printed_lines};
use crate::report::{JudgedCase, Ran};
use anyhow::{Context as _, Result, ensure};
use std::collections::HashMap;
use std::ffi::OsString;
use std::net::{TcpListener, TcpStream};
use std::process::ExitStatus;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::thread;
use std::time::{Duration, Instant};
use wskey::Key;
use wskey::conformance::client_cases::CASES;
use wskey::conformance::{Case, Expectation, Judgement, Outcome};
use wskey::escape::quote;
use wskey::head::Head;
use wskey::rules::Verdict;

/// How long a command may take to connect, at least.
const CONNECTING: Duration = Duration::from_secs(10);

/// How long a connection is waited for once the command has ended, and all that is known to be left of it.
const LINGERING: Duration = Duration::from_millis(300);

const NOT_OPENED: &str = "the client did not open with a right answer, so no case was judged";

/// The runs of the command that wait for a connection, by their tokens.
type Waiting = Arc<Mutex<HashMap<String, Awaited>>>;

/// What is waited for, and what came of it.
struct Awaited {
    case: &'static Case,
    /// Gets nothing as soon as the first connection has sent its request, then what came of it.
    sender: Sender<Option<Box<Served>>>,
    came: usize,
    is_followed: bool,
    /// How many more than the first have ended, and what one of them did that opened.
    ended: usize,
    opened: Option<String>,
}

impl Awaited {
    /// What is to be said of the connections behind the first.
    fn again(&self) -> Option<String> {
        let count = self.came.saturating_sub(1);
        let opened = self.opened.as_deref();
        Some(match (count, opened) {
            (0, _) => return None,
            (1, None) => "came again".to_owned(),
            (1, Some(told)) => format!("came again, and {told}"),
            (_, None) => format!("came again {count} times"),
            (_, Some(told)) => format!("came again {count} times, and one of them {told}"),
        })
    }
}

/// What came that no run waits for.
#[derive(Default)]
struct Others {
    /// Whether one without a handshake was told.
    is_told: AtomicBool,
    /// What a handshake asked for that is no case's, as it is shown.
    target: Mutex<Option<String>>,
}

/// One run of the command.
struct Performed {
    case: &'static Case,
    served: Option<Box<Served>>,
    ran: Ran,
    /// What the client did besides.
    again: Option<String>,
    is_followed: bool,
    took: Duration,
}

/// What runs the command.
struct Runner<'a> {
    args: &'a ServeArgs,
    url: &'a str,
    /// How long a client may take to decide, and its command to end by itself then.
    limit: Duration,
    waiting: Waiting,
    others: Arc<Others>,
    commands: Arc<Commands>,
    /// Each case is run under its read lock; whoever must be alone takes the write lock.
    gate: RwLock<()>,
    is_over: Arc<AtomicBool>,
    /// How the command ended when it had opened.
    success: Option<ExitStatus>,
}

pub(super) fn run(args: &ServeArgs, service: Service, listener: TcpListener, url: &str, cases: &[&'static Case]) -> Result<Exit> {
    let shown = Shown { quiet: args.quiet, verbose: args.verbose, json: args.json, color: args.color };
    let name = args.command.first().map(|name| path(name)).unwrap_or_default();
    ensure!(!name.is_empty(), "the name of COMMAND is empty");
    for word in args.command.iter().skip(1).filter(|word| word.to_str().is_none()) {
        let bytes = word.as_encoded_bytes();
        let has = |placeholder: &str| bytes.windows(placeholder.len()).any(|part| part == placeholder.as_bytes());
        ensure!(!has("{}") && !has("{subprotocol}"), "{} is not UTF-8, so nothing can be put into it", quote(bytes));
    }
    let mut report = CaseRun::begin(shown, args.junit.as_deref(), &format!("wskey serve --conformance -- {name}"))?;
    let mut runner = Runner {
        args,
        url,
        limit: service.limit,
        waiting: Waiting::default(),
        others: Arc::default(),
        commands: Arc::new(Commands::new()),
        gate: RwLock::default(),
        is_over: Arc::clone(&service.is_over),
        success: None,
    };
    let commands = Arc::clone(&runner.commands);
    interrupt::wait_for(&service, move || commands.is_any())?;
    let (waiting, others) = (Arc::clone(&runner.waiting), Arc::clone(&runner.others));
    listener::accept(listener, move |stream| serve(stream, &service, &waiting, &others));
    let ran = runner.run(&mut report, cases);
    let exit = report.exit();
    match ran {
        Ok(others) => report.end(others)?,
        Err(error) => {
            // Whoever reads the file learns why there is no more.
            let _ = report.end(Some(("error", &format!("{error:#}"))));
            return Err(error);
        }
    }
    Ok(exit)
}

/// Serves a connection: as its case, where it is one of a run that waits; others are health checks, or come from elsewhere.
fn serve(stream: TcpStream, service: &Service, waiting: &Waiting, others: &Others) {
    let (mut first, mut other) = (None, None);
    let served = Served::new(stream, service, |request| {
        let mut waiting = lock(waiting);
        let awaited = token(request).filter(|_| is_handshake(request)).and_then(|token| waiting.get_mut(token));
        let Some(awaited) = awaited else {
            if is_handshake(request) && case_of(request).is_none() {
                *lock(&others.target) = target(request);
            }
            return Treatment::not_found();
        };
        if is_followed(request) {
            awaited.is_followed = true;
        } else {
            awaited.came += 1;
            if awaited.came == 1 {
                let _ = awaited.sender.send(None);
                first = Some(awaited.sender.clone());
            } else {
                other = token(request).map(str::to_owned);
            }
        }
        Treatment::to(request, service.is_secure, Some(awaited.case))
    });
    let Some(served) = served else { return };
    if let Some(sender) = first {
        let _ = sender.send(Some(Box::new(served)));
        return;
    }
    if let Some(token) = other {
        if let Some(awaited) = lock(waiting).get_mut(&token) {
            awaited.ended += 1;
            awaited.opened = awaited.opened.take().or(served.visit.is_opened.then_some(served.visit.told));
        }
        return;
    }
    let request = served.request();
    let has_token = token(&request).is_some_and(|token| lock(waiting).contains_key(token));
    // Whose it is where there is no request cannot be known; a client that does not trust the certificate, or whose head is too long, is
    // not to look as if it had not come. Who looks whether the port is open sends nothing.
    let is_mute = !served.visit.is_answered && (service.is_secure || !served.visit.request.is_empty());
    if (is_mute || has_token && !is_handshake(&request)) && !others.is_told.swap(true, Ordering::Relaxed) {
        served.remark_other();
    }
}

/// The words of the command for a case: `{}` stands for its URL, `{subprotocol}` for what the client is to ask for.
fn words(command: &[OsString], url: &str, subprotocol: Option<&str>) -> Vec<OsString> {
    let is_in = |argument: &OsString| argument.to_str().is_some_and(|text| text.contains("{}"));
    let has_url = command.iter().skip(1).any(is_in);
    let kept = command.iter().filter(|word| subprotocol.is_some() || *word != "{subprotocol}");
    let replaced = kept.enumerate().map(|(number, word)| match word.to_str() {
        Some(text) if number > 0 => text.replace("{}", url).replace("{subprotocol}", subprotocol.unwrap_or_default()).into(),
        _ => word.clone(),
    });
    replaced.chain((!has_url).then(|| url.into())).collect()
}

impl Runner<'_> {
    fn waiting(&self) -> MutexGuard<'_, HashMap<String, Awaited>> {
        lock(&self.waiting)
    }

    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// Judges the first connection, and then the cases; what became of the others, where the run ends early.
    fn run(&mut self, report: &mut CaseRun, cases: &[&'static Case]) -> Result<Option<(&'static str, &'static str)>> {
        let Some(first) = self.perform(&CASES[0])? else { return Ok(Some(interrupted(report, cases.len()))) };
        if !self.begin(report, first)? {
            remark(format_args!("{NOT_OPENED}"));
            return Ok(Some(("skipped", NOT_OPENED)));
        }
        let others = self.judge_all(report, cases)?;
        report.sum_up();
        Ok(others)
    }

    /// Runs the command for a case; nothing where the run is over.
    fn perform(&self, case: &'static Case) -> Result<Option<Performed>> {
        let begin = Instant::now();
        let nonce = Key::random().context("the system's random generator")?.nonce();
        let token = format!("{:032x}", u128::from_be_bytes(nonce));
        let (sender, receiver) = mpsc::channel();
        self.waiting().insert(token.clone(), Awaited { case, sender, came: 0, is_followed: false, ended: 0, opened: None });
        let url = format!("{}{}/{token}", self.url, case.id);
        let mut command = self.commands.start(&words(&self.args.command, &url, case.subprotocol()), token.clone())?;
        let served = self.wait(&receiver, &mut command, begin);
        let deadline = Instant::now() + self.limit;
        while served.is_some() && !command.has_ended() && Instant::now() < deadline && !self.is_over() {
            thread::sleep(POLL);
        }
        let ran = command.end();
        // The connections of a client that is gone end at once.
        let deadline = Instant::now() + LINGERING;
        while self.waiting().get(&token).is_some_and(|awaited| awaited.came > 1 + awaited.ended) && Instant::now() < deadline {
            thread::sleep(POLL);
        }
        let awaited = self.waiting().remove(&token);
        let is_followed = awaited.as_ref().is_some_and(|awaited| awaited.is_followed);
        let again = awaited.and_then(|awaited| awaited.again());
        Ok((!self.is_over()).then(|| Performed { case, served, ran, again, is_followed, took: begin.elapsed() }))
    }

    /// Runs the command for a case, and judges what the client did; nothing where the run is over.
    fn try_case(&self, case: &'static Case) -> Option<JudgedCase> {
        match self.perform(case) {
            Ok(performed) => performed.map(|performed| self.judge(performed)),
            // Whatever there are too few of, such as descriptors, there may be enough of for others.
            Err(error) => {
                let judged = JudgedCase { outcome: Outcome::Absent, ..JudgedCase::unreachable(case, "") };
                Some(JudgedCase { message: client_message(&judged, &format!("{error:#}"), &[]), ..judged })
            }
        }
    }

    /// Waits for the first connection, and for what comes of it.
    fn wait(&self, receiver: &Receiver<Option<Box<Served>>>, command: &mut Running, begin: Instant) -> Option<Box<Served>> {
        let last = begin + CONNECTING.max(self.limit);
        let (mut deadline, mut is_connected, mut has_ended, mut is_any_left) = (last, false, false, false);
        while !self.is_over() {
            match receiver.recv_timeout(POLL) {
                Ok(Some(served)) => return Some(served),
                // What it does then has a limit of its own.
                Ok(None) => (is_connected, command.is_client) = (true, !has_ended),
                Err(_) if is_connected => {}
                Err(_) if Instant::now() >= deadline && !is_any_left || Instant::now() >= last => return None,
                Err(_) if has_ended && Instant::now() >= deadline || !has_ended && command.has_ended() => {
                    (has_ended, is_any_left) = (true, command.has_left_any());
                    deadline = Instant::now() + LINGERING;
                }
                Err(_) => {}
            }
        }
        None
    }

    /// Judges what the client did.
    fn judge(&self, performed: Performed) -> JudgedCase {
        let Performed { case, served, ran, again, is_followed, took } = performed;
        let Some(served) = served else {
            let did = match &*lock(&self.others.target) {
                Some(target) => format!("a handshake came for {target}, expected one for the URL as it is"),
                None if ran.has_ended => "no handshake came, and the command ended".to_owned(),
                None => format!("no handshake came within {} s", CONNECTING.max(self.limit).as_secs_f64()),
            };
            let judged =
                JudgedCase { outcome: Outcome::Absent, took, ran: Some(Box::new(ran)), ..JudgedCase::unreachable(case, "") };
            return JudgedCase { message: client_message(&judged, &did, &[]), ..judged };
        };
        let visit = &served.visit;
        let request = Head::parse(&visit.request);
        let secrets = Secrets::of(&request);
        let outcome = visit.outcome.unwrap_or(Outcome::Absent);
        let lacks = case.needs.filter(|need| !(need.is_met)(&request));
        let (judgement, did) = match (lacks, served.answer.refused) {
            (Some(need), _) => (Judgement::NotApplicable, format!("needs a request that {}", need.description)),
            (None, Some(status)) => (Judgement::Unjudged, format!("the request is wrong, and was answered with {status}")),
            (None, None) => (case.judge_client(outcome), visit.told.clone()),
        };
        let is_refusal = judgement == Judgement::Met && outcome == Outcome::Refused;
        let notes = [
            (is_refusal && visit.is_opened).then(|| format!("the client {}", visit.told)),
            (is_refusal && ran.is_client && self.success.is_some() && ran.status == self.success)
                .then(|| "the client failed the connection and reported success".to_owned()),
            ran.signal().map(|signal| format!("the command was ended by signal {signal}")),
            again,
            is_followed.then(|| "followed the redirect".to_owned()),
        ];
        let notes: Vec<_> = notes.into_iter().flatten().collect();
        let received = [secrets.redact_head(&visit.request), secrets.mask(&visit.behind)].concat();
        let ran = Ran { printed: secrets.redact(&ran.printed), ..ran };
        let sent = secrets.redact_head(&visit.sent);
        let strict = self.args.strict;
        let judged = JudgedCase {
            case,
            outcome,
            status: None,
            judgement,
            strict,
            message: None,
            sent,
            received,
            took,
            ran: Some(Box::new(ran)),
        };
        JudgedCase { message: client_message(&judged, &did, &notes), ..judged }
    }

    /// Reports what the client made of a right answer; whether it opened, as a frame shows. Where it did not, nothing that it
    /// refuses proves anything.
    fn begin(&mut self, report: &mut CaseRun, first: Performed) -> Result<bool> {
        let Some(served) = &first.served else {
            report.first = if lock(&self.others.target).is_some() { Exit::Trouble } else { Exit::Unreachable };
            let judged = self.judge(first);
            let printed = judged.ran.as_ref().map(|ran| printed_lines(ran, 5)).unwrap_or_default();
            let message = format!("{}\n{printed}", judged.message.as_deref().unwrap_or_default());
            remark(format_args!("{}", message.trim_end()));
            report.keep_told(judged)?;
            return Ok(false);
        };
        let verdict = served.show(self.args)?.0.unwrap_or(Verdict::Failed);
        report.first = Exit::from(&verdict);
        report.push(served.test_case(self.args.strict))?;
        let is_opened = served.visit.is_opened;
        let did = format!("the client {} within {} s", served.visit.told, self.limit.as_secs_f64());
        let mut judged = self.judge(first);
        if judged.outcome == Outcome::Accepted {
            self.success = judged.ran.as_ref().and_then(|ran| ran.status).filter(|status| status.code().is_some());
            return Ok(true);
        }
        // A right server refuses a request that is wrong: that the client ended then says nothing more.
        if !is_opened && verdict != Verdict::Failed {
            let why = "the client ended the connection without a frame; let it stay open until the server closes";
            judged.judgement = Judgement::Unjudged;
            judged.message = Some(if judged.outcome == Outcome::Refused { why.to_owned() } else { did });
        }
        if is_opened || verdict != Verdict::Failed {
            report.keep(judged)?;
        }
        Ok(false)
    }

    /// Judges the cases, several side by side, and reports them in their order; what became of the others, where the run ends early.
    fn judge_all(&self, report: &mut CaseRun, cases: &[&'static Case]) -> Result<Option<(&'static str, &'static str)>> {
        let next = AtomicUsize::new(0);
        let whole = thread::scope(|scope| {
            let (sender, receiver) = mpsc::channel();
            for _ in 0..usize::from(self.args.jobs).min(cases.len()) {
                let (next, sender) = (&next, sender.clone());
                scope.spawn(move || self.work(cases, next, &sender));
            }
            drop(sender);
            let whole = self.take_all(report, cases, &receiver);
            if !matches!(whole, Ok(true)) {
                self.is_over.store(true, Ordering::Relaxed);
            }
            whole
        })?;
        if !whole {
            return Ok(Some(("error", "the run was ended: the other cases are not judged")));
        }
        if report.judged().iter().all(|case| case.judgement == Judgement::NotApplicable) {
            remark(format_args!("no case says anything of this client: its request lacks what they need"));
            report.first = Exit::Trouble;
        }
        let is_refusal = |case: &JudgedCase| case.judgement == Judgement::Met && case.outcome == Outcome::Refused;
        if !report.judged().iter().any(is_refusal) {
            return Ok(None);
        }
        let Some(mut judged) = self.try_case(&CASES[0]) else { return Ok(Some(interrupted(report, cases.len()))) };
        if judged.outcome != Outcome::Accepted {
            let why = "the client does not open with a right answer any more, so what it refused proves nothing";
            if judged.ran.is_some() {
                (judged.judgement, judged.message) = (Judgement::Unjudged, Some(why.to_owned()));
            }
            report.keep(judged)?;
        }
        Ok(None)
    }

    /// Judges one after the other of the cases that nobody else has begun.
    fn work(&self, cases: &[&'static Case], next: &AtomicUsize, results: &Sender<(usize, Option<JudgedCase>)>) {
        while !self.is_over() {
            let _beside = self.gate.read().unwrap_or_else(PoisonError::into_inner);
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(case) = cases.get(number) else { return };
            let _ = results.send((number, self.try_case(case)));
        }
    }

    /// Takes the results in the order of the cases; whether all came.
    fn take_all(
        &self,
        report: &mut CaseRun,
        cases: &[&'static Case],
        results: &Receiver<(usize, Option<JudgedCase>)>,
    ) -> Result<bool> {
        let mut early = HashMap::new();
        for (number, case) in cases.iter().enumerate() {
            if report.is_unread(number, cases.len()) {
                return Ok(false);
            }
            report.progress(format_args!("{}/{} {}", number + 1, cases.len(), case.id));
            while !early.contains_key(&number)
                && let Ok((other, judged)) = results.recv()
            {
                early.insert(other, judged);
            }
            let mut judged = early.remove(&number).flatten();
            if self.args.jobs > 1 && judged.as_ref().is_some_and(is_doubtful) {
                let _alone = self.gate.write().unwrap_or_else(PoisonError::into_inner);
                judged = self.try_case(case);
            }
            report.progress(format_args!(""));
            let Some(judged) = judged else {
                // What was known is told.
                early.extend(results.iter());
                let mut known: Vec<_> = early.into_iter().filter_map(|(other, judged)| Some((other, judged?))).collect();
                known.sort_by_key(|(other, _)| *other);
                for (_, judged) in known.into_iter().filter(|(_, judged)| !is_doubtful(judged)) {
                    report.keep(judged)?;
                }
                interrupted(report, cases.len());
                return Ok(false);
            };
            report.keep(judged)?;
        }
        Ok(true)
    }
}

/// Says that the run was interrupted.
fn interrupted(report: &mut CaseRun, count: usize) -> (&'static str, &'static str) {
    report.first = Exit::Trouble;
    remark(format_args!("interrupted: {} of {count} cases judged", report.judged().len()));
    ("error", "the run was interrupted: the other cases are not judged")
}

/// Whether it may be so because other cases ran at the same time.
fn is_doubtful(judged: &JudgedCase) -> bool {
    match judged.outcome {
        Outcome::Absent | Outcome::Silent => !matches!(judged.judgement, Judgement::Met | Judgement::NotApplicable),
        Outcome::Refused => judged.case.expectation == Expectation::Accept && judged.judgement != Judgement::NotApplicable,
        _ => false,
    }
}
