//! The rules of the opening handshake, as data, and the judgement of exchanges by them.

use crate::escape::visible;
use crate::handshake::{Accept, Key};
use crate::head::{Exchange, Head, Oddity, Seen, is_token, trim};
use crate::refusal;
use std::cell::Cell;
use std::collections::{HashMap, HashSet};
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
    /// Requests over any HTTP.
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
    rule!("request-method", Error, CLIENT, "4.1", Part, Request, request_method,
        "the method is GET"),
    rule!("request-version", Error, CLIENT, "4.1; RFC 9110 7.8", Part, Request, request_version,
        "the version is HTTP/1.1"),
    rule!("request-target", Error, CLIENT, "4.1, 3; RFC 9112 3.2", Part, Request, request_target,
        "the target is in origin form or absolute form, without a fragment"),
    rule!("request-host", Error, CLIENT, "4.1; RFC 9112 3.2", Part, Request, request_host,
        "Host is there, exactly once, and names a host"),
    rule!("request-upgrade", Error, CLIENT, "4.1", Part, Request, |_, head| request_token(head, "Upgrade", "websocket"),
        "Upgrade has the token websocket, in any letter case, alone or in a list"),
    rule!("request-connection", Error, CLIENT, "4.1", Part, Request, |_, head| request_token(head, "Connection", "Upgrade"),
        "Connection has the token Upgrade, in any letter case, in a list or on one of several lines"),
    rule!("key-missing", Error, CLIENT, "4.1", Copied, Request, key_missing,
        "Sec-WebSocket-Key is there"),
    rule!("key-duplicate", Error, CLIENT, "11.3.1", Wire, Request, |_, head| duplicate(head, KEY),
        "Sec-WebSocket-Key stands on one line only"),
    rule!("key-malformed", Error, CLIENT, "4.1, 4.2.1", Part, Request, key_malformed,
        "the key is padded standard base64 of 16 bytes"),
    rule!("key-trailing-bits", Warn, CLIENT, "RFC 4648 3.5; erratum 3150", Part, Request, key_trailing_bits,
        "the unused bits of the key are zero: its 22nd character is A, Q, g or w"),
    rule!("key-well-known", Warn, CLIENT, "4.1", Part, Request, key_well_known,
        "the key is random, not one out of documentation and not readable text"),
    rule!("key-reused", Warn, CLIENT, "4.1", Part, Switch, key_reused,
        "two different requests that both got a 101 carry different keys"),
    rule!("version-missing", Error, CLIENT, "4.1", Copied, AnyRequest, version_missing,
        "Sec-WebSocket-Version is there"),
    rule!("version-duplicate", Error, CLIENT, "11.3.5", Wire, AnyRequest, |_, head| duplicate(head, VERSION),
        "Sec-WebSocket-Version stands on one line only"),
    rule!("version-unsupported", Error, CLIENT, "4.1, 4.3", Part, AnyRequest, version_unsupported,
        "the version is 13: digits, no sign, no leading zero"),
    rule!("request-protocol", Error, CLIENT, "4.1", Part, AnyRequest, request_protocol,
        "Sec-WebSocket-Protocol lists tokens, at least one, none twice"),
    rule!("request-extensions", Error, CLIENT, "9.1", Part, AnyRequest, request_extensions,
        "Sec-WebSocket-Extensions follows the grammar"),

    rule!("response-status", Error, SERVER, "4.1, 4.2.2", Part, Response, response_status,
        "the status is 101"),
    rule!("response-version", Error, SERVER, "RFC 9110 15.2, 7.8", Part, Switch, response_version,
        "the version is HTTP/1.1"),
    rule!("response-upgrade", Error, SERVER, "4.1 (2)", Part, Switch, response_upgrade,
        "Upgrade is websocket, one value, in any letter case"),
    rule!("response-connection", Error, SERVER, "4.1 (3)", Part, Switch, response_connection,
        "Connection has the token Upgrade"),
    rule!("response-connection-list", Warn, SERVER, "", Part, Switch, response_connection_list,
        "Connection is Upgrade alone: 11 of 26 clients tried refuse the legal keep-alive, Upgrade"),
    rule!("accept-missing", Error, SERVER, "4.1 (4)", Copied, Switch, accept_missing,
        "Sec-WebSocket-Accept is there"),
    rule!("accept-duplicate", Error, SERVER, "11.3.3", Wire, Switch, |_, head| duplicate(head, ACCEPT),
        "Sec-WebSocket-Accept stands on one line only"),
    rule!("accept-mismatch", Error, SERVER, "4.1 (4)", Part, Switch, accept_mismatch,
        "the accept value answers the key of this request"),
    rule!("accept-constant", Error, SERVER, "1.3, 4.2.2", Part, Switch, accept_constant,
        "different keys get different accept values: one that never changes is hard-coded, or comes from a cache"),
    rule!("protocol-unrequested", Error, SERVER, "4.1 (6)", Part, Accepted, protocol_unrequested,
        "the subprotocol was asked for, exactly as written, and is at most one"),
    rule!("protocol-not-chosen", Warn, SERVER, "4.2.2", Copied, Accepted, protocol_not_chosen,
        "of the subprotocols asked for one is chosen: none is legal, and 6 of 26 clients tried, Chromium too, fail the connection"),
    rule!("extension-unrequested", Error, SERVER, "4.1 (5)", Part, Accepted, extension_unrequested,
        "every extension was offered"),
    rule!("response-body", Warn, SERVER, "RFC 9110 8.6; RFC 9112 6.1", Part, Switch, response_body,
        "a 101 has no Content-Length and no Transfer-Encoding"),
    rule!("refusal-version-list", Warn, SERVER, "4.4", Copied, Response, refusal_version_list,
        "a refusal for the version names the versions spoken in Sec-WebSocket-Version"),
    rule!("refusal-upgrade-field", Warn, SERVER, "RFC 9110 15.5.22", Copied, Response, refusal_upgrade_field,
        "a 426 carries Upgrade"),

    rule!("head-unterminated", Error, SENDER, "RFC 9112 2.1", Wire, Either, head_unterminated,
        "the head ends with an empty line"),
    rule!("head-bare-lf", Warn, SENDER, "RFC 9112 2.2", Wire, Either, head_bare_lf,
        "lines end in CRLF: half of the peers refuse a bare LF"),
    rule!("head-bare-cr", Error, SENDER, "RFC 9112 2.2", Wire, Either, head_bare_cr,
        "no CR stands without LF"),
    rule!("head-field-syntax", Error, SENDER, "RFC 9112 5.1; RFC 9110 5.5", Wire, Either, head_field_syntax,
        "every field is a name, a colon right behind it, and a value without control characters"),
    rule!("head-folded", Warn, SENDER, "RFC 9112 5.2", Wire, Either, head_folded,
        "no line continues the one before it"),
    rule!("http2-upgrade", Error, SENDER, "RFC 9113 8.2.2, 8.6; RFC 8441 5", Part, Http2, http2_upgrade,
        "HTTP/2 and 3 have no Upgrade, no key and no accept value: HTTP/1.1 or extended CONNECT is needed"),
    rule!("http2-connect", Note, SENDER, "RFC 8441 4, 5; RFC 9220", Part, Http2, http2_connect,
        "an extended CONNECT with :protocol websocket has no key to judge"),
];

const KEY: &str = "Sec-WebSocket-Key";
const ACCEPT: &str = "Sec-WebSocket-Accept";
const VERSION: &str = "Sec-WebSocket-Version";
const PROTOCOL: &str = "Sec-WebSocket-Protocol";
const EXTENSIONS: &str = "Sec-WebSocket-Extensions";

/// How many wrong accept values of one call are looked into: a cause takes milliseconds to find.
const DIAGNOSES: usize = 100;

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
    /// The keys of all requests.
    keys: Vec<&'a [u8]>,
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
        let (mut keys, mut answers) = (Vec::new(), HashMap::new());
        let (mut key_first, mut accept_first) = (HashMap::new(), HashMap::new());
        for (at, exchange) in all.iter().enumerate() {
            let Some(key) = key_of(exchange) else { continue };
            keys.push(key);
            answers.entry(Accept::of(key).encode()).or_insert(at);
            let Some(response) = exchange.response.as_ref().filter(|_| switched(exchange)) else { continue };
            key_first.entry(key).or_insert(at);
            if let Some(accept) = response.one(ACCEPT) {
                accept_first.entry(accept).or_insert(at);
            }
        }
        Self { all, keys, answers, key_first, accept_first, diagnoses: Cell::new(0) }
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
            On::AnyRequest => side == Side::Client,
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

/// The first field by which a proxy makes itself known.
pub(crate) fn proxy_trace(head: &Head) -> Option<String> {
    let trace = |name: &[u8]| {
        let name = name.to_ascii_lowercase();
        matches!(&*name, b"via" | b"forwarded" | b"x-real-ip") || name.starts_with(b"x-forwarded-")
    };
    head.fields.iter().find(|field| trace(&field.name)).map(|field| visible(&field.name).to_string())
}

fn request_method(_: &Scene, head: &Head) -> Option<Broken> {
    let method = head.method().filter(|&method| method != b"GET")?;
    Some(Broken::new(format!("the method is {}, expected `GET`", show(method))))
}

fn request_version(_: &Scene, head: &Head) -> Option<Broken> {
    if head.first.is_empty() {
        return None;
    }
    let Some(version) = head.version() else {
        return Some(Broken::new(format!("{} does not end in a version, expected `HTTP/1.1`", show(&head.first))));
    };
    if upgradable(version) {
        return None;
    }
    let broken = Broken::new(format!("the version is {}, expected `HTTP/1.1`", show(version)));
    // What nginx makes of a request unless `proxy_http_version 1.1` is set.
    let forwarded = version == b"HTTP/1.0" && proxy_trace(head).is_some();
    Some(if forwarded { broken.by(Side::Between) } else { broken })
}

fn request_target(_: &Scene, head: &Head) -> Option<Broken> {
    let target = head.target()?;
    let absolute = || {
        let (scheme, rest) = target.split_at_checked(target.iter().position(|&b| b == b':')?)?;
        let known = ["ws", "wss", "http", "https"].iter().any(|name| scheme.eq_ignore_ascii_case(name.as_bytes()));
        Some(known && matches!(rest, [b':', b'/', b'/', host, ..] if !b"/?".contains(host)))
    };
    let wrong = if target.contains(&b'#') {
        "has a fragment, expected none"
    } else if target.iter().any(u8::is_ascii_whitespace) {
        "has a blank, expected none"
    } else if target.starts_with(b"/") || absolute() == Some(true) {
        return None;
    } else {
        "is neither a path that begins with '/' nor a ws, wss, http or https URI"
    };
    Some(Broken::new(format!("the target {} {wrong}", show(target))))
}

fn request_host(_: &Scene, head: &Head) -> Option<Broken> {
    if lacks(head, "Host") {
        return Some(Broken::new("Host is missing"));
    }
    let count = head.all("Host").count();
    if count > 1 && head.seen == Seen::Wire {
        return Some(Broken::new(format!("Host stands on {count} lines, expected one: {}", show_all(head, "Host"))));
    }
    let bad = |host: &&[u8]| host.is_empty() || host.iter().any(|b| b.is_ascii_control() || b" ,/?#@\"<>\\^`{|}".contains(b));
    let host = head.all("Host").find(bad)?;
    Some(Broken::new(format!("Host is {}, expected a host and perhaps a port", show(host))))
}

/// Upgrade and Connection of a request. They are for one hop alone (RFC 9110, section 7.6.1): a proxy drops them unless it
/// is told to pass them on, and the key stays.
fn request_token(head: &Head, name: &str, token: &str) -> Option<Broken> {
    if head.list(name).any(|member| member.eq_ignore_ascii_case(token.as_bytes())) {
        return None;
    }
    let found = match head.all(name).next() {
        Some(_) => format!("{name} is {}", show_all(head, name)),
        None if lacks(head, name) => format!("{name} is missing"),
        None => return None,
    };
    let found = format!("{found}, expected `{token}`");
    let dropped = lacks(head, "Upgrade") && head.all(KEY).next().is_some();
    Some(match proxy_trace(head).filter(|_| dropped) {
        Some(trace) => Broken::new(format!(
            "{found}: {trace} shows a proxy, which drops Upgrade and Connection unless it is told to pass them on"
        ))
        .by(Side::Between),
        None => Broken::new(found),
    })
}

fn key_missing(_: &Scene, head: &Head) -> Option<Broken> {
    if !lacks(head, KEY) {
        return None;
    }
    Some(Broken::new(if head.all("Sec-WebSocket-Key1").next().is_some() {
        "Sec-WebSocket-Key is missing: Sec-WebSocket-Key1 is of the draft hixie-76, which RFC 6455 replaced"
    } else {
        "Sec-WebSocket-Key is missing"
    }))
}

fn duplicate(head: &Head, name: &str) -> Option<Broken> {
    let count = head.all(name).count();
    (count > 1).then(|| Broken::new(format!("{name} stands on {count} lines, expected one: {}", show_all(head, name))))
}

fn key_malformed(_: &Scene, head: &Head) -> Option<Broken> {
    let (key, error) = head.all(KEY).find_map(|key| Some((key, Key::parse(key).err()?)))?;
    Some(Broken::new(if key.is_empty() { error.to_string() } else { format!("{error}: {}", show(key)) }))
}

fn key_trailing_bits(_: &Scene, head: &Head) -> Option<Broken> {
    let lax = |key| Key::parse_strict(key).err().filter(|_| Key::parse(key).is_ok());
    let (key, error) = head.all(KEY).find_map(|key| Some((key, lax(key)?)))?;
    Some(Broken::new(format!("{error}: {}", show(key))))
}

fn key_well_known(_: &Scene, head: &Head) -> Option<Broken> {
    head.all(KEY).find_map(|key| {
        let Ok(nonce) = Key::parse(key).map(|key| key.nonce()) else { return None };
        if nonce == [0; 16] {
            return Some(Broken::new("the key is 16 zero bytes, expected random ones"));
        }
        // Chance makes one random nonce in seven million printable.
        let readable = nonce.iter().all(|&b| matches!(b, b' '..=b'~'));
        readable.then(|| Broken::new(format!("the key is the text {}, expected random bytes", show(&nonce))))
    })
}

fn key_reused(scene: &Scene, _: &Head) -> Option<Broken> {
    let key = key_of(scene.exchange)?;
    let first = *scene.context.key_first.get(key).filter(|&&first| first < scene.at)?;
    let other = scene.context.all.get(first)?.request.as_ref()?;
    let what = difference(scene.exchange.request.as_ref()?, other)?;
    Some(Broken::new(format!("the key {} is that of exchange {}, whose {what} differs", show(key), first + 1)))
}

/// In what two requests with one key differ that a proxy between two capture points would not have changed.
fn difference(one: &Head, other: &Head) -> Option<&'static str> {
    let forwarded = proxy_trace(one).is_some() || proxy_trace(other).is_some();
    if !forwarded && one.target().zip(other.target()).is_some_and(|(a, b)| a != b) {
        return Some("target");
    }
    ["Origin", "User-Agent", "Cookie", PROTOCOL, EXTENSIONS]
        .into_iter()
        .find(|name| one.one(name).zip(other.one(name)).is_some_and(|(a, b)| a != b))
}

fn version_missing(_: &Scene, head: &Head) -> Option<Broken> {
    lacks(head, VERSION).then(|| Broken::new("Sec-WebSocket-Version is missing, expected `13`"))
}

fn version_unsupported(_: &Scene, head: &Head) -> Option<Broken> {
    let version = head.all(VERSION).find(|&version| version != b"13")?;
    Some(Broken::new(format!("Sec-WebSocket-Version is {}, expected `13`", show(version))))
}

fn request_protocol(_: &Scene, head: &Head) -> Option<Broken> {
    head.all(PROTOCOL).next()?;
    if head.list(PROTOCOL).next().is_none() {
        return Some(Broken::new("Sec-WebSocket-Protocol is empty, expected a token at least"));
    }
    if let Some(bad) = head.list(PROTOCOL).find(|name| !is_token(name)) {
        return Some(Broken::new(format!("the subprotocol {} is not a token", show(bad))));
    }
    let mut names = HashSet::new();
    let twice = head.list(PROTOCOL).find(|&name| !names.insert(name))?;
    Some(Broken::new(format!("the subprotocol {} is asked for twice", show(twice))))
}

fn request_extensions(_: &Scene, head: &Head) -> Option<Broken> {
    Some(Broken::new(extensions(head).err()?))
}

/// The names in Sec-WebSocket-Extensions (RFC 6455, section 9.1), or why it does not follow the grammar there.
fn extensions(head: &Head) -> Result<Vec<&[u8]>, String> {
    let mut names = Vec::new();
    for value in head.all(EXTENSIONS) {
        for extension in split_unquoted(value, b',').into_iter().filter(|extension| !extension.is_empty()) {
            let mut parts = split_unquoted(extension, b';').into_iter();
            let name = parts.next().filter(|name| is_token(name));
            names.push(name.ok_or_else(|| format!("the extension {} does not begin with a token", show(extension)))?);
            for part in parts {
                let mut halves = part.splitn(2, |&b| b == b'=').map(trim);
                if !halves.next().is_some_and(is_token) || !halves.next().is_none_or(is_token_or_quoted) {
                    return Err(format!(
                        "the parameter {} of {} is neither a token nor `token=token`, quoted or not",
                        show(part),
                        show(extension)
                    ));
                }
            }
        }
    }
    if names.is_empty() && head.all(EXTENSIONS).next().is_some() {
        return Err("Sec-WebSocket-Extensions is empty, expected a token at least".to_owned());
    }
    Ok(names)
}

/// The parts between separators that stand outside of quotes, trimmed.
fn split_unquoted(text: &[u8], separator: u8) -> Vec<&[u8]> {
    let (mut quoted, mut escaped) = (false, false);
    let parts = text.split(|&b| {
        let cuts = b == separator && !quoted;
        quoted ^= b == b'"' && !escaped;
        escaped = b == b'\\' && quoted && !escaped;
        cuts
    });
    parts.map(trim).collect()
}

/// What is quoted must be a token too once the quotes and backslashes are gone (RFC 6455, section 9.1).
fn is_token_or_quoted(value: &[u8]) -> bool {
    let [b'"', inner @ .., b'"'] = value else { return is_token(value) };
    let mut escaped = false;
    let text: Vec<u8> = inner
        .iter()
        .copied()
        .filter(|&b| {
            escaped = b == b'\\' && !escaped;
            !escaped
        })
        .collect();
    !escaped && is_token(&text)
}

fn response_status(scene: &Scene, head: &Head) -> Option<Broken> {
    let Some(status) = head.status() else {
        let malformed = !head.first.is_empty();
        return malformed.then(|| Broken::new(format!("{} is no status line, expected `HTTP/1.1 101`", show(&head.first))));
    };
    if status == 101 || connected(scene.exchange) || (is_http2(scene.exchange) && unjudged(scene.exchange).is_some()) {
        return None;
    }
    let request = scene.exchange.request.as_ref();
    let fault = request.and_then(|request| {
        let on_request = |on| matches!(on, On::Request | On::AnyRequest | On::Either | On::Http2);
        RULES.iter().filter(|rule| rule.level == Level::Error && on_request(rule.on)).find_map(|rule| {
            let broken = rule.broken(scene, request, Side::Client)?;
            Some((rule.id, broken.side.unwrap_or(Side::Client)))
        })
    });
    let followed = scene.at + 1 < scene.context.all.len();
    Some(refusal::explain(status, head, request, fault, followed))
}

fn response_version(_: &Scene, head: &Head) -> Option<Broken> {
    let version = head.version().filter(|version| !upgradable(version))?;
    Some(Broken::new(format!("the version is {}, expected `HTTP/1.1`", show(version))))
}

fn response_upgrade(_: &Scene, head: &Head) -> Option<Broken> {
    if lacks(head, "Upgrade") {
        return Some(Broken::new("Upgrade is missing, expected `websocket`"));
    }
    let all_right = head.all("Upgrade").all(|value| value.eq_ignore_ascii_case(b"websocket"));
    let once = head.all("Upgrade").count() <= 1 || head.seen < Seen::Wire;
    (!all_right || !once).then(|| Broken::new(format!("Upgrade is {}, expected `websocket`", show_all(head, "Upgrade"))))
}

fn is_upgrade(member: &[u8]) -> bool {
    member.eq_ignore_ascii_case(b"Upgrade")
}

fn response_connection(_: &Scene, head: &Head) -> Option<Broken> {
    if lacks(head, "Connection") {
        return Some(Broken::new("Connection is missing, expected `Upgrade`"));
    }
    head.all("Connection").next()?;
    let broken = || Broken::new(format!("Connection is {}, expected `Upgrade`", show_all(head, "Connection")));
    (!head.list("Connection").any(is_upgrade)).then(broken)
}

fn response_connection_list(_: &Scene, head: &Head) -> Option<Broken> {
    let more = head.list("Connection").any(is_upgrade) && head.list("Connection").any(|member| !is_upgrade(member));
    more.then(|| Broken::new(format!("Connection is {}: legal, and `Upgrade` alone is safer", show_all(head, "Connection"))))
}

fn accept_missing(_: &Scene, head: &Head) -> Option<Broken> {
    lacks(head, ACCEPT).then(|| Broken::new("Sec-WebSocket-Accept is missing"))
}

fn accept_mismatch(scene: &Scene, head: &Head) -> Option<Broken> {
    let key = key_of(scene.exchange)?;
    let request = scene.exchange.request.as_ref()?;
    let rights: Vec<_> = request.all(KEY).map(|key| Accept::of(key).encode()).collect();
    let accept = head.all(ACCEPT).next()?;
    if head.all(ACCEPT).any(|accept| rights.iter().any(|right| right == accept)) {
        return None;
    }
    let mismatch = format!("got {}, expected `{}`", show(accept), Accept::of(key));
    let context = scene.context;
    let other = <&[u8; Accept::LEN]>::try_from(accept).ok().and_then(|accept| context.answers.get(accept));
    if let Some(other) = other {
        let cause = "a proxy or a cache answered, or the client mixed up two connections";
        return Some(Broken::new(format!("{mismatch}: it answers the key of exchange {}; {cause}", other + 1)).by(Side::Between));
    }
    context.diagnoses.set(context.diagnoses.get() + 1);
    if context.diagnoses.get() > DIAGNOSES {
        return Some(Broken::new(format!("{mismatch} (no cause was looked for after {DIAGNOSES} wrong values)")));
    }
    let _ = &context.keys;
    Some(Broken::new(match Accept::parse(accept) {
        Ok(_) => mismatch,
        Err(error) => format!("{mismatch}: {error}"),
    }))
}

fn accept_constant(scene: &Scene, head: &Head) -> Option<Broken> {
    let (key, accept) = (key_of(scene.exchange)?, head.one(ACCEPT)?);
    let first = *scene.context.accept_first.get(accept).filter(|&&first| first < scene.at)?;
    let other = key_of(scene.context.all.get(first)?).filter(|&other| other != key)?;
    let cause = "it is hard-coded, or comes from a cache";
    Some(Broken::new(format!("{} answered the key {} in exchange {} too: {cause}", show(accept), show(other), first + 1)))
}

/// The request, if the absence of a field in it would tell something.
fn asked<'a>(scene: &Scene<'a>, name: &str) -> Option<&'a Head> {
    let request = scene.exchange.request.as_ref()?;
    (request.seen >= Seen::Copied || request.all(name).next().is_some()).then_some(request)
}

fn protocol_unrequested(scene: &Scene, head: &Head) -> Option<Broken> {
    let chosen = head.all(PROTOCOL).next()?;
    let request = asked(scene, PROTOCOL)?;
    if head.all(PROTOCOL).any(|other| other != chosen) || (head.seen == Seen::Wire && head.all(PROTOCOL).count() > 1) {
        return Some(Broken::new(format!("more than one subprotocol is chosen: {}", show_all(head, PROTOCOL))));
    }
    if request.list(PROTOCOL).any(|name| name == chosen) {
        return None;
    }
    let asked = match request.list(PROTOCOL).next() {
        Some(_) => format!("asked for were {}", enumerate(request.list(PROTOCOL).map(show))),
        None => "none was asked for".to_owned(),
    };
    Some(Broken::new(format!("the subprotocol {} is chosen, {asked}", show(chosen))))
}

fn protocol_not_chosen(scene: &Scene, head: &Head) -> Option<Broken> {
    let request = scene.exchange.request.as_ref().filter(|request| request.list(PROTOCOL).next().is_some())?;
    let asked = || enumerate(request.list(PROTOCOL).map(show));
    lacks(head, PROTOCOL).then(|| Broken::new(format!("asked for were {}, and none is chosen", asked())))
}

fn extension_unrequested(scene: &Scene, head: &Head) -> Option<Broken> {
    let used = match extensions(head) {
        Ok(used) => used,
        Err(malformed) => return Some(Broken::new(malformed)),
    };
    let offered = extensions(asked(scene, EXTENSIONS)?).ok()?;
    let stray = used.into_iter().find(|name| !offered.contains(name))?;
    let offered = if offered.is_empty() {
        "none was offered".to_owned()
    } else {
        format!("offered were {}", enumerate(offered.into_iter().map(show)))
    };
    Some(Broken::new(format!("the extension {} is in use, {offered}", show(stray))))
}

fn response_body(_: &Scene, head: &Head) -> Option<Broken> {
    let name = ["Content-Length", "Transfer-Encoding"].into_iter().find(|name| head.all(name).next().is_some())?;
    Some(Broken::new(format!("{name} is {} in a 101, which has no body", show_all(head, name))))
}

fn refusal_version_list(scene: &Scene, head: &Head) -> Option<Broken> {
    let version = scene.exchange.request.as_ref()?.one(VERSION)?;
    let another = version != b"13" && !version.is_empty() && version.iter().all(u8::is_ascii_digit);
    let refused = another && matches!(head.status(), Some(400 | 426)) && lacks(head, VERSION);
    refused.then(|| {
        Broken::new(format!("the version {} is refused, and no Sec-WebSocket-Version says what is spoken", show(version)))
    })
}

fn refusal_upgrade_field(scene: &Scene, head: &Head) -> Option<Broken> {
    let broken = !is_http2(scene.exchange) && head.status() == Some(426) && lacks(head, "Upgrade");
    broken.then(|| Broken::new("a 426 without Upgrade, expected `Upgrade: websocket`"))
}

/// `line 2` or `lines 2, 3 and 4 more` of the request or response, for those oddities that are meant.
fn odd_lines(head: &Head, meant: &Oddity) -> Option<String> {
    let lines: Vec<_> = head.odd.iter().filter(|(_, oddity)| oddity == meant).map(|(line, _)| line.to_string()).collect();
    let noun = if lines.len() > 1 { "lines" } else { "line" };
    (!lines.is_empty()).then(|| format!("{noun} {} of the {}", enumerate(lines.into_iter()), kind(head)))
}

fn kind(head: &Head) -> &'static str {
    if head.is_response() { "response" } else { "request" }
}

fn head_unterminated(_: &Scene, head: &Head) -> Option<Broken> {
    odd_lines(head, &Oddity::Unterminated).map(|lines| Broken::new(format!("no empty line after {lines}")))
}

fn head_bare_lf(_: &Scene, head: &Head) -> Option<Broken> {
    odd_lines(head, &Oddity::BareLf).map(|lines| Broken::new(format!("LF without CR ends {lines}")))
}

fn head_bare_cr(_: &Scene, head: &Head) -> Option<Broken> {
    odd_lines(head, &Oddity::BareCr).map(|lines| Broken::new(format!("CR without LF in {lines}")))
}

fn head_folded(_: &Scene, head: &Head) -> Option<Broken> {
    odd_lines(head, &Oddity::Folded)
        .map(|lines| Broken::new(format!("{lines} begins with a blank and so continues the line before")))
}

fn head_field_syntax(_: &Scene, head: &Head) -> Option<Broken> {
    let said = head.odd.iter().filter_map(|(line, oddity)| {
        let what = match oddity {
            Oddity::BlankBeforeColon => "a blank before the colon".to_owned(),
            Oddity::BlankBeforeFirst => "a blank before the first field".to_owned(),
            Oddity::NoColon(text) => format!("no colon in {}", show(text)),
            Oddity::BadName(name) => format!("the name {} is not a token", show(name)),
            Oddity::Control(byte) => format!("the control character {}", show(&[*byte])),
            Oddity::BareLf | Oddity::BareCr | Oddity::Folded | Oddity::Unterminated => return None,
        };
        Some(format!("line {line} of the {}: {what}", kind(head)))
    });
    let said = enumerate(said);
    (!said.is_empty()).then(|| Broken::new(said))
}

const HTTP2_REMEDY: &str = "use HTTP/1.1 (`curl --http1.1`) or extended CONNECT";

fn http2_upgrade(scene: &Scene, head: &Head) -> Option<Broken> {
    let is_request = scene.exchange.request.as_ref().is_some_and(|request| std::ptr::eq(request, head));
    let upgrade = head.list("Upgrade").any(|member| member.eq_ignore_ascii_case(b"websocket"));
    let what = if !is_request {
        (head.status() == Some(101)).then(|| "HTTP/2 has no 101".to_owned())
    } else if head.method() == Some(b"CONNECT") {
        upgrade.then(|| "a CONNECT over HTTP/2 has no Upgrade".to_owned())
    } else {
        let key = head.all(KEY).next().is_some();
        let what = if upgrade { "Upgrade" } else { "Sec-WebSocket-Key" };
        (upgrade || key).then(|| format!("{what} means nothing over HTTP/2"))
    };
    what.map(|what| Broken::new(format!("{what}: {HTTP2_REMEDY}")))
}

fn http2_connect(_: &Scene, head: &Head) -> Option<Broken> {
    connects(head).then(|| Broken::new("an extended CONNECT: there is no key to judge"))
}
