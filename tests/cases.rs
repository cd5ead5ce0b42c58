//! The cases of the conformance run, held against the rules and against a copy of their table.

use wskey::conformance::{CASES, Case, Expect, Outcome, Request, Sending, Verdict};
use wskey::{Exchange, Head, Key, Level, RULES, judge};

const KEY: &[u8] = b"1Jo0ZvFFDQ3u4UMfqKvPLQ==";

fn bent(case: &Case) -> Request {
    let mut request = Request::handshake(false, "server.example:8080", "/chat", Key::parse(KEY).expect("a key"));
    (case.bend)(&mut request);
    request
}

/// The rules that a request breaks, and how much that weighs.
fn broken(request: &Request) -> Vec<(&'static str, Level)> {
    let exchange = Exchange { request: Some(Head::parse(&request.to_bytes())), response: None };
    judge(&[exchange]).iter().map(|finding| (finding.rule.id, finding.level)).collect()
}

#[track_caller]
fn case(id: &str) -> &'static Case {
    CASES.iter().find(|case| case.id == id).expect("a case of this name")
}

#[test]
fn the_table_is_the_documented_one() {
    let ours: Vec<_> = CASES
        .iter()
        .map(|case| {
            let level = case.level.to_string();
            [case.id, case.expect.as_str(), level.as_str(), case.section, case.says].join("\t")
        })
        .collect();
    let documented: Vec<_> = include_str!("data/probe-cases.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split('\t').map(str::trim).collect::<Vec<_>>().join("\t"))
        .collect();
    assert_eq!(ours, documented);
    assert_eq!(ours.len(), 139);
}

#[test]
fn a_refusal_case_breaks_the_rule_that_it_names() {
    let known: Vec<_> = RULES.iter().map(|rule| rule.id).collect();
    for case in CASES {
        let Expect::Refuse(rule) = case.expect else { continue };
        assert!(known.contains(&rule), "{}: {rule} is no rule", case.id);
        let broken = broken(&bent(case));
        assert!(broken.contains(&(rule, Level::Error)), "{}: breaks {broken:?}, expected {rule}", case.id);
        // What else is broken by the same change.
        let others = broken.iter().filter(|(id, level)| *id != rule && *level == Level::Error);
        let others: Vec<_> = others.map(|(id, _)| *id).collect();
        let follow: &[&str] = match case.id {
            "plain-get" => &["request-connection", "key-missing", "version-missing"],
            "key-nul" => &["head-field-syntax"],
            "ver-dup-13-8" | "ver-dup-8-13" => &["version-unsupported"],
            _ => &[],
        };
        assert_eq!(others, follow, "{}", case.id);
    }
}

#[test]
fn an_acceptance_case_breaks_no_rule() {
    for case in CASES.iter().filter(|case| case.expect == Expect::Accept) {
        assert_eq!(broken(&bent(case)), [], "{}", case.id);
    }
}

#[test]
fn a_handshake_is_bent_in_one_place() {
    for case in CASES {
        let request = bent(case);
        match case.id {
            "valid" | "origin-none" => assert_eq!(request, bent(case_valid()), "{}", case.id),
            id => assert_ne!(request, bent(case_valid()), "{id}"),
        }
    }
}

fn case_valid() -> &'static Case {
    case("valid")
}

/// What is sent, spelt out for the cases that are more than a value.
#[test]
fn bytes() {
    #[track_caller]
    fn check(id: &str, expected: &[u8]) {
        let sent = bent(case(id)).to_bytes();
        assert_eq!(sent.escape_ascii().to_string(), expected.escape_ascii().to_string(), "{id}");
    }
    check(
        "valid",
        b"GET /chat HTTP/1.1\r\nHost: server.example:8080\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
          Sec-WebSocket-Key: 1Jo0ZvFFDQ3u4UMfqKvPLQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    );
    check(
        "lowercase-names",
        b"GET /chat HTTP/1.1\r\nhost: server.example:8080\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\
          sec-websocket-key: 1Jo0ZvFFDQ3u4UMfqKvPLQ==\r\nsec-websocket-version: 13\r\n\r\n",
    );
    check(
        "tab-ows",
        b"GET /chat HTTP/1.1\r\nHost:\tserver.example:8080\t\r\nUpgrade:\twebsocket\t\r\nConnection:\tUpgrade\t\r\n\
          Sec-WebSocket-Key:\t1Jo0ZvFFDQ3u4UMfqKvPLQ==\t\r\nSec-WebSocket-Version:\t13\t\r\n\r\n",
    );
    check(
        "absolute-form",
        b"GET http://server.example:8080/chat HTTP/1.1\r\nHost: server.example:8080\r\nUpgrade: websocket\r\n\
          Connection: Upgrade\r\nSec-WebSocket-Key: 1Jo0ZvFFDQ3u4UMfqKvPLQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    );
    check(
        "http-none",
        b"GET /chat\r\nHost: server.example:8080\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
          Sec-WebSocket-Key: 1Jo0ZvFFDQ3u4UMfqKvPLQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    );
    check("plain-get", b"GET /chat HTTP/1.1\r\nHost: server.example:8080\r\n\r\n");
    check(
        "host-two",
        b"GET /chat HTTP/1.1\r\nHost: server.example:8080\r\nHost: other.example\r\nUpgrade: websocket\r\n\
          Connection: Upgrade\r\nSec-WebSocket-Key: 1Jo0ZvFFDQ3u4UMfqKvPLQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    );
    check(
        "first-line-space",
        b"GET /chat HTTP/1.1\r\n Host: server.example:8080\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
          Sec-WebSocket-Key: 1Jo0ZvFFDQ3u4UMfqKvPLQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    );
    check(
        "obs-fold-key",
        b"GET /chat HTTP/1.1\r\nHost: server.example:8080\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
          Sec-WebSocket-Key: \r\n 1Jo0ZvFFDQ3u4UMfqKvPLQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    );
    check(
        "lone-cr",
        b"GET /chat HTTP/1.1\rHost: server.example:8080\rUpgrade: websocket\rConnection: Upgrade\r\
          Sec-WebSocket-Key: 1Jo0ZvFFDQ3u4UMfqKvPLQ==\rSec-WebSocket-Version: 13\r\r",
    );
    check(
        "pre-crlf",
        b"\r\nGET /chat HTTP/1.1\r\nHost: server.example:8080\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
          Sec-WebSocket-Key: 1Jo0ZvFFDQ3u4UMfqKvPLQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    );
    check(
        "no-colon",
        b"GET /chat HTTP/1.1\r\nHost: server.example:8080\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
          Sec-WebSocket-Key: 1Jo0ZvFFDQ3u4UMfqKvPLQ==\r\nSec-WebSocket-Version: 13\r\nX-A\r\n\r\n",
    );
    check(
        "body-chunked",
        b"GET /chat HTTP/1.1\r\nHost: server.example:8080\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
          Sec-WebSocket-Key: 1Jo0ZvFFDQ3u4UMfqKvPLQ==\r\nSec-WebSocket-Version: 13\r\nTransfer-Encoding: chunked\r\n\r\n\
          5\r\nhello\r\n0\r\n\r\n",
    );
    check(
        "hixie-76",
        b"GET /chat HTTP/1.1\r\nHost: server.example:8080\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n\
          Origin: http://server.example:8080\r\nSec-WebSocket-Key1: 4 @1  46546xW%0l 1 5\r\n\
          Sec-WebSocket-Key2: 12998 5 Y3 1  .P00\r\n\r\n^n:ds[4U",
    );
}

/// Counted by hand.
#[test]
fn lengths() {
    let added = |id: &str| bent(case(id)).to_bytes().len() - bent(case_valid()).to_bytes().len();
    assert_eq!(added("header-8k"), "X-A: \r\n".len() + 8000);
    assert_eq!(added("header-64k"), "X-A: \r\n".len() + 65536);
    assert_eq!(bent(case("headers-90")).fields.len(), 5 + 90);
    assert_eq!(bent(case("headers-500")).fields.len(), 5 + 500);
    assert_eq!(added("early-frame"), 2 + 4 + 5);
}

#[test]
fn sending() {
    for case in CASES {
        let expected = match case.id {
            "dribble" => Sending::ByteByByte,
            "accept-same-different" => Sending::SameThenAnother,
            _ => Sending::Whole,
        };
        assert_eq!(bent(case).sending, expected, "{}", case.id);
    }
}

#[test]
fn the_fields_of_the_user_stay() {
    for case in CASES {
        let mut request = Request::handshake(true, "server.example", "/?token=1", Key::parse(KEY).expect("a key"));
        request.add("Cookie", "sid=31337");
        (case.bend)(&mut request);
        assert_eq!(request.value("cookie"), Some(&b"sid=31337"[..]), "{}", case.id);
    }
}

#[test]
fn over_tls_with_a_query() {
    let bent = |id| {
        let mut request = Request::handshake(true, "server.example", "/?token=1", Key::parse(KEY).expect("a key"));
        (case(id).bend)(&mut request);
        (String::from_utf8_lossy(&request.target).into_owned(), request.value("Origin").map(<[u8]>::to_vec))
    };
    assert_eq!(bent("query"), ("/?token=1&a=1".into(), None));
    assert_eq!(bent("absolute-form"), ("https://server.example/?token=1".into(), None));
    assert_eq!(bent("origin-same"), ("/?token=1".into(), Some(b"https://server.example".to_vec())));
}

/// The table of the documentation: expectation, outcome, whether the accept value is right, verdict.
#[test]
fn verdicts() {
    use Outcome::{Accepted, Closed, NotHttp, Refused, Silent, Unreachable};
    use Verdict::{Met, MetByClosing, Open, Unmet};
    let table = [
        ("valid", Accepted, true, Met),
        ("valid", Accepted, false, Unmet),
        ("valid", Refused, false, Unmet),
        ("valid", Closed, false, Unmet),
        ("valid", Silent, false, Unmet),
        ("valid", NotHttp, false, Unmet),
        ("valid", Unreachable, false, Unmet),
        ("key-empty", Accepted, true, Unmet),
        ("key-empty", Accepted, false, Unmet),
        ("key-empty", Refused, false, Met),
        ("key-empty", Closed, false, MetByClosing),
        ("key-empty", Silent, false, Unmet),
        ("key-empty", NotHttp, false, Unmet),
        ("key-empty", Unreachable, false, Unmet),
        ("ver-8", Accepted, true, Open),
        ("ver-8", Accepted, false, Open),
        ("ver-8", Refused, false, Open),
        ("ver-8", Closed, false, Open),
        ("ver-8", Silent, false, Open),
        ("ver-8", NotHttp, false, Open),
    ];
    for (id, outcome, right, expected) in table {
        assert_eq!(case(id).judge(outcome, right), expected, "{id}, {outcome:?}, {right}");
    }
}
