//! The rules: for each an exchange that breaks it, with the exact findings, and one that does not.

use proptest::prelude::*;
use std::collections::BTreeSet;
use wskey::diagnosis::{Mismatch, diagnose};
use wskey::head::{Behind, Exchange, Fidelity, Field, Head, Kind, Reception, StreamEnd};
use wskey::rules::{Finding, Level, RULES, Unjudged, Verdict, judge, unjudged, verdict};

pub(crate) const REQUEST: &str = "GET /chat HTTP/1.1\r\n\
    Host: server.example.com\r\n\
    Upgrade: websocket\r\n\
    Connection: Upgrade\r\n\
    Sec-WebSocket-Key: Zx8rNEkBE4xnwifpuh8DHQ==\r\n\
    Sec-WebSocket-Version: 13\r\n\
    \r\n";

pub(crate) const RESPONSE: &str = "HTTP/1.1 101 Switching Protocols\r\n\
    Upgrade: websocket\r\n\
    Connection: Upgrade\r\n\
    Sec-WebSocket-Accept: 52Rg3vW4JQ1yWpkvFlsTsiezlqw=\r\n\
    \r\n";

/// Another pair, published beside the one above in the wild.
const OTHER_KEY: &str = "N+GWswsViw18TfSpryLcVw==";
const OTHER_ACCEPT: &str = "4tRMuDpE6WErH7Gc0XqTBmfN/7U=";

/// `text` with one part of it, which must be there, exchanged for another.
#[track_caller]
fn with(text: &str, old: &str, new: &str) -> String {
    assert_eq!(text.matches(old).count(), 1, "{old}");
    text.replace(old, new)
}

/// `head` with more field lines.
fn and(text: &str, fields: &str) -> String {
    format!("{}{fields}\r\n\r\n", text.strip_suffix("\r\n").expect("an empty line"))
}

/// An exchange of heads as they were sent; an empty text is a head that was not seen.
fn exchange(request: &str, response: &str) -> Exchange {
    let head = |text: &str| (!text.is_empty()).then(|| Head::parse(text.as_bytes()));
    Exchange::new(head(request), head(response))
}

/// The exchange, as far as this shows it.
fn seen_as(fidelity: Fidelity, mut exchange: Exchange) -> Exchange {
    for head in [&mut exchange.request, &mut exchange.response].into_iter().flatten() {
        head.fidelity = fidelity;
    }
    exchange
}

fn lines(findings: &[Finding]) -> Vec<String> {
    findings
        .iter()
        .map(|Finding { exchange, rule, level, side, message, .. }| {
            let side = side.map_or("nobody".to_owned(), |side| side.to_string());
            format!("{exchange} {} {level} {side}: {message}", rule.id)
        })
        .collect()
}

#[track_caller]
fn finds(exchanges: &[Exchange], expected: &[&str]) {
    assert_eq!(lines(&judge(exchanges)), expected);
}

/// A request that breaks rules, judged alone, and the findings without the number of the exchange.
type BrokenRequest = (String, Vec<&'static str>);

fn broken_requests() -> Vec<BrokenRequest> {
    [
        requests_with_broken_start_lines(),
        requests_with_broken_upgrade_fields(),
        requests_with_broken_keys(),
        requests_with_broken_versions_and_lists(),
        requests_with_broken_forms(),
    ]
    .concat()
}

fn requests_with_broken_start_lines() -> Vec<BrokenRequest> {
    vec![
        (with(REQUEST, "GET", "POST"), vec!["request-method error client: the method is `POST`, expected `GET`"]),
        (with(REQUEST, "GET", "get"), vec!["request-method error client: the method is `get`, expected `GET`"]),
        (
            with(REQUEST, "HTTP/1.1", "HTTP/1.0"),
            vec!["request-version error client: the version is `HTTP/1.0`, expected `HTTP/1.1`"],
        ),
        (
            with(REQUEST, "HTTP/1.1", "http/1.1"),
            vec!["request-version error client: the version is `http/1.1`, expected `HTTP/1.1`"],
        ),
        (
            with(REQUEST, " HTTP/1.1", ""),
            vec!["request-version error client: `GET /chat` does not end with a version, expected `HTTP/1.1`"],
        ),
        (
            and(&with(REQUEST, "HTTP/1.1", "HTTP/1.0"), "Via: 1.1 a"),
            vec!["request-version error proxy: the version is `HTTP/1.0`, expected `HTTP/1.1`"],
        ),
        (
            with(REQUEST, "/chat", "/chat#x"),
            vec!["request-target error client: the target `/chat#x` has a fragment, expected none"],
        ),
        (
            with(REQUEST, "/chat", "/a b"),
            vec!["request-target error client: the target `/a b` contains white space, expected none"],
        ),
        (
            with(REQUEST, "GET /chat", "GET  /chat"),
            vec!["request-target error client: the target ` /chat` contains white space, expected none"],
        ),
        (
            with(REQUEST, "/chat", "chat"),
            vec![
                "request-target error client: the target `chat` is neither a path that begins with '/' nor a ws, wss, http or https URI",
            ],
        ),
        (
            with(REQUEST, "/chat", "ftp://a/"),
            vec![
                "request-target error client: the target `ftp://a/` is neither a path that begins with '/' nor a ws, wss, http or https URI",
            ],
        ),
        (
            with(REQUEST, "/chat", "ws:///a"),
            vec![
                "request-target error client: the target `ws:///a` is neither a path that begins with '/' nor a ws, wss, http or https URI",
            ],
        ),
    ]
}

fn requests_with_broken_upgrade_fields() -> Vec<BrokenRequest> {
    vec![
        (with(REQUEST, "Host: server.example.com\r\n", ""), vec!["request-host error client: Host is missing"]),
        (and(REQUEST, "host: b"), vec!["request-host error client: duplicate Host (2 lines): `server.example.com`, `b`"]),
        (
            with(REQUEST, "server.example.com", "a b"),
            vec!["request-host error client: Host is `a b`, expected a host, optionally with a port"],
        ),
        (
            with(REQUEST, "server.example.com", ""),
            vec!["request-host error client: Host is ``, expected a host, optionally with a port"],
        ),
        (
            with(REQUEST, "server.example.com", "a:b"),
            vec!["request-host error client: Host is `a:b`, expected a host, optionally with a port"],
        ),
        (
            with(REQUEST, "server.example.com", "[::1"),
            vec!["request-host error client: Host is `[::1`, expected a host, optionally with a port"],
        ),
        (
            with(REQUEST, "server.example.com", "http://a"),
            vec!["request-host error client: Host is `http://a`, expected a host, optionally with a port"],
        ),
        (
            with(REQUEST, "Upgrade: websocket\r\n", ""),
            vec!["request-upgrade error client: Upgrade is missing, expected `websocket`"],
        ),
        (
            with(REQUEST, ": websocket", ": xwebsocketx, h2c"),
            vec!["request-upgrade error client: Upgrade is `xwebsocketx, h2c`, expected `websocket`"],
        ),
        (
            with(REQUEST, "Connection: Upgrade\r\n", ""),
            vec!["request-connection error client: Connection is missing, expected `Upgrade`"],
        ),
        (
            with(REQUEST, ": Upgrade", ": keep-alive"),
            vec!["request-connection error client: Connection is `keep-alive`, expected `Upgrade`"],
        ),
        (
            and(&with(&with(REQUEST, "Upgrade: websocket\r\n", ""), ": Upgrade", ": close"), "X-Forwarded-For: 1.2.3.4"),
            vec![
                "request-upgrade error proxy: Upgrade is missing, expected `websocket`: X-Forwarded-For shows a proxy; proxies drop Upgrade and \
             Connection unless told to pass them on",
                "request-connection error proxy: Connection is `close`, expected `Upgrade`: X-Forwarded-For shows a proxy; proxies drop Upgrade \
             and Connection unless told to pass them on",
            ],
        ),
    ]
}

fn requests_with_broken_keys() -> Vec<BrokenRequest> {
    let key = "Zx8rNEkBE4xnwifpuh8DHQ==";
    vec![
        (
            with(REQUEST, &format!("Sec-WebSocket-Key: {key}\r\n"), ""),
            vec!["key-missing error client: Sec-WebSocket-Key is missing"],
        ),
        (
            with(REQUEST, &format!("Sec-WebSocket-Key: {key}"), "Sec-WebSocket-Key1: 1 2"),
            vec![
                "key-missing error client: Sec-WebSocket-Key is missing: Sec-WebSocket-Key1 belongs to draft hixie-76, which RFC 6455 replaced",
            ],
        ),
        (
            and(REQUEST, &format!("sec-websocket-key: {key}")),
            vec![
                "key-duplicate error client: duplicate Sec-WebSocket-Key (2 lines): `Zx8rNEkBE4xnwifpuh8DHQ==`, `Zx8rNEkBE4xnwifpuh8DHQ==`",
            ],
        ),
        (
            with(REQUEST, key, "dGhlIHNhbXBsZSBub25j"),
            vec!["key-malformed error client: key decodes to 15 bytes, expected 16: `dGhlIHNhbXBsZSBub25j`"],
        ),
        (with(REQUEST, key, ""), vec!["key-malformed error client: key is empty, expected 24 characters"]),
        (
            with(REQUEST, key, "-_-_-_-_-_-_-_-_-_-_-w=="),
            vec![
                "key-malformed error client: key: '-' at offset 0 is not base64, expected '+' ('-' belongs to the URL alphabet): `-_-_-_-_-_-_-_-_-_-_-w==`",
            ],
        ),
        (
            with(REQUEST, key, "Zx8rNEkBE4xn wifpuh8DHQ=="),
            vec!["key-malformed error client: key: ' ' at offset 12 is not base64: `Zx8rNEkBE4xn wifpuh8DHQ==`"],
        ),
        (
            with(REQUEST, key, "Zx8rNEkBE4xnwifpuh8DHR=="),
            vec![
                "key-trailing-bits warn client: key has unused bits set: 'R' before the padding, expected 'Q': `Zx8rNEkBE4xnwifpuh8DHR==`",
            ],
        ),
        (
            with(REQUEST, key, "dGhlIHNhbXBsZSBub25jZQ=="),
            vec!["key-well-known warn client: the key is the sample of RFC 6455, section 1.3: `dGhlIHNhbXBsZSBub25jZQ==`"],
        ),
        (
            with(REQUEST, key, "Yzg2MDllOTctZGYzMC00ZQ=="),
            vec!["key-well-known warn client: the key is readable text, not random bytes: `Yzg2MDllOTctZGYzMC00ZQ==`"],
        ),
    ]
}

fn requests_with_broken_versions_and_lists() -> Vec<BrokenRequest> {
    vec![
        (
            with(REQUEST, "Sec-WebSocket-Version: 13\r\n", ""),
            vec!["version-missing error client: Sec-WebSocket-Version is missing, expected `13`"],
        ),
        (
            and(REQUEST, "Sec-WebSocket-Version: 13"),
            vec!["version-duplicate error client: duplicate Sec-WebSocket-Version (2 lines): `13`, `13`"],
        ),
        (with(REQUEST, ": 13", ": +13"), vec!["version-unsupported error client: Sec-WebSocket-Version is `+13`, expected `13`"]),
        (with(REQUEST, ": 13", ": 013"), vec!["version-unsupported error client: Sec-WebSocket-Version is `013`, expected `13`"]),
        (
            with(REQUEST, ": 13", ": 13, 8"),
            vec!["version-unsupported error client: Sec-WebSocket-Version is `13, 8`, expected `13`"],
        ),
        (with(REQUEST, ": 13", ":"), vec!["version-unsupported error client: Sec-WebSocket-Version is ``, expected `13`"]),
        (
            and(REQUEST, "Sec-WebSocket-Protocol: "),
            vec!["request-protocol error client: Sec-WebSocket-Protocol is empty, expected at least one token"],
        ),
        (
            and(REQUEST, "Sec-WebSocket-Protocol: chat, a b"),
            vec!["request-protocol error client: the subprotocol `a b` is not a token"],
        ),
        (
            and(REQUEST, "Sec-WebSocket-Protocol: chat, x\r\nSec-WebSocket-Protocol: chat"),
            vec!["request-protocol error client: the subprotocol `chat` is requested twice"],
        ),
        (
            and(REQUEST, "Sec-WebSocket-Extensions:"),
            vec!["request-extensions error client: Sec-WebSocket-Extensions is empty, expected at least one token"],
        ),
        (
            and(REQUEST, "Sec-WebSocket-Extensions: a, ###;;=,@ @"),
            vec![
                "request-extensions error client: the parameter `` of `###;;=` is neither a token nor `token=token`, quoted or not",
            ],
        ),
        (
            and(REQUEST, "Sec-WebSocket-Extensions: @"),
            vec!["request-extensions error client: the extension `@` does not begin with a token"],
        ),
        (
            and(REQUEST, "Sec-WebSocket-Extensions: a; b=\"c, d\""),
            vec![
                "request-extensions error client: the parameter `b=\"c, d\"` of `a; b=\"c, d\"` is neither a token nor `token=token`, quoted or not",
            ],
        ),
        (
            and(REQUEST, "Sec-WebSocket-Extensions: a; b=\"c"),
            vec![
                "request-extensions error client: the parameter `b=\"c` of `a; b=\"c` is neither a token nor `token=token`, quoted or not",
            ],
        ),
    ]
}

fn requests_with_broken_forms() -> Vec<BrokenRequest> {
    vec![
        (
            REQUEST.replace("\r\n", "\n"),
            vec!["head-bare-lf warn client: LF without CR ends lines 1, 2, 3, 4, 5 and 2 more in the request"],
        ),
        (with(REQUEST, ": 13\r\n", ": 13\n"), vec!["head-bare-lf warn client: LF without CR ends line 6 in the request"]),
        (and(REQUEST, "A: b\rC: d"), vec!["head-bare-cr error client: CR without LF in line 7 in the request"]),
        (
            and(REQUEST, "A : b\r\nc\r\nD\x01: e\x1b[2J"),
            vec![
                "head-field-syntax error client: line 7 in the request: a space before the colon, line 8 in the request: no colon in `c`, \
             line 9 in the request: the control character `\\x01`, line 9 in the request: the name `D\\x01` is not a token",
            ],
        ),
        (
            with(REQUEST, "Host", " Host"),
            vec!["head-field-syntax error client: line 2 in the request: a space before the first field"],
        ),
        (
            and(REQUEST, "A: b\r\n c\r\n d"),
            vec!["head-folded warn client: folded lines 8, 9 in the request, expected one line per field"],
        ),
    ]
}

/// A request, right unless the case needs another, and a response, which break rules, and the findings.
type BrokenExchange = (String, String, Vec<&'static str>);

fn broken_responses() -> Vec<BrokenExchange> {
    [
        responses_with_broken_upgrade_fields(),
        responses_with_broken_accept_values(),
        responses_with_broken_selections(),
        responses_with_a_length(),
        responses_with_other_faults(),
    ]
    .concat()
}

fn responses_with_broken_upgrade_fields() -> Vec<BrokenExchange> {
    let right = |response: String, findings| (REQUEST.to_owned(), response, findings);
    vec![
        right(
            "HTTP/1.1 banana\r\n\r\n".to_owned(),
            vec!["response-status error server: `HTTP/1.1 banana` is not a status line, expected `HTTP/1.1 101`"],
        ),
        right(
            with(RESPONSE, "HTTP/1.1", "HTTP/1.0"),
            vec!["response-version error server: the version is `HTTP/1.0`, expected `HTTP/1.1`"],
        ),
        right(
            with(RESPONSE, "HTTP/1.1", "HTTP/1.2"),
            vec!["response-version warn server: the version is `HTTP/1.2`: legal, and some clients know HTTP/1.1 alone"],
        ),
        right(
            with(RESPONSE, "Upgrade: websocket\r\n", ""),
            vec!["response-upgrade error server: Upgrade is missing, expected `websocket`"],
        ),
        right(
            with(RESPONSE, ": websocket", ": h2c, websocket"),
            vec!["response-upgrade error server: Upgrade is `h2c, websocket`, expected `websocket`"],
        ),
        right(
            and(RESPONSE, "Upgrade: websocket"),
            vec!["response-upgrade error server: Upgrade is `websocket`, `websocket`, expected `websocket`"],
        ),
        right(
            with(RESPONSE, "Connection: Upgrade\r\n", ""),
            vec!["response-connection error server: Connection is missing, expected `Upgrade`"],
        ),
        right(
            with(RESPONSE, ": Upgrade", ": close"),
            vec!["response-connection error server: Connection is `close`, expected `Upgrade`"],
        ),
        right(
            with(RESPONSE, ": Upgrade", ": keep-alive, Upgrade"),
            vec![
                "response-connection-list warn server: Connection is `keep-alive, Upgrade`: legal, and `Upgrade` alone is safer",
            ],
        ),
    ]
}

fn responses_with_broken_accept_values() -> Vec<BrokenExchange> {
    let right = |response: String, findings| (REQUEST.to_owned(), response, findings);
    vec![
        right(
            with(RESPONSE, "Sec-WebSocket-Accept: 52Rg3vW4JQ1yWpkvFlsTsiezlqw=\r\n", ""),
            vec!["accept-missing error server: Sec-WebSocket-Accept is missing"],
        ),
        right(
            and(RESPONSE, "Sec-WebSocket-Accept: x"),
            vec!["accept-duplicate error server: duplicate Sec-WebSocket-Accept (2 lines): `52Rg3vW4JQ1yWpkvFlsTsiezlqw=`, `x`"],
        ),
        right(
            with(RESPONSE, "52Rg3vW4JQ1yWpkvFlsTsiezlqw=", "bm90IHRoZSByaWdodCB2YWx1ZSE="),
            vec![
                "accept-mismatch error server: got `bm90IHRoZSByaWdodCB2YWx1ZSE=`, expected `52Rg3vW4JQ1yWpkvFlsTsiezlqw=`; no known mistake produces it",
            ],
        ),
        right(
            with(RESPONSE, " 52Rg3vW4JQ1yWpkvFlsTsiezlqw=", ""),
            vec![
                "accept-mismatch error server: got ``, expected `52Rg3vW4JQ1yWpkvFlsTsiezlqw=`: the accept value is empty, expected 28 characters",
            ],
        ),
    ]
}

fn responses_with_broken_selections() -> Vec<BrokenExchange> {
    let right = |response: String, findings| (REQUEST.to_owned(), response, findings);
    let asked = and(REQUEST, "Sec-WebSocket-Protocol: chat, superchat\r\nSec-WebSocket-Extensions: permessage-deflate, x");
    vec![
        right(
            and(RESPONSE, "Sec-WebSocket-Protocol: chat"),
            vec!["protocol-unrequested error server: selected `chat`, none requested"],
        ),
        (
            asked.clone(),
            and(RESPONSE, "Sec-WebSocket-Protocol: Chat"),
            vec!["protocol-unrequested error server: selected `Chat`, requested `chat`, `superchat`"],
        ),
        (
            asked.clone(),
            and(RESPONSE, "Sec-WebSocket-Protocol: chat, superchat"),
            vec!["protocol-unrequested error server: selected `chat, superchat`, requested `chat`, `superchat`"],
        ),
        (
            asked.clone(),
            and(RESPONSE, "Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Protocol: superchat"),
            vec!["protocol-unrequested error server: more than one subprotocol selected: `chat`, `superchat`"],
        ),
        (
            asked.clone(),
            RESPONSE.to_owned(),
            vec!["protocol-not-chosen warn server: requested `chat`, `superchat`, none selected"],
        ),
        (
            asked,
            and(RESPONSE, "Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Extensions: x, y"),
            vec!["extension-unrequested error server: selected extension `y`, offered `permessage-deflate`, `x`"],
        ),
        right(
            and(RESPONSE, "Sec-WebSocket-Extensions: permessage-deflate"),
            vec!["extension-unrequested error server: selected extension `permessage-deflate`, none offered"],
        ),
        right(
            and(RESPONSE, "Sec-WebSocket-Extensions: ;"),
            vec!["extension-unrequested error server: the extension `;` does not begin with a token"],
        ),
    ]
}

fn responses_with_a_length() -> Vec<BrokenExchange> {
    let right = |response: String, findings| (REQUEST.to_owned(), response, findings);
    vec![
        right(
            and(RESPONSE, "Content-Length: 0"),
            vec!["response-body warn server: Content-Length is `0` in a 101, which has no body"],
        ),
        right(
            and(RESPONSE, "Content-Length: 5\r\nContent-Length: 5"),
            vec!["response-body warn server: Content-Length is `5`, `5` in a 101, which has no body"],
        ),
        right(
            and(RESPONSE, "Content-Length: 5\r\nContent-Length: 6"),
            vec!["response-body error server: Content-Length is `5`, `6` in a 101, which has no body, and the lengths differ"],
        ),
        right(
            and(RESPONSE, "Content-Length: ,"),
            vec!["response-body warn server: Content-Length is `,` in a 101, which has no body"],
        ),
        right(
            and(RESPONSE, "Content-Length: 5,"),
            vec!["response-body error server: Content-Length is `5,` in a 101, which has no body, and the lengths differ"],
        ),
        right(
            and(RESPONSE, "Content-Length:\r\nContent-Length: 5"),
            vec!["response-body error server: Content-Length is ``, `5` in a 101, which has no body, and the lengths differ"],
        ),
        right(
            and(RESPONSE, "Transfer-Encoding: identity\r\nContent-Length: 5, 5,"),
            vec!["response-body error server: Content-Length is `5, 5,` in a 101, which has no body, and the lengths differ"],
        ),
        right(
            and(RESPONSE, "Content-Length: 5,\r\nTransfer-Encoding: chunked"),
            vec!["response-body warn server: Content-Length is `5,` in a 101, which has no body"],
        ),
    ]
}

fn responses_with_other_faults() -> Vec<BrokenExchange> {
    let right = |response: String, findings| (REQUEST.to_owned(), response, findings);
    let old = with(REQUEST, ": 13", ": 14");
    let old_version = "version-unsupported error client: Sec-WebSocket-Version is `14`, expected `13`";
    vec![
        right(
            with(RESPONSE, "Switching", "\x01Switching"),
            vec!["head-field-syntax warn server: line 1 in the response: the control character `\\x01`"],
        ),
        right(
            with(RESPONSE, "Switching", "\0Switching"),
            vec!["head-field-syntax error server: line 1 in the response: the control character `\\x00`"],
        ),
        right(
            and(&with(RESPONSE, "Switching", "\x01Switching"), "X : y"),
            vec![
                "head-field-syntax error server: line 1 in the response: the control character `\\x01`, \
                 line 5 in the response: a space before the colon",
            ],
        ),
        right(
            and(RESPONSE, "transfer-encoding: chunked"),
            vec!["response-body warn server: Transfer-Encoding is `chunked` in a 101, which has no body"],
        ),
        (
            old.clone(),
            "HTTP/1.1 400 Bad Request\r\n\r\n".to_owned(),
            vec![
                old_version,
                "response-status error client: 400 instead of 101: the request breaks version-unsupported",
                "refusal-version-list warn server: version `14` is refused, and no Sec-WebSocket-Version names the supported ones",
            ],
        ),
        (
            old,
            "HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 13\r\n\r\n".to_owned(),
            vec![
                old_version,
                "response-status error client: 426 instead of 101: the request breaks version-unsupported",
                "refusal-upgrade-field warn nobody: a 426 without Upgrade, expected `Upgrade: websocket`; an intermediary may have dropped it",
            ],
        ),
        right(
            RESPONSE.replace("\r\n", "\n"),
            vec!["head-bare-lf warn server: LF without CR ends lines 1, 2, 3, 4, 5 in the response"],
        ),
    ]
}

/// What a response other than the 101 means where the client is to act: more fields of the request, the response, the finding.
fn refusals_for_the_client() -> Vec<(&'static str, &'static str, &'static str)> {
    vec![
        (
            "",
            "HTTP/1.1 301 Moved Permanently\r\nLocation: https://a/\r\n\r\n",
            "error nobody: 301 instead of 101: a redirect, which browsers do not follow here; it leads to `wss://a/`",
        ),
        (
            "",
            "HTTP/1.1 302 Found\r\n\r\n",
            "error client: 302 instead of 101: a redirect, which browsers do not follow here, without a Location",
        ),
        (
            "",
            "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"a\"\r\n\r\n",
            "error client: 401 instead of 101: credentials are required (WWW-Authenticate: `Basic realm=\"a\"`)",
        ),
        ("", "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "error client: 407 instead of 101: credentials are required"),
        (
            "",
            "HTTP/1.1 403 Forbidden\r\n\r\n",
            "error nobody: 403 instead of 101: forbidden, often because of the Origin (none was seen in the request), the path or credentials",
        ),
        (
            "Origin: http://a",
            "HTTP/1.1 403 Forbidden\r\n\r\n",
            "error nobody: 403 instead of 101: forbidden, often because of the Origin (`http://a`), the path or credentials",
        ),
        (
            "",
            "HTTP/1.1 404 Not Found\r\n\r\n",
            "error nobody: 404 instead of 101: there is nothing at `/chat`, or a proxy dropped Upgrade on the way and the server has no page there",
        ),
    ]
}

/// The same where the server or a proxy is at fault.
fn other_refusals() -> Vec<(&'static str, &'static str, &'static str)> {
    vec![
        (
            "",
            "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\n\r\n",
            "error nobody: 200 instead of 101: an ordinary response: nothing at this path speaks WebSocket, or a proxy dropped Upgrade on the way \
             (Server: `nginx/1.22.1`); if nginx is a proxy here, pass Upgrade and Connection on in the proxy, over HTTP/1.1 (nginx: \
             proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade)",
        ),
        (
            "",
            "HTTP/1.1 200 OK\r\nVia: 1.1 varnish\r\n\r\n",
            "error nobody: 200 instead of 101: an ordinary response: nothing at this path speaks WebSocket, or a proxy dropped Upgrade on the way \
             (Via: `1.1 varnish`)",
        ),
        (
            "",
            "HTTP/1.1 400 Bad Request\r\n\r\n",
            "error nobody: 400 instead of 101: nothing that was seen of the request is wrong: a proxy may have dropped Upgrade \
             on the way, or the server wants something else (another path, an Origin, a subprotocol, credentials)",
        ),
        ("", "HTTP/1.1 418 \r\n\r\n", "error nobody: 418 instead of 101: the server refuses the request"),
        (
            "",
            "HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13, 8\r\n\r\n",
            "error nobody: 426 instead of 101: the request asks for the upgrade: perhaps a proxy dropped it on the way; the server supports version \
             `13, 8`",
        ),
        (
            "",
            "HTTP/1.1 500 Internal Server Error\r\n\r\n",
            "error nobody: 500 instead of 101: an error of the server, or of a proxy before it; see their logs",
        ),
        (
            "",
            "HTTP/1.1 502 Bad Gateway\r\n\r\n",
            "error nobody: 502 instead of 101: a gateway got no usable response from the server behind it",
        ),
        ("", "HTTP/1.1 100 Continue\r\n\r\n", "note server: 100 is an interim response: the final one was not seen"),
    ]
}

#[test]
fn broken_rules_are_found() {
    for (request, expected) in broken_requests() {
        finds(&[exchange(&request, "")], &prefixed(&expected));
    }
    for (request, response, expected) in broken_responses() {
        finds(&[exchange(&request, &response)], &prefixed(&expected));
    }
    for (fields, response, expected) in refusals_for_the_client().into_iter().chain(other_refusals()) {
        let request = if fields.is_empty() { REQUEST.to_owned() } else { and(REQUEST, fields) };
        // A head that is cut off is a second finding; the tables end theirs.
        finds(&[exchange(&request, response)], &[&format!("0 response-status {expected}")]);
    }
}

fn prefixed(findings: &[&str]) -> Vec<&'static str> {
    findings.iter().map(|finding| &*format!("0 {finding}").leak()).collect()
}

/// Legal handshakes, however unusual.
#[test]
fn what_is_legal_is_not_found() {
    let asked = and(REQUEST, "Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Protocol: superchat, v1.x+json");
    let offered = and(
        REQUEST,
        "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=\"1\\5\", foo; a=\"1\\5\",, bar ; x = y",
    );
    let legal = [
        (REQUEST.to_owned(), RESPONSE.to_owned()),
        (
            REQUEST
                .to_lowercase()
                .replace("get /chat http/1.1", "GET /chat HTTP/1.1")
                .replace("zx8rnekbe4xnwifpuh8dhq", "Zx8rNEkBE4xnwifpuh8DHQ"),
            RESPONSE.replace("websocket\r\n", "WebSocket\r\n"),
        ),
        (with(REQUEST, ": Upgrade", ": keep-alive,\tUPGRADE , x"), RESPONSE.to_owned()),
        (with(REQUEST, "Connection: Upgrade", "Connection: keep-alive\r\nConnection: upgrade"), RESPONSE.to_owned()),
        (with(REQUEST, ": websocket", ": h2c, WebSocket"), RESPONSE.to_owned()),
        (with(REQUEST, ": websocket", ": h2c\r\nUpgrade: WEBSOCKET"), RESPONSE.to_owned()),
        (with(REQUEST, "/chat", "http://server.example.com/chat?a=1"), RESPONSE.to_owned()),
        (with(REQUEST, "/chat", "WSS://[::1]:8443"), RESPONSE.to_owned()),
        (with(REQUEST, "/chat", "/?a=b:c//d"), RESPONSE.to_owned()),
        (with(REQUEST, "server.example.com", "[::1]:8080"), RESPONSE.to_owned()),
        (REQUEST.replace(": ", ":\t "), RESPONSE.replace(": ", ":")),
        (and(REQUEST, "X: caf\u{e9}\r\nContent-Length: 0\r\nOrigin: null\r\nCookie: a=\"b; c\""), RESPONSE.to_owned()),
        (REQUEST.to_owned(), with(RESPONSE, " Switching Protocols", "")),
        (REQUEST.to_owned(), with(RESPONSE, "Switching Protocols", "Web Socket Protocol Handshake")),
        (REQUEST.to_owned(), with(RESPONSE, ": Upgrade", ": uPGRADE")),
        (REQUEST.to_owned(), and(RESPONSE, "Date: x\r\nServer: y\r\nVary: Origin\r\nSet-Cookie: a\r\nSet-Cookie: b")),
        (asked.clone(), and(RESPONSE, "Sec-WebSocket-Protocol: v1.x+json")),
        (
            offered.clone(),
            and(RESPONSE, "Sec-WebSocket-Extensions: foo; a=\"1\", permessage-deflate; server_no_context_takeover"),
        ),
        (offered, RESPONSE.to_owned()),
        (format!("\r\n{REQUEST}"), RESPONSE.to_owned()),
    ];
    for (request, response) in legal {
        let exchange = exchange(&request, &response);
        assert_eq!(lines(&judge(std::slice::from_ref(&exchange))), [""; 0], "{request}{response}");
        assert_eq!(unjudged(&exchange), None, "{request}{response}");
    }
}

/// What an answer may say to an offer, by RFC 7692, sections 5 and 7.1; what a client must fail the connection over.
/// Legal by the grammar of HTTP at the RFC's time, and refused by Node's clients.
#[test]
fn a_space_beside_the_equals_sign() {
    for spaced in ["server_max_window_bits =10", "server_max_window_bits= 10", "server_max_window_bits=\t10"] {
        finds(
            &[exchange(
                &and(REQUEST, "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=10"),
                &and(RESPONSE, &format!("Sec-WebSocket-Extensions: permessage-deflate; {spaced}")),
            )],
            &["0 extension-parameters warn server: a space or tab beside the `=` of a parameter, which Node's clients refuse"],
        );
    }
}

#[test]
fn permessage_deflate_is_judged() {
    let offer = "permessage-deflate";
    let bits = "permessage-deflate; client_max_window_bits";
    let ten = "permessage-deflate; server_max_window_bits=10";
    let takeover = "permessage-deflate; server_no_context_takeover";
    let either = "permessage-deflate; server_max_window_bits=10, permessage-deflate";
    for (offer, answer, expected) in [
        (offer, offer, ""),
        // Nobody asked for these, and a server may say them.
        (offer, "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=8", ""),
        (bits, "permessage-deflate; client_max_window_bits=15", ""),
        ("permessage-deflate; client_max_window_bits=10", "permessage-deflate; client_max_window_bits=15", ""),
        ("permessage-deflate; client_max_window_bits=10", offer, ""),
        (ten, "permessage-deflate; server_max_window_bits=\"10\"", ""),
        (ten, "permessage-deflate; server_max_window_bits=8", ""),
        (takeover, takeover, ""),
        (either, offer, ""),
        (either, ten, ""),
        (offer, "permessage-deflate; server_max_window_bits=20", "`server_max_window_bits` is `20`, expected 8 to 15"),
        (offer, "permessage-deflate; server_max_window_bits=7", "`server_max_window_bits` is `7`, expected 8 to 15"),
        (offer, "permessage-deflate; server_max_window_bits=08", "`server_max_window_bits` is `08`, expected 8 to 15"),
        (offer, "permessage-deflate; server_max_window_bits", "`server_max_window_bits` has no value, expected 8 to 15"),
        (bits, bits, "`client_max_window_bits` has no value, expected 8 to 15"),
        (offer, "permessage-deflate; client_max_window_bits=10", "client_max_window_bits was not offered"),
        (offer, "permessage-deflate; x", "the parameter `x` is not known"),
        (offer, "permessage-deflate; server_no_context_takeover=1", "`server_no_context_takeover` takes no value, got `1`"),
        (
            offer,
            "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
            "the parameter `server_no_context_takeover` stands there twice",
        ),
        (ten, offer, "server_max_window_bits=10 is not answered"),
        (ten, "permessage-deflate; server_max_window_bits=11", "server_max_window_bits=11 is more than 10, which was offered"),
        (takeover, offer, "server_no_context_takeover is not answered"),
    ] {
        let exchange = exchange(
            &and(REQUEST, &format!("Sec-WebSocket-Extensions: {offer}")),
            &and(RESPONSE, &format!("Sec-WebSocket-Extensions: {answer}")),
        );
        let expected: Vec<_> = (!expected.is_empty())
            .then(|| format!("0 extension-parameters error server: permessage-deflate: {expected}"))
            .into_iter()
            .collect();
        assert_eq!(lines(&judge(std::slice::from_ref(&exchange))), expected, "{offer} -> {answer}");
    }
    let twice = and(RESPONSE, "Sec-WebSocket-Extensions: permessage-deflate\r\nSec-WebSocket-Extensions: permessage-deflate");
    finds(
        &[exchange(&and(REQUEST, "Sec-WebSocket-Extensions: permessage-deflate"), &twice)],
        &["0 extension-duplicate error server: the extension `permessage-deflate` is selected twice"],
    );
    let bad = and(REQUEST, "Sec-WebSocket-Extensions: permessage-deflate; x=1");
    let warned =
        "0 extension-offer warn client: permessage-deflate: the parameter `x` is not known: the server must decline the offer";
    finds(&[exchange(&bad, RESPONSE)], &[warned]);
    finds(
        &[exchange(&bad, &and(RESPONSE, "Sec-WebSocket-Extensions: permessage-deflate"))],
        &[warned, "0 extension-parameters error server: permessage-deflate: no offer was valid, expected it to be declined"],
    );
}

/// What the bytes of a request do not show.
#[test]
fn what_a_server_knows() {
    let known = |request: &str, is_key_used, early| {
        let mut reception = Reception::default();
        (reception.is_key_used, reception.early) = (is_key_used, early);
        let mut exchange = Exchange::new(Some(Head::parse(request.as_bytes())), None);
        exchange.reception = Some(reception);
        lines(&judge(&[exchange]))
    };
    assert_eq!(known(REQUEST, false, 0), [""; 0]);
    let used = "0 key-reused warn client: the key `Zx8rNEkBE4xnwifpuh8DHQ==` came over another connection too, expected a random one for each";
    assert_eq!(known(REQUEST, true, 0), [used]);
    let waits =
        |count| format!("0 request-waits error client: {count} came behind the request before it was answered, expected none");
    assert_eq!(known(REQUEST, false, 1), [waits("1 byte")]);
    assert_eq!(known(REQUEST, true, 2), [used, &waits("2 bytes")]);
    // A body belongs to the request.
    for body in ["Content-Length: 2", "Transfer-Encoding: chunked"] {
        assert_eq!(known(&and(REQUEST, body), false, 2), [""; 0]);
    }
}

#[test]
fn exchanges_are_compared() {
    let other = |response: &str| exchange(&with(REQUEST, "Zx8rNEkBE4xnwifpuh8DHQ==", OTHER_KEY), response);
    let first = || exchange(REQUEST, RESPONSE);
    let right = with(RESPONSE, "52Rg3vW4JQ1yWpkvFlsTsiezlqw=", OTHER_ACCEPT);
    finds(&[first(), other(&right)], &[]);

    let mismatch = "1 accept-mismatch error nobody: got `52Rg3vW4JQ1yWpkvFlsTsiezlqw=`, expected `4tRMuDpE6WErH7Gc0XqTBmfN/7U=`: it answers \
                    the key of exchange 1; the server keeps it, a proxy or a cache answered, or the client mixed up two connections";
    let constant = "1 accept-constant error nobody: `52Rg3vW4JQ1yWpkvFlsTsiezlqw=` answered the key `Zx8rNEkBE4xnwifpuh8DHQ==` in exchange 1 \
                    too: it is hard-coded, or comes from a cache";
    finds(&[first(), other(RESPONSE)], &[mismatch, constant]);

    // The same head seen twice is one request, also where a proxy stands between.
    finds(&[first(), first()], &[]);
    let proxied = and(&with(&with(REQUEST, "/chat", "/app/chat"), "server.example.com", "10.0.0.1"), "X-Forwarded-For: 1.2.3.4");
    finds(&[first(), exchange(&proxied, RESPONSE)], &[]);
    let reused = |what| {
        format!("1 key-reused warn client: the key `Zx8rNEkBE4xnwifpuh8DHQ==` was used in exchange 1 too, whose {what} differs")
    };
    finds(&[first(), exchange(&with(REQUEST, "/chat", "/other"), RESPONSE)], &[&reused("target")]);
    let agents = ["a", "b"].map(|agent| exchange(&and(REQUEST, &format!("User-Agent: {agent}")), RESPONSE));
    finds(&agents, &[&reused("User-Agent")]);
    // A key that is sent again after a refusal was used once.
    finds(
        &[exchange(REQUEST, "HTTP/1.1 401 Unauthorized\r\n\r\n"), exchange(&and(REQUEST, "Authorization: a"), RESPONSE)],
        &[
            "0 response-status note nobody: 401 instead of 101: credentials are required, or the server refuses something else, such as the Origin",
        ],
    );
    for (refusal, expected) in [
        (
            "HTTP/1.1 307 x\r\nLocation: https://server.example.com/chat\r\n\r\n",
            "note nobody: 307 instead of 101: a redirect to the same place over TLS, which browsers do not follow here; use wss://; \
             if the request went over TLS, pass X-Forwarded-Proto on in the proxy, and have the server trust it, or send the cookie that it \
             sets (`https://server.example.com/chat`)",
        ),
        (
            "HTTP/1.1 307 x\r\nLocation: /b\r\n\r\n",
            "error nobody: 307 instead of 101: a redirect, which browsers do not follow here; it leads to `/b`",
        ),
        // Another client's request, or the same without what was demanded, follows nothing.
        (
            "HTTP/1.1 307 x\r\nLocation: https://other.example/chat\r\n\r\n",
            "error nobody: 307 instead of 101: a redirect, which browsers do not follow here; it leads to `wss://other.example/chat`",
        ),
        ("HTTP/1.1 407 x\r\n\r\n", "error client: 407 instead of 101: credentials are required"),
        (
            "HTTP/1.1 404 x\r\n\r\n",
            "error nobody: 404 instead of 101: there is nothing at `/chat`, or a proxy dropped Upgrade on the way and the server has no page there",
        ),
    ] {
        let another = |exchange: Exchange| {
            let mut exchange = exchange;
            exchange.request.as_mut().expect("a request").fields.push(Field::new("User-Agent", "a/1", 0));
            exchange
        };
        finds(&[exchange(REQUEST, refusal), other(&right)], &[&format!("0 response-status {expected}")]);
        let error = expected.replace("note", "error");
        finds(&[exchange(REQUEST, refusal), another(other(&right))], &[&format!("0 response-status {error}")]);
    }
}

/// The value was computed with openssl, from the key, a CR and the GUID.
#[test]
fn a_known_mistake_is_named() {
    let accept = "jSBQWdc9R8UOD/9+35IE4CBejqE=";
    let causes = diagnose(Mismatch { key: b"Zx8rNEkBE4xnwifpuh8DHQ==", accept: accept.as_bytes() }, &[]);
    let [cause] = causes.as_slice() else { panic!("one mistake makes it") };
    assert_eq!(cause.id, "key-cr");
    let expected = format!(
        "0 accept-mismatch error server: got `{accept}`, expected `52Rg3vW4JQ1yWpkvFlsTsiezlqw=`: {}; {}",
        cause.description, cause.fix
    );
    finds(&[exchange(REQUEST, &with(RESPONSE, "52Rg3vW4JQ1yWpkvFlsTsiezlqw=", accept))], &[&expected]);
}

/// The value was computed with Python, from the key and the GUID without its last character.
#[test]
fn a13_every_mistake_that_makes_the_value_is_named() {
    let accept = "IA+8Nz0Wip3HbcI2MgwNyHq6QEE=";
    let expected = "0 accept-mismatch error server: got `IA+8Nz0Wip3HbcI2MgwNyHq6QEE=`, expected `52Rg3vW4JQ1yWpkvFlsTsiezlqw=`: \
                    the GUID is misspelt: character 36, 1, is missing; \
                    copy it from RFC 6455, section 1.3: 258EAFA5-E914-47DA-95CA-C5AB0DC85B11; or: \
                    the GUID was cut short: character 36, 1, is missing; \
                    make room for 60 characters of key and GUID, and for a terminating zero byte in C";
    finds(&[exchange(REQUEST, &with(RESPONSE, "52Rg3vW4JQ1yWpkvFlsTsiezlqw=", accept))], &[expected]);
}

#[test]
fn what_was_not_seen_is_not_judged() {
    // A copy shows all field lines, and not how they end.
    let copied = exchange(&REQUEST.replace("\r\n", "\n"), &RESPONSE.replace("\r\n", "\n"));
    finds(&[seen_as(Fidelity::Complete, copied)], &[]);
    let missing = exchange(&with(REQUEST, "Host: server.example.com\r\n", ""), "");
    finds(&[seen_as(Fidelity::Complete, missing.clone())], &["0 request-host error client: Host is missing"]);
    finds(&[seen_as(Fidelity::Partial, missing)], &[]);

    // A key and an accept value alone, as in a message that has both.
    let field =
        |text: &str| Some(Head::from_fields([], Head::parse(format!("x\r\n{text}").as_bytes()).fields, Fidelity::Partial));
    let key = || field("Sec-WebSocket-Key: Zx8rNEkBE4xnwifpuh8DHQ==\r\n\r\n");
    let right = Exchange::new(key(), field("Sec-WebSocket-Accept: 52Rg3vW4JQ1yWpkvFlsTsiezlqw=\r\n\r\n"));
    let parts = vec![
        (Kind::Request, "the method"),
        (Kind::Request, "Host"),
        (Kind::Request, "Upgrade"),
        (Kind::Request, "Connection"),
        (Kind::Request, "Sec-WebSocket-Version"),
        (Kind::Response, "the status"),
        (Kind::Response, "Upgrade"),
        (Kind::Response, "Connection"),
    ];
    assert_eq!(unjudged(&right), Some(Unjudged::Parts(parts)));
    finds(&[right], &[]);
    let wrong = Exchange::new(key(), field("Sec-WebSocket-Accept: bm90IHRoZSByaWdodCB2YWx1ZSE=\r\n\r\n"));
    finds(
        &[wrong],
        &[
            "0 accept-mismatch error server: got `bm90IHRoZSByaWdodCB2YWx1ZSE=`, expected `52Rg3vW4JQ1yWpkvFlsTsiezlqw=`; no known mistake produces it",
        ],
    );
}

#[test]
fn without_what_it_takes_there_is_no_verdict() {
    #[track_caller]
    fn none(exchange: &Exchange, why: Unjudged) {
        assert_eq!(unjudged(exchange), Some(why));
        assert!(judge(std::slice::from_ref(exchange)).iter().all(|finding| finding.level == Level::Note));
    }
    let parts = |kind, names: &[&'static str]| Unjudged::Parts(names.iter().map(|name| (kind, *name)).collect());
    let asked = "GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n";
    none(&exchange(REQUEST, ""), Unjudged::Response);
    none(&exchange("", RESPONSE), Unjudged::Request);
    none(&exchange("", ""), Unjudged::Response);
    none(&seen_as(Fidelity::Partial, exchange(asked, "")), Unjudged::Response);
    none(
        &seen_as(Fidelity::Partial, exchange(asked, RESPONSE)),
        parts(Kind::Request, &["Host", "Connection", "Sec-WebSocket-Version", "Sec-WebSocket-Key"]),
    );
    none(
        &seen_as(Fidelity::Partial, exchange(REQUEST, "HTTP/1.1 101 x\r\nUpgrade: websocket\r\n\r\n")),
        parts(Kind::Response, &["Connection", "Sec-WebSocket-Accept"]),
    );
    none(&exchange(REQUEST, "HTTP/1.1 103 Early Hints\r\n\r\n"), Unjudged::FinalResponse);
    none(&exchange("", "HTTP/2 200\r\n\r\n"), Unjudged::Http2Request);
    // A request that was seen whole and has no key is a verdict.
    assert_eq!(unjudged(&exchange("GET / HTTP/1.1\r\n\r\n", RESPONSE)), None);
    // Who refuses an unseen request may refuse any; who computed an accept value had a handshake.
    let refused = |fields: &str| unjudged(&exchange("", &format!("HTTP/1.1 404 Not Found\r\n{fields}\r\n")));
    assert_eq!(refused(""), Some(Unjudged::Request));
    assert_eq!(refused("Sec-WebSocket-Accept: 52Rg3vW4JQ1yWpkvFlsTsiezlqw=\r\n"), None);
}

/// That a request asked for the Upgrade is claimed only where it was seen.
#[test]
fn what_was_not_seen_is_no_evidence() {
    let response = "HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\n\r\n";
    let expected =
        "0 response-status error nobody: 426 instead of 101: the server saw no Upgrade, or no version that it supports";
    finds(&[exchange("", response)], &[expected]);
    finds(&[seen_as(Fidelity::Partial, exchange("GET / HTTP/1.1\r\n\r\n", response))], &[expected]);
    finds(
        &[exchange("", "HTTP/1.1 400 Bad Request\r\n\r\n")],
        &["0 response-status error nobody: 400 instead of 101: a bad request; the request was not seen"],
    );
    finds(
        &[exchange("", "HTTP/1.1 403 Forbidden\r\n\r\n")],
        &["0 response-status error nobody: 403 instead of 101: forbidden, often because of the Origin, the path or credentials"],
    );
    finds(
        &[exchange("", "HTTP/1.1 404 Not Found\r\n\r\n")],
        &[
            "0 response-status error nobody: 404 instead of 101: there is nothing at this path, or a proxy dropped Upgrade on the way and the server has no page there",
        ],
    );
}

#[test]
fn http2_has_no_upgrade() {
    let get = with(REQUEST, "HTTP/1.1", "HTTP/2");
    let upgrade =
        "0 http2-upgrade error client: Upgrade has no meaning in HTTP/2: use HTTP/1.1 (`curl --http1.1`) or extended CONNECT";
    finds(&[exchange(&get, "")], &[upgrade]);
    let key = "0 http2-upgrade error client: Sec-WebSocket-Key has no meaning in HTTP/2: use HTTP/1.1 (`curl --http1.1`) or extended CONNECT";
    finds(&[exchange(&with(&get, "Upgrade: websocket\r\n", ""), "")], &[key]);
    finds(
        &[exchange(&get, "HTTP/2 400\r\n\r\n")],
        &["0 response-status error client: 400 instead of 101: the request breaks http2-upgrade", upgrade],
    );
    finds(
        &[exchange("", "HTTP/2 101\r\n\r\n")],
        &["0 http2-upgrade error server: HTTP/2 has no 101: use HTTP/1.1 (`curl --http1.1`) or extended CONNECT"],
    );
    let fields = "x\r\n:method: CONNECT\r\n:protocol: websocket\r\n:scheme: https\r\n:path: /chat\r\n:authority: a\r\nsec-websocket-version: 13\r\n\r\n";
    let connect = Head::from_fields([], Head::parse(fields.as_bytes()).fields, Fidelity::Bytes);
    let note = "0 http2-connect note client: an extended CONNECT: there is no key to judge";
    let connected = |response: &str| [Exchange::new(Some(connect.clone()), Some(Head::parse(response.as_bytes())))];
    finds(&connected("HTTP/2 200\r\n\r\n"), &[note]);
    assert_eq!(unjudged(&connected("HTTP/2 200\r\n\r\n")[0]), None);
    // In a part of a head, all that it takes must be seen (RFC 8441, section 4; RFC 9113, section 8.3.1).
    for name in [":protocol", ":scheme", ":path", ":authority"] {
        let mut part = Head::from_fields([], connect.fields.clone(), Fidelity::Partial);
        part.fields.retain(|field| field.name != name.as_bytes());
        let exchange = Exchange::new(Some(part), Some(Head::parse(b"HTTP/2 200\r\n\r\n")));
        assert_eq!(unjudged(&exchange).expect("no yes").to_string(), format!("not seen in the request: {name}"));
    }
    finds(
        &connected("HTTP/2 200\r\nsec-websocket-protocol: chat\r\n\r\n"),
        &["0 protocol-unrequested error server: selected `chat`, none requested", note],
    );
    finds(
        &connected("HTTP/2 404\r\n\r\n"),
        &["0 response-status error nobody: 404 instead of 101: there is nothing at `/chat`", note],
    );
    let upgrading =
        Head::parse(b"CONNECT /chat HTTP/2\r\n:protocol: websocket\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\r\n");
    finds(
        &[Exchange::new(Some(upgrading), None)],
        &[
            "0 http2-upgrade error client: a CONNECT over HTTP/2 has no Upgrade: use HTTP/1.1 (`curl --http1.1`) or extended CONNECT",
            note,
        ],
    );
}

/// The exchange with `bytes` behind its head.
fn followed(response: &str, bytes: &[u8], end: StreamEnd) -> Exchange {
    let mut exchange = exchange(REQUEST, response);
    exchange.behind = Some(Behind::new(bytes.to_vec(), end));
    exchange
}

/// A client fails the connection over each of these, after a right 101.
#[test]
fn a01_what_follows_a_101_is_judged() {
    let fault = |bytes: &[u8], message: &str| {
        let exchange = followed(RESPONSE, bytes, StreamEnd::Open);
        let findings = judge(std::slice::from_ref(&exchange));
        assert_eq!(lines(&findings), [format!("0 after-101 error server: {message}")]);
        assert_eq!(verdict(&exchange, &findings), Verdict::Failed);
    };
    fault(b"\r\n", "one line ending too many: the head ends with its first empty line, and what follows is frames");
    fault(b"\r\n\x81\x05Hello", "one line ending too many: the head ends with its first empty line, and what follows is frames");
    fault(b"Hello", "text, where frames are expected: `Hello`");
    fault(b"<!DOCTYPE html>\n", "markup, where frames are expected: `<!DOCTYPE html>\\n`");
    // RFC 6455, section 5.7: a masked text frame that holds Hello.
    fault(
        b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58",
        "not a frame that a server may send: it is masked, as a client's frames are (5.1): `\\x81\\x857\\xfa!=\\x7f\\x9fMQX`",
    );
    fault(b"\x81\x85", "not a frame that a server may send: it is masked, as a client's frames are (5.1): `\\x81\\x85`");
    fault(
        b"\xc1\x05Hello",
        "not a frame that a server may send: RSV1 is set without permessage-deflate (5.2): `\\xc1\\x05Hello`",
    );
    fault(
        b"\x81\x02ok\xb1\x00",
        "not a frame that a server may send: RSV2 or RSV3 is set, which no extension gave a meaning (5.2): `\\xb1\\x00`",
    );
    let ended = followed(RESPONSE, b"\x81\x05Hello", StreamEnd::Server);
    let message =
        "0 ended-after-101 error server: the server ended the connection at once, without a Close frame: browsers report 1006";
    finds(&[ended], &[message]);
    finds(&[followed(RESPONSE, b"", StreamEnd::Server)], &[message]);
}

/// Where the client's frames may stand among the server's, what neither may send is nobody's.
#[test]
fn what_neither_side_may_send() {
    let mut mixed = followed(RESPONSE, b"\x81\x02ok\xff\xff\xff", StreamEnd::Unseen);
    if let Some(behind) = &mut mixed.behind {
        behind.is_mixed = true;
    }
    let message = "0 after-101 error nobody: not a frame that either side may send: its opcode is 15, which is reserved (5.2): `\\xff\\xff\\xff`";
    finds(&[mixed], &[message]);
}

/// Frames that a server may send, and the end of a file.
#[test]
fn a01_what_may_follow_a_101() {
    let close = |code: &str| format!("0 ended-after-101 note server: a Close frame with {code} follows at once");
    finds(&[followed(RESPONSE, b"", StreamEnd::Open)], &[]);
    finds(&[followed(RESPONSE, b"", StreamEnd::Unseen)], &[]);
    // RFC 6455, section 5.7: text, a message in two frames, a ping inside it, the beginning of 256 bytes.
    finds(&[followed(RESPONSE, b"\x81\x05Hello\x01\x03Hel\x89\x05Hello\x80\x02lo\x82\x7e\x01\x00abc", StreamEnd::Open)], &[]);
    finds(&[followed(RESPONSE, b"\x88\x02\x03\xe8", StreamEnd::Server)], &[&close("the code 1000")]);
    finds(&[followed(RESPONSE, b"\x88\x00", StreamEnd::Open)], &[&close("no code")]);
    let answer = and(RESPONSE, "Sec-WebSocket-Extensions: permessage-deflate");
    let mut deflated = followed(&answer, b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00", StreamEnd::Open);
    deflated.request = Some(Head::parse(and(REQUEST, "Sec-WebSocket-Extensions: permessage-deflate").as_bytes()));
    finds(&[deflated], &[]);
    // Nothing is expected of what follows a refusal.
    let refused = followed("HTTP/1.1 404 Not Found\r\n\r\n", b"no", StreamEnd::Server);
    assert_eq!(judge(&[refused]).len(), 1);
}

/// A Close frame that the end cuts is none.
#[test]
fn a_close_frame_that_is_cut_ends_nothing() {
    let message =
        "0 ended-after-101 error server: the server ended the connection at once, without a Close frame: browsers report 1006";
    finds(&[followed(RESPONSE, b"\x88\x02\x03", StreamEnd::Server)], &[message]);
    finds(&[followed(RESPONSE, b"\x88\x02\x03", StreamEnd::Open)], &[]);
}

/// What some clients take and others fail the connection over.
#[test]
fn where_clients_differ_there_is_a_warning() {
    for code in [1004, 1016, 2999_u16] {
        let close = [&b"\x88\x02"[..], &code.to_be_bytes()].concat();
        let message = format!(
            "0 ended-after-101 warn server: a Close frame with the code {code} follows at once: it is reserved, and some clients fail the connection"
        );
        finds(&[followed(RESPONSE, &close, StreamEnd::Open)], &[&message]);
    }
    // 100 MiB, and a byte more.
    finds(&[followed(RESPONSE, b"\x82\x7f\0\0\0\0\x06\x40\0\0", StreamEnd::Open)], &[]);
    finds(
        &[followed(RESPONSE, b"\x82\x7f\0\0\0\0\x06\x40\0\x01", StreamEnd::Open)],
        &["0 after-101 warn server: a frame of 104857601 bytes: Node's clients take 100 MiB"],
    );
    // Pings stand among the frames of a message, and are none of them.
    let message = |count: usize| [b"\x01\x01a".to_vec(), b"\x00\x01a\x89\x00".repeat(count - 2), b"\x80\x01a".to_vec()].concat();
    finds(&[followed(RESPONSE, &message(16_384).repeat(2), StreamEnd::Open)], &[]);
    finds(
        &[followed(RESPONSE, &message(16_385), StreamEnd::Open)],
        &["0 after-101 warn server: a message in more than 16384 frames: Node's ws takes no more"],
    );
    for code in [1003, 1014, 3000_u16] {
        let close = [&b"\x88\x02"[..], &code.to_be_bytes()].concat();
        let message = format!("0 ended-after-101 note server: a Close frame with the code {code} follows at once");
        finds(&[followed(RESPONSE, &close, StreamEnd::Open)], &[&message]);
    }
    finds(
        &[followed(RESPONSE, b"\x88\x00\r\n", StreamEnd::Open)],
        &[
            "0 after-101 warn server: 2 bytes behind a Close frame, which is the last: `\\r\\n`",
            "0 ended-after-101 note server: a Close frame with no code follows at once",
        ],
    );
}

/// base64 that ends in LF ends the line of the accept value, and the next CR LF the head.
#[test]
fn a02_a_line_feed_behind_the_accept_value_is_named() {
    let cause = "0 after-101 error server: the head ended early: a line feed follows the accept value, as encoders that wrap lines put there \
                 (encodebytes, encode64, base64 without -w0); strip it";
    let lf = "0 head-bare-lf warn server: LF without CR ends line";
    finds(
        &[followed(&with(RESPONSE, "iezlqw=\r\n", "iezlqw=\n"), b"\r\n", StreamEnd::Open)],
        &[cause, &format!("{lf} 4 in the response")],
    );
    let first = "HTTP/1.1 101 x\r\nSec-WebSocket-Accept: 52Rg3vW4JQ1yWpkvFlsTsiezlqw=\n\r\n";
    finds(
        &[followed(first, b"Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n", StreamEnd::Open)],
        &[
            "0 response-upgrade error server: Upgrade is missing, expected `websocket`",
            "0 response-connection error server: Connection is missing, expected `Upgrade`",
            cause,
            &format!("{lf} 2 in the response"),
        ],
    );
    // Where every line ends so, it is another mistake.
    let message =
        "0 after-101 error server: one line ending too many: the head ends with its first empty line, and what follows is frames";
    finds(
        &[followed(&RESPONSE.replace("\r\n", "\n"), b"\n", StreamEnd::Open)],
        &[message, "0 head-bare-lf warn server: LF without CR ends lines 1, 2, 3, 4, 5 in the response"],
    );
}

/// Of a head that was cut off, that is all that is known.
#[test]
fn b09_a_head_that_was_cut_off_is_not_judged() {
    let whole = RESPONSE.strip_suffix("\r\n").expect("an empty line");
    for len in (10..whole.len()).chain([RESPONSE.len() - 1]) {
        let cut = &RESPONSE[..len];
        let seen = exchange(REQUEST, cut);
        let findings = judge(std::slice::from_ref(&seen));
        assert_eq!(lines(&findings), [""; 0], "{cut}");
        assert_eq!(verdict(&seen, &findings), Verdict::Unjudged(Unjudged::End(Kind::Response)), "{cut}");
        // Where it was seen that the server ended it, that is wrong, and nothing else.
        let ended = followed(cut, b"", StreamEnd::Server);
        let findings = judge(std::slice::from_ref(&ended));
        assert_eq!(findings.iter().map(|finding| finding.rule.id).collect::<Vec<_>>(), ["head-unterminated"], "{cut}");
        assert_eq!(verdict(&ended, &findings), Verdict::Failed);
    }
    let ended = followed(whole, b"", StreamEnd::Server);
    finds(&[ended], &["0 head-unterminated error server: no empty line after line 4 in the response"]);
    let request = REQUEST.strip_suffix("\r\n").expect("an empty line");
    assert_eq!(unjudged(&exchange(request, "")), Some(Unjudged::End(Kind::Request)));
    finds(&[exchange(request, "")], &[]);
}

/// Which side a refusal speaks of.
#[test]
fn b06_a_refusal_names_the_right_side() {
    let edge = |status: u16, what: &str| {
        let found = format!(
            "0 response-status error nobody: {status} instead of 101: Cloudflare's edge got no usable response: the server behind it {what} \
             (Server: `cloudflare`)"
        );
        finds(&[exchange(REQUEST, &format!("HTTP/1.1 {status} x\r\nServer: cloudflare\r\n\r\n"))], &[&found]);
    };
    edge(520, "sent something that is no response");
    edge(521, "refuses the connection");
    edge(522, "did not answer the connection in time");
    edge(523, "is unreachable");
    edge(524, "sent no response in time");
    edge(525, "failed the TLS handshake");
    edge(526, "has a certificate that is not valid");
    edge(530, "cannot be found, or its tunnel is down: the body has a code from 1000 on");
    let refused = |request: &str, response: &str, expected: &str| {
        finds(&[exchange(request, response)], &[&format!("0 response-status error {expected}")]);
    };
    // Others use its codes too.
    refused(
        REQUEST,
        "HTTP/1.1 520 x\r\nServer: MyApp\r\n\r\n",
        "nobody: 520 instead of 101: an error of the server, or of a proxy before it; see their logs (Server: `MyApp`)",
    );
    refused(
        REQUEST,
        "HTTP/1.1 527 x\r\n\r\n",
        "nobody: 527 instead of 101: an error of the server, or of a proxy before it; see their logs",
    );
    refused(
        &and(REQUEST, "Origin: https://a.example"),
        "HTTP/1.1 403 Forbidden\r\ncf-mitigated: challenge\r\n\r\n",
        "proxy: 403 instead of 101: a bot check of the edge stopped it (cf-mitigated: `challenge`), which no WebSocket client can answer; \
         exempt this path from it",
    );
    refused(
        REQUEST,
        "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 30\r\n\r\n",
        "client: 429 instead of 101: too many requests; Retry-After: `30`",
    );
    refused(REQUEST, "HTTP/1.1 429 x\r\n\r\n", "client: 429 instead of 101: too many requests");
}

/// The tables above break every rule but those that take several exchanges or HTTP/2, which have tests of their own.
#[test]
fn every_rule_is_broken_once() {
    let requests = broken_requests().into_iter().flat_map(|(_, findings)| findings);
    let responses = broken_responses().into_iter().flat_map(|(_, _, findings)| findings);
    let mut broken: BTreeSet<_> = requests.chain(responses).filter_map(|finding| finding.split(' ').next()).collect();
    broken.extend(["key-reused", "accept-constant", "http2-upgrade", "http2-connect"]);
    // In `what_a_server_knows`.
    broken.insert("request-waits");
    // Of what stands behind a head, or cuts it off.
    broken.extend(["after-101", "ended-after-101", "head-unterminated", "response-interim"]);
    // In `a_101_that_node_does_not_read`, `values_that_differ`, `permessage_deflate_is_judged`.
    broken.extend(["response-long", "response-differs"]);
    // In the tests of captures: `empty_lines_before_the_status_line`.
    broken.insert("head-empty-lines");
    // In `changes.rs`: what a proxy does.
    broken.extend([
        "proxy-forwards",
        "proxy-answers",
        "proxy-frames",
        "proxy-end",
        "proxy-once",
        "proxy-asks",
        "proxy-key",
        "proxy-dropped",
        "proxy-changed",
        "proxy-added",
    ]);
    broken.extend(["proxy-repeated", "proxy-reordered", "proxy-respelt"]);
    broken.extend(["extension-offer", "extension-parameters", "extension-duplicate"]);
    assert_eq!(broken, RULES.iter().map(|rule| rule.id).collect());
}

/// Node counts the bytes of names, values and the reason phrase, and keeps a thousand fields.
#[test]
fn a_101_that_node_does_not_read() {
    // `Switching Protocols`, then Upgrade, Connection and Sec-WebSocket-Accept with their values, and the X of the field.
    let right = 19 + 7 + 9 + 10 + 7 + 20 + 28 + 1;
    let messages = |response: &str| {
        judge(&[exchange(REQUEST, response)]).into_iter().map(|finding| (finding.rule.id, finding.message)).collect::<Vec<_>>()
    };
    let long = |length: usize| messages(&and(RESPONSE, &format!("X: {}", "x".repeat(length - right))));
    assert_eq!(long(16383), []);
    let says = "names, values and reason phrase have 16384 bytes: Node's clients read less than 16384";
    assert_eq!(long(16384), [("response-long", says.to_owned())]);
    let many = |count: usize| RESPONSE.replacen("\r\n", &format!("\r\n{}", "X: y\r\n".repeat(count)), 1);
    assert_eq!(messages(&many(997)), []);
    let says = |name| [("response-long", format!("`{name}` stands behind 1000 fields: Node's clients read no more"))];
    assert_eq!(messages(&many(998)), says("Sec-WebSocket-Accept"));
    assert_eq!(messages(&many(1000)), says("Upgrade"));
    // What stands behind the fields of the handshake does not matter to it.
    assert_eq!(messages(&and(RESPONSE, "X: y\r\n".repeat(1500).trim_end())), []);
}

/// Node's clients see no `Upgrade` before a tab; a line without one is enough for them.
#[test]
fn a_tab_behind_the_connection() {
    let messages = |response: &str| {
        judge(&[exchange(REQUEST, response)]).into_iter().map(|finding| (finding.rule.id, finding.message)).collect::<Vec<_>>()
    };
    let says = "a tab behind the value of Connection: legal, and Node's clients see no `Upgrade` before it".to_owned();
    let tab = RESPONSE.replace("Connection: Upgrade", "Connection: Upgrade \t");
    assert_eq!(messages(&tab), [("response-connection-list", says)]);
    assert_eq!(messages(&and(&tab, "Connection: upgrade")), []);
    assert_eq!(messages(&RESPONSE.replace("Connection: Upgrade", "Connection: \tUpgrade")), []);
}

#[test]
fn values_that_differ() {
    let messages = |fields: &str| {
        judge(&[exchange(REQUEST, &and(RESPONSE, fields))])
            .into_iter()
            .map(|finding| (finding.rule.id, finding.message))
            .collect::<Vec<_>>()
    };
    assert_eq!(messages("Location: /a\r\nLocation: /a"), []);
    assert_eq!(messages("Set-Cookie: a=b\r\nSet-Cookie: c=d"), []);
    let says = "Location has different values: `/a`, `/b`".to_owned();
    assert_eq!(messages("Location: /a\r\nLocation: /b"), [("response-differs", says)]);
    assert_eq!(messages("Location: /a,"), []);
    for quoted in ["attachment; filename=\"a, b\"", "attachment; filename=\"a\\\", b\"", "a, a"] {
        assert_eq!(messages(&format!("Content-Disposition: {quoted}")), [], "{quoted}");
    }
    for (line, values) in [
        ("a,", "`a`, ``"),
        ("inline, attachment", "`inline`, `attachment`"),
        ("attachment; filename=a,b.txt", "`attachment; filename=a`, `b.txt`"),
        ("attachment; filename=\"a\", b", "`attachment; filename=\"a\"`, `b`"),
    ] {
        let says = format!("Content-Disposition has different values: {values}");
        assert_eq!(messages(&format!("Content-Disposition: {line}")), [("response-differs", says)]);
    }
    let says = "Content-Disposition has different values: `a`, `b`, `a`".to_owned();
    let fields = "Content-Disposition: a\r\nContent-Disposition: b\r\nContent-Disposition: a";
    assert_eq!(messages(fields), [("response-differs", says)]);
}

#[test]
fn the_documentation_has_the_same_table() {
    let documented: Vec<[&str; 4]> = include_str!("../../docs/rules.md")
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .map(|line| {
            let mut cells = line.trim_end_matches(" |").split(" | ");
            std::array::from_fn(|_| cells.next().expect("four cells").trim_matches(['`', ' ']))
        })
        .collect();
    let levels: Vec<_> = RULES.iter().map(|rule| rule.level.to_string()).collect();
    let table: Vec<_> = RULES.iter().zip(&levels).map(|(rule, level)| [rule.id, level, rule.description, rule.section]).collect();
    assert_eq!(documented, table);
}

/// Two thousand wrong accept values are judged, and not all are looked into.
#[test]
fn the_search_for_causes_is_bounded() {
    let wrong = with(RESPONSE, "52Rg3vW4JQ1yWpkvFlsTsiezlqw=", "bm90IHRoZSByaWdodCB2YWx1ZSE=");
    let findings = judge(&vec![exchange(REQUEST, &wrong); 2000]);
    assert_eq!(findings.len(), 2000);
    assert_eq!(
        findings.last().map(|finding| finding.message.as_str()),
        Some(
            "got `bm90IHRoZSByaWdodCB2YWx1ZSE=`, expected `52Rg3vW4JQ1yWpkvFlsTsiezlqw=` (search limit (32) reached: not diagnosed)"
        )
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Lines of handshakes in any mixture are judged, in order, and every message is fit for a terminal.
    #[test]
    fn any_heads_are_judged(heads in prop::collection::vec((prop::collection::vec(0_usize..30, 0..12), 0..3_u8), 0..6)) {
        const IRREGULAR: [&str; 12] = [
            "HTTP/1.1 101", "HTTP/2 200", "HTTP/1.1 426 x", "CONNECT / HTTP/2", ":protocol: websocket", "Sec-WebSocket-Key:\u{1b}",
            "Sec-WebSocket-Extensions: ;\"\\", "Sec-WebSocket-Protocol: a,a", "\tx", "x", "Via: 1", "HTTP/1.1 302",
        ];
        let pool: Vec<_> = REQUEST.lines().chain(RESPONSE.lines()).chain(IRREGULAR).filter(|line| !line.is_empty()).collect();
        let mut heads = heads.into_iter().map(|(lines, seen)| {
            let text: Vec<_> = lines.iter().map(|&line| *pool.get(line).unwrap_or(&"A: b")).chain(["\r\n"]).collect();
            let mut head = Head::parse(text.join("\r\n").as_bytes());
            head.fidelity = [Fidelity::Bytes, Fidelity::Complete, Fidelity::Partial][usize::from(seen)];
            head
        });
        let mut exchanges = Vec::new();
        while let Some(request) = heads.next() {
            exchanges.push(Exchange::new(Some(request), heads.next()));
        }
        let findings = judge(&exchanges);
        prop_assert!(findings.is_sorted_by_key(|finding| finding.exchange));
        for finding in &findings {
            prop_assert!(!finding.message.contains(|c: char| c.is_control()), "{}", finding.message);
        }
    }
}
