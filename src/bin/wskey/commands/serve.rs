//! `wskey serve`: answers handshakes, rightly or wrongly in one way, and judges the clients.

use super::cases;
use crate::cli::ServeArgs;
use crate::exit::Exit;
use crate::input::{seconds, unknown};
use crate::net::visit::{self, Visit};
use crate::output::{json, json_text, print, remark};
use crate::redact::Secrets;
use crate::report::json::{BytesObject, ConnectionObject, ListeningObject, SCHEMA};
use crate::report::text::{MAX_SHOWN, MAX_SUMMARY, finding_line, is_coloured, transcript, verdict_word};
use crate::report::{rank, with_messages};
use anyhow::{Context as _, Result};
use std::fmt::Write as _;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::Duration;
use wskey::conformance::client_cases::{CASES, FOLLOWED};
use wskey::conformance::{Case, Message, Outcome};
use wskey::escape::{quote, visible};
use wskey::head::{Exchange, Head, KEY};
use wskey::rules::{Finding, Level, Verdict, judge, unjudged_request};

/// The most connections that are open at once.
const MOST_OPEN: usize = 256;

/// What ends a wait.
enum Came {
    Client(Box<Served>),
    Interrupted,
}

/// A connection that was served.
struct Served {
    peer: SocketAddr,
    visit: Visit,
    answer: Treatment,
}

/// How a request is answered.
#[derive(Default)]
struct Treatment {
    /// As this case, and what the request lacks of what that needs.
    case: Option<&'static Case>,
    lacks: Option<&'static str>,
    /// Otherwise than by a 101, since the request is wrong: with this status.
    refused: Option<&'static str>,
}

pub(super) fn run(args: &ServeArgs) -> Result<Exit> {
    if args.list_cases {
        return cases::list(&CASES.iter().collect::<Vec<_>>(), args.json);
    }
    let find = |id: &String| {
        let case = CASES.iter().find(|case| case.id == id);
        case.ok_or_else(|| unknown("case", id, CASES.iter().map(|case| case.id), "--list-cases"))
    };
    let case = args.case.as_ref().map(find).transpose()?;
    let limit = seconds(args.timeout, "--timeout")?;
    let address = &args.address;
    let listener = TcpListener::bind(address).with_context(|| format!("cannot listen on {}", visible(address.as_bytes())))?;
    let address = listener.local_addr().context("the address that is listened on")?;
    let url = format!("ws://{address}/");
    print(
        if args.json {
            json(&ListeningObject { schema: SCHEMA, kind: "listening", url: &url })
        } else {
            format!("listening on {url}\n")
        }
        .as_bytes(),
    )?;
    if !address.ip().is_loopback() {
        remark(format_args!("{address} is not the loopback: whoever reaches this machine may connect"));
    }
    let (sender, receiver) = mpsc::channel();
    let interrupted = sender.clone();
    ctrlc::set_handler(move || drop(interrupted.send(Came::Interrupted))).context("cannot wait for an interrupt")?;
    thread::spawn(move || accept(&listener, case, limit, &sender));
    let (mut exit, mut count) = (None, 0);
    while args.count.is_none_or(|most| count < most) {
        let Ok(Came::Client(served)) = receiver.recv() else { break };
        count += 1;
        let Some(verdict) = served.show(args)? else { continue };
        exit = exit.max(Some(Exit::from(&verdict)));
    }
    if exit.is_none() {
        remark(format_args!("no handshake came"));
    }
    Ok(exit.unwrap_or(Exit::Trouble))
}

/// Serves each connection in a thread of its own.
fn accept(listener: &TcpListener, case: Option<&'static Case>, limit: Duration, sender: &Sender<Came>) {
    let open = Arc::new(AtomicUsize::new(0));
    for stream in listener.incoming() {
        // Where there are no more descriptors, some are free again soon.
        let Ok(stream) = stream else {
            thread::sleep(Duration::from_millis(10));
            continue;
        };
        if open.fetch_add(1, Ordering::Relaxed) >= MOST_OPEN {
            open.fetch_sub(1, Ordering::Relaxed);
            continue;
        }
        let (open, sender) = (Arc::clone(&open), sender.clone());
        thread::spawn(move || {
            let served = serve(stream, case, limit);
            open.fetch_sub(1, Ordering::Relaxed);
            // Nobody waits for it any more.
            let _ = served.map(|served| sender.send(Came::Client(Box::new(served))));
        });
    }
}

fn serve(stream: TcpStream, case: Option<&'static Case>, limit: Duration) -> Option<Served> {
    let peer = stream.peer_addr().ok()?;
    let mut answer = Treatment::default();
    let visit = visit::serve(stream, limit, |request| {
        let (how, message) = Treatment::to(request, case);
        answer = how;
        message
    });
    Some(Served { peer, visit, answer })
}

/// The first segment of the path, without a query.
fn first_segment(request: &Head) -> &[u8] {
    let path = request.target().unwrap_or_default().split(|&b| b == b'?').next().unwrap_or_default();
    path.split(|&b| b == b'/').nth(1).unwrap_or_default()
}

impl Treatment {
    /// The answer to a request: that of the case that is given or that the path names, else a right one.
    fn to(request: &Head, case: Option<&'static Case>) -> (Self, Message) {
        let segment = first_segment(request);
        let is_followed = request.target().is_some_and(|target| target.ends_with(FOLLOWED.as_bytes()));
        let case = case.or_else(|| CASES.iter().find(|case| case.id.as_bytes() == segment)).filter(|_| !is_followed);
        let Some(mut response) = Message::response(false, request) else { return Self::refused(request) };
        let lacks = case.and_then(|case| case.needs).filter(|need| !(need.is_met)(request)).map(|need| need.description);
        match case.filter(|_| lacks.is_none()) {
            Some(case) => (case.alter)(&mut response),
            // What a right server would refuse is refused, whatever the path says.
            None if errors(request).next().is_some() => return Self::refused(request),
            None => {}
        }
        (Self { case, lacks, refused: None }, response)
    }

    /// A refusal, as a right server gives it (RFC 6455, sections 4.2.2 and 4.4).
    fn refused(request: &Head) -> (Self, Message) {
        let is_of_version = errors(request).any(|finding| finding.rule.id == "version-unsupported");
        let (status, reason) =
            if is_of_version || !is_handshake(request) { ("426", "Upgrade Required") } else { ("400", "Bad Request") };
        let mut response = Message::refusal(status, reason);
        if status == "426" {
            response.add("Upgrade", "websocket");
            response.add("Sec-WebSocket-Version", "13");
        }
        (Self { refused: Some(status), ..Self::default() }, response)
    }
}

fn errors(request: &Head) -> impl Iterator<Item = Finding> {
    let findings = judge(&[Exchange::new(Some(request.clone()), None)]);
    findings.into_iter().filter(|finding| finding.level == Level::Error)
}

/// Whether a request has to do with WebSocket: others come from health checks and browsers.
fn is_handshake(request: &Head) -> bool {
    let is_own = |name: &[u8]| name.to_ascii_lowercase().starts_with(b"sec-websocket-");
    request.tokens("Upgrade").any(|token| token.eq_ignore_ascii_case(b"websocket"))
        || request.fields.iter().any(|field| is_own(&field.name))
}

impl Served {
    /// Reports it; the verdict on its request, if there was one.
    fn show(&self, args: &ServeArgs) -> Result<Option<Verdict>> {
        let Self { peer, visit, .. } = self;
        if visit.outcome.is_none() {
            remark(format_args!("{peer}: no request: {}", visit.told));
            return Ok(None);
        }
        let request = Head::parse(&visit.request);
        let secrets = Secrets::of(&request);
        if !is_handshake(&request) {
            let line = secrets.redact(&request.start_line);
            remark(format_args!("{peer}: no handshake: {}", quote(&line)));
            return Ok(None);
        }
        let exchange = Exchange::new(Some(request.clone()), None);
        let shown = secrets.redact_exchange(&exchange);
        let mut findings = with_messages(judge(&[exchange]), &judge(std::slice::from_ref(&shown)));
        rank(&mut findings, args.strict);
        let is_failed = findings.iter().any(|finding| finding.level == Level::Error);
        let verdict = match unjudged_request(&request) {
            _ if is_failed => Verdict::Failed,
            Some(why) => Verdict::Unjudged(why),
            None => Verdict::Ok,
        };
        self.remark_near(&request);
        let is_told = !args.quiet || verdict != Verdict::Ok;
        let (received, sent) = (secrets.redact_head(&visit.request), secrets.redact_head(&visit.sent));
        let received = [received, secrets.mask(&visit.behind)].concat();
        if is_told && args.json {
            let bytes = args.verbose || verdict != Verdict::Ok;
            let bytes = BytesObject::new(bytes.then_some(&sent[..]), bytes.then_some(&received[..]));
            print(self.json(&verdict, &findings, &shown, bytes).as_bytes())?;
        } else if is_told {
            let mut text = if args.verbose { transcript(&received, &sent, MAX_SHOWN) } else { String::new() };
            let _ = writeln!(text, "{peer}: {}{}", verdict_word(&verdict, is_coloured(args.color)), self.summary(&shown));
            for finding in &findings {
                let _ = writeln!(text, "{}", finding_line(finding));
            }
            if let Verdict::Unjudged(why) = &verdict {
                let _ = writeln!(text, "  no verdict: {why}");
            }
            print(text.as_bytes())?;
        }
        Ok(Some(verdict))
    }

    fn json(&self, verdict: &Verdict, findings: &[Finding], shown: &Exchange, bytes: BytesObject) -> String {
        let request = shown.request.as_ref();
        json(&ConnectionObject {
            schema: SCHEMA,
            kind: "connection",
            peer: self.peer.to_string(),
            verdict: verdict.as_str(),
            ok: verdict.is_ok(),
            key: request.and_then(|head| head.get(KEY)).map(json_text),
            target: request.and_then(Head::target).map(json_text),
            case: self.answer.case.map(|case| case.id),
            lacks: self.answer.lacks,
            status: Head::parse(&self.visit.sent).status(),
            outcome: self.visit.outcome.map_or("", Outcome::as_str),
            message: &self.visit.told,
            error: if let Verdict::Unjudged(why) = verdict { Some(why.to_string()) } else { None },
            findings: findings.iter().map(Into::into).collect(),
            bytes,
        })
    }

    /// What came, how it was answered, and what the client did then.
    fn summary(&self, shown: &Exchange) -> String {
        let request =
            shown.request.as_ref().and_then(|head| Some([head.method()?, head.target()?].join(&b' '))).unwrap_or_default();
        let Treatment { case, lacks, refused } = &self.answer;
        let answered = match (case, lacks, refused) {
            (_, _, Some(status)) => format!("answered {status}"),
            (Some(case), Some(lacks), _) => format!("answered rightly: {} needs a request that {lacks}", case.id),
            (Some(case), None, _) => format!("answered as {}: {}", case.id, case.description),
            (None, ..) => "answered rightly".to_owned(),
        };
        let request = visible(&request[..request.len().min(MAX_SUMMARY)]).to_string();
        format!(" ({request}; {answered}; the client {})", self.visit.told)
    }

    /// A path that is nearly the name of a case was perhaps meant as that.
    fn remark_near(&self, request: &Head) {
        let segment = String::from_utf8_lossy(first_segment(request)).into_owned();
        let near = CASES.iter().map(|case| case.id).find(|id| strsim::osa_distance(id, &segment) <= 2);
        if let (None, Some(near)) = (self.answer.case, near.filter(|near| *near != segment && segment.len() > 3)) {
            remark(format_args!("{}: /{} is no case, perhaps /{near} was meant", self.peer, visible(segment.as_bytes())));
        }
    }
}
