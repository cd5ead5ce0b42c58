//! A broken rule, as a check reports it: the evidence, how much it weighs, and who is at fault.

use super::refusals::Refusal;
use super::side::Side;
use crate::changes::Change;
use crate::diagnosis::Cause;
use std::fmt;

/// How much a broken rule weighs.
#[non_exhaustive]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Level {
    /// Worth knowing.
    Note,
    /// Breaks another MUST or SHOULD, or is legal and known to break real peers.
    Warn,
    /// The other side must, or may, fail the handshake over it.
    Error,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Note => "note",
            Self::Warn => "warn",
            Self::Error => "error",
        })
    }
}

/// What is known of a wrong accept value.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Evidence {
    /// What is wrong, in a few words.
    pub headline: String,
    /// The accept value.
    pub got: Vec<u8>,
    /// The one that answers the key; a malformed key has none.
    pub expected: Option<String>,
    /// The mistakes that make exactly this value, the likeliest first.
    pub causes: Vec<Cause>,
}

/// What a refusal says.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Said {
    /// The line of its body that says most, at most 200 bytes of it; none where there is no text that says more than the
    /// status does.
    pub line: Option<String>,
    /// The refusal that it is, where that is known.
    pub refusal: Option<&'static Refusal>,
}

/// Who broke a rule.
pub(super) enum Blame {
    /// Whoever the rule says.
    Rule,
    Side(Side),
    /// What was seen does not say.
    Nobody,
}

/// What a check found, and where it weighs or blames otherwise than the rule does.
pub(super) struct Violation {
    pub(super) message: String,
    pub(super) level: Option<Level>,
    pub(super) blame: Blame,
    pub(super) evidence: Option<Evidence>,
    pub(super) said: Option<Said>,
    pub(super) change: Option<Change>,
}

impl Violation {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), level: None, blame: Blame::Rule, evidence: None, said: None, change: None }
    }

    pub(super) fn with(self, evidence: Evidence) -> Self {
        Self { evidence: Some(evidence), ..self }
    }

    pub(super) fn saying(self, said: Option<Said>) -> Self {
        Self { said, ..self }
    }

    pub(super) fn by(self, side: Side) -> Self {
        Self { blame: Blame::Side(side), ..self }
    }

    pub(super) fn by_any(self, side: Option<Side>) -> Self {
        Self { blame: side.map_or(Blame::Nobody, Blame::Side), ..self }
    }

    pub(super) fn weighs(self, level: Level) -> Self {
        Self { level: Some(level), ..self }
    }
}
