//! The objects that `--json` writes, one per line: docs/json.md lists their fields.

use super::{Far, JudgedCase, Passed};
use crate::output::{json_base64, json_text};
use serde::Serialize;
use wskey::changes::Change;
use wskey::conformance::{Case, Outcome};
use wskey::head::Kind;
use wskey::rules::{Evidence, Finding, Refusal, Rule, Said};

/// The version of these objects: it grows when a field changes its meaning or goes.
pub(crate) const SCHEMA: u8 = 2;

/// A fresh key.
#[derive(Serialize)]
pub(crate) struct KeyObject<'a> {
    pub(crate) schema: u8,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) key: &'a str,
}

/// The accept value of a key.
#[derive(Default, Serialize)]
pub(crate) struct AcceptObject {
    pub(crate) schema: u8,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) input: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key_base64: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hashed: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hashed_base64: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sha1: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) accept: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
}

/// A pair of a key and an accept value, judged.
#[derive(Default, Serialize)]
pub(crate) struct PairObject<'a> {
    pub(crate) schema: u8,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) input: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key_base64: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) accept: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) accept_base64: Option<String>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ok: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expected: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cause: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) says: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hashed: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hashed_base64: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fix: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) also: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<&'a str>,
}

impl AcceptObject {
    /// Of the input of this number.
    pub(crate) fn of(input: u64) -> Self {
        Self { schema: SCHEMA, kind: "accept", input, ..Self::default() }
    }
}

impl PairObject<'_> {
    /// Of the input of this number.
    pub(crate) fn of(input: u64) -> Self {
        Self { schema: SCHEMA, kind: "pair", input, ..Self::default() }
    }
}

/// A cause that can be named.
#[derive(Serialize)]
pub(crate) struct CauseObject {
    pub(crate) schema: u8,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) cause: &'static str,
    pub(crate) says: &'static str,
}

/// A rule.
#[derive(Serialize)]
pub(crate) struct RuleObject {
    schema: u8,
    #[serde(rename = "type")]
    kind: &'static str,
    rule: &'static str,
    level: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    side: Option<String>,
    #[serde(skip_serializing_if = "str::is_empty")]
    section: &'static str,
    says: &'static str,
}

impl From<&Rule> for RuleObject {
    fn from(rule: &Rule) -> Self {
        let Rule { id, level, side, section, description, .. } = *rule;
        Self {
            schema: SCHEMA,
            kind: "rule",
            rule: id,
            level: level.to_string(),
            side: side.map(|side| side.to_string()),
            section,
            says: description,
        }
    }
}

/// A broken rule, in the object of an exchange.
#[derive(Serialize)]
pub(crate) struct FindingObject<'a> {
    rule: &'static str,
    level: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    side: Option<String>,
    #[serde(skip_serializing_if = "str::is_empty")]
    section: &'static str,
    message: &'a str,
    #[serde(flatten)]
    evidence: Option<EvidenceObject<'a>>,
    #[serde(flatten)]
    said: Option<SaidObject<'a>>,
    #[serde(flatten)]
    change: Option<ChangeObject>,
}

/// What a proxy changed.
#[derive(Serialize)]
struct ChangeObject {
    head: &'static str,
    change: &'static str,
    part: String,
    before: Vec<String>,
    after: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    breaks: Option<&'static str>,
}

impl From<&Change> for ChangeObject {
    fn from(Change { kind, how, part, before, after, breaks, .. }: &Change) -> Self {
        let texts = |values: &[Vec<u8>]| values.iter().map(|value| json_text(value)).collect();
        Self {
            head: if *kind == Kind::Request { "request" } else { "response" },
            change: how.as_str(),
            part: part.to_string(),
            before: texts(before),
            after: texts(after),
            breaks: *breaks,
        }
    }
}

/// What a refusal says.
#[derive(Serialize)]
struct SaidObject<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<&'a str>,
    #[serde(flatten)]
    refusal: Option<RefusalObject>,
}

/// A refusal that is known.
#[derive(Serialize)]
struct RefusalObject {
    refusal: &'static str,
    who: &'static str,
    certainty: String,
    means: &'static str,
    fix: &'static str,
}

impl<'a> From<&'a Said> for SaidObject<'a> {
    fn from(Said { line, refusal, .. }: &'a Said) -> Self {
        let refusal = refusal.map(|&Refusal { id, who, certainty, means, fix, .. }| RefusalObject {
            refusal: id,
            who,
            certainty: certainty.to_string(),
            means,
            fix,
        });
        Self { body: line.as_deref(), refusal }
    }
}

/// What is known of a wrong accept value.
#[derive(Serialize)]
struct EvidenceObject<'a> {
    got: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    got_base64: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    says: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hashed: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hashed_base64: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    also: Vec<&'a str>,
}

impl<'a> From<&'a Evidence> for EvidenceObject<'a> {
    fn from(evidence: &'a Evidence) -> Self {
        let Evidence { got, expected, causes, .. } = evidence;
        let cause = causes.first();
        let hashed = cause.and_then(|cause| cause.hashed.as_deref());
        Self {
            got: json_text(got),
            got_base64: json_base64(got),
            expected: expected.as_deref(),
            cause: cause.map(|cause| &*cause.id),
            says: cause.map(|cause| &*cause.description),
            hashed: hashed.map(json_text),
            hashed_base64: hashed.and_then(json_base64),
            fix: cause.map(|cause| &*cause.fix),
            also: causes.iter().skip(1).map(|other| &*other.id).collect(),
        }
    }
}

impl<'a> From<&'a Finding> for FindingObject<'a> {
    fn from(finding: &'a Finding) -> Self {
        let Finding { level, side, rule, message, evidence, said, change, .. } = finding;
        Self {
            rule: rule.id,
            level: level.to_string(),
            side: side.map(|side| side.to_string()),
            section: rule.section,
            message,
            evidence: evidence.as_ref().map(Into::into),
            said: said.as_ref().map(Into::into),
            change: change.as_ref().map(Into::into),
        }
    }
}

/// The bytes that were sent and received, in the object of what came of them.
#[derive(Default, Serialize)]
pub(crate) struct BytesObject {
    #[serde(skip_serializing_if = "Option::is_none")]
    sent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_base64: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    received: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    received_base64: Option<String>,
}

impl BytesObject {
    /// Nothing where they are not shown.
    pub(crate) fn new(sent: Option<&[u8]>, received: Option<&[u8]>) -> Self {
        Self {
            sent: sent.map(json_text),
            sent_base64: sent.and_then(json_base64),
            received: received.map(json_text),
            received_base64: received.and_then(json_base64),
        }
    }
}

/// An exchange, of a capture or with a live server.
#[derive(Default, Serialize)]
pub(crate) struct ExchangeObject<'a> {
    pub(crate) schema: u8,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source_base64: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<&'a str>,
    pub(crate) exchange: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) answered_in: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) flow: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) packet: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) time: Option<String>,
    pub(crate) verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ok: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key_base64: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) accept: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) accept_base64: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) server: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) subprotocol: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) extensions: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ms: Option<u128>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) interim: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
    pub(crate) findings: Vec<FindingObject<'a>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(crate) not_judged: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) behind: Option<FarObject<'a>>,
    #[serde(flatten)]
    pub(crate) bytes: BytesObject,
}

/// What came of an exchange on the other side of a proxy.
#[derive(Serialize)]
pub(crate) struct FarObject<'a> {
    address: &'a str,
    times: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    shown_by: Option<&'static str>,
    plain: usize,
    #[serde(flatten)]
    bytes: BytesObject,
}

impl<'a> From<&'a Far> for FarObject<'a> {
    fn from(Far { address, times, shown_by, plain, received, sent }: &'a Far) -> Self {
        let bytes = BytesObject::new(sent.as_deref(), received.as_deref());
        Self { address, times: *times, shown_by: *shown_by, plain: *plain, bytes }
    }
}

/// What differs between the responses of several servers.
#[derive(Serialize)]
pub(crate) struct DifferenceObject<'a> {
    pub(crate) schema: u8,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) part: &'a str,
    pub(crate) values: Vec<DifferentValue>,
}

/// What it is with one of them; null where its response does not have it.
#[derive(Serialize)]
pub(crate) struct DifferentValue {
    pub(crate) url: String,
    pub(crate) value: Option<String>,
}

/// A conformance case, judged.
#[derive(Serialize)]
pub(crate) struct CaseObject<'a> {
    schema: u8,
    #[serde(rename = "type")]
    kind: &'static str,
    case: &'a str,
    expect: &'a str,
    outcome: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ok: Option<bool>,
    level: String,
    section: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    browser: Option<&'static str>,
    #[serde(flatten)]
    passed: Option<PassedObject<'a>>,
    #[serde(flatten)]
    bytes: BytesObject,
    #[serde(skip_serializing_if = "Option::is_none")]
    exit_status: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signal: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    printed: Option<String>,
}

impl<'a> CaseObject<'a> {
    /// `has_bytes` is whether the bytes are wanted of a case that is met too.
    pub(crate) fn new(judged: &'a JudgedCase, has_bytes: bool) -> Self {
        let is_shown = has_bytes || judged.is_noteworthy();
        let printed = judged.ran.as_ref().map(|ran| &ran.printed[..]).filter(|printed| is_shown && !printed.is_empty());
        let is_shown = is_shown && !judged.sent.is_empty();
        Self {
            schema: SCHEMA,
            kind: "case",
            case: judged.case.id,
            expect: judged.case.expectation.as_str(),
            outcome: judged.outcome(),
            status: judged.status,
            verdict: judged.word(),
            ok: judged.is_ok(),
            level: judged.level().to_string(),
            section: judged.case.section,
            message: judged.message.as_deref(),
            passed: judged.passed.as_deref().map(Into::into),
            browser: judged.ran.as_ref().and_then(|ran| ran.browser).map(Outcome::as_str),
            bytes: BytesObject::new(is_shown.then_some(&judged.sent), is_shown.then_some(&judged.received)),
            exit_status: judged.ran.as_ref().and_then(|ran| ran.status?.code()),
            signal: judged.ran.as_ref().and_then(|ran| ran.signal()),
            printed: printed.map(json_text),
        }
    }
}

/// What a proxy did with a case.
#[derive(Serialize)]
struct PassedObject<'a> {
    head: &'static str,
    proxy: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    how: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    back: Option<&'a str>,
    changes: Vec<ChangeObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    behind: Option<FarObject<'a>>,
}

impl<'a> From<&'a Passed> for PassedObject<'a> {
    fn from(Passed { did, told, back, changes, is_answer, far }: &'a Passed) -> Self {
        Self {
            head: if *is_answer { "response" } else { "request" },
            proxy: did.as_str(),
            how: told,
            back: back.as_deref(),
            changes: changes.iter().map(Into::into).collect(),
            behind: far.as_ref().map(Into::into),
        }
    }
}

/// A conformance case, as a list of them has it.
#[derive(Serialize)]
pub(crate) struct ListedCaseObject {
    schema: u8,
    #[serde(rename = "type")]
    kind: &'static str,
    case: &'static str,
    expect: &'static str,
    level: String,
    section: &'static str,
    says: &'static str,
}

impl From<&Case> for ListedCaseObject {
    fn from(case: &Case) -> Self {
        let Case { id, expectation, level, section, description, .. } = *case;
        let (expect, level) = (expectation.as_str(), level.to_string());
        Self { schema: SCHEMA, kind: "listed-case", case: id, expect, level, section, says: description }
    }
}

/// A variant of Origin, and whether it enters.
#[derive(Serialize)]
pub(crate) struct OriginObject<'a> {
    pub(crate) schema: u8,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) url: &'a str,
    pub(crate) variant: &'static str,
    pub(crate) origins: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) outcome: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) verdict: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ok: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) level: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
    #[serde(flatten)]
    pub(crate) bytes: BytesObject,
}

/// The address that `serve` listens on.
#[derive(Serialize)]
pub(crate) struct ListeningObject<'a> {
    pub(crate) schema: u8,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) url: &'a str,
    pub(crate) page: &'a str,
}

/// The cases that the page of `serve` runs.
#[derive(Serialize)]
pub(crate) struct PageObject {
    pub(crate) schema: u8,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) version: &'static str,
    /// Whether the page is there for one run, which it begins by itself.
    pub(crate) once: bool,
    /// How long a browser may take for a case, in seconds.
    pub(crate) limit: f64,
    pub(crate) cases: Vec<ListedCaseObject>,
}

/// A run of the page has begun.
#[derive(Serialize)]
pub(crate) struct BegunObject<'a> {
    pub(crate) schema: u8,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) token: &'a str,
}

/// What the page is to connect to next; without a case the run is over.
#[derive(Default, Serialize)]
pub(crate) struct NextObject {
    pub(crate) schema: u8,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) case: Option<&'static str>,
    /// How many cases are judged.
    pub(crate) number: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) subprotocol: Option<&'static str>,
    /// Whether it is no case, but shows that the browser still opens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) between: Option<bool>,
}

/// A connection of a client to `serve`.
#[derive(Serialize)]
pub(crate) struct ConnectionObject<'a> {
    pub(crate) schema: u8,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) peer: String,
    pub(crate) verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ok: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) target: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) case: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lacks: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) outcome: Option<&'static str>,
    pub(crate) message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
    pub(crate) findings: Vec<FindingObject<'a>>,
    #[serde(flatten)]
    pub(crate) bytes: BytesObject,
}
