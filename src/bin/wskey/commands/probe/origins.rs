//! `wskey probe --check-origins`: finds out who enters by which Origin.

mod variants;

use super::client::Client;
use super::conformance::judge_responses;
use crate::cli::ProbeArgs;
use crate::exit::Exit;
use crate::net::response::{ReadEnd, Response};
use crate::output::{json, print, remark};
use crate::report::json::{BytesObject, OriginObject, SCHEMA};
use crate::report::text::{MAX_SHOWN, coloured, is_coloured, transcript};
use anyhow::{Result, ensure};
use variants::{OWN, PageOrigin, VARIANTS, Variant};
use wskey::conformance::{Message, Outcome};
use wskey::frame::Frame;
use wskey::head::Exchange;
use wskey::rules::{Level, Verdict, frames_behind};

const ORIGIN: &str = "Origin";

/// A variant, and what the server did with it.
struct Attempt {
    variant: &'static Variant,
    origins: Vec<String>,
    answer: Answer,
    /// What it is worth, where that can be said.
    word: Option<&'static str>,
    status: Option<u16>,
    /// The bytes that were sent and received, as far as they may be shown.
    sent: Vec<u8>,
    received: Vec<u8>,
    /// Whether not one byte came.
    is_empty: bool,
}

enum Answer {
    /// There is no such variant of the right origin, so nothing was sent.
    NotSent,
    /// A 101 that a client takes.
    Enters,
    /// A 101 that a client must not take; what is wrong with it.
    Broken(String),
    /// By a status, or by the end of the connection, twice.
    Refused,
    /// A 101 and a Close frame at once, and its code if it has one: a page can send nothing that is read.
    ClosedAtOnce(Option<u16>),
    /// It proves neither; what it is.
    Unknown(Outcome, String),
}

pub(super) fn run(args: &ProbeArgs, client: &mut Client) -> Result<Exit> {
    let is_origin = |name: &[u8]| name.trim_ascii().eq_ignore_ascii_case(ORIGIN.as_bytes());
    let mut names = args.header.iter().filter_map(|field| field.as_encoded_bytes().split(|&b| b == b':').next());
    ensure!(!names.any(is_origin), "-H: --check-origins sends its own {ORIGIN}; --origin says which is the right one");
    let right = right_origin(args, &client.request()?)?;
    let (mut attempts, mut is_steady): (Vec<Attempt>, _) = (Vec::new(), true);
    for variant in &VARIANTS {
        // One that is the right one by chance is no other.
        let mut all = (variant.values)(&right);
        all.retain(|values| variant.id == OWN || *values != [right.to_string()]);
        let mut attempt = Attempt::not_sent(variant);
        for values in all {
            attempt = send(variant, values, client)?;
            if !attempt.is_refused() || attempt.is_busy() {
                break;
            }
        }
        let is_first = variant.id == OWN;
        if is_first && attempt.is_empty {
            attempt.word = attempt.judge(args, false, true);
            if args.json {
                print(attempt.json(args, client, &right).as_bytes())?;
            }
            client.remark_nobody(&attempt.message(&right).unwrap_or_default());
            return Ok(Exit::Unreachable);
        }
        let (is_broken, is_refused) = (matches!(attempt.answer, Answer::Broken(_)), attempt.is_refused());
        attempts.push(attempt);
        is_steady = is_steady && (!is_refused || still_enters(&attempts, client)?);
        if is_first && is_broken {
            break;
        }
    }
    let own_enters = attempts.first().is_some_and(Attempt::enters);
    for attempt in &mut attempts {
        attempt.word = attempt.judge(args, own_enters, is_steady);
    }
    show(args, client, &right, &attempts)?;
    sum_up(args, client, &attempts, is_steady);
    Ok(exit(&attempts))
}

/// The origin that the user calls right, else that of a page that the server itself would have served.
fn right_origin(args: &ProbeArgs, request: &Message) -> Result<PageOrigin> {
    if let Some(origin) = &args.origin {
        return PageOrigin::parse(origin.as_encoded_bytes(), "--origin");
    }
    let scheme: &[u8] = if request.secure { b"https://" } else { b"http://" };
    PageOrigin::parse(&[scheme, request.get("Host").unwrap_or_default()].concat(), "Host")
}

/// Sends a variant on a connection of its own, and judges what came back by the rules of the response.
fn send(variant: &'static Variant, values: Vec<String>, client: &mut Client) -> Result<Attempt> {
    let mut attempt = Attempt::not_sent(variant);
    let request = with_origins(&client.request()?, &values);
    // It comes first.
    let response = if variant.id == OWN {
        client.first_exchange(&request, |response| !response.received.is_empty())
    } else {
        client.exchange(&request, client.limit)
    };
    let shown = response.redacted(&client.secrets);
    attempt.origins = values;
    // Once may be chance. Of the first one it is not known that the server is there at all.
    let is_closed = |response: &Response| response.outcome() == Outcome::Closed && response.received.is_empty();
    attempt.answer = if variant.id != OWN && is_closed(&response) && is_closed(&client.exchange(&request, client.limit)) {
        Answer::Refused
    } else {
        answer(&request, &response, &shown)
    };
    attempt.status = response.status().filter(|_| response.has_head());
    attempt.sent = client.sent(&request, &response);
    attempt.received = shown.bytes();
    attempt.is_empty = response.received.is_empty();
    Ok(attempt)
}

fn with_origins(request: &Message, values: &[String]) -> Message {
    let mut request = request.clone();
    match values {
        [] => request.remove(ORIGIN),
        // Where the client has it.
        [first, more @ ..] => {
            request.set(ORIGIN, first.as_str());
            for value in more {
                request.add(ORIGIN, value.as_str());
            }
        }
    }
    request
}

/// `shown` is the response without credentials.
fn answer(request: &Message, response: &Response, shown: &Response) -> Answer {
    let head = request.as_accepted();
    let exchanges = [response.exchange(head.clone())];
    let (verdict, broken) = judge_responses(&exchanges, &[shown.exchange(head)], response);
    match (response.outcome(), verdict) {
        (outcome, _) if response.end != ReadEnd::Head => Answer::Unknown(outcome, shown.to_string()),
        (Outcome::Accepted, Verdict::Ok) => closed_at_once(&exchanges[0]).unwrap_or(Answer::Enters),
        (Outcome::Accepted, Verdict::Failed) => Answer::Broken(broken.unwrap_or_default()),
        (outcome @ Outcome::Accepted, Verdict::Unjudged(why)) => Answer::Unknown(outcome, why.to_string()),
        (Outcome::Refused, _) => Answer::Refused,
        (outcome, _) => Answer::Unknown(outcome, "the response has no status from 200 to 599, and none of 101".to_owned()),
    }
}

/// What a Close frame behind a 101 says, if there is one: that a page which got a message before it was kept out is not proven.
fn closed_at_once(exchange: &Exchange) -> Option<Answer> {
    let frames = frames_behind(exchange.response.as_ref()?, exchange.behind.as_ref()?);
    let code = frames.close()?.close_code();
    let has_message = frames.all.iter().any(|frame| frame.opcode < Frame::CLOSE);
    let unknown =
        || Answer::Unknown(Outcome::Accepted, "opened, and closed behind a message, which the page can read".to_owned());
    Some(if has_message { unknown() } else { Answer::ClosedAtOnce(code) })
}

/// Whether the server still lets in what it let in first, behind a refusal: one that limits how many come, or that is out of order by
/// now, refuses everybody.
fn still_enters(attempts: &[Attempt], client: &mut Client) -> Result<bool> {
    let Some(entered) = attempts.iter().find(|attempt| attempt.enters()) else { return Ok(true) };
    let request = with_origins(&client.request()?, &entered.origins);
    let response = client.exchange(&request, client.limit);
    Ok(response.is_switch() && closed_at_once(&response.exchange(request.as_accepted())).is_none())
}

impl Attempt {
    fn not_sent(variant: &'static Variant) -> Self {
        Self {
            variant,
            origins: Vec::new(),
            answer: Answer::NotSent,
            word: None,
            status: None,
            sent: Vec::new(),
            received: Vec::new(),
            is_empty: true,
        }
    }

    fn is_refused(&self) -> bool {
        matches!(self.answer, Answer::Refused | Answer::ClosedAtOnce(_))
    }

    fn enters(&self) -> bool {
        matches!(self.answer, Answer::Enters)
    }

    /// Whether the status, or the code of the Close frame, says nothing of the Origin: the server is busy, out of order or about to go, or
    /// lacks what it takes (501, 505).
    fn is_busy(&self) -> bool {
        matches!(self.status, Some(429 | 500..)) || matches!(self.answer, Answer::ClosedAtOnce(Some(1001 | 1011..=1013)))
    }

    /// What it is worth in one word. Without an origin that is right nothing is claimed, so only what must not be is judged.
    fn judge(&self, args: &ProbeArgs, own_enters: bool, is_steady: bool) -> Option<&'static str> {
        let is_own = self.variant.id == OWN;
        match self.answer {
            Answer::NotSent => None,
            Answer::Broken(_) if is_own => Some("FAILED"),
            Answer::Broken(_) | Answer::Unknown(..) => Some("UNJUDGED"),
            Answer::Refused | Answer::ClosedAtOnce(_) if !is_steady || self.is_busy() => Some("UNJUDGED"),
            Answer::ClosedAtOnce(_) if !own_enters => Some("UNJUDGED"),
            _ if args.origin.is_none() => None,
            Answer::Refused if is_own => Some("FAILED"),
            // A server that refuses the right one may refuse this for the same reason, whatever that is.
            Answer::Refused | Answer::ClosedAtOnce(_) => own_enters.then_some("OK"),
            Answer::Enters if is_own => Some("OK"),
            Answer::Enters => Some(match self.variant.level {
                Level::Note => "NOTE",
                Level::Warn if !args.strict => "WARN",
                _ => "FAILED",
            }),
        }
    }

    /// What the server did, in a few words.
    fn summary(&self) -> String {
        match (&self.answer, self.status) {
            (Answer::NotSent, _) => "not sent".to_owned(),
            (Answer::Enters, _) => "enters".to_owned(),
            (Answer::Refused, Some(status)) => format!("refused with {status}"),
            (Answer::Broken(_), _) => "broken 101".to_owned(),
            (Answer::ClosedAtOnce(Some(code)), _) => format!("closed with {code}"),
            (Answer::Refused | Answer::ClosedAtOnce(None), _) => Outcome::Closed.as_str().to_owned(),
            (Answer::Unknown(outcome, _), _) => outcome.as_str().to_owned(),
        }
    }

    /// The name of what the server did, for scripts.
    fn outcome(&self) -> Option<&'static str> {
        match self.answer {
            Answer::NotSent => None,
            Answer::Enters => Some(Outcome::Accepted.as_str()),
            Answer::Broken(_) => Some("broken"),
            Answer::ClosedAtOnce(_) => Some(Outcome::Closed.as_str()),
            Answer::Refused if self.status.is_none() => Some(Outcome::Closed.as_str()),
            Answer::Refused => Some(Outcome::Refused.as_str()),
            Answer::Unknown(outcome, _) => Some(outcome.as_str()),
        }
    }

    /// What more is to be said of it.
    fn message(&self, right: &PageOrigin) -> Option<String> {
        let description = self.variant.description;
        match (&self.answer, self.word) {
            (Answer::NotSent, _) => Some(format!("{right} has no such variant")),
            (Answer::Broken(what) | Answer::Unknown(_, what), _) => Some(what.clone()),
            (Answer::Enters, Some("FAILED" | "WARN" | "NOTE")) => Some(description.to_owned()),
            (Answer::Refused, Some("FAILED")) => Some("the right one, which must enter".to_owned()),
            (Answer::Refused, Some("UNJUDGED")) if self.is_busy() => {
                Some("a status that has nothing to do with the Origin".to_owned())
            }
            (Answer::ClosedAtOnce(_), Some("UNJUDGED")) if self.is_busy() => {
                Some("opened, and closed at once, with a code that has nothing to do with the Origin".to_owned())
            }
            (Answer::Refused, Some("UNJUDGED")) => Some("what was let in before is now refused too".to_owned()),
            (Answer::ClosedAtOnce(_), Some("UNJUDGED")) if self.variant.id != OWN => {
                Some("opened, and closed at once; the right one does not enter, or no longer".to_owned())
            }
            (Answer::ClosedAtOnce(_), _) => Some("opened, and closed at once".to_owned()),
            _ => None,
        }
    }

    fn line(&self, right: &PageOrigin, has_words: bool, is_coloured: bool) -> String {
        let mut text = String::new();
        if has_words {
            let word = format!("{:<8}", self.word.unwrap_or_default());
            text = if is_coloured && self.word.is_some() { coloured(&word) } else { word } + " ";
        }
        let origins = if self.origins.is_empty() { "(no Origin)".to_owned() } else { self.origins.join(", ") };
        let parts = [Some(origins).filter(|_| !matches!(self.answer, Answer::NotSent)), self.message(right)];
        let told = parts.into_iter().flatten().collect::<Vec<_>>().join(": ");
        text + &format!("{:<11} {:<16} {told}\n", self.variant.id, self.summary())
    }

    fn json(&self, args: &ProbeArgs, client: &Client, right: &PageOrigin) -> String {
        let is_noteworthy = self.is_noteworthy();
        let is_shown = !self.sent.is_empty() && (args.verbose || is_noteworthy);
        json(&OriginObject {
            schema: SCHEMA,
            kind: "origin",
            url: &client.url,
            variant: self.variant.id,
            origins: &self.origins,
            outcome: self.outcome(),
            status: self.status,
            verdict: self.word,
            ok: match self.word {
                Some("OK" | "NOTE") => Some(true),
                Some("FAILED" | "WARN") => Some(false),
                _ => None,
            },
            level: self.word.map(|_| self.variant.level.to_string()),
            message: self.message(right),
            bytes: BytesObject::new(is_shown.then_some(&self.sent), is_shown.then_some(&self.received)),
        })
    }

    fn is_noteworthy(&self) -> bool {
        matches!(self.word, Some("FAILED" | "WARN" | "UNJUDGED"))
    }
}

/// Writes a line or an object for each variant.
fn show(args: &ProbeArgs, client: &Client, right: &PageOrigin, attempts: &[Attempt]) -> Result<()> {
    let has_words = attempts.iter().any(|attempt| attempt.word.is_some());
    let mut text = String::new();
    for attempt in attempts.iter().filter(|attempt| !args.quiet || attempt.is_noteworthy()) {
        if args.json {
            text += &attempt.json(args, client, right);
            continue;
        }
        if args.verbose {
            text += &transcript(&attempt.sent, &attempt.received, MAX_SHOWN);
        }
        text += &attempt.line(right, has_words, is_coloured(args.color));
    }
    print(text.as_bytes()).map(drop)
}

/// Says who enters, and what that means.
fn sum_up(args: &ProbeArgs, client: &Client, attempts: &[Attempt], is_steady: bool) {
    let url = &client.url;
    if let [Attempt { answer: Answer::Broken(_), .. }] = attempts {
        remark(format_args!("{url}: the first 101 is broken, so no other variant was sent; `wskey probe {url}` says more"));
        return;
    }
    let ids: Vec<_> = attempts.iter().filter(|attempt| attempt.enters()).map(|attempt| attempt.variant.id).collect();
    let sent = attempts.iter().filter(|attempt| !matches!(attempt.answer, Answer::NotSent)).count();
    let mut text = match ids.len() {
        0 => format!("none of {sent} variants enters; `wskey probe {url}` says more"),
        1 => format!("1 of {sent} variants enters: {}", ids.join("")),
        count if count == sent => format!("all {sent} variants enter: the server lets any page in"),
        count => format!("{count} of {sent} variants enter: {}", ids.join(", ")),
    };
    let is_open = |attempt: &Attempt| attempt.enters() && attempt.variant.level == Level::Error && attempt.variant.id != OWN;
    if args.origin.is_some() && attempts.iter().any(is_open) {
        text += "; foreign pages can open this WebSocket from a visitor's browser, with its cookies (RFC 6455 10.2)";
    }
    if !is_steady {
        text += "; what was let in before is now refused too, so the refusals prove nothing";
    }
    remark(format_args!("{url}: {text}"));
}

/// What was not judged is no yes and no no; where nobody enters, the handshake is not accepted.
fn exit(attempts: &[Attempt]) -> Exit {
    let has = |word| attempts.iter().any(|attempt| attempt.word == Some(word));
    match () {
        () if has("UNJUDGED") => Exit::Trouble,
        () if has("FAILED") || !attempts.iter().any(Attempt::enters) => Exit::No,
        () => Exit::Yes,
    }
}
