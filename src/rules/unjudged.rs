//! What an exchange comes to: yes, no, or no verdict and what is missing for one.

use super::proxy::makes_its_own;
use super::subject::{is_connected, is_http2};
use crate::escape::quote;
use crate::head::{
    ACCEPT, Behind, EXTENSIONS, Exchange, FarSide, Fidelity, Head, KEY, Kind, PROTOCOL, Pairing, Unclear, VERSION,
};
use std::fmt;

/// What an exchange came to.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Verdict {
    /// Everything that this claims was seen and judged, and holds.
    Ok,
    /// Something that was seen proves that it is wrong.
    Failed,
    /// Neither: what was not seen.
    Unjudged(Unjudged),
}

impl Verdict {
    /// The word for it in reports.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Failed => "FAILED",
            Self::Unjudged(_) => "UNJUDGED",
        }
    }

    /// Whether it is a yes; nothing where there is no verdict.
    #[must_use]
    pub fn is_ok(&self) -> Option<bool> {
        match self {
            Self::Ok => Some(true),
            Self::Failed => Some(false),
            Self::Unjudged(_) => None,
        }
    }
}

/// What was not seen that a verdict takes.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Unjudged {
    /// No response.
    Response,
    /// The final response: only interim ones were seen.
    FinalResponse,
    /// The key that an accept value answers, or the request of a response.
    Request,
    /// The request of a 2xx over HTTP/2.
    Http2Request,
    /// These parts of the two heads.
    Parts(Vec<(Kind, &'static str)>),
    /// The end of a head.
    End(Kind),
    /// Something about a head that the capture leaves open.
    Unclear(Kind, Unclear),
    /// Which response is whose, among so many open requests.
    Pairing(usize),
    /// Whether the response is its own that came next: something else may stand between the two.
    Apart,
    /// Whether a response that is right for this request is its own: the capture shows it as another's.
    Contradicted,
    /// Whether the response is its own: another one came before it.
    AfterAnother,
    /// Whose frame follows the head: a client's is masked, a server's must not be.
    MaskedFrame,
    /// Which of the requests that arrived behind a proxy is this one.
    Arrival,
    /// Which answer is that to the request, or spoilt it: a proxy may send requests of its own.
    Question,
    /// Why a proxy refuses a handshake behind one that it passed.
    Refusal,
    /// Whether frames pass through a proxy that makes a handshake, or sends frames, of its own.
    Frames,
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Request => "request",
        Kind::Response => "response",
    }
}

/// What a capture leaves open about a head, in words.
fn write_unclear(f: &mut fmt::Formatter<'_>, kind: Kind, unclear: &Unclear) -> fmt::Result {
    let head = name(kind);
    match unclear {
        Unclear::CutOff => write!(f, "the head of the {head} is cut off"),
        Unclear::Repeated(field) => write!(f, "the capture shows {field} twice in the {head}: sent twice, or shown twice"),
        Unclear::Line(line) => write!(f, "line {line}, inside the head of the {head}, is no field line"),
        Unclear::Inexact(line) => write!(f, "line {line}, inside the head of the {head}, may not show it as it was sent"),
        Unclear::Edited(0) => write!(f, "a value in the head of the {head} may have been edited after it was sent"),
        Unclear::Edited(line) => write!(f, "line {line}, inside the head of the {head}, may have been edited after it was sent"),
        Unclear::OtherValue(line) => write!(f, "line {line} may show another value of a field of the {head}"),
        Unclear::SentAgain(packet) => {
            write!(f, "packet {packet} sends a part of the {head} again, with other bytes: which of them arrived is not known")
        }
        Unclear::Before(line) => write!(f, "line {line}, before the {head}, belongs to no head, body or frame"),
        Unclear::Behind(line) => {
            write!(f, "line {line}, behind the {head}, begins another: right on another connection, wrong on this one")
        }
        Unclear::NoFrame(line) => {
            write!(
                f,
                "the dump on line {line} goes on behind the {head} with bytes that are no server's frame: a client's, or left in a buffer"
            )
        }
        Unclear::Syntax => write!(f, "the {head} has a control character, or a field with an invalid name"),
        Unclear::NoKey => {
            write!(
                f,
                "the browser shows no key in the {head}: over HTTP/2 it sends none, and a 2xx is right for its extended CONNECT"
            )
        }
        Unclear::Reported(error) => write!(f, "the browser reports an error of this connection: {}", quote(error.as_bytes())),
        Unclear::OwnName => {
            let what = if kind == Kind::Request { "key" } else { "accept value" };
            write!(f, "the {what} stands under a name that is not the RFC's: `wskey verify` judges a pair")
        }
    }
}

impl fmt::Display for Unjudged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Response => f.write_str("no response was seen"),
            Self::FinalResponse => f.write_str("only an interim response was seen"),
            Self::Request => f.write_str("the request was not seen, and so not the key that the response answers"),
            Self::Http2Request => f.write_str(
                "its request was not seen: a 2xx over HTTP/2 is right for an extended CONNECT alone; an Upgrade needs HTTP/1.1",
            ),
            Self::Arrival => f.write_str("what arrived behind the proxy cannot be told to be this request: it has another key, and nothing else shows it"),
            Self::Question => f.write_str(
                "a request of the proxy's own, which carries Upgrade, may be what was answered, or its 101 what fails this one: give it a path of \
                 its own, the same each time, and no Upgrade (nginx's auth_request and mirror: a location with \
                 `proxy_set_header Upgrade \"\";`)",
            ),
            Self::Refusal => f.write_str("the proxy passed the first handshake and refused the second: a limit of its own, or what it does now and then"),
            Self::Frames => f.write_str("whether frames pass is not known: of those that both ends sent behind the 101 not all came through, and a handshake or frames of the proxy's own may be why"),
            Self::Parts(parts) => {
                for (at, kind) in [Kind::Request, Kind::Response].into_iter().enumerate() {
                    let names: Vec<_> = parts.iter().filter(|(of, _)| *of == kind).map(|(_, part)| *part).collect();
                    if !names.is_empty() {
                        let between = if at > 0 && parts.iter().any(|(of, _)| *of == Kind::Request) { "; " } else { "" };
                        write!(f, "{between}not seen in the {}: {}", name(kind), names.join(", "))?;
                    }
                }
                Ok(())
            }
            Self::End(kind) => write_unclear(f, *kind, &Unclear::CutOff),
            Self::Unclear(kind, unclear) => write_unclear(f, *kind, unclear),
            Self::Pairing(open) => write!(f, "{open} requests were open, and which response is whose cannot be told"),
            Self::Apart => f.write_str(
                "the response that came next stands behind another name or number, or in another part of the capture: it may be another \
                 connection's",
            ),
            Self::Contradicted => {
                f.write_str("the response is right for this key, but the capture shows it as that of another request")
            }
            Self::AfterAnother => {
                f.write_str("another response stands between the request and this one, and no other request is there for it")
            }
            Self::MaskedFrame => f.write_str(
                "a masked frame follows the 101: right from a client, wrong from a server, and the capture mixes the two directions",
            ),
        }
    }
}

/// Why there can be no yes for this exchange, if so: what was not seen, and what the capture leaves open.
#[must_use]
pub fn unjudged(exchange: &Exchange) -> Option<Unjudged> {
    if let Some((kind, _)) = exchange.heads().find(|(_, head)| head.is_cut()) {
        return Some(Unjudged::End(kind));
    }
    if exchange.far.as_ref().is_some_and(|far| far.is_uncertain) {
        return Some(Unjudged::Arrival);
    }
    let are_lost = |far: &FarSide| far.is_frame_unknown || far.has_frame_back == Some(false) && makes_its_own(exchange);
    if exchange.far.as_deref().is_some_and(are_lost) {
        return Some(Unjudged::Frames);
    }
    if exchange.far.as_ref().is_some_and(|far| far.is_asked_alike) {
        return Some(Unjudged::Question);
    }
    if let Some(open) = exchange.heads().find_map(|(kind, head)| left_open(kind, head, |unclear| !is_inexact(unclear))) {
        return Some(open);
    }
    match exchange.pairing {
        Pairing::Unknown(open) => return Some(Unjudged::Pairing(open)),
        Pairing::Apart => return Some(Unjudged::Apart),
        Pairing::Contradicted => return Some(Unjudged::Contradicted),
        Pairing::AfterAnother => return Some(Unjudged::AfterAnother),
        Pairing::Certain | Pairing::OneOf(_) | Pairing::SameKey(_) => {}
    }
    let Some(response) = &exchange.response else {
        let reported = || exchange.request.as_ref().and_then(|request| left_open(Kind::Request, request, is_reported));
        return if exchange.interim > 0 { Some(Unjudged::FinalResponse) } else { reported().or(Some(Unjudged::Response)) };
    };
    match response.status() {
        Some(_) if response.is_interim() => Some(Unjudged::FinalResponse),
        Some(200..300) if response.is_http2() && exchange.request.is_none() => Some(Unjudged::Http2Request),
        Some(101) | None if exchange.request.is_none() => Some(Unjudged::Request),
        Some(_) if may_refuse_another(exchange) => Some(Unjudged::Request),
        Some(101) | None => unseen(exchange, response),
        Some(200..300) if is_connected(exchange) => unseen(exchange, response),
        _ => None,
    }
    .or_else(|| exchange.heads().find_map(|(kind, head)| left_open(kind, head, is_inexact)))
}

/// Whether what was refused may be no handshake: the request was not seen, and a 426 names what to upgrade to in answer to any (RFC 9110,
/// section 15.5.22).
pub(super) fn may_refuse_another(exchange: &Exchange) -> bool {
    let is_its = |response: &Head| response.status() != Some(101) && !response.has(ACCEPT);
    exchange.request.is_none() && exchange.response.as_ref().is_some_and(is_its)
}

fn left_open(kind: Kind, head: &Head, is_wanted: fn(&Unclear) -> bool) -> Option<Unjudged> {
    head.unclear.iter().find(|unclear| is_wanted(unclear)).map(|unclear| Unjudged::Unclear(kind, unclear.clone()))
}

fn is_reported(unclear: &Unclear) -> bool {
    matches!(unclear, Unclear::Reported(_))
}

fn is_inexact(unclear: &Unclear) -> bool {
    matches!(unclear, Unclear::Inexact(_) | Unclear::Edited(_))
}

/// Why there can be no yes for a request by itself, if so.
#[must_use]
pub fn unjudged_request(request: &Head) -> Option<Unjudged> {
    if request.is_cut() {
        return Some(Unjudged::End(Kind::Request));
    }
    let parts = || parts_or_none(request_parts(request).into_iter().map(|part| (Kind::Request, part)).collect());
    let left_open = |is_wanted| left_open(Kind::Request, request, is_wanted);
    // What a browser reports is of the response.
    left_open(|unclear| !is_inexact(unclear) && !is_reported(unclear)).or_else(parts).or_else(|| left_open(is_inexact))
}

fn parts_or_none(parts: Vec<(Kind, &'static str)>) -> Option<Unjudged> {
    (!parts.is_empty()).then_some(Unjudged::Parts(parts))
}

/// What was not seen of a request that a yes needs.
fn request_parts(request: &Head) -> Vec<&'static str> {
    if request.fidelity > Fidelity::Partial {
        return Vec::new();
    }
    let method = request.method().is_none().then_some("the method");
    let version = (!request.start_line.is_empty() && request.version().is_none()).then_some("the version of HTTP");
    let fields: &[&str] =
        if request.is_http2() { &[":protocol", ":scheme", VERSION] } else { &["Host", "Upgrade", "Connection", VERSION, KEY] };
    let path = (request.is_http2() && request.target().is_none()).then_some(":path");
    let authority = (request.is_http2() && !request.has(":authority") && !request.has("Host")).then_some(":authority");
    let fields = fields.iter().copied().filter(|name| !request.has(name));
    method.into_iter().chain(version).chain(path).chain(authority).chain(fields).collect()
}

/// What was not seen of an exchange that was accepted.
fn unseen(exchange: &Exchange, response: &Head) -> Option<Unjudged> {
    let mut parts = Vec::new();
    if let Some(request) = exchange.request.as_ref().filter(|_| !exchange.is_key_given) {
        parts.extend(request_parts(request).into_iter().map(|part| (Kind::Request, part)));
    }
    // What the response selects must have been requested.
    let is_unseen = |name| match &exchange.request {
        Some(request) => request.fidelity == Fidelity::Partial && !request.has(name),
        None => true,
    };
    parts.extend(
        [PROTOCOL, EXTENSIONS].into_iter().filter(|name| response.has(name) && is_unseen(name)).map(|name| (Kind::Request, name)),
    );
    if response.status().is_none() {
        parts.push((Kind::Response, "the status"));
    }
    if response.fidelity == Fidelity::Partial && !is_http2(exchange) {
        let fields = ["Upgrade", "Connection", ACCEPT];
        parts.extend(fields.into_iter().filter(|name| !response.has(name)).map(|name| (Kind::Response, name)));
    }
    // The second byte tells it, whether the rest of the frame was seen or not (RFC 6455, section 5.2).
    let is_masked = |behind: &&Behind| behind.is_mixed && behind.bytes.get(1).is_some_and(|b| b & 0x80 != 0);
    parts_or_none(parts).or_else(|| exchange.behind.as_ref().filter(is_masked).map(|_| Unjudged::MaskedFrame))
}
