//! Valid handshakes with a live server, one after the other: performed, judged and reported.

use super::backend::{Arrived, Backend, path};
use super::client::{Client, LEAST_WAITED};
use crate::cli::ProbeArgs;
use crate::exit::Exit;
use crate::net::response::{ReadEnd, Response};
use crate::output::{json, json_base64, json_text, print};
use crate::report::json::{BytesObject, ExchangeObject, SCHEMA};
use crate::report::junit::{TestCase, TestOutcome};
use crate::report::text::{MAX_SHOWN, MAX_SUMMARY, finding_line, is_coloured, transcript, verdict_word};
use crate::report::{rank, with_messages};
use anyhow::Result;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::{Duration, Instant};
use wskey::changes::Change;
use wskey::conformance::{Message, Outcome};
use wskey::escape::shortened;
use wskey::head::{ACCEPT, EXTENSIONS, Exchange, FarSide, Head, KEY, PROTOCOL};
use wskey::rules::{Finding, Level, Said, Unjudged, Verdict, judge, verdict};

const SECOND_REFUSED: &str = "the first handshake was accepted, the second was not";

/// A port that speaks TLS has nothing to wait for.
const AT_ONCE: Duration = Duration::from_millis(500);

/// The most handshakes that are sent to tell a proxy's own requests from the one that is judged.
const MOST_TRIES: usize = 4;

/// What is not judged with `--insecure`.
const CERTIFICATE: &str = "the certificate";

/// Handshakes one after the other, and what they came to.
pub(super) struct Handshakes {
    pub(super) exit: Exit,
    all: Vec<Handshake>,
}

struct Handshake {
    verdict: Verdict,
    /// As it was sent.
    request: Message,
    /// As it came.
    response: Response,
    /// The same, and the exchange and what was found in it, without credentials.
    shown: Response,
    exchange: Exchange,
    findings: Vec<Finding>,
    /// What came of it behind the proxy, where that is looked at.
    arrived: Option<Arrived>,
}

/// A request, what came back, and what came of it behind the proxy.
type RoundTrip = (Message, Response, Option<Arrived>);

/// Performs a handshake.
fn round_trip(client: &mut Client, may_wait: bool, backend: Option<&Backend>) -> Result<RoundTrip> {
    let mut request = client.request()?;
    backend.map_or(Ok(()), |backend| backend.expect(&mut request, None))?;
    // A proxy may take the server for dead until it has seen it.
    let is_there = |response: &Response| match backend {
        Some(backend) => response.is_switch() || backend.has_come(response),
        None => !response.received.is_empty(),
    };
    let response = if may_wait { client.first_exchange(&request, is_there) } else { client.exchange(&request, client.limit) };
    let arrived = backend.map(|backend| backend.arrived(&response, client.limit));
    Ok((request, response, arrived))
}

/// Performs the first handshake through a proxy. What arrives at another path may be a request of the proxy's own that carries Upgrade
/// too, which a 101 spoils, or ends as the answer. So other handshakes are sent, for which those paths are set aside, until one passes or
/// nothing new arrives. The path whose answer comes back then is that of the request, rewritten. Where a question arrives at that very
/// path, or at the one that was sent, a real server may tell the two apart, or not. Returns the path of the request behind the proxy too.
fn first_behind(client: &mut Client, backend: &Backend) -> Result<(RoundTrip, Vec<u8>)> {
    let mut first = round_trip(client, true, Some(backend))?;
    let (begin, is_first_ok, sent) = (Instant::now(), is_ok(client, &first), path(&first.0.to_bytes()));
    let (mut last, mut is_last_ok) = (None, is_first_ok);
    let (mut aside, mut tested, mut own) = (BTreeSet::new(), BTreeSet::new(), None);
    for _ in 1..MOST_TRIES {
        let judged = last.as_ref().unwrap_or(&first);
        let Some(arrived) = &judged.2 else { break };
        let is_known = arrived.is_own() || arrived.path().is_some_and(|path| path == sent || own.as_ref() == Some(&path));
        let mut open = arrived.elsewhere(&sent);
        if open.is_empty() && is_turned(&judged.1, arrived) {
            open.extend(arrived.path());
        }
        open.retain(|path| own.as_ref() != Some(path));
        if open.is_empty() || is_last_ok && is_known || begin.elapsed() >= client.limit.max(LEAST_WAITED) {
            break;
        }
        let wider = &aside | &open;
        backend.set_aside(&wider);
        let again = round_trip(client, false, Some(backend))?;
        let Some(arrived_again) = &again.2 else { break };
        if let Some(path) = arrived_again.returned().filter(|_| !arrived_again.is_asked_alike()) {
            own = Some(path.clone());
            continue;
        }
        tested.extend(open.iter().filter(|path| arrived_again.has_asked(path)).cloned());
        let is_through = arrived_again.is_through() || is_last_ok && is_answered_otherwise(&again.1, arrived_again.is_marked());
        if arrived_again.is_asked_alike() || is_through && arrived_again.has_asked(&sent) {
            first.2.iter_mut().filter(|_| !is_first_ok).for_each(Arrived::doubt);
            last = None;
            break;
        }
        if !is_through || !open.iter().any(|path| arrived_again.has_asked(path)) {
            break;
        }
        is_last_ok = is_ok(client, &again);
        (last, aside) = (Some(again), wider);
    }
    if is_last_ok && !is_first_ok && !is_cause(client, backend, &aside)? {
        first.2.iter_mut().for_each(Arrived::doubt);
        (last, aside) = (None, BTreeSet::new());
    }
    let mut judged = last.unwrap_or(first);
    let known = own.unwrap_or(sent);
    doubt_a_question(client, &mut judged, &known, &tested);
    aside.extend(judged.2.iter().flat_map(Arrived::asked));
    // What came elsewhere beside a handshake that passed is a copy, or a question, and stays one where the next is refused.
    let passed = judged.2.as_ref().filter(|_| is_ok(client, &judged));
    let known = passed.and_then(Arrived::path).unwrap_or(known);
    aside.extend(passed.filter(|arrived| arrived.is_marked()).iter().flat_map(|arrived| arrived.elsewhere(&known)));
    backend.set_aside(&aside);
    Ok((judged, known))
}

/// Gives no verdict of a handshake where a request of the proxy's own may be what was answered, which is not known to be one, or what fails
/// it: that is proven only where each was answered with 200 and the handshake arrived. `known` is the path of that, `tested` are those of
/// which it is known what comes of a 200 to them.
fn doubt_a_question(client: &Client, trip: &mut RoundTrip, known: &Vec<u8>, tested: &BTreeSet<Vec<u8>>) {
    let is_passed = is_ok(client, trip);
    let Some(arrived) = &mut trip.2 else { return };
    let is_elsewhere = arrived.path().is_some_and(|path| path != *known && !tested.contains(&path));
    let is_doubtful = if is_passed {
        is_elsewhere && !arrived.is_own()
    } else {
        !arrived.elsewhere(known).is_empty() || arrived.path().is_none() && arrived.has_asked_any()
    };
    if is_doubtful {
        arrived.doubt();
    }
}

/// Whether this is an answer of the proxy's, and not what it makes of the 200 to the request: that itself, where no mark comes through, or
/// an error over a response that is no 101 (RFC 9110, section 15.6.3).
fn is_answered_otherwise(response: &Response, has_mark: bool) -> bool {
    let is_of_the_200 = match response.status() {
        Some(200) => !has_mark,
        status => status == Some(502),
    };
    response.has_head() && !is_of_the_200
}

/// Whether something else came back than the 101 that was given.
fn is_turned(response: &Response, arrived: &Arrived) -> bool {
    let is_silent = matches!(response.end, ReadEnd::Silent | ReadEnd::SilentInside | ReadEnd::Unreachable(_));
    arrived.is_switched() && !response.is_switch() && !is_silent
}

/// Whether it is the 101 at these paths that fails a handshake: where they are set aside another one passes too, and else it fails again.
/// What fails now and then has another cause.
fn is_cause(client: &mut Client, backend: &Backend, aside: &BTreeSet<Vec<u8>>) -> Result<bool> {
    let mut passes = |aside| {
        backend.set_aside(aside);
        let again = round_trip(client, false, Some(backend))?;
        Ok::<_, anyhow::Error>(is_ok(client, &again))
    };
    Ok(passes(aside)? && !passes(&BTreeSet::new())?)
}

fn is_ok(client: &Client, trip: &RoundTrip) -> bool {
    let exchange = exchange_of(client, trip);
    verdict(&exchange, &judge(std::slice::from_ref(&exchange))) == Verdict::Ok
}

/// A handshake, to be judged.
fn exchange_of(client: &Client, (request, response, arrived): &RoundTrip) -> Exchange {
    exchange(client, &request.to_bytes(), response, arrived.as_ref().map(Arrived::far))
}

fn exchange(client: &Client, request: &[u8], response: &Response, far: Option<FarSide>) -> Exchange {
    let mut exchange = response.exchange(Head::parse(request));
    (exchange.is_over_tls, exchange.far) = (Some(client.is_secure()), far.map(Box::new));
    exchange
}

impl Handshakes {
    /// Performs this many handshakes, as long as they are accepted, and judges them together.
    ///
    /// # Errors
    /// Where no fresh key can be had.
    pub(super) fn perform(client: &mut Client, count: usize, is_strict: bool, backend: Option<&Backend>) -> Result<Self> {
        let (mut performed, mut known) = (Vec::new(), Vec::new());
        for number in 0..count {
            if let (1.., Some(backend)) = (number, backend) {
                client.say(backend.speak_first());
            }
            let trip = if let (0, Some(backend)) = (number, backend) {
                let trip;
                (trip, known) = first_behind(client, backend)?;
                trip
            } else {
                let mut trip = round_trip(client, number == 0, backend)?;
                doubt_a_question(client, &mut trip, &known, &BTreeSet::new());
                trip
            };
            let is_accepted = trip.1.is_switch();
            performed.push(trip);
            if !is_accepted {
                break;
            }
        }
        let exchanges: Vec<_> = performed.iter().map(|trip| exchange_of(client, trip)).collect();
        // What may be shown: the same without credentials.
        let redacted: Vec<_> = performed.iter().map(|(_, response, _)| response.redacted(&client.secrets)).collect();
        let shown: Vec<_> = performed
            .iter()
            .zip(&redacted)
            .map(|((request, _, arrived), response)| {
                let request = client.secrets.redact_head(&request.to_bytes());
                exchange(client, &request, response, arrived.as_ref().map(|arrived| arrived.shown(client)))
            })
            .collect();
        let mut findings = with_messages(judge(&exchanges), &judge(&shown));
        // Markup may stand inside a credential, and is gone from the line.
        for line in findings.iter_mut().filter_map(|finding| finding.said.as_mut()?.line.as_mut()) {
            *line = String::from_utf8_lossy(&client.secrets.mask(line.as_bytes())).into_owned();
        }
        let findings_of = |number| findings.iter().filter(|finding| finding.exchange == number).cloned().collect();
        let shown = redacted.into_iter().zip(shown);
        let all: Vec<_> = performed
            .into_iter()
            .zip(exchanges.iter().zip(shown))
            .enumerate()
            .map(|(number, (performed, (exchange, shown)))| {
                Handshake::judge(number, performed, exchange, shown, findings_of(number), is_strict)
            })
            .collect();
        let mut handshakes = Self { exit: Exit::Yes, all };
        handshakes.exit = match handshakes.all.first() {
            Some(first) if first.response.received.is_empty() && !first.has_arrived() => Exit::Unreachable,
            _ => handshakes.verdict().into(),
        };
        Ok(handshakes)
    }

    /// What they come to together: one that is proven wrong outweighs one of which too little was seen.
    pub(super) fn verdict(&self) -> &Verdict {
        let mut verdicts = self.all.iter().map(|handshake| &handshake.verdict);
        let failed = verdicts.clone().find(|verdict| **verdict == Verdict::Failed);
        failed.or_else(|| verdicts.find(|verdict| **verdict != Verdict::Ok)).unwrap_or(&Verdict::Ok)
    }

    /// The heads of the responses, without credentials.
    pub(super) fn heads(&self) -> impl Iterator<Item = &Head> {
        self.all.iter().filter_map(|handshake| handshake.exchange.response.as_ref())
    }

    /// What the first response says, without credentials.
    pub(super) fn said(&self) -> Option<&Said> {
        self.all.first()?.findings.iter().find_map(|finding| finding.said.as_ref())
    }

    /// What a proxy changed in the first handshake, in both directions.
    pub(super) fn changes(&self) -> Vec<Change> {
        let first = self.all.first().map(|first| first.findings.as_slice()).unwrap_or_default();
        first.iter().filter_map(|finding| finding.change.clone()).collect()
    }

    /// Whether each is known to have arrived behind the proxy.
    pub(super) fn have_arrived(&self) -> bool {
        self.all.iter().all(|handshake| handshake.exchange.far.as_ref().is_some_and(|far| far.request.is_some()))
    }

    pub(super) fn are_accepted(&self) -> bool {
        self.all.iter().all(|handshake| handshake.response.is_switch())
    }

    pub(super) fn is_warned(&self) -> bool {
        self.all.iter().any(|handshake| handshake.findings.iter().any(|finding| finding.level == Level::Warn))
    }

    /// Writes the report: on yes one line, and what is worth a warning; on no, what is broken.
    pub(super) fn show(&self, args: &ProbeArgs, client: &Client) -> Result<()> {
        if args.quiet && self.exit == Exit::Yes {
            return Ok(());
        }
        let mut text = String::new();
        for (number, handshake) in self.all.iter().enumerate() {
            if args.json {
                text += &handshake.json(args, client, number);
            } else if args.verbose {
                text += &transcript(&client.sent(&handshake.request, &handshake.response), &handshake.shown.bytes(), MAX_SHOWN);
                text += &handshake.arrived.as_ref().map(|arrived| arrived.transcript(client)).unwrap_or_default();
            }
        }
        if let Some(arrived) = self.all.first().and_then(|first| first.arrived.as_ref()) {
            arrived.remark_plain();
        }
        if self.exit == Exit::Unreachable
            && let [only] = self.all.as_slice()
        {
            client.remark_nobody(&only.error(0).unwrap_or_default());
        } else if !args.json {
            text += &self.text(args, client);
        }
        print(text.as_bytes()).map(drop)
    }

    /// Each as a test case of its own.
    pub(super) fn test_cases(&self, client: &Client) -> Vec<TestCase> {
        let of = |(number, handshake): (usize, &Handshake)| {
            let lines: Vec<_> = handshake.error(number).into_iter().chain(handshake.findings.iter().map(finding_line)).collect();
            let worst = handshake.findings.first().map(|finding| finding.message.clone());
            let why = if let Verdict::Unjudged(why) = &handshake.verdict { Some(why.to_string()) } else { None };
            let outcome = match handshake.verdict.is_ok() {
                None => TestOutcome::Error,
                Some(false) => TestOutcome::Failed("error"),
                Some(true) if handshake.findings.iter().any(|finding| finding.level > Level::Note) => TestOutcome::Warned,
                Some(true) => TestOutcome::Passed,
            };
            TestCase {
                class: "wskey.handshake",
                name: format!("handshake {}", number + 1),
                took: handshake.response.took,
                outcome,
                message: handshake.error(number).or(why).or(worst).unwrap_or_default(),
                detail: format!(
                    "{}\n{}",
                    lines.join("\n"),
                    transcript(&client.sent(&handshake.request, &handshake.response), &handshake.shown.bytes(), usize::MAX)
                ),
            }
        };
        self.all.iter().enumerate().map(of).collect()
    }

    fn text(&self, args: &ProbeArgs, client: &Client) -> String {
        let Some(first) = self.all.first() else { return String::new() };
        let is_changed = |handshake: &Handshake| handshake.findings.iter().any(|finding| finding.change.is_some());
        let word = verdict_word(self.verdict(), is_coloured(args.color));
        let mut text = format!("{}: {word} ({})\n", client.url, first.summary());
        if args.insecure && *self.verdict() == Verdict::Ok {
            let _ = writeln!(text, "  not judged: {CERTIFICATE}");
        }
        for (number, handshake) in self.all.iter().enumerate() {
            if let Some(error) = handshake.error(number) {
                let _ = match number {
                    0 if self.exit == Exit::Trouble => writeln!(text, "  no verdict: {error}"),
                    0 => writeln!(text, "  {error}"),
                    _ => writeln!(text, "  the second handshake: {error}"),
                };
            }
            for finding in &handshake.findings {
                // What is wrong with both is reported for the first only.
                let is_same_change = |other: &Finding| match (&other.change, &finding.change) {
                    (Some(one), Some(other)) => one.is_like(other),
                    _ => true,
                };
                let is_same =
                    |other: &Finding| other.rule.id == finding.rule.id && other.level >= finding.level && is_same_change(other);
                if number == 0 || !first.findings.iter().any(is_same) {
                    let _ = writeln!(text, "{}", finding_line(finding));
                }
            }
        }
        let are_whole = self.all.iter().all(|handshake| handshake.response.has_head());
        if self.have_arrived() && are_whole && !self.all.iter().any(is_changed) {
            text += "  neither head was changed on the way\n";
        }
        text
    }
}

impl Handshake {
    fn judge(
        number: usize,
        (request, response, arrived): RoundTrip,
        exchange: &Exchange,
        (shown, shown_exchange): (Response, Exchange),
        mut findings: Vec<Finding>,
        is_strict: bool,
    ) -> Self {
        // What arrived behind a proxy shows that it, and no limit of the server's, spoilt the handshake.
        let is_spoilt = findings.iter().any(|finding| {
            finding.level == Level::Error && finding.rule.id.starts_with("proxy-") && finding.rule.id != "proxy-forwards"
        });
        let is_refused_again =
            number > 0 && !is_spoilt && response.end == ReadEnd::Head && response.outcome() == Outcome::Refused;
        if is_refused_again {
            // The server has shown that it can: tickets that are valid once, limits, several servers behind one name.
            findings.retain(|finding| finding.rule.id == "response-status");
            let nothing = arrived.as_ref().filter(|arrived| arrived.arrival.is_none());
            let nothing = nothing.map(|arrived| format!("; {}", arrived.told())).unwrap_or_default();
            for finding in &mut findings {
                finding.level = Level::Warn;
                finding.message = format!("{SECOND_REFUSED}: {}{nothing}", finding.message);
            }
        }
        rank(&mut findings, is_strict);
        let is_asked_alike = exchange.far.as_ref().is_some_and(|far| far.is_asked_alike);
        let verdict = match response.end {
            _ if is_asked_alike => verdict(exchange, &findings),
            // Of the server's there are none here: it is wskey.
            _ if is_refused_again && !is_strict && arrived.is_some() => Verdict::Unjudged(Unjudged::Refusal),
            _ if is_refused_again && !is_strict => Verdict::Ok,
            _ if is_refused_again => Verdict::Failed,
            _ if response.has_head() => verdict(exchange, &findings),
            // What did not come in time may come later; whether the server is gone, or the way to it, is not known; where not one
            // byte came, there was nobody to judge; and behind a handshake that was accepted that may be a limit.
            ReadEnd::Silent | ReadEnd::SilentInside | ReadEnd::Unreachable(_) => verdict(exchange, &findings),
            _ if response.received.is_empty() => verdict(exchange, &findings),
            _ => Verdict::Failed,
        };
        if is_asked_alike {
            // What it would prove of another cause.
            findings.retain(|finding| finding.level < Level::Error);
        }
        Self { verdict, request, response, shown, exchange: shown_exchange, findings, arrived }
    }

    /// Whether something was there: the request came to the server behind a proxy, or one of the proxy's own.
    fn has_arrived(&self) -> bool {
        self.is_asked_alike() || self.arrived.as_ref().is_some_and(|arrived| arrived.arrival.is_some())
    }

    fn is_asked_alike(&self) -> bool {
        self.verdict == Verdict::Unjudged(Unjudged::Question)
    }

    /// What is wrong with the response beside the rules; it is that of the handshake of this number.
    fn error(&self, number: usize) -> Option<String> {
        let error = self.response_error(number)?;
        match &self.arrived {
            _ if self.is_asked_alike() => Some(error),
            Some(arrived) if self.response.received.is_empty() && !self.response.is_unreachable() => {
                Some(format!("{error}; {}", arrived.told()))
            }
            _ => Some(error),
        }
    }

    fn response_error(&self, number: usize) -> Option<String> {
        match self.response.end {
            _ if self.is_asked_alike() => Some(Unjudged::Question.to_string()),
            ReadEnd::Head => match &self.verdict {
                Verdict::Unjudged(why @ (Unjudged::Arrival | Unjudged::Frames | Unjudged::Refusal)) => Some(why.to_string()),
                _ => None,
            },
            ReadEnd::Closed | ReadEnd::Reset if !self.request.secure && number == 0 && !self.has_arrived() => {
                Some(if self.response.took < AT_ONCE {
                    // As servers with OpenSSL do when a request comes in plain.
                    format!("{}; a port that speaks TLS does the same; did you mean wss://?", self.shown)
                } else {
                    format!(
                        "{}, after {} ms; Engine.IO does so after 1 s where the path is not its own",
                        self.shown,
                        self.response.took.as_millis()
                    )
                })
            }
            _ => Some(self.shown.to_string()),
        }
    }

    /// What came back, in a few words.
    fn summary(&self) -> String {
        let head = self.exchange.response.as_ref();
        let field = |name: &str, word: &str| {
            let values: Vec<_> =
                head.iter().flat_map(|head| head.get_all(name)).map(|value| shortened(value, MAX_SUMMARY)).collect();
            values.iter().any(|value| !value.is_empty()).then(|| format!("{word} {}", values.join(", ")))
        };
        let parts = [
            head.map(|head| shortened(&head.start_line, MAX_SUMMARY)),
            field("Server", "server"),
            field(PROTOCOL, "subprotocol"),
            field(EXTENSIONS, "extensions"),
            Some(format!("{} ms", self.response.took.as_millis())),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
    }

    /// The values of a field of the response.
    fn chosen(&self, name: &str) -> Option<String> {
        let values: Vec<_> = self.exchange.response.as_ref()?.get_all(name).map(json_text).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    fn json(&self, args: &ProbeArgs, client: &Client, number: usize) -> String {
        let accept = self.exchange.response.as_ref().and_then(|head| head.get_all(ACCEPT).next());
        let key = self.exchange.request.as_ref().and_then(|head| head.get_all(KEY).next());
        let is_shown = |bytes: &&[u8]| (args.verbose || self.verdict != Verdict::Ok) && !bytes.is_empty();
        let (sent, received) = (client.sent(&self.request, &self.response), self.shown.bytes());
        let far = self.arrived.as_ref().map(|arrived| arrived.report(client, args.verbose || self.verdict != Verdict::Ok));
        json(&ExchangeObject {
            schema: SCHEMA,
            kind: "exchange",
            url: Some(&client.url),
            exchange: number + 1,
            verdict: self.verdict.as_str(),
            ok: self.verdict.is_ok(),
            key: key.map(json_text),
            key_base64: key.and_then(json_base64),
            accept: accept.map(json_text),
            accept_base64: accept.and_then(json_base64),
            status: self.response.status(),
            server: self.chosen("Server"),
            subprotocol: self.chosen(PROTOCOL),
            extensions: self.chosen(EXTENSIONS),
            ms: self.response.has_head().then_some(self.response.took.as_millis()),
            interim: Some(self.exchange.interim).filter(|&count| count > 0),
            error: self.error(number),
            findings: self.findings.iter().map(Into::into).collect(),
            not_judged: if args.insecure && self.verdict == Verdict::Ok { vec![CERTIFICATE] } else { Vec::new() },
            behind: far.as_ref().map(Into::into),
            bytes: BytesObject::new(Some(&sent[..]).filter(is_shown), Some(&received[..]).filter(is_shown)),
            ..ExchangeObject::default()
        })
    }
}
