//! Runs of a client that wait for its connection: which connection is whose, what came of it, and what that is worth.

use super::connection::Served;
use crate::commands::treatment::{Treatment, is_followed, is_handshake, token};
use crate::lines::lock;
use crate::net::visit::{Doubt, Visit};
use crate::redact::Secrets;
use crate::report::text::client_message;
use crate::report::{JudgedCase, Ran};
use anyhow::{Context as _, Result};
use std::collections::{HashMap, HashSet};
use std::process::ExitStatus;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};
use wskey::Key;
use wskey::conformance::{Case, Expectation, Judgement, Message, Outcome};
use wskey::head::Head;

/// How long a client may take to connect, at least.
pub(super) const CONNECTING: Duration = Duration::from_secs(10);

/// How long a connection is waited for once the client has ended, and all that is known to be left of it.
pub(super) const LINGERING: Duration = Duration::from_millis(300);

/// How often it is looked whether something came.
pub(super) const POLL: Duration = Duration::from_millis(2);

/// The runs of a client that wait for a connection, by their tokens.
#[derive(Clone, Default)]
pub(super) struct Runs(Arc<Mutex<HashMap<String, Awaited>>>);

/// What comes of the first connection: nothing as soon as it has sent its request, then all. It is disconnected where that is lost.
pub(super) type Coming = Receiver<Option<Arc<Served>>>;

/// What is waited for, and what came of it.
struct Awaited {
    case: &'static Case,
    /// Gets what comes of the first connection, which takes it: nobody waits for one that is lost.
    sender: Option<Sender<Option<Arc<Served>>>>,
    /// How many came again.
    again: usize,
    is_followed: bool,
    /// How many others than the first have not ended, and what one of them did that opened.
    others: usize,
    opened: Option<String>,
    /// Whether one of them took the case's answer for right, without a doubt.
    has_accepted: bool,
    /// The connections whose requests break rules that those before did not, and these rules.
    wrong: Vec<Arc<Served>>,
    faults: HashSet<&'static str>,
}

impl Awaited {
    /// What is to be said of the connections behind the first.
    fn again(&self) -> Option<String> {
        Some(match (self.again, self.opened.as_deref()) {
            (0, _) => return None,
            (1, None) => "came again".to_owned(),
            (1, Some(told)) => format!("came again, and {told}"),
            (count, None) => format!("came again {count} times"),
            (count, Some(told)) => format!("came again {count} times, and one of them {told}"),
        })
    }
}

/// A connection that is waited for.
pub(super) struct Claim {
    case: &'static Case,
    /// Gets what comes of it, where it is the first.
    sender: Option<Sender<Option<Arc<Served>>>>,
    /// The token of the run, and whether the connection counts as one that came again.
    token: String,
    is_again: bool,
}

/// What is to be said of the connections of a run.
#[derive(Default)]
pub(super) struct Aftermath {
    /// Of those behind the first, whether one of them opened, and whether one took the case's answer for right.
    pub(super) again: Option<String>,
    pub(super) has_opened: bool,
    pub(super) has_accepted: bool,
    pub(super) is_followed: bool,
    /// Those whose requests break rules.
    pub(super) wrong: Vec<Arc<Served>>,
}

impl Runs {
    /// Waits for a client's connection as this case; the token that its URL must have.
    ///
    /// # Errors
    /// Where the system has no random bytes.
    pub(super) fn announce(&self, case: &'static Case) -> Result<(String, Coming)> {
        let token = random_token()?;
        let (sender, receiver) = mpsc::channel();
        let (sender, wrong, faults) = (Some(sender), Vec::new(), HashSet::new());
        let awaited =
            Awaited { case, sender, again: 0, is_followed: false, others: 0, opened: None, has_accepted: false, wrong, faults };
        lock(&self.0).insert(token.clone(), awaited);
        Ok((token, receiver))
    }

    /// Takes a request for that of a run, where it is a handshake with its token.
    pub(super) fn claim(&self, request: &Head) -> Option<Claim> {
        let mut waiting = lock(&self.0);
        let token = token(request).filter(|_| is_handshake(request))?;
        let awaited = waiting.get_mut(token)?;
        let mut claim = Claim { case: awaited.case, sender: None, token: token.to_owned(), is_again: false };
        if is_followed(request) {
            awaited.is_followed = true;
        } else if let Some(sender) = awaited.sender.take() {
            let _ = sender.send(None);
            claim.sender = Some(sender);
        } else {
            awaited.again += 1;
            claim.is_again = true;
        }
        awaited.others += usize::from(claim.sender.is_none());
        Some(claim)
    }

    /// Whether the path of a request has the token of a run.
    pub(super) fn has_token(&self, request: &Head) -> bool {
        token(request).is_some_and(|token| lock(&self.0).contains_key(token))
    }

    /// Says what came of a connection.
    pub(super) fn end(&self, claim: Claim, served: &Arc<Served>) {
        let faults = served.faults();
        let mut waiting = lock(&self.0);
        let Some(awaited) = waiting.get_mut(&claim.token) else { return };
        let known = awaited.faults.len();
        awaited.faults.extend(faults);
        if awaited.faults.len() > known {
            awaited.wrong.push(Arc::clone(served));
        }
        match claim.sender {
            Some(sender) => drop(sender.send(Some(Arc::clone(served)))),
            None => awaited.others -= 1,
        }
        if claim.is_again {
            // Who asks for less may have got a right answer.
            let is_case = matches!(served.answer, Treatment::As(_));
            awaited.has_accepted |= is_case && served.visit.outcome == Some(Outcome::Accepted) && served.visit.doubt.is_none();
            awaited.opened = awaited.opened.take().or(served.visit.is_opened.then(|| served.visit.told.clone()));
        }
    }

    /// Waits no more.
    pub(super) fn finish(&self, token: &str) -> Aftermath {
        // The connections of a client that is gone end at once.
        let deadline = Instant::now() + LINGERING;
        while lock(&self.0).get(token).is_some_and(|awaited| awaited.others > 0) && Instant::now() < deadline {
            thread::sleep(POLL);
        }
        let awaited = lock(&self.0).remove(token);
        let finished = |awaited: Awaited| Aftermath {
            again: awaited.again(),
            has_opened: awaited.opened.is_some(),
            has_accepted: awaited.has_accepted,
            is_followed: awaited.is_followed,
            wrong: awaited.wrong,
        };
        awaited.map(finished).unwrap_or_default()
    }
}

/// A token that nobody can guess.
///
/// # Errors
/// Where the system has no random bytes.
pub(super) fn random_token() -> Result<String> {
    let nonce = Key::random().context("the system's random generator")?.nonce();
    Ok(format!("{:032x}", u128::from_be_bytes(nonce)))
}

impl Claim {
    /// How its request is answered.
    pub(super) fn answer(&self, request: &Head, is_secure: bool) -> (Treatment, Message) {
        Treatment::to(request, is_secure, Some(self.case))
    }
}

/// What came that no run waits for.
#[derive(Default)]
pub(super) struct Others {
    /// Whether one without a handshake was told.
    pub(super) is_told: AtomicBool,
    /// Whether any connection came, be it a run's, but for those of the page.
    pub(super) is_any: AtomicBool,
    /// The last of them, in words, and when it had ended.
    last: Mutex<Option<(Instant, String)>>,
}

impl Others {
    /// Keeps what came.
    pub(super) fn keep(&self, told: String) {
        self.is_any.store(true, Ordering::Relaxed);
        *lock(&self.last) = Some((Instant::now(), told));
    }

    /// What came since then.
    fn since(&self, begin: Instant) -> Option<String> {
        lock(&self.last).as_ref().filter(|(came, _)| *came >= begin).map(|(_, told)| told.clone())
    }
}

/// One run of the client.
pub(super) struct Performed {
    pub(super) case: &'static Case,
    pub(super) served: Option<Arc<Served>>,
    pub(super) ran: Ran,
    pub(super) finished: Aftermath,
    pub(super) begin: Instant,
}

/// A run of the client that is judged, and its connections whose requests break rules.
pub(super) struct Tried {
    pub(super) judged: JudgedCase,
    pub(super) wrong: Vec<Arc<Served>>,
}

/// What judges what a client did.
pub(super) struct Judge {
    pub(super) strict: bool,
    /// How long a client may take to decide.
    pub(super) limit: Duration,
    pub(super) others: Arc<Others>,
    /// How the command ended when it had opened.
    pub(super) success: Option<ExitStatus>,
}

impl Judge {
    /// Judges what the client did.
    pub(super) fn judge(&self, performed: Performed) -> Tried {
        let Performed { case, served, ran, finished, begin } = performed;
        let Aftermath { again, has_opened, has_accepted, is_followed, wrong } = finished;
        let took = begin.elapsed();
        let Some(served) = served else {
            let browser = ran.browser.filter(|&browser| browser != Outcome::Absent).map(says);
            let did = match self.others.since(begin) {
                Some(told) => told,
                None if ran.has_ended => "no handshake came, and the command ended".to_owned(),
                None => format!("no handshake came within {} s", CONNECTING.max(self.limit).as_secs_f64()),
            };
            let judged = absent(case, &did, &browser.into_iter().collect::<Vec<_>>(), Some(ran));
            return Tried { judged: JudgedCase { took, ..judged }, wrong };
        };
        let visit = &served.visit;
        let request = Head::parse(&visit.request);
        let secrets = Secrets::of(&request);
        let outcome = match (visit.outcome, case.expectation) {
            // Who takes a wrong answer at the next attempt does not refuse it.
            (Some(Outcome::Refused | Outcome::Silent), Expectation::Refuse(_)) if has_accepted => Outcome::Accepted,
            (outcome, _) => outcome.unwrap_or(Outcome::Absent),
        };
        let lacks = case.needs.filter(|need| !(need.is_met)(&request));
        let (judgement, did) = match (lacks, served.answer) {
            (Some(need), _) => (Judgement::NotApplicable, format!("needs a request that {}", need.description)),
            (None, Treatment::Refused(status)) => {
                (Judgement::Unjudged, format!("the request is wrong, and was answered with {status}"))
            }
            // That it never takes a right answer is not proven.
            (None, _) if has_accepted && outcome == Outcome::Refused && case.expectation == Expectation::Accept => {
                (Judgement::Unjudged, format!("the client {}", visit.told))
            }
            (None, _) => worth(case, visit, outcome),
        };
        let is_refusal = judgement == Judgement::Met && outcome == Outcome::Refused;
        let notes = [
            (is_refusal && visit.is_opened).then(|| format!("the client {}", visit.told)),
            (is_refusal && !has_opened && ran.is_client && self.success.is_some() && ran.status == self.success)
                .then(|| "the client failed the connection and reported success".to_owned()),
            ran.signal().map(|signal| format!("the command was ended by signal {signal}")),
            again,
            ran.browser.filter(|&browser| browser != outcome).map(says),
            is_followed.then(|| "followed the redirect".to_owned()),
        ];
        let notes: Vec<_> = notes.into_iter().flatten().collect();
        let (received, before) = served.received(&secrets);
        let ran = Ran { printed: secrets.redact(&ran.printed), ..ran };
        let judged = JudgedCase {
            passed: None,
            case,
            outcome,
            status: None,
            judgement,
            strict: self.strict,
            message: None,
            sent: secrets.redact_head(&visit.sent),
            received,
            before,
            took,
            ran: Some(Box::new(ran)),
        };
        Tried { judged: JudgedCase { message: client_message(&judged, &did, &notes), ..judged }, wrong }
    }
}

/// A case for which no handshake came: why, and what else is to be said of the command, if that was run.
pub(super) fn absent(case: &'static Case, why: &str, notes: &[String], ran: Option<Ran>) -> JudgedCase {
    let judged = JudgedCase { outcome: Outcome::Absent, ran: ran.map(Box::new), ..JudgedCase::unreachable(case, "") };
    JudgedCase { message: client_message(&judged, why, notes), ..judged }
}

/// A right answer that was not taken any more.
pub(super) fn unopened(judged: JudgedCase) -> JudgedCase {
    let why = "the client does not open with a right answer any more, so what it refused proves nothing";
    JudgedCase { judgement: Judgement::Unjudged, message: Some(why.to_owned()), ..judged }
}

/// A right answer that was taken alone, and not beside others.
pub(super) fn disturbed(judged: JudgedCase) -> JudgedCase {
    let judged = JudgedCase { judgement: Judgement::Unjudged, ..judged };
    let did = "the client opened when it ran alone, and not beside others, so what it refused proves nothing";
    JudgedCase { message: client_message(&judged, did, &[]), ..judged }
}

/// What a browser says of its WebSocket.
fn says(browser: Outcome) -> String {
    let word = match browser {
        Outcome::Accepted => "opened",
        Outcome::Refused => "failed",
        _ => "did neither open nor fail",
    };
    format!("the browser says that it {word}")
}

/// What that is worth which the client did, and that in words.
fn worth(case: &Case, visit: &Visit, outcome: Outcome) -> (Judgement, String) {
    let told = &visit.told;
    match (visit.doubt, case.expectation) {
        (Some(Doubt::Closed), Expectation::Refuse(_)) => (
            Judgement::Unjudged,
            format!(
                "the client {told}, which may fail the connection or end it as usual; let it stay open until the server closes"
            ),
        ),
        (Some(Doubt::Left), Expectation::Refuse(_) | Expectation::Accept) => {
            (Judgement::Unjudged, format!("the client {told}, as it may after a right answer too"))
        }
        (Some(Doubt::Malformed), Expectation::Refuse(_) | Expectation::Accept) | (Some(Doubt::Full), Expectation::Refuse(_)) => {
            (Judgement::Unjudged, format!("the client {told}"))
        }
        (Some(Doubt::Full), _) if outcome == Outcome::Silent => (Judgement::Unjudged, format!("the client {told}")),
        _ => (case.judge_client(outcome), told.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::TryRecvError;
    use wskey::conformance::client_cases::CASES;

    /// Nobody waits for what is not told any more.
    #[test]
    fn a_connection_that_is_lost() {
        let runs = Runs::default();
        let (token, coming) = runs.announce(&CASES[0]).expect("random bytes");
        let request = Head::parse(format!("GET /correct/{token} HTTP/1.1\r\nUpgrade: websocket\r\n\r\n").as_bytes());
        assert!(matches!(coming.try_recv(), Err(TryRecvError::Empty)));
        drop(runs.claim(&request).expect("it is waited for"));
        assert!(matches!(coming.try_recv(), Ok(None)));
        assert!(matches!(coming.try_recv(), Err(TryRecvError::Disconnected)));
    }
}
