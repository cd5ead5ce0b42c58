//! `wskey serve --conformance`: finds out whether a client refuses what it must refuse. The client is a command, run for each case.

use super::awaited::{
    CONNECTING, Coming, Judge, LINGERING, Others, POLL, Performed, Runs, Tried, absent, disturbed, random_token, unopened,
};
use super::browser::{Browser, RunEvent};
use super::command::{Commands, Running};
use super::connection::{Keys, Served, target};
use super::interrupt;
use super::page::{At, Page};
use crate::cli::ServeArgs;
use crate::commands::cases::{CaseRun, Shown};
use crate::commands::treatment::{Treatment, is_handshake};
use crate::exit::Exit;
use crate::lines::lock;
use crate::net::listener;
use crate::net::visit::{Service, TICK};
use crate::output::{path, remark};
use crate::report::JudgedCase;
use crate::report::text::printed_lines;
use anyhow::{Result, ensure};
use std::collections::{HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread;
use std::time::{Duration, Instant};
use wskey::conformance::client_cases::CASES;
use wskey::conformance::{Case, Expectation, Judgement, Outcome};
use wskey::escape::quote;
use wskey::head::Head;
use wskey::rules::{Level, Verdict};

/// How long a browser may take to open the page, and then, besides twice what a case may take, until it says something again.
const OPENING: Duration = Duration::from_mins(2);
const THINKING: Duration = Duration::from_secs(30);

/// How many lines of what a command printed are shown where they alone tell why there is no client: what explains a crash may stand above
/// where it happened.
const MOST_PRINTED: usize = 20;

const NOT_OPENED: &str = "the client did not open with a right answer, so no case was judged";
const ENDED: &str = "the run was ended: the other cases are not judged";

/// What became of the cases that are not judged: `skipped` or `error`, and why.
type Rest = Option<(&'static str, &'static str)>;

/// What the first run of the client came to, and its connection.
type First = (Tried, Option<Arc<Served>>);

/// How a run in a browser ended.
enum Shut {
    /// With the last case, or before it.
    Over(Rest),
    /// Nobody came to open the page; how that is known.
    Alone(String),
}

/// What runs the command.
struct Runner<'a> {
    args: &'a ServeArgs,
    url: String,
    page: String,
    waiting: Runs,
    judge: Judge,
    commands: Arc<Commands>,
    /// Each case is run under its read lock; whoever must be alone takes the write lock.
    gate: RwLock<()>,
    is_over: Arc<AtomicBool>,
    /// The rules that requests break of which it was told.
    told: Mutex<HashSet<&'static str>>,
    /// Whether the client opened alone where it did not beside others.
    is_disturbed: AtomicBool,
}

pub(super) fn run(args: &ServeArgs, service: Service, listener: TcpListener, at: At, cases: &[&'static Case]) -> Result<Exit> {
    let shown = Shown { quiet: args.quiet, verbose: args.verbose, json: args.json, color: args.color };
    ensure!(args.command.first().is_none_or(|name| !name.is_empty()), "the name of COMMAND is empty");
    for word in args.command.iter().skip(1).filter(|word| word.to_str().is_none()) {
        let bytes = word.as_encoded_bytes();
        let has = |placeholder: &str| bytes.windows(placeholder.len()).any(|part| part == placeholder.as_bytes());
        let is_filled = [URL, SUBPROTOCOL, PAGE].into_iter().any(has);
        ensure!(!is_filled, "{} is not UTF-8, so nothing can be put into it", quote(bytes));
    }
    let name = args.command.first().map(|name| format!(" -- {}", path(name))).unwrap_or_default();
    let mut report = CaseRun::begin(shown, args.junit.as_deref(), &format!("wskey serve --conformance{name}"))?;
    let (waiting, others) = (Runs::default(), Arc::default());
    let judge = || Judge { strict: args.strict, limit: service.limit, others: Arc::clone(&others), success: None };
    let is_page = args.command.is_empty() || args.command.iter().any(|word| is_in(word, PAGE));
    let mut runner = Runner {
        args,
        url: at.url.clone(),
        page: at.page.clone(),
        waiting: waiting.clone(),
        judge: judge(),
        commands: Arc::new(Commands::new()),
        gate: RwLock::default(),
        is_over: Arc::clone(&service.is_over),
        told: Mutex::default(),
        is_disturbed: AtomicBool::default(),
    };
    let (sender, events) = mpsc::channel();
    let page = is_page.then(|| {
        let browser = Browser::new(cases, waiting.clone(), judge(), Arc::clone(&service.is_over), Some(sender));
        Page::new(at, browser)
    });
    let commands = Arc::clone(&runner.commands);
    interrupt::wait_for(&service, move || commands.is_any())?;
    let keys = Keys::default();
    listener::accept(listener, move |stream| serve(stream, &service, page.as_ref(), (&waiting, &keys), &others));
    let ran = if is_page { runner.show(&mut report, cases, &events) } else { runner.run(&mut report, cases) };
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
fn serve(stream: TcpStream, service: &Service, page: Option<&Page>, (waiting, keys): (&Runs, &Keys), others: &Others) {
    // Those of a browser may be for the page.
    others.is_any.fetch_or(page.is_none(), Ordering::Relaxed);
    let (mut claim, mut key_reused) = (None, None);
    let served = Page::serve(page, stream, service, |request| {
        claim = waiting.claim(request);
        let Some(claim) = &claim else {
            return Treatment::not_found();
        };
        // Whoever chooses the key anew for each connection does not choose it twice (RFC 6455, section 4.1).
        key_reused = keys.take(request).then_some(Level::Error);
        claim.answer(request, service.is_secure)
    });
    let Some(served) = served.map(|served| Arc::new(Served { key_reused, ..served })) else { return };
    if let Some(claim) = claim {
        waiting.end(claim, &served);
        return;
    }
    if page.is_some_and(|page| page.is_ahead(&served)) {
        return;
    }
    let request = served.request();
    others.keep(elsewhere(&served, &request));
    // Whose it is where there is no request cannot be known; a client that does not trust the certificate, or whose head is too long, is
    // not to look as if it had not come. Who looks whether the port is open sends nothing.
    let is_mute = !served.visit.is_answered && (service.is_secure || !served.visit.request.is_empty());
    if (is_mute || waiting.has_token(&request) && !is_handshake(&request)) && !others.is_told.swap(true, Ordering::Relaxed) {
        served.remark_other();
    }
}

/// A connection that is no case's, in words.
fn elsewhere(served: &Served, request: &Head) -> String {
    match target(request) {
        _ if !served.visit.is_answered => format!("a connection came without a handshake: {}", served.visit.told),
        Some(target) if is_handshake(request) => format!("a handshake came for {target}, expected one for the URL as it is"),
        Some(target) => format!("a request came for {target} that is no handshake"),
        None => "a request came that is no handshake".to_owned(),
    }
}

/// What stands for the page's URL in the words of a command.
const PAGE: &str = "{page}";

/// What stands for the URL of a case, and for the subprotocol that it needs.
const URL: &str = "{}";
const SUBPROTOCOL: &str = "{subprotocol}";

fn is_in(word: &OsStr, part: &str) -> bool {
    word.to_str().is_some_and(|text| text.contains(part))
}

/// The words of the command for a case: `{}` stands for its URL, `{subprotocol}` for what the client is to ask for.
fn words(command: &[OsString], url: &str, subprotocol: Option<&str>) -> Vec<OsString> {
    let has_url = command.iter().skip(1).any(|word| is_in(word, URL));
    let kept = command.iter().filter(|word| subprotocol.is_some() || *word != SUBPROTOCOL);
    let replaced = kept.enumerate().map(|(number, word)| match word.to_str() {
        Some(text) if number > 0 => text.replace(URL, url).replace(SUBPROTOCOL, subprotocol.unwrap_or_default()).into(),
        _ => word.clone(),
    });
    replaced.chain((!has_url).then(|| url.into())).collect()
}

impl Runner<'_> {
    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// Judges the first connection, and then the cases; what became of the others, where the run ends early.
    fn run(&mut self, report: &mut CaseRun, cases: &[&'static Case]) -> Result<Rest> {
        let Some(first) = self.perform(&CASES[0])? else { return Ok(Some(interrupted(report, cases.len()))) };
        if !self.begin(report, self.judged(first))? {
            remark(format_args!("{NOT_OPENED}"));
            return Ok(Some(("skipped", NOT_OPENED)));
        }
        let others = self.judge_all(report, cases)?;
        report.sum_up();
        Ok(others)
    }

    /// Has a browser run the cases, in the page that the command opens, or a person.
    fn show(&mut self, report: &mut CaseRun, cases: &[&'static Case], events: &Receiver<RunEvent>) -> Result<Rest> {
        let (commands, url) = (Arc::clone(&self.commands), &self.page);
        let words = |word: &OsString| word.to_str().map_or_else(|| word.clone(), |text| text.replace(PAGE, url).into());
        let words: Vec<_> = self.args.command.iter().map(words).collect();
        if words.is_empty() {
            remark(format_args!("open {url} in a browser: it runs the cases"));
        }
        let command = &Mutex::new((!words.is_empty()).then(|| commands.start(&words, random_token()?)).transpose()?);
        let (is_over, (following, followed)) = (Arc::clone(&self.is_over), mpsc::channel::<()>());
        let (shut, ran) = thread::scope(|scope| {
            // Where nobody reads what is told, the command is ended all the same when the run is interrupted.
            let ended = scope.spawn(move || {
                while !is_over.load(Ordering::Relaxed) && followed.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {}
                lock(command).take().map(Running::end)
            });
            let shut = self.follow(report, cases, events, command);
            drop(following);
            (shut, ended.join().ok().flatten().unwrap_or_default())
        });
        report.progress(format_args!(""));
        match shut? {
            Shut::Over(rest) => {
                if !report.judged().is_empty() && rest.is_none_or(|(kind, _)| kind != "skipped") {
                    report.sum_up();
                }
                Ok(rest)
            }
            Shut::Alone(why) => {
                let judged = JudgedCase::unreachable(&CASES[0], &why);
                let judged = JudgedCase { outcome: Outcome::Absent, ran: Some(Box::new(ran)), ..judged };
                self.begin(report, (Tried { judged, wrong: Vec::new() }, None))?;
                Ok(Some(("skipped", "no browser opened the page, so no case was judged")))
            }
        }
    }

    /// Reports what the page finds, as it comes.
    fn follow(
        &mut self,
        report: &mut CaseRun,
        cases: &[&'static Case],
        events: &Receiver<RunEvent>,
        command: &Mutex<Option<Running>>,
    ) -> Result<Shut> {
        let (mut heard, mut is_begun, mut rest, mut ended) = (Instant::now(), false, None, None);
        loop {
            let count = report.judged().len();
            if self.is_over() {
                return Ok(Shut::Over(Some(interrupted(report, cases.len()))));
            }
            if report.is_unread(count, cases.len()) {
                return Ok(Shut::Over(Some(("error", ENDED))));
            }
            let Ok(event) = events.recv_timeout(TICK) else {
                // A command that has ended may have told a browser that runs already.
                let is_gone = lock(command).as_mut().is_some_and(|command| command.has_ended() && !command.has_left_any());
                ended = ended.filter(|_| is_gone).or_else(|| is_gone.then(Instant::now));
                if let Some(why) = self.nobody(heard, is_begun, ended) {
                    if !is_begun {
                        return Ok(Shut::Alone(why));
                    }
                    remark(format_args!("{why}: {count} of {} cases judged", cases.len()));
                    report.first = Exit::Trouble;
                    return Ok(Shut::Over(Some(("error", "the page went away: the other cases are not judged"))));
                }
                continue;
            };
            (heard, is_begun) = (Instant::now(), true);
            match event {
                RunEvent::Begun => {}
                RunEvent::Announced(case) => report.progress(format_args!("{}/{} {}", count + 1, cases.len(), case.id)),
                RunEvent::First(tried, served) => {
                    if !self.begin(report, (tried, served))? {
                        remark(format_args!("{NOT_OPENED}"));
                        rest = Some(("skipped", NOT_OPENED));
                    }
                }
                RunEvent::Judged(tried) => {
                    report.progress(format_args!(""));
                    self.keep(report, tried)?;
                }
                RunEvent::Unopened(judged) => {
                    report.keep(*judged)?;
                    rest = Some(("error", ENDED));
                }
                RunEvent::Stopped => {
                    remark(format_args!("stopped in the browser: {count} of {} cases judged", cases.len()));
                    report.first = Exit::Trouble;
                    rest = Some(("error", "the run was stopped: the other cases are not judged"));
                }
                RunEvent::Done => {
                    if rest.is_none() {
                        tell_whether_any(report);
                    }
                    return Ok(Shut::Over(rest));
                }
            }
        }
    }

    /// Whether nobody is there any more, or has never come.
    fn nobody(&self, heard: Instant, is_begun: bool, ended: Option<Instant>) -> Option<String> {
        if is_begun {
            let limit = THINKING + 2 * self.judge.limit;
            return (heard.elapsed() >= limit).then(|| format!("the page has said nothing for {} s", limit.as_secs()));
        }
        if ended.is_some_and(|ended| ended.elapsed() >= CONNECTING) {
            return Some("no browser opened the page, and the command ended".to_owned());
        }
        (heard.elapsed() >= OPENING).then(|| format!("no browser opened the page within {} s", OPENING.as_secs()))
    }

    /// Runs the command for a case; nothing where the run is over.
    fn perform(&self, case: &'static Case) -> Result<Option<Performed>> {
        let begin = Instant::now();
        let (token, receiver) = self.waiting.announce(case)?;
        let url = format!("{}{}/{token}", self.url, case.id);
        let mut command = self.commands.start(&words(&self.args.command, &url, case.subprotocol()), token.clone())?;
        let served = self.wait(&receiver, &mut command, begin);
        let deadline = Instant::now() + self.judge.limit;
        while served.is_some() && Instant::now() < deadline && !self.is_over() {
            // What it started may be the client, which may come again.
            match command.has_ended() {
                false => thread::sleep(POLL),
                true if command.has_left_any() => thread::sleep(TICK),
                true => break,
            }
        }
        let ran = command.end();
        let finished = self.waiting.finish(&token);
        Ok((!self.is_over()).then_some(Performed { case, served, ran, finished, begin }))
    }

    /// Runs the command for a case, and judges what the client did; nothing where the run is over.
    fn try_case(&self, case: &'static Case) -> Option<Tried> {
        match self.perform(case) {
            Ok(performed) => performed.map(|performed| self.judge.judge(performed)),
            // Whatever there are too few of, such as descriptors, there may be enough of for others.
            Err(error) => Some(Tried { judged: absent(case, &format!("{error:#}"), &[], None), wrong: Vec::new() }),
        }
    }

    /// Waits for the first connection, and for what comes of it.
    fn wait(&self, receiver: &Coming, command: &mut Running, begin: Instant) -> Option<Arc<Served>> {
        let last = begin + CONNECTING.max(self.judge.limit);
        let (mut deadline, mut is_connected, mut has_ended, mut is_any_left) = (last, false, false, false);
        while !self.is_over() {
            match receiver.recv_timeout(POLL) {
                Ok(Some(served)) => return Some(served),
                // What it does then has a limit of its own.
                Ok(None) => (is_connected, command.is_client) = (true, !has_ended),
                Err(RecvTimeoutError::Disconnected) => return None,
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

    /// What the first run of the client came to, and its connection.
    fn judged(&self, performed: Performed) -> First {
        let served = performed.served.clone();
        (self.judge.judge(performed), served)
    }

    /// Reports what the client made of a right answer; whether it opened, as a frame shows. Where it did not, nothing that it
    /// refuses proves anything.
    fn begin(&mut self, report: &mut CaseRun, (Tried { mut judged, wrong }, served): First) -> Result<bool> {
        let Some(served) = served else {
            // Whose a connection was is not known.
            let is_any = self.judge.others.is_any.load(Ordering::Relaxed);
            report.first = if is_any { Exit::Trouble } else { Exit::Unreachable };
            let printed = judged.ran.as_ref().map(|ran| printed_lines(ran, MOST_PRINTED)).unwrap_or_default();
            let message = format!("{}\n{printed}", judged.message.as_deref().unwrap_or_default());
            remark(format_args!("{}", message.trim_end()));
            report.keep_told(judged)?;
            return Ok(false);
        };
        let verdict = self.tell_request(report, &served, "request".to_owned())?;
        lock(&self.told).extend(served.faults());
        self.tell(report, &wrong)?;
        let is_opened = served.visit.is_opened;
        let did = format!("the client {}", served.visit.told);
        if judged.outcome == Outcome::Accepted {
            self.judge.success = judged.ran.as_ref().and_then(|ran| ran.status).filter(|status| status.code().is_some());
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
    fn judge_all(&self, report: &mut CaseRun, cases: &[&'static Case]) -> Result<Rest> {
        let whole = self.side_by_side(cases, |results| {
            let whole = self.take_all(report, cases, results);
            if !matches!(whole, Ok(true)) {
                self.is_over.store(true, Ordering::Relaxed);
            }
            whole
        })?;
        if !whole {
            return Ok(Some(("error", ENDED)));
        }
        tell_whether_any(report);
        self.tell_whether_asked(report);
        if report.judged().iter().any(takes_that_it_opens) && !self.opens_still(report, cases)? {
            return Ok(Some(interrupted(report, cases.len())));
        }
        if self.is_disturbed.load(Ordering::Relaxed) {
            let name = self.args.command.first().map(|name| path(name)).unwrap_or_default();
            remark(format_args!("{name} cannot run beside itself: use --jobs 1"));
        }
        Ok(None)
    }

    /// Says so where cases do not apply that another command would meet.
    fn tell_whether_asked(&self, report: &CaseRun) {
        let lacks = |case: &&JudgedCase| case.judgement == Judgement::NotApplicable && case.case.subprotocol().is_some();
        let count = report.judged().iter().filter(lacks).count();
        if count > 0 && !self.args.command.iter().any(|word| is_in(word, SUBPROTOCOL)) {
            remark(format_args!(
                "{count} N/A: {SUBPROTOCOL} in COMMAND stands for the subprotocol that the client has to ask for"
            ));
        }
    }

    /// Finds out whether the client still opens with a right answer, as many at once as cases were: what it refused proves nothing
    /// otherwise, be it right or wrong to do so. No where the run is over.
    fn opens_still(&self, report: &mut CaseRun, cases: &[&'static Case]) -> Result<bool> {
        let first = vec![&CASES[0]; self.at_once(cases)];
        let results = self.side_by_side(&first, |results| results.iter().collect::<Vec<_>>());
        for (_, tried) in results {
            let mut tried = tried;
            if let Some(doubtful) = tried.take_if(|tried| first.len() > 1 && is_doubtful(&tried.judged)) {
                tried = self.try_alone(report, &doubtful)?;
            }
            let Some(Tried { judged, wrong }) = tried else { return Ok(false) };
            self.tell(report, &wrong)?;
            if judged.outcome != Outcome::Accepted {
                report.keep(if judged.ran.is_some() { unopened(judged) } else { judged })?;
                break;
            }
            if judged.judgement == Judgement::Unjudged {
                report.keep(judged)?;
                break;
            }
        }
        Ok(true)
    }

    /// How many of these cases run at once.
    fn at_once(&self, cases: &[&'static Case]) -> usize {
        usize::from(self.args.jobs).min(cases.len())
    }

    /// Runs cases, several side by side, while their results are taken.
    fn side_by_side<T>(&self, cases: &[&'static Case], take: impl FnOnce(&Receiver<(usize, Option<Tried>)>) -> T) -> T {
        let next = AtomicUsize::new(0);
        thread::scope(|scope| {
            let (sender, receiver) = mpsc::channel();
            for _ in 0..self.at_once(cases) {
                let (next, sender) = (&next, sender.clone());
                scope.spawn(move || self.work(cases, next, &sender));
            }
            drop(sender);
            take(&receiver)
        })
    }

    /// Runs a case again, alone, since others that ran beside it may be why it came to this.
    fn try_alone(&self, report: &mut CaseRun, doubtful: &Tried) -> Result<Option<Tried>> {
        let _alone = self.gate.write().unwrap_or_else(PoisonError::into_inner);
        let tried = self.try_case(doubtful.judged.case);
        self.tell(report, &doubtful.wrong)?;
        let was_refusal = doubtful.judged.outcome == Outcome::Refused && doubtful.judged.judgement == Judgement::Unmet;
        Ok(tried.map(|tried| match tried.judged.outcome {
            Outcome::Accepted if was_refusal => {
                self.is_disturbed.store(true, Ordering::Relaxed);
                Tried { judged: disturbed(tried.judged), ..tried }
            }
            _ => tried,
        }))
    }

    /// Reports a case, and what is wrong with the requests of its connections.
    fn keep(&self, report: &mut CaseRun, Tried { judged, wrong }: Tried) -> Result<()> {
        self.tell(report, &wrong)?;
        report.keep(judged)
    }

    /// Reports the connections whose requests break rules of which nothing was told yet: most clients send the same in every case.
    fn tell(&self, report: &mut CaseRun, wrong: &[Arc<Served>]) -> Result<()> {
        for served in wrong {
            let mut told = lock(&self.told);
            let known = told.len();
            told.extend(served.faults());
            if told.len() == known {
                continue;
            }
            let case = served.answer.case().map(|case| case.id).unwrap_or_default();
            self.tell_request(report, served, format!("request {case}"))?;
        }
        Ok(())
    }

    /// Reports what a request came to, as a result of this name.
    fn tell_request(&self, report: &mut CaseRun, served: &Served, name: String) -> Result<Verdict> {
        let verdict = served.show(self.args)?.0.unwrap_or(Verdict::Failed);
        report.first = report.first.max(Exit::from(&verdict));
        report.wrong_requests += usize::from(verdict == Verdict::Failed);
        report.push(served.test_case(self.args.strict, name))?;
        Ok(verdict)
    }

    /// Judges one after the other of the cases that nobody else has begun.
    fn work(&self, cases: &[&'static Case], next: &AtomicUsize, results: &Sender<(usize, Option<Tried>)>) {
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
        results: &Receiver<(usize, Option<Tried>)>,
    ) -> Result<bool> {
        let mut early = HashMap::new();
        for (number, case) in cases.iter().enumerate() {
            if report.is_unread(number, cases.len()) {
                return Ok(false);
            }
            report.progress(format_args!("{}/{} {}", number + 1, cases.len(), case.id));
            while !early.contains_key(&number)
                && let Ok((other, tried)) = results.recv()
            {
                early.insert(other, tried);
            }
            let mut tried = early.remove(&number).flatten();
            if let Some(doubtful) = tried.take_if(|tried| self.at_once(cases) > 1 && is_doubtful(&tried.judged)) {
                tried = self.try_alone(report, &doubtful)?;
            }
            report.progress(format_args!(""));
            let Some(tried) = tried else {
                // What was known is told.
                early.extend(results.iter());
                let mut known: Vec<_> = early.into_iter().filter_map(|(other, tried)| Some((other, tried?))).collect();
                known.sort_by_key(|(other, _)| *other);
                for (_, tried) in known.into_iter().filter(|(_, tried)| !is_doubtful(&tried.judged)) {
                    self.keep(report, tried)?;
                }
                interrupted(report, cases.len());
                return Ok(false);
            };
            self.keep(report, tried)?;
        }
        Ok(true)
    }
}

/// Says so where no case says anything.
fn tell_whether_any(report: &mut CaseRun) {
    if report.judged().iter().all(|case| case.judgement == Judgement::NotApplicable) {
        remark(format_args!("no case says anything of this client: its request lacks what they need"));
        report.first = Exit::Trouble;
    }
}

/// Says that the run was interrupted.
fn interrupted(report: &mut CaseRun, count: usize) -> (&'static str, &'static str) {
    report.first = Exit::Trouble;
    remark(format_args!("interrupted: {} of {count} cases judged", report.judged().len()));
    ("error", "the run was interrupted: the other cases are not judged")
}

/// Whether this proves something only of a client that opens with a right answer: that it did not open here.
fn takes_that_it_opens(judged: &JudgedCase) -> bool {
    match judged.judgement {
        Judgement::Met => judged.outcome == Outcome::Refused,
        Judgement::Unmet => judged.outcome != Outcome::Accepted,
        _ => false,
    }
}

/// Whether it may be so because other cases ran at the same time.
fn is_doubtful(judged: &JudgedCase) -> bool {
    match judged.outcome {
        Outcome::Absent | Outcome::Silent => !matches!(judged.judgement, Judgement::Met | Judgement::NotApplicable),
        Outcome::Refused => judged.case.expectation == Expectation::Accept && judged.judgement != Judgement::NotApplicable,
        _ => false,
    }
}
