//! One connection of a client: how its request is answered, and the report.

use crate::cli::ServeArgs;
use crate::commands::treatment::{Treatment, case_of, is_handshake, segment};
use crate::lines::lock;
use crate::net::visit::{Body, Service, Visit};
use crate::output::{json, json_text, print, remark};
use crate::redact::Secrets;
use crate::report::json::{BytesObject, ConnectionObject, SCHEMA};
use crate::report::junit::{TestCase, TestOutcome};
use crate::report::text::{MAX_SHOWN, MAX_SUMMARY, finding_line, is_coloured, transcript_of_client, verdict_word};
use crate::report::{rank, with_messages};
use anyhow::Result;
use std::collections::HashSet;
use std::fmt::Write as _;
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use wskey::Key;
use wskey::conformance::client_cases::CASES;
use wskey::conformance::{Message, Outcome};
use wskey::escape::{quote, visible};
use wskey::head::{Exchange, Head, KEY, Reception};
use wskey::rules::{Finding, Level, Verdict, judge, unjudged_request};

/// The most keys that are remembered.
const MOST_KEYS: usize = 1 << 16;

/// A connection that was served.
pub(super) struct Served {
    pub(super) peer: SocketAddr,
    pub(super) visit: Visit,
    pub(super) answer: Treatment,
    /// How much it weighs that another request had its key; nothing where none had.
    pub(super) key_reused: Option<Level>,
}

/// The keys that came.
#[derive(Clone, Default)]
pub(super) struct Keys(Arc<Mutex<HashSet<[u8; 16]>>>);

impl Keys {
    /// Takes that of a request; whether it has come before.
    pub(super) fn take(&self, request: &Head) -> bool {
        let Some(key) = request.get(KEY).and_then(|key| Key::parse(key).ok()) else { return false };
        let mut keys = lock(&self.0);
        keys.contains(&key.nonce()) || keys.len() < MOST_KEYS && !keys.insert(key.nonce())
    }
}

/// A request, judged.
struct JudgedRequest {
    verdict: Verdict,
    findings: Vec<Finding>,
    /// It without credentials.
    shown: Exchange,
}

/// What is asked for, as it may be shown.
pub(super) fn target(request: &Head) -> Option<String> {
    let target = Secrets::of(request).redact(request.target()?);
    Some(quote(&target[..target.len().min(MAX_SUMMARY)]))
}

impl Served {
    /// Serves a connection: `answer` says how.
    pub(super) fn new(
        stream: TcpStream,
        service: &Service,
        answer: impl FnOnce(&Head, &mut Body<'_, '_>) -> (Treatment, Message),
    ) -> Option<Self> {
        let peer = stream.peer_addr().ok()?;
        let mut treatment = Treatment::default();
        let visit = service.serve(stream, |request, body| {
            let (how, message) = answer(request, body);
            treatment = how;
            message
        });
        Some(Self { peer, visit, answer: treatment, key_reused: None })
    }

    /// Judges its request by the rules.
    fn judge(&self, strict: bool) -> JudgedRequest {
        let request = self.request();
        let mut exchange = Exchange::new(Some(request.clone()), None);
        let mut reception = Reception::default();
        (reception.is_key_used, reception.early) = (self.key_reused.is_some(), self.visit.early);
        exchange.reception = Some(reception);
        let shown = Secrets::of(&request).redact_exchange(&exchange);
        let mut findings = with_messages(judge(&[exchange]), &judge(std::slice::from_ref(&shown)));
        for finding in findings.iter_mut().filter(|finding| finding.rule.id == "key-reused") {
            finding.level = self.key_reused.unwrap_or(finding.level);
        }
        rank(&mut findings, strict);
        let is_failed = findings.iter().any(|finding| finding.level == Level::Error);
        let verdict = match unjudged_request(&request) {
            _ if is_failed => Verdict::Failed,
            Some(why) => Verdict::Unjudged(why),
            None => Verdict::Ok,
        };
        JudgedRequest { verdict, findings, shown }
    }

    /// The rules that its request breaks, but for notes; an empty name where there can be no verdict.
    pub(super) fn faults(&self) -> Vec<&'static str> {
        let request = self.request();
        if !self.visit.is_answered || !is_handshake(&request) {
            return Vec::new();
        }
        let JudgedRequest { verdict, findings, .. } = self.judge(false);
        let broken = findings.iter().filter(|finding| finding.level != Level::Note).map(|finding| finding.rule.id);
        broken.chain(matches!(verdict, Verdict::Unjudged(_)).then_some("")).collect()
    }

    /// Its request as a result of a run, of this name.
    pub(super) fn test_case(&self, strict: bool, name: String) -> TestCase {
        let JudgedRequest { verdict, findings, .. } = self.judge(strict);
        let message = |is_told: fn(Level) -> bool| {
            let told = findings.iter().filter(|finding| is_told(finding.level));
            told.map(|finding| format!("{}: {}", finding.rule.id, finding.message)).collect::<Vec<_>>().join("; ")
        };
        let warnings = message(|level| level == Level::Warn);
        let (outcome, message) = match &verdict {
            Verdict::Unjudged(why) => (TestOutcome::Error, why.to_string()),
            Verdict::Failed => (TestOutcome::Failed("error"), message(|_| true)),
            _ if warnings.is_empty() => (TestOutcome::Passed, warnings),
            _ => (TestOutcome::Warned, warnings),
        };
        let lines = findings.iter().map(|finding| finding_line(finding) + "\n").collect();
        TestCase { class: "wskey.serve", name, took: Duration::ZERO, outcome, message, detail: lines }
    }

    /// Reports it; the verdict on its request, if there was one, and whether anybody reads stdout.
    pub(super) fn show(&self, args: &ServeArgs) -> Result<(Option<Verdict>, bool)> {
        let Self { peer, visit, .. } = self;
        let request = self.request();
        if !visit.is_answered || !is_handshake(&request) {
            self.remark_other();
            return Ok((None, true));
        }
        let secrets = Secrets::of(&request);
        let JudgedRequest { verdict, findings, shown } = self.judge(args.strict);
        self.remark_near(&request);
        let is_plain = verdict == Verdict::Ok && findings.iter().all(|finding| finding.level == Level::Note);
        let is_told = verdict != Verdict::Ok || !(args.quiet || args.conformance && is_plain && !args.json);
        let ((received, before), sent) = (self.received(&secrets), secrets.redact_head(&visit.sent));
        let mut is_read = true;
        if is_told && args.json {
            let bytes = args.verbose || verdict != Verdict::Ok;
            let bytes = BytesObject::new(bytes.then_some(&sent[..]), bytes.then_some(&received[..]));
            is_read = print(self.json(&verdict, &findings, &shown, bytes).as_bytes())?;
        } else if is_told {
            let bytes = args.verbose.then(|| transcript_of_client(&received, before, &sent, MAX_SHOWN));
            let mut text = bytes.unwrap_or_default();
            let _ = writeln!(text, "{peer}: {}{}", verdict_word(&verdict, is_coloured(args.color)), self.summary(&shown));
            for finding in &findings {
                let _ = writeln!(text, "{}", finding_line(finding));
            }
            if let Verdict::Unjudged(why) = &verdict {
                let _ = writeln!(text, "  no verdict: {why}");
            }
            is_read = print(text.as_bytes())?;
        }
        Ok((Some(verdict), is_read))
    }

    /// What came, as far as it may be shown, and how much of it before the answer was sent.
    pub(super) fn received(&self, secrets: &Secrets) -> (Vec<u8>, usize) {
        let (early, behind) = self.visit.behind.split_at(self.visit.early);
        let before = [secrets.redact_head(&self.visit.request), secrets.mask(early)].concat();
        let received = [&before[..], &secrets.mask(behind)].concat();
        (received, before.len())
    }

    pub(super) fn request(&self) -> Head {
        Head::parse(&self.visit.request)
    }

    /// Says why there is no handshake.
    pub(super) fn remark_other(&self) {
        let Self { peer, visit, .. } = self;
        if visit.is_answered {
            let request = self.request();
            let line = Secrets::of(&request).redact(&request.start_line);
            remark(format_args!("{peer}: no handshake: {}", quote(&line)));
        } else {
            remark(format_args!("{peer}: no request: {}", visit.told));
        }
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
            case: self.answer.case().map(|case| case.id),
            lacks: self.answer.lacks(),
            status: Head::parse(&self.visit.sent).status(),
            outcome: self.visit.outcome.map(Outcome::as_str),
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
        let answered = match self.answer {
            Treatment::Rightly => "answered rightly".to_owned(),
            Treatment::As(case) => format!("answered as {}: {}", case.id, case.description),
            Treatment::Lacking(case, lacks) => format!("answered rightly: {} needs a request that {lacks}", case.id),
            Treatment::Refused(status) => format!("answered {status}"),
        };
        let request = visible(&request[..request.len().min(MAX_SUMMARY)]).to_string();
        format!(" ({request}; {answered}; the client {})", self.visit.told)
    }

    /// A path that is nearly the name of a case was perhaps meant as that.
    fn remark_near(&self, request: &Head) {
        let segment = String::from_utf8_lossy(segment(request, 1).unwrap_or_default()).into_owned();
        // Whoever names a case may be answered otherwise: behind its redirect, or where the request is wrong.
        if self.answer.case().is_some() || case_of(request).is_some() || segment.len() <= 3 {
            return;
        }
        let distances = CASES.iter().map(|case| (strsim::osa_distance(case.id, &segment), case.id));
        if let Some((_, near)) = distances.filter(|(distance, _)| *distance <= 2).min_by_key(|(distance, _)| *distance) {
            remark(format_args!("{}: /{} is no case, perhaps /{near} was meant", self.peer, visible(segment.as_bytes())));
        }
    }
}
