//! The cases that find out whether a peer refuses what it must refuse: what is sent, and what must come back.

mod message;
pub mod server_cases;

pub use message::{Delivery, FieldLine, Message};

use crate::rules::Level;

/// What a server must do with a case.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Expectation {
    /// Accept it, with the right accept value.
    Accept,
    /// Refuse it, since it breaks the rule of this id.
    Refuse(&'static str),
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
            Self::Open => "open",
        }
    }
}

/// What a server did with a case.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// It answered with status 101.
    Accepted,
    /// It answered with another status.
    Refused,
    /// It ended the connection without a byte.
    Closed,
    /// It sent nothing within the limit.
    Silent,
    /// It answered with something that is not HTTP.
    NotHttp,
    /// It could not be connected to.
    Unreachable,
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
        }
    }
}

/// What an outcome is worth, given what was expected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Judgement {
    /// As it must be.
    Met,
    /// A refusal without a word: as it must be, and the client never learns why.
    MetByClosing,
    /// Not as it must be; the case's level says how much that weighs.
    Unmet,
    /// Nothing was expected.
    Open,
}

/// One case: a valid handshake, altered in one way.
///
/// ```
/// use wskey::conformance::{Expectation, Judgement, Outcome, server_cases::CASES};
///
/// let case = CASES.iter().find(|case| case.id == "key-empty").expect("a case of this name");
/// assert_eq!(case.expectation, Expectation::Refuse("key-malformed"));
/// assert_eq!(case.judge(Outcome::Accepted, true), Judgement::Unmet);
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Case {
    /// Its name: stable, since people put it into scripts.
    pub id: &'static str,
    /// What the server must do.
    pub expectation: Expectation,
    /// How much it weighs where the server does not.
    pub level: Level,
    /// The section that says so: of RFC 6455, unless another is named.
    pub section: &'static str,
    /// What is sent.
    pub description: &'static str,
    /// Turns a valid handshake into this case.
    pub alter: fn(&mut Message),
}

impl Case {
    /// Judges an outcome; `is_right` is whether the accept value, where there was one, answers the key.
    #[must_use]
    pub fn judge(&self, outcome: Outcome, is_right: bool) -> Judgement {
        match (self.expectation, outcome) {
            (Expectation::Open, _) => Judgement::Open,
            (Expectation::Refuse(_), Outcome::Refused) => Judgement::Met,
            (Expectation::Refuse(_), Outcome::Closed) => Judgement::MetByClosing,
            (Expectation::Accept, Outcome::Accepted) if is_right => Judgement::Met,
            _ => Judgement::Unmet,
        }
    }
}
