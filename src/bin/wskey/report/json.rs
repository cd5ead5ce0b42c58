//! The objects that `--json` writes, one per line: docs/json.md lists their fields.

use super::JudgedCase;
use crate::output::json_text;
use serde::Serialize;
use wskey::rules::{Finding, Rule, Side};

/// The version of these objects: it grows when a field changes its meaning or goes.
pub(crate) const SCHEMA: u8 = 1;

/// A fresh key.
#[derive(Serialize)]
pub(crate) struct KeyObject<'a> {
    pub(crate) schema: u8,
    pub(crate) key: &'a str,
}

/// The accept value of a key.
#[derive(Default, Serialize)]
pub(crate) struct AcceptObject {
    pub(crate) schema: u8,
    pub(crate) input: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) accept: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
}

/// A pair of a key and an accept value, judged.
#[derive(Default, Serialize)]
pub(crate) struct PairObject<'a> {
    pub(crate) schema: u8,
    pub(crate) input: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) accept: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ok: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expected: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cause: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hashed: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fix: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) also: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<&'a str>,
}

/// A cause that can be named.
#[derive(Serialize)]
pub(crate) struct CauseObject {
    pub(crate) schema: u8,
    pub(crate) cause: &'static str,
    pub(crate) says: &'static str,
}

/// A rule.
#[derive(Serialize)]
pub(crate) struct RuleObject {
    schema: u8,
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
        Self { schema: SCHEMA, rule: id, level: level.to_string(), side: side.map(side_word), section, says: description }
    }
}

/// A broken rule, in the object of an exchange.
#[derive(Serialize)]
pub(crate) struct FindingObject<'a> {
    rule: &'static str,
    level: String,
    side: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    section: &'static str,
    message: &'a str,
}

impl<'a> From<&'a Finding> for FindingObject<'a> {
    fn from(finding: &'a Finding) -> Self {
        let Finding { level, side, rule, message, .. } = finding;
        Self { rule: rule.id, level: level.to_string(), side: side_word(*side), section: rule.section, message }
    }
}

/// The side at fault, as schema 1 calls it.
fn side_word(side: Side) -> String {
    if side == Side::Proxy { "between".to_owned() } else { side.to_string() }
}

/// An exchange, of a capture or with a live server.
#[derive(Default, Serialize)]
pub(crate) struct ExchangeObject<'a> {
    pub(crate) schema: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<&'a str>,
    pub(crate) exchange: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ok: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) accept: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) interim: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
    pub(crate) findings: Vec<FindingObject<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) received: Option<String>,
}

/// A conformance case, judged.
#[derive(Serialize)]
pub(crate) struct CaseObject<'a> {
    schema: u8,
    case: &'a str,
    expect: &'a str,
    outcome: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ok: Option<bool>,
    level: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    received: Option<String>,
}

impl<'a> CaseObject<'a> {
    /// `has_bytes` is whether the bytes are wanted of a case that is met too.
    pub(crate) fn new(judged: &'a JudgedCase, has_bytes: bool) -> Self {
        let is_shown = !judged.sent.is_empty() && (has_bytes || judged.is_noteworthy());
        let bytes = |bytes: &[u8]| is_shown.then(|| json_text(bytes));
        Self {
            schema: SCHEMA,
            case: judged.case.id,
            expect: judged.case.expectation.as_str(),
            outcome: judged.outcome.as_str(),
            status: judged.status,
            ok: judged.is_ok(),
            level: judged.level().to_string(),
            message: judged.message.as_deref(),
            sent: bytes(&judged.sent),
            received: bytes(&judged.received),
        }
    }
}
