//! The cases in a browser's own WebSocket: the page asks which is next, connects, and tells what the browser said; what counts is what
//! was seen on the socket.

use super::awaited::{Coming, Judge, LINGERING, POLL, Performed, Runs, Tried, random_token, unopened};
use super::connection::Served;
use crate::lines::lock;
use crate::output::json;
use crate::report::json::{BegunObject, CaseObject, ListedCaseObject, NextObject, PageObject, SCHEMA};
use crate::report::{JudgedCase, Ran};
use anyhow::Error;
use serde::Deserialize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, TryRecvError};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;
use wskey::conformance::client_cases::CASES;
use wskey::conformance::{Case, Outcome};

/// Why the page is not served: a status with its reason phrase, and words.
pub(super) struct Denial {
    pub(super) status: &'static str,
    pub(super) reason: &'static str,
    pub(super) words: String,
}

impl Denial {
    pub(super) fn new(status: &'static str, reason: &'static str, words: impl Into<String>) -> Self {
        Self { status, reason, words: words.into() }
    }

    pub(super) fn conflict(words: &str) -> Self {
        Self::new("409", "Conflict", words)
    }

    pub(super) fn trouble(error: &Error) -> Self {
        Self::new("500", "Internal Server Error", format!("{error:#}"))
    }
}

/// What runs the cases in a browser, one at a time.
pub(super) struct Browser {
    cases: Vec<&'static Case>,
    waiting: Runs,
    judge: Judge,
    is_over: Arc<AtomicBool>,
    run: Mutex<Option<PageRun>>,
    /// Whether the run came to its end.
    is_done: AtomicBool,
    /// Where there is to be one run alone: who reports it.
    events: Option<Sender<RunEvent>>,
}

/// What happens in a run.
pub(super) enum RunEvent {
    Begun,
    Announced(&'static Case),
    /// What came of the first right answer, before the cases.
    First(Tried, Option<Arc<Served>>),
    Judged(Tried),
    /// A right answer was not taken any more.
    Unopened(Box<JudgedCase>),
    Stopped,
    /// The page knows that it is over.
    Done,
}

/// A run of the cases by a page.
struct PageRun {
    /// Who has it is the page.
    token: String,
    /// How many cases are judged.
    count: usize,
    /// What is awaited.
    announced: Option<Announced>,
    /// What a right answer must show next: that the browser opens at all, or still does, since it refused.
    owed: Option<Owed>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Owed {
    First,
    Between,
}

struct Announced {
    case: &'static Case,
    /// Where it is no case.
    owed: Option<Owed>,
    token: String,
    coming: Coming,
    begin: Instant,
}

/// What a page says.
#[derive(Deserialize)]
pub(super) struct Holder {
    token: String,
}

/// What a page says of its WebSocket.
#[derive(Deserialize)]
pub(super) struct Saying {
    token: String,
    case: String,
    /// Whether it had an event of this name.
    open: bool,
    error: bool,
}

impl Browser {
    pub(super) fn new(
        cases: &[&'static Case],
        waiting: Runs,
        judge: Judge,
        is_over: Arc<AtomicBool>,
        events: Option<Sender<RunEvent>>,
    ) -> Self {
        let cases = cases.to_vec();
        Self { cases, waiting, judge, is_over, run: Mutex::default(), is_done: AtomicBool::default(), events }
    }

    fn tell(&self, event: RunEvent) {
        if let Some(events) = &self.events {
            let _ = events.send(event);
        }
    }

    /// Says what there is to run.
    pub(super) fn cases(&self) -> String {
        json(&PageObject {
            schema: SCHEMA,
            kind: "page",
            version: env!("CARGO_PKG_VERSION"),
            once: self.events.is_some(),
            limit: self.judge.limit.as_secs_f64(),
            cases: self.cases.iter().map(|&case| ListedCaseObject::from(case)).collect(),
        })
    }

    /// Begins a run, which ends another.
    pub(super) fn begin(&self) -> Result<String, Denial> {
        let mut run = lock(&self.run);
        if self.events.is_some() && (run.is_some() || self.is_done.load(Ordering::Relaxed)) {
            return Err(Denial::conflict("the cases are run by another page, or were: start wskey again"));
        }
        let token = random_token().map_err(|error| Denial::trouble(&error))?;
        if let Some(announced) = run.take().and_then(|run| run.announced) {
            self.waiting.finish(&announced.token);
        }
        let begun = json(&BegunObject { schema: SCHEMA, kind: "begun", token: &token });
        *run = Some(PageRun { token, count: 0, announced: None, owed: Some(Owed::First) });
        self.tell(RunEvent::Begun);
        Ok(begun)
    }

    /// Says which case is next, and waits for its connection from now on.
    pub(super) fn next(&self, said: &Holder) -> Result<String, Denial> {
        let mut held = lock(&self.run);
        let run = own(&mut held, &said.token)?;
        if let Some(announced) = run.announced.take() {
            self.waiting.finish(&announced.token);
        }
        let mut next = NextObject { schema: SCHEMA, kind: "next", number: run.count, ..NextObject::default() };
        let case = run.owed.map(|_| &CASES[0]).or_else(|| self.cases.get(run.count).copied());
        let Some(case) = case else {
            *held = None;
            self.is_done.store(true, Ordering::Relaxed);
            return Ok(json(&next));
        };
        let (token, coming) = self.waiting.announce(case).map_err(|error| Denial::trouble(&error))?;
        (next.case, next.path, next.subprotocol) = (Some(case.id), Some(format!("/{}/{token}", case.id)), case.subprotocol());
        next.between = run.owed.map(|_| true);
        if run.owed.is_none() {
            self.tell(RunEvent::Announced(case));
        }
        run.announced = Some(Announced { case, owed: run.owed, token, coming, begin: Instant::now() });
        Ok(json(&next))
    }

    /// Judges what was seen of the case that is awaited, now that the browser has said what it has to say.
    pub(super) fn result(&self, said: &Saying) -> Result<String, Denial> {
        let mut held = lock(&self.run);
        let run = own(&mut held, &said.token)?;
        let announced = run.announced.take_if(|announced| announced.case.id == said.case);
        let announced = announced.ok_or_else(|| Denial::conflict("this case is not awaited"))?;
        drop(held);
        let (served, was_over) = self.wait(&announced.coming);
        let finished = self.waiting.finish(&announced.token);
        let seen = served.as_ref().and_then(|served| served.visit.outcome);
        let browser = match (said.open, said.error) {
            // What the browser says is that the server ended the connection at last.
            (true, true) if was_over && seen == Some(Outcome::Silent) => Outcome::Accepted,
            (false, true) if was_over && seen == Some(Outcome::Silent) => Outcome::Silent,
            (_, true) => Outcome::Refused,
            (true, false) => Outcome::Accepted,
            (false, false) => Outcome::Silent,
        };
        let ran = Ran { browser: Some(browser), ..Ran::default() };
        let Announced { case, owed, begin, .. } = announced;
        let tried = self.judge.judge(Performed { case, served: served.clone(), ran, finished, begin });
        let told = json(&CaseObject::new(&tried.judged, true));
        self.take(&said.token, owed, tried, served);
        Ok(told)
    }

    /// Keeps what came of a case, or of a right answer besides, and says so.
    fn take(&self, token: &str, owed: Option<Owed>, tried: Tried, served: Option<Arc<Served>>) {
        let mut held = lock(&self.run);
        // Meanwhile another run may have begun.
        let Ok(run) = own(&mut held, token) else { return };
        let is_opened = tried.judged.outcome == Outcome::Accepted;
        match owed {
            None => run.count += 1,
            Some(_) if is_opened => {}
            Some(_) => {
                *held = None;
                self.is_done.store(true, Ordering::Relaxed);
            }
        }
        if let Some(run) = &mut *held {
            run.owed = (!is_opened).then_some(Owed::Between);
        }
        match owed {
            None => self.tell(RunEvent::Judged(tried)),
            Some(Owed::First) => self.tell(RunEvent::First(tried, served)),
            Some(Owed::Between) if is_opened => {}
            Some(Owed::Between) => self.tell(RunEvent::Unopened(Box::new(unopened(tried.judged)))),
        }
    }

    /// Ends a run before its end.
    pub(super) fn stop(&self, said: &Holder) -> Result<String, Denial> {
        let mut held = lock(&self.run);
        if let Some(announced) = own(&mut held, &said.token)?.announced.take() {
            self.waiting.finish(&announced.token);
        }
        *held = None;
        self.is_done.store(true, Ordering::Relaxed);
        self.tell(RunEvent::Stopped);
        Ok(json(&NextObject { schema: SCHEMA, kind: "next", ..NextObject::default() }))
    }

    /// Says that the page knows what it was told last.
    pub(super) fn heard(&self) {
        // Whoever ends a run holds it until why has been told: a page that asks for something else meanwhile does not come before that.
        let _run = lock(&self.run);
        if self.is_done.load(Ordering::Relaxed) {
            self.tell(RunEvent::Done);
        }
    }

    /// The connection of a case, and whether the browser may have said what it did since that was over. One that has come has a limit; one
    /// that has not when the browser has had its say does not come.
    fn wait(&self, coming: &Coming) -> (Option<Arc<Served>>, bool) {
        let (begin, mut is_connected) = (Instant::now(), false);
        while !self.is_over.load(Ordering::Relaxed) {
            match coming.try_recv() {
                // The end of a connection may be seen before it is told here.
                Ok(Some(served)) => return (Some(served), begin.elapsed() < LINGERING),
                Ok(None) => is_connected = true,
                Err(TryRecvError::Disconnected) => break,
                Err(_) if !is_connected && begin.elapsed() >= LINGERING => break,
                Err(_) => thread::sleep(POLL),
            }
        }
        (None, false)
    }
}

/// The run that this token belongs to.
fn own<'a>(run: &'a mut Option<PageRun>, token: &str) -> Result<&'a mut PageRun, Denial> {
    run.as_mut().filter(|run| run.token == token).ok_or_else(|| Denial::conflict("this run is over, or was never begun"))
}
