//! How a request is answered: rightly, as a case says, or with a refusal.

use wskey::conformance::client_cases::{CASES, FOLLOWED, path_and_query};
use wskey::conformance::{Case, Message};
use wskey::head::{Exchange, Head};
use wskey::rules::{Finding, Level, judge};

/// How a request is answered.
#[derive(Clone, Copy, Default)]
pub(super) enum Treatment {
    /// As a right server does.
    #[default]
    Rightly,
    As(&'static Case),
    /// Rightly, since the request lacks this of what the case needs.
    Lacking(&'static Case, &'static str),
    /// Otherwise than by a 101, since the request is wrong, or for nothing that is here: with this status.
    Refused(&'static str),
}

/// The segment of this number of the path, from 1 on.
pub(super) fn segment(request: &Head, number: usize) -> Option<&[u8]> {
    path_and_query(request.target()?).0.split(|&b| b == b'/').nth(number)
}

/// What may be the token of a run, behind the name of its case.
pub(super) fn token(request: &Head) -> Option<&str> {
    segment(request, 2).and_then(|token| str::from_utf8(token).ok())
}

/// The case that the path names.
pub(super) fn case_of(request: &Head) -> Option<&'static Case> {
    let segment = segment(request, 1)?;
    CASES.iter().find(|case| case.id.as_bytes() == segment)
}

impl Treatment {
    /// The answer to a request, over TLS where it `is_secure`: that of the case that is given, else a right one.
    pub(super) fn to(request: &Head, is_secure: bool, case: Option<&'static Case>) -> (Self, Message) {
        let case = case.filter(|_| !is_followed(request));
        let Some(mut response) = Message::response(is_secure, request) else { return Self::refused(request) };
        let treatment = match case.map(|case| (case, case.needs.filter(|need| !(need.is_met)(request)))) {
            Some((case, None)) => {
                (case.alter)(&mut response);
                Self::As(case)
            }
            // What a right server would refuse is refused, whatever the path says.
            _ if errors(request).next().is_some() => return Self::refused(request),
            Some((case, Some(need))) => Self::Lacking(case, need.description),
            None => Self::Rightly,
        };
        (treatment, response)
    }

    /// The case that it is about.
    pub(super) fn case(self) -> Option<&'static Case> {
        match self {
            Self::As(case) | Self::Lacking(case, _) => Some(case),
            Self::Rightly | Self::Refused(_) => None,
        }
    }

    /// What the request lacks of what that needs.
    pub(super) fn lacks(self) -> Option<&'static str> {
        if let Self::Lacking(_, lacks) = self { Some(lacks) } else { None }
    }

    /// The answer to who has no business here.
    pub(super) fn not_found() -> (Self, Message) {
        (Self::Refused("404"), Message::refusal("404", "Not Found"))
    }

    /// A refusal, as a right server gives it (RFC 6455, sections 4.2.2 and 4.4).
    fn refused(request: &Head) -> (Self, Message) {
        let is_of_version = errors(request).any(|finding| finding.rule.id == "version-unsupported");
        let (status, reason) =
            if is_of_version || !is_handshake(request) { ("426", "Upgrade Required") } else { ("400", "Bad Request") };
        let mut response = Message::refusal(status, reason);
        if status == "426" {
            response.add("Upgrade", "websocket");
            response.add("Sec-WebSocket-Version", "13");
        }
        (Self::Refused(status), response)
    }
}

fn errors(request: &Head) -> impl Iterator<Item = Finding> {
    let findings = judge(&[Exchange::new(Some(request.clone()), None)]);
    findings.into_iter().filter(|finding| finding.level == Level::Error)
}

/// Whether a request comes by a redirect of ours.
pub(super) fn is_followed(request: &Head) -> bool {
    request.target().is_some_and(|target| path_and_query(target).0.ends_with(FOLLOWED.as_bytes()))
}

/// Whether a request has to do with WebSocket: others come from health checks and browsers.
pub(super) fn is_handshake(request: &Head) -> bool {
    let is_own = |name: &[u8]| name.to_ascii_lowercase().starts_with(b"sec-websocket-");
    request.tokens("Upgrade").any(|token| token.eq_ignore_ascii_case(b"websocket"))
        || request.fields.iter().any(|field| is_own(&field.name))
}
