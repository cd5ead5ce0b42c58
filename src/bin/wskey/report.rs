//! Verdicts and findings, as text, JSON and JUnit.

pub(crate) mod json;
pub(crate) mod junit;
pub(crate) mod text;

use std::cmp::Reverse;
use std::collections::HashMap;
use std::process::ExitStatus;
use std::time::Duration;
use wskey::changes::Change;
use wskey::conformance::{Case, Judgement, Outcome};
use wskey::head::Kind;
use wskey::rules::{Finding, Level, Refusal};

/// Puts the worst findings first; where it is strict, warnings are errors.
pub(crate) fn rank(findings: &mut [Finding], is_strict: bool) {
    for finding in findings.iter_mut().filter(|finding| is_strict && finding.level == Level::Warn) {
        finding.level = Level::Error;
    }
    findings.sort_by_key(|finding| Reverse(finding.level));
}

/// The findings with the messages that they have where credentials are taken out: what is judged is what came, and what is shown is
/// what may be.
pub(crate) fn with_messages(mut found: Vec<Finding>, shown: &[Finding]) -> Vec<Finding> {
    let id = |finding: &Finding| {
        let part = finding.change.as_ref().map(|change| change.part.clone());
        (finding.exchange, finding.rule.id, finding.kind == Kind::Request, part)
    };
    let messages: HashMap<_, _> = shown.iter().map(|finding| (id(finding), finding)).collect();
    for finding in &mut found {
        let its = messages.get(&id(finding));
        if let Some(change) = &mut finding.change {
            *change = its.and_then(|its| its.change.clone()).unwrap_or_else(|| change.without_values());
            finding.message = its.map_or_else(|| change.to_string(), |its| its.message.clone());
            continue;
        }
        let proof = proof(finding);
        finding.message = match its.filter(|its| proof.is_none_or(|one| self::proof(its).is_some_and(|other| other.id == one.id)))
        {
            Some(its) => its.message.clone(),
            // What proves it is not shown.
            None => proof.map_or_else(
                || format!("a value that is not shown breaks this: {}", finding.rule.description),
                |proof| {
                    let status = its.and_then(|its| its.message.split_once(": ")).map(|(status, _)| format!("{status}: "));
                    status.unwrap_or_default() + proof.means
                },
            ),
        };
        if let Some(said) = &mut finding.said {
            said.line = its.and_then(|its| its.said.as_ref()?.line.clone());
        }
        finding.evidence = its.and_then(|its| its.evidence.clone());
    }
    found
}

/// The refusal that proves what a finding says.
fn proof(finding: &Finding) -> Option<&'static Refusal> {
    finding.said.as_ref()?.refusal.filter(|refusal| refusal.is_proof())
}

/// The section with its RFC.
pub(crate) fn with_rfc(section: &str) -> String {
    format!("{}{section}", if section.starts_with("RFC") { "" } else { "RFC 6455 " })
}

/// A case that was judged.
pub(crate) struct JudgedCase {
    pub(crate) case: &'static Case,
    pub(crate) outcome: Outcome,
    pub(crate) status: Option<u16>,
    pub(crate) judgement: Judgement,
    /// Whether warnings count as errors.
    pub(crate) strict: bool,
    /// What the peer did otherwise than expected.
    pub(crate) message: Option<String>,
    /// The bytes that were sent and received, as far as they may be shown.
    pub(crate) sent: Vec<u8>,
    pub(crate) received: Vec<u8>,
    /// Of a client's case, how much of it came before the answer was sent.
    pub(crate) before: usize,
    pub(crate) took: Duration,
    /// Of a client's case, what became of the command that is the client.
    pub(crate) ran: Option<Box<Ran>>,
    /// Of a case that went through a proxy, what became of it there.
    pub(crate) passed: Option<Box<Passed>>,
}

/// What was seen behind a proxy, as far as it may be shown.
pub(crate) struct Far {
    pub(crate) address: String,
    /// How many times the request arrived.
    pub(crate) times: usize,
    /// What shows that it is that request.
    pub(crate) shown_by: Option<&'static str>,
    /// How many requests came that were no handshakes.
    pub(crate) plain: usize,
    /// The bytes that arrived, and those that were answered; nothing where they are not wanted.
    pub(crate) received: Option<Vec<u8>>,
    pub(crate) sent: Option<Vec<u8>>,
}

/// What a proxy did with a case.
pub(crate) struct Passed {
    pub(crate) did: Did,
    /// More of it, in words.
    pub(crate) told: String,
    /// What it made of the server's answer to it, if anything, in words.
    pub(crate) back: Option<String>,
    /// What it changed, without what it changes in every handshake.
    pub(crate) changes: Vec<Change>,
    /// Whether the case is an answer.
    pub(crate) is_answer: bool,
    /// What was seen behind it.
    pub(crate) far: Option<Far>,
}

/// The same in a word.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Did {
    /// It refused the request itself.
    Refused,
    /// It passed it as it was.
    Passed,
    /// What was wrong before is right behind it.
    Repaired,
    Changed,
    /// A 101 came that is not the server's.
    Answered,
    /// An answer with another status came.
    Replaced,
    /// Nothing came through, and no answer came back.
    Ended,
    /// What arrived may be another's.
    Unknown,
}

impl Did {
    /// The word for it in reports.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Passed => "passed",
            Self::Repaired => "repaired",
            Self::Changed => "changed",
            Self::Answered => "answered",
            Self::Replaced => "replaced",
            Self::Ended => "ended",
            Self::Unknown => "unknown",
        }
    }
}

impl Passed {
    /// What it did, as part of a sentence.
    pub(crate) fn sentence(&self) -> String {
        let what = match self.did {
            Did::Refused => "the proxy refused it itself",
            Did::Passed => "the proxy passed it as it was",
            Did::Repaired => "the proxy repaired it",
            Did::Changed => "the proxy changed it",
            Did::Answered => "the proxy answered 101 itself",
            Did::Replaced => "the proxy replaced it",
            Did::Ended => "the proxy did not pass it",
            Did::Unknown => "what arrived behind the proxy cannot be told to be it",
        };
        let told = match (self.did, self.told.as_str()) {
            (_, "") => what.to_owned(),
            (Did::Passed, how) => format!("the proxy passed it {how}"),
            (_, told) => format!("{what}: {told}"),
        };
        self.back.iter().fold(told, |told, back| format!("{told}; {back}"))
    }
}

/// A command that was run.
#[derive(Default)]
pub(crate) struct Ran {
    /// Whether its status is that of the client.
    pub(crate) is_client: bool,
    /// Whether it ended by itself, and how, where that is known.
    pub(crate) has_ended: bool,
    pub(crate) status: Option<ExitStatus>,
    /// The last that it printed, as far as it may be shown.
    pub(crate) printed: Vec<u8>,
    /// What the browser's own WebSocket said, where the client is a page.
    pub(crate) browser: Option<Outcome>,
}

impl Ran {
    /// The signal that ended it, where that was none of ours.
    pub(crate) fn signal(&self) -> Option<i32> {
        #[cfg(unix)]
        return std::os::unix::process::ExitStatusExt::signal(&self.status?);
        #[cfg(not(unix))]
        None
    }
}

impl JudgedCase {
    /// A case that was not sent, since nobody is there any more.
    pub(crate) fn unreachable(case: &'static Case, message: &str) -> Self {
        Self {
            case,
            outcome: Outcome::Unreachable,
            status: None,
            judgement: Judgement::Unjudged,
            strict: false,
            message: Some(message.to_owned()),
            sent: Vec::new(),
            received: Vec::new(),
            before: 0,
            took: Duration::ZERO,
            ran: None,
            passed: None,
        }
    }

    /// The word for the outcome.
    pub(crate) fn outcome(&self) -> &'static str {
        if self.judgement == Judgement::NotApplicable { "not-applicable" } else { self.outcome.as_str() }
    }

    pub(crate) fn level(&self) -> Level {
        if self.judgement == Judgement::MetWithWarning { Level::Warn } else { self.case.level }
    }

    /// The verdict in one word.
    pub(crate) fn word(&self) -> &'static str {
        match self.judgement {
            Judgement::Met => "OK",
            Judgement::Open => "NOTE",
            Judgement::Unjudged => "UNJUDGED",
            Judgement::NotApplicable => "N/A",
            _ if self.is_failure() => "FAILED",
            _ => "WARN",
        }
    }

    /// Whether the peer did as it must, whatever that weighs; nothing where that cannot be told.
    pub(crate) fn is_ok(&self) -> Option<bool> {
        match self.judgement {
            Judgement::Met | Judgement::Open => Some(true),
            Judgement::MetWithWarning => Some(!self.strict),
            Judgement::Unjudged | Judgement::NotApplicable => None,
            _ => Some(false),
        }
    }

    /// Whether it makes the run a "no".
    pub(crate) fn is_failure(&self) -> bool {
        self.is_ok() == Some(false) && (self.strict || self.level() == Level::Error)
    }

    /// Whether there is something to see: it is not as it must be.
    pub(crate) fn is_noteworthy(&self) -> bool {
        !matches!(self.judgement, Judgement::Met | Judgement::Open | Judgement::NotApplicable)
    }
}
