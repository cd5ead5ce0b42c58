//! `wskey probe`: two handshakes with a live server, judged.

use super::{Outcome, conformance, json, json_text, print, remark, usage};
use crate::cli::Probe as Args;
use crate::target::{self, Target};
use crate::wire::{Answer, End, Peer};
use anyhow::{Context as _, Result, bail, ensure};
use rand::SeedableRng as _;
use rand::rngs::{StdRng, SysRng};
use serde::Serialize;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::time::Duration;
use wskey::cases::{Outcome as Answered, Request, Sending};
use wskey::{Exchange, Finding, Head, Key, Level, RULES, judge, unjudged, visible};

const KEY: &str = "Sec-WebSocket-Key";

/// The longest time that may be given: a day.
const MAX_SECONDS: f64 = 86400.0;

/// Longer lines are cut where they are only shown.
const MAX_SHOWN: usize = 1000;

/// Fields whose values are nobody's business.
const SECRET: [&str; 4] = ["Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie"];

const REDACTED: &[u8] = b"<redacted>";

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
            let names = args.subprotocol.iter().map(|name| one_line(name, "--subprotocol")).collect::<Result<Vec<_>>>()?;
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
                is_broken = false;
                findings.retain(|finding| finding.rule.id == "response-status");
                for finding in &mut findings {
                    finding.level = Level::Warn;
                }
            }
            let worst = if self.strict { Level::Warn } else { Level::Error };
            let is_right = !is_broken && findings.iter().all(|finding| finding.level < worst);
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
