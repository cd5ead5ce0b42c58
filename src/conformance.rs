//! The cases that find out whether a peer refuses what it must refuse: what is sent, and what must come back.

pub mod client_cases;
mod message;
pub mod server_cases;

pub use message::{Delivery, FieldLine, Message};

use crate::extensions::extensions;
use crate::head::Head;
use crate::rules::{Level, Verdict};

/// What a peer must do with a case: a server with a request, a client with a response.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Expectation {
    /// Accept it: a server with a 101 that keeps the rules, a client by opening.
    Accept,
    /// Refuse it, since it breaks the rule of this id.
    Refuse(&'static str),
    /// Accept it without the extension of this name, whose offer is wrong; of a server's case alone.
    Decline(&'static str),
    /// What it likes: it is reported, never judged.
    Open,
}

impl Expectation {
    /// The word for it in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Refuse(_) => "refuse",
            Self::Decline(_) => "decline",
            Self::Open => "open",
        }
    }
}

/// What a peer did with a case.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// A server answered with status 101; a client sent a frame that shows that it opened.
    Accepted,
    /// A server answered with another status, from 200 to 599; a client ended the connection without a frame, or with a Close frame
    /// that fails it (RFC 6455, section 7.1.7).
    Refused,
    /// It ended the connection, or the TLS session, before the response was whole.
    Closed,
    /// It sent nothing, or not all of the response, within the limit.
    Silent,
    /// It answered with something that is not HTTP.
    NotHttp,
    /// No connection came about.
    Unreachable,
    /// No connection of a client came.
    Absent,
}

impl Outcome {
    /// The word for it in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Closed => "closed",
            Self::Silent => "silent",
            Self::NotHttp => "not-http",
            Self::Unreachable => "unreachable",
            Self::Absent => "absent",
        }
    }
}

/// What an outcome is worth, given what was expected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Judgement {
    /// As it must be.
    Met,
    /// As it must be, in a way that costs somebody: a server's refusal that does not say why, or that blames the server; a client that
    /// does not open and does not end the connection.
    MetWithWarning,
    /// Not as it must be; the case's level says how much that weighs.
    Unmet,
    /// What was seen proves neither.
    Unjudged,
    /// The client's request lacks what the case needs.
    NotApplicable,
    /// Nothing was expected.
    Open,
}

/// One case: a valid handshake, altered in one way.
///
/// ```
/// use wskey::conformance::{Expectation, Judgement, Outcome, server_cases::CASES};
/// use wskey::rules::Verdict;
///
/// let case = CASES.iter().find(|case| case.id == "key-empty").expect("a case of this name");
/// assert_eq!(case.expectation, Expectation::Refuse("key-malformed"));
/// assert_eq!(case.judge(Outcome::Accepted, None, &Verdict::Ok), Judgement::Unmet);
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Case {
    /// Its name: stable, since people put it into scripts.
    pub id: &'static str,
    /// What the peer must do.
    pub expectation: Expectation,
    /// How much it weighs where the peer does not.
    pub level: Level,
    /// The section that says so: of RFC 6455, unless another is named.
    pub section: &'static str,
    /// What is sent.
    pub description: &'static str,
    /// What the request must have for the response to be this case; nothing where any will do, and of a server's case.
    pub needs: Option<Need>,
    /// Turns a valid handshake into this case: the request of a server's, the response of a client's.
    pub alter: Alter,
}

type Alter = fn(&mut Message);

const fn accept(id: &'static str, level: Level, section: &'static str, description: &'static str, alter: Alter) -> Case {
    Case { id, expectation: Expectation::Accept, level, section, description, needs: None, alter }
}

const fn refuse(
    id: &'static str,
    rule: &'static str,
    level: Level,
    section: &'static str,
    description: &'static str,
    alter: Alter,
) -> Case {
    Case { id, expectation: Expectation::Refuse(rule), level, section, description, needs: None, alter }
}

const fn open(id: &'static str, section: &'static str, description: &'static str, alter: Alter) -> Case {
    Case { id, expectation: Expectation::Open, level: Level::Note, section, description, needs: None, alter }
}

/// What a client's request must have, so that a case says something.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Need {
    /// In words, behind "it needs a request that".
    pub description: &'static str,
    /// Whether a request has it.
    pub is_met: fn(&Head) -> bool,
}

impl Case {
    /// Judges what a server made of the request that is this case. `response` is the final response, as far as it came; `verdict` what
    /// it comes to by the rules, where it is a 101.
    #[must_use]
    pub fn judge(&self, outcome: Outcome, response: Option<&Head>, verdict: &Verdict) -> Judgement {
        match (self.expectation, outcome) {
            (_, Outcome::Unreachable) => Judgement::Unjudged,
            (Expectation::Open, _) => Judgement::Open,
            (Expectation::Refuse(rule), Outcome::Refused) if blames_request(response, rule) => Judgement::Met,
            (Expectation::Refuse(_) | Expectation::Decline(_), Outcome::Refused | Outcome::Closed) => Judgement::MetWithWarning,
            (Expectation::Accept | Expectation::Decline(_), Outcome::Accepted) => match (verdict, self.expectation) {
                (Verdict::Failed, _) => Judgement::Unmet,
                (Verdict::Unjudged(_), _) => Judgement::Unjudged,
                (Verdict::Ok, Expectation::Decline(name)) if uses(response, name) => Judgement::Unmet,
                (Verdict::Ok, _) => Judgement::Met,
            },
            _ => Judgement::Unmet,
        }
    }

    /// Judges what a client made of the answer that is this case. A client that is still there has not failed the connection, as it
    /// must (RFC 6455, section 4.1), unless the final response has not come.
    #[must_use]
    pub fn judge_client(&self, outcome: Outcome) -> Judgement {
        match (self.expectation, outcome) {
            (_, Outcome::Absent) => Judgement::Unjudged,
            (Expectation::Open, _) => Judgement::Open,
            (Expectation::Refuse(_), Outcome::Refused) | (Expectation::Accept, Outcome::Accepted) => Judgement::Met,
            (Expectation::Refuse(_), Outcome::Silent) if ["silent", "status-100", "status-102"].contains(&self.id) => {
                Judgement::Met
            }
            (Expectation::Refuse(_), Outcome::Silent) => Judgement::MetWithWarning,
            _ => Judgement::Unmet,
        }
    }
}

/// Whether the status says that the request is at fault: a 5xx says that the server is, but for those two that say what of the
/// request it does not have (RFC 9110, sections 15.6.2 and 15.6.6).
fn blames_request(response: Option<&Head>, rule: &str) -> bool {
    match response.and_then(Head::status) {
        Some(501) => rule == "request-method",
        Some(505) => rule == "request-version",
        status => !matches!(status, Some(500..)),
    }
}

/// Whether the response uses the extension of this name.
fn uses(response: Option<&Head>, name: &str) -> bool {
    let names = response.and_then(|head| extensions(head).ok()).unwrap_or_default();
    names.iter().any(|extension| extension.name == name.as_bytes())
}
