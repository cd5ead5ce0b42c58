//! The rules of the opening handshake, as data, and the judgement of exchanges by them.

mod behind;
mod evidence;
mod passage;
mod proxy;
mod refusal;
mod refusals;
mod request;
mod response;
mod side;
mod subject;
mod syntax;
mod unjudged;
mod violation;
mod words;

pub use behind::{are_plain, frames_behind};
pub use refusals::{Certainty, REFUSALS, Refusal, Sign};
pub use side::Side;
pub use unjudged::{Unjudged, Verdict, unjudged, unjudged_request};
pub use violation::{Evidence, Level, Said};

use crate::changes::{Change, How};
use crate::head::{ACCEPT, Exchange, Fidelity, Head, KEY, Kind, StreamEnd, VERSION};
use crate::latest::MOST_REMEMBERED;
use passage::{Broken, Passage};
pub use passage::{changes_back, disagreements};
use subject::{Context, Earlier, Subject, is_connected, is_extended_connect, is_http2, is_switch};
use syntax::duplicate;
use unjudged::may_refuse_another;
use violation::{Blame, Violation};

/// One rule of the handshake. Its id is stable: people put it into scripts.
///
/// ```
/// use wskey::rules::{Level, RULES};
///
/// let rule = RULES.iter().find(|rule| rule.id == "accept-mismatch").unwrap();
/// assert_eq!((rule.level, rule.section), (Level::Error, "4.1 (4)"));
/// ```
#[derive(Debug)]
#[non_exhaustive]
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
    pub description: &'static str,
    /// How much of a head must have been seen to judge it.
    pub needs: Fidelity,
    scope: Scope,
    check: Check,
}

/// How it is found out whether a rule is broken.
#[derive(Clone, Copy, Debug)]
enum Check {
    /// By a look at the head.
    Head(fn(&Subject, &Head) -> Option<Violation>),
    /// By this of the changes that an intermediary made: each breaks it.
    Change(fn(&Change) -> bool),
}

/// Which heads a rule is judged on.
#[derive(Clone, Copy, Debug)]
enum Scope {
    /// Requests over HTTP/1.
    Request,
    /// Requests over HTTP/1, and extended CONNECTs (RFC 8441, section 5).
    AnyRequest,
    /// The 101 of HTTP/1.
    Switch,
    /// The 101, and a request where the server tells what it knows besides.
    Key,
    /// The 101, and HTTP/2's 2xx to an extended CONNECT (RFC 8441, section 5).
    Accepted,
    /// Responses of every kind.
    Response,
    /// Requests and responses over HTTP/1.
    Either,
    /// Responses inside whose head the server ended the connection.
    Cut,
    /// Requests and responses over HTTP/2 and later.
    Http2,
    /// Requests that were looked for on the other side of a proxy.
    Passed,
    /// Responses to such requests.
    PassedBack,
    /// Both.
    PassedEither,
}

/// A rule that an exchange breaks, and by what.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Finding {
    /// The index of the exchange among those that were judged.
    pub exchange: usize,
    /// The rule.
    pub rule: &'static Rule,
    /// Which of its heads breaks it.
    pub kind: Kind,
    /// How much it weighs here.
    pub level: Level,
    /// Who is at fault here; none where what was seen does not say.
    pub side: Option<Side>,
    /// The evidence, escaped, and what would be right.
    pub message: String,
    /// The same in parts, of a wrong accept value.
    pub evidence: Option<Evidence>,
    /// What a refusal says beyond its status, where anything was seen.
    pub said: Option<Said>,
    /// What an intermediary changed, where the rule is about that.
    pub change: Option<Change>,
}

macro_rules! rule {
    ($id:literal, $level:ident, $side:expr, $section:literal, $needs:ident, $scope:ident, $check:expr, $description:literal $(,)?) => {
        Rule {
            id: $id,
            level: Level::$level,
            side: $side,
            section: $section,
            description: $description,
            needs: Fidelity::$needs,
            scope: Scope::$scope,
            check: Check::Head($check),
        }
    };
}

/// A rule that a change breaks, wherever there are two sides of a proxy to compare.
macro_rules! change {
    ($id:literal, $section:literal, $check:expr, $description:literal $(,)?) => {
        Rule {
            check: Check::Change($check),
            ..rule!($id, Note, PROXY, $section, Complete, PassedEither, |_, _| None, $description)
        }
    };
}

const PROXY: Option<Side> = Some(Side::Proxy);
const CLIENT: Option<Side> = Some(Side::Client);
const SERVER: Option<Side> = Some(Side::Server);
const SENDER: Option<Side> = None;

/// All rules, in the order of the documentation.
#[rustfmt::skip]
pub static RULES: &[Rule] = &[
    rule!("request-method", Error, CLIENT, "4.1", Partial, Request, request::request_method,
        "the method is GET"),
    rule!("request-version", Error, CLIENT, "4.1; RFC 9110 7.8", Partial, Request, request::request_version,
        "the version is HTTP/1.1"),
    rule!("request-target", Error, CLIENT, "4.1, 3; RFC 9112 3.2", Partial, Request, request::request_target,
        "the target is in origin form or absolute form, without a fragment"),
    rule!("request-host", Error, CLIENT, "4.1; RFC 9112 3.2", Partial, Request, request::request_host,
        "Host is present, exactly once, and names a host"),
    rule!("request-upgrade", Error, CLIENT, "4.1", Partial, Request, |_, head| request::request_token(head, "Upgrade", "websocket"),
        "Upgrade has the token websocket, in any letter case, alone or in a list"),
    rule!("request-connection", Error, CLIENT, "4.1", Partial, Request, |_, head| request::request_token(head, "Connection", "Upgrade"),
        "Connection has the token Upgrade, in any letter case, in a list or on one of several lines"),
    rule!("key-missing", Error, CLIENT, "4.1", Complete, Request, request::key_missing,
        "Sec-WebSocket-Key is present"),
    rule!("key-duplicate", Error, CLIENT, "11.3.1", Complete, Request, |_, head| duplicate(head, KEY),
        "Sec-WebSocket-Key appears on one line only"),
    rule!("key-malformed", Error, CLIENT, "4.1, 4.2.1", Partial, Request, request::key_malformed,
        "the key is padded standard base64 of 16 bytes"),
    rule!("key-trailing-bits", Warn, CLIENT, "RFC 4648 3.5; erratum 3150", Partial, Request, request::key_trailing_bits,
        "the unused bits of the key are zero: its 22nd character is A, Q, g or w"),
    rule!("key-well-known", Warn, CLIENT, "4.1", Partial, Request, request::key_well_known,
        "the key is random, not one from documentation and not readable text"),
    rule!("key-reused", Warn, CLIENT, "4.1", Partial, Key, request::key_reused,
        "two different requests that both got a 101 carry different keys, and so do any two over connections that wskey serves"),
    rule!("version-missing", Error, CLIENT, "4.1", Complete, AnyRequest, request::version_missing,
        "Sec-WebSocket-Version is present"),
    rule!("version-duplicate", Error, CLIENT, "11.3.5", Complete, AnyRequest, |_, head| duplicate(head, VERSION),
        "Sec-WebSocket-Version appears on one line only"),
    rule!("version-unsupported", Error, CLIENT, "4.1, 4.3", Partial, AnyRequest, request::version_unsupported,
        "the version is 13: digits, no sign, no leading zero"),
    rule!("request-protocol", Error, CLIENT, "4.1", Partial, AnyRequest, request::request_protocol,
        "Sec-WebSocket-Protocol lists at least one token, none twice"),
    rule!("request-extensions", Error, CLIENT, "9.1", Partial, AnyRequest, request::request_extensions,
        "Sec-WebSocket-Extensions follows the grammar"),
    rule!("extension-offer", Warn, CLIENT, "RFC 7692 5, 7, 7.1", Partial, AnyRequest, request::extension_offer,
        "the parameters of permessage-deflate in an offer are known, valid and there once: a server must decline others"),
    rule!("request-waits", Error, CLIENT, "4.1", Bytes, Request, request::request_waits,
        "nothing is sent behind the request until the response has come; known of the connections that wskey serves"),

    rule!("response-status", Error, SERVER, "4.1, 4.2.2", Partial, Response, response::response_status,
        "the status is 101"),
    rule!("response-version", Error, SERVER, "RFC 9110 15.2, 7.8", Partial, Switch, response::response_version,
        "the version is HTTP/1.1"),
    rule!("response-interim", Warn, SERVER, "RFC 9110 15.2", Partial, Switch, response::response_interim,
        "no interim response comes before a 101: Chromium fails the connection"),
    rule!("response-upgrade", Error, SERVER, "4.1 (2)", Partial, Switch, response::response_upgrade,
        "Upgrade is websocket, one value, in any letter case"),
    rule!("response-connection", Error, SERVER, "4.1 (3)", Partial, Switch, response::response_connection,
        "Connection has the token Upgrade"),
    rule!("response-connection-list", Warn, SERVER, "", Partial, Switch, response::response_connection_list,
        "Connection is Upgrade alone, no tab behind it: 11 of 26 clients tried refuse `keep-alive, Upgrade`, which is legal"),
    rule!("accept-missing", Error, SERVER, "4.1 (4)", Complete, Switch, response::accept_missing,
        "Sec-WebSocket-Accept is present"),
    rule!("accept-duplicate", Error, SERVER, "11.3.3", Complete, Switch, |_, head| duplicate(head, ACCEPT),
        "Sec-WebSocket-Accept appears on one line only"),
    rule!("accept-mismatch", Error, SERVER, "4.1 (4)", Partial, Switch, response::accept_mismatch,
        "the accept value answers the key of this request"),
    rule!("accept-constant", Error, SERVER, "1.3, 4.2.2", Partial, Switch, response::accept_constant,
        "different keys get different accept values: one that never changes is hard-coded, or comes from a cache"),
    rule!("protocol-unrequested", Error, SERVER, "4.1 (6)", Partial, Accepted, response::protocol_unrequested,
        "the subprotocol was requested, exactly as written, and is at most one"),
    rule!("protocol-not-chosen", Warn, SERVER, "4.2.2", Complete, Accepted, response::protocol_not_chosen,
        "one of the requested subprotocols is selected: none is legal, but 6 of 26 clients tried, Chromium among them, fail the connection"),
    rule!("extension-unrequested", Error, SERVER, "4.1 (5)", Partial, Accepted, response::extension_unrequested,
        "every extension was offered"),
    rule!("extension-parameters", Error, SERVER, "RFC 7692 5, 7, 7.1.1, 7.1.2", Partial, Accepted, response::extension_parameters,
        "the parameters of permessage-deflate are known, valid and there once, and satisfy one of the offers"),
    rule!("extension-duplicate", Error, SERVER, "RFC 7692 5; 9.1", Partial, Accepted, response::extension_duplicate,
        "no extension is selected twice"),
    rule!("after-101", Error, SERVER, "5.1, 5.2, 5.4, 5.5; RFC 7692 6.1", Partial, Switch, behind::after_101,
        "what follows a 101 is frames that a server may send"),
    rule!("ended-after-101", Error, SERVER, "7.1.5, 7.3", Partial, Switch, behind::ended_after_101,
        "the server does not end the connection at once, or sends a Close frame before"),
    rule!("response-body", Warn, SERVER, "RFC 9110 8.6; RFC 9112 6.1", Partial, Switch, response::response_body,
        "a 101 has no Content-Length and no Transfer-Encoding"),
    rule!("response-differs", Warn, SERVER, "RFC 9110 5.3", Complete, Switch, response::response_differs,
        "a 101 has no Location or Content-Disposition with two values: Chromium fails the connection"),
    rule!("response-long", Warn, SERVER, "", Bytes, Switch, response::response_long,
        "names, values and reason phrase of a 101 have less than 16 KiB, and no field of the handshake stands behind the 1000th: Node's clients read no more"),
    rule!("refusal-version-list", Warn, SERVER, "4.4", Complete, Response, response::refusal_version_list,
        "a refusal of the version names the supported versions in Sec-WebSocket-Version"),
    rule!("refusal-upgrade-field", Warn, SERVER, "RFC 9110 15.5.22", Complete, Response, response::refusal_upgrade_field,
        "a 426 carries Upgrade"),

    rule!("head-unterminated", Error, SENDER, "RFC 9112 2.1", Bytes, Cut, syntax::head_unterminated,
        "the head ends with an empty line"),
    rule!("head-bare-lf", Warn, SENDER, "RFC 9112 2.2", Bytes, Either, syntax::head_bare_lf,
        "lines end in CRLF: many peers refuse a bare LF"),
    rule!("head-bare-cr", Error, SENDER, "RFC 9112 2.2", Bytes, Either, syntax::head_bare_cr,
        "every CR is followed by LF"),
    rule!("head-empty-lines", Warn, SENDER, "RFC 9112 2.2", Bytes, Response, syntax::head_empty_lines,
        "a status line has no more than four bytes of empty lines before it"),
    rule!("head-field-syntax", Error, SENDER, "RFC 9112 5.1; RFC 9110 5.5", Complete, Either, syntax::head_field_syntax,
        "every field is a name, a colon directly after it, and a value without control characters"),
    rule!("head-folded", Warn, SENDER, "RFC 9112 5.2", Complete, Either, syntax::head_folded,
        "no line continues the one before it"),
    rule!("http2-upgrade", Error, SENDER, "RFC 9113 8.2.2, 8.6; RFC 8441 5", Partial, Http2, syntax::http2_upgrade,
        "HTTP/2 and 3 have no Upgrade, no key and no accept value: HTTP/1.1 or extended CONNECT is needed"),
    rule!("http2-connect", Note, SENDER, "RFC 8441 4, 5; RFC 9220", Partial, Http2, syntax::http2_connect,
        "an extended CONNECT with :protocol websocket has no key to judge"),

    rule!("proxy-forwards", Error, PROXY, "", Bytes, Passed, proxy::proxy_forwards,
        "what is sent to a proxy arrives behind it"),
    rule!("proxy-answers", Error, PROXY, "", Bytes, PassedBack, proxy::proxy_answers,
        "a 101 is the server's: the proxy does not send it where nothing arrived, or where the server refused"),
    rule!("proxy-frames", Error, PROXY, "RFC 9110 7.8", Bytes, PassedBack, proxy::proxy_frames,
        "behind a 101 frames pass through a proxy, both ways"),
    rule!("proxy-end", Warn, PROXY, "7.1.1", Bytes, PassedBack, proxy::proxy_end,
        "the end of a connection passes through a proxy: a browser waits for it behind the Close frames"),
    rule!("proxy-once", Note, PROXY, "", Bytes, Passed, proxy::proxy_once,
        "a request arrives behind a proxy once"),
    rule!("proxy-asks", Note, PROXY, "", Bytes, Passed, proxy::proxy_asks,
        "a proxy sends no request of its own beside a handshake"),
    change!("proxy-key", "4.1, 4.2.2", |change| change.how == How::Changed && change.part.is_field(KEY),
        "the key arrives behind a proxy as it was sent: with another the proxy makes a handshake of its own"),
    change!("proxy-dropped", "RFC 9110 7.6.1, 7.8", |change| change.how == How::Dropped,
        "a proxy drops nothing: Upgrade and Connection are for the next hop alone, so it has to be told to pass them on"),
    change!("proxy-changed", "RFC 9110 7.6, 7.7", |change| change.how == How::Changed && !change.part.is_field(KEY),
        "a proxy changes no value"),
    change!("proxy-added", "RFC 9110 7.6", |change| change.how == How::Added,
        "a proxy adds nothing"),
    change!("proxy-repeated", "RFC 9110 5.3", |change| change.how == How::Repeated,
        "a proxy repeats no field"),
    change!("proxy-reordered", "RFC 9110 5.3", |change| change.how == How::Reordered,
        "a proxy keeps the order of the fields"),
    change!("proxy-respelt", "RFC 9110 5.1", |change| change.how == How::Respelt,
        "a proxy keeps the letters of the names, capital and small"),
];

/// Judges exchanges by all rules; several exchanges together by those that compare them.
///
/// What a head does not show (see [`Fidelity`]) is not judged. The findings come in the order of the exchanges, and for each
/// exchange in the order of [`RULES`].
///
/// ```
/// use wskey::head::{Exchange, Head};
/// use wskey::rules::judge;
///
/// let request = Head::parse(b"GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
///     Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j\r\nSec-WebSocket-Version: 13\r\n\r\n");
/// let findings = judge(&[Exchange::new(Some(request), None)]);
/// assert_eq!(findings[0].rule.id, "key-malformed");
/// assert_eq!(findings[0].message, "key decodes to 15 bytes, expected 16: `dGhlIHNhbXBsZSBub25j`");
/// ```
#[must_use]
pub fn judge(exchanges: &[Exchange]) -> Vec<Finding> {
    Judging::of_latest(usize::MAX).look(exchanges)
}

/// Judges the exchanges of a capture of any length, which come in parts, as [`judge`] judges all of them: what is compared is looked for
/// in the part, and in the last 100,000 exchanges before it.
///
/// A reused key and a constant accept value are told of every exchange but the first, so that parts do not matter. What comes later counts
/// inside a part alone: a key that a wrong accept value answers, and the next exchange, where that does what a response asks for (a redirect
/// weighs less then).
///
/// ```
/// use wskey::head::{Exchange, Head};
/// use wskey::rules::Judging;
///
/// let exchange = |target: &str| Exchange::new(
///     Some(Head::parse(format!("GET {target} HTTP/1.1\r\nSec-WebSocket-Key: 3q2+796tvu/erb7v3q2+7w==\r\n\r\n").as_bytes())),
///     Some(Head::parse(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")),
/// );
/// let mut judge = Judging::default();
/// let is_reused = |finding: &wskey::rules::Finding| finding.rule.id == "key-reused";
/// assert!(!judge.judge(&[exchange("/a")]).iter().any(is_reused));
/// let again = judge.judge(&[exchange("/b")]).into_iter().find(is_reused).expect("it is");
/// assert_eq!(again.exchange, 1);
/// ```
#[derive(Clone, Debug)]
pub struct Judging {
    earlier: Earlier,
}

impl Default for Judging {
    fn default() -> Self {
        Self::of_latest(MOST_REMEMBERED)
    }
}

impl Judging {
    fn of_latest(most: usize) -> Self {
        Self { earlier: Earlier::new(most) }
    }

    /// Judges the next exchanges. [`Finding::exchange`] counts on from those before them.
    pub fn judge(&mut self, exchanges: &[Exchange]) -> Vec<Finding> {
        let (findings, diagnoses) = self.findings(exchanges);
        self.earlier.pass(exchanges);
        self.earlier.diagnoses = diagnoses;
        findings
    }

    /// Judges exchanges that may be the next ones, and takes none in.
    #[must_use]
    pub fn look(&self, exchanges: &[Exchange]) -> Vec<Finding> {
        self.findings(exchanges).0
    }

    /// What is found, and how many wrong accept values are diagnosed by then.
    fn findings(&self, exchanges: &[Exchange]) -> (Vec<Finding>, usize) {
        let context = Context::new(&self.earlier, exchanges);
        let subject =
            |(at, exchange)| Subject { context: &context, at, request_fault: None, passage: Passage::of(exchange, broken) };
        let findings = exchanges.iter().enumerate().flat_map(|all| subject(all).judge()).collect();
        (findings, context.diagnoses.get())
    }
}

/// The rules that an exchange breaks.
fn broken(exchange: Exchange) -> Vec<Broken> {
    judge(&[exchange]).into_iter().map(|Finding { kind, rule, level, .. }| Broken { kind, id: rule.id, level }).collect()
}

/// The rules of the response that compare it with the request.
const COMPARING: [&str; 6] = [
    "accept-mismatch",
    "accept-constant",
    "protocol-unrequested",
    "protocol-not-chosen",
    "extension-unrequested",
    "extension-parameters",
];

/// What an exchange comes to, given what [`judge`] found in it, at the levels that count.
///
/// An error convicts only where what it rests on was shown as it was sent: a value that was cut out of its surroundings may be less
/// or more than what was sent. It does not where the answer to another request may be its cause.
#[must_use]
pub fn verdict(exchange: &Exchange, findings: &[Finding]) -> Verdict {
    let rests_on = |finding: &Finding, kind| finding.kind == kind || COMPARING.contains(&finding.rule.id);
    // Where the shell wrote the key of a command, what was refused is not known.
    let is_of_shell = |request: &Head| request.start_line.is_empty() && !request.has(KEY) && request.is_inexact();
    let is_unseen = exchange.request.as_ref().map_or_else(|| may_refuse_another(exchange), is_of_shell);
    let is_proven = |finding: &&Finding| {
        finding.level == Level::Error
            && !is_unseen
            && !exchange.heads().any(|(kind, head)| rests_on(finding, kind) && head.is_inexact())
    };
    if findings.iter().any(|finding| is_proven(&finding)) {
        let is_asked_alike = exchange.far.as_ref().is_some_and(|far| far.is_asked_alike);
        return if is_asked_alike { Verdict::Unjudged(Unjudged::Question) } else { Verdict::Failed };
    }
    unjudged(exchange).map_or(Verdict::Ok, Verdict::Unjudged)
}

impl Subject<'_> {
    /// Judges the request, then the response, whose status may be explained by what is wrong with the request.
    fn judge(mut self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (kind, head) in self.exchange().heads() {
            let rules = RULES.iter().enumerate();
            findings.extend(
                rules.flat_map(|(order, rule)| self.findings(rule, kind, head).into_iter().map(move |found| (order, found))),
            );
            let mut errors = findings.iter().filter(|(_, finding)| finding.level == Level::Error);
            // What a proxy made of it is named by the rule that what arrived breaks.
            let fault = errors.find_map(|(_, fault)| match (&fault.change, fault.rule.scope) {
                (Some(change), _) => Some((change.breaks?, fault.side)),
                (None, Scope::Passed) => None,
                (None, _) => Some((fault.rule.id, fault.side)),
            });
            self.request_fault = fault.filter(|_| kind == Kind::Request);
        }
        findings.sort_by_key(|(order, _)| *order);
        findings.into_iter().map(|(_, finding)| finding).collect()
    }

    fn findings(&self, rule: &'static Rule, kind: Kind, head: &Head) -> Vec<Finding> {
        if !rule.applies(self.exchange(), kind, head) {
            return Vec::new();
        }
        match rule.check {
            Check::Head(check) => check(self, head).map(|broken| self.finding(rule, kind, broken)).into_iter().collect(),
            Check::Change(is_one) => {
                let changes = self.passage.changes(kind).filter(|change| is_one(change));
                changes.map(|change| self.finding(rule, kind, self.passage.violation(change))).collect()
            }
        }
    }

    fn finding(&self, rule: &'static Rule, kind: Kind, broken: Violation) -> Finding {
        let sender = if kind == Kind::Request { Side::Client } else { Side::Server };
        Finding {
            exchange: self.number(),
            rule,
            kind,
            level: broken.level.unwrap_or(rule.level),
            side: match broken.blame {
                _ if kind == Kind::Response && self.passage.breaks_back(rule.id) => PROXY,
                Blame::Rule => Some(rule.side.unwrap_or(sender)),
                Blame::Side(side) => Some(side),
                Blame::Nobody => None,
            },
            message: broken.message,
            evidence: broken.evidence,
            said: broken.said,
            change: broken.change,
        }
    }
}

impl Rule {
    /// Whether it is judged on this head of an exchange.
    fn applies(&self, exchange: &Exchange, kind: Kind, head: &Head) -> bool {
        let http2 = is_http2(exchange);
        let is_ended = exchange.behind.as_ref().is_some_and(|behind| behind.end == StreamEnd::Server);
        let applies = match self.scope {
            Scope::Cut => head.is_cut() && kind == Kind::Response && is_ended,
            // Of a head that was cut off no more is known.
            _ if head.is_cut() => false,
            Scope::Request => kind == Kind::Request && !http2,
            Scope::AnyRequest => kind == Kind::Request && (!http2 || is_extended_connect(head)),
            Scope::Switch => kind == Kind::Response && is_switch(exchange),
            Scope::Key => match kind {
                Kind::Request => exchange.reception.is_some(),
                Kind::Response => exchange.reception.is_none() && is_switch(exchange),
            },
            Scope::Accepted => kind == Kind::Response && (is_switch(exchange) || is_connected(exchange)),
            Scope::Response => kind == Kind::Response,
            Scope::Either => !http2,
            Scope::Http2 => http2,
            Scope::Passed => kind == Kind::Request && exchange.far.is_some(),
            Scope::PassedBack => kind == Kind::Response && exchange.far.is_some(),
            Scope::PassedEither => exchange.far.is_some(),
        };
        applies && head.fidelity >= self.needs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handshake::Accept;
    use proptest::prelude::*;

    /// An exchange with this key, this accept value or the right one, and this target.
    fn exchange(key: u8, accept: Option<u8>, target: u8) -> Exchange {
        let key = format!("{key:A<22}==");
        let accept = Accept::of(accept.map_or_else(|| key.clone(), |other| format!("{other:A<22}==")).as_bytes());
        let request = format!("GET /{target} HTTP/1.1\r\nHost: a\r\nSec-WebSocket-Key: {key}\r\n\r\n");
        let response = format!("HTTP/1.1 101 x\r\nSec-WebSocket-Accept: {accept}\r\n\r\n");
        Exchange::new(Some(Head::parse(request.as_bytes())), Some(Head::parse(response.as_bytes())))
    }

    /// What is compared, without the words that a later exchange adds.
    fn found(findings: &[Finding]) -> Vec<(usize, &'static str, Level, String)> {
        let words =
            |finding: &Finding| if finding.rule.id == "accept-mismatch" { String::new() } else { finding.message.clone() };
        findings.iter().map(|finding| (finding.exchange, finding.rule.id, finding.level, words(finding))).collect()
    }

    proptest! {
        // What produces a wrong value takes milliseconds to find.
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn parts_are_judged_as_the_whole(
            all in prop::collection::vec((10..16_u8, prop::option::of(20..23_u8), 0..2_u8), 1..40),
            cuts in prop::collection::vec(1..9_usize, 1..5),
        ) {
            let all: Vec<_> = all.into_iter().map(|(key, accept, target)| exchange(key, accept, target)).collect();
            let (mut judge_of_parts, mut rest, mut parts) = (Judging::default(), &all[..], Vec::new());
            for cut in cuts.iter().cycle() {
                let (part, behind) = rest.split_at(rest.len().min(*cut));
                parts.extend(judge_of_parts.judge(part));
                rest = behind;
                if rest.is_empty() {
                    break;
                }
            }
            prop_assert_eq!(found(&parts), found(&judge(&all)));
        }
    }

    #[test]
    fn the_oldest_exchanges_are_forgotten() {
        let mut judge = Judging::of_latest(2);
        let mut reused = |key, target| {
            let found = judge.judge(&[exchange(key, None, target)]);
            found.into_iter().find(|finding| finding.rule.id == "key-reused").map(|finding| finding.message)
        };
        let message = "the key `12AAAAAAAAAAAAAAAAAAAA==` was used in exchange 3 too, whose target differs";
        assert_eq!(reused(10, 0), None);
        assert_eq!(reused(11, 0), None);
        assert_eq!(reused(12, 0), None);
        assert_eq!(reused(10, 1), None);
        assert_eq!(reused(12, 1).as_deref(), Some(message));
    }
}
