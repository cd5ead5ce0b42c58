//! Whether enough of an exchange was seen for a verdict.

use crate::head::{ACCEPT, Exchange, Fidelity, KEY};
use std::fmt;

/// What was not seen that a verdict takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Unjudged {
    /// Neither a key nor a response.
    KeyAndResponse,
    /// The final response: only an interim one was seen.
    FinalResponse,
    /// The request of a 2xx over HTTP/2.
    Http2Request,
    /// The accept value of a 101.
    Accept,
    /// The key that an accept value answers.
    Key,
}

impl fmt::Display for Unjudged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::KeyAndResponse => "neither a key nor a response was seen",
            Self::FinalResponse => "only an interim response was seen",
            Self::Http2Request => {
                "its request was not seen: a 2xx over HTTP/2 is right for an extended CONNECT alone; an Upgrade needs HTTP/1.1"
            }
            Self::Accept => "no accept value was seen",
            Self::Key => "the key that the accept value answers was not seen",
        })
    }
}

/// Why there can be no verdict on this exchange, if so. It is then not right, whatever the findings.
///
/// An accept value whose key is not known answers nothing that could be checked.
#[must_use]
pub fn unjudged(exchange: &Exchange) -> Option<Unjudged> {
    let request = exchange.request.as_ref();
    let key_unknown = request.is_none_or(|head| head.fidelity == Fidelity::Partial && !head.has(KEY));
    let Some(response) = &exchange.response else {
        return key_unknown.then_some(Unjudged::KeyAndResponse);
    };
    let has_accept = response.has(ACCEPT);
    match response.status() {
        Some(100 | 102..200) => Some(Unjudged::FinalResponse),
        Some(200..300) if response.is_http2() && request.is_none() => Some(Unjudged::Http2Request),
        Some(101) | None if !has_accept && (response.fidelity == Fidelity::Partial || response.start_line.is_empty()) => {
            Some(Unjudged::Accept)
        }
        Some(101) | None if has_accept && key_unknown => Some(Unjudged::Key),
        _ => None,
    }
}
