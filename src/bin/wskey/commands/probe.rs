//! `wskey probe`: two handshakes with a live server, judged.

mod conformance;

use super::{ACCEPT, KEY, Outcome, json, json_text, print, remark, usage};
use crate::cli::Probe as Args;
use crate::net::connection::{Answer, End, Peer};
use crate::net::url::{self as target, Target};
use crate::redact::{MAX_SHOWN, Secrets, transcript};
use crate::report::{self, is_coloured, shorten};
use anyhow::{Context as _, Result, bail, ensure};
use rand::SeedableRng as _;
use rand::rngs::{StdRng, SysRng};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::time::Duration;
use wskey::conformance::{Outcome as Answered, Request, Sending};
use wskey::{Exchange, Finding, Head, Key, Level, judge, unjudged, visible};

/// The longest time that may be given: a day.
const MAX_SECONDS: f64 = 86400.0;

const SECOND_REFUSED: &str = "the first handshake was accepted, the second not";

pub(super) fn run(args: &Args) -> Result<Outcome> {
    let cases = conformance::select(&args.only, &args.skip)?;
    if args.list_cases {
        return conformance::list(&cases);
    }
    let mut client = Client::new(args)?;
    if args.conformance {
        return conformance::run(args, &mut client, &cases);
    }
    let verdict = client.handshakes(2);
    verdict.show(args, &client)?;
    Ok(verdict.outcome)
}

/// What is needed for a handshake with the server that `args` name.
pub(super) struct Client {
    pub(super) url: String,
    peer: Peer,
    request: Request,
    /// Whether the user gave a key, which then stands in every request.
    has_key: bool,
    rng: StdRng,
    limit: Duration,
    strict: bool,
    pub(super) secrets: Secrets,
}

/// Handshakes one after the other, and what they came to.
pub(super) struct Verdict {
    pub(super) outcome: Outcome,
    pub(super) handshakes: Vec<Handshake>,
}

pub(super) struct Handshake {
    pub(super) is_right: bool,
    pub(super) request: Request,
    pub(super) answer: Answer,
    exchange: Exchange,
    findings: Vec<Finding>,
}

impl Client {
    fn new(args: &Args) -> Result<Self> {
        let Some(url) = &args.url else { return Err(usage("probe", "no URL")) };
        let target = Target::parse(url)?;
        let (host, port) = match &args.connect {
            Some(place) => target::place(place)?,
            None => (target.host.clone(), target.port),
        };
        let peer = Peer::new(&host, port);
        #[cfg(feature = "tls")]
        let peer = if target.secure { peer.with_tls(&target.host, args.cacert.as_deref())? } else { peer };
        #[cfg(not(feature = "tls"))]
        ensure!(!target.secure, "this wskey was built without TLS and knows no wss://");
        ensure!(target.secure || args.cacert.is_none(), "--cacert has no use without wss://");
        let mut rng = StdRng::try_from_rng(&mut SysRng).context("the system's random generator")?;
        let mut request = Request::handshake(target.secure, &target.authority, &target.path, Key::generate(&mut rng));
        if let Some(origin) = &args.origin {
            request.set("Origin", one_line(origin, "--origin")?);
        }
        if !args.subprotocol.is_empty() {
            let names = args
                .subprotocol
                .iter()
                .map(|name| Ok(one_line(name, "--subprotocol")?.trim_ascii()))
                .collect::<Result<Vec<_>>>()?;
            request.set("Sec-WebSocket-Protocol", names.join(&b", "[..]));
        }
        let fields = args.header.iter().map(field).collect::<Result<Vec<_>>>()?;
        for (i, (name, value)) in fields.iter().enumerate() {
            let is_first = !fields.iter().take(i).any(|(other, _)| other.eq_ignore_ascii_case(name));
            if is_first { request.set(name, value.as_slice()) } else { request.add(name, value.as_slice()) }
        }
        Ok(Self {
            url: target.url,
            peer,
            request,
            has_key: fields.iter().any(|(name, _)| name.eq_ignore_ascii_case(KEY)),
            rng,
            limit: seconds(args.timeout, "--timeout")?,
            strict: args.strict,
            secrets: Secrets::of(&fields),
        })
    }

    /// A valid handshake with a fresh key, and the fields that the user gave.
    pub(super) fn request(&mut self) -> Request {
        let mut request = self.request.clone();
        if !self.has_key {
            request.set(KEY, Key::generate(&mut self.rng).as_str());
        }
        request
    }

    pub(super) fn exchange(&mut self, request: &Request, limit: Duration) -> Answer {
        self.peer.exchange(&request.to_bytes(), request.sending == Sending::ByteByByte, limit)
    }

    /// Performs this many handshakes, one after the other, as long as they are accepted, and judges them together.
    pub(super) fn handshakes(&mut self, count: usize) -> Verdict {
        let mut performed = Vec::new();
        for _ in 0..count {
            let request = self.request();
            let answer = self.exchange(&request, self.limit);
            let is_accepted = answer.outcome() == Answered::Accepted;
            performed.push((request, answer));
            if !is_accepted {
                break;
            }
        }
        let exchanges: Vec<_> = performed
            .iter()
            .map(|(request, answer)| Exchange { request: Some(Head::parse(&request.to_bytes())), response: answer.head() })
            .collect();
        let findings = judge(&exchanges);
        let mut handshakes = Vec::new();
        for (number, ((request, answer), exchange)) in performed.into_iter().zip(exchanges).enumerate() {
            let mut findings: Vec<_> = findings.iter().filter(|finding| finding.exchange == number).cloned().collect();
            let mut is_broken = answer.end != End::Head || unjudged(&exchange).is_some();
            if number > 0 && answer.outcome() != Answered::Accepted {
                // The server has shown that it can: tickets that hold once, limits, several servers behind one name.
                is_broken = self.strict;
                findings.retain(|finding| finding.rule.id == "response-status");
                for finding in &mut findings {
                    finding.level = Level::Warn;
                    finding.message = format!("{SECOND_REFUSED}: {}", finding.message);
                }
            }
            report::rank(&mut findings, self.strict);
            let is_right = !is_broken && findings.iter().all(|finding| finding.level != Level::Error);
            handshakes.push(Handshake { is_right, request, answer, exchange, findings });
        }
        let outcome = match handshakes.first() {
            Some(first) if first.answer.received.is_empty() => Outcome::Unreachable,
            _ if handshakes.iter().all(|handshake| handshake.is_right) => Outcome::Yes,
            _ => Outcome::No,
        };
        Verdict { outcome, handshakes }
    }
}

impl Verdict {
    /// Writes the report: on yes one line, and what is worth a warning; on no, what is broken.
    pub(super) fn show(&self, args: &Args, client: &Client) -> Result<()> {
        if args.quiet && self.outcome == Outcome::Yes {
            return Ok(());
        }
        let mut text = String::new();
        for (number, handshake) in (1..).zip(&self.handshakes) {
            if args.json {
                text += &handshake.json(args, client, number);
            } else if args.verbose {
                let bytes = [&handshake.request.to_bytes(), &handshake.answer.received];
                let [sent, received] = bytes.map(|bytes| client.secrets.hide_head(bytes));
                text += &transcript(&sent, &received, MAX_SHOWN);
            }
        }
        if self.outcome == Outcome::Unreachable
            && let [only] = self.handshakes.as_slice()
        {
            remark(format_args!("{}: {}", client.url, only.error().unwrap_or_default()));
        } else if !args.json {
            text += &self.text(args, client);
        }
        print(client.secrets.hide(text.as_bytes()).as_slice()).map(drop)
    }

    fn text(&self, args: &Args, client: &Client) -> String {
        let Some(first) = self.handshakes.first() else { return String::new() };
        let word = if self.outcome == Outcome::Yes { report::Verdict::Ok } else { report::Verdict::Failed };
        let mut text = format!("{}: {} ({})\n", client.url, word.word(is_coloured(args.color)), first.summary());
        for (number, handshake) in self.handshakes.iter().enumerate() {
            let is_refused = handshake.answer.outcome() != Answered::Accepted;
            let level = if self.outcome == Outcome::Yes { Level::Warn } else { Level::Error };
            // What is wrong with both is told of the first.
            if let Some(error) = handshake.error() {
                let _ = match number {
                    0 => writeln!(text, "  {error}"),
                    _ if is_refused && handshake.findings.is_empty() => writeln!(text, "  {level:<5} {SECOND_REFUSED}: {error}"),
                    _ if first.error().is_some() => Ok(()),
                    _ => writeln!(text, "  the second handshake: {error}"),
                };
            }
            for finding in &handshake.findings {
                if number == 0 || !first.findings.iter().any(|other| other.rule.id == finding.rule.id) {
                    let _ = writeln!(text, "{}", report::Line(finding));
                }
            }
        }
        text
    }
}

impl Handshake {
    /// What is wrong with the answer beside the rules.
    fn error(&self) -> Option<String> {
        let behind = self.exchange.response.as_ref().and_then(|head| self.answer.received.get(self.answer.start + head.len..));
        match self.answer.end {
            End::Head => {}
            // As servers with OpenSSL do when a request comes in plain.
            End::Closed | End::Reset if !self.request.secure => {
                return Some(format!("{}; a port that speaks TLS does so too: is it wss://?", self.answer));
            }
            _ => return Some(self.answer.to_string()),
        }
        // What Go and nginx say in the body of a 400.
        let says_tls = behind.is_some_and(|body| body.windows(5).any(|window| window == b"HTTPS"));
        let is_plain = !self.request.secure && self.answer.status() == Some(400);
        (is_plain && says_tls).then(|| "the answer says that the port speaks TLS: use wss://".to_owned())
    }

    /// What came back, in a few words.
    fn summary(&self) -> String {
        let head = self.exchange.response.as_ref();
        let field = |name: &str, word: &str| {
            let values: Vec<_> = head.iter().flat_map(|head| head.all(name)).map(shorten).collect();
            (!values.is_empty()).then(|| format!("{word} {}", values.join(", ")))
        };
        let said = [
            head.map(|head| shorten(&head.first)),
            field("Server", "server"),
            field("Sec-WebSocket-Protocol", "subprotocol"),
            field("Sec-WebSocket-Extensions", "extensions"),
            Some(format!("{} ms", self.answer.took.as_millis())),
        ];
        said.into_iter().flatten().collect::<Vec<_>>().join("; ")
    }

    fn json(&self, args: &Args, client: &Client, number: usize) -> String {
        let value = |name: &str, head: &Option<Head>| head.as_ref()?.all(name).next().map(json_text);
        let shown = args.verbose || !self.is_right;
        let bytes = |bytes: &[u8]| (shown && !bytes.is_empty()).then(|| json_text(&client.secrets.hide_head(bytes)));
        json(&report::Judgement {
            schema: 1,
            url: Some(&client.url),
            exchange: number,
            ok: Some(self.is_right),
            key: value(KEY, &self.exchange.request),
            accept: value(ACCEPT, &self.exchange.response),
            status: self.answer.status(),
            error: self.error(),
            findings: self.findings.iter().map(Into::into).collect(),
            sent: bytes(&self.request.to_bytes()),
            received: bytes(&self.answer.received),
            ..report::Judgement::default()
        })
    }
}

/// The name and the value of `-H`.
fn field(text: &OsString) -> Result<(String, Vec<u8>)> {
    // Not to be repeated in messages beyond the name: the value may be a password.
    let line = one_line(text, "-H")?;
    let name = visible(line.split(|&b| b == b':').next().unwrap_or_default());
    let head = Head::parse(&[b"GET / HTTP/1.1\r\n", line, b"\r\n\r\n"].concat());
    match head.fields.as_slice() {
        [only] if head.odd.is_empty() => Ok((String::from_utf8_lossy(&only.name).into_owned(), only.value.clone())),
        _ if !line.contains(&b':') => bail!("-H: there is no colon, expected `Name: value`"),
        _ => bail!("-H: '{name}' is no field that can be sent, expected `Name: value`"),
    }
}

/// The bytes of an operand that becomes part of a line: one that could end the line would smuggle in another.
fn one_line<'a>(text: &'a OsString, option: &str) -> Result<&'a [u8]> {
    let bytes = text.as_encoded_bytes();
    ensure!(!bytes.iter().any(|b| b"\r\n\0".contains(b)), "{option}: there is a CR, LF or NUL in it, expected one line");
    Ok(bytes)
}

/// A time limit.
pub(super) fn seconds(number: f64, option: &str) -> Result<Duration> {
    ensure!(number > 0.0 && number <= MAX_SECONDS, "{option}: {number} seconds, expected more than 0 and at most {MAX_SECONDS}");
    Duration::try_from_secs_f64(number).with_context(|| option.to_owned())
}
