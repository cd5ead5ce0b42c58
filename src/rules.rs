//! The rules of the opening handshake, as data, and the judgement of exchanges by them.

mod refusal;
mod request;
mod response;
mod syntax;

use crate::escape::visible;
use crate::handshake::Accept;
use crate::head::{ACCEPT, EXTENSIONS, Exchange, Head, KEY, PROTOCOL, Seen, VERSION};
use std::cell::Cell;
use std::collections::HashMap;
use std::fmt;

/// How much a broken rule weighs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Level {
    /// Worth knowing.
    Note,
    /// Another MUST or SHOULD, or legal and known to break real peers.
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

/// Who is at fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// Who sent the request.
    Client,
    /// Who answered it.
    Server,
    /// Somebody on the way: a proxy, a load balancer, a cache.
    Between,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Client => "client",
            Self::Server => "server",
            Self::Between => "between",
        })
    }
}

/// One rule of the handshake. The id is stable: people put it into scripts.
///
/// ```
/// use wskey::{Level, RULES};
///
/// let rule = RULES.iter().find(|rule| rule.id == "accept-mismatch").unwrap();
/// assert_eq!((rule.level, rule.section), (Level::Error, "4.1 (4)"));
/// ```
#[derive(Debug)]
pub struct Rule {
    /// Its name in reports and for `--skip`.
    pub id: &'static str,
    /// How much it weighs, if nothing in the exchange says otherwise.
    pub level: Level,
    /// Who breaks it, if nothing in the exchange says otherwise; none where it is whoever sent the head.
    pub side: Option<Side>,
    /// The section that demands it, of RFC 6455 unless another is named; empty where none does.
    pub section: &'static str,
    /// The rule in one sentence.
    pub says: &'static str,
    /// How much of a head must have been seen to judge it.
    pub needs: Seen,
    on: On,
    check: fn(&Scene, &Head) -> Option<Broken>,
}

/// Which heads a rule is judged on.
#[derive(Clone, Copy, Debug)]
enum On {
    /// Requests over HTTP/1.
    Request,
    /// Requests over HTTP/1, and extended CONNECTs (RFC 8441, section 5).
    AnyRequest,
    /// The 101 of HTTP/1.
    Switch,
    /// The 101, and HTTP/2's 2xx to an extended CONNECT (RFC 8441, section 5).
    Accepted,
    /// Responses of every kind.
    Response,
    /// Requests and responses over HTTP/1.
    Either,
    /// Requests and responses over HTTP/2 and later.
    Http2,
}

/// A rule that an exchange breaks, and by what.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The index of the exchange among those that were judged.
    pub exchange: usize,
    /// The rule.
    pub rule: &'static Rule,
    /// How much it weighs here.
    pub level: Level,
    /// Who is at fault here.
    pub side: Side,
    /// The evidence, escaped, and what would be right.
    pub message: String,
}

/// What a check found, and where it weighs or blames otherwise than the rule does.
pub(crate) struct Broken {
    message: String,
    level: Option<Level>,
    side: Option<Side>,
}

impl Broken {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), level: None, side: None }
    }

    pub(crate) fn by(self, side: Side) -> Self {
        Self { side: Some(side), ..self }
    }

    pub(crate) fn weighs(self, level: Level) -> Self {
        Self { level: Some(level), ..self }
    }
}

macro_rules! rule {
    ($id:literal, $level:ident, $side:expr, $section:literal, $needs:ident, $on:ident, $check:expr, $says:literal $(,)?) => {
        Rule {
            id: $id,
            level: Level::$level,
            side: $side,
            section: $section,
            says: $says,
            needs: Seen::$needs,
            on: On::$on,
            check: $check,
        }
    };
}

const CLIENT: Option<Side> = Some(Side::Client);
const SERVER: Option<Side> = Some(Side::Server);
const SENDER: Option<Side> = None;

/// All rules, in the order of the documentation.
#[rustfmt::skip]
pub static RULES: &[Rule] = &[
    rule!("request-method", Error, CLIENT, "4.1", Part, Request, request::request_method,
        "the method is GET"),
    rule!("request-version", Error, CLIENT, "4.1; RFC 9110 7.8", Part, Request, request::request_version,
        "the version is HTTP/1.1"),
    rule!("request-target", Error, CLIENT, "4.1, 3; RFC 9112 3.2", Part, Request, request::request_target,
        "the target is in origin form or absolute form, without a fragment"),
    rule!("request-host", Error, CLIENT, "4.1; RFC 9112 3.2", Part, Request, request::request_host,
        "Host is there, exactly once, and names a host"),
    rule!("request-upgrade", Error, CLIENT, "4.1", Part, Request, |_, head| request::request_token(head, "Upgrade", "websocket"),
        "Upgrade has the token websocket, in any letter case, alone or in a list"),
    rule!("request-connection", Error, CLIENT, "4.1", Part, Request, |_, head| request::request_token(head, "Connection", "Upgrade"),
        "Connection has the token Upgrade, in any letter case, in a list or on one of several lines"),
    rule!("key-missing", Error, CLIENT, "4.1", Copied, Request, request::key_missing,
        "Sec-WebSocket-Key is there"),
    rule!("key-duplicate", Error, CLIENT, "11.3.1", Wire, Request, |_, head| duplicate(head, KEY),
        "Sec-WebSocket-Key stands on one line only"),
    rule!("key-malformed", Error, CLIENT, "4.1, 4.2.1", Part, Request, request::key_malformed,
        "the key is padded standard base64 of 16 bytes"),
    rule!("key-trailing-bits", Warn, CLIENT, "RFC 4648 3.5; erratum 3150", Part, Request, request::key_trailing_bits,
        "the unused bits of the key are zero: its 22nd character is A, Q, g or w"),
    rule!("key-well-known", Warn, CLIENT, "4.1", Part, Request, request::key_well_known,
        "the key is random, not one out of documentation and not readable text"),
    rule!("key-reused", Warn, CLIENT, "4.1", Part, Switch, request::key_reused,
        "two different requests that both got a 101 carry different keys"),
    rule!("version-missing", Error, CLIENT, "4.1", Copied, AnyRequest, request::version_missing,
        "Sec-WebSocket-Version is there"),
    rule!("version-duplicate", Error, CLIENT, "11.3.5", Wire, AnyRequest, |_, head| duplicate(head, VERSION),
        "Sec-WebSocket-Version stands on one line only"),
    rule!("version-unsupported", Error, CLIENT, "4.1, 4.3", Part, AnyRequest, request::version_unsupported,
        "the version is 13: digits, no sign, no leading zero"),
    rule!("request-protocol", Error, CLIENT, "4.1", Part, AnyRequest, request::request_protocol,
        "Sec-WebSocket-Protocol lists tokens, at least one, none twice"),
    rule!("request-extensions", Error, CLIENT, "9.1", Part, AnyRequest, request::request_extensions,
        "Sec-WebSocket-Extensions follows the grammar"),

    rule!("response-status", Error, SERVER, "4.1, 4.2.2", Part, Response, response::response_status,
        "the status is 101"),
    rule!("response-version", Error, SERVER, "RFC 9110 15.2, 7.8", Part, Switch, response::response_version,
        "the version is HTTP/1.1"),
    rule!("response-upgrade", Error, SERVER, "4.1 (2)", Part, Switch, response::response_upgrade,
        "Upgrade is websocket, one value, in any letter case"),
    rule!("response-connection", Error, SERVER, "4.1 (3)", Part, Switch, response::response_connection,
        "Connection has the token Upgrade"),
    rule!("response-connection-list", Warn, SERVER, "", Part, Switch, response::response_connection_list,
        "Connection is Upgrade alone: 11 of 26 clients tried refuse the legal keep-alive, Upgrade"),
    rule!("accept-missing", Error, SERVER, "4.1 (4)", Copied, Switch, response::accept_missing,
        "Sec-WebSocket-Accept is there"),
    rule!("accept-duplicate", Error, SERVER, "11.3.3", Wire, Switch, |_, head| duplicate(head, ACCEPT),
        "Sec-WebSocket-Accept stands on one line only"),
    rule!("accept-mismatch", Error, SERVER, "4.1 (4)", Part, Switch, response::accept_mismatch,
        "the accept value answers the key of this request"),
    rule!("accept-constant", Error, SERVER, "1.3, 4.2.2", Part, Switch, response::accept_constant,
        "different keys get different accept values: one that never changes is hard-coded, or comes from a cache"),
    rule!("protocol-unrequested", Error, SERVER, "4.1 (6)", Part, Accepted, response::protocol_unrequested,
        "the subprotocol was asked for, exactly as written, and is at most one"),
    rule!("protocol-not-chosen", Warn, SERVER, "4.2.2", Copied, Accepted, response::protocol_not_chosen,
        "of the subprotocols asked for one is chosen: none is legal, and 6 of 26 clients tried, Chromium too, fail the connection"),
    rule!("extension-unrequested", Error, SERVER, "4.1 (5)", Part, Accepted, response::extension_unrequested,
        "every extension was offered"),
    rule!("response-body", Warn, SERVER, "RFC 9110 8.6; RFC 9112 6.1", Part, Switch, response::response_body,
        "a 101 has no Content-Length and no Transfer-Encoding"),
    rule!("refusal-version-list", Warn, SERVER, "4.4", Copied, Response, response::refusal_version_list,
        "a refusal for the version names the versions spoken in Sec-WebSocket-Version"),
    rule!("refusal-upgrade-field", Warn, SERVER, "RFC 9110 15.5.22", Copied, Response, response::refusal_upgrade_field,
        "a 426 carries Upgrade"),

    rule!("head-unterminated", Error, SENDER, "RFC 9112 2.1", Wire, Either, syntax::head_unterminated,
        "the head ends with an empty line"),
    rule!("head-bare-lf", Warn, SENDER, "RFC 9112 2.2", Wire, Either, syntax::head_bare_lf,
        "lines end in CRLF: half of the peers refuse a bare LF"),
    rule!("head-bare-cr", Error, SENDER, "RFC 9112 2.2", Wire, Either, syntax::head_bare_cr,
        "no CR stands without LF"),
    rule!("head-field-syntax", Error, SENDER, "RFC 9112 5.1; RFC 9110 5.5", Wire, Either, syntax::head_field_syntax,
        "every field is a name, a colon right behind it, and a value without control characters"),
    rule!("head-folded", Warn, SENDER, "RFC 9112 5.2", Wire, Either, syntax::head_folded,
        "no line continues the one before it"),
    rule!("http2-upgrade", Error, SENDER, "RFC 9113 8.2.2, 8.6; RFC 8441 5", Part, Http2, syntax::http2_upgrade,
        "HTTP/2 and 3 have no Upgrade, no key and no accept value: HTTP/1.1 or extended CONNECT is needed"),
    rule!("http2-connect", Note, SENDER, "RFC 8441 4, 5; RFC 9220", Part, Http2, syntax::http2_connect,
        "an extended CONNECT with :protocol websocket has no key to judge"),
];

/// How many wrong accept values of one call are looked into: a cause takes milliseconds to find.
const DIAGNOSES: usize = 32;

/// Judges exchanges by all rules; several exchanges together by those that compare them.
///
/// What a head does not show (see [`Seen`]) is not judged. The findings come in the order of the exchanges, and for each
/// exchange in the order of [`RULES`].
///
/// ```
/// use wskey::{Exchange, Head, judge};
///
/// let request = Head::parse(b"GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
///     Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j\r\nSec-WebSocket-Version: 13\r\n\r\n");
/// let findings = judge(&[Exchange { request: Some(request), response: None }]);
/// assert_eq!(findings[0].rule.id, "key-malformed");
/// assert_eq!(findings[0].message, "key decodes to 15 bytes, expected 16: `dGhlIHNhbXBsZSBub25j`");
/// ```
#[must_use]
pub fn judge(exchanges: &[Exchange]) -> Vec<Finding> {
    let context = Context::of(exchanges);
    let mut findings = Vec::new();
    for (at, exchange) in exchanges.iter().enumerate() {
        let scene = Scene { context: &context, at, exchange };
        for rule in RULES {
            for (head, side) in [(&exchange.request, Side::Client), (&exchange.response, Side::Server)] {
                let broken = head.as_ref().and_then(|head| rule.broken(&scene, head, side));
                findings.extend(broken.map(|Broken { message, level, side: by }| Finding {
                    exchange: at,
                    rule,
                    level: level.unwrap_or(rule.level),
                    side: by.or(rule.side).unwrap_or(side),
                    message,
                }));
            }
        }
    }
    findings
}

/// Why no verdict on this exchange can be had, if so: what was not seen. It is then not right, whatever the findings.
///
/// An accept value whose key is not known answers nothing that could be checked.
#[must_use]
pub fn unjudged(exchange: &Exchange) -> Option<&'static str> {
    let Some(response) = &exchange.response else {
        let request = exchange.request.as_ref();
        let bare = request.is_none_or(|head| head.seen == Seen::Part && head.all(KEY).next().is_none());
        return bare.then_some("neither a key nor an answer was seen");
    };
    let key_unknown = exchange.request.as_ref().is_none_or(|head| head.seen == Seen::Part && head.all(KEY).next().is_none());
    let accept_unseen = response.all(ACCEPT).next().is_none();
    match response.status() {
        Some(100 | 102..200) => Some("only an interim response was seen"),
        Some(200..300) if response.is_http2() && exchange.request.is_none() => {
            Some("its request was not seen: a 2xx over HTTP/2 is right for an extended CONNECT alone; an Upgrade needs HTTP/1.1")
        }
        Some(101) | None if accept_unseen && (response.seen == Seen::Part || response.first.is_empty()) => {
            Some("no accept value was seen")
        }
        Some(101) | None if !accept_unseen && key_unknown => Some("the key that the accept value answers was not seen"),
        _ => None,
    }
}

/// What the exchanges say together.
struct Context<'a> {
    all: &'a [Exchange],
    /// The first exchange whose key has this accept value.
    answers: HashMap<[u8; Accept::LEN], usize>,
    /// The first accepted exchange with this key.
    key_first: HashMap<&'a [u8], usize>,
    /// The first accepted exchange with a key and this accept value.
    accept_first: HashMap<&'a [u8], usize>,
    diagnoses: Cell<usize>,
}

impl<'a> Context<'a> {
    fn of(all: &'a [Exchange]) -> Self {
        let (mut answers, mut key_first, mut accept_first) = (HashMap::new(), HashMap::new(), HashMap::new());
        for (at, exchange) in all.iter().enumerate() {
            let Some(key) = key_of(exchange) else { continue };
            answers.entry(Accept::of(key).encode()).or_insert(at);
            let Some(response) = exchange.response.as_ref().filter(|_| switched(exchange)) else { continue };
            key_first.entry(key).or_insert(at);
            if let Some(accept) = response.one(ACCEPT) {
                accept_first.entry(accept).or_insert(at);
            }
        }
        Self { all, answers, key_first, accept_first, diagnoses: Cell::new(0) }
    }
}

/// One exchange among the others.
struct Scene<'a> {
    context: &'a Context<'a>,
    at: usize,
    exchange: &'a Exchange,
}

impl Rule {
    fn broken(&self, scene: &Scene, head: &Head, side: Side) -> Option<Broken> {
        let http2 = is_http2(scene.exchange);
        let concerned = match self.on {
            On::Request => side == Side::Client && !http2,
            On::AnyRequest => side == Side::Client && (!http2 || connects(head)),
            On::Switch => side == Side::Server && switched(scene.exchange),
            On::Accepted => side == Side::Server && (switched(scene.exchange) || connected(scene.exchange)),
            On::Response => side == Side::Server,
            On::Either => !http2,
            On::Http2 => http2,
        };
        if concerned && head.seen >= self.needs { (self.check)(scene, head) } else { None }
    }
}

fn is_http2(exchange: &Exchange) -> bool {
    [&exchange.request, &exchange.response].into_iter().flatten().any(Head::is_http2)
}

/// Whether the answer is HTTP/1's 101, or looks like one whose first line was not seen.
fn switched(exchange: &Exchange) -> bool {
    let switch = |head: &Head| match head.status() {
        Some(status) => status == 101,
        None => head.first.is_empty() && head.all(ACCEPT).next().is_some(),
    };
    !is_http2(exchange) && exchange.response.as_ref().is_some_and(switch)
}

/// Whether the request is an extended CONNECT for a WebSocket (RFC 8441, section 4).
fn connects(head: &Head) -> bool {
    // Not every copy shows the fields that begin with a colon.
    let protocol = head.one(":protocol").map_or(head.all(VERSION).next().is_some(), |protocol| protocol == b"websocket");
    head.is_http2() && head.method() == Some(b"CONNECT") && protocol
}

fn connected(exchange: &Exchange) -> bool {
    let status = exchange.response.as_ref().and_then(Head::status);
    exchange.request.as_ref().is_some_and(connects) && matches!(status, Some(200..300))
}

fn key_of(exchange: &Exchange) -> Option<&[u8]> {
    exchange.request.as_ref()?.all(KEY).next()
}

/// Whether the field is not there and would have been seen.
fn lacks(head: &Head, name: &str) -> bool {
    head.seen >= Seen::Copied && head.all(name).next().is_none()
}

/// Whether the list has this member, in any letter case.
fn has_token(head: &Head, name: &str, token: &str) -> bool {
    head.list(name).any(|member| member.eq_ignore_ascii_case(token.as_bytes()))
}

/// The evidence: escaped, and cut where nobody would read on.
pub(crate) fn show(bytes: &[u8]) -> String {
    match bytes.get(..200) {
        Some(start) if bytes.len() > 200 => format!("`{}`... ({} bytes)", visible(start), bytes.len()),
        _ => format!("`{}`", visible(bytes)),
    }
}

/// The values of the fields of this name, each as evidence.
pub(crate) fn show_all(head: &Head, name: &str) -> String {
    enumerate(head.all(name).map(show))
}

/// The items in words: `a, b and 3 more`.
fn enumerate(items: impl Iterator<Item = String>) -> String {
    let items: Vec<_> = items.collect();
    match items.split_at_checked(5) {
        Some((some, rest)) if rest.len() > 1 => format!("{} and {} more", some.join(", "), rest.len()),
        _ => items.join(", "),
    }
}

/// Whether a version of HTTP/1 may carry an Upgrade: RFC 6455, section 4.1, asks for at least 1.1.
fn upgradable(version: &[u8]) -> bool {
    matches!(version.strip_prefix(b"HTTP/1."), Some([b'1'..=b'9']))
}

fn duplicate(head: &Head, name: &str) -> Option<Broken> {
    let count = head.all(name).count();
    (count > 1).then(|| Broken::new(format!("{name} stands on {count} lines, expected one: {}", show_all(head, name))))
}
