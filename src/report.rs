//! Findings as text and JSON.

use crate::cli::Color;
use serde::Serialize;
use std::fmt;
use std::io::{self, IsTerminal as _};
use wskey::{Finding, Rule};

/// What an exchange came to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Ok,
    Failed,
    /// What a verdict needs was not seen.
    Unjudged,
}

impl Verdict {
    /// The word for it, in colour if that is wanted.
    pub(crate) fn word(self, is_coloured: bool) -> String {
        let (word, colour) = match self {
            Self::Ok => ("OK", 32),
            Self::Failed => ("FAILED", 31),
            Self::Unjudged => ("UNJUDGED", 33),
        };
        if is_coloured { format!("\x1b[{colour}m{word}\x1b[0m") } else { word.to_owned() }
    }
}

/// Whether stdout gets colour. `NO_COLOR` speaks for the user where the command line does not.
pub(crate) fn is_coloured(color: Color) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()) && io::stdout().is_terminal(),
    }
}

/// A finding as a line of text, under the verdict it belongs to.
pub(crate) struct Line<'a>(pub(crate) &'a Finding);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Finding { level, side, rule, message, .. } = self.0;
        write!(f, "  {level:<5} {side:<7} {}: {message}{}", rule.id, cited(rule))
    }
}

/// The section in parentheses, with its RFC.
pub(crate) fn cited(rule: &Rule) -> String {
    let rfc = if rule.section.starts_with("RFC") { "" } else { "RFC 6455 " };
    if rule.section.is_empty() { String::new() } else { format!(" ({rfc}{})", rule.section) }
}

/// A finding as a part of a JSON object.
#[derive(Serialize)]
pub(crate) struct Record<'a> {
    rule: &'static str,
    level: String,
    side: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    section: &'static str,
    message: &'a str,
}

impl<'a> From<&'a Finding> for Record<'a> {
    fn from(finding: &'a Finding) -> Self {
        let Finding { level, side, rule, message, .. } = finding;
        Self { rule: rule.id, level: level.to_string(), side: side.to_string(), section: rule.section, message }
    }
}
